//! A tree out of YAML that a program printed: a tool's result. Only what JSON can say too.

use granit_parser::{Event, Options, Parser, ScalarStyle};

use super::build::{Builder, Open};
use super::{Json, Number};
use crate::base::Limits;

/// The tree of `text`; `None` where it is no YAML, or says what JSON cannot (anchors, tags, a second document, a key
/// that is no word or is there twice), or is larger than `limits` admit.
pub(super) fn parse(text: &str, limits: &Limits) -> Option<Json> {
    let mut options = Options::default();
    options.disallow_directives = true;
    options.emit_unresolved_aliases = true;
    options.set_emit_comments(false);
    options.flow_nesting_limit = limits.json_depth;
    options.block_nesting_limit = limits.json_depth;
    let mut builder = Builder::new(limits);
    let mut root = None;
    // Whether the innermost open map waits for a key; one entry for each open value.
    let mut keys: Vec<bool> = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, _) = event.ok()?;
        match event {
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(..) if root.is_none() => {}
            Event::Scalar(text, style, 0, None) => {
                if keys.last() == Some(&true) {
                    builder.key(text.into_owned(), 0).ok()?;
                    *keys.last_mut()? = false;
                    continue;
                }
                builder.count(0).ok()?;
                let value = scalar(text.into_owned(), style == ScalarStyle::Plain);
                root = builder.put(value).or(root);
                next(&builder, &mut keys);
            }
            Event::SequenceStart(_, 0, None) if keys.last() != Some(&true) => {
                builder.open(Open::array(), 0).ok()?;
                keys.push(false);
            }
            Event::MappingStart(_, 0, None) if keys.last() != Some(&true) => {
                builder.open(Open::object(), 0).ok()?;
                keys.push(true);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                keys.pop();
                root = builder.close().ok()?.or(root);
                next(&builder, &mut keys);
            }
            _ => return None,
        }
    }
    root
}

/// Behind a value of a map comes a key.
fn next(builder: &Builder, keys: &mut [bool]) {
    if let Some(key) = keys.last_mut() {
        *key = builder.in_array() == Some(false);
    }
}

/// A scalar as YAML's core schema reads it (YAML 1.2.2, 10.3), as far as JSON can say it.
fn scalar(text: String, plain: bool) -> Json {
    match text.as_str() {
        "" | "null" | "~" if plain => Json::Null,
        "true" if plain => Json::Bool(true),
        "false" if plain => Json::Bool(false),
        number if plain && let Some(number) = Number::new(number) => Json::Number(number),
        _ => Json::String(text),
    }
}
