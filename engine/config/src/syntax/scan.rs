//! A tokenizer for text that the parser refused: brackets, quotes, heredocs and comments, each
//! with its place, and what of them was never closed.

/// One token, outside of quoted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Word,
    Number,
    /// A quoted text or heredoc, whole.
    Text,
    Open(u8),
    Close(u8),
    /// `=` alone.
    Assign,
    Newline,
    Other(u8),
}

/// Something that was not closed, or closed without being open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    Quote { at: usize, line_end: usize },
    Interpolation { at: usize },
    Heredoc { at: usize, end: usize, marker: String },
    Comment { at: usize },
    Open { at: usize, bracket: u8 },
    Stray { at: usize, bracket: u8 },
    Mismatch { open: usize, close: usize },
}

/// What was found in a text.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    pub(crate) tokens: Vec<Token>,
    pub(crate) problems: Vec<Problem>,
}

struct Frame {
    bracket: u8,
    at: usize,
    /// The indentation of its line.
    indent: usize,
    line: usize,
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: usize,
    line_start: usize,
    stack: Vec<Frame>,
    /// Brackets whose closing one stands further left than their line.
    suspects: Vec<(usize, u8)>,
    out: Scanned,
}

/// Scans a text to its end, whatever is wrong in it.
pub(crate) fn scan(text: &str) -> Scanned {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 0,
        line_start: 0,
        stack: Vec::new(),
        suspects: Vec::new(),
        out: Scanned::default(),
    };
    while scanner.at < scanner.bytes.len() {
        scanner.token();
    }
    scanner.finish();
    scanner.out
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.out.tokens.push(Token { kind, start, end: self.at });
    }

    fn token(&mut self) {
        let start = self.at;
        match self.peek(0) {
            b'\n' => {
                self.at += 1;
                self.push(TokenKind::Newline, start);
                self.line += 1;
                self.line_start = self.at;
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'#' => self.skip_line(),
            b'/' if self.peek(1) == b'/' => self.skip_line(),
            b'/' if self.peek(1) == b'*' => self.comment(),
            b'"' => {
                self.quoted();
                self.push(TokenKind::Text, start);
            }
            b'<' if self.peek(1) == b'<' && self.is_heredoc() => {
                self.heredoc();
                self.push(TokenKind::Text, start);
            }
            bracket @ (b'{' | b'[' | b'(') => {
                self.at += 1;
                self.open(bracket, start);
            }
            bracket @ (b'}' | b']' | b')') => {
                self.at += 1;
                self.close(bracket, start);
            }
            b'=' if self.peek(1) != b'=' && self.peek(1) != b'>' => {
                self.at += 1;
                self.push(TokenKind::Assign, start);
            }
            b'=' | b'!' | b'<' | b'>' if self.peek(1) == b'=' || self.peek(1) == b'>' => {
                self.at += 2;
                self.push(TokenKind::Other(b'='), start);
            }
            byte if byte.is_ascii_digit() => {
                self.at += 1;
                while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'.' {
                    self.at += 1;
                }
                self.push(TokenKind::Number, start);
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => {
                while self.peek(0).is_ascii_alphanumeric()
                    || matches!(self.peek(0), b'_' | b'-')
                    || self.peek(0) >= 0x80
                {
                    self.at += 1;
                }
                self.push(TokenKind::Word, start);
            }
            byte => {
                self.at += 1;
                self.push(TokenKind::Other(byte), start);
            }
        }
    }

    fn skip_line(&mut self) {
        while self.at < self.bytes.len() && self.peek(0) != b'\n' {
            self.at += 1;
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        match self.text.get(start + 2..).and_then(|rest| rest.find("*/")) {
            Some(length) => {
                let end = start + 2 + length + 2;
                self.count_lines(start, end);
                self.at = end;
            }
            None => {
                self.out.problems.push(Problem::Comment { at: start });
                self.at = self.bytes.len();
            }
        }
    }

    fn count_lines(&mut self, start: usize, end: usize) {
        for at in start..end.min(self.bytes.len()) {
            if self.bytes[at] == b'\n' {
                self.line += 1;
                self.line_start = at + 1;
            }
        }
    }

    /// A quoted text, with the expressions in it; it ends on its line or is reported.
    fn quoted(&mut self) {
        let start = self.at;
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\n' => break,
                b'$' | b'%' if self.peek(1) == self.peek(0) && self.peek(2) == b'{' => self.at += 3,
                b'$' | b'%' if self.peek(1) == b'{' => {
                    if !self.interpolation() {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.bytes.len());
        self.out.problems.push(Problem::Quote { at: start, line_end: self.at });
    }

    /// `${ … }` or `%{ … }`; `false` when it is not closed.
    fn interpolation(&mut self) -> bool {
        let start = self.at;
        self.at += 2;
        let mut depth = 1_usize;
        let mut lines = 0;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        self.line += lines;
                        return true;
                    }
                }
                b'"' => {
                    if !self.nested_quote() {
                        break;
                    }
                    continue;
                }
                b'\n' => {
                    lines += 1;
                    // An expression of many lines within quotes is more likely an open brace.
                    if lines > 20 {
                        break;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.text[start..].find('\n').map_or(self.bytes.len(), |length| start + length);
        self.out.problems.push(Problem::Interpolation { at: start });
        false
    }

    /// A quoted text within an expression within a quoted text; `false` when it is not closed on
    /// its line: then it is the end of the text around, and the expression was not closed.
    fn nested_quote(&mut self) -> bool {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b'"' => {
                    self.at += 1;
                    return true;
                }
                b'\n' => return false,
                _ => self.at += 1,
            }
        }
        false
    }

    fn is_heredoc(&self) -> bool {
        let mut ahead = 2;
        if self.peek(ahead) == b'-' {
            ahead += 1;
        }
        self.peek(ahead).is_ascii_alphabetic() || self.peek(ahead) == b'_'
    }

    fn heredoc(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let first = rest.find('\n').unwrap_or(rest.len());
        let marker = rest[2..first].trim_start_matches('-').trim().to_owned();
        let mut at = start + first;
        while let Some(line_start) = self.text.get(at + 1..).map(|_| at + 1) {
            let line = &self.text[line_start..];
            let length = line.find('\n').unwrap_or(line.len());
            if line[..length].trim() == marker {
                let end = line_start + length;
                self.count_lines(start, end);
                self.at = end;
                return;
            }
            at = line_start + length;
            if at >= self.bytes.len() {
                break;
            }
        }
        self.out.problems.push(Problem::Heredoc { at: start, end: start + first, marker });
        self.at = self.bytes.len();
    }

    fn indent(&self) -> usize {
        self.text[self.line_start..].len() - self.text[self.line_start..].trim_start().len()
    }

    fn open(&mut self, bracket: u8, start: usize) {
        self.stack.push(Frame { bracket, at: start, indent: self.indent(), line: self.line });
        self.push(TokenKind::Open(bracket), start);
    }

    fn close(&mut self, bracket: u8, start: usize) {
        self.push(TokenKind::Close(bracket), start);
        let Some(frame) = self.stack.last() else {
            self.out.problems.push(Problem::Stray { at: start, bracket });
            return;
        };
        if closing(frame.bracket) != bracket {
            // The bracket that this one closes may be further out: those between were not closed.
            let wanted = self.stack.iter().rposition(|frame| closing(frame.bracket) == bracket);
            match wanted {
                Some(at) => {
                    for frame in self.stack.drain(at..).skip(1) {
                        self.out.problems.push(Problem::Mismatch { open: frame.at, close: start });
                    }
                }
                None => {
                    let open = frame.at;
                    self.stack.pop();
                    self.out.problems.push(Problem::Mismatch { open, close: start });
                }
            }
            return;
        }
        let first_on_line = self.text[self.line_start..start].trim().is_empty();
        if first_on_line && frame.line != self.line && self.indent() < frame.indent {
            self.suspects.push((frame.at, frame.bracket));
        }
        self.stack.pop();
    }

    fn finish(&mut self) {
        let swallowed =
            self.out.problems.iter().any(|problem| {
                matches!(problem, Problem::Heredoc { .. } | Problem::Comment { .. })
            });
        // What closes the brackets may be in what a heredoc or comment has swallowed.
        if self.stack.is_empty() || swallowed {
            return;
        }
        // Which of the open ones was forgotten shows in the indentation of those closed.
        if self.stack.len() == 1
            && let Some((at, bracket)) = self.suspects.first()
        {
            self.out.problems.push(Problem::Open { at: *at, bracket: *bracket });
            return;
        }
        for frame in &self.stack {
            self.out.problems.push(Problem::Open { at: frame.at, bracket: frame.bracket });
        }
    }
}

/// The bracket that closes another.
pub(crate) fn closing(open: u8) -> u8 {
    match open {
        b'{' => b'}',
        b'[' => b']',
        _ => b')',
    }
}

/// The index after the bracket that closes the one at `open`.
pub(super) fn matching(tokens: &[Token], open: usize) -> Option<usize> {
    let mut depth = 0_i64;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
