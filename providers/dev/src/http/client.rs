//! A client for what containers' agents fetch themselves: health checks and artifacts over plain
//! HTTP. For `https` the agent runs `curl`, as a real one does.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Uri;
use hyper_util::rt::TokioIo;
use std::io;
use tokio::net::TcpStream;

/// How many redirects are followed before giving up.
const REDIRECTS: usize = 20;

/// The final status and body of a GET, redirects followed.
pub(crate) async fn get(url: &str) -> io::Result<(u16, Bytes)> {
    let mut url = url.to_owned();
    for _ in 0..REDIRECTS {
        let (status, location, body) = request_once("GET", &url).await?;
        match location {
            Some(location) if (300..400).contains(&status) => url = join(&url, &location),
            _ => return Ok((status, body)),
        }
    }
    Err(io::Error::other("too many redirects"))
}

/// The status and body of one request without a body.
pub(crate) async fn request(method: &str, url: &str) -> io::Result<(u16, Bytes)> {
    let (status, _, body) = request_once(method, url).await?;
    Ok((status, body))
}

async fn request_once(method: &str, url: &str) -> io::Result<(u16, Option<String>, Bytes)> {
    let uri: Uri = url.parse().map_err(io::Error::other)?;
    if uri.scheme_str() != Some("http") {
        return Err(io::Error::other(format!("`{url}` is not an http address")));
    }
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().unwrap_or(80);
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((address, port)).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    let driver = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = hyper::Request::builder()
        .method(method)
        .uri(path)
        .header("Host", format!("{host}:{port}"))
        .header("User-Agent", "podform-dev")
        .header("Accept", "*/*")
        .body(Empty::<Bytes>::new())
        .map_err(io::Error::other)?;
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    let status = response.status().as_u16();
    let location =
        response.headers().get("Location").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = response.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    driver.abort();
    Ok((status, location, body))
}

fn join(base: &str, location: &str) -> String {
    if location.contains("://") {
        return location.to_owned();
    }
    let origin = base.split('/').take(3).collect::<Vec<_>>().join("/");
    format!("{origin}/{}", location.trim_start_matches('/'))
}
