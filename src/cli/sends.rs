//! Arguments of sends and compare.

use clap::{Args, ValueEnum};

use super::{Reading, Redaction, ReportFormat};

/// Arguments of sends.
#[derive(Debug, Args)]
#[command(after_help = "\
A send is a campaign's mail without a pause of more than two hours; what never pauses is cut after\n\
a day. The campaign is the job id, campaign or tenant where the log has one, else the envelope\n\
sender's domain. Rates are of all attempts. Each send stands beside the last ten of the same\n\
campaign, or, where there are none, the last twenty of all: of the logs read and of what was kept\n\
in your state folder.\n\n\
JSON: one object: schema, now, from, until (RFC 3339), sends, outside (attempts of campaigns too\n\
small or too old to be kept apart), without_sender (attempts whose sender no line names). Each\n\
send: campaign, nth (1 the latest of its campaign), first, last, running, attempts, delivered,\n\
deferred (4xx), rejected (5xx), unknown_users (of the rejected), complaints, categories, providers,\n\
before (null where none is known), unknown_rate and rejected_rate (rate, low, high: 0-1, 95 %),\n\
limit (of unknown users: 0.02 unless unknown-users is set), list_fault (no, perhaps, surely: more\n\
unknown than limit), rejected_change and unknown_change (B is\n\
this send, A those before; as in compare).\n\n\
Exit codes: 0 done, 1 something could not be read or kept, 2 wrong use.")]
pub struct Sends {
    /// How logs are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Logs to read: files, patterns, folders, or `-` for standard input. Default: this host's mail log
    /// and what it was rotated to in the last eight days.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// The form.
    #[arg(long, value_enum, default_value_t = SendsFormat::Text)]
    pub format: SendsFormat,
    /// Count attempts from then on: `2h`, `30m`, `2026-11-21`, `2026-11-21T14:00`, RFC 3339.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Count attempts before then.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Keep what the sends came to in your state folder, for when these logs are gone: counts only, no
    /// address.
    #[arg(long)]
    pub remember: bool,
    /// Whether local parts are masked.
    #[command(flatten)]
    pub redaction: Redaction,
}

/// Arguments of compare.
#[derive(Debug, Args)]
#[command(after_help = "\
A and B are each one of\n\
\x20 a span    2026-11-20   2026-11-20T08:00..09:00   08:00..10:00   today   yesterday\n\
\x20           -2h..-1h   -1h..now   last 30m   (this host's time; RFC 3339 has its own)\n\
\x20 a send    nov-blk   nov-blk@2 (the one before its last)   nov-blk@2026-11-20 (its day)\n\
\x20           send:today where the name could be something else\n\
\x20 a log     a file that exists: all of it\n\n\
Examples:\n\
\x20 fivefifty compare yesterday today\n\
\x20 fivefifty compare nov-blk@2 nov-blk --log '/var/log/pmta/acct*'\n\
\x20 fivefifty compare -2h..-1h 'last 1h' --format md\n\n\
Rates are of all attempts, differences in percentage points with the interval that they lie in with\n\
99 % confidence. Where that includes zero, it is about the same, or it cannot be told: the numbers\n\
are too small.\n\n\
JSON: one object: schema, a and b (campaign or null, from, until, attempts, delivered, deferred,\n\
rejected, unknown_users), the same shares compared, and the lists providers (rejected, deferred),\n\
categories, codes, signatures. Each share: a and b (count, of), difference, low, high (-1 to 1),\n\
change (new, gone, up, down, same, unclear), certain (whether chance does not explain it).\n\n\
Exit codes: 0 done, 1 something could not be read, there is no such send, or a side has no attempt; 2\n\
wrong use.")]
pub struct Compare {
    /// How logs are read.
    #[command(flatten)]
    pub reading: Reading,
    /// The first: a span of time, a send, or a log.
    #[arg(value_name = "A", allow_hyphen_values = true)]
    pub a: String,
    /// The second.
    #[arg(value_name = "B", allow_hyphen_values = true)]
    pub b: String,
    /// Logs to read: files, patterns, folders. May be given several times. Default: this host's mail log
    /// and what it was rotated to in the last eight days.
    #[arg(long, value_name = "PATH")]
    pub log: Vec<String>,
    /// The form.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
    /// Whether local parts are masked.
    #[command(flatten)]
    pub redaction: Redaction,
}

/// Forms of sends.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum SendsFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}
