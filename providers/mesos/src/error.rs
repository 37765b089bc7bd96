//! What goes wrong, and what the user is told of it.

use podform_mesos_client::Error as ClientError;
use podform_model::causes;
use podform_provider::{ErrorKind, ProviderError};

/// Why the provider cannot work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// `configure` was not called, or failed.
    #[error("the provider is not configured")]
    NotConfigured,
    /// The state holds what this provider did not write.
    #[error("the provider's data in the state cannot be read")]
    Private(#[source] serde_json::Error),
    /// The runtime for the network could not be started.
    #[error("the network runtime cannot be started")]
    Runtime(#[source] std::io::Error),
    /// Mesos could not be asked.
    #[error("Mesos cannot be asked")]
    Client(#[from] ClientError),
    /// A master's answer lacks what it must hold.
    #[error("the Mesos master's answer to {call} is empty")]
    Empty {
        /// The call.
        call: &'static str,
    },
    /// The state belongs to another cluster, or nothing of it may be seen.
    #[error("no recorded framework or agent is known to the Mesos master")]
    OtherCluster,
    /// Another run took over.
    #[error("another run of podform took the framework over")]
    Superseded,
    /// The master refused the framework.
    #[error("the Mesos master refused the framework: {0}")]
    Refused(String),
    /// The master was away for too long.
    #[error("the Mesos master was lost: {0}")]
    Lost(String),
    /// An intent could not be made durable.
    #[error("the run was stopped")]
    Stopped,
    /// The instance's agent is not known any more.
    #[error("the agent of instance `{0}` is not known to the master")]
    NoAgent(String),
}

impl Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotConfigured => ErrorKind::Plugin,
            Self::Private(_) | Self::Runtime(_) => ErrorKind::Config,
            Self::OtherCluster => ErrorKind::OtherCluster,
            Self::Superseded => ErrorKind::Superseded,
            Self::Stopped => ErrorKind::Cancelled,
            Self::Refused(_) | Self::Empty { .. } | Self::NoAgent(_) => ErrorKind::Refused,
            Self::Lost(_) => ErrorKind::Unreachable,
            Self::Client(error) => client_kind(error),
        }
    }

    fn help(&self) -> Option<&'static str> {
        match self {
            Self::OtherCluster => Some(
                "check `masters` and the permissions of the principal; if the cluster is gone for good, remove the pods with `podform state rm`",
            ),
            Self::Superseded => Some("let the other run end, then plan again"),
            Self::Client(ClientError::Unreachable { .. } | ClientError::NoLeader { .. }) => {
                Some("check `masters` in `provider \"mesos\"`, or add `-dev`")
            }
            Self::Client(ClientError::Unauthorized { .. }) => {
                Some("set `principal` and `secret_file`, or `token_file`, in `provider \"mesos\"`")
            }
            _ => None,
        }
    }
}

fn client_kind(error: &ClientError) -> ErrorKind {
    match error {
        ClientError::MasterUrl { .. } | ClientError::Http(_) => ErrorKind::Config,
        error if error.is_failed_over() => ErrorKind::Superseded,
        error if error.is_temporary() => ErrorKind::Unreachable,
        _ => ErrorKind::Refused,
    }
}

impl From<Error> for ProviderError {
    /// The error as it crosses the plugin's boundary: the message and the texts of its causes.
    fn from(error: Error) -> Self {
        let kind = error.kind();
        let mut out = match &error {
            // The client's own text says more than ours.
            Error::Client(client) => {
                let mut out = Self::new(kind, client.to_string());
                out.causes.extend(causes(client).map(ToString::to_string));
                out
            }
            error => {
                let mut out = Self::from_error(kind, error.to_string(), error);
                out.causes.remove(0);
                out
            }
        };
        out.help = error.help().map(str::to_owned);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_crosses_with_kind_causes_and_help() {
        let error: ProviderError = Error::OtherCluster.into();
        assert_eq!(error.kind, ErrorKind::OtherCluster);
        assert!(error.causes.is_empty() && error.help.is_some());
        let broken = serde_json::from_str::<u8>("x").unwrap_err();
        let error: ProviderError = Error::Private(broken).into();
        assert_eq!(error.causes.len(), 1);
        let over = ClientError::Subscription { message: "Framework failed over".into() };
        assert_eq!(ProviderError::from(Error::Client(over)).kind, ErrorKind::Superseded);
    }
}
