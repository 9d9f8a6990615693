//! The bytes that are digested, and the line that is written: two encodings of one event.
//!
//! The digest is over length-prefixed fields in a fixed order, not over JSON: whoever re-encodes the line cannot
//! break the chain by it. The line is canonical besides (one event has one line), so that [`verify`](super::verify())
//! finds an edit that no JSON reader would see.

use std::fmt::Write as _;
use std::str::FromStr;

use serde::Deserialize;

use super::event::{Body, Noted, Opening, Stage};
use super::{AuditEvent, Why};
use crate::base::{Digest, Disposition, Evidence, Layer, SecretKey, Severity, sha256};

/// The version of the bytes below. Another one gets another domain.
pub(super) const FORMAT: u64 = 1;
/// The longest line that is read, with its line break. The longest that is written has about 100 KB: 64 findings
/// with pointers of 32 steps.
pub(super) const MAX_LINE: usize = 256 * 1024;

const EVENT: &[u8] = b"bartizan audit event 1";
const HEAD: &[u8] = b"bartizan audit head 1";
const KEY_ID: &[u8] = b"bartizan audit key 1";
const STEP: &[u8] = b"bartizan audit step 1";

/// Steps of a pointer that are kept.
const MAX_STEPS: usize = 32;

fn tag(key: Option<&SecretKey>, parts: &[&[u8]]) -> Digest {
    key.map_or_else(|| sha256(parts), |key| key.tag(parts))
}

/// Tells keys apart without telling them.
pub(super) fn key_id(key: &SecretKey) -> u64 {
    key.tag(&[KEY_ID]).short()
}

/// What vouches for a head.
pub(super) fn head_tag(seq: u64, digest: Digest, key: Option<&SecretKey>) -> Digest {
    tag(key, &[HEAD, &seq.to_be_bytes(), digest.as_bytes()])
}

/// `pointer` with every step masked that may be more than a name.
// SECURITY: a model that is told to may write a secret as a key: `{"AKIA…": 1}`.
pub(super) fn mask(pointer: &str, key: Option<&SecretKey>) -> String {
    let mut masked = String::with_capacity(pointer.len().min(256));
    let mut steps = pointer.split('/').skip(1);
    for step in steps.by_ref().take(MAX_STEPS) {
        masked.push('/');
        match key {
            _ if is_name(step) => masked.push_str(step),
            // Without a key the digest of a guessable key would confirm the guess.
            None => masked.push_str("<key>"),
            Some(key) => {
                let short = key.tag(&[STEP, step.as_bytes()]).short() >> 32;
                put(&mut masked, format_args!("<key:{short:08x}>"));
            }
        }
    }
    if steps.next().is_some() {
        masked.push_str("/<more>");
    }
    masked
}

/// An array index below 10,000; or letters, `_`, `-` and at most three final digits, 32 bytes together.
fn is_name(step: &str) -> bool {
    let word = step.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = step.len().saturating_sub(word.len());
    if word.is_empty() {
        return (1..=4).contains(&digits);
    }
    step.len() <= 32
        && digits <= 3
        && word.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-'))
}

struct Fields(Vec<u8>);

impl Fields {
    fn put(&mut self, parts: &[&[u8]]) {
        let len = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.len() as u64));
        self.0.extend_from_slice(&len.to_be_bytes());
        for part in parts {
            self.0.extend_from_slice(part);
        }
    }

    fn number(&mut self, number: u64) {
        self.put(&[&number.to_be_bytes()]);
    }

    fn text(&mut self, text: &str) {
        self.put(&[text.as_bytes()]);
    }

    /// Absent: an empty field. Present: a byte 1 and the bytes, so that an empty text is not an absent one.
    fn maybe(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            None => self.put(&[]),
            Some(bytes) => self.put(&[&[1], bytes]),
        }
    }

    fn evidence(&mut self, evidence: Option<Evidence>) {
        match evidence {
            None => self.put(&[]),
            Some(evidence) => {
                self.put(&[&[1], evidence.digest().as_bytes(), &(evidence.len() as u64).to_be_bytes()]);
            }
        }
    }
}

/// The event's digest under `key`: HMAC-SHA-256, or SHA-256 without one.
pub(super) fn digest(event: &AuditEvent, key: Option<&SecretKey>) -> Digest {
    let body = &event.body;
    let mut fields = Fields(Vec::with_capacity(512));
    fields.number(event.seq);
    fields.number(event.at);
    fields.text(body.stage.as_str());
    fields.text(body.disposition.as_str());
    fields.maybe(body.session.as_ref().map(|id| id.as_str().as_bytes()));
    fields.maybe(body.principal.as_ref().map(|id| id.as_str().as_bytes()));
    fields.maybe(body.request.as_ref().map(|id| id.as_str().as_bytes()));
    fields.maybe(body.parent.as_ref().map(|digest| digest.as_bytes().as_slice()));
    fields.maybe(body.record.map(|id| id.to_u64().to_be_bytes()).as_ref().map(<[u8; 8]>::as_slice));
    fields.maybe(body.server.as_ref().map(|id| id.as_str().as_bytes()));
    fields.maybe(body.tool.as_ref().map(|name| name.as_str().as_bytes()));
    fields.evidence(body.subject);
    fields.put(&[body.policy.as_bytes()]);
    match body.opening {
        None => fields.put(&[]),
        Some(Opening { format, key, torn, lost }) => {
            let key = key.map(u64::to_be_bytes);
            fields.put(&[
                &[1],
                &format.to_be_bytes(),
                &torn.to_be_bytes(),
                &lost.to_be_bytes(),
                key.as_ref().map_or(&[], <[u8; 8]>::as_slice),
            ]);
        }
    }
    fields.number(body.omitted);
    fields.number(body.findings.len() as u64);
    for noted in &body.findings {
        fields.text(&noted.rule);
        fields.text(noted.severity.as_str());
        fields.text(noted.layer.code());
        match noted.span {
            None => fields.put(&[]),
            Some((start, end)) => fields.put(&[&[1], &start.to_be_bytes(), &end.to_be_bytes()]),
        }
        fields.maybe(noted.pointer.as_deref().map(str::as_bytes));
        fields.evidence(noted.evidence);
    }
    fields.put(&[event.prev.as_bytes()]);
    tag(key, &[EVENT, &fields.0])
}

/// Writing to a `String` cannot fail.
fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).ok();
}

// SECURITY: ASCII only, so that nothing in a name can reorder or hide what a terminal shows of the log.
fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    put(out, format_args!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

fn member(out: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        put(out, format_args!(",\"{name}\":"));
        string(out, text);
    }
}

fn evidence(out: &mut String, name: &str, evidence: Option<Evidence>) {
    if let Some(evidence) = evidence {
        put(
            out,
            format_args!(",\"{name}\":{{\"digest\":\"{}\",\"len\":{}}}", evidence.digest(), evidence.len()),
        );
    }
}

/// The event's one line, without the line break.
pub(super) fn to_json(event: &AuditEvent) -> String {
    let body = &event.body;
    let mut out = String::with_capacity(512);
    put(&mut out, format_args!("{{\"seq\":{},\"at\":{}", event.seq, event.at));
    member(&mut out, "stage", Some(body.stage.as_str()));
    member(&mut out, "disposition", Some(body.disposition.as_str()));
    member(&mut out, "session", body.session.as_ref().map(crate::base::SessionId::as_str));
    member(&mut out, "principal", body.principal.as_ref().map(crate::base::PrincipalId::as_str));
    member(&mut out, "request", body.request.as_ref().map(crate::base::RequestId::as_str));
    if let Some(parent) = body.parent {
        put(&mut out, format_args!(",\"parent\":\"{parent}\""));
    }
    if let Some(record) = body.record {
        put(&mut out, format_args!(",\"record\":\"{record}\""));
    }
    member(&mut out, "server", body.server.as_ref().map(crate::base::ServerId::as_str));
    member(&mut out, "tool", body.tool.as_ref().map(crate::base::ToolName::as_str));
    evidence(&mut out, "subject", body.subject);
    put(&mut out, format_args!(",\"policy\":\"{}\"", body.policy));
    if let Some(opening) = body.opening {
        put(&mut out, format_args!(",\"opening\":{{\"format\":{}", opening.format));
        if let Some(key) = opening.key {
            put(&mut out, format_args!(",\"key\":\"{key:016x}\""));
        }
        put(&mut out, format_args!(",\"torn\":{},\"lost\":{}}}", opening.torn, opening.lost));
    }
    if body.omitted > 0 {
        put(&mut out, format_args!(",\"omitted\":{}", body.omitted));
    }
    if !body.findings.is_empty() {
        out.push_str(",\"findings\":[");
        for (at, noted) in body.findings.iter().enumerate() {
            out.push_str(if at == 0 { "{\"rule\":" } else { ",{\"rule\":" });
            string(&mut out, &noted.rule);
            member(&mut out, "severity", Some(noted.severity.as_str()));
            member(&mut out, "layer", Some(noted.layer.code()));
            if let Some((start, end)) = noted.span {
                put(&mut out, format_args!(",\"span\":[{start},{end}]"));
            }
            member(&mut out, "pointer", noted.pointer.as_deref());
            evidence(&mut out, "evidence", noted.evidence);
            out.push('}');
        }
        out.push(']');
    }
    put(&mut out, format_args!(",\"prev\":\"{}\",\"digest\":\"{}\"}}", event.prev, event.digest));
    out
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'l> {
    seq: u64,
    at: u64,
    stage: &'l str,
    disposition: &'l str,
    session: Option<String>,
    principal: Option<String>,
    request: Option<String>,
    parent: Option<&'l str>,
    record: Option<&'l str>,
    server: Option<String>,
    tool: Option<&'l str>,
    subject: Option<EvidenceLine<'l>>,
    policy: &'l str,
    opening: Option<OpeningLine<'l>>,
    #[serde(default)]
    omitted: u64,
    #[serde(default, borrow)]
    findings: Vec<NotedLine<'l>>,
    prev: &'l str,
    digest: &'l str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EvidenceLine<'l> {
    digest: &'l str,
    len: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningLine<'l> {
    format: u64,
    key: Option<&'l str>,
    torn: u64,
    lost: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotedLine<'l> {
    rule: String,
    severity: &'l str,
    layer: &'l str,
    span: Option<(u64, u64)>,
    pointer: Option<String>,
    #[serde(borrow)]
    evidence: Option<EvidenceLine<'l>>,
}

fn hex(text: &str) -> Result<Digest, Why> {
    Digest::from_hex(text).ok_or(Why::NotAnEvent)
}

fn name<T: FromStr>(text: impl AsRef<str>) -> Result<T, Why> {
    text.as_ref().parse().map_err(|_| Why::NotAnEvent)
}

fn word<T: Copy>(all: &[T], text: &str, as_str: impl Fn(T) -> &'static str) -> Result<T, Why> {
    all.iter().copied().find(|value| as_str(*value) == text).ok_or(Why::NotAnEvent)
}

impl EvidenceLine<'_> {
    fn read(self) -> Result<Evidence, Why> {
        let len = usize::try_from(self.len).map_err(|_| Why::NotAnEvent)?;
        Ok(Evidence::from_parts(hex(self.digest)?, len))
    }
}

impl OpeningLine<'_> {
    fn read(self) -> Result<Opening, Why> {
        let key = self.key.map(|id| u64::from_str_radix(id, 16)).transpose().map_err(|_| Why::NotAnEvent)?;
        Ok(Opening { format: self.format, key, torn: self.torn, lost: self.lost })
    }
}

const SEVERITIES: [Severity; 5] =
    [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
const DISPOSITIONS: [Disposition; 4] =
    [Disposition::Allow, Disposition::Modify, Disposition::Confirm, Disposition::Block];

impl Line<'_> {
    fn read(self) -> Result<AuditEvent, Why> {
        let body = Body {
            stage: word(Stage::ALL, self.stage, Stage::as_str)?,
            disposition: word(&DISPOSITIONS, self.disposition, Disposition::as_str)?,
            session: self.session.map(name).transpose()?,
            principal: self.principal.map(name).transpose()?,
            request: self.request.map(name).transpose()?,
            parent: self.parent.map(hex).transpose()?,
            record: self.record.map(name).transpose()?,
            server: self.server.map(name).transpose()?,
            tool: self.tool.map(name).transpose()?,
            subject: self.subject.map(EvidenceLine::read).transpose()?,
            policy: hex(self.policy)?,
            opening: self.opening.map(OpeningLine::read).transpose()?,
            omitted: self.omitted,
            findings: self.findings.into_iter().map(NotedLine::read).collect::<Result<_, _>>()?,
        };
        if body.stage.opens() != body.opening.is_some() {
            return Err(Why::NotAnEvent);
        }
        Ok(AuditEvent { seq: self.seq, at: self.at, body, prev: hex(self.prev)?, digest: hex(self.digest)? })
    }
}

impl NotedLine<'_> {
    fn read(self) -> Result<Noted, Why> {
        Ok(Noted {
            rule: self.rule,
            severity: word(&SEVERITIES, self.severity, Severity::as_str)?,
            layer: word(&Layer::ALL, self.layer, Layer::code)?,
            span: self.span,
            pointer: self.pointer,
            evidence: self.evidence.map(EvidenceLine::read).transpose()?,
        })
    }
}

/// Reads one line without its line break. Accepts only what [`to_json`] writes, byte for byte.
pub(super) fn from_json(line: &[u8]) -> Result<AuditEvent, Why> {
    let text = std::str::from_utf8(line).map_err(|_| Why::NotJson)?;
    let read: Line<'_> = serde_json::from_str(text).map_err(|error| {
        // serde_json has no kind for it; the words are serde's own and stable since 1.0.
        let duplicate = error.is_data() && error.to_string().starts_with("duplicate field");
        match error.classify() {
            serde_json::error::Category::Data if duplicate => Why::DuplicateKey,
            serde_json::error::Category::Data => Why::NotAnEvent,
            _ => Why::NotJson,
        }
    })?;
    let event = read.read()?;
    // SECURITY: what a reader of the line sees must be what the digest is over, whatever reads it.
    if to_json(&event).as_bytes() == line { Ok(event) } else { Err(Why::NotCanonical) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{context, key, noisy_findings};
    use super::super::{Chain, EventDraft};
    use super::*;
    use crate::base::{Finding, JsonPointer, Moment, RecordId, RuleId, ServerId, ToolName};

    fn full_event(key: Option<SecretKey>) -> AuditEvent {
        let chain = Chain::new(key);
        let policy = Digest::from_bytes([1; 32]);
        let begun = chain.seal(EventDraft::begin(policy), Moment::new(1, 0)).unwrap();
        let draft = EventDraft::new(Stage::ToolCall, policy)
            .context(&context())
            .disposition(Disposition::Confirm)
            .parent(begun.digest())
            .record(RecordId::from_u64(7))
            .server(ServerId::new("post \u{202e}\u{1f4ee} \"quoted\" \\").unwrap())
            .tool(ToolName::new("send_mail").unwrap())
            .subject(Evidence::from_parts(Digest::from_bytes([2; 32]), 300))
            .findings(&noisy_findings());
        chain.seal(draft, Moment::new(1_700_000_000_000, 0)).unwrap()
    }

    #[test]
    fn an_event_reads_back_from_its_line_with_the_same_digest() {
        for key in [None, Some(key())] {
            let event = full_event(key.clone());
            let line = event.to_json();
            assert!(line.is_ascii() && !line.contains('\n'), "{line}");
            let read = from_json(line.as_bytes()).unwrap();
            assert_eq!(read, event);
            assert_eq!(digest(&read, key.as_ref()), event.digest());
        }
    }

    #[test]
    fn every_field_is_under_the_digest() {
        let event = full_event(None);
        let changes: [fn(&mut AuditEvent); 19] = [
            |e| e.seq = 9,
            |e| e.at = 9,
            |e| e.body.stage = Stage::Outbound,
            |e| e.body.disposition = Disposition::Allow,
            |e| e.body.session = None,
            |e| e.body.principal = None,
            |e| e.body.request = None,
            |e| e.body.parent = None,
            |e| e.body.record = None,
            |e| e.body.server = None,
            |e| e.body.tool = None,
            |e| e.body.subject = None,
            |e| e.body.policy = Digest::ZERO,
            |e| e.body.opening = Some(Opening::default()),
            |e| e.body.omitted = 9,
            |e| e.body.findings.truncate(1),
            |e| e.body.findings[1].pointer = None,
            |e| e.body.findings[0].span = None,
            |e| e.prev = Digest::ZERO,
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut other = event.clone();
            change(&mut other);
            assert_ne!(digest(&other, None), event.digest(), "change {number}");
        }
    }

    #[test]
    fn neither_content_nor_keys_nor_messages_are_in_the_line() {
        let line = full_event(Some(key())).to_json();
        for secret in ["hunter2", "correct-horse", "4111111111111111", "said aloud"] {
            assert!(!line.contains(secret), "{secret} in {line}");
        }
    }

    #[test]
    fn the_example_of_the_format_page_is_what_is_written() {
        const PAGE: &str = include_str!("../../docs/audit-format.md");
        let chain = Chain::new(Some(key()));
        let policy = Digest::from_bytes([1; 32]);
        let begun = chain.seal(EventDraft::begin(policy), Moment::new(1_700_000_000_000, 0)).unwrap();
        let finding = Finding::custom(
            Layer::ToolFirewall,
            RuleId::new("l9/no-rule"),
            Severity::High,
            "no rule allows this call",
        )
        .in_argument(JsonPointer::root().key("recipients").index(0).key("s3cr3t"));
        let draft = EventDraft::new(Stage::ToolCall, policy)
            .context(&context())
            .disposition(Disposition::Block)
            .parent(begun.digest())
            .tool(ToolName::new("send_mail").unwrap())
            .subject(Evidence::of("{\"recipients\":[{\"s3cr3t\":1}]}", &key()))
            .findings(&[finding]);
        let call = chain.seal(draft, Moment::new(1_700_000_000_250, 0)).unwrap();
        let lines = format!("{}\n{}\n", begun.to_json(), call.to_json());
        assert!(PAGE.contains(&lines), "the page lacks\n{lines}");
    }

    #[test]
    fn ordinary_argument_names_and_indices_stay_readable() {
        for pointer in ["", "/to", "/items/12/file_name", "/address2", "/X-Header", "/line123"] {
            assert_eq!(mask(pointer, Some(&key())), pointer);
        }
    }

    #[test]
    fn argument_names_that_could_be_more_than_names_are_masked() {
        let odd =
            ["s3cr3t", "correct horse", "12345", "a~1b", "é", "", "A".repeat(33).as_str()].map(str::to_owned);
        for step in odd {
            let masked = mask(&format!("/to/{step}"), Some(&key()));
            assert!(masked.starts_with("/to/<key:") && masked.len() == 18, "{step}: {masked}");
            assert_eq!(mask(&format!("/to/{step}"), None), "/to/<key>");
        }
        let deep = "/a".repeat(40);
        assert_eq!(mask(&deep, None), format!("{}/<more>", "/a".repeat(32)));
    }

    #[test]
    fn the_longest_event_fits_into_a_line() {
        let mut pointer = JsonPointer::root();
        for _ in 0..100 {
            pointer = pointer.key("an_argument_of_thirty-two_bytes_");
        }
        let rule = RuleId::custom("r".repeat(128));
        let finding = Finding::custom(Layer::ToolFirewall, rule, Severity::Critical, "")
            .evidence(Evidence::from_parts(Digest::ZERO, usize::MAX))
            .in_argument(pointer);
        let chain = Chain::new(None);
        chain.seal(EventDraft::begin(Digest::ZERO), Moment::default()).unwrap();
        let draft = EventDraft::new(Stage::ToolCall, Digest::ZERO).findings(&vec![finding; 1000]);
        let event = chain.seal(draft, Moment::default()).unwrap();
        assert_eq!((event.findings().len(), event.omitted()), (64, 936));
        assert!(event.to_json().len() < MAX_LINE / 2, "{}", event.to_json().len());
    }

    #[test]
    fn a_line_in_other_bytes_is_refused_though_it_says_the_same() {
        let line = full_event(None).to_json();
        let spaced = line.replacen("\"at\":", "\"at\": ", 1);
        assert_eq!(from_json(spaced.as_bytes()), Err(Why::NotCanonical));
        let upper = line.replacen("\\u202e", "\\u202E", 1);
        assert_eq!(from_json(upper.as_bytes()), Err(Why::NotCanonical));
        let twice = line.replacen("{\"seq\":1", "{\"seq\":1,\"seq\":1", 1);
        assert_eq!(from_json(twice.as_bytes()), Err(Why::DuplicateKey));
        let more = line.replacen("{\"seq\":1", "{\"note\":1,\"seq\":1", 1);
        assert_eq!(from_json(more.as_bytes()), Err(Why::NotAnEvent));
    }
}
