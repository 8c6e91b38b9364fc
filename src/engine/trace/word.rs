//! A queue id as a word: where it stands whole in a line, and which other ids the line names.

use memchr::memmem;

use super::Named;
use crate::text::Clean;

/// Longest id or address.
const LONGEST: usize = 320;

/// What is looked for: a queue id, or anything else that stands as one word, such as an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueId(String);

/// Why a text is no id.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueIdError {
    /// Nothing is left of it.
    #[error("there is no queue id: name one, as the log writes it")]
    Empty,
    /// It has blanks or control characters in it.
    #[error("a queue id is one word, without blanks")]
    NoWord,
    /// Longer than any address.
    #[error("longer than any queue id or address")]
    Long,
}

impl QueueId {
    /// Reads an id as it is copied from a log: brackets around it and the colon after it go.
    ///
    /// # Errors
    /// When it is no word.
    pub fn new(text: &str) -> Result<Self, QueueIdError> {
        let id = text.trim().trim_matches(['<', '>', '[', ']', '"', '\'', ',', ';', '(', ')']);
        let id = id.trim_end_matches(':');
        match id {
            "" => Err(QueueIdError::Empty),
            id if id.len() > LONGEST => Err(QueueIdError::Long),
            id if id.contains(|character: char| character.is_whitespace() || character.is_control()) => {
                Err(QueueIdError::NoWord)
            }
            id => Ok(Self(id.to_owned())),
        }
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a short number, as qmail counts messages and deliveries: the same ones come
    /// again and again, and stand for other things too.
    #[must_use]
    pub fn is_small_number(&self) -> bool {
        self.0.len() < 10 && self.0.bytes().all(|byte| byte.is_ascii_digit())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether the id that stands at `at` in `text` is a word, and no part of a longer id.
    pub(in crate::engine) fn is_whole(&self, text: &[u8], at: usize) -> bool {
        let (before, after) = (&text[..at], &text[at + self.0.len()..]);
        self.begins(before) && (self.ends(after) || self.is_message_of(before, after))
    }

    fn is_address(&self) -> bool {
        self.0.contains('@')
    }

    fn begins(&self, before: &[u8]) -> bool {
        match before {
            [] => true,
            [.., b'\\', b'n' | b'r' | b't'] => true,
            [.., b'\\', b'u', a, b, c, d] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => {
                true
            }
            [b'-'] => true,
            [.., other, b'-'] => !other.is_ascii_alphanumeric(),
            [.., b'.' | b'+'] => !self.is_address(),
            [.., last] => !joins(*last),
        }
    }

    fn ends(&self, after: &[u8]) -> bool {
        match after {
            // The files of an Exim message in its spool.
            [b'-', b'H' | b'D' | b'J' | b'K', rest @ ..] if self.0.contains('-') => {
                rest.first().is_none_or(|next| !joins(*next))
            }
            [b'-', next, ..] => !next.is_ascii_alphanumeric(),
            [b'.', next, ..] => !(self.is_address() && next.is_ascii_alphanumeric()),
            [b'@', next, ..] => !(self.is_address() && next.is_ascii_alphanumeric()),
            [first, ..] => !joins(*first),
            [] => true,
        }
    }

    /// Whether it is an OpenSMTPD message, and what stands there one of its envelopes.
    fn is_message_of(&self, before: &[u8], after: &[u8]) -> bool {
        self.0.len() == 8
            && before.ends_with(b"evpid=")
            && after.len() >= 8
            && after[..8].iter().all(u8::is_ascii_hexdigit)
            && after.get(8).is_none_or(|next| !joins(*next))
    }

    /// Where the message begins in a shown line: after the id and its colon, or the id and its
    /// blank where it stands near the beginning; else 0.
    pub(super) fn said(&self, text: &str) -> usize {
        let end = text.find(self.as_str()).map(|at| at + self.0.len()).filter(|end| *end < 160);
        end.and_then(|end| {
            let rest = &text[end..];
            let head = [": ", " "].iter().find(|head| rest.starts_with(**head))?;
            Some(end + head.len())
        })
        .unwrap_or(0)
    }

    /// The other ids that a line with this one names.
    pub(super) fn names(&self, line: &[u8]) -> Vec<Named> {
        let mut names: Vec<Named> = Vec::new();
        let mut name = |id: &[u8], why| {
            let is_new = id != self.bytes() && !names.iter().any(|known| known.id.as_bytes() == id);
            if is_id(id) && is_new && names.len() < 4 {
                names.push(Named { id: Clean::new(id), why });
            }
        };
        for (words, why) in [
            (&b"sender non-delivery notification: "[..], "its bounce"),
            (b"sender delivery status notification: ", "its delivery report"),
            (b"sender delay notification: ", "its delay warning"),
            (b"postmaster non-delivery notification: ", "the postmaster's copy of its bounce"),
            (b"queued as ", "where it goes on, by the next server"),
            (b"queued_as: ", "where it goes on after the filter"),
            (b"resubmitted as ", "where it goes on"),
            (b": clone ", "its copy"),
        ] {
            if let Some(at) = memmem::find(line, words) {
                name(id_at(&line[at + words.len()..]), why);
            }
        }
        self.exim(line, &mut name);
        // Sendmail: `ID: BOUNCE: DSN: User unknown`.
        let own = [self.bytes(), b": "].concat();
        if let Some(at) = memmem::find(line, &own) {
            let rest = &line[at + own.len()..];
            let id = id_at(rest);
            if rest[id.len()..].starts_with(b": DSN: ") {
                name(id, "its bounce");
            }
        }
        names
    }

    /// Exim: `BOUNCE <= <> R=ID …`, where `R=` names the message that it answers.
    fn exim(&self, line: &[u8], name: &mut impl FnMut(&[u8], &'static str)) {
        let Some(flag) = memmem::find(line, b" <= ") else { return };
        let own = line[..flag].rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        let Some(at) = memmem::find(&line[flag..], b" R=") else { return };
        let of = id_at(&line[flag + at + 3..]);
        if own == self.bytes() {
            name(of, "the message that it answers");
        } else if of == self.bytes() {
            name(own, "its bounce");
        }
    }
}

/// Whether a byte makes the id beside it a longer one.
const fn joins(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The letters, digits and dashes at the start.
fn id_at(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-');
    &text[..end.unwrap_or(text.len())]
}

/// Whether it looks like an id of any MTA: nothing else may become a command to run.
fn is_id(text: &[u8]) -> bool {
    (6..=64).contains(&text.len()) && text.iter().any(u8::is_ascii_digit) && !text.starts_with(b"-")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::{QueueId, QueueIdError};

    fn stands(id: &str, line: &str) -> bool {
        let id = QueueId::new(id).unwrap();
        line.match_indices(id.as_str()).any(|(at, _)| id.is_whole(line.as_bytes(), at))
    }

    #[test]
    fn an_id_is_found_as_every_mta_writes_it() {
        for (id, line) in [
            ("4XA1Qb0LrDz1", "mx1 postfix/smtp[2]: 4XA1Qb0LrDz1: to=<a@x>"),
            ("A1B2C3D4E5", "mx1 postfix/qmgr[2]: A1B2C3D4E5: removed"),
            ("1tEx4m-0001aB-2C", "2026-11-21 10:00:00 1tEx4m-0001aB-2C => a@x"),
            ("1tEx4m-0001aB-2C", "2026-11-21 10:00:00 1tBnce-0000000Ab12-3D <= <> R=1tEx4m-0001aB-2C U=x"),
            ("1tEx4m-0001aB-2C", "spool file 1tEx4m-0001aB-2C-H not found"),
            ("1tEx4m-00000001aBc-2CdE", "2026-11-21 10:00:00 [12] 1tEx4m-00000001aBc-2CdE Completed"),
            ("5ALA0abc012345", "sm-mta[7]: 5ALA0abc012345: to=<a@x>,<b@x>, stat=Sent"),
            ("0123456789abcdef", "smtpd[3]: 0123456789abcdef mta delivery evpid=89ab"),
            ("89abcdef01234567", "0123456789abcdef mta delivery evpid=89abcdef01234567 from=<>"),
            ("89abcdef", "0123456789abcdef mta delivery evpid=89abcdef01234567 from=<>"),
            (
                "c0ffee00c0ffee00c0ffee00c0ffee00",
                r#"{"type":"Bounce","id":"c0ffee00c0ffee00c0ffee00c0ffee00"}"#,
            ),
            ("16a1b2c3d4e", "16a1b2c3d4e.001 DEFERRED"),
            ("r@x.example", "starting delivery 7: msg 9 to remote r@x.example"),
            ("r@x.example", r#"{"to":"\u003cr@x.example\u003e"}"#),
            ("4XA1Qb0", r"550 no\n4XA1Qb0 x"),
        ] {
            assert!(stands(id, line), "{id}: {line}");
        }
    }

    #[test]
    fn a_part_of_a_longer_id_is_another_id() {
        for (id, line) in [
            ("4XA1Qb0LrDz1", "postfix/smtp[2]: 4XA1Qb0LrDz12: removed"),
            ("A1Qb0LrDz1", "postfix/smtp[2]: 4XA1Qb0LrDz1: removed"),
            ("0001aB", "2026-11-21 10:00:00 1tEx4m-0001aB-2C => a@x"),
            ("1tEx4m-0001aB", "2026-11-21 10:00:00 1tEx4m-0001aB-2C => a@x"),
            ("89abcdef", "message 89abcdef01234567"),
            ("r@x.example", "to=<bar@x.example>"),
            ("r@x.example", "to=<foo.r@x.example>, <foo+r@x.example>, <a-r@x.example>"),
            ("r@x.example", "to=<r@x.example.org>"),
        ] {
            assert!(!stands(id, line), "{id}: {line}");
        }
        assert!(stands("r@x.example", "sent to r@x.example."));
    }

    #[test]
    fn what_was_copied_along_goes_and_what_is_no_word_is_refused() {
        assert_eq!(QueueId::new(" 4XA1Qb0LrDz1: ").unwrap().as_str(), "4XA1Qb0LrDz1");
        assert_eq!(QueueId::new("<r@x.example>").unwrap().as_str(), "r@x.example");
        assert_eq!(QueueId::new("<>"), Err(QueueIdError::Empty));
        assert_eq!(QueueId::new("a b"), Err(QueueIdError::NoWord));
        assert_eq!(QueueId::new(&"x".repeat(400)), Err(QueueIdError::Long));
        assert!(QueueId::new("153").unwrap().is_small_number());
        assert!(!QueueId::new("4XA1Qb0LrDz1").unwrap().is_small_number());
    }

    #[test]
    fn lines_name_where_the_message_goes_on() {
        let names = |id: &str, line: &str| -> Vec<(String, &'static str)> {
            let names = QueueId::new(id).unwrap().names(line.as_bytes());
            names.into_iter().map(|named| (named.id.to_string(), named.why)).collect()
        };
        let one = |id: &str, why| vec![(id.to_owned(), why)];
        assert_eq!(
            names("4XA1Qb0", "postfix/bounce[3]: 4XA1Qb0: sender non-delivery notification: 4XB2Rc0"),
            one("4XB2Rc0", "its bounce")
        );
        assert_eq!(
            names("4XA1Qb0", "4XA1Qb0: status=sent (250 2.0.0 Ok: queued as 4XC3Sd0)"),
            one("4XC3Sd0", "where it goes on, by the next server")
        );
        assert_eq!(
            names("1tEx4m-0001aB-2C", "2026-11-21 10:00:00 1tBnce-0001aB-3D <= <> R=1tEx4m-0001aB-2C U=x"),
            one("1tBnce-0001aB-3D", "its bounce")
        );
        assert_eq!(
            names("1tBnce-0001aB-3D", "2026-11-21 10:00:00 1tBnce-0001aB-3D <= <> R=1tEx4m-0001aB-2C U=x"),
            one("1tEx4m-0001aB-2C", "the message that it answers")
        );
        assert_eq!(
            names("5ALA0abc012345", "sm-mta[7]: 5ALA0abc012345: 5ALA0abd012345: DSN: User unknown"),
            one("5ALA0abd012345", "its bounce")
        );
        assert_eq!(names("4XA1Qb0", "4XA1Qb0: queued as $(reboot)"), [], "only an id may become a command");
        assert_eq!(names("4XA1Qb0", "4XA1Qb0: queued as 4XA1Qb0"), []);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(line: Vec<u8>, at in 0usize..64) {
            let id = QueueId::new("aB1-2c").unwrap();
            let at = at.min(line.len());
            let line = [&line[..at], id.bytes(), &line[at..]].concat();
            id.is_whole(&line, at);
            id.names(&line);
            id.said(&String::from_utf8_lossy(&line));
        }
    }
}
