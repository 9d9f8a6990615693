//! Putting values together within the limits, and saying what is wrong with them: the part that a text and a
//! `serde_json` value share.

use std::fmt;

use super::{Json, walk};
use crate::base::{JsonPointer, Limits};

/// Why a text is not strict JSON, and where. Holds no values of the text; of keys, what a pointer needs,
/// shortened and escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    what: &'static str,
    expected: &'static str,
    line: usize,
    column: usize,
    pointer: JsonPointer,
}

impl JsonError {
    /// What is wrong.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// What should have stood there.
    pub fn expected(&self) -> &'static str {
        self.expected
    }

    /// The line, from 1. 0 for a value that was never text.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in characters, from 1. 0 for a value that was never text.
    pub fn column(&self) -> usize {
        self.column
    }

    /// The value in which it is wrong. Keys longer than 64 characters are cut, control characters escaped.
    pub fn pointer(&self) -> &JsonPointer {
        &self.pointer
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        if self.line > 0 {
            write!(f, " at line {}, column {}", self.line, self.column)?;
        }
        if self.pointer != JsonPointer::root() {
            write!(f, ", in {}", self.pointer)?;
        }
        write!(f, "; expected {}", self.expected)
    }
}

impl std::error::Error for JsonError {}

/// A problem before its place is worked out.
pub(super) struct Problem {
    what: &'static str,
    expected: &'static str,
    at: usize,
}

impl Problem {
    /// The error, in `text` where there is one.
    pub(super) fn locate(self, text: Option<&str>, builder: &Builder) -> JsonError {
        let (line, column) = text.map_or((0, 0), |text| {
            let before = text.get(..self.at).unwrap_or(text);
            let line_start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
            let chars = before.get(line_start..).map_or(0, |line| line.chars().count());
            let breaks = before.bytes().filter(|byte| *byte == b'\n').count();
            (breaks.saturating_add(1), chars.saturating_add(1))
        });
        JsonError { what: self.what, expected: self.expected, line, column, pointer: builder.pointer() }
    }
}

pub(super) const fn problem<T>(at: usize, what: &'static str, expected: &'static str) -> Result<T, Problem> {
    Err(Problem { what, expected, at })
}

pub(super) const VALUE: &str = "a value";

/// An array or object whose end has not been read.
pub(super) enum Open {
    Array(Vec<Json>),
    Object {
        members: Vec<(String, Json)>,
        /// Where each key stands, the one whose value is being read last.
        keys_at: Vec<usize>,
        key: Option<String>,
    },
}

impl Open {
    pub(super) fn array() -> Self {
        Self::Array(Vec::new())
    }

    pub(super) fn object() -> Self {
        Self::Object { members: Vec::new(), keys_at: Vec::new(), key: None }
    }
}

/// Values under construction.
pub(super) struct Builder {
    open: Vec<Open>,
    /// Bytes of the pointer to each open value.
    pointers: Vec<usize>,
    values: usize,
    max_values: usize,
    max_depth: usize,
}

impl Builder {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            open: Vec::new(),
            pointers: Vec::new(),
            values: 0,
            max_values: limits.json_values,
            max_depth: limits.json_depth.min(Json::MAX_DEPTH),
        }
    }

    /// What is open innermost: `true` for an array, `false` for an object.
    pub(super) fn in_array(&self) -> Option<bool> {
        self.open.last().map(|open| matches!(open, Open::Array(_)))
    }

    pub(super) fn count(&mut self, at: usize) -> Result<(), Problem> {
        self.values = self.values.saturating_add(1);
        if self.values > self.max_values {
            return problem(at, "too many values", "no more than `json_values` of them");
        }
        Ok(())
    }

    pub(super) fn open(&mut self, container: Open, at: usize) -> Result<(), Problem> {
        self.count(at)?;
        if self.open.len() >= self.max_depth {
            return problem(at, "nested too deeply", "no more than `json_depth` open arrays and objects");
        }
        let above = self.pointers.last().copied().unwrap_or(0);
        let step = match self.open.last() {
            Some(Open::Object { key: Some(key), .. }) => key.len().saturating_add(1),
            Some(Open::Array(items)) => items.len().checked_ilog10().unwrap_or(0).saturating_add(2) as usize,
            _ => 0,
        };
        let pointer = above.saturating_add(step);
        // A container without children costs nothing, but the check is simpler for all.
        if pointer > Json::MAX_POINTER {
            return problem(
                at,
                "the keys above are too long",
                "at most 2048 bytes of keys on the way to a value",
            );
        }
        self.pointers.push(pointer);
        self.open.push(container);
        Ok(())
    }

    pub(super) fn key(&mut self, key: String, at: usize) -> Result<(), Problem> {
        let above = self.pointers.last().copied().unwrap_or(0);
        if above.saturating_add(key.len()) > Json::MAX_POINTER {
            return problem(
                at,
                "the keys up to here are too long",
                "at most 2048 bytes of keys on the way to a value",
            );
        }
        if let Some(Open::Object { key: pending, keys_at, .. }) = self.open.last_mut() {
            *pending = Some(key);
            keys_at.push(at);
        }
        Ok(())
    }

    /// Puts a finished value where it belongs; gives it back when it is the whole document.
    pub(super) fn put(&mut self, value: Json) -> Option<Json> {
        match self.open.last_mut() {
            None => return Some(value),
            Some(Open::Array(items)) => items.push(value),
            Some(Open::Object { members, key, .. }) => members.push((key.take().unwrap_or_default(), value)),
        }
        None
    }

    /// Ends the innermost open value.
    pub(super) fn close(&mut self) -> Result<Option<Json>, Problem> {
        self.pointers.pop();
        let value = match self.open.pop() {
            None => return Ok(None),
            Some(Open::Array(items)) => Json::Array(items),
            Some(Open::Object { members, keys_at, .. }) => {
                // SECURITY: of two members with one key, one reader takes the first and another the last.
                if let Some(at) = walk::repeated(members.iter().map(|(key, _)| key.as_str())) {
                    self.open.push(Open::Object { members, keys_at: Vec::new(), key: None });
                    let at = keys_at.get(at).copied().unwrap_or_default();
                    return problem(at, "the object has this key already", "each key at most once");
                }
                Json::Object(members)
            }
        };
        Ok(self.put(value))
    }

    /// The place of what is being read, fit to be shown.
    fn pointer(&self) -> JsonPointer {
        self.open.iter().fold(JsonPointer::root(), |pointer, open| match open {
            Open::Array(items) => pointer.index(items.len()),
            Open::Object { key: Some(key), .. } => pointer.key(&shown_key(key)),
            Open::Object { key: None, .. } => pointer,
        })
    }
}

/// The pointer, fit to be shown: keys longer than 64 characters are cut, control characters escaped.
pub(crate) fn shown(pointer: &JsonPointer) -> JsonPointer {
    pointer.steps().fold(JsonPointer::root(), |shown, step| shown.key(&shown_key(&step)))
}

/// A key as an error may show it.
fn shown_key(key: &str) -> String {
    let mut text: String = key
        .chars()
        .take(64)
        .flat_map(|c| {
            // SECURITY: a line break or an invisible character in a key must not forge a line of a log.
            let escape = c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
            let (escaped, plain) = if escape { (Some(c.escape_unicode()), None) } else { (None, Some(c)) };
            escaped.into_iter().flatten().chain(plain)
        })
        .collect();
    if key.chars().nth(64).is_some() {
        text.push('…');
    }
    text
}
