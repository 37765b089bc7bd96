//! One desired pod.

use super::{block, conditions, default_id, kept, module, provider};
use crate::config::{Dependency, Pod, Timeout, Whole};
use crate::eval::Evaluator;
use crate::graph::{Node, What};
use crate::modules::{ModuleId, Tree};
use crate::world::{RoomId, Use, World};
use podform_model::convert::{check_text, duration, normal_pod_id};
use podform_model::path::Way;
use podform_model::pod::{Surroundings, complete};
use podform_model::schema::Text;
use podform_model::{
    Address, DataAddress, Desired, DesiredPod, Diagnostic, Diagnostics, Lifecycle, ModuleStep,
    Reference, Severity, Timeouts, Value, code, rules,
};
use std::collections::BTreeSet;

/// Evaluates one instance of a pod block; `None` when its provider is not known.
pub(super) fn desired(
    world: &World<'_>,
    room: RoomId,
    pod: &Pod,
    address: &Address,
    desired: &Desired,
    found: &mut Diagnostics,
) -> Option<DesiredPod> {
    let mut evaluator = Evaluator::new(world, room);
    evaluator.instance = world.keys(room, &pod.name.text)?.instance(address.key.as_ref())?;
    let provider = provider::of(&mut evaluator, &provider::Choice::of_pod(pod), desired);
    let mut value = block::pod(&mut evaluator, &pod.body, pod.header);
    set_id(&mut evaluator, pod, address, &mut value);
    let failed = evaluator.diagnostics.has_errors();
    let settings = provider.as_ref().and_then(|provider| desired.providers.get(provider));
    let setting = |name| settings.and_then(|settings| settings.get(name)?.as_str());
    let role = setting("role");
    let surroundings = Surroundings { role, default_network: setting("default_network") };
    let value = complete(&value, &surroundings);
    if !failed {
        check_rules(world, pod, address, &value, role, &mut evaluator.diagnostics);
    }
    let uses = std::mem::take(&mut evaluator.uses);
    let lifecycle = lifecycle(&mut evaluator, pod);
    let timeouts = timeouts(&mut evaluator, pod);
    rules_of_lifecycle(&mut evaluator, pod, address);
    for mut diagnostic in evaluator.diagnostics {
        diagnostic.address.get_or_insert_with(|| address.clone());
        found.push(diagnostic);
    }
    let node = Node::pod(world.room(room).module, &pod.name.text);
    Some(DesiredPod {
        provider: provider?,
        value,
        depends_on: dependencies(world, room, &node, &pod.depends_on, &uses),
        references: references(uses),
        lifecycle,
        timeouts,
        data: data_behind(world, room, &node),
    })
}

fn set_id(evaluator: &mut Evaluator<'_>, pod: &Pod, address: &Address, value: &mut Value) {
    match value.get("id").cloned() {
        Some(Value::String(id)) => value.set("id", normal_pod_id(&id).into()),
        Some(Value::Sensitive(_)) => {
            let span = pod.body.attribute("id").map_or(pod.header, |id| id.value.span);
            evaluator.report(span, "an id must not be sensitive: it is shown everywhere", "");
        }
        Some(_) => {}
        None => {
            let id = default_id(address);
            if let Err(message) = check_text(Text::PodId, &id) {
                let label = evaluator.world.sources.label(pod.header, "gives the pod its id");
                let summary = format!("the name `{address}` makes no valid id: {message}");
                evaluator.push(
                    Diagnostic::error(code::INVALID_VALUE, summary)
                        .label(label)
                        .help("write an `id`, as `id = \"/shop/web\"`"),
                );
            }
            value.set("id", id.into());
        }
    }
}

fn check_rules(
    world: &World<'_>,
    pod: &Pod,
    address: &Address,
    value: &Value,
    role: Option<&str>,
    out: &mut Diagnostics,
) {
    for finding in rules::check_with_role(value, role) {
        let code = match finding.severity {
            Severity::Error => code::POD_RULE,
            Severity::Warning => code::POD_TRAP,
        };
        let mut diagnostic = match finding.severity {
            Severity::Error => Diagnostic::error(code, finding.summary),
            Severity::Warning => Diagnostic::warning(code, finding.summary),
        };
        diagnostic = diagnostic.at(address).path(finding.path.clone());
        let mut spans = BTreeSet::new();
        for (at, path) in std::iter::once(&finding.path).chain(&finding.related).enumerate() {
            let span = crate::label::find(&pod.body, pod.header, path);
            if spans.insert((span.file, span.start, span.end)) {
                let text = if at == 0 { "" } else { "together with this" };
                diagnostic = diagnostic.label(world.sources.label(span, text));
            }
        }
        diagnostic.help = finding.help;
        out.push(diagnostic);
    }
}

fn lifecycle(evaluator: &mut Evaluator<'_>, pod: &Pod) -> Lifecycle {
    let mut replace_triggered_by = Vec::new();
    for expr in &pod.lifecycle.replace_triggered_by {
        evaluator.from = Way::default();
        let before = evaluator.uses.len();
        if evaluator.value(expr).is_ok() {
            replace_triggered_by.extend(references(evaluator.uses.drain(before..).collect()));
        }
    }
    Lifecycle {
        prevent_destroy: pod.lifecycle.prevent_destroy,
        ignore_changes: pod.lifecycle.ignore_changes.clone(),
        create_before_destroy: pod.lifecycle.create_before_destroy,
        replace_triggered_by,
        destroy: pod.lifecycle.destroy,
        postconditions: !pod.lifecycle.postconditions.is_empty(),
    }
}

fn timeouts(evaluator: &mut Evaluator<'_>, pod: &Pod) -> Timeouts {
    let mut out = Timeouts::default();
    for (which, expr) in &pod.timeouts {
        let Ok(value) = evaluator.value(expr) else { continue };
        if value.marks().ephemeral {
            kept::refuse(evaluator, expr, "timeouts");
            continue;
        }
        let seconds = match duration(0, value.to_value().reveal()) {
            Ok(Value::Number(number)) if number.as_f64() > 0.0 => number.as_f64(),
            Ok(_) => {
                evaluator.fault(expr, None, "a timeout must be more than 0 seconds", "");
                continue;
            }
            Err(message) => {
                let message =
                    if value.has_sensitive() { "expected a duration".into() } else { message };
                evaluator.fault(expr, None, format!("a timeout: {message}"), "");
                continue;
            }
        };
        match which {
            Timeout::Create => out.create = seconds,
            Timeout::Update => out.update = seconds,
            Timeout::Delete => out.delete = seconds,
        }
    }
    out
}

fn rules_of_lifecycle(evaluator: &mut Evaluator<'_>, pod: &Pod, address: &Address) {
    for rule in &pod.lifecycle.preconditions {
        let what = format!("the precondition of `{address}` is not met");
        conditions::check(evaluator, rule, code::PLAN_CONDITION, &what, Some(address));
    }
    if pod.lifecycle.postconditions.is_empty() {
        return;
    }
    evaluator.instance.own = Some(evaluator.world.computed(address));
    for rule in &pod.lifecycle.postconditions {
        let what = format!("the postcondition of `{address}` is not met");
        conditions::check(evaluator, rule, code::PLAN_CONDITION, &what, Some(address));
    }
}

fn references(uses: Vec<Use>) -> Vec<Reference> {
    let set: BTreeSet<Reference> = uses
        .into_iter()
        .map(|used| Reference { from: used.from, address: used.address, to: used.to })
        .collect();
    set.into_iter().collect()
}

/// The pods that must be there first: the instances that are referred to, and all of a block that
/// is referred to where the evaluation did not come by.
pub(super) fn dependencies(
    world: &World<'_>,
    room: RoomId,
    node: &Node,
    depends_on: &[Dependency],
    uses: &[Use],
) -> BTreeSet<Address> {
    let mut out: BTreeSet<Address> = uses.iter().map(|used| used.address.clone()).collect();
    let used: BTreeSet<(&[ModuleStep], &str)> =
        uses.iter().map(|used| (&*used.address.module, used.address.name.as_str())).collect();
    let here = world.room(room);
    for other in world.configuration.graph.pods.get(node).into_iter().flatten() {
        let What::Pod(name) = &other.what else { continue };
        for inside in module::reachable(world, other.module, &here.path) {
            let path = &*world.room(inside).path;
            let all = || explicit(&world.configuration.modules, here.module, depends_on, other);
            if used.contains(&(path, &**name)) && !all() {
                continue;
            }
            if let Some(keys) = world.keys(inside, name) {
                out.extend(keys.addresses(&world.address(inside, name)));
            }
        }
    }
    out
}

/// The instances of the `data` blocks that a pod refers to, also through other things.
fn data_behind(world: &World<'_>, room: RoomId, node: &Node) -> BTreeSet<DataAddress> {
    let mut out = BTreeSet::new();
    for other in world.configuration.graph.data.get(node).into_iter().flatten() {
        let What::Data(name) = &other.what else { continue };
        for inside in module::reachable(world, other.module, &world.room(room).path) {
            let Some(read) = world.room(inside).data.get(name) else { continue };
            let addresses = read.keys.addresses(&world.address(inside, name));
            out.extend(addresses.into_iter().map(DataAddress));
        }
    }
    out
}

/// Whether a `depends_on`, or that of a module around, names a pod.
fn explicit(modules: &Tree, module: ModuleId, depends_on: &[Dependency], other: &Node) -> bool {
    let names = |at: ModuleId, item: &Dependency| match (&item.on, &other.what) {
        (Whole::Pod(name), What::Pod(other_name)) => other.module == at && name == other_name,
        (Whole::Module(name), _) => {
            let inner = modules.node(at).children.get(name);
            inner.is_some_and(|inner| modules.way(other.module).contains(inner))
        }
        _ => false,
    };
    let calls = modules.way(module).into_iter().filter_map(|id| modules.call(id));
    depends_on.iter().any(|item| names(module, item))
        || calls.into_iter().any(|(at, call)| call.depends_on.iter().any(|item| names(at, item)))
}
