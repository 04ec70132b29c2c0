//! What the holder of a handle may do with it (`docs/kernel.md` §7): 16
//! general bits, 16 that depend on the kind of resource. The names are
//! documented; the numbers are chosen.

/// A set of rights. It only ever shrinks on its way from program to program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Rights(pub u32);

impl Rights {
    /// None.
    pub const NONE: Self = Self(0);
    /// To send the handle in a message (`OCAP_HANDLE_TRANSFER`).
    pub const TRANSFER: Self = Self(1);
    /// To make further handles of it (`OCAP_HANDLE_COPY`).
    pub const COPY: Self = Self(1 << 1);
    /// To learn the SID of its resource (`OCAP_HANDLE_GET_SID`).
    pub const GET_SID: Self = Self(1 << 2);
    /// To be told what happens to its resource (`OCAP_HANDLE_GET_EVENT`).
    pub const GET_EVENT: Self = Self(1 << 3);
    /// To tell others about it (`OCAP_HANDLE_SET_EVENT`).
    pub const SET_EVENT: Self = Self(1 << 4);
    /// All general rights.
    pub const GENERAL: Self = Self(0xffff);
    /// To call by a channel or a callable handle.
    pub const CALL: Self = Self(1 << 16);
    /// To connect, start, end and equip a process.
    pub const CONTROL: Self = Self(1 << 16);
    /// Everything.
    pub const ALL: Self = Self(u32::MAX);

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// Whether all of `other` is in it.
    #[must_use]
    pub const fn contain(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
