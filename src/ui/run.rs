//! The loop: keys, the engine's bell and the clock in; at most 30 frames a second out.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, never, select};
use crossterm::event::Event;

use super::alert::Alert;
use super::asking::Heard;
use super::clipboard::{Carrier, copy};
use super::completion::Typed;
use super::console::{Console, Live};
use super::exports::Preview;
use super::keeper::Keeper;
use super::keymap::Keymap;
use super::maker::{Done, Maker};
use super::screens::Screen;
use super::settings::Renewed;
use super::state::State;
use super::terminal::{Asked, Terminal};
use super::theme::{AUTO, Depth, Shelf};
use super::traces::Reached;
use super::update::Effect;
use super::wardrobe::Wardrobe;
use super::{Options, asking, leaving};
use crate::engine::{Folder, Handle, Page, Paging, QueueId, Stop, Tracing};
use crate::model::Moment;
use crate::text::Clean;

mod keys;

use keys::Keys;

/// Between two frames that no key asked for.
const FRAME: Duration = Duration::from_millis(33);
/// How often deadlines are looked at when nothing happens.
const TICK: Duration = Duration::from_millis(100);
/// How often when there is none.
const SLOW: Duration = Duration::from_secs(1);
/// The keys to begin with: shown until a key is pressed.
pub(super) const FIRST_STEPS: [&str; 2] = [
    "{open} opens what is selected. {back} goes back, {quit} quits, {help} shows all keys.",
    "{what-changed} what changed   {filter} filter   {freeze} freeze   {export} hand over",
];

/// Shows the console until the operator quits, or `options.quit` is set.
///
/// # Errors
/// When the theme is unknown, when there is no terminal to draw on or to read keys from, or when
/// it goes away.
pub fn run(handle: Handle, options: Options) -> io::Result<()> {
    let refused = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    let keymap = Keymap::patched(&options.keys).map_err(|wrong| {
        let told: Vec<String> = wrong.into_iter().map(|one| one.what).collect();
        io::Error::new(io::ErrorKind::InvalidInput, told.join("; "))
    })?;
    let shelf = Shelf::with(&options.themes);
    shelf.for_ground(&options.theme, None).map_err(refused)?;
    // Dropped last of all.
    let _leaving = leaving::insist(options.quit.clone())?;
    let mut terminal = Terminal::enter()?;
    let asks = options.theme == AUTO && !options.mono;
    let heard = if asks { asking::ground() } else { Heard::default() };
    let mut wardrobe = Wardrobe::new(shelf, Depth::here(), heard.ground, options.mono, &options.file);
    let theme = wardrobe.choose(&options.theme).map_err(refused)?;
    let mut state = State::new(terminal.size(), options.window, theme, options.ascii);
    (state.keymap, state.mouse) = (keymap, options.mouse);
    (state.wardrobe, state.strings) = (wardrobe, options.sample);
    state.desk.plain_first = !options.redact;
    state.demo = options.demo.as_deref().map(Clean::from);
    (state.filter, state.saved) = (options.filter, options.filters);
    let steps = FIRST_STEPS.iter().filter(|_| options.is_first).map(|step| state.keymap.told(step));
    let notices: Vec<String> = options.notices.iter().cloned().chain(steps).collect();
    state.notice(&notices);
    state.notebook.sign(&options.who);
    state.replays = handle.snapshot().playing.is_some();
    if let Some(exports) = &options.exports {
        state.desk.kinds = exports.kinds();
        state.desk.folder = Clean::from(exports.folder().as_str());
    }
    if let Some(logs) = handle.logs() {
        state.raw.names = logs.names();
    }
    let typed = options.records.as_ref().map(Folder::typed_filters);
    state.typed = Typed::of(typed.unwrap_or_default());
    let keys = Keys::read(heard.late, heard.keys)?;
    let keeper = Keeper::start(options.records)?;
    let live = Live::new(handle.snapshot());
    let mut turning = Turning {
        console: Console::new(state, &live),
        live,
        handle,
        keeper,
        maker: Maker::new(options.exports),
        alert: Alert::default(),
        bell: options.bell,
        title: options.title,
        renewed: options.renewed.unwrap_or_else(never),
        tracing: None,
        paging: None,
        carrier: Carrier::here(),
    };
    let result = turning.turn(&options.quit, &keys.events, &mut terminal);
    // What is typed from here on is the shell's.
    keys.end();
    // What the operator wrote down last may still be on its way to the disk.
    turning.keep();
    turning.keeper.end();
    result
}

/// What turns while the console is open.
struct Turning {
    console: Console,
    live: Live,
    handle: Handle,
    keeper: Keeper,
    maker: Maker,
    alert: Alert,
    bell: bool,
    title: bool,
    renewed: Receiver<Renewed>,
    tracing: Option<Tracing>,
    paging: Option<Paging>,
    carrier: Carrier,
}

impl Turning {
    fn turn(
        &mut self,
        quit: &Stop,
        keys: &Receiver<io::Result<Event>>,
        terminal: &mut Terminal,
    ) -> io::Result<()> {
        let start = Instant::now();
        let mut bell = self.handle.bell().clone();
        let mut drawn: Option<Instant> = None;
        // Something changed; a key asked for it, so it cannot wait for the next frame.
        let (mut dirty, mut urgent) = (true, true);
        self.console.tick(start.elapsed(), wall());
        self.tell(terminal)?;
        loop {
            terminal.mouse(self.console.state.mouse)?;
            if dirty && (urgent || drawn.is_none_or(|at| at.elapsed() >= FRAME)) {
                self.console.refresh(&self.live);
                terminal.draw(|buffer| self.console.draw(buffer))?;
                (dirty, urgent, drawn) = (false, false, Some(Instant::now()));
            }
            let wait = match drawn {
                Some(at) if dirty => FRAME.saturating_sub(at.elapsed()),
                _ if self.console.state.is_settled() => SLOW,
                _ => TICK,
            };
            let (mut waiting, mut asked) = (None, None);
            let answer = self.tracing.as_ref().map_or_else(never, |tracing| tracing.answer().clone());
            let pages = self.paging.as_ref().map_or_else(never, |paging| paging.pages().clone());
            let done = self.maker.done();
            select! {
                recv(keys) -> event => waiting = Some(event.map_err(io::Error::other)?),
                recv(bell) -> rung => {
                    if rung.is_err() {
                        // The engine has ended: its last snapshot stays.
                        bell = never();
                    }
                    self.live.renew(self.handle.snapshot());
                    self.console.outdated();
                    self.tell(terminal)?;
                    dirty = true;
                }
                recv(answer) -> traced => {
                    self.tracing = None;
                    let failed = || Reached::Failed(Clean::from("the search broke off"));
                    let reached = traced.map_or_else(|_| failed(), |traced| Reached::Found(Arc::new(traced)));
                    self.console.state.traces.reach(reached);
                    (dirty, urgent) = (true, true);
                }
                recv(pages) -> page => {
                    dirty |= self.leaf(page.ok());
                }
                recv(self.keeper.told()) -> told => {
                    if let Ok((id, kept)) = told
                        && self.console.state.notebook.keep(&id, kept)
                    {
                        self.console.state.tell_trouble(&self.live.shown().incidents);
                        dirty = true;
                    }
                }
                recv(self.renewed) -> renewed => {
                    match renewed {
                        Ok(renewed) => self.renew(&renewed),
                        Err(_) => self.renewed = never(),
                    }
                    dirty = true;
                }
                recv(done) -> done => {
                    self.maker.end();
                    self.came(done.ok());
                    if std::mem::take(&mut self.console.state.desk.is_awaited) {
                        let effect = super::update::write(&mut self.console.state);
                        self.carry_out(effect, terminal)?;
                    }
                    (dirty, urgent) = (true, true);
                }
                recv(terminal.asked()) -> what => asked = what.ok(),
                recv(quit.bell()) -> _ => {}
                default(wait) => {}
            }
            // Every key that waits is taken before anything is drawn.
            while let Some(event) = waiting.take().or_else(|| keys.try_recv().ok()) {
                let Some(effect) = self.console.event(&event?, &self.live) else { continue };
                (dirty, urgent) = (true, true);
                if self.carry_out(effect, terminal)? {
                    return Ok(());
                }
                let (frozen, sight) = (self.console.state.frozen, self.console.state.sight);
                if self.live.hold(frozen) | self.live.look(sight) {
                    self.console.outdated();
                }
            }
            if quit.is_set() {
                return Ok(());
            }
            self.keep();
            dirty |= self.read_on(start.elapsed().as_secs());
            dirty |= self.went_on();
            if terminal.lost() {
                return Err(io::Error::other("a part of fivefifty panicked; its message is above"));
            }
            while let Some(what) = asked.take().or_else(|| terminal.asked().try_recv().ok()) {
                match what {
                    Asked::Stop => terminal.suspend()?,
                    Asked::GoOn => terminal.retake()?,
                }
                (dirty, urgent) = (true, true);
            }
            self.console.state.size = terminal.size();
            dirty |= self.console.tick(start.elapsed(), wall());
        }
    }

    /// Does what a key asked for beyond drawing. `true` to leave.
    fn carry_out(&mut self, effect: Effect, terminal: &mut Terminal) -> io::Result<bool> {
        match effect {
            Effect::None => {}
            Effect::Quit => return Ok(true),
            Effect::Suspend => terminal.suspend()?,
            Effect::Redraw => terminal.forget()?,
            Effect::Trace(id) => self.tracing = begin_trace(&self.handle, &mut self.console.state, id),
            Effect::Play(what) => {
                if !self.handle.play(what) {
                    let is_played = self.live.newest().playing.is_some();
                    let state = &mut self.console.state;
                    state.say(if is_played {
                        "the replay has ended"
                    } else {
                        "nothing is being replayed here"
                    });
                }
            }
            Effect::Make | Effect::Write => {
                let Some(wanted) = self.console.wanted(self.live.shown()) else { return Ok(false) };
                let begun = match self.console.state.desk.document().cloned() {
                    Some(document) if effect == Effect::Write => self.maker.write(wanted, document),
                    _ => self.maker.make(wanted),
                };
                if let Err(error) = begun {
                    let why = Clean::from(error.to_string().as_str());
                    self.console.state.desk.preview = Preview::Failed(why);
                }
            }
            Effect::Copy { what, text } => {
                let copy = copy(what, &text, self.carrier);
                terminal.send(&copy.sequence)?;
                self.console.state.say(&copy.says);
            }
        }
        Ok(false)
    }

    /// Rings the bell and sets the title, where the newest snapshot asks for it.
    fn tell(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        let signal = self.alert.of(self.live.newest(), self.console.state.ascii);
        if let Some(title) = signal.title.as_ref().filter(|_| self.title) {
            terminal.title(title)?;
        }
        if signal.bell && self.bell {
            terminal.send("\x07")?;
        }
        Ok(())
    }

    /// Takes a page of the raw log. `true` when the screen changes by that.
    fn leaf(&mut self, page: Option<Page>) -> bool {
        let Some(page) = page else {
            self.paging = None;
            self.console.state.raw.fail("the reading of it broke off");
            return true;
        };
        self.console.state.raw.take(page)
    }

    /// Orders what the raw log needs next, as long as it is open. `true` when the screen changes by that.
    fn read_on(&mut self, seconds: u64) -> bool {
        let state = &mut self.console.state;
        if !state.has(Screen::RawLog) {
            self.paging = None;
            return false;
        }
        state.raw.tick(seconds);
        let Some(order) = state.raw.next_order(&state.filter) else { return false };
        if self.paging.is_none() {
            let begun = match self.handle.logs() {
                Some(logs) => logs.begin().map_err(|error| error.to_string()),
                None => Err("there is nothing to read".to_owned()),
            };
            match begun {
                Ok(paging) => self.paging = Some(paging),
                Err(why) => {
                    state.raw.fail(&why);
                    return true;
                }
            }
        }
        if !self.paging.as_ref().is_some_and(|paging| paging.order(order)) {
            state.raw.fail("the reading of it broke off");
        }
        false
    }

    /// What is set changed.
    fn renew(&mut self, renewed: &Renewed) {
        self.bell = renewed.bell.unwrap_or(self.bell);
        self.title = renewed.title.unwrap_or(self.title);
        self.console.state.renew(renewed);
    }

    /// Hands over what the operator wrote down, as much as the thread that keeps it takes.
    fn keep(&mut self) {
        let typed = &mut self.console.state.typed;
        while let Some(text) = typed.take_unkept() {
            if let Err(text) = self.keeper.filter(text) {
                typed.put_back(text);
                break;
            }
        }
        let notebook = &mut self.console.state.notebook;
        while let Some(order) = notebook.take_order() {
            if let Err(order) = self.keeper.order(order) {
                return notebook.put_back(order);
            }
        }
    }

    /// A document was made, or written, or neither.
    fn came(&mut self, done: Option<Done>) {
        let state = &mut self.console.state;
        match done {
            Some(Done::Made(made)) => state.desk.made(made),
            Some(Done::Written(wanted, written)) => state.written(&wanted, written),
            None => state.desk.made(Err("the making of it broke off".to_owned())),
        }
    }

    /// What is searched or made in the background went on, or is not wanted any more. `true` when the
    /// screen changes by that.
    fn went_on(&mut self) -> bool {
        let state = &mut self.console.state;
        // Esc gives a search up.
        self.tracing = self.tracing.take().filter(|_| state.traces.is_searching());
        let mut changed = false;
        if let Some(tracing) = &self.tracing {
            let progress = tracing.progress();
            let reached = Reached::Searching(progress.read(), progress.size(), progress.found());
            changed |= state.traces.reach(reached);
        }
        if !state.desk.is_waiting() {
            self.maker.give_up();
        } else if let Some(progress) = self.maker.progress() {
            changed |= state.desk.went_on(progress);
        }
        changed
    }
}

/// The wall clock: when the operator does something.
fn wall() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Begins to search for an id; where that cannot be, the screen says why.
fn begin_trace(handle: &Handle, state: &mut State, id: QueueId) -> Option<Tracing> {
    let begun = match handle.tracer() {
        Some(tracer) => tracer.begin(id).map_err(|error| error.to_string()),
        None => Err("there is nothing to search".to_owned()),
    };
    begun.map_err(|why| state.traces.reach(Reached::Failed(Clean::from(why.as_str())))).ok()
}
