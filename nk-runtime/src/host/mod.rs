//! The Linux side of a program.
