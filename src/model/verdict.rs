//! What a reply means.

use std::sync::Arc;

use serde::Serialize;

use crate::text::Clean;

macro_rules! ids {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $id:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every value, in the order of the definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The id that rules and reports use.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }
        }
    };
}

ids! {
    /// Why a reply was given: 24 categories and `unknown`.
    Category {
        /// The recipient's address or mailbox does not exist.
        UserUnknown = "user_unknown",
        /// The recipient's domain does not exist or takes no mail.
        BadDomain = "bad_domain",
        /// The mailbox exists but is disabled, inactive or moved.
        MailboxDisabled = "mailbox_disabled",
        /// Over quota.
        MailboxFull = "mailbox_full",
        /// The recipient or their organisation blocks this sender.
        RecipientPolicy = "recipient_policy",
        /// An IP, domain or URL is on a list, the provider's own or a named third party's.
        Blocklist = "blocklist",
        /// The sending IP's reputation, no list named.
        IpReputation = "ip_reputation",
        /// The reputation of a sending, signing or linked domain.
        DomainReputation = "domain_reputation",
        /// SPF, DKIM, DMARC or ARC failed or is missing.
        AuthFailure = "auth_failure",
        /// This message was judged spam, phishing or bulk.
        ContentSpam = "content_spam",
        /// A virus or prohibited attachment.
        Virus = "virus",
        /// Policy, with no stated cause.
        Policy = "policy",
        /// Too many connections, messages or recipients.
        RateLimit = "rate_limit",
        /// Try later, for a first contact.
        Greylist = "greylist",
        /// The server does not accept this recipient domain from us.
        RelayDenied = "relay_denied",
        /// Reverse DNS, forward confirmation, HELO, dynamic address.
        PtrDns = "ptr_dns",
        /// The envelope or header sender is unusable.
        SenderInvalid = "sender_invalid",
        /// Authentication required or failed (submission).
        SmtpAuth = "smtp_auth",
        /// TLS, DANE, MTA-STS, certificates.
        Tls = "tls",
        /// Too big.
        Size = "size",
        /// Timeouts, refused connections, routing, loops, DNS trouble.
        Network = "network",
        /// The remote system's own error.
        ServerError = "server_error",
        /// SMTP syntax or sequence, RFC 5322 defects.
        Protocol = "protocol",
        /// The text does not say.
        Unknown = "unknown",
    }
}

ids! {
    /// What class of action a category asks for.
    Action {
        /// The address is at fault: stop sending to it.
        Suppress = "suppress",
        /// Transient: the queue retries.
        Retry = "retry",
        /// The sender's fault, or not known to be the address's: look, never just suppress.
        Investigate = "investigate",
        /// A defect of the message or configuration on our side.
        Fix = "fix",
    }
}

ids! {
    /// How bad it is for the sender; the order is the order of urgency.
    Severity {
        /// Nothing to do.
        Info = "info",
        /// Routine.
        Low = "low",
        /// Read the sample.
        Medium = "medium",
        /// Mail is being lost.
        High = "high",
        /// Stop and act.
        Critical = "critical",
    }
}

ids! {
    /// Whose fault it is, as far as the text says.
    Fault {
        /// The address or its mailbox.
        Recipient = "recipient",
        /// Nobody's mistake: the recipient or their organisation chose to refuse.
        Organisation = "organisation",
        /// Ours: host, DNS, reputation, message, configuration, pace.
        Sender = "sender",
        /// The receiving system's.
        Receiver = "receiver",
        /// What lies between: routes, name servers, connections.
        Network = "network",
        /// Nobody's: part of the protocol's game.
        Nobody = "nobody",
        /// The text does not say.
        Unknown = "unknown",
    }
}

ids! {
    /// Which authentication mechanism a reply blames.
    Mechanism {
        /// RFC 7208.
        Spf = "spf",
        /// RFC 6376.
        Dkim = "dkim",
        /// RFC 7489.
        Dmarc = "dmarc",
        /// RFC 8617.
        Arc = "arc",
    }
}

/// What a reply means, who is at fault and by which rule. One per signature and attribution,
/// shared by every event that says the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Why.
    pub category: Category,
    /// Whose fault, as far as the words say.
    pub fault: Fault,
    /// How bad.
    pub severity: Severity,
    /// What class of action, already softened by the reply's class and certainty.
    pub action: Action,
    /// Which blocklist, as an id of the list table (`spamhaus-zen`) or the name in the text.
    pub list: Option<Clean>,
    /// Which authentication mechanism.
    pub mechanism: Option<Mechanism>,
    /// The provider's own code in the text: `S3150`, `TSS04`, `CS01`.
    pub provider_code: Option<Clean>,
    /// Whether the block is temporary in effect, whatever the code's class says.
    pub temporary: bool,
    /// The id of the rule that won; [`Self::NONE`] where none held.
    pub rule: Arc<str>,
    /// Where that rule's knowledge comes from; empty where no rule held.
    pub source: Clean,
    /// The month when it was true, `YYYY-MM`; empty where no rule held.
    pub month: Arc<str>,
    /// Rules that held too and lost, best first, at most [`Self::CONSIDERED`]. As the evidence, of the
    /// first reply that said so.
    pub considered: Arc<[Considered]>,
    /// The words of the reply that decided.
    pub evidence: Clean,
    /// The node of the decision tree where this leads, `N0`–`N10`.
    pub node: Arc<str>,
    /// The reply with its variable parts masked.
    pub signature: Clean,
    /// The hash of the signature.
    pub signature_id: u64,
}

/// A rule that held for a reply and lost to a better one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Considered {
    /// The rule's id.
    pub rule: Arc<str>,
    /// What it would have meant.
    pub category: Category,
}

impl Verdict {
    /// The rule id of a verdict on a reply that no rule knows.
    pub const NONE: &str = "none";

    /// Rules that a verdict names beside the one that won.
    pub const CONSIDERED: usize = 5;

    /// The rule id of a verdict that stands for replies too many to be kept apart.
    pub const MANY: &str = "many";

    /// This verdict as that of all replies of its category that are counted together. What it
    /// takes from one of them must hold for all, so it asks to look, never to suppress.
    #[must_use]
    pub fn of_many(&self) -> Self {
        let signature = format!("{} replies too different to be kept apart", self.category.id());
        Self {
            action: Action::Investigate,
            list: None,
            mechanism: None,
            provider_code: None,
            rule: Arc::from(Self::MANY),
            source: Clean::default(),
            month: Arc::default(),
            considered: Arc::default(),
            evidence: Clean::default(),
            signature: Clean::from(signature.as_str()),
            signature_id: self.category as u64 + 1,
            ..self.clone()
        }
    }

    /// Whether it stands for replies too many to be kept apart.
    #[must_use]
    pub fn is_many(&self) -> bool {
        &*self.rule == Self::MANY
    }
}

impl Category {
    /// As people write it: `IP reputation`. Programs write its id.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserUnknown => "user unknown",
            Self::BadDomain => "bad domain",
            Self::MailboxDisabled => "mailbox disabled",
            Self::MailboxFull => "mailbox full",
            Self::RecipientPolicy => "recipient policy",
            Self::Blocklist => "blocklist",
            Self::IpReputation => "IP reputation",
            Self::DomainReputation => "domain reputation",
            Self::AuthFailure => "authentication",
            Self::ContentSpam => "content",
            Self::Virus => "virus",
            Self::Policy => "policy",
            Self::RateLimit => "rate limit",
            Self::Greylist => "greylisting",
            Self::RelayDenied => "relay denied",
            Self::PtrDns => "reverse DNS",
            Self::SenderInvalid => "sender invalid",
            Self::SmtpAuth => "SMTP login",
            Self::Tls => "TLS",
            Self::Size => "size",
            Self::Network => "network",
            Self::ServerError => "server error",
            Self::Protocol => "protocol",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Category};

    #[test]
    fn ids_and_serde_agree() {
        for category in Category::ALL {
            let json = serde_json::to_string(category).unwrap_or_default();
            assert_eq!(json, format!("\"{}\"", category.id()));
        }
        assert_eq!(Category::ALL.len(), 24, "23 causes and unknown");
        assert_eq!(Action::ALL.len(), 4);
    }
}
