//! One step under way: the slots to fill, the instances to look after, and how it ends.

mod ending;

use super::instance::{Instance, Part};
use super::task::Readiness;
use super::{Fetch, Output, Prepared, report};
use crate::backoff;
use crate::lower::{Place, Template};
use crate::offers::Shortage;
use crate::rolling::{self, Limits, New, Old};
use podform_mesos_proto::{FrameworkId, Operation, TaskState, TaskStatus};
use podform_model::record::InstanceStatus;
use podform_model::{Diagnostic, Intent, Outcome};
use podform_provider::{EventKind, Launch, Standing, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a run that failed waits for what it still wants to know, in seconds.
const LAST_WORDS: f64 = 5.0;
/// How long a cancelled run lets settle what it launched or stopped, in seconds.
const SETTLE_AFTER_CANCEL: f64 = 10.0;
/// When KILL is sent again the first time, in seconds; it doubles.
const KILL_AGAIN: f64 = 10.0;

/// How often it is said what is waited for, in seconds.
const TELL: f64 = 0.5;

/// What a run works with.
pub(crate) struct Context<'a> {
    /// The time, seconds since 1970.
    pub(crate) now: f64,
    /// The framework.
    pub(crate) framework: &'a FrameworkId,
    /// The ids of instances that are tombstones.
    pub(crate) tombstones: &'a BTreeSet<String>,
    /// Calls that were made before have not all gone out.
    pub(crate) behind: bool,
    /// Where to put what is to be done.
    pub(crate) out: &'a mut Output,
}

impl<'a> Context<'a> {
    /// What a run works with at a time.
    pub(crate) fn new(
        now: f64,
        framework: &'a FrameworkId,
        tombstones: &'a BTreeSet<String>,
        behind: bool,
        out: &'a mut Output,
    ) -> Self {
        Self { now, framework, tombstones, behind, out }
    }
}

/// How long nothing is asked or said again while calls wait to go out, in seconds.
pub(crate) const BEHIND: f64 = 1.0;

/// A slot that waits to be filled.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// Which.
    pub(crate) launch: Launch,
    /// Not before this time.
    not_before: f64,
    /// How often it failed.
    failures: u32,
    /// Since when it waits for an offer.
    waiting_since: Option<f64>,
}

/// Where a run stands.
#[derive(Debug)]
pub(crate) enum Phase {
    /// It works.
    Active,
    /// It failed or was cancelled: nothing is started any more.
    Closing(Box<Closing>),
    /// Its last outcome was given.
    Over,
}

/// A run that ends without success.
#[derive(Debug)]
pub(crate) struct Closing {
    pub(crate) diagnostic: Diagnostic,
    until: f64,
    /// Whether the output of a container is awaited.
    awaits_output: bool,
    /// Whether launched instances may still become ready.
    settles: bool,
}

/// The last launch that failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    /// Why.
    pub(crate) text: String,
    /// Where its output is.
    pub(crate) fetch: Option<Fetch>,
}

/// One step under way.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) step: Step,
    pub(crate) template: Option<Arc<Template>>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) instances: BTreeMap<String, Instance>,
    pub(crate) phase: Phase,
    pub(crate) shortage: Shortage,
    pub(crate) failure: Option<Failure>,
    /// Agents that dropped a launch of this pod, and what they said.
    pub(crate) refused_by: BTreeMap<String, String>,
    expected: BTreeMap<String, usize>,
    limits: Limits,
    deadline: f64,
    offer_timeout: f64,
    said: String,
    tell_at: f64,
}

impl Run {
    /// Starts a step. Its first outcomes are given at once.
    pub(crate) fn start(prepared: Prepared, offer_timeout: f64, cx: &mut Context<'_>) -> Self {
        let Prepared { step, template, problem } = prepared;
        let limits = template.as_ref().map_or(Limits { minimum_ready: 0, maximum: 1 }, |t| {
            let upgrade = t.pod.upgrade;
            Limits::new(
                t.pod.instances,
                upgrade.minimum_health_capacity,
                upgrade.maximum_over_capacity,
            )
        });
        let slot = |launch: &Launch| Slot {
            launch: launch.clone(),
            not_before: 0.0,
            failures: 0,
            waiting_since: None,
        };
        let mut run = Self {
            slots: step.launch.iter().map(slot).collect(),
            deadline: cx.now + step.timeout,
            instances: BTreeMap::new(),
            phase: Phase::Active,
            shortage: Shortage::default(),
            failure: None,
            refused_by: BTreeMap::new(),
            said: String::new(),
            tell_at: f64::NEG_INFINITY,
            expected: BTreeMap::new(),
            limits,
            offer_timeout,
            template,
            step,
        };
        match problem {
            Some(problem) => run.fail(problem, cx),
            None => run.take_existing(cx),
        }
        run
    }

    fn take_existing(&mut self, cx: &mut Context<'_>) {
        for (record, standing) in self.step.existing.clone() {
            let leaving = self.step.stop.contains(&record.id);
            let part = match standing {
                Standing::Gone => Part::Doubted,
                Standing::Live if leaving => Part::Leaving,
                Standing::Live => Part::Kept,
                Standing::Unreachable { .. } | Standing::Unknown if leaving => {
                    self.bury(&record.id, cx);
                    continue;
                }
                Standing::Dead | Standing::Finished if leaving => {
                    self.gone(&record.id, "it had ended", cx);
                    continue;
                }
                _ => continue,
            };
            self.instances.insert(record.id.clone(), Instance::new(record, part));
        }
    }

    fn gone(&self, id: &str, reason: &str, cx: &mut Context<'_>) {
        if cx.tombstones.contains(id) {
            cx.out.outcomes.push(Outcome::Exhumed { instance: id.to_owned() });
            return;
        }
        cx.out.outcomes.push(Outcome::Gone {
            address: self.step.address.clone(),
            instance: id.to_owned(),
            reason: reason.to_owned(),
        });
    }

    fn bury(&self, id: &str, cx: &mut Context<'_>) {
        if cx.tombstones.contains(id) {
            return;
        }
        cx.out
            .outcomes
            .push(Outcome::Buried { address: self.step.address.clone(), instance: id.to_owned() });
        let message =
            format!("instance `{id}` cannot be reached: it is given up, and stopped if it returns");
        cx.out.say(&self.step.address, EventKind::Retry, message);
    }

    fn of(&self, part: Part) -> impl Iterator<Item = &Instance> {
        self.instances.values().filter(move |instance| instance.part == part)
    }

    fn staying(&self) -> impl Iterator<Item = &Instance> {
        self.of(Part::New).chain(self.of(Part::Kept))
    }

    /// Whether nothing is left to be done.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over)
    }

    /// How many of the pod's instances run on an agent, or are about to, as far as this step knows.
    pub(crate) fn count_on(&self, agent: &str) -> usize {
        let there =
            self.instances.values().filter(|i| i.record.agent_id.as_deref() == Some(agent)).count();
        there + self.expected.get(agent).copied().unwrap_or(0)
    }

    /// Notes that an instance is about to be launched on an agent.
    pub(crate) fn expect_on(&mut self, agent: &str) {
        *self.expected.entry(agent.to_owned()).or_default() += 1;
    }

    /// Forgets those notes: what was launched is an instance now.
    pub(crate) fn expect_none(&mut self) {
        self.expected.clear();
    }

    /// The slots that want an offer now, as positions in [`Run::slots`].
    pub(crate) fn wants(&mut self, now: f64) -> Vec<usize> {
        if !matches!(self.phase, Phase::Active)
            || self.template.is_none()
            || self.of(Part::Doubted).next().is_some()
        {
            return Vec::new();
        }
        let mut allowed = if self.step.roll { self.moves().launch as usize } else { usize::MAX };
        let mut wants = Vec::new();
        for at in 0..self.slots.len() {
            if allowed == 0 {
                break;
            }
            if self.slots[at].not_before > now || self.is_held(&self.slots[at].launch) {
                continue;
            }
            self.slots[at].waiting_since.get_or_insert(now);
            wants.push(at);
            allowed -= 1;
        }
        wants
    }

    /// Whether an instance that is to go still holds the slot.
    fn is_held(&self, launch: &Launch) -> bool {
        self.of(Part::Leaving).any(|instance| {
            instance.record.slot == launch.slot && instance.record.generation == launch.generation
        })
    }

    fn moves(&self) -> rolling::Moves {
        let old: Vec<Old<'_>> = self
            .of(Part::Leaving)
            .map(|instance| Old {
                id: &instance.record.id,
                ready: instance.ready && !instance.is_unreachable(),
                stopping: instance.kill.is_some(),
            })
            .collect();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let ready = self.staying().filter(|instance| instance.ready).count();
        let new = New {
            ready: count(ready),
            starting: count(self.staying().count() - ready),
            waiting: count(self.slots.len()),
        };
        rolling::moves(self.limits, &old, new)
    }

    /// Fills a slot: announces the launch and gives the operation for the ACCEPT.
    pub(crate) fn launch(
        &mut self,
        at: usize,
        template: &Template,
        place: &Place,
        cx: &mut Context<'_>,
    ) -> (Operation, String) {
        let slot = self.slots.remove(at);
        let lowered = template.lower(place);
        let id = lowered.record.id.clone();
        cx.out.intents.push(Intent::Launch {
            address: self.step.address.clone(),
            instance: lowered.record.clone(),
        });
        let message = format!("launching instance {} on {}", slot.launch.slot, place.host);
        cx.out.say(&self.step.address, EventKind::Progress, message);
        let mut instance = Instance::new(lowered.record, Part::New);
        instance.failures = slot.failures;
        self.instances.insert(id.clone(), instance);
        (Operation::launch_group(lowered.executor, lowered.tasks), id)
    }

    /// Takes a status of one of its instances' tasks.
    pub(crate) fn hear(&mut self, id: &str, status: &TaskStatus, cx: &mut Context<'_>) {
        let Some(instance) = self.instances.get_mut(id) else { return };
        instance.hear(status, cx.now);
        let refused = status.state == TaskState::Error && instance.part == Part::New;
        if refused {
            self.refuse(status, cx);
        }
        self.settle_instance(id, cx);
    }

    /// The master said that the pod is invalid: it will say so again, so it is the end of the step.
    fn refuse(&mut self, status: &TaskStatus, cx: &mut Context<'_>) {
        if matches!(self.phase, Phase::Active) {
            let text = status.message.as_deref().unwrap_or("the pod is invalid");
            let diagnostic = report::refused(&self.step.address, text);
            self.close(diagnostic, None, cx);
        }
    }

    /// Decides what becomes of an instance after something was heard of it.
    fn settle_instance(&mut self, id: &str, cx: &mut Context<'_>) {
        let Some(instance) = self.instances.get(id) else { return };
        let (part, ended) = (instance.part, instance.has_ended());
        match part {
            Part::Doubted if ended => {
                let reason = instance.epitaph();
                self.instances.remove(id);
                self.gone(id, &reason, cx);
            }
            Part::Doubted if self.step.stop.iter().any(|stop| stop == id) => {
                self.doubt_resolved(id, cx);
            }
            Part::Doubted if instance.is_alive() => {
                let diagnostic = report::alive_after_all(&self.step.address, id);
                self.close(diagnostic, None, cx);
            }
            Part::Doubted if instance.is_unknown() => {
                let diagnostic = report::not_known(&self.step.address, id);
                self.close(diagnostic, None, cx);
            }
            Part::Leaving if ended => {
                let message = format!("{} is stopped", report::name(instance));
                self.instances.remove(id);
                self.gone(id, "it was stopped", cx);
                cx.out.say(&self.step.address, EventKind::Progress, message);
            }
            Part::Leaving if instance.is_unreachable() => {
                self.instances.remove(id);
                self.bury(id, cx);
            }
            Part::New | Part::Kept if ended => self.ended(id, cx),
            _ => {}
        }
    }

    /// An instance that seemed gone and is to be stopped: it is stopped if it is there, and given
    /// up if nobody knows.
    fn doubt_resolved(&mut self, id: &str, cx: &mut Context<'_>) {
        let Some(instance) = self.instances.get_mut(id) else { return };
        if instance.is_alive() {
            instance.part = Part::Leaving;
        } else if instance.is_unknown() {
            self.instances.remove(id);
            self.bury(id, cx);
        }
    }

    /// An instance that was to stay has ended.
    fn ended(&mut self, id: &str, cx: &mut Context<'_>) {
        let Some(instance) = self.instances.get(id) else { return };
        if instance.readiness(cx.now) == Readiness::Ready {
            // All containers finished with status 0: it did what it was to do.
            self.note_ready(id, cx);
            return;
        }
        let Some(instance) = self.instances.remove(id) else { return };
        let reason = instance.epitaph();
        self.gone(id, &reason, cx);
        self.remember_failure(&instance, &reason, cx);
        let ours = self.step.launch.iter().any(|l| l.generation == instance.record.generation);
        if !ours {
            return;
        }
        let failures = instance.failures + 1;
        let policy = self.template.as_ref().map(|template| template.pod.backoff);
        let wait = policy.map_or(1.0, |policy| backoff::wait(&policy, failures));
        self.slots.push(Slot {
            launch: Launch {
                slot: instance.record.slot,
                generation: instance.record.generation.clone(),
            },
            not_before: cx.now + wait,
            failures,
            waiting_since: None,
        });
        if matches!(self.phase, Phase::Active) {
            let message = format!(
                "instance {} failed: {reason}; trying again in {}",
                instance.record.slot,
                report::seconds(wait)
            );
            cx.out.say(&self.step.address, EventKind::Retry, message);
        }
    }

    fn note_ready(&mut self, id: &str, cx: &mut Context<'_>) {
        let Some(instance) = self.instances.get_mut(id) else { return };
        if instance.ready {
            return;
        }
        instance.ready = true;
        instance.record.status = InstanceStatus::Ready;
        let record = instance.record.clone();
        let host = record.host.clone().unwrap_or_else(|| "its agent".into());
        cx.out
            .outcomes
            .push(Outcome::Launched { address: self.step.address.clone(), instance: record });
        let ready = self.staying().filter(|instance| instance.ready).count();
        let all = self.staying().count() + self.slots.len();
        let message = format!("instance {ready} of {all} is ready on {host}");
        cx.out.say(&self.step.address, EventKind::Progress, message);
    }

    /// Does what time and the last news allow. Called after every input while connected.
    pub(crate) fn drive(&mut self, cx: &mut Context<'_>) {
        if self.is_over() {
            return;
        }
        self.check_readiness(cx);
        if matches!(self.phase, Phase::Active) {
            self.stop_what_may_stop(cx);
        }
        self.kill_again(cx);
    }

    fn check_readiness(&mut self, cx: &mut Context<'_>) {
        let ready: Vec<String> = self
            .staying()
            .filter(|i| !i.ready && i.readiness(cx.now) == Readiness::Ready)
            .map(|i| i.record.id.clone())
            .collect();
        for id in ready {
            self.note_ready(&id, cx);
        }
    }

    fn stop_what_may_stop(&mut self, cx: &mut Context<'_>) {
        let ids: Vec<String> = if self.step.roll {
            self.moves().stop
        } else {
            let idle = self.of(Part::Leaving).filter(|instance| instance.kill.is_none());
            idle.map(|instance| instance.record.id.clone()).collect()
        };
        for id in ids {
            let Some(instance) = self.instances.get_mut(&id) else { continue };
            if instance.tasks.is_empty() {
                let diagnostic = report::no_tasks(&self.step.address, &id);
                self.close(diagnostic, None, cx);
                return;
            }
            instance.kill = Some((cx.now + KILL_AGAIN, 1));
            instance.record.status = InstanceStatus::Stopping;
            cx.out.calls.extend(instance.kills(cx.framework));
            cx.out
                .intents
                .push(Intent::Stop { address: self.step.address.clone(), instance: id.clone() });
            let message = format!("stopping {}", report::name(instance));
            cx.out.say(&self.step.address, EventKind::Progress, message);
        }
    }

    fn kill_again(&mut self, cx: &mut Context<'_>) {
        for instance in self.instances.values_mut() {
            let Some((_, times)) = instance.kill.filter(|(next, _)| cx.now >= *next) else {
                continue;
            };
            let wait = KILL_AGAIN * f64::from(1_u32 << times.min(3));
            instance.kill = Some((cx.now + wait, times.saturating_add(1)));
            // The former KILL may be among the calls that wait.
            if !cx.behind {
                cx.out.calls.extend(instance.kills(cx.framework));
            }
        }
    }

    /// Says what is waited for, when it changed, and not too often.
    fn tell(&mut self, cx: &mut Context<'_>) {
        if self.is_over() || cx.now < self.tell_at {
            return;
        }
        let waiting = report::waiting(self, cx.now);
        if !waiting.is_empty() && waiting != self.said {
            cx.out.say(&self.step.address, EventKind::Waiting, waiting.as_str());
            self.said = waiting;
            self.tell_at = cx.now + TELL;
        }
    }

    /// How many slots wait for an offer.
    pub(crate) fn placing(&self) -> usize {
        self.slots.iter().filter(|slot| slot.waiting_since.is_some()).count()
    }

    /// Whether there are slots to fill, now or later.
    pub(crate) fn has_slots(&self) -> bool {
        matches!(self.phase, Phase::Active) && !self.slots.is_empty()
    }
}
