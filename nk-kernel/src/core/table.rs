//! Handles and listeners, fixed when the plan is read: which end of which channel a handle of a program is.
use nk_image::{Plan, TaskId};
use nk_runtime::Retcode;
use nk_runtime::frame::KERNEL_HANDLE;

/// A listener: all channels of one server with one name (`spec/psl-runtime.md` F.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(u32);

impl ListenerId {
    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a handle of a program refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The calling end of a channel to this listener.
    Client(ListenerId),
    /// The listener itself.
    Server(ListenerId),
}

#[derive(Debug)]
struct Listening {
    server: TaskId,
    /// The server's handle of the listener.
    handle: u32,
    name: String,
    clients: Vec<TaskId>,
}

/// A handle and the name that it was made for.
#[derive(Debug)]
struct Entry {
    name: String,
    end: End,
}

/// All handles of all programs. The handle of an entry is its position plus one; 0 is the kernel's.
#[derive(Debug)]
pub struct Ends {
    programs: Vec<Vec<Entry>>,
    listeners: Vec<Listening>,
}

impl Ends {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut ends = Self { programs: plan.tasks.iter().map(|_| Vec::new()).collect(), listeners: Vec::new() };
        for channel in &plan.channels {
            if let Some(listener) = ends.listener(channel.server, &channel.name) {
                if let Some(l) = ends.listeners.get_mut(listener.index()) {
                    l.clients.push(channel.client);
                }
                ends.add(channel.client, &channel.name, End::Client(listener));
            }
        }
        ends
    }

    /// Finds or makes the listener of a server for a channel name.
    fn listener(&mut self, server: TaskId, name: &str) -> Option<ListenerId> {
        if let Some(known) = self.listeners.iter().position(|l| l.server == server && l.name == name) {
            return u32::try_from(known).ok().map(ListenerId);
        }
        let id = ListenerId(u32::try_from(self.listeners.len()).ok()?);
        let handle = self.add(server, name, End::Server(id))?;
        self.listeners.push(Listening { server, handle, name: name.to_owned(), clients: Vec::new() });
        Some(id)
    }

    fn add(&mut self, task: TaskId, name: &str, end: End) -> Option<u32> {
        let entries = self.programs.get_mut(task.index())?;
        entries.push(Entry { name: name.to_owned(), end });
        u32::try_from(entries.len()).ok()
    }

    pub(super) fn listeners(&self) -> impl Iterator<Item = ListenerId> + use<> {
        (0..u32::try_from(self.listeners.len()).unwrap_or(u32::MAX)).map(ListenerId)
    }

    /// The handle of the calling end of the channel with this name.
    #[must_use]
    pub fn connect(&self, task: TaskId, name: &str) -> Option<u32> {
        self.find(task, name, |end| matches!(end, End::Client(_)))
    }
    /// The handle of the listener for channels of this name.
    #[must_use]
    pub fn register(&self, task: TaskId, name: &str) -> Option<u32> {
        self.find(task, name, |end| matches!(end, End::Server(_)))
    }
    /// Names of the channels that a program calls by (`serving`: serves), for messages.
    pub fn names(&self, task: TaskId, serving: bool) -> impl Iterator<Item = &str> {
        let entries = self.programs.get(task.index()).into_iter().flatten();
        entries.filter(move |e| matches!(e.end, End::Server(_)) == serving).map(|e| e.name.as_str())
    }

    fn find(&self, task: TaskId, name: &str, fits: fn(End) -> bool) -> Option<u32> {
        let entries = self.programs.get(task.index())?;
        let at = entries.iter().position(|e| e.name == name && fits(e.end))?;
        u32::try_from(at).ok()?.checked_add(1)
    }

    fn end(&self, task: TaskId, handle: u32) -> Option<End> {
        let at = usize::try_from(handle.checked_sub(1)?).ok()?;
        Some(self.programs.get(task.index())?.get(at)?.end)
    }

    /// The listener behind a calling end.
    ///
    /// # Errors
    /// `rcInvalidArgument` for an unknown handle, `rcInvalidOperation` for a serving end.
    pub fn called(&self, task: TaskId, handle: u32) -> Result<ListenerId, Retcode> {
        match self.end(task, handle) {
            Some(End::Client(listener)) => Ok(listener),
            Some(End::Server(_)) => Err(Retcode::INVALID_OPERATION),
            None => Err(Retcode::INVALID_ARGUMENT),
        }
    }
    /// The listener that a serving end is.
    ///
    /// # Errors
    /// `rcInvalidArgument` for an unknown handle, `rcInvalidOperation` for a calling end, the kernel's included.
    pub fn served(&self, task: TaskId, handle: u32) -> Result<ListenerId, Retcode> {
        match self.end(task, handle) {
            Some(End::Server(listener)) => Ok(listener),
            Some(End::Client(_)) => Err(Retcode::INVALID_OPERATION),
            None if handle == KERNEL_HANDLE => Err(Retcode::INVALID_OPERATION),
            None => Err(Retcode::INVALID_ARGUMENT),
        }
    }
    /// The program that serves a listener, and its handle of it.
    #[must_use]
    pub fn server(&self, listener: ListenerId) -> Option<(TaskId, u32)> {
        self.listeners.get(listener.index()).map(|l| (l.server, l.handle))
    }
    /// The programs that can call a listener.
    #[must_use]
    pub fn clients(&self, listener: ListenerId) -> &[TaskId] {
        self.listeners.get(listener.index()).map_or(&[], |l| &l.clients)
    }
}
