//! What a host says a user authorized: one action, within a scope, by one message.

use crate::base::{MessageHash, ToolName};
use crate::text::json::Json;

use super::CallError;

/// What the host says that a user authorized. It names the message; whether that message was recorded, is fresh
/// and unspent, and whether the call keeps to the scope, is judged by L9.
///
/// An authorization enables a dangerous call. It says nothing of where the arguments came from: labels decide
/// about those, so a host that writes one for every call has not opened the door to what strangers wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    action: String,
    scope: Vec<(String, Json)>,
    message: Option<MessageHash>,
    source: String,
}

/// Why something is no authorization.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorizationError {
    /// The scope is not an object of values that read alike everywhere.
    #[error("the authorization's `scope`: {0}")]
    Scope(CallError),
    /// A part is missing or of the wrong kind.
    #[error("the authorization's `{part}` is {found}; expected {expected}")]
    Kind {
        /// Which part.
        part: &'static str,
        /// What stands there.
        found: &'static str,
        /// What should.
        expected: &'static str,
    },
    /// A member that authorizations do not have.
    #[error(
        "member {position} of the authorization is not known; expected `action`, `scope`, `message_hash` or `source`"
    )]
    UnknownKey {
        /// Which member of the object, from 1.
        position: usize,
    },
}

impl Authorization {
    /// Leave to call `action`, by the user's message of this digest. Until a scope is given it covers a call
    /// without arguments, or a call that changes nothing.
    pub fn new(action: &ToolName, message: MessageHash) -> Self {
        Self { action: action.to_string(), scope: Vec::new(), message: Some(message), source: String::new() }
    }

    /// The same, for a call with exactly these arguments.
    ///
    /// # Errors
    /// When `scope` is not an object, repeats a key, or holds a number that not every reader reads alike.
    pub fn scope(mut self, scope: Json) -> Result<Self, AuthorizationError> {
        let found = scope.kind();
        if let Some(at) = scope.duplicate_key() {
            return Err(AuthorizationError::Scope(CallError::DuplicateKey { at }));
        }
        if let Some(at) = scope.inexact_number() {
            return Err(AuthorizationError::Scope(CallError::InexactNumber { at }));
        }
        let Json::Object(members) = scope else {
            return Err(AuthorizationError::Kind { part: "scope", found, expected: "an object" });
        };
        self.scope = members;
        Ok(self)
    }

    /// The same, with the host's word for what the user did: a button, a directive, a form.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// Reads `{"action","scope","message_hash","source"}`; `scope` and `source` may be left out.
    ///
    /// # Errors
    /// When a part is missing, unknown, or not what it has to be.
    pub fn from_json(json: Json) -> Result<Self, AuthorizationError> {
        let kind =
            |part, found: &Json, expected| AuthorizationError::Kind { part, found: found.kind(), expected };
        let Json::Object(members) = json else { return Err(kind("authorization", &json, "an object")) };
        let (mut action, mut scope, mut message, mut source) = (None, None, None, None);
        for (index, (key, value)) in members.into_iter().enumerate() {
            let slot = match key.as_str() {
                "action" => &mut action,
                "scope" => &mut scope,
                "message_hash" => &mut message,
                "source" => &mut source,
                _ => return Err(AuthorizationError::UnknownKey { position: index.saturating_add(1) }),
            };
            *slot = Some(value);
        }
        let text = |part: &'static str, value: Option<Json>| match value {
            Some(Json::String(text)) => Ok(text),
            other => Err(kind(part, &other.unwrap_or(Json::Null), "a string")),
        };
        let action = text("action", action)?;
        // What is no digest names no message; L9 says so when a call relies on it.
        let message = MessageHash::from_hex(&text("message_hash", message)?);
        let mut authorization = Self { action, scope: Vec::new(), message, source: String::new() };
        if let Some(scope) = scope.filter(|scope| *scope != Json::Null) {
            authorization = authorization.scope(scope)?;
        }
        match source.filter(|source| *source != Json::Null) {
            Some(source) => Ok(authorization.source(text("source", Some(source))?)),
            None => Ok(authorization),
        }
    }

    /// The same as an object, for a parked call.
    pub fn to_json(&self) -> Json {
        Json::Object(vec![
            ("action".to_owned(), self.action.as_str().into()),
            (
                "message_hash".to_owned(),
                self.message.map(|hash| hash.to_string()).unwrap_or_default().as_str().into(),
            ),
            ("scope".to_owned(), Json::Object(self.scope.clone())),
            ("source".to_owned(), Json::String(self.source.clone())),
        ])
    }

    /// The tool that may be called.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The arguments that it may be called with.
    pub fn members(&self) -> &[(String, Json)] {
        &self.scope
    }

    /// The digest of the user's message; `None` where the host gave something else.
    pub const fn message(&self) -> Option<MessageHash> {
        self.message
    }

    /// The host's word for what the user did; may be empty.
    pub fn source_name(&self) -> &str {
        &self.source
    }
}
