//! What a path means, whatever way it is spelled: `..`, percent signs, backslashes, drives, shares and `~`.
//!
//! Lexical only: symbolic links cannot be seen from a text, and which directory a relative path starts in is not
//! known.

use percent_encoding::percent_decode_str;

use crate::text::fold;

/// How often percent signs are undone: proxies, frameworks and tools each do it once.
const ROUNDS: usize = 3;

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
        for _ in 0..ROUNDS {
            if path.doubt.is_none() && !path.canonical.starts_with(char::is_whitespace) {
                break;
            }
            // SECURITY: what one tool takes out makes a new spelling for the next: `%` and `2e` around a character that
            // is dropped, a slash that was a look-alike before.
            let again = Self::read_once(&path.canonical);
            if again.canonical == path.canonical {
                break;
            }
            let doubt = path.doubt.or(again.doubt).or(Some("another path each time that it is read"));
            path = Self { climbs: path.climbs || again.climbs, doubt, ..again };
        }
        path
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
        for _ in 0..ROUNDS {
            if !path.contains('%') {
                break;
            }
            let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
            if decoded == path {
                break;
            }
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
        ] {
            assert_eq!(PathText::read(text).canonical(), canonical, "{text:?}");
        }
    }

    #[test]
    fn canonical_is_canonical() {
        for text in ["/a/../b", "C:\\x\\.\\y", "\\\\h\\s", "../x", "~/a", "/x y/z", "x / /   /  / /  /  / "] {
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
}
