//! Holds rules to their samples: who wins each, and where it is not who should, why.

use std::cell::OnceCell;

use super::book::{Book, Desk, Facts, holds};
use super::knowledge::Knowledge;
use super::remark::{Remark, shown};
use super::rule::{Ground, Rule, Sample};
use super::subsume::covers;
use super::verdict::{self, Judged};
use super::{Attribution, Question, fold, signature};
use crate::model::{Enhanced, Party, Speaker, codes};

/// A sample that was tried.
pub(super) struct Tried {
    /// The sample in one line.
    pub(super) folded: Vec<u8>,
    /// Its signature.
    pub(super) masked: Vec<u8>,
    pub(super) judged: Judged,
}

impl Knowledge {
    /// Tries a sample of `rule`, said by the first provider that the rule is for; at most `limit`
    /// rules that hold are found.
    pub(super) fn try_sample(&self, rule: &Rule, sample: &str, desk: &mut Desk, limit: usize) -> Tried {
        let receiver = rule.providers.first().map_or(Party::Nobody, |ix| Party::Known(*ix));
        let (code, enhanced) = codes(sample.as_bytes());
        let question = Question {
            reply: sample.as_bytes(),
            speaker: if code.is_some() { Speaker::Server } else { Speaker::Mta },
            code,
            enhanced,
            stage: rule.first_stage(),
            names_sender: false,
        };
        let (mut folded, mut masked) = (Vec::new(), Vec::new());
        fold::fold(sample.as_bytes(), &mut folded);
        signature::mask(&folded, &self.book.telling, &mut masked);
        let attribution = Attribution { receiver, brand: Party::Nobody };
        let judged = verdict::judge(self, desk, &folded, &masked, &question, attribution, limit);
        Tried { folded, masked, judged }
    }

    /// What those rules that are `asked` promise and do not keep. Where rules are `missing`, one of
    /// them may be who should win a near miss, so those are left.
    pub(super) fn broken_promises(&self, asked: impl Fn(&Rule) -> bool, missing: bool) -> Vec<Remark> {
        let mut desk = Desk::default();
        let mut broken = Vec::new();
        let implied = OnceCell::new();
        for rule in self.book.rules().iter().filter(|rule| asked(rule)) {
            for sample in &rule.samples {
                let tried = self.try_sample(rule, &sample.text, &mut desk, 1);
                if *tried.judged.verdict.rule != *rule.id {
                    let what = self.lost(rule, sample, &tried, &desk, &implied);
                    broken.push(rule.remark(sample.place, what));
                }
            }
            for near in rule.near.iter().filter(|_| !missing) {
                let tried = self.try_sample(rule, &near.text, &mut desk, 1);
                if *tried.judged.verdict.rule == *rule.id {
                    let what = format!(
                        "it wins its near miss `{}` {}: narrow it, with `not` or `with`",
                        shown(&near.text),
                        by(rule, &tried.judged)
                    );
                    broken.push(rule.remark(near.place, what));
                }
            }
        }
        broken
    }

    /// Why `rule` does not win its sample; `implied` is kept for the next.
    fn lost(
        &self,
        rule: &Rule,
        sample: &Sample,
        tried: &Tried,
        desk: &Desk,
        implied: &OnceCell<Vec<Vec<u32>>>,
    ) -> String {
        let Tried { folded, judged, .. } = tried;
        let string = shown(&sample.text);
        let text = folded.get(judged.text.clone()).unwrap_or_default();
        let facts = Facts {
            providers: &judged.providers,
            code: judged.code,
            enhanced: judged.enhanced,
            stage: rule.first_stage(),
        };
        let missing = missing(&self.book, rule, text, facts, desk);
        let Some(winner) = judged.held.first().and_then(|index| self.book.rule(*index)) else {
            let missing = missing.unwrap_or_else(|| "nothing in it holds".to_owned());
            return format!("no rule wins its sample `{string}`: {missing}");
        };
        let (id, stands, by) = (&winner.id, winner.stands(), by(winner, judged));
        let why = if covers(winner, rule, None, implied.get_or_init(|| self.book.implied())) {
            "it comes before and holds wherever this rule does, which can never win: narrow one of them"
                .to_owned()
        } else {
            missing.unwrap_or_else(|| before(winner, rule).to_owned())
        };
        format!("its sample `{string}` is won by `{id}` ({stands}) {by}: {why}")
    }
}

/// What made a rule win.
fn by(winner: &Rule, judged: &Judged) -> String {
    match winner.ground() {
        Ground::Text | Ground::Hint => format!("by the words `{}`", shown(&judged.verdict.evidence)),
        Ground::Enhanced => format!("by the enhanced code {}", shown_code(judged.enhanced)),
        Ground::Basic => format!("by the code {}", judged.code.unwrap_or_default()),
    }
}

fn shown_code(code: Option<Enhanced>) -> String {
    code.map(|code| code.to_string()).unwrap_or_default()
}

/// Why a rule that holds stands before another that holds too.
fn before(winner: &Rule, loser: &Rule) -> &'static str {
    if winner.ground() != loser.ground() {
        "both hold, and words come before the enhanced code, that before weak words and the code"
    } else if winner.own != loser.own {
        "both hold, and the operator's rules come before those built in"
    } else if winner.providers.is_empty() != loser.providers.is_empty() {
        "both hold, and a provider's rules come before everybody's: name the `provider`"
    } else {
        "both hold, and it stands first: put this rule before it"
    }
}

/// The first condition of a rule that does not hold, and what to do; none where all hold.
fn missing(book: &Book, rule: &Rule, text: &[u8], facts: Facts<'_>, desk: &Desk) -> Option<String> {
    if holds(rule, text, facts, desk) {
        return None;
    }
    let lacks = |phrases: &[u32]| !phrases.is_empty() && !phrases.iter().any(|phrase| desk.has(*phrase));
    let code = facts.code.map_or_else(|| "none".to_owned(), |code| code.to_string());
    let enhanced = facts.enhanced.map_or_else(|| "none".to_owned(), |code| code.to_string());
    Some(if let Some(absent) = rule.all.iter().find(|phrase| !desk.has(**phrase)) {
        format!("`{}` of `all` is not in it", book.phrase(*absent))
    } else if lacks(&rule.any) {
        "no phrase of `any` is in it; phrases are whole words, `*` behind one is any ending".to_owned()
    } else if lacks(&rule.with) {
        "no phrase of `with` is in it".to_owned()
    } else if let Some(present) = rule.not.iter().find(|phrase| desk.has(**phrase)) {
        format!("`{}` of `not` is in it", book.phrase(*present))
    } else if !rule.admits_code(facts.code) {
        format!("its code is {code}, and no pattern of `code` fits")
    } else if !rule.admits_enhanced(facts.enhanced) {
        format!("its enhanced code is {enhanced}, and no pattern of `enhanced` fits")
    } else if rule.regex.as_ref().is_some_and(|regex| !regex.is_match(text)) {
        "`regex` does not match it; it is asked with upper and lower case, codes included".to_owned()
    } else {
        "its `provider` or `stage` does not fit".to_owned()
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::super::{Knowledge, Own};

    fn told(rules: &str) -> String {
        let text = format!("source = \"us\"\nmonth = \"2026-11\"\n{rules}");
        let rules: &[(&str, &[u8])] = &[("own.toml", text.as_bytes())];
        Knowledge::with_own(Own { rules, ..Own::default() }).unwrap_err().to_string()
    }

    #[test]
    fn a_sample_that_is_not_won_says_who_wins_it_and_what_is_missing() {
        let ask = |conditions: &str, sample: &str| {
            told(&format!(
                "[[rule]]\nid = \"own\"\ncategory = \"policy\"\n{conditions}\nsamples = [\"{sample}\"]\n"
            ))
        };
        let lost = |what: &str| format!("own.toml:7:12: rule `own`: {what}");
        assert_eq!(
            ask("any = [\"flurble\"]", "550 zzz"),
            lost(
                "no rule wins its sample `550 zzz`: no phrase of `any` is in it; phrases are whole words, `*` behind one is any ending"
            )
        );
        let winner = ask("any = [\"flurble\"]", "550 user unknown");
        assert!(winner.starts_with(&lost("its sample `550 user unknown` is won by `")), "{winner}");
        assert!(winner.contains(", built in) by the words `user unknown`: no phrase of `any`"), "{winner}");
        let rank = ask("code = [\"550\"]", "550 user unknown");
        assert!(rank.ends_with("words come before the enhanced code, that before weak words and the code"));
        let not = ask("any = [\"flurble\"]\nnot = [\"blob\"]", "550 flurble blob");
        assert!(not.ends_with(": `blob` of `not` is in it"), "{not}");
    }
}
