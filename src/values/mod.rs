//! Values that the crate understands before it judges them: what was judged is what is dispatched.

mod address;
mod authorization;
mod call;
mod harmless;
mod name;
mod path;
mod proposal;
mod role;
mod shell;
mod sql;
mod tongues;

pub(crate) use address::{Block, is_below};
pub use address::{Network, WebAddress};
pub use authorization::{Authorization, AuthorizationError};
pub use call::{CallError, ToolCall};
pub(crate) use harmless::deeds;
pub use harmless::{Purpose, purpose};
pub(crate) use name::name_words;
pub use path::PathText;
pub(crate) use path::is_within;
pub use proposal::Proposal;
pub(crate) use role::power_words;
pub use role::{ArgRole, Roles};
pub use shell::{Run, Script, Use};
pub use sql::{Reach, SqlDialect, SqlText};
