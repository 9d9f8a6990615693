//! What outlives a verb: facts of a session, what came into it, its turns, quotas and nonces.
//!
//! Everything session-wide merges: facts only get stricter and segments are only added, so that threads and
//! machines need no order among each other. What must happen once (a nonce, a quota, a held text) has a verb of
//! its own that is atomic. Nothing here washes taint: not expiry, not a full store, not a reset that keeps the
//! floor.
//!
//! Not promised: that a store survives the process ([`MemoryStore`] does not), or that a session which is
//! saturated can still say which text a value came from.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{HeldId, Moment, Nonce, Quota, RecordId, SessionId};

mod canaries;
#[cfg(any(test, feature = "test-util"))]
pub mod contract;
mod deeds;
mod facts;
mod index;
mod ledger;
mod memory;
mod once;
pub mod overlap;
mod packed;
mod quota;
mod run;
mod segment;
mod steps;
mod tools;
mod turn;
mod window;

pub use canaries::Planted;
pub(crate) use deeds::{Left, Wish};
pub use facts::{Counter, Flag, SessionFacts};
pub use memory::{MemoryLimits, MemoryStore};
pub use once::Once;
pub use quota::{Acquired, QuotaKey, Tat};
pub use segment::{Hit, Hits, Key, Keys, Place, Role, Segment};
pub use steps::StepTrace;
pub use tools::ToolFacts;
pub use turn::{Held, MessageRef, Turn, TurnEvent};
pub use window::Window;

/// Where sessions are kept. Every verb is atomic, and takes the time from its caller.
///
/// Sessions begin when something is first written under their id. A verb that fails may or may not have had
/// its effect; whoever asked blocks, and may ask again: facts merge, and what is once only is refused rather
/// than given twice.
pub trait StateStore: fmt::Debug + Send + Sync {
    /// What is known of the session; of one that never was, nothing.
    ///
    /// # Errors
    /// When the store cannot tell.
    fn facts(&self, id: &SessionId, now: Moment) -> Result<Arc<SessionFacts>, StoreError>;

    /// Makes the session at least as strict as `delta`.
    ///
    /// # Errors
    /// When the store cannot, or has no room for another session.
    fn merge(&self, id: &SessionId, delta: &SessionFacts, now: Moment) -> Result<(), StoreError>;

    /// Adds a segment under its keys, joins its label into the floor and counts the record. Where the session
    /// has no room left, only the latter two, and the session is [saturated](SessionFacts::saturated).
    ///
    /// # Errors
    /// When the store cannot, has no room for another session, or has a segment of that record.
    fn append(&self, id: &SessionId, segment: Segment, keys: &Keys, now: Moment) -> Result<(), StoreError>;

    /// Puts into `out`, which is cleared first, which of `keys` the session's segments have. Costs the number of
    /// keys, whatever the session has taken in.
    ///
    /// # Errors
    /// When the store cannot tell.
    fn lookup(&self, id: &SessionId, keys: &[Key], now: Moment, out: &mut Hits) -> Result<(), StoreError>;

    /// The segment of a record.
    ///
    /// # Errors
    /// When the store cannot tell.
    fn segment(
        &self,
        id: &SessionId,
        record: RecordId,
        now: Moment,
    ) -> Result<Option<Arc<Segment>>, StoreError>;

    /// Notes the session's next turn.
    ///
    /// # Errors
    /// When the store cannot, or has no room for another session.
    fn next_turn(&self, id: &SessionId, event: TurnEvent, now: Moment) -> Result<Turn, StoreError>;

    /// The turn of a user message. A store may forget old ones: then they authorize nothing.
    ///
    /// # Errors
    /// When the store cannot tell.
    fn message(&self, id: &SessionId, message: MessageRef, now: Moment) -> Result<Option<Turn>, StoreError>;

    /// Keeps a text back. The id is not given to another text, in any session, while the store lives.
    ///
    /// # Errors
    /// When the store cannot, or has no room.
    fn hold(&self, id: &SessionId, content: Held, now: Moment) -> Result<HeldId, StoreError>;

    /// Takes out a text that was kept back: the first time it is there, after that no more.
    ///
    /// # Errors
    /// When the store cannot.
    fn take_held(&self, id: &SessionId, held: HeldId, now: Moment) -> Result<Option<Held>, StoreError>;

    /// Charges `cost` to `key`, if its quota admits that. A rate and a window under one key are counted apart.
    ///
    /// # Errors
    /// When the store cannot, or has no room for another key.
    fn acquire(&self, key: &QuotaKey, quota: Quota, cost: u32, now: Moment) -> Result<Acquired, StoreError>;

    /// What [`StateStore::acquire`] would answer, without charging.
    ///
    /// # Errors
    /// When the store cannot tell.
    fn peek(&self, key: &QuotaKey, quota: Quota, cost: u32, now: Moment) -> Result<Acquired, StoreError>;

    /// Claims a nonce until `ttl` from `now` has passed. A nonce that is still claimed is never forgotten to make
    /// room.
    ///
    /// # Errors
    /// When the store cannot, or has no room for another nonce.
    fn claim_once(&self, nonce: &Nonce, ttl: Duration, now: Moment) -> Result<Claim, StoreError>;

    /// Empties the session: segments, turns, held texts. Quotas and nonces stay.
    ///
    /// # Errors
    /// When the store cannot.
    fn reset(&self, id: &SessionId, how: Reset, now: Moment) -> Result<(), StoreError>;
}

macro_rules! forward {
    ($($verb:ident($($arg:ident: $type:ty),*) -> $result:ty;)*) => {
        /// One store, for several guards, or for a host that looks into it.
        impl<S: StateStore + ?Sized> StateStore for Arc<S> {
            $(fn $verb(&self, $($arg: $type),*) -> Result<$result, StoreError> { (**self).$verb($($arg),*) })*
        }
    };
}

forward! {
    facts(id: &SessionId, now: Moment) -> Arc<SessionFacts>;
    merge(id: &SessionId, delta: &SessionFacts, now: Moment) -> ();
    append(id: &SessionId, segment: Segment, keys: &Keys, now: Moment) -> ();
    lookup(id: &SessionId, keys: &[Key], now: Moment, out: &mut Hits) -> ();
    segment(id: &SessionId, record: RecordId, now: Moment) -> Option<Arc<Segment>>;
    next_turn(id: &SessionId, event: TurnEvent, now: Moment) -> Turn;
    message(id: &SessionId, message: MessageRef, now: Moment) -> Option<Turn>;
    hold(id: &SessionId, content: Held, now: Moment) -> HeldId;
    take_held(id: &SessionId, held: HeldId, now: Moment) -> Option<Held>;
    acquire(key: &QuotaKey, quota: Quota, cost: u32, now: Moment) -> Acquired;
    peek(key: &QuotaKey, quota: Quota, cost: u32, now: Moment) -> Acquired;
    claim_once(nonce: &Nonce, ttl: Duration, now: Moment) -> Claim;
    reset(id: &SessionId, how: Reset, now: Moment) -> ();
}

/// Whether a nonce was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a claim that nobody looks at stops no replay"]
pub enum Claim {
    /// It was; it is now claimed.
    First,
    /// It was claimed before: a replay.
    Again,
}

/// What a reset leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reset {
    /// The floor, the flags and the canaries: the model may still know what it read. The default.
    #[default]
    KeepFloor,
    /// Nothing: the host vouches that the id stands for a new conversation.
    Fresh,
}

/// Why a store did not do what it was asked. Whoever asked blocks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot be reached, or answered nonsense.
    #[error("the store is not available")]
    Unavailable,
    /// Another thread panicked while it changed the same data.
    #[error("the store's data may be damaged")]
    Poisoned,
    /// No room; what is there is not given up for something new.
    #[error("the store has no room for more {what}")]
    Full {
        /// What there is no room for, in the plural.
        what: &'static str,
    },
    /// The session has a segment of that record.
    #[error("{0} is there already")]
    Duplicate(RecordId),
}
