//! The spellings that have a better one, before spaces are set.

use super::piece::Piece;
use crate::syntax::lex::{self, Kind, Token};

/// The pieces of a text, with labels quoted, lone interpolations unwrapped and types written out.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let tokens = lex::lex(text);
    let mut walk = Walk { text, tokens: &tokens, at: 0, blocks: Vec::new(), out: Vec::new() };
    while walk.at < tokens.len() {
        walk.item();
    }
    walk.out
}

/// A walk over the attributes and blocks of a file.
struct Walk<'a, 't> {
    text: &'a str,
    tokens: &'t [Token],
    at: usize,
    /// The types of the blocks around.
    blocks: Vec<&'a str>,
    out: Vec<Piece<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn kind(&self, ahead: usize) -> Option<Kind> {
        self.tokens.get(self.at + ahead).map(|token| token.kind)
    }

    /// Passes one token on.
    fn pass(&mut self) {
        if let Some(token) = self.tokens.get(self.at) {
            self.out.push(Piece::of(token, self.text));
            self.at += 1;
        }
    }

    fn item(&mut self) {
        match (self.kind(0), self.kind(1)) {
            (Some(Kind::Word), Some(Kind::Assign)) => self.attribute(),
            (Some(Kind::Word), _) => self.header(),
            (Some(Kind::Close(b'}')), _) => {
                self.blocks.pop();
                self.pass();
            }
            _ => self.pass(),
        }
    }

    /// The type and labels of a block, to its opening brace.
    fn header(&mut self) {
        self.blocks.push(self.tokens[self.at].text(self.text));
        self.pass();
        loop {
            match self.kind(0) {
                Some(Kind::Open(_)) => return self.pass(),
                Some(Kind::Word) => self.label(),
                Some(Kind::QuoteOpen | Kind::Quoted | Kind::QuoteClose | Kind::Comment) => {
                    self.pass();
                }
                _ => {
                    self.blocks.pop();
                    return;
                }
            }
        }
    }

    fn label(&mut self) {
        let name = self.tokens[self.at].text(self.text);
        self.at += 1;
        self.out.extend([
            Piece::new(Kind::QuoteOpen, "\""),
            Piece::new(Kind::Quoted, name),
            Piece::new(Kind::QuoteClose, "\""),
        ]);
    }

    fn attribute(&mut self) {
        let name = self.tokens[self.at].text(self.text);
        self.pass();
        self.pass();
        let end = self.value_end();
        let value: Vec<Piece> =
            self.tokens[self.at..end].iter().map(|token| Piece::of(token, self.text)).collect();
        self.at = end;
        let is_type = self.blocks == ["variable"] && name == "type";
        self.out.extend(if is_type { typed(value) } else { unwrapped(value) });
    }

    /// The end of the value that begins here: of its line, or the brace that closes its block.
    fn value_end(&self) -> usize {
        let mut depth = 0_isize;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            if depth <= 0 && (token.ends_line(self.text) || token.kind == Kind::Close(b'}')) {
                return at;
            }
            depth += token.depth();
        }
        self.tokens.len()
    }
}

/// The part of a value between the comments around it.
fn core(value: &[Piece]) -> std::ops::Range<usize> {
    let is_part = |piece: &Piece| piece.kind != Kind::Comment;
    let start = value.iter().position(is_part).unwrap_or(value.len());
    let end = value.iter().rposition(is_part).map_or(start, |at| at + 1);
    start..end
}

/// `"${x}"` as `x`, in parentheses where it has several lines.
fn unwrapped(mut value: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    loop {
        let core = core(&value);
        let Some(inside) = unwrapped_once(&value[core.clone()]) else { return value };
        value.splice(core, inside);
    }
}

fn unwrapped_once<'a>(value: &[Piece<'a>]) -> Option<Vec<Piece<'a>>> {
    use Kind::{Interpolation, QuoteClose, QuoteOpen, TemplateEnd};
    let [first, second, inside @ .., third, last] = value else { return None };
    let wrapped = [first, second, third, last].map(|piece| piece.kind)
        == [QuoteOpen, Interpolation, TemplateEnd, QuoteClose];
    if !wrapped || inside.is_empty() || !is_lone(inside) {
        return None;
    }
    let is_text = |piece: &Piece| piece.kind != Kind::Newline;
    let start = inside.iter().position(is_text).unwrap_or(inside.len());
    let end = inside.iter().rposition(is_text).map_or(start, |at| at + 1);
    let inside = inside[start..end].to_vec();
    if !needs_parentheses(&inside) {
        return Some(inside);
    }
    let mut out = vec![Piece::new(Kind::Open(b'('), "(")];
    out.extend(inside);
    out.push(Piece::new(Kind::Close(b')'), ")"));
    Some(out)
}

/// Whether an expression has several lines, as only brackets may have.
fn needs_parentheses(pieces: &[Piece]) -> bool {
    let enclosed = pieces.first().is_some_and(|piece| piece.kind == Kind::Open(b'('))
        && pieces.last().is_some_and(|piece| piece.kind == Kind::Close(b')'));
    let mut depth = 0_isize;
    pieces.iter().any(|piece| {
        depth += piece.depth();
        // Terraform sets redundant ones around brackets of several lines.
        (depth == 0 && piece.ends_line()) || (piece.kind == Kind::Newline && !enclosed)
    })
}

/// Whether no other interpolation and no text stands beside this one in the same quotes.
fn is_lone(inside: &[Piece]) -> bool {
    let mut quotes = 0_usize;
    for piece in inside {
        match piece.kind {
            Kind::QuoteOpen => quotes += 1,
            Kind::QuoteClose => quotes = quotes.saturating_sub(1),
            Kind::Interpolation | Kind::TemplateEnd | Kind::Quoted if quotes == 0 => return false,
            _ => {}
        }
    }
    true
}

/// The type of a variable: `list` as `list(any)`, and `"list"` as the `list(string)` that it was
/// when types were quoted.
fn typed(mut value: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let core = core(&value);
    let (name, of) = match &value[core.clone()] {
        [word] if word.kind == Kind::Word => (word.text.clone(), "any"),
        [open, text, _] if open.kind == Kind::QuoteOpen && text.kind == Kind::Quoted => {
            (text.text.clone(), "string")
        }
        _ => return value,
    };
    let word = |text| Piece::new(Kind::Word, text);
    match (&*name, of) {
        ("list" | "map", _) | ("set", "any") => {
            let open = Piece::new(Kind::Open(b'('), "(");
            let close = Piece::new(Kind::Close(b')'), ")");
            value.splice(core, [word(name), open, word(of.into()), close]);
        }
        ("string", "string") => {
            value.splice(core, [word(name)]);
        }
        _ => {}
    }
    value
}
