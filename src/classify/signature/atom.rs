//! What one piece of a reply is: a host, a number, an id; or a word that says something.

use aho_corasick::AhoCorasick;

use super::{HOST, ID, IP, NUMBER, is_word};
use crate::classify::fold;
use crate::classify::shape::Shape;
use crate::classify::words::is_ip;
use crate::model::Enhanced;

/// Parts of the names of hosts that say which list was asked.
const LISTS: [&str; 30] = [
    "spamhaus",
    "spamcop",
    "barracuda",
    "sorbs",
    "abuse",
    "uceprotect",
    "surbl",
    "uribl",
    "psbl",
    "mailspike",
    "spamrats",
    "invaluement",
    "senderscore",
    "cloudmark",
    "manitu",
    "dnsbl",
    "rbl",
    "dnswl",
    "trendmicro",
    "proofpoint",
    "junkemail",
    "blocklist",
    "blacklist",
    "nordspam",
    "spameat",
    "spfbl",
    "drone",
    "abusix",
    "lashback",
    "fortiguard",
];

/// Last labels of names that are hosts, though the root of DNS knows none of them.
const PRIVATE: [&[u8]; 14] = [
    b"example",
    b"local",
    b"lan",
    b"internal",
    b"corp",
    b"home",
    b"intranet",
    b"private",
    b"localdomain",
    b"test",
    b"invalid",
    b"localhost",
    b"intra",
    b"office",
];

/// Names of hosts that are kept, because a rule or the name of a list asks for them.
#[derive(Debug)]
pub(crate) struct Telling(AhoCorasick);

impl Telling {
    /// `patterns` are phrases of rules as `words::pattern` makes them.
    pub(crate) fn new<'a>(
        patterns: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Self, aho_corasick::BuildError> {
        let links = patterns.filter(|pattern| pattern.starts_with(b"/")).map(|pattern| {
            // `/rbl` is a label of its own; within `rblx12` it would mean nothing.
            let short = pattern.len() <= 5 && !pattern.ends_with(b"/");
            if short { [pattern, b"/"].concat() } else { pattern.to_vec() }
        });
        AhoCorasick::new(LISTS.iter().map(|name| name.as_bytes().to_vec()).chain(links)).map(Self)
    }

    /// Whether a rule or a list's name stands in the name of a host.
    fn holds(&self, name: &[u8]) -> bool {
        let mut path = [b'/'; 256];
        let length = name.len().min(path.len() - 2);
        for (place, byte) in path[1..=length].iter_mut().zip(name) {
            *place = if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'/' };
        }
        self.0.is_match(&path[..length + 2])
    }
}

/// The mask for the atom at `start..end` of `text`, or none where it is kept.
pub(super) fn masked(text: &[u8], start: usize, end: usize, telling: &Telling) -> Option<&'static [u8]> {
    let atom = &text[start..end];
    if is_word(atom) == atom.len() {
        return None;
    }
    let shape = Shape::of(atom);
    if shape.dots >= 3 && is_ip(atom) {
        return Some(IP);
    }
    if shape.letters == 0 {
        let dashes = atom.iter().filter(|byte| **byte == b'-').count();
        return (dashes > 0 && shape.digits > 4).then_some(NUMBER);
    }
    if shape.dots > 0
        && let Some(masked) = host(atom, telling)
    {
        return (masked && !is_named_list(&text[..start])).then_some(HOST);
    }
    if is_numbered(atom) {
        return Some(HOST);
    }
    // `0x800CCC79`: an error's number.
    if atom.len() <= 10 && atom.starts_with(b"0x") {
        return None;
    }
    shape.is_id(atom).then_some(ID)
}

/// A number at `start`: its length with separators, and its mask unless it is kept. None where no number
/// stands there, but a word, an id or a name that begins with a digit.
pub(super) fn number(text: &[u8], start: usize, token: usize) -> Option<(usize, Option<&'static [u8]>)> {
    let rest = &text[start..];
    let mut length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (first, mut separators) = (length, 0);
    while let Some([b'.' | b',', next, ..]) = rest.get(length..)
        && next.is_ascii_digit()
    {
        length += 1 + rest[length + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        separators += 1;
    }
    let number = &rest[..length];
    let behind = &rest[length..];
    let letters = behind.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let unit = is_unit(&behind[..letters]);
    match behind.first() {
        // `5MB`, but neither `5th` nor an id that begins so: `0000000b-1c2d`.
        _ if letters > 0 && (!unit || goes_on(&behind[letters..])) => return None,
        Some(b'_' | b'@' | b'+' | b'~' | b'$' | 0x80..) => return None,
        Some(b'-' | b'.') if behind.get(1).is_some_and(u8::is_ascii_alphanumeric) => return None,
        _ => {}
    }
    // What a blocklist answered: 127.0.0.2 is another list than 127.0.0.4.
    if separators == 3 && number.starts_with(b"127.") {
        return Some((length, None));
    }
    if separators >= 2 && (is_ip(number) || Enhanced::at_start(number).is_some()) {
        return None;
    }
    let unit = unit && letters > 0 || matches!(behind.first(), Some(b'%'));
    if !unit && says_something(text, start, length, first, separators, token) {
        return Some((length, None));
    }
    // Ten digits are a time in seconds or a queue id that happens to have no letters.
    Some((length, Some(if first >= 10 && !unit && separators < 2 { ID } else { NUMBER })))
}

/// Whether an atom does not end here.
fn goes_on(behind: &[u8]) -> bool {
    match behind {
        [byte, ..] if byte.is_ascii_digit() || matches!(byte, b'_' | b'@' | b'+' | b'~' | b'$') => true,
        [b'-' | b'.', next, ..] => next.is_ascii_alphanumeric(),
        _ => false,
    }
}

/// Whether a number stays: a code of a server, the number of a standard, a rule or a state.
fn says_something(
    text: &[u8],
    start: usize,
    length: usize,
    first: usize,
    separators: usize,
    token: usize,
) -> bool {
    let (before, behind) = (&text[..start], &text[start + length..]);
    if before.ends_with(b"AS(") {
        return true;
    }
    if separators > 0 {
        // `554.30`, and a version.
        return separators == 1 && first == 3 && length <= 6 && fold::is_code(&text[start..start + 3])
            || matches!(last_word(before), b"TLS" | b"SSL" | b"version");
    }
    let word = last_word(before);
    if length > 4 {
        return length == 5 && is_kept_behind(word);
    }
    if start == 0 {
        return true;
    }
    let next = behind.strip_prefix(b" ").unwrap_or_default();
    let next = &next[..next.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()];
    if !next.is_empty() && (is_unit(next) || is_counted(next)) {
        return false;
    }
    let bracketed = start == token + 1
        && matches!(text[token], b'[' | b'(')
        && matches!(behind.first(), Some(b']' | b')'))
        || before.ends_with(b"#");
    bracketed
        || is_kept_behind(word)
        || length == 3 && fold::is_code(&text[start..start + 3]) && word != b"of" && !before.ends_with(b"/")
}

/// The word before `before`'s last blank, bracket or colon.
fn last_word(before: &[u8]) -> &[u8] {
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b":").unwrap_or(before);
    let letters = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).take(12).count();
    &before[before.len() - letters..]
}

/// Words whose number is a name.
fn is_kept_behind(word: &[u8]) -> bool {
    const NAMED: [&[u8]; 16] = [
        b"RFC", b"section", b"state", b"error", b"code", b"errno", b"status", b"reason", b"rule", b"type",
        b"policy", b"case", b"AUP", b"level", b"MI", b"TLS",
    ];
    NAMED.iter().any(|named| named.eq_ignore_ascii_case(word))
}

/// Words that make a number an amount.
fn is_unit(word: &[u8]) -> bool {
    const UNITS: [&[u8]; 34] = [
        b"", b"s", b"ms", b"sec", b"secs", b"second", b"seconds", b"m", b"min", b"mins", b"minute",
        b"minutes", b"h", b"hr", b"hrs", b"hour", b"hours", b"d", b"day", b"days", b"b", b"k", b"kb", b"mb",
        b"gb", b"kib", b"mib", b"gib", b"byte", b"bytes", b"week", b"weeks", b"x", b"octets",
    ];
    UNITS.iter().any(|unit| unit.eq_ignore_ascii_case(word))
}

/// What servers count.
fn is_counted(word: &[u8]) -> bool {
    const COUNTED: [&[u8]; 12] = [
        b"of",
        b"messages",
        b"mails",
        b"emails",
        b"connections",
        b"recipients",
        b"times",
        b"sessions",
        b"attempts",
        b"points",
        b"errors",
        b"percent",
    ];
    COUNTED.iter().any(|counted| counted.eq_ignore_ascii_case(word))
}

/// Whether a name with dots is a host: `Some(true)` to be masked, `Some(false)` kept for what it
/// tells, `None` where it is no host name.
pub(super) fn host(atom: &[u8], telling: &Telling) -> Option<bool> {
    let last = atom.rsplit(|byte| *byte == b'.').next()?;
    let labels = atom.split(|byte| *byte == b'.');
    let foreign = last.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"xn--"));
    if last.len() < 2
        || !foreign && !last.iter().all(u8::is_ascii_alphabetic)
        || labels.clone().any(|label| label.is_empty() || label.len() > 63)
    {
        return None;
    }
    // `denied.Please` is a full stop that lacks its blank.
    let stop = atom.len() - last.len();
    if last[0].is_ascii_uppercase() && atom.get(stop.wrapping_sub(2)).is_some_and(u8::is_ascii_lowercase) {
        return None;
    }
    let mut lower = [0; 24];
    let lower = lower.get_mut(..last.len())?;
    lower.copy_from_slice(last);
    lower.make_ascii_lowercase();
    let known = foreign || psl::suffix(lower).is_some_and(|suffix| suffix.is_known());
    if !known && !PRIVATE.contains(&&*lower) {
        return None;
    }
    Some(!telling.holds(atom))
}

/// Whether what stands before a host's name says that it is a list's.
fn is_named_list(before: &[u8]) -> bool {
    const NAMING: [&[u8]; 12] = [
        b"using ",
        b"listed in ",
        b"listed on ",
        b"listed at ",
        b"listed by ",
        b"blocked by ",
        b"rejected by ",
        b"blacklisted by ",
        b"blacklisted at ",
        b"blacklisted in ",
        b"blacklisted on ",
        b"found in ",
    ];
    let before = match before.strip_suffix(b"the ") {
        Some(before) => before,
        None => before,
    };
    NAMING.iter().any(|naming| {
        before.len().checked_sub(naming.len()).is_some_and(|at| before[at..].eq_ignore_ascii_case(naming))
    })
}

/// A host's own name without its domain: `mx12`, `server3`, `smtp-in-7`, `mxgmx014`.
pub(super) fn is_numbered(atom: &[u8]) -> bool {
    const KINDS: [&[u8]; 16] = [
        b"mx", b"smtp", b"mail", b"server", b"srv", b"host", b"gw", b"gateway", b"relay", b"mta", b"node",
        b"out", b"in", b"edge", b"filter", b"mwinf",
    ];
    let name = atom.iter().take_while(|byte| byte.is_ascii_lowercase() || **byte == b'-').count();
    let (name, rest) = atom.split_at(name);
    // Digits end it, once more behind a dash at most.
    let number = !rest.is_empty()
        && rest.split(|byte| *byte == b'-').count() <= 2
        && rest
            .split(|byte| *byte == b'-')
            .all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit));
    let name = name.strip_suffix(b"-").unwrap_or(name);
    number
        && name.len() <= 16
        && KINDS.iter().any(|kind| name == *kind || kind.len() > 2 && name.starts_with(kind))
        || number && name.starts_with(b"mx") && name.len() <= 8
        || number && name.starts_with(b"smtp-")
}

/// A token in Base64 at the start, with bytes in it that no atom has: its length.
pub(super) fn base64(token: &[u8]) -> Option<usize> {
    let is_base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let length = token.iter().take_while(is_base64).count();
    let padding = token[length..].iter().take(2).take_while(|byte| **byte == b'=').count();
    let end = length + padding;
    let ends = !token.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'=');
    let plain = !token[..length].iter().any(|byte| matches!(byte, b'+' | b'/'));
    if length < 16 || !ends || plain && padding == 0 {
        return None;
    }
    let shape = Shape::of(&token[..length]);
    let mixed = shape.humps >= 4 && (shape.turns >= 4 || padding > 0);
    (mixed && shape.humps + shape.turns >= length / 4).then_some(end)
}
