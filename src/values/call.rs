//! A tool call whose meaning does not depend on who reads it: an argument that the guard and the tool read
//! differently would be judged as one thing and executed as another.
//!
//! A [`ToolCall`] has a name without look-alikes, and an object of arguments in which no key repeats and every
//! number reads alike everywhere. Its canonical text is one text per meaning, so that a digest of it stands for
//! the call.
//!
//! Not promised: that the tool exists, or that the arguments fit its schema.

use crate::base::{IdError, JsonPointer, Limits, ServerId, ToolName};
use crate::text::json::{Json, JsonError, shown};

/// Why something is not a tool call. Shows nothing of the arguments but the keys of a pointer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// It is not strict JSON.
    #[error("the call is not strict JSON: {0}")]
    Json(#[from] JsonError),
    /// A name is not one.
    #[error(transparent)]
    Name(#[from] IdError),
    /// A part is of the wrong kind.
    #[error("{part} is {found}; expected {expected}")]
    Kind {
        /// Which part of the call.
        part: &'static str,
        /// What stands there.
        found: &'static str,
        /// What should.
        expected: &'static str,
    },
    /// A key that a call does not have.
    #[error(
        "member {position} of the call has a key that calls do not have; expected `tool`, `args` or `server`"
    )]
    UnknownKey {
        /// Which member of the object, from 1.
        position: usize,
    },
    /// The call names no tool.
    #[error("the call has no `tool`; expected the tool's name")]
    NoTool,
    /// One thing is said twice, under two keys.
    #[error("the call has both `{first}` and `{second}`; expected one of them")]
    Twice {
        /// One key.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// An object in the arguments has a key twice.
    #[error("a key repeats at {}; expected each key at most once", shown(.at))]
    DuplicateKey {
        /// The repeated member.
        at: JsonPointer,
    },
    /// A number that not every reader reads alike.
    #[error(
        "the number at {} changes when read as an IEEE 754 double; expected at most 15 digits, or a string", shown(.at)
    )]
    InexactNumber {
        /// The number.
        at: JsonPointer,
    },
}

/// A call of a tool, as a model asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    server: Option<ServerId>,
    tool: ToolName,
    args: Json,
}

impl ToolCall {
    /// A call of `tool` with these arguments, of no particular server.
    ///
    /// # Errors
    /// When the arguments are not an object, repeat a key, or hold a number that not every reader reads alike.
    pub fn new(tool: ToolName, args: Json) -> Result<Self, CallError> {
        if !matches!(args, Json::Object(_)) {
            return Err(CallError::Kind { part: "`args`", found: args.kind(), expected: "an object" });
        }
        if let Some(at) = args.duplicate_key() {
            return Err(CallError::DuplicateKey { at });
        }
        if let Some(at) = args.inexact_number() {
            return Err(CallError::InexactNumber { at });
        }
        Ok(Self { server: None, tool, args })
    }

    /// The same call, to this server's tool.
    #[must_use]
    pub fn on(mut self, server: ServerId) -> Self {
        self.server = Some(server);
        self
    }

    /// Reads `{"tool": …, "args": {…}, "server": …}`. `name` and `arguments` are taken for `tool` and `args`;
    /// without arguments they are empty, `"server": null` is none.
    ///
    /// # Errors
    /// When the text is not strict JSON within `limits`, has another key, lacks the tool, or is refused by
    /// [`ToolCall::new`].
    pub fn from_json(text: &str, limits: &Limits) -> Result<Self, CallError> {
        let call = Json::parse(text, limits)?;
        let kind = |part, found: &Json, expected| CallError::Kind { part, found: found.kind(), expected };
        let Json::Object(members) = call else { return Err(kind("the call", &call, "an object")) };
        let (mut tool, mut args, mut server) = (None, None, None);
        for (index, (key, value)) in members.into_iter().enumerate() {
            let (slot, first, second) = match key.as_str() {
                "tool" | "name" => (&mut tool, "tool", "name"),
                "args" | "arguments" => (&mut args, "args", "arguments"),
                "server" => (&mut server, "server", "server"),
                // SECURITY: the key is not shown; what an attacker writes there would land in a log.
                _ => return Err(CallError::UnknownKey { position: index.saturating_add(1) }),
            };
            if slot.replace(value).is_some() {
                return Err(CallError::Twice { first, second });
            }
        }
        let tool = tool.ok_or(CallError::NoTool)?;
        let tool = tool.as_str().ok_or_else(|| kind("`tool`", &tool, "a string"))?;
        let call = Self::new(ToolName::new(tool)?, args.unwrap_or(Json::Object(Vec::new())))?;
        match server {
            None | Some(Json::Null) => Ok(call),
            Some(Json::String(server)) => Ok(call.on(ServerId::new(&server)?)),
            Some(other) => Err(kind("`server`", &other, "a string")),
        }
    }

    /// The server whose tool it is, where it is known.
    pub fn server(&self) -> Option<&ServerId> {
        self.server.as_ref()
    }

    /// The tool.
    pub fn tool(&self) -> &ToolName {
        &self.tool
    }

    /// The arguments: always an object.
    pub fn args(&self) -> &Json {
        &self.args
    }

    /// One text for all writings of one call, `{"args":{…},"server":…,"tool":…}`: what digests are taken of, and
    /// what is to be executed.
    pub fn canonical(&self) -> String {
        let server = self.server.as_ref().map_or(Json::Null, |server| server.as_str().into());
        // The keys stand in canonical order, and each part is canonical by itself.
        [
            "{\"args\":",
            &self.args.to_canonical(),
            ",\"server\":",
            &server.to_canonical(),
            ",\"tool\":",
            &Json::from(self.tool.as_str()).to_canonical(),
            "}",
        ]
        .concat()
    }

    /// Every scalar of the arguments with its place.
    pub fn leaves(&self) -> impl Iterator<Item = (JsonPointer, &Json)> {
        self.args.leaves()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ToolCall, CallError> {
        ToolCall::from_json(text, &Limits::default())
    }

    fn refused(text: &str) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn one_call_has_one_canonical_text_however_it_is_written() {
        let a = read(r#"{"tool":"send_mail","args":{"to":"bob","n":1e3},"server":"mail"}"#).unwrap();
        let b =
            read(r#"{"server":"mail","arguments":{"n":1000.0,"to":"b\u006fb"},"name":"send_mail"}"#).unwrap();
        assert_eq!(a.canonical(), r#"{"args":{"n":1000,"to":"bob"},"server":"mail","tool":"send_mail"}"#);
        assert_eq!(a.canonical(), b.canonical());
        let read_back = read(&a.canonical()).unwrap();
        assert_eq!(read_back.canonical(), a.canonical());
    }

    #[test]
    fn server_tool_and_arguments_cannot_be_shifted_into_each_other() {
        let on = |server: &str| {
            let call = ToolCall::new(ToolName::new("t").unwrap(), Json::Object(Vec::new())).unwrap();
            call.on(ServerId::new(server).unwrap()).canonical()
        };
        assert_ne!(on("null"), read(r#"{"tool":"t"}"#).unwrap().canonical());
        assert_ne!(on("a\",\"tool\":\"b"), on("a"));
    }

    #[test]
    fn arguments_may_be_left_out_and_a_server_null() {
        let call = read(r#"{"tool":"now","server":null}"#).unwrap();
        assert_eq!((call.server(), call.args().to_string()), (None, "{}".to_owned()));
    }

    #[test]
    fn what_is_not_a_call_is_told() {
        for (text, message) in [
            ("[]", "the call is an array; expected an object"),
            ("{}", "the call has no `tool`; expected the tool's name"),
            (r#"{"tool":5}"#, "`tool` is a number; expected a string"),
            (r#"{"tool":"a","name":"a"}"#, "the call has both `tool` and `name`; expected one of them"),
            (
                r#"{"tool":"a","args":{},"arguments":{}}"#,
                "the call has both `args` and `arguments`; expected one of them",
            ),
            (r#"{"tool":"a","args":[1]}"#, "`args` is an array; expected an object"),
            (r#"{"tool":"a","args":null}"#, "`args` is null; expected an object"),
            (r#"{"tool":"a","server":1}"#, "`server` is a number; expected a string"),
            (
                r#"{"tool":"a","x-secret":1}"#,
                "member 2 of the call has a key that calls do not have; expected `tool`, `args` or `server`",
            ),
            (
                r#"{"tool":"a","args":{"to":["x"],"to":1}}"#,
                "the call is not strict JSON: the object has this key already at line 1, column 32, in /args; \
                 expected each key at most once",
            ),
            (
                r#"{"tool":"pay","args":{"n":[9007199254740993]}}"#,
                "the number at /n/0 changes when read as an IEEE 754 double; expected at most 15 digits, or a string",
            ),
        ] {
            assert_eq!(refused(text), message);
        }
        assert!(matches!(read("{\"tool\":\"re\u{430}d\"}"), Err(CallError::Name(_))));
    }

    #[test]
    fn arguments_built_by_hand_are_held_to_the_same() {
        let twice = Json::Object(vec![("a".to_owned(), Json::Null), ("a".to_owned(), Json::Null)]);
        let error = ToolCall::new(ToolName::new("t").unwrap(), twice).unwrap_err();
        assert_eq!(error.to_string(), "a key repeats at /a; expected each key at most once");
    }
}
