//! Exim 4.96 with `+smtp_confirmation +outgoing_interface`.

use super::{Lines, codes};
use crate::scenarios::make::Tried;
use crate::scenarios::plan::{At, Plan, Then};
use crate::scenarios::time::{parse, plain};

pub(super) fn write(plan: &Plan, tried: &[Tried<'_>], lines: &mut Lines) {
    for stop in &plan.stops {
        let at = parse(&plan.start) + (stop.to * 1000.0) as u64 - 600;
        let text = "exim 4.96 daemon started: pid=812, -q30m, listening for SMTP on [10.0.0.5]:25";
        lines.add(at, format!("{} {text}", plain(at)));
    }
    for tried in tried {
        one(tried, lines);
    }
}

fn one(tried: &Tried<'_>, lines: &mut Lines) {
    let id = message_id(tried);
    let mut say = |at, text: String| lines.add(at, format!("{} {id} {text}", plain(at)));
    if tried.tries == 0 {
        say(
            tried.arrived,
            format!("<= {} H=app1.internal.example [10.0.0.9] P=esmtp S={}", tried.sender, tried.size),
        );
    }
    let server = format!("H={} [{}]", tried.host, tried.ip);
    let ours = format!("I=[{}]:{}", tried.source.ip, 40_000 + tried.message % 40);
    let head = format!("{} R=dnslookup T=remote_smtp", tried.recipient);
    let tls = "X=TLS1.3:ECDHE_X25519__ECDSA_SECP256R1_SHA256__AES_256_GCM:256 CV=yes";
    let reply = tried.reply.replace('\n', "\\n");
    let Some((at, then)) = tried.no else {
        say(tried.at, format!("=> {head} {server} {ours} {tls} C=\"{reply}\""));
        return say(tried.at, "Completed".to_owned());
    };
    let command = match at {
        At::Connect => {
            let errno = if reply.contains("timed out") { 110 } else { 111 };
            return say(tried.at, format!("== {head} defer ({errno}) {server} {ours}: {reply}"));
        }
        At::Greeting => "initial connection".to_owned(),
        At::Mail => format!("MAIL FROM:<{}>", tried.sender),
        At::Rcpt => format!("RCPT TO:<{}>", tried.recipient),
        At::Data => "end of data".to_owned(),
    };
    let tls = if at == At::Greeting { String::new() } else { format!(" {tls}") };
    let told = format!("SMTP error from remote mail server after {command}: {reply}");
    let is_final = then == Then::Never && codes(&tried.reply).0.starts_with('5');
    if is_final {
        say(tried.at, format!("** {head} {server} {ours}{tls}: {told}"));
        say(tried.at, "Completed".to_owned());
    } else {
        let errno = match at {
            At::Rcpt => -44,
            At::Mail => -45,
            At::Data => -46,
            At::Greeting | At::Connect => 0,
        };
        say(tried.at, format!("== {head} defer ({errno}) {server} {ours}{tls}: {told}"));
    }
}

/// `1xUx3v-0006hk-00`: seconds, process and fraction in base 62.
fn message_id(tried: &Tried<'_>) -> String {
    let seconds = base62(tried.arrived / 1000, 6);
    format!(
        "{seconds}-{}-{}",
        base62(20_000 + tried.message as u64, 6),
        base62(tried.arrived % 1000 / 100, 2)
    )
}

fn base62(mut number: u64, width: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = vec![b'0'; width];
    for place in out.iter_mut().rev() {
        *place = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    out.into_iter().map(char::from).collect()
}
