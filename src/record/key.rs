//! Which incident a record is of, and how its file is called.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::model::{Category, Moment};
use crate::text::Clean;

/// Two onsets of one incident differ by at most this, in milliseconds: a console that was opened later
/// or has read less of the log finds another one.
pub(super) const APART: i64 = 30 * 60 * 1000;
/// The same of incidents everywhere that are told as of two categories.
const CLOSE: i64 = 3 * 60 * 1000;
/// The scope of what is everywhere.
const EVERYWHERE: &str = "*";
/// Longest scope, in bytes.
const SCOPE: usize = 512;
/// Longest piece of a file name that the scope makes.
const NAMED: usize = 60;
/// How a name begins: `2026-11-21T142740Z`.
const STAMP: usize = 18;
const END: &str = ".jsonl";
/// 9999-12-31T23:59:59.999Z: what RFC 3339 can write.
const LATEST: i64 = 253_402_300_799_999;

/// Which incident a record is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Where it is: a provider's id, `*` for all, `source:192.0.2.7`, `campaign:nov`.
    pub scope: Clean,
    /// What it is, as far as known when it began.
    pub category: Category,
    /// When it began, log time.
    pub onset: Moment,
}

/// The version of the format.
pub(super) const VERSION: u64 = 1;

/// The first line of a record.
#[derive(Serialize, Deserialize)]
struct Header {
    fivefifty: String,
    version: u64,
    scope: String,
    category: Category,
    onset: String,
}

/// Categories that one incident may change between while more is seen of it.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Family {
    Address,
    Reputation,
    Own(Category),
}

fn family(category: Category) -> Family {
    use Category as C;
    match category {
        C::UserUnknown | C::BadDomain | C::MailboxDisabled => Family::Address,
        C::Blocklist | C::IpReputation | C::DomainReputation => Family::Reputation,
        other => Family::Own(other),
    }
}

impl Key {
    /// As a file can hold it.
    pub(super) fn bounded(&self) -> Self {
        let scope = if self.scope.len() > SCOPE {
            Clean::from(format!("{}{:016x}", self.scope.cut(SCOPE - 40), hash(&self.scope)).as_str())
        } else {
            self.scope.clone()
        };
        Self { scope, category: self.category, onset: bounded(self.onset) }
    }

    /// The first line of the file, with its end.
    pub(super) fn header(&self) -> serde_json::Result<Vec<u8>> {
        let header = Header {
            fivefifty: "record".to_owned(),
            version: VERSION,
            scope: self.scope.to_string(),
            category: self.category,
            onset: self.onset.rfc3339(),
        };
        let mut line = serde_json::to_vec(&header)?;
        line.push(b'\n');
        Ok(line)
    }

    /// Reads a first line; `None` for another version's and for what is no record.
    pub(super) fn of_header(line: &[u8]) -> Option<Self> {
        let header: Header = serde_json::from_slice(line).ok()?;
        if header.fivefifty != "record" || header.version != VERSION {
            return None;
        }
        let scope = Clean::from(header.scope.as_str());
        Some(Self { scope, category: header.category, onset: moment(&header.onset)? }.bounded())
    }

    /// Whether both are of one incident, as far as scope and category go.
    pub(super) fn akin(&self, other: &Self) -> bool {
        self.scope == other.scope && family(self.category) == family(other.category)
    }

    /// Milliseconds that the onsets of one incident may be apart. Everywhere, a list and a reputation may
    /// be two incidents: whose answers are whose is then told by the minute.
    pub(super) fn reach(&self, other: &Self) -> u64 {
        let is_apart = self.scope.as_str() == EVERYWHERE && self.category != other.category;
        (if is_apart { CLOSE } else { APART }) as u64
    }

    /// Milliseconds between the onsets.
    pub(super) fn apart(&self, other: &Self) -> u64 {
        self.onset.millis().abs_diff(other.onset.millis())
    }

    /// How the file is called; `n` above 1 where a broken file has taken the name.
    pub(super) fn file_name(&self, n: u32) -> String {
        let stamp = Moment::from_seconds(self.onset.seconds()).rfc3339().replace(':', "");
        let number = if n > 1 { format!("-{n}") } else { String::new() };
        format!("{stamp}-{}-{}{number}{END}", named(&self.scope), self.category.id())
    }
}

/// A moment that RFC 3339 can write and read again.
pub(super) fn bounded(moment: Moment) -> Moment {
    Moment::from_millis(moment.millis().clamp(0, LATEST))
}

/// Reads what [`Moment::rfc3339`] wrote.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let time = chrono::DateTime::parse_from_rfc3339(text).ok()?;
    Some(bounded(Moment::from_millis(time.timestamp_millis())))
}

/// The onset, to the second, of a file that is called as a record is; `None` for any other name.
pub(super) fn onset_of(name: &str) -> Option<Moment> {
    let rest = name.get(STAMP..)?.strip_prefix('-')?.strip_suffix(END)?;
    if !rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)) {
        return None;
    }
    let time = NaiveDateTime::parse_from_str(name.get(..STAMP)?, "%Y-%m-%dT%H%M%SZ").ok()?;
    Some(Moment::from_seconds(time.and_utc().timestamp()))
}

/// A scope as part of a file name: lower case, digits, `-` and `_`; a number of the whole scope where that
/// is not all of it.
fn named(scope: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    if !scope.is_empty() && scope.len() <= NAMED && scope.bytes().all(kept) {
        return scope.to_owned();
    }
    let mut name = String::new();
    for byte in scope.bytes().map(|byte| byte.to_ascii_lowercase()).take(NAMED) {
        match byte {
            _ if kept(byte) => name.push(char::from(byte)),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let hash = hash(scope);
    format!("{name}-{:08x}", (hash ^ (hash >> 32)) & 0xffff_ffff)
}

/// FNV-1a: the same on every host and in every version, as a file name must be.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::{Key, family, onset_of};
    use crate::model::{Category, Moment};
    use crate::text::Clean;

    fn key(scope: &str, category: Category) -> Key {
        Key { scope: Clean::from(scope), category, onset: Moment::from_seconds(1_795_271_260) }
    }

    #[test]
    fn a_file_name_says_when_where_and_what() {
        let name = |scope| key(scope, Category::IpReputation).file_name(1);
        assert_eq!(name("gmail"), "2026-11-21T142740Z-gmail-ip_reputation.jsonl");
        assert_eq!(name("*"), "2026-11-21T142740Z-_-29623531-ip_reputation.jsonl");
        assert_eq!(
            name("source:192.0.2.7"),
            "2026-11-21T142740Z-source_192_0_2_7-4906d0e4-ip_reputation.jsonl"
        );
        assert_eq!(key("gmail", Category::Unknown).file_name(2), "2026-11-21T142740Z-gmail-unknown-2.jsonl");
    }

    #[test]
    fn scopes_that_look_alike_have_names_of_their_own() {
        let name = |scope| key(scope, Category::Policy).file_name(1);
        let names = ["a.b", "a:b", "A_b", "a_b", "../../a_b", "a/b", ""].map(name);
        for (i, one) in names.iter().enumerate() {
            assert!(!one.contains(['/', '*']) && !one.contains(".."), "{one}");
            assert!(!names[..i].contains(one), "{one}");
        }
    }

    #[test]
    fn only_our_own_names_are_read() {
        assert_eq!(
            onset_of("2026-11-21T142740Z-gmail-ip_reputation.jsonl"),
            Some(Moment::from_seconds(1_795_271_260))
        );
        for name in [
            "",
            "sends.jsonl",
            ".lock",
            "2026-11-21T142740Z.jsonl",
            "2026-11-21T142740Z-gmail.json",
            "2026-13-21T142740Z-gmail-policy.jsonl",
            "2026-11-21T142740Z-../x.jsonl",
            "2026-11-21T142740é-gmail-policy.jsonl",
        ] {
            assert_eq!(onset_of(name), None, "{name}");
        }
    }

    #[test]
    fn reputation_and_lists_are_one_family_and_so_are_addresses() {
        let akin = |a, b| family(a) == family(b);
        assert!(akin(Category::Blocklist, Category::DomainReputation));
        assert!(akin(Category::UserUnknown, Category::MailboxDisabled));
        assert!(!akin(Category::UserUnknown, Category::IpReputation));
        assert!(!akin(Category::Policy, Category::ContentSpam));
    }

    proptest::proptest! {
        #[test]
        fn every_scope_makes_a_name_that_is_known_again(scope: String, millis: i64, n in 1u32..10) {
            let onset = Moment::from_millis(millis);
            let key = Key { scope: Clean::from(scope.as_str()), category: Category::Tls, onset }.bounded();
            let header = key.header().unwrap();
            proptest::prop_assert_eq!(Key::of_header(&header[..header.len() - 1]), Some(key.clone()));
            let name = key.file_name(n);
            proptest::prop_assert!(name.len() < 128);
            proptest::prop_assert_eq!(onset_of(&name), Some(Moment::from_seconds(key.onset.seconds())), "{}", name);
        }
    }
}
