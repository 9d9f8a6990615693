//! Own sentences in other people's texts: attacks of every kind we can think of, and as many harmless sentences that
//! look like them, in the same carriers and formats, so that only what is said tells them apart.

use std::collections::BTreeMap;

use bartizan::base::Limits;

use crate::corpus::{Corpus, Doc, Kind, Row, fold_of};
use crate::learn::Knobs;
use crate::random::Random;

/// Names with what each may become.
struct Grammar(BTreeMap<String, Vec<String>>);

impl Grammar {
    fn parse(text: &str, into: Self) -> Self {
        let mut rules = into.0;
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let Some((name, forms)) = line.split_once(": ") else { continue };
            rules.entry(name.to_owned()).or_default().extend(forms.split(" | ").map(str::to_owned));
        }
        Self(rules)
    }

    /// One expansion of `name`; in another language where one is named.
    fn expand(&self, name: &str, tongue: Option<&str>, random: &mut Random) -> String {
        let local = tongue.map(|tongue| format!("{tongue} {name}"));
        let forms = local.and_then(|local| self.0.get(&local)).or_else(|| self.0.get(name));
        let Some(forms) = forms else { return format!("<{name}>") };
        let form = &forms[random.below(forms.len())];
        let mut out = String::new();
        let mut rest = form.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let behind = &rest[at..];
            if behind.starts_with("{{") || behind.starts_with("}}") {
                out.push_str(&behind[..1]);
                rest = &behind[2..];
            } else if let Some(end) = behind.find('}').filter(|_| behind.starts_with('{')) {
                out.push_str(&self.expand(&behind[1..end], tongue, random));
                rest = &behind[end + 1..];
            } else {
                out.push_str(&behind[..1]);
                rest = &behind[1..];
            }
        }
        out.push_str(rest);
        if name == "frame" || name == "harmless" || name == "direct" {
            out = out.replace("..", ".").replace("!.", "!").replace("?.", "?").replace(" .", ".");
        }
        out
    }
}

const TONGUES: &[&str] =
    &["es", "fr", "de", "pt", "it", "nl", "ru", "pl", "tr", "zh", "ja", "ko", "ar", "hi", "id"];

/// Another way to write the same sentence.
fn restyle(text: String, random: &mut Random) -> String {
    match random.below(24) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        2 => format!("**{text}**"),
        3 => format!("{text} {text}"),
        4 => text.replace('.', "!!!"),
        5 => format!("> {text}"),
        6 => text.replace(". ", ".\n"),
        7 => text.replace('.', ""),
        8 => leet(&text, random),
        9 | 10 => typos(&text, random),
        _ => text,
    }
}

fn leet(text: &str, random: &mut Random) -> String {
    text.chars()
        .map(|c| match c {
            'a' | 'A' if random.percent(60) => '4',
            'e' | 'E' if random.percent(60) => '3',
            'i' | 'I' if random.percent(60) => '1',
            'o' | 'O' if random.percent(60) => '0',
            's' | 'S' if random.percent(50) => '5',
            't' | 'T' if random.percent(50) => '7',
            c => c,
        })
        .collect()
}

fn typos(text: &str, random: &mut Random) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut at = 1;
    while at + 1 < chars.len() {
        if chars[at].is_alphabetic() && chars[at - 1].is_alphabetic() && random.percent(6) {
            match random.below(3) {
                0 => chars.swap(at, at - 1),
                1 => {
                    chars.remove(at);
                }
                _ => chars.insert(at, chars[at]),
            }
            at += 3;
        }
        at += 1;
    }
    chars.into_iter().collect()
}

fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at.min(text.len()))
}

/// A stretch of `text` of about this length that begins at a word.
fn stretch<'t>(text: &'t str, len: usize, random: &mut Random) -> &'t str {
    if text.len() <= len {
        return text;
    }
    let start = floor(text, random.below(text.len() - len));
    let start = text[start..].find(' ').map_or(start, |at| start + at + 1);
    &text[start..floor(text, start + len)]
}

/// `sentence` somewhere in `carrier`, in one of the formats that texts come in.
fn plant(carrier: &str, sentence: &str, random: &mut Random) -> String {
    let carrier = stretch(carrier, 150 + random.below(900), random);
    let at = match random.below(4) {
        0 => 0,
        1 => carrier.len(),
        _ => {
            let at = floor(carrier, random.below(carrier.len() + 1));
            carrier[at..].find([' ', '\n']).map_or(carrier.len(), |space| at + space)
        }
    };
    let (before, after) = carrier.split_at(at);
    let plain = |text: &str| text.replace(['\n', '"', '\\'], " ");
    match random.below(12) {
        0 => format!(
            "{{\"id\": {}, \"body\": \"{} {sentence} {}\"}}",
            random.below(999),
            plain(before),
            plain(after)
        ),
        1 => format!("- id: {}\n  body: '{before}\n\n  {sentence}\n\n  {after}'", random.below(99)),
        2 => format!("From: a@b.example\nSubject: hello\n\n{before}\n\n{sentence}\n\n{after}"),
        3 => format!("<p>{before}</p><div>{sentence}</div><p>{after}</p>"),
        4 => format!("{before}\n# {sentence}\n{after}"),
        5 => format!("{before}\n// {sentence}\n{after}"),
        6 => format!("| {} | {sentence} |\n{after}", plain(before)),
        7 => sentence.to_owned(),
        8 => format!("{before} {sentence} {after}"),
        9 => format!("{before}\n<!-- {sentence} -->\n{after}"),
        _ => format!("{before}\n\n{sentence}\n\n{after}"),
    }
}

pub(crate) fn extend(corpus: &mut Corpus, rows: &[Row], knobs: &Knobs) {
    let grammar = Grammar::parse(include_str!("grammar.txt"), Grammar(BTreeMap::new()));
    let grammar = Grammar::parse(include_str!("tongues.txt"), grammar);
    let carriers: Vec<&Row> = rows
        .iter()
        .filter(|row| {
            row.label == "benign"
                && row.text.len() > 200
                && matches!(
                    row.kind,
                    Kind::BenignDoc | Kind::BenignCode | Kind::BenignToolOutput | Kind::AgentInstructions
                )
        })
        .collect();
    let limits = Limits::default();
    let mut random = Random::new(0xBA27 + knobs.seed as u64);
    let mut write = |kind: Kind, root: &str, count: usize, corpus: &mut Corpus| {
        let attack = kind != Kind::BenignTrigger;
        for number in 0..count {
            let tongue = random.percent(25).then(|| TONGUES[random.below(TONGUES.len())]);
            let mut sentence = grammar.expand(root, tongue, &mut random);
            if !attack && random.percent(50) {
                sentence = format!("{sentence} {}", grammar.expand(root, tongue, &mut random));
            }
            let sentence = restyle(sentence, &mut random);
            let carrier = carriers[random.below(carriers.len())];
            // What stands alone is short, and short harmless texts are rare in what there is.
            let is_alone = kind == Kind::Direct || number % (if attack { 10 } else { 3 }) == 0;
            let text = if is_alone { sentence.clone() } else { plant(&carrier.text, &sentence, &mut random) };
            corpus.add(&text, attack.then_some(&*sentence), &limits, |windows, own| Doc {
                source: "synthetic".to_owned(),
                kind,
                attack,
                is_train: true,
                is_synthetic: true,
                carrier: (!is_alone).then(|| fold_of(&carrier.source)),
                windows,
                own,
            });
        }
    };
    let scaled = |count: f32| (count * knobs.made) as usize;
    write(Kind::Indirect, "planted", scaled(8000.0), corpus);
    write(Kind::Direct, "direct", scaled(2500.0), corpus);
    write(Kind::BenignTrigger, "harmless", scaled(8000.0 * knobs.harmless), corpus);
    // Names, headings, cells: few words are no reason to believe the worst of them.
    for _ in 0..scaled(10_000.0) {
        let carrier = carriers[random.below(carriers.len())];
        let text = stretch(&carrier.text, 4 + random.below(90), &mut random).to_owned();
        corpus.add(&text, None, &limits, |windows, own| Doc {
            source: "synthetic".to_owned(),
            kind: Kind::BenignDoc,
            attack: false,
            is_train: true,
            is_synthetic: true,
            carrier: Some(fold_of(&carrier.source)),
            windows,
            own,
        });
    }
}
