//! The canonical style of a document, as an edit of the lines that change.

use super::documents::File;
use super::position::Encoding;
use super::wire::{Refusal, error};
use gen_lsp_types::TextEdit;
use podform_config::SourceFile;
use std::ops::Range;

/// The edit that brings a document into canonical style; none when it is.
pub(super) fn format(file: &File, encoding: Encoding) -> Result<Vec<TextEdit>, Refusal> {
    if file.is_json() {
        let why = "files in JSON have no canonical style";
        return Err(Refusal::new(error::REQUEST_FAILED, why));
    }
    let source = SourceFile::new(file.name.as_str(), file.text().clone());
    let (Some(formatted), _) = podform_config::format(&source) else {
        let why = "the text has a syntax error, which the diagnostics show";
        return Err(Refusal::new(error::REQUEST_FAILED, why));
    };
    let Some((range, new_text)) = difference(file.text(), &formatted) else {
        return Ok(Vec::new());
    };
    let range = file.lines.range(&range, encoding);
    Ok(vec![TextEdit { range, new_text: new_text.to_owned() }])
}

/// The lines of a text that differ from those of another, and what stands there in the other.
fn difference<'n>(old: &str, new: &'n str) -> Option<(Range<usize>, &'n str)> {
    if old == new {
        return None;
    }
    let (before, after): (Vec<_>, Vec<_>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let first = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let rest = before.iter().skip(first).rev().zip(after.iter().skip(first).rev());
    let last = rest.take_while(|(a, b)| a == b).count();
    let length = |lines: &[&str]| lines.iter().map(|line| line.len()).sum::<usize>();
    let start = length(&before[..first]);
    let old_end = old.len() - length(&before[before.len() - last..]);
    let new_end = new.len() - length(&after[after.len() - last..]);
    Some((start..old_end, &new[start..new_end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_between_are_replaced() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        for (old, new) in [
            ("a\n b\nc\n", "a\nb\nc\n"),
            ("a\nc\n", "a\nb\nc\n"),
            ("a\na\na\n", "a\na\n"),
            ("", "a\n"),
            ("a", "a\n"),
            ("x\ny", ""),
        ] {
            let (range, text) = difference(old, new).unwrap();
            assert_eq!(format!("{}{text}{}", &old[..range.start], &old[range.end..]), new);
        }
        assert_eq!(difference("a\n b\nc\n", "a\nb\nc\n"), Some((2..5, "b\n")));
    }
}
