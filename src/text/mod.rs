//! Text from strangers: neutralised once, measured once.

mod clean;
mod width;

pub use clean::Clean;
pub use width::{fit, width};
