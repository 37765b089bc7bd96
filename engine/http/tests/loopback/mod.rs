//! A server that says what a test tells it to, one answer for each connection.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the server does with one connection.
pub(crate) enum Reply {
    /// Reads a request, sends these bytes, and closes.
    Bytes(Vec<u8>),
    /// Reads a request, sends these bytes, and keeps the connection open until the client closes it.
    Hold(Vec<u8>),
    /// Reads a request, sends these bytes, and then the same piece again and again until the client closes.
    Endless(Vec<u8>),
}

/// The server; what it was asked is in `requests`.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers the first connection with the first reply, and so on; refuses what comes after the last.
    pub(crate) fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::start_on(listener, replies)
    }

    pub(crate) fn start_on(listener: TcpListener, replies: Vec<Reply>) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        thread::spawn(move || {
            for reply in replies {
                let Ok((connection, _)) = listener.accept() else { return };
                let seen = seen.clone();
                thread::spawn(move || serve(connection, reply, &seen));
            }
        });
        Self { url, requests }
    }

    /// What was asked so far, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A whole answer with a body.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Bytes(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}").into_bytes())
}

fn serve(mut connection: TcpStream, reply: Reply, seen: &Mutex<Vec<String>>) {
    let Some(request) = read_request(&mut connection) else { return };
    seen.lock().unwrap().push(request);
    match reply {
        Reply::Bytes(bytes) => drop(connection.write_all(&bytes)),
        Reply::Hold(bytes) => {
            let _ = connection.write_all(&bytes);
            let _ = connection.read(&mut [0; 1]);
        }
        Reply::Endless(head) => {
            let _ = connection.write_all(&head);
            while connection.write_all(&[b'x'; 65536]).is_ok() {}
        }
    }
}

fn read_request(connection: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                line.to_lowercase().strip_prefix("content-length: ")?.parse().ok()
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        match connection.read(&mut piece).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&piece[..count]),
        }
    }
}
