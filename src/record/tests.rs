//! Records as consoles use them: found again, shared, removed, cleared away.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod broken;
mod sends;

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::{Entry, Folder, Key, Record, RecordError, What};
use crate::model::{Answer, Category, Moment};
use crate::text::Clean;

const ONSET: i64 = 1_795_271_260;

fn key(scope: &str, category: Category, minutes: i64) -> Key {
    let onset = Moment::from_seconds(ONSET + minutes * 60);
    Key { scope: Clean::from(scope), category, onset }
}

fn gmail() -> Key {
    key("gmail", Category::IpReputation, 0)
}

fn entry(what: What) -> Entry {
    Entry { at: Moment::from_seconds(ONSET + 60), who: Clean::from("anna@mta1"), what }
}

fn note(text: &str) -> Entry {
    entry(What::Note { on: None, text: Clean::from(text) })
}

fn answer(on: &str, answer: Option<Answer>) -> Entry {
    entry(What::Answer { on: Arc::from(on), answer })
}

fn texts(record: &Record) -> Vec<&str> {
    record
        .entries()
        .iter()
        .filter_map(|entry| match &entry.what {
            What::Note { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

fn here() -> (tempfile::TempDir, Folder) {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path().join("state/fivefifty"));
    (home, folder)
}

fn records(folder: &Folder) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder.path())
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|path: &PathBuf| path.extension().is_some_and(|end| end == "jsonl"));
    files.sort();
    files
}

#[test]
fn an_incident_is_found_again_by_where_and_when_it_was() {
    let (_home, folder) = here();
    let mut record = folder.open(&gmail());
    assert_eq!((record.entries().len(), record.trouble(), record.path()), (0, None, None));
    assert!(folder.kept().is_empty() && !folder.path().exists(), "looking makes nothing");
    record.append(note("first")).unwrap();
    let there = |key: &Key| folder.open(key).entries().len();
    assert_eq!(there(&gmail()), 1);
    assert_eq!(there(&key("gmail", Category::Blocklist, -30)), 1, "one family, another onset");
    assert_eq!(there(&key("gmail", Category::Blocklist, 31)), 0);
    assert_eq!(there(&key("gmail", Category::UserUnknown, 0)), 0);
    assert_eq!(there(&key("outlook", Category::IpReputation, 0)), 0);
    let mut later = folder.open(&key("gmail", Category::IpReputation, 40));
    later.append(note("later")).unwrap();
    assert_eq!(texts(&folder.open(&key("gmail", Category::IpReputation, 19))), ["first"], "the nearest");
    assert_eq!(texts(&folder.open(&key("gmail", Category::IpReputation, 21))), ["later"]);
    assert_eq!(folder.kept(), [key("gmail", Category::IpReputation, 40), gmail()], "the latest first");
}

#[test]
fn a_list_and_a_reputation_everywhere_have_a_record_each() {
    let (_home, folder) = here();
    let of = |category, minutes| key("*", category, minutes);
    folder.open(&of(Category::Blocklist, 0)).append(note("the list")).unwrap();
    let there = |key: &Key| texts(&folder.open(key)).join(", ");
    assert_eq!(there(&of(Category::Blocklist, 29)), "the list");
    assert_eq!(there(&of(Category::IpReputation, 2)), "the list", "found again as another of its family");
    assert_eq!(there(&of(Category::IpReputation, 12)), "", "nobody answered for this one");
    folder.open(&of(Category::IpReputation, 12)).append(note("the reputation")).unwrap();
    assert_eq!(there(&of(Category::IpReputation, 1)), "the reputation", "its own before its family's");
    assert_eq!(there(&of(Category::Blocklist, 11)), "the list");
}

#[test]
fn answers_hold_until_they_are_changed_or_taken_back() {
    let (_home, folder) = here();
    let mut record = folder.open(&gmail());
    let given = [
        ("a", Some(Answer::Yes)),
        ("b", Some(Answer::Figure(0.0012))),
        ("a", Some(Answer::No)),
        ("c", Some(Answer::Unknown)),
        ("c", None),
    ];
    for (on, given) in given {
        record.append(answer(on, given)).unwrap();
    }
    let noted = What::Note { on: Some(Arc::from("a")), text: Clean::from("asked") };
    record.append(entry(noted)).unwrap();
    for record in [&record, &folder.open(&gmail())] {
        let answers = record.answers();
        assert_eq!(answers.get("a"), Some(&Answer::No));
        assert_eq!(answers.get("b"), Some(&Answer::Figure(0.0012)));
        assert_eq!((answers.get("c"), answers.len()), (None, 2));
        assert_eq!((record.notes(Some("a")).count(), record.notes(None).count()), (1, 0));
        assert_eq!(record.answered("c").unwrap(), &answer("c", None));
        assert_eq!(record.answered("d"), None);
    }
}

#[test]
fn the_folder_and_its_files_are_the_operators_alone() {
    let (_home, folder) = here();
    folder.open(&gmail()).append(note("x")).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.path()), 0o700);
    assert_eq!(mode(folder.path().parent().unwrap()), 0o700);
    for file in fs::read_dir(folder.path()).unwrap().flatten() {
        assert_eq!(mode(&file.path()), 0o600, "{}", file.path().display());
    }
}

#[test]
fn the_folder_is_where_the_specification_says() {
    let of = |xdg: &str, home: &str| {
        let var = |name: &str| match name {
            "XDG_STATE_HOME" => Some(PathBuf::from(xdg)).filter(|path| path != Path::new("-")),
            "HOME" => Some(PathBuf::from(home)).filter(|path| path != Path::new("-")),
            _ => None,
        };
        Folder::of_operator(var).map(|folder| folder.path().display().to_string())
    };
    assert_eq!(of("/s", "/h").as_deref(), Some("/s/fivefifty"));
    assert_eq!(of("-", "/h").as_deref(), Some("/h/.local/state/fivefifty"));
    assert_eq!(of("state", "/h").as_deref(), Some("/h/.local/state/fivefifty"), "a relative one is none");
    assert_eq!(of("", "-"), None);
    assert_eq!(of("-", "h"), None);
}

#[test]
fn without_a_folder_everything_goes_on_in_memory() {
    let mut record = Record::unkept(&gmail());
    assert!(record.trouble().unwrap().contains("HOME"));
    assert!(matches!(record.append(answer("a", Some(Answer::Yes))), Err(RecordError::NoFolder)));
    assert!(!record.refresh());
    assert_eq!((record.answers().len(), record.unkept_entries()), (1, 1));
    for n in 0..2500 {
        let _cannot = record.append(answer(&format!("n{}", n % 1200), Some(Answer::Figure(f64::from(n)))));
    }
    assert_eq!(record.entries().len(), 1000, "and memory has an end");
    assert_eq!(record.answers().get("n99"), Some(&Answer::Figure(2499.0)), "but the last answer holds");
    assert!(record.trouble().unwrap().ends_with("kept only until you quit"));
}

#[test]
fn two_consoles_share_one_record() {
    let (_home, folder) = here();
    let (mut anna, mut ben) = (folder.open(&gmail()), folder.open(&key("gmail", Category::Blocklist, 9)));
    assert!(!ben.refresh());
    anna.append(note("1")).unwrap();
    assert!(ben.refresh() && !ben.refresh());
    ben.append(note("2")).unwrap();
    ben.append(note("3")).unwrap();
    anna.append(note("4")).unwrap();
    assert_eq!(texts(&anna), ["1", "2", "3", "4"], "what came between is not lost");
    assert!(ben.refresh());
    assert_eq!(anna.entries(), ben.entries());
    assert_eq!(records(&folder).len(), 1);
}

#[test]
fn what_was_entered_on_both_before_there_was_a_file_meets_in_one() {
    let (home, folder) = here();
    fs::write(home.path().join("state"), "in the way").unwrap();
    let (mut anna, mut ben) = (folder.open(&gmail()), folder.open(&gmail()));
    for (record, text) in [(&mut anna, "a"), (&mut ben, "b")] {
        let error = record.append(note(text)).unwrap_err().to_string();
        assert!(error.contains("state") && error.contains("set XDG_STATE_HOME"), "{error}");
        assert!(record.trouble().unwrap().ends_with("what you enter is kept only until you quit"));
        assert_eq!((texts(record), record.unkept_entries()), (vec![text], 1));
    }
    fs::remove_file(home.path().join("state")).unwrap();
    anna.append(note("c")).unwrap();
    ben.retry().unwrap();
    assert_eq!((anna.trouble(), ben.trouble()), (None, None));
    assert_eq!(texts(&ben), ["a", "c", "b"]);
    assert_eq!(texts(&folder.open(&gmail())), ["a", "c", "b"]);
}

#[test]
fn a_record_that_was_removed_is_written_again_once() {
    // By whom it is written again it has the same name or another one.
    for onset in [0, 9] {
        let (_home, folder) = here();
        let mut ben = folder.open(&key("gmail", Category::IpReputation, onset));
        ben.append(note("1")).unwrap();
        let mut anna = folder.open(&gmail());
        anna.append(note("2")).unwrap();
        ben.refresh();
        fs::remove_dir_all(folder.path()).unwrap();
        assert!(!anna.refresh());
        assert_eq!(texts(&anna), ["1", "2"], "what is shown does not vanish");
        anna.append(note("3")).unwrap();
        ben.append(note("4")).unwrap();
        ben.append(note("4")).unwrap();
        assert_eq!(texts(&ben), ["1", "2", "3", "4", "4"]);
        assert_eq!(texts(&folder.open(&gmail())), ["1", "2", "3", "4", "4"]);
    }
}

#[test]
fn a_record_that_was_put_back_is_read_anew() {
    let (_home, folder) = here();
    let mut record = folder.open(&gmail());
    record.append(note("1")).unwrap();
    let path = record.path().unwrap().to_owned();
    let copy = fs::read(&path).unwrap();
    record.append(note("2")).unwrap();
    let other = folder.path().join("other");
    fs::write(&other, copy).unwrap();
    fs::rename(&other, &path).unwrap();
    assert!(record.refresh());
    assert_eq!(texts(&record), ["1"]);
    record.append(note("3")).unwrap();
    assert_eq!(texts(&folder.open(&gmail())), ["1", "3"]);
}

#[test]
fn a_console_that_is_stopped_in_the_middle_stops_no_other() {
    let (_home, folder) = here();
    let mut record = folder.open(&gmail());
    record.append(note("1")).unwrap();
    let stopped = File::open(record.path().unwrap()).unwrap();
    stopped.lock().unwrap();
    assert!(matches!(record.append(note("2")), Err(RecordError::Busy { .. })));
    assert!(record.trouble().unwrap().contains("another console"));
    assert_eq!((texts(&record), record.unkept_entries()), (vec!["1", "2"], 1));
    drop(stopped);
    record.append(note("3")).unwrap();
    assert_eq!((texts(&folder.open(&gmail())), record.trouble()), (vec!["1", "2", "3"], None));
}

#[test]
fn what_is_over_goes_and_what_is_not_ours_stays() {
    let (home, folder) = here();
    // The disk's clock: this room has no other.
    let now = fs::metadata(home.path()).unwrap().modified().unwrap();
    let days = |n: u64| now - Duration::from_secs(n * 24 * 3600);
    let put = |name: &str, written: SystemTime| {
        fs::create_dir_all(folder.path()).unwrap();
        let path = folder.path().join(name);
        fs::write(&path, "x").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
        path
    };
    let name = |n: i64| key("gmail", Category::Policy, n).file_name(1);
    let old = put(&name(-1), days(181));
    let young = put(&name(-2), days(179));
    let busy = put(&name(-3), days(181));
    let held = File::open(&busy).unwrap();
    held.lock().unwrap();
    let foreign = put("notes.jsonl", days(999));
    let unfinished = put(".new-abc", days(0));
    // A clock that jumps ahead for a moment costs nothing; one that is right clears what is old.
    let at = |seconds| Entry { at: Moment::from_seconds(seconds), ..note("1") };
    folder.open(&gmail()).append(at(i64::from(u32::MAX))).unwrap();
    let there = |paths: &[&PathBuf]| paths.iter().map(|path| path.exists()).collect::<Vec<_>>();
    assert_eq!(there(&[&old, &young, &busy, &foreign, &unfinished]), [false, true, true, true, false]);
    drop(held);
    for n in 1..=600 {
        put(&name(n), days(0));
    }
    let mut record = folder.open(&key("outlook", Category::Policy, 0));
    record.append(at(0)).unwrap();
    assert_eq!(records(&folder).len(), 501, "500 and the one that is not ours");
    assert_eq!(there(&[&young, &busy, &foreign]), [false, false, true], "the oldest go first");
    assert!(record.path().unwrap().exists(), "its own never goes");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn two_consoles_in_any_order_lose_and_double_nothing(
        turns in proptest::collection::vec((any::<bool>(), super::entry::tests::any(), 0u8..8), 1..24),
    ) {
        let (_home, folder) = here();
        let mut consoles = [folder.open(&gmail()), folder.open(&gmail())];
        let mut given = Vec::new();
        for (who, entry, more) in turns {
            let console = &mut consoles[usize::from(who)];
            match more {
                0 => *console = folder.open(&gmail()),
                1 => { console.refresh(); }
                _ => {}
            }
            console.append(entry.clone()).unwrap();
            given.push(entry.bounded());
        }
        for mut console in consoles {
            console.refresh();
            prop_assert_eq!(console.entries(), &given[..]);
        }
        let again = folder.open(&gmail());
        prop_assert_eq!(again.entries(), &given[..]);
        prop_assert_eq!(records(&folder).len(), 1);
    }
}
