//! The README's pictures are what the program draws today, colours and all.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "pictures/set.rs"]
mod set;
#[path = "pictures/svg.rs"]
mod svg;
#[path = "pty/terminal.rs"]
#[expect(dead_code, reason = "the pictures send no signals")]
mod terminal;

use std::path::Path;

#[test]
fn the_pictures_are_what_the_program_draws() {
    let place = tempfile::tempdir().unwrap();
    let log = set::log(place.path()).unwrap();
    let mut stale = Vec::new();
    for (name, drawn) in set::take(Path::new(env!("CARGO_BIN_EXE_fivefifty")), &log).unwrap() {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/pictures").join(name);
        let kept = std::fs::read_to_string(kept.with_extension("svg")).unwrap_or_default();
        if kept != drawn {
            let line = kept.lines().zip(drawn.lines()).position(|(kept, drawn)| kept != drawn).unwrap_or(0);
            let of = |text: &str| text.lines().nth(line).unwrap_or_default().to_owned();
            stale.push(format!("{name}.svg:{}\n  {}\n  {}", line + 1, of(&kept), of(&drawn)));
        }
    }
    assert!(
        stale.is_empty(),
        "other than drawn now; look at it, then cargo build && cargo run --example picture -- fixtures/pictures\n{}",
        stale.join("\n")
    );
}
