//! The whole cluster as one value behind one lock: the master, the agents, and what happened.
//!
//! Master and agents know only what a message told them: the master's view of a task is another
//! value than the agent's. Since both live behind the same lock, a "message" is a method call that
//! does nothing while the two are apart.

use crate::agent::Agent;
use crate::log::Log;
use crate::master::Master;
use crate::options::Options;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

/// The state of a cluster.
#[derive(Debug)]
pub(crate) struct World {
    /// Handle to itself, for what happens later.
    pub(crate) me: Weak<Mutex<Self>>,
    /// As started.
    pub(crate) options: Options,
    /// Which cluster this is; new at each start, so that a state can tell clusters apart.
    pub(crate) uuid: String,
    /// The master.
    pub(crate) master: Master,
    /// The agents, by index.
    pub(crate) agents: Vec<Agent>,
    /// Where events are written.
    pub(crate) log: Log,
}

/// A cluster that several tasks work on.
pub(crate) type Shared = Arc<Mutex<World>>;

/// Locks the cluster. A panic elsewhere does not stop it: its state stays readable.
pub(crate) fn lock(shared: &Shared) -> MutexGuard<'_, World> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// Runs something later, on the locked cluster.
    pub(crate) fn after(
        &self,
        delay: std::time::Duration,
        act: impl FnOnce(&mut Self) + Send + 'static,
    ) {
        let me = self.me.clone();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            if let Some(shared) = me.upgrade() {
                act(&mut lock(&shared));
            }
        });
    }
}

/// Nanoseconds since the epoch.
pub(crate) fn now_nanos() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX)
}

/// Seconds since the epoch.
pub(crate) fn now_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// A new random id.
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
