//! Makes the README's pictures: the demo's log is played on a pseudo terminal, an operator's keys are pressed,
//! and what the screen shows is written as SVG.
//!
//! `cargo build && cargo run --example picture -- fixtures/pictures`; a test of the same name holds the
//! pictures to what the program draws.

#[path = "set.rs"]
mod set;
#[path = "svg.rs"]
mod svg;
#[path = "../pty/terminal.rs"]
#[expect(dead_code, reason = "the pictures send no signals")]
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let this = std::env::current_exe()?;
    let program = this.parent().and_then(Path::parent).unwrap_or_else(|| Path::new(".")).join("fivefifty");
    let place = tempfile::tempdir()?;
    let log = set::log(place.path())?;
    for (name, drawn) in set::take(&program, &log)? {
        fs::write(folder.join(name).with_extension("svg"), drawn)?;
    }
    Ok(())
}
