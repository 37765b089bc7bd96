//! A JSON reader that keeps where everything stands and reads numbers exactly.

use crate::source::Span;
use podform_model::Number;

/// How deep arrays and objects may be nested.
const MAX_DEPTH: usize = 200;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) node: Node,
    pub(super) span: Span,
}

/// A JSON value.
#[derive(Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(Text),
    Array(Vec<Item>),
    Object(Vec<Member>),
}

/// A text, and where its bytes stand when it is spelled with escapes.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) value: String,
    pub(super) places: Option<Vec<u32>>,
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: Item,
}

/// Why a text is not JSON.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) summary: String,
    pub(super) help: &'static str,
}

type Read<T> = Result<T, Fault>;

/// Reads a whole text.
pub(super) fn document(text: &str, file: u32) -> Read<Item> {
    let mut reader = Reader { text, at: 0, file, depth: 0 };
    let root = reader.item()?;
    reader.space();
    if reader.at < text.len() {
        return reader.fail("the file should end here", "write one object");
    }
    Ok(root)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    file: u32,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { file: self.file, start: offset(start), end: offset(end) }
    }

    fn fail<T>(&self, summary: impl Into<String>, help: &'static str) -> Read<T> {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        let length = if self.peek() == b'\n' { 0 } else { length };
        Err(Fault { span: self.span(self.at, self.at + length), summary: summary.into(), help })
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    fn item(&mut self) -> Read<Item> {
        self.space();
        let start = self.at;
        let node = match self.peek() {
            b'{' => self.deeper(Self::object)?,
            b'[' => self.deeper(Self::array)?,
            b'"' => Node::Text(self.string()?),
            b'-' | b'0'..=b'9' => self.number()?,
            b'\'' => return self.fail("a text is written in double quotes", "write `\"…\"`"),
            b'/' | b'#' => {
                let help = "write it as the value of a key `\"//\"`";
                return self.fail("JSON has no comments", help);
            }
            _ => self.word()?,
        };
        Ok(Item { node, span: self.span(start, self.at) })
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Read<Node>) -> Read<Node> {
        if self.depth >= MAX_DEPTH {
            let summary = format!("this is nested more than {MAX_DEPTH} levels deep");
            return self.fail(summary, "name the inner parts with `locals`");
        }
        self.depth += 1;
        let out = read(self);
        self.depth -= 1;
        out
    }

    fn word(&mut self) -> Read<Node> {
        for (word, node) in
            [("null", Node::Null), ("true", Node::Bool(true)), ("false", Node::Bool(false))]
        {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(node);
            }
        }
        let help = "a value is a text in quotes, a number, `true`, `false`, `null`, `[…]` or `{…}`";
        self.fail("a JSON value is expected here", help)
    }

    fn number(&mut self) -> Read<Node> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        let text = &rest[..end];
        let digits = text.strip_prefix('-').unwrap_or(text);
        let zero = digits.len() > 1
            && digits.starts_with('0')
            && !digits[1..].starts_with(['.', 'e', 'E']);
        let valid = digits.starts_with(|c: char| c.is_ascii_digit())
            && text.ends_with(|c: char| c.is_ascii_digit())
            && !zero
            && !digits.contains(".e")
            && !digits.contains(".E");
        match text.parse::<Number>() {
            Ok(number) if valid => {
                self.at += end;
                Ok(Node::Number(number))
            }
            _ => {
                let shown: String = text.chars().take(40).collect();
                let span = self.span(self.at, self.at + end);
                let summary = format!("`{shown}` is no JSON number, or one beyond 4096 digits");
                Err(Fault { span, summary, help: "" })
            }
        }
    }

    fn array(&mut self) -> Read<Node> {
        let open = self.at;
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == b']' {
            self.at += 1;
            return Ok(Node::Array(items));
        }
        loop {
            items.push(self.item()?);
            if self.comma(open, b']')? {
                return Ok(Node::Array(items));
            }
        }
    }

    /// Takes a `,` or the closing bracket; whether it was the bracket.
    fn comma(&mut self, open: usize, close: u8) -> Read<bool> {
        self.space();
        let found = self.peek();
        if found == close {
            self.at += 1;
            return Ok(true);
        }
        if found == b',' {
            self.at += 1;
            self.space();
            if self.peek() == close {
                return self.fail("JSON allows no `,` before a closing bracket", "remove the `,`");
            }
            return Ok(false);
        }
        if self.at >= self.text.len() {
            let bracket = self.text[open..].chars().next().unwrap_or('{');
            let summary = format!("this `{bracket}` was never closed");
            return Err(Fault { span: self.span(open, open + 1), summary, help: "" });
        }
        self.fail(format!("a `,` or `{}` is expected here", char::from(close)), "")
    }

    fn object(&mut self) -> Read<Node> {
        let open = self.at;
        self.at += 1;
        let mut members = Vec::new();
        self.space();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(Node::Object(members));
        }
        loop {
            members.push(self.member()?);
            if self.comma(open, b'}')? {
                return Ok(Node::Object(members));
            }
        }
    }

    fn member(&mut self) -> Read<Member> {
        self.space();
        let start = self.at;
        if self.peek() != b'"' {
            return self.fail("a key in quotes is expected here", "write `\"KEY\": VALUE`");
        }
        let key = self.string()?.value;
        let key_span = self.span(start, self.at);
        self.space();
        if self.peek() != b':' {
            return self.fail("a `:` is expected after a key", "write `\"KEY\": VALUE`");
        }
        self.at += 1;
        Ok(Member { key, key_span, value: self.item()? })
    }

    fn string(&mut self) -> Read<Text> {
        let open = self.at;
        self.at += 1;
        let mut value = String::new();
        let mut places: Option<Vec<u32>> = None;
        loop {
            let rest = self.rest();
            let plain = rest
                .bytes()
                .position(|byte| byte == b'"' || byte == b'\\' || byte < 0x20)
                .unwrap_or(rest.len());
            let from = self.at;
            value.push_str(&rest[..plain]);
            self.at += plain;
            if let Some(places) = &mut places {
                places.extend((from..self.at).map(|at| u32::try_from(at).unwrap_or(u32::MAX)));
            }
            match self.peek() {
                b'"' => {
                    if let Some(places) = &mut places {
                        places.push(u32::try_from(self.at).unwrap_or(u32::MAX));
                    }
                    self.at += 1;
                    return Ok(Text { value, places });
                }
                b'\\' => {
                    let first = u32::try_from(open + 1).unwrap_or(u32::MAX);
                    let known = places.get_or_insert_with(|| (first..).take(value.len()).collect());
                    let at = u32::try_from(self.at).unwrap_or(u32::MAX);
                    let c = self.escape()?;
                    known.extend(std::iter::repeat_n(at, c.len_utf8()));
                    value.push(c);
                }
                _ if self.at >= self.text.len() || self.peek() == b'\n' => {
                    let span = self.span(open, self.at);
                    let summary = "this quote was never closed".into();
                    let help = "a JSON text ends on its line; write `\\n` for a new line";
                    return Err(Fault { span, summary, help });
                }
                _ => {
                    let help = "write it as `\\u` with four hexadecimal digits";
                    return self.fail("a control character may not stand in a JSON text", help);
                }
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let c = match self.text.as_bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return self.fail("this is no escape sequence", "write a backslash as `\\\\`"),
        };
        self.at += 2;
        Ok(c)
    }

    /// `\uXXXX`; two of them may be one character.
    fn unicode(&mut self) -> Read<char> {
        let Some(first) = self.four(self.at) else {
            return self.fail("`\\u` takes four hexadecimal digits", "");
        };
        let second = self.four(self.at + 6).filter(|low| (0xdc00..0xe000).contains(low));
        if (0xd800..0xdc00).contains(&first)
            && let Some(low) = second
        {
            self.at += 12;
            let joined = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.at += 6;
        // Half of a pair is no character.
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 6)?.strip_prefix("\\u")?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
        u32::from_str_radix(digits, 16).ok()
    }
}
