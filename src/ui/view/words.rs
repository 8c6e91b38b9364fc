//! The field's words for what the engine names by id.

use ratatui::text::Span;

use super::canvas::Canvas;
use super::figures;
use crate::engine::{Course, Difference, Dimension, Happening, Light, Measured, Sure, Takes};
use crate::model::{Action, Category, Outcome, Severity, Stage};
use crate::ui::keymap::Keymap;
use crate::ui::theme::Role;

/// How to read a line that does not stand as it is in the log.
pub(super) const DESCRIBED: &str = "described: \\e is an escape byte, \\\\ a backslash";

pub(in crate::ui) const fn category(category: Category) -> &'static str {
    category.name()
}

pub(super) const fn action(action: Action) -> &'static str {
    match action {
        Action::Suppress => "suppress the address",
        Action::Retry => "the queue retries",
        Action::Investigate => "investigate, do not suppress",
        Action::Fix => "fix it on our side",
    }
}

pub(super) const fn severity(severity: Severity) -> (&'static str, Role) {
    match severity {
        Severity::Info => ("info", Role::Dim),
        Severity::Low => ("low", Role::Text),
        Severity::Medium => ("! medium", Role::Warn),
        Severity::High => ("▲ high", Role::Bad),
        Severity::Critical => ("▲ critical", Role::Bad),
    }
}

pub(super) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered => "delivered",
        Outcome::Deferred => "deferred",
        Outcome::Rejected => "bounced",
    }
}

pub(super) const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Connect => "at connect",
        Stage::Helo => "at HELO",
        Stage::Starttls => "at STARTTLS",
        Stage::Auth => "at AUTH",
        Stage::Mail => "at MAIL",
        Stage::Rcpt => "at RCPT",
        Stage::Data => "at DATA",
        Stage::EndOfData => "at end of data",
    }
}

/// What a value is a value of.
pub(super) const fn dimension(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Source => "our IP or pool",
        Dimension::Campaign => "campaign",
        Dimension::Sender => "sender domain",
        Dimension::Recipient => "recipient domain",
        Dimension::Relay => "their host",
        Dimension::Stage => "stage",
        Dimension::Signature => "reply",
        Dimension::Host => "our MTA",
        Dimension::Tls => "TLS",
    }
}

/// The same in at most nine cells.
pub(super) const fn short_dimension(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Source => "our IP",
        Dimension::Campaign => "campaign",
        Dimension::Sender => "sender",
        Dimension::Recipient => "recipient",
        Dimension::Relay => "host",
        Dimension::Stage => "stage",
        Dimension::Signature => "reply",
        Dimension::Host => "our MTA",
        Dimension::Tls => "TLS",
    }
}

/// A value as people say it.
pub(super) fn value(difference: &Difference) -> &str {
    said(difference.dimension, &difference.value)
}

fn said(dimension: Dimension, value: &str) -> &str {
    match dimension {
        Dimension::Stage => match value {
            "connect" => "the connection",
            "helo" => "HELO",
            "starttls" => "STARTTLS",
            "auth" => "AUTH",
            "mail" => "MAIL FROM",
            "rcpt" => "RCPT TO",
            "data" => "DATA",
            "end_of_data" => "end of data",
            other => other,
        },
        _ => value,
    }
}

/// Where an incident is going: sign, word and role.
pub(super) const fn course(course: Course) -> (&'static str, &'static str, Role) {
    match course {
        Course::Rising => ("↑", "rising", Role::Bad),
        Course::Steady => ("→", "steady", Role::Bad),
        Course::Falling => ("↓", "falling", Role::Warn),
        Course::Silent => ("?", "silent", Role::Warn),
        Course::Over => ("●", "over", Role::Good),
    }
}

/// The sign of what happened, and its role.
pub(super) const fn happening(kind: Happening) -> (&'static str, Role) {
    match kind {
        Happening::Onset => ("▲", Role::Bad),
        Happening::Declared => ("▲", Role::Warn),
        Happening::Level => ("↑", Role::Bad),
        Happening::Eased => ("↓", Role::Warn),
        Happening::Signature => ("▸", Role::Fresh),
        Happening::Scope => ("◐", Role::Warn),
        Happening::Probe => ("○", Role::Text),
        Happening::Answer => ("=", Role::Accent),
        Happening::Note => ("»", Role::Accent),
        Happening::Export => ("→", Role::Accent),
        Happening::End => ("●", Role::Good),
    }
}

/// So few are compared with that a share of them says little.
const FEW: u64 = 20;

/// What a difference says, in sentences: what is known, and how little where it is little.
pub(in crate::ui) fn sentence(difference: &Difference) -> String {
    let Difference { dimension: of, within, delivered, before, explains, fresh, also, .. } = difference;
    let value = value(difference);
    let share = |portion: &Measured| {
        format!(
            "{} ({}{} of {})",
            figures::share(portion.share()),
            portion.about(),
            figures::thousands(portion.count),
            figures::thousands(portion.of)
        )
    };
    let mut text = format!("{} {value}: {} of the refusals", dimension(*of), share(within));
    // What was delivered was neither refused in words nor at a stage.
    let is_reply = of.is_of_the_reply();
    text.push_str(&match delivered.of {
        0 if is_reply => String::new(),
        0 => ", nothing was delivered meanwhile".to_owned(),
        _ => format!(", {} of what was delivered meanwhile", share(delivered)),
    });
    text.push_str(&match before.of {
        0 => ", and there is no before to compare with.".to_owned(),
        _ if !before.compares() => {
            format!(", and too little before to compare with ({} of {}).", before.count, before.of)
        }
        _ if *fresh => ", and it was never there before.".to_owned(),
        _ if is_reply => format!(", {} of what was refused before.", share(before)),
        _ => format!(", {} before.", share(before)),
    });
    if !also.is_empty() {
        let also: Vec<String> = also
            .iter()
            .map(|also| format!("{} {}", dimension(also.dimension), said(also.dimension, &also.value)))
            .collect();
        text.push_str(&format!(" The same refusals carry {}.", also.join(", ")));
    }
    if *explains > 0.0 {
        text.push_str(&format!(" It explains at least {} of the incident.", figures::share(*explains)));
    }
    if within.looked_at.of < FEW {
        let (low, high) = within.looked_at.interval();
        text.push_str(&format!(
            " These are few: its share may be anything from {} to {}.",
            figures::share(low),
            figures::share(high)
        ));
    }
    text
}

/// The sign of a tree node.
pub(super) fn node(canvas: &Canvas<'_>, light: Light) -> Span<'static> {
    match light {
        Light::Lit => canvas.span(Role::Accent, "●"),
        Light::Half => canvas.span(Role::Warn, "◐"),
        Light::Open => canvas.span(Role::Text, "○"),
        Light::Dark => canvas.span(Role::Dim, "·"),
    }
}

/// The sign of a checklist step.
pub(super) fn tick(canvas: &Canvas<'_>, light: Light) -> Span<'static> {
    match light {
        Light::Lit => canvas.span(Role::Good, "✓"),
        Light::Half => canvas.span(Role::Warn, "◐"),
        Light::Open => canvas.span(Role::Text, "○"),
        Light::Dark => canvas.span(Role::Dim, "✗"),
    }
}

/// How sure a verdict is.
pub(super) const fn sure(sure: Sure) -> &'static str {
    match sure {
        Sure::Low => "a guess",
        Sure::Medium => "likely",
        Sure::High => "yes",
    }
}

/// Which keys answer a question that waits for the operator.
pub(super) fn asks(takes: &Takes, keymap: &Keymap) -> String {
    let ids: &[&str] = match takes {
        Takes::YesNo => &["yes", "no"],
        Takes::Figure { .. } => &["figure", "yes", "no"],
    };
    let keys: Vec<&str> = ids.iter().map(|id| keymap.first(id)).filter(|key| !key.is_empty()).collect();
    format!("[{}] ", keys.join("/"))
}
