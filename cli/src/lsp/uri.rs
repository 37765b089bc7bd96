//! URIs of files.

use gen_lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// What a path keeps as it is.
const KEPT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The file that a URI names; `None` when it is of something else.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    if !rest.starts_with('/') {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    Some(PathBuf::from(OsString::from_vec(percent_decode_str(rest).collect())))
}

/// The URI of a file.
pub(super) fn of(path: &Path) -> Uri {
    Uri(format!("file://{}", utf8_percent_encode(&path.to_string_lossy(), KEPT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_uris_are_one_another() {
        let path_of = |text: &str| path(&Uri(text.into()));
        let there = Path::new("/a b/ü#?.pf.hcl");
        assert_eq!(of(there).0, "file:///a%20b/%C3%BC%23%3F.pf.hcl");
        assert_eq!(path(&of(there)).as_deref(), Some(there));
        assert_eq!(path_of("file://localhost/x"), Some("/x".into()));
        assert_eq!(path_of("file://elsewhere/x"), None);
        assert_eq!(path_of("untitled:Untitled-1"), None);
    }
}
