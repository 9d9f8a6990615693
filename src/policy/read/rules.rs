//! Tools and rules.

use std::collections::BTreeMap;

use super::super::doc::{
    ArgDoc, At, Bound, DuringDoc, RaiseDoc, RangeDoc, ReadersDoc, ReadersOfDoc, RuleDoc, SessionDoc, SetDoc,
    SizeDoc, ToolDoc, WhenDoc,
};
use super::super::facet::Facet;
use super::super::flow::{AfterDoc, MAX_TIMES};
use super::super::load::{Kind, Node};
use super::super::{Capability, CapabilitySet, Effect};
use super::{Fields, Reader, Word};
use crate::base::{Integrity, Sensitivity};

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
    "trust",
    "authorized",
    "args",
    "session",
    "during",
    "when",
    "shadow",
    "approver",
    "redact",
    "set",
    "after",
    "quota",
    "reason",
];
const ENDORSE: &[&str] = &[
    "id",
    "tools",
    "servers",
    "principals",
    "roles",
    "environments",
    "modes",
    "capabilities",
    "trust",
    "authorized",
    "args",
    "session",
    "during",
    "when",
    "as",
    "reason",
];
/// What stands behind `effect`, besides the effects that decide.
const CHANGES: &[&str] = &["redact", "transform"];
/// What may be said of a step of a flow.
const STEP: &[&str] = &["tools", "servers", "capabilities", "args", "session"];
/// What may be said of a value, also behind `not`.
const VALUE: &[&str] =
    &["equals", "in", "glob", "regex", "type", "range", "size", "sql.dialect", "all", "not"];
const ARG: &[&str] = &[
    "present",
    "only",
    "integrity",
    "sensitivity",
    "origin",
    "role",
    "source.kind",
    "source.tool",
    "source.host",
    "readers",
];

fn value_keys() -> Vec<&'static str> {
    VALUE.iter().copied().chain(Facet::ALL.iter().map(|facet| facet.key())).collect()
}

impl Reader {
    pub(super) fn tool(&mut self, node: &Node) -> Option<ToolDoc> {
        let fields =
            self.map(node, "an entry of `tools`", &["match", "servers", "capabilities", "readers"])?;
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
            readers: self.readers_of(fields),
        })
    }

    /// Who may read what a tool returns: `everyone`, or where in it they stand.
    fn readers_of(&mut self, fields: Fields<'_>) -> Option<ReadersOfDoc> {
        let places = self.patterns(fields, "readers");
        match places.as_slice() {
            [] => None,
            [one] if one.value == "everyone" => Some(ReadersOfDoc::Everyone),
            _ => Some(ReadersOfDoc::At(places)),
        }
    }

    pub(super) fn rule(&mut self, node: &Node) -> Option<RuleDoc> {
        let fields = self.map(node, "a rule", RULE)?;
        let id = fields.get("id").and_then(|node| self.text(node, "`id`"));
        if fields.get("id").is_none() {
            self.problem(node.place, "the rule has no name; write `id: name`");
        }
        let change = fields.get("effect").and_then(|node| match &node.kind {
            Kind::Scalar { text, .. } => CHANGES.iter().find(|word| *word == text).copied(),
            _ => None,
        });
        let effect = match change {
            // What changes a call is read as what restricts it: in any reading.
            Some(_) => Some(Effect::Deny),
            None => fields.get("effect").and_then(|node| self.word(node, "`effect`")),
        };
        if fields.get("effect").is_none() {
            let message = "the rule has no effect; write `effect: allow`, `require-approval` or `deny`";
            self.problem(node.place, message);
        }
        // SECURITY: a rule that could not be read is never used, since the policy is refused; `deny` only keeps
        // the checks going that depend on the effect.
        let mut rule = RuleDoc::new("", effect.unwrap_or(Effect::Deny));
        rule.id = id.unwrap_or_else(|| At::new(String::new(), node.place));
        self.conditions(fields, effect, &mut rule);
        self.changes(node, fields, change, &mut rule);
        rule.shadow =
            fields.get("shadow").and_then(|node| self.boolean(node, "`shadow`")).unwrap_or_default();
        if let Some(at) = fields.get("approver") {
            rule.approver = self.word(at, "`approver`");
            if effect.is_some_and(|effect| effect != Effect::RequireApproval) {
                self.problem(at.place, "`approver` belongs to `effect: require-approval`");
            }
        }
        Some(rule)
    }

    /// An entry of `endorse`.
    pub(super) fn endorsement(&mut self, node: &Node) -> Option<RuleDoc> {
        let fields = self.map(node, "an entry of `endorse`", ENDORSE)?;
        let id = self.required(node, fields, "id", "name").and_then(|node| self.text(node, "`id`"));
        let mut rule = RuleDoc::new("", Effect::Allow);
        rule.id = id.unwrap_or_else(|| At::new(String::new(), node.place));
        self.conditions(fields, Some(Effect::Allow), &mut rule);
        if rule.args.is_empty() {
            self.problem(
                node.place,
                "the entry does not say which values it believes; write `args: { /to: … }`",
            );
        }
        // SECURITY: what is believed by exception is believed for a time and for a reason.
        if rule.during.as_ref().is_none_or(|during| during.value.until.is_none()) {
            let message = "an endorsement ends; write `during: { until: \"2027-01-31T00:00:00Z\" }`";
            self.problem(node.place, message);
        }
        if rule.reason.is_none() {
            self.problem(node.place, "an endorsement has a reason; write `reason: …`");
        }
        let at = self.required(node, fields, "as", "{ integrity: internal }")?;
        let raised = self.map(at, "`as`", &["integrity", "sensitivity"])?;
        let raise = RaiseDoc {
            integrity: self.word_of(raised, "integrity"),
            sensitivity: self.word_of(raised, "sensitivity"),
        };
        if raise.integrity.is_none_or(|to| to <= Integrity::Untrusted)
            && raise.sensitivity.is_none_or(|to| to == Sensitivity::Sensitive)
        {
            self.problem(
                at.place,
                "this endorses nothing; name `internal` or `trusted`, or a lower sensitivity",
            );
        }
        rule.raise = Some(raise);
        Some(rule)
    }

    /// What a rule changes: `redact` and `set`, each with its own effect.
    fn changes(&mut self, node: &Node, fields: Fields<'_>, change: Option<&str>, rule: &mut RuleDoc) {
        for (key, effect) in [("redact", "redact"), ("set", "transform")] {
            match fields.get(key) {
                Some(at) if change != Some(effect) => {
                    self.problem(at.place, format!("`{key}` belongs to `effect: {effect}`"));
                }
                None if change == Some(effect) => {
                    let example =
                        if key == "redact" { "redact: /body" } else { "set: { /amount: { max: 100 } }" };
                    self.problem(
                        node.place,
                        format!("the rule does not say what it changes; write `{example}`"),
                    );
                }
                _ => {}
            }
        }
        if change == Some("redact") {
            for pointer in self.patterns(fields, "redact") {
                rule.set.insert(pointer.value, At::new(SetDoc::Redact, pointer.place));
            }
        }
        let (Some("transform"), Some(at)) = (change, fields.get("set")) else { return };
        let Kind::Map(entries) = &at.kind else {
            self.expected(at, "`set`", "a map from JSON pointers to what becomes of the values");
            return;
        };
        if entries.is_empty() {
            self.problem(at.place, "`set` is empty; name a value that changes");
        }
        for (pointer, node) in entries {
            let Some(said) = self.map(node, "what becomes of a value", &["value", "min", "max"]) else {
                continue;
            };
            let range = said.get("min").is_some() || said.get("max").is_some();
            let set = match said.get("value") {
                Some(_) if range => {
                    self.problem(node.place, "a value is fixed, or brought into a range; keep one");
                    continue;
                }
                Some(value) => self.scalar(value, "`value`").map(SetDoc::Value),
                None if range => Some(SetDoc::Clamp(RangeDoc {
                    min: said.get("min").and_then(|node| self.json_number(node, "`min`")),
                    max: said.get("max").and_then(|node| self.json_number(node, "`max`")),
                })),
                None => {
                    self.problem(node.place, "say what becomes of the value: `value`, or `min` and `max`");
                    None
                }
            };
            if let Some(set) = set {
                rule.set.insert(pointer.value.clone(), At::new(set, pointer.place));
            }
        }
    }

    fn during(&mut self, node: &Node) -> Option<At<DuringDoc>> {
        let fields = self.map(node, "`during`", &["days", "from", "to", "zone", "after", "until"])?;
        let mut text = |key: &str| {
            let node = fields.get(key)?;
            self.text(node, &format!("`{key}`")).map(|text| text.value)
        };
        let (from, to, zone, after, until) =
            (text("from"), text("to"), text("zone"), text("after"), text("until"));
        let days = fields.get("days").map(|node| self.words(node, "`days`")).unwrap_or_default();
        Some(At::new(DuringDoc { days, from, to, zone, after, until }, node.place))
    }

    fn when(&mut self, node: &Node) -> Option<At<WhenDoc>> {
        let text = self.text(node, "`when`")?;
        // An expression on one line stands in the policy as it is, behind the quote if there is one.
        let quoted = matches!(node.kind, Kind::Scalar { plain: false, .. });
        let whole = node.place.end.saturating_sub(node.place.start)
            == text.value.len().saturating_add(if quoted { 2 } else { 0 });
        let begins = whole.then(|| node.place.start.saturating_add(usize::from(quoted)));
        Some(At::new(WhenDoc { text: text.value.trim_end().to_owned(), begins }, node.place))
    }

    /// What has to hold for the rule to match.
    fn conditions(&mut self, fields: Fields<'_>, effect: Option<Effect>, rule: &mut RuleDoc) {
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
        rule.trust = self.bound(fields, "trust", effect, Bound::AtMost);
        rule.authorized = fields.get("authorized").and_then(|node| self.boolean(node, "`authorized`"));
        rule.args = fields.get("args").map(|node| self.args(node, effect)).unwrap_or_default();
        rule.session = fields.get("session").map(|node| self.session(node, effect)).unwrap_or_default();
        rule.during = fields.get("during").and_then(|node| self.during(node));
        rule.when = fields.get("when").and_then(|node| self.when(node));
        rule.after = fields.get("after").and_then(|node| self.after(node));
        rule.quota = fields.get("quota").and_then(|node| self.quota(node));
        rule.reason =
            fields.get("reason").and_then(|node| self.text(node, "`reason`")).map(|text| text.value);
    }

    fn after(&mut self, node: &Node) -> Option<At<AfterDoc>> {
        const MOST: u64 = 100_000;
        let fields = self.map(node, "`after`", &["steps", "within", "times", "flows"])?;
        let Some(steps) = fields.get("steps") else {
            self.problem(node.place, "`after` does not say what has to come before; write `steps: […]`");
            return None;
        };
        let after = AfterDoc {
            steps: self.list(steps, "`steps`").iter().filter_map(|node| self.step(node)).collect(),
            within: fields
                .get("within")
                .and_then(|node| self.number(node, "`within`", " of turns", 1..=MOST)),
            times: fields
                .get("times")
                .and_then(|node| self.number(node, "`times`", " of calls", 1..=MAX_TIMES)),
            flows: self.word_of(fields, "flows"),
        };
        Some(At::new(after, node.place))
    }

    fn step(&mut self, node: &Node) -> Option<RuleDoc> {
        let fields = self.map(node, "a step", STEP)?;
        let effect = Effect::RequireApproval;
        let mut step = RuleDoc::new("", effect);
        step.tools = self.patterns(fields, "tools");
        step.servers = self.patterns(fields, "servers");
        step.capabilities = fields
            .get("capabilities")
            .map(|node| self.words::<Capability>(node, "`capabilities`").into_iter().collect());
        step.args = fields.get("args").map(|node| self.args(node, Some(effect))).unwrap_or_default();
        step.session = fields.get("session").map(|node| self.session(node, Some(effect))).unwrap_or_default();
        Some(step)
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
        let all: Vec<&str> = ARG.iter().copied().chain(value_keys()).collect();
        let Some(fields) = self.map(node, "what is said of a value", &all) else { return ArgDoc::default() };
        if fields.0.is_empty() {
            self.problem(node.place, "nothing is said of the value; write `present: true` where any will do");
        }
        let mut arg = self.value(fields, 0);
        arg.present = fields.get("present").and_then(|node| self.boolean(node, "`present`"));
        arg.only = self.word_of(fields, "only");
        arg.integrity = self.bound(fields, "integrity", effect, Bound::AtMost);
        arg.sensitivity = self.bound(fields, "sensitivity", effect, Bound::AtLeast);
        arg.origin = fields.get("origin").map(|node| self.words(node, "`origin`")).unwrap_or_default();
        arg.role = fields.get("role").map(|node| self.words(node, "`role`")).unwrap_or_default();
        let kinds = fields.get("source.kind").map(|node| self.one_or_more(node, "`source.kind`"));
        let kinds = kinds.unwrap_or_default().iter().filter_map(|node| self.source(node, "`source.kind`"));
        arg.source_kind = kinds.map(|at| At::new(at.value.to_string(), at.place)).collect();
        arg.source_tool = self.patterns(fields, "source.tool");
        arg.source_host = self.patterns(fields, "source.host");
        arg.readers = fields.get("readers").and_then(|node| {
            let said = self.map(node, "`readers`", &["include", "lack"])?;
            let doc =
                ReadersDoc { include: self.patterns(said, "include"), lack: self.patterns(said, "lack") };
            Some(At::new(doc, node.place))
        });
        arg
    }

    /// What is said of the value itself; `depth` counts `not` and `all` around it.
    fn value(&mut self, fields: Fields<'_>, depth: usize) -> ArgDoc {
        const DEEPEST: usize = 4;
        let mut arg = ArgDoc {
            equals: fields.get("equals").and_then(|node| self.scalar(node, "`equals`")),
            one_of: fields.get("in").map(|node| self.scalars(node)).unwrap_or_default(),
            glob: self.patterns(fields, "glob"),
            regex: self.patterns(fields, "regex"),
            kinds: fields.get("type").map(|node| self.words(node, "`type`")).unwrap_or_default(),
            dialect: self.word_of(fields, "sql.dialect"),
            ..ArgDoc::default()
        };
        if let Some(node) = fields.get("range") {
            let range = self.map(node, "`range`", &["min", "max"]).map(|fields| RangeDoc {
                min: fields.get("min").and_then(|node| self.json_number(node, "`min`")),
                max: fields.get("max").and_then(|node| self.json_number(node, "`max`")),
            });
            arg.range = range.map(|range| At::new(range, node.place));
        }
        if let Some(node) = fields.get("size") {
            const MOST: u64 = 1 << 40;
            let size = self.map(node, "`size`", &["min", "max"]).map(|fields| SizeDoc {
                min: fields.get("min").and_then(|node| self.number(node, "`min`", " of bytes", 0..=MOST)),
                max: fields.get("max").and_then(|node| self.number(node, "`max`", " of bytes", 0..=MOST)),
            });
            arg.size = size.map(|size| At::new(size, node.place));
        }
        for facet in Facet::ALL {
            if fields.get(facet.key()).is_some() {
                arg.facets.insert(*facet, self.patterns(fields, facet.key()));
            }
        }
        let inner = |reader: &mut Self, node: &Node, what: &str| {
            if depth >= DEEPEST {
                reader.problem(node.place, format!("{what} nests too deeply"));
                return None;
            }
            let fields = reader.map(node, what, &value_keys())?;
            let doc = reader.value(fields, depth.saturating_add(1));
            if !doc.tests_value() {
                reader.problem(node.place, format!("{what} says nothing of the value"));
            }
            Some(doc)
        };
        if let Some(node) = fields.get("all") {
            let listed = self.list(node, "`all`");
            arg.all = listed.iter().filter_map(|node| inner(self, node, "an entry of `all`")).collect();
            if arg.all.is_empty() {
                self.problem(node.place, "`all` has to be a list of what is said of the value");
            }
        }
        if let Some(node) = fields.get("not") {
            arg.not = inner(self, node, "`not`").map(Box::new);
        }
        if let Some(node) = fields.get("sql.dialect")
            && !arg.facets.keys().any(|facet| facet.key().starts_with("sql."))
        {
            self.problem(node.place, "`sql.dialect` says how SQL is read, and nothing here asks for it");
        }
        arg
    }

    fn json_number(&mut self, node: &Node, what: &str) -> Option<String> {
        match &node.kind {
            Kind::Scalar { text, plain: true } if super::is_json_number(text) => Some(text.clone()),
            _ => {
                self.expected(node, what, "a number");
                None
            }
        }
    }

    fn session(&mut self, node: &Node, effect: Option<Effect>) -> SessionDoc {
        let keys = &["integrity", "sensitivity", "user_spoke", "canary_seen", "escalated"];
        let Some(fields) = self.map(node, "`session`", keys) else { return SessionDoc::default() };
        if fields.0.is_empty() {
            self.problem(node.place, "`session` is empty; leave it out or say something of it");
        }
        let mut happened = |key: &str| self.boolean(fields.get(key)?, &format!("`{key}`"));
        let (user_spoke, canary_seen, escalated) =
            (happened("user_spoke"), happened("canary_seen"), happened("escalated"));
        SessionDoc {
            integrity: self.bound(fields, "integrity", effect, Bound::AtMost),
            sensitivity: self.bound(fields, "sensitivity", effect, Bound::AtLeast),
            user_spoke,
            canary_seen,
            escalated,
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
}
