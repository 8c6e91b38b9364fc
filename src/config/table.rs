//! Every setting of `config.toml`, in the order in which it is shown: the file that `config init` writes,
//! what `config show` prints, the schema and the reload are drawn from this one table.

/// What a setting may be.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Switch,
    /// A whole number between these two, both included.
    Number(u64, u64),
    /// A share: `"0.5 %"` or 0.005.
    Share,
    /// A list of texts.
    List,
    /// A table of names and texts.
    Names,
    /// A table of names, and of each one text or a list of them.
    Lists,
}

/// One setting.
#[derive(Copy, Clone, Debug)]
pub struct Setting {
    /// Its name, with its table before it: `alerts.bell`.
    pub key: &'static str,
    /// What it is for, in sentences.
    pub about: &'static str,
    /// What holds where nothing is set, as TOML; `None` where nothing is.
    pub default: Option<&'static str>,
    /// What it may look like, as TOML, where there is no default.
    pub example: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether a console that runs takes a change over.
    pub live: bool,
}

impl Setting {
    /// The table that it stands in; empty for the top, and its name there.
    #[must_use]
    pub fn place(&self) -> (&'static str, &'static str) {
        self.key.split_once('.').unwrap_or(("", self.key))
    }
}

const fn set(key: &'static str, default: &'static str, kind: Kind, about: &'static str) -> Setting {
    Setting { key, about, default: Some(default), example: "", kind, live: false }
}

const fn live(key: &'static str, default: &'static str, kind: Kind, about: &'static str) -> Setting {
    Setting { live: true, ..set(key, default, kind, about) }
}

const fn open(key: &'static str, example: &'static str, kind: Kind, about: &'static str) -> Setting {
    Setting { key, about, default: None, example, kind, live: false }
}

/// Every setting; those at the top come before those in tables.
pub const TABLE: &[Setting] = &[
    open(
        "logs",
        "[\"/var/log/mail.log\", \"/var/log/pmta/acct*.csv\"]",
        Kind::List,
        "What is read where the command line names nothing: files, patterns, folders, each from / on. Where \
         nothing is set, this host's mail log is looked for.",
    ),
    open(
        "log-format",
        "\"postfix\"",
        Kind::Text,
        "Whose lines all lines are, as --log-format takes it. Where nothing is set, the lines tell.",
    ),
    set(
        "log-zone",
        "\"local\"",
        Kind::Text,
        "The zone of stamps that name none, as --log-zone takes it: local, UTC, +02:00, Europe/Berlin.",
    ),
    live(
        "timezone",
        "\"local\"",
        Kind::Text,
        "The zone in which times are shown, and read where they name none: local (this host's), UTC, +02:00, \
         Europe/Berlin. --tz and --utc come before it; JSON has times in UTC always.",
    ),
    live(
        "theme",
        "\"default\"",
        Kind::Text,
        "The console's colours: a theme's name (T in the console shows them all, and those of your own in \
         themes/*.toml), or auto for light or dark as the terminal is. NO_COLOR comes before it.",
    ),
    Setting {
        live: true,
        ..open(
            "ascii",
            "true",
            Kind::Switch,
            "Draw with ASCII characters only, or never so. Where nothing is set, the locale decides.",
        )
    },
    live(
        "mouse",
        "true",
        Kind::Switch,
        "Take clicks and the wheel in the console; M there gives them back to the terminal, and takes them.",
    ),
    live(
        "window",
        "\"5m\"",
        Kind::OneOf(&["1m", "5m", "15m", "1h", "6h", "24h"]),
        "The console's window, at the start and when it is set anew.",
    ),
    live("sample", "25", Kind::Number(20, 30), "How many strings a sample in the console has."),
    live(
        "redact",
        "true",
        Kind::Switch,
        "Mask local parts of addresses in whatever comes out: reports, exports, watch. --redact and \
         --no-redact come before it. What the console tells a program is masked anyway.",
    ),
    open(
        "zones",
        "{ \"/var/log/mta2/*\" = \"America/New_York\" }",
        Kind::Names,
        "Zones of particular logs: a path or pattern, and its zone.",
    ),
    Setting {
        live: true,
        ..open(
            "keys",
            "{ trace = [\"t\", \"ctrl-t\"], sources = \"ctrl-o\" }",
            Kind::Lists,
            "Other keys in the console: an action's id, as the help and the palette show it, and the keys that \
             it has instead of ours; [] takes it all of them.",
        )
    },
    Setting {
        live: true,
        ..open(
            "filters",
            "{ auth = \"cat:auth !new\" }",
            Kind::Names,
            "Filters of your own: a name, which the filter line takes as @name, and the filter.",
        )
    },
    set("thresholds.calm", "\"0.5 %\"", Kind::Share, "Ordinary churn: no baseline is taken as lower."),
    set(
        "thresholds.incident",
        "\"5 %\"",
        Kind::Share,
        "Rejections that are the sender's fault: an incident from here on.",
    ),
    set(
        "thresholds.unknown-users",
        "\"2 %\"",
        Kind::Share,
        "Unknown users of a send: more is a problem of its list.",
    ),
    set("thresholds.complaints-warn", "\"0.10 %\"", Kind::Share, "Complaints: more are too many."),
    set("thresholds.complaints-limit", "\"0.30 %\"", Kind::Share, "Complaints: more cost the delivery."),
    set("thresholds.fewest", "10", Kind::Number(1, 1_000_000_000), "Fewest replies that make an incident."),
    live("alerts.bell", "true", Kind::Switch, "Ring the terminal's bell at a new incident."),
    live("alerts.title", "true", Kind::Switch, "Set the window's title to the incident that runs."),
    open(
        "alerts.on-incident",
        "[\"/usr/local/bin/page\", \"--team\", \"mail\"]",
        Kind::List,
        "The program that is told of incidents, by its whole path, and its arguments. This file and its \
         folders must then be written by nobody but you or root.",
    ),
];
