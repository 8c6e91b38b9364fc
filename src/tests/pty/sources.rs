//! What is named beside a log, among the sources of the console.

use std::path::Path;
use std::process::Command;

use super::terminal::Terminal;
use super::{BINARY, Log, is_restored, row};

#[test]
fn what_is_no_log_is_told_among_the_sources_and_the_log_is_followed() {
    let mut log = Log::new();
    log.reject(3);
    let at = |name: &str| log.path.with_file_name(name).to_str().unwrap().to_owned();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    std::fs::create_dir(at("empty")).unwrap();
    let (path, none) = (at("mail.log"), ["socket", "pipe", "empty", "gone"].map(at));
    let mut arguments = vec![path.as_str(), "/dev/zero", ""];
    arguments.extend(none.iter().map(String::as_str));
    let mut console = Terminal::start(Path::new(BINARY), &arguments, (160, 40)).unwrap();
    console.wait("three rejections", |screen| row(screen, "Gmail", "3")).unwrap();
    console.press("S").unwrap();
    for told in
        ["socket", "is a device", "is a named pipe", "no log there", "a name is empty", "not there yet"]
    {
        console.wait_for(told).unwrap();
    }
    log.reject(4);
    console.press("\x1b").unwrap();
    console.wait("seven rejections", |screen| row(screen, "Gmail", "7")).unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
}
