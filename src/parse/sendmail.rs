//! Sendmail.

use super::envelope::Envelope;
use super::{Message, On};
use crate::model::Parsed;

/// The reader of Sendmail's lines, with what it joins across them.
#[derive(Debug, Default)]
pub(super) struct Sendmail;

impl Sendmail {
    /// Whether a program's tag, or else its message, shows that it is one of these.
    pub(super) fn claims(_envelope: &Envelope<'_>) -> bool {
        false
    }

    /// Reads what syslog's envelope carried.
    pub(super) fn read(&mut self, _message: &Message<'_>, on: On<'_>) {
        on(Parsed::NoInterest);
    }
}
