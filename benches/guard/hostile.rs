//! Pages that are made to cost: each of 1 MB, through the first layer alone. `cargo bench --bench guard -- --hostile`
//! shows them one by one.

use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use bartizan::base::{Limits, SecretKey};
use bartizan::layers::l00_sanitizer::{Media, Sanitizer, SanitizerConfig};

use crate::worst::kilobytes;
use crate::{Row, median};

const LEN: usize = 1_000_000;
const MOST_MS: f64 = 250.0;
const MOST_MB: f64 = 200.0;

/// What is run with `--hostile` shows every page; with a number behind it, it measures that one in this process.
pub(crate) const HOSTILE: &str = "--hostile";

struct Page {
    name: &'static str,
    media: Media,
    make: fn() -> String,
}

const fn html(name: &'static str, make: fn() -> String) -> Page {
    Page { name, media: Media::Html, make }
}

/// So many pieces that the text is of the length.
fn fill(piece: &str) -> String {
    fill_after("", piece)
}

fn fill_after(head: &str, piece: &str) -> String {
    let times = LEN.saturating_sub(head.len()) / piece.len();
    format!("{head}{}", piece.repeat(times))
}

fn each(piece: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(LEN + 64);
    for n in 0.. {
        if text.len() >= LEN {
            break;
        }
        text.push_str(&piece(n));
    }
    text
}

fn style(rules: &str, piece: &str) -> String {
    fill_after(&format!("<style>{rules}</style>"), piece)
}

const PAGES: &[Page] = &[
    html("an ordinary page", || crate::material::page(LEN)),
    html("paragraphs", || fill("<p>soup and bread</p>")),
    html("nested div", || fill("<div>")),
    html("nested lists", || fill("<ul><li>")),
    html("1,000 formatting elements, misnested", || {
        ["<b i>".repeat(1000), "<i i>".repeat(1000), "x</b>".repeat(1000)].concat()
    }),
    html("formatting elements, misnested, again and again", || {
        fill(&["<b i>".repeat(30), "<p>".to_owned(), "</b>".repeat(30)].concat())
    }),
    html("20,000 attributes", || format!("<p {}>x", numbered(20_000))),
    html("115,000 attributes", || format!("<p {}>x", numbered(115_000))),
    html("a long address", || format!("<p style=\"background:url(data:,{})\">x", "x".repeat(LEN))),
    html("rules without end", || format!("<style>{}</style>x", each(|n| format!(".a{n}{{color:red}}")))),
    html("sibling selectors", || style(&".a ~ .b ~ .c{color:red}".repeat(999), "<p class='a b c'>x")),
    html("descendant selectors", || {
        style(&".a .b .c .d .e{color:red}".repeat(999), "<p class='a b c d e'>x")
    }),
    html(":has() of everything", || style(&":has(.q){color:red}".repeat(200), "<p>x</p>")),
    html(":nth-child() of everything", || {
        style(&":nth-last-child(3n of .q){color:red}".repeat(200), "<p>x</p>")
    }),
    html("properties that double", || {
        let chain = joined(1..30, |n| format!("--v{n}:var(--v{0}) var(--v{0});", n - 1));
        style(&format!(":root{{--v0:1px;{chain}}}p{{text-indent:var(--v29)}}"), "<p>x")
    }),
    html("2,000 custom properties", || {
        let many = joined(0..2000, |n| format!("--k{n}:1;"));
        style(&format!(":root{{{many}}}"), "<p style=--z:1>x")
    }),
    html("inline styles", || {
        fill("<p style=\"display:block;color:red;opacity:.5;transform:rotate(3deg)\">x")
    }),
    html("inline styles, each another", || {
        each(|n| format!("<p style=\"left:{n}px;color:#{:06x};opacity:.9\">x", n & 0xff_ffff))
    }),
    html("31 nested rules", || {
        fill(&format!("<style>{}color:red{}</style>", "a{".repeat(31), "}".repeat(31)))
    }),
    html("nested lists of selectors", || {
        style(&format!("{}color:red{}", ".a,.b,.c,.d{".repeat(12), "}".repeat(12)), "<p>x")
    }),
    html("covers", || fill("<div style=\"position:absolute;inset:0;background:#fff\"></div><p>x")),
    html("covers that each cover a part", || {
        each(|n| {
            format!(
                "<p>x<div style=\"position:absolute;top:{n}px;left:0;width:9px;height:9px;background:red\"></div>"
            )
        })
    }),
    html("layers in layers", || {
        fill_after(
            &"<div style=\"position:relative;z-index:1;opacity:.9\">".repeat(400),
            "<p style=\"position:absolute;z-index:-1\">y</p>",
        )
    }),
    html("500 groups of opacity", || fill_after(&"<div style=\"opacity:.99\">".repeat(500), "<p>x</p>")),
    html("transforms in transforms", || {
        fill_after(&"<div style=\"transform:rotate(1deg)\">".repeat(400), "<p style=\"rotate:2deg\">x</p>")
    }),
    html("shadow trees", || fill("<div><template shadowrootmode=open><slot></slot></template>x</div>")),
    html("slots", || {
        fill(&format!(
            "<div><template shadowrootmode=open>{}</template>{}</div>",
            "<slot></slot>".repeat(3000),
            "<b>x</b>".repeat(3000)
        ))
    }),
    html("container queries", || {
        fill_after(
            &format!(
                "<style>{}</style>{}",
                "@container (min-width:1px){p{color:red}}".repeat(500),
                "<div style=\"container-type:inline-size\">".repeat(200)
            ),
            "<p>x</p>",
        )
    }),
    html("scopes", || {
        fill_after(
            &format!("<style>{}</style>{}", "@scope (div){p{color:red}}".repeat(500), "<div>".repeat(200)),
            "<p>x</p>",
        )
    }),
    html("a frame", || format!("<iframe srcdoc=\"{}\"></iframe>", "&lt;p>x".repeat(LEN / 7))),
    html("frames", || fill("<iframe srcdoc=\"x\"></iframe>")),
    html("options", || fill_after("<select>", "<option>a")),
    html("details", || fill_after("<details>", "<p>x</p>")),
    html("comments", || fill("<!-- a -->")),
    html("links", || fill("<a href=x>y</a>")),
    html("a font of zeros", || {
        let font = "A".repeat(700_000);
        style(
            &format!("@font-face{{font-family:z;src:url(data:font/ttf;base64,{font})}}p{{font-family:z}}"),
            "<p>x",
        )
    }),
    html("frames of animations", || {
        format!("<style>{}</style>x", each(|n| format!("@keyframes k{n}{{from{{opacity:0}}}}")))
    }),
    html("drawings", || fill_after(&"<svg>".repeat(300), "<text>x</text>")),
    html("layers of sheets", || {
        format!("<style>{}</style><p>x", each(|n| format!("@layer l{n}{{p{{color:red}}}}")))
    }),
    html("imports", || format!("<style>{}</style>x", fill("@import 'data:text/css,p{color:red}';"))),
    html("pictures in positioned boxes", || fill("<p style=\"position:relative\"><img>")),
    html("breaks", || fill_after("<div>", "<br>")),
    html("checked boxes", || style("input:checked~p{display:none}", "<input><p>x")),
    html("a counter before each element", || {
        style("*{counter-increment:x}*::before{content:counter(x)}", "<p><b>y</b>")
    }),
    html("generated text", || style("p::before{content:'a' attr(class) counter(x)}", "<p class=x>y")),
    html("rows of a table", || fill_after("<table>", "<tr><td>x")),
    html("text beside a table", || fill_after("<table>", "x<b>")),
    html("less-than signs", || fill("<")),
    html("greater-than signs", || fill(">")),
    html("ampersands", || fill("&")),
    html("one letter", || fill("x")),
    html("nothing but escapes", || fill("<style>\\61")),
    html("an open string in a sheet", || fill("<style>'\n")),
    html("media queries", || {
        style(&"@media (min-width:1px) and (not (hover)){p{top:0}}".repeat(4000), "<p>x")
    }),
    Page { name: "markdown: open brackets", media: Media::Markdown, make: || fill("[") },
    Page { name: "markdown: emphasis", media: Media::Markdown, make: || fill("*a_b ") },
    Page { name: "markdown: quotes in quotes", media: Media::Markdown, make: || fill("> ") },
    Page { name: "markdown: definitions", media: Media::Markdown, make: || each(|n| format!("[a{n}]: b\n")) },
    Page { name: "markdown: blocks of HTML", media: Media::Markdown, make: || fill("<div>\n\n*a*\n\n") },
    Page { name: "markdown: tables", media: Media::Markdown, make: || fill("|a|b|\n|-|-|\n|c|d|\n\n") },
    Page { name: "JSON: open lists", media: Media::Json, make: || fill("[") },
    Page {
        name: "JSON: pages in strings",
        media: Media::Json,
        make: || format!("[{}0]", fill("\"<p hidden>x</p>\",")),
    },
    Page { name: "terminal: moves", media: Media::Terminal, make: || fill("\u{1b}[99Aa\u{1b}[99B") },
    Page { name: "terminal: insertions", media: Media::Terminal, make: || fill("\u{1b}[9@\u{1b}[9La") },
    Page { name: "terminal: lines", media: Media::Terminal, make: || fill("\n") },
    Page {
        name: "mail: parts",
        media: Media::Mail,
        make: || fill_after("Content-Type: multipart/mixed; boundary=a\n\n", "--a\n\nx\n"),
    },
    Page { name: "mail: headers", media: Media::Mail, make: || fill("Subject: =?utf-8?q?a?=\n") },
    Page { name: "text: joiners", media: Media::Text, make: || fill("a\u{200d}\u{200c}") },
    Page { name: "text: directions", media: Media::Text, make: || fill("\u{202e}a\u{5d0}\u{202c}") },
    Page { name: "text: spaces at line ends", media: Media::Text, make: || fill("a \t \n") },
];

fn numbered(count: usize) -> String {
    joined(0..count, |n| format!("a{n} "))
}

fn joined(numbers: std::ops::Range<usize>, piece: impl Fn(usize) -> String) -> String {
    numbers.map(piece).collect::<Vec<_>>().concat()
}

/// Time in milliseconds, memory in megabytes, and whether it was told to be too much.
type Cost = (f64, f64, bool);

fn measure(number: usize) -> Option<Cost> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program).args([HOSTILE, &number.to_string()]).output().ok()?;
    let told = String::from_utf8(output.stdout).ok()?;
    let mut words = told.split_whitespace();
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()? == "true"))
}

/// The child: what one page costs. Memory is measured in a process of its own, which never gives it back.
pub(crate) fn child(number: usize) {
    let page = PAGES.get(number).unwrap();
    let text = (page.make)();
    let sanitizer = Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])));
    let limits = Limits::default();
    let before = kilobytes("VmRSS:").unwrap_or(0);
    let mut truncated = false;
    let mut times = Vec::new();
    let whole = median(3, || {
        let start = on_core();
        truncated = black_box(sanitizer.sanitize(&text, page.media, &limits)).is_truncated();
        times
            .extend(on_core().zip(start).map(|(end, start)| Duration::from_nanos(end.saturating_sub(start))));
    });
    times.sort_unstable();
    let time = times.get(times.len() / 2).copied().unwrap_or(whole);
    let memory = kilobytes("VmHWM:").unwrap_or(0).saturating_sub(before);
    println!("{} {} {truncated}", time.as_secs_f64() * 1e3, memory as f64 / 1e3);
}

/// How long this process has had a core, in nanoseconds, as Linux says: others may be at work on the same cores.
fn on_core() -> Option<u64> {
    std::fs::read_to_string("/proc/self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

/// Shows what each page costs.
pub(crate) fn table() {
    for (number, page) in PAGES.iter().enumerate() {
        let Some((ms, mb, truncated)) = measure(number) else {
            println!("{:<48} did not end well", page.name);
            continue;
        };
        let verdict = if ms > MOST_MS || mb > MOST_MB { "  TOO MUCH" } else { "" };
        let refused = if truncated { "  refused" } else { "" };
        println!("{:<48} {ms:>8.1} ms {mb:>8.1} MB{refused}{verdict}", page.name);
    }
}

pub(crate) fn rows() -> Vec<Row> {
    let costs: Vec<(Cost, &str)> =
        PAGES.iter().enumerate().filter_map(|(number, page)| Some((measure(number)?, page.name))).collect();
    let slowest = costs.iter().max_by(|a, b| a.0.0.total_cmp(&b.0.0));
    let largest = costs.iter().max_by(|a, b| a.0.1.total_cmp(&b.0.1));
    let (Some(((ms, ..), slow)), Some(((_, mb, _), large))) = (slowest, largest) else { return Vec::new() };
    let count = costs.len();
    vec![
        Row::new(format!("L0, worst of {count} crafted inputs of 1 MB ({slow})"), "<= 250 ms")
            .measured(format!("{ms:.0} ms"), *ms <= MOST_MS),
        Row::new(format!("L0, memory, worst of {count} crafted inputs of 1 MB ({large})"), "<= 200 MB")
            .measured(format!("{mb:.0} MB"), *mb <= MOST_MB),
    ]
}
