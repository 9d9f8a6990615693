//! A tool's schema.

use std::sync::Arc;

use super::tree::Tree;
use super::{Noticed, SCHEMA, SCHEMA_REFUSED};
use crate::base::{Finding, JsonPointer};
use crate::policy::UndeclaredAction;
use crate::text::json::Json;

/// Where a tool's definition may have its schema: those of MCP, of function calling, of messages.
const KEYS: [&str; 3] = ["inputSchema", "parameters", "input_schema"];

/// A tool's schema, ready to check calls against. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Schema(Arc<Json>);

impl Schema {
    /// The schema in a tool's definition; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be judged; the finding has its place in the definition.
    pub fn of_definition(definition: &Json) -> Option<Result<Self, Box<Finding>>> {
        let mut found = KEYS.iter().filter_map(|key| Some((*key, definition.get(key)?)));
        let (key, schema) = found.next()?;
        if let Some((other, _)) = found.next() {
            // SECURITY: the model would be shown one, and calls checked against the other.
            let both = format!("the definition has both `{key}` and `{other}`; it may have one schema");
            let finding = SCHEMA_REFUSED.finding().saying(both).in_argument(JsonPointer::root().key(other));
            return Some(Err(Box::new(finding)));
        }
        Some(Self::compile(schema))
    }

    /// Reads a JSON Schema.
    ///
    /// # Errors
    /// When it cannot be judged; the finding has its place in the schema.
    pub fn compile(schema: &Json) -> Result<Self, Box<Finding>> {
        match schema {
            Json::Object(_) | Json::Bool(_) => Ok(Self(Arc::new(schema.clone()))),
            _ => Err(Box::new(SCHEMA_REFUSED.finding())),
        }
    }

    pub(super) fn check(&self, _: &Tree<'_>, _: UndeclaredAction, noticed: &mut Noticed) {
        if *self.0 == Json::Bool(false) {
            noticed.refuse(SCHEMA.finding());
        }
    }
}
