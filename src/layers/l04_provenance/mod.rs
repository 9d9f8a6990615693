//! L4: a stranger's words that come back as if they were the user's.
//!
//! **Attack.** A page names an account, and the agent pays there; a mail says what to forward, and it is
//! forwarded. The call looks like any other: only where its arguments came from tells.
//!
//! **Promise.** Every text that came in is remembered by its fingerprints and exact tokens. Every leaf of a
//! call's arguments gets the joined label of the texts it was copied from, read through the same views as the
//! texts (encodings, look-alikes, invisible characters). A copy of untrusted text of the threshold's length
//! does not leave unless quoting was asked for. What the session's index could not hold, and what comes from no
//! text that is known, gets the session's floor: never better than the worst that came in.
//!
//! **Not promised.** To see through paraphrase, or through an encoding that is not among the views. The user's
//! words endorse whole tokens: a name in a request endorses that name wherever it stands in a call.
//!
//! Up: `docs/architecture.md`. Down: `tests/cases/l04_provenance/`.

mod asked;
mod judge;
mod listing;
mod own;
mod query;
mod rows;
mod scripts;

pub use asked::Wishes;
pub use own::own_words;
pub use query::{CallQuery, RowsQuery};

use crate::base::{
    Finding, Integrity, JsonPointer, Label, Layer, Limits, Origins, RecordId, Rule, Severity, Source,
};
use crate::policy::{Origin, Policy, ReportOrBlock, Settings};
use crate::state::overlap::{Overlap, Overlaps};
use crate::state::{Keys, Role, Segment};
use crate::text::shingle::{self, Squeezed, TokenKey, TokenKind};
use crate::text::{Decoding, NormalizedText};
use crate::values::ArgRole;

/// The layer: remembers texts, labels arguments, traces copies.
#[derive(Debug)]
pub struct Provenance {
    settings: Settings,
    tokens: TokenKey,
}

impl Provenance {
    /// The layer under this policy.
    pub fn compile(policy: &Policy, tokens: TokenKey) -> Self {
        Self { settings: policy.settings().clone(), tokens }
    }

    /// What the session keeps of a text: what the model saw of it, and what was encoded in that. Of a tool's
    /// structured result the references are kept apart from what somebody wrote.
    pub fn record(
        &self,
        record: RecordId,
        source: Source,
        label: Label,
        role: Role,
        text: &NormalizedText<'_>,
        limits: &Limits,
    ) -> (Segment, Keys) {
        let mut kept = String::new();
        let (mut prints, mut grams, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
        let rows = (role == Role::ToolResult && !rows::is_raw(source.id()))
            .then(|| rows::read(text.original(), source.id(), limits))
            .flatten();
        for reading in text.readings().filter(|reading| reading.decoding() != Some(Decoding::Reversed)) {
            let squeezed = shingle::squeeze(reading.folded());
            if !kept.is_empty() {
                // No squeezed text holds a line break, so no copy reaches over it.
                kept.push('\n');
            }
            prints.extend(shingle::winnow(&squeezed).into_iter().map(|s| s.fingerprint().to_u64()));
            grams.extend(shingle::word_grams(&squeezed).into_iter().map(|g| g.fingerprint().to_u64()));
            if rows.is_none() {
                self.named(&squeezed, &mut tokens);
            }
            kept.push_str(squeezed.text());
        }
        if role == Role::UserMessage {
            tokens.extend(asked::stems(&self.tokens, text.folded()));
            for number in asked::spelled_numbers(text.folded()) {
                let found = shingle::tokens(&self.tokens, &shingle::squeeze(number)).into_iter();
                tokens.extend(found.flat_map(|t| {
                    let kind = t.kind() as u8;
                    [(kind, t.hash().to_u64()), (kind | SUM, t.hash().to_u64())]
                }));
            }
            let named = asked::link_segments(text.folded());
            let found = shingle::tokens(&self.tokens, &shingle::squeeze(&named)).into_iter();
            tokens.extend(found.map(|t| (t.kind() as u8, t.hash().to_u64())));
            let sums = asked::without_dates(text.folded());
            let found = shingle::tokens(&self.tokens, &shingle::squeeze(&sums)).into_iter();
            let found = found.filter(|t| t.kind() == TokenKind::Number);
            tokens.extend(found.map(|t| (t.kind() as u8 | SUM, t.hash().to_u64())));
        }
        let mut references = Vec::new();
        if let Some(rows) = rows {
            let free = NormalizedText::new(&*rows.free, limits);
            for reading in free.readings().filter(|reading| reading.decoding() != Some(Decoding::Reversed)) {
                self.named(&shingle::squeeze(reading.folded()), &mut tokens);
            }
            for (reference, line) in &rows.references {
                kept.push('\n');
                let at = u32::try_from(kept.len()).unwrap_or(u32::MAX);
                kept.push_str(line);
                let squeezed = shingle::squeeze(reference);
                let found = shingle::tokens(&self.tokens, &squeezed).into_iter();
                references.extend(found.map(|t| (t.kind() as u8 | REFERENCE, t.hash().to_u64(), at)));
                references.extend(
                    self.phrase(&squeezed).map(|hash| (TokenKind::Phrase as u8 | REFERENCE, hash, at)),
                );
            }
        }
        if let Some(exact) = exact(text).filter(|_| label.integrity() > Integrity::Untrusted) {
            let squeezed = shingle::squeeze(&exact);
            let found = shingle::tokens(&self.tokens, &squeezed).into_iter();
            tokens.extend(found.map(|t| (t.kind() as u8 | EXACT, t.hash().to_u64())));
            tokens.extend(self.phrase(&squeezed).map(|hash| (TokenKind::Phrase as u8 | EXACT, hash)));
        }
        let keys = Keys::new(prints, grams, tokens).sampled().with_places(references);
        (Segment::new(record, source, label, role, kept, &keys), keys)
    }

    /// What a text names: its tokens, itself where it is short, numbers that it calls the id of something.
    fn named(&self, squeezed: &Squeezed<'_>, tokens: &mut Vec<(u8, u64)>) {
        shingle::each_token(&self.tokens, squeezed, |t| {
            // SECURITY: a text that says one thing a hundred thousand times takes no memory for each.
            if tokens.len() == tokens.capacity() && tokens.len() >= MANY {
                tokens.sort_unstable();
                tokens.dedup();
            }
            tokens.push((t.kind() as u8, t.hash().to_u64()));
        });
        tokens.extend(self.phrase(squeezed).map(|hash| (TokenKind::Phrase as u8, hash)));
        let ids = rows::named_numbers(squeezed).into_iter();
        tokens.extend(ids.filter_map(|number| Some((NAMED, self.phrase(&shingle::squeeze(number))?))));
        let spelled = rows::spelled_ids(squeezed.text()).into_iter();
        tokens.extend(spelled.filter_map(|id| Some((SPELLED, self.phrase(&shingle::squeeze(&id))?))));
    }

    /// The hash of a whole short text; longer ones are known by their fingerprints.
    fn phrase(&self, squeezed: &Squeezed<'_>) -> Option<u64> {
        let short = !squeezed.text().is_empty() && squeezed.text().len() <= 256;
        short.then(|| shingle::whole(&self.tokens, squeezed).to_u64())
    }

    /// Judges how much of what untrusted sources wrote re-appears in an outbound text.
    ///
    /// # Errors
    /// The findings that keep the text back.
    pub fn trace(
        &self,
        overlaps: &Overlaps,
        quoted: impl Fn(RecordId) -> bool,
    ) -> Result<Traced, Vec<Finding>> {
        let copied: Vec<Finding> = overlaps
            .iter()
            .filter(|overlap| {
                overlap.label().integrity() <= Integrity::Untrusted && !quoted(overlap.record())
            })
            .filter(|overlap| {
                let thresholds = self.settings.thresholds_for(overlap.source().kind());
                overlap.lcs() >= thresholds.provenance_verbatim_lcs_min
                    || overlap.ngram() >= thresholds.provenance_ngram_overlap_min
            })
            // A passage that the user or the host wrote too (a footer, a title) is not the stranger's.
            .filter(|overlap| !overlaps.iter().any(|other| vouches(other, overlap)))
            .map(|overlap| {
                let finding = COPY.finding().saying(format!(
                    "the text repeats {} characters in a row, {:.0} % of the phrases, of untrusted record {}",
                    overlap.lcs(),
                    overlap.ngram() * 100.0,
                    overlap.record()
                ));
                match overlap.span() {
                    Some(span) => finding.at(span),
                    None => finding,
                }
            })
            .collect();
        if copied.is_empty() || self.settings.outbound().untrusted_copy == ReportOrBlock::Report {
            Ok(Traced { findings: copied })
        } else {
            Err(copied)
        }
    }
}

/// Whether `other` is a trusted text that has the same passage; what it lacks is too short to be a copy.
fn vouches(other: &Overlap, overlap: &Overlap) -> bool {
    let (Some(theirs), Some(span)) = (other.span(), overlap.span()) else { return false };
    let shared = theirs.end().min(span.end()).saturating_sub(theirs.start().max(span.start()));
    other.label().integrity() > Integrity::Untrusted && span.len().saturating_sub(shared) < shingle::GUARANTEE
}

/// The text as it is written, in lower case, where folding made more of it than that.
// SECURITY: folding makes `b\u{043e}b@corp` the same as `bob@corp`. That is right where a copy is looked for, and wrong
// where the user's words endorse: a look-alike of an address that the user named is another address.
fn exact(text: &NormalizedText<'_>) -> Option<String> {
    if text.clean().is_ascii() {
        return None;
    }
    let lower = text.clean().to_lowercase();
    (lower != text.folded()).then_some(lower)
}

/// Tokens of a text from which on those that come again are left out before there is made room for more.
const MANY: usize = 1 << 14;

/// In the kind of a token's key: the text as it is written, only in lower case.
const EXACT: u8 = 1 << 7;
/// In the kind of a token's key: a reference of a structured result.
const REFERENCE: u8 = 1 << 6;
/// The kind of a key: a short number that a text calls the id of something.
const NAMED: u8 = 1 << 5;
/// The kind of a key: a word of the user's without its ending.
const STEM: u8 = NAMED | 1;
/// The kind of a key: an id without what stands between its parts.
const SPELLED: u8 = NAMED | 2;
/// In the kind of a token's key: a number of the user's that may be a sum.
const SUM: u8 = 1 << 4;

/// A leaf of a call's arguments, or a member's name, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledLeaf {
    pointer: JsonPointer,
    label: Label,
    origin: Origin,
    origins: Origins,
    is_known_address: bool,
    is_key: bool,
    /// A command line of which the user asked for each part.
    is_wished: bool,
    role: ArgRole,
}

impl LabelledLeaf {
    fn new(pointer: JsonPointer, role: ArgRole) -> Self {
        Self {
            pointer,
            label: Label::NEUTRAL,
            origin: Origin::Model,
            origins: Origins::default(),
            is_known_address: false,
            is_key: false,
            is_wished: false,
            role,
        }
    }

    /// A command line of which the user asked for each part. What it was made of may still be confidential.
    fn wished(mut self, label: Label, users: &Origins) -> Self {
        self.is_wished = true;
        self.origin = Origin::User;
        self.label = self.label.join(Label::new(Integrity::Trusted, label.sensitivity()));
        self.origins.extend(users);
        self
    }

    /// Text that is only said, and that has an address or a link in it which nobody vouches for, sends its reader
    /// there.
    fn leads_somewhere(&mut self, leads: bool) {
        if leads && self.role == ArgRole::Content {
            self.role = ArgRole::Link;
        }
    }

    /// Whether it is the name of the member at the pointer, not its value.
    pub const fn is_key(&self) -> bool {
        self.is_key
    }

    /// Whether it is one URL that stands whole in a text that came in, or in the user's words.
    pub const fn is_known_address(&self) -> bool {
        self.is_known_address
    }

    /// What it decides.
    pub const fn role(&self) -> ArgRole {
        self.role
    }

    /// Which leaf.
    pub const fn pointer(&self) -> &JsonPointer {
        &self.pointer
    }

    /// The joined label of everything that the leaf was made of.
    pub const fn label(&self) -> Label {
        self.label
    }

    /// Who put it there.
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// The records that it was copied from.
    pub const fn origins(&self) -> &Origins {
        &self.origins
    }
}

/// A call's leaves with their labels. Only [`Provenance::label`] makes one.
#[derive(Debug)]
pub struct Labelled {
    leaves: Vec<LabelledLeaf>,
    asked_for: bool,
    spent: bool,
    counted: u16,
    needs_an_object: bool,
}

impl Labelled {
    /// The leaves, in the order of the arguments.
    pub fn leaves(&self) -> &[LabelledLeaf] {
        &self.leaves
    }

    /// Whether the user's words ask for what the tool does, in a word that people use for it.
    pub const fn asked_for(&self) -> bool {
        self.asked_for
    }

    /// Whether the user's words ask for what the tool does, and it was done as often as they ask for it.
    pub const fn is_spent(&self) -> bool {
        self.spent
    }

    /// The kinds of things that the tool does, where the user's wishes for them are counted.
    pub const fn counted(&self) -> u16 {
        self.counted
    }

    /// Whether the tool sends, pays, deletes or cancels: then an argument has to say to whom, or what.
    pub const fn needs_an_object(&self) -> bool {
        self.needs_an_object
    }

    pub(in crate::layers) fn into_leaves(self) -> Vec<LabelledLeaf> {
        self.leaves
    }
}

/// Proof that an outbound text was traced, with what was reported and let pass.
#[derive(Debug)]
#[must_use = "a text leaves only with this proof"]
pub struct Traced {
    findings: Vec<Finding>,
}

impl Traced {
    /// What was noticed and let pass.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

const COPY: Rule = Rule::new(
    Layer::Provenance,
    "l4/copy",
    Severity::High,
    "the text repeats what an untrusted source wrote",
);

/// What this layer can find.
pub const RULES: &[Rule] = &[COPY];
