//! What a program makes the kernel hold is charged to it before memory is
//! taken, and given back when it is dropped.
//!
//! An account lives as long as anything is charged to it: a buffer that waits
//! in a queue keeps its charge, wherever it is, and gives it back when it is
//! dropped or handed over. So the sum of all charges is what the kernel really
//! holds for a program, and is 0 when the program has ended.
use nk_runtime::Retcode;
use std::cell::Cell;
use std::rc::Rc;

/// A program's account of queued bytes.
#[derive(Debug, Clone)]
pub struct Account {
    charged: Rc<Cell<u64>>,
    limit: u64,
}

impl Account {
    /// An account that up to `limit` bytes can be charged to.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self {
            charged: Rc::default(),
            limit,
        }
    }

    /// Bytes that are charged now.
    #[must_use]
    pub fn charged(&self) -> u64 {
        self.charged.get()
    }

    /// Charges bytes.
    ///
    /// # Errors
    /// `rcQuotaExceeded`; nothing is charged then.
    pub(crate) fn charge(&self, bytes: u64) -> Result<Charge, Retcode> {
        match self.charged.get().checked_add(bytes) {
            Some(sum) if sum <= self.limit => {
                self.charged.set(sum);
                Ok(Charge {
                    account: Rc::clone(&self.charged),
                    bytes,
                })
            }
            _ => Err(Retcode::QUOTA_EXCEEDED),
        }
    }
}

/// Bytes that are charged as long as this lives.
#[derive(Debug)]
pub(crate) struct Charge {
    account: Rc<Cell<u64>>,
    bytes: u64,
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.account
            .set(self.account.get().saturating_sub(self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_charged_up_to_the_limit_and_given_back() {
        let account = Account::new(10);
        let six = account.charge(6);
        assert!(six.is_ok());
        assert_eq!(account.charge(5).err(), Some(Retcode::QUOTA_EXCEEDED));
        assert_eq!(
            account.charge(u64::MAX).err(),
            Some(Retcode::QUOTA_EXCEEDED),
            "no sum wraps"
        );
        let four = account.charge(4);
        assert!(four.is_ok(), "a refused charge costs nothing");
        drop((six, four));
        assert_eq!(account.charged.get(), 0);
    }
}
