//! The operator's record of an incident: answers, notes, exports and probes, with who and when, in
//! files of the operator's state folder.
//!
//! `$XDG_STATE_HOME/fivefifty`, else `~/.local/state/fivefifty`; a relative `XDG_STATE_HOME` counts as
//! none, as the XDG base directory specification asks. The folder is made with mode 0700, its files with 0600.
//!
//! # One incident, one file
//!
//! `2026-11-21T142740Z-gmail-ip_reputation.jsonl`: onset, scope, category. A scope that is no file name
//! is made one, with a number made of the whole scope. The file is JSON Lines, UTF-8, and only ever grows:
//!
//! ```text
//! {"fivefifty":"record","version":1,"scope":"gmail","category":"ip_reputation","onset":"2026-11-21T14:27:40Z"}
//! {"at":"2026-11-21T14:28:02Z","who":"anna@mta1","kind":"opened"}
//! {"at":"2026-11-21T14:29:03.120Z","who":"anna@mta1","kind":"answer","on":"on_blocklist","answer":"no"}
//! {"at":"2026-11-21T14:29:40Z","who":"anna@mta1","kind":"answer","on":"postmaster","answer":{"figure":0.0012}}
//! {"at":"2026-11-21T14:30:00Z","who":"ben@mta1","kind":"answer","on":"on_blocklist","answer":null}
//! {"at":"2026-11-21T14:31:00Z","who":"ben@mta1","kind":"note","on":"postmaster","text":"asked the postmaster"}
//! {"at":"2026-11-21T14:32:00Z","who":"ben@mta1","kind":"probe","command":"dig TXT example.com","result":"v=spf1 -all"}
//! {"at":"2026-11-21T14:33:00Z","who":"ben@mta1","kind":"export","what":"incident report","path":"incident.md"}
//! ```
//!
//! `answer` is `"yes"`, `"no"`, `"unknown"`, `{"figure":n}` or `null`, which takes the answer back; a note
//! without `on` is on the whole incident. The order is the order of the file, not of the clocks of
//! several hosts. Readers pass over fields, kinds and lines that they do not know and say how many lines.
//! A change that older readers would misread raises `version`; a file of another version is left alone.
//!
//! # Found again
//!
//! A console that has read less of the log finds another onset, and one that has seen more another category.
//! So the record of an incident is the one of the same scope whose onset is nearest, within 30 minutes, and
//! whose category is the same or of the same family: the address's fault (`user_unknown`, `bad_domain`,
//! `mailbox_disabled`); lists and reputation (`blocklist`, `ip_reputation`, `domain_reputation`). The first entry
//! makes the file; until then another console may make it, and both meet there.
//!
//! # Why nothing is lost and nothing is read torn
//!
//! - An entry is one `write` to a file opened for appending, under an advisory lock, synced before it
//!   counts as kept. Only whole lines are read.
//! - A writer that is killed leaves at most a piece without a line end. The next writer ends it first; the
//!   piece is no JSON and is passed over, counted.
//! - A write cut short by a full disk is taken back under the same lock.
//! - A new file gets its header under a temporary name (`.new-…`) and takes its own when it is whole.
//! - Whoever makes or removes files holds the lock of the folder (the file `.lock`).
//! - Nothing waits for long: a lock that another console holds for two seconds is told as trouble.
//! - Links and anything that is no plain file are passed over; only files named as above are removed.
//! - What cannot be kept stays in memory, is tried again with the next entry, and says so.
//!
//! # Bounds
//!
//! A file of 2 MiB or 4,000 entries takes no more; notes are cut at 4 KiB. The 500 records last written
//! to are kept, none that was not written to for 180 days; what is over goes when a new one is made.
//!
//! # Past sends
//!
//! `sends.jsonl`: a header, then one [`PastSend`] a line, the latest first; replaced as a whole. Counts
//! only: no address, no reply.
//!
//! # Typed filters
//!
//! `filters.jsonl`: a header, then one filter a line, as a JSON string, the newest last, at most 50; replaced as a
//! whole with each that is typed.

mod entry;
mod filters;
mod folder;
mod incident;
mod key;
mod lines;
mod lock;
mod sends;
mod trouble;

pub use entry::{Entry, What};
pub use folder::Folder;
pub use incident::{Passed, Record};
pub use key::Key;
pub use sends::PastSend;
pub use trouble::RecordError;

#[cfg(test)]
mod tests;
