//! `podform explain`

use crate::args::ExplainArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;
use podform_model::code;
use podform_plan::suggest::nearest;

/// A section for each code: what it means, an example, the mended form.
const PAGES: &str = include_str!("../../../engine/docs/codes.md");

/// Says what a code of a diagnostic means, or lists all codes.
///
/// # Errors
/// There is no such code.
pub fn run(context: &Context, args: &ExplainArgs) -> Result<Exit> {
    let Some(wanted) = &args.code else {
        context.answer(&list())?;
        return Ok(Exit::Ok);
    };
    let Some((code, summary)) = code::ALL.iter().find(|(code, _)| code == wanted) else {
        return Err(unknown(wanted));
    };
    let page = page(code).unwrap_or_default();
    context.answer(&format!("{code}: {summary}\n\n{page}\n"))?;
    Ok(Exit::Ok)
}

fn list() -> String {
    let width = code::ALL.iter().map(|(code, _)| code.len()).max().unwrap_or_default();
    code::ALL.iter().map(|(code, summary)| format!("{code:width$}  {summary}\n")).collect()
}

fn unknown(wanted: &str) -> Failure {
    let failure = Failure::new(code::CLI_USAGE, format!("there is no code `{wanted}`"));
    let names = code::ALL.iter().map(|(code, _)| *code);
    // The area is often left out.
    let by_name = names.clone().find(|code| code.split("::").nth(1) == Some(wanted));
    match by_name.or_else(|| nearest(wanted, names)) {
        Some(near) => failure.help(format!("did you mean `podform explain {near}`?")),
        None => failure.help("list all codes with `podform explain`"),
    }
}

/// The page of a code, without its title.
#[must_use]
pub fn page(code: &str) -> Option<&'static str> {
    let title = format!("\n## {code}\n");
    let start = PAGES.find(&title)? + title.len();
    let rest = &PAGES[start..];
    Some(rest.find("\n## ").map_or(rest, |end| &rest[..end]).trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_config::{Inputs, NoFiles, SourceFile};
    use podform_model::Diagnostics;
    use std::collections::BTreeMap;

    #[test]
    fn every_code_has_a_page_and_every_page_a_code() {
        let missing: Vec<_> =
            code::ALL.iter().map(|(code, _)| *code).filter(|code| page(code).is_none()).collect();
        assert!(missing.is_empty(), "write pages in engine/docs/codes.md for {missing:?}");
        let titles = PAGES.lines().filter_map(|line| line.strip_prefix("## "));
        let strays: Vec<_> =
            titles.filter(|title| !code::ALL.iter().any(|(code, _)| code == title)).collect();
        assert!(strays.is_empty(), "pages without a code: {strays:?}");
    }

    /// The findings about one file.
    fn findings(text: &str) -> Diagnostics {
        let (configuration, mut found) =
            podform_config::parse(vec![SourceFile::new("example.pf.hcl", text)]);
        if let Some(configuration) = configuration {
            let computed = BTreeMap::new();
            let inputs = Inputs::new(&computed, &NoFiles);
            found.extend(configuration.evaluate(&inputs).1);
        }
        found
    }

    /// The fenced texts of a page with such a mark.
    fn examples(page: &'static str, mark: &str) -> Vec<&'static str> {
        let fence = format!("```hcl {mark}\n");
        let after = page.split(&fence as &str).skip(1);
        after.filter_map(|text| text.split("\n```").next()).collect()
    }

    #[test]
    fn examples_trigger_their_code_and_the_mended_form_is_right() {
        let mut shown = 0;
        let mut wrong = Vec::new();
        for (code, _) in code::ALL {
            let Some(page) = page(code) else { continue };
            for text in examples(page, "wrong") {
                let found = findings(&format!("{text}\n"));
                if !found.iter().any(|one| one.code == *code) {
                    wrong.push(format!("the wrong example of {code}: {:?}", found.0));
                }
                shown += 1;
            }
            for text in examples(page, "right") {
                let found = findings(&format!("{text}\n"));
                if !found.is_empty() {
                    wrong.push(format!("the right example of {code}: {:?}", found.0));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(shown > 10, "{shown}");
    }

    #[test]
    fn a_slip_is_corrected() {
        let help = |wanted| unknown(wanted).0.0[0].help.clone().unwrap_or_default();
        let meant = "did you mean `podform explain config::unknown_attribute`?";
        assert_eq!(help("unknown_attribute"), meant);
        assert_eq!(help("config::unknown_atribute"), meant);
        assert_eq!(help("nonsense"), "list all codes with `podform explain`");
    }
}
