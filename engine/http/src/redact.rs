//! What may be shown of URLs, bodies and secrets.

use std::fmt;

use reqwest::Url;

/// The most characters of a body that an error shows.
const EXCERPT: usize = 300;

/// A value that is never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Redacted<T>(pub T);

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A URL as it may be shown: without user info, fragment and the values of its query.
#[must_use]
pub fn safe_url(url: &Url) -> String {
    let mut shown = url.clone();
    // Fails only for URLs that cannot have user info, which then have none.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_fragment(None);
    if url.query().is_some() {
        let keys: Vec<String> = url.query_pairs().map(|(key, _)| format!("{key}=…")).collect();
        shown.set_query(None);
        return format!("{shown}?{}", keys.join("&"));
    }
    shown.into()
}

/// The beginning of a body, on one line, as it may be shown in an error.
#[must_use]
pub fn excerpt(body: &[u8]) -> String {
    // A character has at most four bytes.
    let head = String::from_utf8_lossy(&body[..body.len().min(EXCERPT * 4)]);
    let visible = |c: char| if c.is_control() || c.is_whitespace() { ' ' } else { c };
    let mut text: String = head.trim().chars().take(EXCERPT).map(visible).collect();
    if head.trim().chars().count() > EXCERPT || body.len() > EXCERPT * 4 {
        text.push('…');
    }
    text
}

/// What is wrong with a JSON text: where and of what sort, never what stands there (it may be a secret).
#[must_use]
pub fn describe_json_error(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io => "it could not be read",
        serde_json::error::Category::Syntax => "it is not JSON",
        serde_json::error::Category::Data => "it is not of the expected form",
        serde_json::error::Category::Eof => "it ends too early",
    };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_show_no_password_and_no_query_value() {
        let url = Url::parse("https://me:hunter2@host:1/path?token=hunter2&x=1#hunter2").unwrap();
        assert_eq!(safe_url(&url), "https://host:1/path?token=…&x=…");
        assert_eq!(safe_url(&Url::parse("http://host/p").unwrap()), "http://host/p");
    }

    #[test]
    fn excerpts_are_short_and_on_one_line() {
        assert_eq!(excerpt(b" a\nb\x1b[1m\xff "), "a b [1m\u{fffd}");
        let long = excerpt("é".repeat(10_000).as_bytes());
        assert_eq!(long.chars().count(), EXCERPT + 1);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn redacted_values_are_not_shown() {
        let value = Redacted("hunter2");
        assert_eq!(format!("{value} {value:?}"), "*** ***");
    }

    #[test]
    fn json_errors_do_not_show_the_text() {
        let error = serde_json::from_str::<u8>("\"hunter2\"").unwrap_err();
        assert_eq!(
            describe_json_error(&error),
            "it is not of the expected form (line 1, column 9)"
        );
    }
}
