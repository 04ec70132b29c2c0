//! Reads the output of `nk-gen json` and writes an API reference in Markdown.
#![forbid(unsafe_code)]
mod markdown;
mod model;
mod page;

use std::error::Error;
use std::io::{Read, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("reference: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let model: model::Model =
        serde_json::from_str(&text).map_err(|why| format!("this is no model: {why}"))?;
    if (model.format.as_str(), model.version) != ("nk-model", 1) {
        return Err(format!(
            "expected `nk-model` version 1, got `{}` version {}",
            model.format, model.version
        )
        .into());
    }
    std::io::stdout().write_all(page::page(&model).as_bytes())?;
    Ok(())
}
