//! Whole policies, as people write them, over whole calls.
#![cfg(feature = "yaml")]

mod digest;
mod foreign;
mod language;
mod laws;
mod matching;
mod meaning;
mod presets;
mod quotas;
mod reading;
mod settings;
mod sources;
mod tiers;
mod tools;

use insta::assert_snapshot;

use super::*;
use crate::base::{
    Integrity, JsonPointer, Label, Limits, PrincipalId, SecurityContext, Sensitivity, SessionId, SourceKind,
};
use crate::text::json::Json;

/// A call that the user asked for, with the labels of the arguments by pointer; all others are the user's own words.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
struct Call<'a> {
    tool: &'a str,
    server: Option<&'a str>,
    args: &'a str,
    labels: &'a [(&'a str, Integrity, Sensitivity, Origin)],
    context: SecurityContext,
    capabilities: CapabilitySet,
    session: Label,
    user_spoke: bool,
    described: bool,
    authorized: bool,
    canary_seen: bool,
    escalated: bool,
}

fn call<'a>(tool: &'a str, args: &'a str) -> Call<'a> {
    Call {
        tool,
        server: None,
        args,
        labels: &[],
        context: SecurityContext::new(SessionId::new("s").unwrap()),
        capabilities: CapabilitySet::ALL,
        session: Label::NEUTRAL,
        user_spoke: true,
        described: true,
        authorized: true,
        canary_seen: false,
        escalated: false,
    }
}

impl Call<'_> {
    fn under(&self, policy: &Policy) -> Decision {
        let tool = ToolName::new(self.tool).unwrap();
        let server = self.server.map(|server| ServerId::new(server).unwrap());
        let args = Json::parse(self.args, &Limits::default()).unwrap();
        let leaves: Vec<Leaf<'_>> = args
            .leaves()
            .map(|(pointer, value)| {
                let known = self.labels.iter().find(|(at, ..)| *at == pointer.as_str());
                let (label, origin) = known
                    .map_or((Label::NEUTRAL, Origin::User), |(_, integrity, sensitivity, origin)| {
                        (Label::new(*integrity, *sensitivity), *origin)
                    });
                Leaf::new(pointer, value, label, origin)
            })
            .collect();
        let request = Request::new(&tool, &self.context)
            .server(server.as_ref())
            .capabilities(self.capabilities)
            .leaves(&leaves)
            .session(self.session)
            .user_spoke(self.user_spoke)
            .described(self.described)
            .authorized(self.authorized)
            .canary_seen(self.canary_seen)
            .escalated(self.escalated)
            .args(&args);
        policy.decide(&request)
    }
}

/// As many cases as are usual here, unless `PROPTEST_CASES` says otherwise.
fn law(usual: u32) -> proptest::prelude::ProptestConfig {
    let mut config = proptest::prelude::ProptestConfig::default();
    if config.cases == 256 {
        config.cases = usual;
    }
    config
}

fn policy(text: &str) -> Policy {
    Policy::from_yaml(text).unwrap_or_else(|error| panic!("{error}"))
}

/// A policy of these rules.
fn rules(text: &str) -> Policy {
    policy(&format!("bartizan: 1\nrules:\n{text}"))
}

fn effect(policy: &Policy, tool: &str, args: &str) -> Effect {
    call(tool, args).under(policy).effect()
}

fn refusal(text: &str) -> String {
    Policy::from_yaml(text).unwrap_err().to_string()
}
