//! YAML to a tree that knows where everything stands. The only file that names the YAML parser.
//!
//! The parser's events are read, not a deserialised value: so every duplicate key is told, not the first one
//! only; a plain scalar keeps its spelling (`on`, `1.10` and `0x1F` are what the author wrote); and aliases
//! are refused before anything is expanded.

use std::collections::HashSet;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::doc::{At, Place, Problems};

/// Longest policy, in bytes.
const MAX_TEXT: usize = 4 << 20;
/// Most scalars, lists and maps of a policy; enough for ten thousand rules of ordinary size.
const MAX_NODES: usize = 250_000;
/// Longest scalar, in bytes.
const MAX_SCALAR: usize = 64 << 10;
/// Deepest nesting; the language itself needs six.
const MAX_DEPTH: usize = 32;
/// After so many problems the rest is not read.
const MAX_PROBLEMS: usize = 1_000;

/// A part of a policy's text.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// `plain` is a scalar without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    /// In the order of the text; a key that is there twice is there twice, and was told.
    Map(Vec<(At<String>, Node)>),
}

enum Frame {
    List(Place, Vec<Node>),
    Map { place: Place, entries: Vec<(At<String>, Node)>, key: Option<At<String>>, seen: HashSet<String> },
}

#[derive(Default)]
struct Builder {
    frames: Vec<Frame>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
    problems: Problems,
}

/// The tree of `text`, as far as there is one, and what is wrong with its syntax.
pub(super) fn parse(text: &str) -> (Option<Node>, Problems) {
    if text.len() > MAX_TEXT {
        return refused(vec![(
            Place::default(),
            format!("the policy has {} bytes; at most {MAX_TEXT} are read", text.len()),
        )]);
    }
    // SECURITY: what a reviewer cannot see in the text does not decide.
    let unseen = |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || is_bidi_control(c);
    if let Some((at, c)) = text.char_indices().find(|(_, c)| unseen(*c)) {
        let place = Place { start: at, end: at.saturating_add(c.len_utf8()) };
        return refused(vec![(
            place,
            format!(
                "U+{:04X} is not allowed in a policy; in a quoted string write it as an escape",
                u32::from(c)
            ),
        )]);
    }
    let mut options = granit_parser::Options::default();
    options.disallow_directives = true;
    options.emit_unresolved_aliases = true;
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;

    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                if !builder.event(event, place(span)) {
                    break;
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                builder
                    .problems
                    .push((Place { start: at, end: at }, format!("this is not YAML: {}", error.info())));
                break;
            }
        }
    }
    if builder.root.is_none() && builder.problems.is_empty() {
        builder.problem(Place::default(), "the policy is empty; the least is `bartizan: 1`");
    }
    (builder.root, builder.problems)
}

const fn refused(problems: Problems) -> (Option<Node>, Problems) {
    (None, problems)
}

/// Characters that make a line read otherwise than it is stored (CVE-2021-42574).
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn place(span: Span) -> Place {
    let start = span.start.byte_offset().unwrap_or_default();
    Place { start, end: span.end.byte_offset().unwrap_or(start) }
}

impl Builder {
    /// Takes one event; `false` when reading on makes no sense.
    fn event(&mut self, event: Event<'_>, place: Place) -> bool {
        match event {
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(..) => {
                self.documents = self.documents.saturating_add(1);
                if self.documents > 1 {
                    self.problem(place, "a policy is one document; a second one begins here");
                    return false;
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.extras(place, anchor, tag.is_some());
                if text.len() > MAX_SCALAR {
                    let message = format!("a text of {} bytes; at most {MAX_SCALAR} are allowed", text.len());
                    self.problem(Place { end: place.start, ..place }, message);
                    return false;
                }
                let plain = style == ScalarStyle::Plain;
                return self.node(Node { place, kind: Kind::Scalar { text: text.into_owned(), plain } });
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.extras(place, anchor, tag.is_some());
                self.frames.push(Frame::List(Place { end: place.start, ..place }, Vec::new()));
            }
            Event::MappingStart(_, anchor, tag) => {
                self.extras(place, anchor, tag.is_some());
                self.frames.push(Frame::Map {
                    place: Place { end: place.start, ..place },
                    entries: Vec::new(),
                    key: None,
                    seen: HashSet::new(),
                });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.frames.pop() {
                    Some(Frame::List(place, items)) => Node { place, kind: Kind::List(items) },
                    Some(Frame::Map { place, entries, .. }) => Node { place, kind: Kind::Map(entries) },
                    None => return false,
                };
                return self.node(node);
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.problem(place, "aliases (`*name`) are not allowed in a policy; write the value out");
                return self.node(Node { place, kind: Kind::Scalar { text: String::new(), plain: true } });
            }
            // Metadata that was not asked for; a kind of event that is unknown here must not be lost silently.
            _ => {
                self.problem(place, "this part of YAML is not allowed in a policy");
                return false;
            }
        }
        true
    }

    fn problem(&mut self, place: Place, message: impl Into<String>) {
        self.problems.push((place, message.into()));
    }

    fn extras(&mut self, place: Place, anchor: usize, tagged: bool) {
        if anchor != 0 {
            self.problem(place, "anchors (`&name`) are not allowed in a policy");
        }
        if tagged {
            self.problem(place, "tags (`!name`) are not allowed in a policy");
        }
    }

    /// Puts a finished node where it belongs.
    fn node(&mut self, node: Node) -> bool {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > MAX_NODES {
            self.problem(node.place, format!("more than {MAX_NODES} values; the policy is not read further"));
            return false;
        }
        if self.problems.len() > MAX_PROBLEMS {
            return false;
        }
        match self.frames.last_mut() {
            None => self.root = Some(node),
            Some(Frame::List(_, items)) => items.push(node),
            Some(Frame::Map { entries, key, seen, .. }) => {
                if let Some(name) = key.take() {
                    entries.push((name, node));
                    return true;
                }
                let place = node.place;
                let name = if let Kind::Scalar { text, .. } = node.kind {
                    text
                } else {
                    self.problems.push((place, "a key has to be a word, not a list or a map".to_owned()));
                    String::new()
                };
                // SECURITY: the reviewer reads the first, a lenient parser takes the last.
                if !seen.insert(name.clone()) {
                    self.problems
                        .push((place, format!("the key `{}` is here a second time", super::shown(&name))));
                }
                *key = Some(At::new(name, place));
            }
        }
        true
    }
}
