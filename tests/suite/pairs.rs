//! What must not leave does not leave in any chain of two of the channels that L3's page lists. The table of channels on
//! that page is made of this list: `BARTIZAN_BLESS=1 cargo test --all-features --test suite pairs` writes it anew.

use std::fmt::Write as _;
use std::io::Write as _;

use bartizan::base::{CanaryPlace, Layer, SecretKey, SecretValue, SecurityContext, SessionId, Source};
use bartizan::guard::{Guard, Inbound, Outbound, RegisteredKind, Sink};
use bartizan::layers::l03_outbound_dlp;
use bartizan::policy::Policy;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::{read, root};

/// A way to write a text so that a reader or a program can write it back.
struct Channel {
    name: &'static str,
    /// The row of the page.
    row: &'static str,
    write: fn(&str) -> String,
    outer: Outer,
}

/// Around what a channel may stand and still be read.
#[derive(Clone, Copy, PartialEq)]
enum Outer {
    /// Around everything.
    All,
    /// Around what has only characters that it can write, and whose case means nothing.
    Caseless,
    /// Around ASCII.
    Ascii,
    /// Around plain text.
    Nothing,
}

fn bytes(text: &str, between: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect::<Vec<_>>().join(between)
}

fn chunks(text: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(width).map(|part| part.iter().collect()).collect()
}

fn base32(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let digit = |five: &[u8]| {
        let value = (0..5).fold(0, |value, at| value << 1 | usize::from(*five.get(at).unwrap_or(&0)));
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[value])
    };
    bits.chunks(5).map(digit).collect()
}

/// The number that the bytes are, in the digits of an alphabet.
fn in_base(bytes: &[u8], alphabet: &[u8]) -> String {
    let base = u32::try_from(alphabet.len()).unwrap();
    let mut digits: Vec<u32> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += *digit << 8;
            *digit = carry % base;
            carry /= base;
        }
        while carry > 0 {
            digits.push(carry % base);
            carry /= base;
        }
    }
    digits.iter().rev().map(|digit| char::from(alphabet[*digit as usize])).collect()
}

fn ascii85(bytes: &[u8]) -> String {
    let mut out = String::from("<~");
    for group in bytes.chunks(4) {
        let mut four = [0; 4];
        four[..group.len()].copy_from_slice(group);
        let value = u32::from_be_bytes(four);
        let digits =
            (0..5_u32).rev().map(|at| char::from(b'!' + u8::try_from(value / 85_u32.pow(at) % 85).unwrap()));
        out.extend(digits.take(group.len() + 1));
    }
    out + "~>"
}

fn uuencode(bytes: &[u8]) -> String {
    let mut out = String::from("begin 644 notes.txt\n");
    let sign = |six: u8| if six == 0 { '`' } else { char::from(b' ' + six) };
    for line in bytes.chunks(45) {
        out.push(sign(u8::try_from(line.len()).unwrap()));
        for group in line.chunks(3) {
            let mut three = [0; 3];
            three[..group.len()].copy_from_slice(group);
            let [a, b, c] = three;
            out.extend([a >> 2, (a & 3) << 4 | b >> 4, (b & 15) << 2 | c >> 6, c & 63].map(sign));
        }
        out.push('\n');
    }
    out + "`\nend\n"
}

fn gzip(text: &str) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

fn zlib(text: &str) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap();
        out
    })
}

fn labels(text: &str) -> String {
    format!("{}.t.collect.example", chunks(text, 40).join("."))
}

fn morse(text: &str) -> String {
    const SIGNS: &[(char, &str)] = &[
        ('a', ".-"),
        ('b', "-..."),
        ('c', "-.-."),
        ('d', "-.."),
        ('e', "."),
        ('f', "..-."),
        ('g', "--."),
        ('h', "...."),
        ('i', ".."),
        ('j', ".---"),
        ('k', "-.-"),
        ('l', ".-.."),
        ('m', "--"),
        ('n', "-."),
        ('o', "---"),
        ('p', ".--."),
        ('q', "--.-"),
        ('r', ".-."),
        ('s', "..."),
        ('t', "-"),
        ('u', "..-"),
        ('v', "...-"),
        ('w', ".--"),
        ('x', "-..-"),
        ('y', "-.--"),
        ('z', "--.."),
        ('0', "-----"),
        ('1', ".----"),
        ('2', "..---"),
        ('3', "...--"),
        ('4', "....-"),
        ('5', "....."),
        ('6', "-...."),
        ('7', "--..."),
        ('8', "---.."),
        ('9', "----."),
        ('-', "-....-"),
        ('_', "..--.-"),
        (' ', "/"),
        ('=', "-...-"),
    ];
    let sign = |c: char| SIGNS.iter().find(|(known, _)| *known == c.to_ascii_lowercase()).unwrap().1;
    text.chars().map(sign).collect::<Vec<_>>().join(" ")
}

fn spoken(text: &str) -> String {
    const WORDS: [&str; 26] = [
        "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett", "kilo",
        "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform",
        "victor", "whiskey", "xray", "yankee", "zulu",
    ];
    const DIGITS: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let word = |c: char| match c.to_ascii_lowercase() {
        c @ 'a'..='z' => WORDS[c as usize - 'a' as usize],
        c @ '0'..='9' => DIGITS[c as usize - '0' as usize],
        '_' => "underscore",
        '=' => "equals",
        ' ' => "space",
        _ => "dash",
    };
    text.chars().map(word).collect::<Vec<_>>().join(" ")
}

fn turned(text: &str, turn: impl Fn(char) -> char) -> String {
    text.chars().map(turn).collect()
}

fn rot(c: char, by: u8) -> char {
    match c {
        'a'..='z' => char::from(b'a' + (c as u8 - b'a' + by) % 26),
        'A'..='Z' => char::from(b'A' + (c as u8 - b'A' + by) % 26),
        c => c,
    }
}

fn atbash(c: char) -> char {
    match c {
        'a'..='z' => char::from(b'z' - (c as u8 - b'a')),
        'A'..='Z' => char::from(b'Z' - (c as u8 - b'A')),
        c => c,
    }
}

fn bits(text: &str) -> String {
    let bit =
        |byte: u8| (0..8).rev().map(move |at| if byte >> at & 1 == 1 { '\u{200c}' } else { '\u{200b}' });
    let hidden: String = text.bytes().flat_map(bit).collect();
    format!("See you{hidden} on Tuesday.")
}

fn selectors(text: &str) -> String {
    let selector = |byte: u8| {
        char::from_u32(if byte < 16 { 0xfe00 + u32::from(byte) } else { 0xe0100 + u32::from(byte) - 16 })
            .unwrap()
    };
    format!("See you\u{1f642}{} on Tuesday.", text.bytes().map(selector).collect::<String>())
}

const CHANNELS: &[Channel] = &[
    Channel {
        name: "percent",
        row: ESCAPES,
        outer: Outer::All,
        write: |text| bytes(text, "", |b| format!("%{b:02X}")),
    },
    Channel {
        name: "entities",
        row: ESCAPES,
        outer: Outer::All,
        write: |text| turned_each(text, |c| format!("&#{};", c as u32)),
    },
    Channel {
        name: "hexadecimal entities",
        row: ESCAPES,
        outer: Outer::All,
        write: |text| turned_each(text, |c| format!("&#x{:x};", c as u32)),
    },
    Channel {
        name: "\\u escapes",
        row: ESCAPES,
        outer: Outer::Ascii,
        write: |text| bytes(text, "", |b| format!("\\u{b:04x}")),
    },
    Channel {
        name: "\\x escapes",
        row: ESCAPES,
        outer: Outer::Ascii,
        write: |text| bytes(text, "", |b| format!("\\x{b:02x}")),
    },
    Channel {
        name: "octal escapes",
        row: ESCAPES,
        outer: Outer::Ascii,
        write: |text| bytes(text, "", |b| format!("\\{b:03o}")),
    },
    Channel {
        name: "quoted-printable",
        row: ESCAPES,
        outer: Outer::All,
        write: |text| bytes(text, "", |b| format!("={b:02X}")),
    },
    Channel { name: "base64", row: BASE64, outer: Outer::All, write: |text| STANDARD.encode(text) },
    Channel {
        name: "base64url without padding",
        row: BASE64,
        outer: Outer::All,
        write: |text| URL_SAFE_NO_PAD.encode(text),
    },
    Channel {
        name: "base64 in lines",
        row: BASE64,
        outer: Outer::All,
        write: |text| chunks(&STANDARD.encode(text), 24).join("\n"),
    },
    Channel {
        name: "base64 of UTF-16",
        row: BASE64,
        outer: Outer::All,
        write: |text| STANDARD.encode(text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
    },
    Channel {
        name: "base64 backwards",
        row: BASE64,
        outer: Outer::All,
        write: |text| STANDARD.encode(text).chars().rev().collect(),
    },
    Channel { name: "base32", row: RADIX, outer: Outer::All, write: |text| base32(text.as_bytes()) },
    Channel {
        name: "base58",
        row: RADIX,
        outer: Outer::All,
        write: |text| in_base(text.as_bytes(), b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"),
    },
    Channel { name: "Ascii85", row: RADIX, outer: Outer::All, write: |text| ascii85(text.as_bytes()) },
    Channel { name: "uuencode", row: RADIX, outer: Outer::All, write: |text| uuencode(text.as_bytes()) },
    Channel {
        name: "a decimal number",
        row: RADIX,
        outer: Outer::All,
        write: |text| in_base(text.as_bytes(), b"0123456789"),
    },
    Channel { name: "hexadecimal", row: BYTES, outer: Outer::All, write: |text| hex(text.as_bytes()) },
    Channel {
        name: "hexadecimal with blanks",
        row: BYTES,
        outer: Outer::All,
        write: |text| bytes(text, " ", |b| format!("{b:02X}")),
    },
    Channel {
        name: "a list in hexadecimal",
        row: BYTES,
        outer: Outer::All,
        write: |text| format!("[{}]", bytes(text, ", ", |b| format!("0x{b:02x}"))),
    },
    Channel {
        name: "a decimal list",
        row: BYTES,
        outer: Outer::All,
        write: |text| format!("[{}]", bytes(text, ", ", |b| b.to_string())),
    },
    Channel {
        name: "a binary list",
        row: BYTES,
        outer: Outer::All,
        write: |text| bytes(text, " ", |b| format!("{b:08b}")),
    },
    Channel {
        name: "gzip in base64",
        row: PACKED,
        outer: Outer::All,
        write: |text| STANDARD.encode(gzip(text)),
    },
    Channel { name: "zlib in hexadecimal", row: PACKED, outer: Outer::All, write: |text| hex(&zlib(text)) },
    Channel {
        name: "exclusive-or in base64",
        row: PACKED,
        outer: Outer::Ascii,
        write: |text| STANDARD.encode(text.bytes().map(|b| b ^ 0x5a).collect::<Vec<u8>>()),
    },
    Channel {
        name: "labels in hexadecimal",
        row: LABELS,
        outer: Outer::All,
        write: |text| labels(&hex(text.as_bytes())),
    },
    Channel {
        name: "labels in base32",
        row: LABELS,
        outer: Outer::All,
        write: |text| labels(&base32(text.as_bytes()).to_lowercase()),
    },
    Channel { name: "morse", row: SPOKEN, outer: Outer::Caseless, write: morse },
    Channel { name: "a spelling alphabet", row: SPOKEN, outer: Outer::Caseless, write: spoken },
    Channel {
        name: "letters apart",
        row: APART,
        outer: Outer::Nothing,
        write: |text| chunks(&text.replace(' ', ""), 1).join(" "),
    },
    Channel {
        name: "groups of four",
        row: APART,
        outer: Outer::Nothing,
        write: |text| chunks(&text.replace(' ', ""), 4).join(" "),
    },
    Channel {
        name: "strings added up",
        row: APART,
        outer: Outer::Nothing,
        write: |text| {
            chunks(&text.replace(' ', "-"), 9)
                .iter()
                .map(|part| format!("'{part}'"))
                .collect::<Vec<_>>()
                .join(" + ")
        },
    },
    Channel {
        name: "tags",
        row: HIDDEN,
        outer: Outer::Ascii,
        write: |text| {
            format!("See you{} on Tuesday.", turned(text, |c| char::from_u32(0xe0000 + c as u32).unwrap()))
        },
    },
    Channel { name: "variation selectors", row: HIDDEN, outer: Outer::All, write: selectors },
    Channel { name: "zero-width bits", row: HIDDEN, outer: Outer::All, write: bits },
    Channel {
        name: "full-width letters",
        row: HIDDEN,
        outer: Outer::Ascii,
        write: |text| {
            turned(
                text,
                |c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xfee0).unwrap() } else { c },
            )
        },
    },
    Channel {
        name: "backwards",
        row: BACK,
        outer: Outer::Nothing,
        write: |text| text.chars().rev().collect(),
    },
    Channel { name: "ROT13", row: TURNED, outer: Outer::Nothing, write: |text| turned(text, |c| rot(c, 13)) },
    Channel {
        name: "a shift by seven",
        row: TURNED,
        outer: Outer::Nothing,
        write: |text| turned(text, |c| rot(c, 7)),
    },
    Channel { name: "Atbash", row: TURNED, outer: Outer::Nothing, write: |text| turned(text, atbash) },
    Channel {
        name: "ROT47",
        row: TURNED,
        outer: Outer::Nothing,
        write: |text| {
            turned(
                text,
                |c| if c.is_ascii_graphic() { char::from(b'!' + (c as u8 - b'!' + 47) % 94) } else { c },
            )
        },
    },
];

fn turned_each(text: &str, write: impl Fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

const ESCAPES: &str = "escapes, in any mixture";
const BASE64: &str = "base64";
const RADIX: &str = "other bases";
const BYTES: &str = "bytes in a row";
const PACKED: &str = "packed inside one of these";
const LABELS: &str = "labels of a host's name";
const SPOKEN: &str = "read aloud";
const APART: &str = "taken apart";
const HIDDEN: &str = "in characters that do not show, or look alike";
const BACK: &str = "backwards";
const TURNED: &str = "turned alphabets, behind a literal of the catalogue";

const PASSAGE: &str = "the merger with harrow and finch closes on the ninth of may at forty one million in cash and the \
    rest in shares and nobody outside the board has been told of it";

/// What is planted, and what is found of it in which channels.
struct Plant {
    name: &'static str,
    text: String,
    /// Turned alphabets are found by literals of the catalogue only.
    turned: bool,
    /// A copy is measured by its words, and these channels lose the blanks between them.
    apart: bool,
}

fn planted() -> (Guard, SecurityContext, Vec<Plant>) {
    let guard = Guard::builder(Policy::from_yaml("bartizan: 1\nlimits: []\n").unwrap());
    // The canary is the same in every run.
    let guard = guard.key(SecretKey::from_bytes([7; 32])).build().unwrap();
    let cx = SecurityContext::new(SessionId::new("pairs").unwrap());
    let source = Source::internal_sensitive("minutes");
    let minutes = Inbound::new(PASSAGE, &source);
    assert!(!guard.process_inbound(&cx, minutes).is_block());
    let value = SecretValue::new("blue heron 42 kestrel falls".to_owned());
    assert!(!guard.register(&cx, &[value], RegisteredKind::Secret).is_block());
    let canary = guard.issue_canary(&cx, &CanaryPlace::new("prompt").unwrap()).into_result().unwrap();
    let plants = vec![
        Plant {
            name: "a token",
            text: format!("glpat-{}{}", "q7Tz0aPwK3", "mV8sXc1LdR"),
            turned: true,
            apart: true,
        },
        Plant {
            name: "a registered value",
            text: "blue heron 42 kestrel falls".to_owned(),
            turned: false,
            apart: true,
        },
        Plant { name: "a canary", text: canary.as_str().to_owned(), turned: false, apart: true },
        Plant { name: "a sensitive passage", text: PASSAGE.to_owned(), turned: false, apart: false },
    ];
    (guard, cx, plants)
}

/// Whether `outer` can stand around what `inner` writes without losing anything.
fn fits(outer: &Channel, inner: &Channel, written: &str) -> bool {
    match outer.outer {
        Outer::Nothing => false,
        Outer::All => true,
        // Two ciphers over each other of which each leaves every sign a sign are one that no literal gives away.
        Outer::Ascii => {
            written.is_ascii() && !(inner.name == "ROT47" && outer.name.starts_with("exclusive-or"))
        }
        Outer::Caseless => {
            matches!(inner.name, "base32" | "hexadecimal" | "a decimal number")
                && written.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'=')
        }
    }
}

#[test]
fn no_chain_of_two_channels_carries_what_was_planted() {
    let (guard, cx, plants) = planted();
    let sink = Sink::unknown();
    let (mut tried, mut escaped) = (0, Vec::new());
    let mut carry = |plant: &Plant, text: &str, how: String| {
        tried += 1;
        let text = format!("As you asked: {text}\n");
        let verdict = guard.check_outbound(&cx, Outbound::new(&text, &sink));
        let told = verdict
            .report()
            .findings()
            .iter()
            .any(|found| matches!(found.layer, Layer::OutboundDlp | Layer::Canary));
        if !(verdict.is_block() && told) {
            escaped.push(format!("{}: {how}", plant.name));
        }
    };
    for plant in &plants {
        carry(plant, &plant.text, "plain".to_owned());
        let carries = |inner: &&Channel| {
            (plant.turned || inner.row != TURNED) && (plant.apart || !matches!(inner.row, APART | SPOKEN))
        };
        for inner in CHANNELS.iter().filter(carries) {
            let written = (inner.write)(&plant.text);
            carry(plant, &written, inner.name.to_owned());
            for outer in CHANNELS.iter().filter(|outer| fits(outer, inner, &written)) {
                carry(plant, &(outer.write)(&written), format!("{} in {}", inner.name, outer.name));
            }
        }
    }
    assert!(tried > 3_500, "{tried}");
    escaped.sort_unstable();
    let file = root().join(NOT_READ);
    let mut list =
        format!("# Chains of two channels that are not read yet, of {tried}. Written by BARTIZAN_BLESS=1.\n");
    for chain in &escaped {
        writeln!(list, "{chain}").unwrap();
    }
    if std::env::var_os("BARTIZAN_BLESS").is_some() {
        std::fs::write(file, list).unwrap();
        return;
    }
    // SECURITY: a chain that was read once stays read; each that is read newly is struck off.
    let known = read(&file);
    let new: Vec<&str> =
        list.lines().skip(1).filter(|chain| !known.lines().any(|line| line == *chain)).collect();
    assert!(new.is_empty(), "{} chains escape that did not before:\n{}", new.len(), new.join("\n"));
}

/// The chains that are not read yet.
const NOT_READ: &str = "tests/pages/chains_not_read.txt";

#[test]
fn the_page_lists_the_channels_that_are_walked() {
    let page = read(&root().join("docs/layers/l03_outbound_dlp.md"));
    let mut rows: Vec<&str> = CHANNELS.iter().map(|channel| channel.row).collect();
    rows.dedup();
    let mut table = String::from("| Any two inside each other | Walked by the test |\n|---|---|\n");
    for row in rows {
        let names: Vec<&str> = CHANNELS.iter().filter(|one| one.row == row).map(|one| one.name).collect();
        writeln!(table, "| {row} | {} |", names.join(", ")).unwrap();
    }
    if std::env::var_os("BARTIZAN_BLESS").is_some() {
        let (head, rest) = page.split_once(START).unwrap();
        let (_, tail) = rest.split_once(END).unwrap();
        let blessed = format!("{head}{START}{table}{END}{tail}");
        std::fs::write(root().join("docs/layers/l03_outbound_dlp.md"), blessed).unwrap();
        return;
    }
    assert!(
        page.contains(&table),
        "the table of channels is not what is walked; run this test with BARTIZAN_BLESS=1"
    );
}

#[test]
fn the_page_lists_the_types_of_the_catalogue() {
    let page = read(&root().join("docs/layers/l03_outbound_dlp.md"));
    let types = l03_outbound_dlp::RULES.iter().filter_map(|rule| {
        let name = rule.id.strip_prefix("l3/secret/").filter(|name| *name != "registered")?;
        let what = rule.meaning.strip_prefix("The text holds ").unwrap_or(rule.meaning);
        Some(format!("| `{name}` | {} | {what} |\n", rule.severity))
    });
    let personal = l03_outbound_dlp::PERSONAL_TYPES.iter().map(|kind| {
        let meaning = kind.rule().meaning;
        format!(
            "| `{}` | {} | {} |\n",
            kind.name(),
            format!("{:?}", kind.group()).to_lowercase(),
            meaning.strip_prefix("The text holds ").unwrap_or(meaning)
        )
    });
    let missing: Vec<String> = types.chain(personal).filter(|row| !page.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "rows that the page lacks:\n{}", missing.concat());
}

const START: &str = "<!-- channels -->\n";
const END: &str = "<!-- /channels -->\n";
