//! A real Sendmail in a root of its own: Debian's `sendmail-bin`, a configuration made of
//! `sendmail-cf`, its own queue, and the test's own syslog socket.
//!
//! In the first round a process of its own delivers each message when it is handed over, so every
//! recipient meets a server. The second round is one run through the queue, whose process remembers
//! the hosts that failed and leaves them alone.
//!
//! What Sendmail does not log, and where it says what the server did not:
//!
//! | what | in the log |
//! |---|---|
//! | recipients of a host that failed before in the same run | `stat=Deferred` and a relay without address: `suspended`, no attempt |
//! | the answer of a host that was not the last one, but to RCPT TO | nothing |
//! | the lines of a reply after the first, and the middle of a long one | nothing |
//! | the code of a delivery | nothing: `stat=Sent (2.0.0 Ok …)` |
//! | a connection dropped or refused, a name that does not exist | an attempt without a code |
//! | the name of a host of 39 characters or more | its two ends: `acme-example.mail....ction.outlook.com` |

use std::fs;
use std::io::{self, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::mta::fold::{Codes, codes, outcome};
use crate::mta::sink::Record;
use crate::mta::{INBOUND, Mta, SENDER_DOMAIN};
use crate::root::{Root, run};
use crate::syslog::Syslog;

const PROGRAM: &str = "/usr/libexec/sendmail/sendmail";

/// A running Sendmail.
#[derive(Debug)]
pub(crate) struct Sendmail {
    root: Root,
    syslog: Syslog,
    /// Listens for the noise of strangers.
    daemon: Mutex<Child>,
}

impl Sendmail {
    pub(crate) fn start(dir: &Path) -> io::Result<Self> {
        let root = Root::copy(dir, "sendmail", &[("smmta", 104), ("smmsp", 105), ("mail", 8)])?;
        root.write("etc/hosts", "127.0.0.1 localhost\n127.25.9.9 mta1.sender.example\n")?;
        root.write("etc/mail/local-host-names", "")?;
        root.write("etc/mail/trusted-users", "root\n")?;
        root.write("etc/mail/sendmail.mc", &configuration())?;
        let features = "/usr/share/sendmail/cf/";
        let made = run(root.command("/usr/bin/m4").args([
            &format!("-D_CF_DIR_={features}"),
            &format!("{features}m4/cf.m4"),
            "/etc/mail/sendmail.mc",
        ]))?;
        fs::write(root.path("etc/mail/sendmail.cf"), made.stdout)?;
        fs::create_dir_all(root.path("var/spool/mqueue"))?;
        fs::create_dir_all(root.path("var/run"))?;
        let syslog = Syslog::listen(&root.path("dev/log"), dir.join("mail.log"))?;
        let daemon = sendmail(&root).arg("-bD").stdin(Stdio::null()).spawn()?;
        let sendmail = Self { root, syslog, daemon: daemon.into() };
        let began = Instant::now();
        while TcpStream::connect(INBOUND).is_err() {
            if began.elapsed() > Duration::from_secs(10) {
                return Err(io::Error::other("Sendmail does not listen within ten seconds"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(sendmail)
    }
}

/// The program under the name by which it logs.
fn sendmail(root: &Root) -> Command {
    let mut command = root.command(PROGRAM);
    command.args(["-C", "/etc/mail/sendmail.cf", "-L", "sm-mta"]);
    command
}

impl Mta for Sendmail {
    fn log(&self) -> &Path {
        self.syslog.file()
    }

    fn send(&self, sender: &str, recipients: &[String]) -> io::Result<()> {
        let mut command = sendmail(&self.root);
        command.args(["-oi", "-odi", "-f", sender, "--"]).args(recipients).stdin(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            write!(input, "From: <{sender}>\nTo: undisclosed-recipients:;\nSubject: stat=Sent\n\nHello.\n")?;
        }
        // What it exits with is the fate of the recipients.
        child.wait().map(drop)
    }

    fn round(&self, number: usize) -> io::Result<()> {
        if number > 1 { run(sendmail(&self.root).arg("-qf")).map(drop) } else { Ok(()) }
    }

    fn stop(&self) -> io::Result<()> {
        if let Ok(mut daemon) = self.daemon.lock() {
            daemon.kill()?;
            daemon.wait()?;
        }
        self.syslog.stop()
    }

    fn codes(&self, record: &Record) -> Codes {
        match (outcome(record), &record.line) {
            ("delivered", _) | (_, None) => (None, None),
            (_, Some(line)) => codes(line),
        }
    }

    fn non_final(&self, _records: &[Record], _is_last: bool) -> u64 {
        0
    }
}

impl Drop for Sendmail {
    fn drop(&mut self) {
        // Already stopped on the good way; on the bad one the test's own error is the message.
        let _stopped = self.stop();
    }
}

fn configuration() -> String {
    let (address, port) = INBOUND;
    format!(
        "OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mta1.sender.example')dnl
define(`confLOG_LEVEL', `9')dnl
define(`confTO_IDENT', `0')dnl
define(`confDONT_PROBE_INTERFACES', `True')dnl
define(`confMIN_QUEUE_AGE', `0')dnl
define(`confPID_FILE', `/var/run/sendmail.pid')dnl
define(`STATUS_FILE', `')dnl
define(`ALIAS_FILE', `')dnl
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe')dnl
undefine(`confHOST_STATUS_DIRECTORY')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Name=MTA, Addr={address}, Port={port}')dnl
MAILER(`local')dnl
MAILER(`smtp')dnl
MAILER_DEFINITIONS
# Bounces go to a program that reads nothing.
Mnowhere, P=/usr/bin/m4, F=lsDFMn, A=m4 /dev/null
LOCAL_RULE_0
R$* < @ {SENDER_DOMAIN} . > $*\t$#nowhere $@ here $: $1
R$* < @ {SENDER_DOMAIN} > $*\t$#nowhere $@ here $: $1
"
    )
}
