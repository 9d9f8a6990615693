//! A link whose text is one host's address and whose target is another's: the reader agrees to the first and goes
//! to the second.
//!
//! Only texts that are nothing but an address count. Redirectors of newsletters do this on every honest day, so
//! that it is told and does not decide.

use std::sync::LazyLock;

use url::Url;

use crate::base::{Finding, Layer, Rule, Severity};
use crate::policy::LinkSettings;

/// The text of a link names one host, its target another.
pub(super) const OTHER_HOST: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/link/other-host",
    Severity::Low,
    "the text of a link names another host than the one it leads to",
);

/// A target that the policy does not name.
pub(super) static OUTSIDE: Rule = Rule::new(
    Layer::Sanitizer,
    "l0/link/outside",
    Severity::Low,
    "a link or a picture leads to a host or by a scheme that the policy does not name",
);

/// What links can show.
pub(super) const RULES: &[Rule] = &[
    OTHER_HOST,
    Rule::new(
        Layer::Sanitizer,
        "l0/link/outside",
        Severity::Low,
        "a link or a picture leads to a host or by a scheme that the policy does not name",
    ),
];

/// Stands for the page itself in addresses that name no host.
const OWN: &str = "page.invalid";
static BASE: LazyLock<Option<Url>> = LazyLock::new(|| Url::parse("https://page.invalid/").ok());

/// Whether a target leads where the policy's links, or its `picture`s, may not.
pub(super) fn is_outside(settings: &LinkSettings, target: &str, picture: bool) -> bool {
    // As a browser reads it: tabs, backslashes, user names, numbers and code points of hosts are the parser's work.
    let Some(Ok(url)) = BASE.as_ref().map(|base| base.join(target.trim())) else { return true };
    if url.host_str() == Some(OWN) && url.scheme() == "https" {
        return false;
    }
    let mail = url.scheme() == "mailto";
    let host = if mail { url.path().rsplit('@').next() } else { url.host_str() };
    let host = host.map(|host| host.trim_end_matches('.').to_lowercase());
    // SECURITY: a scheme that is allowed brings a host, or it is not one of those that lead somewhere.
    !settings.allows(url.scheme(), host.as_deref(), picture)
}

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
    misleads(text, target).then(|| OTHER_HOST.finding())
}

/// Whether a text names a host and its target leads to another one, or runs something.
pub(super) fn misleads(text: &str, target: &str) -> bool {
    if let Some((_, named)) = text.trim().rsplit_once('@').filter(|(name, _)| !name.contains(['/', ':', ' ']))
    {
        // An address of mail.
        let led = target.trim().get(7..).filter(|_| begins(target.trim(), "mailto:"));
        let led = led.and_then(|led| led.split('?').next()?.rsplit('@').next());
        return led.is_some_and(|led| !related(&named.to_lowercase(), &led.to_lowercase()));
    }
    let Some(named) = named_host(text) else { return false };
    let bare: String = target.chars().filter(|c| !c.is_ascii_control() && *c != ' ').collect();
    if ["javascript:", "vbscript:", "data:"].iter().any(|scheme| begins(&bare, scheme)) {
        return true;
    }
    host(target).is_some_and(|led| !related(&named, &led))
}

fn begins(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
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
            ("kim@bank.example", "mailto:kim@evil.test"),
            ("bank.example", "java\tscript:alert(1)"),
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
            ("kim@bank.example", "mailto:kim@bank.example?subject=a"),
            ("kim@bank.example", "https://people.test/kim"),
            ("See bank.example", "https://news.test"),
            ("guide.pdf", "https://files.test/guide.pdf"),
            ("bank.com", "/local/page"),
            ("bank.com", "#part"),
            ("v1.2.3", "https://code.example/v1.2.3"),
            ("e.g.", "https://code.example"),
        ] {
            assert!(judge(text, target).is_none(), "{text} {target}");
        }
    }
    #[test]
    fn targets_are_read_as_browsers_read_them() {
        let some = LinkSettings {
            hosts: vec![std::sync::Arc::from("bakery.example")].into(),
            ..LinkSettings::default()
        };
        for target in [
            "/hours",
            "?day=2",
            "#top",
            "",
            "https://bakery.example/a",
            "//www.bakery.example",
            "https:\\\\BAKERY.example",
            "mailto:kim@bakery.example?subject=a",
            "tel:+15550100",
        ] {
            assert!(!is_outside(&some, target, false), "{target}");
        }
        for target in [
            "https://evil.test",
            "https://bakery.example@evil.test/",
            "https://bakery.example.evil.test",
            "//evil.test/bakery.example",
            "\\\\evil.test",
            "ht\ntps://evil.test",
            "javascript:alert(1)",
            " java\tscript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "mailto:kim@evil.test",
            "https://evil.test.",
            "http://[",
        ] {
            assert!(is_outside(&some, target, false), "{target}");
        }
        assert!(!is_outside(&some, "https://evil.test/a.png", true), "pictures have their own list");
        assert!(!is_outside(&some, "data:image/png;base64,AA", true));
    }
}
