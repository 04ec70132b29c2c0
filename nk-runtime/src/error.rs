//! Why a call failed, a message was refused or a writer ran out.
use crate::retcode::Retcode;
use core::{convert::Infallible, fmt};

/// Result of an interface method, on both sides of a channel.
pub type Result<T, E = Failed> = core::result::Result<T, Error<E>>;

/// `core`'s result, under names that no description can take: a structure may
/// be called `Result`.
pub type Answer<T, E> = core::result::Result<T, E>;
/// Length of a written response.
pub type Written = Answer<usize, NkErr>;
/// Whether a value fitted.
pub type Stored = Answer<(), Full>;

/// A method failed, or it was never (or only half) carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error<E = Failed> {
    /// The implementation answered with its `error` parameters.
    Method(E),
    /// The call did not reach the implementation, or its answer did not come
    /// back.
    Call(Fault),
}

/// The error type of methods that declare no `error` parameters: an empty error
/// response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failed;

/// Marks the generated error types, so that `?` and `.into()` lift them into
/// [`Error`].
pub trait MethodError {}
impl MethodError for Failed {}

impl<E: MethodError> From<E> for Error<E> {
    fn from(e: E) -> Self {
        Self::Method(e)
    }
}
impl<E> From<Fault> for Error<E> {
    fn from(f: Fault) -> Self {
        Self::Call(f)
    }
}
impl<E> From<Full> for Error<E> {
    fn from(f: Full) -> Self {
        Self::Call(f.into())
    }
}
impl<E> From<Infallible> for Error<E> {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl<E> Error<E> {
    /// The method's own error, if it is one.
    pub fn method(self) -> Option<E> {
        match self {
            Self::Method(e) => Some(e),
            Self::Call(_) => None,
        }
    }
    /// The fault, if it is one.
    pub const fn fault(&self) -> Option<Fault> {
        match self {
            Self::Method(_) => None,
            Self::Call(fault) => Some(*fault),
        }
    }
    /// Translates the method's own error and leaves faults alone: for servers
    /// that forward to another interface.
    pub fn map_method<F>(self, f: impl FnOnce(E) -> F) -> Error<F> {
        match self {
            Self::Method(e) => Error::Method(f(e)),
            Self::Call(c) => Error::Call(c),
        }
    }
}

impl<E: fmt::Debug> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(e) => write!(f, "the method failed: {e:?}"),
            Self::Call(c) => c.fmt(f),
        }
    }
}
impl<E: fmt::Debug> core::error::Error for Error<E> {}

/// A failure outside the method. Each one has its kernel code
/// ([`Fault::retcode`]) and its `nk_err_t` (`NkErr::from`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The kernel refused the request or the response; the reason stands only
    /// in the audit.
    Denied,
    /// A check in one's own process refused the message.
    Malformed(Malformed),
    /// The other side is not there.
    NotConnected,
    /// The server ended, or gave up on the request, while the call was pending.
    Aborted,
    /// No answer in time.
    Timeout,
    /// The call was interrupted.
    Interrupted,
    /// No endpoint with this RIID.
    NoEndpoint,
    /// No method with this MID.
    NoMethod,
    /// A value or a whole message does not fit into its bound or buffer.
    TooLarge(Full),
    /// Any other answer of the kernel.
    Kernel(Retcode),
    /// Any other `nk_err_t`.
    Other(NkErr),
}

impl Fault {
    /// The code of the kernel operation that this fault stands for.
    #[must_use]
    pub const fn retcode(self) -> Retcode {
        match self {
            Self::Denied => Retcode::SECURITY_DISALLOW,
            Self::Malformed(_) => Retcode::INVALID_ARGUMENT,
            Self::NotConnected => Retcode::NOT_CONNECTED,
            Self::Aborted => Retcode::ABORT,
            Self::Timeout => Retcode::TIMEOUT,
            Self::Interrupted => Retcode::IPC_INTERRUPT,
            Self::NoEndpoint | Self::NoMethod => Retcode::RESOURCE_NOT_FOUND,
            Self::TooLarge(_) => Retcode::BUFFER_TOO_SMALL,
            Self::Kernel(code) => code,
            Self::Other(_) => Retcode::FAIL,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("the security policy denied the message"),
            Self::Malformed(m) => m.fmt(f),
            Self::NotConnected => f.write_str("the other side is not connected"),
            Self::Aborted => f.write_str("the server ended before it answered"),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Interrupted => f.write_str("the call was interrupted"),
            Self::NoEndpoint => f.write_str("no endpoint with this RIID"),
            Self::NoMethod => f.write_str("no method with this MID"),
            Self::TooLarge(full) => full.fmt(f),
            Self::Kernel(code) => code.fmt(f),
            Self::Other(e) => e.fmt(f),
        }
    }
}
impl core::error::Error for Fault {}

/// A value does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Full {
    /// The value at this offset of its struct is longer than the description
    /// allows.
    Bound {
        /// Offset of the field.
        at: u32,
    },
    /// The message buffer has no room for it.
    Buffer,
}
impl From<Full> for Fault {
    fn from(f: Full) -> Self {
        Self::TooLarge(f)
    }
}
impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bound { at } => write!(f, "the value at offset {at} is longer than its bound"),
            Self::Buffer => f.write_str("the message buffer is too small"),
        }
    }
}
impl core::error::Error for Full {}

/// The rule that a message breaks, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// Which rule.
    pub rule: Rule,
    /// Offset of the offending field inside its struct.
    pub at: u32,
}

/// The structure rules (`docs/wire.md` §9 names them R01 to R24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The constant part is not exactly as large as its struct (R01, R02).
    Size,
    /// The number of handles is not the method's (R03).
    Handles,
    /// The error flag contradicts the direction (R05).
    Direction,
    /// A response names another endpoint or method than its request (R26).
    Route,
    /// Variable data where the method has none.
    Arena,
    /// A descriptor points outside the arena, or its size is not a multiple of
    /// the element (R06, R07).
    Chunk,
    /// More elements or bytes than the description allows (R07, R16).
    Bound,
    /// A chunk is not aligned for its elements (R08).
    Align,
    /// A string is not UTF-8 (R18).
    Utf8,
    /// A string does not end with a NUL, or (strict) has one inside (R16, R17).
    Nul,
    /// A union's tag is out of range (R14).
    Tag,
    /// Types nest deeper than the walker goes.
    Depth,
    /// Compat only: overlapping chunks would cost more work than the message
    /// has bytes (R21).
    Work,
    /// Strict only: a chunk does not stand right behind the one before it in
    /// the walk, or an empty chunk is not {0, 0} (R09, R10).
    Order,
    /// Strict only: padding, or unused bytes of a union, are not zero (R11,
    /// R13).
    NotZero,
    /// Strict only: bytes behind the last chunk (R10).
    Trailing,
}
impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "malformed message: rule {:?} at offset {}",
            self.rule, self.at
        )
    }
}
impl core::error::Error for Malformed {}
impl From<Malformed> for Fault {
    fn from(m: Malformed) -> Self {
        Self::Malformed(m)
    }
}

/// `nk_err_t` (`docs/kernel.md` §10.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NkErr(pub i32);

macro_rules! nk_errs {
    ($($(#[$doc:meta])* $name:ident = $n:literal,)*) => {
        impl NkErr {
            $($(#[$doc])* pub const $name: Self = Self($n);)*
            /// The name without its `NK_`; `None` for a number that has none.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}
nk_errs! {
    /// No error.
    EOK = 0,
    /// Refused by the security module.
    EPERM = -1,
    /// No such endpoint or method.
    ENOENT = -2,
    /// Timeout or interruption.
    EAGAIN = -11,
    /// A buffer or bound is too small.
    ENOMEM = -12,
    /// Anything else.
    EINVAL = -22,
    /// Not empty.
    ENOTEMPTY = -39,
    /// No message.
    ENOMSG = -42,
    /// The structure of a message is wrong.
    EBADMSG = -74,
    /// The other side is not there.
    ENOTCONN = -107,
}
impl fmt::Display for NkErr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "nk_err {}", self.0),
        }
    }
}
impl fmt::Debug for NkErr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl core::error::Error for NkErr {}

impl From<Fault> for NkErr {
    fn from(f: Fault) -> Self {
        match f {
            Fault::Denied => Self::EPERM,
            Fault::Malformed(_) => Self::EBADMSG,
            Fault::NotConnected => Self::ENOTCONN,
            Fault::Timeout | Fault::Interrupted => Self::EAGAIN,
            Fault::NoEndpoint | Fault::NoMethod => Self::ENOENT,
            Fault::TooLarge(_) => Self::ENOMEM,
            Fault::Aborted => Self::from(Retcode::ABORT),
            Fault::Kernel(code) => code.into(),
            Fault::Other(e) => e,
        }
    }
}
impl From<NkErr> for Fault {
    fn from(e: NkErr) -> Self {
        match e {
            NkErr::EPERM => Self::Denied,
            NkErr::ENOTCONN => Self::NotConnected,
            NkErr::EAGAIN => Self::Timeout,
            NkErr::ENOENT => Self::NoMethod,
            NkErr::ENOMEM => Self::TooLarge(Full::Buffer),
            e => Self::Other(e),
        }
    }
}
impl From<Retcode> for Fault {
    fn from(code: Retcode) -> Self {
        match code {
            Retcode::SECURITY_DISALLOW => Self::Denied,
            Retcode::NOT_CONNECTED => Self::NotConnected,
            Retcode::ABORT => Self::Aborted,
            Retcode::TIMEOUT => Self::Timeout,
            Retcode::IPC_INTERRUPT => Self::Interrupted,
            Retcode::BUFFER_TOO_SMALL | Retcode::BUFFER_TOO_LARGE => Self::TooLarge(Full::Buffer),
            code => Self::Kernel(code),
        }
    }
}
