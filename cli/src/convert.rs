//! Marathon pod definitions to HCL: what `podform convert` does.

mod locate;

use locate::Places;
use podform_config::write;
use podform_marathon_proto::{Dropped, Fault, Lifted, Stage, lift, marathon_path, words};
use podform_model::rules::{self, Finding};
use podform_model::{AttributePath, Diagnostic, Diagnostics, Label, Value, code};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// What became of the files.
#[derive(Debug, Clone, Default)]
pub struct Converted {
    /// The `pod` blocks of the definitions that can be converted, in the order read.
    pub hcl: String,
    /// What is wrong, and what Marathon itself swallows.
    pub diagnostics: Diagnostics,
    /// The names and texts of the files that could be read, which labels point into.
    pub sources: Vec<(String, String)>,
}

/// Converts files that hold a pod definition or an array of them.
#[must_use]
pub fn convert(files: &[PathBuf]) -> Converted {
    let mut out = Converted::default();
    let mut pods = Vec::new();
    for file in files {
        let name = file.display().to_string();
        match std::fs::read(file) {
            Ok(bytes) => read(&name, bytes, &mut pods, &mut out),
            Err(error) => out
                .diagnostics
                .push(Diagnostic::error(code::CLI_IO, format!("cannot read `{name}`: {error}"))),
        }
    }
    out.hcl = hcl(&pods);
    out
}

/// Converts the bytes of one file.
#[must_use]
pub fn convert_bytes(name: &str, bytes: Vec<u8>) -> Converted {
    let mut out = Converted::default();
    let mut pods = Vec::new();
    read(name, bytes, &mut pods, &mut out);
    out.hcl = hcl(&pods);
    out
}

/// The definitions of one file, converted.
fn read(name: &str, bytes: Vec<u8>, pods: &mut Vec<Value>, out: &mut Converted) {
    let Ok(text) = String::from_utf8(bytes) else {
        let summary = format!("`{name}` is not UTF-8");
        out.diagnostics.push(Diagnostic::error(code::ENCODING, summary));
        return;
    };
    // Some editors begin a file with a mark of its byte order, which is no JSON.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    match serde_json::from_str::<Json>(&text) {
        Err(error) => out.diagnostics.push(broken(name, &text, &error)),
        Ok(json) => {
            let source = Source { name: name.into(), places: locate::places(&text) };
            for (root, definition) in definitions(&json) {
                let (pod, diagnostics) = source.pod(&root, definition);
                out.diagnostics.extend(diagnostics);
                pods.extend(pod);
            }
        }
    }
    out.sources.push((name.to_owned(), text));
}

/// The definitions in a file with their places.
fn definitions(json: &Json) -> Vec<(String, &Json)> {
    match json {
        Json::Array(items) => {
            items.iter().enumerate().map(|(at, item)| (format!("({at})"), item)).collect()
        }
        other => vec![(String::new(), other)],
    }
}

/// That a text is not JSON, with the place.
fn broken(name: &str, text: &str, error: &serde_json::Error) -> Diagnostic {
    let before: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let mut start = (before + error.column().saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let end = start + text[start..].chars().next().map_or(0, char::len_utf8);
    Diagnostic::error(code::CONVERT, format!("`{name}` is not JSON: {error}")).label(label(
        name,
        (start, end),
        "here",
    ))
}

fn label(file: &str, (start, end): (usize, usize), text: &str) -> Label {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Label { file: file.into(), start: offset(start), end: offset(end), text: text.into() }
}

/// A file and the places in it.
struct Source {
    name: Arc<str>,
    places: Places,
}

impl Source {
    /// Converts the definition at `root`: the pod as it is written, unless it is refused.
    fn pod(&self, root: &str, definition: &Json) -> (Option<Value>, Diagnostics) {
        let lifted = lift(definition);
        let mut diagnostics = Diagnostics::new();
        if is_app(definition) {
            diagnostics.push(self.app(root));
            return (None, diagnostics);
        }
        for dropped in &lifted.dropped {
            diagnostics.push(self.dropped(root, dropped));
        }
        for fault in &lifted.faults {
            diagnostics.push(self.fault(root, fault));
        }
        // What could not be read would break rules that the definition keeps.
        if lifted.faults.iter().all(|fault| fault.stage == Stage::Rules) {
            for finding in rules::check(&lifted.pod).iter().filter(|finding| is_error(finding)) {
                diagnostics.push(self.finding(root, finding, &lifted));
            }
        }
        let pod = (!diagnostics.has_errors()).then_some(lifted.written);
        (pod, diagnostics)
    }

    /// The place of a path, or of what would hold it, as a label.
    fn label(&self, root: &str, path: &str, text: &str) -> Option<Label> {
        let span = self.places.nearest(&format!("{root}{path}"))?;
        Some(label(&self.name, span, text))
    }

    fn placed(&self, diagnostic: Diagnostic, root: &str, path: &str, text: &str) -> Diagnostic {
        match self.label(root, path, text) {
            Some(label) => diagnostic.label(label),
            None => diagnostic,
        }
    }

    fn app(&self, root: &str) -> Diagnostic {
        let summary = "this is the definition of an app, not of a pod";
        let diagnostic = Diagnostic::error(code::CONVERT, summary)
            .help("convert definitions from Marathon's `/v2/pods`");
        self.placed(diagnostic, root, "", "no `containers`")
    }

    fn dropped(&self, root: &str, dropped: &Dropped) -> Diagnostic {
        let summary = format!("`{}` {}", dropped.path, dropped.reason);
        let mut diagnostic = Diagnostic::warning(code::CONVERT_DROPPED, summary);
        if let Some(meant) = &dropped.suggestion {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        }
        self.placed(diagnostic, root, &dropped.path, "left out")
    }

    fn fault(&self, root: &str, fault: &Fault) -> Diagnostic {
        let summary = match explained(&fault.error) {
            Some(text) => format!("`{}` {text}", shown(&fault.path)),
            None => format!("`{}`: {}", shown(&fault.path), fault.error),
        };
        let who = match fault.stage {
            Stage::Reading | Stage::Rules => format!("Marathon answers `{}`. ", fault.error),
            Stage::Podform => "Marathon takes it, podform does not. ".into(),
        };
        let detail = format!("{who}{}", in_podform(&fault.attribute));
        let diagnostic =
            Diagnostic::error(code::CONVERT, summary).detail(detail).path(fault.attribute.clone());
        self.placed(diagnostic, root, &fault.path, "refused")
    }

    fn finding(&self, root: &str, finding: &Finding, lifted: &Lifted) -> Diagnostic {
        let path = marathon_path(&lifted.pod, &finding.path);
        let theirs = words::of(finding, &lifted.pod);
        let mut detail = String::new();
        for one in &theirs {
            for error in &one.errors {
                detail.push_str(&format!("Marathon answers `{error}` at `{}`. ", one.path));
            }
        }
        if theirs.is_empty() {
            detail.push_str("Marathon takes it, podform does not. ");
        }
        detail.push_str(&in_podform(&finding.path));
        let mut diagnostic =
            Diagnostic::error(code::CONVERT, format!("`{path}`: {}", finding.summary))
                .detail(detail)
                .path(finding.path.clone());
        diagnostic.help.clone_from(&finding.help);
        let mut diagnostic = self.placed(diagnostic, root, path.trim_end_matches('/'), "refused");
        for related in &finding.related {
            let path = marathon_path(&lifted.pod, related);
            diagnostic.labels.extend(self.label(root, path.trim_end_matches('/'), ""));
        }
        diagnostic
    }
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == podform_model::Severity::Error
}

/// Whether a definition is surely an app's.
fn is_app(definition: &Json) -> bool {
    let has = |name| definition.get(name).is_some();
    !has("containers") && (has("cmd") || has("args") || has("container"))
}

/// Marathon's path for a message; the root has none.
fn shown(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

fn in_podform(attribute: &AttributePath) -> String {
    if attribute.0.is_empty() {
        "In podform it is the pod itself.".into()
    } else {
        format!("In podform it is `{attribute}`.")
    }
}

/// An error key of Marathon's reader in words, to follow the path.
fn explained(error: &str) -> Option<&'static str> {
    Some(match error {
        "error.path.missing" => "is missing",
        "error.expected.jsstring" => "must be a string",
        "error.expected.jsnumber" => "must be a number",
        "error.expected.jsboolean" => "must be true or false",
        "error.expected.jsarray" => "must be an array",
        "error.expected.jsobject" => "must be an object",
        "error.expected.int" => "must be a whole number",
        "error.unknown.enum.literal" => "is none of the values that Marathon knows",
        "error.pattern" => "has a form that Marathon does not allow",
        "error.minLength" => "is too short",
        "error.maxLength" => "is too long",
        "error.min" => "is too small",
        "error.max" => "is too large",
        _ => return None,
    })
}

/// The blocks of these pods.
fn hcl(pods: &[Value]) -> String {
    let mut taken = BTreeSet::new();
    let labelled = pods.iter().map(|pod| {
        let id = pod.get("id").and_then(Value::as_str).unwrap_or_default();
        write::pod_block(&unique(id, &mut taken), pod, None)
    });
    write::format(&labelled.collect())
}

/// A block label for a pod's id: its last element, or as much of the id as makes it unique.
fn unique(id: &str, taken: &mut BTreeSet<String>) -> String {
    let elements: Vec<_> = id.split('/').filter(|element| !element.is_empty()).collect();
    let by_element = (0..elements.len()).rev().map(|from| identifier(&elements[from..].join("_")));
    let whole = identifier(&elements.join("_"));
    let numbered = (2..).map(|number| format!("{whole}_{number}"));
    let label = by_element.chain(numbered).find(|label| !taken.contains(label));
    let label = label.unwrap_or(whole);
    taken.insert(label.clone());
    label
}

/// A text as a name that references can use without quotes.
fn identifier(text: &str) -> String {
    let mut name: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "pod_");
    }
    name
}

#[cfg(test)]
mod tests;
