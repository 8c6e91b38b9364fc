#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::{Action, NoBounce, read};

/// `recipient reply` of each recipient.
fn told(text: &str) -> Vec<String> {
    let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let bounce = read(text.as_bytes()).unwrap();
    bounce
        .recipients
        .iter()
        .map(|one| format!("{} {}", lossy(&one.recipient), lossy(&one.said.reply)))
        .collect()
}

const DAEMON: &str = "From: MAILER-DAEMON@a.example\nSubject: x\n\n";

#[test]
fn a_wrapped_line_that_begins_with_an_address_begins_no_recipient() {
    let text = "This is the mail system at host a.example.\n\n<a@b.example>: host mx[192.0.2.1] said: 550 5.1.1\n    <c@d.example>: Recipient address rejected (in reply to RCPT TO\n    command)\n";
    assert_eq!(
        told(&(DAEMON.to_owned() + text)),
        ["a@b.example 550 5.1.1 <c@d.example>: Recipient address rejected"]
    );
}

#[test]
fn html_alone_is_read() {
    let text = "From: postmaster@a.example\nContent-Type: text/html\n\n<p>&lt;a@b.example&gt;:<br>550 5.1.1 User unknown</p>";
    assert_eq!(told(text), ["a@b.example 550 5.1.1 User unknown"]);
}

#[test]
fn a_reply_without_a_recipients_line_is_found() {
    let text = "From: postmaster@a.example\nX-Failed-Recipients: a@b.example\n\nThe error was:\n550 5.1.1 User unknown\n";
    assert_eq!(told(text), ["a@b.example 550 5.1.1 User unknown"]);
}

#[test]
fn the_servers_words_beat_the_mtas_own() {
    let text = "Content-Type: multipart/report; boundary=x\n\n--x\n\n<a@b.example>: host mx.b.example[192.0.2.1] said: 550 5.7.1 no (in reply to MAIL FROM command)\n\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: x-unix; 67\n\n--x--\n";
    assert_eq!(told(text), ["a@b.example 550 5.7.1 no"]);
}

#[test]
fn a_warning_is_a_delay() {
    let text = DAEMON.to_owned()
        + "   ----- The following addresses had transient non-fatal errors -----\n<a@b.example>\n    (reason: 451 4.7.1 later)\n";
    assert_eq!(read(text.as_bytes()).unwrap().recipients[0].action, Some(Action::Delayed));
}

#[test]
fn what_is_no_bounce_says_what_it_is() {
    let of = |text: &str| read(text.as_bytes()).unwrap_err();
    assert_eq!(of(" \n"), NoBounce::Empty);
    assert_eq!(of("From: a@b.example\n\nthe 550 5.1.1 error:\na@b.example: 550 5.1.1 no\n"), NoBounce::Other);
    assert_eq!(
        of(
            "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--x--"
        ),
        NoBounce::Complaint
    );
    assert_eq!(
        of(
            "Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/disposition-notification\n\nx: y\n--x--"
        ),
        NoBounce::Receipt
    );
}

#[test]
fn recipients_have_a_bound_that_is_told() {
    let group = "Final-Recipient: rfc822; a@b.example\nAction: failed\n\n";
    let bounce =
        read(("Reporting-MTA: dns; a.example\n\n".to_owned() + &group.repeat(2_000)).as_bytes()).unwrap();
    assert_eq!(bounce.recipients.len(), super::RECIPIENTS);
    assert!(bounce.notes.iter().any(|note| note.contains("500")));
}

proptest::proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes: Vec<u8>) {
        let _ = read(&bytes);
        let _ = read(&[b"From: MAILER-DAEMON\n\n<a@b.example>: ".to_vec(), bytes].concat());
    }

    #[test]
    fn no_order_of_lines_is_too_strange(lines in proptest::collection::vec("( |    |)(<a@b.example>:|c@d.example|550 5.1.1 no|\\(reason: 550 no\\)|Hi\\. This is the qmail-send program at x\\.|Final-Recipient: rfc822; a@b|Action: failed|Transcript of session follows|<<< 550 no|--x|Content-Type: multipart/mixed; boundary=x|)", 0..40)) {
        let _ = read(lines.join("\n").as_bytes());
    }
}
