//! A token with the spaces before it.

use crate::syntax::lex::{Kind, Token};
use std::borrow::Cow;
use unicode_segmentation::UnicodeSegmentation;

/// A token of the formatted text.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    pub(super) kind: Kind,
    pub(super) text: Cow<'a, str>,
    /// How many spaces stand before it.
    pub(super) spaces: usize,
}

impl<'a> Piece<'a> {
    /// A token of the source.
    pub(super) fn of(token: &Token, source: &'a str) -> Self {
        Self::new(token.kind, token.text(source))
    }

    /// A token of its own.
    pub(super) fn new(kind: Kind, text: impl Into<Cow<'a, str>>) -> Self {
        Self { kind, text: text.into(), spaces: 0 }
    }

    /// By how much it changes the depth of brackets and interpolations.
    pub(super) fn depth(&self) -> isize {
        Token { kind: self.kind, start: 0, end: 0 }.depth()
    }

    /// Whether it ends its line.
    pub(super) fn ends_line(&self) -> bool {
        self.kind == Kind::Newline || (self.kind == Kind::Comment && self.text.ends_with('\n'))
    }

    /// How many columns it takes, with the spaces before it.
    pub(super) fn columns(&self) -> usize {
        let text = &*self.text;
        // A carriage return and its newline are one character.
        let plain = text.is_ascii() && !text.contains('\r');
        let width = if plain { text.len() } else { text.graphemes(true).count() };
        self.spaces + width
    }

    /// Writes it.
    pub(super) fn write(&self, out: &mut String) {
        out.extend(std::iter::repeat_n(' ', self.spaces));
        out.push_str(&self.text);
    }
}
