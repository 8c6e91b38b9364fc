//! Everything that happens to log files, done to the log of a writer that is a process of its own, rotated by
//! the real logrotate where that is what rotates: nothing is lost, doubled, torn, or out of order.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "faults/follower.rs"]
mod follower;
#[path = "faults/judge.rs"]
mod judge;
#[path = "faults/matrix.rs"]
#[expect(dead_code, clippy::expect_used, reason = "an example writes it")]
mod matrix;
#[path = "faults/play.rs"]
mod play;
#[path = "faults/scene.rs"]
mod scene;
#[path = "faults/table.rs"]
mod table;
#[path = "faults/writer.rs"]
mod writer;

use std::collections::HashSet;
use std::path::Path;

use follower::Run;
use judge::judge;

#[test]
fn no_fault_loses_doubles_tears_or_reorders_a_line() {
    let played = play::all(Path::new(env!("CARGO_BIN_EXE_fivefifty")));
    let told = |(fault, verdict, said): &play::Played| format!("{}\n  {verdict:?}\n  {said}", fault.name);
    let failed: Vec<String> = played.iter().filter(|(_, verdict, _)| !verdict.is_clean()).map(told).collect();
    assert!(failed.is_empty(), "{} of {} faults\n{}", failed.len(), played.len(), failed.join("\n"));
    assert!(!played.is_empty());
}

#[test]
fn the_matrix_of_the_readme_lists_these_faults_and_no_loss() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let rows = matrix::rows(&readme);
    let listed: Vec<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
    let names: Vec<&str> = table::FAULTS.iter().map(|fault| fault.name).collect();
    assert_eq!(listed, names, "cargo build && cargo run --example faults");
    for (name, figures) in rows {
        assert_eq!(figures, ["0"; 4], "{name}");
    }
}

#[test]
fn the_judge_sees_what_is_lost_doubled_torn_astray_gone_and_announced() {
    let written: Vec<Vec<u8>> = (0..6).map(writer::line).collect();
    let run = |numbers: &[usize], said: &str| {
        let out = numbers.iter().flat_map(|number| [written[*number].as_slice(), b"\n"].concat()).collect();
        Run { out, said: said.to_owned() }
    };
    let of = |runs: &[Run], left: Option<&HashSet<usize>>| judge(&written, runs, left);
    assert!(of(&[run(&[0, 1, 2, 3, 4, 5], "")], None).is_clean());
    let verdict = of(&[run(&[0, 1, 3, 2, 3, 5], "")], None);
    assert_eq!((verdict.lost, verdict.doubled, verdict.torn, verdict.astray), (1, 1, 0, 1));
    let mut torn = run(&[0, 1, 2, 3, 4, 5], "");
    torn.out.drain(300..340);
    torn.out.extend(b"x");
    assert_eq!((of(&[torn], None).torn, of(&[run(&[], "")], None).lost), (2, 6));
    let said =
        "fivefifty: mail.log: 520 bytes were truncated away before they could be read, as seen at now\n";
    let verdict = of(&[run(&[0, 1, 2, 5], said)], Some(&HashSet::from([0, 1, 2, 3, 5])));
    assert_eq!((verdict.lost, verdict.gone, verdict.reported), (1, (1, written[4].len() + 1), 520));
    let again = "the run before did not end in order: lines may come once more";
    let runs = [run(&[0, 1, 2], ""), run(&[1, 2, 3, 4, 5], again), run(&[4], "")];
    let verdict = of(&runs, None);
    assert_eq!((verdict.again, verdict.doubled), (2, 1));
}
