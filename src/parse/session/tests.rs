use super::{Answer, is_session, read};

/// `stage recipient reply` of each failing reply.
fn failures(text: &str) -> Vec<String> {
    let say = |told: &Answer| {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!(
            "{} <{}> {}",
            told.stage.map_or("-", |stage| stage.id()),
            lossy(&told.recipient),
            lossy(&told.reply)
        )
    };
    read(text.as_bytes()).answers.iter().filter(|told| told.is_failure()).map(say).collect()
}

#[test]
fn pipelined_commands_get_their_own_answers() {
    assert_eq!(
        failures(
            "MAIL FROM:<s@x>\nRCPT TO:<a@b>\nRCPT TO:<c@d>\nDATA\n250 ok\n550 a\n250 ok\n354 go\nx\n.\n554 no"
        ),
        ["rcpt <a@b> 550 a", "end_of_data <c@d> 554 no"]
    );
}

#[test]
fn an_lmtp_server_answers_a_message_for_each_recipient() {
    assert_eq!(
        failures(
            "LHLO x\n250 y\nMAIL FROM:<s@x>\n250 ok\nRCPT TO:<a@b>\n250 ok\nRCPT TO:<c@d>\n250 ok\nDATA\n354 go\n.\n250 ok\n552 5.2.2 full"
        ),
        ["end_of_data <c@d> 552 5.2.2 full"]
    );
}

#[test]
fn a_message_for_several_is_about_none_of_them() {
    assert_eq!(
        failures(
            "MAIL FROM:<s@x>\n250 ok\nRCPT TO:<a@b>\n250 ok\nRCPT TO:<c@d>\n250 ok\nDATA\n354 go\n.\n550 no"
        ),
        ["end_of_data <> 550 no"]
    );
}

#[test]
fn a_login_in_steps_is_one() {
    assert_eq!(
        failures("EHLO x\n250 y\nAUTH LOGIN\n334 VXNl\nbm9ib2R5\n334 UGFz\nbm8=\n535 5.7.8 no"),
        ["auth <> 535 5.7.8 no"]
    );
}

#[test]
fn a_second_server_is_another_one() {
    let text = "... while talking to mx1.b.example.:\n<<< 421 busy\n... while talking to mx2.b.example.:\n>>> RCPT To:<a@b.example>\n<<< 550 no";
    let session = read(text.as_bytes());
    let hosts: Vec<&[u8]> = session.answers.iter().map(|told| &told.host[..]).collect();
    assert_eq!(hosts, [b"mx1.b.example", b"mx2.b.example"]);
}

#[test]
fn marks_of_every_tool_are_known() {
    for text in [
        "C: RCPT TO:<a@b>\nS: 550 no",
        ">>> RCPT To:<a@b>\n<<< 550 no",
        "> RCPT TO:<a@b>\n< 550 no",
        " -> RCPT TO:<a@b>\n<** 550 no",
        " ~> RCPT TO:<a@b>\n<~* 550 no",
        "  SMTP>> RCPT TO:<a@b>\n  SMTP<< 550 no",
        "2026-11-21 10:00:00 CLIENT -> SERVER: RCPT TO:<a@b>\n2026-11-21 10:00:00 SERVER -> CLIENT: 550 no",
        "send: 'rcpt TO:<a@b>\\r\\n'\nreply: b'550 no\\r\\n'",
        "> mx.b.example[192.0.2.1]:25: RCPT TO:<a@b>\n< mx.b.example[192.0.2.1]:25: 550 no",
        ">> RCPT TO:<a@b> << 550 no",
        "rcpt to: <a@b>\r\n550 no\r\n",
    ] {
        assert_eq!(failures(text), ["rcpt <a@b> 550 no"], "{text}");
        assert!(is_session(text.as_bytes()), "{text}");
    }
}

#[test]
fn numbers_have_bounds() {
    let many = "RCPT TO:<a@b.example>\n".repeat(5_000) + &"550 no\n".repeat(5_000);
    let session = read(many.as_bytes());
    assert!(session.cut && session.answers.len() <= super::ANSWERS);
    let long = "RCPT TO:<a@b.example>\n".to_owned() + &"550-no\n".repeat(100_000);
    assert!(read(long.as_bytes()).answers[0].reply.len() <= super::REPLY + 1);
    let name = "a".repeat(100_000);
    let named =
        format!("220 {name}.example\nMAIL FROM:<{name}@b.example>\nRCPT TO:<{name}@c.example>\n550 no\n");
    for answer in read(named.as_bytes()).answers {
        for kept in [answer.sender, answer.recipient, answer.addressed, answer.host] {
            assert!(kept.len() <= super::NAME);
        }
    }
}

#[test]
fn each_dot_asks_for_as_many_answers_as_there_is_room_for() {
    let recipients = "RCPT TO:<a@b.example>\n250 ok\n".repeat(900);
    let session = format!("LHLO x\n250 y\nMAIL FROM:<a@b.example>\n250 ok\n{recipients}{}", ".\n".repeat(50));
    assert!(read(session.as_bytes()).cut, "50 times 900 answers are waited for");
}

proptest::proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes: Vec<u8>) {
        let _ = read(&bytes);
    }

    #[test]
    fn no_order_of_lines_is_too_strange(lines in proptest::collection::vec("(C: |S: |>>> |<<< |)(EHLO x|MAIL FROM:<a@b>|RCPT TO:<c@d>|DATA|\\.|220 x y|250-a|250 b|354 c|550 d|550-e|421|words)", 0..40)) {
        let session = read(lines.join("\n").as_bytes());
        proptest::prop_assert!(session.answers.len() <= lines.len());
    }
}
