//! The decision tree as it is written: drawn for people, for graphviz, for a wiki.

mod dot;
mod md;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::engine::{Outline, OutlineAnswer, OutlineNode, OutlineRemedy, OutlineStep, Written};
use crate::text::{Clean, width};

pub use dot::tree_dot;
pub use md::tree_md;

/// Cells of a line of ids.
const LINE: usize = 100;

/// The tree drawn from the root, or all that one node, remedy or step says; nothing where there is
/// none of that id.
#[must_use]
pub fn tree_text(outline: &Outline, only: Option<&str>) -> Option<String> {
    let mut out = String::new();
    match only {
        None => whole(outline, &mut out),
        Some(id) => {
            if !one(outline, id, &mut out) {
                return None;
            }
        }
    }
    Some(clean(&out))
}

/// The ids that there are: of nodes, and unless only those are wanted, of remedies and steps.
#[must_use]
pub fn tree_ids(outline: &Outline, only_nodes: bool) -> Vec<&str> {
    let nodes = outline.nodes.iter().map(|node| &*node.id);
    let remedies = outline.remedies.iter().map(|remedy| &*remedy.id);
    let steps = outline.steps.iter().map(|step| &*step.id);
    let others = remedies.chain(steps).filter(|_| !only_nodes);
    let mut seen = BTreeSet::new();
    nodes.chain(others).filter(|id| seen.insert(*id)).collect()
}

/// The text without anything that an operator's file could do to a terminal.
pub(super) fn clean(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", Clean::from(line))).collect()
}

/// How an answer is told from the others: what the logs must say, or what the operator says.
pub(super) fn given(answer: &OutlineAnswer) -> String {
    match (&answer.operator, &answer.when) {
        (Some(said), Some(when)) => format!("you: {said}; or {when}"),
        (Some(said), None) => format!("you: {said}"),
        (None, Some(when)) => when.clone(),
        (None, None) => String::new(),
    }
}

/// The question, or what an undrawn node is.
pub(super) fn question(node: &OutlineNode) -> &str {
    if node.question.is_empty() { "(a fork, not drawn)" } else { &node.question }
}

fn whole(outline: &Outline, out: &mut String) {
    // A node that several others lead to is drawn once, on its own.
    let mut parents: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for node in &outline.nodes {
        for way in node.ways() {
            parents.entry(way).or_default().insert(&node.id);
        }
    }
    let mut drawing = Drawing { outline, parents, later: vec!["N0"], drawn: BTreeSet::new() };
    let mut at = 0;
    while let Some(id) = drawing.later.get(at).copied() {
        at += 1;
        if let Some(node) = drawing.node(id)
            && drawing.drawn.insert(id)
        {
            drawing.draw(node, "", out);
            out.push('\n');
        }
    }
    let (nodes, remedies) = (outline.nodes.len(), outline.remedies.len());
    let own = outline.nodes.iter().map(|node| &node.written);
    let own = own.chain(outline.remedies.iter().map(|remedy| &remedy.written));
    let own = own.chain(outline.steps.iter().map(|step| &step.written)).filter(|written| written.own).count();
    let _ = write!(out, "{nodes} nodes, {remedies} remedies, {} steps", outline.steps.len());
    let _ = match own {
        0 => writeln!(out, ". `fivefifty tree ID` prints one of them whole."),
        own => writeln!(out, ", {own} of them yours. `fivefifty tree ID` prints one of them whole."),
    };
}

struct Drawing<'a> {
    outline: &'a Outline,
    parents: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Nodes to draw on their own, in the order in which ways to them are met.
    later: Vec<&'a str>,
    drawn: BTreeSet<&'a str>,
}

impl<'a> Drawing<'a> {
    fn node(&self, id: &str) -> Option<&'a OutlineNode> {
        self.outline.nodes.iter().find(|node| *node.id == *id)
    }

    /// The node to draw in place behind a way, where nothing else leads to it; else it is put off.
    fn in_place(&mut self, way: &'a str) -> Option<&'a OutlineNode> {
        let node = self.node(way)?;
        if self.parents.get(way).is_some_and(|parents| parents.len() == 1) && self.drawn.insert(way) {
            return Some(node);
        }
        if !self.later.contains(&way) {
            self.later.push(way);
        }
        None
    }

    fn draw(&mut self, node: &'a OutlineNode, lead: &str, out: &mut String) {
        let mut next = Some(node);
        // What follows whatever the answer is drawn below, not deeper.
        while let Some(node) = next {
            let mine = if node.written.own { "  (yours)" } else { "" };
            let _ = writeln!(out, "{lead}{}  {}{mine}", node.id, question(node));
            let takes = node.figure.map(|figure| format!("; takes the figure {figure}")).unwrap_or_default();
            if let Some(open) = node.probe.as_ref().map(|probe| format!("probe: {probe}")) {
                let _ = writeln!(out, "{lead}│ {open}{takes}");
            } else if let Some(ask) = &node.ask {
                let _ = writeln!(out, "{lead}│ ask: {ask}{takes}");
            }
            ids("remedies:", &node.remedies.iter().map(|id| &**id).collect::<Vec<_>>(), lead, out);
            for answer in &node.answers {
                let _ = write!(out, "{lead}├ {}", given(answer));
                if !answer.answer.is_empty() {
                    let _ = write!(out, ": “{}”", answer.answer);
                }
                let way = answer.to.as_deref().filter(|to| Some(*to) != node.then.as_deref());
                match way {
                    None => out.push('\n'),
                    Some(way) => match self.in_place(way) {
                        None => {
                            let _ = writeln!(out, " → {way}");
                        }
                        Some(child) => {
                            out.push('\n');
                            self.draw(child, &format!("{lead}│   "), out);
                        }
                    },
                }
            }
            next = None;
            match node.then.as_deref() {
                None => {}
                Some(way) => match self.in_place(way) {
                    Some(child) => {
                        let _ = writeln!(out, "{lead}▼");
                        next = Some(child);
                    }
                    None => {
                        let _ = writeln!(out, "{lead}└→ {way}");
                    }
                },
            }
        }
    }
}

/// A titled list of ids, wrapped.
fn ids(title: &str, ids: &[&str], lead: &str, out: &mut String) {
    if ids.is_empty() {
        return;
    }
    let mut line = format!("{lead}│ {title}");
    for (at, id) in ids.iter().enumerate() {
        let comma = if at + 1 < ids.len() { "," } else { "" };
        if width(&line) + id.len() + 2 > LINE {
            let _ = writeln!(out, "{line}");
            line = format!("{lead}│   ");
        }
        let _ = write!(line, " {id}{comma}");
    }
    let _ = writeln!(out, "{line}");
}

fn one(outline: &Outline, id: &str, out: &mut String) -> bool {
    let mut found = false;
    for node in outline.nodes.iter().filter(|node| *node.id == *id) {
        found = true;
        whole_node(outline, node, out);
    }
    for remedy in outline.remedies.iter().filter(|remedy| *remedy.id == *id) {
        found = true;
        whole_remedy(remedy, out);
    }
    for step in outline.steps.iter().filter(|step| *step.id == *id) {
        found = true;
        whole_step(step, out);
    }
    found
}

fn whole_node(outline: &Outline, node: &OutlineNode, out: &mut String) {
    let _ = writeln!(out, "{}  {}", node.id, question(node));
    let figure = node.figure.map(str::to_owned);
    for (title, text) in [("probe", &node.probe), ("ask", &node.ask), ("figure", &figure)] {
        if let Some(text) = text {
            let _ = writeln!(out, "  {title:<8} {text}");
        }
    }
    for answer in &node.answers {
        let said = if answer.answer.is_empty() { "(not drawn)" } else { &answer.answer };
        let _ = writeln!(out, "  ├ {}\n  │   {said}", given(answer));
        for (title, text) in [("verdict", &answer.verdict), ("to", &answer.to)] {
            if let Some(text) = text {
                let _ = writeln!(out, "  │   {title}: {text}");
            }
        }
        list("  │   do", &answer.todo, out);
        list("  │   don't", &answer.dont, out);
    }
    let _ = writeln!(out, "  └→ {}", node.then.as_deref().unwrap_or("by its answers"));
    let leads = |other: &&OutlineNode| other.ways().contains(&&*node.id);
    let from: Vec<&str> = outline.nodes.iter().filter(leads).map(|other| &*other.id).collect();
    for (title, ids) in [
        ("from", from),
        ("remedies", node.remedies.iter().map(|id| &**id).collect()),
        ("links", node.links.iter().map(String::as_str).collect()),
    ] {
        if !ids.is_empty() {
            let _ = writeln!(out, "  {title:<8} {}", ids.join(", "));
        }
    }
    origin(&node.written, out);
}

fn whole_remedy(remedy: &OutlineRemedy, out: &mut String) {
    let _ = writeln!(out, "{}  {}", remedy.id, remedy.incident);
    let _ = writeln!(out, "  {:<8} {}\n  {:<8} {}", "when", remedy.when, "meaning", remedy.meaning);
    list("  do", &remedy.todo, out);
    list("  don't", &remedy.dont, out);
    list("  see", &remedy.links, out);
    origin(&remedy.written, out);
}

fn whole_step(step: &OutlineStep, out: &mut String) {
    let _ = writeln!(out, "{}  {}\n  {:<8} {}", step.id, step.title, "when", step.when);
    if let Some(node) = &step.node {
        let _ = writeln!(out, "  {:<8} {node}", "node");
    }
    origin(&step.written, out);
}

fn list(title: &str, items: &[String], out: &mut String) {
    for item in items {
        let _ = writeln!(out, "{title}: {item}");
    }
}

fn origin(written: &Written, out: &mut String) {
    let Written { file, line, source, month, .. } = written;
    let _ = writeln!(out, "  {:<8} {source} ({month})\n  {:<8} {file}:{line}", "source", "file");
}
