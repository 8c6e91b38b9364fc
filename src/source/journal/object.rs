//! One object of `journalctl -o json`.
//!
//! A field is a string; an array of byte values where it is not printable; `null` where it is too long
//! for journalctl without `--all`; an array of these where the record has it several times, of which the
//! first counts.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

/// The fields that make a line.
#[derive(Deserialize)]
pub(super) struct Object<'a> {
    #[serde(rename = "__REALTIME_TIMESTAMP", borrow)]
    micros: Cow<'a, str>,
    #[serde(rename = "_HOSTNAME", borrow, default)]
    host: Field<'a>,
    #[serde(rename = "SYSLOG_IDENTIFIER", borrow, default)]
    tag: Field<'a>,
    #[serde(rename = "_COMM", borrow, default)]
    command: Field<'a>,
    #[serde(rename = "_PID", borrow, default)]
    pid: Field<'a>,
    #[serde(rename = "MESSAGE", borrow)]
    message: Field<'a>,
}

impl<'a> Object<'a> {
    /// Reads a record; `None` where it is no journal's.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// Writes the record as a line; whether its message is there, `None` where its time is none.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Option<bool> {
        let tag = if self.tag.bytes().is_empty() { &self.command } else { &self.tag };
        let (host, pid, message) = (self.host.bytes(), self.pid.bytes(), self.message.bytes());
        super::line(&self.micros, host, tag.bytes(), pid, message, out).then_some(self.message.0.is_some())
    }
}

/// A field's bytes; `None` where it was left out.
#[derive(Default)]
struct Field<'a>(Option<Cow<'a, [u8]>>);

impl Field<'_> {
    fn bytes(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Fields)
    }
}

struct Fields;

/// What an array holds.
#[derive(Deserialize)]
#[serde(untagged)]
enum Element {
    Byte(u8),
    Text(String),
    Bytes(Vec<u8>),
    LeftOut,
}

impl<'de> Visitor<'de> for Fields {
    type Value = Field<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, byte values, null, or several of them")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Field(Some(Cow::Borrowed(text.as_bytes()))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Field(Some(Cow::Owned(text.as_bytes().to_vec()))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let (mut bytes, mut several) = (Vec::new(), None);
        while let Some(element) = array.next_element()? {
            match element {
                Element::Byte(byte) => bytes.push(byte),
                Element::Text(text) => _ = several.get_or_insert(Some(text.into_bytes())),
                Element::Bytes(value) => _ = several.get_or_insert(Some(value)),
                Element::LeftOut => _ = several.get_or_insert(None),
            }
        }
        Ok(Field(several.unwrap_or(Some(bytes)).map(Cow::Owned)))
    }
}
