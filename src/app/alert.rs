//! Runs the operator's program when an incident begins or ends.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Sender, TrySendError};

use crate::cli::Alert;
use crate::config::Program;
use crate::text::Clean;

/// A program that runs longer is stopped: the next incident has to be told too.
const PATIENCE: Duration = Duration::from_secs(60);
/// What waits to be told; what is more is said to be lost.
const WAITING: usize = 16;

/// Tells the operator's program, one piece of news after the other.
#[derive(Debug)]
pub(super) struct Alerter {
    news: Option<Sender<String>>,
    telling: Option<JoinHandle<()>>,
    /// News that found no place to wait.
    full: Arc<AtomicU64>,
}

impl Alerter {
    /// What the arguments ask for, else what is configured; nothing where neither names a program. `said`
    /// hears what goes wrong.
    pub(super) fn new(
        alert: &Alert,
        configured: Option<Program>,
        mut said: impl FnMut(String) + Send + 'static,
    ) -> anyhow::Result<Option<Self>> {
        let named = alert.on_incident.clone();
        let by = if named.is_some() { "--on-incident" } else { "[alerts] on-incident" };
        let named = named.map(|path| Program { path, arguments: alert.arguments.clone() });
        let Some(Program { path: program, arguments }) = named.or(configured) else { return Ok(None) };
        let full = Arc::new(AtomicU64::new(0));
        let lost = Arc::clone(&full);
        let (send, news) = crossbeam_channel::bounded::<String>(WAITING);
        let telling = thread::Builder::new().name("alert".to_owned()).spawn(move || {
            for piece in news {
                let mut command = Command::new(&program);
                command.args(&arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
                let told = command.spawn().map_err(|error| error.to_string());
                match told.and_then(|child| hand_over(child, piece.into_bytes(), PATIENCE)) {
                    Ok(()) => log::info!(target: "alert", "program={program:?} ended=well"),
                    Err(why) => {
                        log::error!(target: "alert", "program={program:?} trouble={why:?}");
                        said(format!("{by} {}: {why}", Clean::path(&program)));
                    }
                }
                let lost = lost.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    log::error!(target: "alert", "program={program:?} not-told={lost}");
                    said(format!("{by} {}: too slow, {lost} not told", Clean::path(&program)));
                }
            }
        });
        let telling = telling.context("no thread to tell of incidents with")?;
        Ok(Some(Self { news: Some(send), telling: Some(telling), full }))
    }

    /// Tells a piece of news. Never waits.
    pub(super) fn tell(&self, news: String) {
        let Some(send) = &self.news else { return };
        if let Err(TrySendError::Full(_)) = send.try_send(news) {
            self.full.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Alerter {
    /// What was told is handed over before the program ends.
    fn drop(&mut self) {
        self.news = None;
        if let Some(telling) = self.telling.take() {
            let _ = telling.join();
        }
    }
}

/// Writes `news` to the program and waits for its end, so long as `patience` lasts.
fn hand_over(mut child: Child, news: Vec<u8>, patience: Duration) -> Result<(), String> {
    let until = Instant::now() + patience;
    if let Some(mut input) = child.stdin.take() {
        // A program that does not read what it gets may still have done what it should; but what it
        // leaves in the pipe would hold the one who writes. That thread ends when the pipe does.
        let write = move || drop(input.write_all(&news));
        let writing = thread::Builder::new().name("alert-in".to_owned()).spawn(write);
        if let Err(why) = writing {
            let _ = child.kill();
            let _ = child.wait();
            return Err(why.to_string());
        }
    }
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("it ended with {status}")),
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it did not end within {} seconds and was stopped", patience.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::hand_over;

    #[test]
    fn a_program_that_does_not_read_is_stopped_however_much_there_is_to_read() {
        let told = |program: &str, patience| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::null());
            hand_over(command.spawn().unwrap(), vec![b'x'; 1 << 20], patience)
        };
        let why = told("exec sleep 20", Duration::from_millis(50)).unwrap_err();
        assert!(why.contains("did not end"), "{why}");
        assert_eq!(told("exit 0", Duration::from_secs(20)), Ok(()));
        assert_eq!(told("test $(wc -c) -eq 1048576", Duration::from_secs(20)), Ok(()), "all of it is read");
    }
}
