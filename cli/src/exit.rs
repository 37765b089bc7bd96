//! The exit codes, in one place.

/// What a run says to the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done.
    Ok = 0,
    /// Something failed, or was refused, or the user said no.
    Error = 1,
    /// With `-detailed-exitcode`: the plan has changes.
    Changes = 2,
    /// No command was given: the help was shown.
    NoCommand = 127,
}
