//! Entries as TOML has them, before their conditions and sentences are read.

use serde::Deserialize;
use toml::Spanned;

pub(super) type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNode {
    pub(super) question: String,
    #[serde(default = "one")]
    pub(super) depth: u8,
    pub(super) then: Option<String>,
    pub(super) probe: Option<Text>,
    pub(super) ask: Option<Text>,
    pub(super) figure: Option<Text>,
    #[serde(default)]
    pub(super) links: Vec<Text>,
    pub(super) missing: Option<Text>,
    pub(super) aside: Option<RawAside>,
    #[serde(default)]
    pub(super) branch: Vec<RawBranch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAside {
    pub(super) when: Text,
    pub(super) answer: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBranch {
    pub(super) when: Option<Text>,
    pub(super) operator: Option<RawAnswer>,
    pub(super) means: Option<Text>,
    pub(super) answer: Text,
    pub(super) to: Option<String>,
    #[serde(default)]
    pub(super) half: bool,
    pub(super) mode: Option<Text>,
    pub(super) verdict: Option<Text>,
    #[serde(default, rename = "do")]
    pub(super) todo: Vec<Text>,
    #[serde(default)]
    pub(super) dont: Vec<Text>,
    pub(super) missing: Option<Text>,
}

#[derive(Copy, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawAnswer {
    Yes,
    No,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRemedy {
    pub(super) when: Text,
    pub(super) incident: Text,
    pub(super) meaning: Text,
    #[serde(default)]
    pub(super) pause: Vec<Text>,
    #[serde(rename = "do")]
    pub(super) todo: Vec<RawAdvice>,
    #[serde(default)]
    pub(super) dont: Vec<Text>,
    #[serde(default)]
    pub(super) links: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawAdvice {
    Always(String),
    Until { until: String, say: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) when: Option<Text>,
    pub(super) title: Text,
    pub(super) node: Option<String>,
    pub(super) detail: Option<Text>,
}

fn one() -> u8 {
    1
}
