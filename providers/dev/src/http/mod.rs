//! HTTP as far as the stand-in needs it: a server whose every status, header and body is chosen
//! by the handler, endless streamed answers, and a small client for health checks and artifacts.

pub(crate) mod client;
pub(crate) mod reply;
pub(crate) mod server;

pub(crate) use reply::{Reply, StreamSender};
pub(crate) use server::{Handler, Request, serve};
