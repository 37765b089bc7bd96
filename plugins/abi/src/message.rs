//! The messages: one request and one answer for each method of a provider, and the calls back.
//!
//! In JSON each is an object with one key, the name of the variant. A receiver ignores fields that
//! it does not know; a variant that it does not know is an error it answers.

use podform_provider::{
    ApplyRequest, Configure, Configured, Description, Event, ImportAnswer, ImportRequest, Intent,
    LogsAnswer, LogsRequest, Next, Observed, Outcome, PlanAnswer, PlanRequest, Proceed,
    ProviderError, ReadRequest, SettleAnswer, SettleRequest, ValidateRequest,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// What the host asks of a provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request<'a> {
    /// [`podform_provider::Provider::describe`].
    Describe {},
    /// [`podform_provider::Provider::configure`].
    Configure(Cow<'a, Configure>),
    /// [`podform_provider::Provider::validate`].
    Validate(Cow<'a, ValidateRequest>),
    /// [`podform_provider::Provider::read`].
    Read(Cow<'a, ReadRequest>),
    /// [`podform_provider::Provider::settle`].
    Settle(Cow<'a, SettleRequest>),
    /// [`podform_provider::Provider::plan`].
    Plan(Cow<'a, PlanRequest>),
    /// [`podform_provider::Provider::apply`]; the id of this request is the session.
    Apply(Cow<'a, ApplyRequest>),
    /// [`podform_provider::Provider::import`].
    Import(Cow<'a, ImportRequest>),
    /// [`podform_provider::Provider::logs`].
    Logs(Cow<'a, LogsRequest>),
}

impl Request<'_> {
    /// The name of the method.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Describe {} => "describe",
            Self::Configure(_) => "configure",
            Self::Validate(_) => "validate",
            Self::Read(_) => "read",
            Self::Settle(_) => "settle",
            Self::Plan(_) => "plan",
            Self::Apply(_) => "apply",
            Self::Import(_) => "import",
            Self::Logs(_) => "logs",
        }
    }
}

/// What a provider answers: the variant of the request, or an error.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// To `describe`.
    Describe(Description),
    /// To `configure`.
    Configure(Configured),
    /// To `validate`.
    Validate(podform_model::Diagnostics),
    /// To `read`.
    Read(Observed),
    /// To `settle`.
    Settle(SettleAnswer),
    /// To `plan`.
    Plan(PlanAnswer),
    /// To `apply`, at the end of the session.
    Apply {},
    /// To `import`.
    Import(ImportAnswer),
    /// To `logs`.
    Logs(LogsAnswer),
    /// To any: the call as a whole failed.
    Error(ProviderError),
}

impl Response {
    /// The name of the method that it answers; `error` for an error.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Describe(_) => "describe",
            Self::Configure(_) => "configure",
            Self::Validate(_) => "validate",
            Self::Read(_) => "read",
            Self::Settle(_) => "settle",
            Self::Plan(_) => "plan",
            Self::Apply {} => "apply",
            Self::Import(_) => "import",
            Self::Logs(_) => "logs",
            Self::Error(_) => "error",
        }
    }
}

/// How much a line of a plugin's log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Each step, for who hunts a fault of the plugin.
    Trace,
    /// What it does and sees.
    Debug,
    /// What an operator may want to know.
    Info,
    /// Something is odd.
    Warn,
    /// Something failed.
    Error,
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}

/// What a plugin asks of the host.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostCall<'a> {
    /// [`podform_provider::ApplySession::next`]. Waits for its answer.
    Next {
        /// How long to wait at most, in milliseconds. The host may answer earlier.
        wait_ms: u64,
    },
    /// [`podform_provider::ApplySession::intend`]. Waits for its answer.
    Intend(Cow<'a, [Intent]>),
    /// [`podform_provider::ApplySession::outcome`]. Waits for its answer.
    Outcome(Cow<'a, Outcome>),
    /// [`podform_provider::ApplySession::event`]. Has no answer.
    Event(Cow<'a, Event>),
    /// A line of the log. Has no answer and belongs to no session.
    Log {
        /// How much it matters.
        level: LogLevel,
        /// The text; no secret or sensitive value.
        message: Cow<'a, str>,
    },
}

/// What the host answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostAnswer {
    /// To `next`.
    Next(Next),
    /// To `intend`.
    Intend(Proceed),
    /// To `outcome`: it is recorded.
    Outcome {},
    /// The session is over: nothing may be begun.
    Closed {},
}

/// The first word of an isolated plugin's process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hello {
    /// The library is loaded and its provider made.
    Ready {
        /// The version of the boundary that the plugin speaks.
        abi_version: u32,
    },
    /// It could not be loaded, with the causes as texts, outermost first.
    Failed {
        /// What failed.
        message: String,
        /// Why.
        causes: Vec<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Codec, decode, encode};
    use podform_provider::ErrorKind;

    fn json<T: Serialize>(message: &T) -> String {
        String::from_utf8(encode(Codec::Json, "a message", message).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn each_message_is_an_object_with_one_key() {
        assert_eq!(json(&Request::Describe {}), r#"{"describe":{}}"#);
        assert_eq!(
            json(&Request::Apply(Cow::Owned(ApplyRequest::default()))),
            r#"{"apply":{"parallelism":null,"last":false}}"#
        );
        assert_eq!(json(&Response::Apply {}), r#"{"apply":{}}"#);
        assert_eq!(json(&HostCall::Next { wait_ms: 5 }), r#"{"next":{"wait_ms":5}}"#);
        assert_eq!(json(&HostAnswer::Intend(Proceed::Stop)), r#"{"intend":"stop"}"#);
        let error = ProviderError::new(ErrorKind::Refused, "no");
        assert!(json(&Response::Error(error)).starts_with(r#"{"error":{"kind":"refused""#));
    }

    #[test]
    fn times_are_the_same_on_the_other_side() {
        for at in [1_763_889_000.123_456, 0.1 + 0.2, f64::MIN_POSITIVE, 1_763_892_154.908_214_3] {
            let observed = Observed { at, ..Observed::default() };
            let text = json(&Response::Read(observed));
            let again = decode::<Response>(Codec::Json, "an answer", text.as_bytes()).unwrap();
            let Response::Read(Observed { at: again, .. }) = again else { panic!("{text}") };
            assert_eq!(again.to_bits(), at.to_bits(), "{text}");
        }
    }

    #[test]
    fn unknown_fields_are_ignored_and_unknown_methods_are_errors() {
        let decode =
            |text: &str| decode::<Request<'static>>(Codec::Json, "a request", text.as_bytes());
        assert!(matches!(decode(r#"{"describe":{"depth":2}}"#), Ok(Request::Describe {})));
        let request = decode(r#"{"read":{"pods":[],"since":"yesterday"}}"#).unwrap();
        assert_eq!(request.name(), "read");
        assert!(decode(r#"{"dance":{}}"#).is_err());
        assert!(decode("").is_err());
    }
}
