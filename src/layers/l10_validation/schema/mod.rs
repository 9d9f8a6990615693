//! A tool's JSON Schema: read once, with everything refused that could not be judged on every call, then asked about
//! arguments for a price that is known beforehand.
//!
//! Understood are the drafts from 4 to 2020-12, without references to other documents. A schema becomes a graph whose
//! edges lead to the same value (`allOf`, `$ref`, …) or one deeper (`properties`, `items`, …). No way along edges of the
//! first kind comes back to where it began, and whether a value fits a place of the graph is worked out once and
//! remembered, so that a schema in which every place is named twice costs twice and not two to the power of its depth.

mod build;
mod check;
mod explain;
mod pattern;
mod refs;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use self::pattern::Pattern;
use super::tree::Tree;
use super::{Noticed, SCHEMA_REFUSED, TOO_COSTLY};
use crate::base::{Finding, JsonPointer};
use crate::policy::UndeclaredAction;
use crate::text::json::{Json, Number, shown};

/// Where a tool's definition may have its schema.
const KEYS: [&str; 3] = ["inputSchema", "parameters", "input_schema"];
/// Longest schema, in bytes of compact JSON.
const MAX_BYTES: usize = 64 << 10;
/// Deepest nesting of a schema.
const MAX_DEPTH: usize = 64;
/// Most places of a schema's graph.
const MAX_PLACES: usize = 4096;
/// Most patterns in a schema.
const MAX_PATTERNS: usize = 64;

/// A tool's schema, ready to check calls against. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Schema(Arc<Graph>);

impl Schema {
    /// The schema in a tool's definition (`inputSchema`, `parameters`, `input_schema`); `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be judged; the finding has its place in the definition.
    pub fn of_definition(definition: &Json) -> Option<Result<Self, Box<Finding>>> {
        let mut found = KEYS
            .iter()
            .filter_map(|key| Some((*key, definition.get(key).filter(|schema| **schema != Json::Null)?)));
        let (key, schema) = found.next()?;
        let pointer = JsonPointer::root().key(key);
        if let Some((other, _)) = found.next() {
            // SECURITY: the model would be shown one, and calls be checked against the other.
            let says = format!("both `{key}` and `{other}` are there; a tool has one schema");
            return Some(Err(Refusal::new(&pointer, says).into_finding(&JsonPointer::root())));
        }
        Some(
            build::graph(schema)
                .map(|graph| Self(Arc::new(graph)))
                .map_err(|refusal| refusal.into_finding(&pointer)),
        )
    }

    /// Reads a JSON Schema.
    ///
    /// # Errors
    /// When it cannot be judged; the finding has its place in the schema.
    pub fn compile(schema: &Json) -> Result<Self, Box<Finding>> {
        build::graph(schema)
            .map(|graph| Self(Arc::new(graph)))
            .map_err(|refusal| refusal.into_finding(&JsonPointer::root()))
    }

    /// Whether the arguments are what the schema says, and what of them it does not speak of.
    pub(super) fn check(&self, tree: &Tree<'_>, undeclared: UndeclaredAction, noticed: &mut Noticed) {
        if explain::explain(&self.0, tree, undeclared, noticed).is_err() {
            noticed.refuse(TOO_COSTLY.finding());
        }
    }
}

/// Why a schema is refused, and where.
#[derive(Debug)]
struct Refusal {
    pointer: JsonPointer,
    says: String,
}

impl Refusal {
    fn new(pointer: &JsonPointer, says: impl Into<String>) -> Self {
        Self { pointer: pointer.clone(), says: says.into() }
    }

    /// The finding, where the schema itself stands at `above`.
    fn into_finding(self, above: &JsonPointer) -> Box<Finding> {
        let pointer = self.pointer.steps().fold(above.clone(), |pointer, step| pointer.key(&step));
        let place = match shown(&pointer).as_str() {
            "" => "the tool's schema".to_owned(),
            pointer => format!("`{pointer}` of the tool's schema"),
        };
        let says = format!("{place} cannot be judged, so the tool's calls are refused: {}", self.says);
        Box::new(SCHEMA_REFUSED.finding().saying(says).in_argument(pointer))
    }
}

/// A place's number in its [`Graph`].
type PlaceId = usize;

/// A schema, place by place; 0 is the schema as a whole.
#[derive(Debug)]
struct Graph {
    places: Vec<Place>,
}

impl Graph {
    fn place(&self, id: PlaceId) -> Option<&Place> {
        self.places.get(id)
    }
}

/// One schema or subschema.
#[derive(Debug, Default)]
struct Place {
    /// The schema `false`: nothing fits.
    never: bool,
    tests: Vec<Test>,
    /// All of these have to fit the same value: `allOf`, `$ref`.
    all: Vec<PlaceId>,
    any: Option<Vec<PlaceId>>,
    one: Option<Vec<PlaceId>>,
    not: Option<PlaceId>,
    when: Option<When>,
    /// What has to fit the same value where it has this key.
    dependent: Vec<(String, PlaceId)>,
    object: Option<ObjectRules>,
    array: Option<ArrayRules>,
}

/// `if`, `then`, `else`.
#[derive(Debug)]
struct When {
    test: PlaceId,
    then: Option<PlaceId>,
    other: Option<PlaceId>,
}

#[derive(Debug, Default)]
struct ObjectRules {
    /// Whether the schema names properties at all: then what it does not name is undeclared.
    declares: bool,
    properties: HashMap<String, PlaceId>,
    patterns: Vec<(Pattern, PlaceId)>,
    additional: Option<PlaceId>,
    names: Option<PlaceId>,
    unevaluated: Option<PlaceId>,
}

#[derive(Debug, Default)]
struct ArrayRules {
    first: Vec<PlaceId>,
    items: Option<PlaceId>,
    contains: Option<Contains>,
    unevaluated: Option<PlaceId>,
}

#[derive(Debug)]
struct Contains {
    place: PlaceId,
    least: usize,
    most: Option<usize>,
}

/// Something that a value passes or fails by itself.
#[derive(Debug)]
enum Test {
    Type(Types),
    /// `enum` and `const`: the canonical texts, and the values where they are plain enough to be shown.
    OneOf(Vec<String>, Option<String>),
    AtLeast(Number, Bound),
    AtMost(Number, Bound),
    MultipleOf(Number),
    MinLength(usize),
    MaxLength(usize),
    Pattern(Pattern),
    MinItems(usize),
    MaxItems(usize),
    UniqueItems,
    MinProperties(usize),
    MaxProperties(usize),
    Required(Vec<String>),
    /// Where the first key is there, the others have to be.
    DependentRequired(String, Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Included,
    Excluded,
}

/// Kinds of values, as `type` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Types(u8);

impl Types {
    const NAMES: [(&'static str, &'static str); 7] = [
        ("null", "null"),
        ("boolean", "a boolean"),
        ("object", "an object"),
        ("array", "an array"),
        ("number", "a number"),
        ("string", "a string"),
        ("integer", "a whole number"),
    ];

    fn with(self, name: &str) -> Option<Self> {
        let at = Self::NAMES.iter().position(|(known, _)| *known == name)?;
        Some(Self(self.0 | 1_u8.checked_shl(u32::try_from(at).ok()?)?))
    }

    fn has(self, name: &str) -> bool {
        Self::default().with(name).is_some_and(|one| self.0 & one.0 != 0)
    }

    fn fit(self, json: &Json) -> bool {
        match json {
            Json::Null => self.has("null"),
            Json::Bool(_) => self.has("boolean"),
            Json::Object(_) => self.has("object"),
            Json::Array(_) => self.has("array"),
            Json::String(_) => self.has("string"),
            Json::Number(number) => self.has("number") || (self.has("integer") && number.is_whole()),
        }
    }

    /// `a string or null`.
    fn words(self) -> String {
        let words: Vec<&str> =
            Self::NAMES.iter().filter(|(name, _)| self.has(name)).map(|(_, words)| *words).rev().collect();
        words.join(" or ")
    }
}

/// Whether a text of the schema's may stand in a message: one word, short, of plain signs.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 40 && text.bytes().all(|b| b.is_ascii_graphic() && b != b'`')
}
