//! What can go wrong in the demo.

use std::fmt;

/// What the receivers begin to say once the calm part is over.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// Gmail turns a third of its mail away for the reputation of the sending IPs.
    #[default]
    GmailReputation,
    /// Outlook.com refuses a domain that fails its bulk-sender authentication.
    Outlook515,
    /// A campaign goes to an old list: unknown users everywhere.
    ListQuality,
    /// A campaign's content is taken for spam at several providers.
    Content,
    /// One source IP is on a Spamhaus list.
    Blocklist,
    /// Nothing: ordinary churn for ever.
    Calm,
}

impl Scenario {
    /// Every scenario, in the order in which help lists them.
    pub const ALL: [Self; 6] = [
        Self::GmailReputation,
        Self::Outlook515,
        Self::ListQuality,
        Self::Content,
        Self::Blocklist,
        Self::Calm,
    ];

    /// The name that the command line takes.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::GmailReputation => "gmail-reputation",
            Self::Outlook515 => "outlook-515",
            Self::ListQuality => "list-quality",
            Self::Content => "content",
            Self::Blocklist => "blocklist",
            Self::Calm => "calm",
        }
    }

    /// One line for help.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::GmailReputation => "Gmail rejects for the sending IPs' reputation",
            Self::Outlook515 => "Outlook.com rejects for missing authentication (5.7.515)",
            Self::ListQuality => "one campaign meets unknown users everywhere",
            Self::Content => "one campaign is taken for spam at several providers",
            Self::Blocklist => "one source IP is on a Spamhaus list",
            Self::Calm => "nothing goes wrong",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl std::str::FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|scenario| scenario.id() == text).ok_or_else(|| {
            let ids = Self::ALL.map(Self::id).join(", ");
            format!("no scenario `{text}`: choose one of {ids}")
        })
    }
}
