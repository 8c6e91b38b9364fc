//! The faces without a screen: the same snapshot as text, Markdown and JSON; single replies
//! explained; rejections as they come.

mod alert;
mod changed;
mod check;
mod compare;
mod explain;
mod export;
mod facts;
mod files;
mod json;
mod ledger;
mod markdown;
mod masked;
mod pasted;
mod sends;
mod stream;
mod text;
mod totals;
mod trace;
mod tree;

pub use alert::{Alert, incident_line, notice_line};
pub use changed::Changed;
pub use check::{Checked, check_json, check_text};
pub use compare::{compare_json, compare_markdown, compare_text};
pub use explain::{explain_jsonl, explain_text};
pub use export::{
    About, DossierError, Form, Given, Held, HoldError, IncidentFacts, ListForm, ListWriter, dossier, fits,
    hold, incident_json, incident_page, incidents_text, known_provider, left_out,
};
pub use facts::Facts;
pub use files::strange;
pub use json::{SCHEMA, json};
pub use markdown::markdown;
pub use masked::redactor;
pub use pasted::{answered_jsonl, answered_text, bounced_jsonl, bounced_text, judged_jsonl, judged_text};
pub use sends::{Sends, sends_json, sends_text};
pub use stream::{is_rejection, stream_jsonl, stream_text};
pub use text::text;
pub use trace::{trace_bounds, trace_described, trace_jsonl, trace_shortfall, trace_text};
pub use tree::{tree_dot, tree_ids, tree_md, tree_text};
