//! Long strings by line and word.

use serde::{Deserialize, Serialize};
use similar::{ChangeTag, DiffOp, DiffTag, TextDiff};

/// Beyond so many lines only the common beginning and end are found.
const MAX_LINES: usize = 4000;
/// Beyond so many bytes a line is not compared word by word.
const MAX_LINE: usize = 2000;
/// How many unchanged lines are shown around a change.
const CONTEXT: usize = 2;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// It is in both.
    Same,
    /// It goes.
    Removed,
    /// It comes.
    Added,
    /// So many unchanged lines are not shown; the line's text is empty.
    Hidden(usize),
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Whether it is what differs.
    pub changed: bool,
    /// Its text, without line ends.
    pub text: String,
}

/// A line of a text that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// Its text in pieces.
    pub parts: Vec<Part>,
}

impl Line {
    fn plain(kind: LineKind, text: &str) -> Self {
        Self { kind, parts: vec![Part { changed: false, text: text.to_owned() }] }
    }
}

/// The lines of a text, all of one kind.
#[must_use]
pub fn whole(kind: LineKind, text: &str) -> Vec<Line> {
    split(text).into_iter().map(|line| Line::plain(kind, line)).collect()
}

/// The lines of two texts, with a little of what is unchanged around the changes.
#[must_use]
pub fn lines(before: &str, after: &str) -> Vec<Line> {
    let (old, new) = (split(before), split(after));
    let all = if old.len() + new.len() > MAX_LINES { ends(&old, &new) } else { diff(&old, &new) };
    fold(all)
}

/// A text's lines. A line end at the very end makes an empty last line, so that it can be seen to
/// come or go.
fn split(text: &str) -> Vec<&str> {
    text.split('\n').collect()
}

fn diff(old: &[&str], new: &[&str]) -> Vec<Line> {
    let diff = TextDiff::from_slices(old, new);
    let mut out = Vec::new();
    for op in diff.ops() {
        if op.tag() == DiffTag::Replace && short(old, new, op) {
            for change in diff.iter_inline_changes_deadline(op, None) {
                let parts = change
                    .iter_strings_lossy()
                    .map(|(changed, text)| Part { changed, text: text.into_owned() });
                out.push(Line { kind: kind(change.tag()), parts: parts.collect() });
            }
        } else {
            let changes = diff.iter_changes(op);
            out.extend(changes.map(|change| Line::plain(kind(change.tag()), change.value())));
        }
    }
    out
}

fn short(old: &[&str], new: &[&str], op: &DiffOp) -> bool {
    let lines = old[op.old_range()].iter().chain(&new[op.new_range()]);
    lines.map(|line| line.len()).sum::<usize>() <= MAX_LINE
}

fn kind(tag: ChangeTag) -> LineKind {
    match tag {
        ChangeTag::Equal => LineKind::Same,
        ChangeTag::Delete => LineKind::Removed,
        ChangeTag::Insert => LineKind::Added,
    }
}

/// Only the common beginning and end: for texts that are too long to compare line by line.
fn ends(old: &[&str], new: &[&str]) -> Vec<Line> {
    let first = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - first;
    let last =
        old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let plain = |kind| move |line: &&str| Line::plain(kind, line);
    let mut out: Vec<Line> = old[..first].iter().map(plain(LineKind::Same)).collect();
    out.extend(old[first..old.len() - last].iter().map(plain(LineKind::Removed)));
    out.extend(new[first..new.len() - last].iter().map(plain(LineKind::Added)));
    out.extend(old[old.len() - last..].iter().map(plain(LineKind::Same)));
    out
}

/// Replaces runs of unchanged lines that are far from a change by their number.
fn fold(lines: Vec<Line>) -> Vec<Line> {
    let changed: Vec<bool> = lines.iter().map(|line| line.kind != LineKind::Same).collect();
    let mut near = vec![false; lines.len()];
    for (at, _) in changed.iter().enumerate().filter(|(_, changed)| **changed) {
        let end = (at + CONTEXT + 1).min(lines.len());
        near[at.saturating_sub(CONTEXT)..end].fill(true);
    }
    let mut out = Vec::new();
    let mut hidden = 0;
    for (line, near) in lines.into_iter().zip(near) {
        if near {
            flush(&mut out, &mut hidden);
            out.push(line);
        } else {
            hidden += 1;
        }
    }
    flush(&mut out, &mut hidden);
    out
}

fn flush(out: &mut Vec<Line>, hidden: &mut usize) {
    if *hidden > 0 {
        out.push(Line { kind: LineKind::Hidden(std::mem::take(hidden)), parts: Vec::new() });
    }
}

/// Two one-line texts in pieces, what differs marked; whole when they have little in common.
#[must_use]
pub fn words(before: &str, after: &str) -> (Vec<Part>, Vec<Part>) {
    let plain = |text: &str| vec![Part { changed: false, text: text.to_owned() }];
    if before.len() + after.len() > MAX_LINE {
        return (plain(before), plain(after));
    }
    let diff = TextDiff::from_words(before, after);
    if diff.ratio() < 0.3 {
        return (plain(before), plain(after));
    }
    let side = |skip: ChangeTag| {
        let mut parts: Vec<Part> = Vec::new();
        for change in diff.iter_all_changes().filter(|change| change.tag() != skip) {
            let changed = change.tag() != ChangeTag::Equal;
            match parts.last_mut() {
                Some(last) if last.changed == changed => last.text.push_str(change.value()),
                _ => parts.push(Part { changed, text: change.value().to_owned() }),
            }
        }
        parts
    };
    (side(ChangeTag::Insert), side(ChangeTag::Delete))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(lines: &[Line]) -> String {
        let mut out = String::new();
        for line in lines {
            match line.kind {
                LineKind::Same => out.push_str("  "),
                LineKind::Removed => out.push_str("- "),
                LineKind::Added => out.push_str("+ "),
                LineKind::Hidden(count) => out.push_str(&format!("… {count}")),
            }
            for part in &line.parts {
                let text = &part.text;
                out.push_str(&if part.changed { format!("[{text}]") } else { text.clone() });
            }
            out.push('\n');
        }
        out
    }

    #[test]
    fn far_lines_are_hidden_and_words_marked() {
        let before = "a\nb\nc\nserver on port 80\nd\ne\nf\ng";
        let after = "a\nb\nc\nserver on port 81\nd\ne\nf\ng";
        assert_eq!(
            show(&lines(before, after)),
            "… 1\n  b\n  c\n- server on port [80]\n+ server on port [81]\n  d\n  e\n… 2\n"
        );
    }

    #[test]
    fn a_line_end_at_the_end_is_seen() {
        assert_eq!(show(&lines("a\n", "a")), "  a\n- \n");
    }

    #[test]
    fn huge_texts_are_compared_by_their_ends() {
        let before = format!("same\n{}end", "x\n".repeat(5000));
        let after = format!("same\n{}end", "y\n".repeat(5000));
        let lines = lines(&before, &after);
        assert_eq!(lines.iter().filter(|l| l.kind == LineKind::Removed).count(), 5000);
        assert_eq!(lines.first().unwrap().kind, LineKind::Same);
    }

    #[test]
    fn words_that_differ_are_marked() {
        let (a, b) = words("run --port 80 now", "run --port 81 now");
        let text = |parts: &[Part]| {
            parts.iter().filter(|p| p.changed).map(|p| p.text.clone()).collect::<String>()
        };
        assert_eq!((text(&a).as_str(), text(&b).as_str()), ("80", "81"));
        assert_eq!(words("abc", "xyz").0.len(), 1);
    }
}
