//! The only place that knows the order of the stages.

mod alarms;
mod batch;
mod board;
mod clocks;
mod compare;
mod complaints;
mod contrast;
mod detect;
mod evidence;
mod explain;
mod filed;
mod filter;
mod following;
mod gate;
mod handle;
mod history;
mod input;
mod joins;
mod keeper;
mod known;
mod ledger;
mod merged;
mod onward;
mod owner;
mod pages;
mod parties;
mod passing;
mod pasted;
mod player;
mod present;
mod raw;
mod reader;
mod replies;
mod run;
mod scope;
mod sends;
mod setup;
mod sight;
mod snapshot;
mod speed;
mod state;
mod stop;
mod strings;
mod suppression;
mod timeline;
mod trace;
mod wakes;
mod whose;

pub use crate::aggregate::Tally;
pub use crate::classify::{Knowledge, KnowledgeError, Lint, Remark, RuleFile, Shadow};
pub use crate::diagnose::incident::{
    Course, Failing, Incident, Notice, Peak, Thresholds, ThresholdsError, Troubled,
};
pub use crate::diagnose::{
    Also, Answer, Answers, By, Confidence, Contrast, Diagnosis, Difference, Dimension, Happened, Happening,
    JudgedHeader, JudgedResult, Light, Measured, Outline, OutlineAnswer, OutlineNode, OutlineRemedy,
    OutlineStep, Portion, Probe, Remedy, Step, Sure, Takes, TreeLine, Unit, Written,
};
pub use crate::parse::bounce::NoBounce;
pub use crate::parse::{Form, form, messages};
pub use crate::record::{Entry, Folder, Key, PastSend, Record, RecordError, What as Did};
pub use alarms::{Alarmed, Alarms, Told, Turn};
pub use clocks::Skew;
pub use compare::{Change, Compared, Comparison, Line, Observed, ProviderLine, Side, Total, compare};
pub use complaints::{Complaining, ComplaintsAt};
pub use detect::{Rehearsal, Rehearsed};
pub use explain::{Asked, Explainer, Explanation};
pub use filter::{Completes, Filter, FilterError, Place, PutTo, Saved};
pub use handle::{Handle, Play, Publisher, handle};
pub use input::Input;
pub use keeper::Keeper;
pub use ledger::{Figure, Ledger};
pub use onward::{Onward, read_on};
pub use pages::{LinePlace, LogAttempt, LogLine, LogSays, Logs, Order, Page, Paging, Sought, Wish};
pub use pasted::{Answered, Bounced, Pasted};
pub use player::{Replay, begins, replay};
pub use raw::raw;
pub use replies::replies;
pub use run::{RunError, follow, read_all};
pub use sends::{Earlier, FEWEST, Over, SendAt, SendView};
pub use setup::{Own, Setup, built_in_trees, tree_failures};
pub use snapshot::{
    Board, Bounds, Cell, Column, Estimated, Gone, Lines, Mode, Playing, Puzzle, Row, Sample, Scope, Series,
    Signature, Snapshot, SourceView, Specimen, Totals,
};
pub use speed::Speed;
pub use stop::Stop;
pub use suppression::{Ask, Left, Refused, Suppressed, SuppressionError, is_of_addresses, suppression};
pub use trace::{
    Named, Progress, QueueId, QueueIdError, Searched, Traced, TracedAttempt, TracedLine, Tracer, Tracing,
    trace, with_rotated,
};
pub use whose::{Listing, Whose};
