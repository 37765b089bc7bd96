//! The contract of apply sessions.

use super::script::{Script, Told};
use super::{Broken, Writes};
use crate::{ApplyRequest, Intent, Next, Outcome, Proceed, Provider, Step};
use podform_model::Address;
use std::collections::BTreeSet;

fn run(
    provider: &dyn Provider,
    script: Script<'_>,
    broken: &mut Broken,
    may_fail: bool,
) -> Vec<Told> {
    if let Err(error) = provider.apply(&ApplyRequest::default(), &script)
        && !may_fail
    {
        broken.push(format!("`apply` failed: {error}"));
    }
    script.told()
}

/// A session that has nothing to do and ends returns, says nothing and changes nothing (it may
/// register itself after an intent of private data).
#[must_use]
pub fn finished(provider: &dyn Provider, writes: Writes<'_>) -> Broken {
    empty(provider, writes, Next::Finished)
}

/// A session that is cancelled before it has anything to do returns, and changes nothing.
#[must_use]
pub fn cancelled(provider: &dyn Provider, writes: Writes<'_>) -> Broken {
    empty(provider, writes, Next::Cancelled)
}

fn empty(provider: &dyn Provider, writes: Writes<'_>, end: Next) -> Broken {
    let mut broken = Broken::new();
    let before = writes();
    let script = Script::new(Vec::new(), end, Proceed::Go, writes);
    let told = run(provider, script, &mut broken, true);
    let private = |told: &Told| match told {
        Told::Intend(intents, _) => intents.iter().all(|i| matches!(i, Intent::Private { .. })),
        Told::Outcome(_) => false,
    };
    if !told.iter().all(private) {
        broken.push(format!("a session without steps said {told:?}"));
    }
    if told.is_empty() && writes() != before {
        broken.push("a session without steps changed the cluster".into());
    }
    broken
}

/// No intent may be followed by its action when it is answered with [`Proceed::Stop`]: whatever
/// the steps are, nothing changes on the cluster, neither while an intent is unanswered nor after.
/// The steps fail, or the session does.
#[must_use]
pub fn intent_refused(provider: &dyn Provider, steps: Vec<Step>, writes: Writes<'_>) -> Broken {
    let mut broken = Broken::new();
    let before = writes();
    let script = Script::new(steps, Next::Cancelled, Proceed::Stop, writes);
    let told = run(provider, script, &mut broken, true);
    if told.is_empty() {
        broken.push("no intent was announced at all".into());
    }
    for told in &told {
        match told {
            Told::Intend(intents, at) if *at != before => {
                broken.push(format!("the cluster was changed before {intents:?} was durable"));
            }
            Told::Outcome(outcome) if says_done(outcome) => {
                broken.push(format!("nothing may be done, but the provider says {outcome:?}"));
            }
            _ => {}
        }
    }
    if writes() != before {
        broken.push("the cluster was changed although every intent was refused".into());
    }
    broken
}

fn says_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done { .. } | Outcome::Launched { .. })
}

/// Every step ends with exactly one outcome, done or failed, and nothing is said of other pods.
/// The steps must be such that they can be done.
#[must_use]
pub fn steps_end(provider: &dyn Provider, steps: Vec<Step>, writes: Writes<'_>) -> Broken {
    let mut broken = Broken::new();
    let expected: BTreeSet<Address> = steps.iter().map(|step| step.address.clone()).collect();
    let told =
        run(provider, Script::new(steps, Next::Finished, Proceed::Go, writes), &mut broken, false);
    let mut ended = BTreeSet::new();
    for told in &told {
        let Told::Outcome(outcome) = told else { continue };
        let address = match &**outcome {
            Outcome::Done { address } => address,
            Outcome::Failed { address, diagnostic } => {
                broken.push(format!("the step of `{address}` failed: {}", diagnostic.summary));
                address
            }
            _ => continue,
        };
        if !expected.contains(address) {
            broken.push(format!("`{address}` ended, which had no step"));
        }
        if !ended.insert(address.clone()) {
            broken.push(format!("the step of `{address}` ended twice"));
        }
    }
    for address in expected.difference(&ended) {
        broken.push(format!("the step of `{address}` has no outcome `done` or `failed`"));
    }
    broken
}

/// Each instance is announced before it is launched or stopped: an outcome `launched` or `gone`
/// follows an intent of the same id, a launched instance fills a slot that its step names, and
/// all slots of a step that is done were filled, all its stops done.
#[must_use]
pub fn intents_come_first(provider: &dyn Provider, steps: Vec<Step>, writes: Writes<'_>) -> Broken {
    let mut broken = Broken::new();
    let script = Script::new(steps.clone(), Next::Finished, Proceed::Go, writes);
    let told = run(provider, script, &mut broken, false);
    let mut intended = BTreeSet::new();
    let mut filled = BTreeSet::new();
    let mut gone = BTreeSet::new();
    for told in told {
        let outcome = match told {
            Told::Intend(intents, _) => {
                intended.extend(intents.into_iter().filter_map(id));
                continue;
            }
            Told::Outcome(outcome) => *outcome,
        };
        let (instance, what) = match outcome {
            Outcome::Launched { address, instance } => {
                filled.insert((address, instance.slot, instance.generation));
                (instance.id, "was launched")
            }
            Outcome::Gone { instance, .. } => {
                gone.insert(instance.clone());
                (instance, "is gone")
            }
            _ => continue,
        };
        if !intended.contains(&instance) {
            broken.push(format!("`{instance}` {what} without an intent"));
        }
    }
    for step in steps {
        for launch in step.launch {
            let slot = (step.address.clone(), launch.slot, launch.generation);
            if !filled.contains(&slot) {
                broken.push(format!("slot {} of `{}` was not filled", slot.1, slot.0));
            }
        }
        for stop in step.stop.iter().filter(|stop| !gone.contains(*stop)) {
            broken.push(format!("`{stop}` was not stopped"));
        }
    }
    broken
}

fn id(intent: Intent) -> Option<String> {
    match intent {
        Intent::Launch { instance, .. } => Some(instance.id),
        Intent::Stop { instance, .. } => Some(instance),
        Intent::Private { .. } => None,
    }
}
