//! Arguments: one definition per flag, from which help, errors and completions come.

mod tree;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use tree::{Tree, TreeFormat};

use crate::demo::Scenario;
use crate::model::{Window, Zone};

mod config;
mod export;
mod replay;
mod sends;
mod watch;

pub use config::{Config, ConfigFolder, ConfigSchema, ConfigWhat, Look, Redaction};
pub use export::{
    Export, ExportDossier, ExportFormat, ExportHold, ExportIncident, ExportSuppression, ExportWhat, Logs,
    SuppressionFormat, Target,
};
pub use replay::Replay;
pub use sends::{Compare, Sends, SendsFormat};
pub use watch::{Alert, Watch, WatchFormat};

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "fivefifty",
    version,
    about = "Terminal incident console for mail rejections",
    long_about = "Tails live MTA logs, shows rolling rejection counts per mailbox provider and code, tells an \
                  incident from churn, and shows what to do about it.\n\n\
                  Without arguments it looks for the logs of the MTA on this host and opens the console on them.",
    after_help = "Examples:\n  \
        fivefifty                                   console on this host's mail log\n  \
        fivefifty /var/log/mail.log                 console on a file\n  \
        journalctl -f -o json SYSLOG_FACILITY=2 | fivefifty -\n  \
        fivefifty demo                              a send with an incident, nothing needed\n  \
        fivefifty report --format json mail.log     the same in JSON\n  \
        fivefifty explain '550 5.7.1 …'             what one reply means\n  \
        fivefifty explain bounce.eml                what a bounce says of each recipient\n  \
        fivefifty trace 4XzK002Bqz9rT               every line of one message\n  \
        fivefifty export incident mail.log          what, where, since when, for the ticket\n  \
        fivefifty watch --once && start-the-send    may the next send start?\n\n\
        Exit codes: 0 done, 1 something could not be read or written, 2 wrong use, 3 an incident (watch).",
    args_conflicts_with_subcommands = true,
    subcommand_precedence_over_arg = true
)]
pub struct Cli {
    /// What to do; the console without one.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The console's arguments.
    #[command(flatten)]
    pub console: Console,
    /// Write down what fivefifty does, a line for each event, to find out why: sources, settings, incidents,
    /// exports, alerts, errors. Added to at its end; at most 8 MiB and as much in FILE.1.
    #[arg(long, value_name = "FILE", global = true, help_heading = "Everywhere")]
    pub log_file: Option<PathBuf>,
    /// In which zone times are shown.
    #[command(flatten)]
    pub times: Times,
}

/// In which zone times are shown. JSON has them in UTC always.
#[derive(Debug, Default, Args)]
pub struct Times {
    /// Show times, and read those that name no zone, in this one: local, UTC, +02:00, Europe/Berlin
    /// [default: local]. For good: `timezone` in config.toml.
    #[arg(long, value_name = "ZONE", value_parser = zone, global = true, help_heading = "Everywhere")]
    pub tz: Option<Zone>,
    /// The same as --tz UTC.
    #[arg(long, conflicts_with = "tz", global = true, help_heading = "Everywhere")]
    pub utc: bool,
}

/// How logs are read, and with what knowledge.
#[derive(Debug, Default, Args)]
pub struct Reading {
    /// Whose log it is, where its lines do not tell: postfix, exim, sendmail, opensmtpd, qmail,
    /// powermta, kumomta, momentum, zonemta, haraka, exchange, postqueue, or a map's id.
    #[arg(long, value_name = "ID")]
    pub log_format: Option<String>,
    /// The time zone of stamps that name none: local, UTC, +02:00, Europe/Berlin; for some logs only:
    /// `PATTERN=ZONE`, the pattern naming files or their folder. May be given several times.
    #[arg(long, value_name = "[PATTERN=]ZONE")]
    pub log_zone: Vec<String>,
    /// The folder with your config.toml, providers.toml, rules, formats, trees and themes.
    #[arg(long, value_name = "DIR", env = "FIVEFIFTY_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
}

/// Arguments of check.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 in order, warnings or not; 1 mistakes; 2 wrong use.")]
pub struct Check {
    /// The folder; by default the one that would be used.
    #[arg(long, value_name = "DIR", env = "FIVEFIFTY_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    /// Look over the rules and trees inside this program instead.
    #[arg(long)]
    pub built_in: bool,
    /// Say also what could be better, and all that your rules come before.
    #[arg(long, short)]
    pub verbose: bool,
    /// The form.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
}

/// Arguments of the console.
#[derive(Debug, Args)]
pub struct Console {
    /// How logs are read.
    #[command(flatten)]
    pub reading: Reading,
    /// The same as --log-format; where there is a form to choose, --format chooses that.
    #[arg(long, value_name = "ID", conflicts_with = "log_format")]
    pub format: Option<String>,
    /// Logs to follow: files, patterns, folders, or `-` for standard input. Default: this host's mail log.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// How it looks.
    #[command(flatten)]
    pub look: Look,
    /// Who else is told of an incident.
    #[command(flatten)]
    pub alert: Alert,
}

/// The faces beside the console.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play a live send of a bulk sender that runs into an incident.
    Demo(Demo),
    /// Play logs that are over on the console, at their own pace or faster.
    Replay(Replay),
    /// Read logs to their end and print what happened.
    Report(Report),
    /// List the sends of each campaign, beside the sends before them.
    Sends(Sends),
    /// Put two spans or two sends side by side: what is new, gone, up, down.
    Compare(Compare),
    /// Follow logs and print each rejection.
    Follow(Follow),
    /// Say what a reply, a bounce, an SMTP session or a message's headers mean and what to do.
    Explain(Explain),
    /// Look over your configuration folder: settings, providers, rules, formats, trees, themes.
    Check(Check),
    /// Write a first config.toml, print what holds, look it over, print its schema.
    Config(Config),
    /// Print every line of one queue id, across files, in the order of time.
    Trace(Trace),
    /// Write what is handed to others: incident report, suppression list, delisting dossier, hold.
    Export(Export),
    /// Follow logs, tell each incident, and answer whether one runs by the exit code.
    Watch(Watch),
    /// Print the decision tree: questions, answers, remedies.
    Tree(Tree),
}

/// Arguments of the demo.
#[derive(Debug, Args)]
pub struct Demo {
    /// Which incident.
    #[arg(long, value_name = "NAME", default_value = "gmail-reputation", value_parser = scenario)]
    pub scenario: Scenario,
    /// How much faster than life.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// The same seed plays the same send.
    #[arg(long, value_name = "NUMBER", default_value_t = 550)]
    pub seed: u64,
    /// Only write the logs, into this folder, until interrupted.
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,
    /// How it looks.
    #[command(flatten)]
    pub look: Look,
}

/// Arguments of the report.
#[derive(Debug, Args)]
pub struct Report {
    /// How logs are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Logs to read: files, patterns, folders, or `-` for standard input. Default: this host's mail log.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// The form.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
    /// Count attempts from then on: `2h`, `30m`, `2026-11-21`, `2026-11-21T14:00`, RFC 3339.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Count attempts before then.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Keep in this folder how far each log was read and what was counted: the next report tells what came since,
    /// through any rotation in between, and what all of them counted together.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["since", "until"])]
    pub state: Option<PathBuf>,
    /// Only the last 1m, 5m, 15m, 1h, 6h or 24h of what was read.
    #[arg(long, value_name = "SPAN", value_parser = window)]
    pub window: Option<Window>,
    /// Only this, as the console's `/` takes it: `provider:gmail code:5.7.* !cat:user`, `@name` for a filter of
    /// your own. Figures, strings and incidents are those of what it lets through; a `~` stands before an
    /// estimate.
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Whether local parts are masked.
    #[command(flatten)]
    pub redaction: Redaction,
}

/// Arguments of follow.
#[derive(Debug, Args)]
pub struct Follow {
    /// How logs are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Logs to follow: files, patterns, folders, or `-` for standard input. Default: this host's mail log.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// The form; `raw` prints every line as it was written, and not to a terminal.
    #[arg(long, value_enum, default_value_t = FollowFormat::Text)]
    pub format: FollowFormat,
    /// Only this, as the console's `/` takes it: `provider:gmail code:5.7.* !cat:user`, `@name` for a filter of
    /// your own. It is asked of each reply alone, so that none can be `new`.
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Begin at the end of what is there, not at its beginning.
    #[arg(long)]
    pub from_end: bool,
    /// Keep in this folder how far each log was read, and go on there when started again, through any
    /// rotation in between.
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
}

/// Arguments of explain.
#[derive(Debug, Args)]
#[command(after_help = "Read, from files or standard input:\n  \
        replies, one a line, or JSON objects {reply, relay, rcpt}: one answer for each line\n  \
        a bounce, whole, as the mail program saves it, or a mailbox of them: one answer for each recipient\n  \
        an SMTP session (swaks, telnet, openssl, a transcript): one answer for each reply that refuses\n  \
        Authentication-Results, ARC-Authentication-Results, Received-SPF, or a message's whole header\n\n\
        Which of them it is, its shape tells; what could be several is read as replies. --as overrules.\n\n\
        Examples:\n  \
        fivefifty explain '550 5.7.1 …' --relay mx.example.com\n  \
        fivefifty explain bounce.eml\n  \
        swaks --to a@example.com --quit-after RCPT | fivefifty explain\n  \
        fivefifty explain --as headers message.eml\n\n\
        Exit codes: 0 done, 1 something could not be read, 2 wrong use.")]
pub struct Explain {
    /// How log lines are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Replies, each quoted; whole log lines will do. Or files: what does not begin with a reply's code
    /// and exists. `-`, or none: standard input.
    #[arg(value_name = "REPLY|FILE")]
    pub replies: Vec<String>,
    /// What it is, where its shape does not tell.
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = ExplainForm::Auto)]
    pub form: ExplainForm,
    /// The host that said it.
    #[arg(long, value_name = "HOST")]
    pub relay: Option<String>,
    /// The recipient's address or domain.
    #[arg(long, value_name = "DOMAIN")]
    pub rcpt: Option<String>,
    /// The form.
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
}

/// Arguments of trace.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 found, 1 not found or something could not be read, 2 wrong use.")]
pub struct Trace {
    /// How logs are read.
    #[command(flatten)]
    pub reading: Reading,
    /// The queue id, as the log writes it; any other word will do, such as a recipient's address.
    #[arg(value_name = "ID")]
    pub id: String,
    /// Logs to search: files, patterns, or `-` for standard input. Default: this host's mail log and
    /// what it was rotated to in the last eight days.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// The form.
    #[arg(long, value_enum, default_value_t = TraceFormat::Text)]
    pub format: TraceFormat,
}

/// Forms of the report.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// For tickets.
    Md,
}

/// Forms of follow.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum FollowFormat {
    /// For people.
    Text,
    /// For programs: one object a line.
    Jsonl,
    /// Every line, byte for byte.
    Raw,
}

/// Forms of check.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Forms of explain.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For people.
    Text,
    /// For programs: one object a line.
    Jsonl,
}

/// What explain reads.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExplainForm {
    /// What its shape says.
    Auto,
    /// Replies, one a line; an argument is one, and never a file.
    Reply,
    /// A bounce.
    Message,
    /// An SMTP session.
    Transcript,
    /// Headers with results of authentication.
    Headers,
}

/// Forms of trace.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum TraceFormat {
    /// The lines as they stand in the log; those with bytes that a terminal obeys or does not show are
    /// described, and standard error says which.
    Text,
    /// For programs: one object a line.
    Jsonl,
}

fn window(text: &str) -> Result<Window, String> {
    text.parse()
}

fn zone(text: &str) -> Result<Zone, String> {
    text.parse()
}

fn scenario(text: &str) -> Result<Scenario, String> {
    text.parse().map_err(|error: <Scenario as std::str::FromStr>::Err| error.to_string())
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=1_000.0).contains(&speed) => Ok(speed),
        _ => Err("a factor between 0.1 and 1000".to_owned()),
    }
}
