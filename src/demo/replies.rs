//! One thing that a receiver says, and how its variable parts are filled in.
//!
//! The words are the receivers' own, joined as Postfix joins the lines of a reply.

use fastrand::Rng;

use crate::model::Moment;

/// Where in the session it is said.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// Nobody answers: the operating system's words, no reply.
    Connect,
    /// In the greeting: Postfix defers, whatever the code.
    Greeting,
    /// By the first MX in its greeting; the second MX takes the message.
    FirstMx,
    /// By an earlier connection: Postfix does not even try.
    Suspended,
    /// In reply to MAIL FROM.
    Mail,
    /// In reply to RCPT TO.
    Rcpt,
    /// After the message.
    Data,
}

/// What happens when Postfix tries again.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It does not: the recipient is given up.
    Never,
    /// The second try succeeds.
    Accepted,
    /// The same again, until the message expires.
    Same,
}

/// One thing that a receiver says.
#[derive(Debug)]
pub(super) struct Said {
    /// How often: attempts in 100,000 for ordinary churn, relative weight in an incident.
    pub(super) weight: u32,
    /// Where.
    pub(super) at: At,
    /// What then.
    pub(super) again: Again,
    /// In the receiver's words, with `{ip}` our address, `{rcpt}`, `{domain}` the recipient, `{from}`
    /// the sender's domain, `{gid}` a Google id, `{eop}` a Microsoft frontend, `{hex}`, `{num}`.
    pub(super) text: &'static str,
}

/// A final rejection.
pub(super) const fn no(weight: u32, at: At, text: &'static str) -> Said {
    Said { weight, at, again: Again::Never, text }
}

/// A deferral that ends well.
pub(super) const fn later(weight: u32, at: At, text: &'static str) -> Said {
    Said { weight, at, again: Again::Accepted, text }
}

/// A deferral that stays one.
pub(super) const fn stuck(weight: u32, at: At, text: &'static str) -> Said {
    Said { weight, at, again: Again::Same, text }
}

/// One of `said` by weight; `None` for the part of 100,000 that the weights leave.
pub(super) fn ordinary(said: &'static [Said], rng: &mut Rng) -> Option<&'static Said> {
    let mut drawn = rng.u32(0..100_000);
    said.iter().find(|said| match drawn.checked_sub(said.weight) {
        Some(rest) => {
            drawn = rest;
            false
        }
        None => true,
    })
}

/// One of `said` by relative weight.
pub(super) fn one_of(said: &'static [Said], rng: &mut Rng) -> Option<&'static Said> {
    let total = said.iter().map(|said| said.weight).sum::<u32>();
    let mut drawn = rng.u32(0..total.max(1));
    said.iter().find(|said| match drawn.checked_sub(said.weight) {
        Some(rest) => {
            drawn = rest;
            false
        }
        None => true,
    })
}

/// What a template is filled with.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// Our address.
    pub(super) ip: &'a str,
    /// The recipient.
    pub(super) recipient: &'a str,
    /// The sender's domain.
    pub(super) sender_domain: &'a str,
    /// The message's size in bytes.
    pub(super) size: u32,
    /// Log time in seconds.
    pub(super) seconds: u64,
}

/// Fills a template in.
pub(super) fn fill(template: &str, facts: &Facts<'_>, rng: &mut Rng, out: &mut String) {
    let mut rest = template;
    while let Some((text, after)) = rest.split_once('{') {
        out.push_str(text);
        let Some((name, tail)) = after.split_once('}') else { break };
        match name {
            "ip" => out.push_str(facts.ip),
            "rcpt" => out.push_str(facts.recipient),
            "domain" => out.push_str(facts.recipient.rsplit('@').next().unwrap_or_default()),
            "from" => out.push_str(facts.sender_domain),
            "size" => out.push_str(&facts.size.to_string()),
            "seconds" => out.push_str(&facts.seconds.to_string()),
            "gid" => google_id(rng, out),
            "eop" => frontend(rng, facts.seconds, out),
            "hex" => letters(rng, b"0123456789ABCDEF", 11, out),
            "id" => letters(rng, b"0123456789abcdefghijklmnopqrstuvwxyz", 12, out),
            "num" => letters(rng, b"123456789", 6, out),
            _ => {}
        }
        rest = tail;
    }
    out.push_str(rest);
}

/// Two shapes of the id that Google puts before ` - gsmtp`.
fn google_id(rng: &mut Rng, out: &mut String) {
    const HEX: &[u8] = b"0123456789abcdef";
    if rng.bool() {
        letters(rng, HEX, 13, out);
        out.push('-');
        letters(rng, HEX, 12, out);
        out.push_str("si");
        letters(rng, b"123456789", 7, out);
        letters(rng, b"abcdefghijklmnopqrstuvwxyz", 3, out);
        out.push('.');
        letters(rng, b"123456789", 3, out);
    } else {
        letters(rng, b"abcdefghijklmnopqrstuvwxyz", 1, out);
        letters(rng, b"123456789", 2, out);
        out.push('-');
        letters(rng, HEX, 16, out);
        out.push_str("00");
        letters(rng, HEX, 14, out);
        out.push_str("si");
        letters(rng, b"123456789", 8, out);
        letters(rng, b"abcdefghijklmnopqrstuvwxyz", 3, out);
        out.push('.');
        letters(rng, b"123456789", 2, out);
    }
}

/// Microsoft's trailer: frontend, time, id.
fn frontend(rng: &mut Rng, seconds: u64, out: &mut String) {
    const SITES: [(&str, &str); 5] =
        [("DM6NAM", "nam"), ("BN8NAM", "nam"), ("CO1NAM", "nam"), ("DB3EUR", "eur"), ("AM7EUR", "eur")];
    let (site, region) = SITES[rng.usize(..SITES.len())];
    let unit = rng.u32(2..13);
    let stamp =
        Moment::from_millis(i64::try_from(seconds).unwrap_or_default() * 1000 + rng.i64(1..999)).rfc3339();
    out.push_str(&format!(
        "{site}{unit:02}FT{:03}.eop-{region}{unit:02}.prod.protection.outlook.com {stamp} 08DE",
        rng.u32(1..90)
    ));
    letters(rng, b"0123456789ABCDEF", 12, out);
}

fn letters(rng: &mut Rng, from: &[u8], count: usize, out: &mut String) {
    for _ in 0..count {
        out.push(char::from(from[rng.usize(..from.len())]));
    }
}
