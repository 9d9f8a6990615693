//! How much data a text may carry besides what it says: a leak that is slow enough passes every single look.
//!
//! An estimate, from above for what is drawn at random and near nothing for prose: each character of a token that is no
//! word counts as much as the token's alphabet can hold. Not counted: which words were chosen, and in which order.

/// Bits in what is no word.
pub fn bits(text: &str) -> usize {
    let mut hundredths = 0_usize;
    let mut rest = text;
    while let Some(start) = rest.find(is_inside) {
        let token = rest.get(start..).unwrap_or_default();
        let end = token.find(|c| !is_inside(c)).unwrap_or(token.len());
        let (token, after) = token.split_at_checked(end).unwrap_or((token, ""));
        hundredths = hundredths.saturating_add(of_token(token.as_bytes()));
        rest = after;
    }
    let unseen = text.chars().filter(|c| is_unseen(*c)).count();
    (hundredths / 100).saturating_add(unseen.saturating_mul(4))
}

fn is_inside(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-' | '%' | '~')
}

/// Characters that a reader does not see and a program reads: zero-width ones, variation selectors, tags.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}

/// Hundredths of bits in one token, after what reads like words in it.
fn of_token(token: &[u8]) -> usize {
    let mut left = 0_usize;
    let (mut digits, mut lower, mut upper, mut letters_beyond_hex) = (0_usize, false, false, false);
    for word in token.chunk_by(|one, next| {
        one.is_ascii_alphabetic() && next.is_ascii_lowercase()
            || one.is_ascii_digit() && next.is_ascii_digit()
    }) {
        // `Report`, `2026`: words and years between signs.
        let spoken = word.iter().all(u8::is_ascii_alphabetic) && word.len() >= 4 && has_vowels(word)
            || word.len() == token.len() && word.len() <= 4;
        if spoken {
            continue;
        }
        left = left.saturating_add(word.iter().filter(|byte| byte.is_ascii_alphanumeric()).count());
        for byte in word {
            digits = digits.saturating_add(usize::from(byte.is_ascii_digit()));
            lower |= byte.is_ascii_lowercase();
            upper |= byte.is_ascii_uppercase();
            letters_beyond_hex |= byte.is_ascii_alphabetic() && !byte.is_ascii_hexdigit();
        }
    }
    // What is left of one word is an abbreviation.
    if left <= 4 || digits == 0 && left <= 6 && !(lower && upper) {
        return 0;
    }
    let each = match (digits > 0, lower, upper, letters_beyond_hex) {
        (_, false, false, _) => 332,
        (_, true, true, _) => 595,
        (true, _, _, false) => 400,
        (true, ..) => 517,
        (false, ..) => 470,
    };
    left.saturating_mul(each)
}

/// Whether every fifth letter is a vowel, and not all are, and no four of one kind stand in a row.
fn has_vowels(word: &[u8]) -> bool {
    let is_vowel = |byte: &u8| matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let vowels = word.iter().filter(|byte| is_vowel(byte)).count();
    let longest =
        word.chunk_by(|one, next| is_vowel(one) == is_vowel(next)).map(<[u8]>::len).max().unwrap_or(0);
    vowels.saturating_mul(5) >= word.len() && vowels < word.len() && longest <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_has_next_to_none() {
        let prose = "The walk begins at the mill at ten, and it ends at the station by four if the weather holds. \
                     We will send the report of 2026 to Ana on Tuesday, as agreed in the meeting about the budget.";
        assert!(bits(prose) < 10, "{}", bits(prose));
    }

    #[test]
    fn what_is_drawn_at_random_has_about_its_own() {
        assert!(bits(&"q7Tz0aPwK3mV8sXc1LdR".repeat(2)) >= 200);
        assert!(bits("9f86d081884c7d659a2feaa0c55ad015") >= 100);
        assert!(bits("https://x.example/p?d=Kq3x9Zt1") >= 40);
        assert!(bits("a\u{200b}\u{200c}\u{200b}b") >= 12);
    }
}
