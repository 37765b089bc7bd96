//! Functions of numbers.

use super::{Fault, Function, Outcome, Parameter, bad, function, wrong};
use crate::eval::rounded;
use crate::value::{Ty, Val};
use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, RoundingMode};
use podform_model::Number;

/// The highest exponent of an exact power, and the most digits of its result.
const MAX_POWER: u64 = 4096;

pub(super) fn all() -> Vec<Function> {
    let one = &[Parameter::Number][..];
    let two = &[Parameter::Number, Parameter::Number][..];
    vec![
        function("abs", one, Ty::Number, |a| exact(first(a).abs())),
        function("ceil", one, Ty::Number, |a| {
            exact(first(a).with_scale_round(0, RoundingMode::Ceiling))
        }),
        function("floor", one, Ty::Number, |a| {
            exact(first(a).with_scale_round(0, RoundingMode::Floor))
        }),
        function("signum", one, Ty::Number, |a| Ok(Val::Number(whole(a, 0)?.signum().into()))),
        function("log", two, Ty::Number, log),
        function("pow", two, Ty::Number, pow),
        function("parseint", &[Parameter::Any, Parameter::Number], Ty::Number, parseint),
        function("max", &[], Ty::Number, |a| extreme(a, |x, y| x > y)).more(Parameter::Number),
        function("min", &[], Ty::Number, |a| extreme(a, |x, y| x < y)).more(Parameter::Number),
        function("sum", &[Parameter::Items], Ty::Number, sum),
    ]
}

/// The number of an argument.
pub(super) fn number(arguments: &[Val], at: usize) -> Number {
    match arguments.get(at) {
        Some(Val::Number(number)) => number.clone(),
        _ => Number::from(0_i64),
    }
}

/// A whole number that fits 64 bits.
pub(super) fn whole(arguments: &[Val], at: usize) -> Result<i64, Fault> {
    let found = number(arguments, at);
    found.as_i64().ok_or_else(|| {
        bad(at, format!("expected a whole number of at most 64 bits, found {}", short(&found)))
    })
}

/// A number as a message shows it.
fn short(number: &Number) -> String {
    let text = number.to_string();
    if text.len() > 40 { format!("{}...", &text[..37]) } else { text }
}

fn first(arguments: &[Val]) -> BigDecimal {
    number(arguments, 0).decimal()
}

fn exact(value: BigDecimal) -> Outcome {
    Ok(Val::Number(Number::new(value)))
}

fn float(value: f64) -> Outcome {
    Number::from_f64(value)
        .map(Val::Number)
        .ok_or_else(|| wrong("the result is not a finite number"))
}

/// As Terraform: by the logarithms of floats.
fn log(arguments: &[Val]) -> Outcome {
    let (value, base) = (number(arguments, 0).as_f64(), number(arguments, 1).as_f64());
    if value < 0.0 {
        return Err(bad(0, "the number must be more than 0"));
    }
    if base < 0.0 {
        return Err(bad(1, "the base must be more than 0"));
    }
    float(value.ln() / base.ln())
}

/// Exactly for a whole exponent from 0, else by the power of floats.
fn pow(arguments: &[Val]) -> Outcome {
    let (base, exponent) = (number(arguments, 0), number(arguments, 1));
    let times = exponent.as_u64().filter(|times| *times <= MAX_POWER);
    let Some(times) = times else { return float(base.as_f64().powf(exponent.as_f64())) };
    if base.decimal().digits().saturating_mul(times) > MAX_POWER {
        return Err(wrong("a number must have at most 4096 digits"));
    }
    let mut result = BigDecimal::from(1);
    for _ in 0..times {
        result *= base.decimal();
    }
    rounded(result).map(Val::Number).map_err(wrong)
}

fn parseint(arguments: &[Val]) -> Outcome {
    let Some(Val::String(text)) = arguments.first() else {
        return Err(bad(0, "expected a string"));
    };
    let base = number(arguments, 1).as_u64().and_then(|base| u32::try_from(base).ok());
    let Some(base) = base.filter(|base| (2..=62).contains(base)) else {
        return Err(bad(1, "the base must be a whole number from 2 to 62"));
    };
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let shown = crate::types::quoted(text);
    let fault = || bad(0, format!("{shown} is not a whole number in base {base}"));
    if digits.is_empty() || digits.len() > 4096 {
        return Err(fault());
    }
    let mut value = BigInt::from(0);
    for c in digits.chars() {
        let digit = digit(c, base).filter(|digit| *digit < base).ok_or_else(fault)?;
        value = value * base + digit;
    }
    Ok(Val::Number(Number::from(if negative { -value } else { value })))
}

/// Up to base 36 letters count without case, beyond it capitals follow the small ones.
fn digit(c: char, base: u32) -> Option<u32> {
    match c {
        '0'..='9' => Some(c as u32 - '0' as u32),
        'a'..='z' => Some(c as u32 - 'a' as u32 + 10),
        'A'..='Z' if base <= 36 => Some(c as u32 - 'A' as u32 + 10),
        'A'..='Z' => Some(c as u32 - 'A' as u32 + 36),
        _ => None,
    }
}

fn extreme(arguments: &[Val], better: fn(&Number, &Number) -> bool) -> Outcome {
    let mut best: Option<Number> = None;
    for at in 0..arguments.len() {
        let here = number(arguments, at);
        if best.as_ref().is_none_or(|best| better(&here, best)) {
            best = Some(here);
        }
    }
    best.map(Val::Number).ok_or_else(|| wrong("needs at least one number"))
}

fn sum(arguments: &[Val]) -> Outcome {
    let items = arguments.first().and_then(Val::items).unwrap_or_default();
    if items.is_empty() {
        return Err(bad(0, "an empty list has no sum"));
    }
    let mut total = BigDecimal::from(0);
    for item in items.iter() {
        match crate::types::convert(item, &Ty::Number) {
            Ok(Val::Number(number)) => total += number.decimal(),
            _ => {
                return Err(bad(
                    0,
                    format!("expected a list of numbers, found {} in it", item.kind()),
                ));
            }
        }
    }
    rounded(total).map(Val::Number).map_err(wrong)
}
