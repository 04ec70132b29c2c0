//! What attacker, victim and runner have in common, and the table that comes out of a run.
pub mod stage;
pub mod table;

nk_runtime::include_nk!();

/// Name of the channel from the attacker to the victim.
pub const CHANNEL: &str = "victim";
/// What the victim has in its memory.
pub const SECRET: &[u8; 32] = b"nobody but the victim knows this";
/// Name of a variable in the victim's environment.
pub const SECRET_VARIABLE: &str = "ESCAPE_SECRET";
/// Name of a variable that the starter has, and that nobody is to inherit.
pub const INHERITED_VARIABLE: &str = "ESCAPE_INHERITED";
/// Number of a descriptor that the starter has open, and that nobody is to inherit.
pub const INHERITED_DESCRIPTOR: i32 = 30;
/// Descriptors 0 to 2, and the lanes that follow: what a program has.
pub const OWN_DESCRIPTORS: i32 = 7;
/// What stands in front of the attacker's lines.
pub const MARK: &str = "> ";
