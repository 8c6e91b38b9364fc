//! What several reports counted together, for those that go on where the one before stopped.

use super::totals;
use crate::engine::{Estimated, Figure, Ledger};
use crate::text::thousands;

/// Providers that are named.
const PROVIDERS: usize = 20;
/// Codes of each.
const CODES: usize = 6;

/// `All together, in 12 reports from … to …: …`, and a line for each provider.
pub(super) fn ledger_lines(ledger: &Ledger) -> Vec<String> {
    let reports = match ledger.runs {
        1 => "in this first report".to_owned(),
        runs => format!("in {} reports", thousands(runs)),
    };
    let span = match (ledger.from, ledger.until) {
        (Some(from), Some(until)) => format!(" from {} to {}", from.date_clock(), until.date_zone()),
        _ => String::new(),
    };
    let mut lines = vec![format!(
        "All together, {reports}{span}: {} lines, {} lost; {}; {} expired",
        thousands(ledger.lines),
        thousands(ledger.lost),
        totals::told(&ledger.totals, Estimated::default()),
        thousands(ledger.totals.expired),
    )];
    // As they come: the provider of the largest figure first.
    let mut providers: Vec<(&str, Vec<&Figure>)> = Vec::new();
    for figure in &ledger.replies {
        match providers.iter_mut().find(|(id, _)| *id == figure.provider.as_str()) {
            Some((_, figures)) => figures.push(figure),
            None => providers.push((&figure.provider, vec![figure])),
        }
    }
    let sum = |figures: &[&Figure]| figures.iter().map(|figure| figure.count).sum::<u64>();
    providers.sort_by_key(|(_, figures)| std::cmp::Reverse(sum(figures)));
    for (id, figures) in providers.iter().take(PROVIDERS) {
        let told = figures.iter().take(CODES);
        let mut codes: Vec<String> =
            told.map(|figure| format!("{} {}", figure.code, thousands(figure.count))).collect();
        if figures.len() > CODES {
            codes.push(format!("{} more codes {}", figures.len() - CODES, thousands(sum(&figures[CODES..]))));
        }
        lines.push(format!("{id} {}: {}", thousands(sum(figures)), codes.join(", ")));
    }
    if providers.len() > PROVIDERS {
        lines.push(format!("… {} more; each of them in --format json", providers.len() - PROVIDERS));
    }
    lines
}
