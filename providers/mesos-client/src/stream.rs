//! Event streams: records, signs of life, ends.

use std::time::Duration;

use podform_http::{Streaming, Url, safe_url, with_causes};
use podform_mesos_proto::recordio::Decoder;
use podform_mesos_proto::{master, scheduler};
use tokio::time::{Instant, timeout_at};

use crate::Error;
use crate::client::{is_heartbeat, read_event};

/// Records of a streamed answer, with a limit on silence.
#[derive(Debug)]
pub struct RecordStream {
    answer: Streaming,
    decoder: Decoder,
    /// How long nothing may come.
    silence: Duration,
    last_sign: Instant,
    ended: bool,
}

impl RecordStream {
    pub(crate) fn new(answer: Streaming, limit: usize, silence: Duration) -> Self {
        Self {
            answer,
            decoder: Decoder::new(limit),
            silence,
            last_sign: Instant::now(),
            ended: false,
        }
    }

    /// The next record. Nothing is lost if this is given up while it waits.
    ///
    /// # Errors
    /// [`Error::StreamLost`] at the end of the stream, after too long a silence, and ever after; [`Error::Record`] if it is not RecordIO.
    pub async fn next(&mut self) -> Result<Vec<u8>, Error> {
        loop {
            let url = self.answer.url().clone();
            match self.decoder.next_record() {
                Ok(Some(record)) => return Ok(record.to_vec()),
                Ok(None) => {}
                Err(source) => return Err(Error::Record { url: safe_url(&url), source }),
            }
            self.fill(&url).await?;
        }
    }

    /// Takes in more of the stream.
    async fn fill(&mut self, url: &Url) -> Result<(), Error> {
        let lost = |reason: String| Error::StreamLost { url: safe_url(url), reason };
        if self.ended {
            return Err(lost("it has ended".to_owned()));
        }
        let deadline = self.last_sign + self.silence;
        match timeout_at(deadline, self.answer.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                self.last_sign = Instant::now();
                self.decoder.push(&chunk);
                Ok(())
            }
            Ok(Ok(None)) => {
                self.ended = true;
                Err(lost(
                    self.decoder.finish().map_or_else(
                        |error| error.to_string(),
                        |()| "the master ended it".to_owned(),
                    ),
                ))
            }
            Ok(Err(error)) => {
                self.ended = true;
                Err(lost(with_causes(&error)))
            }
            Err(_) => {
                self.ended = true;
                Err(lost(format!("nothing came for {:?}", self.silence)))
            }
        }
    }

    /// Allows this much silence from now on, in intervals of `seconds`.
    fn expect_every(&mut self, seconds: Option<f64>, missed: u32) {
        // A master sends every 15 s; what it says is kept within reason.
        let seconds =
            seconds.filter(|seconds| seconds.is_finite() && *seconds > 0.0).unwrap_or(15.0);
        self.silence = Duration::from_secs_f64(seconds.clamp(0.001, 3600.0)) * missed;
    }

    pub(crate) const fn url(&self) -> &Url {
        self.answer.url()
    }
}

/// A scheduler's events.
#[derive(Debug)]
pub struct EventStream {
    records: RecordStream,
    missed_heartbeats: u32,
}

impl EventStream {
    pub(crate) const fn new(records: RecordStream, missed_heartbeats: u32) -> Self {
        Self { records, missed_heartbeats }
    }

    pub(crate) fn expect_heartbeats(&mut self, seconds: Option<f64>) {
        self.records.expect_every(seconds, self.missed_heartbeats);
    }

    /// The next event that is not a heartbeat. Nothing is lost if this is given up while it waits.
    ///
    /// # Errors
    /// [`Error::Subscription`] for an ERROR event; [`Error::StreamLost`] when the stream ends, breaks or stays silent for too long.
    pub async fn next(&mut self) -> Result<scheduler::Event, Error> {
        loop {
            let record = self.records.next().await?;
            let event: scheduler::Event = read_event(self.records.url(), &record)?;
            if let Some(error) = event.error {
                return Err(Error::Subscription { message: error.message });
            }
            if !is_heartbeat(&event) {
                return Ok(event);
            }
        }
    }
}

/// A master's events for operators.
#[derive(Debug)]
pub struct OperatorStream {
    records: RecordStream,
    missed_heartbeats: u32,
}

impl OperatorStream {
    pub(crate) const fn new(records: RecordStream, missed_heartbeats: u32) -> Self {
        Self { records, missed_heartbeats }
    }

    /// The next event that is not a heartbeat; the first one is SUBSCRIBED. Nothing is lost if this is given up while it waits.
    ///
    /// # Errors
    /// [`Error::StreamLost`] when the stream ends, breaks or stays silent for too long.
    pub async fn next(&mut self) -> Result<master::Event, Error> {
        loop {
            let record = self.records.next().await?;
            let event: master::Event = read_event(self.records.url(), &record)?;
            if let Some(subscribed) = &event.subscribed {
                self.records
                    .expect_every(subscribed.heartbeat_interval_seconds, self.missed_heartbeats);
            }
            if !matches!(
                event.r#type,
                None | Some(master::EventType::Heartbeat | master::EventType::Unknown)
            ) {
                return Ok(event);
            }
        }
    }
}
