//! Every shape that syslog, containers and journald give a line.

use super::{Heads, last_message_repeated, message_repeated, open};

fn parts(line: &str) -> Option<[String; 4]> {
    let envelope = open(line.as_bytes())?;
    Some(
        [envelope.stamp, envelope.host, envelope.tag, envelope.message]
            .map(|part| String::from_utf8_lossy(part).into_owned()),
    )
}

fn is(line: &str, stamp: &str, host: &str, tag: &str, message: &str) {
    assert_eq!(parts(line), Some([stamp, host, tag, message].map(str::to_owned)), "{line}");
}

#[test]
fn opens_every_envelope_of_the_field() {
    is("2026-11-21 07:29:12 mx postfix/smtp[1]: A", "2026-11-21 07:29:12", "mx", "postfix/smtp", "A");
    is(
        "2026-11-21T07:29:12.123456789Z Nov 21 08:29:12 mx postfix/smtp[1]: A",
        "2026-11-21T07:29:12.123456789Z",
        "mx",
        "postfix/smtp",
        "A",
    );
    is("Nov  1 07:29:12 mx postfix/smtp[1]: A: b", "Nov  1 07:29:12", "mx", "postfix/smtp", "A: b");
    is("Nov 21 07:29:12.123456 mx postfix/smtp[1]: A", "Nov 21 07:29:12.123456", "mx", "postfix/smtp", "A");
    is(
        "2026-11-21T07:29:12+03:00 mx postfix/qmgr[1]: A",
        "2026-11-21T07:29:12+03:00",
        "mx",
        "postfix/qmgr",
        "A",
    );
    is(
        "<22>1 2026-11-21T07:29:12Z mx postfix/smtp 4 - - A: b",
        "2026-11-21T07:29:12Z",
        "mx",
        "postfix/smtp",
        "A: b",
    );
    is(
        r#"<22>1 2026-11-21T07:29:12Z mx postfix/smtp 4 - [a b="]"][c d="\""] A"#,
        "2026-11-21T07:29:12Z",
        "mx",
        "postfix/smtp",
        "A",
    );
    is("<22>Nov 21 07:29:12 mx postfix/smtp[1]: A", "Nov 21 07:29:12", "mx", "postfix/smtp", "A");
    is(
        "2026-08-15T03:20:52.072455+02:00 INFO    postfix/smtp[139]: A",
        "2026-08-15T03:20:52.072455+02:00",
        "",
        "postfix/smtp",
        "A",
    );
    is(
        "2013 Jun 16 16:05:06.123 mx postfix/smtp[1]: A",
        "2013 Jun 16 16:05:06.123",
        "mx",
        "postfix/smtp",
        "A",
    );
    is(
        "Sat 2026-11-21 22:15:54 UTC mx postfix/smtp[1]: A",
        "Sat 2026-11-21 22:15:54 UTC",
        "mx",
        "postfix/smtp",
        "A",
    );
    is("Nov 21 07:29:12 <mail.info> mx postfix/smtp[1]: A", "Nov 21 07:29:12", "mx", "postfix/smtp", "A");
    is("Nov 21 07:29:12 <2.6> mx postfix/smtp[1]: A", "Nov 21 07:29:12", "mx", "postfix/smtp", "A");
    is("Nov 21 07:29:12 mx mail:info sendmail[1]: A", "Nov 21 07:29:12", "mx", "sendmail", "A");
    is("Nov 21 07:29:12 mx mail: info A", "Nov 21 07:29:12", "mx", "mail", "info A");
    is("1763763354.123456 mx postfix/smtp[1]: A", "1763763354.123456", "mx", "postfix/smtp", "A");
    is(
        "Nov 21 07:29:12 mx postfix/smtp[1]: [ID 197553 mail.info] A",
        "Nov 21 07:29:12",
        "mx",
        "postfix/smtp",
        "A",
    );
    is("postfix/smtp[1]: A: b", "", "", "postfix/smtp", "A: b");
    is("3Pt2mN2VXxznjll: to=<a@b.c>", "", "", "", "3Pt2mN2VXxznjll: to=<a@b.c>");
}

#[test]
fn a_container_line_keeps_the_outer_time_and_the_inner_program() {
    is(
        "Dec 15 13:15:06 srv docker/mailu-smtp[9]: Dec 15 05:15:06 inner postfix/smtp[7]: A",
        "Dec 15 13:15:06",
        "inner",
        "postfix/smtp",
        "A",
    );
    is(
        "Dec 15 13:15:06 srv mailu-smtp[9]: Dec 15 05:15:06 inner postfix/smtp[7]: A",
        "Dec 15 13:15:06",
        "inner",
        "postfix/smtp",
        "A",
    );
}

#[test]
fn odd_lines_do_not_open() {
    for line in
        ["", " ", "<", "<22", "<22>", "<22>1", "Nov", "Nov 21 07:29:12", "2026-11-21T07:29:12Z", "<22>1 x y"]
    {
        let _ = open(line.as_bytes());
    }
    assert!(open(b"Nov 21 07:29:12 kernel").is_none());
}

proptest::proptest! {
    #[test]
    fn a_remembered_head_changes_nothing(lines in proptest::collection::vec(
        ("(mx|mx1|INFO|a:)", " (postfix/smtp|postfix/smtpd|postfix-out/qmgr|docker/x|x|last message repeated 2 times)",
         "(\\[[0-9]{0,3}\\]|\\[x\\]|)", ":? ?(\\[ID 1 mail.info\\] )?[a-z: ]{0,9}"), 1..40)) {
        const STAMP: &str = "2026-11-21T07:29:12Z";
        let mut heads = Heads::default();
        for (host, tag, pid, message) in lines {
            let line = format!("{STAMP} {host}{tag}{pid}{message}");
            proptest::prop_assert_eq!(heads.open(line.as_bytes(), STAMP.len()), open(line.as_bytes()));
        }
    }
}

#[test]
fn both_forms_of_repetition() {
    assert_eq!(last_message_repeated(b"last message repeated 3 times"), Some(3));
    assert_eq!(last_message_repeated(b"last message repeated x times"), None);
    assert_eq!(message_repeated(b"message repeated 2 times: [ A: b]"), Some((&b"A: b"[..], 2)));
}
