//! Whether every reference names something and every function exists, also where an evaluation
//! would not come by.

mod call;
mod rules;

use crate::config::{Data, Dependency, Labels, Module, Pod, Provider, Repeat, Whole};
use crate::declare::enough;
use crate::eval::unknown_function;
use crate::graph::{Graph, Node};
use crate::ir::{Expr, Kind, Name, Reference, Target};
use crate::modules::{ModuleId, ROOT, Tree};
use crate::refactor::ImportBlock;
use crate::source::{Sources, Span};
use crate::suggest::nearest;
use podform_model::{Diagnostic, Diagnostics, code};
use std::collections::BTreeSet;

/// What may be referred to at a place.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    each: bool,
    count: bool,
    own: bool,
    /// The secrets of the pod around.
    secrets: Option<&'a Labels>,
    /// The `check` block around.
    check: Option<&'a str>,
    /// What else references may begin with.
    roots: &'a [&'a str],
    /// The type of the block around, when it can be repeated.
    block: &'static str,
}

impl Place<'_> {
    /// What gives a value to the `each` or `count` of a meta-argument that the block lacks.
    fn repeated(&self, argument: &str) -> String {
        match (self.block, argument) {
            ("provider" | "import", "count") => "write `for_each` and `each.key`".into(),
            ("", _) => {
                format!("use it in a block with `{argument}`, or name the value in another way")
            }
            (block, _) => {
                format!("give the {block} a `{argument}`, or name the value in another way")
            }
        }
    }
}

struct Checking<'a> {
    module: &'a Module,
    /// Its place in the tree, and the tree: what the modules that it calls give.
    id: ModuleId,
    modules: &'a Tree,
    sources: &'a Sources,
    diagnostics: &'a mut Diagnostics,
}

/// Checks the references and calls of all modules, each text once.
pub(crate) fn modules(modules: &Tree, sources: &Sources, diagnostics: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    for (id, node) in modules.iter() {
        if seen.insert(node.module.folder.clone()) {
            let module = &*node.module;
            Checking { module, id, modules, sources, diagnostics }.module();
        }
    }
}

/// Checks an expression that stands outside of the configuration and looks into its root module;
/// references may also begin with one of `roots`.
pub(crate) fn expression(
    modules: &Tree,
    sources: &Sources,
    expr: &Expr,
    roots: &[&str],
    diagnostics: &mut Diagnostics,
) {
    let module = &*modules.root().module;
    let place = Place { roots, ..Place::default() };
    Checking { module, id: ROOT, modules, sources, diagnostics }.all(expr, place);
}

/// Checks that what must be known early does not refer to pods: ids and settings of providers.
pub(crate) fn early_expressions(
    modules: &Tree,
    graph: &Graph,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) {
    let mut check = |id, expr: &Expr, kind: fn(&Node) -> bool, summary: &str| {
        if graph.meets(modules, id, expr, kind) {
            let label = sources.label(expr.span, "must be known before anything is planned");
            diagnostics.push(Diagnostic::error(code::INVALID_VALUE, summary).label(label));
        }
    };
    for (id, node) in modules.iter() {
        for pod in node.module.pods.values() {
            if let Some(attribute) = pod.body.attribute("id") {
                let summary = "the `id` of a pod cannot refer to other pods";
                check(id, &attribute.value, Node::is_pod, summary);
            }
        }
        for provider in node.module.providers.values() {
            for attribute in &provider.body.attributes {
                let summary = "the settings of a provider cannot refer to pods";
                check(id, &attribute.value, Node::is_pod, summary);
                let summary =
                    "the settings of a provider cannot refer to `data`: the provider reads it";
                check(id, &attribute.value, Node::is_data, summary);
            }
        }
    }
}

impl<'a> Checking<'a> {
    fn module(&mut self) {
        let module = self.module;
        let nothing = Place::default();
        for local in module.locals.values() {
            self.all(&local.value, nothing);
        }
        for output in module.outputs.values() {
            self.all(&output.value, nothing);
            for rule in &output.preconditions {
                self.rule(rule, nothing);
            }
            self.depends_on(&output.depends_on);
        }
        for variable in module.variables.values() {
            for rule in &variable.validations {
                self.validation(rule, &variable.name.text);
            }
        }
        for provider in module.providers.values() {
            self.provider(provider);
        }
        for pod in module.pods.values() {
            self.pod(pod);
        }
        for call in module.calls.values() {
            self.call(call);
        }
        for data in module.data.values() {
            self.data(data);
        }
        for (name, check) in &module.checks {
            for rule in &check.asserts {
                self.rule(rule, Place { check: Some(name), ..nothing });
            }
        }
        for block in &module.refactors.imports {
            self.import(block);
        }
    }

    /// What `to` names need not be declared: it can be written by `-generate-config-out`.
    fn import(&mut self, block: &ImportBlock) {
        let each = matches!(block.repeat, Repeat::ForEach(_));
        let place = Place { each, block: "import", ..Place::default() };
        if let Some(expr) = block.repeat.expr() {
            self.all(expr, Place::default());
        }
        self.all(&block.id, place);
        block.to.walk(&mut |inner| {
            if !std::ptr::eq(inner, &raw const block.to) {
                self.expr(inner, place);
            }
        });
    }

    fn provider(&mut self, provider: &'a Provider) {
        let each = provider.for_each();
        let place = Place { each: each.is_some(), block: "provider", ..Place::default() };
        for attribute in &provider.body.attributes {
            // The meta-argument itself is outside of the instances that it makes.
            let meta = &*attribute.name.text == "for_each";
            self.all(&attribute.value, if meta { Place::default() } else { place });
        }
        for block in &provider.body.blocks {
            block.body.walk(&mut |expr| self.expr(expr, place));
        }
    }

    fn pod(&mut self, pod: &'a Pod) {
        let place = Place {
            each: matches!(pod.repeat, Repeat::ForEach(_)),
            count: matches!(pod.repeat, Repeat::Count(_)),
            secrets: Some(&pod.secrets),
            block: "pod",
            ..Place::default()
        };
        // The meta-argument itself is outside of the instances that it makes.
        if let Some(expr) = pod.repeat.expr() {
            self.all(expr, Place::default());
        }
        let repeat = pod.repeat.expr().map(|expr| expr.span);
        pod.walk(&mut |expr, own| {
            if !repeat.is_some_and(|span| span.holds(expr.span)) {
                self.expr(expr, Place { own, ..place });
            }
        });
        for rule in pod.lifecycle.preconditions.iter().chain(&pod.lifecycle.postconditions) {
            self.looks_at_something(rule);
        }
        self.depends_on(&pod.depends_on);
    }

    fn data(&mut self, data: &'a Data) {
        let place = Place {
            each: matches!(data.repeat, Repeat::ForEach(_)),
            count: matches!(data.repeat, Repeat::Count(_)),
            block: "`data` block",
            ..Place::default()
        };
        let meta = data.repeat.expr();
        data.walk(&mut |expr, own| {
            // The meta-argument itself is outside of the instances that it makes.
            let outside = meta.is_some_and(|meta| meta.span.holds(expr.span));
            self.expr(expr, if outside { Place::default() } else { Place { own, ..place } });
        });
        for rule in data.preconditions.iter().chain(&data.postconditions) {
            self.looks_at_something(rule);
        }
        self.depends_on(&data.depends_on);
    }

    fn depends_on(&mut self, dependencies: &[Dependency]) {
        for Dependency { on, span } in dependencies {
            match on {
                Whole::Pod(name) if !self.module.pods.contains_key(name) => {
                    self.undeclared_pod(name, *span);
                }
                Whole::Module(name) if !self.module.calls.contains_key(name) => {
                    self.undeclared_module(name, *span);
                }
                Whole::Data(name) => self.data_reference(name, *span, Place::default()),
                _ => {}
            }
        }
    }

    fn all(&mut self, expr: &Expr, place: Place<'_>) {
        expr.walk(&mut |inner| self.expr(inner, place));
    }

    fn expr(&mut self, expr: &Expr, place: Place<'_>) {
        if enough(self.diagnostics) {
            return;
        }
        match &expr.kind {
            Kind::Call(call) => {
                if let Some(found) = unknown_function(call, self.sources) {
                    self.diagnostics.push(found);
                }
            }
            Kind::Reference(reference) => self.reference(reference, place),
            _ => {}
        }
    }

    fn reference(&mut self, reference: &Reference, place: Place<'_>) {
        let span = reference.span;
        match &reference.target {
            Target::Variable(name) => {
                if !self.module.variables.contains_key(name) {
                    let known = self.module.variables.keys();
                    let help = format!("declare it: `variable \"{name}\" {{}}`");
                    self.undeclared(&format!("var.{name}"), "var.", name, span, known, &help);
                }
            }
            Target::Local(name) => {
                if !self.module.locals.contains_key(name) {
                    let known = self.module.locals.keys();
                    let help = format!("declare it: `locals {{ {name} = … }}`");
                    self.undeclared(&format!("local.{name}"), "local.", name, span, known, &help);
                }
            }
            Target::Pod(name) if !self.module.pods.contains_key(name) => {
                self.undeclared_pod(name, span);
            }
            Target::Pod(_) => {}
            Target::Module(name) => self.module_reference(name, reference),
            Target::Each { .. } if !place.each => {
                self.error(
                    code::UNDECLARED,
                    span,
                    "`each` has no value here",
                    "no `for_each` around",
                    &place.repeated("for_each"),
                );
            }
            Target::CountIndex if !place.count => {
                self.error(
                    code::UNDECLARED,
                    span,
                    "`count.index` has no value here",
                    "no `count` around",
                    &place.repeated("count"),
                );
            }
            Target::Own if !place.own => {
                let help = "use it in a `postcondition`; elsewhere use a local";
                self.error(
                    code::UNDECLARED,
                    span,
                    "`self` has no value here",
                    "not in a postcondition",
                    help,
                );
            }
            Target::Each { .. } | Target::CountIndex | Target::Own => {}
            Target::Secret(name) => self.secret(name, span, place),
            Target::Path(_) | Target::Podform(_) => self.surroundings(reference),
            Target::Data(name) => self.data_reference(name, span, place),
            Target::Nothing(root) if place.roots.contains(&&**root) => {}
            Target::Nothing(root) => self.nothing(root, reference),
        }
    }

    fn data_reference(&mut self, name: &Name, span: Span, place: Place<'_>) {
        match self.module.data.get(name) {
            None => {
                let known = self.module.data.keys();
                let help = format!("declare it: `data \"pod\" \"{name}\" {{ id = \"/…\" }}`");
                self.undeclared(&format!("data.pod.{name}"), "data.pod.", name, span, known, &help);
            }
            Some(Data { check: Some(check), .. }) if place.check != Some(&**check) => {
                let summary = format!("`data.pod.{name}` can be used in `check.{check}` only");
                let help = "move the `data` block out of the `check`";
                self.error(code::UNDECLARED, span, summary, "not in that check", help);
            }
            Some(_) => {}
        }
    }

    /// `path.NAME` and `podform.NAME`.
    fn surroundings(&mut self, reference: &Reference) {
        let text = self.sources.text(reference.span).to_owned();
        if ["path.module", "path.root", "path.cwd", "podform.workspace"].contains(&&*text) {
            return;
        }
        let help = match reference.target {
            Target::Path(_) => "use `path.module`, `path.root` or `path.cwd`",
            _ => "use `podform.workspace`",
        };
        let summary = format!("there is no `{text}`");
        self.error(code::UNDECLARED, reference.span, summary, "no such value", help);
    }

    fn secret(&mut self, name: &Name, span: Span, place: Place<'_>) {
        let Some(secrets) = place.secrets else {
            let help = "refer to a secret only within the pod that declares it";
            self.error(code::UNDECLARED, span, "`secret` has no value here", "not in a pod", help);
            return;
        };
        if !secrets.open && !secrets.written.contains_key(name) {
            let help = format!("declare it in the pod: `secret \"{name}\" {{ source = \"…\" }}`");
            self.undeclared(
                &format!("secret.{name}"),
                "secret.",
                name,
                span,
                secrets.written.keys(),
                &help,
            );
        }
    }

    fn nothing(&mut self, root: &Name, reference: &Reference) {
        let span = reference.span;
        let roots = [
            "var", "local", "pod", "data", "module", "each", "count", "self", "path", "podform",
            "secret",
        ];
        let text = self.sources.text(span).to_owned();
        let help = if self.module.variables.contains_key(root) {
            format!("write `var.{root}`")
        } else if self.module.locals.contains_key(root) {
            format!("write `local.{root}`")
        } else if self.module.pods.contains_key(root) {
            format!("write `pod.{root}`")
        } else if self.module.calls.contains_key(root) {
            format!("write `module.{root}`")
        } else if reference.steps.is_empty() && in_braces(self.sources, span) {
            format!("for the shell's own variable write `$${{{root}}}` or `${root}`")
        } else if reference.steps.is_empty() {
            match nearest(root, ["true", "false", "null"]) {
                Some(near) => format!("did you mean `{near}`? A text is quoted: `\"{root}\"`"),
                None => {
                    format!("a text is quoted: `\"{root}\"`; a variable is written `var.{root}`")
                }
            }
        } else {
            match nearest(root, roots) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a reference begins with `var`, `local`, `pod`, `data`, `module`, `each`, `count`, `self`, `path`, `podform` or `secret`".into(),
            }
        };
        let summary = format!("`{text}` refers to nothing");
        self.error(code::UNDECLARED, span, summary, "not declared", &help);
    }

    fn undeclared_pod(&mut self, name: &Name, span: Span) {
        let known = self.module.pods.keys();
        let help = format!("declare it: `pod \"{name}\" {{ … }}`");
        self.undeclared(&format!("pod.{name}"), "pod.", name, span, known, &help);
    }

    fn undeclared_module(&mut self, name: &Name, span: Span) {
        let known = self.module.calls.keys();
        let help = format!("declare it: `module \"{name}\" {{ source = \"./…\" }}`");
        self.undeclared(&format!("module.{name}"), "module.", name, span, known, &help);
    }

    fn undeclared<'n>(
        &mut self,
        text: &str,
        prefix: &str,
        name: &str,
        span: Span,
        known: impl Iterator<Item = &'n Name>,
        otherwise: &str,
    ) {
        let help = match nearest(name, known.map(|known| &**known)) {
            Some(near) => format!("did you mean `{prefix}{near}`?"),
            None => otherwise.to_owned(),
        };
        self.error(
            code::UNDECLARED,
            span,
            format!("`{text}` is not declared"),
            "not declared",
            &help,
        );
    }

    fn error(
        &mut self,
        code: &str,
        span: Span,
        summary: impl Into<String>,
        label: &str,
        help: &str,
    ) {
        let mut diagnostic =
            Diagnostic::error(code, summary).label(self.sources.label(span, label));
        if !help.is_empty() {
            diagnostic = diagnostic.help(help);
        }
        self.diagnostics.push(diagnostic);
    }
}

/// Whether a name stands alone between `${` and `}`, as a shell's variable would.
fn in_braces(sources: &Sources, span: Span) -> bool {
    let around = Span { start: span.start.saturating_sub(2), end: span.end + 1, ..span };
    let text = sources.text(around);
    text.starts_with("${") && text.ends_with('}')
}
