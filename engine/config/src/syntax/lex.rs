//! A lossless tokenizer: every byte of a text is in a token or is a space between two tokens.
//!
//! Unlike [`super::scan`], which looks for what was never closed in a broken text, this one gives
//! the parts of templates too, as the formatter needs them. It takes any text and never fails.

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Number,
    /// The quote that opens a template.
    QuoteOpen,
    QuoteClose,
    /// Literal text within quotes.
    Quoted,
    /// `<<MARK` or `<<-MARK` with the end of its line.
    HeredocOpen,
    /// The marker that ends a heredoc, with the spaces around it.
    HeredocClose,
    /// Literal text within a heredoc.
    Literal,
    /// `${` or `${~`.
    Interpolation,
    /// `%{` or `%{~`.
    Directive,
    /// `}` or `~}` of an interpolation or directive.
    TemplateEnd,
    /// A comment; one that starts with `#` or `//` holds the end of its line.
    Comment,
    Newline,
    Open(u8),
    Close(u8),
    /// `=` alone.
    Assign,
    Comma,
    Dot,
    Ellipsis,
    Colon,
    DoubleColon,
    Question,
    Bang,
    Minus,
    /// `=>`
    Arrow,
    /// An operator of two operands other than `-`.
    Operator,
    /// A character that HCL does not know.
    Other,
}

impl Token {
    /// By how much the token changes the depth of brackets and interpolations.
    pub(crate) fn depth(&self) -> isize {
        match self.kind {
            Kind::Open(_) | Kind::Interpolation | Kind::Directive => 1,
            Kind::Close(_) | Kind::TemplateEnd => -1,
            _ => 0,
        }
    }

    /// Its text.
    pub(crate) fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether it ends its line.
    pub(crate) fn ends_line(&self, source: &str) -> bool {
        match self.kind {
            Kind::Newline => true,
            Kind::Comment => self.text(source).ends_with('\n'),
            _ => false,
        }
    }
}

/// What the characters at a place mean.
enum Mode {
    /// An expression or body, with the number of open braces since it began.
    Code {
        braces: usize,
    },
    Quote,
    Heredoc {
        marker: (usize, usize),
        line_start: bool,
    },
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    modes: Vec<Mode>,
    out: Vec<Token>,
}

/// The tokens of a text.
pub(crate) fn lex(text: &str) -> Vec<Token> {
    let modes = vec![Mode::Code { braces: 0 }];
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, modes, out: Vec::new() };
    while lexer.at < lexer.bytes.len() {
        match lexer.modes.last() {
            Some(Mode::Quote) => lexer.quote(),
            Some(Mode::Heredoc { .. }) => lexer.heredoc(),
            Some(Mode::Code { .. }) | None => lexer.code(),
        }
    }
    lexer.out
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or_default()
    }

    fn starts_with(&self, text: &str) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    /// A token of the next bytes.
    fn take(&mut self, kind: Kind, length: usize) {
        let end = (self.at + length).min(self.bytes.len());
        self.out.push(Token { kind, start: self.at, end });
        self.at = end;
    }

    /// How many of the next bytes are such.
    fn run(&self, such: impl Fn(u8) -> bool) -> usize {
        self.bytes.get(self.at..).map_or(0, |rest| rest.iter().take_while(|b| such(**b)).count())
    }

    /// How many bytes are left of this line, with its end.
    fn line(&self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1)
    }

    fn code(&mut self) {
        match self.peek(0) {
            b' ' | b'\t' => self.at += 1,
            b'\n' => self.take(Kind::Newline, 1),
            b'\r' if self.peek(1) == b'\n' => self.take(Kind::Newline, 2),
            b'#' => self.take(Kind::Comment, self.line()),
            b'/' if self.peek(1) == b'/' => self.take(Kind::Comment, self.line()),
            b'/' if self.peek(1) == b'*' => {
                let rest = &self.text[self.at + 2..];
                let length = rest.find("*/").map_or(rest.len() + 2, |at| at + 4);
                self.take(Kind::Comment, length);
            }
            b'"' => {
                self.take(Kind::QuoteOpen, 1);
                self.modes.push(Mode::Quote);
            }
            b'<' if self.starts_with("<<") && self.begin_heredoc() => {}
            b'{' | b'[' | b'(' => self.open(),
            b'}' | b']' | b')' => self.close(),
            b'~' if self.peek(1) == b'}' => self.end_template(2),
            byte if byte.is_ascii_digit() => self.take(Kind::Number, self.number()),
            byte if is_word_start(byte) => {
                let length = self.run(|b| is_word_start(b) || b.is_ascii_digit() || b == b'-');
                self.take(Kind::Word, length);
            }
            _ => self.symbol(),
        }
    }

    fn symbol(&mut self) {
        const SYMBOLS: &[(&str, Kind)] = &[
            ("...", Kind::Ellipsis),
            ("==", Kind::Operator),
            ("!=", Kind::Operator),
            (">=", Kind::Operator),
            ("<=", Kind::Operator),
            ("=>", Kind::Arrow),
            ("&&", Kind::Operator),
            ("||", Kind::Operator),
            ("::", Kind::DoubleColon),
            ("=", Kind::Assign),
            (",", Kind::Comma),
            (".", Kind::Dot),
            (":", Kind::Colon),
            ("?", Kind::Question),
            ("!", Kind::Bang),
            ("-", Kind::Minus),
            ("+", Kind::Operator),
            ("*", Kind::Operator),
            ("/", Kind::Operator),
            ("%", Kind::Operator),
            ("<", Kind::Operator),
            (">", Kind::Operator),
        ];
        match SYMBOLS.iter().find(|(text, _)| self.starts_with(text)) {
            Some((text, kind)) => self.take(*kind, text.len()),
            None => self.take(Kind::Other, 1),
        }
    }

    /// The length of a number: digits, points and exponents, not ending with a point.
    fn number(&self) -> usize {
        let mut length = 1;
        loop {
            let exponent = matches!(self.peek(length), b'e' | b'E');
            let signed = exponent && matches!(self.peek(length + 1), b'+' | b'-');
            let digits = length + usize::from(exponent) + usize::from(signed);
            let point = self.peek(length) == b'.' && self.peek(length + 1).is_ascii_digit();
            if point {
                length += 2;
            } else if self.peek(digits).is_ascii_digit() {
                length = digits + 1;
            } else {
                return length;
            }
        }
    }

    fn open(&mut self) {
        let bracket = self.peek(0);
        if bracket == b'{'
            && let Some(Mode::Code { braces }) = self.modes.last_mut()
        {
            *braces += 1;
        }
        self.take(Kind::Open(bracket), 1);
    }

    fn close(&mut self) {
        let bracket = self.peek(0);
        match self.modes.last_mut() {
            Some(Mode::Code { braces: 0 }) if bracket == b'}' => self.end_template(1),
            Some(Mode::Code { braces }) if bracket == b'}' => {
                *braces -= 1;
                self.take(Kind::Close(bracket), 1);
            }
            _ => self.take(Kind::Close(bracket), 1),
        }
    }

    /// The end of an interpolation, or a brace that closes nothing.
    fn end_template(&mut self, length: usize) {
        if self.modes.len() > 1 {
            self.modes.pop();
            self.take(Kind::TemplateEnd, length);
        } else {
            self.take(Kind::Close(b'}'), length);
        }
    }

    /// `<<MARK` to the end of its line; `false` when this is no heredoc.
    fn begin_heredoc(&mut self) -> bool {
        let start = self.at + 2 + usize::from(self.peek(2) == b'-');
        let line = &self.text[start..self.at + self.line()];
        let marker = line.trim_end_matches('\n').trim_end_matches('\r');
        let is_marker = marker.bytes().next().is_some_and(is_word_start)
            && marker.bytes().all(|b| is_word_start(b) || b.is_ascii_digit() || b == b'-');
        if !is_marker || !line.ends_with('\n') {
            return false;
        }
        let marker = (start, start + marker.len());
        self.take(Kind::HeredocOpen, self.line());
        self.modes.push(Mode::Heredoc { marker, line_start: true });
        true
    }

    fn quote(&mut self) {
        let mut length = 0;
        while self.at + length < self.bytes.len() {
            match self.peek(length) {
                b'"' => break,
                b'\\' => length += 2,
                b'$' | b'%' => match self.mark(length) {
                    0 => break,
                    literal => length += literal,
                },
                _ => length += 1,
            }
        }
        while !self.text.is_char_boundary((self.at + length).min(self.bytes.len())) {
            length += 1;
        }
        if length > 0 {
            self.take(Kind::Quoted, length);
        }
        if self.peek(0) == b'"' {
            self.take(Kind::QuoteClose, 1);
            self.modes.pop();
        } else {
            self.begin_template();
        }
    }

    /// How many bytes of a `$` or `%` are literal text; none when it begins an interpolation.
    fn mark(&self, ahead: usize) -> usize {
        let mark = self.peek(ahead);
        if self.peek(ahead + 1) == b'{' {
            0
        } else if self.peek(ahead + 1) == mark && self.peek(ahead + 2) == b'{' {
            3
        } else {
            1
        }
    }

    /// The start of an interpolation or directive, where the next bytes are one.
    fn begin_template(&mut self) {
        let kind = match (self.peek(0), self.peek(1)) {
            (b'$', b'{') => Kind::Interpolation,
            (b'%', b'{') => Kind::Directive,
            _ => return,
        };
        self.take(kind, 2 + usize::from(self.peek(2) == b'~'));
        self.modes.push(Mode::Code { braces: 0 });
    }

    fn heredoc(&mut self) {
        let Some(Mode::Heredoc { marker, line_start }) = self.modes.last() else { return };
        let (marker, line_start) = (*marker, *line_start);
        let line = self.line();
        let text = &self.text[self.at..self.at + line];
        if line_start && text.trim() == &self.text[marker.0..marker.1] {
            self.modes.pop();
            let newline = text.len() - text.trim_end_matches('\n').trim_end_matches('\r').len();
            self.take(Kind::HeredocClose, line - newline);
            return;
        }
        let mut length = 0;
        while length < line && !(matches!(self.peek(length), b'$' | b'%') && self.mark(length) == 0)
        {
            length += if matches!(self.peek(length), b'$' | b'%') { self.mark(length) } else { 1 };
        }
        if length > 0 {
            self.take(Kind::Literal, length);
        }
        if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
            *line_start = length == line;
        }
        self.begin_template();
    }
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        let tokens = lex(text);
        tokens.into_iter().map(|token| (token.kind, token.text(text))).collect()
    }

    #[test]
    fn templates_are_taken_apart() {
        let found = kinds(r#"a = "x$${y}${f({b = "${c}"})~}z""#);
        let texts: Vec<_> = found.iter().map(|(_, text)| *text).collect();
        let expected = [
            "a", "=", "\"", "x$${y}", "${", "f", "(", "{", "b", "=", "\"", "${", "c", "}", "\"",
            "}", ")", "~}", "z", "\"",
        ];
        assert_eq!(texts, expected);
        assert_eq!(found[13].0, Kind::TemplateEnd);
        assert_eq!(found[15].0, Kind::Close(b'}'));
        assert_eq!(found[17].0, Kind::TemplateEnd);
    }

    #[test]
    fn a_heredoc_ends_at_its_marker_alone_on_a_line() {
        let text = "a = <<-EOT\n  EOT x ${b}\nEOT${c}\n  EOT\nd";
        let found = kinds(text);
        assert_eq!(found[2], (Kind::HeredocOpen, "<<-EOT\n"));
        assert_eq!(found[3], (Kind::Literal, "  EOT x "));
        assert!(found.contains(&(Kind::HeredocClose, "  EOT")));
        assert_eq!(found.last(), Some(&(Kind::Word, "d")));
    }

    #[test]
    fn numbers_end_before_a_point_without_digits() {
        let numbers = |text| kinds(text).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(numbers("1.5e-3"), ["1.5e-3"]);
        assert_eq!(numbers("a.0.b"), ["a", ".", "0", ".", "b"]);
        assert_eq!(numbers("1...x"), ["1", "...", "x"]);
        assert_eq!(numbers("1e"), ["1", "e"]);
    }

    #[test]
    fn nothing_is_lost_of_any_text() {
        for text in ["\"a\\", "\"${", "<<E\nx", "<<", "~}", "}}", "é\u{a0}\"\\é", "%{", "/*", "\r"]
        {
            let mut at = 0;
            for token in lex(text) {
                assert!(text[at..token.start].trim().is_empty(), "{text:?}");
                assert!(token.end > token.start, "{text:?}");
                at = token.end;
            }
            assert_eq!(at, text.len(), "{text:?}");
        }
    }
}
