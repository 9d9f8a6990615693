//! Letters in a style of their own: full-width ones, and bold, script or double-struck ones of mathematics. The fold
//! reads them as plain letters; but base64 means other things by large letters than by small ones.

use unicode_normalization::char::decompose_compatible;

use super::rewrite::Edit;

/// Fewest styled characters that can hold something encoded.
const FEWEST: usize = 12;

/// Every styled character with the plain one; `None` where there are few.
pub(super) fn styled(text: &str) -> Option<Vec<Edit>> {
    if text.is_ascii() {
        return None;
    }
    let edits: Vec<Edit> = text
        .char_indices()
        .filter_map(|(at, c)| Some(Edit::new(at, at.saturating_add(c.len_utf8()), Some(plain(c)?))))
        .collect();
    (edits.len() >= FEWEST).then_some(edits)
}

fn plain(c: char) -> Option<char> {
    if !matches!(c, '\u{FF01}'..='\u{FF5E}' | '\u{1D400}'..='\u{1D7FF}') {
        return None;
    }
    let mut plain = None;
    decompose_compatible(c, |c| plain = Some(c));
    plain.filter(char::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::super::rewrite::excerpt;
    use super::*;

    #[test]
    fn full_width_and_mathematical_characters_are_made_plain() {
        let text = "see ａＧＶｓｂＧ８％４１ and 𝐚𝑮𝓥𝔰𝟐";
        assert_eq!(excerpt(text, &styled(text).unwrap()).0, "see aGVsbG8%41 and aGVs2");
    }

    #[test]
    fn a_few_of_them_are_an_ordinary_text() {
        assert!(styled("２０２５年の計画（案）：ＡＢＣ").is_none());
    }
}
