//! What a line is made of.

use std::collections::HashSet;

use super::super::Use;

/// A word without its quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in super::super) struct Word {
    pub(in super::super) text: String,
    /// An expansion stands in it that the text does not tell.
    pub(in super::super) open: bool,
    /// A part of it was quoted.
    pub(in super::super) quoted: bool,
    /// An unquoted `*`, `?` or `[`.
    pub(in super::super) glob: bool,
    /// Whether it may be an assignment.
    pub(in super::super) eq: Option<usize>,
    /// An unquoted `{`, and behind it a `,` or `..`.
    pub(in super::super) brace: bool,
}

impl Word {
    pub(in super::super) fn is_plain(&self, text: &str) -> bool {
        !self.quoted && !self.open && self.text == text
    }
}

/// Where a redirection leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Redirect {
    Read(Word),
    Write(Word),
    /// A here-document, by its place in [`Layer::documents`].
    Document(usize),
    Text(Word),
}

/// A simple command as it stands.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Raw {
    pub(in super::super) words: Vec<Word>,
    pub(in super::super) redirects: Vec<Redirect>,
    /// The command whose output it reads.
    pub(in super::super) fed_by: Option<usize>,
    /// Which open part it stands in.
    pub(in super::super) frame: usize,
}

/// A value that a name was given.
#[derive(Debug, Clone)]
pub(in super::super) struct Value {
    pub(in super::super) text: String,
    pub(in super::super) certain: bool,
}

/// What one text has in it.
#[derive(Debug, Default)]
pub(in super::super) struct Layer {
    pub(in super::super) commands: Vec<Raw>,
    pub(in super::super) documents: Vec<String>,
    /// Texts that are read as the inside of double quotes.
    pub(in super::super) expanded: Vec<String>,
    /// Values of variables that programs take for command lines.
    pub(in super::super) lines: Vec<String>,
    pub(in super::super) uses: Vec<Use>,
    pub(in super::super) doubt: Option<&'static str>,
    pub(in super::super) functions: HashSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Top,
    /// `( … )`
    Group,
    /// `$( … )`
    Substitution,
    /// `<( … )`
    Process,
    Backtick,
    /// `(( … ))`, with the brackets open in it.
    Arithmetic(usize),
    /// `${ … }`
    Parameter,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Pending {
    Read,
    Write,
    Duplicate,
    Document { strip: bool },
    Text,
}

#[derive(Debug)]
pub(in super::super) struct Frame {
    pub(in super::super) kind: Kind,
    pub(in super::super) id: usize,
    pub(in super::super) quoted: bool,
    pub(in super::super) word: Option<Word>,
    pub(in super::super) words: Vec<Word>,
    pub(in super::super) redirects: Vec<Redirect>,
    pub(in super::super) pending: Option<Pending>,
    pub(in super::super) fed_by: Option<usize>,
    /// How many `case` are open, and whether a pattern is read now.
    pub(in super::super) cases: usize,
    pub(in super::super) pattern: bool,
    /// Between `[[` and `]]`.
    pub(in super::super) test: bool,
    pub(in super::super) first: usize,
}

impl Frame {
    pub(in super::super) const fn new(kind: Kind, id: usize, first: usize) -> Self {
        Self {
            kind,
            id,
            quoted: false,
            word: None,
            words: Vec::new(),
            redirects: Vec::new(),
            pending: None,
            fed_by: None,
            cases: 0,
            pattern: false,
            test: false,
            first,
        }
    }
}

pub(in super::super) struct Document {
    pub(in super::super) delimiter: String,
    pub(in super::super) literal: bool,
    pub(in super::super) strip: bool,
    pub(in super::super) slot: usize,
}

/// `a{b,c}d` is `abd acd`. `None` where it is more than one plain list.
pub(in super::super) fn braces(word: &Word) -> Option<Vec<Word>> {
    const MOST: usize = 64;
    if word.quoted || word.open {
        return None;
    }
    let (before, rest) = word.text.split_once('{')?;
    let (inside, after) = rest.split_once('}')?;
    if inside.contains('{') || after.contains(['{', '}']) || inside.contains("..") {
        return None;
    }
    let parts: Vec<&str> = inside.split(',').collect();
    if parts.len() > MOST {
        return None;
    }
    Some(
        parts
            .into_iter()
            .map(|part| Word { text: [before, part, after].concat(), glob: word.glob, ..Word::default() })
            .filter(|word| !word.text.is_empty())
            .collect(),
    )
}
