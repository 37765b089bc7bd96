//! Exact decimal numbers.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use bigdecimal::{FromPrimitive, ToPrimitive, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul};
use std::str::FromStr;

/// The largest power of ten a number may hold; beyond it a number is refused when it is read.
pub const MAX_EXPONENT: i64 = 4096;

/// The most digits after the point of a number that is kept in a word.
const MAX_SCALE: u32 = 18;

/// An exact decimal number, as HCL has them: integers and fractions without rounding.
///
/// Equal numbers are equal however they were written: `1.0 == 1`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Repr);

/// Nearly all numbers of a configuration fit in a word. A number has one form only: the small one
/// whenever it can.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    /// `digits / 10^scale`. The scale is at most [`MAX_SCALE`], and the last digit after the point is not 0.
    Small { digits: i64, scale: u32 },
    /// In normal form (no trailing zeros).
    Big(Box<BigDecimal>),
}

impl Number {
    /// Wraps a decimal in normal form (no trailing zeros).
    #[must_use]
    pub fn new(value: BigDecimal) -> Self {
        if value.is_zero() {
            return Self::whole(0);
        }
        let value = value.normalized();
        Self(small(&value).unwrap_or_else(|| Repr::Big(Box::new(value))))
    }

    const fn whole(digits: i64) -> Self {
        Self(Repr::Small { digits, scale: 0 })
    }

    /// Returns the number nearest to a finite float, read through its shortest decimal text.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        if let Some(short) = short(value) {
            return Some(short);
        }
        let text = format!("{value}");
        plain(&text).or_else(|| Self::from_str(&format!("{value:e}")).ok())
    }

    /// The decimal itself.
    #[must_use]
    pub fn decimal(&self) -> BigDecimal {
        match &self.0 {
            Repr::Small { digits, scale } => {
                BigDecimal::new(BigInt::from(*digits), i64::from(*scale))
            }
            Repr::Big(value) => (**value).clone(),
        }
    }

    /// The value as `i64`, when it is a whole number in range.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small { digits, scale: 0 } => Some(*digits),
            _ => None,
        }
    }

    /// The value as `u64`, when it is a whole number in range.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Small { digits, scale: 0 } => u64::try_from(*digits).ok(),
            Repr::Big(value) if value.is_integer() => value.to_u64(),
            _ => None,
        }
    }

    /// The nearest float.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        if let Repr::Small { digits, scale } = self.0
            && let (Ok(digits), Some(unit)) = (i32::try_from(digits), 10_u32.checked_pow(scale))
        {
            // Both are exact, so their quotient is the nearest float.
            return f64::from(digits) / f64::from(unit);
        }
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Whether the number has no fraction.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small { scale, .. } => *scale == 0,
            Repr::Big(value) => value.is_integer(),
        }
    }
}

/// The number of a float whose shortest text has few digits, as nearly all have.
fn short(value: f64) -> Option<Number> {
    const LIMIT: f64 = 1e15;
    let mut unit = 1_u32;
    for scale in 0..=6 {
        let digits = (value * f64::from(unit)).round();
        if digits.abs() >= LIMIT {
            return None;
        }
        // Both are exact, so their quotient is the float nearest to this decimal; and of fifteen digits no two are nearest to one float.
        if digits / f64::from(unit) == value {
            #[expect(clippy::cast_possible_truncation, reason = "whole, and below 10^15")]
            return Some(Number(Repr::Small { digits: digits as i64, scale }));
        }
        unit *= 10;
    }
    None
}

/// The small form of a number in normal form, when it has one.
fn small(value: &BigDecimal) -> Option<Repr> {
    let (_, scale) = value.as_bigint_and_exponent();
    // A whole number has a negative scale: its zeros are not digits then.
    let places = u32::try_from(scale.max(0)).ok().filter(|scale| *scale <= MAX_SCALE)?;
    if scale < -i64::from(MAX_SCALE) {
        return None;
    }
    let (digits, _) = value.with_scale(i64::from(places)).into_bigint_and_exponent();
    Some(Repr::Small { digits: digits.to_i64()?, scale: places })
}

/// Reads digits with at most one point, as most numbers are written.
fn plain(text: &str) -> Option<Number> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() || whole.len() + fraction.len() > 18 || unsigned.ends_with('.') {
        return None;
    }
    let mut digits: i64 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        digits = digits * 10 + i64::from(digit);
    }
    let scale = u32::try_from(fraction.len()).ok()?;
    Some(Number(Repr::Small { digits: sign * digits, scale }))
}

/// The digits of two small numbers brought to one scale, and that scale.
fn aligned(a: &Number, b: &Number) -> Option<(i64, i64, u32)> {
    let (Repr::Small { digits: a, scale: x }, Repr::Small { digits: b, scale: y }) = (&a.0, &b.0)
    else {
        return None;
    };
    let scale = *x.max(y);
    let bring = |digits: i64, from: u32| digits.checked_mul(10_i64.checked_pow(scale - from)?);
    Some((bring(*a, *x)?, bring(*b, *y)?, scale))
}

/// A small number of digits that may end in zeros.
const fn trimmed(mut digits: i64, mut scale: u32) -> Number {
    while scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    Number(Repr::Small { digits, scale })
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match aligned(self, other) {
            Some((a, b, _)) => a.cmp(&b),
            None => self.decimal().cmp(&other.decimal()),
        }
    }
}

impl Add for &Number {
    type Output = Number;

    fn add(self, other: Self) -> Number {
        aligned(self, other)
            .and_then(|(a, b, scale)| Some(trimmed(a.checked_add(b)?, scale)))
            .unwrap_or_else(|| Number::new(self.decimal() + other.decimal()))
    }
}

impl Mul for &Number {
    type Output = Number;

    fn mul(self, other: Self) -> Number {
        if let (Repr::Small { digits: a, scale: x }, Repr::Small { digits: b, scale: y }) =
            (&self.0, &other.0)
            && let Some(digits) = a.checked_mul(*b)
            && x + y <= MAX_SCALE
        {
            return trimmed(digits, x + y);
        }
        Number::new(self.decimal() * other.decimal())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::whole(value)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        match i64::try_from(value) {
            Ok(value) => Self::whole(value),
            Err(_) => Self::new(BigDecimal::from(value)),
        }
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Self::whole(i64::from(value))
    }
}

impl From<BigInt> for Number {
    fn from(value: BigInt) -> Self {
        Self::new(BigDecimal::from_bigint(value, 0))
    }
}

/// The text is not a decimal number, or its exponent is beyond [`MAX_EXPONENT`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseNumberError;

impl fmt::Display for ParseNumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal number, or one beyond 4096 digits")
    }
}

impl std::error::Error for ParseNumberError {}

impl FromStr for Number {
    type Err = ParseNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(number) = plain(text) {
            return Ok(number);
        }
        if text.len() > 8192 {
            return Err(ParseNumberError);
        }
        if let Some(at) = text.find(['e', 'E']) {
            let exponent: i64 = text[at + 1..].parse().map_err(|_| ParseNumberError)?;
            if exponent.abs() > MAX_EXPONENT {
                return Err(ParseNumberError);
            }
        }
        BigDecimal::from_str(text).map(Self::new).map_err(|_| ParseNumberError)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small { digits, scale: 0 } => write!(f, "{digits}"),
            Repr::Small { digits, scale } => {
                let unit = 10_u64.pow(*scale);
                let (whole, rest) = (digits.unsigned_abs() / unit, digits.unsigned_abs() % unit);
                let sign = if *digits < 0 { "-" } else { "" };
                write!(f, "{sign}{whole}.{rest:0width$}", width = *scale as usize)
            }
            Repr::Big(value) => f.write_str(&value.to_plain_string()),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Number {
    /// Writes a JSON integer, else the float that reads back as the same decimal, else the
    /// object `{"$number": "…"}` that [`crate::Value`] reads.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(int) = self.as_i64() {
            return serializer.serialize_i64(int);
        }
        if let Some(int) = self.as_u64() {
            return serializer.serialize_u64(int);
        }
        let float = self.as_f64();
        if Self::from_f64(float).as_ref() == Some(self) {
            return serializer.serialize_f64(float);
        }
        serializer.collect_map([("$number", self.to_string())])
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match crate::Value::deserialize(deserializer)? {
            crate::Value::Number(number) => Ok(number),
            other => Err(serde::de::Error::custom(format!("expected a number, found {other:?}"))),
        }
    }
}

impl FromPrimitive for Number {
    fn from_i64(n: i64) -> Option<Self> {
        Some(Self::from(n))
    }

    fn from_u64(n: u64) -> Option<Self> {
        Some(Self::from(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        assert_eq!(Number::from_str("1.0").unwrap(), Number::from(1_i64));
        assert_eq!(Number::from_str("1e3").unwrap().to_string(), "1000");
        assert_eq!(Number::from_f64(0.1).unwrap().to_string(), "0.1");
    }

    #[test]
    fn a_number_has_one_form_and_keeps_its_order() {
        let texts = [
            "-9223372036854775809",
            "-9223372036854775808",
            "-1000000000000000000000",
            "-1.5",
            "-0.000000000000000001",
            "0",
            "0.0000000000000000001",
            "0.000000000000000001",
            "0.5",
            "0.50",
            "1",
            "1.05",
            "10",
            "1000",
            "999999999999999999",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "1e30",
            "1e-30",
            "1e18",
            "1e19",
            "123456789012345678.9",
            "1234567890.123456789",
        ];
        for a in texts {
            let decimal = BigDecimal::from_str(a).unwrap();
            let number = Number::from_str(a).unwrap();
            assert_eq!(number, Number::new(decimal.clone()), "{a}");
            assert_eq!(number.decimal(), decimal, "{a}");
            assert_eq!(number.to_string(), decimal.normalized().to_plain_string(), "{a}");
            assert_eq!(number.is_integer(), decimal.is_integer(), "{a}");
            assert_eq!(
                number.as_i64(),
                decimal.is_integer().then(|| decimal.to_i64()).flatten(),
                "{a}"
            );
            assert_eq!(
                number.as_u64(),
                decimal.is_integer().then(|| decimal.to_u64()).flatten(),
                "{a}"
            );
            for b in texts {
                let other = Number::from_str(b).unwrap();
                let second = BigDecimal::from_str(b).unwrap();
                assert_eq!(number.cmp(&other), decimal.cmp(&second), "{a} {b}");
                assert_eq!(&number + &other, Number::new(&decimal + &second), "{a} + {b}");
                assert_eq!(&number * &other, Number::new(&decimal * &second), "{a} * {b}");
            }
        }
        assert_eq!(size_of::<Number>(), 16);
        for text in ["", "-", ".", "1.", ".5", "--1", "1.2.3", "1 ", "+", "0x1", "١"] {
            let known = BigDecimal::from_str(text).map(Number::new).ok();
            assert_eq!(Number::from_str(text).ok(), known, "{text:?}");
        }
        assert_eq!(Number::from_str("-0").unwrap(), Number::from(0_u32));
        assert_eq!(Number::from_f64(-0.0).unwrap(), Number::from(0_u32));
    }

    #[test]
    fn a_float_is_its_shortest_text() {
        let mut floats = vec![
            0.1,
            0.5,
            1e15,
            999_999_999_999_999.0,
            1e-7,
            5e-324,
            f64::MAX,
            2.0_f64.powi(53) + 2.0,
        ];
        // Thirds and such, and the floats next to short ones.
        floats.extend((1..200).map(|at| f64::from(at) / 7.0));
        floats.extend((1..200).flat_map(|at| {
            let short = f64::from(at) / 1000.0;
            [short, short.next_up(), short.next_down(), short * 1e9, short * 1e-4]
        }));
        for float in floats {
            let text = BigDecimal::from_str(&format!("{float:e}")).unwrap();
            assert_eq!(Number::from_f64(float).unwrap(), Number::new(text.clone()), "{float}");
            assert_eq!(Number::from_f64(-float).unwrap(), Number::new(-text), "-{float}");
        }
    }

    #[test]
    fn huge_exponents_are_refused() {
        assert!(Number::from_str("1e999999999").is_err());
        assert!(Number::from_str("1e-999999999").is_err());
    }
}
