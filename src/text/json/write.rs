//! Writing a tree without recursion, for people and programs as it was read, for digests canonically.

use std::fmt::Write as _;

use super::Json;

/// Which text of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Order and numbers as they were read.
    AsRead,
    /// RFC 8785.
    Canonical,
}

enum Rest<'a> {
    Items(std::slice::Iter<'a, Json>),
    Members(std::vec::IntoIter<&'a (String, Json)>),
}

/// The text of `root`.
pub(super) fn write(root: &Json, form: Form) -> String {
    let mut out = String::new();
    let mut open: Vec<Rest<'_>> = Vec::new();
    let mut next = Some(root);
    loop {
        if let Some(value) = next.take() {
            match value {
                Json::Null => out.push_str("null"),
                Json::Bool(true) => out.push_str("true"),
                Json::Bool(false) => out.push_str("false"),
                Json::Number(number) if form == Form::Canonical => out.push_str(&number.canonical()),
                Json::Number(number) => out.push_str(number.as_str()),
                Json::String(text) => string(&mut out, text),
                Json::Array(items) => {
                    out.push('[');
                    open.push(Rest::Items(items.iter()));
                }
                Json::Object(members) => {
                    out.push('{');
                    let mut members: Vec<_> = members.iter().collect();
                    if form == Form::Canonical {
                        members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
                    }
                    open.push(Rest::Members(members.into_iter()));
                }
            }
        }
        let Some(rest) = open.last_mut() else { return out };
        let item = match rest {
            Rest::Items(items) => items.next().map(|item| (None, item)),
            Rest::Members(members) => members.next().map(|(key, value)| (Some(key), value)),
        };
        let Some((key, value)) = item else {
            out.push(if matches!(rest, Rest::Items(_)) { ']' } else { '}' });
            open.pop();
            continue;
        };
        // No value ends in an opening bracket, so one at the end is the one that this item follows.
        if !out.ends_with(['[', '{']) {
            out.push(',');
        }
        if let Some(key) = key {
            string(&mut out, key);
            out.push(':');
        }
        next = Some(value);
    }
}

/// The string with the escapes that RFC 8785 (3.2.2.2) asks for, and no others.
fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            // Writing to a String has no error to report.
            c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
