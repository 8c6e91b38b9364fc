//! The maps by which JSON records are read.

use super::super::Dialect;

/// Maps from fields of JSON records to what an attempt has.
#[derive(Debug, Default)]
pub struct Formats {
    names: Vec<String>,
}

impl Formats {
    /// The maps inside the program.
    #[must_use]
    pub fn embedded() -> Self {
        Self::default()
    }

    /// A dialect's id: `postfix`, or a map's.
    #[must_use]
    pub fn id(&self, dialect: Dialect) -> &str {
        match dialect {
            Dialect::Mapped(at) => self.names.get(usize::from(at)).map_or("", String::as_str),
            _ => dialect.id().unwrap_or_default(),
        }
    }

    /// The dialect with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<Dialect> {
        let built_in = Dialect::BUILT_IN.into_iter().find(|dialect| dialect.id() == Some(id));
        built_in.or_else(|| {
            let at = self.names.iter().position(|name| name == id)?;
            u8::try_from(at).ok().map(Dialect::Mapped)
        })
    }

    /// Every id, for help and error texts.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        Dialect::BUILT_IN
            .iter()
            .filter_map(|dialect| dialect.id())
            .chain(self.names.iter().map(String::as_str))
    }
}
