//! What of a text that could not be read was never closed: said in place of what the parser
//! found there.

use super::parser::MOST;
use super::scan::{Problem, Token, TokenKind, closing, scan};
use crate::source::{Sources, Span};
use podform_model::{Diagnostic, Diagnostics, code};

struct Explaining<'a> {
    sources: &'a Sources,
    file: u32,
    text: &'a str,
    out: Vec<Diagnostic>,
}

/// What is wrong in a text, from what the parser found in it.
pub(super) fn better(sources: &Sources, file: u32, text: &str, found: Diagnostics) -> Diagnostics {
    let scanned = scan(text);
    if scanned.problems.is_empty() {
        return found;
    }
    let mut explaining = Explaining { sources, file, text, out: Vec::new() };
    let mut before = None;
    for problem in scanned.problems.iter().take(MOST) {
        match before {
            Some(before) if continues(text, before, problem) => explaining.several_lines(),
            _ => explaining.problem(problem),
        }
        before = Some(problem);
    }
    let pieces = pieces(text, &scanned.tokens);
    let piece = |at: usize| pieces.partition_point(|start| *start <= at);
    let open: Vec<usize> = scanned.problems.iter().map(|problem| piece(place(problem))).collect();
    let elsewhere = found.0.into_iter().filter(|found| {
        let at = found.labels.first().map_or(0, |label| label.start as usize);
        found.code != code::SYNTAX || !open.contains(&piece(at))
    });
    explaining.out.extend(elsewhere);
    Diagnostics(explaining.out)
}

/// Whether two open quotes are the two of one text that spans lines.
fn continues(text: &str, first: &Problem, second: &Problem) -> bool {
    let (Problem::Quote { line_end, .. }, Problem::Quote { at, .. }) = (first, second) else {
        return false;
    };
    // On the line of the second nothing begins a value.
    let between = text.get(*line_end..*at).unwrap_or_default();
    let line = between.rsplit('\n').next().unwrap_or_default();
    !line.contains(['=', '(', '[', '{', ',', ':'])
}

fn place(problem: &Problem) -> usize {
    match problem {
        Problem::Quote { at, .. }
        | Problem::Interpolation { at }
        | Problem::Heredoc { at, .. }
        | Problem::Comment { at }
        | Problem::Open { at, .. }
        | Problem::Stray { at, .. } => *at,
        Problem::Mismatch { open, .. } => *open,
    }
}

/// Where the top-level items begin: each with a word at the start of a line, outside of brackets.
fn pieces(text: &str, tokens: &[Token]) -> Vec<usize> {
    let mut starts = Vec::new();
    let (mut depth, mut fresh) = (0_i64, true);
    for token in tokens {
        match token.kind {
            TokenKind::Newline => {
                fresh = true;
                continue;
            }
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth = (depth - 1).max(0),
            TokenKind::Word if fresh && (depth == 0 || begins_block(text, token)) => {
                depth = 0;
                starts.push(token.start);
            }
            _ => {}
        }
        fresh = false;
    }
    starts
}

/// A block of the top level at the very start of a line: the brackets before it were not closed.
fn begins_block(text: &str, token: &Token) -> bool {
    let at_start = token.start == 0 || text.as_bytes().get(token.start - 1) == Some(&b'\n');
    let known = ["podform", "provider", "pod", "variable", "locals", "output", "module", "data"];
    at_start
        && known.contains(&&text[token.start..token.end])
        && text[token.end..].trim_start_matches(' ').starts_with(['"', '{'])
}

impl Explaining<'_> {
    #[expect(clippy::cast_possible_truncation, reason = "a file has at most 64 MiB")]
    fn span(&self, start: usize, end: usize) -> Span {
        Span { file: self.file, start: start as u32, end: end.max(start) as u32 }
    }

    fn add(&mut self, span: Span, summary: impl Into<String>, label: &str, help: &str) {
        let mut diagnostic =
            Diagnostic::error(code::SYNTAX, summary).label(self.sources.label(span, label));
        if !help.is_empty() {
            diagnostic = diagnostic.help(help);
        }
        self.out.push(diagnostic);
    }

    /// Says of the quote reported last that its text goes on in the next line.
    fn several_lines(&mut self) {
        if let Some(last) = self.out.last_mut() {
            last.summary = "a quoted string must end on its line".into();
            last.help = Some(
                "close the quote, or write text of several lines as a heredoc: `<<-EOT … EOT`"
                    .into(),
            );
        }
    }

    fn problem(&mut self, problem: &Problem) {
        match problem {
            Problem::Quote { at, line_end } => {
                let span = self.span(*at, *line_end);
                let help = "write `\"` at the end of the text; text of several lines is a heredoc: `<<-EOT … EOT`";
                self.add(span, "this quote was never closed", "opened here", help);
            }
            Problem::Interpolation { at } => {
                let span = self.span(*at, at + 2);
                let what = &self.text[*at..at + 2];
                let summary = format!("this `{what}` was never closed");
                let help = format!(
                    "write `}}` after the expression; a literal `{what}` is written `{}{what}`",
                    &what[..1]
                );
                self.add(span, summary, "opened here", &help);
            }
            Problem::Heredoc { at, end, marker } => {
                let span = self.span(*at, *end);
                let summary = format!("this heredoc was never closed: no line is `{marker}` alone");
                self.add(
                    span,
                    summary,
                    "opened here",
                    &format!("write `{marker}` on a line of its own"),
                );
            }
            Problem::Comment { at } => {
                let span = self.span(*at, at + 2);
                self.add(
                    span,
                    "this comment was never closed",
                    "opened here",
                    "write `*/` after it",
                );
            }
            Problem::Open { at, bracket } => {
                let span = self.span(*at, at + 1);
                let (open, close) = (*bracket as char, closing(*bracket) as char);
                let summary = format!("this `{open}` was never closed");
                self.add(span, summary, "opened here", &format!("write the missing `{close}`"));
            }
            Problem::Stray { at, bracket } => {
                let span = self.span(*at, at + 1);
                let summary = format!("this `{}` closes nothing", *bracket as char);
                self.add(
                    span,
                    summary,
                    "nothing is open here",
                    "remove it, or open the bracket before it",
                );
            }
            Problem::Mismatch { open, close } => {
                let opened = self.text.as_bytes().get(*open).copied().unwrap_or(b'{');
                let found = self.text.as_bytes().get(*close).copied().unwrap_or(b'}') as char;
                let wanted = closing(opened) as char;
                let summary = format!("this `{}` is not closed by `{wanted}`", opened as char);
                let span = self.span(*open, open + 1);
                let at = self.span(*close, close + 1);
                self.add(
                    span,
                    summary,
                    "opened here",
                    &format!("write `{wanted}` before `{found}`"),
                );
                let label = self.sources.label(at, format!("`{wanted}` expected before this"));
                if let Some(last) = self.out.last_mut() {
                    last.labels.push(label);
                }
            }
        }
    }
}
