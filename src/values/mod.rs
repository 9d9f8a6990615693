//! Values that the crate understands before it judges them: what was judged is what is dispatched.

mod call;
mod name;

pub use call::{CallError, ToolCall};
pub(crate) use name::name_words;
