//! The blocks and attributes of a text that may be broken anywhere, as it is while it is typed.
//!
//! The parser needs a whole text; this reads on after every fault: a bracket that was never
//! closed ends where a line can only be a new statement, a block that was never closed ends at
//! the next block of the top level.

mod json;

use super::language::{self, Shape};
use super::symbols::FileKind;
use super::test_files;
use crate::syntax::scan::{Token, TokenKind, closing, scan};
use json::Json;
use std::ops::Range;

/// A name and where it stands, without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The name.
    pub text: String,
    /// Its bytes.
    pub range: Range<usize>,
}

/// `name = value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: Word,
    /// The bytes of its value; empty where none is written.
    pub value: Range<usize>,
    /// The byte at which the next statement may begin.
    pub(super) end: usize,
    /// The tokens of the value.
    pub(super) tokens: Range<usize>,
}

/// `kind "label" { … }`, or the whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its type.
    pub kind: Word,
    /// Its labels.
    pub labels: Vec<Word>,
    /// Everything from the type to the closing brace.
    pub range: Range<usize>,
    /// What stands between the braces.
    pub body: Range<usize>,
    /// The block around; the file has none.
    pub parent: Option<usize>,
    /// Its attributes, as written.
    pub attributes: Vec<Attribute>,
}

/// The blocks of one file; the first is the file itself.
#[derive(Debug, Clone)]
pub struct Outline {
    pub(super) blocks: Vec<Block>,
    pub(super) tokens: Vec<Token>,
    /// What may stand at the top level.
    pub(super) top: &'static Shape,
    /// What the JSON spelling has beside; `None`: it is another.
    pub(super) json: Option<Json>,
}

impl Block {
    /// The whole file.
    fn file(text: &str) -> Self {
        Self {
            kind: Word { text: String::new(), range: 0..0 },
            labels: Vec::new(),
            range: 0..text.len(),
            body: 0..text.len(),
            parent: None,
            attributes: Vec::new(),
        }
    }
}

impl Outline {
    /// Reads the text of a configuration file.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::of_kind(text, FileKind::Configuration)
    }

    /// Reads the text of a file of this kind.
    #[must_use]
    pub fn of_kind(text: &str, kind: FileKind) -> Self {
        let top = match kind {
            FileKind::Test => &test_files::TEST,
            FileKind::Configuration | FileKind::Variables => &language::TOP,
        };
        let tokens = scan(text).tokens;
        let file = Block::file(text);
        let mut reading =
            Reading { text, top, tokens: &tokens, at: 0, blocks: vec![file], open: vec![0] };
        reading.all();
        let blocks = reading.blocks;
        Self { blocks, tokens, top, json: None }
    }

    /// The blocks in the order of their beginnings.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The innermost block around a byte: its place in [`Outline::blocks`].
    #[must_use]
    pub fn block_at(&self, offset: usize) -> usize {
        // Blocks are in the order of their beginnings: the last around is the innermost.
        let mut at = self.blocks.partition_point(|block| block.body.start <= offset) - 1;
        while let Some(parent) = self.blocks[at].parent {
            if offset <= self.blocks[at].body.end {
                break;
            }
            at = parent;
        }
        at
    }

    /// A block and those around it, from within, without the file.
    pub(super) fn around(&self, block: usize) -> impl Iterator<Item = &Block> {
        std::iter::successors(self.blocks.get(block), |block| self.blocks.get(block.parent?))
            .filter(|block| block.parent.is_some())
    }
}

struct Reading<'a> {
    text: &'a str,
    top: &'static Shape,
    tokens: &'a [Token],
    at: usize,
    blocks: Vec<Block>,
    /// The open blocks, the innermost last.
    open: Vec<usize>,
}

impl Reading<'_> {
    fn all(&mut self) {
        while let Some(token) = self.tokens.get(self.at) {
            match token.kind {
                TokenKind::Word => self.statement(),
                TokenKind::Close(b'}') => {
                    self.close(*token);
                    self.at += 1;
                }
                TokenKind::Open(_) => self.at = self.value_end(self.at),
                _ => self.at += 1,
            }
        }
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn word(&self, at: usize) -> Word {
        let token = self.tokens[at];
        let mut range = token.start..token.end;
        if token.kind == TokenKind::Text {
            range = inner(self.text, range);
        }
        Word { text: self.text[range.clone()].to_owned(), range }
    }

    fn statement(&mut self) {
        let first = self.at;
        if self.kind(first + 1) == Some(TokenKind::Assign) {
            return self.attribute();
        }
        let mut next = first + 1;
        while matches!(self.kind(next), Some(TokenKind::Word | TokenKind::Text)) {
            next += 1;
        }
        if self.kind(next) == Some(TokenKind::Open(b'{')) {
            self.block(next);
        } else {
            // An unfinished line.
            self.at = self.value_end(first + 1);
        }
    }

    fn attribute(&mut self) {
        let name = self.word(self.at);
        let first = self.at + 2;
        let end = self.value_end(first);
        let assign = self.tokens[self.at + 1].end;
        let value = match end.checked_sub(1) {
            Some(last) if last >= first => self.tokens[first].start..self.tokens[last].end,
            _ => assign..assign,
        };
        let stop = self.tokens.get(end).map_or(self.text.len(), |token| token.start);
        let attribute = Attribute { name, value, end: stop, tokens: first..end };
        let block = self.open.last().copied().unwrap_or_default();
        self.blocks[block].attributes.push(attribute);
        self.at = end;
    }

    /// A block whose brace is at this token.
    fn block(&mut self, brace: usize) {
        let kind = self.word(self.at);
        let labels = (self.at + 1..brace).map(|at| self.word(at)).collect();
        let brace_end = self.tokens[brace].end;
        if self.open.len() > 1 && self.begins_top_level(&kind) {
            while self.open.len() > 1 {
                self.end(kind.range.start, kind.range.start);
            }
        }
        let block = Block {
            range: kind.range.start..self.text.len(),
            body: brace_end..self.text.len(),
            parent: self.open.last().copied(),
            attributes: Vec::new(),
            kind,
            labels,
        };
        self.open.push(self.blocks.len());
        self.blocks.push(block);
        self.at = brace + 1;
    }

    /// Whether the innermost open block is a `check`, which may hold a `data` block too.
    fn in_check(&self) -> bool {
        let innermost = self.open.last().and_then(|open| self.blocks.get(*open));
        innermost.is_some_and(|block| block.kind.text == "check")
    }

    /// Whether a block at the start of a line can only stand at the top level.
    fn begins_top_level(&self, kind: &Word) -> bool {
        let start = kind.range.start;
        (start == 0 || self.text.as_bytes().get(start - 1) == Some(&b'\n'))
            && self.top.item(&kind.text).is_some()
            && !(kind.text == "data" && self.in_check())
    }

    fn close(&mut self, brace: Token) {
        if self.open.len() > 1 {
            self.end(brace.start, brace.end);
        }
    }

    fn end(&mut self, body: usize, block: usize) {
        if let Some(open) = self.open.pop() {
            self.blocks[open].body.end = body;
            self.blocks[open].range.end = block;
        }
    }

    /// The token after an expression.
    fn value_end(&self, from: usize) -> usize {
        let mut brackets = Vec::new();
        let mut at = from;
        while let Some(token) = self.tokens.get(at) {
            match token.kind {
                TokenKind::Newline => {
                    let Some(innermost) = brackets.last() else { return at };
                    if self.must_be_statement(at + 1, *innermost) {
                        return at;
                    }
                }
                TokenKind::Open(bracket) => brackets.push(bracket),
                TokenKind::Close(bracket) => {
                    let opened = brackets.iter().rposition(|open| closing(*open) == bracket);
                    match opened {
                        Some(opened) => brackets.truncate(opened),
                        None if bracket == b'}' => return at,
                        None => {}
                    }
                }
                _ => {}
            }
            at += 1;
        }
        at
    }

    /// Whether a line within a bracket can only be a statement after it: it was never closed.
    fn must_be_statement(&self, at: usize, innermost: u8) -> bool {
        if self.kind(at) != Some(TokenKind::Word) || &*self.word(at).text == "for" {
            return false;
        }
        let mut next = at + 1;
        if self.kind(next) == Some(TokenKind::Assign) {
            return innermost != b'{';
        }
        while self.kind(next) == Some(TokenKind::Text) {
            next += 1;
        }
        self.kind(next) == Some(TokenKind::Open(b'{'))
    }
}

/// A quoted text without its quotes; the closing one may be missing.
pub(super) fn inner(text: &str, range: Range<usize>) -> Range<usize> {
    let whole = &text[range.clone()];
    if !whole.starts_with('"') {
        return range;
    }
    range.start + 1..range.end - usize::from(is_closed(whole))
}

/// Whether a quoted text or heredoc has its end.
pub(super) fn is_closed(token: &str) -> bool {
    if let Some(heredoc) = token.strip_prefix("<<") {
        let marker = heredoc.lines().next().unwrap_or_default();
        let marker = marker.strip_prefix('-').unwrap_or(marker).trim();
        return heredoc.lines().skip(1).last().is_some_and(|line| line.trim() == marker);
    }
    let backslashes = token.bytes().rev().skip(1).take_while(|byte| *byte == b'\\').count();
    token.len() > 1 && token.ends_with('"') && backslashes.is_multiple_of(2)
}
