//! What comes out of the console: the documents of `export`, made for its preview and written into
//! the operator's folder.

use std::fs::{self, DirBuilder, File};
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use tempfile::TempDir;

use super::export::{self, Document};
use super::inputs::inputs;
use crate::engine::{self, Input, Setup};
use crate::report::{self, About, Form, Given, ListForm};
use crate::text::Clean;
use crate::ui;

/// Lines of a list that the preview shows; all are written.
const PREVIEW: usize = 2_000;
/// Names that are tried for a file before it is given up: what is there is never replaced.
const NAMES: u32 = 99;

/// One row of the menu.
const fn kind(id: &'static str, name: &'static str, about: &'static str) -> ui::Kind {
    ui::Kind { id, name, about, of_incident: true, of_provider: false, redacts: true, reads: false }
}

/// A document about an incident, or about a provider without one.
const fn provided(id: &'static str, name: &'static str, about: &'static str) -> ui::Kind {
    ui::Kind { of_provider: true, ..kind(id, name, about) }
}

/// The suppression list in a form.
const fn list(id: &'static str, name: &'static str, about: &'static str) -> ui::Kind {
    ui::Kind { of_incident: false, redacts: false, reads: true, ..kind(id, name, about) }
}

/// The menu.
const KINDS: [ui::Kind; 12] = [
    kind(
        "report.md",
        "Incident report",
        "Markdown: what, where, since when, the strings, what changed, timeline",
    ),
    kind("report.json", "Incident report, JSON", "the same for programs"),
    provided(
        "hold.txt",
        "Hold or throttle",
        "how your MTA holds this provider's mail: to read and copy, never run here",
    ),
    list(
        "suppression.csv",
        "Suppression list, CSV",
        "addresses whose own replies blame the address, and no other",
    ),
    list(
        "suppression.jsonl",
        "Suppression list, JSON lines",
        "the same for programs, with reply, time and rule",
    ),
    list("suppression.txt", "Suppression list, plain", "nothing but the addresses, one a line"),
    provided("microsoft.md", "Delisting, Microsoft", "every field of their form that logs can fill"),
    provided("spamhaus.md", "Delisting, Spamhaus", "what they ask for, once the cause is gone"),
    provided("yahoo.md", "Dossier, Yahoo", "for their sender support"),
    provided("apple.md", "Dossier, Apple", "for icloudadmin@apple.com"),
    provided("gmail.md", "Dossier, Gmail", "for their form, where you are compliant"),
    provided("generic.md", "Dossier, any postmaster", "exact replies with times, volumes, what was fixed"),
];

/// Makes and writes what comes out.
#[derive(Debug)]
pub(super) struct Outgoing {
    /// What was named to be read.
    paths: Vec<String>,
    setup: Setup,
    folder: PathBuf,
    /// The list that was made last, whole.
    list: Mutex<Option<TempDir>>,
}

impl Outgoing {
    /// For a console on `paths`; files go into `folder`, which is made when the first is written.
    pub(super) fn new(paths: Vec<String>, setup: Setup, folder: PathBuf) -> Self {
        Self { paths, setup, folder, list: Mutex::new(None) }
    }

    fn document(wanted: &ui::Wanted) -> anyhow::Result<ui::Document> {
        let about = match (&wanted.incident, &wanted.scope.provider) {
            (Some(incident), _) => About::Incident(incident),
            (None, Some(provider)) if wanted.kind.of_provider => About::Provider(provider),
            (None, _) if wanted.kind.of_provider => {
                anyhow::bail!("no incident and no provider is selected: Enter on a row opens one")
            }
            (None, _) => anyhow::bail!("no incident is selected: i goes to one, I to those that are over"),
        };
        let what = match wanted.kind.id {
            "report.md" => Document::Incident(Form::Markdown),
            "report.json" => Document::IncidentJson,
            "hold.txt" => Document::Hold(None, Form::Text),
            other => Document::Dossier(other.trim_end_matches(".md").to_owned(), Form::Markdown),
        };
        let given = Given { answers: wanted.answers.clone(), entries: wanted.entries.clone() };
        let text = export::document(&what, &wanted.snapshot, about, &given, wanted.redact)?;
        let mut remarks = Vec::new();
        if let (Document::Dossier(whom, _), About::Incident(incident)) = (&what, about)
            && !report::fits(whom, incident)?
        {
            remarks.push("This is not whom the incident is at: read it twice before you send it.".to_owned());
        }
        let id = match about {
            About::Incident(incident) => incident.id.to_string(),
            About::Provider(provider) => format!("{provider}-{}", wanted.at.compact()),
        };
        let (at, is_back) = (wanted.snapshot.now.date_zone(), wanted.snapshot.back_from.is_some());
        let text = match wanted.kind.id {
            "report.json" | "hold.txt" => text,
            _ if is_back => format!("{text}\nAs it stood at {at}.\n"),
            _ => text,
        };
        if is_back {
            remarks.push(format!("The picture is that of {at}, and so is the document."));
        }
        let name = match wanted.kind.id {
            "report.md" => format!("{id}.md"),
            "report.json" => format!("{id}.json"),
            other => format!("{id}-{other}"),
        };
        Ok(ui::Document { name: file_name(&name), text, more: 0, remarks })
    }

    /// Reads the logs again, and keeps the whole list beside its beginning.
    fn suppression(&self, wanted: &ui::Wanted, making: &ui::Making) -> anyhow::Result<ui::Document> {
        let form = match wanted.kind.id {
            "suppression.jsonl" => ListForm::Jsonl,
            "suppression.txt" => ListForm::Plain,
            _ => ListForm::Csv,
        };
        let named: Vec<String> = self.paths.iter().filter(|path| *path != "-").cloned().collect();
        anyhow::ensure!(
            named.len() == self.paths.len(),
            "standard input cannot be read again: name the files, or make the list with `fivefifty export suppression`"
        );
        let (inputs, _) = inputs(&named, std::convert::identity)?;
        // What was rotated away lately was counted, too.
        let (files, others): (Vec<Input>, Vec<Input>) =
            inputs.into_iter().partition(|input| matches!(input, Input::File(_)));
        let files: Vec<PathBuf> = files.iter().flat_map(Input::paths).collect();
        let inputs = engine::with_rotated(&files).into_iter().map(Input::File).chain(others).collect();
        let folder =
            tempfile::Builder::new().prefix("fivefifty-list-").tempdir().context("no temporary folder")?;
        let path = folder.path().join("list");
        let mut tell = |_: &str, lines: u64| making.tell(lines);
        // A picture of the past, or of a log that is played, has what was logged by then.
        let is_of_then = wanted.snapshot.back_from.is_some() || wanted.snapshot.playing.is_some();
        let back = is_of_then.then_some(wanted.snapshot.now);
        let mut setup = self.setup.clone();
        setup.until = back.or(setup.until);
        let mut remarks =
            export::suppression_list((&path, false), form, inputs, &setup, false, making.stop(), &mut tell)?;
        anyhow::ensure!(!making.is_given_up(), "it was given up");
        remarks.extend(back.map(|at| format!("Only what was logged before {}.", at.date_zone())));
        let (mut text, mut more) = (String::new(), 0);
        let lines = BufReader::new(File::open(&path)?).lines();
        for (at, line) in lines.enumerate() {
            let line = line.context("the list cannot be read again")?;
            if at < PREVIEW {
                text.extend([line.as_str(), "\n"]);
            } else {
                more += 1;
            }
        }
        *self.list.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder);
        let stamp = wanted.at.compact();
        let end = wanted.kind.id.trim_start_matches("suppression");
        Ok(ui::Document { name: file_name(&format!("suppression-{stamp}{end}")), text, more, remarks })
    }

    /// Puts the list that was made last at `path`, whole or not at all, for the operator's eyes only.
    fn put_list(&self, path: &Path) -> anyhow::Result<()> {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let made = list.as_ref().context("the list is gone: make it again")?;
        let mut from = File::open(made.path().join("list")).context("the list cannot be read again")?;
        let cannot = || format!("{}: cannot be written", Clean::path(path));
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).with_context(cannot)?;
        io::copy(&mut from, &mut file).and_then(|_| file.as_file().sync_all()).with_context(cannot)?;
        file.persist_noclobber(path).map_err(|failed| failed.error).with_context(cannot)?;
        Ok(())
    }
}

impl ui::Exports for Outgoing {
    fn kinds(&self) -> Vec<ui::Kind> {
        KINDS.to_vec()
    }

    fn folder(&self) -> String {
        let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
        let under =
            home.and_then(|home| Some(format!("~/{}", Clean::path(self.folder.strip_prefix(home).ok()?))));
        under.unwrap_or_else(|| Clean::path(&self.folder).to_string())
    }

    fn make(&self, wanted: &ui::Wanted, making: &ui::Making) -> Result<ui::Document, String> {
        let made = if wanted.kind.reads { self.suppression(wanted, making) } else { Self::document(wanted) };
        made.map_err(|why| format!("{why:#}")).inspect_err(|why| {
            log::warn!(target: "export", "kind={:?} not-made={why:?}", wanted.kind.id);
        })
    }

    fn write(&self, wanted: &ui::Wanted, document: &ui::Document) -> Result<PathBuf, String> {
        let written = || {
            let folder = &self.folder;
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .with_context(|| format!("{}: cannot make this folder", Clean::path(folder)))?;
            let path =
                free(folder, &document.name).context("there are too many files of this name already")?;
            if wanted.kind.reads {
                self.put_list(&path)?;
            } else {
                export::keep(&document.text, &path, false)?;
            }
            Ok(path)
        };
        let written = written().map_err(|why: anyhow::Error| format!("{why:#}"));
        match &written {
            Ok(path) => log::info!(target: "export", "kind={:?} path={path:?}", wanted.kind.id),
            Err(why) => log::error!(target: "export", "kind={:?} trouble={why:?}", wanted.kind.id),
        }
        written
    }
}

/// A path in `folder` at which nothing is: `name`, else with a number before its end.
fn free(folder: &Path, name: &str) -> Option<PathBuf> {
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, "txt"));
    let named = (2..=NAMES).map(|number| format!("{stem}-{number}.{end}"));
    std::iter::once(name.to_owned())
        .chain(named)
        .map(|name| folder.join(name))
        .find(|path| fs::symlink_metadata(path).is_err())
}

/// A name that is one on every file system, and no path: what is no letter, digit, `-`, `_` or point
/// becomes `_`.
fn file_name(name: &str) -> String {
    let plain = |sign: char| if sign.is_ascii_alphanumeric() || "-_.".contains(sign) { sign } else { '_' };
    let name: String = Clean::from(name).chars().map(plain).collect();
    let (stem, end) = name.rsplit_once('.').unwrap_or((&name, "txt"));
    format!("{}.{end}", stem.get(..stem.len().min(120)).unwrap_or_default().trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot start should fail")]

    use std::sync::Arc;

    use super::{Outgoing, file_name, free};
    use crate::engine::{self, Input, Scope, Setup};
    use crate::model::Moment;
    use crate::ui::{Exports as _, Making, Wanted};

    #[test]
    fn a_name_is_no_path_and_no_file_is_replaced() {
        assert_eq!(file_name("source:192.0.2.7/../x-20261120.md"), "source_192.0.2.7_.._x-20261120.md");
        assert_eq!(file_name("..md"), ".md");
        let folder = tempfile::tempdir().unwrap();
        for expected in ["a.md", "a-2.md", "a-3.md"] {
            let path = free(folder.path(), "a.md").unwrap();
            assert_eq!(path, folder.path().join(expected));
            std::fs::write(path, "x").unwrap();
        }
    }

    /// A log with ten addresses that do not exist and one refusal that is the sender's fault.
    fn log(folder: &std::path::Path) -> std::path::PathBuf {
        let mut text = String::new();
        for at in 0..10 {
            text.push_str(&format!(
                "2026-11-20T14:00:{at:02}Z mx1 postfix/smtp[7]: 4Xz1Qb0L{at:07}: to=<gone{at}@gmail.com>, \
                 relay=gmail-smtp-in.l.google.com[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced \
                 (host gmail-smtp-in.l.google.com[192.0.2.9] said: 550-5.1.1 The email account that you tried to \
                 reach does not exist. https://support.google.com/mail/?p=NoSuchUser - gsmtp (in reply to RCPT TO command))\n"
            ));
        }
        let path = folder.join("mail.log");
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn the_list_is_previewed_then_written_whole_and_a_report_needs_an_incident() {
        let folder = tempfile::tempdir().unwrap();
        let path = log(folder.path());
        let setup = Setup::embedded().unwrap();
        let read = engine::read_all(vec![Input::File(path.clone())], &setup, &mut |_, _| ()).unwrap();
        let out = Outgoing::new(vec![path.display().to_string()], setup, folder.path().join("exports"));
        let wanted = |id: &str| Wanted {
            kind: *super::KINDS.iter().find(|kind| kind.id == id).unwrap(),
            snapshot: Arc::new(
                engine::read_all(vec![Input::File(path.clone())], &out.setup, &mut |_, _| ()).unwrap(),
            ),
            scope: Scope::default(),
            incident: None,
            answers: engine::Answers::new(),
            entries: Vec::new(),
            redact: true,
            at: Moment::from_seconds(1_795_185_127),
        };
        drop(read);
        let list = wanted("suppression.txt");
        let document = out.make(&list, &Making::default()).unwrap();
        assert_eq!(document.text.lines().count(), 10, "{}", document.text);
        assert!(!document.remarks.is_empty());
        let first = out.write(&list, &document).unwrap();
        let second = out.write(&list, &document).unwrap();
        assert_ne!(first, second, "nothing is replaced");
        assert_eq!(std::fs::read_to_string(first).unwrap(), document.text);
        let refused = out.make(&wanted("report.md"), &Making::default()).unwrap_err();
        assert!(refused.contains("no incident is selected"), "{refused}");
    }
}
