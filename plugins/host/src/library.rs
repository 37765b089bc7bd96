//! A loaded library and a provider in it, behind safe calls. Used by both transports.

use crate::Error;
use libloading::os::unix::{Library as RawLibrary, RTLD_LOCAL, RTLD_NOW};
use podform_plugin_abi::{
    ABI_CURRENT, Body, Buffer, Bytes, Codec, Header, Host, LayoutError, Plugin, SYMBOL, status,
};
use std::ffi::c_void;
use std::fs::File;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// The functions of a checked table.
#[derive(Clone, Copy)]
struct Functions {
    create: unsafe extern "C" fn(*const Host, *mut Buffer) -> *mut c_void,
    call: unsafe extern "C" fn(*mut c_void, u64, Bytes, *mut Buffer) -> i32,
    free: unsafe extern "C" fn(Buffer),
    destroy: unsafe extern "C" fn(*mut c_void),
}

/// A plugin's library. It is never unloaded: threads that it started may still run its code.
#[derive(Clone, Copy)]
pub(crate) struct Library {
    functions: Functions,
    /// The version of the boundary that it speaks.
    pub(crate) abi_version: u32,
    /// The codec to speak with it.
    pub(crate) codec: Codec,
}

/// Where a plugin's calls to the host arrive.
pub(crate) trait Door: Send + Sync {
    /// Takes a call without answer.
    fn notify(&self, session: u64, call: &[u8]);

    /// Takes a call and answers it; `None`: there will be no answer.
    fn ask(&self, session: u64, call: &[u8]) -> Option<Body>;
}

/// What a plugin passes back with each call.
struct Context(Box<dyn Door>);

impl Library {
    /// Loads the library that is open as `file`, and checks its table before any call. `path` is
    /// its name in errors. The descriptor stays open: a later library must not be mistaken for
    /// this one because it got the same number, and backtraces read the file through it.
    pub(crate) fn open(file: File, path: &Path) -> Result<Self, Error> {
        let name = loadable(&file, path);
        let refuse = |source| Error::NotAPlugin { path: path.to_owned(), source };
        // SAFETY: loading runs the library's initialisers. The caller has compared its hash with
        // what the user trusts; a plugin has all rights of the user by design.
        let library = unsafe { RawLibrary::open(Some(&name), RTLD_NOW | RTLD_LOCAL) };
        let library = ManuallyDrop::new(library.map_err(refuse)?);
        let _ = file.into_raw_fd();
        // SAFETY: the symbol's address is read, nothing is called; its target is checked below.
        let symbol = unsafe { library.get::<*const Header>(SYMBOL) }.map_err(refuse)?;
        let layout = |source| Error::Layout { path: path.to_owned(), source };
        // SAFETY: the name of the symbol promises a header, which is the same in every version.
        let header = unsafe { symbol.as_ref() }.ok_or(layout(LayoutError::Magic))?;
        let codec = header.check().map_err(layout)?;
        // SAFETY: the header says that the table is as large as ours or larger.
        let table = unsafe { &*symbol.cast::<Plugin>() };
        let functions = Functions::of(table).map_err(layout)?;
        Ok(Self { functions, abi_version: header.abi_version, codec })
    }

    /// Makes a provider whose calls to the host go through this door.
    ///
    /// # Errors
    /// The encoded answer of the plugin why it could not be made; empty when it gave none.
    pub(crate) fn create(self, door: Box<dyn Door>) -> Result<Instance, Body> {
        // The plugin may call back as long as the process lives.
        let context: &'static Context = Box::leak(Box::new(Context(door)));
        let host: &'static Host = Box::leak(Box::new(Host {
            abi_version: ABI_CURRENT,
            #[expect(clippy::cast_possible_truncation, reason = "the structure has 40 bytes")]
            size: size_of::<Host>() as u32,
            codec: self.codec as u32,
            reserved: 0,
            context: std::ptr::from_ref(context).cast(),
            call: Some(host_call),
            free: Some(host_free),
        }));
        let mut error = Buffer::EMPTY;
        // SAFETY: the table was checked; `host` stays valid, `error` is a buffer to fill.
        let provider = unsafe { (self.functions.create)(host, &raw mut error) };
        if provider.is_null() {
            return Err(self.take(error));
        }
        Ok(Instance { library: self, provider })
    }

    /// Copies a buffer of the plugin and gives it back.
    fn take(&self, buffer: Buffer) -> Body {
        let mut body = Body::with_capacity(buffer.length);
        if !buffer.pointer.is_null() {
            // SAFETY: the plugin filled the buffer with so many bytes.
            let bytes = unsafe { std::slice::from_raw_parts(buffer.pointer, buffer.length) };
            body.extend_from_slice(bytes);
            // SAFETY: the plugin allocated the buffer and nothing refers to it any more.
            unsafe { (self.functions.free)(buffer) };
        }
        body
    }
}

impl Functions {
    fn of(table: &Plugin) -> Result<Self, LayoutError> {
        let missing = |name| LayoutError::Missing { name };
        Ok(Self {
            create: table.create.ok_or(missing("create"))?,
            call: table.call.ok_or(missing("call"))?,
            free: table.free.ok_or(missing("free"))?,
            destroy: table.destroy.ok_or(missing("destroy"))?,
        })
    }
}

/// A name under which the loader opens exactly this descriptor's file.
fn loadable(file: &File, path: &Path) -> PathBuf {
    if cfg!(target_os = "linux") {
        format!("/proc/self/fd/{}", file.as_raw_fd()).into()
    } else {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    }
}

/// A provider in a library; ended when it is dropped.
pub(crate) struct Instance {
    library: Library,
    provider: *mut c_void,
}

// SAFETY: the boundary promises that a provider may be called from any thread, from several at once.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl Instance {
    /// Passes one encoded request; `None`: the plugin could not even make an answer.
    pub(crate) fn call(&self, id: u64, request: &[u8]) -> Option<Body> {
        let bytes = Bytes { pointer: request.as_ptr(), length: request.len() };
        let mut answer = Buffer::EMPTY;
        // SAFETY: the provider lives as long as `self`, the bytes outlive the call.
        let status =
            unsafe { (self.library.functions.call)(self.provider, id, bytes, &raw mut answer) };
        (status == status::OK).then(|| self.library.take(answer))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: `&mut self` says that no call runs, and none can come.
        unsafe { (self.library.functions.destroy)(self.provider) };
    }
}

/// The callback that plugins get.
///
/// # Safety
/// `context` is the door that [`Library::create`] leaked; `call` is valid during the call;
/// `answer` is null or a buffer to fill.
unsafe extern "C" fn host_call(
    context: *const c_void,
    session: u64,
    call: Bytes,
    answer: *mut Buffer,
) -> i32 {
    // SAFETY: the caller's promise.
    let Context(door) = unsafe { &*context.cast::<Context>() };
    // SAFETY: the caller's promise.
    let bytes = unsafe { std::slice::from_raw_parts(call.pointer, call.length) };
    // A panic of the host must not unwind into the plugin.
    let answered = catch_unwind(AssertUnwindSafe(|| {
        if answer.is_null() {
            door.notify(session, bytes);
            return None;
        }
        door.ask(session, bytes)
    }));
    match answered {
        Ok(Some(body)) => {
            // SAFETY: the caller gave a buffer to fill.
            unsafe { answer.write(allocate(body)) };
            status::OK
        }
        Ok(None) if answer.is_null() => status::OK,
        Ok(None) | Err(_) => status::CLOSED,
    }
}

/// Hands bytes over to the plugin, which gives them back to [`host_free`].
fn allocate(body: Body) -> Buffer {
    let mut bytes = ManuallyDrop::new(body.into_vec());
    Buffer { pointer: bytes.as_mut_ptr(), length: bytes.len(), capacity: bytes.capacity() }
}

/// # Safety
/// `buffer` comes from [`allocate`] and was not freed before.
unsafe extern "C" fn host_free(buffer: Buffer) {
    if !buffer.pointer.is_null() {
        // SAFETY: `allocate` took the buffer apart from such a vector.
        let bytes = unsafe { Vec::from_raw_parts(buffer.pointer, buffer.length, buffer.capacity) };
        drop(Body::from(bytes));
    }
}
