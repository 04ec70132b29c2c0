//! A message in the kernel's own memory, laid out as it travels: constant part,
//! padding, arena.
use super::{Account, Charge};
use nk_runtime::Retcode;
use nk_runtime::frame::{Header, Kind};
use nk_security::{Bytes, Sid};

/// A message, or the part of it that has arrived.
#[derive(Debug)]
pub struct Buffer {
    bytes: Vec<u8>,
    /// Bytes of the constant part.
    constant: u32,
    /// Length when everything is there.
    total: u32,
    /// Held for the sender until the message is handed over.
    charge: Option<Charge>,
    /// What the handles in it refer to, once that is known.
    sids: Box<[Option<Sid>]>,
    /// What the handle that the call went to refers to, if it is one of its
    /// own.
    callable: Option<Sid>,
}

impl Buffer {
    /// Memory for the message that a header announces, after checking that it
    /// may be that large.
    ///
    /// # Errors
    /// `rcInvalidArgument` for lengths that do not add up, `rcBufferTooLarge`,
    /// `rcQuotaExceeded`, `rcOutOfMemory`.
    pub(super) fn announced(
        header: &Header,
        account: &Account,
        max_message: u32,
    ) -> Result<Self, Retcode> {
        let length = header.payload().ok_or(Retcode::INVALID_ARGUMENT)?;
        if u64::from(header.constant).saturating_add(u64::from(header.arena))
            > u64::from(max_message)
        {
            return Err(Retcode::BUFFER_TOO_LARGE);
        }
        let total = u32::try_from(length).map_err(|_| Retcode::BUFFER_TOO_LARGE)?;
        let charge = account.charge(total.into())?;
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(length)
            .map_err(|_| Retcode::OUT_OF_MEMORY)?;
        Ok(Self {
            bytes,
            constant: header.constant,
            total,
            charge: Some(charge),
            sids: Box::default(),
            callable: None,
        })
    }

    /// A message of the kernel itself.
    pub(crate) fn of_kernel(constant: &[u8], arena: &[u8]) -> Option<Self> {
        let length = |part: &[u8]| u32::try_from(part.len()).ok();
        let header = Header {
            constant: length(constant)?,
            arena: length(arena)?,
            ..Header::new(Kind::Response)
        };
        let (start, total) = header.arena_start().zip(header.payload())?;
        let mut bytes = constant.to_vec();
        bytes.resize(start, 0);
        bytes.extend_from_slice(arena);
        let total = u32::try_from(total).ok()?;
        Some(Self {
            bytes,
            constant: header.constant,
            total,
            charge: None,
            sids: Box::default(),
            callable: None,
        })
    }

    /// Bytes that are still missing.
    pub(super) const fn missing(&self) -> usize {
        (self.total as usize).saturating_sub(self.bytes.len())
    }

    /// Bytes of the constant part.
    const fn constant(&self) -> usize {
        self.constant as usize
    }

    /// Where the arena begins (as [`Header::arena_start`]).
    const fn arena(&self) -> usize {
        let constant = self.constant();
        if self.total == self.constant {
            constant
        } else {
            constant.saturating_add(15) & !15
        }
    }

    /// Appends what arrived; `false` when it is more than was announced.
    pub(super) fn extend(&mut self, bytes: &[u8]) -> bool {
        let fits = bytes.len() <= self.missing();
        if fits {
            self.bytes.extend_from_slice(bytes);
        }
        fits
    }

    /// Everything has arrived: what the sender left between the parts does not
    /// travel on.
    pub(super) fn complete(mut self) -> Self {
        let gap = self.constant()..self.arena();
        self.bytes.get_mut(gap).unwrap_or_default().fill(0);
        self
    }

    /// The message is handed over: from now on the sender pays no longer for
    /// it. What a receiver has not read is bounded by one message a lane.
    pub(crate) fn handed_over(mut self) -> Self {
        self.charge = None;
        self
    }

    /// What the handles in it refer to, in their order.
    pub(crate) fn set_sids(&mut self, sids: Vec<Option<Sid>>) {
        self.sids = sids.into();
    }

    /// The call went to this resource.
    pub(crate) fn set_callable(&mut self, callable: Sid) {
        self.callable = Some(callable);
    }

    /// As it travels.
    pub(super) fn payload(&self) -> &[u8] {
        &self.bytes
    }

    /// Lengths of constant part and arena.
    pub(crate) fn lengths(&self) -> (u32, u32) {
        let (constant, arena) = self.parts();
        let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX);
        (length(constant), length(arena))
    }

    /// Bytes of constant part and arena together.
    pub(crate) fn size(&self) -> u64 {
        let (constant, arena) = self.lengths();
        u64::from(constant).saturating_add(u64::from(arena))
    }
}

impl Bytes for Buffer {
    /// Constant part and arena, without the padding between them.
    fn parts(&self) -> (&[u8], &[u8]) {
        (
            self.bytes.get(..self.constant()).unwrap_or_default(),
            self.bytes.get(self.arena()..).unwrap_or_default(),
        )
    }
    /// The same, to be written by the structure check and on delivery.
    fn parts_mut(&mut self) -> (&mut [u8], &mut [u8]) {
        let (constant, arena) = (self.constant(), self.arena());
        let (before, arena) = self.bytes.split_at_mut_checked(arena).unwrap_or_default();
        (before.get_mut(..constant).unwrap_or_default(), arena)
    }
    /// What the handles refer to; empty until [`Buffer::set_sids`].
    fn sids(&self) -> &[Option<Sid>] {
        &self.sids
    }
    /// What was called, if not just a channel.
    fn callable(&self) -> Option<Sid> {
        self.callable
    }
}
