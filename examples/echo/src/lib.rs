//! What the client and the server share: the generated code, and the name of the channel.
#![forbid(unsafe_code)]

nk_macros::generate!({ include: "idl", files: ["Server.edl", "Client.edl"] });

/// Name of the channel, as init.yaml has it.
pub const CHANNEL: &str = "server_connection";
