//! Whether a value fits, without recursion and for a bounded price.
//!
//! What is to be found out is a pair: a place of the schema and a value. A pair waits until the pairs that it depends on
//! are known, and is then known too. Each is worked out once, so there are at most as many as places times values; and
//! what they may cost together is limited in proportion to the arguments.

use std::collections::{HashMap, HashSet};

use super::super::tree::{Id, Tree};
use super::{Bound, Graph, Place, PlaceId, Test};
use crate::text::json::Json;

/// What checking may cost whatever the size of the arguments, in steps of about ten nanoseconds.
const STEPS: u64 = 100_000;
/// What it may cost for each value besides.
const STEPS_PER_VALUE: u64 = 256;
/// What an unevaluated pair costs before it is looked at.
const PAIR: u64 = 4;

/// The budget ran out.
#[derive(Debug)]
pub(super) struct Exhausted;

/// What is known of a pair.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    pub(super) fits: bool,
    /// Which of the value's children some schema has spoken of, a bit for each; empty where none.
    spoken: Vec<u64>,
}

impl Known {
    pub(super) fn speaks_of(&self, child: usize) -> bool {
        self.spoken.get(child / 64).is_some_and(|bits| bits >> (child % 64) & 1 == 1)
    }

    pub(super) fn mark(&mut self, child: usize) {
        let at = child / 64;
        if self.spoken.len() <= at {
            self.spoken.resize(at.saturating_add(1), 0);
        }
        if let Some(bits) = self.spoken.get_mut(at) {
            *bits |= 1_u64 << (child % 64);
        }
    }

    pub(super) fn mark_all_of(&mut self, other: &Self) {
        if self.spoken.len() < other.spoken.len() {
            self.spoken.resize(other.spoken.len(), 0);
        }
        self.spoken.iter_mut().zip(&other.spoken).for_each(|(bits, more)| *bits |= more);
    }
}

/// One check of one call.
#[derive(Debug)]
pub(super) struct Check<'c> {
    pub(super) graph: &'c Graph,
    pub(super) tree: &'c Tree<'c>,
    known: HashMap<(PlaceId, Id), Known>,
    steps: u64,
    budget: u64,
}

impl<'c> Check<'c> {
    pub(super) fn new(graph: &'c Graph, tree: &'c Tree<'c>) -> Self {
        let values = (tree.len() as u64).saturating_mul(STEPS_PER_VALUE);
        let budget = STEPS.saturating_add(values).saturating_add(tree.text_bytes() as u64);
        Self { graph, tree, known: HashMap::new(), steps: 0, budget }
    }

    /// How many steps were taken.
    #[cfg(test)]
    pub(super) const fn steps(&self) -> u64 {
        self.steps
    }

    /// Twice the budget: to tell what was found costs as much again.
    pub(super) fn go_on(&mut self) {
        self.budget = self.budget.saturating_mul(2);
    }

    /// What is known of a pair that something else depended on.
    pub(super) fn known(&self, place: PlaceId, value: Id) -> Option<&Known> {
        self.known.get(&(place, value))
    }

    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Exhausted> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > self.budget { Err(Exhausted) } else { Ok(()) }
    }

    /// What is known of a pair, worked out where it has to be.
    pub(super) fn fits(&mut self, place: PlaceId, value: Id) -> Result<Known, Exhausted> {
        let mut waiting = vec![(place, value)];
        while let Some(&(place, value)) = waiting.last() {
            if self.known.contains_key(&(place, value)) {
                waiting.pop();
                continue;
            }
            if let Some(known) = self.attempt(place, value, &mut waiting)? {
                waiting.pop();
                self.known.insert((place, value), known);
            }
        }
        Ok(self.known.get(&(place, value)).cloned().unwrap_or_default())
    }

    /// Works a pair out, or says what has to be known before.
    fn attempt(
        &mut self,
        id: PlaceId,
        value: Id,
        waiting: &mut Vec<(PlaceId, Id)>,
    ) -> Result<Option<Known>, Exhausted> {
        let graph = self.graph;
        let Some(place) = graph.place(id) else { return Ok(Some(Known::default())) };
        self.spend(PAIR)?;
        let before = waiting.len();
        for here in place.here() {
            self.need(here, value, waiting)?;
        }
        let inside = self.inside(place, value)?;
        for (child, at) in &inside {
            self.need(*at, *child, waiting)?;
        }
        let children = self.tree.children(value);
        let contained = place.array.as_ref().and_then(|rules| rules.contains.as_ref());
        if let (Some(contains), Json::Array(_)) = (contained, self.tree.json(value)) {
            for child in children.clone() {
                self.need(contains.place, child, waiting)?;
            }
        }
        if waiting.len() > before {
            return Ok(None);
        }
        let mut known = self.judge(place, value, &inside)?;
        let first = children.start;
        let rest = match self.tree.json(value) {
            Json::Object(_) => place.object.as_ref().and_then(|rules| rules.unevaluated),
            Json::Array(_) => place.array.as_ref().and_then(|rules| rules.unevaluated),
            _ => None,
        };
        if let Some(rest) = rest.filter(|_| known.fits) {
            let unspoken: Vec<Id> =
                children.filter(|child| !known.speaks_of(child.saturating_sub(first))).collect();
            for child in &unspoken {
                self.need(rest, *child, waiting)?;
            }
            if waiting.len() > before {
                return Ok(None);
            }
            for child in unspoken {
                known.fits &= self.holds(rest, child)?;
                known.mark(child.saturating_sub(first));
            }
        }
        // What does not fit has spoken of nothing.
        Ok(Some(if known.fits { known } else { Known::default() }))
    }

    /// Notes a pair that has to be known first.
    fn need(&mut self, place: PlaceId, value: Id, waiting: &mut Vec<(PlaceId, Id)>) -> Result<(), Exhausted> {
        self.spend(1)?;
        let leaf = self.graph.place(place).is_none_or(Place::is_leaf);
        if !leaf && !self.known.contains_key(&(place, value)) {
            waiting.push((place, value));
        }
        Ok(())
    }

    /// Whether a known pair, or one that depends on no other, fits.
    pub(super) fn holds(&mut self, id: PlaceId, value: Id) -> Result<bool, Exhausted> {
        let graph = self.graph;
        match graph.place(id) {
            None => Ok(true),
            Some(place) if place.is_leaf() => self.passes(place, self.tree.json(value)),
            Some(_) => Ok(self.known.get(&(id, value)).is_some_and(|known| known.fits)),
        }
    }

    /// The value's children, each with every place that judges it: by name, by pattern, or for all the others.
    pub(super) fn inside(&mut self, place: &Place, value: Id) -> Result<Vec<(Id, PlaceId)>, Exhausted> {
        let mut found = Vec::new();
        let children = self.tree.children(value);
        match (self.tree.json(value), &place.object, &place.array) {
            (Json::Object(_), Some(rules), _) => {
                for child in children {
                    self.spend(1)?;
                    let key = self.tree.key(child).unwrap_or_default();
                    let before = found.len();
                    found.extend(rules.properties.get(key).map(|at| (child, *at)));
                    for (pattern, at) in &rules.patterns {
                        self.spend(pattern.cost(key).saturating_add(1))?;
                        if pattern.is_match(key) {
                            found.push((child, *at));
                        }
                    }
                    if found.len() == before {
                        found.extend(rules.additional.map(|at| (child, at)));
                    }
                }
            }
            (Json::Array(_), _, Some(rules)) => {
                for (index, child) in children.enumerate() {
                    self.spend(1)?;
                    found.extend(rules.first.get(index).copied().or(rules.items).map(|at| (child, at)));
                }
            }
            _ => {}
        }
        Ok(found)
    }

    /// Judges a pair of which everything that it depends on is known, but for what nothing has spoken of.
    fn judge(&mut self, place: &Place, value: Id, inside: &[(Id, PlaceId)]) -> Result<Known, Exhausted> {
        let json = self.tree.json(value);
        let mut known = Known { fits: self.passes(place, json)?, ..Known::default() };
        let take = |check: &mut Self, known: &mut Known, at: PlaceId| -> Result<bool, Exhausted> {
            let fits = check.holds(at, value)?;
            if let Some(there) = check.known.get(&(at, value)).filter(|_| fits) {
                known.mark_all_of(there);
            }
            Ok(fits)
        };
        for at in &place.all {
            known.fits &= take(self, &mut known, *at)?;
        }
        for (list, exactly_one) in [(&place.any, false), (&place.one, true)] {
            let Some(list) = list else { continue };
            let mut count = 0_usize;
            for at in list {
                count = count.saturating_add(usize::from(take(self, &mut known, *at)?));
            }
            known.fits &= if exactly_one { count == 1 } else { count > 0 };
        }
        if let Some(at) = place.not {
            known.fits &= !self.holds(at, value)?;
        }
        if let Some(when) = &place.when {
            let branch = if take(self, &mut known, when.test)? { when.then } else { when.other };
            if let Some(at) = branch {
                known.fits &= take(self, &mut known, at)?;
            }
        }
        for (key, at) in &place.dependent {
            self.spend(self.tree.children(value).len() as u64)?;
            if json.get(key).is_some() {
                known.fits &= take(self, &mut known, *at)?;
            }
        }
        let first = self.tree.children(value).start;
        for (child, at) in inside {
            known.fits &= self.holds(*at, *child)?;
            known.mark(child.saturating_sub(first));
        }
        if let (Json::Array(_), Some(contains)) =
            (json, place.array.as_ref().and_then(|rules| rules.contains.as_ref()))
        {
            let mut count = 0_usize;
            for child in self.tree.children(value) {
                if self.holds(contains.place, child)? {
                    count = count.saturating_add(1);
                    known.mark(child.saturating_sub(first));
                }
            }
            known.fits &= count >= contains.least && contains.most.is_none_or(|most| count <= most);
        }
        if let (Json::Object(members), Some(names)) =
            (json, place.object.as_ref().and_then(|rules| rules.names))
        {
            for (key, _) in members {
                known.fits &= self.name_fits(names, key)?;
            }
        }
        Ok(known)
    }

    /// Whether the name of a property fits. A name is a value of its own, beside the arguments.
    pub(super) fn name_fits(&mut self, place: PlaceId, name: &str) -> Result<bool, Exhausted> {
        let name = Json::String(name.to_owned());
        let Ok(tree) = Tree::of(&name, 1, 1) else { return Ok(false) };
        let (graph, steps, budget) = (self.graph, self.steps, self.budget);
        let mut check = Check { graph, tree: &tree, known: HashMap::new(), steps, budget };
        let fits = match check.graph.place(place) {
            Some(leaf) if leaf.is_leaf() => check.passes(leaf, &name),
            _ => check.fits(place, 0).map(|known| known.fits),
        };
        self.steps = check.steps;
        fits
    }

    /// Whether the value passes the place's own tests.
    pub(super) fn passes(&mut self, place: &Place, json: &Json) -> Result<bool, Exhausted> {
        if place.never {
            return Ok(false);
        }
        for test in &place.tests {
            if !self.passes_test(test, json)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the value passes one test. What a test is not about passes it.
    pub(super) fn passes_test(&mut self, asked: &Test, json: &Json) -> Result<bool, Exhausted> {
        self.spend(1)?;
        match (asked, json) {
            (Test::Type(types), json) => Ok(types.fit(json)),
            (Test::OneOf(texts, _), json) => {
                let opening = match json {
                    Json::Array(_) => "[",
                    Json::Object(_) => "{",
                    _ => "",
                };
                if !texts.iter().any(|text| text.starts_with(opening)) {
                    return Ok(false);
                }
                let text = json.to_canonical();
                self.spend(text.len() as u64 / 4)?;
                Ok(texts.binary_search(&text).is_ok())
            }
            (Test::AtLeast(least, bound), Json::Number(number)) => {
                let order = number.compare(least);
                Ok(order.is_gt() || (order.is_eq() && *bound == Bound::Included))
            }
            (Test::AtMost(most, bound), Json::Number(number)) => {
                let order = number.compare(most);
                Ok(order.is_lt() || (order.is_eq() && *bound == Bound::Included))
            }
            (Test::MultipleOf(by), Json::Number(number)) => Ok(number.is_multiple_of(by) == Some(true)),
            (Test::MinLength(least), Json::String(text)) => Ok(self.length(text)? >= *least),
            (Test::MaxLength(most), Json::String(text)) => Ok(self.length(text)? <= *most),
            (Test::Pattern(pattern), Json::String(text)) => {
                self.spend(pattern.cost(text))?;
                Ok(pattern.is_match(text))
            }
            (Test::MinItems(least), Json::Array(items)) => Ok(items.len() >= *least),
            (Test::MaxItems(most), Json::Array(items)) => Ok(items.len() <= *most),
            (Test::UniqueItems, Json::Array(items)) => {
                let mut seen = HashSet::with_capacity(items.len());
                for item in items {
                    let text = item.to_canonical();
                    self.spend((text.len() as u64 / 4).saturating_add(1))?;
                    if !seen.insert(text) {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Test::MinProperties(least), Json::Object(members)) => Ok(members.len() >= *least),
            (Test::MaxProperties(most), Json::Object(members)) => Ok(members.len() <= *most),
            (Test::Required(names), Json::Object(members)) => {
                self.spend((members.len() as u64).saturating_add(names.len() as u64))?;
                let keys: HashSet<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
                Ok(names.iter().all(|name| keys.contains(name.as_str())))
            }
            (Test::DependentRequired(key, names), Json::Object(members)) => {
                self.spend((members.len() as u64).saturating_add(names.len() as u64))?;
                let keys: HashSet<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
                Ok(!keys.contains(key.as_str()) || names.iter().all(|name| keys.contains(name.as_str())))
            }
            _ => Ok(true),
        }
    }

    fn length(&mut self, text: &str) -> Result<usize, Exhausted> {
        self.spend(text.len() as u64 / 64)?;
        Ok(text.chars().count())
    }
}
