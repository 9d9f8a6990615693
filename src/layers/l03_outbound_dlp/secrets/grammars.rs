//! Secrets that are known by the structure around them: keys in PEM, JWTs, passwords in URLs, headers, cookies.
//! Each grammar reads a bounded stretch from its literal on.

use std::ops::Range;

use super::Certainty;
use super::alphabet::{ALNUM, Alphabet, BASE64, BASE64URL};
use super::checks::{decode_base64, is_placeholder, is_random};
use super::matchers::{Found, starts_fresh};

/// Longest header of a token that is read, in bytes.
const STRETCH: usize = 2048;
/// How much of a list or a query is read, in bytes.
const NEAR: usize = 384;

/// `-----BEGIN … PRIVATE KEY-----` and a body of base64, with line breaks, as `\n` escapes, or without any.
/// A header alone, as in prose about keys, is no key.
pub(super) fn pem(text: &str, anchor: Range<usize>) -> Found {
    let rest = text.get(anchor.end..)?;
    let label = rest.get(..rest.find("-----").filter(|length| *length <= 48)?)?;
    let armored = label.strip_prefix("PGP ").and_then(|label| label.strip_suffix(" BLOCK"));
    armored.unwrap_or(label).ends_with("PRIVATE KEY").then_some(())?;
    let body_start = anchor.end.saturating_add(label.len()).saturating_add(5);
    let body = text.get(body_start..)?.as_bytes();
    let (mut at, mut base64) = (0_usize, 0_usize);
    let (mut line, mut header) = (0_usize, false);
    while let Some(byte) = body.get(at) {
        let step = match byte {
            b'\\' => body.get(at..).map_or(1, |rest| Alphabet::of("\\nrt").prefix(rest, 6).max(1)),
            // `Proc-Type: 4,ENCRYPTED`, `Version: …`: header lines inside the armour.
            b':' | b',' | b'.' | b'(' | b')' => {
                header = true;
                1
            }
            b'-' if !header || body.get(at..).is_some_and(|rest| rest.starts_with(b"-----")) => break,
            b'\n' | b'\r' | b'-' | b' ' | b'\t' | b'"' | b'\'' | b'>' | b'|' | b'#' | b'*' | b'`' | b'=' => 1,
            other if BASE64.has(*other) => {
                base64 = base64.saturating_add(1);
                line = line.saturating_add(1);
                1
            }
            _ => break,
        };
        if matches!(byte, b'\\' | b'\n' | b'\r') {
            if header {
                base64 = base64.saturating_sub(line);
            }
            (line, header) = (0, false);
        }
        at = at.saturating_add(step);
    }
    if base64 < 64 {
        return None;
    }
    let mut end = body_start.saturating_add(at);
    if let Some(footer) = text.get(end..).and_then(|rest| rest.strip_prefix("-----END ")) {
        let length = footer.find("-----").filter(|length| *length <= 64).map_or(0, |at| at.saturating_add(5));
        end = end.saturating_add(9).saturating_add(length);
    }
    Some((anchor.start..end, Certainty::Proven))
}

/// Three parts of base64url, of which the first is a JSON object with `alg` and the second one a JSON object.
/// A header alone is harmless.
pub(super) fn jwt(text: &str, anchor: Range<usize>) -> Result<(Range<usize>, Certainty), usize> {
    let bytes = text.as_bytes();
    let part = |from: usize| {
        let length = BASE64URL.prefix(bytes.get(from..).unwrap_or_default(), usize::MAX);
        from..from.saturating_add(length)
    };
    let start = anchor.start;
    if !bytes.get(..start).is_some_and(starts_fresh) {
        return Err(0);
    }
    let header = part(start);
    if !dot(bytes, header.end) {
        return Err(header.end);
    }
    if header.len() > STRETCH {
        return Err(header.end.saturating_sub(STRETCH));
    }
    let sealed = match text.get(header.clone()).and_then(read_header) {
        Some(header) => header.contains("\"enc\""),
        None => return Err(0),
    };
    // From here on what is missing is missing for every literal in the same run.
    let payload = part(header.end.saturating_add(1));
    if !dot(bytes, payload.end) {
        return Err(header.end);
    }
    let mut end = part(payload.end.saturating_add(1)).end;
    if end.saturating_sub(payload.end) < 17 {
        return Err(header.end);
    }
    // What has five parts is encrypted (JWE, RFC 7516); else the claims are an object.
    for _ in 0..2 {
        if sealed && dot(bytes, end) {
            end = part(end.saturating_add(1)).end;
        }
    }
    let claims = text.get(payload).is_some_and(|claims| claims.starts_with("ey") || claims.starts_with("ew"));
    if sealed || claims { Ok((start..end, Certainty::Proven)) } else { Err(header.end) }
}

/// The header of a token, decoded, if it names an algorithm.
fn read_header(encoded: &str) -> Option<String> {
    // SECURITY: most of what only begins like a header is told by its first bytes; a text full of beginnings would
    // otherwise be decoded again and again.
    let first = decode_base64(encoded.get(..encoded.len().min(24))?)?;
    first.is_ascii().then_some(())?;
    let header = String::from_utf8(decode_base64(encoded)?).ok()?;
    (header.starts_with('{') && header.contains("\"alg\"")).then_some(header)
}

/// `sk-…`, the provider's name in base64, and as much again. Whatever is glued to its front.
pub(super) fn openai(text: &str, anchor: Range<usize>) -> Result<(Range<usize>, Certainty), usize> {
    let bytes = text.as_bytes();
    let before = BASE64URL.suffix(bytes.get(..anchor.start).unwrap_or_default(), 220);
    let from = anchor.start.saturating_sub(before);
    let start = text.get(from..anchor.start).and_then(|part| part.find("sk-")).ok_or(0_usize)?;
    let start = from.saturating_add(start);
    let behind = BASE64URL.prefix(bytes.get(anchor.end..).unwrap_or_default(), usize::MAX);
    let end = anchor.end.saturating_add(behind);
    if behind < 20 {
        return Err(end);
    }
    let long = anchor.start.saturating_sub(start) >= 23;
    let genuine = long && text.get(start..anchor.end).is_some_and(|key| !is_placeholder(key));
    if genuine { Ok((start..end, Certainty::Proven)) } else { Err(0) }
}

fn dot(bytes: &[u8], at: usize) -> bool {
    bytes.get(at) == Some(&b'.')
}

/// `scheme://user:password@host`: the password.
pub(super) fn userinfo(text: &str, anchor: Range<usize>) -> Found {
    let before = text.get(..anchor.start)?.as_bytes();
    before.last().filter(|byte| ALNUM.has(**byte))?;
    let rest = text.get(anchor.end..)?;
    let length = rest
        .bytes()
        .take(512)
        .take_while(|byte| {
            !byte.is_ascii_whitespace()
                && !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\')
        })
        .count();
    let (user_info, host) = rest.get(..length)?.rsplit_once('@')?;
    let (user, password) = user_info.split_once(':')?;
    let stands_for = |text: &str| {
        is_placeholder(text)
            || [
                "password", "passwd", "pass", "pwd", "pw", "secret", "user", "username", "token", "key",
                "root",
            ]
            .contains(&text.to_ascii_lowercase().as_str())
    };
    if password.is_empty() || host.is_empty() || password == user || stands_for(password) {
        return None;
    }
    let start = anchor.end.saturating_add(user.len()).saturating_add(1);
    Some((start..start.saturating_add(password.len()), Certainty::Shaped))
}

/// `Authorization: Basic …`, `Authorization: Bearer …`, `"Authorization", "token …"`; also a bare `Bearer …`.
pub(super) fn authorization(text: &str, anchor: Range<usize>) -> Found {
    const VALUE: Alphabet = BASE64URL.and(BASE64).and(Alphabet::of("=.~:"));
    let mut at = anchor.end;
    let bytes = text.as_bytes();
    let mut scheme = text.get(anchor)?.trim_end();
    if !scheme.eq_ignore_ascii_case("bearer") {
        at = skip(bytes, at, Alphabet::of("\"'\\: =,]"), 8);
        let length = Alphabet::of("A-Za-z-").prefix(bytes.get(at..)?, 16);
        scheme = text.get(at..at.saturating_add(length))?;
        at = at.saturating_add(length);
        let gap = skip(bytes, at, Alphabet::of(" +"), 3);
        if gap == at {
            return None;
        }
        at = gap;
    }
    let length = VALUE.prefix(bytes.get(at..)?, STRETCH);
    let value = text.get(at..at.saturating_add(length))?.trim_end_matches(['.', ':']);
    let genuine = match scheme.to_ascii_lowercase().as_str() {
        "basic" => holds_user_and_password(value),
        "bearer" | "token" | "apikey" | "api-key" | "key" | "bot" | "negotiate" | "sso-key" => {
            value.len() >= 16 && is_random(value) && !is_placeholder(value)
        }
        _ => false,
    };
    genuine.then_some((at..at.saturating_add(value.len()), Certainty::Shaped))
}

/// Base64 of `user:password`.
fn holds_user_and_password(value: &str) -> bool {
    let Some(decoded) = decode_base64(value).and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return false;
    };
    let Some((user, password)) = decoded.split_once(':') else { return false };
    password.len() >= 3
        && !decoded.chars().any(char::is_control)
        && !is_placeholder(password)
        && !["password", "passwd", "pass", "secret"].contains(&password)
        && !user.contains(char::is_whitespace)
}

/// `"auth": "…"` of a container registry's login file.
pub(super) fn registry_auth(text: &str, anchor: Range<usize>) -> Found {
    let bytes = text.as_bytes();
    let at = skip(bytes, anchor.end, Alphabet::of("\\\": "), 12);
    let length = BASE64.and(Alphabet::of("=")).prefix(bytes.get(at..)?, STRETCH);
    let value = text.get(at..at.saturating_add(length))?;
    (value.len() >= 8 && holds_user_and_password(value))
        .then_some((at..at.saturating_add(length), Certainty::Proven))
}

/// `host:5432:database:user:password`: the password. The line has to end behind it.
pub(super) fn password_file(text: &str, anchor: Range<usize>) -> Found {
    let rest = text.get(anchor.end..)?;
    let length = rest
        .bytes()
        .take(256)
        .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>'))
        .count();
    let mut fields = rest.get(..length)?.splitn(3, ':');
    let (database, user, password) = (fields.next()?, fields.next()?, fields.next()?);
    let plain = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| ALNUM.has(byte) || matches!(byte, b'_' | b'-' | b'*' | b'.'))
    };
    let password = password.trim_end_matches(['\\', ',', ';']);
    let genuine = plain(database)
        && plain(user)
        && password.len() >= 6
        && !password.contains('/')
        && !is_placeholder(password);
    let start = anchor.end.saturating_add(database.len()).saturating_add(user.len()).saturating_add(2);
    genuine.then(|| (start..start.saturating_add(password.len()), Certainty::Shaped))
}

/// `Cookie:` and `Set-Cookie:`: the value of the first cookie that keeps a session.
pub(super) fn cookie(text: &str, anchor: Range<usize>) -> Found {
    const KEEPS: [&str; 7] = ["sess", "sid", "auth", "token", "jwt", "remember", "login"];
    let bytes = text.as_bytes();
    let start = skip(bytes, anchor.end, Alphabet::of("\"'\\: ,"), 6);
    bytes.get(anchor.end..start)?.contains(&b':').then_some(())?;
    let list: &[u8] = bytes.get(start..)?;
    // The talk of cookies, not one.
    list.iter().take(64).take_while(|byte| !matches!(byte, b' ' | b';')).find(|byte| **byte == b'=')?;
    let length = list
        .iter()
        .take(NEAR)
        .take_while(|byte| !matches!(byte, b'"' | b'\'' | b'\n' | b'\r' | b'\\'))
        .count();
    let mut at = start;
    for pair in list.get(..length)?.split(|byte| matches!(byte, b';' | b' ')) {
        let from = at;
        at = at.saturating_add(pair.len()).saturating_add(1);
        let Some(equals) = pair.iter().position(|byte| *byte == b'=') else { continue };
        let name = pair.get(..equals)?.to_ascii_lowercase();
        let value_at = from.saturating_add(equals).saturating_add(1);
        let Some(value) = text.get(value_at..from.saturating_add(pair.len())) else { continue };
        let keeps = KEEPS.iter().any(|part| name.windows(part.len()).any(|window| window == part.as_bytes()));
        if keeps && value.len() >= 16 && is_random(value) && !is_placeholder(value) {
            return Some((value_at..value_at.saturating_add(value.len()), Certainty::Shaped));
        }
    }
    None
}

/// `sig=` of a shared access signature, with `se=` and `sv=` or `sr=` in the same query.
pub(super) fn shared_access_signature(text: &str, anchor: Range<usize>) -> Found {
    let bytes = text.as_bytes();
    let signature = BASE64.and(Alphabet::of("%_-")).prefix(bytes.get(anchor.end..)?, 96);
    if signature < 40 {
        return None;
    }
    let end = anchor.end.saturating_add(signature);
    let query =
        |byte: &&u8| !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`');
    let before = bytes.get(..anchor.start)?.iter().rev().take(NEAR).take_while(query).count();
    let behind = bytes.get(end..)?.iter().take(NEAR).take_while(query).count();
    let around = bytes.get(anchor.start.saturating_sub(before)..end.saturating_add(behind))?;
    let has = |name: &[u8]| around.windows(name.len()).any(|window| window == name);
    (has(b"se=") && (has(b"sv=") || has(b"sr=") || has(b"skn=")))
        .then_some((anchor.end..end, Certainty::Shaped))
}

/// The 40 characters of a secret access key within 200 bytes behind its id.
pub(super) fn near_aws_id(text: &str, anchor: Range<usize>) -> Found {
    let bytes = text.as_bytes();
    let id = anchor.start..anchor.start.saturating_add(20);
    super::checks::aws_id(text.get(id.clone())?)?;
    if !bytes.get(id.clone())?.iter().all(u8::is_ascii_alphanumeric) || !starts_fresh(bytes.get(..id.start)?)
    {
        return None;
    }
    let mut at = id.end;
    let limit = id.end.saturating_add(200);
    while at < limit.min(bytes.len()) {
        let length = BASE64.prefix(bytes.get(at..)?, 41);
        if length == 40 {
            let secret = text.get(at..at.saturating_add(40))?;
            if is_secret_access_key(secret) {
                return Some((at..at.saturating_add(40), Certainty::Shaped));
            }
        }
        at = at.saturating_add(length.max(1));
    }
    None
}

/// Forty characters that are no digest and no path.
fn is_secret_access_key(text: &str) -> bool {
    let has = |class: fn(&u8) -> bool| text.as_bytes().iter().any(class);
    has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && is_random(text)
        && !is_placeholder(text)
}

/// `secret=` of an `otpauth://` address.
pub(super) fn one_time_password(text: &str, anchor: Range<usize>) -> Found {
    let rest = text.get(anchor.end..)?;
    let length = rest.bytes().take(512).take_while(|byte| !byte.is_ascii_whitespace()).count();
    let at = rest.get(..length)?.find("secret=")?.saturating_add(7);
    let start = anchor.end.saturating_add(at);
    let digits = Alphabet::of("A-Za-z2-7=").prefix(text.as_bytes().get(start..)?, 256);
    (digits >= 16 && !is_placeholder(text.get(start..start.saturating_add(digits))?))
        .then_some((start..start.saturating_add(digits), Certainty::Shaped))
}

/// Where `bytes` first has something outside `set` from `at` on, `max` bytes further at the most.
fn skip(bytes: &[u8], at: usize, set: Alphabet, max: usize) -> usize {
    at.saturating_add(set.prefix(bytes.get(at..).unwrap_or_default(), max))
}
