//! The commands that answer questions of the tree, filled in from the evidence: what can be asked of DNS
//! until the console asks itself. What is asked is the trees' own; here are only the addresses beyond the
//! first, and what belongs to one of their questions and is a command of its own.

use std::net::IpAddr;
use std::sync::Arc;

use serde::Serialize;

use super::facts::Facts;
use super::sentence::Sentence;
use super::tree::Node;
use super::{Answer, Answers, By, Evidence, Knowledge, Light, Takes};

/// Addresses of ours that are asked about.
const IPS: usize = 3;
/// Domains of ours that are asked about.
const DOMAINS: usize = 3;

/// Commands that belong to a question beside its own: the node's id, what they tell, the command. The
/// zones are those that their owners name (spamcop.net, barracudacentral.org, 2026-06); names that lead
/// back are asked for by RFC 8601 section 2.7.3.
const BESIDE: [(&str, &str, &str); 3] = [
    ("N6.list", "SpamCop", "dig +short {reversed_ip}.bl.spamcop.net"),
    ("N6.list", "Barracuda", "dig +short {reversed_ip}.b.barracudacentral.org"),
    ("N8.ptr", "and back", r#"for name in $(dig +short -x {ip}); do dig +short "$name"; done"#),
];

/// One command, the question that it answers, and how that stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Probe {
    /// The id of the tree's node: the operator's answer is given there.
    pub node: Arc<str>,
    /// The question: "On a blocklist?".
    pub question: Arc<str>,
    /// Whether the diagnosis comes to it.
    pub is_asked: bool,
    /// What the command asks, where the question has several: "SpamCop", "192.0.2.8"; else empty.
    pub of: String,
    /// The command. Only host names and addresses are filled in; what is not known stands as `<domain>`.
    pub command: String,
    /// How the question stands.
    pub light: Light,
    /// Who answered.
    pub by: By,
    /// The answer; empty while there is none.
    pub answer: String,
    /// What kind of answer it takes.
    pub takes: Takes,
    /// What yes and no mean, as half a sentence each; empty where the tree does not say.
    pub means: [String; 2],
    /// Where the question comes from, and the month it was true.
    pub source: Arc<str>,
    /// `YYYY-MM`.
    pub month: Arc<str>,
}

impl Probe {
    /// What has to be filled in by hand: `<domain>`; nothing where the command can be run as it is.
    #[must_use]
    pub fn blank(&self) -> Option<&str> {
        let from = self.command.find('<')?;
        let len = self.command[from..].find('>')?;
        Some(&self.command[from..=from + len])
    }
}

impl Knowledge {
    /// The commands for a scope: first those of the questions that its diagnosis comes to, in its order,
    /// then those of the other questions.
    #[must_use]
    pub fn probes(&self, evidence: &Evidence, answers: &Answers) -> Vec<Probe> {
        let facts = Facts::of_scope(evidence, &self.trees.labels);
        let answers = &self.trees.heard(&facts, answers);
        let mut walked = facts.clone();
        let walk = self.trees.walk(&mut walked, answers);
        let path = walk.lines.iter().filter(|line| line.light != Light::Dark);
        let path: Vec<&Node> = path.filter_map(|line| self.trees.node(&line.id)).collect();
        let others = self.trees.nodes.iter().filter(|node| path.iter().all(|one| one.id != node.id));
        let mut asking = Asking { facts: &walked, answers, probes: Vec::new() };
        for (node, is_asked) in path.iter().map(|node| (*node, true)).chain(others.map(|node| (node, false)))
        {
            asking.node(node, is_asked, evidence);
        }
        asking.probes
    }
}

/// Commands that are gathered.
struct Asking<'a> {
    facts: &'a Facts,
    answers: &'a Answers,
    probes: Vec<Probe>,
}

impl Asking<'_> {
    fn node(&mut self, node: &Node, is_asked: bool, evidence: &Evidence) {
        let Some(sentence) = node.probe.as_ref().filter(|_| !node.question.is_empty()) else { return };
        // What asks several things at once is in other questions one by one.
        if !is_asked && sentence.written().contains("; ") {
            return;
        }
        let before = self.probes.len();
        self.every(node, is_asked, sentence, "", evidence);
        if self.probes.len() == before {
            return;
        }
        for (id, of, command) in BESIDE {
            if *node.id == *id
                && let Ok(sentence) = Sentence::read(command)
            {
                self.every(node, is_asked, &sentence, of, evidence);
            }
        }
    }

    /// The command for every address or domain that it can be asked of.
    fn every(&mut self, node: &Node, is_asked: bool, sentence: &Sentence, of: &str, evidence: &Evidence) {
        let written = sentence.written();
        let subjects: Vec<(String, Facts)> = if written.contains("ip}") {
            let domain = evidence.sending_domain.as_deref().unwrap_or_default();
            let with = |ip: IpAddr| {
                let mut facts = self.facts.clone();
                facts.addresses(domain, Some(ip));
                (ip.to_string(), facts)
            };
            evidence.addresses().into_iter().take(IPS).map(with).collect()
        } else if written.contains("{domain}") {
            let with = |domain: &str| {
                let mut facts = self.facts.clone();
                facts.addresses(domain, None);
                (domain.to_owned(), facts)
            };
            evidence.domains().into_iter().take(DOMAINS).map(with).collect()
        } else {
            Vec::new()
        };
        let are_several = subjects.len() > 1;
        let subjects = if subjects.is_empty() { vec![(String::new(), self.facts.clone())] } else { subjects };
        for (subject, facts) in subjects {
            let parts = [of, if are_several { subject.as_str() } else { "" }];
            let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            self.add(node, is_asked, parts.join(", "), sentence.fill(&facts));
        }
    }

    fn add(&mut self, node: &Node, is_asked: bool, of: String, command: String) {
        // The same command stands at the question that comes first.
        if self.probes.iter().any(|probe| probe.command == command) {
            return;
        }
        let standing = node.stands(self.facts, self.answers);
        let is_open = standing.by == By::Nobody;
        let means = [Answer::Yes, Answer::No].map(|answer| {
            let branch = node.branches.iter().find(|branch| branch.operator == Some(answer));
            let said = branch.and_then(|branch| branch.means.as_ref());
            said.map(|means| means.fill(self.facts)).unwrap_or_default()
        });
        self.probes.push(Probe {
            node: Arc::clone(&node.id),
            question: Arc::clone(&node.question),
            is_asked,
            of,
            command,
            light: standing.light,
            by: standing.by,
            answer: if is_open { String::new() } else { standing.answer },
            takes: node.takes(self.facts),
            means,
            source: Arc::clone(&node.origin.source),
            month: Arc::clone(&node.origin.month),
        });
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::sync::Arc;

    use super::{BESIDE, Probe};
    use crate::diagnose::sentence::Sentence;
    use crate::diagnose::{Answer, Answers, Evidence, Knowledge, Share};
    use crate::model::Category;
    use crate::text::Clean;

    fn share(name: &str, count: u64) -> Share {
        Share { name: Clean::from(name), id: Clean::from(name), count }
    }

    fn evidence() -> Evidence {
        Evidence {
            attempts: 9_000,
            rejected: 3_000,
            replies: 3_000,
            baseline: Some(0.004),
            categories: vec![(Category::IpReputation, 3_000)],
            sources: vec![share("192.0.2.7", 2_000), share("pool-a", 100)],
            ips: vec![share("192.0.2.7", 2_000), share("192.0.2.8", 900)],
            sending_ip: Some(Clean::from("192.0.2.7")),
            sending_domain: Some(Clean::from("news.example.com")),
            senders: vec![
                share("news.example.com", 2_000),
                share("nov-blk", 900),
                share("$(reboot).com", 10),
            ],
            recipient_domain: Some(Clean::from("gmail.com")),
            ..Evidence::default()
        }
    }

    fn commands(probes: &[Probe]) -> Vec<&str> {
        probes.iter().map(|probe| probe.command.as_str()).collect()
    }

    #[test]
    fn every_address_and_domain_of_ours_is_asked_about_and_nothing_twice() {
        let probes = Knowledge::embedded().unwrap().probes(&evidence(), &Answers::default());
        let commands = commands(&probes);
        for command in [
            "dig +short 7.2.0.192.zen.spamhaus.org",
            "dig +short 8.2.0.192.zen.spamhaus.org",
            "dig +short 7.2.0.192.bl.spamcop.net",
            "dig +short 8.2.0.192.b.barracudacentral.org",
            "dig +short -x 192.0.2.7",
            r#"for name in $(dig +short -x 192.0.2.8); do dig +short "$name"; done"#,
            "dig +short TXT news.example.com",
            "dig +short TXT _dmarc.news.example.com",
            "dig +short TXT <selector>._domainkey.news.example.com",
            "dig +short MX news.example.com",
            "dig +short MX gmail.com",
            "dig +short news.example.com.dbl.spamhaus.org",
        ] {
            assert_eq!(commands.iter().filter(|one| **one == command).count(), 1, "{command}: {commands:#?}");
        }
        let blank = probes.iter().find(|probe| probe.command.contains("_domainkey")).unwrap();
        assert_eq!(blank.blank(), Some("<selector>"));
        let first = probes.iter().position(|probe| !probe.is_asked).unwrap();
        assert!(probes[first..].iter().all(|probe| !probe.is_asked), "what the diagnosis asks comes first");
    }

    #[test]
    fn nothing_of_a_log_that_could_act_in_a_shell_stands_in_a_command() {
        let hostile = ["$(reboot)", "a.com;reboot", "`id`", "x' 'y", "a.com\n.b", "-x.com"];
        for text in hostile {
            let evidence = Evidence {
                sending_ip: Some(Clean::from(text)),
                sending_domain: Some(Clean::from(text)),
                recipient_domain: Some(Clean::from(text)),
                relay: Some(Clean::from(text)),
                sources: vec![share(text, 5), share("192.0.2.9;id", 5)],
                senders: vec![share(text, 5)],
                ips: vec![share(text, 5)],
                ..evidence()
            };
            for probe in Knowledge::embedded().unwrap().probes(&evidence, &Answers::default()) {
                let own = probe.command.replace("for name in $(dig +short -x <IP>); do", "");
                assert!(
                    !own.contains("$(") && !own.contains('`') && !own.contains('\''),
                    "{}",
                    probe.command
                );
                assert!(!own.contains("reboot") && !own.contains("192.0.2.9"), "{}", probe.command);
            }
        }
    }

    #[test]
    fn the_operators_answer_stands_beside_its_question() {
        let knowledge = Knowledge::embedded().unwrap();
        let answers = Answers::from([(Arc::from("N6.list"), Answer::Yes)]);
        let probes = knowledge.probes(&evidence(), &answers);
        let listed: Vec<_> = probes.iter().filter(|probe| &*probe.node == "N6.list").collect();
        assert!(listed.len() >= 2 && listed.iter().all(|probe| probe.answer.starts_with("listed")));
        assert_eq!(listed[0].means[0], "a blocklist names 192.0.2.7");
    }

    #[test]
    fn what_stands_beside_a_question_can_be_filled_and_its_question_is_there() {
        let knowledge = Knowledge::embedded().unwrap();
        let is_there = |id: &str| knowledge.trees.node(id).is_some_and(|node| node.probe.is_some());
        assert!(BESIDE.iter().all(|(id, ..)| is_there(id)));
        assert!(BESIDE.iter().all(|(.., command)| Sentence::read(command).is_ok()));
    }

    #[test]
    fn without_any_evidence_the_places_stay_open() {
        let probes = Knowledge::embedded().unwrap().probes(&Evidence::default(), &Answers::default());
        assert!(commands(&probes).contains(&"dig +short <reversed IP>.zen.spamhaus.org"));
        assert!(probes.iter().any(|probe| probe.blank() == Some("<domain>")));
    }
}
