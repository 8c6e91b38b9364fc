//! The nouns of the field: plain data, no colour, no prose, no behaviour beyond their own reading
//! and printing.

mod answer;
mod attempt;
mod authentication;
mod moment;
mod provider;
mod reply;
mod verdict;
mod window;
mod zone;

pub use answer::{Answer, Answers};
pub use attempt::{Attempt, Complaint, Join, Outcome, Parsed, Relay, Speaker, domain};
pub use authentication::{Authentication, MethodResult};
pub use moment::Moment;
pub use provider::{Party, ProviderIx};
pub use reply::{Enhanced, Stage, basic_code, code_class, codes};
pub use verdict::{Action, Category, Considered, Fault, Mechanism, Severity, Verdict};
pub use window::Window;
pub use zone::{Zone, show_in, shown_in};
