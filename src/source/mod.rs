//! Bytes become blocks of whole lines: files that are followed through rotation, streams,
//! journald's JSON and export formats, and what they are packed in.

mod archive;
mod block;
mod buffered;
mod find;
mod follow;
mod journal;
mod seek;
mod sieve;
mod stream;
mod utf16;
mod wake;
mod way;
mod zstd;

pub use archive::{Packing, Unpack, Unread};
pub use block::{Blocks, Piece};
pub use find::{A_FOLDER, Found, Sought, find, given, why_not};
pub use follow::{Follow, Gap, State};
pub use journal::Journal;
pub use seek::seek;
pub use stream::Stream;
pub use wake::Wake;
