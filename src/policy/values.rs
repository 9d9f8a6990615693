//! The readings of a value that a restrictive rule looks at, and the one that a permissive rule believes.

use std::borrow::Cow;
use std::cell::OnceCell;

use percent_encoding::percent_decode_str;

use crate::text::fold;

use super::facet::Understood;

/// How often percent signs are resolved: twice encoded is common in the wild, thrice is an attack all the same.
const DECODINGS: usize = 3;

/// A value as a rule that restricts reads it; what is `None` is the value itself.
#[derive(Debug)]
pub(super) struct Readings {
    folded: Option<String>,
    folded_lexical: Option<String>,
    lower: Option<String>,
    lower_lexical: Option<String>,
}

impl Readings {
    pub(super) fn of(value: &str) -> Self {
        let folded = changed(fold(value), value);
        let lexical_form = changed(lexical(value), value);
        // SECURITY: look-alike slashes and dots become real ones by folding, so the folded text is read once more.
        let refolded = match &lexical_form {
            Some(text) => fold(text),
            None => Cow::Borrowed(folded.as_deref().unwrap_or(value)),
        };
        let folded_lexical = changed(lexical(&refolded), folded.as_deref().unwrap_or(value))
            .or_else(|| changed(refolded, folded.as_deref().unwrap_or(value)));
        let lower_form = lower(value);
        let lower_lexical = lexical_form.as_deref().map(|text| lower(text).into_owned());
        Self { folded, folded_lexical, lower: changed(lower_form, value), lower_lexical }
    }

    /// The folded value, and its lexical form folded.
    pub(super) fn folded<'a>(&'a self, value: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::once(self.folded.as_deref().unwrap_or(value)).chain(self.folded_lexical.as_deref())
    }

    /// The value in small letters, its lexical form in small letters, and, where it is not plain ASCII, its folded
    /// forms.
    pub(super) fn lower<'a>(&'a self, value: &'a str) -> impl Iterator<Item = &'a str> {
        std::iter::once(self.lower.as_deref().unwrap_or(value))
            .chain(self.lower_lexical.as_deref())
            .chain((!value.is_ascii()).then(|| self.folded(value)).into_iter().flatten())
    }
}

fn changed(text: Cow<'_, str>, from: &str) -> Option<String> {
    (text != from).then(|| text.into_owned())
}

/// `text` in small letters, character by character, with one small sigma.
pub(super) fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c }).collect())
}

/// Readings of the arguments of one call, each made when it is first wanted.
#[derive(Debug, Default)]
pub(super) struct Cache(OnceCell<Vec<Cell>>);

#[derive(Debug, Default)]
struct Cell {
    readings: OnceCell<Readings>,
    understood: OnceCell<Box<Understood>>,
}

impl Cache {
    pub(super) fn get(&self, index: usize, of: usize, value: &str) -> Option<&Readings> {
        Some(self.cell(index, of)?.readings.get_or_init(|| Readings::of(value)))
    }

    /// What the argument means; each meaning is read when it is first asked for.
    pub(super) fn understood(&self, index: usize, of: usize) -> Option<&Understood> {
        Some(self.cell(index, of)?.understood.get_or_init(Box::default))
    }

    fn cell(&self, index: usize, of: usize) -> Option<&Cell> {
        self.0.get_or_init(|| (0..of).map(|_| Cell::default()).collect()).get(index)
    }
}

/// `value` without what hides what it means: blanks around it and runs of blanks, percent signs, backslashes,
/// and in what has slashes the steps `.`, `..` and the empty one.
pub(super) fn lexical(value: &str) -> Cow<'_, str> {
    if is_plain(value) {
        return Cow::Borrowed(value);
    }
    let mut text: String = value.to_owned();
    for _ in 0..DECODINGS {
        if !text.contains('%') {
            break;
        }
        let decoded = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if decoded == text {
            break;
        }
        text = decoded;
    }
    let mut squeezed = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !squeezed.is_empty() {
            squeezed.push(' ');
        }
        squeezed.push_str(word);
    }
    let text = squeezed.replace('\\', "/");
    if !text.contains('/') {
        return Cow::Owned(text);
    }
    let (scheme, path) = match text.find("://") {
        Some(at) if text.get(..at).is_some_and(is_scheme) => text.split_at(at.saturating_add(3)),
        _ => ("", text.as_str()),
    };
    let rooted = path.starts_with('/');
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                if steps.last().is_some_and(|last| *last != "..") {
                    steps.pop();
                } else if !rooted && scheme.is_empty() {
                    steps.push("..");
                }
            }
            step => steps.push(step),
        }
    }
    let mut out = String::with_capacity(text.len());
    out.push_str(scheme);
    if rooted {
        out.push('/');
    }
    out.push_str(&steps.join("/"));
    if path.ends_with('/') && !steps.is_empty() {
        out.push('/');
    }
    Cow::Owned(out)
}

/// Whether nothing in `value` could need [`lexical`].
fn is_plain(value: &str) -> bool {
    let mut before = b' ';
    for byte in value.bytes() {
        let blank = byte == b' ';
        if !(b' '..=b'~').contains(&byte) || matches!(byte, b'%' | b'\\') || (blank && before == b' ') {
            return false;
        }
        if before == b'/' && matches!(byte, b'/' | b'.') {
            return false;
        }
        before = byte;
    }
    (value.is_empty() || before != b' ') && !value.starts_with('.')
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Whether `value` says one thing only, so that a pattern with wildcards may allow it: what was judged is what
/// the tool will take it for.
pub(super) fn is_canonical(value: &str) -> bool {
    // SECURITY: servers that normalise Unicode see slashes and dots where we see their look-alikes.
    says_one_thing(value) && (value.is_ascii() || says_one_thing(&fold(value)))
}

fn says_one_thing(value: &str) -> bool {
    if value.chars().any(|c| c.is_control() || is_unseen(c)) || value.trim() != value {
        return false;
    }
    let (authority, path) = match value.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            (Some(authority), path.strip_prefix('/').unwrap_or(path))
        }
        _ => (None, value.strip_prefix('/').unwrap_or(value)),
    };
    // SECURITY: `https://evil.com#.example.com/`, `https://good.com@evil.com/`: the host is not where it seems.
    if authority.is_some_and(|host| {
        host.is_empty()
            || !host
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
    }) {
        return false;
    }
    if value.contains('%') && !percent_signs_are_harmless(value) {
        return false;
    }
    if !value.contains(['/', '\\']) {
        return true;
    }
    // A slash at the end is a directory's; an empty step anywhere else is a second spelling of a path. Windows
    // drops dots and blanks at the end of a name, so `.. ` is `..`.
    let path = path.strip_suffix('/').unwrap_or(path);
    path.is_empty() || path.split(['/', '\\']).all(|step| !step.trim_end_matches([' ', '.']).is_empty())
}

/// Whether no percent sign hides a separator, a dot, a percent sign or a control character.
fn percent_signs_are_harmless(value: &str) -> bool {
    value.split('%').skip(1).all(|after| {
        let Some(code) = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            return false;
        };
        code >= b' ' && !matches!(code, b'.' | b'/' | b'\\' | b'%' | 0x7f)
    })
}

/// Characters that show nothing and that tools drop or keep as they please.
pub(super) fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexical_form_undoes_what_hides_a_path() {
        for (value, expected) in [
            ("/tmp/../etc/passwd", "/etc/passwd"),
            ("/../../etc/passwd", "/etc/passwd"),
            ("/etc//./passwd", "/etc/passwd"),
            ("  /etc/passwd\t", "/etc/passwd"),
            ("%2e%2e/%2e%2e/etc/passwd", "../../etc/passwd"),
            ("/a/%252e%252e/etc", "/etc"),
            ("C:\\Windows\\..\\x", "C:/x"),
            ("rm  -rf\n/", "rm -rf /"),
            ("https://host/a/../b/", "https://host/b/"),
            ("../a/../../b", "../../b"),
            ("plain text", "plain text"),
            ("", ""),
        ] {
            assert_eq!(lexical(value), expected, "{value}");
        }
    }

    #[test]
    fn dots_and_slashes_that_only_look_so_are_read_as_what_they_look_like() {
        let value = "\u{ff0f}srv/\u{2024}\u{2024}/etc";
        let readings = Readings::of(value);
        assert_eq!(readings.folded(value).collect::<Vec<_>>(), ["/srv/../etc", "/etc"]);
    }

    #[test]
    fn what_has_two_meanings_is_not_canonical() {
        for value in [
            "/srv/project/../../etc/passwd",
            "/srv/project/..\\..\\etc",
            "/srv/project/.. /etc",
            "/srv//x",
            "/srv/%2e%2e/x",
            "/srv/x%00.txt",
            "/srv/x\0",
            " /srv/x",
            "/srv/x\n",
            "/srv/a\u{200b}b",
            "https://good.example:pw@evil.example/",
            "https://evil.example#.good.example/",
            "https://evil.example?.good.example/",
            "https://evil.example\\.good.example/",
            "https:///x",
            "100%",
            "/srv/\u{2024}\u{2024}/x",
            "/srv/\u{2025}\u{2215}x",
        ] {
            assert!(!is_canonical(value), "{value:?}");
        }
        for value in [
            "/srv/project/a.txt",
            "/srv/project/",
            "/",
            "relative/.hidden",
            "https://good.example/a%20b?c=d",
            "https://good.example:8443",
            "C:\\srv\\x",
            "Müller",
            "two words",
            "",
        ] {
            assert!(is_canonical(value), "{value:?}");
        }
    }
}
