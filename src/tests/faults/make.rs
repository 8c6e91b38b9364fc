//! Writes README's matrix of faults anew: `cargo build && cargo run --example faults`; a test of the same name
//! holds the matrix to the table of faults, and plays them.

#![expect(dead_code, clippy::unwrap_used, clippy::expect_used, reason = "it stops where something is wrong")]

#[path = "follower.rs"]
mod follower;
#[path = "judge.rs"]
mod judge;
#[path = "matrix.rs"]
mod matrix;
#[path = "play.rs"]
mod play;
#[path = "scene.rs"]
mod scene;
#[path = "table.rs"]
mod table;
#[path = "writer.rs"]
mod writer;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let this = std::env::current_exe()?;
    let program = this.parent().and_then(Path::parent).unwrap_or_else(|| Path::new(".")).join("fivefifty");
    let played = play::all(&program);
    assert_eq!(played.len(), table::FAULTS.len(), "all are played");
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(&readme)?;
    std::fs::write(readme, matrix::put(&text, played.iter().map(|(fault, verdict, _)| (*fault, verdict))))
}
