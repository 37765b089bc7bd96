//! Marathon's pod definitions (version 1.11), both directions, without IO.
//!
//! [`lift`] reads a definition as Marathon reads it: unions, defaults, enums without case, fields
//! that are swallowed; its errors have Marathon's own words and paths. [`lower`] writes a pod in
//! normal form as a definition. [`words::of`] says a podform rule in Marathon's words.
#![forbid(unsafe_code)]

mod at;
mod lift;
mod lower;
mod paths;
pub mod words;

pub use at::{Dropped, Fault, Stage};
pub use lift::{Lifted, lift};
pub use lower::lower;
pub use paths::marathon_path;
