//! Text from strangers: neutralised once, measured once.

mod clean;
mod number;
mod width;

pub use clean::Clean;
pub use number::{percent, thousands};
pub use width::{fit, width};
