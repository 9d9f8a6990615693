//! What a value means, as far as a rule asks: where a path leads, whom an address names, what a command runs, what
//! SQL does.
//!
//! A value is read only when a rule asks for it, and once for all rules.
#![cfg_attr(
    not(feature = "yaml"),
    expect(dead_code, reason = "only what is read from a text needs all of it")
)]

use std::borrow::Cow;
use std::cell::OnceCell;
use std::net::IpAddr;

use crate::text::fold;
use crate::values::{
    Block, Network, PathText, Reach, Script, SqlDialect, SqlText, Use, WebAddress, is_below, is_within,
};

use super::doc::{At, Problems};
use super::glob::ValueGlob;
use super::matcher::Answer;

/// Something that a rule can ask of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Facet {
    PathCanonical,
    PathWithin,
    UrlScheme,
    UrlHost,
    UrlDomain,
    UrlPort,
    UrlPath,
    UrlNetwork,
    UrlIp,
    CommandProgram,
    CommandLine,
    CommandWrites,
    CommandPaths,
    CommandHosts,
    CommandUses,
    SqlKind,
    SqlTables,
    SqlFunctions,
    SqlReaches,
}

/// How what is found is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    Glob,
    Within,
    Domain,
    Block,
    Word(&'static [&'static str]),
}

const NETWORKS: &[&str] = &["public", "private", "loopback", "link-local", "metadata", "reserved"];
const REACHES: &[&str] = &["file", "network", "program", "code", "server"];
const USES: &[&str] = &[
    "list",
    "pipe",
    "background",
    "redirect",
    "document",
    "substitution",
    "variable",
    "assignment",
    "pattern",
    "control",
    "function",
    "group",
    "wrapper",
    "privilege",
    "code",
    "piped-code",
    "decoded",
    "script-file",
    "socket",
];

impl Facet {
    pub(super) const ALL: &'static [Self] = &[
        Self::PathCanonical,
        Self::PathWithin,
        Self::UrlScheme,
        Self::UrlHost,
        Self::UrlDomain,
        Self::UrlPort,
        Self::UrlPath,
        Self::UrlNetwork,
        Self::UrlIp,
        Self::CommandProgram,
        Self::CommandLine,
        Self::CommandWrites,
        Self::CommandPaths,
        Self::CommandHosts,
        Self::CommandUses,
        Self::SqlKind,
        Self::SqlTables,
        Self::SqlFunctions,
        Self::SqlReaches,
    ];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::PathCanonical => "path.canonical",
            Self::PathWithin => "path.within",
            Self::UrlScheme => "url.scheme",
            Self::UrlHost => "url.host",
            Self::UrlDomain => "url.domain",
            Self::UrlPort => "url.port",
            Self::UrlPath => "url.path",
            Self::UrlNetwork => "url.network",
            Self::UrlIp => "url.ip",
            Self::CommandProgram => "command.program",
            Self::CommandLine => "command.line",
            Self::CommandWrites => "command.writes",
            Self::CommandPaths => "command.paths",
            Self::CommandHosts => "command.hosts",
            Self::CommandUses => "command.uses",
            Self::SqlKind => "sql.kind",
            Self::SqlTables => "sql.tables",
            Self::SqlFunctions => "sql.functions",
            Self::SqlReaches => "sql.reaches",
        }
    }

    /// The words that may stand there, where they are fixed.
    #[cfg(feature = "yaml")]
    pub(super) const fn words(self) -> Option<&'static [&'static str]> {
        match self.compared() {
            Compared::Word(words) => Some(words),
            _ => None,
        }
    }

    const fn compared(self) -> Compared {
        match self {
            Self::PathWithin | Self::CommandWrites | Self::CommandPaths => Compared::Within,
            Self::UrlDomain | Self::CommandHosts => Compared::Domain,
            Self::UrlIp => Compared::Block,
            Self::UrlNetwork => Compared::Word(NETWORKS),
            Self::CommandUses => Compared::Word(USES),
            Self::SqlReaches => Compared::Word(REACHES),
            _ => Compared::Glob,
        }
    }

    /// Whether a rule that allows holds where the value has none of it: a command that writes nothing keeps to every
    /// list of what may be written.
    const fn may_be_none(self) -> bool {
        matches!(
            self,
            Self::CommandWrites
                | Self::CommandPaths
                | Self::CommandHosts
                | Self::CommandUses
                | Self::SqlTables
                | Self::SqlFunctions
                | Self::SqlReaches
        )
    }
}

/// A value's meanings, each read when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct Understood {
    path: OnceCell<(PathText, Option<PathText>)>,
    address: OnceCell<(Option<WebAddress>, Option<WebAddress>)>,
    script: OnceCell<Script>,
    sql: [OnceCell<SqlText>; 5],
}

impl Understood {
    fn path(&self, text: &str) -> &(PathText, Option<PathText>) {
        self.path.get_or_init(|| {
            let folded = fold(text);
            let other = (folded != text).then(|| PathText::read(&folded));
            (PathText::read(text), other)
        })
    }

    fn address(&self, text: &str) -> &(Option<WebAddress>, Option<WebAddress>) {
        self.address.get_or_init(|| (WebAddress::read(text), WebAddress::read_folded(text)))
    }

    fn script(&self, text: &str) -> &Script {
        self.script.get_or_init(|| Script::read(text))
    }

    fn sql(&self, text: &str, dialect: SqlDialect) -> Option<&SqlText> {
        let at = SqlDialect::ALL.iter().position(|known| *known == dialect)?;
        Some(self.sql.get(at)?.get_or_init(|| SqlText::read(text, dialect)))
    }
}

#[derive(Debug)]
enum Patterns {
    Globs(Vec<ValueGlob>),
    /// Directories in canonical spelling.
    Within(Vec<String>),
    Domains(Vec<String>),
    Blocks(Vec<Block>),
    Words(Vec<&'static str>),
}

/// A compiled question.
#[derive(Debug)]
pub(super) struct FacetMatcher {
    facet: Facet,
    patterns: Patterns,
    dialect: SqlDialect,
    restrictive: bool,
}

/// What a value has of a facet.
struct Found<'v> {
    items: Vec<Cow<'v, str>>,
    ip: Option<IpAddr>,
    /// There may be more than is told.
    open: bool,
    /// The value is none of this kind at all.
    foreign: bool,
}

impl FacetMatcher {
    pub(super) fn compile(
        facet: Facet,
        wanted: &[At<String>],
        dialect: SqlDialect,
        restrictive: bool,
        problems: &mut Problems,
    ) -> Self {
        let mut each = |compile: &mut dyn FnMut(&str) -> Result<(), String>| {
            for pattern in wanted {
                if let Err(message) = compile(&pattern.value) {
                    problems.push((pattern.place, message));
                }
            }
        };
        let patterns = match facet.compared() {
            Compared::Glob => {
                let mut globs = Vec::new();
                each(&mut |text| ValueGlob::new(text, restrictive).map(|glob| globs.push(glob)));
                Patterns::Globs(globs)
            }
            Compared::Within => {
                let mut paths = Vec::new();
                each(&mut |text| directory(text, restrictive).map(|path| paths.push(path)));
                Patterns::Within(paths)
            }
            Compared::Domain => {
                let mut domains = Vec::new();
                each(&mut |text| domain(text).map(|domain| domains.push(domain)));
                Patterns::Domains(domains)
            }
            Compared::Block => {
                let mut blocks = Vec::new();
                each(&mut |text| {
                    let block = Block::read(text).ok_or_else(|| {
                        format!("`{}` is no address and no block like `10.0.0.0/8`", super::shown(text))
                    })?;
                    blocks.push(block);
                    Ok(())
                });
                Patterns::Blocks(blocks)
            }
            Compared::Word(known) => {
                let mut words = Vec::new();
                each(&mut |text| {
                    let word = known.iter().find(|word| **word == text).ok_or_else(|| {
                        format!(
                            "`{}` has to be of {}, not `{}`",
                            facet.key(),
                            known.join(", "),
                            super::shown(text)
                        )
                    })?;
                    words.push(*word);
                    Ok(())
                });
                Patterns::Words(words)
            }
        };
        Self { facet, patterns, dialect, restrictive }
    }

    /// What it says of a text; `mismatch` where the text is nothing of that kind.
    pub(super) fn answer(&self, text: &str, understood: &Understood, mismatch: Answer) -> Answer {
        let found = self.found(text, understood);
        if self.restrictive {
            if found.foreign {
                return mismatch;
            }
            let hit = found.items.iter().any(|item| self.matches(item, &found));
            return match (hit, found.open) {
                (true, _) => Answer::Yes,
                (false, true) => Answer::Unsure,
                (false, false) => Answer::No,
            };
        }
        let every = found.items.iter().all(|item| self.matches(item, &found));
        let enough = !found.items.is_empty() || self.facet.may_be_none();
        Answer::from(!found.foreign && !found.open && every && enough)
    }

    /// Where in a text stands what matched, where it stands there in so many letters.
    pub(super) fn piece(&self, text: &str, understood: &Understood) -> Option<(usize, usize)> {
        let found = self.found(text, understood);
        let lower = text.to_ascii_lowercase();
        let matched = found.items.iter().filter(|item| !item.is_empty() && self.matches(item, &found));
        let place = |item: &Cow<'_, str>| {
            let start = lower.find(&item.to_ascii_lowercase())?;
            Some((start, start.saturating_add(item.len())))
        };
        matched.filter_map(place).min()
    }

    fn matches(&self, item: &str, found: &Found<'_>) -> bool {
        let folded = if self.restrictive { fold(item) } else { Cow::Borrowed(item) };
        match &self.patterns {
            Patterns::Globs(globs) => globs.iter().any(|glob| glob.matches(&folded)),
            Patterns::Within(paths) => paths.iter().any(|path| self.within(&folded, path)),
            Patterns::Domains(domains) => domains.iter().any(|domain| is_below(&folded, domain)),
            Patterns::Blocks(blocks) => found.ip.is_some_and(|ip| blocks.iter().any(|block| block.holds(ip))),
            Patterns::Words(words) => words.contains(&item),
        }
    }

    fn within(&self, path: &str, directory: &str) -> bool {
        if is_within(path, directory) {
            return true;
        }
        // SECURITY: where a path that climbs ends up depends on where it starts; it may be at the root.
        let landed = path.trim_start_matches("../");
        self.restrictive && landed.len() < path.len() && is_within(&["/", landed].concat(), directory)
    }

    fn found<'v>(&self, text: &'v str, understood: &'v Understood) -> Found<'v> {
        let mut found = Found { items: Vec::new(), ip: None, open: false, foreign: false };
        match self.facet {
            Facet::PathCanonical | Facet::PathWithin => {
                let (path, folded) = understood.path(text);
                found.items.push(path.canonical().into());
                if self.restrictive {
                    found.items.extend(folded.iter().map(|path| Cow::Borrowed(path.canonical())));
                } else {
                    found.open = !is_own_spelling(text, path);
                }
            }
            Facet::UrlScheme
            | Facet::UrlHost
            | Facet::UrlDomain
            | Facet::UrlPort
            | Facet::UrlPath
            | Facet::UrlNetwork
            | Facet::UrlIp => self.of_address(text, understood, &mut found),
            Facet::CommandProgram
            | Facet::CommandLine
            | Facet::CommandWrites
            | Facet::CommandPaths
            | Facet::CommandHosts
            | Facet::CommandUses => self.of_script(understood.script(text), &mut found),
            Facet::SqlKind | Facet::SqlTables | Facet::SqlFunctions | Facet::SqlReaches => {
                let Some(sql) = understood.sql(text, self.dialect) else {
                    found.open = true;
                    return found;
                };
                found.open = sql.doubt_text().is_some();
                let texts =
                    |set: &'v std::collections::BTreeSet<String>| set.iter().map(|item| item.as_str().into());
                match self.facet {
                    Facet::SqlKind => found.items.extend(texts(sql.kinds())),
                    Facet::SqlTables => found.items.extend(texts(sql.tables())),
                    Facet::SqlFunctions => found.items.extend(texts(sql.functions())),
                    _ => found
                        .items
                        .extend(sql.reaches().iter().map(|reach| Cow::Borrowed(Reach::as_str(*reach)))),
                }
            }
        }
        found
    }

    fn of_address<'v>(&self, text: &'v str, understood: &'v Understood, found: &mut Found<'v>) {
        let (address, folded) = understood.address(text);
        let readings = address.iter().chain(folded.iter().filter(|_| self.restrictive));
        for address in readings {
            found.ip = found.ip.or(address.ip());
            found.open |= !self.restrictive && address.doubt_text().is_some();
            match self.facet {
                Facet::UrlScheme => found.items.push(address.scheme().into()),
                Facet::UrlHost | Facet::UrlDomain => found.items.push(address.host().into()),
                Facet::UrlPort => found.items.extend(address.port().map(|port| port.to_string().into())),
                Facet::UrlPath => found.items.push(address.path().into()),
                Facet::UrlNetwork => found.items.push(Network::as_str(address.network()).into()),
                _ => found.items.extend(address.ip().map(|ip| ip.to_string().into())),
            }
        }
        found.foreign = address.is_none() && folded.is_none();
    }

    fn of_script<'v>(&self, script: &'v Script, found: &mut Found<'v>) {
        found.open = script.doubt_text().is_some();
        let canonical =
            |texts: &'v [String]| texts.iter().map(|text| PathText::read(text).canonical().to_owned().into());
        match self.facet {
            Facet::CommandProgram => found.items.extend(script.runs().iter().map(|run| run.program().into())),
            Facet::CommandLine => found.items.extend(script.runs().iter().map(|run| run.line().into())),
            Facet::CommandWrites => found.items.extend(canonical(script.writes())),
            Facet::CommandPaths => found.items.extend(canonical(script.paths())),
            Facet::CommandHosts => found.items.extend(script.hosts().iter().map(|host| {
                WebAddress::read(host)
                    .map_or_else(|| Cow::Borrowed(host.as_str()), |url| url.host().to_owned().into())
            })),
            _ => found.items.extend(script.uses().iter().map(|used| Cow::Borrowed(Use::as_str(*used)))),
        }
    }
}

/// Whether the text is written as its canonical form is, but for backslashes and a slash at the end.
fn is_own_spelling(text: &str, path: &PathText) -> bool {
    // SECURITY: what was judged is what the tool will open; another spelling may be another file to it.
    let same = |text: &str| text == path.canonical() || text.strip_suffix('/') == Some(path.canonical());
    path.doubt_text().is_none()
        && !path.climbs()
        && (same(text) || same(text.strip_prefix("./").unwrap_or(text)) || same(&text.replace('\\', "/")))
}

fn directory(text: &str, restrictive: bool) -> Result<String, String> {
    if text.contains(['*', '?']) {
        return Err("a directory has no wildcards; for those there is `path.canonical` or `glob`".to_owned());
    }
    let path = PathText::read(text);
    if path.doubt_text().is_some() || path.climbs() {
        return Err(format!("`{}` is no directory in plain spelling", super::shown(text)));
    }
    let canonical = path.canonical();
    Ok(if restrictive { fold(canonical).into_owned() } else { canonical.to_owned() })
}

pub(super) fn domain(text: &str) -> Result<String, String> {
    let refuse = || {
        format!(
            "`{}` is no domain like `example.com`; it stands for itself and all names below it",
            super::shown(text)
        )
    };
    let plain = !text.is_empty() && !text.contains(['*', '/', '@', ' ']);
    let address = WebAddress::read(text).filter(|_| plain).ok_or_else(refuse)?;
    if address.host() == text.to_ascii_lowercase() || !text.is_ascii() {
        Ok(address.host().to_owned())
    } else {
        Err(refuse())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_values() {
        assert_eq!(NETWORKS, Network::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>());
        assert_eq!(REACHES, Reach::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>());
        assert_eq!(USES, Use::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>());
        assert_eq!(SqlDialect::ALL.len(), Understood::default().sql.len());
    }
}
