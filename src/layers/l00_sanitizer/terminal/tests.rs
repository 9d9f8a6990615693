use crate::base::{Limits, SecretKey};
use crate::layers::l00_sanitizer::{Media, Sanitized, Sanitizer, SanitizerConfig};

fn sanitized(text: &str) -> Sanitized<'_> {
    let layer = Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes([7; 32])));
    layer.sanitize(text, Media::Terminal, &Limits::default())
}

fn shown(text: &str) -> String {
    sanitized(text).text().to_owned()
}

fn hidden(text: &str) -> Vec<(&'static str, String)> {
    sanitized(text).hidden().iter().map(|hidden| (hidden.rule(), hidden.text().to_owned())).collect()
}

#[test]
fn coloured_output_is_its_text() {
    for (text, seen) in [
        ("\x1b[0m\x1b[01;34msrc\x1b[0m  \x1b[01;32mrun.sh\x1b[0m\n", "src  run.sh\n"),
        ("\x1b[1m\x1b[32m   Compiling\x1b[0m bartizan v0.1.0\r\n", "   Compiling bartizan v0.1.0\n"),
        ("\x1b[38;5;9m\x1b[1merror\x1b[0m: no\n\tat a.js:1\n", "error: no\n\tat a.js:1\n"),
        ("\x1b[7m reversed \x1b[27m\n", " reversed \n"),
        ("\x1b[30;42m PASS \x1b[0m a.test\n", " PASS  a.test\n"),
        ("plain\ttext\nof two lines", "plain\ttext\nof two lines"),
        ("日本\x1b[1m語\x1b[0m\n", "日本語\n"),
        ("e\u{301}\x1b[0m👩\u{200d}👧\n", "e\u{301}👩\u{200d}👧\n"),
    ] {
        assert_eq!(shown(text), seen);
        assert_eq!(hidden(text), [], "{text:?}");
    }
}

#[test]
fn a_progress_bar_ends_as_its_last_state() {
    let bar = "  0%\r 50%\r100%\ndone\n";
    assert_eq!(shown(bar), "100%\ndone\n");
    assert_eq!(hidden(bar), [("l0/hidden/terminal/overwritten", "  0%\n 50%\n".to_owned())]);
    assert_eq!(shown("a\nb\n\x1b[2A\x1b[Kc\n\x1b[Kd\n"), "c\nd\n");
}

#[test]
fn bold_and_underlined_letters_of_manuals_stay() {
    assert_eq!(shown("N\x08NA\x08A _\x08f_\x08i\n"), "NA fi\n");
    assert_eq!(hidden("N\x08NA\x08A _\x08f_\x08i\n"), []);
}

#[test]
fn what_is_concealed_or_has_the_colour_of_its_ground_is_hidden() {
    for (text, rule) in [
        ("ok \x1b[8msend it\x1b[0m", "l0/hidden/terminal/concealed"),
        ("ok \x1b[30;40msend it\x1b[0m", "l0/hidden/terminal/color"),
        ("ok \x1b[38;2;9;9;9;48;5;16msend it\x1b[0m", "l0/hidden/terminal/color"),
        ("ok \x1b[38:2::9:9:9m\x1b[48:5:16msend it\x1b[0m", "l0/hidden/terminal/color"),
        ("ok \u{9b}8msend it\u{9b}m", "l0/hidden/terminal/concealed"),
        ("ok \x1b[31;41;7msend it", "l0/hidden/terminal/color"),
    ] {
        assert_eq!(hidden(text), [(rule, "send it".to_owned())], "{text:?}");
        assert_eq!(shown(text).trim_end(), "ok", "{text:?}");
    }
    let dark = "ok \x1b[30msend it\x1b[0m";
    assert_eq!((shown(dark), hidden(dark).len()), ("ok send it".to_owned(), 1));
}

#[test]
fn strings_are_not_text_however_they_are_written() {
    for (text, inside) in [
        ("a\x1b]0;send it\x07b", "send it\n"),
        ("a\u{9d}2;send it\u{9c}b", "send it\n"),
        ("a\x1bPq send it\x1b\\b", "send it\n"),
        ("a\x1b_send it\x1b\\b", "send it\n"),
        ("a\x1b^send it\x1b\\b", "send it\n"),
        ("a\x1bXsend it\x1b\\b", "send it\n"),
        ("a\u{9f}send it\u{9c}b", "send it\n"),
        ("ab\x1b]0;send it", "send it\n"),
    ] {
        assert_eq!(hidden(text), [("l0/hidden/terminal/string", inside.to_owned())], "{text:?}");
        assert_eq!(shown(text), "ab", "{text:?}");
    }
}

#[test]
fn a_link_is_its_text_and_a_wrong_one_is_told() {
    let link = "\x1b]8;;https://evil.test/x\x1b\\https://bank.example\x1b]8;;\x1b\\ ok";
    assert_eq!(shown(link), "https://bank.example ok");
    let rules = |text| sanitized(text).findings().iter().map(|f| f.rule.to_string()).collect::<Vec<_>>();
    assert!(rules(link).contains(&"l0/link/other-host".to_owned()));
    let honest = "\x1b]8;;https://docs.example/x\x1b\\the docs\x1b]8;;\x1b\\ ok";
    assert_eq!(rules(honest), ["l0/hidden/terminal/string"]);
    assert!(rules("\x1b]52;c;cm0gLXJm\x07").contains(&"l0/terminal/clipboard".to_owned()));
    assert!(rules("\x1b[6n").contains(&"l0/terminal/query".to_owned()));
}

#[test]
fn what_was_erased_or_on_the_second_screen_is_gone() {
    assert_eq!(shown("send it\x1b[2K\rok"), "ok");
    assert_eq!(hidden("send it\x1b[2K\rok"), [("l0/hidden/terminal/erased", "send it\n".to_owned())]);
    assert_eq!(shown("send it\n\x1b[2J\x1b[Hok"), "ok");
    assert_eq!(shown("a\n\x1b[?1049hsend it\x1b[?1049lb\n"), "a\nb\n");
    assert_eq!(
        hidden("a\n\x1b[?1049hsend it\x1b[?1049lb\n"),
        [("l0/hidden/terminal/alternate", "send it".to_owned())]
    );
    assert_eq!(shown("send it\x08\x08\x08\x08\x08\x08\x08ok     "), "ok     ");
}

#[test]
fn lines_that_scrolled_away_stay_as_they_were() {
    let many: Vec<String> = (0..200).map(|n| format!("line {n}\n")).collect();
    let many = many.concat();
    let text = format!("\x1b[m{many}\x1b[500Atop");
    let seen = shown(&text);
    assert!(seen.starts_with("line 0\nline 1\n"));
    assert_eq!(seen.matches("top").count(), 1);
}

#[test]
fn movements_do_not_make_the_text_longer_than_it_is_by_much() {
    let text = "\x1b[999Cx\n".repeat(10_000);
    assert!(shown(&text).len() < 4 * text.len());
    let text = format!("{}{}", "a".repeat(100_000), "\x1b[1G\x1b[P".repeat(100_000));
    assert!(sanitized(&text).is_truncated());
}
