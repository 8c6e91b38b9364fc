//! Counts on log time: leaves (what is counted), rings (when), dimensions (by whom),
//! strands (by whom, and when), sends (of which campaign, and where it begins and ends), the reservoir
//! (one by one, as many as there is room for), complaints (what came back).

mod complaints;
mod dimension;
mod keys;
mod leaf;
mod reservoir;
mod rings;
mod sends;
mod strand;

pub use complaints::{Blamed, Complaints};
pub use dimension::{Dimension, Tally, ValueIx};
pub use leaf::{Leaf, LeafIx, LeafKey, Leaves};
pub use reservoir::{NameIx, Record, Reservoir};
pub use rings::Rings;
pub use sends::{Cut, Kept, PAUSE, Sends};
pub use strand::{StrandKey, Strands, Whose};
