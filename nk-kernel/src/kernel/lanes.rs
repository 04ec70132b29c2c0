//! The kernel's ends of all lanes: what is waited for on each, and how much of
//! a message that is not complete has been read.
//!
//! Nothing is read from a lane while its operation is going on or something for
//! it has not been read by the program: what a program sends meanwhile stays in
//! the socket, at the program's cost. What is waited for follows from that:
//!
//! | the lane | reading | writing |
//! |---|---|---|
//! | is idle | yes | no |
//! | has something that the program has not read | no | yes |
//! | is paused | no | as before |
use super::poller::{Interest, Poller, Source};
use super::requests::Deferred;
use crate::core::LaneId;
use crate::lane::{Account, Lane, Payload, Read, Sent};
use nk_image::TaskId;
use nk_runtime::frame::{Header, MAX_PACKET};
use rustix::fd::OwnedFd;
use rustix::io::Errno;

/// Packets of messages that go on in others that are read in one turn: whoever
/// calls with little does not wait long for those who send much.
const PACKETS_IN_A_TURN: u32 = 2;

/// A lane and what is waited for on it.
struct Wire {
    lane: Lane,
    /// What is waited for now.
    interest: Interest,
    /// Packets of the message that is not complete.
    packets: u64,
    /// A request to the kernel that is answered later.
    deferred: Option<Deferred>,
}

/// The lanes of all programs.
pub(super) struct Lanes {
    /// Lanes of each program.
    each: u32,
    /// Largest message in bytes.
    max_message: u32,
    programs: Vec<Vec<Option<Wire>>>,
    /// Packets that this turn may still read of messages that go on.
    credit: u32,
    /// Memory for what one packet has behind its header.
    room: Vec<u8>,
}

impl Lanes {
    /// No lanes yet; each program gets so many.
    pub(super) fn new(each: u32, max_message: u32) -> Self {
        Self {
            each,
            max_message,
            programs: Vec::new(),
            credit: 0,
            room: vec![0; MAX_PACKET],
        }
    }

    /// Lanes of each program.
    pub(super) const fn each(&self) -> u32 {
        self.each
    }

    /// Largest message in bytes.
    pub(super) const fn max_message(&self) -> u32 {
        self.max_message
    }

    /// The lanes of a program.
    pub(super) fn of(&self, task: TaskId) -> impl Iterator<Item = LaneId> + use<> {
        (0..self.each).map(move |lane| LaneId { task, lane })
    }

    /// The lane, if it is open.
    fn wire(&mut self, id: LaneId) -> Option<&mut Wire> {
        let lanes = self.programs.get_mut(id.task.index())?;
        lanes.get_mut(id.lane as usize)?.as_mut()
    }

    /// Makes the lanes of a program, which are read from now on; answers the
    /// program's ends.
    ///
    /// # Errors
    /// Of the system: no descriptors are left.
    pub(super) fn open(&mut self, poller: &Poller, task: TaskId) -> Result<Vec<OwnedFd>, Errno> {
        let mut ends = Vec::new();
        let mut wires = Vec::new();
        for id in self.of(task) {
            let (lane, theirs) = Lane::pair()?;
            poller.add(lane.socket(), Source::Lane(id), Interest::READING)?;
            wires.push(Some(Wire {
                lane,
                interest: Interest::READING,
                packets: 0,
                deferred: None,
            }));
            ends.push(theirs);
        }
        let programs = task.index().saturating_add(1).max(self.programs.len());
        self.programs.resize_with(programs, Vec::new);
        if let Some(lanes) = self.programs.get_mut(task.index()) {
            *lanes = wires;
        }
        Ok(ends)
    }

    /// Closes a lane; answers whether it was open.
    pub(super) fn close(&mut self, poller: &Poller, id: LaneId) -> bool {
        let lanes = self.programs.get_mut(id.task.index());
        let slot = lanes.and_then(|lanes| lanes.get_mut(id.lane as usize));
        let closed = slot.and_then(Option::take);
        if let Some(wire) = &closed {
            poller.remove(wire.lane.socket());
        }
        closed.is_some()
    }

    /// A program has ended, and its lanes with it.
    pub(super) fn close_all(&mut self, task: TaskId) {
        if let Some(lanes) = self.programs.get_mut(task.index()) {
            lanes.clear();
        }
    }

    /// A new turn has its own credit.
    pub(super) const fn begin_turn(&mut self) {
        self.credit = PACKETS_IN_A_TURN;
    }

    /// Whether this turn may read on: the first packet of a message always, the
    /// others while there is credit.
    pub(super) fn may_read(&mut self, id: LaneId) -> bool {
        self.credit > 0 || self.wire(id).is_some_and(|wire| wire.packets == 0)
    }

    /// Reads one packet. A lane that is closed reads as one.
    pub(super) fn read(&mut self, id: LaneId, account: &Account) -> Read {
        let lanes = self.programs.get_mut(id.task.index());
        let slot = lanes.and_then(|lanes| lanes.get_mut(id.lane as usize));
        let Some(wire) = slot.and_then(Option::as_mut) else {
            return Read::Closed;
        };
        let read = wire.lane.read(&mut self.room, account, self.max_message);
        if matches!(read, Read::More) {
            self.credit = self.credit.saturating_sub(1);
            wire.packets = wire.packets.saturating_add(1);
        }
        read
    }

    /// Packets that have been read of the message that has just come, but for
    /// the last.
    pub(super) fn packets(&mut self, id: LaneId) -> u64 {
        self.wire(id).map_or(0, |wire| wire.packets)
    }

    /// The next packet begins a message.
    pub(super) fn message_done(&mut self, id: LaneId) {
        if let Some(wire) = self.wire(id) {
            wire.packets = 0;
        }
    }

    /// Whether something for the program has not been read by it.
    pub(super) fn is_backlogged(&mut self, id: LaneId) -> bool {
        self.wire(id).is_none_or(|wire| wire.lane.is_backlogged())
    }

    /// Sends a message, or as much of it as the program takes now. `reading`:
    /// whether the lane is read afterwards. A lane that is closed, or cannot be
    /// waited for, answers [`Sent::Closed`].
    pub(super) fn send(
        &mut self,
        poller: &Poller,
        id: LaneId,
        header: Header,
        payload: Payload,
        reading: bool,
    ) -> Sent {
        let sent = self.wire(id).map(|wire| wire.lane.send(header, payload));
        self.sent(poller, id, sent, reading)
    }

    /// Goes on sending, as [`Lanes::send`].
    pub(super) fn flush(&mut self, poller: &Poller, id: LaneId, reading: bool) -> Sent {
        let sent = self.wire(id).map(|wire| wire.lane.flush());
        self.sent(poller, id, sent, reading)
    }

    /// Waits for what the lane needs next.
    fn sent(&mut self, poller: &Poller, id: LaneId, sent: Option<Sent>, reading: bool) -> Sent {
        let interest = match sent {
            None | Some(Sent::Closed) => return Sent::Closed,
            Some(Sent::All) => Interest {
                reading,
                writing: false,
            },
            Some(Sent::Some) => Interest {
                reading: false,
                writing: true,
            },
        };
        let watched = self.watch(poller, id, interest);
        sent.filter(|_| watched).unwrap_or(Sent::Closed)
    }

    /// The lane is not read until something is sent on it, or
    /// [`Lanes::resume`]. `false` when it cannot be waited for.
    pub(super) fn pause(&mut self, poller: &Poller, id: LaneId) -> bool {
        let writing = self.wire(id).is_some_and(|wire| wire.interest.writing);
        let interest = Interest {
            reading: false,
            writing,
        };
        self.watch(poller, id, interest)
    }

    /// The lane is read again, unless the program has to read first. `false`
    /// when it cannot be waited for.
    pub(super) fn resume(&mut self, poller: &Poller, id: LaneId) -> bool {
        self.is_backlogged(id) || self.watch(poller, id, Interest::READING)
    }

    /// Changes what is waited for on a lane, if it is not waited for already;
    /// `false` when the system refuses that.
    fn watch(&mut self, poller: &Poller, id: LaneId, interest: Interest) -> bool {
        let Some(wire) = self.wire(id) else {
            return true;
        };
        let before = std::mem::replace(&mut wire.interest, interest);
        let source = Source::Lane(id);
        before == interest || poller.change(wire.lane.socket(), source, interest).is_ok()
    }

    /// A request to the kernel on this lane is answered later.
    pub(super) fn defer(&mut self, id: LaneId, deferred: Deferred) {
        if let Some(wire) = self.wire(id) {
            wire.deferred = Some(deferred);
        }
    }

    /// The request to the kernel on this lane that is answered now.
    pub(super) fn take_deferred(&mut self, id: LaneId) -> Option<Deferred> {
        self.wire(id)?.deferred.take()
    }
}
