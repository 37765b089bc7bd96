//! `templatefile` and `templatestring`: templates with variables of their own.

use super::{Eval, Evaluator, Failed, Scope, unknown_function};
use crate::functions::{self, Fault, Function, Run, Special, bad};
use crate::ir::{Call, Expr, Kind, Name, Target};
use crate::source::{SourceFile, Sources};
use crate::value::{Entries, Ty, Val};
use crate::world::{ROOT_ROOM, World};
use podform_model::{Diagnostic, Diagnostics};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The templates that were read, by their text and the names of their variables.
pub(crate) type Templates = RefCell<HashMap<(Rc<str>, Vec<Name>), Rc<Template>>>;

/// A template that was read, or the first fault in it.
#[derive(Debug)]
pub(crate) struct Template {
    sources: Sources,
    content: Result<Expr, String>,
}

impl Evaluator<'_> {
    /// The result of `templatefile` or `templatestring`.
    pub(super) fn rendered(
        &mut self,
        function: &Function,
        expr: &Expr,
        call: &Call,
        arguments: &[Val],
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let file = matches!(function.run, Run::Special(Special::TemplateFile));
        let (Some(source), Some(variables)) = (arguments.first(), arguments.get(1)) else {
            return Err(Failed);
        };
        // A mark within the variables is one of the whole result.
        let ((source, hidden), (variables, also)) = (source.unmark_deep(), variables.unmark_deep());
        let marked = hidden | also;
        if !file && !is_reference(call.arguments.first()) {
            let message = "the template must be a reference, as `local.greeting`";
            let failed = self.bad_argument(function, call, 0, expr, message, scope);
            if let Some(found) = self.diagnostics.0.last_mut() {
                found.help =
                    Some("write a template that is known here as text with `${…}` itself".into());
            }
            return Err(failed);
        }
        for (at, value) in [&source, &variables].into_iter().enumerate() {
            if let Err(message) = function.parameter(at).check(value) {
                return Err(self.bad_argument(function, call, at, expr, &message, scope));
            }
        }
        let source = match functions::Parameter::Text.check(&source) {
            Ok(Val::String(source)) => source,
            Ok(_) => return Ok(Val::unknown(Ty::Any).mark(marked)),
            Err(message) => {
                return Err(self.bad_argument(function, call, 0, expr, &message, scope));
            }
        };
        let Some(variables) = variables.entries() else {
            return Ok(Val::unknown(Ty::Any).mark(marked));
        };
        let value = self.template_text(file, expr, &source).and_then(|text| {
            let name = if file { &*source } else { "the template" };
            self.render(name, &text, variables)
        });
        match value {
            Ok(value) => Ok(value.mark(marked)),
            Err(fault) => Err(self.faulty(function, call, expr, fault, marked, scope)),
        }
    }

    fn template_text(&mut self, file: bool, expr: &Expr, source: &str) -> Result<Rc<str>, Fault> {
        if !file {
            return Ok(source.into());
        }
        let bytes = functions::read_file(&self.outside(expr), source)?;
        functions::file_text(source, bytes).map(Rc::from)
    }

    fn render(&mut self, name: &str, text: &Rc<str>, variables: &Entries) -> Result<Val, Fault> {
        if let Some(key) = variables.keys().find(|key| !is_name(key)) {
            return Err(bad(1, format!("{key:?} is not a name that a template can use")));
        }
        let template = self.template_of(name, text, variables);
        let content = template.content.as_ref().map_err(|message| bad(0, message.clone()))?;
        let mut world = World::new(self.world.configuration, self.world.inputs);
        world.sources = &template.sources;
        let mut evaluator = Evaluator::new(&world, ROOT_ROOM);
        evaluator.iterators =
            variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        evaluator.instance.clone_from(&self.instance);
        evaluator.draws = self.draws << 16;
        evaluator.reads_as = self.reads_as;
        match evaluator.value(content) {
            Ok(value) => Ok(value),
            Err(Failed) => {
                let found = evaluator.diagnostics.0.first();
                Err(functions::wrong(found.map_or_else(
                    || format!("{name} has no value"),
                    |found| placed(name, &template.sources, found),
                )))
            }
        }
    }

    fn template_of(&self, name: &str, text: &Rc<str>, variables: &Entries) -> Rc<Template> {
        let key = (text.clone(), variables.keys().cloned().collect::<Vec<Name>>());
        if let Some(known) = self.world.templates.borrow().get(&key) {
            return known.clone();
        }
        let template = Rc::new(read(name, text, &key.1));
        self.world.templates.borrow_mut().insert(key, template.clone());
        template
    }
}

/// Reads a template and checks what it refers to.
fn read(name: &str, text: &str, variables: &[Name]) -> Template {
    let sources = Sources { files: vec![SourceFile::new(name, text)] };
    let mut found = Diagnostics::new();
    let content = crate::syntax::template(&sources, variables.to_vec(), &mut found);
    let fault = found.0.first().map(|found| placed(name, &sources, found));
    let content = match (content, fault) {
        (Some(content), None) => match check(&content, &sources) {
            None => Ok(content),
            Some(found) => Err(placed(name, &sources, &found)),
        },
        (_, fault) => Err(fault.unwrap_or_else(|| format!("{name} cannot be read"))),
    };
    Template { sources, content }
}

/// The first reference or call that a template cannot have.
fn check(content: &Expr, sources: &Sources) -> Option<Diagnostic> {
    let mut found = None;
    content.walk(&mut |expr| {
        if found.is_some() {
            return;
        }
        let message = match &expr.kind {
            Kind::Reference(reference) => {
                let root = match &reference.target {
                    Target::Nothing(name) => name.to_string(),
                    _ => sources
                        .text(reference.span)
                        .split(['.', '['])
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                };
                format!("there is no variable `{root}`")
            }
            Kind::Call(call) => match functions::find(&call.name.text).map(|known| known.run) {
                Some(Run::Special(Special::TemplateFile | Special::TemplateString)) => {
                    "a template cannot render another one".to_owned()
                }
                Some(_) => return,
                None => {
                    found = unknown_function(call, sources);
                    return;
                }
            },
            _ => return,
        };
        let label = sources.label(expr.span, "");
        found = Some(Diagnostic::error(podform_model::code::EVALUATION, message).label(label));
    });
    found
}

/// A finding in a template with its place.
fn placed(name: &str, sources: &Sources, found: &Diagnostic) -> String {
    let text = sources.files.first().map_or("", |file| &file.text);
    let Some(label) = found.labels.first() else { return found.summary.clone() };
    let before =
        usize::try_from(label.start).ok().and_then(|start| text.get(..start)).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    format!("{name}, line {line}, column {column}: {}", found.summary)
}

fn is_name(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// Whether an expression only names a value.
fn is_reference(expr: Option<&Expr>) -> bool {
    match expr.map(|expr| &expr.kind) {
        Some(Kind::Reference(_) | Kind::Bound(_)) => true,
        Some(Kind::Access(access)) => matches!(access.of.kind, Kind::Bound(_)),
        _ => false,
    }
}
