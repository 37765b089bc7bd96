//! Functions of files and paths. What is read comes through the inputs.

use super::text::arg;
use super::{Function, Outcome, Outside, Parameter, bad, check_count, function, hashes, outside};
use crate::value::{Ty, Val};
use globset::GlobBuilder;

pub(super) fn all() -> Vec<Function> {
    let one = &[Parameter::Text][..];
    let two = &[Parameter::Text, Parameter::Text][..];
    let mut out = vec![
        outside("file", one, Ty::String, |rim, a| {
            let bytes = read(rim, arg(a, 0))?;
            Ok(Val::string(&text(arg(a, 0), bytes)?))
        }),
        outside("filebase64", one, Ty::String, |rim, a| {
            Ok(Val::String(super::encoding::base64(&read(rim, arg(a, 0))?).into()))
        }),
        outside("fileexists", one, Ty::Bool, exists),
        outside("fileset", two, Ty::set(Ty::String), fileset),
        outside("abspath", one, Ty::String, abspath),
        outside("pathexpand", one, Ty::String, |rim, a| {
            Ok(Val::String(expand(rim, arg(a, 0))?.into()))
        }),
        function("basename", one, Ty::String, |a| Ok(Val::String(basename(arg(a, 0)).into()))),
        function("dirname", one, Ty::String, |a| Ok(Val::String(dirname(arg(a, 0)).into()))),
    ];
    out.extend(hashes::of_files());
    out
}

/// The bytes of a file.
pub(crate) fn read(rim: &Outside<'_>, path: &str) -> Result<Vec<u8>, super::Fault> {
    let full = permitted(rim, path, false)?;
    rim.inputs
        .files
        .read(&full)
        .map_err(|error| bad(0, format!("`{path}` cannot be read: {error}")))
}

/// Bytes as text, without a byte order mark in front.
pub(crate) fn text(path: &str, bytes: Vec<u8>) -> Result<String, super::Fault> {
    String::from_utf8(bytes)
        .map_err(|_| bad(0, format!("`{path}` is not UTF-8 text; `filebase64` reads any file")))
}

fn exists(rim: &Outside<'_>, arguments: &[Val]) -> Outcome {
    let path = arg(arguments, 0);
    let full = permitted(rim, path, false)?;
    match rim.inputs.files.exists(&full) {
        Ok(there) => Ok(Val::Bool(there)),
        Err(error) => Err(bad(0, format!("`{path}`: {error}"))),
    }
}

/// The whole of a path that may be looked at: a downloaded module sees its own files and those of
/// the configuration.
fn permitted(rim: &Outside<'_>, path: &str, is_folder: bool) -> Result<String, super::Fault> {
    let full = expand(rim, path)?;
    let Some(module) = &rim.downloaded else { return Ok(full) };
    let Some(place) = rim.inputs.files.leads_out(&full, &module.folders) else { return Ok(full) };
    let summary = format!("the downloaded module `{}` may not look at `{path}`", module.name);
    let folder = if is_folder { place } else { dirname(&place) };
    let help = format!("if you trust it, add `-allow-path {folder}` to the command");
    Err(super::Fault { refused: Some(help), ..bad(0, summary) })
}

/// `~` and `~/…` name the home folder.
fn expand(rim: &Outside<'_>, path: &str) -> Result<String, super::Fault> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.to_owned()) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return Err(bad(0, "the home folder of another user cannot be found: write the path"));
    }
    let home = rim.inputs.files.home().map_err(|error| bad(0, error))?;
    Ok(if rest.is_empty() { home } else { clean(&format!("{home}{rest}")) })
}

fn abspath(rim: &Outside<'_>, arguments: &[Val]) -> Outcome {
    let path = arg(arguments, 0);
    if path.starts_with('/') {
        return Ok(Val::String(clean(path).into()));
    }
    let folder = rim.inputs.files.folder().map_err(|error| bad(0, error))?;
    Ok(Val::String(clean(&format!("{folder}/{path}")).into()))
}

/// The shortest spelling of a path: without `.`, `..` and doubled slashes.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None if !rooted => parts.push(".."),
                _ => {
                    parts.pop();
                }
            },
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".into(),
        (false, false) => parts.join("/"),
    }
}

fn basename(path: &str) -> String {
    if path.is_empty() {
        return ".".into();
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => "/".into(),
        Some(last) => last.into(),
    }
}

fn dirname(path: &str) -> String {
    match path.rfind('/') {
        Some(at) => clean(&path[..=at]),
        None => ".".into(),
    }
}

fn fileset(rim: &Outside<'_>, arguments: &[Val]) -> Outcome {
    let (folder, pattern) = (arg(arguments, 0), arg(arguments, 1));
    // Steps up lead to another folder; the results keep them.
    let pattern = clean(pattern.trim_start_matches('/'));
    let inner = pattern.trim_start_matches("../");
    let up = &pattern[..pattern.len() - inner.len()];
    let glob = GlobBuilder::new(inner)
        .literal_separator(true)
        .backslash_escape(true)
        .build()
        .map_err(|error| bad(1, format!("not a pattern: {}", error.kind())))?
        .compile_matcher();
    let folder = permitted(rim, &clean(&format!("{}/{up}", expand(rim, folder)?)), true)?;
    let names = rim.inputs.files.list(&folder).map_err(|error| bad(0, error))?;
    // What a link in the folder leads to may be elsewhere.
    let seen = |name: &str| permitted(rim, &format!("{folder}/{name}"), false).is_ok();
    let matching = names.iter().filter(|name| glob.is_match(name) && seen(name));
    let found: Vec<Val> = matching.map(|name| Val::string(&format!("{up}{name}"))).collect();
    check_count(found.len())?;
    Ok(Val::set(found, Ty::String))
}
