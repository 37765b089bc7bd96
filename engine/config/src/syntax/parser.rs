//! The parser: from text to the lowered form in one pass.
//!
//! It is our own because every fault must have its place and every expression its span, because
//! what HCL allows has no small limits (keys of an object, operators in a row), and because a tree
//! of all white space, lowered after that, weighs many times the text.

use super::scan::{Token, scan};
use crate::ir::{Expr, Name, Spanned};
use crate::source::{Names, Sources, Span};
use podform_model::{Diagnostic, Diagnostics, code};

/// How deep brackets, blocks, templates, operators before a value and conditionals may be nested.
const MAX_DEPTH: usize = 200;
/// After so many findings no more of a text that cannot be read is looked at.
pub(super) const MOST: usize = 20;
/// In a text of more bytes nothing is looked at after a fault: its tokens would weigh many times the text.
const LARGE: usize = 2 * 1024 * 1024;

/// That something could not be read; why has been reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop;

/// What was read.
pub(crate) type Parse<T> = Result<T, Stop>;

/// Reads one text.
pub(crate) struct Parser<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) names: &'a mut Names,
    pub(crate) diagnostics: Diagnostics,
    /// The names bound by the `for`s around.
    pub(crate) bound: Vec<Name>,
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// Whether the end of a line ends what is read; within brackets it does not.
    pub(super) lines: bool,
    /// Whether something could not be read.
    pub(super) faulty: bool,
    /// Nothing after a text nested too deep is looked at.
    pub(super) too_deep: bool,
    /// Whether a key may name a provider: `mesos.eu`, in the `providers` of a module.
    pub(super) provider_keys: bool,
    file: u32,
    depth: usize,
    places: Places<'a>,
    tokens: Option<Vec<Token>>,
}

/// Where the bytes of the text stand in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Places<'a> {
    /// From this offset on.
    From(u32),
    /// Each byte at its own offset, and the end: text that the file spells with escapes.
    Each(&'a [u32]),
}

impl<'a> Parser<'a> {
    pub(super) fn new(
        sources: &'a Sources,
        names: &'a mut Names,
        file: u32,
        text: &'a str,
        places: Places<'a>,
    ) -> Self {
        Self {
            sources,
            names,
            diagnostics: Diagnostics::new(),
            bound: Vec::new(),
            text,
            at: 0,
            lines: true,
            faulty: false,
            too_deep: false,
            provider_keys: false,
            file,
            depth: 0,
            places,
            tokens: None,
        }
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let place = |at: usize| match self.places {
            Places::From(offset) => offset + u32::try_from(at).unwrap_or(u32::MAX / 2),
            Places::Each(places) => places.get(at).or(places.last()).copied().unwrap_or_default(),
        };
        Span { file: self.file, start: place(start), end: place(end) }
    }

    /// The span from a place to here.
    pub(super) fn since(&self, start: usize) -> Span {
        self.span(start, self.at)
    }

    /// The byte this far ahead, 0 at the end.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or_default()
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Whether the line ends here.
    pub(super) fn at_line_end(&self) -> bool {
        self.at_end() || self.peek(0) == b'\n' || (self.peek(0) == b'\r' && self.peek(1) == b'\n')
    }

    /// Skips space and comments; ends of lines only where they do not count.
    pub(super) fn skip(&mut self) {
        loop {
            self.at += leading(self.rest(), |byte| matches!(byte, b' ' | b'\t'));
            match (self.peek(0), self.peek(1)) {
                (b'\r', b'\n') | (b'\n', _) if !self.lines => self.at += 1,
                (b'#', _) | (b'/', b'/') => {
                    let rest = self.rest();
                    let length = rest.find('\n').unwrap_or(rest.len());
                    let length = rest[..length].trim_end_matches('\r').len();
                    self.at += length;
                }
                (b'/', b'*') => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let rest = self.rest();
        if let Some(length) = rest[2..].find("*/") {
            self.at += length + 4;
            return;
        }
        let (span, help) = (self.span(self.at, self.at + 2), "write `*/` after it");
        let _: Parse<()> = self.fail(span, "this comment was never closed", "opened here", help);
        self.at += rest.len();
    }

    /// Skips space, comments and ends of lines.
    pub(super) fn blank(&mut self) {
        let lines = std::mem::replace(&mut self.lines, false);
        self.skip();
        self.lines = lines;
    }

    /// Skips space, then takes this text if it comes next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        self.skip();
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// The identifier that begins here, without taking it.
    pub(super) fn word(&self) -> Option<&'a str> {
        let rest = self.rest();
        let ascii =
            leading(rest, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if rest.as_bytes().get(ascii).is_none_or(u8::is_ascii) {
            let begins = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
            return rest.get(..ascii).filter(|_| begins);
        }
        let mut chars = rest.char_indices();
        let (_, first) = chars.next()?;
        if first != '_' && !unicode_ident::is_xid_start(first) {
            return None;
        }
        let end = chars
            .find(|(_, c)| *c != '-' && !unicode_ident::is_xid_continue(*c))
            .map_or(rest.len(), |(at, _)| at);
        rest.get(..end)
    }

    /// Takes the identifier that comes next.
    pub(super) fn ident(&mut self) -> Option<Spanned> {
        self.skip();
        let (start, word) = (self.at, self.word()?);
        self.at += word.len();
        Some(Spanned { text: self.names.intern(word), span: self.since(start) })
    }

    /// Runs with ends of lines that count or do not.
    pub(super) fn within<T>(&mut self, lines: bool, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.lines, lines);
        let out = run(self);
        self.lines = before;
        out
    }

    /// Runs one level deeper, unless that is too deep.
    pub(super) fn deeper<T>(&mut self, run: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        self.check_depth(0)?;
        self.depth += 1;
        let out = run(self);
        self.depth -= 1;
        out
    }

    /// Reports when so many levels more than here are too many.
    pub(super) fn check_depth(&mut self, more: usize) -> Parse<()> {
        if self.depth + more < MAX_DEPTH {
            return Ok(());
        }
        self.too_deep = true;
        let span = self.next_char();
        let summary = format!("this is nested more than {MAX_DEPTH} levels deep");
        self.fail(span, summary, "too deep", "name the inner parts with `locals`")
    }

    /// Runs with names bound.
    pub(super) fn binding<T>(
        &mut self,
        names: impl IntoIterator<Item = Name>,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let depth = self.bound.len();
        self.bound.extend(names);
        let out = run(self);
        self.bound.truncate(depth);
        out
    }

    /// The span of the next character, empty at the end of a line.
    pub(super) fn next_char(&self) -> Span {
        let length = match self.rest().chars().next() {
            Some(c) if !self.at_line_end() => c.len_utf8(),
            _ => 0,
        };
        self.span(self.at, self.at + length)
    }

    /// Reports a fault and gives up what is being read.
    pub(super) fn fail<T>(
        &mut self,
        span: Span,
        summary: impl Into<String>,
        label: &str,
        help: &str,
    ) -> Parse<T> {
        let label = self.sources.label(span, label);
        let mut diagnostic = Diagnostic::error(code::SYNTAX, summary).label(label);
        if !help.is_empty() {
            diagnostic = diagnostic.help(help);
        }
        self.faulty = true;
        self.diagnostics.push(diagnostic);
        Err(Stop)
    }

    /// Reports a fault at the next character.
    pub(super) fn fail_here<T>(&mut self, summary: impl Into<String>, help: &str) -> Parse<T> {
        let span = self.next_char();
        self.fail(span, summary, "", help)
    }

    /// An expression and nothing after it.
    pub(super) fn only_expr(&mut self) -> Parse<Expr> {
        let expr = self.within(false, Self::expr)?;
        self.blank();
        if self.at_end() { Ok(expr) } else { self.fail_here("the expression should end here", "") }
    }

    /// Whether nothing is looked at after a fault.
    pub(super) fn is_large(&self) -> bool {
        self.text.len() > LARGE
    }

    /// The tokens of the whole text; brackets and quotes are whole in them.
    pub(super) fn tokens(&mut self) -> &[Token] {
        let text = self.text;
        self.tokens.get_or_insert_with(|| scan(text).tokens)
    }
}

/// How many bytes at the start are such.
fn leading(text: &str, is: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|byte| is(*byte)).count()
}
