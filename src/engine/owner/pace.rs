//! How fast lines come.

use std::time::Instant;

use crate::engine::run::TICK;

/// Lines per second of wall time over the last seconds.
pub(super) struct PaceMeter {
    begun: Instant,
    lines: u64,
    rate: f64,
}

impl PaceMeter {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), lines: 0, rate: 0.0 }
    }

    pub(super) fn count(&mut self, lines: u64) {
        self.lines += lines;
    }

    pub(super) fn rate(&mut self) -> f64 {
        let elapsed = self.begun.elapsed();
        if elapsed >= TICK {
            self.rate = self.lines as f64 / elapsed.as_secs_f64();
            self.lines = 0;
            self.begun = Instant::now();
        }
        self.rate
    }
}
