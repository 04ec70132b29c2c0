//! What the client and the server share: the generated code, and a player.
#![forbid(unsafe_code)]

nk_runtime::include_nk!();

/// Name of the channel, as init.yaml has it.
pub const CHANNEL: &str = "table";

/// Returns every ball, its number one higher.
#[derive(Debug, Clone, Copy, Default)]
pub struct Player;

impl nk::table::Table for Player {
    fn ping(&mut self, ball: u32) -> nk_runtime::Result<u32> {
        Ok(ball.saturating_add(1))
    }
    fn pong(&mut self, ball: u32) -> nk_runtime::Result<u32> {
        Ok(ball.saturating_add(1))
    }
}
