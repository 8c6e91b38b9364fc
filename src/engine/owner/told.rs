//! What is told of the sources beside their figures: on standard error, and in `--log-file`.

use super::Owner;
use crate::engine::run::{News, lost};
use crate::source;

impl Owner {
    /// What a face without a screen says about an input, before it is heard.
    pub(in crate::engine) fn worth_saying(&self, news: &News) -> Option<String> {
        let (source, words) = match news {
            News::State { source, state, .. } => {
                let is_news = self.sources[*source].state.as_str() != state.to_string();
                (source, Some(state.to_string()).filter(|_| is_news && state.is_trouble()))
            }
            News::Lost { source, gap } => (source, Some(lost(gap))),
            News::Note { source, words } => (source, Some(words.clone())),
            News::Done { source, problem } => (source, problem.clone()),
            News::Batch(_)
            | News::Skipped { .. }
            | News::Files { .. }
            | News::Past { .. }
            | News::Present { .. }
            | News::Rotated { .. } => return None,
        };
        words.map(|words| format!("{}: {words}", self.sources[*source].name))
    }

    /// What is said of a source once it is read up to now and no MTA is known to write its lines.
    pub(in crate::engine) fn strange(&self, news: &News) -> Option<String> {
        let (News::State { source, caught_up: true, .. } | News::Done { source, .. }) = news else {
            return None;
        };
        let view = self.sources.get(*source).filter(|view| view.is_strange() && !self.caught_up[*source])?;
        let first = view.strange.first()?;
        Some(format!(
            "{}: no MTA is known to write lines like these; the first is: {first}\n\
             If you know whose log it is, say so with --log-format.",
            view.name
        ))
    }

    /// Writes down what became of a source, before it is heard. Lines are none of it.
    pub(super) fn write_down(&self, news: &News) {
        let name = |source: &usize| self.names[*source].as_str();
        match news {
            News::State { source, state, caught_up } => {
                // How far it is read changes with every look.
                let is_reading = matches!(state, source::State::Reading { .. });
                let is_known =
                    |last: &str| last == state.to_string() || is_reading && last.starts_with("reading");
                if is_known(&self.states[*source]) {
                } else if state.is_trouble() {
                    log::warn!(target: "source", "name={:?} trouble={:?}", name(source), state.to_string());
                } else {
                    log::info!(
                        target: "source",
                        "name={:?} state={:?} caught-up={caught_up}",
                        name(source),
                        state.to_string()
                    );
                }
            }
            News::Lost { source, gap } => {
                log::warn!(target: "source", "name={:?} lost={:?}", name(source), lost(gap));
            }
            News::Note { source, words } => {
                log::warn!(target: "source", "name={:?} note={words:?}", name(source));
            }
            News::Skipped { source, bytes } => {
                log::info!(target: "source", "name={:?} skipped-bytes={bytes}", name(source));
            }
            News::Files { source, files } => {
                log::info!(target: "source", "name={:?} files={files}", name(source));
            }
            News::Rotated { source } => {
                log::info!(target: "source", "name={:?} rotated=true", name(source));
            }
            News::Past { source, since, is_done: true, .. } => {
                let since = since.map(crate::model::Moment::rfc3339);
                log::info!(target: "source", "name={:?} history=read since={since:?}", name(source));
            }
            News::Done { source, problem: None } => {
                let view = &self.sources[*source];
                log::info!(
                    target: "source",
                    "name={:?} read=whole lines={} unparsed={}",
                    name(source),
                    view.lines,
                    view.unparsed
                );
            }
            News::Done { source, problem: Some(why) } => {
                log::error!(target: "source", "name={:?} trouble={why:?}", name(source));
            }
            News::Batch(_) | News::Past { .. } | News::Present { .. } => {}
        }
    }
}
