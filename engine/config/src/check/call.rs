//! Whether a `module` block fits the module that it calls.

use super::{Checking, Place};
use crate::config::{Call, Module, Repeat, unkeyed};
use crate::declare::module::META;
use crate::graph::output_of;
use crate::ir::{Name, Reference};
use crate::source::Span;
use crate::suggest::nearest;
use podform_model::{Diagnostic, ProviderRef, code};

impl Checking<'_> {
    /// Checks a `module` block.
    pub(super) fn call(&mut self, call: &Call) {
        if let Some(expr) = call.repeat.expr() {
            self.all(expr, Place::default());
        }
        let place = Place {
            each: matches!(call.repeat, Repeat::ForEach(_)),
            count: matches!(call.repeat, Repeat::Count(_)),
            block: "module",
            ..Place::default()
        };
        for argument in call.arguments.values() {
            self.all(&argument.value, place);
        }
        self.depends_on(&call.depends_on);
        self.passed(call);
        let Some(inner) = self.modules.node(self.id).children.get(&call.name.text) else { return };
        let inner = self.modules.node(*inner).module.clone();
        self.arguments(call, &inner);
        self.wanted_providers(call, &inner);
    }

    fn arguments(&mut self, call: &Call, inner: &Module) {
        let name = &call.name.text;
        for (argument, written) in &call.arguments {
            if let Some(variable) = inner.variables.get(argument) {
                if let Some(text) = &variable.deprecated {
                    let what = format!("the variable `{argument}` of `module.{name}`");
                    self.deprecated(written.name.span, &what, text, variable.name.span);
                }
                continue;
            }
            let known = inner.variables.keys().map(|known| &**known);
            let help = match nearest(argument, known.chain(META.iter().copied())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it in `{}`: `variable \"{argument}\" {{}}`", inner.folder),
            };
            let label = format!("not a variable of `module.{name}`");
            let summary = format!("unknown argument `{argument}`");
            self.error(code::UNKNOWN_ATTRIBUTE, written.name.span, summary, &label, &help);
        }
        for (variable, declared) in &inner.variables {
            if declared.default.is_some() || call.arguments.contains_key(variable) {
                continue;
            }
            let summary = format!("`module.{name}` needs the argument `{variable}`");
            let label = format!("`{variable}` is missing");
            let found = Diagnostic::error(code::MISSING_ATTRIBUTE, summary)
                .label(self.sources.label(call.header, label))
                .label(self.sources.label(declared.name.span, "declared without `default`"))
                .help(format!("add `{variable} = …`"));
            self.diagnostics.push(found);
        }
    }

    /// Warns of the use of something that its author wants to remove.
    fn deprecated(&mut self, span: Span, what: &str, text: &str, declared: Span) {
        let found = Diagnostic::warning(code::DEPRECATED, format!("{what} is deprecated"))
            .detail(text)
            .label(self.sources.label(span, "used here"))
            .label(self.sources.label(declared, "declared here"));
        self.diagnostics.push(found);
    }

    /// The providers that are passed must be there.
    fn passed(&mut self, call: &Call) {
        for passed in &call.providers {
            let (outer, span) = &passed.outer;
            if self.knows_provider(outer) {
                continue;
            }
            let help = match outer.alias {
                Some(_) => {
                    format!("add `provider \"{}\" {{ alias = … }}` to the root module", outer.name)
                }
                None => format!("add `provider \"{}\" {{}}` to the root module", outer.name),
            };
            let summary = format!("there is no provider `{outer}` here");
            self.error(code::PROVIDER_CHOICE, *span, summary, "not configured", &help);
        }
    }

    /// Whether a provider is configured here, or can be passed to this module. One without alias
    /// needs no block: it takes its defaults.
    fn knows_provider(&self, name: &ProviderRef) -> bool {
        let own = self.module.providers.contains_key(&unkeyed(name));
        let requirements = self.module.settings.required_providers.values();
        let wanted = requirements.flat_map(|found| &found.aliases).any(|(alias, _)| alias == name);
        own || wanted || name.alias.is_none()
    }

    /// The aliases that a module asks for must be passed, and no others.
    fn wanted_providers(&mut self, call: &Call, inner: &Module) {
        let requirements = inner.settings.required_providers.values();
        let wanted: Vec<_> = requirements.flat_map(|found| &found.aliases).collect();
        for (alias, span) in &wanted {
            if call.providers.iter().any(|passed| passed.inner.0 == *alias) {
                continue;
            }
            let summary = format!("`module.{}` needs the provider `{alias}`", call.name.text);
            let found = Diagnostic::error(code::PROVIDER_CHOICE, summary)
                .label(self.sources.label(call.header, "not passed here"))
                .label(self.sources.label(*span, "the module asks for it"))
                .help(format!("add `providers = {{ {alias} = … }}`"));
            self.diagnostics.push(found);
        }
        let used = |name: &ProviderRef| {
            inner
                .pods
                .values()
                .any(|pod| pod.provider.as_ref().is_some_and(|(used, _)| used == name))
                || inner
                    .calls
                    .values()
                    .any(|call| call.providers.iter().any(|p| p.outer.0 == *name))
        };
        for passed in &call.providers {
            let (name, span) = &passed.inner;
            let known = wanted.iter().any(|(alias, _)| alias == name) || used(name);
            if known || name.alias.is_none() {
                continue;
            }
            let summary = format!("`module.{}` has no provider `{name}`", call.name.text);
            let help = format!(
                "remove it, or let the module ask for it with `configuration_aliases = [{name}]`"
            );
            self.error(code::PROVIDER_CHOICE, *span, summary, "not asked for", &help);
        }
    }

    /// A reference to a module: it is called, and has the output.
    pub(super) fn module_reference(&mut self, name: &Name, reference: &Reference) {
        if !self.module.calls.contains_key(name) {
            self.undeclared_module(name, reference.span);
            return;
        }
        let Some(inner) = self.modules.node(self.id).children.get(name) else { return };
        let inner = self.modules.node(*inner).module.clone();
        let Some(output) = output_of(reference) else { return };
        let step = reference.steps.iter().find(|step| {
            matches!(&step.kind, crate::ir::StepKind::Attribute(attribute) if attribute == output)
        });
        if let Some(declared) = inner.outputs.get(output) {
            if let Some(text) = &declared.deprecated {
                let what = format!("the output `{output}` of `module.{name}`");
                let span = step.map_or(reference.span, |step| reference.span.to(step.span));
                self.deprecated(span, &what, text, declared.name.span);
            }
            return;
        }
        let help = format!("declare it in `{}`: `output \"{output}\" {{ … }}`", inner.folder);
        let help = match nearest(output, inner.outputs.keys().map(|known| &**known)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => help,
        };
        let span = step.map_or(reference.span, |step| step.span);
        let summary = format!("`module.{name}` has no output `{output}`");
        self.error(code::UNDECLARED, span, summary, "no such output", &help);
    }
}
