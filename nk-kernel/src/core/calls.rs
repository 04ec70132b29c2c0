//! The calls: from the client's request to the server's answer, each under a
//! token that is never used twice.
//!
//! A call is queued until a receiver takes it, delivered until it is answered,
//! and abandoned when its client has stopped waiting while the server holds it.
//! All three count towards the client's [`MAX_CALLS`].
//!
//! | state | the message is | the server | the client |
//! |---|---|---|---|
//! | queued | here | may not answer yet | waits |
//! | delivered | the server's | may answer once | waits |
//! | abandoned | the server's | is told that nobody waits | has gone on, or died |
//!
//! A token is spent with the first answer, with an abort, and with the death of
//! the server; a second answer finds no call.
use super::{ChannelId, LaneId, ListenerId, Target, Transit, Wait};
use nk_image::TaskId;
use nk_runtime::Retcode;
use std::collections::BTreeMap;

/// Calls that a program may have outstanding, those that it gave up on but the
/// server still holds included.
pub const MAX_CALLS: u32 = 64;

/// The one-shot number of a call. Never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// A call, but for its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calling<T> {
    /// The handle that is called by.
    pub handle: u32,
    /// How long the client waits.
    pub wait: Wait,
    /// The client's room for the response, in bytes.
    pub room: u64,
    /// Bytes of the request.
    pub size: u64,
    /// What comes back from [`Core::answering`](super::Core::answering).
    pub tag: T,
}

/// A call under its token. Everything that is needed to answer it is kept from
/// the moment it was queued: what its client does meanwhile changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Call<M, T> {
    /// Who waits for the response.
    client: LaneId,
    /// Where it is received.
    listener: ListenerId,
    /// `None` for a call on a callable handle.
    channel: Option<ChannelId>,
    context: u64,
    tag: T,
    /// Bytes of the request.
    size: u64,
    /// The client's room for the response, in bytes.
    room: u64,
    state: State<M>,
}

/// Where the message is, and who waits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum State<M> {
    /// Waits for a receiver, with the handles that it carries.
    Queued(M, Vec<Transit>),
    /// The server has it.
    Delivered,
    /// The server has it, but nobody waits for the answer: timeout, interrupt
    /// or death of the client.
    Abandoned,
}

/// Where a call is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallState {
    Queued,
    Delivered,
    Abandoned,
}

/// A call that is over.
#[derive(Debug)]
pub(super) struct Ended {
    /// Who called.
    pub(super) client: LaneId,
    /// Whether the client still waits: the call had not been abandoned.
    pub(super) waits: bool,
    /// The client's room for the response, in bytes.
    pub(super) room: u64,
    /// Handles of a request that nobody has received.
    pub(super) carried: Option<Vec<Transit>>,
}

/// A request that a receiver gets.
pub(super) struct Delivery<M> {
    pub(super) client: LaneId,
    /// What the server attached to the callable handle that was called; 0 for a
    /// call by a channel.
    pub(super) context: u64,
    pub(super) message: M,
    pub(super) carried: Vec<Transit>,
}

/// All calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Calls<M, T> {
    by_token: BTreeMap<Token, Call<M, T>>,
    /// By program, how many of them are its own.
    charged: Vec<u32>,
    /// The token that was given last.
    last: u64,
}

impl<M, T: Copy> Calls<M, T> {
    /// No calls yet. The first token is 1.
    pub(super) const fn new() -> Self {
        Self {
            by_token: BTreeMap::new(),
            charged: Vec::new(),
            last: 0,
        }
    }

    /// Room for the charges of a program.
    pub(super) fn add_program(&mut self, task: TaskId) {
        let programs = task.index().saturating_add(1).max(self.charged.len());
        self.charged.resize(programs, 0);
    }

    /// Number of calls in any state.
    pub(super) fn len(&self) -> usize {
        self.by_token.len()
    }

    /// Calls of a program that count towards [`MAX_CALLS`].
    pub(super) fn charged(&self, task: TaskId) -> u32 {
        self.charged.get(task.index()).copied().unwrap_or(0)
    }

    /// Queues a call, and charges it to its client.
    ///
    /// # Errors
    /// `rcQuotaExceeded` at [`MAX_CALLS`], with the handles that the message
    /// carried.
    pub(super) fn queue(
        &mut self,
        client: LaneId,
        calling: &Calling<T>,
        target: Target,
        message: M,
        carried: Vec<Transit>,
    ) -> Result<Token, (Retcode, Vec<Transit>)> {
        let Some(charged) = self.charged.get_mut(client.task.index()) else {
            return Err((Retcode::INTERNAL_ERROR, carried));
        };
        if *charged >= MAX_CALLS {
            return Err((Retcode::QUOTA_EXCEEDED, carried));
        }
        *charged = charged.saturating_add(1);
        // 2^64 calls do not happen in the life of a kernel
        self.last = self.last.saturating_add(1);
        let call = Call {
            client,
            listener: target.listener,
            channel: target.channel(),
            context: target.context,
            tag: calling.tag,
            size: calling.size,
            room: calling.room,
            state: State::Queued(message, carried),
        };
        self.by_token.insert(Token(self.last), call);
        Ok(Token(self.last))
    }

    /// Bytes of the request of a call.
    pub(super) fn size(&self, token: Token) -> Option<u64> {
        self.by_token.get(&token).map(|call| call.size)
    }

    /// Who made a call, by which listener its server receives it, and where it
    /// is.
    pub(super) fn find(&self, token: Token) -> Option<(LaneId, ListenerId, CallState)> {
        let call = self.by_token.get(&token)?;
        let state = match call.state {
            State::Queued(..) => CallState::Queued,
            State::Delivered => CallState::Delivered,
            State::Abandoned => CallState::Abandoned,
        };
        Some((call.client, call.listener, state))
    }

    /// The tag that a call was made with.
    pub(super) fn tag(&self, token: Token) -> Option<T> {
        self.by_token.get(&token).map(|call| call.tag)
    }

    /// Takes the request out of a queued call, which is delivered from now on.
    /// `None` for any other.
    pub(super) fn deliver(&mut self, token: Token) -> Option<Delivery<M>> {
        let call = self.by_token.get_mut(&token)?;
        let (message, carried) = match std::mem::replace(&mut call.state, State::Delivered) {
            State::Queued(message, carried) => (message, carried),
            other => {
                call.state = other;
                return None;
            }
        };
        Some(Delivery {
            client: call.client,
            context: call.context,
            message,
            carried,
        })
    }

    /// The client of a delivered call has stopped waiting.
    pub(super) fn abandon(&mut self, token: Token) {
        if let Some(call) = self.by_token.get_mut(&token) {
            call.state = State::Abandoned;
        }
    }

    /// Forgets a call and refunds it; its token is spent.
    pub(super) fn remove(&mut self, token: Token) -> Option<Ended> {
        let call = self.by_token.remove(&token)?;
        if let Some(charged) = self.charged.get_mut(call.client.task.index()) {
            *charged = charged.saturating_sub(1);
        }
        let waits = !matches!(call.state, State::Abandoned);
        let carried = match call.state {
            State::Queued(_, carried) => Some(carried),
            State::Delivered | State::Abandoned => None,
        };
        Some(Ended {
            client: call.client,
            waits,
            room: call.room,
            carried,
        })
    }

    /// The calls that came in by a listener, oldest first.
    pub(super) fn of_listener(&self, listener: ListenerId) -> Vec<Token> {
        self.tokens(|call| call.listener == listener)
    }

    /// The calls that were made by a channel, oldest first.
    pub(super) fn of_channel(&self, channel: ChannelId) -> Vec<Token> {
        self.tokens(|call| call.channel == Some(channel))
    }

    /// The tokens of some calls, in the order in which the calls were made.
    fn tokens(&self, meant: impl Fn(&Call<M, T>) -> bool) -> Vec<Token> {
        let meant = self.by_token.iter().filter(|(_, call)| meant(call));
        meant.map(|(token, _)| *token).collect()
    }
}
