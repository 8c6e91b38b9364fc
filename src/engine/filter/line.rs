//! A filter on one line of a log, as it is written: what its attempt tells is asked of that, all else of
//! the line's own words.

use super::pattern::Pattern;
use super::term::{Key, Term, Test};
use super::{Filter, Reply};

impl Filter {
    /// Whether a line is shown. `reply` is what the line tells of an attempt; it is only asked for where a
    /// term needs it, and where a line tells none, a term about replies does not hold.
    pub(in crate::engine) fn shows_line<'r>(
        &self,
        line: &[u8],
        mut reply: impl FnMut() -> Option<Reply<'r>>,
    ) -> bool {
        self.terms.iter().all(|term| shows(term, line, &mut reply))
    }

    /// Whether every term is about the text, so that a line need not be read to be judged.
    pub(in crate::engine) fn is_of_text(&self) -> bool {
        self.terms.iter().all(|term| matches!(term.test, Test::Of(Key::Text, _)))
    }

    /// The words that a line is shown for, in lower case, to be marked in it.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        let asked = self.terms.iter().filter(|term| !term.negated);
        asked
            .filter_map(|term| match &term.test {
                Test::Any(pattern) | Test::Of(Key::Text, pattern) => pattern.word(),
                _ => None,
            })
            .collect()
    }
}

fn shows<'r>(term: &Term, line: &[u8], reply: &mut impl FnMut() -> Option<Reply<'r>>) -> bool {
    let holds = match &term.test {
        Test::Of(Key::Text, pattern) => is_in(pattern, line),
        Test::Any(pattern) => is_in(pattern, line) || of_reply(&term.test, reply),
        Test::New => reply().is_some(),
        Test::Of(Key::Provider | Key::Code | Key::Category | Key::List, _) => of_reply(&term.test, reply),
        // What a line may name without any attempt: a host, an address, a domain.
        Test::Of(_, pattern) => is_in(pattern, line),
        Test::All(terms) => terms.iter().all(|term| shows(term, line, reply)),
    };
    term.negated != holds
}

fn of_reply<'r>(test: &Test, reply: &mut impl FnMut() -> Option<Reply<'r>>) -> bool {
    reply().is_some_and(|reply| test.holds(&reply.facts()) == Some(true))
}

/// Whether a pattern is like anything in `line`.
fn is_in(pattern: &Pattern, line: &[u8]) -> bool {
    match pattern {
        Pattern::Part(part) | Pattern::Whole(part) => holds(line, part),
        Pattern::Network(..) => pattern.is_in(&String::from_utf8_lossy(line)),
        Pattern::Glob(_) => {
            let line = String::from_utf8_lossy(line);
            let mut words = line.split(|sign: char| sign.is_whitespace() || "<>[](),=;@\"".contains(sign));
            words.any(|word| !word.is_empty() && pattern.is_in(word))
        }
    }
}

/// Whether `line` holds `value`, which is in lower case, in any case of ASCII.
fn holds(line: &[u8], value: &str) -> bool {
    let value = value.as_bytes();
    let Some(first) = value.first() else { return true };
    let mut ends = memchr::memchr2_iter(*first, first.to_ascii_uppercase(), line);
    ends.any(|at| line.get(at..at + value.len()).is_some_and(|part| part.eq_ignore_ascii_case(value)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::{Filter, Reply};

    fn shows(filter: &str, line: &str, reply: Option<Reply<'_>>) -> bool {
        Filter::parse(filter).unwrap().shows_line(line.as_bytes(), || reply)
    }

    #[test]
    fn words_look_into_the_line_and_the_other_keys_into_its_attempt() {
        let line = "mta1 postfix/smtp[9]: 4XA1: to=<a@x.example>, relay=mx[192.0.2.7]:25, status=bounced (550 5.7.1 \
                    Listed by Spamhaus)";
        let provider = ("gmail", "Gmail");
        let reply = Reply { provider, label: "5.7.1", code: 550, enhanced: None, verdict: None };
        assert!(shows("", line, None));
        assert!(shows("spamhaus", line, None) && shows("text~\"LISTED by\"", line, None));
        assert!(!shows("text~gmail", line, Some(reply)), "the text alone");
        assert!(shows("gmail", line, Some(reply)), "a bare word looks at the provider, too");
        assert!(shows("provider:gmail code:5.7.* spamhaus", line, Some(reply)));
        assert!(!shows("provider:gmail", line, None), "a line without an attempt has no provider");
        assert!(shows("!provider:gmail", line, None) && !shows("!spamhaus", line, None));
        assert!(
            shows("host:mta1 domain:x.ex* source:192.0.2.0/24", line, None),
            "what the line itself names"
        );
        assert!(!shows("source:192.0.3.0/24", line, Some(reply)) && !shows("domain:y.*", line, None));
    }

    #[test]
    fn what_is_marked_are_the_words_that_are_looked_for() {
        let filter = Filter::parse("code:550 Spamhaus text~\"listed BY\" !quota").unwrap();
        assert_eq!(filter.words(), ["spamhaus", "listed by"]);
        assert!(!filter.is_of_text() && Filter::parse("text~x !text~y").unwrap().is_of_text());
    }
}
