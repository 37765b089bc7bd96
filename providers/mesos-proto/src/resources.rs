//! Arithmetic of resources.
