//! Being asked to end: who works looks at a flag now and then, who waits is woken.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

/// Set once, by a signal, by the operator, or because nobody listens any more; its clones are set with it.
#[derive(Clone, Debug)]
pub struct Stop {
    flag: Arc<AtomicBool>,
    ring: Arc<Mutex<Option<Sender<Infallible>>>>,
    bell: Receiver<Infallible>,
}

impl Default for Stop {
    fn default() -> Self {
        let (ring, bell) = crossbeam_channel::bounded(0);
        Self { flag: Arc::default(), ring: Arc::new(Mutex::new(Some(ring))), bell }
    }
}

impl Stop {
    /// Asks everybody to end.
    pub fn set(&self) {
        self.flag.store(true, Ordering::Release);
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Whether it was set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.flag.load(Ordering::Acquire)
    }

    /// Waits until it is set, for so long at most; whether it was.
    #[must_use]
    pub fn within(&self, time: Duration) -> bool {
        self.bell.recv_timeout(time) == Err(RecvTimeoutError::Disconnected)
    }

    /// For who waits for something else, too: nothing comes, and it is disconnected when this is set.
    #[must_use]
    pub const fn bell(&self) -> &Receiver<Infallible> {
        &self.bell
    }

    /// For who works, and looks at it after each piece of work.
    #[must_use]
    pub const fn flag(&self) -> &Arc<AtomicBool> {
        &self.flag
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::thread;
    use std::time::Duration;

    use super::Stop;

    #[test]
    fn who_waits_is_woken_and_who_looks_sees_it() {
        let stop = Stop::default();
        assert!(!stop.within(Duration::ZERO) && !stop.is_set());
        let waiting = [stop.clone(), stop.clone()]
            .map(|stop| thread::spawn(move || stop.within(Duration::from_secs(600))));
        stop.set();
        assert!(waiting.into_iter().all(|waiting| waiting.join().unwrap_or(false)));
        assert!(stop.is_set() && stop.within(Duration::ZERO) && stop.flag().load(Ordering::Acquire));
        stop.set();
    }
}
