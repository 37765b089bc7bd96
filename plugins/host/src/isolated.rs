//! The transport to a plugin in a process of its own: podform's side.

use crate::child::{PLUGIN_HOST_ARGUMENT, clear_close_on_exec};
use crate::lines::{clean, forward};
use crate::provider::{Broken, Transport};
use crate::sessions::{Reply, Sessions};
use crate::{Candidate, Error, HostOptions, LogLevel, LogSink};
use podform_plugin_abi::{
    Body, Codec, Frame, FrameError, FrameKind, Hello, HostAnswer, HostCall, decode, encode,
    read_frame, write_frame,
};
use podform_provider::{ErrorKind, ProviderError};
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Builder;
use std::time::Duration;

/// How long a plugin may take to end when it is no longer needed.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long the last lines of a dead plugin's output are waited for: a process that it left behind
/// may hold the pipe.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A plugin in a process of its own.
pub(crate) struct Isolated {
    link: Arc<Link>,
}

/// What the threads of one plugin share.
struct Link {
    name: String,
    log: LogSink,
    sessions: Arc<Sessions>,
    writer: Mutex<UnixStream>,
    process: Mutex<Process>,
    calls: Mutex<Calls>,
    died: Condvar,
}

/// The process of a plugin.
struct Process {
    child: Child,
    /// Whether it was waited for: then its number may be another's.
    reaped: bool,
}

impl Process {
    /// Ends it and what it started.
    fn kill(&mut self) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(id) = id.filter(|_| !self.reaped) {
            // It fails only when all of them have ended.
            let _ = kill_process_group(id, Signal::KILL);
        }
    }
}

/// The calls that wait for their answers.
#[derive(Default)]
struct Calls {
    waiting: HashMap<u64, SyncSender<Body>>,
    /// Why podform killed it.
    killed: Option<String>,
    /// What its end was, and its last words.
    death: Option<(String, Vec<String>)>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Isolated {
    /// Starts the process and waits until the plugin is loaded there.
    pub(crate) fn start(
        candidate: &Candidate,
        library: &File,
        options: &HostOptions,
        sessions: Arc<Sessions>,
    ) -> Result<Self, Error> {
        let name = candidate.name.as_str();
        let fail = |source| Error::Start {
            name: name.to_owned(),
            executable: options.executable.clone(),
            source,
        };
        let (ours, theirs) = UnixStream::pair().map_err(fail)?;
        let reader = ours.try_clone().map_err(fail)?;
        let child = spawn(&candidate.path, library, options, theirs).map_err(fail)?;
        let link = Arc::new(Link {
            name: name.to_owned(),
            log: options.log.clone(),
            sessions,
            writer: Mutex::new(ours),
            process: Mutex::new(Process { child, reaped: false }),
            calls: Mutex::default(),
            died: Condvar::new(),
        });
        let isolated = Self { link: link.clone() };
        let hello = isolated.listen(reader).map_err(fail)?;
        if let Ok(hello) = hello.recv_timeout(options.deadline) {
            return isolated.greet(hello);
        }
        link.kill(format!("did not start within {:?}", options.deadline));
        let Broken { message, causes } = link.wait_for_death();
        let message = format!("plugin `{name}` {message}");
        let source = ProviderError { causes, ..ProviderError::new(ErrorKind::Plugin, message) };
        Err(Error::Broken { name: name.to_owned(), source: Box::new(source) })
    }

    fn greet(self, hello: Hello) -> Result<Self, Error> {
        match hello {
            Hello::Ready { .. } => Ok(self),
            Hello::Failed { message, causes } => Err(Error::Refused { message, causes }),
        }
    }

    /// Starts the threads that take what the process says.
    fn listen(&self, reader: UnixStream) -> io::Result<Receiver<Hello>> {
        let (hello_sender, hello) = channel();
        let (words_sender, last_words) = channel();
        let (stdout, stderr) = {
            let mut process = lock(&self.link.process);
            (process.child.stdout.take(), process.child.stderr.take())
        };
        self.link.capture("stdout", LogLevel::Info, stdout, None)?;
        self.link.capture("stderr", LogLevel::Warn, stderr, Some(words_sender))?;
        let link = self.link.clone();
        Builder::new()
            .name(format!("plugin {}", link.name))
            .spawn(move || link.receive_all(reader, &hello_sender, &last_words))?;
        Ok(hello)
    }
}

/// Starts podform again as the host of the plugin; the library is inherited as a descriptor.
fn spawn(
    path: &Path,
    library: &File,
    options: &HostOptions,
    socket: UnixStream,
) -> io::Result<Child> {
    let mut inherited: Vec<RawFd> = vec![library.as_raw_fd()];
    inherited.extend(options.inherit);
    let mut command = Command::new(&options.executable);
    command
        .arg(PLUGIN_HOST_ARGUMENT)
        .arg(path)
        .args(inherited.iter().map(ToString::to_string))
        .stdin(Stdio::from(OwnedFd::from(socket)))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // The terminal's signals are for podform, which ends the plugin when it is time.
        .process_group(0);
    // SAFETY: between fork and exec only system calls are made, which are async-signal-safe.
    unsafe {
        command.pre_exec(move || inherited.iter().try_for_each(|fd| clear_close_on_exec(*fd)));
    }
    command.spawn()
}

impl Transport for Isolated {
    fn call(&self, id: u64, request: Body, deadline: Option<Duration>) -> Result<Body, Broken> {
        let (sender, answer) = sync_channel(1);
        {
            let mut calls = lock(&self.link.calls);
            if let Some(death) = &calls.death {
                return Err(Broken::from(death.clone()));
            }
            calls.waiting.insert(id, sender);
        }
        // When it cannot be written the process is dead or dying, and the answer is its end.
        self.link.send(FrameKind::Request, id, request);
        let answered = match deadline {
            None => answer.recv().ok(),
            Some(deadline) => answer.recv_timeout(deadline).ok().or_else(|| {
                self.link.kill(format!("did not answer within {deadline:?} and was killed"));
                answer.recv().ok()
            }),
        };
        answered.ok_or_else(|| self.link.wait_for_death())
    }
}

impl From<(String, Vec<String>)> for Broken {
    fn from((message, causes): (String, Vec<String>)) -> Self {
        Self { message, causes }
    }
}

impl Drop for Isolated {
    /// Says farewell by closing the connection, and kills what does not heed it.
    fn drop(&mut self) {
        // It fails when the connection is closed already.
        let _ = lock(&self.link.writer).shutdown(Shutdown::Write);
        let calls = lock(&self.link.calls);
        let waited =
            self.link.died.wait_timeout_while(calls, FAREWELL, |calls| calls.death.is_none());
        let (calls, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(calls);
        if timeout.timed_out() {
            self.link.kill("did not end".into());
            self.link.wait_for_death();
        }
    }
}

/// Whether an error of the connection says that nobody is at its other end.
fn has_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

impl Link {
    /// Sends a frame; what goes wrong shows as the end of the process.
    fn send(&self, kind: FrameKind, id: u64, body: Body) {
        let frame = Frame { kind, codec: Codec::Json as u8, id, session: 0, body };
        match write_frame(&mut *lock(&self.writer), &frame) {
            Ok(()) => {}
            // The process has gone, or is going: how is told by its end, not by this.
            Err(FrameError::Io(error)) if has_gone(&error) => {}
            Err(error) => self.kill(format!("could not be reached: {error}")),
        }
    }

    /// Ends the process and what it started; the first reason is kept.
    fn kill(&self, reason: String) {
        lock(&self.calls).killed.get_or_insert(reason);
        lock(&self.process).kill();
    }

    fn wait_for_death(&self) -> Broken {
        let calls = lock(&self.calls);
        let waited = self.died.wait_while(calls, |calls| calls.death.is_none());
        let calls = waited.unwrap_or_else(PoisonError::into_inner);
        Broken::from(calls.death.clone().unwrap_or_default())
    }

    /// Logs what the process prints.
    fn capture(
        self: &Arc<Self>,
        what: &str,
        level: LogLevel,
        stream: Option<impl Read + Send + 'static>,
        last_words: Option<Sender<Vec<String>>>,
    ) -> io::Result<()> {
        let Some(stream) = stream else { return Ok(()) };
        let link = self.clone();
        let thread = Builder::new().name(format!("{what} of {}", self.name));
        thread.spawn(move || {
            let kept = forward(&link.name, level, stream, &link.log);
            if let Some(last_words) = last_words {
                // Nobody listens once the end of the process is told.
                let _ = last_words.send(kept.into());
            }
        })?;
        Ok(())
    }

    /// Takes frames until the process ends, then tells everyone who waits.
    fn receive_all(
        self: &Arc<Self>,
        mut stream: UnixStream,
        hello: &Sender<Hello>,
        last_words: &Receiver<Vec<String>>,
    ) {
        let fault = loop {
            match read_frame(&mut stream) {
                Ok(Some(frame)) => {
                    if let Err(fault) = self.receive(frame, hello) {
                        break Some(fault);
                    }
                }
                Ok(None) => break None,
                Err(error) => break Some(error.to_string()),
            }
        };
        self.bury(fault, last_words);
    }

    fn receive(self: &Arc<Self>, frame: Frame, hello: &Sender<Hello>) -> Result<(), String> {
        let Frame { kind, id, session, body, .. } = frame;
        match kind {
            FrameKind::Response => {
                if let Some(waiting) = lock(&self.calls).waiting.remove(&id) {
                    // Who waited may have given up.
                    let _ = waiting.send(body);
                }
            }
            FrameKind::Hello => {
                let message =
                    decode(Codec::Json, "a greeting", &body).map_err(|e| e.to_string())?;
                let _ = hello.send(message);
            }
            FrameKind::Notice | FrameKind::HostCall => {
                let call = decode(Codec::Json, "a call to the host", &body);
                self.take_call(call.map_err(|e| e.to_string())?, kind, id, session);
            }
            FrameKind::Request | FrameKind::HostAnswer => {
                return Err("a message in the wrong direction".into());
            }
        }
        Ok(())
    }

    fn take_call(
        self: &Arc<Self>,
        call: HostCall<'static>,
        kind: FrameKind,
        id: u64,
        session: u64,
    ) {
        if let HostCall::Log { level, message } = &call {
            return (self.log)(&self.name, *level, &clean(message));
        }
        let reply = if kind == FrameKind::Notice {
            Reply::none()
        } else {
            let link = self.clone();
            Reply::new(move |answer| link.answer(id, &answer))
        };
        self.sessions.pass(session, call, reply);
    }

    fn answer(&self, id: u64, answer: &HostAnswer) {
        match encode(Codec::Json, "an answer", answer) {
            Ok(body) => self.send(FrameKind::HostAnswer, id, body),
            Err(error) => self.kill(error.to_string()),
        }
    }

    /// Makes sure that the process is dead, and tells how it ended.
    fn bury(&self, fault: Option<String>, last_words: &Receiver<Vec<String>>) {
        let status = {
            let mut process = lock(&self.process);
            // A process that is ending keeps its own status; one that only closed the connection
            // must not go on, nor what it left behind.
            process.kill();
            process.reaped = true;
            process.child.wait()
        };
        let words = last_words.recv_timeout(LAST_WORDS).unwrap_or_default();
        let mut calls = lock(&self.calls);
        let message = match (calls.killed.take(), fault, status) {
            (Some(reason), _, _) => reason,
            (None, Some(fault), _) => format!("broke the protocol ({fault})"),
            (None, None, Ok(status)) => format!("ended unexpectedly ({status})"),
            (None, None, Err(error)) => format!("ended unexpectedly ({error})"),
        };
        calls.death = Some((message, words));
        calls.waiting.clear();
        self.died.notify_all();
    }
}
