//! The last lines of a container's output, without secrets.

use zeroize::Zeroizing;

/// How many lines are shown.
pub(crate) const LINES: usize = 20;

/// What stands for a secret in a text.
const MASK: &str = "(sensitive)";

/// Values that must not be shown. Never printed itself.
#[derive(Clone, Default)]
pub(crate) struct Hidden(Vec<Zeroizing<String>>);

impl std::fmt::Debug for Hidden {
    /// Shows only how many there are.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hidden({})", self.0.len())
    }
}

impl Hidden {
    /// Hides a value: whole, and line by line, since output is shown by lines. What is shorter than
    /// three characters cannot be told from ordinary text and is not looked for.
    pub(crate) fn add(&mut self, value: &str) {
        for part in std::iter::once(value).chain(value.lines()) {
            let part = part.trim();
            if part.len() >= 3 && !self.0.iter().any(|known| known.as_str() == part) {
                self.0.push(Zeroizing::new(part.to_owned()));
            }
        }
        // A longer value first, so that what it contains does not break it.
        self.0.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// The text with every hidden value masked.
    pub(crate) fn mask(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for value in &self.0 {
            if masked.contains(value.as_str()) {
                masked = masked.replace(value.as_str(), MASK);
            }
        }
        masked
    }
}

/// The last lines of an output, with control characters shown as `?` so that a container cannot
/// write to the user's terminal.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    let clean = |line: &str| {
        line.chars().map(|c| if c.is_control() && c != '\t' { '?' } else { c }).collect::<String>()
    };
    lines[from..].iter().map(|line| clean(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_also_in_pieces() {
        let mut hidden = Hidden::default();
        hidden.add("hunter2");
        hidden.add("first line\nsecond line\n");
        hidden.add("hunter2-long");
        let text = hidden.mask("login with hunter2-long or hunter2\nsecond line");
        assert_eq!(text, "login with (sensitive) or (sensitive)\n(sensitive)");
        assert!(!format!("{hidden:?}").contains("hunter"));
    }

    #[test]
    fn a_short_value_does_not_eat_the_text() {
        let mut hidden = Hidden::default();
        hidden.add("a");
        assert_eq!(hidden.mask("a banana"), "a banana");
    }

    #[test]
    fn the_last_lines_hold_no_escape_sequence() {
        let text = (0..30).map(|n| format!("\u{1b}[31mline {n}\n")).collect::<String>();
        let last = last_lines(&text);
        assert_eq!(last.lines().count(), LINES);
        assert!(last.starts_with("?[31mline 10"));
    }
}
