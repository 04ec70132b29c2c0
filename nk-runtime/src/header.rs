//! The 24 bytes at the start of every message (`docs/wire.md` §1, the 1.3
//! layout).

/// Size of the header that every constant part begins with.
pub const HEADER_SIZE: usize = 24;

/// Number of an endpoint inside a process class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Riid(pub u16);

/// Number of a method inside its interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mid(pub u16);

/// A capability as it travels in a message: 16 bytes, aligned to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Handle {
    /// The process-local number; [`Handle::INVALID`] for none.
    pub handle: u32,
    /// What the holder may do.
    pub rights: u32,
    /// The badge attached on transfer.
    pub badge: u64,
}

impl Handle {
    /// No handle: the value, no rights, no badge.
    pub const INVALID: Self = Self {
        handle: u32::MAX,
        rights: 0,
        badge: 0,
    };
    /// A handle to be sent with these rights, without a badge.
    #[must_use]
    pub const fn new(handle: u32, rights: crate::rights::Rights) -> Self {
        Self {
            handle,
            rights: rights.0,
            badge: 0,
        }
    }
    /// The same, with one: the handle of a badge of the sender.
    #[must_use]
    pub const fn with_badge(self, badge: u32) -> Self {
        Self {
            badge: badge as u64,
            ..self
        }
    }
    /// Only a number, as requests to the kernel name a handle.
    #[must_use]
    pub const fn named(handle: u32) -> Self {
        Self {
            handle,
            rights: 0,
            badge: 0,
        }
    }
    /// Whether this is no handle.
    #[must_use]
    pub const fn is_invalid(self) -> bool {
        self.handle == u32::MAX
    }
}

impl Default for Handle {
    fn default() -> Self {
        Self::INVALID
    }
}

/// The `ex` word: 23 bits size of the constant part, 8 bits number of handles,
/// 1 bit "error response".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ex(pub u32);

impl Ex {
    /// Puts the three parts together; a size beyond 23 bits is cut, as it
    /// cannot stand in a table that `check` accepted.
    #[must_use]
    pub const fn new(size: u32, handles: u8, err: bool) -> Self {
        Self((size & 0x7f_ffff) | ((handles as u32) << 23) | ((err as u32) << 31))
    }
    /// Size of the constant part, header included.
    #[must_use]
    pub const fn size(self) -> u32 {
        self.0 & 0x7f_ffff
    }
    /// Number of handle descriptors.
    #[must_use]
    pub const fn handles(self) -> u8 {
        ((self.0 >> 23) & 0xff) as u8
    }
    /// Whether this is an error response.
    #[must_use]
    pub const fn is_err(self) -> bool {
        self.0 >> 31 == 1
    }
}

/// The decoded header. Its last 16 bytes (`self`) belong to the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The endpoint.
    pub iid: Riid,
    /// The method.
    pub mid: Mid,
    /// Size, handles, error flag.
    pub ex: Ex,
}

impl Header {
    /// `None` when `bytes` is shorter than a header.
    #[must_use]
    #[inline]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let h = bytes.first_chunk::<HEADER_SIZE>()?;
        Some(Self {
            iid: Riid(u16::from_le_bytes([h[0], h[1]])),
            mid: Mid(u16::from_le_bytes([h[2], h[3]])),
            ex: Ex(u32::from_le_bytes([h[4], h[5], h[6], h[7]])),
        })
    }
}
