//! From a call to a decision: which rules match, and what they say together.

use std::sync::Arc;

use crate::base::{Integrity, Mode, PrincipalId, RuleId, Sensitivity, ServerId};

use super::doc::Bound;
use super::glob::NameGlob;
use super::index::Index;
use super::matcher::{Answer, ArgMatcher};
use super::values::Cache;
use super::{CapabilitySet, Combining, Decision, Effect, Reason, Request};

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
    fn answer(&self, request: &Request<'_>, cache: &Cache) -> Answer {
        let mode = match request.context.side() {
            Mode::Client => self.client,
            Mode::Server => self.server,
        };
        let simple = mode
            && self.capabilities.is_none_or(|capabilities| self.fits(capabilities, request.capabilities))
            && self.described.is_none_or(|described| described == request.described)
            && self.authorized.is_none_or(|authorized| authorized == request.authorized)
            && self.trust.is_none_or(|bound| bound.holds(request.context.principal_trust()))
            && self.integrity.is_none_or(|bound| bound.holds(request.session.integrity()))
            && self.sensitivity.is_none_or(|bound| bound.holds(request.session.sensitivity()))
            && self.user_spoke.is_none_or(|spoke| spoke == request.user_spoke)
            && self.canary_seen.is_none_or(|seen| seen == request.canary_seen)
            && self.escalated.is_none_or(|escalated| escalated == request.escalated);
        if !simple {
            return Answer::No;
        }
        let mut answer = self.scope.as_ref().map_or(Answer::Yes, |scope| scope.answer(request));
        for arg in &self.args {
            if answer == Answer::No {
                break;
            }
            answer = answer.min(arg.answer(request.leaves, cache));
        }
        answer
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
    pub(super) combining: Combining,
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
    pub(super) fn decide(&self, request: &Request<'_>) -> Decision {
        let cache = Cache::default();
        let mut found = Found::default();
        self.index.visit(request.tool, |at| {
            let Some(rule) = self.all.get(at) else { return };
            if !found.matters(rule.effect, at, self.combining) {
                return;
            }
            let answer = rule.answer(request, &cache);
            if let Some(slot) = found.slot(rule.effect, answer)
                && before(Some(at), *slot)
            {
                *slot = Some(at);
            }
        });
        let (effect, reason, at) = found.decide(self.combining);
        let rule = at.and_then(|at| self.all.get(at));
        let mut matched = Vec::new();
        if let Some(rule) = rule
            && effect != Effect::Allow
        {
            for leaf in rule.args.iter().flat_map(|arg| arg.matched(request.leaves, &cache)) {
                if matched.len() == Decision::MAX_MATCHED {
                    break;
                }
                if !matched.contains(&leaf.pointer) {
                    matched.push(leaf.pointer.clone());
                }
            }
        }
        Decision {
            effect,
            reason,
            rule: rule.map(|rule| rule.id.clone()),
            matched,
            why: rule.and_then(|rule| rule.why.clone()),
        }
    }
}
