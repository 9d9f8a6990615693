//! From a call to a decision: which rules match, and what they say together.

use std::sync::Arc;

use crate::base::{Integrity, JsonPointer, Label, Mode, PrincipalId, RuleId, Sensitivity, ServerId};

use super::cel::{Expression, Facts, Reading};
use super::doc::{Bound, RaiseDoc};
use super::flow::After;
use super::glob::NameGlob;
use super::index::Index;
use super::matcher::{Answer, ArgMatcher};
use super::request::{Leaf, Nearest};
use super::rewrite::Setting;
use super::times::Times;
use super::values::Cache;
use super::{CapabilitySet, Channel, Combining, Decision, Effect, Reason, Request};

/// Patterns of which one has to match; none means that nothing was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    globs: Vec<NameGlob>,
    restrictive: bool,
}

impl Names {
    pub(super) const fn new(globs: Vec<NameGlob>, restrictive: bool) -> Self {
        Self { globs, restrictive }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    pub(super) fn allows(&self, name: Option<&str>) -> bool {
        self.any(name.into_iter()) == Answer::Yes
    }

    /// Whether one of `names` is meant. Without a name a restrictive rule cannot tell.
    pub(super) fn any<'n>(&self, mut names: impl Iterator<Item = &'n str>) -> Answer {
        if self.globs.is_empty() {
            return Answer::Yes;
        }
        let Some(first) = names.next() else {
            return if self.restrictive { Answer::Unsure } else { Answer::No };
        };
        let hit = |name: &str| self.globs.iter().any(|glob| glob.matches(name));
        Answer::from(hit(first) || names.any(hit))
    }
}

/// A compiled rule, without the tools that it speaks of: those are in the index.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: RuleId,
    pub(super) effect: Effect,
    pub(super) why: Option<Arc<str>>,
    /// Boxed, since few rules have it and all rules are walked over.
    pub(super) scope: Option<Box<Scope>>,
    pub(super) client: bool,
    pub(super) server: bool,
    pub(super) capabilities: Option<CapabilitySet>,
    pub(super) described: Option<bool>,
    pub(super) trust: Option<Bound<Integrity>>,
    pub(super) authorized: Option<bool>,
    pub(super) args: Vec<ArgMatcher>,
    pub(super) integrity: Option<Bound<Integrity>>,
    pub(super) sensitivity: Option<Bound<Sensitivity>>,
    pub(super) user_spoke: Option<bool>,
    pub(super) canary_seen: Option<bool>,
    pub(super) escalated: Option<bool>,
    /// Boxed too: what few rules ask.
    pub(super) rare: Option<Box<Rare>>,
    /// Boxed, since few rules have it.
    pub(super) after: Option<Box<After>>,
}

impl Rule {
    /// Whether it asks which texts a value was copied from.
    pub(super) fn asks_sources(&self) -> bool {
        self.args.iter().any(ArgMatcher::asks_sources)
    }
}

/// What few rules say.
#[derive(Debug, Default)]
pub(super) struct Rare {
    pub(super) times: Option<Times>,
    pub(super) when: Option<Expression>,
    /// It decides nothing, and is told.
    pub(super) shadow: bool,
    /// What it changes. It decides nothing either.
    pub(super) set: Vec<Setting>,
    pub(super) approver: Channel,
    pub(super) raise: Option<RaiseDoc>,
    /// The key of its quota.
    pub(super) quota: Option<u64>,
    /// For an endorsement, which has no place in the index: the tools that it speaks of.
    pub(super) tools: Option<Names>,
}

impl Rare {
    pub(super) fn answer(&self, request: &Request<'_>, restrictive: bool) -> Answer {
        let unsure = if restrictive { Answer::Unsure } else { Answer::No };
        let mut answer = Answer::Yes;
        if let Some(times) = &self.times {
            answer = answer.min(request.now.map_or(unsure, |now| Answer::from(times.hold(now))));
        }
        if let (Some(when), true) = (&self.when, answer > Answer::No) {
            let facts = Facts::new(request);
            let holds = if restrictive {
                match (when.holds(facts, Reading::Plain), when.holds(facts, Reading::Folded)) {
                    (Some(true), _) | (_, Some(true)) => Answer::Yes,
                    (Some(false), Some(false)) => Answer::No,
                    _ => Answer::Unsure,
                }
            } else {
                Answer::from(when.holds(facts, Reading::Canonical) == Some(true))
            };
            answer = answer.min(holds);
        }
        answer
    }
}

/// Of whom a rule speaks.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) servers: Names,
    pub(super) principals: Names,
    pub(super) roles: Names,
    pub(super) environments: Names,
}

impl Scope {
    fn answer(&self, request: &Request<'_>) -> Answer {
        let context = request.context;
        self.servers
            .any(request.server.map(ServerId::as_str).into_iter())
            .min(self.principals.any(context.principal_id().map(PrincipalId::as_str).into_iter()))
            .min(self.roles.any(context.roles().iter().map(String::as_str)))
            .min(self.environments.any(context.environment_name().into_iter()))
    }
}

impl Rule {
    pub(super) fn answer(&self, request: &Request<'_>, cache: &Cache) -> Answer {
        match self.quota() {
            None => self.conditions(request, cache),
            Some(quota) => match self.of_quota(quota, request) {
                Answer::No => Answer::No,
                answer => answer.min(self.conditions(request, cache)),
            },
        }
    }

    pub(super) fn quota(&self) -> Option<u64> {
        self.rare.as_ref().and_then(|rare| rare.quota)
    }

    /// A rule that allows holds while there is something left, one that restricts once there is not.
    pub(super) fn of_quota(&self, quota: u64, request: &Request<'_>) -> Answer {
        let restricts = self.effect != Effect::Allow;
        match request.used_up {
            Some(used_up) => Answer::from(used_up.contains(&quota) == restricts),
            None if restricts => Answer::Unsure,
            None => Answer::No,
        }
    }

    /// Of a rule that allows and for which nothing speaks against it but arguments: those.
    fn missing(&self, request: &Request<'_>, cache: &Cache) -> Option<Vec<String>> {
        let holds = self.simple(request)
            && self.quota().is_none_or(|quota| self.of_quota(quota, request) == Answer::Yes)
            && self.scope.as_ref().is_none_or(|scope| scope.answer(request) == Answer::Yes);
        let failing = self.args.iter().filter(|arg| arg.answer(request.leaves, cache) != Answer::Yes);
        let failing: Vec<String> = failing.map(|arg| arg.pointer_text().to_owned()).collect();
        (holds && !failing.is_empty()).then_some(failing)
    }

    /// What needs no look at arguments.
    fn simple(&self, request: &Request<'_>) -> bool {
        let mode = match request.context.side() {
            Mode::Client => self.client,
            Mode::Server => self.server,
        };
        mode && self.capabilities.is_none_or(|capabilities| self.fits(capabilities, request.capabilities))
            && self.described.is_none_or(|described| described == request.described)
            && self.authorized.is_none_or(|authorized| authorized == request.authorized)
            && self.trust.is_none_or(|bound| bound.holds(request.context.principal_trust()))
            && self.integrity.is_none_or(|bound| bound.holds(request.session.integrity()))
            && self.sensitivity.is_none_or(|bound| bound.holds(request.session.sensitivity()))
            && self.user_spoke.is_none_or(|spoke| spoke == request.user_spoke)
            && self.canary_seen.is_none_or(|seen| seen == request.canary_seen)
            && self.escalated.is_none_or(|escalated| escalated == request.escalated)
    }

    /// Whether all but its quota holds.
    fn conditions(&self, request: &Request<'_>, cache: &Cache) -> Answer {
        if !self.simple(request) {
            return Answer::No;
        }
        let mut answer = self.scope.as_ref().map_or(Answer::Yes, |scope| scope.answer(request));
        for arg in &self.args {
            if answer == Answer::No {
                break;
            }
            answer = answer.min(arg.answer(request.leaves, cache));
        }
        if let (Some(rare), true) = (&self.rare, answer > Answer::No) {
            answer = answer.min(rare.answer(request, self.effect != Effect::Allow));
        }
        match &self.after {
            Some(after) if answer != Answer::No => answer.min(after.answer(request)),
            _ => answer,
        }
    }

    /// Whether it decides.
    pub(super) fn decides(&self) -> bool {
        self.rare.as_ref().is_none_or(|rare| !rare.shadow && rare.set.is_empty())
    }

    /// Whether it only watches.
    pub(super) fn is_shadow(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.shadow)
    }

    /// What it changes in a call, if anything.
    pub(super) fn changes(&self) -> Option<(&RuleId, &[Setting])> {
        let rare = self.rare.as_ref().filter(|rare| !rare.set.is_empty() && !rare.shadow)?;
        Some((&self.id, rare.set.as_slice()))
    }

    fn approver(&self) -> Channel {
        self.rare.as_ref().map_or(Channel::default(), |rare| rare.approver)
    }

    /// A restrictive rule means tools that can do any of it, one that allows means tools that can do no more.
    pub(super) fn fits(&self, wanted: CapabilitySet, found: CapabilitySet) -> bool {
        if self.effect == Effect::Allow { found.is_subset(wanted) } else { found.intersects(wanted) }
    }
}

/// Rules, and how they become one answer.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) all: Vec<Rule>,
    pub(super) index: Index,
    /// What their flows look back on.
    pub(super) steps: Vec<(u64, Rule)>,
    pub(super) step_index: Index,
    pub(super) combining: Combining,
    /// Whether what no rule speaks of is left to others, and not denied.
    open: bool,
    /// Whether some rules watch, or change calls: most policies have none, and look for none.
    any_silent: bool,
}

/// The first rules, in the policy's order, of each kind of match. A rule that allows is never unsure.
#[derive(Debug, Default)]
struct Found {
    deny: Option<usize>,
    deny_unsure: Option<usize>,
    approve: Option<usize>,
    approve_unsure: Option<usize>,
    allow: Option<usize>,
}

fn before(a: Option<usize>, b: Option<usize>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a < b,
        (a, _) => a.is_some(),
    }
}

impl Found {
    fn slot(&mut self, effect: Effect, answer: Answer) -> Option<&mut Option<usize>> {
        match (effect, answer) {
            (_, Answer::No) | (Effect::Allow, Answer::Unsure) => None,
            (Effect::Deny, Answer::Yes) => Some(&mut self.deny),
            (Effect::Deny, Answer::Unsure) => Some(&mut self.deny_unsure),
            (Effect::RequireApproval, Answer::Yes) => Some(&mut self.approve),
            (Effect::RequireApproval, Answer::Unsure) => Some(&mut self.approve_unsure),
            (Effect::Allow, Answer::Yes) => Some(&mut self.allow),
        }
    }

    /// Whether a rule with this effect at this place could still change the answer.
    fn matters(&self, effect: Effect, at: usize, combining: Combining) -> bool {
        let earlier = |found: Option<usize>| found.is_some_and(|found| found <= at);
        match combining {
            Combining::FirstApplicable => {
                !earlier(self.deny) && !earlier(self.approve) && !earlier(self.allow)
            }
            Combining::DenyOverrides => match effect {
                Effect::Deny => !earlier(self.deny),
                Effect::RequireApproval => self.deny.is_none() && !earlier(self.approve),
                Effect::Allow => self.deny.is_none() && self.approve.is_none() && !earlier(self.allow),
            },
        }
    }

    fn decide(&self, combining: Combining) -> (Effect, Reason, Option<usize>) {
        let matched = |effect, at| (effect, Reason::RuleMatched, at);
        let unjudged = |effect, at| (effect, Reason::RuleUnjudged, at);
        match combining {
            Combining::DenyOverrides => {
                if self.deny.is_some() || self.deny_unsure.is_some() {
                    return if before(self.deny_unsure, self.deny) {
                        unjudged(Effect::Deny, self.deny_unsure)
                    } else {
                        matched(Effect::Deny, self.deny)
                    };
                }
                if self.approve.is_some() {
                    return matched(Effect::RequireApproval, self.approve);
                }
                // SECURITY: asking is a way in, too. A rule that could not be judged makes an allowed call ask; it
                // does not make a call ask that nothing allows.
                match (self.allow, self.approve_unsure) {
                    (Some(_), Some(_)) => unjudged(Effect::RequireApproval, self.approve_unsure),
                    (Some(_), None) => matched(Effect::Allow, self.allow),
                    (None, _) => (Effect::Deny, Reason::NoRuleMatched, None),
                }
            }
            Combining::FirstApplicable => {
                let first = [self.deny, self.approve, self.allow].into_iter().flatten().min();
                // SECURITY: what could not be judged raises a floor, and hides nothing below it.
                if before(self.deny_unsure, first) {
                    return unjudged(Effect::Deny, self.deny_unsure);
                }
                match first {
                    None => (Effect::Deny, Reason::NoRuleMatched, None),
                    first if first == self.deny => matched(Effect::Deny, first),
                    first if first == self.approve => matched(Effect::RequireApproval, first),
                    first if before(self.approve_unsure, first) => {
                        unjudged(Effect::RequireApproval, self.approve_unsure)
                    }
                    first => matched(Effect::Allow, first),
                }
            }
        }
    }
}

impl Rules {
    pub(super) fn new(
        all: Vec<Rule>,
        index: Index,
        steps: Vec<(u64, Rule)>,
        step_index: Index,
        combining: Combining,
        open: bool,
    ) -> Self {
        let any_silent = !all.iter().all(Rule::decides);
        Self { all, index, steps, step_index, combining, open, any_silent }
    }

    pub(super) fn decide(&self, request: &Request<'_>) -> Decision {
        let cache = Cache::default();
        let mut found = Found::default();
        let mut approver = Channel::default();
        self.index.visit(request.tool, |at| {
            let Some(rule) = self.all.get(at) else { return };
            // SECURITY: of several rules that want a person, the one that wants the most of them counts.
            let asks_more = rule.approver() > approver;
            if !rule.decides() || (!asks_more && !found.matters(rule.effect, at, self.combining)) {
                return;
            }
            let answer = rule.answer(request, &cache);
            if asks_more && answer > Answer::No {
                approver = rule.approver();
            }
            if let Some(slot) = found.slot(rule.effect, answer)
                && before(Some(at), *slot)
            {
                *slot = Some(at);
            }
        });
        if self.open {
            found.allow = found.allow.or(Some(usize::MAX));
        }
        let (effect, reason, at) = found.decide(self.combining);
        let rule = at.and_then(|at| self.all.get(at));
        let (mut matched, mut spans) = (Vec::new(), Vec::new());
        if let Some(rule) = rule
            && effect != Effect::Allow
        {
            for (leaf, span) in rule.args.iter().flat_map(|arg| arg.matched(request.leaves, &cache)) {
                if matched.len() == Decision::MAX_MATCHED {
                    break;
                }
                if !matched.contains(&leaf.pointer) {
                    matched.push(leaf.pointer.clone());
                    spans.push(span);
                }
            }
        }
        let nearest = (reason == Reason::NoRuleMatched).then(|| self.nearest(request, &cache)).flatten();
        Decision {
            effect,
            reason,
            rule: rule.map(|rule| rule.id.clone()),
            matched,
            why: rule.and_then(|rule| rule.why.clone()),
            approver,
            tier: None,
            spans,
            nearest,
        }
    }

    /// The rule that would allow the call with the fewest other arguments.
    fn nearest(&self, request: &Request<'_>, cache: &Cache) -> Option<Nearest> {
        /// Rules that are looked at, of all that speak of the tool.
        const MOST: usize = 64;
        let (mut looked, mut nearest): (usize, Option<(usize, Nearest)>) = (0, None);
        self.index.visit(request.tool, |at| {
            let Some(rule) = self.all.get(at).filter(|rule| rule.effect == Effect::Allow && rule.decides())
            else {
                return;
            };
            looked = looked.saturating_add(1);
            if looked > MOST {
                return;
            }
            let Some(arguments) = rule.missing(request, cache) else { return };
            let key = |count: usize, at: usize| (count, at);
            if nearest.as_ref().is_none_or(|(known, nearest)| {
                key(arguments.len(), at) < key(nearest.arguments.len(), *known)
            }) {
                nearest = Some((at, Nearest { rule: rule.id.clone(), arguments }));
            }
        });
        nearest.map(|(_, nearest)| nearest)
    }

    /// The quotas of the rules that speak of this call, whether they are used up or not.
    pub(super) fn counted(&self, request: &Request<'_>) -> Vec<u64> {
        let cache = Cache::default();
        let mut counted = Vec::new();
        self.index.visit(request.tool, |at| {
            if let Some(rule) = self.all.get(at)
                && let Some(quota) = rule.quota()
                && !counted.contains(&quota)
                && rule.conditions(request, &cache) > Answer::No
            {
                counted.push(quota);
            }
        });
        counted
    }

    /// The rules that match and decide nothing.
    pub(super) fn silent<'r>(&'r self, request: &Request<'_>) -> Vec<&'r Rule> {
        if !self.any_silent {
            return Vec::new();
        }
        let cache = Cache::default();
        let mut found: Vec<usize> = Vec::new();
        self.index.visit(request.tool, |at| {
            if self.all.get(at).is_some_and(|rule| !rule.decides()) && !found.contains(&at) {
                found.push(at);
            }
        });
        found.sort_unstable();
        let rules = found.into_iter().filter_map(|at| self.all.get(at));
        rules.filter(|rule| rule.answer(request, &cache) > Answer::No).collect()
    }
}

pub(super) fn endorse(
    endorsements: &[Rule],
    request: &Request<'_>,
    leaves: &mut [Leaf<'_>],
) -> Vec<(RuleId, JsonPointer)> {
    let mut told = Vec::new();
    for rule in endorsements {
        let Some(rare) = &rule.rare else { continue };
        let Some(raise) = rare.raise else { continue };
        // Each is judged on the labels as they came: the order of entries means nothing.
        let cache = Cache::default();
        let speaks = rare.tools.as_ref().is_none_or(|tools| tools.allows(Some(request.tool.as_str())));
        if !speaks || rule.answer(request, &cache) != Answer::Yes {
            continue;
        }
        for leaf in leaves.iter_mut().filter(|leaf| rule.args.iter().any(|arg| arg.means(leaf.pointer()))) {
            let was = leaf.label;
            // SECURITY: what an attack wrote stays what an attack wrote.
            if was.integrity() == Integrity::Hostile {
                continue;
            }
            let integrity = raise.integrity.map_or(was.integrity(), |to| to.max(was.integrity()));
            let sensitivity = raise.sensitivity.map_or(was.sensitivity(), |to| to.min(was.sensitivity()));
            leaf.label = Label::new(integrity, sensitivity);
            if leaf.label != was && told.len() < Decision::MAX_MATCHED {
                told.push((rule.id.clone(), leaf.pointer.clone()));
            }
        }
    }
    told
}
