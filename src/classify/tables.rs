//! The small tables beside the rules: categories' defaults, blocklists and providers' own codes.

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::Deserialize;

use super::phrase::Phrases;
use super::remark::{KnowledgeError, Page, Remark};
use crate::model::{Action, Category, Fault, ProviderIx, Severity};

/// What a blocklist lists.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListType {
    /// Sending addresses.
    Ip,
    /// Sender, HELO or signing domains.
    Domain,
    /// Domains in links.
    Url,
}

/// A blocklist: who owns it and where to ask for removal.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The id that verdicts name: `spamhaus-zen`.
    pub id: String,
    /// The name as people say it.
    pub name: String,
    /// Whose list it is.
    pub owner: String,
    /// What it lists.
    #[serde(rename = "type")]
    pub kind: ListType,
    /// The page or the address where to ask for removal; empty where there is none.
    #[serde(default)]
    pub delist: String,
    /// Phrases that name it in a reply.
    #[serde(default)]
    says: Vec<String>,
    /// Where the row comes from; empty where its file says it for all.
    #[serde(default)]
    pub source: String,
    /// The month when it was true, `YYYY-MM`; empty where its file says it for all.
    #[serde(default)]
    pub month: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFile {
    source: String,
    month: String,
    list: Vec<List>,
}

/// The lists and the phrases that name them, most particular first.
#[derive(Debug)]
pub(super) struct Lists {
    pub(super) rows: Vec<List>,
    pub(super) says: Vec<(u32, usize)>,
}

impl Lists {
    pub(super) fn load(file: &str, text: &str, phrases: &mut Phrases) -> Result<Self, KnowledgeError> {
        let ListFile { source, month, list: mut rows } = parse(file, text)?;
        let mut says = Vec::new();
        for (index, row) in rows.iter_mut().enumerate() {
            for (own, of_all) in [(&mut row.source, &source), (&mut row.month, &month)] {
                if own.is_empty() {
                    own.clone_from(of_all);
                }
            }
            for phrase in &row.says {
                let Some(phrase) = phrases.add(phrase) else {
                    return Err(wrong(file, format!("list `{}`: `{phrase}` has no word", row.id)));
                };
                says.push((phrase, index));
            }
        }
        Ok(Self { rows, says })
    }
}

/// What a category asks for where its rule does not say.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Default {
    id: Category,
    pub(super) fault: Fault,
    pub(super) action: Action,
    pub(super) severity: Severity,
    pub(super) node: std::sync::Arc<str>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryFile {
    category: Vec<Default>,
}

#[derive(Debug)]
pub(super) struct Categories {
    rows: Vec<Default>,
}

impl Categories {
    pub(super) fn load(file: &str, text: &str) -> Result<Self, KnowledgeError> {
        let mut rows = parse::<CategoryFile>(file, text)?.category;
        rows.sort_by_key(|row| row.id);
        if !rows.iter().map(|row| row.id).eq(Category::ALL.iter().copied()) {
            return Err(wrong(file, "each category must be there once".into()));
        }
        Ok(Self { rows })
    }

    pub(super) fn row(&self, category: Category) -> Option<&Default> {
        self.rows.get(category as usize)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRow {
    pattern: String,
    #[serde(default)]
    provider: Vec<String>,
    samples: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeFile {
    code: Vec<CodeRow>,
}

/// Patterns of the codes that providers put into their texts; the first group is the code.
#[derive(Debug)]
pub(super) struct Codes {
    rows: Vec<(Regex, Vec<ProviderIx>)>,
    /// All of them, for most replies have none.
    all: RegexSet,
}

impl Codes {
    pub(super) fn load(
        file: &str,
        text: &str,
        provider: impl Fn(&str) -> Option<ProviderIx>,
    ) -> Result<Self, KnowledgeError> {
        let mut rows = Vec::new();
        for row in parse::<CodeFile>(file, text)?.code {
            let regex = RegexBuilder::new(&row.pattern)
                .unicode(false)
                .build()
                .map_err(|error| wrong(file, error.to_string()))?;
            for sample in &row.samples {
                if regex.captures(sample.as_bytes()).and_then(|found| found.get(1)).is_none() {
                    return Err(wrong(file, format!("`{}` has no code in `{sample}`", row.pattern)));
                }
            }
            let owners = row.provider.iter().map(|id| {
                provider(id).ok_or_else(|| wrong(file, format!("`{}`: no provider `{id}`", row.pattern)))
            });
            rows.push((regex, owners.collect::<Result<Vec<_>, _>>()?));
        }
        let all = RegexSetBuilder::new(rows.iter().map(|(regex, _)| regex.as_str()))
            .unicode(false)
            .build()
            .map_err(|error| wrong(file, error.to_string()))?;
        Ok(Self { rows, all })
    }

    pub(super) fn find<'a>(&self, text: &'a [u8], providers: &[ProviderIx]) -> Option<&'a [u8]> {
        let there = self.all.matches(text);
        there
            .iter()
            .filter_map(|row| self.rows.get(row))
            .filter(|(_, owners)| owners.is_empty() || owners.iter().any(|ix| providers.contains(ix)))
            .find_map(|(regex, _)| regex.captures(text)?.get(1).map(|code| code.as_bytes()))
    }
}

fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, KnowledgeError> {
    toml::from_str(text).map_err(|error| Page::new(file, text).syntax(&error).into())
}

fn wrong(file: &str, reason: String) -> KnowledgeError {
    Remark::on_file(file, reason).into()
}
