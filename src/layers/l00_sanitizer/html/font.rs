//! Fonts that come with a page: letters that look like nothing, or like other letters.
//!
//! A font in a `data:` address is read (OpenType, TrueType, WOFF 1); what its names and outlines say of each letter
//! is compared with the letter. A font that is elsewhere, or packed in another way, is told to be unknown.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use ttf_parser::{Face, GlyphId, RawFaceTables};

use super::reader::data_address;
use super::sheet::{self, Sheet};
use super::style::Style;

/// The longest font that is read, unpacked, and the most of them.
const MAX_FONT: usize = 4 << 20;
const MAX_READ: usize = 16;
/// Most letters of a text that are looked up.
const MAX_LETTERS: usize = 4096;
/// Most outlines that are drawn for a page.
const MAX_OUTLINES: usize = 4096;

/// What a reader sees of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// What is written, drawn by the reader's own font.
    Yes,
    /// What is written, as far as the page's font can tell.
    Likely,
    /// Nothing.
    No,
    /// Other letters.
    As(String),
}

/// A font of the page.
#[derive(Debug)]
struct Font {
    family: Box<str>,
    tables: Tables,
    size: f32,
}

/// What is known of one letter in a font.
#[derive(Debug, Clone, Copy)]
struct Letter {
    glyph: u16,
    blank: bool,
    /// The letter that its name says.
    named: Option<char>,
}

/// A font that was read once, with the letters that were looked up in it.
#[derive(Debug)]
struct Read<'f> {
    font: &'f Font,
    face: Option<Face<'f>>,
    letters: RefCell<HashMap<char, Option<Letter>>>,
}

/// What is known about a font.
#[derive(Debug)]
enum Tables {
    Sfnt(Vec<u8>),
    Woff(Vec<([u8; 4], Vec<u8>)>),
    /// It is elsewhere, or packed in a way that is not read here.
    Unknown,
    /// It is no font: the next one in the list is taken.
    Broken,
}

/// The fonts of a page.
#[derive(Debug, Default)]
pub(super) struct Fonts(Vec<Font>);

/// The same, ready to be asked.
#[derive(Debug)]
pub(super) struct Faces<'f> {
    fonts: Vec<Read<'f>>,
    /// SECURITY: an outline may be as long as the font; only so many are drawn.
    left: Cell<usize>,
}

impl Fonts {
    pub(super) fn of<'s>(sheets: impl Iterator<Item = &'s Sheet>) -> Self {
        let mut read = 0_usize;
        let mut fonts = Vec::new();
        for face in sheets.flat_map(|sheet| &sheet.faces) {
            read = read.saturating_add(1);
            let tables = if read > MAX_READ { Tables::Unknown } else { tables(face) };
            fonts.push(Font { family: face.family.clone(), tables, size: face.size });
        }
        Self(fonts)
    }

    pub(super) fn faces(&self) -> Faces<'_> {
        let read = |font| Read { font, face: font.tables.face(), letters: RefCell::default() };
        Faces { fonts: self.0.iter().map(read).collect(), left: Cell::new(MAX_OUTLINES) }
    }
}

impl Faces<'_> {
    pub(super) fn any(&self) -> bool {
        !self.fonts.is_empty()
    }

    /// What a reader sees of `text` in this style.
    pub(super) fn shows(&self, style: &Style, text: &str) -> Shown {
        let mut shown: Option<Shown> = None;
        for (at, family) in style.families.iter().flat_map(|families| families.iter()).enumerate() {
            for read in self.fonts.iter().filter(|read| read.font.family == *family) {
                let own = match &read.font.tables {
                    Tables::Broken => continue,
                    _ if read.font.size < 0.1 => Shown::No,
                    Tables::Unknown => Shown::Likely,
                    // A font before it in the list may be on the reader's machine.
                    _ if at > 0 => Shown::Likely,
                    _ => read.face.as_ref().map_or(Shown::Likely, |face| self.of_face(read, face, text)),
                };
                // Of several fonts of one name, for bold and for slanted letters, the most readable counts.
                shown = Some(match (shown, own) {
                    (None, own) | (Some(Shown::No | Shown::As(_)), own @ (Shown::Yes | Shown::Likely)) => own,
                    (Some(had), _) => had,
                });
            }
            if let Some(shown) = shown {
                return shown;
            }
        }
        Shown::Yes
    }
}

impl Tables {
    fn face(&self) -> Option<Face<'_>> {
        match self {
            Self::Sfnt(bytes) => Face::parse(bytes, 0).ok(),
            Self::Woff(tables) => {
                let table = |tag: &[u8; 4]| {
                    tables.iter().find(|(have, _)| have == tag).map(|(_, bytes)| bytes.as_slice())
                };
                let raw = RawFaceTables {
                    head: table(b"head")?,
                    hhea: table(b"hhea")?,
                    maxp: table(b"maxp")?,
                    cmap: table(b"cmap"),
                    glyf: table(b"glyf"),
                    loca: table(b"loca"),
                    cff: table(b"CFF "),
                    post: table(b"post"),
                    ..Default::default()
                };
                Face::from_raw_tables(raw).ok()
            }
            Self::Unknown | Self::Broken => None,
        }
    }
}

fn tables(face: &sheet::Face) -> Tables {
    for source in &face.sources {
        if source.starts_with("local:") || !source.trim_start().to_ascii_lowercase().starts_with("data:") {
            return Tables::Unknown;
        }
        let Some((_, bytes)) = data_address(source) else { continue };
        if bytes.len() > MAX_FONT || bytes.starts_with(b"wOF2") {
            return Tables::Unknown;
        }
        if bytes.starts_with(b"wOFF") {
            return unpack(&bytes).map_or(Tables::Unknown, Tables::Woff);
        }
        if Face::parse(&bytes, 0).is_ok() {
            return Tables::Sfnt(bytes);
        }
    }
    Tables::Broken
}

/// The tables of a font that is packed as WOFF 1 (W3C, 2012).
fn unpack(bytes: &[u8]) -> Option<Vec<([u8; 4], Vec<u8>)>> {
    let word = |at: usize| -> Option<usize> {
        let word = bytes.get(at..at.checked_add(4)?)?;
        usize::try_from(u32::from_be_bytes(word.try_into().ok()?)).ok()
    };
    let count = word(12)? >> 16;
    let mut tables = Vec::new();
    let mut left = MAX_FONT;
    for row in 0..count.min(64) {
        let at = row.checked_mul(20)?.checked_add(44)?;
        let tag: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let (offset, packed, whole) =
            (word(at.checked_add(4)?)?, word(at.checked_add(8)?)?, word(at.checked_add(12)?)?);
        // SECURITY: the sizes are the font's own word; what is unpacked is bounded all together.
        left = left.checked_sub(whole)?;
        let data = bytes.get(offset..offset.checked_add(packed)?)?;
        let table = if packed < whole {
            miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(data, whole).ok()?
        } else {
            data.to_vec()
        };
        tables.push((tag, table));
    }
    Some(tables)
}

/// Whether a letter leaves no trace.
fn is_blank(face: &Face<'_>, glyph: GlyphId) -> bool {
    struct Nothing;
    impl ttf_parser::OutlineBuilder for Nothing {
        fn move_to(&mut self, _: f32, _: f32) {}
        fn line_to(&mut self, _: f32, _: f32) {}
        fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {}
        fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {}
        fn close(&mut self) {}
    }
    let Some(seen) = face.outline_glyph(glyph, &mut Nothing) else {
        // Letters may be pictures instead.
        let tables = face.tables();
        return tables.svg.is_none()
            && tables.sbix.is_none()
            && tables.cbdt.is_none()
            && tables.bdat.is_none();
    };
    let small = i32::from(face.units_per_em()) / 50;
    i32::from(seen.x_max).saturating_sub(i32::from(seen.x_min)) < small
        && i32::from(seen.y_max).saturating_sub(i32::from(seen.y_min)) < small
}

/// The letter that a glyph is named after.
fn named(face: &Face<'_>, glyph: GlyphId) -> Option<char> {
    const DIGITS: &[&str] = &["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let name = face.glyph_name(glyph)?;
    let mut chars = name.chars();
    match (chars.next(), chars.next()) {
        (Some(letter), None) if letter.is_ascii_alphabetic() => Some(letter),
        _ => {
            if let Some(digit) = DIGITS.iter().position(|digit| *digit == name) {
                return u32::try_from(digit).ok().and_then(|digit| char::from_digit(digit, 10));
            }
            let code = name.strip_prefix("uni").filter(|code| code.len() == 4)?;
            char::from_u32(u32::from_str_radix(code, 16).ok()?)
        }
    }
}

impl Faces<'_> {
    /// A letter of a font; looked up once.
    fn letter(&self, read: &Read<'_>, face: &Face<'_>, c: char) -> Option<Letter> {
        if let Some(known) = read.letters.borrow().get(&c) {
            return *known;
        }
        let left = self.left.get();
        if left == 0 {
            return None;
        }
        self.left.set(left.saturating_sub(1));
        let letter = face.glyph_index(c).map(|glyph| Letter {
            glyph: glyph.0,
            blank: is_blank(face, glyph),
            named: named(face, glyph),
        });
        read.letters.borrow_mut().insert(c, letter);
        letter
    }

    fn of_face(&self, read: &Read<'_>, face: &Face<'_>, text: &str) -> Shown {
        let (mut letters, mut blank, mut other) = (0_usize, 0_usize, 0_usize);
        let (mut distinct, mut glyphs) = (HashSet::new(), HashSet::new());
        let mut shown = String::with_capacity(text.len());
        for c in text.chars().take(MAX_LETTERS) {
            let letter = if c.is_alphanumeric() { self.letter(read, face, c) } else { None };
            let Some(letter) = letter else {
                shown.push(c);
                continue;
            };
            letters = letters.saturating_add(1);
            distinct.insert(c.to_ascii_lowercase());
            glyphs.insert(letter.glyph);
            if letter.blank {
                blank = blank.saturating_add(1);
                continue;
            }
            match letter.named {
                Some(name) if !name.eq_ignore_ascii_case(&c) && c.is_ascii() && name.is_ascii() => {
                    other = other.saturating_add(1);
                    shown.push(name);
                }
                _ => shown.push(c),
            }
        }
        if letters == 0 {
            return Shown::Yes;
        }
        let most = |count: usize| count.saturating_mul(5) >= letters.saturating_mul(4);
        // One picture for many letters says nothing either.
        if most(blank) || distinct.len() >= 4 && glyphs.len() <= 1 {
            return Shown::No;
        }
        if other > 0 || blank > 0 { Shown::As(shown) } else { Shown::Likely }
    }
}
