//! What a message's arrival told, for the lines that tell its outcome without names.
//!
//! A message arrives as `UUID.1` with `sender <S>` and `recipient <R>`; what the queue makes of it
//! is `UUID.1.1`, `UUID.1.2` and so on: one part for each domain, or, with `always_split`, one for
//! each recipient. The log does not say which. So a name is given only where both ways give the same
//! one; what is left over has none. Bounded: the oldest message goes, and one with too many
//! recipients is not joined at all.

use memchr::memrchr;

use crate::parse::recent::Recent;

/// Messages and servers remembered.
const MESSAGES: usize = 16_384;
/// Most recipients of a message that is joined, the longest address, and all of them together.
const RECIPIENTS: usize = 100;
const ADDRESS: usize = 320;
const ADDRESSES: usize = 4_096;

/// The messages that arrived, and the servers that their parts went to.
#[derive(Debug)]
pub(super) struct Memory {
    messages: Recent<Arrived>,
    servers: Recent<Vec<u8>>,
}

#[derive(Debug)]
struct Arrived {
    sender: Vec<u8>,
    recipients: Vec<Recipient>,
    /// How long their addresses are together.
    bytes: usize,
    /// Whether all its recipients are known.
    is_whole: bool,
}

#[derive(Debug)]
struct Recipient {
    address: Vec<u8>,
    state: State,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    /// Refused for now, in this try of the part with this key.
    Deferred(u64),
    /// Has had a final outcome.
    Done,
}

impl Default for Memory {
    fn default() -> Self {
        Self { messages: Recent::new(MESSAGES), servers: Recent::new(MESSAGES) }
    }
}

impl Memory {
    /// A message of `sender` arrives.
    pub(super) fn sender(&mut self, uuid: &[u8], sender: &[u8]) {
        let key = self.messages.key(&[uuid]);
        if sender.len() > ADDRESS {
            self.messages.remove(key);
            return;
        }
        self.messages.insert(
            key,
            Arrived { sender: sender.to_vec(), recipients: Vec::new(), bytes: 0, is_whole: true },
        );
    }

    /// The arriving message has this recipient. Without its sender, some before may be missing.
    pub(super) fn recipient(&mut self, uuid: &[u8], address: &[u8]) {
        let key = self.messages.key(&[uuid]);
        let Some(arrived) = self.messages.get_mut(key) else { return };
        arrived.bytes += address.len();
        let is_too_much = arrived.bytes > ADDRESSES || arrived.recipients.len() >= RECIPIENTS;
        if is_too_much || address.len() > ADDRESS {
            arrived.is_whole = false;
            arrived.recipients = Vec::new();
        }
        if arrived.is_whole {
            arrived.recipients.push(Recipient { address: address.to_vec(), state: State::Waiting });
        }
    }

    /// A part goes to this server.
    pub(super) fn relay(&mut self, uuid: &[u8], server: &[u8]) {
        let key = self.servers.key(&[uuid]);
        if server.len() <= ADDRESS {
            self.servers.insert(key, server.to_vec());
        } else {
            self.servers.remove(key);
        }
    }

    /// The server that a part went to last.
    pub(super) fn relay_of(&self, uuid: &[u8]) -> Option<&[u8]> {
        self.servers.get(self.servers.key(&[uuid])).map(Vec::as_slice)
    }

    /// The sender of a part's message.
    pub(super) fn sender_of(&self, uuid: &[u8]) -> Option<&[u8]> {
        self.messages.get(self.messages.key(&[split(uuid).0])).map(|arrived| &arrived.sender[..])
    }

    /// A recipient of a part was refused, for good or for now.
    pub(super) fn refused(&mut self, uuid: &[u8], address: &[u8], for_good: bool) {
        let part = self.messages.key(&[uuid]);
        let Some(arrived) = self.arrived(uuid) else { return };
        let state = if for_good { State::Done } else { State::Deferred(part) };
        let refused = arrived
            .recipients
            .iter_mut()
            .filter(|known| known.address == address && known.state != State::Done);
        refused.take(1).for_each(|known| known.state = state);
    }

    /// A part's try is over: who was refused for now waits again.
    pub(super) fn tried(&mut self, uuid: &[u8]) {
        let part = self.messages.key(&[uuid]);
        let Some(arrived) = self.arrived(uuid) else { return };
        let refused = arrived.recipients.iter_mut().filter(|known| known.state == State::Deferred(part));
        refused.for_each(|known| known.state = State::Waiting);
    }

    /// `count` recipients of a part, all in `domain`, were delivered: tells `each` of them and the
    /// sender, or answers `false` where it is not certain who they were.
    pub(super) fn delivered(
        &mut self,
        uuid: &[u8],
        domain: &[u8],
        count: u32,
        each: &mut dyn FnMut(&[u8], &[u8]),
    ) -> bool {
        let Some(arrived) = self.arrived(uuid) else { return false };
        let Arrived { sender, recipients, .. } = arrived;
        let is_one =
            |known: &Recipient| known.state == State::Waiting && known.domain().eq_ignore_ascii_case(domain);
        let waiting = recipients.iter().filter(|known| is_one(known)).count();
        if u32::try_from(waiting) != Ok(count) {
            return false;
        }
        for known in recipients.iter_mut().filter(|known| is_one(known)) {
            known.state = State::Done;
            each(&known.address, sender);
        }
        true
    }

    /// Whom a part goes to, as far as that is certain: the recipient, and the domain.
    pub(super) fn message(&self, uuid: &[u8]) -> (Option<&[u8]>, Option<&[u8]>) {
        let (message, part) = split(uuid);
        let Some(arrived) = self.messages.get(self.messages.key(&[message])) else { return (None, None) };
        let recipients = &arrived.recipients;
        let Some(first) = recipients.first() else { return (None, None) };
        if recipients.iter().skip(1).all(|known| known.domain().eq_ignore_ascii_case(first.domain())) {
            return ((recipients.len() == 1).then_some(&first.address[..]), Some(first.domain()));
        }
        // Where no two share a domain, both ways of splitting give each recipient the same part.
        let is_alone = |at: usize| {
            let domain = recipients[at].domain();
            recipients[..at].iter().all(|known| !known.domain().eq_ignore_ascii_case(domain))
        };
        if !(1..recipients.len()).all(is_alone) {
            return (None, None);
        }
        let recipient = part.and_then(|part| recipients.get(part.checked_sub(1)?));
        (recipient.map(|known| &known.address[..]), recipient.map(Recipient::domain))
    }

    fn arrived(&mut self, uuid: &[u8]) -> Option<&mut Arrived> {
        let key = self.messages.key(&[split(uuid).0]);
        self.messages.get_mut(key)
    }
}

impl Recipient {
    fn domain(&self) -> &[u8] {
        &self.address[memrchr(b'@', &self.address).map_or(self.address.len(), |at| at + 1)..]
    }
}

/// `UUID.1.2` to the message `UUID.1` and its part 2.
fn split(uuid: &[u8]) -> (&[u8], Option<usize>) {
    let Some(dot) = memrchr(b'.', uuid) else { return (uuid, None) };
    let part = std::str::from_utf8(&uuid[dot + 1..]).ok().and_then(|part| part.parse().ok());
    (&uuid[..dot], part)
}
