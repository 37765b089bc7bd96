//! The messages of the protocol: JSON-RPC with a header that tells the length.
//!
//! Whatever a client sends, the session goes on: a message that cannot be read is answered as
//! such, and reading continues after it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::{self, BufRead, Read, Write};
use std::sync::{Arc, Mutex};

/// The longest message that is read, in bytes.
const MESSAGE_LIMIT: u64 = 128 * 1024 * 1024;
/// The longest line of a header.
const HEADER_LIMIT: u64 = 4096;

/// The codes of errors, as JSON-RPC and the protocol number them.
pub(super) mod error {
    pub(crate) const PARSE: i32 = -32700;
    pub(crate) const INVALID_REQUEST: i32 = -32600;
    pub(crate) const METHOD_NOT_FOUND: i32 = -32601;
    pub(crate) const INVALID_PARAMS: i32 = -32602;
    pub(crate) const INTERNAL: i32 = -32603;
    pub(crate) const NOT_INITIALIZED: i32 = -32002;
    pub(crate) const REQUEST_FAILED: i32 = -32803;
    pub(crate) const REQUEST_CANCELLED: i32 = -32800;
}

/// What a client sends: a request with an id, a notification without, or an answer without method.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Message {
    /// The id of a request or of an answer.
    #[serde(default)]
    pub(super) id: Option<Value>,
    /// What is wanted.
    #[serde(default)]
    pub(super) method: Option<String>,
    /// Its arguments.
    #[serde(default)]
    pub(super) params: Value,
}

/// Why a request has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: i32,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Reads the next message; `None` at the end. The inner error is a message that is none.
///
/// # Errors
/// The stream cannot be read.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Result<Message, String>>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.by_ref().take(HEADER_LIMIT).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<u64>().ok();
        }
    }
    let Some(length) = length else {
        return Ok(Some(Err("a message without `Content-Length`".into())));
    };
    let mut content = input.by_ref().take(length);
    if length > MESSAGE_LIMIT {
        io::copy(&mut content, &mut io::sink())?;
        return Ok(Some(Err(format!("a message of {length} bytes is too long"))));
    }
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes)?;
    let read = serde_json::from_slice::<serde_json::Value>(&bytes).and_then(|value| match value {
        // A derived reader would take a list for an object without fields.
        serde_json::Value::Object(_) => serde_json::from_value(value),
        _ => Err(serde::de::Error::custom("a message is a JSON object")),
    });
    Ok(Some(read.map_err(|error| error.to_string())))
}

/// Writes messages, from any thread.
#[derive(Clone)]
pub(super) struct Sender(Arc<Mutex<dyn Write + Send>>);

impl Sender {
    /// Writes into this stream.
    pub(super) fn new(output: impl Write + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(output)))
    }

    /// Answers a request; the result is JSON text.
    pub(super) fn answer(&self, id: &Value, result: Result<String, Refusal>) {
        let (kind, content) = match result {
            Ok(result) => ("result", result),
            Err(Refusal { code, message }) => {
                ("error", json!({ "code": code, "message": message }).to_string())
            }
        };
        self.write(&format!(r#"{{"jsonrpc":"2.0","id":{id},"{kind}":{content}}}"#));
    }

    /// Tells something that is not asked for.
    pub(super) fn notify(&self, method: &str, params: impl Serialize) {
        // What the protocol's types hold can always be written.
        let params = serde_json::to_string(&params).unwrap_or_else(|_| "null".into());
        self.write(&format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#));
    }

    /// A client that does not listen any more has ended or ends soon, which is seen in reading.
    fn write(&self, text: &str) {
        if let Ok(mut output) = self.0.lock() {
            let _ = write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())
                .and_then(|()| output.flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{text}", text.len())
    }

    #[test]
    fn reading_goes_on_after_what_is_no_message() {
        let input = [
            frame("{ not json"),
            "garbage without a colon\r\nX: y\r\n\r\n".into(),
            "Content-Length: many\r\n\r\n".into(),
            frame("[]"),
            format!("content-length:14\r\nContent-Type: x\r\n\r\n{}", "{\"method\":\"m\"}"),
        ]
        .concat();
        let mut input = input.as_bytes();
        for _ in 0..4 {
            assert!(read(&mut input).unwrap().unwrap().is_err());
        }
        let message = read(&mut input).unwrap().unwrap().unwrap();
        assert_eq!(message.method.as_deref(), Some("m"));
        assert_eq!(message.id, None);
        assert!(read(&mut input).unwrap().is_none());
    }

    #[test]
    fn a_length_is_not_believed() {
        let mut input = &b"Content-Length: 99999999999999\r\n\r\n{}"[..];
        assert!(read(&mut input).unwrap().unwrap().is_err());
        let mut input = &b"Content-Length: 100000000\r\n\r\n{"[..];
        assert!(read(&mut input).unwrap().unwrap().is_err());
        let mut input = [b'x'; 100_000].as_slice();
        assert!(read(&mut input).unwrap().is_none());
    }
}
