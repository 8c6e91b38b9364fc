//! What `check` found, for people and for programs.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::{SCHEMA, tree_ids};
use crate::engine::{KnowledgeError, Lint, Outline, Remark, Shadow, Written};
use crate::text::{Clean, fit, width};

/// Cells of a line.
const LINE: usize = 80;
/// Rules that one own rule takes from, shown without being asked.
const SHADOWS: usize = 5;

/// What was looked over, and what was found.
#[derive(Debug, Default, Serialize)]
pub struct Checked {
    /// Version of this form.
    pub schema: u32,
    /// The folder, or `built in`.
    pub folder: String,
    /// The files that were read; with rules in them or without.
    pub files: Vec<String>,
    /// Mistakes: nothing is used until they are gone.
    pub mistakes: Vec<Remark>,
    /// Mistakes beyond those.
    pub more: usize,
    /// What is to be said of the rules; nothing where there are mistakes.
    #[serde(flatten)]
    pub lint: Lint,
    /// What files of trees say; nothing where there are mistakes.
    pub trees: Vec<TreeFile>,
    /// Ids of ours that the operator's trees take away.
    pub removed: Vec<String>,
    /// Remedies of ours that the operator's leave nothing for: pairs of the operator's id and ours.
    pub overruled: Vec<(Arc<str>, Arc<str>)>,
}

/// What a file of trees says.
#[derive(Debug, Default, Serialize)]
pub struct TreeFile {
    /// The file.
    pub file: String,
    /// Questions.
    pub nodes: usize,
    /// Remedies.
    pub remedies: usize,
    /// Steps of the checklist.
    pub steps: usize,
    /// Ids of ours that it replaces.
    pub replaces: Vec<String>,
}

impl Checked {
    /// A folder whose files are in order.
    #[must_use]
    pub fn fine(folder: String, files: Vec<String>, lint: Lint) -> Self {
        Self { schema: SCHEMA, folder, files, lint, ..Self::default() }
    }

    /// And what `outline` says: of it the operator's own entries, or all where `own` is false. What
    /// they replace and take away is told by `ours`.
    #[must_use]
    pub fn with_trees(mut self, outline: &Outline, ours: &Outline, own: bool) -> Self {
        let ids = tree_ids(ours, false);
        let mut count = |id: &str, written: &Written, add: fn(&mut TreeFile)| {
            if own && !written.own {
                return;
            }
            let at = self.trees.iter().position(|file| *file.file == *written.file);
            let at = at.unwrap_or_else(|| {
                self.trees.push(TreeFile { file: written.file.to_string(), ..TreeFile::default() });
                self.trees.len() - 1
            });
            let Some(file) = self.trees.get_mut(at) else { return };
            add(file);
            if own && ids.contains(&id) && !file.replaces.iter().any(|other| other == id) {
                file.replaces.push(id.to_owned());
            }
        };
        outline.nodes.iter().for_each(|one| count(&one.id, &one.written, |file| file.nodes += 1));
        outline.remedies.iter().for_each(|one| count(&one.id, &one.written, |file| file.remedies += 1));
        outline.steps.iter().for_each(|one| count(&one.id, &one.written, |file| file.steps += 1));
        let left = tree_ids(outline, false);
        self.removed = ids.iter().filter(|id| !left.contains(id)).map(|id| (*id).to_owned()).collect();
        self
    }

    /// A folder with mistakes.
    #[must_use]
    pub fn wrong(folder: String, files: Vec<String>, wrong: KnowledgeError) -> Self {
        let KnowledgeError { mistakes, more } = wrong;
        Self { schema: SCHEMA, folder, files, mistakes, more, ..Self::default() }
    }

    /// How many mistakes there are.
    #[must_use]
    pub fn mistakes(&self) -> usize {
        self.mistakes.len() + self.more
    }
}

/// One JSON object, indented.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn check_json(checked: &Checked) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(checked).map(|text| text + "\n")
}

/// For people, 80 cells wide but for paths that are wider; hints only where they are asked for.
#[must_use]
pub fn check_text(checked: &Checked, verbose: bool) -> String {
    let mut out = String::new();
    let folder = Clean::from(checked.folder.as_str());
    let lint = &checked.lint;
    if checked.mistakes() > 0 {
        // A theme that is none hinders nothing else.
        let are_themes = checked.mistakes.iter().all(|mistake| mistake.file.contains("/themes/"));
        let what = if are_themes { "these themes cannot be worn" } else { "nothing in it is used" };
        let _ = writeln!(out, "{folder}: {}, {what}", count(checked.mistakes(), "mistake"));
        remarks(&checked.mistakes, &mut out);
        if checked.more > 0 {
            let _ = writeln!(out, "and {} more", checked.more);
        }
        return out;
    }
    if checked.files.is_empty() && lint.rules.is_empty() {
        let _ = writeln!(
            out,
            "{folder}: there is nothing of ours in it:\n  no config.toml, no providers.toml, no rules, no formats, no trees"
        );
        return out;
    }
    let _ = match lint.warnings.len() {
        0 => writeln!(out, "{folder}: in order"),
        warnings => writeln!(out, "{folder}: in order, {}", count(warnings, "warning")),
    };
    let more = lint.rules.iter().map(|file| &*file.file).chain(checked.trees.iter().map(|file| &*file.file));
    let named = more.filter(|file| !checked.files.iter().any(|name| name == file));
    let files: Vec<&str> = checked.files.iter().map(String::as_str).chain(named).collect();
    for name in files {
        let _ = write!(out, "  {}", Clean::from(name));
        if let Some(file) = lint.rules.iter().find(|file| *file.file == *name) {
            let (rules, samples) = (count(file.rules, "rule"), count(file.samples, "sample"));
            let _ = write!(out, ": {rules}, {samples} kept");
        }
        if let Some(file) = checked.trees.iter().find(|file| *file.file == *name) {
            let _ = write!(out, ": {}", counts(file));
        }
        out.push('\n');
    }
    trees(checked, &mut out);
    shadows(&lint.shadows, verbose, &mut out);
    if !lint.warnings.is_empty() {
        out.push_str("\nLikely not meant:\n");
        remarks(&lint.warnings, &mut out);
    }
    if verbose && !lint.hints.is_empty() {
        out.push_str("\nCould be better:\n");
        remarks(&lint.hints, &mut out);
    } else if !lint.hints.is_empty() {
        let _ = writeln!(out, "\n{} with --verbose", count(lint.hints.len(), "hint"));
    }
    out
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn counts(file: &TreeFile) -> String {
    let all = [(file.nodes, "node"), (file.remedies, "remedy"), (file.steps, "step")];
    let named = all.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| match what {
        "remedy" if number != 1 => format!("{number} remedies"),
        _ => count(number, what),
    });
    let named: Vec<String> = named.collect();
    if named.is_empty() { "nothing".to_owned() } else { named.join(", ") }
}

/// What of ours the operator's trees replace and take away.
fn trees(checked: &Checked, out: &mut String) {
    let replaced = checked.trees.iter().flat_map(|file| &file.replaces).map(String::as_str);
    let replaced: Vec<&str> = replaced.collect();
    let removed: Vec<&str> = checked.removed.iter().map(String::as_str).collect();
    for (own, ours) in &checked.overruled {
        out.push('\n');
        wrap(&format!("Your remedy {own} always goes before ours: {ours} is never chosen"), 0, 2, out);
    }
    for (what, ids) in [("replace", replaced), ("remove", removed)] {
        if !ids.is_empty() {
            out.push('\n');
            wrap(&format!("Your trees {what} ours: {}", ids.join(", ")), 0, 2, out);
        }
    }
}

fn shadows(shadows: &[Shadow], verbose: bool, out: &mut String) {
    for taken in shadows.chunk_by(|one, other| one.rule == other.rule) {
        let Some(first) = taken.first() else { continue };
        let words =
            format!("Your rule {} wins samples of {} built in:", first.rule, count(taken.len(), "rule"));
        out.push('\n');
        wrap(&words, 0, 2, out);
        let shown = if verbose { taken.len() } else { SHADOWS };
        for shadow in taken.iter().take(shown) {
            let Shadow { over, file, line, lost, samples, .. } = shadow;
            wrap(&format!("{over} ({file}:{line}), {lost} of {}", count(*samples, "sample")), 2, 4, out);
            let _ = writeln!(out, "    {}", fit(&Clean::from(shadow.string.as_str()), LINE - 4));
        }
        if taken.len() > shown {
            let _ = writeln!(out, "  and {} more with --verbose", taken.len() - shown);
        }
    }
}

fn remarks(remarks: &[Remark], out: &mut String) {
    for remark in remarks {
        let place = Clean::from(remark.place().as_str());
        let rule = remark.rule.as_ref().map(|rule| format!(" rule `{}`:", Clean::from(&**rule)));
        let rule = rule.unwrap_or_default();
        let head = width(&place) + width(&rule) + 3;
        let _ = if head > LINE && !rule.is_empty() {
            writeln!(out, "  {place}:\n   {rule}")
        } else {
            writeln!(out, "  {place}:{rule}")
        };
        if let Some(quote) = &remark.quote {
            let words = format!("{} | {}", remark.line, Clean::from(quote.as_str()));
            let _ = writeln!(out, "    {}", fit(&words, LINE - 4));
        }
        wrap(&remark.what, 4, 4, out);
    }
}

/// Writes words in lines of 80 cells, the first indented by `first`, the others by `rest`; a word that
/// is wider is cut at the line.
fn wrap(words: &str, first: usize, rest: usize, out: &mut String) {
    let clean = Clean::from(words);
    let (mut used, mut indent) = (0, first);
    for word in clean.split(' ') {
        let mut word = word;
        if used > 0 && used + 1 + width(word) > LINE {
            out.push('\n');
            (used, indent) = (0, rest);
        }
        if used > 0 {
            out.push(' ');
            used += 1;
        }
        loop {
            if used == 0 {
                out.push_str(&" ".repeat(indent));
                used = indent;
            }
            let fits = word.char_indices().find(|(at, c)| used + width(&word[..at + c.len_utf8()]) > LINE);
            let Some((at, _)) = fits else { break };
            out.push_str(&word[..at]);
            out.push('\n');
            (word, used, indent) = (&word[at..], 0, rest);
        }
        out.push_str(word);
        used += width(word);
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::{LINE, wrap};
    use crate::text::width;

    #[test]
    fn no_line_is_wider_than_a_terminal_and_no_word_is_lost() {
        let words = format!("{} short {} 邮箱不存在 end", "word ".repeat(40).trim(), "x".repeat(200));
        let mut out = String::new();
        wrap(&words, 2, 4, &mut out);
        assert!(out.lines().all(|line| width(line) <= LINE), "{out}");
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(squeezed(&out), squeezed(&words));
    }
}
