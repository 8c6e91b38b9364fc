//! A root folder for an MTA that is not installed: its packages as `.ci/mta-roots` unpacked them,
//! copied for this run, with users, names and services of its own.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::mta::names::RESOLVER;

/// The folder.
#[derive(Debug)]
pub(crate) struct Root(PathBuf);

impl Root {
    /// Copies the unpacked packages of `name` below `dir`; `users` are the MTA's own, with a group
    /// of the same name and number each.
    pub(crate) fn copy(dir: &Path, name: &str, users: &[(&str, u32)]) -> io::Result<Self> {
        let Some(roots) = std::env::var_os("FIVEFIFTY_MTA_ROOTS") else {
            return Err(io::Error::other(
                "FIVEFIFTY_MTA_ROOTS must name the folder that .ci/mta-roots filled",
            ));
        };
        let root = Self(dir.join(name));
        run(Command::new("cp").arg("-a").arg(Path::new(&roots).join(name)).arg(&root.0))?;
        // The MTA's own users must get through.
        for folder in [dir, &root.0] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        }
        let mut passwd = "root:x:0:0:root:/root:/bin/sh\n".to_owned();
        let mut group = "root:x:0:\nmail:x:8:\n".to_owned();
        for (user, number) in users {
            passwd += &format!("{user}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n");
            group += &format!("{user}:x:{number}:\n");
        }
        root.write("etc/passwd", &passwd)?;
        root.write("etc/group", &group)?;
        root.write("etc/hosts", "127.0.0.1 localhost\n")?;
        root.write("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n")?;
        root.write("etc/services", "smtp 25/tcp\n")?;
        root.write("etc/resolv.conf", &format!("nameserver {RESOLVER}\noptions timeout:2 attempts:2\n"))?;
        // A file serves as well as the device, which not every machine lets one make.
        root.write("dev/null", "")?;
        fs::set_permissions(root.path("dev/null"), fs::Permissions::from_mode(0o666))?;
        fs::create_dir_all(root.path("tmp"))?;
        fs::set_permissions(root.path("tmp"), fs::Permissions::from_mode(0o1777))?;
        Ok(root)
    }

    /// Where something inside the root is outside of it.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.0.join(inside)
    }

    /// Writes a file inside the root, and the folders that it is in.
    pub(crate) fn write(&self, inside: &str, text: &str) -> io::Result<()> {
        let path = self.path(inside);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)
    }

    /// A program that will run inside.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.0).arg(program);
        command
    }
}

/// Runs a command to its end; what it complains of is the error.
pub(crate) fn run(command: &mut Command) -> io::Result<Output> {
    let output =
        command.output().map_err(|error| io::Error::other(format!("cannot run {command:?}: {error}")))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(io::Error::other(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))))
}
