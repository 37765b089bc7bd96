//! `podform fmt`

use crate::args::FmtArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;
use podform_config::SourceFile;
use podform_model::{Diagnostics, code};
use similar::TextDiff;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The ends of the names of files that are formatted.
const FORMATTED: &[&str] = &[".pf.hcl", ".pfvars.hcl", ".pftest.hcl"];

/// The name that standard input has in messages.
const STDIN: &str = "<stdin>";

/// Brings configuration files into canonical style.
///
/// # Errors
/// Standard output cannot be written. What is wrong with a file is reported, and the others are
/// formatted.
pub fn run(context: &Context, args: &FmtArgs) -> Result<Exit> {
    let stdin = args.targets.first().is_some_and(|target| target.as_os_str() == "-");
    let mut run = Formatting {
        context,
        list: args.list && !stdin,
        write: args.write && !stdin && !args.check,
        diff: args.diff,
        check: args.check,
        recursive: args.recursive,
        changed: 0,
        found: Diagnostics::new(),
    };
    if stdin {
        run.stdin()?;
    } else if args.targets.is_empty() {
        run.folder(Path::new("."))?;
    }
    for target in args.targets.iter().filter(|_| !stdin) {
        run.target(target)?;
    }
    context.report(&run.found);
    Ok(match (run.found.has_errors(), args.check && run.changed > 0) {
        (true, _) => Exit::Changes,
        (_, true) => Exit::Unformatted,
        _ => Exit::Ok,
    })
}

/// One run over some files.
struct Formatting<'a> {
    context: &'a Context,
    list: bool,
    write: bool,
    diff: bool,
    check: bool,
    recursive: bool,
    /// How many files are not in canonical style.
    changed: usize,
    found: Diagnostics,
}

impl Formatting<'_> {
    fn stdin(&mut self) -> Result<()> {
        let mut bytes = Vec::new();
        if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
            let summary = format!("cannot read standard input: {error}");
            self.fail(Failure::new(code::CLI_IO, summary));
            return Ok(());
        }
        self.text(STDIN, None, &bytes)
    }

    fn target(&mut self, target: &Path) -> Result<()> {
        match std::fs::metadata(target) {
            Ok(found) if found.is_dir() => self.folder(target),
            Ok(_) if is_formatted(target) => self.file(target),
            Ok(_) => {
                let summary = format!("`{}` is no configuration file", target.display());
                let help = format!("name a file that ends with {}", alternatives());
                self.fail(Failure::new(code::CLI_USAGE, summary).help(help));
                Ok(())
            }
            Err(error) => {
                self.fail(Failure::file("read", target, &error));
                Ok(())
            }
        }
    }

    fn folder(&mut self, folder: &Path) -> Result<()> {
        let mut entries = match entries(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.fail(Failure::file("read", folder, &error));
                return Ok(());
            }
        };
        entries.sort();
        for path in entries {
            // A link to a folder could lead around in a circle.
            if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
                if self.recursive {
                    self.folder(&path)?;
                }
            } else if is_formatted(&path) {
                self.file(&path)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<()> {
        match std::fs::read(path) {
            Ok(bytes) => self.text(&path.display().to_string(), Some(path), &bytes),
            Err(error) => {
                self.fail(Failure::file("read", path, &error));
                Ok(())
            }
        }
    }

    fn text(&mut self, name: &str, path: Option<&Path>, bytes: &[u8]) -> Result<()> {
        let file = match SourceFile::from_bytes(name, bytes) {
            Ok(file) => file,
            Err(diagnostic) => {
                self.found.push(diagnostic);
                return Ok(());
            }
        };
        self.context.add_source(&file.name, &file.text);
        let (text, found) = podform_config::format(&file);
        self.found.extend(found);
        let Some(text) = text else { return Ok(()) };
        if text.as_bytes() != bytes {
            self.changed += 1;
            self.change(name, path, bytes, &text)?;
        }
        if !self.list && !self.write && !self.diff && !self.check {
            self.context.answer(&text)?;
        }
        Ok(())
    }

    fn change(&mut self, name: &str, path: Option<&Path>, before: &[u8], text: &str) -> Result<()> {
        if self.list {
            self.context.answer(&format!("{name}\n"))?;
        }
        if let Some(path) = path.filter(|_| self.write)
            && let Err(error) = std::fs::write(path, text)
        {
            self.fail(Failure::file("write", path, &error));
            return Ok(());
        }
        if self.diff {
            let before = String::from_utf8_lossy(before);
            let diff = TextDiff::from_lines(&*before, text);
            let (old, new) = (format!("old/{name}"), format!("new/{name}"));
            let unified = diff.unified_diff().context_radius(3).header(&old, &new).to_string();
            self.context.answer(&unified)?;
        }
        Ok(())
    }

    fn fail(&mut self, failure: Failure) {
        self.found.extend(failure.0);
    }
}

/// What a folder holds, without what editors and version control leave there.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let text = name.to_string_lossy();
        let backup = text.ends_with('~') || (text.starts_with('#') && text.ends_with('#'));
        if !text.starts_with('.') && !backup {
            out.push(if folder == Path::new(".") { name.into() } else { folder.join(name) });
        }
    }
    Ok(out)
}

fn is_formatted(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    FORMATTED.iter().any(|end| name.ends_with(end))
}

fn alternatives() -> String {
    let quoted: Vec<String> = FORMATTED.iter().map(|end| format!("`{end}`")).collect();
    quoted.join(", ")
}
