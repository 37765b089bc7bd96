//! `podform test`

use crate::args::{ClusterArgs, TestArgs};
use crate::commands::dev;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;
use crate::signals;
use crate::testing::{self, FileResult, Status, Terms};
use crate::workspace::{Given, folder_files, read_source};
use podform_config::SourceFile;
use podform_model::code;
use podform_runtime::Cancel;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

/// How the names of test files end.
const SUFFIXES: [&str; 2] = [".pftest.hcl", ".pftest.json"];

/// Runs the test files of the folder and of its test folder.
///
/// # Errors
/// A file cannot be read, or a filter names none.
pub fn run(context: &Context, args: &TestArgs, given: &[Given]) -> Result<Exit> {
    let files = chosen(context, args)?;
    testing::found(context, &files)?;
    let cancel = Arc::new(Cancel::default());
    signals::listen(&cancel);
    let before = dev::is_running()?;
    let terms = Terms {
        context,
        given,
        cluster: ClusterArgs { dev: true, plugin_dir: args.plugin_dir.clone() },
        verbose: args.verbose,
        cancel: &cancel,
    };
    let results = side_by_side(&terms, &files, parallelism(args));
    if !before {
        dev::end_if_running()?;
    }
    let results = results?;
    testing::summary(context, &results)?;
    if let Some(path) = &args.junit_xml {
        write_junit(context, path, &results)?;
    }
    Ok(if testing::status(&results) == Status::Pass { Exit::Ok } else { Exit::Error })
}

/// The test files, sorted by name.
fn chosen(context: &Context, args: &TestArgs) -> Result<Vec<SourceFile>> {
    let is_test = |name: &str| SUFFIXES.iter().any(|suffix| name.ends_with(suffix));
    let mut paths = folder_files(Path::new("."), is_test)?;
    if args.test_directory.is_dir() {
        paths.extend(folder_files(&args.test_directory, is_test)?);
    }
    paths.sort();
    paths.dedup();
    if !args.filter.is_empty() {
        for filter in &args.filter {
            if !paths.contains(filter) {
                let summary = format!("there is no test file `{}`", filter.display());
                return Err(Failure::new(code::CLI_USAGE, summary)
                    .help("name a `*.pftest.hcl` file as it is listed by `podform test`"));
            }
        }
        paths.retain(|path| args.filter.contains(path));
    }
    if paths.is_empty() {
        context.say(&format!(
            "No `*.pftest.hcl` files here nor in `{}`.",
            args.test_directory.display()
        ));
    }
    paths.iter().map(|path| read_source(context, path)).collect()
}

fn parallelism(args: &TestArgs) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
    args.parallelism.map_or_else(cores, |given| given as usize)
}

/// Runs files side by side and shows their results in the order of their names.
fn side_by_side(terms: &Terms<'_>, files: &[SourceFile], most: usize) -> Result<Vec<FileResult>> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel::<(usize, FileResult)>();
    let mut done: BTreeMap<usize, FileResult> = BTreeMap::new();
    let mut shown = Ok(());
    std::thread::scope(|scope| {
        for _ in 0..most.min(files.len()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some((at, file)) = take(files, next) {
                    // Whoever reads is gone when this fails.
                    let _ = sender.send((at, testing::run(terms, file)));
                }
            });
        }
        drop(sender);
        let mut waiting = 0;
        for (at, result) in receiver {
            done.insert(at, result);
            while let Some(result) = done.get(&waiting) {
                if shown.is_ok() {
                    shown = testing::report_file(terms.context, result);
                }
                waiting += 1;
            }
        }
    });
    shown?;
    Ok(done.into_values().collect())
}

fn take<'a>(files: &'a [SourceFile], next: &AtomicUsize) -> Option<(usize, &'a SourceFile)> {
    let at = next.fetch_add(1, Ordering::SeqCst);
    files.get(at).map(|file| (at, file))
}

fn write_junit(context: &Context, path: &Path, results: &[FileResult]) -> Result<()> {
    let xml = testing::document(results, &context.sources())
        .map_err(|error| Failure::file("write", path, &error))?;
    std::fs::write(path, xml).map_err(|error| Failure::file("write", path, &error))
}
