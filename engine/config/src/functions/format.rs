//! `format` and `formatlist`, with Terraform's verbs.

use super::json::json;
use super::text::arg;
use super::{Fault, Function, Outcome, Parameter, bad, check_count, check_size, function};
use crate::types::convert;
use crate::value::{Ty, Val};
use bigdecimal::{BigDecimal, RoundingMode, Zero};
use podform_model::Number;
use std::num::NonZeroU64;
use unicode_segmentation::UnicodeSegmentation;

/// The widest field and the highest precision.
const MAX_WIDTH: usize = 1 << 20;

pub(super) fn all() -> Vec<Function> {
    vec![
        function("format", &[Parameter::Text], Ty::String, |a| {
            Ok(Val::string(&format(arg(a, 0), a.get(1..).unwrap_or_default())?))
        })
        .more(Parameter::Nullable),
        function("formatlist", &[Parameter::Text], Ty::list(Ty::String), formatlist)
            .more(Parameter::Nullable)
            .sees_unknowns(),
    ]
}

fn formatlist(arguments: &[Val]) -> Outcome {
    let spec = arg(arguments, 0);
    let values = arguments.get(1..).unwrap_or_default();
    let open = |value: &Val| {
        matches!(value, Val::Unknown(Ty::Any | Ty::List(_) | Ty::Set(_) | Ty::Tuple(_)))
    };
    if values.iter().any(open) {
        return Ok(Val::unknown(Ty::list(Ty::String)));
    }
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
    check_count(length)?;
    let mut out = Vec::with_capacity(length);
    let mut size = 0;
    for row in 0..length {
        let here: Vec<Val> = values
            .iter()
            .map(|value| match value.items() {
                Some(items) => items.get(row).cloned().unwrap_or(Val::NULL),
                None => value.clone(),
            })
            .collect();
        if here.iter().any(Val::has_unknown) {
            out.push(Val::unknown(Ty::String));
            continue;
        }
        let text = format(spec, &here)?;
        size += text.len();
        check_size(size)?;
        out.push(Val::string(&text));
    }
    Ok(Val::list(out, Ty::String))
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
    /// The number of an argument, from 1.
    index: Option<usize>,
    letter: char,
}

fn format(spec: &str, values: &[Val]) -> Result<String, Fault> {
    let mut out = String::new();
    let (mut next, mut used) = (0, 0);
    let mut rest = spec;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let (verb, after) = Verb::read(&rest[at + 1..])?;
        let shown = &rest[at..rest.len() - after.len()];
        rest = after;
        if verb.letter == '%' {
            out.push('%');
            continue;
        }
        let index = verb.index.unwrap_or(next + 1);
        let Some(value) = values.get(index - 1) else {
            let message =
                format!("`{shown}` needs argument {index}, but there are {}", values.len());
            return Err(bad(0, message));
        };
        next = index;
        used = used.max(index);
        let text =
            verb.text(value).map_err(|message| bad(index, format!("`{shown}`: {message}")))?;
        out.push_str(&text);
        check_size(out.len())?;
    }
    out.push_str(rest);
    if used < values.len() {
        return Err(bad(used + 1, format!("too many arguments: the format uses {used}")));
    }
    Ok(out)
}

/// Digits at the start of a text, and what follows them.
fn digits(text: &str) -> Result<(Option<usize>, &str), Fault> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    match digits.parse() {
        Ok(number) if number <= MAX_WIDTH => Ok((Some(number), rest)),
        _ => Err(bad(0, format!("a width, precision or index is at most {MAX_WIDTH}"))),
    }
}

impl Verb {
    /// The verb after a `%`, and what follows it.
    fn read(text: &str) -> Result<(Self, &str), Fault> {
        let mut verb = Self::default();
        let mut rest = text;
        while let Some(flag) = rest.chars().next() {
            match flag {
                '-' => verb.minus = true,
                '+' => verb.plus = true,
                ' ' => verb.space = true,
                '0' => verb.zero = true,
                '#' => verb.sharp = true,
                _ => break,
            }
            rest = &rest[1..];
        }
        (verb.width, rest) = digits(rest)?;
        if let Some(after) = rest.strip_prefix('.') {
            (verb.precision, rest) = digits(after)?;
            verb.precision = verb.precision.or(Some(0));
        }
        if let Some(after) = rest.strip_prefix('[') {
            let (index, after) = digits(after)?;
            let after = after.strip_prefix(']').filter(|_| index.is_some_and(|index| index > 0));
            let wrong = || bad(0, "`[` is followed by the number of an argument and `]`");
            rest = after.ok_or_else(wrong)?;
            verb.index = index;
        }
        let Some(letter) = rest.chars().next() else {
            return Err(bad(0, "the format ends within a verb; a percent sign is written `%%`"));
        };
        verb.letter = letter;
        Ok((verb, &rest[letter.len_utf8()..]))
    }

    fn text(&self, value: &Val) -> Result<String, String> {
        match self.letter {
            'v' => Ok(self.pad(self.any(value)?)),
            's' => Ok(self.pad(self.cut(value)?)),
            'q' => {
                let text = Val::String(self.cut(value)?.into());
                Ok(self.pad(json(&text).map_err(|fault| fault.message)?))
            }
            't' => match convert(value, &Ty::Bool)? {
                Val::Bool(flag) => Ok(flag.to_string()),
                _ => Err("the value is null".into()),
            },
            'd' | 'b' | 'o' | 'x' | 'X' => self.whole(value),
            'e' | 'E' | 'f' | 'g' | 'G' => self.fraction(value),
            other => {
                Err(format!("`{other}` is not a verb; they are `v s q t d b o x X e E f g G`"))
            }
        }
    }

    /// `%v`: strings and numbers as they are, the rest as JSON.
    fn any(&self, value: &Val) -> Result<String, String> {
        match value {
            Val::String(text) if !self.sharp => Ok(text.to_string()),
            Val::Number(number) if !self.sharp => Ok(general(number, None)),
            Val::Secret(_) => Err("a secret's text is not known here".into()),
            other => json(other).map_err(|fault| fault.message),
        }
    }

    /// The text of a value, of at most as many characters as the precision.
    fn cut(&self, value: &Val) -> Result<String, String> {
        match (convert(value, &Ty::String)?, self.precision) {
            (Val::String(text), Some(most)) => Ok(text.graphemes(true).take(most).collect()),
            (Val::String(text), None) => Ok(text.to_string()),
            (Val::Null(_), _) => Err("the value is null".into()),
            (other, _) => Err(format!("expected a string, found {}", other.kind())),
        }
    }

    fn whole(&self, value: &Val) -> Result<String, String> {
        let number = to_number(value)?;
        if !number.is_integer() {
            return Err(format!("expected a whole number, found {number}"));
        }
        let (int, _) = number.decimal().with_scale(0).into_bigint_and_exponent();
        let (radix, prefix) = match self.letter {
            'b' => (2, "0b"),
            'o' => (8, "0"),
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            _ => (10, ""),
        };
        let digits = int.magnitude().to_str_radix(radix);
        let digits = if self.letter == 'X' { digits.to_uppercase() } else { digits };
        let missing = self.precision.unwrap_or(0).saturating_sub(digits.len());
        let prefix = if self.sharp { prefix } else { "" };
        let sign = self.sign(&number);
        Ok(self.fill(&format!("{sign}{prefix}"), &format!("{}{digits}", "0".repeat(missing))))
    }

    fn fraction(&self, value: &Val) -> Result<String, String> {
        let number = to_number(value)?;
        let sign = self.sign(&number);
        let size = Number::new(number.decimal().abs());
        let text = match self.letter {
            'f' => {
                let scale = i64::try_from(self.precision.unwrap_or(6)).unwrap_or(6);
                size.decimal().with_scale_round(scale, RoundingMode::HalfEven).to_plain_string()
            }
            'e' | 'E' => scientific(&size, Some(self.precision.unwrap_or(6) + 1)),
            _ => general(&size, self.precision),
        };
        let upper = self.letter.is_uppercase();
        Ok(self.fill(sign, &if upper { text.to_uppercase() } else { text }))
    }

    fn sign(&self, number: &Number) -> &'static str {
        match (*number < Number::from(0_i64), self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        }
    }

    /// A number in its width: zeros stand after the sign.
    fn fill(&self, sign: &str, digits: &str) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
        if self.minus {
            format!("{sign}{digits}{}", " ".repeat(missing))
        } else if self.zero {
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else {
            format!("{}{sign}{digits}", " ".repeat(missing))
        }
    }

    /// A text in its width.
    fn pad(&self, text: String) -> String {
        let missing = self.width.unwrap_or(0).saturating_sub(text.chars().count());
        let fill = if self.zero { "0" } else { " " }.repeat(missing);
        if self.minus { text + &fill } else { fill + &text }
    }
}

fn to_number(value: &Val) -> Result<Number, String> {
    match convert(value, &Ty::Number)? {
        Val::Number(number) => Ok(number),
        _ => Err("the value is null".into()),
    }
}

/// The digits of a number, rounded to so many, and the power of ten of the first.
fn significant(number: &BigDecimal, most: Option<usize>) -> (String, i64) {
    if number.is_zero() {
        return ("0".into(), 0);
    }
    let most = most.and_then(|most| NonZeroU64::new(most.max(1) as u64));
    let rounded = match most {
        Some(most) => number.with_precision_round(most, RoundingMode::HalfEven),
        None => number.clone(),
    };
    let (digits, scale) = rounded.normalized().into_bigint_and_exponent();
    let digits = digits.magnitude().to_string();
    let power = i64::try_from(digits.len()).unwrap_or(i64::MAX) - 1 - scale;
    (digits, power)
}

/// `1.234568e+04`: the exponent has a sign and at least two digits.
fn scientific(number: &Number, digits: Option<usize>) -> String {
    let (text, power) = significant(&number.decimal(), digits);
    let missing = digits.unwrap_or(0).saturating_sub(text.len());
    let (first, rest) = text.split_at(1);
    let rest = format!("{rest}{}", "0".repeat(missing));
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if power < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{:02}", power.abs())
}

/// `%g`: the shortest of both forms, as Go chooses between them.
pub(crate) fn general(number: &Number, precision: Option<usize>) -> String {
    let negative = if *number < Number::from(0_i64) { "-" } else { "" };
    let (digits, power) = significant(&number.decimal().abs(), precision);
    let size = Number::new(number.decimal().abs());
    let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    // With a precision the form of whole numbers is kept as long as their digits are told.
    let limit = match precision.map(|most| i64::try_from(most.max(1)).unwrap_or(i64::MAX)) {
        Some(most) if most > length && length > power => length,
        Some(most) => most,
        None => 6,
    };
    if power < -4 || power >= limit.max(1) {
        let form = scientific(&size, None);
        let rounded = precision.map_or(form, |most| trimmed(&scientific(&size, Some(most.max(1)))));
        return format!("{negative}{rounded}");
    }
    let scale = (length - 1 - power).max(0);
    let plain = size.decimal().with_scale_round(scale, RoundingMode::HalfEven);
    format!("{negative}{}", plain.to_plain_string())
}

/// A form with an exponent, without zeros at the end of its fraction.
fn trimmed(form: &str) -> String {
    match form.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => {
            format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => form.to_owned(),
    }
}
