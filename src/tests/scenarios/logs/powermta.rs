//! PowerMTA's accounting file, without the replies to deliveries: they pack badly.

use super::{Lines, codes};
use crate::scenarios::make::Tried;
use crate::scenarios::plan::{At, Then};
use crate::scenarios::time::plain;

const HEADER: &str = "type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta,dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId,queue,vmtaPool";

pub(super) fn write(tried: &[Tried<'_>], lines: &mut Lines) {
    lines.add(0, HEADER.to_owned());
    for tried in tried {
        one(tried, lines);
    }
}

fn one(tried: &Tried<'_>, lines: &mut Lines) {
    let (_, enhanced) = codes(&tried.reply);
    let (kind, action, category) = match tried.no {
        None => ('d', "relayed", "success"),
        Some((_, Then::Never)) => ('b', "failed", category(&tried.reply)),
        Some((At::Connect, _)) => ('t', "delayed", "no-answer-from-host"),
        Some(_) => ('t', "delayed", category(&tried.reply)),
    };
    let nobody = tried.no.is_some_and(|(at, _)| at == At::Connect);
    let status = match (nobody, kind) {
        (true, _) => "4.4.1 (no answer from host)".to_owned(),
        (_, 'd') => "2.0.0 (success)".to_owned(),
        (_, kind) => {
            let class = if kind == 'b' { "5.0.0" } else { "4.0.0" };
            format!("{} (undefined status)", enhanced.unwrap_or(class))
        }
    };
    let (mta, address) = if nobody {
        (String::new(), "")
    } else {
        (format!("{} ({})", tried.host, tried.ip), tried.ip.as_str())
    };
    let has_diagnosis = !nobody && tried.no.is_some();
    let diagnosis =
        if !has_diagnosis { String::new() } else { format!("smtp;{}", tried.reply.replace('\n', " ")) };
    let queue = format!("{}/{}", tried.recipient.rsplit('@').next().unwrap_or_default(), tried.source.name);
    let fields = [
        kind.to_string(),
        format!("{}+0000", plain(tried.at)),
        format!("{}+0000", plain(tried.arrived)),
        tried.sender.clone(),
        tried.recipient.clone(),
        String::new(),
        action.to_owned(),
        status,
        quoted(&diagnosis),
        mta,
        category.to_owned(),
        "smtp".to_owned(),
        "app1.sender.example (10.0.0.9)".to_owned(),
        "smtp".to_owned(),
        tried.source.ip.clone(),
        address.to_owned(),
        "\"SIZE,8BITMIME,STARTTLS,ENHANCEDSTATUSCODES,PIPELINING\"".to_owned(),
        tried.size.to_string(),
        tried.source.name.clone(),
        tried.campaign.id.clone(),
        (100_000 + tried.message).to_string(),
        queue,
        "pool-a".to_owned(),
    ];
    lines.add(tried.at, fields.join(","));
}

/// PowerMTA's own guess, by the words.
fn category(reply: &str) -> &'static str {
    let has = |word: &str| reply.contains(word);
    if has("blocked using") || has("Spamhaus") || has("spam") || has("reputation") {
        "spam-related"
    } else if has("5.1.1") || has("mailbox unavailable") || has("not found") {
        "bad-mailbox"
    } else if has("5.7.") || has("policy") {
        "policy-related"
    } else if has("5.2.2") || has("4.2.2") {
        "quota-issues"
    } else {
        "other"
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
