//! A writer that appends lines as a busy Postfix does.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two writes.
const BEAT: Duration = Duration::from_millis(10);

/// Domain and the host that answers for it.
const RECEIVERS: [(&str, &str); 10] = [
    ("gmail.com", "gmail-smtp-in.l.google.com[192.0.2.9]:25"),
    ("outlook.com", "outlook-com.olc.protection.outlook.com[192.0.2.10]:25"),
    ("yahoo.com", "mta7.am0.yahoodns.net[192.0.2.11]:25"),
    ("icloud.com", "mx01.mail.icloud.com[192.0.2.12]:25"),
    ("web.de", "mx-ha02.web.de[192.0.2.13]:25"),
    ("gmx.net", "mx00.emig.gmx.net[192.0.2.14]:25"),
    ("orange.fr", "smtp-in.orange.fr[192.0.2.15]:25"),
    ("comcast.net", "mx1a1.comcast.net[192.0.2.16]:25"),
    ("mail.ru", "mxs.mail.ru[192.0.2.17]:25"),
    ("example.net", "mx.example.net[192.0.2.18]:25"),
];

/// Of a thousand lines, so many end so.
const ENDS: [(u32, &str, &str, &str); 6] = [
    (930, "2.0.0", "sent", "250 2.0.0 OK"),
    (
        25,
        "4.7.0",
        "deferred",
        "host ‹host› said: 421 4.7.0 Try again later, closing connection. (in reply to MAIL FROM command)",
    ),
    (20, "5.1.1", "bounced", "host ‹host› said: 550 5.1.1 User unknown (in reply to RCPT TO command)"),
    (10, "5.2.2", "bounced", "host ‹host› said: 552 5.2.2 Mailbox full (in reply to RCPT TO command)"),
    (
        10,
        "5.7.1",
        "bounced",
        "host ‹host› said: 550-5.7.1 [198.51.100.7] Our system has detected that this message is likely 550-5.7.1 suspicious due to the very low reputation of the sending 550 5.7.1 IP address. z15-si1 - gsmtp (in reply to end of DATA command)",
    ),
    (
        5,
        "5.7.26",
        "bounced",
        "host ‹host› said: 550 5.7.26 This mail has been blocked because the sender is unauthenticated. (in reply to end of DATA command)",
    ),
];

/// A log that grows until this is dropped.
pub(crate) struct Flood {
    _folder: tempfile::TempDir,
    path: PathBuf,
    stop: Arc<AtomicBool>,
    writing: Option<JoinHandle<()>>,
}

impl Flood {
    /// Appends so many lines a second from now on.
    pub(crate) fn start(pace: u32) -> Self {
        let mut flood = Self::written(1);
        let (path, stop) = (flood.path.clone(), Arc::clone(&flood.stop));
        flood.writing = Some(std::thread::spawn(move || {
            let mut file = OpenOptions::new().append(true).open(path).unwrap();
            let (began, mut written) = (Instant::now(), 0u32);
            while !stop.load(Ordering::Relaxed) {
                let due = (began.elapsed().as_secs_f64() * f64::from(pace)) as u32;
                file.write_all(lines(written..due).as_bytes()).unwrap();
                written = due;
                std::thread::sleep(BEAT);
            }
        }));
        flood
    }

    /// A log of so many lines, to which none comes.
    pub(crate) fn written(count: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        File::create(&path).unwrap().write_all(lines(0..count).as_bytes()).unwrap();
        Self { _folder: folder, path, stop: Arc::default(), writing: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(writing) = self.writing.take() {
            let _ended = writing.join();
        }
    }
}

/// Lines, stamped now.
fn lines(numbers: std::ops::Range<u32>) -> String {
    let now = chrono::Utc::now().to_rfc3339();
    numbers.map(|number| line(number, &now)).collect()
}

fn line(number: u32, now: &str) -> String {
    // Neither falls into step with the other.
    let mixed = number.wrapping_mul(2_654_435_761) >> 8;
    let (domain, relay) = RECEIVERS[(mixed % 10).min(mixed / 10 % 10) as usize];
    let mut share = mixed / 100 % 1_000;
    let (_, dsn, status, reply) = ENDS
        .into_iter()
        .find(|(of, ..)| {
            share < *of || {
                share -= of;
                false
            }
        })
        .unwrap_or(ENDS[0]);
    let reply = reply.replace("‹host›", relay.trim_end_matches(":25"));
    format!(
        "{now} mx1 postfix/smtp[7]: 4Xz1Q{number:08}: to=<u{number}@{domain}>, relay={relay}, delay=1, \
         delays=0/0/0/1, dsn={dsn}, status={status} ({reply})\n"
    )
}
