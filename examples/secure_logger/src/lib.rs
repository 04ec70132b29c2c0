//! What the programs share: the generated code, and a log.
#![forbid(unsafe_code)]
use nk::log::{ReadOut, ReadRes};
use nk_runtime::{Error, Retcode};

nk_runtime::include_nk!();

/// Name of the channels, as init.yaml has it.
pub const CHANNEL: &str = "log";

/// Keeps lines. Who may call it is none of its business.
#[derive(Debug, Clone, Default)]
pub struct Lines(Vec<String>);

impl nk::log::Log for Lines {
    fn write(&mut self, line: &str) -> nk_runtime::Result<()> {
        self.0.push(line.to_owned());
        Ok(())
    }
    fn count(&mut self) -> nk_runtime::Result<u32> {
        Ok(u32::try_from(self.0.len()).unwrap_or(u32::MAX))
    }
    fn read<'r>(&mut self, number: u32, out: ReadOut<'r>) -> nk_runtime::Result<ReadRes<'r>> {
        let line = usize::try_from(number)
            .ok()
            .and_then(|number| self.0.get(number));
        line.map_or(Err(nk_runtime::Failed.into()), |line| out.reply(line))
    }
}

/// What a call came to.
pub fn outcome<T, E>(answer: Result<T, Error<E>>) -> Retcode {
    answer
        .err()
        .and_then(|error| error.fault())
        .map_or(Retcode::OK, nk_runtime::Fault::retcode)
}
