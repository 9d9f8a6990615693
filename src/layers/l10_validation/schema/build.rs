//! From a schema's JSON to its graph, keyword by keyword. What is not written as the standard has it is refused: a
//! keyword that nobody understands is an assertion that nobody checks.

use std::collections::HashMap;

use super::pattern::Pattern;
use super::refs::Names;
use super::{
    ArrayRules, Bound, Contains, Graph, MAX_BYTES, MAX_DEPTH, MAX_PATTERNS, MAX_PLACES, ObjectRules, Place,
    PlaceId, Refusal, Test, Types, When, is_plain,
};
use crate::base::JsonPointer;
use crate::layers::l10_validation::tree::{TooMuch, Tree};
use crate::text::json::{Json, Number};

/// Reads a schema.
pub(super) fn graph(document: &Json) -> Result<Graph, Refusal> {
    let root = JsonPointer::root();
    // Each value has at least two bytes with what stands beside it.
    if let Err(too_much) = Tree::of(document, MAX_DEPTH, MAX_BYTES) {
        return Err(Refusal::new(
            &root,
            match too_much {
                TooMuch::Deep => format!("it nests more than {MAX_DEPTH} deep"),
                TooMuch::Many => format!("it has more than {MAX_BYTES} bytes"),
            },
        ));
    }
    if document.to_string().len() > MAX_BYTES {
        return Err(Refusal::new(&root, format!("it has more than {MAX_BYTES} bytes")));
    }
    if let Some(pointer) = document.duplicate_key() {
        return Err(Refusal::new(&pointer, "the key is there twice"));
    }
    dialect(document)?;
    let mut builder = Builder {
        document,
        names: Names::of(document)?,
        places: Vec::new(),
        pointers: Vec::new(),
        known: HashMap::new(),
        patterns: 0,
    };
    builder.place(&root)?;
    let mut at = 0;
    while let Some(pointer) = builder.pointers.get(at).cloned() {
        let place = builder.read(&pointer)?;
        if let Some(slot) = builder.places.get_mut(at) {
            *slot = place;
        }
        at = at.saturating_add(1);
    }
    let graph = Graph { places: builder.places };
    match circle(&graph).and_then(|id| builder.pointers.get(id)) {
        Some(pointer) => Err(Refusal::new(
            pointer,
            "it refers to itself for the same value, so that checking would never end",
        )),
        None => Ok(graph),
    }
}

/// Dialects of one's own may give keywords other meanings.
fn dialect(document: &Json) -> Result<(), Refusal> {
    const KNOWN: [&str; 4] = [
        "http://json-schema.org/",
        "https://json-schema.org/",
        "https://spec.openapis.org/oas/3.1/",
        "https://spec.openapis.org/oas/3.2/",
    ];
    match document.get("$schema") {
        None => Ok(()),
        Some(Json::String(dialect)) if KNOWN.iter().any(|known| dialect.starts_with(known)) => Ok(()),
        Some(_) => Err(Refusal::new(
            &JsonPointer::root().key("$schema"),
            "it is in a dialect that is not known; use https://json-schema.org/draft/2020-12/schema",
        )),
    }
}

/// A place from which a way along edges that stay with the same value comes back to it.
fn circle(graph: &Graph) -> Option<PlaceId> {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; graph.places.len()];
    for start in 0..graph.places.len() {
        let mut open = vec![start];
        while let Some(&id) = open.last() {
            let Some(state) = seen.get_mut(id) else { break };
            if *state != Seen::No {
                // Its ways have been gone, or a longer way came here first.
                *state = Seen::Done;
                open.pop();
                continue;
            }
            *state = Seen::Open;
            for next in graph.place(id).into_iter().flat_map(Place::here) {
                match seen.get(next) {
                    Some(Seen::Open) => return Some(next),
                    Some(Seen::No) => open.push(next),
                    _ => {}
                }
            }
        }
    }
    None
}

impl Place {
    /// The places that judge the same value.
    pub(super) fn here(&self) -> impl Iterator<Item = PlaceId> + '_ {
        let lists = self.any.iter().chain(&self.one).flatten();
        let when = self.when.iter().flat_map(|when| [Some(when.test), when.then, when.other]).flatten();
        let dependent = self.dependent.iter().map(|(_, place)| *place);
        self.all.iter().chain(lists).copied().chain(self.not).chain(when).chain(dependent)
    }

    /// Whether there is nothing to judge it by but its own tests.
    pub(super) fn is_leaf(&self) -> bool {
        self.object.is_none() && self.array.is_none() && self.here().next().is_none()
    }
}

struct Builder<'d> {
    document: &'d Json,
    names: Names,
    places: Vec<Place>,
    /// Where each place stands in the document; those without a place of their own yet are still to be read.
    pointers: Vec<JsonPointer>,
    known: HashMap<JsonPointer, PlaceId>,
    patterns: usize,
}

impl Builder<'_> {
    /// The number of the schema at `pointer`.
    fn place(&mut self, pointer: &JsonPointer) -> Result<PlaceId, Refusal> {
        if let Some(id) = self.known.get(pointer) {
            return Ok(*id);
        }
        if !matches!(self.document.at(pointer), Some(Json::Object(_) | Json::Bool(_))) {
            return Err(Refusal::new(pointer, "it has to be a schema: an object, `true` or `false`"));
        }
        let id = self.places.len();
        if id >= MAX_PLACES {
            return Err(Refusal::new(pointer, format!("there are more than {MAX_PLACES} schemas in it")));
        }
        self.places.push(Place::default());
        self.pointers.push(pointer.clone());
        self.known.insert(pointer.clone(), id);
        Ok(id)
    }

    fn read(&mut self, pointer: &JsonPointer) -> Result<Place, Refusal> {
        let mut place = Place::default();
        let members = match self.document.at(pointer) {
            Some(Json::Object(members)) => members,
            Some(Json::Bool(false)) => {
                place.never = true;
                return Ok(place);
            }
            _ => return Ok(place),
        };
        for (keyword, value) in members {
            let at = pointer.key(keyword);
            self.test(&mut place, keyword, value, &at)?;
            self.applied(&mut place, keyword, value, &at)?;
        }
        self.together(&mut place, members, pointer)?;
        self.inside(&mut place, members, pointer)?;
        Ok(place)
    }

    /// Keywords that ask something of the value itself.
    fn test(
        &mut self,
        place: &mut Place,
        keyword: &str,
        value: &Json,
        at: &JsonPointer,
    ) -> Result<(), Refusal> {
        let count = || count(value, at);
        let test = match keyword {
            "type" => Test::Type(types(value, at)?),
            "enum" => {
                let values =
                    value.as_array().ok_or_else(|| Refusal::new(at, "it has to be a list of values"))?;
                one_of(values.iter())
            }
            "const" => one_of(std::iter::once(value)),
            "multipleOf" => {
                let by = number(value, at)?;
                if Number::from(0_i64).is_multiple_of(by).is_none() || by.as_str().starts_with('-') {
                    return Err(Refusal::new(at, "it has to be a number above 0 with at most 18 digits"));
                }
                Test::MultipleOf(by.clone())
            }
            "minLength" => Test::MinLength(count()?),
            "maxLength" => Test::MaxLength(count()?),
            "minItems" => Test::MinItems(count()?),
            "maxItems" => Test::MaxItems(count()?),
            "minProperties" => Test::MinProperties(count()?),
            "maxProperties" => Test::MaxProperties(count()?),
            "pattern" => {
                let pattern = value.as_str().ok_or_else(|| Refusal::new(at, "it has to be a string"))?;
                Test::Pattern(self.pattern(pattern, at)?)
            }
            "uniqueItems" => match value.as_bool() {
                Some(true) => Test::UniqueItems,
                Some(false) => return Ok(()),
                None => return Err(Refusal::new(at, "it has to be `true` or `false`")),
            },
            "required" => Test::Required(names(value, at)?),
            "dependentRequired" | "dependencies" => {
                let object = value.as_object().ok_or_else(|| Refusal::new(at, "it has to be an object"))?;
                for (key, value) in object {
                    // The older keyword has schemas too; `applied` takes them.
                    if keyword == "dependencies" && !matches!(value, Json::Array(_)) {
                        continue;
                    }
                    place.tests.push(Test::DependentRequired(key.clone(), names(value, &at.key(key))?));
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        place.tests.push(test);
        Ok(())
    }

    /// Keywords that ask other schemas about the same value.
    fn applied(
        &mut self,
        place: &mut Place,
        keyword: &str,
        value: &Json,
        at: &JsonPointer,
    ) -> Result<(), Refusal> {
        match keyword {
            "allOf" => place.all.extend(self.list(value, at)?),
            "anyOf" => place.any = Some(self.list(value, at)?),
            "oneOf" => place.one = Some(self.list(value, at)?),
            "not" => place.not = Some(self.place(at)?),
            "$ref" | "$dynamicRef" | "$recursiveRef" => {
                if keyword != "$ref" && !self.names.is_one() {
                    return Err(Refusal::new(
                        at,
                        "where a dynamic reference leads depends on how it is reached; use `$ref`",
                    ));
                }
                let reference = value.as_str().ok_or_else(|| Refusal::new(at, "it has to be a string"))?;
                let target = self.names.resolve(self.document, at, reference);
                let target = target.map_err(|says| Refusal::new(at, says))?;
                place.all.push(self.place(&target)?);
            }
            "dependentSchemas" | "dependencies" => {
                let object = value.as_object().ok_or_else(|| Refusal::new(at, "it has to be an object"))?;
                for (key, value) in object {
                    if keyword == "dependencies" && matches!(value, Json::Array(_)) {
                        continue;
                    }
                    place.dependent.push((key.clone(), self.place(&at.key(key))?));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Keywords that are read together with others about the same value.
    fn together(
        &mut self,
        place: &mut Place,
        members: &[(String, Json)],
        at: &JsonPointer,
    ) -> Result<(), Refusal> {
        let get = |key: &str| members.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        for (key, exclusive, make) in [
            ("minimum", "exclusiveMinimum", Test::AtLeast as fn(Number, Bound) -> Test),
            ("maximum", "exclusiveMaximum", Test::AtMost as fn(Number, Bound) -> Test),
        ] {
            // Draft 4 says with a boolean whether the bound itself is allowed.
            let beside = get(exclusive);
            let draft_4 = beside.and_then(Json::as_bool);
            if let Some(value) = get(key) {
                let bound = if draft_4 == Some(true) { Bound::Excluded } else { Bound::Included };
                place.tests.push(make(number(value, &at.key(key))?.clone(), bound));
            }
            if let Some(value) = beside.filter(|_| draft_4.is_none()) {
                place.tests.push(make(number(value, &at.key(exclusive))?.clone(), Bound::Excluded));
            }
        }
        if let Some(when) = get("if").map(|_| at.key("if")) {
            let mut branch = |key: &str| get(key).map(|_| self.place(&at.key(key))).transpose();
            let (then, other) = (branch("then")?, branch("else")?);
            place.when = Some(When { test: self.place(&when)?, then, other });
        }
        Ok(())
    }

    /// Keywords that ask schemas about what is in the value.
    fn inside(
        &mut self,
        place: &mut Place,
        members: &[(String, Json)],
        at: &JsonPointer,
    ) -> Result<(), Refusal> {
        let get = |key: &str| members.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        let has = |keys: &[&str]| keys.iter().any(|key| get(key).is_some());
        let object_keys = [
            "properties",
            "patternProperties",
            "additionalProperties",
            "propertyNames",
            "unevaluatedProperties",
        ];
        if has(&object_keys) {
            let mut rules =
                ObjectRules { declares: has(&["properties", "patternProperties"]), ..ObjectRules::default() };
            for (key, pointer) in map(get("properties"), &at.key("properties"))? {
                rules.properties.insert(key, self.place(&pointer)?);
            }
            for (key, pointer) in map(get("patternProperties"), &at.key("patternProperties"))? {
                rules.patterns.push((self.pattern(&key, &pointer)?, self.place(&pointer)?));
            }
            rules.additional = self.single(get("additionalProperties"), &at.key("additionalProperties"))?;
            rules.names = self.single(get("propertyNames"), &at.key("propertyNames"))?;
            rules.unevaluated =
                self.single(get("unevaluatedProperties"), &at.key("unevaluatedProperties"))?;
            place.object = Some(rules);
        }
        if has(&["items", "prefixItems", "contains", "unevaluatedItems"]) {
            let mut rules = ArrayRules::default();
            if let Some(list) = get("prefixItems") {
                rules.first = self.list(list, &at.key("prefixItems"))?;
            }
            match get("items") {
                // Before 2020-12 a list stood for the first items, and `additionalItems` for the others.
                Some(list @ Json::Array(_)) => {
                    rules.first = self.list(list, &at.key("items"))?;
                    rules.items = self.single(get("additionalItems"), &at.key("additionalItems"))?;
                }
                items => rules.items = self.single(items, &at.key("items"))?,
            }
            if let Some(contained) = self.single(get("contains"), &at.key("contains"))? {
                let bound = |key: &str| get(key).map(|value| count(value, &at.key(key))).transpose();
                let (least, most) = (bound("minContains")?.unwrap_or(1), bound("maxContains")?);
                rules.contains = Some(Contains { place: contained, least, most });
            }
            rules.unevaluated = self.single(get("unevaluatedItems"), &at.key("unevaluatedItems"))?;
            place.array = Some(rules);
        }
        Ok(())
    }

    fn single(&mut self, value: Option<&Json>, at: &JsonPointer) -> Result<Option<PlaceId>, Refusal> {
        value.map(|_| self.place(at)).transpose()
    }

    fn list(&mut self, value: &Json, at: &JsonPointer) -> Result<Vec<PlaceId>, Refusal> {
        let items = value.as_array().ok_or_else(|| Refusal::new(at, "it has to be a list of schemas"))?;
        (0..items.len()).map(|index| self.place(&at.index(index))).collect()
    }

    fn pattern(&mut self, pattern: &str, at: &JsonPointer) -> Result<Pattern, Refusal> {
        self.patterns = self.patterns.saturating_add(1);
        if self.patterns > MAX_PATTERNS {
            return Err(Refusal::new(at, format!("there are more than {MAX_PATTERNS} patterns in it")));
        }
        Pattern::new(pattern).map_err(|says| Refusal::new(at, format!("the pattern {says}")))
    }
}

fn map(value: Option<&Json>, at: &JsonPointer) -> Result<Vec<(String, JsonPointer)>, Refusal> {
    match value {
        None => Ok(Vec::new()),
        Some(Json::Object(members)) => {
            Ok(members.iter().map(|(key, _)| (key.clone(), at.key(key))).collect())
        }
        Some(_) => Err(Refusal::new(at, "it has to be an object with a schema under each name")),
    }
}

fn types(value: &Json, at: &JsonPointer) -> Result<Types, Refusal> {
    let unknown = || {
        Refusal::new(
            at,
            "it has to name types, of `null`, `boolean`, `object`, `array`, `number`, `string`, `integer`",
        )
    };
    let names = match value {
        Json::Array(names) => names.as_slice(),
        name => std::slice::from_ref(name),
    };
    names
        .iter()
        .try_fold(Types::default(), |types, name| name.as_str().and_then(|name| types.with(name)))
        .ok_or_else(unknown)
}

fn number<'j>(value: &'j Json, at: &JsonPointer) -> Result<&'j Number, Refusal> {
    value.as_number().ok_or_else(|| Refusal::new(at, "it has to be a number"))
}

fn count(value: &Json, at: &JsonPointer) -> Result<usize, Refusal> {
    let number = value.as_number().and_then(Number::as_i64).and_then(|number| usize::try_from(number).ok());
    number.ok_or_else(|| Refusal::new(at, "it has to be a whole number from 0"))
}

fn names(value: &Json, at: &JsonPointer) -> Result<Vec<String>, Refusal> {
    let names =
        value.as_array().map(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    names.flatten().ok_or_else(|| Refusal::new(at, "it has to be a list of names"))
}

fn one_of<'j>(values: impl Iterator<Item = &'j Json> + Clone) -> Test {
    const MAX_SHOWN: usize = 12;
    let shown: Option<Vec<String>> = values
        .clone()
        .map(|value| match value {
            Json::String(text) => is_plain(text).then(|| format!("`{text}`")),
            Json::Number(number) => is_plain(number.as_str()).then(|| number.to_string()),
            Json::Null | Json::Bool(_) => Some(value.to_string()),
            _ => None,
        })
        .collect();
    let mut texts: Vec<String> = values.map(Json::to_canonical).collect();
    texts.sort_unstable();
    let shown = shown.filter(|shown| !shown.is_empty() && shown.len() <= MAX_SHOWN);
    Test::OneOf(texts, shown.map(|shown| shown.join(", ")))
}
