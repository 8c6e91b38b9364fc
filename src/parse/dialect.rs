//! Whose lines they are.

/// A kind of log.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Postfix.
    Postfix,
    /// Exim's main log.
    Exim,
    /// Sendmail.
    Sendmail,
    /// OpenSMTPD.
    OpenSmtpd,
    /// qmail and notqmail.
    Qmail,
    /// PowerMTA's accounting files.
    PowerMta,
    /// KumoMTA's log records.
    KumoMta,
    /// Momentum's bouncelog and mainlog.
    Momentum,
    /// ZoneMTA.
    ZoneMta,
    /// Haraka.
    Haraka,
    /// Exchange's SMTP send protocol log.
    Exchange,
    /// `postqueue -j`: what Postfix still holds.
    Postqueue,
    /// JSON records read through a map, by its place among the formats.
    Mapped(u8),
}

impl Dialect {
    /// Those that are built in, in the order of help texts.
    pub const BUILT_IN: [Self; 12] = [
        Self::Postfix,
        Self::Exim,
        Self::Sendmail,
        Self::OpenSmtpd,
        Self::Qmail,
        Self::PowerMta,
        Self::KumoMta,
        Self::Momentum,
        Self::ZoneMta,
        Self::Haraka,
        Self::Exchange,
        Self::Postqueue,
    ];

    /// The id of a built-in dialect, as `--log-format` takes it; a map's is with the formats.
    #[must_use]
    pub const fn id(self) -> Option<&'static str> {
        Some(match self {
            Self::Postfix => "postfix",
            Self::Exim => "exim",
            Self::Sendmail => "sendmail",
            Self::OpenSmtpd => "opensmtpd",
            Self::Qmail => "qmail",
            Self::PowerMta => "powermta",
            Self::KumoMta => "kumomta",
            Self::Momentum => "momentum",
            Self::ZoneMta => "zonemta",
            Self::Haraka => "haraka",
            Self::Exchange => "exchange",
            Self::Postqueue => "postqueue",
            Self::Mapped(_) => return None,
        })
    }
}
