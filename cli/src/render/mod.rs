//! Plans for people and for programs.

pub mod json;
pub mod plan;
