//! A folder with a configuration, a clean environment, and podform run in it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// A folder for one test, with a development cluster of its own, which is stopped when it is
/// dropped.
pub struct TestEnv {
    folder: TempDir,
    binary: PathBuf,
    variables: BTreeMap<String, String>,
}

/// What a run of podform said.
#[derive(Debug)]
pub struct Output {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl TestEnv {
    /// An empty folder. `binary` is podform: `env!("CARGO_BIN_EXE_podform-test")`.
    ///
    /// # Panics
    /// There is no folder for temporary files.
    #[must_use]
    pub fn new(binary: &str) -> Self {
        let folder = TempDir::new().expect("a folder for temporary files");
        let mut variables = BTreeMap::new();
        for name in ["PATH", "TMPDIR", "LD_LIBRARY_PATH"] {
            if let Ok(value) = std::env::var(name) {
                variables.insert(name.to_owned(), value);
            }
        }
        let dev = folder.path().join("dev").display().to_string();
        variables.insert("PODFORM_DEV_DIR".into(), dev);
        variables.insert("HOME".into(), folder.path().display().to_string());
        let binary = installed(Path::new(binary)).expect("the build folder is writable");
        let env = Self { folder, binary, variables };
        std::fs::create_dir(env.path("work")).expect("a new folder can be made in an empty one");
        env
    }

    /// A path within the test's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder that podform works in.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// Sets an environment variable for later runs.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.into(), value.into());
    }

    /// Writes a file in the work folder, mode 0600.
    ///
    /// # Panics
    /// It cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.work().join(name);
        std::fs::write(&path, text).expect("the test's folder is writable");
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, mode).expect("own files may be changed");
    }

    /// Reads a file of the work folder; empty when there is none.
    #[must_use]
    pub fn read(&self, name: &str) -> String {
        let bytes = std::fs::read(self.work().join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// podform with these arguments, not started yet.
    #[must_use]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(args)
            .current_dir(self.work())
            .env_clear()
            .envs(&self.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs podform to its end.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use = "assert the exit code"]
    pub fn run(&self, args: &[&str]) -> Output {
        Self::finish(self.command(args).output().expect("podform can be started"))
    }

    /// Runs podform to its end, with this text on its standard input.
    ///
    /// # Panics
    /// It cannot be started.
    #[must_use = "assert the exit code"]
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Output {
        let mut child =
            self.command(args).stdin(Stdio::piped()).spawn().expect("podform can be started");
        if let Some(mut stdin) = child.stdin.take() {
            // It may end without reading everything.
            let _ = stdin.write_all(input.as_bytes());
        }
        Self::finish(child.wait_with_output().expect("a started child can be waited for"))
    }

    fn finish(output: std::process::Output) -> Output {
        Output {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// All text files below a folder of the test, for searching what must not be there.
    #[must_use]
    pub fn files(&self, folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut out = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(path),
                    Ok(kind) if kind.is_file() => {
                        if let Ok(bytes) = std::fs::read(&path) {
                            out.push((path, bytes));
                        }
                    }
                    _ => {}
                }
            }
        }
        out
    }
}

/// podform as it is installed: `bin/podform`, and the plugins that were built with it in
/// `lib/podform`. Plugins beside the built binary may be older than the tests.
fn installed(binary: &Path) -> std::io::Result<PathBuf> {
    let built = binary.parent().unwrap_or(Path::new("."));
    let (bin, lib) = (built.join("e2e/bin"), built.join("e2e/lib/podform"));
    std::fs::create_dir_all(&bin)?;
    std::fs::create_dir_all(&lib)?;
    let podform = bin.join("podform");
    link(binary, &podform)?;
    for entry in std::fs::read_dir(built.join("deps"))? {
        let path = entry?.path();
        if let Some(name) = path.file_name()
            && name
                .to_str()
                .is_some_and(|n| n.starts_with("libpodform_provider_") && n.ends_with(".so"))
        {
            link(&path, &lib.join(name))?;
        }
    }
    Ok(podform)
}

/// Gives a file another name, in place of what has it now.
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let temporary = to.with_extension(format!("{}-{count}", std::process::id()));
    std::fs::hard_link(from, &temporary)?;
    std::fs::rename(&temporary, to)?;
    // Two names of one file are left alone by a rename.
    match std::fs::remove_file(&temporary) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Drop for TestEnv {
    fn drop(&mut self) {
        if self.path("dev").exists() {
            let _ = self.command(&["dev", "down"]).output();
        }
    }
}

impl Output {
    /// Asserts the exit code; shows everything when it is another.
    ///
    /// # Panics
    /// It is another.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "--- stdout ---\n{}\n--- stderr ---\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// It is not.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "not JSON: {error}\n--- stdout ---\n{}\n--- stderr ---\n{}",
                self.stdout, self.stderr
            )
        })
    }
}
