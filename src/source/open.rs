//! Opening what is read to its end, without waiting for what never comes.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::disk::{MADE, unfit};
use super::find::{NO_FILE, NO_LOG, NO_NAME, why_not};
use super::listing::Listing;

/// How long a named pipe is given for somebody who writes into it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a file or a pipe that has a name, such as the shell's `<(…)`.
///
/// # Errors
/// Says what it is, where it is neither, or why it cannot be opened, in the operator's words.
pub fn open(path: &Path) -> Result<File, String> {
    open_within(path, PATIENCE)
}

fn open_within(path: &Path, patience: Duration) -> Result<File, String> {
    let why = |error| why_not(&error);
    if path.as_os_str().is_empty() {
        return Err(NO_NAME.to_owned());
    }
    let metadata = fs::metadata(path).map_err(|error| nothing(path, &error))?;
    if unfit(&metadata) == Some(MADE) {
        return Err(format!("is {MADE}, not a log file"));
    }
    let kind = metadata.file_type();
    if kind.is_dir() {
        let has_logs = !Listing::Folder(path.to_owned()).paths(None).is_empty();
        return Err(if has_logs { "is a folder, not a log file" } else { NO_LOG }.to_owned());
    }
    if kind.is_socket() {
        return Err("is a socket, not a log file: who writes into it can write a file, too".to_owned());
    }
    if kind.is_char_device() || kind.is_block_device() {
        return Err("is a device, not a log file".to_owned());
    }
    if !kind.is_fifo() {
        return File::open(path).map_err(why);
    }
    // Opening waits until somebody writes, for good where nobody does: somebody else waits.
    let (send, opened) = mpsc::sync_channel(1);
    let pipe = path.to_owned();
    let waits = move || drop(send.send(File::open(pipe)));
    thread::Builder::new().name("open".to_owned()).spawn(waits).map_err(why)?;
    match opened.recv_timeout(patience) {
        Ok(opened) => opened.map_err(why),
        Err(_) => Err("is a named pipe, and nobody writes into it".to_owned()),
    }
}

/// Why there is nothing of this name.
fn nothing(path: &Path, error: &io::Error) -> String {
    let is_pattern = path.as_os_str().as_encoded_bytes().iter().any(|byte| b"*?[".contains(byte));
    match error.kind() {
        io::ErrorKind::NotFound if is_pattern => NO_FILE.to_owned(),
        _ => why_not(error),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::io::Read as _;
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::process::Command;
    use std::time::Duration;

    use super::{open, open_within};

    #[test]
    fn what_is_no_log_is_said_to_be_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _bound = UnixListener::bind(&socket).unwrap();
        let looping = folder.path().join("loop");
        std::os::unix::fs::symlink(&looping, &looping).unwrap();
        let why = |path: &Path| open(path).unwrap_err();
        assert!(why(folder.path()).contains("a folder with no log in it"));
        assert!(why(&socket).contains("a socket"));
        for device in ["/dev/zero", "/dev/full", "/dev/null", "/dev/tty"] {
            assert!(why(Path::new(device)).contains("a device"), "{device}");
        }
        assert!(why(Path::new("/proc/kmsg")).contains("made by the kernel"));
        assert!(why(&looping).contains("symbolic link"), "{}", why(&looping));
        assert!(why(&folder.path().join("gone")).contains("no such file"));
    }

    #[test]
    fn a_pipe_is_read_once_somebody_writes_and_not_waited_for_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let pipes = ["quiet", "pipe"].map(|name| folder.path().join(name));
        assert!(Command::new("mkfifo").args(&pipes).status().unwrap().success());
        let [quiet, pipe] = pipes;
        let why = open_within(&quiet, Duration::from_millis(1)).unwrap_err();
        assert!(why.contains("nobody writes"), "{why}");
        let script = format!("echo a line > '{}'", pipe.display());
        let mut writer = Command::new("/bin/sh").args(["-c", &script]).spawn().unwrap();
        let mut text = String::new();
        open_within(&pipe, Duration::from_secs(60)).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "a line\n");
        assert!(writer.wait().unwrap().success());
    }
}
