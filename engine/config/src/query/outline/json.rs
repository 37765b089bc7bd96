//! The outline of a text in the JSON spelling, which may be broken anywhere too.
//!
//! Its tokens are those of the language, and a text that is an expression by itself stands for the
//! tokens within, so that whatever is asked of an outline is answered alike.

use super::super::chains::tokens_of;
use super::super::symbols::FileKind;
use super::{Attribute, Block, Outline, Word, inner, language, test_files};
use crate::syntax::json::shape::{Labels, Shape};
use crate::syntax::scan::{Token, TokenKind};
use std::ops::Range;

/// What only the JSON spelling has.
#[derive(Debug, Clone, Default)]
pub(in crate::query) struct Json {
    /// What stands between quotes.
    texts: Vec<Range<usize>>,
    /// The keys that are labels of blocks: the type of the block, and which label it is.
    labels: Vec<(Range<usize>, String, usize)>,
}

impl Json {
    /// The label that is written at a byte.
    pub(in crate::query) fn label_at(
        &self,
        offset: usize,
    ) -> Option<&(Range<usize>, String, usize)> {
        self.labels.iter().find(|(range, ..)| range.start <= offset && offset <= range.end)
    }
}

impl Outline {
    /// Reads the text of a file of this kind in the JSON spelling.
    #[must_use]
    pub fn of_json(text: &str, kind: FileKind) -> Self {
        let (shape, top) = match kind {
            FileKind::Configuration => (Shape::TOP, &language::TOP),
            FileKind::Test => (Shape::TEST, &test_files::TEST),
            FileKind::Variables => (Shape::Arguments, &language::TOP),
        };
        let mut reading = Reading {
            text,
            from: lex(text),
            at: 0,
            tokens: Vec::new(),
            blocks: vec![Block::file(text)],
            json: Json::default(),
        };
        if reading.kind() == Some(TokenKind::Open(b'{')) {
            reading.take();
            reading.body(shape, 0);
        }
        let Reading { tokens, blocks, json, .. } = reading;
        Self { blocks, tokens, top, json: Some(json) }
    }

    /// Whether a byte stands between quotes; `None`: the text is not JSON.
    #[must_use]
    pub fn in_json_text(&self, offset: usize) -> Option<bool> {
        let texts = &self.json.as_ref()?.texts;
        let after = texts.partition_point(|range| range.start <= offset);
        Some(after.checked_sub(1).is_some_and(|at| offset <= texts[at].end))
    }
}

/// The tokens of JSON; `:` is an assignment, and a text ends at the end of its line.
fn lex(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        let kind = match byte {
            b'"' => {
                at = text_end(bytes, at);
                TokenKind::Text
            }
            b'{' | b'[' => TokenKind::Open(*byte),
            b'}' | b']' => TokenKind::Close(*byte),
            b':' => TokenKind::Assign,
            b',' => TokenKind::Other(b','),
            byte if byte.is_ascii_whitespace() => continue,
            _ => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"{}[]:,".contains(byte);
                at += bytes[at..].iter().position(ends).unwrap_or(bytes.len() - at);
                TokenKind::Word
            }
        };
        out.push(Token { kind, start, end: at });
    }
    out
}

/// The byte after a text: after its closing quote, else the end of its line.
fn text_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\n' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

struct Reading<'a> {
    text: &'a str,
    from: Vec<Token>,
    at: usize,
    /// What was read so far.
    tokens: Vec<Token>,
    blocks: Vec<Block>,
    json: Json,
}

impl Reading<'_> {
    fn kind(&self) -> Option<TokenKind> {
        self.from.get(self.at).map(|token| token.kind)
    }

    /// Whether the next token is a key with a value.
    fn is_key(&self) -> bool {
        self.kind() == Some(TokenKind::Text)
            && self.from.get(self.at + 1).is_some_and(|next| next.kind == TokenKind::Assign)
    }

    /// Takes the next token over.
    fn take(&mut self) {
        let Some(token) = self.from.get(self.at).copied() else { return };
        if token.kind == TokenKind::Text {
            self.json.texts.push(inner(self.text, token.start..token.end));
        }
        self.tokens.push(token);
        self.at += 1;
    }

    /// Takes a text over, and the `:` after it; what stands in it.
    fn key(&mut self) -> Word {
        let range = self.from.get(self.at).map_or(0..0, |token| token.start..token.end);
        let range = inner(self.text, range);
        self.take();
        if self.kind() == Some(TokenKind::Assign) {
            self.take();
        }
        Word { text: self.text[range.clone()].to_owned(), range }
    }

    /// What is in a block, up to its brace.
    fn body(&mut self, shape: Shape, block: usize) {
        while let Some(kind) = self.kind() {
            match kind {
                TokenKind::Close(b'}') => {
                    let end = self.from[self.at];
                    self.blocks[block].body.end = end.start;
                    self.blocks[block].range.end = end.end;
                    return self.take();
                }
                TokenKind::Text if self.is_key() => self.member(shape, block),
                _ => self.take(),
            }
        }
    }

    fn member(&mut self, shape: Shape, block: usize) {
        let name = self.key();
        if name.text == "dynamic" && shape.has_dynamic() {
            return self.labelled(&name, &[], 1, &|label| shape.dynamic(label), block);
        }
        match shape.block(&name.text) {
            Some((labels, inner)) => {
                let count = match labels {
                    Labels::Exactly(count) => count,
                    Labels::OneOrTwo => 1,
                };
                self.labelled(&name, &[], count, &|_| inner, block);
            }
            None => self.attribute(name, shape, block),
        }
    }

    /// The blocks of one type: below as many keys as it takes labels, each an object or several.
    fn labelled(
        &mut self,
        kind: &Word,
        labels: &[Word],
        wanted: usize,
        within: &dyn Fn(&str) -> Shape,
        parent: usize,
    ) {
        match self.kind() {
            Some(TokenKind::Open(b'[')) => {
                self.take();
                while !matches!(self.kind(), None | Some(TokenKind::Close(_))) {
                    match self.kind() {
                        Some(TokenKind::Open(b'{')) => {
                            self.labelled(kind, labels, wanted, within, parent);
                        }
                        Some(TokenKind::Open(_)) => self.value(false),
                        _ => self.take(),
                    }
                }
                self.take();
            }
            Some(TokenKind::Open(_)) if wanted > 0 => {
                self.take();
                while !matches!(self.kind(), None | Some(TokenKind::Close(_))) {
                    if self.kind() != Some(TokenKind::Text) {
                        self.take();
                        continue;
                    }
                    let has_value = self.is_key();
                    let label = self.key();
                    let place = (label.range.clone(), kind.text.clone(), labels.len());
                    self.json.labels.push(place);
                    if has_value {
                        let labels = [labels, &[label]].concat();
                        self.labelled(kind, &labels, wanted - 1, within, parent);
                    }
                }
                self.take();
            }
            Some(TokenKind::Open(_)) => {
                let shape = within(labels.last().map_or("", |label| &label.text));
                let block = self.block(kind, labels, parent);
                self.take();
                self.body(shape, block);
            }
            _ => self.value(false),
        }
    }

    /// A block whose brace is the next token.
    fn block(&mut self, kind: &Word, labels: &[Word], parent: usize) -> usize {
        let brace = self.from[self.at];
        // Of several of one type only the first begins with the type.
        let first = self.blocks.last().is_none_or(|last| last.range.start < kind.range.start);
        let start = match labels.first().filter(|_| !first) {
            Some(label) => label.range.start,
            None if first => kind.range.start,
            None => brace.start,
        };
        self.blocks.push(Block {
            kind: kind.clone(),
            labels: labels.to_vec(),
            range: start..self.text.len(),
            body: brace.end..self.text.len(),
            parent: Some(parent),
            attributes: Vec::new(),
        });
        self.blocks.len() - 1
    }

    fn attribute(&mut self, name: Word, shape: Shape, block: usize) {
        let first = self.tokens.len();
        let assign = self.tokens.last().map_or(name.range.end, |token| token.end);
        let before = self.at;
        self.value(shape.is_expression(&name.text));
        let value = match (self.from.get(before), self.from.get(self.at.wrapping_sub(1))) {
            (Some(from), Some(to)) if self.at > before => from.start..to.end,
            _ => assign..assign,
        };
        let end = self.from.get(self.at).map_or(self.text.len(), |token| token.start);
        let tokens = first..self.tokens.len();
        self.blocks[block].attributes.push(Attribute { name, value, end, tokens });
    }

    /// A value with all that is in it. `expression`: its texts are expressions by themselves.
    fn value(&mut self, expression: bool) {
        let mut depth = 0_usize;
        while let Some(token) = self.from.get(self.at).copied() {
            match token.kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) if depth == 0 => return,
                TokenKind::Close(_) => depth -= 1,
                TokenKind::Other(b',') if depth == 0 => return,
                // The value before it was never written.
                TokenKind::Text if depth == 0 && self.is_key() => return,
                _ => {}
            }
            if expression && token.kind == TokenKind::Text {
                let within = inner(self.text, token.start..token.end);
                self.tokens.extend(tokens_of(self.text, within.clone()));
                self.json.texts.push(within);
                self.at += 1;
            } else {
                self.take();
            }
        }
    }
}
