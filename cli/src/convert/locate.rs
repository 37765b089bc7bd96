//! Where the values of a JSON text stand, by Marathon's paths.

use std::collections::HashMap;

/// The spans of the values of a text, in bytes.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<String, (usize, usize)>);

impl Places {
    /// The span of a path, else of the nearest value above it.
    pub(super) fn nearest(&self, path: &str) -> Option<(usize, usize)> {
        let mut path = path;
        loop {
            if let Some(span) = self.0.get(path) {
                return Some(*span);
            }
            // A key may hold `/` or `(`: cutting too little only takes one more turn.
            path = &path[..path.rfind(['/', '('])?];
        }
    }
}

/// Finds every value of a text that is JSON.
pub(super) fn places(text: &str) -> Places {
    let mut scan = Scan { text, at: 0, places: Places::default() };
    scan.value(String::new());
    scan.places
}

/// Walks a text that was found to be JSON before, so every step leads somewhere.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    places: Places,
}

impl Scan<'_> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    fn space(&mut self) {
        while self.peek().is_ascii_whitespace() {
            self.at += 1;
        }
    }

    fn value(&mut self, path: String) {
        self.space();
        let start = self.at;
        match self.peek() {
            b'{' => self.members(&path),
            b'[' => self.items(&path),
            b'"' => {
                self.string();
            }
            _ => {
                while !matches!(self.peek(), b',' | b']' | b'}' | 0)
                    && !self.peek().is_ascii_whitespace()
                {
                    self.at += 1;
                }
            }
        }
        self.places.0.insert(path, (start, self.at));
    }

    /// Skips an item's end; whether another follows.
    fn more(&mut self) -> bool {
        self.space();
        let more = self.peek() == b',';
        self.at = (self.at + 1).min(self.text.len());
        more
    }

    fn members(&mut self, path: &str) {
        self.at += 1;
        self.space();
        if self.peek() == b'}' {
            self.at += 1;
            return;
        }
        loop {
            self.space();
            let key = self.string();
            self.space();
            // The colon.
            self.at = (self.at + 1).min(self.text.len());
            self.value(format!("{path}/{key}"));
            if !self.more() {
                return;
            }
        }
    }

    fn items(&mut self, path: &str) {
        self.at += 1;
        self.space();
        if self.peek() == b']' {
            self.at += 1;
            return;
        }
        for index in 0.. {
            self.value(format!("{path}({index})"));
            if !self.more() {
                return;
            }
        }
    }

    /// Skips a string and returns its text.
    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while !matches!(self.peek(), b'"' | 0) {
            self.at += if self.peek() == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(self.text.len());
        let literal = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(literal).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_found() {
        let text = r#" {"a": [1, {"b\"c": true}], "d": {}, "e": [] , "f" : "x\\"} "#;
        let places = places(text);
        for (path, expected) in [
            ("/a", r#"[1, {"b\"c": true}]"#),
            ("/a(0)", "1"),
            ("/a(1)/b\"c", "true"),
            ("/d", "{}"),
            ("/e", "[]"),
            ("/f", r#""x\\""#),
            ("/a(1)/missing/deep", r#"{"b\"c": true}"#),
            ("/a(7)", r#"[1, {"b\"c": true}]"#),
            ("", text.trim()),
        ] {
            let (start, end) = places.nearest(path).unwrap();
            assert_eq!(&text[start..end], expected, "{path}");
        }
    }

    #[test]
    fn deep_texts_are_walked() {
        let text = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(places(&text).nearest("(0)(0)"), Some((2, 198)));
    }
}
