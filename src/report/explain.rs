//! One reply explained, for people and for programs.

use std::fmt::Write as _;
use std::ops::Range;

use super::text::list;
use crate::engine::Explanation;
use crate::text::Clean;

/// Bold and underlined, and back: no colour, so that any theme can show it.
const LOUD: (&str, &str) = ("\x1b[1;4m", "\x1b[0m");

/// One JSON object on one line.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn explain_jsonl(explanation: &Explanation) -> Result<String, serde_json::Error> {
    serde_json::to_string(explanation).map(|text| text + "\n")
}

/// A few lines for people; the deciding words stand out where it is for a terminal that may show so.
#[must_use]
pub fn explain_text(explanation: &Explanation, emphasis: bool) -> String {
    let mut out = String::new();
    let known = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let read = &explanation.folded;
    let loud = if emphasis { LOUD } else { ("", "") };
    match explanation.reply.find(read.as_str()) {
        Some(at) => {
            let (before, behind) = (&explanation.reply[..at], &explanation.reply[at + read.len()..]);
            let _ = writeln!(out, "{before}{}{behind}", marked(read, &explanation.words, loud));
        }
        // Lines were folded: where the words stand in what was given is not known any more.
        None => {
            let _ = writeln!(out, "{}", explanation.reply);
            if emphasis {
                let _ = writeln!(out, "  {:<8} {}", "READ AS", marked(read, &explanation.words, loud));
            }
        }
    }
    if let (Some(inner), Some(wrapper)) = (&explanation.inner, &explanation.wrapper) {
        let _ = writeln!(out, "  {:<8} {inner}", "INSIDE");
        let _ = writeln!(out, "  {:<8} {wrapper}", "OUTSIDE");
    }
    let mut what = vec![
        format!("code {}", known(explanation.code.map(|code| code.to_string()))),
        format!("enhanced {}", known(explanation.enhanced.map(|code| code.to_string()))),
    ];
    what.extend(explanation.provider_code.iter().map(|code| format!("provider code {code}")));
    what.extend(explanation.stage.iter().map(|stage| format!("stage {}", stage.id())));
    let _ = writeln!(out, "  {:<8} {}", "WHO", known(explanation.provider.as_ref().map(ToString::to_string)));
    let _ = writeln!(out, "  {:<8} {}", "SAID", what.join(", "));
    let mut why = vec![
        explanation.category.id().to_owned(),
        format!("fault {}", explanation.fault.id()),
        if explanation.temporary { "temporary" } else { "for good" }.to_owned(),
        format!("severity {}", explanation.severity.id()),
        format!("action {}", explanation.action.id()),
    ];
    why.extend(explanation.mechanism.iter().map(|mechanism| format!("mechanism {}", mechanism.id())));
    let _ = writeln!(out, "  {:<8} {}", "WHY", why.join(", "));
    if let Some(list) = &explanation.list {
        let _ = writeln!(out, "  {:<8} {}", "LIST", listed(explanation, list));
    }
    let because = match (&explanation.rule_source, &explanation.rule_month) {
        (Some(source), Some(month)) => {
            format!("«{}»: rule {}, from {source}, {month}", explanation.evidence, explanation.rule)
        }
        _ => "no rule held".to_owned(),
    };
    let _ = writeln!(out, "  {:<8} {because}", "BECAUSE");
    if !explanation.considered.is_empty() {
        let lost: Vec<String> = explanation
            .considered
            .iter()
            .map(|lost| format!("{} ({})", lost.rule, lost.category.id()))
            .collect();
        let _ = writeln!(out, "  {:<8} {}", "AND NOT", lost.join(", "));
    }
    let _ = writeln!(out, "  {:<8} {}", "VERDICT", explanation.remedy.verdict);
    list("DO", &explanation.remedy.todo, &mut out);
    list("DON'T", &explanation.remedy.dont, &mut out);
    list("SEE", &explanation.remedy.links, &mut out);
    out
}

/// `Spamhaus ZEN (spamhaus-zen), of Spamhaus, removal: https://check.spamhaus.org/`
fn listed(explanation: &Explanation, id: &Clean) -> String {
    let (Some(name), Some(owner)) = (&explanation.list_name, &explanation.list_owner) else {
        return format!("{id}, as the text names it");
    };
    let removal = explanation.delist.as_ref().map_or("no page known", Clean::as_str);
    format!("{name} ({id}), of {owner}, removal: {removal}")
}

/// `text` with `words` between `loud`.
fn marked(text: &str, words: &[Range<usize>], loud: (&str, &str)) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len() + 16), 0);
    for word in words {
        let (Some(before), Some(word_text)) = (text.get(at..word.start), text.get(word.clone())) else {
            continue;
        };
        let _ = write!(out, "{before}{}{word_text}{}", loud.0, loud.1);
        at = word.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::{LOUD, marked};

    #[test]
    fn the_deciding_words_stand_out_and_nothing_is_lost() {
        assert_eq!(marked("552 mailbox full", &[4..11, 12..16], ("«", "»")), "552 «mailbox» «full»");
        assert_eq!(marked("邮箱不存在", &[0..6, 6..9], LOUD), "\x1b[1;4m邮箱\x1b[0m\x1b[1;4m不\x1b[0m存在");
        assert_eq!(marked("abc", &[1..9, 9..9], ("«", "»")), "abc", "what is no place in it marks nothing");
        assert_eq!(marked("abc", &[], ("«", "»")), "abc");
    }
}
