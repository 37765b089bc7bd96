//! Shows diagnostics: the one place that knows miette.

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};
use podform_model::{Diagnostic, Diagnostics, Label, Severity};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Arc, OnceLock};

/// How many diagnostics of each severity are shown before the rest is only counted.
const SHOWN: usize = 50;

/// The texts that spans point into, by name.
#[derive(Debug, Clone, Default)]
pub struct Sources(BTreeMap<Arc<str>, Arc<Indexed>>);

#[derive(Debug)]
struct Indexed {
    text: Arc<str>,
    /// The byte at which each line starts, once something is shown of it.
    lines: OnceLock<Vec<usize>>,
}

impl Sources {
    /// Adds a text.
    pub fn insert(&mut self, name: Arc<str>, text: Arc<str>) {
        self.0.insert(name, Arc::new(Indexed { text, lines: OnceLock::new() }));
    }

    /// The line and column (both from 1) of the first byte of a label.
    #[must_use]
    pub fn position(&self, label: &Label) -> Option<(usize, usize)> {
        let source = self.0.get(&label.file)?;
        let line = source.line_of(label.start as usize);
        let start = source.lines()[line];
        let before = source.text.get(start..label.start as usize)?;
        Some((line + 1, before.chars().count() + 1))
    }
}

impl Sources {
    /// The range and the snippet of a label, as Terraform writes them.
    fn place(&self, label: &Label) -> Option<(serde_json::Value, serde_json::Value)> {
        let source = self.0.get(&label.file)?;
        let (start, end) = (label.start as usize, (label.end as usize).max(label.start as usize));
        let (first, last) =
            (source.line_of(start), source.line_of(end.saturating_sub(1).max(start)));
        let from = source.lines()[first];
        let to = source.lines().get(last + 1).copied().unwrap_or(source.text.len());
        let code = source.text.get(from..to)?.trim_end_matches(['\n', '\r']);
        let range = json!({
            "filename": &*label.file,
            "start": source.position(start)?,
            "end": source.position(end)?,
        });
        let snippet = json!({
            "context": null,
            "code": code,
            "start_line": first + 1,
            "highlight_start_offset": start - from,
            "highlight_end_offset": (end - from).min(code.len()),
            "values": [],
        });
        Some((range, snippet))
    }
}

impl Indexed {
    fn lines(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect()
        })
    }

    /// Line and column from 1, and the byte.
    fn position(&self, at: usize) -> Option<serde_json::Value> {
        let line = self.line_of(at);
        let column = self.text.get(self.lines()[line]..at)?.chars().count() + 1;
        Some(json!({ "line": line + 1, "column": column, "byte": at }))
    }

    fn line_of(&self, at: usize) -> usize {
        self.lines().partition_point(|start| *start <= at).saturating_sub(1)
    }
}

/// The longest piece of a source that is shown with a finding, in bytes.
const LONGEST: usize = 4000;

/// How much of a longer one is shown before and after the place itself, in bytes.
const AROUND: usize = 100;

impl Indexed {
    /// What of a piece is shown around a place in it: all, unless its lines are endless.
    fn clip(&self, start: usize, stop: usize, from: usize, to: usize) -> (usize, usize) {
        if stop - start <= LONGEST {
            return (start, stop);
        }
        let first = self.text.floor_char_boundary(from.saturating_sub(AROUND)).max(start);
        let last = self.text.ceil_char_boundary(to.min(from + LONGEST) + AROUND).min(stop);
        (first, last.max(to))
    }
}

/// A source as miette wants it; only the lines around a span are ever looked at.
struct Window {
    name: Arc<str>,
    source: Arc<Indexed>,
}

impl SourceCode for Window {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = self.source.text.as_bytes();
        let end = span.offset() + span.len();
        if end > text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let lines = self.source.lines();
        let first = self.source.line_of(span.offset()).saturating_sub(before);
        let last = self.source.line_of(end.saturating_sub(usize::from(!span.is_empty()))) + after;
        let start = lines[first];
        let stop = lines.get(last + 1).copied().unwrap_or(text.len());
        let (start, stop) = self.source.clip(start, stop, span.offset(), end);
        let first = self.source.line_of(start);
        let window = SourceSpan::from((start, stop - start));
        // Without context the caller wants the place itself, for the head of the report.
        let line = lines[self.source.line_of(span.offset())];
        let until = if before + after == 0 { span.offset() } else { line };
        let column = self.source.text.get(line..until).map_or(0, |t| t.chars().count());
        let contents = MietteSpanContents::new_named(
            self.name.to_string(),
            &text[start..stop],
            window,
            first,
            column,
            lines.len(),
        );
        Ok(Box::new(contents))
    }
}

/// A diagnostic as miette wants it.
struct Report {
    diagnostic: Diagnostic,
    severity: miette::Severity,
    source: Option<Window>,
    labels: Vec<Label>,
    related: Vec<Self>,
    detail: String,
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.summary)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.diagnostic.summary))?;
        if !self.detail.is_empty() {
            write!(f, "\n{}", printable(&self.detail))?;
        }
        Ok(())
    }
}

impl std::error::Error for Report {}

impl miette::Diagnostic for Report {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        if self.diagnostic.code.is_empty() { None } else { Some(Box::new(&self.diagnostic.code)) }
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.diagnostic.help.as_deref()?;
        Some(Box::new(printable(help)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.source.as_ref()?;
        Some(Box::new(self.labels.iter().enumerate().map(|(at, label)| {
            let span = SourceSpan::from((label.start as usize, (label.end - label.start) as usize));
            let text = (!label.text.is_empty()).then(|| printable(&label.text));
            if at == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.related.is_empty() {
            return None;
        }
        Some(Box::new(self.related.iter().map(|report| report as &dyn miette::Diagnostic)))
    }
}

impl Report {
    fn new(diagnostic: &Diagnostic, sources: &Sources) -> Self {
        let (known, unknown): (Vec<Label>, Vec<Label>) =
            diagnostic.labels.iter().cloned().partition(|label| fits(sources, label));
        let mut detail = diagnostic.detail.clone().unwrap_or_default();
        for label in &unknown {
            let _ = write!(detail, "\nin {}", label.file);
        }
        if diagnostic.labels.is_empty()
            && let Some(address) = &diagnostic.address
        {
            let _ = match &diagnostic.path {
                Some(path) if !path.0.is_empty() => write!(detail, "\nin {address}, {path}"),
                _ if diagnostic.summary.contains(&address.to_string()) => Ok(()),
                _ => write!(detail, "\nin {address}"),
            };
        }
        let main = known.first().map(|label| label.file.clone());
        let (here, elsewhere): (Vec<Label>, Vec<Label>) =
            known.into_iter().partition(|label| Some(&label.file) == main.as_ref());
        let related = elsewhere.iter().map(|label| Self::place(label, sources)).collect();
        Self {
            diagnostic: diagnostic.clone(),
            severity: match diagnostic.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            },
            source: main.and_then(|name| window(sources, &name)),
            labels: here,
            related,
            detail: detail.trim_start_matches('\n').to_owned(),
        }
    }

    /// A place in another file than the main one.
    fn place(label: &Label, sources: &Sources) -> Self {
        Self {
            diagnostic: Diagnostic::warning("", "see also"),
            severity: miette::Severity::Advice,
            source: window(sources, &label.file),
            labels: vec![label.clone()],
            related: Vec::new(),
            detail: String::new(),
        }
    }
}

fn window(sources: &Sources, name: &Arc<str>) -> Option<Window> {
    Some(Window { name: name.clone(), source: sources.0.get(name)?.clone() })
}

fn fits(sources: &Sources, label: &Label) -> bool {
    sources.0.get(&label.file).is_some_and(|source| {
        label.start <= label.end
            && source.text.is_char_boundary(label.start as usize)
            && source.text.is_char_boundary(label.end as usize)
            && label.end as usize <= source.text.len()
    })
}

/// The text with control characters made visible, so that user text cannot drive the terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control()
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c) =>
            {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

/// Renders diagnostics for people.
#[must_use]
pub fn render(diagnostics: &Diagnostics, sources: &Sources, color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(110)
        .with_links(false)
        .with_context_lines(1);
    let mut out = String::new();
    for severity in [Severity::Warning, Severity::Error] {
        let all: Vec<_> = diagnostics.iter().filter(|d| d.severity == severity).collect();
        for diagnostic in all.iter().take(SHOWN) {
            let report = Report::new(diagnostic, sources);
            let before = out.len();
            if handler.render_report(&mut out, &report).is_err() {
                out.truncate(before);
                let _ = writeln!(out, "{}: {report}", diagnostic.code);
            }
            out.push('\n');
        }
        if all.len() > SHOWN {
            let kind = if severity == Severity::Error { "errors" } else { "warnings" };
            let _ = writeln!(out, "… and {} more {kind}\n", all.len() - SHOWN);
        }
    }
    out
}

/// Diagnostics as JSON: plain data, with line and column of each label where its source is known.
/// Terraform's `detail`, `range` and `snippet` stand beside them, for tools that read its output.
#[must_use]
pub fn to_json(diagnostics: &Diagnostics, sources: &Sources) -> serde_json::Value {
    let list = diagnostics.iter().map(|diagnostic| {
        let mut value = serde_json::to_value(diagnostic).unwrap_or_default();
        if let Some(object) = value.as_object_mut() {
            object.entry("detail").or_insert_with(|| "".into());
            let place = diagnostic.labels.first().and_then(|label| sources.place(label));
            if let Some((range, snippet)) = place {
                object.insert("range".into(), range);
                object.insert("snippet".into(), snippet);
            }
        }
        if let Some(labels) = value.get_mut("labels").and_then(serde_json::Value::as_array_mut) {
            for (json, label) in labels.iter_mut().zip(&diagnostic.labels) {
                if let (Some(object), Some((line, column))) =
                    (json.as_object_mut(), sources.position(label))
                {
                    object.insert("line".into(), line.into());
                    object.insert("column".into(), column.into());
                }
            }
        }
        value
    });
    serde_json::Value::Array(list.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Sources {
        let mut sources = Sources::default();
        sources.insert("web.pf.hcl".into(), "pod \"web\" {\n  imge = \"x\"\n}\n".into());
        sources
    }

    #[test]
    fn of_an_endless_line_only_what_is_around_the_place_is_shown() {
        let mut sources = Sources::default();
        let text = format!("a = [\n  {}é wrong {}\n]\n", "1, ".repeat(5000), "é, ".repeat(5000));
        let start = u32::try_from(text.find("wrong").unwrap()).unwrap();
        sources.insert("long.pf.hcl".into(), text.into());
        let label =
            Label { file: "long.pf.hcl".into(), start, end: start + 5, text: "here".into() };
        let diagnostic = Diagnostic::error("config::syntax", "wrong").label(label);
        let text = render(&diagnostic.into(), &sources, false);
        assert!(text.len() < 1500, "{}", text.len());
        assert!(text.contains("[long.pf.hcl:2:15005]"), "{text}");
        assert!(text.contains(" 2 │ ") && text.contains("é wrong é"), "{text}");
    }

    #[test]
    fn a_diagnostic_points_at_the_character() {
        let label = Label {
            file: "web.pf.hcl".into(),
            start: 14,
            end: 18,
            text: "not an attribute".into(),
        };
        let diagnostic = Diagnostic::error("config::unknown_attribute", "unknown attribute `imge`")
            .help("write `image`")
            .label(label.clone());
        let text = render(&diagnostic.into(), &sources(), false);
        insta::assert_snapshot!(text, @r#"
        config::unknown_attribute

          × unknown attribute `imge`
           ╭─[web.pf.hcl:2:3]
         1 │ pod "web" {
         2 │   imge = "x"
           ·   ──┬─
           ·     ╰── not an attribute
         3 │ }
           ╰────
          help: write `image`
        "#);
        assert_eq!(sources().position(&label), Some((2, 3)));
    }

    #[test]
    fn json_has_the_ranges_that_terraform_writes() {
        let label = Label { file: "web.pf.hcl".into(), start: 14, end: 18, text: "not one".into() };
        let diagnostic = Diagnostic::error("config::unknown_attribute", "unknown").label(label);
        let json = to_json(&diagnostic.into(), &sources());
        assert_eq!(
            json[0]["range"],
            json!({
                "filename": "web.pf.hcl",
                "start": { "line": 2, "column": 3, "byte": 14 },
                "end": { "line": 2, "column": 7, "byte": 18 },
            })
        );
        assert_eq!(
            json[0]["snippet"],
            json!({
                "context": null,
                "code": "  imge = \"x\"",
                "start_line": 2,
                "highlight_start_offset": 2,
                "highlight_end_offset": 6,
                "values": [],
            })
        );
        assert_eq!((&json[0]["severity"], &json[0]["detail"]), (&json!("error"), &json!("")));
        let bare = to_json(&Diagnostic::error("x::y", "bare").into(), &sources());
        assert_eq!(bare[0].get("range"), None);
    }

    #[test]
    fn a_label_outside_its_source_is_no_panic() {
        for (file, start, end) in [("web.pf.hcl", 5, 4000), ("web.pf.hcl", 9, 2), ("gone", 0, 1)] {
            let label = Label { file: file.into(), start, end, text: String::new() };
            let diagnostic = Diagnostic::error("x::y", "broken").label(label);
            assert!(render(&diagnostic.into(), &sources(), false).contains("broken"));
        }
    }

    #[test]
    fn control_characters_are_shown() {
        assert_eq!(printable("a\u{1b}[31m\u{202e}"), "a\\u{1b}[31m\\u{202e}");
    }
}
