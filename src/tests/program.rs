//! The program as a stranger runs it: in a folder of its own, with no settings of whoever runs the tests.

use std::path::Path;
use std::process::{Command, Stdio};

/// `fivefifty` with these arguments in `folder`, where its state lies, too.
pub(crate) fn fivefifty(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    command.args(arguments).current_dir(folder).env("TZ", "UTC").stdin(Stdio::null());
    command.env_remove("FIVEFIFTY_CONFIG").env("XDG_CONFIG_HOME", folder.join("none"));
    command.env("XDG_STATE_HOME", folder.join("state"));
    command
}
