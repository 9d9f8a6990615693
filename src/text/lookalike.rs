//! What one character folds to, worked out from Unicode's data: the slow half of the [fold](super::fold()).
//!
//! The whole of UTS #39's table of look-alikes is used (`unicode-security`), behind compatibility
//! decomposition (`unicode-normalization`) and lower-casing (`core`). The table was made for comparing
//! identifiers with each other, and text is not an identifier, so it is bent in four places:
//!
//! - **ASCII stays itself.** The table calls `0` and `O` the same, `1`, `I`, `|` and `l`, `m` and `rn`, `"` and
//!   `''`. Applied to ASCII that would make numbers into words and every pattern ambiguous. ASCII is only
//!   lower-cased. What *looks like* ASCII becomes the ASCII it looks like, with those merges undone: the
//!   look-alike of `rn` is `m`, a capital that looks like `l` is an `i`, a sign that does is a `|`.
//! - **Digits of every script become ASCII digits**, by their value instead of their looks: `١` is 1, not `l`.
//! - **Capitals go by their own looks first**, if that is one ASCII letter or digit, and by their small
//!   letter otherwise. So `Η` (eta) is `h` while `η` is `n`: both are used to fake English, and Greek pays with
//!   its case ([`LiteralSet`](super::LiteralSet) makes up for it).
//! - **Words keep their edges.** Letters do not become punctuation (Hebrew `י` is not an apostrophe), currency
//!   signs do not become letters (`€100` stays a number), dashes are dashes.

use unicode_normalization::char::decompose_compatible;
use unicode_properties::{
    GeneralCategory as Category, GeneralCategoryGroup as Group, UnicodeGeneralCategory,
};
use unicode_security::skeleton;

/// Rounds of rules until nothing changes. The longest chain in Unicode's data takes six; a test over every
/// scalar value holds that it is enough.
const ROUNDS: usize = 12;

/// What `c` folds to. Applying it again to the result changes nothing.
pub(super) fn fold_char(c: char) -> String {
    let mut now = String::from(c);
    for _ in 0..ROUNDS {
        let mut next = String::with_capacity(now.len());
        for c in now.chars() {
            step(c, &mut next);
        }
        if next == now {
            break;
        }
        now = next;
    }
    now
}

/// One round of rules.
fn step(c: char, out: &mut String) {
    if c.is_ascii() {
        match c {
            '\t' | '\n' | '\x0b' | '\x0c' | '\r' => out.push(' '),
            '\0'..='\x1f' | '\x7f' => {}
            _ => out.push(c.to_ascii_lowercase()),
        }
        return;
    }
    let category = c.general_category();
    if let Some(row) = special(c, category) {
        out.push_str(row);
        return;
    }
    if c.is_whitespace() {
        out.push(' ');
        return;
    }
    let looks = Looks::of(c);
    if looks == Looks::Nothing || drops(c, category) {
        return;
    }
    if category == Category::DecimalNumber {
        out.push(digit(c));
        return;
    }
    if decompose(c, category, &looks, out) {
        return;
    }
    if !c.to_lowercase().eq([c]) {
        match own_looks(&looks) {
            Some(letter) => out.push(letter),
            None => out.extend(c.to_lowercase()),
        }
        return;
    }
    match prototype(c, category, &looks) {
        Some(prototype) => out.push_str(&prototype),
        None => out.push(c),
    }
}

/// What the table says of a character.
#[derive(Debug, PartialEq, Eq)]
enum Looks {
    /// It shows nothing where it is not supported (`Default_Ignorable_Code_Point`): the skeleton of UTS #39 leaves
    /// out exactly these.
    Nothing,
    /// Nothing but marks, or itself.
    Itself,
    /// Its prototype, marks left out.
    Other(String),
}

impl Looks {
    fn of(c: char) -> Self {
        let mut bytes = [0; 4];
        let mut row = skeleton(c.encode_utf8(&mut bytes));
        let Some(first) = row.next() else { return Self::Nothing };
        // Asked of every character that a text has for the first time, and almost always answered here.
        let second = row.next();
        if first == c && second.is_none() {
            return Self::Itself;
        }
        let is_mark = |part: &char| {
            matches!(part.general_category(), Category::NonspacingMark | Category::EnclosingMark)
        };
        let row: String =
            [first].into_iter().chain(second).chain(row).filter(|part| !is_mark(part)).collect();
        if row.is_empty() || row.chars().eq([c]) { Self::Itself } else { Self::Other(row) }
    }
}

/// Characters that fold to nothing although they are not default-ignorable.
fn drops(c: char, category: Category) -> bool {
    match category {
        // Marks that sit on a letter. Spacing marks are letters of their own in most scripts that have them.
        Category::NonspacingMark | Category::EnclosingMark | Category::Control => true,
        Category::Unassigned => is_noncharacter(c),
        // Number and verse signs of Arabic, Syriac and Kaithi are format characters that one sees.
        Category::Format => {
            !matches!(u32::from(c), 0x600..=0x605 | 0x6DD | 0x70F | 0x890 | 0x891 | 0x8E2 | 0x110BD | 0x110CD)
        }
        _ => false,
    }
}

/// Whether `c` will never be a character.
pub(super) fn is_noncharacter(c: char) -> bool {
    matches!(u32::from(c), 0xFDD0..=0xFDEF) || u32::from(c) & 0xFFFE == 0xFFFE
}

/// Pushes the compatibility decomposition of `c`, if it has one.
fn decompose(c: char, category: Category, looks: &Looks, out: &mut String) -> bool {
    let mut is_other = false;
    decompose_compatible(c, |part| is_other |= part != c);
    if !is_other {
        return false;
    }
    let mut parts = String::new();
    decompose_compatible(c, |part| parts.push(part));
    // `´` decomposes to a blank that carries an accent. It looks like an apostrophe, not like a blank.
    if parts.starts_with(' ')
        && parts.chars().nth(1).is_some()
        && let Some(prototype) = prototype(c, category, looks)
    {
        out.push_str(&prototype);
    } else {
        out.push_str(&parts);
    }
    true
}

/// The ASCII digit with the value of the decimal digit `c`.
fn digit(c: char) -> char {
    // Unicode encodes the digits of a script in a row from zero to nine, and rows only ever touch whole.
    let mut value = 0_u8;
    let mut code = u32::from(c);
    while let Some(before) = code.checked_sub(1).and_then(char::from_u32)
        && before.general_category() == Category::DecimalNumber
    {
        code = u32::from(before);
        value = if value == 9 { 0 } else { value.saturating_add(1) };
    }
    char::from(b'0'.saturating_add(value))
}

/// The one ASCII letter or digit that a capital looks like, in lower case.
fn own_looks(looks: &Looks) -> Option<char> {
    let Looks::Other(row) = looks else { return None };
    let mut chars = row.chars();
    let only = chars.next().filter(char::is_ascii_alphanumeric)?;
    // A small `l` is the table's word for everything that is one upright line.
    chars.next().is_none().then(|| if only == 'l' { 'i' } else { only.to_ascii_lowercase() })
}

/// The prototype of `c` with the table's merges of ASCII undone.
fn prototype(c: char, category: Category, looks: &Looks) -> Option<String> {
    let Looks::Other(row) = looks else { return None };
    let is_sign = !matches!(c.general_category_group(), Group::Letter | Group::Mark | Group::Number);
    let row = match row.as_str() {
        "rn" => String::from("m"),
        "''" => String::from("\""),
        "°/₀" => String::from("%"),
        _ if is_sign && row.bytes().all(|b| b == b'l') => "|".repeat(row.len()),
        _ => row.replace('ß', "b"),
    };
    let becomes_sign = !row.chars().any(char::is_alphanumeric);
    match category {
        Category::CurrencySymbol => None,
        Category::OtherLetter if becomes_sign => None,
        _ if row.starts_with("°/") => None,
        _ => Some(row),
    }
}

/// Rows of our own, before everything else.
fn special(c: char, category: Category) -> Option<&'static str> {
    Some(match c {
        // Letters whose case or spelling varies.
        'ß' | 'ẞ' => "ss",
        'ς' => "σ",
        'ð' => "d",
        // Kashida stretches an Arabic word and says nothing.
        'ـ' => "",
        // SECURITY: eighteen letters in one; a text of it would grow eleven times, and no word hides in it.
        '\u{FDFA}' => "\u{FDFA}",
        // Ideographic zero and the dots that end a sentence or part a host name.
        '〇' => "0",
        '。' => ".",
        // Quotes, dashes and marks where the table has letters or nothing.
        '„' | '‟' | '«' | '»' => "\"",
        '‚' => "'",
        '─' | '━' | '⁓' => "-",
        _ if category == Category::DashPunctuation => "-",
        '¡' => "!",
        '¿' => "?",
        // Capital I of scripts without case.
        'ꓲ' | 'ᛁ' | '𐌉' | '𐊊' | 'ꟾ' | 'ᴉ' => "i",
        // Letters that pose as a Latin one, where the table ends at a letter that Latin has itself: small
        // capitals, turned letters, letters with strokes, and what Greek and Cyrillic letters lead to.
        'ᴀ' | 'ɐ' => "a",
        'ʙ' | 'ƅ' | 'β' | 'б' => "b",
        'ᴅ' => "d",
        'ᴇ' | 'ꞓ' | 'ǝ' => "e",
        'ꜰ' => "f",
        'ɢ' => "g",
        'ʜ' | 'ɥ' => "h",
        'ᴊ' => "j",
        'ĸ' | 'ʞ' => "k",
        'ʟ' => "l",
        'ʍ' => "m",
        'ɴ' => "n",
        'ᴘ' => "p",
        'ꞯ' => "q",
        'ʀ' | 'ɹ' => "r",
        'ᴛ' | 'ʇ' | 'ʈ' | 'ⱦ' => "t",
        'μ' | 'ʉ' => "u",
        'ʌ' => "v",
        'χ' | 'ҳ' => "x",
        'ʎ' => "y",
        'ζ' => "z",
        'ɔ' => "c",
        'ƨ' => "2",
        'ƽ' => "5",
        'ɜ' | 'ȝ' | 'ʓ' => "3",
        // Letters in filled circles and squares, and flags' letters.
        '🅐'..='🅩' => ascii_letter(u32::from(c), 0x1F150)?,
        '🅰'..='🆉' => ascii_letter(u32::from(c), 0x1F170)?,
        '🇦'..='🇿' => ascii_letter(u32::from(c), 0x1F1E6)?,
        _ => return None,
    })
}

/// The letter that stands as far from `a` as `code` from `first`.
fn ascii_letter(code: u32, first: u32) -> Option<&'static str> {
    let at = usize::try_from(code.checked_sub(first)?).ok()?;
    "abcdefghijklmnopqrstuvwxyz".get(at..at.checked_add(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_twice_is_folding_once_for_every_scalar_value() {
        let unstable: Vec<(char, String, String)> = ('\0'..=char::MAX)
            .map(|c| (c, fold_char(c)))
            .map(|(c, once)| (c, once.chars().map(fold_char).collect::<String>(), once))
            .filter(|(_, twice, once)| twice != once)
            .map(|(c, twice, once)| (c, once, twice))
            .collect();
        assert!(unstable.is_empty(), "{unstable:?}");
    }

    #[test]
    fn ascii_letters_and_digits_stay_apart() {
        for c in '!'..='~' {
            assert_eq!(fold_char(c), c.to_ascii_lowercase().to_string());
        }
    }

    #[test]
    fn digits_of_every_script_fold_to_their_value() {
        for digits in [
            "0123456789",
            "٠١٢٣٤٥٦٧٨٩",
            "۰۱۲۳۴۵۶۷۸۹",
            "०१२३४५६७८९",
            "๐๑๒๓๔๕๖๗๘๙",
            "０１２３４５６７８９",
            "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
            "𝟶𝟷𝟸𝟹𝟺𝟻𝟼𝟽𝟾𝟿",
            "𑓐𑓑𑓒𑓓𑓔𑓕𑓖𑓗𑓘𑓙",
        ] {
            let folded: String = digits.chars().map(fold_char).collect();
            assert_eq!(folded, "0123456789", "{digits}");
        }
    }

    #[test]
    fn faked_english_folds_to_english() {
        for (fake, word) in [
            ("іgnоrе", "ignore"),
            ("ІGΝΟRΕ", "ignore"),
            ("ΙGNΟRΕ АLL", "ignore all"),
            ("ɪɢɴᴏʀᴇ", "ignore"),
            ("𝗶𝗴𝗻𝗼𝗿𝗲", "ignore"),
            ("𝒾ℊ𝓃ℴ𝓇ℯ", "ignore"),
            ("ｉｇｎｏｒｅ", "ignore"),
            ("ⓘⓖⓝⓞⓡⓔ", "ignore"),
            ("🅘🅖🅝🅞🅡🅔", "ignore"),
            ("🅸🅶🅽🅾🆁🅴", "ignore"),
            ("🇮🇬🇳🇴🇷🇪", "ignore"),
            ("ïgñörê", "ignore"),
            ("i̷g̷n̷o̷r̷e̷", "ignore"),
            ("ꓲꓖꓠꓳꓣꓰ", "ignore"),
            ("ᎥᏀɴᎾᏒᎬ", "ignore"),
            ("ѕуѕтем", "system"),
            ("ЅУЅТЕМ", "system"),
            ("ꮪʏꜱᴛᴇᴍ", "system"),
            ("оνеггιԁе", "override"),
            ("Ⅿemory", "memory"),
            ("ɱemory", "memory"),
            ("ﬁle", "file"),
            ("ᵖʳᵒᵐᵖᵗ", "prompt"),
            ("раѕѕԝоrԁ", "password"),
        ] {
            let folded: String = fake.chars().map(fold_char).collect();
            assert_eq!(folded, word, "{fake}");
        }
    }

    #[test]
    fn cyrillic_and_latin_fold_alike_in_both_cases() {
        let differing: String = ('\u{41}'..='\u{52f}')
            .filter(|c| !('\u{370}'..='\u{3ff}').contains(c))
            // Palochka: the capital poses as I, the small letter as l.
            .filter(|&c| c != 'Ӏ')
            .filter(|&c| c.to_lowercase().map(fold_char).collect::<String>() != fold_char(c))
            .collect();
        assert_eq!(differing, "");
    }

    #[test]
    fn prose_keeps_the_edges_of_its_words_and_its_amounts() {
        for (text, folded) in [
            ("¡Hola! ¿Qué?", "!hola! ?que?"),
            ("€100 £5 ¥20", "€100 £5 ¥20"),
            ("a — b – c", "a - b - c"),
            ("“so” ‘it’ „is“ «on»", "\"so\" 'it' \"is\" \"on\""),
            ("Straße", "strasse"),
            ("50٪ 3 ‰", "50% 3 ‰"),
            ("例え。", "例え."),
            ("a|b ∣ c", "a|b | c"),
        ] {
            let now: String = text.chars().map(fold_char).collect();
            assert_eq!(now, folded, "{text}");
        }
    }
}
