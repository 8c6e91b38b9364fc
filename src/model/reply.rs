//! What a remote server said, in its parts.

use std::fmt;

use serde::{Serialize, Serializer};

/// An enhanced mail system status code (RFC 3463): `class.subject.detail`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Enhanced {
    /// 2 success, 4 persistent transient failure, 5 permanent failure.
    pub class: u8,
    /// RFC 3463 section 3: 1 addressing, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    /// The detail within the subject, 0–999.
    pub detail: u16,
}

impl Enhanced {
    /// Reads `5.7.1` at the start of `text`; returns the code and how many bytes it took.
    ///
    /// The code must end at a byte that is neither a digit nor a dot followed by a digit, so that
    /// the first parts of an IPv4 address are not taken for a code.
    #[must_use]
    pub fn at_start(text: &[u8]) -> Option<(Self, usize)> {
        let class = match text.first()? {
            b'2' => 2,
            b'4' => 4,
            b'5' => 5,
            _ => return None,
        };
        let (subject, after_subject) = number_after_dot(text, 1)?;
        let (detail, end) = number_after_dot(text, after_subject)?;
        let continues = match text.get(end) {
            Some(b'0'..=b'9') => true,
            Some(b'.') => text.get(end + 1).is_some_and(u8::is_ascii_digit),
            _ => false,
        };
        (!continues).then_some((Self { class, subject, detail }, end))
    }

    /// The code packed into 32 bits, unique per code; 0 never occurs.
    #[must_use]
    pub const fn packed(self) -> u32 {
        ((self.class as u32) << 20) | ((self.subject as u32) << 10) | self.detail as u32
    }
}

/// Reads `.ddd` (one to three digits) at `at`.
fn number_after_dot(text: &[u8], at: usize) -> Option<(u16, usize)> {
    if text.get(at) != Some(&b'.') {
        return None;
    }
    let mut value = 0u16;
    let mut end = at + 1;
    while let Some(digit @ b'0'..=b'9') = text.get(end) {
        if end - at > 3 {
            return None;
        }
        value = value * 10 + u16::from(digit - b'0');
        end += 1;
    }
    (end > at + 1).then_some((value, end))
}

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl Serialize for Enhanced {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads the basic and the enhanced code at the start of a reply: `550-5.7.1 text`, `550 text`,
/// `smtp;550 5.7.1 text`. Codes outside 200–599 are no reply codes.
#[must_use]
pub fn codes(reply: &[u8]) -> (Option<u16>, Option<Enhanced>) {
    let reply = reply.trim_ascii_start();
    let reply = match reply.get(..5) {
        Some(prefix) if prefix.eq_ignore_ascii_case(b"smtp;") => reply[5..].trim_ascii_start(),
        _ => reply,
    };
    let Some((code, rest)) = basic_code(reply) else { return (None, None) };
    let enhanced = Enhanced::at_start(rest.trim_ascii_start()).map(|(enhanced, _)| enhanced);
    (Some(code), enhanced)
}

/// The class of a counted code: of 550 as of 5, where the class is all that is known.
#[must_use]
pub const fn code_class(code: u16) -> u16 {
    if code < 10 { code } else { code / 100 }
}

/// Reads `550 `, `550-` or a lone `550`; returns the code and what follows the separator.
#[must_use]
pub fn basic_code(text: &[u8]) -> Option<(u16, &[u8])> {
    let (&[first @ b'2'..=b'5', second, third], rest) = text.split_first_chunk::<3>()? else { return None };
    if !second.is_ascii_digit() || !third.is_ascii_digit() {
        return None;
    }
    let rest = match rest.first() {
        None => rest,
        Some(b' ' | b'-' | b'\t') => &rest[1..],
        Some(_) => return None,
    };
    let digit = |byte: u8| u16::from(byte - b'0');
    Some((digit(first) * 100 + digit(second) * 10 + digit(third), rest))
}

/// Where in the session the server said it.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The greeting, before any command.
    Connect,
    /// EHLO, HELO or LHLO.
    Helo,
    /// STARTTLS and the handshake.
    Starttls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// The DATA command itself.
    Data,
    /// After the message, at the final dot (or the last BDAT).
    EndOfData,
}

impl Stage {
    /// All of them, in the order of a session; the place of each is its number.
    pub const ALL: [Self; 8] = [
        Self::Connect,
        Self::Helo,
        Self::Starttls,
        Self::Auth,
        Self::Mail,
        Self::Rcpt,
        Self::Data,
        Self::EndOfData,
    ];

    /// The id that reports and rules use.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Helo => "helo",
            Self::Starttls => "starttls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::EndOfData => "end_of_data",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Enhanced, codes};

    #[test]
    fn reads_a_code_and_leaves_an_address_alone() {
        let read =
            |text: &str| Enhanced::at_start(text.as_bytes()).map(|(code, end)| (code.to_string(), end));
        assert_eq!(read("5.7.1 no"), Some(("5.7.1".into(), 5)));
        assert_eq!(read("5.7.606."), Some(("5.7.606".into(), 7)));
        assert_eq!(read("5.7.1"), Some(("5.7.1".into(), 5)));
        assert_eq!(read("5.7.1.9"), None);
        assert_eq!(read("5.7.1234"), None);
        assert_eq!(read("3.7.1"), None);
        assert_eq!(read("5.7"), None);
        assert_eq!(read("5..1"), None);
    }

    #[test]
    fn reads_both_codes_of_a_reply() {
        let read = |text: &str| {
            let (code, enhanced) = codes(text.as_bytes());
            (code, enhanced.map(|code| code.to_string()))
        };
        assert_eq!(read("550-5.7.1 no"), (Some(550), Some("5.7.1".into())));
        assert_eq!(read("smtp;550 5.7.26 no"), (Some(550), Some("5.7.26".into())));
        assert_eq!(read("554"), (Some(554), None));
        assert_eq!(read("421 try later"), (Some(421), None));
        assert_eq!(read("5500 no"), (None, None));
        assert_eq!(read("999 no"), (None, None));
        assert_eq!(read("connect to x"), (None, None));
    }

    #[test]
    fn packed_codes_differ() {
        let one = Enhanced { class: 5, subject: 7, detail: 1 };
        let two = Enhanced { class: 5, subject: 1, detail: 7 };
        assert_ne!(one.packed(), two.packed());
    }
}
