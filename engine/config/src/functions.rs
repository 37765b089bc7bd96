//! The functions of the language, Terraform's by name and result: one table.

mod ciphers;
mod collections;
mod csv;
mod dates;
mod encoding;
mod files;
mod format;
mod hashes;
mod json;
mod lists;
mod networks;
mod numbers;
mod parameter;
mod pattern;
mod sets;
mod text;
mod time;
mod yaml;
mod yaml_write;

#[cfg(test)]
mod tests;

use crate::inputs::Inputs;
use crate::value::{Ty, Val};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::OnceLock;

pub(crate) use files::{read as read_file, text as file_text};
pub(crate) use format::general;
pub(crate) use parameter::Parameter;

/// The longest text that a function makes or reads from a file, in bytes.
pub const MAX_TEXT: usize = 64 * 1024 * 1024;
/// The most items that a function makes.
pub(crate) const MAX_ITEMS: usize = 1_000_000;

/// Why a function has no result.
#[derive(Debug)]
pub(crate) struct Fault {
    /// The argument that is at fault, when it is one.
    pub(crate) argument: Option<usize>,
    pub(crate) message: String,
    /// What the user can do when a file may not be read.
    pub(crate) refused: Option<String>,
}

/// The result of a function.
pub(crate) type Outcome = Result<Val, Fault>;

/// A fault of one argument.
pub(crate) fn bad(argument: usize, message: impl Into<String>) -> Fault {
    Fault { argument: Some(argument), message: message.into(), refused: None }
}

/// A fault of the call.
pub(crate) fn wrong(message: impl Into<String>) -> Fault {
    Fault { argument: None, message: message.into(), refused: None }
}

/// Refuses a text that is too long before it is made.
pub(crate) fn check_size(bytes: usize) -> Result<(), Fault> {
    if bytes <= MAX_TEXT { Ok(()) } else { Err(wrong("the result has more than 64 MiB")) }
}

/// Refuses a list that is too long before it is made.
pub(crate) fn check_count(items: usize) -> Result<(), Fault> {
    if items <= MAX_ITEMS { Ok(()) } else { Err(wrong("the result has more than 1000000 items")) }
}

/// Functions that the evaluator itself carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    Try,
    Can,
    Sensitive,
    Nonsensitive,
    IsSensitive,
    EphemeralAsNull,
    TemplateFile,
    TemplateString,
}

/// What the world gives to the functions that need more than their arguments.
pub(crate) struct Outside<'a> {
    pub(crate) inputs: &'a Inputs<'a>,
    /// Tells this call from all others of the run.
    pub(crate) call: String,
    /// The downloaded module that calls.
    pub(crate) downloaded: Option<Downloaded<'a>>,
}

/// A downloaded module: what it may look at.
pub(crate) struct Downloaded<'a> {
    /// Its place in the configuration, `module.a.module.b`.
    pub(crate) name: String,
    /// The folder of its package, and that of the root module.
    pub(crate) folders: [&'a str; 2],
}

impl Outside<'_> {
    /// Bytes that are the same whenever this call of this run is evaluated; `None` while planning.
    pub(crate) fn random(&self) -> Option<[u8; 16]> {
        let seed = self.inputs.applying.as_ref()?.seed;
        let digest = Sha256::new().chain_update(seed).chain_update(&self.call).finalize();
        digest.first_chunk().copied()
    }
}

/// What arguments, of which some are unknown, tell of the type of the result.
pub(crate) type Typed = fn(&[Val]) -> Result<Ty, Fault>;

/// How a function comes to its result.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// From the arguments alone.
    Pure(fn(&[Val]) -> Outcome),
    /// With files, the time or randomness.
    Outside(fn(&Outside<'_>, &[Val]) -> Outcome),
    Special(Special),
}

/// What a function makes of marks and unknowns within its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    /// Any of them is one of the whole result.
    Spread,
    /// Marks are of the whole result; the function itself looks at unknowns.
    Unknowns,
    /// They pass through with the values.
    Keep,
}

/// One function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// How many of them must be given.
    pub(crate) required: usize,
    /// What any further argument is.
    pub(crate) more: Option<Parameter>,
    /// The most arguments, when there may be more than the parameters.
    pub(crate) most: usize,
    pub(crate) within: Within,
    /// The type of the result, as far as it does not depend on the arguments.
    pub(crate) result: Ty,
    typed: Option<Typed>,
    pub(crate) run: Run,
}

/// A function with these parameters, all required.
pub(crate) fn function(
    name: &'static str,
    parameters: &'static [Parameter],
    result: Ty,
    run: fn(&[Val]) -> Outcome,
) -> Function {
    Function {
        name,
        parameters,
        required: parameters.len(),
        more: None,
        most: parameters.len(),
        within: Within::Spread,
        result,
        typed: None,
        run: Run::Pure(run),
    }
}

/// A function that needs files, the time or randomness.
fn outside(
    name: &'static str,
    parameters: &'static [Parameter],
    result: Ty,
    run: fn(&Outside<'_>, &[Val]) -> Outcome,
) -> Function {
    let none: fn(&[Val]) -> Outcome = |_| Ok(Val::NULL);
    Function { run: Run::Outside(run), ..function(name, parameters, result, none) }
}

impl Function {
    /// The last `count` parameters may be left out.
    pub(crate) fn optional(mut self, count: usize) -> Self {
        self.required = self.required.saturating_sub(count);
        self
    }

    /// Any number of further arguments.
    pub(crate) fn more(mut self, parameter: Parameter) -> Self {
        self.more = Some(parameter);
        self.most = usize::MAX;
        self
    }

    /// Marks and unknowns within the arguments pass through.
    pub(crate) fn keeps_marks(mut self) -> Self {
        self.within = Within::Keep;
        self
    }

    /// The function itself looks at unknowns within the arguments.
    pub(crate) fn sees_unknowns(mut self) -> Self {
        self.within = Within::Unknowns;
        self
    }

    /// What the argument at a position is to be.
    pub(crate) fn parameter(&self, at: usize) -> Parameter {
        self.parameters.get(at).copied().or(self.more).unwrap_or(Parameter::Any)
    }

    /// What it takes, when this number of arguments is wrong.
    pub(crate) fn arity_fault(&self, given: usize) -> Option<String> {
        if (self.required..=self.most).contains(&given) {
            return None;
        }
        let plural = |n: usize| if n == 1 { "argument" } else { "arguments" };
        Some(match (self.required, self.most) {
            (least, usize::MAX) => format!("at least {least} {}", plural(least)),
            (0, 0) => "no argument".into(),
            (least, most) if least == most => format!("{most} {}", plural(most)),
            (least, most) => format!("{least} to {most} arguments"),
        })
    }

    /// What the arguments tell of the type while the result is unknown.
    pub(crate) fn typed(mut self, typed: Typed) -> Self {
        self.typed = Some(typed);
        self
    }

    /// The type of the result while it is unknown.
    ///
    /// # Errors
    /// Why there will be none, whatever is unknown now.
    pub(crate) fn unknown(&self, arguments: &[Val]) -> Result<Ty, Fault> {
        self.typed.map_or_else(|| Ok(self.result.clone()), |typed| typed(arguments))
    }

    /// How it is written.
    pub(crate) fn usage(&self) -> String {
        let mut words: Vec<&str> = self.parameters.iter().map(|p| p.word()).collect();
        if self.more.is_some() {
            words.push("...");
        }
        format!("{}({})", self.name, words.join(", "))
    }
}

fn table() -> &'static HashMap<&'static str, Function> {
    static TABLE: OnceLock<HashMap<&'static str, Function>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut all = special();
        all.extend(numbers::all());
        all.extend(text::all());
        all.extend(collections::all());
        all.extend(lists::all());
        all.extend(sets::all());
        all.extend(encoding::all());
        all.extend(json::all());
        all.extend(yaml::all());
        all.extend(csv::all());
        all.extend(hashes::all());
        all.extend(ciphers::all());
        all.extend(networks::all());
        all.extend(time::all());
        all.extend(files::all());
        all.extend(format::all());
        all.into_iter().map(|function| (function.name, function)).collect()
    })
}

fn special() -> Vec<Function> {
    let of = |name, parameters, result, special| {
        let none: fn(&[Val]) -> Outcome = |_| Ok(Val::NULL);
        let base = function(name, parameters, result, none);
        Function { run: Run::Special(special), within: Within::Keep, ..base }
    };
    let one = &[Parameter::Nullable][..];
    let file = &[Parameter::Text, Parameter::Entries][..];
    let text = &[Parameter::Nullable, Parameter::Entries][..];
    vec![
        of("try", &[], Ty::Any, Special::Try).more(Parameter::Nullable),
        of("can", one, Ty::Bool, Special::Can),
        of("sensitive", one, Ty::Any, Special::Sensitive),
        of("nonsensitive", one, Ty::Any, Special::Nonsensitive),
        of("issensitive", one, Ty::Bool, Special::IsSensitive),
        of("ephemeralasnull", one, Ty::Any, Special::EphemeralAsNull),
        of("templatefile", file, Ty::Any, Special::TemplateFile),
        of("templatestring", text, Ty::String, Special::TemplateString),
    ]
}

/// The function of this name; `core::NAME` is the same.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    table().get(name.strip_prefix("core::").unwrap_or(name))
}

/// The names of all functions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let mut names: Vec<&'static str> = table().keys().copied().collect();
    names.sort_unstable();
    names.into_iter()
}
