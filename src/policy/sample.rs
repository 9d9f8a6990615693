//! Calls that a rule speaks of, made up from the rule.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::base::{Integrity, Label, Mode, Moment, PrincipalId, Readers, Sensitivity, Source, SourceKind};
use crate::text::json::Json;

use super::doc::{ArgDoc, Bound, Patterns, RuleDoc, Scalar, SetDoc, ValueType};
use super::facet::Facet;
use super::suite::TrialCall;
use super::{CameFrom, CapabilitySet, Origin};

/// Longest value that is made up.
const LONGEST: usize = 1_000;
/// Most values that are tried for one argument.
const MOST: usize = 6;

/// Calls that `rule` speaks of, and some that miss it narrowly.
pub(super) fn calls(rule: &RuleDoc) -> Vec<TrialCall> {
    let tools = if rule.tools.is_empty() {
        vec!["some_tool".to_owned()]
    } else {
        rule.tools.iter().map(|at| filled(&at.value)).collect()
    };
    let mut calls = Vec::new();
    for tool in tools.into_iter().take(MOST) {
        let mut base = TrialCall::new(tool, "{}");
        base.server = rule.servers.first().map(|at| filled(&at.value));
        base.principal = rule.principals.first().and_then(|at| PrincipalId::new(&filled(&at.value)).ok());
        base.roles = rule.roles.iter().map(|at| filled(&at.value)).collect();
        base.environment = rule.environments.first().map(|at| filled(&at.value));
        if rule.modes == [Mode::Server] {
            base.mode = Mode::Server;
        }
        base.capabilities = rule.capabilities;
        base.described = rule.described.unwrap_or(true);
        base.authorized = rule.authorized.unwrap_or(true);
        let integrity = |bound: Option<Bound<Integrity>>, usual| {
            bound.map_or(usual, |(Bound::AtMost(label) | Bound::AtLeast(label))| label)
        };
        let sensitivity = |bound: Option<Bound<Sensitivity>>, usual| {
            bound.map_or(usual, |(Bound::AtMost(label) | Bound::AtLeast(label))| label)
        };
        base.trust = integrity(rule.trust.as_ref().map(|at| at.value), base.trust);
        base.session = Label::new(
            integrity(rule.session.integrity.as_ref().map(|at| at.value), Integrity::Trusted),
            sensitivity(rule.session.sensitivity.as_ref().map(|at| at.value), Sensitivity::Public),
        );
        base.user_spoke = rule.session.user_spoke.unwrap_or(true);
        base.canary_seen = rule.session.canary_seen.unwrap_or(false);
        base.escalated = rule.session.escalated.unwrap_or(false);
        base.looks_back = rule.after.is_some();
        let mut members: Vec<(Vec<String>, Vec<Json>)> = Vec::new();
        for (pointer, arg) in &rule.args {
            let keys: Vec<String> = pointer
                .split('/')
                .skip(1)
                .map(|step| match step {
                    "*" | "**" => "x".to_owned(),
                    step => step.replace("~1", "/").replace("~0", "~"),
                })
                .collect();
            let keys = if keys.is_empty() { vec!["x".to_owned()] } else { keys };
            let place: String =
                keys.iter().map(|key| ["/", &key.replace('~', "~0").replace('/', "~1")].concat()).collect();
            let arg = &arg.value;
            base.purposes.extend(arg.role.first().map(|role| (place.clone(), *role)));
            base.sources.extend(copied(arg).map(|from| (place.clone(), from)));
            if arg.tests_label() {
                base.labels.push((
                    place,
                    integrity(arg.integrity.as_ref().map(|at| at.value), Integrity::Trusted),
                    sensitivity(arg.sensitivity.as_ref().map(|at| at.value), Sensitivity::Public),
                    arg.origin.first().copied().unwrap_or(Origin::Source),
                ));
            }
            if arg.present != Some(false) {
                members.push((keys, values(arg)));
            }
        }
        for (pointer, set) in &rule.set {
            let keys =
                pointer.split('/').skip(1).map(|step| if matches!(step, "*" | "**") { "x" } else { step });
            let keys: Vec<String> = keys.map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
            if keys.is_empty() || members.iter().any(|(known, _)| *known == keys) {
                continue;
            }
            // What no range and no fixed value is.
            members.push((
                keys,
                match &set.value {
                    SetDoc::Redact => vec![Json::String("something".to_owned())],
                    SetDoc::Value(_) => vec![Json::String("something-else".to_owned())],
                    SetDoc::Clamp(_) => vec![number("1000000000000"), number("-1000000000000")],
                },
            ));
        }
        // The first of each, and then one argument after the other through its values.
        calls.push(TrialCall { args: object(&members, None).to_string(), ..base.clone() });
        for (at, (_, values)) in members.iter().enumerate() {
            for value in values.iter().skip(1) {
                calls.push(TrialCall {
                    args: object(&members, Some((at, value))).to_string(),
                    ..base.clone()
                });
            }
        }
        if !members.is_empty() {
            calls.push(TrialCall { args: "{}".to_owned(), ..base.clone() });
        }
        if rule.quota.is_some() {
            let used_up = vec![rule.id.value.clone()];
            calls.push(TrialCall { args: object(&members, None).to_string(), used_up, ..base.clone() });
        }
        if base.capabilities.is_some() {
            calls.push(TrialCall { capabilities: Some(CapabilitySet::ALL), ..base.clone() });
            calls.push(TrialCall { capabilities: Some(CapabilitySet::NONE), ..base });
        }
    }
    calls
}

/// What a value of which this is said may be copied from.
fn copied(arg: &ArgDoc) -> Option<CameFrom> {
    if !arg.tests_source() {
        return None;
    }
    let first = |of: &Patterns| of.first().map(|at| filled(&at.value));
    let usual = if arg.source_tool.is_empty() { SourceKind::WEB } else { SourceKind::TOOL };
    let kind = first(&arg.source_kind).map_or(usual, |kind| SourceKind::named(&kind));
    let host = || first(&arg.source_host).map(|host| ["https://", &host, "/"].concat());
    let source = Source::new(kind, first(&arg.source_tool).or_else(host).unwrap_or_default());
    let lacks = arg.readers.as_ref().is_some_and(|readers| !readers.value.lack.is_empty());
    Some(CameFrom::these(vec![source.readers(if lacks { Readers::unknown() } else { Readers::everyone() })]))
}

/// Calls with values that an entry of `endorse` names, as badly labelled as it can be, shortly before it ends.
pub(super) fn endorsed(entry: &RuleDoc) -> Vec<TrialCall> {
    let until =
        entry.during.as_ref().and_then(|during| during.value.until.as_deref()).and_then(super::times::stamp);
    let now = until.map(|until| Moment::new(until.unix_ms.saturating_sub(60_000), 0));
    let mut calls = calls(entry);
    for call in &mut calls {
        call.now = now;
        call.labels = entry
            .args
            .keys()
            .map(|pointer| {
                let place = pointer.replace("**", "x").replace('*', "x");
                (place, Integrity::Untrusted, Sensitivity::Sensitive, Origin::Source)
            })
            .collect();
    }
    calls
}

/// Calls of tools that these patterns name.
pub(super) fn of_tools(
    tools: &Patterns,
    servers: &Patterns,
    capabilities: Option<CapabilitySet>,
) -> Vec<TrialCall> {
    let names: Vec<String> = if tools.is_empty() {
        vec!["some_tool".to_owned()]
    } else {
        tools.iter().take(MOST).map(|at| filled(&at.value)).collect()
    };
    let call = |name: String| TrialCall {
        server: servers.first().map(|at| filled(&at.value)),
        capabilities,
        ..TrialCall::new(name, "{}")
    };
    names.into_iter().map(call).collect()
}

fn object(members: &[(Vec<String>, Vec<Json>)], other: Option<(usize, &Json)>) -> Json {
    let mut root: Vec<(String, Json)> = Vec::new();
    for (at, (keys, values)) in members.iter().enumerate() {
        let value = match other {
            Some((place, value)) if place == at => Some(value),
            _ => values.first(),
        };
        let Some(value) = value else { continue };
        put(&mut root, keys, value.clone());
    }
    Json::Object(root)
}

fn put(root: &mut Vec<(String, Json)>, keys: &[String], value: Json) {
    let mut here = root;
    for (depth, key) in keys.iter().enumerate() {
        let at = here.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            here.push((key.clone(), Json::Object(Vec::new())));
            here.len().saturating_sub(1)
        });
        let Some((_, slot)) = here.get_mut(at) else { return };
        if depth.saturating_add(1) == keys.len() {
            *slot = value;
            return;
        }
        if !matches!(slot, Json::Object(_)) {
            return;
        }
        let Json::Object(next) = slot else { return };
        here = next;
    }
}

/// Values that fit what is said, and one that does not.
fn values(arg: &ArgDoc) -> Vec<Json> {
    let mut out: Vec<Json> = Vec::new();
    let mut text = |value: String| out.push(Json::String(value.chars().take(LONGEST).collect()));
    arg.glob.iter().for_each(|glob| text(filled(&glob.value)));
    arg.regex.iter().filter_map(|regex| matching(&regex.value)).for_each(&mut text);
    for (facet, wanted) in &arg.facets {
        of_facet(*facet, wanted).into_iter().for_each(&mut text);
    }
    if let Some(size) = &arg.size {
        let len = size.value.min.or(size.value.max).and_then(|len| usize::try_from(len).ok()).unwrap_or(1);
        text("x".repeat(len.min(LONGEST)));
    }
    for scalar in arg.equals.iter().chain(&arg.one_of) {
        out.push(match scalar {
            Scalar::Null => Json::Null,
            Scalar::Bool(value) => Json::Bool(*value),
            Scalar::Number(text) => number(text),
            Scalar::Text(text) => Json::String(text.clone()),
        });
    }
    if let Some(range) = &arg.range {
        out.extend(range.value.min.iter().chain(&range.value.max).map(|text| number(text)));
    }
    for kind in &arg.kinds {
        out.push(match kind {
            ValueType::Null => Json::Null,
            ValueType::Boolean => Json::Bool(true),
            ValueType::Integer => number("1"),
            ValueType::Number => number("1.5"),
            ValueType::String => Json::String("x".to_owned()),
        });
    }
    for inner in &arg.all {
        out.extend(values(inner));
    }
    out.truncate(MOST);
    let other = Json::String("something-else".to_owned());
    if let Some(not) = &arg.not {
        out.insert(0, other);
        out.extend(values(not));
        out.truncate(MOST);
    } else {
        out.push(other);
    }
    out
}

fn number(text: &str) -> Json {
    crate::text::json::Number::new(text).map_or(Json::Null, Json::Number)
}

fn of_facet(facet: Facet, wanted: &Patterns) -> Vec<String> {
    let each = |make: &dyn Fn(&str) -> String| wanted.iter().map(|at| make(&at.value)).collect();
    match facet {
        Facet::PathCanonical | Facet::CommandProgram | Facet::CommandLine => each(&filled),
        Facet::PathWithin => each(&|path| [path, "/x"].concat()),
        Facet::UrlScheme => each(&|scheme| [&filled(scheme), "://host.example/"].concat()),
        Facet::UrlHost | Facet::UrlDomain => each(&|host| ["https://", &filled(host), "/"].concat()),
        Facet::UrlPort => each(&|port| ["https://host.example:", &filled(port), "/"].concat()),
        Facet::UrlPath => each(&|path| ["https://host.example", &filled(path)].concat()),
        Facet::UrlIp => each(&|block| ["http://", block.split('/').next().unwrap_or_default(), "/"].concat()),
        Facet::UrlNetwork => each(&|network| {
            let host = match network {
                "private" => "10.0.0.1",
                "loopback" => "127.0.0.1",
                "link-local" => "169.254.1.1",
                "metadata" => "169.254.169.254",
                "reserved" => "192.0.2.1",
                _ => "example.com",
            };
            ["http://", host, "/"].concat()
        }),
        Facet::CommandWrites => each(&|path| ["echo x > ", path, "/x"].concat()),
        Facet::CommandPaths => each(&|path| ["cat ", path, "/x"].concat()),
        Facet::CommandHosts => each(&|host| ["curl https://", host, "/"].concat()),
        Facet::CommandUses => vec!["sudo sh -c 'a | b' > x &".to_owned()],
        Facet::SqlKind => each(&|kind| {
            let sql = match kind {
                "insert" => "INSERT INTO t VALUES (1)",
                "update" => "UPDATE t SET a = 1",
                "delete" => "DELETE FROM t",
                "drop" => "DROP TABLE t",
                "truncate" => "TRUNCATE TABLE t",
                "create" => "CREATE TABLE t (a INT)",
                "alter" => "ALTER TABLE t ADD COLUMN a INT",
                "grant" => "GRANT SELECT ON t TO bob",
                _ => "SELECT 1",
            };
            sql.to_owned()
        }),
        Facet::SqlTables => each(&|table| ["SELECT * FROM ", &filled(table)].concat()),
        Facet::SqlFunctions => each(&|function| ["SELECT ", &filled(function), "(1)"].concat()),
        Facet::SqlReaches => vec!["SELECT pg_read_file('x')".to_owned()],
    }
}

/// A glob with something in the place of its wildcards.
fn filled(glob: &str) -> String {
    let mut out = String::new();
    let mut chars = glob.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '*' => {
                while chars.next_if_eq(&'*').is_some() {}
                out.push('x');
            }
            '?' => out.push('x'),
            c => out.push(c),
        }
    }
    out
}

/// A text that the expression matches. Its nesting is bounded by the policy's reader.
fn matching(pattern: &str) -> Option<String> {
    let hir = regex_syntax::ParserBuilder::new().nest_limit(50).build().parse(pattern).ok()?;
    let mut out = String::new();
    let mut open: Vec<Hir> = vec![hir];
    while let Some(hir) = open.pop() {
        if out.len() > LONGEST || open.len() > LONGEST {
            return None;
        }
        match hir.into_kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => out.push_str(std::str::from_utf8(&literal.0).ok()?),
            HirKind::Class(Class::Unicode(class)) => {
                let ranges = class.ranges();
                let plain = ranges
                    .iter()
                    .map(regex_syntax::hir::ClassUnicodeRange::start)
                    .find(char::is_ascii_graphic);
                out.push(plain.or_else(|| ranges.first().map(regex_syntax::hir::ClassUnicodeRange::end))?);
            }
            HirKind::Class(Class::Bytes(class)) => out.push(char::from(class.ranges().first()?.start())),
            HirKind::Repetition(repetition) => {
                for _ in 0..repetition.min.min(64) {
                    open.push((*repetition.sub).clone());
                }
            }
            HirKind::Capture(capture) => open.push(*capture.sub),
            HirKind::Concat(parts) => open.extend(parts.into_iter().rev()),
            HirKind::Alternation(parts) => open.extend(parts.into_iter().next()),
        }
    }
    Some(out)
}
