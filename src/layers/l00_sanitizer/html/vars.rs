//! Values that are only known on the element: `var()`, `env()`, `attr()` and `if()`.

use std::collections::BTreeMap;
use std::sync::Arc;

use cssparser::{Parser, Token};

use super::dom::Element;
use super::query::branch;
use super::select::Steps;

/// How far substitution may grow a value, and how many times it may happen in it.
const MAX_SUBSTITUTED: usize = 64 << 10;
const MAX_SUBSTITUTIONS: usize = 256;
/// How many custom properties may stand for each other in a row.
const MAX_TRAIL: usize = 32;
/// How deep the functions may stand in brackets.
const MAX_DEPTH: u8 = 16;

/// Custom properties by name.
pub(super) type Customs = BTreeMap<Arc<str>, Arc<str>>;

/// A custom property that a page registers: its name, its initial value, and whether it is inherited.
pub(super) type Registered = (Arc<str>, Option<Arc<str>>, bool);

/// What substitution needs besides the element's own values.
pub(super) struct Vars<'a> {
    pub(super) registered: &'a [Registered],
    pub(super) steps: &'a Steps,
    pub(super) element: Option<&'a Element>,
}

impl Vars<'_> {
    /// The value of a custom property, where it has one.
    pub(super) fn custom(&self, customs: Option<&Customs>, name: &str) -> Option<String> {
        let own = customs.and_then(|customs| customs.get(name)).map(|value| &**value);
        let initial = || {
            let registered = self.registered.iter().find(|(have, ..)| **have == *name);
            registered.and_then(|(_, initial, _)| initial.as_deref())
        };
        let value = own.or_else(initial)?;
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
                (Some(value), Some(unit))
                    if unit.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'%') =>
                {
                    value.trim().parse::<f32>().ok().map(|number| format!("{number}{unit}"))
                }
                (value, _) => value,
            }
        }
        "env" => None,
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
                Ok(first(input, depth.saturating_add(1)))
            });
            if let Ok(Some(found)) = found {
                return Some(found);
            }
        }
    }
}
