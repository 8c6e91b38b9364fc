//! A thread that follows: looks at its files, reads what is new, and between two looks a piece of
//! what was written before.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use hashbrown::HashMap;

use super::history::History;
use super::present::carried;
use super::reader::Reader;
use super::run::{HEAD, News, Tell, Worker, changed, moment, take, wall};
use super::wakes::Wakes;
use crate::model::Moment;
use crate::parse::Parser;
use crate::source::{
    self, Follow, Gap, Heard, Journal, Listing, LookOut, Packing, Past, Piece, Place, Reason, Segments, trail,
};
use crate::text::Clean;

/// Where following begins.
#[derive(Clone, Debug)]
pub(super) enum Begin {
    /// At the beginning of what is there, in the order of writing.
    Start,
    /// At the end of what is there.
    End,
    /// Where an earlier run stopped.
    At(Box<Place>),
    /// The same, of files that are named together.
    Among(Vec<Place>),
    /// Near the end; what lies before is read behind it, the newest first, but for these paths, which
    /// are read otherwise.
    NearEnd(Vec<PathBuf>),
}

/// Bytes that are read first of one file, so that there is something to see at once; of files that
/// were named together, of each.
const NEAR: [u64; 2] = [2 << 20, 256 << 10];

/// Between two looks at a log whose last line waits for its end.
const SHORT: Duration = Duration::from_millis(50);

/// What a thread follows.
pub(super) enum Followed {
    File(Follow),
    Many(Segments),
}

/// Reads lines of several files, each with a parser of its own: headers and deliveries under way
/// are one file's affair.
struct Desk {
    reader: Reader,
    /// Whose lines the reader reads; 0 for those of no file that goes on.
    open: u64,
    sheet: Sheet,
    /// The others, each with its parser.
    aside: HashMap<u64, (Parser, Sheet)>,
    /// What was wrong with journals.
    notes: Vec<String>,
}

/// What belongs to one file.
struct Sheet {
    /// Its path, where it is one of many.
    path: Option<PathBuf>,
    /// When it was last written: the reference of its year-less stamps.
    written: Moment,
    journal: Journal,
}

impl Worker {
    /// Follows until `stop` is set.
    pub(super) fn follow(
        &self,
        source: usize,
        mut followed: Followed,
        begin: &Begin,
        stop: &AtomicBool,
        tell: Tell<'_>,
    ) {
        let mut desk = self.desk(source, &followed);
        let mut history = match begin {
            Begin::NearEnd(except) => {
                let mut past = followed.near_end(except);
                if let Followed::File(_) = followed {
                    lead_in(&mut past, &mut desk.reader);
                    tell(News::Batch(Box::new(desk.reader.take_joins())));
                }
                Some(History::new(source, past))
            }
            Begin::Start | Begin::End | Begin::At(_) | Begin::Among(_) => None,
        };
        if self.keeps_place() {
            followed.keep_places();
        }
        let mut wakes = Wakes::default();
        let (mut told, mut files, mut rotations, mut is_told_now) = (None, 0, 0, false);
        while !stop.load(Ordering::Relaxed) {
            // First: what happens from now on is heard of, and what happened before is looked for.
            wakes.mind(&followed);
            let Some(more) = self.look(source, &mut followed, &mut desk, tell) else { return };
            if let Some(words) = wakes.note() {
                tell(News::Note { source, words });
            }
            if followed.rotations() != rotations {
                rotations = followed.rotations();
                if !tell(News::Rotated { source }) {
                    return;
                }
            }
            if followed.files() != files {
                files = followed.files();
                if !tell(News::Files { source, files }) {
                    return;
                }
            }
            if !self.hand_on(&mut followed, &mut desk, tell) {
                return;
            }
            if !more && !std::mem::replace(&mut is_told_now, true) {
                desk.present(self, &followed).into_iter().for_each(|now| _ = tell(News::Present { now }));
            }
            if told.as_ref() != Some(followed.state()) {
                told = Some(followed.state().clone());
                let (state, caught_up) = (followed.state().clone(), !more);
                if !tell(News::State { source, state, caught_up }) {
                    return;
                }
            }
            if more {
                continue;
            }
            // Live lines come first: the past has the time between two looks.
            match &mut history {
                Some(past) => match past.step(self, desk.lines(&followed), tell) {
                    Some(true) => {}
                    Some(false) => history = None,
                    None => return,
                },
                None => Wakes::sleep([&wakes], None),
            }
        }
        if self.keeps_place() {
            // Half a line comes whole, in the next run.
            return;
        }
        followed.end(&mut |heard| desk.hear(self, heard));
        tell(News::Batch(Box::new(desk.reader.take())));
    }

    /// Reads up to where the log ends now, or the logs, and answers with these places.
    pub(super) fn read_up(&self, source: usize, followed: &mut Followed, tell: Tell<'_>) -> Vec<Place> {
        let mut desk = self.desk(source, followed);
        let mut files = 0;
        followed.keep_places();
        loop {
            let Some(more) = self.look(source, followed, &mut desk, tell) else { return Vec::new() };
            if std::mem::replace(&mut files, followed.files()) != followed.files() {
                tell(News::Files { source, files: followed.files() });
            }
            if !self.hand_on(followed, &mut desk, tell) {
                return Vec::new();
            }
            match more {
                true => {}
                false if followed.is_waiting() => thread::sleep(SHORT),
                false => break,
            }
        }
        followed.places(&|file| desk.incomplete(file))
    }

    /// Looks once, and tells what was wrong with what was read; whether there is more to read at once. `None`
    /// when nobody listens any more.
    fn look(&self, source: usize, followed: &mut Followed, desk: &mut Desk, tell: Tell<'_>) -> Option<bool> {
        let mut gone = Vec::new();
        let more = followed.look(&mut |heard| desk.hear(self, heard), &mut |gap| gone.push(gap));
        let notes = followed.take_notes().into_iter();
        for words in notes.chain(std::mem::take(&mut desk.notes)) {
            tell(News::Note { source, words });
        }
        gone.into_iter().all(|gap| tell(News::Lost { source, gap })).then_some(more)
    }

    /// Hands on what was read, if anything was, and where the log was read to.
    fn hand_on(&self, followed: &mut Followed, desk: &mut Desk, tell: Tell<'_>) -> bool {
        if desk.reader.is_empty() {
            return true;
        }
        let mut batch = desk.reader.take();
        if self.keeps_place() {
            batch.places = followed.places(&|file| desk.incomplete(file));
        }
        tell(News::Batch(Box::new(batch)))
    }

    fn desk(&self, source: usize, followed: &Followed) -> Desk {
        let path = PathBuf::from(followed.name());
        let written = changed(&path);
        let reader = self.reader(source, &path, written);
        let sheet = Sheet { path: None, written, journal: Journal::new() };
        Desk { reader, open: 0, sheet, aside: HashMap::new(), notes: Vec::new() }
    }
}

/// What was under way just before the first line that is read.
fn lead_in(past: &mut Past, reader: &mut Reader) {
    let mut journal = Journal::new();
    past.lead(&mut |told| match told {
        source::Told::File { head, .. } => reader.preface(head),
        source::Told::Lead(piece) => journal.pass(piece, |piece| take(reader, piece)),
        _ => {}
    });
}

impl Followed {
    pub(super) fn new(input: Result<PathBuf, Listing>, begin: &Begin) -> Self {
        let from_end = matches!(begin, Begin::End);
        match (input, begin) {
            (Ok(path), Begin::At(place)) => Self::File(Follow::resume(path, place)),
            (Ok(path), _) => Self::File(Follow::new(path, from_end)),
            (Err(listing), Begin::Among(places)) => Self::Many(Segments::resume(listing, places.clone())),
            (Err(listing), _) => Self::Many(Segments::new(listing, from_end)),
        }
    }

    fn near_end(&mut self, except: &[PathBuf]) -> Past {
        match self {
            Self::File(file) => file.near_end(NEAR[0], except),
            Self::Many(many) => many.near_end(NEAR[1], except),
        }
    }

    pub(super) fn look(&mut self, on: &mut impl FnMut(Heard<'_>), lost: &mut impl FnMut(Gap)) -> bool {
        match self {
            Self::File(file) => {
                let written = std::fs::metadata(file.path()).and_then(|metadata| metadata.modified());
                written.into_iter().for_each(|written| on(Heard::Written(0, written)));
                file.look(&mut |piece| on(Heard::Piece(0, piece)), lost)
            }
            Self::Many(many) => many.look(on, lost),
        }
    }

    pub(super) fn end(&mut self, on: &mut impl FnMut(Heard<'_>)) {
        match self {
            Self::File(file) => file.end(&mut |piece| on(Heard::Piece(0, piece))),
            Self::Many(many) => many.end(on),
        }
    }

    pub(super) fn state(&self) -> &source::State {
        match self {
            Self::File(file) => file.state(),
            Self::Many(many) => many.state(),
        }
    }

    /// From now on it is asked how far was read.
    pub(super) fn keep_places(&mut self) {
        if let Self::Many(many) = self {
            many.keep_places();
        }
    }

    /// How far each log was read. `incomplete`: how many bytes before that, of a file with this number, begin
    /// what is not complete.
    pub(super) fn places(&mut self, incomplete: &dyn Fn(u64) -> u64) -> Vec<Place> {
        match self {
            Self::File(file) => {
                let mut place = file.place();
                place.iter_mut().for_each(|place| place.step_back(incomplete(0)));
                place.into_iter().collect()
            }
            Self::Many(many) => many.places(incomplete),
        }
    }

    /// Whether a line waits for its end, though the next file was written to.
    fn is_waiting(&self) -> bool {
        matches!(self, Self::File(file) if file.is_waiting())
    }

    /// What was wrong with what was read, each told once.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        match self {
            Self::File(file) => file.take_notes(),
            Self::Many(many) => many.take_notes(),
        }
    }

    /// How many files were named together; 0 where one was.
    pub(super) fn files(&self) -> usize {
        match self {
            Self::File(_) => 0,
            Self::Many(many) => many.files(),
        }
    }

    /// How often the path named another file than before; what was named together has files that come.
    fn rotations(&self) -> u64 {
        match self {
            Self::File(file) => file.rotations(),
            Self::Many(_) => 0,
        }
    }

    /// As it was named.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(file) => Clean::path(file.path()).to_string(),
            Self::Many(many) => many.listing().name(),
        }
    }

    /// What opens new files as soon as they appear; of many, their listing does.
    pub(super) fn look_out(&self) -> Option<LookOut> {
        let Self::File(file) = self else { return None };
        let lookout = file.lookout();
        Some(Arc::new(move || _ = lookout.see()))
    }

    /// The folders that logs are in: without a watch on one of these, only looking finds what is new.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        match self {
            Self::File(file) => file.folders(),
            Self::Many(many) => many.listing().folders(),
        }
    }

    /// What in this folder, or of this file, is a reason to look.
    pub(super) fn reason(&self, watched: &Path) -> Reason {
        match self {
            Self::File(file) => {
                let path = file.path();
                let is_link = || std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
                match path.file_name() {
                    // What it is written to by is called otherwise.
                    _ if watched == path || is_link() => Reason::Anything,
                    Some(log) if file.folders().iter().any(|here| here == watched) => {
                        Reason::Log(log.to_owned())
                    }
                    _ => Reason::Names,
                }
            }
            Self::Many(many) if many.listing().folders().iter().any(|here| here == watched) => {
                Reason::Anything
            }
            Self::Many(_) => Reason::Names,
        }
    }

    /// Other folders that decide which files these are.
    pub(super) fn around(&self) -> Vec<PathBuf> {
        match self {
            Self::File(file) => trail(file.path()),
            Self::Many(many) => {
                let first = many.listing().folders().into_iter().next();
                first.map_or_else(Vec::new, |folder| trail(&folder.join("log")))
            }
        }
    }

    /// The path, where one was named.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(file) => Some(file.path()),
            Self::Many(_) => None,
        }
    }
}

impl Desk {
    /// The newest line that was read, and where reading began: of one file, for of several each
    /// began elsewhere.
    fn lines(&self, followed: &Followed) -> (Option<Moment>, Option<Moment>) {
        let first = self.reader.first().filter(|_| matches!(followed, Followed::File(_)));
        (self.reader.newest(), first)
    }

    /// The log's now, as the file tells that was written last.
    fn present(&self, worker: &Worker, followed: &Followed) -> Option<Moment> {
        // What is no log file may not be opened: a pipe would wait.
        if *followed.state() != source::State::Live {
            return None;
        }
        let sheets = self.aside.values().map(|(_, sheet)| sheet).chain([&self.sheet]);
        let many = sheets.filter_map(|sheet| Some((sheet.written, sheet.path.clone()?)));
        let path = match followed {
            Followed::File(file) => file.path().to_owned(),
            Followed::Many(_) => many.max()?.1,
        };
        if !Packing::of_file(&path).ok()?.is_plain() {
            return None;
        }
        let written = changed(&path);
        let mut file = File::open(&path).ok()?;
        let mut head = Vec::new();
        file.by_ref().take(HEAD).read_to_end(&mut head).ok()?;
        let mut parser = worker.parser(&path, written);
        parser.preface(&head);
        let line = source::last(&file, &mut |line| parser.moment(line)).ok()??;
        carried(line, written, wall())
    }

    fn hear(&mut self, worker: &Worker, heard: Heard<'_>) {
        match heard {
            Heard::Begin { file, path, head } => {
                let written = changed(path);
                let mut parser = worker.parser(path, written);
                parser.preface(head);
                let sheet = Sheet { path: Some(path.to_owned()), written, journal: Journal::new() };
                self.aside.insert(file, (parser, sheet));
            }
            Heard::Written(file, written) => {
                // A clock that is ahead makes no stamp younger.
                let written = moment(written).min(wall());
                if file == self.open {
                    self.sheet.written = written;
                    self.reader.refer_to(written);
                } else if let Some((parser, sheet)) = self.aside.get_mut(&file) {
                    parser.refer_to(written);
                    sheet.written = written;
                }
            }
            Heard::Piece(file, piece) => {
                self.turn_to(file);
                self.sheet.journal.pass(piece, |piece: Piece<'_>| take(&mut self.reader, piece));
                self.take_notes(false);
            }
            Heard::End(file) => {
                self.turn_to(file);
                self.take_notes(true);
                // What is read of no file any more is kept nowhere.
                self.open = 0;
            }
        }
    }

    /// Bytes of a file that were read, and begin what is not complete.
    fn incomplete(&self, file: u64) -> u64 {
        let sheet =
            if file == self.open { Some(&self.sheet) } else { self.aside.get(&file).map(|(_, sheet)| sheet) };
        sheet.map_or(0, |sheet| sheet.journal.incomplete())
    }

    fn take_notes(&mut self, ended: bool) {
        let Sheet { path, journal, .. } = &mut self.sheet;
        let notes = journal.take_notes(ended).into_iter();
        self.notes.extend(notes.map(|words| match path {
            Some(path) => format!("{}: {words}", Clean::path(path)),
            None => words,
        }));
    }

    fn turn_to(&mut self, file: u64) {
        if file == self.open {
            return;
        }
        let Some((parser, sheet)) = self.aside.remove(&file) else { return };
        let before = (self.reader.turn_to(parser), std::mem::replace(&mut self.sheet, sheet));
        if self.open > 0 {
            self.aside.insert(self.open, before);
        }
        self.open = file;
        self.reader.refer_to(self.sheet.written);
    }
}
