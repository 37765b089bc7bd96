//! The functions of the language, Terraform's by name and result: one table.

mod collections;
mod encoding;
mod format;
mod numbers;
mod sets;
mod text;

use crate::value::{Ty, Val};
use std::collections::HashMap;
use std::sync::OnceLock;

pub(crate) use encoding::base64;

/// Why a function has no result.
pub(crate) struct Fault {
    /// The argument that is at fault, when it is one.
    pub(crate) argument: Option<usize>,
    pub(crate) message: String,
}

/// The result of a function.
pub(crate) type Outcome = Result<Val, Fault>;

/// A fault of one argument.
pub(crate) fn bad(argument: usize, message: impl Into<String>) -> Fault {
    Fault { argument: Some(argument), message: message.into() }
}

/// A fault of the call.
pub(crate) fn wrong(message: impl Into<String>) -> Fault {
    Fault { argument: None, message: message.into() }
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// Anything but null.
    Any,
    /// Anything.
    Nullable,
    Text,
    Number,
    /// A list, tuple or set.
    Items,
    /// A map or object.
    Entries,
}

/// Functions that need more than their arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Special {
    Try,
    Can,
    Sensitive,
    Nonsensitive,
    IsSensitive,
    EphemeralAsNull,
    Timestamp,
    File,
    FileBase64,
    FileExists,
}

/// One function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// How many of them must be given.
    pub(crate) required: usize,
    /// What any further argument is.
    pub(crate) more: Option<Parameter>,
    /// Whether marks and unknowns within the arguments pass through.
    pub(crate) keeps_marks: bool,
    /// The type of the result while it is unknown.
    pub(crate) result: Ty,
    pub(crate) special: Option<Special>,
    pub(crate) run: fn(&[Val]) -> Outcome,
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
        keeps_marks: false,
        result,
        special: None,
        run,
    }
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
        self
    }

    /// Marks and unknowns within the arguments pass through.
    pub(crate) fn keeps_marks(mut self) -> Self {
        self.keeps_marks = true;
        self
    }

    /// What the argument at a position is to be.
    pub(crate) fn parameter(&self, at: usize) -> Parameter {
        self.parameters.get(at).copied().or(self.more).unwrap_or(Parameter::Any)
    }

    /// What it takes, when this number of arguments is wrong.
    pub(crate) fn arity_fault(&self, given: usize) -> Option<String> {
        let most = if self.more.is_some() { usize::MAX } else { self.parameters.len() };
        if (self.required..=most).contains(&given) {
            return None;
        }
        let plural = |n: usize| if n == 1 { "argument" } else { "arguments" };
        Some(match (self.required, most) {
            (least, usize::MAX) => format!("at least {least} {}", plural(least)),
            (0, 0) => "no argument".into(),
            (least, most) if least == most => format!("{most} {}", plural(most)),
            (least, most) => format!("{least} to {most} arguments"),
        })
    }

    /// How it is written.
    pub(crate) fn usage(&self) -> String {
        let word = |parameter: &Parameter| match parameter {
            Parameter::Any | Parameter::Nullable => "value",
            Parameter::Text => "string",
            Parameter::Number => "number",
            Parameter::Items => "list",
            Parameter::Entries => "map",
        };
        let mut words: Vec<&str> = self.parameters.iter().map(word).collect();
        if self.more.is_some() {
            words.push("...");
        }
        format!("{}({})", self.name, words.join(", "))
    }
}

/// Functions of Terraform that a later release brings.
pub(crate) const LATER: &[&str] = &[
    "abspath",
    "basename",
    "bcrypt",
    "base64gzip",
    "base64sha256",
    "base64sha512",
    "cidrhost",
    "cidrnetmask",
    "cidrsubnet",
    "cidrsubnets",
    "csvdecode",
    "dirname",
    "filebase64sha256",
    "filebase64sha512",
    "filemd5",
    "fileset",
    "filesha1",
    "filesha256",
    "filesha512",
    "formatdate",
    "md5",
    "pathexpand",
    "plantimestamp",
    "rsadecrypt",
    "sha1",
    "sha256",
    "sha512",
    "templatefile",
    "templatestring",
    "textdecodebase64",
    "textencodebase64",
    "timeadd",
    "timecmp",
    "uuid",
    "uuidv5",
    "yamldecode",
    "yamlencode",
];

fn table() -> &'static HashMap<&'static str, Function> {
    static TABLE: OnceLock<HashMap<&'static str, Function>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut all = special();
        all.extend(numbers::all());
        all.extend(text::all());
        all.extend(collections::all());
        all.extend(sets::all());
        all.extend(encoding::all());
        all.extend(format::all());
        all.into_iter().map(|function| (function.name, function)).collect()
    })
}

fn special() -> Vec<Function> {
    let of = |name, parameters, result, special| Function {
        special: Some(special),
        ..function(name, parameters, result, |_| Err(wrong("it has no value")))
    };
    let one = &[Parameter::Nullable][..];
    vec![
        of("try", &[], Ty::Any, Special::Try).more(Parameter::Nullable),
        of("can", one, Ty::Bool, Special::Can),
        of("sensitive", one, Ty::Any, Special::Sensitive),
        of("nonsensitive", one, Ty::Any, Special::Nonsensitive),
        of("issensitive", one, Ty::Bool, Special::IsSensitive),
        of("ephemeralasnull", one, Ty::Any, Special::EphemeralAsNull),
        of("timestamp", &[], Ty::String, Special::Timestamp),
        of("file", one, Ty::String, Special::File),
        of("filebase64", one, Ty::String, Special::FileBase64),
        of("fileexists", one, Ty::Bool, Special::FileExists),
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
