//! Walking a tree without recursion.

use super::Json;
use crate::base::JsonPointer;

/// What [`Json::walk`] meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node<'a> {
    /// The key of an object's member.
    // SECURITY: keys can carry a secret out as well as values can.
    Key(&'a str),
    /// A null, boolean, number or string.
    Leaf(&'a Json),
}

enum Rest<'a> {
    Items(std::iter::Enumerate<std::slice::Iter<'a, Json>>),
    Members(std::slice::Iter<'a, (String, Json)>),
}

struct Walk<'a> {
    open: Vec<(JsonPointer, Rest<'a>)>,
    next: Option<(JsonPointer, &'a Json)>,
}

/// Keys and leaves in document order.
pub(super) fn walk(root: &Json) -> impl Iterator<Item = (JsonPointer, Node<'_>)> {
    Walk { open: Vec::new(), next: Some((JsonPointer::root(), root)) }
}

impl<'a> Iterator for Walk<'a> {
    type Item = (JsonPointer, Node<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((pointer, value)) = self.next.take() {
                match value {
                    Json::Array(items) => self.open.push((pointer, Rest::Items(items.iter().enumerate()))),
                    Json::Object(members) => self.open.push((pointer, Rest::Members(members.iter()))),
                    leaf => return Some((pointer, Node::Leaf(leaf))),
                }
            }
            let (here, rest) = self.open.last_mut()?;
            match rest {
                Rest::Items(items) => match items.next() {
                    Some((index, item)) => self.next = Some((here.index(index), item)),
                    None => drop(self.open.pop()),
                },
                Rest::Members(members) => match members.next() {
                    Some((key, value)) => {
                        let pointer = here.key(key);
                        self.next = Some((pointer.clone(), value));
                        return Some((pointer, Node::Key(key)));
                    }
                    None => drop(self.open.pop()),
                },
            }
        }
    }
}

/// The place in `keys` of the first key that stands there a second time.
pub(super) fn repeated<'k>(keys: impl Iterator<Item = &'k str>) -> Option<usize> {
    let mut sorted: Vec<(&str, usize)> = keys.enumerate().map(|(at, key)| (key, at)).collect();
    sorted.sort_unstable();
    sorted
        .windows(2)
        .filter_map(|pair| match pair {
            [(first, _), (second, at)] if first == second => Some(*at),
            _ => None,
        })
        .min()
}

/// The member that repeats a key of its object.
pub(super) fn duplicate_key(root: &Json) -> Option<JsonPointer> {
    let mut open = vec![(JsonPointer::root(), root)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Json::Array(items) => {
                open.extend(
                    items
                        .iter()
                        .enumerate()
                        .filter(|(_, item)| is_open(item))
                        .map(|(at, item)| (pointer.index(at), item)),
                );
            }
            Json::Object(members) => {
                if let Some((key, _)) =
                    repeated(members.iter().map(|(key, _)| key.as_str())).and_then(|at| members.get(at))
                {
                    return Some(pointer.key(key));
                }
                open.extend(
                    members
                        .iter()
                        .filter(|(_, value)| is_open(value))
                        .map(|(key, value)| (pointer.key(key), value)),
                );
            }
            _ => {}
        }
    }
    None
}

fn is_open(value: &Json) -> bool {
    matches!(value, Json::Array(_) | Json::Object(_))
}
