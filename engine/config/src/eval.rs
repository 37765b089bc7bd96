//! The evaluator of expressions.
//!
//! Unknown and sensitive values travel as in Terraform; both results of a conditional have one
//! type; `&&` and `||` do not look at the right side when the left decides. Every fault has the
//! span of the sub-expression, and tells what the references in it are.

#[cfg(test)]
mod acceptance;
mod access;
mod call;
mod collections;
mod data;
pub(crate) mod explain;
mod module;
mod operators;
mod pick;
mod render;
mod template;

use crate::ir::{Expr, Kind, Name, Reference, Target};
use crate::marks::Marks;
use crate::modules::ModuleId;
use crate::source::Span;
use crate::types::{convert, unify};
use crate::value::{Entries, Ty, Val};
use crate::world::{Made, ROOT_ROOM, RoomId, Use, World};
use podform_model::path::Way;
use podform_model::{Diagnostic, Diagnostics, InstanceKey, code};

pub(crate) use call::unknown_function;
pub(crate) use operators::{equal, rounded};
pub(crate) use render::Templates;

/// That an expression has no value; why has been reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failed;

/// The value of an expression.
pub(crate) type Eval<T = Val> = Result<T, Failed>;

/// What is bound around an expression: the variables of `for`s, innermost first.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    pub(crate) name: &'s Name,
    pub(crate) value: &'s Val,
    pub(crate) outer: Option<&'s Self>,
}

/// Where the value of an operator's side comes from: the part of an expression that this span has.
#[derive(Clone, Copy)]
struct Operand<'e> {
    span: Span,
    of: &'e Expr,
}

/// The instance of a block that is evaluated.
#[derive(Debug, Clone, Default)]
pub(crate) struct Instance {
    pub(crate) key: Option<InstanceKey>,
    /// `each.value`.
    pub(crate) value: Option<Val>,
    /// `self`.
    pub(crate) own: Option<Val>,
}

/// Evaluates expressions and gathers what is found on the way.
pub(crate) struct Evaluator<'w> {
    pub(crate) world: &'w World<'w>,
    pub(crate) diagnostics: Diagnostics,
    /// The pods that were referred to.
    pub(crate) uses: Vec<Use>,
    /// The attribute that is being evaluated.
    pub(crate) from: Way<'static>,
    /// The instance of a module whose names are meant.
    pub(crate) room: RoomId,
    /// The module whose files may be read: a template reads in the name of who renders it.
    pub(crate) reads_as: ModuleId,
    pub(crate) instance: Instance,
    /// What the `dynamic` blocks around have bound, innermost last.
    pub(crate) iterators: Vec<(Name, Val)>,
    /// How many blocks `dynamic` blocks have made.
    pub(crate) made: usize,
    /// How often functions were given the time, files or randomness.
    draws: u64,
}

impl<'w> Evaluator<'w> {
    pub(crate) fn new(world: &'w World<'w>, room: RoomId) -> Self {
        Self {
            world,
            room,
            reads_as: world.room(room).module,
            diagnostics: Diagnostics::new(),
            uses: Vec::new(),
            from: Way::default(),
            instance: Instance::default(),
            iterators: Vec::new(),
            made: 0,
            draws: 0,
        }
    }

    /// The value of an expression outside of any `for`.
    pub(crate) fn value(&mut self, expr: &Expr) -> Eval {
        self.eval(expr, None)
    }

    pub(crate) fn eval(&mut self, expr: &Expr, scope: Option<&Scope<'_>>) -> Eval {
        match &expr.kind {
            Kind::Literal(value) => Ok(value.clone()),
            Kind::Paren(inner) => self.eval(inner, scope),
            Kind::Template(parts) => self.template(parts, scope),
            Kind::List(items) => self.list(items, scope),
            Kind::Object(entries) => self.object(entries, scope),
            Kind::Bound(name) => {
                bound(name, scope).or_else(|| self.iterator(name)).cloned().ok_or(Failed)
            }
            Kind::Reference(reference) => self.reference(expr, reference, scope),
            Kind::Access(access) => {
                let value = self.eval(&access.of, scope)?;
                self.steps(value, access.of.span, &access.steps, scope)
            }
            Kind::Conditional(parts) => self.conditional(expr, parts, scope),
            Kind::Call(call) => self.call(expr, call, scope),
            Kind::Not(inner) => self.not(inner, scope),
            Kind::Negate(inner) => self.negate(inner, scope),
            Kind::Binary(binary) => self.binary(expr, binary, scope),
            Kind::For(looped) => self.for_expr(looped, scope),
            Kind::Broken => Err(Failed),
        }
    }

    /// What a `dynamic` block around has bound to a name.
    fn iterator(&self, name: &Name) -> Option<&Val> {
        self.iterators.iter().rev().find(|(bound, _)| bound == name).map(|(_, value)| value)
    }

    fn list(&mut self, items: &[Expr], scope: Option<&Scope<'_>>) -> Eval {
        // All items are evaluated, so that each fault is found in one run.
        let values: Vec<Eval> = items.iter().map(|item| self.eval(item, scope)).collect();
        values.into_iter().collect::<Eval<Vec<Val>>>().map(Val::tuple)
    }

    fn object(&mut self, entries: &[crate::ir::Entry], scope: Option<&Scope<'_>>) -> Eval {
        let mut out = Entries::new();
        let mut failed = false;
        let mut unknown = false;
        let mut marks = Marks::default();
        for entry in entries {
            let key = self.object_key(&entry.key, scope);
            let value = self.eval(&entry.value, scope);
            match (key, value) {
                (Ok((Some(key), marked)), Ok(value)) => {
                    marks |= marked;
                    out.insert(key, value);
                }
                (Ok((None, _)), Ok(_)) => unknown = true,
                _ => failed = true,
            }
        }
        match (failed, unknown) {
            (true, _) => Err(Failed),
            (_, true) => Ok(Val::unknown(Ty::Any).mark(marks)),
            _ => Ok(Val::object(out).mark(marks)),
        }
    }

    /// A key of an object, `None` when it is unknown; and whether it is sensitive.
    pub(crate) fn object_key(
        &mut self,
        expr: &Expr,
        scope: Option<&Scope<'_>>,
    ) -> Eval<(Option<Name>, Marks)> {
        let value = self.eval(expr, scope)?;
        let (inner, marked) = value.unmark();
        match inner {
            Val::Unknown(_) => Ok((None, marked)),
            Val::Null(_) => Err(self.fault(expr, scope, "a key must not be null", "this is null")),
            Val::Secret(_) => Err(self.fault(
                expr,
                scope,
                "a key cannot be a secret reference",
                "a secret reference",
            )),
            other => match crate::types::to_text(other) {
                Some(Val::String(text)) => Ok((Some(text), marked)),
                _ => Err(self.fault(
                    expr,
                    scope,
                    format!("a key must be a string, found {}", other.kind()),
                    format!("this is {}", other.kind()),
                )),
            },
        }
    }

    fn reference(&mut self, expr: &Expr, reference: &Reference, scope: Option<&Scope<'_>>) -> Eval {
        let value = match &reference.target {
            Target::Variable(name) => {
                let made = self.world.variable(self.room, name).ok_or(Failed)?;
                self.made(made)
            }
            Target::Local(name) => {
                let made = self.world.local(self.room, name).ok_or(Failed)?;
                self.made(made)
            }
            Target::Module(name) => return self.module(name, reference, scope),
            Target::Data(name) => return self.data(name, reference, scope),
            Target::Pod(name) => match self.lifted_pod(name) {
                Some(whole) => whole,
                None => return self.pod(name, reference, scope),
            },
            Target::Each { key: true } => match &self.instance.key {
                Some(InstanceKey::Name(name)) => Val::string(name),
                _ => return Err(Failed),
            },
            Target::Each { key: false } => self.instance.value.clone().ok_or(Failed)?,
            Target::CountIndex => match &self.instance.key {
                Some(InstanceKey::Index(index)) => Val::Number((*index).into()),
                _ => return Err(Failed),
            },
            Target::Own => self.instance.own.clone().ok_or(Failed)?,
            Target::Path(name) => self.path(name, expr, scope)?,
            Target::Podform(_) => Val::String("default".into()),
            Target::Secret(name) => Val::Secret(name.clone()),
            Target::Nothing(root) => {
                let lifted = self.world.lifted.and_then(|lifted| lifted.roots.get(&**root));
                lifted.cloned().ok_or(Failed)?
            }
        };
        self.steps(value, reference.span, &reference.steps, scope)
    }

    /// A folder: relative to that of the root module, or the absolute one that podform was started
    /// in.
    fn path(&mut self, name: &Name, expr: &Expr, scope: Option<&Scope<'_>>) -> Eval {
        Ok(Val::String(match &**name {
            "module" => self.world.module(self.room).folder.clone(),
            "cwd" => match self.world.inputs.files.started_in() {
                Ok(folder) => folder.into(),
                Err(why) => {
                    let summary = format!("`path.cwd` has no value: {why}");
                    return Err(self.fault(expr, scope, summary, ""));
                }
            },
            _ => self.world.configuration.root().folder.clone(),
        }))
    }

    /// A pod as a test sees it: whole.
    fn lifted_pod(&self, name: &Name) -> Option<Val> {
        let lifted = self.world.lifted.filter(|_| self.room == ROOT_ROOM)?;
        lifted.pods.get(name).cloned()
    }

    /// A value that was made before, with what it was made from.
    fn made(&mut self, made: &Made) -> Val {
        if !made.uses.is_empty() {
            let from = self.from.path();
            self.uses.extend(made.uses.iter().map(|used| used.of(&from)));
        }
        made.value.clone()
    }

    fn conditional(&mut self, expr: &Expr, parts: &[Expr; 3], scope: Option<&Scope<'_>>) -> Eval {
        let [condition, yes, no] = parts;
        let (decision, marked) = self.condition(condition, scope)?;
        let Some(decision) = decision else {
            // A branch that has no value may be the one that will not be taken.
            let values = [yes, no].map(|of| self.attempt(of, scope));
            let [Some(yes), Some(no)] = values else {
                return Ok(Val::unknown(Ty::Any).mark(marked));
            };
            let ty = self.shared_type(expr, &yes, &no)?;
            let marks = marked | yes.unmark().1 | no.unmark().1;
            let same = convert(&yes, &ty).ok().filter(|yes| convert(&no, &ty).as_ref() == Ok(yes));
            return Ok(same.unwrap_or_else(|| Val::unknown(ty)).mark(marks));
        };
        let (chosen, other) = if decision { (yes, no) } else { (no, yes) };
        let value = self.eval(chosen, scope)?;
        // The branch that is not taken gives its type and marks; its faults do not matter.
        let Some(other) = self.quietly(|evaluator| evaluator.eval(other, scope)) else {
            return Ok(value.mark(marked));
        };
        let marked = marked | other.unmark().1;
        let (first, second) = if decision { (&value, &other) } else { (&other, &value) };
        let ty = self.shared_type(expr, first, second)?;
        if value.ty() == ty {
            return Ok(value.mark(marked));
        }
        let converted = convert(&value, &ty)
            .map_err(|message| self.fault(chosen, scope, message, "the result of a conditional"))?;
        Ok(converted.mark(marked))
    }

    fn shared_type(&mut self, expr: &Expr, yes: &Val, no: &Val) -> Eval<Ty> {
        // A null takes the type of the other; what that of an unknown will be is not known.
        let (first, second) = match (yes.unmark().0, no.unmark().0) {
            (Val::Null(Ty::Any), _) => return Ok(no.ty()),
            (_, Val::Null(Ty::Any)) => return Ok(yes.ty()),
            (Val::Unknown(Ty::Any), _) | (_, Val::Unknown(Ty::Any)) => return Ok(Ty::Any),
            (yes, no) => (yes.ty(), no.ty()),
        };
        unify(&first, &second).ok_or_else(|| {
            let (first, second) = (first.text(), second.text());
            self.report(
                expr.span,
                "both results of a conditional must have one type",
                format!("`{first}` when true, `{second}` when false"),
            )
        })
    }

    /// A known decision or `None`, and whether it is sensitive.
    pub(crate) fn condition(
        &mut self,
        expr: &Expr,
        scope: Option<&Scope<'_>>,
    ) -> Eval<(Option<bool>, Marks)> {
        let value = self.eval(expr, scope)?;
        self.truth(&value, Operand { span: expr.span, of: expr }, scope)
    }

    /// What a value decides.
    fn truth(
        &mut self,
        value: &Val,
        operand: Operand<'_>,
        scope: Option<&Scope<'_>>,
    ) -> Eval<(Option<bool>, Marks)> {
        let (inner, marked) = value.unmark();
        match convert(inner, &Ty::Bool) {
            Ok(Val::Bool(flag)) => Ok((Some(flag), marked)),
            Ok(Val::Unknown(_)) => Ok((None, marked)),
            Ok(_) => {
                Err(self.fault_in(operand, scope, "a condition must not be null", "this is null"))
            }
            Err(_) if marked.any() => {
                let summary = "a condition must be true or false";
                Err(self.fault_in(operand, scope, summary, "sensitive"))
            }
            Err(message) => {
                let summary = format!("a condition must be true or false: {message}");
                Err(self.fault_in(operand, scope, summary, ""))
            }
        }
    }

    /// Evaluates without reporting: what is found is dropped.
    pub(crate) fn quietly<T>(&mut self, run: impl FnOnce(&mut Self) -> Eval<T>) -> Option<T> {
        let diagnostics = self.diagnostics.0.len();
        let uses = self.uses.len();
        let out = run(self).ok();
        self.diagnostics.0.truncate(diagnostics);
        self.uses.truncate(uses);
        out
    }

    /// Reports a fault of an expression, with what its references are.
    pub(crate) fn fault(
        &mut self,
        expr: &Expr,
        scope: Option<&Scope<'_>>,
        summary: impl Into<String>,
        label: impl Into<String>,
    ) -> Failed {
        self.fault_in(Operand { span: expr.span, of: expr }, scope, summary, label)
    }

    fn fault_in(
        &mut self,
        operand: Operand<'_>,
        scope: Option<&Scope<'_>>,
        summary: impl Into<String>,
        label: impl Into<String>,
    ) -> Failed {
        let mut diagnostic = Diagnostic::error(code::EVALUATION, summary)
            .label(self.world.sources.label(operand.span, label));
        if let Some(detail) = self.explain(operand, scope) {
            diagnostic = diagnostic.detail(detail);
        }
        self.push(diagnostic)
    }

    /// Reports a fault at a place.
    pub(crate) fn report(
        &mut self,
        span: Span,
        summary: impl Into<String>,
        label: impl Into<String>,
    ) -> Failed {
        let label = self.world.sources.label(span, label);
        self.push(Diagnostic::error(code::EVALUATION, summary).label(label))
    }

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) -> Failed {
        self.diagnostics.push(diagnostic);
        Failed
    }
}

/// The value that a `for` around has bound to a name.
pub(crate) fn bound<'s>(name: &Name, scope: Option<&Scope<'s>>) -> Option<&'s Val> {
    let mut at = scope.copied();
    while let Some(here) = at {
        if here.name == name {
            return Some(here.value);
        }
        at = here.outer.copied();
    }
    None
}
