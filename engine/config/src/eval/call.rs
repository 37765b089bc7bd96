//! Function calls.

use super::{Eval, Evaluator, Failed, Scope};
use crate::functions::{self, Function, Parameter, Special};
use crate::ir::{Call, Expr};
use crate::marks::Marks;
use crate::suggest::nearest;
use crate::types::convert;
use crate::value::{Ty, Val};
use podform_model::{Diagnostic, code};

impl Evaluator<'_> {
    pub(super) fn call(&mut self, expr: &Expr, call: &Call, scope: Option<&Scope<'_>>) -> Eval {
        let Some(function) = functions::find(&call.name.text) else {
            return Err(self.unknown_function(call));
        };
        match function.special {
            Some(Special::Try) => return self.try_call(expr, call, scope),
            Some(Special::Can) => return self.can_call(expr, call, scope),
            _ => {}
        }
        let (arguments, expanded) = self.arguments(call, scope)?;
        let Some(arguments) = arguments else {
            return Ok(Val::unknown(function.result.clone()).mark(expanded));
        };
        if let Some(message) = function.arity_fault(arguments.len()) {
            let label = format!("{} given", arguments.len());
            let span = expr.span;
            let label = self.world.sources.label(span, label);
            return Err(self.push(
                Diagnostic::error(code::EVALUATION, format!("`{}` takes {message}", function.name))
                    .label(label)
                    .help(format!("write it as `{}`", function.usage())),
            ));
        }
        match function.special {
            Some(special) => self.special(special, expr, call, &arguments, scope),
            None => self.apply(function, expr, call, &arguments, scope),
        }
        .map(|value| value.mark(expanded))
    }

    fn unknown_function(&mut self, call: &Call) -> Failed {
        unknown_function(call, self.world.sources).map_or(Failed, |found| self.push(found))
    }

    /// The arguments, `None` when their number is unknown; and whether the expanded one is sensitive.
    fn arguments(
        &mut self,
        call: &Call,
        scope: Option<&Scope<'_>>,
    ) -> Eval<(Option<Vec<Val>>, Marks)> {
        let values: Vec<Eval> =
            call.arguments.iter().map(|argument| self.eval(argument, scope)).collect();
        let mut values = values.into_iter().collect::<Eval<Vec<Val>>>()?;
        if !call.expand {
            return Ok((Some(values), Marks::default()));
        }
        let Some(last) = values.pop() else { return Ok((Some(values), Marks::default())) };
        let (inner, marked) = last.unmark();
        if matches!(inner, Val::Unknown(_)) {
            return Ok((None, marked));
        }
        let Some(items) = inner.items() else {
            let kind = inner.kind();
            let Some(argument) = call.arguments.last() else { return Err(Failed) };
            let summary = format!("`...` expands a list, found {kind}");
            return Err(self.fault(argument, scope, summary, format!("this is {kind}")));
        };
        values.extend(items.iter().cloned());
        Ok((Some(values), marked))
    }

    fn apply(
        &mut self,
        function: &'static Function,
        expr: &Expr,
        call: &Call,
        arguments: &[Val],
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let mut marked = Marks::default();
        let mut unknown = false;
        let mut ready = Vec::with_capacity(arguments.len());
        for (at, argument) in arguments.iter().enumerate() {
            let (value, hidden) =
                if function.keeps_marks { shallow(argument) } else { argument.unmark_deep() };
            marked |= hidden;
            let value = match function.parameter(at).check(&value) {
                Ok(value) => value,
                Err(message) => {
                    let message =
                        if hidden.any() { function.parameter(at).expected() } else { message };
                    return Err(self.bad_argument(function, call, at, expr, &message, scope));
                }
            };
            unknown |= if function.keeps_marks {
                matches!(value, Val::Unknown(_))
            } else {
                value.has_unknown()
            };
            ready.push(value);
        }
        if unknown {
            return Ok(Val::unknown(function.result.clone()).mark(marked));
        }
        match (function.run)(&ready) {
            Ok(value) => Ok(value.mark(marked)),
            Err(fault) => {
                let message =
                    if marked.any() { "the arguments do not fit".into() } else { fault.message };
                match fault.argument {
                    Some(at) => Err(self.bad_argument(function, call, at, expr, &message, scope)),
                    None => {
                        let summary = format!("`{}`: {message}", function.name);
                        Err(self.fault(expr, scope, summary, ""))
                    }
                }
            }
        }
    }

    fn bad_argument(
        &mut self,
        function: &Function,
        call: &Call,
        at: usize,
        expr: &Expr,
        message: &str,
        scope: Option<&Scope<'_>>,
    ) -> Failed {
        let argument = call.arguments.get(at).or(call.arguments.last()).unwrap_or(expr);
        let summary = format!("`{}`: {message}", function.name);
        self.fault(argument, scope, summary, format!("argument {}", at + 1))
    }

    fn try_call(&mut self, expr: &Expr, call: &Call, scope: Option<&Scope<'_>>) -> Eval {
        for argument in &*call.arguments {
            if let Some(value) = self.attempt(argument, scope) {
                return Ok(value);
            }
        }
        if call.arguments.is_empty() {
            return Err(self.fault(expr, scope, "`try` takes one argument or more", ""));
        }
        // Tell why the last one failed, which was meant to be safe.
        let last = call.arguments.last().unwrap_or(expr);
        let before = self.diagnostics.0.len();
        let _ = self.eval(last, scope);
        let why = self.diagnostics.0.drain(before..).next().map(|found| found.summary);
        let summary = "no argument of `try` has a value";
        let failed = self.fault(expr, scope, summary, "all of them fail");
        if let (Some(why), Some(found)) = (why, self.diagnostics.0.last_mut()) {
            found.detail = Some(format!("The last one: {why}."));
        }
        Err(failed)
    }

    fn can_call(&mut self, expr: &Expr, call: &Call, scope: Option<&Scope<'_>>) -> Eval {
        let [argument] = &*call.arguments else {
            return Err(self.fault(expr, scope, "`can` takes one argument", ""));
        };
        Ok(Val::Bool(self.attempt(argument, scope).is_some()))
    }

    /// The value, or `None` without a report; what it refers to is kept.
    fn attempt(&mut self, expr: &Expr, scope: Option<&Scope<'_>>) -> Option<Val> {
        let before = self.diagnostics.0.len();
        let out = self.eval(expr, scope).ok();
        self.diagnostics.0.truncate(before);
        out
    }

    fn special(
        &mut self,
        special: Special,
        expr: &Expr,
        call: &Call,
        arguments: &[Val],
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let first = arguments.first().cloned().unwrap_or(Val::Null);
        match special {
            Special::Sensitive => Ok(first.mark(true)),
            Special::Nonsensitive => {
                let (value, marks) = first.unmark();
                Ok(value.clone().mark(Marks { sensitive: false, ..marks }))
            }
            Special::EphemeralAsNull => Ok(first.ephemeral_as_null()),
            Special::IsSensitive => Ok(Val::Bool(first.unmark().1.sensitive)),
            Special::Timestamp => Ok(Val::string(&self.world.inputs.timestamp)),
            Special::File | Special::FileBase64 | Special::FileExists => {
                self.file(special, expr, call, &first, scope)
            }
            Special::Try | Special::Can => Err(Failed),
        }
    }

    fn file(
        &mut self,
        special: Special,
        expr: &Expr,
        call: &Call,
        path: &Val,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let (path, marked) = path.unmark();
        let path = match convert(path, &Ty::String) {
            Ok(Val::String(path)) => path,
            Ok(Val::Unknown(_)) => {
                let ty = if special == Special::FileExists { Ty::Bool } else { Ty::String };
                return Ok(Val::unknown(ty).mark(marked));
            }
            _ => {
                let argument = call.arguments.first().unwrap_or(expr);
                return Err(self.fault(argument, scope, "a path must be a string", ""));
            }
        };
        let read = self.world.inputs.files.read(&path);
        let shown = if marked.any() { "the file".into() } else { format!("`{path}`") };
        let value = match (special, read) {
            (Special::FileExists, read) => Val::Bool(read.is_ok()),
            (Special::FileBase64, Ok(bytes)) => Val::String(functions::base64(&bytes).into()),
            (_, Ok(bytes)) => match String::from_utf8(bytes) {
                Ok(text) => Val::string(&text),
                Err(_) => {
                    let summary = format!("{shown} is not UTF-8 text");
                    let failed = self.fault(expr, scope, summary, "cannot be read as text");
                    if let Some(found) = self.diagnostics.0.last_mut() {
                        found.help = Some("read it with `filebase64`".into());
                    }
                    return Err(failed);
                }
            },
            (_, Err(error)) => {
                let summary = match marked.any() {
                    true => format!("{shown} cannot be read"),
                    false => format!("{shown} cannot be read: {error}"),
                };
                return Err(self.fault(expr, scope, summary, ""));
            }
        };
        Ok(value.mark(marked))
    }
}

/// The value without its own mark; marks within stay.
fn shallow(value: &Val) -> (Val, Marks) {
    let (inner, marked) = value.unmark();
    (inner.clone(), marked)
}

/// The finding about a call of a function that does not exist.
pub(crate) fn unknown_function(
    call: &Call,
    sources: &crate::source::Sources,
) -> Option<Diagnostic> {
    let name = &*call.name.text;
    if functions::find(name).is_some() {
        return None;
    }
    let label = sources.label(call.name.span, "no such function");
    if functions::LATER.contains(&name) || name.contains("::") {
        return Some(
            Diagnostic::error(
                code::UNSUPPORTED,
                format!("the function `{name}` comes with a later release"),
            )
            .label(label),
        );
    }
    let mut diagnostic =
        Diagnostic::error(code::UNKNOWN_FUNCTION, format!("no function is named `{name}`"))
            .label(label);
    if let Some(near) = nearest(name, functions::names()) {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    }
    Some(diagnostic)
}

impl Parameter {
    /// Checks and converts an argument.
    ///
    /// # Errors
    /// What was expected.
    fn check(self, value: &Val) -> Result<Val, String> {
        match (self, value) {
            (Self::Nullable, _) => Ok(value.clone()),
            (_, Val::Null) => Err("an argument must not be null".into()),
            (Self::Any, _) => Ok(value.clone()),
            (_, Val::Secret(_)) => {
                Err("a secret's text is not known here: pass the reference itself on".into())
            }
            (Self::Text, _) => convert(value, &Ty::String),
            (Self::Number, _) => convert(value, &Ty::Number),
            (_, Val::Unknown(ty)) if matches!(**ty, Ty::Any) => Ok(value.clone()),
            (Self::Items, _) => match value {
                Val::Tuple(_) | Val::List(_) | Val::Set(_) => Ok(value.clone()),
                Val::Unknown(ty) if matches!(**ty, Ty::List(_) | Ty::Set(_) | Ty::Tuple(_)) => {
                    Ok(value.clone())
                }
                other => Err(format!("expected a list or set, found {}", other.kind())),
            },
            (Self::Entries, _) => match value {
                Val::Object(_) | Val::Map(_) => Ok(value.clone()),
                Val::Unknown(ty) if matches!(**ty, Ty::Map(_) | Ty::Object(_)) => Ok(value.clone()),
                other => Err(format!("expected a map or object, found {}", other.kind())),
            },
        }
    }

    fn expected(self) -> String {
        match self {
            Self::Text => "expected a string",
            Self::Number => "expected a number",
            Self::Items => "expected a list or set",
            Self::Entries => "expected a map or object",
            Self::Any | Self::Nullable => "the argument does not fit",
        }
        .into()
    }
}
