//! Taking over a `serde_json` value, and handing one on.

use serde::ser::{Error as _, Serialize, SerializeMap as _, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::build::{Builder, JsonError, Open, Problem, VALUE, problem};
use super::{Json, Number};
use crate::base::Limits;

enum Rest<'v> {
    Items(std::slice::Iter<'v, Value>),
    Members(serde_json::map::Iter<'v>),
}

/// Takes a `serde_json` value over, within the same limits as a text.
pub(super) fn from_value(root: &Value, limits: &Limits) -> Result<Json, JsonError> {
    let mut builder = Builder::new(limits);
    take(root, &mut builder).map_err(|problem| problem.locate(None, &builder))
}

fn take(root: &Value, builder: &mut Builder) -> Result<Json, Problem> {
    let mut open: Vec<Rest<'_>> = Vec::new();
    let mut next = Some(root);
    loop {
        let done = match next.take() {
            Some(Value::Array(items)) => {
                builder.open(Open::array(), 0)?;
                open.push(Rest::Items(items.iter()));
                None
            }
            Some(Value::Object(members)) => {
                builder.open(Open::object(), 0)?;
                open.push(Rest::Members(members.iter()));
                None
            }
            Some(leaf) => {
                builder.count(0)?;
                builder.put(scalar(leaf)?)
            }
            None => {
                let item = match open.last_mut() {
                    Some(Rest::Items(items)) => items.next().map(|item| (None, item)),
                    Some(Rest::Members(members)) => members.next().map(|(key, value)| (Some(key), value)),
                    None => return problem(0, "nothing was read", VALUE),
                };
                next = item.map(|(_, value)| value);
                match item {
                    Some((Some(key), _)) => builder.key(key.clone(), 0).map(|()| None)?,
                    Some((None, _)) => None,
                    None => {
                        open.pop();
                        builder.close()?
                    }
                }
            }
        };
        if let Some(document) = done {
            return Ok(document);
        }
    }
}

fn scalar(leaf: &Value) -> Result<Json, Problem> {
    Ok(match leaf {
        Value::Bool(value) => Json::Bool(*value),
        Value::String(text) => Json::String(text.clone()),
        Value::Number(number) => match Number::new(&number.to_string()) {
            Some(number) => Json::Number(number),
            None => return problem(0, "the number's exponent is too long", "at most nine digits"),
        },
        _ => Json::Null,
    })
}

/// With `serde_json`, order and the numbers' text stay as they are. Recurses, as `serde` does; what was read is at
/// most [`Json::MAX_DEPTH`] deep.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => {
                RawValue::from_string(number.to_string()).map_err(S::Error::custom)?.serialize(serializer)
            }
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}
