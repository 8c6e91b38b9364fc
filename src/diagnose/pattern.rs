//! Words as trees match them: `gmail`, `*spamhaus*`, `5.7.606-649`. ASCII case does not matter.

/// A word, a word with stars at its ends, or a span of enhanced status codes.
#[derive(Debug)]
pub(super) enum Pattern {
    Exactly(String),
    Starts(String),
    Ends(String),
    Contains(String),
    /// `5.7.` and the first and last detail.
    Codes(String, u16, u16),
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        if let Some((prefix, first, last)) = span(&text) {
            return Self::Codes(prefix.to_owned(), first, last);
        }
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (Some(rest), Some(_)) => Self::Contains(rest.trim_end_matches('*').to_owned()),
            (Some(rest), None) => Self::Ends(rest.to_owned()),
            (None, Some(rest)) => Self::Starts(rest.to_owned()),
            (None, None) => Self::Exactly(text),
        }
    }

    /// The word that it is, where it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Exactly(word) => Some(word),
            _ => None,
        }
    }

    pub(super) fn matches(&self, word: &str) -> bool {
        let word = word.to_ascii_lowercase();
        match self {
            Self::Exactly(text) => word == *text,
            Self::Starts(text) => word.starts_with(text),
            Self::Ends(text) => word.ends_with(text),
            Self::Contains(text) => word.contains(text),
            Self::Codes(prefix, first, last) => word
                .strip_prefix(prefix.as_str())
                .and_then(|detail| detail.parse::<u16>().ok())
                .is_some_and(|detail| (*first..=*last).contains(&detail)),
        }
    }
}

/// `5.7.606-649` is the codes 5.7.606 to 5.7.649.
fn span(text: &str) -> Option<(&str, u16, u16)> {
    let (first, last) = text.split_once('-')?;
    let detail = first.rfind('.')? + 1;
    let prefix = &first[..detail];
    let is_code = prefix.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit());
    Some((prefix, first[detail..].parse().ok()?, last.parse().ok()?)).filter(|_| is_code)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn stars_stand_for_anything_at_the_ends() {
        for (pattern, word, expected) in [
            ("gmail", "Gmail", true),
            ("gmail", "gmail2", false),
            ("tss*", "TSS04", true),
            ("*.spamhaus.org", "zen.spamhaus.org", true),
            ("*csi*", "cloudmark-csi", true),
            ("*csi*", "spamcop", false),
            ("5.7.606-649", "5.7.606", true),
            ("5.7.606-649", "5.7.649", true),
            ("5.7.606-649", "5.7.650", false),
            ("5.7.606-649", "5.7.60", false),
            ("microsoft-365", "microsoft-365", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(word), expected, "{pattern} on {word}");
        }
    }
}
