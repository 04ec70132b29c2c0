//! The client: one call for everything that can come back instead of a result.
#![forbid(unsafe_code)]
use errors::CHANNEL;
use errors::nk::accounts::{Accounts, BalanceError, Interface, PayBuf, PayError, Proxy};
use nk_runtime::{Error, Fault, Transport, host};

fn main() -> host::Result<()> {
    let channel = host::connect(CHANNEL)?;
    let riid = channel.riid::<Interface>("accounts")?;
    let mut bank = Proxy::new(&channel, riid);

    // the error that a method declares, with what it tells
    for (from, to, amount) in [
        ("ada", "bob", 30),
        ("ada", "bob", 100),
        ("ada", "zoe", 1),
        ("eve", "ada", 1),
    ] {
        println!(
            "{from} pays {to} {amount}: {}",
            pay(&mut bank, from, to, amount)
        );
    }
    println!("ada has {}", balance(&mut bank, "ada"));
    println!("zoe has {}", balance(&mut bank, "zoe"));

    // what stops a call on its way: too long a name never leaves, what no rule grants never arrives
    println!("a long name: {}", balance(&mut bank, &"x".repeat(33)));
    match bank.close("bob") {
        Err(Error::Call(Fault::Denied)) => {
            println!("closing: the policy does not let this program");
        }
        other => println!("closing: {other:?}"),
    }
    Ok(())
}

fn pay(bank: &mut Proxy<impl Transport>, from: &str, to: &str, amount: u32) -> String {
    let mut room = PayBuf::new();
    match bank.pay(from, to, amount, room.out()) {
        Ok(left) => format!("{left} left"),
        Err(Error::Method(error)) => refusal(&error),
        Err(Error::Call(fault)) => fault.to_string(),
    }
}

fn refusal(error: &PayError<'_>) -> String {
    use errors::nk::accounts::Refusal::{Closed, ShortOf, Unknown};
    match error.refusal() {
        Unknown(name) => format!("nobody is called {name}"),
        ShortOf(balance) => format!("there is only {balance}"),
        Closed(why) => format!("closed: {why}"),
    }
}

fn balance(bank: &mut Proxy<impl Transport>, name: &str) -> String {
    match bank.balance(name) {
        Ok(balance) => balance.to_string(),
        Err(Error::Method(BalanceError { code })) => format!("error {code}"),
        Err(Error::Call(fault)) => fault.to_string(),
    }
}
