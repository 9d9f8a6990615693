//! Reading JSON without recursion, and saying exactly where it stopped.

use super::build::{Builder, JsonError, Open, Problem, VALUE, problem};
use super::{Json, Number, number};
use crate::base::Limits;

/// Reads one value from a text.
pub(super) fn parse(text: &str, limits: &Limits) -> Result<Json, JsonError> {
    let mut reader = Reader { text, at: 0, builder: Builder::new(limits) };
    let max = limits.max_input.min(Limits::MAX_INPUT);
    let result = if text.len() > max {
        problem(0, "the text is too long", "no more than `max_input` bytes")
    } else if text.starts_with('\u{feff}') {
        problem(0, "a byte order mark", VALUE)
    } else {
        reader.document()
    };
    result.map_err(|problem| problem.locate(Some(text), &reader.builder))
}

/// Where the reader is inside a container.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// A value must follow.
    Value,
    /// Directly behind `[` or `{`.
    First,
    /// Behind a value.
    After,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    builder: Builder,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.advance(1);
        }
    }

    fn document(&mut self) -> Result<Json, Problem> {
        let mut state = State::Value;
        loop {
            self.space();
            let Some(array) = self.builder.in_array() else {
                // Only the first turn comes here: a finished document has returned below.
                if let Some(document) = self.value(&mut state)? {
                    return self.end(document);
                }
                continue;
            };
            let done = match (state, self.peek()) {
                (State::First | State::After, Some(b']')) if array => self.close(&mut state)?,
                (State::First | State::After, Some(b'}')) if !array => self.close(&mut state)?,
                (State::After, Some(b',')) => {
                    self.advance(1);
                    self.space();
                    if !array {
                        self.key()?;
                    }
                    state = State::Value;
                    None
                }
                (State::After, _) if array => {
                    return problem(self.at, "the array goes on wrongly", "`,` or `]`");
                }
                (State::After, _) => return problem(self.at, "the object goes on wrongly", "`,` or `}`"),
                (State::First, _) if !array => {
                    self.key()?;
                    state = State::Value;
                    None
                }
                (State::First | State::Value, _) => self.value(&mut state)?,
            };
            if let Some(document) = done {
                return self.end(document);
            }
        }
    }

    fn end(&mut self, document: Json) -> Result<Json, Problem> {
        self.space();
        if self.at < self.text.len() {
            return problem(self.at, "something stands behind the value", "the end of the text");
        }
        Ok(document)
    }

    fn close(&mut self, state: &mut State) -> Result<Option<Json>, Problem> {
        self.advance(1);
        *state = State::After;
        self.builder.close()
    }

    fn key(&mut self) -> Result<(), Problem> {
        let at = self.at;
        if self.peek() != Some(b'"') {
            return problem(at, "no key", "a key in double quotes");
        }
        let key = self.string()?;
        self.builder.key(key, at)?;
        self.space();
        if self.peek() != Some(b':') {
            return problem(self.at, "no value for the key", "`:`");
        }
        self.advance(1);
        Ok(())
    }

    fn value(&mut self, state: &mut State) -> Result<Option<Json>, Problem> {
        let at = self.at;
        let value = match self.peek() {
            Some(b'{') => {
                self.advance(1);
                *state = State::First;
                self.builder
                    .open(Open::Object { members: Vec::new(), keys_at: Vec::new(), key: None }, at)?;
                return Ok(None);
            }
            Some(b'[') => {
                self.advance(1);
                *state = State::First;
                self.builder.open(Open::array(), at)?;
                return Ok(None);
            }
            Some(b'"') => Json::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Json::Number(self.number()?),
            Some(b't') => self.word("true", Json::Bool(true))?,
            Some(b'f') => self.word("false", Json::Bool(false))?,
            Some(b'n') => self.word("null", Json::Null)?,
            Some(b'N' | b'I') => {
                return problem(at, "not a value of JSON", "a number, which NaN and Infinity are not");
            }
            Some(_) => return problem(at, "not a value of JSON", VALUE),
            None => return problem(at, "the text ends early", VALUE),
        };
        self.builder.count(at)?;
        *state = State::After;
        Ok(self.builder.put(value))
    }

    fn word(&mut self, word: &'static str, value: Json) -> Result<Json, Problem> {
        if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return problem(self.at, "not a value of JSON", VALUE);
        }
        self.advance(word.len());
        Ok(value)
    }

    fn number(&mut self) -> Result<Number, Problem> {
        let at = self.at;
        let rest = self.text.get(at..).unwrap_or_default();
        let text = rest.get(..number::scan(rest.as_bytes())).unwrap_or_default();
        if text.is_empty() {
            return problem(at, "not a number of JSON", "digits as in `-0.5e3`");
        }
        if !number::exponent_fits(text) {
            return problem(at, "the number's exponent is too long", "at most nine digits");
        }
        self.advance(text.len());
        // What follows the longest number, as in `01` or `1.`, can only be wrong; said here it is clearer.
        if matches!(self.peek(), Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) {
            return problem(
                self.at,
                "the number goes on wrongly",
                "digits as in `-0.5e3`, without leading zeros",
            );
        }
        Ok(Number::from_scanned(text))
    }

    fn string(&mut self) -> Result<String, Problem> {
        let opened = self.at;
        self.advance(1);
        let mut out = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let plain =
                rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.advance(plain);
            match self.peek() {
                Some(b'"') => {
                    self.advance(1);
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => {
                    return problem(self.at, "a control character in a string", "an escape such as `\\n`");
                }
                None => return problem(opened, "the string does not end", "a closing `\"`"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Problem> {
        const UNKNOWN: &str = "one of `\\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u`";
        let at = self.at;
        self.advance(1);
        let kind = self.peek();
        self.advance(1);
        Ok(match kind {
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => match self.unit(at)? {
                high @ 0xd800..=0xdbff => {
                    if !self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u")) {
                        return problem(at, "a lone high surrogate", "`\\uDC00` to `\\uDFFF` behind it");
                    }
                    let second = self.at;
                    self.advance(2);
                    let low @ 0xdc00..=0xdfff = self.unit(second)? else {
                        return problem(at, "a lone high surrogate", "`\\uDC00` to `\\uDFFF` behind it");
                    };
                    let pair = [high, low];
                    char::decode_utf16(pair)
                        .next()
                        .and_then(Result::ok)
                        .unwrap_or(char::REPLACEMENT_CHARACTER)
                }
                0xdc00..=0xdfff => {
                    return problem(at, "a lone low surrogate", "`\\uD800` to `\\uDBFF` before it");
                }
                unit => char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER),
            },
            _ => return problem(at, "an unknown escape", UNKNOWN),
        })
    }

    /// The four digits of a `\u` escape.
    fn unit(&mut self, escape: usize) -> Result<u16, Problem> {
        let digits = self.text.get(self.at..self.at.saturating_add(4)).unwrap_or_default();
        if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return problem(escape, "an escape without its digits", "four hexadecimal digits behind `\\u`");
        }
        self.advance(4);
        Ok(u16::from_str_radix(digits, 16).unwrap_or_default())
    }
}
