//! Counts on log time: leaves (what is counted), rings (when), dimensions (by whom).

mod dimension;
mod leaf;
mod rings;

pub use dimension::{Dimension, Tally, ValueIx};
pub use leaf::{Leaf, LeafIx, LeafKey, Leaves};
pub use rings::Rings;
