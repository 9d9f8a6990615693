//! Everything besides tools and rules.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::SourceKind;

use super::super::doc::{
    At, CallsDoc, CanariesDoc, ContextDoc, ExtractionDoc, InboundDoc, LimitDoc, LinksDoc, OutboundDoc,
    OverrideDoc, PersonalDoc, QuotaDoc, SecretTypeDoc, SinkDoc, SizeDoc, ThresholdsDoc, ValidationDoc,
    Window,
};
use super::super::load::{Kind, Node};
use super::super::{Capability, Metered, Per, ReportOrBlock};
use super::{Fields, Reader, distance};

/// Longest text that arguments may be allowed to hold, in bytes; no text is longer ([`crate::base::Limits`]).
const MAX_STRING: u64 = 64 << 20;
/// What a limit's burst may be: things, or bytes.
const BURST: RangeInclusive<u64> = 1..=1_000_000_000;
/// Up to 31 days.
const PERIOD_S: RangeInclusive<u64> = 1..=2_678_400;
/// Longest name of a kind of source, in bytes.
const MAX_SOURCE: usize = 128;

/// The kinds of sources by the names that a policy may use for them.
const SOURCES: &[&str] = &[
    "user_input",
    "user",
    "assistant_response",
    "cli",
    "mcp_client",
    "mcp_server",
    "user_indexed_email",
    "user_indexed_web",
    "web_synthesis",
    "email_content",
    "email",
    "mail",
    "calendar_content",
    "calendar",
    "web_content",
    "web",
    "rag_content",
    "rag",
    "document",
    "tool_output",
    "tool",
    "internal",
];

impl Reader {
    pub(super) fn thresholds(&mut self, node: &Node) -> ThresholdsDoc {
        const KEYS: &[&str] = &[
            "dlp_verbatim_lcs_min",
            "dlp_ngram_overlap_min",
            "provenance_verbatim_lcs_min",
            "provenance_ngram_overlap_min",
        ];
        let Some(fields) = self.map(node, "`thresholds`", KEYS) else { return ThresholdsDoc::default() };
        let mut characters = |key| {
            let number = self.number(fields.get(key)?, "the threshold", " of characters", 1..=1_000_000)?;
            usize::try_from(number).ok()
        };
        let (dlp_verbatim_lcs_min, provenance_verbatim_lcs_min) =
            (characters("dlp_verbatim_lcs_min"), characters("provenance_verbatim_lcs_min"));
        let mut share = |key| fields.get(key).and_then(|node| self.share(node));
        ThresholdsDoc {
            dlp_verbatim_lcs_min,
            dlp_ngram_overlap_min: share("dlp_ngram_overlap_min"),
            provenance_verbatim_lcs_min,
            provenance_ngram_overlap_min: share("provenance_ngram_overlap_min"),
        }
    }

    pub(super) fn inbound(&mut self, node: &Node) -> InboundDoc {
        const KEYS: &[&str] = &[
            "on_attack",
            "on_suspect",
            "on_hidden",
            "on_unknown",
            "spotlight",
            "attack_min",
            "suspect_min",
            "judge_min",
            "session_weight",
        ];
        let Some(fields) = self.map(node, "`inbound`", KEYS) else { return InboundDoc::default() };
        let mut thousandths = |key| {
            let share = self.share(fields.get(key)?)?;
            // At least one: a score of nothing is no sign of anything.
            (1..=1000).find(|thousandths: &u16| f64::from(*thousandths) >= (share * 1000.0).round())
        };
        let (attack_min, suspect_min) = (thousandths("attack_min"), thousandths("suspect_min"));
        // Always asked; never heard.
        let mut or_none = |key| {
            let is_none = fields
                .get(key)
                .is_some_and(|node| matches!(&node.kind, Kind::Scalar { text, plain: true } if text == "0"));
            if is_none { Some(0) } else { thousandths(key) }
        };
        let (judge_min, session_weight) = (or_none("judge_min"), or_none("session_weight"));
        InboundDoc {
            attack_min,
            suspect_min,
            judge_min,
            session_weight,
            on_attack: self.word_of(fields, "on_attack"),
            on_suspect: self.word_of(fields, "on_suspect"),
            on_hidden: self.word_of(fields, "on_hidden"),
            on_unknown: self.word_of(fields, "on_unknown"),
            spotlight: self.word_of(fields, "spotlight"),
        }
    }

    pub(super) fn links(&mut self, node: &Node) -> LinksDoc {
        let keys = &["hosts", "image_hosts", "schemes", "on_outside"];
        let Some(fields) = self.map(node, "`links`", keys) else { return LinksDoc::default() };
        let mut list = |key: &str| {
            let node = fields.get(key)?;
            let what = format!("`{key}`");
            Some(self.list(node, &what).iter().filter_map(|node| self.text(node, &what)).collect())
        };
        let (hosts, image_hosts, schemes) = (list("hosts"), list("image_hosts"), list("schemes"));
        LinksDoc { hosts, image_hosts, schemes, on_outside: self.word_of(fields, "on_outside") }
    }

    pub(super) fn outbound(&mut self, node: &Node) -> OutboundDoc {
        let Some(fields) = self.map(node, "`outbound`", &["secrets", "sensitive", "untrusted_copy"]) else {
            return OutboundDoc::default();
        };
        OutboundDoc {
            secrets: self.word_of(fields, "secrets"),
            sensitive: self.word_of(fields, "sensitive"),
            untrusted_copy: self.word_of(fields, "untrusted_copy"),
        }
    }

    pub(super) fn personal(&mut self, node: &Node) -> PersonalDoc {
        let keys = &["identity", "payment", "account", "contact", "types"];
        let Some(fields) = self.map(node, "`personal`", keys) else { return PersonalDoc::default() };
        let types = fields.get("types").and_then(|node| {
            let Kind::Map(entries) = &node.kind else {
                self.expected(
                    node,
                    "`types`",
                    "a map from types of personal data to what is done about them",
                );
                return None;
            };
            let action =
                |(name, node): &(At<String>, Node)| Some((name.clone(), self.word(node, "a type's action")?));
            Some(entries.iter().filter_map(action).collect())
        });
        PersonalDoc {
            identity: self.word_of(fields, "identity"),
            payment: self.word_of(fields, "payment"),
            account: self.word_of(fields, "account"),
            contact: self.word_of(fields, "contact"),
            types,
        }
    }

    pub(super) fn sink(&mut self, node: &Node) -> Option<SinkDoc> {
        let keys = &["kind", "secrets", "sensitive", "untrusted_copy", "personal", "hosts", "links"];
        let fields = self.map(node, "an entry of `sinks`", keys)?;
        let kind = self.required(node, fields, "kind", "reply").and_then(|node| self.text(node, "`kind`"));
        let outbound = OutboundDoc {
            secrets: self.word_of(fields, "secrets"),
            sensitive: self.word_of(fields, "sensitive"),
            untrusted_copy: self.word_of(fields, "untrusted_copy"),
        };
        let personal = fields.get("personal").map(|node| self.personal(node)).unwrap_or_default();
        let hosts = fields.get("hosts").map(|_| self.patterns(fields, "hosts"));
        let links = self.word_of(fields, "links");
        if links.is_some() && hosts.is_none() {
            self.problem(
                node.place,
                "`links` says what is done about other hosts than `hosts`; write `hosts` too",
            );
        }
        Some(SinkDoc { kind: kind?, outbound, personal, hosts, links })
    }

    pub(super) fn secret_type(&mut self, node: &Node) -> Option<SecretTypeDoc> {
        let keys = &["name", "prefix", "alphabet", "length", "checksum", "context"];
        let fields = self.map(node, "an entry of `secrets`", keys)?;
        let name = self.required(node, fields, "name", "acme-key").and_then(|node| self.text(node, "`name`"));
        let alphabet = self.required(node, fields, "alphabet", "alphanumeric");
        let alphabet = alphabet.and_then(|node| self.text(node, "`alphabet`"));
        let length = self.required(node, fields, "length", "32");
        let length = length.and_then(|node| {
            if !matches!(node.kind, Kind::Map(_)) {
                let number = self.number(node, "`length`", "", 1..=4096)?;
                return Some(At::new(SizeDoc { min: Some(number), max: Some(number) }, node.place));
            }
            let bounds = self.map(node, "`length`", &["min", "max"])?;
            let mut bound = |key| self.number(bounds.get(key)?, "the length", "", 1..=4096);
            Some(At::new(SizeDoc { min: bound("min"), max: bound("max") }, node.place))
        });
        Some(SecretTypeDoc {
            name: name?,
            prefixes: self.patterns(fields, "prefix"),
            alphabet: alphabet?,
            length: length?,
            checksum: self.word_of(fields, "checksum"),
            context: self.patterns(fields, "context"),
        })
    }

    pub(super) fn calls(&mut self, node: &Node) -> CallsDoc {
        const DAY_S: u64 = 86_400;
        let keys = &["authorization_ttl_s", "approval_ttl_s", "binding_ttl_s", "bindings"];
        let Some(fields) = self.map(node, "`calls`", keys) else { return CallsDoc::default() };
        CallsDoc {
            authorization_ttl: self.seconds(fields, "authorization_ttl_s", 1..=DAY_S),
            approval_ttl: self.seconds(fields, "approval_ttl_s", 1..=DAY_S),
            binding_ttl: self.seconds(fields, "binding_ttl_s", 1..=DAY_S),
            bindings: self.word_of(fields, "bindings"),
        }
    }

    pub(super) fn validation(&mut self, node: &Node) -> ValidationDoc {
        let keys = &["undeclared", "traversal", "max_string", "max_depth", "max_values"];
        let Some(fields) = self.map(node, "`validation`", keys) else { return ValidationDoc::default() };
        let mut number = |key, of, range| {
            let number = self.number(fields.get(key)?, &format!("`{key}`"), of, range)?;
            usize::try_from(number).ok()
        };
        let max_string = number("max_string", " of bytes", 1..=MAX_STRING);
        let max_depth = number("max_depth", "", 1..=1_000);
        let max_values = number("max_values", "", 1..=10_000_000);
        ValidationDoc {
            undeclared: self.word_of(fields, "undeclared"),
            traversal: self.word_of(fields, "traversal"),
            max_string,
            max_depth,
            max_values,
        }
    }

    pub(super) fn extraction(&mut self, node: &Node) -> ExtractionDoc {
        let Some(fields) = self.map(node, "`extraction`", &["overrides", "require_id"]) else {
            return ExtractionDoc::default();
        };
        let overrides = fields.get("overrides").map(|node| {
            let items = self.list(node, "`overrides`");
            items.iter().filter_map(|node| self.extraction_override(node)).collect()
        });
        let require_id = fields.get("require_id").map(|node| {
            let items = self.list(node, "`require_id`");
            items.iter().filter_map(|node| self.source(node, "a kind of source")).map(|at| at.value).collect()
        });
        ExtractionDoc { overrides, require_id }
    }

    fn extraction_override(&mut self, node: &Node) -> Option<OverrideDoc> {
        let fields = self.map(node, "an entry of `overrides`", &["source", "trust", "action"])?;
        let source = self.required(node, fields, "source", "web_content");
        let source = source.and_then(|node| self.source(node, "`source`"));
        let trust = self.word_of(fields, "trust");
        let action = self.required(node, fields, "action", "quarantine");
        let action = action.and_then(|node| self.word(node, "`action`"));
        Some(OverrideDoc { source: source?, trust, action: action? })
    }

    pub(super) fn canaries(&mut self, node: &Node) -> CanariesDoc {
        let Some(fields) = self.map(node, "`canaries`", &["inbound", "outbound"]) else {
            return CanariesDoc::default();
        };
        CanariesDoc { inbound: self.word_of(fields, "inbound"), outbound: self.word_of(fields, "outbound") }
    }

    pub(super) fn limit(&mut self, node: &Node) -> Option<LimitDoc> {
        const KEYS: &[&str] = &[
            "id",
            "of",
            "per",
            "tools",
            "servers",
            "sinks",
            "capabilities",
            "burst",
            "period_s",
            "window",
            "on_exceed",
        ];
        let fields = self.map(node, "a limit", KEYS)?;
        let id = self.required(node, fields, "id", "name").and_then(|node| self.text(node, "`id`"));
        let of = self.required(node, fields, "of", "calls").and_then(|node| {
            let of = self.word::<Metered>(node, "`of`")?;
            Some(At::new(of, node.place))
        });
        let burst = self.required(node, fields, "burst", "60").and_then(|node| {
            let number = self.number(node, "`burst`", "", BURST)?;
            Some(At::new(u32::try_from(number).ok()?, node.place))
        });
        let period = self.required(node, fields, "period_s", "60");
        let period = period.and_then(|_| self.seconds(fields, "period_s", PERIOD_S));
        // A limit that could not be read is never used, since the policy is refused; it only keeps the checks going.
        let mut limit = LimitDoc::new(
            id.unwrap_or_else(|| At::new(String::new(), node.place)),
            of.unwrap_or_else(|| At::new(Metered::Calls, node.place)),
            burst.unwrap_or_else(|| At::new(1, node.place)),
            period.unwrap_or(Duration::from_secs(1)),
        );
        if let Some(node) = fields.get("per") {
            limit.per = At::new(self.words::<Per>(node, "`per`"), node.place);
        }
        limit.tools = self.patterns(fields, "tools");
        limit.servers = self.patterns(fields, "servers");
        limit.sinks = self.patterns(fields, "sinks");
        limit.capabilities = fields
            .get("capabilities")
            .map(|node| self.words::<Capability>(node, "`capabilities`").into_iter().collect());
        limit.window = self.word_of::<Window>(fields, "window").unwrap_or_default();
        limit.on_exceed = self.word_of(fields, "on_exceed").unwrap_or(ReportOrBlock::Block);
        Some(limit)
    }

    /// The `quota` of a rule.
    pub(super) fn quota(&mut self, node: &Node) -> Option<At<QuotaDoc>> {
        let fields = self.map(node, "`quota`", &["of", "sum", "per", "burst", "period_s", "window"])?;
        let of = fields.get("of").and_then(|node| self.word::<Metered>(node, "`of`"));
        let sum = fields.get("sum").and_then(|node| self.text(node, "`sum`")).map(|text| text.value);
        if fields.get("of").is_some() == fields.get("sum").is_some() {
            let message = "say what is counted: `of: calls`, `bytes` or `entropy`, or `sum: /amount`";
            self.problem(node.place, message);
        }
        let burst = self
            .required(node, fields, "burst", "60")
            .and_then(|node| u32::try_from(self.number(node, "`burst`", "", BURST)?).ok());
        let period = self.required(node, fields, "period_s", "60");
        let period = period.and_then(|_| self.seconds(fields, "period_s", PERIOD_S));
        let per = fields.get("per").map(|node| self.words::<Per>(node, "`per`"));
        let quota = QuotaDoc {
            of: of.unwrap_or(Metered::Calls),
            sum,
            per: per.unwrap_or_else(|| vec![Per::Session]),
            burst: burst?,
            period: period?,
            window: self.word_of::<Window>(fields, "window").unwrap_or_default(),
        };
        Some(At::new(quota, node.place))
    }

    pub(super) fn context(&mut self, node: &Node) -> Option<ContextDoc> {
        let fields = self.map(node, "an entry of `contexts`", &["source", "inbound", "thresholds"])?;
        let empty = |key| {
            fields.get(key).is_none_or(|node| matches!(&node.kind, Kind::Map(entries) if entries.is_empty()))
        };
        if empty("inbound") && empty("thresholds") {
            self.problem(node.place, "the entry says nothing of its source; write `inbound` or `thresholds`");
        }
        let source = self.required(node, fields, "source", "email_content");
        let source = source.and_then(|node| self.source(node, "`source`"));
        let inbound = fields.get("inbound").map(|node| self.inbound(node)).unwrap_or_default();
        let thresholds = fields.get("thresholds").map(|node| self.thresholds(node)).unwrap_or_default();
        Some(ContextDoc { source: source?, inbound, thresholds })
    }

    /// A kind of source: one of those that are known, or the host's own.
    pub(super) fn source(&mut self, node: &Node, what: &str) -> Option<At<SourceKind>> {
        let name = self.text(node, what)?;
        if name.value.len() > MAX_SOURCE || name.value.chars().any(char::is_control) {
            self.problem(
                node.place,
                format!("{what} has up to {MAX_SOURCE} characters, and no control characters"),
            );
            return None;
        }
        // SECURITY: a kind that nobody has is a sentence about nothing. Names of the host's own are not known
        // here, so only what is one slip away from a known one is taken for a mistake.
        if !SOURCES.contains(&name.value.as_str())
            && let Some(near) = SOURCES.iter().find(|known| is_one_slip(&name.value, known))
        {
            self.problem(
                node.place,
                format!("{what} is `{}`; did you mean `{near}`?", super::super::shown(&name.value)),
            );
            return None;
        }
        Some(At::new(SourceKind::named(&name.value), name.place))
    }

    fn seconds(&mut self, fields: Fields<'_>, key: &str, range: RangeInclusive<u64>) -> Option<Duration> {
        let node = fields.get(key)?;
        self.number(node, &format!("`{key}`"), " of seconds", range).map(Duration::from_secs)
    }
}

/// Whether the two differ in case, in `-` for `_`, or by one letter that is missing, wrong, too much or swapped
/// with its neighbour.
fn is_one_slip(word: &str, known: &str) -> bool {
    let word: Vec<char> = word.to_lowercase().replace('-', "_").chars().take(MAX_SOURCE).collect();
    let known: Vec<char> = known.chars().collect();
    if word.len().abs_diff(known.len()) > 1 {
        return false;
    }
    if distance(&word, &known) <= 1 {
        return true;
    }
    let mut differing = word.iter().zip(&known).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at);
    let swapped = |at: usize| {
        let next = at.saturating_add(1);
        word.get(at) == known.get(next) && word.get(next) == known.get(at)
    };
    match (differing.next(), differing.next(), differing.next()) {
        (Some(one), Some(two), None) => {
            word.len() == known.len() && two == one.saturating_add(1) && swapped(one)
        }
        _ => false,
    }
}
