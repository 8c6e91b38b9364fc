//! What the end-to-end test with a real Postfix is made of.

pub(crate) mod fold;
pub(crate) mod names;
pub(crate) mod script;
pub(crate) mod server;
pub(crate) mod sink;
