//! The functions behind a plugin's table.

use crate::host::HostLink;
use crate::panic::{contain, install_hook};
use crate::session::HostSession;
use podform_plugin_abi::{
    Body, Buffer, Bytes, CodecError, Header, Host, Plugin, Request, Response, decode, encode,
    status,
};
use podform_provider::{ErrorKind, Provider, ProviderError};
use std::ffi::c_void;
use std::mem::ManuallyDrop;

/// One provider and the host that it was made for.
struct Instance<P> {
    provider: P,
    host: HostLink,
}

/// The table of a plugin whose provider is `P`.
#[must_use]
pub const fn table<P: Provider + Default + 'static>() -> Plugin {
    Plugin {
        header: Header::OURS,
        create: Some(create::<P>),
        call: Some(call::<P>),
        free: Some(free),
        destroy: Some(destroy::<P>),
    }
}

/// # Safety
/// `host` stays valid until the process ends; `error` is a buffer to fill.
unsafe extern "C" fn create<P: Provider + Default>(
    host: *const Host,
    error: *mut Buffer,
) -> *mut c_void {
    // SAFETY: the caller's promise.
    let Some(host) = (unsafe { HostLink::new(host) }) else {
        return std::ptr::null_mut();
    };
    install_hook();
    match host.enter(|| contain(P::default)) {
        Ok(provider) => Box::into_raw(Box::new(Instance { provider, host })).cast(),
        Err(panic) => {
            if let Ok(body) = encode(host.codec(), "an error", &Response::Error(panic)) {
                // SAFETY: the caller gave a buffer to fill.
                unsafe { error.write(allocate(body)) };
            }
            std::ptr::null_mut()
        }
    }
}

/// # Safety
/// `provider` comes from [`create`] of the same `P`; `request` is valid during the call;
/// `response` is a buffer to fill.
unsafe extern "C" fn call<P: Provider>(
    provider: *mut c_void,
    id: u64,
    request: Bytes,
    response: *mut Buffer,
) -> i32 {
    // SAFETY: the caller's promise; calls share the instance.
    let instance = unsafe { &*provider.cast::<Instance<P>>() };
    // SAFETY: the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(request.pointer, request.length) };
    let answered = instance.host.enter(|| {
        let answer = contain(|| answer(instance, id, bytes)).unwrap_or_else(encode_error(instance));
        answer.or_else(|error| encode_error(instance)(unreadable(&error)))
    });
    match answered {
        Ok(body) => {
            // SAFETY: the caller gave a buffer to fill.
            unsafe { response.write(allocate(body)) };
            status::OK
        }
        Err(_) => status::BROKEN,
    }
}

fn encode_error<P>(
    instance: &Instance<P>,
) -> impl FnOnce(ProviderError) -> Result<Body, CodecError> {
    let codec = instance.host.codec();
    move |error| encode(codec, "an error", &Response::Error(error))
}

fn unreadable(error: &CodecError) -> ProviderError {
    ProviderError::from_error(ErrorKind::Plugin, "a message could not be exchanged", error)
}

fn answer<P: Provider>(instance: &Instance<P>, id: u64, bytes: &[u8]) -> Result<Body, CodecError> {
    let request = decode(instance.host.codec(), "a request that this plugin knows", bytes)?;
    let response = dispatch(instance, id, request).unwrap_or_else(Response::Error);
    encode(instance.host.codec(), "an answer", &response)
}

fn dispatch<P: Provider>(
    instance: &Instance<P>,
    id: u64,
    request: Request<'_>,
) -> Result<Response, ProviderError> {
    let provider = &instance.provider;
    Ok(match request {
        Request::Describe {} => Response::Describe(provider.describe()?),
        Request::Configure(request) => Response::Configure(provider.configure(&request)?),
        Request::Validate(request) => Response::Validate(provider.validate(&request)?),
        Request::Read(request) => Response::Read(provider.read(&request)?),
        Request::Settle(request) => Response::Settle(provider.settle(&request)?),
        Request::Plan(request) => Response::Plan(provider.plan(&request)?),
        Request::Apply(request) => {
            provider.apply(&request, &HostSession { host: instance.host, id })?;
            Response::Apply {}
        }
        Request::Import(request) => Response::Import(provider.import(&request)?),
        Request::Logs(request) => Response::Logs(provider.logs(&request)?),
    })
}

/// # Safety
/// `provider` comes from [`create`] of the same `P`, no call of it runs or will be made.
unsafe extern "C" fn destroy<P: Provider>(provider: *mut c_void) {
    // SAFETY: the caller's promise.
    let instance = unsafe { Box::from_raw(provider.cast::<Instance<P>>()) };
    let host = instance.host;
    // A panic was told to the host by the hook; there is nobody else to tell.
    let _ = host.enter(|| contain(move || drop(instance)));
}

/// # Safety
/// `buffer` comes from this plugin and was not freed before.
unsafe extern "C" fn free(buffer: Buffer) {
    if !buffer.pointer.is_null() {
        // SAFETY: `allocate` took the buffer apart from such a vector.
        let bytes = unsafe { Vec::from_raw_parts(buffer.pointer, buffer.length, buffer.capacity) };
        drop(Body::from(bytes));
    }
}

/// Hands bytes over to the host, which gives them back to [`free`].
fn allocate(body: Body) -> Buffer {
    let mut bytes = ManuallyDrop::new(body.into_vec());
    Buffer { pointer: bytes.as_mut_ptr(), length: bytes.len(), capacity: bytes.capacity() }
}
