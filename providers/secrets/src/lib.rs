//! Clients of secret stores.
