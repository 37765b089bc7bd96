//! Answers.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::{Response, StatusCode};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// What a server writes back.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: ReplyBody,
}

#[derive(Debug)]
enum ReplyBody {
    Whole(Bytes),
    Stream(mpsc::UnboundedReceiver<Part>),
}

#[derive(Debug)]
enum Part {
    Data(Bytes),
    Broken,
}

/// The writing end of a streamed answer. Dropping it ends the answer in good order.
#[derive(Debug, Clone)]
pub(crate) struct StreamSender(mpsc::UnboundedSender<Part>);

impl StreamSender {
    /// Appends bytes; false when the reader is gone.
    pub(crate) fn send(&self, bytes: impl Into<Bytes>) -> bool {
        self.0.send(Part::Data(bytes.into())).is_ok()
    }

    /// Breaks the connection without the end-of-body mark, as a dying server does.
    pub(crate) fn break_off(&self) {
        let _gone = self.0.send(Part::Broken);
    }

    /// Waits until the reader has closed its end.
    pub(crate) async fn closed(&self) {
        self.0.closed().await;
    }
}

impl Reply {
    /// An answer with a body of the given type.
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self {
            status: code(status),
            headers: vec![("Content-Type", content_type.to_owned())],
            body: ReplyBody::Whole(body.into()),
        }
    }

    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status: code(status), headers: Vec::new(), body: ReplyBody::Whole(Bytes::new()) }
    }

    /// An answer in plain text, as libprocess writes its errors.
    pub(crate) fn text(status: u16, text: impl Into<String>) -> Self {
        Self::new(status, "text/plain; charset=utf-8", text.into())
    }

    /// 200 with a JSON document.
    pub(crate) fn json(body: impl Into<Bytes>) -> Self {
        Self::new(200, "application/json", body)
    }

    /// `501 Not Implemented.`: what the stand-in does not play.
    pub(crate) fn not_implemented() -> Self {
        Self::text(501, "501 Not Implemented.")
    }

    /// 200 with a chunked body that is written later.
    pub(crate) fn stream(content_type: &str) -> (Self, StreamSender) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let reply = Self {
            status: StatusCode::OK,
            headers: vec![("Content-Type", content_type.to_owned())],
            body: ReplyBody::Stream(receiver),
        };
        (reply, StreamSender(sender))
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The form that hyper writes.
    pub(crate) fn into_response(self) -> Response<UnsyncBoxBody<Bytes, io::Error>> {
        let body = match self.body {
            ReplyBody::Whole(bytes) => {
                Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
            }
            ReplyBody::Stream(receiver) => StreamBody::new(Parts(receiver)).boxed_unsync(),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        for (name, value) in self.headers {
            if let Ok(value) = hyper::header::HeaderValue::from_str(&value) {
                response.headers_mut().append(name_of(name), value);
            }
        }
        response
    }
}

fn name_of(name: &'static str) -> hyper::header::HeaderName {
    hyper::header::HeaderName::from_bytes(name.as_bytes())
        .expect("header names are literals of this package")
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

struct Parts(mpsc::UnboundedReceiver<Part>);

impl futures_util::Stream for Parts {
    type Item = io::Result<Frame<Bytes>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|part| {
            part.map(|part| match part {
                Part::Data(bytes) => Ok(Frame::data(bytes)),
                Part::Broken => Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
            })
        })
    }
}
