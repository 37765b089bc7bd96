//! Plain text for people: values as HCL, tables, recorded pods.

pub mod state;
pub mod table;
pub mod value;
