//! The script of the sink: which MX hosts there are and what each of them answers to what.
//!
//! Recipients and senders carry the name of the answer that they are to get: `nosuch-7@gmail.com`
//! gets `nosuch` at RCPT TO; a message from `12-iprep@…` gets `iprep` at the hosts that know it.

/// Where in the session the answer is given.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// In reply to MAIL FROM; chosen by the sender.
    Mail,
    /// In reply to RCPT TO; chosen by the recipient.
    Rcpt,
    /// In reply to RCPT TO, the first time only.
    RcptOnce,
    /// In reply to DATA; chosen by the sender.
    Data,
    /// After the message; chosen by the sender.
    End,
    /// No answer after the message: the connection is dropped; chosen by the sender.
    Drop,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) name: &'static str,
    pub(crate) at: At,
    pub(crate) lines: &'static [&'static str],
}

/// One MX host. Each listens on a loopback address of its own.
#[derive(Debug)]
pub(crate) struct Mx {
    pub(crate) host: &'static str,
    /// What it greets with, if not with 220; nothing: it hangs up without a word.
    pub(crate) greeting: Option<&'static [&'static str]>,
    /// What it says to EHLO and to HELO, if not 250.
    pub(crate) hello: Option<&'static [&'static str]>,
    pub(crate) pipelining: bool,
}

/// One destination domain.
#[derive(Debug)]
pub(crate) struct Destination {
    pub(crate) domain: &'static str,
    /// The provider that the report must name.
    pub(crate) provider: &'static str,
    pub(crate) mx: &'static [Mx],
    pub(crate) answers: &'static [Answer],
    /// How many one-recipient messages it gets besides those that its answers need.
    pub(crate) plain: u32,
}

const fn open(host: &'static str) -> Mx {
    Mx { host, greeting: None, hello: None, pipelining: false }
}

const fn pipelined(host: &'static str) -> Mx {
    Mx { pipelining: true, ..open(host) }
}

const fn answer(name: &'static str, at: At, lines: &'static [&'static str]) -> Answer {
    Answer { name, at, lines }
}

/// A reply that is longer than what some MTAs log of one.
const LONG: [&str; 40] = {
    let mut lines =
        ["550-5.7.1 a line of a reply that goes on and on, as some gateways like to explain themselves"; 40];
    lines[39] = "550 5.7.1 and this is where it ends";
    lines
};

/// A reply that is longer than what some MTAs read of one.
const LONGER: [&str; 60] = {
    let mut lines =
        ["550-5.7.1 a line of a reply that goes on and on, as some gateways like to explain themselves"; 60];
    lines[59] = "550 5.7.1 and this is where it ends";
    lines
};

/// Nobody listens there.
pub(crate) const REFUSED: (&str, &str) = ("refuses.example", "mx.refuses.example");

/// No such domain.
pub(crate) const UNKNOWN: &str = "nosuchdomain.example";

pub(crate) const DESTINATIONS: &[Destination] = &[
    Destination {
        domain: "gmail.com",
        provider: "gmail",
        mx: &[pipelined("gmail-smtp-in.l.google.com")],
        plain: 40,
        answers: &[
            answer(
                "nosuch",
                At::Rcpt,
                &[
                    "550-5.1.1 The email account that you tried to reach does not exist. Please try",
                    "550-5.1.1 double-checking the recipient's email address for typos or",
                    "550-5.1.1 unnecessary spaces. For more information, go to",
                    "550 5.1.1  https://support.google.com/mail/?p=NoSuchUser d9443c01a7336-2a1b2c3d4e5si1234567plg.42 - gsmtp",
                ],
            ),
            answer(
                "full",
                At::Rcpt,
                &[
                    "452-4.2.2 The recipient's inbox is out of storage space. Please direct the",
                    "452-4.2.2 recipient to",
                    "452 4.2.2  https://support.google.com/mail/?p=OverQuotaTemp 5b1f17b1804b1-4773f2si987654wmb.99 - gsmtp",
                ],
            ),
            answer(
                "iprep",
                At::End,
                &[
                    "550-5.7.1 [192.0.2.7      12] Gmail has detected that this message is likely",
                    "550-5.7.1 suspicious due to the very low reputation of the sending IP address.",
                    "550-5.7.1 To best protect our users from spam, the message has been blocked. For",
                    "550-5.7.1 more information, go to",
                    "550 5.7.1  https://support.google.com/mail/answer/188131 ffacd0b85a97d-42b5si7654321wrd.12 - gsmtp",
                ],
            ),
            answer(
                "rate",
                At::End,
                &[
                    "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating",
                    "421 4.7.28 from your IP address. a640c23a62f3a-b73si246810ejc.77 - gsmtp",
                ],
            ),
            answer(
                "unauth",
                At::End,
                &[
                    "550-5.7.26 Your email has been blocked because the sender is unauthenticated.",
                    "550-5.7.26 ",
                    "550-5.7.26  Authentication results:",
                    "550 5.7.26  DKIM = did not pass 46e09a7af769-7231si462206a34.243 - gsmtp",
                ],
            ),
        ],
    },
    Destination {
        domain: "hotmail.com",
        provider: "microsoft-consumer",
        mx: &[open("hotmail-com.olc.protection.outlook.com")],
        plain: 20,
        answers: &[
            answer(
                "gone",
                At::Rcpt,
                &[
                    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [BN8NAM11FT031.eop-nam11.prod.protection.outlook.com 2026-11-21T03:00:00.123Z 08DE27A1B2C3D4E5]",
                ],
            ),
            answer(
                "auth515",
                At::End,
                &[
                    "550 5.7.515 Access denied, sending domain LISTS.SENDER.EXAMPLE does not meet the required authentication level. [CO1NAM11FT044.eop-nam11.prod.protection.outlook.com]",
                ],
            ),
            answer(
                "blocked",
                At::Mail,
                &[
                    "550 5.7.1 Unfortunately, messages from [192.0.2.7] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors. [DB5EUR03FT012.eop-EUR03.prod.protection.outlook.com]",
                ],
            ),
            answer(
                "limited",
                At::Mail,
                &[
                    "451 4.7.650 The mail server [192.0.2.7] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775)",
                ],
            ),
        ],
    },
    Destination {
        domain: "yahoo.com",
        provider: "yahoo",
        // The first MX refuses with a 421, so every delivery goes on to the second.
        mx: &[
            Mx {
                greeting: Some(&["421 Max message per connection reached, closing transmission channel"]),
                ..open("mta5.am0.yahoodns.net")
            },
            open("mta6.am0.yahoodns.net"),
        ],
        plain: 10,
        answers: &[
            answer("notfound", At::Rcpt, &["552 1 Requested mail action aborted, mailbox not found"]),
            answer(
                "disabled",
                At::End,
                &[
                    "554 delivery error: dd Sorry, your message cannot be delivered. This mailbox is disabled (554.30). - mta4123.mail.gq1.yahoo.com",
                ],
            ),
        ],
    },
    Destination {
        domain: "aol.com",
        provider: "aol",
        mx: &[open("mx-aol.mail.gm0.yahoodns.net")],
        plain: 6,
        answers: &[
            answer(
                "tss",
                At::Mail,
                &[
                    "421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
                ],
            ),
            answer(
                "phish",
                At::End,
                &[
                    "554 Message not allowed - [PH01] Email not accepted for policy reasons. Please visit https://postmaster.yahooinc.com/error-codes [120]",
                ],
            ),
        ],
    },
    Destination {
        domain: "icloud.com",
        provider: "apple",
        mx: &[pipelined("mx01.mail.icloud.com")],
        plain: 10,
        answers: &[
            answer("nouser", At::Rcpt, &["550 5.1.1 <nouser@icloud.com>: user does not exist"]),
            answer(
                "cs01",
                At::End,
                &[
                    "550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137",
                ],
            ),
            answer("nodata", At::Data, &["451 4.3.0 Temporary lookup failure"]),
        ],
    },
    Destination {
        domain: "comcast.net",
        provider: "comcast",
        mx: &[open("mx1a1.comcast.net")],
        plain: 5,
        answers: &[
            answer("unalloc", At::Rcpt, &["550 5.1.1 <unalloc@comcast.net> recipient mailbox unallocated"]),
            answer(
                "wrongclass",
                At::Rcpt,
                &["450 5.1.1 <wrongclass@comcast.net>: a code of one class, an enhanced code of another"],
            ),
            answer("nodata5", At::Data, &["554 5.5.1 Error: no valid recipients"]),
        ],
    },
    Destination {
        domain: "gmx.de",
        provider: "gmx-webde",
        mx: &[Mx {
            greeting: Some(&[
                "554-gmx.net (mxgmx114) Nemesis ESMTP Service not available",
                "554-No SMTP service",
                "554 Bad DNS PTR resource record.",
            ]),
            ..open("mx00.emig.gmx.net")
        }],
        plain: 1,
        answers: &[],
    },
    Destination {
        domain: "orange.fr",
        provider: "orange-fr",
        mx: &[Mx {
            greeting: Some(&[
                "421 mwinf5c79 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR005_104 [104]",
            ]),
            ..open("smtp-in.orange.fr")
        }],
        plain: 60,
        answers: &[],
    },
    Destination {
        domain: "t-online.de",
        provider: "t-online",
        mx: &[Mx { hello: Some(&["550 5.7.1 Access denied by policy"]), ..open("mx00.t-online.de") }],
        plain: 1,
        answers: &[],
    },
    Destination {
        domain: "acme.example",
        provider: "microsoft-365",
        mx: &[open("acme-example.mail.protection.outlook.com")],
        plain: 5,
        answers: &[
            answer(
                "denied",
                At::Rcpt,
                &[
                    "550 5.4.1 [denied@acme.example]: Recipient address rejected: Access denied. [AM7EUR03FT051.eop-EUR03.prod.protection.outlook.com]",
                ],
            ),
            answer(
                "spam",
                At::End,
                &[
                    "550 5.7.1 Service unavailable, Client host [192.0.2.7] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/192.0.2.7 (AS16012611)",
                ],
            ),
        ],
    },
    Destination {
        domain: "flaky.example",
        provider: "flaky.example",
        mx: &[Mx { greeting: Some(&[]), ..open("mx1.flaky.example") }, open("mx2.flaky.example")],
        plain: 3,
        answers: &[],
    },
    Destination {
        domain: "grey.example",
        provider: "grey.example",
        mx: &[open("mx1.grey.example")],
        plain: 5,
        answers: &[
            answer(
                "greylist",
                At::RcptOnce,
                &["450 4.2.0 <greylist@grey.example>: Recipient address rejected: Greylisted for 5 minutes"],
            ),
            answer("bare", At::Rcpt, &["550"]),
            answer("nocode", At::Rcpt, &["550 No such user here"]),
            answer(
                "odd",
                At::End,
                &[
                    "554 rejected due to spam URL in content: status=sent (250 2.0.0 OK) (in reply to RCPT TO command)",
                ],
            ),
            answer(
                "quoted",
                At::End,
                &[
                    "550 5.1.0 host inner.example[192.0.2.9] said: 450 4.2.2 over quota (in reply to end of DATA command)",
                ],
            ),
            answer(
                "hostile",
                At::End,
                &["554 5.7.1 \u{1b}[2J\u{1b}]52;c;AAAA\u{7} \u{202e}moc.elpmaxe caf\u{e9} \u{9b}31m refused"],
            ),
            answer("long", At::End, &LONG),
            answer("longer", At::End, &LONGER),
            answer(
                "forged",
                At::End,
                &[
                    "550 5.7.0 refused\\n2026-11-21 10:00:00 1xUwgX-00089P-31 ** fake@gmail.com R=x T=smtp H=x [192.0.2.9]: 451 4.0.0 no",
                ],
            ),
            answer("vanish", At::Drop, &[]),
        ],
    },
];
