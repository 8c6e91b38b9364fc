//! A delivery status: groups of fields, the first about the message, the others about a recipient.

use chrono::DateTime;

use super::{Action, Bounce, Notified, Said, said};
use crate::model::{Enhanced, Moment, Speaker, codes};
use crate::parse::mail::Fields;

/// Fields that only a recipient's group has.
pub(super) const RECIPIENT: [&[u8]; 2] = [b"Final-Recipient", b"Original-Recipient"];

/// Recipients read; one more than are kept, so that it shows.
const READ: usize = super::RECIPIENTS + 1;

/// Reads the body of a `message/delivery-status`.
pub(super) fn read(body: &[u8]) -> Bounce {
    let mut bounce = Bounce::default();
    let mut rest = body;
    while !rest.is_empty() && bounce.recipients.len() < READ {
        let (fields, after) = Fields::read(rest);
        // A line that is no field stands alone between groups.
        rest = if fields.is_empty() && after.len() == rest.len() { next_line(after) } else { after };
        let whole = Whole { fields: &fields };
        if let Some(mta) = whole.typed(b"Reporting-MTA") {
            bounce.reporting_mta = mta.to_vec();
        }
        bounce.arrival = bounce.arrival.or_else(|| whole.date(b"Arrival-Date"));
        for group in recipients(&fields) {
            if bounce.recipients.len() < READ {
                bounce.recipients.push(group);
            }
        }
    }
    bounce
}

fn next_line(text: &[u8]) -> &[u8] {
    memchr::memchr(b'\n', text).map_or(b"", |end| &text[end + 1..])
}

/// A group's fields asked by name.
struct Whole<'a> {
    fields: &'a Fields,
}

impl Whole<'_> {
    fn typed(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields.get(name).map(untyped).filter(|value| !value.is_empty())
    }

    fn date(&self, name: &[u8]) -> Option<Moment> {
        self.fields.get(name).and_then(date)
    }
}

/// The recipients of a group: one, or several where blank lines between them were lost.
fn recipients(fields: &Fields) -> Vec<Notified> {
    let mut found: Vec<Notified> = Vec::new();
    let mut open = Notified::default();
    let mut seen: Vec<&[u8]> = Vec::new();
    let mut is_recipient = false;
    for (name, value) in fields.all() {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        if is(b"Final-Recipient") && seen.iter().any(|name| name.eq_ignore_ascii_case(b"Final-Recipient")) {
            found.push(std::mem::take(&mut open));
            seen.clear();
        }
        seen.push(name);
        if is(b"Final-Recipient") {
            is_recipient = true;
            open.recipient = address(value);
        } else if is(b"Original-Recipient") {
            is_recipient = true;
            if open.recipient.is_empty() {
                open.recipient = address(value);
            }
        } else if is(b"Action") {
            is_recipient = true;
            open.action = Action::read(value);
        } else if is(b"Status") {
            open.status = Enhanced::at_start(value).map(|(code, _)| code);
        } else if is(b"Remote-MTA") {
            let (host, ip) = said::host_and_ip(untyped(value));
            (open.said.host, open.said.ip) = (host.to_vec(), ip.to_vec());
        } else if is(b"Diagnostic-Code") {
            open.diagnostic = value.to_vec();
        } else if is(b"Last-Attempt-Date") {
            open.last_attempt = date(value);
        }
    }
    if is_recipient {
        found.push(open);
    }
    found.iter_mut().for_each(diagnose);
    found
}

/// Reads the Diagnostic-Code: a server's words behind `smtp;`, the MTA's own behind other types.
fn diagnose(notified: &mut Notified) {
    if notified.diagnostic.is_empty() {
        return;
    }
    let text = untyped(&notified.diagnostic).to_vec();
    let read = said::read(&text);
    let (host, ip) = (std::mem::take(&mut notified.said.host), std::mem::take(&mut notified.said.ip));
    notified.said = match codes(&text) {
        (Some(code), enhanced) => {
            Said { code: Some(code), enhanced, speaker: Speaker::Server, reply: text, ..Said::default() }
        }
        _ => read,
    };
    // Who answered, the MTA says better than a reply's words do.
    if !host.is_empty() {
        (notified.said.host, notified.said.ip) = (host, ip);
    }
}

/// What follows `dns;`, `smtp;`, `rfc822;`. A value without a type is one all the same.
fn untyped(value: &[u8]) -> &[u8] {
    let kind = value.iter().take(20).position(|byte| *byte == b';');
    match kind {
        Some(at)
            if value[..at].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' ')) =>
        {
            value[at + 1..].trim_ascii()
        }
        _ => value.trim_ascii(),
    }
}

/// The address without its type and brackets.
fn address(value: &[u8]) -> Vec<u8> {
    let value = untyped(value);
    let value = value.strip_prefix(b"<").and_then(|value| value.strip_suffix(b">")).unwrap_or(value);
    value.to_vec()
}

/// A date as mail writes it, with or without a comment behind it.
fn date(value: &[u8]) -> Option<Moment> {
    let text = std::str::from_utf8(value.get(..value.len().min(64))?).ok()?;
    let text = text.split('(').next().unwrap_or(text).trim();
    DateTime::parse_from_rfc2822(text).ok().map(|date| Moment::from_millis(date.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn groups_are_told_apart_even_without_blank_lines_between_them() {
        let text =
            b"Reporting-MTA: dns; a.example\r\nArrival-Date: Sat, 21 Nov 2026 10:00:00 +0100 (CET)\r\n\r\n\
            Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1 (bad)\r\n\
            Remote-MTA: dns; mx.b.example (192.0.2.1, the server for b.example)\r\n\
            Diagnostic-Code: smtp; 550-5.1.1 no\r\n  550 5.1.1 such user\r\n\
            Final-Recipient: rfc822;<c@b.example>\r\nAction: Delayed\r\nStatus: 4.4.1\r\n";
        let bounce = read(text);
        assert_eq!(bounce.reporting_mta, b"a.example");
        assert_eq!(
            bounce.arrival.map(crate::model::Moment::rfc3339).as_deref(),
            Some("2026-11-21T09:00:00Z")
        );
        assert_eq!(bounce.recipients.len(), 2);
        let first = &bounce.recipients[0];
        assert_eq!((&first.said.host[..], &first.said.ip[..]), (&b"mx.b.example"[..], &b"192.0.2.1"[..]));
        assert_eq!(first.said.reply, b"550-5.1.1 no 550 5.1.1 such user");
        assert_eq!(bounce.recipients[1].recipient, b"c@b.example");
        assert_eq!(bounce.recipients[1].action, Some(super::Action::Delayed));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}
