//! The core between programs that do anything they may do, and beside it what each of them is due: an account of its own,
//! kept from what the programs did and never read from the core.
use super::setting::{Event, Mutant, Rule, Setting};
use nk_image::{Channel, ClassId, Plan, Task, TaskId};
use nk_kernel::core::{Action, Calling, Core, LaneId, Receive, Replying, Side, Token, Wait};
use nk_runtime::Retcode;
use nk_security::Sid;
use std::collections::{BTreeMap, BTreeSet};

/// A message: of which call, and whether the security module let it through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Message {
    call: u8,
    answers: bool,
    granted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Doing {
    Idle,
    Calling(u8),
    Receiving,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Thread {
    doing: Doing,
    /// The request that it has to answer.
    held: Option<(Token, u8)>,
    answered: Option<Token>,
    calls_left: u8,
    stopped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stage {
    Queued,
    Held,
    /// Held by the server, and nobody waits for the answer.
    Abandoned,
    Over,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Call {
    client: LaneId,
    server: TaskId,
    deadline: Option<u64>,
    stage: Stage,
    answers: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Due {
    Answer(u8),
    Code(Retcode),
}

/// Core and account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    core: Core<Message, u8>,
    threads: BTreeMap<LaneId, Thread>,
    calls: Vec<Call>,
    now: u64,
    dead: Vec<TaskId>,
    /// Sync objects by program: handle, whether set, how often it may still change.
    syncs: BTreeMap<TaskId, (u32, bool, u8)>,
    due: BTreeMap<LaneId, Due>,
    /// Programs that were served by a server since another began to wait for it.
    passed: BTreeMap<(TaskId, TaskId), BTreeSet<TaskId>>,
    /// What a blocking kernel has not sent yet.
    backlog: Vec<Action<Message>>,
    pub(crate) broken: Option<Rule>,
}

const ROOM: u64 = 100;

const fn lane((task, lane): (u32, u32)) -> LaneId {
    LaneId {
        task: TaskId(task),
        lane,
    }
}

impl World {
    pub(crate) fn new(setting: &Setting) -> Self {
        let task = |n| Task {
            name: format!("t{n}"),
            class: ClassId(0),
            path: "p".into(),
            args: vec![],
            env: vec![],
        };
        let channel = |&(client, server): &(u32, u32)| Channel {
            client: TaskId(client),
            server: TaskId(server),
            name: format!("s{server}"),
        };
        let plan = Plan {
            initiator: ClassId(0),
            tasks: (0..setting.programs).map(task).collect(),
            channels: setting.channels.iter().map(channel).collect(),
        };
        let mut core = Core::new(&plan, setting.lanes, Sid(2));
        let mut syncs = BTreeMap::new();
        if setting.interrupts > 0 {
            for ((task, _), _) in &setting.callers {
                let task = TaskId(*task);
                syncs.entry(task).or_insert_with(|| {
                    (
                        core.objects().new_sync(task).unwrap(),
                        false,
                        setting.interrupts,
                    )
                });
            }
        }
        let mut threads = BTreeMap::new();
        let thread = Thread {
            doing: Doing::Idle,
            held: None,
            answered: None,
            calls_left: 0,
            stopped: false,
        };
        for by in &setting.servers {
            threads.insert(lane(*by), thread.clone());
        }
        for (by, calls) in &setting.callers {
            threads
                .entry(lane(*by))
                .or_insert_with(|| thread.clone())
                .calls_left = *calls;
        }
        Self {
            core,
            threads,
            calls: vec![],
            now: 0,
            dead: vec![],
            syncs,
            due: BTreeMap::new(),
            passed: BTreeMap::new(),
            backlog: vec![],
            broken: None,
        }
    }

    /// What can happen next.
    pub(crate) fn events(&self, setting: &Setting) -> Vec<Event> {
        let mut events = vec![];
        for (&by, thread) in &self.threads {
            if self.dead.contains(&by.task) || thread.stopped {
                continue;
            }
            if thread.doing == Doing::Idle {
                events_of_thread(setting, by, thread, &mut events);
            }
            if setting.stops.map(lane) == Some(by) {
                events.push(Event::Stop(by));
            }
        }
        if self.core.next_deadline().is_some() {
            events.push(Event::Tick);
        }
        for (&task, &(_, set, left)) in &self.syncs {
            if left > 0 && !self.dead.contains(&task) {
                events.push(Event::Interrupt { task, set: !set });
            }
        }
        let mortal = setting
            .mortal
            .iter()
            .map(|task| TaskId(*task))
            .filter(|task| !self.dead.contains(task));
        events.extend(mortal.map(Event::Die));
        events
    }

    /// Lets it happen, to the core and to the account, and holds them against each other.
    pub(crate) fn happen(&mut self, event: Event, setting: &Setting) {
        match event {
            Event::Call {
                by,
                to,
                timed,
                granted,
            } => self.call(by, to, timed, granted, setting.mutant),
            Event::Receive(by) => {
                self.thread(by).doing = Doing::Receiving;
                let receive = self.receive(by);
                self.core.receive(by, receive);
            }
            Event::Reply {
                by,
                combined,
                granted,
            } => self.reply(by, combined, granted, setting.mutant),
            Event::Abort(by) => {
                let (token, call) = self.thread(by).held.take().unwrap();
                self.thread(by).answered = Some(token);
                self.end(by, call, Due::Code(Retcode::FAIL), Retcode::OK);
                self.core.abort(by, token);
            }
            Event::Repeat(by) => {
                let token = self.thread(by).answered.unwrap();
                self.due.insert(by, Due::Code(Retcode::INVALID_OPERATION));
                let message = Message {
                    call: u8::MAX,
                    answers: true,
                    granted: true,
                };
                self.core.reply(
                    by,
                    Replying {
                        token,
                        size: 10,
                        then: None,
                    },
                    message,
                    vec![],
                );
            }
            Event::Tick => self.tick(setting.mutant),
            Event::Interrupt { task, set } => self.interrupt(task, set),
            Event::Die(task) => self.die(task, setting.mutant),
            Event::Stop(by) => self.thread(by).stopped = true,
        }
        self.drain(setting.mutant);
        self.compare(setting);
    }

    fn thread(&mut self, by: LaneId) -> &mut Thread {
        self.threads.get_mut(&by).unwrap()
    }

    fn receive(&self, by: LaneId) -> Receive {
        let handle = self
            .core
            .routes()
            .names()
            .find(by.task, &format!("s{}", by.task.0), Side::Serving)
            .unwrap_or(0);
        Receive {
            handle,
            room: ROOM,
            wait: Wait::FOREVER,
        }
    }

    fn call(&mut self, by: LaneId, to: TaskId, timed: bool, granted: bool, mutant: Option<Mutant>) {
        let number = u8::try_from(self.calls.len()).unwrap();
        let deadline = timed.then_some(self.now + 1);
        let thread = self.thread(by);
        thread.calls_left -= 1;
        thread.doing = Doing::Calling(number);
        let sync = self.syncs.get(&by.task).copied();
        let refused = match sync {
            _ if !granted => Some(Retcode::SECURITY_DISALLOW),
            _ if self.dead.contains(&to) => Some(Retcode::NOT_CONNECTED),
            Some((_, true, _)) => Some(Retcode::IPC_INTERRUPT),
            _ => None,
        };
        let stage = if refused.is_some() {
            Stage::Over
        } else {
            Stage::Queued
        };
        self.calls.push(Call {
            client: by,
            server: to,
            deadline,
            stage,
            answers: 0,
        });
        if let Some(code) = refused {
            self.due.insert(by, Due::Code(code));
        }
        if !granted && mutant != Some(Mutant::NoDecision) {
            return self.core.answer(by, Retcode::SECURITY_DISALLOW);
        }
        let handle = self
            .core
            .routes()
            .names()
            .find(by.task, &format!("s{}", to.0), Side::Calling)
            .unwrap();
        let sync = sync.map(|(handle, ..)| {
            let found = self.core.handles().find(by.task, handle);
            found.unwrap().sync().unwrap()
        });
        let calling = Calling {
            handle,
            wait: Wait { deadline, sync },
            room: ROOM,
            size: 10,
            tag: number,
        };
        self.core.call(
            by,
            calling,
            Message {
                call: number,
                answers: false,
                granted,
            },
            vec![],
        );
    }

    fn reply(&mut self, by: LaneId, combined: bool, granted: bool, mutant: Option<Mutant>) {
        let (mut token, call) = self.thread(by).held.take().unwrap();
        self.thread(by).answered = Some(token);
        if mutant == Some(Mutant::NoTransaction) {
            let client = self.calls[usize::from(call)].client;
            let of_client = |thread: &Thread| {
                thread
                    .held
                    .filter(|(_, held)| self.calls[usize::from(*held)].client == client)
            };
            token = self
                .threads
                .values()
                .filter_map(of_client)
                .map(|(token, _)| token)
                .max()
                .unwrap_or(token)
                .max(token);
        }
        let abandoned = self.calls[usize::from(call)].stage == Stage::Abandoned;
        if !granted && mutant != Some(Mutant::NoDecision) {
            self.end(
                by,
                call,
                Due::Code(Retcode::SECURITY_DISALLOW),
                Retcode::SECURITY_DISALLOW,
            );
            return self.core.refuse(by, token);
        }
        self.end(by, call, Due::Answer(call), Retcode::OK);
        let then = combined.then(|| self.receive(by));
        if combined && !abandoned {
            // no result between, but the wait
            self.due.remove(&by);
            self.thread(by).doing = Doing::Receiving;
        }
        let message = Message {
            call,
            answers: true,
            granted,
        };
        self.core.reply(
            by,
            Replying {
                token,
                size: 10,
                then,
            },
            message,
            vec![],
        );
    }

    /// A call ends by its server: what both sides are due.
    fn end(&mut self, by: LaneId, call: u8, client: Due, server: Retcode) {
        let call = &mut self.calls[usize::from(call)];
        let server = if call.stage == Stage::Abandoned {
            Retcode::NOT_CONNECTED
        } else {
            self.due.insert(call.client, client);
            server
        };
        call.stage = Stage::Over;
        self.due.insert(by, Due::Code(server));
    }

    /// Calls end of which the client is told by this code.
    fn end_waiting(&mut self, meant: impl Fn(&Call) -> bool, code: Retcode) {
        for (number, call) in self
            .calls
            .iter_mut()
            .enumerate()
            .filter(|(_, call)| meant(call))
        {
            let waits = self
                .threads
                .get(&call.client)
                .is_some_and(|t| t.doing == Doing::Calling(number as u8));
            match call.stage {
                Stage::Queued => call.stage = Stage::Over,
                Stage::Held => call.stage = Stage::Abandoned,
                Stage::Abandoned | Stage::Over => continue,
            }
            if waits {
                self.due.insert(call.client, Due::Code(code));
            }
        }
    }

    fn tick(&mut self, mutant: Option<Mutant>) {
        self.now += 1;
        let now = self.now;
        self.end_waiting(
            |call| call.deadline.is_some_and(|deadline| deadline <= now),
            Retcode::TIMEOUT,
        );
        if mutant != Some(Mutant::NoClock) {
            self.core.expire(now);
        }
    }

    fn interrupt(&mut self, task: TaskId, set: bool) {
        let Some((handle, state, left)) = self.syncs.get_mut(&task) else {
            return;
        };
        (*state, *left) = (set, *left - 1);
        let handle = *handle;
        if set {
            self.end_waiting(|call| call.client.task == task, Retcode::IPC_INTERRUPT);
        }
        self.core.objects().set_sync(task, handle, set).unwrap();
    }

    fn die(&mut self, task: TaskId, mutant: Option<Mutant>) {
        self.dead.push(task);
        // its own calls are withdrawn or abandoned, calls to it are over
        self.end_waiting(|call| call.client.task == task, Retcode::ABORT);
        self.end_waiting(|call| call.server == task, Retcode::ABORT);
        for call in self.calls.iter_mut().filter(|call| call.server == task) {
            call.stage = Stage::Over;
        }
        for (by, thread) in &mut self.threads {
            if by.task == task {
                (thread.doing, thread.held) = (Doing::Idle, None);
                self.due.remove(by);
            }
        }
        if mutant != Some(Mutant::NoDeathNotice) {
            self.core.ended(task);
        }
    }

    fn drain(&mut self, mutant: Option<Mutant>) {
        while let Some(action) = self.core.next_action() {
            self.backlog.push(action);
        }
        for action in std::mem::take(&mut self.backlog) {
            let stuck = mutant == Some(Mutant::BlockingSend)
                && (!self.backlog.is_empty()
                    || receiver(&action).is_some_and(|to| self.thread(to).stopped));
            if stuck {
                self.backlog.push(action);
            } else {
                self.deliver(&action);
            }
        }
    }

    fn deliver(&mut self, action: &Action<Message>) {
        match *action {
            Action::Request {
                to,
                token,
                client,
                message,
                ..
            } => self.deliver_request(to, token, client, message),
            Action::Response { to, message, .. } => {
                let Some(call) = self.calls.get_mut(usize::from(message.call)) else {
                    return self.hold(Rule::Once, false);
                };
                call.answers += 1;
                let once = call.answers == 1;
                let meant =
                    self.threads[&to].doing == Doing::Calling(message.call) && message.answers;
                self.hold(Rule::Once, once);
                self.hold(Rule::Granted, message.granted);
                self.hold(
                    Rule::Meant,
                    meant && self.due.get(&to) == Some(&Due::Answer(message.call)),
                );
                self.told(to);
            }
            Action::Result { to, code, .. } => {
                // a receiver hears that nobody is left who could call
                let alone =
                    self.threads[&to].doing == Doing::Receiving && code == Retcode::NOT_CONNECTED;
                let due = self.due.get(&to) == Some(&Due::Code(code))
                    || (alone && !self.due.contains_key(&to));
                self.hold(Rule::Due, due);
                self.told(to);
            }
            Action::Answer { .. } => self.hold(Rule::Due, false),
            Action::ResourceGone(_) | Action::TaskUnreferenced(_) => {}
        }
    }

    fn deliver_request(&mut self, to: LaneId, token: Token, client: TaskId, message: Message) {
        let Some(call) = self.calls.get_mut(usize::from(message.call)) else {
            return self.hold(Rule::Due, false);
        };
        let right = call.server == to.task && call.client.task == client && !message.answers;
        let waited = std::mem::replace(&mut call.stage, Stage::Held) == Stage::Queued;
        let receives = self.threads[&to].doing == Doing::Receiving;
        self.hold(Rule::Granted, message.granted);
        self.hold(Rule::Due, right && waited && receives);
        self.thread(to).held = Some((token, message.call));
        self.told(to);
        self.take_turn(to.task, client);
    }

    /// A program was served: others that wait must not see it served again before them.
    fn take_turn(&mut self, server: TaskId, client: TaskId) {
        let waits = |other: TaskId| {
            self.calls
                .iter()
                .any(|c| c.server == server && c.client.task == other && c.stage == Stage::Queued)
        };
        let others: BTreeSet<TaskId> = self
            .threads
            .keys()
            .map(|by| by.task)
            .filter(|&task| task != client && waits(task))
            .collect();
        self.passed.remove(&(server, client));
        self.passed
            .retain(|(of, waiting), _| *of != server || others.contains(waiting));
        let mut fair = true;
        for other in others {
            let passed = self.passed.entry((server, other)).or_default();
            fair &= passed.insert(client);
        }
        self.hold(Rule::Fair, fair);
    }

    fn told(&mut self, to: LaneId) {
        self.due.remove(&to);
        self.thread(to).doing = Doing::Idle;
    }

    fn hold(&mut self, rule: Rule, holds: bool) {
        if !holds && self.broken.is_none() {
            self.broken = Some(rule);
        }
    }

    fn compare(&mut self, setting: &Setting) {
        let told = self.due.keys().all(|to| self.threads[to].stopped);
        self.hold(Rule::Told, told);
        let receives = |task: TaskId| {
            self.threads
                .iter()
                .any(|(by, t)| by.task == task && t.doing == Doing::Receiving)
        };
        let met = self
            .calls
            .iter()
            .all(|call| call.stage != Stage::Queued || !receives(call.server));
        self.hold(Rule::Met, met);
        let owes = |task| {
            let outstanding = |call: &&Call| call.client.task == task && call.stage != Stage::Over;
            u32::try_from(self.calls.iter().filter(outstanding).count()).unwrap()
        };
        let charged = (0..setting.programs)
            .map(TaskId)
            .all(|task| self.core.charged(task) == owes(task));
        let all_over = self.calls.iter().all(|call| call.stage == Stage::Over);
        self.hold(
            Rule::Charged,
            charged && (!all_over || self.core.calls() == 0),
        );
    }
}

fn events_of_thread(setting: &Setting, by: LaneId, thread: &Thread, events: &mut Vec<Event>) {
    let verdicts: &[bool] = if setting.denials {
        &[true, false]
    } else {
        &[true]
    };
    if thread.calls_left > 0 {
        let servers = setting
            .channels
            .iter()
            .filter(|(client, _)| TaskId(*client) == by.task);
        for to in servers.map(|(_, server)| TaskId(*server)) {
            let timed = if setting.timeouts {
                &[false, true][..]
            } else {
                &[false]
            };
            for &timed in timed {
                events.extend(verdicts.iter().map(|&granted| Event::Call {
                    by,
                    to,
                    timed,
                    granted,
                }));
            }
        }
    }
    if !setting.servers.contains(&(by.task.0, by.lane)) {
        return;
    }
    if thread.held.is_some() {
        let ways = if setting.combined {
            &[false, true][..]
        } else {
            &[false]
        };
        for &combined in ways {
            events.extend(verdicts.iter().map(|&granted| Event::Reply {
                by,
                combined,
                granted,
            }));
        }
        events.push(Event::Abort(by));
    } else {
        events.push(Event::Receive(by));
    }
    if thread.answered.is_some() {
        events.push(Event::Repeat(by));
    }
}

/// Who has to read what is sent.
const fn receiver(action: &Action<Message>) -> Option<LaneId> {
    match action {
        Action::Request { to, .. }
        | Action::Response { to, .. }
        | Action::Result { to, .. }
        | Action::Answer { to, .. } => Some(*to),
        Action::ResourceGone(_) | Action::TaskUnreferenced(_) => None,
    }
}
