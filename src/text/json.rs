//! JSON that every reader reads alike: a duplicate key or a number that only some parsers can hold would let
//! the checked call differ from the executed one.
//!
//! [`Json::parse`] is stricter than RFC 8259: no key twice in an object, no lone surrogates, no byte order
//! mark, nothing behind the value, depth and count within [`Limits`]. Order and the numbers' text are kept.
//! [`Json::to_canonical`] gives one text to all texts of one value.
//!
//! The parser is our own because `serde_json` keeps order and the numbers' text only by features that, being
//! unified across a build, would change the JSON of the program that embeds us; and a visitor over it would
//! recurse, lose the place of an error, and still need the rules below.
//!
//! Not promised: repair. What is not strict JSON is refused.

mod build;
mod number;
mod parse;
mod value;
mod walk;
mod write;
#[cfg(feature = "yaml")]
mod yaml;

use std::fmt;

use crate::base::{JsonPointer, Limits};

pub use build::JsonError;
pub(crate) use build::shown;
pub use number::Number;
pub use walk::Node;

/// A JSON value. Exhaustive on purpose: there is no seventh kind.
///
/// `==` compares what was written: `1.0` and `1`, or one object in two orders, differ. To compare meanings,
/// compare [`Json::to_canonical`]. Values from [`Json::parse`] have no key twice; one built by hand may, and
/// [`Json::duplicate_key`] tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, in its own text.
    Number(Number),
    /// A string, unescaped.
    String(String),
    /// Values in order.
    Array(Vec<Json>),
    /// Members in the order in which they were written.
    Object(Vec<(String, Json)>),
}

/// Where the string of JSON that begins at `start`, behind its quotation mark, ends: at the other one.
pub(crate) fn string_end(text: &str, start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let found = memchr::memchr2(b'"', b'\\', text.as_bytes().get(at..)?)?;
        let here = at.saturating_add(found);
        if text.as_bytes().get(here) == Some(&b'"') {
            return Some(here);
        }
        at = here.saturating_add(2);
    }
}

impl Json {
    /// Deepest nesting that is ever read, whatever [`Limits::json_depth`] says.
    // SECURITY: dropping a tree recurses; a deeper one could overflow a small thread's stack.
    pub const MAX_DEPTH: usize = 1024;

    /// Longest pointer of a value that is read, in bytes.
    // SECURITY: each leaf's pointer repeats its keys; without a cap a few long keys above many leaves would
    // make a walk over the tree cost the square of the text.
    pub const MAX_POINTER: usize = 2048;

    /// Reads `text` strictly.
    ///
    /// # Errors
    /// When the text is not JSON, has a key twice, a lone surrogate, a byte order mark, an exponent of more than
    /// nine digits, a pointer longer than [`Json::MAX_POINTER`], or exceeds `max_input`, `json_depth` (or
    /// [`Json::MAX_DEPTH`]) or `json_values`.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, JsonError> {
        parse::parse(text, limits)
    }

    /// The same value, from `serde_json`. Numbers keep the text that `serde_json` prints for them.
    ///
    /// # Errors
    /// When the value exceeds the limits, as in [`Json::parse`].
    pub fn from_value(value: &serde_json::Value, limits: &Limits) -> Result<Self, JsonError> {
        value::from_value(value, limits)
    }

    /// One text for all writings of one value: keys in the order of their UTF-16 code units, least escapes,
    /// numbers as [`Number::canonical`] (RFC 8785). Two values have the same text exactly when they are equal.
    pub fn to_canonical(&self) -> String {
        write::write(self, write::Form::Canonical)
    }

    /// Every scalar with its place, in document order. Keys are not among them: see [`Json::walk`].
    pub fn leaves(&self) -> impl Iterator<Item = (JsonPointer, &Json)> {
        walk::walk(self).filter_map(|(pointer, node)| match node {
            Node::Leaf(leaf) => Some((pointer, leaf)),
            Node::Key(_) => None,
        })
    }

    /// Every scalar and every object key, in document order; a key stands at its member's place, before it.
    pub fn walk(&self) -> impl Iterator<Item = (JsonPointer, Node<'_>)> {
        walk::walk(self)
    }

    /// The first number that not every reader reads alike: see [`Number::is_exact`].
    pub fn inexact_number(&self) -> Option<JsonPointer> {
        self.leaves().find_map(|(pointer, leaf)| match leaf {
            Self::Number(number) if !number.is_exact() => Some(pointer),
            _ => None,
        })
    }

    /// The tree of a YAML document that a program printed. `None` where the text is no YAML, or says what JSON
    /// cannot, or is larger than the limits; always without the feature `yaml`.
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str, limits: &Limits) -> Option<Self> {
        yaml::parse(text, limits)
    }

    /// Nothing: reading YAML takes the feature `yaml`.
    #[cfg(not(feature = "yaml"))]
    pub const fn from_yaml(_text: &str, _limits: &Limits) -> Option<Self> {
        None
    }

    /// An object that has a key twice. Only values built by hand can have one.
    pub fn duplicate_key(&self) -> Option<JsonPointer> {
        walk::duplicate_key(self)
    }

    /// The value of the member `key`; `None` too where this is not an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_object()?.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value at `pointer`.
    pub fn at(&self, pointer: &JsonPointer) -> Option<&Self> {
        pointer.steps().try_fold(self, |value, step| match value {
            Self::Object(_) => value.get(&step),
            // Array indices have no leading zeros (RFC 6901, 4).
            Self::Array(items) if step == "0" || !step.starts_with(['0', '+']) => {
                items.get(step.parse::<usize>().ok()?)
            }
            _ => None,
        })
    }

    /// The text, where this is a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The truth value, where this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    /// The number, where this is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The items, where this is an array.
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The members in their order, where this is an object.
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// What kind of value this is, as error messages say it: `null`, `a boolean`, `a number`, …
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// Compact JSON: order and the numbers' text as they were.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&write::write(self, write::Form::AsRead))
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

#[cfg(test)]
mod tests;
