//! How fast a log is played.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Log time per wall time: a factor, or as fast as it can be read.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum Speed {
    /// So many times as fast as it was.
    Times(f64),
    /// Without any wait.
    Max,
}

/// The speeds that keys step through, slowest first; then comes [`Speed::Max`].
const LADDER: [f64; 14] =
    [0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0];
/// The highest factor; a day goes by in a second.
const MOST: f64 = 86_400.0;

impl Default for Speed {
    fn default() -> Self {
        Self::Times(60.0)
    }
}

impl Speed {
    /// The next higher one.
    #[must_use]
    pub fn faster(self) -> Self {
        let Self::Times(now) = self else { return self };
        LADDER.into_iter().find(|step| *step > now).map_or(Self::Max, Self::Times)
    }

    /// The next lower one; the lowest stays.
    #[must_use]
    pub fn slower(self) -> Self {
        let below = |step: &f64| match self {
            Self::Times(now) => *step < now,
            Self::Max => true,
        };
        LADDER.into_iter().rev().find(below).map_or(self, Self::Times)
    }

    /// Log time that goes by while `wall` does, in milliseconds; without bound at [`Speed::Max`].
    #[must_use]
    pub fn log(self, wall: Duration) -> i64 {
        match self {
            Self::Times(factor) => (wall.as_secs_f64() * 1_000.0 * factor) as i64,
            Self::Max => i64::MAX,
        }
    }

    /// Wall time that goes by while `log` milliseconds do; none at [`Speed::Max`].
    #[must_use]
    pub fn wall(self, log: i64) -> Duration {
        match self {
            Self::Times(factor) => Duration::from_secs_f64(log.max(0) as f64 / 1_000.0 / factor),
            Self::Max => Duration::ZERO,
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(factor) => write!(f, "×{factor}"),
            Self::Max => f.write_str("max"),
        }
    }
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let factor = text.trim_start_matches(['x', '×']).parse::<f64>().ok();
        factor
            .filter(|factor| (LADDER[0]..=MOST).contains(factor))
            .map(Self::Times)
            .ok_or_else(|| "a factor between 0.1 and 86400, or max".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LADDER, Speed};

    #[test]
    fn a_speed_is_a_factor_or_max() {
        for (text, speed) in [("60", Speed::Times(60.0)), ("x0.1", Speed::Times(0.1)), ("max", Speed::Max)] {
            assert_eq!(text.parse(), Ok(speed), "{text}");
        }
        for wrong in ["0", "-1", "fast", "NaN", "inf", "1e9", ""] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
        assert_eq!(Speed::Times(60.0).to_string(), "×60");
    }

    #[test]
    fn the_ladder_is_climbed_to_its_ends_and_from_between() {
        let mut speed = Speed::Times(LADDER[0]);
        for _ in LADDER {
            speed = speed.faster();
        }
        assert_eq!((speed, speed.faster()), (Speed::Max, Speed::Max));
        assert_eq!(Speed::Max.slower(), Speed::Times(3_600.0));
        assert_eq!(Speed::Times(0.1).slower(), Speed::Times(0.1));
        assert_eq!(Speed::Times(47.0).faster(), Speed::Times(60.0));
        assert_eq!(Speed::Times(47.0).slower(), Speed::Times(30.0));
    }

    #[test]
    fn log_time_and_wall_time_are_each_others() {
        let speed = Speed::Times(60.0);
        assert_eq!(speed.log(Duration::from_secs(2)), 120_000);
        assert_eq!(speed.wall(120_000), Duration::from_secs(2));
        assert_eq!(speed.wall(-5), Duration::ZERO);
    }
}
