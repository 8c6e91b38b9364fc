//! What goes wrong in each scenario: who says it, in which words, to which part of the send.

use fastrand::Rng;

use super::replies::At::{Data, Greeting, Mail, Rcpt};
use super::replies::{Said, later, no, one_of, stuck};
use super::scenario::Scenario;
use super::sender::{CULPRIT_CAMPAIGN, CULPRIT_SOURCE};
use super::words::{
    COMCAST_UNALLOCATED, EXCHANGE_NOT_FOUND, GMX_UNAVAILABLE, GOOGLE_IP_RATE_LIMITED, GOOGLE_NO_SUCH_USER,
    GOOGLE_UNSOLICITED, OUTLOOK_UNAVAILABLE, POSTFIX_ZEN, YAHOO_BL21, YAHOO_NOT_FOUND,
};

/// How much of its force an incident has reached: 0 before it, 1 when it stands.
pub(super) type Force = f64;

/// The words of one provider in one incident.
struct Words {
    /// The receiver's id; empty for every receiver that has no words of its own.
    at: &'static str,
    /// The share of attempts in scope that hear them.
    share: f64,
    said: &'static [Said],
}

/// What the receiver says instead of its ordinary words, if the incident reaches this attempt.
pub(super) fn strikes(
    scenario: Scenario,
    force: Force,
    receiver: &str,
    source: usize,
    campaign: usize,
    rng: &mut Rng,
) -> Option<&'static Said> {
    if force <= 0.0 {
        return None;
    }
    let words = match scenario {
        Scenario::GmailReputation => GMAIL_REPUTATION,
        Scenario::Outlook515 => OUTLOOK_515,
        Scenario::ListQuality => LIST_QUALITY,
        Scenario::Content => CONTENT,
        Scenario::Blocklist => BLOCKLIST,
        Scenario::Calm => return None,
    };
    let words = words
        .iter()
        .find(|words| words.at == receiver)
        .or_else(|| words.iter().find(|words| words.at.is_empty()))?;
    let scope = match scenario {
        // One address has burnt its reputation; its neighbours suffer a little.
        Scenario::GmailReputation if source == CULPRIT_SOURCE => 1.0,
        Scenario::GmailReputation => 0.13,
        Scenario::Outlook515 => 1.0,
        Scenario::ListQuality | Scenario::Content if campaign == CULPRIT_CAMPAIGN => 1.0,
        Scenario::Blocklist if source == CULPRIT_SOURCE => 1.0,
        _ => 0.0,
    };
    (rng.f64() < words.share * scope * force).then(|| one_of(words.said, rng)).flatten()
}

const GMAIL_REPUTATION: &[Words] = &[Words {
    at: "gmail",
    share: 0.92,
    said: &[
        no(
            91,
            Data,
            "550-5.7.1 [{ip}      12] Gmail has detected that this message is likely 550-5.7.1 suspicious due to the very low reputation of the sending IP address. 550-5.7.1 To best protect our users from spam, the message has been blocked. For 550-5.7.1 more information, go to 550 5.7.1  https://support.google.com/mail/answer/188131 {gid} - gsmtp",
        ),
        no(6, Data, GOOGLE_UNSOLICITED),
        later(3, Data, GOOGLE_IP_RATE_LIMITED),
    ],
}];

const OUTLOOK_515: &[Words] = &[Words {
    at: "microsoft-consumer",
    share: 0.97,
    said: &[no(
        1,
        Data,
        "550 5.7.515 Access denied, sending domain {from} does not meet the required authentication level. The sender's domain in the 5322.From address does not meet the authentication requirements defined for the sender. To learn how to fix this see: https://go.microsoft.com/fwlink/p/?linkid=2319303 Spf= Fail , Dkim= Fail , DMARC= Fail [{eop}]",
    )],
}];

const LIST_QUALITY: &[Words] = &[
    Words { at: "gmail", share: 0.085, said: &[no(1, Rcpt, GOOGLE_NO_SUCH_USER)] },
    Words { at: "google-workspace", share: 0.09, said: &[no(1, Rcpt, GOOGLE_NO_SUCH_USER)] },
    Words { at: "microsoft-consumer", share: 0.08, said: &[no(1, Rcpt, OUTLOOK_UNAVAILABLE)] },
    Words { at: "microsoft-365", share: 0.11, said: &[no(1, Rcpt, EXCHANGE_NOT_FOUND)] },
    Words { at: "yahoo", share: 0.1, said: &[no(1, Rcpt, YAHOO_NOT_FOUND)] },
    Words { at: "aol", share: 0.12, said: &[no(1, Rcpt, YAHOO_NOT_FOUND)] },
    Words { at: "apple", share: 0.06, said: &[no(1, Rcpt, "550 5.1.1 <{rcpt}>: user does not exist")] },
    Words { at: "comcast", share: 0.08, said: &[no(1, Rcpt, COMCAST_UNALLOCATED)] },
    Words { at: "gmx-webde", share: 0.07, said: &[no(1, Rcpt, GMX_UNAVAILABLE)] },
    Words {
        at: "",
        share: 0.08,
        said: &[no(1, Rcpt, "550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown")],
    },
];

const CONTENT: &[Words] = &[
    Words {
        at: "gmail",
        share: 0.5,
        said: &[
            no(7, Data, GOOGLE_UNSOLICITED),
            no(
                3,
                Data,
                "550-5.7.1 [{ip}      12] Gmail has detected that this message is 550-5.7.1 suspicious due to the nature of the content and/or the links within. 550-5.7.1 To best protect our users from spam, the message has been blocked. For 550-5.7.1 more information, go to 550 5.7.1  https://support.google.com/mail/answer/188131 {gid} - gsmtp",
            ),
        ],
    },
    Words { at: "google-workspace", share: 0.42, said: &[no(1, Data, GOOGLE_UNSOLICITED)] },
    Words {
        at: "orange-fr",
        share: 0.5,
        said: &[no(1, Data, "550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]")],
    },
    Words {
        at: "comcast",
        share: 0.4,
        said: &[no(1, Data, "554 5.7.1 Message rejected as spam by Content Filtering.")],
    },
    Words {
        at: "microsoft-365",
        share: 0.36,
        said: &[no(1, Data, "550 5.7.1 Message rejected as spam by Content Filtering. [{eop}]")],
    },
    Words {
        at: "corporate",
        share: 0.45,
        said: &[
            no(2, Data, "554 5.7.1 Message rejected: High Probability of Spam"),
            no(1, Data, "554 rejected due to spam URL in content"),
        ],
    },
    Words { at: "yahoo", share: 0.38, said: PHISH },
    Words { at: "aol", share: 0.38, said: PHISH },
];

const PHISH: &[Said] = &[no(
    1,
    Data,
    "554 Message not allowed - [PH01] Email not accepted for policy reasons. Please visit https://postmaster.yahooinc.com/error-codes [120]",
)];

const BLOCKLIST: &[Words] = &[
    Words {
        at: "microsoft-365",
        share: 0.94,
        said: &[no(
            1,
            Rcpt,
            "550 5.7.1 Service unavailable, Client host [{ip}] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/{ip} (AS16012611). [{eop}]",
        )],
    },
    Words {
        at: "microsoft-consumer",
        share: 0.9,
        said: &[no(
            1,
            Mail,
            "550 5.7.1 Service unavailable, Client host [{ip}] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/{ip} AS(1450) [{eop}]",
        )],
    },
    Words { at: "yahoo", share: 0.95, said: &[no(1, Mail, YAHOO_BL21)] },
    Words { at: "aol", share: 0.95, said: &[no(1, Mail, YAHOO_BL21)] },
    Words {
        at: "apple",
        share: 0.9,
        said: &[no(
            1,
            Rcpt,
            "550 5.7.1 Mail from IP {ip} was rejected due to listing in Spamhaus SBL. For details please see http://www.spamhaus.org/query/bl?ip={ip}",
        )],
    },
    Words { at: "comcast", share: 0.9, said: &[no(1, Mail, POSTFIX_ZEN)] },
    Words {
        at: "orange-fr",
        share: 0.92,
        said: &[no(1, Mail, "550 5.7.1 Service unavailable; client [{ip}] blocked using Spamhaus")],
    },
    Words { at: "gmx-webde", share: 0.9, said: &[no(1, Rcpt, "550 <{rcpt}>: IP address is block listed")] },
    Words { at: "t-online", share: 0.85, said: &[stuck(1, Greeting, POSTFIX_ZEN)] },
    Words { at: "gmail", share: 0.03, said: &[later(1, Data, GOOGLE_IP_RATE_LIMITED)] },
    Words { at: "google-workspace", share: 0.0, said: &[] },
    Words { at: "", share: 0.88, said: &[no(1, Rcpt, POSTFIX_ZEN)] },
];
