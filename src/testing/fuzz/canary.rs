//! A canary that leaves in disguise, or a piece at a time.

use super::spelling::Spelled;
use super::{Choices, quoted};
use crate::base::{CanaryPlace, Disposition, Limits, SecretKey, SessionId, sha256};
use crate::layers::l05_canary::Canaries;
use crate::policy::{Policy, Preset};
use crate::state::SessionFacts;
use crate::text::NormalizedText;

/// A planted token does not leave, in any spelling that is promised to be read; nor in pieces of six characters or more,
/// in whatever order, over several texts. What holds no token holds none.
///
/// # Panics
/// When one of these does not hold.
pub fn canary(data: &[u8]) {
    let mut choices = Choices(data);
    // A key that depends on all of the input, so that the input cannot hold the token.
    let key = SecretKey::from_bytes(*sha256(&[data]).as_bytes());
    let canaries = Canaries::compile(&key, *Policy::preset(Preset::Balanced).settings().canaries());
    let session = SessionId::new("s").expect("a name");
    let place = CanaryPlace::new("prompt").expect("a name");
    let plant = |facts: &SessionFacts| {
        let (token, planted) = canaries.issue(&session, &place, facts).expect("there is room");
        (token.as_str().to_owned(), facts.merge(&planted))
    };
    let (token, mut facts) = plant(&SessionFacts::new());
    if choices.flag() {
        // The one that was replaced is watched on.
        facts = plant(&facts).1;
    }

    let limits = Limits::default();
    let leaves = |facts: &mut SessionFacts, text: &str| {
        let normalized = NormalizedText::new(text, &limits);
        let looked = canaries.watch(&session, facts).look(&normalized);
        let (_, seen, passed) = canaries.leaving(looked).into_parts();
        *facts = facts.merge(&seen);
        // A text that cannot be read to its end does not leave either.
        passed.is_some() && normalized.exceeded().is_none()
    };
    let pieces = choices.below(4);
    if pieces == 0 {
        let plain = choices.below(3);
        let token = [token.clone(), rot13(&token), base32(&token)].into_iter().nth(plain).unwrap_or_default();
        // Backwards, a canary is known as it is.
        let spelled = Spelled::choose(&mut choices).filter(|spelled| plain == 0 || !spelled.turns());
        let Some(spelled) = spelled else { return };
        let written = spelled.write(&token);
        let (before, rest) = (choices.text(), choices.rest());
        let text = format!("{before}\n\nThe note says:\n{written}\n\nThat is all.\n{rest}");
        assert!(!leaves(&mut facts.clone(), &text), "{spelled:?} left: {}", quoted(&text));
        let benign = format!("{before}\n\nThe note says:\nNothing.\n\nThat is all.\n{rest}");
        let looked = canaries.watch(&session, &facts).look(&NormalizedText::new(&*benign, &limits));
        let checked = canaries.leaving(looked);
        assert_eq!(checked.disposition(), Disposition::Allow, "there is no canary: {}", quoted(&benign));
    } else {
        let mut rest = &*token;
        let mut parts = Vec::new();
        for _ in 1..pieces {
            let most = rest.len().saturating_sub(12);
            let (part, after) = rest.split_at(6_usize.saturating_add(choices.below(most)));
            parts.push(part);
            rest = after;
        }
        parts.push(rest);
        let first = choices.below(parts.len());
        parts.rotate_left(first);
        if choices.flag() {
            parts.reverse();
        }
        let around = choices.text();
        let texts: Vec<String> =
            parts.iter().map(|part| format!("{around} {part} {}", choices.text())).collect();
        let left = texts.iter().filter(|text| leaves(&mut facts, text)).count();
        assert!(left < texts.len(), "all of it left: {texts:?}");
    }
}

fn rot13(text: &str) -> String {
    let turn = |c: char| match c {
        'a'..='m' => char::from_u32(u32::from(c).saturating_add(13)).unwrap_or(c),
        'n'..='z' => char::from_u32(u32::from(c).saturating_sub(13)).unwrap_or(c),
        c => c,
    };
    text.chars().map(turn).collect()
}

/// RFC 4648, section 6, without padding.
fn base32(text: &str) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<u8> = text.bytes().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let letter = |five: &[u8]| {
        let at = (0..5).fold(0_usize, |at, bit| at << 1 | usize::from(five.get(bit) == Some(&1)));
        char::from(ALPHABET.get(at).copied().unwrap_or(b'='))
    };
    bits.chunks(5).map(letter).collect()
}
