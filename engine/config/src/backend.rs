//! Where the state is kept, read from the files of the root module without the rest of them.

use crate::declare::Declaring;
use crate::ir::Body;
use crate::query::Outline;
use crate::source::{Names, SourceFile, Sources};
use crate::{overrides, syntax};
use podform_model::{Diagnostics, Label, Value};

/// A `backend` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Backend {
    /// Its label: `local`.
    pub kind: String,
    /// Its arguments.
    pub settings: Value,
    /// Its place.
    pub label: Label,
}

/// The backend that the files of a root module choose.
///
/// Only the `podform` blocks of HCL files are read, so that this costs little however much they
/// hold, and what is wrong elsewhere does not matter.
pub fn backend(files: &[SourceFile]) -> (Option<Backend>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    if !files.iter().any(|file| may_hold(file, "backend")) {
        return (None, diagnostics);
    }
    let files = files.iter().filter(|file| may_hold(file, "podform")).map(settings_only);
    let sources = Sources { files: files.collect() };
    let mut names = Names::default();
    let bodies: Vec<(usize, Body)> = (0..sources.files.len())
        .filter_map(|file| {
            let mut body = syntax::read(&sources, file, &mut names, &mut diagnostics)?;
            body.attributes.clear();
            body.blocks.retain(|block| &*block.kind.text == "podform");
            Some((file, body))
        })
        .collect();
    let bodies = overrides::merge(bodies, &sources, &mut diagnostics);
    let mut declaring = Declaring::new(&sources, &mut diagnostics);
    for body in bodies {
        declaring.file(body);
    }
    let found = declaring.module.settings.backend.take();
    let backend = found.map(|(kind, settings, span)| {
        let label = sources.label(span, "");
        Backend { kind, settings, label }
    });
    (backend, diagnostics)
}

/// Whether a file may hold a word; in JSON it can be spelt with escapes.
fn may_hold(file: &SourceFile, word: &str) -> bool {
    file.text.contains(word) || (file.is_json() && file.text.contains("\\u"))
}

/// A file in which only the `podform` blocks are left, at their places.
fn settings_only(file: &SourceFile) -> SourceFile {
    if file.is_json() {
        return file.clone();
    }
    let outline = Outline::of(&file.text);
    let blocks = outline.blocks().iter();
    let settings = blocks.filter(|block| block.parent == Some(0) && block.kind.text == "podform");
    let mut out = String::with_capacity(file.text.len());
    for block in settings {
        out.extend(std::iter::repeat_n(' ', block.range.start.saturating_sub(out.len())));
        out.push_str(file.text.get(block.range.clone()).unwrap_or_default());
        out.push('\n');
    }
    SourceFile::new(file.name.clone(), out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(files: &[(&str, &str)]) -> (Option<String>, Diagnostics) {
        let files: Vec<SourceFile> =
            files.iter().map(|(name, text)| SourceFile::new(*name, *text)).collect();
        let (backend, found) = backend(&files);
        let path = backend.and_then(|backend| Some(backend.settings.get("path")?.as_str()?.into()));
        (path, found)
    }

    #[test]
    fn only_the_settings_are_read() {
        let main = "pod \"backend\" { nonsense = ( }\npodform {\n  backend \"local\" {\n    path = \"é/x\"\n  }\n}\npod \"b\" {";
        assert_eq!(path_of(&[("main.pf.hcl", main)]), (Some("é/x".into()), Diagnostics::new()));
        let (found, _) = backend(&[SourceFile::new("main.pf.hcl", main)]);
        let label = found.unwrap().label;
        assert_eq!(&main[label.start as usize..label.end as usize], "backend \"local\"");
    }

    #[test]
    fn json_and_overrides_choose_one_too() {
        let json = r#"{ "podform": { "backend": { "local": { "path": "j" } } }, "pod": {} }"#;
        assert_eq!(path_of(&[("a.pf.json", json)]).0.as_deref(), Some("j"));
        let base = ("a.pf.hcl", "podform {\n}\n");
        let over =
            ("override.pf.hcl", "podform {\n  backend \"local\" {\n    path = \"o\"\n  }\n}\n");
        assert_eq!(path_of(&[base, over]), (Some("o".into()), Diagnostics::new()));
    }

    #[test]
    fn no_backend_is_no_finding_and_a_broken_one_is() {
        assert_eq!(path_of(&[("a.pf.hcl", "pod \"backend\" {")]), (None, Diagnostics::new()));
        let broken = "podform {\n  backend \"local\" {\n    path = var.x\n  }\n}\n";
        assert!(path_of(&[("a.pf.hcl", broken)]).1.has_errors());
    }
}
