//! What a text that the parser refused has wrong, and where.

use super::scan::{Problem, Token, TokenKind, closing, scan};
use crate::source::{Sources, Span};
use podform_model::{Diagnostic, Diagnostics, code};

/// The most findings for one file.
const MOST: usize = 20;

struct Explaining<'a> {
    sources: &'a Sources,
    file: u32,
    text: &'a str,
    out: Vec<Diagnostic>,
}

/// Reports what is wrong in a text that the parser refused.
pub(super) fn failure(
    sources: &Sources,
    file: u32,
    text: &str,
    error: &hcl_edit::parser::Error,
    diagnostics: &mut Diagnostics,
) {
    let mut explaining = Explaining { sources, file, text, out: Vec::new() };
    let scanned = scan(text);
    for problem in &scanned.problems {
        explaining.problem(problem);
    }
    for piece in pieces(text, &scanned.tokens) {
        let inside = |problem: &Problem| piece.contains(&place(problem));
        if scanned.problems.iter().any(inside) {
            continue;
        }
        explaining.piece(piece, &scanned.tokens);
    }
    if explaining.out.is_empty() {
        explaining.parser(error, 0);
    }
    explaining.out.truncate(MOST);
    for diagnostic in explaining.out {
        diagnostics.push(diagnostic);
    }
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

/// The ranges of the top-level items: each begins with a word at the start of a line, outside of
/// brackets.
fn pieces(text: &str, tokens: &[Token]) -> Vec<std::ops::Range<usize>> {
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
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| *start..end).collect()
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

    /// One top-level item, read alone.
    fn piece(&mut self, range: std::ops::Range<usize>, tokens: &[Token]) {
        let text = &self.text[range.clone()];
        let Err(error) = hcl_edit::parser::parse_body(text) else { return };
        let inside: Vec<Token> =
            tokens.iter().filter(|token| range.contains(&token.start)).copied().collect();
        let before = self.out.len();
        self.structure(&inside);
        if self.out.len() == before {
            self.parser(&error, range.start);
        }
    }

    /// The mistakes of structure that the parser explains badly.
    fn structure(&mut self, tokens: &[Token]) {
        let mut at = 0;
        let mut line: Vec<usize> = Vec::new();
        let mut attributes: Vec<Vec<(String, Token)>> = vec![Vec::new()];
        while let Some(token) = tokens.get(at) {
            match token.kind {
                TokenKind::Newline => line.clear(),
                TokenKind::Open(b'{') if self.is_block(tokens, &line) => {
                    match self.one_line(tokens, at) {
                        Some(end) => {
                            at = end;
                            line.clear();
                        }
                        None => attributes.push(Vec::new()),
                    }
                    line.clear();
                }
                TokenKind::Open(_) => {
                    line.push(at);
                    at = matching(tokens, at).unwrap_or(tokens.len());
                    continue;
                }
                TokenKind::Close(_) => {
                    attributes.pop();
                    line.clear();
                }
                TokenKind::Assign => {
                    if let Some(name) = self.assigned(tokens, &line)
                        && let Some(known) = attributes.last_mut()
                    {
                        let text = self.text[name.start..name.end].to_owned();
                        if let Some((_, first)) = known.iter().find(|(known, _)| *known == text) {
                            let first = self.span(first.start, first.end);
                            self.duplicate(&text, name, first);
                        } else {
                            known.push((text, name));
                        }
                    }
                    line.push(at);
                }
                TokenKind::Text => {
                    self.directive(token);
                    line.push(at);
                }
                TokenKind::Other(b';') => {
                    let span = self.span(token.start, token.end);
                    self.add(
                        span,
                        "`;` has no place here",
                        "remove this",
                        "an argument ends with its line",
                    );
                    line.push(at);
                }
                TokenKind::Other(b':') if self.assigned(tokens, &line).is_some() => {
                    let span = self.span(token.start, token.end);
                    self.add(
                        span,
                        "an argument is written with `=`, not `:`",
                        "",
                        "write `NAME = value`",
                    );
                    line.push(at);
                }
                _ => line.push(at),
            }
            at += 1;
        }
    }

    /// Finds a `%{` in a text that begins no directive.
    fn directive(&mut self, token: &Token) {
        let text = &self.text[token.start..token.end];
        let mut open: Vec<(usize, &str)> = Vec::new();
        for (at, _) in text.match_indices("%{") {
            let rest = text[at + 2..].trim_start_matches('~').trim_start();
            let known = ["if", "else", "endif", "for", "endfor"];
            let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            if text[..at].ends_with('%') {
                continue;
            }
            match word {
                "if" | "for" => open.push((at, word)),
                "endif" | "endfor" => {
                    open.pop();
                }
                _ => {}
            }
            if known.contains(&word) {
                continue;
            }
            let span = self.span(token.start + at, token.start + at + 2);
            let summary = "this `%{` begins no `if` and no `for`";
            self.add(span, summary, "a directive", "write a literal `%{` as `%%{`");
            return;
        }
        if let Some((at, word)) = open.pop() {
            let span = self.span(token.start + at, token.start + at + 2);
            let summary = format!("this `%{{ {word} … }}` was never closed");
            let help = format!("write `%{{ end{word} }}` after it");
            self.add(span, summary, "opened here", &help);
        }
    }

    fn duplicate(&mut self, name: &str, again: Token, first: Span) {
        let span = self.span(again.start, again.end);
        let diagnostic = Diagnostic::error(code::DUPLICATE, format!("`{name}` is written twice"))
            .label(self.sources.label(span, "written again here"))
            .label(self.sources.label(first, "first written here"));
        self.out.push(diagnostic);
    }

    /// Whether the tokens of the line so far are the head of a block: words and texts.
    fn is_block(&self, tokens: &[Token], line: &[usize]) -> bool {
        let kinds = || line.iter().filter_map(|at| tokens.get(*at)).map(|token| token.kind);
        !line.is_empty()
            && kinds().next() == Some(TokenKind::Word)
            && kinds().all(|kind| matches!(kind, TokenKind::Word | TokenKind::Text))
    }

    /// The name that an `=` after these tokens gives a value.
    fn assigned(&self, tokens: &[Token], line: &[usize]) -> Option<Token> {
        match line {
            [only] => tokens.get(*only).copied().filter(|token| token.kind == TokenKind::Word),
            _ => None,
        }
    }

    /// Checks a block that is written on one line; returns the index of its `}`.
    fn one_line(&mut self, tokens: &[Token], open: usize) -> Option<usize> {
        let next = tokens.get(open + 1)?;
        if next.kind == TokenKind::Newline {
            return None;
        }
        let close = matching(tokens, open)?.checked_sub(1)?;
        let (mut depth, mut assigns, mut blocks, mut commas, mut newlines) = (0, 0, 0, 0, 0);
        for at in open + 1..close {
            match tokens.get(at)?.kind {
                TokenKind::Open(b'{') if depth == 0 => {
                    let before = tokens.get(at.checked_sub(1)?)?.kind;
                    if matches!(before, TokenKind::Word | TokenKind::Text) {
                        blocks += 1;
                    }
                    depth += 1;
                }
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) => depth -= 1,
                TokenKind::Assign if depth == 0 => assigns += 1,
                TokenKind::Other(b',') if depth == 0 => commas += 1,
                TokenKind::Newline if depth == 0 => newlines += 1,
                _ => {}
            }
        }
        let start = tokens.get(open)?.start;
        let end = tokens.get(close)?.end;
        let summary = match (assigns, blocks, newlines) {
            (0 | 1, 0, 0) if commas == 0 => return None,
            (0 | 1, 0, _) if newlines > 0 => {
                "the content of a block of several lines begins on a new line"
            }
            (_, 1.., _) => "a block on one line cannot hold another block",
            _ => "a block on one line holds at most one argument",
        };
        let span = self.span(start, end);
        let help = if commas > 0 {
            "write each argument on a line of its own, without commas"
        } else {
            "write each argument and block on a line of its own"
        };
        self.add(span, summary, "this block", help);
        Some(close)
    }

    /// The parser's own finding.
    fn parser(&mut self, error: &hcl_edit::parser::Error, offset: usize) {
        // The parser may point into the middle of a character.
        let at = self.text.floor_char_boundary(offset + error.location().offset());
        let rest = self.text.get(at..).unwrap_or_default();
        let length = rest.chars().next().map_or(0, char::len_utf8);
        let span = self.span(at, at + length);
        let (summary, help) = translate(error.message(), rest);
        self.add(span, summary, "", help);
    }
}

/// The parser's message in a user's words, and what to do.
fn translate(text: &str, rest: &str) -> (String, &'static str) {
    let starts = |start: &str| text.starts_with(start);
    if rest.starts_with('\'') {
        return ("a text is written in double quotes".into(), "write `\"…\"`");
    }
    if text.contains("redefined object key") {
        return ("this key is written twice in the object".into(), "remove one of them");
    }
    if starts("invalid expression") && rest.starts_with('=') {
        return ("a value is given with one `=`".into(), "write `NAME = value`");
    }
    if starts("invalid expression") {
        return ("an expression is expected here".into(), "");
    }
    if starts("invalid block body") {
        return ("an argument `NAME = value`, a block or `}` is expected here".into(), "");
    }
    if starts("invalid escape sequence") {
        return ("this is no escape sequence".into(), "write a backslash as `\\\\`");
    }
    if starts("expected newline") {
        return ("the line should end here".into(), "write one argument on a line");
    }
    if starts("invalid object item") {
        return ("a `,` or a new line is expected here".into(), "");
    }
    if text.starts_with("expected `]`") || text.starts_with("expected `)`") {
        return (text.replace("expected", "expected `,` or"), "");
    }
    if text.starts_with("expected `{`") {
        let help = "write `{` on the line of the block's name";
        return ("the block's `{` is missing here".into(), help);
    }
    let help = if text.contains("nesting") {
        "split the expression with locals"
    } else if text.contains("operator") {
        "use `anytrue([…])`, `alltrue([…])`, `sum([…])` or `join(\"\", […])`"
    } else {
        ""
    };
    (message(text), help)
}

/// The index after the bracket that closes the one at `open`.
fn matching(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_i64;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The parser's message as a fragment.
pub(super) fn message(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let text = text.replace("eof", "the end of the file");
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => "not HCL".into(),
    }
}
