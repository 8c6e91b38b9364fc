//! `fivefifty`: the terminal incident console for mail rejections.
//!
//! The map of the house, in the data's order:
//!
//! ```text
//! source ─line─▶ parse ─attempt─▶ classify ─verdict─▶ aggregate ─┐
//!                                   correlate (queue-id joins)   ├─▶ snapshot ─▶ ui
//!                                   sample (20–30 strings)       │            └▶ report
//!                                   diagnose (tree, incidents) ──┤
//!                                   record (answers, notes, kept)┘
//! ```
//!
//! What must never be (a test holds rules 1–3 and 5 against a table of the imports):
//!
//! 1. A stage imports [`model`] and [`text`], never another stage, never `engine` or a face.
//! 2. [`ui`] and [`report`] see the engine's snapshot, never a stage's insides.
//! 3. ratatui and crossterm stay in [`ui`]; notify and decompressors in [`source`]; threads in the run
//!    files, and where a console or a command must not wait for a disk, a program or a terminal.
//! 4. No stage reads a clock: `now` is handed in by the engine, so live, replay, demo and tests
//!    are one path.
//! 5. [`model`] holds no colour and no prose; views draw and never decide; colour comes by role.
//! 6. No `error.rs`, `utils`, `common`, `helpers`, `prelude`: each module owns its errors.
//! 7. No unbounded memory: whatever input can grow has a limit and says what it dropped.
//! 8. Text from outside is neutralised once ([`text::Clean`]); `follow --format raw` is the one
//!    raw exit, and it refuses a terminal.
//! 9. Nothing writes outside the operator's own folders; nothing talks to the network.

pub mod model;
pub mod text;

pub mod source;

pub mod parse;

pub mod correlate;

pub mod classify;

pub mod aggregate;

pub mod sample;

pub mod diagnose;

pub mod record;

pub mod engine;

pub mod report;

pub mod ui;

pub mod demo;

pub mod config;

pub mod app;

pub mod cli;

pub mod diary;
