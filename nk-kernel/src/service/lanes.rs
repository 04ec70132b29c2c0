//! Lanes at work: reading from those that are idle, sending what the state machine says.
//!
//! Nothing is read from a lane while its operation is going on or something for it has not been read by the program: what
//! a program sends meanwhile stays in the socket, at the program's cost.
use super::handles::hand_over;
use super::pace::Strain;
use super::{Interest, Kernel, Source};
use crate::core::{Action, LaneId};
use crate::lane::{Buffer, Payload, Read, Sent};
use nk_runtime::Retcode;
use nk_runtime::frame::{Header, Kind, RECEIVING};

/// Packets of messages that go on in others that are read in one turn: whoever calls with little does not wait long for those
/// who send much.
pub(super) const PACKETS_IN_A_TURN: u32 = 2;

impl Kernel {
    pub(super) fn lane_event(&mut self, id: LaneId, writable: bool, hung_up: bool) {
        if writable && let Some(wire) = self.wire(id) {
            let sent = wire.lane.flush();
            self.sent(id, sent);
        }
        let rests = self.rests(id.task, Strain::Refusals);
        if self.is_idle(id) && (hung_up || !rests) {
            self.read_lane(id);
        } else if hung_up {
            self.close_lane(id);
        } else if !writable {
            self.pause(id);
        }
        self.act();
    }

    fn is_idle(&mut self, id: LaneId) -> bool {
        self.is_free(id) && self.wire(id).is_some_and(|wire| !wire.lane.is_backlogged())
    }

    /// Whether no operation of the lane is going on.
    pub(super) fn is_free(&self, id: LaneId) -> bool {
        !self.core.is_busy(id)
    }

    /// Reads what has come; the rest of a message only while this turn has credit for it.
    fn read_lane(&mut self, id: LaneId) {
        while self.credit > 0 || self.wire(id).is_some_and(|wire| wire.packets == 0) {
            match self.read_packet(id) {
                Read::Empty => return,
                Read::More => {
                    self.credit = self.credit.saturating_sub(1);
                    if let Some(wire) = self.wire(id) {
                        wire.packets = wire.packets.saturating_add(1);
                    }
                }
                read => return self.take(id, read),
            }
        }
    }

    pub(super) fn read_packet(&mut self, id: LaneId) -> Read {
        let Some(program) = self.programs.get_mut(id.task.index()) else {
            return Read::Closed;
        };
        match program
            .lanes
            .get_mut(id.lane as usize)
            .and_then(Option::as_mut)
        {
            Some(wire) => wire
                .lane
                .read(&mut self.room, &program.account, self.max_message),
            None => Read::Closed,
        }
    }

    /// Deals with what was read.
    pub(super) fn take(&mut self, id: LaneId, read: Read) {
        match read {
            Read::Empty | Read::More => {}
            Read::Message(header, buffer) => self.dispatch(id, header, buffer),
            Read::Refused(header, code) => self.refused(id, header, code),
            Read::Closed => self.close_lane(id),
        }
        if let Some(wire) = self.wire(id) {
            wire.packets = 0;
        }
    }

    /// Does what the state machine says, until it has nothing more to say.
    pub(super) fn act(&mut self) {
        while let Some(action) = self.core.next_action() {
            match action {
                Action::Request {
                    to,
                    token,
                    handle,
                    client,
                    context,
                    message,
                    handles,
                } => {
                    self.carried = self.carried.wrapping_add(1);
                    let header = Header {
                        token: token.0,
                        handle,
                        timeout: client.0,
                        ..Header::new(Kind::Request)
                    };
                    let message = hand_over(message.into_message(), &handles, context);
                    if self.send(to, header, deliver(message)) == Sent::Closed {
                        self.core.lost(token);
                    }
                }
                Action::Response {
                    to,
                    message,
                    handles,
                } => {
                    let message = hand_over(message.into_message(), &handles, 0);
                    let _ = self.send(to, Header::new(Kind::Response), deliver(message));
                }
                Action::Answer { to, answer } => self.answer_waiting(to, answer),
                Action::ResourceGone(sid) => self.state.ended(sid),
                Action::TaskUnreferenced(task) => self.give_up_task(task),
                Action::Result { to, code, replied } => {
                    let flags = if replied { RECEIVING } else { 0 };
                    self.result(
                        to,
                        Header {
                            code,
                            flags,
                            ..Header::new(Kind::Result)
                        },
                        Payload::None,
                    );
                }
            }
        }
    }

    pub(super) fn result(&mut self, to: LaneId, header: Header, payload: Payload) {
        let _ = self.send(to, header, payload);
    }

    pub(super) fn send(&mut self, to: LaneId, header: Header, payload: Payload) -> Sent {
        let Some(wire) = self.wire(to) else {
            return Sent::Closed;
        };
        let sent = wire.lane.send(header, payload);
        self.sent(to, sent);
        sent
    }

    /// Waits for what the lane needs next.
    fn sent(&mut self, id: LaneId, sent: Sent) {
        match sent {
            Sent::Closed => self.close_lane(id),
            Sent::All => {
                let reading = !self.rests(id.task, Strain::Refusals);
                self.watch(
                    id,
                    Interest {
                        reading,
                        writing: false,
                    },
                );
            }
            Sent::Some => self.watch(
                id,
                Interest {
                    reading: false,
                    writing: true,
                },
            ),
        }
    }

    fn pause(&mut self, id: LaneId) {
        let writing = self.wire(id).is_some_and(|wire| wire.interest.writing);
        self.watch(
            id,
            Interest {
                reading: false,
                writing,
            },
        );
    }

    pub(super) fn watch(&mut self, id: LaneId, interest: Interest) {
        let Some(wire) = self
            .programs
            .get_mut(id.task.index())
            .and_then(|p| p.lanes.get_mut(id.lane as usize)?.as_mut())
        else {
            return;
        };
        if wire.interest == interest {
            return;
        }
        wire.interest = interest;
        if self
            .poller
            .change(wire.lane.socket(), Source::Lane(id), interest)
            .is_err()
        {
            self.close_lane(id);
        }
    }

    pub(super) fn close_lane(&mut self, id: LaneId) {
        let slot = self
            .programs
            .get_mut(id.task.index())
            .and_then(|p| p.lanes.get_mut(id.lane as usize));
        if let Some(wire) = slot.and_then(Option::take) {
            self.poller.remove(wire.lane.socket());
            self.core.lane_closed(id);
        }
    }

    /// Ends an operation without a message, at once.
    pub(super) fn answer(&mut self, id: LaneId, code: Retcode) {
        if !code.is_ok() {
            self.cost(id);
        }
        self.core.answer(id, code);
    }

    /// What has just been read has cost time and come to nothing.
    pub(super) fn cost(&mut self, id: LaneId) {
        let packets = self.wire(id).map_or(0, |wire| wire.packets);
        self.strain(
            id.task,
            Strain::Refusals,
            packets.saturating_mul(4).saturating_add(1),
        );
    }
}

fn deliver(buffer: Buffer) -> Payload {
    Payload::Message(buffer.handed_over())
}
