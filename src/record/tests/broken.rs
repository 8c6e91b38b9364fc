//! Files that are torn, hostile, links, too long or of another version.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::{answer, gmail, here, note, texts};
use crate::model::Answer;
use crate::record::{Passed, RecordError};

#[test]
fn links_are_not_followed() {
    let (home, folder) = here();
    let outside = home.path().join("outside");
    fs::create_dir_all(folder.path()).unwrap();
    fs::write(&outside, gmail().header().unwrap()).unwrap();
    symlink(&outside, folder.path().join(gmail().file_name(1))).unwrap();
    assert!(folder.kept().is_empty());
    let mut record = folder.open(&gmail());
    record.append(note("1")).unwrap();
    assert_eq!(fs::read(&outside).unwrap(), gmail().header().unwrap());
    assert_eq!(texts(&folder.open(&gmail())), ["1"]);
    let path = record.path().unwrap().to_owned();
    assert!(path.to_string_lossy().ends_with("-2.jsonl"));
    fs::remove_file(&path).unwrap();
    symlink(&outside, &path).unwrap();
    assert!(matches!(record.append(note("2")), Err(RecordError::NotPlain { .. })));
    assert_eq!(fs::read(&outside).unwrap(), gmail().header().unwrap());
}

#[test]
fn a_newer_format_is_left_alone() {
    let (_home, folder) = here();
    fs::create_dir_all(folder.path()).unwrap();
    let header =
        String::from_utf8(gmail().header().unwrap()).unwrap().replace("\"version\":1", "\"version\":2");
    let newer = folder.path().join(gmail().file_name(1));
    fs::write(&newer, &header).unwrap();
    folder.open(&gmail()).append(note("1")).unwrap();
    assert_eq!(fs::read_to_string(&newer).unwrap(), header);
    assert_eq!(texts(&folder.open(&gmail())), ["1"]);
}

#[test]
fn a_full_record_says_so_and_takes_answers_in_memory() {
    let (_home, folder) = here();
    let mut record = folder.open(&gmail());
    record.append(note("1")).unwrap();
    let path = record.path().unwrap().to_owned();
    let mut lines = Vec::new();
    for n in 0..4100 {
        lines.extend(answer("a", Some(Answer::Figure(f64::from(n)))).line().unwrap());
    }
    OpenOptions::new().append(true).open(&path).unwrap().write_all(&lines).unwrap();
    record.refresh();
    assert_eq!((record.entries().len(), record.passed().over), (4000, 101));
    assert!(record.passed().told().unwrap().ends_with("not shown: 101 beyond the limit"));
    let long = fs::metadata(&path).unwrap().len();
    assert!(matches!(record.append(answer("a", Some(Answer::Yes))), Err(RecordError::Full { .. })));
    assert_eq!((record.entries().len(), fs::metadata(&path).unwrap().len()), (4000, long));
    assert_eq!(record.answers().get("a"), Some(&Answer::Yes));
    // A file that is too long, whatever is in it.
    OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
    let mut record = folder.open(&gmail());
    assert_eq!(record.entries().len(), 4000);
    assert!(matches!(record.append(note("2")), Err(RecordError::Full { .. })));
}

#[test]
fn a_line_torn_at_any_byte_costs_that_line() {
    let (_home, folder) = here();
    let mut record = folder.open(&gmail());
    record.append(note("kept")).unwrap();
    let path = record.path().unwrap().to_owned();
    let before = fs::read(&path).unwrap();
    record.append(answer("a", Some(Answer::Figure(0.5)))).unwrap();
    let after = fs::read(&path).unwrap();
    for end in before.len()..after.len() {
        fs::write(&path, &after[..end]).unwrap();
        let mut record = folder.open(&gmail());
        assert_eq!((record.entries().len(), record.passed()), (1, Passed::default()), "not yet a line");
        record.append(note("next")).unwrap();
        assert_eq!(texts(&record), ["kept", "next"]);
        let again = folder.open(&gmail());
        assert_eq!((again.entries(), again.passed()), (record.entries(), record.passed()));
        // Torn between the last brace and the line end, nothing is lost.
        let whole = end + 1 == after.len();
        let torn = u64::from(end > before.len() && !whole);
        assert_eq!((again.passed().broken, again.answers().len()), (torn, usize::from(whole)), "{end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_file_harms_and_what_is_added_to_it_is_read(
        junk in prop_oneof![
            any::<Vec<u8>>(),
            proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'{'), Just(b'"'), any::<u8>()], 0..400),
        ],
        entries in proptest::collection::vec(crate::record::entry::tests::any(), 1..4),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let (_home, folder) = here();
        let mut record = folder.open(&gmail());
        for entry in &entries {
            record.append(entry.clone()).unwrap();
        }
        let path = record.path().unwrap().to_owned();
        let mut bytes = fs::read(&path).unwrap();
        let header = gmail().header().unwrap().len();
        bytes.extend(junk);
        for (at, byte) in flips {
            let at = header + at.index(bytes.len() - header);
            bytes[at] = byte;
        }
        fs::write(&path, bytes).unwrap();
        let mut record = folder.open(&gmail());
        record.append(note("after all")).unwrap();
        let again = folder.open(&gmail());
        prop_assert_eq!(again.entries(), record.entries());
        prop_assert_eq!(again.entries().last(), Some(&note("after all")));
        prop_assert_eq!(again.trouble(), None);
    }
}
