//! The words of a bounce that are written for people, by the shapes that MTAs share: a recipient on a
//! line of its own or before a colon, and what was said of them below or behind it.

use memchr::memmem;

use super::{Action, Bounce, Notified, Said, said};
use crate::model::{Speaker, codes};
use crate::parse::mail::Fields;
use crate::parse::session;

/// Recipients read; one more than are kept, so that it shows.
const READ: usize = super::RECIPIENTS + 1;
/// Bytes kept of what was said of one recipient.
const SAID: usize = 16 * 1024;

/// How MTAs begin their notices, or what stands in nobody else's mail.
const KNOWN: [&[u8]; 14] = [
    b"This is the qmail-send program",
    b"This message was created automatically by mail delivery software",
    b"This is the mail system at host",
    b"This is the Postfix program at host",
    b"This is the MAILER-DAEMON",
    b"The following addresses had permanent fatal errors",
    b"The following addresses had transient non-fatal errors",
    b"Diagnostic information for administrators:",
    b"Generating server:",
    b"I'm sorry to have to inform you that",
    b"Your message did not reach some or all of the intended recipients",
    b"A message that you sent could not be delivered to",
    b"Delivery has failed to these recipients or",
    b"Transcript of session follows",
];

/// Words of a notice that the message is still tried.
const DELAYED: [&[u8]; 5] = [
    b"had transient non-fatal errors",
    b"THIS IS A WARNING ",
    b"message still undelivered after",
    b"has not yet been delivered",
    b"has not been delivered to all of its recipients after",
];

/// Where the words end and the message that came back begins.
const ENDS: [&[u8]; 10] = [
    b"--- Below this line",
    b"--- Enclosed are",
    b"------ This is a copy",
    b"Original message headers",
    b"----- Original message",
    b"-----Original Message",
    b"----- Message header follows",
    b"----- Message body suppressed",
    b"Final-Recipient:",
    b"Reporting-MTA:",
];

/// What stands before an address that is no part of it.
const LABELS: [&[u8]; 6] = [
    b"Failed recipient:",
    b"Failed Recipient:",
    b"Recipient address:",
    b"Recipient Address:",
    b"Recipient:",
    b"mailto:",
];

/// What is said of one recipient.
#[derive(Debug)]
struct Block<'a> {
    recipient: &'a [u8],
    indent: usize,
    text: Vec<u8>,
}

/// Whether a line of a text begins with the words of a known MTA. Within a line, a reply quotes them.
pub(super) fn is_known(text: &[u8]) -> bool {
    let begins = |line: &[u8]| {
        let from = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'-' | b'*' | b'#'));
        let line = &line[from.unwrap_or(line.len())..];
        let line = line.strip_prefix(b"Hi. ").unwrap_or(line);
        KNOWN.iter().any(|words| line.starts_with(words))
    };
    text.split(|byte| *byte == b'\n').any(begins)
}

/// Reads a notice that has no machine's part.
pub(super) fn read(words: &[u8], fields: &Fields) -> Bounce {
    let known = is_known(words);
    if !known && !fields.is_empty() && !is_daemons(fields) {
        return Bounce::default();
    }
    let mut recipients: Vec<Notified> = blocks(words)
        .into_iter()
        .filter(|block| known || said::reply_at(&block.text).is_some())
        .filter(|block| !block.text.is_empty())
        .map(|block| Notified {
            recipient: block.recipient.to_vec(),
            said: said::read(&block.text),
            ..Notified::default()
        })
        .collect();
    if recipients.is_empty() && (known || !fields.is_empty()) {
        recipients.extend(only(words, fields));
    }
    transcribe(&mut recipients, words);
    let action = if DELAYED.iter().any(|words_| memmem::find(words, words_).is_some()) {
        Action::Delayed
    } else {
        Action::Failed
    };
    recipients.iter_mut().for_each(|notified| notified.action = Some(action));
    Bounce { reporting_mta: reporting(words), recipients, ..Bounce::default() }
}

/// Fills in what the machine's part leaves out.
pub(super) fn fill(bounce: &mut Bounce, words: &[u8], fields: &Fields) {
    let told = read(words, fields);
    if bounce.reporting_mta.is_empty() {
        bounce.reporting_mta = told.reporting_mta;
    }
    let alone = bounce.recipients.len() == 1 && told.recipients.len() == 1;
    for notified in &mut bounce.recipients {
        let same = |other: &&Notified| other.recipient.eq_ignore_ascii_case(&notified.recipient);
        let other = told.recipients.iter().find(same).or(told.recipients.first().filter(|_| alone));
        if let Some(other) = other {
            merge(&mut notified.said, &other.said);
        }
    }
}

/// `said` with what only `other` knows. A server's words beat the MTA's.
fn merge(said: &mut Said, other: &Said) {
    if said.code.is_none() && (other.code.is_some() || said.reply.is_empty()) {
        (said.reply, said.speaker) = (other.reply.clone(), other.speaker);
        (said.code, said.enhanced) = (other.code, other.enhanced);
    }
    // Only of the same reply: a notice may tell of another try than the status does.
    if said.code == other.code {
        said.stage = said.stage.or(other.stage);
        if said.host.is_empty() {
            said.host.clone_from(&other.host);
        }
        if said.ip.is_empty() {
            said.ip.clone_from(&other.ip);
        }
    }
}

/// Whether a mail system sent it.
fn is_daemons(fields: &Fields) -> bool {
    let from = fields.get(b"From").unwrap_or_default().to_ascii_lowercase();
    let is_from = |name: &[u8]| memmem::find(&from, name).is_some();
    is_from(b"mailer-daemon")
        || is_from(b"postmaster")
        || fields.get(b"X-Failed-Recipients").is_some()
        || fields.get(b"Return-Path").is_some_and(|path| path.trim_ascii() == b"<>")
        || fields.kind().0 == b"multipart/report"
}

/// The one reply of a notice without a recipient's line.
fn only(words: &[u8], fields: &Fields) -> Option<Notified> {
    let named = fields.get(b"X-Failed-Recipients").unwrap_or_default();
    let recipient = named.split(|byte| *byte == b',').next().unwrap_or_default().trim_ascii();
    let line = words
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .take_while(|line| !ends(line))
        .find(|line| said::reply_at(line).is_some())?;
    Some(Notified { recipient: recipient.to_vec(), said: said::read(line), ..Notified::default() })
}

/// Sendmail shows the session: what the server answered says more than its own summary.
fn transcribe(recipients: &mut [Notified], words: &[u8]) {
    let Some(at) = memmem::find(words, b"Transcript of session follows") else { return };
    let session = session::read(&words[at..]);
    for notified in recipients {
        let of_recipient = |told: &&session::Answer| told.recipient.eq_ignore_ascii_case(&notified.recipient);
        let failing = || session.answers.iter().filter(|told| told.is_failure());
        let alone = failing().next().filter(|_| failing().count() == 1);
        let Some(told) = failing().find(of_recipient).or(alone) else { continue };
        let (code, enhanced) = codes(&told.reply);
        let said = &mut notified.said;
        (said.reply, said.code, said.enhanced) = (told.reply.clone(), code, enhanced);
        (said.stage, said.speaker) = (told.stage, Speaker::Server);
        said.host.clone_from(&told.host);
        said.ip.clone_from(&told.ip);
    }
}

/// The host that wrote the notice.
fn reporting(words: &[u8]) -> Vec<u8> {
    const BEFORE: [&[u8]; 4] = [
        b"qmail-send program at ",
        b"mail system at host ",
        b"Postfix program at host ",
        b"Generating server: ",
    ];
    let after = BEFORE.iter().find_map(|mark| Some(&words[memmem::find(words, mark)? + mark.len()..]));
    after.map_or_else(Vec::new, |after| said::host_and_ip(after).0.to_vec())
}

fn ends(line: &[u8]) -> bool {
    ENDS.iter().any(|mark| line.starts_with(mark))
}

/// Every recipient with the lines about them.
fn blocks(words: &[u8]) -> Vec<Block<'_>> {
    let mut found: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for line in words.split(|byte| *byte == b'\n') {
        let text = line.trim_ascii();
        if ends(text) || found.len() >= READ {
            break;
        }
        let last = found.last_mut().filter(|_| open);
        if text.is_empty() {
            open = last.is_some_and(|block| block.text.is_empty());
            continue;
        }
        let indent = line.len() - line.trim_ascii_start().len();
        // What is indented deeper than its recipient is about them, whatever it begins with.
        let deeper = last.as_ref().is_some_and(|block| indent > block.indent);
        match (recipient(text).filter(|_| !deeper), last) {
            (Some((recipient, rest)), _) => {
                found.push(Block { recipient, indent, text: rest.to_vec() });
                open = true;
            }
            (None, Some(block)) if !text.starts_with(b"(expanded from") && text != b"because:" => {
                let room = SAID.saturating_sub(block.text.len());
                if !block.text.is_empty() && room > 0 {
                    block.text.push(b' ');
                }
                block.text.extend_from_slice(&text[..text.len().min(room)]);
            }
            (None, _) => {}
        }
    }
    found
}

/// The recipient that a line begins with, and what follows the colon.
fn recipient(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = LABELS.iter().find_map(|label| line.strip_prefix(*label)).unwrap_or(line).trim_ascii_start();
    if line.starts_with(b"(") {
        // An address that was blacked out, before a reply.
        let close = memmem::find(&line[..line.len().min(80)], b"):")?;
        let rest = line[close + 2..].trim_ascii_start();
        return (said::reply_at(rest) == Some(0)).then_some((b"", rest));
    }
    let (address, rest) = match line.strip_prefix(b"<") {
        Some(inner) => {
            let close = memchr::memchr(b'>', inner)?;
            (&inner[..close], &inner[close + 1..])
        }
        None => {
            let end = line.iter().position(|byte| matches!(byte, b' ' | b':' | b'\t' | b'<' | b'('));
            line.split_at(end.unwrap_or(line.len()))
        }
    };
    if !is_address(address) {
        return None;
    }
    let rest = rest.trim_ascii_start();
    if rest.starts_with(b"(expanded from")
        || rest.starts_with(b"(generated from")
        || rest.starts_with(b"<mailto:")
    {
        let close = memchr::memchr2(b')', b'>', rest)?;
        let rest = rest[close + 1..].trim_ascii_start();
        return Some((address, rest.strip_prefix(b":").unwrap_or(rest).trim_ascii_start()));
    }
    match rest.first() {
        None => Some((address, b"")),
        Some(b':') => Some((address, rest[1..].trim_ascii_start())),
        // Exchange 2003: `a@b.example on 11/21/2026 10:00`.
        Some(b'o') if rest.starts_with(b"on ") && rest.get(3).is_some_and(u8::is_ascii_digit) => {
            Some((address, b""))
        }
        _ => None,
    }
}

/// `local@domain`, without a blank.
fn is_address(text: &[u8]) -> bool {
    let Some(at) = memchr::memrchr(b'@', text) else { return false };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | 0x80..);
    !local.is_empty()
        && text.len() <= 320
        && !local.iter().any(|byte| matches!(byte, b'<' | b'>' | b'\t'))
        && !domain.is_empty()
        && domain.iter().all(is_name)
}
