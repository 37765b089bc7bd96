//! The client: who leads, calls and their answers.

use std::sync::Arc;

use podform_http::{
    Backoff, Bytes, Client, Headers, Request, Response, Streaming, Url, describe_json_error,
    excerpt, safe_url,
};
use podform_mesos_proto::scheduler::{Event, EventType, Subscribed};
use podform_mesos_proto::{CONTENT_TYPE, STREAM_ID_HEADER, following, json, master, scheduler};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::masters::Masters;
use crate::stream::{EventStream, OperatorStream, RecordStream};
use crate::{ClientSettings, Error, Redirect};

/// How many redirects in a row are followed.
const MAX_REDIRECTS: usize = 5;

/// Heartbeats that may stay out before a stream is given up.
const MISSED_HEARTBEATS: u32 = 5;

/// A client of masters and agents; clones share it.
#[derive(Debug, Clone)]
pub struct MesosClient {
    pub(crate) http: Client,
    masters: Arc<Masters>,
    rounds: u32,
    missed_heartbeats: u32,
}

/// A scheduler's subscription: the way for its other calls. It ends with its stream; clones share it.
#[derive(Debug, Clone)]
pub struct Subscription {
    client: MesosClient,
    leader: Url,
    stream_id: String,
    /// What the master said first: the framework's id, the heartbeat's interval, who leads.
    pub subscribed: Subscribed,
}

/// What a master's answer to a request means for the search of the leader.
enum Answer<T> {
    /// It leads, and this is its answer.
    Leads(T),
    /// Another one leads.
    Redirects(Url),
    /// It does not, or not yet.
    NotReady(Error),
}

/// A whole or a streamed answer.
pub(crate) trait Head: Sized {
    fn status(&self) -> u16;
    fn headers(&self) -> &Headers;
    fn into_response(self) -> impl Future<Output = Result<Response, podform_http::Error>> + Send;
    fn send(request: Request) -> impl Future<Output = Result<Self, podform_http::Error>> + Send;
}

impl Head for Response {
    fn status(&self) -> u16 {
        self.status
    }
    fn headers(&self) -> &Headers {
        &self.headers
    }
    async fn into_response(self) -> Result<Self, podform_http::Error> {
        Ok(self)
    }
    async fn send(request: Request) -> Result<Self, podform_http::Error> {
        request.send().await
    }
}

impl Head for Streaming {
    fn status(&self) -> u16 {
        self.status
    }
    fn headers(&self) -> &Headers {
        &self.headers
    }
    async fn into_response(self) -> Result<Response, podform_http::Error> {
        self.collect().await
    }
    async fn send(request: Request) -> Result<Self, podform_http::Error> {
        request.stream().await
    }
}

impl MesosClient {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// A master is no URL, or a file of the HTTP settings cannot be read.
    pub fn new(settings: ClientSettings) -> Result<Self, Error> {
        let masters = Masters::parse(&settings.masters)?;
        let rounds = settings.http.retries.saturating_add(1);
        // Repeating is done here, where another master can be asked instead.
        let http = podform_http::HttpSettings { retries: 0, ..settings.http };
        let missed_heartbeats = if settings.missed_heartbeats == 0 {
            MISSED_HEARTBEATS
        } else {
            settings.missed_heartbeats
        };
        let http = Client::new(http, settings.credentials).map_err(Error::Http)?;
        Ok(Self { http, masters: Arc::new(masters), rounds, missed_heartbeats })
    }

    /// The URL of the master that was last seen to lead.
    #[must_use]
    pub fn leader(&self) -> Option<String> {
        self.masters.leader().as_ref().map(safe_url)
    }

    /// `http` or `https`: agents are asked as masters are.
    pub(crate) fn scheme(&self) -> &'static str {
        let tls = self.masters.candidates().first().is_some_and(|url| url.scheme() == "https");
        if tls { "https" } else { "http" }
    }

    /// Sends SUBSCRIBE to the leader and waits for its first event.
    ///
    /// # Errors
    /// Nobody leads or is reached, the credentials are refused, or the master ends the subscription at once ([`Error::Subscription`]).
    pub async fn subscribe(
        &self,
        call: &scheduler::Call,
    ) -> Result<(Subscription, EventStream), Error> {
        let (leader, answer) = self.ask::<Streaming>(scheduler::PATH, &body(call)?, true).await?;
        let answer = self.accept_stream(answer).await?;
        let Some(stream_id) = answer.headers.get(STREAM_ID_HEADER).map(str::to_owned) else {
            return Err(Error::Unreadable {
                url: safe_url(&leader),
                what: format!("no {STREAM_ID_HEADER} header"),
            });
        };
        let records = RecordStream::new(
            answer,
            self.http.settings().response_limit,
            self.http.settings().request_timeout,
        );
        let mut events = EventStream::new(records, self.missed_heartbeats);
        let first = events.next().await?;
        let subscribed = first.subscribed.filter(|_| first.r#type == Some(EventType::Subscribed));
        let Some(subscribed) = subscribed else {
            return Err(Error::Unreadable {
                url: safe_url(&leader),
                what: "the first event is not SUBSCRIBED".to_owned(),
            });
        };
        events.expect_heartbeats(subscribed.heartbeat_interval_seconds);
        Ok((Subscription { client: self.clone(), leader, stream_id, subscribed }, events))
    }

    /// Asks the leader by the operator API. Calls that only read are asked of several masters if need be, others only once; an answer
    /// without a body gives an empty [`master::Response`].
    ///
    /// # Errors
    /// Nobody leads or is reached, or the call is refused.
    pub async fn master(&self, call: &master::Call) -> Result<master::Response, Error> {
        let reads = call.r#type.is_some_and(|call| {
            let name = call.name();
            name.starts_with("GET_") || name.starts_with("LIST_") || name.starts_with("READ_")
        });
        let (_, answer) = self.ask::<Response>(master::PATH, &body(call)?, reads).await?;
        read_answer(&answer)
    }

    /// The state of the cluster as a reader needs it that follows its tasks ([`following`]), in one call. `None`: the answer has no body.
    ///
    /// # Errors
    /// Nobody leads or is reached, or the call is refused.
    pub async fn follow(&self) -> Result<Option<following::State>, Error> {
        let call = master::Call::new(master::CallType::GetState);
        let (_, answer) = self.ask::<Response>(master::PATH, &body(&call)?, true).await?;
        Ok(read_answer::<following::Response>(&answer)?.get_state)
    }

    /// Follows the master's operator events; the first one holds the whole state.
    ///
    /// # Errors
    /// Nobody leads or is reached, or the call is refused.
    pub async fn operator_stream(&self) -> Result<OperatorStream, Error> {
        let call = master::Call::new(master::CallType::Subscribe);
        let (_, answer) = self.ask::<Streaming>(master::PATH, &body(&call)?, true).await?;
        let answer = self.accept_stream(answer).await?;
        let settings = self.http.settings();
        let records = RecordStream::new(answer, settings.response_limit, settings.request_timeout);
        Ok(OperatorStream::new(records, self.missed_heartbeats))
    }

    /// A streamed answer that is one; else the refusal.
    async fn accept_stream(&self, answer: Streaming) -> Result<Streaming, Error> {
        if answer.status == 200 {
            return Ok(answer);
        }
        let limit = self.http.settings().request_timeout;
        let url = safe_url(answer.url());
        let late = podform_http::Error::Timeout { url, after: limit };
        let refusal = tokio::time::timeout(limit, answer.collect()).await.unwrap_or(Err(late));
        Err(refused(&refusal.map_err(Error::from_http)?))
    }

    /// Finds the leader and gives its answer, whatever its status. `repeatable`: the call may be sent again when it is not known whether it
    /// arrived.
    async fn ask<T: Head>(
        &self,
        path: &str,
        body: &Bytes,
        repeatable: bool,
    ) -> Result<(Url, T), Error> {
        let mut backoff = Backoff::default();
        let mut last = None;
        for round in 0..self.rounds {
            if round > 0 {
                tokio::time::sleep(backoff.next_delay()).await;
            }
            for candidate in self.masters.candidates() {
                match self.ask_from(candidate, path, body).await {
                    Ok((leader, answer)) => {
                        self.masters.set_leader(Some(leader.clone()));
                        return Ok((leader, answer));
                    }
                    Err(Error::Lost(source)) if !repeatable => return Err(Error::Lost(source)),
                    Err(error) if !error.is_temporary() => return Err(error),
                    Err(error) => last = Some(error),
                }
            }
            self.masters.set_leader(None);
        }
        Err(match last {
            Some(Error::Lost(source)) => Error::Unreachable {
                who: format!("any Mesos master ({})", self.masters.names()),
                source,
            },
            Some(error) => error,
            // At least one round with at least one master has been made.
            None => Error::NoLeader { url: self.masters.names(), text: String::new() },
        })
    }

    /// Asks one master and follows where it redirects to.
    async fn ask_from<T: Head>(
        &self,
        first: Url,
        path: &str,
        body: &Bytes,
    ) -> Result<(Url, T), Error> {
        let mut master = first;
        for _ in 0..=MAX_REDIRECTS {
            match self.ask_one::<T>(&master, path, body).await? {
                Answer::Leads(answer) => return Ok((master, answer)),
                Answer::Redirects(leader) => master = leader,
                Answer::NotReady(error) => return Err(error),
            }
        }
        Err(Error::RedirectLoop { url: safe_url(&master) })
    }

    async fn ask_one<T: Head>(
        &self,
        master: &Url,
        path: &str,
        body: &Bytes,
    ) -> Result<Answer<T>, Error> {
        let answer = match T::send(self.post(master, path, body)?).await {
            Ok(answer) => answer,
            Err(source @ podform_http::Error::Connect { .. }) => {
                return Ok(Answer::NotReady(Error::Unreachable {
                    who: format!("any Mesos master ({})", self.masters.names()),
                    source,
                }));
            }
            Err(error) => return Err(Error::from_http(error)),
        };
        match answer.status() {
            307 | 308 | 302 => {
                let location = answer.headers().get("location").unwrap_or_default();
                match Redirect::parse(master, location) {
                    Some(redirect) => Ok(Answer::Redirects(redirect.leader)),
                    None => Err(Error::Unreadable {
                        url: safe_url(master),
                        what: format!("a redirect to `{}`", excerpt(location.as_bytes())),
                    }),
                }
            }
            503 => self.not_ready(master, answer).await,
            // A master that has just started has not set up its paths.
            404 if path == scheduler::PATH => self.not_ready(master, answer).await,
            _ => Ok(Answer::Leads(answer)),
        }
    }

    /// The answer of a master that does not lead. On the operator API a 503 may also be the leader's own refusal.
    async fn not_ready<T: Head>(&self, master: &Url, answer: T) -> Result<Answer<T>, Error> {
        let text = answer
            .into_response()
            .await
            .map(|response| excerpt(&response.body))
            .unwrap_or_default();
        if text.contains("is being transitioned") || text.contains("already being transitioned") {
            return Err(Error::Refused { url: safe_url(master), status: 503, text });
        }
        Ok(Answer::NotReady(Error::NoLeader { url: safe_url(master), text }))
    }

    pub(crate) fn post(&self, base: &Url, path: &str, body: &Bytes) -> Result<Request, Error> {
        let url = base
            .join(path.trim_start_matches('/'))
            .map_err(|_| Error::MasterUrl { url: safe_url(base) })?;
        let request = self.http.post(url.as_str()).map_err(Error::Http)?;
        request.body(CONTENT_TYPE, body.clone()).header("Accept", CONTENT_TYPE).map_err(Error::Http)
    }
}

impl Subscription {
    /// The framework's id.
    #[must_use]
    pub const fn framework_id(&self) -> &podform_mesos_proto::FrameworkId {
        &self.subscribed.framework_id
    }

    /// Sends a call, once, to the master of the subscription.
    ///
    /// # Errors
    /// [`Error::StreamLost`] if the master no longer leads or no longer knows this subscription; [`Error::Lost`] if it is not known
    /// whether the call arrived; else it was not carried out.
    pub async fn call(&self, call: &scheduler::Call) -> Result<(), Error> {
        let request = self.client.post(&self.leader, scheduler::PATH, &body(call)?)?;
        let request = request.header(STREAM_ID_HEADER, &self.stream_id).map_err(Error::Http)?;
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(source @ podform_http::Error::Connect { .. }) => {
                return Err(Error::Unreachable { who: safe_url(&self.leader), source });
            }
            Err(error) => return Err(Error::from_http(error)),
        };
        let text = excerpt(&answer.body);
        let stale = match answer.status {
            200 | 202 => return Ok(()),
            302 | 307 | 308 => Some("the master no longer leads".to_owned()),
            404 | 503 => Some(text.clone()),
            400 if is_stale(&text) => Some(text.clone()),
            403 if text.starts_with("Framework is not") => Some(text.clone()),
            _ => None,
        };
        match stale {
            Some(reason) => Err(Error::StreamLost { url: safe_url(&self.leader), reason }),
            None => Err(refused(&answer)),
        }
    }
}

/// Whether a 400 means that the master no longer knows this subscription.
fn is_stale(text: &str) -> bool {
    text.starts_with("Framework cannot be found") || text.contains("didn't match the stream ID")
}

/// A message as the body of a request; it may carry secret values, so its memory is overwritten when it is no longer used.
pub(crate) fn body<T: Serialize>(message: &T) -> Result<Bytes, Error> {
    let unwritable =
        |error| Error::Unreadable { url: "the call".to_owned(), what: describe_json_error(&error) };
    json::to_secret_vec(message).map(Bytes::from_owner).map_err(unwritable)
}

/// The error of an answer that is not a success.
pub(crate) fn refused(answer: &Response) -> Error {
    let (url, text) = (safe_url(answer.url()), excerpt(&answer.body));
    match answer.status {
        401 => Error::Unauthorized { url, text },
        status => Error::Refused { url, status, text },
    }
}

/// Reads the answer to an operator's call.
pub(crate) fn read_answer<T: DeserializeOwned + Default>(answer: &Response) -> Result<T, Error> {
    if !answer.is_success() {
        return Err(refused(answer));
    }
    if answer.body.is_empty() {
        return Ok(T::default());
    }
    let unreadable = |error| Error::Unreadable {
        url: safe_url(answer.url()),
        what: describe_json_error(&error),
    };
    json::from_slice(&answer.body).map_err(unreadable)
}

/// Reads one event of a stream.
pub(crate) fn read_event<T: DeserializeOwned>(url: &Url, record: &[u8]) -> Result<T, Error> {
    json::from_slice(record).map_err(|error| Error::Unreadable {
        url: safe_url(url),
        what: describe_json_error(&error),
    })
}

/// Whether an event tells something.
pub(crate) fn is_heartbeat(event: &Event) -> bool {
    matches!(event.r#type, None | Some(EventType::Heartbeat | EventType::Unknown))
}
