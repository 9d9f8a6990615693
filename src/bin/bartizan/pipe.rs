//! `bartizan pipe`: the engine over JSON lines, for sidecars in other languages, scripts and tests.

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, Write};

use bartizan::base::{
    Finding, HeldId, Integrity, Label, Location, MessageHash, Mode, RecordId, Report, RuleId, SecretValue,
    SecurityContext, Sensitivity, ServerId, SessionId, Source, SourceKind, ToolName, Verdict,
};
use bartizan::detect::Assessment;
use bartizan::guard::{
    Admitted, Guard, Inbound, Media, Outbound, PendingCall, Quoting, RegisteredKind, Sink, ToolDefinition,
    ToolVerdict,
};
use bartizan::policy::Capability;
use bartizan::text::json::Json;
use bartizan::values::ToolCall;
use serde_json::{Map, Value, json};

use crate::fields::{Fields, Refusal};
use crate::lines::{self, Line};

/// How many unanswered approvals are kept; the oldest is dropped, which means no.
const MAX_PENDING: usize = 1024;

const OPS: &str = "`/op` must be one of `user_message`, `inbound`, `tool_definitions`, `tool_call`, `approve`, \
    `tool_result`, `outbound`, `release`, `register`, `reset`";

/// What a request answers besides `id` and `op`.
type Answer = Map<String, Value>;

/// Reads requests from `input` until it ends and answers each on `output` before the next is read.
///
/// # Errors
/// When the streams themselves fail.
pub(crate) fn run(guard: &Guard, input: &mut impl BufRead, output: &mut impl Write) -> std::io::Result<()> {
    let mut pipe = Pipe { guard, pending: HashMap::new(), order: VecDeque::new() };
    while let Some(line) = lines::next(input)? {
        let answer = match line {
            Line::Text(text) if text.trim().is_empty() => continue,
            Line::Text(text) => pipe.answer(&text),
            Line::TooLong => error(
                None,
                None,
                &Refusal::new(
                    "line-too-long",
                    format!("a line may have {} bytes at most; it was skipped", lines::MAX_LINE),
                ),
            ),
            Line::NotUtf8 { valid_up_to } => error(
                None,
                None,
                &Refusal::new("not-utf8", format!("the line is not UTF-8 from byte {valid_up_to} on")),
            ),
        };
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

struct Pipe<'g> {
    guard: &'g Guard,
    pending: HashMap<String, (SecurityContext, PendingCall)>,
    order: VecDeque<String>,
}

impl Pipe<'_> {
    fn answer(&mut self, request: &str) -> String {
        let mut limits = bartizan::base::Limits::default();
        limits.max_input = lines::MAX_LINE;
        let parsed = Json::parse(request, &limits)
            .map_err(|e| Refusal::new("not-json", e.to_string()))
            .and_then(|json| Fields::of(json, ""));
        let mut fields = match parsed {
            Ok(fields) => fields,
            Err(refusal) => return error(None, None, &refusal),
        };
        let id = fields.take("id").map(|id| id.to_string());
        let op = match fields.need_string("op") {
            Ok(op) => op,
            Err(refusal) => return error(id, None, &refusal),
        };
        match self.dispatch(&op, fields) {
            Ok(answer) => line(id, Some(op), answer),
            Err(refusal) => error(id, Some(op), &refusal),
        }
    }

    fn dispatch(&mut self, op: &str, mut fields: Fields) -> Result<Answer, Refusal> {
        match op {
            "user_message" | "inbound" | "tool_definitions" | "tool_call" | "approve" | "tool_result"
            | "outbound" | "release" | "register" | "reset" => {}
            "bind" | "extraction" | "canary" | "error" => {
                return Err(Refusal::new("not-yet-built", format!("`{op}` is not built yet")));
            }
            _ => return Err(Refusal::new("unknown-op", OPS)),
        }
        let cx = context(&mut fields)?;
        match op {
            "user_message" => self.user_message(&cx, fields),
            "inbound" => self.inbound(&cx, fields),
            "tool_definitions" => self.tool_definitions(&cx, fields),
            "tool_call" => self.tool_call(&cx, fields),
            "approve" => self.approve(&cx, fields),
            "tool_result" => self.tool_result(&cx, fields),
            "outbound" => self.outbound(&cx, fields),
            "release" => self.release(&cx, fields),
            "register" => self.register(&cx, fields),
            _ => self.reset(&cx, fields),
        }
    }

    fn user_message(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let content = fields.need_string("content")?;
        fields.done()?;
        let verdict = self.guard.user_message(cx, &content);
        let mut answer = reported(verdict.report());
        answer.insert(
            "message_hash".into(),
            passed(verdict).map_or(Value::Null, |hash: MessageHash| hash.to_string().into()),
        );
        Ok(answer)
    }

    fn inbound(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let content = fields.need_string("content")?;
        let media = media(&mut fields)?.unwrap_or(Media::Text);
        let source = match fields.object("source")? {
            None => Source::new(SourceKind::custom("unknown"), ""),
            Some(source) => self::source(source)?,
        };
        let label = label(&mut fields)?;
        fields.done()?;
        let source = source.integrity(label.integrity()).sensitivity(label.sensitivity());
        Ok(admitted(self.guard.process_inbound(cx, Inbound::new(&content, &source).media(media))))
    }

    fn tool_result(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let tool: ToolName =
            fields.name("tool")?.ok_or_else(|| Refusal::new("missing-field", "`/tool` is missing"))?;
        let server: Option<ServerId> = fields.name("server")?;
        let content = match fields.need("content")? {
            Json::String(text) => text,
            other => other.to_string(),
        };
        let media = media(&mut fields)?.unwrap_or(Media::Text);
        fields.boolean("error")?;
        let label = label(&mut fields)?;
        fields.done()?;
        let name = server.map_or_else(|| tool.to_string(), |server| format!("{server}/{tool}"));
        let source = Source::tool(name).integrity(label.integrity()).sensitivity(label.sensitivity());
        Ok(admitted(self.guard.process_inbound(cx, Inbound::new(&content, &source).media(media))))
    }

    fn tool_definitions(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let server: Option<ServerId> = fields.name("server")?;
        let tools =
            fields.array("tools")?.ok_or_else(|| Refusal::new("missing-field", "`/tools` is missing"))?;
        fields.done()?;
        let definitions: Vec<ToolDefinition> = tools
            .into_iter()
            .enumerate()
            .map(|(index, tool)| {
                ToolDefinition::new(tool)
                    .map_err(|e| Refusal::new("wrong-value", format!("`/tools/{index}`: {e}")))
            })
            .collect::<Result<_, _>>()?;
        let verdict = self.guard.tool_definitions(cx, server.as_ref(), &definitions);
        let mut answer = reported(verdict.report());
        let tools: Vec<Value> = passed(verdict)
            .unwrap_or_default()
            .iter()
            .map(|tool| {
                json!({
                    "name": tool.name().as_str(),
                    "disposition": tool.disposition().as_str(),
                    "findings": tool.findings().iter().map(finding).collect::<Vec<_>>(),
                    "capabilities": tool.capabilities().iter().map(Capability::as_str).collect::<Vec<_>>(),
                    "fingerprint": tool.fingerprint().to_string(),
                })
            })
            .collect();
        answer.insert("tools".into(), tools.into());
        Ok(answer)
    }

    fn tool_call(&mut self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let tool: ToolName =
            fields.name("tool")?.ok_or_else(|| Refusal::new("missing-field", "`/tool` is missing"))?;
        let server: Option<ServerId> = fields.name("server")?;
        let args = fields.take("args").unwrap_or(Json::Object(Vec::new()));
        for later in ["authorization", "binding"] {
            if fields.take(later).is_some() {
                return Err(Refusal::new("not-yet-built", format!("`/{later}` is not built yet")));
            }
        }
        fields.done()?;
        let call = ToolCall::new(tool, args).map_err(|e| Refusal::new("wrong-value", e.to_string()))?;
        let call = match server {
            Some(server) => call.on(server),
            None => call,
        };
        let verdict = self.guard.check_tool_call(cx, call);
        Ok(self.judged(cx, verdict))
    }

    fn approve(&mut self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let token = fields.need_string("approval")?;
        let approve = fields
            .word("answer", &[("approve", true), ("deny", false)])?
            .ok_or_else(|| Refusal::new("missing-field", "`/answer` is missing"))?;
        fields.done()?;
        // SECURITY: an approval belongs to the session it was asked in; another session must not spend it, nor
        // make it disappear.
        let known = self.pending.get(&token).is_some_and(|(asked, _)| asked.session_id() == cx.session_id());
        let Some((_, pending)) = known.then(|| self.pending.remove(&token)).flatten() else {
            return Err(Refusal::new(
                "unknown-approval",
                "`/approval` was never asked for in this session, or was answered already",
            ));
        };
        self.order.retain(|other| *other != token);
        let answer = if approve { pending.prompt().approve() } else { pending.prompt().deny() };
        let verdict = self.guard.confirm_action(cx, pending, &answer);
        Ok(self.judged(cx, verdict))
    }

    fn outbound(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let content = fields.need_string("content")?;
        let sink = match fields.object("sink")? {
            None => Sink::unknown(),
            Some(mut sink) => {
                let (kind, id) = (sink.need_string("kind")?, sink.string("id")?);
                sink.done()?;
                Sink::new(kind, id.unwrap_or_default())
            }
        };
        let quoting = match fields.take("quoting") {
            None | Some(Json::Bool(false)) => Quoting::Nothing,
            Some(Json::Bool(true)) => Quoting::Everything,
            Some(Json::String(text)) => Quoting::Record(
                text.parse::<RecordId>()
                    .map_err(|e| Refusal::new("wrong-value", format!("`/quoting`: {e}")))?,
            ),
            Some(_) => {
                return Err(Refusal::new("wrong-type", "`/quoting` must be true, false or a record id"));
            }
        };
        fields.done()?;
        let verdict = self.guard.check_outbound(cx, Outbound::new(&content, &sink).quoting(quoting));
        let mut answer = reported(verdict.report());
        let overlap = verdict.report().copied().map_or(
            Value::Null,
            |copied| json!({ "lcs": copied.lcs, "ngram": copied.ngram, "source": copied.record.to_string() }),
        );
        answer.insert("overlap".into(), overlap);
        answer
            .insert("text".into(), passed(verdict).map_or(Value::Null, |released| released.as_str().into()));
        Ok(answer)
    }

    fn release(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let held: HeldId =
            fields.name("held")?.ok_or_else(|| Refusal::new("missing-field", "`/held` is missing"))?;
        fields.done()?;
        Ok(admitted(self.guard.release(cx, held)))
    }

    fn register(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let values =
            fields.strings("values")?.ok_or_else(|| Refusal::new("missing-field", "`/values` is missing"))?;
        let kinds = [("secret", RegisteredKind::Secret), ("sensitive", RegisteredKind::Sensitive)];
        let kind = fields.word("kind", &kinds)?.unwrap_or(RegisteredKind::Secret);
        fields.done()?;
        let values: Vec<SecretValue> = values.into_iter().map(SecretValue::new).collect();
        let verdict = self.guard.register(cx, &values, kind);
        let mut answer = reported(verdict.report());
        if let Verdict::Block(blocked) = &verdict {
            answer.insert("reason".into(), blocked.to_string().into());
        }
        answer.insert("count".into(), passed(verdict).map_or(Value::Null, Value::from));
        Ok(answer)
    }

    fn reset(&self, cx: &SecurityContext, fields: Fields) -> Result<Answer, Refusal> {
        fields.done()?;
        Ok(reported(self.guard.reset(cx).report()))
    }

    fn judged(&mut self, cx: &SecurityContext, verdict: ToolVerdict) -> Answer {
        let mut answer = reported(verdict.report());
        let judgement = verdict.judgement();
        answer.insert("rule".into(), judgement.rule().map_or(Value::Null, |rule| rule.as_str().into()));
        answer.insert("reason".into(), judgement.reason().into());
        let labels: Map<String, Value> = judgement
            .labels()
            .iter()
            .filter(|leaf| !leaf.is_key())
            .map(|leaf| {
                let sources: Vec<String> = leaf.origins().iter().map(|record| record.to_string()).collect();
                let label = json!({
                    "origin": leaf.origin().as_str(),
                    "integrity": leaf.label().integrity().as_str(),
                    "sensitivity": leaf.label().sensitivity().as_str(),
                    "sources": sources,
                });
                (leaf.pointer().as_str().to_owned(), label)
            })
            .collect();
        answer.insert("labels".into(), labels.into());
        match verdict {
            ToolVerdict::Allow(approved, _) => {
                let call = approved.call();
                let args: Value = serde_json::from_str(&call.args().to_string()).unwrap_or(Value::Null);
                let mut shown = json!({ "tool": call.tool().as_str(), "args": args });
                if let (Some(server), Some(object)) = (call.server(), shown.as_object_mut()) {
                    object.insert("server".into(), server.as_str().into());
                }
                answer.insert("call".into(), shown);
            }
            ToolVerdict::Confirm(pending, _) => {
                let token = pending.token();
                answer.insert(
                    "approval".into(),
                    json!({ "token": token, "prompt": pending.prompt().to_string() }),
                );
                if self.order.len() >= MAX_PENDING
                    && let Some(oldest) = self.order.pop_front()
                {
                    self.pending.remove(&oldest);
                }
                self.order.push_back(token.clone());
                self.pending.insert(token, (cx.clone(), pending));
            }
            ToolVerdict::Deny(_, _) => {}
        }
        answer
    }
}

fn context(fields: &mut Fields) -> Result<SecurityContext, Refusal> {
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

const TRUST: [(&str, Integrity); 4] = [
    ("trusted", Integrity::Trusted),
    ("untrusted", Integrity::Untrusted),
    ("internal", Integrity::Internal),
    ("hostile", Integrity::Hostile),
];

fn label(fields: &mut Fields) -> Result<Label, Refusal> {
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

fn media(fields: &mut Fields) -> Result<Option<Media>, Refusal> {
    fields.word(
        "media",
        &[("text", Media::Text), ("html", Media::Html), ("markdown", Media::Markdown), ("json", Media::Json)],
    )
}

fn source(mut fields: Fields) -> Result<Source, Refusal> {
    let kind = fields.need_string("kind")?;
    let id = fields.string("id")?.unwrap_or_default();
    fields.done()?;
    Ok(Source::new(SourceKind::named(&kind), id))
}

fn passed<T>(verdict: Verdict<T>) -> Option<T> {
    verdict.into_result().ok()
}

fn admitted(verdict: Verdict<Admitted>) -> Answer {
    let mut answer = reported(verdict.report());
    if let Verdict::Block(blocked) = &verdict {
        answer.insert("reason".into(), blocked.to_string().into());
        if let Some(held) = blocked.report().held() {
            answer.insert("held".into(), held.to_string().into());
        }
    }
    let admitted = passed(verdict);
    let text = |part: fn(&Admitted) -> &str| admitted.as_ref().map_or(Value::Null, |a| part(a).into());
    answer.insert("text".into(), text(Admitted::plain));
    answer.insert("prompt".into(), text(Admitted::as_str));
    if let Some(admitted) = &admitted {
        answer.insert("injection".into(), injection(admitted.injection()));
        answer.insert("tainted".into(), admitted.tainted().into());
        answer.insert("record".into(), admitted.record().to_string().into());
    }
    answer
}

fn reported(report: &Report) -> Answer {
    let mut answer = Map::new();
    answer.insert("disposition".into(), report.disposition().as_str().into());
    answer.insert("findings".into(), report.findings().iter().map(finding).collect::<Vec<_>>().into());
    answer
}

/// What the detectors say, as JSON.
pub(crate) fn injection(assessment: &Assessment) -> Value {
    let rules = assessment.rules();
    let rules: Vec<&str> = rules.iter().map(RuleId::as_str).collect();
    json!({ "score": (f64::from(assessment.score().as_f32()) * 1000.0).round() / 1000.0, "verdict": assessment.likeness().as_str(), "rules": rules })
}

/// A finding, as JSON.
pub(crate) fn finding(finding: &Finding) -> Value {
    let span = finding.span().map_or(Value::Null, |span| json!([span.start(), span.end()]));
    let mut shown = json!({
        "layer": finding.layer.code(),
        "rule": finding.rule.as_str(),
        "severity": finding.severity.as_str(),
        "message": finding.message,
        "span": span,
    });
    if let (Some(Location::Argument(pointer, _)), Some(object)) = (&finding.location, shown.as_object_mut()) {
        object.insert("pointer".into(), pointer.as_str().into());
    }
    shown
}

fn error(id: Option<String>, op: Option<String>, refusal: &Refusal) -> String {
    let mut answer = Map::new();
    answer.insert("error".into(), json!({ "code": refusal.code, "message": refusal.message }));
    line(id, op, answer)
}

/// The answer as a line. The id is put in as it was written: a number keeps its digits.
fn line(id: Option<String>, op: Option<String>, mut answer: Answer) -> String {
    if let Some(op) = op {
        answer.insert("op".into(), op.into());
    }
    let answer = Value::Object(answer).to_string();
    let mut line = match (id, answer.strip_prefix('{')) {
        (Some(id), Some(rest)) => format!("{{\"id\":{id},{rest}"),
        _ => answer,
    };
    // Some readers take these for the end of a line; inside a string of JSON they can be written as escapes.
    for (end, escape) in [("\u{85}", "\\u0085"), ("\u{2028}", "\\u2028"), ("\u{2029}", "\\u2029")] {
        if line.contains(end) {
            line = line.replace(end, escape);
        }
    }
    line
}
