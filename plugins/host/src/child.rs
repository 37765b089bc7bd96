//! The process of an isolated plugin: its side of the connection.
//!
//! It loads the library from an inherited descriptor and passes messages as they are, without
//! understanding them. It ends when the connection does, whatever the plugin is doing.

use crate::error::causes;
use crate::in_process::creation_error;
use crate::library::{Door, Instance, Library};
use podform_plugin_abi::{
    Body, Codec, Frame, FrameError, FrameKind, Hello, Response, encode, read_frame, write_frame,
};
use podform_provider::{ErrorKind, ProviderError};
use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};
use rustix::process::{Signal, getpid, kill_process};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{BorrowedFd, FromRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// The first argument of podform when it is started as the host of a plugin.
pub const PLUGIN_HOST_ARGUMENT: &str = "__plugin-host";

/// Stack of a thread that serves a request, in bytes: as much as a main thread has.
const STACK: usize = 8 << 20;

/// Runs this process as the host of one plugin, and returns its exit status. The arguments are
/// [`PLUGIN_HOST_ARGUMENT`], the path of the library (for messages), the number of its descriptor
/// and those of others to keep open; standard input is the connection to podform.
#[must_use]
pub fn plugin_host_main() -> i32 {
    match serve(&std::env::args_os().collect::<Vec<_>>()) {
        Ok(()) => 0,
        Err(error) => {
            // There is nobody else to tell.
            let _ = writeln!(io::stderr(), "the host of the plugin ends: {error}");
            1
        }
    }
}

fn serve(arguments: &[OsString]) -> Result<(), FrameError> {
    let (path, library, kept) = arguments_of(arguments)?;
    ignore_signals()?;
    let stream = take_stdin()?;
    for fd in kept.iter().chain([&library]) {
        set_close_on_exec(*fd)?;
    }
    // SAFETY: podform opened this descriptor for this process; `arguments_of` names it once.
    let library = unsafe { File::from_raw_fd(library) };
    let pump = Arc::new(Pump::new(stream.try_clone()?));
    match load(&path, library, &pump) {
        Ok((instance, abi_version)) => {
            pump.greet(&Hello::Ready { abi_version })?;
            pump.pass_all(stream, instance)
        }
        Err(hello) => pump.greet(&hello),
    }
}

fn arguments_of(arguments: &[OsString]) -> io::Result<(PathBuf, RawFd, Vec<RawFd>)> {
    let usage = || io::Error::other("podform starts this process by itself");
    let path = arguments.get(2).ok_or_else(usage)?.into();
    let number = |text: &OsString| text.to_str().and_then(|text| text.parse().ok());
    let numbers: Vec<RawFd> = arguments.iter().skip(3).filter_map(number).collect();
    let (library, kept) = numbers.split_first().ok_or_else(usage)?;
    if *library <= 2 || kept.contains(library) {
        return Err(usage());
    }
    Ok((path, *library, kept.to_vec()))
}

/// Signals that end podform in order must not end the plugin first. They are taken and dropped,
/// not ignored, so that programs which the plugin starts do not inherit that.
fn ignore_signals() -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))?;
    }
    Ok(())
}

/// Takes the connection from standard input and puts nothing there, so that neither the plugin nor
/// what it starts can read or keep it.
fn take_stdin() -> io::Result<UnixStream> {
    use std::os::fd::AsFd;
    let stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    stream.peer_addr().map_err(|_| io::Error::other("podform starts this process by itself"))?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(stream)
}

fn borrow(fd: &RawFd) -> io::Result<BorrowedFd<'_>> {
    if *fd < 0 {
        return Err(io::Error::other("not a descriptor"));
    }
    // SAFETY: the number is used for `fcntl` only, which answers EBADF when it is not open.
    Ok(unsafe { BorrowedFd::borrow_raw(*fd) })
}

/// Lets a descriptor be inherited by the program that is started next.
pub(crate) fn clear_close_on_exec(fd: RawFd) -> io::Result<()> {
    let fd = borrow(&fd)?;
    Ok(fcntl_setfd(fd, fcntl_getfd(fd)? - FdFlags::CLOEXEC)?)
}

/// Keeps a descriptor from programs that the plugin starts.
fn set_close_on_exec(fd: RawFd) -> io::Result<()> {
    let fd = borrow(&fd)?;
    Ok(fcntl_setfd(fd, fcntl_getfd(fd)? | FdFlags::CLOEXEC)?)
}

fn load(path: &Path, library: File, pump: &Arc<Pump>) -> Result<(Instance, u32), Hello> {
    let library = Library::open(library, path)
        .map_err(|error| Hello::Failed { message: error.to_string(), causes: causes(&error) })?;
    let instance = library.create(Box::new(pump.clone())).map_err(|answer| {
        let ProviderError { message, causes, .. } = creation_error(library.codec, &answer);
        Hello::Failed { message: format!("plugin `{}`: {message}", path.display()), causes }
    })?;
    Ok((instance, library.abi_version))
}

/// Passes messages between podform and the plugin.
struct Pump {
    writer: Mutex<UnixStream>,
    /// The plugin's calls that wait for podform's answers.
    waiting: Mutex<HashMap<u64, SyncSender<Body>>>,
    ids: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pump {
    fn new(stream: UnixStream) -> Self {
        let (waiting, ids) = (Mutex::default(), AtomicU64::new(1));
        Self { writer: Mutex::new(stream), waiting, ids }
    }

    fn send(&self, kind: FrameKind, id: u64, session: u64, body: Body) -> Result<(), FrameError> {
        let frame = Frame { kind, codec: Codec::Json as u8, id, session, body };
        write_frame(&mut *lock(&self.writer), &frame)
    }

    fn greet(&self, hello: &Hello) -> Result<(), FrameError> {
        let body = encode(Codec::Json, "a greeting", hello).map_err(io::Error::other)?;
        self.send(FrameKind::Hello, 0, 0, body)
    }

    /// Passes messages until the connection ends.
    fn pass_all(
        self: &Arc<Self>,
        mut stream: UnixStream,
        instance: Instance,
    ) -> Result<(), FrameError> {
        // Never ended in order: when podform is gone nothing of the plugin may go on.
        let instance: &'static Instance = Box::leak(Box::new(instance));
        while let Some(frame) = read_frame(&mut stream)? {
            match frame.kind {
                FrameKind::Request => self.serve(instance, frame)?,
                FrameKind::HostAnswer => {
                    if let Some(waiting) = lock(&self.waiting).remove(&frame.id) {
                        let _ = waiting.send(frame.body);
                    }
                }
                kind => return Err(FrameError::UnknownKind(kind as u8)),
            }
        }
        end_for_certain();
        Ok(())
    }

    /// Serves one request in a thread of its own.
    fn serve(
        self: &Arc<Self>,
        instance: &'static Instance,
        frame: Frame,
    ) -> Result<(), FrameError> {
        let Frame { id, body, .. } = frame;
        let pump = self.clone();
        let thread = Builder::new().name(format!("request {id}")).stack_size(STACK);
        let spawned = thread.spawn(move || {
            let answer = instance
                .call(id, &body)
                .unwrap_or_else(|| refusal("the plugin could not make an answer"));
            pump.respond(id, answer);
        });
        if let Err(error) = spawned {
            self.respond(id, refusal(&format!("no thread can be started: {error}")));
        }
        Ok(())
    }

    /// Sends an answer. One that is too long for a frame becomes an error; else podform is gone,
    /// which the reading thread sees too.
    fn respond(&self, id: u64, body: Body) {
        if let Err(error @ FrameError::TooLong { .. }) = self.send(FrameKind::Response, id, 0, body)
        {
            let _ = self.send(FrameKind::Response, id, 0, refusal(&error.to_string()));
        }
    }
}

/// The answer of a plugin that gave none.
fn refusal(message: &str) -> Body {
    let error = Response::Error(ProviderError::new(ErrorKind::Plugin, message));
    encode(Codec::Json, "an error", &error).unwrap_or_default()
}

/// Kills this process when it does not end by itself: the plugin's exit handlers may hang.
fn end_for_certain() {
    let kill = || {
        // It fails only for a process that is not there.
        let _ = kill_process(getpid(), Signal::KILL);
    };
    let later = move || {
        std::thread::sleep(Duration::from_secs(1));
        kill();
    };
    if Builder::new().spawn(later).is_err() {
        kill();
    }
}

impl Door for Arc<Pump> {
    fn notify(&self, session: u64, call: &[u8]) {
        // When podform is gone the reading thread sees it too.
        let _ = self.send(FrameKind::Notice, 0, session, call.to_vec().into());
    }

    fn ask(&self, session: u64, call: &[u8]) -> Option<Body> {
        // Only calls of a session have answers.
        if session == 0 {
            return None;
        }
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        let (sender, answer) = sync_channel(1);
        lock(&self.waiting).insert(id, sender);
        if self.send(FrameKind::HostCall, id, session, call.to_vec().into()).is_err() {
            lock(&self.waiting).remove(&id);
            return None;
        }
        answer.recv().ok()
    }
}
