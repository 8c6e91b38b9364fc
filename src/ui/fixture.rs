//! Hand-made scenes for the tests: a bulk send that is calm, and the same send in a Gmail
//! IP-reputation incident.

mod diagnosis;
mod head;
mod incident;
pub(super) mod log;
mod read;

use std::sync::Arc;

pub(super) use read::traced;

use super::console::Scene;
use super::picture::{Kept, Picture, Question, Tables, no_diagnosis, no_sample};
use super::reach::Reach;
use crate::engine::{
    Board, Column, Course, Estimated, Incident, LogLine, Measured, Notice, Portion, Row, Sample, Series,
    Signature, Specimen,
};
use crate::model::{Action, Category, Considered, Fault, Moment, Outcome, Severity, Stage, Verdict};
use crate::text::{Clean, share};

/// 2026-11-20 14:32:07 UTC.
const NOW: i64 = 1_795_185_127;

/// A scene that answers questions as the engine would.
#[derive(Debug, Default)]
pub(super) struct Send {
    pub(super) incidents: Vec<Incident>,
    /// Trouble of others.
    pub(super) notices: Vec<Notice>,
    /// Nothing was logged yet.
    pub(super) empty: bool,
    /// Strings and nodes that came before those that were there.
    pub(super) newcomers: usize,
    /// The incident is of a sender of few mails.
    pub(super) few: bool,
    /// The header says that the picture is held.
    pub(super) held: bool,
    /// Several MTAs on one screen, one source of no known kind.
    pub(super) mixed: bool,
    /// While the past is being read: from when on all of it, in seconds from now.
    pub(super) read_since: Option<i64>,
    /// When the log begins, in seconds from now.
    pub(super) begins: Option<i64>,
    /// The list that the replies name.
    pub(super) list: Option<&'static str>,
    /// History is still being read.
    pub(super) reading: bool,
    /// There is no past to compare with.
    pub(super) young: bool,
    /// Lines of the raw log; `None` where the scene has a few.
    pub(super) lines: Option<usize>,
    /// What is different in the picture, made last.
    pub(super) with: Option<fn(&mut Picture)>,
}

impl Send {
    pub(super) fn calm() -> Self {
        Self::default()
    }

    pub(super) fn empty() -> Self {
        Self { empty: true, ..Self::default() }
    }

    pub(super) fn incident() -> Self {
        Self { incidents: vec![incident::gmail()], ..Self::default() }
    }

    /// The incident, and two that are over.
    pub(super) fn past() -> Self {
        let incidents = [vec![incident::gmail()], incident::past()].concat();
        Self { incidents, ..Self::default() }
    }

    /// The incident, and one at Yahoo that runs as well, where connections time out, too.
    pub(super) fn two() -> Self {
        let other = incident::past().swap_remove(0);
        let incidents = vec![incident::gmail(), Incident { until: None, course: Course::Falling, ..other }];
        Self { incidents, notices: vec![incident::theirs()], ..Self::default() }
    }

    /// No incident, and Yahoo's connections time out.
    pub(super) fn theirs() -> Self {
        Self { notices: vec![incident::theirs()], ..Self::default() }
    }

    /// The incident of a sender of few mails: little is known of it.
    pub(super) fn few() -> Self {
        Self { few: true, ..Self::incident() }
    }

    /// The incident, frozen 41 seconds ago.
    pub(super) fn held() -> Self {
        Self { held: true, ..Self::incident() }
    }

    /// Several sources of several kinds, one of which nobody knows and one of which is not there.
    pub(super) fn mixed() -> Self {
        Self { mixed: true, ..Self::incident() }
    }

    /// Two sources whose history is read, nothing counted yet.
    pub(super) fn reading() -> Self {
        Self { reading: true, empty: true, ..Self::default() }
    }

    /// The same with something different in the picture.
    pub(super) fn with(self, change: fn(&mut Picture)) -> Self {
        Self { with: Some(change), ..self }
    }

    /// The lines of the raw log.
    pub(super) fn log(&self) -> Vec<LogLine> {
        log::lines(self.lines.unwrap_or(if self.empty { 0 } else { 130 }))
    }

    /// The incident, and a log of so many lines.
    pub(super) fn logged(lines: usize) -> Self {
        Self { lines: Some(lines), ..Self::incident() }
    }

    fn running(&self) -> bool {
        !self.incidents.is_empty()
    }
}

fn now(seconds: i64) -> Moment {
    Moment::from_seconds(NOW + seconds)
}

impl Scene for Send {
    fn known(&self, key: &str) -> Vec<Clean> {
        match key {
            "provider" => {
                ["gmail", "google-workspace", "outlook-com", "yahoo", "orange"].map(Clean::from).to_vec()
            }
            "source" => ["192.0.2.7", "192.0.2.8"].map(Clean::from).to_vec(),
            _ => Vec::new(),
        }
    }

    fn picture(&self, question: &Question, _kept: Kept<'_>) -> Picture {
        let drill = question.drill.is_some() && !self.empty;
        let gmail = question.scope.provider.as_deref() == Some("gmail");
        let signatures = if self.empty { Vec::new() } else { self.signatures(gmail) };
        let mut picture = Picture {
            head: self.head(),
            now: now(0),
            window: question.window,
            trend: question.window.longer(),
            reach: Reach { from: Some(now(-2_700)), until: now(0), grain: 1_000, incidents: Vec::new() },
            names: Vec::new(),
            incidents: self.incidents.clone(),
            notices: self.notices.clone(),
            board: self.board(question),
            series: self.series(question),
            sample: if drill { sample(&signatures, self.newcomers) } else { no_sample() },
            signatures: signatures.clone(),
            diagnosis: if question.told && !self.empty { diagnosis::of(question) } else { no_diagnosis() },
            unasked: None,
            tables: if question.tables { self.tables() } else { Tables::default() },
            contrasted: question.contrast.clone(),
            contrast: question.contrast.as_ref().map(|_| incident::contrast(self.few)).unwrap_or_default(),
            struck: incident::struck(question, &self.incidents),
            list: None,
            lists: vec![("microsoft-s3140/3150".into(), "Outlook.com block list".into())],
            timeline: question.incident.as_ref().map(|_| incident::timeline()).unwrap_or_default(),
            probes: if question.probes && !self.empty { diagnosis::probes(question) } else { Vec::new() },
            sends: if question.sends && !self.empty { incident::sends() } else { Vec::new() },
            said: if question.said.is_some() { signatures.clone() } else { Vec::new() },
            compared: question.compared.as_ref().map(|_| incident::compared()),
        };
        if let Some(change) = self.with {
            change(&mut picture);
        }
        picture
    }

    fn incidents(&self) -> &[Incident] {
        &self.incidents
    }
}

impl Send {
    fn board(&self, question: &Question) -> Board {
        // id, name, attempts, deferred, the counts under the eight codes.
        let bad = if self.running() { [2890, 3, 12, 0, 0, 9, 31, 10] } else { [1, 3, 12, 0, 0, 14, 31, 10] };
        let rows: &[(&str, &str, u64, [u64; 8])] = &[
            ("gmail", "Gmail", 7628, bad),
            ("outlook", "Outlook.com", 5102, [4, 2, 8, 7, 0, 0, 0, 90]),
            ("yahoo", "Yahoo", 3310, [0, 0, 11, 0, 2, 0, 64, 0]),
            ("exchange-online", "Exchange Online", 2207, [3, 0, 9, 0, 0, 5, 0, 12]),
            ("icloud", "iCloud", 1954, [2, 0, 3, 0, 0, 1, 0, 4]),
            ("gmx", "GMX", 880, [0, 0, 2, 0, 0, 0, 0, 7]),
            ("webde", "WEB.DE", 742, [0, 0, 1, 0, 0, 0, 0, 3]),
            ("t-online", "T-Online", 611, [0, 0, 2, 0, 0, 0, 0, 0]),
            ("orange", "Orange", 405, [0, 0, 1, 0, 0, 0, 0, 22]),
            ("comcast", "Comcast", 388, [0, 1, 1, 0, 0, 0, 0, 1]),
            ("mailru", "Mail.ru", 154, [0, 0, 0, 0, 0, 1, 0, 0]),
            ("qq", "QQ 邮箱", 120, [0, 0, 1, 0, 0, 0, 0, 0]),
            ("example.net", "example.net", 41, [0, 0, 0, 0, 0, 0, 0, 0]),
            ("libero", "Libero", 37, [0, 0, 1, 0, 0, 0, 0, 0]),
        ];
        let rows: &[_] = if self.empty { &[] } else { rows };
        let labels = ["5.7.1", "5.2.1", "5.1.1", "5.7.515", "5.7.9", "550", "4.7.0", "4xx"];
        let row = |id: &str, name: &str, attempts: u64, cells: &[u64]| {
            let rejected = cells[..6].iter().sum();
            let ill = self.running() && id == "gmail";
            Row {
                id: id.into(),
                name: name.into(),
                attempts,
                rejected,
                deferred: cells[6..].iter().sum(),
                rate: share(rejected, attempts),
                baseline: (!self.young).then_some(if id == "orange" { 0.001 } else { 0.004 }),
                incident: ill.then_some(0),
                cells: cells.to_vec(),
            }
        };
        let total: Vec<u64> = (0..8).map(|at| rows.iter().map(|row| row.3[at]).sum()).collect();
        Board {
            window: Some(question.window),
            covered: question.window.millis(),
            columns: labels
                .iter()
                .map(|label| Column {
                    label: (*label).into(),
                    class: if label.starts_with('5') { 5 } else { 4 },
                })
                .collect(),
            total: row("all", "All", rows.iter().map(|row| row.2).sum(), &total),
            rows: rows.iter().map(|(id, name, attempts, cells)| row(id, name, *attempts, cells)).collect(),
            about: Estimated::default(),
            passed: Measured::from(Portion { count: 2_914, of: 3_021 }),
        }
    }

    fn series(&self, question: &Question) -> Series {
        let slots = question.slots as u64;
        let onset = if self.running() { slots * 633 / 900 } else { slots };
        let rejected = |at: u64| match at.checked_sub(onset) {
            None => 1 + at * 7 % 3,
            Some(since) => (40 + since * 60).min(190 + at * 13 % 17),
        };
        let counts = |count: &dyn Fn(u64) -> u64| (0..slots).map(count).collect();
        Series {
            from: now(-900),
            step: 900_000 / i64::try_from(slots).unwrap_or(1),
            attempts: if self.empty { counts(&|_| 0) } else { counts(&|at| 480 + at * 31 % 60) },
            rejected: if self.empty { counts(&|_| 0) } else { counts(&rejected) },
            baseline: (!self.empty).then_some(0.004),
            peak: None,
            about: false,
        }
    }

    fn signatures(&self, gmail: bool) -> Vec<Signature> {
        let signature = |sample: &str, signature: &str, count, share, fresh, verdict| Signature {
            signature: signature.into(),
            count,
            about: false,
            share,
            first: now(if fresh { -267 } else { -80_000 }),
            last: now(-1),
            fresh,
            verdict: Arc::new(Verdict { signature: signature.into(), ..verdict }),
            sample: sample.into(),
        };
        let reputation = signature(
            "550-5.7.1 [192.0.2.7] Our system has detected that this message is likely suspicious due to the very low reputation of the sending IP address. To best protect our users from spam, the message has been blocked. Please visit https://support.google.com/mail/answer/188131 for more information. 4fb4d7f45d1cf-5dc2fe05e8esi1234567a12.190 - gsmtp",
            "550-5.7.1 [‹ip›] Our system has detected that this message is likely suspicious due to the very low reputation of the sending IP address. To best protect our users from spam, the message has been blocked. Please visit https://support.google.com/mail/answer/188131 for more information. ‹id› - gsmtp",
            2664,
            0.91,
            true,
            Verdict {
                list: self.list.map(Clean::from),
                ..verdict(
                    Category::IpReputation,
                    Severity::Critical,
                    "very low reputation of the sending IP",
                    1,
                )
            },
        );
        let bulk = signature(
            "550-5.7.1 [192.0.2.7] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked. Please visit https://support.google.com/mail/?p=UnsolicitedMessageError - gsmtp",
            "550-5.7.1 [‹ip›] Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked. Please visit https://support.google.com/mail/?p=UnsolicitedMessageError - gsmtp",
            176,
            0.06,
            false,
            verdict(Category::ContentSpam, Severity::High, "likely unsolicited mail", 2),
        );
        let gone = signature(
            "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. Learn more at https://support.google.com/mail/?p=NoSuchUser 4fb4d7f45d1cf-5dc2fe05e8esi1234567a12.190 - gsmtp",
            "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces. Learn more at https://support.google.com/mail/?p=NoSuchUser ‹id› - gsmtp",
            86,
            0.03,
            false,
            verdict(Category::UserUnknown, Severity::Low, "does not exist", 3),
        );
        let throttle = signature(
            "421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume or user complaints",
            "421 4.7.0 [TSS04] Messages from ‹ip› temporarily deferred due to unexpected volume or user complaints",
            64,
            0.31,
            false,
            verdict(Category::RateLimit, Severity::Medium, "temporarily deferred", 4),
        );
        match (self.running(), gmail) {
            (true, true) => vec![reputation, bulk, gone],
            (true, false) => vec![reputation, bulk, gone, throttle],
            (false, _) => vec![throttle, gone],
        }
    }
}

fn verdict(category: Category, severity: Severity, evidence: &str, signature_id: u64) -> Verdict {
    Verdict {
        category,
        fault: Fault::Sender,
        severity,
        action: match category {
            Category::UserUnknown => Action::Suppress,
            Category::RateLimit => Action::Retry,
            _ => Action::Investigate,
        },
        list: None,
        mechanism: None,
        provider_code: None,
        temporary: false,
        rule: format!("gmail-{}", category.id()).into(),
        source: "Google's SMTP errors and codes".into(),
        month: "2026-11".into(),
        considered: Arc::new([Considered { rule: "policy-denied".into(), category: Category::Policy }]),
        evidence: evidence.into(),
        node: "N6".into(),
        signature: Clean::default(),
        signature_id,
    }
}

/// 25 strings of the signatures, the most frequent first; the oldest make room for `newcomers`.
fn sample(signatures: &[Signature], newcomers: usize) -> Sample {
    let newest = (0..newcomers).map(|at| string(at, -1, "4XzL", signatures));
    let older = (0..25 - newcomers).map(|at| string(at, -9 - 10 * at as i64, "4XzK", signatures));
    Sample {
        of: 2926,
        about: false,
        signatures: signatures.len(),
        around: 0,
        strings: newest.chain(older).collect(),
    }
}

fn string(at: usize, seconds: i64, queue: &str, signatures: &[Signature]) -> Arc<Specimen> {
    let signature = match at {
        0..19 => signatures.first(),
        19..23 => signatures.get(1),
        _ => signatures.last(),
    };
    let signature = signature.unwrap_or(&signatures[0]);
    Arc::new(Specimen {
        at: now(seconds),
        reply: signature.sample.clone(),
        relay: "gmail-smtp-in.l.google.com[142.250.102.27]:25".into(),
        provider: Some("gmail".into()),
        recipient: format!("reader{at}@gmail.com").as_str().into(),
        sender: "news@news.example.com".into(),
        queue_id: format!("{queue}{at:02}2Bqz9rT").as_str().into(),
        queue: 0,
        source: "192.0.2.7".into(),
        host: "mta1".into(),
        campaign: "news.example.com".into(),
        outcome: Outcome::Rejected,
        stage: Some(Stage::EndOfData),
        code: Some(550),
        verdict: Arc::clone(&signature.verdict),
    })
}
