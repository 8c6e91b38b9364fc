//! Scenarios: `fixtures/incidents/NAME/` holds what was played (`scenario.toml`), the log that an MTA
//! would have written of it (`*.log.gz`, made by [`make`] and [`logs`]), and what the program must find
//! in that log (`expected.toml`).
//!
//! `cargo run --example scenarios` writes the logs anew.

pub(crate) mod expected;
pub(crate) mod judge;
pub(crate) mod live;
pub(crate) mod logs;
pub(crate) mod make;
pub(crate) mod plan;
pub(crate) mod seen;
pub(crate) mod time;
pub(crate) mod words;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use make::Tried;
use plan::{Plan, Receivers};

/// A scenario and its folder.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub folder: PathBuf,
    pub plan: Plan,
    receivers: Receivers,
}

impl Scenario {
    /// Reads `scenario.toml`; panics with what is wrong.
    pub(crate) fn open(name: &str) -> Self {
        let folder = incidents().join(name);
        let plan: Plan = plan::read(&folder.join("scenario.toml"));
        let receivers: Receivers = plan::read(&incidents().join("receivers.toml"));
        plan.check(&receivers);
        Self { folder, plan, receivers }
    }

    /// Every attempt of the play.
    pub(crate) fn play(&self) -> Vec<Tried<'_>> {
        make::play(&self.plan, &self.receivers)
    }

    /// The log that is in the repository.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(&self.plan.log)
    }

    /// What is to be found in it.
    pub(crate) fn expected(&self) -> expected::Expected {
        plan::read(&self.folder.join("expected.toml"))
    }
}

/// The names of all scenarios, in order.
pub(crate) fn names() -> Vec<String> {
    let entries = std::fs::read_dir(incidents()).expect("the folder of the scenarios");
    let folders = entries.flatten().filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn incidents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents")
}

/// Unpacks a log.
pub(crate) fn unpack(path: &Path) -> String {
    let file = std::fs::File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    GzDecoder::new(file)
        .read_to_string(&mut text)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text
}
