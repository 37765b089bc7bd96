//! `podform lsp`

use crate::args::LspArgs;
use crate::error::Result;
use crate::exit::Exit;

/// Serves an editor until it ends the session.
///
/// # Errors
/// None: whatever goes wrong is answered to the editor.
pub fn run(args: &LspArgs) -> Result<Exit> {
    // Relative to where it is started, not to the folder that is looked at.
    let here = std::env::current_dir().unwrap_or_default();
    let allowed = args.allow_path.iter().map(|path| here.join(path)).collect();
    Ok(crate::lsp::serve(allowed))
}
