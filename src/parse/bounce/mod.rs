//! A bounce read: what a server said of each recipient (RFC 3461, 3464, and what came before them).
//!
//! The machine's part tells recipients, hosts and codes, the human's part where in the session it
//! happened; each fills what the other leaves out. A message without a machine's part is read by the
//! shapes that MTAs' notices share.

mod notice;
mod said;
mod status;

use crate::model::{Enhanced, Moment};

use super::mail::{Fields, Mail, Part};

pub use said::Said;
pub(super) use said::host_and_ip;

/// Recipients read of one message.
const RECIPIENTS: usize = 500;
/// Messages inside messages that are opened in search of a bounce.
const FORWARDED: usize = 3;

/// What a bounce tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounce {
    /// The host that gave up, or empty.
    pub reporting_mta: Vec<u8>,
    /// When that host took the message.
    pub arrival: Option<Moment>,
    /// What it tells of each recipient, in order.
    pub recipients: Vec<Notified>,
    /// What was not read, and why.
    pub notes: Vec<&'static str>,
}

/// What became of a message, as the MTA sees it (RFC 3464 section 2.3.3).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Given up.
    Failed,
    /// Still tried.
    Delayed,
    /// Handed over.
    Delivered,
    /// Handed to a host that tells nothing of the rest of the way.
    Relayed,
    /// Handed to the members of a list.
    Expanded,
}

impl Action {
    /// The word of RFC 3464.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Relayed => "relayed",
            Self::Expanded => "expanded",
        }
    }

    fn read(word: &[u8]) -> Option<Self> {
        let word = word.trim_ascii();
        let all = [Self::Failed, Self::Delayed, Self::Delivered, Self::Relayed, Self::Expanded];
        // `failed (host not found)`: a comment may follow.
        all.into_iter().find(|action| {
            let id = action.id().as_bytes();
            word.get(..id.len()).is_some_and(|head| head.eq_ignore_ascii_case(id))
        })
    }
}

/// What a bounce tells of one recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notified {
    /// The address, or empty where it was left out.
    pub recipient: Vec<u8>,
    /// What became of the message.
    pub action: Option<Action>,
    /// The MTA's own status; not always the reply's enhanced code.
    pub status: Option<Enhanced>,
    /// The Diagnostic-Code, as it stands there, or empty.
    pub diagnostic: Vec<u8>,
    /// What was said, by whom.
    pub said: Said,
    /// When it was last tried.
    pub last_attempt: Option<Moment>,
}

/// Why a text is no bounce.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBounce {
    /// Nothing to read.
    #[error("it is empty")]
    Empty,
    /// A message of another kind.
    #[error("it is a receipt for a message that was shown (MDN), no bounce")]
    Receipt,
    /// A feedback loop's report.
    #[error("it is a recipient's complaint (ARF), no bounce: nothing was rejected")]
    Complaint,
    /// It names no recipient with what was said of them.
    #[error("it is no bounce: it holds no delivery status, and no recipient with what a server said")]
    Other,
}

/// Reads a bounce: a message, its delivery status alone, or the words of its human part.
///
/// # Errors
/// When it is none.
pub fn read(text: &[u8]) -> Result<Bounce, NoBounce> {
    if text.trim_ascii().is_empty() {
        return Err(NoBounce::Empty);
    }
    let mut bounce = open(text, FORWARDED)?;
    if bounce.recipients.len() > RECIPIENTS {
        bounce.recipients.truncate(RECIPIENTS);
        bounce.notes.push("more than 500 recipients: the rest was not read");
    }
    Ok(bounce)
}

fn open(text: &[u8], depth: usize) -> Result<Bounce, NoBounce> {
    let mail = Mail::read(text);
    let is_bare_status = status::RECIPIENT.iter().any(|name| mail.fields.get(name).is_some())
        || mail.fields.get(b"Reporting-MTA").is_some();
    if is_bare_status {
        return whole(status::read(super::mail::start(text)), NoBounce::Other);
    }
    let words = words(&mail, text);
    let status = mail.parts.iter().find(|part| {
        matches!(part.kind.as_slice(), b"message/delivery-status" | b"message/global-delivery-status")
    });
    let mut bounce = match status {
        Some(part) => {
            let mut bounce = status::read(&part.body);
            notice::fill(&mut bounce, &words, &mail.fields);
            bounce
        }
        None => notice::read(&words, &mail.fields),
    };
    bounce.notes.extend(&mail.notes);
    if bounce.recipients.is_empty() && depth > 0 {
        // Somebody forwarded it.
        let inner = mail.parts.iter().filter(|part| part.kind == b"message/rfc822");
        if let Some(found) = inner.filter_map(|part| open(&part.body, depth - 1).ok()).next() {
            return Ok(found);
        }
    }
    whole(bounce, other(&mail))
}

fn whole(bounce: Bounce, why: NoBounce) -> Result<Bounce, NoBounce> {
    if bounce.recipients.is_empty() { Err(why) } else { Ok(bounce) }
}

/// What a message is that is no bounce.
fn other(mail: &Mail) -> NoBounce {
    let holds = |kind: &[u8]| mail.parts.iter().any(|part| part.kind == kind);
    if holds(b"message/disposition-notification") {
        NoBounce::Receipt
    } else if holds(b"message/feedback-report") {
        NoBounce::Complaint
    } else {
        NoBounce::Other
    }
}

/// What is written for people: the plain parts, else the HTML ones; of a text without a header, all.
fn words(mail: &Mail, text: &[u8]) -> Vec<u8> {
    if mail.fields.is_empty() {
        return text.to_vec();
    }
    let of = |kind: &[u8]| -> Vec<&Part> { mail.parts.iter().filter(|part| part.kind == kind).collect() };
    let plain = of(b"text/plain");
    if plain.is_empty() {
        let html: Vec<Vec<u8>> = of(b"text/html").iter().map(|part| untagged(&part.body)).collect();
        return html.join(&b'\n');
    }
    plain.iter().map(|part| part.body.as_slice()).collect::<Vec<_>>().join(&b'\n')
}

/// HTML without its tags; blocks end lines.
fn untagged(html: &[u8]) -> Vec<u8> {
    const BREAKS: [&[u8]; 8] = [b"br", b"p", b"/p", b"div", b"/div", b"tr", b"/tr", b"/td"];
    let mut out = Vec::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = memchr::memchr(b'<', rest) {
        out.extend_from_slice(&rest[..open]);
        let Some(close) = memchr::memchr(b'>', &rest[open..]) else { break };
        let tag = &rest[open + 1..open + close];
        let name = tag.split(|byte| matches!(byte, b' ' | b'\n' | b'\t')).next().unwrap_or_default();
        let name = name.strip_suffix(b"/").unwrap_or(name);
        if BREAKS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            out.push(b'\n');
        }
        rest = &rest[open + close + 1..];
    }
    out.extend_from_slice(rest);
    let text = String::from_utf8_lossy(&out);
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", " ").replace("&#39;", "'");
    plain.replace("&quot;", "\"").replace("&amp;", "&").into_bytes()
}

/// Whether a text without a header holds the words of a notice that MTAs send.
#[must_use]
pub fn is_notice(text: &[u8]) -> bool {
    notice::is_known(text)
}

/// Whether the fields are those of a delivery status.
pub(super) fn is_status(fields: &Fields) -> bool {
    status::RECIPIENT.iter().any(|name| fields.get(name).is_some())
        || (fields.get(b"Reporting-MTA").is_some() && fields.get(b"Content-Type").is_none())
}

#[cfg(test)]
mod tests;
