//! From lowered files to declarations: which blocks there are, and whether each has what it needs.

mod checks;
mod data;
mod dynamic;
mod mocks;
pub(crate) mod module;
mod pod;
mod refactor;
pub(crate) mod schema;
mod settings;
mod testing;
mod variable;

use crate::config::{Condition, Local, Module, Output, Provider};
use crate::ir::{Attribute, Block, Body, Expr, Kind, Name, Spanned};
use crate::source::{Sources, Span};
use crate::suggest::nearest;
use crate::types::literal;
use crate::value::Val;
use podform_model::{Diagnostic, Diagnostics, ProviderRef, code};
use std::collections::BTreeMap;

/// The blocks that may stand at the top of a file.
const TOP: &[&str] = &[
    "podform", "provider", "pod", "data", "module", "variable", "locals", "output", "check",
    "moved", "removed", "import",
];

/// How many findings with an error among them are enough: nobody reads more, and each weighs many times its text.
const ENOUGH: usize = 1000;

/// Whether nothing more need be looked at. Warnings alone never are enough: what they are about is still to be done.
pub(crate) fn enough(found: &Diagnostics) -> bool {
    found.0.len() >= ENOUGH && found.has_errors()
}

/// Reads declarations.
pub(crate) struct Declaring<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) diagnostics: &'a mut Diagnostics,
    pub(crate) module: Module,
    /// Whether another module calls this one.
    pub(crate) called: bool,
    /// Where each name was declared first, by `kind.name`.
    seen: BTreeMap<String, Span>,
}

impl<'a> Declaring<'a> {
    pub(crate) fn new(sources: &'a Sources, diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            sources,
            diagnostics,
            module: Module::default(),
            called: false,
            seen: BTreeMap::new(),
        }
    }

    /// Declares everything in one file.
    pub(crate) fn file(&mut self, body: Body) {
        for attribute in &body.attributes {
            if enough(self.diagnostics) {
                return;
            }
            let name = &attribute.name.text;
            let mut diagnostic = Diagnostic::error(
                code::UNKNOWN_ATTRIBUTE,
                format!("`{name}` stands outside of any block"),
            )
            .label(self.sources.label(attribute.name.span, "not within a block"));
            diagnostic = match nearest(name, TOP.iter().copied()) {
                Some(near) => {
                    diagnostic.help(format!("for a block write `{near} {{ … }}`, without `=`"))
                }
                None => diagnostic.help(
                    "put it into a block; the values of variables belong into `podform.pfvars.hcl`",
                ),
            };
            self.diagnostics.push(diagnostic);
        }
        for block in body.blocks {
            if enough(self.diagnostics) {
                return;
            }
            self.block(block);
        }
    }

    fn block(&mut self, block: Block) {
        match &*block.kind.text {
            "podform" => self.settings(&block),
            "locals" => self.locals(block),
            "variable" => self.variable(block),
            "output" => self.output(block),
            "provider" => self.provider(block),
            "pod" => self.pod(block),
            "module" => self.module(block),
            "data" => self.data(block),
            "check" => self.check(block),
            "moved" => self.moved(&block),
            "removed" => self.removed(&block),
            "import" => self.import(block),
            _ => self.unknown_top(&block),
        }
    }

    fn unknown_top(&mut self, block: &Block) {
        let kind = &*block.kind.text;
        let label = self.sources.label(block.kind.span, "no such block");
        let help = match kind {
            "resource" => "declare a pod as `pod \"NAME\" { … }`".into(),
            "terraform" => "write `podform { … }`".into(),
            "container" | "network" | "volume" | "secret" | "endpoint" => {
                format!("put `{kind}` into a `pod \"NAME\" {{ … }}` block")
            }
            _ => match nearest(kind, TOP.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("use one of {}", list(TOP)),
            },
        };
        let summary = format!("no block of type `{kind}` may stand here");
        self.diagnostics
            .push(Diagnostic::error(code::UNKNOWN_BLOCK, summary).label(label).help(help));
    }

    fn locals(&mut self, block: Block) {
        self.labels(&block, 0, "locals { … }");
        self.no_blocks(&block.body, "locals", &[]);
        for Attribute { name, value } in block.body.attributes {
            if self.is_new("local", &name) {
                self.module.locals.insert(name.text, Local { value });
            }
        }
    }

    fn output(&mut self, block: Block) {
        let Some(name) = self.name(&block, "output \"NAME\" { … }") else { return };
        let names = ["value", "description", "sensitive", "ephemeral", "deprecated", "depends_on"];
        self.names(&block.body, &names, &["precondition"], "output");
        if !self.is_new("output", &name) {
            return;
        }
        let sensitive = self.flag(&block.body, "sensitive").unwrap_or_default();
        let ephemeral = self.flag(&block.body, "ephemeral").unwrap_or_default();
        let deprecated = self.text(&block.body, "deprecated").map(|(text, _)| text);
        let description = self.text(&block.body, "description").map(|(text, _)| text);
        let preconditions = self.conditions(&block.body, "precondition");
        let depends_on = self.depends_on(&block.body);
        let value = block.body.attributes.into_iter().find(|item| &*item.name.text == "value");
        let Some(Attribute { value, .. }) = value else {
            self.missing(block.header, "output", "value");
            return;
        };
        let output = Output {
            name: name.clone(),
            value,
            sensitive,
            ephemeral,
            deprecated,
            description,
            preconditions,
            depends_on,
        };
        self.module.outputs.insert(name.text, output);
    }

    fn provider(&mut self, block: Block) {
        let Some(name) = self.name(&block, "provider \"mesos\" { … }") else { return };
        if self.called {
            let label = self.sources.label(block.header, "not in the root module");
            self.diagnostics.push(
                Diagnostic::error(code::UNSUPPORTED, "a provider is configured in the root module only")
                    .label(label)
                    .help("move the block to the root module; pass it on with `providers = { … }` in the `module` block"),
            );
            return;
        }
        let mut block = block;
        self.provider_repeat(&block.body);
        let alias = match block.body.attribute("alias") {
            Some(_) => match self.text(&block.body, "alias") {
                Some((alias, _)) => Some(alias),
                None => return,
            },
            None => None,
        };
        block.body.attributes.retain(|item| !["alias", "count"].contains(&&*item.name.text));
        self.free_dynamics(&block.body);
        self.secret_stores(&block.body);
        let reference = ProviderRef { name: name.text.to_string(), alias };
        let key = Spanned { text: reference.to_string().into(), span: name.span };
        if self.is_new("provider", &key) {
            let provider = Provider { header: block.header, body: block.body };
            self.module.providers.insert(reference, provider);
        }
    }

    /// Refuses two secret stores of one name; a store without a name has that of its kind.
    fn secret_stores(&mut self, body: &Body) {
        let mut seen: BTreeMap<&Name, Span> = BTreeMap::new();
        for block in body.blocks("secret_store") {
            let Some(name) = block.labels.get(1).or(block.labels.first()) else { continue };
            let Some(first) = seen.get(&name.text) else {
                seen.insert(&name.text, name.span);
                continue;
            };
            let summary = format!("two secret stores have the name `{}`", name.text);
            self.diagnostics.push(
                Diagnostic::error(code::DUPLICATE, summary)
                    .label(self.sources.label(name.span, "the name again"))
                    .label(self.sources.label(*first, "the first one"))
                    .help("give one of them another name: `secret_store \"KIND\" \"NAME\"`"),
            );
        }
    }

    /// Checks the meta-arguments that make several providers of one block.
    fn provider_repeat(&mut self, body: &Body) {
        if let Some(count) = body.attribute("count") {
            let label = self.sources.label(count.name.span, "not for a provider");
            self.diagnostics.push(
                Diagnostic::error(code::UNKNOWN_ATTRIBUTE, "a provider has no `count`")
                    .label(label)
                    .help("write `for_each` with a map or a set of strings"),
            );
        }
        if let (Some(for_each), None) = (body.attribute("for_each"), body.attribute("alias")) {
            let label = self.sources.label(for_each.name.span, "needs an `alias` beside it");
            self.diagnostics.push(
                Diagnostic::error(
                    code::MISSING_ATTRIBUTE,
                    "a provider with `for_each` needs the attribute `alias`",
                )
                .label(label)
                .help("add `alias = \"NAME\"`; pods choose with `provider = mesos.NAME[KEY]`"),
            );
        }
    }

    /// Whether a name is declared for the first time; else the second is reported.
    fn is_new(&mut self, kind: &str, name: &Spanned) -> bool {
        let key = format!("{kind}.{}", name.text);
        let Some(first) = self.seen.get(&key) else {
            self.seen.insert(key, name.span);
            return true;
        };
        let what = if kind == "provider" {
            format!("provider `{}`", name.text)
        } else {
            format!("`{}`", if kind == "variable" { format!("var.{}", name.text) } else { key })
        };
        let mut diagnostic =
            Diagnostic::error(code::DUPLICATE, format!("{what} is declared twice"))
                .label(self.sources.label(name.span, "declared again here"))
                .label(self.sources.label(*first, "first declared here"));
        if kind == "provider" {
            diagnostic = diagnostic.help("give one of them an `alias`");
        }
        self.diagnostics.push(diagnostic);
        false
    }

    /// The one label of a block, which must be a name.
    fn name(&mut self, block: &Block, form: &str) -> Option<Spanned> {
        if !self.labels(block, 1, form) {
            return None;
        }
        let name = block.labels.first()?.clone();
        self.identifier(&name).then_some(name)
    }

    /// Whether a label can be a name; else that is reported.
    fn identifier(&mut self, name: &Spanned) -> bool {
        if is_identifier(&name.text) {
            return true;
        }
        let summary = format!("`{}` is not a name", name.text);
        let label =
            self.sources.label(name.span, "a letter or `_`, then letters, digits, `_` and `-`");
        self.diagnostics.push(Diagnostic::error(code::LABELS, summary).label(label));
        false
    }

    /// Whether a block has this number of labels; else that is reported.
    fn labels(&mut self, block: &Block, count: usize, form: &str) -> bool {
        if block.labels.len() == count {
            return true;
        }
        let kind = &block.kind.text;
        let (span, text) = match block.labels.get(count) {
            Some(extra) => (extra.span, "one label too many"),
            None => (block.header, "a label is missing"),
        };
        let wanted = match count {
            0 => "no label".to_owned(),
            1 => "one label".to_owned(),
            n => format!("{n} labels"),
        };
        let summary = format!("`{kind}` takes {wanted}, found {}", block.labels.len());
        self.diagnostics.push(
            Diagnostic::error(code::LABELS, summary)
                .label(self.sources.label(span, text))
                .help(format!("write `{form}`")),
        );
        false
    }

    /// Reports attributes and blocks that are none of these.
    fn names(&mut self, body: &Body, attributes: &[&str], blocks: &[&str], of: &str) {
        let mut first: BTreeMap<&Name, Span> = BTreeMap::new();
        for attribute in &body.attributes {
            let name = &attribute.name;
            if let Some(first) = first.insert(&name.text, name.span) {
                self.duplicate_attribute(&name.text, name.span, first);
            }
            if attributes.contains(&&*name.text) {
                continue;
            }
            let help = if blocks.contains(&&*name.text) {
                Some(format!("`{0}` is a block: write `{0} {{ … }}`, without `=`", name.text))
            } else {
                nearest(&name.text, attributes.iter().copied())
                    .map(|near| format!("did you mean `{near}`?"))
            };
            self.unknown(code::UNKNOWN_ATTRIBUTE, "attribute", name, of, help, attributes);
        }
        self.no_blocks(body, of, blocks);
        for block in &body.blocks {
            if attributes.contains(&&*block.kind.text) {
                // Reported by `no_blocks`, with how it is written.
                continue;
            }
        }
    }

    fn duplicate_attribute(&mut self, name: &str, again: Span, first: Span) {
        self.diagnostics.push(
            Diagnostic::error(code::DUPLICATE, format!("`{name}` is written twice"))
                .label(self.sources.label(again, "written again here"))
                .label(self.sources.label(first, "first written here")),
        );
    }

    fn no_blocks(&mut self, body: &Body, of: &str, blocks: &[&str]) {
        for block in &body.blocks {
            if blocks.contains(&&*block.kind.text) {
                continue;
            }
            let help = nearest(&block.kind.text, blocks.iter().copied())
                .map(|near| format!("did you mean `{near}`?"))
                .or_else(|| {
                    (of == "locals")
                        .then(|| format!("write `{} = {{ … }}`, with `=`", block.kind.text))
                });
            self.unknown(code::UNKNOWN_BLOCK, "block", &block.kind, of, help, blocks);
        }
    }

    fn unknown(
        &mut self,
        code: &str,
        what: &str,
        name: &Spanned,
        of: &str,
        help: Option<String>,
        known: &[&str],
    ) {
        let summary = format!("unknown {what} `{}`", name.text);
        let article = if what == "attribute" { "an" } else { "a" };
        let label = self.sources.label(name.span, format!("not {article} {what} of `{of}`"));
        let mut diagnostic = Diagnostic::error(code, summary).label(label);
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        } else if !known.is_empty() && known.len() <= 12 {
            diagnostic = diagnostic.help(format!("use one of {}", list(known)));
        }
        self.diagnostics.push(diagnostic);
    }

    fn missing(&mut self, span: Span, of: &str, name: &str) {
        let summary = format!("`{of}` needs the attribute `{name}`");
        let label = self.sources.label(span, format!("`{name}` is missing"));
        self.diagnostics.push(
            Diagnostic::error(code::MISSING_ATTRIBUTE, summary)
                .label(label)
                .help(format!("add `{name} = …`")),
        );
    }

    fn invalid(&mut self, span: Span, summary: impl Into<String>, label: &str) {
        let label = self.sources.label(span, label);
        self.diagnostics.push(Diagnostic::error(code::INVALID_VALUE, summary).label(label));
    }

    /// A literal text.
    fn text(&mut self, body: &Body, name: &str) -> Option<(String, Span)> {
        let attribute = body.attribute(name)?;
        let span = attribute.value.span;
        match literal(&attribute.value) {
            Some(Val::String(text)) => Some((text.to_string(), span)),
            _ => {
                self.invalid(
                    span,
                    format!("`{name}` must be a literal text"),
                    "not a literal text",
                );
                None
            }
        }
    }

    /// A literal boolean.
    fn flag(&mut self, body: &Body, name: &str) -> Option<bool> {
        let attribute = body.attribute(name)?;
        match literal(&attribute.value) {
            Some(Val::Bool(flag)) => Some(flag),
            _ => {
                let summary = format!("`{name}` must be `true` or `false`, written out");
                self.invalid(attribute.value.span, summary, "not `true` or `false`");
                None
            }
        }
    }

    /// The rules of these blocks: `condition` and `error_message`.
    fn conditions(&mut self, body: &Body, kind: &str) -> Vec<Condition> {
        let blocks: Vec<Block> = body.blocks(kind).cloned().collect();
        let mut out = Vec::new();
        for block in blocks {
            self.labels(&block, 0, &format!("{kind} {{ … }}"));
            self.names(&block.body, &["condition", "error_message"], &[], kind);
            let mut take = |name: &str| match block.body.attribute(name) {
                Some(attribute) => Some(attribute.value.clone()),
                None => {
                    self.missing(block.header, kind, name);
                    None
                }
            };
            if let (Some(condition), Some(message)) = (take("condition"), take("error_message")) {
                out.push(Condition { condition, message });
            }
        }
        out
    }
}

/// Whether a text can be a name: a letter or `_`, then letters, digits, `_` and `-`.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Names in backticks, with commas.
fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Whether an expression is the bare word, as `create_before_destroy` is in some lists.
fn bare_word(expr: &Expr) -> Option<&Name> {
    match &expr.kind {
        Kind::Reference(reference) if reference.steps.is_empty() => match &reference.target {
            crate::ir::Target::Nothing(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_alone_are_never_enough() {
        let warning = Diagnostic::warning(code::DEPRECATED, "old");
        let mut found = Diagnostics(vec![warning; ENOUGH + 1]);
        assert!(!enough(&found));
        found.push(Diagnostic::error(code::SYNTAX, "wrong"));
        assert!(enough(&found));
        assert!(!enough(&Diagnostic::error(code::SYNTAX, "wrong").into()));
    }
}
