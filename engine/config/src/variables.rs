//! The values of variables: given, default, checked.

use crate::config::Variable;
use crate::desired::conditions;
use crate::eval::Evaluator;
use crate::graph::Node;
use crate::inputs::VariableInput;
use crate::ir::{Expr, Kind, Name, Target};
use crate::source::{Names, SourceFile, Sources};
use crate::suggest::nearest;
use crate::types::{convert, literal};
use crate::value::{Ty, Val};
use crate::world::World;
use podform_model::{Diagnostic, Diagnostics, Label, code};
use std::collections::{BTreeMap, BTreeSet};

/// Reads a file of variable values, `*.pfvars.hcl`: literal values only.
///
/// What is wrong is reported; the values that could be read are returned.
pub fn parse_variables(file: &SourceFile) -> (BTreeMap<String, VariableInput>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let mut out = BTreeMap::new();
    let file = match file.clone().checked() {
        Ok(file) => file,
        Err(diagnostic) => return (out, diagnostic.into()),
    };
    let origin = file.name.to_string();
    let sources = Sources { files: vec![file] };
    let mut names = Names::default();
    let Some(body) = crate::syntax::read(&sources, 0, &mut names, &mut diagnostics) else {
        return (out, diagnostics);
    };
    for block in &body.blocks {
        let summary = format!("a block `{}` in a file of variable values", block.kind.text);
        let mut diagnostic = Diagnostic::error(code::UNKNOWN_BLOCK, summary)
            .label(sources.label(block.header, "only `NAME = value` may stand here"));
        if &*block.kind.text == "variable" {
            diagnostic = diagnostic.help("declare variables in a `*.pf.hcl` file");
        }
        diagnostics.push(diagnostic);
    }
    for attribute in body.attributes {
        let Some(value) = literal(&attribute.value) else {
            let label = sources.label(attribute.value.span, "not a literal value");
            diagnostics.push(
                Diagnostic::error(
                    code::VARIABLE,
                    "a file of variable values holds literal values only",
                )
                .label(label),
            );
            continue;
        };
        out.insert(
            attribute.name.text.to_string(),
            VariableInput {
                text: None,
                value: Some(value.to_value()),
                origin: origin.clone(),
                label: Some(sources.label(attribute.value.span, "")),
            },
        );
    }
    (out, diagnostics)
}

/// Evaluates the variables into the world: all, or those that some nodes refer to.
pub(crate) fn evaluate(world: &mut World<'_>, only: Option<&[Node]>, found: &mut Diagnostics) {
    let module = &world.configuration.module;
    let wanted = only.map(|nodes| used(world, nodes));
    if only.is_none() {
        undeclared(world, found);
    }
    for (name, variable) in &module.variables {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(name)) {
            continue;
        }
        if let Some(value) = given(world, variable, found) {
            world.variables.insert(name.clone(), value);
        }
    }
    for (name, variable) in &module.variables {
        if world.variables.contains_key(name) && !validate(world, variable, found) {
            world.variables.remove(name);
        }
    }
}

/// The variables that nodes, provider settings and the variables' own validations refer to.
fn used(world: &World<'_>, nodes: &[Node]) -> BTreeSet<Name> {
    let module = &world.configuration.module;
    let mut out = BTreeSet::new();
    let mut visit = |expr: &Expr| {
        if let Kind::Reference(reference) = &expr.kind
            && let Target::Variable(name) = &reference.target
        {
            out.insert(name.clone());
        }
    };
    for node in nodes {
        match node {
            Node::Local(name) => {
                if let Some(local) = module.locals.get(name) {
                    local.value.walk(&mut visit);
                }
            }
            Node::Pod(name) => {
                if let Some(pod) = module.pods.get(name) {
                    pod.walk(&mut |expr, _| visit(expr));
                }
            }
        }
    }
    for provider in module.providers.values() {
        provider.body.walk(&mut visit);
    }
    for variable in module.variables.values() {
        for rule in &variable.validations {
            rule.condition.walk(&mut visit);
            rule.message.walk(&mut visit);
        }
    }
    out
}

fn undeclared(world: &World<'_>, found: &mut Diagnostics) {
    let declared = &world.configuration.module.variables;
    for (name, input) in &world.inputs.variables {
        if declared.contains_key(name.as_str()) {
            continue;
        }
        // The environment belongs to others too: Terraform says nothing about it either.
        if input.origin.starts_with("PODFORM_VAR_") {
            continue;
        }
        let from_file = input.label.is_some();
        let summary =
            format!("`{name}` from {} is not a declared variable", backticked(&input.origin));
        let mut diagnostic = if from_file && world.inputs.ignore_undeclared_variables {
            Diagnostic::warning(code::UNDECLARED, summary)
        } else {
            Diagnostic::error(code::UNDECLARED, summary)
        };
        if let Some(label) = &input.label {
            diagnostic = diagnostic.label(label.clone());
        }
        diagnostic = match nearest(name, declared.keys().map(|name| &**name)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("declare it: `variable \"{name}\" {{}}`")),
        };
        found.push(diagnostic);
    }
}

fn backticked(origin: &str) -> String {
    if origin.contains('`') { origin.to_owned() } else { format!("`{origin}`") }
}

/// The value of one variable before its validation.
fn given(world: &World<'_>, variable: &Variable, found: &mut Diagnostics) -> Option<Val> {
    let name = &variable.name.text;
    let declared = |text: &str| world.sources.label(variable.name.span, text);
    let input = world
        .inputs
        .variables
        .get(&**name)
        .filter(|input| input.text.is_some() || input.value.is_some());
    let value = match input {
        Some(input) => {
            if let Some(text) = &variable.deprecated {
                found.push(deprecated(input, name, text, declared("declared here")));
            }
            match read(variable, input) {
                Ok(value) => Some(value),
                Err(message) => {
                    let message =
                        if variable.marks().any() { hidden(&variable.ty) } else { message };
                    let origin = backticked(&input.origin);
                    let summary =
                        format!("the value of `var.{name}` from {origin} does not fit: {message}");
                    let mut diagnostic = Diagnostic::error(code::VARIABLE, summary);
                    if let Some(label) = &input.label {
                        diagnostic = diagnostic.label(label.clone());
                    }
                    let label = match variable.ty_span {
                        Some(span) => world.sources.label(span, "the type"),
                        None => declared("declared here"),
                    };
                    found.push(diagnostic.label(label));
                    return None;
                }
            }
        }
        None => None,
    };
    let value = match (value, &variable.default) {
        (Some(Val::Null), Some((default, _))) if !variable.nullable => default.clone(),
        (Some(value), _) => value,
        (None, Some((default, _))) => default.clone(),
        (None, None) => {
            found.push(
                Diagnostic::error(code::VARIABLE, format!("`var.{name}` has no value"))
                    .label(declared("declared without `default`"))
                    .help(format!("pass one with `-var {name}=…`, or write `{name} = …` into `podform.pfvars.hcl`")),
            );
            return None;
        }
    };
    if value == Val::Null && !variable.nullable {
        let summary = format!("`var.{name}` must not be null");
        found
            .push(Diagnostic::error(code::VARIABLE, summary).label(declared("`nullable = false`")));
        return None;
    }
    Some(value.mark(variable.marks()))
}

/// The warning about a value of a deprecated variable.
fn deprecated(input: &VariableInput, name: &str, text: &str, declared: Label) -> Diagnostic {
    let mut found =
        Diagnostic::warning(code::DEPRECATED, format!("the variable `{name}` is deprecated"))
            .detail(text);
    if let Some(label) = &input.label {
        found = found.label(Label { text: "given a value here".into(), ..label.clone() });
    }
    found.label(declared).help(format!("give `{name}` no value"))
}

fn hidden(ty: &Ty) -> String {
    format!("expected `{}`", ty.text())
}

fn read(variable: &Variable, input: &VariableInput) -> Result<Val, String> {
    let value = match (&input.value, &input.text) {
        (Some(value), _) => Val::from_value(value),
        (None, Some(text)) => match variable.ty {
            Ty::String | Ty::Number | Ty::Bool | Ty::Any => Val::string(text),
            _ => expression(text)?,
        },
        (None, None) => Val::Null,
    };
    convert(&value, &variable.ty)
}

/// The value of an HCL expression given as text.
fn expression(text: &str) -> Result<Val, String> {
    let form = "a list or map is written as in a file, as `[\"a\", \"b\"]` or `{ a = 1 }`";
    let parsed = crate::syntax::expression(text)
        .map_err(|message| format!("not an expression: {message} ({form})"))?;
    literal(&parsed).ok_or_else(|| format!("the value must be literal ({form})"))
}

fn validate(world: &World<'_>, variable: &Variable, found: &mut Diagnostics) -> bool {
    let name = &variable.name.text;
    let mut evaluator = Evaluator::new(world);
    let mut valid = true;
    for rule in &variable.validations {
        let before = evaluator.diagnostics.0.len();
        let what = format!("the value of `var.{name}` is not valid");
        valid &= conditions::check(&mut evaluator, rule, code::VALIDATION, &what, None);
        let input = world.inputs.variables.get(&**name).and_then(|input| input.label.clone());
        if let (Some(finding), Some(mut label)) = (evaluator.diagnostics.0.get_mut(before), input) {
            label.text = "this value".into();
            conditions::point(finding, label);
        }
    }
    found.extend(evaluator.diagnostics);
    valid
}
