//! The server: one accept loop for each address, one task for each connection.

use super::reply::Reply;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A whole request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// The value of a header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The decoded value of a query parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.query, name)
    }
}

/// The decoded value of a parameter in `a=b&c=d`.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key == name).then(|| {
            let spaced = value.replace('+', " ");
            percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
        })
    })
}

/// Answers requests.
pub(crate) type Handler = Arc<dyn Fn(Request) -> Reply + Send + Sync>;

/// Serves until `open` turns false; while it is false new connections are closed at once and
/// those that exist are broken. Ends when the sender of `open` is gone.
pub(crate) async fn serve(listener: TcpListener, handler: Handler, open: watch::Receiver<bool>) {
    let mut gone = open.clone();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                if *open.borrow() {
                    tokio::spawn(connection(stream, Arc::clone(&handler), open.clone()));
                }
            }
            changed = gone.changed() => {
                if changed.is_err() {
                    return;
                }
            }
        }
    }
}

async fn connection(stream: TcpStream, handler: Handler, mut open: watch::Receiver<bool>) {
    let _best_effort = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let handler = Arc::clone(&handler);
        async move {
            let reply = match read(request).await {
                Some(request) => handler(request),
                None => Reply::empty(400),
            };
            Ok::<_, Infallible>(reply.into_response())
        }
    });
    let served = http1::Builder::new()
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ended = served => {}
        _closed = open.wait_for(|open| !open) => {}
    }
}

async fn read(request: hyper::Request<Incoming>) -> Option<Request> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    Some(Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body,
    })
}
