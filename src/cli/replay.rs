//! Arguments of the replay.

use clap::Args;

use super::{Look, Reading};
use crate::engine::Speed;

/// Arguments of the replay.
#[derive(Debug, Args)]
#[command(
    after_help = "Keys, beside those of the console: P stops and goes on, < and > change the speed, Space holds the\n\
        picture, [ and ] step through what was played, 0 is where it is now.\n\n\
        Examples:\n  \
        fivefifty replay /var/log/mail.log.1 --from 14:20\n  \
        fivefifty replay mta1.log mta2.log.gz --from '2026-11-21 14:20' --until '2026-11-21 15:00' --speed 10\n\n\
        Times without a zone are this host's; a clock alone is of the log's first day, or of the next."
)]
pub struct Replay {
    /// How logs are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Logs to play, side by side in the order of time: files, packed or not, patterns, folders, or `-`.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<String>,
    /// How much faster than it was: 0.1 to 86400, or max.
    #[arg(long, value_name = "FACTOR", default_value = "60", value_parser = speed)]
    pub speed: Speed,
    /// Where it begins: `14:20`, `2026-11-21 14:20`, RFC 3339. The day before it is read as history.
    /// Without it, at the first line.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Where it ends.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Stand still at the beginning: P begins.
    #[arg(long)]
    pub paused: bool,
    /// How it looks.
    #[command(flatten)]
    pub look: Look,
}

fn speed(text: &str) -> Result<Speed, String> {
    text.parse()
}
