//! Function calls.

use super::{Eval, Evaluator, Failed, Scope};
use crate::functions::{
    self, Downloaded, Fault, Function, Outcome, Outside, Parameter, Run, Special, Within,
};
use crate::ir::{Call, Expr};
use crate::marks::Marks;
use crate::source::Span;
use crate::suggest::nearest;
use crate::value::{Ty, Val};
use podform_model::{Diagnostic, code};

impl Evaluator<'_> {
    pub(super) fn call(&mut self, expr: &Expr, call: &Call, scope: Option<&Scope<'_>>) -> Eval {
        let Some(function) = functions::find(&call.name.text) else {
            return Err(self.unknown_function(call));
        };
        match function.run {
            Run::Special(Special::Try) => return self.try_call(expr, call, scope),
            Run::Special(Special::Can) => return self.can_call(expr, call, scope),
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
        match function.run {
            Run::Special(special) => self.special(special, function, expr, call, &arguments, scope),
            _ => self.apply(function, expr, call, &arguments, scope),
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
            let parameter = function.parameter(at);
            let (value, hidden) = match function.within {
                Within::Keep => shallow(argument),
                Within::Spread | Within::Unknowns => argument.unmark_deep(),
            };
            marked |= hidden;
            let value = match parameter.check(&value) {
                Ok(value) => value,
                Err(message) => {
                    let message =
                        if hidden.any() { parameter.expected().to_owned() } else { message };
                    return Err(self.bad_argument(function, call, at, expr, &message, scope));
                }
            };
            unknown |= match function.within {
                Within::Spread => value.has_unknown(),
                // What may be anything is looked at by the function itself.
                Within::Keep | Within::Unknowns => {
                    matches!(value, Val::Unknown(_)) && parameter != Parameter::Nullable
                }
            };
            ready.push(value);
        }
        if unknown {
            return match function.unknown(&ready) {
                Ok(ty) => Ok(Val::unknown(ty).mark(marked)),
                Err(fault) => Err(self.faulty(function, call, expr, fault, marked, scope)),
            };
        }
        match self.run(function, expr, &ready) {
            Ok(value) => Ok(value.mark(marked)),
            Err(fault) => Err(self.faulty(function, call, expr, fault, marked, scope)),
        }
    }

    fn run(&mut self, function: &Function, expr: &Expr, arguments: &[Val]) -> Outcome {
        let value = match function.run {
            Run::Pure(run) => run(arguments)?,
            Run::Outside(run) => run(&self.outside(expr), arguments)?,
            Run::Special(_) => Val::NULL,
        };
        if let Val::String(text) = &value {
            functions::check_size(text.len())?;
        }
        Ok(value)
    }

    /// What the world gives to a call.
    pub(super) fn outside(&mut self, expr: &Expr) -> Outside<'_> {
        self.draws += 1;
        let Span { file, start, .. } = expr.span;
        let path = &self.world.room(self.room).path;
        let (key, draw) = (&self.instance.key, self.draws);
        let call = format!("{path:?} {file} {start} {key:?} {draw}");
        Outside { inputs: self.world.inputs, call, downloaded: self.downloaded() }
    }

    /// The module that reads files, when it was downloaded.
    fn downloaded(&self) -> Option<Downloaded<'_>> {
        let modules = &self.world.configuration.modules;
        let base = modules.node(self.reads_as).module.base.as_ref()?;
        let name = modules.prefix(self.reads_as).trim_end_matches('.').to_owned();
        Some(Downloaded { name, folders: [base, &modules.root().module.folder] })
    }

    /// Reports why a function has no result; values behind a mark are not told.
    pub(super) fn faulty(
        &mut self,
        function: &Function,
        call: &Call,
        expr: &Expr,
        fault: Fault,
        marked: Marks,
        scope: Option<&Scope<'_>>,
    ) -> Failed {
        let message = if marked.any() { "the arguments do not fit".into() } else { fault.message };
        let failed = match fault.argument {
            Some(at) => self.bad_argument(function, call, at, expr, &message, scope),
            None => {
                let summary = format!("`{}`: {message}", function.name);
                self.fault(expr, scope, summary, "")
            }
        };
        if let (Some(help), false, Some(found)) =
            (fault.refused, marked.any(), self.diagnostics.0.last_mut())
        {
            found.code = code::FILE_OUTSIDE.into();
            found.help = Some(help);
        }
        failed
    }

    pub(super) fn bad_argument(
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
                // What is not known might still fail.
                let unknown = value.has_unknown();
                return Ok(if unknown { Val::unknown(Ty::Any) } else { value });
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
        Ok(match self.attempt(argument, scope) {
            Some(value) if value.has_unknown() => Val::unknown(Ty::Bool),
            found => Val::Bool(found.is_some()),
        })
    }

    /// The value, or `None` without a report; what it refers to is kept.
    pub(super) fn attempt(&mut self, expr: &Expr, scope: Option<&Scope<'_>>) -> Option<Val> {
        let before = self.diagnostics.0.len();
        let out = self.eval(expr, scope).ok();
        self.diagnostics.0.truncate(before);
        out
    }

    fn special(
        &mut self,
        special: Special,
        function: &Function,
        expr: &Expr,
        call: &Call,
        arguments: &[Val],
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let first = arguments.first().cloned().unwrap_or(Val::NULL);
        match special {
            Special::Sensitive => Ok(first.mark(true)),
            Special::Nonsensitive => {
                let (value, marks) = first.unmark();
                Ok(value.clone().mark(Marks { sensitive: false, ..marks }))
            }
            // Whether what is not known will be sensitive is not known either.
            Special::IsSensitive => Ok(match &first {
                Val::Unknown(_) => Val::unknown(Ty::Bool),
                value => Val::Bool(value.unmark().1.sensitive),
            }),
            Special::EphemeralAsNull => Ok(first.ephemeral_as_null()),
            Special::TemplateFile | Special::TemplateString => {
                self.rendered(function, expr, call, arguments, scope)
            }
            Special::Try | Special::Can => Err(Failed),
        }
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
    if name.contains("::") {
        let summary = format!("`{name}` is no function: providers have none");
        return Some(Diagnostic::error(code::UNKNOWN_FUNCTION, summary).label(label));
    }
    let mut diagnostic =
        Diagnostic::error(code::UNKNOWN_FUNCTION, format!("no function is named `{name}`"))
            .label(label);
    if let Some(near) = nearest(name, functions::names()) {
        diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
    }
    Some(diagnostic)
}
