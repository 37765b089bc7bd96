//! Places in a text: its bytes, and the lines and columns of the protocol.

use gen_lsp_types::{Position, PositionEncodingKind, Range};
use std::sync::Arc;

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// The better of what a client offers: bytes, else UTF-16, which every client knows.
    pub(super) fn choose(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) { Self::Utf8 } else { Self::Utf16 }
    }

    /// As the protocol names it.
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
        }
    }
}

/// A text with the bytes at which its lines begin.
#[derive(Debug, Clone)]
pub(super) struct Lines {
    text: Arc<str>,
    starts: Vec<usize>,
}

impl Lines {
    /// Finds the lines: they end with `\n`, `\r\n` or `\r`.
    pub(super) fn of(text: Arc<str>) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| {
            **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        });
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    /// The whole text.
    pub(super) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The text of a line without what ends it.
    fn line(&self, line: usize) -> &str {
        let start = self.starts[line];
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        self.text[start..end].trim_end_matches(['\r', '\n'])
    }

    /// The byte of a position; one that does not exist is the nearest before it.
    pub(super) fn offset(&self, position: Position, encoding: Encoding) -> usize {
        let Ok(line) = usize::try_from(position.line) else { return self.text.len() };
        if line >= self.starts.len() {
            return self.text.len();
        }
        let wanted = usize::try_from(position.character).unwrap_or(usize::MAX);
        let (mut column, mut bytes) = (0, 0);
        for c in self.line(line).chars() {
            column += encoding.width(c);
            if column > wanted {
                break;
            }
            bytes += c.len_utf8();
        }
        self.starts[line] + bytes
    }

    /// The position of a byte.
    pub(super) fn position(&self, offset: usize, encoding: Encoding) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts[line];
        let in_line = offset.min(self.text.len()) - start;
        let mut column = 0;
        for (at, c) in self.line(line).char_indices() {
            if at >= in_line {
                break;
            }
            column += encoding.width(c);
        }
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: number(line), character: number(column) }
    }

    /// The range of some bytes.
    pub(super) fn range(&self, bytes: &std::ops::Range<usize>, encoding: Encoding) -> Range {
        Range {
            start: self.position(bytes.start, encoding),
            end: self.position(bytes.end, encoding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_what_the_client_counts() {
        let lines = Lines::of("a\r\né𝄞x\ry\n".into());
        let place = |line, character| Position { line, character };
        for (offset, utf16, utf8) in [
            (0, place(0, 0), place(0, 0)),
            (1, place(0, 1), place(0, 1)),
            (3, place(1, 0), place(1, 0)),
            (5, place(1, 1), place(1, 2)),
            (9, place(1, 3), place(1, 6)),
            (10, place(1, 4), place(1, 7)),
            (11, place(2, 0), place(2, 0)),
            (13, place(3, 0), place(3, 0)),
        ] {
            assert_eq!(lines.position(offset, Encoding::Utf16), utf16, "{offset}");
            assert_eq!(lines.position(offset, Encoding::Utf8), utf8, "{offset}");
            assert_eq!(lines.offset(utf16, Encoding::Utf16), offset);
            assert_eq!(lines.offset(utf8, Encoding::Utf8), offset);
        }
    }

    #[test]
    fn places_that_do_not_exist_are_the_nearest_before() {
        let lines = Lines::of("ab\n𝄞".into());
        let offset = |line, character| lines.offset(Position { line, character }, Encoding::Utf16);
        assert_eq!(offset(0, 99), 2);
        assert_eq!(offset(1, 1), 3);
        assert_eq!(offset(9, 0), 7);
        assert_eq!(lines.position(99, Encoding::Utf16), Position { line: 1, character: 2 });
    }
}
