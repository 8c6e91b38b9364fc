//! Momentum.

use super::On;
use super::stamp::Clock;
use crate::model::Parsed;

/// The reader of Momentum's lines, with what it joins across them.
#[derive(Debug, Default)]
pub(super) struct Momentum;

impl Momentum {
    /// Whether a line is one of these.
    pub(super) fn looks(&self, _line: &[u8]) -> bool {
        false
    }

    /// Reads a line.
    pub(super) fn bare(&mut self, _line: &[u8], _clock: &mut Clock, on: On<'_>) {
        on(Parsed::NoInterest);
    }
}
