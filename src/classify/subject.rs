//! Whether a text is a rejection of mail at all: a success is none, and prose says nothing of mail.
//! Wrong knowledge is worse than none.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use serde::Deserialize;

use super::fold::is_code;
use super::phrase::Phrases;
use super::remark::{KnowledgeError, Remark};
use crate::model::{Enhanced, basic_code};

/// Words that a text must have before it is asked whether any of them is about mail: an MTA's own
/// `Operation timed out` need not say so.
const WORDS: usize = 5;

/// `mail.toml`, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Words of mail, as rules write them, without gaps.
    words: Vec<String>,
}

/// The words of mail.
#[derive(Debug)]
pub(super) struct Subject {
    words: AhoCorasick,
}

impl Subject {
    pub(super) fn load(file: &str, text: &str) -> Result<Self, KnowledgeError> {
        let wrong = |reason: String| KnowledgeError::from(Remark::on_file(file, reason));
        let written: Written = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let patterns = Phrases::listed(&written.words).map_err(wrong)?;
        let words = AhoCorasickBuilder::new().build(patterns).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { words })
    }

    /// Whether a text without codes is about something else than mail: several words, none of mail,
    /// no address and no IP in brackets. `words` is what is searched of `folded`. Of scripts whose
    /// words of mail are not listed it is never said.
    pub(super) fn is_missing(&self, folded: &[u8], words: &[u8]) -> bool {
        /// UTF-8 begins letters from Greek on with these.
        const BEYOND_LATIN: u8 = 0xce;
        let several = words.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count() >= WORDS;
        several
            && !folded.iter().any(|byte| *byte >= BEYOND_LATIN)
            && memchr::memchr2(b'@', b'[', folded).is_none()
            && !self.words.is_match(words)
    }
}

/// Whether a reply accepts or asks for more, and neither it nor its enhanced code says otherwise: a
/// 2xx or a 3xx is no rejection, whatever words it has. A quoted 4xx or 5xx is `code` then.
pub(super) fn is_success(folded: &[u8], code: Option<u16>, enhanced: Option<Enhanced>) -> bool {
    let accepts = match code {
        Some(code) => code < 400,
        None => quotes_success(folded),
    };
    accepts && enhanced.is_none_or(|code| code.class <= 3) && !holds_rejection(folded)
}

/// `host mx.example.org said: 250 …`, where no other code is.
fn quotes_success(folded: &[u8]) -> bool {
    const SAID: &[u8] = b"said: ";
    memchr::memmem::rfind(folded, SAID)
        .and_then(|at| basic_code(&folded[at + SAID.len()..]))
        .is_some_and(|(code, _)| code < 400)
}

/// Whether lines of a session follow of which one rejects: `354 go ahead 550 5.7.1 no`.
fn holds_rejection(folded: &[u8]) -> bool {
    memchr::memchr_iter(b' ', folded).any(|at| {
        let rest = &folded[at + 1..];
        matches!(rest.first(), Some(b'4' | b'5'))
            && rest.get(..3).is_some_and(is_code)
            && basic_code(rest).is_some_and(|(_, rest)| {
                Enhanced::at_start(rest.trim_ascii_start()).is_some_and(|(code, _)| code.class > 3)
            })
    })
}

#[cfg(test)]
mod tests {
    use super::is_success;
    use crate::model::codes;

    fn accepts(folded: &str) -> bool {
        let (code, enhanced) = codes(folded.as_bytes());
        is_success(folded.as_bytes(), code, enhanced)
    }

    #[test]
    fn what_accepts_is_no_rejection_unless_one_stands_in_it() {
        for folded in ["250 2.0.0 OK, SPF pass", "354 go ahead", "host a said: 250 Ok"] {
            assert!(accepts(folded), "{folded}");
        }
        for folded in
            ["550 no", "421 later", "250 5.7.1 no", "354 go ahead 550 5.7.1 no", "host a said: nothing", ""]
        {
            assert!(!accepts(folded), "{folded}");
        }
    }
}
