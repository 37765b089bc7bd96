//! Why Mesos could not be asked, or refused.

use podform_mesos_proto::recordio::RecordError;

/// Why Mesos could not be asked, or refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The settings name no master, or one that is no URL.
    #[error("`{url}` is not the URL of a master, such as `http://10.0.0.1:5050`")]
    MasterUrl {
        /// The text.
        url: String,
    },
    /// No connection was made: nothing was sent.
    #[error("cannot reach {who}")]
    Unreachable {
        /// The masters or the agent.
        who: String,
        /// What the last attempt failed with.
        #[source]
        source: podform_http::Error,
    },
    /// Masters answer, but none leads, or the leader is still reading its registry.
    #[error("no Mesos master leads: {url} says `{text}`")]
    NoLeader {
        /// Who says so.
        url: String,
        /// What it says.
        text: String,
    },
    /// Masters redirect in a circle.
    #[error("the Mesos masters redirect to one another without end (last: {url})")]
    RedirectLoop {
        /// The last one asked.
        url: String,
    },
    /// The credentials are missing or wrong.
    #[error("{url} wants other credentials (401): {text}")]
    Unauthorized {
        /// Who.
        url: String,
        /// What it says.
        text: String,
    },
    /// A call was refused; it was not carried out.
    #[error("{url} refused with {status}: {text}")]
    Refused {
        /// Who.
        url: String,
        /// The status.
        status: u16,
        /// What it says.
        text: String,
    },
    /// The answer did not come: whether the call was carried out is not known.
    #[error("the answer to a call got lost")]
    Lost(#[source] podform_http::Error),
    /// The event stream is no more, or the master no longer knows it: subscribe again.
    #[error("the event stream of {url} is lost: {reason}")]
    StreamLost {
        /// Whose.
        url: String,
        /// Why.
        reason: String,
    },
    /// The master ended the subscription with an ERROR event.
    #[error("the Mesos master ended the subscription: {message}")]
    Subscription {
        /// The master's text.
        message: String,
    },
    /// A stream that is not what it should be.
    #[error("the stream of {url} cannot be read")]
    Record {
        /// Whose.
        url: String,
        /// What is wrong.
        #[source]
        source: RecordError,
    },
    /// An answer or event that is not what it should be.
    #[error("{url} sent what is not understood: {what}")]
    Unreadable {
        /// Who.
        url: String,
        /// What is wrong, without the content.
        what: String,
    },
    /// A file or folder of a sandbox that is not there (yet, or any more).
    #[error("{url} has no `{path}`")]
    NoSuchFile {
        /// Which agent.
        url: String,
        /// The path.
        path: String,
    },
    /// The address of an agent that cannot be understood.
    #[error("`{pid}` is not the address of an agent, such as `slave(1)@10.0.0.5:5051`")]
    AgentAddress {
        /// The text.
        pid: String,
    },
    /// Something before the first byte was sent: certificates, credentials, settings.
    #[error(transparent)]
    Http(podform_http::Error),
}

impl Error {
    /// Whether the framework's id is on the master's list of removed ones: only a new id helps.
    #[must_use]
    pub fn is_framework_removed(&self) -> bool {
        matches!(self, Self::Subscription { message } if message == "Framework has been removed")
    }

    /// Whether another scheduler has taken over with the same framework id: stop, do not subscribe again.
    #[must_use]
    pub fn is_failed_over(&self) -> bool {
        matches!(self, Self::Subscription { message } if message == "Framework failed over")
    }

    /// Whether the master does not know the framework (any more), or not as subscribed: subscribe again.
    #[must_use]
    pub const fn is_stream_lost(&self) -> bool {
        matches!(self, Self::StreamLost { .. } | Self::Record { .. })
    }

    /// Whether trying again later may help without any change: nobody was reached, or nobody leads.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::NoLeader { .. }
                | Self::RedirectLoop { .. }
                | Self::Lost(_)
                | Self::StreamLost { .. }
                | Self::Record { .. }
        )
    }

    /// Sorts the failure of a request: what was never sent, what was lost, what was refused.
    pub(crate) fn from_http(error: podform_http::Error) -> Self {
        match error {
            podform_http::Error::Timeout { .. } | podform_http::Error::Broken { .. } => {
                Self::Lost(error)
            }
            podform_http::Error::TooLong { ref url, .. } => {
                Self::Unreadable { url: url.clone(), what: error.to_string() }
            }
            other => Self::Http(other),
        }
    }
}
