//! Postfix 3.7 under rsyslog, one instance per source; new connections log their TLS. The lines of
//! `cleanup`, which say nothing of deliveries, are left out: they pack badly.

use super::{HOST, Lines, codes};
use crate::scenarios::make::Tried;
use crate::scenarios::plan::{At, Plan, Then};
use crate::scenarios::time::{parse, stamp};

pub(super) fn write(plan: &Plan, tried: &[Tried<'_>], lines: &mut Lines) {
    for stop in &plan.stops {
        let start = parse(&plan.start);
        for source in &plan.sources {
            let of = |seconds: f64| start + (seconds * 1000.0) as u64;
            say(lines, of(stop.from) + 1_400, &source.name, "master", 901, "terminating on signal 15");
            let started = "daemon started -- version 3.7.11, configuration /etc/postfix";
            say(lines, of(stop.to) - 600, &source.name, "master", 902, started);
        }
    }
    for tried in tried {
        one(tried, lines);
    }
}

fn say(lines: &mut Lines, at: u64, tag: &str, program: &str, pid: usize, text: &str) {
    lines.add(at, format!("{}000+00:00 {HOST} {tag}/{program}[{pid}]: {text}", stamp(at)));
}

fn one(tried: &Tried<'_>, lines: &mut Lines) {
    let tag = tried.source.name.as_str();
    let id = queue_id(tried);
    let mut say = |at, program, pid, text: &str| say(lines, at, tag, program, pid, text);
    let text = format!("{id}: from=<{}>, size={}, nrcpt=1 (queue active)", tried.sender, tried.size);
    say(tried.began, "qmgr", 1_100, &text);
    let relay = format!("{}[{}]:25", tried.host, tried.ip);
    let smtp = 2_000 + tried.message % 23;
    let nobody = tried.no.is_some_and(|(at, _)| at == At::Connect);
    if tried.connected && !nobody && tried.no.is_none_or(|(at, _)| at != At::Greeting) {
        let text = format!(
            "Trusted TLS connection established to {relay}: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature ECDSA (P-256) server-digest SHA256"
        );
        say(tried.began + 40, "smtp", smtp, &text);
    }
    let took = (tried.at - tried.began) as f64 / 1000.0;
    let waited = (tried.began - tried.arrived) / 1000;
    let delays = if waited == 0 {
        format!("delay={took:.2}, delays=0.02/0/0.04/{:.2}", took - 0.06)
    } else {
        format!("delay={waited}, delays={waited}/0.01/0.04/{:.2}", took - 0.05)
    };
    let reply = tried.reply.replace('\n', " ");
    let (relay, dsn, status, told) = match tried.no {
        None => (relay, codes(&reply).1.unwrap_or("2.0.0").to_owned(), "sent", reply),
        Some((at, then)) => {
            let status = if then == Then::Never { "bounced" } else { "deferred" };
            let class = if then == Then::Never { '5' } else { '4' };
            let dsn = codes(&reply).1.filter(|code| code.starts_with(class));
            let dsn = dsn.map_or_else(|| format!("{class}.0.0"), str::to_owned);
            let host = relay.trim_end_matches(":25");
            let said = |command: &str| format!("host {host} said: {reply} (in reply to {command})");
            match at {
                At::Connect => {
                    let told = format!("connect to {relay}: {reply}");
                    say(tried.at, "smtp", smtp, &told);
                    ("none".to_owned(), "4.4.1".to_owned(), status, told)
                }
                At::Greeting => {
                    let told = format!("host {host} refused to talk to me: {reply}");
                    (relay, dsn, "deferred", told)
                }
                At::Mail => (relay.clone(), dsn, status, said("MAIL FROM command")),
                At::Rcpt => (relay.clone(), dsn, status, said("RCPT TO command")),
                At::Data => (relay.clone(), dsn, status, said("end of DATA command")),
            }
        }
    };
    let text = format!(
        "{id}: to=<{}>, relay={relay}, {delays}, dsn={dsn}, status={status} ({told})",
        tried.recipient
    );
    say(tried.at, "smtp", smtp, &text);
    match tried.no {
        None => say(tried.at, "qmgr", 1_100, &format!("{id}: removed")),
        Some((_, Then::Never)) => {
            let notice = format!("{id}: sender non-delivery notification: {id}B");
            say(tried.at, "bounce", 1_300, &notice);
            say(tried.at, "qmgr", 1_100, &format!("{id}: removed"));
        }
        Some(_) => {}
    }
}

/// Short queue ids: microseconds and the queue file's inode.
fn queue_id(tried: &Tried<'_>) -> String {
    format!("{:05X}{:X}", 0x1000 + tried.arrived % 1000 / 100 * 0x100, 0x2_0000 + tried.message)
}
