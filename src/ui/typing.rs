//! A line that is being typed: a filter, a figure, a note; and what is wrong with it so far.

use std::sync::Arc;

use super::completion::Offer;
use super::line_edit::LineEdit;
use crate::engine::{Filter, Unit};
use crate::model::Moment;
use crate::text::{Clean, percent};

/// What the line becomes.
#[derive(Debug)]
pub(super) enum Purpose {
    /// The filter; what it was is returned to.
    Filter {
        /// The filter to return to.
        before: Filter,
    },
    /// The operator's answer to a question that asks for a figure.
    Figure {
        /// The id of the node or step.
        on: Arc<str>,
        /// What is asked.
        asked: Clean,
        /// What it is counted in.
        unit: Unit,
    },
    /// A moment to look at.
    Time {
        /// The log's now, and the earliest moment that can be looked at.
        within: (Moment, Moment),
    },
    /// A note.
    Note {
        /// The id of the node or step; `None` is the whole incident.
        on: Option<Arc<str>>,
        /// What it is on, in words.
        about: Clean,
    },
}

/// Where a line stops making sense, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Byte offset.
    pub(super) at: usize,
    /// What is wrong there.
    pub(super) reason: String,
}

/// A line that is being typed.
#[derive(Debug)]
pub(super) struct Editing {
    pub(super) line: LineEdit,
    pub(super) purpose: Purpose,
    pub(super) mistake: Option<Mistake>,
    /// What a filter could go on with.
    pub(super) offer: Offer,
    /// Enter was pressed on a mistake: it is shown, whatever could stand there.
    pub(super) refused: bool,
}

impl Editing {
    /// The mistake that is shown: not where the term is only half typed and could go on.
    pub(super) fn told(&self) -> Option<&Mistake> {
        let is_half = |mistake: &&Mistake| {
            !self.refused && !self.offer.items.is_empty() && mistake.at >= self.offer.term
        };
        self.mistake.as_ref().filter(|mistake| !is_half(mistake))
    }

    pub(super) fn new(purpose: Purpose, text: &str) -> Self {
        let (offer, refused) = (Offer::default(), false);
        Self { line: LineEdit::new(text), purpose, mistake: None, offer, refused }
    }
}

/// From this share on a number without its sign may be meant as percents.
const UNSIGNED: f64 = 0.01;

/// Reads a figure: a share, 0–1, as `0.12%`, `0,12 %` or `0.0012`; a number as `1200` or `1.5`.
///
/// # Errors
/// Where it is none: as a share, a bare `12` may be twelve percent or twelve times all, and a bare `0.5`
/// half a percent or half of all, so both are refused.
pub(super) fn figure(text: &str, unit: Unit) -> Result<f64, Mistake> {
    let wrong = |at: usize, reason: String| Mistake { at, reason };
    let form = match unit {
        Unit::Share => "0.12%",
        Unit::Count | Unit::Times => "1200 or 1.5",
    };
    let body = text.trim();
    let start = text.len() - text.trim_start().len();
    if body.is_empty() {
        return Err(wrong(text.len(), format!("a figure is needed, such as {form}")));
    }
    let (number, is_percent) = match body.strip_suffix('%') {
        Some(number) if unit == Unit::Share => (number.trim_end(), true),
        _ => (body, false),
    };
    let odd = number.find(|sign: char| !sign.is_ascii_digit() && sign != '.' && sign != ',');
    if let Some(at) = odd {
        return Err(wrong(start + at, format!("this does not belong to a figure such as {form}")));
    }
    let Ok(value) = number.replace(',', ".").parse::<f64>() else {
        return Err(wrong(start, format!("this is no number: write {form}")));
    };
    match (unit, is_percent) {
        (Unit::Share, true) if value <= 100.0 => Ok(value / 100.0),
        (Unit::Share, true) => Err(wrong(start, "more than 100% is no share".into())),
        (Unit::Share, false) if value >= 1.0 => {
            Err(wrong(start, format!("with its unit: {number}% for {number} of a hundred")))
        }
        // Dashboards show percents: what is copied from one without its sign may be a hundred times less.
        (Unit::Share, false) if value >= UNSIGNED => {
            let whole = percent(value);
            Err(wrong(start, format!("{number}% or {whole}? write it with its sign")))
        }
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::figure;
    use crate::engine::Unit;

    #[test]
    fn a_share_is_read_with_its_unit_or_as_a_fraction() {
        let cases = [
            ("0.12%", 0.0012),
            (" 0.12 % ", 0.0012),
            ("0,3%", 0.003),
            ("0.0012", 0.0012),
            ("0", 0.0),
            ("100%", 1.0),
        ];
        for (text, value) in cases {
            let read = figure(text, Unit::Share).unwrap_or(f64::NAN);
            assert!((read - value).abs() < 1e-12, "{text}: {read}");
        }
        assert_eq!(figure("1200", Unit::Count).ok(), Some(1200.0));
    }

    #[test]
    fn what_is_offered_is_what_is_accepted_whatever_is_typed() {
        for unit in [Unit::Share, Unit::Count, Unit::Times] {
            let told = figure("", unit).err().map(|mistake| mistake.reason).unwrap_or_default();
            let (_, offered) = told.split_once("such as ").unwrap_or_default();
            assert!(!offered.is_empty() && (unit != Unit::Share || offered.ends_with('%')), "{told}");
            assert!(offered.split(" or ").all(|one| figure(one, unit).is_ok()), "{told}");
        }
    }

    #[test]
    fn what_may_mean_two_things_or_nothing_is_refused_in_its_place() {
        let cases = [
            ("12", 0),
            ("0.5", 0),
            ("0,02", 0),
            ("", 0),
            ("0.1x%", 3),
            ("101%", 0),
            ("-1%", 0),
            (" <0.1%", 1),
            ("1e-3", 1),
            (".", 0),
            ("1.2.3%", 0),
        ];
        for (text, at) in cases {
            let mistake = figure(text, Unit::Share).err();
            assert_eq!(mistake.map(|mistake| mistake.at), Some(at), "{text}");
        }
        assert!(figure("5%", Unit::Count).is_err());
    }
}
