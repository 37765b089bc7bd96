//! What each block refers to in itself.

use super::{Node, What};
use crate::config::{Condition, Dependency, Module, Whole};
use crate::ir::{Expr, Kind, Name, Reference, StepKind, Target};
use crate::modules::{ModuleId, ROOT, Tree};
use crate::source::Span;
use foldhash::HashMap;
use std::collections::BTreeMap;

/// The edges of one node.
type Edges = BTreeMap<Node, Span>;

/// The edges of all nodes.
pub(super) fn all(modules: &Tree) -> HashMap<Node, Edges> {
    let mut out = HashMap::default();
    for (id, node) in modules.iter() {
        Gathering { modules, id, module: &node.module, out: &mut out }.module();
    }
    out
}

/// Adds what an expression in a module refers to.
pub(super) fn references(modules: &Tree, id: ModuleId, expr: &Expr, out: &mut Edges) {
    expr.walk(&mut |inner| own_reference(modules, id, inner, out));
}

fn own_reference(modules: &Tree, id: ModuleId, expr: &Expr, out: &mut Edges) {
    let Kind::Reference(reference) = &expr.kind else { return };
    let what = match &reference.target {
        Target::Variable(name) => {
            let module = &modules.node(id).module;
            if module.variables.get(name).is_some_and(|variable| variable.stands_alone()) {
                let node = Node::new(id, What::Validation(name.clone()));
                out.entry(node).or_insert(reference.span);
            }
            What::Variable(name.clone())
        }
        Target::Local(name) => What::Local(name.clone()),
        Target::Pod(name) => What::Pod(name.clone()),
        Target::Data(name) => What::Data(name.clone()),
        Target::Module(name) => return module_reference(modules, id, name, reference, out),
        _ => return,
    };
    out.entry(Node::new(id, what)).or_insert(reference.span);
}

/// `module.x.out`, `module.x["k"].out`, `module.x[*].out`: one output; `module.x`: all of them.
fn module_reference(
    modules: &Tree,
    id: ModuleId,
    name: &Name,
    reference: &Reference,
    out: &mut Edges,
) {
    out.entry(Node::new(id, What::Call(name.clone()))).or_insert(reference.span);
    let Some(inner) = modules.node(id).children.get(name).copied() else { return };
    let outputs = &modules.node(inner).module.outputs;
    let mut add = |output: &Name| {
        out.entry(Node::new(inner, What::Output(output.clone()))).or_insert(reference.span);
    };
    match output_of(reference) {
        Some(output) => add(output),
        None => outputs.keys().for_each(add),
    }
}

/// The output that a reference to a module names.
pub(crate) fn output_of(reference: &Reference) -> Option<&Name> {
    let mut steps = reference.steps.iter().map(|step| &step.kind);
    match steps.next()? {
        StepKind::Attribute(name) => Some(name),
        _ => match steps.next()? {
            StepKind::Attribute(name) => Some(name),
            _ => None,
        },
    }
}

/// Gathers the edges of one module.
struct Gathering<'a> {
    modules: &'a Tree,
    id: ModuleId,
    module: &'a Module,
    out: &'a mut HashMap<Node, Edges>,
}

impl Gathering<'_> {
    fn module(&mut self) {
        let module = self.module;
        for name in module.variables.keys() {
            self.variable(name);
        }
        for (name, local) in &module.locals {
            let mut edges = self.inner();
            self.expr(&local.value, &mut edges);
            self.add(What::Local(name.clone()), edges);
        }
        for (name, output) in &module.outputs {
            let mut edges = self.inner();
            self.expr(&output.value, &mut edges);
            self.conditions(&output.preconditions, &mut edges);
            self.depends_on(&output.depends_on, &mut edges);
            self.add(What::Output(name.clone()), edges);
        }
        for (name, pod) in &module.pods {
            let mut edges = self.inner();
            pod.walk(&mut |expr, _| own_reference(self.modules, self.id, expr, &mut edges));
            self.depends_on(&pod.depends_on, &mut edges);
            self.add(What::Pod(name.clone()), edges);
        }
        for (name, data) in &module.data {
            let mut edges = self.inner();
            data.walk(&mut |expr, _| own_reference(self.modules, self.id, expr, &mut edges));
            self.depends_on(&data.depends_on, &mut edges);
            self.providers(&mut edges);
            self.add(What::Data(name.clone()), edges);
        }
        for name in module.calls.keys() {
            self.call(name);
        }
    }

    /// What the settings of the providers refer to: they are needed before a pod is read.
    fn providers(&self, edges: &mut Edges) {
        for provider in self.modules.root().module.providers.values() {
            provider.body.walk(&mut |expr| {
                let mut own = Edges::new();
                own_reference(self.modules, ROOT, expr, &mut own);
                // That they cannot refer to what is read is said where they do.
                edges.extend(own.into_iter().filter(|(node, _)| !node.is_data()));
            });
        }
    }

    /// The value of a variable is what the caller passes; what it is checked by is apart.
    fn variable(&mut self, name: &Name) {
        let mut edges = self.inner();
        if let Some((caller, call)) = self.modules.call(self.id)
            && let Some(argument) = call.arguments.get(name)
        {
            references(self.modules, caller, &argument.value, &mut edges);
        }
        self.add(What::Variable(name.clone()), edges);
        let Some(variable) = self.module.variables.get(name) else { return };
        if variable.validations.is_empty() {
            return;
        }
        let own = Node::new(self.id, What::Variable(name.clone()));
        let mut edges = Edges::from([(own, variable.name.span)]);
        for rule in &variable.validations {
            for expr in [&rule.condition, &rule.message] {
                expr.walk(&mut |inner| self.checked(inner, &mut edges));
            }
        }
        self.add(What::Validation(name.clone()), edges);
    }

    /// What a validation refers to: of other variables the value, as checks of one another would be
    /// a circle.
    fn checked(&self, expr: &Expr, edges: &mut Edges) {
        let Kind::Reference(reference) = &expr.kind else { return };
        match &reference.target {
            Target::Variable(name) => {
                let node = Node::new(self.id, What::Variable(name.clone()));
                edges.entry(node).or_insert(reference.span);
            }
            _ => own_reference(self.modules, self.id, expr, edges),
        }
    }

    fn call(&mut self, name: &Name) {
        let Some(call) = self.module.calls.get(name) else { return };
        let mut edges = self.inner();
        if let Some(expr) = call.repeat.expr() {
            self.expr(expr, &mut edges);
        }
        self.depends_on(&call.depends_on, &mut edges);
        self.add(What::Call(name.clone()), edges);
        self.whole(name, call.header);
    }

    /// All that is in a called module: its pods, and those of the modules in it.
    fn whole(&mut self, name: &Name, span: Span) {
        let mut edges = Edges::from([(Node::new(self.id, What::Call(name.clone())), span)]);
        if let Some(inner) = self.modules.node(self.id).children.get(name).copied() {
            let module = &self.modules.node(inner).module;
            edges
                .extend(module.pods.iter().map(|(name, pod)| (Node::pod(inner, name), pod.header)));
            let nested = |(name, call): (&Name, &crate::config::Call)| {
                (Node::new(inner, What::Whole(name.clone())), call.header)
            };
            edges.extend(module.calls.iter().map(nested));
        }
        self.add(What::Whole(name.clone()), edges);
    }

    /// What everything within a called module refers to: the call itself.
    fn inner(&self) -> Edges {
        match self.modules.call(self.id) {
            Some((caller, call)) => {
                Edges::from([(Node::new(caller, What::Call(call.name.text.clone())), call.header)])
            }
            None => Edges::new(),
        }
    }

    fn expr(&self, expr: &Expr, edges: &mut Edges) {
        references(self.modules, self.id, expr, edges);
    }

    fn conditions(&self, rules: &[Condition], edges: &mut Edges) {
        for rule in rules {
            self.expr(&rule.condition, edges);
            self.expr(&rule.message, edges);
        }
    }

    fn depends_on(&self, dependencies: &[Dependency], edges: &mut Edges) {
        for dependency in dependencies {
            let what = match &dependency.on {
                Whole::Pod(name) => What::Pod(name.clone()),
                Whole::Module(name) => What::Whole(name.clone()),
                Whole::Data(name) => What::Data(name.clone()),
            };
            edges.entry(Node::new(self.id, what)).or_insert(dependency.span);
        }
    }

    fn add(&mut self, what: What, edges: Edges) {
        self.out.insert(Node::new(self.id, what), edges);
    }
}
