//! Log lines as Debian 12's rsyslog and Postfix 3.7 write them.

use crate::model::Moment;

/// Our host.
const HOST: &str = "mta1";

/// Writes lines; remembers the stamp of the last second, because most lines share it.
#[derive(Debug, Default)]
pub(super) struct Stamp {
    second: u64,
    text: String,
}

impl Stamp {
    /// `2026-11-21T14:32:07.123456+00:00 mta1 TAG[PID]: TEXT` and a newline.
    pub(super) fn line(&mut self, micros: u64, line: &Line, out: &mut Vec<u8>) {
        let second = micros / 1_000_000;
        if second != self.second || self.text.is_empty() {
            let whole = Moment::from_seconds(i64::try_from(second).unwrap_or(i64::MAX)).rfc3339();
            self.text = whole.trim_end_matches('Z').to_owned();
            self.second = second;
        }
        out.extend_from_slice(self.text.as_bytes());
        let rest = format!(
            ".{:06}+00:00 {HOST} {}/{}[{}]: {}\n",
            micros % 1_000_000,
            line.tag,
            line.program,
            line.pid,
            line.text
        );
        out.extend_from_slice(rest.as_bytes());
    }
}

/// One line, but for its stamp.
#[derive(Debug)]
pub(super) struct Line {
    /// `syslog_name`.
    pub(super) tag: &'static str,
    /// `smtp`, `qmgr`, …
    pub(super) program: &'static str,
    /// The process.
    pub(super) pid: u32,
    /// What it says.
    pub(super) text: String,
}

/// The four parts of Postfix's `delays=`, in microseconds.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Delays {
    /// Before the queue manager.
    pub(super) before: u64,
    /// In the queue manager.
    pub(super) queue: u64,
    /// Connection set-up.
    pub(super) connect: u64,
    /// Transmission.
    pub(super) transmit: u64,
}

impl Delays {
    /// `delay=0.42, delays=0.06/0.02/0.29/0.06`.
    pub(super) fn text(self) -> String {
        let whole = self.before + self.queue + self.connect + self.transmit;
        format!(
            "delay={}, delays={}/{}/{}/{}",
            seconds(whole),
            seconds(self.before),
            seconds(self.queue),
            seconds(self.connect),
            seconds(self.transmit)
        )
    }
}

/// Two significant digits and at most two decimals, without trailing zeros.
fn seconds(micros: u64) -> String {
    let decimals = match micros {
        ..1_000_000 => 2,
        1_000_000..10_000_000 => 1,
        _ => return (micros / 1_000_000).to_string(),
    };
    #[expect(clippy::cast_precision_loss, reason = "below ten seconds")]
    let text = format!("{:.decimals$}", micros as f64 / 1e6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The `dsn=` that Postfix logs for a reply: its enhanced code where the class agrees with the
/// basic code, else `X.0.0`.
pub(super) fn dsn(reply: &str, class: char) -> String {
    let enhanced = reply.get(4..).unwrap_or_default().split(' ').next().unwrap_or_default();
    let digits = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let known = enhanced.split('.').count() == 3 && enhanced.split('.').all(digits);
    match enhanced.split_once('.') {
        Some((first, rest)) if known && first.starts_with(class) && first.len() == 1 => {
            format!("{class}.{rest}")
        }
        _ => format!("{class}.0.0"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Delays, dsn};

    #[test]
    fn delays_look_as_postfix_prints_them() {
        let delays = Delays { before: 1_000, queue: 20_000, connect: 400_000, transmit: 1_260_000 };
        assert_eq!(delays.text(), "delay=1.7, delays=0/0.02/0.4/1.3");
        assert_eq!(Delays { before: 61_000_000, ..Delays::default() }.text(), "delay=61, delays=61/0/0/0");
    }

    #[test]
    fn dsn_is_the_enhanced_code_only_where_there_is_one_of_that_class() {
        assert_eq!(dsn("550-5.7.1 x 550 5.7.1 y", '5'), "5.7.1");
        assert_eq!(dsn("450 5.1.1 x", '4'), "4.0.0");
        assert_eq!(dsn("552 1 Requested", '5'), "5.0.0");
        assert_eq!(dsn("421 4.7.0 [TSS04] x", '4'), "4.7.0");
    }
}
