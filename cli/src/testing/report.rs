//! Results for people and as JSON lines, in the order of the files although they ran side by side.

use super::results::{FileResult, RunResult, Status, counts, status};
use crate::context::Context;
use crate::error::Result;
use crate::report::to_json;
use podform_config::SourceFile;
use serde_json::json;
use std::fmt::Write as _;

/// Says what will be run.
///
/// # Errors
/// Standard output cannot be written.
pub fn found(context: &Context, files: &[SourceFile]) -> Result<()> {
    if !context.json {
        return Ok(());
    }
    let files: Vec<&str> = files.iter().map(|file| &*file.name).collect();
    let line = json!({ "type": "test_abstract", "format_version": "1.0", "files": files });
    context.answer(&format!("{line}\n"))
}

/// Shows the result of one file.
///
/// # Errors
/// Standard output cannot be written.
pub fn file(context: &Context, file: &FileResult) -> Result<()> {
    if context.json {
        return context.answer(&json_lines(context, file));
    }
    context.answer(&text(file))?;
    for run in &file.runs {
        context.report(&run.diagnostics);
    }
    context.report(&file.diagnostics);
    Ok(())
}

fn text(file: &FileResult) -> String {
    let mut out = format!("{}...\n", file.name);
    for run in &file.runs {
        let _ = writeln!(out, "  run {:?}... {}", run.name, run.status.word());
        if let Some(shown) = &run.shown {
            let _ = writeln!(out, "\n{}\n", shown.trim_end());
        }
    }
    let _ = writeln!(out, "{}... {}", file.name, file.status().word());
    out
}

fn json_lines(context: &Context, file: &FileResult) -> String {
    let mut out = String::new();
    for run in &file.runs {
        let _ = writeln!(out, "{}", run_line(context, file, run));
    }
    let line = json!({
        "type": "test_file", "path": file.name, "status": file.status().word(),
        "seconds": file.took.as_secs_f64(),
        "diagnostics": to_json(&file.diagnostics, &context.sources()),
    });
    let _ = writeln!(out, "{line}");
    out
}

fn run_line(context: &Context, file: &FileResult, run: &RunResult) -> serde_json::Value {
    json!({
        "type": "test_run", "path": file.name, "run": run.name, "status": run.status.word(),
        "seconds": run.took.as_secs_f64(),
        "diagnostics": to_json(&run.diagnostics, &context.sources()),
    })
}

/// Says how it ended in all.
///
/// # Errors
/// Standard output cannot be written.
pub fn summary(context: &Context, files: &[FileResult]) -> Result<()> {
    let counts = counts(files);
    let status = status(files);
    if context.json {
        let line = json!({
            "type": "test_summary", "status": status.word(), "passed": counts.passed,
            "failed": counts.failed, "skipped": counts.skipped,
        });
        return context.answer(&format!("{line}\n"));
    }
    let head = if status == Status::Pass { "Success!" } else { "Failure!" };
    let mut out = format!("\n{head} {} passed, {} failed", counts.passed, counts.failed);
    if counts.skipped > 0 {
        let _ = write!(out, ", {} skipped", counts.skipped);
    }
    out.push_str(".\n");
    context.answer(&out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_model::Diagnostics;
    use std::time::Duration;

    #[test]
    fn a_file_is_shown_with_its_runs() {
        let run = |name: &str, status| RunResult {
            name: name.into(),
            status,
            diagnostics: Diagnostics::new(),
            took: Duration::ZERO,
            shown: None,
        };
        let file = FileResult {
            name: "web.pftest.hcl".into(),
            runs: vec![run("first", Status::Pass), run("second", Status::Fail)],
            diagnostics: Diagnostics::new(),
            took: Duration::ZERO,
        };
        insta::assert_snapshot!(text(&file), @r#"
        web.pftest.hcl...
          run "first"... pass
          run "second"... fail
        web.pftest.hcl... fail
        "#);
    }
}
