//! Values that the crate understands before it judges them: what was judged is what is dispatched.

mod authorization;
mod call;
mod name;
mod proposal;
mod role;

pub use authorization::{Authorization, AuthorizationError};
pub use call::{CallError, ToolCall};
pub(crate) use name::name_words;
pub use proposal::Proposal;
pub use role::{ArgRole, Roles};
