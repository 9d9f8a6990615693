//! The arguments laid out flat: each value once, with its place, so that nothing has to recurse.

use std::ops::Range;

use crate::base::JsonPointer;
use crate::text::json::Json;

/// A value's number in its [`Tree`]; the arguments as a whole are 0.
pub(super) type Id = usize;

/// Why a value was not laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TooMuch {
    /// It nests more deeply than was allowed.
    Deep,
    /// It holds more values than was allowed.
    Many,
}

/// Values in the order of their depth; the children of one stand beside each other.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    items: Vec<Item<'a>>,
}

#[derive(Debug)]
struct Item<'a> {
    json: &'a Json,
    /// The key, where this is a member of an object.
    key: Option<&'a str>,
    parent: Id,
    first: Id,
    depth: usize,
}

impl<'a> Tree<'a> {
    /// Lays out `root` and everything in it.
    pub(super) fn of(root: &'a Json, max_depth: usize, max_values: usize) -> Result<Self, TooMuch> {
        let mut items = vec![Item { json: root, key: None, parent: 0, first: 0, depth: 0 }];
        let mut at = 0;
        while let Some(item) = items.get(at) {
            let (json, depth) = (item.json, item.depth.saturating_add(1));
            let first = items.len();
            let child = |key, json| Item { json, key, parent: at, first: 0, depth };
            let count = match json {
                Json::Array(values) => values.len(),
                Json::Object(members) => members.len(),
                _ => 0,
            };
            if matches!(json, Json::Array(_) | Json::Object(_)) && depth > max_depth {
                return Err(TooMuch::Deep);
            }
            if first.saturating_add(count) > max_values {
                return Err(TooMuch::Many);
            }
            match json {
                Json::Array(values) => items.extend(values.iter().map(|value| child(None, value))),
                Json::Object(members) => {
                    items.extend(members.iter().map(|(key, value)| child(Some(key), value)));
                }
                _ => {}
            }
            if let Some(item) = items.get_mut(at) {
                item.first = first;
            }
            at = at.saturating_add(1);
        }
        Ok(Self { items })
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Bytes of all keys and texts.
    pub(super) fn text_bytes(&self) -> usize {
        let text = |item: &Item<'_>| {
            item.json.as_str().map_or(0, str::len).saturating_add(item.key.map_or(0, str::len))
        };
        self.items.iter().map(text).fold(0, usize::saturating_add)
    }

    pub(super) fn json(&self, id: Id) -> &'a Json {
        self.items.get(id).map_or(&Json::Null, |item| item.json)
    }

    pub(super) fn key(&self, id: Id) -> Option<&'a str> {
        self.items.get(id)?.key
    }

    /// What is in it: members of an object, items of an array, in their order.
    pub(super) fn children(&self, id: Id) -> Range<Id> {
        let Some(item) = self.items.get(id) else { return 0..0 };
        let count = match item.json {
            Json::Array(values) => values.len(),
            Json::Object(members) => members.len(),
            _ => 0,
        };
        item.first..item.first.saturating_add(count)
    }

    /// The key under which a value stands, or the array that it is in.
    pub(super) fn name(&self, mut id: Id) -> &'a str {
        while let Some(item) = self.items.get(id) {
            match item.key {
                Some(key) => return key,
                None if item.depth == 0 => break,
                None => id = item.parent,
            }
        }
        ""
    }

    pub(super) fn pointer(&self, mut id: Id) -> JsonPointer {
        let mut path = Vec::new();
        while let Some(item) = self.items.get(id) {
            if item.depth == 0 {
                break;
            }
            path.push((item.key, id, item.parent));
            id = item.parent;
        }
        path.iter().rev().fold(JsonPointer::root(), |pointer, (key, id, parent)| match key {
            Some(key) => pointer.key(key),
            None => pointer.index(id.saturating_sub(self.children(*parent).start)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Limits;

    fn json(text: &str) -> Json {
        Json::parse(text, &Limits::default()).unwrap()
    }

    #[test]
    fn every_value_has_its_place() {
        let json = json(r#"{"a":[{"b/c":1},[2,"x"]],"d":{}}"#);
        let tree = Tree::of(&json, 64, 100).unwrap();
        for id in 0..tree.len() {
            assert_eq!(json.at(&tree.pointer(id)), Some(tree.json(id)));
        }
        let x = (0..tree.len()).find(|id| tree.json(*id).as_str() == Some("x")).unwrap();
        assert_eq!((tree.pointer(x).as_str(), tree.name(x)), ("/a/1/1", "a"));
    }

    #[test]
    fn depth_and_number_are_exact() {
        assert_eq!(Tree::of(&json("[[1]]"), 1, 9).unwrap_err(), TooMuch::Deep);
        assert_eq!(Tree::of(&json("[[1]]"), 2, 3).unwrap().len(), 3);
        assert_eq!(Tree::of(&json("[[1]]"), 2, 2).unwrap_err(), TooMuch::Many);
        assert_eq!(Tree::of(&json("1"), 0, 1).unwrap().len(), 1);
    }
}
