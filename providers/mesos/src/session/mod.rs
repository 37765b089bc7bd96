//! The apply session: the scheduler's state machine, and what drives it.

pub(crate) mod instance;
pub(crate) mod task;
