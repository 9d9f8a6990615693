//! Bytes whose charset decides what they say: a checker that reads them in one and a reader that takes another see
//! two texts.
//!
//! Bytes become text once, here, as a browser would do it: a byte order mark stands over what the transport declares,
//! that over what the document says of itself, and where nobody says anything, UTF-8 where it is valid, UTF-16 where
//! it looks like it, and windows-1252. Labels and decoders are those of the Encoding Standard (`encoding_rs`).
//!
//! Not promised: that the declaration is true. UTF-7 is not decoded, as no browser does any more; it is told.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::Media;
use crate::base::{Finding, Layer, Rule, Severity};

macro_rules! rules {
    ($($name:ident $id:literal $severity:ident $meaning:literal)*) => {
        $(static $name: Rule = Rule::new(Layer::Sanitizer, concat!("l0/charset/", $id), Severity::$severity, $meaning);)*
        /// What bytes can show.
        pub(super) const RULES: &[Rule] = &[
            $(Rule::new(Layer::Sanitizer, concat!("l0/charset/", $id), Severity::$severity, $meaning)),*
        ];
    };
}

rules! {
    REPLACED "replaced" Low "bytes that are no characters of their charset; they were replaced"
    NOT_TEXT "not-text" Medium "most of the bytes are no text in any charset that was tried"
    UNKNOWN "unknown" Low "the declared charset is not known"
    CONFLICT "conflict" Low "the byte order mark, the declaration and the document name different charsets"
    UTF_7 "utf-7" Medium "the declared charset is UTF-7, which readers do not agree to decode"
}

/// How far into a document it may name its charset.
const HEAD: usize = 1024;

/// Bytes that became text.
#[derive(Debug, Clone)]
pub struct Decoded<'b> {
    text: Cow<'b, str>,
    charset: &'static str,
    findings: Vec<Finding>,
}

impl Decoded<'_> {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same, apart from the bytes.
    pub fn into_owned(self) -> Decoded<'static> {
        Decoded { text: Cow::Owned(self.text.into_owned()), charset: self.charset, findings: self.findings }
    }

    /// The charset that was taken, by its name in the Encoding Standard.
    pub const fn charset(&self) -> &'static str {
        self.charset
    }

    /// What was found.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

/// Reads bytes as text. `content_type` is what the transport declares: `text/html; charset=utf-8`.
pub fn decode<'b>(bytes: &'b [u8], media: Media, content_type: Option<&str>) -> Decoded<'b> {
    let mut findings = Vec::new();
    let mark = Encoding::for_bom(bytes);
    let body = bytes.get(mark.map_or(0, |(_, length)| length)..).unwrap_or_default();
    let mut named = |label: Option<&[u8]>| {
        let label = label?;
        let label = label.trim_ascii();
        if [b"utf-7".as_slice(), b"unicode-1-1-utf-7", b"utf7", b"x-unicode-2-0-utf-7"]
            .iter()
            .any(|name| label.eq_ignore_ascii_case(name))
        {
            findings.push(UTF_7.finding());
            return None;
        }
        let encoding = Encoding::for_label(label);
        if encoding.is_none() && !label.is_empty() {
            findings.push(UNKNOWN.finding());
        }
        encoding
    };
    let declared = named(content_type.and_then(|declared| charset_in(declared.as_bytes())));
    let head = body.get(..HEAD).unwrap_or(body);
    let own = match media {
        Media::Html | Media::Markdown | Media::MarkdownSource => named(meta_charset(head)),
        Media::Mail => named(charset_in(body)),
        Media::Text | Media::Json | Media::Terminal => None,
    };
    // A document that can be read up to here is not written in wide units, whatever it says (HTML, 13.2.3.2).
    let own = own.map(|own| if own == UTF_16LE || own == UTF_16BE { UTF_8 } else { own });
    let said: Vec<&Encoding> =
        [mark.map(|(encoding, _)| encoding), declared, own].into_iter().flatten().collect();
    if said.windows(2).any(|two| matches!(two, [a, b] if a != b)) {
        findings.push(CONFLICT.finding());
    }
    let valid = std::str::from_utf8(body).ok();
    let encoding = match (said.first(), valid) {
        (Some(said), _) => *said,
        (None, Some(text)) if !text.contains('\0') => UTF_8,
        (None, _) => wide(body).unwrap_or(if valid.is_some() { UTF_8 } else { WINDOWS_1252 }),
    };
    let (text, broken) = encoding.decode_without_bom_handling(body);
    let lost = text.matches('\u{fffd}').count();
    let odd =
        text.chars().filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x0c' | '\x1b')).count();
    if lost.saturating_add(odd).saturating_mul(4) > text.len() && text.len() > 16 {
        findings.push(NOT_TEXT.finding());
    } else if broken {
        findings.push(REPLACED.finding().saying(format!("{} ({lost})", REPLACED.meaning)));
    }
    Decoded { text, charset: encoding.name(), findings }
}

/// UTF-16 without a mark: every other byte of most texts is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if head.len() < 4 {
        return None;
    }
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = head.len().div_euclid(4);
    if odd > most && even == 0 {
        Some(UTF_16LE)
    } else if even > most && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The value of the first `charset=`.
fn charset_in(text: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"charset=";
    let at = memchr::memchr2_iter(b'c', b'C', text).find(|at| {
        text.get(*at..at.saturating_add(NAME.len())).is_some_and(|part| part.eq_ignore_ascii_case(NAME))
    })?;
    let value = text.get(at.saturating_add(NAME.len())..)?;
    let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
    let end = value
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b':' | b'.' | b'+'))
        .unwrap_or(value.len());
    value.get(..end)
}

/// The charset that a page's head names, in either of its forms.
fn meta_charset(head: &[u8]) -> Option<&[u8]> {
    let meta = memchr::memchr_iter(b'<', head).find(|at| {
        head.get(at.saturating_add(1)..at.saturating_add(5))
            .is_some_and(|name| name.eq_ignore_ascii_case(b"meta"))
    })?;
    charset_in(head.get(meta..)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(decoded: &Decoded<'_>) -> Vec<String> {
        decoded.findings().iter().map(|finding| finding.rule.as_str().replace("l0/charset/", "")).collect()
    }

    #[test]
    fn the_mark_stands_over_the_declaration_and_that_over_the_document() {
        for (bytes, media, declared, text, charset) in [
            (&b"caf\xc3\xa9"[..], Media::Text, None, "café", "UTF-8"),
            (b"caf\xe9", Media::Text, None, "café", "windows-1252"),
            (b"caf\xe9", Media::Text, Some("text/plain; charset=ISO-8859-1"), "café", "windows-1252"),
            (b"\xef\xbb\xbfcaf\xc3\xa9", Media::Text, None, "café", "UTF-8"),
            (b"\xff\xfea\0\xe9\0", Media::Text, None, "aé", "UTF-16LE"),
            (b"a\0b\0c\0d\0", Media::Text, None, "abcd", "UTF-16LE"),
            (b"\0a\0b\0c\0d", Media::Text, None, "abcd", "UTF-16BE"),
            (b"<meta charset='gbk'>\xc4\xe3", Media::Html, None, "<meta charset='gbk'>\u{4f60}", "GBK"),
            (
                b"<META http-equiv=a content='text/html; charset=utf-16'>\xc3\xa9",
                Media::Html,
                None,
                "<META http-equiv=a content='text/html; charset=utf-16'>é",
                "UTF-8",
            ),
            (b"\x93\xfa\x96{", Media::Text, Some("text/plain;charset=\"shift_jis\""), "日本", "Shift_JIS"),
            (
                b"From: a\nContent-Type: text/plain; charset=koi8-r\n\n\xd0\xc1",
                Media::Mail,
                None,
                "From: a\nContent-Type: text/plain; charset=koi8-r\n\nпа",
                "KOI8-R",
            ),
        ] {
            let decoded = decode(bytes, media, declared);
            assert_eq!((decoded.text(), decoded.charset()), (text, charset));
            assert_eq!(rules(&decoded), [] as [&str; 0], "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        for (bytes, declared, found) in [
            (&b"good text \xff here"[..], Some("text/plain; charset=utf-8"), "replaced"),
            (b"\xef\xbb\xbfx", Some("text/plain; charset=koi8-r"), "conflict"),
            (b"+ADw-script+AD4-", Some("text/html; charset=utf-7"), "utf-7"),
            (b"x", Some("text/html; charset=martian"), "unknown"),
            (
                b"\x00\x01\x02\x03\x04\x05\x06\x07\x00\x01\x02\x03\x04\x05\x06\x07\x00\x01\x02",
                None,
                "not-text",
            ),
        ] {
            assert_eq!(rules(&decode(bytes, Media::Html, declared)), [found]);
        }
        // Overlong and wide tricks end as replacements, not as the sign that they stand for.
        assert!(!decode(b"\xc0\xbcscript", Media::Text, Some("a/b; charset=utf-8")).text().contains('<'));
    }
}
