//! `[keys]`: other keys for the console's actions, by their ids.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer};
use toml::Spanned;

/// One action's keys; none unbinds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The id of the action, as the help and the palette show it.
    pub id: String,
    /// Its keys, the one to show first.
    pub keys: Vec<String>,
    /// The byte of `config.toml` at which it stands.
    pub at: usize,
}

/// Keys over ours, in the order of the file.
///
/// ```toml
/// [keys]
/// trace = ["t", "ctrl-t"]
/// mark = "x"
/// copy-all = []
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<Bound>);

/// One key, or a list of them.
#[derive(serde::Deserialize)]
#[serde(untagged, expecting = "a key such as \"ctrl-t\", or a list of them; [] takes the action its keys")]
enum Written {
    One(String),
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = BTreeMap::<Spanned<String>, Written>::deserialize(deserializer)?;
        let mut keys: Vec<Bound> = written
            .into_iter()
            .map(|(id, written)| Bound {
                at: id.span().start,
                id: id.into_inner(),
                keys: match written {
                    Written::One(key) => vec![key],
                    Written::Many(keys) => keys,
                },
            })
            .collect();
        keys.sort_by_key(|bound| bound.at);
        Ok(Self(keys))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::Keys;

    #[derive(serde::Deserialize)]
    struct File {
        keys: Keys,
    }

    #[test]
    fn keys_are_read_with_their_places() {
        let text = "# mine\n[keys]\n\"trace\" = [\"t\", \"ctrl-t\"]\n  mark = \"x\"\nquit = []\n";
        let Keys(keys) = toml::from_str::<File>(text).unwrap().keys;
        let told: Vec<_> =
            keys.iter().map(|bound| (bound.id.as_str(), bound.keys.join(" "), bound.at)).collect();
        assert_eq!(
            told,
            [("trace", "t ctrl-t".to_owned(), 14), ("mark", "x".to_owned(), 42), ("quit", String::new(), 53),]
        );
        let told = toml::from_str::<File>("[keys]\ntrace = 5\n").err().unwrap().to_string();
        assert!(told.contains("line 2") && told.contains("a key such as"), "{told}");
    }
}
