//! What a run is set up with: knowledge, ours and the operator's, and how lines are to be read.

use std::path::Path;
use std::sync::Arc;

use super::run::RunError;
use crate::classify;
use crate::diagnose::{self, incident::Thresholds};
use crate::model::{Moment, Zone};
use crate::parse::{Clock, Dialect, Formats, Parser};
use crate::record::PastSend;

/// Knowledge and limits of a run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Providers, lists and rules.
    pub knowledge: Arc<classify::Knowledge>,
    /// Trees, remedies, checklists.
    pub trees: Arc<diagnose::Knowledge>,
    /// Maps of JSON records.
    pub formats: Arc<Formats>,
    /// Whose lines all lines are, where the operator says so.
    only: Option<Dialect>,
    /// Zones of stamps that name none: of the logs that match, or of all; the later ones win.
    zones: Vec<(Option<glob::Pattern>, Zone)>,
    /// What incidents are measured against.
    pub thresholds: Thresholds,
    /// Attempts before this are not counted.
    pub since: Option<Moment>,
    /// Attempts from this on are not counted.
    pub until: Option<Moment>,
    /// Sends of which the logs may be gone, to put beside those of now.
    pub past_sends: Arc<Vec<PastSend>>,
}

/// Knowledge of the operator's own: pairs of file name and content.
#[derive(Copy, Clone, Debug, Default)]
pub struct Own<'a> {
    /// Rows of providers.
    pub providers: &'a [(String, String)],
    /// Rules.
    pub rules: &'a [(String, Vec<u8>)],
    /// Maps of JSON records.
    pub formats: &'a [(String, String)],
    /// Trees.
    pub trees: &'a [(String, Vec<u8>)],
}

impl Setup {
    /// The knowledge inside the binary, no limits.
    ///
    /// # Errors
    /// When it is broken, which a test rules out.
    pub fn embedded() -> Result<Self, RunError> {
        Self::with(Own::default())
    }

    /// The knowledge inside the binary and the operator's own.
    ///
    /// # Errors
    /// Names the file, the place in it and what is wrong.
    pub fn with(own: Own<'_>) -> Result<Self, RunError> {
        let providers = pairs(own.providers);
        let rules = bytes(own.rules);
        // Samples are tried where there is something of the operator's to try.
        let knowledge = if providers.is_empty() && rules.is_empty() {
            classify::Knowledge::embedded()
        } else {
            classify::Knowledge::with_own(classify::Own { providers: &providers, rules: &rules })
        };
        let trees = match own.trees {
            [] => diagnose::Knowledge::embedded(),
            trees => diagnose::Knowledge::with_own(&bytes(trees)),
        };
        // Mistakes in one kind of file hide none in another.
        let (knowledge, trees) = match (knowledge, trees) {
            (Ok(knowledge), Ok(trees)) => (knowledge, trees),
            (Err(one), Err(other)) => return Err(one.and(other).into()),
            (Err(wrong), Ok(_)) | (Ok(_), Err(wrong)) => return Err(wrong.into()),
        };
        if !own.trees.is_empty() {
            let known: Vec<&str> = knowledge.providers().iter().map(|row| row.id.as_str()).collect();
            let unknown = trees.unknown_providers(&known);
            if !unknown.is_empty() {
                return Err(classify::KnowledgeError::new(unknown).into());
            }
        }
        let mut formats = Formats::embedded();
        for (name, text) in own.formats {
            formats = formats.with(name, text)?;
        }
        Ok(Self {
            knowledge: Arc::new(knowledge),
            trees: Arc::new(trees),
            formats: Arc::new(formats),
            only: None,
            zones: Vec::new(),
            thresholds: Thresholds::default(),
            since: None,
            until: None,
            past_sends: Arc::default(),
        })
    }

    /// Reads all lines as those of one kind of log.
    ///
    /// # Errors
    /// Names the kinds that are known.
    pub fn read_as(&mut self, id: &str) -> Result<(), String> {
        let Some(dialect) = self.formats.find(id) else {
            let known: Vec<&str> = self.formats.ids().collect();
            return Err(format!(
                "`{id}` is no log format that is known here; those are {}",
                known.join(", ")
            ));
        };
        self.only = Some(dialect);
        Ok(())
    }

    /// Sets the zone of stamps that name none: `ZONE` for all logs, `PATTERN=ZONE` for some.
    ///
    /// # Errors
    /// Says which part is wrong.
    pub fn set_zone(&mut self, text: &str) -> Result<(), String> {
        let (pattern, zone) = match text.rsplit_once('=') {
            Some((pattern, zone)) => {
                let wrong = |error| format!("`{pattern}` is no pattern of paths: {error}");
                (Some(glob::Pattern::new(pattern).map_err(wrong)?), zone)
            }
            None => (None, text),
        };
        self.zones.push((pattern, zone.parse()?));
        Ok(())
    }

    /// The zone of the log at `path`: of a pattern that matches it or a folder that it is in, else
    /// the general one.
    fn zone_of(&self, path: &Path) -> Zone {
        // Named from the folder that the program was started in, it is the same log.
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let is_of = |pattern: &glob::Pattern| {
            let paths = path.ancestors().chain(whole.ancestors());
            paths.filter(|path| !path.as_os_str().is_empty()).any(|path| pattern.matches_path(path))
        };
        let of = |named: bool| {
            let matches = |pattern: &Option<glob::Pattern>| match pattern {
                Some(pattern) => named && is_of(pattern),
                None => !named,
            };
            self.zones.iter().rev().find(|(pattern, _)| matches(pattern)).map(|(_, zone)| *zone)
        };
        of(true).or_else(|| of(false)).unwrap_or(Zone::Local)
    }

    /// A parser for the log at `path`, whose lines are not younger than `reference` by more than a
    /// day.
    pub(super) fn parser(&self, path: &Path, reference: Moment) -> Parser {
        Parser::new(self.clock(path, reference), Arc::clone(&self.formats)).only(self.only)
    }

    /// A clock for the stamps of such a log.
    pub(super) fn clock(&self, path: &Path, reference: Moment) -> Clock {
        Clock::in_zone(reference, self.zone_of(path))
    }
}

/// Everything that is wrong with the trees inside the binary: nothing.
#[must_use]
pub fn tree_failures() -> Vec<classify::Remark> {
    diagnose::Knowledge::failures()
}

/// The trees inside the binary as they are written.
///
/// # Errors
/// When they cannot be read, which a test rules out.
pub fn built_in_trees() -> Result<diagnose::Outline, classify::KnowledgeError> {
    Ok(diagnose::Knowledge::embedded()?.outline())
}

fn pairs(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect()
}

fn bytes(files: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    files.iter().map(|(name, text)| (name.as_str(), text.as_slice())).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::path::Path;

    use super::{Own, Setup};
    use crate::model::Moment;

    #[test]
    fn the_zone_of_a_pattern_wins_over_the_general_one_and_the_later_over_the_earlier() {
        let mut setup = Setup::embedded().unwrap();
        let here = format!("{}/here.log=+03:00", std::env::current_dir().unwrap().display());
        for zone in
            [&here, "/srv/pmta=+04:00", "/var/log/exim4/*=UTC", "+02:00", "/var/log/exim4/special=+05:00"]
        {
            setup.set_zone(zone).unwrap();
        }
        let hour = |path: &str| {
            let mut parser = setup.parser(Path::new(path), Moment::from_seconds(1_795_000_000));
            let line = b"2026-11-18 12:00:00 mx postfix/qmgr[1]: AB12CD34: from=<a@b>, size=1, nrcpt=1 (queue active)";
            parser.moment(line).unwrap().rfc3339()[11..13].to_owned()
        };
        assert_eq!([hour("/var/log/exim4/mainlog"), hour("/var/log/mail.log")], ["12", "10"]);
        assert_eq!(hour("/var/log/exim4/special"), "07");
        assert_eq!(hour("/srv/pmta/acct-1.csv"), "08", "a file of a folder");
        assert_eq!(hour("here.log"), "09", "named from where the program was started");
        assert!(setup.set_zone("/x=Mars").unwrap_err().contains("Mars"));
        assert!(setup.set_zone("[=UTC").unwrap_err().contains("pattern"));
    }

    #[test]
    fn an_unknown_format_names_the_known_ones() {
        let mut setup = Setup::embedded().unwrap();
        assert!(setup.read_as("exim").is_ok());
        let told = setup.read_as("lotus").unwrap_err();
        assert!(told.contains("postfix") && told.contains("kumomta"), "{told}");
    }

    #[test]
    fn a_wrong_file_of_the_operators_is_named() {
        let files = [("/x/providers.toml".to_owned(), "[[provider]]\nid = 5".to_owned())];
        let told = Setup::with(Own { providers: &files, ..Own::default() }).unwrap_err().to_string();
        assert!(told.contains("/x/providers.toml"), "{told}");
    }
}
