//! Arithmetic, comparison and logic.

use super::{Eval, Evaluator, Operand, Scope};
use crate::ir::{Binary, Expr, Operator};
use crate::marks::Marks;
use crate::types::{convert, is_whole};
use crate::value::{Ty, Val};
use bigdecimal::{BigDecimal, Zero};
use podform_model::Number;

/// The most digits that a number may have.
const MAX_DIGITS: u64 = 4096;
/// What a fraction is rounded to after an operation, so that `1 / 3 * 3` is 1.
const FRACTION_DIGITS: u64 = 96;

impl Evaluator<'_> {
    pub(super) fn not(&mut self, inner: &Expr, scope: Option<&Scope<'_>>) -> Eval {
        let (decision, marked) = self.condition(inner, scope)?;
        Ok(decision.map_or_else(|| Val::unknown(Ty::Bool), |flag| Val::Bool(!flag)).mark(marked))
    }

    pub(super) fn negate(&mut self, inner: &Expr, scope: Option<&Scope<'_>>) -> Eval {
        let (number, marked) = self.number(inner, scope)?;
        Ok(match number {
            Some(number) => Val::Number(Number::new(-number.decimal())),
            None => Val::unknown(Ty::Number),
        }
        .mark(marked))
    }

    /// A chain of operators of one level, from left to right.
    pub(super) fn binary(
        &mut self,
        expr: &Expr,
        binary: &Binary,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let mut left = self.eval(&binary.first, scope);
        let mut before = binary.first.span;
        for (operator, right) in &binary.rest {
            let so_far = Operand { span: before, of: expr };
            left = match operator {
                Operator::And => self.logic(left, so_far, right, false, scope),
                Operator::Or => self.logic(left, so_far, right, true, scope),
                Operator::Equal => self.equality(left, right, true, scope),
                Operator::NotEqual => self.equality(left, right, false, scope),
                _ => self.arithmetic(*operator, left, so_far, right, scope),
            };
            before = before.to(right.span);
        }
        left
    }

    /// `deciding` is the value of the left side that makes the right side not matter.
    fn logic(
        &mut self,
        left: Eval,
        so_far: Operand<'_>,
        right: &Expr,
        deciding: bool,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let (left, marked) = self.truth(&left?, so_far, scope)?;
        if left == Some(deciding) {
            return Ok(Val::Bool(deciding).mark(marked));
        }
        let (right, also) = self.condition(right, scope)?;
        let value = match (left, right) {
            (_, Some(right)) if right == deciding => Val::Bool(deciding),
            (Some(_), Some(right)) => Val::Bool(right),
            _ => Val::unknown(Ty::Bool),
        };
        Ok(value.mark(marked | also))
    }

    fn equality(
        &mut self,
        left: Eval,
        right: &Expr,
        wanted: bool,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let right = self.eval(right, scope);
        let ((left, a), (right, b)) = (left?.unmark_deep(), right?.unmark_deep());
        let value = match equal(&left, &right) {
            Some(same) => Val::Bool(same == wanted),
            None => Val::unknown(Ty::Bool),
        };
        Ok(value.mark(a | b))
    }

    fn arithmetic(
        &mut self,
        operator: Operator,
        left: Eval,
        so_far: Operand<'_>,
        right: &Expr,
        scope: Option<&Scope<'_>>,
    ) -> Eval {
        let left = left.and_then(|value| self.numeric(&value, so_far, scope));
        let whole = Operand { span: so_far.span.to(right.span), ..so_far };
        let right = self.number(right, scope);
        let ((left, a), (right, b)) = (left?, right?);
        let comparison = matches!(
            operator,
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual
        );
        let (Some(left), Some(right)) = (left, right) else {
            let ty = if comparison { Ty::Bool } else { Ty::Number };
            return Ok(Val::unknown(ty).mark(a | b));
        };
        let value = match operator {
            Operator::Less => Val::Bool(left < right),
            Operator::LessEqual => Val::Bool(left <= right),
            Operator::Greater => Val::Bool(left > right),
            Operator::GreaterEqual => Val::Bool(left >= right),
            operator => match calculate(operator, &left, &right) {
                Ok(number) => Val::Number(number),
                Err(message) => return Err(self.fault_in(whole, scope, message, "")),
            },
        };
        Ok(value.mark(a | b))
    }

    /// A known number or `None`, and whether it is sensitive.
    fn number(&mut self, expr: &Expr, scope: Option<&Scope<'_>>) -> Eval<(Option<Number>, Marks)> {
        let value = self.eval(expr, scope)?;
        self.numeric(&value, Operand { span: expr.span, of: expr }, scope)
    }

    fn numeric(
        &mut self,
        value: &Val,
        operand: Operand<'_>,
        scope: Option<&Scope<'_>>,
    ) -> Eval<(Option<Number>, Marks)> {
        let (inner, marked) = value.unmark();
        match convert(inner, &Ty::Number) {
            Ok(Val::Number(number)) => Ok((Some(number), marked)),
            Ok(Val::Unknown(_)) => Ok((None, marked)),
            Ok(_) => {
                Err(self.fault_in(operand, scope, "a number must not be null", "this is null"))
            }
            Err(message) => {
                // The text of a sensitive value must not be told.
                let message = if marked.any() { "expected a number".to_owned() } else { message };
                Err(self.fault_in(operand, scope, message, ""))
            }
        }
    }
}

/// Whether two unmarked values are equal, `None` when that is not known. Values of different
/// types are not equal: `1 == "1"` is false. But null is null.
pub(crate) fn equal(left: &Val, right: &Val) -> Option<bool> {
    match (left, right) {
        (Val::Null(_), Val::Null(_)) => Some(true),
        // It may turn out to be null.
        (Val::Unknown(_), Val::Unknown(_) | Val::Null(_)) | (Val::Null(_), Val::Unknown(_)) => None,
        _ => same(left, right),
    }
}

/// That what is unknown is not equal to another value, because their types are known in full and
/// not the same.
fn distinct(unknown: &Ty, other: &Val) -> Option<bool> {
    let open = other.has_unknown() || other.has_secret();
    let known = is_whole(unknown) && (!open || is_whole(&other.ty()));
    (known && *unknown != other.ty()).then_some(false)
}

/// Whether two values are equal, within others of one type.
fn same(left: &Val, right: &Val) -> Option<bool> {
    match (left, right) {
        (Val::Unknown(ty), other) | (other, Val::Unknown(ty)) => distinct(ty, other),
        (Val::List(_, a), Val::List(_, b))
        | (Val::Set(_, a), Val::Set(_, b))
        | (Val::Map(_, a), Val::Map(_, b))
            if a != b =>
        {
            Some(false)
        }
        (Val::Tuple(a), Val::Tuple(b))
        | (Val::List(a, _), Val::List(b, _))
        | (Val::Set(a, _), Val::Set(b, _)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            all_equal(a.iter().zip(b.iter()))
        }
        (Val::Object(a), Val::Object(b)) | (Val::Map(a, _), Val::Map(b, _)) => {
            if !a.keys().eq(b.keys()) {
                return Some(false);
            }
            all_equal(a.values().zip(b.values()))
        }
        (a, b) => Some(a == b),
    }
}

fn all_equal<'a>(pairs: impl Iterator<Item = (&'a Val, &'a Val)>) -> Option<bool> {
    let mut known = true;
    for (a, b) in pairs {
        match same(a, b) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = false,
        }
    }
    known.then_some(true)
}

/// `+ - * / %`, exactly; a quotient has 100 digits.
///
/// # Errors
/// A division by zero, a result with too many digits.
pub(crate) fn calculate(operator: Operator, a: &Number, b: &Number) -> Result<Number, String> {
    let (x, y) = (a.decimal(), b.decimal());
    if digits(&x) + digits(&y) > 2 * MAX_DIGITS {
        return Err("a number must have at most 4096 digits".into());
    }
    let result = match operator {
        Operator::Add => x + y,
        Operator::Subtract => x - y,
        Operator::Multiply => x * y,
        Operator::Divide if y.is_zero() => return Err("division by zero".into()),
        // Its digits beyond those of other results make `1 / 3 * 3` round to 1.
        Operator::Divide => return Ok(Number::new(x / y)),
        // As Terraform: the remainder of a division by zero is the number itself.
        Operator::Modulo if y.is_zero() => x.clone(),
        _ => x % y,
    };
    rounded(result)
}

/// The number, a long fraction rounded.
///
/// # Errors
/// Too many digits.
pub(crate) fn rounded(value: BigDecimal) -> Result<Number, String> {
    let value = if value.digits() > FRACTION_DIGITS && !value.is_integer() {
        value.with_prec(FRACTION_DIGITS)
    } else {
        value
    };
    if digits(&value) > MAX_DIGITS {
        return Err("a number must have at most 4096 digits".into());
    }
    Ok(Number::new(value))
}

/// The digits before and after the point.
fn digits(value: &BigDecimal) -> u64 {
    value.digits() + value.fractional_digit_count().unsigned_abs()
}
