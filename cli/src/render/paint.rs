//! Text with tones, and what they look like on a terminal.

use crate::report::printable;

/// What a piece of text means; never the only sign of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// A heading or an address.
    Strong,
    /// Something comes.
    Add,
    /// Something goes.
    Remove,
    /// Something changes.
    Change,
    /// Something that differs within a line that goes.
    RemoveWord,
    /// Something that differs within a line that comes.
    AddWord,
    /// Remarks.
    Faint,
    /// What the user should not overlook.
    Alert,
}

impl Tone {
    /// The parameters of the terminal's "select graphic rendition".
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Add => "32",
            Self::Remove => "31",
            Self::Change => "33",
            Self::RemoveWord => "1;4;31",
            Self::AddWord => "1;4;32",
            Self::Faint => "2",
            Self::Alert => "31",
        }
    }
}

/// Collects text. Control characters of the user's are made visible.
#[derive(Debug)]
pub struct Painter {
    color: bool,
    out: String,
}

impl Painter {
    /// An empty text, with or without colour.
    #[must_use]
    pub fn new(color: bool) -> Self {
        Self { color, out: String::new() }
    }

    /// Adds text in a tone.
    pub fn put(&mut self, tone: Tone, text: &str) -> &mut Self {
        let text = printable(text);
        if self.color && !text.is_empty() && tone != Tone::Plain {
            self.out.push_str("\u{1b}[");
            self.out.push_str(tone.code());
            self.out.push('m');
            self.out.push_str(&text);
            self.out.push_str("\u{1b}[0m");
        } else {
            self.out.push_str(&text);
        }
        self
    }

    /// Adds plain text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.put(Tone::Plain, text)
    }

    /// Ends a line.
    pub fn end(&mut self) {
        self.out.push('\n');
    }

    /// Adds an empty line, unless there is nothing or one already.
    pub fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// The whole text.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_only_added() {
        let paint = |color| {
            let mut painter = Painter::new(color);
            painter.put(Tone::Add, "+ a").text(" b").end();
            painter.finish()
        };
        assert_eq!(paint(false), "+ a b\n");
        assert_eq!(paint(true), "\u{1b}[32m+ a\u{1b}[0m b\n");
    }

    #[test]
    fn a_users_text_cannot_drive_the_terminal() {
        let mut painter = Painter::new(false);
        painter.text("\u{1b}[2Jboo");
        assert_eq!(painter.finish(), "\\u{1b}[2Jboo");
    }
}
