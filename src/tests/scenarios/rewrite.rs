//! Writes the logs of the scenarios anew: `cargo run --example scenarios [-- NAME…]`.

#![expect(
    dead_code,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "it writes and judges nothing, and stops where something is wrong"
)]

#[path = "mod.rs"]
mod scenarios;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use scenarios::{Scenario, logs, names};

fn main() -> std::io::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for name in names().into_iter().filter(|name| wanted.is_empty() || wanted.contains(name)) {
        let scenario = Scenario::open(&name);
        let tried = scenario.play();
        let packed = pack(&logs::write(&scenario.plan, &tried))?;
        let struck = tried.iter().filter(|one| one.trouble.is_some()).count();
        println!("{name}: {} attempts, {struck} struck, {} bytes", tried.len(), packed.len());
        std::fs::write(scenario.log(), packed)?;
    }
    Ok(())
}

/// Packs without a time, so that the same text is the same file.
fn pack(text: &str) -> std::io::Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(text.as_bytes())?;
    packer.finish()
}
