//! A JSON value whose strings are borrowed from the line.
//!
//! Unlike a map of the library's own, an object with a key twice is refused: which of the two was
//! meant, nobody knows. How deep a record may nest is the library's limit (128).

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tree<'a> {
    Null,
    Bool(bool),
    Whole(i64),
    Real(f64),
    Text(Cow<'a, str>),
    List(Vec<Tree<'a>>),
    /// Sorted by key where there are more than [`FEW`].
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

/// Fields that are found faster by looking at each of them: their keys have different lengths.
const FEW: usize = 24;

impl Tree<'_> {
    /// The value under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { return None };
        if fields.len() <= FEW {
            return fields.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        }
        let at = fields.binary_search_by(|(name, _)| name.as_ref().cmp(key)).ok()?;
        fields.get(at).map(|(_, value)| value)
    }

    /// The text of a string, a number or a truth value.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Text(text) => Cow::Borrowed(text.as_ref()),
            Self::Whole(value) => Cow::Owned(value.to_string()),
            Self::Real(value) => Cow::Owned(value.to_string()),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Null | Self::List(_) | Self::Object(_) => return None,
        })
    }

    /// The number that it is or that its text is.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "times and codes are far smaller")]
            Self::Whole(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Tree<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Tree::Whole(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        #[expect(clippy::cast_precision_loss, reason = "an id of 20 digits is compared with nothing")]
        Ok(i64::try_from(value).map_or(Tree::Real(value as f64), Tree::Whole))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Tree::Real(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Tree::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Vec<(Cow<'de, str>, Tree<'de>)> = Vec::with_capacity(8);
        while let Some(Key(key)) = map.next_key()? {
            fields.push((key, map.next_value()?));
        }
        let is_twice = if fields.len() <= FEW {
            (1..fields.len()).any(|at| fields[..at].iter().any(|(key, _)| *key == fields[at].0))
        } else {
            fields.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
            fields.windows(2).any(|pair| pair[0].0 == pair[1].0)
        };
        if is_twice {
            return Err(A::Error::custom("a key stands twice"));
        }
        Ok(Tree::Object(fields))
    }
}

/// An object's key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Keys)
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, Tree};

    fn read(text: &str) -> Option<Tree<'_>> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn a_value_is_found_by_its_key_and_has_a_text() {
        let tree = read(r#"{"z":1,"a":"x\ty","m":true,"r":1.5,"n":null}"#);
        let text = |key| tree.as_ref().and_then(|tree| tree.get(key)?.text().map(|text| text.into_owned()));
        assert_eq!(text("z").as_deref(), Some("1"));
        assert_eq!(text("a").as_deref(), Some("x\ty"));
        assert_eq!(text("m").as_deref(), Some("true"));
        assert_eq!(text("r").as_deref(), Some("1.5"));
        assert_eq!((text("n"), text("absent")), (None, None));
    }

    #[test]
    fn a_key_twice_a_huge_number_and_a_deep_nest_are_refused() {
        assert_eq!(read(r#"{"a":1,"b":2,"a":1}"#), None);
        let object = |keys: std::ops::Range<usize>, last: &str| {
            let fields: Vec<String> = keys.map(|key| format!("\"k{key}\":{key},")).collect();
            format!("{{{}\"{last}\":7}}", fields.concat())
        };
        for size in [2, FEW - 1, FEW, FEW + 1, 3 * FEW] {
            assert_eq!(read(&object(0..size, "k1")), None, "{size}");
            let sound = object(0..size, "last");
            let tree = read(&sound);
            let get = |key: &str| tree.as_ref().and_then(|tree| tree.get(key)?.number());
            assert_eq!((get("k1"), get("last"), get("k")), (Some(1.0), Some(7.0), None), "{size}");
        }
        assert_eq!(read("1e999"), None);
        assert_eq!(read(&"[".repeat(200_000)), None);
        let nest = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(&nest(100)).is_some());
        assert_eq!(read(&nest(1000)), None);
    }

    #[test]
    fn an_id_too_long_for_a_number_stays_a_number() {
        assert!(matches!(read("18446744073709551615"), Some(Tree::Real(_))));
        assert_eq!(read("-5"), Some(Tree::Whole(-5)));
    }
}
