//! Modules in git repositories, by the `git` command.

use std::io::{Error, Result};
use std::path::Path;
use std::process::{Command, Stdio};

/// Checks out a revision (the default branch without one) into an empty folder; gives its commit.
///
/// # Errors
/// There is no `git`, or it fails: with what it said.
pub(super) fn fetch(url: &str, revision: Option<&str>, into: &Path) -> Result<String> {
    git(into, &["init", "--quiet"])?;
    let wanted = revision.unwrap_or("HEAD");
    let shallow = git(into, &["fetch", "--quiet", "--depth=1", "--no-tags", "--", url, wanted]);
    let found = match shallow {
        Ok(_) => "FETCH_HEAD".to_owned(),
        // A short commit, or a server that does not give single commits: everything is fetched.
        Err(first) => {
            let branches = "+refs/heads/*:refs/remotes/origin/*";
            let tags = "+refs/tags/*:refs/tags/*";
            git(into, &["fetch", "--quiet", "--", url, branches, tags])?;
            let commit = format!("{wanted}^{{commit}}");
            git(into, &["rev-parse", "--verify", "--quiet", &commit]).map_err(|_| first)?;
            wanted.to_owned()
        }
    };
    let commit = git(into, &["rev-parse", "--verify", &format!("{found}^{{commit}}")])?;
    git(into, &["checkout", "--quiet", "--detach", &commit])?;
    std::fs::remove_dir_all(into.join(".git"))?;
    Ok(commit)
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    // A link could lead out of the module: git then writes its target as the file's content.
    command.args(["-c", "core.symlinks=false", "-c", "core.hooksPath=/dev/null"]);
    command.args(["-c", "core.autocrlf=false", "-c", "advice.detachedHead=false"]);
    command.arg("-C").arg(folder).args(arguments);
    // The repository that podform itself may run in is not meant.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(name);
    }
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ALLOW_PROTOCOL", "https:http:ssh:git:file");
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::new(error.kind(), format!("`git` cannot be run: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim();
    Err(Error::other(if said.is_empty() { "git failed".to_owned() } else { said.to_owned() }))
}
