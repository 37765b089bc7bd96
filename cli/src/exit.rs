//! The exit codes, in one place.

/// What a run says to the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for was done.
    Ok = 0,
    /// Something failed, or was refused, or the user said no.
    Error = 1,
    /// With `-detailed-exitcode`: the plan has changes. With `fmt`: a file cannot be read.
    Changes = 2,
    /// With `fmt -check`: a file is not in canonical style.
    Unformatted = 3,
    /// No command was given: the help was shown.
    NoCommand = 127,
}

/// Leaves a value to the end of the process, when all memory is given back at once. To take the
/// state and the plan of many pods apart before was a seventh of podform's part of a plan.
pub fn leave<T>(value: T) {
    std::mem::forget(value);
}
