//! What a receiver found out about a message's sender (RFC 8601, RFC 7208 section 9.1, RFC 8617).

use crate::text::Clean;

/// One header that tells results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authentication {
    /// `Authentication-Results`, `ARC-Authentication-Results` or `Received-SPF`; empty where the
    /// results stood there without one.
    pub header: Clean,
    /// The authserv-id: the server that says so; empty where it does not say.
    pub server: Clean,
    /// Which link of an ARC chain.
    pub instance: Option<u32>,
    /// The results, in order; none where it says `none`.
    pub results: Vec<MethodResult>,
}

/// The result of one method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MethodResult {
    /// `spf`, `dkim`, `dmarc`, `arc`, …, in lower case.
    pub method: Clean,
    /// `pass`, `fail`, …, in lower case.
    pub result: Clean,
    /// `reason=`, or empty.
    pub reason: Clean,
    /// What stands in parentheses, without them, or empty.
    pub comment: Clean,
    /// `smtp.mailfrom`, `header.d`, …: names in lower case, and their values.
    pub properties: Vec<(Clean, Clean)>,
}

impl MethodResult {
    /// The value of the first of these properties that it has.
    #[must_use]
    pub fn property(&self, names: &[&str]) -> Option<&Clean> {
        names
            .iter()
            .find_map(|name| self.properties.iter().find(|(have, _)| have.as_str() == *name))
            .map(|(_, value)| value)
    }
}
