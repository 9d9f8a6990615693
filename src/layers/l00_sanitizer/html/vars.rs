//! Values that are only known on the element: `var()`, `env()`, `attr()` and `if()`.

use std::collections::BTreeMap;
use std::sync::Arc;

use cssparser::{Parser, Token};

use super::dom::Element;
use super::query::branch;
use super::select::Steps;
use super::value::{length, number, paint};

/// How far substitution may grow a value, and how many times it may happen in it.
const MAX_SUBSTITUTED: usize = 64 << 10;
const MAX_SUBSTITUTIONS: usize = 256;
/// How many custom properties may stand for each other in a row.
const MAX_TRAIL: usize = 32;
/// How deep the functions may stand in brackets.
const MAX_DEPTH: u8 = 16;

/// Custom properties by name.
pub(super) type Customs = BTreeMap<Arc<str>, Arc<str>>;

/// A custom property that a page registers.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) name: Arc<str>,
    pub(super) initial: Option<Arc<str>>,
    pub(super) inherits: bool,
    /// What its values look like: `<number>`, `<color>`, `*`.
    pub(super) syntax: Box<str>,
}

impl Registered {
    /// Whether it may have this value. Only the kinds of values that decide about text are looked at.
    fn takes(&self, value: &str) -> bool {
        let mut input = Parser::new(value);
        let taken = match &*self.syntax {
            "<number>" | "<integer>" => number(&mut input).map(|_| ()),
            "<length>" | "<length-percentage>" | "<percentage>" => length(&mut input).map(|_| ()),
            "<color>" => paint(&mut input).map(|_| ()),
            _ => return true,
        };
        taken.is_ok() && input.is_exhausted()
    }
}

/// What substitution needs besides the element's own values.
pub(super) struct Vars<'a> {
    pub(super) registered: &'a [Registered],
    pub(super) steps: &'a Steps,
    pub(super) element: Option<&'a Element>,
}

impl Vars<'_> {
    /// The value of a custom property, where it has one.
    pub(super) fn custom(&self, customs: Option<&Customs>, name: &str) -> Option<String> {
        let registered = self.registered.iter().find(|registered| *registered.name == *name);
        let own = customs.and_then(|customs| customs.get(name)).map(|value| &**value);
        // What holds functions of its own is known later only.
        let own =
            own.filter(|own| own.contains('(') || registered.is_none_or(|registered| registered.takes(own)));
        let value = own.or_else(|| registered.and_then(|registered| registered.initial.as_deref()))?;
        (!value.eq_ignore_ascii_case("initial")).then(|| value.to_owned())
    }
}

/// A function to replace: where it is, its name in small letters, and what stands in its brackets.
struct Found {
    start: usize,
    end: usize,
    name: String,
    inside: String,
}

/// Replaces the functions in `raw`. `None` when one has no value and no fallback, or when it grows too much.
pub(super) fn substitute(raw: &str, customs: Option<&Customs>, vars: &Vars<'_>) -> Option<String> {
    resolved(raw, customs, vars, &mut Vec::new())
}

/// The same for a value that was reached by way of these custom properties.
fn resolved(
    raw: &str,
    customs: Option<&Customs>,
    vars: &Vars<'_>,
    trail: &mut Vec<String>,
) -> Option<String> {
    let mut value = raw.to_owned();
    // INVARIANT: each round replaces the first function, so the number of rounds bounds cycles as well.
    for _ in 0..MAX_SUBSTITUTIONS {
        let Some(found) = first(&mut Parser::new(&value), 0) else { return Some(value) };
        let replacement = replacement(&found, customs, vars, trail)?;
        let mut next = String::with_capacity(value.len());
        next.push_str(value.get(..found.start)?);
        next.push(' ');
        next.push_str(&replacement);
        next.push(' ');
        next.push_str(value.get(found.end..)?);
        // SECURITY: a few short values can double each other on every element; each byte is paid for.
        if next.len() > MAX_SUBSTITUTED || !vars.steps.take_many(next.len() >> 2) {
            return None;
        }
        value = next;
    }
    None
}

fn replacement(
    found: &Found,
    customs: Option<&Customs>,
    vars: &Vars<'_>,
    trail: &mut Vec<String>,
) -> Option<String> {
    if found.name == "if" {
        return conditional(&found.inside, customs, vars);
    }
    let (head, fallback) = match split_comma(&found.inside) {
        Some((head, fallback)) => (head, Some(fallback)),
        None => (&*found.inside, None),
    };
    let mut words = head.split_ascii_whitespace();
    let name = words.next()?;
    let known = match &*found.name {
        "attr" => {
            let value = vars.element?.attrs.iter().find(|attr| *attr.name.local == *name);
            let value = value.map(|attr| attr.value.to_string());
            match (value, words.next()) {
                (Some(value), None | Some("raw-string")) => Some(quoted(&value)),
                (Some(value), Some("number")) => typed("type(<number>)", &value).then_some(value),
                (Some(value), Some(unit))
                    if unit.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'%') =>
                {
                    value.trim().parse::<f32>().ok().map(|number| format!("{number}{unit}"))
                }
                (Some(value), Some(_)) => typed(head, &value).then_some(value),
                (None, _) => None,
            }
        }
        // No screen of ours has a notch.
        "env" => name.starts_with("safe-area-inset-").then(|| "0px".to_owned()),
        // A property that stands for itself, in the end, has no value.
        _ if trail.iter().any(|have| have == name) => None,
        _ if trail.len() >= MAX_TRAIL => {
            // SECURITY: a browser goes on; that this page was not judged must be told.
            vars.steps.give_up();
            None
        }
        _ => vars.custom(customs, name).and_then(|value| {
            trail.push(name.to_owned());
            let value = resolved(&value, customs, vars, trail);
            trail.pop();
            value
        }),
    };
    known.or_else(|| fallback.map(|fallback| fallback.trim().to_owned()))
}

/// Whether an attribute's value is of the type that is asked for: `attr(data-x type(<color>))`.
fn typed(head: &str, value: &str) -> bool {
    let mut input = Parser::new(value);
    let kind = |kind: &str| head.contains(kind);
    let taken = if kind("<number>") || kind("<integer>") {
        number(&mut input).is_ok()
    } else if kind("<length") || kind("<percentage>") {
        length(&mut input).is_ok()
    } else if kind("<color>") {
        paint(&mut input).is_ok()
    } else {
        return true;
    };
    taken && input.is_exhausted()
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    match cssparser::serialize_string(text, &mut out) {
        Ok(()) => out,
        // Writing into a string does not fail.
        Err(_) => String::new(),
    }
}

/// What stands before and behind the first comma outside brackets.
fn split_comma(text: &str) -> Option<(&str, &str)> {
    let mut input = Parser::new(text);
    loop {
        let at = input.position().byte_index();
        if let Token::Comma = input.next().ok()? {
            return Some((text.get(..at)?, text.get(input.position().byte_index()..)?));
        }
    }
}

/// `if(question: value; else: value)`: the value behind the first question that is true.
fn conditional(text: &str, customs: Option<&Customs>, vars: &Vars<'_>) -> Option<String> {
    let custom = |name: &str| vars.custom(customs, name);
    let mut rest = text;
    while !rest.trim().is_empty() {
        let (branch_text, tail) =
            split_at(rest, |token| matches!(token, Token::Semicolon)).unwrap_or((rest, ""));
        let (question, value) = split_at(branch_text, |token| matches!(token, Token::Colon))?;
        let is_else = question.trim().eq_ignore_ascii_case("else");
        if is_else || branch(&mut Parser::new(question), &custom).unwrap_or(false) {
            return Some(value.trim().to_owned());
        }
        rest = tail;
    }
    None
}

fn split_at(text: &str, is: impl Fn(&Token<'_>) -> bool) -> Option<(&str, &str)> {
    let mut input = Parser::new(text);
    loop {
        input.skip_whitespace();
        let at = input.position().byte_index();
        let token = input.next().ok()?;
        if is(token) {
            return Some((text.get(..at)?, text.get(input.position().byte_index()..)?));
        }
    }
}

/// The first function to replace.
fn first(input: &mut Parser<'_>, depth: u8) -> Option<Found> {
    loop {
        input.skip_whitespace();
        let start = input.position().byte_index();
        let token = input.next().ok()?.clone();
        let name = match &token {
            Token::Function(name) => Some(name.to_ascii_lowercase())
                .filter(|name| matches!(&**name, "var" | "env" | "attr" | "if")),
            _ => None,
        };
        let opens = matches!(
            token,
            Token::Function(_)
                | Token::ParenthesisBlock
                | Token::SquareBracketBlock
                | Token::CurlyBracketBlock
        );
        if let Some(name) = name {
            let inside = input.parse_nested_block(|input| -> Result<String, cssparser::ParseError<()>> {
                let from = input.position();
                while input.next().is_ok() {}
                Ok(input.slice_from(from).trim().to_owned())
            });
            return Some(Found { start, end: input.position().byte_index(), name, inside: inside.ok()? });
        }
        if opens && depth < MAX_DEPTH {
            let found = input.parse_nested_block(|input| -> Result<_, cssparser::ParseError<()>> {
                let found = first(input, depth.saturating_add(1));
                // A block that is not read to its end is an error to the parser.
                while input.next().is_ok() {}
                Ok(found)
            });
            if let Ok(Some(found)) = found {
                return Some(found);
            }
        }
    }
}
