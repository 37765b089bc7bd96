//! The text of one configuration file.

use crate::value::normalise;
use podform_model::{Diagnostic, Label, code};
use std::sync::Arc;

/// The largest file of a configuration, in bytes.
pub const MAX_FILE: usize = 32 * 1024 * 1024;

/// One file: its name as shown to the user, and its text without a byte order mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The name, a path relative to the working folder.
    pub name: Arc<str>,
    /// The text. Labels count its bytes.
    pub text: Arc<str>,
}

impl SourceFile {
    /// A file from text; a byte order mark at the start is dropped.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let text = text.strip_prefix('\u{feff}').map(Arc::from).unwrap_or(text);
        Self { name: name.into(), text }
    }

    /// A file from its bytes; a byte order mark at the start is dropped.
    ///
    /// # Errors
    /// `config::encoding` when the bytes are not UTF-8 or more than [`MAX_FILE`].
    #[expect(clippy::result_large_err, reason = "made once per file")]
    pub fn from_bytes(name: impl Into<Arc<str>>, bytes: &[u8]) -> Result<Self, Diagnostic> {
        let name = name.into();
        check_length(&name, bytes.len() as u64)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::new(name, text)),
            Err(error) => Err(not_utf8(&name, bytes, error.valid_up_to())),
        }
    }

    /// Whether it is a test file in JSON.
    pub(crate) fn is_json_test(&self) -> bool {
        self.name.ends_with(".pftest.json")
    }

    /// Whether the file is written in JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.name.ends_with(".json")
    }

    /// The same file, not larger than what the parser relies on.
    #[expect(clippy::result_large_err, reason = "made once per file")]
    pub(crate) fn checked(self) -> Result<Self, Diagnostic> {
        check_length(&self.name, self.text.len() as u64)?;
        Ok(self)
    }
}

/// Whether a file of so many bytes may be read.
///
/// # Errors
/// `config::encoding` when it has more than [`MAX_FILE`].
#[expect(clippy::result_large_err, reason = "made once per file")]
pub fn check_length(name: &str, length: u64) -> Result<(), Diagnostic> {
    if length <= MAX_FILE as u64 {
        return Ok(());
    }
    Err(Diagnostic::error(
        code::ENCODING,
        format!("`{name}` has {length} bytes, more than the limit of 32 MiB"),
    )
    .help("split the file, or read large data with `jsondecode(file(\"data.json\"))`"))
}

fn not_utf8(name: &Arc<str>, bytes: &[u8], at: usize) -> Diagnostic {
    let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&bytes[start..at]).chars().count() + 1;
    let byte = bytes.get(at).copied().unwrap_or_default();
    Diagnostic::error(
        code::ENCODING,
        format!("`{name}` is not UTF-8: byte 0x{byte:02x} at line {line}, column {column}"),
    )
    .help("save the file as UTF-8")
    .label(Label { file: name.clone(), start: 0, end: 0, text: String::new() })
}

/// A place in one of the files of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Span {
    /// The index of the file.
    pub(crate) file: u32,
    /// First byte.
    pub(crate) start: u32,
    /// The byte after the last.
    pub(crate) end: u32,
}

impl Span {
    /// Whether another span lies within this one.
    pub(crate) fn holds(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The span from the start of one to the end of another.
    pub(crate) fn to(self, end: Self) -> Self {
        Self { end: end.end.max(self.start), ..self }
    }
}

/// The files that spans point into.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) files: Vec<SourceFile>,
}

impl Sources {
    /// A label for a span.
    pub(crate) fn label(&self, span: Span, text: impl Into<String>) -> Label {
        let file = self.files.get(span.file as usize);
        Label {
            file: file.map_or_else(|| "<none>".into(), |file| file.name.clone()),
            start: span.start,
            end: span.end,
            text: text.into(),
        }
    }

    /// The text of a span.
    pub(crate) fn text(&self, span: Span) -> &str {
        self.files
            .get(span.file as usize)
            .and_then(|file| file.text.get(span.start as usize..span.end as usize))
            .unwrap_or_default()
    }
}

/// Interns the names of a configuration, in normal form.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: foldhash::HashSet<Arc<str>>,
}

impl Names {
    /// The shared name for a text.
    pub(crate) fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(name) = self.known.get(text) {
            return name.clone();
        }
        let name: Arc<str> = normalise(text).into_owned().into();
        self.known.insert(name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_dropped() {
        let file = SourceFile::from_bytes("a", b"\xef\xbb\xbfx = 1").unwrap();
        assert_eq!(&*file.text, "x = 1");
        assert_eq!(&*SourceFile::new("a", "\u{feff}x = 1").text, "x = 1");
    }

    #[test]
    fn places_count_from_behind_one_mark() {
        let file = SourceFile::from_bytes("a.pf.hcl", "\u{feff}\u{feff}x = 1".as_bytes()).unwrap();
        assert_eq!(&*file.text, "\u{feff}x = 1");
        let (_, found) = crate::parse(vec![file.clone()]);
        let label = &found.0[0].labels[0];
        assert_eq!(&file.text[label.start as usize..label.end as usize], "\u{feff}");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_placed() {
        let error = SourceFile::from_bytes("a.pf.hcl", b"x = 1\ny = \"\xff\"").unwrap_err();
        assert_eq!(error.code, "config::encoding");
        assert_eq!(error.summary, "`a.pf.hcl` is not UTF-8: byte 0xff at line 2, column 6");
    }

    #[test]
    fn a_large_file_is_refused() {
        let bytes = vec![b' '; MAX_FILE + 1];
        let error = SourceFile::from_bytes("big", &bytes).unwrap_err();
        assert_eq!(error.summary, "`big` has 33554433 bytes, more than the limit of 32 MiB");
    }
}
