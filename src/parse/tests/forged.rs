//! Whatever a stranger writes, into the reply or into an address, the outcome, the recipient, the queue id
//! and the code that are counted stay the real ones.

use proptest::prelude::*;

use super::super::told::{self, Told, Tried};
use crate::model::Outcome;

/// What forgeries are made of: every MTA's own fields, and what ends or begins them.
const PIECES: [&str; 43] = [
    ") , relay=fake.example[203.0.113.9]:25, delay=1, dsn=2.0.0, status=sent (250 2.0.0 ok)",
    ", status=sent (250 ok)",
    ", status=bounced (host x[203.0.113.9] said: 550 5.1.1 no (in reply to RCPT TO command))",
    " (in reply to MAIL FROM command)",
    "to=<fake@fake.example>, ",
    ", orig_to=<fake@fake.example>, relay=none",
    "Nov 21 10:00:00 mx postfix/smtp[1]: AB12CD35: to=<fake@fake.example>, relay=none, status=sent (250 ok)",
    "<22>1 2026-11-21T10:00:00Z mx postfix/smtp 1 - - AB12CD35: to=<fake@fake.example>, status=sent (x)",
    "message repeated 900 times: [ AB12CD35: to=<fake@fake.example>, status=sent (250 ok)]",
    "last message repeated 900 times",
    "2026-11-21 10:00:00 1xUwgX-00089P-31 => fake@fake.example R=x T=smtp H=x [203.0.113.9] C=\"250 ok\"",
    " ** fake@fake.example R=r T=t H=x [203.0.113.9]: 550 no",
    "Completed",
    " T=local H=fake [203.0.113.9] C=\"250 ok\"",
    ": SMTP error from remote mail server after RCPT TO:<fake@fake.example>: 550 5.1.1 no",
    " DT=0.004s",
    ", stat=Sent (ok)",
    ", dsn=2.0.0, stat=Sent",
    ", stat=Service unavailable",
    ", stat=Deferred: 451 no",
    ", reply=250 2.0.0 ok",
    "\" result=\"Ok\" stat=\"250 2.0.0 ok",
    " relay=\"203.0.113.9 (fake.example)\" delay=1s result=\"PermFail\" stat=\"550 no\"",
    "\",\"type\":\"Delivery\",\"recipient\":\"fake@fake.example\",\"x\":\"",
    "\"}\n{\"type\":\"Delivery\",\"recipient\":\"fake@fake.example\"}",
    "\\u0000\\\"",
    "\",\nd,2026-11-21 10:00:00+0000,s@s.example,fake@fake.example,2.0.0,\"smtp;250 ok\"",
    "type,timeLogged,orig,rcpt,dsnStatus,dsnDiag",
    "\n",
    "\r\n",
    "\0",
    "\"",
    "\\",
    "<>",
    ")",
    ",",
    " ",
    ": ",
    "550",
    "|/bin/x",
    "/dev/null",
    ":blackhole:",
    "\u{9b}é\u{202e}",
];

fn forgery() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => "\\PC{0,6}"];
    prop::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

/// The same as it may stand inside quotes in an address (RFC 5321 section 4.1.2), for MTAs that quote.
fn quoted(forgery: &str) -> String {
    let plain: String = forgery.chars().filter(|c| (' '..='~').contains(c)).take(300).collect();
    format!("\"{}\"@real.example", plain.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The attempts that these lines tell, and none with a fake recipient.
fn attempts(lines: &str) -> Vec<Tried> {
    let mut parser = told::parser();
    let mut tried = Vec::new();
    for line in lines.split('\n') {
        for told in told::tell(&mut parser, line).1 {
            match told {
                Told::Attempt(one) => tried.push(*one),
                Told::Repeat(times) => assert_eq!(times, 1, "{line}"),
                _ => {}
            }
        }
    }
    tried
}

/// What the attempts of these lines must be.
struct Real<'a> {
    queue_id: &'a str,
    recipient: &'a str,
    outcome: Outcome,
    code: Option<u16>,
}

impl Real<'_> {
    fn is(&self, lines: &str) -> Result<(), TestCaseError> {
        let tried = attempts(lines);
        prop_assert_eq!(tried.len(), 1, "{:?} {:?}", lines, tried);
        let one = &tried[0];
        prop_assert_eq!((one.queue_id.as_str(), one.times), (self.queue_id, 1), "{}", lines);
        prop_assert_eq!((one.recipient.as_str(), one.outcome), (self.recipient, self.outcome), "{}", lines);
        if self.code.is_some() {
            prop_assert_eq!(one.code, self.code, "{}", lines);
        }
        Ok(())
    }
}

/// A line's text, as programs write it that show control characters as `?`.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_control() { '?' } else { c }).collect()
}

/// As Exim's `string_printing` writes it: the backslash is not doubled.
fn exim(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        c if c.is_ascii_control() => format!("\\{:03o}", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// As Sendmail writes it: the backslash is doubled, control and 8-bit bytes are octal.
fn sendmail(text: &str) -> String {
    let first = text.split('\n').next().unwrap_or_default();
    let shown = |byte: u8| match byte {
        b'\\' => "\\\\".to_owned(),
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\{byte:03o}"),
    };
    first.bytes().map(shown).collect()
}

const OUTCOMES: [(&str, Outcome); 2] = [("550", Outcome::Rejected), ("451", Outcome::Deferred)];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn postfix_counts_what_postfix_wrote(said in forgery(), to in forgery(), which in 0..2usize, raw: bool) {
        let (code, outcome) = OUTCOMES[which];
        let word = if which == 0 { "bounced" } else { "deferred" };
        // Versions differ in what they show as `?`; a bare line feed never stands in a record.
        let said = if raw { said.replace('\n', " ") } else { printable(&said) };
        let recipient = quoted(&to);
        for before in [String::new(), format!(" orig_to=<{}>,", quoted(&said))] {
            let line = format!(
                "2026-11-21T10:00:00+00:00 mx postfix/smtp[1]: AB12CD34: to=<{recipient}>,{before} relay=mx[192.0.2.9]:25, \
                 delay=1, delays=0/0/0/1, dsn=5.0.0, status={word} (host mx[192.0.2.9] said: {code} {said} (in reply to RCPT TO command))"
            );
            Real { queue_id: "AB12CD34", recipient: &recipient, outcome, code: code.parse().ok() }.is(&line)?;
            let line = format!(
                "2026-11-21T10:00:00+00:00 mx postfix/smtp[1]: AB12CD34: to=<{recipient}>,{before} relay=mx[192.0.2.9]:25, \
                 delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 {said})"
            );
            let outcome = Outcome::Delivered;
            Real { queue_id: "AB12CD34", recipient: &recipient, outcome, code: Some(250) }.is(&line)?;
        }
    }

    #[test]
    fn a_bare_line_feed_in_a_reply_to_postfix_tells_nothing(said in forgery()) {
        let said = said.replace('\n', " ");
        for line in [
            format!("AB12CD34: warning: mx[192.0.2.9]:25 sent non-SMTP response: {said}"),
            format!("warning: non-ESMTP response from mx[192.0.2.9]:25: {said}"),
            format!("AB12CD34: enabling PIX workarounds: {said}"),
            format!("warning: unexpected response: {said}"),
        ] {
            let line = format!("2026-11-21T10:00:00+00:00 mx postfix/smtp[1]: {line}");
            prop_assert_eq!(attempts(&line), []);
        }
    }

    #[test]
    fn exim_counts_what_exim_wrote(said in forgery(), to in forgery(), which in 0..2usize) {
        let (code, outcome) = OUTCOMES[which];
        let flag = if which == 0 { "**" } else { "==" };
        let defer = if which == 0 { "" } else { " defer (-44)" };
        let (text, recipient) = (exim(&said), quoted(&to));
        let bare = recipient[1..].replacen("\"@", "@", 1);
        let bare = if to.contains(['\\', '"']) { recipient.clone() } else { bare };
        let real = |outcome, code| Real { queue_id: "1xUwqi-0004de-2a", recipient: &recipient, outcome, code };
        for head in ["", "2026-11-21T10:00:00+00:00 mx exim[7]: "] {
            let line = format!(
                "{head}2026-11-21 10:00:00 1xUwqi-0004de-2a {flag} {bare} <{recipient}> R=r T=remote_smtp{defer} H=mx [192.0.2.9]: \
                 SMTP error from remote mail server after RCPT TO:<{recipient}>: {code} {text}"
            );
            real(outcome, code.parse().ok()).is(&line)?;
            let confirmed = text.replace('\\', "\\\\").replace('"', "\\\"");
            let line = format!(
                "{head}2026-11-21 10:00:00 1xUwqi-0004de-2a => {bare} <{recipient}> R=r T=remote_smtp H=mx [192.0.2.9] C=\"250 {confirmed}\""
            );
            real(Outcome::Delivered, Some(250)).is(&line)?;
        }
    }

    #[test]
    fn sendmail_counts_what_sendmail_wrote(said in forgery(), to in forgery(), which in 0..2usize) {
        let (code, outcome) = OUTCOMES[which];
        let (text, recipient) = (sendmail(&said), quoted(&to));
        let (text, recipient) = (text.trim(), recipient.as_str());
        let head = format!(
            "2026-11-15T10:00:00+00:00 mta1 sm-mta[7]: 6AM1gFlj021064: to=<{recipient}>, delay=00:00:01, xdelay=00:00:01, \
             mailer=esmtp, pri=120060, relay=mx.example.com. [192.0.2.9]"
        );
        let real = |outcome, code| Real { queue_id: "6AM1gFlj021064", recipient, outcome, code };
        if which == 0 {
            let line = format!("{head}, dsn=5.0.0, reply={code} {text}, stat=Service unavailable");
            real(outcome, Some(550)).is(&line)?;
        } else {
            for line in [
                format!("{head}, dsn=4.0.0, reply={code} {text}, stat=Deferred: {code} {text}"),
                format!("{head}, dsn=4.0.0, stat=Deferred: {code} {text}"),
            ] {
                real(outcome, Some(451)).is(&line)?;
            }
        }
        for line in [
            format!("{head}, dsn=2.0.0, stat=Sent ({text})"),
            format!("{head}, dsn=2.0.0, reply=250 2.0.0 {text}, stat=Sent ({text})"),
        ] {
            real(Outcome::Delivered, None).is(&line)?;
        }
    }

    #[test]
    fn opensmtpd_counts_what_opensmtpd_wrote(said in forgery(), to in forgery(), which in 0..2usize) {
        let (code, outcome) = OUTCOMES[which];
        let result = ["PermFail", "TempFail"][which];
        let (said, recipient) = (said.replace('\n', " "), quoted(&to));
        let line = format!(
            "2026-11-15T10:00:00+00:00 mta1 smtpd[111]: b3f23e76a8f038cf mta delivery evpid=3a7c2fc93c67a91e from=<{}> \
             to=<{recipient}> rcpt=<-> source=\"192.0.2.7\" relay=\"198.51.100.9 (mx.example.com)\" delay=1s \
             result=\"{result}\" stat=\"{code} {said}\"",
            quoted(&said)
        );
        let real = Real { queue_id: "3a7c2fc93c67a91e", recipient: &recipient, outcome, code: code.parse().ok() };
        real.is(&line)?;
    }

    #[test]
    fn kumomta_counts_what_kumomta_wrote(said in forgery(), to in forgery(), which in 0..2usize) {
        let (code, outcome) = OUTCOMES[which];
        let kind = ["Bounce", "TransientFailure"][which];
        let record = serde_json::json!({
            "type": kind, "id": "1d98076abbbc11ed940250ebf67f93bd", "sender": to, "recipient": to + "@real.example",
            "queue": said, "site": said, "size": 1, "peer_address": {"name": said, "addr": "192.0.2.9"},
            "response": {"code": code.parse::<u16>().ok(), "enhanced_code": null, "content": said, "command": said},
            "timestamp": 1_795_255_200, "created": 1_795_255_100, "num_attempts": 0, "headers": {"Subject": said},
            "bounce_classification": "Uncategorized", "feedback_report": null, "meta": {},
        });
        let recipient = record["recipient"].as_str().unwrap_or_default();
        let real = Real { queue_id: "1d98076abbbc11ed940250ebf67f93bd", recipient, outcome, code: code.parse().ok() };
        real.is(&record.to_string())?;
    }

    #[test]
    fn powermta_counts_what_powermta_wrote(said in forgery(), to in forgery(), which in 0..2usize) {
        let (code, outcome) = OUTCOMES[which];
        let kind = ["b", "t"][which];
        let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let (said, recipient) = (said.replace('\0', ""), quoted(&to));
        let row = |said: &str| {
            format!(
                "{kind},2026-11-21 10:00:00+0000,{},{},5.0.0,{},mx.example.org (192.0.2.9),{},env-7",
                cell(said), cell(&recipient), cell(&format!("smtp;{code} {said}")), cell(said)
            )
        };
        let head = "type,timeLogged,orig,rcpt,dsnStatus,dsnDiag,dsnMta,jobId,envId";
        let lines = format!("{head}\n{}", row(&said));
        Real { queue_id: "env-7", recipient: &recipient, outcome, code: code.parse().ok() }.is(&lines)?;
        // And the row that comes after it is read as if nothing had been.
        let after = attempts(&format!("{lines}\n{}", row("no")));
        prop_assert_eq!(after.len(), 2, "{}", lines);
    }
}
