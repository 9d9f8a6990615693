//! The vocabulary that every other module speaks: what a finding is, what a label means, where a span
//! points, what time it is.
//!
//! Nothing here decides anything, and nothing here imports from the rest of the crate. Words mean the same
//! everywhere: `docs/architecture.md` has the table.

mod clock;
mod context;
mod entropy;
mod fenced;
mod finding;
mod id;
mod label;
mod layer;
mod limits;
mod marks;
mod pointer;
mod readers;
mod secret;
mod source;
mod span;
mod verdict;

pub use clock::{Clock, ClockError, Moment, SystemClock};
pub use context::{Mode, SecurityContext};
pub use entropy::{Entropy, EntropyError, OsEntropy};
pub use fenced::Awaited;
pub(crate) use fenced::Fenced;
pub use finding::{Evidence, Finding, Location, Rule, RuleId, Severity};
pub use id::{
    CanaryPlace, Digest, HeldId, IdError, MessageHash, PolicyDigest, PrincipalId, RecordId, RequestId,
    ServerId, SessionId, ToolName,
};
pub use label::{Integrity, Label, Origins, Sensitivity};
pub use layer::Layer;
pub use limits::{Limits, Quota};
pub use marks::{ATTACK_MIN, SUSPECT_MIN};
pub use pointer::JsonPointer;
pub use readers::Readers;
pub use secret::{Nonce, SecretKey, SecretValue, sha256};
pub use source::{Source, SourceKind};
pub use span::{Clean, Folded, Original, Space, Span};
pub use verdict::{Blocked, Copied, Disposition, Report, Verdict};
