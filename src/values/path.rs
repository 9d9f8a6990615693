//! What a path means, whatever way it is spelled: `..`, percent signs, backslashes, drives, shares and `~`.
//!
//! Lexical only: symbolic links cannot be seen from a text, and which directory a relative path starts in is not
//! known.

use crate::text::fold;

/// How often a path is read anew: what one tool takes out makes a new spelling for the next.
const ROUNDS: usize = 4;

/// A path in its canonical spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathText {
    canonical: String,
    climbs: bool,
    doubt: Option<&'static str>,
}

impl PathText {
    /// Reads `text` as the most generous of tools would.
    pub fn read(text: &str) -> Self {
        let mut path = Self::read_once(text);
        if path.doubt.is_none() && !path.canonical.starts_with(char::is_whitespace) {
            return path;
        }
        for _ in 0..ROUNDS {
            // SECURITY: what one tool takes out makes a new spelling for the next: `%` and `2e` around a character that
            // is dropped, a slash that was a look-alike before.
            let again = Self::read_once(&path.canonical);
            if again.canonical == path.canonical {
                return path;
            }
            let doubt = path.doubt.or(again.doubt).or(Some(RESTLESS));
            path = Self { climbs: path.climbs || again.climbs, doubt, ..again };
        }
        // INVARIANT: canonical is canonical. What is another path each time keeps only what every tool reads alike.
        let alike = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
        let plain: String = path.canonical.chars().map(|c| if alike(c) { c } else { '_' }).collect();
        Self { climbs: true, doubt: Some(RESTLESS), ..Self::read_once(&plain) }
    }

    fn read_once(text: &str) -> Self {
        let mut doubt = None;
        let mut suspect = |why: &'static str| {
            doubt.get_or_insert(why);
        };
        if text.trim() != text {
            suspect("blanks around it");
        }
        let mut path = text.trim().to_owned();
        if let Some(decoded) = decoded(&path) {
            suspect("percent signs");
            path = decoded;
        }
        if path.chars().any(char::is_control) {
            suspect("a control character");
            path.retain(|c| !c.is_control());
        }
        // Blanks that were encoded, or stood behind what is gone.
        path = path.trim().to_owned();
        if !path.is_ascii() {
            // SECURITY: look-alike slashes and dots are real ones to who normalises.
            let folded = fold(&path);
            let steps = |text: &str| (text.matches(['/', '\\']).count(), text.matches("..").count());
            if steps(&folded) != steps(&path) {
                suspect("letters that look like slashes or dots");
                path = folded.into_owned();
            }
        }
        if let Some(rest) = strip_prefix_any_case(&path, "file:") {
            suspect("an address where a path was meant");
            let rest = rest.strip_prefix("//").unwrap_or(rest);
            let rest =
                strip_prefix_any_case(rest, "localhost").filter(|rest| rest.starts_with('/')).unwrap_or(rest);
            path = rest.to_owned();
        }
        if path.contains('\\') {
            path = path.replace('\\', "/");
        }
        // `\\?\C:\x`, `\\.\C:\x`
        for device in ["//?/UNC/", "//?/", "//./"] {
            if let Some(rest) = path.strip_prefix(device) {
                suspect("a device's name");
                path = if device.ends_with("UNC/") { ["//", rest].concat() } else { rest.to_owned() };
            }
        }
        let share = path.starts_with("//") && !path.starts_with("///");
        let (drive, rest) = drive(&path);
        let rooted = rest.starts_with('/');
        let mut steps: Vec<&str> = Vec::new();
        let mut climbs = false;
        for step in rest.split('/') {
            let bare = step.trim_end_matches([' ', '.']);
            match step {
                "" | "." => {}
                _ if bare.is_empty() && step.starts_with('.') => {
                    if step != ".." {
                        suspect("dots that some systems drop");
                    }
                    match steps.last() {
                        Some(last) if *last != ".." && !(steps.len() == 1 && last.starts_with('~')) => {
                            steps.pop();
                            climbs |= rooted && steps.is_empty();
                        }
                        _ => {
                            climbs = true;
                            if !rooted {
                                steps.push("..");
                            }
                        }
                    }
                }
                step => {
                    if bare.len() < step.len() {
                        suspect("dots or blanks at the end of a name");
                    }
                    if step.contains(':') && drive.is_some() {
                        suspect("a stream of a file");
                    }
                    steps.push(step);
                }
            }
        }
        drop_blank_end(&mut steps);
        // SECURITY: `./~` is a name here and a home where the `./` is gone; `./c:/x` a drive.
        let poses = drive.is_none() && !rooted && steps.first().is_some_and(|first| poses(first, rest));
        if poses {
            suspect("a name that reads as a home, a drive or an address without the `./` before it");
            steps.insert(0, ".");
        }
        Self { canonical: spell(drive, share, rooted, &steps), climbs, doubt }
    }

    /// The path with `/` between names, without `.`, `..` (but at the beginning of a relative one), empty steps and a
    /// slash at the end; a drive in upper case.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// Whether it climbs out of where it begins.
    pub const fn climbs(&self) -> bool {
        self.climbs
    }

    /// Why tools may take it for another path than [`PathText::canonical`].
    pub const fn doubt_text(&self) -> Option<&'static str> {
        self.doubt
    }

    /// Whether it is `directory`, or below it. `directory` is canonical.
    pub fn is_within(&self, directory: &str) -> bool {
        is_within(&self.canonical, directory)
    }
}

const RESTLESS: &str = "another path each time that it is read";

/// The text with its percent signs undone, as often as there are any to undo; `None` where there are none.
///
/// Linear: each byte is put down once, and each that is undone takes three away. What is undone first does not matter.
// SECURITY: proxies, frameworks and tools each undo them once, so `%25252e` is a dot to some chain of them.
fn decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut any = false;
    for byte in text.bytes() {
        out.push(byte);
        while let [.., b'%', high, low] = *out.as_slice()
            && let (Some(high), Some(low)) = (digit(high), digit(low))
        {
            any = true;
            out.truncate(out.len().saturating_sub(3));
            out.extend(u8::try_from(high.wrapping_mul(16).wrapping_add(low)));
        }
    }
    any.then(|| String::from_utf8_lossy(&out).into_owned())
}

/// The same over canonical texts.
pub(crate) fn is_within(path: &str, directory: &str) -> bool {
    if directory == "/" {
        return path.starts_with('/');
    }
    if directory == "." {
        return !path.starts_with(['/', '~'])
            && path != ".."
            && !path.starts_with("../")
            && !path.contains(':');
    }
    path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn strip_prefix_any_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let head = text.get(..prefix.len())?;
    if head.eq_ignore_ascii_case(prefix) { text.get(prefix.len()..) } else { None }
}

fn drive(path: &str) -> (Option<char>, &str) {
    let mut chars = path.chars();
    match (chars.next(), chars.next()) {
        (Some(letter), Some(':')) if letter.is_ascii_alphabetic() => (Some(letter), chars.as_str()),
        _ => (None, path),
    }
}

/// Whether a name means something else where the path begins with it, which this one does not.
fn poses(first: &str, path: &str) -> bool {
    let means =
        first.starts_with('~') || drive(first).0.is_some() || strip_prefix_any_case(first, "file:").is_some();
    means && !path.starts_with(first)
}

/// SECURITY: a blank step at the end is a blank at the end once the slash behind it is gone: `a/ / /` is `a`.
fn drop_blank_end(steps: &mut Vec<&str>) {
    while let Some(last) = steps.last_mut() {
        *last = last.trim_end();
        if !last.is_empty() {
            break;
        }
        steps.pop();
    }
}

fn spell(drive: Option<char>, share: bool, rooted: bool, steps: &[&str]) -> String {
    let mut canonical = String::new();
    if let Some(drive) = drive {
        canonical.extend([drive.to_ascii_uppercase(), ':']);
    }
    if share {
        canonical.push('/');
    }
    if rooted {
        canonical.push('/');
    }
    canonical.push_str(&steps.join("/"));
    if canonical.is_empty() {
        canonical.push('.');
    }
    canonical
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_out_makes_no_new_spelling() {
        for (text, expected) in [
            ("/srv/%\u{0}2e%\u{1}2e/etc", "/etc"),
            ("/srv/\u{ff05}2e\u{ff05}2e\u{ff0f}etc", "/etc"),
            ("./ x", "x"),
            ("file:file:/etc/passwd", "/etc/passwd"),
            ("/a b/c", "/a b/c"),
        ] {
            let read = PathText::read(text);
            assert_eq!(read.canonical(), expected, "{text:?}");
            assert_eq!(PathText::read(expected).canonical(), expected);
        }
    }

    #[test]
    fn every_spelling_of_a_path_is_one_path() {
        for (text, canonical) in [
            ("/etc/passwd", "/etc/passwd"),
            ("/tmp/../etc/passwd", "/etc/passwd"),
            ("/etc//./passwd/", "/etc/passwd"),
            ("/%65tc/passwd", "/etc/passwd"),
            ("/a/%252e%252e/etc", "/etc"),
            ("  /etc/passwd", "/etc/passwd"),
            ("file:///etc/passwd", "/etc/passwd"),
            ("FILE://localhost/etc/passwd", "/etc/passwd"),
            ("c:\\Windows\\..\\x", "C:/x"),
            ("\\\\?\\C:\\x", "C:/x"),
            ("\\\\host\\share\\x", "//host/share/x"),
            ("\\\\?\\UNC\\host\\share", "//host/share"),
            ("~/../root", "~/../root"),
            ("~/.ssh/id", "~/.ssh/id"),
            ("a/../../b", "../b"),
            ("./a", "a"),
            ("", "."),
            ("/", "/"),
            ("/..", "/"),
            ("/a/.. /b", "/b"),
            ("/etc\u{2215}passwd", "/etc/passwd"),
            ("/etc/pass\0wd", "/etc/passwd"),
            ("/a/%25252525252e%2525252e/etc", "/etc"),
            ("/a/%2%65%%32e/etc", "/etc"),
            ("/a/%c3%a9", "/a/\u{e9}"),
        ] {
            assert_eq!(PathText::read(text).canonical(), canonical, "{text:?}");
        }
    }

    #[test]
    fn a_name_is_not_made_a_home_or_a_drive() {
        for (text, canonical) in [("./~/x", "./~/x"), ("a/../~/x", "./~/x"), ("./c:/x", "./c:/x")] {
            let path = PathText::read(text);
            assert_eq!(path.canonical(), canonical, "{text}");
            assert!(path.doubt_text().is_some(), "{text}");
        }
        for (text, canonical) in [("~/x", "~/x"), ("c:/x", "C:/x"), ("./x", "x"), ("./x~", "x~")] {
            assert_eq!(PathText::read(text).canonical(), canonical, "{text}");
            assert_eq!(PathText::read(text).doubt_text(), None, "{text}");
        }
    }

    #[test]
    fn canonical_is_canonical() {
        for text in [
            "/a/../b",
            "C:\\x\\.\\y",
            "\\\\h\\s",
            "../x",
            "~/a",
            "/x y/z",
            "x / /   /  / /  /  / ",
            "\u{3}%%%%%%%%%%\u{1}07\u{0}07%3332%666",
            &"file:".repeat(50),
            &"\u{ff05}ef\u{ff05}bc\u{ff05}85".repeat(9),
        ] {
            let once = PathText::read(text);
            let twice = PathText::read(once.canonical());
            assert_eq!(once.canonical(), twice.canonical(), "{text}");
        }
    }

    #[test]
    fn what_is_spelled_strangely_is_a_doubt_and_what_is_not_is_none() {
        for text in ["/a%2fb", "/a\0", "/x. /y", "C:/a:b", " /a", "\\\\.\\C:\\x", "/a/...", "/etc\u{2215}x"] {
            assert!(PathText::read(text).doubt_text().is_some(), "{text:?}");
        }
        for text in ["/srv/a.txt", "a/b", "C:/x", "~/x", "/srv/Müller", "/a/../b"] {
            assert_eq!(PathText::read(text).doubt_text(), None, "{text:?}");
        }
    }

    #[test]
    fn within_is_by_whole_names() {
        let within = |path: &str, directory| PathText::read(path).is_within(directory);
        assert!(
            within("/srv/a", "/srv") && within("/srv", "/srv") && within("a/b", ".") && within("/x", "/")
        );
        assert!(
            !within("/srvx/a", "/srv")
                && !within("/srv/../etc", "/srv")
                && !within("../a", ".")
                && !within("~", ".")
        );
        assert!(PathText::read("/srv/../../x").climbs() && !PathText::read("/srv/a/../b").climbs());
    }

    proptest::proptest! {
        #[test]
        fn canonical_is_canonical_whatever_it_was(pieces in proptest::collection::vec(proptest::sample::select(vec![
            "%", "2", "5", "e", "E", "f", "c3", "a9", "/", "\\", ".", "..", "file:", " ", "\u{ff05}", "\u{0}", "\u{85}", "~", "C:",
            "//?/", "//./", "UNC/", "\u{2215}", "localhost", "a", "%25", "%2f", "%00", "%20", "\u{3000}", "\u{200b}",
        ]), 0..16)) {
            let text = pieces.concat();
            let once = PathText::read(&text);
            let again = PathText::read(once.canonical());
            proptest::prop_assert_eq!(again.canonical(), once.canonical(), "{:?}", text);
        }
    }
}
