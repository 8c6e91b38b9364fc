//! The play: servers and names are set up, mail is sent, and what the servers answered is folded.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::fold::{Expected, Message, outcome};
use super::names::{Names, mx_address};
use super::script::{At, DESTINATIONS, REFUSED, UNKNOWN};
use super::sink::{Ledger, Stage, listen};
use super::{INBOUND, Mta, SENDER_DOMAIN, compare};

/// One play at a time: the addresses are the same for all.
static STAGE: Mutex<()> = Mutex::new(());

/// A running MTA, the servers and names around it, and what these servers answer.
#[derive(Debug)]
pub(crate) struct Scene<M> {
    pub(crate) mta: M,
    pub(crate) ledger: Ledger,
    _names: Names,
    /// Where the MTA's files are.
    _dir: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

/// What was played: the MTA, stopped, with its log; and what the report on it must say.
#[derive(Debug)]
pub(crate) struct Played<M> {
    pub(crate) scene: Scene<M>,
    pub(crate) expected: Expected,
}

/// Sets the scene with the MTA that `start` starts in a folder; `None`, said on stderr, where
/// `FIVEFIFTY_E2E=1` does not ask for it.
pub(crate) fn scene<M: Mta>(name: &str, start: impl FnOnce(&Path) -> io::Result<M>) -> Option<Scene<M>> {
    if std::env::var_os("FIVEFIFTY_E2E").is_none_or(|asked| asked != "1") {
        let note =
            format!("{name}: SKIPPED: starts a real MTA as root; set FIVEFIFTY_E2E=1 (.ci/run does)\n");
        // Straight to stderr: the harness hides what a passing test prints.
        io::stderr().write_all(note.as_bytes()).unwrap();
        return None;
    }
    let alone = STAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let ledger = servers().clone();
    ledger.take();
    let dir = tempfile::Builder::new().prefix("ff-e2e-").tempdir().unwrap();
    let names = Names::start(dir.path()).unwrap();
    let mta = start(dir.path()).unwrap();
    Some(Scene { mta, ledger, _names: names, _dir: dir, _alone: alone })
}

/// The servers of the script, which listen as long as the test lives, and what they answer.
fn servers() -> &'static Ledger {
    static SERVERS: OnceLock<Ledger> = OnceLock::new();
    SERVERS.get_or_init(|| {
        let ledger = Ledger::default();
        let hosts = DESTINATIONS
            .iter()
            .flat_map(|destination| destination.mx.iter().map(move |mx| (mx, destination)));
        for (index, (mx, destination)) in hosts.enumerate() {
            listen(&mx_address(index), mx, destination, &ledger).expect("port 25 on a loopback address");
        }
        ledger
    })
}

/// Plays everything with the MTA that `start` starts in a folder; `None` where nobody asks for it.
/// `FIVEFIFTY_E2E_KEEP=DIR` keeps the log and the record.
pub(crate) fn play<M: Mta>(name: &str, start: impl FnOnce(&Path) -> io::Result<M>) -> Option<Played<M>> {
    let scene = scene(name, start)?;
    let (mta, ledger) = (&scene.mta, &scene.ledger);

    let messages = messages();
    for (sender, message) in &messages {
        mta.send(sender, &message.recipients).unwrap();
        if message.number % 20 == 0 {
            knock();
        }
    }
    let mut open: Vec<Message> = messages.into_iter().map(|(_, message)| message).collect();
    let sent = open.iter().map(|message| message.recipients.len()).sum::<usize>();
    let mut expected = Expected::default();
    let mut answered = 0;
    let mut stages = Vec::new();
    for round in 1..=2 {
        mta.round(round).unwrap();
        let records = ledger.take();
        answered += records.len();
        stages.extend(
            records.iter().filter(|record| outcome(record) != "delivered").map(|record| record.stage),
        );
        open = expected.add_round(mta, &open, &records);
    }
    mta.stop().unwrap();
    if let Some(keep) = std::env::var_os("FIVEFIFTY_E2E_KEEP") {
        let keep = Path::new(&keep);
        fs::copy(mta.log(), keep.join(format!("{name}.log"))).unwrap();
        fs::write(keep.join(format!("{name}.expected.json")), compare::record(&expected)).unwrap();
    }
    assert!(sent > 300 && answered > 300, "only {sent} recipients and {answered} answers");
    for stage in [Stage::Greeting, Stage::Hello, Stage::Mail, Stage::Recipient, Stage::Message] {
        assert!(stages.contains(&stage), "nobody was refused at {stage:?}");
    }
    Some(Played { scene, expected })
}

/// The messages: for every answer alone, with others beside it, and across providers.
fn messages() -> Vec<(String, Message)> {
    let mut messages = Vec::new();
    let mut add = |wish: &str, recipients: Vec<String>| {
        let number = u32::try_from(messages.len()).unwrap() + 1;
        messages.push((format!("{number}-{wish}@{SENDER_DOMAIN}"), Message { number, recipients }));
    };
    for destination in DESTINATIONS {
        let domain = destination.domain;
        let refuses = destination.mx.last().is_some_and(|mx| mx.greeting.is_some() || mx.hello.is_some());
        if refuses && destination.plain == 1 {
            add("plain", (0..3).map(|n| format!("reader-{n}@{domain}")).collect());
            continue;
        }
        for n in 0..destination.plain {
            add("plain", vec![format!("reader-{n}@{domain}")]);
        }
        for answer in destination.answers {
            let name = answer.name;
            let by_recipient = matches!(answer.at, At::Rcpt | At::RcptOnce);
            for n in 0..4 {
                let local = if by_recipient { name } else { "reader" };
                add(name, vec![format!("{local}-{name}{n}@{domain}")]);
            }
            let local = |n: usize| if by_recipient && n.is_multiple_of(2) { name } else { "reader" };
            add(name, (0..5).map(|n| format!("{}-{name}m{n}@{domain}", local(n))).collect());
        }
    }
    for n in 0..12 {
        let talking =
            DESTINATIONS.iter().filter(|d| d.mx.iter().all(|mx| mx.greeting.is_none() && mx.hello.is_none()));
        let recipients = talking.flat_map(|destination| {
            let refused = destination.answers.iter().find(|answer| answer.at == At::Rcpt);
            let refused = refused.map(|answer| format!("{}-across{n}@{}", answer.name, destination.domain));
            [Some(format!("reader-across{n}@{}", destination.domain)), refused].into_iter().flatten()
        });
        add("across", recipients.collect());
    }
    add("plain", vec![format!("reader@{}", REFUSED.0)]);
    add(
        "plain",
        vec![format!("one@{UNKNOWN}"), format!("two@{UNKNOWN}"), "reader-last@gmail.com".to_owned()],
    );
    messages
}

/// A stranger tries to relay through us: noise in the log, nothing of ours.
fn knock() {
    let mut stream = TcpStream::connect(INBOUND).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    for command in
        ["", "HELO stranger.example", "MAIL FROM:<x@spam.example>", "RCPT TO:<victim@gmail.com>", "QUIT"]
    {
        if !command.is_empty() {
            stream.write_all(format!("{command}\r\n").as_bytes()).unwrap();
        }
        lines.read_line(&mut line).unwrap();
    }
}
