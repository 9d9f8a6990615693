//! Ways to write a text so that who looks for it has to read.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::Choices;

/// Ways to write a text that the views read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Plain,
    Upper,
    Wide,
    Percent,
    Hex,
    HexList,
    Decimal,
    Binary,
    Entities,
    Escapes,
    Octal,
    QuotedPrintable,
    Base64,
    Base64Url,
    Tags,
    Selectors,
    Bits,
    Reversed,
    Spelled,
    Parted,
}

const SPELLINGS: [Spelling; 20] = [
    Spelling::Plain,
    Spelling::Upper,
    Spelling::Wide,
    Spelling::Percent,
    Spelling::Hex,
    Spelling::HexList,
    Spelling::Decimal,
    Spelling::Binary,
    Spelling::Entities,
    Spelling::Escapes,
    Spelling::Octal,
    Spelling::QuotedPrintable,
    Spelling::Base64,
    Spelling::Base64Url,
    Spelling::Tags,
    Spelling::Selectors,
    Spelling::Bits,
    Spelling::Reversed,
    Spelling::Spelled,
    Spelling::Parted,
];

impl Spelling {
    /// Whether a text in the other spelling can be read once it is in this one. Letters that lost their case
    /// cannot; what is written backwards, between stray characters of its own kind, or in signs spelled like letters is
    /// not promised.
    const fn keeps(self, inner: Self) -> bool {
        match self {
            Self::Upper => !matches!(inner, Self::Base64 | Self::Base64Url | Self::Escapes),
            Self::Parted => !matches!(inner, Self::Bits),
            Self::Spelled => !matches!(inner, Self::Escapes | Self::HexList | Self::Decimal | Self::Binary),
            Self::Reversed => matches!(
                inner,
                Self::Plain
                    | Self::Upper
                    | Self::Wide
                    | Self::Base64
                    | Self::Base64Url
                    | Self::Tags
                    | Self::Reversed
                    | Self::Spelled
                    | Self::Parted
            ),
            _ => true,
        }
    }

    /// `text` in this spelling; `how` chooses among its forms.
    fn write(self, text: &str, how: u8) -> String {
        let even = how.is_multiple_of(2);
        match self {
            Self::Plain => text.to_owned(),
            Self::Upper => text.to_uppercase(),
            Self::Wide => chars(text, "", |c| moved(c, '!'..='~', 0xFEE0).into()),
            Self::Percent if even => bytes(text, "", |byte| format!("%{byte:02X}")),
            Self::Percent => bytes(text, "", |byte| format!("%{byte:02x}")),
            Self::Hex => bytes(text, "", |byte| format!("{byte:02x}")),
            Self::HexList if even => bytes(text, " ", |byte| format!("{byte:02x}")),
            Self::HexList => bytes(text, ", ", |byte| format!("0x{byte:02X}")),
            Self::Decimal => bytes(text, if even { " " } else { "," }, |byte| byte.to_string()),
            Self::Binary => bytes(text, " ", |byte| format!("{byte:08b}")),
            Self::Entities if even => chars(text, "", |c| format!("&#{};", u32::from(c))),
            Self::Entities => chars(text, "", |c| format!("&#x{:x};", u32::from(c))),
            Self::Escapes if even => chars(text, "", escaped),
            Self::Escapes => chars(text, "", |c| format!("\\u{{{:x}}}", u32::from(c))),
            Self::Octal => bytes(text, "", |byte| format!("\\{byte:03o}")),
            Self::QuotedPrintable => bytes(text, "", |byte| format!("={byte:02X}")),
            Self::Base64 => in_lines(&STANDARD.encode(text), usize::from(how)),
            Self::Base64Url => URL_SAFE_NO_PAD.encode(text),
            // Tags mirror ASCII alone.
            Self::Tags if !text.is_ascii() => text.to_owned(),
            Self::Tags => chars(text, "", |c| moved(c, ' '..='~', 0xE_0000).into()),
            Self::Selectors => bytes(text, "", |byte| selector(byte).into()),
            Self::Bits => bytes(text, "", |byte| {
                (0..8).rev().map(|bit| if byte >> bit & 1 == 0 { '\u{200B}' } else { '\u{200C}' }).collect()
            }),
            Self::Reversed => text.chars().rev().collect(),
            Self::Spelled => chars(text, if even { "-" } else { "\u{1F525}" }, String::from),
            Self::Parted => chars(text, if even { "\u{200B}" } else { "\u{AD}" }, String::from),
        }
    }
}

fn bytes(text: &str, between: &str, each: impl Fn(u8) -> String) -> String {
    text.bytes().map(each).collect::<Vec<_>>().join(between)
}

fn chars(text: &str, between: &str, each: impl Fn(char) -> String) -> String {
    text.chars().map(each).collect::<Vec<_>>().join(between)
}

/// As JavaScript and JSON write it: what does not fit into four digits as two surrogates.
fn escaped(c: char) -> String {
    let units: Vec<String> =
        c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
    units.concat()
}

/// The character so many code points further on, if it is one of these.
fn moved(c: char, from: std::ops::RangeInclusive<char>, by: u32) -> char {
    let target = char::from_u32(u32::from(c).saturating_add(by));
    if from.contains(&c) { target.unwrap_or(c) } else { c }
}

/// The variation selector that stands for a byte.
fn selector(byte: u8) -> char {
    let code = u32::from(byte);
    let base = if byte < 16 { 0xFE00 } else { 0xE_00F0 };
    char::from_u32(code.saturating_add(base)).unwrap_or_default()
}

/// In lines of this width; a small one stands for none.
fn in_lines(text: &str, width: usize) -> String {
    if width < 16 {
        return text.to_owned();
    }
    let lines = text.as_bytes().chunks(width).map(|line| String::from_utf8_lossy(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// Two spellings, one inside the other, each with its form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelled {
    inner: (Spelling, u8),
    outer: (Spelling, u8),
}

impl Spelled {
    /// `None` where what comes out cannot be read.
    pub(super) fn choose(choices: &mut Choices<'_>) -> Option<Self> {
        let inner = (choices.of(SPELLINGS), choices.byte());
        let outer = (choices.of(SPELLINGS), choices.byte());
        // Lines that are written backwards begin with the short one; lines whose characters are spread out are not
        // put together again.
        let is_torn = inner.1 >= 16
            && inner.0 == Spelling::Base64
            && matches!(outer.0, Spelling::Reversed | Spelling::Spelled);
        (outer.0.keeps(inner.0) && !is_torn).then_some(Self { inner, outer })
    }

    /// Whether something is written backwards.
    pub(super) fn turns(self) -> bool {
        [self.inner.0, self.outer.0].contains(&Spelling::Reversed)
    }

    pub(super) fn write(self, text: &str) -> String {
        self.outer.0.write(&self.inner.0.write(text, self.inner.1), self.outer.1)
    }
}
