//! `podform lsp`

use crate::error::Result;
use crate::exit::Exit;

/// Serves an editor until it ends the session.
///
/// # Errors
/// None: whatever goes wrong is answered to the editor.
pub fn run() -> Result<Exit> {
    Ok(crate::lsp::serve())
}
