//! From the rule that won to the verdict: evidence, list, mechanism, code, and the softening that
//! keeps a suppression from ever being wrong.

use std::ops::Range;

use super::beside::{Said, blames_address};
use super::book::{Book, Desk, Facts};
use super::fold::innermost;
use super::knowledge::Knowledge;
use super::rule::{Ground, Rule};
use super::words::Words;
use super::{Attribution, Question, signature, subject};
use crate::model::{
    Action, Category, Considered, Enhanced, Fault, Mechanism, Party, ProviderIx, Speaker, Stage, Verdict,
    codes,
};
use crate::text::Clean;

/// Bytes of evidence that are shown.
const EVIDENCE: usize = 240;
/// Bytes of a list's name taken from a text.
const NAME: usize = 80;

/// What was considered for a reply, best first.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// The rule that won and those that held but lost.
    pub(super) held: Vec<u32>,
    /// The inner reply in the folded one.
    pub(super) inner: Range<usize>,
    /// The deciding words, as spans of the folded reply.
    pub(super) words: Vec<Range<usize>>,
    /// Who speaks, by the text alone.
    pub(super) speaker: Option<ProviderIx>,
    /// What the rules were asked about, of the folded reply.
    pub(super) text: Range<usize>,
    /// Whose rules applied.
    pub(super) providers: Vec<ProviderIx>,
    /// The basic code that counted.
    pub(super) code: Option<u16>,
    /// The enhanced code that counted.
    pub(super) enhanced: Option<Enhanced>,
}

/// Judges a folded reply; `masked` is its signature. At most `limit` rules that hold are looked for.
pub(super) fn judge(
    knowledge: &Knowledge,
    desk: &mut Desk,
    folded: &[u8],
    masked: &[u8],
    question: &Question<'_>,
    attribution: Attribution,
    limit: usize,
) -> Judged {
    let (inner, speaker) = voice(knowledge, folded);
    let quoted = inner.start > 0;
    let providers = speakers(knowledge, attribution, speaker, quoted);
    let (outer_code, outer_enhanced) = codes(folded);
    let (code, enhanced) = if quoted { codes(&folded[inner.clone()]) } else { (None, None) };
    let code = code.or(question.code).or(outer_code);
    let enhanced =
        enhanced.or(question.enhanced).or(outer_enhanced).or_else(|| late_enhanced(&folded[inner.clone()]));
    let facts = Facts { providers: &providers, code, enhanced, stage: question.stage };

    let mut text = inner.clone();
    let mut held = Vec::new();
    let spans = if quoted { vec![inner.clone(), 0..folded.len()] } else { vec![inner.clone()] };
    for span in spans {
        text = span;
        let slice = &folded[text.clone()];
        knowledge.book.read(slice, desk);
        held = knowledge.book.said(slice, facts, desk, limit);
        if !held.is_empty() {
            break;
        }
    }
    if held.len() < limit {
        let bare = knowledge.book.vague(&folded[text.clone()], facts, desk, limit - held.len());
        held.extend(bare);
    }

    if question.speaker == Speaker::Summary {
        // An MTA's few words for all kinds of answers: `User unknown` is what Sendmail writes for
        // a policy's 550 too.
        held.clear();
    }
    if subject::is_success(folded, code, enhanced) {
        held.clear();
    } else if code.is_none() && enhanced.is_none() && is_about_nothing(knowledge, folded, masked) {
        // The operator knows better; and that it is nothing may be said.
        let stays = |rule: &Rule| rule.own || rule.category == Category::Unknown;
        held.retain(|index| knowledge.book.rule(*index).is_some_and(stays));
    }
    let slice = &folded[text.clone()];
    let rule = held.first().and_then(|index| knowledge.book.rule(*index));
    let words: Vec<Range<usize>> = rule
        .map(|rule| deciding(&knowledge.book, rule, slice, desk))
        .unwrap_or_default()
        .into_iter()
        .map(|span| span.start + text.start..span.end + text.start)
        .collect();
    let read = Read { folded, slice, masked, question, providers: &providers, code, enhanced };
    let verdict = verdict(knowledge, desk, &read, &held, &words);
    Judged { verdict, held, inner, words, speaker, text, providers, code, enhanced }
}

/// Whether a text without codes is about no mail. The signature is asked, since the verdict stands for
/// all texts that share it.
fn is_about_nothing(knowledge: &Knowledge, folded: &[u8], masked: &[u8]) -> bool {
    let text = signature::alike(folded, masked);
    let mut words = Words::default();
    words.read(&text);
    knowledge.subject.is_missing(&text, &words.text)
}

/// The innermost reply, and who speaks by the text alone: there, else in what is around it.
pub(super) fn voice(knowledge: &Knowledge, folded: &[u8]) -> (Range<usize>, Option<ProviderIx>) {
    let inner = innermost(folded);
    let around = || (inner.len() < folded.len()).then(|| knowledge.providers.speaker(folded)).flatten();
    let speaker = knowledge.providers.speaker(&folded[inner.clone()]).or_else(around);
    (inner, speaker)
}

/// Whose rules apply: the receiver's, where it is known, else the brand's; and those of whoever the
/// text gives away, unless a mailbox provider speaks for itself: another's code on its lips means
/// nothing. Who has no domains of its own, a gateway, passes on what others say.
fn speakers(
    knowledge: &Knowledge,
    attribution: Attribution,
    speaker: Option<ProviderIx>,
    quoted: bool,
) -> Vec<ProviderIx> {
    let mut providers = Vec::with_capacity(2);
    if let Party::Known(ix) = attribution.receiver {
        providers.push(ix);
        if !quoted && knowledge.providers.row(ix).is_some_and(|row| !row.domains.is_empty()) {
            return providers;
        }
    } else if let Party::Known(ix) = attribution.brand {
        providers.push(ix);
    }
    if let Some(ix) = speaker
        && !providers.contains(&ix)
    {
        providers.push(ix);
    }
    providers
}

/// An enhanced code that stands behind other words: `550 <a@b>: … (#5.1.1)`.
fn late_enhanced(text: &[u8]) -> Option<Enhanced> {
    let mut at = 0;
    while let Some(dot) = memchr::memmem::find(&text[at..], b".") {
        let dot = at + dot;
        if dot > 0
            && (dot < 2 || !text[dot - 2].is_ascii_alphanumeric() && text[dot - 2] != b'.')
            && let Some((code, _)) = Enhanced::at_start(&text[dot - 1..])
        {
            return Some(code);
        }
        at = dot + 1;
    }
    None
}

fn deciding(book: &Book, rule: &Rule, text: &[u8], desk: &Desk) -> Vec<Range<usize>> {
    if rule.reads_words() {
        return book.deciding(rule, text, desk);
    }
    // Nothing but the code decided.
    let end = text.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b' ')).count();
    let end = text[..end].trim_ascii_end().len();
    if end > 0 { std::iter::once(0..end).collect() } else { Vec::new() }
}

/// What was learnt about a reply before it is judged.
struct Read<'a> {
    folded: &'a [u8],
    /// The part of it that the rules were asked about.
    slice: &'a [u8],
    /// Its signature.
    masked: &'a [u8],
    question: &'a Question<'a>,
    providers: &'a [ProviderIx],
    code: Option<u16>,
    enhanced: Option<Enhanced>,
}

fn verdict(
    knowledge: &Knowledge,
    desk: &mut Desk,
    read: &Read<'_>,
    held: &[u32],
    words: &[Range<usize>],
) -> Verdict {
    let Read { folded, slice, masked, question, providers, code, enhanced } = *read;
    let mut rules = held.iter().filter_map(|index| knowledge.book.rule(*index));
    let rule = rules.next();
    let lost = |rule: &Rule| Considered { rule: rule.id.clone(), category: rule.category };
    let considered = rules.map(lost).take(Verdict::CONSIDERED).collect();
    let category = rule.map_or(Category::Unknown, |rule| rule.category);
    let default = knowledge.categories.row(category);
    let class = class(question, code, enhanced);
    let action = rule
        .and_then(|rule| rule.action)
        .or(default.map(|default| default.action))
        .unwrap_or(Action::Investigate);
    // An MTA's own mapping (`dsn=5.1.2, stat=Host unknown`) is no server's code.
    let certain = if question.speaker == Speaker::Server {
        class
    } else {
        class.filter(|class| *class == 4 || code.is_some())
    };
    let doubtful = question.names_sender || !of_recipient(code, enhanced, question.stage);
    let mut action = soften(action, category, rule, certain, doubtful);
    if action == Action::Suppress {
        // The wrapper too: what stands around a quoted reply may disagree with it. And the signature,
        // since the verdict stands for all replies that share it.
        let folded = &*signature::alike(folded, masked);
        knowledge.book.read(folded, desk);
        let facts = Facts { providers, code, enhanced, stage: question.stage };
        let said = Said {
            book: &knowledge.book,
            folded,
            rules: &knowledge.book.said(folded, facts, desk, usize::MAX),
            category,
            of_address: is_of_address(code, enhanced),
            asked: rule.is_some_and(|rule| rule.ground() == Ground::Text && rule.action.is_some()),
        };
        if !knowledge.beside.is_harmless(&said, desk) {
            action = Action::Investigate;
        }
    }
    let severity = rule
        .and_then(|rule| rule.severity)
        .or(default.map(|default| default.severity))
        .unwrap_or(crate::model::Severity::Medium);
    // What is not sure enough to act on is not sure enough to blame anybody for.
    let sure = default.is_none_or(|default| default.action != Action::Suppress)
        || matches!(action, Action::Suppress | Action::Retry);
    let fault = rule
        .and_then(|rule| rule.fault)
        .or(default.filter(|_| sure).map(|default| default.fault))
        .unwrap_or(Fault::Unknown);
    let list = (category == Category::Blocklist).then(|| list(knowledge, desk, slice, rule)).flatten();
    let mechanism = rule
        .and_then(|rule| rule.mechanism)
        .or_else(|| (category == Category::AuthFailure).then(|| mechanism(slice)).flatten());
    let node = rule
        .and_then(|rule| rule.node.clone())
        .or(default.map(|default| default.node.clone()))
        .unwrap_or_else(|| "N2".into());
    let evidence = evidence(folded, words);
    Verdict {
        category,
        fault,
        severity,
        action,
        list,
        mechanism,
        provider_code: knowledge.codes.find(folded, providers).map(|code| Clean::head(code, NAME)),
        // What no code calls temporary is so where the queue is to try again: a connection refused.
        temporary: rule
            .and_then(|rule| rule.temporary)
            .unwrap_or_else(|| class.map_or(action == Action::Retry, |class| class == 4)),
        rule: rule.map_or_else(|| Verdict::NONE.into(), |rule| rule.id.clone()),
        source: rule.map(|rule| rule.source.clone()).unwrap_or_default(),
        month: rule.map(|rule| rule.month.clone()).unwrap_or_default(),
        considered,
        evidence,
        node,
        signature: Clean::new(masked),
        signature_id: signature::hash(masked),
    }
}

/// The class that matters: where any code says temporary, it is.
fn class(question: &Question<'_>, code: Option<u16>, enhanced: Option<Enhanced>) -> Option<u16> {
    let basic = [code, question.code].into_iter().flatten().map(|code| code / 100);
    let enhanced = [enhanced, question.enhanced].into_iter().flatten().map(|code| u16::from(code.class));
    let mut classes = basic.chain(enhanced);
    classes.clone().find(|class| *class == 4).or_else(|| classes.next())
}

/// Whether a recipient can be meant: not before one was named, and not by a code that answers a
/// command's syntax or a login, or says that the sender's address is bad (RFC 3463: 1.7 and 1.8).
fn of_recipient(code: Option<u16>, enhanced: Option<Enhanced>, stage: Option<Stage>) -> bool {
    !matches!(code, Some(500..=504 | 530..=539))
        && !enhanced.is_some_and(|code| {
            (code.subject, code.detail) == (1, 7) || (code.subject, code.detail) == (1, 8)
        })
        && !matches!(stage, Some(Stage::Connect | Stage::Helo | Stage::Starttls | Stage::Auth | Stage::Mail))
}

/// Whether a code says that the recipient's address or its domain is bad: RFC 3463 1.1 to 1.3, 4.4,
/// RFC 7505.
fn is_of_address(code: Option<u16>, enhanced: Option<Enhanced>) -> bool {
    code == Some(556)
        || enhanced.is_some_and(|code| matches!((code.subject, code.detail), (1, 1..=3 | 10) | (4, 4)))
}

/// A suppression stands only where the words say that the address is at fault, for good, and no word
/// speaks of the sender; or where a rule says that this receiver means it so. Nothing creates one.
fn soften(
    action: Action,
    category: Category,
    rule: Option<&Rule>,
    class: Option<u16>,
    doubtful: bool,
) -> Action {
    if action != Action::Suppress {
        return action;
    }
    let address = blames_address(category);
    let Some(rule) = rule else { return Action::Investigate };
    if class == Some(4) {
        return Action::Retry;
    }
    let said =
        rule.ground() == Ground::Text || rule.action == Some(Action::Suppress) && !rule.providers.is_empty();
    // A local failure names a host that may be our own relay: no code, no suppression.
    if address && said && class == Some(5) && !doubtful { action } else { Action::Investigate }
}

/// The blocklist: as the rule says, as the words say, or the name behind `using`, `listed in`, `by`.
fn list(knowledge: &Knowledge, desk: &Desk, text: &[u8], rule: Option<&Rule>) -> Option<Clean> {
    if let Some(list) = rule.and_then(|rule| rule.list.as_deref()) {
        return Some(list.into());
    }
    for (phrase, row) in &knowledge.lists.says {
        if desk.has(*phrase) {
            return knowledge.lists.rows.get(*row).map(|list| list.id.as_str().into());
        }
    }
    let found = knowledge.list_name.captures(text)?.get(1)?;
    Some(Clean::head(found.as_bytes(), NAME))
}

/// The mechanism that is named alone; DMARC where it is named beside those that it rests on.
fn mechanism(text: &[u8]) -> Option<Mechanism> {
    let lower = text.to_ascii_lowercase();
    let has = |word: &str| memchr::memmem::find(&lower, word.as_bytes()).is_some();
    match (has("dmarc"), has("dkim") || has("domainkeys"), has("spf"), has("arc ")) {
        (true, ..) => Some(Mechanism::Dmarc),
        (_, true, false, _) => Some(Mechanism::Dkim),
        (_, false, true, _) => Some(Mechanism::Spf),
        (_, false, false, true) => Some(Mechanism::Arc),
        _ => None,
    }
}

fn evidence(folded: &[u8], words: &[Range<usize>]) -> Clean {
    let mut out = Vec::new();
    for span in words {
        if !out.is_empty() {
            out.extend_from_slice(" … ".as_bytes());
        }
        out.extend_from_slice(folded.get(span.clone()).unwrap_or_default());
        if out.len() > EVIDENCE {
            break;
        }
    }
    Clean::head(&out, EVIDENCE)
}
