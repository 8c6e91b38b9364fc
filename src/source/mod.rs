//! Bytes become blocks of whole lines: files that are followed through rotation, streams,
//! journald's JSON and export formats.

mod archive;
mod block;
mod find;
mod follow;
mod journal;
mod stream;
mod utf16;
mod wake;
mod zstd;

pub use archive::{Packing, Unpack, Unread};
pub use block::{Blocks, Piece};
pub use find::{A_FOLDER, Found, Sought, find, given, why_not};
pub use follow::{Follow, Gap, State};
pub use journal::Journal;
pub use stream::Stream;
pub use wake::Wake;
