//! What a face holds: the newest snapshot, and a bell that rings when there is a newer one.

use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, TrySendError};

use super::{Logs, Snapshot, Tracer};

/// The reading end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    latest: Arc<Mutex<Arc<Snapshot>>>,
    bell: Receiver<()>,
    tracer: Option<Arc<Tracer>>,
    logs: Option<Arc<Logs>>,
    player: Option<Sender<Play>>,
}

/// What the one who watches a log being played asks of the player.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Play {
    /// Stop, or go on.
    Pause,
    /// The next lower speed.
    Slower,
    /// The next higher speed.
    Faster,
}

/// The engine's end.
#[derive(Clone, Debug)]
pub struct Publisher {
    latest: Arc<Mutex<Arc<Snapshot>>>,
    bell: Sender<()>,
}

/// A connected pair, with `first` as the newest snapshot.
#[must_use]
pub fn handle(first: Snapshot) -> (Publisher, Handle) {
    let latest = Arc::new(Mutex::new(Arc::new(first)));
    // One place in the bell: a bell that has rung and was not heard need not ring again.
    let (ring, bell) = crossbeam_channel::bounded(1);
    (
        Publisher { latest: Arc::clone(&latest), bell: ring },
        Handle { latest, bell, tracer: None, logs: None, player: None },
    )
}

impl Handle {
    /// The newest snapshot.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.latest.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Rings when a newer snapshot was published; disconnected when the engine has ended.
    #[must_use]
    pub fn bell(&self) -> &Receiver<()> {
        &self.bell
    }

    /// What searches the sources again for one queue id; `None` where there are none.
    #[must_use]
    pub fn tracer(&self) -> Option<&Tracer> {
        self.tracer.as_deref()
    }

    /// What pages of lines can be read of; `None` where there are no sources.
    #[must_use]
    pub fn logs(&self) -> Option<&Logs> {
        self.logs.as_deref()
    }

    /// Asks the player for something. False where nothing is played, or not any more.
    #[must_use]
    pub fn play(&self, what: Play) -> bool {
        // What is asked faster than it can be done is left out.
        self.player
            .as_ref()
            .is_some_and(|player| !matches!(player.try_send(what), Err(TrySendError::Disconnected(_))))
    }

    pub(super) fn played_by(self, player: Sender<Play>) -> Self {
        Self { player: Some(player), ..self }
    }

    pub(super) fn reading_again(self, tracer: Tracer, logs: Logs) -> Self {
        Self { tracer: Some(Arc::new(tracer)), logs: Some(Arc::new(logs)), ..self }
    }
}

impl Publisher {
    /// Makes `snapshot` the newest one. Never blocks.
    pub fn publish(&self, snapshot: Snapshot) {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
        let _ = self.bell.try_send(());
    }
}
