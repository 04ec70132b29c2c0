//! What the client and the server share: the generated code, and the name of the channel.
#![forbid(unsafe_code)]

nk_runtime::include_nk!();

/// Name of the channel, as init.yaml has it.
pub const CHANNEL: &str = "server_connection";
