//! Bytes become blocks of whole lines: files that are followed through rotation, streams,
//! journald's JSON and export formats.

mod block;
mod find;
mod follow;
mod journal;
mod stream;
mod wake;

pub use block::{Blocks, Piece};
pub use find::{A_FOLDER, Found, Sought, find, given, why_not};
pub use follow::{Follow, Gap, State};
pub use journal::Journal;
pub use stream::Stream;
pub use wake::Wake;
