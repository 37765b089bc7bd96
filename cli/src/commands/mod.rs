//! The commands, one file each: `run` does it and says how it ended.

pub mod apply;
pub mod completion;
pub mod console;
pub mod convert;
pub mod dev;
pub mod docs;
pub mod explain;
pub mod fmt;
pub mod force_unlock;
pub mod graph;
pub mod init;
pub mod logs;
pub mod lsp;
pub mod output;
pub mod plan;
pub mod providers;
pub mod show;
pub mod state;
pub mod status;
pub mod test;
pub mod validate;
pub mod version;
