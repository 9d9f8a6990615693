//! The compiled schemas of tools that servers described, by the definition's digest.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, RwLock};

use super::Fault;
use crate::base::Digest;
use crate::layers::l10_validation::Schema;
use crate::pipeline::DefinedSchema;

/// Definitions that are kept at the most. The oldest goes first; a call of its tool is then refused until the tool is
/// described again.
const MAX: usize = 4096;

/// A bounded table. A definition without a schema has a row too, so that "has none" is told from "is gone".
#[derive(Debug, Default)]
pub(super) struct Schemas(RwLock<Table>);

#[derive(Debug, Default)]
struct Table {
    rows: HashMap<Digest, Option<Arc<Schema>>>,
    order: VecDeque<Digest>,
}

impl Schemas {
    pub(super) fn keep(&self, schemas: Vec<DefinedSchema>) -> Result<(), Fault> {
        let mut table = self.0.write().map_err(|_| Fault::Poisoned)?;
        for (definition, schema) in schemas {
            if table.rows.insert(definition, schema.map(Arc::new)).is_none() {
                table.order.push_back(definition);
            }
            if table.order.len() > MAX
                && let Some(oldest) = table.order.pop_front()
            {
                table.rows.remove(&oldest);
            }
        }
        Ok(())
    }

    /// The schema of a definition, where it has one.
    pub(super) fn get(&self, definition: &Digest) -> Result<Option<Arc<Schema>>, Fault> {
        let table = self.0.read().map_err(|_| Fault::Poisoned)?;
        // SECURITY: the session knows a definition of which this guard has no schema (it was dropped to make room, or
        // another process saw it). Then nobody can say whether the arguments fit.
        table.rows.get(definition).cloned().ok_or(Fault::SchemaLost)
    }
}
