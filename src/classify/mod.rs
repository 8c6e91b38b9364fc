//! Who speaks and what they say: attribution to a provider, signature, rule, verdict.

use std::sync::Arc;

use crate::model::{Enhanced, Party, ProviderIx, Stage, Verdict};
use crate::text::Clean;

/// Whose mail it is: the receiver (whose MX answered) and the brand (whose domain was addressed).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attribution {
    /// Whose MX answered.
    pub receiver: Party,
    /// Whose domain was addressed.
    pub brand: Party,
}

/// A reply and what is known about its circumstances.
#[derive(Copy, Clone, Debug)]
pub struct Question<'a> {
    /// The reply as logged, codes included; multi-line prefixes still in it.
    pub reply: &'a [u8],
    /// Whether the remote server said it (else a local failure text).
    pub remote: bool,
    /// The basic code.
    pub code: Option<u16>,
    /// The enhanced code.
    pub enhanced: Option<Enhanced>,
    /// Where in the session.
    pub stage: Option<Stage>,
}

/// Providers, lists and rules, loaded and checked. Shared by all workers.
#[derive(Debug)]
pub struct Knowledge {}

/// Why the knowledge could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// The file is not the TOML that was expected.
    #[error("{file}: {reason}")]
    Syntax {
        /// The file.
        file: String,
        /// What and where.
        reason: String,
    },
}

impl Knowledge {
    /// The knowledge inside the binary.
    ///
    /// # Errors
    /// When the embedded files are broken, which a test rules out.
    pub fn embedded() -> Result<Self, KnowledgeError> {
        Ok(Self {})
    }

    /// Id (`gmail`) and name ("Gmail") of a provider.
    #[must_use]
    pub fn provider(&self, _ix: ProviderIx) -> (&str, &str) {
        ("", "")
    }

    /// Who a text sounds like.
    #[must_use]
    pub fn attribute_text(&self, _reply: &[u8]) -> Option<ProviderIx> {
        None
    }
}

/// One worker's classifier: the shared knowledge and its own bounded memory of what it has seen.
#[derive(Debug)]
pub struct Classifier {
    knowledge: Arc<Knowledge>,
}

impl Classifier {
    /// A classifier that has seen nothing.
    #[must_use]
    pub fn new(knowledge: Arc<Knowledge>) -> Self {
        Self { knowledge }
    }

    /// Attributes an attempt. `relay_host` and `relay_ip` may be empty (`relay=none`); then the
    /// host that the reply or failure text names decides, then the recipient's domain.
    pub fn attribute(
        &mut self,
        _relay_host: &[u8],
        _relay_ip: &[u8],
        _recipient_domain: &[u8],
        _text: &[u8],
    ) -> Attribution {
        let _ = &self.knowledge;
        Attribution::default()
    }

    /// What a reply means.
    pub fn verdict(&mut self, _question: &Question<'_>, _attribution: Attribution) -> Arc<Verdict> {
        std::process::abort()
    }

    /// The names of unknown domains that [`Self::attribute`] returned for the first time (or
    /// again after being forgotten) since the last call: the hash in `Party::Domain` and the name.
    pub fn take_names(&mut self) -> Vec<(u64, Clean)> {
        Vec::new()
    }
}
