//! Who receives: shares of a consumer list, MX names, and what each receiver says on an ordinary day.

use super::replies::At::{Connect, Data, FirstMx, Greeting, Mail, Rcpt, Suspended};
use super::replies::{Said, later, no, stuck};
use super::words::{
    COMCAST_UNALLOCATED, EXCHANGE_NOT_FOUND, GMX_UNAVAILABLE, GOOGLE_IP_RATE_LIMITED, GOOGLE_NO_SUCH_USER,
    GOOGLE_UNSOLICITED, OUTLOOK_UNAVAILABLE, YAHOO_NOT_FOUND, YAHOO_TSS04,
};

/// One receiver.
#[derive(Debug)]
pub(super) struct Receiver {
    /// The provider's id, for the incidents.
    pub(super) id: &'static str,
    /// Share of recipients, of 1,000.
    pub(super) share: u32,
    /// The domains that its users have; `*` stands for any of the corporate domains.
    pub(super) domains: &'static [&'static str],
    /// Its MX hosts, best first; `{domain}` is the recipient's domain, `{dashed}` the same
    /// with dashes for dots.
    pub(super) mx: &'static [&'static str],
    /// How it says yes.
    pub(super) accepts: &'static str,
    /// What else it says on an ordinary day, in 100,000 attempts.
    pub(super) ordinary: &'static [Said],
}

const GOOGLE: &[Said] = &[
    no(300, Rcpt, GOOGLE_NO_SUCH_USER),
    no(
        40,
        Rcpt,
        "550-5.2.1 The email account that you tried to reach is disabled. For more 550-5.2.1 information, go to 550 5.2.1  https://support.google.com/mail/?p=DisabledUser {gid} - gsmtp",
    ),
    stuck(
        60,
        Rcpt,
        "452-4.2.2 The recipient's inbox is out of storage space. Please direct the 452-4.2.2 recipient to 452 4.2.2  https://support.google.com/mail/?p=OverQuotaTemp {gid} - gsmtp",
    ),
    no(
        15,
        Rcpt,
        "552-5.2.2 The recipient's inbox is out of storage space and inactive. Please 552-5.2.2 direct the recipient to 552 5.2.2  https://support.google.com/mail/?p=OverQuotaPerm {gid} - gsmtp",
    ),
    later(380, Data, GOOGLE_IP_RATE_LIMITED),
    later(
        30,
        Rcpt,
        "450-4.2.1 The user you are trying to contact is receiving mail at a rate that 450-4.2.1 prevents additional messages from being delivered. Please resend your 450-4.2.1 message at a later time. If the user is able to receive mail at that 450-4.2.1 time, your message will be delivered. For more information, please 450-4.2.1 visit 450 4.2.1  https://support.google.com/mail/?p=ReceivingRate {gid} - gsmtp",
    ),
    no(8, Data, GOOGLE_UNSOLICITED),
    later(10, Connect, "Connection timed out"),
];

const GOOGLE_ACCEPTS: &str = "250 2.0.0 OK  {seconds} {gid} - gsmtp";

const MICROSOFT_ACCEPTS: &str = "250 2.6.0 <{id}@{from}> [InternalId={num}{num}{num}, Hostname=PH7PR{num}MB{num}.namprd11.prod.outlook.com] {size} bytes in 0.1{num}, 104.{num} KB/sec Queued mail for delivery -> 250 2.1.5";

const YAHOO: &[Said] = &[
    no(280, Rcpt, YAHOO_NOT_FOUND),
    no(
        60,
        Data,
        "554 delivery error: dd Not a valid recipient - atlas-production.v2-mail-prod1-gq1.omega.yahoo.com",
    ),
    no(
        40,
        Data,
        "554 delivery error: dd Sorry, your message to {rcpt} cannot be delivered. This mailbox is disabled (554.30). - mta4123.mail.gq1.yahoo.com",
    ),
    later(1100, Mail, YAHOO_TSS04),
    later(160, Greeting, YAHOO_TSS04),
    later(140, Suspended, YAHOO_TSS04),
    later(300, FirstMx, "421 Max message per connection reached, closing transmission channel"),
];

const POSTFIX_LIKE: &[Said] = &[
    no(380, Rcpt, "550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown in virtual mailbox table"),
    no(60, Rcpt, "550 <{rcpt}> No such user here"),
    later(
        700,
        Rcpt,
        "450 4.2.0 <{rcpt}>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/{domain}.html",
    ),
    later(80, Rcpt, "451 4.3.0 <{rcpt}>: Temporary lookup failure"),
    stuck(90, Rcpt, "452 4.2.2 <{rcpt}>: Recipient address rejected: Mailbox is full"),
    stuck(120, Connect, "Connection timed out"),
    stuck(40, Connect, "Connection refused"),
    no(30, Rcpt, "554 5.7.1 <{rcpt}>: Relay access denied"),
    stuck(20, Greeting, "554 {domain} No SMTP service"),
];

/// Every receiver; the shares add up to 1,000.
pub(super) const RECEIVERS: &[Receiver] = &[
    Receiver {
        id: "gmail",
        share: 450,
        domains: &["gmail.com", "gmail.com", "gmail.com", "gmail.com", "gmail.com", "googlemail.com"],
        mx: &["gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com"],
        accepts: GOOGLE_ACCEPTS,
        ordinary: GOOGLE,
    },
    Receiver {
        id: "microsoft-consumer",
        share: 140,
        domains: &[
            "hotmail.com",
            "outlook.com",
            "live.com",
            "msn.com",
            "hotmail.co.uk",
            "hotmail.fr",
            "outlook.de",
        ],
        mx: &["{dashed}.olc.protection.outlook.com"],
        accepts: MICROSOFT_ACCEPTS,
        ordinary: &[
            no(300, Rcpt, OUTLOOK_UNAVAILABLE),
            later(
                520,
                Mail,
                "451 4.7.650 The mail server [{ip}] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775) [{eop}]",
            ),
            later(30, Greeting, "421 4.3.2 Service not available [{eop}]"),
        ],
    },
    Receiver {
        id: "yahoo",
        share: 95,
        domains: &["yahoo.com", "yahoo.com", "ymail.com", "yahoo.co.uk", "yahoo.fr", "rocketmail.com"],
        mx: &["mta5.am0.yahoodns.net", "mta6.am0.yahoodns.net", "mta7.am0.yahoodns.net"],
        accepts: "250 ok dirdel",
        ordinary: YAHOO,
    },
    Receiver {
        id: "aol",
        share: 30,
        domains: &["aol.com", "aim.com", "verizon.net"],
        mx: &["mx-aol.mail.gm0.yahoodns.net"],
        accepts: "250 ok dirdel",
        ordinary: YAHOO,
    },
    Receiver {
        id: "apple",
        share: 50,
        domains: &["icloud.com", "icloud.com", "me.com", "mac.com"],
        mx: &["mx01.mail.icloud.com", "mx02.mail.icloud.com"],
        accepts: "250 2.0.0 Ok: queued as {hex}",
        ordinary: &[
            no(280, Rcpt, "550 5.1.1 <{rcpt}>: user does not exist"),
            no(
                30,
                Data,
                "550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137",
            ),
            stuck(60, Rcpt, "552 5.2.2 <{rcpt}>: user is over quota"),
            later(60, Rcpt, "421 4.7.0 me.com Error: too many errors"),
        ],
    },
    Receiver {
        id: "microsoft-365",
        share: 62,
        domains: &["*"],
        mx: &["{dashed}.mail.protection.outlook.com"],
        accepts: MICROSOFT_ACCEPTS,
        ordinary: &[
            no(260, Rcpt, "550 5.4.1 [{rcpt}]: Recipient address rejected: Access denied. [{eop}]"),
            no(220, Rcpt, EXCHANGE_NOT_FOUND),
            no(
                60,
                Data,
                "550 5.7.1 Service unavailable, Client host [{ip}] blocked using Customer Block List. For more information please go to http://go.microsoft.com/fwlink/?LinkID=526655 AS(1430) [{eop}]",
            ),
            later(150, Data, "451 4.7.500 Server busy. Please try again later from [{ip}]. (S77719) [{eop}]"),
        ],
    },
    Receiver {
        id: "google-workspace",
        share: 48,
        domains: &["*"],
        mx: &["aspmx.l.google.com", "alt1.aspmx.l.google.com"],
        accepts: GOOGLE_ACCEPTS,
        ordinary: GOOGLE,
    },
    Receiver {
        id: "gmx-webde",
        share: 22,
        domains: &["gmx.de", "web.de", "gmx.net"],
        mx: &["mx00.emig.gmx.net", "mx01.emig.gmx.net"],
        accepts: "250 Requested mail action okay, completed: id=1M{id}",
        ordinary: &[
            no(260, Rcpt, GMX_UNAVAILABLE),
            no(60, Rcpt, "552 Requested mail action aborted: exceeded storage allocation, Quota exceeded"),
            later(200, Rcpt, "450 Requested mail action not taken: mailbox unavailable"),
        ],
    },
    Receiver {
        id: "comcast",
        share: 20,
        domains: &["comcast.net"],
        mx: &["mx1a1.comcast.net", "mx2a1.comcast.net"],
        accepts: "250 2.0.0 {id} mail accepted for delivery",
        ordinary: &[
            no(260, Rcpt, COMCAST_UNALLOCATED),
            no(60, Rcpt, "550 5.2.0 <{rcpt}> - Recipient unavailable"),
            later(160, Rcpt, "450 4.2.0 <{rcpt}> - Recipient temporarily unavailable"),
        ],
    },
    Receiver {
        id: "orange-fr",
        share: 15,
        domains: &["orange.fr", "wanadoo.fr"],
        mx: &["smtp-in.orange.fr"],
        accepts: "250 2.0.0 {id} mail accepted for delivery",
        ordinary: &[
            no(
                280,
                Rcpt,
                "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
            ),
            later(
                240,
                Greeting,
                "421 mwinf5c79 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR005_104 [104]",
            ),
        ],
    },
    Receiver {
        id: "t-online",
        share: 10,
        domains: &["t-online.de", "magenta.de"],
        mx: &["mx00.t-online.de", "mx01.t-online.de"],
        accepts: "250 2.0.0 Message accepted.",
        ordinary: &[no(
            240,
            Rcpt,
            "550-5.1.1 Unknown recipient, please check the address 550 5.1.1 Empfaenger unbekannt: {rcpt}",
        )],
    },
    Receiver {
        id: "libero",
        share: 8,
        domains: &["libero.it", "virgilio.it"],
        mx: &["smtp-in.libero.it"],
        accepts: "250 2.0.0 {id} mail accepted for delivery",
        ordinary: &[no(300, Rcpt, "550 RCPT TO:<{rcpt}> User unknown")],
    },
    Receiver {
        id: "proofpoint",
        share: 16,
        domains: &["*"],
        mx: &["mxa-0017d501.gslb.pphosted.com", "mxb-0017d501.gslb.pphosted.com"],
        accepts: "250 2.0.0 {id}-1 Message accepted for delivery",
        ordinary: &[
            no(420, Rcpt, "550 5.1.1 <{rcpt}>: Recipient address rejected: User unknown"),
            later(600, FirstMx, "421 4.3.2 All screening ports are busy"),
        ],
    },
    Receiver {
        id: "mimecast",
        share: 14,
        domains: &["*"],
        mx: &["us-smtp-inbound-1.mimecast.com", "us-smtp-inbound-2.mimecast.com"],
        accepts: "250 OK",
        ordinary: &[
            no(
                360,
                Rcpt,
                "550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [{id}.us42]",
            ),
            later(
                600,
                Rcpt,
                "451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451 [{id}.us42]",
            ),
        ],
    },
    Receiver {
        id: "corporate",
        share: 20,
        domains: &["*"],
        mx: &["mail.{domain}", "mx1.{domain}"],
        accepts: "250 2.0.0 Ok: queued as {hex}",
        ordinary: POSTFIX_LIKE,
    },
];
