//! A folded reply with its variable parts masked: two replies that say the same have one signature.
//!
//! Masked: addresses, IPs and netblocks, host names (not those of list operators), queue and session
//! ids, tokens in links, times, numbers that vary. Kept: codes of servers (`5.7.1`, `S3150`, `TSS04`).

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::model::Enhanced;

use super::shape::Shape;
use super::words::is_ip;

/// Bytes of a signature; what goes beyond is not part of it.
const LIMIT: usize = 1024;

const ADDRESS: &[u8] = "‹addr›".as_bytes();
const IP: &[u8] = "‹ip›".as_bytes();
const HOST: &[u8] = "‹host›".as_bytes();
const ID: &[u8] = "‹id›".as_bytes();
const TIME: &[u8] = "‹time›".as_bytes();
const NUMBER: &[u8] = "‹n›".as_bytes();
/// Exchange appends one of these per hop.
const HOP: &[u8] = " [‹host› ‹time› ‹id›]".as_bytes();

/// Parts of the names of hosts that say which list was asked.
static LISTS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let parts = [
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
    AhoCorasick::builder().ascii_case_insensitive(true).build(parts).ok()
});

/// A stable hash: the same in every run and on every machine.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = MULTIPLIER ^ (bytes.len() as u64);
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        state = (state ^ u64::from_le_bytes(*chunk)).wrapping_mul(MULTIPLIER);
        state ^= state >> 29;
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    state = (state ^ u64::from_le_bytes(last)).wrapping_mul(MULTIPLIER);
    state ^= state >> 32;
    state = state.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    state ^ (state >> 32)
}

/// Writes the signature of a folded reply into `out`. Linear in the reply, no allocation once `out`
/// has grown.
pub(super) fn mask(folded: &[u8], out: &mut Vec<u8>) {
    out.clear();
    // Words are copied in runs: what stands between `from` and `done` is kept as it is.
    let (mut from, mut done, mut rfc) = (0, 0, false);
    for index in 0.. {
        if index > 0 && done >= folded.len() || out.len() + (done - from) >= LIMIT {
            break;
        }
        let start = done + usize::from(index > 0);
        let end = start + word(&folded[start..]);
        if matches!(folded.get(end), None | Some(b' ')) {
            rfc = match end - start {
                3 => folded[start..end].eq_ignore_ascii_case(b"RFC"),
                7 => folded[start..end].eq_ignore_ascii_case(b"section"),
                _ => false,
            };
            done = end;
            continue;
        }
        out.extend_from_slice(&folded[from..start]);
        let end = memchr::memchr(b' ', &folded[start..]).map_or(folded.len(), |length| start + length);
        let token = &folded[start..end];
        let link = link(token);
        plain(&token[..link], index < 2 || rfc, out);
        url(&token[link..], out);
        collapse(out);
        (from, done, rfc) = (end, end, false);
    }
    out.extend_from_slice(&folded[from..done]);
    if out.len() > LIMIT {
        // Not inside a mask or a character.
        let mut end = LIMIT;
        while end > 0 && out[end] & 0xC0 == 0x80 {
            end -= 1;
        }
        out.truncate(end);
    }
}

/// The length of the word at the start: letters alone, with a full stop, comma or colon behind, as
/// most of every reply is; 0 where they are too many to be a word.
fn word(text: &[u8]) -> usize {
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    match text.get(letters) {
        _ if letters >= 20 => 0,
        Some(b'.' | b',' | b':' | b';') => letters + 1,
        _ => letters,
    }
}

/// Where a URL begins in the token; its end where there is none.
fn link(token: &[u8]) -> usize {
    memchr::memchr_iter(b':', token)
        .find(|colon| token[*colon..].starts_with(b"://"))
        .map_or(token.len(), |colon| {
            colon - token[..colon].iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count()
        })
}

/// One mask for a run of the same, so that one time or two, one hop or three are one signature.
fn collapse(out: &mut Vec<u8>) {
    if !matches!(out.last(), Some(b']' | 0x80..)) {
        return;
    }
    for mask in [TIME, NUMBER, ID] {
        let (one, two) = (mask.len(), 2 * mask.len() + 1);
        if out.len() >= two && out.ends_with(mask) {
            let before = &out[..out.len() - one];
            if before.ends_with(b" ") && before[..before.len() - 1].ends_with(mask) {
                out.truncate(out.len() - one - 1);
            }
        }
    }
    if out.ends_with(HOP) && out[..out.len() - HOP.len()].ends_with(HOP) {
        out.truncate(out.len() - HOP.len());
    }
}

fn plain(token: &[u8], keep_numbers: bool, out: &mut Vec<u8>) {
    let mut at = 0;
    let colon = memchr::memchr(b':', token).is_some();
    while at < token.len() {
        let rest = &token[at..];
        if colon && let Some((mask, length)) = colons(rest) {
            out.extend_from_slice(mask);
            at += length;
            continue;
        }
        let length = rest.iter().take_while(|byte| is_atom(**byte)).count();
        if length == 0 {
            out.push(token[at]);
            at += 1;
            continue;
        }
        let atom = &rest[..length];
        let tail = atom.iter().rev().take_while(|byte| matches!(byte, b'.' | b'-' | b'_' | b'=')).count();
        let core = &atom[..length - tail];
        let bracketed = at > 0 && matches!(token[at - 1], b'[' | b'(' | b'#') && rest.len() <= length + 2;
        match masked(core, keep_numbers || bracketed) {
            Some(mask) => {
                out.extend_from_slice(mask);
                at += core.len();
                if mask == IP {
                    at += netblock(&token[at..]);
                } else {
                    out.extend_from_slice(&atom[core.len()..]);
                    at += tail;
                }
            }
            None => {
                out.extend_from_slice(atom);
                at += length;
            }
        }
    }
}

fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'_' | b'-' | b'@' | b'+' | b'=' | b'%' | b'~' | b'$')
}

/// `/24` behind an address.
fn netblock(rest: &[u8]) -> usize {
    let digits = rest.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
    if matches!(rest.first(), Some(b'/' | b':')) && digits > 0 { digits + 1 } else { 0 }
}

/// A time of day or an IPv6 address at the start, and its length.
fn colons(text: &[u8]) -> Option<(&'static [u8], usize)> {
    if !text[0].is_ascii_hexdigit() && text[0] != b':' {
        return None;
    }
    let end = text
        .iter()
        .take_while(|byte| {
            byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'T' | b'Z' | b'-' | b'+')
        })
        .count();
    let run = &text[..end];
    memchr::memchr(b':', run)?;
    let length = run.len() - run.iter().rev().take_while(|byte| matches!(byte, b':' | b'.' | b'-')).count();
    let run = &run[..length];
    let colons = memchr::memchr_iter(b':', run).count();
    if run.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'T' | b'Z' | b'-' | b'+'))
    {
        let digits = run.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let clock = digits <= 2 && matches!(colons, 1 | 2) && run.get(digits) == Some(&b':');
        let stamp = digits == 4 && run.get(4) == Some(&b'-') && colons >= 1;
        if stamp || clock && run.len() >= 4 {
            return Some((TIME, length));
        }
    }
    // A trailing colon is punctuation unless the address itself ends in two.
    let double = text[..end].starts_with(run) && text.get(length..length + 2) == Some(b"::");
    let length = if double { length + 2 } else { length };
    let address = std::str::from_utf8(&text[..length]).ok()?;
    if colons + usize::from(double) * 2 < 2 || address.parse::<std::net::Ipv6Addr>().is_err() {
        return None;
    }
    let block = netblock(&text[length..]);
    Some((IP, length + block))
}

/// The mask for an atom, or none where it is kept.
fn masked(atom: &[u8], keep_numbers: bool) -> Option<&'static [u8]> {
    if word(atom) == atom.len() {
        return None;
    }
    if let Some(sign) = memchr::memchr(b'@', atom)
        && sign > 0
        && sign + 1 < atom.len()
    {
        return Some(ADDRESS);
    }
    let shape = Shape::of(atom);
    if shape.dots >= 3 && is_ip(atom) {
        return Some(IP);
    }
    if shape.letters == 0 {
        return number(atom, shape, keep_numbers);
    }
    if shape.dots > 0
        && let Some(host) = host(atom)
    {
        return host.then_some(HOST);
    }
    shape.is_id(atom).then_some(ID)
}

/// Digits with or without separators.
fn number(atom: &[u8], shape: Shape, keep: bool) -> Option<&'static [u8]> {
    if Enhanced::at_start(atom).is_some_and(|(_, end)| end == atom.len()) {
        return None;
    }
    let dashes = atom.iter().filter(|byte| **byte == b'-').count();
    if shape.dots == 0 && dashes == 2 && atom.len() >= 8 && atom.len() <= 10 {
        return Some(TIME);
    }
    if shape.digits < atom.len() {
        return (shape.digits > 4).then_some(NUMBER);
    }
    let reply_code = atom.len() == 3 && matches!(atom[0], b'4' | b'5');
    (atom.len() > 4 || !(keep || reply_code)).then_some(NUMBER)
}

/// Whether a name with dots is a host: `Some(true)` to be masked, `Some(false)` kept for the list it
/// names, `None` where it is no host name.
fn host(atom: &[u8]) -> Option<bool> {
    let last = atom.rsplit(|byte| *byte == b'.').next()?;
    let labels = atom.split(|byte| *byte == b'.');
    if last.len() < 2
        || !last.iter().all(u8::is_ascii_alphabetic)
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
    let known = psl::suffix(lower).is_some_and(|suffix| suffix.is_known());
    if !known && *lower != *b"example" && *lower != *b"local" && *lower != *b"lan" && *lower != *b"internal" {
        return None;
    }
    Some(!LISTS.as_ref().is_some_and(|lists| lists.is_match(atom)))
}

/// A link: host and path stay, tokens in it go.
fn url(link: &[u8], out: &mut Vec<u8>) {
    if link.is_empty() {
        return;
    }
    let mut at = 0;
    while at < link.len() {
        let length = link[at..]
            .iter()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@' | b'%' | b'~')
            })
            .count();
        if length == 0 {
            out.push(link[at]);
            at += 1;
            continue;
        }
        let part = &link[at..at + length];
        let core = &part[..length - part.iter().rev().take_while(|byte| **byte == b'.').count()];
        let shape = Shape::of(core);
        let value = at > 0 && link[at - 1] == b'=';
        let mask = if core.contains(&b'@') {
            Some(ADDRESS)
        } else if shape.dots >= 3 && is_ip(core) {
            Some(IP)
        } else if shape.letters == 0 && shape.digits > 8 {
            Some(NUMBER)
        } else if shape.letters > 0
            && (shape.is_id(core) || value && shape.digits > 0 && core.len() >= 6)
            && host(core).is_none()
        {
            Some(ID)
        } else {
            None
        };
        match mask {
            Some(mask) => {
                out.extend_from_slice(mask);
                out.extend_from_slice(&part[core.len()..]);
            }
            None => out.extend_from_slice(part),
        }
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, mask};
    use crate::classify::fold::fold;

    fn signature(reply: &str) -> String {
        let (mut folded, mut out) = (Vec::new(), Vec::new());
        fold(reply.as_bytes(), &mut folded);
        mask(&folded, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn what_varies_is_masked() {
        for (reply, expected) in [
            ("550 5.1.1 <a.b+c@x.org>: user unknown", "550 5.1.1 <‹addr›>: user unknown"),
            ("550 (a@x.org:blocked)", "550 (‹addr›:blocked)"),
            ("554 [192.0.2.1] and 2001:db8::1 and 192.0.2.0/24", "554 [‹ip›] and ‹ip› and ‹ip›"),
            ("450 greylisted for 60 seconds", "450 greylisted for ‹n› seconds"),
            ("451 at 12:34:56 on 2026-11-21", "451 at ‹time› on ‹time›"),
            ("550 host mx1.example.org refuses", "550 host ‹host› refuses"),
            ("250 queued as 4Xz2kP1Jqwz9rB", "250 queued as ‹id›"),
            ("550 see https://x.org/a?c=7y4ytdHbuOGv3O50 now", "550 see https://x.org/a?c=‹id› now"),
            ("550 https://www.spamhaus.org/query/ip/192.0.2.1", "550 https://www.spamhaus.org/query/ip/‹ip›"),
        ] {
            assert_eq!(signature(reply), expected);
        }
    }

    #[test]
    fn what_says_something_is_kept() {
        for reply in [
            "421 4.7.0 [TSS04] Messages deferred",
            "550 SC-001 refused (S3150)",
            "554 5.7.1 blocked using zen.spamhaus.org",
            "550 5.7.606 banned (AS16012609)",
            "550 5.7.1 LPN000_630",
            "550 not RFC 5322 compliant",
            "550 5.2.0 BL000010 [506]",
            "550 denied.Please ask",
        ] {
            assert_eq!(signature(reply), reply);
        }
    }

    #[test]
    fn replies_that_say_the_same_have_one_signature() {
        let groups: [&[&str]; 4] = [
            &[
                "550-5.7.26 no. z15-20020aa7957f000000b006b91c22e985si9837215pfk.8 - gsmtp",
                "550-5.7.26 no. y3si675602plr.1 - gsmtp",
                "550-5.7.26 no. d2e1a72fcca58-7a1e2b3c4d5si1234567b3a.45 - gsmtp",
            ],
            &[
                "550 5.7.509 no [OS3P286MB3225.JPNP286.PROD.OUTLOOK.COM 2024-06-26T06:23:31.981Z \
                 08DC953DDFEF8CDC]",
                "550 5.7.509 no [DU2PR04CA0231.eurprd04.prod.outlook.com 2024-06-26T06:23:32.106Z \
                 08DC954347CB33D2] [DB1PEPF000509F7.eurprd02.prod.outlook.com 2024-06-26T06:23:32.109Z \
                 08DC907B9339EC86]",
            ],
            &["450 4.2.0 <a@b.example>: wait 5 s", "450-4.2.0 <c@d.example>: 450 4.2.0 wait 300 s"],
            &["421 mwinf5c04 ME wait", "421 mwinf5d79 ME wait"],
        ];
        let mut seen = Vec::new();
        for group in groups {
            let one = signature(group[0]);
            for reply in group {
                assert_eq!(signature(reply), one);
            }
            assert!(!seen.contains(&one), "{one}");
            seen.push(one);
        }
    }

    #[test]
    fn a_signature_is_bounded() {
        assert!(signature(&format!("550 {}", "word 123456 ".repeat(9_000))).len() <= LIMIT);
    }
}
