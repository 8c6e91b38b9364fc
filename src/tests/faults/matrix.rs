//! README's matrix of faults.

use super::judge::Verdict;
use super::table::Fault;

/// What stands around it.
const BEGIN: &str = "<!-- faults: cargo build && cargo run --example faults -->\n";
const END: &str = "<!-- end of faults -->\n";
const HEAD: &str =
    "| what happens to the log | lines | lost | doubled | torn | out of order |\n|---|--:|--:|--:|--:|--:|\n";

/// The text with the matrix of what was played in the place of the one before.
pub(crate) fn put<'f>(text: &str, played: impl Iterator<Item = (&'f Fault, &'f Verdict)>) -> String {
    let (before, rest) = text.split_once(BEGIN).expect("README marks where the matrix begins");
    let (_, after) = rest.split_once(END).expect("README marks where the matrix ends");
    let rows: String = played.map(|(fault, verdict)| row(fault, verdict)).collect();
    format!("{before}{BEGIN}{HEAD}{rows}{END}{after}")
}

fn row(fault: &Fault, verdict: &Verdict) -> String {
    let Verdict { written, lost, doubled, torn, astray, .. } = verdict;
    format!("| {} | {written} | {lost} | {doubled} | {torn} | {astray} |\n", fault.name)
}

/// The rows of the matrix in a text: what happens, and the figures after the lines.
pub(crate) fn rows(text: &str) -> Vec<(String, Vec<String>)> {
    let matrix =
        text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map_or("", |(matrix, _)| matrix);
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let mut rows = matrix.lines().skip(2).map(cells);
    let rows = rows.by_ref().map(|cells| (cells[0].clone(), cells.into_iter().skip(2).collect()));
    rows.collect()
}
