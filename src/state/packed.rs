//! A text in less room: it is looked at again only where something was copied from it.
//!
//! The commonest characters of prose take four bits, thirty-two others eight, every other byte twelve. A text that grows
//! by this stays as it is.

use std::fmt;

/// The characters of four bits, then those of eight, in two rows.
const COMMON: &[u8; 13] = b" etaoinshrdlu";
const FIRST: &[u8; 16] = b"cmwfgypbvk.,-\n01";
const SECOND: &[u8; 16] = b"23456789xjqz:/\"_";

/// A text, packed where that is shorter. Its `Debug` form has no content.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Packed {
    len: u32,
    is_plain: bool,
    bytes: Box<[u8]>,
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed").field("len", &self.len).finish_non_exhaustive()
    }
}

/// A byte in two halves with the number of halves: `(halves, how many)`, first half highest.
const CODES: [(u16, u8); 256] = codes();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "evaluated by the compiler, which refuses an index out of range"
)]
const fn codes() -> [(u16, u8); 256] {
    let mut codes = [(0_u16, 3_u8); 256];
    let mut at = 0;
    while at < 256 {
        codes[at] = (0xf00 | at as u16, 3);
        at += 1;
    }
    at = 0;
    while at < 16 {
        codes[FIRST[at] as usize] = (0xd0 | at as u16, 2);
        codes[SECOND[at] as usize] = (0xe0 | at as u16, 2);
        at += 1;
    }
    at = 0;
    while at < 13 {
        codes[COMMON[at] as usize] = (at as u16, 1);
        at += 1;
    }
    codes
}

/// What reading one byte, two halves, gives.
#[derive(Clone, Copy)]
struct Step {
    out: [u8; 2],
    count: u8,
    state: u8,
}

/// By what was read before: nothing of a code, its first half 13, 14 or 15, or 15 and the half that stands here.
static STEPS: [[Step; 256]; 20] = steps();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::large_stack_arrays,
    reason = "evaluated by the compiler, which refuses an index out of range"
)]
const fn steps() -> [[Step; 256]; 20] {
    let mut steps = [[Step { out: [0; 2], count: 0, state: 0 }; 256]; 20];
    let mut before = 0;
    while before < 20 {
        let mut byte = 0;
        while byte < 256 {
            let mut step = Step { out: [0; 2], count: 0, state: before as u8 };
            let halves = [byte >> 4, byte & 15];
            let mut n = 0;
            while n < 2 {
                let half = halves[n];
                let found = match (step.state, half) {
                    (0, 13..) => {
                        step.state = half as u8 - 12;
                        None
                    }
                    (0, _) => Some(COMMON[half]),
                    (1, _) => Some(FIRST[half]),
                    (2, _) => Some(SECOND[half]),
                    (3, _) => {
                        step.state = 4 + half as u8;
                        None
                    }
                    (high, _) => Some((high - 4) << 4 | half as u8),
                };
                if let Some(found) = found {
                    step.out[step.count as usize] = found;
                    (step.count, step.state) = (step.count + 1, 0);
                }
                n += 1;
            }
            steps[before][byte] = step;
            byte += 1;
        }
        before += 1;
    }
    steps
}

impl Packed {
    pub(super) fn new(text: &str) -> Self {
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(text.len());
        // Halves that are not written yet, the first of them highest.
        let (mut waiting, mut count) = (0_u64, 0_u32);
        for byte in text.bytes() {
            let (halves, more) = CODES.get(usize::from(byte)).copied().unwrap_or_default();
            waiting = waiting << (u32::from(more) & 3).saturating_mul(4) | u64::from(halves);
            count = count.saturating_add(u32::from(more));
            if count >= 8 {
                count = count.saturating_sub(8);
                let four = waiting >> count.saturating_mul(4) & u64::from(u32::MAX);
                bytes.extend(u32::try_from(four).unwrap_or_default().to_be_bytes());
                if bytes.len() >= text.len() {
                    break;
                }
            }
        }
        // Half of a code that goes on ends the text.
        if count % 2 == 1 {
            (waiting, count) = (waiting << 4 | 15, count.saturating_add(1));
        }
        bytes.extend((0..count / 2).rev().map(|at| (waiting >> at.saturating_mul(8)).to_le_bytes()[0]));
        if bytes.len() >= text.len() {
            return Self { len, is_plain: true, bytes: text.as_bytes().into() };
        }
        Self { len, is_plain: false, bytes: bytes.into_boxed_slice() }
    }

    /// How many bytes the text has.
    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        if self.is_plain {
            return String::from_utf8_lossy(&self.bytes).into_owned();
        }
        // Two bytes are written at every step, and as many count as there were.
        let mut text = vec![0; self.len().saturating_add(2)];
        let (mut at, mut state) = (0_usize, 0_u8);
        for byte in &self.bytes {
            let step = STEPS.get(usize::from(state)).and_then(|steps| steps.get(usize::from(*byte)));
            let (Some(step), Some(next)) = (step, text.get_mut(at..at.saturating_add(2))) else { break };
            next.copy_from_slice(&step.out);
            at = at.saturating_add(usize::from(step.count));
            state = step.state;
        }
        text.truncate(at.min(self.len()));
        String::from_utf8(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prose_takes_little_more_than_half() {
        let text =
            "the walk begins at the mill at ten, and it ends at the station by four if the weather holds. ";
        assert!(Packed::new(text).bytes.len() * 100 <= text.len() * 62);
        assert_eq!(Packed::new(text).text(), text);
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "[a-z ]{0,40}|\\PC{0,40}|[A-Z{}()=;\n\"0-9é]{0,40}") {
            prop_assert_eq!(Packed::new(&text).text(), text);
        }
    }
}
