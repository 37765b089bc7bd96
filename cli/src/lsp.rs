//! The language server: answers an editor's questions over standard input and output.
//!
//! One thread reads messages, this one answers them in their order, and one more diagnoses, so
//! that an answer never waits for a diagnosis. What `podform_config::query` can say about broken
//! texts is turned into the protocol's types here.

mod check;
mod completion;
mod diagnose;
mod documents;
mod format;
mod hover;
mod navigate;
mod position;
mod providers;
mod server;
mod uri;
mod wire;

use crate::exit::Exit;
use server::{Event, Server};
use std::io::{BufReader, stdin, stdout};
use std::path::PathBuf;
use std::sync::mpsc::{Sender as Channel, channel};
use wire::Sender;

/// Serves until the client says `exit` or is gone. `allowed` are the folders in which downloaded
/// modules may read files beside their own.
#[must_use]
pub fn serve(allowed: Vec<PathBuf>) -> Exit {
    let (events, received) = channel();
    // It ends with the process: a read cannot be interrupted.
    std::thread::spawn(move || listen(&events));
    Server::new(Sender::new(stdout()), allowed).run(&received)
}

/// Passes on what arrives.
fn listen(events: &Channel<Event>) {
    let mut input = BufReader::new(stdin().lock());
    loop {
        let event = match wire::read(&mut input) {
            Ok(Some(Ok(message))) => Event::Message(message),
            Ok(Some(Err(why))) => Event::Malformed(why),
            Ok(None) | Err(_) => Event::End,
        };
        let ends = matches!(event, Event::End);
        if events.send(event).is_err() || ends {
            return;
        }
    }
}
