//! Rules over several calls: what the session did before this call, in order, how often, and with the same values.

#![cfg_attr(
    not(feature = "yaml"),
    expect(dead_code, reason = "only what is read from a text needs all of it")
)]

use std::collections::BTreeSet;
use std::fmt;

use crate::base::sha256;

use super::compile::tool_globs;
use super::decide::{Rule, Rules};
use super::doc::{At, Problems, RuleDoc};
use super::glob::NameGlob;
use super::matcher::Answer;
use super::{Effect, Request, print};

/// Most steps of one rule.
pub(super) const MAX_STEPS: usize = 8;
/// What `times` may be at the most.
pub(super) const MAX_TIMES: u64 = 100;

/// How a call is joined to the last step before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Joined {
    /// A path, a link, an address or an id that decided in that call decides in this one.
    Values,
    /// Something in this call was copied from what that call returned.
    Results,
}

impl Joined {
    pub(super) const ALL: &'static [Self] = &[Self::Values, Self::Results];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Results => "results",
        }
    }
}

/// What came before, as it is written.
#[derive(Debug, Clone)]
pub(super) struct AfterDoc {
    /// Each step is a rule's conditions without its effect.
    pub(super) steps: Vec<RuleDoc>,
    pub(super) within: Option<u64>,
    pub(super) times: Option<u64>,
    pub(super) flows: Option<Joined>,
}

/// What came before, compiled.
#[derive(Debug)]
pub(super) struct After {
    steps: Vec<u64>,
    within: Option<u64>,
    times: usize,
    flows: Option<Joined>,
    /// The tools of the last step.
    last: Vec<NameGlob>,
}

/// What a session remembers of the steps of its policy's flows.
pub trait Past: fmt::Debug {
    /// The turn of this call.
    fn now(&self) -> u64;

    /// The turns in which the step was taken, oldest first; where `same`, only those whose values decide in this call
    /// too. `None` where too much was forgotten to tell: then it counts as taken.
    fn turns(&self, step: u64, same: bool) -> Option<Vec<u64>>;

    /// Whether something that is not the user's own was copied into this call from what a tool returned, one that
    /// `named` knows.
    fn copied_from(&self, named: &dyn Fn(&str) -> bool) -> bool;
}

/// The key of a step: the same words are the same step, in whichever rule.
fn key(step: &RuleDoc) -> u64 {
    let digest = sha256(&[b"flow step", print::step(step).as_bytes()]);
    let (first, _) = digest.as_bytes().split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*first)
}

impl After {
    pub(super) fn compile(doc: &At<AfterDoc>, effect: Effect, problems: &mut Problems) -> Self {
        let At { value, place } = doc;
        let mut tell = |message: &str| problems.push((*place, message.to_owned()));
        if effect == Effect::Allow {
            tell("`after` restricts; a rule that allows cannot have it");
        }
        if value.steps.is_empty() || value.steps.len() > MAX_STEPS {
            tell("`steps` has to have 1 to 8 entries");
        }
        if value.steps.iter().any(|step| print::step(step) == "{  }") {
            tell("a step that says nothing is every call; leave it out");
        }
        let results = value.flows == Some(Joined::Results);
        if results && (value.within.is_some() || value.times.is_some() || value.steps.len() != 1) {
            tell("`flows: results` speaks of one step, whenever it was; leave `within` and `times` out");
        }
        if results && value.steps.iter().any(|step| step.tools.is_empty()) {
            tell("`flows: results` needs the `tools` whose results are meant");
        }
        let last = value.steps.last().map(|step| tool_globs(&step.tools, true, &mut Problems::new()));
        Self {
            steps: value.steps.iter().map(key).collect(),
            within: value.within,
            times: usize::try_from(value.times.unwrap_or(1)).unwrap_or(usize::MAX),
            flows: value.flows,
            last: last.unwrap_or_default(),
        }
    }

    /// Whether that came before this call.
    pub(super) fn answer(&self, request: &Request<'_>) -> Answer {
        let Some(past) = request.past else { return Answer::No };
        if self.flows == Some(Joined::Results) {
            return Answer::from(past.copied_from(&|tool| self.last.iter().any(|glob| glob.matches(tool))));
        }
        let mut from = self.within.map_or(0, |within| past.now().saturating_sub(within));
        for (at, step) in self.steps.iter().enumerate() {
            let last = at.saturating_add(1) == self.steps.len();
            let Some(turns) = past.turns(*step, last && self.flows.is_some()) else { continue };
            let wanted = if last { self.times } else { 1 };
            let mut taken = turns.into_iter().filter(|turn| *turn >= from);
            match taken.nth(wanted.saturating_sub(1)) {
                Some(turn) if !last => from = turn.saturating_add(1),
                Some(_) => {}
                None => return Answer::No,
            }
        }
        Answer::Yes
    }
}

impl Rules {
    /// Whether any rule looks back.
    pub(super) const fn looks_back(&self) -> bool {
        !self.steps.is_empty()
    }

    /// The steps that this call is. Costs the steps that speak of its tool.
    pub(super) fn steps(&self, request: &Request<'_>) -> BTreeSet<u64> {
        let cache = super::values::Cache::default();
        let mut taken = BTreeSet::new();
        self.step_index.visit(request.tool, |at| {
            if let Some((key, step)) = self.steps.get(at)
                && step.answer(request, &cache) != Answer::No
            {
                taken.insert(*key);
            }
        });
        taken
    }
}

/// Every step of these rules once, with the conditions that make a call one.
pub(super) fn steps<'d>(
    rules: &'d [RuleDoc],
    compile: &mut dyn FnMut(&'d RuleDoc) -> Rule,
) -> Vec<(u64, &'d RuleDoc, Rule)> {
    let mut known = BTreeSet::new();
    let docs = rules.iter().filter_map(|rule| rule.after.as_ref()).flat_map(|after| &after.value.steps);
    docs.filter(|doc| known.insert(key(doc))).map(|doc| (key(doc), doc, compile(doc))).collect()
}
