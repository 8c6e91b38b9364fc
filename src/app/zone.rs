//! In which zone times are shown, and read where they name none: the command line's, else the settings',
//! else this host's.

use std::sync::OnceLock;

use crate::cli::Times;
use crate::config::Settings;
use crate::model::{Zone, show_in};

/// What the command line says, for as long as the program runs.
static GIVEN: OnceLock<Zone> = OnceLock::new();

/// Takes over what the command line says.
pub(super) fn given(times: &Times) {
    let zone = if times.utc { Some(Zone::UTC) } else { times.tz };
    show_in(zone.map_or(Zone::Local, |zone| *GIVEN.get_or_init(|| zone)));
}

/// Whether the command line says anything.
pub(super) fn is_given() -> bool {
    GIVEN.get().is_some()
}

/// Takes over what the settings say, where the command line says nothing.
pub(super) fn set(settings: &Settings) {
    if !is_given() {
        let set = settings.timezone.as_deref().and_then(|zone| zone.parse().ok());
        show_in(set.unwrap_or(Zone::Local));
    }
}
