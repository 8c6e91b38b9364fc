//! Exim.

use super::envelope::Envelope;
use super::stamp::Clock;
use super::{Message, On};
use crate::model::Parsed;

/// The reader of Exim's lines, with what it joins across them.
#[derive(Debug, Default)]
pub(super) struct Exim;

impl Exim {
    /// Whether a line without syslog's envelope is one of these.
    pub(super) fn looks(_line: &[u8]) -> bool {
        false
    }

    /// Whether a program's tag, or else its message, shows that it is one of these.
    pub(super) fn claims(_envelope: &Envelope<'_>) -> bool {
        false
    }

    /// Reads a line without syslog's envelope.
    pub(super) fn bare(&mut self, _line: &[u8], _clock: &mut Clock, on: On<'_>) {
        on(Parsed::NoInterest);
    }

    /// Reads what syslog's envelope carried.
    pub(super) fn read(&mut self, _message: &Message<'_>, on: On<'_>) {
        on(Parsed::NoInterest);
    }
}
