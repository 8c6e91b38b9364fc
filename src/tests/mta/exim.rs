//! A real Exim in a root of its own: Debian's `exim4-daemon-light`, its own configuration, spool and
//! logs. It writes every line twice: to its main log, and to syslog, whose socket is the test's own.
//!
//! The messages of the first round are taken in groups, each with other things logged: what Exim
//! logs by default and the replies to deliveries; our side of the connection; everything.
//!
//! What Exim does not log, and where it says what the server did not:
//!
//! | what | in the log |
//! |---|---|
//! | recipients of a destination that just failed as a whole (refused to talk, dropped the connection) | `retry time not reached`: `suspended`, no attempt |
//! | a refusal of the connection or the greeting, a 4xx answer to MAIL, DATA or the message, a dropped connection: by any host, the last one too | one more line without recipient: `non_final` |
//! | a 5xx reply longer than 4 kB | deferred as malformed, with the server's code |
//! | a connection dropped or refused, a name that does not exist | an attempt without a code |
//! | the reply to a delivery | nothing, but for `+smtp_confirmation` |

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::hold::Holds;
use crate::live::Lively;
use crate::mta::sink::{Record, Stage};
use crate::mta::{INBOUND, Mta, SENDER_DOMAIN};
use crate::root::{Root, run};
use crate::syslog::Syslog;

/// What is logged of each group of messages.
const SELECTORS: [&str; 3] = [
    "+smtp_confirmation",
    "+smtp_confirmation +outgoing_interface +outgoing_port +millisec +deliver_time",
    "+all",
];

/// Groups of messages in the first round.
const GROUPS: usize = 24;

/// A running Exim.
#[derive(Debug)]
pub(crate) struct Exim {
    root: Root,
    log: PathBuf,
    syslog: Syslog,
    /// Listens for the noise of strangers.
    daemon: std::sync::Mutex<Child>,
}

impl Exim {
    pub(crate) fn start(dir: &Path) -> io::Result<Self> {
        const USER: (&str, u32) = ("Debian-exim", 101);
        let root = Root::copy(dir, "exim", &[USER])?;
        let syslog = Syslog::listen(&root.path("dev/log"), dir.join("syslog"))?;
        for folder in ["var/spool/exim4", "var/log/exim4", "run/exim4"] {
            fs::create_dir_all(root.path(folder))?;
            std::os::unix::fs::chown(root.path(folder), Some(USER.1), Some(USER.1))?;
        }
        configure(&root, SELECTORS[0])?;
        let daemon = root.command("/usr/sbin/exim4").arg("-bdf").stdin(Stdio::null()).spawn()?;
        let log = root.path("var/log/exim4/mainlog");
        let exim = Self { root, log, syslog, daemon: daemon.into() };
        let began = Instant::now();
        while TcpStream::connect(INBOUND).is_err() {
            if began.elapsed() > Duration::from_secs(10) {
                return Err(io::Error::other("Exim does not listen within ten seconds"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(exim)
    }

    /// The ids of the messages in the queue, the oldest first.
    fn queued(&self) -> io::Result<Vec<String>> {
        let mut ids = BTreeSet::new();
        for entry in fs::read_dir(self.root.path("var/spool/exim4/input"))? {
            let name = entry?.file_name();
            ids.extend(name.to_str().and_then(|name| name.strip_suffix("-H")).map(str::to_owned));
        }
        Ok(ids.into_iter().collect())
    }

    /// Hands a message over, to be delivered at once (`-odi`) or with the queue (`-odq`).
    fn submit(&self, when: &str, sender: &str, recipients: &[String]) -> io::Result<()> {
        let mut command = self.root.command("/usr/sbin/exim4");
        command.args([when, "-oi", "-f", sender, "--"]).args(recipients).stdin(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            write!(
                input,
                "From: <{sender}>\nTo: undisclosed-recipients:;\nSubject: news => 50%\n\nHello.\n"
            )?;
        }
        if child.wait()?.success() { Ok(()) } else { Err(io::Error::other("exim4 failed")) }
    }

    /// Runs what an operator would type, with this Exim in the place of the host's; what it says.
    fn shell(&self, script: &str) -> io::Result<String> {
        const PID: &str = "/run/exim4/exim.pid";
        let outside = |inside: &str| self.root.path(inside.trim_start_matches('/')).display().to_string();
        let folder = outside("bin");
        self.root.write(
            "bin/exim",
            &format!("#!/bin/sh\nexec chroot '{}' /usr/sbin/exim4 \"$@\"\n", outside("")),
        )?;
        fs::set_permissions(self.root.path("bin/exim"), fs::Permissions::from_mode(0o755))?;
        let mut bash = Command::new("bash");
        // `exim -bt` ends with 1 where it says "defer".
        bash.args(["-c", &script.replace(PID, &outside(PID))]);
        let output = run(bash.env("PATH", format!("{folder}:/usr/sbin:/usr/bin:/sbin:/bin")))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The same lines as syslog carried them.
    pub(crate) fn syslog(&self) -> &Path {
        self.syslog.file()
    }
}

impl Mta for Exim {
    fn log(&self) -> &Path {
        &self.log
    }

    fn send(&self, sender: &str, recipients: &[String]) -> io::Result<()> {
        self.submit("-odq", sender, recipients)
    }

    /// Nothing is delivered but by queue runs, which end when everything was tried.
    fn round(&self, number: usize) -> io::Result<()> {
        if number > 1 {
            return run(self.root.command("/usr/sbin/exim4").arg("-qff")).map(drop);
        }
        let ids = self.queued()?;
        for (group, ids) in ids.chunks(ids.len().div_ceil(GROUPS).max(1)).enumerate() {
            configure(&self.root, SELECTORS[group % SELECTORS.len()])?;
            if let [first, ..] = ids
                && let Some(last) = ids.last()
            {
                run(self.root.command("/usr/sbin/exim4").args(["-q", first, last]))?;
            }
        }
        Ok(())
    }

    fn stop(&self) -> io::Result<()> {
        if let Ok(mut daemon) = self.daemon.lock() {
            daemon.kill()?;
            daemon.wait()?;
        }
        self.syslog.stop()
    }

    fn longest_reply(&self) -> usize {
        4096
    }

    /// One line for each failure of a connection or of a message as a whole.
    fn non_final(&self, records: &[Record], _is_last: bool) -> u64 {
        let failures = records.iter().enumerate().filter(|(_, record)| match record.stage {
            Stage::Greeting | Stage::Hello => true,
            Stage::Recipient => false,
            Stage::Mail | Stage::Message => self.outcome(record) == "deferred",
        });
        // What was answered to a message is recorded for each of its recipients.
        let lines: BTreeSet<_> = failures.map(|(at, record)| record.message.ok_or(at)).collect();
        lines.len() as u64
    }

    fn refusals_are_lines(&self) -> bool {
        true
    }
}

impl Lively for Exim {
    fn deliver(&self, sender: &str, recipients: &[String]) -> io::Result<()> {
        self.submit("-odi", sender, recipients)
    }

    /// Every process of it looks whether the log is still the same file.
    fn postrotate(&self) -> String {
        String::new()
    }

    /// A delivery ends before `deliver` does.
    fn settle(&self) -> io::Result<()> {
        Ok(())
    }
}

impl Holds for Exim {
    fn hold(&self, blocks: &[String]) -> io::Result<()> {
        let [router, commands] = blocks else { return Err(io::ErrorKind::NotFound.into()) };
        let config = fs::read_to_string(self.root.path("etc/exim4/exim4.conf"))?;
        let config = config.replace("begin routers\n", &format!("begin routers\n{router}\n"));
        self.root.write("etc/exim4/exim4.conf", &config)?;
        let told = self.shell(commands)?;
        if told.matches("held until the cause is gone").count() != 2 {
            return Err(io::Error::other(format!("exim -bt does not say that it holds: {told}")));
        }
        Ok(())
    }

    fn slow(&self, blocks: &[String]) -> io::Result<()> {
        // Even who forces the queue does not get out what is held.
        run(self.root.command("/usr/sbin/exim4").arg("-qff"))?;
        let queue = self.queue()?;
        if !queue.contains("held-") {
            return Err(io::Error::other(format!("a forced run got it out: {queue}")));
        }
        let [router, transport, commands] = blocks else { return Err(io::ErrorKind::NotFound.into()) };
        // Copies of our own router and transport, without what the recipe gives another value.
        let router = router.replace(
            "  # all options of your own router, and:\n",
            "  driver = dnslookup\n  self = send\n  no_more\n",
        );
        let transport = transport.replace(
            "  # all options of your remote_smtp, and:\n",
            "  driver = smtp\n  allow_localhost\n  connection_max_messages = 1\n",
        );
        configure(&self.root, SELECTORS[0])?;
        let mut config = fs::read_to_string(self.root.path("etc/exim4/exim4.conf"))?;
        for (section, block) in [("begin routers\n", router), ("begin transports\n", transport)] {
            config = config.replace(section, &format!("{section}{block}\n"));
        }
        self.root.write("etc/exim4/exim4.conf", &config)?;
        self.shell(commands).map(drop)
    }

    fn release(&self, blocks: &[String]) -> io::Result<()> {
        configure(&self.root, SELECTORS[0])?;
        blocks.iter().try_for_each(|block| self.shell(block).map(drop))
    }

    fn queue(&self) -> io::Result<String> {
        let output = run(self.root.command("/usr/sbin/exim4").arg("-bp"))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        // Already stopped on the good way; on the bad one the test's own error is the message.
        let _stopped = self.stop();
    }
}

fn configure(root: &Root, selectors: &str) -> io::Result<()> {
    let (address, port) = INBOUND;
    root.write(
        "etc/exim4/exim4.conf",
        &format!(
            "primary_hostname = mta1.sender.example
local_interfaces = {address}.{port}
disable_ipv6 = true
log_file_path = /var/log/exim4/%slog : syslog
log_selector = {selectors}
queue_only = true
queue_run_in_order = true
acl_smtp_rcpt = strangers
tls_advertise_hosts =
host_lookup =
rfc1413_hosts =
keep_environment =

begin acl
strangers:
  deny message = relay not permitted

begin routers
bounces:
  driver = redirect
  domains = {SENDER_DOMAIN}
  data = :blackhole:
outside:
  driver = dnslookup
  transport = remote_smtp
  # The sink is on this machine.
  self = send
  no_more

begin transports
remote_smtp:
  driver = smtp
  allow_localhost
  # Or what was deferred is tried again in the same round, after the next delivery to that host.
  connection_max_messages = 1

begin retry
* * F,4d,2h
"
        ),
    )
}
