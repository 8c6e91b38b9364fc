//! The loop: keys, the engine's bell and the clock in; at most 30 frames a second out.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, never, select};
use crossterm::event::{self, Event};

use super::Options;
use super::clipboard::{Carrier, copy};
use super::console::{Console, Live};
use super::state::State;
use super::terminal::Terminal;
use super::theme::Theme;
use super::traces::Reached;
use super::update::Effect;
use crate::engine::{Handle, QueueId, Tracing};
use crate::text::Clean;

/// Between two frames that no key asked for.
const FRAME: Duration = Duration::from_millis(33);
/// How often flags and deadlines are looked at when nothing happens.
const TICK: Duration = Duration::from_millis(100);
/// Events that wait for the loop; the terminal keeps the rest.
const WAITING: usize = 1024;

/// Shows the console until the operator quits, or `options.quit` is set.
///
/// # Errors
/// When the theme is unknown, when there is no terminal to draw on or to read keys from, or when
/// it goes away.
#[expect(clippy::needless_pass_by_value, reason = "the console owns its engine's reading end")]
pub fn run(handle: Handle, options: Options) -> io::Result<()> {
    let name = if options.mono { "mono" } else { options.theme.as_str() };
    let theme = Theme::named(name).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let mut terminal = Terminal::enter()?;
    let mut state = State::new(terminal.size(), options.window, theme, options.ascii);
    state.demo = options.demo.as_deref().map(Clean::from);
    state.notice(&options.notices);
    let stop = Arc::new(AtomicBool::new(false));
    let keys = read_keys(Arc::clone(&stop))?;
    let result = turn(&handle, &options.quit, &keys, &mut terminal, state);
    stop.store(true, Ordering::Release);
    result
}

fn turn(
    handle: &Handle,
    quit: &AtomicBool,
    keys: &Receiver<io::Result<Event>>,
    terminal: &mut Terminal,
    state: State,
) -> io::Result<()> {
    let start = Instant::now();
    let carrier = Carrier::here();
    let mut live = Live::new(handle.snapshot());
    let mut console = Console::new(state, &live);
    let mut bell = handle.bell().clone();
    let mut drawn: Option<Instant> = None;
    let mut tracing: Option<Tracing> = None;
    // Something changed; a key asked for it, so it cannot wait for the next frame.
    let (mut dirty, mut urgent) = (true, true);
    loop {
        if dirty && (urgent || drawn.is_none_or(|at| at.elapsed() >= FRAME)) {
            console.refresh(&live);
            terminal.draw(|buffer| console.draw(buffer))?;
            (dirty, urgent, drawn) = (false, false, Some(Instant::now()));
        }
        let wait = match drawn {
            Some(at) if dirty => FRAME.saturating_sub(at.elapsed()),
            _ => TICK,
        };
        let mut waiting = None;
        let answer = tracing.as_ref().map_or_else(never, |tracing| tracing.answer().clone());
        select! {
            recv(keys) -> event => waiting = Some(event.map_err(io::Error::other)?),
            recv(bell) -> rung => {
                if rung.is_err() {
                    // The engine has ended: its last snapshot stays.
                    bell = never();
                }
                live.renew(handle.snapshot());
                console.outdated();
                dirty = true;
            }
            recv(answer) -> traced => {
                tracing = None;
                let failed = || Reached::Failed(Clean::from("the search broke off"));
                let reached = traced.map_or_else(|_| failed(), |traced| Reached::Found(Arc::new(traced)));
                console.state.traces.reach(reached);
                (dirty, urgent) = (true, true);
            }
            default(wait) => {}
        }
        // Every key that waits is taken before anything is drawn.
        while let Some(event) = waiting.take().or_else(|| keys.try_recv().ok()) {
            let Some(effect) = console.event(&event?, &live) else { continue };
            (dirty, urgent) = (true, true);
            match effect {
                Effect::None => {}
                Effect::Quit => return Ok(()),
                Effect::Suspend => terminal.suspend()?,
                Effect::Redraw => terminal.forget()?,
                Effect::Trace(id) => tracing = begin_trace(handle, &mut console.state, id),
                Effect::Copy { what, text } => {
                    let copy = copy(what, &text, carrier);
                    terminal.send(&copy.sequence)?;
                    console.state.say(&copy.says);
                }
            }
            if live.hold(console.state.frozen) {
                console.outdated();
            }
        }
        if quit.load(Ordering::Acquire) {
            return Ok(());
        }
        // Esc gives a search up.
        tracing = tracing.filter(|_| console.state.traces.is_searching());
        if let Some(tracing) = &tracing {
            let progress = tracing.progress();
            let reached = Reached::Searching(progress.read(), progress.size(), progress.found());
            dirty |= console.state.traces.reach(reached);
        }
        if terminal.lost() {
            return Err(io::Error::other("a part of fivefifty panicked; its message is above"));
        }
        if terminal.stop_asked() {
            terminal.suspend()?;
            (dirty, urgent) = (true, true);
        }
        if terminal.resumed() {
            terminal.retake()?;
            (dirty, urgent) = (true, true);
        }
        console.state.size = terminal.size();
        dirty |= console.tick(start.elapsed());
    }
}

/// Begins to search for an id; where that cannot be, the screen says why.
fn begin_trace(handle: &Handle, state: &mut State, id: QueueId) -> Option<Tracing> {
    let begun = match handle.tracer() {
        Some(tracer) => tracer.begin(id).map_err(|error| error.to_string()),
        None => Err("there is nothing to search".to_owned()),
    };
    begun.map_err(|why| state.traces.reach(Reached::Failed(Clean::from(why.as_str())))).ok()
}

/// Reads the terminal's events in a thread of their own: from standard input, or from `/dev/tty`
/// where that is a pipe.
fn read_keys(stop: Arc<AtomicBool>) -> io::Result<Receiver<io::Result<Event>>> {
    let (out, events) = crossbeam_channel::bounded(WAITING);
    thread::Builder::new().name("keys".into()).spawn(move || {
        while !stop.load(Ordering::Acquire) {
            let event = match event::poll(TICK * 5) {
                Ok(false) => continue,
                Ok(true) => event::read(),
                Err(error) => Err(error),
            };
            let failed = event.is_err();
            if out.send(event).is_err() || failed {
                return;
            }
        }
    })?;
    Ok(events)
}
