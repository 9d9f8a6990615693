//! L8: an agent with more rights than the task needs.
//!
//! **Attack.** A token that may do everything is lent to an agent that should read; a text talks the agent into
//! the rest. Or a server offers a tool that nobody thought of when the token was granted.
//!
//! **Promise.** Where the host gives a [`ScopeMap`], a call goes on only if its tool is in the map and every scope
//! that the map wants of it was granted to the principal. Every entry that matches counts, so a looser one takes
//! nothing back. What is missing is named, for a step-up; so is what was granted and is not needed, for narrowing.
//!
//! **Not promised.** That a scope was really granted: this crate speaks no OAuth, and believes what the host says
//! of a token that the host has verified. Without a map nothing is checked.
//!
//! Up: `docs/architecture.md`, `docs/layers/l08_scopes.md`, `docs/oauth.md`. Down: `tests/cases/l08_scopes/`.

use std::collections::BTreeSet;

use crate::base::{Finding, JsonPointer, Layer, Limits, Rule, SecurityContext, Severity, ToolName};
use crate::policy::NameGlob;
use crate::text::json::{Json, JsonError, shown};
use crate::values::ToolCall;

/// Which scopes each tool needs. The host fills it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeMap {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    tools: NameGlob,
    scopes: BTreeSet<String>,
}

/// Why something is not a map of scopes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeMapError {
    /// It is not strict JSON.
    #[error("the map is not strict JSON: {0}")]
    Json(#[from] JsonError),
    /// A part is of the wrong kind.
    #[error("{} is {found}; expected {expected}", place(.at))]
    Kind {
        /// Which part.
        at: JsonPointer,
        /// What stands there.
        found: &'static str,
        /// What should.
        expected: &'static str,
    },
    /// A key that is no glob over tool names.
    #[error("{}: {problem}", place(.at))]
    Glob {
        /// Which key.
        at: JsonPointer,
        /// What is wrong with it.
        problem: String,
    },
    /// A scope that is not written as RFC 6749, 3.3 says.
    #[error("{} is no scope; expected printable ASCII without blanks, `\"` and `\\`", place(.at))]
    Scope {
        /// Which one.
        at: JsonPointer,
    },
}

fn place(at: &JsonPointer) -> String {
    if *at == JsonPointer::root() { "the map".to_owned() } else { shown(at).to_string() }
}

impl ScopeMap {
    /// A map of no tool: every call is refused.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, where tools whose name matches the glob need these scopes besides what other entries want; maybe
    /// none. Case means nothing.
    ///
    /// # Errors
    /// When the glob is none, or a scope is not written as one.
    pub fn tool<'s>(
        mut self,
        tools: &str,
        scopes: impl IntoIterator<Item = &'s str>,
    ) -> Result<Self, ScopeMapError> {
        let at = JsonPointer::root().key(tools);
        let entry = match NameGlob::new(tools, true) {
            Ok(tools) => Entry {
                tools,
                scopes: scopes
                    .into_iter()
                    .enumerate()
                    .map(|(index, scope)| {
                        let refused = || ScopeMapError::Scope { at: at.index(index) };
                        is_scope(scope).then(|| scope.to_owned()).ok_or_else(refused)
                    })
                    .collect::<Result<_, _>>()?,
            },
            Err(problem) => return Err(ScopeMapError::Glob { at, problem }),
        };
        self.entries.push(entry);
        Ok(self)
    }

    /// Reads `{"mail.read*": ["mail.read"], "mail.send": ["mail.read", "mail.send"], "clock.now": []}`.
    ///
    /// # Errors
    /// When the text is not strict JSON of that shape, or [`ScopeMap::tool`] refuses a member.
    pub fn from_json(text: &str, limits: &Limits) -> Result<Self, ScopeMapError> {
        let kind = |at: JsonPointer, found: &Json, expected| ScopeMapError::Kind {
            at,
            found: found.kind(),
            expected,
        };
        let json = Json::parse(text, limits)?;
        let Json::Object(members) = &json else {
            return Err(kind(JsonPointer::root(), &json, "an object of globs over tool names"));
        };
        members.iter().try_fold(Self::new(), |map, (tools, scopes)| {
            let at = JsonPointer::root().key(tools);
            let Json::Array(scopes) = scopes else { return Err(kind(at, scopes, "a list of scopes")) };
            let scopes: Vec<&str> = scopes
                .iter()
                .enumerate()
                .map(|(index, scope)| scope.as_str().ok_or_else(|| kind(at.index(index), scope, "a string")))
                .collect::<Result<_, _>>()?;
            map.tool(tools, scopes)
        })
    }

    /// What a tool needs; `None` where no entry speaks of it.
    fn required(&self, tool: &ToolName) -> Option<BTreeSet<String>> {
        let mut entries =
            self.entries.iter().filter(|entry| entry.tools.matches(tool.as_str())).map(|entry| &entry.scopes);
        let first = entries.next()?.clone();
        Some(entries.fold(first, |all, more| &all | more))
    }
}

/// Whether `text` is a scope-token of RFC 6749, 3.3.
fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// The layer: compares what was granted with what a tool needs.
#[derive(Debug, Clone, Default)]
pub struct Scopes {
    map: Option<ScopeMap>,
}

impl Scopes {
    /// The layer with the host's map; without one, every call passes.
    pub const fn compile(map: Option<ScopeMap>) -> Self {
        Self { map }
    }

    /// Checks that the principal was granted what the tool needs.
    ///
    /// # Errors
    /// The refusal, with what is missing.
    pub fn check(&self, call: &ToolCall, cx: &SecurityContext) -> Result<Scoped, Refused> {
        let Some(map) = &self.map else { return Ok(Scoped::default()) };
        let none = BTreeSet::new();
        let granted = cx.granted_scopes().unwrap_or(&none);
        let Some(required) = map.required(call.tool()) else {
            // SECURITY: a tool that a server added later must not run under rights that were granted before it.
            return Err(Refused { finding: Box::new(UNMAPPED.finding()), missing: none });
        };
        let missing: BTreeSet<String> = required.difference(granted).cloned().collect();
        if missing.is_empty() {
            let surplus = granted.difference(&required).cloned().collect();
            return Ok(Scoped { required, surplus });
        }
        let names: Vec<&str> = missing.iter().map(String::as_str).collect();
        let finding = MISSING.finding().saying(format!("{}: {}", MISSING.meaning, names.join(" ")));
        Err(Refused { finding: Box::new(finding), missing })
    }
}

/// Proof that L8 let a call go on. Only [`Scopes::check`] makes one.
#[derive(Debug, Default)]
#[must_use = "a proof that nobody asks for proves nothing"]
pub struct Scoped {
    required: BTreeSet<String>,
    surplus: BTreeSet<String>,
}

impl Scoped {
    /// The scopes that the tool needs, all granted; none where there is no map.
    pub const fn required(&self) -> &BTreeSet<String> {
        &self.required
    }

    /// What was granted beyond that: a token for this call alone can do without.
    pub const fn surplus(&self) -> &BTreeSet<String> {
        &self.surplus
    }
}

/// A call that may not go on.
#[derive(Debug)]
pub struct Refused {
    finding: Box<Finding>,
    missing: BTreeSet<String>,
}

impl Refused {
    /// The scopes to ask for in a step-up; none where no scope would help.
    pub const fn missing(&self) -> &BTreeSet<String> {
        &self.missing
    }

    /// Why.
    pub fn into_finding(self) -> Finding {
        *self.finding
    }
}

const UNMAPPED: Rule = Rule::new(
    Layer::Scopes,
    "l8/unmapped",
    Severity::High,
    "the host's map of scopes does not know the tool",
);
const MISSING: Rule = Rule::new(
    Layer::Scopes,
    "l8/missing-scope",
    Severity::Medium,
    "the tool needs scopes that were not granted",
);

/// What this layer can find.
pub const RULES: &[Rule] = &[UNMAPPED, MISSING];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::SessionId;

    const MAP: &str = r#"{"mail.*":["mail.read"],"mail.send":["mail.send"],"clock.now":[]}"#;

    fn map(text: &str) -> Result<ScopeMap, ScopeMapError> {
        ScopeMap::from_json(text, &Limits::default())
    }

    fn check(map: Option<ScopeMap>, tool: &str, granted: &[&str]) -> Result<Scoped, Refused> {
        let cx = SecurityContext::new(SessionId::new("s").unwrap());
        let cx = granted.iter().fold(cx, |cx, scope| cx.scope(*scope));
        let call = ToolCall::new(ToolName::new(tool).unwrap(), Json::Object(Vec::new())).unwrap();
        Scopes::compile(map).check(&call, &cx)
    }

    fn refused(tool: &str, granted: &[&str]) -> (String, Vec<String>) {
        let refused = check(Some(map(MAP).unwrap()), tool, granted).unwrap_err();
        let missing = refused.missing().iter().cloned().collect();
        let finding = refused.into_finding();
        (format!("{}: {}", finding.rule, finding.message), missing)
    }

    #[test]
    fn a_call_needs_every_scope_of_every_entry_that_matches() {
        let scoped =
            check(Some(map(MAP).unwrap()), "mail.send", &["mail.read", "mail.send", "admin"]).unwrap();
        assert_eq!(scoped.required(), &BTreeSet::from(["mail.read".to_owned(), "mail.send".to_owned()]));
        assert_eq!(scoped.surplus(), &BTreeSet::from(["admin".to_owned()]));
        for tool in ["mail.send", "Mail.Send"] {
            let (told, missing) = refused(tool, &["mail.read"]);
            assert_eq!(
                (told.as_str(), missing),
                (
                    "l8/missing-scope: the tool needs scopes that were not granted: mail.send",
                    vec!["mail.send".to_owned()]
                )
            );
        }
        assert_eq!(refused("mail.send", &[]).1, ["mail.read", "mail.send"]);
    }

    #[test]
    fn a_tool_that_needs_nothing_is_another_than_one_that_nobody_knows() {
        assert!(check(Some(map(MAP).unwrap()), "clock.now", &[]).unwrap().required().is_empty());
        let (told, missing) = refused("files.delete", &["mail.read", "mail.send", "files"]);
        assert_eq!(told, "l8/unmapped: the host's map of scopes does not know the tool");
        assert!(missing.is_empty());
        assert!(check(Some(ScopeMap::new()), "clock.now", &[]).is_err());
    }

    #[test]
    fn without_a_map_every_call_passes() {
        let scoped = check(None, "files.delete", &["admin"]).unwrap();
        assert!(scoped.required().is_empty() && scoped.surplus().is_empty());
    }

    #[test]
    fn scopes_are_compared_as_they_are_written() {
        for granted in ["MAIL.READ", "mail.read ", "mail", "mail.*", "mail.read mail.send"] {
            assert!(check(Some(map(MAP).unwrap()), "mail.list", &[granted]).is_err(), "{granted}");
        }
    }

    #[test]
    fn what_is_no_map_is_told_where() {
        for (text, told) in [
            ("[]", "the map is an array; expected an object of globs over tool names"),
            (r#"{"a":"b"}"#, "/a is a string; expected a list of scopes"),
            (r#"{"a":["x",1]}"#, "/a/1 is a number; expected a string"),
            (r#"{"a":["x y"]}"#, "/a/0 is no scope; expected printable ASCII without blanks, `\"` and `\\`"),
            (r#"{"a":[""]}"#, "/a/0 is no scope; expected printable ASCII without blanks, `\"` and `\\`"),
        ] {
            assert_eq!(map(text).unwrap_err().to_string(), told);
        }
        assert!(
            map(r#"{"a[b]":[]}"#).unwrap_err().to_string().starts_with("/a[b]: `[` means nothing in a glob")
        );
        assert!(matches!(map(r#"{"a":[],"a":["x"]}"#), Err(ScopeMapError::Json(_))));
        assert!(matches!(ScopeMap::new().tool("a", ["é"]), Err(ScopeMapError::Scope { .. })));
    }

    #[test]
    fn a_map_that_is_built_is_the_map_that_is_read() {
        let built = ScopeMap::new()
            .tool("mail.*", ["mail.read"])
            .and_then(|map| map.tool("mail.send", ["mail.send"]))
            .and_then(|map| map.tool("clock.now", []));
        assert_eq!(built, map(MAP));
    }
}
