//! The gate to the policy: the only place where a message becomes a [`Granted`]
//! one, and the only owner of what the policy remembers.
//!
//! A message goes in as bytes in the kernel's own memory; its structure is
//! checked (`Verified`), its rules are asked (`Granted`), and what the audit
//! wants to know is recorded, all in one step. What comes out goes into the
//! state machine, which carries nothing else.
//!
//! ```text
//! bytes ── request, response, question ──► Verified ── decide ──► Granted ──► core
//!                      │                        │
//!                      └────── Refused ◄────────┘        the audit has both
//! ```
//!
//! A decision is made when a message is sent, before anybody looks at its
//! receiver; what its rules changed stays, whatever becomes of the message
//! afterwards.
use crate::lane::Buffer;
use crate::report::Report;
use nk_core::nk::kl::core::core::{Class, ENDPOINTS};
use nk_image::TaskId;
use nk_runtime::shape::ClassType;
use nk_runtime::{Mid, Retcode, Riid};
use nk_security::{
    Bytes, Denied, Granted, KERNEL_CLASS, Permit, Policy, Reason, Record, Route, Sid, State,
    Subject, Verified,
};

/// SIDs are given in the order of starts, and never again: the kernel, `Einit`,
/// then the tasks and other resources.
pub(super) const KERNEL_SID: Sid = Sid(1);
/// Of the task that starts the others in the plan.
pub(super) const EINIT_SID: Sid = Sid(2);

/// Processes besides the plan's, and other resources that policies remember,
/// for which there is room from the start.
const EXTRA_SUBJECTS: usize = 1024;

/// A refusal that has been recorded. The sender of the message learns only that
/// there was one.
#[derive(Debug)]
pub(super) struct Refused(Box<Record>);

impl Refused {
    /// The refusal as the audit has it.
    pub(super) const fn record(&self) -> &Record {
        &self.0
    }
}

impl From<Refused> for Retcode {
    fn from(_: Refused) -> Self {
        Self::SECURITY_DISALLOW
    }
}

/// The policy, and what it remembers.
pub(super) struct Gate {
    /// Descriptions and rules, proved.
    policy: Policy,
    /// States, sets, maps and levels of subjects and resources.
    state: State,
}

impl Gate {
    /// A policy that remembers nothing yet. `tasks`: those of the plan.
    pub(super) fn new(policy: Policy, tasks: usize) -> Self {
        let state = State::new(&policy, tasks.saturating_add(EXTRA_SUBJECTS));
        Self { policy, state }
    }

    /// Descriptions and rules.
    pub(super) const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The kernel as a party of events; `None` when the policy does not know
    /// its class.
    pub(super) fn kernel(&self) -> Option<Subject> {
        let class = self.policy.tables().class_named(KERNEL_CLASS)?;
        Some(Subject {
            class,
            sid: KERNEL_SID,
        })
    }

    /// Whether the solution's description of the kernel, if it has one, is the
    /// kernel's own. A request to another description would be misread.
    pub(super) fn describes_this_kernel(&self) -> bool {
        let class = self.kernel().map(|kernel| kernel.class);
        let described = class.and_then(|class| self.policy.tables().class(class));
        described.is_none_or(|class| class.digest == Class::DIGEST)
    }

    /// Structure and rules of a request that `task` makes.
    ///
    /// # Errors
    /// The refusal.
    pub(super) fn request(
        &mut self,
        report: &mut Report,
        task: TaskId,
        (src, dst): (Subject, Subject),
        message: Buffer,
    ) -> Result<Granted<Buffer>, Refused> {
        let verified = self.policy.request(src, dst, message);
        self.decide(report, task, verified)
    }

    /// Structure and rules of the response to a granted request. `task` is who
    /// caused it.
    ///
    /// # Errors
    /// The refusal.
    pub(super) fn response(
        &mut self,
        report: &mut Report,
        task: TaskId,
        request: Route,
        message: Buffer,
    ) -> Result<Granted<Buffer>, Refused> {
        let verified = self.policy.response(request, message);
        self.decide(report, task, verified)
    }

    /// Structure and rules of a question to the security module.
    ///
    /// # Errors
    /// The refusal, which is the answer.
    pub(super) fn question(
        &mut self,
        report: &mut Report,
        task: TaskId,
        src: Subject,
        message: Buffer,
    ) -> Result<Granted<Buffer>, Refused> {
        let verified = self.policy.security(src, message);
        self.decide(report, task, verified)
    }

    /// Asks the rules about a message whose structure is right, and records
    /// what the audit wants to know: every refusal, and what the profiles ask
    /// for.
    ///
    /// # Errors
    /// The refusal, of the structure or of the rules.
    fn decide(
        &mut self,
        report: &mut Report,
        task: TaskId,
        verified: Result<Verified<Buffer>, Denied<Buffer>>,
    ) -> Result<Granted<Buffer>, Refused> {
        let decided = verified.and_then(|message| self.policy.decide(&mut self.state, message));
        match &decided {
            Ok(granted) => self.record(report, task, granted.record()),
            Err(denied) => self.record(report, task, Some(&denied.record)),
        }
        decided.map_err(|denied| Refused(denied.record))
    }

    /// Whether a program may be started. `task` is who caused it.
    ///
    /// # Errors
    /// The refusal.
    pub(super) fn start(
        &mut self,
        report: &mut Report,
        task: TaskId,
        initiator: Subject,
        started: Subject,
    ) -> Result<Permit, Refused> {
        let decided = self.policy.execute(&mut self.state, initiator, started);
        match &decided {
            Ok(permit) => self.record(report, task, permit.record()),
            Err(record) => self.record(report, task, Some(record)),
        }
        decided.map_err(Refused)
    }

    /// The kernel's own start and that of `Einit` are events: policies
    /// initialise the states of both there (`docs/psl.md` §5.1). They
    /// have happened already, so a denial changes nothing but that.
    pub(super) fn start_kernel(&mut self, einit: Subject) {
        if let Some(kernel) = self.kernel() {
            for started in [kernel, einit] {
                let _ = self.policy.execute(&mut self.state, kernel, started);
            }
        }
    }

    /// A policy that does not know the kernel's class covers no request to it.
    /// Says which lines it would need.
    pub(super) fn refuse_undescribed(
        &self,
        report: &mut Report,
        task: TaskId,
        src: Subject,
        message: &Buffer,
    ) -> Retcode {
        let header = nk_runtime::message::Header::read(message.parts().0);
        let (riid, mid) = header.map_or((Riid(0), Mid(0)), |h| (h.iid, h.mid));
        if let Some(lines) = self.missing_lines(src, riid, mid) {
            report.advise(&lines);
        }
        let record = Record {
            kind: nk_security::Kind::Request,
            src: src.class,
            src_sid: src.sid,
            dst: None,
            dst_sid: KERNEL_SID,
            riid,
            mid,
            reason: Reason::UnknownEndpoint,
            trace: Box::default(),
        };
        self.record(report, task, Some(&record));
        Retcode::SECURITY_DISALLOW
    }

    /// The lines of a policy that would let a request to the kernel through;
    /// `None` for an endpoint or method that the kernel does not have.
    fn missing_lines(&self, src: Subject, riid: Riid, mid: Mid) -> Option<String> {
        let endpoint = ENDPOINTS.get(usize::from(riid.0))?;
        let method = endpoint.interface.methods.get(usize::from(mid.0))?.name;
        let class = &self.policy.tables().class(src.class)?.name;
        let endpoint = endpoint.name;
        Some(format!(
            "use EDL {KERNEL_CLASS}  request src={class} dst={KERNEL_CLASS} endpoint={endpoint} method={method} {{ grant () }}"
        ))
    }

    /// A granted request of `task` was given up by its server with this code.
    pub(super) fn aborted(&self, report: &mut Report, task: TaskId, request: Route, code: Retcode) {
        self.record(report, task, Some(&request.aborted(code)));
    }

    /// Hands a record to the report, which counts it against the rate of its
    /// program.
    fn record(&self, report: &mut Report, task: TaskId, record: Option<&Record>) {
        if let Some(record) = record {
            report.record(&self.policy, task, record);
        }
    }

    /// A resource is gone, and with it whatever the policy remembers about it.
    pub(super) fn forget(&mut self, sid: Sid) {
        self.state.ended(sid);
    }
}
