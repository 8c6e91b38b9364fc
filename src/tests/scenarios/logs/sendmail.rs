//! Sendmail 8.17 under rsyslog: of an answer of several lines it logs the first.

use super::{HOST, Lines, codes};
use crate::scenarios::make::Tried;
use crate::scenarios::plan::{At, Then};
use crate::scenarios::time::stamp;

pub(super) fn write(tried: &[Tried<'_>], lines: &mut Lines) {
    for tried in tried {
        one(tried, lines);
    }
}

fn one(tried: &Tried<'_>, lines: &mut Lines) {
    let id = queue_id(tried);
    let mut say = |at, program: &str, text: String| {
        let pid = 3_000 + tried.message % 31;
        lines.add(at, format!("{}000+00:00 {HOST} {program}[{pid}]: {id}: {text}", stamp(at)));
    };
    if tried.tries == 0 {
        say(
            tried.began,
            "sm-mta",
            format!(
                "from=<{}>, size={}, class=0, nrcpts=1, msgid=<{id}@{}>, proto=ESMTP, daemon=MTA, relay=app1.internal.example [10.0.0.9]",
                tried.sender, tried.size, tried.campaign.domain
            ),
        );
    }
    let waited = (tried.at - tried.arrived) / 1000;
    let delay = format!("{:02}:{:02}:{:02}", waited / 3_600, waited / 60 % 60, waited % 60);
    let head = format!(
        "to=<{}>, ctladdr=<{}> (8/0), delay={delay}, xdelay=00:00:01, mailer=esmtp, pri={}, relay={}. [{}]",
        tried.recipient,
        tried.sender,
        120_000 + tried.size,
        tried.host,
        tried.ip
    );
    let first = tried.reply.lines().next().unwrap_or_default();
    let (_, enhanced) = codes(&tried.reply);
    let tail = match tried.no {
        None => format!("dsn=2.0.0, stat=Sent ({})", first.get(4..).unwrap_or_default()),
        Some((At::Connect, _)) => {
            format!("dsn=4.0.0, stat=Deferred: {} with {}.", first, tried.host)
        }
        Some((at, Then::Never)) => {
            let dsn = enhanced.unwrap_or("5.0.0");
            let stat = if at == At::Rcpt { "User unknown" } else { "Service unavailable" };
            format!("dsn={dsn}, reply={first}, stat={stat}")
        }
        Some(_) => {
            format!("dsn={}, reply={first}, stat=Deferred: {first}", enhanced.unwrap_or("4.0.0"))
        }
    };
    say(tried.at, "sm-mta", format!("{head}, {tail}"));
}

/// `6ALA0001000123`: year, month, day and hour in Sendmail's digits, then number and process.
fn queue_id(tried: &Tried<'_>) -> String {
    const DIGITS: &[u8; 60] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx";
    let stamp = stamp(tried.arrived);
    let part = |from: usize, to: usize| stamp[from..to].parse::<usize>().unwrap_or_default();
    let hours = [part(2, 4) % 20, part(5, 7) - 1, part(8, 10), part(11, 13), part(14, 16), part(17, 19)];
    let time: String = hours.iter().map(|number| char::from(DIGITS[number % 60])).collect();
    format!("{time}{:02}{:06}", tried.message % 60, tried.message)
}
