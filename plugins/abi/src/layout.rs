//! The C layout: what a plugin exports and what the host gives it.
//!
//! Both structures begin with their version and size and only ever grow at the end, so each side
//! may be newer than the other. Who allocates a [`Buffer`] frees it.

use std::ffi::c_void;
use thiserror::Error;

/// The name of the exported static: a [`Plugin`].
pub const SYMBOL: &str = "podform_plugin_v1";

/// The first bytes of a [`Plugin`].
pub const MAGIC: [u8; 8] = *b"podform\x1a";

/// The version of the boundary that this release speaks.
pub const ABI_CURRENT: u32 = 1;

/// The oldest version of the boundary that this release still speaks.
pub const ABI_MINIMUM: u32 = 1;

/// What functions of the boundary return.
pub mod status {
    /// It worked; the buffer holds the answer.
    pub const OK: i32 = 0;
    /// The plugin could not even make an answer; there is no buffer.
    pub const BROKEN: i32 = 1;
    /// The session of a host call is over, or the host is going away; there is no buffer.
    pub const CLOSED: i32 = 2;
}

/// Bytes that the caller owns; valid during the call.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Bytes {
    /// The first byte; may dangle when `length` is 0, never null.
    pub pointer: *const u8,
    /// How many bytes.
    pub length: usize,
}

/// Bytes that the callee allocated; its `free` wipes and releases them.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Buffer {
    /// The first byte; null: no bytes, nothing to free.
    pub pointer: *mut u8,
    /// How many bytes.
    pub length: usize,
    /// For the one who allocated it.
    pub capacity: usize,
}

impl Buffer {
    /// No bytes.
    pub const EMPTY: Self = Self { pointer: std::ptr::null_mut(), length: 0, capacity: 0 };
}

/// The beginning of a [`Plugin`], the same in every version: it is checked before all else.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// The version of the boundary that the plugin was built for.
    pub abi_version: u32,
    /// The size of the plugin's whole structure in bytes.
    pub size: u32,
    /// The codecs it knows: bit `id - 1` for each.
    pub codecs: u32,
    /// Zero.
    pub reserved: u32,
}

/// What a plugin exports as [`SYMBOL`]. The functions may be called from several threads at once.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Plugin {
    /// Who it is.
    pub header: Header,
    /// Makes one provider. `host` stays valid until the process ends. Returns null when it fails,
    /// and fills the buffer with a [`crate::Response`] that says why.
    pub create: Option<unsafe extern "C" fn(host: *const Host, error: *mut Buffer) -> *mut c_void>,
    /// Takes one encoded [`crate::Request`] with its id, fills the buffer with the encoded
    /// [`crate::Response`]. Returns [`status::OK`], or [`status::BROKEN`] without a buffer.
    pub call: Option<
        unsafe extern "C" fn(
            provider: *mut c_void,
            id: u64,
            request: Bytes,
            response: *mut Buffer,
        ) -> i32,
    >,
    /// Wipes and releases a buffer that the plugin allocated.
    pub free: Option<unsafe extern "C" fn(buffer: Buffer)>,
    /// Ends a provider. No call of it runs or will be made.
    pub destroy: Option<unsafe extern "C" fn(provider: *mut c_void)>,
}

/// The host's one callback: takes an encoded [`crate::HostCall`]. `session` is the id of the
/// request that it belongs to (0 for logs); with `answer` null it returns at once and no answer
/// comes, else it fills the buffer. Any thread of the plugin may call it.
pub type HostCallFn = unsafe extern "C" fn(
    context: *const c_void,
    session: u64,
    call: Bytes,
    answer: *mut Buffer,
) -> i32;

/// What the host gives a plugin.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Host {
    /// The version of the boundary that the host speaks.
    pub abi_version: u32,
    /// The size of this structure in bytes.
    pub size: u32,
    /// The codec of every message, by id.
    pub codec: u32,
    /// Zero.
    pub reserved: u32,
    /// To be passed to `call`.
    pub context: *const c_void,
    /// The callback.
    pub call: Option<HostCallFn>,
    /// Wipes and releases a buffer that the host allocated.
    pub free: Option<unsafe extern "C" fn(buffer: Buffer)>,
}

/// Why a library cannot be used as a plugin by this release.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// The static does not begin with [`MAGIC`].
    #[error("its `{SYMBOL}` is not a plugin's table")]
    Magic,
    /// The plugin is older than this release can speak with.
    #[error(
        "it speaks version {found} of the plugin boundary, this podform speaks {ABI_MINIMUM} to \
         {ABI_CURRENT}: the plugin is too old"
    )]
    TooOld {
        /// Its version.
        found: u32,
    },
    /// The plugin is newer than this release.
    #[error(
        "it speaks version {found} of the plugin boundary, this podform speaks {ABI_MINIMUM} to \
         {ABI_CURRENT}: podform is too old"
    )]
    TooNew {
        /// Its version.
        found: u32,
    },
    /// The table is shorter than its version says.
    #[error("its table has {found} bytes where version {version} has {expected}")]
    Size {
        /// Its version.
        version: u32,
        /// Its size in bytes.
        found: u32,
        /// The size in bytes that is needed.
        expected: usize,
    },
    /// The plugin and this release have no codec in common.
    #[error("it knows none of the codecs of this podform (its set is {found:#b})")]
    Codec {
        /// Its set of bits.
        found: u32,
    },
    /// A function is missing.
    #[error("its table has no function `{name}`")]
    Missing {
        /// The function's name in [`Plugin`].
        name: &'static str,
    },
}

impl Header {
    /// The header of a plugin that is built with this release.
    pub const OURS: Self = Self {
        magic: MAGIC,
        abi_version: ABI_CURRENT,
        #[expect(clippy::cast_possible_truncation, reason = "the structure has some 60 bytes")]
        size: size_of::<Plugin>() as u32,
        codecs: crate::Codec::Json.bit(),
        reserved: 0,
    };

    /// Whether this release can use a plugin with this header.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn check(&self) -> Result<crate::Codec, LayoutError> {
        if self.magic != MAGIC {
            return Err(LayoutError::Magic);
        }
        if self.abi_version < ABI_MINIMUM {
            return Err(LayoutError::TooOld { found: self.abi_version });
        }
        if self.abi_version > ABI_CURRENT {
            return Err(LayoutError::TooNew { found: self.abi_version });
        }
        let expected = size_of::<Plugin>();
        if (self.size as usize) < expected {
            let version = self.abi_version;
            return Err(LayoutError::Size { version, found: self.size, expected });
        }
        if self.codecs & crate::Codec::Json.bit() == 0 {
            return Err(LayoutError::Codec { found: self.codecs });
        }
        Ok(crate::Codec::Json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(header: Header) -> String {
        header.check().unwrap_err().to_string()
    }

    #[test]
    fn our_own_header_is_accepted_and_a_longer_table_too() {
        assert_eq!(Header::OURS.check(), Ok(crate::Codec::Json));
        assert!(Header { size: Header::OURS.size + 64, ..Header::OURS }.check().is_ok());
        assert!(Header { codecs: 0b11, ..Header::OURS }.check().is_ok());
    }

    #[test]
    fn mismatches_are_readable() {
        assert!(refusal(Header { magic: [0; 8], ..Header::OURS }).contains("not a plugin's table"));
        assert_eq!(
            refusal(Header { abi_version: 9, ..Header::OURS }),
            "it speaks version 9 of the plugin boundary, this podform speaks 1 to 1: podform is \
             too old"
        );
        assert!(refusal(Header { abi_version: 0, ..Header::OURS }).ends_with("plugin is too old"));
        assert!(refusal(Header { size: 8, ..Header::OURS }).starts_with("its table has 8 bytes"));
        assert!(refusal(Header { codecs: 0b10, ..Header::OURS }).contains("0b10"));
    }

    #[test]
    fn the_layout_of_version_1_does_not_move() {
        assert_eq!(size_of::<Header>(), 24);
        assert_eq!(std::mem::offset_of!(Header, abi_version), 8);
        assert_eq!(std::mem::offset_of!(Header, codecs), 16);
        let pointer = size_of::<usize>();
        assert_eq!(std::mem::offset_of!(Plugin, create), 24);
        assert_eq!(std::mem::offset_of!(Plugin, call), 24 + pointer);
        assert_eq!(std::mem::offset_of!(Plugin, free), 24 + 2 * pointer);
        assert_eq!(std::mem::offset_of!(Plugin, destroy), 24 + 3 * pointer);
        assert_eq!(std::mem::offset_of!(Host, context), 16);
        assert_eq!(std::mem::offset_of!(Host, call), 16 + pointer);
        assert_eq!(std::mem::offset_of!(Host, free), 16 + 2 * pointer);
    }
}
