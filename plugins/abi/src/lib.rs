//! C layout, version range and messages of the plugin boundary.
//!
//! A plugin is a library with one exported static, [`Plugin`], under the name [`SYMBOL`]. Requests
//! and answers are bytes in one codec; the same bytes cross a function call (in process) or a
//! socket, as [`Frame`]s (isolated). The contract in words is `plugins/docs/protocol.md`.
//!
//! Nothing here loads, opens or starts anything: `podform-plugin-host` and `podform-plugin-sdk` do.

mod codec;
mod frame;
mod layout;
mod message;

pub use codec::{Codec, CodecError, decode, encode};
pub use frame::{Frame, FrameError, FrameKind, HEADER_LENGTH, MAX_BODY, read_frame, write_frame};
pub use layout::{
    ABI_CURRENT, ABI_MINIMUM, Buffer, Bytes, Header, Host, HostCallFn, LayoutError, MAGIC, Plugin,
    SYMBOL, status,
};
pub use message::{Hello, HostAnswer, HostCall, LogLevel, Request, Response};

/// The encoded bytes of a message; wiped when dropped.
pub type Body = podform_model::Wiped;
