//! Links: where they lead, and whether their text says that they lead elsewhere.

use super::output::Anchor;

/// The longest text of a link that is looked at.
const MAX_TEXT: usize = 256;

/// A link that a person sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    text: String,
    target: String,
    misleads: bool,
}

impl Link {
    pub(super) fn new(anchor: &Anchor, page: &str) -> Self {
        let text = page.get(anchor.from..anchor.to).unwrap_or_default().trim();
        let text = text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or_default();
        let misleads = misleads(text, &anchor.target);
        Self { text: text.to_owned(), target: anchor.target.clone(), misleads }
    }

    /// What a person reads of it: at most 256 bytes.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it leads, as the page says it: at most 4 KiB, not resolved. A person does not see it, so it may
    /// carry text that is meant for a model: it must not be handed on unless it is judged like a tool's output.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Whether its text names another host than its target.
    pub const fn misleads(&self) -> bool {
        self.misleads
    }
}

/// Whether a text names a host, and a target leads to another one.
fn misleads(text: &str, target: &str) -> bool {
    let Some(named) = named_host(text) else { return false };
    let scheme = target.split(':').next().unwrap_or_default().to_ascii_lowercase();
    match &*scheme {
        "javascript" | "data" | "vbscript" => return true,
        "mailto" => {
            let host = target.rsplit('@').next().unwrap_or_default();
            let host = host.split(['?', '&']).next().unwrap_or_default();
            return !is_same(&named, &host.to_ascii_lowercase());
        }
        _ => {}
    }
    // A browser reads backslashes as slashes here, and forgets tabs and line ends.
    let target: String =
        target.chars().filter(|c| !c.is_ascii_control()).map(|c| if c == '\\' { '/' } else { c }).collect();
    let rest = match target.split_once("//") {
        Some((before, rest)) if before.is_empty() || before.ends_with(':') => rest,
        // A page's own address.
        _ => return false,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    !host.is_empty() && !is_same(&named, &host)
}

/// Endings of files, which have dots as well.
const FILES: &[&str] = &[
    "html", "htm", "php", "js", "ts", "rs", "py", "md", "txt", "pdf", "zip", "json", "css", "exe", "sh",
    "png", "jpg",
];

/// The host that a text is, or begins with as an address does.
fn named_host(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['"', '\'', '<', '>', '(', ')', '.', ',']);
    if text.is_empty() || text.contains(char::is_whitespace) {
        return None;
    }
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_lowercase();
    let (name, top) = host.rsplit_once('.')?;
    let label = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    let plausible = !name.is_empty()
        && name.chars().all(label)
        && top.chars().count() >= 2
        && top.chars().all(char::is_alphabetic)
        && (text.contains("://") || !FILES.contains(&top));
    plausible.then_some(host)
}

/// Whether two hosts belong together: one is the other, or stands under it.
fn is_same(a: &str, b: &str) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    let (a, b) = (bare(a), bare(b));
    let under = |inner: &str, outer: &str| inner.strip_suffix(outer).is_some_and(|rest| rest.ends_with('.'));
    a == b || under(&a, &b) || under(&b, &a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_names_another_host_misleads() {
        for (text, target) in [
            ("bank.example", "https://bank.example.evil.test/a"),
            ("https://bank.example/login", "//evil.test"),
            ("www.bank.example", "https://bank.example@evil.test/"),
            ("bank.example", "https:\\\\evil.test"),
            ("kim@bank.example", "mailto:kim@evil.test"),
            ("bank.example", "javascript:alert(1)"),
        ] {
            assert!(misleads(text, target), "{text} {target}");
        }
    }

    #[test]
    fn other_links_do_not() {
        for (text, target) in [
            ("bank.example", "https://www.bank.example/login"),
            ("bank.example", "https://login.bank.example"),
            ("read on", "https://evil.test"),
            ("bank.example", "/about"),
            ("guide.pdf", "https://files.test/guide.pdf"),
            ("v1.2", "https://files.test/"),
            ("kim@bank.example", "mailto:kim@bank.example?subject=a"),
            ("See bank.example", "https://news.test"),
        ] {
            assert!(!misleads(text, target), "{text} {target}");
        }
    }
}
