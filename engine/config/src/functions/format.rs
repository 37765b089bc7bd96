//! `format` and `formatlist`, with Terraform's verbs.

use super::{Function, Outcome, Parameter, bad, function, wrong};
use crate::types::convert;
use crate::value::{Ty, Val};
use podform_model::Number;

/// The widest field.
const MAX_WIDTH: usize = 1024;

pub(super) fn all() -> Vec<Function> {
    vec![
        function("format", &[Parameter::Text], Ty::String, |a| {
            let (spec, values) = a.split_first().ok_or_else(|| wrong("needs a format"))?;
            let spec = spec.text().map_or("", |text| text);
            Ok(Val::string(&format(spec, values)?))
        })
        .more(Parameter::Nullable),
        function("formatlist", &[Parameter::Text], Ty::List(Box::new(Ty::String)), formatlist)
            .more(Parameter::Nullable),
    ]
}

fn formatlist(arguments: &[Val]) -> Outcome {
    let (spec, values) = arguments.split_first().ok_or_else(|| wrong("needs a format"))?;
    let spec = spec.text().map_or("", |text| text);
    let mut length = None;
    for (at, value) in values.iter().enumerate() {
        let Some(items) = value.items() else { continue };
        match length {
            None => length = Some((at, items.len())),
            Some((_, length)) if length == items.len() => {}
            Some((first, length)) => {
                let message =
                    format!("has {} items, but argument {} has {length}", items.len(), first + 2);
                return Err(bad(at + 1, message));
            }
        }
    }
    let length = length.map_or(1, |(_, length)| length);
    let mut out = Vec::with_capacity(length);
    for row in 0..length {
        let here: Vec<Val> = values
            .iter()
            .map(|value| match value.items() {
                Some(items) => items.get(row).cloned().unwrap_or(Val::Null),
                None => value.clone(),
            })
            .collect();
        out.push(Val::string(&format(spec, &here)?));
    }
    Ok(Val::list(out))
}

/// `%[flags][width][.precision][[index]]verb`.
#[derive(Default)]
struct Verb {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

fn format(spec: &str, values: &[Val]) -> Result<String, super::Fault> {
    let chars: Vec<char> = spec.chars().collect();
    let mut out = String::new();
    let (mut at, mut next, mut used) = (0, 0, 0);
    let mut indexed = false;
    while let Some(c) = chars.get(at) {
        at += 1;
        if *c != '%' {
            out.push(*c);
            continue;
        }
        let start = at - 1;
        let mut verb = Verb::default();
        while let Some(flag) = chars.get(at) {
            match flag {
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                ' ' => verb.space = true,
                '0' => verb.zero = true,
                '#' => verb.sharp = true,
                _ => break,
            }
            at += 1;
        }
        verb.width = digits(&chars, &mut at)?;
        if chars.get(at) == Some(&'.') {
            at += 1;
            verb.precision = Some(digits(&chars, &mut at)?.unwrap_or_default());
        }
        if chars.get(at) == Some(&'[') {
            at += 1;
            let index = digits(&chars, &mut at)?.filter(|index| *index > 0);
            let Some(index) = index.filter(|_| chars.get(at) == Some(&']')) else {
                return Err(bad(0, "`[` is followed by the number of an argument and `]`"));
            };
            at += 1;
            next = index - 1;
            indexed = true;
        }
        let Some(letter) = chars.get(at).copied() else {
            return Err(bad(0, "the format ends within a verb"));
        };
        at += 1;
        if letter == '%' {
            out.push('%');
            continue;
        }
        let shown: String = chars[start..at].iter().collect();
        let Some(value) = values.get(next) else {
            let count = values.len();
            let message = format!("`{shown}` needs argument {}, but there are {count}", next + 1);
            return Err(bad(0, message));
        };
        next += 1;
        used = used.max(next);
        let text = one(&verb, letter, value)
            .map_err(|message| bad(next, format!("`{shown}`: {message}")))?;
        out.push_str(&text);
    }
    if used < values.len() && !indexed {
        return Err(bad(used + 1, format!("too many arguments: the format uses {used}")));
    }
    Ok(out)
}

fn digits(chars: &[char], at: &mut usize) -> Result<Option<usize>, super::Fault> {
    let start = *at;
    while chars.get(*at).is_some_and(char::is_ascii_digit) {
        *at += 1;
    }
    if start == *at {
        return Ok(None);
    }
    let text: String = chars[start..*at].iter().collect();
    match text.parse() {
        Ok(number) if number <= MAX_WIDTH => Ok(Some(number)),
        _ => Err(bad(0, format!("a width is at most {MAX_WIDTH}"))),
    }
}

fn one(verb: &Verb, letter: char, value: &Val) -> Result<String, String> {
    let text = match letter {
        'v' => match value {
            Val::String(text) if !verb.sharp => text.to_string(),
            Val::Number(number) if !verb.sharp => number.to_string(),
            other => super::encoding::json(other),
        },
        's' | 'q' => {
            let text = match convert(value, &Ty::String)? {
                Val::String(text) => text.to_string(),
                Val::Null => return Err("the value is null".into()),
                other => return Err(format!("expected a string, found {}", other.kind())),
            };
            let text = match verb.precision {
                Some(most) => text.chars().take(most).collect(),
                None => text,
            };
            if letter == 'q' { super::encoding::json(&Val::String(text.into())) } else { text }
        }
        't' => match convert(value, &Ty::Bool)? {
            Val::Bool(flag) => flag.to_string(),
            _ => return Err("the value is null".into()),
        },
        'd' | 'b' | 'o' | 'x' | 'X' => whole(verb, letter, value)?,
        'e' | 'E' | 'f' | 'g' | 'G' => fraction(verb, letter, value)?,
        other => return Err(format!("`{other}` is not a verb of `format`")),
    };
    let numeric = !matches!(letter, 's' | 'q' | 'v' | 't');
    Ok(pad(verb, &text, numeric))
}

fn to_number(value: &Val) -> Result<Number, String> {
    match convert(value, &Ty::Number)? {
        Val::Number(number) => Ok(number),
        _ => Err("the value is null".into()),
    }
}

fn whole(verb: &Verb, letter: char, value: &Val) -> Result<String, String> {
    let number = to_number(value)?;
    if !number.is_integer() {
        return Err(format!("expected a whole number, found {number}"));
    }
    let (int, _) = number.decimal().with_scale(0).into_bigint_and_exponent();
    let (radix, prefix) = match letter {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let digits = int.magnitude().to_str_radix(radix);
    let digits = if letter == 'X' { digits.to_uppercase() } else { digits };
    let prefix = if verb.sharp { prefix } else { "" };
    let negative = int.sign() == bigdecimal::num_bigint::Sign::Minus;
    Ok(format!("{}{prefix}{digits}", sign(verb, negative)))
}

fn sign(verb: &Verb, negative: bool) -> &'static str {
    match (negative, verb.plus, verb.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    }
}

fn fraction(verb: &Verb, letter: char, value: &Val) -> Result<String, String> {
    let number = to_number(value)?;
    let negative = number < Number::from(0_i64);
    let text = match letter {
        'f' => {
            let scale = i64::try_from(verb.precision.unwrap_or(6)).unwrap_or(6);
            let rounded =
                number.decimal().abs().with_scale_round(scale, bigdecimal::RoundingMode::HalfEven);
            rounded.to_plain_string()
        }
        'e' | 'E' => exponent(number.as_f64().abs(), verb.precision.unwrap_or(6)),
        _ => general(number.as_f64().abs(), verb.precision),
    };
    let text = if letter.is_uppercase() { text.to_uppercase() } else { text };
    Ok(format!("{}{text}", sign(verb, negative)))
}

/// `1.234568e+04`: the exponent has a sign and two digits.
fn exponent(value: f64, precision: usize) -> String {
    with_exponent(&format!("{value:.precision$e}"))
}

fn with_exponent(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else { return text.to_owned() };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

fn general(value: f64, precision: Option<usize>) -> String {
    let shortest = match precision {
        Some(digits) => format!("{value:.*e}", digits.max(1) - 1),
        None => format!("{value:e}"),
    };
    let power: i32 =
        shortest.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or_default();
    let limit = precision.map_or(21, |digits| i32::try_from(digits.max(1)).unwrap_or(21));
    // Without precision Go changes to an exponent from 21 digits, but `%g` of big floats from 6.
    let limit = if precision.is_none() { 6.min(limit) } else { limit };
    if power < -4 || power >= limit {
        return with_exponent(&shortest);
    }
    let (mantissa, _) = shortest.split_once('e').unwrap_or((&shortest, ""));
    let digits = mantissa.len().saturating_sub(usize::from(mantissa.contains('.')));
    let decimals = i32::try_from(digits).unwrap_or(1) - 1 - power;
    format!("{value:.*}", usize::try_from(decimals.max(0)).unwrap_or_default())
}

fn pad(verb: &Verb, text: &str, numeric: bool) -> String {
    let Some(width) = verb.width else { return text.to_owned() };
    let length = text.chars().count();
    if length >= width {
        return text.to_owned();
    }
    let missing = width - length;
    if verb.minus {
        return format!("{text}{}", " ".repeat(missing));
    }
    if verb.zero && numeric {
        let signs = text.len() - text.trim_start_matches(['+', '-', ' ']).len();
        let (sign, digits) = text.split_at(signs);
        return format!("{sign}{}{digits}", "0".repeat(missing));
    }
    format!("{}{text}", " ".repeat(missing))
}
