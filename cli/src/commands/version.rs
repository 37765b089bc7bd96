//! `podform version`

use crate::args::VersionArgs;
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use serde_json::json;

/// The version of this podform.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Shows the version of podform and those of the locked plugins.
///
/// # Errors
/// The lock file cannot be read.
pub fn run(context: &Context, args: &VersionArgs) -> Result<Exit> {
    let locked = crate::lockfile::read(context)?;
    if args.json || context.json {
        let selections: serde_json::Map<String, serde_json::Value> =
            locked.iter().map(|p| (p.name.clone(), p.version.clone().into())).collect();
        context.answer_json(&json!({
            "format_version": "1.0",
            "podform_version": VERSION,
            "platform": format!("{}_{}", std::env::consts::OS, std::env::consts::ARCH),
            "provider_selections": selections,
        }))?;
        return Ok(Exit::Ok);
    }
    let mut text =
        format!("podform v{VERSION}\non {}_{}\n", std::env::consts::OS, std::env::consts::ARCH);
    for provider in &locked {
        text.push_str(&format!("+ provider {} v{}\n", provider.name, provider.version));
    }
    context.answer(&text)?;
    Ok(Exit::Ok)
}
