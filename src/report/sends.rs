//! The sends, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::masked::redactor;
use crate::engine::{Compared, FEWEST, Over, Portion, SendView, Snapshot};
use crate::model::Moment;
use crate::text::{fit, limit, percent, thousands, width};

/// Sends in the table.
const ROWS: usize = 30;
/// Sends that are told about in words.
const TOLD: usize = 8;
/// Providers of one of those.
const PROVIDERS: usize = 4;
/// Cells of a campaign's name.
const NAME: usize = 25;

/// The sends, with what is judged of them.
#[derive(Debug, Serialize)]
pub struct Sends {
    /// Version of this form.
    pub schema: u32,
    /// The log's now.
    pub now: Moment,
    /// First attempt counted.
    pub from: Option<Moment>,
    /// Last attempt counted.
    pub until: Option<Moment>,
    /// Running ones first, then newest first.
    pub sends: Vec<Send>,
    /// Attempts of campaigns that are too small or too old to be kept apart.
    pub outside: u64,
    /// Attempts whose sender no line names: they are in no send.
    pub without_sender: u64,
}

/// One send.
#[derive(Debug, Serialize)]
pub struct Send {
    /// What became of it.
    #[serde(flatten)]
    pub view: SendView,
    /// Unknown users, of all attempts.
    pub unknown_rate: Rate,
    /// Rejections, of all attempts.
    pub rejected_rate: Rate,
    /// Whether more of the attempts than `limit` met unknown users.
    pub list_fault: Over,
    /// Rejections against the sends before.
    pub rejected_change: Option<Compared>,
    /// Unknown users against the sends before.
    pub unknown_change: Option<Compared>,
}

/// A share and between which it lies with 95 % confidence, 0–1.
#[derive(Copy, Clone, Debug, Serialize)]
pub struct Rate {
    /// The share.
    pub rate: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

impl Rate {
    fn of(portion: Portion) -> Self {
        let (low, high) = portion.interval();
        Self { rate: portion.share(), low, high }
    }
}

impl Sends {
    /// Gathers the sends of a snapshot; `redact` says whether local parts are masked.
    #[must_use]
    pub fn gather(snapshot: &Snapshot, redact: bool) -> Self {
        let sends = snapshot.sends().into_iter().map(|view| Send {
            unknown_rate: Rate::of(view.unknown()),
            rejected_rate: Rate::of(view.rejections()),
            list_fault: view.list_fault(),
            rejected_change: view.rejections_change(),
            unknown_change: view.unknown_change(),
            view,
        });
        let mut sends = Self {
            schema: super::SCHEMA,
            now: snapshot.now,
            from: snapshot.span.map(|(from, _)| from),
            until: snapshot.span.map(|(_, until)| until),
            sends: sends.collect(),
            outside: snapshot.outside_sends(),
            without_sender: snapshot.bounds.senders_missed,
        };
        redactor([snapshot], redact).mask(&mut sends);
        sends
    }
}

impl Send {
    fn has_risen(&self) -> bool {
        let risen = |change: &Option<Compared>| change.is_some_and(|change| change.has_risen());
        risen(&self.rejected_change) || risen(&self.unknown_change)
    }

    /// `▲` for what is certain, `?` for what chance may have done.
    fn mark(&self) -> &'static str {
        match (self.list_fault, self.has_risen()) {
            (Over::Surely, _) | (_, true) => "▲",
            (Over::Perhaps, _) => "?",
            _ => " ",
        }
    }
}

/// The sends as one JSON object, indented.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn sends_json(sends: &Sends) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(sends).map(|text| text + "\n")
}

/// The sends for people: a table, then words on those that stand out.
#[must_use]
pub fn sends_text(sends: &Sends) -> String {
    let mut out = String::new();
    write_all(sends, &mut out);
    out
}

fn write_all(sends: &Sends, out: &mut String) {
    let span = match (sends.from, sends.until) {
        (Some(from), Some(until)) => format!("{} to {}", from.date_clock(), until.date_zone()),
        _ => "no attempts found".to_owned(),
    };
    let _ = writeln!(out, "fivefifty sends · {span}");
    if sends.sends.is_empty() {
        let _ = writeln!(out, "\nNo send: no attempt has a campaign or a sender.");
    } else {
        let (shown, few): (Vec<&Send>, Vec<&Send>) =
            sends.sends.iter().partition(|send| send.view.attempts >= FEWEST);
        // Where all are small, they are all there is.
        let (shown, few) = if shown.is_empty() { (few, shown) } else { (shown, few) };
        table(&shown, few.len(), out);
        let marked: Vec<&Send> = shown.into_iter().filter(|send| send.mark() != " ").collect();
        marked.iter().take(TOLD).for_each(|send| words(send, out));
        if marked.len() > TOLD {
            let _ = writeln!(out, "\n… {} more of these in --format json", marked.len() - TOLD);
        }
        let limit = limit(sends.sends.first().map_or(0.0, |send| send.view.limit));
        let marks = [
            ("▲", format!("over {limit} unknown users, or certainly twice the sends before")),
            ("?", format!("over {limit} unknown users, but so few attempts that it may be chance")),
        ];
        let used = marks.iter().filter(|(mark, _)| marked.iter().any(|send| send.mark() == *mark));
        for (at, (mark, meaning)) in used.enumerate() {
            let _ = writeln!(out, "{}{mark} {meaning}", if at == 0 { "\n" } else { "" });
        }
    }
    if sends.outside > 0 {
        let _ = writeln!(
            out,
            "\n{} attempts of campaigns too small or too old to be kept apart.",
            thousands(sends.outside)
        );
    }
    if sends.without_sender > 0 {
        let _ = writeln!(
            out,
            "\n{} attempts are in no send: no line names their sender.",
            thousands(sends.without_sender)
        );
    }
}

fn table(sends: &[&Send], few: usize, out: &mut String) {
    let _ = writeln!(
        out,
        "\n  {:NAME$} {:>11} {:>8} {:>10} {:>6} {:>6} {:>6}",
        "Send", "Began", "Lasted", "Attempts", "5xx", "4xx", "5.1.1"
    );
    for send in sends.iter().take(ROWS) {
        let view = &send.view;
        let name = fit(&view.campaign, NAME);
        let pad = NAME - width(&name);
        let lasted = if view.running { "running".to_owned() } else { length(view) };
        let _ = writeln!(
            out,
            "{} {name}{:pad$} {:>11} {lasted:>8} {:>10} {:>6} {:>6} {:>6}",
            send.mark(),
            "",
            &view.first.date_clock()[5..16],
            thousands(view.attempts),
            percent(view.rejections().share()),
            percent(view.deferrals().share()),
            percent(view.unknown().share()),
        );
    }
    if sends.len() > ROWS {
        let _ = writeln!(out, "  … {} more in --format json", thousands((sends.len() - ROWS) as u64));
    }
    if few > 0 {
        let few = thousands(few as u64);
        let _ = writeln!(out, "  … {few} of fewer than {FEWEST} attempts in --format json");
    }
}

/// From the first attempt to the last.
fn length(view: &SendView) -> String {
    let minutes = view.last.since(view.first) / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "<1m".to_owned(),
        (0, minutes) => format!("{minutes}m"),
        (hours, minutes) => format!("{hours}h {minutes:02}m"),
    }
}

fn words(send: &Send, out: &mut String) {
    let view = &send.view;
    let so_far = if view.running { "running since" } else { "of" };
    let _ = writeln!(out, "\n{} · {so_far} {}", fit(&view.campaign, 45), view.first.date_zone());
    let before = view.before.as_ref();
    let shown = |portion: Portion| {
        let (low, high) = portion.interval();
        let number = |share: f64| percent(share).trim_end_matches('%').to_owned();
        format!("{} ({}–{}%)", percent(portion.share()), number(low), percent(high).trim_end_matches('%'))
    };
    let beside = |portion: Option<Portion>| match (portion, before) {
        (Some(portion), Some(before)) => {
            let of = if before.same { "" } else { " of all campaigns" };
            let sends = if before.sends == 1 { "send" } else { "sends" };
            format!(", {} {sends} before{of}: {}", before.sends, percent(portion.share()))
        }
        _ => ", no send before".to_owned(),
    };
    let judged = match send.list_fault {
        Over::Surely => format!("over {}: the list", limit(view.limit)),
        Over::Perhaps => format!("over {}, may be chance", limit(view.limit)),
        Over::No => format!("under {}", limit(view.limit)),
    };
    let line =
        format!("  5.1.1     {}{}", shown(view.unknown()), beside(before.map(|before| before.unknown())));
    wrapped(&line, &judged, out);
    let line = format!(
        "  rejected  {}{}",
        shown(view.rejections()),
        beside(before.map(|before| before.rejections()))
    );
    let risen = send.rejected_change.is_some_and(|change| change.has_risen());
    wrapped(&line, if risen { "risen" } else { "" }, out);
    if view.complaints > 0 {
        let share = Portion { count: view.complaints.min(view.delivered), of: view.delivered }.share();
        let complaints = thousands(view.complaints);
        let _ = writeln!(out, "  complaints {complaints}, {} of what was delivered", percent(share));
    }
    let risen = view.providers.iter().filter(|at| at.has_risen());
    for at in risen.take(PROVIDERS) {
        let before = at.before.unwrap_or_default();
        let _ = writeln!(
            out,
            "  {:<22} {:>6} of {} rejected, before: {} of {}",
            fit(&at.name, 22),
            percent(at.rejections().share()),
            thousands(at.attempts),
            percent(before.share()),
            thousands(before.of),
        );
    }
    let why: Vec<String> = view
        .categories
        .iter()
        .take(3)
        .map(|(category, count)| format!("{} {}", category.name(), thousands(*count)))
        .collect();
    if !why.is_empty() {
        let _ = writeln!(out, "  {}", fit(&why.join(", "), 78));
    }
}

/// A line and its judgement, on a line of its own where both do not fit.
fn wrapped(line: &str, judged: &str, out: &mut String) {
    if judged.is_empty() {
        let _ = writeln!(out, "{line}");
    } else if width(line) + 3 + width(judged) <= 80 {
        let _ = writeln!(out, "{line} · {judged}");
    } else {
        let _ = writeln!(out, "{line}\n{:12}{judged}", "");
    }
}
