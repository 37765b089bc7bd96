//! The order of values within sets, which is Terraform's.

use super::Val;
use crate::functions::general;
use std::cmp::Ordering;

impl Val {
    /// A total order of values of one type, which sets and `sort` use: text by code point, numbers by
    /// size, what is composed by its text; what is unknown and null come last.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let (a, b) = (self.unmark().0, other.unmark().0);
        match (a, b) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.cmp(b),
            (Self::String(a) | Self::Secret(a), Self::String(b) | Self::Secret(b)) => a.cmp(b),
            _ => a
                .rank()
                .cmp(&b.rank())
                .then_with(|| text_of(a).cmp(&text_of(b)))
                .then_with(|| a.by_parts(b)),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 1,
            Self::Number(_) => 2,
            Self::String(_) | Self::Secret(_) => 3,
            Self::Unknown(_) => 5,
            Self::Null(_) => 6,
            _ => 4,
        }
    }

    /// Tells values apart whose numbers are the same in ten digits.
    fn by_parts(&self, other: &Self) -> Ordering {
        match (self.items(), other.items(), self.entries(), other.entries()) {
            (Some(a), Some(b), ..) => ordered(a.iter(), b.iter()),
            (_, _, Some(a), Some(b)) => ordered(a.values(), b.values()),
            _ => Ordering::Equal,
        }
    }
}

fn ordered<'v>(a: impl Iterator<Item = &'v Val>, b: impl Iterator<Item = &'v Val>) -> Ordering {
    a.zip(b).map(|(a, b)| a.order(b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Sorts values of one type.
pub(super) fn sort(items: &mut [Val]) {
    let composed = |item: &Val| item.items().is_some() || item.entries().is_some();
    if items.iter().any(composed) {
        items.sort_by_cached_key(|item| (item.unmark().0.rank(), text_of(item)));
    }
    // Nearly sorted, if it was composed.
    items.sort_by(Val::order);
}

fn text_of(value: &Val) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

/// The text that orders composed values: no user sees it, but everyone sees the order.
fn write(out: &mut String, value: &Val) {
    match value.unmark().0 {
        Val::Null(_) => out.push('~'),
        Val::Unknown(_) => out.push('?'),
        Val::Bool(flag) => out.push(if *flag { 'T' } else { 'F' }),
        Val::Number(number) => out.push_str(&general(number, Some(10))),
        Val::String(text) | Val::Secret(text) => crate::console::quoted(out, text),
        Val::Tuple(items) => items_in(out, items, ['<', '>']),
        Val::List(items, _) | Val::Set(items, _) => items_in(out, items, ['[', ']']),
        Val::Object(entries) => {
            out.push('<');
            for entry in entries.values() {
                write(out, entry);
                out.push(';');
            }
            out.push('>');
        }
        Val::Map(entries, _) => {
            out.push('{');
            for (key, entry) in entries.iter() {
                crate::console::quoted(out, key);
                out.push(':');
                write(out, entry);
                out.push(';');
            }
            out.push('}');
        }
        Val::Sensitive(_) | Val::Ephemeral(_) => {}
    }
}

fn items_in(out: &mut String, items: &[Val], [open, close]: [char; 2]) {
    out.push(open);
    for item in items {
        write(out, item);
        out.push(';');
    }
    out.push(close);
}
