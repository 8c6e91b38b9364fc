//! What came out, held against what was written.

use std::collections::{HashMap, HashSet};

use super::follower::Run;

/// How a run with a fault ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) written: usize,
    /// Lines that did not come out, of those that anybody could have read.
    pub(crate) lost: usize,
    /// Lines that came out again, and were not announced to.
    pub(crate) doubled: usize,
    /// Lines that came out, and were never written so.
    pub(crate) torn: usize,
    /// Lines that came out after one that was written later.
    pub(crate) astray: usize,
    /// Lines that were truncated away before anybody could read them, and how many bytes they were.
    pub(crate) gone: (usize, usize),
    /// Bytes that were reported as lost.
    pub(crate) reported: usize,
    /// Lines that came out again as it was announced.
    pub(crate) again: usize,
}

impl Verdict {
    /// Whether every line came out, once, whole, in the order of writing.
    pub(crate) fn is_clean(&self) -> bool {
        (self.lost, self.doubled, self.torn, self.astray) == (0, 0, 0, 0)
    }
}

/// Judges runs, one after the other, by the lines that were written, in this order. `left`: of which lines
/// anybody could read; all where that is not said.
pub(crate) fn judge(written: &[Vec<u8>], runs: &[Run], left: Option<&HashSet<usize>>) -> Verdict {
    let number: HashMap<&[u8], usize> =
        written.iter().enumerate().map(|(number, line)| (line.as_slice(), number)).collect();
    assert_eq!(number.len(), written.len(), "each line is there once");
    let mut verdict = Verdict { written: written.len(), ..Verdict::default() };
    let (mut seen, mut last) = (HashSet::new(), None);
    for run in runs {
        let before = seen.clone();
        let is_announced = run.said.contains("did not end in order");
        let mut lines: Vec<&[u8]> = run.out.split(|byte| *byte == b'\n').collect();
        // A run that was killed leaves half a line, and nothing where a line ended.
        let rest = lines.pop().unwrap_or_default();
        let is_half = |half: &[u8]| written.iter().any(|line| line.starts_with(half));
        verdict.torn += usize::from(!rest.is_empty() && !is_half(rest));
        for line in lines {
            let whole = number.get(line).or_else(|| number.get(without_hole(line)));
            let Some(number) = whole.copied() else {
                verdict.torn += 1;
                continue;
            };
            if !seen.insert(number) {
                match is_announced && before.contains(&number) {
                    true => verdict.again += 1,
                    false => verdict.doubled += 1,
                }
                continue;
            }
            verdict.astray += usize::from(last > Some(number));
            last = last.max(Some(number));
        }
        verdict.reported += reported(&run.said);
    }
    for number in (0..written.len()).filter(|number| !seen.contains(number)) {
        match left.is_none_or(|left| left.contains(&number)) {
            true => verdict.lost += 1,
            false => {
                verdict.gone.0 += 1;
                verdict.gone.1 += written[number].len() + 1;
            }
        }
    }
    verdict
}

/// A line without the NULs of a hole before it, which a file gets whose writer does not append.
fn without_hole(line: &[u8]) -> &[u8] {
    &line[line.iter().take_while(|byte| **byte == 0).count()..]
}

/// The bytes that were said to be lost.
fn reported(said: &str) -> usize {
    let bytes = |line: &str| {
        line.split_once(" bytes were truncated away")?.0.rsplit(' ').next()?.parse::<usize>().ok()
    };
    said.lines().filter_map(bytes).sum()
}
