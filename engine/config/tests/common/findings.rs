//! What is said about wrong input, as text that a table of cases can hold.

use super::evaluate;
use podform_model::{Diagnostic, Diagnostics};

/// A finding as a user sees it: code, line, marked text, summary, help.
pub(crate) fn shown(text: &str, found: &Diagnostic) -> String {
    let place = found.labels.first().map_or_else(String::new, |label| {
        let start = label.start as usize;
        let line = text[..start].matches('\n').count() + 1;
        let marked = text[start..label.end as usize].lines().next().unwrap_or_default().to_owned();
        format!("{line}:{marked}")
    });
    let help = found.help.as_ref().map_or_else(String::new, |help| format!(" ? {help}"));
    format!("{} [{place}] {}{help}", found.code, found.summary)
}

/// The findings about a text.
pub(crate) fn all(text: &str) -> (Vec<String>, Diagnostics) {
    let (_, found) = evaluate(text);
    (found.iter().map(|one| shown(text, one)).collect(), found)
}

/// Each text with what is said about it.
pub(crate) fn check(cases: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let (found, _) = all(text);
        if found != *expected {
            wrong.push(format!(
                "{text}\nexpected\n  {}\nfound\n  {}",
                expected.join("\n  "),
                found.join("\n  ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
