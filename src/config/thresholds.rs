//! `[thresholds]`: from which rate on a rate is worth a word.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Floors that the operator sets; what is not set stays as it is built in.
///
/// ```toml
/// [thresholds]
/// calm = "0.5 %"
/// incident = "5 %"
/// unknown-users = "2 %"
/// complaints-warn = "0.10 %"
/// complaints-limit = "0.30 %"
/// fewest = 10
/// ```
#[derive(Copy, Clone, Debug, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Floors {
    /// Ordinary churn: a baseline is never taken as lower.
    pub calm: Option<Share>,
    /// From here on, rejections that are the sender's fault are an incident.
    pub incident: Option<Share>,
    /// More unknown users in a send are a problem of its list.
    pub unknown_users: Option<Share>,
    /// More complaints are too many.
    pub complaints_warn: Option<Share>,
    /// More complaints cost the delivery.
    pub complaints_limit: Option<Share>,
    /// Fewest replies that make an incident.
    pub fewest: Option<u64>,
}

/// A share, 0–1; written as `"0.5 %"` or as 0.005.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Share(pub f64);

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Share;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a share such as \"0.5 %\" or 0.005")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Share, E> {
                let number = text.trim().strip_suffix('%').map(str::trim_end);
                let share = number.and_then(|number| number.parse::<f64>().ok()).map(|number| number / 100.0);
                let share = share.filter(|share| (0.0..=1.0).contains(share));
                share.map(Share).ok_or_else(|| {
                    E::custom(format_args!("`{}` is no share: write \"0.5 %\"", text.escape_debug()))
                })
            }

            fn visit_f64<E: Error>(self, share: f64) -> Result<Share, E> {
                if (0.0..=1.0).contains(&share) {
                    return Ok(Share(share));
                }
                Err(E::custom(format_args!("{share} is no share of 1: write \"{share} %\" for percent")))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Share, E> {
                // 1 may be meant as 100 % or as 1 %.
                Err(E::custom(format_args!("{number} may mean two things: write \"{number} %\"")))
            }
        }

        deserializer.deserialize_any(Text)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::{Floors, Share};

    fn told(text: &str) -> String {
        toml::from_str::<Floors>(text).unwrap_err().to_string()
    }

    #[test]
    fn shares_are_read_as_percent_and_as_numbers() {
        let floors: Floors = toml::from_str(
            "calm = \"0.5 %\"\nincident = 0.05\nunknown-users = \"2%\"\ncomplaints-warn = \"0.10 %\"\nfewest = 20",
        )
        .unwrap();
        assert_eq!(floors.calm, Some(Share(0.005)));
        assert_eq!((floors.incident, floors.unknown_users), (Some(Share(0.05)), Some(Share(0.02))));
        assert_eq!((floors.complaints_warn, floors.complaints_limit), (Some(Share(0.001)), None));
        assert_eq!(floors.fewest, Some(20));
    }

    #[test]
    fn what_is_no_share_is_told_with_what_would_be() {
        assert!(told("calm = 5").contains("write \"5 %\""));
        assert!(told("calm = 0.5\nincident = 5.0").contains("write \"5 %\" for percent"));
        assert!(told("calm = \"half\"").contains("`half` is no share"));
        assert!(told("calm = \"\\u001b[2J%\"").contains("\\u{1b}"));
        assert!(told("calm = \"250 %\"").contains("no share"));
        assert!(told("calm = nan").contains("no share"));
        assert!(told("clam = \"1 %\"").contains("unknown field `clam`"));
    }
}
