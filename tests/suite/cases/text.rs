//! Texts as case files write them: a string, or made of parts, so that no file holds anything that looks like a
//! real secret, and every encoding is written once.

use bartizan::base::{CanaryPlace, SecurityContext, SessionId, sha256};
use bartizan::policy::{Policy, Preset};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text, already made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        make(&Value::deserialize(deserializer)?).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Makes a text of its recipe: a string stands for itself, an object with one key says how.
pub(crate) fn make(recipe: &Value) -> Result<String, String> {
    if let Some(text) = recipe.as_str() {
        return Ok(text.to_owned());
    }
    let (how, of) = match recipe.as_object().map(|object| object.iter().collect::<Vec<_>>()).as_deref() {
        Some([(how, of)]) => (how.as_str(), *of),
        _ => {
            return Err(format!(
                "a text is a string or an object with one key that says how it is made: {recipe}"
            ));
        }
    };
    let plain = || make(of);
    let bytes = |each: fn(u8) -> String| plain().map(|text| text.bytes().map(each).collect());
    let chars = |each: fn(char) -> String| plain().map(|text| text.chars().map(each).collect());
    match how {
        "join" => parts(of)?.iter().map(make).collect(),
        "repeat" => Ok(make(&of["text"])?.repeat(number(&of["times"])?)),
        "drawn" => drawn(of),
        "canary" => canary(of),
        "base32" => plain().map(|text| base32(text.as_bytes())),
        "rot47" => plain().map(|text| text.chars().map(rot47).collect()),
        "xor" => {
            plain().map(|text| STANDARD.encode(text.bytes().map(|byte| byte ^ 0x5A).collect::<Vec<_>>()))
        }
        "spoken" => plain().map(|text| text.chars().map(spoken).collect::<Vec<_>>().join(" ")),
        // As a decimal number.
        "number" => plain().map(|text| decimal(text.as_bytes())),
        "rot13" => plain().map(|text| text.chars().map(rot13).collect()),
        // Some of its characters: `{ part: { text: abcdef, from: 2, to: 4 } }`.
        "part" => {
            let (text, from, to) = (make(&of["text"])?, number(&of["from"])?, number(&of["to"])?);
            Ok(text.chars().skip(from).take(to.saturating_sub(from)).collect())
        }
        // Characters of the second between those of the first.
        "between" => {
            let (text, with) = (make(&of["text"])?, make(&of["with"])?);
            Ok(text.chars().map(String::from).collect::<Vec<_>>().join(&with))
        }
        "lines" => {
            let (text, width) = (make(&of["text"])?, number(&of["width"])?.max(1));
            let chars: Vec<char> = text.chars().collect();
            Ok(chars.chunks(width).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join("\n"))
        }
        "reversed" => plain().map(|text| text.chars().rev().collect()),
        "upper" => plain().map(|text| text.to_uppercase()),
        "base64" => plain().map(|text| STANDARD.encode(text)),
        "base64url" => plain().map(|text| URL_SAFE_NO_PAD.encode(text)),
        "hex" => bytes(|byte| format!("{byte:02x}")),
        "percent" => bytes(|byte| format!("%{byte:02X}")),
        "entities" => chars(|c| format!("&#{};", u32::from(c))),
        "escapes" => chars(|c| format!("\\u{:04x}", u32::from(c))),
        "tags" => chars(|c| char::from_u32(0xe_0000 + u32::from(c)).unwrap_or(c).into()),
        "selectors" => bytes(|byte| selector(byte).into()),
        "json" => plain().map(|text| Value::from(text).to_string()),
        other => Err(format!("`{other}` is no way to make a text")),
    }
}

fn base32(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit = |five: &[u8]| {
        let value = (0..5).fold(0, |value, at| value << 1 | usize::from(*five.get(at).unwrap_or(&0)));
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[value])
    };
    bits.chunks(5).map(digit).collect()
}

fn rot47(c: char) -> char {
    match u8::try_from(c) {
        Ok(byte @ b'!'..=b'~') => char::from(b'!' + (byte - b'!' + 47) % 94),
        _ => c,
    }
}

fn decimal(bytes: &[u8]) -> String {
    let mut digits = vec![0_u32];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let value = *digit * 256 + carry;
            *digit = value % 10;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push(carry % 10);
            carry /= 10;
        }
    }
    digits.iter().rev().filter_map(|digit| char::from_digit(*digit, 10)).collect()
}

/// Letter by letter in the spelling alphabet of radio.
fn spoken(c: char) -> String {
    const WORDS: [&str; 26] = [
        "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett", "kilo",
        "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform",
        "victor", "whiskey", "xray", "yankee", "zulu",
    ];
    const DIGITS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    match c {
        'a'..='z' => WORDS[c as usize - 'a' as usize].to_owned(),
        'A'..='Z' => format!("capital {}", WORDS[c as usize - 'A' as usize]),
        '0'..='9' => DIGITS[c as usize - '0' as usize].to_owned(),
        '_' => "underscore".to_owned(),
        '-' => "dash".to_owned(),
        other => other.to_string(),
    }
}

fn rot13(c: char) -> char {
    let turned = |first: u8, byte: u8| char::from(first + (byte - first + 13) % 26);
    match u8::try_from(c) {
        Ok(byte @ b'a'..=b'z') => turned(b'a', byte),
        Ok(byte @ b'A'..=b'Z') => turned(b'A', byte),
        _ => c,
    }
}

/// The token that the runner's guard plants at a place: `{ place: prompt }`, and where they are not the first,
/// `session: main`, `generation: 1`.
fn canary(of: &Value) -> Result<String, String> {
    let place: CanaryPlace =
        of["place"].as_str().unwrap_or_default().parse().map_err(|error| format!("{error}"))?;
    let session =
        SessionId::new(of["session"].as_str().unwrap_or("main")).map_err(|error| error.to_string())?;
    let cx = SecurityContext::new(session);
    let guard = super::guard(Policy::preset(Preset::Balanced)).build().map_err(|error| error.to_string())?;
    let mut token = Err("`generation` counts from 1".to_owned());
    for _ in 0..of["generation"].as_u64().unwrap_or(1) {
        token = guard
            .issue_canary(&cx, &place)
            .into_result()
            .map(|canary| canary.as_str().to_owned())
            .map_err(|e| e.to_string());
    }
    token
}

fn parts(of: &Value) -> Result<&Vec<Value>, String> {
    of.as_array().ok_or_else(|| format!("`join` needs a list, not {of}"))
}

fn number(of: &Value) -> Result<usize, String> {
    of.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(|| format!("expected a number, found {of}"))
}

/// The variation selector that stands for a byte, as smugglers use them.
fn selector(byte: u8) -> char {
    let code = if byte < 16 { 0xfe00 + u32::from(byte) } else { 0xe_0100 + u32::from(byte) - 16 };
    char::from_u32(code).unwrap()
}

/// Characters drawn from an alphabet, the same in every run: `{ from: alnum, len: 36, seed: 1 }`.
fn drawn(of: &Value) -> Result<String, String> {
    const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
    const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const DIGITS: &str = "0123456789";
    let alphabet = match of["from"].as_str().unwrap_or_default() {
        "alnum" => [LOWER, UPPER, DIGITS].concat(),
        "letters" => [LOWER, UPPER].concat(),
        "lower" => [LOWER, DIGITS].concat(),
        "upper" => [UPPER, DIGITS].concat(),
        "digits" => DIGITS.to_owned(),
        "hex" => [DIGITS, "abcdef"].concat(),
        "base32" => [UPPER, "234567"].concat(),
        "base58" => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".to_owned(),
        "base64" => [LOWER, UPPER, DIGITS, "+/"].concat(),
        "base64url" => [LOWER, UPPER, DIGITS, "-_"].concat(),
        other => return Err(format!("`{other}` is no alphabet")),
    };
    let seed = of["seed"].as_u64().unwrap_or_default();
    let alphabet = alphabet.as_bytes();
    Ok((0..number(&of["len"])?)
        .map(|at| {
            let drawn = sha256(&[&seed.to_be_bytes(), &at.to_be_bytes()]).short() % alphabet.len() as u64;
            char::from(alphabet[usize::try_from(drawn).unwrap()])
        })
        .collect())
}
