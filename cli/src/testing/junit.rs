//! Results as JUnit XML, which CI systems read.

use super::results::{FileResult, RunResult, Status, counts};
use crate::report::{Sources, render};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;
use std::time::Duration;

/// The document: a `testsuite` for each file, a `testcase` for each `run` block.
///
/// # Errors
/// Never in practice: it is written into memory.
pub fn document(files: &[FileResult], sources: &Sources) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer.create_element("testsuites").write_inner_content(|writer| {
        for file in files {
            suite(writer, file, sources)?;
        }
        Ok(())
    })?;
    let mut out = writer.into_inner();
    out.push(b'\n');
    Ok(out)
}

fn suite(writer: &mut Writer<Vec<u8>>, file: &FileResult, sources: &Sources) -> io::Result<()> {
    let counts = counts(std::slice::from_ref(file));
    let errors = file.runs.iter().filter(|run| run.status == Status::Error).count()
        + usize::from(file.diagnostics.has_errors());
    let failed = file.runs.iter().filter(|run| run.status == Status::Fail).count();
    let numbers = [
        file.runs.len().to_string(),
        counts.skipped.to_string(),
        failed.to_string(),
        errors.to_string(),
        seconds(file.took),
    ];
    let names = ["tests", "skipped", "failures", "errors", "time"];
    writer
        .create_element("testsuite")
        .with_attribute(("name", file.name.as_str()))
        .with_attributes(names.into_iter().zip(numbers.iter().map(String::as_str)))
        .write_inner_content(|writer| {
            for run in &file.runs {
                case(writer, file, run, sources)?;
            }
            if !file.diagnostics.is_empty() {
                let text = clean(&render(&file.diagnostics, sources, false));
                writer.create_element("system-err").write_text_content(BytesText::new(&text))?;
            }
            Ok(())
        })?;
    Ok(())
}

fn case(
    writer: &mut Writer<Vec<u8>>,
    file: &FileResult,
    run: &RunResult,
    sources: &Sources,
) -> io::Result<()> {
    let took = seconds(run.took);
    let element = writer
        .create_element("testcase")
        .with_attribute(("name", run.name.as_str()))
        .with_attribute(("classname", file.name.as_str()))
        .with_attribute(("time", took.as_str()));
    let tag = match run.status {
        Status::Pass => {
            element.write_empty()?;
            return Ok(());
        }
        Status::Skip => "skipped",
        Status::Fail => "failure",
        Status::Error => "error",
    };
    let message = run.diagnostics.iter().find(|found| found.is_error());
    let message = message.map_or(String::new(), |found| clean(&found.summary));
    let text = clean(&render(&run.diagnostics, sources, false));
    element.write_inner_content(|writer| {
        writer
            .create_element(tag)
            .with_attribute(("message", message.as_str()))
            .write_text_content(BytesText::new(&text))?;
        Ok(())
    })?;
    Ok(())
}

fn seconds(took: Duration) -> String {
    format!("{:.3}", took.as_secs_f64())
}

/// Without the control characters that XML 1.0 has no way to write.
fn clean(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r') || !c.is_control();
    text.chars().filter(|c| allowed(c) && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_model::{Diagnostic, Diagnostics, code};

    #[test]
    fn files_are_suites_and_runs_are_cases() {
        let run = |name: &str, status, diagnostics| RunResult {
            name: name.into(),
            status,
            diagnostics,
            took: Duration::from_millis(1500),
            shown: None,
        };
        let failed = Diagnostic::error(code::TEST_ASSERTION, "a < b & \u{1b}[31m\"c\"");
        let file = FileResult {
            name: "tests/web.pftest.hcl".into(),
            runs: vec![
                run("good", Status::Pass, Diagnostics::new()),
                run("bad", Status::Fail, failed.into()),
                run("late", Status::Skip, Diagnostics::new()),
            ],
            diagnostics: Diagnostics::new(),
            took: Duration::from_secs(3),
        };
        let xml = String::from_utf8(document(&[file], &Sources::default()).unwrap()).unwrap();
        let head = r#"<testsuite name="tests/web.pftest.hcl" tests="3" skipped="1" failures="1" errors="0" time="3.000">"#;
        assert!(xml.contains(head), "{xml}");
        let good = r#"<testcase name="good" classname="tests/web.pftest.hcl" time="1.500"/>"#;
        assert!(xml.contains(good), "{xml}");
        let bad = r#"<failure message="a &lt; b &amp; [31m&quot;c&quot;">"#;
        assert!(xml.contains(bad), "{xml}");
        assert!(xml.contains("<skipped"), "{xml}");
        assert!(!xml.contains('\u{1b}'));
    }
}
