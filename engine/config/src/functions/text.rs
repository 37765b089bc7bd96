//! Functions of text.

use super::numbers::number;
use super::{Fault, Function, Outcome, Parameter, bad, function};
use crate::types::convert;
use crate::value::{Entries, Ty, Val};
use regex::Regex;

pub(super) fn all() -> Vec<Function> {
    let one = &[Parameter::Text][..];
    let two = &[Parameter::Text, Parameter::Text][..];
    let list = || Ty::List(Box::new(Ty::String));
    vec![
        function("chomp", one, Ty::String, |a| string(arg(a, 0).trim_end_matches(['\n', '\r']))),
        function("lower", one, Ty::String, |a| string(&arg(a, 0).to_lowercase())),
        function("upper", one, Ty::String, |a| string(&arg(a, 0).to_uppercase())),
        function("title", one, Ty::String, |a| string(&title(arg(a, 0)))),
        function("trimspace", one, Ty::String, |a| string(arg(a, 0).trim())),
        function("strrev", one, Ty::String, |a| {
            string(&arg(a, 0).chars().rev().collect::<String>())
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
        function("indent", &[Parameter::Number, Parameter::Text], Ty::String, indent),
        function(
            "substr",
            &[Parameter::Text, Parameter::Number, Parameter::Number],
            Ty::String,
            substr,
        ),
        function("split", two, list(), split),
        function("join", &[Parameter::Text, Parameter::Items], Ty::String, join)
            .more(Parameter::Items),
        function(
            "replace",
            &[Parameter::Text, Parameter::Text, Parameter::Text],
            Ty::String,
            replace,
        ),
        function("regex", two, Ty::Any, regex),
        function("regexall", two, Ty::Any, regexall),
    ]
}

/// The text of an argument.
pub(super) fn arg(arguments: &[Val], at: usize) -> &str {
    arguments.get(at).and_then(Val::text).map_or("", |text| text)
}

fn string(text: &str) -> Outcome {
    Ok(Val::string(text))
}

fn title(text: &str) -> String {
    let mut start = true;
    text.chars()
        .flat_map(|c| {
            let out: Vec<char> = if start { c.to_uppercase().collect() } else { vec![c] };
            start = !(c.is_alphanumeric() || c == '_' || c == '\'');
            out
        })
        .collect()
}

fn indent(arguments: &[Val]) -> Outcome {
    let spaces = number(arguments, 0);
    let Some(count) = super::numbers::index(&spaces).filter(|count| *count <= 1000) else {
        return Err(bad(0, "must be a whole number from 0 to 1000"));
    };
    string(&arg(arguments, 1).replace('\n', &format!("\n{}", " ".repeat(count))))
}

fn substr(arguments: &[Val]) -> Outcome {
    let text: Vec<char> = arg(arguments, 0).chars().collect();
    let whole =
        |at: usize| number(arguments, at).as_i64().ok_or_else(|| bad(at, "must be a whole number"));
    let (offset, length) = (whole(1)?, whole(2)?);
    let size = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (size + offset).max(0) } else { offset.min(size) };
    let end = if length < 0 { size } else { start.saturating_add(length).min(size) };
    let at = |index: i64| usize::try_from(index).unwrap_or_default();
    let out: String = text.get(at(start)..at(end)).unwrap_or_default().iter().collect();
    string(&out)
}

fn split(arguments: &[Val]) -> Outcome {
    let (separator, text) = (arg(arguments, 0), arg(arguments, 1));
    let items: Vec<Val> = if separator.is_empty() {
        text.chars().map(|c| Val::String(c.to_string().into())).collect()
    } else {
        text.split(separator).map(|part| Val::String(part.into())).collect()
    };
    Ok(Val::list(items))
}

fn join(arguments: &[Val]) -> Outcome {
    let mut parts: Vec<String> = Vec::new();
    for (at, list) in arguments.iter().enumerate().skip(1) {
        for item in list.items().into_iter().flat_map(|items| items.iter()) {
            match convert(item, &Ty::String) {
                Ok(Val::String(text)) => parts.push(text.to_string()),
                Ok(Val::Null) => return Err(bad(at, "the list holds a null")),
                Ok(Val::Secret(_)) => {
                    return Err(bad(at, "a secret's text is not known here"));
                }
                _ => {
                    let kind = item.kind();
                    return Err(bad(at, format!("expected a list of strings, found {kind} in it")));
                }
            }
        }
    }
    string(&parts.join(arg(arguments, 0)))
}

fn compile(pattern: &str, at: usize) -> Result<Regex, Fault> {
    regex::RegexBuilder::new(pattern).size_limit(1 << 22).build().map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        bad(at, format!("not a regular expression: {last}"))
    })
}

/// `/pattern/` is a regular expression, anything else a plain text.
fn replace(arguments: &[Val]) -> Outcome {
    let (text, wanted, by) = (arg(arguments, 0), arg(arguments, 1), arg(arguments, 2));
    let inner = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    match inner {
        Some(pattern) if wanted.len() > 2 => string(&compile(pattern, 1)?.replace_all(text, by)),
        _ => string(&text.replace(wanted, by)),
    }
}

fn captured(regex: &Regex, captures: &regex::Captures<'_>) -> Val {
    let text = |found: Option<regex::Match<'_>>| {
        found.map_or(Val::Null, |found| Val::String(found.as_str().into()))
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

fn check_groups(regex: &Regex) -> Result<(), Fault> {
    let named = regex.capture_names().skip(1).filter(Option::is_some).count();
    let all = regex.captures_len() - 1;
    if named != 0 && named != all {
        return Err(bad(0, "name all groups of the regular expression or none"));
    }
    Ok(())
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
    let found = regex.captures_iter(arg(arguments, 1));
    Ok(Val::list(found.map(|captures| captured(&regex, &captures)).collect()))
}
