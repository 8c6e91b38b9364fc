//! KumoMTA's log records. `queue` is `campaign:tenant@domain`.

use serde_json::{Value, json};

use super::{Lines, codes};
use crate::scenarios::make::Tried;
use crate::scenarios::plan::{At, Then};
use crate::scenarios::time::stamp;

pub(super) fn write(tried: &[Tried<'_>], lines: &mut Lines) {
    for tried in tried {
        lines.add(tried.at, one(tried));
    }
}

fn one(tried: &Tried<'_>) -> String {
    let kind = match tried.no {
        None => "Delivery",
        Some((_, Then::Never)) => "Bounce",
        Some(_) => "TransientFailure",
    };
    let nobody = tried.no.is_some_and(|(at, _)| at == At::Connect);
    let (code, enhanced) = codes(&tried.reply);
    let response = if nobody {
        json!({"code": 400, "enhanced_code": null, "command": null, "content":
            format!("KumoMTA internal: failed to connect to any candidate hosts: connect to {}:25: {}", tried.ip, tried.reply)})
    } else {
        let command = match tried.no {
            None | Some((At::Data, _)) => Value::from("."),
            Some((At::Mail, _)) => Value::from(format!("MAIL FROM:<{}>", tried.sender)),
            Some((At::Rcpt, _)) => Value::from(format!("RCPT TO:<{}>", tried.recipient)),
            Some((At::Greeting | At::Connect, _)) => Value::Null,
        };
        json!({"code": code.parse::<u16>().unwrap_or_default(), "enhanced_code": enhanced.map(parts),
            "command": command, "content": content(&tried.reply, code, enhanced)})
    };
    let domain = tried.recipient.rsplit('@').next().unwrap_or_default();
    // As KumoMTA orders its fields; a map would sort them.
    let fields = [
        ("type", json!(kind)),
        ("id", json!(format!("1d98076abbbc11ed940250ebf6{:06x}", tried.message))),
        ("sender", json!(tried.sender)),
        ("recipient", json!(tried.recipient)),
        ("queue", json!(format!("{}:harborlane@{domain}", tried.campaign.id))),
        ("site", json!(format!("{}->{}", tried.source.name, tried.host))),
        ("size", json!(tried.size)),
        ("response", response),
        (
            "peer_address",
            if nobody { Value::Null } else { json!({"addr": tried.ip, "name": format!("{}.", tried.host)}) },
        ),
        ("timestamp", json!(tried.at / 1000)),
        ("created", json!(tried.arrived / 1000)),
        ("num_attempts", json!(tried.tries)),
        ("bounce_classification", json!("Uncategorized")),
        ("egress_pool", json!("pool-a")),
        ("egress_source", json!(tried.source.name)),
        (
            "source_address",
            json!({"address": format!("{}:{}", tried.source.ip, 40_000 + tried.message % 40)}),
        ),
        ("feedback_report", Value::Null),
        ("meta", json!({})),
        ("headers", json!({})),
        ("delivery_protocol", json!("ESMTP")),
        ("reception_protocol", json!("HTTP")),
        ("event_time", json!(format!("{}Z", stamp(tried.at)))),
    ];
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

fn parts(enhanced: &str) -> Value {
    let mut numbers = enhanced.split('.').map(|part| part.parse::<u16>().unwrap_or_default());
    let mut next = || numbers.next().unwrap_or_default();
    json!({"class": next(), "subject": next(), "detail": next()})
}

/// The text without the codes that begin its lines.
fn content(reply: &str, code: &str, enhanced: Option<&str>) -> String {
    let bare = |line: &str| {
        let rest = line.strip_prefix(code).unwrap_or(line);
        let rest = rest.strip_prefix(['-', ' ']).unwrap_or(rest);
        let rest = enhanced.and_then(|enhanced| rest.strip_prefix(enhanced)).unwrap_or(rest);
        rest.trim_start().to_owned()
    };
    reply.lines().map(bare).collect::<Vec<_>>().join("\n")
}
