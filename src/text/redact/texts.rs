//! Documents: all that is in them and may name somebody.

use super::{Alone, Redactor};
use crate::text::Clean;

/// A text of a document, by who wrote it.
#[derive(Debug)]
pub enum Text<'a> {
    /// A stranger's words, or the operator's: a reply, a line, an address, a note.
    Said(&'a mut Clean),
    /// A name that the operator gave: a campaign. A sender's local part alone may be one.
    Name(&'a mut Clean),
    /// A host, a file, a provider: no word of it is a local part, but an address may stand in it.
    Place(&'a mut Clean),
    /// A sentence of ours with values in it: its words are ours, but a name of the document may be one.
    Told(&'a mut String),
    /// A link of ours.
    Link(&'a mut String),
}

/// What is handed to others.
pub trait Texts {
    /// Shows every text in it that is not ours alone.
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>));
}

impl<T: Texts> Texts for Vec<T> {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        self.iter_mut().for_each(|one| one.texts(show));
    }
}

impl<T: Texts> Texts for Option<T> {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        self.iter_mut().for_each(|one| one.texts(show));
    }
}

impl Redactor {
    /// Masks a document. Addresses in it are learned first: what names somebody alone in its first line
    /// is masked, too, when the address stands in the last.
    pub fn mask(&mut self, document: &mut impl Texts) {
        if !self.is_on() {
            return;
        }
        document.texts(&mut |text| match text {
            Text::Said(text) | Text::Name(text) | Text::Place(text) => self.hear(text),
            Text::Told(text) | Text::Link(text) => self.hear(text),
        });
        document.texts(&mut |text| {
            if let Text::Name(text) = text {
                self.note(text);
            }
        });
        document.texts(&mut |text| match text {
            Text::Said(text) => *text = self.clean(text),
            Text::Name(text) => *text = Clean::from(self.masked(text, Alone::Recipients).as_str()),
            Text::Place(text) => *text = Clean::from(self.masked(text, Alone::Nobody).as_str()),
            Text::Told(text) => *text = self.masked(text, Alone::Named),
            Text::Link(text) => *text = self.masked(text, Alone::Nobody),
        });
    }

    /// Learns the addresses in a text.
    fn hear(&mut self, text: &str) {
        // Most texts have none.
        if text.contains(['@', '%']) {
            let _ = self.masked(text, Alone::Nobody);
        }
    }
}
