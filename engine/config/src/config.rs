//! The declarations of a configuration.

use crate::graph::Graph;
use crate::ir::{Attribute, Body, Expr, Kind, Name, Spanned, Target};
use crate::marks::Marks;
use crate::modules::Tree;
use crate::refactor::Refactors;
use crate::source::{Sources, Span};
use crate::value::{Ty, Val};
use podform_model::{InstanceKey, ProviderRef};
use std::collections::BTreeMap;

/// A read configuration: declared, not yet evaluated.
#[derive(Debug)]
pub struct Configuration {
    pub(crate) sources: Sources,
    /// The root module and the modules that are called, each call its own.
    pub(crate) modules: Tree,
    pub(crate) graph: Graph,
}

impl Configuration {
    /// The declarations of the root module.
    pub(crate) fn root(&self) -> &Module {
        &self.modules.root().module
    }
}

/// The declarations of one module.
#[derive(Debug)]
pub(crate) struct Module {
    /// Its folder relative to the root module's, `.` for the root; what `path.module` is.
    pub(crate) folder: Name,
    /// The downloaded package that it is in, and must not leave.
    pub(crate) base: Option<Name>,
    pub(crate) settings: Settings,
    pub(crate) variables: BTreeMap<Name, Variable>,
    pub(crate) locals: BTreeMap<Name, Local>,
    pub(crate) outputs: BTreeMap<Name, Output>,
    pub(crate) pods: BTreeMap<Name, Pod>,
    pub(crate) providers: BTreeMap<ProviderRef, Provider>,
    pub(crate) calls: BTreeMap<Name, Call>,
    pub(crate) checks: BTreeMap<Name, Check>,
    pub(crate) data: BTreeMap<Name, Data>,
    pub(crate) refactors: Refactors,
}

impl Default for Module {
    fn default() -> Self {
        Self {
            folder: ".".into(),
            base: None,
            settings: Settings::default(),
            variables: BTreeMap::new(),
            locals: BTreeMap::new(),
            outputs: BTreeMap::new(),
            pods: BTreeMap::new(),
            providers: BTreeMap::new(),
            calls: BTreeMap::new(),
            checks: BTreeMap::new(),
            data: BTreeMap::new(),
            refactors: Refactors::default(),
        }
    }
}

/// The `podform` block.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) required_version: Option<(String, Span)>,
    pub(crate) required_providers: BTreeMap<Name, Requirement>,
    pub(crate) backend: Option<(String, podform_model::Value, Span)>,
}

/// One entry of `required_providers`.
#[derive(Debug, Default)]
pub(crate) struct Requirement {
    pub(crate) source: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) span: Span,
    pub(crate) version_span: Option<Span>,
    /// The aliases that a module wants to be given.
    pub(crate) aliases: Vec<(ProviderRef, Span)>,
}

/// A `variable` block.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: Spanned,
    pub(crate) ty: Ty,
    pub(crate) ty_span: Option<Span>,
    pub(crate) default: Option<(Val, Span)>,
    pub(crate) description: Option<String>,
    pub(crate) sensitive: bool,
    pub(crate) ephemeral: bool,
    pub(crate) nullable: bool,
    pub(crate) deprecated: Option<String>,
    pub(crate) validations: Vec<Condition>,
}

impl Variable {
    /// The marks of its value.
    pub(crate) fn marks(&self) -> Marks {
        Marks { sensitive: self.sensitive, ephemeral: self.ephemeral }
    }
}

/// A rule: `condition` and `error_message`.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) condition: Expr,
    pub(crate) message: Expr,
}

/// A `check` block.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) asserts: Vec<Condition>,
}

/// A `data` block.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) name: Spanned,
    pub(crate) header: Span,
    /// The id of the pod that it reads.
    pub(crate) id: Expr,
    pub(crate) repeat: Repeat,
    pub(crate) provider: Option<(ProviderRef, Span)>,
    pub(crate) provider_key: Option<Expr>,
    pub(crate) depends_on: Vec<Dependency>,
    pub(crate) preconditions: Vec<Condition>,
    pub(crate) postconditions: Vec<Condition>,
    /// The `check` block that it stands in: only its assertions may refer to it.
    pub(crate) check: Option<Name>,
}

impl Data {
    /// Calls `visit` for every expression of the block, with whether `self` may stand in it.
    pub(crate) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr, bool)) {
        let before = self.preconditions.iter().flat_map(|rule| [&rule.condition, &rule.message]);
        let own = [&self.id];
        let plain = self.repeat.expr().into_iter().chain(&self.provider_key).chain(own);
        for expr in plain.chain(before) {
            expr.walk(&mut |inner| visit(inner, false));
        }
        for rule in &self.postconditions {
            rule.condition.walk(&mut |inner| visit(inner, true));
            rule.message.walk(&mut |inner| visit(inner, true));
        }
    }
}

/// An entry of a `locals` block.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) value: Expr,
}

/// An `output` block.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) name: Spanned,
    pub(crate) value: Expr,
    pub(crate) sensitive: bool,
    pub(crate) ephemeral: bool,
    pub(crate) deprecated: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) preconditions: Vec<Condition>,
    pub(crate) depends_on: Vec<Dependency>,
}

/// A `provider` block.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) header: Span,
    pub(crate) body: Body,
}

impl Provider {
    /// What there is one provider for each of.
    pub(crate) fn for_each(&self) -> Option<&Expr> {
        self.body.attribute("for_each").map(|attribute| &attribute.value)
    }
}

/// One of the providers that a block with `for_each` makes.
pub(crate) fn keyed(provider: &ProviderRef, key: &str) -> ProviderRef {
    let key = InstanceKey::Name(key.to_owned());
    let alias = provider.alias.as_deref().unwrap_or_default();
    ProviderRef { name: provider.name.clone(), alias: Some(format!("{alias}{key}")) }
}

/// The block that makes a provider.
pub(crate) fn unkeyed(provider: &ProviderRef) -> ProviderRef {
    let alias = provider.alias.as_ref().and_then(|alias| alias.split('[').next());
    ProviderRef { name: provider.name.clone(), alias: alias.map(str::to_owned) }
}

/// A `module` block.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: Spanned,
    pub(crate) header: Span,
    pub(crate) source: (Name, Span),
    pub(crate) version: Option<(Name, Span)>,
    pub(crate) repeat: Repeat,
    pub(crate) depends_on: Vec<Dependency>,
    /// What the module's providers are: its name for one, and ours.
    pub(crate) providers: Vec<Passed>,
    pub(crate) arguments: BTreeMap<Name, Attribute>,
}

/// One entry of the `providers` of a module.
#[derive(Debug)]
pub(crate) struct Passed {
    /// The name within the module.
    pub(crate) inner: (ProviderRef, Span),
    /// The name where the module is called.
    pub(crate) outer: (ProviderRef, Span),
}

/// A `pod` block.
#[derive(Debug)]
pub(crate) struct Pod {
    pub(crate) name: Spanned,
    pub(crate) header: Span,
    pub(crate) body: Body,
    pub(crate) repeat: Repeat,
    pub(crate) provider: Option<(ProviderRef, Span)>,
    /// Which of its providers, when it is one with `for_each`.
    pub(crate) provider_key: Option<Expr>,
    pub(crate) depends_on: Vec<Dependency>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) timeouts: Vec<(Timeout, Expr)>,
    /// The labels of its `secret` blocks.
    pub(crate) secrets: Labels,
    /// The labels of the endpoints of its containers.
    pub(crate) endpoints: Labels,
}

/// The labels of the blocks of one type.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    /// Those that are written, with their places.
    pub(crate) written: BTreeMap<Name, Span>,
    /// Whether a `dynamic` block makes more.
    pub(crate) open: bool,
}

impl Labels {
    /// Those of a body.
    pub(crate) fn of(body: &Body, kind: &str) -> Self {
        let labels = body.blocks(kind).filter_map(|block| block.labels.first());
        Self {
            written: labels.map(|label| (label.text.clone(), label.span)).collect(),
            open: body.dynamics(kind).next().is_some(),
        }
    }
}

/// How often a block is repeated.
#[derive(Debug)]
pub(crate) enum Repeat {
    Once,
    Count(Expr),
    ForEach(Expr),
    Enabled(Expr),
}

/// An entry of `depends_on`.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) on: Whole,
    pub(crate) span: Span,
}

/// All of a block, with all its instances.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whole {
    Pod(Name),
    Module(Name),
    Data(Name),
}

/// Which of the `timeouts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timeout {
    Create,
    Update,
    Delete,
}

/// A `lifecycle` block.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    pub(crate) prevent_destroy: bool,
    pub(crate) create_before_destroy: bool,
    pub(crate) destroy: Option<bool>,
    pub(crate) ignore_changes: Vec<podform_model::AttributePath>,
    pub(crate) replace_triggered_by: Vec<Expr>,
    pub(crate) preconditions: Vec<Condition>,
    pub(crate) postconditions: Vec<Condition>,
}

impl Pod {
    /// Calls `visit` for every expression of the block, with whether `self` may stand in it.
    pub(crate) fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr, bool)) {
        let mut plain = |expr: &'a Expr| visit(expr, false);
        for expr in self.repeat.expr().into_iter() {
            expr.walk(&mut plain);
        }
        if let Some(key) = &self.provider_key {
            key.walk(&mut plain);
        }
        self.body.walk(&mut plain);
        for (_, expr) in &self.timeouts {
            expr.walk(&mut plain);
        }
        for expr in &self.lifecycle.replace_triggered_by {
            expr.walk(&mut plain);
        }
        for rule in &self.lifecycle.preconditions {
            rule.condition.walk(&mut plain);
            rule.message.walk(&mut plain);
        }
        let mut own = |expr: &'a Expr| visit(expr, true);
        for rule in &self.lifecycle.postconditions {
            rule.condition.walk(&mut own);
            rule.message.walk(&mut own);
        }
    }
}

impl Variable {
    /// Whether its validations look at variables only, so that they can come before everything
    /// that uses it.
    pub(crate) fn stands_alone(&self) -> bool {
        let mut alone = !self.validations.is_empty();
        for rule in &self.validations {
            for expr in [&rule.condition, &rule.message] {
                expr.walk(&mut |inner| {
                    if let Kind::Reference(reference) = &inner.kind {
                        alone &= matches!(reference.target, Target::Variable(_));
                    }
                });
            }
        }
        alone
    }
}

impl Repeat {
    /// The expression of the meta-argument.
    pub(crate) fn expr(&self) -> Option<&Expr> {
        match self {
            Self::Once => None,
            Self::Count(expr) | Self::ForEach(expr) | Self::Enabled(expr) => Some(expr),
        }
    }
}
