//! The tree for a wiki.

use std::fmt::Write as _;

use super::{clean, given, question};
use crate::engine::{Outline, OutlineNode, OutlineRemedy, Written};
use crate::report::markdown::{code, escape};

/// A page of headings and tables; of one node, remedy or step where `only` says so, and nothing where
/// there is none.
#[must_use]
pub fn tree_md(outline: &Outline, only: Option<&str>) -> Option<String> {
    let wanted = |id: &str| only.is_none_or(|only| only == id);
    let mut out = String::new();
    if only.is_none() {
        out.push_str("# What is it, and what to do\n\nThe tree begins at `N0`; the first answer that holds is taken.\n");
    }
    let before = out.len();
    for one in outline.nodes.iter().filter(|one| wanted(&one.id)) {
        node(one, &mut out);
    }
    let remedies: Vec<_> = outline.remedies.iter().filter(|remedy| wanted(&remedy.id)).collect();
    if only.is_none() && !remedies.is_empty() {
        out.push_str("\n# Remedies\n\nThe first whose condition holds is chosen.\n");
    }
    remedies.into_iter().for_each(|one| remedy(one, &mut out));
    let steps: Vec<_> = outline.steps.iter().filter(|step| wanted(&step.id)).collect();
    if !steps.is_empty() {
        out.push_str("\n# The first five minutes\n\n| step | what | when | node |\n|---|---|---|---|\n");
    }
    for step in steps {
        let node = step.node.as_deref().map(cell).unwrap_or_default();
        let (id, title, when) = (code(&step.id), escape(&step.title), cell(&step.when));
        let _ = writeln!(out, "| {id} | {title} | {when} | {node} |");
    }
    (out.len() > before).then(|| clean(&out))
}

fn node(node: &OutlineNode, out: &mut String) {
    let _ = writeln!(out, "\n## {}: {}\n", code(&node.id), escape(question(node)));
    for (title, text) in [("Probe", &node.probe), ("Ask", &node.ask)] {
        if let Some(text) = text {
            let _ = writeln!(out, "- {title}: {}", if title == "Probe" { code(text) } else { escape(text) });
        }
    }
    if let Some(figure) = node.figure {
        let _ = writeln!(out, "- Takes a figure: {}", code(figure));
    }
    if !node.remedies.is_empty() {
        let ids: Vec<String> = node.remedies.iter().map(|id| code(id)).collect();
        let _ = writeln!(out, "- Remedies: {}", ids.join(", "));
    }
    node.links.iter().for_each(|link| {
        let _ = writeln!(out, "- <{link}>");
    });
    origin(&node.written, out);
    if !node.answers.is_empty() {
        out.push_str("\n| when | answer | then | do |\n|---|---|---|---|\n");
    }
    for answer in &node.answers {
        let to = answer.to.as_deref().or(node.then.as_deref()).map(cell).unwrap_or_default();
        let dont = answer.dont.iter().map(|dont| format!("don't {dont}"));
        let todo: Vec<String> = answer.todo.iter().cloned().chain(dont).map(|todo| escape(&todo)).collect();
        let _ = writeln!(
            out,
            "| {} | {} | {to} | {} |",
            cell(&given(answer)),
            escape(&answer.answer),
            todo.join("<br>")
        );
    }
    if node.answers.is_empty() {
        let _ = writeln!(out, "\nThen {}.", code(node.then.as_deref().unwrap_or("end")));
    }
}

fn remedy(remedy: &OutlineRemedy, out: &mut String) {
    let _ = writeln!(out, "\n## {}: {}\n", code(&remedy.id), escape(&remedy.incident));
    let _ = writeln!(out, "- When: {}\n- Says: {}", code(&remedy.when), escape(&remedy.meaning));
    origin(&remedy.written, out);
    for (title, items) in [("Do", &remedy.todo), ("Don't", &remedy.dont)] {
        if !items.is_empty() {
            let _ = writeln!(out, "\n**{title}**\n");
            items.iter().for_each(|item| {
                let _ = writeln!(out, "- {}", escape(item));
            });
        }
    }
    if !remedy.links.is_empty() {
        out.push('\n');
    }
    remedy.links.iter().for_each(|link| {
        let _ = writeln!(out, "- <{link}>");
    });
}

fn origin(written: &Written, out: &mut String) {
    let Written { source, month, file, line, .. } = written;
    let _ = writeln!(out, "- Source: {} ({month}), {}", escape(source), code(&format!("{file}:{line}")));
}

/// Code inside a table, where a bar would end the cell.
fn cell(text: &str) -> String {
    code(&text.replace('|', "\\|"))
}
