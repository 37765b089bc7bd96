//! The apply sessions that are open, and answering their calls.

use podform_plugin_abi::{HostAnswer, HostCall};
use podform_provider::{ApplySession, Next};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Scope};
use std::time::{Duration, Instant};

/// How long a `next` may keep a thread of the host while the session may already be over.
const SLICE: Duration = Duration::from_millis(100);

/// The open sessions by the id of their `apply` request.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<u64, Sender<SessionCall>>>);

/// A call of a plugin within a session.
pub(crate) struct SessionCall {
    call: HostCall<'static>,
    reply: Reply,
}

/// Takes the answer of a call; says [`HostAnswer::Closed`] when it is dropped without one.
pub(crate) struct Reply(Option<Box<dyn FnOnce(HostAnswer) + Send>>);

impl Reply {
    pub(crate) fn new(send: impl FnOnce(HostAnswer) + Send + 'static) -> Self {
        Self(Some(Box::new(send)))
    }

    /// For a call without answer.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    fn send(mut self, answer: HostAnswer) {
        if let Some(send) = self.0.take() {
            send(answer);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(send) = self.0.take() {
            send(HostAnswer::Closed {});
        }
    }
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Sender<SessionCall>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes a call to its session; without one the reply is [`HostAnswer::Closed`].
    pub(crate) fn pass(&self, session: u64, call: HostCall<'static>, reply: Reply) {
        // Sent under the lock, so that no sender outlives `close`. A call that cannot be passed
        // is dropped after the lock is released: its reply may take a while.
        let refused = match self.lock().get(&session) {
            Some(sender) => sender.send(SessionCall { call, reply }).err().map(|error| error.0),
            None => Some(SessionCall { call, reply }),
        };
        drop(refused);
    }

    fn open(&self, session: u64) -> Receiver<SessionCall> {
        let (sender, calls) = channel();
        self.lock().insert(session, sender);
        calls
    }

    /// Runs a session: `work` (the plugin's `apply`) in a thread of its own, its calls answered by
    /// this one and by threads for those that wait. Every call that came is answered before this
    /// returns.
    pub(crate) fn run<T: Send>(
        &self,
        id: u64,
        session: &dyn ApplySession,
        work: impl FnOnce() -> T + Send,
    ) -> std::io::Result<T> {
        let calls = self.open(id);
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let worker = Builder::new().name("apply".into()).spawn_scoped(scope, || {
                let _close = Close { sessions: self, id, over: &over };
                work()
            });
            let worker = match worker {
                Ok(worker) => worker,
                Err(error) => {
                    self.lock().remove(&id);
                    return Err(error);
                }
            };
            for call in calls {
                answer(scope, session, call, &over);
            }
            worker.join().map_err(|_| std::io::Error::other("the thread of the call panicked"))
        })
    }
}

/// Closes a session when the work is done, even by a panic.
struct Close<'a> {
    sessions: &'a Sessions,
    id: u64,
    over: &'a AtomicBool,
}

impl Drop for Close<'_> {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        self.sessions.lock().remove(&self.id);
    }
}

fn answer<'scope, 'env>(
    scope: &'scope Scope<'scope, 'env>,
    session: &'env dyn ApplySession,
    SessionCall { call, reply }: SessionCall,
    over: &'env AtomicBool,
) {
    // When no thread can be started the closure is dropped, and the reply is `Closed`.
    match call {
        HostCall::Event(event) => session.event(event.into_owned()),
        HostCall::Outcome(outcome) => {
            session.outcome(outcome.into_owned());
            reply.send(HostAnswer::Outcome {});
        }
        HostCall::Next { wait_ms } => {
            let next = move || reply.send(next(session, Duration::from_millis(wait_ms), over));
            let _ = Builder::new().name("next".into()).spawn_scoped(scope, next);
        }
        HostCall::Intend(intents) => {
            let intents = intents.into_owned();
            let intend = move || reply.send(HostAnswer::Intend(session.intend(intents)));
            let _ = Builder::new().name("intend".into()).spawn_scoped(scope, intend);
        }
        HostCall::Log { .. } => {}
    }
}

/// Asks in slices, so that a plugin that died does not keep the session open.
fn next(session: &dyn ApplySession, wait: Duration, over: &AtomicBool) -> HostAnswer {
    let begin = Instant::now();
    loop {
        let left = wait.saturating_sub(begin.elapsed());
        match session.next(left.min(SLICE)) {
            Next::Wait if left > SLICE && !over.load(Ordering::Acquire) => {}
            next => return HostAnswer::Next(next),
        }
    }
}
