//! Paths that climb out of where they begin, resolved a second time by hand.

use super::{Choices, quoted};
use crate::base::{Limits, ToolName};
use crate::layers::l10_validation::Validation;
use crate::policy::{Policy, Preset};
use crate::text::json::Json;
use crate::values::ToolCall;

/// How somebody writes a dot or a slash who does not want it read.
const DOTS: [&str; 6] = [".", "%2e", "%2E", "%252e", "\u{FF0E}", "%c0%ae"];
const SLASHES: [&str; 7] = ["/", "\\", "%2f", "%5C", "%252f", "\u{FF0F}", "%c0%af"];
const NAMES: [&str; 6] = ["src", "lib.rs", "a", "..a", "a..", ".git"];

/// A path that leads above its beginning is refused, however its dots and slashes are written; one that plainly does
/// not is not. Nothing that stands in an argument is in a message.
///
/// # Panics
/// When one of these does not hold.
pub fn validate_args(data: &[u8]) {
    let mut choices = Choices(data);
    let (mut depth, mut climbs, mut is_plain) = (0_usize, false, true);
    let mut path = String::new();
    let mut put = |path: &mut String, sign: &str| {
        is_plain &= sign.len() == 1;
        path.push_str(sign);
    };
    let steps = choices.below(8).saturating_add(1);
    for step in 0..steps {
        if step > 0 {
            put(&mut path, choices.of(SLASHES));
        }
        match choices.below(4) {
            0 => {
                put(&mut path, choices.of(DOTS));
                put(&mut path, choices.of(DOTS));
                climbs |= depth == 0;
                depth = depth.saturating_sub(1);
            }
            1 => put(&mut path, choices.of(DOTS)),
            _ => {
                path.push_str(choices.of(NAMES));
                depth = depth.saturating_add(1);
            }
        }
    }
    let key = choices.of(["path", "file", "x", "output_dir"]);
    let nested = choices.flag();
    let value = Json::String(path.clone());
    let value = if nested { Json::Array(vec![Json::Null, value]) } else { value };
    let settings = *Policy::preset(Preset::Balanced).settings().validation();
    let call = |args: Vec<(String, Json)>| {
        ToolCall::new(ToolName::new("open").expect("a name"), Json::Object(args)).expect("a call")
    };
    let validation = Validation::compile(settings);
    let found = validation.validate(&call(vec![(key.to_owned(), value)]), None);
    let refused = match &found {
        Ok(_) => false,
        Err(invalid) => invalid.findings().iter().any(|finding| finding.rule.as_str() == "l10/traversal"),
    };
    // What is encoded may climb for somebody who decodes it halfway.
    let right = if climbs || is_plain { refused == climbs } else { true };
    assert!(right, "{refused}\n- call: {{ tool: open, args: {{ {key}: {} }} }}", quoted(&path));

    // Any text at all: total, and no part of it is told.
    let (name, text) = (choices.text(), choices.rest());
    let Ok(args) = Json::parse(
        &format!("{{{}:{}}}", Json::String((*name).into()), Json::String((*text).into())),
        &Limits::default(),
    ) else {
        return;
    };
    let call = ToolCall::new(ToolName::new("open").expect("a name"), args).expect("a call");
    if let Err(invalid) = validation.validate(&call, None) {
        // What the name says too may be told: a problem names its place.
        let long = text.split_whitespace().filter(|word| word.len() > 12 && !name.contains(*word));
        let told: Vec<&str> = long.filter(|word| invalid.message().contains(*word)).collect();
        assert!(told.is_empty(), "{told:?} is told in {:?}", invalid.message());
    }
}
