//! The frames in which messages cross a socket.
//!
//! A frame is a header of [`HEADER_LENGTH`] bytes, numbers little-endian, and a body:
//!
//! | bytes | what |
//! |---|---|
//! | 0–3 | length of the body |
//! | 4 | [`FrameKind`] |
//! | 5 | codec of the body ([`crate::Codec`]) |
//! | 6–7 | zero |
//! | 8–15 | id: of the request, or of the host call |
//! | 16–23 | session: the request that a host call belongs to, else zero |

use crate::Body;
use std::io::{self, Read, Write};
use thiserror::Error;

/// Length of a frame's header in bytes.
pub const HEADER_LENGTH: usize = 24;

/// Longest body of a frame in bytes: 1 GiB.
pub const MAX_BODY: u32 = 1 << 30;

/// How much is read at once.
const PIECE: u64 = 1 << 20;

/// Up to where a reader makes room on a header's word alone, in bytes: 16 MiB.
const BELIEVED: usize = 16 << 20;

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FrameKind {
    /// The plugin is ready, or could not be loaded: [`crate::Hello`]. The first frame but notices.
    Hello = 1,
    /// [`crate::Request`], to the plugin.
    Request = 2,
    /// [`crate::Response`], from the plugin.
    Response = 3,
    /// [`crate::HostCall`] that waits for its answer, from the plugin.
    HostCall = 4,
    /// [`crate::HostAnswer`], to the plugin.
    HostAnswer = 5,
    /// [`crate::HostCall`] without answer, from the plugin.
    Notice = 6,
}

impl FrameKind {
    fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Hello,
            2 => Self::Request,
            3 => Self::Response,
            4 => Self::HostCall,
            5 => Self::HostAnswer,
            6 => Self::Notice,
            _ => return None,
        })
    }
}

/// One message with its ids.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it carries.
    pub kind: FrameKind,
    /// The codec of its body, by id.
    pub codec: u8,
    /// The request, or the host call.
    pub id: u64,
    /// The request that a host call belongs to; 0: none.
    pub session: u64,
    /// The message.
    pub body: Body,
}

impl std::fmt::Debug for Frame {
    /// Shows everything but the body, which may hold sensitive values.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame")
            .field("kind", &self.kind)
            .field("id", &self.id)
            .field("session", &self.session)
            .field("length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A stream that does not hold frames.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The stream could not be read or written.
    #[error("the connection failed")]
    Io(#[from] io::Error),
    /// The stream ends within a frame.
    #[error("the connection ended within a message")]
    Truncated,
    /// The kind is none of [`FrameKind`].
    #[error("a message of the unknown kind {0}")]
    UnknownKind(u8),
    /// The body is longer than [`MAX_BODY`].
    #[error("a message of {length} bytes is longer than the limit of {MAX_BODY}")]
    TooLong {
        /// Its length in bytes.
        length: u64,
    },
}

/// Reads one frame; `None` at the end of the stream.
///
/// # Errors
/// The stream cannot be read, ends within a frame, or holds something else.
pub fn read_frame(stream: &mut impl Read) -> Result<Option<Frame>, FrameError> {
    let mut header = [0; HEADER_LENGTH];
    if !fill(stream, &mut header)? {
        return Ok(None);
    }
    let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
    if length > MAX_BODY {
        return Err(FrameError::TooLong { length: length.into() });
    }
    let kind = FrameKind::from_byte(header[4]).ok_or(FrameError::UnknownKind(header[4]))?;
    Ok(Some(Frame {
        kind,
        codec: header[5],
        id: number(&header[8..16]),
        session: number(&header[16..24]),
        body: read_body(stream, length)?,
    }))
}

/// Writes one frame and flushes the stream.
///
/// # Errors
/// The stream cannot be written, or the body is longer than [`MAX_BODY`]; nothing is written then.
pub fn write_frame(stream: &mut impl Write, frame: &Frame) -> Result<(), FrameError> {
    let too_long = || FrameError::TooLong { length: frame.body.len() as u64 };
    let length = u32::try_from(frame.body.len()).map_err(|_| too_long())?;
    if length > MAX_BODY {
        return Err(too_long());
    }
    let mut header = [0; HEADER_LENGTH];
    header[..4].copy_from_slice(&length.to_le_bytes());
    header[4] = frame.kind as u8;
    header[5] = frame.codec;
    header[8..16].copy_from_slice(&frame.id.to_le_bytes());
    header[16..24].copy_from_slice(&frame.session.to_le_bytes());
    stream.write_all(&header)?;
    stream.write_all(&frame.body)?;
    Ok(stream.flush()?)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Fills the buffer; `false` when the stream ended before its first byte.
fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> Result<bool, FrameError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) if filled == 0 => return Ok(false),
            Ok(0) => return Err(FrameError::Truncated),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

fn read_body(stream: &mut impl Read, length: u32) -> Result<Body, FrameError> {
    let believed = usize::try_from(length).map_or(BELIEVED, |length| length.min(BELIEVED));
    let mut body = Body::with_capacity(believed);
    let mut left = u64::from(length);
    while left > 0 {
        let count = left.min(PIECE);
        if io::copy(&mut stream.by_ref().take(count), &mut body)? < count {
            return Err(FrameError::Truncated);
        }
        left -= count;
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that gives one byte at a time and an interruption before each.
    struct Trickle<'a>(&'a [u8], bool);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match self.0.split_first() {
                Some((byte, rest)) if !buffer.is_empty() => {
                    buffer[0] = *byte;
                    self.0 = rest;
                    Ok(1)
                }
                _ => Ok(0),
            }
        }
    }

    fn frame(body: &[u8]) -> Frame {
        Frame {
            kind: FrameKind::HostCall,
            codec: 1,
            id: 0x0102_0304_0506_0708,
            session: 9,
            body: body.to_vec().into(),
        }
    }

    fn written(frames: &[Frame]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for frame in frames {
            write_frame(&mut bytes, frame).unwrap();
        }
        bytes
    }

    #[test]
    fn the_header_is_as_documented() {
        let bytes = written(&[frame(b"ab")]);
        assert_eq!(&bytes[..8], [2, 0, 0, 0, 4, 1, 0, 0]);
        assert_eq!(&bytes[8..16], [8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(&bytes[16..], [9, 0, 0, 0, 0, 0, 0, 0, b'a', b'b']);
    }

    #[test]
    fn frames_survive_a_stream_of_single_bytes() {
        let frames = [frame(b""), frame(b"one"), frame(&[7; 3000])];
        let bytes = written(&frames);
        let mut stream = Trickle(&bytes, false);
        for expected in &frames {
            assert_eq!(read_frame(&mut stream).unwrap().as_ref(), Some(expected));
        }
        assert!(read_frame(&mut stream).unwrap().is_none());
    }

    #[test]
    fn a_body_longer_than_one_piece_survives() {
        let long = frame(&vec![3; (2 << 20) + 5]);
        let bytes = written(std::slice::from_ref(&long));
        assert_eq!(read_frame(&mut bytes.as_slice()).unwrap(), Some(long));
    }

    #[test]
    fn every_cut_is_an_error_and_not_an_end() {
        let bytes = written(&[frame(b"body")]);
        for cut in 1..bytes.len() {
            let result = read_frame(&mut &bytes[..cut]);
            assert!(matches!(result, Err(FrameError::Truncated)), "cut at {cut}: {result:?}");
        }
    }

    #[test]
    fn garbage_is_refused_before_memory_is_taken_for_it() {
        let mut bytes = written(&[frame(b"")]);
        bytes[4] = 99;
        assert!(matches!(read_frame(&mut bytes.as_slice()), Err(FrameError::UnknownKind(99))));
        let result = read_frame(&mut [0xff; HEADER_LENGTH].as_slice());
        assert!(matches!(result, Err(FrameError::TooLong { length: 0xffff_ffff })));
    }

    #[test]
    fn the_body_is_not_shown() {
        assert!(!format!("{:?}", frame(b"hunter2")).contains("104"));
    }
}
