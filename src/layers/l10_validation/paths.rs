//! Paths that climb: `../x`, `a/../../x`, `..%252f..%252fx`, `．．＼x`.
//!
//! A text is looked at as a path when it is one as a whole: not where it is prose, and not where its name says that it
//! is content (`body`, `code`, `message`, …), which may well quote a path. It is read as the most generous of readers
//! would: look-alikes and invisible characters folded, percent-encoding undone several times, overlong UTF-8 and both
//! kinds of slashes taken for what they stand for.

use std::borrow::Cow;

use crate::text::fold;

/// How often percent-encoding is undone: proxies, frameworks and tools each do it once.
const ROUNDS: usize = 3;

/// Names whose last word is one of these hold content, not paths.
const CONTENT: &[&str] = &[
    "content",
    "contents",
    "text",
    "body",
    "code",
    "diff",
    "patch",
    "message",
    "description",
    "query",
    "prompt",
    "comment",
    "subject",
    "title",
    "summary",
    "markdown",
    "html",
    "sql",
    "note",
    "notes",
    "instructions",
    "snippet",
];
/// Names that hold content as a whole.
const CONTENT_NAMES: &[&str] = &["old_string", "new_string", "oldstring", "newstring", "old_str", "new_str"];
/// A name with one of these words holds a path, however much it reads like prose.
const PATHS: &[&str] = &[
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "filenames",
    "filepath",
    "dir",
    "directory",
    "folder",
    "cwd",
    "root",
    "src",
    "dst",
    "source",
    "dest",
    "destination",
    "location",
    "uri",
    "url",
    "href",
    "target",
    "output",
    "input",
    "archive",
    "attachment",
    "attachments",
];
/// A part of a path with more words than this reads as prose, where the name does not say that it is a path.
const MAX_WORDS: usize = 4;

/// Whether `text` is, as a whole, a path that climbs out of where it begins. `name` is the key that it stands under;
/// empty where there is none.
pub(super) fn climbs(text: &str, name: &str) -> bool {
    if !may_climb(text) {
        return false;
    }
    let words = words(name);
    if CONTENT_NAMES.contains(&name.to_ascii_lowercase().as_str())
        || words.last().is_some_and(|word| CONTENT.contains(&word.as_str()))
    {
        return false;
    }
    let surely = words.iter().any(|word| PATHS.contains(&word.as_str()));
    let mut lines = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    let Some(first) = lines.next() else { return false };
    let climbed = line_climbs(first, surely);
    // SECURITY: a line break at the end is cut off by tools; a list of paths is looked at path by path. Lines of which
    // one has several words are a text.
    let mut rest = lines.peekable();
    if rest.peek().is_none() {
        return climbed;
    }
    let several = |line: &str| line.contains([' ', '\t']);
    let mut found = climbed;
    for line in std::iter::once(first).chain(rest) {
        if several(line) && !surely {
            return false;
        }
        found = found || line_climbs(line, surely);
    }
    found
}

/// Without two dots, a percent sign or a character that may stand for one there is nothing to climb with.
fn may_climb(text: &str) -> bool {
    text.contains("..") || text.contains('%') || !text.is_ascii()
}

fn line_climbs(line: &str, surely: bool) -> bool {
    let mut now = fold(line);
    for _ in 0..ROUNDS {
        if path_climbs(&now, surely) {
            return true;
        }
        let Some(decoded) = decode(&now) else { return false };
        // SECURITY: a path ends at a NUL for some readers, and goes on for others.
        if surely && decoded.contains('\0') {
            return true;
        }
        now = Cow::Owned(fold(&decoded).into_owned());
    }
    path_climbs(&now, surely)
}

/// The same of a text in which nothing is encoded any more.
fn path_climbs(text: &str, surely: bool) -> bool {
    let (path, rooted) = rooted(text.trim());
    let mut kept: Vec<&str> = Vec::new();
    let mut climbed = false;
    let mut parts = path.split(['/', '\\']).enumerate().peekable();
    while let Some((at, part)) = parts.next() {
        let part = part.trim();
        let next = parts.peek().map_or("", |(_, next)| next.trim());
        if is_up(part, next) {
            let below = kept.pop();
            // An absolute path that climbs to the root has left every directory that it named.
            climbed |= below.is_none() || (rooted && kept.is_empty());
        } else if !(matches!(part, "" | ".") || at == 0 && is_base(part)) {
            kept.push(part);
        }
    }
    // SECURITY: only what is left in the end is read as prose; words in a part that `..` takes back would else excuse
    // the rest.
    climbed && (surely || !kept.iter().any(|part| is_prose(part)))
}

/// The path in `text`, without scheme, host or drive; and whether it begins at the root of a file system.
fn rooted(text: &str) -> (&str, bool) {
    if let Some((scheme, rest)) = text.split_once("://")
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    {
        let path = rest.find(['/', '\\']).and_then(|at| rest.get(at..)).unwrap_or("");
        if scheme == "file" {
            return (path, true);
        }
        // What a server does with its own root is its own affair; above it nothing is.
        return (path.split(['?', '#']).next().unwrap_or(""), false);
    }
    let mut chars = text.chars();
    let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':');
    let path = if drive { chars.as_str() } else { text };
    (path, path.starts_with(['/', '\\']))
}

/// Whether this part goes one up.
fn is_up(part: &str, next: &str) -> bool {
    // Servlet containers cut off what stands behind a semicolon, Windows dots and blanks at the end.
    let part = part.split(';').next().unwrap_or("");
    if !part.contains("..") || !part.chars().all(|c| matches!(c, '.' | ' ')) {
        return false;
    }
    // SECURITY: `....//` and `..././` become `../` in the hands of who takes `../` out once. Three dots alone are
    // everything below, for some tools.
    part.trim() != "..." || next == "."
}

/// A first part that stands for a directory which the path must not leave.
fn is_base(part: &str) -> bool {
    part.starts_with(['~', '$']) || (part.len() > 2 && part.starts_with('%') && part.ends_with('%'))
}

/// Whether one part of a path reads like a sentence or a command.
fn is_prose(part: &str) -> bool {
    let part = part.split(['?', '#', ';']).next().unwrap_or("");
    part.split(' ').filter(|word| !word.is_empty()).count() > MAX_WORDS
        || [" -", " && ", " | "].iter().any(|sign| part.contains(sign))
}

/// `text` with percent-encoding undone once; `None` where there is none. Bytes that mean nothing are dropped: some
/// readers skip them.
fn decode(text: &str) -> Option<String> {
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some((before, behind)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let hex = |from: usize, to: usize| {
            let digits = behind.get(from..to)?;
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
        };
        let wide = if behind.starts_with('u') { hex(1, 5).and_then(char::from_u32) } else { None };
        let (used, known) = match (wide, hex(0, 2)) {
            (Some(wide), _) => {
                bytes.extend_from_slice(wide.encode_utf8(&mut [0; 4]).as_bytes());
                (5, true)
            }
            (None, Some(byte)) => {
                bytes.push(u8::try_from(byte).unwrap_or_default());
                (2, true)
            }
            (None, None) => {
                bytes.push(b'%');
                (0, false)
            }
        };
        changed |= known;
        rest = behind.get(used..).unwrap_or("");
    }
    bytes.extend_from_slice(rest.as_bytes());
    changed.then(|| generous(&bytes))
}

/// The text of `bytes` for a reader that takes overlong forms: `C0 AE` is a dot.
fn generous(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&lead, behind)) = rest.split_first() {
        rest = behind;
        let (more, bits) = match lead {
            0..0x80 => (0, lead),
            0xC0..0xE0 => (1, lead & 0x1F),
            0xE0..0xF0 => (2, lead & 0x0F),
            0xF0..0xF8 => (3, lead & 0x07),
            0xF8..0xFC => (4, lead & 0x03),
            0xFC..0xFE => (5, lead & 0x01),
            _ => continue,
        };
        let tail = behind.get(..more).filter(|tail| tail.iter().all(|byte| byte & 0xC0 == 0x80));
        let Some(tail) = tail else { continue };
        let value = tail.iter().fold(u32::from(bits), |value, byte| (value << 6) | u32::from(byte & 0x3F));
        out.extend(char::from_u32(value));
        rest = behind.get(more..).unwrap_or_default();
    }
    out
}

/// The words of a name: `sourcePath` and `source_path` are `source`, `path`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (small && c.is_ascii_uppercase()) {
            words.push(String::new());
        }
        small = c.is_ascii_lowercase() || c.is_ascii_digit();
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_that_climb_are_found_in_every_clothing() {
        for path in [
            "..",
            "../x",
            "..\\x",
            "../../etc/passwd",
            "a/../../x",
            "./../x",
            "a/./../../x",
            "a//../../x",
            "/../x",
            "/srv/data/../../etc/passwd",
            "C:\\data\\..\\..\\x",
            "c:..\\x",
            "\\\\host\\share\\..\\..\\x",
            "~/../ada/.ssh/id",
            "$HOME/../other",
            "%2e%2e/x",
            "%2e%2e%2fx",
            "..%2fx",
            "..%5Cx",
            "%252e%252e%252fx",
            "%25252e%25252e%25252fx",
            "..%c0%afx",
            "%c0%ae%c0%ae/x",
            "%c0%2e%c0%2e/x",
            "%e0%80%ae%e0%80%ae/x",
            "%f0%80%80%ae./x",
            "%u002e%u002e%u2215x",
            "．．／x",
            "．．＼x",
            "‥/x",
            "․․/x",
            "..∕x",
            "..⁄x",
            "％２ｅ％２ｅ／x",
            ".\u{200b}./x",
            "../x\n",
            " ../x",
            "../a\n../b",
            "../x%00.png",
            "....//....//etc/passwd",
            "..././..././etc/passwd",
            "..;/x",
            ".. /x",
            "../My Documents/plan.txt",
            "../a file with many words in it/../x",
            "one two three four five six/../../x",
            "file:///srv/../../etc/passwd",
            "file://localhost/a/../../x",
            "https://files.example/a/../../x",
            "../x?a b c d e f",
        ] {
            assert!(climbs(path, "target_thing"), "{path:?}");
            assert!(climbs(path, ""), "{path:?} as a name");
        }
    }

    #[test]
    fn paths_that_stay_and_prose_are_let_be() {
        for text in [
            "src/../lib/x",
            "a/b/../../c",
            "./x",
            "a/..",
            "/usr/lib/../bin/x",
            "C:\\a\\b\\..\\c",
            "~/a/../b",
            "x..y/z",
            "a/...",
            "./...",
            "//app/...",
            "...",
            "Well... see you",
            "either.. or",
            "main..feature",
            "HEAD~3..HEAD",
            "1..10",
            "100%",
            "50%25 off",
            "%2e",
            "%zz../",
            "https://example.com/a/../b",
            "https://example.com/?next=../home",
            "../docs is where I put all of it",
            "and then ../ goes one up",
            "../configure --prefix=/usr",
            "cd .. && ls ../x",
            "import a from \"../lib\"\nimport b from \"../b\"",
            "naïve café/über",
            "",
            "\n",
        ] {
            assert!(!climbs(text, "thing"), "{text:?}");
        }
    }

    #[test]
    fn content_may_quote_a_path_and_a_path_may_read_like_prose() {
        for name in
            ["content", "text", "body", "old_string", "newString", "code", "diff", "commit_message", "query"]
        {
            assert!(!climbs("../../lib/x", name), "{name}");
        }
        assert!(climbs("../a file with many words in it", "path"));
        assert!(climbs("../a file with many words in it", "sourceFile"));
        assert!(climbs("../x", "message_file"));
    }

    /// Resolves as a file system would, for plain paths of `a`, `.` and `..`.
    fn naive(parts: &[&str], absolute: bool) -> bool {
        let mut depth = 0_i64;
        for part in parts {
            match *part {
                ".." => {
                    depth -= 1;
                    if depth < 0 || (absolute && depth == 0) {
                        return true;
                    }
                }
                "" | "." => {}
                _ => depth += 1,
            }
        }
        false
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn agrees_with_a_naive_resolver(
            parts in prop::collection::vec(prop::sample::select(vec!["..", ".", "", "a", "b c", "x.y"]), 0..12),
            absolute: bool,
            backslash: bool,
        ) {
            let slash = if backslash { "\\" } else { "/" };
            let joined = parts.join(slash);
            let path = if absolute { format!("{slash}{joined}") } else { joined.clone() };
            let absolute = path.starts_with(slash);
            prop_assert_eq!(climbs(&path, "thing"), naive(&parts, absolute), "{:?}", path);
        }

        #[test]
        fn encoding_hides_nothing(
            parts in prop::collection::vec(prop::sample::select(vec!["..", ".", "a", "bc"]), 1..8),
            times in 0_usize..4,
        ) {
            let path = parts.join("/");
            let mut encoded = path.clone();
            for _ in 0..times {
                encoded = encoded.bytes().map(|byte| match byte {
                    b'.' | b'/' | b'%' => format!("%{byte:02x}"),
                    byte => char::from(byte).to_string(),
                }).collect();
            }
            prop_assert_eq!(climbs(&encoded, "thing"), naive(&parts, false), "{:?}", encoded);
        }

        #[test]
        fn no_text_breaks_it(text in "\\PC{0,80}|[./\\\\%a-f0-9u]{0,80}", name in "\\PC{0,12}") {
            let _ = climbs(&text, &name);
        }
    }
}
