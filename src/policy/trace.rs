//! Why each rule matches a call, or does not.

use crate::base::{Mode, PrincipalId, RuleId, ServerId};

use super::decide::{Rule, Rules};
use super::doc::RuleDoc;
use super::matcher::Answer;
use super::values::Cache;
use super::{Effect, Request, print};

/// Whether a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matching {
    /// It does.
    Matched,
    /// A rule that restricts could not be judged, and counts as matching.
    Unjudged,
    /// It does not.
    Not,
}

impl Matching {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matches",
            Self::Unjudged => "cannot be judged",
            Self::Not => "does not match",
        }
    }
}

impl From<Answer> for Matching {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Yes => Self::Matched,
            Answer::Unsure => Self::Unjudged,
            Answer::No => Self::Not,
        }
    }
}

/// What one rule says of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleTrace {
    /// The tier in which it stands, where the policy has several.
    pub tier: Option<std::sync::Arc<str>>,
    /// The rule.
    pub rule: RuleId,
    /// Its effect.
    pub effect: Effect,
    /// Whether it matches.
    pub matching: Matching,
    /// The condition that does not hold, or that could not be judged; empty for a rule that matches.
    pub because: String,
    /// What the rule says there, in the policy's language; empty where nothing failed.
    pub needed: String,
}

/// Where a rule says what did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failing {
    Nothing,
    /// Under this key.
    Key(&'static str),
    /// At this entry of `args`, in the order of their pointers.
    Arg(usize),
}

impl Rules {
    pub(super) fn trace(&self, request: &Request<'_>, docs: &[RuleDoc]) -> Vec<RuleTrace> {
        let cache = Cache::default();
        let mut speaks = vec![false; self.all.len()];
        self.index.visit(request.tool, |at| {
            if let Some(slot) = speaks.get_mut(at) {
                *slot = true;
            }
        });
        let told = self.all.iter().zip(docs).zip(speaks).map(|((rule, doc), speaks)| {
            let (answer, failing, because) = if speaks {
                rule.because(request, &cache)
            } else {
                (Answer::No, Failing::Key("tools"), format!("`tools` do not name {}", request.tool))
            };
            RuleTrace {
                tier: None,
                rule: rule.id.clone(),
                effect: rule.effect,
                matching: answer.into(),
                because,
                needed: print::condition(doc, failing),
            }
        });
        told.collect()
    }
}

/// The key of a rule under which this stands.
fn top(name: &'static str) -> &'static str {
    name.split_once('.').map_or(name, |(top, _)| top)
}

impl Rule {
    /// The answer, and the condition on which it rests where it is no plain yes.
    fn because(&self, request: &Request<'_>, cache: &Cache) -> (Answer, Failing, String) {
        let no = |key: &'static str, what: String| (Answer::No, Failing::Key(key), what);
        let client = request.context.side() == Mode::Client;
        if !(if client { self.client } else { self.server }) {
            return no("modes", format!("`modes` do not name {}", if client { "client" } else { "server" }));
        }
        if let Some(wanted) = self.capabilities
            && !self.fits(wanted, request.capabilities)
        {
            return no(
                "capabilities",
                format!(
                    "`capabilities`: the tool can do: {}; the rule names: {wanted}",
                    request.capabilities
                ),
            );
        }
        let facts = [
            ("described", self.described, request.described),
            ("authorized", self.authorized, request.authorized),
            ("session.user_spoke", self.user_spoke, request.user_spoke),
            ("session.canary_seen", self.canary_seen, request.canary_seen),
            ("session.escalated", self.escalated, request.escalated),
        ];
        for (name, wanted, found) in facts {
            if wanted.is_some_and(|wanted| wanted != found) {
                return no(top(name), format!("`{name}` is {found}"));
            }
        }
        let labels = [
            ("trust", self.trust.is_none_or(|bound| bound.holds(request.context.principal_trust()))),
            (
                "session.integrity",
                self.integrity.is_none_or(|bound| bound.holds(request.session.integrity())),
            ),
            (
                "session.sensitivity",
                self.sensitivity.is_none_or(|bound| bound.holds(request.session.sensitivity())),
            ),
        ];
        if let Some((name, _)) = labels.into_iter().find(|(_, holds)| !holds) {
            return no(top(name), format!("`{name}` is not as the rule says"));
        }
        if let Some(after) = &self.after
            && after.answer(request) == Answer::No
        {
            return no("after", "what `after` names did not happen before".to_owned());
        }
        if let Some(quota) = self.quota()
            && self.of_quota(quota, request) == Answer::No
        {
            let left = if self.effect == Effect::Allow { "used up" } else { "not used up" };
            return no("quota", format!("`quota` is {left}"));
        }
        let mut worst = (Answer::Yes, Failing::Nothing, String::new());
        let mut take = |answer: Answer, failing: Failing, what: &dyn Fn() -> String| {
            if answer < worst.0 {
                worst = (answer, failing, what());
            }
        };
        if let Some(scope) = &self.scope {
            let context = request.context;
            let parts = [
                ("servers", scope.servers.any(request.server.map(ServerId::as_str).into_iter())),
                (
                    "principals",
                    scope.principals.any(context.principal_id().map(PrincipalId::as_str).into_iter()),
                ),
                ("roles", scope.roles.any(context.roles().iter().map(String::as_str))),
                ("environments", scope.environments.any(context.environment_name().into_iter())),
            ];
            for (name, answer) in parts {
                take(answer, Failing::Key(name), &|| {
                    format!("`{name}` do not name the one of the call, or it has none")
                });
            }
        }
        for (at, arg) in self.args.iter().enumerate() {
            let answer = arg.answer(request.leaves, cache);
            let found = request.leaves.iter().any(|leaf| leaf.pointer.as_str() == arg.pointer_text());
            take(answer, Failing::Arg(at), &|| {
                let what = match (answer, found) {
                    (Answer::Unsure, _) => "is missing, of another kind, or could not be understood",
                    (_, true) => "is not what the rule says",
                    (_, false) => "is not there, or not what the rule says",
                };
                format!("the argument `{}` {what}", super::shown(arg.pointer_text()))
            });
        }
        if let Some(rare) = &self.rare {
            let answer = rare.answer(request, self.effect != Effect::Allow);
            let key = if rare.when.is_some() { "when" } else { "during" };
            take(answer, Failing::Key(key), &|| {
                "`when` or `during` does not hold, or could not be judged".to_owned()
            });
            if worst.0 == Answer::Yes && !self.decides() {
                worst.2 = String::from(if rare.shadow { "only watched" } else { "it changes the call" });
            }
        }
        worst
    }
}
