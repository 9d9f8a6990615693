//! L3: an agent that has been told to leak.
//!
//! **Attack.** A reply, a mail, a tool's argument carries a credential, a value that the host guards, or a passage
//! of protected text; plainly, or encoded, reversed, spelled out, broken over lines, in invisible characters.
//!
//! **Promise.** In the text and in every view of it: what has the form of a catalogued secret, or a name that says
//! so, is found; so are numbers that name a person; every registered value is found, whatever stands between its characters; a copy of protected text
//! is measured exactly. All in time linear in the text's own length. No finding, message or error holds what was
//! found.
//!
//! **Not promised.** Secrets without form, name or registration. Paraphrase. What is split over several texts is put
//! together only where its pieces stand in the same place of each ([`Trail`]).

mod addresses;
mod assembled;
mod overlap;
mod personal;
mod redact;
mod registered;
mod secrets;
mod trail;

pub use personal::{PersonalGroup, PersonalType, TYPES as PERSONAL_TYPES};
pub use redact::Redactions;
pub use registered::{RegisterError, Registered, RegisteredKind};
#[cfg(feature = "test-util")]
pub use secrets::expressions;
pub use secrets::{Certainty, Hit, SecretType, scan};
pub use trail::{Piece, Trail};

use std::borrow::Cow;
use std::collections::HashMap;

use redact::Placeholder;
use secrets::own::{OwnHit, OwnTypes};

use crate::base::{
    Clean, Digest, Disposition, Evidence, Finding, Layer, Limits, Original, Rule, RuleId, SecretKey,
    Sensitivity, Severity, Span,
};
use crate::policy::{HostPattern, PersonalAction, PersonalSettings, ReportOrBlock, SecretAction, Settings};
use crate::state::overlap::Overlaps;
use crate::text::{Decoding, NormalizedText, Reading, fold};

/// What the layer takes from the policy.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OutboundDlpConfig {
    /// From how much overlap on a text counts as a copy, for each kind of source.
    pub settings: Settings,
    /// What is done about credentials and registered secrets, where it is not what the policy says.
    pub secrets: Option<SecretAction>,
    /// The highest sensitivity that may go to the sink. Default public: then `internal` text is protected too.
    pub clearance: Sensitivity,
}

impl OutboundDlpConfig {
    /// As the policy says, for a sink outside the organisation.
    pub fn new(settings: &Settings) -> Self {
        Self { settings: settings.clone(), secrets: None, clearance: Sensitivity::Public }
    }

    /// What holds for a text to this kind of sink.
    fn at(&self, sink: &str) -> Bearing<'_> {
        let (outbound, personal) = match self.settings.sink(sink) {
            Some(sink) => (&sink.outbound, &sink.personal),
            None => (self.settings.outbound(), self.settings.personal()),
        };
        let links = self.settings.sink(sink).and_then(|sink| Some((sink.hosts.as_deref()?, sink.links)));
        let secrets = self.secrets.unwrap_or(outbound.secrets);
        Bearing { secrets, sensitive: outbound.sensitive, personal, links }
    }
}

/// What is done about what one text holds.
#[derive(Debug, Clone, Copy)]
struct Bearing<'p> {
    secrets: SecretAction,
    sensitive: ReportOrBlock,
    personal: &'p PersonalSettings,
    /// The hosts that addresses may name, and what is done about others.
    links: Option<(&'p [HostPattern], SecretAction)>,
}

impl Bearing<'_> {
    /// What is done about personal data of this type. What only may be of the type is left alone, unless the policy
    /// speaks of the type itself.
    fn of(&self, kind: &PersonalType, is_sure: bool) -> PersonalAction {
        match self.personal.named(kind.name()) {
            Some(action) => action,
            None if !is_sure => PersonalAction::Off,
            None => match kind.group() {
                PersonalGroup::Identity => self.personal.identity,
                PersonalGroup::Payment => self.personal.payment,
                PersonalGroup::Account => self.personal.account,
                PersonalGroup::Contact => self.personal.contact,
            },
        }
    }
}

/// The layer, ready to work.
#[derive(Debug, Clone)]
pub struct OutboundDlp {
    config: OutboundDlpConfig,
    own: OwnTypes,
}

impl OutboundDlp {
    /// Makes the layer.
    pub fn compile(config: OutboundDlpConfig) -> Self {
        let own = OwnTypes::compile(config.settings.secrets());
        Self { config, own }
    }

    /// Judges a text that is to leave for this kind of sink. `overlaps` is what was measured between it and the session's texts.
    pub fn check(
        &self,
        text: &NormalizedText<'_>,
        sink: &str,
        overlaps: &Overlaps,
        registered: &Registered,
        key: &SecretKey,
    ) -> Checked {
        let bearing = self.config.at(sink);
        let mut checked = Checked::default();
        // SECURITY: what could not be looked at whole may hold anything.
        if text.exceeded().is_some() {
            checked.add(BUDGET_VIEWS.finding(), Disposition::Block);
        }
        if overlaps.exhausted() {
            checked.add(BUDGET_OVERLAP.finding(), Disposition::Block);
        }
        let mut plain = Plain::new();
        for reading in text.readings() {
            let mut found = secrets(bearing, reading, key);
            found.extend(own(bearing, reading, &self.own, key));
            found.extend(links(bearing, reading, key));
            found.extend(personal(bearing, reading, key));
            found.extend(registered_in(bearing, reading, registered, key));
            if !matches!(reading.decoding(), Some(Decoding::Reversed)) {
                let (turned, is_whole) = turned(bearing, reading, key);
                found.extend(turned);
                if !is_whole {
                    checked.add(BUDGET_VIEWS.finding(), Disposition::Block);
                }
            }
            if reading.decoding().is_none() {
                for leak in &found {
                    plain.entry(leak.evidence.digest()).or_default().push(leak.span);
                }
            } else {
                found = not_plain(found, &plain);
            }
            for leak in found {
                checked.add_leak(leak, reading);
            }
        }
        for leak in in_parts(bearing, text, &self.own, registered, key) {
            if !plain.contains_key(&leak.evidence.digest()) {
                checked.add_part(leak);
            }
        }
        overlap::judge(&self.config, bearing.sensitive, overlaps, &mut checked);
        checked
    }

    /// Judges a part of a text of which nothing but the words of sentences is left to be looked at: what is made of words
    /// is looked for, in the text and in its reverse. `None` where the policy has types of its own, which may be anything,
    /// and where something is encoded.
    ///
    /// What is left out cannot be there: tokens of the catalogue are longer than such words, or have digits, signs or
    /// capitals in them, in every turned alphabet too.
    pub fn check_words(
        &self,
        text: &NormalizedText<'_>,
        sink: &str,
        overlaps: &Overlaps,
        registered: &Registered,
        key: &SecretKey,
    ) -> Option<Checked> {
        if !self.own.is_empty() || !text.views().is_empty() || text.exceeded().is_some() {
            return None;
        }
        let bearing = self.config.at(sink);
        let mut checked = Checked::default();
        if overlaps.exhausted() {
            checked.add(BUDGET_OVERLAP.finding(), Disposition::Block);
        }
        for reading in text.readings().take(if registered.is_empty() { 1 } else { 2 }) {
            let mut found = registered_in(bearing, reading, registered, key);
            if reading.decoding().is_none() {
                found.extend(secrets(bearing, reading, key));
                // SECURITY: `www.evil.example` is made of words and their signs too.
                found.extend(links(bearing, reading, key));
                found.extend(personal(bearing, reading, key));
            }
            for leak in found {
                checked.add_leak(leak, reading);
            }
        }
        overlap::judge(&self.config, bearing.sensitive, overlaps, &mut checked);
        Some(checked)
    }

    /// Judges what a text completes that its session sent out in pieces before.
    pub fn follow(
        &self,
        now: &Piece,
        sink: &str,
        trail: &Trail,
        registered: &Registered,
        key: &SecretKey,
    ) -> Checked {
        let bearing = self.config.at(sink);
        let mut checked = Checked::default();
        for leak in in_pieces(bearing, trail, now, registered, key) {
            if !checked.findings.iter().any(|known| known.evidence == Some(leak.evidence)) {
                checked.add_piece(leak);
            }
        }
        overlap::judge_pieces(&self.config, bearing.sensitive, now, trail, &mut checked);
        checked
    }
}

fn secrets(bearing: Bearing<'_>, reading: Reading<'_>, key: &SecretKey) -> Vec<Leak> {
    let mut hits = Vec::new();
    scan(reading.clean(), &mut hits);
    if let Some(decoding) = reading.decoding().filter(|decoding| decoding.loses_case()) {
        secrets::scan_caseless(reading.clean(), decoding != Decoding::Labels, &mut hits);
    }
    if reading.decoding().is_none() {
        addresses::keys(reading.clean(), &mut hits);
    }
    leaks_of(bearing, hits, reading, key)
}

/// Secrets in a rotated or mirrored alphabet, and whether all of the text could be looked at.
fn turned(bearing: Bearing<'_>, reading: Reading<'_>, key: &SecretKey) -> (Vec<Leak>, bool) {
    let mut hits = Vec::new();
    let clean = reading.clean();
    let is_whole = if clean.is_ascii() {
        secrets::ciphers::scan(clean, &mut hits)
    } else {
        let latin = secrets::Latin::of(clean);
        let is_whole = secrets::ciphers::scan(&latin.text, &mut hits);
        hits = hits.into_iter().map(|hit| hit.at(latin.locate(hit.span()))).collect();
        is_whole
    };
    let mut leaks = leaks_of(bearing, hits, reading, key);
    for leak in &mut leaks {
        leak.finding.message = format!("{} (in a turned alphabet)", leak.finding.message).into();
    }
    (leaks, is_whole)
}

/// What the text holds in parts. Each stands for the whole text: its parts are everywhere.
fn in_parts(
    bearing: Bearing<'_>,
    text: &NormalizedText<'_>,
    own: &OwnTypes,
    registered: &Registered,
    key: &SecretKey,
) -> Vec<Leak> {
    let mut leaks = Vec::new();
    let whole = Span::whole(text.original());
    let mut look = |text: &str, registered_only: bool, hides: bool| {
        if !registered_only {
            let mut hits = Vec::new();
            scan(text, &mut hits);
            for hit in hits.into_iter().filter(|hit| hides || hit.certainty() >= Certainty::Shaped) {
                let Some(secret) = hit.span().of(text) else { continue };
                leaks.push(Leak {
                    name: Cow::Borrowed(hit.kind().name()),
                    finding: hit.kind().rule().finding(),
                    evidence: Evidence::of(secret, key),
                    span: whole,
                    disposition: secret_disposition(bearing.secrets),
                });
            }
            let hits = own.scan(text).into_iter();
            leaks.extend(hits.filter_map(|hit| {
                Some(own_leak(bearing, &hit, Evidence::of(hit.span.of(text)?, key), whole))
            }));
        }
        let folded = fold(text);
        for found in registered.scan(&folded) {
            let Some(value) = found.span().of(&folded) else { continue };
            leaks.push(registered_leak(bearing, &found, Evidence::of(value, key), whole));
        }
    };
    for one in assembled::assembled(text.clean(), !registered.is_empty()) {
        look(&one.text, one.registered_only, one.hides);
    }
    for carried in addresses::carried(text.clean()) {
        // What is encoded may be cut into the pieces of an address.
        let carried = NormalizedText::new(carried, &Limits::default());
        carried.readings().for_each(|reading| look(reading.clean(), false, false));
    }
    leaks
}

/// Tokens of the policy's own types.
fn own(bearing: Bearing<'_>, reading: Reading<'_>, own: &OwnTypes, key: &SecretKey) -> Vec<Leak> {
    let leak = |hit: OwnHit| {
        let evidence = Evidence::of(hit.span.of(reading.clean())?, key);
        Some(own_leak(bearing, &hit, evidence, reading.locate_clean(hit.span)))
    };
    own.scan(reading.clean()).into_iter().filter_map(leak).collect()
}

fn own_leak(bearing: Bearing<'_>, hit: &OwnHit, evidence: Evidence, span: Span<Original>) -> Leak {
    let severity = if hit.certainty == Certainty::Proven { Severity::Critical } else { Severity::High };
    let rule = RuleId::custom(format!("l3/secret/{}", hit.name));
    let message = format!("The text holds a secret of the type `{}`, which the policy describes", hit.name);
    Leak {
        name: Cow::Owned(hit.name.to_string()),
        finding: Finding::custom(Layer::OutboundDlp, rule, severity, message),
        evidence,
        span,
        disposition: secret_disposition(bearing.secrets),
    }
}

/// Addresses of hosts that the policy does not name for this sink.
fn links(bearing: Bearing<'_>, reading: Reading<'_>, key: &SecretKey) -> Vec<Leak> {
    let Some((hosts, action)) = bearing.links else { return Vec::new() };
    // What has to be decoded by more than a reader of links does is no link.
    if reading.decoding().is_some_and(|decoding| !decoding.is_ordinary()) {
        return Vec::new();
    }
    let foreign = addresses::addresses(reading.clean()).filter(|address| !address.goes_to(hosts));
    let leak = |address: addresses::Address<'_>| {
        let span = Span::<Clean>::new(address.range.start, address.range.end)?;
        Some(Leak {
            name: Cow::Borrowed("address"),
            finding: FOREIGN_HOST.finding(),
            evidence: Evidence::of(span.of(reading.clean())?, key),
            span: reading.locate_clean(span),
            disposition: secret_disposition(action),
        })
    };
    foreign.filter_map(leak).collect()
}

fn leaks_of(bearing: Bearing<'_>, hits: Vec<Hit>, reading: Reading<'_>, key: &SecretKey) -> Vec<Leak> {
    let leak = |hit: Hit| {
        let secret = hit.span().of(reading.clean())?;
        let severity = match hit.certainty() {
            Certainty::Proven => Severity::Critical,
            Certainty::Shaped | Certainty::Named => hit.kind().rule().severity,
        };
        Some(Leak {
            name: Cow::Borrowed(hit.kind().name()),
            finding: hit.kind().rule().finding().severity(severity),
            evidence: Evidence::of(secret, key),
            span: reading.locate_clean(hit.span()),
            disposition: secret_disposition(bearing.secrets),
        })
    };
    hits.into_iter().filter_map(leak).collect()
}

fn personal(bearing: Bearing<'_>, reading: Reading<'_>, key: &SecretKey) -> Vec<Leak> {
    let named_only = reading.decoding().is_some_and(Decoding::rearranges);
    let leak = |found: personal::Found| {
        let disposition = match bearing.of(found.kind, found.is_sure) {
            PersonalAction::Off => return None,
            PersonalAction::Warn => Disposition::Allow,
            PersonalAction::Redact => Disposition::Modify,
            PersonalAction::Block => Disposition::Block,
        };
        Some(Leak {
            name: Cow::Borrowed(found.kind.name()),
            finding: found.kind.rule().finding(),
            evidence: Evidence::of(found.span.of(reading.clean())?, key),
            span: reading.locate_clean(found.span),
            disposition,
        })
    };
    personal::scan(reading.clean(), named_only).into_iter().filter_map(leak).collect()
}

fn registered_in(
    bearing: Bearing<'_>,
    reading: Reading<'_>,
    registered: &Registered,
    key: &SecretKey,
) -> Vec<Leak> {
    let leak = |found: registered::Found| {
        let value = found.span().of(reading.folded())?;
        let span = reading.locate_folded(found.span());
        Some(registered_leak(bearing, &found, Evidence::of(value, key), span))
    };
    registered.scan(reading.folded()).into_iter().filter_map(leak).collect()
}

fn registered_leak(
    bearing: Bearing<'_>,
    found: &registered::Found,
    evidence: Evidence,
    span: Span<Original>,
) -> Leak {
    let (name, rule, disposition) = match found.kind() {
        RegisteredKind::Secret => {
            ("registered-secret", REGISTERED_SECRET, secret_disposition(bearing.secrets))
        }
        RegisteredKind::Sensitive => {
            ("registered-value", REGISTERED_SENSITIVE, copy_disposition(bearing.sensitive))
        }
    };
    Leak { name: Cow::Borrowed(name), finding: rule.finding(), evidence, span, disposition }
}

/// What a chain of pieces holds that none of them holds alone.
fn in_pieces(
    bearing: Bearing<'_>,
    trail: &Trail,
    now: &Piece,
    registered: &Registered,
    key: &SecretKey,
) -> Vec<Leak> {
    let mut leaks: Vec<Leak> = Vec::new();
    for chain in trail.chains(now) {
        let spans_several = |start: usize, end: usize| {
            start < chain.newest.1 && chain.newest.0 < end && (start < chain.newest.0 || chain.newest.1 < end)
        };
        let mut hits = Vec::new();
        scan(&chain.text, &mut hits);
        let hits = hits.into_iter().filter(|hit| {
            hit.certainty() >= Certainty::Shaped && spans_several(hit.span().start(), hit.span().end())
        });
        leaks.extend(hits.filter_map(|hit| {
            Some(Leak {
                name: Cow::Borrowed(hit.kind().name()),
                finding: hit.kind().rule().finding(),
                evidence: Evidence::of(hit.span().of(&chain.text)?, key),
                span: Span::empty(),
                disposition: secret_disposition(bearing.secrets),
            })
        }));
        if registered.is_empty() {
            continue;
        }
        let folded = fold(&chain.text);
        // Folding moves places where the chain is not ASCII; then any place counts.
        let is_exact = folded.len() == chain.text.len();
        let found = registered
            .scan(&folded)
            .into_iter()
            .filter(|found| !is_exact || spans_several(found.span().start(), found.span().end()));
        leaks.extend(found.filter_map(|found| {
            let evidence = Evidence::of(found.span().of(&folded)?, key);
            Some(registered_leak(bearing, &found, evidence, Span::empty()))
        }));
    }
    leaks
}

/// Something that must not leave, in one reading of the text.
struct Leak {
    name: Cow<'static, str>,
    finding: Finding,
    evidence: Evidence,
    span: Span<Original>,
    disposition: Disposition,
}

/// What stands in the text unencoded: the digest of each leak and its places.
type Plain = HashMap<Digest, Vec<Span<Original>>>;

/// What a view shows besides what stands plainly in the part that it decodes. A view of a text that is encoded here
/// and there shows the rest of the text again.
fn not_plain(leaks: Vec<Leak>, plain: &Plain) -> Vec<Leak> {
    let mut counts: HashMap<(Digest, Span<Original>), usize> = HashMap::new();
    for leak in &leaks {
        let count = counts.entry((leak.evidence.digest(), leak.span)).or_default();
        *count = count.saturating_add(1);
    }
    // SECURITY: a secret that stands in the part both plainly and encoded is shown more often than it stands there,
    // and keeps its finding; else redaction would leave the encoded copy.
    counts.retain(|(digest, part), shown| {
        let within = |span: &&Span<Original>| part.start() <= span.start() && span.end() <= part.end();
        let stands = plain.get(digest).map_or(0, |spans| spans.iter().filter(within).count());
        *shown > stands
    });
    leaks.into_iter().filter(|leak| counts.remove(&(leak.evidence.digest(), leak.span)).is_some()).collect()
}

const fn secret_disposition(action: SecretAction) -> Disposition {
    match action {
        SecretAction::Report => Disposition::Allow,
        SecretAction::Redact => Disposition::Modify,
        SecretAction::Block => Disposition::Block,
    }
}

const fn copy_disposition(action: ReportOrBlock) -> Disposition {
    match action {
        ReportOrBlock::Report => Disposition::Allow,
        ReportOrBlock::Block => Disposition::Block,
    }
}

/// Proof that L3 looked at a text and let it go on. Only [`Checked::into_parts`] gives one.
#[derive(Debug)]
#[must_use = "a proof that nobody asks for proves nothing"]
pub struct Passed(());

/// What the layer says of a text.
#[derive(Debug, Default)]
#[must_use = "a verdict that nobody looks at protects nothing"]
pub struct Checked {
    disposition: Disposition,
    findings: Vec<Finding>,
    redactions: Redactions,
}

impl Checked {
    fn add_leak(&mut self, leak: Leak, reading: Reading<'_>) {
        if leak.disposition > Disposition::Allow {
            self.redactions.add(leak.span, Placeholder::new(leak.name, leak.evidence.digest()));
        }
        let finding = leak.finding.evidence(leak.evidence).at(leak.span);
        let finding = match reading.decoding() {
            Some(decoding) => {
                let message = format!("{} (encoded: {})", finding.message, decoding.as_str());
                finding.saying(message)
            }
            None => finding,
        };
        self.add(finding, leak.disposition);
    }

    /// What was found in parts: there is no place to redact, so what would be redacted is blocked.
    fn add_part(&mut self, leak: Leak) {
        let message = format!("{} (in parts)", leak.finding.message);
        let stops =
            if leak.disposition > Disposition::Allow { Disposition::Block } else { Disposition::Allow };
        self.add(leak.finding.saying(message).evidence(leak.evidence).at(leak.span), stops);
    }

    /// What several texts hold together: the others have left, so this one is kept.
    fn add_piece(&mut self, leak: Leak) {
        let message = format!("{} (over several texts)", leak.finding.message);
        let stops =
            if leak.disposition > Disposition::Allow { Disposition::Block } else { Disposition::Allow };
        self.add(leak.finding.saying(message).evidence(leak.evidence), stops);
    }

    fn add(&mut self, finding: Finding, disposition: Disposition) {
        self.disposition.raise(disposition);
        self.findings.push(finding);
    }

    /// Allow, modify or block.
    pub const fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// What was found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings; and, unless the text may not leave, the proof with what has to be taken out first: nothing
    /// where the disposition is allow.
    pub fn into_parts(self) -> (Vec<Finding>, Option<(Passed, Redactions)>) {
        let passed = match self.disposition {
            Disposition::Allow => Some((Passed(()), Redactions::default())),
            Disposition::Modify => Some((Passed(()), self.redactions)),
            Disposition::Confirm | Disposition::Block => None,
        };
        (self.findings, passed)
    }
}

const BUDGET_VIEWS: Rule = Rule::new(
    Layer::OutboundDlp,
    "l3/budget/views",
    Severity::High,
    "The text holds more encoded parts than are decoded, so it cannot be judged whole",
);
const BUDGET_OVERLAP: Rule = Rule::new(
    Layer::OutboundDlp,
    "l3/budget/overlap",
    Severity::High,
    "Comparing the text with what the session read took more work than is allowed",
);
const REGISTERED_SECRET: Rule = Rule::new(
    Layer::OutboundDlp,
    "l3/secret/registered",
    Severity::Critical,
    "The text holds a value that the host registered as secret",
);
const REGISTERED_SENSITIVE: Rule = Rule::new(
    Layer::OutboundDlp,
    "l3/pii/registered",
    Severity::High,
    "The text holds a value that the host registered as sensitive",
);
const FOREIGN_HOST: Rule = Rule::new(
    Layer::OutboundDlp,
    "l3/url/host",
    Severity::High,
    "The text has an address of a host that the policy does not name for this sink",
);
const OVERLAP: Rule =
    Rule::new(Layer::OutboundDlp, "l3/overlap", Severity::High, "The text copies protected text");
const PIECES: Rule = Rule::new(
    Layer::OutboundDlp,
    "l3/overlap/pieces",
    Severity::High,
    "The session's texts together copy protected text",
);
const UNINDEXED: Rule = Rule::new(
    Layer::OutboundDlp,
    "l3/overlap/unindexed",
    Severity::High,
    "The session read more protected text than is remembered, so a copy of it could not be told",
);

/// What this layer can find besides the types of secrets and of personal data.
const GENERAL: [Rule; 8] = [
    BUDGET_VIEWS,
    BUDGET_OVERLAP,
    REGISTERED_SECRET,
    REGISTERED_SENSITIVE,
    FOREIGN_HOST,
    OVERLAP,
    PIECES,
    UNINDEXED,
];

/// What this layer can find.
pub const RULES: &[Rule] = &all_rules();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which refuses an index out of range"
)]
const fn all_rules() -> [Rule; GENERAL.len() + secrets::TYPES.len() + PERSONAL_TYPES.len()] {
    let mut rules = [OVERLAP; GENERAL.len() + secrets::TYPES.len() + PERSONAL_TYPES.len()];
    let behind = GENERAL.len() + secrets::TYPES.len();
    let mut at = 0;
    while at < rules.len() {
        rules[at] = if at < GENERAL.len() {
            GENERAL[at]
        } else if at < behind {
            *secrets::TYPES[at - GENERAL.len()].rule()
        } else {
            *PERSONAL_TYPES[at - behind].rule()
        };
        at += 1;
    }
    rules
}

#[cfg(test)]
mod tests;
