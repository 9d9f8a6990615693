//! A policy made of parts: variables, and other files whose rules it includes.

use std::collections::BTreeMap;

use super::doc::{At, Place, PolicyDoc, Problems};
use super::foreign::Find;
use super::load::{Kind, Node, parse};
use super::{error, read, shown};

/// Files that include files, from the first.
const MAX_DEPTH: usize = 8;
/// Files of a policy together.
const MAX_FILES: usize = 256;
/// Values that variables may add to a policy.
const MAX_ADDED: usize = 100_000;
/// What a file that is included may have.
const PARTS: &[&str] = &["bartizan", "name", "variables", "include", "tools", "limits", "rules", "endorse"];

/// A value, and whether it was written without quotes; a list has several.
type Values = Vec<(String, bool)>;
type Variables = BTreeMap<String, (Values, bool)>;

/// What `root` says, with its variables replaced and what it includes.
pub(super) fn read(root: &mut Node, find: Option<Find<'_>>) -> (PolicyDoc, Problems) {
    let mut composer = Composer { find, files: 0, open: Vec::new(), added: 0 };
    composer.policy(root, &Variables::new(), "")
}

struct Composer<'f> {
    find: Option<Find<'f>>,
    files: usize,
    /// The files that are being read, one including the next.
    open: Vec<String>,
    added: usize,
}

impl Composer<'_> {
    fn policy(&mut self, root: &mut Node, given: &Variables, folder: &str) -> (PolicyDoc, Problems) {
        let mut problems = Problems::new();
        let mut variables =
            member(root, "variables").map(|node| declared(node, &mut problems)).unwrap_or_default();
        // What includes a file has the last word on its variables.
        variables.extend(given.clone());
        if let Kind::Map(entries) = &mut root.kind {
            for (_, node) in entries.iter_mut().filter(|(key, _)| key.value != "variables") {
                self.substitute(node, &variables, &mut problems);
            }
        }
        let (mut doc, told) = read::read(root);
        problems.extend(told);
        let included: Vec<At<String>> =
            member(root, "include").map(|node| names(node, &mut problems)).unwrap_or_default();
        for name in included {
            if let Some(part) = self.part(&name, &variables, folder, &mut problems) {
                join(&mut doc, part);
            }
        }
        (doc, problems)
    }

    fn part(
        &mut self,
        name: &At<String>,
        variables: &Variables,
        folder: &str,
        problems: &mut Problems,
    ) -> Option<PolicyDoc> {
        let path = beside(folder, &name.value);
        let mut tell =
            |message: String| problems.push((name.place, format!("`{}`: {message}", shown(&path))));
        let Some(find) = self.find else {
            tell("what a policy includes is read by `Policy::import`, and by the command".to_owned());
            return None;
        };
        // SECURITY: a file that includes itself, by whatever way, has no end.
        if self.open.contains(&path) {
            tell("it includes itself".to_owned());
            return None;
        }
        self.files = self.files.saturating_add(1);
        if self.open.len() >= MAX_DEPTH || self.files > MAX_FILES {
            tell(format!("more than {MAX_FILES} files, or more than {MAX_DEPTH} in a row"));
            return None;
        }
        let Some(text) = find(&path) else {
            tell("there is no such file beside the policy".to_owned());
            return None;
        };
        let (root, mut inner) = parse(&text);
        let mut part = None;
        if let Some(mut root) = root {
            if let Kind::Map(entries) = &root.kind {
                for (key, _) in entries.iter().filter(|(key, _)| !PARTS.contains(&key.value.as_str())) {
                    let message = format!("a file that is included has only {}", PARTS.join(", "));
                    inner.push((key.place, message));
                }
            }
            self.open.push(path.clone());
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let (_, told) = self.policy(&mut root, variables, folder);
            inner.extend(told);
            if inner.is_empty() {
                // What is found wrong later is told where the file is included.
                place(&mut root, name.place);
                part = Some(self.policy(&mut root, variables, folder).0);
            }
            self.open.pop();
        }
        let (told, _) = error::told(inner, &text);
        for problem in &told {
            tell(format!("{}:{}: {}", problem.line, problem.column, problem.message));
        }
        part.filter(|_| told.is_empty())
    }

    fn substitute(&mut self, node: &mut Node, variables: &Variables, problems: &mut Problems) {
        let place = node.place;
        match &mut node.kind {
            Kind::Scalar { text, plain } => {
                if !text.contains("${") {
                    return;
                }
                if let Some((values, listed)) = whole(text).and_then(|name| variables.get(name)) {
                    if *listed {
                        node.kind = Kind::List(self.listed(values, place, problems));
                    } else if let Some((value, is_plain)) = values.first() {
                        (*text, *plain) = (value.clone(), *is_plain);
                    }
                    return;
                }
                match filled(text, variables) {
                    Ok(filled) => {
                        *plain &= filled == *text;
                        *text = filled;
                    }
                    Err(message) => problems.push((place, message)),
                }
            }
            Kind::List(items) => {
                let mut out = Vec::with_capacity(items.len());
                for mut item in std::mem::take(items) {
                    let list = match &item.kind {
                        Kind::Scalar { text, .. } => whole(text).and_then(|name| variables.get(name)),
                        _ => None,
                    };
                    if let Some((values, true)) = list {
                        out.extend(self.listed(values, item.place, problems));
                    } else {
                        self.substitute(&mut item, variables, problems);
                        out.push(item);
                    }
                }
                *items = out;
            }
            Kind::Map(entries) => {
                for (_, node) in entries {
                    self.substitute(node, variables, problems);
                }
            }
        }
    }

    fn listed(&mut self, values: &Values, place: Place, problems: &mut Problems) -> Vec<Node> {
        self.added = self.added.saturating_add(values.len());
        if self.added > MAX_ADDED {
            problems.push((place, format!("variables add more than {MAX_ADDED} values")));
            return Vec::new();
        }
        let node = |(text, plain): &(String, bool)| Node {
            place,
            kind: Kind::Scalar { text: text.clone(), plain: *plain },
        };
        values.iter().map(node).collect()
    }
}

/// The variable's name where the text is that variable and nothing else.
fn whole(text: &str) -> Option<&str> {
    text.strip_prefix("${")?.strip_suffix('}').filter(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// `text` with its variables; `$${` is `${` itself.
fn filled(text: &str, variables: &Variables) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix("$${") {
            out.push_str("${");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("${") {
            let known = || {
                let names: Vec<&str> = variables.keys().map(String::as_str).collect();
                if names.is_empty() { "none".to_owned() } else { names.join(", ") }
            };
            let (name, after) = after
                .split_once('}')
                .filter(|(name, _)| is_name(name))
                .ok_or("`${` begins a variable: `${name}`; for the characters themselves write `$${`")?;
            let (values, listed) = variables
                .get(name)
                .ok_or_else(|| format!("there is no variable `{}`; there are: {}", shown(name), known()))?;
            if *listed {
                return Err(format!("`{name}` is a list, and stands alone: \"${{{name}}}\""));
            }
            out.extend(values.first().map(|(value, _)| value.as_str()));
            rest = after;
        } else {
            out.push('$');
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn declared(node: &Node, problems: &mut Problems) -> Variables {
    let mut variables = Variables::new();
    let Kind::Map(entries) = &node.kind else {
        problems.push((node.place, "`variables` has to be a map from names to values".to_owned()));
        return variables;
    };
    for (name, node) in entries {
        if !is_name(&name.value) {
            problems.push((name.place, "a variable's name is of letters, digits, `_` and `-`".to_owned()));
        }
        let scalar = |node: &Node, problems: &mut Problems| match &node.kind {
            Kind::Scalar { text, plain } if !text.contains("${") => Some((text.clone(), *plain)),
            _ => {
                let message = "a variable is a text, a number, or a list of these, without variables in it";
                problems.push((node.place, message.to_owned()));
                None
            }
        };
        let values = match &node.kind {
            Kind::List(items) => {
                if items.is_empty() {
                    problems.push((node.place, "an empty list could mean all or none".to_owned()));
                }
                (items.iter().filter_map(|item| scalar(item, problems)).collect(), true)
            }
            _ => (scalar(node, problems).into_iter().collect(), false),
        };
        variables.insert(name.value.clone(), values);
    }
    variables
}

fn names(node: &Node, problems: &mut Problems) -> Vec<At<String>> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let name = |node: &Node| match &node.kind {
        Kind::Scalar { text, .. } if !text.is_empty() => Some(At::new(text.clone(), node.place)),
        _ => {
            problems.push((node.place, "`include` names files".to_owned()));
            None
        }
    };
    items.iter().filter_map(name).collect()
}

fn member<'n>(root: &'n Node, key: &str) -> Option<&'n Node> {
    match &root.kind {
        Kind::Map(entries) => entries.iter().find(|(name, _)| name.value == key).map(|(_, node)| node),
        _ => None,
    }
}

/// Everything of `node` at one place. Its depth is bounded by the reader of YAML.
fn place(node: &mut Node, at: Place) {
    node.place = at;
    match &mut node.kind {
        Kind::Scalar { .. } => {}
        Kind::List(items) => items.iter_mut().for_each(|item| place(item, at)),
        Kind::Map(entries) => {
            for (key, node) in entries {
                key.place = at;
                place(node, at);
            }
        }
    }
}

/// A name as the file in `folder` means it: relative to itself.
fn beside(folder: &str, name: &str) -> String {
    let joined = if folder.is_empty() || name.starts_with('/') {
        name.to_owned()
    } else {
        [folder, "/", name].concat()
    };
    let mut steps: Vec<&str> = Vec::new();
    for step in joined.split('/') {
        match step {
            "." => {}
            ".." if steps.last().is_some_and(|last| !matches!(*last, "" | "..")) => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

fn join(doc: &mut PolicyDoc, part: PolicyDoc) {
    doc.tools.extend(part.tools);
    doc.endorse.extend(part.endorse);
    if let Some(limits) = part.limits {
        doc.limits.get_or_insert_default().extend(limits);
    }
    if let Some(rules) = part.rules {
        doc.rules.get_or_insert_default().extend(rules);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Effect, Policy, TrialCall};

    fn find(name: &str) -> Option<String> {
        let text = match name {
            "tools.yaml" => "bartizan: 1\ntools: [{ match: 'read_*', capabilities: [] }]\n",
            "parts/mail.yaml" => {
                "bartizan: 1\nvariables: { domain: example.com }\ninclude: ./deny.yaml\nrules: [{ id: mail, effect: allow, tools: mail, args: { /to: { glob: '*@${domain}' } } }]\n"
            }
            "parts/deny.yaml" => {
                "bartizan: 1\nrules: [{ id: never, effect: deny, args: { /to: { glob: 'root@*' } } }]\n"
            }
            "loop.yaml" => "bartizan: 1\ninclude: parts/../loop.yaml\n",
            "wrong.yaml" => "bartizan: 1\nrules:\n  - { id: a, effect: allow, tools: x, argz: 1 }\n",
            "late.yaml" => {
                "bartizan: 1\nrules:\n  - { id: a, effect: allow, args: { /x: { regex: '(' } } }\n"
            }
            "more.yaml" => "bartizan: 1\npreset: strict\n",
            _ => return None,
        };
        Some(text.to_owned())
    }

    fn policy(text: &str) -> Policy {
        Policy::import(text, &find).unwrap_or_else(|error| panic!("{error}")).policy
    }

    fn refusal(text: &str) -> String {
        Policy::import(text, &find).unwrap_err().to_string()
    }

    fn effect(policy: &Policy, tool: &str, args: &str) -> Effect {
        TrialCall::new(tool, args).under(policy).unwrap().effect()
    }

    #[test]
    fn variables_stand_for_texts_numbers_and_lists() {
        let policy = policy(
            "bartizan: 1
variables: { project: /srv/project, most: 100, team: [ann, bob] }
rules:
  - { id: read, effect: allow, tools: read, principals: \"${team}\", args: { /path: { path.within: [\"${project}/src\", /tmp] } } }
  - { id: pay, effect: allow, tools: pay, args: { /amount: { range: { max: \"${most}\" } } } }
  - { id: say, effect: allow, tools: say, args: { /text: { equals: \"$${most} costs $5\" } } }
",
        );
        let read = |principal: &str, path: &str| {
            let call = format!("{{ tool: read, principal: {principal}, args: {{ path: {path} }} }}");
            TrialCall::from_yaml(&call).unwrap().under(&policy).unwrap().effect()
        };
        assert_eq!(read("ann", "/srv/project/src/a"), Effect::Allow);
        assert_eq!(read("bob", "/tmp/a"), Effect::Allow);
        assert_eq!(read("eve", "/tmp/a"), Effect::Deny);
        assert_eq!(read("ann", "/srv/project/a"), Effect::Deny);
        assert_eq!(effect(&policy, "pay", r#"{"amount":100}"#), Effect::Allow);
        assert_eq!(effect(&policy, "pay", r#"{"amount":101}"#), Effect::Deny);
        assert_eq!(effect(&policy, "say", r#"{"text":"${most} costs $5"}"#), Effect::Allow);
        let printed = policy.to_yaml();
        assert_eq!(Policy::from_yaml(&printed).unwrap().digest(), policy.digest(), "{printed}");
    }

    #[test]
    fn what_is_included_is_found_beside_what_includes_it() {
        let policy = policy(
            "bartizan: 1\nvariables: { domain: example.org }\ninclude: [tools.yaml, parts/mail.yaml]\nrules: [{ id: own, effect: allow, tools: own }]\n",
        );
        let ids: Vec<&str> = policy.rule_ids().map(crate::base::RuleId::as_str).collect();
        assert_eq!(ids, ["own", "mail", "never"]);
        // Who includes has the last word on a variable.
        assert_eq!(effect(&policy, "mail", r#"{"to":"ann@example.org"}"#), Effect::Allow);
        assert_eq!(effect(&policy, "mail", r#"{"to":"ann@example.com"}"#), Effect::Deny);
        assert_eq!(effect(&policy, "mail", r#"{"to":"root@example.org"}"#), Effect::Deny);
    }

    #[test]
    fn what_is_wrong_with_parts_is_told() {
        for (text, expected) in [
            ("include: nowhere.yaml", "2:10: `nowhere.yaml`: there is no such file"),
            ("include: loop.yaml", "it includes itself"),
            ("include: wrong.yaml", "`wrong.yaml`: 3:39: a rule has no key `argz`"),
            ("include: late.yaml", "2:10: not a regular expression"),
            ("include: more.yaml", "2:1: a file that is included has only"),
            ("include: { a: b }", "`include` names files"),
            ("rules: [{ id: a, effect: allow, tools: '${x}' }]", "there is no variable `x`; there are: none"),
            ("variables: { l: [a] }\nrules: [{ id: a, effect: allow, tools: 'x${l}' }]", "`l` is a list"),
            ("variables: { l: [] }", "all or none"),
            ("variables: { a: '${b}' }", "without variables in it"),
            ("variables: { 'a b': c }", "letters, digits"),
            ("rules: [{ id: a, effect: allow, tools: '${' }]", "write `$${`"),
        ] {
            let told = refusal(&format!("bartizan: 1\n{text}\n"));
            assert!(told.contains(expected), "{text}: {told}");
        }
        let told = Policy::from_yaml("bartizan: 1\ninclude: tools.yaml\n").unwrap_err().to_string();
        assert!(told.contains("`Policy::import`"), "{told}");
    }
}
