//! What the client and the server share: the generated code, and the name of the channel.
#![forbid(unsafe_code)]

nk_runtime::include_nk!();

/// Name of the channel, as init.yaml has it.
pub const CHANNEL: &str = "bank";

/// The code of [`nk::accounts::BalanceError`] for an account that there is not.
pub const NO_SUCH_ACCOUNT: u32 = 404;
