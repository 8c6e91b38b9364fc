//! What stands in the parentheses after Postfix's `status=`: a server's words, or what failed
//! here.

use memchr::memmem;

use crate::model::{Speaker, Stage, basic_code};

/// The reason taken apart.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason<'a> {
    /// The server's reply, or the whole local text.
    pub reply: &'a [u8],
    /// Whose words it is.
    pub speaker: Speaker,
    /// Where in the session.
    pub stage: Option<Stage>,
}

/// Whether the queue manager put a recipient off without a try: an earlier one failed, or the
/// operator holds the transport (`defer_transports`, as our own recipe does).
pub(super) fn is_put_off(reason: &[u8]) -> bool {
    const PUT_OFF: [&[u8]; 2] = [b"delivery temporarily suspended:", b"deferred transport"];
    PUT_OFF.iter().any(|start| reason.starts_with(start))
}

/// The reply of a successful delivery: `250 2.0.0 OK`.
pub(super) fn delivered(reason: &[u8]) -> Reason<'_> {
    let reply = reason.strip_suffix(b")").unwrap_or(reason);
    Reason {
        reply,
        speaker: if basic_code(reply).is_some() { Speaker::Server } else { Speaker::Mta },
        stage: Some(Stage::EndOfData),
    }
}

/// The reason of a deferral or bounce. syslog cuts records at about 2,000 bytes, so the closing
/// parenthesis and the stage may be missing.
pub(super) fn read(reason: &[u8]) -> Reason<'_> {
    let reason = reason.strip_suffix(b".").filter(|text| text.ends_with(b")")).unwrap_or(reason);
    bare(reason.strip_suffix(b")").unwrap_or(reason))
}

/// The same without the parentheses around it, as the queue holds it.
pub(super) fn bare(reason: &[u8]) -> Reason<'_> {
    if let Some(reply) = after_host(reason, b" said: ") {
        let (reply, stage) = split_stage(reply);
        return Reason { reply, speaker: Speaker::Server, stage };
    }
    if let Some(reply) = after_host(reason, b" refused to talk to me: ") {
        // The greeting, or the answer to EHLO and HELO: Postfix words both alike.
        return Reason { reply, speaker: Speaker::Server, stage: Some(Stage::Connect) };
    }
    if reason.starts_with(b"SASL authentication failed; server ")
        && let Some(at) = memmem::find(reason, b" said: ")
    {
        return Reason {
            reply: &reason[at + b" said: ".len()..],
            speaker: Speaker::Server,
            stage: Some(Stage::Auth),
        };
    }
    Reason { reply: reason, speaker: Speaker::Mta, stage: local_stage(reason) }
}

/// What follows `host NAME[IP]` and `verb`. The verb must follow the address directly, because
/// the reply may hold the same words again.
fn after_host<'a>(reason: &'a [u8], verb: &[u8]) -> Option<&'a [u8]> {
    let rest = reason.strip_prefix(b"host ")?;
    let close = memchr::memchr(b']', rest)?;
    let rest = &rest[close + 1..];
    // `host x[192.0.2.1]:587 said:` for a relay on another port.
    let rest = match rest.strip_prefix(b":") {
        Some(port) => &port[port.iter().take_while(|byte| byte.is_ascii_digit()).count()..],
        None => rest,
    };
    rest.strip_prefix(verb)
}

/// Takes `(in reply to X command` off the end. The last one is Postfix's own.
fn split_stage(reply: &[u8]) -> (&[u8], Option<Stage>) {
    const MARK: &[u8] = b" (in reply to ";
    let Some(body) = reply.strip_suffix(b" command)") else { return (reply, None) };
    let Some(at) = memmem::rfind(body, MARK) else { return (reply, None) };
    let stage = match &body[at + MARK.len()..] {
        b"MAIL FROM" => Some(Stage::Mail),
        b"RCPT TO" => Some(Stage::Rcpt),
        b"DATA" => Some(Stage::Data),
        b"end of DATA" | b"BDAT" => Some(Stage::EndOfData),
        b"EHLO" | b"HELO" | b"LHLO" => Some(Stage::Helo),
        b"STARTTLS" => Some(Stage::Starttls),
        b"AUTH" => Some(Stage::Auth),
        // XFORWARD, RSET, QUIT: commands of no stage.
        _ => None,
    };
    (&reply[..at], stage)
}

/// Where a local failure happened: `lost connection with H[I] while STAGE`.
fn local_stage(reason: &[u8]) -> Option<Stage> {
    if reason.starts_with(b"connect to ") {
        return Some(Stage::Connect);
    }
    if reason.starts_with(b"Cannot start TLS") || reason.starts_with(b"TLS is required") {
        return Some(Stage::Starttls);
    }
    let at = memmem::rfind(reason, b" while ")?;
    let doing = &reason[at + b" while ".len()..];
    let stages: [(&[u8], Stage); 9] = [
        (b"receiving the initial server greeting", Stage::Connect),
        (b"performing the", Stage::Helo),
        (b"sending MAIL FROM", Stage::Mail),
        (b"sending RCPT TO", Stage::Rcpt),
        (b"sending DATA command", Stage::Data),
        (b"sending message body", Stage::EndOfData),
        (b"sending end of data", Stage::EndOfData),
        (b"receiving the STARTTLS", Stage::Starttls),
        (b"performing the TLS", Stage::Starttls),
    ];
    stages.iter().rev().find_map(|(words, stage)| doing.starts_with(words).then_some(*stage))
}

#[cfg(test)]
mod tests {
    use super::{Reason, delivered, read};
    use crate::model::{Speaker, Stage};

    fn is(reason: &str, reply: &str, speaker: Speaker, stage: Option<Stage>) {
        assert_eq!(read(reason.as_bytes()), Reason { reply: reply.as_bytes(), speaker, stage }, "{reason}");
    }

    #[test]
    fn the_servers_words_are_separated_from_postfixs() {
        is(
            "host a[192.0.2.1] said: 550 no (in reply to RCPT TO command))",
            "550 no",
            Speaker::Server,
            Some(Stage::Rcpt),
        );
        is(
            "host a[192.0.2.1] said: 550 no (in reply to end of DATA command))",
            "550 no",
            Speaker::Server,
            Some(Stage::EndOfData),
        );
        is(
            "host a[192.0.2.1]:587 said: 530 no (in reply to MAIL FROM command))",
            "530 no",
            Speaker::Server,
            Some(Stage::Mail),
        );
        is(
            "host ::1[::1] said: 451 no (in reply to DATA command))",
            "451 no",
            Speaker::Server,
            Some(Stage::Data),
        );
        is(
            "host a[192.0.2.1] refused to talk to me: 421 busy)",
            "421 busy",
            Speaker::Server,
            Some(Stage::Connect),
        );
        is(
            "SASL authentication failed; server a[192.0.2.1] said: 535 no)",
            "535 no",
            Speaker::Server,
            Some(Stage::Auth),
        );
    }

    #[test]
    fn a_reply_that_quotes_another_server_stays_whole() {
        is(
            "host a[192.0.2.1] said: 550 undeliverable: host b[192.0.2.2] said: 550 no (in reply to RCPT TO command) (in reply to RCPT TO command))",
            "550 undeliverable: host b[192.0.2.2] said: 550 no (in reply to RCPT TO command)",
            Speaker::Server,
            Some(Stage::Rcpt),
        );
    }

    #[test]
    fn a_cut_record_keeps_what_is_there() {
        is("host a[192.0.2.1] said: 550 no such us", "550 no such us", Speaker::Server, None);
        is(
            "host a[192.0.2.1] said: 550 no (in reply to RCP",
            "550 no (in reply to RCP",
            Speaker::Server,
            None,
        );
    }

    #[test]
    fn local_failures_keep_their_text_and_their_stage() {
        is(
            "connect to a[192.0.2.1]:25: Connection timed out)",
            "connect to a[192.0.2.1]:25: Connection timed out",
            Speaker::Mta,
            Some(Stage::Connect),
        );
        is(
            "lost connection with a[192.0.2.1] while sending end of data -- message may be sent more than once)",
            "lost connection with a[192.0.2.1] while sending end of data -- message may be sent more than once",
            Speaker::Mta,
            Some(Stage::EndOfData),
        );
        is(
            "conversation with a[192.0.2.1] timed out while performing the EHLO handshake)",
            "conversation with a[192.0.2.1] timed out while performing the EHLO handshake",
            Speaker::Mta,
            Some(Stage::Helo),
        );
        is("mail transport unavailable)", "mail transport unavailable", Speaker::Mta, None);
    }

    #[test]
    fn a_delivery_without_a_code_was_not_said_by_a_server() {
        assert_eq!(delivered(b"delivered to command: x)").speaker, Speaker::Mta);
        assert_eq!(delivered(b"250 ok)").reply, b"250 ok");
    }
}
