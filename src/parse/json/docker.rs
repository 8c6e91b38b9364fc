//! Docker's `json-file` log: `{"log":"…\n","stream":"stdout","time":"…"}` around what the program in
//! the container wrote.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::text::Text;

/// How every line begins; Docker writes the fields in this order.
const START: &[u8] = b"{\"log\":\"";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped<'a> {
    #[serde(borrow)]
    log: Text<'a>,
    #[serde(borrow, rename = "stream")]
    _stream: Text<'a>,
    #[serde(borrow, rename = "time")]
    _time: Text<'a>,
    /// Labels, where Docker was told to log them.
    #[serde(default, rename = "attrs")]
    _attrs: Option<IgnoredAny>,
}

/// Whether a line begins as a wrapper does.
pub(in crate::parse) fn looks(line: &[u8]) -> bool {
    line.starts_with(START)
}

/// Puts the line inside into `inner`; false if this is no wrapper.
pub(in crate::parse) fn unwrap(line: &[u8], inner: &mut Vec<u8>) -> bool {
    let Ok(wrapped) = serde_json::from_slice::<Wrapped<'_>>(line) else { return false };
    let log = wrapped.log.bytes();
    let log = log.strip_suffix(b"\n").unwrap_or(log);
    inner.clear();
    inner.extend_from_slice(log.strip_suffix(b"\r").unwrap_or(log));
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::parse::Dialect;
    use crate::parse::told::{self, Told};

    fn wrapped(line: &str) -> String {
        let log = line.replace('\\', "\\\\").replace('"', "\\\"");
        format!(r#"{{"log":"{log}\n","stream":"stdout","time":"2026-11-21T10:00:00.5Z"}}"#)
    }

    #[test]
    fn a_wrapped_line_reads_as_the_line_inside() {
        let postfix = "2026-11-21T10:00:00+00:00 mx1 postfix/smtp[7]: 4Xz1Qb0LrDz9vBJ: to=<a@example.org>, relay=mx[192.0.2.9]:25, delay=1, dsn=5.1.1, status=bounced (host mx[192.0.2.9] said: 550 5.1.1 no (in reply to RCPT TO command))";
        let sendgrid =
            r#"[{"email":"a@example.org","timestamp":1795255200,"event":"dropped","sg_event_id":"e1"}]"#;
        for line in [postfix, sendgrid] {
            let bare = told::tell(&mut told::parser(), line);
            assert!(bare.0.is_some(), "{line}");
            assert_eq!(told::tell(&mut told::parser(), wrapped(line)), bare, "{line}");
        }
    }

    #[test]
    fn a_wrapper_in_a_wrapper_is_not_opened_again() {
        let twice = wrapped(&wrapped("x"));
        assert_eq!(told::tell(&mut told::parser(), twice), (None, vec![Told::Other("no interest")]));
    }

    #[test]
    fn what_only_begins_like_a_wrapper_is_left_alone() {
        for line in
            [r#"{"log":"x"}"#, r#"{"log":"x","stream":"stdout","time":"t","more":1}"#, r#"{"log":"x\n","str"#]
        {
            assert_eq!(
                told::tell(&mut told::parser(), line),
                (None, vec![Told::Other("no interest")]),
                "{line}"
            );
        }
    }

    #[test]
    fn whose_a_wrapped_line_is_the_operator_may_say() {
        let line = wrapped(r#"{"type":"Bounce","#);
        let mut parser = told::parser().only(Some(Dialect::KumoMta));
        assert!(matches!(told::tell(&mut parser, line).1[..], [Told::Unparsed(_)]));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(inside: Vec<u8>) {
            let line = [b"{\"log\":\"".as_slice(), &inside, b"\",\"stream\":\"\",\"time\":\"\"}"].concat();
            told::tell(&mut told::parser(), line);
        }
    }
}
