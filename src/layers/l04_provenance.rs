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

use std::ops::Range;

use crate::base::{
    Finding, Folded, Integrity, JsonPointer, Label, Layer, Origins, RecordId, Rule, Sensitivity, Severity,
    Source, Span,
};
use crate::policy::{Origin, Policy, ReportOrBlock, Settings};
use crate::state::overlap::{Overlap, Overlaps};
use crate::state::{Hits, Key, Keys, Role, Segment, SessionFacts};
use crate::text::json::{Json, Node};
use crate::text::shingle::{self, Squeezed, TokenKey, TokenKind};
use crate::text::{Decoding, NormalizedText};
use crate::values::ToolCall;

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

    /// What the session keeps of a text: what the model saw of it, and what was encoded in that.
    pub fn record(
        &self,
        record: RecordId,
        source: Source,
        label: Label,
        role: Role,
        text: &NormalizedText<'_>,
    ) -> (Segment, Keys) {
        let mut kept = String::new();
        let (mut prints, mut grams, mut tokens) = (Vec::new(), Vec::new(), Vec::new());
        for reading in text.readings().filter(|reading| reading.decoding() != Some(Decoding::Reversed)) {
            let squeezed = shingle::squeeze(reading.folded());
            if !kept.is_empty() {
                // No squeezed text holds a line break, so no copy reaches over it.
                kept.push('\n');
            }
            let base = kept.len();
            let at = |at: usize| u32::try_from(base.saturating_add(at)).unwrap_or(u32::MAX);
            prints.extend(
                shingle::winnow(&squeezed).into_iter().map(|s| (s.fingerprint().to_u64(), at(s.at()))),
            );
            grams.extend(shingle::word_grams(&squeezed).into_iter().map(|g| g.fingerprint().to_u64()));
            tokens.extend(
                shingle::tokens(&self.tokens, &squeezed)
                    .into_iter()
                    .map(|t| (t.kind() as u8, t.hash().to_u64())),
            );
            tokens.extend(self.phrase(&squeezed).map(|hash| (TokenKind::Phrase as u8, hash)));
            kept.push_str(squeezed.text());
        }
        if let Some(exact) = exact(text).filter(|_| label.integrity() > Integrity::Untrusted) {
            let squeezed = shingle::squeeze(&exact);
            let found = shingle::tokens(&self.tokens, &squeezed).into_iter();
            tokens.extend(found.map(|t| (t.kind() as u8 | EXACT, t.hash().to_u64())));
            tokens.extend(self.phrase(&squeezed).map(|hash| (TokenKind::Phrase as u8 | EXACT, hash)));
        }
        let keys = Keys::new(prints, grams, tokens);
        (Segment::new(record, source, label, role, kept, &keys), keys)
    }

    /// What has to be looked up to label the leaves of `call`.
    pub fn query(&self, call: &ToolCall, limits: &crate::base::Limits) -> CallQuery {
        let mut keys: Vec<(Key, Asked)> = Vec::new();
        let mut leaves = Vec::new();
        for (pointer, node) in call.args().walk() {
            let from = keys.len();
            let text = match node {
                Node::Key(key) if is_identifier(key) => continue,
                Node::Key(text) => Some(text),
                Node::Leaf(Json::String(text)) => Some(text.as_str()),
                Node::Leaf(Json::Number(number)) => {
                    let number = number.canonical();
                    self.ask(&shingle::squeeze(&number), Form::Plain, &mut keys);
                    if number.starts_with('-') {
                        // The user's 50 is not the model's -50.
                        keys.push(nowhere());
                    }
                    None
                }
                Node::Leaf(_) => None,
            };
            if let Some(text) = text {
                let text = NormalizedText::new(text, limits);
                let exact = exact(&text);
                for reading in text.readings() {
                    let form = match (reading.decoding(), &exact) {
                        (None, None) => Form::Plain,
                        _ => Form::Read,
                    };
                    self.ask(&shingle::squeeze(reading.folded()), form, &mut keys);
                }
                if let Some(exact) = exact {
                    self.ask(&shingle::squeeze(&exact), Form::Exact, &mut keys);
                }
                let asked = keys.get(from..).unwrap_or_default().iter();
                let mut asked = asked.filter(|(_, asked)| matches!(asked.ask, Ask::Token | Ask::Common));
                // Text without a token (a sign, a single letter) is the model's choice all the same; so are signs
                // that give words another meaning, and characters that nobody sees.
                if asked.next().is_none() && !text.clean().trim().is_empty() || turns(&text) {
                    keys.push(nowhere());
                }
            }
            let is_key = matches!(node, Node::Key(_));
            leaves.push(LeafQuery { pointer, keys: from..keys.len(), is_key });
        }
        if keys.is_empty() {
            // A call without text or number is the model's own decision: labelled like anything else it made.
            leaves.push(LeafQuery { pointer: JsonPointer::root(), keys: 0..1, is_key: false });
            keys.push(nowhere());
        }
        let (keys, asks) = keys.into_iter().unzip();
        CallQuery { keys, asks, leaves }
    }

    fn ask(&self, squeezed: &Squeezed<'_>, form: Form, keys: &mut Vec<(Key, Asked)>) {
        let exact = if form == Form::Exact { EXACT } else { 0 };
        if let Some(hash) = self.phrase(squeezed) {
            let ask = if form == Form::Read { Ask::Copy } else { Ask::Whole };
            keys.push((Key::token(TokenKind::Phrase as u8 | exact, hash), Asked::of(ask)));
        }
        for token in shingle::tokens(&self.tokens, squeezed) {
            let common = token.kind() == TokenKind::Word || token.is_short();
            let ask = match (form, common) {
                // A word that stands in a decoding by accident says nothing.
                (Form::Read, true) => continue,
                (Form::Read, false) => Ask::Copy,
                (Form::Plain | Form::Exact, true) => Ask::Common,
                (Form::Plain | Form::Exact, false) => Ask::Token,
            };
            let is_leaf = token.kind() == TokenKind::Url
                && token.span().start() == 0
                && token.span().end() == squeezed.text().len();
            keys.push((
                Key::token(token.kind() as u8 | exact, token.hash().to_u64()),
                Asked { ask, span: token.span(), is_address: form != Form::Read && is_leaf },
            ));
        }
        if form != Form::Exact {
            let prints = shingle::winnow(squeezed).into_iter();
            let key = |print: shingle::Shingle| Key::fingerprint(print.fingerprint().to_u64());
            keys.extend(prints.map(|print| (key(print), Asked::of(Ask::Copy))));
        }
    }

    /// The hash of a whole short text; longer ones are known by their fingerprints.
    fn phrase(&self, squeezed: &Squeezed<'_>) -> Option<u64> {
        let short = !squeezed.text().is_empty() && squeezed.text().len() <= 256;
        short.then(|| shingle::whole(&self.tokens, squeezed).to_u64())
    }

    /// Labels each leaf of a call by what was found for its keys.
    pub fn label(&self, query: CallQuery, hits: &Hits, facts: &SessionFacts) -> Labelled {
        let CallQuery { asks, leaves, .. } = query;
        let leaves = leaves
            .into_iter()
            .filter_map(|leaf| {
                let asked = asks.get(leaf.keys.clone()).unwrap_or_default().iter().copied();
                let asked = leaf.keys.zip(asked);
                if leaf.is_key {
                    judge_key(leaf.pointer, asked, hits, facts)
                } else {
                    Some(judge(leaf.pointer, asked, hits, facts))
                }
            })
            .collect();
        Labelled { leaves }
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

/// In the kind of a token's key: the text as it is written, only in lower case.
const EXACT: u8 = 1 << 7;

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

/// How a leaf is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As it is written, which is also how it is folded: what is found decides, what is not found too.
    Plain,
    /// As it is written, where folding would lose something.
    Exact,
    /// Folded or decoded: only what is found counts.
    Read,
}

/// A question that nothing answers, not the user's words either.
fn nowhere() -> (Key, Asked) {
    (Key::token(u8::MAX, 0), Asked::of(Ask::Altered))
}

/// What the user says in their own name and asks for: without quoted lines, without what stands behind the head of
/// a forwarded mail, without clauses that forbid.
// SECURITY: a mail that the user pastes, and an address to which nothing must be sent, endorse nothing.
pub fn own_words(message: &str) -> String {
    const FORWARDED: &[&str] =
        &["-----original message", "---------- forwarded message", "begin forwarded message"];
    let mut own = String::with_capacity(message.len());
    for line in message.split_inclusive('\n') {
        let start = line.trim_start().to_lowercase();
        if FORWARDED.iter().any(|head| start.starts_with(head)) {
            break;
        }
        if start.starts_with('>') {
            continue;
        }
        let mut rest = line;
        while !rest.is_empty() {
            // A full stop inside an address or a number ends no clause.
            let end = rest
                .char_indices()
                .zip(rest.chars().skip(1).chain([' ']))
                .find(|((_, c), next)| matches!(c, '.' | '!' | '?' | ';') && next.is_whitespace());
            let end = end.map_or(rest.len(), |((at, c), _)| at.saturating_add(c.len_utf8()));
            let (clause, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if !forbids(clause) {
                own.push_str(clause);
            }
            rest = after;
        }
    }
    own
}

/// Whether a clause says what not to do. English only.
fn forbids(clause: &str) -> bool {
    let mut words = clause
        .split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '\u{2019}'))
        .map(|word| word.to_lowercase().replace('\u{2019}', "'"))
        .filter(|word| !word.is_empty())
        .peekable();
    let mut before = String::new();
    while let Some(word) = words.next() {
        let denies = matches!(word.as_str(), "never" | "don't" | "dont" | "mustn't" | "shouldn't")
            || word == "not" && matches!(before.as_str(), "do" | "must" | "should" | "may");
        // "Don't forget to" asks for it.
        if denies
            && !words.peek().is_some_and(|next| matches!(next.as_str(), "forget" | "hesitate" | "worry"))
        {
            return true;
        }
        before = word;
    }
    false
}

/// What is asked about a key of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// The leaf as a whole.
    Whole,
    /// A token that does not re-appear by accident.
    Token,
    /// A word, a short number: may stand in many texts.
    Common,
    /// A piece of a longer copy, or something inside an encoding.
    Copy,
    /// Something that the leaf has besides its tokens. No token covers it and no words endorse it.
    Altered,
}

/// What is asked, and of which part of the leaf.
#[derive(Debug, Clone, Copy)]
struct Asked {
    ask: Ask,
    span: Span<Folded>,
    /// Whether the whole leaf is one URL, this one.
    is_address: bool,
}

impl Asked {
    /// Of no part in particular.
    const fn of(ask: Ask) -> Self {
        Self { ask, span: Span::empty(), is_address: false }
    }
}

/// The keys of a call's leaves.
#[derive(Debug)]
pub struct CallQuery {
    keys: Vec<Key>,
    asks: Vec<Asked>,
    leaves: Vec<LeafQuery>,
}

#[derive(Debug)]
struct LeafQuery {
    pointer: JsonPointer,
    keys: Range<usize>,
    /// The name of a member instead of its value.
    is_key: bool,
}

/// Whether a member's name is one that schemas give. An account or a host is none.
fn is_identifier(key: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$');
    key.len() <= 64 && key.bytes().all(fits) && key.bytes().filter(u8::is_ascii_digit).count() < 3
}

/// Whether a text has signs that make something else of the user's words (wildcards, substitution, a way up the
/// tree), or characters that nobody sees.
// SECURITY: `*.txt` is more than the `a.txt` that the user named, and `docs; $(docs)` is a command.
fn turns(text: &NormalizedText<'_>) -> bool {
    const SIGNS: &[char] = &['*', '~', ';', '|', '&', '$', '`', '<', '>', '{', '}', '\\', '%', '^'];
    text.original().contains(SIGNS) || text.original().contains("..") || text.clean() != text.original()
}

impl CallQuery {
    /// What to look up.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }
}

/// Parts of a leaf that whole tokens cover: an account is one token, however its groups of digits are spaced.
struct Covered(Vec<Span<Folded>>);

impl Covered {
    fn of(mut spans: Vec<Span<Folded>>) -> Self {
        spans.sort_unstable();
        let mut merged: Vec<Span<Folded>> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if last.end() >= span.end() => {}
                _ => merged.push(span),
            }
        }
        Self(merged)
    }

    fn holds(&self, span: Span<Folded>) -> bool {
        let next = self.0.partition_point(|covered| covered.start() <= span.start());
        let before = next.checked_sub(1).and_then(|at| self.0.get(at));
        before.is_some_and(|covered| covered.end() >= span.end() && !covered.is_empty())
    }
}

/// The label of one leaf.
fn judge(
    pointer: JsonPointer,
    asked: impl Iterator<Item = (usize, Asked)> + Clone,
    hits: &Hits,
    facts: &SessionFacts,
) -> LabelledLeaf {
    let mut leaf = LabelledLeaf::new(pointer, false);
    let mut users = Origins::default();
    let (mut whole, mut of_user, mut known) = (false, Vec::new(), Vec::new());
    for (at, asked) in asked.clone() {
        let Some(hit) = hits.get(at) else { continue };
        leaf.is_known_address |= asked.is_address;
        if asked.ask == Ask::Token {
            known.push(asked.span);
        }
        let Some(user) = hit.user() else { continue };
        // What the user endorsed stays endorsed, whoever else wrote it.
        whole |= asked.ask == Ask::Whole;
        users.insert(user);
        if asked.ask == Ask::Token {
            of_user.push(asked.span);
        }
    }
    let (of_user, known) = (Covered::of(of_user), Covered::of(known));
    let mut all_users = true;
    for (at, Asked { ask, span, .. }) in asked {
        let hit = hits.get(at);
        let user = ask != Ask::Altered
            && (whole || hit.is_some_and(|hit| hit.user().is_some()) || of_user.holds(span));
        match (ask, hit) {
            (_, hit) if user && (ask != Ask::Copy || hit.is_some_and(|hit| hit.user().is_some())) => {}
            (Ask::Copy | Ask::Whole, None) => {}
            // What is part of a token that is known is judged with it.
            (Ask::Token | Ask::Common, None) if known.holds(span) => {}
            (Ask::Copy | Ask::Whole | Ask::Token, Some(hit)) => {
                all_users = false;
                leaf.origin = Origin::Source;
                leaf.label = leaf.label.join(hit.label());
                hit.places().iter().for_each(|place| leaf.origins.insert(place.record));
            }
            (Ask::Common, Some(hit)) => {
                all_users = false;
                // A common word tells how far the leaf may be believed, not that it was copied from there.
                leaf.label = leaf.label.join(Label::new(hit.label().integrity(), Sensitivity::Public));
            }
            (Ask::Token | Ask::Common, None) | (Ask::Altered, _) => {
                all_users = false;
                // SECURITY: from no text that is known: the model's own, or copied in a way that nobody sees. It is
                // believed as far as the worst text that the model has read.
                leaf.label = leaf.label.join(Label::new(facts.integrity(), Sensitivity::Public));
                if let Some(missed) = facts.unindexed() {
                    leaf.label = leaf.label.join(missed);
                }
            }
        }
    }
    if all_users && !users.is_empty() {
        leaf.origin = Origin::User;
    }
    leaf.origins.extend(&users);
    leaf
}

/// The label of a member's name that no schema gives. Plain words are a schema's as a rule: of those only what was
/// copied counts.
fn judge_key(
    pointer: JsonPointer,
    asked: impl Iterator<Item = (usize, Asked)> + Clone,
    hits: &Hits,
    facts: &SessionFacts,
) -> Option<LabelledLeaf> {
    // SECURITY: what may not stand as a value may not stand as a name either.
    let words =
        pointer.steps().last().is_some_and(|name| name.chars().all(|c| c.is_alphabetic() || c == ' '));
    let counts = |(at, asked): &(usize, Asked)| !words || asked.ask != Ask::Common && hits.get(*at).is_some();
    let leaf = LabelledLeaf { is_key: true, ..judge(pointer, asked.filter(counts), hits, facts) };
    (leaf.label != Label::NEUTRAL || leaf.origin == Origin::Source).then_some(leaf)
}

/// A leaf of a call's arguments, or a member's name, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledLeaf {
    pointer: JsonPointer,
    label: Label,
    origin: Origin,
    origins: Origins,
    is_known_address: bool,
    is_key: bool,
}

impl LabelledLeaf {
    fn new(pointer: JsonPointer, is_key: bool) -> Self {
        Self {
            pointer,
            label: Label::NEUTRAL,
            origin: Origin::Model,
            origins: Origins::default(),
            is_known_address: false,
            is_key,
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
}

impl Labelled {
    /// The leaves, in the order of the arguments.
    pub fn leaves(&self) -> &[LabelledLeaf] {
        &self.leaves
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
