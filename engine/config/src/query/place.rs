//! What stands at a byte of a text, also while it is being typed.

use super::chains::{Chain, Link, chains, holes, index, tokens_of};
use super::outline::{Attribute, Block, Outline, Word, inner, is_closed};
use super::symbols::Symbol;
use crate::syntax::scan::{Token, TokenKind};
use std::ops::Range;

/// What may be written at a byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Within a comment, a plain text, or where a name is chosen.
    Nothing,
    /// The name of an attribute or the type of a block.
    Statement,
    /// A label of a block: the block's type and which label it is.
    Label {
        /// The type of the block.
        kind: String,
        /// Its position.
        at: usize,
    },
    /// The beginning of an expression.
    Value {
        /// The attribute.
        attribute: String,
        /// Whether it stands within quotes, as plain text.
        quoted: bool,
        /// Whether it is a key of an object.
        key: bool,
    },
    /// A step after a reference.
    Step {
        /// The reference so far.
        chain: Chain,
        /// Whether it stands within `["` and `"]`.
        quoted: bool,
    },
}

/// A [`Place`] with where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// What may be written.
    pub place: Place,
    /// The block around: a place in [`Outline::blocks`].
    pub block: usize,
    /// What has been written of it, to be replaced.
    pub word: Range<usize>,
}

/// Something with a meaning that stands at a byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A name of this symbol.
    Symbol(Symbol),
    /// The name of an attribute, or the type of a block, within this block.
    Name {
        /// The name.
        name: String,
        /// A place in [`Outline::blocks`].
        block: usize,
    },
    /// The name of a function.
    Function(String),
    /// A step of a reference to a pod, or a name as `each.key`: the reference up to here.
    Step(Chain),
}

impl Outline {
    /// What may be written at a byte.
    #[must_use]
    pub fn cursor(&self, text: &str, offset: usize) -> Cursor {
        let block = self.block_at(offset);
        let nothing = Cursor { place: Place::Nothing, block, word: offset..offset };
        if let Some((range, kind, at)) = self.json.as_ref().and_then(|json| json.label_at(offset)) {
            let place = Place::Label { kind: kind.clone(), at: *at };
            return Cursor { place, block, word: range.clone() };
        }
        let before = self.tokens.partition_point(|token| token.start < offset);
        let tokens = &self.tokens[..before];
        let attribute = self.attribute_at(block, offset);
        if let Some(token) = tokens.last().filter(|token| is_inside_text(text, token, offset)) {
            return self.in_text(text, tokens, *token, Around { block, attribute, offset });
        }
        if in_comment(text, tokens, offset) {
            return nothing;
        }
        let (tokens, word) = split_word(tokens, offset);
        let cursor = |place| Cursor { place, block, word: word.clone() };
        if let Some(chain) = chain_before(text, tokens) {
            return cursor(Place::Step { chain, quoted: false });
        }
        if let Some(attribute) = attribute {
            let key = is_key(tokens, attribute);
            return cursor(value(attribute, false, key));
        }
        if begins_statement(&self.blocks[block], tokens) {
            cursor(Place::Statement)
        } else {
            nothing
        }
    }

    /// The attribute whose value is written at a byte.
    fn attribute_at(&self, block: usize, offset: usize) -> Option<&Attribute> {
        let attributes = &self.blocks.get(block)?.attributes;
        let before = attributes.partition_point(|attribute| attribute.name.range.end <= offset);
        let attribute = attributes.get(before.checked_sub(1)?)?;
        let assign = self.tokens.get(attribute.tokens.start.checked_sub(1)?)?;
        (assign.end <= offset && offset <= attribute.end).then_some(attribute)
    }

    fn in_text(&self, text: &str, tokens: &[Token], token: Token, around: Around<'_>) -> Cursor {
        let Around { block, attribute, offset } = around;
        let range = token.start..token.end;
        let hole = holes(text, range.clone())
            .into_iter()
            .find(|hole| hole.start <= offset && offset <= hole.end);
        if let Some(hole) = hole {
            return in_hole(text, hole, around);
        }
        let content = written(text, &token, offset);
        let cursor = |place| Cursor { place, block, word: content.clone() };
        let nothing = Cursor { place: Place::Nothing, block, word: offset..offset };
        let before = &tokens[..tokens.len() - 1];
        if !text[token.start..].starts_with('"') {
            return nothing;
        }
        if let Some(token) = before.last()
            && token.kind == TokenKind::Open(b'[')
            && let Some(chain) = chain_ending(text, &before[..before.len() - 1])
        {
            return cursor(Place::Step { chain, quoted: true });
        }
        match attribute {
            Some(attribute) => {
                let key = is_key(before, attribute);
                cursor(value(attribute, true, key))
            }
            None if self.json.is_some() => cursor(Place::Statement),
            None => label(text, before).map_or(nothing, cursor),
        }
    }

    /// What stands at a byte, and its bytes.
    #[must_use]
    pub fn thing_at(&self, text: &str, offset: usize) -> Option<(Thing, Range<usize>)> {
        let block = self.block_at(offset);
        if let Some(attribute) = self.attribute_at(block, offset) {
            let tokens = self.tokens.get(attribute.tokens.clone())?;
            let found = chains(text, tokens);
            return found.iter().find_map(|chain| self.in_chain(block, chain, offset));
        }
        let touches = |word: &Word| word.range.start <= offset && offset <= word.range.end;
        let name = |word: &Word, block| Thing::Name { name: word.text.clone(), block };
        let attributes = &self.blocks[block].attributes;
        if let Some(attribute) = attributes.iter().find(|attribute| touches(&attribute.name)) {
            return Some((name(&attribute.name, block), attribute.name.range.clone()));
        }
        let after = self.blocks.partition_point(|block| block.range.start <= offset);
        let header = self.blocks.get(after.checked_sub(1)?)?;
        let parent = header.parent?;
        touches(&header.kind).then(|| (name(&header.kind, parent), header.kind.range.clone()))
    }

    fn in_chain(
        &self,
        block: usize,
        chain: &Chain,
        offset: usize,
    ) -> Option<(Thing, Range<usize>)> {
        let touches = |range: &Range<usize>| range.start <= offset && offset <= range.end;
        if chain.called && touches(&chain.root.range) {
            return Some((Thing::Function(chain.root.text.clone()), chain.root.range.clone()));
        }
        for (symbol, word) in self.resolve(block, chain) {
            let range = chain.root.range.start..word.range.end;
            let first = chain.step(0).is_some_and(|first| first == word);
            if touches(&word.range) || (first && touches(&range)) {
                return Some((
                    Thing::Symbol(symbol),
                    if first { range } else { word.range.clone() },
                ));
            }
        }
        let at =
            chain.steps.iter().position(|step| step.word().is_some_and(|w| touches(&w.range)))?;
        let upto = Chain { steps: chain.steps[..=at].to_vec(), ..chain.clone() };
        let range = upto.steps[at].word()?.range.clone();
        Some((Thing::Step(upto), range))
    }
}

/// Where a text is looked into.
struct Around<'a> {
    block: usize,
    attribute: Option<&'a Attribute>,
    offset: usize,
}

fn value(attribute: &Attribute, quoted: bool, key: bool) -> Place {
    Place::Value { attribute: attribute.name.text.clone(), quoted, key }
}

fn in_hole(text: &str, hole: Range<usize>, around: Around<'_>) -> Cursor {
    let Around { block, attribute, offset } = around;
    let mut tokens = tokens_of(text, hole);
    tokens.retain(|token| token.start < offset);
    let nothing = Cursor { place: Place::Nothing, block, word: offset..offset };
    if let Some(token) = tokens.last().filter(|token| is_inside_text(text, token, offset)) {
        let before = &tokens[..tokens.len() - 1];
        let Some(open) = before.last().filter(|token| token.kind == TokenKind::Open(b'[')) else {
            return nothing;
        };
        let word = written(text, token, offset);
        let upto = before.iter().take_while(|token| token.start < open.start).copied();
        return match chain_ending(text, &upto.collect::<Vec<_>>()) {
            Some(chain) => Cursor { place: Place::Step { chain, quoted: true }, block, word },
            None => nothing,
        };
    }
    let (tokens, word) = split_word(&tokens, offset);
    match (chain_before(text, tokens), attribute) {
        (Some(chain), _) => Cursor { place: Place::Step { chain, quoted: false }, block, word },
        (None, Some(attribute)) => Cursor { place: value(attribute, false, false), block, word },
        (None, None) => nothing,
    }
}

/// What is written of a quoted text: up to its closing quote, or up to the cursor where the text
/// is still being written.
fn written(text: &str, token: &Token, offset: usize) -> Range<usize> {
    let content = inner(text, token.start..token.end);
    let end = if is_closed(&text[token.start..token.end]) { content.end } else { offset };
    content.start..end.max(content.start)
}

/// Whether a byte is within a quoted text or heredoc; right after its end it is not.
fn is_inside_text(text: &str, token: &Token, offset: usize) -> bool {
    token.kind == TokenKind::Text
        && (offset < token.end
            || (offset == token.end && !is_closed(&text[token.start..token.end])))
}

/// Whether the text between the last token and a byte begins a comment that goes on.
fn in_comment(text: &str, tokens: &[Token], offset: usize) -> bool {
    let from = tokens.last().map_or(0, |token| token.end);
    let Some(mut gap) = text.get(from..offset) else { return false };
    while let Some(start) = gap.find(['#', '/']) {
        if !gap[start..].starts_with("/*") {
            return true;
        }
        match gap[start..].find("*/") {
            Some(length) => gap = &gap[start + length + 2..],
            None => return true,
        }
    }
    false
}

/// The tokens before the word that a byte touches, and that word.
fn split_word(tokens: &[Token], offset: usize) -> (&[Token], Range<usize>) {
    match tokens.split_last() {
        Some((last, before)) if last.kind == TokenKind::Word && last.end >= offset => {
            (before, last.start..last.end)
        }
        _ => (tokens, offset..offset),
    }
}

/// The reference before a dot that the tokens end with.
fn chain_before(text: &str, tokens: &[Token]) -> Option<Chain> {
    let (dot, before) = tokens.split_last()?;
    (dot.kind == TokenKind::Other(b'.')).then(|| chain_ending(text, before))?
}

/// The reference that the tokens end with.
fn chain_ending(text: &str, tokens: &[Token]) -> Option<Chain> {
    let word = |token: &Token| Word {
        text: text[token.start..token.end].to_owned(),
        range: token.start..token.end,
    };
    let mut steps = Vec::new();
    let mut at = tokens.len();
    loop {
        at = at.checked_sub(1)?;
        match tokens[at].kind {
            TokenKind::Word => {
                let dot = at.checked_sub(1).map(|dot| tokens[dot].kind);
                if dot != Some(TokenKind::Other(b'.')) {
                    steps.reverse();
                    return Some(Chain { root: word(&tokens[at]), steps, called: false });
                }
                steps.push(Link::Name(word(&tokens[at])));
                at -= 1;
            }
            TokenKind::Number | TokenKind::Other(b'*') => {
                steps.push(Link::Other);
                at = at.checked_sub(1)?;
            }
            TokenKind::Close(b']') => {
                let open = group_start(tokens, at)?;
                steps.push(index(text, &tokens[open + 1..at]));
                at = open;
            }
            _ => return None,
        }
    }
}

/// The bracket that the one at this token closes.
fn group_start(tokens: &[Token], close: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in (0..=close).rev() {
        match tokens[at].kind {
            TokenKind::Close(_) => depth += 1,
            TokenKind::Open(_) => {
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

/// Whether the tokens of an attribute's value end where an object wants a key.
fn is_key(tokens: &[Token], attribute: &Attribute) -> bool {
    let Some(value) = tokens.get(attribute.tokens.start..) else { return false };
    let mut open = Vec::new();
    for token in value {
        match token.kind {
            TokenKind::Open(bracket) => open.push(bracket),
            TokenKind::Close(_) => {
                open.pop();
            }
            _ => {}
        }
    }
    let begins = matches!(
        value.last().map(|token| token.kind),
        Some(TokenKind::Open(b'{') | TokenKind::Newline | TokenKind::Other(b','))
    );
    open.last() == Some(&b'{') && begins
}

/// Whether a statement of a block begins after these tokens.
fn begins_statement(block: &Block, tokens: &[Token]) -> bool {
    match tokens.last() {
        None => true,
        Some(token) => match token.kind {
            TokenKind::Newline => true,
            TokenKind::Open(b'{') => token.end == block.body.start,
            _ => false,
        },
    }
}

/// The label of a block that would begin after these tokens.
fn label(text: &str, tokens: &[Token]) -> Option<Place> {
    let texts = tokens.iter().rev().take_while(|token| token.kind == TokenKind::Text).count();
    let word = tokens.len().checked_sub(texts + 1)?;
    let first = word.checked_sub(1).is_none_or(|before| {
        matches!(tokens[before].kind, TokenKind::Newline | TokenKind::Open(b'{'))
    });
    let token = tokens[word];
    (token.kind == TokenKind::Word && first)
        .then(|| Place::Label { kind: text[token.start..token.end].to_owned(), at: texts })
}
