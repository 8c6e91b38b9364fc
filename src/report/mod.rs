//! The faces without a screen: the same snapshot as text, Markdown and JSON; single replies
//! explained; rejections as they come.

mod against;
mod explain;
mod facts;
mod json;
mod markdown;
mod stream;
mod text;

pub use explain::{explain_jsonl, explain_text};
pub use facts::Facts;
pub use json::{SCHEMA, json};
pub use markdown::markdown;
pub use stream::{is_rejection, stream_jsonl, stream_text};
pub use text::text;
