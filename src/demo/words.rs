//! Sentences that a receiver says both on an ordinary day and in an incident, or in several tables.

/// Gmail: the address does not exist.
pub(super) const GOOGLE_NO_SUCH_USER: &str = "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550-5.1.1 unnecessary spaces. For more information, go to 550 5.1.1  https://support.google.com/mail/?p=NoSuchUser {gid} - gsmtp";

/// Gmail: too much unsolicited mail from the address.
pub(super) const GOOGLE_IP_RATE_LIMITED: &str = "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating 421-4.7.28 from your IP address {ip}. To protect our users from spam, 421-4.7.28 mail sent from your IP address has been temporarily rate limited. To 421-4.7.28 review our bulk email senders guidelines, go to 421 4.7.28  https://support.google.com/mail/?p=UnsolicitedRateLimitError {gid} - gsmtp";

/// Gmail: this message looks like spam.
pub(super) const GOOGLE_UNSOLICITED: &str = "550-5.7.1 [{ip}      12] Gmail has detected that this message is likely 550-5.7.1 unsolicited mail. To reduce the amount of spam sent to Gmail, this 550-5.7.1 message has been blocked. For more information, go to 550 5.7.1  https://support.google.com/mail/?p=UnsolicitedMessageError {gid} - gsmtp";

/// Yahoo: no such mailbox.
pub(super) const YAHOO_NOT_FOUND: &str = "552 1 Requested mail action aborted, mailbox not found";

/// Yahoo: deferred for volume or complaints.
pub(super) const YAHOO_TSS04: &str = "421 4.7.0 [TSS04] Messages from {ip} temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes";

/// Outlook.com: no such mailbox.
pub(super) const OUTLOOK_UNAVAILABLE: &str =
    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [{eop}]";

/// Exchange Online: no such recipient.
pub(super) const EXCHANGE_NOT_FOUND: &str =
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {rcpt} not found by SMTP address lookup [{eop}]";

/// GMX: no such mailbox.
pub(super) const GMX_UNAVAILABLE: &str = "550 Requested action not taken: mailbox unavailable";

/// Comcast: no such mailbox.
pub(super) const COMCAST_UNALLOCATED: &str = "550 5.1.1 <{rcpt}> recipient mailbox unallocated";

/// Yahoo: the address is on a Spamhaus list.
pub(super) const YAHOO_BL21: &str = "553 5.7.1 [BL21] Connections will not be accepted from {ip}, because the ip is in Spamhaus's list; see http://postmaster.yahoo.com/550-bl23.html";

/// Postfix with Spamhaus ZEN.
pub(super) const POSTFIX_ZEN: &str = "554 5.7.1 Service unavailable; Client host [{ip}] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/{ip}";
