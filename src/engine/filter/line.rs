//! A filter on one line of a log, as it is written: bare words and `text` look into the line itself, the
//! other keys into the attempt that it tells.

use super::{Filter, Key, Reply};

impl Filter {
    /// Whether a line is shown. `reply` is what the line tells of an attempt; it is only asked for where a
    /// term needs it, and where a line tells none, a term about replies does not hold.
    pub(in crate::engine) fn shows_line<'r>(
        &self,
        line: &[u8],
        mut reply: impl FnMut() -> Option<Reply<'r>>,
    ) -> bool {
        self.terms.iter().all(|term| {
            let in_text = matches!(term.key, Key::Text | Key::Any) && holds(line, &term.value);
            let holds = in_text || term.key != Key::Text && reply().is_some_and(|reply| term.matches(&reply));
            term.negated != holds
        })
    }

    /// Whether every term is about the text, so that a line need not be read to be judged.
    pub(in crate::engine) fn is_of_text(&self) -> bool {
        self.terms.iter().all(|term| term.key == Key::Text)
    }

    /// The words that a line is shown for, in lower case, to be marked in it.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        let words = self.terms.iter().filter(|term| !term.negated);
        words
            .filter(|term| matches!(term.key, Key::Text | Key::Any))
            .map(|term| term.value.as_str())
            .collect()
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
        let line = "mta1 postfix/smtp[9]: 4XA1: to=<a@x>, status=bounced (550 5.7.1 Listed by Spamhaus)";
        let reply = Reply { provider: ("gmail", "Gmail"), label: "5.7.1", code: 550, verdict: None };
        assert!(shows("", line, None));
        assert!(shows("spamhaus", line, None) && shows("text~\"LISTED by\"", line, None));
        assert!(!shows("text~gmail", line, Some(reply)), "the text alone");
        assert!(shows("gmail", line, Some(reply)), "a bare word looks at the provider, too");
        assert!(shows("provider:gmail code:5.7.* spamhaus", line, Some(reply)));
        assert!(!shows("provider:gmail", line, None), "a line without an attempt has no provider");
        assert!(shows("!provider:gmail", line, None) && !shows("!spamhaus", line, None));
    }

    #[test]
    fn what_is_marked_are_the_words_that_are_looked_for() {
        let filter = Filter::parse("code:550 Spamhaus text~\"listed BY\" !quota").unwrap();
        assert_eq!(filter.words(), ["spamhaus", "listed by"]);
        assert!(!filter.is_of_text() && Filter::parse("text~x !text~y").unwrap().is_of_text());
    }
}
