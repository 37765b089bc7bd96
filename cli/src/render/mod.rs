//! Plans for people and for programs.
//!
//! Writers emit text with a [`paint::Tone`]; only the painter knows what a tone looks like, so that
//! the same text comes with and without colour.

pub mod json;
pub mod paint;
mod phrases;
pub mod plan;
mod tree;

#[cfg(test)]
mod tests;
