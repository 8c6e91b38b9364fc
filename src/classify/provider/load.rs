//! Reads the table of providers and the operator's rows; no name may be claimed twice.

use aho_corasick::{AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use hashbrown::{HashMap, HashSet};
use regex::bytes::RegexBuilder;
use serde::Deserialize;

use super::{Provider, Providers};
use crate::classify::remark::{KnowledgeError, Page, Remark};
use crate::model::ProviderIx;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<Provider>,
}

impl Provider {
    /// Adds what an operator's row says.
    fn extend(&mut self, row: Self) {
        if !row.name.is_empty() {
            self.name = row.name;
        }
        self.domains.extend(row.domains);
        self.parents.extend(row.parents);
        self.hosts.extend(row.hosts);
        self.says.extend(row.says);
        self.pattern = row.pattern.or(self.pattern.take());
        self.hosted = row.hosted.or(self.hosted.take());
        self.behind = row.behind.or(self.behind.take());
    }
}

/// Whose a name is, while the files are loaded.
#[derive(Default)]
struct Claims {
    names: HashMap<String, ProviderIx>,
    /// Names claimed by the operator's files: they override ours, and must not contradict each other.
    own: HashSet<String>,
}

impl Claims {
    fn claim(&mut self, name: &str, ix: ProviderIx, is_own: bool) -> Result<(), Claimed> {
        if name.is_empty() || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(Claimed::NotLower);
        }
        let before = self.names.insert(name.to_owned(), ix);
        let is_contested = if is_own { !self.own.insert(name.to_owned()) } else { true };
        match before {
            Some(other) if is_contested && (other != ix || !is_own) => Err(Claimed::By(other)),
            _ => Ok(()),
        }
    }
}

/// Why a name cannot be claimed.
enum Claimed {
    NotLower,
    By(ProviderIx),
}

/// The table inside the program.
const TABLE: (&str, &str) = ("rules/providers.toml", include_str!("../../rules/providers.toml"));

impl Providers {
    /// The table inside the program and the operator's files: pairs of name and content.
    pub(in crate::classify) fn embedded(own: &[(&str, &str)]) -> Result<Self, KnowledgeError> {
        Self::load(TABLE, own)
    }

    pub(super) fn load(table: (&str, &str), own: &[(&str, &str)]) -> Result<Self, KnowledgeError> {
        let mut rows: Vec<Provider> = Vec::new();
        let mut ids: HashMap<String, ProviderIx> = HashMap::new();
        let [mut domains, mut parents, mut hosts, mut suffixes] = std::array::from_fn(|_| Claims::default());
        for (at, (file, text)) in std::iter::once(&table).chain(own).enumerate() {
            let is_own = at > 0;
            let wrong = |reason: String| KnowledgeError::from(Remark::on_file(file, reason));
            let read = toml::from_str::<File>(text).map_err(|error| Page::new(file, text).syntax(&error))?;
            for row in read.provider {
                let known = ids.get(&row.id).copied();
                if known.is_some() && !is_own {
                    return Err(wrong(format!("provider `{}` is there twice", row.id)));
                }
                let new = u16::try_from(rows.len()).map(ProviderIx);
                let ix = known.map_or(new, Ok).map_err(|_| wrong("too many providers".into()))?;
                let claim = |claims: &mut Claims, name: &str| match claims.claim(name, ix, is_own) {
                    Ok(()) => Ok(()),
                    Err(Claimed::NotLower) => {
                        Err(wrong(format!("provider `{}`: `{name}` must be lower case", row.id)))
                    }
                    Err(Claimed::By(other)) => {
                        let other = rows.get(usize::from(other.0)).map_or(row.id.as_str(), |row| &row.id);
                        Err(wrong(format!("`{name}` belongs to `{other}` and to `{}`", row.id)))
                    }
                };
                row.domains.iter().try_for_each(|name| claim(&mut domains, name))?;
                row.parents.iter().try_for_each(|name| claim(&mut parents, name))?;
                row.hosts.iter().try_for_each(|name| match name.strip_prefix('.') {
                    Some(suffix) => claim(&mut suffixes, suffix),
                    None => claim(&mut hosts, name),
                })?;
                match known.and_then(|ix| rows.get_mut(usize::from(ix.0))) {
                    Some(known) => known.extend(row),
                    None if row.name.is_empty() => {
                        return Err(wrong(format!("provider `{}` has no name", row.id)));
                    }
                    None => {
                        ids.insert(row.id.clone(), ix);
                        rows.push(row);
                    }
                }
            }
        }
        let wrong = |reason: String| {
            KnowledgeError::from(Remark::on_file(own.last().map_or(table.0, |(file, _)| file), reason))
        };
        let voices = rows
            .iter()
            .zip(0..)
            .flat_map(|(row, ix)| row.says.iter().map(move |says| (says, ProviderIx(ix))));
        let (says, speakers): (Vec<&String>, Vec<ProviderIx>) = voices.unzip();
        let (mut shared, mut behind) = (Vec::new(), Vec::new());
        for (row, ix) in rows.iter().zip(0..) {
            for (named, pairs) in [(&row.hosted, &mut shared), (&row.behind, &mut behind)] {
                let Some(named) = named else { continue };
                let Some(other) = ids.get(named) else {
                    return Err(wrong(format!("provider `{}`: no provider `{named}`", row.id)));
                };
                pairs.push((ProviderIx(ix), *other));
            }
        }
        let mut patterns = Vec::new();
        for (row, ix) in rows.iter().zip(0..) {
            if let Some(pattern) = &row.pattern {
                let regex = RegexBuilder::new(pattern).unicode(false).build();
                let regex = regex.map_err(|error| wrong(format!("provider `{}`: {error}", row.id)))?;
                patterns.push((regex, ProviderIx(ix)));
            }
        }
        // A table of all steps would be a little faster, and takes seven megabytes.
        let voices = AhoCorasickBuilder::new()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(says)
            .map_err(|error| wrong(error.to_string()))?;
        let [domains, parents, hosts, suffixes] =
            [domains, parents, hosts, suffixes].map(|claims| claims.names);
        Ok(Self { rows, domains, parents, hosts, suffixes, shared, behind, voices, speakers, patterns })
    }
}
