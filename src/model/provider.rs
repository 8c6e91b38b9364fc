//! Who decides about a message.

/// The index of a provider in the provider table; the same for every worker of a run.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderIx(pub u16);

/// One side of an attempt's attribution, small enough to be copied: the receiver (whose MX
/// answered) or the brand (whose domain was addressed).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The log does not tell.
    #[default]
    Nobody,
    /// A row of the provider table.
    Known(ProviderIx),
    /// A registrable domain that the table does not know, by the hash of its lower-case name; the
    /// name travels beside it the first time that a worker sees it.
    Domain(u64),
}

impl Party {
    /// All domains that have no row of their own.
    pub const OTHER: Self = Self::Domain(0);

    /// This party, or `other` where the log does not tell.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::Nobody { other } else { self }
    }
}
