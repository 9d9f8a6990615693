//! What rules change in a call: values that are taken out, fixed, or brought into a range.
//!
//! The order of rules means nothing. What is taken out is taken out, whatever else is said of it; ranges are joined to
//! the narrowest; two different fixed values, and a value that cannot be brought into a range, refuse the call. What a
//! tier fixes, one below it does not take out.

use std::collections::BTreeMap;

use super::doc::{RangeDoc, Scalar, SetDoc};
use super::pointers::{PointerPattern, Relation, place_of};
use super::request::Leaf;
use crate::base::{JsonPointer, RuleId};
use crate::text::json::{Json, Number};

/// What stands where something was taken out.
const REDACTED: &str = "[redacted]";

/// One change that a rule makes, compiled.
#[derive(Debug)]
pub(super) struct Setting {
    pointer: PointerPattern,
    /// Where it is one place.
    place: Option<JsonPointer>,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Redact,
    Value(Json),
    Clamp(Option<Number>, Option<Number>),
}

impl Setting {
    pub(super) fn new(pointer: &str, doc: &SetDoc) -> Result<Self, String> {
        let pattern = PointerPattern::new(pointer, true)?;
        let what = match doc {
            SetDoc::Redact => What::Redact,
            SetDoc::Value(value) => {
                if pattern.is_wild() || pointer.is_empty() {
                    return Err("a fixed value has one place: write a pointer without `*`".to_owned());
                }
                What::Value(match value {
                    Scalar::Null => Json::Null,
                    Scalar::Bool(value) => Json::Bool(*value),
                    Scalar::Number(text) => {
                        let number = Number::new(text).filter(Number::is_exact);
                        Json::Number(number.ok_or("not every reader reads this number alike")?)
                    }
                    Scalar::Text(text) => Json::String(text.clone()),
                })
            }
            SetDoc::Clamp(RangeDoc { min, max }) => {
                let number =
                    |text: &Option<String>| text.as_deref().and_then(Number::new).filter(Number::is_exact);
                let (low, high) = (number(min), number(max));
                if low.is_some() != min.is_some() || high.is_some() != max.is_some() {
                    return Err("not every reader reads this number alike".to_owned());
                }
                if matches!((&low, &high), (Some(low), Some(high)) if low.compare(high).is_gt()) {
                    return Err("no number is in this range".to_owned());
                }
                What::Clamp(low, high)
            }
        };
        let place = (!pattern.is_wild()).then(|| place_of(pointer));
        Ok(Self { pointer: pattern, place, what })
    }
}

/// The arguments of a call as rules changed them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Rewrite {
    /// The arguments.
    pub args: Json,
    /// What was changed, and by which rule; of several, the first.
    pub changed: Vec<(JsonPointer, RuleId)>,
}

/// A call that cannot be changed as the rules say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rule `{rule}` changes the argument, and it cannot be changed so: {why}")]
#[non_exhaustive]
pub struct RewriteError {
    /// The rule.
    pub rule: RuleId,
    /// Which argument.
    pub pointer: JsonPointer,
    /// Why not.
    pub why: &'static str,
}

/// What is wanted of one place.
#[derive(Debug, Default)]
struct Wanted {
    rule: Option<RuleId>,
    /// The uppermost tier that takes it out.
    redact: Option<usize>,
    /// The uppermost tier that fixes it, or brings it into a range.
    fixed: Option<usize>,
    value: Option<Json>,
    low: Option<Number>,
    high: Option<Number>,
    fault: Option<&'static str>,
}

impl Wanted {
    fn also(&mut self, tier: usize, rule: &RuleId, what: &What) {
        self.rule.get_or_insert_with(|| rule.clone());
        let slot = if matches!(what, What::Redact) { &mut self.redact } else { &mut self.fixed };
        *slot = Some(slot.map_or(tier, |known| known.min(tier)));
        match what {
            What::Redact => {}
            What::Value(value) => match &self.value {
                Some(known) if known != value => self.fault = Some("two rules want different values"),
                _ => self.value = Some(value.clone()),
            },
            What::Clamp(low, high) => {
                if let Some(low) = low
                    && self.low.as_ref().is_none_or(|known| low.compare(known).is_gt())
                {
                    self.low = Some(low.clone());
                }
                if let Some(high) = high
                    && self.high.as_ref().is_none_or(|known| high.compare(known).is_lt())
                {
                    self.high = Some(high.clone());
                }
            }
        }
    }

    fn becomes(&self, value: Option<&Json>) -> Result<Option<Json>, &'static str> {
        // SECURITY: a tier that takes out what one above it fixes would widen that.
        let stands = matches!((self.redact, self.fixed), (Some(redact), Some(fixed)) if fixed < redact);
        if self.redact.is_some() && !stands {
            return Ok(value.map(|_| Json::String(REDACTED.to_owned())));
        }
        if stands && self.value.is_none() {
            return Err("a policy above brings into a range what this one takes out");
        }
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let found = self.value.as_ref().or(value);
        if self.low.is_none() && self.high.is_none() {
            return Ok(found.cloned());
        }
        let Some(found) = found else { return Ok(None) };
        // SECURITY: a text that spells a number, or a list of numbers, is a number to some servers.
        let Json::Number(number) = found else { return Err("it is no number") };
        if matches!((&self.low, &self.high), (Some(low), Some(high)) if low.compare(high).is_gt()) {
            return Err("the ranges have no number in common");
        }
        let beyond = |bound: &Option<Number>, wrong: fn(std::cmp::Ordering) -> bool| {
            bound.clone().filter(|bound| wrong(number.compare(bound)))
        };
        let bound = beyond(&self.low, std::cmp::Ordering::is_lt)
            .or_else(|| beyond(&self.high, std::cmp::Ordering::is_gt));
        if self.value.is_some() && bound.is_some() {
            return Err("the fixed value is outside the range that another rule wants");
        }
        Ok(Some(bound.map_or_else(|| found.clone(), Json::Number)))
    }
}

pub(super) fn rewrite<'r>(
    rules: impl Iterator<Item = (usize, &'r RuleId, &'r [Setting])>,
    leaves: &[Leaf<'_>],
    args: &Json,
) -> Result<Option<Rewrite>, RewriteError> {
    let mut places: BTreeMap<JsonPointer, Wanted> = BTreeMap::new();
    for (tier, rule, settings) in rules {
        for setting in settings {
            let mut want = |pointer: &JsonPointer| {
                places.entry(pointer.clone()).or_default().also(tier, rule, &setting.what);
            };
            if let (What::Value(_), Some(place)) = (&setting.what, &setting.place) {
                want(place);
            }
            for leaf in leaves.iter().filter(|leaf| leaf.value.is_some() && !leaf.pointer.as_str().is_empty())
            {
                match setting.pointer.relation(&leaf.pointer) {
                    // What is fixed is fixed at its very place, and in every other spelling of it.
                    Relation::Is => want(&leaf.pointer),
                    Relation::Inside if !matches!(setting.what, What::Value(_)) => want(&leaf.pointer),
                    _ => {}
                }
            }
        }
    }
    if places.is_empty() {
        return Ok(None);
    }
    let mut out = args.clone();
    let mut changed = Vec::new();
    for (pointer, asked) in places {
        let Some(rule) = asked.rule.clone() else { continue };
        let refuse = |why| RewriteError { rule: rule.clone(), pointer: pointer.clone(), why };
        let steps: Vec<String> = pointer.steps().collect();
        let becomes = asked.becomes(found(&out, &steps)).map_err(refuse)?;
        let Some(becomes) = becomes else { continue };
        if found(&out, &steps) == Some(&becomes) {
            continue;
        }
        if !put(&mut out, &steps, becomes) {
            return Err(refuse("there is no object or list to put it in"));
        }
        changed.push((pointer, rule));
    }
    Ok((!changed.is_empty()).then_some(Rewrite { args: out, changed }))
}

fn found<'j>(mut json: &'j Json, steps: &[String]) -> Option<&'j Json> {
    for step in steps {
        json = match json {
            Json::Object(members) => &members.iter().find(|(key, _)| **key == **step)?.1,
            Json::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(json)
}

/// Puts `value` where the steps lead; a member of an object that is not there is added.
fn put(mut json: &mut Json, steps: &[String], value: Json) -> bool {
    let Some((last, way)) = steps.split_last() else { return false };
    for step in way {
        let next = match json {
            Json::Object(members) => {
                members.iter_mut().find(|(key, _)| **key == **step).map(|(_, value)| value)
            }
            Json::Array(items) => step.parse::<usize>().ok().and_then(|at| items.get_mut(at)),
            _ => None,
        };
        match next {
            Some(next) => json = next,
            None => return false,
        }
    }
    match json {
        Json::Object(members) => match members.iter_mut().find(|(key, _)| **key == **last) {
            Some((_, slot)) => *slot = value,
            None => members.push((last.clone(), value)),
        },
        Json::Array(items) => match last.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
            Some(slot) => *slot = value,
            None => return false,
        },
        _ => return false,
    }
    true
}
