//! How a story is made up, told, and judged.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::world::{LOG, Model, Step, Trace, World};
use crate::source::block::Piece;
use crate::source::follow::Follow;

/// Bytes that may be missing beyond what is reported: of a line that is being written.
const LINE: u64 = 64;
/// Steps of one story.
const STEPS: usize = 40;

/// How a log is rotated. One machine does it one way at a time.
pub(super) const MOVED: [&[Step]; 7] = [
    // By rename; the new file may come late, and the writer be told late.
    &[Step::Rename, Step::Create, Step::Reopen, Step::Rename, Step::Reopen, Step::Abandon],
    &[Step::Rename, Step::Reopen],
    // By rename, and old ones go soon.
    &[Step::Rename, Step::Reopen, Step::Reap],
    // By rename, and old ones are packed.
    &[Step::Rename, Step::Reopen, Step::Pack],
    // By truncation alone.
    &[Step::Truncate],
    &[Step::Delete, Step::Reopen],
    &[Step::Switch, Step::Replace],
];

/// The same, and by copy and truncation.
pub(super) const MIXED: [&[Step]; 5] = [MOVED[0], MOVED[1], MOVED[4], MOVED[5], COPIED[0]];

/// By copy and truncation, any number of times between two looks and in the middle of them.
pub(super) const COPIED: [&[Step]; 1] = [&[Step::Copy, Step::Truncate]];

/// Written anew with what it held; or rotated by rename.
pub(super) const REWRITTEN: [&[Step]; 2] = [&[Step::Rewrite, Step::Trim], MOVED[1]];

#[derive(Clone, Debug)]
enum Told {
    Step(Step),
    /// These happen in the middle of the next look.
    Meanwhile(Vec<Step>),
    /// Somebody heard of a change.
    See,
    Look,
    /// Looks until there is no more; then nothing may be missing.
    Settle,
}

struct Reader {
    world: Rc<RefCell<World>>,
    follow: Follow<Model>,
    out: Vec<u8>,
    gone: u64,
    /// Lines that came out without their ends, which were lost; and the bytes of those that came out torn.
    unended: usize,
    torn: usize,
    /// The lines that came out, and how much of `out` was judged.
    seen: BTreeSet<usize>,
    judged: usize,
}

/// Tells the story of `seed`; if it ends badly, how.
pub(super) fn run(seed: u64, ways: &[&'static [Step]]) -> Result<(), String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let world = Rc::new(RefCell::new(World::new(random.fork())));
    let follow = Follow::on(Model(Rc::clone(&world)), LOG.into(), false);
    let mut reader = Reader {
        world,
        follow,
        out: Vec::new(),
        gone: 0,
        unended: 0,
        torn: 0,
        seen: BTreeSet::new(),
        judged: 0,
    };
    let mut story = Vec::new();
    let mut way = ways[random.usize(..ways.len())];
    let (mut at, mut tell) = (0, Told::Step(Step::Reopen));
    for number in 0..STEPS {
        story.push(tell.clone());
        reader.tell(tell).map_err(|what| format!("{story:?}\n{what}"))?;
        if number == 0 {
            // What lies beside the log at the first look is the past's.
            reader.look();
        }
        tell = match random.u8(..20) {
            0..=5 => Told::Step(Step::Write(random.usize(1..5))),
            6 => Told::Step(Step::Part),
            7..=9 => Told::Step(next(way, &mut at)),
            10 => Told::Step(Step::Pause(random.u64(..50))),
            11..=12 => Told::See,
            13..=15 => Told::Look,
            16..=18 => Told::Meanwhile(
                (0..random.usize(1..6))
                    .map(|_| match random.u8(..4) {
                        0 | 1 => Step::Write(random.usize(1..4)),
                        2 => Step::Part,
                        _ => next(way, &mut at),
                    })
                    .collect(),
            ),
            _ => Told::Settle,
        };
        // Another way only when the one before has come to its end.
        if matches!(tell, Told::Settle) && random.bool() && number > 5 {
            story.push(Told::Step(Step::Reopen));
            reader.tell(Told::Step(Step::Reopen))?;
            (way, at) = (ways[random.usize(..ways.len())], 0);
        }
    }
    reader.tell(Told::Settle).map_err(|what| format!("{story:?}, Settle\n{what}"))
}

fn next(way: &[Step], at: &mut usize) -> Step {
    let step = way[*at % way.len()];
    *at += 1;
    step
}

impl Reader {
    fn tell(&mut self, told: Told) -> Result<(), String> {
        match told {
            Told::Step(step) => self.world.borrow_mut().apply(step),
            Told::See => _ = self.follow.lookout().see(),
            Told::Look => _ = self.look(),
            Told::Meanwhile(steps) => {
                self.world.borrow_mut().meanwhile = steps.into();
                self.look();
                let mut world = self.world.borrow_mut();
                while let Some(step) = world.meanwhile.pop_front() {
                    world.apply(step);
                }
            }
            Told::Settle => return self.settle(),
        }
        Ok(())
    }

    fn look(&mut self) -> bool {
        let (out, unended) = (&mut self.out, &mut self.unended);
        let mut on = |piece: Piece<'_>| {
            out.extend_from_slice(piece.bytes());
            if matches!(piece, Piece::Unended(_)) {
                out.push(b'\n');
                *unended += 1;
            }
        };
        self.world.borrow_mut().is_looked_at = true;
        let more = self.follow.look(&mut on, &mut |gap| self.gone += gap.bytes);
        (self.world.borrow_mut().untold, self.world.borrow_mut().is_looked_at) = (0, false);
        more
    }

    fn settle(&mut self) -> Result<(), String> {
        // Half a line keeps the next file waiting for a moment.
        let (mut rounds, mut quiet) = (0, 0);
        while quiet < 3 {
            quiet = if self.look() { 0 } else { quiet + 1 };
            self.world.borrow_mut().now += if quiet > 0 { 1_100_000_000 } else { 0 };
            rounds += 1;
            if rounds > 5_000 {
                return Err("looking has no end".to_owned());
            }
        }
        self.judge()
    }

    fn judge(&mut self) -> Result<(), String> {
        let world = self.world.borrow();
        let new = self.out[self.judged..].split_inclusive(|byte| *byte == b'\n');
        for line in new {
            self.judged += line.len();
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let shown = String::from_utf8_lossy(line);
            match world.number.get(line) {
                Some(number) if self.seen.contains(number) => return Err(format!("doubled: {shown}")),
                Some(number) if self.seen.last() > Some(number) => {
                    return Err(format!("out of order: {shown}"));
                }
                Some(number) => _ = self.seen.insert(*number),
                None if world.cut.iter().any(|cut| world.lines[*cut].starts_with(line)) => {
                    self.torn += line.len()
                }
                None => return Err(format!("torn: {shown:?}")),
            }
        }
        let mut due = world.reachable();
        due.extend(&world.due);
        if let Some(lost) = due.difference(&self.seen).next() {
            return Err(format!(
                "lost: {} (line {lost} of {})",
                String::from_utf8_lossy(&world.lines[*lost]),
                world.lines.len()
            ));
        }
        let unseen = (0..world.lines.len()).filter(|number| !self.seen.contains(number));
        let unseen: usize = unseen.map(|number| world.lines[number].len() + 1).sum();
        let unseen = unseen + self.unended;
        if self.gone > unseen as u64 {
            return Err(format!("{} bytes were reported as lost, and {unseen} are missing", self.gone));
        }
        // Where there is a trace, it is reported.
        let missing = |trace: &Trace| {
            let lines = trace.lines.iter().filter(|(number, _)| !self.seen.contains(number));
            lines.map(|(_, bytes)| bytes).sum::<u64>().saturating_sub(trace.next)
        };
        let traced: u64 = world.traces.iter().map(missing).sum();
        if !world.is_copied && self.gone + (self.torn as u64) + LINE < traced {
            return Err(format!("{traced} bytes were known of and are missing, {} were reported", self.gone));
        }
        Ok(())
    }
}
