//! Where `$ref` leads, within one document.

use std::collections::BTreeMap;

use super::Refusal;
use crate::base::JsonPointer;
use crate::text::json::Json;

/// Keywords whose value is a schema.
pub(super) const ONE: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords whose value is a list of schemas.
const LIST: &[&str] = &["allOf", "anyOf", "items", "oneOf", "prefixItems"];
/// Keywords whose value has a schema under each key.
const MAP: &[&str] =
    &["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];

/// The names that parts of a document have.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// `$id` of a part, as written.
    ids: BTreeMap<String, JsonPointer>,
    /// `$anchor` of a part, in the part with an `$id` that it stands in.
    anchors: BTreeMap<(JsonPointer, String), JsonPointer>,
    /// The parts that have an `$id`, the document among them.
    roots: Vec<JsonPointer>,
}

impl Names {
    /// The names in `document`, wherever a schema may stand.
    pub(super) fn of(document: &Json) -> Result<Self, Refusal> {
        let mut names = Self { roots: vec![JsonPointer::root()], ..Self::default() };
        let mut open = vec![(JsonPointer::root(), JsonPointer::root(), document)];
        while let Some((pointer, mut root, schema)) = open.pop() {
            let twice = || Refusal::new(&pointer, "it has the name of another part");
            if let Some(id) = schema.get("$id").and_then(Json::as_str) {
                match id.split_once('#') {
                    Some(("", anchor)) if !anchor.is_empty() => {
                        if names.anchors.insert((root.clone(), anchor.to_owned()), pointer.clone()).is_some()
                        {
                            return Err(twice());
                        }
                    }
                    _ => {
                        let id = id.strip_suffix('#').unwrap_or(id);
                        if names.ids.insert(id.to_owned(), pointer.clone()).is_some() {
                            return Err(twice());
                        }
                        if pointer != JsonPointer::root() {
                            root = pointer.clone();
                            names.roots.push(root.clone());
                        }
                    }
                }
            }
            for keyword in ["$anchor", "$dynamicAnchor"] {
                if let Some(anchor) = schema.get(keyword).and_then(Json::as_str) {
                    let known = names.anchors.insert((root.clone(), anchor.to_owned()), pointer.clone());
                    if known.is_some_and(|known| known != pointer) {
                        return Err(twice());
                    }
                }
            }
            let inside = subschemas(schema).into_iter();
            open.extend(inside.map(|(steps, schema)| {
                (steps.iter().fold(pointer.clone(), |pointer, step| pointer.key(step)), root.clone(), schema)
            }));
        }
        Ok(names)
    }

    /// Whether the document is one part, so that a dynamic reference leads where a plain one does.
    pub(super) fn is_one(&self) -> bool {
        self.roots.len() == 1
    }

    /// Where a reference that stands at `from` leads in `document`.
    pub(super) fn resolve(
        &self,
        document: &Json,
        from: &JsonPointer,
        reference: &str,
    ) -> Result<JsonPointer, String> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let root = if base.is_empty() {
            let around = |root: &&JsonPointer| {
                let rest = from.as_str().strip_prefix(root.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            self.roots
                .iter()
                .filter(around)
                .max_by_key(|root| root.as_str().len())
                .cloned()
                .unwrap_or_default()
        } else {
            // SECURITY: nothing is ever fetched; what another document says can change after it was looked at.
            let outside = "it refers to another document; a tool's schema has to be whole";
            self.ids.get(base).cloned().ok_or(outside)?
        };
        let fragment: Vec<u8> = percent_encoding::percent_decode_str(fragment).collect();
        let fragment = String::from_utf8(fragment).map_err(|_| "its reference is no text")?;
        let target = if fragment.is_empty() {
            Some(root)
        } else if fragment.starts_with('/') {
            let steps = fragment.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
            Some(steps.fold(root, |pointer, step| pointer.key(&step)))
        } else {
            self.anchors.get(&(root, fragment)).cloned()
        };
        target
            .filter(|target| matches!(document.at(target), Some(Json::Object(_) | Json::Bool(_))))
            .ok_or_else(|| "it refers to a part that is not there".to_owned())
    }
}

/// The schemas directly in `schema`, with the steps that lead to them.
fn subschemas(schema: &Json) -> Vec<(Vec<String>, &Json)> {
    let mut found = Vec::new();
    for (keyword, value) in schema.as_object().unwrap_or_default() {
        let name = keyword.as_str();
        match value {
            Json::Object(members) if MAP.contains(&name) => {
                found.extend(members.iter().map(|(key, value)| (vec![keyword.clone(), key.clone()], value)));
            }
            Json::Object(_) if ONE.contains(&name) => found.push((vec![keyword.clone()], value)),
            Json::Array(items) if LIST.contains(&name) => {
                found.extend(
                    items.iter().enumerate().map(|(at, item)| (vec![keyword.clone(), at.to_string()], item)),
                );
            }
            _ => {}
        }
    }
    found
}
