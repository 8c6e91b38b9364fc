//! Disks that are full or read-only.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use fivefifty::record::{Folder, Record};

use super::{key, note, order, program, say, send, written};

/// Appends until the disk says no; how many were kept.
fn fill(record: &mut Record) -> usize {
    for n in 0..5000 {
        if let Err(error) = record.append(note("anna@mta1", n)) {
            let error = error.to_string();
            assert!(error.contains("make room there") && error.contains(".jsonl"), "{error}");
            assert!(record.trouble().unwrap().ends_with("kept only until you quit"));
            assert_eq!((record.entries().len(), record.unkept_entries()), (n + 1, 1), "memory goes on");
            return n;
        }
    }
    panic!("the disk was never full");
}

pub(crate) fn on_a_small_disk(folder: &Folder) {
    if let Some(filler) = order("FILLER") {
        folder.keep_sends(&[send("early", 0)]).unwrap();
        fs::write(filler, [0; 24 << 10]).unwrap();
    }
    let mut record = folder.open(&key(0));
    let kept = fill(&mut record);
    assert!(kept > 0);
    let there = folder.open(&key(0));
    assert_eq!(written(&there)["anna@mta1"], kept, "what was kept is whole");
    assert_eq!(there.passed(), Default::default(), "and nothing torn is left");
    let bytes = fs::read(record.path().unwrap()).unwrap();
    assert_eq!(bytes.last(), Some(&b'\n'));
    if let Some(filler) = order("FILLER") {
        // The last page too.
        let mut rest = fs::OpenOptions::new().append(true).open(&filler).unwrap();
        while rest.write_all(&[0; 512]).is_ok() {}
        drop(rest);
        folder.keep_sends(&[send("no room", 0)]).unwrap_err();
        assert_eq!(folder.past_sends(), [send("early", 0)], "a failed write leaves the old file");
        fs::remove_file(filler).unwrap();
        record.append(note("anna@mta1", kept + 1)).unwrap();
        assert_eq!((record.unkept_entries(), record.trouble()), (0, None));
        assert_eq!(written(&folder.open(&key(0)))["anna@mta1"], kept + 2, "what waited is kept too");
        folder.keep_sends(&[send("room", 0)]).unwrap();
        assert_eq!(folder.past_sends().len(), 2);
    }
    say(&format!("kept {kept}"));
}

/// Runs one console to its end, through a shell line; false where the shell line cannot be run here.
fn run(folder: &Path, through: (&str, &str), orders: &[(&str, &str)]) -> bool {
    let orders = [&[("FOLDER", folder.to_str().unwrap())], orders].concat();
    let output = match program(Some(through), &orders).stderr(Stdio::piped()).output() {
        Ok(output) => output,
        Err(_) => return false,
    };
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() || said.contains("not possible here"), "{said}");
    output.status.success()
}

/// A shell that may mount, seen by nobody else.
const APART: &str = "unshare --mount sh";
const MOUNT: &str = "mount -t tmpfs -o size=64k,mode=700 tmpfs \"$FIVEFIFTY_RECORD_MOUNT\" || { echo not possible here; exit 9; }";

fn mounts() -> bool {
    let tried = Command::new("unshare").args(["--mount", "true"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn on_a_full_disk_what_was_kept_stays_and_the_rest_waits() {
    let home = tempfile::tempdir().unwrap();
    let mount = home.path().to_str().unwrap();
    let filler = home.path().join("filler");
    let folder = home.path().join("state");
    let line = format!("{MOUNT}; exec \"$0\" \"$@\"");
    let orders = [("DO", "small disk"), ("MOUNT", mount), ("FILLER", filler.to_str().unwrap())];
    if !(mounts() && run(&folder, (APART, &line), &orders)) {
        say("SKIPPED: no small disk can be mounted here");
    }
}

#[test]
fn where_a_file_may_not_grow_nothing_is_torn() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("state");
    // 8 blocks, of 512 or 1,024 bytes; the write that crosses the limit is cut short.
    let line = "trap '' XFSZ; ulimit -f 8 || { echo not possible here; exit 9; }; exec \"$0\" \"$@\"";
    assert!(run(&folder, ("sh", line), &[("DO", "small disk")]));
    let folder = Folder::at(folder);
    let mut record = folder.open(&key(0));
    let kept = written(&record)["anna@mta1"];
    record.append(note("anna@mta1", kept)).unwrap();
    assert_eq!(written(&folder.open(&key(0)))["anna@mta1"], kept + 1, "without the limit it goes on");
}

pub(crate) fn where_nothing_can_be_written(folder: &Folder) {
    let mut record = folder.open(&key(0));
    assert_eq!((written(&record)["anna@mta1"], record.trouble()), (3, None), "it can be read");
    let error = record.append(note("anna@mta1", 3)).unwrap_err().to_string();
    assert!(error.contains("XDG_STATE_HOME"), "{error}");
    assert_eq!((written(&record)["anna@mta1"], record.unkept_entries()), (4, 1));
    let mut other = folder.open(&key(1));
    other.append(note("anna@mta1", 0)).unwrap_err();
    assert!(other.trouble().unwrap().ends_with("kept only until you quit"));
    folder.keep_sends(&[send("x", 0)]).unwrap_err();
}

#[test]
fn a_disk_that_is_read_only_is_read_and_said_to_be() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("state");
    let line = format!(
        "{MOUNT}; FIVEFIFTY_RECORD_DO=append \"$0\" \"$@\" && mount -o remount,ro \"$FIVEFIFTY_RECORD_MOUNT\" \
         && exec \"$0\" \"$@\""
    );
    let orders = [
        ("DO", "read-only"),
        ("MOUNT", home.path().to_str().unwrap()),
        ("WRITER", "anna@mta1"),
        ("INCIDENT", "0"),
        ("COUNT", "3"),
    ];
    if !(mounts() && run(&folder, (APART, &line), &orders)) {
        say("SKIPPED: no small disk can be mounted here");
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_read_and_said_to_be() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path().join("state"));
    let mut record = folder.open(&key(0));
    for n in 0..3 {
        record.append(note("anna@mta1", n)).unwrap();
    }
    let allow = |file: &Path, mode| fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    allow(record.path().unwrap(), 0o400);
    allow(folder.path(), 0o500);
    if fs::write(folder.path().join("x"), "x").is_ok() {
        say("SKIPPED: to root every folder is open");
    } else {
        where_nothing_can_be_written(&folder);
    }
    allow(folder.path(), 0o700);
}
