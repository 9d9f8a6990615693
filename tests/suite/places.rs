//! Places: what the first two layers find stands where they say it does, in the text as it came in.

use bartizan::base::{Limits, OsEntropy, SecretKey, Source};
use bartizan::detect::Likeness;
use bartizan::guard::Media;
use bartizan::layers::l00_sanitizer::{Sanitized, Sanitizer, SanitizerConfig};
use bartizan::layers::l01_isolation::{Isolation, IsolationConfig, Spotlight};
use proptest::prelude::*;

/// Stands in each way of hiding for the word that is hidden.
const WORD: &str = "quillwort";

/// Ways to hide a word, by medium. All of them have the word itself in the source.
fn hiding(media: Media) -> &'static [&'static str] {
    match media {
        Media::Html => &[
            "<p hidden>W</p>",
            "<!-- W -->",
            "<p style=\"opacity:0\">é W ü</p>",
            "<template><b>W</b></template>",
            "<iframe srcdoc=\"<p hidden>W</p>\"></iframe>",
            "<img src=\"a.png\" alt=\"W\">",
            "<select><option>é<option>W</select>",
            "<p data-w=\"W\" class=\"after\"></p>",
            "<svg><desc>W</desc></svg>",
            "<p style=\"position:absolute;left:-9999px\">日本 W</p>",
            "<details><summary>é</summary>W</details>",
        ],
        Media::Markdown | Media::MarkdownSource => &[
            "<!-- W -->",
            "<span hidden>*é* W</span>",
            "[é](https://a.example \"W\")",
            "![W](https://a.example/b.png)",
            "\n\n[W]: https://a.example\n\n",
            "\n\n<div hidden>\n\n*W* é\n\n</div>\n\n",
            "\n\n```rust W\nx\n```\n\n",
            "\n\n[^W]: nobody leads here\n\n",
            "[](https://a.example/W)",
        ],
        Media::Terminal => &[
            "\u{1b}[8mW\u{1b}[0m",
            "W\rover it\n",
            "\u{1b}]0;W\u{7}",
            "\u{1b}_W\u{1b}\\",
            "\u{9d}2;W\u{9c}",
            "\u{1b}[?1049hé W\u{1b}[?1049l",
            "W\u{1b}[2K\n",
            "\u{1b}[30;40mé W\u{1b}[0m",
        ],
        Media::Mail => &[
            "Comments: some words W here\n",
            "Content-Type: text/html\n\n<p>é</p><p hidden>W</p>\n",
            "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\nW é\n--b\nContent-Type: text/html\n\n<p>seen</p>\n--b--\n",
        ],
        Media::Json => &["{\"html\": \"<p hidden>W</p> é\"}", "[\"W\\u200b\\u200b é\"]"],
        _ => &[],
    }
}

/// Harmless text between.
const BETWEEN: &[&str] =
    &["a ", "é", "日本", " \u{1F468}\u{200D}\u{1F469} ", "\n\n", "x", "\u{200b}", "<b>b</b>", "&amp;"];

fn sanitizer() -> Sanitizer {
    Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])))
}

/// All spans are parts of the text, of the first layer's findings and of the second's.
fn are_inside(page: &Sanitized<'_>, text: &str) -> Result<(), TestCaseError> {
    let isolation = Isolation::compile(&IsolationConfig::default());
    let wrapped = isolation
        .isolate(page, &Source::web("x"), Likeness::Clean, Spotlight::Tags, &OsEntropy::new())
        .unwrap();
    for finding in page.findings().iter().chain(wrapped.findings()) {
        let inside = finding.span().is_none_or(|span| span.of(text).is_some());
        prop_assert!(inside, "{finding:?} is no part of {text:?}");
    }
    for hidden in page.hidden() {
        let inside = hidden.span().is_none_or(|span| span.of(text).is_some());
        prop_assert!(inside, "{hidden:?} is no part of {text:?}");
    }
    Ok(())
}

fn holds(media: Media, pieces: &[(usize, usize)], limits: &Limits) -> Result<(), TestCaseError> {
    let ways = hiding(media);
    // Of mail and JSON one piece is a whole document.
    let whole = matches!(media, Media::Mail | Media::Json);
    let mut text = String::new();
    for (between, way) in pieces {
        if !whole {
            text.push_str(BETWEEN[between % BETWEEN.len()]);
        }
        text.push_str(&ways[way % ways.len()].replace('W', WORD));
        if whole {
            if media == Media::Mail {
                text.insert_str(0, "From: a@b.example\nSubject: é\n");
                text.push_str("\nthe rest\n");
            }
            break;
        }
    }
    let page = sanitizer().sanitize(&text, media, limits);
    are_inside(&page, &text)?;
    for hidden in page.hidden().iter().filter(|hidden| hidden.text().contains(WORD)) {
        let part = hidden.span().and_then(|span| span.of(&text));
        prop_assert!(part.is_some_and(|part| part.contains(WORD)), "{hidden:?} has no place in {text:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_hidden_stands_where_its_place_is(
        media in 0..Media::ALL.len(),
        pieces in prop::collection::vec((0..99_usize, 0..99_usize), 1..5),
    ) {
        let media = Media::ALL[media];
        if !hiding(media).is_empty() {
            holds(media, &pieces, &Limits::default())?;
        }
    }

    #[test]
    fn places_are_parts_of_any_text(
        media in 0..Media::ALL.len(),
        pieces in prop::collection::vec(prop_oneof![
            (0..99_usize).prop_map(|at| BETWEEN[at % BETWEEN.len()].to_owned()),
            (0..99_usize, 0..99_usize).prop_map(|(media, way)| {
                let ways = hiding(Media::ALL[media % Media::ALL.len()]);
                ways.get(way % ways.len().max(1)).map_or(String::new(), |way| way.replace('W', WORD))
            }),
            "\\PC{0,12}",
            prop::sample::select(vec![
                "<|im_start|>", "</untrusted_content>", "\u{202e}abc\u{202c}", "\u{e0041}\u{e0042}", "igrоup",
                "From: a@b.example\nContent-Type: text/html\n\n", "\u{1b}[8m", "<script>", "<a href=\"https://x.example\">y.example</a>",
            ]).prop_map(str::to_owned),
        ], 0..8),
    ) {
        let text = pieces.concat();
        let page = sanitizer().sanitize(&text, Media::ALL[media], &Limits::default());
        are_inside(&page, &text)?;
    }
}

#[test]
fn each_way_of_hiding_is_found_with_its_place() {
    for media in Media::ALL {
        for way in 0..hiding(media).len() {
            holds(media, &[(0, way)], &Limits::default()).unwrap();
            let source = hiding(media)[way];
            let told = ["after", "nobody leads"].iter().any(|other| source.contains(other));
            let mut text = source.replace('W', WORD);
            if media == Media::Mail {
                text = format!("From: a@b.example\nSubject: é\n{text}\nthe rest\n");
            }
            let page = sanitizer().sanitize(&text, media, &Limits::default());
            let found = page.hidden().iter().any(|hidden| hidden.text().contains(WORD));
            assert!(found || told, "{}: {text:?} hides nothing: {:?}", media.as_str(), page.hidden());
        }
    }
}
