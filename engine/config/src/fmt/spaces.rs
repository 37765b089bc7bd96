//! Where a space stands within a line.

use super::lines::Line;
use super::piece::Piece;
use crate::syntax::lex::Kind;

/// Sets the spaces between the pieces of each cell of a line.
pub(super) fn within(line: &mut Line) {
    cell(&mut line.lead);
    cell(&mut line.assign);
}

fn cell(pieces: &mut [Piece]) {
    let mut before = None;
    for at in 1..pieces.len() {
        let indexed = pieces[at - 1].kind == Kind::Number
            && pieces.get(at + 1).is_some_and(|after| after.kind == Kind::Number);
        let apart = if pieces[at].kind == Kind::Dot {
            // `a .0 .1` and `1 .2`: without the space this were one number.
            indexed
        } else {
            is_apart(before, &pieces[at - 1], &pieces[at])
        };
        let spaces = usize::from(apart);
        before = Some(pieces[at - 1].kind);
        pieces[at].spaces = spaces;
    }
}

/// Whether a space stands between a piece and the one after it, given the kind of the one before.
fn is_apart(before: Option<Kind>, piece: &Piece, after: &Piece) -> bool {
    use Kind::{
        Bang, Close, Comma, Directive, Dot, DoubleColon, Ellipsis, HeredocClose, HeredocOpen,
        Interpolation, Literal, Minus, Newline, Number, Open, QuoteClose, QuoteOpen, Quoted,
        TemplateEnd, Word,
    };
    match (piece.kind, after.kind) {
        (_, Newline) => false,
        // A call and its name.
        (Word, Open(b'(') | DoubleColon) | (DoubleColon, Word) => false,
        (Dot, _) | (_, Comma | Ellipsis) => false,
        (Comma, _) => true,
        (Quoted | Literal | QuoteOpen | HeredocOpen, _) => false,
        (_, Quoted | Literal | QuoteClose | HeredocClose) => false,
        // The `in` of `for x in [1, 2]` is no name that is indexed.
        (Word, _) if piece.text == "in" && before == Some(Word) => true,
        // An index.
        (Word | Number | Close(_) | TemplateEnd, Open(b'[')) => false,
        (Bang, _) => false,
        (Minus, _) => !is_sign(before),
        (Open(b'{'), Close(b'}')) => false,
        (Open(b'{'), _) | (_, Close(b'}')) => true,
        // An object alone in an interpolation.
        (Interpolation | Directive, Open(b'{')) | (Close(b'}'), TemplateEnd) => true,
        (TemplateEnd, Interpolation | Directive) => false,
        _ => piece.depth() <= 0 && after.depth() >= 0,
    }
}

/// Whether a minus after this is a sign: nothing stands there that could end an expression.
fn is_sign(before: Option<Kind>) -> bool {
    use Kind::{Assign, Bang, Colon, Comma, Minus, Open, Operator, Question};
    matches!(
        before,
        None | Some(Open(_) | Assign | Colon | Comma | Question | Operator | Minus | Bang)
    )
}
