use super::{Journal, Piece};

fn run(pieces: &[&[u8]]) -> String {
    let mut journal = Journal::new();
    let mut out = Vec::new();
    for piece in pieces {
        journal.pass(Piece::Lines(piece), |piece| out.extend_from_slice(piece.bytes()));
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn json_records_become_lines_and_byte_arrays_become_text() {
    let json = br#"{"__REALTIME_TIMESTAMP":"1795000000123456","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtp","_PID":"7","MESSAGE":"AB: to=<a@b>"}
{"__REALTIME_TIMESTAMP":"1795000000123456","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtp","MESSAGE":[65,27,10,66]}
"#;
    assert_eq!(
        run(&[json]),
        "2026-11-18T11:06:40.123Z mx1 postfix/smtp[7]: AB: to=<a@b>\n2026-11-18T11:06:40.123Z mx1 postfix/smtp: A\u{1b} B\n"
    );
}

#[test]
fn export_records_become_lines_wherever_they_are_cut() {
    let mut export = b"__CURSOR=x\n__REALTIME_TIMESTAMP=1795000000123456\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/smtp\n_PID=7\nMESSAGE\n".to_vec();
    export.extend(5u64.to_le_bytes());
    export.extend(b"a\nb=c\n\n");
    let want = "2026-11-18T11:06:40.123Z mx1 postfix/smtp[7]: a b=c\n";
    assert_eq!(run(&[&export]), want);
    for cut in 30..export.len() {
        assert_eq!(run(&[&export[..cut], &export[cut..]]), want, "cut at {cut}");
    }
}

#[test]
fn a_field_too_long_to_keep_costs_no_other_record_and_no_memory() {
    let record = b"__REALTIME_TIMESTAMP=1795000000123456\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/smtp\nMESSAGE=a\n\n";
    let mut dump = b"__REALTIME_TIMESTAMP=1795000000123456\nCOREDUMP\n".to_vec();
    dump.extend(1_000_000u64.to_le_bytes());
    dump.extend(vec![b'\n'; 1_000_000]);
    dump.extend(b"\nENDLESS=");
    dump.extend(vec![b'x'; 1_000_000]);
    dump.extend(b"\n\n");
    let export = [&record[..], &dump, record].concat();
    let mut journal = Journal::new();
    let mut lines = Vec::new();
    for piece in export.chunks(10_000) {
        journal.pass(Piece::Lines(piece), |piece| lines.extend_from_slice(piece.bytes()));
        assert!(journal.held.len() <= 2 * super::FIELD);
    }
    assert_eq!(String::from_utf8_lossy(&lines), "2026-11-18T11:06:40.123Z mx1 postfix/smtp: a\n".repeat(2));
}

#[test]
fn what_is_left_out_of_a_record_is_told_and_costs_no_other() {
    let record = |message: &str| {
        format!(
            "{{\"__REALTIME_TIMESTAMP\":\"1795000000123456\",\"_HOSTNAME\":\"mx1\",\"SYSLOG_IDENTIFIER\":\"postfix/smtp\",\"MESSAGE\":{message},\"COREDUMP\":null}}\n"
        )
    };
    let mut journal = Journal::new();
    let mut out = Vec::new();
    let mut pass = |journal: &mut Journal, text: &str| {
        journal.pass(Piece::Lines(text.as_bytes()), |piece| out.extend_from_slice(piece.bytes()));
    };
    pass(&mut journal, &(record("\"a\"") + &record("null") + &record("null") + &record("[72,101,27,255]")));
    let notes = journal.take_notes(false);
    assert!(notes.len() == 1 && notes[0].contains("journalctl --all"), "{notes:?}");
    pass(&mut journal, &record("null"));
    assert_eq!(journal.take_notes(false), [""; 0], "told once");
    assert_eq!(journal.take_notes(true), ["2 more messages were left out by journalctl"]);
    let head = "2026-11-18T11:06:40.123Z mx1 postfix/smtp: ";
    let want = ["a", "", "", "He\u{1b}\u{fffd}", ""].map(|message| format!("{head}{message}\n")).concat();
    assert_eq!(String::from_utf8_lossy(&out), want);
}

#[test]
fn a_field_that_a_record_has_several_times_is_read_and_none_makes_a_line() {
    let json = br#"{"__REALTIME_TIMESTAMP":"1795000000123456","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":["postfix/smtp","x"],"_PID":["7","8"],"MESSAGE":["AB: \n\u0000to=<a@b>",[66,10]]}
{"__REALTIME_TIMESTAMP":"1795000000123456","_PID":null,"MESSAGE":"b\ud800"}
{"__REALTIME_TIMESTAMP":"1795000000123456","_HOSTNAME":"mx1\nx","SYSLOG_IDENTIFIER":[112,10,47],"MESSAGE":[[72,105],"x"]}
{"__REALTIME_TIMESTAMP":"1795000000123456","MESSAGE":[256]}
"#;
    let head = "2026-11-18T11:06:40.123Z";
    let text = run(&[json]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("{head} mx1 postfix/smtp[7]: AB:  \0to=<a@b>"));
    assert_eq!(lines[2], format!("{head} mx1 x p /: Hi"));
    assert!(
        lines[1].starts_with("{\"__REALTIME") && lines[3].ends_with("[256]}"),
        "no record of a journal: {text}"
    );
}

#[test]
fn everything_else_passes_unchanged() {
    assert_eq!(run(&[b"Nov 21 x\n", b"{not json\n"]), "Nov 21 x\n{not json\n");
    assert_eq!(run(&[b"{broken\n"]), "{broken\n");
}

#[test]
fn other_programs_records_pass_as_the_pieces_that_they_are() {
    let mut journal = Journal::new();
    let mut seen = Vec::new();
    for piece in [
        Piece::Lines(b"{\"type\":1}\n\0\0{\"type\":2}\n"),
        Piece::Head(b"{\"type\":\"a long one"),
        Piece::More(b" and more"),
        Piece::Tail(b" of it\"}\n"),
    ] {
        journal.pass(piece, |piece| {
            let kind = match piece {
                Piece::Lines(_) => "lines",
                Piece::Head(_) => "head",
                Piece::More(_) => "more",
                Piece::Tail(_) | Piece::Unended(_) => "tail",
            };
            seen.push((kind, String::from_utf8_lossy(piece.bytes()).into_owned()));
        });
    }
    let seen: Vec<_> = seen.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
    assert_eq!(seen[0], ("lines", "{\"type\":1}\n{\"type\":2}\n"));
    assert_eq!(seen[1..].iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), ["head", "more", "tail"]);
    let notes = journal.take_notes(true);
    assert!(notes.iter().any(|note| note.contains("NUL")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("a line of")), "{notes:?}");
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        run(&[&bytes]);
        run(&[b"{}\n", &bytes]);
        run(&[b"__CURSOR=1\n", &bytes]);
    }
}
