//! A link in a reply: host and path stay, for they say which page explains; tokens, addresses and
//! IPs in it go.

use super::atom::{self, Telling};
use super::{ADDRESS, HOST, ID, IP, NUMBER};
use crate::classify::shape::Shape;
use crate::classify::words::is_ip;

/// Bytes of a value that are decoded to see an address in it.
const DECODED: usize = 48;

/// Masks a link, which begins with its scheme and ends at a blank.
pub(super) fn mask(link: &[u8], telling: &Telling, out: &mut Vec<u8>) {
    let mut at = 0;
    let mut host_done = false;
    while at < link.len() {
        let length = link[at..].iter().take_while(|byte| is_part(**byte)).count();
        if length == 0 {
            out.push(link[at]);
            at += 1;
            continue;
        }
        let part = &link[at..at + length];
        let core = &part[..length - part.iter().rev().take_while(|byte| is_stop(**byte)).count()];
        let value = at > 0 && matches!(link[at - 1], b'=' | b'?');
        let is_host = !host_done && at > 0;
        host_done |= is_host;
        match masked(core, value, is_host, telling) {
            Some(mask) => {
                out.extend_from_slice(mask);
                // The padding of a token belongs to it.
                let end = part[core.len()..].iter().take_while(|byte| mask == ID && **byte == b'=').count();
                out.extend_from_slice(&part[core.len() + end..]);
                at += length;
                if mask == ID {
                    at += link[at..].iter().take_while(|byte| **byte == b'=').count();
                }
            }
            None => {
                out.extend_from_slice(part);
                at += length;
            }
        }
    }
}

/// What does not part a link: everything but `/ ? & ; = # ,` and brackets.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'_' | b'-' | b'@' | b'%' | b'~' | b'+' | b':' | b'!' | b'*')
        || byte >= 0x80
}

fn is_stop(byte: u8) -> bool {
    matches!(byte, b'.' | b':' | b'!')
}

fn masked(core: &[u8], value: bool, is_host: bool, telling: &Telling) -> Option<&'static [u8]> {
    if core.contains(&b'@') || contains_encoded_at(core) {
        return Some(ADDRESS);
    }
    if is_address_of_host(core) {
        return Some(IP);
    }
    if is_host {
        return None;
    }
    let shape = Shape::of(core);
    if shape.letters == 0 {
        return (shape.digits > 8).then_some(NUMBER);
    }
    // A page that is named after a domain: `/help/example.com.html`.
    let name = core.strip_suffix(b".html").or_else(|| core.strip_suffix(b".htm")).unwrap_or(core);
    if shape.dots > 0 && !is_script(name) {
        match atom::host(name, telling) {
            Some(true) => return Some(HOST),
            Some(false) => return None,
            None => {}
        }
    }
    // `sbl/query/SBL123456`: each listing has one.
    let listing = core.len() > 7 && core.starts_with(b"SBL") && core[3..].iter().all(u8::is_ascii_digit);
    if listing || name.len() == core.len() && shape.is_id(core) {
        return Some(ID);
    }
    if value && atom::is_numbered(core) {
        return Some(HOST);
    }
    (value && shape.digits > 0 && core.len() >= 6).then_some(ID)
}

fn contains_encoded_at(core: &[u8]) -> bool {
    memchr::memchr_iter(b'%', core).any(|at| at > 0 && core[at..].starts_with(b"%40"))
}

/// An IP, `:` written as it is or as `%3A`.
fn is_address_of_host(core: &[u8]) -> bool {
    if is_ip(core) {
        return true;
    }
    if !core.contains(&b':') && !core.contains(&b'%') {
        return false;
    }
    let mut decoded = [0; DECODED];
    let (mut length, mut at) = (0, 0);
    while at < core.len() {
        let Some(place) = decoded.get_mut(length) else { return false };
        let colon = core[at..].get(..3).is_some_and(|code| code.eq_ignore_ascii_case(b"%3a"));
        *place = if colon { b':' } else { core[at] };
        at += if colon { 3 } else { 1 };
        length += 1;
    }
    std::str::from_utf8(&decoded[..length]).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
}

/// Endings of programs that are top-level domains too.
fn is_script(name: &[u8]) -> bool {
    [&b".pl"[..], b".py", b".sh", b".md", b".app", b".zip", b".do", b".cc", b".ps"]
        .iter()
        .any(|end| name.ends_with(end))
}
