//! What every form of the report says, gathered once from the snapshot.

use serde::Serialize;

mod filtered;

use super::Changed;
use super::masked::redactor;
use crate::engine::{
    Answers, Board, Bounds, Cell, ComplaintsAt, Diagnosis, Estimated, Filter, Incident, Ledger, Lines, Mode,
    Notice, Row, Scope, Signature, Snapshot, SourceView, Specimen, Tally, Totals,
};
use crate::model::{Action, Category, Moment, Outcome, Severity, Window};
use crate::text::Clean;

use filtered::Filtered;

/// Signatures in a report.
pub(super) const SIGNATURES: usize = 20;
/// Strings in a report's sample.
pub(super) const STRINGS: usize = 25;
/// Rows of sources and campaigns in a report.
const ROWS: usize = 50;

/// The report.
#[derive(Debug, Serialize)]
pub struct Facts {
    /// Version of this form; grows when a field changes its meaning or goes.
    pub schema: u32,
    /// Whether local parts of addresses are masked.
    pub redacted: bool,
    /// The log's now: the newest time stamp read.
    pub now: Moment,
    /// First and last attempt counted.
    pub from: Option<Moment>,
    /// Last attempt counted.
    pub until: Option<Moment>,
    /// The window that was asked for; `null` for everything read.
    pub window: Option<Window>,
    /// What is let through, where not everything is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filtered>,
    /// What this and earlier reports counted together, where each goes on from the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub together: Option<Ledger>,
    /// Whether everything was read to its end.
    pub mode: Mode,
    /// Files and streams.
    pub files: Vec<SourceView>,
    /// Lines and what became of them.
    pub lines: Lines,
    /// The first line that looked like an attempt and was none.
    pub puzzling: Option<Clean>,
    /// What limits cost.
    pub bounds: Bounds,
    /// Attempts and what became of them.
    pub totals: Totals,
    /// How much of the window is read, in milliseconds; `None` where that is all of it.
    #[serde(skip)]
    pub covered: Option<i64>,
    /// All providers together.
    #[serde(skip)]
    pub all: Option<Provider>,
    /// Signatures that are not among those told, and their share of all replies, 0–1.
    #[serde(skip)]
    pub untold: (usize, f64),
    /// Per provider, most rejections first.
    pub providers: Vec<Provider>,
    /// Provider × outcome × code.
    pub cells: Vec<Cell>,
    /// Why, most frequent first.
    pub categories: Vec<Why>,
    /// What they say.
    pub signatures: Vec<Said>,
    /// MTA hosts, over everything read; the name is empty where the log names none.
    pub hosts: Vec<Named>,
    /// Our sides of the connections, over everything read.
    pub sources: Vec<Named>,
    /// Campaigns: the envelope senders' domains.
    pub campaigns: Vec<Named>,
    /// Incidents, running ones first.
    pub incidents: Vec<Incident>,
    /// Trouble that is no incident of ours, running first: a provider's own, or our network's.
    pub notices: Vec<Notice>,
    /// What changed at the onset of the leading incident; `null` without one.
    pub changed: Option<Changed>,
    /// Complaints by provider over the last 24 hours of the log, where it carries any.
    pub complaints: Vec<ComplaintsAt>,
    /// What the diagnosis is about.
    pub scope: About,
    /// The diagnosis of the leading incident, or of everything.
    pub diagnosis: Diagnosis,
    /// Strings of that scope.
    pub sample: Vec<Specimen>,
}

/// One provider.
#[derive(Debug, Serialize)]
pub struct Provider {
    /// Its id; `unknown` where the log tells neither receiver nor brand.
    pub provider: Clean,
    /// Its name.
    pub name: Clean,
    /// Attempts.
    pub attempts: u64,
    /// Handed over.
    pub delivered: u64,
    /// Kept for another try.
    pub deferred: u64,
    /// Given up by the MTA.
    pub rejected: u64,
    /// Replies with a 4xx code.
    pub code_4xx: u64,
    /// Replies with a 5xx code: the board's rejections.
    pub code_5xx: u64,
    /// `code_5xx` per attempt, 0–1.
    pub rate: f64,
    /// The rate before the window, 0–1; `null` over everything read and without history.
    pub baseline: Option<f64>,
    /// How often that the rate is, as the board says it.
    #[serde(skip)]
    pub against: String,
    /// Replies by code, as the board's columns have them; none that are 0.
    #[serde(skip)]
    pub codes: Vec<(Clean, u64)>,
    /// Whether a running incident strikes it.
    #[serde(skip)]
    pub is_struck: bool,
    /// Whether it has trouble of its own that runs.
    #[serde(skip)]
    pub is_troubled: bool,
}

/// One category.
#[derive(Debug, Serialize)]
pub struct Why {
    /// The category.
    pub category: Category,
    /// Replies.
    pub count: u64,
    /// Share of all replies that are no deliveries, 0–1.
    pub share: f64,
}

/// One signature.
#[derive(Debug, Serialize)]
pub struct Said {
    /// The masked text.
    pub signature: Clean,
    /// Replies.
    pub count: u64,
    /// Share of all replies with a code, 0–1.
    pub share: f64,
    /// Whether those two are estimates; left out where they are none.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
    /// First seen.
    pub first: Moment,
    /// Last seen.
    pub last: Moment,
    /// Whether it was never seen before the window; never true where everything read is reported.
    pub new: bool,
    /// Why.
    pub category: Category,
    /// How bad.
    pub severity: Severity,
    /// What class of action.
    pub action: Action,
    /// Which blocklist.
    pub list: Option<Clean>,
    /// The rule that decided.
    pub rule: Clean,
    /// One reply.
    pub sample: Clean,
}

/// One value of a dimension.
#[derive(Debug, Serialize)]
pub struct Named {
    /// The value.
    pub name: Clean,
    /// Its attempts.
    #[serde(flatten)]
    pub tally: Tally,
}

/// What the diagnosis is about.
#[derive(Debug, Serialize)]
pub struct About {
    /// The provider's id; `null` for all.
    pub provider: Option<Clean>,
    /// The window; `null` for everything read.
    pub window: Option<Window>,
}

impl Facts {
    /// Which counts are estimates.
    pub(super) fn about(&self) -> Estimated {
        let of = |told: fn(&Filtered) -> bool| self.filter.as_ref().is_some_and(told);
        Estimated {
            attempts: of(|filter| filter.attempts_estimated),
            replies: of(|filter| filter.replies_estimated),
        }
    }

    /// Gathers the report over a window, or over everything read, of what a filter lets through; `redact`
    /// says whether local parts are masked.
    #[must_use]
    pub fn gather(snapshot: &Snapshot, window: Option<Window>, filter: &Filter, redact: bool) -> Self {
        let everything = Scope::default();
        let cells = snapshot.cells_let_through(window, filter);
        let board = snapshot.board(window, filter);
        let incidents: Vec<&Incident> =
            snapshot.incidents.iter().filter(|incident| snapshot.touches(incident, filter)).collect();
        let (scope, whole) = leading(incidents.first().copied(), window);
        let is_all = filter.is_empty();
        // Whose attempts these were is counted of all of them together.
        let rows = |tallies: &[(Clean, Tally)]| if is_all { rows(tallies) } else { Vec::new() };
        let said = snapshot.signatures(window, &everything, filter);
        let untold = said.get(SIGNATURES..).unwrap_or_default();
        let mut facts = Self {
            schema: super::SCHEMA,
            redacted: redact,
            now: snapshot.now,
            from: snapshot.span.map(|(from, _)| from),
            until: snapshot.span.map(|(_, until)| until),
            window,
            filter: (!is_all).then(|| Filtered::of(&board, filter, snapshot, incidents.len())),
            together: None,
            mode: snapshot.mode,
            files: snapshot.sources.clone(),
            lines: snapshot.lines,
            puzzling: snapshot.puzzling.clone(),
            bounds: snapshot.bounds,
            totals: match window {
                None if is_all => snapshot.totals,
                _ => totals(&cells, board.total.attempts, snapshot.totals.expired),
            },
            covered: window.filter(|window| board.covered < window.millis()).map(|_| board.covered),
            all: Some(provider(snapshot, &board, &board.total, &[])),
            untold: (untold.len(), untold.iter().map(|one| one.share).sum()),
            providers: board.rows.iter().map(|row| provider(snapshot, &board, row, &cells)).collect(),
            categories: categories(&cells),
            signatures: said.into_iter().take(SIGNATURES).map(Said::of).collect(),
            hosts: rows(&snapshot.host_tallies),
            sources: rows(&snapshot.tallies),
            campaigns: rows(&snapshot.campaigns),
            notices: {
                let is_told = |notice: &&Notice| snapshot.touches_notice(notice, filter);
                snapshot.notices.iter().filter(is_told).cloned().collect()
            },
            changed: incidents.first().map(|incident| Changed::of(snapshot, incident)),
            incidents: incidents.into_iter().cloned().collect(),
            complaints: {
                let mut complaints = snapshot.complaints();
                complaints.retain(|row| is_all || snapshot.lets_all_of(&row.provider, filter));
                complaints
            },
            diagnosis: match whole {
                Some(incident) => snapshot.diagnosis_of(incident, &Answers::new()),
                None => snapshot.diagnosis(window, &scope, filter, &Answers::new()),
            },
            sample: whole
                .map_or_else(
                    || snapshot.sample(window, &scope, filter, STRINGS),
                    |incident| snapshot.sample_let_through(incident, filter, STRINGS),
                )
                .strings
                .iter()
                .map(|one| (**one).clone())
                .collect(),
            scope: About { provider: scope.provider, window },
            cells,
        };
        redactor([snapshot], redact).mask(&mut facts);
        facts
    }
}

/// What to diagnose: the leading incident that still runs; where no window was asked for, all of it, or
/// all of the one that ended last, as its own report has it; else everything.
fn leading(first: Option<&Incident>, window: Option<Window>) -> (Scope, Option<&Incident>) {
    let shown = |incident: &&Incident| window.is_none() || incident.until.is_none();
    let Some(incident) = first.filter(shown) else {
        return (Scope::default(), None);
    };
    (Scope::of_incident(incident), window.is_none().then_some(incident))
}

/// Of what a filter of replies lets through, `attempts` are more than the cells come to: rates keep them.
fn totals(cells: &[Cell], attempts: u64, expired: u64) -> Totals {
    let sum =
        |keep: &dyn Fn(&Cell) -> bool| cells.iter().filter(|cell| keep(cell)).map(|cell| cell.count).sum();
    Totals {
        attempts,
        delivered: sum(&|cell| cell.outcome == Outcome::Delivered),
        deferred: sum(&|cell| cell.outcome == Outcome::Deferred),
        rejected: sum(&|cell| cell.outcome == Outcome::Rejected),
        expired,
        code_4xx: sum(&|cell| matches!(cell.code, Some(400..=499))),
        code_5xx: sum(&|cell| matches!(cell.code, Some(500..=599))),
    }
}

/// What a row of the board says; what became of its attempts is in `cells`.
fn provider(snapshot: &Snapshot, board: &Board, row: &Row, cells: &[Cell]) -> Provider {
    let of = |outcome: Outcome| {
        let is = |cell: &&Cell| {
            let id = cell.provider.as_ref().map_or("unknown", |provider| provider.as_str());
            cell.outcome == outcome && id == row.id.as_str()
        };
        cells.iter().filter(is).map(|cell| cell.count).sum()
    };
    let codes = board.columns.iter().zip(&row.cells).filter(|(_, count)| **count > 0);
    let troubled = |notice: &Notice| notice.until.is_none() && notice.provider.as_ref() == Some(&row.id);
    Provider {
        provider: row.id.clone(),
        name: row.name.clone(),
        attempts: row.attempts,
        delivered: of(Outcome::Delivered),
        deferred: of(Outcome::Deferred),
        rejected: of(Outcome::Rejected),
        code_4xx: row.deferred,
        code_5xx: row.rejected,
        rate: row.rate,
        baseline: row.baseline,
        against: row.against(),
        codes: codes.map(|(column, count)| (column.label.clone(), *count)).collect(),
        is_struck: row.incident.is_some(),
        is_troubled: snapshot.notices.iter().any(troubled),
    }
}

fn categories(cells: &[Cell]) -> Vec<Why> {
    let mut counts: Vec<(Category, u64)> = Category::ALL.iter().map(|category| (*category, 0)).collect();
    for cell in cells {
        if let Some(category) = cell.category {
            counts[category as usize].1 += cell.count;
        }
    }
    let all: u64 = counts.iter().map(|(_, count)| count).sum();
    counts.retain(|(_, count)| *count > 0);
    counts.sort_by_key(|(category, count)| (std::cmp::Reverse(*count), *category));
    counts
        .into_iter()
        .map(|(category, count)| Why { category, count, share: count as f64 / all.max(1) as f64 })
        .collect()
}

impl Said {
    pub(super) fn of(row: Signature) -> Self {
        Self {
            signature: row.signature,
            count: row.count,
            share: row.share,
            estimated: row.about,
            first: row.first,
            last: row.last,
            new: row.fresh,
            category: row.verdict.category,
            severity: row.verdict.severity,
            action: row.verdict.action,
            list: row.verdict.list.clone(),
            rule: Clean::from(&*row.verdict.rule),
            sample: row.sample,
        }
    }

    /// When, to the minute: `new since 14:27`, `2026-11-21 09:14 to 14:29`.
    #[must_use]
    pub fn when(&self) -> String {
        let (first, last) = (self.first.date_clock(), self.last.date_clock());
        let minute = |stamp: &str, from| stamp.get(from..16).unwrap_or_default().to_owned();
        if self.new {
            return format!("new since {}", minute(&first, 11));
        }
        match (minute(&first, 0), minute(&last, 0)) {
            (one, other) if one == other => one,
            (one, other) if one[..10] == other[..10] => format!("{one} to {}", &other[11..]),
            (one, other) => format!("{one} to {other}"),
        }
    }
}

fn rows(rows: &[(Clean, Tally)]) -> Vec<Named> {
    let named = |name: &Clean, tally: &Tally| Named { name: name.clone(), tally: *tally };
    let mut shown: Vec<Named> = rows.iter().take(ROWS).map(|(name, tally)| named(name, tally)).collect();
    if let Some(rest) = rows.get(ROWS..).filter(|rest| !rest.is_empty()) {
        let mut sum = Tally::default();
        rest.iter().for_each(|(_, tally)| sum.add(tally));
        shown.push(named(&Clean::from(format!("{} more", rest.len()).as_str()), &sum));
    }
    shown
}
