//! A socket like syslog's in an MTA's root, and the file that its messages are written to as
//! rsyslog would: RFC 3339 stamp, host, the message with its control characters as `#ooo`.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::JoinHandle;

/// A file with this ending beside the log stands for the HUP that rsyslog is sent when the log was
/// rotated: with the next message the log is opened anew.
pub(crate) const HUP: &str = "hup";

/// The socket, listened to.
#[derive(Debug)]
pub(crate) struct Syslog {
    socket: PathBuf,
    file: PathBuf,
    writer: Mutex<Option<JoinHandle<io::Result<()>>>>,
}

impl Syslog {
    /// Listens at `socket` and writes to `file`.
    pub(crate) fn listen(socket: &Path, file: PathBuf) -> io::Result<Self> {
        if let Some(folder) = socket.parent() {
            fs::create_dir_all(folder)?;
        }
        let listener = UnixDatagram::bind(socket)?;
        fs::set_permissions(socket, fs::Permissions::from_mode(0o666))?;
        let mut out = fs::File::create(&file)?;
        let (path, signal) = (file.clone(), file.with_extension(HUP));
        let writer = std::thread::spawn(move || {
            let mut message = vec![0; 64 * 1024];
            loop {
                // Nobody sends an empty message but `stop`.
                let length = listener.recv(&mut message)?;
                if length == 0 {
                    return Ok(());
                }
                if fs::remove_file(&signal).is_ok() {
                    out = fs::File::options().append(true).create(true).open(&path)?;
                }
                out.write_all(&line(&message[..length]))?;
            }
        });
        Ok(Self { socket: socket.to_owned(), file, writer: Some(writer).into() })
    }

    /// The log.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Returns when everything that was sent is written.
    pub(crate) fn stop(&self) -> io::Result<()> {
        let writer = self.writer.lock().ok().and_then(|mut writer| writer.take());
        let Some(writer) = writer else { return Ok(()) };
        UnixDatagram::unbound()?.send_to(b"", &self.socket)?;
        writer.join().map_err(|_| io::Error::other("the syslog thread panicked"))?
    }
}

/// `<22>Nov 21 10:00:00 tag[1]: text` as a line of a file.
fn line(message: &[u8]) -> Vec<u8> {
    const STAMP: usize = "Nov 21 10:00:00 ".len();
    let text = match message.iter().position(|byte| *byte == b'>') {
        Some(end) if message.first() == Some(&b'<') => message.get(end + 1 + STAMP..).unwrap_or_default(),
        _ => message,
    };
    let now = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Micros, false);
    let mut line = format!("{now} mta1 ").into_bytes();
    for byte in text.trim_ascii_end() {
        match byte {
            0..=0x1f => line.extend_from_slice(format!("#{byte:03o}").as_bytes()),
            _ => line.push(*byte),
        }
    }
    line.push(b'\n');
    line
}
