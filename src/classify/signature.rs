//! A folded reply with its variable parts masked: two replies that say the same have one signature.
//!
//! Masked: addresses, IPs and netblocks, host names (not those that a rule or a list asks for), queue
//! and session ids, tokens in links, times, numbers that vary. Kept: codes of servers (`5.7.1`, `S3150`,
//! `TSS04`).

mod address;
mod atom;
mod link;
mod moment;

use std::borrow::Cow;

pub(super) use atom::Telling;

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

/// Whether a signature holds all that a verdict can depend on: nothing was cut off.
pub(super) fn is_whole(masked: &[u8]) -> bool {
    masked.len() + HOP.len() < LIMIT
}

/// Whether a name was masked, or an id of a shape that one provider's have: either may have given away
/// who speaks.
pub(super) fn hides_a_voice(masked: &[u8]) -> bool {
    [HOST, ADDRESS, ID].iter().any(|mask| memchr::memmem::find(masked, mask).is_some())
}

/// What every reply of a signature says: the signature, with the same for all that was masked; the
/// reply itself where it is longer than its signature.
pub(super) fn alike<'a>(folded: &'a [u8], masked: &[u8]) -> Cow<'a, [u8]> {
    if is_whole(masked) { filled(masked).into() } else { folded.into() }
}

fn filled(masked: &[u8]) -> Vec<u8> {
    let fillings: [(&[u8], &[u8]); 6] = [
        (ADDRESS, b"a@b.example"),
        (IP, b"192.0.2.1"),
        (HOST, b"mx.b.example"),
        (ID, b"0a0"),
        (TIME, b"0"),
        (NUMBER, b"0"),
    ];
    let mut out = Vec::with_capacity(masked.len());
    let mut rest = masked;
    while let Some(open) = memchr::memmem::find(rest, "‹".as_bytes()) {
        out.extend_from_slice(&rest[..open]);
        rest = &rest[open..];
        match fillings.iter().find(|(mask, _)| rest.starts_with(mask)) {
            Some((mask, filling)) => {
                out.extend_from_slice(filling);
                rest = &rest[mask.len()..];
            }
            None => {
                out.push(b' ');
                rest = &rest["‹".len()..];
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

/// Writes the signature of a folded reply into `out`. Linear in the reply, no allocation once `out`
/// has grown.
pub(super) fn mask(folded: &[u8], telling: &Telling, out: &mut Vec<u8>) {
    out.clear();
    // Words are copied in runs: what stands between `from` and `start` is kept as it is.
    let (mut from, mut start) = (0, 0);
    while start < folded.len() && out.len() + (start - from) < LIMIT {
        let end = start + is_word(&folded[start..]);
        if matches!(folded.get(end), None | Some(b' ')) && !is_dated(folded, start, end) {
            start = end + 1;
            continue;
        }
        out.extend_from_slice(&folded[from..start]);
        let end = Masker { text: folded, telling, out }.token(start);
        collapse(out);
        (from, start) = (end, end + 1);
    }
    out.extend_from_slice(&folded[from..start.min(folded.len()).max(from)]);
    if out.last() == Some(&b' ') {
        out.pop();
    }
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
fn is_word(text: &[u8]) -> usize {
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    match text.get(letters) {
        _ if letters >= 20 => 0,
        Some(b'.' | b',' | b':' | b';') => letters + 1,
        _ => letters,
    }
}

/// Whether a date begins at the word: `Sat, 21 …`, `Nov 21 …`.
fn is_dated(text: &[u8], start: usize, end: usize) -> bool {
    matches!(text.get(end + 1), Some(b'0'..=b'9' | b'A'..=b'Z'))
        && end - start <= 10
        && moment::may_begin(text[start..end].strip_suffix(b",").unwrap_or(&text[start..end]))
        && moment::length(&text[start..]).is_some()
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

/// What masks the tokens of a text, which stand between blanks.
struct Masker<'a> {
    text: &'a [u8],
    telling: &'a Telling,
    out: &'a mut Vec<u8>,
}

impl Masker<'_> {
    /// Masks the token at `start`: where it ends. A date or a quoted address may reach beyond a blank.
    fn token(&mut self, start: usize) -> usize {
        let text = self.text;
        let end_of = |at: usize| memchr::memchr(b' ', &text[at..]).map_or(text.len(), |length| at + length);
        let mut end = end_of(start);
        let mut signed = memchr::memchr2(b'@', b'=', &text[start..end]).is_some();
        let mut at = start;
        while at < end {
            at = self.piece(start, at, end, signed);
            if at > end {
                end = end_of(at);
                signed = true;
            }
        }
        at
    }

    /// Masks or copies the piece at `at` of a token: where it ends.
    fn piece(&mut self, start: usize, at: usize, end: usize, signed: bool) -> usize {
        let text = self.text;
        let before = if at > start { text[at - 1] } else { b' ' };
        if text[at] == b'<'
            && let Some(close) = address::bracketed(&text[at..])
        {
            self.put(b"<");
            self.put(ADDRESS);
            return at + close;
        }
        if !before.is_ascii_alphanumeric() {
            if let Some((mask, length)) = self.compound(at, end, signed, before) {
                if mask == IP && ends_with_tag(self.out) {
                    self.out.truncate(self.out.len() - 5);
                }
                self.put(mask);
                return at + length;
            }
            if is_scheme(&text[at..end]) {
                link::mask(&text[at..end], self.telling, self.out);
                return end;
            }
            let sign = usize::from(text[at] == b'-');
            if text.get(at + sign).is_some_and(u8::is_ascii_digit)
                && let Some((length, mask)) = atom::number(text, at + sign, start)
            {
                let length = sign + length;
                self.put(mask.unwrap_or(&text[at..at + length]));
                return at + length;
            }
        }
        self.atom(at, end)
    }

    /// What has other bytes in it than an atom: a date, an address, a token in Base64.
    fn compound(&self, at: usize, end: usize, signed: bool, before: u8) -> Option<(&'static [u8], usize)> {
        let (rest, token) = (&self.text[at..], &self.text[at..end]);
        let first = rest[0];
        if (first.is_ascii_digit() || first.is_ascii_uppercase())
            && let Some(length) = moment::length(rest)
        {
            return Some((TIME, length));
        }
        if (first.is_ascii_hexdigit() || first == b':')
            && let Some(length) = address::ipv6(token)
        {
            return Some((IP, length));
        }
        if signed && let Some(length) = address::plain(token) {
            return Some((ADDRESS, length));
        }
        if !matches!(before, b'/' | b'+' | b'=' | b'-' | b'_') {
            return atom::base64(token).map(|length| (ID, length));
        }
        None
    }

    /// The run of bytes at `at` that names, ids and numbers are made of.
    fn atom(&mut self, at: usize, end: usize) -> usize {
        let text = self.text;
        let length = text[at..end].iter().take_while(|byte| is_atom(**byte)).count();
        if length == 0 {
            self.out.push(text[at]);
            return at + 1;
        }
        let end = at + length;
        let tail = text[at..end].iter().rev().take_while(|byte| matches!(byte, b'.' | b'-' | b'_')).count();
        let core = end - tail;
        let Some(mask) = atom::masked(text, at, core, self.telling) else {
            let reversed = address::reversed(&text[at..core]);
            if reversed > 0 {
                self.put(IP);
            }
            self.put(&text[at + reversed..end]);
            return end;
        };
        // `0.35250:46000000` in Exchange's diagnostics: the number may have letters or not.
        let mask = if mask == ID && self.out.ends_with("‹n›:".as_bytes()) { NUMBER } else { mask };
        self.put(mask);
        if mask == IP {
            return core + address::netblock(&text[core..]);
        }
        // The padding of a token in Base64 belongs to it.
        let padding =
            if mask == ID { text[end..].iter().take_while(|byte| **byte == b'=').count() } else { 0 };
        self.put(&text[core..end]);
        end + padding
    }

    fn put(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }
}

fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@' | b'+' | b'%' | b'~' | b'$')
}

/// `IPv6:` before an address in brackets (RFC 5321 section 4.1.3) says nothing that the address does not.
fn ends_with_tag(out: &[u8]) -> bool {
    out.len() >= 5 && out[out.len() - 5..].eq_ignore_ascii_case(b"IPv6:")
}

/// Whether a link begins here.
fn is_scheme(text: &[u8]) -> bool {
    let letters = text.iter().take(12).take_while(|byte| byte.is_ascii_alphabetic()).count();
    letters > 0 && text[letters..].starts_with(b"://")
}

#[cfg(test)]
mod tests;
