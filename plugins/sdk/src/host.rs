//! The host as a plugin sees it.

use podform_plugin_abi::{
    Body, Buffer, Bytes, Codec, Host, HostAnswer, HostCall, decode, encode, status,
};
use std::cell::Cell;
use std::sync::atomic::{AtomicPtr, Ordering};

thread_local! {
    /// The host of the call that this thread serves.
    static CURRENT: Cell<Option<HostLink>> = const { Cell::new(None) };
}

/// The host that made the last provider: for threads that serve no call.
static LATEST: AtomicPtr<Host> = AtomicPtr::new(std::ptr::null_mut());

/// The way to the host.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostLink {
    host: &'static Host,
    codec: Codec,
}

// SAFETY: the boundary promises that the host stays valid until the process ends and that its
// callback may be called from any thread; `context` is only passed back to it.
unsafe impl Send for HostLink {}
// SAFETY: as above.
unsafe impl Sync for HostLink {}

impl HostLink {
    /// Takes the host of a `create`; `None` when it is not one that can be spoken with.
    ///
    /// # Safety
    /// `host` is null or points to a [`Host`] that stays valid until the process ends.
    pub(crate) unsafe fn new(host: *const Host) -> Option<Self> {
        // SAFETY: the caller's promise.
        let host: &'static Host = unsafe { host.as_ref() }?;
        if (host.size as usize) < size_of::<Host>() {
            return None;
        }
        let codec = Codec::from_id(host.codec)?;
        LATEST.store(std::ptr::from_ref(host).cast_mut(), Ordering::Release);
        Some(Self { host, codec })
    }

    /// The host of the call that this thread serves, else the one that made the last provider.
    pub(crate) fn current() -> Option<Self> {
        // A thread that ends has no `CURRENT` any more.
        let current = CURRENT.try_with(Cell::get).ok().flatten();
        current.or_else(|| {
            let latest = LATEST.load(Ordering::Acquire);
            // SAFETY: only hosts that stay valid until the process ends are stored.
            let host: &'static Host = unsafe { latest.as_ref() }?;
            Some(Self { host, codec: Codec::from_id(host.codec)? })
        })
    }

    /// Makes this the host of the thread while `work` runs; `work` must not unwind.
    pub(crate) fn enter<T>(self, work: impl FnOnce() -> T) -> T {
        let former = CURRENT.replace(Some(self));
        let result = work();
        CURRENT.set(former);
        result
    }

    /// The codec of every message.
    pub(crate) fn codec(self) -> Codec {
        self.codec
    }

    /// Makes a call without answer; what cannot be delivered is dropped.
    pub(crate) fn notify(self, session: u64, call: &HostCall<'_>) {
        if let Ok(body) = encode(self.codec, "a call to the host", call) {
            self.call(session, &body, std::ptr::null_mut());
        }
    }

    /// Makes a call and waits for its answer; [`HostAnswer::Closed`] when there will be none.
    pub(crate) fn ask(self, session: u64, call: &HostCall<'_>) -> HostAnswer {
        let Ok(body) = encode(self.codec, "a call to the host", call) else {
            return HostAnswer::Closed {};
        };
        let mut answer = Buffer::EMPTY;
        if self.call(session, &body, &raw mut answer) != status::OK {
            return HostAnswer::Closed {};
        }
        let decoded = decode(self.codec, "an answer of the host", view(&answer));
        if let Some(free) = self.host.free {
            // SAFETY: the host allocated the buffer and nothing refers to it any more.
            unsafe { free(answer) };
        }
        decoded.unwrap_or(HostAnswer::Closed {})
    }

    fn call(self, session: u64, body: &Body, answer: *mut Buffer) -> i32 {
        let Some(call) = self.host.call else { return status::CLOSED };
        let bytes = Bytes { pointer: body.as_ptr(), length: body.len() };
        // SAFETY: the bytes outlive the call; `answer` is null or a buffer of ours.
        unsafe { call(self.host.context, session, bytes, answer) }
    }
}

/// The bytes of a buffer that the host allocated.
fn view(buffer: &Buffer) -> &[u8] {
    if buffer.pointer.is_null() {
        return &[];
    }
    // SAFETY: the host filled the buffer with so many bytes and frees it only when it is told to.
    unsafe { std::slice::from_raw_parts(buffer.pointer, buffer.length) }
}
