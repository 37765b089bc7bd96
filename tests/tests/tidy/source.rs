//! What the text of a Rust file says, as far as these checks need to know.

/// The file without its tests: up to `#[cfg(test)]`, and nothing of a file that is only tests.
pub(crate) fn without_tests<'a>(path: &str, text: &'a str) -> &'a str {
    let is_test = path.contains("/tests/") || path.starts_with("tests/");
    if is_test || path.ends_with("/tests.rs") {
        return "";
    }
    // A module of tests stands at the end; `mod tests;` names a file of its own.
    match text.find("\n#[cfg(test)]\nmod tests {") {
        Some(at) => &text[..at],
        None => text,
    }
}

/// The code alone: comments are left out, and what stands in quotes becomes nothing. Line breaks
/// stay, so lines keep their numbers.
pub(crate) fn code_of(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skipped = skip(rest, out.chars().next_back());
        if skipped > 0 {
            out.extend(rest[..skipped].chars().filter(|&c| c == '\n'));
            out.push(' ');
            rest = &rest[skipped..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// How many bytes at the beginning of `text` are a comment or a literal; 0: it is code.
fn skip(text: &str, before: Option<char>) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment(text);
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if !in_word && let Some(length) = raw_string(text) {
        return length;
    }
    match text.as_bytes()[0] {
        b'"' => 1 + quoted(&text[1..], '"'),
        b'\'' => character(text),
        _ => 0,
    }
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

fn raw_string(text: &str) -> Option<usize> {
    let start = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = start.len() - start.trim_start_matches('#').len();
    let body = start[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(text.len() - body.len() + length)
}

/// The bytes up to and with the closing quote.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if !escaped && c == quote {
            return at + 1;
        }
        escaped = !escaped && c == '\\';
    }
    text.len()
}

/// The length of a character literal; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text[1..].chars();
    match (chars.next(), chars.next()) {
        (Some('\\'), _) => 1 + quoted(&text[1..], '\''),
        (Some(c), Some('\'')) => 1 + c.len_utf8() + 1,
        _ => 0,
    }
}

/// Every function with a body: its name, its first line, and how many lines it has.
pub(crate) fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let mut out = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let starts_word = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let name: String =
            code[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if !starts_word || name.is_empty() {
            continue;
        }
        if let Some(length) = body(&code[at..]) {
            let first = code[..at].lines().count();
            out.push((name, first, code[at..at + length].lines().count()));
        }
    }
    out
}

/// The bytes from `fn` to the end of its body; `None` when it has none.
fn body(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut brackets = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            ';' if depth == 0 && brackets == 0 => return None,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[test]
fn comments_and_literals_are_no_code() {
    let text =
        "a /* b /* c */ d */ e // f\ng \"h \\\" i\" j r#\"k \" l\"# m 'n' '\\'' <'o> br\"p\" q";
    let code = code_of(text);
    let words: Vec<_> = code.split_whitespace().collect();
    assert_eq!(words, ["a", "e", "g", "j", "m", "<'o>", "q"]);
    assert_eq!(code.lines().count(), 2);
}

#[test]
fn functions_are_measured_from_name_to_brace() {
    let code = "fn a() {\n  x\n}\ntrait T { fn b(x: [u8; 2]); fn c() -> [u8; 2] { [0; 2] } }\n";
    let found = functions(code);
    assert_eq!(found, [("a".to_owned(), 0, 3), ("c".to_owned(), 4, 1)]);
}
