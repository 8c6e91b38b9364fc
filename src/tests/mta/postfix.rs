//! A real Postfix of its own: configuration, queue, data and log in one folder.
//!
//! The SMTP client runs chrooted in its queue folder, whose `etc/resolv.conf` names the private name
//! service. So relay names look like the real ones, port 25 is only bound on loopback addresses
//! that nobody else uses, and neither the machine's configuration nor its name service is touched.
//!
//! What Postfix does not log, and where it says what the server did not:
//!
//! | what | in the log |
//! |---|---|
//! | a refusal by an MX that was not the last | a line without recipient: `non_final` |
//! | recipients of a destination whose server just refused to talk | `delivery temporarily suspended`: `suspended`, no attempt |
//! | a greeting with 5xx | deferred, with the server's code |
//! | a connection dropped or refused, a name that does not exist | an attempt without a code |

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::hold::Holds;
use crate::live::Lively;
use crate::mta::fold::outcome;
use crate::mta::names::RESOLVER;
use crate::mta::sink::{Record, Stage};
use crate::mta::{Mta, SENDER_DOMAIN};

/// A running Postfix.
#[derive(Debug)]
pub(crate) struct Postfix {
    config: PathBuf,
    queue: PathBuf,
    log: PathBuf,
}

impl Postfix {
    pub(crate) fn start(dir: &Path) -> io::Result<Self> {
        // Postfix's own users must get through.
        fs::set_permissions(dir, fs::Permissions::from_mode(0o755))?;
        let [config, queue, data] = ["config", "queue", "data"].map(|name| dir.join(name));
        for folder in [&config, &queue, &data, &queue.join("etc")] {
            fs::create_dir(folder)?;
        }
        fs::write(
            queue.join("etc/resolv.conf"),
            format!("nameserver {RESOLVER}\noptions timeout:2 attempts:2\n"),
        )?;
        fs::write(queue.join("etc/services"), "smtp 25/tcp\n")?;
        run(Command::new("chown").arg("postfix:root").arg(&data))?;
        let log = dir.join("mail.log");
        fs::write(config.join("main.cf"), main_cf(dir, &config, &queue, &data, &log))?;
        fs::write(config.join("master.cf"), MASTER_CF)?;
        let postfix = Self { config, queue, log };
        postfix.command("postfix", &["start"])?;
        Ok(postfix)
    }

    /// Tries everything in the queue again, destinations that were given up on included.
    fn flush(&self) -> io::Result<()> {
        // The flush is a message to the queue manager; the queue moves a moment later.
        let before = self.count(&["deferred"]);
        self.command("postqueue", &["-f"])?;
        let began = Instant::now();
        while before > 0 && self.count(&["deferred"]) == before && began.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Waits until nothing is on its way: what is left in the queue was tried and deferred.
    fn rest(&self) -> io::Result<()> {
        let began = Instant::now();
        let mut quiet = 0;
        while quiet < 10 {
            if began.elapsed() > Duration::from_secs(120) {
                return Err(io::Error::other("the queue does not come to rest within two minutes"));
            }
            std::thread::sleep(Duration::from_millis(100));
            let moving = self.count(&["maildrop", "incoming", "active"]);
            quiet = if moving == 0 { quiet + 1 } else { 0 };
        }
        Ok(())
    }

    /// Runs what an operator would type, with this Postfix's configuration in the place of the host's.
    fn shell(&self, script: &str) -> io::Result<()> {
        let script = script.replace("/etc/postfix", &self.config.display().to_string());
        let mut bash = Command::new("bash");
        run(bash.args(["-euo", "pipefail", "-c", &script]).env("MAIL_CONFIG", &self.config)).map(drop)
    }

    /// Messages in these queues.
    fn count(&self, queues: &[&str]) -> usize {
        queues.iter().map(|queue| files(&self.queue.join(queue))).sum()
    }

    fn command(&self, program: &str, arguments: &[&str]) -> io::Result<()> {
        run(Command::new(program).arg("-c").arg(&self.config).args(arguments)).map(drop)
    }
}

impl Mta for Postfix {
    fn log(&self) -> &Path {
        &self.log
    }

    fn send(&self, sender: &str, recipients: &[String]) -> io::Result<()> {
        use std::io::Write;
        let mut child = Command::new("sendmail")
            .arg("-C")
            .arg(&self.config)
            .args(["-oi", "-f", sender, "--"])
            .args(recipients)
            .stdin(std::process::Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            write!(input, "From: <{sender}>\nTo: undisclosed-recipients:;\nSubject: news\n\nHello.\n")?;
        }
        if child.wait()?.success() { Ok(()) } else { Err(io::Error::other("sendmail failed")) }
    }

    /// Postfix delivers as messages come; later rounds flush the queue.
    fn round(&self, number: usize) -> io::Result<()> {
        if number > 1 {
            self.flush()?;
        }
        self.rest()
    }

    fn stop(&self) -> io::Result<()> {
        self.command("postfix", &["stop"])
    }

    /// A greeting never ends a delivery, whatever its code; a refused HELO does.
    fn outcome(&self, record: &Record) -> &'static str {
        if record.stage == Stage::Greeting { "deferred" } else { outcome(record) }
    }
}

impl Lively for Postfix {
    fn postrotate(&self) -> String {
        format!("postfix -c {} reload", self.config.display())
    }
}

impl Holds for Postfix {
    fn hold(&self, blocks: &[String]) -> io::Result<()> {
        // The last one shows what waits.
        let (_, blocks) = blocks.split_last().ok_or(io::ErrorKind::NotFound)?;
        blocks.iter().try_for_each(|block| self.shell(block))
    }

    fn slow(&self, blocks: &[String]) -> io::Result<()> {
        blocks.iter().try_for_each(|block| self.shell(block))
    }

    fn release(&self, blocks: &[String]) -> io::Result<()> {
        blocks.iter().try_for_each(|block| self.shell(block))
    }

    fn queue(&self) -> io::Result<String> {
        let output = run(Command::new("postqueue").arg("-c").arg(&self.config).arg("-p"))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // Already stopped on the good way; on the bad one the test's own error is the message.
        let _stopped = self.stop();
    }
}

/// Files below a folder; a folder that is not there holds none.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { 1 }).sum()
}

fn run(command: &mut Command) -> io::Result<Output> {
    let output = command.output().map_err(|error| {
        io::Error::other(format!("cannot run {command:?} (is the package postfix installed?): {error}"))
    })?;
    if output.status.success() {
        return Ok(output);
    }
    Err(io::Error::other(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))))
}

fn main_cf(dir: &Path, config: &Path, queue: &Path, data: &Path, log: &Path) -> String {
    format!(
        "compatibility_level = 3.6
config_directory = {config}
queue_directory = {queue}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {log}
maillog_file_prefixes = {dir}
syslog_name = postfix-out1
enable_long_queue_ids = yes
myhostname = mta1.sender.example
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_tls_security_level =
smtpd_peername_lookup = no
smtpd_relay_restrictions = reject_unauth_destination
minimal_backoff_time = 2h
maximal_backoff_time = 2h
queue_run_delay = 2h
transport_maps = inline:{{ {SENDER_DOMAIN}=discard:, hotmail.com=out2:, gmail.com=out2: }}
",
        config = config.display(),
        queue = queue.display(),
        data = data.display(),
        log = log.display(),
        dir = dir.display(),
    )
}

/// As Debian's, with what is not needed left out; `out2` is a second way out under its own name. A
/// server that is about to restart on a reload forgets that it was told of new mail, and looks only
/// when it is woken: here after a moment, not after minutes.
const MASTER_CF: &str = "
127.25.9.9:2525 inet n - n - - smtpd -o syslog_name=postfix
pickup    unix  n  -  n  5   1  pickup
cleanup   unix  n  -  n  -   0  cleanup
qmgr      unix  n  -  n  5   1  qmgr
rewrite   unix  -  -  n  -   -  trivial-rewrite
bounce    unix  -  -  n  -   0  bounce
defer     unix  -  -  n  -   0  bounce
trace     unix  -  -  n  -   0  bounce
verify    unix  -  -  n  -   1  verify
flush     unix  n  -  n  1000? 0 flush
proxymap  unix  -  -  n  -   -  proxymap
smtp      unix  -  -  y  -   -  smtp
out2      unix  -  -  y  -   -  smtp -o syslog_name=postfix-out2
showq     unix  n  -  n  -   -  showq
error     unix  -  -  n  -   -  error
retry     unix  -  -  n  -   -  error
discard   unix  -  -  n  -   -  discard
anvil     unix  -  -  n  -   1  anvil
scache    unix  -  -  n  -   1  scache
postlog   unix-dgram n - n -  1  postlogd
";
