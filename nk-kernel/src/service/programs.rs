//! The programs' lives: start and end.
use super::dispatch::{EINIT_SID, KERNEL_SID};
use super::{Interest, Kernel, Source, Wire};
use crate::core::LaneId;
use crate::lane::{Lane, Read};
use crate::start::{StartError, start};
use nk_image::TaskId;
use nk_security::{KERNEL_CLASS, Permit, Sid, Subject};
use rustix::fd::OwnedFd;
use std::io;

/// Milliseconds until the next look for processes that programs left.
const LOOK_AGAIN: u64 = 10;

impl Kernel {
    /// Starts every task in the order of the plan. All starts are decided before the first is made.
    pub(crate) fn start_all(&mut self) -> Result<(), (TaskId, StartError)> {
        let tasks = self.solution.plan.tasks.clone();
        let numbered = || (0..).map(TaskId).zip(&tasks);
        let initiator = Subject {
            class: self.solution.plan.initiator,
            sid: EINIT_SID,
        };
        self.start_ourselves(initiator);
        self.launch(initiator)?;
        let mut permits = Vec::new();
        for (id, task) in numbered() {
            self.launch_resume(initiator, id)?;
            let started = self.subject(id).unwrap_or(Subject {
                class: task.class,
                sid: Sid(0),
            });
            match self
                .solution
                .policy
                .execute(&mut self.state, initiator, started)
            {
                Ok(permit) => {
                    self.audit_granted(id, permit.record());
                    permits.push(permit);
                }
                Err(record) => {
                    let text = record.text(&self.solution.policy).to_string();
                    self.audit(id, &record);
                    return Err((id, StartError::Denied(text)));
                }
            }
            self.launch_program(id)?;
        }
        for ((id, _), permit) in numbered().zip(permits) {
            self.start_one(id, permit).map_err(|e| (id, e))?;
        }
        Ok(())
    }

    /// Starts a program whose start was permitted.
    pub(super) fn start_one(&mut self, id: TaskId, permit: Permit) -> Result<(), StartError> {
        let task = self.solution.plan.tasks.get(id.index()).cloned();
        let task = task.ok_or(StartError::lanes(rustix::io::Errno::INVAL))?;
        let ends = self.make_lanes(id).map_err(StartError::lanes)?;
        let (running, outputs) = start(&self.terms, &task, &ends, permit)?;
        let mut watched = self
            .poller
            .add(&running.process, Source::Ended(id), Interest::READING);
        if let Some(threads) = &running.threads {
            watched = watched.and(self.poller.add(
                threads.descriptor(),
                Source::Threads(id),
                Interest::READING,
            ));
        }
        if let Some(program) = self.programs.get_mut(id.index()) {
            program.running = Some(running);
        }
        watched
            .and_then(|()| self.watch_output(id, outputs))
            .map_err(StartError::lanes)?;
        self.report
            .mention(|| format!("started task `{}`", task.name));
        Ok(())
    }

    /// A program wants another thread. When that cannot be answered, the program gets no more threads, an error for each:
    /// the system sees to that as soon as nobody is there to ask.
    pub(super) fn thread_event(&mut self, task: TaskId, hung_up: bool) {
        let running = self
            .programs
            .get_mut(task.index())
            .and_then(|p| p.running.as_mut());
        let Some(place) = running.map(|running| &mut running.threads) else {
            return;
        };
        let Some(threads) = place.as_ref() else {
            return;
        };
        // who has gone asks no more
        let answered = if hung_up { Ok(()) } else { threads.answer() };
        let lost = match answered {
            Ok(()) if !hung_up => return,
            Ok(()) => None,
            Err(e) => Some(e),
        };
        self.poller.remove(threads.descriptor());
        *place = None;
        if let Some(e) = lost {
            let name = self.core.programs().name(task).to_owned();
            self.report.say(&format!(
                "task `{name}` gets no more threads: answering its request for one: {}",
                io::Error::from(e)
            ));
        }
    }

    /// The kernel's own start and that of `Einit` are events: policies initialise the states of both there
    /// (`spec/psl-runtime.md` §A.5.1). They have happened already, so a denial changes nothing but that.
    fn start_ourselves(&mut self, einit: Subject) {
        let policy = &self.solution.policy;
        if let Some(class) = policy.tables().class_named(KERNEL_CLASS) {
            let kernel = Subject {
                class,
                sid: KERNEL_SID,
            };
            for started in [kernel, einit] {
                let _ = policy.execute(&mut self.state, kernel, started);
            }
        }
    }

    /// Makes the lanes of a task and answers the program's ends.
    pub(super) fn make_lanes(&mut self, task: TaskId) -> Result<Vec<OwnedFd>, rustix::io::Errno> {
        let mut ends = Vec::new();
        for lane in 0..self.lanes {
            let (ours, theirs) = Lane::pair()?;
            self.poller.add(
                ours.socket(),
                Source::Lane(LaneId { task, lane }),
                Interest::READING,
            )?;
            if let Some(program) = self.programs.get_mut(task.index()) {
                program.lanes.push(Some(Wire {
                    lane: ours,
                    interest: Interest::READING,
                    packets: 0,
                    pending: None,
                }));
            }
            ends.push(theirs);
        }
        Ok(ends)
    }

    /// A program has ended. What it sent and wrote before is taken first.
    pub(super) fn program_ended(&mut self, task: TaskId) {
        for lane in 0..self.lanes {
            self.drain_lane(LaneId { task, lane });
        }
        let Some(running) = self
            .programs
            .get_mut(task.index())
            .and_then(|p| p.running.take())
        else {
            return;
        };
        let mut ended = running.wait();
        if let Some(program) = self.programs.get_mut(task.index()) {
            ended = program.ending(ended);
            program.ended = Some(ended);
            program.lanes.clear();
        }
        self.end_strays();
        self.last_output(task);
        self.core.ended(task);
        self.act();
        self.report.ended(task);
        self.settle_account(task);
        let name = self.task_name(task).to_owned();
        self.report.mention(|| format!("task `{name}` {ended}"));
    }

    /// With a program everything that it had made the kernel hold is gone. Were it not so, it would be a fault of the kernel,
    /// and is said.
    fn settle_account(&mut self, task: TaskId) {
        let charged = self
            .programs
            .get(task.index())
            .map_or(0, |program| program.account.charged());
        if charged > 0 {
            let name = self.task_name(task).to_owned();
            self.report.say(&format!(
                "FAULT: {charged} bytes are still charged to task `{name}`, which has ended"
            ));
        }
    }

    /// Ends what ended programs have left, and comes back to what that leaves.
    pub(super) fn end_strays(&mut self) {
        let Some(strays) = &self.strays else { return };
        let programs: Vec<_> = self
            .programs
            .iter()
            .filter_map(|p| p.running.as_ref())
            .map(|r| r.pid)
            .collect();
        let found = strays.end(&programs);
        self.look_again = found.then(|| self.now().saturating_add(LOOK_AGAIN));
    }

    /// Takes what a dead program had sent. Nothing new can come, so it ends.
    pub(super) fn drain_lane(&mut self, id: LaneId) {
        while self.is_free(id) {
            match self.read_packet(id) {
                Read::Empty | Read::Closed => return,
                read => self.take(id, read),
            }
            self.act();
        }
    }

    /// Ends every program that still runs, and everything that programs have left.
    pub(crate) fn end_all(&mut self) {
        for running in self.programs.iter().filter_map(|p| p.running.as_ref()) {
            running.kill();
        }
        for program in &mut self.programs {
            if let Some(running) = program.running.take() {
                program.ended = Some(program.ending(running.wait()));
            }
        }
        if self.strays.take().is_some_and(|strays| !strays.end_all()) {
            self.report
                .say("processes that programs left behind could not be ended");
        }
        self.all_output();
    }

    /// A program ends itself: its process is ended at once, and its code is what is reported.
    pub(super) fn exit(&mut self, task: TaskId, code: i32) {
        if let Some(program) = self.programs.get_mut(task.index())
            && let Some(running) = &program.running
        {
            program.exit.get_or_insert(code);
            running.kill();
        }
    }
}
