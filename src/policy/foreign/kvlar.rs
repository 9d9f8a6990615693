//! `rules: [{id, description, match_on: {…}, effect: {type, reason}}]`, first match wins.
//!
//! Where we differ on purpose: a rule that restricts counts as matching when the argument that it speaks of is missing or of
//! another kind, in any case and in look-alike letters; a rule that allows matches plain spellings only; a pattern that
//! does not compile refuses the policy instead of never matching.

use std::collections::{BTreeMap, HashSet};

use super::super::doc::{ArgDoc, At, Place, PolicyDoc, Problems, RangeDoc, RuleDoc, Scalar};
use super::super::facet::Facet;
use super::super::glob::NameGlob;
use super::super::load::{Kind, Node, parse};
use super::super::{Combining, Effect};
use super::{Find, Foreign, entries, field, id, items, literal, text, unknown, warn};

/// Deepest chain of `extends`, and most policies in it.
const MAX_EXTENDS: usize = 16;

struct Reader<'f> {
    find: Find<'f>,
    problems: Problems,
    warnings: Problems,
    taken: HashSet<String>,
    rules: Vec<RuleDoc>,
    /// Where everything that comes from another text is told.
    inherited: Option<Place>,
}

pub(super) fn read(root: &Node, find: Find<'_>) -> Foreign {
    let mut reader = Reader {
        find,
        problems: Problems::new(),
        warnings: Problems::new(),
        taken: HashSet::new(),
        rules: Vec::new(),
        inherited: None,
    };
    reader.head(root);
    reader.rules_of(root);
    reader.extended(root);
    match field(root, "default_outcome").map(|node| (text(node).unwrap_or_default(), node.place)) {
        Some(("allow", _)) => {
            if field(root, "rules").is_none_or(|rules| items(rules).is_empty()) {
                reader.warn(
                    root.place,
                    "`default_outcome` of a policy without rules means nothing: all is denied",
                );
            } else {
                reader.rules.push(RuleDoc::new(id("_default_allow", &mut reader.taken), Effect::Allow));
            }
        }
        None | Some(("deny", _)) => {}
        Some((_, place)) => reader.problem(place, "`default_outcome` has to be `allow` or `deny`"),
    }
    let doc = PolicyDoc {
        name: field(root, "name").and_then(text).filter(|name| !name.is_empty()).map(str::to_owned),
        combining: Some(Combining::FirstApplicable),
        rules: Some(reader.rules),
        ..PolicyDoc::default()
    };
    Foreign { doc, problems: reader.problems, warnings: reader.warnings, language: "Kvlar" }
}

impl Reader<'_> {
    fn place(&self, place: Place) -> Place {
        self.inherited.unwrap_or(place)
    }

    fn warn(&mut self, place: Place, message: impl Into<String>) {
        let place = self.place(place);
        warn(&mut self.warnings, place, message);
    }

    fn problem(&mut self, place: Place, message: impl Into<String>) {
        let place = self.place(place);
        self.problems.push((place, message.into()));
    }

    fn head(&mut self, root: &Node) {
        for key in unknown(root, &["name", "description", "version", "default_outcome", "extends", "rules"]) {
            self.warn(key.place, format!("the key `{}` means nothing", super::super::shown(&key.value)));
        }
        for key in ["name", "description", "version"] {
            if field(root, key).is_none() {
                self.warn(root.place, format!("`{key}` is missing: their own engine refuses the policy"));
            }
        }
    }

    /// Child rules first, then each base's, depth first.
    fn extended(&mut self, root: &Node) {
        let names = |node: &Node| -> Vec<(String, Place)> {
            let listed = field(node, "extends").map(items).unwrap_or_default();
            listed.iter().map(|node| (text(node).unwrap_or_default().to_owned(), node.place)).collect()
        };
        if let Some(node) = field(root, "extends")
            && !matches!(node.kind, Kind::List(_))
        {
            self.problem(node.place, "`extends` has to be a list");
        }
        let mut open: Vec<(String, Place, Vec<String>)> =
            names(root).into_iter().rev().map(|(name, place)| (name, place, Vec::new())).collect();
        let mut count = 0_usize;
        while let Some((name, place, chain)) = open.pop() {
            self.inherited = Some(place);
            count = count.saturating_add(1);
            if chain.contains(&name) || count > MAX_EXTENDS {
                self.problem(
                    place,
                    format!("`{}` extends itself, or too much is extended", super::super::shown(&name)),
                );
                break;
            }
            let Some(text) = (self.find)(&name) else {
                self.problem(place, format!("the policy `{}` is not found", super::super::shown(&name)));
                continue;
            };
            let (base, problems) = parse(&text);
            for (_, message) in problems {
                self.problem(place, format!("in `{}`: {message}", super::super::shown(&name)));
            }
            let Some(base) = base else { continue };
            if field(&base, "default_outcome").is_some() {
                self.warn(
                    place,
                    format!("the `default_outcome` of `{}` means nothing here", super::super::shown(&name)),
                );
            }
            self.rules_of(&base);
            let mut chain = chain;
            chain.push(name);
            open.extend(names(&base).into_iter().rev().map(|(name, _)| (name, place, chain.clone())));
        }
        self.inherited = None;
    }

    fn rules_of(&mut self, root: &Node) {
        for node in field(root, "rules").map(items).unwrap_or_default() {
            if let Some(rule) = self.rule(node) {
                self.rules.push(rule);
            }
        }
    }

    fn rule(&mut self, node: &Node) -> Option<RuleDoc> {
        for key in unknown(node, &["id", "description", "match_on", "effect"]) {
            self.warn(key.place, format!("the key `{}` means nothing", super::super::shown(&key.value)));
        }
        let effect = field(node, "effect");
        let kind = effect.and_then(|effect| field(effect, "type").or(Some(effect)).and_then(text));
        let effect = match kind {
            Some("allow") => Effect::Allow,
            Some("deny") => Effect::Deny,
            Some("require_approval") => Effect::RequireApproval,
            _ => {
                let place = effect.map_or(node.place, |effect| effect.place);
                self.problem(place, "`effect` has to be `{ type: allow }`, `deny` or `require_approval`");
                return None;
            }
        };
        let wanted = field(node, "id").and_then(text).unwrap_or_default().to_owned();
        let known = self.taken.contains(&wanted);
        let mut rule = RuleDoc::new(id(&wanted, &mut self.taken), effect);
        rule.id.place = self.place(field(node, "id").map_or(node.place, |node| node.place));
        if known {
            self.warn(
                rule.id.place,
                format!(
                    "another rule has the id `{}`; this one is `{}`",
                    super::super::shown(&wanted),
                    rule.id.value
                ),
            );
        }
        rule.reason = field(node, "effect")
            .and_then(|effect| field(effect, "reason"))
            .and_then(text)
            .filter(|reason| !reason.is_empty())
            .map(str::to_owned);
        let Some(criteria) = field(node, "match_on").filter(|node| matches!(node.kind, Kind::Map(_))) else {
            if effect == Effect::Allow {
                // SECURITY: what was left out by a slip must not open; who means everything writes it.
                let message = "their own engine takes a rule without `match_on` to allow everything; here it allows \
                               nothing: for everything write `match_on: {}`";
                self.warn(node.place, message);
                return None;
            }
            return Some(rule);
        };
        let strange: Vec<(Place, String)> =
            unknown(criteria, &["action_types", "resources", "agent_ids", "parameters", "conditions"])
                .into_iter()
                .map(|key| (key.place, super::super::shown(&key.value)))
                .collect();
        for (place, key) in &strange {
            let what = if effect == Effect::Allow {
                "their own engine overlooks it, and the rule allows everything; here it allows nothing"
            } else {
                "the rule matches as if it were not there"
            };
            self.warn(*place, format!("`match_on` has no key `{key}`: {what}"));
        }
        if effect == Effect::Allow && !strange.is_empty() {
            return None;
        }
        if entries(criteria).is_empty() && effect == Effect::Allow {
            self.warn(criteria.place, "an empty `match_on` allows everything");
        }
        if let Some(kinds) = field(criteria, "action_types").map(items).filter(|kinds| !kinds.is_empty()) {
            let calls = kinds.iter().filter_map(text).any(|kind| {
                NameGlob::new(&kind.replace(['[', ']', '{', '}'], "?"), false)
                    .is_ok_and(|glob| glob.matches("tool_call"))
            });
            if !calls {
                self.warn(criteria.place, "the rule speaks of no tool calls, and is left out");
                return None;
            }
        }
        rule.tools = self.names(criteria, "resources")?;
        rule.principals = self.names(criteria, "agent_ids")?;
        if let Some(node) = field(criteria, "agent_ids").filter(|_| !rule.principals.is_empty()) {
            self.warn(
                node.place,
                "their own proxy calls every agent `mcp-agent`; here it is the principal that the host names",
            );
        }
        self.values(criteria, &mut rule);
        Some(rule)
    }

    /// Globs over names; `None` where the rule can match nothing.
    fn names(&mut self, criteria: &Node, key: &str) -> Option<Vec<At<String>>> {
        let Some(node) = field(criteria, key) else { return Some(Vec::new()) };
        let mut patterns = Vec::new();
        for item in items(node) {
            let Some(written) = text(item) else {
                self.problem(item.place, format!("`{key}` is a list of names"));
                continue;
            };
            if written.is_empty() {
                self.warn(item.place, "nothing has an empty name; it is left out");
                continue;
            }
            if written.contains('[') {
                self.problem(
                    item.place,
                    "a class like `[a-z]` in a name is not known here; write a list of names",
                );
                continue;
            }
            let foreign =
                |c: char| key == "resources" && !(c.is_ascii_alphanumeric() || "_.-/:*?".contains(c));
            if written.chars().any(foreign) {
                self.warn(
                    item.place,
                    format!("no tool can have the name `{}`; it is left out", super::super::shown(written)),
                );
                continue;
            }
            let pattern = literal(written).replace("\\*", "*").replace("\\?", "?");
            patterns.push(At::new(pattern, self.place(item.place)));
        }
        if patterns.is_empty() && !items(node).is_empty() { None } else { Some(patterns) }
    }

    fn values(&mut self, criteria: &Node, rule: &mut RuleDoc) {
        let allow = rule.effect == Effect::Allow;
        let mut said: BTreeMap<String, (Place, Vec<ArgDoc>)> = BTreeMap::new();
        for (key, pattern) in field(criteria, "parameters").map(entries).unwrap_or_default() {
            let place = self.place(pattern.place);
            if text(pattern).is_none() {
                self.problem(place, "a parameter is compared with a regular expression");
            }
            let regex = anywhere(text(pattern).unwrap_or_default(), allow);
            let arg = ArgDoc { regex: vec![At::new(regex, place)], ..ArgDoc::default() };
            said.entry(format!("/{}", step(&key.value))).or_insert((place, Vec::new())).1.push(arg);
        }
        for condition in field(criteria, "conditions").map(items).unwrap_or_default() {
            let Some((pointer, arg)) = self.condition(condition, allow) else { continue };
            let place = self.place(condition.place);
            said.entry(pointer).or_insert((place, Vec::new())).1.push(arg);
        }
        for (pointer, (place, mut docs)) in said {
            let mut arg = match (docs.len(), docs.pop()) {
                (1, Some(only)) => only,
                (_, Some(last)) => {
                    docs.push(last);
                    let present = docs.iter().find_map(|doc| doc.present);
                    for doc in &mut docs {
                        doc.present = None;
                    }
                    docs.retain(ArgDoc::tests_value);
                    ArgDoc { present, all: docs, ..ArgDoc::default() }
                }
                (_, None) => continue,
            };
            if !allow && rule.tools.is_empty() && arg.present.is_none() {
                // It names no tool: only calls that have the argument can be meant.
                arg.present = Some(true);
            }
            rule.args.insert(pointer, At::new(arg, place));
        }
    }

    fn condition(&mut self, node: &Node, allow: bool) -> Option<(String, ArgDoc)> {
        let (Some(name), Some(operator)) = (field(node, "field").and_then(text), field(node, "operator"))
        else {
            self.problem(node.place, "a condition has `field`, `operator` and `value`");
            return None;
        };
        let word = text(operator).unwrap_or_default();
        let value = field(node, "value");
        let place = self.place(value.map_or(node.place, |value| value.place));
        if name.contains('.') {
            self.warn(node.place, "a dot leads into objects; a key that has the dot in it is not looked at");
        }
        let pointer = ["/", &name.split('.').map(step).collect::<Vec<_>>().join("/")].concat();
        let written = value.and_then(text).unwrap_or_default();
        let glob = |pattern: String| ArgDoc { glob: vec![At::new(pattern, place)], ..ArgDoc::default() };
        let not = |inner: ArgDoc| ArgDoc { not: Some(Box::new(inner)), ..ArgDoc::default() };
        let range = |min: Option<String>, max: Option<String>| ArgDoc {
            range: Some(At::new(RangeDoc { min, max }, place)),
            ..ArgDoc::default()
        };
        let scalars = value.map(|value| self.scalars(value)).unwrap_or_default();
        let one = ArgDoc { one_of: scalars, ..ArgDoc::default() };
        let domains = || {
            let listed = value.map(|value| match &value.kind {
                Kind::List(items) => items.as_slice(),
                _ => std::slice::from_ref(value),
            });
            let listed = listed.unwrap_or_default().iter().filter_map(text);
            let domains: Vec<_> = listed.map(|domain| At::new(domain.to_ascii_lowercase(), place)).collect();
            ArgDoc { facets: BTreeMap::from([(Facet::UrlDomain, domains)]), ..ArgDoc::default() }
        };
        let arg = match word {
            "eq" | "equals" => one,
            "neq" | "not_equals" => not(one),
            "in" | "one_of" => {
                self.listed(value, place);
                one
            }
            "not_in" => {
                self.listed(value, place);
                not(one)
            }
            "contains" => glob(format!("**{}**", literal(written))),
            "starts_with" => glob(format!("{}**", literal(written))),
            "ends_with" => glob(format!("**{}", literal(written))),
            "matches" => {
                ArgDoc { regex: vec![At::new(anywhere(written, allow), place)], ..ArgDoc::default() }
            }
            "in_domain" => domains(),
            "not_in_domain" => not(domains()),
            "greater_than" => not(range(None, Some(written.to_owned()))),
            "less_than" => not(range(Some(written.to_owned()), None)),
            "exists" => ArgDoc { present: Some(true), ..ArgDoc::default() },
            "not_exists" => ArgDoc { present: Some(false), ..ArgDoc::default() },
            _ => {
                self.problem(
                    operator.place,
                    format!("the operator `{}` is not known", super::super::shown(word)),
                );
                return None;
            }
        };
        if matches!(word, "contains" | "starts_with" | "ends_with" | "matches")
            && value.is_none_or(|value| !matches!(&value.kind, Kind::Scalar { text, .. } if !text.is_empty()))
        {
            self.problem(
                place,
                format!("`{word}` compares texts; an empty or other value would always match"),
            );
        }
        if matches!(word, "eq" | "equals" | "neq" | "not_equals")
            && value.is_none_or(|value| matches!(&value.kind, Kind::List(items) if items.is_empty()))
        {
            self.problem(place, format!("`{word}` compares with a value, and there is none"));
        }
        if matches!(word, "in_domain" | "not_in_domain") && !value.is_some_and(is_domains) {
            self.problem(place, format!("`{word}` takes a domain, or a list of them"));
        }
        Some((pointer, arg))
    }

    fn listed(&mut self, value: Option<&Node>, place: Place) {
        if value.is_none_or(|value| !matches!(&value.kind, Kind::List(items) if !items.is_empty())) {
            self.problem(
                place,
                "this operator takes a list; their own engine takes anything else as never or always",
            );
        }
    }

    fn scalars(&mut self, node: &Node) -> Vec<Scalar> {
        let nodes = match &node.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut scalars = Vec::new();
        for node in nodes {
            match &node.kind {
                Kind::Scalar { text, plain: true } => scalars.push(match text.as_str() {
                    "true" | "True" | "TRUE" => Scalar::Bool(true),
                    "false" | "False" | "FALSE" => Scalar::Bool(false),
                    "null" | "~" | "" | "Null" | "NULL" => Scalar::Null,
                    text if super::super::read::is_json_number(text) => Scalar::Number(text.to_owned()),
                    text => Scalar::Text(text.to_owned()),
                }),
                Kind::Scalar { text, .. } => scalars.push(Scalar::Text(text.clone())),
                _ => self.problem(node.place, "a list or map is compared with nothing here"),
            }
        }
        scalars
    }
}

fn is_domains(node: &Node) -> bool {
    let said = |node: &Node| text(node).is_some_and(|text| !text.is_empty());
    match &node.kind {
        Kind::List(items) => !items.is_empty() && items.iter().all(said),
        _ => said(node),
    }
}

/// A pattern that is found anywhere in the value. Our rules that allow match whole values.
fn anywhere(pattern: &str, allow: bool) -> String {
    match pattern {
        _ if allow => format!("(?s:.*?)(?:{pattern})(?s:.*)"),
        "" => "(?:)".to_owned(),
        _ => pattern.to_owned(),
    }
}

/// A key as a step of a pointer. A star is a key's own.
fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
