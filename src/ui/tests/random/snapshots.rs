//! Snapshots of logs that nobody has seen before: what the engine makes of random lines, and everything
//! that it could tell beside them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::select;

use crate::engine::{
    Course, Gone, Incident, Input, Mode, Notice, Peak, Playing, Puzzle, Setup, Snapshot, SourceView, Speed,
    read_all,
};
use crate::model::{Category, Moment};
use crate::text::Clean;

/// 2026-11-20 14:32:07 UTC.
const NOW: i64 = 1_795_185_127;

/// A line of a log: seconds after the one before, a mailbox, what was said to it, and of what kind it is.
#[derive(Clone, Debug)]
struct Written {
    after: u32,
    to: String,
    relay: &'static str,
    said: String,
    kind: u8,
}

/// Whatever bytes a remote server could send that are text, and what it mostly sends.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(vec![
            "550-5.7.1 [192.0.2.7] Our system has detected that this message is likely suspicious due to the \
             very low reputation of the sending IP address. 550 5.7.1 gsmtp",
            "550 5.1.1 The email account that you tried to reach does not exist",
            "421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred",
            "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org",
            "452 4.2.2 Mailbox full",
        ]).prop_map(ToOwned::to_owned),
        1 => "[45][0-9]{2} [0-9]\\.[0-9]\\.[0-9]{1,3} .{0,200}",
        1 => ".{0,120}",
        1 => "[邮箱é\u{200d}👩\u{301}\u{202e}\u{1b} ]{0,60}",
    ]
    .prop_map(|text| text.replace(['\n', '\r'], " "))
}

fn any_line() -> impl Strategy<Value = Written> {
    let to = prop_oneof![
        4 => select(vec!["a@gmail.com", "b@outlook.com", "c@yahoo.com", "d@orange.fr", "e@gmx.de"])
            .prop_map(ToOwned::to_owned),
        1 => "[a-z]{1,70}@[a-z]{1,60}\\.[a-z]{2,10}",
        1 => "[邮箱é]{1,40}@[邮箱]{1,30}\\.example",
    ];
    let relay = select(vec![
        "gmail-smtp-in.l.google.com[142.250.102.27]:25",
        "example-com.mail.protection.outlook.com[203.0.113.60]:25",
        "none",
        "mx.example.net[2001:db8::1]:25",
    ]);
    let after = prop_oneof![6 => 0u32..3, 1 => 0u32..4_000];
    (after, to, relay, any_text(), 0u8..12).prop_map(|(after, to, relay, said, kind)| Written {
        after,
        to,
        relay,
        said,
        kind,
    })
}

/// The log of these lines.
fn log(lines: &[Written]) -> String {
    let (mut out, mut at) = (String::new(), Moment::from_seconds(NOW - 80_000));
    for (number, line) in lines.iter().enumerate() {
        at = at.plus_millis(i64::from(line.after) * 1_000);
        let stamp = at.date_clock().replace(' ', "T");
        let Written { to, relay, said, .. } = line;
        let id = format!("4XzK{number:04}Bqz");
        let head = format!("{stamp}.000000+00:00 mta{} postfix/smtp[9]", number % 3);
        let status = match line.kind {
            0..=5 => format!("dsn=5.7.1, status=bounced (host {relay} said: {said})"),
            6 | 7 => format!("dsn=4.7.0, status=deferred (host {relay} said: {said})"),
            8 | 9 => "dsn=2.0.0, status=sent (250 2.0.0 OK)".to_owned(),
            10 => format!("dsn={said}"),
            _ => {
                let _ = writeln!(out, "{said}");
                continue;
            }
        };
        let _ =
            writeln!(out, "{stamp}.000000+00:00 mta1 postfix/qmgr[1]: {id}: from=<n@{to}>, size=9, nrcpt=1");
        let _ = writeln!(out, "{head}: {id}: to=<{to}>, relay={relay}, delay=1, delays=0/0/0/1, {status}");
    }
    out
}

fn read(lines: &[Written]) -> Snapshot {
    static SETUP: OnceLock<Setup> = OnceLock::new();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(log(lines).as_bytes()).unwrap();
    let setup = SETUP.get_or_init(|| Setup::embedded().unwrap());
    read_all(vec![Input::File(file.path().to_owned())], setup, &mut |_, _| {}).unwrap()
}

/// Counts of every size.
fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![3 => 0u64..100, 3 => 0u64..10_000_000, 1 => Just(u64::MAX)]
}

fn any_clean() -> impl Strategy<Value = Clean> {
    any_text().prop_map(|text| Clean::from(text.as_str()))
}

fn any_source() -> impl Strategy<Value = SourceView> {
    let states = select(vec!["live", "reading 42 %", "opening", "missing", "live · history 3 %", ""]);
    let texts = || proptest::collection::vec(any_clean(), 0..3);
    let state = prop_oneof![3 => states.prop_map(Clean::from), 1 => any_clean()];
    let speed = prop_oneof![3 => 0.0..1e7, 1 => select(vec![f64::NAN, f64::INFINITY, -1.0, 0.0])];
    (any_clean(), state, (any_count(), any_count(), any_count()), speed, any::<bool>(), texts(), texts())
        .prop_map(|(name, state, (lines, unparsed, lost), lines_per_second, trouble, notes, strange)| {
            SourceView {
                name,
                state,
                lines,
                unparsed,
                lines_per_second,
                newest: (lines % 2 > 0).then(|| Moment::from_millis(lines as i64)),
                rotations: unparsed,
                lost,
                gone: (lost % 2 > 0).then(|| Gone { bytes: lost, at: Moment::from_millis(lost as i64) }),
                skipped_bytes: lost,
                puzzling: notes
                    .iter()
                    .map(|text| Puzzle { line: lines, why: "no status=", text: text.clone() })
                    .collect(),
                notes,
                trouble,
                dialects: if strange.is_empty() { vec!["postfix".into()] } else { Vec::new() },
                strange,
            }
        })
}

fn any_incident() -> impl Strategy<Value = Incident> {
    let providers = proptest::collection::vec(select(vec!["gmail", "yahoo", "x.example", "", "other"]), 0..4);
    let course = select(vec![Course::Rising, Course::Steady, Course::Falling, Course::Silent, Course::Over]);
    let rate = || prop_oneof![4 => 0.0..1.0, 1 => select(vec![0.0, 1.0, f64::NAN, 1e-9])];
    let only = || proptest::option::of(any_clean());
    let times = (-90_000i64..90_000, 0i64..4_000, proptest::option::of(0i64..90_000));
    (
        providers,
        course,
        (rate(), proptest::option::of(rate())),
        any_clean(),
        (only(), only()),
        times,
        any_count(),
        0..24usize,
    )
        .prop_map(
            |(providers, course, (rate, baseline), name, (source, campaign), times, count, category)| {
                let onset = Moment::from_seconds(NOW - 80_000 + times.0);
                let providers: Vec<&str> = providers;
                Incident {
                    id: Clean::from(format!("{}-{}", name.len(), onset.seconds()).as_str()),
                    source,
                    campaign,
                    name,
                    onset,
                    declared: onset.plus_millis(times.1 * 1_000),
                    until: times.2.map(|after| onset.plus_millis(after * 1_000)),
                    course,
                    peak: Peak { rate, at: onset },
                    rejected: count,
                    attempts: count,
                    rate,
                    baseline,
                    ..Incident::example(&providers, Category::ALL[category])
                }
            },
        )
}

/// What a snapshot is made of: short enough to be read where a test fails.
#[derive(Clone, Debug)]
pub(super) struct Made {
    lines: Vec<Written>,
    sources: Option<Vec<SourceView>>,
    incidents: Vec<Incident>,
    mode: Mode,
    /// Whether it is played, whether that is paused, whether its past is being read.
    playing: Option<(bool, bool)>,
    lag: i64,
    count: u64,
    hosts: Vec<Clean>,
    /// Whether others have trouble, and whether the past is being read.
    is_noticed: bool,
}

/// A log of random lines, with everything that may stand beside it.
pub(super) fn any_snapshot() -> impl Strategy<Value = Made> {
    let lines = proptest::collection::vec(any_line(), 0..60);
    let sources = proptest::option::of(proptest::collection::vec(any_source(), 0..5));
    let incidents = proptest::collection::vec(any_incident(), 0..4);
    let mode = select(vec![Mode::Reading, Mode::Live, Mode::Ended]);
    let playing = proptest::option::of(any::<(bool, bool)>());
    let hosts = proptest::collection::vec(any_clean(), 0..4);
    let beside = (any::<i64>(), any_count(), hosts, any::<bool>());
    (lines, sources, incidents, mode, playing, beside).prop_map(
        |(lines, sources, incidents, mode, playing, (lag, count, hosts, is_noticed))| Made {
            lines,
            sources,
            incidents,
            mode,
            playing,
            lag,
            count,
            hosts,
            is_noticed,
        },
    )
}

impl Made {
    /// What the engine makes of the lines, and the rest.
    pub(super) fn snapshot(&self) -> Snapshot {
        let mut snapshot = read(&self.lines);
        if let Some(sources) = &self.sources {
            snapshot.sources.clone_from(sources);
        }
        snapshot.incidents.extend(self.incidents.iter().cloned());
        snapshot.mode = self.mode;
        snapshot.playing = self.playing.map(|(paused, filling)| {
            let until = Some(snapshot.now);
            Playing { speed: Speed::Times(60.0), paused, until, filling }
        });
        (snapshot.lag, snapshot.lines.lost, snapshot.totals.expired) = (self.lag, self.count, self.count);
        snapshot.hosts.extend(self.hosts.iter().cloned());
        if self.is_noticed {
            snapshot.complete_since = Some(snapshot.now);
            let notices: Vec<Notice> = snapshot.incidents.iter().map(notice).collect();
            snapshot.notices.extend(notices);
        }
        snapshot
    }
}

/// Trouble of others where an incident is.
fn notice(of: &Incident) -> Notice {
    Notice {
        provider: of.provider.clone(),
        onset: of.onset,
        until: of.until,
        attempts: of.attempts,
        failed: of.rejected,
        rate: of.rate,
        verdict: of.name.to_string(),
        ..crate::ui::fixture::Send::theirs().notices.swap_remove(0)
    }
}
