//! Which texts a value was copied from, and who may read them.
//!
//! A page names an account and a rule says that accounts come from the ledger; a mail of the board is put into a mail to a
//! customer. What is copied is known by its text: a paraphrase comes from no text that is known, and `session` and
//! `integrity` speak of it.

use std::collections::BTreeSet;

use crate::base::{Limits, Readers, Source, SourceKind};
use crate::text::json::Json;
use crate::values::{WebAddress, is_below};

use super::decide::Names;
use super::doc::{ArgDoc, At, Patterns, Problems, ReadersDoc, ReadersOfDoc};
use super::glob::NameGlob;
use super::matcher::Answer;
use super::pointers::{PointerPattern, Relation};
use super::request::Leaf;

/// The texts that a value was copied from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CameFrom {
    sources: Vec<Source>,
    unknown: bool,
}

impl CameFrom {
    /// It was copied from no text that is known.
    pub const fn nowhere() -> Self {
        Self { sources: Vec::new(), unknown: false }
    }

    /// It was copied from these.
    pub const fn these(sources: Vec<Source>) -> Self {
        Self { sources, unknown: false }
    }

    /// The same; and it may come from others, of which nothing is known.
    #[must_use]
    pub const fn and_others(mut self) -> Self {
        self.unknown = true;
        self
    }

    /// Who may read all of them.
    pub fn readers(&self) -> Readers {
        let all = if self.unknown { Readers::unknown() } else { Readers::everyone() };
        self.sources.iter().fold(all, |all, source| all.meet(&source.read_by()))
    }
}

impl std::fmt::Display for CameFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let readers = |readers: &Readers| match readers.iter().collect::<Vec<_>>() {
            _ if readers.is_everyone() => "everyone".to_owned(),
            names if names.is_empty() => "nobody who is known".to_owned(),
            names => names.join(", "),
        };
        let named = self.sources.iter().map(|source| {
            format!("{} `{}`, for {}", source.kind(), source.id().escape_debug(), readers(&source.read_by()))
        });
        let others = self.unknown.then(|| "what is not known".to_owned());
        f.write_str(&named.chain(others).collect::<Vec<_>>().join("; "))
    }
}

/// Who is named where a rule looks for readers, read once a call.
#[derive(Debug, Default)]
pub(super) struct Named {
    names: BTreeSet<String>,
    /// Somebody is.
    any: bool,
    /// Somebody is who is nobody's reader: no name, or more than any text has readers.
    strange: bool,
}

/// What a rule says of the texts that a value was copied from, compiled.
#[derive(Debug)]
pub(super) struct SourceMatcher {
    kinds: Vec<SourceKind>,
    tools: Names,
    hosts: Vec<String>,
    /// Where the names stand that have to be among the readers, or of which one must not be.
    readers: Vec<PointerPattern>,
    asks_sources: bool,
    restrictive: bool,
}

impl SourceMatcher {
    /// `None` where nothing is said of them.
    pub(super) fn compile(doc: &ArgDoc, restrictive: bool, problems: &mut Problems) -> Option<Self> {
        if !doc.tests_source() {
            return None;
        }
        let tools = doc.source_tool.iter().filter_map(|at| match NameGlob::new(&at.value, restrictive) {
            Ok(glob) => Some(glob),
            Err(message) => {
                problems.push((at.place, message));
                None
            }
        });
        let tools = Names::new(tools.collect(), restrictive);
        let mut hosts = Vec::new();
        for at in &doc.source_host {
            match super::facet::domain(&at.value) {
                Ok(host) => hosts.push(host),
                Err(message) => problems.push((at.place, message)),
            }
        }
        let mut readers = Vec::new();
        if let Some(at) = &doc.readers {
            let ReadersDoc { include, lack } = &at.value;
            // SECURITY: what is not known keeps a rule that allows from matching, and makes one that restricts match. The
            // other way round each would open by not knowing.
            let (listed, other) = if restrictive { (lack, include) } else { (include, lack) };
            if !other.is_empty() || listed.is_empty() {
                let message = if restrictive {
                    "a rule that restricts asks whether a reader is missing: `readers: { lack: /to }`"
                } else {
                    "a rule that allows asks whether every reader is known: `readers: { include: /to }`"
                };
                problems.push((at.place, message.to_owned()));
            }
            for pointer in listed {
                match PointerPattern::new(&pointer.value, true) {
                    Ok(pattern) => readers.push(pattern),
                    Err(message) => problems.push((pointer.place, message)),
                }
            }
        }
        let kinds: Vec<_> = doc.source_kind.iter().map(|at| SourceKind::named(&at.value)).collect();
        let asks_sources = !kinds.is_empty() || !tools.is_empty() || !hosts.is_empty();
        Some(Self { kinds, tools, hosts, readers, asks_sources, restrictive })
    }

    /// Who is named in a call where the rule says.
    // Once for all values: a call of many values with many recipients would else be looked at that many times.
    pub(super) fn named(&self, leaves: &[Leaf<'_>]) -> Named {
        let mut named = Named::default();
        if self.readers.is_empty() {
            return named;
        }
        for leaf in leaves {
            let Some(value) = leaf.value else { continue };
            if self.readers.iter().all(|at| at.relation(&leaf.pointer) == Relation::Other) {
                continue;
            }
            named.any = true;
            let name = match value {
                Json::String(text) => Readers::name(text),
                Json::Number(number) => Readers::name(number.as_str()),
                _ => None,
            };
            match name.filter(|_| named.names.len() < Readers::MAX) {
                Some(name) => drop(named.names.insert(name)),
                None => named.strange = true,
            }
        }
        named
    }

    /// What it says of a value, in a call in which these are named.
    pub(super) fn answer(&self, leaf: &Leaf<'_>, named: &Named) -> Answer {
        let unknown = if self.restrictive { Answer::Unsure } else { Answer::No };
        let Some(from) = leaf.from else { return unknown };
        let mut answer = Answer::Yes;
        if self.asks_sources {
            let each = from.sources.iter().map(|source| self.of_source(source));
            answer = if self.restrictive {
                each.max().unwrap_or(Answer::No).max(if from.unknown { Answer::Unsure } else { Answer::No })
            } else if from.unknown || from.sources.is_empty() {
                Answer::No
            } else {
                each.min().unwrap_or(Answer::No)
            };
        }
        if answer > Answer::No && !self.readers.is_empty() {
            answer = answer.min(self.of_readers(&from.readers(), named));
        }
        answer
    }

    fn of_source(&self, source: &Source) -> Answer {
        let kind = self.kinds.is_empty() || self.kinds.contains(source.kind());
        let is_tool = *source.kind() == SourceKind::TOOL;
        // A tool is named with its server, and without.
        let names = [Some(source.id()), source.id().split_once('/').map(|(_, tool)| tool)];
        let tool =
            self.tools.is_empty() || is_tool && self.tools.any(names.into_iter().flatten()) == Answer::Yes;
        let is_web = *source.kind() == SourceKind::WEB;
        // The name of a tool or a file is no address, though it could be read as one.
        let address =
            (is_web || source.id().contains("://")).then(|| WebAddress::read(source.id())).flatten();
        let host = match address {
            _ if self.hosts.is_empty() => Answer::Yes,
            Some(address) => {
                let doubt = address.doubt_text().is_some();
                let host = address.host().trim_end_matches('.').to_ascii_lowercase();
                match self.hosts.iter().any(|domain| is_below(&host, domain)) {
                    true if doubt && !self.restrictive => Answer::No,
                    true => Answer::Yes,
                    false if doubt && self.restrictive => Answer::Unsure,
                    false => Answer::No,
                }
            }
            // A page has a host, whatever the host program called it; a file has none.
            None if self.restrictive && is_web => Answer::Unsure,
            None => Answer::No,
        };
        Answer::from(kind && tool).min(host)
    }

    /// In a rule that allows, whether all who are named may read it; in one that restricts, whether one may not.
    fn of_readers(&self, readers: &Readers, named: &Named) -> Answer {
        if !named.any {
            return if self.restrictive { Answer::Unsure } else { Answer::No };
        }
        let all = readers.is_everyone() || !named.strange && named.names.iter().all(|name| readers.has(name));
        Answer::from(all != self.restrictive)
    }
}

/// Where a tool's results say who may read them, compiled.
#[derive(Debug)]
pub(super) enum ReadersOf {
    Everyone,
    /// For each place: what leads to a row, and what leads from there to a name; both as steps, `None` for `*`.
    At(Vec<(Steps, Steps)>),
}

type Steps = Vec<Option<String>>;

/// Most values of a result that are looked at.
const MOST: usize = 100_000;

impl ReadersOf {
    pub(super) fn compile(doc: &ReadersOfDoc, problems: &mut Problems) -> Self {
        let ReadersOfDoc::At(places) = doc else { return Self::Everyone };
        let mut compiled: Vec<(Steps, Steps)> = Vec::new();
        for At { value, place } in places {
            if let Err(message) = PointerPattern::new(value, false) {
                problems.push((*place, message));
                continue;
            }
            let steps = value
                .split('/')
                .skip(1)
                .map(|step| (step != "*").then(|| step.replace("~1", "/").replace("~0", "~")));
            let mut row: Steps = steps.collect();
            if row.iter().flatten().any(|step| step == "**") || row.is_empty() {
                let message = "this says step by step where the readers stand: `/to/*`, `/messages/*/from`";
                problems.push((*place, message.to_owned()));
                continue;
            }
            // `/messages/*/to/*`: the stars at the end are several readers, those before them several rows.
            let named = row.iter().rposition(Option::is_some).map_or(0, |at| at.saturating_add(1));
            let rows = row.get(..named).and_then(|head| head.iter().rposition(Option::is_none));
            let rest = row.split_off(rows.map_or(0, |at| at.saturating_add(1)));
            compiled.push((row, rest));
        }
        let mut rows: Vec<&Steps> =
            compiled.iter().map(|(row, _)| row).filter(|row| !row.is_empty()).collect();
        rows.dedup();
        if rows.len() > 1
            && let Some(first) = places.first()
        {
            problems.push((
                first.place,
                "these places are in several lists; of a result with one list of rows the readers are known"
                    .to_owned(),
            ));
        }
        Self::At(compiled)
    }

    /// Who may read all of this result; nobody who is known where it is no JSON.
    pub(super) fn read(&self, text: &str, limits: &Limits) -> Readers {
        let Self::At(places) = self else { return Readers::everyone() };
        let Ok(json) = Json::parse(text, limits) else { return Readers::unknown() };
        let names = |of: &Json, rest: &Steps| {
            let Some(found) = walk(of, rest) else { return Readers::unknown() };
            Readers::only(found.into_iter().filter_map(|value| match value {
                Json::String(text) => Some(text.clone()),
                Json::Number(number) => Some(number.as_str().to_owned()),
                _ => None,
            }))
        };
        let none = Readers::unknown();
        let of_all = places.iter().filter(|(row, _)| row.is_empty());
        let of_all = of_all.fold(none.clone(), |all, (_, rest)| all.or(&names(&json, rest)));
        let Some((row, _)) = places.iter().find(|(row, _)| !row.is_empty()) else { return of_all };
        // SECURITY: a row that is not looked at may name fewer readers than those that are.
        let Some(rows) = walk(&json, row) else { return Readers::unknown() };
        if rows.is_empty() {
            return of_all;
        }
        // A text that was copied from a list may be of any row: only who may read all of them may read it.
        rows.into_iter().fold(Readers::everyone(), |all, of_row| {
            let places = places.iter().filter(|(row, _)| !row.is_empty());
            let own = places.fold(of_all.clone(), |own, (_, rest)| own.or(&names(of_row, rest)));
            all.meet(&own)
        })
    }
}

/// The values that these steps lead to; none that are known where they are more than [`MOST`].
fn walk<'j>(json: &'j Json, steps: &Steps) -> Option<Vec<&'j Json>> {
    let mut here = vec![json];
    for step in steps {
        let mut next = Vec::new();
        for value in here {
            match (step, value) {
                (None, Json::Array(items)) => next.extend(items),
                (None, Json::Object(members)) => next.extend(members.iter().map(|(_, value)| value)),
                (Some(key), Json::Object(members)) => {
                    next.extend(members.iter().filter(|(name, _)| name == key).map(|(_, value)| value));
                }
                (Some(key), Json::Array(items)) => {
                    next.extend(key.parse::<usize>().ok().and_then(|at| items.get(at)));
                }
                _ => {}
            }
        }
        if next.len() > MOST {
            return None;
        }
        here = next;
    }
    Some(here)
}

/// In one spelling, as [`super::print`] writes it: what is said of sources.
pub(super) fn parts(doc: &ArgDoc, list: impl Fn(&Patterns) -> String) -> Vec<Option<String>> {
    let some = |key: &str, of: &Patterns| (!of.is_empty()).then(|| format!("{key}: {}", list(of)));
    let readers = doc.readers.as_ref().map(|at| {
        let said = [some("include", &at.value.include), some("lack", &at.value.lack)];
        format!("readers: {{ {} }}", said.into_iter().flatten().collect::<Vec<_>>().join(", "))
    });
    vec![
        some("source.kind", &doc.source_kind),
        some("source.tool", &doc.source_tool),
        some("source.host", &doc.source_host),
        readers,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(places: &[&str], text: &str) -> Vec<String> {
        let places = places.iter().map(|at| At::from((*at).to_owned())).collect();
        let mut problems = Problems::new();
        let of = ReadersOf::compile(&ReadersOfDoc::At(places), &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        of.read(text, &Limits::default()).iter().map(str::to_owned).collect()
    }

    #[test]
    fn readers_stand_where_the_policy_says() {
        let mail = r#"{"from":"ann@x","to":["bob@x","Eve <eve@x>"],"body":"joe@x","n":{"ids":[7]}}"#;
        assert_eq!(readers(&["/from", "/to/*"], mail), ["ann@x", "bob@x", "eve@x"]);
        assert_eq!(readers(&["/n/ids/*"], mail), ["7"]);
        assert!(readers(&["/cc", "/from/*"], mail).is_empty());
        assert!(
            readers(&["/from"], "from: ann@x").is_empty() && readers(&["/from"], "{\"from\":").is_empty()
        );
    }

    #[test]
    fn of_several_rows_only_who_may_read_all_is_known() {
        let rows =
            r#"{"owner":"zoe","mails":[{"from":"ann","to":["bob","eve"]},{"from":"bob","to":["ann"]}]}"#;
        assert_eq!(readers(&["/mails/*/from", "/mails/*/to/*"], rows), ["ann", "bob"]);
        assert_eq!(readers(&["/mails/*/from", "/owner"], rows), ["zoe"]);
        assert!(readers(&["/*/from"], r#"[{"from":"ann"},{"body":"x"}]"#).is_empty());
        assert_eq!(readers(&["/*/from"], r#"[{"from":"ann"}]"#), ["ann"]);
        let many = |last: &str| format!("[{}{last}]", r#"{"f":"ann"},"#.repeat(20_000));
        assert_eq!(readers(&["/*/f"], &many(r#"{"f":"ann"}"#)), ["ann"]);
        assert!(readers(&["/*/f"], &many(r#"{"f":"bob"}"#)).is_empty());
        // More than are looked at.
        assert!(readers(&["/*/f"], &format!("[{}0]", r#"{"f":0},"#.repeat(MOST))).is_empty());
        let wrong = |places: &[&str]| {
            let places = places.iter().map(|at| At::from((*at).to_owned())).collect();
            let mut problems = Problems::new();
            ReadersOf::compile(&ReadersOfDoc::At(places), &mut problems);
            !problems.is_empty()
        };
        assert!(wrong(&["/**/to"]) && wrong(&[""]) && wrong(&["to"]) && wrong(&["/a/*/x", "/b/*/x"]));
    }
}
