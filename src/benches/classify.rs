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

use fivefifty::classify::{Attribution, Classifier, Knowledge, Question};
use fivefifty::model::{Speaker, codes};

/// Files whose replies are the mixture.
const REPLIES: [&str; 2] =
    [include_str!("../../fixtures/replies/seeds.tsv"), include_str!("../../fixtures/replies/signatures.tsv")];

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
        let copies: Vec<(String, String)> =
            (1..times).map(|copy| (format!("copy{copy}.toml"), copied(copy))).collect();
        let copies = copies.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        let files: Vec<(&str, &str)> = Knowledge::RULES.into_iter().chain(copies).collect();
        let began = Instant::now();
        let knowledge = Arc::new(Knowledge::of_rules(&files).unwrap());
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
    let question =
        Question { reply, speaker: Speaker::Server, code, enhanced, stage: None, names_sender: false };
    black_box(classifier.verdict(&question, Attribution::default()));
}

fn print(what: &str, asked: u32, took: Duration) {
    let each = took.as_secs_f64() / f64::from(asked);
    println!("  {what:<12} {:>9.0} replies/s   {:>7.2} µs each", 1.0 / each, each * 1e6);
}

/// The rules that go by words once more, under other ids and with words that no reply has.
fn copied(copy: usize) -> String {
    let mut out = String::from("source = \"a copy\"\nmonth = \"2026-11\"\n");
    for (at, (_, text)) in Knowledge::RULES.iter().enumerate() {
        let file: toml::Table = toml::from_str(text).unwrap();
        for rule in file["rule"].as_array().unwrap() {
            let mut words = String::new();
            for key in ["any", "all", "with"] {
                let phrases: Vec<String> = strings(rule.get(key))
                    .flat_map(|phrase| match phrase.strip_prefix('@') {
                        Some(shared) => strings(file["words"].get(shared)).collect(),
                        None => vec![phrase],
                    })
                    // Inside a host's name there are no other words.
                    .filter(|phrase| !phrase.starts_with('/'))
                    .map(|phrase| format!("{}x{copy}y{at}", phrase.trim_end_matches('*')))
                    .collect();
                if !phrases.is_empty() {
                    let _ = writeln!(words, "{key} = {}", serde_json::to_string(&phrases).unwrap());
                }
            }
            if !words.contains("any =") && !words.contains("all =") {
                continue;
            }
            let (id, category) = (rule["id"].as_str().unwrap(), rule["category"].as_str().unwrap());
            let _ = write!(
                out,
                "\n[[rule]]\nid = \"{id}-{copy}\"\ncategory = \"{category}\"\n{words}samples = [\"550\"]\n"
            );
        }
    }
    out
}

/// The strings of a list, which may not be there.
fn strings(list: Option<&toml::Value>) -> impl Iterator<Item = &str> {
    list.and_then(toml::Value::as_array).into_iter().flatten().filter_map(toml::Value::as_str)
}
