//! One expression evaluated within a configuration, and its value as `podform console` shows it.

mod json;
mod show;

use crate::config::Configuration;
use crate::eval::Evaluator;
use crate::inputs::Inputs;
use crate::ir::{Expr, Kind};
use crate::source::{Names, SourceFile, Sources};
use crate::syntax::lex::{self, Kind as Token};
use crate::syntax::scan::{Problem, scan};
use crate::value::Val;
use crate::world::ROOT_ROOM;
use crate::{check, syntax};
use podform_model::{Desired, Diagnostics, Value};

pub(crate) use show::quoted;

/// The name of the expression's text in diagnostics.
pub const CONSOLE: &str = "<console>";

/// The value of an expression, with its type.
#[derive(Clone)]
pub struct Evaluated {
    value: Val,
    /// The answer to `type(…)`, which is no value.
    ty: Option<String>,
}

impl std::fmt::Debug for Evaluated {
    /// As it is shown: without what is sensitive.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

impl Evaluated {
    /// The value.
    #[must_use]
    pub fn value(&self) -> Value {
        self.value.to_value()
    }

    /// The text that a console shows: as Terraform's does.
    #[must_use]
    pub fn text(&self) -> String {
        self.ty.clone().unwrap_or_else(|| show::value(&self.value))
    }

    /// One line of JSON: the value with numbers in full, `null` for what is sensitive, ephemeral or unknown;
    /// its type; whether anything in it is sensitive.
    #[must_use]
    pub fn json(&self) -> String {
        json::line(&self.value, self.ty.as_deref())
    }
}

impl Configuration {
    /// Evaluates an expression as if it stood in the root module, outside of any block.
    ///
    /// `type(…)` around a whole expression gives its type. What is wrong elsewhere is reported
    /// only where the expression needs it. The expression's text is the file [`CONSOLE`].
    #[must_use]
    pub fn expression(&self, text: &str, inputs: &Inputs<'_>) -> (Option<Evaluated>, Diagnostics) {
        let mut found = Diagnostics::new();
        let mut files = self.sources.files.clone();
        files.push(SourceFile::new(CONSOLE, text));
        let sources = Sources { files };
        let file = sources.files.len() - 1;
        let Some(expr) = syntax::read_expression(&sources, file, &mut Names::default(), &mut found)
        else {
            return (None, found);
        };
        let (expr, typed) = match type_of(&expr) {
            Some(inner) => (inner, true),
            None => (&expr, false),
        };
        check::expression(&self.modules, &sources, expr, &[], &mut found);
        if found.has_errors() {
            return (None, found);
        }
        let mut elsewhere = Diagnostics::new();
        let mut world = self.world(inputs, &mut Desired::default(), &mut elsewhere);
        world.sources = &sources;
        let mut evaluator = Evaluator::new(&world, ROOT_ROOM);
        let value = evaluator.value(expr).ok();
        found.extend(std::mem::take(&mut evaluator.diagnostics));
        if value.is_none() && !found.has_errors() {
            found.extend(elsewhere);
        }
        (value.map(|value| Evaluated { ty: typed.then(|| show::ty(&value.ty())), value }), found)
    }
}

/// The expression within a `type(…)`.
fn type_of(expr: &Expr) -> Option<&Expr> {
    let Kind::Call(call) = &expr.kind else { return None };
    match &*call.arguments {
        [inner] if &*call.name.text == "type" => Some(inner),
        _ => None,
    }
}

/// Whether a text goes on on the next line: a bracket, interpolation, comment or heredoc is open.
/// A quote that is open at the end of its line is a fault that no other line mends.
#[must_use]
pub fn continues(text: &str) -> bool {
    let text = format!("{text}\n");
    if scan(&text).problems.iter().any(|problem| matches!(problem, Problem::Quote { .. })) {
        return false;
    }
    let mut depth = 0_isize;
    let mut heredocs = 0_isize;
    for token in lex::lex(&text) {
        depth += token.depth();
        match token.kind {
            Token::HeredocOpen => heredocs += 1,
            Token::HeredocClose => heredocs -= 1,
            Token::Comment if token.end == text.len() => {
                let comment = token.text(&text);
                if comment.starts_with("/*") && !comment.ends_with("*/") {
                    return true;
                }
            }
            _ => {}
        }
    }
    depth > 0 || heredocs > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_goes_on_while_something_is_open() {
        for open in
            ["[1,", "f(", "{", "<<EOT", "<<-EOT\n  x", "\"${", "/* a", "[<<E\nx\nE", "\"${[1,"]
        {
            assert!(continues(open), "{open:?}");
        }
        for done in
            ["", "[1]", "1 +", "\"[\"", "# (", "<<EOT\nx\nEOT", "/* a */", "\"a", "]]", "1 << 2"]
        {
            assert!(!continues(done), "{done:?}");
        }
    }
}
