//! The tree of a policy's text to a [`PolicyDoc`]: keys, kinds and words. Goes on after a problem, so that all
//! of them are told.

mod rules;
mod settings;

use std::ops::RangeInclusive;

use crate::base::{Integrity, Mode, Sensitivity};
use crate::values::ArgRole;

use super::doc::{At, LeafKind, Patterns, Place, PolicyDoc, Problems, RuleDoc, Scalar, ValueType, Window};
use super::flow::Joined;
use super::flows;
use super::load::{Kind, Node};
use super::{
    Bindings, CanaryAction, Capability, Channel, Combining, Day, Effect, ExtractionAction, HiddenAction,
    InboundAction, Metered, Origin, Per, PersonalAction, Preset, ReportOrBlock, SecretAction, SecretChecksum,
    Spotlight, TargetAction, UndeclaredAction,
};

/// What `root` says, and what is wrong with it.
pub(super) fn read(root: &Node) -> (PolicyDoc, Problems) {
    let mut reader = Reader { problems: Vec::new() };
    let doc = reader.policy(root);
    (doc, reader.problems)
}

struct Reader {
    problems: Problems,
}

/// The entries of a map whose keys were checked.
#[derive(Clone, Copy)]
struct Fields<'n>(&'n [(At<String>, Node)]);

impl<'n> Fields<'n> {
    fn get(self, key: &str) -> Option<&'n Node> {
        self.0.iter().find(|(name, _)| name.value == key).map(|(_, node)| node)
    }
}

/// An enumeration of words.
trait Word: Copy + 'static {
    fn all() -> &'static [Self];
    fn word(self) -> &'static str;
}

macro_rules! word {
    ($($name:ident),+) => {$(
        impl Word for $name {
            fn all() -> &'static [Self] {
                Self::ALL
            }
            fn word(self) -> &'static str {
                self.as_str()
            }
        }
    )+};
}
word!(
    ArgRole,
    Bindings,
    CanaryAction,
    Channel,
    Combining,
    Day,
    Effect,
    ExtractionAction,
    HiddenAction,
    InboundAction,
    Joined,
    LeafKind,
    Metered,
    Origin,
    Per,
    PersonalAction,
    Preset,
    ReportOrBlock,
    SecretAction,
    SecretChecksum,
    Spotlight,
    TargetAction,
    UndeclaredAction,
    ValueType,
    Window
);

impl Word for crate::values::SqlDialect {
    fn all() -> &'static [Self] {
        Self::ALL
    }
    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for Capability {
    fn all() -> &'static [Self] {
        &Self::ALL
    }
    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for Integrity {
    fn all() -> &'static [Self] {
        &[Self::Hostile, Self::Untrusted, Self::Internal, Self::Trusted]
    }
    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for Sensitivity {
    fn all() -> &'static [Self] {
        &[Self::Public, Self::Internal, Self::Sensitive]
    }
    fn word(self) -> &'static str {
        self.as_str()
    }
}

impl Word for Mode {
    fn all() -> &'static [Self] {
        &[Self::Client, Self::Server]
    }
    fn word(self) -> &'static str {
        super::mode_word(self)
    }
}

const POLICY: &[&str] = &[
    "bartizan",
    "name",
    "variables",
    "include",
    "preset",
    "combining",
    "thresholds",
    "inbound",
    "links",
    "outbound",
    "personal",
    "secrets",
    "sinks",
    "calls",
    "validation",
    "extraction",
    "canaries",
    "limits",
    "contexts",
    "tools",
    "rules",
    "endorse",
    "flows",
];
impl Reader {
    fn policy(&mut self, root: &Node) -> PolicyDoc {
        let mut doc = PolicyDoc::default();
        let Some(fields) = self.map(root, "a policy", POLICY) else { return doc };
        match fields.get("bartizan") {
            None => self
                .problem(root.place, "the policy does not say which language it is in; write `bartizan: 1`"),
            Some(node) => match &node.kind {
                Kind::Scalar { text, .. } if text == "1" => {}
                _ => self.problem(node.place, "this language is not known; `bartizan: 1` is"),
            },
        }
        doc.name = fields.get("name").and_then(|node| self.text(node, "`name`")).map(|name| name.value);
        doc.preset = fields.get("preset").and_then(|node| self.word(node, "`preset`"));
        doc.combining = fields.get("combining").and_then(|node| self.word(node, "`combining`"));
        doc.thresholds = fields.get("thresholds").map(|node| self.thresholds(node)).unwrap_or_default();
        doc.inbound = fields.get("inbound").map(|node| self.inbound(node)).unwrap_or_default();
        doc.links = fields.get("links").map(|node| self.links(node)).unwrap_or_default();
        doc.outbound = fields.get("outbound").map(|node| self.outbound(node)).unwrap_or_default();
        doc.personal = fields.get("personal").map(|node| self.personal(node)).unwrap_or_default();
        if let Some(node) = fields.get("secrets") {
            let types = self.list(node, "`secrets`");
            doc.secrets = types.iter().filter_map(|node| self.secret_type(node)).collect();
        }
        if let Some(node) = fields.get("sinks") {
            doc.sinks = self.list(node, "`sinks`").iter().filter_map(|node| self.sink(node)).collect();
        }
        doc.calls = fields.get("calls").map(|node| self.calls(node)).unwrap_or_default();
        doc.validation = fields.get("validation").map(|node| self.validation(node)).unwrap_or_default();
        doc.extraction = fields.get("extraction").map(|node| self.extraction(node)).unwrap_or_default();
        doc.canaries = fields.get("canaries").map(|node| self.canaries(node)).unwrap_or_default();
        if let Some(node) = fields.get("limits") {
            doc.limits =
                Some(self.list(node, "`limits`").iter().filter_map(|node| self.limit(node)).collect());
        }
        if let Some(node) = fields.get("contexts") {
            doc.contexts =
                self.list(node, "`contexts`").iter().filter_map(|node| self.context(node)).collect();
        }
        if let Some(node) = fields.get("tools") {
            doc.tools = self.list(node, "`tools`").iter().filter_map(|node| self.tool(node)).collect();
        }
        if let Some(node) = fields.get("rules") {
            doc.rules = Some(self.list(node, "`rules`").iter().filter_map(|node| self.rule(node)).collect());
        }
        if let Some(node) = fields.get("endorse") {
            doc.endorse =
                self.list(node, "`endorse`").iter().filter_map(|node| self.endorsement(node)).collect();
        }
        if let Some(node) = fields.get("flows") {
            self.flows(node, &mut doc);
        }
        doc
    }

    /// Adds the flow rules that come with the crate, by their names.
    fn flows(&mut self, node: &Node, doc: &mut PolicyDoc) {
        let names = match &node.kind {
            Kind::List(items) => items.iter().collect(),
            _ => vec![node],
        };
        let (root, _) = super::load::parse(flows::TEXT);
        let known: Vec<_> = match root.as_ref() {
            Some(root) => self.list(root, "flows").iter().filter_map(|node| self.rule(node)).collect(),
            None => Vec::new(),
        };
        let mut wanted = Vec::new();
        for node in names {
            let Some(name) = self.text(node, "`flows`") else { continue };
            match known.iter().find(|rule| rule.id.value == name.value) {
                Some(rule) => wanted.push(rule.clone()),
                None if name.value == "all" => wanted.extend(known.iter().cloned()),
                None => {
                    self.problem(node.place, format!("no flow is called `{}`", super::shown(&name.value)));
                }
            }
        }
        let mut rules =
            doc.rules.take().unwrap_or_else(|| super::presets::rules(doc.preset.unwrap_or_default()));
        // Places are of the policy's own text.
        rules.extend(
            wanted.into_iter().map(|rule| RuleDoc { id: At::new(rule.id.value, node.place), ..rule }),
        );
        doc.rules = Some(rules);
    }

    fn problem(&mut self, place: Place, message: impl Into<String>) {
        self.problems.push((place, message.into()));
    }

    fn expected(&mut self, node: &Node, what: &str, expected: &str) {
        let found = match &node.kind {
            Kind::Map(_) => "a map".to_owned(),
            Kind::List(_) => "a list".to_owned(),
            kind if is_nothing(kind) => "nothing".to_owned(),
            Kind::Scalar { text, .. } => format!("`{}`", super::shown(text)),
        };
        self.problem(node.place, format!("{what} has to be {expected}, not {found}"));
    }

    fn map<'n>(&mut self, node: &'n Node, what: &str, keys: &[&str]) -> Option<Fields<'n>> {
        let Kind::Map(entries) = &node.kind else {
            self.expected(node, what, &format!("a map with the keys {}", keys.join(", ")));
            return None;
        };
        for (key, _) in entries {
            if !keys.contains(&key.value.as_str()) {
                let hint = suggestion(&key.value, keys).map_or_else(
                    || format!("known are {}", keys.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                self.problem(key.place, format!("{what} has no key `{}`; {hint}", super::shown(&key.value)));
            }
        }
        Some(Fields(entries))
    }

    fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        if let Kind::List(items) = &node.kind {
            return items;
        }
        self.expected(node, what, "a list");
        &[]
    }

    /// The items of a list that must not be empty, or the one thing that stands in its place.
    fn one_or_more<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        match &node.kind {
            Kind::List(items) => {
                if items.is_empty() {
                    // SECURITY: an empty list could mean all or none; the peer that took it as all is bypassed by it.
                    self.problem(
                        node.place,
                        format!("{what} is an empty list; leave it out or name something"),
                    );
                }
                items
            }
            _ => std::slice::from_ref(node),
        }
    }

    fn text(&mut self, node: &Node, what: &str) -> Option<At<String>> {
        match &node.kind {
            kind if is_nothing(kind) => {}
            Kind::Scalar { text, .. } if text.is_empty() => {
                self.problem(node.place, format!("{what} is empty"));
                return None;
            }
            Kind::Scalar { text, .. } => return Some(At::new(text.clone(), node.place)),
            _ => {}
        }
        self.expected(node, what, "a text");
        None
    }

    fn patterns(&mut self, fields: Fields<'_>, key: &str) -> Patterns {
        let Some(node) = fields.get(key) else { return Vec::new() };
        let what = format!("`{key}`");
        self.one_or_more(node, &what).iter().filter_map(|node| self.text(node, &what)).collect()
    }

    fn word<T: Word>(&mut self, node: &Node, what: &str) -> Option<T> {
        let words: Vec<&str> = T::all().iter().map(|word| word.word()).collect();
        let Kind::Scalar { text, .. } = &node.kind else {
            self.expected(node, what, &format!("one of {}", words.join(", ")));
            return None;
        };
        let found = T::all().iter().copied().find(|word| word.word() == text);
        if found.is_none() {
            let hint =
                suggestion(text, &words).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            self.expected(node, what, &format!("one of {}", words.join(", ")));
            if let Some((_, message)) = self.problems.last_mut() {
                message.push_str(&hint);
            }
        }
        found
    }

    fn word_of<T: Word>(&mut self, fields: Fields<'_>, key: &str) -> Option<T> {
        self.word(fields.get(key)?, &format!("`{key}`"))
    }

    /// The value of a key that has to be there; `example` is what could stand there.
    fn required<'n>(
        &mut self,
        node: &Node,
        fields: Fields<'n>,
        key: &str,
        example: &str,
    ) -> Option<&'n Node> {
        let value = fields.get(key);
        if value.is_none() {
            self.problem(node.place, format!("`{key}` is missing; write something like `{key}: {example}`"));
        }
        value
    }

    fn words<T: Word>(&mut self, node: &Node, what: &str) -> Vec<T> {
        self.one_or_more(node, what).iter().filter_map(|node| self.word(node, what)).collect()
    }

    fn boolean(&mut self, node: &Node, what: &str) -> Option<bool> {
        match &node.kind {
            Kind::Scalar { text, plain: true } if text == "true" => Some(true),
            Kind::Scalar { text, plain: true } if text == "false" => Some(false),
            _ => {
                self.expected(node, what, "`true` or `false`");
                None
            }
        }
    }

    fn number(&mut self, node: &Node, what: &str, of: &str, range: RangeInclusive<u64>) -> Option<u64> {
        if let Kind::Scalar { text, plain: true } = &node.kind
            && text.bytes().all(|b| b.is_ascii_digit())
            && let Ok(number) = text.parse()
            && range.contains(&number)
        {
            return Some(number);
        }
        self.expected(node, what, &format!("a number{of} from {} to {}", range.start(), range.end()));
        None
    }

    fn share(&mut self, node: &Node) -> Option<f64> {
        if let Kind::Scalar { text, plain: true } = &node.kind
            && is_json_number(text)
            && let Ok(number) = text.parse::<f64>()
            && number > 0.0
            && number <= 1.0
        {
            return Some(number);
        }
        self.expected(node, "the threshold", "a share above 0 and up to 1");
        None
    }

    fn scalar(&mut self, node: &Node, what: &str) -> Option<Scalar> {
        let Kind::Scalar { text, plain } = &node.kind else {
            self.expected(node, what, "a text, a number, `true`, `false` or `null`");
            return None;
        };
        if !plain {
            return Some(Scalar::Text(text.clone()));
        }
        match text.as_str() {
            "true" => Some(Scalar::Bool(true)),
            "false" => Some(Scalar::Bool(false)),
            "null" => Some(Scalar::Null),
            text if is_json_number(text) => Some(Scalar::Number(text.to_owned())),
            // SECURITY: what YAML's versions and parsers read differently would compare with something else than
            // the reviewer thinks.
            text if is_ambiguous(text) => {
                let message = format!(
                    "{what} is `{}`, which YAML parsers read differently; write it as in JSON, or in quotes",
                    super::shown(text)
                );
                self.problem(node.place, message);
                None
            }
            text => Some(Scalar::Text(text.to_owned())),
        }
    }

    fn scalars(&mut self, node: &Node) -> Vec<Scalar> {
        if !matches!(node.kind, Kind::List(_)) {
            self.expected(node, "`in`", "a list of values; for one value there is `equals`");
            return Vec::new();
        }
        self.one_or_more(node, "`in`")
            .iter()
            .filter_map(|node| self.scalar(node, "a value of `in`"))
            .collect()
    }
}

fn is_nothing(kind: &Kind) -> bool {
    matches!(kind, Kind::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
}

/// RFC 8259, section 6.
pub(super) fn is_json_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

/// Whether some YAML would take this plain scalar for something else than a text.
pub(super) fn is_ambiguous(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    matches!(lower.as_str(), "" | "~" | "null" | "true" | "false")
        || matches!(unsigned, ".inf" | ".nan")
        || unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit())
            && unsigned
                .bytes()
                .all(|b| b.is_ascii_hexdigit() || matches!(b, b'_' | b'.' | b'+' | b'-' | b'x' | b'o' | b':'))
            && !is_date_or_version(unsigned)
}

/// `2024-05-01` and `1.2.3` are texts everywhere that matters here.
fn is_date_or_version(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.'))
        && (text.matches('-').count() == 2 || text.matches('.').count() >= 2)
}

/// The word of `known` that somebody who wrote `word` may have meant.
fn suggestion<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    const LONGEST: usize = 40;
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let word: Vec<char> = word.to_lowercase().replace('-', "_").chars().collect();
    known
        .iter()
        .map(|near| (distance(&word, &near.replace('-', "_").chars().collect::<Vec<_>>()), *near))
        .filter(|(distance, near)| *distance <= (near.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, near)| near)
}

/// Levenshtein's distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i.saturating_add(1);
        let mut next = vec![left];
        for (y, above) in b.iter().zip(row.iter().skip(1)) {
            left = diagonal
                .saturating_add(usize::from(x != y))
                .min(above.saturating_add(1))
                .min(left.saturating_add(1));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
