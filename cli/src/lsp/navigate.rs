//! Where things are: definitions, references, the symbols of a document, and renaming.

use super::documents::{Documents, File, Module};
use super::position::Encoding;
use super::wire::{Refusal, error};
use gen_lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentSymbol, Location, PrepareRenamePlaceholder,
    SymbolKind as Icon, TextEdit, Uri, WorkspaceEdit,
};
use podform_config::query::{Block, Chain, Occurrence, Symbol, SymbolKind, Thing, is_name};
use podform_model::convert::check_text;
use podform_model::schema::{POD, Repeat};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// How deep blocks are shown within blocks.
const DEPTH: usize = 8;

/// What is asked about: a byte of a file of a module.
pub(super) struct Spot<'a> {
    pub(super) documents: &'a mut Documents,
    pub(super) module: &'a Module,
    pub(super) file: &'a Arc<File>,
    pub(super) offset: usize,
    pub(super) encoding: Encoding,
}

impl Spot<'_> {
    /// The symbol at the byte.
    pub(super) fn symbol(&self) -> Option<Symbol> {
        let named = self.file.named_at(self.offset).map(|found| found.symbol.clone());
        named.or_else(|| match self.thing()? {
            (Thing::Symbol(symbol), _) => Some(symbol),
            _ => None,
        })
    }

    /// What has a meaning at the byte.
    pub(super) fn thing(&self) -> Option<(Thing, Range<usize>)> {
        self.file.outline().thing_at(self.file.text(), self.offset)
    }

    fn location(&self, file: &File, range: &Range<usize>) -> Location {
        Location { uri: file.uri.clone(), range: file.lines.range(range, self.encoding) }
    }

    /// Where the symbol at the byte is declared; of something of another module, there.
    pub(super) fn definition(&mut self) -> Vec<Location> {
        if let Some((module, symbol)) = self.elsewhere() {
            return self.declared(&module, &symbol);
        }
        let Some(symbol) = self.symbol() else { return Vec::new() };
        self.declared(self.module, &symbol)
    }

    fn declared(&self, module: &Module, symbol: &Symbol) -> Vec<Location> {
        let declared = module.declarations().filter(|(_, found)| found.symbol == *symbol);
        declared.map(|(file, found)| self.location(file, &found.range)).collect()
    }

    /// The output or variable of a called module that stands at the byte, and that module.
    fn elsewhere(&mut self) -> Option<(Module, Symbol)> {
        match self.thing()?.0 {
            Thing::Step(chain) if chain.root.text == "module" => {
                let output = last_name(&chain)?.to_owned();
                let module = self.called(&chain.step(0)?.text)?;
                Some((module, Symbol::new(SymbolKind::Output, output)))
            }
            Thing::Name { name, block } => {
                let block = self.file.outline().blocks().get(block)?;
                let called = block.labels.first().filter(|_| block.kind.text == "module")?;
                let module = self.called(&called.text.clone())?;
                Some((module, Symbol::new(SymbolKind::Variable, name)))
            }
            _ => None,
        }
    }

    /// The folder that a `module` block names as its source, read.
    pub(super) fn called(&mut self, name: &str) -> Option<Module> {
        let symbol = Symbol::new(SymbolKind::Module, name);
        let (file, found) = self.module.declarations().find(|(_, f)| f.symbol == symbol)?;
        let block = file.outline().blocks().get(found.declares?)?;
        let source = attribute_text(file, block, "source")?.trim_matches('"');
        if !source.starts_with('.') {
            return None;
        }
        let folder = self.module.folder.join(source);
        let folder = folder.canonicalize().unwrap_or(folder);
        Some(self.documents.module_in(&folder))
    }

    /// Every place that names the symbol at the byte.
    pub(super) fn references(&self, declaration: bool) -> Vec<Location> {
        let Some(symbol) = self.symbol() else { return Vec::new() };
        let named = self.module.occurrences().filter(|(_, found)| {
            found.symbol == symbol && (declaration || found.declares.is_none())
        });
        named.map(|(file, found)| self.location(file, &found.range)).collect()
    }

    /// The same within the file, for highlighting.
    pub(super) fn highlights(&self) -> Vec<DocumentHighlight> {
        let Some(symbol) = self.symbol() else { return Vec::new() };
        let named = self.file.occurrences().iter().filter(|found| found.symbol == symbol);
        let highlight = |found: &Occurrence| DocumentHighlight {
            range: self.file.lines.range(&found.range, self.encoding),
            kind: Some(match found.declares {
                Some(_) => DocumentHighlightKind::Write,
                None => DocumentHighlightKind::Read,
            }),
        };
        named.map(highlight).collect()
    }

    /// Whether the name at the byte can be changed, and what it is now.
    pub(super) fn prepare_rename(&self) -> Result<PrepareRenamePlaceholder, Refusal> {
        let refused = |why: &str| Refusal::new(error::REQUEST_FAILED, why);
        let found =
            self.file.named_at(self.offset).ok_or_else(|| refused("no name stands here"))?;
        if found.symbol.kind == SymbolKind::Provider && !found.symbol.name.contains('.') {
            return Err(refused(
                "a provider has its name from its plugin; an alias can be renamed",
            ));
        }
        if !self.module.declarations().any(|(_, declared)| declared.symbol == found.symbol) {
            let text = found.symbol.text();
            return Err(refused(&format!("`{text}` is not declared in this folder")));
        }
        let placeholder = self.file.text()[found.range.clone()].to_owned();
        let range = self.file.lines.range(&found.range, self.encoding);
        Ok(PrepareRenamePlaceholder { range, placeholder })
    }

    /// The edits that give the symbol at the byte another name everywhere in the module.
    pub(super) fn rename(&self, new: &str) -> Result<WorkspaceEdit, Refusal> {
        self.prepare_rename()?;
        let refused = |why: String| Err(Refusal::new(error::REQUEST_FAILED, why));
        let Some(old) = self.symbol() else { return refused("no name stands here".into()) };
        if let Err(why) = check_name(old.kind, new) {
            return refused(format!("`{new}` cannot be the name: {why}"));
        }
        let renamed = Symbol { name: full_name(&old, new), ..old.clone() };
        let taken = self.module.declarations().find(|(_, found)| found.symbol == renamed);
        if renamed != old
            && let Some((file, _)) = taken
        {
            return refused(format!("`{}` is already declared in {}", renamed.text(), file.name));
        }
        let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
        for (file, found) in self.module.occurrences().filter(|(_, f)| f.symbol == old) {
            let before = &file.text()[..found.range.start];
            if before.ends_with('.') && !is_name(new) {
                return refused(format!(
                    "`{new}` cannot stand after a dot, as it would in {}",
                    file.name
                ));
            }
            let range = file.lines.range(&found.range, self.encoding);
            let edit = TextEdit { range, new_text: new.to_owned() };
            changes.entry(file.uri.clone()).or_default().push(edit);
        }
        Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
    }
}

/// The last step of a reference that has a name.
fn last_name(chain: &Chain) -> Option<&str> {
    let last = chain.steps.len().checked_sub(1).filter(|at| *at > 0)?;
    chain.step(last).map(|word| &*word.text)
}

/// The name of a symbol with another last part, as `pod.NEW` or `mesos.NEW`.
fn full_name(symbol: &Symbol, new: &str) -> String {
    match (symbol.kind, symbol.name.rsplit_once('.')) {
        (SymbolKind::Provider | SymbolKind::Data, Some((first, _))) => format!("{first}.{new}"),
        _ => new.to_owned(),
    }
}

/// Whether a text can name such a symbol; else why not.
fn check_name(kind: SymbolKind, new: &str) -> Result<(), String> {
    let of_block = |name: &str| match POD.attribute(name).map(|attribute| attribute.repeat) {
        Some(Repeat::Many { label: Some(text), .. }) => check_text(text, new),
        _ => Ok(()),
    };
    let identifier = || match is_name(new) {
        true => Ok(()),
        false => Err("a name is a letter or `_`, then letters, digits, `_` and `-`".to_owned()),
    };
    match kind {
        SymbolKind::Volume | SymbolKind::Container | SymbolKind::Endpoint => {
            if new.is_empty() || new.contains(['"', '\\', '$', '%', '\n']) {
                return Err("it needs quoting".into());
            }
            let block = if kind == SymbolKind::Volume { "volume" } else { "container" };
            of_block(block)
        }
        _ => identifier(),
    }
}

/// The text of an attribute's value.
pub(super) fn attribute_text<'f>(file: &'f File, block: &Block, name: &str) -> Option<&'f str> {
    let attribute = block.attributes.iter().find(|attribute| attribute.name.text == name)?;
    file.text().get(attribute.value.clone())
}

/// The blocks of a document, and the entries of its `locals`, as a tree.
pub(super) fn document_symbols(file: &File, encoding: Encoding) -> Vec<DocumentSymbol> {
    let blocks = file.outline().blocks();
    let mut children = vec![Vec::new(); blocks.len()];
    for (at, block) in blocks.iter().enumerate() {
        if let Some(parent) = block.parent {
            children[parent].push(at);
        }
    }
    within(file, encoding, &children, 0, 0)
}

fn within(
    file: &File,
    encoding: Encoding,
    children: &[Vec<usize>],
    block: usize,
    depth: usize,
) -> Vec<DocumentSymbol> {
    if depth == DEPTH {
        return Vec::new();
    }
    let blocks = file.outline().blocks();
    let range = |bytes: &Range<usize>| file.lines.range(bytes, encoding);
    let mut out = Vec::new();
    for at in &children[block] {
        let block = &blocks[*at];
        let name = block.labels.last().filter(|label| !label.text.is_empty());
        let selection = name.unwrap_or(&block.kind);
        out.push(DocumentSymbol {
            name: name.map_or_else(|| block.kind.text.clone(), |label| label.text.clone()),
            detail: name.map(|_| block.kind.text.clone()),
            kind: icon(&block.kind.text),
            range: range(&block.range),
            selection_range: range(&selection.range),
            children: Some(within(file, encoding, children, *at, depth + 1))
                .filter(|within| !within.is_empty()),
            ..empty_symbol()
        });
    }
    let owner = &blocks[block];
    if owner.kind.text == "locals" || owner.parent.is_none() {
        out.extend(owner.attributes.iter().map(|attribute| DocumentSymbol {
            name: attribute.name.text.clone(),
            kind: Icon::Variable,
            range: range(&(attribute.name.range.start..attribute.value.end)),
            selection_range: range(&attribute.name.range),
            ..empty_symbol()
        }));
    }
    out
}

#[expect(deprecated, reason = "the protocol's type has the field")]
fn empty_symbol() -> DocumentSymbol {
    DocumentSymbol {
        name: String::new(),
        detail: None,
        kind: Icon::Object,
        tags: None,
        deprecated: None,
        range: gen_lsp_types::Range::default(),
        selection_range: gen_lsp_types::Range::default(),
        children: None,
    }
}

fn icon(kind: &str) -> Icon {
    match kind {
        "pod" => Icon::Class,
        "module" => Icon::Module,
        "provider" | "podform" => Icon::Package,
        "variable" | "output" => Icon::Variable,
        "locals" => Icon::Namespace,
        "container" => Icon::Method,
        "endpoint" => Icon::Interface,
        "secret" | "volume" | "volume_mount" => Icon::Field,
        _ => Icon::Object,
    }
}
