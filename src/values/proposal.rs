//! A call as it is put before the guard: with the proofs that the host has for it.

use super::{Authorization, ToolCall};

/// A call, and what the host brings with it: an authorization, a binding. A bare [`ToolCall`] is one too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    call: ToolCall,
    authorization: Option<Authorization>,
    binding: Option<String>,
}

impl Proposal {
    /// The call with nothing besides.
    pub const fn new(call: ToolCall) -> Self {
        Self { call, authorization: None, binding: None }
    }

    /// The same, with what the user authorized.
    #[must_use]
    pub fn authorized_by(mut self, authorization: Authorization) -> Self {
        self.authorization = Some(authorization);
        self
    }

    /// The same, with the binding that was issued for this very call.
    #[must_use]
    pub fn bound_by(mut self, binding: impl Into<String>) -> Self {
        self.binding = Some(binding.into());
        self
    }

    /// The call.
    pub const fn call(&self) -> &ToolCall {
        &self.call
    }

    /// What the user authorized, as the host says.
    pub const fn authorization(&self) -> Option<&Authorization> {
        self.authorization.as_ref()
    }

    /// The binding's token.
    pub fn binding(&self) -> Option<&str> {
        self.binding.as_deref()
    }

    /// The call, and what came with it.
    pub fn into_parts(self) -> (ToolCall, Option<Authorization>, Option<String>) {
        (self.call, self.authorization, self.binding)
    }
}

impl From<ToolCall> for Proposal {
    fn from(call: ToolCall) -> Self {
        Self::new(call)
    }
}
