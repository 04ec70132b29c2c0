//! The kernel's own endpoints (class `kl.core.Core`), behind handle 0 of every program.
use crate::lane::Buffer;
use nk_image::TaskId;
use nk_runtime::Retcode;
use nk_security::Granted;

/// A response of the kernel.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) constant: Vec<u8>,
    pub(crate) arena: Vec<u8>,
}

/// Answers requests to the kernel. They go through the security module like any other: what comes here was granted, and
/// what is answered is checked like the response of a program.
pub(crate) trait KernelEndpoints {
    /// The response to a request of `caller`.
    ///
    /// # Errors
    /// The code that the call ends with.
    fn call(&mut self, caller: TaskId, request: &Granted<Buffer>) -> Result<Response, Retcode>;
}

/// A kernel without endpoints.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NoEndpoints;

impl KernelEndpoints for NoEndpoints {
    fn call(&mut self, _: TaskId, _: &Granted<Buffer>) -> Result<Response, Retcode> {
        Err(Retcode::RESOURCE_NOT_FOUND)
    }
}
