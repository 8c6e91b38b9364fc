//! The private name service: every domain of the script has its MX hosts, and nothing else exists.
//!
//! dnsmasq listens on a loopback address of its own; only the MTA's chroot names it in
//! its `resolv.conf`, so the machine's own name service is not touched.

use std::fs;
use std::io;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::script::{DESTINATIONS, REFUSED};

/// Where the name service listens.
pub(crate) const RESOLVER: &str = "127.53.0.1";

/// The loopback address of the `index`th MX host of the script.
pub(crate) fn mx_address(index: usize) -> String {
    format!("127.25.0.{}", index + 1)
}

/// The running name service; ends with it.
#[derive(Debug)]
pub(crate) struct Names(Child);

impl Names {
    /// Writes the zone and starts the service; returns when it answers.
    pub(crate) fn start(dir: &Path) -> io::Result<Self> {
        let mut zone = format!(
            "listen-address={RESOLVER}\nbind-interfaces\nno-resolv\nno-hosts\nno-daemon\nuser=root\nlocal=/#/\n"
        );
        let mut index = 0;
        for destination in DESTINATIONS {
            for (rank, mx) in destination.mx.iter().enumerate() {
                zone += &format!("mx-host={},{},{}\n", destination.domain, mx.host, 10 * (rank + 1));
                zone += &format!("host-record={},{}\n", mx.host, mx_address(index));
                index += 1;
            }
        }
        zone += &format!("mx-host={},{},10\nhost-record={},127.25.1.1\n", REFUSED.0, REFUSED.1, REFUSED.1);
        let config = dir.join("dnsmasq.conf");
        fs::write(&config, zone)?;
        let log = fs::File::create(dir.join("dnsmasq.log"))?;
        let child =
            Command::new("dnsmasq").arg(format!("--conf-file={}", config.display())).stderr(log).spawn();
        let mut names = Self(child.map_err(|error| {
            io::Error::other(format!("cannot start dnsmasq (package dnsmasq-base): {error}"))
        })?);
        names.wait(dir)?;
        Ok(names)
    }

    fn wait(&mut self, dir: &Path) -> io::Result<()> {
        // A question for the A record of `ready.`; any answer will do.
        let question = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05ready\x00\x00\x01\x00\x01";
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            if self.0.try_wait()?.is_some() {
                break;
            }
            let answered = socket.send_to(question, (RESOLVER, 53)).and_then(|_| socket.recv(&mut [0; 512]));
            if answered.is_ok() {
                return Ok(());
            }
        }
        Err(io::Error::other(format!(
            "dnsmasq does not answer on {RESOLVER}: {}",
            fs::read_to_string(dir.join("dnsmasq.log"))?
        )))
    }
}

impl Drop for Names {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing more to do then.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}
