//! The `source` of a module: a folder, a git repository, an archive.

use std::fmt;

/// Where a module is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModuleSource {
    /// A folder relative to the one that calls, as written.
    Local(String),
    /// Something that `podform init` downloads.
    Remote(RemoteModule),
}

/// A module in something that is downloaded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemoteModule {
    /// `git::URL//FOLDER?ref=REVISION`
    Git {
        /// The URL that `git clone` takes.
        url: String,
        /// The branch, tag or commit.
        revision: Option<String>,
        /// The folder in it; empty for its top.
        folder: String,
    },
    /// `https://HOST/NAME.tar.gz//FOLDER`
    Archive {
        /// The URL without folder.
        url: String,
        /// How it is packed.
        kind: ArchiveKind,
        /// The folder in it; empty for its top.
        folder: String,
    },
}

/// How an archive is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArchiveKind {
    /// `.tar`
    Tar,
    /// `.tar.gz`, `.tgz`
    TarGz,
    /// `.zip`
    Zip,
}

/// Why a text is no source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFault {
    /// What is wrong, a fragment.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

impl SourceFault {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

impl RemoteModule {
    /// The folder within what is downloaded.
    #[must_use]
    pub fn folder(&self) -> &str {
        match self {
            Self::Git { folder, .. } | Self::Archive { folder, .. } => folder,
        }
    }

    /// What is downloaded, in one spelling: the source without its folder.
    #[must_use]
    pub fn package(&self) -> String {
        match self {
            Self::Git { url, revision: Some(revision), .. } => format!("git::{url}?ref={revision}"),
            Self::Git { url, revision: None, .. } => format!("git::{url}"),
            Self::Archive { url, .. } => url.clone(),
        }
    }
}

impl fmt::Display for RemoteModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.package())
    }
}

impl ModuleSource {
    /// Reads the text of a `source`.
    ///
    /// # Errors
    /// It is none of the known kinds.
    pub fn parse(text: &str) -> Result<Self, SourceFault> {
        if text.trim() != text || text.is_empty() {
            return Err(SourceFault::new(
                "it is empty or has blanks around it",
                "write a folder as `./modules/NAME`",
            ));
        }
        if text == "." || text == ".." || text.starts_with("./") || text.starts_with("../") {
            return Ok(Self::Local(text.to_owned()));
        }
        let text = expanded(text);
        let (forced, rest) = match text.split_once("::") {
            Some((kind, rest)) => (Some(kind), rest),
            None => (None, &*text),
        };
        match forced {
            Some("git") => git(rest).map(Self::Remote),
            Some(kind) => Err(SourceFault::new(
                format!("podform does not download with `{kind}::`"),
                "use `git::URL`, or the `https://` URL of an archive",
            )),
            None if rest.contains("://") => archive(rest).map(Self::Remote),
            None => Err(no_scheme(rest)),
        }
    }
}

/// The short spellings of git hosts, written out.
fn expanded(text: &str) -> String {
    for host in ["github.com/", "gitlab.com/", "bitbucket.org/"] {
        if let Some(rest) = text.strip_prefix(host) {
            let (path, query) = split(rest, '?');
            let (repository, folder) = split_folder(path);
            let repository = repository.trim_end_matches(".git");
            if repository.split('/').count() == 2 {
                return format!("git::https://{host}{repository}.git{folder}{query}");
            }
        }
    }
    match text.strip_prefix("git@").and_then(|rest| rest.split_once(':')) {
        Some((host, path)) if !path.starts_with("//") => format!("git::ssh://git@{host}/{path}"),
        _ => text.to_owned(),
    }
}

/// The text before a mark, and the rest with it.
fn split(text: &str, mark: char) -> (&str, &str) {
    text.split_at(text.find(mark).unwrap_or(text.len()))
}

/// A URL without scheme, and `//folder` after it.
fn split_folder(path: &str) -> (&str, &str) {
    path.split_at(path.find("//").unwrap_or(path.len()))
}

/// The parts of a remote source.
struct Parts<'a> {
    url: String,
    folder: String,
    query: Vec<(&'a str, &'a str)>,
}

fn parts(text: &str) -> Result<Parts<'_>, SourceFault> {
    let (url, query) = split(text, '?');
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(SourceFault::new("it is no URL", "write it as `git::https://HOST/PATH.git`"));
    };
    // The path of `file:///x` begins with the third slash.
    let (rest, folder) = match rest.strip_prefix('/') {
        Some(inner) => {
            let (path, folder) = split_folder(inner);
            (format!("/{path}"), folder)
        }
        None => {
            let (path, folder) = split_folder(rest);
            (path.to_owned(), folder)
        }
    };
    if rest.trim_matches('/').is_empty() {
        return Err(SourceFault::new("its URL has no host", "write `https://HOST/PATH`"));
    }
    let folder = folder.trim_matches('/').to_owned();
    if folder.split('/').any(|part| part == ".." || part == ".") {
        return Err(SourceFault::new(
            format!("its folder `{folder}` leaves what is downloaded"),
            "name a folder within it after `//`",
        ));
    }
    let query = query.trim_start_matches('?').split('&').filter(|part| !part.is_empty());
    let query = query.map(|part| part.split_once('=').unwrap_or((part, ""))).collect();
    Ok(Parts { url: format!("{scheme}://{rest}"), folder, query })
}

fn git(text: &str) -> Result<RemoteModule, SourceFault> {
    let text = match text.strip_prefix("git@").and_then(|rest| rest.split_once(':')) {
        Some((host, path)) => format!("ssh://git@{host}/{path}"),
        None => text.to_owned(),
    };
    let Parts { url, folder, query } = parts(&text)?;
    let mut revision = None;
    for (name, value) in query {
        match name {
            "ref" if is_revision(value) => revision = Some(value.to_owned()),
            "ref" => {
                return Err(SourceFault::new(
                    format!("`{value}` is not a branch, tag or commit"),
                    "write `?ref=v1.2.0`",
                ));
            }
            // The tree is needed once, so a shallow clone is made wherever it can be.
            "depth" => {}
            other => return Err(unknown_option(other, "ref")),
        }
    }
    let scheme = url.split("://").next().unwrap_or_default();
    if !["https", "http", "ssh", "git", "file"].contains(&scheme) {
        return Err(SourceFault::new(
            format!("git is not asked over `{scheme}://`"),
            "use `git::https://…` or `git::ssh://…`",
        ));
    }
    Ok(RemoteModule::Git { url, revision, folder })
}

/// Whether a text may be given to git: it cannot be taken for an option.
fn is_revision(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "._-/+@".contains(c);
    !text.is_empty() && !text.starts_with('-') && text.chars().all(fits)
}

fn unknown_option(name: &str, known: &str) -> SourceFault {
    SourceFault::new(
        format!("it has an unknown option `{name}`"),
        format!("only `{known}` may stand after `?`"),
    )
}

fn archive(text: &str) -> Result<RemoteModule, SourceFault> {
    let Parts { url, folder, query } = parts(text)?;
    let scheme = url.split("://").next().unwrap_or_default();
    if !["https", "http", "file"].contains(&scheme) {
        return Err(SourceFault::new(
            format!("podform does not download from `{scheme}://`"),
            "use `git::URL`, or the `https://` URL of an archive",
        ));
    }
    let mut kind = kind_of(&url);
    let mut kept = Vec::new();
    for (name, value) in query {
        if name != "archive" {
            kept.push(format!("{name}={value}"));
            continue;
        }
        kind = kind_of(&format!("x.{value}"));
    }
    let Some(kind) = kind else {
        return Err(SourceFault::new(
            "it is no archive that podform knows",
            "name a `.tar.gz`, `.tgz`, `.tar` or `.zip`, or write `git::` before the URL of a repository",
        ));
    };
    let url = if kept.is_empty() { url } else { format!("{url}?{}", kept.join("&")) };
    Ok(RemoteModule::Archive { url, kind, folder })
}

fn kind_of(url: &str) -> Option<ArchiveKind> {
    let ends = |end: &str| url.to_ascii_lowercase().ends_with(end);
    match () {
        () if ends(".tar.gz") || ends(".tgz") => Some(ArchiveKind::TarGz),
        () if ends(".tar") => Some(ArchiveKind::Tar),
        () if ends(".zip") => Some(ArchiveKind::Zip),
        () => None,
    }
}

fn no_scheme(text: &str) -> SourceFault {
    if text.starts_with('/') {
        return SourceFault::new(
            "it is an absolute path",
            "write the folder relative to this one, as `../NAME`",
        );
    }
    let parts = text.split('/').count();
    if (parts == 3 || parts == 4) && !text.contains("//") {
        return SourceFault::new(
            "podform has no registry of modules",
            format!("for a folder write `./{text}`; else `git::URL` or the URL of an archive"),
        );
    }
    SourceFault::new("it is neither a folder nor a URL", format!("for a folder write `./{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match ModuleSource::parse(text) {
            Ok(ModuleSource::Local(path)) => format!("local {path}"),
            Ok(ModuleSource::Remote(module)) => {
                format!("{} in {:?}", module.package(), module.folder())
            }
            Err(fault) => format!("! {}", fault.message),
        }
    }

    #[test]
    fn sources_are_told_apart() {
        for (text, expected) in [
            ("./web", "local ./web"),
            ("..", "local .."),
            ("git::https://h/r.git", "git::https://h/r.git in \"\""),
            ("git::https://h/r.git//a/b?ref=v1", "git::https://h/r.git?ref=v1 in \"a/b\""),
            ("git::ssh://git@h/r.git?ref=main", "git::ssh://git@h/r.git?ref=main in \"\""),
            ("git::git@h:o/r.git//m", "git::ssh://git@h/o/r.git in \"m\""),
            ("git@github.com:o/r.git", "git::ssh://git@github.com/o/r.git in \"\""),
            ("github.com/o/r//m?ref=v2", "git::https://github.com/o/r.git?ref=v2 in \"m\""),
            ("git::file:///srv/r//m", "git::file:///srv/r in \"m\""),
            ("https://h/a.tar.gz//m", "https://h/a.tar.gz in \"m\""),
            ("https://h/a?archive=zip", "https://h/a in \"\""),
            ("https://h/a.tgz?token=1", "https://h/a.tgz?token=1 in \"\""),
            ("file:///srv/a.zip//x/y", "file:///srv/a.zip in \"x/y\""),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_source_says_why() {
        for (text, expected) in [
            ("", "! it is empty or has blanks around it"),
            (" ./web", "! it is empty or has blanks around it"),
            ("web", "! it is neither a folder nor a URL"),
            ("/srv/web", "! it is an absolute path"),
            ("hashicorp/consul/aws", "! podform has no registry of modules"),
            ("s3::https://h/x", "! podform does not download with `s3::`"),
            ("https://h/x", "! it is no archive that podform knows"),
            ("ftp://h/x.zip", "! podform does not download from `ftp://`"),
            ("git::https://h/r?ref=--exec=x", "! `--exec=x` is not a branch, tag or commit"),
            ("git::https://h/r?rev=1", "! it has an unknown option `rev`"),
            ("git::ext::sh -c x", "! it is no URL"),
            ("git::ext://sh", "! git is not asked over `ext://`"),
            ("https://h/a.zip//../x", "! its folder `../x` leaves what is downloaded"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
