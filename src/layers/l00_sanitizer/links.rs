//! A link whose text is one host's address and whose target is another's: the reader agrees to the first and goes
//! to the second.
//!
//! Only texts that are nothing but an address count. Redirectors of newsletters do this on every honest day, so
//! that it is told and does not decide.

use crate::base::{Finding, Layer, Rule, Severity};

/// The text of a link names one host, its target another.
const OTHER_HOST: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/link/other-host",
    Severity::Low,
    "the text of a link names another host than the one it leads to",
);

/// What links can show.
pub(super) const RULES: &[Rule] = &[OTHER_HOST];

/// Endings of hosts that are not endings of files as well; a text without a scheme counts by them.
const ENDINGS: &[&str] = &[
    "com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "io", "dev", "app", "ai", "eu", "uk",
    "de", "fr", "nl", "it", "es", "pt", "ru", "cn", "jp", "kr", "br", "in", "us", "ca", "au", "nz", "ch",
    "at", "se", "no", "fi", "dk", "be", "ie", "cz", "gr", "tr", "mx", "ar", "za", "il", "ua", "bank", "shop",
    "online", "site", "example", "test",
];

/// Longest host of DNS.
const MAX_HOST: usize = 253;

/// The finding over a link with this text and this target, when they disagree.
pub(super) fn judge(text: &str, target: &str) -> Option<Finding> {
    let named = named_host(text)?;
    let led = host(target)?;
    (!related(&named, &led)).then(|| OTHER_HOST.finding())
}

/// The host that a text names, when it is an address and nothing else.
fn named_host(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 2048 || text.contains(char::is_whitespace) || text.contains('@') {
        return None;
    }
    if text.contains("://") || text.starts_with("//") {
        return host(text);
    }
    let host = authority(text)?;
    let ending = host.rsplit('.').next()?;
    (host.starts_with("www.") || ENDINGS.contains(&ending)).then_some(host)
}

/// The host of a target; `None` when it has none.
fn host(target: &str) -> Option<String> {
    // Browsers drop these wherever they stand, and take a backslash for a slash.
    let target: String = target
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .map(|c| if c == '\\' { '/' } else { c })
        .collect();
    let target = target.trim_start_matches(|c: char| c <= ' ');
    let rest = match target.split_once(':') {
        Some((scheme, rest))
            if scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')) =>
        {
            let special =
                ["http", "https", "ftp", "ws", "wss"].iter().any(|name| scheme.eq_ignore_ascii_case(name));
            if !special && !rest.starts_with("//") {
                return None;
            }
            rest
        }
        _ if target.starts_with("//") => target,
        _ => return None,
    };
    authority(rest.trim_start_matches('/'))
}

/// The host in what stands before the path.
fn authority(rest: &str) -> Option<String> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?.trim_end_matches('.');
    let is_name = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '%'))
    };
    let named = host.len() <= MAX_HOST && host.contains('.') && host.split('.').all(is_name);
    named.then(|| host.to_lowercase())
}

/// Whether one of the hosts is the other, or stands below it.
fn related(a: &str, b: &str) -> bool {
    let (a, b) = (a.strip_prefix("www.").unwrap_or(a), b.strip_prefix("www.").unwrap_or(b));
    let below = |low: &str, high: &str| low.strip_suffix(high).is_some_and(|head| head.ends_with('.'));
    a == b || below(a, b) || below(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_names_another_host_is_told() {
        for (text, target) in [
            ("https://bank.example/login", "https://bank.example.evil.test/login"),
            ("www.bank.example", "http://evil.test"),
            ("bank.example", "//evil.test/bank.example"),
            ("bank.com", "https://bank.com@evil.test/"),
            ("bank.com", "https:\\\\evil.test\\bank.com"),
            ("bank.com", "ht\ntps://evil.test"),
        ] {
            assert!(judge(text, target).is_some(), "{text} {target}");
        }
    }

    #[test]
    fn honest_links_are_not() {
        for (text, target) in [
            ("bank.example", "https://www.bank.example/login"),
            ("https://docs.bank.example", "https://bank.example/docs"),
            ("README.md", "https://code.example/README.md"),
            ("main.rs", "https://code.example/src"),
            ("our bank", "https://bank.example"),
            ("kim@bank.example", "mailto:kim@bank.example"),
            ("bank.com", "/local/page"),
            ("bank.com", "#part"),
            ("v1.2.3", "https://code.example/v1.2.3"),
            ("e.g.", "https://code.example"),
        ] {
            assert!(judge(text, target).is_none(), "{text} {target}");
        }
    }
}
