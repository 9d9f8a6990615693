//! What is asked of a session about a call: the tokens of its leaves, the records of its references, the words that
//! ask for what the tool does.

use std::ops::Range;
use std::sync::Arc;

use super::{EXACT, NAMED, Provenance, REFERENCE, SPELLED, SUM, asked, exact, rows};
use crate::base::{Folded, JsonPointer, Limits, RecordId, Span};
use crate::state::{Hits, Key, Segment};
use crate::text::json::{Json, Node};
use crate::text::shingle::{self, TokenKey, TokenKind};
use crate::text::{NormalizedText, fold};
use crate::values::{ArgRole, Roles, ToolCall, deeds, power_words};

/// Prose shorter than this is no copy of anything, in bytes.
const BRIEF: usize = 32;

impl Provenance {
    /// What has to be looked up to label the leaves of `call`.
    pub fn query(&self, call: &ToolCall, limits: &Limits) -> CallQuery {
        let mut keys: Vec<(Key, Asked)> = Vec::new();
        let mut leaves = Vec::new();
        let values = call.args().leaves().filter_map(|(_, leaf)| leaf.as_str());
        let tool = Roles::of(call.tool().as_str(), values);
        for (pointer, node) in call.args().walk() {
            let from = keys.len();
            let role = match node {
                Node::Key(_) => ArgRole::Target,
                Node::Leaf(leaf) => tool.role(&pointer, leaf),
            };
            let (mut short_id, mut brief) = (false, false);
            let text = match node {
                Node::Key(key) if is_identifier(key) => continue,
                Node::Key(text) => Some(text),
                Node::Leaf(Json::String(text)) => Some(text.as_str()),
                Node::Leaf(Json::Number(number)) => {
                    let number = number.canonical();
                    self.ask(&number, Form::Plain, &mut keys);
                    short_id = role == ArgRole::Target && self.ask_reference(&number, &mut keys);
                    if number.starts_with('-') {
                        // The user's 50 is not the model's -50.
                        keys.push(nowhere());
                    }
                    None
                }
                Node::Leaf(_) => {
                    // SECURITY: `make_public: true` is a choice that the user has to have named.
                    if role.is_decisive() {
                        self.ask_power(&pointer, &mut keys);
                    }
                    None
                }
            };
            if let Some(text) = text {
                let text = NormalizedText::new(addressed(text), limits);
                let exact = exact(&text);
                let known = self.ask_reference(text.folded(), &mut keys);
                short_id = known && role == ArgRole::Target;
                brief = text.folded().len() < BRIEF;
                self.ask_halves(text.clean(), &mut keys);
                if role == ArgRole::Command && tool.is_line(&pointer) {
                    self.ask_deeds(text.original(), &mut keys);
                }
                for reading in text.readings() {
                    let form = match (reading.decoding(), &exact) {
                        (None, None) => Form::Plain,
                        _ => Form::Read,
                    };
                    self.ask(reading.folded(), form, &mut keys);
                }
                if let Some(exact) = exact {
                    self.ask(&exact, Form::Exact, &mut keys);
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
            let how = How { role, short_id, brief, selected: false };
            leaves.push(LeafQuery { pointer, keys: from..keys.len(), is_key, how });
        }
        if keys.is_empty() {
            // A call without text or number is the model's own decision: labelled like anything else it made.
            let how = How { role: ArgRole::Target, short_id: false, brief: false, selected: false };
            leaves.push(LeafQuery { pointer: JsonPointer::root(), keys: 0..1, is_key: false, how });
            keys.push(nowhere());
        }
        let (mut keys, asks): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
        let fulfils = asked::fulfils(call.tool().as_str());
        let verbs = keys.len();
        keys.extend(asked::own_verbs(&self.tokens, call.tool().as_str()));
        CallQuery { keys, asks, leaves, fulfils, verbs }
    }

    /// Asks whether a path is one that the user named below another that they named: `src/paging.py` in the checkout
    /// `/home/ann/tides`.
    fn ask_halves(&self, path: &str, keys: &mut Vec<(Key, Asked)>) {
        /// Deepest path that is looked at.
        const DEEPEST: usize = 24;
        if !path.starts_with(['/', '~']) || path.contains(char::is_whitespace) || path.contains("..") {
            return;
        }
        let token = |half: &str| {
            let folded = fold(half);
            let squeezed = shingle::squeeze(&folded);
            let whole = shingle::tokens(&self.tokens, &squeezed)
                .into_iter()
                .find(|token| token.kind() == TokenKind::Path && is_whole(*token, &folded));
            whole.map(|token| Key::token(token.kind() as u8, token.hash().to_u64()))
        };
        // A new folder in one that the user named, by a word of theirs.
        let name = |half: &str| {
            let folded = fold(half);
            let squeezed = shingle::squeeze(&folded);
            let plain = matches!(folded.chars().count(), 3..=40) && folded.chars().all(char::is_alphabetic);
            let tokens = if plain { shingle::tokens(&self.tokens, &squeezed) } else { Vec::new() };
            let word = tokens.into_iter().find(|token| token.kind() == TokenKind::Word);
            word.map(|token| Key::token(token.kind() as u8, token.hash().to_u64()))
        };
        for (at, _) in path.match_indices('/').skip(1).take(DEEPEST) {
            let (above, below) = (path.get(..at), path.get(at.saturating_add(1)..));
            let below = below.and_then(|below| token(below).or_else(|| name(below)));
            if let (Some(above), Some(below)) = (above.and_then(token), below) {
                keys.push((above, Asked::of(Ask::Above)));
                keys.push((below, Asked::of(Ask::Below)));
            }
        }
    }

    /// Asks whether the user asked for each thing that a command line does.
    fn ask_deeds(&self, line: &str, keys: &mut Vec<(Key, Asked)>) {
        for words in deeds(line).unwrap_or_default() {
            let mut ask = Ask::NextDeed;
            for word in words {
                let squeezed = shingle::squeeze(&word);
                let token = shingle::tokens(&self.tokens, &squeezed)
                    .into_iter()
                    .find(|token| is_whole(*token, &word));
                let key = token.map(|token| Key::token(token.kind() as u8, token.hash().to_u64()));
                keys.push((key.unwrap_or(Key::token(u8::MAX, 0)), Asked::of(ask)));
                ask = Ask::Deed;
            }
        }
    }

    /// Asks whether the user named what a switch gives away.
    fn ask_power(&self, pointer: &JsonPointer, keys: &mut Vec<(Key, Asked)>) {
        let name = pointer.steps().last().unwrap_or_default();
        let words = power_words(&name);
        if words.is_empty() {
            keys.push(nowhere());
        }
        for word in words {
            let key = asked::word_key(&self.tokens, &word).unwrap_or(Key::token(u8::MAX, 0));
            keys.push((key, Asked::of(Ask::Switch)));
        }
    }

    /// Asks whether a leaf is a reference of a structured result. Tells whether it is a short number: then only a text
    /// that names it as an id names it.
    fn ask_reference(&self, folded: &str, keys: &mut Vec<(Key, Asked)>) -> bool {
        let squeezed = shingle::squeeze(folded);
        let Some(hash) = self.phrase(&squeezed) else { return false };
        keys.push((Key::token(TokenKind::Phrase as u8 | REFERENCE, hash), Asked::of(Ask::Reference)));
        let spelled = rows::compact(squeezed.text());
        let spelled = spelled.and_then(|id| self.phrase(&shingle::squeeze(&id)));
        keys.extend(spelled.map(|id| (Key::token(SPELLED, id), Asked::of(Ask::Spelled))));
        let number =
            rows::short_number(squeezed.text()).and_then(|number| self.phrase(&shingle::squeeze(number)));
        keys.extend(number.map(|number| (Key::token(NAMED, number), Asked::of(Ask::Named))));
        number.is_some()
    }

    /// The records that the references of a call stand in, and what has to be looked up to see whether the user's
    /// words lead to them.
    pub fn rows(
        &self,
        query: &CallQuery,
        hits: &Hits,
        segment: impl Fn(RecordId) -> Option<Arc<Segment>>,
    ) -> RowsQuery {
        let mut rows = RowsQuery::default();
        for (number, leaf) in query.leaves.iter().enumerate().filter(|(_, leaf)| !leaf.is_key) {
            for at in leaf.keys.clone() {
                if query.asks.get(at).is_none_or(|asked| asked.ask != Ask::Reference) {
                    continue;
                }
                let Some(hit) = hits.get(at) else { continue };
                for place in hit.places() {
                    let Some(segment) = segment(place.record) else { continue };
                    let text = segment.text();
                    let line = text.get(place.at as usize..).unwrap_or_default();
                    rows.add(number, line.split('\n').next().unwrap_or_default(), &self.tokens);
                }
            }
        }
        rows
    }

    fn ask(&self, folded: &str, form: Form, keys: &mut Vec<(Key, Asked)>) {
        let squeezed = &shingle::squeeze(folded);
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
            let whole = is_whole(token, folded);
            let is_address =
                form != Form::Read && whole && matches!(token.kind(), TokenKind::Url | TokenKind::Host);
            if token.kind() == TokenKind::Number && form == Form::Plain {
                keys.push((Key::token(token.kind() as u8 | SUM, token.hash().to_u64()), Asked::of(Ask::Sum)));
            }
            if !common && form != Form::Exact {
                // What is part of a longer text was copied from a reference all the same.
                let ask = if whole { Ask::Reference } else { Ask::PartOfReference };
                let key = Key::token(token.kind() as u8 | REFERENCE, token.hash().to_u64());
                keys.push((key, Asked { is_address, ..Asked::of(ask) }));
            }
            keys.push((
                Key::token(token.kind() as u8 | exact, token.hash().to_u64()),
                Asked { ask, span: token.span(), is_address, leads: leads(token, folded) },
            ));
        }
        if form != Form::Exact {
            let prints = shingle::winnow(squeezed).into_iter();
            let key = |print: shingle::Shingle| Key::fingerprint(print.fingerprint().to_u64());
            keys.extend(prints.map(|print| (key(print), Asked::of(Ask::Copy))));
        }
    }
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

/// What is asked about a key of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The leaf as a whole.
    Whole,
    /// A token that does not re-appear by accident.
    Token,
    /// A word, a short number: may stand in many texts.
    Common,
    /// A piece of a longer copy, or something inside an encoding.
    Copy,
    /// The leaf as a reference of a structured result.
    Reference,
    /// A part of it as one.
    PartOfReference,
    /// The word of a switch: only the user's own counts.
    Switch,
    /// A word for what a command line does; the first of those of which one is enough.
    NextDeed,
    /// Another word for the same.
    Deed,
    /// The leaf as an id, however it is spelled.
    Spelled,
    /// A number of the leaf as a sum.
    Sum,
    /// The leaf as a short number that some text calls an id.
    Named,
    /// The upper part of a path, and behind it the lower one.
    Above,
    Below,
    /// Something that the leaf has besides its tokens. No token covers it and no words endorse it.
    Altered,
}

/// What is asked, and of which part of the leaf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) ask: Ask,
    pub(super) span: Span<Folded>,
    /// Whether the whole leaf is one URL or host, this one.
    pub(super) is_address: bool,
    /// Whether it is an address, an account or a link: something to act on.
    pub(super) leads: bool,
}

impl Asked {
    /// Of no part in particular.
    const fn of(ask: Ask) -> Self {
        Self { ask, span: Span::empty(), is_address: false, leads: false }
    }
}

/// The keys of a call's leaves.
#[derive(Debug)]
pub struct CallQuery {
    pub(super) keys: Vec<Key>,
    pub(super) asks: Vec<Asked>,
    pub(super) leaves: Vec<LeafQuery>,
    /// What the tool does, as wishes; and where in `keys` the words begin that ask for it where that is nothing.
    pub(super) fulfils: u16,
    pub(super) verbs: usize,
}

/// The records of a call's references, and what has to be looked up of them.
#[derive(Debug, Default)]
pub struct RowsQuery {
    keys: Vec<Key>,
    fields: Vec<Field>,
}

impl RowsQuery {
    /// What to look up.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    fn add(&mut self, leaf: usize, line: &str, tokens: &TokenKey) {
        for value in line.split(rows::BETWEEN) {
            let from = self.keys.len();
            let squeezed = shingle::squeeze(value);
            let mut words = Vec::new();
            let mut push = |key, weight| {
                self.keys.push(key);
                words.push(weight);
            };
            for token in shingle::tokens(tokens, &squeezed) {
                let weight = match token.kind() {
                    TokenKind::Word => {
                        let word = value.get(token.span().start()..token.span().end()).unwrap_or_default();
                        let weight = if asked::selects_nothing(word) { Weight::Common } else { Weight::Word };
                        if let Some(key) = asked::stem_key(tokens, word) {
                            push(key, weight);
                        }
                        continue;
                    }
                    TokenKind::Number => continue,
                    _ if token.is_short() => continue,
                    _ => Weight::Whole,
                };
                push(Key::token(token.kind() as u8, token.hash().to_u64()), weight);
            }
            // The words inside a name: `team_sync_notes.docx`, `mark.davies@corp.example`.
            if value.contains(['_', '.', '@']) && !value.contains(' ') {
                let parts =
                    value.split(|c: char| !c.is_alphabetic()).filter(|part| !asked::selects_nothing(part));
                for part in parts {
                    if let Some(key) = asked::stem_key(tokens, part) {
                        push(key, Weight::Word);
                    }
                }
            }
            self.fields.push(Field { leaf, from, words });
        }
    }
}

/// A value that selects a record.
#[derive(Debug)]
struct Field {
    leaf: usize,
    from: usize,
    words: Vec<Weight>,
}

/// What a part of a value is worth as a sign that the user means its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// An address, a date, a file's name: by itself.
    Whole,
    /// A word: together with others.
    Word,
    /// A word that stands everywhere.
    Common,
}

impl Field {
    /// Whether the user's words have it: something in it that stands for itself, half of its own words, or all words.
    fn is_said(&self, said: &Hits) -> bool {
        let (mut own, mut own_said, mut all, mut all_said) = (0_usize, 0_usize, 0_usize, 0_usize);
        for (at, weight) in (self.from..).zip(&self.words) {
            let hit = said.get(at).is_some_and(|hit| hit.user().is_some());
            match weight {
                Weight::Whole if hit => return true,
                Weight::Whole => {}
                Weight::Word | Weight::Common => {
                    let is_own = usize::from(*weight == Weight::Word);
                    own = own.saturating_add(is_own);
                    all = all.saturating_add(1);
                    if hit {
                        own_said = own_said.saturating_add(is_own);
                        all_said = all_said.saturating_add(1);
                    }
                }
            }
        }
        own_said > 0 && own_said.saturating_mul(2) >= own || all > 0 && all_said == all
    }
}

#[derive(Debug)]
pub(super) struct LeafQuery {
    pub(super) pointer: JsonPointer,
    pub(super) keys: Range<usize>,
    /// The name of a member instead of its value.
    pub(super) is_key: bool,
    pub(super) how: How,
}

/// The address of `Ann Lee <ann@corp.example>`: what is sent goes there, however its owner is called.
fn addressed(text: &str) -> &str {
    let plain =
        |name: &str| name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '-' | '\'' | ','));
    match rows::mailbox(text) {
        Some((name, address)) if name.len() <= 64 && plain(name) => address,
        _ => text,
    }
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

    /// Notes which references the user's words lead to.
    pub fn select(&mut self, rows: &RowsQuery, said: &Hits) {
        for field in rows.fields.iter().filter(|field| field.is_said(said)) {
            if let Some(leaf) = self.leaves.get_mut(field.leaf) {
                leaf.how.selected = true;
            }
        }
    }
}

/// What is known of a leaf besides its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    pub(super) role: ArgRole,
    /// A number of up to three digits that stands for something.
    pub(super) short_id: bool,
    /// Too short for a copy: a word or a date that stands alone.
    pub(super) brief: bool,
    /// Whether the user's words lead to the record that it is a reference of.
    pub(super) selected: bool,
}

/// Whether a token is something that its reader acts on: an address, an account, a link.
fn leads(token: shingle::Token, folded: &str) -> bool {
    const FILES: &[&str] = &[
        "txt", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "md", "json", "yaml", "yml", "xml",
        "html", "htm", "png", "jpg", "jpeg", "gif", "svg", "zip", "tar", "gz", "log", "rs", "py", "js", "ts",
        "toml", "lock", "ini", "cfg", "conf", "mp3", "mp4", "eml", "ics", "sql", "java", "go", "c", "h",
        "cpp", "rb", "php", "css", "ipynb", "tsx", "jsx", "e.g", "i.e",
    ];
    let text = folded.get(token.span().start()..token.span().end()).unwrap_or_default();
    match token.kind() {
        TokenKind::Url | TokenKind::Mail => true,
        TokenKind::Account => {
            // `2024-05-20` has eight digits and is no account.
            let mut groups = text.split(['-', '/', '.']).map(str::len);
            !matches!(
                (groups.next(), groups.next(), groups.next(), groups.next()),
                (Some(4), Some(2), Some(2), None) | (Some(2), Some(2), Some(4), None)
            )
        }
        TokenKind::Host => {
            let end = text.rsplit('.').next().unwrap_or_default();
            // A file's name, a version, an abbreviation is not gone to.
            end.bytes().all(|byte| byte.is_ascii_alphabetic()) && end.len() > 1 && !FILES.contains(&end)
        }
        _ => false,
    }
}

/// Whether a leaf is this token and nothing else.
fn is_whole(token: shingle::Token, folded: &str) -> bool {
    let leaf = folded.trim();
    token.span().len() == leaf.len() && folded.get(token.span().start()..token.span().end()) == Some(leaf)
}
