//! A file system in memory, who writes to it, and what was written.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::source::disk::{Disk, Handle, Stat};

/// The log.
pub(super) const LOG: &str = "/log/mail.log";
/// Time stamps go by ticks of so many nanoseconds.
const TICK: u64 = 4_000_000;

/// Bytes that a log keeps that is written anew without its first lines.
const KEPT: usize = 300;

/// What happens to the files.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many lines are written, the one that was begun first of all.
    Write(usize),
    /// A line is begun, or goes on, and does not end.
    Part,
    /// The log gets the name `.1`, older ones the next number.
    Rename,
    /// The log is made anew, if it is not there.
    Create,
    /// The writer opens what the path names now; it is made if need be.
    Reopen,
    /// The same, but the line that was begun stays without its end.
    Abandon,
    /// The log is copied to `.1`, older ones get the next number.
    Copy,
    Truncate,
    Delete,
    /// The oldest of the older files goes.
    Reap,
    /// The oldest of the older files that is not packed is packed, and keeps its time.
    Pack,
    /// The path is a link, which points to another file now.
    Switch,
    /// The folder is another one now.
    Replace,
    /// The log is written anew, with all that it held, and its writer goes on in that.
    Rewrite,
    /// The same, without its first lines.
    Trim,
    /// So many milliseconds pass.
    Pause(u64),
}

#[derive(Debug)]
pub(super) struct Node {
    inode: u64,
    born: u64,
    data: RefCell<(Vec<u8>, u64)>,
    /// What it holds, if it is packed.
    text: Option<Vec<u8>>,
    /// The size that the follower was told, since it was made or truncated; and which trace waits for the next.
    told: Cell<u64>,
    waits: Cell<Option<usize>>,
}

/// What the follower knew to be in a file that was truncated.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// The lines, and how many bytes of each.
    pub(super) lines: Vec<(usize, u64)>,
    /// The size that it was told next: as much may be what was there before.
    pub(super) next: u64,
}

#[derive(Debug, Default)]
pub(super) struct World {
    names: BTreeMap<PathBuf, Rc<Node>>,
    nodes: Vec<Weak<Node>>,
    pub(super) now: u64,
    writer: Option<Rc<Node>>,
    /// Lines as they were written, without their ends.
    pub(super) lines: Vec<Vec<u8>>,
    pub(super) number: HashMap<Vec<u8>, usize>,
    /// The line that was begun, and how much of it was written.
    part: Option<(Vec<u8>, usize)>,
    /// Lines that the follower has open and must read, though no name leads to them any more.
    pub(super) due: BTreeSet<usize>,
    /// Lines in what was truncated: part of one may have been read.
    pub(super) cut: BTreeSet<usize>,
    /// The same, as far as the follower knew of them.
    pub(super) traces: Vec<Trace>,
    /// How many of them are of truncations since a look ended. Of several, and of those in the middle of a look, the
    /// sizes do not tell one life from another.
    pub(super) untold: usize,
    pub(super) is_looked_at: bool,
    /// Whether there are copies: what is in none of them is not told by sizes alone.
    pub(super) is_copied: bool,
    /// Steps that happen while the follower looks.
    pub(super) meanwhile: VecDeque<Step>,
    pub(super) random: fastrand::Rng,
    aways: usize,
}

/// The world as the follower sees it.
#[derive(Clone, Debug)]
pub(super) struct Model(pub(super) Rc<RefCell<World>>);

#[derive(Debug)]
pub(super) struct Open(Rc<Node>, Model);

impl World {
    pub(super) fn new(random: fastrand::Rng) -> Self {
        Self { random, now: 1 << 40, ..Self::default() }
    }

    pub(super) fn apply(&mut self, step: Step) {
        match step {
            Step::Write(lines) => {
                self.finish();
                for _ in 0..lines {
                    let mut line = self.line();
                    line.push(b'\n');
                    self.append(&line);
                }
            }
            Step::Part => self.begin(),
            Step::Rename => self.rotate(),
            Step::Create => _ = self.named(),
            Step::Reopen => {
                self.finish();
                self.writer = Some(self.named());
            }
            Step::Abandon => {
                let named = self.named();
                if self.writer.as_ref().is_some_and(|writer| Rc::ptr_eq(writer, &named)) {
                    self.finish();
                } else if let Some((line, written)) = self.part.take() {
                    self.learn(line[..written].to_vec());
                }
                self.writer = Some(named);
            }
            Step::Copy => {
                self.is_copied = true;
                let Some(log) = self.names.remove(Path::new(LOG)) else { return };
                self.shift();
                let copy = self.make();
                let bytes = log.data.borrow().0.clone();
                *copy.data.borrow_mut() = (bytes, self.tick());
                self.names.insert(numbered(1), copy);
                self.names.insert(LOG.into(), log);
            }
            Step::Truncate => {
                self.finish();
                let Some(log) = self.names.get(Path::new(LOG)).cloned() else { return };
                let cut = self.lines_of(&log, false);
                self.trace(&log);
                self.cut.extend(cut);
                *log.data.borrow_mut() = (Vec::new(), self.tick());
            }
            Step::Delete => self.unlink(LOG.into()),
            Step::Reap => {
                let oldest =
                    (1..=self.names.len()).rev().map(numbered).find(|path| self.names.contains_key(path));
                oldest.into_iter().for_each(|path| self.unlink(path));
            }
            Step::Pack => {
                let writer = self.writer.clone();
                let is_over =
                    |node: &Rc<Node>| !writer.as_ref().is_some_and(|writer| Rc::ptr_eq(writer, node));
                let plain =
                    (1..=self.names.len()).rev().find(|number| self.names.contains_key(&numbered(*number)));
                let Some(number) = plain.filter(|number| is_over(&self.names[&numbered(*number)])) else {
                    return;
                };
                let (text, changed) = self.names[&numbered(number)].data.borrow().clone();
                let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
                let bytes = gzip.write_all(&text).and_then(|()| gzip.finish()).unwrap_or_default();
                let mut node = Rc::into_inner(self.make());
                if let Some(node) = &mut node {
                    node.data = RefCell::new((bytes, changed));
                    node.text = Some(text);
                    // Written, rotated and packed within one tick of the clock, or later.
                    if self.lines.len().is_multiple_of(2) {
                        node.born = changed;
                    }
                }
                let Some(node) = node.map(Rc::new) else { return };
                self.nodes.push(Rc::downgrade(&node));
                self.unlink(numbered(number));
                self.names.insert(packed(number), node);
            }
            Step::Switch | Step::Replace => {
                self.finish();
                self.aways += 1;
                let old = std::mem::take(&mut self.names);
                for (path, node) in old {
                    if step == Step::Replace || path == Path::new(LOG) {
                        self.owe(&node);
                        let name = path.file_name().map(PathBuf::from).unwrap_or_default();
                        self.names.insert(PathBuf::from(format!("/away{}", self.aways)).join(name), node);
                    } else {
                        self.names.insert(path, node);
                    }
                }
                self.writer = Some(self.named());
            }
            Step::Rewrite | Step::Trim => {
                self.finish();
                let Some(log) = self.names.get(Path::new(LOG)).cloned() else { return };
                let bytes = log.data.borrow().0.clone();
                // What is short, or was never seen, is not known again.
                let is_written = self.writer.as_ref().is_some_and(|writer| Rc::ptr_eq(writer, &log));
                let is_seen = Rc::strong_count(&log) > 2 + usize::from(is_written);
                if bytes.len() < 2 * KEPT || !is_seen {
                    return;
                }
                let from = if step == Step::Trim { bytes.len() - KEPT } else { 0 };
                let start = bytes[..from].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                drop(log);
                self.unlink(LOG.into());
                self.writer = Some(self.named());
                self.append(&bytes[start..]);
            }
            Step::Pause(time) => self.now += time * 1_000_000,
        }
    }

    /// Writes down what the follower knew to be in a file that is truncated now.
    fn trace(&mut self, log: &Node) {
        let (told, mut start, mut trace) = (log.told.take(), 0, Trace::default());
        for line in log.data.borrow().0.split_inclusive(|byte| *byte == b'\n') {
            let bytes = (line.len() as u64).min(told.saturating_sub(start));
            let number = self.number.get(line.strip_suffix(b"\n").unwrap_or(line));
            if let (Some(number), 1..) = (number, bytes) {
                trace.lines.push((*number, bytes));
            }
            start += line.len() as u64;
        }
        log.waits.set(Some(self.traces.len()));
        self.traces.push(trace);
        self.untold += 1;
        if self.untold > 1 || self.is_looked_at {
            self.traces.iter_mut().rev().take(self.untold).for_each(|trace| trace.lines.clear());
        }
    }

    /// Lines that can be reached and are whole.
    pub(super) fn reachable(&self) -> BTreeSet<usize> {
        let here = self.names.iter().filter(|(path, _)| path.starts_with("/log"));
        here.flat_map(|(_, node)| self.lines_of(node, true)).collect()
    }

    fn lines_of(&self, node: &Rc<Node>, whole: bool) -> Vec<usize> {
        let data = node.data.borrow();
        let is_written = self.writer.as_ref().is_some_and(|writer| Rc::ptr_eq(writer, node));
        let bytes = node.text.as_ref().unwrap_or(&data.0);
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        if whole && is_written {
            lines.pop();
        }
        lines.iter().filter_map(|line| self.number.get(*line).copied()).collect()
    }

    /// A name goes. What the follower has open it can still read.
    fn unlink(&mut self, path: PathBuf) {
        let Some(node) = self.names.remove(&path) else { return };
        self.owe(&node);
    }

    fn owe(&mut self, node: &Rc<Node>) {
        let is_written = self.writer.as_ref().is_some_and(|writer| Rc::ptr_eq(writer, node));
        if Rc::strong_count(node) > 1 + usize::from(is_written) {
            let due = self.lines_of(node, true);
            self.due.extend(due);
        }
    }

    fn rotate(&mut self) {
        if let Some(log) = self.names.remove(Path::new(LOG)) {
            self.shift();
            self.names.insert(numbered(1), log);
        }
    }

    fn shift(&mut self) {
        for number in (1..=self.names.len()).rev() {
            for name in [numbered, packed] {
                if let Some(node) = self.names.remove(&name(number)) {
                    self.names.insert(name(number + 1), node);
                }
            }
        }
    }

    /// What the path names; made if need be.
    fn named(&mut self) -> Rc<Node> {
        if let Some(node) = self.names.get(Path::new(LOG)) {
            return Rc::clone(node);
        }
        let node = self.make();
        self.names.insert(LOG.into(), Rc::clone(&node));
        node
    }

    /// A new file, with the first inode that is free.
    fn make(&mut self) -> Rc<Node> {
        self.nodes.retain(|node| node.strong_count() > 0);
        let used: BTreeSet<u64> =
            self.nodes.iter().filter_map(Weak::upgrade).map(|node| node.inode).collect();
        let inode = (1..).find(|inode| !used.contains(inode)).unwrap_or(0);
        // No file is made, seen, deleted, and its inode given away within one tick.
        self.now += TICK;
        let node = Rc::new(Node {
            inode,
            born: self.tick(),
            data: RefCell::new((Vec::new(), self.tick())),
            text: None,
            told: Cell::default(),
            waits: Cell::default(),
        });
        self.nodes.push(Rc::downgrade(&node));
        node
    }

    fn tick(&self) -> u64 {
        self.now / TICK * TICK
    }

    fn append(&mut self, bytes: &[u8]) {
        let tick = self.tick();
        let Some(writer) = &self.writer else { return };
        let mut data = writer.data.borrow_mut();
        data.0.extend_from_slice(bytes);
        data.1 = tick;
    }

    fn line(&mut self) -> Vec<u8> {
        let line = self.text();
        self.learn(line.clone());
        line
    }

    fn text(&mut self) -> Vec<u8> {
        let texts = [
            "",
            "status=sent",
            "é漢😀",
            "\r",
            "\u{1b}[2J\0",
            "a longer text, as replies of servers are, and on it goes",
        ];
        let text = texts[self.random.usize(..texts.len())];
        format!("{:05}>{}", self.lines.len(), text.repeat(self.random.usize(..4))).into_bytes()
    }

    fn learn(&mut self, line: Vec<u8>) {
        self.number.insert(line.clone(), self.lines.len());
        self.lines.push(line);
    }

    fn begin(&mut self) {
        let (line, written) = self.part.take().unwrap_or_else(|| (self.text(), 0));
        // The number at least, so that no part is another line's.
        let least = written.max(5) + 1;
        if self.writer.is_none() || least > line.len() {
            self.part = (written > 0).then_some((line, written));
            return;
        }
        let now = self.random.usize(least..=line.len());
        self.append(&line[written..now]);
        self.part = Some((line, now));
    }

    /// The line that was begun is written to its end.
    fn finish(&mut self) {
        if let Some((line, written)) = self.part.take() {
            self.append(&[&line[written..], b"\n"].concat());
            self.learn(line);
        }
    }
}

fn packed(number: usize) -> PathBuf {
    format!("{LOG}.{number}.gz").into()
}

fn numbered(number: usize) -> PathBuf {
    format!("{LOG}.{number}").into()
}

impl Model {
    /// Others go on while the follower asks.
    fn meanwhile(&self) {
        let mut world = self.0.borrow_mut();
        while !world.meanwhile.is_empty() && world.random.u8(..3) == 0 {
            if let Some(step) = world.meanwhile.pop_front() {
                world.apply(step);
            }
        }
    }
}

impl Node {
    fn stat(&self) -> Stat {
        let data = self.data.borrow();
        let changed = Duration::from_nanos(data.1);
        let changed = (changed.as_secs().cast_signed(), i64::from(changed.subsec_nanos()));
        let size = data.0.len() as u64;
        Stat { identity: (1, self.inode), born: Some(self.born.into()), size, changed, unfit: None }
    }
}

impl Disk for Model {
    type Handle = Open;

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        if path.extension().is_none() {
            // Folders have no times here.
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.meanwhile();
        let world = self.0.borrow();
        world.names.get(path).map(|node| node.stat()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn open(&self, path: &Path) -> io::Result<Open> {
        self.meanwhile();
        let node = self.0.borrow().names.get(path).cloned();
        node.map(|node| Open(node, self.clone())).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        self.meanwhile();
        self.0.borrow().names.keys().filter(|path| path.parent() == Some(folder)).cloned().collect()
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.borrow().now)
    }
}

impl Handle for Open {
    fn stat(&self) -> io::Result<Stat> {
        self.1.meanwhile();
        let stat = self.0.stat();
        self.0.told.set(self.0.told.get().max(stat.size));
        if let Some(trace) = self.0.waits.take() {
            self.1.0.borrow_mut().traces[trace].next = stat.size;
        }
        Ok(stat)
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        self.1.meanwhile();
        let mut world = self.1.0.borrow_mut();
        let data = self.0.data.borrow();
        let there = usize::try_from(offset).ok().and_then(|offset| data.0.get(offset..)).unwrap_or_default();
        let read = there.len().min(into.len());
        // Less may be read than there is.
        let read = if read > 1 && world.random.u8(..8) == 0 { world.random.usize(1..read) } else { read };
        into[..read].copy_from_slice(&there[..read]);
        Ok(read)
    }

    fn again(&self) -> io::Result<Self> {
        Ok(Self(Rc::clone(&self.0), self.1.clone()))
    }
}
