//! Rotation as Debian does it: logrotate renames, the MTA or syslog opens a new file.

use std::fs;
use std::process::Command;

use super::{Live, Lively};

impl<M: Lively> Live<M> {
    /// Rotates the log while `traffic` goes on.
    pub(super) fn rotate(&mut self, traffic: impl FnOnce(&mut Self)) {
        let folder = self.folder.path();
        let (config, state) = (folder.join("logrotate.conf"), folder.join("logrotate.state"));
        let log = self.scene.mta.log().to_owned();
        let script = self.scene.mta.postrotate();
        // Of Debian's files for rsyslog and for exim4-base.
        let ways = if script.is_empty() {
            "nocreate".to_owned()
        } else {
            format!("sharedscripts\n  postrotate\n    {script}\n  endscript")
        };
        let text = format!(
            "{} {{\n  daily\n  missingok\n  rotate 10\n  compress\n  delaycompress\n  notifempty\n  {ways}\n}}\n",
            log.display()
        );
        fs::write(&config, text).unwrap();
        let mut logrotate =
            Command::new("logrotate").arg("--force").arg("--state").arg(&state).arg(&config).spawn().unwrap();
        traffic(self);
        assert!(logrotate.wait().unwrap().success(), "logrotate failed");
    }
}
