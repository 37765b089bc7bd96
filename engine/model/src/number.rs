//! Exact decimal numbers.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use bigdecimal::{FromPrimitive, ToPrimitive, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The largest power of ten a number may hold; beyond it a number is refused when it is read.
pub const MAX_EXPONENT: i64 = 4096;

/// An exact decimal number, as HCL has them: integers and fractions without rounding.
///
/// Equal numbers are equal however they were written: `1.0 == 1`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigDecimal);

impl Number {
    /// Wraps a decimal in normal form (no trailing zeros).
    #[must_use]
    pub fn new(value: BigDecimal) -> Self {
        if value.is_zero() { Self(BigDecimal::zero()) } else { Self(value.normalized()) }
    }

    /// Returns the number nearest to a finite float, read through its shortest decimal text.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        Self::from_str(&format!("{value:e}")).ok()
    }

    /// The decimal itself.
    #[must_use]
    pub fn decimal(&self) -> &BigDecimal {
        &self.0
    }

    /// The value as `i64`, when it is a whole number in range.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        if self.is_integer() { self.0.to_i64() } else { None }
    }

    /// The value as `u64`, when it is a whole number in range.
    #[must_use]
    pub fn as_u64(&self) -> Option<u64> {
        if self.is_integer() { self.0.to_u64() } else { None }
    }

    /// The nearest float.
    #[must_use]
    pub fn as_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Whether the number has no fraction.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.0.is_integer()
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::new(BigDecimal::from(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::new(BigDecimal::from(value))
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Self::new(BigDecimal::from(value))
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
        f.write_str(&self.0.to_plain_string())
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
    fn huge_exponents_are_refused() {
        assert!(Number::from_str("1e999999999").is_err());
        assert!(Number::from_str("1e-999999999").is_err());
    }
}
