//! What an operator pastes beside replies: bounces, SMTP sessions, results of authentication.

use std::sync::LazyLock;

use serde::Serialize;

use super::explain::{Explainer, Explanation};
use crate::classify::{self, Question};
use crate::diagnose::{JudgedHeader, Results, ResultsError};
use crate::model::{Action, Enhanced, Moment, Speaker, Stage, codes};
use crate::parse::bounce::{self, NoBounce, Notified, Said};
use crate::parse::{results, session};
use crate::text::Clean;

/// Bytes shown of a reply.
const SHOWN: usize = 64 * 1024;
/// Bytes shown of a name.
const NAME: usize = 512;

/// What a pasted text holds, explained, and what of it was not read.
#[derive(Clone, Debug, PartialEq)]
pub struct Pasted<T> {
    /// Each thing explained, in order.
    pub told: Vec<T>,
    /// What was not read, and why.
    pub notes: Vec<&'static str>,
}

/// What a bounce tells of one recipient.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bounced {
    /// `bounce`.
    pub kind: &'static str,
    /// The recipient, where it is told.
    pub recipient: Option<Clean>,
    /// What became of the message: `failed`, `delayed`, `delivered`, `relayed`, `expanded`.
    pub dsn_action: Option<&'static str>,
    /// The MTA's own status; not always the reply's enhanced code.
    pub status: Option<Enhanced>,
    /// The host that wrote the bounce.
    pub reporting_mta: Option<Clean>,
    /// The host that said it.
    pub remote_mta: Option<Clean>,
    /// Its address.
    pub remote_ip: Option<Clean>,
    /// When the reporting host took the message.
    pub arrival_date: Option<Moment>,
    /// When it was last tried.
    pub last_attempt_date: Option<Moment>,
    /// The Diagnostic-Code as it stands there.
    pub diagnostic_code: Option<Clean>,
    /// What the reply means; none where nothing was refused.
    #[serde(flatten)]
    pub explanation: Option<Explanation>,
}

/// A reply of an SMTP session that refuses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answered {
    /// `transcript`.
    pub kind: &'static str,
    /// The host that said it, by its greeting or by who connected.
    pub host: Option<Clean>,
    /// The envelope sender.
    pub sender: Option<Clean>,
    /// The recipient, where the reply is about one.
    pub recipient: Option<Clean>,
    /// What the reply means.
    #[serde(flatten)]
    pub explanation: Explanation,
}

/// The sentences on authentication, read when they are first needed.
static RESULTS: LazyLock<Result<Results, ResultsError>> = LazyLock::new(Results::embedded);

/// What the caller knows beside the text: a relay and a recipient, or empty.
#[derive(Copy, Clone, Debug, Default)]
struct Known<'a> {
    relay: &'a [u8],
    recipient: &'a [u8],
}

fn known(text: &[u8]) -> Option<Clean> {
    (!text.is_empty()).then(|| Clean::head(text, NAME))
}

impl Explainer {
    /// Explains a bounce: one answer for each recipient. `relay` and `recipient` hold where the bounce
    /// does not tell; they may be empty.
    ///
    /// # Errors
    /// When the text is no bounce.
    pub fn bounce(
        &mut self,
        text: &[u8],
        relay: &[u8],
        recipient: &[u8],
    ) -> Result<Pasted<Bounced>, NoBounce> {
        let bounce = bounce::read(text)?;
        let known_beside = Known { relay, recipient };
        let told = bounce.recipients.iter().map(|notified| {
            let said = &notified.said;
            Bounced {
                kind: "bounce",
                recipient: known(&notified.recipient),
                dsn_action: notified.action.map(bounce::Action::id),
                status: notified.status,
                reporting_mta: known(&bounce.reporting_mta),
                remote_mta: known(&said.host),
                remote_ip: known(&said.ip),
                arrival_date: bounce.arrival,
                last_attempt_date: notified.last_attempt,
                diagnostic_code: (!notified.diagnostic.is_empty())
                    .then(|| Clean::head(&notified.diagnostic, SHOWN)),
                explanation: self.notified(notified, known_beside),
            }
        });
        let told = told.collect();
        Ok(Pasted { told, notes: bounce.notes })
    }

    /// What was said of one recipient. Nothing where the message went on.
    fn notified(&mut self, notified: &Notified, beside: Known<'_>) -> Option<Explanation> {
        use bounce::Action::{Delayed, Delivered, Expanded, Relayed};
        if matches!(notified.action, Some(Delivered | Relayed | Expanded)) {
            return None;
        }
        let Said { reply, speaker, code, enhanced, stage, host, ip } = &notified.said;
        let or = |own: &'_ [u8], other| if own.is_empty() { other } else { own.to_vec() };
        let relay = or(host, beside.relay.to_vec());
        let recipient = or(&notified.recipient, beside.recipient.to_vec());
        let status = notified.status;
        // Nobody's words: the status is the MTA's own mapping, and nothing is read out of it.
        let bare = status.map(|status| status.to_string()).unwrap_or_default().into_bytes();
        let (reply, speaker) = if reply.is_empty() { (&bare, Speaker::Summary) } else { (reply, *speaker) };
        // An MTA's own words without a code are about what its status says.
        let enhanced = enhanced.or(status.filter(|_| code.is_none()));
        let question = Question { reply, speaker, code: *code, enhanced, stage: *stage, names_sender: false };
        let mut ask = |question: &Question<'_>| {
            self.judge.answer(Clean::head(reply, SHOWN), question, &relay, ip, &recipient)
        };
        let answer = ask(&question);
        if answer.action != Action::Suppress || notified.action != Some(Delayed) {
            return Some(answer);
        }
        // The MTA still tries, so nothing is for good, whatever the reply sounds like.
        let tries = Enhanced { class: 4, subject: 0, detail: 0 };
        let tries = enhanced.map_or(tries, |enhanced| Enhanced { class: 4, ..enhanced });
        let answer = ask(&Question { enhanced: Some(tries), ..question });
        Some(Explanation { enhanced: question.enhanced, ..answer })
    }

    /// Explains the replies of an SMTP session that refuse.
    pub fn session(&mut self, text: &[u8], relay: &[u8], recipient: &[u8]) -> Pasted<Answered> {
        let session = session::read(text);
        let mut notes = Vec::new();
        if session.cut {
            notes.push("more than 1,000 replies or unanswered commands: the rest was not read");
        }
        if session.answers.is_empty() {
            notes.push("no server's reply in it: lines such as `550 5.7.1 …`, `<<< 550 …` or `S: 550 …`");
        } else if !session.answers.iter().any(session::Answer::is_failure) {
            notes.push("no reply in it refuses anything");
        }
        let told = session.answers.iter().filter(|told| told.is_failure()).map(|told| {
            let host: &[u8] = if told.host.is_empty() { relay } else { &told.host };
            let about: &[u8] = if told.recipient.is_empty() { &told.addressed } else { &told.recipient };
            let about: &[u8] = if about.is_empty() { recipient } else { about };
            let (code, enhanced) = codes(&told.reply);
            let question = Question {
                reply: &told.reply,
                speaker: Speaker::Server,
                code,
                enhanced,
                stage: told.stage,
                names_sender: classify::names_sender(&told.reply, &told.sender, &told.recipient),
            };
            let shown = Clean::head(&told.reply, SHOWN);
            let mut explanation = self.judge.answer(shown, &question, host, &told.ip, about);
            if explanation.action == Action::Suppress && !may_suppress(told) {
                // Nothing says whom the words are about.
                let question = Question { speaker: Speaker::Summary, ..question };
                explanation = self.judge.answer(explanation.reply, &question, host, &told.ip, about);
            }
            Answered {
                kind: "transcript",
                host: known(&told.host),
                sender: known(&told.sender),
                recipient: known(&told.recipient),
                explanation,
            }
        });
        Pasted { told: told.collect(), notes }
    }

    /// Explains headers that tell results of authentication.
    ///
    /// # Errors
    /// When the knowledge inside the binary is broken, which a test rules out.
    pub fn authentication(&self, text: &[u8]) -> Result<Pasted<JudgedHeader>, &'static ResultsError> {
        let read = results::read(text);
        let knowledge = RESULTS.as_ref()?;
        let mut notes = read.notes;
        if read.headers.is_empty() {
            notes.push("no Authentication-Results, ARC-Authentication-Results or Received-SPF in it");
        }
        let told = read.headers.iter().map(|header| knowledge.judge(header, &read.from)).collect();
        Ok(Pasted { told, notes })
    }
}

/// Whether a reply of a session can be about one address: not to a VRFY, and not to a message for
/// several.
fn may_suppress(told: &session::Answer) -> bool {
    match told.stage {
        Some(Stage::Rcpt) | None => true,
        _ => !told.recipient.is_empty() || told.addressed.is_empty(),
    }
}
