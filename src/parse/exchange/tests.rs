use proptest::prelude::*;

use crate::model::{Outcome, Speaker, Stage};
use crate::parse::Dialect;
use crate::parse::told::{self, Told, Tried};

const FIELDS: &str = "#Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context";

/// Rows of one session. Each is an event and its data; a remark's text is its context.
fn session(id: &str, rows: &[&str]) -> Vec<String> {
    let row = |(number, row): (usize, &&str)| {
        let (event, text) = row.split_at(1);
        let text = if text.contains([',', '"']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        };
        let (data, context) =
            if matches!(event, "*" | "-") { ("", text.as_str()) } else { (text.as_str(), "") };
        format!(
            "2026-11-21T10:00:{number:02}.500Z,Internet,{id},{number},192.0.2.1:4711,198.51.100.9:25,{event},{data},{context}"
        )
    };
    rows.iter().enumerate().map(row).collect()
}

/// What these lines tell after the header, but for what is of no interest.
fn told(lines: &[String]) -> Vec<Told> {
    let lines: Vec<&str> = std::iter::once(FIELDS).chain(lines.iter().map(String::as_str)).collect();
    told::told(&lines).into_iter().filter(|told| *told != Told::Other("no interest")).collect()
}

/// The attempts of a session that greets and goes on with these rows.
fn attempts(rows: &[&str]) -> Vec<Tried> {
    let opening = [
        "+",
        "<220 mx.example.org ESMTP ready",
        ">EHLO out.sender.example",
        "<250-mx.example.org",
        "<250 SIZE",
    ];
    let told = told(&session("08DE1", &[&opening, rows].concat()));
    let attempts = told.into_iter().map(|told| match told {
        Told::Attempt(tried) => *tried,
        other => unreachable!("{other:?}"),
    });
    attempts.collect()
}

/// Recipient, outcome, code and stage of each.
fn brief(attempts: &[Tried]) -> Vec<(&str, Outcome, Option<u16>, Option<Stage>)> {
    attempts.iter().map(|tried| (tried.recipient.as_str(), tried.outcome, tried.code, tried.stage)).collect()
}

const MAIL: &str = ">MAIL FROM:<news@sender.example> SIZE=6012";

#[test]
fn a_refused_recipient_is_read_to_its_last_field() {
    let found = attempts(&[
        MAIL,
        "<250 2.1.0 ok",
        ">RCPT TO:<a@example.org>",
        "<550 5.1.1 no such user",
        ">QUIT",
        "<221 bye",
        "-Local",
    ]);
    assert_eq!(found.len(), 1);
    let found = &found[0];
    assert_eq!((found.outcome, found.stage), (Outcome::Rejected, Some(Stage::Rcpt)));
    assert_eq!(found.at, "2026-11-21T10:00:08.500Z");
    assert_eq!(found.source, "192.0.2.1");
    assert_eq!(found.queue_id, "08DE1");
    assert_eq!(found.recipient, "a@example.org");
    assert_eq!(found.sender.as_deref(), Some("news@sender.example"));
    assert_eq!(found.relay, Some(("mx.example.org".into(), "198.51.100.9".into())), "the banner's name");
    assert_eq!((found.reply.as_str(), found.speaker), ("550 5.1.1 no such user", Speaker::Server));
    assert_eq!((found.code, found.enhanced.as_deref()), (Some(550), Some("5.1.1")));
}

#[test]
fn pipelined_commands_are_answered_in_their_order() {
    let found = attempts(&[
        MAIL,
        ">RCPT TO:<a@example.org>",
        ">RCPT TO:<b@example.org>",
        ">RCPT TO:<c@example.org>",
        ">DATA",
        "<250 ok",
        "<250 ok",
        "<550 5.1.1 b?",
        "<452 4.2.2 c is full",
        "<354 go on",
        "<250 2.6.0 queued",
    ]);
    assert_eq!(
        brief(&found),
        [
            ("b@example.org", Outcome::Rejected, Some(550), Some(Stage::Rcpt)),
            ("c@example.org", Outcome::Deferred, Some(452), Some(Stage::Rcpt)),
            ("a@example.org", Outcome::Delivered, Some(250), Some(Stage::EndOfData)),
        ]
    );
}

#[test]
fn the_answer_to_the_message_is_every_accepted_recipients() {
    let opening =
        [MAIL, "<250 ok", ">RCPT TO:<a@example.org>", "<250 ok", ">RCPT TO:<b@example.org>", "<251 ok"];
    for (rows, outcome, code, stage) in [
        (&[">DATA", "<354 go", "<550 5.7.1 spam"][..], Outcome::Rejected, 550, Stage::EndOfData),
        (&[">BDAT 4402 LAST", "<451 4.7.1 later"], Outcome::Deferred, 451, Stage::EndOfData),
        (
            &[">BDAT 4402", "<250 ok", ">bdat 1 last", "<250 2.0.0 queued"],
            Outcome::Delivered,
            250,
            Stage::EndOfData,
        ),
        (&[">DATA", "<554 5.5.1 no"], Outcome::Rejected, 554, Stage::Data),
    ] {
        let found = attempts(&[&opening, rows].concat());
        let want = |recipient| (recipient, outcome, Some(code), Some(stage));
        assert_eq!(brief(&found), [want("a@example.org"), want("b@example.org")]);
    }
    let none =
        attempts(&[MAIL, "<250 ok", ">RCPT TO:<a@example.org>", "<550 no", ">DATA", "<503 no recipients"]);
    assert_eq!(none.len(), 1, "nobody is left whom it concerns");
}

#[test]
fn a_second_message_has_its_own_recipients() {
    let found = attempts(&[
        MAIL,
        "<250 ok",
        ">RCPT TO:<a@example.org>",
        "<250 ok",
        ">BDAT 1 LAST",
        "<250 ok",
        ">MAIL FROM:<>",
        "<250 ok",
        ">RCPT TO:<\"x>y\"@example.org> NOTIFY=NEVER",
        "<550 no",
    ]);
    assert_eq!(found[1].recipient, "\"x>y\"@example.org");
    assert_eq!(
        (found[0].sender.as_deref(), found[1].sender.as_deref()),
        (Some("news@sender.example"), Some(""))
    );
}

#[test]
fn a_reply_of_several_rows_is_one() {
    let rcpt = [MAIL, ">RCPT TO:<a@example.org>", ">RCPT TO:<b@example.org>", "<250 ok"];
    let found = attempts(
        &[&rcpt[..], &["<550-5.7.1 one", "<550-5.7.1 two", "<550 5.7.1 three", "<550 5.1.1 b?"]].concat(),
    );
    assert_eq!(found[0].reply, "550-5.7.1 one 550-5.7.1 two 550 5.7.1 three");
    assert_eq!(
        (found[0].recipient.as_str(), found[1].recipient.as_str()),
        ("a@example.org", "b@example.org")
    );
    let found = attempts(&[&rcpt[..], &["<550-5.7.1 unended", "<452 4.2.2 full"]].concat());
    assert_eq!((found[0].code, found[1].code), (Some(550), Some(452)), "another code is another reply");
    let found = attempts(&[&rcpt[..], &["<250 ok", "<550-5.7.1 unended", ">QUIT"]].concat());
    assert_eq!((found[0].recipient.as_str(), found[0].code), ("b@example.org", Some(550)), "we went on");
    let found = attempts(&[&rcpt[..], &["<550-5.7.1 one\n550 5.7.1 two", "<250 ok"]].concat());
    assert_eq!(brief(&found).len(), 1, "or all lines in one quoted field");
    assert!(found[0].reply.ends_with("\n550 5.7.1 two"));
    let found = attempts(&[&rcpt[..], &["<550 5.1.1 \"who, me?\", said", "<250 ok"]].concat());
    assert_eq!(found[0].reply, "550 5.1.1 \"who, me?\", said");
}

#[test]
fn a_refusal_before_any_recipient_is_an_attempt_without_one() {
    let brief = |rows: &[&str]| {
        let told = told(&session("08DE1", rows));
        let one = told.first().cloned();
        assert!(told.len() <= 1, "{told:?}");
        match one {
            Some(Told::Attempt(tried)) => Some((tried.recipient, tried.outcome, tried.code, tried.stage)),
            _ => None,
        }
    };
    let none = String::new;
    assert_eq!(
        brief(&["+", "<554 5.7.1 mx.example.org blocked", ">QUIT", "<221 bye", "-Local"]),
        Some((none(), Outcome::Deferred, Some(554), Some(Stage::Connect))),
        "Exchange keeps the mail"
    );
    assert_eq!(
        brief(&["+", "<220 mx.example.org", ">EHLO x", "<421 4.7.0 busy", "-Remote"]),
        Some((none(), Outcome::Deferred, Some(421), Some(Stage::Helo)))
    );
    assert_eq!(
        brief(&["+", "<220 mx.example.org", ">EHLO x", "<250 ok", MAIL, "<550 5.7.1 not you", "-Local"]),
        Some((none(), Outcome::Rejected, Some(550), Some(Stage::Mail)))
    );
    assert_eq!(
        brief(&["+", "<220 x", ">AUTH LOGIN", "<334 x", ">Zm9v", "<535 5.7.3 no"]),
        Some((none(), Outcome::Deferred, Some(535), Some(Stage::Auth)))
    );
    let told = |rows: &[&str]| told(&session("08DE1", rows));
    assert_eq!(
        told(&["+", "<220 x", ">EHLO x", "<502 what?", ">HELO x", "<250 ok"]),
        [Told::Other("non-final")]
    );
    assert_eq!(
        told(&["+", "<220 x", ">STARTTLS", "<454 no", ">MAIL FROM:<a@b.example>"]),
        [Told::Other("non-final")]
    );
    let failed = "*Failed to connect. Error Code: 10060, TargetHost: mx.example.org";
    assert_eq!(
        told(&["*attempting to connect", failed, "-"]),
        [Told::Other("non-final")],
        "for whom, nobody says"
    );
}

#[test]
fn a_refused_sender_is_the_outcome_of_the_recipients_sent_ahead() {
    let found = attempts(&[
        MAIL,
        ">RCPT TO:<a@example.org>",
        ">RCPT TO:<b@example.org>",
        "<550 5.7.1 no",
        "<503 bad",
        "<503 bad",
    ]);
    let want = |recipient| (recipient, Outcome::Rejected, Some(550), Some(Stage::Mail));
    assert_eq!(brief(&found), [want("a@example.org"), want("b@example.org")]);
}

#[test]
fn the_end_of_a_session_leaves_nobody_undecided() {
    let opening = [MAIL, ">RCPT TO:<a@example.org>", ">RCPT TO:<b@example.org>", "<250 ok", "<250 ok"];
    let found = attempts(&[&opening[..], &["<421 4.7.0 too many", "-Remote"]].concat());
    let want = |recipient| (recipient, Outcome::Deferred, Some(421), Some(Stage::Rcpt));
    assert_eq!(brief(&found), [want("b@example.org"), want("a@example.org")]);
    let found = attempts(&[&opening[..], &["<250 ok", ">BDAT 9 LAST", "-Remote(ConnectionReset)"]].concat());
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[0].speaker, found[0].code, found[0].stage),
        (Speaker::Mta, None, Some(Stage::EndOfData))
    );
    assert_eq!(found[0].reply, "Remote(ConnectionReset)");
    let found = attempts(&[&opening[..], &[">QUIT", "-Local"]].concat());
    assert_eq!(found, [], "we gave up, and the log does not say why");
}

#[test]
fn sessions_are_kept_apart() {
    let one = session(
        "08DE1",
        &["+", "<220 mx1.example.org", MAIL, "<250 ok", ">RCPT TO:<a@example.org>", "<550 5.1.1 a?"],
    );
    let two = session(
        "08DE2",
        &["+", "<220 mx2.example.org", MAIL, "<250 ok", ">RCPT TO:<b@example.org>", "<450 4.2.0 b?"],
    );
    let mixed: Vec<String> = one.into_iter().zip(two).flat_map(|(one, two)| [one, two]).collect();
    let told = told(&mixed);
    let found: Vec<_> = told
        .iter()
        .map(|told| match told {
            Told::Attempt(tried) => {
                (tried.recipient.as_str(), tried.code, tried.relay.clone().map(|relay| relay.0))
            }
            other => unreachable!("{other:?}"),
        })
        .collect();
    let host = |host: &str| Some(host.to_owned());
    assert_eq!(
        found,
        [
            ("a@example.org", Some(550), host("mx1.example.org")),
            ("b@example.org", Some(450), host("mx2.example.org")),
        ]
    );
}

#[test]
fn mail_among_our_own_servers_is_local() {
    let rows = session(
        "08DE1",
        &["+", "<220 x", MAIL, "<250 ok", ">RCPT TO:<a@example.org>", "<250 ok", ">BDAT 1 LAST", "<250 ok"],
    );
    let rows: Vec<String> = rows
        .iter()
        .map(|row| row.replace(",Internet,", ",Intra-Organization SMTP Send Connector,"))
        .collect();
    assert_eq!(told(&rows), [Told::Other("local")]);
}

#[test]
fn the_receive_log_has_the_sides_exchanged() {
    let rows = session(
        "08DE1",
        &["+", ">220 us", "<EHLO x", ">250 ok", "<MAIL FROM:<a@b.example>", ">550 5.7.1 no"],
    );
    let receive = [
        "#Software: Microsoft Exchange Server",
        "#Version: 15.0.0.0",
        "#Log-Type: SMTP Receive Protocol Log",
    ];
    let lines: Vec<&str> =
        receive.into_iter().chain([FIELDS]).chain(rows.iter().map(String::as_str)).collect();
    assert!(told::told(&lines).iter().all(|told| *told == Told::Other("no interest")));
    let refused = session("08DE2", &["+", "<554 no"]);
    let send = ["#Software: Microsoft Exchange Server", "#Log-type: SMTP Send Protocol Log", FIELDS];
    let lines: Vec<&str> = lines.into_iter().chain(send).chain(refused.iter().map(String::as_str)).collect();
    assert_eq!(told::attempts(&lines).len(), 1, "until a send log begins");
}

#[test]
fn columns_are_found_by_name_and_never_guessed() {
    let fields = "#Fields: date-time,event,data,session-id,remote-endpoint";
    let rows = ["<,554 no,08DE1,[2001:db8::9]:25", "<,554 no"]
        .map(|rest| format!("2026-11-21T10:00:00.000Z,{rest}"));
    let told = told::told(&["\u{feff}#Software: Microsoft Exchange Server", fields, &rows[0], &rows[1]]);
    assert!(
        matches!(&told[2], Told::Attempt(tried) if tried.relay == Some((String::new(), "2001:db8::9".into()))),
        "{told:?}"
    );
    let row = &session("08DE1", &["<554 no"])[0];
    assert_eq!(told::told(&[row]), [Told::Unparsed("no #Fields: line before it")]);
    let more = format!("{row},more");
    assert_eq!(told::told(&[FIELDS, &more])[1], Told::Unparsed("more fields than #Fields: has"));
    let few = "2026-11-21T10:00:00.000Z,a,b,c,d,e,<,f";
    assert_eq!(told::told(&[FIELDS, few])[1], Told::Unparsed("fewer fields than #Fields: has"));
    assert_eq!(told::told(&[FIELDS, &row.replace(",<,", ",?,")])[1], Told::Unparsed("an unknown event"));
    let tracking =
        "#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id";
    let row = "2026-11-21T10:00:00.000Z,192.0.2.1,a,192.0.2.2,b,x,y";
    assert_eq!(told::told(&[tracking, row])[1], Told::Other("no interest"), "another log of Exchange");
}

#[test]
fn a_row_that_was_cut_off_costs_only_itself() {
    let rows = session("08DE1", &["+", "<554 5.7.1 no, and no"]);
    let cut = "2026-11-21T10:00:00.000Z,Internet,08DE0,1,192.0.2.1:1,198.51.100.9:25,<,\"550 no";
    let told = told::told(&[FIELDS, cut, &rows[1]]);
    assert_eq!(told[2], Told::Unparsed("a quoted field has no end"));
    assert!(matches!(&told[3], Told::Attempt(tried) if tried.code == Some(554)));
}

#[test]
fn a_host_that_is_named_beats_the_banner() {
    let host = |rows: &[&str]| match &told(&session("08DE1", rows))[..] {
        [Told::Attempt(tried)] => tried.relay.clone().unwrap_or_default().0,
        other => unreachable!("{other:?}"),
    };
    let named = "*Connecting. TargetHost: mx7.example.org, port 25";
    assert_eq!(host(&[named, "+", "<554 mx.liar.example no"]), "mx7.example.org");
    for (banner, name) in [
        ("<554 5.7.1 mx.example.org refuses", "mx.example.org"),
        ("<554-mx.example.org", "mx.example.org"),
        ("<554 5.7.1 Service unavailable", ""),
        ("<554 5.7.1 example.org/why says why", ""),
        ("<421 192.0.2.9 is busy", ""),
    ] {
        assert_eq!(host(&[banner, ">QUIT"]), name, "{banner}");
    }
}

#[test]
fn sessions_are_bounded() {
    let mut parser = told::parser();
    told::tell(&mut parser, FIELDS);
    for number in 0..10_000 {
        for row in session(&format!("S{number}"), &["+", MAIL, ">RCPT TO:<a@example.org>"]) {
            told::tell(&mut parser, &row);
        }
    }
    let held = &parser.exchange.sessions;
    assert!(held.len() <= super::session::SESSIONS, "{}", held.len());
    let row = &session("S9999", &["<250 ok", "<550 no"])[1];
    told::tell(&mut parser, &session("S9999", &["<250 ok"])[0]);
    assert!(matches!(&told::tell(&mut parser, row).1[..], [Told::Attempt(_)]), "the newest are there");
    let long = format!(">RCPT TO:<{}@example.org>", "x".repeat(300));
    let rows = session("S9999", &[MAIL, &long]);
    told::tell(&mut parser, &rows[0]);
    let full =
        (0..20_000).filter(|_| told::tell(&mut parser, &rows[1]).1 != [Told::Other("no interest")]).count();
    assert!(full > 0 && parser.exchange.sessions.bytes() <= super::session::BYTES + 1024);
}

#[test]
fn every_row_has_a_time() {
    let mut parser = told::parser();
    told::tell(&mut parser, FIELDS);
    let row = &session("08DE1", &["*attempting to connect"])[0];
    assert_eq!(
        parser.moment(row.as_bytes()).map(|at| at.rfc3339()).as_deref(),
        Some("2026-11-21T10:00:00.500Z")
    );
}

#[test]
fn headers_before_the_place_to_read_from_are_taken() {
    let mut parser = told::parser();
    let head = format!(
        "\u{feff}#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: SMTP Send Protocol Log\r\n#Date: 2026-11-21T00:00:00.000Z\r\n{FIELDS}\r\nrow"
    );
    parser.preface(head.as_bytes());
    let row = &session("08DE1", &["<554 no"])[0];
    assert!(
        matches!(&told::tell(&mut parser, row), (Some(Dialect::Exchange), told) if matches!(&told[..], [Told::Attempt(_)]))
    );
}

#[test]
fn other_lines_are_none_of_these() {
    for line in [
        "#Software: Microsoft Internet Information Services 10.0",
        "#Version: 1.0",
        "#Fields: date time s-ip cs-method",
        "2026-11-21T10:00:00.000Z,a,b,c,d,e,f,g,h",
        "# a comment",
    ] {
        assert_eq!(told::tell(&mut told::parser(), line).0, None, "{line}");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(line: Vec<u8>, rows in proptest::collection::vec(
        "[+<>*-](MAIL FROM:<?a?>?|RCPT TO:<?\"?\\\\?>?|DATA|BDAT ?(LAST)?|AUTH|RSET|QUIT|-|[2-5][0-9]{2}[- ]?[a-z.\n\"]{0,5})", 0..20,
    )) {
        let mut parser = told::parser();
        told::tell(&mut parser, &line);
        told::tell(&mut parser, FIELDS);
        told::tell(&mut parser, [b"2026-11-21T10:00:00.000Z,", &line[..]].concat());
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        for row in session("08DE1", &rows) {
            told::tell(&mut parser, &row);
        }
    }
}
