//! The fetcher: brings artifacts into a sandbox before the task starts.

use super::process::Spec;
use super::user;
use crate::http::client;
use podform_mesos_proto::Uri;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// Fetches one artifact into the sandbox, unpacks it or makes it executable as it says.
pub(crate) async fn fetch(uri: &Uri, spec: &Spec) -> io::Result<()> {
    let target = spec.sandbox.join(file_name(uri)?);
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if let Some(path) = local_path(&uri.value) {
        std::fs::copy(path, &target)?;
    } else if uri.value.starts_with("http://") {
        let (status, body) = client::get(&uri.value).await?;
        if status != 200 {
            return Err(io::Error::other(format!("HTTP status {status}")));
        }
        std::fs::write(&target, body)?;
    } else {
        run("curl", &["-sSfL", "-o", &target.to_string_lossy(), &uri.value], &spec.sandbox).await?;
    }
    if let Some(user) = &spec.user {
        user::give(&target, user)?;
    }
    if uri.executable == Some(true) {
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o755))
    } else if uri.extract {
        extract(&target, &spec.sandbox).await
    } else {
        Ok(())
    }
}

/// Writes a line to the task's `stderr`, where the fetcher's own output goes.
pub(crate) fn complain(spec: &Spec, line: &str) {
    let path = spec.sandbox.join("stderr");
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(path) {
        let _nowhere_to_complain = writeln!(file, "{line}");
    }
}

fn local_path(uri: &str) -> Option<PathBuf> {
    if uri.starts_with('/') {
        return Some(PathBuf::from(uri));
    }
    let rest = uri.strip_prefix("file://")?;
    Some(PathBuf::from(rest.strip_prefix("localhost").unwrap_or(rest)))
}

/// The name in the sandbox: what the artifact says, or the last part of its address.
fn file_name(uri: &Uri) -> io::Result<String> {
    let name = match &uri.output_file {
        Some(name) => name.clone(),
        None => {
            let path = uri.value.split(['?', '#']).next().unwrap_or_default();
            path.rsplit('/').next().unwrap_or_default().to_owned()
        }
    };
    if name.is_empty() || !super::volume::stays_inside(&name) {
        return Err(io::Error::other("the address names no file"));
    }
    Ok(name)
}

/// Unpacks what is recognised by its name; anything else stays as it is.
async fn extract(file: &Path, sandbox: &Path) -> io::Result<()> {
    let text = file.to_string_lossy();
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| text.ends_with(suffix));
    if ends(&[".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz"]) {
        run("tar", &["-C", &sandbox.to_string_lossy(), "-xf", &text], sandbox).await
    } else if ends(&[".zip"]) {
        run("unzip", &["-q", "-o", "-d", &sandbox.to_string_lossy(), &text], sandbox).await
    } else if ends(&[".gz"]) {
        run("gzip", &["-d", "-k", "-f", &text], sandbox).await
    } else {
        Ok(())
    }
}

async fn run(program: &str, arguments: &[&str], folder: &Path) -> io::Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(io::Error::other(format!("{program} failed: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::process::Program;

    fn spec(folder: &Path) -> Spec {
        Spec {
            command: Program::Nothing,
            environment: Vec::new(),
            sandbox: folder.to_owned(),
            user: None,
        }
    }

    #[tokio::test]
    async fn archives_are_unpacked_and_programs_made_executable() {
        let folder = tempfile::tempdir().unwrap();
        let source = tempfile::tempdir().unwrap();
        std::fs::write(source.path().join("inside"), "hello").unwrap();
        let archive = source.path().join("a.tgz");
        run("tar", &["-czf", &archive.to_string_lossy(), "inside"], source.path()).await.unwrap();
        let uri = |value: &Path| Uri { value: value.display().to_string(), ..Uri::default() };
        fetch(&uri(&archive), &spec(folder.path())).await.unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("inside")).unwrap(), "hello");
        let program = Uri {
            executable: Some(true),
            output_file: Some("bin/run".into()),
            ..uri(&source.path().join("inside"))
        };
        fetch(&program, &spec(folder.path())).await.unwrap();
        let mode = std::fs::metadata(folder.path().join("bin/run")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        let outside = Uri { output_file: Some("../x".into()), ..program };
        assert!(fetch(&outside, &spec(folder.path())).await.is_err());
    }
}
