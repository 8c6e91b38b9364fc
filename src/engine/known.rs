//! The values that a filter can ask for: those that were met, most frequent first.

use hashbrown::HashMap;

use super::filter::Key;
use super::{Filter, Snapshot};
use crate::aggregate::{NameIx, Record, Tally};
use crate::model::{Moment, Stage};
use crate::text::Clean;

/// Values that are offered at most.
const MOST: usize = 200;
/// So far back values are looked for that are kept one by one, in milliseconds.
const BACK: i64 = 6 * 3_600_000;

impl Snapshot {
    /// The values of a key of [`Filter`], as in `source` or `cat`, that were met, most frequent first, at
    /// most 200; none of a text.
    #[must_use]
    pub fn known(&self, key: &str) -> Vec<Clean> {
        let Some(key) = Key::read(key) else { return Vec::new() };
        let all = Filter::default();
        let mut counts: HashMap<Clean, u64> = HashMap::new();
        match key {
            Key::Text => {}
            Key::Source => counts = named(&self.tallies),
            Key::Host => counts = named(&self.host_tallies),
            Key::Campaign => counts = named(&self.campaigns),
            Key::Stage => {
                counts = Stage::ALL.iter().zip(1..).map(|(stage, at)| (stage.id().into(), 9 - at)).collect()
            }
            Key::Domain => counts = self.kept(|record| record.recipient),
            Key::From => counts = self.kept(|record| record.sender),
            Key::Relay => counts = self.kept(|record| record.relay),
            Key::Provider | Key::Code | Key::Category | Key::List => {
                for view in self.views(&all) {
                    let verdict = view.leaf.verdict.as_ref();
                    let value = match key {
                        Key::Provider => Some(view.id.clone()),
                        Key::Code => view.column.as_ref().map(|column| column.label.clone()),
                        Key::Category => view.leaf.key.category.map(|category| category.id().into()),
                        _ => verdict.and_then(|verdict| verdict.list.clone()),
                    };
                    if let Some(value) = value {
                        *counts.entry(value).or_default() += view.leaf.total;
                    }
                }
            }
        }
        if key == Key::From && counts.is_empty() {
            // Where no campaign is named it is called after the sender's domain.
            counts = named(&self.campaigns);
            counts.retain(|name, _| name.contains('.'));
        }
        let mut values: Vec<(Clean, u64)> = counts.into_iter().filter(|(name, _)| !name.is_empty()).collect();
        values.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
        values.into_iter().take(MOST).map(|(name, _)| name).collect()
    }

    fn kept(&self, of: impl Fn(&Record) -> NameIx) -> HashMap<Clean, u64> {
        let mut uses: HashMap<NameIx, u64> = HashMap::new();
        let from: Moment = self.now.plus_millis(-BACK);
        let reservoir = &self.picture.reservoir;
        reservoir.each(from, self.end(), |_, record, weight| {
            *uses.entry(of(record)).or_default() += weight.round() as u64;
        });
        uses.into_iter().filter_map(|(name, count)| Some((reservoir.name(name)?.clone(), count))).collect()
    }
}

/// Those with a row of their own.
fn named(rows: &[(Clean, Tally)]) -> HashMap<Clean, u64> {
    let rows = rows.iter().filter(|(name, _)| name.as_str() != "other");
    rows.map(|(name, tally)| (name.clone(), tally.attempts)).collect()
}
