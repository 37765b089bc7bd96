//! From the pieces of a template to its parts: `~` trims, `<<-` removes indentation line by line
//! of the source, and directives hold what stands between them.

use super::parser::{Parse, Parser};
use super::template::{Head, Piece, Sequence};
use crate::ir::{Branches, Expr, Kind, Part, TemplateFor};
use crate::source::Span;
use crate::value::Val;

/// A directive that is open, and the parts before it.
struct Frame {
    opened: Opened,
    span: Span,
    before: Vec<Part>,
}

enum Opened {
    If(Expr),
    /// After `%{ else }`: the condition and the first branch.
    Else(Expr, Vec<Part>),
    For(Box<Head>),
}

impl Parser<'_> {
    /// Puts the pieces of a template together; `flush`: those of a `<<-` heredoc, text by lines.
    pub(super) fn put_together(&mut self, mut pieces: Vec<Piece>, flush: bool) -> Parse<Kind> {
        trim(&mut pieces);
        if flush {
            dedent(&mut pieces);
        }
        let parts = self.parts(pieces)?;
        Ok(match <[Part; 1]>::try_from(parts) {
            Ok([Part::Text(text)]) => Kind::Literal(Val::String(text)),
            Ok([one]) => Kind::Template(Box::new([one])),
            Err(parts) if parts.is_empty() => Kind::Literal(Val::String(self.names.intern(""))),
            Err(parts) => Kind::Template(parts.into()),
        })
    }

    fn parts(&mut self, pieces: Vec<Piece>) -> Parse<Vec<Part>> {
        let mut frames: Vec<Frame> = Vec::new();
        let mut out: Vec<Part> = Vec::new();
        let mut text = String::new();
        for piece in pieces {
            let sequence = match piece {
                Piece::Text(more) => {
                    text.push_str(&more);
                    continue;
                }
                Piece::Sequence(sequence, _) => sequence,
            };
            if !text.is_empty() {
                out.push(Part::Text(self.names.intern(&text)));
                text.clear();
            }
            self.part(sequence, &mut frames, &mut out)?;
        }
        if !text.is_empty() {
            out.push(Part::Text(self.names.intern(&text)));
        }
        let Some(frame) = frames.pop() else { return Ok(out) };
        let word = if matches!(frame.opened, Opened::For(_)) { "for" } else { "if" };
        let summary = format!("this `%{{ {word} … }}` was never closed");
        let help = format!("write `%{{ end{word} }}` after it");
        self.fail(frame.span, summary, "opened here", &help)
    }

    fn part(
        &mut self,
        sequence: Sequence,
        frames: &mut Vec<Frame>,
        out: &mut Vec<Part>,
    ) -> Parse<()> {
        match sequence {
            Sequence::Value(value) => out.push(Part::Value(value)),
            Sequence::If(condition, span) => {
                let opened = Opened::If(condition);
                frames.push(Frame { opened, span, before: std::mem::take(out) });
            }
            Sequence::For(head, span) => {
                let opened = Opened::For(head);
                frames.push(Frame { opened, span, before: std::mem::take(out) });
            }
            Sequence::Else(span) => match frames.pop() {
                Some(Frame { opened: Opened::If(condition), span, before }) => {
                    let opened = Opened::Else(condition, std::mem::take(out));
                    frames.push(Frame { opened, span, before });
                }
                _ => return self.closes_nothing(span, "else", "if"),
            },
            Sequence::EndIf(span) => {
                let Some(Frame { opened, mut before, .. }) = frames.pop() else {
                    return self.closes_nothing(span, "endif", "if");
                };
                let last = std::mem::take(out).into();
                let (condition, yes, no) = match opened {
                    Opened::If(condition) => (condition, last, Box::default()),
                    Opened::Else(condition, yes) => (condition, yes.into(), last),
                    Opened::For(_) => return self.closes_nothing(span, "endif", "if"),
                };
                before.push(Part::If(Box::new(Branches { condition, yes, no })));
                *out = before;
            }
            Sequence::EndFor(span) => match frames.pop() {
                Some(Frame { opened: Opened::For(head), mut before, .. }) => {
                    let Head { key, value, collection } = *head;
                    let body = std::mem::take(out).into();
                    before.push(Part::For(Box::new(TemplateFor { key, value, collection, body })));
                    *out = before;
                }
                _ => return self.closes_nothing(span, "endfor", "for"),
            },
        }
        Ok(())
    }

    fn closes_nothing(&mut self, span: Span, word: &str, opens: &str) -> Parse<()> {
        let summary = format!("this `%{{ {word} }}` belongs to no `%{{ {opens} … }}`");
        let help = format!("remove it, or open the directive before it: `%{{ {opens} … }}`");
        self.fail(span, summary, "nothing is open here", &help)
    }
}

/// `~`: removes the space of the text beside it, in a heredoc to the end of that line.
fn trim(pieces: &mut [Piece]) {
    for at in 0..pieces.len() {
        let Some(Piece::Sequence(_, strip)) = pieces.get(at) else { continue };
        let strip = *strip;
        if strip.start
            && let Some(Piece::Text(text)) = at.checked_sub(1).and_then(|at| pieces.get_mut(at))
        {
            text.truncate(text.trim_end().len());
        }
        if strip.end
            && let Some(Piece::Text(text)) = pieces.get_mut(at + 1)
        {
            text.drain(..text.len() - text.trim_start().len());
        }
    }
}

/// `<<-`: removes the indentation that all lines share; blank lines do not count.
fn dedent(pieces: &mut [Piece]) {
    let mut least = usize::MAX;
    let mut starts = Vec::new();
    let mut line_start = true;
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Text(text) => {
                let blank = text.ends_with('\n') && text.trim().is_empty();
                if line_start && !blank {
                    least = least.min(text.chars().take_while(|c| c.is_whitespace()).count());
                    starts.push(at);
                }
                line_start = text.ends_with('\n');
            }
            Piece::Sequence(..) => {
                if line_start {
                    least = 0;
                }
                line_start = false;
            }
        }
    }
    for at in starts {
        if let Some(Piece::Text(text)) = pieces.get_mut(at) {
            let end = text.char_indices().nth(least).map_or(text.len(), |(at, _)| at);
            text.drain(..end);
        }
    }
}
