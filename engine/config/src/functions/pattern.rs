//! Regular expressions: RE2's syntax over the crate `regex`, whose engine is as linear.

use super::{Fault, bad};
use regex::{Regex, RegexBuilder};

/// The largest compiled form, in bytes.
const MAX_SIZE: usize = 1 << 22;
/// The highest bound of a repetition.
const MAX_REPEAT: u32 = 1000;

/// Compiles the pattern of an argument.
pub(super) fn compile(pattern: &str, at: usize) -> Result<Regex, Fault> {
    let mut translation = Translation { rest: pattern, out: String::new() };
    translation.run().map_err(|message| bad(at, format!("not a regular expression: {message}")))?;
    RegexBuilder::new(&translation.out).size_limit(MAX_SIZE).build().map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        bad(at, format!("not a regular expression: {last}"))
    })
}

/// A class of RE2, which knows only ASCII, as the content of brackets.
fn class(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "0-9",
        'D' => "^0-9",
        'w' => "0-9A-Za-z_",
        'W' => "^0-9A-Za-z_",
        's' => r"\t\n\x0c\r ",
        'S' => r"^\t\n\x0c\r ",
        _ => return None,
    })
}

/// The bounds of a repetition at the start of a text, without braces, and what follows them.
fn bounds(text: &str) -> Option<(&str, &str)> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.split_once('}').filter(|(inner, _)| {
        let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
        digits(least) && (most.is_empty() || digits(most))
    })
}

/// A pattern on its way from one syntax to the other.
struct Translation<'a> {
    rest: &'a str,
    out: String,
}

impl Translation<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Takes a text when it is next, without writing it.
    fn skip(&mut self, text: &str) -> bool {
        let found = self.rest.strip_prefix(text);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape(false)?,
                '[' => self.brackets()?,
                '(' => self.group()?,
                '*' | '+' | '?' => {
                    self.out.push(c);
                    self.repeated()?;
                }
                '{' => self.bounds()?,
                c => self.out.push(c),
            }
        }
        Ok(())
    }

    /// What follows a repetition: `?` makes it lazy, another one is refused.
    fn repeated(&mut self) -> Result<(), String> {
        if self.skip("?") {
            self.out.push('?');
        }
        match self.rest.chars().next() {
            Some(c @ ('*' | '+' | '?')) => Err(format!("`{c}` repeats a repetition")),
            Some('{') if bounds(&self.rest[1..]).is_some() => {
                Err("`{` repeats a repetition".into())
            }
            _ => Ok(()),
        }
    }

    /// `{2}`, `{2,}`, `{2,3}`; else the brace is a character.
    fn bounds(&mut self) -> Result<(), String> {
        let Some((inner, after)) = bounds(self.rest) else {
            self.out.push_str("\\{");
            return Ok(());
        };
        let most = inner.split(',').filter(|part| !part.is_empty());
        if most.map(str::parse::<u32>).any(|bound| bound.map_or(true, |b| b > MAX_REPEAT)) {
            return Err(format!("a repetition has at most {MAX_REPEAT} rounds"));
        }
        self.out.push_str(&format!("{{{inner}}}"));
        self.rest = after;
        self.repeated()
    }

    /// `(?flags)`, `(?P<name>`: flags that RE2 lacks are refused.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        let Some(inner) = self.rest.strip_prefix('?') else { return Ok(()) };
        let flags = inner.find([':', ')', '<']).and_then(|end| inner.get(..end)).unwrap_or(inner);
        match flags.chars().find(|c| !matches!(c, 'i' | 'm' | 's' | 'U' | '-' | 'P')) {
            Some(c) => Err(format!("`(?{c}` is not known")),
            None if inner.starts_with("<=") || inner.starts_with("<!") => {
                Err("it cannot look behind".into())
            }
            None => Ok(()),
        }
    }

    fn brackets(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.skip("^") {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            if let Some(end) = self.rest.find(":]").filter(|_| self.rest.starts_with("[:")) {
                let (named, after) = self.rest.split_at(end + 2);
                self.out.push_str(named);
                self.rest = after;
                first = false;
                continue;
            }
            match self.next() {
                None => return Err("`[` is not closed".into()),
                Some(']') if !first => {
                    self.out.push(']');
                    return Ok(());
                }
                Some('\\') => self.escape(true)?,
                // What joins sets in the crate's brackets is a character in RE2.
                Some(c @ ('[' | ']' | '&' | '~')) => {
                    self.out.push('\\');
                    self.out.push(c);
                }
                Some(c) => self.out.push(c),
            }
            first = false;
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, within: bool) -> Result<(), String> {
        let Some(c) = self.next() else { return Err("it ends with `\\`".into()) };
        if let Some(class) = class(c) {
            self.out.push_str(&format!("[{class}]"));
            return Ok(());
        }
        match c {
            'Q' if !within => {
                let (text, after) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.out.push_str(&regex::escape(text));
                self.rest = after;
            }
            'b' if !within => self.out.push_str("(?-u:\\b)"),
            'A' | 'B' | 'z' if !within => self.out.extend(['\\', c]),
            'p' | 'P' | 'x' => {
                let braced = self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}'));
                let Some((name, after)) = braced else {
                    self.out.extend(['\\', c]);
                    return Ok(());
                };
                // `\p{^Greek}` is `\P{Greek}`.
                let (letter, name) = match (c, name.strip_prefix('^')) {
                    ('p', Some(name)) => ('P', name),
                    ('P', Some(name)) => ('p', name),
                    _ => (c, name),
                };
                self.out.push_str(&format!("\\{letter}{{{name}}}"));
                self.rest = after;
            }
            'a' | 'f' | 't' | 'n' | 'r' | 'v' => self.out.extend(['\\', c]),
            '0'..='7' => self.octal(c)?,
            c if c.is_ascii_punctuation() => {
                self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
            }
            c => return Err(format!("`\\{c}` is not known")),
        }
        Ok(())
    }

    /// `\012`; a digit alone would refer to a group, which RE2 cannot.
    fn octal(&mut self, first: char) -> Result<(), String> {
        let more = self.rest.bytes().take_while(|b| (b'0'..=b'7').contains(b)).take(2).count();
        if first != '0' && more == 0 {
            return Err(format!("`\\{first}` refers to a group, which it cannot"));
        }
        let (digits, after) = self.rest.split_at(more);
        let value = u32::from_str_radix(&format!("{first}{digits}"), 8).unwrap_or_default();
        self.out.push_str(&format!("\\x{{{value:x}}}"));
        self.rest = after;
        Ok(())
    }
}
