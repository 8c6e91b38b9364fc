//! The tree for graphviz.

use std::fmt::Write as _;

use super::{given, question};
use crate::engine::{Outline, OutlineNode};
use crate::text::Clean;

/// Characters of a condition on an edge.
const CONDITION: usize = 48;

/// A digraph of the nodes that `only` leads to, or of all; nothing where there is no such node.
#[must_use]
pub fn tree_dot(outline: &Outline, only: Option<&str>) -> Option<String> {
    let nodes = match only {
        None => outline.nodes.iter().collect(),
        Some(id) => reached(outline, id)?,
    };
    let mut out =
        "digraph fivefifty {\n  rankdir=TB;\n  node [shape=box, fontname=\"sans-serif\"];\n".to_owned();
    out.push_str("  edge [fontname=\"sans-serif\", fontsize=10];\n");
    for node in &nodes {
        let shape = match (&node.probe, &node.ask) {
            _ if node.question.is_empty() => ", shape=point",
            (Some(_), _) => ", style=dashed",
            (None, Some(_)) => ", style=rounded",
            (None, None) => "",
        };
        let label = quoted(&format!("{}\n{}", node.id, question(node)));
        let tip = quoted(&node.remedies.iter().map(|id| &**id).collect::<Vec<_>>().join(", "));
        let _ = writeln!(out, "  {} [label={label}, tooltip={tip}{shape}];", quoted(&node.id));
    }
    for node in &nodes {
        edges(node, &mut out);
    }
    let leads_to_end = |node: &&&OutlineNode| {
        node.then
            .iter()
            .chain(node.answers.iter().filter_map(|answer| answer.to.as_ref()))
            .any(|to| to == "end")
    };
    if nodes.iter().any(|node| leads_to_end(&node)) {
        out.push_str("  \"end\" [label=\"end\", shape=doublecircle];\n");
    }
    out.push_str("}\n");
    Some(out)
}

fn edges(node: &OutlineNode, out: &mut String) {
    let from = quoted(&node.id);
    for answer in &node.answers {
        let Some(to) = &answer.to else { continue };
        let mut label = given(answer);
        if label.chars().count() > CONDITION {
            label = label.chars().take(CONDITION - 1).chain(['…']).collect();
        }
        let _ = writeln!(out, "  {from} -> {} [label={}];", quoted(to), quoted(&label));
    }
    if let Some(then) = &node.then {
        let _ = writeln!(out, "  {from} -> {} [style=dashed];", quoted(then));
    }
}

/// A node and all that it leads to.
fn reached<'a>(outline: &'a Outline, id: &str) -> Option<Vec<&'a OutlineNode>> {
    let find = |id: &str| outline.nodes.iter().find(|node| *node.id == *id);
    let mut reached = vec![find(id)?];
    let mut at = 0;
    while let Some(node) = reached.get(at).copied() {
        at += 1;
        for next in node.ways().into_iter().filter_map(find) {
            if reached.iter().all(|other| other.id != next.id) {
                reached.push(next);
            }
        }
    }
    Some(reached)
}

/// A string of graphviz: `\n` is a line break, everything else stands for itself.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push_str("\\n");
        }
        for character in Clean::from(line).chars() {
            if matches!(character, '"' | '\\') {
                out.push('\\');
            }
            out.push(character);
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_text_breaks_out_of_its_quotes() {
        assert_eq!(quoted("N0\nsays = \"*x*\" \\"), r#""N0\nsays = \"*x*\" \\""#);
        assert!(!quoted("a\u{1b}[31mb").contains('\u{1b}'));
    }
}
