//! The maps by which JSON records are read.

use std::sync::{Arc, LazyLock};

use super::super::Dialect;
use super::map::Map;
use super::mapfile::{FormatError, MapFile};
use super::samples;

/// Maps from fields of JSON records to what an attempt has.
#[derive(Clone, Debug, Default)]
pub struct Formats {
    maps: Vec<Entry>,
}

/// A map and whose it is.
#[derive(Clone, Debug)]
struct Entry {
    map: Arc<Map>,
    /// The operator's file; `None` for one inside the program.
    file: Option<String>,
}

/// The maps inside the program, by file name.
const EMBEDDED: [(&str, &str); 8] = [
    ("ses.toml", include_str!("../../formats/ses.toml")),
    ("sendgrid.toml", include_str!("../../formats/sendgrid.toml")),
    ("mailgun.toml", include_str!("../../formats/mailgun.toml")),
    ("sparkpost.toml", include_str!("../../formats/sparkpost.toml")),
    ("postmark.toml", include_str!("../../formats/postmark.toml")),
    ("postal.toml", include_str!("../../formats/postal.toml")),
    ("stalwart.toml", include_str!("../../formats/stalwart.toml")),
    ("mailerq.toml", include_str!("../../formats/mailerq.toml")),
];

impl Formats {
    /// The maps inside the program.
    #[must_use]
    pub fn embedded() -> Self {
        // Sources and their parsers come and go; the maps stay.
        static MAPS: LazyLock<Formats> = LazyLock::new(|| {
            let parsed = EMBEDDED.into_iter().filter_map(|(file, text)| MapFile::parse(file, text).ok());
            Formats { maps: parsed.map(|file| Entry { map: Arc::new(file.map), file: None }).collect() }
        });
        MAPS.clone()
    }

    /// These and an operator's map: `text` is its TOML, `file` its name for messages. A map with
    /// the id of one inside the program stands in its place. Operators' maps are asked before those
    /// inside the program, in the order in which they came.
    ///
    /// # Errors
    /// When the TOML cannot be read, has a key that maps do not have, gives an id a second time, or
    /// has a sample that does not read as it says.
    pub fn with(mut self, file: &str, text: &str) -> Result<Self, FormatError> {
        let MapFile { map, samples } = MapFile::parse(file, text)?;
        let error = |reason| FormatError { file: file.to_owned(), field: "id".to_owned(), reason };
        let id = map.id.clone();
        if Dialect::BUILT_IN.into_iter().any(|dialect| dialect.id() == Some(&id)) {
            return Err(error(format!("`{id}` is read without a map")));
        }
        let entry = Entry { map: Arc::new(map), file: Some(file.to_owned()) };
        let at = match self.maps.iter_mut().position(|known| known.map.id == id) {
            Some(at) => {
                if let Some(other) = &self.maps[at].file {
                    return Err(error(format!("`{id}` is in {other} already")));
                }
                self.maps[at] = entry;
                at
            }
            None => {
                self.maps.push(entry);
                self.maps.len() - 1
            }
        };
        let Ok(at) = u8::try_from(at) else { return Err(error("256 maps are the most".to_owned())) };
        samples::check(file, self, Dialect::Mapped(at), &samples)
    }

    /// A dialect's id: `postfix`, or a map's.
    #[must_use]
    pub fn id(&self, dialect: Dialect) -> &str {
        match dialect {
            Dialect::Mapped(at) => self.map(at).map_or("", |map| map.id.as_str()),
            _ => dialect.id().unwrap_or_default(),
        }
    }

    /// The dialect with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Dialect> {
        let built_in = Dialect::BUILT_IN.into_iter().find(|dialect| dialect.id() == Some(id));
        built_in.or_else(|| {
            let at = self.maps.iter().position(|entry| entry.map.id == id)?;
            u8::try_from(at).ok().map(Dialect::Mapped)
        })
    }

    /// Every id, for help and error texts.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        Dialect::BUILT_IN
            .iter()
            .filter_map(|dialect| dialect.id())
            .chain(self.maps.iter().map(|entry| entry.map.id.as_str()))
    }

    /// The map at this place.
    pub(super) fn map(&self, at: u8) -> Option<&Map> {
        self.maps.get(usize::from(at)).map(|entry| entry.map.as_ref())
    }

    /// Every map, operators' first.
    pub(super) fn maps(&self) -> impl Iterator<Item = (u8, &Map)> {
        let numbered = || (0..=u8::MAX).zip(&self.maps);
        let own = numbered().filter(|(_, entry)| entry.file.is_some());
        let embedded = numbered().filter(|(_, entry)| entry.file.is_none());
        own.chain(embedded).map(|(at, entry)| (at, entry.map.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

    use super::{Dialect, EMBEDDED, Formats, MapFile, samples};

    /// A map with the least that one needs.
    const LEAST: &str = r#"
        id = "own"
        [[detect]]
        kind = "own"
        [[rule]]
        when = { what = "no" }
        is = "rejected"
        [fields]
        at = "when"
        recipient = "who"
        reply = "why"
        [[sample]]
        line = '{"kind":"own","what":"no","when":1795000000,"who":"a@example.org","why":"550 5.1.1 no"}'
        reads = [{ is = "rejected", recipient = "a@example.org", code = 550, enhanced = "5.1.1" }]
    "#;

    fn wrong(from: &str, to: &str) -> String {
        let text = LEAST.replace(from, to);
        assert_ne!(text, LEAST, "{from}");
        Formats::embedded().with("own.toml", &text).unwrap_err().to_string()
    }

    #[test]
    fn every_embedded_map_is_sound_and_reads_its_samples() {
        for (file, text) in EMBEDDED {
            let MapFile { map, samples } =
                MapFile::parse(file, text).unwrap_or_else(|error| panic!("{error}"));
            let formats = Formats::embedded();
            let own = formats.find(&map.id).unwrap_or_else(|| panic!("{file} is not among the formats"));
            assert!(!samples.is_empty(), "{file} has no samples");
            samples::check(file, formats, own, &samples).unwrap_or_else(|error| panic!("{error}"));
        }
        assert_eq!(Formats::embedded().ids().count(), Dialect::BUILT_IN.len() + EMBEDDED.len());
    }

    #[test]
    fn the_example_of_the_manual_is_a_sound_map() {
        let manual = include_str!("../../formats/README.md");
        let example = manual.split("```").find_map(|part| part.strip_prefix("toml")).unwrap();
        assert!(Formats::embedded().with("README.md", example).unwrap().find("hosted").is_some());
    }

    #[test]
    fn an_operators_map_is_added_and_asked_first() {
        let formats = Formats::embedded().with("own.toml", LEAST).unwrap();
        let own = formats.find("own").unwrap();
        assert_eq!(formats.id(own), "own");
        assert_eq!(formats.maps().next().map(|(at, _)| Dialect::Mapped(at)), Some(own));
        assert!(formats.ids().any(|id| id == "own"));
    }

    #[test]
    fn an_operators_map_stands_in_the_place_of_an_embedded_one() {
        let before = Formats::embedded();
        let ses = before.find("ses").unwrap();
        let count = before.ids().count();
        let after = before.with("own.toml", &LEAST.replace("id = \"own\"", "id = \"ses\"")).unwrap();
        assert_eq!((after.find("ses"), after.ids().count()), (Some(ses), count));
    }

    #[test]
    fn an_id_is_given_once() {
        let formats = Formats::embedded().with("own.toml", LEAST).unwrap();
        let error = formats.with("again.toml", LEAST).unwrap_err();
        assert_eq!(error.to_string(), "again.toml: id: `own` is in own.toml already");
        assert_eq!(
            wrong("id = \"own\"", "id = \"postfix\""),
            "own.toml: id: `postfix` is read without a map"
        );
        assert_eq!(
            wrong("id = \"own\"", "id = \"Own!\""),
            "own.toml: id: `Own!` is not of small letters, digits and dashes"
        );
    }

    #[test]
    fn a_sample_that_reads_otherwise_refuses_the_map() {
        assert_eq!(
            wrong("code = 550", "code = 551"),
            "own.toml: sample 1.reads 1.code: reads `550` and not `551`"
        );
        assert_eq!(
            wrong("\"kind\":\"own\"", "\"kind\":\"x\""),
            "own.toml: sample 1: the line is no format's and not own's"
        );
        assert_eq!(
            wrong("enhanced = \"5.1.1\" }]", "enhanced = \"5.1.1\" }, { is = \"complaint\" }]"),
            "own.toml: sample 1: the line tells 1 things and not 2: rejected"
        );
        assert_eq!(
            wrong("\"what\":\"no\"", "\"what\":\"yes\""),
            "own.toml: sample 1.reads 1.code: reads `` and not `550`"
        );
    }

    #[test]
    fn what_is_misspelt_is_refused_with_its_place() {
        for (from, to, error) in [
            ("id = \"own\"", "", "own.toml: id: is missing"),
            ("id = \"own\"", "id = \"own\"\nrecords = \"x\"", "own.toml: records: is none of id, record"),
            ("is = \"rejected\"\n", "is = \"bounced\"\n", "own.toml: rule 1.is: `bounced` is none of"),
            (
                "is = \"rejected\"\n",
                "was = \"rejected\"\n",
                "own.toml: rule 1.was: is none of when, is, speaker",
            ),
            ("at = \"when\"", "", "own.toml: fields.at: is missing"),
            ("reply = \"why\"", "answer = \"why\"", "own.toml: fields.answer: there is no such field"),
            ("reply = \"why\"", "reply = \"why[\"", "own.toml: fields.reply: `[` in `why[`"),
            ("reply = \"why\"", "reply = \"a[].b[]\"", "own.toml: fields.reply: `a[].b[]` has [] twice"),
            (
                "reply = \"why\"",
                "reply = \"why{}.b\"",
                "own.toml: fields.reply: `why{}.b`: {} belongs into `record`",
            ),
            (
                "reply = \"why\"",
                "reply = { path = \"why\", upto = \"x\" }",
                "own.toml: fields.reply.upto: is none of",
            ),
            (
                "reply = \"why\"",
                "reply = { after = \"x\" }",
                "own.toml: fields.reply: has to have a path or a constant",
            ),
            ("reply = \"why\"", "reply = 5", "own.toml: fields.reply: is neither a path nor a table"),
            (
                "reply = \"why\"",
                "stage = { path = \"s\", values = { x = \"hello\" } }",
                "own.toml: fields.stage: `hello`",
            ),
            ("reply = \"why\"", "at_form = \"rfc\"", "own.toml: fields.at_form: `rfc` is none of"),
            ("kind = \"own\"", "", "own.toml: detect 1: no condition"),
            ("kind = \"own\"", "kind = 5", "own.toml: detect 1.kind: is integer and not a text"),
            ("[[detect]]", "[detect]", "own.toml: detect: is table and not an array of tables ([[detect]])"),
            (
                "is = \"rejected\", recipient",
                "is = \"rejected\", rcpt = \"x\", recipient",
                "own.toml: sample 1.reads 1.rcpt: is none of",
            ),
            ("[fields]", "[fields", "own.toml: line 8: "),
        ] {
            let found = wrong(from, to);
            assert!(found.starts_with(error), "{found}\n{error}");
        }
    }
}
