//! Replies classified per second: `cargo bench`. It measures and never decides.
//!
//! A mixture of real wordings, with a signature that was seen before and with a new one each time,
//! under the rules as they are and under ten times as many.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench may fail loudly, and prints its figures"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fivefifty::classify::{Attribution, Classifier, Knowledge, Own, Question};
use fivefifty::model::{Speaker, codes};

/// Files whose replies are the mixture.
const REPLIES: [&str; 2] =
    [include_str!("../../fixtures/replies/seeds.tsv"), include_str!("../../fixtures/replies/signatures.tsv")];

/// Files whose rules are multiplied.
const RULES: [&str; 12] = [
    include_str!("../rules/google.toml"),
    include_str!("../rules/microsoft.toml"),
    include_str!("../rules/yahoo.toml"),
    include_str!("../rules/apple_isp_us.toml"),
    include_str!("../rules/isp_world.toml"),
    include_str!("../rules/gateways.toml"),
    include_str!("../rules/sender.toml"),
    include_str!("../rules/recipient.toml"),
    include_str!("../rules/session.toml"),
    include_str!("../rules/transport.toml"),
    include_str!("../rules/languages.toml"),
    include_str!("../rules/vague.toml"),
];

/// How long each figure is measured.
const LONG: Duration = Duration::from_millis(1500);

fn main() {
    let seeds = REPLIES[0].lines().filter_map(|line| line.split('\t').next());
    let groups = REPLIES[1].lines().filter_map(|line| line.split('\t').nth(1));
    let replies: BTreeSet<&str> = seeds.chain(groups).filter(|reply| !reply.starts_with('#')).collect();
    let replies: Vec<String> = replies.into_iter().map(str::to_owned).collect();
    let bytes: usize = replies.iter().map(String::len).sum();
    println!("{} replies of {} bytes on average", replies.len(), bytes / replies.len());
    for times in [1, 10] {
        let texts: Vec<(String, String)> =
            (1..times).map(|copy| (format!("copy{copy}.toml"), copied(copy))).collect();
        let own: Vec<(&str, &str)> =
            texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let began = Instant::now();
        let knowledge = Arc::new(Knowledge::with_own(Own { rules: &own, providers: &[] }).unwrap());
        println!("{} rules, loaded in {} ms", knowledge.rules(), began.elapsed().as_millis());
        seen(&knowledge, &replies);
        new(&knowledge, &replies);
    }
}

/// Every signature was seen before.
fn seen(knowledge: &Arc<Knowledge>, replies: &[String]) {
    let mut classifier = Classifier::new(Arc::clone(knowledge));
    for reply in replies {
        ask(&mut classifier, reply.as_bytes());
    }
    let (mut asked, began) = (0u32, Instant::now());
    while began.elapsed() < LONG {
        for reply in replies {
            ask(&mut classifier, reply.as_bytes());
            asked += 1;
        }
    }
    print("seen before", asked, began.elapsed());
}

/// Every signature is new: one more word that no other reply has.
fn new(knowledge: &Arc<Knowledge>, replies: &[String]) {
    let mut classifier = Classifier::new(Arc::clone(knowledge));
    let mut reply = Vec::new();
    let (mut asked, began) = (0u32, Instant::now());
    while began.elapsed() < LONG {
        for text in replies {
            reply.clear();
            reply.extend_from_slice(text.as_bytes());
            reply.push(b' ');
            let mut number = asked;
            for _ in 0..7 {
                reply.push(b"bcdfghjk"[number as usize % 8]);
                number /= 8;
            }
            ask(&mut classifier, &reply);
            asked += 1;
        }
    }
    print("new", asked, began.elapsed());
}

fn ask(classifier: &mut Classifier, reply: &[u8]) {
    let (code, enhanced) = codes(reply);
    let question = Question { reply, speaker: Speaker::Server, code, enhanced, stage: None };
    black_box(classifier.verdict(&question, Attribution::default()));
}

fn print(what: &str, asked: u32, took: Duration) {
    let each = took.as_secs_f64() / f64::from(asked);
    println!("  {what:<12} {:>9.0} replies/s   {:>7.2} µs each", 1.0 / each, each * 1e6);
}

/// The rules once more under other ids and with words that no reply has.
fn copied(copy: usize) -> String {
    let mut out = String::from("source = \"a copy\"\nmonth = \"2026-11\"\n");
    let rules = RULES.iter().flat_map(|text| {
        let file: toml::Table = toml::from_str(text).unwrap();
        file["rule"].as_array().unwrap().clone()
    });
    for (number, rule) in rules.enumerate() {
        let mut words = String::new();
        let mut sample = String::from("550");
        for key in ["any", "all", "with"] {
            let phrases: Vec<String> = rule
                .get(key)
                .and_then(toml::Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(|phrase| phrase.as_str().filter(|phrase| !phrase.starts_with('/')))
                .map(|phrase| format!("{}x{copy}y{number}", phrase.trim_end_matches('*')))
                .collect();
            if phrases.is_empty() {
                continue;
            }
            let _ = writeln!(words, "{key} = {}", serde_json::to_string(&phrases).unwrap());
            let needed = if key == "all" { phrases.len() } else { 1 };
            for phrase in &phrases[..needed] {
                let _ = write!(sample, " {phrase}");
            }
        }
        if words.is_empty() {
            continue;
        }
        let id = rule["id"].as_str().unwrap();
        let _ = write!(
            out,
            "\n[[rule]]\nid = \"{id}-{copy}\"\ncategory = \"{}\"\n{words}samples = [{}]\n",
            rule["category"].as_str().unwrap(),
            serde_json::to_string(&sample).unwrap()
        );
    }
    out
}
