//! qmail and notqmail: what qmail-send says, delivery by delivery.
//!
//! A recipient is named when its delivery starts, `starting delivery N: msg M to remote a@b`, and
//! its outcome follows under the number alone, `delivery N: failure: TEXT`. Numbers begin anew with
//! each qmail-send, and each host of a syslog has its own. A number whose start was not logged here
//! (the file was rotated away) is an attempt without a recipient, never with a wrong one.
//!
//! In TEXT every space, percent sign and byte outside of ASCII is a `_` and every line end a `/`.
//! Underlines and slashes of the server's own are not told apart from those: underlines are read as
//! spaces, and a slash as a line end only where a reply goes on (`550-…/550 …`), so that a URL
//! stays one. A reply is what follows the *first* `Remote_host_said:`; before it, qmail-remote says
//! in its own words where in the session it stood.
//!
//! TAI64N labels are read as daemontools write them, ten seconds ahead of Unix time; s6-log counts
//! leap seconds too, and its labels are read 27 seconds late. splogger cuts a record after 800
//! bytes; the rest of it, after a `+`, is not joined.

use std::net::IpAddr;

use memchr::{memchr, memmem};

use super::envelope::Envelope;
use super::recent::Recent;
use super::stamp::Clock;
use super::{Message, On, stamped};
use crate::model::{Attempt, Join, Moment, Outcome, Parsed, Relay, Speaker, Stage, codes};

/// Deliveries under way that are remembered: qmail-send runs a few hundred at a time.
const DELIVERIES: usize = 16_384;
/// Senders of messages and restarts that are remembered.
const INSTANCES: usize = 1_024;
/// Longest address that is remembered.
const ADDRESS: usize = 512;

/// The reader of qmail's lines, with the deliveries under way.
#[derive(Debug)]
pub(super) struct Qmail {
    /// By host, tag, qmail-send's life and number.
    starts: Recent<Start>,
    /// How often qmail-send began anew, by host and tag.
    lives: Recent<u64>,
    reply: Vec<u8>,
}

/// A delivery that started.
#[derive(Debug)]
struct Start {
    is_local: bool,
    /// The message number, then the recipient.
    text: Vec<u8>,
    message: usize,
}

impl Default for Qmail {
    fn default() -> Self {
        Self { starts: Recent::new(DELIVERIES), lives: Recent::new(INSTANCES), reply: Vec::new() }
    }
}

impl Qmail {
    /// Whether a line without syslog's envelope is one of these.
    pub(super) fn looks(line: &[u8]) -> bool {
        is_said(open(line).1)
    }

    /// Whether a program's tag, or else its message, shows that it is one of these.
    pub(super) fn claims(envelope: &Envelope<'_>) -> bool {
        if matches!(envelope.tag, b"qmail" | b"qmail-send" | b"splogger" | b"notqmail") {
            return true;
        }
        let (stamp, text) = stamped::split(envelope.message);
        (!stamp.is_empty() || envelope.tag.starts_with(b"qmail")) && is_said(text)
    }

    /// Reads a line without syslog's envelope.
    pub(super) fn bare(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        let (stamp, text) = open(line);
        let at = match stamp.strip_prefix(b"@") {
            Some(label) => tai64n(label).unwrap_or_else(|| clock.last()),
            None => stamped::moment(stamp, clock),
        };
        self.read(&Message { at, host: b"", tag: b"", text }, on);
    }

    /// Reads what syslog's envelope carried.
    pub(super) fn read(&mut self, message: &Message<'_>, on: On<'_>) {
        let text = stamped::split(message.text).1;
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if let Some(rest) = text.strip_prefix(b"delivery ") {
            return self.result(message, rest, on);
        }
        if let Some(rest) = text.strip_prefix(b"starting delivery ") {
            self.start(message, rest);
        } else if let Some(rest) = text.strip_prefix(b"info msg ") {
            return on(sender(message, rest));
        }
        on(Parsed::NoInterest);
    }

    /// `N: msg M to remote a@b`.
    fn start(&mut self, message: &Message<'_>, rest: &[u8]) {
        let Some((number, rest)) = digits(rest) else { return };
        let Some((id, rest)) = rest.strip_prefix(b": msg ").and_then(digits) else { return };
        let (is_local, recipient) = match (rest.strip_prefix(b" to remote "), rest.strip_prefix(b" to local ")) {
            (Some(recipient), _) => (false, recipient),
            (_, Some(recipient)) => (true, recipient),
            _ => return,
        };
        if number == b"1" {
            let life = self.lives.key(&[message.host, message.tag]);
            let lived = self.lives.get(life).copied().unwrap_or_default();
            self.lives.insert(life, lived + 1);
        }
        let key = self.key(message, number);
        if recipient.len() > ADDRESS || id.len() > ADDRESS {
            self.starts.remove(key);
            return;
        }
        let text = [id, recipient].concat();
        self.starts.insert(key, Start { is_local, text, message: id.len() });
    }

    fn key(&self, message: &Message<'_>, number: &[u8]) -> u64 {
        let life = self.lives.get(self.lives.key(&[message.host, message.tag])).copied().unwrap_or_default();
        self.starts.key(&[message.host, message.tag, &life.to_ne_bytes(), number])
    }

    /// `N: success: TEXT`.
    fn result(&mut self, message: &Message<'_>, rest: &[u8], on: On<'_>) {
        let Some((number, rest)) = digits(rest) else { return on(Parsed::NoInterest) };
        let Some(rest) = rest.strip_prefix(b": ") else { return on(Parsed::NoInterest) };
        let start = self.starts.remove(self.key(message, number));
        if start.as_ref().is_some_and(|start| start.is_local) {
            return on(Parsed::Local(message.at));
        }
        let verdicts: [(&[u8], Outcome); 4] = [
            (b"success: ", Outcome::Delivered),
            (b"failure: ", Outcome::Rejected),
            (b"deferral: ", Outcome::Deferred),
            (b"report mangled, will defer", Outcome::Deferred),
        ];
        let verdict = verdicts.iter().find_map(|(word, outcome)| {
            let mangled = word.starts_with(b"report").then_some(rest);
            rest.strip_prefix(*word).map(|text| (*outcome, mangled.unwrap_or(text)))
        });
        let Some((outcome, text)) = verdict else { return on(Parsed::Unparsed("an unknown kind of report")) };
        if start.is_none() && !is_remote(text) {
            return on(if text.starts_with(b"did_") {
                Parsed::Local(message.at)
            } else {
                Parsed::Unparsed("a delivery whose start is not in the log, local or remote")
            });
        }
        let (queue_id, recipient) = match &start {
            Some(start) => start.text.split_at(start.message.min(start.text.len())),
            None => (&b""[..], &b""[..]),
        };
        let Report { ip, stage, speaker } = report(text, &mut self.reply);
        if outcome == Outcome::Delivered && speaker == Speaker::Mta {
            self.reply.clear();
        }
        let reply = &self.reply[..];
        let (code, enhanced) = if speaker == Speaker::Server { codes(reply) } else { (None, None) };
        on(Parsed::Attempt(Attempt {
            at: message.at,
            host: message.host,
            source: message.tag,
            queue_id,
            recipient,
            sender: None,
            campaign: b"",
            relay: ip.map(|ip| Relay { host: b"", ip }),
            outcome,
            reply,
            speaker,
            stage,
            code,
            enhanced,
        }));
    }
}

/// `M: bytes B from <s> qp Q uid U`. qmail-send makes `_` of every space in an address.
fn sender<'a>(message: &Message<'a>, rest: &'a [u8]) -> Parsed<'a> {
    let Some((queue_id, rest)) = digits(rest) else { return Parsed::NoInterest };
    let found = rest
        .strip_prefix(b": bytes ")
        .and_then(digits)
        .and_then(|(_, rest)| rest.strip_prefix(b" from <"))
        .and_then(|rest| memmem::rfind(rest, b"> qp ").map(|end| &rest[..end]));
    let Some(sender) = found else { return Parsed::NoInterest };
    Parsed::Sender(Join { at: message.at, host: message.host, source: message.tag, queue_id, sender })
}

/// What a delivery's text tells.
struct Report<'a> {
    ip: Option<&'a [u8]>,
    stage: Option<Stage>,
    speaker: Speaker,
}

const SAID: &[u8] = b"Remote_host_said:";

/// qmail-remote's words for where it stood.
const STAGES: [(&[u8], Stage); 9] = [
    (b"_accepted_message", Stage::EndOfData),
    (b"_does_not_like_recipient", Stage::Rcpt),
    (b"_failed_after_I_sent_the_message", Stage::EndOfData),
    (b"_failed_on_DATA_command", Stage::Data),
    (b"_but_greeting_failed", Stage::Connect),
    (b"_but_my_name_was_rejected", Stage::Helo),
    (b"_but_sender_was_rejected", Stage::Mail),
    (b"_but_authentication_was_rejected", Stage::Auth),
    (b"_but_connection_died._Possible_duplicate!", Stage::EndOfData),
];

/// Takes TEXT apart and writes the reply, or else qmail-remote's words, to `reply`.
fn report<'a>(text: &'a [u8], reply: &mut Vec<u8>) -> Report<'a> {
    reply.clear();
    let Some(at) = memmem::find(text, SAID) else {
        words(text, reply);
        let stage = if memmem::find(text, b"able_to_establish_an_SMTP_connection").is_some() {
            Some(Stage::Connect)
        } else {
            stage(text).map(|(_, stage)| stage)
        };
        return Report { ip: ip(text), stage, speaker: Speaker::Mta };
    };
    // Patches put lines of their own before the one that tells: `User_and_password_not_set,…/`.
    let before = text[..at].strip_suffix(b"/").unwrap_or(&text[..at]);
    let before = &before[memchr::memrchr(b'/', before).map_or(0, |slash| slash + 1)..];
    remote(own_end(&text[at + SAID.len()..]), reply);
    Report { ip: ip(before), stage: stage(before).map(|(_, stage)| stage), speaker: Speaker::Server }
}

fn stage(line: &[u8]) -> Option<(usize, Stage)> {
    STAGES.iter().find_map(|(words, stage)| Some((memmem::find(line, words)?, *stage)))
}

/// The address in `Connected_to_IP_but_…` or `IP_does_not_like_…`.
fn ip(line: &[u8]) -> Option<&[u8]> {
    const CONNECTED: &[u8] = b"onnected_to_";
    let word = if let Some(at) = memmem::find(line, CONNECTED) {
        let rest = &line[at + CONNECTED.len()..];
        &rest[..memchr(b'_', rest).unwrap_or(rest.len())]
    } else {
        let before = &line[..stage(line)?.0];
        &before[memchr::memrchr(b'_', before).map_or(0, |at| at + 1)..]
    };
    let word = word.strip_prefix(b"[").and_then(|word| word.strip_suffix(b"]")).unwrap_or(word);
    std::str::from_utf8(word).ok()?.parse::<IpAddr>().ok().map(|_| word)
}

/// Cuts off what qmail adds behind a server's words.
fn own_end(said: &[u8]) -> &[u8] {
    const TOO_LONG: &[u8] = b"I'm_not_going_to_try_again;_this_message_has_been_in_the_queue_too_long.";
    let mut said = said.strip_suffix(b"/").unwrap_or(said);
    if let Some(rest) = said.strip_suffix(TOO_LONG) {
        said = rest.strip_suffix(b"/").unwrap_or(rest);
    }
    for own in [&b"/Giving_up_on_"[..], b"/STARTTLS_proto="] {
        if let Some(at) = memmem::rfind(said, own)
            && memchr(b'/', &said[at + 1..]).is_none()
        {
            said = &said[..at];
        }
    }
    said
}

/// Undoes a server's words. A slash ends a line where the line so far says that another follows
/// (`550-`) and one with the same code does; lines are joined by a space, as elsewhere.
fn remote(said: &[u8], reply: &mut Vec<u8>) {
    let said = said.strip_prefix(b"_").unwrap_or(said);
    let code = said.get(..3).filter(|code| code.iter().all(u8::is_ascii_digit));
    let mut goes_on = code.is_some() && said.get(3) == Some(&b'-');
    for (at, byte) in said.iter().enumerate() {
        match byte {
            b'_' => reply.push(b' '),
            b'/' if goes_on && code.is_some() && said.get(at + 1..at + 4) == code => {
                match said.get(at + 4) {
                    Some(b'-') => {}
                    Some(b'_' | b'/') | None => goes_on = false,
                    _ => {
                        reply.push(b'/');
                        continue;
                    }
                }
                reply.push(b' ');
            }
            _ => reply.push(*byte),
        }
    }
    let kept = reply.trim_ascii_end().len();
    reply.truncate(kept);
}

/// Undoes qmail's own words, whose lines end in a full stop, a comma or a bracket.
fn words(text: &[u8], reply: &mut Vec<u8>) {
    let text = text.strip_suffix(b"/").unwrap_or(text);
    let mut before = 0;
    for byte in text {
        reply.push(match byte {
            b'_' => b' ',
            b'/' if matches!(before, b'.' | b',' | b')' | b';') => b' ',
            _ => *byte,
        });
        before = *byte;
    }
}

/// Whether a report is qmail-remote's, by its words.
fn is_remote(text: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 11] = [
        b"Connected_to_",
        b"Sorry,_I_couldn't_find_any_host",
        b"Sorry,_I_couldn't_find_a_mail_exchanger",
        b"Sorry,_I_wasn't_able_to_establish",
        b"Sorry._Although_I'm_listed",
        b"CNAME_lookup_failed",
        b"SMTP_cannot_transfer",
        b"I_(qmail-remote)",
        b"qmail-remote_",
        b"Unable_to_run_qmail-remote",
        b"TLS_",
    ];
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
        || memmem::find(text, SAID).is_some()
        || memmem::find(text, b"_accepted_message.").is_some()
}

/// Whether qmail-send says such a thing.
fn is_said(text: &[u8]) -> bool {
    let numbered: [(&[u8], &[&[u8]]); 6] = [
        (b"delivery ", &[b": success: ", b": failure: ", b": deferral: ", b": report mangled"]),
        (b"starting delivery ", &[b": msg "]),
        (b"status: local ", &[b"/"]),
        (b"info msg ", &[b": bytes "]),
        (b"new msg ", &[b""]),
        (b"end msg ", &[b""]),
    ];
    for (beginning, after) in numbered {
        if let Some(rest) = text.strip_prefix(beginning) {
            return digits(rest).is_some_and(|(_, rest)| {
                after.iter().any(|after| if after.is_empty() { rest.trim_ascii().is_empty() } else { rest.starts_with(after) })
            });
        }
    }
    let bounced = text.strip_prefix(b"bounce msg ").and_then(digits);
    bounced.is_some_and(|(_, rest)| rest.starts_with(b" qp ")) || text.starts_with(b"triple bounce: discarding ")
}

/// The number at the beginning, and what follows it.
fn digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (end > 0).then(|| text.split_at(end))
}

/// Takes a line's stamp off: multilog's label, the same made readable, Unix seconds, or none.
fn open(line: &[u8]) -> (&[u8], &[u8]) {
    if line.first() == Some(&b'@')
        && line.get(25) == Some(&b' ')
        && line[1..25].iter().all(u8::is_ascii_hexdigit)
    {
        return (&line[..25], line[26..].trim_ascii_start());
    }
    stamped::split(line)
}

/// A TAI64N label without its `@`: 2^62 seconds and the TAI count, then nanoseconds.
fn tai64n(label: &[u8]) -> Option<Moment> {
    const UNIX_EPOCH: u64 = (1 << 62) + 10;
    let label = std::str::from_utf8(label).ok()?;
    let seconds = u64::from_str_radix(label.get(..16)?, 16).ok()?.checked_sub(UNIX_EPOCH)?;
    let nanos = u32::from_str_radix(label.get(16..24)?, 16).ok()?;
    // Beyond the year 9999 it is no time.
    let seconds = i64::try_from(seconds).ok().filter(|seconds| *seconds < 253_402_300_800)?;
    Some(Moment::from_seconds(seconds).plus_millis(i64::from(nanos / 1_000_000)))
}

#[cfg(test)]
mod tests {
    use crate::model::{Outcome, Speaker, Stage};
    use crate::parse::Dialect;
    use crate::parse::told::{self, Told, Tried, tell};

    const START: &str = "@400000006b00188a00000000 starting delivery 9: msg 3890 to remote ann@gmail.com";

    /// The attempt of a delivery that started and then said so.
    fn result(verdict: &str) -> Tried {
        told::attempt(&[START, &format!("@400000006b00188b1dcd6500 delivery 9: {verdict}")])
    }

    #[test]
    fn a_recipient_is_joined_by_the_deliverys_number_and_the_sender_by_the_messages() {
        let told = told::told(&[
            "@400000006b00188a00000000 new msg 3890",
            "@400000006b00188a00000000 info msg 3890: bytes 372 from <news@example.org> qp 31835 uid 0",
            START,
            "@400000006b00188a00000000 status: local 0/120 remote 1/60",
            "@400000006b00188b1dcd6500 delivery 9: success: 192.0.2.9_accepted_message./Remote_host_said:_250_ok_1392180611_qp_10394/",
            "@400000006b00188b1dcd6500 end msg 3890",
        ]);
        assert_eq!(told[1], Told::Sender("3890".into(), "news@example.org".into()));
        let Told::Attempt(found) = &told[4] else { unreachable!("{told:?}") };
        assert_eq!((&*found.recipient, &*found.queue_id), ("ann@gmail.com", "3890"));
        assert_eq!(found.relay, Some((String::new(), "192.0.2.9".into())));
        assert_eq!((found.outcome, found.speaker), (Outcome::Delivered, Speaker::Server));
        assert_eq!((&*found.reply, found.code), ("250 ok 1392180611 qp 10394", Some(250)));
        assert!([&told[0], &told[2], &told[3], &told[5]].iter().all(|told| **told == Told::Other("no interest")));
    }

    #[test]
    fn every_stage_of_qmail_remote_is_known() {
        for (text, stage, reply) in [
            ("192.0.2.9_does_not_like_recipient./Remote_host_said:_550_no/Giving_up_on_192.0.2.9./", Some(Stage::Rcpt), "550 no"),
            ("Connected_to_192.0.2.9_but_sender_was_rejected./Remote_host_said:_553_5.1.8_no/", Some(Stage::Mail), "553 5.1.8 no"),
            ("Connected_to_192.0.2.9_but_greeting_failed./Remote_host_said:_554_no/", Some(Stage::Connect), "554 no"),
            ("Connected_to_192.0.2.9_but_my_name_was_rejected./Remote_host_said:_504_no/", Some(Stage::Helo), "504 no"),
            ("192.0.2.9_failed_on_DATA_command./Remote_host_said:_554_no/", Some(Stage::Data), "554 no"),
            ("192.0.2.9_failed_after_I_sent_the_message./Remote_host_said:_552_5.7.0_virus/", Some(Stage::EndOfData), "552 5.7.0 virus"),
            ("User_and_password_not_set,_continuing_without_authentication./<ann@gmail.com>_192.0.2.9_does_not_like_recipient./Remote_host_said:_550_no/Giving_up_on_192.0.2.9./", Some(Stage::Rcpt), "550 no"),
            ("(ann@gmail.com)_192.0.2.9_failed_after_I_sent_the_message./Remote_host_said:_554_no/", Some(Stage::EndOfData), "554 no"),
        ] {
            let found = result(&format!("failure: {text}"));
            assert_eq!((found.stage, &*found.reply, found.speaker), (stage, reply, Speaker::Server), "{text}");
            assert_eq!(found.relay, Some((String::new(), "192.0.2.9".into())), "{text}");
            assert_eq!(found.code.map(|code| code.to_string()).as_deref(), reply.get(..3));
        }
    }

    #[test]
    fn local_failures_are_qmails_own_words() {
        for (text, reply, stage, relay) in [
            ("Sorry,_I_couldn't_find_any_host_named_example.invalid._(#5.1.2)/", "Sorry, I couldn't find any host named example.invalid. (#5.1.2)", None, None),
            ("Sorry,_I_wasn't_able_to_establish_an_SMTP_connection._(#4.4.1)/", "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)", Some(Stage::Connect), None),
            ("CNAME_lookup_failed_temporarily._(#4.4.3)/", "CNAME lookup failed temporarily. (#4.4.3)", None, None),
            ("Connected_to_192.0.2.9_but_connection_died._Possible_duplicate!_(#4.4.2)/", "Connected to 192.0.2.9 but connection died. Possible duplicate! (#4.4.2)", Some(Stage::EndOfData), Some((String::new(), "192.0.2.9".to_owned()))),
            ("Sorry._Although_I'm_listed_as_a_best-preference_MX_or_A_for_that_host,/it_isn't_in_my_control/locals_file,_so_I_don't_treat_it_as_local._(#5.4.6)/", "Sorry. Although I'm listed as a best-preference MX or A for that host, it isn't in my control/locals file, so I don't treat it as local. (#5.4.6)", None, None),
        ] {
            let found = result(&format!("deferral: {text}"));
            assert_eq!((&*found.reply, found.stage, found.relay), (reply, stage, relay));
            assert_eq!((found.speaker, found.code, found.enhanced), (Speaker::Mta, None, None));
        }
        let found = result("report mangled, will defer");
        assert_eq!((found.outcome, &*found.reply), (Outcome::Deferred, "report mangled, will defer"));
    }

    #[test]
    fn a_slash_ends_a_line_only_where_the_reply_goes_on() {
        let found = result("failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550-5.1.1_see/550-5.1.1_http://x.example/550/a_b/550_5.1.1_https://y.example/550-5/550_z/Giving_up_on_192.0.2.9./");
        assert_eq!(
            found.reply,
            "550-5.1.1 see 550-5.1.1 http://x.example 550/a b/550 5.1.1 https://y.example/550-5/550 z"
        );
        let found = result("failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550_5.7.1_see_http://x.example/unblock?ip=192.0.2.1/Giving_up_on_192.0.2.9./");
        assert_eq!(found.reply, "550 5.7.1 see http://x.example/unblock?ip=192.0.2.1");
        assert_eq!((found.code, found.enhanced.as_deref()), (Some(550), Some("5.7.1")));
    }

    #[test]
    fn a_forged_beginning_and_end_inside_a_reply_change_nothing() {
        let found = result("failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550_no/Giving_up_on_10.0.0.1./192.0.2.66_accepted_message./Remote_host_said:_250_ok/Giving_up_on_192.0.2.9./");
        assert_eq!(found.relay, Some((String::new(), "192.0.2.9".into())));
        assert_eq!((found.outcome, found.code), (Outcome::Rejected, Some(550)));
        assert_eq!(found.reply, "550 no/Giving up on 10.0.0.1./192.0.2.66 accepted message./Remote host said: 250 ok");
    }

    #[test]
    fn the_last_try_is_given_up_with_the_servers_own_code() {
        let found = result("failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_450_4.2.0_greylisted/Giving_up_on_192.0.2.9./I'm_not_going_to_try_again;_this_message_has_been_in_the_queue_too_long./");
        assert_eq!((found.outcome, found.code, &*found.reply), (Outcome::Rejected, Some(450), "450 4.2.0 greylisted"));
    }

    #[test]
    fn numbers_belong_to_their_host_and_to_one_life_of_qmail_send() {
        let line = |host: &str, rest: &str| format!("Nov 21 10:00:00 {host} qmail: 1795255200.123456 {rest}");
        let says = "success: 192.0.2.9_accepted_message./Remote_host_said:_250_ok/";
        let lines = [
            line("a", "starting delivery 2: msg 7 to remote on-a@example.com"),
            line("b", "starting delivery 2: msg 7 to remote on-b@example.com"),
            line("a", &format!("delivery 2: {says}")),
            line("b", &format!("delivery 2: {says}")),
            // Again: the number has had its outcome.
            line("b", &format!("delivery 2: {says}")),
            line("a", "starting delivery 3: msg 8 to remote before@example.com"),
            line("a", "starting delivery 1: msg 9 to remote first@example.com"),
            // qmail-send began anew, and the start of this delivery 3 was lost.
            line("a", &format!("delivery 3: {says}")),
            line("a", "starting delivery 4: msg 9 to remote old@example.com"),
            line("a", "starting delivery 4: msg 10 to remote new@example.com"),
            line("a", &format!("delivery 4: {says}")),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let found: Vec<String> = told::attempts(&lines).into_iter().map(|found| found.recipient).collect();
        assert_eq!(found, ["on-a@example.com", "on-b@example.com", "", "", "new@example.com"]);
    }

    #[test]
    fn a_delivery_without_its_start_has_no_recipient_and_may_be_local() {
        let alone = |text: &str| told::told(&[&format!("@400000006b00188b1dcd6500 delivery 77: {text}")]).remove(0);
        let Told::Attempt(found) = alone("failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550_no/") else {
            unreachable!()
        };
        assert_eq!((&*found.recipient, &*found.queue_id, found.code), ("", "", Some(550)));
        assert_eq!(alone("success: did_0+0+1/"), Told::Other("local"));
        assert!(matches!(alone("failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/"), Told::Unparsed(_)));
    }

    #[test]
    fn a_local_delivery_is_no_providers() {
        let lines = [
            "@400000006b00188a00000000 starting delivery 9: msg 1 to local ann@example.org",
            "@400000006b00188a00000000 delivery 9: failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/",
        ];
        assert_eq!(told::told(&lines)[1], Told::Other("local"));
    }

    #[test]
    fn every_stamp_is_read() {
        let rest = "delivery 9: deferral: 192.0.2.9_failed_on_DATA_command./Remote_host_said:_451_later/";
        for (stamp, at) in [
            ("@4000000052fafd8d32984b1c ", "2014-02-12T04:50:11.848Z"),
            ("2026-11-21 10:00:00.123456789 ", "2026-11-21T10:00:00.123Z"),
            ("1795255200.123456 ", "2026-11-21T10:00:00.123Z"),
            ("Nov 18 10:00:00 mx qmail: 1795255199.123456 ", "2026-11-18T10:00:00Z"),
            ("2026-11-21T10:00:00+00:00 mx splogger: 1795255199.123456 ", "2026-11-21T10:00:00Z"),
            ("Nov 18 10:00:00 mx qmail-send[7]: ", "2026-11-18T10:00:00Z"),
        ] {
            let line = format!("{stamp}{rest}");
            let mut parser = told::parser();
            let (dialect, told) = tell(&mut parser, &line);
            assert_eq!(dialect, Some(Dialect::Qmail), "{line}");
            let [Told::Attempt(found)] = &told[..] else { unreachable!("{told:?}") };
            assert_eq!((&*found.at, found.code), (at, Some(451)), "{line}");
        }
        assert_eq!(told::attempt(&[rest]).code, Some(451));
    }

    #[test]
    fn the_rest_of_a_record_that_splogger_cut_is_nothing() {
        let line = "Nov 21 10:00:00 mx qmail: 1795255200.123456+delivery 9: success: x_accepted_message./";
        assert_eq!(told::told(&[line]), [Told::Other("no interest")]);
    }

    #[test]
    fn lines_of_others_are_not_taken() {
        for line in [
            "@400000006b00188b1dcd6500 tcpserver: status: 1/20",
            "Nov 21 10:00:00 mx app[1]: delivery 5: success: sent",
            "Nov 21 10:00:00 mx postfix/smtp[1]: 4Xz1Qb0LrDz9vBJ: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (delivery 9: success: x)",
            "2026-11-21 10:00:00 1wABCD-000000001dE-2abc => a@b.example R=dnslookup T=remote_smtp H=mx [192.0.2.1] C=\"250 ok\"",
            "delivery of mail: success: x",
        ] {
            assert_ne!(tell(&mut told::parser(), line).0, Some(Dialect::Qmail), "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(bytes: Vec<u8>, tail in "[ -~]{0,120}", word in "(delivery 9: failure: |starting delivery 1: msg |info msg 7: bytes 1 from <|@4000000|delivery 9: success: Connected_to_)") {
            let mut parser = told::parser();
            parser.line(&bytes, |_| {});
            for head in ["", "@400000006b00188b1dcd6500 ", "Nov 21 10:00:00 mx qmail: 1795255200.123456 "] {
                parser.line(format!("{head}{word}{tail}").as_bytes(), |_| {});
                let mut line = format!("{head}{word}").into_bytes();
                line.extend(&bytes);
                parser.line(&line, |_| {});
            }
        }
    }
}
