//! What requests have in common, read.

use std::time::Duration;

use bartizan::base::{
    Integrity, Label, Mode, Readers, SecurityContext, Sensitivity, ServerId, SessionId, Source, SourceKind,
    ToolName,
};
use bartizan::guard::Media;
use bartizan::text::json::Json;
use bartizan::values::{Authorization, Proposal, ToolCall};

use crate::fields::{Fields, Refusal};

pub(super) fn context(fields: &mut Fields) -> Result<SecurityContext, Refusal> {
    let session = match fields.name::<SessionId>("session")? {
        Some(session) => session,
        None => SessionId::new("default").map_err(|e| Refusal::new("wrong-value", e.to_string()))?,
    };
    let mut cx = SecurityContext::new(session);
    let Some(mut given) = fields.object("context")? else { return Ok(cx) };
    if let Some(mode) = given.word("mode", &[("client", Mode::Client), ("server", Mode::Server)])? {
        cx = cx.mode(mode);
    }
    if let Some(principal) = given.name("principal")? {
        cx = cx.principal(principal);
    }
    for scope in given.strings("scopes")?.unwrap_or_default() {
        cx = cx.scope(scope);
    }
    for role in given.strings("roles")?.unwrap_or_default() {
        cx = cx.role(role);
    }
    if let Some(environment) = given.string("environment")? {
        cx = cx.environment(environment);
    }
    if let Some(trust) = given.word("trust", &TRUST)? {
        cx = cx.trust(trust);
    }
    given.done()?;
    Ok(cx)
}

pub(super) const TRUST: [(&str, Integrity); 4] = [
    ("trusted", Integrity::Trusted),
    ("untrusted", Integrity::Untrusted),
    ("internal", Integrity::Internal),
    ("hostile", Integrity::Hostile),
];

pub(super) fn label(fields: &mut Fields) -> Result<Label, Refusal> {
    let integrity = fields.word("trust", &TRUST)?.unwrap_or_default();
    let sensitivity = fields
        .word(
            "sensitivity",
            &[
                ("public", Sensitivity::Public),
                ("internal", Sensitivity::Internal),
                ("sensitive", Sensitivity::Sensitive),
            ],
        )?
        .unwrap_or_default();
    Ok(Label::new(integrity, sensitivity))
}

pub(super) fn media(fields: &mut Fields) -> Result<Option<Media>, Refusal> {
    fields.word("media", &Media::ALL.map(|media| (media.as_str(), media)))
}

pub(super) fn source(mut fields: Fields) -> Result<Source, Refusal> {
    let kind = fields.need_string("kind")?;
    let id = fields.string("id")?.unwrap_or_default();
    let readers = fields.take("readers");
    fields.done()?;
    let source = Source::new(SourceKind::named(&kind), id);
    let wrong = || Refusal::new("wrong-value", "`readers` has to be `everyone`, or a list of names");
    Ok(match readers {
        None => source,
        Some(Json::String(word)) if word == "everyone" => source.readers(Readers::everyone()),
        Some(Json::Array(names)) => {
            let names: Option<Vec<&str>> = names.iter().map(Json::as_str).collect();
            source.readers(Readers::only(names.ok_or_else(wrong)?))
        }
        Some(_) => return Err(wrong()),
    })
}

/// A call: `tool`, `args`?, `server`?.
pub(super) fn call(fields: &mut Fields) -> Result<ToolCall, Refusal> {
    let tool: ToolName = fields.need_name("tool")?;
    let server: Option<ServerId> = fields.name("server")?;
    let args = fields.take("args").unwrap_or(Json::Object(Vec::new()));
    let call = ToolCall::new(tool, args).map_err(|e| Refusal::new("wrong-value", e.to_string()))?;
    Ok(match server {
        Some(server) => call.on(server),
        None => call,
    })
}

/// A call with its proofs: `authorization`?, `binding`?.
pub(super) fn proposal(fields: &mut Fields) -> Result<Proposal, Refusal> {
    let mut proposal = Proposal::new(call(fields)?);
    if let Some(authorization) = fields.take("authorization") {
        let read = Authorization::from_json(authorization);
        proposal = proposal.authorized_by(read.map_err(|e| Refusal::new("wrong-value", e.to_string()))?);
    }
    Ok(match fields.string("binding")? {
        Some(binding) => proposal.bound_by(binding),
        None => proposal,
    })
}

/// A time in seconds. What no duration can say (below zero, too long) is the nearest that one can.
pub(super) fn seconds(fields: &mut Fields, key: &str) -> Result<Option<Duration>, Refusal> {
    Ok(fields.number(key)?.map(|seconds| {
        let longest = if seconds > 0.0 { Duration::MAX } else { Duration::ZERO };
        Duration::try_from_secs_f64(seconds).unwrap_or(longest)
    }))
}
