//! Whose mailbox it is stays with the operator: local parts are masked in what is handed to others.
//!
//! `jdoe@gmail.com` becomes `‹user-1›@gmail.com`, the same number wherever the same address stands in
//! one document, so that two lines about one address can be told together. Domains, hosts, IPs, queue
//! ids and codes stay: what is wrong is about them. Masked are addresses, plain, quoted or with `%40`
//! or `%2540` in a link; local parts that stand alone (`User jdoe unknown`, the `jdoe=gmail.com` of a bounce
//! address), where the address was made known before; addresses inside base64 or hex words, as links
//! to unsubscribe carry them.
//!
//! Where the operator gives a name, as to a campaign, a sender's local part alone stays: that is no address.
//!
//! What stays: a local part alone that is an ordinary word of mail (`info`, `user`), has less than three
//! characters, or is all digits and dots and shorter than six: replies consist of such words.

mod hidden;
mod texts;
mod words;

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::Clean;
use hidden::{hides_address, without_half};
use words::{KEYS, WORDS};

pub use texts::{Text, Texts};

/// Bytes of the longest local part that is looked for at the end of a word (RFC 5321: 64).
const LOCAL: usize = 128;
/// Pieces between `=` that may be one local part.
const PIECES: usize = 5;

/// Whose local parts are masked where they stand alone.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Alone {
    /// Everybody's.
    Everybody,
    /// Recipients': a campaign may be called as its sender.
    Recipients,
    /// Recipients' that names in the document hold: those may stand in a sentence, too.
    Named,
    /// Nobody's: only whole addresses are.
    Nobody,
}

/// A local part that may stand alone.
#[derive(Copy, Clone, Debug)]
struct Known {
    number: usize,
    /// Whether it is known of senders only.
    of_sender: bool,
}

/// Masks the local parts of one document.
#[derive(Debug, Default)]
pub struct Redactor {
    is_off: bool,
    /// Numbers by whole address, lower case.
    numbers: HashMap<String, usize>,
    /// Local parts that may stand alone, lower case.
    alone: HashMap<String, Known>,
    /// Names that nobody is called by: those of the providers.
    names: HashSet<String>,
    /// Local parts that names in the document hold, lower case.
    named: HashSet<String>,
}

impl Redactor {
    /// Masks every local part.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks nothing: the operator asked for the addresses.
    #[must_use]
    pub fn off() -> Self {
        Self { is_off: true, ..Self::default() }
    }

    /// Whether local parts are masked.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.is_off
    }

    /// Makes a recipient's address known, so that its local part is masked where it stands alone, too.
    pub fn learn(&mut self, address: &str) {
        self.learn_of(address, false);
    }

    /// The same with a sender's. The recipient's address inside it is learned as such.
    pub fn learn_sender(&mut self, address: &str) {
        self.learn_of(address, true);
    }

    /// The words of a name that nobody is called by: they stay where they stand alone. So does an address,
    /// as an operator's.
    pub fn keep(&mut self, name: &str) {
        self.names.extend(name.split_whitespace().map(str::to_lowercase));
    }

    fn learn_of(&mut self, address: &str, of_sender: bool) {
        if self.is_off {
            return;
        }
        match address.rsplit_once('@') {
            Some((local, domain)) if !local.is_empty() => {
                self.number(local, domain, of_sender);
            }
            None if !address.is_empty() => {
                self.number(address, "", of_sender);
            }
            _ => {}
        }
    }

    /// `text` with every local part masked. What was cut off its end leaves no half of one.
    #[must_use]
    pub fn clean(&mut self, text: &Clean) -> Clean {
        if self.is_off {
            return text.clone();
        }
        let (whole, cut) = without_half(text);
        Clean::from((self.masked(whole, Alone::Everybody) + cut).as_str())
    }

    /// `text` with every local part masked. What was neutralised stays so.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        if self.is_off { text.to_owned() } else { self.masked(text, Alone::Everybody) }
    }

    fn masked(&mut self, text: &str, alone: Alone) -> String {
        let (mut out, mut done, mut from) = (String::with_capacity(text.len() + 16), 0, 0);
        while let Some((at, sign)) = next_sign(text, from) {
            from = at + sign;
            let domain = &text[from..from + domain_end(&text[from..])];
            let Some(start) = local_start(&text[done..at]).map(|start| done + start) else { continue };
            if domain.is_empty() {
                continue;
            }
            let start = start + self.behind_key(&text[start..at], domain);
            let is_kept = || self.names.contains(&text[start..from + domain.len()].to_lowercase());
            if start == at || is_kept() {
                continue;
            }
            let number = self.number(&text[start..at], domain, false);
            self.alone(&text[done..start], alone, &mut out);
            out.push_str(&format!("‹user-{number}›{}{domain}", &text[at..from]));
            from += domain.len();
            done = from;
        }
        self.alone(&text[done..], alone, &mut out);
        out
    }

    /// The number of an address; a new one where it was not met before.
    fn number(&mut self, local: &str, domain: &str, of_sender: bool) -> usize {
        let local = local.to_lowercase();
        let key = format!("{local}@{}", domain.to_lowercase());
        let next = self.numbers.len() + 1;
        let is_new = !self.numbers.contains_key(&key);
        let number = *self.numbers.entry(key).or_insert(next);
        // Met in a text, it is known already, and of whom.
        if is_new || !of_sender {
            let known = Known { number, of_sender: of_sender || !is_new && self.is_of_sender(&local) };
            parts(&local, &mut |word, is_inside| {
                let known = Known { of_sender: known.of_sender && !is_inside, ..known };
                let entry = self.alone.entry(word.to_owned()).or_insert(known);
                entry.of_sender &= known.of_sender;
            });
        }
        number
    }

    /// How much of what stands before the sign is no part of the address: `rcpt=`, a link's host and
    /// path, a quote.
    fn behind_key(&self, local: &str, domain: &str) -> usize {
        if local.starts_with('"') {
            return 0;
        }
        if local.starts_with("//") {
            return local.rfind(['/', '?', '&', '=']).map_or(0, |at| at + 1);
        }
        let quotes = local.len() - local.trim_start_matches(['\'', '`']).len();
        let behind = local.match_indices(['=', '/']).map(|(at, _)| at + 1);
        for at in std::iter::once(quotes).chain(behind) {
            let known = format!("{}@{}", local[at..].to_lowercase(), domain.to_lowercase());
            if self.numbers.contains_key(&known) {
                return at;
            }
        }
        match local[quotes..].split_once('=') {
            Some((key, _)) if KEYS.contains(&key.rsplit('.').next().unwrap_or(key)) => quotes + key.len() + 1,
            _ => quotes,
        }
    }

    /// Text without addresses: local parts that stand alone, and words that hide an address.
    fn alone(&self, text: &str, whose: Alone, out: &mut String) {
        let mut shown = String::with_capacity(text.len());
        runs(text, |c| c.is_ascii_alphanumeric() || "+/_=-".contains(c), &mut |run, is_word| {
            shown.push_str(if is_word && hides_address(run) { "‹token›" } else { run });
        });
        if whose == Alone::Nobody {
            out.push_str(&shown);
            return;
        }
        let shown = bounced(&shown);
        let mut done = 0;
        self.standing(&shown, whose, &mut |found, number| {
            out.push_str(&format!("{}‹user-{number}›", &shown[done..found.start]));
            done = found.end;
        });
        out.push_str(&shown[done..]);
    }

    /// Calls `found` with where each local part stands alone in a text, and its number, in order.
    fn standing(&self, text: &str, whose: Alone, found: &mut dyn FnMut(Range<usize>, usize)) {
        let mut at = 0;
        runs(text, |c| is_of_word(c) || c == '=', &mut |run, is_word| {
            let begin = at;
            at += run.len();
            if !is_word {
                return;
            }
            // `rcpt=jdoe`; but a local part may have a `=` of its own.
            let ends: Vec<usize> = run.match_indices('=').map(|(at, _)| at).chain([run.len()]).collect();
            let (mut piece, mut start) = (0, 0);
            while let Some(end) = ends.get(piece) {
                let most = ends.len().min(piece + PIECES);
                let longer = (piece + 1..most).rev().find_map(|last| {
                    let number = self.known(&run[start..ends[last]], whose)?;
                    Some((last, start..ends[last], number))
                });
                let single = || {
                    let (from, until, number) = self.in_word(&run[start..*end], &run[*end..], whose)?;
                    Some((piece, start + from..start + until, number))
                };
                if let Some((last, range, number)) = longer.or_else(single) {
                    found(begin + range.start..begin + range.end, number);
                    piece = last;
                }
                start = ends[piece] + 1;
                piece += 1;
            }
        });
    }

    /// The number of a local part that may be masked where it stands alone.
    fn known(&self, word: &str, whose: Alone) -> Option<usize> {
        let word = word.to_lowercase();
        let known = self.alone.get(&word).filter(|_| !self.names.contains(&word))?;
        let is_asked = match whose {
            Alone::Everybody => true,
            Alone::Recipients => !known.of_sender,
            Alone::Named => self.named.contains(&word),
            Alone::Nobody => false,
        };
        is_asked.then_some(known.number)
    }

    /// The local part in a word: from where to where, and its number. `rest` follows the word.
    fn in_word(&self, run: &str, rest: &str, whose: Alone) -> Option<(usize, usize, usize)> {
        let known = |word: &str| self.known(word, whose);
        let word = run.trim_matches(['.', '-', '_', '+']);
        let at = run.find(word)?;
        if let Some(number) = known(word) {
            return Some((at, at + word.len(), number));
        }
        // `jdoe+shop` is jdoe's, whatever follows the sign.
        if let Some(number) = word.split_once('+').and_then(|(base, _)| known(base)) {
            return Some((at, at + word.len(), number));
        }
        // `bounce-7-jdoe=gmail.com`, the recipient inside a bounce address without its domain.
        if !rest.starts_with('=') {
            return None;
        }
        let ends = run.char_indices().filter(|(_, c)| "._+-".contains(*c)).map(|(at, _)| at + 1);
        let mut ends = ends.filter(|at| run.len() - at <= LOCAL);
        ends.find_map(|at| known(&run[at..]).map(|number| (at, run.len(), number)))
    }

    /// Notes which local parts a name holds.
    fn note(&mut self, name: &str) {
        let mut found = Vec::new();
        self.standing(name, Alone::Recipients, &mut |at, _| found.push(name[at].to_lowercase()));
        self.named.extend(found);
    }

    /// Whether a local part is known of senders only.
    fn is_of_sender(&self, local: &str) -> bool {
        self.alone.get(local).is_some_and(|known| known.of_sender)
    }
}

/// Masks the recipient inside a bounce address of which a signature left `‹id›jdoe=‹host›`, whoever it is.
fn bounced(text: &str) -> String {
    const DOMAIN: &str = "=‹host›";
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (end, _) in text.match_indices(DOMAIN) {
        let run = text[done..end].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "._+-".contains(c));
        let (before, run) = (done + run.len(), &text[done + run.len()..end]);
        let numbered = |at: &usize| run[..*at].contains(|c: char| c.is_ascii_digit());
        let start = if text[..before].ends_with('›') {
            Some(0)
        } else {
            run.find('+').map(|at| at + 1).or(run.rfind('-').filter(numbered).map(|at| at + 1))
        };
        if let Some(start) = start.filter(|start| *start < run.len()) {
            out.push_str(&text[done..before + start]);
            out.push_str("‹user›");
            done = end;
        }
    }
    out.push_str(&text[done..]);
    out
}

/// The parts of a local part, lower case, that may stand alone and name somebody; whether each is a
/// recipient's inside a bounce address: `bounce-7-jdoe=gmail.com`, `SRS0=x=y=gmail.com=jdoe`.
fn parts(local: &str, told: &mut dyn FnMut(&str, bool)) {
    let mut tell = |word: &str, is_inside: bool| {
        let word = word.trim_matches(['"', '\'', '.', '-', '_', '+']);
        if stands_out(word) {
            told(word, is_inside);
        }
    };
    tell(local, false);
    tell(local.split('+').next().unwrap_or_default(), false);
    let local = local.trim_matches('"');
    let signed = ["srs0", "srs1", "prvs", "btv1"].iter().any(|sign| local.starts_with(sign));
    if let Some((_, inside)) = local.rsplit_once('=').filter(|_| signed) {
        tell(inside, true);
    } else if let Some((inside, _)) = local.rsplit_once('=') {
        tell(inside, false);
        tell(inside.rsplit(['-', '+']).next().unwrap_or(inside), true);
    }
    // `o'brien`, `john doe`: a text is looked through word by word.
    let is_word = |c: char| c.is_alphanumeric() || "._+-=".contains(c);
    if local.contains(|c| !is_word(c)) {
        local.split(|c| !is_word(c)).for_each(|word| tell(word, false));
    }
}

/// Calls `told` with every run of characters that are in a word or are not, in order.
fn runs(text: &str, is_of_word: impl Fn(char) -> bool, told: &mut dyn FnMut(&str, bool)) {
    let mut start = 0;
    let mut inside = None;
    for (at, character) in text.char_indices() {
        let is_word = is_of_word(character);
        if inside.is_some_and(|inside| inside != is_word) {
            told(&text[start..at], !is_word);
            start = at;
        }
        inside = Some(is_word);
    }
    if let Some(is_word) = inside {
        told(&text[start..], is_word);
    }
}

/// Whether a character may stand in the middle of a local part that stands alone.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || "._+-".contains(c)
}

/// Whether a local part alone is somebody's name, and no word of a reply.
fn stands_out(word: &str) -> bool {
    word.chars().count() >= 3
        && (word.chars().any(char::is_alphabetic) || word.len() >= 6)
        && !WORDS.contains(&word)
}

/// The next `@`, as it is or coded for a link, once or twice, and how long it is.
fn next_sign(text: &str, from: usize) -> Option<(usize, usize)> {
    let signs = ["@", "%40", "%2540"].into_iter();
    signs.filter_map(|sign| text[from..].find(sign).map(|at| (from + at, sign.len()))).min()
}

/// How long the domain is that begins here: labels, or an IP in brackets. A bracket that holds
/// anything else may hold the next address, so that only its labels are taken.
fn domain_end(text: &str) -> usize {
    let Some(inside) = text.strip_prefix('[') else { return labels_end(text) };
    let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || ".:".contains(c))).unwrap_or(inside.len());
    if inside[end..].starts_with(']') && is_ip(&inside[..end]) {
        return end + 2;
    }
    match labels_end(inside) {
        0 => 0,
        end => end + 1,
    }
}

fn labels_end(text: &str) -> usize {
    let end = text.find(|c: char| !(c.is_alphanumeric() || ".-_".contains(c))).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', '-', '_']).len()
}

/// Whether this is what an address has in brackets for a domain (RFC 5321, 4.1.3).
fn is_ip(literal: &str) -> bool {
    literal.parse::<Ipv4Addr>().is_ok()
        || literal.strip_prefix("IPv6:").unwrap_or(literal).parse::<Ipv6Addr>().is_ok()
}

/// Where the local part begins that ends here; `None` where there is none.
fn local_start(text: &str) -> Option<usize> {
    if let Some(inside) = text.strip_suffix('"') {
        let opens = inside.rmatch_indices('"').map(|(at, _)| at);
        return opens.into_iter().find(|at| !inside[..*at].ends_with('\\'));
    }
    let is_local = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\"‹›@".contains(c);
    let start = text
        .rfind(|c: char| !is_local(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    (start < text.len()).then_some(start)
}

#[cfg(test)]
mod tests;
