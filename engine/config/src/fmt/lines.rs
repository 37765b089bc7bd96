//! Lines and their cells: indentation by brackets, alignment of assignments and comments.

use super::piece::Piece;
use crate::syntax::lex::Kind;

/// One line, in cells. A heredoc is part of the line on which it begins.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) lead: Vec<Piece<'a>>,
    /// From `=` on, where the value ends on this line.
    pub(super) assign: Vec<Piece<'a>>,
    /// A comment after something else.
    pub(super) comment: Option<Piece<'a>>,
}

impl<'a> Line<'a> {
    /// Its pieces in order.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece<'a>> {
        self.lead.iter().chain(&self.assign).chain(&self.comment)
    }

    /// By how much the brackets of the line change the depth; those after the start of a heredoc
    /// are text.
    fn depth(&self) -> isize {
        let cell = |pieces: &[Piece]| -> isize {
            let code = pieces.iter().take_while(|piece| piece.kind != Kind::HeredocOpen);
            code.map(Piece::depth).sum()
        };
        cell(&self.lead) + cell(&self.assign)
    }
}

/// Cuts pieces into lines, and lines into cells.
pub(super) fn split(pieces: Vec<Piece<'_>>) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    for piece in pieces {
        let last = piece.ends_line();
        line.push(piece);
        if last {
            lines.push(cells(std::mem::take(&mut line)));
        }
    }
    if !line.is_empty() {
        lines.push(cells(line));
    }
    lines
}

fn cells(mut lead: Vec<Piece<'_>>) -> Line<'_> {
    let comment = match lead.as_slice() {
        [_, .., last] if last.kind == Kind::Comment => lead.pop(),
        _ => None,
    };
    let assign = lead.iter().skip(1).position(|piece| piece.kind == Kind::Assign);
    let assign = match assign.map(|at| at + 1) {
        Some(at) if lead[at..].iter().map(Piece::depth).sum::<isize>() == 0 => lead.split_off(at),
        _ => Vec::new(),
    };
    Line { lead, assign, comment }
}

/// Indents each line by two spaces for each earlier line that opened more than it closed, until as
/// much is closed again: brackets that were opened on one line count as one step.
pub(super) fn indent(lines: &mut [Line]) {
    let mut steps: Vec<usize> = Vec::new();
    for line in lines {
        let change = line.depth();
        let Some(first) = line.lead.first_mut() else { continue };
        if first.kind == Kind::Newline {
            continue;
        }
        if change < 0 {
            close(&mut steps, change.unsigned_abs());
        }
        first.spaces = 2 * steps.len();
        if change > 0 {
            steps.push(change.unsigned_abs());
        }
    }
}

fn close(steps: &mut Vec<usize>, mut closed: usize) {
    while let Some(open) = steps.last_mut() {
        if closed < *open {
            *open -= closed;
            return;
        }
        closed -= *open;
        steps.pop();
        if closed == 0 {
            return;
        }
    }
}

/// Aligns the assignments, then the comments, of lines that follow one another.
pub(super) fn align(lines: &mut [Line]) {
    align_cells(
        lines,
        |line| columns(&line.lead),
        |line| line.assign.first_mut().map(|piece| &mut piece.spaces),
    );
    align_cells(
        lines,
        |line| columns(&line.lead) + columns(&line.assign),
        |line| line.comment.as_mut().map(|piece| &mut piece.spaces),
    );
}

fn columns(pieces: &[Piece]) -> usize {
    pieces.iter().map(Piece::columns).sum()
}

/// Puts the cells of each run of lines that have one into the same column: one space after the
/// widest of what stands before them.
fn align_cells(
    lines: &mut [Line],
    before: impl Fn(&Line) -> usize,
    cell: impl for<'l> Fn(&'l mut Line<'_>) -> Option<&'l mut usize>,
) {
    let mut start = 0;
    while start < lines.len() {
        let rest = &mut lines[start..];
        let length = rest.len();
        let run = rest.iter_mut().position(|line| cell(line).is_none()).unwrap_or(length);
        let widths: Vec<usize> = lines[start..start + run].iter().map(&before).collect();
        let widest = widths.iter().copied().max().unwrap_or_default();
        for (line, width) in lines[start..start + run].iter_mut().zip(widths) {
            if let Some(spaces) = cell(line) {
                *spaces = widest - width + 1;
            }
        }
        start += run + 1;
    }
}
