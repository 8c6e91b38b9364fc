//! A thread that follows: looks at its files, reads what is new, and between two looks a piece of
//! what was written before.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;

use super::history::History;
use super::present::carried;
use super::reader::Reader;
use super::run::{HEAD, News, Tell, Worker, changed, moment, take, wall};
use crate::model::Moment;
use crate::parse::Parser;
use crate::source::{self, Follow, Gap, Heard, Journal, Listing, Packing, Past, Piece, Segments, Wake};

/// Where following begins.
#[derive(Clone, Debug)]
pub(super) enum Begin {
    /// At the beginning of what is there, in the order of writing.
    Start,
    /// At the end of what is there.
    End,
    /// Near the end; what lies before is read behind it, the newest first, but for these paths, which
    /// are read otherwise.
    NearEnd(Vec<PathBuf>),
}

/// Bytes that are read first of one file, so that there is something to see at once; of files that
/// were named together, of each.
const NEAR: [u64; 2] = [2 << 20, 256 << 10];

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
            Begin::Start | Begin::End => None,
        };
        let mut wakes = Wakes::default();
        let (mut told, mut files, mut is_told_now) = (None, 0, false);
        while !stop.load(Ordering::Relaxed) {
            let mut gone = 0;
            let more = followed.look(&mut |heard| desk.hear(self, heard), &mut |gap| gone += gap.bytes);
            let notes = followed.take_notes().into_iter();
            for words in notes.chain(std::mem::take(&mut desk.notes)) {
                tell(News::Note { source, words });
            }
            if gone > 0 && !tell(News::Lost { source, bytes: gone }) {
                return;
            }
            if followed.files() != files {
                files = followed.files();
                if !tell(News::Files { source, files }) {
                    return;
                }
            }
            if !desk.reader.is_empty() && !tell(News::Batch(Box::new(desk.reader.take()))) {
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
                None => wakes.sleep(&followed),
            }
        }
        followed.end(&mut |heard| desk.hear(self, heard));
        tell(News::Batch(Box::new(desk.reader.take())));
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
        match input {
            Ok(path) => Self::File(Follow::new(path, from_end)),
            Err(listing) => Self::Many(Segments::new(listing, from_end)),
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

    /// As it was named.
    pub(super) fn name(&self) -> String {
        match self {
            Self::File(file) => file.path().display().to_string(),
            Self::Many(many) => many.listing().name(),
        }
    }

    fn folders(&self) -> Vec<PathBuf> {
        match self {
            Self::File(file) => vec![file.folder().to_owned()],
            Self::Many(many) => many.listing().folders(),
        }
    }
}

/// Watches on the folders that matter.
#[derive(Debug, Default)]
pub(super) struct Wakes(Vec<(PathBuf, Wake)>);

impl Wakes {
    /// Watches the folders of `followed`, as they are now.
    pub(super) fn mind(&mut self, followed: &Followed) {
        let folders = followed.folders();
        self.0.retain(|(path, _)| folders.contains(path));
        for path in folders {
            match self.0.iter_mut().find(|(watched, _)| *watched == path) {
                Some((_, wake)) => wake.mind(&path),
                None => {
                    let wake = Wake::on(&path);
                    self.0.push((path, wake));
                }
            }
        }
    }

    /// The watches.
    pub(super) fn each(&self) -> impl Iterator<Item = &Wake> {
        self.0.iter().map(|(_, wake)| wake)
    }

    fn sleep(&mut self, followed: &Followed) {
        let before = self.0.len();
        self.mind(followed);
        // What happened before the first watch was in place is looked for, not waited for.
        if before > 0 {
            Wake::sleep_on_any(self.each());
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

    fn take_notes(&mut self, ended: bool) {
        let Sheet { path, journal, .. } = &mut self.sheet;
        let notes = journal.take_notes(ended).into_iter();
        self.notes.extend(notes.map(|words| match path {
            Some(path) => format!("{}: {words}", path.display()),
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
