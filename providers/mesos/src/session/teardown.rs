//! The end of a framework that has nothing left.

use crate::cluster::{Cluster, lock};
use crate::error::Error;
use crate::private::Private;
use podform_mesos_client::Subscription;
use podform_mesos_proto::scheduler::Call;
use podform_mesos_proto::{FrameworkId, TaskState, master};
use podform_model::Intent;
use podform_provider::{ApplySession, Event, EventKind, Proceed};

/// Ends the framework's registration when the cluster shows no live task of it and no tombstone of
/// a forgotten pod is left; else does nothing.
pub(super) fn teardown(
    cluster: &Cluster,
    session: &dyn ApplySession,
    subscription: &Subscription,
) -> Result<(), Error> {
    let private = cluster.private();
    let Some(id) = private.framework_id.clone() else { return Ok(()) };
    let forgotten = lock(&cluster.tombstones).iter().any(|t| !t.stop_on_return);
    if forgotten || !is_empty(&cluster.state()?, &id) {
        return Ok(());
    }
    // The id must not be used again, whatever happens from here on.
    let ending = Private { ending: true, ..private.clone() };
    if intend(session, &ending) == Proceed::Stop {
        return Err(Error::Stopped);
    }
    let call = Call::teardown(&FrameworkId::new(&id));
    cluster.runtime.block_on(subscription.call(&call))?;
    session.event(Event {
        address: None,
        kind: EventKind::Progress,
        message: format!("framework `{id}` is removed from the cluster"),
    });
    // The agents stay: they tell the cluster. The user stays too.
    let ended = Private { framework_id: None, ending: false, ..private };
    if intend(session, &ended) == Proceed::Go {
        cluster.set_private(ended);
    }
    Ok(())
}

fn intend(session: &dyn ApplySession, private: &Private) -> Proceed {
    session.intend(vec![Intent::Private { data: private.to_json() }])
}

/// Whether the cluster shows no task of the framework that has not ended.
fn is_empty(state: &master::GetState, id: &str) -> bool {
    let Some(tasks) = &state.get_tasks else { return false };
    let ours = |task: &&podform_mesos_proto::Task| task.framework_id.value == id;
    let alive = tasks.tasks.iter().filter(ours).any(|task| !TaskState::is_terminal(task.state));
    !alive && !tasks.unreachable_tasks.iter().any(|task| task.framework_id.value == id)
}
