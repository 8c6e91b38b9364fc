//! What qmail-remote reported about one delivery, as qmail-send's log writes it.

use std::net::IpAddr;

use memchr::{memchr, memmem, memrchr};

use crate::model::{Speaker, Stage};

/// What a delivery's text tells.
pub(super) struct Report<'a> {
    /// The server's address.
    pub ip: Option<&'a [u8]>,
    /// Where in the session it stood.
    pub stage: Option<Stage>,
    /// Whose words were written to the reply.
    pub speaker: Speaker,
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
pub(super) fn report<'a>(text: &'a [u8], reply: &mut Vec<u8>) -> Report<'a> {
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
    let before = &before[memrchr(b'/', before).map_or(0, |slash| slash + 1)..];
    remote(own_end(&text[at + SAID.len()..]), reply);
    Report { ip: ip(before), stage: stage(before).map(|(_, stage)| stage), speaker: Speaker::Server }
}

/// The server's address and where in the session it stood, by the words before its reply.
pub(in crate::parse) fn stood(line: &[u8]) -> (Option<&[u8]>, Option<Stage>) {
    (ip(line), stage(line).map(|(_, stage)| stage))
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
        &before[memrchr(b'_', before).map_or(0, |at| at + 1)..]
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
pub(super) fn is_remote(text: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 12] = [
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
        b"Sorry_but_i_don't_understand_SMTP_response",
    ];
    BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
        || memmem::find(text, SAID).is_some()
        || memmem::find(text, b"_accepted_message.").is_some()
}
