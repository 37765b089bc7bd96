//! `formatdate`: a time in the words of a pattern.

use super::time::Moment;
use super::{Fault, Outcome, bad};
use crate::value::Val;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The time as the pattern asks. A run of one letter is a field, what stands in `'` is text.
pub(super) fn format(pattern: &str, moment: &Moment) -> Outcome {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            rest = quoted(rest, &mut out)?;
            continue;
        }
        let length = rest.chars().take_while(|other| *other == c).count();
        let (token, after) = rest.split_at(length * c.len_utf8());
        rest = after;
        if !c.is_ascii_alphabetic() {
            out.push_str(token);
            continue;
        }
        match field(token, moment) {
            Some(text) => out.push_str(&text),
            None => return Err(bad(0, unknown(c, token))),
        }
        super::check_size(out.len())?;
    }
    Ok(Val::string(&out))
}

/// Text in quotes, in which `''` is one; what follows it.
fn quoted<'a>(text: &'a str, out: &mut String) -> Result<&'a str, Fault> {
    let mut at = 1;
    loop {
        let Some(found) = text.get(at..).and_then(|rest| rest.find('\'')) else {
            return Err(bad(0, "a `'` in the pattern is not closed"));
        };
        out.push_str(&text[at..at + found]);
        at += found + 1;
        if !text[at..].starts_with('\'') {
            return Ok(&text[at..]);
        }
        out.push('\'');
        at += 1;
    }
}

fn unknown(letter: char, token: &str) -> String {
    let forms = match letter {
        'Y' => "YYYY or YY",
        'M' => "MMMM, MMM, MM or M",
        'D' => "DD or D",
        'E' => "EEEE or EEE",
        'h' => "hh or h",
        'H' => "HH or H",
        'A' | 'a' => "AA or aa",
        'm' => "mm or m",
        's' => "ss or s",
        'Z' => "ZZZZZ, ZZZZ, ZZZ or Z",
        _ => "Y, M, D, E, h, H, A, m, s or Z; put other text into `'`",
    };
    let shown: String = token.chars().take(12).collect();
    format!("`{shown}` is not a field of a time: write {forms}")
}

fn field(token: &str, moment: &Moment) -> Option<String> {
    let local = &moment.local;
    let twelve = match local.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let month = usize::try_from(local.month() - 1).ok().and_then(|at| MONTHS.get(at))?;
    let weekday = usize::try_from(local.weekday().to_sunday_zero_offset()).ok();
    let day = weekday.and_then(|at| DAYS.get(at))?;
    let half = if local.hour() < 12 { "AM" } else { "PM" };
    Some(match token {
        "YYYY" => format!("{:04}", local.year()),
        "YY" => format!("{:02}", local.year() % 100),
        "MMMM" => (*month).to_owned(),
        "MMM" => month[..3].to_owned(),
        "MM" => format!("{:02}", local.month()),
        "M" => local.month().to_string(),
        "DD" => format!("{:02}", local.day()),
        "D" => local.day().to_string(),
        "EEEE" => (*day).to_owned(),
        "EEE" => day[..3].to_owned(),
        "hh" => format!("{:02}", local.hour()),
        "h" => local.hour().to_string(),
        "HH" => format!("{twelve:02}"),
        "H" => twelve.to_string(),
        "AA" => half.to_owned(),
        "aa" => half.to_lowercase(),
        "mm" => format!("{:02}", local.minute()),
        "m" => local.minute().to_string(),
        "ss" => format!("{:02}", local.second()),
        "s" => local.second().to_string(),
        "Z" | "ZZZ" | "ZZZZ" | "ZZZZZ" => zone(token, moment.offset),
        _ => return None,
    })
}

fn zone(token: &str, offset: i32) -> String {
    match token {
        "Z" if offset == 0 => return "Z".into(),
        "ZZZ" if offset == 0 => return "UTC".into(),
        _ => {}
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.abs() / 60;
    let colon = if matches!(token, "ZZZZ" | "ZZZ") { "" } else { ":" };
    format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
}
