//! Momentum: the lines of its bouncelog and mainlog, fields between `@`.
//!
//! ```text
//! bouncelog  TS@MSG@BATCH@CONN@B|T@local@domain@local@domain@GROUP@BINDING@STAGE@CLASS@SIZE@IP@REPLY
//! mainlog    TS@MSG@BATCH@CONN@T|P@domain@SIZE@GROUP@BINDING@STAGE@RETRIES@AGE@IP@REPLY
//!            TS@MSG@BATCH@CONN@D@domain@SIZE@GROUP@BINDING@RETRIES@AGE@IP
//! heartbeat  TS@@@@M1
//! ```
//!
//! `T` stands in both, told apart by which fields are numbers. The reply is a stranger's and may
//! hold `@`, so fields are counted from the left and never from the right; a quoted local part may
//! hold it too. The mainlog names no recipient but its domain, which stands as `@domain`. No line
//! names a host. Stage 21 is a bounce that came back as mail. Words marked `[internal]`, and all at
//! stage 0 (not connected), are Momentum's own and no server's.
//!
//! A failure stands in both logs (`B` and `P`), once each: reading both counts it twice.

use memchr::{memchr, memchr_iter, memmem};

use super::On;
use super::stamp::Clock;
use crate::model::Enhanced;
use crate::model::{Attempt, Moment, Outcome, Parsed, Relay, Speaker, Stage, basic_code, codes};

/// The reader of Momentum's lines. It joins nothing.
#[derive(Debug, Default)]
pub(super) struct Momentum;

impl Momentum {
    /// Whether a line is one of these: a Unix time and at least four fields.
    pub(super) fn looks(&self, line: &[u8]) -> bool {
        let digits = line.iter().take(11).take_while(|byte| byte.is_ascii_digit()).count();
        (9..=10).contains(&digits)
            && line.get(digits) == Some(&b'@')
            && memchr_iter(b'@', line)
                .nth(3)
                .is_some_and(|at| line.get(at + 1).is_some_and(u8::is_ascii_uppercase))
    }

    /// Reads a line.
    pub(super) fn bare(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        on(read(line.trim_ascii_end(), clock));
    }
}

fn read<'a>(line: &'a [u8], clock: &mut Clock) -> Parsed<'a> {
    let mut fields = Fields { line, at: 0 };
    let (Some(stamp), Some(message), Some(_), Some(_)) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Parsed::NoInterest;
    };
    let kind = fields.next().unwrap_or_default();
    let outcome = match kind {
        b"B" | b"P" => Outcome::Rejected,
        b"T" => Outcome::Deferred,
        b"D" => Outcome::Delivered,
        // Receptions, heartbeats.
        _ => return Parsed::NoInterest,
    };
    let Some(at) = clock.read(stamp) else { return Parsed::Unparsed("the first field is no Unix time") };
    let told = match kind {
        b"B" => bounce(fields),
        b"T" => bounce(fields).or_else(|| failure(fields)),
        b"P" => failure(fields),
        _ => delivery(fields),
    };
    match told {
        Some(told) => told.parsed(at, message, outcome),
        None => Parsed::Unparsed("the fields are not those of its record type"),
    }
}

/// What a record says.
#[derive(Copy, Clone, Default)]
struct Told<'a> {
    recipient: &'a [u8],
    sender: Option<&'a [u8]>,
    group: &'a [u8],
    binding: &'a [u8],
    stage: &'a [u8],
    ip: &'a [u8],
    reply: &'a [u8],
}

/// A bouncelog's record after its type.
fn bounce(mut fields: Fields<'_>) -> Option<Told<'_>> {
    let (recipient, sender) = (fields.address()?, fields.address()?);
    let (group, binding) = (fields.next()?, fields.next()?);
    let (stage, class, size) = (fields.next()?, fields.next()?, fields.next()?);
    let ip = fields.next()?;
    let numbers = [stage, class, size].into_iter().all(is_number);
    let sender = Some(if sender == b"@" { b"" } else { sender });
    (numbers && is_address(ip)).then(|| Told {
        recipient,
        sender,
        group,
        binding,
        stage,
        ip,
        reply: fields.rest(),
    })
}

/// A mainlog's failure after its type.
fn failure(mut fields: Fields<'_>) -> Option<Told<'_>> {
    let recipient = fields.domain()?;
    let (size, group, binding) = (fields.next()?, fields.next()?, fields.next()?);
    let (stage, retries, age) = (fields.next()?, fields.next()?, fields.next()?);
    let ip = fields.next()?;
    let numbers = [size, stage, retries].into_iter().all(is_number) && is_decimal(age);
    (numbers && is_address(ip)).then(|| Told {
        recipient,
        group,
        binding,
        stage,
        ip,
        reply: fields.rest(),
        sender: None,
    })
}

/// A mainlog's delivery after its type.
fn delivery(mut fields: Fields<'_>) -> Option<Told<'_>> {
    let recipient = fields.domain()?;
    let (size, group, binding) = (fields.next()?, fields.next()?, fields.next()?);
    let (retries, age, ip) = (fields.next()?, fields.next()?, fields.next()?);
    let numbers = is_number(size) && is_number(retries) && is_decimal(age);
    (numbers && is_address(ip)).then(|| Told { recipient, group, binding, ip, ..Told::default() })
}

impl<'a> Told<'a> {
    fn parsed(&self, at: Moment, queue_id: &'a [u8], outcome: Outcome) -> Parsed<'a> {
        let Self { recipient, sender, stage, ip, .. } = *self;
        let reply = self.reply.trim_ascii();
        if stage == b"21" {
            return Parsed::LateBounce(at);
        }
        let own = own_words(reply);
        if outcome == Outcome::Rejected && own.is_some_and(|own| memmem::find(own, b"exceeded max").is_some())
        {
            return Parsed::Expired(at);
        }
        let speaker = match outcome {
            // The answer to a delivery is not logged.
            Outcome::Delivered => Speaker::Summary,
            _ if own.is_some() || stage == b"0" || basic_code(reply).is_none() => Speaker::Mta,
            _ => Speaker::Server,
        };
        let (code, enhanced) = if speaker == Speaker::Server { codes(reply) } else { (None, None) };
        Parsed::Attempt(Attempt {
            at,
            host: b"",
            source: if self.binding.is_empty() { self.group } else { self.binding },
            queue_id,
            recipient,
            sender,
            campaign: b"",
            relay: (!ip.is_empty()).then_some(Relay { host: b"", ip }),
            outcome,
            reply,
            speaker,
            stage: if outcome == Outcome::Delivered { Some(Stage::EndOfData) } else { phase(stage) },
            code,
            enhanced,
            tls: None,
        })
    }
}

/// Where in the session, by the number that Momentum gives each of its connection stages.
fn phase(stage: &[u8]) -> Option<Stage> {
    Some(match stage {
        // Not connected; reading the banner.
        b"0" | b"12" => Stage::Connect,
        b"2" | b"3" => Stage::Mail,
        b"4" | b"5" => Stage::Rcpt,
        b"6" | b"7" => Stage::Data,
        // Sending the body; reading its confirmation.
        b"8" | b"9" => Stage::EndOfData,
        b"10" | b"11" => Stage::Helo,
        b"15" | b"16" | b"17" | b"18" => Stage::Starttls,
        // Idle, RSET, XCLIENT, unknown.
        _ => return None,
    })
}

/// What follows the codes, where it is Momentum's own text in the form of a reply.
fn own_words(reply: &[u8]) -> Option<&[u8]> {
    let text = basic_code(reply).map_or(reply, |(_, text)| text).trim_ascii_start();
    let text = Enhanced::at_start(text).map_or(text, |(_, end)| &text[end..]).trim_ascii_start();
    (text.starts_with(b"[internal]") || text == b"no adequate servers").then_some(text)
}

fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

fn is_decimal(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// An IP address, or none.
fn is_address(text: &[u8]) -> bool {
    text.is_empty()
        || text.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'))
            && text.iter().any(|byte| matches!(byte, b'.' | b':'))
}

/// What is left of a line, field by field.
#[derive(Copy, Clone)]
struct Fields<'a> {
    line: &'a [u8],
    /// Where the next field begins; past the end after the last one.
    at: usize,
}

impl<'a> Fields<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.line.get(self.at..)?;
        let end = memchr(b'@', rest).unwrap_or(rest.len());
        self.at += end + 1;
        Some(&rest[..end])
    }

    /// Local part and domain, which the field separator joins as an address is joined. A quoted
    /// local part may hold anything.
    fn address(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        if self.line.get(start) == Some(&b'"') {
            let close = memmem::find(self.line.get(start + 1..)?, b"\"@")?;
            self.at = start + 1 + close + 2;
        } else {
            self.next()?;
        }
        self.next()?;
        self.line.get(start..self.at - 1)
    }

    /// A domain with the separator before it: an address without its local part.
    fn domain(&mut self) -> Option<&'a [u8]> {
        let start = self.at.checked_sub(1)?;
        self.next()?;
        self.line.get(start..self.at - 1)
    }

    fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::model::{Outcome, Speaker, Stage};
    use crate::parse::Dialect;
    use crate::parse::told::{self, Told, Tried};

    const HEAD: &str = "1795000000@00/00-25593-AAAA87F3@00/00-03736-BBBB1B54@00/00-04532-CCCC6B54";

    fn attempt(rest: &str) -> Tried {
        told::attempt(&[&format!("{HEAD}@{rest}")])
    }

    fn other(rest: &str) -> Told {
        let mut told = told::told(&[&format!("{HEAD}@{rest}")]);
        assert_eq!(told.len(), 1, "{told:?}");
        told.remove(0)
    }

    #[test]
    fn a_bounce_is_read_to_its_last_field() {
        let found = attempt(
            "B@reader@example.org@news@sender.example@pool-a@bind-7@5@10@4123@192.0.2.9@550 5.1.1 no such user",
        );
        assert_eq!(found.outcome, Outcome::Rejected);
        assert_eq!(found.at, "2026-11-18T11:06:40Z");
        assert_eq!(found.queue_id, "00/00-25593-AAAA87F3");
        assert_eq!(found.recipient, "reader@example.org");
        assert_eq!(found.sender.as_deref(), Some("news@sender.example"));
        assert_eq!(found.source, "bind-7");
        assert_eq!(found.relay, Some((String::new(), "192.0.2.9".into())));
        assert_eq!(found.reply, "550 5.1.1 no such user");
        assert_eq!(found.speaker, Speaker::Server);
        assert_eq!(found.stage, Some(Stage::Rcpt));
        assert_eq!((found.code, found.enhanced.as_deref()), (Some(550), Some("5.1.1")));
    }

    #[test]
    fn an_at_sign_in_the_reply_parts_nothing() {
        let found = attempt(
            "B@reader@example.org@news@sender.example@pool@bind@5@10@41@192.0.2.9@550 <reader@example.org>@T@x.example@0@g@b@1@0@1.0@192.0.2.1@250 ok",
        );
        assert_eq!((found.outcome, found.code), (Outcome::Rejected, Some(550)));
        assert!(found.reply.ends_with("@192.0.2.1@250 ok"));
        assert_eq!(found.recipient, "reader@example.org");
    }

    #[test]
    fn a_quoted_local_part_may_hold_the_separator() {
        let found =
            attempt("B@\"a@b\"@example.org@\"x@y\"@sender.example@pool@bind@5@10@41@192.0.2.9@550 5.1.1 no");
        assert_eq!(found.recipient, "\"a@b\"@example.org");
        assert_eq!(found.sender.as_deref(), Some("\"x@y\"@sender.example"));
        assert_eq!(
            other("B@a@b@example.org@news@sender.example@pool@bind@5@10@41@192.0.2.9@550 no"),
            Told::Unparsed("the fields are not those of its record type"),
            "an unquoted one shifts every field, which the numbers show"
        );
    }

    #[test]
    fn the_two_kinds_of_t_are_told_apart() {
        let main = attempt("T@example.org@0@pool@bind@12@0@18.53@192.0.2.9@421 4.7.0 try later");
        assert_eq!((main.outcome, main.code), (Outcome::Deferred, Some(421)));
        assert_eq!(
            (main.recipient.as_str(), main.sender),
            ("@example.org", None),
            "a domain and no recipient"
        );
        assert_eq!((main.source.as_str(), main.stage), ("bind", Some(Stage::Connect)));
        let bounce = attempt("T@reader@example.org@@@pool@bind@9@22@41@2001:db8::9@451 4.7.1 greylisted");
        assert_eq!((bounce.outcome, bounce.code), (Outcome::Deferred, Some(451)));
        assert_eq!((bounce.recipient.as_str(), bounce.sender.as_deref()), ("reader@example.org", Some("")));
        assert_eq!(bounce.stage, Some(Stage::EndOfData));
    }

    #[test]
    fn a_permanent_failure_and_a_delivery_of_the_mainlog() {
        let found = attempt("P@example.org@31@pool@@4@1@3.89@192.0.2.9@552 No such account");
        assert_eq!((found.outcome, found.code, found.enhanced), (Outcome::Rejected, Some(552), None));
        assert_eq!(found.source, "pool", "the group where there is no binding");
        let found = attempt("D@example.org@266@pool@bind@0@0.393@192.0.2.9");
        assert_eq!((found.outcome, found.code, found.reply.as_str()), (Outcome::Delivered, None, ""));
        assert_eq!(found.relay, Some((String::new(), "192.0.2.9".into())));
    }

    #[test]
    fn momentums_own_words_are_no_servers() {
        let found = attempt("T@example.org@0@p@b@0@0@1.5@@451 4.4.1 [internal] Connection refused");
        assert_eq!((found.speaker, found.code, found.enhanced), (Speaker::Mta, None, None));
        assert_eq!(found.relay, None);
        let found = attempt("T@example.org@0@p@b@0@0@1.5@192.0.2.1@421 4.4.2 connection lost");
        assert_eq!(found.speaker, Speaker::Mta, "nobody speaks while not connected");
        let found = attempt("T@example.org@0@p@b@1@0@1.5@192.0.2.1@421 no adequate servers");
        assert_eq!((found.speaker, found.code), (Speaker::Mta, None));
        let found = attempt("P@example.org@0@p@b@4@0@1.5@192.0.2.1@550 see [internal] notes");
        assert_eq!(found.speaker, Speaker::Server, "only right after the codes");
    }

    #[test]
    fn what_is_no_attempt_is_counted_apart() {
        let late = "B@a@example.org@b@sender.example@g@b@21@10@41@192.0.2.9@550 5.1.1 no such user";
        assert_eq!(other(late), Told::Other("late bounce"), "stage 21 came back as mail");
        let old = "B@a@example.org@b@sender.example@g@b@0@24@41@@554 5.4.7 [internal] exceeded max time without delivery";
        assert_eq!(other(old), Told::Other("expired"));
        assert_eq!(
            other("R@a@example.org@b@sender.example@192.0.2.1@201@esmtp@default@default"),
            Told::Other("no interest")
        );
        let mut parser = told::parser();
        let beat = told::tell(&mut parser, "1795000000@@@@M1");
        assert_eq!(beat, (Some(Dialect::Momentum), vec![Told::Other("no interest")]));
    }

    #[test]
    fn a_cut_line_is_not_guessed() {
        for rest in ["B@a@example.org@b@sender.example@g@b@5", "T@example.org@0@g", "D@example.org", "P"] {
            assert_eq!(other(rest), Told::Unparsed("the fields are not those of its record type"), "{rest}");
        }
    }

    #[test]
    fn another_log_is_none_of_these() {
        for line in ["1795000000", "1795000000@", "179500000000@@@@M1", "1795000000@a@b@c@", "1795000000@a@b"]
        {
            assert_eq!(told::tell(&mut told::parser(), line).0, None, "{line}");
        }
    }

    #[test]
    fn every_line_has_a_time() {
        let moment = |line: &str| told::parser().moment(line.as_bytes()).map(|at| at.rfc3339());
        assert_eq!(moment("1251222268@@@@M1").as_deref(), Some("2009-08-25T17:44:28Z"));
        assert_eq!(moment("soon@@@@M1"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(rest: Vec<u8>, likely in "[BTPDR]?(@[a-z0-9.\"]{0,5}){0,20}") {
            let mut parser = told::parser();
            let line = [HEAD.as_bytes(), b"@", &rest].concat();
            told::tell(&mut parser, &line);
            let line = format!("{HEAD}@{likely}");
            let after = told::tell(&mut parser, &line);
            prop_assert_eq!(after, told::tell(&mut told::parser(), &line), "it depends on no line before it");
        }
    }
}
