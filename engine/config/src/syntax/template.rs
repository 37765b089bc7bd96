//! Templates in quotes, and what heredocs share with them: `${ … }` and `%{ … }`.

use super::parser::{Parse, Parser};
use crate::ir::{Expr, Kind, Name};
use crate::source::Span;
use crate::value::Val;

/// A piece of a template in the order of its text, before it is put together.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Sequence(Sequence, Strip),
}

/// `${…}` or `%{…}`.
#[derive(Debug)]
pub(super) enum Sequence {
    Value(Expr),
    If(Expr, Span),
    Else(Span),
    EndIf(Span),
    For(Box<Head>, Span),
    EndFor(Span),
}

/// What a `%{ for … }` goes through.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) key: Option<Name>,
    pub(super) value: Name,
    pub(super) collection: Expr,
}

/// Whether `~` removes the space before and after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Strip {
    pub(super) start: bool,
    pub(super) end: bool,
}

/// A template that is being read.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) pieces: Vec<Piece>,
    pub(super) text: String,
    /// How many names were bound before each directive that is open.
    open: Vec<usize>,
}

impl Draft {
    /// Ends the piece of text that is being read.
    pub(super) fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }

    /// The pieces, once all is read.
    pub(super) fn finish(mut self) -> Vec<Piece> {
        self.end_text();
        self.pieces
    }
}

impl Parser<'_> {
    /// A text in quotes.
    pub(super) fn quoted(&mut self) -> Parse<Kind> {
        let open = self.at;
        self.at += 1;
        if let Some(length) = plain(self.rest()) {
            let text = &self.text[self.at..self.at + length];
            self.at += length + 1;
            return Ok(Kind::Literal(Val::String(self.names.intern(text))));
        }
        let mut draft = Draft::default();
        let depth = self.bound.len();
        let read = self.quoted_pieces(open, &mut draft);
        self.bound.truncate(depth);
        read?;
        self.put_together(draft.finish(), false)
    }

    fn quoted_pieces(&mut self, open: usize, draft: &mut Draft) -> Parse<()> {
        loop {
            match self.peek(0) {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => {
                    let c = self.escape()?;
                    draft.text.push(c);
                }
                b'\n' => return self.open_quote(open),
                0 if self.at_end() => return self.open_quote(open),
                _ => self.template_text(draft)?,
            }
        }
    }

    fn open_quote<T>(&mut self, open: usize) -> Parse<T> {
        let line = self.text[open..self.at].trim_end_matches('\r').len();
        let span = self.span(open, open + line);
        let help = "close the quote, or write text of several lines as a heredoc: `<<-EOT … EOT`";
        self.fail(
            span,
            "a quoted string must end on its line",
            "this quote is not closed on its line",
            help,
        )
    }

    /// A template that is a whole text, as in JSON or in a file.
    pub(super) fn whole_template(&mut self) -> Parse<Kind> {
        let mut draft = Draft::default();
        while !self.at_end() {
            self.template_text(&mut draft)?;
        }
        self.put_together(draft.finish(), false)
    }

    /// The next character or sequence of a template, whatever ends it.
    pub(super) fn template_text(&mut self, draft: &mut Draft) -> Parse<()> {
        match (self.peek(0), self.peek(1), self.peek(2)) {
            (mark @ (b'$' | b'%'), next, b'{') if mark == next => {
                draft.text.push(char::from(mark));
                draft.text.push('{');
                self.at += 3;
            }
            (b'$' | b'%', b'{', _) => {
                let piece = self.sequence()?;
                self.scope(&piece, draft)?;
                draft.end_text();
                draft.pieces.push(piece);
            }
            _ => {
                let rest = self.rest();
                let length = rest
                    .bytes()
                    .skip(1)
                    .position(|byte| matches!(byte, b'$' | b'%' | b'"' | b'\\' | b'\n'))
                    .map_or(rest.len(), |at| at + 1);
                // The byte that ends it is ASCII, so this is the boundary of a character.
                draft.text.push_str(&rest[..length]);
                self.at += length;
            }
        }
        Ok(())
    }

    /// Binds the names of a `for` directive up to its end.
    fn scope(&mut self, piece: &Piece, draft: &mut Draft) -> Parse<()> {
        match piece {
            Piece::Sequence(Sequence::For(head, _), _) => {
                draft.open.push(self.bound.len());
                self.bound.extend(head.key.clone());
                self.bound.push(head.value.clone());
            }
            Piece::Sequence(Sequence::If(..), _) => draft.open.push(self.bound.len()),
            Piece::Sequence(Sequence::EndFor(_) | Sequence::EndIf(_), _) => {
                if let Some(depth) = draft.open.pop() {
                    self.bound.truncate(depth);
                }
            }
            _ => {}
        }
        self.check_depth(draft.open.len())
    }

    fn escape(&mut self) -> Parse<char> {
        let start = self.at;
        let digits = match self.peek(1) {
            b'n' => return self.escaped('\n'),
            b'r' => return self.escaped('\r'),
            b't' => return self.escaped('\t'),
            b'"' => return self.escaped('"'),
            b'\\' => return self.escaped('\\'),
            b'u' => 4,
            b'U' => 8,
            _ => 0,
        };
        let hex = self.text.get(start + 2..start + 2 + digits).unwrap_or_default();
        let valid = digits > 0 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u32::from_str_radix(hex, 16) {
            Ok(number) if valid && char::from_u32(number).is_some() => {
                self.at += 2 + digits;
                Ok(char::from_u32(number).unwrap_or_default())
            }
            Ok(number) if valid => {
                let span = self.span(start, start + 2 + digits);
                self.fail(span, format!("U+{number:04X} is no character"), "", "")
            }
            _ => {
                let next = self.text[start + 1..].chars().next().map_or(0, char::len_utf8);
                let span = self.span(start, start + 1 + next);
                let help = if digits > 0 {
                    "write `\\u` with 4 or `\\U` with 8 hexadecimal digits"
                } else {
                    "write a backslash as `\\\\`"
                };
                self.fail(span, "this is no escape sequence", "", help)
            }
        }
    }

    fn escaped(&mut self, c: char) -> Parse<char> {
        self.at += 2;
        Ok(c)
    }

    /// `${ … }` or `%{ … }`.
    fn sequence(&mut self) -> Parse<Piece> {
        let open = self.at;
        let directive = self.peek(0) == b'%';
        self.at += 2;
        let start = self.peek(0) == b'~';
        self.at += usize::from(start);
        self.within(false, |parser| {
            let sequence =
                if directive { parser.directive(open)? } else { Sequence::Value(parser.expr()?) };
            let end = parser.take("~}");
            if !end && !parser.take("}") {
                return parser.unclosed(open);
            }
            Ok(Piece::Sequence(sequence, Strip { start, end }))
        })
    }

    fn unclosed<T>(&mut self, open: usize) -> Parse<T> {
        if !self.at_end() {
            return self.fail_here("`}` is expected here", "");
        }
        let span = self.span(open, open + 2);
        let what = &self.text[open..open + 2];
        let summary = format!("this `{what}` was never closed");
        let help =
            format!("write `}}` after it; a literal `{what}` is written `{}{what}`", &what[..1]);
        self.fail(span, summary, "opened here", &help)
    }

    fn directive(&mut self, open: usize) -> Parse<Sequence> {
        let span = self.span(open, open + 2);
        self.skip();
        let word = self.word().unwrap_or_default();
        self.at += word.len();
        Ok(match word {
            "if" => Sequence::If(self.expr()?, span),
            "else" => Sequence::Else(span),
            "endif" => Sequence::EndIf(span),
            "endfor" => Sequence::EndFor(span),
            "for" => {
                let (key, value) = self.binders()?;
                let collection = self.expr()?;
                Sequence::For(Box::new(Head { key, value, collection }), span)
            }
            _ => {
                let summary = "this `%{` begins no `if` and no `for`";
                return self.fail(span, summary, "a directive", "write a literal `%{` as `%%{`");
            }
        })
    }
}

/// The length of a text in quotes that holds nothing but itself; `rest` is what follows the quote.
fn plain(rest: &str) -> Option<usize> {
    let at = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | b'$' | b'%' | b'\n'))?;
    (rest.as_bytes().get(at) == Some(&b'"')).then_some(at)
}
