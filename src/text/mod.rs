//! Text from strangers: neutralised once, measured once.

mod clean;
mod number;
mod redact;
mod width;

pub use clean::Clean;
pub use number::{percent, thousands};
pub use redact::Redactor;
pub use width::{fit, width};
