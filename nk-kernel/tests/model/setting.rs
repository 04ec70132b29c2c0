//! What a configuration is made of, what can happen in it, and what must hold.
use nk_image::TaskId;
use nk_kernel::core::LaneId;

/// What must hold, whatever happens in whatever order (the issue of the core in one line each).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// A response goes to the call that it answers, or to nobody.
    Meant,
    /// A call is answered at most once.
    Once,
    /// Only what was granted is delivered.
    Granted,
    /// Whoever is due something has it: its server answered or died, its time is over, it was interrupted.
    Told,
    /// Nobody is told what it is not due, or another code.
    Due,
    /// Between two services of one program every other program that waits is served once.
    Fair,
    /// No receiver waits while there is a request for it.
    Met,
    /// A program is charged for the calls that it has outstanding, and for nothing when they are over.
    Charged,
}

/// What can be broken about a kernel around the core: each must be noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mutant {
    /// Responses find their call by the client alone, not by the number of the call.
    NoTransaction,
    /// Sending waits for whoever does not read.
    BlockingSend,
    /// Nobody tells the core that a program has died.
    NoDeathNotice,
    /// Messages go in without a decision.
    NoDecision,
    /// The core is not told that time goes by.
    NoClock,
}

/// What can happen in a configuration, and how often.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setting {
    /// Number of programs.
    pub programs: u32,
    /// Lanes of each.
    pub lanes: u32,
    /// Channels, as client and server.
    pub channels: Vec<(u32, u32)>,
    /// Lanes that call, and how many calls each makes.
    pub callers: Vec<((u32, u32), u8)>,
    /// Lanes that receive and answer.
    pub servers: Vec<(u32, u32)>,
    /// Calls have a timeout.
    pub timeouts: bool,
    /// Each calling program has a sync object, and may set and clear it this often.
    pub interrupts: u8,
    /// Programs that may die.
    pub mortal: Vec<u32>,
    /// A lane that may stop reading.
    pub stops: Option<(u32, u32)>,
    /// Requests and responses may be denied.
    pub denials: bool,
    /// Responses may go out together with the wait for the next request.
    pub combined: bool,
    /// What is broken.
    pub mutant: Option<Mutant>,
}

/// Something that a program does, or that happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Event {
    Call {
        by: LaneId,
        to: TaskId,
        timed: bool,
        granted: bool,
    },
    Receive(LaneId),
    Reply {
        by: LaneId,
        combined: bool,
        granted: bool,
    },
    /// The server gives the request up.
    Abort(LaneId),
    /// The server answers again what it has answered.
    Repeat(LaneId),
    Tick,
    Interrupt {
        task: TaskId,
        set: bool,
    },
    Die(TaskId),
    /// A lane reads nothing any more.
    Stop(LaneId),
}
