//! Text from strangers: neutralised once, measured once; and remarks on files that operators write.

mod clean;
mod number;
mod redact;
pub mod remark;
mod width;

pub use clean::Clean;
pub use number::{limit, percent, share, thousands};
pub use redact::{Redactor, Text, Texts};
pub use width::{fit, hang, width};
