//! Arguments of export.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Reading, Redaction};

/// Arguments of export.
#[derive(Debug, Args)]
pub struct Export {
    /// What is wanted.
    #[command(subcommand)]
    pub what: ExportWhat,
}

/// What can be written to be handed over.
#[derive(Debug, Subcommand)]
pub enum ExportWhat {
    /// Report one incident: for the ticket, and for the next shift.
    Incident(ExportIncident),
    /// List the addresses whose own fault their replies are, and no others.
    Suppression(ExportSuppression),
    /// Fill in what a provider or list asks for before it lifts a block.
    Dossier(ExportDossier),
    /// Show how your MTA holds one provider's mail, and how it lets it go; nothing is run.
    Hold(ExportHold),
}

/// What is read.
#[derive(Debug, Args)]
pub struct Logs {
    /// How logs are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Logs to read: files, patterns, folders, or `-` for standard input. Default: this host's mail log.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// Count attempts from then on: `2h`, `30m`, `2026-11-21`, `2026-11-21T14:00`, RFC 3339.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Count attempts before then.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// Where it goes.
#[derive(Debug, Args)]
pub struct Target {
    /// Write into this file, for your eyes only (mode 0600), whole or not at all; else to standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file if there is one.
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// Arguments of the incident report.
#[derive(Debug, Args)]
#[command(after_help = "Without --id: the leading incident that still runs, else the latest one.\n\
        Local parts of addresses are masked: ‹user-1›@gmail.com, one number for one address.\n\
        What you answered and noted in the console is taken from your state folder.\n\
        Of one log that is named alone, what it was rotated to within the day is read, too, as watch does.\n\n\
        Exit codes: 0 written, 1 no incident, or something could not be read or written, 2 wrong use.")]
pub struct ExportIncident {
    /// Which incident, as --list names it; its beginning will do where no other begins so.
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Only list the incidents.
    #[arg(long, conflicts_with = "id")]
    pub list: bool,
    /// Only this, as the console's `/` takes it: `provider:gmail code:5.7.* !cat:user`, `@name` for a filter of
    /// your own. It chooses among incidents: those that have replies like these; the document is of all of one.
    #[arg(long, value_name = "EXPR", conflicts_with = "id")]
    pub filter: Option<String>,
    /// The form.
    #[arg(long, value_enum, default_value_t = ExportFormat::Md)]
    pub format: ExportFormat,
    /// Whether local parts are masked.
    #[command(flatten)]
    pub redaction: Redaction,
    /// Where it goes.
    #[command(flatten)]
    pub target: Target,
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
}

/// Arguments of the suppression list.
#[derive(Debug, Args)]
#[command(
    after_help = "Listed are addresses whose last reply blames the address itself, for good, and that took no\n\
        mail since. Whatever blames the sender, the network or nobody is refused; standard error says how\n\
        many and why. The logs are read three times; standard input is kept in a temporary file meanwhile.\n\n\
        Exit codes: 0 written, empty or not; 1 something could not be read or written, or the list is not\n\
        whole; 2 wrong use."
)]
pub struct ExportSuppression {
    /// The form: csv with a header line, jsonl, or plain: nothing but addresses.
    #[arg(long, value_enum, default_value_t = SuppressionFormat::Csv)]
    pub format: SuppressionFormat,
    /// List the full mailboxes and those refused for now instead: to try again later, not to suppress.
    #[arg(long)]
    pub temporary: bool,
    /// Only this, as the console's `/` takes it: `provider:gmail code:5.7.* !cat:user`, `@name` for a filter of
    /// your own. It is asked of each address and its last reply: `provider:`, `code:`, `cat:`, `list:`,
    /// `text~`, `domain:`.
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Where it goes.
    #[command(flatten)]
    pub target: Target,
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
}

/// Arguments of the dossier.
#[derive(Debug, Args)]
#[command(
    after_help = "What the logs tell is filled in; what they cannot tell stands as `[ ]`, with the command that\n\
        answers it. File nothing before the cause is gone: the dossier says where it is not noted.\n\
        Of one log that is named alone, what it was rotated to within the day is read, too, as watch does.\n\n\
        Exit codes: 0 written, 1 nothing to write about, or something could not be read or written,\n\
        2 wrong use."
)]
pub struct ExportDossier {
    /// For whom: microsoft, spamhaus, yahoo, apple, gmail, generic.
    #[arg(long = "for", value_name = "WHOM")]
    pub whom: String,
    /// About which incident; default: the leading one that fits.
    #[arg(long, value_name = "ID", conflicts_with = "provider")]
    pub id: Option<String>,
    /// About one provider, incident or not.
    #[arg(long, value_name = "ID")]
    pub provider: Option<String>,
    /// Only this, as the console's `/` takes it: `provider:gmail code:5.7.* !cat:user`, `@name` for a filter of
    /// your own. It chooses among incidents: those that have replies like these.
    #[arg(long, value_name = "EXPR", conflicts_with_all = ["id", "provider"])]
    pub filter: Option<String>,
    /// Whether local parts are masked.
    #[command(flatten)]
    pub redaction: Redaction,
    /// Where it goes.
    #[command(flatten)]
    pub target: Target,
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
}

/// Arguments of the hint to hold.
#[derive(Debug, Args)]
#[command(after_help = "With --mta no log is read. Nothing is run: read it, then run it yourself.\n\n\
        Exit codes: 0 written, 1 something could not be read or written, 2 wrong use.")]
pub struct ExportHold {
    /// Whose mail: a provider's id (gmail), or a recipient domain.
    #[arg(long, value_name = "ID")]
    pub provider: String,
    /// Your MTA: postfix, exim, powermta, kumomta, sendmail, opensmtpd. Default: whose log it is.
    #[arg(long, value_name = "MTA")]
    pub mta: Option<String>,
    /// Where it goes.
    #[command(flatten)]
    pub target: Target,
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
}

/// Forms of the incident report.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// For tickets.
    Md,
    /// For programs.
    Json,
    /// For people and mail.
    Text,
}

/// Forms of the suppression list.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum SuppressionFormat {
    /// RFC 4180, with a header line.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Nothing but addresses, one a line.
    Plain,
}
