//! The values of variables: given, default, checked.

use crate::config::{Module, Variable};
use crate::desired::conditions;
use crate::eval::Evaluator;
use crate::graph::{Node, What};
use crate::inputs::VariableInput;
use crate::ir::{Expr, Kind, Name, Target};
use crate::modules::ROOT;
use crate::source::{Names, SourceFile, Sources};
use crate::suggest::nearest;
use crate::types::{convert, literal};
use crate::value::{Ty, Val};
use crate::world::{Made, ROOT_ROOM, RoomId, World};
use podform_model::{Diagnostic, Diagnostics, Label, code};
use std::collections::{BTreeMap, BTreeSet};

/// Reads a file of variable values, `*.pfvars.hcl` or `*.pfvars.json`: literal values only.
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
    let Some(body) = crate::syntax::read_values(&sources, 0, &mut names, &mut diagnostics) else {
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

/// Evaluates the variables of the root module into the world: all, or those among some nodes.
pub(crate) fn evaluate(world: &mut World<'_>, only: Option<&[Node]>, found: &mut Diagnostics) {
    let module = world.configuration.root();
    let wanted = only.map(|nodes| used(module, nodes));
    if only.is_none() {
        undeclared(world, found);
    }
    for (name, variable) in &module.variables {
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(name)) {
            continue;
        }
        if let Some(value) = given(world, variable, found) {
            let made = Made::new(value, Vec::new());
            world.room_mut(ROOT_ROOM).variables.insert(name.clone(), made);
        }
    }
    for (name, variable) in &module.variables {
        // Other rules are checked once what they look at is known.
        if variable.stands_alone()
            && world.variable(ROOT_ROOM, name).is_some()
            && !validate(world, variable, found)
        {
            world.room_mut(ROOT_ROOM).variables.remove(name);
        }
    }
}

/// The variables among nodes, and those that are looked at when they are checked.
pub(crate) fn used(module: &Module, nodes: &[Node]) -> BTreeSet<Name> {
    let mut todo: Vec<Name> = nodes
        .iter()
        .filter(|node| node.module == ROOT)
        .filter_map(|node| match &node.what {
            What::Variable(name) => Some(name.clone()),
            _ => None,
        })
        .collect();
    let mut out = BTreeSet::new();
    while let Some(name) = todo.pop() {
        if !out.insert(name.clone()) {
            continue;
        }
        let variable = module.variables.get(&name).filter(|variable| variable.stands_alone());
        for rule in variable.into_iter().flat_map(|variable| &variable.validations) {
            rule.condition.walk(&mut |expr| todo.extend(variable_of(expr).cloned()));
            rule.message.walk(&mut |expr| todo.extend(variable_of(expr).cloned()));
        }
    }
    out
}

/// The variable that an expression is.
fn variable_of(expr: &Expr) -> Option<&Name> {
    let Kind::Reference(reference) = &expr.kind else { return None };
    match &reference.target {
        Target::Variable(name) => Some(name),
        _ => None,
    }
}

/// Reports given variables that nobody declares.
pub(crate) fn undeclared(world: &World<'_>, found: &mut Diagnostics) {
    let declared = &world.configuration.root().variables;
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
    let Some(value) =
        value.or_else(|| variable.default.as_ref().map(|(default, _)| default.clone()))
    else {
        found.push(
            Diagnostic::error(code::VARIABLE, format!("`var.{name}` has no value"))
                .label(declared("declared without `default`"))
                .help(format!(
                    "pass one with `-var {name}=…`, or write `{name} = …` into `podform.pfvars.hcl`"
                )),
        );
        return None;
    };
    settled(world, variable, value, found)
}

/// The value of a variable, null replaced by the default where it must not be null.
pub(crate) fn settled(
    world: &World<'_>,
    variable: &Variable,
    value: Val,
    found: &mut Diagnostics,
) -> Option<Val> {
    let value = match (value, &variable.default) {
        (Val::Null(_), Some((default, _))) if !variable.nullable => default.clone(),
        (value, _) => value,
    };
    if matches!(value, Val::Null(_)) && !variable.nullable {
        let name = &variable.name.text;
        let label = world.sources.label(variable.name.span, "`nullable = false`");
        let summary = format!("`var.{name}` must not be null");
        found.push(Diagnostic::error(code::VARIABLE, summary).label(label));
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

/// What is told of a sensitive value that does not fit.
pub(crate) fn hidden(ty: &Ty) -> String {
    format!("expected `{}`", ty.text())
}

fn read(variable: &Variable, input: &VariableInput) -> Result<Val, String> {
    let value = match (&input.value, &input.text) {
        (Some(value), _) => Val::from_value(value),
        (None, Some(text)) => match variable.ty {
            Ty::String | Ty::Number | Ty::Bool | Ty::Any => Val::string(text),
            _ => expression(text)?,
        },
        (None, None) => Val::NULL,
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
    let label = input_label(world, &variable.name.text);
    validate_in(world, ROOT_ROOM, variable, label, found)
}

/// The place that a variable of the root module has its value from, when it is in a file.
pub(crate) fn input_label(world: &World<'_>, name: &str) -> Option<Label> {
    world.inputs.variables.get(name)?.label.clone()
}

/// Whether the value of a variable meets its rules; what does not is reported, with where the value
/// comes from.
pub(crate) fn validate_in(
    world: &World<'_>,
    room: RoomId,
    variable: &Variable,
    from: Option<Label>,
    found: &mut Diagnostics,
) -> bool {
    let name = &variable.name.text;
    let mut evaluator = Evaluator::new(world, room);
    let mut valid = true;
    for rule in &variable.validations {
        let before = evaluator.diagnostics.0.len();
        let what = format!("the value of `var.{name}` is not valid");
        valid &= conditions::check(&mut evaluator, rule, code::VALIDATION, &what, None);
        if let (Some(finding), Some(label)) = (evaluator.diagnostics.0.get_mut(before), &from) {
            let label = Label { text: "this value".into(), ..label.clone() };
            conditions::point(finding, label);
        }
    }
    found.extend(evaluator.diagnostics);
    valid
}
