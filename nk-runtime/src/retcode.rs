//! The codes that system calls answer with. Numbers are ours: the vendor's are
//! unknown (`docs/kernel.md` §10.2, `docs/psl.md` §14, 13).
use crate::error::NkErr;
use core::fmt;

/// Result of a kernel operation: 0 is [`Retcode::OK`], everything else an
/// error.
///
/// Encoding: bit 31 error, bit 30 customer, bits 16–29 space and facility, bits
/// 0–15 code; the general codes below have space and facility 0 and are
/// numbered in the order of the spec's list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Retcode(pub i32);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $n:literal $text:literal,)*) => {
        impl Retcode {
            /// No error.
            pub const OK: Self = Self(0);
            $($(#[$doc])* pub const $name: Self = Self(i32::MIN | $n);)*
            /// The documented spelling, `rcSecurityDisallow`; `None` for a
            /// number that has no name here.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    Self::OK => Some("rcOk"),
                    $(Self::$name => Some($text),)*
                    _ => None,
                }
            }
            /// All named codes.
            pub const ALL: &'static [Self] = &[Self::OK $(, Self::$name)*];
        }
    };
}
codes! {
    /// No other code fits.
    FAIL = 1 "rcFail",
    /// Bad structure, unknown or closed handle.
    INVALID_ARGUMENT = 2 "rcInvalidArgument",
    /// The other side is not there.
    NOT_CONNECTED = 3 "rcNotConnected",
    /// The kernel has no memory for it.
    OUT_OF_MEMORY = 4 "rcOutOfMemory",
    /// The receiver's buffer does not hold the message.
    BUFFER_TOO_SMALL = 5 "rcBufferTooSmall",
    /// Larger than the maximum message.
    BUFFER_TOO_LARGE = 6 "rcBufferTooLarge",
    /// A fault of the kernel itself.
    INTERNAL_ERROR = 7 "rcInternalError",
    /// Copying a message failed.
    TRANSFER_ERROR = 8 "rcTransferError",
    /// Receiving failed.
    RECEIVE_ERROR = 9 "rcReceiveError",
    /// The sender's memory could not be read.
    SOURCE_FAULT = 10 "rcSourceFault",
    /// The receiver's memory could not be written.
    TARGET_FAULT = 11 "rcTargetFault",
    /// The call was interrupted.
    IPC_INTERRUPT = 12 "rcIpcInterrupt",
    /// Try again.
    RESTART = 13 "rcRestart",
    /// The handle lacks a right.
    NO_CAPABILITY = 14 "rcNoCapability",
    /// Not ready yet.
    NOT_READY = 15 "rcNotReady",
    /// This host does not offer the method.
    UNIMPLEMENTED = 16 "rcUnimplemented",
    /// In use.
    BUSY = 17 "rcBusy",
    /// There is no such thing.
    RESOURCE_NOT_FOUND = 18 "rcResourceNotFound",
    /// Time ran out.
    TIMEOUT = 19 "rcTimeout",
    /// The security module refused; the reason stands only in the audit.
    SECURITY_DISALLOW = 20 "rcSecurityDisallow",
    /// The futex would block.
    FUTEX_WOULD_BLOCK = 21 "rcFutexWouldBlock",
    /// The server ended under a pending call.
    ABORT = 22 "rcAbort",
    /// The thread is in the wrong state.
    INVALID_THREAD_STATE = 23 "rcInvalidThreadState",
    /// It exists already.
    ALREADY_EXISTS = 24 "rcAlreadyExists",
    /// Not allowed on this handle or at this moment.
    INVALID_OPERATION = 25 "rcInvalidOperation",
    /// The handle was revoked.
    HANDLE_REVOKED = 26 "rcHandleRevoked",
    /// The program's share is used up.
    QUOTA_EXCEEDED = 27 "rcQuotaExceeded",
    /// There is no such device.
    DEVICE_NOT_FOUND = 28 "rcDeviceNotFound",
}

impl Retcode {
    /// Whether it is [`Retcode::OK`].
    #[must_use]
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }
    /// `Ok` for [`Retcode::OK`], otherwise the code as an error.
    ///
    /// # Errors
    /// The code itself.
    pub const fn ok(self) -> Result<(), Self> {
        if self.is_ok() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Retcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "retcode {:#010x}", self.0),
        }
    }
}
impl fmt::Debug for Retcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl core::error::Error for Retcode {}

/// How our transport shows a code at the nk level (`docs/kernel.md` §10.2).
impl From<Retcode> for NkErr {
    fn from(code: Retcode) -> Self {
        match code {
            Retcode::OK => Self::EOK,
            Retcode::SECURITY_DISALLOW => Self::EPERM,
            Retcode::TIMEOUT | Retcode::IPC_INTERRUPT => Self::EAGAIN,
            Retcode::OUT_OF_MEMORY => Self::ENOMEM,
            Retcode::NOT_CONNECTED | Retcode::HANDLE_REVOKED => Self::ENOTCONN,
            Retcode::BUFFER_TOO_SMALL => Self::EBADMSG,
            Retcode::RESOURCE_NOT_FOUND => Self::ENOENT,
            _ => Self::EINVAL,
        }
    }
}
