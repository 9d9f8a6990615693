//! Texts of any length, the same in every run.

use std::fmt::Write as _;

const WORDS: &[&str] = &[
    "the",
    "garden",
    "behind",
    "our",
    "house",
    "was",
    "planted",
    "by",
    "somebody",
    "who",
    "liked",
    "plums",
    "and",
    "every",
    "autumn",
    "we",
    "carry",
    "baskets",
    "down",
    "to",
    "mill",
    "where",
    "neighbours",
    "trade",
    "bread",
    "for",
    "fruit",
    "until",
    "lamps",
    "are",
    "lit",
    "along",
    "river",
    "people",
    "sing",
    "old",
    "songs",
    "about",
    "weather",
    "meeting",
    "report",
    "quarter",
    "budget",
    "review",
    "agenda",
    "minutes",
    "office",
    "train",
];
const CYRILLIC: &[&str] = &[
    "сад",
    "за",
    "домом",
    "посадил",
    "кто-то",
    "любивший",
    "сливы",
    "каждую",
    "осень",
    "мы",
    "носим",
    "корзины",
    "вниз",
    "на",
    "мельницу",
    "где",
    "соседи",
    "меняют",
    "хлеб",
    "фрукты",
    "пока",
    "вдоль",
    "реки",
    "зажигают",
];
const CHINESE: &[&str] = &[
    "园子", "里", "种着", "李树", "每年", "秋天", "我们", "提着", "篮子", "去", "磨坊", "换", "面包", "，",
    "。",
];

/// `len` bytes or a little less of English-looking prose; another `seed`, another text.
pub(crate) fn prose(len: usize, seed: u64) -> String {
    words(len, seed, WORDS, " ")
}

/// The same in Cyrillic.
pub(crate) fn cyrillic(len: usize) -> String {
    words(len, 7, CYRILLIC, " ")
}

/// The same in Chinese.
pub(crate) fn chinese(len: usize) -> String {
    words(len, 7, CHINESE, "")
}

/// A page of about `len` bytes with a style sheet, links and a hidden part.
pub(crate) fn page(len: usize) -> String {
    let mut page = String::from(
        "<!DOCTYPE html><html><head><style>p{margin:0 0 1em}.card{border:1px solid #ccc;padding:8px}\
         .sr-only{position:absolute;width:1px;height:1px;overflow:hidden}</style></head><body>",
    );
    let mut n = 0;
    while page.len() < len {
        n += 1;
        let text = prose(240, n);
        let written = writeln!(
            page,
            "<div class=\"card\" id=\"c{n}\"><h2>Item {n}</h2><p>{text}</p><a href=\"/item/{n}\">more</a>\
             <span class=\"sr-only\">item number {n}</span></div>"
        );
        written.unwrap();
    }
    page.push_str("</body></html>");
    page
}

fn words(len: usize, seed: u64, list: &[&str], between: &str) -> String {
    let mut text = String::with_capacity(len);
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut since = 0;
    loop {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let index = usize::try_from((state >> 33) % list.len() as u64).unwrap_or(0);
        let word = list.get(index).copied().unwrap_or("and");
        if text.len() + word.len() + 2 > len {
            return text;
        }
        text.push_str(word);
        since += 1;
        if since % 12 == 0 && !between.is_empty() {
            text.push('.');
        }
        text.push_str(between);
    }
}
