//! The server: three accounts. What it refuses, it refuses with the error that the method declares.
#![forbid(unsafe_code)]
use errors::nk::accounts::{Accounts, BalanceError, PayError, PayOut, Refusal};
use errors::nk::server;
use errors::{CHANNEL, NO_SUCH_ACCOUNT};
use nk_runtime::{Error, Result, host};
use std::collections::BTreeMap;

struct Account {
    balance: u32,
    closed: Option<&'static str>,
}

struct Bank(BTreeMap<&'static str, Account>);

impl Accounts for Bank {
    fn pay<'r>(
        &mut self,
        from: &str,
        to: &str,
        amount: u32,
        out: PayOut<'r>,
    ) -> Result<u32, PayError<'r>> {
        if !self.0.contains_key(to) {
            return Err(out.fail(Refusal::Unknown(to)));
        }
        let Some(account) = self.0.get_mut(from) else {
            return Err(out.fail(Refusal::Unknown(from)));
        };
        if let Some(why) = account.closed {
            return Err(out.fail(Refusal::Closed(why)));
        }
        let Some(left) = account.balance.checked_sub(amount) else {
            return Err(out.fail(Refusal::ShortOf(account.balance)));
        };
        account.balance = left;
        if let Some(account) = self.0.get_mut(to) {
            account.balance = account.balance.saturating_add(amount);
        }
        Ok(left)
    }

    fn balance(&mut self, name: &str) -> Result<u32, BalanceError> {
        match self.0.get(name) {
            Some(account) => Ok(account.balance),
            None => Err(Error::Method(BalanceError {
                code: NO_SUCH_ACCOUNT,
            })),
        }
    }

    fn close(&mut self, _name: &str) -> Result<()> {
        Ok(())
    }
}

fn main() -> host::Result<()> {
    let account = |balance, closed| Account { balance, closed };
    let bank = Bank(BTreeMap::from([
        ("ada", account(100, None)),
        ("bob", account(5, None)),
        ("eve", account(1_000, Some("under investigation"))),
    ]));
    let listener = host::register::<server::Class>(CHANNEL)?;
    listener.serve(&mut server::Server::new(bank))
}
