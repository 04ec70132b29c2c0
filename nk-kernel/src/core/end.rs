//! Endings: timeouts, closed lanes, programs that die. Every wait that they touch ends exactly once.
use super::{Activity, Core, LaneId, ListenerId, Stage, Time, Token};
use nk_image::TaskId;
use nk_runtime::Retcode;

impl<M, T: Copy> Core<M, T> {
    /// Ends every wait whose time is over.
    pub fn expire(&mut self, now: Time) {
        while let Some((time, lane)) = self.deadlines.first().copied() {
            if time > now {
                return;
            }
            self.give_up(lane);
            self.finish(lane, Retcode::TIMEOUT);
        }
    }

    /// A request could not be handed to its receiver, whose lane is gone.
    pub fn lost(&mut self, token: Token) {
        if let Some(call) = self.remove(token)
            && !matches!(call.stage, Stage::Abandoned)
        {
            self.finish(call.client, Retcode::ABORT);
        }
    }

    /// A lane is gone, and whoever waited on it with it.
    pub fn lane_closed(&mut self, lane: LaneId) {
        self.give_up(lane);
        self.set(lane, Activity::Closed);
    }

    /// A program has ended: its calls are withdrawn or abandoned, calls to it end with `rcAbort`.
    pub fn ended(&mut self, task: TaskId) {
        let Some(program) = self.programs.get_mut(task.index()) else { return };
        program.alive = false;
        for lane in (0_u32..).zip(program.lanes.clone()).map(|(lane, _)| LaneId { task, lane }) {
            self.lane_closed(lane);
        }
        for listener in self.ends.listeners() {
            if self.ends.server(listener).is_some_and(|(server, _)| server == task) {
                self.abort_all(listener);
            } else if self.ends.clients(listener).contains(&task) {
                self.release_if_deserted(listener);
            }
        }
    }

    /// The server of a listener has ended.
    fn abort_all(&mut self, listener: ListenerId) {
        if let Some(l) = self.listeners.get_mut(listener.index()) {
            l.queue.clear();
            l.waiting.clear();
        }
        let of_listener = |(token, call): (&Token, &super::Call<M, T>)| (call.listener == listener).then_some(*token);
        for token in self.calls.iter().filter_map(of_listener).collect::<Vec<_>>() {
            match self.remove(token) {
                Some(call) if !matches!(call.stage, Stage::Abandoned) => self.finish(call.client, Retcode::ABORT),
                _ => {}
            }
        }
    }

    /// Takes a lane out of whatever it waits for. A request that the server already has is abandoned, so that the answer
    /// to it finds nobody.
    fn give_up(&mut self, lane: LaneId) {
        match self.activity(lane) {
            Activity::Idle | Activity::Closed => {}
            Activity::Receiving { listener, .. } => {
                if let Some(l) = self.listeners.get_mut(listener.index()) {
                    l.waiting.retain(|w| w.lane != lane);
                }
            }
            Activity::Calling { token, .. } => self.withdraw(token),
        }
    }

    fn withdraw(&mut self, token: Token) {
        let Some(call) = self.calls.get_mut(&token) else { return };
        let listener = call.listener;
        match call.stage {
            Stage::Queued(_) => {
                self.remove(token);
                if let Some(l) = self.listeners.get_mut(listener.index()) {
                    l.queue.retain(|t| *t != token);
                }
            }
            Stage::Delivered | Stage::Abandoned => call.stage = Stage::Abandoned,
        }
    }
}
