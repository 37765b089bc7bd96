//! What a name means, in Markdown.

use super::documents::File;
use super::navigate::{Spot, attribute_text};
use gen_lsp_types::{Contents, Hover, MarkupContent, MarkupKind};
use podform_config::query::{Block, Chain, Known, Symbol, SymbolKind, Thing, function};
use podform_model::schema::COMPUTED;
use podform_provider::Description;

/// The most lines of a value that are shown.
const LINES: usize = 12;

/// What stands at a byte.
pub(super) fn hover(spot: &Spot<'_>, providers: &[Description]) -> Option<Hover> {
    let (text, range) = match spot.thing() {
        Some((thing, range)) => (of_thing(spot, &thing, providers)?, range),
        None => {
            let found = spot.file.named_at(spot.offset)?;
            (of_symbol(spot, &found.symbol)?, found.range.clone())
        }
    };
    let contents = MarkupContent { kind: MarkupKind::Markdown, value: text };
    let range = Some(spot.file.lines.range(&range, spot.encoding));
    Some(Hover { contents: Contents::MarkupContent(contents), range })
}

fn of_thing(spot: &Spot<'_>, thing: &Thing, providers: &[Description]) -> Option<String> {
    match thing {
        Thing::Symbol(symbol) => of_symbol(spot, symbol),
        Thing::Function(name) => {
            let function = function(name)?;
            Some(format!("```hcl\n{}\n```\n\n{}", function.usage, function.doc).trim_end().into())
        }
        Thing::Step(chain) => of_step(chain),
        Thing::Name { name, block } => {
            let outline = spot.file.outline();
            setting(outline.blocks().get(*block)?, name, providers).or_else(|| {
                let known = outline.known_as(*block, name)?;
                let kind = if known.is_block { "block" } else { "attribute" };
                Some(format!("**{name}** ({kind})\n\n{}", documentation(&known)))
            })
        }
    }
}

/// A setting of a provider.
fn setting(block: &Block, name: &str, providers: &[Description]) -> Option<String> {
    let label = block.labels.first().filter(|_| block.kind.text == "provider")?;
    let description = providers.iter().find(|description| description.name == label.text)?;
    let setting = description.settings.iter().find(|setting| setting.name == name)?;
    let mut out = format!(
        "**{name}** (setting of `{}`)\n\n{}\n\n- type: {}",
        label.text, setting.doc, setting.ty
    );
    if let Some(variable) = &setting.environment {
        out.push_str(&format!("\n- environment variable: `{variable}`"));
    }
    Some(out)
}

/// What a table says of an attribute or block.
pub(super) fn documentation(known: &Known) -> String {
    let mut out = known.doc.to_owned();
    let mut line = |name: &str, text: &str| {
        if !text.is_empty() {
            let gap = if out.contains("\n- ") { "\n" } else { "\n\n" };
            out.push_str(&format!("{gap}- {name}: {text}"));
        }
    };
    line("type", &known.ty);
    line("required", if known.required { "yes" } else { "" });
    line("default", &known.default);
    line("a change on Mesos", known.change[0]);
    line("a change on Marathon", known.change[1]);
    if !known.marathon.is_empty() {
        line("in Marathon's pod definition", &format!("`{}`", known.marathon));
    }
    out
}

/// A step of a reference to a pod, or what comes from the surroundings.
fn of_step(chain: &Chain) -> Option<String> {
    let last = chain.steps.last()?.word()?;
    let doc = match (&*chain.root.text, &*last.text) {
        ("each", "key") => "The key of the entry that `for_each` is at.",
        ("each", "value") => "The value of the entry that `for_each` is at.",
        ("count", "index") => "The number of the pod among those that `count` makes, from 0.",
        ("path", "module") => "The folder of this module.",
        ("path", "root") => "The folder that podform was started for.",
        ("path", "cwd") => "The folder that podform was started in.",
        ("podform", "workspace") => "The name of the workspace.",
        ("pod" | "data" | "self", name) => {
            COMPUTED.iter().find(|computed| computed.name == name).map(|computed| computed.doc)?
        }
        _ => return None,
    };
    Some(format!("**{}**\n\n{doc}", last.text))
}

/// A declaration, as far as it may be shown.
fn of_symbol(spot: &Spot<'_>, symbol: &Symbol) -> Option<String> {
    let declared = spot.module.declarations().find(|(_, found)| found.symbol == *symbol);
    let Some((file, found)) = declared else {
        return Some(format!("`{}` is not declared in this folder", symbol.text()));
    };
    let block = file.outline().blocks().get(found.declares?)?;
    let mut out = match symbol.kind {
        SymbolKind::Variable => variable(file, block, &symbol.name),
        SymbolKind::Local => {
            let value = attribute_text(file, block, &symbol.name).unwrap_or_default();
            code(&format!("{} = {value}", symbol.text()))
        }
        SymbolKind::Output => {
            let mut out = code(&header(file, block));
            out.push_str(
                attribute_text(file, block, "description").unwrap_or_default().trim_matches('"'),
            );
            out
        }
        _ => code(&header(file, block)),
    };
    out.push_str(&format!("\n\nDeclared in `{}`.", file.name));
    Some(out)
}

fn code(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().take(LINES).collect();
    if text.lines().count() > LINES {
        lines.push("…");
    }
    format!("```hcl\n{}\n```\n", lines.join("\n"))
}

/// A block without its content, and what identifies it.
fn header(file: &File, block: &Block) -> String {
    let labels: String = block.labels.iter().map(|label| format!(" \"{}\"", label.text)).collect();
    let mut out = format!("{}{labels} {{\n", block.kind.text);
    for name in ["id", "source", "version", "alias", "instances", "host", "size"] {
        if let Some(value) = attribute_text(file, block, name) {
            out.push_str(&format!("  {name} = {value}\n"));
        }
    }
    out.push('}');
    out
}

/// A variable: type, default (hidden unless it is certain that it is no secret), description.
fn variable(file: &File, block: &Block, name: &str) -> String {
    let text = |attribute| attribute_text(file, block, attribute);
    let mut lines = vec![format!("variable \"{name}\" {{")];
    lines.push(format!("  type = {}", text("type").unwrap_or("any")));
    let hidden =
        ["sensitive", "ephemeral"].iter().any(|mark| !matches!(text(mark), None | Some("false")));
    match text("default") {
        Some(_) if hidden => lines.push("  default = (sensitive value)".into()),
        Some(value) => lines.push(format!("  default = {value}")),
        None => {}
    }
    lines.push("}".into());
    let mut out = code(&lines.join("\n"));
    if text("default").is_none() {
        out.push_str("\nA value must be given.\n");
    }
    if let Some(description) = text("description") {
        out.push_str(&format!("\n{}", description.trim_matches('"')));
    }
    out
}
