//! Clients of secret stores: a file, the environment, Vault and OpenBao.
//!
//! Values live in buffers that are overwritten when they are dropped; no error, `Debug` or log shows one.
#![forbid(unsafe_code)]

mod environment;
mod error;
mod file;
mod reference;
mod settings;
mod store;
mod stores;
mod vault;

pub use error::Error;
pub use reference::Reference;
pub use store::{Found, Look, SecretValue, Store};
pub use stores::{Digest, KINDS, Resolved, SecretStores};
