//! What a person is shown before they answer: our words, and the values with everything spelled out that would
//! make them sign something else.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};
use unicode_script::{Script, UnicodeScript as _};

use super::super::l04_provenance::LabelledLeaf;
use super::super::l09_tool_firewall::Permitted;
use super::{Answer, Outcome};
use crate::base::{Digest, Integrity, Nonce, RecordId, Sensitivity, Source, sha256};
use crate::policy::{Channel, Origin};
use crate::text::fold;

/// One argument as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PromptArgument {
    /// Its JSON pointer.
    pub pointer: String,
    /// Its value as JSON; characters that do not show are spelled out as `\u{…}`.
    pub value: String,
    /// Where it came from, in words.
    pub origin: String,
}

/// What a person is asked. `Display` is the whole prompt as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmationPrompt {
    tool: String,
    reason: String,
    arguments: Vec<PromptArgument>,
    approver: Channel,
    digest: Digest,
}

impl ConfirmationPrompt {
    pub(super) fn new(permitted: &Permitted, reason: &str, nonce: Nonce, sources: &Sources<'_>) -> Self {
        let call = permitted.call();
        let tool = match call.server() {
            Some(server) => format!("{} on {}", call.tool(), visible(server.as_str())),
            None => call.tool().to_string(),
        };
        let values: HashMap<_, _> = call.leaves().collect();
        let arguments = permitted
            .leaves()
            .iter()
            .map(|leaf| PromptArgument {
                pointer: match leaf.pointer().as_str() {
                    "" => "no arguments".to_owned(),
                    pointer => visible(pointer),
                },
                value: match values.get(leaf.pointer()) {
                    _ if leaf.is_key() => "(the name itself)".to_owned(),
                    Some(value) => visible(&value.to_string()),
                    None => String::new(),
                },
                origin: origin(leaf, sources),
            })
            .collect();
        let approver = permitted.approver();
        let mut prompt = Self { tool, reason: reason.to_owned(), arguments, approver, digest: Digest::ZERO };
        // SECURITY: an answer is to what was shown, the reason and the origins included.
        let shown = prompt.to_string();
        prompt.digest = sha256(&[nonce.as_bytes(), call.canonical().as_bytes(), shown.as_bytes()]);
        prompt
    }

    /// The tool, and the server where one is named.
    pub fn tool(&self) -> &str {
        &self.tool
    }

    /// Why a person is asked.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// By what way it has to be answered, at the least.
    pub const fn approver(&self) -> Channel {
        self.approver
    }

    /// The arguments, leaf by leaf.
    pub fn arguments(&self) -> &[PromptArgument] {
        &self.arguments
    }

    /// The digest of all that is shown: what an answer is an answer to.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Yes, to this prompt.
    pub const fn approve(&self) -> Answer {
        Answer { prompt: self.digest, outcome: Outcome::Approve, channel: Channel::Chat }
    }

    /// No.
    pub const fn deny(&self) -> Answer {
        Answer { prompt: self.digest, outcome: Outcome::Deny, channel: Channel::Chat }
    }

    /// Nobody could be asked. Means no, and the audit tells it from a person's no.
    pub const fn unavailable(&self) -> Answer {
        Answer { prompt: self.digest, outcome: Outcome::Unavailable, channel: Channel::Chat }
    }
}

impl fmt::Display for ConfirmationPrompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "May the agent call {}?", self.tool)?;
        writeln!(f, "  asked because {}", self.reason)?;
        for argument in &self.arguments {
            writeln!(f, "  {} = {}", argument.pointer, argument.value)?;
            writeln!(f, "      {}", argument.origin)?;
        }
        Ok(())
    }
}

/// Says which source a record is of; `None` where nobody knows any more.
pub struct Sources<'a>(&'a dyn Fn(RecordId) -> Option<Source>);

impl fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sources")
    }
}

impl<'a> Sources<'a> {
    /// Asks this function.
    pub fn new(lookup: &'a dyn Fn(RecordId) -> Option<Source>) -> Self {
        Self(lookup)
    }

    /// The source of a record, as long as it is remembered.
    pub fn source(&self, record: RecordId) -> Option<Source> {
        (self.0)(record)
    }

    /// The source as a person knows it: what it is, and the host's name for it.
    fn name(&self, record: RecordId) -> String {
        /// Longest name that is shown: a URL can be as long as its author likes.
        const MAX: usize = 80;
        match (self.0)(record) {
            Some(source) if source.id().is_empty() => visible(source.kind().as_str()),
            Some(source) => {
                let id: String = source.id().chars().take(MAX).collect();
                let more = if source.id().chars().nth(MAX).is_some() { "…" } else { "" };
                format!("{} `{}{more}`", visible(source.kind().as_str()), visible(&id))
            }
            None => record.to_string(),
        }
    }
}

/// Where a leaf came from, for a person.
fn origin(leaf: &LabelledLeaf, sources: &Sources<'_>) -> String {
    let label = leaf.label();
    let mut words = match leaf.origin() {
        Origin::User => "from the user's own words".to_owned(),
        Origin::Source => format!("copied from {} text", label.integrity()),
        Origin::Model if label.integrity() < Integrity::Trusted => {
            format!("made by the model after it read {} text", label.integrity())
        }
        Origin::Model => "made by the model".to_owned(),
    };
    if leaf.origin() == Origin::Source {
        let names: BTreeSet<String> =
            leaf.origins().iter().take(3).map(|record| sources.name(record)).collect();
        words = format!("{words} ({})", names.into_iter().collect::<Vec<_>>().join(", "));
    }
    if label.sensitivity() > Sensitivity::Public {
        words = format!("{words}, {}", label.sensitivity());
    }
    words
}

/// `text` with every character spelled out that a person would not see, that would move others about, or that
/// looks like an ASCII letter and is none.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let edge = |inside: bool| rest.find(|c: char| c.is_alphabetic() != inside).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(edge(true)).unwrap_or((rest, ""));
        push_word(word, stands_in_address(text, rest), &mut out);
        let end = after.find(char::is_alphabetic).unwrap_or(after.len());
        let (between, after) = after.split_at_checked(end).unwrap_or((after, ""));
        push_plain(between, &mut out);
        rest = after;
    }
    out
}

/// Whether the word at the start of `rest`, the end of `text`, stands in something that names a party: there no
/// letter may pass for another, whatever language it is in.
fn stands_in_address(text: &str, rest: &str) -> bool {
    let before = text.get(..text.len().saturating_sub(rest.len())).unwrap_or_default();
    let edge = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | ',' | ';' | '(' | ')');
    // Bounded, so that a long text without a space costs its length and not the square of it.
    let start: String = before.chars().rev().take(64).take_while(|c| !edge(*c)).collect();
    let end: String = rest.chars().take(64).take_while(|c| !edge(*c)).collect();
    let dotted = || {
        let inner = end.trim_end_matches('.');
        inner.contains('.') || start.contains('.')
    };
    start.contains('@') || end.contains('@') || start.contains("//") || dotted()
}

fn push_word(word: &str, in_address: bool, out: &mut String) {
    let mixed = word.contains(|c: char| c.is_ascii_alphabetic());
    for c in word.chars() {
        // SECURITY: `b\u{43e}b@corp` is not `bob@corp`, and nobody sees that.
        if poses_as_ascii(c, mixed, in_address) {
            out.extend(c.escape_unicode());
        } else {
            push_plain(c.encode_utf8(&mut [0; 4]), out);
        }
    }
}

fn poses_as_ascii(c: char, mixed: bool, in_address: bool) -> bool {
    if c.is_ascii() || !fold(c.encode_utf8(&mut [0; 4])).bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return false;
    }
    match c.script() {
        // Letters of mathematics: no language is written in them.
        Script::Common | Script::Inherited => true,
        // An accent shows; a dotless or a full-width letter does not.
        Script::Latin => {
            let mut parts = 0_usize;
            unicode_normalization::char::decompose_canonical(c, |_| parts = parts.saturating_add(1));
            in_address && parts < 2
        }
        _ => mixed || in_address,
    }
}

/// Longest run of marks that one letter carries in any orthography; more of them cover what stands around.
const MARKS: usize = 3;

fn push_plain(text: &str, out: &mut String) {
    let mut marks = out.chars().rev().take(MARKS).take_while(|c| is_mark(*c)).count();
    if out.chars().rev().nth(marks).is_none_or(|c| c.general_category_group() != GeneralCategoryGroup::Letter)
    {
        marks = MARKS;
    }
    for c in text.chars() {
        let group = c.general_category_group();
        // SECURITY: a right-to-left override or a zero-width letter would let the person sign something else
        // than what is shown.
        let shown = match group {
            GeneralCategoryGroup::Other => false,
            GeneralCategoryGroup::Separator => c == ' ',
            GeneralCategoryGroup::Mark => {
                marks < MARKS && c.general_category() != GeneralCategory::EnclosingMark
            }
            _ => !matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}'),
        };
        marks = match group {
            GeneralCategoryGroup::Letter => 0,
            GeneralCategoryGroup::Mark => marks.saturating_add(1),
            _ => MARKS,
        };
        if shown {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
}

fn is_mark(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_does_not_show_is_spelled_out() {
        assert_eq!(visible("a\u{202e}b\u{200b}c\n"), "a\\u{202e}b\\u{200b}c\\u{a}");
        assert_eq!(visible("Zoë 你好"), "Zoë 你好");
        assert_eq!(visible("e\u{301}\u{301}\u{301}\u{301}"), "e\u{301}\u{301}\u{301}\\u{301}");
    }

    #[test]
    fn letters_that_pose_as_others_are_spelled_out() {
        assert_eq!(visible("b\u{43e}b@corp.example"), "b\\u{43e}b@corp.example");
        assert_eq!(visible("\u{440}\u{430}\u{443}@corp.example"), "\\u{440}\\u{430}\\u{443}@corp.example");
        assert_eq!(visible("p\u{430}y \u{1d5ee}ll"), "p\\u{430}y \\u{1d5ee}ll");
    }

    #[test]
    fn words_of_other_languages_are_left_alone() {
        for text in [
            "Привет, это оса и сор.",
            "naïve café in Łódź",
            "müller@example.org",
            "α-particles",
            "日本語テキスト",
        ] {
            assert_eq!(visible(text), text);
        }
    }
}
