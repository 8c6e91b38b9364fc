//! A provider turns away in the middle of live traffic: what `watch`, the exports and the console
//! make of the MTA's own log, rotated twice meanwhile, must be what the servers answered.

pub(crate) mod console;
pub(crate) mod documents;
pub(crate) mod rotation;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::mta::fold::outcome;
use crate::mta::play::{Scene, scene};
use crate::mta::sink::{Record, Stage};
use crate::mta::{Mta, SENDER_DOMAIN};

/// The provider that turns away, its domain, its MX host, and the answer of the script that it gives.
const PROVIDER: &str = "gmail";
const DOMAIN: &str = "gmail.com";
const HOST: &str = "gmail-smtp-in.l.google.com";
const ANSWER: &str = "iprep";

/// Domains that go on taking mail.
const OTHERS: [&str; 2] = ["hotmail.com", "icloud.com"];

/// Every message has one recipient whose name holds this.
const MARK: &str = "zqlive";

/// An MTA that delivers while its log is watched.
pub(crate) trait Lively: Mta {
    /// Hands a message to it that it is to deliver now.
    fn deliver(&self, sender: &str, recipients: &[String]) -> io::Result<()> {
        self.send(sender, recipients)
    }

    /// Returns when nothing that was to be delivered is on its way.
    fn settle(&self) -> io::Result<()> {
        self.round(1)
    }

    /// The shell command that makes it open its log anew after a rotation; empty where it does so
    /// by itself.
    fn postrotate(&self) -> String;
}

/// A running MTA with traffic, and what the servers answered it.
pub(crate) struct Live<M> {
    pub(crate) scene: Scene<M>,
    /// The operator's own: state, settings.
    folder: tempfile::TempDir,
    sent: u32,
    /// Answers until the provider turned away, and since then.
    pub(crate) before: Vec<Record>,
    pub(crate) since: Vec<Record>,
}

/// Plays it with the MTA that `start` starts: calm, rotation, incident before the eyes of an
/// operator, rotation, documents. `None` where nobody asks for it.
pub(crate) fn play<M: Lively>(name: &str, start: impl FnOnce(&Path) -> io::Result<M>) -> Option<Live<M>> {
    let scene = scene(name, start)?;
    let mut live =
        Live { scene, folder: tempfile::tempdir().unwrap(), sent: 0, before: Vec::new(), since: Vec::new() };
    live.calm(150);
    let mut console = console::open(&live);
    live.rotate(|live| live.calm(50));
    live.settle();
    live.before = live.scene.ledger.take();
    // A second of its own for each.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    console.until_it_tells(&mut live);
    live.rotate(|live| live.strike(20));
    live.strike(20);
    live.settle();
    live.hear();
    console.shows_what_was_refused(&live);
    console.quit();
    live.keep(name);
    assert_eq!(live.logs().len(), 3, "the log was rotated twice, and packed once");
    documents::agree(&live);
    Some(live)
}

impl<M: Lively> Live<M> {
    /// Where `FIVEFIFTY_E2E_KEEP=DIR` asks for it, keeps the log's files there.
    pub(crate) fn keep(&self, name: &str) {
        let Some(keep) = std::env::var_os("FIVEFIFTY_E2E_KEEP") else { return };
        let log = self.scene.mta.log().display().to_string();
        for file in self.logs() {
            let end = file.display().to_string().replace(&log, "");
            std::fs::copy(&file, Path::new(&keep).join(format!("{name}.log{end}"))).unwrap();
        }
    }

    /// Sends to all, with a little churn.
    fn calm(&mut self, messages: u32) {
        for n in 0..messages {
            let (name, domain) = match n {
                20 => ("nosuch", DOMAIN),
                30 => ("full", DOMAIN),
                40 => ("gone", "hotmail.com"),
                60 => ("nouser", "icloud.com"),
                _ if n % 5 < 3 => ("reader", DOMAIN),
                _ => ("reader", OTHERS[n as usize % OTHERS.len()]),
            };
            self.send("plain", name, domain);
        }
    }

    /// Sends to all, while the provider refuses most, and user-unknown goes on as ever.
    fn strike(&mut self, messages: u32) {
        for n in 0..messages {
            let (wish, name, domain) = match n % 10 {
                6 if self.sent.is_multiple_of(4) => ("plain", "nosuch", DOMAIN),
                7 if self.sent.is_multiple_of(4) => ("plain", "gone", OTHERS[0]),
                5 | 6 => ("plain", "reader", DOMAIN),
                0..=4 => (ANSWER, "reader", DOMAIN),
                n => (ANSWER, "reader", OTHERS[n as usize % OTHERS.len()]),
            };
            self.send(wish, name, domain);
        }
    }

    /// A message with a wish to a recipient who is named after an answer, and never named again.
    pub(crate) fn send(&mut self, wish: &str, name: &str, domain: &str) -> String {
        self.sent += 1;
        let number = self.sent;
        let recipient = format!("{name}-{MARK}{number}@{domain}");
        self.scene
            .mta
            .deliver(&format!("{number}-{wish}@{SENDER_DOMAIN}"), std::slice::from_ref(&recipient))
            .unwrap();
        recipient
    }

    /// Takes in what the servers answered meanwhile.
    pub(crate) fn hear(&mut self) {
        self.since.extend(self.scene.ledger.take());
    }

    /// Waits until nothing is on its way.
    pub(crate) fn settle(&self) {
        self.scene.mta.settle().unwrap();
    }

    /// The log's files, the newest first.
    pub(crate) fn logs(&self) -> Vec<PathBuf> {
        let log = self.scene.mta.log();
        let rotated = ["", ".1", ".2.gz"].map(|end| PathBuf::from(format!("{}{end}", log.display())));
        rotated.into_iter().filter(|path| path.exists()).collect()
    }

    /// What the program says.
    pub(crate) fn ask(&self, arguments: &[&str], logs: &[PathBuf]) -> Output {
        let folder = self.folder.path();
        Command::new(env!("CARGO_BIN_EXE_fivefifty"))
            .args(arguments)
            .args(logs)
            .env_clear()
            .env("TZ", "UTC")
            .env("XDG_CONFIG_HOME", folder)
            .env("XDG_STATE_HOME", folder.join("state"))
            .output()
            .unwrap()
    }

    /// What it says when all goes well.
    pub(crate) fn told(&self, arguments: &[&str]) -> String {
        let output = self.ask(arguments, &self.logs());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Attempts at the provider since it turned away, as its servers saw them.
    pub(crate) fn attempts(&self) -> usize {
        self.since.iter().filter(|record| record.host == HOST).count()
    }

    /// Those that they refused for our sake: after the message; who does not exist is refused before.
    pub(crate) fn refused(&self) -> usize {
        let refused = |record: &&Record| {
            record.host == HOST && record.stage == Stage::Message && outcome(record) == "rejected"
        };
        self.since.iter().filter(refused).count()
    }

    /// Recipients who do not exist, as all servers said it.
    fn unknown_users(&self) -> Vec<String> {
        let gone = |record: &&Record| record.stage == Stage::Recipient && outcome(record) == "rejected";
        let records = self.before.iter().chain(&self.since).filter(gone);
        let mut recipients: Vec<String> = records.filter_map(|record| record.recipient.clone()).collect();
        recipients.sort();
        recipients
    }
}
