//! What an agent makes of a value while it copies it: the attacker's calls in other spellings.

use clap::ValueEnum;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::common::Outcome;
use crate::trace::Step;

/// A spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rewriting {
    /// Every text in capitals.
    Case,
    /// Two blanks for one, and blanks around.
    Spacing,
    /// Texts in quotes, addresses in angle brackets.
    Quotes,
    /// Numbers with a decimal point, as texts or the other way round.
    Numbers,
    /// Dates in another order, with names of months.
    Dates,
    /// Links with `https://` and tracking parameters.
    Links,
    /// Bodies in base64.
    Base64,
    /// A list's items one by one in two arguments.
    Split,
}

impl Rewriting {
    /// The word for it on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Spacing => "spacing",
            Self::Quotes => "quotes",
            Self::Numbers => "numbers",
            Self::Dates => "dates",
            Self::Links => "links",
            Self::Base64 => "base64",
            Self::Split => "split",
        }
    }

    /// The step with its arguments respelled.
    pub(crate) fn apply(self, step: &Step) -> Outcome<Step> {
        let mut args: Value = serde_json::from_str(step.args.get())?;
        if self == Self::Split {
            split(&mut args);
        } else {
            self.walk(&mut args, "");
        }
        Ok(Step {
            tool: step.tool.clone(),
            args: RawValue::from_string(args.to_string())?,
            result: step.result.clone(),
            error: step.error.clone(),
        })
    }

    fn walk(self, value: &mut Value, key: &str) {
        match value {
            Value::Object(members) => members.iter_mut().for_each(|(key, value)| self.walk(value, key)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item, key)),
            Value::String(text) => {
                if self == Self::Numbers && text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() < 16
                {
                    *value = text.parse::<u64>().map_or(Value::Null, Value::from);
                } else {
                    *text = self.text(text, key);
                }
            }
            Value::Number(number) if self == Self::Numbers => *value = Value::String(format!("{number}.0")),
            Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }

    fn text(self, text: &str, key: &str) -> String {
        match self {
            Self::Case => text.to_uppercase(),
            Self::Spacing => format!(" {} ", text.replace(' ', "  ")),
            Self::Quotes if text.contains('@') && !text.contains(' ') => format!("<{text}>"),
            Self::Quotes => format!("\"{text}\""),
            Self::Dates => dates(text),
            Self::Links => links(text),
            Self::Base64 if matches!(key, "body" | "content" | "subject" | "description") => base64(text),
            Self::Numbers | Self::Base64 | Self::Split => text.to_owned(),
        }
    }
}

/// The first list with several items becomes two lists; a text of two words becomes two arguments.
fn split(args: &mut Value) {
    let Value::Object(members) = args else { return };
    let key = members.iter().find(|(_, value)| value.as_array().is_some_and(|items| !items.is_empty()));
    if let Some((key, Value::Array(items))) = key.map(|(key, value)| (key.clone(), value.clone())) {
        let (first, rest) = items.split_at(items.len().div_ceil(2));
        let rest = if rest.is_empty() { first } else { rest };
        let (first, rest) = (first.to_vec(), rest.to_vec());
        members.insert(key, Value::Array(first));
        members.insert("cc".to_owned(), Value::Array(rest));
    }
}

/// `2024-05-30` as `30 May 2024`.
fn dates(text: &str) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words = text.split(' ').map(|word| {
        let parts: Vec<&str> = word.split('-').collect();
        let month = match parts.as_slice() {
            [year, month, day] if year.len() == 4 => {
                let name = month.parse::<usize>().ok().and_then(|n| MONTHS.get(n.checked_sub(1)?));
                name.map(|name| format!("{day} {name} {year}"))
            }
            _ => None,
        };
        month.unwrap_or_else(|| word.to_owned())
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `www.example.org/x` as `https://www.example.org/x?utm_source=chat`.
fn links(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let plain = word.trim_start_matches("https://").trim_start_matches("http://");
        if plain.starts_with("www.") || plain.len() < word.len() {
            format!("https://{}?utm_source=chat&utm_medium=agent", plain.trim_end_matches(['.', ',']))
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respelled(rewriting: Rewriting, args: &str) -> String {
        let step = Step {
            tool: "send".to_owned(),
            args: RawValue::from_string(args.to_owned()).unwrap(),
            result: None,
            error: None,
        };
        let step = rewriting.apply(&step).unwrap();
        step.args.get().to_owned()
    }

    #[test]
    fn each_spelling_says_the_same() {
        for (rewriting, before, after) in [
            (Rewriting::Case, r#"{"to":"ana"}"#, r#"{"to":"ANA"}"#),
            (Rewriting::Spacing, r#"{"to":"a b"}"#, r#"{"to":" a  b "}"#),
            (Rewriting::Quotes, r#"{"to":"a@b"}"#, r#"{"to":"<a@b>"}"#),
            (Rewriting::Numbers, r#"{"id":"13","n":5}"#, r#"{"id":13,"n":"5.0"}"#),
            (Rewriting::Dates, r#"{"at":"2024-05-30 10:20"}"#, r#"{"at":"30 May 2024 10:20"}"#),
            (
                Rewriting::Links,
                r#"{"x":"see www.b.example"}"#,
                r#"{"x":"see https://www.b.example?utm_source=chat&utm_medium=agent"}"#,
            ),
            (Rewriting::Base64, r#"{"body":"hi","to":"a"}"#, r#"{"body":"aGk=","to":"a"}"#),
            (Rewriting::Split, r#"{"to":["a","b"]}"#, r#"{"cc":["b"],"to":["a"]}"#),
        ] {
            assert_eq!(respelled(rewriting, before), after);
        }
    }
}
