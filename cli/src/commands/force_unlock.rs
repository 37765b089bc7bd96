//! `podform force-unlock`

use crate::args::ForceUnlockArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::exit::Exit;
use crate::setup::{recorded_path, state_failure};
use podform_model::code;
use podform_state::Store;

/// Takes the lock of the state away from its holder.
///
/// # Errors
/// There is no lock, or it has another id, or the user says no.
pub fn run(context: &Context, args: &ForceUnlockArgs) -> Result<Exit> {
    let path = recorded_path(context)?;
    if !args.force {
        let answer = context.ask(
            "Do you really want to remove the lock? If its holder still runs, two runs may then write the state.\n  Only `yes` will be accepted: ",
        );
        match answer.as_deref() {
            Some("yes") => {}
            Some(_) => return Err(Failure::new(code::CLI_CANCELLED, "the lock was left as it is")),
            None => {
                return Err(
                    Failure::new(code::CLI_USAGE, "there is nobody to ask").help("add `-force`")
                );
            }
        }
    }
    Store::force_unlock(&path, &args.id).map_err(|error| state_failure(&error))?;
    context.say("The lock was removed.");
    Ok(Exit::Ok)
}
