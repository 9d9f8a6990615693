//! The tree of a policy's text to a [`PolicyDoc`]: keys, kinds and words. Goes on after a problem, so that all
//! of them are told.

use std::collections::BTreeMap;

use crate::base::{Integrity, Mode, Sensitivity};

use super::doc::{
    ArgDoc, At, Bound, InboundDoc, OutboundDoc, Patterns, Place, PolicyDoc, Problems, RuleDoc, Scalar,
    SessionDoc, ThresholdsDoc, ToolDoc,
};
use super::load::{Kind, Node};
use super::{
    Capability, CapabilitySet, Combining, Effect, HiddenAction, InboundAction, Origin, Preset, ReportOrBlock,
    SecretAction,
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
word!(Combining, ReportOrBlock, Effect, HiddenAction, InboundAction, Origin, Preset, SecretAction);

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

const POLICY: &[&str] =
    &["bartizan", "name", "preset", "combining", "thresholds", "inbound", "outbound", "tools", "rules"];
const RULE: &[&str] = &[
    "id",
    "effect",
    "tools",
    "servers",
    "principals",
    "roles",
    "environments",
    "modes",
    "capabilities",
    "described",
    "args",
    "session",
    "reason",
];
const ARG: &[&str] = &["present", "equals", "in", "glob", "regex", "integrity", "sensitivity", "origin"];

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
        doc.preset = fields.get("preset").and_then(|node| self.word(node, "`preset`")).unwrap_or_default();
        doc.combining = fields.get("combining").and_then(|node| self.word(node, "`combining`"));
        doc.thresholds = fields.get("thresholds").map(|node| self.thresholds(node)).unwrap_or_default();
        doc.inbound = fields.get("inbound").map(|node| self.inbound(node)).unwrap_or_default();
        doc.outbound = fields.get("outbound").map(|node| self.outbound(node)).unwrap_or_default();
        if let Some(node) = fields.get("tools") {
            doc.tools = self.list(node, "`tools`").iter().filter_map(|node| self.tool(node)).collect();
        }
        if let Some(node) = fields.get("rules") {
            doc.rules = Some(self.list(node, "`rules`").iter().filter_map(|node| self.rule(node)).collect());
        }
        doc
    }

    fn thresholds(&mut self, node: &Node) -> ThresholdsDoc {
        const KEYS: &[&str] = &[
            "dlp_verbatim_lcs_min",
            "dlp_ngram_overlap_min",
            "provenance_verbatim_lcs_min",
            "provenance_ngram_overlap_min",
        ];
        let Some(fields) = self.map(node, "`thresholds`", KEYS) else { return ThresholdsDoc::default() };
        let mut characters = |key| fields.get(key).and_then(|node| self.characters(node));
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

    fn inbound(&mut self, node: &Node) -> InboundDoc {
        let Some(fields) = self.map(node, "`inbound`", &["on_attack", "on_suspect", "on_hidden"]) else {
            return InboundDoc::default();
        };
        InboundDoc {
            on_attack: fields.get("on_attack").and_then(|node| self.word(node, "`on_attack`")),
            on_suspect: fields.get("on_suspect").and_then(|node| self.word(node, "`on_suspect`")),
            on_hidden: fields.get("on_hidden").and_then(|node| self.word(node, "`on_hidden`")),
        }
    }

    fn outbound(&mut self, node: &Node) -> OutboundDoc {
        let Some(fields) = self.map(node, "`outbound`", &["secrets", "sensitive", "untrusted_copy"]) else {
            return OutboundDoc::default();
        };
        OutboundDoc {
            secrets: fields.get("secrets").and_then(|node| self.word(node, "`secrets`")),
            sensitive: fields.get("sensitive").and_then(|node| self.word(node, "`sensitive`")),
            untrusted_copy: fields.get("untrusted_copy").and_then(|node| self.word(node, "`untrusted_copy`")),
        }
    }

    fn tool(&mut self, node: &Node) -> Option<ToolDoc> {
        let fields = self.map(node, "an entry of `tools`", &["match", "servers", "capabilities"])?;
        if fields.get("match").is_none() {
            self.problem(
                node.place,
                "the entry does not say which tools it speaks of; write `match: \"pattern\"`",
            );
        }
        let capabilities = match fields.get("capabilities") {
            // None at all is a thing to say of a tool; of a rule it is not.
            Some(Node { kind: Kind::List(items), .. }) if items.is_empty() => CapabilitySet::NONE,
            Some(node) => self.words(node, "`capabilities`").into_iter().collect(),
            None => {
                self.problem(
                    node.place,
                    "the entry does not say what the tools can do; write `capabilities: […]`",
                );
                CapabilitySet::ALL
            }
        };
        Some(ToolDoc {
            tools: self.patterns(fields, "match"),
            servers: self.patterns(fields, "servers"),
            capabilities,
        })
    }

    fn rule(&mut self, node: &Node) -> Option<RuleDoc> {
        let fields = self.map(node, "a rule", RULE)?;
        let id = fields.get("id").and_then(|node| self.text(node, "`id`"));
        if fields.get("id").is_none() {
            self.problem(node.place, "the rule has no name; write `id: name`");
        }
        let effect = fields.get("effect").and_then(|node| self.word(node, "`effect`"));
        if fields.get("effect").is_none() {
            let message = "the rule has no effect; write `effect: allow`, `require-approval` or `deny`";
            self.problem(node.place, message);
        }
        // SECURITY: a rule that could not be read is never used, since the policy is refused; `deny` only keeps
        // the checks going that depend on the effect.
        let mut rule = RuleDoc::new("", effect.unwrap_or(Effect::Deny));
        rule.id = id.unwrap_or_else(|| At::new(String::new(), node.place));
        rule.tools = self.patterns(fields, "tools");
        rule.servers = self.patterns(fields, "servers");
        rule.principals = self.patterns(fields, "principals");
        rule.roles = self.patterns(fields, "roles");
        rule.environments = self.patterns(fields, "environments");
        rule.modes = fields.get("modes").map(|node| self.words(node, "`modes`")).unwrap_or_default();
        rule.capabilities = fields
            .get("capabilities")
            .map(|node| self.words::<Capability>(node, "`capabilities`").into_iter().collect());
        rule.described = fields.get("described").and_then(|node| self.boolean(node, "`described`"));
        rule.args = fields.get("args").map(|node| self.args(node, effect)).unwrap_or_default();
        rule.session = fields.get("session").map(|node| self.session(node, effect)).unwrap_or_default();
        rule.reason =
            fields.get("reason").and_then(|node| self.text(node, "`reason`")).map(|text| text.value);
        Some(rule)
    }

    fn args(&mut self, node: &Node, effect: Option<Effect>) -> BTreeMap<String, At<ArgDoc>> {
        let Kind::Map(entries) = &node.kind else {
            self.expected(node, "`args`", "a map from JSON pointers to what the values have to be");
            return BTreeMap::new();
        };
        if entries.is_empty() {
            self.problem(node.place, "`args` is empty; leave it out or name a value");
        }
        let mut args = BTreeMap::new();
        for (pointer, node) in entries {
            args.insert(pointer.value.clone(), At::new(self.arg(node, effect), pointer.place));
        }
        args
    }

    fn arg(&mut self, node: &Node, effect: Option<Effect>) -> ArgDoc {
        let Some(fields) = self.map(node, "what is said of a value", ARG) else { return ArgDoc::default() };
        if fields.0.is_empty() {
            self.problem(node.place, "nothing is said of the value; write `present: true` where any will do");
        }
        ArgDoc {
            present: fields.get("present").and_then(|node| self.boolean(node, "`present`")),
            equals: fields.get("equals").and_then(|node| self.scalar(node, "`equals`")),
            one_of: fields.get("in").map(|node| self.scalars(node)).unwrap_or_default(),
            glob: self.patterns(fields, "glob"),
            regex: self.patterns(fields, "regex"),
            integrity: self.bound(fields, "integrity", effect, Bound::AtMost),
            sensitivity: self.bound(fields, "sensitivity", effect, Bound::AtLeast),
            origin: fields.get("origin").map(|node| self.words(node, "`origin`")).unwrap_or_default(),
        }
    }

    fn session(&mut self, node: &Node, effect: Option<Effect>) -> SessionDoc {
        let Some(fields) = self.map(node, "`session`", &["integrity", "sensitivity", "user_spoke"]) else {
            return SessionDoc::default();
        };
        if fields.0.is_empty() {
            self.problem(node.place, "`session` is empty; leave it out or say something of it");
        }
        SessionDoc {
            integrity: self.bound(fields, "integrity", effect, Bound::AtMost),
            sensitivity: self.bound(fields, "sensitivity", effect, Bound::AtLeast),
            user_spoke: fields.get("user_spoke").and_then(|node| self.boolean(node, "`user_spoke`")),
        }
    }

    /// A label, or `{ at_most: label }`, or `{ at_least: label }`.
    fn bound<T: Word>(
        &mut self,
        fields: Fields<'_>,
        key: &str,
        effect: Option<Effect>,
        usual: fn(T) -> Bound<T>,
    ) -> Option<At<Bound<T>>> {
        let node = fields.get(key)?;
        let what = format!("`{key}`");
        let bound = if let Kind::Map(entries) = &node.kind {
            let fields = self.map(node, &what, &["at_most", "at_least"])?;
            if entries.len() != 1 {
                self.problem(node.place, format!("{what} has to have one of `at_most` and `at_least`"));
                return None;
            }
            match (fields.get("at_most"), fields.get("at_least")) {
                (Some(node), _) => Bound::AtMost(self.word(node, "`at_most`")?),
                (_, Some(node)) => Bound::AtLeast(self.word(node, "`at_least`")?),
                (None, None) => return None,
            }
        } else {
            let label: T = self.word(node, &what)?;
            // SECURITY: in a restrictive rule `integrity: untrusted` means that or worse. Somebody who writes
            // `integrity: trusted` in a rule that allows means the opposite, so there it has to be said.
            if effect == Some(Effect::Allow) {
                let word = label.word();
                let message = format!(
                    "{what} in a rule that allows has to say which side is meant: `{{ at_least: {word} }}` or \
                     `{{ at_most: {word} }}`"
                );
                self.problem(node.place, message);
                return None;
            }
            usual(label)
        };
        Some(At::new(bound, node.place))
    }

    // ── kinds ───────────────────────────────────────────────────────────────────────────────────────────────

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

    fn characters(&mut self, node: &Node) -> Option<usize> {
        const MOST: usize = 1_000_000;
        if let Kind::Scalar { text, plain: true } = &node.kind
            && text.bytes().all(|b| b.is_ascii_digit())
            && let Ok(number @ 1..=MOST) = text.parse()
        {
            return Some(number);
        }
        self.expected(node, "the threshold", &format!("a number of characters from 1 to {MOST}"));
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
