//! Why the engine stops.

use podform_model::{Diagnostics, ProviderRef};
use podform_provider::ProviderError;

/// A failure of planning or applying.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is wrong; nothing was changed.
    #[error("the input is wrong")]
    Input(Diagnostics),
    /// A provider's call failed.
    #[error("provider `{provider}` failed")]
    Provider {
        /// The provider.
        provider: ProviderRef,
        /// Its failure.
        #[source]
        source: Box<ProviderError>,
    },
    /// The state could not be read or written.
    #[error("the state failed")]
    State(#[from] podform_state::Error),
}

impl Error {
    /// A provider's failure.
    pub(crate) fn provider(provider: &ProviderRef, source: ProviderError) -> Self {
        Self::Provider { provider: provider.clone(), source: Box::new(source) }
    }
}

impl From<Diagnostics> for Error {
    fn from(diagnostics: Diagnostics) -> Self {
        Self::Input(diagnostics)
    }
}
