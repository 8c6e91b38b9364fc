//! A real OpenSMTPD in a root of its own: Debian's `opensmtpd`, its own configuration and spool, and
//! the test's own syslog socket.
//!
//! What OpenSMTPD does not log, and where it says what the server did not:
//!
//! | what | in the log |
//! |---|---|
//! | a refusal to talk, by the greeting or in reply to HELO: by any host, the last one too | a line without recipient: `non_final` |
//! | the recipients of a destination whose hosts refused to talk, in whatever words, or were left alone after it | deferred without a code |
//! | a connection dropped or refused, a name that does not exist | an attempt without a code; of a dropped greeting, nothing |
//! | the lines of a long reply but the last | nothing; the codes are the same |

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::live::Lively;
use crate::mta::sink::{Record, Stage};
use crate::mta::{INBOUND, Mta, SENDER_DOMAIN};
use crate::root::{Root, run};
use crate::syslog::{HUP, Syslog};

/// The group whose program may talk to the daemon.
const CONTROL: (&str, u32) = ("opensmtpq", 151);

/// A running OpenSMTPD.
#[derive(Debug)]
pub(crate) struct OpenSmtpd {
    root: Root,
    syslog: Syslog,
    daemon: Mutex<Child>,
}

impl OpenSmtpd {
    pub(crate) fn start(dir: &Path) -> io::Result<Self> {
        let root = Root::copy(dir, "opensmtpd", &[("opensmtpd", 150), CONTROL])?;
        let (address, port) = INBOUND;
        root.write("etc/mailname", "mta1.sender.example\n")?;
        root.write("etc/ssl/certs/ca-certificates.crt", "")?;
        root.write(
            "etc/smtpd.conf",
            &format!(
                "listen on {address} port {port} hostname mta1.sender.example
# Or the 51st recipient of a destination is held back, and nothing is logged of it.
mta limit task-hiwat 1000
action out relay helo mta1.sender.example
match from any for domain {SENDER_DOMAIN} reject
match from any for any action out
"
            ),
        )?;
        for (folder, mode) in [("var/run", 0o755), ("var/spool/smtpd", 0o711), ("var/mail", 0o755)] {
            fs::create_dir_all(root.path(folder))?;
            fs::set_permissions(root.path(folder), fs::Permissions::from_mode(mode))?;
        }
        let control = root.path("usr/sbin/smtpctl");
        std::os::unix::fs::chown(&control, None, Some(CONTROL.1))?;
        fs::set_permissions(&control, fs::Permissions::from_mode(0o2755))?;
        let syslog = Syslog::listen(&root.path("dev/log"), dir.join("mail.log"))?;
        let daemon = root.command("/usr/sbin/smtpd").arg("-F").stdin(Stdio::null()).spawn()?;
        let smtpd = Self { root, syslog, daemon: daemon.into() };
        let began = Instant::now();
        while TcpStream::connect(INBOUND).is_err() {
            if began.elapsed() > Duration::from_secs(10) {
                let log = fs::read_to_string(smtpd.syslog.file())?;
                return Err(io::Error::other(format!("OpenSMTPD does not listen within ten seconds: {log}")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(smtpd)
    }

    fn control(&self, arguments: &[&str]) -> io::Result<String> {
        let output = run(self.root.command("/usr/sbin/smtpctl").args(arguments))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Waits until nothing is on its way: what is left in the queue waits for a later hour.
    fn rest(&self) -> io::Result<()> {
        let began = Instant::now();
        let mut quiet = 0;
        while quiet < 5 {
            if began.elapsed() > Duration::from_secs(120) {
                return Err(io::Error::other("the queue does not come to rest within two minutes"));
            }
            std::thread::sleep(Duration::from_millis(200));
            let moving = self.control(&["show", "queue"])?.lines().any(|line| !waits(line));
            quiet = if moving { 0 } else { quiet + 1 };
        }
        Ok(())
    }
}

/// Whether a line of the queue tells of a recipient who waits: `…|pending|398|…`, in seconds.
fn waits(line: &str) -> bool {
    let mut fields = line.split('|').skip_while(|field| *field != "pending");
    let seconds = fields.nth(1).and_then(|seconds| seconds.parse::<i64>().ok());
    seconds.is_some_and(|seconds| seconds > 60)
}

impl Mta for OpenSmtpd {
    fn log(&self) -> &Path {
        self.syslog.file()
    }

    fn send(&self, sender: &str, recipients: &[String]) -> io::Result<()> {
        let mut stream = TcpStream::connect(INBOUND)?;
        let mut lines = BufReader::new(stream.try_clone()?);
        let mut commands = vec!["HELO client.sender.example".to_owned(), format!("MAIL FROM:<{sender}>")];
        commands.extend(recipients.iter().map(|recipient| format!("RCPT TO:<{recipient}>")));
        commands.push("DATA".to_owned());
        commands.push(format!("From: <{sender}>\r\nSubject: news\r\n\r\nHello.\r\n."));
        commands.push("QUIT".to_owned());
        let mut answer = String::new();
        lines.read_line(&mut answer)?;
        for command in commands {
            stream.write_all(format!("{command}\r\n").as_bytes())?;
            answer.clear();
            lines.read_line(&mut answer)?;
            if !answer.starts_with(['2', '3']) {
                return Err(io::Error::other(format!("OpenSMTPD says {answer} to {command}")));
            }
        }
        Ok(())
    }

    fn round(&self, number: usize) -> io::Result<()> {
        if number > 1 {
            self.control(&["schedule", "all"])?;
        }
        self.rest()
    }

    fn stop(&self) -> io::Result<()> {
        if let Ok(mut daemon) = self.daemon.lock()
            && daemon.try_wait()?.is_none()
        {
            run(Command::new("kill").arg(daemon.id().to_string()))?;
            daemon.wait()?;
        }
        self.syslog.stop()
    }

    fn tells_refusals(&self) -> bool {
        false
    }

    /// A line for each answer to nobody in particular, if there was one.
    fn non_final(&self, records: &[Record], _is_last: bool) -> u64 {
        let refusals = records.iter().filter(|record| matches!(record.stage, Stage::Greeting | Stage::Hello));
        refusals.filter(|record| record.line.is_some()).count() as u64
    }
}

impl Lively for OpenSmtpd {
    fn postrotate(&self) -> String {
        format!("touch '{}'", self.syslog.file().with_extension(HUP).display())
    }
}

impl Drop for OpenSmtpd {
    fn drop(&mut self) {
        // Already stopped on the good way; on the bad one the test's own error is the message.
        let _stopped = self.stop();
    }
}
