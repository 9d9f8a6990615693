//! L5: what the model was shown, and must never say.
//!
//! **Attack.** A text talks the agent into giving away its instructions, or a document that it was shown: word by
//! word, encoded, or a piece at a time, so that no single message looks like a copy.
//!
//! **Promise.** The host plants a canary, a token that stands nowhere else, in what must stay inside. It is found
//! where it leaves, in a text or in the arguments of a call, and where it comes back: in any case, with anything
//! between its characters that is neither letter nor digit of ASCII, under invisible characters, backwards,
//! in ROT13, base32, base64, hexadecimal, and in every encoding that [`NormalizedText`] reads. Pieces of six
//! characters and more are added up over the leaves of a call and over the session. Canaries that were replaced by
//! newer ones stay watched. No finding shows a canary.
//!
//! **Not promised.** To see the planted text go without its canary, or the canary in an encoding of the model's
//! own, in pieces below six characters that other letters or digits part, or in two pieces that leave at the same
//! instant. That a canary is still watched after its session expired: plant it again, it will be the same token.
//!
//! Up: `docs/architecture.md`, `docs/layers/l05_canary.md`. Down: `tests/cases/l05_canary/`.

mod needles;

use std::fmt;

use needles::{BASE32, Needles};
use zeroize::Zeroizing;

use crate::base::{
    CanaryPlace, Digest, Disposition, Finding, JsonPointer, Layer, Limits, Original, Rule, SecretKey,
    SessionId, Severity, Span,
};
use crate::policy::{CanaryAction, CanarySettings, ReportOrBlock};
use crate::state::{Flag, SessionFacts};
use crate::text::json::{Json, Node};
use crate::text::{Decoding, NormalizedText};
use crate::values::ToolCall;

/// The layer: makes canaries, and knows them again.
#[derive(Debug)]
pub struct Canaries {
    key: SecretKey,
    settings: CanarySettings,
}

impl Canaries {
    /// Characters of a canary: 116 bits that nobody outside can guess.
    pub const LEN: usize = 26;
    /// How many canaries a session may have. Each makes every check of the session a little dearer.
    pub const MAX: usize = 64;
    /// From how many characters that went out a canary counts as gone: three quarters.
    const GONE: u32 = 20;
    /// From how many on it is worth a word: half.
    const HALF: u32 = 13;

    /// The layer under these settings. Its key is derived from `key`: with another one, canaries that were planted
    /// are not known again.
    pub fn compile(key: &SecretKey, settings: CanarySettings) -> Self {
        Self { key: key.derive("canary"), settings }
    }

    /// The next canary of a place, and what the session has to remember of it before it is planted.
    ///
    /// Two that are issued at the same instant for one place are the same token.
    ///
    /// # Errors
    /// When the session has [`Canaries::MAX`] of them.
    pub fn issue(
        &self,
        session: &SessionId,
        place: &CanaryPlace,
        facts: &SessionFacts,
    ) -> Result<(Canary, SessionFacts), Box<Finding>> {
        if facts.canaries().count() >= Self::MAX {
            return Err(Box::new(TOO_MANY.finding()));
        }
        let newest =
            facts.canaries().filter(|planted| planted.place == place).map(|planted| planted.generation);
        let generation = newest.max().unwrap_or(0).saturating_add(1);
        let delta = SessionFacts::new().planted(place.clone(), generation, 0);
        Ok((self.token(session, place, generation), delta))
    }

    /// What to look for in texts of this session.
    pub fn watch(&self, session: &SessionId, facts: &SessionFacts) -> Watch {
        let mut needles = Needles::default();
        let watched: Vec<Watched> = facts
            .canaries()
            .enumerate()
            .map(|(index, planted)| {
                needles.file(index, &self.token(session, planted.place, planted.generation));
                Watched {
                    place: planted.place.clone(),
                    generation: planted.generation,
                    leaked: planted.leaked,
                }
            })
            .collect();
        needles.ready();
        Watch { watched, needles }
    }

    /// Judges what was seen in something that leaves: a text, or the arguments of a call.
    pub fn leaving(&self, looked: Looked) -> Checked {
        let blocked = match self.settings.outbound {
            ReportOrBlock::Report => Disposition::Allow,
            ReportOrBlock::Block => Disposition::Block,
        };
        let mut checked =
            Checked { disposition: Disposition::Allow, findings: Vec::new(), facts: SessionFacts::new() };
        let mut gone = SessionFacts::new();
        for seen in looked.seen {
            let Watched { place, generation, leaked } = &seen.watched;
            let covered = leaked | seen.covered;
            let finding = if seen.is_whole {
                CANARY.finding().saying(format!(
                    "{} of `{place}`{}",
                    CANARY.meaning,
                    seen.form.map(|form| format!(" (encoded: {form})")).unwrap_or_default()
                ))
            } else {
                let count = covered.count_ones();
                if count < Self::HALF {
                    gone = gone.planted(place.clone(), *generation, seen.covered);
                    continue;
                }
                let finding = PIECES.finding().saying(format!(
                    "{count} of {} characters of the canary of `{place}` have left by now",
                    Self::LEN
                ));
                if count < Self::GONE { finding.severity(Severity::Info) } else { finding }
            };
            if finding.severity > Severity::Info {
                checked.disposition.raise(blocked);
                checked.facts = checked.facts.flag(Flag::CanarySeen);
            }
            gone = gone.planted(place.clone(), *generation, seen.covered);
            checked.findings.push(seen.locate(finding));
        }
        checked.facts = match checked.disposition {
            // What is kept back did not go out; that somebody tried stays known.
            Disposition::Block => checked.facts.flag(Flag::Escalated),
            _ => checked.facts.merge(&gone),
        };
        checked
    }

    /// Judges what was seen in something that came in. `home` is the host's name for where it came from: the canary
    /// of a place with that name belongs there.
    pub fn returned(&self, looked: Looked, home: &str) -> Returned {
        let findings: Vec<Finding> = looked
            .seen
            .into_iter()
            .filter(|seen| seen.covered.count_ones() >= Self::GONE && seen.watched.place.as_str() != home)
            .map(|seen| {
                let finding =
                    RETURNED.finding().saying(format!("{} of `{}`", RETURNED.meaning, seen.watched.place));
                seen.locate(finding)
            })
            .collect();
        let action = (!findings.is_empty()).then_some(self.settings.inbound);
        Returned { action, findings }
    }

    /// A pure function of the session, the place and the generation, so that nobody has to keep the token.
    fn token(&self, session: &SessionId, place: &CanaryPlace, generation: u32) -> Canary {
        let parts = [session.as_str().as_bytes(), place.as_str().as_bytes(), &generation.to_be_bytes()];
        Canary(Zeroizing::new(spell(&self.key.tag(&parts))))
    }
}

/// The canary of a digest.
// Every fifth character is a letter, and two behind it stands a digit: no piece of six is a word, and none a number.
// A given piece then stands at a given place of random base32 with a chance of 2^-30. A canary has 21 pieces, forwards
// and backwards: one is met by accident in 25 million characters of base32, fewer still in prose, base64 or
// hexadecimal, where its digits and letters are rarer. It takes four that do not overlap until anything is stopped.
fn spell(digest: &Digest) -> String {
    let letter = |alphabet: &[u8], byte: u8| {
        let at = usize::from(byte).checked_rem(alphabet.len()).unwrap_or(0);
        char::from(alphabet.get(at).copied().unwrap_or_default())
    };
    let (letters, digits) = BASE32.split_at(26);
    let classes = [letters, BASE32, digits, BASE32, BASE32];
    digest
        .as_bytes()
        .iter()
        .take(Canaries::LEN)
        .zip(classes.into_iter().cycle())
        .map(|(b, a)| letter(a, *b))
        .collect()
}

/// A token to plant. `Debug` does not show it; wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Canary(Zeroizing<String>);

impl Canary {
    /// The token: 26 lower-case letters and digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Canary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canary")
    }
}

/// A canary of the session.
#[derive(Debug, Clone)]
struct Watched {
    place: CanaryPlace,
    generation: u32,
    leaked: u32,
}

/// The canaries of a session, ready to be looked for. Without any, looking costs nothing.
#[derive(Debug)]
pub struct Watch {
    watched: Vec<Watched>,
    needles: Needles,
}

impl Watch {
    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.watched.is_empty()
    }

    /// Looks through every reading of a text, once.
    pub fn look(&self, text: &NormalizedText<'_>) -> Looked {
        let mut looked = Looked::default();
        if self.is_empty() {
            return looked;
        }
        // Tokens are looked for backwards too, so the text need not be read backwards.
        for reading in text.readings().filter(|reading| reading.decoding() != Some(Decoding::Reversed)) {
            let folded = reading.folded();
            self.scan(folded, &mut looked, reading.decoding().map(Decoding::as_str), |start, end| {
                Span::new(start, end).map(|span| reading.locate_folded(span))
            });
        }
        looked
    }

    /// Looks through the keys and values of a call's arguments: each by itself, and one behind the other.
    pub fn look_at_call(&self, call: &ToolCall, limits: &Limits) -> Looked {
        let mut looked = Looked::default();
        if self.is_empty() {
            return looked;
        }
        let (mut keys, mut values) = (String::new(), String::new());
        for (pointer, node) in call.args().walk() {
            let number;
            let (text, row) = match node {
                Node::Key(key) => (key, &mut keys),
                Node::Leaf(Json::String(text)) => (text.as_str(), &mut values),
                Node::Leaf(Json::Number(digits)) => {
                    number = digits.canonical();
                    (&*number, &mut values)
                }
                Node::Leaf(_) => continue,
            };
            row.push_str(text);
            row.push(' ');
            let mut found = self.look(&NormalizedText::new(text, limits));
            if found.seen.is_empty() {
                continue;
            }
            // SECURITY: a key can hold the token, and a pointer is printed.
            let tells = !self.plain(pointer.as_str()).seen.is_empty();
            let pointer = if tells { JsonPointer::root() } else { pointer };
            for seen in &mut found.seen {
                seen.pointer = Some(pointer.clone());
            }
            looked.add(found);
        }
        for row in [keys, values] {
            let mut found = self.plain(&crate::text::fold(&row));
            for seen in &mut found.seen {
                seen.pointer = Some(JsonPointer::root());
            }
            looked.add(found);
        }
        looked
    }

    /// Looks through a folded text as it stands.
    fn plain(&self, folded: &str) -> Looked {
        let mut looked = Looked::default();
        self.scan(folded, &mut looked, None, |_, _| None);
        looked
    }

    fn scan(
        &self,
        folded: &str,
        looked: &mut Looked,
        decoding: Option<&'static str>,
        locate: impl Fn(usize, usize) -> Option<Span<Original>>,
    ) {
        self.needles.scan(folded, |needle, start, end| {
            let Some(watched) = self.watched.get(needle.canary) else { return };
            let known = looked.seen.iter_mut().find(|seen| seen.index == needle.canary);
            let covers = needle.covers();
            let seen = match known {
                // Once it is known whole there is nothing more to learn.
                Some(seen)
                    if seen.is_whole || (!needle.is_whole() && seen.covered | covers == seen.covered) =>
                {
                    return;
                }
                Some(seen) => seen,
                None => {
                    looked.seen.push(Seen::new(needle.canary, watched.clone()));
                    let Some(seen) = looked.seen.last_mut() else { return };
                    seen
                }
            };
            seen.covered |= covers;
            if needle.is_whole() || seen.span.is_none() {
                seen.span = locate(start, end);
            }
            if needle.is_whole() {
                seen.is_whole = true;
                seen.form = needle.form().or(decoding);
            }
        });
    }
}

/// What was seen of one canary.
#[derive(Debug)]
struct Seen {
    index: usize,
    watched: Watched,
    covered: u32,
    is_whole: bool,
    form: Option<&'static str>,
    span: Option<Span<Original>>,
    pointer: Option<JsonPointer>,
}

impl Seen {
    const fn new(index: usize, watched: Watched) -> Self {
        Self { index, watched, covered: 0, is_whole: false, form: None, span: None, pointer: None }
    }

    fn locate(&self, finding: Finding) -> Finding {
        let finding = match self.span {
            Some(span) => finding.at(span),
            None => finding,
        };
        match &self.pointer {
            Some(pointer) => finding.in_argument(pointer.clone()),
            None => finding,
        }
    }
}

/// What was seen, not judged yet: [`Canaries::leaving`] and [`Canaries::returned`] do.
#[derive(Debug, Default)]
#[must_use = "what was seen has to be judged"]
pub struct Looked {
    seen: Vec<Seen>,
}

impl Looked {
    /// What was seen in another part of the same.
    fn add(&mut self, other: Self) {
        for seen in other.seen {
            match self.seen.iter_mut().find(|known| known.index == seen.index) {
                Some(known) => {
                    let covered = known.covered | seen.covered;
                    if seen.is_whole && !known.is_whole {
                        *known = seen;
                    }
                    known.covered = covered;
                }
                None => self.seen.push(seen),
            }
        }
    }
}

/// Proof that L5 looked at what leaves and let it go on. Only [`Checked::into_parts`] gives one.
#[derive(Debug)]
#[must_use = "a proof that nobody asks for proves nothing"]
pub struct Passed(());

/// What the layer says of something that leaves.
#[derive(Debug)]
#[must_use = "a verdict that nobody looks at protects nothing"]
pub struct Checked {
    disposition: Disposition,
    findings: Vec<Finding>,
    facts: SessionFacts,
}

impl Checked {
    /// Allow or block.
    pub const fn disposition(&self) -> Disposition {
        self.disposition
    }

    /// What was found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings; what the session has to remember, whatever becomes of the text; and, unless it may not leave,
    /// the proof.
    pub fn into_parts(self) -> (Vec<Finding>, SessionFacts, Option<Passed>) {
        let passed = (self.disposition < Disposition::Block).then_some(Passed(()));
        (self.findings, self.facts, passed)
    }
}

/// What the layer says of something that came in.
#[derive(Debug)]
#[must_use = "a verdict that nobody looks at protects nothing"]
pub struct Returned {
    action: Option<CanaryAction>,
    findings: Vec<Finding>,
}

impl Returned {
    /// What the policy does about it; `None` where no canary came back.
    pub const fn action(&self) -> Option<CanaryAction> {
        self.action
    }

    /// The findings, and what the session has to remember.
    pub fn into_parts(self) -> (Vec<Finding>, SessionFacts) {
        let facts = SessionFacts::new();
        (self.findings, if self.action.is_some() { facts.flag(Flag::CanarySeen) } else { facts })
    }
}

const CANARY: Rule =
    Rule::new(Layer::Canary, "l5/canary", Severity::Critical, "what is to leave holds the canary");
const PIECES: Rule = Rule::new(
    Layer::Canary,
    "l5/canary-pieces",
    Severity::High,
    "most of a canary has left, a piece at a time",
);
const RETURNED: Rule =
    Rule::new(Layer::Canary, "l5/canary-returned", Severity::High, "what came in holds the canary");
const TOO_MANY: Rule = Rule::new(
    Layer::Canary,
    "l5/too-many",
    Severity::Medium,
    "the session has as many canaries as can be watched",
);

/// What this layer can find.
pub const RULES: &[Rule] = &[CANARY, PIECES, RETURNED, TOO_MANY];

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::needles::{aligned, rot13};
    use super::*;
    use crate::base::ToolName;

    fn canaries() -> Canaries {
        let settings = *crate::policy::Policy::preset(crate::policy::Preset::Balanced).settings().canaries();
        Canaries::compile(&SecretKey::from_bytes([7; 32]), settings)
    }

    fn session() -> SessionId {
        SessionId::new("s").unwrap()
    }

    fn place(name: &str) -> CanaryPlace {
        CanaryPlace::new(name).unwrap()
    }

    /// A session with one canary, and its token.
    fn planted() -> (Canaries, SessionFacts, String) {
        let layer = canaries();
        let (canary, facts) = layer.issue(&session(), &place("prompt"), &SessionFacts::new()).unwrap();
        (layer, facts, canary.as_str().to_owned())
    }

    fn leaving(layer: &Canaries, facts: &SessionFacts, text: &str) -> Checked {
        let text = NormalizedText::new(text, &Limits::default());
        layer.leaving(layer.watch(&session(), facts).look(&text))
    }

    fn rules(checked: &Checked) -> Vec<&str> {
        checked.findings().iter().map(|finding| finding.rule.as_str()).collect()
    }

    fn each(token: &str, with: &str) -> String {
        token.chars().fold(String::new(), |text, c| text + c.encode_utf8(&mut [0; 4]) + with)
    }

    #[test]
    fn a_canary_is_found_in_every_form() {
        let (layer, facts, token) = planted();
        let backwards: String = token.chars().rev().collect();
        let rot: String = token.chars().map(rot13).collect();
        let hex: String = token.bytes().fold(String::new(), |text, b| text + &format!("{b:02x}"));
        let sentence = |inner: &str| format!("the notes say {inner}, and no more");
        for text in [
            sentence(&token),
            sentence(&token.to_uppercase()),
            sentence(&each(&token, "-")),
            sentence(&each(&token, "\n")),
            sentence(&each(&token, "\u{200b}")),
            sentence(&each(&token, "中")),
            sentence(&each(&token, "\" + \"")),
            sentence(&token.replace('a', "\u{430}").replace('o', "\u{43e}")),
            sentence(&backwards),
            sentence(&rot),
            sentence(&rot.chars().rev().collect::<String>()),
            sentence(&hex),
            sentence(&hex.to_uppercase()),
            STANDARD.encode(&token),
            URL_SAFE_NO_PAD.encode(sentence(&token)),
            STANDARD.encode(STANDARD.encode(sentence(&token))),
            token.bytes().fold(String::new(), |text, b| text + &format!("%{b:02x}")),
            token.bytes().fold(String::new(), |text, b| text + &format!("&#{b};")),
            token.chars().filter_map(|c| char::from_u32(0xe0000 + u32::from(c))).collect(),
            format!("https://example.org/?q={token}"),
        ] {
            let checked = leaving(&layer, &facts, &text);
            assert_eq!(rules(&checked), ["l5/canary"], "{text}");
            assert!(!format!("{checked:?}").contains(&token));
            let (findings, facts, passed) = checked.into_parts();
            assert!(passed.is_none() && facts.has(Flag::CanarySeen) && facts.has(Flag::Escalated));
            assert!(findings[0].message.contains("of `prompt`"), "{}", findings[0].message);
        }
    }

    #[test]
    fn an_encoding_of_a_longer_text_holds_the_canary_however_it_lies_there() {
        let (layer, facts, token) = planted();
        let base32 = |text: &str| aligned(text, 5, 5, BASE32).remove(0).to_string();
        for n in 0..12 {
            let text = format!("{}{token}, and some more", "x".repeat(n));
            for encoded in [STANDARD.encode(&text), base32(&text).to_uppercase()] {
                assert_eq!(rules(&leaving(&layer, &facts, &encoded)), ["l5/canary"], "{n}: {encoded}");
            }
        }
    }

    #[test]
    fn what_is_no_canary_passes() {
        let (layer, facts, token) = planted();
        let other = canaries().token(&SessionId::new("other").unwrap(), &place("prompt"), 1);
        for text in
            ["", "an ordinary sentence", other.as_str(), &token[..5], "abcdefghijklmnopqrstuvwxyz234567"]
        {
            let (findings, facts, passed) = leaving(&layer, &facts, text).into_parts();
            assert!(findings.is_empty() && passed.is_some() && facts == SessionFacts::new(), "{text}");
        }
    }

    #[test]
    fn pieces_add_up_wherever_the_cuts_are() {
        let (layer, facts, token) = planted();
        for cuts in [vec![13], vec![3], vec![23], vec![9, 18], vec![6, 13, 19], vec![7, 14, 21]] {
            let mut facts = facts.clone();
            let mut verdicts = Vec::new();
            let ends = cuts.iter().copied().chain([token.len()]);
            for (from, to) in [0].into_iter().chain(cuts.iter().copied()).zip(ends) {
                let piece = format!("part: {}.", each(&token[from..to], " "));
                let (_, delta, passed) = leaving(&layer, &facts, &piece).into_parts();
                facts = facts.merge(&delta);
                verdicts.push(passed.is_some());
            }
            assert!(verdicts.contains(&false), "{cuts:?}");
            assert!(facts.has(Flag::CanarySeen));
        }
    }

    #[test]
    fn half_a_canary_is_worth_a_word_and_no_more() {
        let (layer, facts, token) = planted();
        let checked = leaving(&layer, &facts, &token[13..]);
        assert_eq!(rules(&checked), ["l5/canary-pieces"]);
        assert_eq!(checked.findings()[0].severity, Severity::Info);
        assert_eq!(
            checked.findings()[0].message,
            "13 of 26 characters of the canary of `prompt` have left by now"
        );
        let (_, delta, passed) = checked.into_parts();
        assert!(passed.is_some() && !delta.has(Flag::CanarySeen));
        let facts = facts.merge(&delta);
        assert_eq!(rules(&leaving(&layer, &facts, "nothing of it in here")), [""; 0]);
        // The other half, and what is kept back does not count as gone.
        for _ in 0..2 {
            let checked = leaving(&layer, &facts, &token[..13]);
            assert_eq!(checked.disposition(), Disposition::Block);
            assert_eq!(checked.facts.canaries().count(), 0);
        }
    }

    #[test]
    fn a_call_is_looked_at_as_a_whole() {
        let (layer, facts, token) = planted();
        let watch = layer.watch(&session(), &facts);
        let letters: Vec<String> = token.chars().map(|c| format!("\"{c}\"")).collect();
        let (one, two) = token.split_at(11);
        for (args, pointer) in [
            (format!(r#"{{"a":"see","b":["x","{token}"]}}"#), "/b/1"),
            (format!(r#"{{"b":"{two}","a":"{one}"}}"#), "/b"),
            (format!(r#"{{"b":[{}]}}"#, letters.join(",")), ""),
            (format!(r#"{{"{token}":1}}"#), ""),
            (format!(r#"{{"{one}":"x","{two}":"x"}}"#), ""),
            (format!(r#"{{"x":{{"{token}":{{"y":"{token}"}}}}}}"#), ""),
        ] {
            let args = Json::parse(&args, &Limits::default()).unwrap();
            let call = ToolCall::new(ToolName::new("note").unwrap(), args).unwrap();
            let checked = layer.leaving(watch.look_at_call(&call, &Limits::default()));
            assert_eq!(checked.disposition(), Disposition::Block, "{call:?}");
            assert_eq!(checked.findings()[0].pointer().unwrap().as_str(), pointer, "{call:?}");
            assert!(!format!("{checked:?}").contains(one));
        }
    }

    #[test]
    fn a_canary_that_comes_in_has_come_back_unless_it_lives_there() {
        let (layer, facts, token) = planted();
        let watch = layer.watch(&session(), &facts);
        let look = |text: &str| watch.look(&NormalizedText::new(text, &Limits::default()));
        let returned = layer.returned(look(&format!("seen: {token}")), "https://example.org/");
        assert_eq!(returned.action(), Some(CanaryAction::Mark));
        let (findings, facts) = returned.into_parts();
        assert_eq!(findings[0].rule.as_str(), "l5/canary-returned");
        assert!(facts.has(Flag::CanarySeen) && !facts.has(Flag::Escalated));
        for (text, home) in [(&*token, "prompt"), (&token[..13], ""), ("a page", "")] {
            let returned = layer.returned(look(text), home);
            assert_eq!(returned.action(), None, "{text}");
            assert_eq!(returned.into_parts().1, SessionFacts::new());
        }
    }

    #[test]
    fn a_policy_that_reports_lets_it_leave() {
        let (_, facts, token) = planted();
        let settings =
            *crate::policy::Policy::preset(crate::policy::Preset::Permissive).settings().canaries();
        let layer = Canaries::compile(&SecretKey::from_bytes([7; 32]), settings);
        let (findings, delta, passed) = leaving(&layer, &facts, &token).into_parts();
        assert!(passed.is_some() && findings[0].severity == Severity::Critical);
        assert!(delta.has(Flag::CanarySeen) && !delta.has(Flag::Escalated));
        assert!(delta.canaries().all(|canary| canary.leaked.count_ones() == 26));
    }

    #[test]
    fn canaries_rotate_and_old_ones_stay_watched() {
        let (layer, facts, first) = planted();
        let (second, delta) = layer.issue(&session(), &place("prompt"), &facts).unwrap();
        let facts = facts.merge(&delta);
        let (document, delta) = layer.issue(&session(), &place("document"), &facts).unwrap();
        let facts = facts.merge(&delta);
        for token in [&first, second.as_str(), document.as_str()] {
            assert_eq!(leaving(&layer, &facts, token).disposition(), Disposition::Block);
        }
        assert!(first != second.as_str() && second != document);
        // The same session, place and generation: the same token, in this process or another.
        assert_eq!(
            layer.issue(&session(), &place("prompt"), &SessionFacts::new()).unwrap().0.as_str(),
            first
        );
        assert_ne!(layer.token(&SessionId::new("t").unwrap(), &place("prompt"), 1).as_str(), first);
    }

    #[test]
    fn a_session_has_no_more_canaries_than_can_be_watched() {
        let layer = canaries();
        let mut facts = SessionFacts::new();
        for _ in 0..Canaries::MAX {
            facts = facts.merge(&layer.issue(&session(), &place("prompt"), &facts).unwrap().1);
        }
        let refused = layer.issue(&session(), &place("prompt"), &facts).unwrap_err();
        assert_eq!(refused.rule.as_str(), "l5/too-many");
        let newest = layer.token(&session(), &place("prompt"), 64);
        assert_eq!(leaving(&layer, &facts, newest.as_str()).disposition(), Disposition::Block);
    }

    #[test]
    fn a_finding_points_at_the_canary() {
        let (layer, facts, token) = planted();
        let text = format!("the word is {}, I think", each(&token, " ").to_uppercase().trim_end());
        let checked = leaving(&layer, &facts, &text);
        let span = checked.findings()[0].span().unwrap();
        assert_eq!(span.of(&text).unwrap(), each(&token, " ").to_uppercase().trim_end());
    }

    #[test]
    fn nothing_printable_holds_a_canary() {
        let (layer, facts, token) = planted();
        let watch = layer.watch(&session(), &facts);
        let looked = watch.look(&NormalizedText::new(&*token, &Limits::default()));
        let canary = layer.token(&session(), &place("prompt"), 1);
        let shown = format!("{layer:?} {watch:?} {looked:?} {canary:?} {facts:?}");
        assert!(token.as_bytes().windows(6).all(|piece| !shown.contains(str::from_utf8(piece).unwrap())));
    }

    #[test]
    fn random_text_holds_no_canary() {
        let layer = canaries();
        let mut facts = SessionFacts::new();
        for _ in 0..8 {
            facts = facts.merge(&layer.issue(&session(), &place("prompt"), &facts).unwrap().1);
        }
        let mut text = String::new();
        for n in 0..12_000_u32 {
            let digest = crate::base::sha256(&[&n.to_be_bytes()]);
            text.extend(digest.as_bytes().iter().map(|b| char::from(BASE32[usize::from(b % 32)])));
        }
        let checked = layer.leaving(layer.watch(&session(), &facts).plain(&text));
        assert_eq!(rules(&checked), [""; 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_piece_is_a_word_or_a_number(bytes in any::<[u8; 32]>()) {
            let token = spell(&Digest::from_bytes(bytes));
            prop_assert_eq!(token.len(), Canaries::LEN);
            for piece in token.as_bytes().windows(Needles::PIECE) {
                prop_assert!(piece.iter().any(u8::is_ascii_digit) && piece.iter().any(u8::is_ascii_lowercase));
            }
        }

        #[test]
        fn any_two_pieces_that_make_a_canary_are_found(cut in 0..26_usize, noise in "[ -~é中]{0,20}") {
            let (layer, facts, token) = planted();
            let (_, delta, _) = leaving(&layer, &facts, &format!("{noise} {}", &token[..cut])).into_parts();
            let checked = leaving(&layer, &facts.merge(&delta), &format!("{} {noise}", &token[cut..]));
            let stopped = delta.has(Flag::Escalated) || checked.disposition() == Disposition::Block;
            prop_assert!(stopped);
        }
    }
}
