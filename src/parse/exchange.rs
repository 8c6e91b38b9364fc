//! Exchange.

use super::On;
use super::stamp::Clock;
use crate::model::Parsed;

/// The reader of Exchange's lines, with what it joins across them.
#[derive(Debug, Default)]
pub(super) struct Exchange;

impl Exchange {
    /// Whether a line is one of these.
    pub(super) fn looks(&self, _line: &[u8]) -> bool {
        false
    }

    /// Whether a line is a header that later lines need.
    pub(super) fn is_header(_line: &[u8]) -> bool {
        false
    }

    /// Reads a line.
    pub(super) fn bare(&mut self, _line: &[u8], _clock: &mut Clock, on: On<'_>) {
        on(Parsed::NoInterest);
    }
}
