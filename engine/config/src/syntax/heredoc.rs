//! Heredocs: text up to a line that is the marker alone.

use super::parser::{Parse, Parser};
use super::template::Draft;
use crate::ir::Kind;

impl Parser<'_> {
    /// Whether `<<NAME` or `<<-NAME` begins here.
    pub(super) fn is_heredoc(&self) -> bool {
        let Some(rest) = self.rest().strip_prefix("<<") else { return false };
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        rest.starts_with(|c: char| c == '_' || unicode_ident::is_xid_start(c))
    }

    /// A heredoc; what follows it is the end of its last line.
    pub(super) fn heredoc(&mut self) -> Parse<Kind> {
        let open = self.at;
        self.at += 2;
        let flush = self.peek(0) == b'-';
        self.at += usize::from(flush);
        let marker = self.word().unwrap_or_default();
        self.at += marker.len();
        if !self.at_line_end() || self.at_end() {
            let summary = "the text of a heredoc begins on the next line";
            return self.fail_here(summary, &format!("write nothing after `<<{marker}`"));
        }
        self.line_feed();
        let mut draft = Draft::default();
        let depth = self.bound.len();
        let read = self.heredoc_pieces(open, marker, &mut draft);
        self.bound.truncate(depth);
        read?;
        self.put_together(draft.finish(), flush)
    }

    /// A text that is a template as a whole: read by lines, as a heredoc is.
    pub(crate) fn template_file(&mut self) -> Parse<Kind> {
        let mut draft = Draft::default();
        while !self.at_end() {
            if self.peek(0) == b'\n' {
                draft.text.push('\n');
                self.at += 1;
                draft.end_text();
            } else {
                self.template_text(&mut draft)?;
            }
        }
        self.put_together(draft.finish(), false)
    }

    /// Takes the end of a line.
    fn line_feed(&mut self) {
        self.at += usize::from(self.peek(0) == b'\r') + 1;
    }

    fn heredoc_pieces(&mut self, open: usize, marker: &str, draft: &mut Draft) -> Parse<()> {
        let mut line_start = true;
        loop {
            if self.at_end() {
                return self.open_heredoc(open, marker);
            }
            if line_start && self.take_marker(marker) {
                return Ok(());
            }
            line_start = self.peek(0) == b'\n';
            if line_start {
                draft.text.push('\n');
                self.at += 1;
                draft.end_text();
            } else {
                self.template_text(draft)?;
            }
        }
    }

    /// Takes the line of the marker, without its end.
    fn take_marker(&mut self, marker: &str) -> bool {
        let rest = self.rest();
        let line = rest.split('\n').next().unwrap_or_default();
        if line.trim() != marker {
            return false;
        }
        self.at += line.strip_suffix('\r').unwrap_or(line).len();
        true
    }

    fn open_heredoc<T>(&mut self, open: usize, marker: &str) -> Parse<T> {
        let length = self.text[open..].find('\n').unwrap_or_default();
        let span = self.span(open, open + length);
        let summary = format!("this heredoc was never closed: no line is `{marker}` alone");
        let help = format!("write `{marker}` on a line of its own");
        self.fail(span, summary, "opened here", &help)
    }
}
