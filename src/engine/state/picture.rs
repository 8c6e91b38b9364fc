//! The picture that the faces see.

use std::sync::Arc;

use super::State;
use crate::engine::clocks::Skew;
use crate::engine::detect;
use crate::engine::snapshot::{self, Mode, Picture, Snapshot, SourceView};
use crate::model::Moment;
use crate::text::Clean;

impl State {
    /// A picture of everything, with `now` as the end of every window.
    pub(in super::super) fn snapshot(
        &mut self,
        now: Moment,
        mode: Mode,
        sources: Vec<SourceView>,
        dialects: Vec<Clean>,
        pace: snapshot::Pace,
        complete_since: Option<Moment>,
    ) -> Snapshot {
        self.generation += 1;
        // Windows include now.
        self.detector.count(self.leaves.list(), &self.rings, &self.strands, now.plus_millis(1));
        let picture = Picture {
            leaves: self.leaves.list().to_vec(),
            rings: self.rings.clone(),
            echoes: self.echoes.clone(),
            sends: self.sends.kept(),
            past_sends: Arc::clone(&self.past_sends),
            samples: self.samples.clone(),
            reservoir: self.reservoir.clone(),
            strands: self.strands.clone(),
            complaints: self.complaints.clone(),
            values: snapshot::Values {
                sources: snapshot::Named(self.sources.names()),
                campaigns: snapshot::Named(self.campaigns.names()),
                hosts: snapshot::Named(self.hosts.names()),
            },
            names: self.parties.names(&self.knowledge),
            struck: self.detector.struck(),
            trees: Arc::clone(&self.trees),
            thresholds: self.detector.thresholds(),
        };
        let names =
            detect::Names { parties: &picture.names, sources: &self.sources, campaigns: &self.campaigns };
        let skew = self.clocks.skew(self.present);
        // Who follows looks for incidents up to the slowest host's time: so they stand as they did then.
        let held = skew.filter(|_| mode != Mode::Ended).map_or(0, |(.., by)| by);
        let incidents = detect::named(&self.detector, &names, now.plus_millis(-held));
        let notices = detect::noticed(&self.detector, &names);
        let host_tallies = self.hosts.rows();
        let named = host_tallies.iter().filter(|(name, _)| !name.is_empty());
        Snapshot {
            now,
            back_from: None,
            playing: None,
            mode,
            generation: self.generation,
            span: self.first.zip(self.rings.newest()),
            complete_since,
            hosts: named.map(|(name, _)| name.clone()).collect(),
            host_tallies,
            dialects,
            lines_per_second: pace.lines_per_second,
            lag: pace.lag,
            lines: self.lines,
            totals: self.totals,
            bounds: snapshot::Bounds {
                coarsened: self.leaves.coarsened(),
                dropped: self.leaves.dropped(),
                senders_missed: self.joins.missed(),
                senders_late: self.joins.dropped(),
                domains_merged: self.parties.merged(),
            },
            puzzling: self.puzzling.clone(),
            sources,
            tallies: self.sources.rows(),
            campaigns: self.campaigns.rows(),
            watched_until: self.detector.until(),
            skew: skew.map(|(slow, fast, by)| Skew {
                slow: self.hosts.name(slow),
                fast: self.hosts.name(fast),
                by,
            }),
            incidents,
            notices,
            picture: Arc::new(picture),
        }
    }
}
