//! Messages to and from JSON text, with the one amount that JSON does not have.
//!
//! A real master prints an unlimited amount as the string `"Infinity"` and reads it so; a bare `Infinity`, as its JSON printer writes other
//! infinite numbers, is read too.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

/// Reads a message as Mesos prints it: JSON, and also bare `Infinity`, `-Infinity` and `NaN` where a number stands.
///
/// # Errors
/// The text is not JSON, or not this message; with line and column.
pub fn from_slice<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
    read(text).or_else(|error| match quote_bare(text) {
        Cow::Owned(quoted) => read(&quoted),
        Cow::Borrowed(_) => Err(error),
    })
}

/// Reads text whose encoding is checked once, and not string by string.
fn read<T: DeserializeOwned>(text: &[u8]) -> Result<T, serde_json::Error> {
    std::str::from_utf8(text).map_or_else(|_| serde_json::from_slice(text), serde_json::from_str)
}

/// Writes a message; `"Infinity"` as a string.
///
/// # Errors
/// None for the messages of this crate.
pub fn to_vec<T: Serialize + ?Sized>(message: &T) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(message)
}

/// Like [`to_vec`], for messages that carry secret values: the text is overwritten when it is dropped, and no copy of it stays in memory.
///
/// # Errors
/// None for the messages of this crate.
pub fn to_secret_vec<T: Serialize + ?Sized>(
    message: &T,
) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, message)?;
    // Room for all of it at once: a vector that grows leaves its former content behind.
    let mut text = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *text, message)?;
    Ok(text)
}

/// Writes one double; see the module's description for infinite ones.
pub(crate) fn write_double<S: Serializer>(value: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        return serializer.serialize_f64(value);
    }
    serializer.serialize_str(if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    })
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0 += text.len();
        Ok(text.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The text with bare `Infinity`, `-Infinity` and `NaN` outside strings put into quotes.
fn quote_bare(text: &[u8]) -> Cow<'_, [u8]> {
    const TOKENS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    if !TOKENS[1..].iter().any(|token| text.windows(token.len()).any(|window| window == *token)) {
        return Cow::Borrowed(text);
    }
    let mut quoted = Vec::with_capacity(text.len() + 64);
    let (mut at, mut in_string) = (0, false);
    while let Some(&byte) = text.get(at) {
        let mut length = 1;
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if in_string => length = 2,
            b'-' | b'I' | b'N' if !in_string => {
                if let Some(token) = TOKENS.iter().find(|token| text[at..].starts_with(token)) {
                    quoted.push(b'"');
                    quoted.extend_from_slice(token);
                    quoted.push(b'"');
                    at += token.len();
                    continue;
                }
            }
            _ => {}
        }
        quoted.extend_from_slice(&text[at..(at + length).min(text.len())]);
        at += length;
    }
    Cow::Owned(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scalar;

    #[test]
    fn unlimited_amounts_are_read_bare_and_quoted() {
        for text in [r#"{"value":Infinity}"#, r#"{"value":"Infinity"}"#, r#"{"value": Infinity }"#]
        {
            assert_eq!(
                from_slice::<Scalar>(text.as_bytes()).unwrap().value,
                f64::INFINITY,
                "{text}"
            );
        }
        assert_eq!(
            from_slice::<Scalar>(br#"{"value":-Infinity}"#).unwrap().value,
            f64::NEG_INFINITY
        );
        assert!(from_slice::<Scalar>(br#"{"value":NaN}"#).unwrap().value.is_nan());
    }

    #[test]
    fn a_string_that_says_infinity_stays_as_it_is() {
        let text = br#"{"a\"Infinity":"say \\\"Infinity\" \\","value":1}"#;
        assert_eq!(quote_bare(text), text.as_slice());
        assert_eq!(quote_bare(br#""\"#), br#""\"#.as_slice());
        assert_eq!(quote_bare(b"Infinity\\"), b"\"Infinity\"\\".as_slice());
    }

    #[test]
    fn unlimited_amounts_are_written_as_a_string() {
        assert_eq!(to_vec(&Scalar { value: f64::INFINITY }).unwrap(), br#"{"value":"Infinity"}"#);
        let secret = to_secret_vec(&Scalar { value: 2.0 }).unwrap();
        assert_eq!((&**secret, secret.capacity()), (&br#"{"value":2.0}"#[..], 13));
    }
}
