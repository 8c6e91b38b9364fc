//! How each MTA writes attempts down.

mod exim;
mod kumomta;
mod postfix;
mod powermta;
mod sendmail;

use super::make::Tried;
use super::plan::{Plan, Writer};

/// The host that writes the log.
const HOST: &str = "mta1";

/// The whole log.
pub(crate) fn write(plan: &Plan, tried: &[Tried<'_>]) -> String {
    let mut lines = Lines::default();
    match plan.mta {
        Writer::Postfix => postfix::write(plan, tried, &mut lines),
        Writer::Exim => exim::write(plan, tried, &mut lines),
        Writer::PowerMta => powermta::write(tried, &mut lines),
        Writer::KumoMta => kumomta::write(tried, &mut lines),
        Writer::Sendmail => sendmail::write(tried, &mut lines),
    }
    lines.in_order()
}

/// Lines with the time that they are written at, in milliseconds since 1970.
#[derive(Debug, Default)]
struct Lines(Vec<(u64, String)>);

impl Lines {
    fn add(&mut self, at: u64, line: String) {
        self.0.push((at, line));
    }

    fn in_order(mut self) -> String {
        self.0.sort_by_key(|(at, _)| *at);
        let mut text = String::new();
        for (_, line) in self.0 {
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

/// Basic code and enhanced code of an answer; the latter only where its class agrees.
fn codes(reply: &str) -> (&str, Option<&str>) {
    let code = reply.get(..3).unwrap_or_default();
    let enhanced = reply.get(4..).and_then(|rest| rest.split([' ', '\n']).next()).filter(|word| {
        word.split('.').count() == 3
            && word.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
            && word.starts_with(&code[..1])
    });
    (code, enhanced)
}
