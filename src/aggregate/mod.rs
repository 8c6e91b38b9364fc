//! Counts on log time: leaves (what is counted), rings (when), dimensions (by whom),
//! strands (by whom, and when).

mod dimension;
mod leaf;
mod rings;
mod strand;

pub use dimension::{Dimension, Tally, ValueIx};
pub use leaf::{Leaf, LeafIx, LeafKey, Leaves};
pub use rings::Rings;
pub use strand::{StrandKey, Strands, Whose};
