//! Arguments of watch, and of whatever tells others of an incident.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Reading, Redaction};

/// Who else is told of an incident.
#[derive(Debug, Default, Args)]
pub struct Alert {
    /// Run this program when an incident begins, and when it ends; it gets the incident as JSON on
    /// standard input. It is run as it is, without a shell. For good: `on-incident` under `[alerts]` in
    /// config.toml, which does not hold for watch --once.
    #[arg(long, value_name = "PROGRAM")]
    pub on_incident: Option<PathBuf>,
    /// An argument for that program; may be given several times.
    #[arg(long = "arg", value_name = "ARGUMENT", requires = "on_incident", allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// Arguments of watch.
#[derive(Debug, Args)]
#[command(after_help = "May the next send start?\n  \
        fivefifty watch --once /var/log/mail.log && start-the-send\n  \
        fivefifty watch --exit-on-incident --for 10m || pause-the-send\n\
        Page somebody:\n  \
        fivefifty watch --on-incident /usr/local/bin/page --arg --team --arg mail\n\n\
        An incident whose traffic stopped before the rate came back counts as running for 24 hours, or until mail \
        there is taken again: silence is no recovery. A provider's own outage, or our network's, is no incident: --once says it on \
        standard error, and JSON in `notices`.\n\n\
        Exit codes: 0 calm, 1 something could not be read, so that nobody knows, 2 wrong use, 3 an incident.")]
pub struct Watch {
    /// How logs are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Logs to follow: files, patterns, folders, or `-` for standard input. Default: this host's mail log.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// End with exit code 3 as soon as an incident runs.
    #[arg(long)]
    pub exit_on_incident: bool,
    /// Look at what there is now, tell whether an incident runs, and end.
    #[arg(long, conflicts_with = "span")]
    pub once: bool,
    /// Watch so long, then end: `90s`, `10m`, `2h`.
    #[arg(long = "for", value_name = "SPAN", value_parser = span)]
    pub span: Option<Duration>,
    /// Keep what the sends came to in your state folder, as the console does, for when these logs are gone:
    /// counts only, no address.
    #[arg(long)]
    pub remember: bool,
    /// Keep in this folder what was told: started again, it tells no incident twice, and what began or ended
    /// meanwhile.
    #[arg(long, value_name = "DIR", conflicts_with = "once")]
    pub state: Option<PathBuf>,
    /// Only incidents at these providers, by id: gmail, yahoo, microsoft-consumer; those of all providers
    /// count too.
    #[arg(long, value_name = "ID")]
    pub provider: Vec<String>,
    /// Only this, as the console's `/` takes it: `provider:gmail code:5.7.* !cat:user`, `@name` for a filter of
    /// your own. Told, and answered for, are incidents that have replies like these.
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Whether local parts are masked.
    #[command(flatten)]
    pub redaction: Redaction,
    /// Who else is told.
    #[command(flatten)]
    pub alert: Alert,
    /// The form.
    #[arg(long, value_enum, default_value_t = WatchFormat::Text)]
    pub format: WatchFormat,
}

/// Forms of watch.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub enum WatchFormat {
    /// For people: one line when an incident begins, one when it ends.
    Text,
    /// For programs: one object a line.
    Jsonl,
}

fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no span: use 90s, 10m or 2h");
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    match number.parse::<u32>() {
        Ok(number) if number > 0 => Ok(Duration::from_secs(u64::from(number) * seconds)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_are_read_and_what_is_none_is_refused() {
        assert_eq!(span("90s").map(|span| span.as_secs()), Ok(90));
        assert_eq!(span("2h").map(|span| span.as_secs()), Ok(7_200));
        for wrong in ["", "s", "5", "0m", "-1m", "1.5h", "5d", "5€"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
