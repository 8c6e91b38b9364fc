//! What the operator may set: from which rate on a rate is worth a word.

use super::Fault;

/// Floors that incidents are measured against. Rates are shares, 0–1: 0.05 for 5 %.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// A baseline is never taken as lower than this: ordinary churn. Under 0.5 % (the seeds' "previous
    /// campaigns generated under 0.5 %").
    pub calm: f64,
    /// From this rate on, rejections that are the sender's fault are an incident (the seeds' 5–10 %).
    pub incident: f64,
    /// Unknown users over this share of a send are a problem of the list (the seeds' 2 %).
    pub unknown_users: f64,
    /// Whether the operator said what `incident` is. Then it binds the slow test, too, which otherwise
    /// tells what creeps up long before.
    pub incident_is_set: bool,
    /// The same of `unknown_users`.
    pub unknown_users_is_set: bool,
    /// Complaints over this share are too many (Gmail's sender guidelines: keep below 0.10 %).
    pub complaints_warn: f64,
    /// Complaints over this share cost the delivery (the same: never reach 0.30 %).
    pub complaints_limit: f64,
    /// Fewest replies that make an incident.
    pub fewest: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            calm: 0.005,
            incident: 0.05,
            unknown_users: 0.02,
            incident_is_set: false,
            unknown_users_is_set: false,
            complaints_warn: 0.001,
            complaints_limit: 0.003,
            fewest: 10,
        }
    }
}

/// Why thresholds cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ThresholdsError {
    /// A value is outside what makes sense.
    #[error("`{name}` must be between {least} and {most}")]
    Range {
        /// The setting.
        name: &'static str,
        /// The least it may be, as written.
        least: &'static str,
        /// The most it may be, as written.
        most: &'static str,
    },
    /// One value must be above another.
    #[error("`{higher}` must be at least {factor} times `{lower}`")]
    Order {
        /// The setting that is too low.
        higher: &'static str,
        /// The setting that it is measured against.
        lower: &'static str,
        /// How many times.
        factor: u8,
    },
}

impl Thresholds {
    /// The rate below which the operator wants no incident; `None` where they did not say.
    pub(super) fn floor(&self, fault: Fault) -> Option<f64> {
        match fault {
            Fault::Sender => self.incident_is_set.then_some(self.incident),
            Fault::Address => self.unknown_users_is_set.then_some(self.unknown_users),
            Fault::Receiver => None,
        }
    }

    /// These thresholds, where they make sense.
    ///
    /// # Errors
    /// Names the setting and what it may be.
    pub fn checked(self) -> Result<Self, ThresholdsError> {
        let within = |name, value: f64, (low, least): (f64, _), (high, most): (f64, _)| {
            let fits = value >= low && value <= high;
            fits.then_some(()).ok_or(ThresholdsError::Range { name, least, most })
        };
        within("calm", self.calm, (0.0005, "0.05 %"), (0.1, "10 %"))?;
        within("incident", self.incident, (0.005, "0.5 %"), (0.9, "90 %"))?;
        within("unknown-users", self.unknown_users, (0.005, "0.5 %"), (0.5, "50 %"))?;
        within("complaints-warn", self.complaints_warn, (0.0001, "0.01 %"), (0.05, "5 %"))?;
        within("complaints-limit", self.complaints_limit, (0.0001, "0.01 %"), (0.1, "10 %"))?;
        if !(3..=10_000).contains(&self.fewest) {
            return Err(ThresholdsError::Range { name: "fewest", least: "3", most: "10000" });
        }
        let above = |(higher, value): (_, f64), (lower, base): (_, f64), factor: u8| {
            // What is typed as 1.5 % against 0.5 % is three times it, whatever the last bit says.
            let fits = value * 1.000_001 >= base * f64::from(factor);
            fits.then_some(()).ok_or(ThresholdsError::Order { higher, lower, factor })
        };
        above(("incident", self.incident), ("calm", self.calm), 3)?;
        above(("unknown-users", self.unknown_users), ("calm", self.calm), 2)?;
        above(("complaints-limit", self.complaints_limit), ("complaints-warn", self.complaints_warn), 1)?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Thresholds;

    #[test]
    fn what_makes_no_sense_is_told_with_what_would() {
        let told = |change: fn(&mut Thresholds)| {
            let mut thresholds = Thresholds::default();
            change(&mut thresholds);
            thresholds.checked().err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(told(|_| ()), "");
        assert_eq!(told(|t| t.calm = 0.5), "`calm` must be between 0.05 % and 10 %");
        assert_eq!(told(|t| t.incident = f64::NAN), "`incident` must be between 0.5 % and 90 %");
        assert_eq!(told(|t| t.incident = 0.01), "`incident` must be at least 3 times `calm`");
        assert_eq!(told(|t| (t.calm, t.incident) = (0.01, 0.03)), "");
        assert_eq!(told(|t| t.fewest = 1), "`fewest` must be between 3 and 10000");
        assert_eq!(
            told(|t| t.complaints_warn = 0.004),
            "`complaints-limit` must be at least 1 times `complaints-warn`"
        );
    }
}
