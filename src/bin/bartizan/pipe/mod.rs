//! `bartizan pipe`: the engine over JSON lines, for sidecars in other languages, scripts and tests.

mod ask;
mod tell;

pub(crate) use tell::{finding, injection};

use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, Write};

use bartizan::base::{
    CanaryPlace, HeldId, Integrity, MessageHash, RecordId, SecretValue, SecurityContext, ServerId, Source,
    SourceKind, ToolName, Verdict,
};
use bartizan::guard::{
    Decoded, ErrorKind, Extract, Guard, Inbound, Media, Outbound, PendingCall, Quoting, RegisteredKind, Sink,
    Spotlight, ToolDefinition, ToolVerdict, decode,
};
use bartizan::policy::{Capability, Channel};
use bartizan::text::json::Json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use self::ask::{call, context, label, media, proposal, seconds, source};
use self::tell::{admitted, error, line, passed, reported};
use crate::fields::{Fields, Refusal};
use crate::lines::{self, Line};

/// How many unanswered approvals are kept; the oldest is dropped, which means no.
const MAX_PENDING: usize = 1024;

/// Every op, in the order of `docs/pipe.md`.
const OPS: [&str; 14] = [
    "user_message",
    "inbound",
    "tool_definitions",
    "tool_call",
    "approve",
    "tool_result",
    "outbound",
    "bind",
    "extraction",
    "release",
    "canary",
    "register",
    "error",
    "reset",
];

/// What a request answers besides `id` and `op`.
type Answer = Map<String, Value>;

/// Reads requests from `input` until it ends and answers each on `output` before the next is read.
///
/// # Errors
/// When the streams themselves fail.
pub(crate) fn run(
    guard: &Guard,
    input: &mut impl BufRead,
    output: &mut impl Write,
    mut trace: Option<&mut dyn Write>,
) -> std::io::Result<()> {
    if let Some(trace) = &mut trace {
        writeln!(trace, "{TRACE_MARK}")?;
    }
    let mut pipe = Pipe { guard, pending: HashMap::new(), order: VecDeque::new() };
    while let Some(line) = lines::next(input)? {
        let answer = match line {
            Line::Text(text) if text.trim().is_empty() => continue,
            Line::Text(text) => {
                if let Some(trace) = trace.as_mut().filter(|_| !registers(&text)) {
                    writeln!(trace, "{}", text.trim())?;
                }
                pipe.answer(&text)
            }
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

/// The first line of a trace: whoever finds the file should know what it is.
pub(crate) const TRACE_MARK: &str = r#"{"bartizan_trace":1,"note":"requests as they came, values and private texts included; delete it after use"}"#;

/// Whether a request says what must not leave. That is kept out of traces, and so is what nobody can read.
fn registers(request: &str) -> bool {
    let op = serde_json::from_str::<Value>(request)
        .ok()
        .and_then(|json| Some(json.get("op")?.as_str()? == "register"));
    op != Some(false)
}

/// The answers to these requests, each as a line.
pub(crate) fn answers(guard: &Guard, requests: &[&str]) -> Vec<String> {
    let mut pipe = Pipe { guard, pending: HashMap::new(), order: VecDeque::new() };
    requests.iter().map(|request| pipe.answer(request)).collect()
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
        if !OPS.contains(&op) {
            let known: Vec<String> = OPS.iter().map(|op| format!("`{op}`")).collect();
            return Err(Refusal::new("unknown-op", format!("`/op` must be one of {}", known.join(", "))));
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
            "bind" => self.bind(&cx, fields),
            "extraction" => self.extraction(&cx, fields),
            "release" => self.release(&cx, fields),
            "canary" => self.canary(&cx, fields),
            "register" => self.register(&cx, fields),
            "error" => self.error(&cx, fields),
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
        let Some(parts) = fields.array("parts")? else {
            let part = Part::read(&mut fields)?;
            fields.done()?;
            return Ok(admitted(self.guard.process_inbound(cx, part.inbound())));
        };
        fields.done()?;
        let parts: Vec<Part> = parts
            .into_iter()
            .enumerate()
            .map(|(index, part)| {
                let mut fields = Fields::of(part, &format!("/parts/{index}"))?;
                let part = Part::read(&mut fields)?;
                fields.done()?;
                Ok(part)
            })
            .collect::<Result<_, Refusal>>()?;
        let inbound: Vec<Inbound<'_>> = parts.iter().map(Part::inbound).collect();
        let verdicts = self.guard.process_inbound_compound(cx, &inbound);
        let worst = verdicts.iter().map(|verdict| verdict.report().disposition()).max().unwrap_or_default();
        let findings = verdicts.iter().flat_map(|verdict| verdict.report().findings());
        let mut answer = Map::new();
        answer.insert("findings".into(), findings.map(finding).collect::<Vec<_>>().into());
        answer.insert("disposition".into(), worst.as_str().into());
        let shown: Vec<Value> =
            verdicts.into_iter().map(|verdict| Value::Object(admitted(verdict))).collect();
        answer.insert("parts".into(), shown.into());
        Ok(answer)
    }

    fn tool_result(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let tool: ToolName = fields.need_name("tool")?;
        let server: Option<ServerId> = fields.name("server")?;
        let content = match fields.need("content")? {
            Json::String(text) => text,
            other => other.to_string(),
        };
        let media = media(&mut fields)?.unwrap_or(Media::Text);
        let failed = fields.boolean("error")?.unwrap_or_default();
        let label = label(&mut fields)?;
        fields.done()?;
        let name = server.map_or_else(|| tool.to_string(), |server| format!("{server}/{tool}"));
        let source = Source::tool(name).integrity(label.integrity()).sensitivity(label.sensitivity());
        if failed {
            let output = self.guard.tool_error(cx, &content);
            return Ok(admitted(self.guard.process_inbound(cx, Inbound::new(output.text(), &source))));
        }
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
        let proposal = proposal(&mut fields)?;
        fields.done()?;
        let verdict = self.guard.check_tool_call(cx, proposal);
        Ok(self.judged(cx, verdict))
    }

    fn approve(&mut self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let token = fields.need_string("approval")?;
        let approve = fields
            .word("answer", &[("approve", true), ("deny", false)])?
            .ok_or_else(|| Refusal::new("missing-field", "`/answer` is missing"))?;
        let channels = Channel::ALL.iter().map(|channel| (channel.as_str(), *channel)).collect::<Vec<_>>();
        let channel = fields.word("channel", &channels)?.unwrap_or_default();
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
        let answer = answer.by(channel);
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
        let held: HeldId = fields.need_name("held")?;
        let drop = fields.word("answer", &[("release", false), ("drop", true)])?.unwrap_or_default();
        fields.done()?;
        if drop {
            let verdict = self.guard.discard(cx, held);
            let mut answer = reported(verdict.report());
            if let Verdict::Block(blocked) = &verdict {
                answer.insert("reason".into(), blocked.to_string().into());
            }
            return Ok(answer);
        }
        Ok(admitted(self.guard.release(cx, held)))
    }

    fn bind(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let call = call(&mut fields)?;
        let ttl = seconds(&mut fields, "ttl_s")?;
        fields.done()?;
        Ok(given("binding", self.guard.bind_request(cx, &call, ttl), Value::from))
    }

    fn extraction(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let record: Option<RecordId> = fields.name("record")?;
        let source = fields.object("source")?.map(source).transpose()?;
        let trust = fields.word("trust", &ask::TRUST)?;
        let content = fields.string("content")?;
        fields.done()?;
        let source = source.map(|source| source.integrity(trust.unwrap_or(Integrity::Untrusted)));
        let request = match (record, &source, trust) {
            (Some(record), None, None) => Extract::record(record),
            (None, Some(source), None) => Extract::of_kind(source),
            (None, Some(source), Some(_)) => Extract::of(source),
            _ => {
                let message = "either `/record`, or `/source` and perhaps `/trust`, has to be there";
                return Err(Refusal::new("missing-field", message));
            }
        };
        let request = match &content {
            Some(content) => request.with_text(content),
            None => request,
        };
        let extraction = self.guard.check_extraction(cx, &request);
        let mut answer = reported(extraction.report());
        answer.insert("policy".into(), extraction.action().as_str().into());
        answer.insert("origin".into(), extraction.origin().map_or(Value::Null, Value::from));
        if let Some(held) = extraction.held() {
            answer.insert("held".into(), held.to_string().into());
        }
        Ok(answer)
    }

    fn canary(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let place: CanaryPlace = match fields.name("place")? {
            Some(place) => place,
            None => CanaryPlace::new("prompt").map_err(|e| Refusal::new("wrong-value", e.to_string()))?,
        };
        fields.done()?;
        Ok(given("canary", self.guard.issue_canary(cx, &place), |canary| canary.as_str().into()))
    }

    fn error(&self, cx: &SecurityContext, mut fields: Fields) -> Result<Answer, Refusal> {
        let message = fields.need_string("message")?;
        // A kind that nobody knows is told as an error of the host's own.
        let kind = fields.string("kind")?.map(|kind| ErrorKind::named(&kind).unwrap_or(ErrorKind::Internal));
        fields.done()?;
        let safe = self.guard.sanitize_error(cx, &message, kind.as_ref());
        let mut answer = Map::new();
        answer.insert("disposition".into(), "modify".into());
        answer.insert("findings".into(), Value::Array(Vec::new()));
        answer.insert("text".into(), safe.text().into());
        answer.insert("code".into(), safe.code().into());
        answer.insert("reference".into(), safe.reference().into());
        Ok(answer)
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
                    "role": leaf.role().as_str(),
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

/// What an `inbound` request brings.
enum Content {
    Text(String),
    Bytes(Decoded<'static>),
}

/// A text of an `inbound` request.
struct Part {
    content: Content,
    source: Source,
    media: Media,
    spotlight: Option<Spotlight>,
}

impl Part {
    fn read(fields: &mut Fields) -> Result<Self, Refusal> {
        let bytes = fields.string("bytes")?;
        let declared = fields.string("content_type")?;
        let text = if bytes.is_some() { None } else { Some(fields.need_string("content")?) };
        let media = media(fields)?.unwrap_or(Media::Text);
        let content = match (text, bytes) {
            (Some(text), _) => Content::Text(text),
            (None, bytes) => {
                let bytes = STANDARD.decode(bytes.unwrap_or_default());
                let bytes = bytes.map_err(|_| Refusal::new("wrong-value", "`/bytes` is not base64"))?;
                Content::Bytes(decode(&bytes, media, declared.as_deref()).into_owned())
            }
        };
        let lights: Vec<_> = Spotlight::ALL.iter().map(|light| (light.as_str(), *light)).collect();
        let spotlight = fields.word("spotlight", &lights)?;
        let source = match fields.object("source")? {
            None => Source::new(SourceKind::custom("unknown"), ""),
            Some(source) => self::source(source)?,
        };
        let label = label(fields)?;
        let source = source.integrity(label.integrity()).sensitivity(label.sensitivity());
        Ok(Self { content, source, media, spotlight })
    }

    fn inbound(&self) -> Inbound<'_> {
        let inbound = match &self.content {
            Content::Text(text) => Inbound::new(text, &self.source),
            Content::Bytes(decoded) => Inbound::decoded(decoded, &self.source),
        };
        let inbound = inbound.media(self.media);
        match self.spotlight {
            Some(spotlight) => inbound.spotlight(spotlight),
            None => inbound,
        }
    }
}

/// An answer with one value, or why there is none.
fn given<T>(key: &str, verdict: Verdict<T>, show: impl FnOnce(T) -> Value) -> Answer {
    let mut answer = reported(verdict.report());
    let value = match verdict {
        Verdict::Pass(value, _) => show(value),
        Verdict::Block(blocked) => {
            answer.insert("reason".into(), blocked.to_string().into());
            Value::Null
        }
    };
    answer.insert(key.to_owned(), value);
    answer
}
