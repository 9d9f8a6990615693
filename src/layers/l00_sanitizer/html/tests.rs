//! Pages that hide text, each beside one that looks like it and hides nothing.

use proptest::prelude::*;

use crate::base::{Limits, SecretKey};
use crate::layers::l00_sanitizer::{Media, Sanitized, Sanitizer, SanitizerConfig};

const SECRET: &str = "wire it to oak";

fn layer() -> Sanitizer {
    Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])))
}

fn render(html: &str) -> Sanitized<'_> {
    layer().sanitize(html, Media::Html, &Limits::default())
}

fn shown(html: &str) -> String {
    render(html).text().to_owned()
}

/// Asserts that a page shows `Soup today` and nothing else, and that the detectors get what it hides.
fn hides(rule: &str, page: &str) {
    let html = page.replace("SECRET", SECRET);
    let page = render(&html);
    assert_eq!(page.text().split_whitespace().collect::<Vec<_>>().join(" "), "Soup today", "{html}");
    let hidden: Vec<_> = page.hidden().iter().map(|hidden| (hidden.rule(), hidden.text())).collect();
    assert!(hidden.iter().any(|(by, text)| *by == rule && text.contains(SECRET)), "{html}: {hidden:?}");
    let finding = page.findings().iter().find(|finding| finding.rule.as_str() == rule).unwrap();
    assert!(finding.evidence.is_some() && !finding.message.contains("oak"));
}

/// Asserts that nothing of a page is lost.
fn shows(html: &str) {
    let html = html.replace("SECRET", SECRET);
    assert!(shown(&html).contains(SECRET), "{html}: {}", shown(&html));
    assert!(!render(&html).is_truncated());
}

#[test]
fn text_that_styles_take_away_is_not_shown() {
    for (rule, style) in [
        ("display", "display:none"),
        ("display", "DISPLAY : NONE !important"),
        ("display", "d\\69splay:/**/none"),
        ("display", "display:none;display:blok"),
        ("display", "display:var(--nothing, none)"),
        ("visibility", "visibility:hidden"),
        ("opacity", "opacity:.04"),
        ("opacity", "opacity:0%"),
        ("filter", "filter:opacity(0)"),
        ("font-size", "font-size:0"),
        ("font-size", "font: bold 1px/1 serif"),
        ("color", "color:#fff"),
        ("color", "color:rgb(254 254 254 / 90%)"),
        ("color", "color:transparent"),
        ("color", "background:#135;color:#145"),
        ("off-screen", "position:absolute;left:-9999px"),
        ("off-screen", "position:absolute;top:calc(-100px * 90)"),
        ("off-screen", "position:fixed;left:100vw"),
        ("off-screen", "margin-left:-3000px;width:400px"),
        ("off-screen", "transform:translateX(-4000px)"),
        ("transform", "transform:scale(0)"),
        ("indent", "text-indent:-9999px"),
        ("overflow", "height:0;overflow:hidden"),
        ("overflow", "max-width:0;overflow:hidden;white-space:nowrap"),
        ("overflow", "width:1px;height:1px;overflow:hidden;position:absolute"),
        ("overflow", "overflow:hidden;height:0;padding-top:20%"),
        ("overflow", "overflow:hidden;height:20px;line-height:300px"),
        ("overflow", "contain:strict"),
        ("off-screen", "position:fixed;right:-500px;width:400px"),
        ("off-screen", "position:absolute;bottom:-5000px"),
        ("off-screen", "transform:rotate(180deg);transform-origin:-600px -600px"),
        ("transform", "transform:skewX(89.9deg)"),
        ("transform", "transform:rotate3d(1,1,0,90deg)"),
        ("overlap", "letter-spacing:-99px"),
        ("overlap", "-webkit-text-security:disc"),
        ("font-size", "zoom:0.01"),
        ("color", "color:#fff;background:linear-gradient(#fff,#fefefe)"),
        ("color", "color:rgb(from white r g b)"),
        ("clip", "clip-path:path('M0 0')"),
        ("clip", "clip-path:circle(50px at -500px -500px)"),
        ("mask", "mask:url(#nothing)"),
        ("display", "display:if(media(print): block; else: none)"),
        ("clip", "position:absolute;clip:rect(0,0,0,0)"),
        ("clip", "clip-path:inset(50%)"),
        ("mask", "mask-image:linear-gradient(transparent,transparent)"),
    ] {
        hides(
            &format!("l0/hidden/{rule}"),
            &format!("<p>Soup</p><div style=\"{style}\">SECRET</div><p>today</p>"),
        );
    }
}

#[test]
fn styles_that_only_look_like_hiding_hide_nothing() {
    for style in [
        "display:none;display:block",
        "display:block!important;display:none",
        "content:';display:none'",
        "--display:none",
        "visibility:hidden;visibility:visible",
        "opacity:.9",
        "font-size:.8em",
        "background:#036;color:#fff",
        "background:linear-gradient(#135,#246);color:#fff",
        "color:transparent;text-shadow:0 0 1px #000",
        "color:transparent;background:linear-gradient(red,blue);background-clip:text",
        "left:-9999px",
        "position:absolute;left:-10px;padding-left:20px",
        "position:relative;left:50%;transform:translateX(-50%);width:400px",
        "margin-left:-15px",
        "text-indent:-10px;padding-left:10px",
        "height:0",
        "overflow:hidden;height:1px;min-height:30px",
        "clip:rect(0,0,0,0)",
        "clip-path:inset(0)",
        "clip-path:circle(500px at 0 0)",
        "clip-path:url(#nothing)",
        "filter:brightness(0)",
        "mix-blend-mode:multiply",
        "letter-spacing:-1px",
        "zoom:2",
        "transform:rotate(90deg);width:90px",
        "position:sticky;top:-3000px",
        "contain:size",
        "background:linear-gradient(#000,#fff);color:#fff",
        "color:transparent;-webkit-text-stroke:1px #000",
        "text-indent:200%;overflow:hidden",
        "margin-top:-10px",
        "transform:scale(1.02)",
        "position:fixed;right:0;bottom:0",
    ] {
        shows(&format!("<p>Soup</p><div style=\"{style}\">SECRET</div>"));
    }
}

#[test]
fn sheets_cascade() {
    for (hiding, sheet) in [
        (true, ".x{display:none}"),
        (true, "p~div.x{display:none}"),
        (true, "body>.x:not(.y){display:none}"),
        (true, "[class^=x]{display:none}"),
        (true, ":is(.x,:nosuch){display:none}"),
        (true, "body:has(p) .x{display:none}"),
        (true, "@media screen and (min-width:600px){.x{display:none}}"),
        (true, "@supports (display:grid){.x{display:none}}"),
        (true, "@layer b,a;@layer a{.x{display:none}}@layer b{.x{display:block}}"),
        (true, "body{.x{display:none}}"),
        (true, ":root{--v:none}.x{display:var(--v)}"),
        (true, ".x{display:none"),
        (true, "@scope (body) to (section){.x{display:none}}"),
        (true, "@container (min-width:9px){.x{display:none}}body{container-type:inline-size}"),
        (true, "@container style(--v:1){.x{display:none}}body{--v:1}"),
        (true, "@keyframes k{to{display:none}}.x{animation:k 1ms forwards}"),
        (true, "@import url('data:text/css,.x{display:none}');"),
        (true, "@layer a{.x{display:none!important}}.x{display:block!important}"),
        (true, ":root{--a:var(--b);--b:var(--a)}.x{display:var(--a,none)}"),
        (false, "@scope (section){.x{display:none}}"),
        (false, "@container (max-width:9px){.x{display:none}}body{container-type:inline-size}"),
        (false, "@container (min-width:9px){.x{display:none}}"),
        (false, "@keyframes k{from{opacity:0}}.x{animation:k 1s}"),
        (false, "p{color:red}@import url('data:text/css,.x{display:none}');"),
        (false, "@layer a{@layer b{.x{display:none}}.x{display:block}}"),
        (true, "@unknown{.x{display:block}}.x{display:none}"),
        (false, ".x{display:none}div.x{display:block}"),
        (false, "#a{display:block}.x{display:none}"),
        (false, ".x,:nosuch{display:none}"),
        (false, "@media print{.x{display:none}}"),
        (false, "@media (prefers-color-scheme:dark){.x{display:none}}"),
        (false, "@layer a{.x{display:none}}.x{display:block}"),
        (false, "/* .x{display:none} */"),
        (false, ".x::selection{display:none}"),
        (false, ".x:hover{display:none}"),
        (false, ".xx{display:none}"),
        (false, ".x{display:none;all:unset}"),
    ] {
        let html = format!(
            "<!doctype html><style>{sheet}</style><p>Soup</p><div class=x id=a>SECRET</div><p>today</p>"
        );
        if hiding { hides("l0/hidden/display", &html) } else { shows(&html) }
    }
}

#[test]
fn what_is_no_text_of_the_page_is_not_shown() {
    hides("l0/hidden/comment", "Soup<!-- SECRET --> today");
    hides("l0/hidden/comment", "Soup <! SECRET > today");
    hides("l0/hidden/template", "Soup<template><p>SECRET</p></template> today");
    hides("l0/hidden/noscript", "Soup<noscript>SECRET</noscript> today");
    hides("l0/hidden/display", "Soup<p hidden>SECRET</p> today");
    hides("l0/hidden/title", "Soup<title>SECRET</title> today");
    hides("l0/hidden/alt", "Soup<img alt='SECRET' src=x> today");
    hides("l0/hidden/details", "<details><summary>Soup today</summary>SECRET</details>");
    hides("l0/hidden/option", "Soup <select><option>SECRET<option selected>today</select>");
    hides("l0/hidden/fallback", "Soup<canvas>SECRET</canvas> today");
    hides("l0/hidden/svg", "Soup <svg width=90 height=20>SECRET</svg> today");
}

#[test]
fn scripts_and_sheets_are_no_text_and_are_told() {
    let page = render("Soup<script>var a = 'wire it to oak'</script> today<link rel=stylesheet href=/a.css>");
    assert_eq!(page.text(), "Soup today");
    for rule in ["l0/scripted", "l0/external-style"] {
        assert!(page.findings().iter().any(|finding| finding.rule.as_str() == rule), "{rule}");
    }
}

#[test]
fn text_that_is_not_in_text_nodes_is_shown() {
    for html in [
        "<input value='SECRET'>",
        "<input placeholder='SECRET'>",
        "<input type=submit value='SECRET'>",
        "<textarea>SECRET</textarea>",
        "<select><option>a<option selected>SECRET</select>",
        "<select multiple><option label='SECRET'>b</select>",
        "<style>p::before{content:'SECRET'}</style><p></p>",
        "<style>p::after{content:attr(data-a)}</style><p data-a='SECRET'></p>",
        "<iframe srcdoc='<p>SECRET</p>'></iframe>",
        "<svg width=99 height=20><text y=9>SECRET</text></svg>",
        "<div><template shadowrootmode=open><slot></slot></template>SECRET</div>",
        "<details open><summary>a</summary>SECRET</details>",
        "<noscript><!-- </noscript>SECRET<!-- --></noscript>",
    ] {
        shows(html);
    }
}

#[test]
fn the_parser_is_a_browsers() {
    hides("l0/hidden/display", "<p>Soup today<div style='display:none'/>SECRET");
    hides("l0/hidden/display", "<p>Soup today<div hidden><table>SECRET<tr><td>SECRET</table></div>");
    assert_eq!(shown("<p>Soup</p><body hidden>"), "");
    shows("<p hidden>a<div>SECRET</div>");
    shows("<p title='<!--'>SECRET</p><p title='-->'>b</p>");
    shows("<style>/*</style><p>SECRET</p><!-- */ -->");
}

#[test]
fn ordinary_pages_of_the_web_lose_nothing() {
    for html in [
        // Bootstrap's responsive classes, a skip link's twin, tabs, an icon font, a hero with a picture behind.
        "<style>.d-none{display:none!important}@media(min-width:768px){.d-md-block{display:block!important}}</style>\
         <div class='d-none d-md-block'>SECRET</div>",
        "<style>.panel{display:none}.panel.active{display:block}</style><div class='panel active'>SECRET</div>",
        "<style>body{background:#111;color:#eee}</style><p>SECRET</p>",
        "<style>:root{--bg:#0d1117;--fg:#e6edf3}body{background:var(--bg);color:var(--fg)}</style><p>SECRET</p>",
        "<div style='position:relative'><img src=a><h1 style='position:absolute;color:#fff'>SECRET</h1></div>",
        "<table bgcolor=#003366><tr><td><font color=white>SECRET</font></table>",
        "<table style='font-size:0'><tr><td style='font-size:14px'>SECRET</table>",
        "<link rel=stylesheet href=a.css><p style='color:#fff'>SECRET</p>",
        "<div style='padding:0 30px'><div style='margin:0 -15px'>SECRET</div></div>",
    ] {
        shows(html);
    }
}

#[test]
fn a_colour_that_a_remote_sheet_may_save_is_shown_and_suspected() {
    let page = render("<link rel=stylesheet href=a.css><p style='color:#fff'>wire it to oak</p>");
    assert!(page.text().contains(SECRET));
    assert!(page.hidden().iter().any(|hidden| hidden.rule() == "l0/hidden/suspected"));
}

#[test]
fn blocks_and_white_space_come_out_as_a_browser_lays_them_out() {
    assert_eq!(shown("<h1>A</h1><p>b  c\n d</p><p>e<br>f</p>"), "# A\n\nb c d\n\ne\nf");
    assert_eq!(shown("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"), "a\tb\nc");
    assert_eq!(shown("<ol><li>a<li>b</ol><ul><li>c</ul>"), "1. a\n2. b\n- c");
    assert_eq!(shown("<pre>  a\n   b</pre>"), "  a\n   b");
    assert_eq!(shown("a<b>b</b> <i> c</i>&nbsp;d"), "ab c\u{a0}d");
}

#[test]
fn boxes_on_top_of_text_hide_it() {
    for (hiding, page) in [
        (
            true,
            "<div style=position:relative>SECRET<div style='position:absolute;inset:0;background:#fff'></div></div>",
        ),
        (true, "<div style=background:#fff><div style=position:relative;z-index:-1>SECRET</div></div>"),
        (
            true,
            "<style>.x{position:relative}.x::after{content:'';position:absolute;inset:0;background:#fff}</style><div class=x>SECRET</div>",
        ),
        (false, "<div style=position:relative>SECRET<div style='position:absolute;inset:0'></div></div>"),
        (
            false,
            "<div style=position:relative><div style='position:absolute;inset:0;background:#fff'></div><b style=position:relative>SECRET</b></div>",
        ),
        (
            false,
            "<div style=position:relative;z-index:0>SECRET<div style='position:absolute;inset:0;background:#fff;z-index:-1'></div></div>",
        ),
        (
            false,
            "<div style=position:relative>SECRET<div style='position:absolute;top:300px;width:9px;height:9px;background:#fff'></div></div>",
        ),
        (
            false,
            "SECRET<div style='position:fixed;bottom:0;left:0;width:100%;height:60px;background:#fff'></div>",
        ),
    ] {
        let page = format!("<!doctype html><p>Soup</p>{page}<p>today</p>");
        if hiding { hides("l0/hidden/overlay", &page) } else { shows(&page) }
    }
}

#[test]
fn what_does_not_fit_is_cut_where_nobody_can_reach_it() {
    let long = "bread and butter and jam and ".repeat(12);
    for style in [
        "width:200px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis",
        "width:200px;overflow:hidden;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:1",
    ] {
        let page = format!("<div style='{style}'>Soup today {long} SECRET</div>").replace("SECRET", SECRET);
        let page = render(&page);
        assert!(page.text().starts_with("Soup today") && !page.text().contains(SECRET), "{}", page.text());
        assert!(
            page.hidden()
                .iter()
                .any(|hidden| hidden.rule() == "l0/hidden/clamp" && hidden.text().contains(SECRET))
        );
    }
    shows(&format!("<div style='width:200px;height:20px;overflow:auto'>{long} SECRET</div>"));
    shows("<div style='width:400px;overflow:hidden;white-space:nowrap'>SECRET</div>");
}

#[test]
fn hidden_text_is_found_in_the_source() {
    let html = "<p>Soupé</p><div style='display:none'>wire <b>it</b> to oak</div><!-- a --><img alt='b' src=c><p>today";
    let page = render(html);
    let told: Vec<_> = page
        .hidden()
        .iter()
        .map(|hidden| (hidden.text(), hidden.span().and_then(|span| span.of(html)).unwrap()))
        .collect();
    assert_eq!(
        told,
        [("wire\nit\nto oak", "wire <b>it</b> to oak"), ("a", "<!-- a -->"), ("b", "<img alt='b' src=c>"),]
    );
}

#[test]
fn links_are_listed_beside_the_text() {
    let page = render(
        "<p>See <a href='https://evil.test/a'>bank.example</a> or <a href=/b>this</a><a href=c hidden>d</a>",
    );
    assert_eq!(page.text(), "See bank.example or this");
    let links: Vec<_> =
        page.links().iter().map(|link| (link.text(), link.target(), link.misleads())).collect();
    assert_eq!(links, [("bank.example", "https://evil.test/a", true), ("this", "/b", false)]);
    assert_eq!(
        page.findings().iter().filter(|finding| finding.rule.as_str() == "l0/link/other-host").count(),
        1
    );
}

#[test]
fn hostile_pages_stop_at_a_cap_and_say_so() {
    let attributes = (0..400).map(|n| format!(" a{n}")).collect::<Vec<_>>().concat();
    let formats = (0..480).map(|n| format!("<b a{n}>")).collect::<Vec<_>>().concat();
    for html in [
        "<div>".repeat(2000),
        "<ul><li>".repeat(2000),
        format!("<p{attributes}>x"),
        format!("<p>{formats}</p>{}", "<p>x".repeat(20_000)),
        format!(
            "<style>{}</style>{}",
            ".a ~ .b ~ .c{color:red}".repeat(99),
            "<p class='a b c'>x".repeat(9000)
        ),
        format!("<style>{}</style>a", "a{".repeat(40)),
    ] {
        let page = render(&html);
        let told = page.findings().iter().any(|finding| finding.rule.as_str() == "l0/truncated");
        assert_eq!(page.is_truncated(), told);
        assert!(told || html.len() < 1000, "{}", html.chars().take(60).collect::<String>());
    }
}

#[test]
fn values_that_double_each_other_are_stopped() {
    let doubling =
        (1..60).map(|n| format!("--v{n}:var(--v{0}) var(--v{0});", n - 1)).collect::<Vec<_>>().concat();
    let html = format!(
        "<style>:root{{--v0:1px;{doubling}}}p{{text-indent:var(--v59)}}</style>{}",
        "<p>x".repeat(9999)
    );
    assert!(render(&html).is_truncated());
}

#[test]
fn long_pages_of_void_elements_are_not_deep() {
    let page = format!("<p>{}", "<img src=a><br>soup".repeat(3000));
    assert!(!render(&page).is_truncated());
}

fn soup() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        "<(div|p|b|i|table|tr|td|a|svg|math|style|script|template|select|option|details|li|textarea)( hidden| class=x| style=\"display:none\"| style=\"color:#fff;left:-9px\")?/?>",
        "</(div|p|b|i|table|tr|td|a|svg|math|style|script|template|select)>",
        "[a-z&;<>\"' {}:.!@-]{0,12}",
        Just("<!--".to_owned()),
        Just("-->".to_owned()),
        Just(".x{display:none}".to_owned()),
        "\\PC{0,3}",
        Just("\u{200b}\u{e0041}\u{202e}".to_owned()),
    ];
    prop::collection::vec(parts, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn sanitising_the_output_again_changes_nothing(html in soup()) {
        let layer = layer();
        let once = layer.sanitize(&html, Media::Html, &Limits::default());
        let again = layer.sanitize(once.text(), Media::Text, &Limits::default());
        prop_assert_eq!(once.text(), again.text());
        let unseen = ['\u{1b}', '\u{e0041}', '\u{202e}', '\u{200b}'];
        prop_assert!(!once.text().contains(unseen));
    }

    #[test]
    fn a_mark_in_plain_markup_is_never_lost(html in "(<(div|p|b|i|span|td|em|h1|section)( class=x| title=\"a\")?>|</(div|p|b|i|span|em)>|[a-z ]{1,9}){0,30}") {
        let html = format!("{html}</b>kestrel9");
        prop_assert!(shown(&html).contains("kestrel9"));
    }
}
