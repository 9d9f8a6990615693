//! What commands print, where their text tells it: `echo`, `printf`, `base64 -d` and their kin.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::read::{Layer, Raw, Redirect};

/// Most commands of a pipe that are followed.
const MAX_PIPE: usize = 16;

/// Undoes backslash escapes up to `end`, or of all of `text`. The second is how many bytes were read.
pub(super) fn ansi(text: &str, end: Option<char>) -> (String, usize, bool) {
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    let mut closed = false;
    let mut chars = text.char_indices().peekable();
    let put = |bytes: &mut Vec<u8>, c: char| {
        let mut buffer = [0; 4];
        bytes.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    };
    let mut len = text.len();
    while let Some((at, c)) = chars.next() {
        if Some(c) == end {
            len = at.saturating_add(c.len_utf8());
            closed = true;
            break;
        }
        if c != '\\' {
            put(&mut bytes, c);
            continue;
        }
        let Some((_, escape)) = chars.next() else {
            bytes.push(b'\\');
            break;
        };
        let (radix, most, first) = match escape {
            'x' => (16, 2, None),
            'u' => (16, 4, None),
            'U' => (16, 8, None),
            '0'..='7' => (8, if escape == '0' { 3 } else { 2 }, escape.to_digit(8)),
            _ => (0, 0, None),
        };
        if radix == 0 {
            match escape {
                'n' => bytes.push(b'\n'),
                't' => bytes.push(b'\t'),
                'r' => bytes.push(b'\r'),
                'a' => bytes.push(7),
                'b' => bytes.push(8),
                'e' | 'E' => bytes.push(27),
                'f' => bytes.push(12),
                'v' => bytes.push(11),
                '\\' | '\'' | '"' | '?' => put(&mut bytes, escape),
                c => {
                    bytes.push(b'\\');
                    put(&mut bytes, c);
                }
            }
            continue;
        }
        let mut value = first.unwrap_or(0);
        for _ in 0..most {
            let Some(digit) = chars.peek().and_then(|(_, c)| c.to_digit(radix)) else { break };
            value = value.saturating_mul(radix).saturating_add(digit);
            chars.next();
        }
        match u8::try_from(value) {
            Ok(byte) if matches!(escape, 'x' | '0'..='7') => bytes.push(byte),
            _ => put(&mut bytes, char::from_u32(value).unwrap_or('\u{fffd}')),
        }
    }
    (String::from_utf8_lossy(&bytes).into_owned(), len, closed)
}

/// What the last of these commands prints, when each is fed by the one before and nothing is left open.
pub(super) fn printed(layer: &Layer, commands: &[usize]) -> Option<String> {
    if commands.len() > MAX_PIPE {
        return None;
    }
    let mut text: Option<String> = None;
    let mut before = None;
    for at in commands {
        let raw = layer.commands.get(*at)?;
        if raw.fed_by != before {
            return None;
        }
        text = Some(one(layer, raw, text)?);
        before = Some(*at);
    }
    text
}

/// What the command that is fed by `at` reads.
pub(super) fn fed(layer: &Layer, at: usize) -> Option<String> {
    let mut commands = vec![at];
    while let Some(before) = commands.last().and_then(|at| layer.commands.get(*at)?.fed_by) {
        if commands.len() >= MAX_PIPE || commands.contains(&before) {
            return None;
        }
        commands.push(before);
    }
    commands.reverse();
    printed(layer, &commands)
}

/// What a command reads from a here-document or here-string.
pub(super) fn given(layer: &Layer, raw: &Raw) -> Option<String> {
    raw.redirects.iter().rev().find_map(|redirect| match redirect {
        Redirect::Document(slot) => layer.documents.get(*slot).cloned(),
        Redirect::Text(word) if !word.open => Some(word.text.clone()),
        _ => None,
    })
}

fn one(layer: &Layer, raw: &Raw, input: Option<String>) -> Option<String> {
    if raw.words.iter().any(|word| word.open || word.glob) {
        return None;
    }
    if raw.redirects.iter().any(|redirect| matches!(redirect, Redirect::Read(_) | Redirect::Write(_))) {
        return None;
    }
    let input = given(layer, raw).or(input);
    let mut words = raw.words.iter().map(|word| word.text.as_str());
    let program = words.next()?.rsplit('/').next()?;
    let args: Vec<&str> = words.collect();
    let is = |flags: &[&str]| args.iter().any(|arg| flags.contains(arg));
    match program {
        "echo" => {
            let options =
                args.iter().take_while(|arg| matches!(**arg, "-n" | "-e" | "-ne" | "-en" | "-E")).count();
            let escapes = args.iter().take(options).any(|arg| arg.contains('e'));
            let text = args.get(options..)?.join(" ");
            let text = if escapes { ansi(&text, None).0 } else { text };
            Some(text + "\n")
        }
        "printf" => {
            let (format, rest) = args.split_first()?;
            let plain = format.replace("%s", "").replace("%b", "");
            if plain.contains('%') {
                return None;
            }
            let mut rest = rest.iter();
            let mut out = String::new();
            for (index, part) in format.replace("%b", "%s").split("%s").enumerate() {
                if index > 0 {
                    out.push_str(&ansi(rest.next().copied().unwrap_or_default(), None).0);
                }
                out.push_str(&ansi(part, None).0);
            }
            out.extend(rest.copied());
            Some(out)
        }
        "cat" | "tee" if args.is_empty() => input,
        "rev" if args.is_empty() => {
            Some(input?.lines().map(|line| line.chars().rev().collect::<String>() + "\n").collect())
        }
        "base64" if is(&["-d", "-D", "--decode", "-di", "-id"]) => base64(&input?),
        "openssl" if is(&["base64", "-base64", "enc"]) && is(&["-d"]) => base64(&input?),
        "base32" if is(&["-d", "--decode"]) => base32(&input?),
        "xxd" if is(&["-r"]) || is(&["-rp", "-r-p"]) => hex(&input?),
        "tr" => match args.as_slice() {
            ["-d", gone] => {
                let gone = set(gone)?;
                Some(input?.chars().filter(|c| !gone.contains(c)).collect())
            }
            [from, to] => {
                let (from, to) = (set(from)?, set(to)?);
                let last = to.last().copied()?;
                let swap = |c: char| {
                    from.iter()
                        .position(|known| *known == c)
                        .map_or(c, |at| to.get(at).copied().unwrap_or(last))
                };
                Some(input?.chars().map(swap).collect())
            }
            _ => None,
        },
        _ => None,
    }
}

/// The characters of a `tr` set, with ranges.
fn set(text: &str) -> Option<Vec<char>> {
    if text.contains('[') {
        return None;
    }
    let text: Vec<char> = ansi(text, None).0.chars().collect();
    let mut out = Vec::new();
    let mut at = 0_usize;
    while let Some(c) = text.get(at) {
        let (dash, end) = (text.get(at.saturating_add(1)), text.get(at.saturating_add(2)));
        if let (Some('-'), Some(end)) = (dash, end) {
            if u32::from(*end).saturating_sub(u32::from(*c)) > 256 {
                return None;
            }
            out.extend(*c..=*end);
            at = at.saturating_add(3);
        } else {
            out.push(*c);
            at = at.saturating_add(1);
        }
    }
    Some(out)
}

fn text(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}

fn base64(input: &str) -> Option<String> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&STANDARD, config);
    let input: String = input.chars().filter(|c| !c.is_whitespace()).collect();
    text(engine.decode(input).ok()?)
}

fn base32(input: &str) -> Option<String> {
    let (mut bits, mut count) = (0_u32, 0_u32);
    let mut out = Vec::new();
    for c in input.chars().filter(|c| !c.is_whitespace() && *c != '=') {
        let value = match c.to_ascii_uppercase() {
            c @ 'A'..='Z' => u32::from(c).saturating_sub(65),
            c @ '2'..='7' => u32::from(c).saturating_sub(24),
            _ => return None,
        };
        bits = (bits << 5 | value) & 0xffff;
        count = count.saturating_add(5);
        if count >= 8 {
            count = count.saturating_sub(8);
            out.push(u8::try_from((bits >> count) & 0xff).unwrap_or_default());
        }
    }
    text(out)
}

fn hex(input: &str) -> Option<String> {
    let digits: Vec<u32> =
        input.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let byte = |pair: &[u32]| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    };
    text(digits.chunks(2).map(byte).collect::<Option<_>>()?)
}
