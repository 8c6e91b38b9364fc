//! Bytes become blocks of whole lines: files that are followed through rotation, streams,
//! journald's JSON and export formats, and what they are packed in.

mod archive;
mod beginning;
mod block;
mod buffered;
mod checkpoint;
mod disk;
mod elders;
mod find;
mod follow;
mod journal;
mod last;
mod listing;
mod open;
mod past;
mod seek;
mod segments;
mod sieve;
mod stream;
mod trail;
mod utf16;
mod wake;
mod way;
mod zstd;

pub use archive::{Packing, Unpack, Unread};
pub use beginning::copies;
pub use block::Piece;
pub use checkpoint::{Checkpoint, CheckpointError, Keeping, Place};
pub use disk::{Disk, Handle, Stat, System};
pub use elders::is_elder;
pub use find::{Found, Named, Sought, find, given, to_follow, why_not};
pub use follow::{Follow, Gap, Lookout, State};
pub use journal::Journal;
pub use last::last;
pub use listing::Listing;
pub use open::open;
pub use past::{Past, Told};
pub use seek::seek;
pub use segments::{Heard, Segments};
pub use stream::Stream;
pub use trail::{Own, trail};
pub use wake::{LookOut, Reason, Unwatched, Wake};
