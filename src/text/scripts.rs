//! What scripts need from characters that nobody sees.

use unicode_script::Script;

use super::pages::Traits;

/// Which way a letter writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Left,
    Right,
}

/// The direction that `c` gives to what stands around it, if it is a letter.
pub(super) fn direction(c: char) -> Option<Direction> {
    if !Traits::of(c).is_plain() || !c.is_alphabetic() {
        return None;
    }
    Some(match u32::from(c) {
        0x590..=0x8FF | 0xFB1D..=0xFDFF | 0xFE70..=0xFEFE | 0x10800..=0x10FFF | 0x1E800..=0x1EFFF => {
            Direction::Right
        }
        _ => Direction::Left,
    })
}

/// Scripts whose letters join, so that a joiner shows at the edge of a word too.
pub(super) const fn is_cursive(script: Script) -> bool {
    matches!(
        script,
        Script::Arabic
            | Script::Syriac
            | Script::Mongolian
            | Script::Nko
            | Script::Phags_Pa
            | Script::Mandaic
            | Script::Manichaean
            | Script::Psalter_Pahlavi
            | Script::Sogdian
            | Script::Adlam
            | Script::Hanifi_Rohingya
    )
}

/// Scripts that build conjuncts, where joiners choose between forms.
pub(super) const fn is_conjoining(script: Script) -> bool {
    matches!(
        script,
        Script::Devanagari
            | Script::Bengali
            | Script::Gurmukhi
            | Script::Gujarati
            | Script::Oriya
            | Script::Tamil
            | Script::Telugu
            | Script::Kannada
            | Script::Malayalam
            | Script::Sinhala
            | Script::Khmer
            | Script::Myanmar
            | Script::Balinese
            | Script::Javanese
            | Script::Sundanese
            | Script::Chakma
            | Script::Tirhuta
            | Script::Newa
            | Script::Grantha
            | Script::Meetei_Mayek
            | Script::Tulu_Tigalari
    )
}

/// Scripts that write without spaces, where a zero-width space says where a line may break.
pub(super) const fn is_unspaced(script: Script) -> bool {
    matches!(
        script,
        Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
            | Script::Tibetan
            | Script::Javanese
            | Script::Balinese
            | Script::Sundanese
            | Script::Tai_Le
            | Script::New_Tai_Lue
            | Script::Tai_Tham
            | Script::Tai_Viet
            | Script::Hiragana
            | Script::Katakana
    )
}
