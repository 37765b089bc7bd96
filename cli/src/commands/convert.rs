//! `podform convert`

use crate::args::ConvertArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;

/// Turns Marathon pod definitions into HCL on stdout.
///
/// # Errors
/// A file cannot be read, or a definition cannot be converted.
pub fn run(context: &Context, args: &ConvertArgs) -> Result<Exit> {
    let converted = crate::convert::convert(&args.files);
    for (name, text) in &converted.sources {
        context.add_source(name, text);
    }
    if converted.diagnostics.has_errors() {
        return Err(Failure(converted.diagnostics));
    }
    context.report(&converted.diagnostics);
    context.answer(&converted.hcl)?;
    Ok(Exit::Ok)
}
