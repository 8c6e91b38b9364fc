//! What a container's runtime writes before each line of the program inside.

/// A line taken out of its wrapper.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrapped<'a> {
    /// When the runtime took it, or empty.
    pub stamp: &'a [u8],
    /// What the program wrote.
    pub text: &'a [u8],
}

impl Wrapped<'_> {
    /// Writes the line as `docker logs -t` would: the outer time, in milliseconds and with `Z` for
    /// UTC, then the text.
    pub(super) fn stamped(&self, out: &mut Vec<u8>) {
        let (time, rest) = self.stamp.split_at(SECONDS);
        let digits = match rest.strip_prefix(b".") {
            Some(rest) => &rest[..rest.iter().take_while(|byte| byte.is_ascii_digit()).count()],
            None => b"",
        };
        let zone = &rest[if digits.is_empty() { 0 } else { digits.len() + 1 }..];
        out.clear();
        out.extend_from_slice(time);
        out.push(b'.');
        out.extend(digits.iter().chain(b"000").take(3));
        out.extend_from_slice(if zone == b"+00:00" { b"Z" } else { zone });
        out.push(b' ');
        out.extend_from_slice(self.text);
    }
}

/// Bytes of `2026-11-21T10:00:00`.
const SECONDS: usize = 19;

/// Kubernetes (containerd, CRI-O): `2026-11-21T10:00:00.123456789Z stdout F text`. A `P` stands
/// before all but the last part of a line beyond 16 KiB.
pub(super) fn kubernetes(line: &[u8]) -> Option<Wrapped<'_>> {
    if line.get(10) != Some(&b'T') {
        return None;
    }
    let end = line.iter().take(40).position(|byte| *byte == b' ').filter(|end| *end > SECONDS)?;
    let (stamp, rest) = (&line[..end], &line[end + 1..]);
    let rest = rest.strip_prefix(b"stdout ").or_else(|| rest.strip_prefix(b"stderr "))?;
    let text = rest.strip_prefix(b"F ").or_else(|| rest.strip_prefix(b"P "))?;
    Some(Wrapped { stamp, text })
}

/// `docker compose logs`: `postfix-1  | text`.
pub(super) fn compose(line: &[u8]) -> Option<Wrapped<'_>> {
    const LONGEST: usize = 100;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let end = line.iter().take(LONGEST).take_while(|byte| is_name(byte)).count();
    let rest = line[end..].trim_ascii_start();
    let is_service = line[..end].iter().any(u8::is_ascii_alphabetic) && line.get(end) == Some(&b' ');
    let text = rest.strip_prefix(b"| ").filter(|_| is_service)?;
    Some(Wrapped { stamp: b"", text })
}

#[cfg(test)]
mod tests {
    use super::{Wrapped, compose, kubernetes};
    use crate::model::Outcome;
    use crate::parse::Dialect;
    use crate::parse::told::{self, Told};

    const POSTFIX: &str = "postfix/smtp[9]: 4Xz1Qb0LrDz9vBJ: to=<a@example.org>, relay=mx[192.0.2.9]:25, delay=1, dsn=5.1.1, status=bounced (host mx[192.0.2.9] said: 550 5.1.1 no (in reply to RCPT TO command))";

    #[test]
    fn a_line_in_a_container_reads_as_without_and_has_the_outer_time() {
        let exim = "2026-11-21 10:00:00 1tE1Ab-000ABC-1X ** a@example.org R=r T=remote_smtp H=mx [192.0.2.9]: SMTP error from remote mail server after RCPT TO:<a@example.org>: 550 5.1.1 no";
        let haraka = "[NOTICE] [5F-AB.1.1] [outbound] recipient <a@example.org> rejected: 550 5.1.1 no";
        let zonemta = "info Sender/default/4711[yTv] id=15cf8c9a5bc00000 15cf8c9a5bc0000001.001 REJECTED[other] from=n@example.com to=a@example.org src=192.0.2.7 mx=mx[192.0.2.9] id=<x@y> (550 5.1.1 no)";
        let sendgrid = r#"[{"email":"a@example.org","timestamp":1795255200,"event":"bounce","sg_event_id":"e1","reason":"550 5.1.1 no","type":"bounce"}]"#;
        for (text, dialect) in [
            (POSTFIX.to_owned(), Some(Dialect::Postfix)),
            (format!("Nov 21 05:00:00 mx {POSTFIX}"), Some(Dialect::Postfix)),
            (format!("2026-11-21T05:00:00.120000+01:00 mx {POSTFIX}"), Some(Dialect::Postfix)),
            (format!("2026-11-21T05:00:00.120000+01:00 INFO    {POSTFIX}"), Some(Dialect::Postfix)),
            (exim.to_owned(), Some(Dialect::Exim)),
            (haraka.to_owned(), Some(Dialect::Haraka)),
            (zonemta.to_owned(), Some(Dialect::ZoneMta)),
            (sendgrid.to_owned(), None),
        ] {
            for stamp in [
                "2026-11-21T10:00:00Z",
                "2026-11-21T10:00:00.0Z",
                "2026-11-21T10:00:00.00045678Z",
                "2026-11-21T10:00:00.000456789+00:00",
            ] {
                let line = format!("{stamp} stderr F {text}");
                let whose = told::tell(&mut told::parser(), &line).0;
                let tried = told::attempt(&[&line]);
                assert!(whose.is_some() && (dialect.is_none() || whose == dialect), "{line}");
                assert_eq!((tried.outcome, tried.code), (Outcome::Rejected, Some(550)), "{line}");
                assert_eq!(tried.recipient, "a@example.org", "{line}");
                assert_eq!(tried.at, "2026-11-21T10:00:00Z", "{line}");
            }
        }
    }

    #[test]
    fn compose_names_the_service_first() {
        for line in [
            format!("postfix-mailcow-1  | Nov 21 10:00:00 mx {POSTFIX}"),
            format!("postfix_1 | {POSTFIX}"),
            format!("mta-1  | 2026-11-21T10:00:00.123456789Z Nov 21 10:00:00 mx {POSTFIX}"),
        ] {
            assert_eq!(told::attempt(&[&line]).code, Some(550), "{line}");
        }
    }

    #[test]
    fn what_only_resembles_a_wrapper_is_none() {
        for line in [
            "",
            "|",
            "a | ",
            "2026-11-21T10:00:00Z stdout",
            "2026-11-21T10:00:00Z stdout X text",
            "2026-11-21T10:00:00Z stdlog F text",
            "2026-11-21T stdout F text",
            "550 | no",
            "no such | user",
            "a|b | c",
        ] {
            assert_eq!(kubernetes(line.as_bytes()), None, "{line}");
            assert_eq!(compose(line.as_bytes()).filter(|inner| !inner.text.is_empty()), None, "{line}");
        }
        assert_eq!(compose(b"a-1  | x"), Some(Wrapped { stamp: b"", text: b"x" }));
    }

    #[test]
    fn wrappers_are_taken_off_once() {
        let line = format!("{}{POSTFIX}", "a | ".repeat(100_000));
        assert_eq!(told::told(&[&line]), [Told::Other("no interest")]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(line in "(2026-11-21T10:00:00)?(\\.[0-9]{0,9})?[Z+]?.{0,3} (stdout|stderr)? ?[FP]? ?.{0,9}") {
            let mut out = Vec::new();
            if let Some(inner) = kubernetes(line.as_bytes()) {
                inner.stamped(&mut out);
            }
            told::told(&[&line]);
        }
    }
}
