//! What a file declares and what it refers to.

use super::chains::{Chain, chains};
use super::outline::{Attribute, Block, Outline, Word};
use crate::syntax::scan::TokenKind;
use std::ops::Range;

/// What a [`Symbol`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SymbolKind {
    /// `variable "x"`, `var.x`.
    Variable,
    /// An entry of `locals`, `local.x`.
    Local,
    /// `output "x"`.
    Output,
    /// `pod "x"`, `pod.x`.
    Pod,
    /// `module "x"`, `module.x`.
    Module,
    /// `provider "x"`, with its alias `x.alias`.
    Provider,
    /// `data "pod" "x"`, `data.pod.x`: the name is `pod.x`.
    Data,
    /// `check "x"`.
    Check,
    /// A pod's `secret "x"`, `secret.x`.
    Secret,
    /// A pod's `volume "x"`, the label of a `volume_mount`.
    Volume,
    /// A pod's `container "x"`.
    Container,
    /// An `endpoint "x"` of a pod's container.
    Endpoint,
}

/// Something with a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol {
    /// What it is.
    pub kind: SymbolKind,
    /// Its name.
    pub name: String,
    /// The pod that it belongs to.
    pub pod: Option<String>,
}

impl Symbol {
    /// A symbol of the module.
    #[must_use]
    pub fn new(kind: SymbolKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), pod: None }
    }

    fn of_pod(kind: SymbolKind, name: impl Into<String>, pod: &str) -> Self {
        Self { kind, name: name.into(), pod: Some(pod.to_owned()) }
    }

    /// How it is referred to.
    #[must_use]
    pub fn text(&self) -> String {
        let prefix = match self.kind {
            SymbolKind::Variable => "var.",
            SymbolKind::Local => "local.",
            SymbolKind::Output => "output.",
            SymbolKind::Pod => "pod.",
            SymbolKind::Module => "module.",
            SymbolKind::Data => "data.",
            SymbolKind::Check => "check.",
            SymbolKind::Secret => "secret.",
            SymbolKind::Provider
            | SymbolKind::Volume
            | SymbolKind::Container
            | SymbolKind::Endpoint => "",
        };
        format!("{prefix}{}", self.name)
    }
}

/// A place where a symbol is declared or referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// What stands there.
    pub symbol: Symbol,
    /// The name alone.
    pub range: Range<usize>,
    /// The block that declares it, when this is its declaration: a place in [`Outline::blocks`].
    pub declares: Option<usize>,
}

/// What kind of file a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `*.pf.hcl`, `*.pf.json`
    Configuration,
    /// `*.pfvars.hcl`, `*.pfvars.json`: each name is a variable.
    Variables,
    /// `*.pftest.hcl`, `*.pftest.json`
    Test,
}

impl FileKind {
    /// The kind of a file by its name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".hcl").or_else(|| name.strip_suffix(".json"))?;
        let ends =
            [(".pf", Self::Configuration), (".pfvars", Self::Variables), (".pftest", Self::Test)];
        ends.into_iter().find(|(end, _)| stem.ends_with(end)).map(|(_, kind)| kind)
    }
}

impl Outline {
    /// Every declaration and reference, in the order of the blocks.
    #[must_use]
    pub fn occurrences(&self, text: &str, kind: FileKind) -> Vec<Occurrence> {
        let mut collecting = Collecting { outline: self, text, kind, out: Vec::new() };
        for (at, block) in self.blocks.iter().enumerate() {
            collecting.block(at, block);
            for attribute in &block.attributes {
                collecting.attribute(at, block, attribute);
            }
        }
        collecting.out
    }

    /// The name of the pod around a block, or of the block itself.
    #[must_use]
    pub fn pod_around(&self, block: usize) -> Option<&str> {
        let top = self.around(block).last()?;
        (top.kind.text == "pod").then(|| top.labels.first())?.map(|label| &*label.text)
    }

    /// What a reference within a block names: the symbol and the place of its name, and of an
    /// endpoint of a pod that as well.
    pub(super) fn resolve<'c>(&self, block: usize, chain: &'c Chain) -> Vec<(Symbol, &'c Word)> {
        if chain.called {
            return Vec::new();
        }
        let Some(name) = chain.step(0) else { return Vec::new() };
        let kind = match &*chain.root.text {
            "var" => SymbolKind::Variable,
            "local" => SymbolKind::Local,
            "module" => SymbolKind::Module,
            "output" => SymbolKind::Output,
            "pod" => return pod(name, chain),
            "data" => {
                let named = chain.step(1).map(|step| {
                    let full = format!("{}.{}", name.text, step.text);
                    (Symbol::new(SymbolKind::Data, full), step)
                });
                return named.into_iter().collect();
            }
            "secret" => {
                let pod = self.pod_around(block).filter(|_| !self.is_iterator(block, name));
                let symbol = pod.map(|pod| Symbol::of_pod(SymbolKind::Secret, &*name.text, pod));
                return symbol.map(|symbol| (symbol, name)).into_iter().collect();
            }
            _ => return Vec::new(),
        };
        vec![(Symbol::new(kind, &*name.text), name)]
    }

    /// Whether `secret.NAME` is the entry that a `dynamic "secret"` is at.
    fn is_iterator(&self, block: usize, name: &Word) -> bool {
        matches!(&*name.text, "key" | "value")
            && self.around(block).any(|block| {
                block.kind.text == "dynamic"
                    && block.labels.first().is_some_and(|label| label.text == "secret")
            })
    }
}

/// The pod, and its endpoint when the reference goes on to one.
fn pod<'c>(name: &'c Word, chain: &'c Chain) -> Vec<(Symbol, &'c Word)> {
    let mut out = vec![(Symbol::new(SymbolKind::Pod, &*name.text), name)];
    // An index or splat may stand between the pod and its attribute.
    let at = chain.steps.iter().skip(1).position(
        |step| matches!(step, super::chains::Link::Name(word) if word.text == "endpoint"),
    );
    if let Some(endpoint) = at.and_then(|at| chain.step(at + 2)) {
        let symbol = Symbol::of_pod(SymbolKind::Endpoint, &*endpoint.text, &name.text);
        out.push((symbol, endpoint));
    }
    out
}

struct Collecting<'a> {
    outline: &'a Outline,
    text: &'a str,
    kind: FileKind,
    out: Vec<Occurrence>,
}

impl Collecting<'_> {
    fn add(&mut self, symbol: Symbol, word: &Word, declares: Option<usize>) {
        self.out.push(Occurrence { symbol, range: word.range.clone(), declares });
    }

    fn block(&mut self, at: usize, block: &Block) {
        let Some(name) = block.labels.first() else { return };
        let top = block.parent == Some(0);
        let kind = match (&*block.kind.text, top) {
            ("variable", true) => SymbolKind::Variable,
            ("output", true) => SymbolKind::Output,
            ("pod", true) => SymbolKind::Pod,
            ("module", true) => SymbolKind::Module,
            ("check", true) => SymbolKind::Check,
            ("provider", true) => return self.provider(at, block, name),
            ("data", _) => {
                if let Some(second) = block.labels.get(1) {
                    let full = format!("{}.{}", name.text, second.text);
                    self.add(Symbol::new(SymbolKind::Data, full), second, Some(at));
                }
                return;
            }
            ("secret", false) => return self.in_pod(SymbolKind::Secret, at, name, true),
            ("volume", false) => return self.in_pod(SymbolKind::Volume, at, name, true),
            ("container", false) => return self.in_pod(SymbolKind::Container, at, name, true),
            ("endpoint", false) => return self.in_pod(SymbolKind::Endpoint, at, name, true),
            ("volume_mount", false) => return self.in_pod(SymbolKind::Volume, at, name, false),
            _ => return,
        };
        self.add(Symbol::new(kind, &*name.text), name, Some(at));
    }

    fn in_pod(&mut self, kind: SymbolKind, at: usize, name: &Word, declares: bool) {
        if let Some(pod) = self.outline.pod_around(at) {
            let symbol = Symbol::of_pod(kind, &*name.text, pod);
            self.add(symbol, name, declares.then_some(at));
        }
    }

    fn provider(&mut self, at: usize, block: &Block, name: &Word) {
        let alias = block.attributes.iter().find(|attribute| attribute.name.text == "alias");
        let alias = alias.and_then(|attribute| self.plain_text(attribute));
        let (full, word) = match &alias {
            Some(alias) => (format!("{}.{}", name.text, alias.text), alias),
            None => (name.text.clone(), name),
        };
        self.add(Symbol::new(SymbolKind::Provider, full), word, Some(at));
    }

    /// The text of an attribute that is one quoted text and nothing else.
    fn plain_text(&self, attribute: &Attribute) -> Option<Word> {
        let tokens = self.outline.tokens.get(attribute.tokens.clone())?;
        match super::chains::index(self.text, tokens) {
            super::chains::Link::Key(word) => Some(word),
            _ => None,
        }
    }

    fn attribute(&mut self, at: usize, block: &Block, attribute: &Attribute) {
        let name = &attribute.name;
        let kind = &*block.kind.text;
        let variables = self.kind == FileKind::Variables && block.parent.is_none();
        if variables || (self.kind == FileKind::Test && kind == "variables") {
            self.add(Symbol::new(SymbolKind::Variable, &*name.text), name, None);
        }
        if kind == "locals" && block.parent == Some(0) {
            self.add(Symbol::new(SymbolKind::Local, &*name.text), name, Some(at));
        }
        // A former address names what is no longer there.
        if matches!(kind, "moved" | "removed") && name.text == "from" {
            return;
        }
        if matches!(kind, "http" | "tcp")
            && name.text == "endpoint"
            && let Some(word) = self.plain_text(attribute)
        {
            self.in_pod(SymbolKind::Endpoint, at, &word, false);
        }
        let Some(tokens) = self.outline.tokens.get(attribute.tokens.clone()) else { return };
        // Most values are one literal.
        if let [token] = tokens
            && token.kind != TokenKind::Word
            && !self.text[token.start..token.end].contains('{')
        {
            return;
        }
        let providers = matches!(&*name.text, "provider" | "providers");
        for chain in chains(self.text, tokens) {
            if providers {
                self.provider_reference(&chain);
            }
            for (symbol, word) in self.outline.resolve(at, &chain) {
                self.add(symbol, word, None);
            }
        }
    }

    /// `mesos` or `mesos.eu`.
    fn provider_reference(&mut self, chain: &Chain) {
        let (full, word) = match chain.step(0) {
            Some(alias) => (format!("{}.{}", chain.root.text, alias.text), alias),
            None => (chain.root.text.clone(), &chain.root),
        };
        self.add(Symbol::new(SymbolKind::Provider, full), word, None);
    }
}
