//! What is wrong with a call, in words with which it can be put right: the place, and what was expected there. Never the
//! value: it may be what an attacker wants repeated.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use super::super::tree::{Id, Tree};
use super::super::{Noticed, SCHEMA, Spot, UNDECLARED};
use super::check::{Check, Exhausted, Known};
use super::{Bound, Graph, ObjectRules, Place, PlaceId, Test, Types, is_plain};
use crate::base::{Finding, JsonPointer, Severity};
use crate::policy::UndeclaredAction;
use crate::text::json::{Json, shown};

/// Most names that a message lists.
const MAX_NAMES: usize = 12;
/// Most places that are looked at to find out which of several alternatives was meant.
const MAX_HOPS: usize = 32;

/// Checks the arguments; notes what does not fit, or else what the schema does not speak of.
pub(super) fn explain(
    graph: &Graph,
    tree: &Tree<'_>,
    undeclared: UndeclaredAction,
    noticed: &mut Noticed,
) -> Result<(), Exhausted> {
    let mut check = Check::new(graph, tree);
    let fits = check.fits(0, 0)?.fits;
    check.go_on();
    if !fits {
        let mut telling =
            Telling { check, open: VecDeque::from([(0, 0)]), seen: HashSet::new(), told: HashSet::new() };
        return telling.all(noticed);
    }
    if undeclared == UndeclaredAction::Allow {
        return Ok(());
    }
    for finding in undeclared_in(&mut check)? {
        match undeclared {
            UndeclaredAction::Block => noticed.refuse(finding.severity(Severity::Medium)),
            _ => noticed.report(finding),
        }
    }
    Ok(())
}

/// What the schema does not speak of, in objects whose properties it names.
fn undeclared_in(check: &mut Check<'_>) -> Result<Vec<Finding>, Exhausted> {
    let (graph, tree) = (check.graph, check.tree);
    let mut named: BTreeMap<Id, BTreeSet<&str>> = BTreeMap::new();
    let mut spoken: BTreeMap<Id, Known> = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut open = vec![(0, 0)];
    while let Some((id, value)) = open.pop() {
        check.spend(1)?;
        let Some(place) = graph.place(id).filter(|_| seen.insert((id, value))) else { continue };
        if !check.holds(id, value)? {
            continue;
        }
        if let Some(known) = check.known(id, value) {
            spoken.entry(value).or_default().mark_all_of(known);
        }
        open.extend(applied_here(check, place, value)?.into_iter().map(|at| (at, value)));
        open.extend(check.inside(place, value)?.into_iter().map(|(child, at)| (at, child)));
        let mut deeper = Vec::new();
        if let Some(rules) = place.object.as_ref().filter(|_| matches!(tree.json(value), Json::Object(_))) {
            if rules.declares {
                named.entry(value).or_default().extend(rules.properties.keys().map(String::as_str));
            }
            deeper.extend(rules.unevaluated);
        }
        if let Some(rules) = place.array.as_ref().filter(|_| matches!(tree.json(value), Json::Array(_))) {
            deeper.extend(rules.unevaluated);
            deeper.extend(rules.contains.as_ref().map(|contains| contains.place));
        }
        // Those that were never asked about a child are not known to hold there.
        for at in deeper {
            open.extend(
                tree.children(value)
                    .filter(|child| check.known(at, *child).is_some())
                    .map(|child| (at, child)),
            );
        }
    }
    let mut findings = Vec::new();
    for (value, names) in &named {
        let known = spoken.get(value);
        for (at, child) in tree.children(*value).enumerate() {
            if known.is_none_or(|known| !known.speaks_of(at)) {
                let says = format!(
                    "is not declared by the tool's schema{}",
                    listed("; declared are", names.iter().copied())
                );
                findings.push(spot(tree, child).finding(&UNDECLARED, format_args!("{says}")));
            }
        }
    }
    Ok(findings)
}

/// The places for the same value that a fitting place takes into account.
fn applied_here(check: &mut Check<'_>, place: &Place, value: Id) -> Result<Vec<PlaceId>, Exhausted> {
    let mut found = place.all.clone();
    found.extend(place.any.iter().chain(&place.one).flatten());
    if let Some(when) = &place.when {
        let test = check.holds(when.test, value)?;
        found.extend(
            if test { [Some(when.test), when.then] } else { [None, when.other] }.into_iter().flatten(),
        );
    }
    let json = check.tree.json(value);
    found.extend(place.dependent.iter().filter(|(key, _)| json.get(key).is_some()).map(|(_, at)| *at));
    Ok(found)
}

/// Going down through what does not fit.
struct Telling<'c> {
    check: Check<'c>,
    open: VecDeque<(PlaceId, Id)>,
    seen: HashSet<(PlaceId, Id)>,
    told: HashSet<(JsonPointer, String)>,
}

impl Telling<'_> {
    fn all(&mut self, noticed: &mut Noticed) -> Result<(), Exhausted> {
        while let Some((id, value)) = self.open.pop_front() {
            if noticed.is_full() {
                break;
            }
            self.check.spend(1)?;
            let graph = self.check.graph;
            if let Some(place) = graph.place(id).filter(|_| self.seen.insert((id, value))) {
                let before = (self.open.len(), noticed.refused.len());
                self.tests(place, value, noticed)?;
                self.here(place, value, noticed)?;
                self.inside(place, value, before, noticed)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, spot: Spot, says: impl Into<String>, noticed: &mut Noticed) {
        let says = says.into();
        // Two alternatives may want the same.
        if self.told.insert((spot.pointer.clone(), says.clone())) {
            noticed.refuse(spot.finding(&SCHEMA, format_args!("{says}")));
        }
    }

    fn tests(&mut self, place: &Place, value: Id, noticed: &mut Noticed) -> Result<(), Exhausted> {
        let json = self.check.tree.json(value);
        let here = spot(self.check.tree, value);
        if place.never {
            self.tell(here, "is not accepted", noticed);
            return Ok(());
        }
        for test in &place.tests {
            if self.check.passes_test(test, json)? {
                continue;
            }
            let missing = match test {
                Test::Required(names) | Test::DependentRequired(_, names) => names.as_slice(),
                _ => &[],
            };
            for name in missing.iter().filter(|name| json.get(name).is_none()).take(MAX_NAMES) {
                let pointer = here.pointer.key(name);
                let because = match test {
                    Test::DependentRequired(key, _) => {
                        format!(
                            "is missing; it goes with `{}`",
                            shown(&JsonPointer::root().key(key)).as_str().trim_start_matches('/')
                        )
                    }
                    _ => "is missing; the tool needs it".to_owned(),
                };
                self.tell(Spot { pointer, is_key: false }, because, noticed);
            }
            if missing.is_empty() {
                self.tell(here.clone(), expected(test, json), noticed);
            }
        }
        Ok(())
    }

    /// What other places say of the same value.
    fn here(&mut self, place: &Place, value: Id, noticed: &mut Noticed) -> Result<(), Exhausted> {
        let mut failing = Vec::new();
        let mut wanted = place.all.clone();
        if let Some(when) = &place.when {
            wanted.extend(if self.check.holds(when.test, value)? { when.then } else { when.other });
        }
        let json = self.check.tree.json(value);
        wanted.extend(place.dependent.iter().filter(|(key, _)| json.get(key).is_some()).map(|(_, at)| *at));
        for at in wanted {
            if !self.check.holds(at, value)? {
                failing.push(at);
            }
        }
        for (list, only_one) in [(&place.any, false), (&place.one, true)] {
            let Some(list) = list else { continue };
            let mut fitting = 0_usize;
            for at in list {
                fitting = fitting.saturating_add(usize::from(self.check.holds(*at, value)?));
            }
            match fitting {
                0 => failing.extend(self.meant(list, value, noticed)?),
                1 => {}
                _ if only_one => {
                    let says = format!(
                        "fits {fitting} of the alternatives that the schema has for it; it may fit only one"
                    );
                    self.tell(spot(self.check.tree, value), says, noticed);
                }
                _ => {}
            }
        }
        if let Some(at) = place.not
            && self.check.holds(at, value)?
        {
            self.tell(spot(self.check.tree, value), "is what the schema rules out", noticed);
        }
        self.open.extend(failing.into_iter().map(|at| (at, value)));
        Ok(())
    }

    /// Which of several alternatives was meant, where that shows; else all of them are told together.
    fn meant(
        &mut self,
        list: &[PlaceId],
        value: Id,
        noticed: &mut Noticed,
    ) -> Result<Option<PlaceId>, Exhausted> {
        if let [only] = list {
            return Ok(Some(*only));
        }
        let mut meant = Vec::new();
        let mut types = Some(Types::default());
        for at in list {
            let look = self.look(*at, value)?;
            types = types.and_then(|types| Some(Types(types.0 | look.other_types?.0)));
            if look.may_be_meant {
                meant.push(*at);
            }
        }
        if let [only] = meant[..] {
            return Ok(Some(only));
        }
        let says = match types {
            Some(types) => wrong_type(types, self.check.tree.json(value)),
            None => format!("fits none of the {} alternatives that the schema has for it", list.len()),
        };
        self.tell(spot(self.check.tree, value), says, noticed);
        Ok(None)
    }

    /// Whether type and fixed values of an alternative fit.
    fn look(&mut self, at: PlaceId, value: Id) -> Result<Look, Exhausted> {
        let (graph, tree) = (self.check.graph, self.check.tree);
        let mut look = Look { may_be_meant: true, other_types: None };
        let mut open = vec![at];
        for _ in 0..MAX_HOPS {
            let Some(place) = open.pop().and_then(|at| graph.place(at)) else { break };
            look.may_be_meant &= !place.never;
            for test in &place.tests {
                match test {
                    Test::Type(types) if !self.check.passes_test(test, tree.json(value))? => {
                        look.may_be_meant = false;
                        look.other_types = Some(*types);
                    }
                    Test::OneOf(..) if !self.check.passes_test(test, tree.json(value))? => {
                        look.may_be_meant = false;
                    }
                    _ => {}
                }
            }
            // The property that says of which kind an object is.
            for (child, at) in self.check.inside(place, value)? {
                for test in graph.place(at).into_iter().flat_map(|place| &place.tests) {
                    if matches!(test, Test::OneOf(..)) {
                        look.may_be_meant &= self.check.passes_test(test, tree.json(child))?;
                    }
                }
            }
            open.extend(&place.all);
        }
        Ok(look)
    }

    /// What is wrong in the value.
    fn inside(
        &mut self,
        place: &Place,
        value: Id,
        before: (usize, usize),
        noticed: &mut Noticed,
    ) -> Result<(), Exhausted> {
        let tree = self.check.tree;
        let inside = self.check.inside(place, value)?;
        let object = place.object.as_ref().filter(|_| matches!(tree.json(value), Json::Object(_)));
        let array = place.array.as_ref().filter(|_| matches!(tree.json(value), Json::Array(_)));
        self.children(object, &inside, noticed)?;
        if let Some(contains) = array.and_then(|rules| rules.contains.as_ref()) {
            let mut count = 0_usize;
            for child in tree.children(value) {
                count = count.saturating_add(usize::from(self.check.holds(contains.place, child)?));
            }
            let wrong = if count < contains.least {
                Some(format!("at least {}", contains.least))
            } else {
                contains.most.filter(|most| count > *most).map(|most| format!("at most {most}"))
            };
            if let Some(how_many) = wrong {
                let says =
                    format!("must hold {how_many} of the items that the schema asks for, and holds {count}");
                self.tell(spot(tree, value), says, noticed);
            }
        }
        if let Some(names) = object.and_then(|rules| rules.names) {
            for child in tree.children(value) {
                if !self.check.name_fits(names, tree.key(child).unwrap_or_default())? {
                    let spot = Spot { is_key: true, ..spot(tree, child) };
                    self.tell(spot, "is not one that the schema allows", noticed);
                }
            }
        }
        // Asked about what nothing else spoke of, and only where all else fits.
        let rest = object.and_then(|rules| rules.unevaluated).or(array.and_then(|rules| rules.unevaluated));
        if let Some(rest) = rest.filter(|_| before == (self.open.len(), noticed.refused.len())) {
            let spoken = self.spoken(place, value, &inside)?;
            let first = tree.children(value).start;
            let unspoken = |child: &Id| !spoken.speaks_of(child.saturating_sub(first));
            let rest: Vec<_> = tree.children(value).filter(unspoken).map(|child| (child, rest)).collect();
            self.children(object, &rest, noticed)?;
        }
        Ok(())
    }

    /// What is wrong with these children, each judged by its place.
    fn children(
        &mut self,
        object: Option<&ObjectRules>,
        children: &[(Id, PlaceId)],
        noticed: &mut Noticed,
    ) -> Result<(), Exhausted> {
        for (child, at) in children {
            if self.check.holds(*at, *child)? {
                continue;
            }
            if self.check.graph.place(*at).is_some_and(|place| place.never) {
                let names =
                    object.map(|rules| rules.properties.keys().map(String::as_str).collect::<BTreeSet<_>>());
                let names = listed("; it accepts", names.unwrap_or_default().into_iter());
                let says = format!("is not among what the tool accepts here{names}");
                self.tell(spot(self.check.tree, *child), says, noticed);
            } else {
                self.open.push_back((*at, *child));
            }
        }
        Ok(())
    }

    /// Which children something else has spoken of, in a place that does not fit.
    fn spoken(&mut self, place: &Place, value: Id, inside: &[(Id, PlaceId)]) -> Result<Known, Exhausted> {
        let first = self.check.tree.children(value).start;
        let mut spoken = Known::default();
        for (child, _) in inside {
            spoken.mark(child.saturating_sub(first));
        }
        for at in applied_here(&mut self.check, place, value)? {
            if self.check.holds(at, value)?
                && let Some(known) = self.check.known(at, value)
            {
                spoken.mark_all_of(known);
            }
        }
        Ok(spoken)
    }
}

/// What one look at an alternative says.
struct Look {
    may_be_meant: bool,
    /// The types that it wants, where the value is of none of them.
    other_types: Option<Types>,
}

fn spot(tree: &Tree<'_>, value: Id) -> Spot {
    Spot { pointer: tree.pointer(value), is_key: false }
}

/// What a test expects, of a value that does not pass it.
fn expected(test: &Test, json: &Json) -> String {
    let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    match test {
        Test::Type(types) => wrong_type(*types, json),
        Test::OneOf(texts, Some(shown)) if texts.len() == 1 => format!("must be {shown}"),
        Test::OneOf(_, Some(shown)) => format!("must be one of {shown}"),
        Test::OneOf(texts, None) if texts.len() == 1 => {
            "must be the one value that the schema allows".to_owned()
        }
        Test::OneOf(texts, None) => {
            format!("must be one of the {} values that the schema lists", texts.len())
        }
        Test::AtLeast(least, Bound::Included) => format!("must be at least {}", number(least.as_str())),
        Test::AtLeast(least, Bound::Excluded) => format!("must be more than {}", number(least.as_str())),
        Test::AtMost(most, Bound::Included) => format!("must be at most {}", number(most.as_str())),
        Test::AtMost(most, Bound::Excluded) => format!("must be less than {}", number(most.as_str())),
        Test::MultipleOf(by) => format!("must be a multiple of {}", number(by.as_str())),
        Test::MinLength(least) => format!("must have at least {}", of(*least, "character")),
        Test::MaxLength(most) => format!("must have at most {}", of(*most, "character")),
        Test::Pattern(pattern) => match pattern.shown() {
            Some(pattern) => format!("must match the pattern `{pattern}`"),
            None => "must match the pattern that the schema has for it".to_owned(),
        },
        Test::MinItems(least) => format!("must have at least {}", of(*least, "item")),
        Test::MaxItems(most) => format!("must have at most {}", of(*most, "item")),
        Test::UniqueItems => "must not hold the same item twice".to_owned(),
        Test::MinProperties(1) => "must have at least 1 property".to_owned(),
        Test::MinProperties(least) => format!("must have at least {least} properties"),
        Test::MaxProperties(1) => "must have at most 1 property".to_owned(),
        Test::MaxProperties(most) => format!("must have at most {most} properties"),
        Test::Required(_) | Test::DependentRequired(..) => "lacks what the tool needs".to_owned(),
    }
}

fn wrong_type(types: Types, json: &Json) -> String {
    match json {
        Json::Number(_) if types.has("integer") => format!("must be {}", types.words()),
        json if types == Types::default() => format!("must not be {}", json.kind()),
        json => format!("must be {}, and is {}", types.words(), json.kind()),
    }
}

/// A number of the schema's, where it is short enough to be read.
fn number(text: &str) -> &str {
    if is_plain(text) { text } else { "what the schema says" }
}

/// Names of the schema's for a message; empty where none can be shown.
fn listed<'n>(lead: &str, names: impl Iterator<Item = &'n str>) -> String {
    let mut plain = names.filter(|name| is_plain(name)).map(|name| format!("`{name}`"));
    let first: Vec<String> = plain.by_ref().take(MAX_NAMES).collect();
    match (first.is_empty(), plain.next()) {
        (true, _) => String::new(),
        (false, None) => format!("{lead} {}", first.join(", ")),
        (false, Some(_)) => format!("{lead} {}, …", first.join(", ")),
    }
}
