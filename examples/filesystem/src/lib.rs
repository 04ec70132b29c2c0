//! What the client and the server share: the generated code, and a disk.
#![forbid(unsafe_code)]

nk_runtime::include_nk!();

/// Name of the channel, as init.yaml has it.
pub const CHANNEL: &str = "server_connection";

/// Hands out handles, one more for every file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk {
    last: u32,
}

impl nk::filesystem::Filesystem for Disk {
    fn open(&mut self, _name: &str) -> nk_runtime::Result<u32> {
        self.last = self.last.wrapping_add(1);
        Ok(self.last)
    }
}
