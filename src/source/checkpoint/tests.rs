//! What is kept between two runs, and what is said where that cannot be.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Checkpoint, CheckpointError, Place, Spot, name};
use crate::source::disk::Stat;
use crate::source::follow::Prints;

fn place(log: &str, offset: u64) -> Place {
    let stat = Stat { identity: (1, 2), born: None, size: 9, changed: (3, 4), unfit: None };
    let mut prints = Prints::default();
    prints.took(b"some line\n");
    Place { log: name(Path::new(log)), at: Spot::new(&stat, offset, 0, &prints), older: Vec::new(), of: None }
}

fn keep(checkpoint: &mut Checkpoint, places: Vec<Place>, is_whole: bool) {
    checkpoint.prepare::<Value>(places, None, is_whole).unwrap();
    checkpoint.commit().unwrap();
}

#[test]
fn places_are_there_again_and_how_the_run_ended() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("deep/state");
    let mut checkpoint = Checkpoint::open(&state, "follow").unwrap();
    assert!(checkpoint.is_whole() && checkpoint.place(Path::new("/a")).is_none());
    keep(&mut checkpoint, vec![place("/a", 5), place("/b", 6)], false);
    keep(&mut checkpoint, vec![place("/a", 7)], false);
    drop(checkpoint);
    let mut checkpoint = Checkpoint::open(&state, "follow").unwrap();
    assert!(!checkpoint.is_whole(), "nobody said that it was the end");
    assert_eq!(checkpoint.place(Path::new("/a")), Some(&place("/a", 7)));
    assert_eq!(
        checkpoint.place(Path::new("/b")),
        Some(&place("/b", 6)),
        "a log that was not followed this time"
    );
    checkpoint.prepare(Vec::new(), Some(&json!({"counts": 3})), true).unwrap();
    checkpoint.commit().unwrap();
    drop(checkpoint);
    let checkpoint = Checkpoint::open(&state, "follow").unwrap();
    assert!(checkpoint.is_whole());
    assert_eq!(checkpoint.with::<Value>().unwrap(), Some(json!({"counts": 3})));
    assert!(matches!(checkpoint.with::<Vec<u8>>(), Err(CheckpointError::Damaged { .. })));
}

#[test]
fn what_was_made_ready_and_not_kept_leaves_what_was_before() {
    let folder = tempfile::tempdir().unwrap();
    let mut checkpoint = Checkpoint::open(folder.path(), "follow").unwrap();
    keep(&mut checkpoint, vec![place("/a", 5)], false);
    checkpoint.prepare::<Value>(vec![place("/a", 6)], None, false).unwrap();
    // As a kill leaves it.
    std::mem::forget(checkpoint.prepared.take());
    drop(checkpoint);
    let checkpoint = Checkpoint::open(folder.path(), "follow").unwrap();
    assert_eq!(checkpoint.place(Path::new("/a")), Some(&place("/a", 5)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "what was left half made is gone");
}

#[test]
fn two_processes_never_keep_the_same_place() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Checkpoint::open(folder.path(), "follow").unwrap();
    assert!(matches!(Checkpoint::open(folder.path(), "follow"), Err(CheckpointError::Busy(_))));
    Checkpoint::open(folder.path(), "report").unwrap();
}

#[test]
fn what_is_damaged_or_newer_or_no_folder_is_said_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("follow.json");
    let words = |text: &str| {
        fs::write(&path, text).unwrap();
        let words = Checkpoint::open(folder.path(), "follow").unwrap_err().to_string();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        words
    };
    for text in ["", "{", "[]", "{\"version\":1}", "{\"version\":1,\"is_whole\":3,\"places\":[]}"] {
        assert!(words(text).contains("damaged"), "{text}");
    }
    assert!(words("{\"version\":2,\"more\":1}").contains("newer fivefifty"));
    let error = Checkpoint::open(&path, "follow").unwrap_err();
    assert!(matches!(error, CheckpointError::Disk { .. }), "{error}");
}
