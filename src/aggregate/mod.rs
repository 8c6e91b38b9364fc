//! Counts on log time: leaves (what is counted), rings (when), dimensions (by whom),
//! strands (by whom, and when), sends (of which campaign, and where it begins and ends).

mod dimension;
mod leaf;
mod rings;
mod sends;
mod strand;

pub use dimension::{Dimension, Tally, ValueIx};
pub use leaf::{Leaf, LeafIx, LeafKey, Leaves};
pub use rings::Rings;
pub use sends::{Cut, Kept, PAUSE, Sends};
pub use strand::{StrandKey, Strands, Whose};
