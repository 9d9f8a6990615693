//! What a policy says besides rules: thresholds, lifetimes, and what is done about findings.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::base::{ATTACK_MIN, Integrity, Label, SUSPECT_MIN, Sensitivity, SourceKind};
use crate::values::{WebAddress, is_below};

use super::PersonalAction;
use super::{
    Bindings, CanaryAction, ExtractionAction, HiddenAction, InboundAction, LimitRule, LinkSettings, Preset,
    ReportOrBlock, SecretAction, SecretChecksum, Spotlight, UndeclaredAction,
};

/// From how much overlap on a text counts as a copy.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Thresholds {
    /// L3: longest common substring with protected text, in characters of folded text. Default 100.
    pub dlp_verbatim_lcs_min: usize,
    /// L3: share of a protected text's n-grams, 0 to 1. Default 0.40.
    pub dlp_ngram_overlap_min: f64,
    /// L4: longest common substring with untrusted text, in characters of folded text. Default 50.
    pub provenance_verbatim_lcs_min: usize,
    /// L4: share of an untrusted text's n-grams, 0 to 1. Default 0.30.
    pub provenance_ngram_overlap_min: f64,
}

impl Thresholds {
    /// How many characters in a row can matter of a source with this label. A trusted source's words make what others
    /// say of them nobody's copy, so that each passage of it counts.
    pub fn least_run(&self, label: Label) -> usize {
        if label.integrity() > Integrity::Untrusted {
            return 0;
        }
        match label.sensitivity() {
            Sensitivity::Public => self.provenance_verbatim_lcs_min,
            _ => self.provenance_verbatim_lcs_min.min(self.dlp_verbatim_lcs_min),
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            dlp_verbatim_lcs_min: 100,
            dlp_ngram_overlap_min: 0.40,
            provenance_verbatim_lcs_min: 50,
            provenance_ngram_overlap_min: 0.30,
        }
    }
}

/// What is done about what comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundSettings {
    /// A text that is judged an attack.
    pub on_attack: InboundAction,
    /// A text that is suspected to be one.
    pub on_suspect: InboundAction,
    /// Parts that a person would not see.
    pub on_hidden: HiddenAction,
    /// From which score on a text is judged an attack, in thousandths.
    pub attack_min: u16,
    /// From which score on it is suspect, in thousandths.
    pub suspect_min: u16,
    /// From which score of the cheap detectors on the dear ones are asked, in thousandths. 0: always.
    pub judge_min: u16,
    /// How much the session's past counts for a suspect text, in thousandths. 0: nothing.
    pub session_weight: u16,
    /// A page of which scripts, remote style sheets or fonts that cannot be read decide what a person sees.
    pub on_unknown: InboundAction,
    /// How an untrusted text is made to look untrusted, where the host says nothing.
    pub spotlight: Spotlight,
}

/// What is done about what goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboundSettings {
    /// Credentials.
    pub secrets: SecretAction,
    /// Copies of sensitive text, and values registered as sensitive. There is no redacting: who leaks by
    /// paraphrase and quotation leaks between the cuts too.
    pub sensitive: ReportOrBlock,
    /// Copies of untrusted text across a trust boundary.
    pub untrusted_copy: ReportOrBlock,
}

/// What is done about personal data that goes out: by group, and by type where the policy names one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PersonalSettings {
    /// Numbers that a state or a maker gave to one person.
    pub identity: PersonalAction,
    /// Payment cards.
    pub payment: PersonalAction,
    /// Accounts, banks, businesses.
    pub account: PersonalAction,
    /// Mail, telephone, post, network, place, date of birth.
    pub contact: PersonalAction,
    /// Types that the policy names, in the order of their names.
    pub types: Arc<[(Arc<str>, PersonalAction)]>,
}

impl PersonalSettings {
    /// What the policy says of the type of this name.
    pub fn named(&self, name: &str) -> Option<PersonalAction> {
        let at = self.types.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        self.types.get(at).map(|(_, action)| *action)
    }
}

/// What holds for texts to one kind of sink.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkSettings {
    /// The kind, as the host names it: `reply`, `email`.
    pub kind: Arc<str>,
    /// Credentials and copies.
    pub outbound: OutboundSettings,
    /// Personal data.
    pub personal: PersonalSettings,
    /// The hosts that addresses in a text may name: `example.com`, `*.example.com`. All, where the policy says nothing.
    pub hosts: Option<Arc<[HostPattern]>>,
    /// What is done about an address of another host.
    pub links: SecretAction,
}

/// A host, or all that are below one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPattern {
    name: Arc<str>,
    below: bool,
}

impl HostPattern {
    /// Reads `example.com`, which is that host, or `*.example.com`, which is every host below it.
    pub fn read(text: &str) -> Option<Self> {
        let (name, below) = match text.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (text, false),
        };
        let address = WebAddress::read(&["https://", name, "/"].concat())?;
        // What a browser would read as another host is not what the author meant.
        (address.host().eq_ignore_ascii_case(name) && address.path() == "/")
            .then(|| Self { name: address.host().into(), below })
    }

    /// Whether it names every host that `other` names.
    #[cfg(feature = "yaml")]
    pub(super) fn covers(&self, other: &Self) -> bool {
        if self.below {
            (other.below && other.name == self.name)
                || (other.name.len() > self.name.len() && is_below(&other.name, &self.name))
        } else {
            self == other
        }
    }

    /// Whether it names this host, in canonical spelling.
    pub fn names(&self, host: &str) -> bool {
        if self.below {
            host.len() > self.name.len() && is_below(host, &self.name)
        } else {
            *host == *self.name
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.name)
    }
}

/// A type of secret of the host's own.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretTypeSettings {
    /// The name; findings are `l3/secret/NAME`.
    pub name: Arc<str>,
    /// With what its tokens begin. None: they are recognised by their context alone.
    pub prefixes: Arc<[Arc<str>]>,
    /// The characters behind the prefix.
    pub alphabet: u128,
    /// How many of those, at the least and at the most.
    pub length: (usize, usize),
    /// What holds of the last characters.
    pub checksum: SecretChecksum,
    /// Words of which one stands shortly before the token, in small letters. None: nothing has to.
    pub context: Arc<[Arc<str>]>,
}

impl SecretTypeSettings {
    /// Tokens of these prefixes, with so many characters of this alphabet behind them.
    pub fn new(name: &str, prefixes: Arc<[Arc<str>]>, alphabet: u128, length: (usize, usize)) -> Self {
        let (checksum, context) = (SecretChecksum::None, Arc::default());
        Self { name: name.into(), prefixes, alphabet, length, checksum, context }
    }

    /// The same, near one of these words.
    #[must_use]
    pub fn context(mut self, words: Arc<[Arc<str>]>) -> Self {
        self.context = words;
        self
    }
}

/// What is asked of a call before it runs, and for how long it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallSettings {
    /// L9: how old the message behind an authorization may be. Default 5 minutes.
    pub authorization_ttl: Duration,
    /// L12: how long a question stays open. Default 2 minutes.
    pub approval_ttl: Duration,
    /// L11: how long a binding holds that names no time of its own. Default 2 minutes.
    pub binding_ttl: Duration,
    /// L11: which calls have to come with a binding. Default optional.
    pub bindings: Bindings,
}

impl Default for CallSettings {
    fn default() -> Self {
        Self {
            authorization_ttl: Duration::from_mins(5),
            approval_ttl: Duration::from_mins(2),
            binding_ttl: Duration::from_mins(2),
            bindings: Bindings::Optional,
        }
    }
}

/// L10: what arguments may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValidationSettings {
    /// Arguments that the tool's schema does not name.
    pub undeclared: UndeclaredAction,
    /// Paths that climb out of where they begin.
    pub traversal: ReportOrBlock,
    /// Longest text, in bytes. Default 1,000,000.
    pub max_string: usize,
    /// Deepest nesting. Default 64.
    pub max_depth: usize,
    /// Most values, counting objects, arrays and leaves. Default 100,000.
    pub max_values: usize,
}

/// L2: what may go on into a knowledge graph or a long-term memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ExtractionSettings {
    /// What is said of kinds of sources instead of the layer's own table; no two of the same kind and trust.
    pub overrides: Arc<[ExtractionOverride]>,
    /// The kinds of sources that have to come with an id.
    pub require_id: Arc<[SourceKind]>,
}

impl ExtractionSettings {
    /// What is said of texts of this kind and trust. What speaks of the trust stands over what does not.
    pub fn override_for(&self, source: &SourceKind, trust: Integrity) -> Option<&ExtractionOverride> {
        let said = |wanted: Option<Integrity>| {
            self.overrides.iter().find(|entry| entry.source == *source && entry.trust == wanted)
        };
        said(Some(trust)).or_else(|| said(None))
    }
}

/// What is said of one kind of source.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExtractionOverride {
    /// The kind.
    pub source: SourceKind,
    /// Texts that are believed exactly this far; all where nothing is said.
    pub trust: Option<Integrity>,
    /// What is done with them.
    pub action: ExtractionAction,
}

/// L5: what is done about planted tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CanarySettings {
    /// One that comes in.
    pub inbound: CanaryAction,
    /// One that goes out, in a text or in an argument.
    pub outbound: ReportOrBlock,
}

/// What holds for texts of one kind of source.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ContextSettings {
    /// The kind.
    pub source: SourceKind,
    /// What is done about them when they come in.
    pub inbound: InboundSettings,
    /// From how much overlap with them on a text counts as a copy.
    pub thresholds: Thresholds,
}

/// What a policy says besides rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub(super) thresholds: Thresholds,
    pub(super) inbound: InboundSettings,
    pub(super) links: LinkSettings,
    pub(super) outbound: OutboundSettings,
    pub(super) personal: PersonalSettings,
    /// In the order of their names.
    pub(super) secrets: Vec<SecretTypeSettings>,
    /// In the order of their kinds.
    pub(super) sinks: Vec<SinkSettings>,
    pub(super) calls: CallSettings,
    pub(super) validation: ValidationSettings,
    pub(super) extraction: ExtractionSettings,
    pub(super) canaries: CanarySettings,
    pub(super) limits: Vec<LimitRule>,
    /// In the order of their kinds.
    pub(super) contexts: Vec<ContextSettings>,
}

impl Settings {
    /// From how much overlap on a text counts as a copy.
    pub const fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// The same of texts from this kind of source.
    pub fn thresholds_for(&self, source: &SourceKind) -> Thresholds {
        self.context(source).map_or(self.thresholds, |context| context.thresholds)
    }

    /// What is done about what comes in.
    pub const fn inbound(&self) -> &InboundSettings {
        &self.inbound
    }

    /// The same of texts from this kind of source.
    pub fn inbound_for(&self, source: &SourceKind) -> InboundSettings {
        self.context(source).map_or(self.inbound, |context| context.inbound)
    }

    /// Where links and pictures of inbound texts may lead.
    pub const fn links(&self) -> &LinkSettings {
        &self.links
    }

    /// What is done about what goes out.
    pub const fn outbound(&self) -> &OutboundSettings {
        &self.outbound
    }

    /// What is done about personal data that goes out.
    pub const fn personal(&self) -> &PersonalSettings {
        &self.personal
    }

    /// Types of secrets of the host's own, in the order of their names.
    pub fn secrets(&self) -> &[SecretTypeSettings] {
        &self.secrets
    }

    /// What holds for texts to one kind of sink, in the order of the kinds.
    pub fn sinks(&self) -> &[SinkSettings] {
        &self.sinks
    }

    /// What holds for texts to this kind of sink, where the policy speaks of it.
    pub fn sink(&self, kind: &str) -> Option<&SinkSettings> {
        let at = self.sinks.binary_search_by(|sink| (*sink.kind).cmp(kind)).ok()?;
        self.sinks.get(at)
    }

    /// What holds for texts to this kind of sink.
    pub(super) fn for_sink(&self, kind: &str) -> SinkSettings {
        self.sink(kind).cloned().unwrap_or_else(|| SinkSettings {
            kind: kind.into(),
            outbound: self.outbound,
            personal: self.personal.clone(),
            hosts: None,
            links: SecretAction::Block,
        })
    }

    /// What is asked of a call before it runs.
    pub const fn calls(&self) -> &CallSettings {
        &self.calls
    }

    /// What arguments may be.
    pub const fn validation(&self) -> &ValidationSettings {
        &self.validation
    }

    /// What may go on into a knowledge graph or a long-term memory.
    pub const fn extraction(&self) -> &ExtractionSettings {
        &self.extraction
    }

    /// What is done about planted tokens.
    pub const fn canaries(&self) -> &CanarySettings {
        &self.canaries
    }

    /// How much may happen in how long a time.
    pub fn limits(&self) -> &[LimitRule] {
        &self.limits
    }

    /// What holds for texts of one kind of source, in the order of the kinds.
    pub fn contexts(&self) -> &[ContextSettings] {
        &self.contexts
    }

    fn context(&self, source: &SourceKind) -> Option<&ContextSettings> {
        let at = self.contexts.binary_search_by(|context| context.source.cmp(source)).ok()?;
        self.contexts.get(at)
    }
}

/// What the presets say; their limits are in `presets`.
pub(super) fn of(preset: Preset) -> Settings {
    let (inbound, outbound) = match preset {
        Preset::Permissive => (
            (InboundAction::Report, InboundAction::Report, HiddenAction::Report),
            (SecretAction::Report, ReportOrBlock::Report),
        ),
        Preset::Balanced => (
            (InboundAction::Mark, InboundAction::Report, HiddenAction::Strip),
            (SecretAction::Block, ReportOrBlock::Block),
        ),
        Preset::Strict => (
            (InboundAction::Quarantine, InboundAction::Mark, HiddenAction::Strip),
            (SecretAction::Block, ReportOrBlock::Block),
        ),
    };
    let (undeclared, returned) = match preset {
        Preset::Permissive => (UndeclaredAction::Report, CanaryAction::Report),
        Preset::Balanced => (UndeclaredAction::Report, CanaryAction::Mark),
        Preset::Strict => (UndeclaredAction::Block, CanaryAction::Block),
    };
    let stops = outbound.1;
    let (identity, account) = match preset {
        Preset::Permissive => (PersonalAction::Warn, PersonalAction::Warn),
        Preset::Balanced => (PersonalAction::Block, PersonalAction::Warn),
        Preset::Strict => (PersonalAction::Block, PersonalAction::Redact),
    };
    let personal = PersonalSettings {
        identity,
        payment: identity,
        account,
        contact: PersonalAction::Warn,
        types: Arc::default(),
    };
    Settings {
        thresholds: Thresholds::default(),
        inbound: InboundSettings {
            on_attack: inbound.0,
            on_suspect: inbound.1,
            on_hidden: inbound.2,
            attack_min: ATTACK_MIN,
            suspect_min: SUSPECT_MIN,
            judge_min: SUSPECT_MIN,
            session_weight: 0,
            on_unknown: InboundAction::Report,
            spotlight: Spotlight::Tags,
        },
        links: LinkSettings::default(),
        outbound: OutboundSettings { secrets: outbound.0, sensitive: stops, untrusted_copy: stops },
        personal,
        secrets: Vec::new(),
        sinks: Vec::new(),
        calls: CallSettings::default(),
        validation: ValidationSettings {
            undeclared,
            traversal: stops,
            max_string: 1_000_000,
            max_depth: 64,
            max_values: 100_000,
        },
        extraction: ExtractionSettings::default(),
        canaries: CanarySettings { inbound: returned, outbound: stops },
        limits: Vec::new(),
        contexts: Vec::new(),
    }
}
