//! What a plugin's process prints, as lines of its log.

use crate::{LogLevel, LogSink};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};

/// Longest piece of a line that is kept together, in bytes.
const LONGEST: u64 = 8192;

/// How many last lines are kept for the error of a crash.
const KEPT: usize = 5;

/// Logs every line of a stream until it ends; gives back the last few.
pub(crate) fn forward(
    name: &str,
    level: LogLevel,
    stream: impl Read,
    log: &LogSink,
) -> VecDeque<String> {
    let mut reader = BufReader::new(stream);
    let mut kept = VecDeque::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        match reader.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return kept,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        let text = clean(text.trim_end_matches(['\n', '\r'])).into_owned();
        if text.is_empty() {
            continue;
        }
        log(name, level, &text);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(text);
    }
}

/// Replaces what could steer the user's terminal.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.contains(steers) {
        Cow::Owned(text.replace(steers, "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[test]
    fn lines_are_logged_cleaned_and_the_last_are_kept() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log: LogSink = {
            let seen = seen.clone();
            Arc::new(move |_, _, text| seen.lock().unwrap().push(text.to_owned()))
        };
        let text = b"one\r\n\n\x1b[31mtwo\nthree\nfour\nfive\nsix\xff";
        let kept = forward("x", LogLevel::Warn, text.as_slice(), &log);
        let all = ["one", "\u{fffd}[31mtwo", "three", "four", "five", "six\u{fffd}"];
        assert_eq!(*seen.lock().unwrap(), all);
        assert_eq!(kept, &all[1..]);
    }

    #[test]
    fn an_endless_line_comes_in_pieces() {
        let seen = Arc::new(Mutex::new(0));
        let log: LogSink = {
            let seen = seen.clone();
            Arc::new(move |_, _, _| *seen.lock().unwrap() += 1)
        };
        forward("x", LogLevel::Info, std::io::repeat(b'a').take(LONGEST * 3), &log);
        assert_eq!(*seen.lock().unwrap(), 3);
    }
}
