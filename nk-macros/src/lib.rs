//! Descriptions (IDL, CDL, EDL) as Rust without a build script: [`generate!`] makes the same module tree, `pub mod nk`, as
//! `nk_gen::Builder` with `nk_runtime::include_nk!`. The crate that uses it depends on `nk-runtime` too.
//!
//! ```
//! nk_macros::generate!({
//!     inline: [
//!         "package Counter interface { Add(in UInt32 step, out UInt32 sum); }",
//!         "task class Server endpoints { counter : Counter }",
//!     ],
//! });
//!
//! use nk::counter::{Counter as _, Proxy};
//! use nk::server::{self, Server};
//! use nk_runtime::{InProcess, Mode};
//!
//! struct Sum(u32);
//! impl nk::counter::Counter for Sum {
//!     fn add(&mut self, step: u32) -> nk_runtime::Result<u32> {
//!         self.0 += step;
//!         Ok(self.0)
//!     }
//! }
//!
//! fn main() {
//!     let mut channel = InProcess::<_, { server::REQUEST_MAX }>::new(Server::new(Sum(0)), Mode::Strict);
//!     let mut counter = Proxy::new(&mut channel, server::COUNTER);
//!     assert_eq!(counter.add(2), Ok(2));
//!     assert_eq!(counter.add(3), Ok(5));
//! }
//! ```
#![forbid(unsafe_code)]

mod arguments;
mod output;

use arguments::Arguments;
use proc_macro::TokenStream;

/// Compiles descriptions and everything they use into `pub mod nk { … }`.
///
/// ```ignore
/// // descriptions in a folder of the package; a complete example stands at the crate's root
/// nk_macros::generate!({ include: ["idl"], files: ["Server.edl", "Client.edl"] });
/// ```
///
/// At least one of `files`, `inline` and `classes` is given; every key at most once. A list of one text is also written as
/// that text alone. Paths are relative to the package's folder.
///
/// | key | value | as in `nk_gen::Builder` |
/// |---|---|---|
/// | `files` | descriptions; relative to a folder of `include` or `sources` also | `compile` |
/// | `inline` | descriptions as text; each declares a package, a component or a process class | `inline` |
/// | `classes` | names of process classes, such as `"kl.core.Core"` | `class` |
/// | `include` | folders in which `a.b.C` is `a/b/C.idl` | `include` |
/// | `sources` | folders whose descriptions are found by the name they declare | `sources` |
/// | `external` | names that may stay without a description | `external` |
/// | `extern_packages` | `{ "farm.Sensor": "::farm_api::nk::farm::sensor" }` | `extern_package` |
/// | `sections` | of `"types"`, `"interface"`, `"endpoints"`, `"client"`, `"server"` | `sections` |
/// | `compat_version` | `"1.0"` to `"1.4"` | `compat_version` |
/// | `limits` | `{ "file-bytes": 1000000 }`, as `nk-gen --limit` names them | `limits` |
///
/// Every finding of the compiler is a compile error that shows the place in the description; its warnings are warnings of
/// rustc (of the lint `deprecated`, since a macro has no other). The crate is compiled again when a description that was
/// read changes. A new description that would be found first is only noticed with the next change.
#[proc_macro]
pub fn generate(input: TokenStream) -> TokenStream {
    let tokens = match syn::parse::<Arguments>(input) {
        Ok(arguments) => output::generate(&arguments),
        Err(error) => error.into_compile_error(),
    };
    tokens.into()
}
