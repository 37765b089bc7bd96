//! The end of a framework that has nothing left.

use crate::cluster::{Cluster, lock};
use crate::error::Error;
use crate::framework;
use crate::private::Private;
use podform_mesos_client::Subscription;
use podform_mesos_proto::scheduler::Call;
use podform_mesos_proto::{FrameworkId, TaskState, following};
use podform_model::Intent;
use podform_provider::{ApplySession, Event, EventKind, Proceed};

/// Ends the framework's registration when the cluster shows no live task of it and no tombstone of
/// a forgotten pod is left; else does nothing.
pub(super) fn teardown(
    cluster: &Cluster,
    session: &dyn ApplySession,
    subscription: Option<&Subscription>,
) -> Result<(), Error> {
    let private = cluster.private();
    let Some(id) = private.framework_id.clone() else { return Ok(()) };
    let forgotten = lock(&cluster.tombstones).iter().any(|t| !t.stop_on_return);
    if forgotten || !is_empty(&cluster.follow()?, &id) {
        return Ok(());
    }
    // The id must not be used again, whatever happens from here on.
    let ending = Private { ending: true, ..private.clone() };
    if intend(session, &ending) == Proceed::Stop {
        return Err(Error::Stopped);
    }
    cluster.runtime.block_on(end_framework(cluster, &private, subscription))?;
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

/// TEARDOWN, by the session's subscription or, when it needed none, by one of its own.
async fn end_framework(
    cluster: &Cluster,
    private: &Private,
    subscription: Option<&Subscription>,
) -> Result<(), podform_mesos_client::Error> {
    let id = FrameworkId::new(private.framework_id.as_deref().unwrap_or_default());
    let call = Call::teardown(&id);
    if let Some(subscription) = subscription {
        return subscription.call(&call).await;
    }
    let info = framework::info(&cluster.settings, private, &cluster.user());
    match cluster.client.subscribe(&framework::subscribe(info, true)).await {
        Ok((subscription, _stream)) => subscription.call(&call).await,
        Err(error) if error.is_framework_removed() => Ok(()),
        Err(error) => Err(error),
    }
}

fn intend(session: &dyn ApplySession, private: &Private) -> Proceed {
    session.intend(vec![Intent::Private { data: private.to_json() }])
}

/// Whether the cluster shows no task of the framework that has not ended.
fn is_empty(state: &following::State, id: &str) -> bool {
    let Some(tasks) = &state.get_tasks else { return false };
    let ours = |task: &&following::FollowedTask| task.framework_id.value == id;
    let alive = tasks.tasks.iter().filter(ours).any(|task| !TaskState::is_terminal(task.state));
    !alive && !tasks.unreachable_tasks.iter().any(|task| task.framework_id.value == id)
}
