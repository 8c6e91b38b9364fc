//! Whose mailbox it is stays with the operator: local parts are masked in what is handed to others.
//!
//! `jdoe@gmail.com` becomes `‹user-1›@gmail.com`, the same number wherever the same address stands in
//! one document, so that two lines about one address can be told together. Domains, hosts, IPs, queue
//! ids and codes stay: what is wrong is about them. Masked are addresses, plain, quoted or with `%40`
//! in a link; local parts that stand alone (`User jdoe unknown`, the `jdoe=gmail.com` of a bounce
//! address), where the address was made known before; addresses inside base64 or hex words, as links
//! to unsubscribe carry them.
//!
//! What stays: a local part alone that is an ordinary word of mail (`info`, `user`), has less than three
//! characters, or is all digits and dots and shorter than six: replies consist of such words.

mod hidden;

use std::collections::HashMap;

use super::Clean;
use hidden::hides_address;

/// Local parts that are words of replies; alone they name nobody.
const WORDS: &[&str] = &[
    "abuse",
    "access",
    "account",
    "address",
    "admin",
    "and",
    "blocked",
    "bounce",
    "bounces",
    "box",
    "client",
    "contact",
    "domain",
    "email",
    "error",
    "for",
    "from",
    "full",
    "help",
    "host",
    "info",
    "invalid",
    "list",
    "mail",
    "mailbox",
    "mailer-daemon",
    "message",
    "news",
    "newsletter",
    "no-reply",
    "noreply",
    "not",
    "office",
    "policy",
    "postmaster",
    "recipient",
    "rejected",
    "reply",
    "return",
    "root",
    "sales",
    "sender",
    "server",
    "service",
    "smtp",
    "spam",
    "support",
    "system",
    "team",
    "test",
    "the",
    "unknown",
    "user",
    "webmaster",
];

/// What stands before an address behind `=`.
const KEYS: &[&str] =
    &["e", "email", "from", "i", "mail", "mailfrom", "orig_to", "rcpt", "recipient", "sender", "to", "user"];

/// Masks the local parts of one document.
#[derive(Debug, Default)]
pub struct Redactor {
    is_off: bool,
    /// Numbers by whole address, lower case.
    numbers: HashMap<String, usize>,
    /// Numbers by local part, for those that may stand alone.
    alone: HashMap<String, usize>,
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

    /// Makes an address known, so that its local part is masked where it stands alone, too.
    pub fn learn(&mut self, address: &str) {
        if self.is_off {
            return;
        }
        match address.rsplit_once('@') {
            Some((local, domain)) if !local.is_empty() => {
                self.number(local, domain);
            }
            None if !address.is_empty() => {
                self.number(address, "");
            }
            _ => {}
        }
    }

    /// `text` with every local part masked.
    #[must_use]
    pub fn clean(&mut self, text: &Clean) -> Clean {
        if self.is_off { text.clone() } else { Clean::from(self.text(text).as_str()) }
    }

    /// `text` with every local part masked. What was neutralised stays so.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        if self.is_off {
            return text.to_owned();
        }
        let (mut out, mut done, mut from) = (String::with_capacity(text.len() + 16), 0, 0);
        while let Some((at, sign)) = next_sign(text, from) {
            from = at + sign;
            let domain = &text[from..from + domain_end(&text[from..])];
            let Some(start) = local_start(&text[done..at]).map(|start| done + start) else { continue };
            if domain.is_empty() {
                continue;
            }
            let start = start + self.behind_key(&text[start..at], domain);
            if start == at {
                continue;
            }
            let number = self.number(&text[start..at], domain);
            self.alone(&text[done..start], &mut out);
            out.push_str(&format!("‹user-{number}›{}{domain}", &text[at..from]));
            from += domain.len();
            done = from;
        }
        self.alone(&text[done..], &mut out);
        out
    }

    /// The number of an address; a new one where it was not met before.
    fn number(&mut self, local: &str, domain: &str) -> usize {
        let local = local.to_lowercase();
        let key = format!("{local}@{}", domain.to_lowercase());
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(key).or_insert(next);
        let base = local.split('+').next().unwrap_or_default();
        // A bounce address holds the recipient's: `bounce-7-jdoe=gmail.com`.
        let inside =
            local.rsplit_once('=').map(|(inside, _)| inside.rsplit(['-', '+']).next().unwrap_or(inside));
        for word in [Some(local.as_str()), Some(base), inside].into_iter().flatten() {
            let word = word.trim_matches(['"', '\'']);
            if stands_out(word) {
                self.alone.entry(word.to_owned()).or_insert(number);
            }
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
    fn alone(&self, text: &str, out: &mut String) {
        let mut shown = String::with_capacity(text.len());
        runs(text, |c| c.is_ascii_alphanumeric() || "+/_=-".contains(c), &mut |run, is_word| {
            shown.push_str(if is_word && hides_address(run) { "‹token›" } else { run });
        });
        let is_of_word = |c: char| c.is_alphanumeric() || "._+-".contains(c);
        runs(&shown, is_of_word, &mut |run, is_word| {
            let word = run.trim_matches(['.', '-', '_', '+']);
            let number = if is_word { self.alone.get(&word.to_lowercase()) } else { None };
            match (number, run.find(word)) {
                (Some(number), Some(at)) => {
                    out.push_str(&format!("{}‹user-{number}›{}", &run[..at], &run[at + word.len()..]));
                }
                _ => out.push_str(run),
            }
        });
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

/// Whether a local part alone is somebody's name, and no word of a reply.
fn stands_out(word: &str) -> bool {
    word.chars().count() >= 3
        && (word.chars().any(char::is_alphabetic) || word.len() >= 6)
        && !WORDS.contains(&word)
}

/// The next `@` or `%40`, and how long it is.
fn next_sign(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = &text[from..];
    let plain = rest.find('@').map(|at| (from + at, 1));
    let coded = rest.find("%40").map(|at| (from + at, 3));
    match (plain, coded) {
        (Some(plain), Some(coded)) => Some(plain.min(coded)),
        (plain, coded) => plain.or(coded),
    }
}

/// How long the domain is that begins here: labels, or an address in brackets.
fn domain_end(text: &str) -> usize {
    if let Some(literal) = text.strip_prefix('[') {
        return literal.find(']').map_or(0, |end| end + 2);
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || ".-_".contains(c))).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', '-', '_']).len()
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
mod tests {
    use super::Redactor;

    fn masked(known: &[&str], text: &str) -> String {
        let mut redactor = Redactor::new();
        known.iter().for_each(|address| redactor.learn(address));
        redactor.text(text)
    }

    #[test]
    fn an_address_has_one_number_wherever_it_stands() {
        let text =
            "<JDoe@Gmail.com> 550 jdoe@gmail.com: no; bob@gmail.com. rcpt=jdoe@gmail.com 'jdoe@gmail.com'";
        assert_eq!(
            masked(&[], text),
            "<‹user-1›@Gmail.com> 550 ‹user-1›@gmail.com: no; ‹user-2›@gmail.com. rcpt=‹user-1›@gmail.com '‹user-1›@gmail.com'"
        );
    }

    #[test]
    fn a_local_part_alone_is_masked_where_it_is_known() {
        let known =
            &["jdoe@gmail.com", "bounce-7-max.m=web.de@news.example", "info@x.example", "550@x.example"];
        assert_eq!(masked(known, "550 5.1.1 User JDOE unknown"), "550 5.1.1 User ‹user-1› unknown");
        assert_eq!(masked(known, "x jdoe=gmail.com y"), "x ‹user-1›=gmail.com y");
        assert_eq!(masked(known, "<max.m> for more info."), "<‹user-2›> for more info.");
        assert_eq!(masked(known, "250 jdoes"), "250 jdoes", "another word");
    }

    #[test]
    fn hidden_addresses_are_found() {
        assert_eq!(
            masked(&[], "https://x.example/u?e=jdoe%40gmail.com&l=1"),
            "https://x.example/u?e=‹user-1›%40gmail.com&l=1"
        );
        assert_eq!(
            masked(&[], "see https://x.example/u?e=jdoe@gmail.com"),
            "see https://x.example/u?e=‹user-1›@gmail.com"
        );
        // base64 and hex of jdoe@gmail.com
        assert_eq!(
            masked(&[], "u/amRvZUBnbWFpbC5jb20= x"),
            "u/amRvZUBnbWFpbC5jb20= x".replace("u/amRvZUBnbWFpbC5jb20=", "‹token›")
        );
        assert_eq!(masked(&[], "id 6a646f6540676d61696c2e636f6d."), "id ‹token›.");
        assert_eq!(masked(&[], "queue 4XzK002Bqz9rT-AbCdEfGhIj"), "queue 4XzK002Bqz9rT-AbCdEfGhIj");
    }

    #[test]
    fn odd_addresses_leave_nothing() {
        assert_eq!(masked(&[], "<\"john \\\" doe\"@x.example>"), "<‹user-1›@x.example>");
        assert_eq!(masked(&[], "jürgen@müller.example"), "‹user-1›@müller.example");
        assert_eq!(masked(&[], "a@[192.0.2.1] said"), "‹user-1›@[192.0.2.1] said");
        assert_eq!(masked(&[], "i=@x.example @ a@"), "i=@x.example @ a@");
        assert_eq!(masked(&[], "bounce+jdoe=gmail.com@news.example"), "‹user-1›@news.example");
        assert_eq!(masked(&[], "a@b@c.example"), "‹user-1›@b@c.example");
    }

    #[test]
    fn the_operator_may_keep_addresses() {
        let mut redactor = Redactor::off();
        assert_eq!(redactor.text("jdoe@gmail.com"), "jdoe@gmail.com");
    }

    proptest::proptest! {
        #[test]
        fn no_known_local_part_is_left(
            local in "zq[a-z0-9]{2,9}([.+_-][a-z0-9]{1,5})?",
            before in "[ -~]{0,20}[ <:;,(]",
            after in "([ >,;:)][ -~]{0,20})?",
            domain in "[a-z]{1,8}\\.(com|example)",
            form in 0usize..6,
        ) {
            let address = format!("{local}@{domain}");
            let said = match form {
                0 => address.clone(),
                1 => local.clone(),
                2 => address.to_uppercase(),
                3 => address.replace('@', "%40"),
                4 => format!("{local}={domain}"),
                _ => format!("\"{local}\"@{domain}"),
            };
            let text = masked(&[&address], &format!("{before}{said}{after}")).to_lowercase();
            proptest::prop_assert!(!text.contains(&local), "{}", text);
        }

        #[test]
        fn any_text_is_masked_without_harm(text: String, known: String) {
            let once = masked(&[&known], &text);
            let _ = masked(&[], &once);
        }
    }
}
