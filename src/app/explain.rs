//! `explain`: finds out what was given (replies, a file, a bounce, a session, headers) and answers it.

use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;

use super::configure::setup;
use super::screen::no_color;
use super::{Misuse, complain};
use crate::cli::{Explain, ExplainForm, ExplainFormat};
use crate::engine::{self, Asked, Explainer, Form};
use crate::model::basic_code;
use crate::text::Clean;
use crate::{report, source};

/// Bytes read of one bounce, session or header; of replies, all.
const READ: usize = 4 * 1024 * 1024;

/// A line that is an object.
#[derive(Deserialize)]
struct AskedObject {
    reply: String,
    #[serde(default)]
    relay: Option<String>,
    #[serde(default)]
    rcpt: Option<String>,
}

/// Answers every argument in order, and standard input where it is asked for.
pub(super) fn explain(args: &Explain) -> anyhow::Result<()> {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    let mut answers = Answers {
        emphasis: io::stdout().is_terminal() && !dumb && !no_color(),
        explainer: Explainer::new(setup(&args.reading)?),
        out: BufWriter::new(io::stdout().lock()),
        args,
    };
    for given in args.replies.iter().filter(|given| *given != "-") {
        answers.given(given)?;
    }
    if args.replies.is_empty() || args.replies.iter().any(|reply| reply == "-") {
        if io::stdin().is_terminal() {
            bail!(Misuse(
                "give a reply or a file, or pipe replies, a bounce, a session or headers in: \
                 fivefifty explain '550 5.7.1 …'"
                    .to_owned()
            ));
        }
        answers.stream(io::stdin().lock(), "standard input")?;
    }
    Ok(answers.out.flush()?)
}

/// Where answers go, and what they are given with.
struct Answers<'a, W> {
    explainer: Explainer,
    /// Whether the deciding words may be made to stand out.
    emphasis: bool,
    out: W,
    args: &'a Explain,
}

impl<'a, W: Write> Answers<'a, W> {
    /// The relay and the recipient that the operator gave, or nothing.
    fn known(&self) -> (&'a [u8], &'a [u8]) {
        let bytes = |given: &'a Option<String>| given.as_ref().map_or(&[][..], String::as_bytes);
        (bytes(&self.args.relay), bytes(&self.args.rcpt))
    }

    /// Answers an argument: a file, or the text itself.
    fn given(&mut self, given: &str) -> anyhow::Result<()> {
        if self.args.form != ExplainForm::Reply && may_be_path(given) {
            let path = Path::new(given);
            let is_there = path.exists();
            match source::open(path) {
                _ if path.is_dir() && looks_like_path(given) => {
                    self.out.flush()?;
                    bail!("{given}: it is a folder: name a file in it");
                }
                // A folder may have the name of a word that was meant as a reply.
                _ if path.is_dir() => {}
                Err(_) if !is_there && !looks_like_path(given) => {}
                Ok(file) => return self.stream(BufReader::new(file), given),
                Err(why) => {
                    self.out.flush()?;
                    bail!("{given}: {why}");
                }
            }
        }
        match self.form(given.as_bytes()) {
            Form::Replies => self.reply(given.as_bytes()),
            form => self.pasted(given.as_bytes(), form, "the argument"),
        }
    }

    /// Answers what a file or a pipe holds.
    fn stream(&mut self, mut source: impl BufRead, name: &str) -> anyhow::Result<()> {
        let unread = || format!("{name}: cannot be read");
        let mut head = Vec::new();
        if self.args.form != ExplainForm::Reply {
            // One byte more than is read, so that a longer text shows.
            source.by_ref().take(READ as u64 + 1).read_to_end(&mut head).with_context(unread)?;
            if head.is_empty() {
                self.out.flush()?;
                bail!("{name}: it is empty, so there is nothing to explain.");
            }
            let form = self.form(&head[..head.len().min(READ)]);
            if form != Form::Replies {
                if head.len() > READ {
                    head.truncate(READ);
                    complain(&format!("{name}: only its first 4 MiB were read"));
                }
                return self.pasted(&head, form, name);
            }
            if name != "standard input" && head[..head.len().min(8 * 1024)].contains(&0) {
                self.out.flush()?;
                bail!(
                    "{name}: it holds NUL bytes, so it is no text to explain. For such replies: --as reply"
                );
            }
        }
        for line in head.chain(source).split(b'\n') {
            let line = line.with_context(unread)?;
            self.reply(line.strip_suffix(b"\r").unwrap_or(&line))?;
        }
        Ok(())
    }

    fn form(&self, text: &[u8]) -> Form {
        match self.args.form {
            ExplainForm::Auto => engine::form(text),
            ExplainForm::Reply => Form::Replies,
            ExplainForm::Message => Form::Message,
            ExplainForm::Transcript => Form::Transcript,
            ExplainForm::Headers => Form::Headers,
        }
    }

    /// Answers one line.
    fn reply(&mut self, reply: &[u8]) -> anyhow::Result<()> {
        let object = serde_json::from_slice::<AskedObject>(reply).ok().filter(|_| reply.starts_with(b"{"));
        let (relay, recipient) = self.known();
        let asked = match &object {
            Some(AskedObject { reply, relay: own_relay, rcpt }) => Asked {
                reply: reply.as_bytes(),
                relay: own_relay.as_ref().map_or(relay, String::as_bytes),
                recipient: rcpt.as_ref().map_or(recipient, String::as_bytes),
            },
            None => Asked { reply, relay, recipient },
        };
        let explanation = self.explainer.explain(asked);
        let emphasis = self.emphasis;
        self.write(|one| report::explain_text(one, emphasis), report::explain_jsonl, &explanation)
    }

    /// Answers a bounce, a session or headers; fails where there is nothing in it.
    fn pasted(&mut self, text: &[u8], form: Form, name: &str) -> anyhow::Result<()> {
        let emphasis = self.emphasis;
        let (relay, rcpt) = self.known();
        match form {
            Form::Message => return self.messages(text, name),
            Form::Transcript => {
                let session = self.explainer.session(text, relay, rcpt);
                note(name, &session.notes);
                for answered in &session.told {
                    self.write(|one| report::answered_text(one, emphasis), report::answered_jsonl, answered)?;
                }
            }
            Form::Headers => {
                let headers = self.explainer.authentication(text)?;
                if headers.told.is_empty() {
                    self.out.flush()?;
                    bail!("{name}: {}", headers.notes.join("; "));
                }
                note(name, &headers.notes);
                for judged in &headers.told {
                    self.write(report::judged_text, report::judged_jsonl, judged)?;
                }
            }
            Form::Replies => return self.reply(text),
        }
        Ok(())
    }

    /// Answers each message; fails where none of them is a bounce.
    fn messages(&mut self, text: &[u8], name: &str) -> anyhow::Result<()> {
        let emphasis = self.emphasis;
        let (relay, rcpt) = self.known();
        let (messages, cut) = engine::messages(text);
        if cut {
            complain(&format!("{name}: more than 200 messages: the rest was not read"));
        }
        let many = messages.len() > 1;
        let mut bounces = 0;
        for (at, message) in messages.iter().enumerate() {
            let name = if many { format!("{name}, message {}", at + 1) } else { name.to_owned() };
            match self.explainer.bounce(message, relay, rcpt) {
                Ok(bounce) => {
                    bounces += 1;
                    note(&name, &bounce.notes);
                    for bounced in &bounce.told {
                        self.write(
                            |one| report::bounced_text(one, emphasis),
                            report::bounced_jsonl,
                            bounced,
                        )?;
                    }
                }
                Err(why) if many => complain(&format!("{name}: {why}.")),
                Err(why) => {
                    self.out.flush()?;
                    bail!("{name}: {why}.");
                }
            }
        }
        if bounces == 0 {
            bail!("{name}: none of its {} messages is a bounce.", messages.len());
        }
        Ok(())
    }

    fn write<T>(
        &mut self,
        text: impl Fn(&T) -> String,
        jsonl: impl Fn(&T) -> Result<String, serde_json::Error>,
        told: &T,
    ) -> anyhow::Result<()> {
        let text = match self.args.format {
            ExplainFormat::Text => text(told),
            ExplainFormat::Jsonl => jsonl(told)?,
        };
        Ok(self.out.write_all(text.as_bytes())?)
    }
}

fn note(name: &str, notes: &[&str]) {
    notes.iter().for_each(|note| complain(&format!("{}: {note}", Clean::from(name))));
}

/// Whether an argument can name a file: a reply's code is none, nor is a text of several lines.
fn may_be_path(given: &str) -> bool {
    !given.is_empty()
        && given.len() <= 4096
        && !given.contains('\n')
        && basic_code(given.as_bytes()).is_none()
}

/// Whether an argument means a file even where there is none.
fn looks_like_path(given: &str) -> bool {
    const ENDS: [&str; 5] = [".eml", ".msg", ".mbox", ".txt", ".log"];
    let is_word = !given.contains(char::is_whitespace);
    is_word
        && (ENDS.iter().any(|end| given.ends_with(end))
            || ["/", "./", "../", "~/"].iter().any(|start| given.starts_with(start)))
}
