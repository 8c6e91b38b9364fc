//! What they say: the signatures inside the selection with their shares.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::trend::scope_name;
use super::wrap::{focused, marks, spans, wrap};
use super::{figures, words};
use crate::engine::{Estimated, SendView, Signature};
use crate::text::fit;
use crate::ui::picture::Picture;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Cells of the share and of the mark before the text.
const LEAD: u16 = 10;
/// Cells of the category, where there is room for it.
const CATEGORY: u16 = 18;
/// Cells from which there is room to say since when something is said.
const WIDE: u16 = 76;
/// Rows that are asked for one signature at most, where others want them, too.
const MOST: usize = 5;
/// Rows of one at most.
const LONGEST: usize = 24;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let signatures = &picture.signatures;
    let scope = state.scope(&picture.incidents);
    let replies: u64 = signatures.iter().map(|signature| signature.count).sum();
    let title = [
        canvas.span(Role::Title, "What they say"),
        canvas.span(Role::Text, format!(" · {}", scope_name(&scope, picture, area.width.saturating_sub(40)))),
    ];
    let mut right = Vec::new();
    // The most frequent of what nobody said before.
    if let Some(new) = signatures.iter().find(|signature| signature.fresh).filter(|_| area.width >= WIDE) {
        let clock = new.first.clock();
        let since = format!("new since {}", clock.get(..5).unwrap_or_default());
        right.extend([canvas.span(Role::Fresh, since), canvas.span(Role::Dim, " · ")]);
    }
    if replies > 0 {
        let about = Estimated::sign(signatures.iter().any(|signature| signature.about));
        let text = format!("{about}{}", figures::plural(replies, "reply", "replies"));
        right.push(canvas.span(Role::Dim, text));
    }
    let inner = canvas.panel(area, &title, &right, false);
    if signatures.is_empty() {
        let window = picture.window;
        if let Some(why) = &picture.unasked {
            return super::prose::draw(canvas, inner, &[(Role::Dim, why)]);
        }
        let text = match (state.filter.is_empty(), &scope.incident) {
            (true, _) => format!("  No rejection, no deferral in {window}."),
            (false, None) => format!("  No rejection, no deferral that the filter lets through in {window}."),
            (false, Some(_)) => {
                format!("  Nothing of the incident is let through by the filter in {window}.")
            }
        };
        canvas.row(inner, 0, &[canvas.span(Role::Dim, text)]);
        return;
    }
    list(canvas, inner, signatures);
}

/// What is said to a send.
pub(super) fn of_send(canvas: &mut Canvas<'_>, area: Rect, send: &SendView, signatures: &[Signature]) {
    let name = fit(&send.campaign, usize::from(area.width / 2));
    let title =
        [canvas.span(Role::Title, "What they say"), canvas.span(Role::Text, format!(" · {name} · 24h"))];
    let inner = canvas.panel(area, &title, &[], false);
    if signatures.is_empty() {
        let text = "  No string is kept of what was refused or put off.";
        canvas.row(inner, 0, &[canvas.span(Role::Dim, text)]);
        return;
    }
    list(canvas, inner, signatures);
}

/// Rows that so many signatures need in this width.
pub(super) fn rows(area: Rect, signatures: &[Signature]) -> u16 {
    let cells = usize::from(cells(area).0);
    let rows = signatures.iter().map(|one| wrap(&one.signature, cells, MOST).0.len()).sum::<usize>();
    u16::try_from(rows).unwrap_or(u16::MAX)
}

/// Cells of a text, and of the category before it.
const fn cells(area: Rect) -> (u16, u16) {
    let category = if area.width >= 76 { CATEGORY } else { 0 };
    (area.width.saturating_sub(LEAD + category + 1), category)
}

fn list(canvas: &mut Canvas<'_>, inner: Rect, signatures: &[Signature]) {
    let (cells, category) = cells(inner);
    let needs: Vec<usize> = signatures
        .iter()
        .take(usize::from(inner.height))
        .map(|signature| wrap(&signature.signature, usize::from(cells), LONGEST).0.len())
        .collect();
    let given = share_out(&needs, signatures.len(), usize::from(inner.height));
    let mut row = 0u16;
    for (signature, rows) in signatures.iter().zip(&given) {
        let loud = if signature.share >= 0.5 { Role::Title } else { Role::Text };
        let lead = [
            canvas.span(loud, format!("{:>4} ", share(signature.share, signature.about))),
            if signature.fresh { canvas.span(Role::Fresh, "▸new") } else { Span::raw("    ") },
        ];
        canvas.row(inner, row, &lead);
        if category > 0 {
            let word = canvas.span(Role::Dim, words::category(signature.verdict.category));
            canvas.put(inner.x + LEAD, inner.y + row, category - 1, &[word]);
        }
        let text = focused(&signature.signature, &signature.verdict.evidence, usize::from(cells) * *rows);
        let text = text.as_ref();
        let marked = marks(text, &signature.verdict.evidence);
        let (ranges, cut) = wrap(text, usize::from(cells), *rows);
        let x = inner.x + LEAD + category;
        let last = ranges.len().saturating_sub(1);
        for (at, range) in ranges.iter().enumerate() {
            // A cut line is handed over whole, so that the canvas marks the cut.
            let range = if at == last && cut { range.start..text.len() } else { range.clone() };
            let line = spans(text, &range, &marked, canvas.style(Role::Text), canvas.style(Role::Evidence));
            canvas.put(x, inner.y + row, cells, &line);
            row += 1;
        }
    }
    if given.len() < signatures.len() {
        let rest: f64 = signatures[given.len()..].iter().map(|signature| signature.share).sum();
        let about = signatures.iter().any(|signature| signature.about);
        let text = format!("{:>4}      and {} more", share(rest, about), signatures.len() - given.len());
        canvas.row(inner, row, &[canvas.span(Role::Dim, text)]);
    }
}

/// A share, and whether it is estimated.
fn share(share: f64, about: bool) -> String {
    format!("{}{}", Estimated::sign(about), figures::share(share))
}

/// Rows for each signature in sight: one for each, two more for the first, for it is what most of
/// them say, and what is left over to whoever needs it, from the first on. A row is kept for those
/// that are out of sight.
fn share_out(needs: &[usize], all: usize, height: usize) -> Vec<usize> {
    let first = needs.first().copied().unwrap_or(0).min(if height >= 5 { 3 } else { 1 });
    let room = (height + 1).saturating_sub(first);
    let shown = if all <= room { all } else { room.saturating_sub(1) };
    let mut given: Vec<usize> =
        (0..shown.min(needs.len())).map(|at| if at == 0 { first } else { 1 }).collect();
    let kept = usize::from(given.len() < all);
    let mut left = height.saturating_sub(given.iter().sum::<usize>() + kept);
    for (given, need) in given.iter_mut().zip(needs) {
        let more = need.saturating_sub(*given).min(left);
        *given += more;
        left -= more;
    }
    given
}

#[cfg(test)]
mod tests {
    use super::share_out;

    #[test]
    fn the_first_signature_gets_most_and_none_is_forgotten() {
        assert_eq!(share_out(&[4, 2, 1], 3, 9), [4, 2, 1]);
        assert_eq!(share_out(&[4, 4, 4, 4, 4, 4, 4, 4], 8, 8), [3, 1, 1, 1, 1], "and a row for the rest");
        assert_eq!(share_out(&[4, 4], 2, 2), [1, 1]);
        assert_eq!(share_out(&[4], 9, 1), [] as [usize; 0]);
        for height in 0..12 {
            let given = share_out(&[5; 12], 12, height);
            assert!(given.iter().sum::<usize>() <= height, "{height}: {given:?}");
        }
    }
}
