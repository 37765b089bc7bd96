//! What a plan says in words.

use super::tree::counted;
use podform_model::{AttributePath, Number};
use podform_plan::{Change, ChangeAction, Drift, DriftKind, Reason, Resources, Totals};

/// The mark before a pod.
pub(super) fn mark(action: ChangeAction) -> &'static str {
    match action {
        ChangeAction::NoOp => "",
        ChangeAction::Create => "+",
        ChangeAction::Replace { create_first: false } => "-/+",
        ChangeAction::Replace { create_first: true } => "+/-",
        ChangeAction::Delete => "-",
        ChangeAction::Forget => ".",
        _ => "~",
    }
}

/// What a mark means, for the legend.
pub(super) fn meaning(mark: &str) -> &'static str {
    match mark {
        "+" => "create",
        "~" => "change",
        "-" => "destroy",
        "-/+" => "destroy, then create again",
        "+/-" => "create again, then destroy",
        "." => "forget",
        "<=" => "read (data)",
        _ => "",
    }
}

/// What happens to a pod, after its address.
pub(super) fn headline(change: &Change) -> String {
    let counts = &change.instances;
    let of = |count: u32| format!("{count} of {}", instances(counts.desired));
    let will = if change.conditional { "may" } else { "will" };
    match change.action {
        ChangeAction::NoOp if change.imported => "will be imported".into(),
        ChangeAction::NoOp if change.prior_address.is_some() => {
            format!("has moved to {}", change.address)
        }
        ChangeAction::NoOp => "stays as it is".into(),
        ChangeAction::Create => "will be created".into(),
        ChangeAction::Update => format!("{will} be updated in place"),
        ChangeAction::Roll if change.roll => format!("{will} be updated by a rolling restart"),
        ChangeAction::Roll => format!("{will} be updated"),
        ChangeAction::Scale => "will be scaled".into(),
        ChangeAction::Relaunch => {
            format!("will relaunch {}", of(small(change.launch.len())))
        }
        ChangeAction::Adopt => format!("takes back {}", instances(counts.adopt)),
        ChangeAction::Stop => {
            format!("will stop {}", instances(small(change.stop.len())))
        }
        ChangeAction::Replace { .. } => "must be replaced".into(),
        ChangeAction::Delete if change.before.is_none() && change.instances.before == 0 => {
            "is not known: what runs of it will be stopped".into()
        }
        ChangeAction::Delete => "will be destroyed".into(),
        ChangeAction::Forget => "will be forgotten; its instances run on".into(),
    }
}

/// How the pod came to its address, where the headline does not say it.
pub(super) fn arrival(change: &Change) -> Vec<String> {
    let moved = change.prior_address.as_ref().filter(|_| !change.is_no_op());
    let moved = moved.map(|from| format!("moved from {from}"));
    let imported = change.imported.then(|| match change.is_no_op() {
        true => format!("`{}` runs already; nothing is launched or stopped", change.pod_id),
        false => {
            let id = change.prior_id.as_ref().unwrap_or(&change.pod_id);
            format!("imported from `{id}`, which runs already")
        }
    });
    moved.into_iter().chain(imported).collect()
}

/// Why, where the lines of the difference do not say it; `None`: they do.
pub(super) fn why(change: &Change, reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::Requested => "as requested by `-replace`".into(),
        Reason::NotInConfiguration => {
            format!("because {} is not in the configuration", change.address)
        }
        Reason::IdChanged => "because its id changes".into(),
        Reason::ProviderChanged { before, after } => {
            format!("because its provider changes from `{before}` to `{after}`")
        }
        Reason::ProviderReplaces { paths } => {
            format!("because {} cannot change in place", list(paths))
        }
        Reason::TriggeredBy { address } => {
            format!("because {address} changes (`replace_triggered_by`)")
        }
        Reason::MayChange { paths, because } if because.is_empty() => {
            format!("only if {} turns out to differ", list(paths))
        }
        Reason::MayChange { paths, because } => {
            let pods: Vec<String> = because.iter().map(ToString::to_string).collect();
            format!(
                "{} {} known after apply, because of {}",
                list(paths),
                if paths.len() == 1 { "is" } else { "are" },
                pods.join(", ")
            )
        }
        Reason::Sensitivity { paths } => {
            format!(
                "{} {} or no longer is",
                list(paths),
                if paths.len() == 1 { "becomes sensitive" } else { "become sensitive" }
            )
        }
        Reason::SecretChanged { names } => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            format!("because the value of secret {} changed", names.join(", "))
        }
        Reason::ConfigurationUnknown => {
            "because the configuration of its instances is not recorded".into()
        }
        Reason::Continues { done, of } => {
            format!("continues an update: {done} of {} already new", instances(*of))
        }
        Reason::Missing { count } => {
            format!("{} not there: a former launch failed", are(*count))
        }
        Reason::Excess { count } => format!("{} too many: a former stop failed", are(*count)),
        Reason::DestroyRequested
        | Reason::Attributes { .. }
        | Reason::Scaled { .. }
        | Reason::RequestedSlot { .. }
        | Reason::Ended { .. }
        | Reason::Surplus { .. }
        | Reason::Adopted { .. }
        | Reason::Returned { .. } => return None,
    })
}

/// What happens to an instance, as a mark and a text; `None`: the reason is not about one.
pub(super) fn instance(reason: &Reason) -> Option<(&'static str, String)> {
    Some(match reason {
        Reason::RequestedSlot { slot } => {
            ("~", format!("instance {slot}: as requested by `-replace`"))
        }
        Reason::Ended { slot, text, .. } => ("~", format!("instance {slot}: {text}")),
        Reason::Surplus { id } => ("-", format!("surplus instance `{id}`")),
        Reason::Adopted { slot, id } => {
            ("+", format!("instance {slot}: `{id}` runs and is recorded again"))
        }
        Reason::Returned { id } => ("-", format!("returned instance `{id}`, given up before")),
        _ => return None,
    })
}

/// The counts of what happens to instances, each with a mark.
pub(super) fn counts(change: &Change) -> Vec<(&'static str, String)> {
    let c = &change.instances;
    let verb = |verb: &str| {
        if change.conditional { format!("may be {verb}") } else { format!("will be {verb}") }
    };
    let mut out = Vec::new();
    let mut say = |mark, count: u32, text: String| {
        if count > 0 {
            out.push((mark, text));
        }
    };
    let of = |count: u32| format!("{count} of {}", instances(c.desired));
    say("~", c.replace, format!("{} {}", of(c.replace), verb("replaced")));
    say("~", c.relaunch, format!("relaunch {}", of(c.relaunch)));
    say("+", c.add, format!("{} will be launched", instances(c.add)));
    say("-", c.stop, format!("{} will be stopped", instances(c.stop)));
    say(
        "",
        c.waiting,
        format!(
            "{} left as {} (see the notes)",
            instances(c.waiting),
            if c.waiting == 1 { "it is" } else { "they are" }
        ),
    );
    out
}

/// What a pod asks of the cluster.
pub(super) fn totals(totals: &Totals) -> String {
    let Resources { cpus, mem, disk, gpus } = &totals.all;
    let number = |number: &Option<Number>| match number {
        Some(number) => number.to_string(),
        None => "(known after apply)".to_owned(),
    };
    let mut text = format!(
        "{} {}: {} cpus, {} MiB memory, {} MiB disk",
        instances(totals.instances),
        if totals.instances == 1 { "with its executor" } else { "with their executors" },
        number(cpus),
        number(mem),
        number(disk)
    );
    if gpus.as_ref().is_none_or(|gpus| *gpus != Number::from(0_u64)) {
        text.push_str(&format!(", {} gpus", number(gpus)));
    }
    text
}

/// What changed outside.
pub(super) fn drift(drift: &Drift) -> String {
    let Drift { address, slot, instance, text, .. } = drift;
    let because = if text.is_empty() { String::new() } else { format!(": {text}") };
    let slot = format!("instance {slot} of {address}");
    match drift.kind {
        DriftKind::Dead => format!("{slot} ended{because}"),
        DriftKind::Finished if text.is_empty() => format!("{slot} finished with status 0"),
        DriftKind::Finished => format!("{slot} finished{because}"),
        DriftKind::Gone => format!("{slot} is not known to its agent any more{because}"),
        DriftKind::Unreachable { .. } => format!("{slot} cannot be reached{because}"),
        DriftKind::Surplus => format!("`{instance}` runs as {slot}, but is not recorded"),
        DriftKind::Returned => format!("`{instance}` of {address} was given up, and is back"),
        DriftKind::Moved => format!("{slot} has another address than recorded"),
    }
}

/// `1 instance`, `2 instances`.
pub(super) fn instances(count: u32) -> String {
    counted(count as usize, "instance", "").trim_end().to_owned()
}

fn are(count: u32) -> String {
    format!("{} {}", instances(count), if count == 1 { "is" } else { "are" })
}

/// A few paths.
fn list(paths: &[AttributePath]) -> String {
    let shown: Vec<String> = paths.iter().take(3).map(|path| format!("`{path}`")).collect();
    match paths.len().saturating_sub(3) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A count of instances; there are never more than a pod's limit of a million.
fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
