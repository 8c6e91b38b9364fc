//! A scripted SMTP server that remembers exactly what it answered.

use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use super::script::{Answer, At, Destination, Mx};

/// What was answered, and to whom.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) host: &'static str,
    pub(crate) stage: Stage,
    /// The number that the sender's address carries; `None` before MAIL FROM.
    pub(crate) message: Option<u32>,
    /// `None` where the answer was to the whole message or connection.
    pub(crate) recipient: Option<String>,
    /// First line of the answer; `None` where the connection was dropped.
    pub(crate) line: Option<String>,
    /// Bytes of the whole answer.
    pub(crate) length: usize,
}

/// Where the session was.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Greeting,
    Hello,
    Mail,
    Recipient,
    Message,
}

/// Everything that the sink answered, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Mutex<Book>>);

#[derive(Debug, Default)]
struct Book {
    records: Vec<Record>,
    greylisted: HashSet<String>,
}

impl Ledger {
    /// Takes out what was written since the last time.
    pub(crate) fn take(&self) -> Vec<Record> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).records)
    }

    fn write(&self, record: Record) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).records.push(record);
    }

    /// Whether this is the first time that `recipient` is seen.
    fn first_time(&self, recipient: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).greylisted.insert(recipient.to_owned())
    }
}

/// Listens as one MX host, in threads that live as long as the test.
pub(crate) fn listen(
    address: &str,
    mx: &'static Mx,
    destination: &'static Destination,
    ledger: &Ledger,
) -> io::Result<()> {
    let listener = TcpListener::bind((address, 25))?;
    let ledger = ledger.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let ledger = ledger.clone();
            std::thread::spawn(move || Session::new(mx, destination, ledger, stream).and_then(Session::play));
        }
    });
    Ok(())
}

struct Session {
    mx: &'static Mx,
    destination: &'static Destination,
    ledger: Ledger,
    lines: BufReader<TcpStream>,
    out: TcpStream,
    message: Option<u32>,
    wish: String,
    refused_sender: bool,
    recipients: Vec<String>,
}

impl Session {
    fn new(
        mx: &'static Mx,
        destination: &'static Destination,
        ledger: Ledger,
        stream: TcpStream,
    ) -> io::Result<Self> {
        let lines = BufReader::new(stream.try_clone()?);
        Ok(Self {
            mx,
            destination,
            ledger,
            lines,
            out: stream,
            message: None,
            wish: String::new(),
            refused_sender: false,
            recipients: Vec::new(),
        })
    }

    fn play(mut self) -> io::Result<()> {
        if let Some(greeting) = self.mx.greeting {
            self.record(Stage::Greeting, None, Some(greeting));
            return if greeting.is_empty() { Ok(()) } else { self.say(greeting) };
        }
        self.say_line(&format!("220 {} ESMTP", self.mx.host))?;
        let mut line = String::new();
        while self.lines.read_line(&mut line)? > 0 {
            let command = line.trim_end().to_owned();
            line.clear();
            if !self.obey(&command)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Answers one command; `false` ends the session.
    fn obey(&mut self, command: &str) -> io::Result<bool> {
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => {
                if let Some(refusal) = self.mx.hello {
                    // MTAs go from EHLO to HELO; what they hear there is what they tell.
                    if verb == "HELO" {
                        self.record(Stage::Hello, None, Some(refusal));
                    }
                    self.say(refusal)?;
                } else if verb == "EHLO" && self.mx.pipelining {
                    self.say(&["250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250 8BITMIME"])?;
                } else {
                    self.say_line("250 hello")?;
                }
            }
            "MAIL" => self.mail(command)?,
            "RCPT" => self.rcpt(command)?,
            "DATA" => return self.data(),
            "RSET" => {
                self.recipients.clear();
                self.say_line("250 2.0.0 Ok")?;
            }
            "QUIT" => {
                self.say_line("221 2.0.0 Bye")?;
                return Ok(false);
            }
            _ => self.say_line("502 5.5.2 Error: command not recognized")?,
        }
        Ok(true)
    }

    fn mail(&mut self, command: &str) -> io::Result<()> {
        let sender = address(command);
        let local = sender.split('@').next().unwrap_or_default();
        let (number, wish) = local.split_once('-').unwrap_or((local, ""));
        self.message = number.parse().ok();
        self.wish = wish.to_owned();
        self.recipients.clear();
        self.refused_sender = false;
        match self.wished(At::Mail) {
            Some(answer) => {
                self.refused_sender = true;
                self.record(Stage::Mail, None, Some(answer.lines));
                self.say(answer.lines)
            }
            None => self.say_line("250 2.1.0 Ok"),
        }
    }

    fn rcpt(&mut self, command: &str) -> io::Result<()> {
        if self.refused_sender {
            return self.say_line("503 5.5.1 Error: need MAIL command");
        }
        let recipient = address(command);
        let name = recipient.split('-').next().unwrap_or_default();
        let answer = self.destination.answers.iter().find(|answer| {
            answer.name == name
                && match answer.at {
                    At::Rcpt => true,
                    At::RcptOnce => self.ledger.first_time(&recipient),
                    _ => false,
                }
        });
        match answer {
            Some(answer) => {
                self.record(Stage::Recipient, Some(recipient), Some(answer.lines));
                self.say(answer.lines)
            }
            None => {
                self.recipients.push(recipient);
                self.say_line("250 2.1.5 Ok")
            }
        }
    }

    fn data(&mut self) -> io::Result<bool> {
        if self.recipients.is_empty() {
            self.say_line("554 5.5.1 Error: no valid recipients")?;
            return Ok(true);
        }
        if let Some(answer) = self.wished(At::Data) {
            self.settle(Some(answer.lines));
            self.say(answer.lines)?;
            return Ok(true);
        }
        self.say_line("354 End data with <CR><LF>.<CR><LF>")?;
        let mut line = String::new();
        while self.lines.read_line(&mut line)? > 0 && line != ".\r\n" {
            line.clear();
        }
        if self.wished(At::Drop).is_some() {
            self.settle(None);
            return Ok(false);
        }
        match self.wished(At::End) {
            Some(answer) => {
                self.settle(Some(answer.lines));
                self.say(answer.lines)?;
            }
            None => {
                let number = self.message.unwrap_or_default();
                let accepted = format!("250 2.0.0 Ok: queued as {number:010X}");
                self.settle(Some(&[&accepted]));
                self.say_line(&accepted)?;
            }
        }
        Ok(true)
    }

    /// The answer to the message as a whole, for every recipient that was accepted so far.
    fn settle(&mut self, lines: Option<&[&str]>) {
        for recipient in std::mem::take(&mut self.recipients) {
            self.record(Stage::Message, Some(recipient), lines);
        }
    }

    fn wished(&self, at: At) -> Option<&'static Answer> {
        self.destination.answers.iter().find(|answer| answer.at == at && answer.name == self.wish)
    }

    fn record(&self, stage: Stage, recipient: Option<String>, lines: Option<&[&str]>) {
        let line = lines.and_then(|lines| lines.first()).map(|line| (*line).to_owned());
        let length = lines.unwrap_or_default().iter().map(|line| line.len() + 2).sum();
        self.ledger.write(Record {
            host: self.mx.host,
            stage,
            message: self.message,
            recipient,
            line,
            length,
        });
    }

    fn say(&mut self, lines: &[&str]) -> io::Result<()> {
        self.out.write_all(format!("{}\r\n", lines.join("\r\n")).as_bytes())
    }

    fn say_line(&mut self, line: &str) -> io::Result<()> {
        self.say(&[line])
    }
}

/// What stands between the angle brackets.
fn address(command: &str) -> String {
    let inner = command.split_once('<').map_or("", |(_, rest)| rest);
    inner.split('>').next().unwrap_or_default().to_owned()
}
