//! Subscription, fail-over between schedulers, disconnection, removal.

use super::{COMPLETED_FRAMEWORKS, Framework, Stream, framework_ref, info_rules, send};
use crate::http::{Reply, StreamSender};
use crate::log::say;
use crate::world::{World, lock, new_id, now_nanos, now_seconds};
use podform_mesos_proto::scheduler::{Event, Subscribe, Subscribed};
use podform_mesos_proto::{
    AgentId, FrameworkId, FrameworkInfo, Reason, Source, TaskState, TaskStatus,
};
use std::time::Duration;
use tokio::sync::oneshot;

impl World {
    /// Answers a SUBSCRIBE that passed the checks of its form: always with a stream.
    pub(super) fn subscribe(&mut self, subscribe: Subscribe, principal: Option<&str>) -> Reply {
        let stream_id = new_id();
        let (reply, sender) = Reply::stream("application/json");
        let reply = reply.header("Mesos-Stream-Id", stream_id.clone());
        let mut info = subscribe.framework_info;
        if info.principal.is_none() {
            info.principal = principal.map(str::to_owned);
        }
        info.id = info.id.filter(|id| !id.value.is_empty());
        let refused = info_rules::check(&info, &subscribe.suppressed_roles)
            .or_else(|| self.refuse_subscription(&info));
        if let Some(text) = refused {
            say!(self, "subscription refused: {text}");
            send(&sender, &Event::error(text));
            return reply;
        }
        let (alive, ended) = oneshot::channel();
        let id =
            self.register(info, Stream { id: stream_id.clone(), sender: sender.clone(), alive });
        if let Some(framework) = self.master.frameworks.get_mut(&id) {
            framework.suppressed = subscribe.suppressed_roles.into_iter().collect();
        }
        self.greet(&id);
        self.keep_alive(&id, &stream_id, sender, ended);
        for agent in 0..self.agents.len() {
            if self.agents[agent].connected {
                self.resume(agent, Some(&id));
            }
        }
        self.allocate_to(&id);
        reply
    }

    fn refuse_subscription(&self, info: &FrameworkInfo) -> Option<String> {
        let id = &info.id.as_ref()?.value;
        if self.master.completed.iter().any(|framework| framework.id() == *id) {
            return Some("Framework has been removed".to_owned());
        }
        let known = self.master.frameworks.get(id)?;
        (known.info.principal != info.principal)
            .then(|| "Changing framework's principal is not allowed.".to_owned())
    }

    /// Takes a framework in, or lets a new scheduler take it over.
    fn register(&mut self, mut info: FrameworkInfo, stream: Stream) -> String {
        let id = match &info.id {
            Some(id) => id.value.clone(),
            None => self.master.next_framework_id(),
        };
        info.id = Some(FrameworkId::new(&id));
        if let Some(framework) = self.master.frameworks.get_mut(&id) {
            if let Some(old) = framework.stream.take() {
                send(&old.sender, &Event::error("Framework failed over"));
                drop(old.alive);
            } else {
                framework.filters.clear();
            }
            if framework.recovered {
                framework.recovered = false;
                framework.registered = now_nanos();
            }
            framework.update(info);
            framework.reregistered = now_nanos();
            framework.stream = Some(stream);
            framework.epoch += 1;
            self.master.offers.retain(|_, offer| offer.framework != id);
            say!(self, "framework {id} subscribed again");
        } else {
            let mut framework = Framework::new(info);
            framework.stream = Some(stream);
            say!(self, "framework {id} ({}) subscribed", framework.info.name);
            self.master.frameworks.insert(id.clone(), framework);
        }
        id
    }

    fn greet(&self, id: &str) {
        let interval = self.options.timing.heartbeat.as_secs_f64();
        let subscribed = Subscribed {
            framework_id: framework_ref(id),
            heartbeat_interval_seconds: Some(interval),
            master_info: Some(self.master.info()),
        };
        self.send_to(id, &Event::subscribed(subscribed));
        self.send_to(id, &Event::heartbeat());
    }

    /// Writes heartbeats until the stream is replaced or its reader is gone.
    fn keep_alive(
        &self,
        id: &str,
        stream: &str,
        sender: StreamSender,
        mut ended: oneshot::Receiver<()>,
    ) {
        let (me, id, stream) = (self.me.clone(), id.to_owned(), stream.to_owned());
        let interval = self.options.timing.heartbeat;
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = sender.closed() => break,
                    _ = &mut ended => return,
                    () = tokio::time::sleep(interval) => {
                        send(&sender, &Event::heartbeat());
                    }
                }
            }
            if let Some(shared) = me.upgrade() {
                let mut world = lock(&shared);
                if world.is_current(&id, &stream) {
                    world.disconnect(&id);
                }
            }
        });
    }

    fn is_current(&self, framework: &str, stream: &str) -> bool {
        let framework = self.master.frameworks.get(framework);
        framework
            .and_then(|framework| framework.stream.as_ref())
            .is_some_and(|open| open.id == stream)
    }

    /// The stream of a framework broke: offers come back, and its removal draws near.
    pub(crate) fn disconnect(&mut self, id: &str) {
        let Some(framework) = self.master.frameworks.get_mut(id) else { return };
        framework.stream = None;
        framework.filters.clear();
        framework.epoch += 1;
        let epoch = framework.epoch;
        let patience = framework.info.failover_timeout;
        self.master.offers.retain(|_, offer| offer.framework != id);
        say!(self, "framework {id} disconnected; it is removed after {patience} s");
        let patience = Duration::try_from_secs_f64(patience).unwrap_or(Duration::MAX);
        let id = id.to_owned();
        if patience.is_zero() {
            self.remove_framework(&id);
        } else if patience < Duration::from_hours(24 * 365 * 10) {
            self.after(patience, move |world| world.failover_timeout(&id, epoch));
        }
    }

    fn failover_timeout(&mut self, id: &str, epoch: u64) {
        let framework = self.master.frameworks.get(id);
        if framework.is_some_and(|framework| framework.epoch == epoch && framework.stream.is_none())
        {
            self.remove_framework(id);
        }
    }

    /// Removes a framework and ends all its tasks. Nobody is told.
    pub(crate) fn remove_framework(&mut self, id: &str) {
        let Some(mut framework) = self.master.frameworks.shift_remove(id) else { return };
        say!(self, "framework {id} is removed");
        self.master.offers.retain(|_, offer| offer.framework != id);
        framework.stream = None;
        framework.unregistered = now_nanos();
        for mut task in framework.books.clear() {
            if !task.state.is_terminal() {
                task.state = TaskState::Killed;
                let status = TaskStatus {
                    task_id: task.task_id.clone(),
                    state: TaskState::Killed,
                    message: Some(format!("Framework {id} removed")),
                    source: Some(Source::Master),
                    reason: Some(Reason::FrameworkRemoved),
                    agent_id: Some(AgentId::new(&task.agent_id.value)),
                    timestamp: Some(now_seconds()),
                    ..TaskStatus::default()
                };
                crate::agent::record(&mut task, &status);
            }
            framework.complete(task);
        }
        self.master.completed.push_back(framework);
        while self.master.completed.len() > COMPLETED_FRAMEWORKS {
            self.master.completed.pop_front();
        }
        for agent in 0..self.agents.len() {
            if self.agents[agent].connected {
                self.on_shutdown_framework(agent, id);
            }
        }
    }
}

impl Framework {
    /// Replaces what a subscription may change; user and checkpoint stay as they were.
    pub(super) fn update(&mut self, info: FrameworkInfo) {
        let user = std::mem::take(&mut self.info.user);
        let checkpoint = self.info.checkpoint;
        self.info = FrameworkInfo { user, checkpoint, ..info };
    }
}
