//! HCL text to configuration to desired pods, and values to HCL text.
#![forbid(unsafe_code)]

pub mod write;
