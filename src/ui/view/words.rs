//! The field's words for what the engine names by id.

use ratatui::text::Span;

use super::canvas::Canvas;
use crate::engine::{By, Light};
use crate::model::{Action, Category, Outcome, Severity, Stage};
use crate::ui::theme::Role;

pub(super) const fn category(category: Category) -> &'static str {
    match category {
        Category::UserUnknown => "user unknown",
        Category::BadDomain => "bad domain",
        Category::MailboxDisabled => "mailbox disabled",
        Category::MailboxFull => "mailbox full",
        Category::RecipientPolicy => "recipient policy",
        Category::Blocklist => "blocklist",
        Category::IpReputation => "IP reputation",
        Category::DomainReputation => "domain reputation",
        Category::AuthFailure => "authentication",
        Category::ContentSpam => "content",
        Category::Virus => "virus",
        Category::Policy => "policy",
        Category::RateLimit => "rate limit",
        Category::Greylist => "greylisting",
        Category::RelayDenied => "relay denied",
        Category::PtrDns => "reverse DNS",
        Category::SenderInvalid => "sender invalid",
        Category::SmtpAuth => "SMTP login",
        Category::Tls => "TLS",
        Category::Size => "size",
        Category::Network => "network",
        Category::ServerError => "server error",
        Category::Protocol => "protocol",
        Category::Unknown => "unknown",
    }
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

/// Who answered, where it was not the logs.
pub(super) const fn by(by: By) -> &'static str {
    match by {
        By::Operator => "you: ",
        By::Log | By::Nobody => "",
    }
}
