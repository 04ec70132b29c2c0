//! The driver in a process of its own, under another name, and linked in; and what linking its client brings along.
use example_runner::{Example, Result, example};
use gpio_client::COUNT;
use std::process::Command;

fn solution() -> Example {
    example!().with_package("gpio_hw")
}

/// What the lamps show while a light runs along them.
fn lamps() -> Vec<String> {
    let row = |lit: u8| {
        (0..COUNT)
            .map(|pin| if pin == lit { '●' } else { '○' })
            .collect::<String>()
    };
    (0..COUNT).flat_map(|pin| [row(pin), row(COUNT)]).collect()
}

#[test]
fn a_light_runs_along_the_pins_of_the_driver() -> Result<()> {
    let run = solution().run()?;
    assert_eq!(run.lines("kl.drivers.GPIO"), lamps(), "{run:?}");
    assert_eq!(
        run.lines("client.Client"),
        ["8 pins were lit", "pin 8: error 1"],
        "{run:?}"
    );
    assert!(run.status.success() && run.audit.is_empty(), "{run:?}");
    Ok(())
}

#[test]
fn the_channel_can_have_another_name() -> Result<()> {
    let renamed = solution()
        .with_init(
            "    id: kl.drivers.GPIO\n",
            "    id: port0\n  args: [port0]\n",
        )?
        .with_init("  path: gpio_hw\n", "  path: gpio_hw\n  args: [port0]\n")?;
    let run = renamed.run()?;
    assert_eq!(run.lines("client.Client")[0], "8 pins were lit", "{run:?}");
    Ok(())
}

#[test]
fn without_the_channel_the_client_says_what_it_looked_for() -> Result<()> {
    let run = solution().with_init("    id: kl.drivers.GPIO\n", "    id: port0\n")?;
    let run = run
        .with_init("  path: gpio_hw\n", "  path: gpio_hw\n  args: [port0]\n")?
        .run()?;
    assert!(
        !run.status.success() && run.told.contains("kl.drivers.GPIO"),
        "{run:?}"
    );
    Ok(())
}

#[test]
fn the_same_light_runs_with_the_driver_linked_in() -> Result<()> {
    assert_eq!(gpio::run_light(&mut gpio_hw::Port::default())?, 8);
    Ok(())
}

#[test]
fn linking_the_client_does_not_bring_the_driver_along() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let tree = |package: &str| {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let arguments = [
            "tree",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--manifest-path",
            manifest,
        ];
        Command::new(&cargo)
            .args(arguments)
            .args(["--package", package])
            .output()
    };
    for (package, brings) in [("gpio", false), ("gpio_client", false), ("gpio_hw", true)] {
        let said = String::from_utf8(tree(package)?.stdout)?;
        assert!(said.contains("gpio_client v"), "{said}");
        assert_eq!(said.contains("gpio_hw v"), brings, "{package}:\n{said}");
    }
    Ok(())
}
