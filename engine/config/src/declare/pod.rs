//! `pod` blocks: meta-arguments, `lifecycle` and `timeouts`.

use super::{Declaring, bare_word};
use crate::config::{Dependency, Labels, Lifecycle, Pod, Repeat, Timeout, Whole, keyed};
use crate::ir::{Block, Body, Expr, Kind, Reference, Step, StepKind, Target};
use crate::source::Span;
use podform_model::schema::POD;
use podform_model::{AttributePath, Diagnostic, ProviderRef, code};

/// The meta-arguments of a pod.
pub(super) const META: &[&str] = &["count", "for_each", "enabled", "depends_on", "provider"];
/// The meta-blocks of a pod.
pub(super) const META_BLOCKS: &[&str] = &["lifecycle", "timeouts"];

impl Declaring<'_> {
    pub(super) fn pod(&mut self, block: Block) {
        let Some(name) = self.name(&block, "pod \"NAME\" { … }") else { return };
        let Block { header, mut body, .. } = block;
        let repeat = self.repeat(&body);
        let provider = body.attribute("provider").map(|item| item.value.clone());
        let provider_key = provider.as_ref().and_then(provider_key);
        let provider = provider.and_then(|expr| self.provider_choice(&expr));
        let depends_on = self.depends_on(&body);
        let lifecycle = self.lifecycle(&body);
        let timeouts = self.timeouts(&body);
        body.attributes.retain(|item| !META.contains(&&*item.name.text));
        body.blocks.retain(|block| !META_BLOCKS.contains(&&*block.kind.text));
        self.check_block(&body, &POD, "pod", header);
        if !self.is_new("pod", &name) {
            return;
        }
        let secrets = Labels::of(&body, "secret");
        let endpoints = endpoints(&body);
        let pod = Pod {
            name: name.clone(),
            header,
            repeat,
            provider,
            provider_key,
            depends_on,
            lifecycle,
            timeouts,
            secrets,
            endpoints,
            body,
        };
        self.module.pods.insert(name.text, pod);
    }

    pub(super) fn repeat(&mut self, body: &Body) -> Repeat {
        let given: Vec<_> = ["count", "for_each", "enabled"]
            .iter()
            .filter_map(|name| body.attribute(name))
            .collect();
        if let [first, second, ..] = &*given {
            let diagnostic = Diagnostic::error(
                code::INVALID_VALUE,
                format!("`{}` and `{}` exclude one another", first.name.text, second.name.text),
            )
            .label(self.sources.label(second.name.span, "remove this"))
            .label(self.sources.label(first.name.span, "or this"));
            self.diagnostics.push(diagnostic);
        }
        let Some(attribute) = given.first() else { return Repeat::Once };
        let value = attribute.value.clone();
        match &*attribute.name.text {
            "count" => Repeat::Count(value),
            "for_each" => Repeat::ForEach(value),
            _ => Repeat::Enabled(value),
        }
    }

    /// `mesos` or `mesos.eu`.
    pub(super) fn provider_choice(&mut self, expr: &Expr) -> Option<(ProviderRef, Span)> {
        if let Kind::Reference(reference) = &expr.kind
            && let Target::Nothing(name) = &reference.target
        {
            let alias = match &*reference.steps {
                [] => Some(None),
                [Step { kind: StepKind::Attribute(alias), .. }] => Some(Some(alias.to_string())),
                [
                    Step { kind: StepKind::Attribute(alias), .. },
                    Step { kind: StepKind::Index(_), .. },
                ] => Some(Some(alias.to_string())),
                _ => None,
            };
            if let Some(alias) = alias {
                let provider = ProviderRef { name: name.to_string(), alias };
                let written = provider_key(expr).and_then(|key| key.as_text().cloned());
                let provider = written.map_or(provider.clone(), |key| keyed(&provider, &key));
                return Some((provider, expr.span));
            }
        }
        self.diagnostics.push(
            Diagnostic::error(code::PROVIDER_CHOICE, "`provider` names a provider, without quotes")
                .label(self.sources.label(expr.span, "not the name of a provider"))
                .help("write `provider = mesos`, or `provider = mesos.ALIAS`"),
        );
        None
    }

    pub(super) fn depends_on(&mut self, body: &Body) -> Vec<Dependency> {
        let Some(attribute) = body.attribute("depends_on") else { return Vec::new() };
        let Kind::List(items) = &attribute.value.kind else {
            self.invalid(
                attribute.value.span,
                "`depends_on` must be a list of pods and modules, as `[pod.db]`",
                "not a list, written out",
            );
            return Vec::new();
        };
        let items: Vec<Expr> = items.to_vec();
        let mut out = Vec::new();
        for item in items {
            match &item.kind {
                Kind::Reference(reference) if is_whole(reference) => {
                    let on = match &reference.target {
                        Target::Pod(name) => Some(Whole::Pod(name.clone())),
                        Target::Module(name) => Some(Whole::Module(name.clone())),
                        Target::Data(name) => Some(Whole::Data(name.clone())),
                        _ => None,
                    };
                    match on {
                        Some(on) => out.push(Dependency { on, span: item.span }),
                        None => self.not_whole(item.span),
                    }
                }
                Kind::Broken => {}
                _ => self.not_whole(item.span),
            }
        }
        out
    }

    fn not_whole(&mut self, span: Span) {
        self.invalid(
            span,
            "`depends_on` holds references to pods or modules, as `pod.db`",
            "neither a pod nor a module",
        );
    }

    fn timeouts(&mut self, body: &Body) -> Vec<(Timeout, Expr)> {
        let Some(block) = self.once(body, "timeouts") else { return Vec::new() };
        self.labels(&block, 0, "timeouts { … }");
        self.names(&block.body, &["create", "update", "delete"], &[], "timeouts");
        let mut out = Vec::new();
        for attribute in block.body.attributes {
            let which = match &*attribute.name.text {
                "create" => Timeout::Create,
                "update" => Timeout::Update,
                "delete" => Timeout::Delete,
                _ => continue,
            };
            out.push((which, attribute.value));
        }
        out
    }

    /// The only block of this type; a second one is reported.
    pub(super) fn once(&mut self, body: &Body, kind: &str) -> Option<Block> {
        let mut blocks = body.blocks(kind);
        let first = blocks.next()?;
        if let Some(second) = blocks.next() {
            self.twice(kind, second.header, first.header);
        }
        Some(first.clone())
    }

    pub(super) fn twice(&mut self, kind: &str, again: Span, first: Span) {
        self.diagnostics.push(super::schema::twice(self.sources, kind, again, first));
    }

    fn lifecycle(&mut self, body: &Body) -> Lifecycle {
        let Some(block) = self.once(body, "lifecycle") else { return Lifecycle::default() };
        self.labels(&block, 0, "lifecycle { … }");
        let names = [
            "prevent_destroy",
            "create_before_destroy",
            "ignore_changes",
            "replace_triggered_by",
            "destroy",
        ];
        self.names(&block.body, &names, &["precondition", "postcondition"], "lifecycle");
        Lifecycle {
            prevent_destroy: self.flag(&block.body, "prevent_destroy").unwrap_or_default(),
            create_before_destroy: self
                .flag(&block.body, "create_before_destroy")
                .unwrap_or_default(),
            destroy: self.flag(&block.body, "destroy"),
            ignore_changes: self.ignore_changes(&block.body),
            replace_triggered_by: self.triggers(&block.body),
            preconditions: self.conditions(&block.body, "precondition"),
            postconditions: self.conditions(&block.body, "postcondition"),
        }
    }

    fn triggers(&mut self, body: &Body) -> Vec<Expr> {
        let Some(attribute) = body.attribute("replace_triggered_by") else { return Vec::new() };
        let Kind::List(items) = &attribute.value.kind else {
            let span = attribute.value.span;
            self.invalid(span, "`replace_triggered_by` must be a list of references", "not a list");
            return Vec::new();
        };
        let items: Vec<Expr> = items.to_vec();
        items
            .into_iter()
            .filter(|item| {
                let fits = matches!(&item.kind, Kind::Reference(reference)
                    if matches!(reference.target, Target::Pod(_)));
                if !fits {
                    self.invalid(
                        item.span,
                        "`replace_triggered_by` holds references to pods, as `pod.db.version`",
                        "not a reference to a pod",
                    );
                }
                fits
            })
            .collect()
    }

    fn ignore_changes(&mut self, body: &Body) -> Vec<AttributePath> {
        let Some(attribute) = body.attribute("ignore_changes") else { return Vec::new() };
        if bare_word(&attribute.value).is_some_and(|word| &**word == "all") {
            return vec![AttributePath::root()];
        }
        let Kind::List(items) = &attribute.value.kind else {
            self.invalid(
                attribute.value.span,
                "`ignore_changes` must be a list of attributes, as `[instances]`, or `all`",
                "not a list of attributes",
            );
            return Vec::new();
        };
        let items: Vec<Expr> = items.to_vec();
        let mut out = Vec::new();
        for item in items {
            match ignored_path(&item) {
                Some(path) if POD.find(path.names()).is_some() => out.push(path),
                Some(path) => {
                    let summary = format!("a pod has no attribute `{path}`");
                    let name = path.names().last().unwrap_or_default().to_owned();
                    let parent = path.parent().unwrap_or_default();
                    let near = match POD.find(parent.names()).and_then(|found| found.block()) {
                        Some(block) => super::schema::near(block, &name),
                        None => super::schema::near(&POD, &name),
                    };
                    let mut diagnostic = Diagnostic::error(code::UNKNOWN_ATTRIBUTE, summary)
                        .label(self.sources.label(item.span, "not an attribute of `pod`"));
                    if let Some(near) = near {
                        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
                    }
                    self.diagnostics.push(diagnostic);
                }
                None => self.invalid(
                    item.span,
                    "`ignore_changes` holds attributes, as `instances` or `labels[\"team\"]`",
                    "not an attribute",
                ),
            }
        }
        out
    }
}

/// The key of `mesos.by_region[KEY]`.
pub(super) fn provider_key(expr: &Expr) -> Option<Expr> {
    let Kind::Reference(reference) = &expr.kind else { return None };
    match &*reference.steps {
        [_, Step { kind: StepKind::Index(key), .. }] => Some(key.clone()),
        _ => None,
    }
}

/// Whether a reference is to all of something, or to one of its instances.
fn is_whole(reference: &Reference) -> bool {
    match &*reference.steps {
        [] => true,
        [Step { kind: StepKind::Index(index), .. }] => matches!(index.kind, Kind::Literal(_)),
        _ => false,
    }
}

/// `container["web"].image` as a path.
fn ignored_path(expr: &Expr) -> Option<AttributePath> {
    let Kind::Reference(reference) = &expr.kind else { return None };
    let Target::Nothing(first) = &reference.target else { return None };
    let mut path = AttributePath::root().attr(&**first);
    for step in &*reference.steps {
        path = match &step.kind {
            StepKind::Attribute(name) => {
                let below_map = POD.find(path.names()).is_some_and(|found| found.block().is_none());
                if below_map { path.key(&**name) } else { path.attr(&**name) }
            }
            StepKind::Index(index) => match &index.kind {
                Kind::Literal(crate::value::Val::String(text)) => path.key(&**text),
                Kind::Literal(crate::value::Val::Number(number)) => {
                    path.index(usize::try_from(number.as_u64()?).ok()?)
                }
                _ => return None,
            },
            _ => return None,
        };
    }
    Some(path)
}

/// The endpoints of all containers; open when a `dynamic` makes containers or endpoints.
fn endpoints(body: &Body) -> Labels {
    let mut out = Labels { open: body.dynamics("container").next().is_some(), ..Labels::default() };
    for container in body.blocks("container") {
        let own = Labels::of(&container.body, "endpoint");
        out.open |= own.open;
        out.written.extend(own.written);
    }
    out
}
