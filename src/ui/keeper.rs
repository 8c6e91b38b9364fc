//! The thread that keeps the operator's records: a disk that stalls must not stall the screen.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

use super::notebook::{Kept, Order};
use crate::engine::{Folder, Key, Record};
use crate::text::Clean;

/// Orders that wait for the disk; the notebook keeps the rest.
const WAITING: usize = 64;
/// Records that are open at once.
const OPEN: usize = 8;
/// How often the record in use is read again, for what other consoles add.
const AGAIN: Duration = Duration::from_millis(1_500);
/// How long the end waits for the disk.
const END: Duration = Duration::from_secs(3);

/// What is to be kept.
#[derive(Debug)]
enum Task {
    /// In a record.
    Record(Order),
    /// A filter, for the next session.
    Filter(String),
}

/// The console's end.
#[derive(Debug)]
pub(super) struct Keeper {
    orders: Sender<Task>,
    told: Receiver<(Clean, Kept)>,
    ended: Receiver<()>,
}

impl Keeper {
    /// Starts the thread. Without a folder, records last as long as the console, and say so.
    pub(super) fn start(folder: Option<Folder>) -> std::io::Result<Self> {
        let (orders, taken) = bounded(WAITING);
        let (tell, told) = bounded(WAITING);
        let (end, ended) = bounded(0);
        thread::Builder::new().name("record".into()).spawn(move || {
            keep(folder.as_ref(), &taken, &tell);
            drop(end);
        })?;
        Ok(Self { orders, told, ended })
    }

    /// What the records hold by now.
    pub(super) const fn told(&self) -> &Receiver<(Clean, Kept)> {
        &self.told
    }

    /// Hands an order over; gives it back where the disk is too slow just now.
    pub(super) fn order(&self, order: Order) -> Result<(), Order> {
        let refused = self.orders.try_send(Task::Record(order)).err().map(TrySendError::into_inner);
        if let Some(Task::Record(order)) = refused { Err(order) } else { Ok(()) }
    }

    /// Hands a filter over, which later sessions remember; gives it back where the disk is too slow just now.
    pub(super) fn filter(&self, text: String) -> Result<(), String> {
        let refused = self.orders.try_send(Task::Filter(text)).err().map(TrySendError::into_inner);
        if let Some(Task::Filter(text)) = refused { Err(text) } else { Ok(()) }
    }

    /// Waits until everything that was ordered is on the disk, for a while. `true` when it is.
    pub(super) fn end(self) -> bool {
        drop(self.orders);
        // Nobody listens any more: a full channel must not hold the thread up.
        drop(self.told);
        matches!(self.ended.recv_timeout(END), Err(RecvTimeoutError::Disconnected))
    }
}

/// One record that is open.
struct Open {
    id: Clean,
    key: Key,
    record: Record,
    done: u64,
}

fn keep(folder: Option<&Folder>, orders: &Receiver<Task>, tell: &Sender<(Clean, Kept)>) {
    // The one in use is last.
    let mut open: Vec<Open> = Vec::new();
    loop {
        let fresh = match orders.recv_timeout(AGAIN) {
            Ok(Task::Record(order)) => take(folder, &mut open, order),
            Ok(Task::Filter(text)) => {
                // Nothing is lost but a line that can be typed again.
                let _ = folder.map(|folder| folder.keep_filter(&text));
                false
            }
            Err(RecvTimeoutError::Timeout) => open.last_mut().is_some_and(|last| {
                let before = last.record.trouble().map(str::to_owned);
                // What could not be kept is tried again as long as the console is open.
                let tried = last.record.unkept_entries() > 0 && last.record.retry().is_ok();
                last.record.refresh() || tried || last.record.trouble() != before.as_deref()
            }),
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if let (true, Some(last)) = (fresh, open.last()) {
            // While nobody listens, at the end, the orders that wait are still kept.
            let _ = tell.send_timeout((last.id.clone(), told(last)), AGAIN);
        }
    }
}

/// Carries an order out on the record that it is about, which is the one in use from then on.
fn take(folder: Option<&Folder>, open: &mut Vec<Open>, order: Order) -> bool {
    let at = open.iter().position(|open| open.id == order.id && open.key == order.key);
    let mut one = match at {
        Some(at) => open.remove(at),
        None => {
            let record = folder.map_or_else(|| Record::unkept(&order.key), |folder| folder.open(&order.key));
            Open { id: order.id.clone(), key: order.key.clone(), record, done: 0 }
        }
    };
    one.record.refresh();
    if let Some(entry) = order.entry {
        // Why it was not kept stands in the record's trouble.
        let _ = one.record.append(entry);
    }
    one.done = order.serial;
    if open.len() >= OPEN {
        // Only one whose entries are all on the disk can be opened again without a loss.
        let whole = open.iter().position(|open| open.record.unkept_entries() == 0);
        if let Some(whole) = whole {
            open.remove(whole);
        }
    }
    open.push(one);
    true
}

fn told(open: &Open) -> Kept {
    Kept {
        entries: Arc::from(open.record.entries()),
        done: open.done,
        trouble: open.record.trouble().map(Clean::from),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot start should fail")]

    use std::time::Duration;

    use super::Keeper;
    use crate::engine::{Did, Entry, Folder, Key};
    use crate::model::{Category, Moment};
    use crate::text::Clean;
    use crate::ui::notebook::{Kept, Order};

    fn key() -> Key {
        Key {
            scope: "gmail".into(),
            category: Category::IpReputation,
            onset: Moment::from_seconds(1_795_000_000),
        }
    }

    fn order(serial: u64, text: Option<&str>) -> Order {
        let note = |text| Entry {
            at: Moment::from_seconds(1_795_000_100),
            who: "anna@mta1".into(),
            what: Did::Note { on: None, text: Clean::from(text) },
        };
        Order { id: "gmail-1".into(), key: key(), entry: text.map(note), serial }
    }

    /// What is told until `is_enough`.
    fn told(keeper: &Keeper, is_enough: impl Fn(&Kept) -> bool) -> Kept {
        loop {
            let (_, kept) = keeper.told().recv_timeout(Duration::from_secs(30)).unwrap();
            if is_enough(&kept) {
                return kept;
            }
        }
    }

    #[test]
    fn what_was_ordered_is_on_the_disk_when_the_console_has_ended() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::at(place.path().join("state"));
        let keeper = Keeper::start(Some(folder.clone())).unwrap();
        for serial in 1..=5 {
            keeper.order(order(serial, Some("held"))).unwrap();
        }
        assert!(keeper.end());
        assert_eq!(folder.open(&key()).entries().len(), 5);
    }

    #[test]
    fn two_consoles_see_what_the_other_one_wrote() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::at(place.path().join("state"));
        let one = Keeper::start(Some(folder.clone())).unwrap();
        let other = Keeper::start(Some(folder)).unwrap();
        other.order(order(1, None)).unwrap();
        assert!(told(&other, |kept| kept.done == 1).entries.is_empty());
        one.order(order(1, Some("by one"))).unwrap();
        let kept = told(&one, |kept| kept.done == 1);
        assert!(kept.trouble.is_none() && kept.entries.len() == 1);
        assert_eq!(told(&other, |kept| !kept.entries.is_empty()).entries, kept.entries);
    }

    #[test]
    fn where_nothing_can_be_kept_it_is_told_and_stays_in_memory() {
        let keeper = Keeper::start(None).unwrap();
        keeper.order(order(1, Some("held"))).unwrap();
        let kept = told(&keeper, |kept| kept.done == 1);
        assert_eq!(kept.entries.len(), 1);
        assert!(kept.trouble.unwrap().contains("XDG_STATE_HOME"));
    }
}
