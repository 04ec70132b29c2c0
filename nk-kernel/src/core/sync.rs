//! Interruption: a sync object ends the waits that were begun with it, and those that begin while it is set
//! (`spec/psl-runtime.md` F.2).
use super::handles::{Kind, Rights};
use super::{Activity, Core, LaneId, Patience, ResourceId};
use nk_image::TaskId;
use nk_runtime::Retcode;

impl<M, T: Copy> Core<M, T> {
    /// Makes a sync object that is not set. Its handle cannot be sent to another program.
    ///
    /// # Errors
    /// `rcQuotaExceeded`.
    pub fn new_sync(&mut self, task: TaskId) -> Result<u32, Retcode> {
        self.handles
            .create(task, Kind::Sync { set: false }, Rights::default())
    }

    /// The sync object behind a handle; 0 is none.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a handle of nothing or of something else.
    pub fn find_sync(&self, task: TaskId, handle: u32) -> Result<Option<ResourceId>, Retcode> {
        if handle == 0 {
            return Ok(None);
        }
        let found = self.handles.find(task, handle)?;
        match found.kind {
            Kind::Sync { .. } => Ok(Some(found.resource)),
            _ => Err(Retcode::INVALID_ARGUMENT),
        }
    }

    /// Sets a sync object, or clears it.
    ///
    /// # Errors
    /// `rcInvalidArgument` for a handle of nothing or of something else.
    pub fn set_sync(&mut self, task: TaskId, handle: u32, set: bool) -> Result<(), Retcode> {
        let sync = self
            .find_sync(task, handle)?
            .ok_or(Retcode::INVALID_ARGUMENT)?;
        self.handles.change(sync, Kind::Sync { set });
        if set {
            for lane in self.lanes_of(task) {
                if self.activity(lane).patience().sync == Some(sync) {
                    self.give_up(lane);
                    self.finish(lane, Retcode::IPC_INTERRUPT);
                }
            }
        }
        Ok(())
    }

    /// Whether a wait may begin.
    ///
    /// # Errors
    /// `rcIpcInterrupt` while its sync object is set.
    pub fn not_interrupted(&self, patience: Patience) -> Result<(), Retcode> {
        match patience.sync.and_then(|sync| self.handles.kind(sync)) {
            Some(Kind::Sync { set: true }) => Err(Retcode::IPC_INTERRUPT),
            _ => Ok(()),
        }
    }

    /// A sync object is gone: what waits with it waits on without it.
    pub(super) fn forget_sync(&mut self, sync: ResourceId) {
        let tasks = (0_u32..).map(TaskId).take(self.programs.len());
        for lane in tasks
            .flat_map(|task| self.lanes_of(task))
            .collect::<Vec<_>>()
        {
            let mut activity = self.activity(lane);
            if let Activity::Calling { patience, .. }
            | Activity::Receiving { patience, .. }
            | Activity::Asking { patience, .. } = &mut activity
                && patience.sync == Some(sync)
            {
                patience.sync = None;
                self.set(lane, activity);
            }
        }
    }

    pub(super) fn lanes_of(&self, task: TaskId) -> impl Iterator<Item = LaneId> + use<M, T> {
        let lanes = self
            .programs
            .get(task.index())
            .map_or(0, |program| program.lanes.len());
        (0_u32..).take(lanes).map(move |lane| LaneId { task, lane })
    }
}
