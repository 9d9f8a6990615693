//! Values that the crate understands before it judges them: what was judged is what is dispatched.

mod call;

pub use call::{CallError, ToolCall};
