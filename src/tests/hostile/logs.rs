//! Logs of six MTAs in which strangers wrote wherever they can.

use super::attacks::{ATTACKS, all};

/// Seconds of calm, and of the incident after it.
const CALM: usize = 180;
const BAD: usize = 90;

/// One attempt.
struct Tried {
    n: usize,
    second: usize,
    relay: &'static str,
    domain: &'static str,
    /// The code and what is said with it.
    said: Vec<u8>,
    is_refused: bool,
}

/// Three minutes at three providers, then Gmail refuses three of five; some addresses are unknown.
fn attempts() -> impl Iterator<Item = Tried> {
    (0..2 * (CALM + BAD)).map(|n| {
        let second = n / 2;
        let (domain, relay) = match n % 4 {
            0 | 1 => ("gmail.com", "gmail-smtp-in.l.google.com"),
            2 => ("firm.example", "firm-example.mail.protection.outlook.com"),
            _ => ("yahoo.com", "mta5.am0.yahoodns.net"),
        };
        let words: &[u8] = if domain == "gmail.com" && second >= CALM && n % 5 < 3 {
            b"550 5.7.1 [192.0.2.7] very low reputation of the sending IP address. "
        } else if n % 37 == 5 {
            b"550 5.1.1 User unknown "
        } else {
            b"250 2.0.0 OK "
        };
        let mut tried = Tried { n, second, relay, domain, said: Vec::new(), is_refused: words[0] == b'5' };
        // Of an unknown address nothing else may be said, or nobody can tell that it is at fault.
        tried.said = match words.strip_suffix(b"User unknown ") {
            Some(code) => {
                [code, b"<", &tried.quoted(), b">: Recipient address rejected: User unknown"].concat()
            }
            None => [words, &all(n)].concat(),
        };
        tried
    })
}

/// How many attempts are refused.
pub(crate) fn refused() -> usize {
    attempts().filter(|tried| tried.is_refused).count()
}

impl Tried {
    fn stamp(&self) -> String {
        format!("2026-11-21T14:{:02}:{:02}.{}00+00:00", self.second / 60, self.second % 60, self.n % 2 * 5)
    }

    /// One attack where there is no room for all.
    fn one(&self) -> &'static [u8] {
        ATTACKS[self.n % ATTACKS.len()]
    }

    /// Every third recipient has an attack in the local part.
    fn recipient(&self) -> Vec<u8> {
        let mut local: Vec<u8> =
            if self.n.is_multiple_of(3) { self.one().to_vec() } else { b"user".to_vec() };
        local.extend(format!("{}", self.n).bytes());
        [&local, &b"@"[..], self.domain.as_bytes()].concat()
    }

    /// The same in quotes where it needs them.
    fn quoted(&self) -> Vec<u8> {
        let address = line(&self.recipient());
        let at = address.iter().rposition(|byte| *byte == b'@').unwrap_or(0);
        let local = &address[..at];
        if local.iter().all(u8::is_ascii_alphanumeric) {
            return address;
        }
        let local: Vec<u8> = local
            .iter()
            .flat_map(|byte| if matches!(byte, b'"' | b'\\') { vec![b'\\', *byte] } else { vec![*byte] })
            .collect();
        [b"\"", &local[..], b"\"", &address[at..]].concat()
    }
}

/// A bare line feed cannot stand in a line.
fn line(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| if *byte == b'\n' { b'\r' } else { *byte }).collect()
}

fn put(log: &mut Vec<u8>, parts: &[&[u8]]) {
    parts.iter().for_each(|part| log.extend_from_slice(part));
    log.push(b'\n');
}

/// A word: no blank, nothing that ends a field.
fn word(bytes: &[u8]) -> Vec<u8> {
    let is_end = |byte: &u8| b" \t\n[](),;:\"'<>|".contains(byte);
    bytes.iter().copied().filter(|byte| !is_end(byte)).collect()
}

pub(crate) fn postfix() -> Vec<u8> {
    postfix_by(&Tried::stamp)
}

/// The same as it would be written just now.
pub(crate) fn postfix_now() -> Vec<u8> {
    let end = chrono::Utc::now();
    let ago = |tried: &Tried| {
        let millis = (CALM + BAD - tried.second) * 1_000 - tried.n % 2 * 500;
        (end - chrono::TimeDelta::milliseconds(i64::try_from(millis).unwrap_or(0))).to_rfc3339()
    };
    postfix_by(&ago)
}

fn postfix_by(stamp: &dyn Fn(&Tried) -> String) -> Vec<u8> {
    let mut log = Vec::new();
    for tried in attempts() {
        let (stamp, id) = (stamp(&tried), format!("4Yz{:06}zz", tried.n));
        let (to, said) = (tried.quoted(), line(&tried.said));
        let host = if tried.n.is_multiple_of(5) { word(tried.one()) } else { Vec::new() };
        let head = [stamp.as_bytes(), b" mta", &host, b" postfix"].concat();
        let relay = [&word(tried.one())[..], b".", tried.relay.as_bytes(), b"[198.51.100.27]"].concat();
        put(
            &mut log,
            &[&head, b"/qmgr[1]: ", id.as_bytes(), b": from=<", &to, b">, size=9, nrcpt=1 (queue active)"],
        );
        let (dsn, status): (&[u8], &[u8]) =
            if tried.is_refused { (b"5.7.1", b"bounced (host ") } else { (b"2.0.0", b"sent (") };
        let who: Vec<u8> = if tried.is_refused { [&relay[..], b" said: "].concat() } else { Vec::new() };
        put(
            &mut log,
            &[
                &head,
                b"/smtp[2]: ",
                id.as_bytes(),
                b": to=<",
                &to,
                b">, relay=",
                &relay,
                b":25, delay=1, delays=0/0/0/1, dsn=",
                dsn,
                b", status=",
                status,
                &who,
                &said,
                b" (in reply to end of DATA command))",
            ],
        );
        if tried.n % 50 == 7 {
            put(
                &mut log,
                &[&head, b"/smtp[2]: ", id.as_bytes(), b": to=<a@b.example>, x=", &line(&all(tried.n))],
            );
            put(&mut log, &[&line(&all(tried.n))]);
            put(&mut log, &[&head, b"/smtp[2]: warning: non-ESMTP response from x: ", &line(&tried.said)]);
        }
    }
    log
}

pub(crate) fn exim() -> Vec<u8> {
    let mut log = Vec::new();
    for tried in attempts() {
        let stamp = format!("2026-11-21 14:{:02}:{:02}", tried.second / 60, tried.second % 60);
        let id = format!("1xU{:03}-{:06}-2a", tried.n % 1000, tried.n);
        let to = tried.quoted();
        // As it writes what cannot be printed, but for versions and settings that do not.
        let said = line(&tried.said);
        put(
            &mut log,
            &[
                stamp.as_bytes(),
                b" ",
                id.as_bytes(),
                b" <= ",
                &to,
                b" H=(",
                &word(tried.one()),
                b") [192.0.2.1] P=esmtp S=9",
            ],
        );
        let to_host = [
            b" R=dnslookup T=remote_smtp H=",
            &word(tried.one())[..],
            b".",
            tried.relay.as_bytes(),
            b" [198.51.100.27]",
        ]
        .concat();
        if tried.is_refused {
            let words: &[u8] = b": SMTP error from remote mail server after end of data: ";
            put(&mut log, &[stamp.as_bytes(), b" ", id.as_bytes(), b" ** ", &to, &to_host, words, &said]);
        } else {
            put(
                &mut log,
                &[stamp.as_bytes(), b" ", id.as_bytes(), b" => ", &to, &to_host, b" C=\"", &said, b"\""],
            );
        }
    }
    log
}

pub(crate) fn sendmail() -> Vec<u8> {
    let mut log = Vec::new();
    for tried in attempts() {
        let id = format!("6AM{:05}021064", tried.n);
        let head = [tried.stamp().as_bytes(), b" mta1 sm-mta[7]: ", id.as_bytes()].concat();
        let (to, said) = (tried.quoted(), line(&tried.said));
        put(
            &mut log,
            &[&head, b": from=<", &to, b">, size=9, class=0, nrcpts=1, msgid=<", &word(tried.one()), b">"],
        );
        let stat: Vec<u8> = if tried.is_refused {
            [b"5.7.1, reply=", &said[..], b", stat=Service unavailable"].concat()
        } else {
            [b"2.0.0, stat=Sent (", &said[..], b")"].concat()
        };
        put(
            &mut log,
            &[
                &head,
                b": to=<",
                &to,
                b">, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=120060, relay=",
                &word(tried.one()),
                tried.relay.as_bytes(),
                b". [198.51.100.27], dsn=",
                &stat,
            ],
        );
    }
    log
}

pub(crate) fn opensmtpd() -> Vec<u8> {
    let mut log = Vec::new();
    for tried in attempts() {
        let result: &[u8] = if tried.is_refused { b"PermFail" } else { b"Ok" };
        let id = format!("{:016x}", 0x3a7c_2fc9_3c67_0000_u64 + tried.n as u64);
        put(
            &mut log,
            &[
                tried.stamp().as_bytes(),
                b" mta1 smtpd[111]: b3f23e76a8f038cf mta delivery evpid=",
                id.as_bytes(),
                b" from=<",
                &tried.quoted(),
                b"> to=<",
                &tried.quoted(),
                b"> rcpt=<-> source=\"192.0.2.7\" relay=\"198.51.100.9 (",
                &word(tried.one()),
                tried.relay.as_bytes(),
                b")\" delay=1s result=\"",
                result,
                b"\" stat=\"",
                &line(&tried.said),
                b"\"",
            ],
        );
    }
    log
}

pub(crate) fn powermta() -> Vec<u8> {
    let mut log = b"type,timeLogged,orig,rcpt,dsnStatus,dsnDiag,dsnMta,vmta,jobId,envId\n".to_vec();
    let cell = |bytes: &[u8]| {
        let doubled =
            bytes.iter().flat_map(|byte| if *byte == b'"' { vec![b'"', b'"'] } else { vec![*byte] });
        [b"\"", &doubled.collect::<Vec<u8>>()[..], b"\""].concat()
    };
    for tried in attempts() {
        let stamp = format!(",2026-11-21 14:{:02}:{:02}+0000,", tried.second / 60, tried.second % 60);
        let (kind, status): (&[u8], &[u8]) =
            if tried.is_refused { (b"b", b"5.7.1") } else { (b"d", b"2.0.0") };
        put(
            &mut log,
            &[
                kind,
                stamp.as_bytes(),
                &cell(&tried.recipient()),
                b",",
                &cell(&tried.recipient()),
                b",",
                status,
                b",",
                &cell(&[b"smtp;", &tried.said[..]].concat()),
                b",",
                &cell(&[tried.one(), tried.relay.as_bytes(), b" (198.51.100.27)"].concat()),
                b",",
                &cell(tried.one()),
                b",",
                &cell(&all(tried.n / 300)),
                b",",
                &cell(tried.one()),
            ],
        );
    }
    log
}

pub(crate) fn kumomta() -> Vec<u8> {
    kumomta_since(1_795_269_600)
}

/// The same as it would be written just now.
pub(crate) fn kumomta_now() -> Vec<u8> {
    kumomta_since(chrono::Utc::now().timestamp() - i64::try_from(CALM + BAD).unwrap_or(0))
}

fn kumomta_since(begin: i64) -> Vec<u8> {
    let mut log = Vec::new();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    for tried in attempts() {
        let kind = if tried.is_refused { "Bounce" } else { "Delivery" };
        let (code, words) = (&tried.said[..3], &tried.said[4..]);
        let one = said(tried.one());
        // Enough attempts for a send that is worth keeping.
        let campaign = if tried.n % 2 == 1 { said(&all(0)) } else { one.clone() };
        let record = serde_json::json!({
            "type": kind, "id": format!("1d98{:028}", tried.n), "sender": said(&tried.recipient()),
            "recipient": said(&tried.recipient()), "queue": format!("{campaign}:{one}@{}", tried.domain), "site": one,
            "size": 9, "response": {"code": said(code).parse::<u16>().ok(), "enhanced_code": null,
                "content": said(words), "command": one},
            "peer_address": {"name": one.clone() + tried.relay, "addr": "198.51.100.27"},
            "timestamp": begin + i64::try_from(tried.second).unwrap_or(0), "created": begin, "num_attempts": 0,
            "bounce_classification": one, "egress_pool": one, "egress_source": one, "feedback_report": null,
            "meta": {&one: &one}, "headers": {"Subject": one, "X-Campaign": campaign}, "nodeid": one,
        });
        log.extend(record.to_string().bytes());
        log.push(b'\n');
    }
    log
}
