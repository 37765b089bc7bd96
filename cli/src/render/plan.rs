//! A plan as text, in the manner that users of Terraform know.

use super::paint::{Painter, Tone};
use super::phrases::{self, headline};
use super::tree::{close, content, remark, start};
use crate::text::value::quoted;
use podform_model::Value;
use podform_model::schema::COMPUTED;
use podform_plan::diff::{DiffKind, DiffNode, Hidden, Shape, diff, diff_data};
use podform_plan::{
    Change, ChangeAction, DataRead, Mode, Options, OutputAction, OutputChange, Plan,
};
use std::collections::BTreeSet;

/// The plan as text. Drift comes first, then the changes, the notes and the summary.
#[must_use]
pub fn render(plan: &Plan, options: &Options, color: bool) -> String {
    let mut out = Painter::new(color);
    drift(&mut out, plan, options);
    let shown = |change: &&Change| !change.is_no_op() || change.arrives();
    let changes: Vec<&Change> = plan.changes.iter().filter(shown).collect();
    if !changes.is_empty() || !plan.reads.is_empty() {
        legend(&mut out, &changes, !plan.reads.is_empty());
        for read in &plan.reads {
            data(&mut out, read);
        }
        for change in &changes {
            pod(&mut out, change);
        }
    }
    notes(&mut out, plan);
    summary(&mut out, plan, &changes, options);
    outputs(&mut out, &plan.outputs);
    out.finish()
}

fn drift(out: &mut Painter, plan: &Plan, options: &Options) {
    if plan.drift.is_empty() {
        return;
    }
    let heading = match options.mode {
        Mode::RefreshOnly => "The cluster changed without podform; an apply records:",
        _ => "The cluster changed without podform:",
    };
    out.put(Tone::Strong, heading).end();
    for drift in &plan.drift {
        start(out, 0, "~");
        out.text(&phrases::drift(drift)).end();
    }
    out.gap();
}

fn legend(out: &mut Painter, changes: &[&Change], reads: bool) {
    let mut used: BTreeSet<&str> =
        changes.iter().map(|change| phrases::mark(change.action)).collect();
    used.extend(reads.then_some(READ));
    let marks = used.iter().any(|mark| !mark.is_empty());
    out.text("podform will do the following.");
    out.text(if marks { " The marks mean:" } else { "" }).end();
    for mark in
        ["+", "~", "-", "-/+", "+/-", ".", READ].into_iter().filter(|mark| used.contains(mark))
    {
        start(out, 0, mark);
        out.text(phrases::meaning(mark)).end();
    }
    out.gap();
}

/// The mark of what is read while the plan is applied.
const READ: &str = "<=";

/// A live pod that is read while the plan is applied.
fn data(out: &mut Painter, read: &DataRead) {
    out.text("  # ").put(Tone::Strong, &read.address.to_string());
    out.text(" will be read during apply").end();
    let why = match (read.id.is_none(), read.after.len()) {
        (true, _) => "its `id` is known only then".to_owned(),
        (false, 0) => "what it depends on is known only then".to_owned(),
        _ => {
            let pods: Vec<String> = read.after.iter().take(3).map(ToString::to_string).collect();
            let more = if read.after.len() > pods.len() { " and others" } else { "" };
            format!("after {}{more}", pods.join(", "))
        }
    };
    out.text("  # ").put(Tone::Faint, &format!("({why})")).end();
    start(out, 0, READ);
    out.text(&format!("data \"pod\" {} {{", quoted(&read.address.0.name))).end();
    let id = read.id.as_deref().map_or(Value::Unknown, Value::from);
    let value = COMPUTED.iter().map(|known| (known.name, Value::Unknown)).chain([("id", id)]);
    let node = diff_data("", None, Some(&Value::object(value)), false);
    if let Some(node) = &node {
        content(out, node, 1);
    }
    close(out, 0, "}");
    out.gap();
}

fn pod(out: &mut Painter, change: &Change) {
    out.text("  # ");
    let named = change.prior_address.as_ref().filter(|_| change.is_no_op());
    out.put(Tone::Strong, &named.unwrap_or(&change.address).to_string());
    out.text(&format!(" {}", headline(change))).end();
    for text in phrases::arrival(change) {
        out.text("  # ").put(Tone::Faint, &format!("({text})")).end();
    }
    for reason in &change.reasons {
        if let Some(text) = phrases::why(change, reason) {
            out.text("  # ").put(Tone::Faint, &format!("({text})")).end();
        }
    }
    start(out, 0, phrases::mark(change.action));
    out.text(&format!("pod {} {{", quoted(&change.address.name))).end();
    let tree = diff(change, false);
    match change.action {
        // Nothing of the configuration goes: only what runs, or the record.
        ChangeAction::Forget => {}
        _ => content(out, &shown(change, tree), 1),
    }
    instances(out, change);
    close(out, 0, "}");
    out.gap();
}

/// The difference as it is shown: a pod whose configuration stays is named by its id only.
fn shown(change: &Change, mut tree: DiffNode) -> DiffNode {
    let same = |node: &DiffNode| node.kind == DiffKind::Same;
    if change.before.is_none() && change.after.is_none() {
        tree.children.clear();
        tree.hidden = Hidden::default();
    } else if tree.children.iter().all(same) && tree.kind == DiffKind::Changed {
        let hidden = tree.hidden.attributes + tree.hidden.blocks;
        tree.hidden = Hidden { attributes: hidden, ..Hidden::default() };
    }
    tree
}

/// What happens to the instances, and what the pod asks of the cluster.
fn instances(out: &mut Painter, change: &Change) {
    let counts = phrases::counts(change);
    let each: Vec<_> = change.reasons.iter().filter_map(phrases::instance).collect();
    let asks = change.after.is_some() && change.totals.instances > 0 && !change.launch.is_empty();
    if counts.is_empty() && each.is_empty() && !asks {
        return;
    }
    out.gap();
    for (mark, text) in counts.into_iter().chain(each) {
        start(out, 1, mark);
        out.text(&text).end();
    }
    if asks {
        remark(out, 1, &phrases::totals(&change.totals));
    }
}

fn notes(out: &mut Painter, plan: &Plan) {
    if plan.notes.is_empty() {
        return;
    }
    out.put(Tone::Strong, "Notes:").end();
    for note in &plan.notes {
        start(out, 0, "");
        match &note.address {
            Some(address) => out.text(&format!("{address}: {}", note.text)),
            None => out.text(&note.text),
        };
        out.end();
    }
    out.gap();
}

/// How many pods and instances are touched.
struct Sum {
    import: usize,
    add: usize,
    change: usize,
    destroy: usize,
    forget: usize,
}

fn sum(changes: &[&Change]) -> Sum {
    let mut sum = Sum { import: 0, add: 0, change: 0, destroy: 0, forget: 0 };
    for change in changes {
        sum.import += usize::from(change.imported);
        match change.action {
            ChangeAction::NoOp => {}
            ChangeAction::Create => sum.add += 1,
            ChangeAction::Delete => sum.destroy += 1,
            ChangeAction::Forget => sum.forget += 1,
            ChangeAction::Replace { .. } => {
                sum.add += 1;
                sum.destroy += 1;
            }
            _ => sum.change += 1,
        }
    }
    sum
}

fn summary(out: &mut Painter, plan: &Plan, changes: &[&Change], options: &Options) {
    if changes.is_empty() {
        nothing(out, plan, options);
        return;
    }
    let Sum { import, add, change, destroy, forget } = sum(changes);
    out.put(Tone::Strong, "Plan:");
    if import > 0 {
        out.text(&format!(" {import} to import,"));
    }
    out.text(&format!(" {add} to add, {change} to change, {destroy} to destroy"));
    if forget > 0 {
        out.text(&format!(", {forget} to forget"));
    }
    out.text(".").end();
    let count = |of: fn(&Change) -> usize| changes.iter().map(|change| of(change)).sum::<usize>();
    let launch = count(|change| change.launch.len());
    let stop = count(|change| change.stop.len());
    let adopt = count(|change| change.adopt.len());
    let mut parts = Vec::new();
    for (count, what) in [(launch, "launch"), (stop, "stop"), (adopt, "take back")] {
        if count > 0 {
            parts.push(format!("{count} to {what}"));
        }
    }
    if !parts.is_empty() {
        out.text(&format!("Instances: {}.", parts.join(", "))).end();
    }
}

fn nothing(out: &mut Painter, plan: &Plan, options: &Options) {
    let (headline, rest) = match options.mode {
        Mode::RefreshOnly if plan.drift.is_empty() => ("No changes.", " The state is up to date."),
        Mode::RefreshOnly => ("Only the state changes.", " No pod is touched."),
        Mode::Destroy => ("No changes.", " There is nothing to destroy."),
        Mode::Normal if plan.is_empty() => ("No changes.", " What runs is what is configured."),
        Mode::Normal => ("No pod changes.", ""),
    };
    out.put(Tone::Strong, headline).text(rest).end();
}

fn outputs(out: &mut Painter, outputs: &[OutputChange]) {
    let changed: Vec<&OutputChange> =
        outputs.iter().filter(|output| output.action != OutputAction::NoOp).collect();
    if changed.is_empty() {
        return;
    }
    out.gap();
    out.put(Tone::Strong, "Changes to Outputs:").end();
    let mut block = DiffNode::new("", DiffKind::Changed, Shape::Block);
    for output in changed {
        let side = |value: &Option<Value>| {
            let value = value.clone()?;
            Some(if output.sensitive { value.sensitive() } else { value })
        };
        let (before, after) = (side(&output.before), side(&output.after));
        block.children.extend(diff_data(&output.name, before.as_ref(), after.as_ref(), false));
    }
    content(out, &block, 0);
}
