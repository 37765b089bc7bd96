//! The references of an expression that may be broken: `var.x`, `pod.web.endpoint["http"]`, also
//! within the templates of its texts.

use super::outline::{Word, inner};
use crate::syntax::scan::{Token, TokenKind, scan};
use std::ops::Range;

/// How deep texts within expressions within texts are looked into.
const DEPTH: usize = 32;
/// The most `for`s around an expression that are followed; the parser allows no more.
const MAX_BINDINGS: usize = 64;
/// The most tokens of an index that are looked through for its end.
const MAX_INDEX: usize = 256;

/// A reference as written: its root and the steps that are known without evaluating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// What it begins with.
    pub root: Word,
    /// The steps after it.
    pub steps: Vec<Link>,
    /// Whether it is the name of a function that is called.
    pub called: bool,
}

/// One step of a [`Chain`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// `.name`
    Name(Word),
    /// `["name"]`
    Key(Word),
    /// Another index, or a splat.
    Other,
}

impl Link {
    /// The name or key.
    #[must_use]
    pub fn word(&self) -> Option<&Word> {
        match self {
            Self::Name(word) | Self::Key(word) => Some(word),
            Self::Other => None,
        }
    }
}

impl Chain {
    /// The name or key of a step.
    #[must_use]
    pub fn step(&self, at: usize) -> Option<&Word> {
        self.steps.get(at)?.word()
    }
}

/// Names that a `for` binds, from its `:` to its closing bracket.
struct Binding {
    depth: usize,
    names: Vec<String>,
    active: bool,
}

struct Finding<'a> {
    text: &'a str,
    bindings: Vec<Binding>,
    depth: usize,
    out: Vec<Chain>,
}

/// The references among the tokens of an expression, in the order of their roots.
pub(super) fn chains(text: &str, tokens: &[Token]) -> Vec<Chain> {
    let mut finding = Finding { text, bindings: Vec::new(), depth: 0, out: Vec::new() };
    finding.expression(tokens);
    finding.out
}

impl Finding<'_> {
    fn expression(&mut self, tokens: &[Token]) {
        let outer = self.bindings.len();
        let mut brackets = 0_usize;
        for (at, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Open(_) => {
                    brackets += 1;
                    self.bind(tokens, at + 1, brackets);
                }
                TokenKind::Close(_) => {
                    let bound = self.bindings.len();
                    if bound > outer && self.bindings[bound - 1].depth >= brackets {
                        self.bindings.pop();
                    }
                    brackets = brackets.saturating_sub(1);
                }
                TokenKind::Other(b':') => {
                    if let Some(binding) = self.bindings.get_mut(outer..).and_then(|b| b.last_mut())
                        && binding.depth == brackets
                    {
                        binding.active = true;
                    }
                }
                TokenKind::Word if !follows_dot(tokens, at) => self.chain(tokens, at),
                TokenKind::Text => self.template(token.start..token.end),
                _ => {}
            }
        }
        self.bindings.truncate(outer);
    }

    fn word_at(&self, token: Token) -> &str {
        &self.text[token.start..token.end]
    }

    /// The names after `for`, when that stands here.
    fn bind(&mut self, tokens: &[Token], at: usize, depth: usize) {
        let skipped = tokens.iter().skip(at).take_while(|t| t.kind == TokenKind::Newline).count();
        let names = self.names(tokens.get(at + skipped..).unwrap_or_default());
        if !names.is_empty() && self.bindings.len() < MAX_BINDINGS {
            self.bindings.push(Binding { depth, names, active: false });
        }
    }

    fn names(&self, tokens: &[Token]) -> Vec<String> {
        let mut words = tokens
            .iter()
            .filter(|token| token.kind != TokenKind::Other(b','))
            .map_while(|token| (token.kind == TokenKind::Word).then(|| self.word_at(*token)));
        if words.next() != Some("for") {
            return Vec::new();
        }
        words.take(2).take_while(|word| *word != "in").map(str::to_owned).collect()
    }

    fn is_bound(&self, name: &str) -> bool {
        let active = self.bindings.iter().filter(|binding| binding.active);
        active.flat_map(|binding| &binding.names).any(|bound| bound == name)
    }

    fn chain(&mut self, tokens: &[Token], at: usize) {
        let token = tokens[at];
        let next = tokens.get(at + 1).map(|next| next.kind);
        // The key of an object is no reference.
        if next == Some(TokenKind::Assign) || self.is_bound(self.word_at(token)) {
            return;
        }
        let range = token.start..token.end;
        let root = Word { text: self.word_at(token).to_owned(), range };
        let called = next == Some(TokenKind::Open(b'('));
        let steps = steps(self.text, tokens.get(at + 1..).unwrap_or_default());
        self.out.push(Chain { root, steps, called });
    }

    fn template(&mut self, token: Range<usize>) {
        if self.depth == DEPTH {
            return;
        }
        self.depth += 1;
        let outer = self.bindings.len();
        for hole in holes(self.text, token) {
            let mut tokens = tokens_of(self.text, hole.clone());
            if tokens.first().is_some_and(|token| token.kind == TokenKind::Other(b'~')) {
                tokens.remove(0);
            }
            self.expression(&tokens);
            let first = tokens.first().map(|token| self.word_at(*token));
            if self.text.as_bytes().get(hole.start - 2) == Some(&b'%') {
                let names = self.names(&tokens);
                if !names.is_empty() && self.bindings.len() < MAX_BINDINGS {
                    self.bindings.push(Binding { depth: 0, names, active: true });
                } else if first == Some("endfor") && self.bindings.len() > outer {
                    self.bindings.pop();
                }
            }
        }
        self.bindings.truncate(outer);
        self.depth -= 1;
    }
}

fn follows_dot(tokens: &[Token], at: usize) -> bool {
    at > 0 && tokens[at - 1].kind == TokenKind::Other(b'.')
}

/// The steps that the tokens begin with.
fn steps(text: &str, tokens: &[Token]) -> Vec<Link> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            TokenKind::Other(b'.') => {
                let Some(next) = tokens.get(at + 1) else { break };
                match next.kind {
                    TokenKind::Word => out.push(Link::Name(word(text, next.start..next.end))),
                    TokenKind::Number | TokenKind::Other(b'*') => out.push(Link::Other),
                    _ => break,
                }
                at += 2;
            }
            TokenKind::Open(b'[') => {
                let Some(end) = group_end(tokens, at) else { break };
                out.push(index(text, &tokens[at + 1..end]));
                at = end + 1;
            }
            _ => break,
        }
    }
    out
}

/// The bracket that closes the one at this token.
fn group_end(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open).take(MAX_INDEX) {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// What stands between brackets, as a step.
pub(super) fn index(text: &str, tokens: &[Token]) -> Link {
    match tokens {
        [token] if token.kind == TokenKind::Text => {
            let range = inner(text, token.start..token.end);
            if text[range.clone()].contains(['$', '%', '\\', '\n']) {
                return Link::Other;
            }
            Link::Key(word(text, range))
        }
        _ => Link::Other,
    }
}

fn word(text: &str, range: Range<usize>) -> Word {
    Word { text: text[range.clone()].to_owned(), range }
}

/// The tokens of a part of a text, with their places in the whole.
pub(super) fn tokens_of(text: &str, range: Range<usize>) -> Vec<Token> {
    let moved = |token: Token| Token {
        start: token.start + range.start,
        end: token.end + range.start,
        ..token
    };
    scan(&text[range.clone()]).tokens.into_iter().map(moved).collect()
}

/// The expressions within a quoted text or heredoc: what stands between `${` or `%{` and `}`.
pub(super) fn holes(text: &str, token: Range<usize>) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let byte = |at: usize| if at < token.end { bytes[at] } else { 0 };
    let quoted = byte(token.start) == b'"';
    let mut out = Vec::new();
    let mut at = token.start + usize::from(quoted);
    while at < token.end {
        match byte(at) {
            b'\\' if quoted => at += 2,
            mark @ (b'$' | b'%') if byte(at + 1) == mark && byte(at + 2) == b'{' => at += 3,
            b'$' | b'%' if byte(at + 1) == b'{' => {
                let (end, closed) = hole_end(bytes, at + 2, token.end);
                out.push(at + 2..end);
                at = end + usize::from(closed);
            }
            _ => at += 1,
        }
    }
    out
}

/// Where an expression within a text ends, and whether a brace closes it there.
fn hole_end(bytes: &[u8], start: usize, stop: usize) -> (usize, bool) {
    let mut around = vec![b'{'];
    let mut at = start;
    while at < stop {
        let in_text = around.last() == Some(&b'"');
        match bytes[at] {
            b'\\' if in_text => at += 1,
            b'"' if in_text => {
                around.pop();
            }
            b'\n' if in_text => return (at, false),
            b'$' | b'%' if in_text && bytes.get(at + 1) == Some(&b'{') => {
                around.push(b'{');
                at += 1;
            }
            b'"' if !in_text => around.push(b'"'),
            b'{' if !in_text => around.push(b'{'),
            b'}' if !in_text => {
                around.pop();
                if around.is_empty() {
                    return (at, true);
                }
            }
            _ => {}
        }
        at += 1;
    }
    (stop, false)
}
