//! Reads JSON records by a map: which records are a format's, what an event means, and where its
//! fields stand.
//!
//! A provider's event is not an MTA's log line. What the server said is one of its fields, often
//! without the code that another field has; then the reply is put together again. What the provider
//! did by itself (a suppressed address, a template that does not render) asked no server and is no
//! attempt. The same record may name several recipients; each has its own outcome and reply.

use std::borrow::Cow;

use memchr::memmem;

use super::path::{self, Path, Step};
use super::tree::Tree;
use super::when;
use crate::model::{
    Attempt, Complaint, Enhanced, Moment, Outcome, Parsed, Relay, Speaker, Stage, basic_code, codes,
};
use crate::parse::On;
use crate::parse::stamp::Clock;

/// How one format's records are read.
#[derive(Clone, Debug)]
pub(super) struct Map {
    pub(super) id: String,
    /// Where in a line the records are; the first that leads to one is taken.
    pub(super) records: Vec<Path>,
    /// A record is this format's if it meets every condition of one of these.
    pub(super) detect: Vec<Vec<(Path, Patterns)>>,
    /// The last keys of these, as they are searched for in a line.
    pub(super) keys: Vec<Vec<memmem::Finder<'static>>>,
    /// Every path that rules and fields name.
    pub(super) slots: Vec<Path>,
    /// What events mean; the first that holds.
    pub(super) rules: Vec<Rule>,
    pub(super) fields: Fields,
}

/// A condition on an event and what it means.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// Slots and what they must hold.
    pub(super) when: Vec<(usize, Patterns)>,
    pub(super) is: Is,
    /// Whose words the reply is, whatever it looks like.
    pub(super) speaker: Option<Speaker>,
}

/// What an event is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Is {
    Attempt(Outcome),
    Suspended,
    Expired,
    Complaint,
    LateBounce,
    NonFinal,
    Local,
    NoInterest,
}

/// Any of these.
#[derive(Clone, Debug)]
pub(super) struct Patterns(pub(super) Vec<Pattern>);

/// A value, or a part of it with `*` for the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// `*`: anything but `null`.
    There,
    Is(String),
    Starts(String),
    Ends(String),
    Holds(String),
}

/// Where the fields of an attempt come from.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields {
    pub(super) at: Source,
    pub(super) at_form: Form,
    pub(super) host: Source,
    pub(super) source: Source,
    pub(super) queue_id: Source,
    pub(super) recipient: Source,
    pub(super) sender: Source,
    pub(super) campaign: Source,
    pub(super) relay_host: Source,
    pub(super) relay_ip: Source,
    pub(super) reply: Source,
    pub(super) code: Source,
    pub(super) enhanced: Source,
    pub(super) stage: Source,
}

/// How a time is written.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    /// A number's size says whether it is seconds or milliseconds; the rest are dates.
    #[default]
    Any,
    Unix,
    UnixMs,
    Date,
}

/// The first of these that gives anything.
pub(super) type Source = Vec<Take>;

/// One value, and what is made of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Take {
    pub(super) slot: Option<usize>,
    pub(super) constant: Option<String>,
    /// Only what follows this; nothing, if it is not there.
    pub(super) after: Option<String>,
    /// Only what stands before this, if it is there.
    pub(super) before: Option<String>,
    /// What is put for each value; nothing for any other.
    pub(super) values: Option<Vec<(String, String)>>,
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Self {
        let whole = || text.to_owned();
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            _ if text == "*" => Self::There,
            (Some(rest), Some(_)) => Self::Holds(rest.strip_suffix('*').unwrap_or(rest).to_owned()),
            (Some(rest), None) => Self::Ends(rest.to_owned()),
            (None, Some(rest)) => Self::Starts(rest.to_owned()),
            (None, None) => Self::Is(whole()),
        }
    }

    fn holds(&self, text: &str) -> bool {
        match self {
            Self::There => true,
            Self::Is(whole) => text == whole,
            Self::Starts(start) => text.starts_with(start.as_str()),
            Self::Ends(end) => text.ends_with(end.as_str()),
            Self::Holds(part) => memmem::find(text.as_bytes(), part.as_bytes()).is_some(),
        }
    }
}

impl Patterns {
    fn hold(&self, value: Option<&Tree<'_>>) -> bool {
        match value {
            None | Some(Tree::Null) => false,
            _ if self.0.contains(&Pattern::There) => true,
            Some(value) => {
                let value = only(value).unwrap_or(value);
                value.text().is_some_and(|text| self.0.iter().any(|pattern| pattern.holds(&text)))
            }
        }
    }
}

impl Map {
    /// Whether the keys by which this format is known stand in the line at all. A broken line is
    /// told from a stranger's by the same.
    pub(super) fn might_be(&self, line: &[u8]) -> bool {
        self.keys.iter().any(|keys| keys.iter().all(|key| has_key(line, key)))
    }

    /// What [`Self::might_be`] searches for.
    pub(super) fn keys(detect: &[Vec<(Path, Patterns)>]) -> Vec<Vec<memmem::Finder<'static>>> {
        let finder = |key: &str| memmem::Finder::new(key.as_bytes()).into_owned();
        let keys = |conditions: &Vec<(Path, Patterns)>| {
            conditions.iter().filter_map(|(path, _)| path.last_key().map(finder)).collect()
        };
        detect.iter().map(keys).collect()
    }

    fn detects(&self, record: &Tree<'_>) -> bool {
        self.detect.iter().any(|conditions| {
            conditions.iter().all(|(path, patterns)| patterns.hold(path::follow(&path.steps, record)))
        })
    }

    /// Reads a line's records; false if none is this format's. `forced`: they are, whatever they
    /// look like.
    pub(super) fn read(
        &self,
        line: &Tree<'_>,
        forced: bool,
        clock: &mut Clock,
        reply: &mut Vec<u8>,
        on: On<'_>,
    ) -> bool {
        let elements =
            if let Tree::List(elements) = line { elements.as_slice() } else { std::slice::from_ref(line) };
        let (mut claimed, mut told, mut sound) = (false, false, true);
        for element in elements {
            for path in &self.records {
                let mut found = false;
                sound &= path::walk(&path.steps, element, &mut |record| {
                    if forced || self.detects(record) {
                        found = true;
                        told |= self.record(record, clock, reply, on);
                    }
                });
                claimed |= found;
                if found {
                    break;
                }
            }
        }
        if !claimed && !sound {
            on(Parsed::Unparsed("the JSON inside a string cannot be read"));
            return true;
        }
        if claimed && !told {
            on(Parsed::NoInterest);
        }
        claimed
    }

    /// Reads one record; false if there was nothing to tell.
    fn record(&self, record: &Tree<'_>, clock: &mut Clock, reply: &mut Vec<u8>, on: On<'_>) -> bool {
        let view = View { slots: &self.slots, record, fixed: None, prefix: &[], item: None };
        let Some((prefix, items)) = self.recipients(&view) else { return self.item(&view, clock, reply, on) };
        if let [item] = items {
            return self.item(&View { prefix, item: Some(item), ..view }, clock, reply, on);
        }
        // What does not depend on the recipient is looked up once: a record may have thousands.
        let fixed: Vec<Option<&Tree<'_>>> = self
            .slots
            .iter()
            .map(|path| if path.each().is_none() { path::follow(&path.steps, record) } else { None })
            .collect();
        let view = View { fixed: Some(&fixed), ..view };
        let mut told = false;
        for item in items {
            told |= self.item(&View { prefix, item: Some(item), ..view }, clock, reply, on);
        }
        told
    }

    /// The list that has a recipient in each of its elements.
    fn recipients<'v>(&'v self, view: &View<'v>) -> Option<(&'v [Step], &'v [Tree<'v>])> {
        for slot in self.fields.recipient.iter().filter_map(|take| take.slot) {
            let path = &self.slots[slot];
            let Some(each) = path.each() else {
                if view.value(slot).is_some() {
                    return None;
                }
                continue;
            };
            let prefix = &path.steps[..each];
            match path::follow(prefix, view.record) {
                Some(Tree::List(items)) if !items.is_empty() => return Some((prefix, items)),
                None | Some(Tree::Null | Tree::List(_)) => {}
                Some(single) => return Some((prefix, std::slice::from_ref(single))),
            }
        }
        None
    }

    /// Reads what a record says of one recipient; false if there was nothing to tell.
    fn item(&self, view: &View<'_>, clock: &mut Clock, reply: &mut Vec<u8>, on: On<'_>) -> bool {
        let rule = self
            .rules
            .iter()
            .find(|rule| rule.when.iter().all(|(slot, patterns)| patterns.hold(view.value(*slot))));
        let Some(rule) = rule else {
            on(Parsed::Unparsed("an event that the map does not know"));
            return true;
        };
        if rule.is == Is::NoInterest {
            return false;
        }
        let Some(at) = self.at(view, clock) else {
            on(Parsed::Unparsed("an event without a time"));
            return true;
        };
        match rule.is {
            Is::Attempt(outcome) => self.attempt(view, rule, outcome, at, reply, on),
            Is::Suspended => on(Parsed::Suspended(at)),
            Is::Expired => on(Parsed::Expired(at)),
            Is::Complaint => self.complaint(view, at, on),
            Is::LateBounce => on(Parsed::LateBounce(at)),
            Is::NonFinal => on(Parsed::NonFinal(at)),
            Is::Local => on(Parsed::Local(at)),
            Is::NoInterest => {}
        }
        true
    }

    fn at(&self, view: &View<'_>, clock: &mut Clock) -> Option<Moment> {
        self.fields.at.iter().find_map(|take| {
            let value = only(view.value(take.slot?)?)?;
            let number = if self.fields.at_form == Form::Date { None } else { value.number() };
            match (self.fields.at_form, number) {
                (Form::Any, Some(number)) => when::either(number),
                (Form::Unix, number) => when::seconds(number?),
                (Form::UnixMs, number) => when::seconds(number? / 1000.0),
                (Form::Any | Form::Date, _) => clock.read(value.text()?.trim().as_bytes()),
            }
        })
    }

    fn complaint(&self, view: &View<'_>, at: Moment, on: On<'_>) {
        let (recipient, sender) = (view.text(&self.fields.recipient), view.text(&self.fields.sender));
        on(Parsed::Complaint(Complaint {
            at,
            recipient: address(&recipient).as_bytes(),
            sender: (!sender.is_empty()).then(|| address(&sender).as_bytes()),
            campaign: view.text(&self.fields.campaign).as_bytes(),
        }));
    }

    fn attempt(
        &self,
        view: &View<'_>,
        rule: &Rule,
        outcome: Outcome,
        at: Moment,
        reply: &mut Vec<u8>,
        on: On<'_>,
    ) {
        let fields = &self.fields;
        let recipient = view.text(&fields.recipient);
        let recipient = address(&recipient);
        if recipient.is_empty() {
            let several = fields.recipient.iter().filter_map(|take| view.value(take.slot?));
            return on(Parsed::Unparsed(
                if several.into_iter().any(|value| matches!(value, Tree::List(_))) {
                    "several recipients where the map knows of one"
                } else {
                    "an event without a recipient"
                },
            ));
        }
        compose(view, fields, reply);
        let (code, enhanced) = match rule.speaker {
            None | Some(Speaker::Server) => codes(reply),
            Some(Speaker::Mta | Speaker::Summary) => (None, None),
        };
        let speaker = rule.speaker.unwrap_or(match (code, outcome) {
            (Some(_), _) => Speaker::Server,
            // A provider that says "bounced" and no more has heard something.
            (None, Outcome::Deferred | Outcome::Rejected) if reply.is_empty() => Speaker::Summary,
            (None, _) => Speaker::Mta,
        });
        let (host, ip) = (view.text(&fields.relay_host), view.text(&fields.relay_ip));
        let relay = Relay {
            host: host.strip_suffix('.').unwrap_or(&host).as_bytes(),
            ip: unbracketed(&ip).as_bytes(),
        };
        let sender = view.text(&fields.sender);
        on(Parsed::Attempt(Attempt {
            at,
            host: view.text(&fields.host).as_bytes(),
            source: view.text(&fields.source).as_bytes(),
            queue_id: view.text(&fields.queue_id).as_bytes(),
            recipient: recipient.as_bytes(),
            sender: (!sender.is_empty()).then(|| address(&sender).as_bytes()),
            campaign: view.text(&fields.campaign).as_bytes(),
            relay: (!relay.host.is_empty() || !relay.ip.is_empty()).then_some(relay),
            outcome,
            reply,
            speaker,
            stage: stage(&view.text(&fields.stage)),
            code,
            enhanced,
            tls: None,
        }));
    }
}

/// A record as one of its recipients sees it.
#[derive(Copy, Clone)]
struct View<'v> {
    slots: &'v [Path],
    record: &'v Tree<'v>,
    /// The values that do not depend on the recipient, where they were looked up before.
    fixed: Option<&'v [Option<&'v Tree<'v>>]>,
    /// Where the list of recipients stands, and the element.
    prefix: &'v [Step],
    item: Option<&'v Tree<'v>>,
}

impl<'v> View<'v> {
    fn value(&self, slot: usize) -> Option<&'v Tree<'v>> {
        let steps = &self.slots[slot].steps;
        let value = match (self.slots[slot].each(), self.item) {
            (None, _) => match self.fixed {
                Some(fixed) => fixed[slot],
                None => path::follow(steps, self.record),
            },
            (Some(each), Some(item)) if steps[..each] == *self.prefix => {
                path::follow(&steps[each + 1..], item)
            }
            (Some(_), _) => path::follow(steps, self.record),
        };
        value.filter(|value| **value != Tree::Null)
    }

    fn text(&self, source: &'v [Take]) -> Cow<'v, str> {
        source.iter().find_map(|take| self.taken(take)).unwrap_or_default()
    }

    fn taken(&self, take: &'v Take) -> Option<Cow<'v, str>> {
        if let Some(constant) = &take.constant {
            return Some(Cow::Borrowed(constant));
        }
        let mut text = only(self.value(take.slot?)?)?.text()?;
        if let Some(mark) = &take.after {
            let at = text.find(mark.as_str())? + mark.len();
            text = part(text, |text| &text[at..]);
        }
        if let Some(mark) = &take.before {
            text = part(text, |text| text.split(mark.as_str()).next().unwrap_or(text));
        }
        text = part(text, str::trim);
        if let Some(values) = &take.values {
            let (_, value) = values.iter().find(|(from, _)| *from == text)?;
            text = Cow::Borrowed(value);
        }
        (!text.is_empty()).then_some(text)
    }
}

/// The value, or the one element of a list.
fn only<'t, 'a>(value: &'t Tree<'a>) -> Option<&'t Tree<'a>> {
    match value {
        Tree::List(values) => match &values[..] {
            [one] => Some(one),
            _ => None,
        },
        other => Some(other),
    }
}

fn part<'t>(text: Cow<'t, str>, of: impl Fn(&str) -> &str) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(of(text)),
        Cow::Owned(text) => Cow::Owned(of(&text).to_owned()),
    }
}

/// Puts the reply together: the text, and before it the code and the enhanced code that other
/// fields have and the text does not.
fn compose(view: &View<'_>, fields: &Fields, reply: &mut Vec<u8>) {
    reply.clear();
    let text = view.text(&fields.reply);
    // The type of a diagnostic (RFC 3464) is not the server's word.
    let text = match text.get(..5) {
        Some(kind) if kind.eq_ignore_ascii_case("smtp;") => text[5..].trim_start(),
        _ => &text,
    };
    if basic_code(text.as_bytes()).is_some() {
        return reply.extend_from_slice(text.as_bytes());
    }
    let code = view.text(&fields.code);
    let code = code.as_bytes();
    if code.len() == 3 && basic_code(code).is_some() {
        reply.extend_from_slice(code);
        let enhanced = view.text(&fields.enhanced);
        let is_enhanced =
            Enhanced::at_start(enhanced.as_bytes()).is_some_and(|(_, end)| end == enhanced.len());
        if is_enhanced && Enhanced::at_start(text.as_bytes()).is_none() {
            reply.push(b' ');
            reply.extend_from_slice(enhanced.as_bytes());
        }
        if !text.is_empty() {
            reply.push(b' ');
        }
    }
    reply.extend_from_slice(text.as_bytes());
}

/// `Name <address>` and `<address>` to the address.
fn address(text: &str) -> &str {
    let text = text.trim();
    match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((_, inner)) => inner,
        None => text,
    }
}

/// `[192.0.2.1]` to `192.0.2.1`.
fn unbracketed(ip: &str) -> &str {
    ip.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(ip)
}

/// The stage with this id.
pub(super) fn stage(id: &str) -> Option<Stage> {
    Stage::ALL.into_iter().find(|stage| stage.id() == id)
}

/// Whether `"key"` stands in the line, or `\"key\"`, as in a string that holds JSON.
fn has_key(line: &[u8], key: &memmem::Finder<'_>) -> bool {
    key.find_iter(line).any(|at| {
        let before = at.checked_sub(1).and_then(|at| line.get(at));
        before == Some(&b'"') && matches!(line.get(at + key.needle().len()), Some(b'"' | b'\\'))
    })
}
