//! Patterns of codes in a rule's conditions.

use crate::model::Enhanced;

/// `550`, `55.`, `5..`; `none` where no server said a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CodePattern(Option<[u8; 3]>);

impl CodePattern {
    pub(super) fn read(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self(None));
        }
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        let digits = bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        (digits && matches!(bytes[0], b'2'..=b'5' | b'.')).then_some(Self(Some(bytes)))
    }

    pub(super) fn matches(&self, code: Option<u16>) -> bool {
        let (Some(pattern), Some(code)) = (self.0, code) else { return self.0.is_none() && code.is_none() };
        let digits = [code / 100, code / 10 % 10, code % 10];
        pattern
            .iter()
            .zip(digits)
            .all(|(pattern, digit)| *pattern == b'.' || u16::from(pattern - b'0') == digit)
    }

    /// Whether it matches every code that `other` matches.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self.0, other.0) {
            (Some(wide), Some(narrow)) => {
                wide.iter().zip(narrow).all(|(pattern, other)| *pattern == b'.' || *pattern == other)
            }
            (wide, narrow) => wide == narrow,
        }
    }
}

/// `5.7.1`, `5.7.*`, `*.1.1`, `5.7.606-649`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EnhancedPattern {
    class: Option<u8>,
    subject: Option<u16>,
    detail: Option<(u16, u16)>,
}

impl EnhancedPattern {
    pub(super) fn read(text: &str) -> Option<Self> {
        fn part<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
            if text == "*" { Some(None) } else { text.parse().ok().map(Some) }
        }
        let mut parts = text.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let detail = match detail.split_once('-') {
            Some((from, to)) => Some((from.parse().ok()?, to.parse().ok()?)),
            None => part(detail)?.map(|detail| (detail, detail)),
        };
        let pattern = Self { class: part(class)?, subject: part(subject)?, detail };
        parts.next().is_none().then_some(pattern)
    }

    pub(super) fn matches(&self, code: Enhanced) -> bool {
        self.class.is_none_or(|class| class == code.class)
            && self.subject.is_none_or(|subject| subject == code.subject)
            && self.detail.is_none_or(|(from, to)| (from..=to).contains(&code.detail))
    }

    /// Whether it matches every code that `other` matches.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.class.is_none_or(|class| other.class == Some(class))
            && self.subject.is_none_or(|subject| other.subject == Some(subject))
            && self.detail.is_none_or(|(from, to)| {
                other.detail.is_some_and(|(first, last)| from <= first && last <= to)
            })
    }

    /// Whether it matches codes of this class.
    pub(super) fn is_of(&self, class: u8) -> bool {
        self.class.is_none_or(|own| own == class)
    }

    /// Whether it says nothing but, perhaps, the class.
    pub(super) fn is_open(&self) -> bool {
        self.subject.is_none() && self.detail.is_none()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::{CodePattern, EnhancedPattern};
    use crate::model::Enhanced;

    #[test]
    fn code_patterns_have_wildcards_and_ranges() {
        assert!(CodePattern::read("4..").unwrap().matches(Some(421)));
        assert!(!CodePattern::read("55.").unwrap().matches(Some(541)));
        assert!(CodePattern::read("5xx").is_none() && CodePattern::read("999").is_none());
        let (code, _) = Enhanced::at_start(b"5.7.606").unwrap();
        assert!(EnhancedPattern::read("5.7.606-649").unwrap().matches(code));
        assert!(EnhancedPattern::read("*.7.*").unwrap().matches(code));
        assert!(!EnhancedPattern::read("5.7.1").unwrap().matches(code));
        assert!(EnhancedPattern::read("5.7").is_none());
    }

    #[test]
    fn a_wider_pattern_covers_a_narrower_one() {
        let code = |text| CodePattern::read(text).unwrap();
        assert!(code("55.").covers(&code("550")) && !code("550").covers(&code("55.")));
        let enhanced = |text| EnhancedPattern::read(text).unwrap();
        assert!(enhanced("*.7.1-9").covers(&enhanced("5.7.2-3")));
        assert!(!enhanced("5.7.1-9").covers(&enhanced("5.7.*")));
    }
}
