//! What a person sees of a page, and the block that a stranger's text stands in.

use std::sync::LazyLock;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{Choices, quoted};
use crate::base::{Integrity, Limits, Nonce, SecretKey, Source, SourceKind, sha256};
use crate::detect::Likeness;
use crate::layers::l00_sanitizer::{Media, Sanitized, Sanitizer, SanitizerConfig, decode};
use crate::layers::l01_isolation::{Isolation, IsolationConfig, Spotlight, unwrap};
use crate::testing::FixedEntropy;
use crate::text::{NormalizedText, fold};

/// Compiled once: it is work that no input changes.
static SANITIZER: LazyLock<Sanitizer> =
    LazyLock::new(|| Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32]))));
static ISOLATION: LazyLock<Isolation> = LazyLock::new(|| Isolation::compile(&IsolationConfig::default()));

/// Flags that are spelled in tag characters: the only place where those may stay.
const TAG_FLAGS: [&str; 3] = [
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

/// What comes out of a page is what a person sees: no comment, no terminal escapes, no hidden alphabet; as a text it is
/// clean.
///
/// # Panics
/// When one of these does not hold.
pub fn sanitize_html(data: &[u8]) {
    shows_only_the_visible(&String::from_utf8_lossy(data), Media::Html);
}

/// The same of markdown. Besides: its source stays as it is written, and so does code.
///
/// # Panics
/// When one of these does not hold.
pub fn sanitize_markdown(data: &[u8]) {
    let source = String::from_utf8_lossy(data);
    shows_only_the_visible(&source, Media::Markdown);

    let limits = Limits::default();
    let clean = NormalizedText::new(&*source, &limits);
    let shown = SANITIZER.sanitize(&source, Media::MarkdownSource, &limits);
    if !shown.is_truncated() {
        assert_eq!(shown.text(), clean.clean(), "the source of markdown stays: {}", quoted(&source));
    }
    let longest = source.split(|c| c != '~').map(str::len).max().unwrap_or(0);
    let fence = "~".repeat(longest.saturating_add(3));
    let code = format!("{fence}\n{source}\n{fence}\n");
    let shown = SANITIZER.sanitize(&code, Media::Markdown, &limits);
    assert_eq!(shown.text(), NormalizedText::new(&*code, &limits).clean(), "code stays: {}", quoted(&code));
}

fn shows_only_the_visible(source: &str, media: Media) {
    // No style and no markup behind a comment makes it seen. What it says depends on all of the source, so that the
    // source cannot say it.
    let unseen = format!("harvest moon {:x}", sha256(&[source.as_bytes()]).short());
    let page = &*format!("<!--{unseen}-->\n\n{source}");
    let limits = Limits::default();
    let sanitized = SANITIZER.sanitize(page, media, &limits);
    let text = sanitized.text();
    let case = || format!("- inbound: {{ text: {}, media: {} }}", quoted(page), media.as_str());
    assert!(!text.contains(&unseen), "a comment is shown\n{}", case());
    holds(&sanitized, page, media);
}

/// The same of mail, in the forms that messages take: as it is, or as the packed part of one.
///
/// # Panics
/// When one of these does not hold.
pub fn sanitize_mail(data: &[u8]) {
    let mut choices = Choices(data);
    let heads = [
        "",
        "From: a@b.example\nSubject: =?utf-8?Q?",
        "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n",
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n",
        "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nplain\n--b\nContent-Type: text/html\n\n",
        "Content-Type: message/rfc822\n\n",
    ];
    let at = choices.below(heads.len());
    let head = heads.get(at).copied().unwrap_or_default();
    let body = choices.rest();
    let mail =
        if at == 3 { format!("{head}{}", BASE64_STANDARD.encode(&*body)) } else { format!("{head}{body}") };
    keeps_the_laws(&mail, Media::Mail);
}

/// The same of what a program wrote to a terminal.
///
/// # Panics
/// When one of these does not hold.
pub fn sanitize_terminal(data: &[u8]) {
    keeps_the_laws(&String::from_utf8_lossy(data), Media::Terminal);
}

/// The same of JSON, whose strings come as they are or as what a string says. What was valid is valid afterwards.
///
/// # Panics
/// When one of these does not hold.
pub fn sanitize_json(data: &[u8]) {
    let mut choices = Choices(data);
    let source = if choices.below(2) == 0 {
        choices.rest().into_owned()
    } else {
        serde_json::json!({ "html": choices.text(), "b": [choices.text()], "c": choices.rest() }).to_string()
    };
    keeps_the_laws(&source, Media::Json);
    let shown = SANITIZER.sanitize(&source, Media::Json, &Limits::default());
    let is_valid = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
    if is_valid(&source) && !shown.is_truncated() {
        assert!(is_valid(shown.text()), "JSON stays JSON: {}", quoted(&source));
    }
}

/// The same of bytes in any charset, whoever declares it. Without anybody's word, UTF-8 stays as it is.
///
/// # Panics
/// When one of these does not hold.
pub fn decode_charset(data: &[u8]) {
    let mut choices = Choices(data);
    let media = choices.of(Media::ALL);
    let declared = choices.of([
        None,
        Some("text/html; charset=utf-8"),
        Some("text/plain; charset=\"utf-16le\""),
        Some("text/plain;charset=iso-2022-jp"),
        Some("text/html; charset=gb18030"),
        Some("text/plain; charset=utf-7"),
        Some("charset=nobody-knows"),
    ]);
    let bytes = choices.0;
    let decoded = decode(bytes, media, declared);
    keeps_the_laws(decoded.text(), media);
    if let (Ok(text), None, Media::Text) = (std::str::from_utf8(bytes), declared, media)
        && !text.contains('\0')
        && !text.starts_with('\u{FEFF}')
    {
        assert_eq!(decoded.text(), text, "UTF-8 stays as it is");
    }
}

fn keeps_the_laws(source: &str, media: Media) {
    holds(&SANITIZER.sanitize(source, media, &Limits::default()), source, media);
}

/// What holds for all that leaves the sanitiser: it is clean, nothing in it closes its isolation, and places are places.
fn holds(sanitized: &Sanitized<'_>, source: &str, media: Media) {
    // Written out only where something is wrong.
    let case = || format!("- inbound: {{ text: {}, media: {} }}", quoted(source), media.as_str());
    let text = sanitized.text();
    assert!(!text.contains('\u{1B}'), "an escape is left\n{}", case());
    assert!(!text.contains(['\u{202D}', '\u{202E}']), "an override is left\n{}", case());
    let plain = TAG_FLAGS.iter().fold(text.to_owned(), |text, flag| text.replace(flag, ""));
    let is_tag = |c| ('\u{E0000}'..='\u{E007F}').contains(&c);
    assert!(!plain.contains(is_tag), "a tag character is left\n{}", case());
    let again = SANITIZER.sanitize(text, Media::Text, &Limits::default());
    assert_eq!(again.text(), text, "sanitised text is sanitised\n{}", case());
    let isolated = ISOLATION.isolate(
        sanitized,
        &Source::new(SourceKind::named("web"), "x"),
        Likeness::Clean,
        Spotlight::Tags,
        &FixedEntropy::new(1),
    );
    let closed =
        isolated.is_ok_and(|isolated| unwrap(isolated.prompt()).is_some() && tags(isolated.prompt()) == 2);
    assert!(closed, "something inside closes its isolation\n{}", case());
    for hidden in sanitized.hidden() {
        let inside = hidden.span().is_none_or(|span| span.of(source).is_some());
        assert!(inside, "{hidden:?} is a part of the source\n{}", case());
    }
    for finding in sanitized.findings() {
        let inside = finding.span().is_none_or(|span| span.of(source).is_some());
        assert!(inside, "{finding:?} is a part of the source\n{}", case());
    }
}

/// Nothing inside a block looks like its tags, whoever wrote it, under whatever name, and even if they knew the next
/// id; what was isolated comes back as it was put in.
///
/// # Panics
/// When one of these does not hold.
pub fn isolate(data: &[u8]) {
    /// Stands for the id that comes next.
    const NEXT: char = '\u{A7}';

    let mut choices = Choices(data);
    let integrity = choices.of([Integrity::Hostile, Integrity::Untrusted, Integrity::Internal]);
    let judged = choices.of([Likeness::Clean, Likeness::Suspect, Likeness::Attack]);
    let media = choices.of(Media::ALL);
    let seed = u64::from(choices.byte());
    let source = Source::new(SourceKind::named(&choices.text()), choices.text()).integrity(integrity);
    let Ok(next) = Nonce::generate(&FixedEntropy::new(seed)) else { return };
    let text = choices.rest().replace(NEXT, &next.to_string());

    let limits = Limits::default();
    let sanitized = SANITIZER.sanitize(&text, media, &limits);
    let isolate =
        |sanitized| ISOLATION.isolate(sanitized, &source, judged, Spotlight::Tags, &FixedEntropy::new(seed));
    let case = || format!("- inbound: {{ text: {}, media: {} }}", quoted(&text), media.as_str());
    let Ok(isolated) = isolate(&sanitized) else { panic!("no id was found\n{}", case()) };
    let prompt = isolated.prompt();
    let Some(inside) = unwrap(prompt) else { panic!("{prompt:?} is no block\n{}", case()) };
    if isolated.findings().is_empty() {
        assert_eq!(inside, sanitized.text(), "what poses as nothing stays\n{}", case());
    }
    let head = prompt.lines().next().unwrap_or_default();
    assert_eq!(head.matches('"').count(), 6, "{head:?} has three attributes\n{}", case());
    assert_eq!(tags(prompt), 2, "{prompt:?} has one pair of tags\n{}", case());

    let again = SANITIZER.sanitize(&inside, Media::Text, &limits);
    let again = isolate(&again)
        .map(|again| (unwrap(again.prompt()).as_ref() == Some(&inside), again.findings().len()));
    assert_eq!(again, Ok((true, 0)), "{inside:?} is isolated anew\n{}", case());
}

/// How often something in the text may be read as a tag of ours, looked for without any cleverness.
fn tags(text: &str) -> usize {
    let folded = fold(text);
    let names = ["untrusted_content", "untrusted-content", "untrustedcontent"].map(fold);
    let gap = |c: char| c.is_whitespace() || matches!(c, '/' | '\\' | '!' | '?');
    let opens = |rest: &&str| names.iter().any(|name| rest.trim_start_matches(gap).starts_with(&**name));
    folded.split('<').skip(1).filter(opens).count()
}
