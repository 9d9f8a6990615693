//! `password = …`, `api_key: …`, `the admin key is …`: secrets that only their name gives away.
//!
//! A name that ends in a word for a secret, something that assigns, and a value that is neither code, nor a
//! placeholder, nor a word. Entropy only breaks ties.

use std::ops::Range;

use super::Certainty;
use super::alphabet::{ALNUM, Alphabet};
use super::checks::{is_placeholder, is_random, is_uuid};

const NAME: Alphabet = ALNUM.and(Alphabet::of("_.-"));
/// What a type between a name and its value is written with.
const TYPE: Alphabet = ALNUM.and(Alphabet::of("_&<>[]'|.?: "));
/// Longest stretch of a name before its word, in bytes.
const NAME_REACH: usize = 48;
/// As much of a name behind its word is too much.
const NAME_END: usize = 8;
/// Longest value that is judged, in bytes. A longer one is taken whole when this much of it looks like a secret.
const VALUE_REACH: usize = 160;

/// What ends a value without quotes. `=` does too, unless only more of it follows: the padding of base64.
const BARE_END: Alphabet = Alphabet::of("\"'`<>;,&|)(}{][\\\t\n\r ");

/// What a name promises of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    /// A password: people choose them, so they need not look random.
    Password,
    /// A key, a token, a secret: machines draw them.
    Drawn,
}

/// A password behind a name or a flag.
pub(super) fn password(text: &str, word: Range<usize>) -> Option<(Range<usize>, Certainty)> {
    assigned(text, word, Promise::Password)
}

/// A key, token or secret behind a name.
pub(super) fn drawn(text: &str, word: Range<usize>) -> Option<(Range<usize>, Certainty)> {
    assigned(text, word, Promise::Drawn)
}

fn assigned(text: &str, word: Range<usize>, wanted: Promise) -> Option<(Range<usize>, Certainty)> {
    let bytes = text.as_bytes();
    let left = NAME.suffix(bytes.get(..word.start)?, NAME_REACH);
    // A name ends with its word: `_KEY2`, `credentials`. What goes on is another name, or has another word.
    let right = NAME.prefix(bytes.get(word.end..)?, NAME_END);
    if right >= NAME_END {
        return None;
    }
    let start = word.start.saturating_sub(left);
    let name = text.get(start..word.end.saturating_add(right))?.trim_end_matches(['.', '-']);
    let end = start.saturating_add(name.len());
    let before = bytes.get(..start)?;
    // `Module::ApiKey` is a type, and `[redacted:password]` is what redaction left.
    if before.ends_with(b"::") || (before.ends_with(b"[redacted:") && is_mark(bytes.get(end..)?)) {
        return None;
    }
    let mut at = separator(bytes, start, end)?;
    let promise = promise(name, before).filter(|promise| *promise == wanted)?;
    // A type between name and value: `password: str = "…"`. One such detour, no more.
    for _ in 0..2 {
        // What redaction left is no type: what stands behind it is not this name's value.
        if bytes.get(skip(bytes, at, b"\\\"'`")..)?.starts_with(b"[redacted:") {
            return None;
        }
        let value = value(text, at);
        if !value.is_empty() && genuine(text, value.clone(), promise, name) {
            let more = Alphabet::of("A-Za-z0-9+/=_-").prefix(bytes.get(value.end..)?, usize::MAX);
            let whole =
                value.start..value.end.saturating_add(if value.len() >= VALUE_REACH { more } else { 0 });
            return Some((whole, Certainty::Named));
        }
        let detour = TYPE.prefix(bytes.get(at..)?, 32);
        let behind = at.saturating_add(detour);
        at = bytes.get(behind).filter(|byte| **byte == b'=').map(|_| skip(bytes, behind, b"= "))?;
    }
    None
}

/// Whether redaction left this behind the type: a `#`, six letters, and the end. Whoever writes it to hide a value has no
/// room for one.
fn is_mark(bytes: &[u8]) -> bool {
    matches!(bytes, [b'#', mark @ ..] if mark.iter().take(6).all(u8::is_ascii_lowercase) && mark.get(6) == Some(&b']'))
}

/// What the name promises, read from its end: `DB_PASSWORD` does, `password_hash` and `max_tokens` do not.
fn promise(name: &str, before: &[u8]) -> Option<Promise> {
    const PASSWORDS: [&str; 8] =
        ["password", "passwd", "passphrase", "pwd", "passwort", "pass", "passcode", "userpw"];
    const NOT_TOKENS: [&str; 12] = [
        "nexttoken",
        "pagetoken",
        "continuationtoken",
        "synctoken",
        "cursortoken",
        "csrftoken",
        "xsrftoken",
        "csrfmiddlewaretoken",
        "devicetoken",
        "publictoken",
        "eostoken",
        "padtoken",
    ];
    const QUALIFIERS: [&str; 24] = [
        "api",
        "secret",
        "access",
        "private",
        "auth",
        "admin",
        "master",
        "sign",
        "encrypt",
        "account",
        "app",
        "service",
        "global",
        "license",
        "client",
        "session",
        "storage",
        "shared",
        "deploy",
        "bearer",
        "ingest",
        "integration",
        "write",
        "hmac",
    ];
    let mut plain = String::with_capacity(name.len());
    plain.extend(name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
    let plain = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    if PASSWORDS.iter().any(|word| plain.ends_with(word)) {
        let bypass = plain.ends_with("bypass") || plain.ends_with("compass") || plain.ends_with("surpass");
        return (!bypass).then_some(Promise::Password);
    }
    let drawn = if plain.ends_with("key") {
        let qualified = QUALIFIERS.iter().any(|word| plain.contains(word));
        !plain.contains("public")
            && !plain.contains("publish")
            && (qualified || qualified_before(before, &QUALIFIERS))
    } else if plain.ends_with("token") {
        !NOT_TOKENS.iter().any(|word| plain.ends_with(word))
    } else {
        ["secret", "credential", "credentials", "sessionid", "sessid", "authorization"]
            .iter()
            .any(|word| plain.ends_with(word))
    };
    drawn.then_some(Promise::Drawn)
}

/// Whether one of the three words before the name qualifies it: *the admin key*.
fn qualified_before(before: &[u8], qualifiers: &[&str]) -> bool {
    let tail = before.get(before.len().saturating_sub(32)..).unwrap_or(before);
    tail.rsplit(|byte| matches!(byte, b' ' | b'\n'))
        .take(4)
        .any(|word| qualifiers.iter().any(|qualifier| word.eq_ignore_ascii_case(qualifier.as_bytes())))
}

/// Where the value starts, if something behind the name assigns: `=`, `:`, `=>`, ` is `, a table's `|`, an XML
/// attribute's `value="`, a comma between quoted arguments, a flag's or netrc's space.
fn separator(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let quoted = |at: usize| matches!(bytes.get(at), Some(b'"' | b'\'' | b'`' | b'\\'));
    let closed = skip(bytes, end, b"\\\"'`]*");
    let at = skip(bytes, closed, b" \t");
    // `the password for the staging box is …`: what it is for stands between.
    let at = behind_purpose(bytes, at).unwrap_or(at);
    let rest = bytes.get(at..)?;
    let words =
        [&b":="[..], b"=>", b"->", b"==", b"is: ", b"is ", b"was ", b"are ", b"=", b":", b"|", b"value="];
    if let Some(word) = words.iter().find(|word| rest.starts_with(word)) {
        // `key|other` is an alternative, ` | ` is a table's column.
        let table = **word != *b"|" || at > closed;
        let spoken = !word.ends_with(b" ") || at > closed || word.starts_with(b"is:");
        return (table && spoken).then(|| skip(bytes, at.saturating_add(word.len()), b" \t|"));
    }
    let before = bytes.get(..start).unwrap_or_default();
    if rest.starts_with(b">") && before.ends_with(b"<") {
        return Some(at.saturating_add(1));
    }
    if rest.starts_with(b",") && closed > end && matches!(before, [.., b'(', b'"' | b'\'']) {
        let value = skip(bytes, at.saturating_add(1), b" \t");
        return quoted(value).then_some(value);
    }
    let flag = bytes.get(start..end)?.starts_with(b"--") || before.ends_with(b"--");
    let login = before
        .get(before.len().saturating_sub(96)..)
        .unwrap_or(before)
        .windows(6)
        .any(|window| window == b"login ");
    (at > closed && closed == end && (flag || login)).then_some(at)
}

/// Behind `for the staging box`, `of deploy@web1`: up to the word that assigns.
fn behind_purpose(bytes: &[u8], at: usize) -> Option<usize> {
    const REACH: usize = 56;
    let rest = bytes.get(at..)?;
    ["for ", "of ", "to ", "on "].iter().any(|word| rest.starts_with(word.as_bytes())).then_some(())?;
    let near = rest.get(..rest.len().min(REACH))?;
    let near = near.split(|byte| matches!(byte, b'\n' | b'"' | b',' | b';' | b'(' | b'=')).next()?;
    let place = near.windows(4).position(|window| window == b" is ").map(|place| place.saturating_add(1));
    let place = place.or_else(|| near.windows(2).position(|window| window == b": "))?;
    Some(at.saturating_add(place))
}

/// The value that starts at `at`: what its quotes hold, or up to what cannot belong to a bare value. Empty where
/// code follows.
fn value(text: &str, at: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let prefixed = matches!(bytes.get(at), Some(b'b' | b'r' | b'f' | b'u'))
        && matches!(bytes.get(at.saturating_add(1)), Some(b'"' | b'\''));
    let open = skip(bytes, at.saturating_add(usize::from(prefixed)), b"\\");
    let (start, quote) = match bytes.get(open) {
        Some(quote @ (b'"' | b'\'' | b'`')) => (open.saturating_add(1), Some(*quote)),
        _ => (at, None),
    };
    let rest = bytes.get(start..).unwrap_or_default();
    let padded = |at: usize| rest.get(at.saturating_add(1)).is_none_or(|next| !ALNUM.has(*next));
    let ends = |at: usize, byte: u8| {
        quote.map_or_else(
            || BARE_END.has(byte) || (byte == b'=' && !padded(at)),
            |quote| byte == quote || matches!(byte, b'\\' | b'\n'),
        )
    };
    let mut length =
        rest.iter().take(VALUE_REACH).enumerate().take_while(|(at, byte)| !ends(*at, **byte)).count();
    while !text.is_char_boundary(start.saturating_add(length)) {
        length = length.saturating_sub(1);
    }
    let end = start.saturating_add(length);
    let call = quote.is_none() && matches!(bytes.get(end), Some(b'(' | b'[' | b'{'));
    let trimmed = if quote.is_none() {
        let value = text.get(start..end).unwrap_or_default();
        start.saturating_add(value.trim_end_matches(['.', ':']).len())
    } else {
        end
    };
    if call { start..start } else { start..trimmed }
}

/// Whether the value at `range` is what its name promises.
fn genuine(text: &str, range: Range<usize>, promise: Promise, name: &str) -> bool {
    let bytes = text.as_bytes();
    let quoted =
        range.start > 0 && matches!(bytes.get(range.start.saturating_sub(1)), Some(b'"' | b'\'' | b'`'));
    let Some(value) = text.get(range) else { return false };
    let promised = match promise {
        Promise::Password => is_password(value, quoted),
        Promise::Drawn => is_drawn(value, name),
    };
    promised && !value.contains("://") && !value.contains(' ') && !is_placeholder(value)
}

/// At least a digit or a sign among the letters; code, types and words have neither.
fn is_password(value: &str, quoted: bool) -> bool {
    let digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let letter = value.chars().any(char::is_alphabetic);
    let sign = value.chars().any(|c| !c.is_alphanumeric() && !matches!(c, '_' | '.' | '-' | ':' | '/'));
    let long = value.chars().count();
    let number =
        !quoted && value.bytes().next().is_some_and(|first| first.is_ascii_digit()) && is_number(value);
    let path = value.matches('/').count() >= 3;
    if number || path || (!quoted && value.contains('.') && !digit) {
        return false;
    }
    let drawn = sign && !digit && is_random(value);
    let known =
        ["password1", "pass1234", "password123", "p@ssw0rd"].contains(&value.to_ascii_lowercase().as_str());
    !known && (6..=VALUE_REACH).contains(&long) && letter && (digit || (sign && quoted) || drawn)
}

/// `0x00000200`, `12014u32`, `65536i32`.
fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix("0x").unwrap_or(value).trim_end_matches("_u32");
    digits.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'_')
        || digits.split(['u', 'i', 'f', 'L', 'U']).all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Long enough and drawn at random.
fn is_drawn(value: &str, name: &str) -> bool {
    const DRAWN: Alphabet = ALNUM.and(Alphabet::of("+/=_.~:%$-"));
    let body = value.strip_prefix("base64:").or_else(|| value.strip_prefix("0x")).unwrap_or(value);
    if !(16..=VALUE_REACH).contains(&body.len()) || !body.bytes().all(|byte| DRAWN.has(byte)) {
        return false;
    }
    if is_uuid(body) {
        // A UUID is a secret only where the name says more than *token* or *id*.
        let name = name.to_ascii_lowercase();
        return [
            "api", "secret", "private", "access", "snyk", "codecov", "heroku", "postmark", "server",
            "circle", "bearer", "account",
        ]
        .iter()
        .any(|word| name.contains(word))
            || name.ends_with("key");
    }
    // `KEY_MAPPING_KEY2` is a constant's name.
    let constant = body.contains('_') && !body.bytes().any(|byte| byte.is_ascii_lowercase());
    !constant && is_random(body.trim_end_matches('='))
}

/// Where `bytes` first has something outside `set` from `at` on, eight bytes further at the most.
fn skip(bytes: &[u8], at: usize, set: &[u8]) -> usize {
    at.saturating_add(
        bytes.get(at..).unwrap_or_default().iter().take(8).take_while(|byte| set.contains(byte)).count(),
    )
}
