//! What a pasted text is, by its shape.

use super::mail::{self, Fields};
use super::{bounce, results, session};

/// Messages read of one mailbox file.
const MESSAGES: usize = 200;

/// The forms that a text can have.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Replies, one a line.
    Replies,
    /// A message: a bounce, or the words of one.
    Message,
    /// An SMTP session.
    Transcript,
    /// Headers that tell results of authentication.
    Headers,
}

/// Fields that begin messages, in lower case. Not those of a delivery status, whose single lines are
/// pasted as replies.
const BEGIN: [&[u8]; 24] = [
    b"return-path",
    b"received",
    b"delivered-to",
    b"envelope-to",
    b"x-original-to",
    b"x-envelope-to",
    b"x-envelope-from",
    b"x-received",
    b"x-failed-recipients",
    b"from",
    b"to",
    b"cc",
    b"subject",
    b"date",
    b"message-id",
    b"mime-version",
    b"content-type",
    b"auto-submitted",
    b"sender",
    b"reply-to",
    b"dkim-signature",
    b"arc-seal",
    b"arc-message-signature",
    b"x-mailer",
];

/// What a text is. In doubt: replies.
#[must_use]
pub fn form(text: &[u8]) -> Form {
    let start = mail::start(text);
    let (fields, _) = Fields::read(start);
    let first = fields.all().next().map(|(name, _)| name.to_ascii_lowercase());
    let begins = first.as_ref().is_some_and(|name| BEGIN.contains(&name.as_slice()));
    // One field may be a sentence (`From: there on …`), but not this one.
    let is_typed = first.as_deref() == Some(b"content-type");
    if bounce::is_status(&fields) {
        return Form::Message;
    }
    if begins && (is_typed || fields.all().nth(1).is_some()) {
        let tells = results::tells(text);
        return if tells && bounce::read(text).is_err() { Form::Headers } else { Form::Message };
    }
    if results::begins(start) {
        return if bounce::read(text).is_ok() { Form::Message } else { Form::Headers };
    }
    if session::is_session(text) {
        return Form::Transcript;
    }
    let is_notice = start.contains(&b'\n')
        && crate::model::basic_code(start).is_none()
        && bounce::is_notice(start)
        && bounce::read(text).is_ok();
    if is_notice { Form::Message } else { Form::Replies }
}

/// The messages of a text: several where it is a mailbox file. Whether some were left out.
#[must_use]
pub fn messages(text: &[u8]) -> (Vec<&[u8]>, bool) {
    let text = text.strip_prefix(super::BOM).unwrap_or(text).trim_ascii_start();
    if !text.starts_with(b"From ") {
        return (vec![text], false);
    }
    let mut found = Vec::new();
    let mut from = 0;
    for at in memchr::memmem::find_iter(text, b"\nFrom ") {
        // A separator follows a blank line; a sentence that begins so is quoted by who writes mailboxes.
        if text[..at].ends_with(b"\n") || text[..at].ends_with(b"\n\r") {
            if found.len() >= MESSAGES {
                return (found, true);
            }
            found.push(&text[from..at]);
            from = at + 1;
        }
    }
    found.push(&text[from..]);
    (found, false)
}

#[cfg(test)]
mod tests {
    use super::{Form, form, messages};

    #[test]
    fn every_form_is_told_by_its_shape() {
        for (text, want) in [
            ("550 5.1.1 no\n550 5.7.1 no\n", Form::Replies),
            ("", Form::Replies),
            ("Diagnostic-Code: smtp; 550 5.1.1 no\n", Form::Replies),
            ("Diagnostic-Code: smtp; 550 5.1.1 no\nDiagnostic-Code: smtp; 550 5.1.1 no\n", Form::Replies),
            ("HELO command rejected: need a name\n550 no\n550 no\n550 no\n550 no\n", Form::Replies),
            ("550-5.7.1 a\n554-5.7.1 b\n", Form::Replies),
            (">> DATA << 550 no\n550 no\n550 no\n550 no\n550 no\n550 no\n", Form::Replies),
            ("<a@b.example>: 550 no\n554 no: This is the mail system at host x\n", Form::Replies),
            ("{\"reply\":\"550 no\"}\n", Form::Replies),
            (
                "Nov 21 10:00:00 mx postfix/smtp[1]: AB: to=<a@b>, relay=x[1.2.3.4]:25, status=bounced (host x[1.2.3.4] said: 550 no)\n",
                Form::Replies,
            ),
            ("<a@b.example>: host mx[192.0.2.1] said: 550 no\n", Form::Replies),
            ("error: 550 no\nerror: 550 no\n", Form::Replies),
            ("550-5.7.1 a\n550-5.7.1 b\n550 5.7.1 c\n", Form::Transcript),
            ("MAIL FROM:<a@b.example>\n250 ok\nRCPT TO:<c@d.example>\n550 no\n", Form::Transcript),
            (">> DATA << 550 no", Form::Transcript),
            ("From: a@b.example\nSubject: x\n\nbody", Form::Message),
            ("Content-Type: multipart/report; boundary=x\n\n--x\n", Form::Message),
            ("From: there on 550 no\n550 no\n", Form::Replies),
            (
                "Reporting-MTA: dns; a.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n",
                Form::Message,
            ),
            (
                "Hi. This is the qmail-send program at a.example.\n\n<a@b.example>:\nRemote host said: 550 no\n",
                Form::Message,
            ),
            ("Authentication-Results: mx.example; spf=fail\n", Form::Headers),
            ("# look for:\nAuthentication-Results:\nspf=fail\ndkim=fail\n", Form::Headers),
            ("spf=fail\ndkim=fail\n", Form::Headers),
            (
                "Received: by x\nFrom: a@b.example\nAuthentication-Results: mx.example; spf=fail\n\nbody",
                Form::Headers,
            ),
            ("Received-SPF: fail (x) client-ip=192.0.2.1", Form::Headers),
        ] {
            assert_eq!(form(text.as_bytes()), want, "{text}");
        }
    }

    #[test]
    fn a_mailbox_holds_several() {
        let (found, cut) = messages(b"From a\nA: 1\n\nx\nFrom here on\n\nFrom b\nA: 2\n\ny");
        assert_eq!((found.len(), cut), (2, false));
        assert!(found[1].starts_with(b"From b"));
        assert!(messages(&b"From a\n\n".repeat(1_000)).1);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes: Vec<u8>) {
            let _ = form(&bytes);
            let _ = messages(&bytes);
        }

        #[test]
        fn lines_that_begin_with_a_code_are_replies(codes in proptest::collection::vec(400u16..600, 1..9), words in "[a-z <>@.:;=]{0,30}") {
            let text: String = codes.iter().map(|code| format!("{code} x {words}\n")).collect();
            proptest::prop_assert_eq!(form(text.as_bytes()), Form::Replies);
        }
    }
}
