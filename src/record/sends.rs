//! Summaries of past sends: what a send is measured against when the log of the last one is gone.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::key::{VERSION, bounded, moment};
use super::lines::whole;
use super::lock::{Way, open};
use super::trouble::RecordError;
use crate::model::Moment;
use crate::text::Clean;

/// Sends kept of one campaign.
const OF_ONE: usize = 40;
/// Sends kept in all.
const IN_ALL: usize = 2000;
/// Providers kept of one send, those with the most attempts.
const PROVIDERS: usize = 12;
/// Longest file, in bytes.
const FILE: u64 = 8 << 20;
/// Longest campaign, in bytes.
const CAMPAIGN: usize = 256;
/// Longest provider's id, in bytes.
const PROVIDER: usize = 80;
/// No count is higher: sums of all that is kept stay numbers.
const MOST: u64 = 1 << 48;

/// What one send came to. Counts are of attempts; times are log time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastSend {
    /// The job, the campaign, the tenant or the sender's domain; cut at 256 bytes.
    pub campaign: Clean,
    /// Its first attempt. Campaign and first attempt say which send it is.
    pub first: Moment,
    /// Its last attempt so far.
    pub last: Moment,
    /// Attempts.
    pub attempts: u64,
    /// Replies 5xx.
    pub rejected: u64,
    /// Replies 4xx.
    pub deferred: u64,
    /// Of the rejected, those that say that the address does not exist.
    pub unknown_users: u64,
    /// Complaints that the log told of.
    pub complaints: u64,
    /// Provider's id, attempts and rejected; the 12 with the most attempts, most first.
    pub providers: Vec<(Clean, u64, u64)>,
}

/// The first line of the file.
#[derive(Serialize, Deserialize)]
struct Header {
    fivefifty: String,
    version: u64,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    campaign: String,
    first: String,
    last: String,
    attempts: u64,
    rejected: u64,
    deferred: u64,
    unknown_users: u64,
    #[serde(default)]
    complaints: u64,
    #[serde(default)]
    providers: Vec<(String, u64, u64)>,
}

impl PastSend {
    /// As a send can have been, whatever a file says.
    fn bounded(&self) -> Self {
        let mut send = self.clone();
        send.attempts = send.attempts.min(MOST);
        send.rejected = send.rejected.min(send.attempts);
        send.deferred = send.deferred.min(send.attempts - send.rejected);
        send.unknown_users = send.unknown_users.min(send.rejected);
        send.complaints = send.complaints.min(MOST);
        send.campaign = cut(&self.campaign, CAMPAIGN);
        (send.first, send.last) = (bounded(self.first), bounded(self.last));
        send.providers.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        send.providers.truncate(PROVIDERS);
        for (id, attempts, rejected) in &mut send.providers {
            *id = cut(id, PROVIDER);
            *attempts = MOST.min(*attempts);
            *rejected = (*attempts).min(*rejected);
        }
        send
    }

    fn line(&self) -> Line {
        Line {
            campaign: self.campaign.to_string(),
            first: self.first.rfc3339(),
            last: self.last.rfc3339(),
            attempts: self.attempts,
            rejected: self.rejected,
            deferred: self.deferred,
            unknown_users: self.unknown_users,
            complaints: self.complaints,
            providers: self.providers.iter().map(|(id, n, bad)| (id.to_string(), *n, *bad)).collect(),
        }
    }

    fn of(line: &[u8]) -> Option<Self> {
        let line: Line = serde_json::from_slice(line).ok()?;
        let provider = |(id, n, bad): (String, u64, u64)| (Clean::from(id.as_str()), n, bad);
        let send = Self {
            campaign: Clean::from(line.campaign.as_str()),
            first: moment(&line.first)?,
            last: moment(&line.last)?,
            attempts: line.attempts,
            rejected: line.rejected,
            deferred: line.deferred,
            unknown_users: line.unknown_users,
            complaints: line.complaints,
            providers: line.providers.into_iter().map(provider).collect(),
        };
        Some(send.bounded())
    }
}

impl Folder {
    /// The sends that are kept, the latest first. What cannot be read is left out.
    #[must_use]
    pub fn past_sends(&self) -> Vec<PastSend> {
        bound(self.read_sends().unwrap_or_default())
    }

    /// Keeps sends beside those that are kept: of two with the same campaign and first attempt the one that
    /// went on for longer, then the one with more attempts. At most 40 of a campaign and 2,000 in all stay, the
    /// latest. Waits for the disk, and two seconds at most for another console.
    ///
    /// # Errors
    /// A folder or file that cannot be read or written; what was kept is as it was.
    pub fn keep_sends(&self, sends: &[PastSend]) -> Result<(), RecordError> {
        if sends.is_empty() {
            return Ok(());
        }
        let _held = self.hold()?;
        let kept = self.read_sends()?;
        let all = bound(kept.iter().cloned().chain(sends.iter().map(PastSend::bounded)));
        if all == kept {
            return Ok(());
        }
        let path = self.sends_path();
        let bytes = written(&all).map_err(|reason| RecordError::disk(&path, reason.into()))?;
        self.put(&path, &bytes)
    }

    fn sends_path(&self) -> std::path::PathBuf {
        self.path().join("sends.jsonl")
    }

    fn read_sends(&self) -> Result<Vec<PastSend>, RecordError> {
        let path = self.sends_path();
        let Some(file) = open(&path, Way::Read)? else { return Ok(Vec::new()) };
        let (mut sends, mut newer, mut header) = (Vec::new(), false, true);
        whole(&file, &path, 0, FILE, |line| {
            if std::mem::take(&mut header)
                && let Ok(Header { version, .. }) = serde_json::from_slice(line)
            {
                newer = version > VERSION;
            } else if !newer && sends.len() < IN_ALL {
                sends.extend(PastSend::of(line));
            }
        })?;
        if newer { Err(RecordError::Newer { path }) } else { Ok(sends) }
    }
}

/// One of each send, the latest first, within the limits.
fn bound(sends: impl IntoIterator<Item = PastSend>) -> Vec<PastSend> {
    let mut one: BTreeMap<(Clean, Moment), PastSend> = BTreeMap::new();
    for send in sends {
        let known = one.entry((send.campaign.clone(), send.first)).or_insert_with(|| send.clone());
        if (known.last, known.attempts) <= (send.last, send.attempts) {
            *known = send;
        }
    }
    let mut all: Vec<PastSend> = one.into_values().collect();
    // Stable, so that sends of one time stay in the order of their names.
    all.sort_by_key(|send| Reverse(send.last));
    let mut seen: HashMap<Clean, usize> = HashMap::new();
    all.retain(|send| {
        let n = seen.entry(send.campaign.clone()).or_default();
        *n += 1;
        *n <= OF_ONE
    });
    all.truncate(IN_ALL);
    all
}

/// The whole file.
fn written(sends: &[PastSend]) -> serde_json::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(&Header { fivefifty: "sends".to_owned(), version: VERSION })?;
    bytes.push(b'\n');
    for send in sends {
        let line = serde_json::to_vec(&send.line())?;
        if bytes.len() + line.len() >= FILE as usize {
            break;
        }
        bytes.extend(line);
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// At most `limit` bytes, the mark of the cut included, so that a second cut takes nothing.
fn cut(text: &Clean, limit: usize) -> Clean {
    if text.len() <= limit { text.clone() } else { text.cut(limit - '…'.len_utf8()) }
}
