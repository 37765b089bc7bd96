//! Functions that encode and decode texts.

use super::text::arg;
use super::{Function, Outcome, Parameter, bad, check_size, function, wrong};
use crate::value::{Ty, Val};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// What a query keeps, as Go's `url.QueryEscape`: letters, digits and `-_.~`.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub(super) fn all() -> Vec<Function> {
    let one = &[Parameter::Text][..];
    let two = &[Parameter::Text, Parameter::Text][..];
    vec![
        function("base64encode", one, Ty::String, |a| {
            check_size(arg(a, 0).len() / 3 * 4)?;
            Ok(Val::String(base64(arg(a, 0).as_bytes()).into()))
        }),
        function("base64decode", one, Ty::String, base64decode),
        function("base64gzip", one, Ty::String, |a| {
            Ok(Val::String(base64(&gzip(arg(a, 0).as_bytes())?).into()))
        }),
        function("textencodebase64", two, Ty::String, encode_text),
        function("textdecodebase64", two, Ty::String, decode_text),
        function("urlencode", one, Ty::String, |a| {
            check_size(arg(a, 0).len().saturating_mul(3))?;
            let encoded = percent_encoding::utf8_percent_encode(arg(a, 0), QUERY).to_string();
            Ok(Val::String(encoded.replace("%20", "+").into()))
        }),
    ]
}

/// Bytes as base64 text with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a base64 text, in which line ends do not count.
fn bytes_of(text: &str) -> Result<Vec<u8>, super::Fault> {
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    STANDARD.decode(text).map_err(|_| bad(0, "the text is not base64 with its padding"))
}

fn base64decode(arguments: &[Val]) -> Outcome {
    let text = String::from_utf8(bytes_of(arg(arguments, 0))?).map_err(|_| {
        bad(0, "the decoded bytes are not UTF-8; `textdecodebase64` reads other encodings")
    })?;
    Ok(Val::string(&text))
}

/// A gzip file of one part, flushed and ended as Go does it.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>, super::Fault> {
    // No name, no time, an unknown system; an empty stored block, marked as the last, at the end.
    const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    const END: [u8; 5] = [1, 0, 0, 0xff, 0xff];
    let mut out = Vec::with_capacity(bytes.len() / 2 + 128);
    out.extend(HEAD);
    let mut compress = Compress::new(Compression::default(), false);
    loop {
        out.reserve(4096);
        let read = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        let rest = bytes.get(read..).unwrap_or_default();
        let room = out.capacity() - out.len();
        let status = compress
            .compress_vec(rest, &mut out, FlushCompress::Sync)
            .map_err(|_| wrong("the text cannot be compressed"))?;
        if status != Status::Ok || (out.len() < out.capacity() && room > 0) {
            break;
        }
    }
    out.extend(END);
    let mut crc = Crc::new();
    crc.update(bytes);
    out.extend(crc.sum().to_le_bytes());
    out.extend(crc.amount().to_le_bytes());
    Ok(out)
}

/// An encoding of text as bytes.
enum Charset {
    /// Two bytes for a unit, the larger one first; with a mark in front or without.
    Utf16 {
        mark: bool,
    },
    Utf16Little,
    /// A byte for each of the first 128 characters.
    Ascii,
    /// A byte for each of the first 256 characters.
    Latin1,
    Other(&'static Encoding),
}

impl Charset {
    /// The encoding that the second argument names.
    fn of(arguments: &[Val]) -> Result<Self, super::Fault> {
        let name = arg(arguments, 1);
        Ok(match name.to_ascii_lowercase().as_str() {
            "utf-16" => Self::Utf16 { mark: true },
            "utf-16be" => Self::Utf16 { mark: false },
            "utf-16le" => Self::Utf16Little,
            "iso-8859-1" | "iso_8859-1" | "iso_8859-1:1987" | "iso-ir-100" | "latin1" | "l1"
            | "ibm819" | "cp819" | "csisolatin1" => Self::Latin1,
            "us-ascii" | "iso-ir-6" | "iso646-us" | "us" | "ibm367" | "cp367" => Self::Ascii,
            _ => {
                let found = Encoding::for_label(name.as_bytes())
                    .filter(|found| *found != encoding_rs::REPLACEMENT);
                let name = || crate::types::quoted(name);
                Self::Other(
                    found.ok_or_else(|| bad(1, format!("no encoding is named {}", name())))?,
                )
            }
        })
    }

    /// The bytes of a text, unless it has characters that the encoding lacks.
    fn encode(&self, text: &str) -> Option<Vec<u8>> {
        let units = text.encode_utf16();
        match self {
            Self::Utf16 { mark } => {
                let mark = mark.then_some(0xfeff);
                Some(mark.into_iter().chain(units).flat_map(u16::to_be_bytes).collect())
            }
            Self::Utf16Little => Some(units.flat_map(u16::to_le_bytes).collect()),
            Self::Ascii => text.is_ascii().then(|| text.into()),
            Self::Latin1 => text.chars().map(|c| u8::try_from(c).ok()).collect(),
            Self::Other(encoding) => {
                let (bytes, _, failed) = encoding.encode(text);
                (!failed).then(|| bytes.into_owned())
            }
        }
    }

    /// The text of bytes, unless they are none of the encoding.
    fn decode(&self, bytes: &[u8]) -> Option<String> {
        let (encoding, bytes) = match (self, bytes) {
            (Self::Utf16 { mark: true }, [0xff, 0xfe, rest @ ..]) => (encoding_rs::UTF_16LE, rest),
            (Self::Utf16 { mark: true }, [0xfe, 0xff, rest @ ..]) => (encoding_rs::UTF_16BE, rest),
            (Self::Utf16 { .. }, bytes) => (encoding_rs::UTF_16BE, bytes),
            (Self::Utf16Little, bytes) => (encoding_rs::UTF_16LE, bytes),
            (Self::Ascii, bytes) => {
                return bytes.is_ascii().then(|| bytes.iter().copied().map(char::from).collect());
            }
            (Self::Latin1, bytes) => return Some(bytes.iter().copied().map(char::from).collect()),
            (Self::Other(encoding), bytes) => (*encoding, bytes),
        };
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        Some(text.into_owned())
    }
}

fn encode_text(arguments: &[Val]) -> Outcome {
    let charset = Charset::of(arguments)?;
    let bytes = charset.encode(arg(arguments, 0)).ok_or_else(|| {
        let name = arg(arguments, 1);
        bad(0, format!("the text has characters that `{name}` lacks"))
    })?;
    check_size(bytes.len() / 3 * 4)?;
    Ok(Val::String(base64(&bytes).into()))
}

fn decode_text(arguments: &[Val]) -> Outcome {
    let charset = Charset::of(arguments)?;
    match charset.decode(&bytes_of(arg(arguments, 0))?) {
        Some(text) => Ok(Val::string(&text)),
        None => Err(bad(0, format!("the decoded bytes are not `{}`", arg(arguments, 1)))),
    }
}
