//! What may be written at a place.

use super::documents::Module;
use super::hover::documentation;
use super::navigate::Spot;
use gen_lsp_types::{
    CompletionItem, CompletionItemKind as Icon, CompletionItemTextEdit, Documentation,
    InsertTextFormat, MarkupContent, MarkupKind, TextEdit,
};
use podform_config::query::{
    Block, Chain, Cursor, Expected, FileKind, Known, Link, Place, Symbol, SymbolKind, function,
    function_names,
};
use podform_model::schema::{COMPUTED, COMPUTED_ENDPOINT, COMPUTED_INSTANCE};
use podform_provider::Description;
use std::collections::BTreeSet;

/// Types of variables, as they are written.
const TYPES: &[&str] = &[
    "string",
    "number",
    "bool",
    "any",
    "list(string)",
    "set(string)",
    "map(string)",
    "object({})",
    "tuple([])",
    "optional(string)",
];

/// One thing to write.
struct Choice {
    label: String,
    icon: Icon,
    detail: String,
    doc: String,
    /// What is written instead of the label.
    text: Option<String>,
    /// What is written where the client knows snippets.
    snippet: Option<String>,
}

impl Choice {
    fn new(label: impl Into<String>, icon: Icon, detail: impl Into<String>) -> Self {
        let (doc, text, snippet) = (String::new(), None, None);
        Self { label: label.into(), icon, detail: detail.into(), doc, text, snippet }
    }

    /// Writes its name and nothing more.
    fn alone(&mut self) {
        (self.text, self.snippet) = (None, None);
    }

    /// Writes its name in quotes.
    fn quoted(&mut self) {
        (self.text, self.snippet) = (Some(format!("\"{}\"", self.label)), None);
    }
}

/// The completions at a byte.
pub(super) fn complete(
    spot: &mut Spot<'_>,
    providers: &[Description],
    snippets: bool,
) -> Vec<CompletionItem> {
    let cursor = spot.file.outline().cursor(spot.file.text(), spot.offset);
    let range = spot.file.lines.range(&cursor.word, spot.encoding);
    let json = spot.file.outline().in_json_text(spot.offset);
    let is_name = matches!(cursor.place, Place::Statement | Place::Label { .. });
    let mut choices = Completing { spot, providers, cursor }.choices();
    match json {
        // Between quotes a name is all that is missing.
        Some(true) => choices.iter_mut().for_each(Choice::alone),
        Some(false) if is_name => choices.iter_mut().for_each(Choice::quoted),
        Some(false) => choices.retain(|choice| ["true", "false"].contains(&&*choice.label)),
        None => {}
    }
    let item = |(at, choice): (usize, Choice)| {
        let snippet = choice.snippet.filter(|_| snippets);
        let format = snippet.as_ref().map(|_| InsertTextFormat::Snippet);
        let new_text = snippet.or(choice.text).unwrap_or_else(|| choice.label.clone());
        let doc = MarkupContent { kind: MarkupKind::Markdown, value: choice.doc };
        CompletionItem {
            label: choice.label,
            kind: Some(choice.icon),
            detail: Some(choice.detail).filter(|detail| !detail.is_empty()),
            documentation: Some(Documentation::MarkupContent(doc.clone()))
                .filter(|_| !doc.value.is_empty()),
            // In our order, not by the alphabet.
            sort_text: Some(format!("{at:05}")),
            insert_text_format: format,
            text_edit: Some(CompletionItemTextEdit::TextEdit(TextEdit { range, new_text })),
            ..CompletionItem::default()
        }
    };
    choices.into_iter().enumerate().map(item).collect()
}

struct Completing<'s, 'a> {
    spot: &'s mut Spot<'a>,
    providers: &'s [Description],
    cursor: Cursor,
}

impl Completing<'_, '_> {
    fn choices(&mut self) -> Vec<Choice> {
        match self.cursor.place.clone() {
            Place::Nothing => Vec::new(),
            Place::Statement => self.statements(),
            Place::Label { kind, at } => self.labels(&kind, at),
            Place::Value { attribute, quoted, key } => self.values(&attribute, quoted, key),
            Place::Step { chain, .. } => self.steps(&chain),
        }
    }

    fn block(&self) -> &Block {
        &self.spot.file.outline().blocks()[self.cursor.block]
    }

    /// The names that are written in the block already, without the one at the cursor.
    fn written(&self) -> BTreeSet<String> {
        let file = self.spot.file;
        let blocks = file.outline().blocks();
        let nested = blocks.iter().filter(|block| block.parent == Some(self.cursor.block));
        let attributes = self.block().attributes.iter().map(|attribute| &attribute.name);
        attributes
            .chain(nested.map(|block| &block.kind))
            .filter(|word| word.range != self.cursor.word)
            .map(|word| word.text.clone())
            .collect()
    }

    fn statements(&mut self) -> Vec<Choice> {
        if self.block().parent.is_none() {
            match self.spot.file.kind {
                FileKind::Configuration => {}
                FileKind::Variables => return self.variables_of(self.spot.module),
                FileKind::Test => {}
            }
        }
        let written = self.written();
        let block = self.cursor.block;
        let outline = self.spot.file.outline();
        let known = outline.known(block);
        let mut out: Vec<Choice> = known
            .iter()
            .filter(|known| !known.once || !written.contains(known.name))
            .map(|known| statement(known, &self.body_of(known)))
            .collect();
        let (kind, label) = (self.block().kind.text.clone(), self.block().labels.first().cloned());
        if let ("module", Some(label)) = (&*kind, &label)
            && let Some(called) = self.spot.called(&label.text)
        {
            out.extend(self.variables_of(&called));
        }
        if (self.spot.file.kind, &*kind) == (FileKind::Test, "variables") {
            return self.variables_of(self.spot.module);
        }
        if let ("provider", Some(label)) = (&*kind, &label) {
            out.extend(self.settings(&label.text).filter(|c| !written.contains(&c.label)));
            out.push(Choice {
                snippet: Some("secret_store \"${1:file}\" {\n  $0\n}".into()),
                text: Some("secret_store \"file\" {\n}".into()),
                doc: "A store that the pods' secrets are read from.".into(),
                ..Choice::new("secret_store", Icon::Class, "block")
            });
        }
        out
    }

    fn settings(&self, provider: &str) -> impl Iterator<Item = Choice> {
        let described = self.providers.iter().find(|description| description.name == provider);
        described.into_iter().flat_map(|description| &description.settings).map(|setting| Choice {
            doc: setting.doc.clone(),
            text: Some(format!("{} = ", setting.name)),
            ..Choice::new(&setting.name, Icon::Property, &setting.ty)
        })
    }

    /// What must stand in a block that is written new, as a snippet.
    fn body_of(&self, known: &Known) -> String {
        if !known.is_block || known.name == "dynamic" {
            return String::new();
        }
        let outline = self.spot.file.outline();
        let mut out = String::new();
        for (at, inner) in outline.required_within(self.cursor.block, known.name).iter().enumerate()
        {
            let stop = known.labels.len() + at + 1;
            if inner.is_block {
                let label = inner.labels.first().map(|name| format!(" \"${{{stop}:{name}}}\""));
                let label = label.unwrap_or_default();
                out.push_str(&format!("  {}{label} {{\n  }}\n", inner.name));
            } else {
                out.push_str(&format!("  {} = ${stop}\n", inner.name));
            }
        }
        out
    }

    /// The variables of a module that have no value here yet.
    fn variables_of(&self, module: &Module) -> Vec<Choice> {
        let written = self.written();
        let symbols = names(module, SymbolKind::Variable, None);
        let new = symbols.into_iter().filter(|name| !written.contains(name));
        new.map(|name| Choice {
            text: Some(format!("{name} = ")),
            ..Choice::new(name, Icon::Property, "variable")
        })
        .collect()
    }

    fn labels(&self, kind: &str, at: usize) -> Vec<Choice> {
        let list = |names: &[&str]| -> Vec<Choice> {
            names.iter().map(|name| Choice::new(*name, Icon::Value, "")).collect()
        };
        match (kind, at) {
            ("volume_mount", 0) => self.of_pod(SymbolKind::Volume),
            ("provider", 0) => {
                let mut names: BTreeSet<String> =
                    self.providers.iter().map(|description| description.name.clone()).collect();
                names.extend(self.required_providers());
                names.into_iter().map(|name| Choice::new(name, Icon::Module, "provider")).collect()
            }
            ("secret_store", 0) => {
                let label = self.block().labels.first();
                let described =
                    self.providers.iter().find(|d| label.is_some_and(|l| d.name == l.text));
                let kinds =
                    described.into_iter().flat_map(|description| &description.secret_stores);
                kinds.map(|kind| Choice::new(kind, Icon::Value, "kind of store")).collect()
            }
            ("dynamic", 0) => {
                let known = self.spot.file.outline().known(self.cursor.block);
                let blocks =
                    known.iter().filter(|k| k.is_block && !k.marathon.is_empty() && !k.once);
                blocks.map(|known| Choice::new(known.name, Icon::Class, "block")).collect()
            }
            ("backend", 0) => list(&["local"]),
            ("data" | "mock_data", 0) => list(&["pod"]),
            _ => Vec::new(),
        }
    }

    /// The keys of `required_providers` blocks.
    fn required_providers(&self) -> Vec<String> {
        let files = self.spot.module.files.iter();
        let blocks = files.flat_map(|file| file.outline().blocks());
        let wanted = blocks.filter(|block| block.kind.text == "required_providers");
        let attributes = wanted.flat_map(|block| &block.attributes);
        attributes.map(|attribute| attribute.name.text.clone()).collect()
    }

    fn values(&self, attribute: &str, quoted: bool, key: bool) -> Vec<Choice> {
        let block = self.block();
        if block.kind.text == "required_providers" && (key || quoted) {
            let keys = if quoted { &[][..] } else { &["source", "version"] };
            return keys
                .iter()
                .map(|key| Choice {
                    text: Some(format!("{key} = ")),
                    ..Choice::new(*key, Icon::Property, "string")
                })
                .collect();
        }
        if key {
            return Vec::new();
        }
        let known = self.spot.file.outline().known_as(self.cursor.block, attribute);
        let expected = known.map_or(Expected::Anything, |known| known.expected);
        if quoted {
            return match expected {
                Expected::OneOf(values) => {
                    values.iter().map(|value| Choice::new(*value, Icon::EnumMember, "")).collect()
                }
                Expected::Endpoint => self.of_pod(SymbolKind::Endpoint),
                _ => Vec::new(),
            };
        }
        let word = |word: &str, icon| Choice::new(word, icon, "");
        let mut out = match expected {
            Expected::Bool => vec![word("true", Icon::Keyword), word("false", Icon::Keyword)],
            Expected::OneOf(values) => {
                values.iter().map(|value| word(&format!("\"{value}\""), Icon::EnumMember)).collect()
            }
            Expected::Endpoint => {
                let endpoints = self.of_pod(SymbolKind::Endpoint);
                endpoints
                    .into_iter()
                    .map(|c| word(&format!("\"{}\"", c.label), Icon::Value))
                    .collect()
            }
            Expected::Words(words) => {
                return words.iter().map(|value| word(value, Icon::EnumMember)).collect();
            }
            Expected::Secret => return self.secrets(),
            Expected::Constraint => {
                return TYPES.iter().map(|ty| word(ty, Icon::TypeParameter)).collect();
            }
            Expected::Provider => return self.references(&[SymbolKind::Provider]),
            Expected::Dependencies => {
                return self.references(&[SymbolKind::Pod, SymbolKind::Module, SymbolKind::Data]);
            }
            Expected::Fallible => {
                return self.references(&[
                    SymbolKind::Variable,
                    SymbolKind::Output,
                    SymbolKind::Check,
                    SymbolKind::Pod,
                    SymbolKind::Data,
                ]);
            }
            Expected::Anything => Vec::new(),
        };
        out.extend(self.anything());
        out
    }

    fn secrets(&self) -> Vec<Choice> {
        let secrets = self.of_pod(SymbolKind::Secret).into_iter();
        secrets.map(|c| Choice::new(format!("secret.{}", c.label), Icon::Field, "secret")).collect()
    }

    /// What an expression may begin with.
    fn anything(&self) -> Vec<Choice> {
        let mut out = self.references(&[
            SymbolKind::Variable,
            SymbolKind::Local,
            SymbolKind::Pod,
            SymbolKind::Module,
            SymbolKind::Data,
        ]);
        if self.spot.file.kind == FileKind::Test {
            out.extend(self.references(&[SymbolKind::Output]));
        }
        out.extend(self.secrets());
        let outline = self.spot.file.outline();
        let top = std::iter::successors(Some(self.cursor.block), |at| outline.blocks()[*at].parent)
            .map(|at| &outline.blocks()[at]);
        let written = |name: &str| {
            top.clone().any(|block| block.attributes.iter().any(|a| a.name.text == name))
        };
        if written("for_each") {
            out.extend(
                ["each.key", "each.value"].map(|text| Choice::new(text, Icon::Variable, "")),
            );
        }
        if written("count") {
            out.push(Choice::new("count.index", Icon::Variable, ""));
        }
        let fixed = ["path.module", "path.root", "path.cwd", "podform.workspace"];
        out.extend(fixed.map(|text| Choice::new(text, Icon::Constant, "")));
        out.extend(function_names().filter_map(function).map(|function| Choice {
            snippet: Some(format!("{}($0)", function.name)),
            doc: function.doc.into(),
            ..Choice::new(function.name, Icon::Function, function.usage)
        }));
        out
    }

    /// References to everything of these kinds.
    fn references(&self, kinds: &[SymbolKind]) -> Vec<Choice> {
        let mut out = Vec::new();
        for kind in kinds {
            for name in names(self.spot.module, *kind, None) {
                let symbol = Symbol::new(*kind, name);
                out.push(Choice::new(symbol.text(), icon(*kind), ""));
            }
        }
        out
    }

    /// The names of this kind of the pod around.
    fn of_pod(&self, kind: SymbolKind) -> Vec<Choice> {
        let Some(pod) = self.spot.file.outline().pod_around(self.cursor.block) else {
            return Vec::new();
        };
        let names = names(self.spot.module, kind, Some(pod)).into_iter();
        names.map(|name| Choice::new(name, icon(kind), "")).collect()
    }

    /// What may follow a reference.
    fn steps(&mut self, chain: &Chain) -> Vec<Choice> {
        let module = self.spot.module;
        let of = |kind| -> Vec<Choice> {
            let names = names(module, kind, None).into_iter();
            names.map(|name| Choice::new(name, icon(kind), "")).collect()
        };
        let words = |words: &[&str]| -> Vec<Choice> {
            words.iter().map(|word| Choice::new(*word, Icon::Field, "")).collect()
        };
        let names: Vec<&str> = steps_with_names(chain);
        match (&*chain.root.text, &*names) {
            ("var", []) => of(SymbolKind::Variable),
            ("local", []) => of(SymbolKind::Local),
            ("pod", []) => of(SymbolKind::Pod),
            ("module", []) => of(SymbolKind::Module),
            ("output", []) | ("run", [_]) if self.spot.file.kind == FileKind::Test => {
                of(SymbolKind::Output)
            }
            ("run", []) if self.spot.file.kind == FileKind::Test => self.runs(),
            ("module", [name]) => self.outputs(name),
            ("pod", [name, rest @ ..]) => computed(module, Some(*name), rest),
            ("self", rest) => {
                let pod = self.spot.file.outline().pod_around(self.cursor.block);
                computed(module, pod, rest)
            }
            ("data", ["pod", _, rest @ ..]) => computed(module, None, rest),
            ("data", []) => words(&["pod"]),
            ("data", [kind]) => {
                let prefix = format!("{kind}.");
                let data = of(SymbolKind::Data).into_iter();
                data.filter_map(|c| {
                    Some(Choice { label: c.label.strip_prefix(&prefix)?.into(), ..c })
                })
                .collect()
            }
            ("secret", []) => self.of_pod(SymbolKind::Secret),
            ("each", []) => words(&["key", "value"]),
            ("count", []) => words(&["index"]),
            ("path", []) => words(&["module", "root", "cwd"]),
            ("podform", []) => words(&["workspace"]),
            _ => Vec::new(),
        }
    }

    /// The runs of a test file.
    fn runs(&self) -> Vec<Choice> {
        let blocks = self.spot.file.outline().blocks().iter();
        let runs = blocks.filter(|block| block.kind.text == "run" && block.parent == Some(0));
        let names = runs.filter_map(|block| block.labels.first());
        names.map(|name| Choice::new(&name.text, Icon::Module, "run")).collect()
    }

    fn outputs(&mut self, name: &str) -> Vec<Choice> {
        let Some(called) = self.spot.called(name) else { return Vec::new() };
        let outputs = names(&called, SymbolKind::Output, None).into_iter();
        outputs.map(|name| Choice::new(name, Icon::Field, "output")).collect()
    }
}

/// The names of a reference's steps; the index of a repeated pod or module is left out.
fn steps_with_names(chain: &Chain) -> Vec<&str> {
    // After the name: `pod.web["a"]`, `data.pod.web["a"]`.
    let key = if chain.root.text == "data" { 2 } else { 1 };
    let steps = chain.steps.iter().enumerate();
    steps
        .filter(|(at, step)| !(*at == key && matches!(step, Link::Key(_))))
        .filter_map(|(_, step)| step.word())
        .map(|word| &*word.text)
        .collect()
}

/// What may follow a reference to a pod.
fn computed(module: &Module, pod: Option<&str>, steps: &[&str]) -> Vec<Choice> {
    let fields = |names: &[&str]| -> Vec<Choice> {
        names.iter().map(|name| Choice::new(*name, Icon::Field, "")).collect()
    };
    match steps {
        [] => COMPUTED
            .iter()
            .map(|computed| Choice {
                doc: computed.doc.into(),
                ..Choice::new(computed.name, Icon::Field, "known after apply")
            })
            .collect(),
        ["instance"] => fields(&COMPUTED_INSTANCE),
        ["endpoint"] => {
            let names = names(module, SymbolKind::Endpoint, pod).into_iter();
            names.map(|name| Choice::new(name, icon(SymbolKind::Endpoint), "endpoint")).collect()
        }
        ["endpoint", _] => fields(&COMPUTED_ENDPOINT),
        _ => Vec::new(),
    }
}

/// The declared names of a kind, sorted.
fn names(module: &Module, kind: SymbolKind, pod: Option<&str>) -> BTreeSet<String> {
    let declared = module.declarations().map(|(_, found)| &found.symbol);
    let wanted = declared.filter(|symbol| symbol.kind == kind && symbol.pod.as_deref() == pod);
    wanted.map(|symbol| symbol.name.clone()).filter(|name| !name.is_empty()).collect()
}

/// An attribute or block to write, with what its block must hold.
fn statement(known: &Known, body: &str) -> Choice {
    let doc = documentation(known);
    if !known.is_block {
        let text = Some(format!("{} = ", known.name));
        return Choice { doc, text, ..Choice::new(known.name, Icon::Property, &known.ty) };
    }
    let numbered = known.labels.iter().enumerate();
    let stops: String = numbered.map(|(at, name)| format!(" \"${{{}:{name}}}\"", at + 1)).collect();
    let plain: String = known.labels.iter().map(|name| format!(" \"{name}\"")).collect();
    Choice {
        doc,
        snippet: Some(format!("{}{stops} {{\n{body}  $0\n}}", known.name)),
        text: Some(format!("{}{plain} {{\n}}", known.name)),
        ..Choice::new(known.name, Icon::Class, "block")
    }
}

fn icon(kind: SymbolKind) -> Icon {
    match kind {
        SymbolKind::Pod => Icon::Class,
        SymbolKind::Module | SymbolKind::Provider => Icon::Module,
        SymbolKind::Local => Icon::Constant,
        SymbolKind::Variable => Icon::Variable,
        _ => Icon::Field,
    }
}
