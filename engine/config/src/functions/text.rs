//! Functions of text. A character is what a reader takes for one: a grapheme.

use super::numbers::whole;
use super::pattern::compile;
use super::{Fault, Function, Outcome, Parameter, bad, check_count, check_size, function, wrong};
use crate::value::{Entries, Ty, Val};
use regex::{Captures, Regex};
use unicode_segmentation::UnicodeSegmentation;

pub(super) fn all() -> Vec<Function> {
    use Parameter::{Number, Text, Texts};
    let one = &[Text][..];
    let two = &[Text, Text][..];
    let list = || Ty::list(Ty::String);
    vec![
        function("chomp", one, Ty::String, |a| string(arg(a, 0).trim_end_matches(['\n', '\r']))),
        function("lower", one, Ty::String, |a| {
            string(&arg(a, 0).chars().map(lower).collect::<String>())
        }),
        function("upper", one, Ty::String, |a| {
            string(&arg(a, 0).chars().map(upper).collect::<String>())
        }),
        function("title", one, Ty::String, |a| string(&title(arg(a, 0)))),
        function("trimspace", one, Ty::String, |a| string(arg(a, 0).trim())),
        function("strrev", one, Ty::String, |a| {
            string(&arg(a, 0).graphemes(true).rev().collect::<String>())
        }),
        function("startswith", two, Ty::Bool, |a| Ok(Val::Bool(arg(a, 0).starts_with(arg(a, 1))))),
        function("endswith", two, Ty::Bool, |a| Ok(Val::Bool(arg(a, 0).ends_with(arg(a, 1))))),
        function("strcontains", two, Ty::Bool, |a| Ok(Val::Bool(arg(a, 0).contains(arg(a, 1))))),
        function("trim", two, Ty::String, |a| {
            let cut: Vec<char> = arg(a, 1).chars().collect();
            string(arg(a, 0).trim_matches(&*cut))
        }),
        function("trimprefix", two, Ty::String, |a| {
            string(arg(a, 0).strip_prefix(arg(a, 1)).unwrap_or(arg(a, 0)))
        }),
        function("trimsuffix", two, Ty::String, |a| {
            string(arg(a, 0).strip_suffix(arg(a, 1)).unwrap_or(arg(a, 0)))
        }),
        function("indent", &[Number, Text], Ty::String, indent),
        function("substr", &[Text, Number, Number], Ty::String, substr),
        function("split", two, list(), split),
        function("join", &[Text], Ty::String, join).more(Texts),
        function("replace", &[Text, Text, Text], Ty::String, replace),
        function("regex", two, Ty::Any, regex).typed(match_type),
        function("regexall", two, Ty::list(Ty::Any), regexall)
            .typed(|a| Ok(Ty::list(match_type(a)?))),
    ]
}

/// The text of an argument.
pub(super) fn arg(arguments: &[Val], at: usize) -> &str {
    arguments.get(at).and_then(Val::text).map_or("", |text| text)
}

fn string(text: &str) -> Outcome {
    check_size(text.len())?;
    Ok(Val::string(text))
}

/// The one character that a mapping gives, as Unicode's simple mappings do.
fn simple(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn lower(c: char) -> char {
    if c == '\u{130}' { 'i' } else { simple(c, c.to_lowercase()) }
}

fn upper(c: char) -> char {
    let shifted = |by: u32| char::from_u32(c as u32 + by).unwrap_or(c);
    match c {
        // Their full mappings are two characters, the simple ones are their titles.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => shifted(8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => shifted(9),
        c => simple(c, c.to_uppercase()),
    }
}

/// The capital at the start of a word; of the letters that are pairs, only the first is large.
fn capital(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        c => upper(c),
    }
}

fn title(text: &str) -> String {
    let mut start = true;
    let mut letter = |c: char| {
        let out = if start { capital(c) } else { c };
        start = if c.is_ascii() {
            !(c.is_ascii_alphanumeric() || c == '_')
        } else {
            !c.is_alphanumeric() && c.is_whitespace()
        };
        out
    };
    text.chars().map(&mut letter).collect()
}

fn indent(arguments: &[Val]) -> Outcome {
    let text = arg(arguments, 1);
    let Ok(count) = usize::try_from(whole(arguments, 0)?) else {
        return Err(bad(0, "must not be less than 0"));
    };
    let lines = text.matches('\n').count();
    check_size(count.saturating_mul(lines).saturating_add(text.len()))?;
    if lines == 0 {
        return string(text);
    }
    string(&text.replace('\n', &format!("\n{}", " ".repeat(count))))
}

fn substr(arguments: &[Val]) -> Outcome {
    let text = arg(arguments, 0);
    let (offset, length) = (whole(arguments, 1)?, whole(arguments, 2)?);
    let mut starts: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
    starts.push(text.len());
    let size = i64::try_from(starts.len() - 1).unwrap_or(i64::MAX);
    let first = if offset < 0 { size.saturating_add(offset).max(0) } else { offset.min(size) };
    let end = if length < 0 { size } else { first.saturating_add(length).min(size) };
    let byte = |at: i64| usize::try_from(at).ok().and_then(|at| starts.get(at)).copied();
    let range = byte(first).zip(byte(end)).and_then(|(start, end)| text.get(start..end));
    string(range.unwrap_or_default())
}

fn split(arguments: &[Val]) -> Outcome {
    let (separator, text) = (arg(arguments, 0), arg(arguments, 1));
    if separator.is_empty() {
        check_count(text.chars().count())?;
        let letters = text.chars().map(|c| Val::string(c.encode_utf8(&mut [0; 4])));
        return Ok(Val::list(letters.collect(), Ty::String));
    }
    check_count(text.matches(separator).count())?;
    Ok(Val::list(text.split(separator).map(Val::string).collect(), Ty::String))
}

fn join(arguments: &[Val]) -> Outcome {
    if arguments.len() < 2 {
        return Err(wrong("needs at least one list"));
    }
    let separator = arg(arguments, 0);
    let mut parts: Vec<&str> = Vec::new();
    let mut size = 0_usize;
    for (at, list) in arguments.iter().enumerate().skip(1) {
        for (item, value) in list.items().into_iter().flat_map(|items| items.iter()).enumerate() {
            match value {
                Val::String(text) => parts.push(text),
                Val::Secret(_) => return Err(bad(at, "a secret's text is not known here")),
                _ => return Err(bad(at, format!("item {item} is null"))),
            }
            size += separator.len() + parts.last().map_or(0, |part| part.len());
        }
    }
    check_size(size)?;
    string(&parts.join(separator))
}

/// `/pattern/` is a regular expression, anything else a plain text.
fn replace(arguments: &[Val]) -> Outcome {
    let (text, wanted, by) = (arg(arguments, 0), arg(arguments, 1), arg(arguments, 2));
    let pattern = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let Some(pattern) = pattern else {
        let found = text.matches(wanted).count();
        check_size(found.saturating_mul(by.len()).saturating_add(text.len()))?;
        return string(&text.replace(wanted, by));
    };
    let regex = compile(pattern, 1)?;
    let mut out = String::new();
    let mut end = 0;
    for captures in regex.captures_iter(text) {
        let whole = captures.get_match();
        out.push_str(&text[end..whole.start()]);
        captures.expand(by, &mut out);
        end = whole.end();
        check_size(out.len())?;
    }
    out.push_str(&text[end..]);
    string(&out)
}

/// The whole match, or its groups: by name when they have names.
fn captured(regex: &Regex, captures: &Captures<'_>) -> Val {
    let text = |found: Option<regex::Match<'_>>| {
        found.map_or(Val::Null(Ty::String), |found| Val::string(found.as_str()))
    };
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    if names.is_empty() {
        return text(captures.get(0));
    }
    if names.iter().all(Option::is_some) {
        let mut out = Entries::new();
        for name in names.into_iter().flatten() {
            out.insert(name.into(), text(captures.name(name)));
        }
        return Val::object(out);
    }
    Val::tuple((1..captures.len()).map(|at| text(captures.get(at))).collect())
}

/// The type of what `captured` makes.
fn captured_type(regex: &Regex) -> Ty {
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    if names.is_empty() {
        return Ty::String;
    }
    if names.iter().all(Option::is_some) {
        let names = names.into_iter().flatten();
        return Ty::object(names.map(|name| (name.into(), Ty::String.into())).collect());
    }
    Ty::tuple(vec![Ty::String; names.len()])
}

fn check_groups(regex: &Regex) -> Result<(), Fault> {
    let named = regex.capture_names().skip(1).filter(Option::is_some).count();
    let all = regex.captures_len() - 1;
    if named != 0 && named != all {
        return Err(bad(0, "name all groups of the regular expression or none"));
    }
    Ok(())
}

/// The type of a match, when the pattern is known.
fn match_type(arguments: &[Val]) -> Result<Ty, Fault> {
    let Some(Val::String(pattern)) = arguments.first() else { return Ok(Ty::Any) };
    let regex = compile(pattern, 0)?;
    check_groups(&regex)?;
    Ok(captured_type(&regex))
}

fn regex(arguments: &[Val]) -> Outcome {
    let regex = compile(arg(arguments, 0), 0)?;
    check_groups(&regex)?;
    match regex.captures(arg(arguments, 1)) {
        Some(captures) => Ok(captured(&regex, &captures)),
        None => Err(bad(1, "the regular expression matches no part of the text")),
    }
}

fn regexall(arguments: &[Val]) -> Outcome {
    let regex = compile(arg(arguments, 0), 0)?;
    check_groups(&regex)?;
    let mut out = Vec::new();
    for captures in regex.captures_iter(arg(arguments, 1)) {
        out.push(captured(&regex, &captures));
        check_count(out.len().saturating_mul(regex.captures_len()))?;
    }
    Ok(Val::list(out, captured_type(&regex)))
}
