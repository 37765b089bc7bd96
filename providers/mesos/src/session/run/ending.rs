//! How a step ends: done, out of time, cancelled, refused; and what is kept of its failures.

use super::{Closing, Context, Failure, LAST_WORDS, Part, Phase, Run, SETTLE_AFTER_CANCEL, Slot};
use crate::session::instance::Instance;
use crate::session::task::Readiness;
use crate::session::{Fetch, report};
use podform_mesos_proto::{Reason, TaskState};
use podform_model::record::InstanceStatus;
use podform_model::{Diagnostic, Outcome};
use podform_provider::Launch;

impl Run {
    pub(super) fn remember_failure(&mut self, instance: &Instance, reason: &str, cx: &Context<'_>) {
        let Some(culprit) = instance.culprit() else { return };
        let dropped = culprit.state == Some(TaskState::Dropped);
        // Offers that crossed or an agent that was away say nothing against the agent.
        let passing = matches!(
            culprit.reason,
            Some(
                Reason::InvalidOffers
                    | Reason::AgentDisconnected
                    | Reason::AgentRemoved
                    | Reason::AgentRestarted
                    | Reason::Reconciliation
            )
        );
        if dropped
            && !passing
            && let Some(agent) = &instance.record.agent_id
        {
            self.refused_by.insert(agent.clone(), reason.to_owned());
        }
        let ran = instance.tasks.iter().any(|task| task.running_since.is_some());
        let fetch = if ran { self.fetch_of(instance, &culprit.about.task_id, cx) } else { None };
        self.failure = Some(Failure { text: reason.to_owned(), fetch });
    }

    pub(super) fn fetch_of(
        &self,
        instance: &Instance,
        task: &str,
        cx: &Context<'_>,
    ) -> Option<Fetch> {
        Some(Fetch {
            step: self.step.id,
            agent_url: instance.private.agent_url.clone()?,
            framework: cx.framework.value.clone(),
            executor: instance.record.id.clone(),
            task: task.to_owned(),
        })
    }

    /// Ends the step when it is done or out of time. Called after every input, connected or not.
    pub(crate) fn conclude(&mut self, cx: &mut Context<'_>) {
        if self.is_over() {
            return;
        }
        if self.is_done() {
            cx.out.outcomes.push(Outcome::Done { address: self.step.address.clone() });
            self.phase = Phase::Over;
            return;
        }
        if matches!(self.phase, Phase::Active) && cx.now >= self.due() {
            let diagnostic = report::timeout(self, cx.now);
            let fetch = self.last_output(cx);
            self.close(diagnostic, fetch, cx);
        }
        if let Phase::Closing(closing) = &self.phase
            && (cx.now >= closing.until || self.has_settled(closing))
        {
            self.finish_failed(cx);
        }
        self.tell(cx);
    }

    pub(super) fn is_done(&self) -> bool {
        let refused = matches!(&self.phase, Phase::Closing(closing) if !closing.settles);
        !refused
            && self.slots.is_empty()
            && self.of(Part::Leaving).next().is_none()
            && self.of(Part::Doubted).next().is_none()
            && self.staying().all(|instance| instance.ready)
    }

    fn has_settled(&self, closing: &Closing) -> bool {
        let heard = self.of(Part::New).all(|instance| !instance.is_silent());
        let quiet = self.of(Part::New).all(|instance| instance.ready)
            && self.of(Part::Leaving).all(|instance| instance.kill.is_none());
        !closing.awaits_output && heard && (quiet || !closing.settles)
    }

    /// When the step is out of time: its own, or a launch's patience for an offer.
    pub(super) fn due(&self) -> f64 {
        let patience = self.slots.iter().filter_map(|slot| slot.waiting_since);
        patience.map(|since| since + self.offer_timeout).fold(self.deadline, f64::min)
    }

    /// When it must be looked at again although nothing is heard.
    pub(crate) fn wake(&self, now: f64) -> f64 {
        let readiness =
            self.staying().filter(|instance| !instance.ready).filter_map(|instance| match instance
                .readiness(now)
            {
                Readiness::At(at) => Some(at),
                _ => None,
            });
        let slots = self.slots.iter().map(|slot| slot.not_before).filter(|at| *at > now);
        let kills = self.instances.values().filter_map(|i| i.kill.map(|(next, _)| next));
        let end = match &self.phase {
            Phase::Active => self.due(),
            Phase::Closing(closing) => closing.until,
            Phase::Over => f64::INFINITY,
        };
        let tell = (self.tell_at > now).then_some(self.tell_at);
        readiness.chain(slots).chain(kills).chain(tell).fold(end, f64::min)
    }

    /// The output that would explain a failure best: of the launch that failed last, else of a
    /// container that is not ready.
    fn last_output(&self, cx: &Context<'_>) -> Option<Fetch> {
        if let Some(fetch) = self.failure.as_ref().and_then(|failure| failure.fetch.clone()) {
            return Some(fetch);
        }
        let slow = self.of(Part::New).find(|instance| !instance.ready)?;
        let task = slow
            .tasks
            .iter()
            .filter(|task| task.running_since.is_some())
            .find(|task| task.readiness(cx.now) != Readiness::Ready)?;
        self.fetch_of(slow, &task.about.task_id, cx)
    }

    pub(super) fn close(
        &mut self,
        diagnostic: Diagnostic,
        fetch: Option<Fetch>,
        cx: &mut Context<'_>,
    ) {
        if !matches!(self.phase, Phase::Active) {
            return;
        }
        let awaits_output = fetch.is_some();
        cx.out.fetches.extend(fetch);
        self.phase = Phase::Closing(Box::new(Closing {
            diagnostic,
            until: cx.now + LAST_WORDS,
            awaits_output,
            settles: false,
        }));
    }

    /// Starts nothing more; what runs may settle for a short time.
    pub(crate) fn cancel(&mut self, cx: &Context<'_>) {
        if matches!(self.phase, Phase::Active) {
            self.phase = Phase::Closing(Box::new(Closing {
                diagnostic: report::cancelled(&self.step.address),
                until: cx.now + SETTLE_AFTER_CANCEL,
                awaits_output: false,
                settles: true,
            }));
        }
    }

    /// Takes the output of a container.
    pub(crate) fn take_output(&mut self, text: Option<&str>) {
        let Phase::Closing(closing) = &mut self.phase else { return };
        closing.awaits_output = false;
        if let (Some(text), Some(template)) = (text, &self.template) {
            report::add_output(&mut closing.diagnostic, &template.hidden, text);
        }
    }

    /// The master refused the ACCEPT that launches an instance.
    pub(crate) fn launch_refused(&mut self, id: &str, text: &str, cx: &mut Context<'_>) {
        if self.instances.remove(id).is_some() {
            self.gone(id, text, cx);
            let diagnostic = report::refused(&self.step.address, text);
            self.close(diagnostic, None, cx);
        }
    }

    /// The framework was removed from the cluster, and all its tasks with it.
    pub(crate) fn framework_removed(&mut self, cx: &mut Context<'_>) {
        let ids: Vec<String> = self.instances.keys().cloned().collect();
        for id in ids {
            let Some(instance) = self.instances.remove(&id) else { continue };
            self.gone(&id, "the framework was removed from the cluster", cx);
            if instance.part == Part::New {
                self.slots.push(Slot {
                    launch: Launch {
                        slot: instance.record.slot,
                        generation: instance.record.generation,
                    },
                    not_before: cx.now,
                    failures: instance.failures,
                    waiting_since: None,
                });
            }
        }
    }

    fn finish_failed(&mut self, cx: &mut Context<'_>) {
        for instance in self.instances.values() {
            let status = match instance.part {
                _ if instance.kill.is_some() => InstanceStatus::Stopping,
                // Of one that nothing was heard of, nothing is said: the next run finds out.
                Part::New if !instance.ready && !instance.is_silent() => InstanceStatus::NotReady,
                _ => continue,
            };
            cx.out.outcomes.push(Outcome::Launched {
                address: self.step.address.clone(),
                instance: instance.recorded(status),
            });
        }
        let phase = std::mem::replace(&mut self.phase, Phase::Over);
        if let Phase::Closing(closing) = phase {
            self.fail(closing.diagnostic, cx);
        }
    }

    pub(super) fn fail(&mut self, diagnostic: Diagnostic, cx: &mut Context<'_>) {
        cx.out.outcomes.push(Outcome::Failed { address: self.step.address.clone(), diagnostic });
        self.phase = Phase::Over;
    }
}
