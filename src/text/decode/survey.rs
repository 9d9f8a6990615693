//! What kinds of bytes stand where in a text: one pass, 64 bytes at a time, before anything is decoded.
//!
//! Every encoding has signs that ordinary text lacks: digits in a row, letters alone, long words of both cases. Each view
//! asks here where they are, and reads only there. So a text that hides nothing is read once, not once for each encoding.

/// Bytes that one mask speaks of.
pub(super) const WIDTH: usize = 64;

/// The kinds of the bytes of one block: the lowest bit is the first byte. Behind the text's end there is nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Block {
    pub(super) upper: u64,
    pub(super) lower: u64,
    pub(super) digit: u64,
    /// Everything that is not ASCII.
    pub(super) foreign: u64,
    /// Space, tab and line ends.
    pub(super) blank: u64,
    /// Printable ASCII that is no letter and no digit.
    pub(super) sign: u64,
    /// What morse is written with: `.`, `-`, `_`.
    pub(super) beat: u64,
    /// `"` and `'`.
    pub(super) quote: u64,
    /// What may stand inside a token, or go around a part of it: `_`, `<`, `*`, `` ` ``, `~`.
    pub(super) joint: u64,
}

impl Block {
    fn of(bytes: &[u8; WIDTH]) -> Self {
        Self {
            upper: mask(bytes, |b| within(b, b'A', b'Z')),
            lower: mask(bytes, |b| within(b, b'a', b'z')),
            digit: mask(bytes, |b| within(b, b'0', b'9')),
            foreign: mask(bytes, |b| b >> 7),
            blank: mask(bytes, |b| within(b, b'\t', b'\r') | is(b, b' ')),
            sign: mask(bytes, |b| {
                within(b, b'!', b'/') | within(b, b':', b'@') | within(b, b'[', b'`') | within(b, b'{', b'~')
            }),
            beat: mask(bytes, |b| within(b, b'-', b'.') | is(b, b'_')),
            quote: mask(bytes, |b| is(b, b'"') | is(b, b'\'')),
            joint: mask(bytes, |b| within(b, b'_', b'`') | is(b, b'<') | is(b, b'*') | is(b, b'~')),
        }
    }

    pub(super) const fn word(&self) -> u64 {
        self.upper | self.lower | self.digit
    }

    pub(super) const fn graphic(&self) -> u64 {
        self.word() | self.sign
    }
}

// INVARIANT: numbers instead of truth values, so that the compiler uses wide registers.
fn within(byte: u8, first: u8, last: u8) -> u8 {
    u8::from(byte.wrapping_sub(first) <= last.wrapping_sub(first))
}

fn is(byte: u8, one: u8) -> u8 {
    u8::from(byte == one)
}

/// One bit for each byte that is of a kind: 1 where it is, else 0.
fn mask(bytes: &[u8; WIDTH], kind: impl Fn(u8) -> u8) -> u64 {
    /// Brings the lowest bits of eight bytes together in the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let flags = bytes.map(kind);
    let (eights, _) = flags.as_chunks::<8>();
    eights
        .iter()
        .rev()
        .fold(0, |mask, eight| mask << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56)
}

/// A text and the kinds of its bytes.
#[derive(Debug)]
pub(super) struct Survey<'t> {
    pub(super) text: &'t str,
    blocks: Vec<Block>,
}

impl<'t> Survey<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let (whole, rest) = text.as_bytes().as_chunks::<WIDTH>();
        let mut blocks = Vec::with_capacity(whole.len().saturating_add(1));
        blocks.extend(whole.iter().map(Block::of));
        if !rest.is_empty() {
            // A null is of no kind.
            let mut last = [0; WIDTH];
            last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            blocks.push(Block::of(&last));
        }
        Self { text, blocks }
    }

    pub(super) const fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    /// Every longest row of bytes of a kind: where it begins, and where it ends.
    pub(super) fn runs<K: Fn(&Block) -> u64>(&self, kind: K) -> Runs<'_, K> {
        Runs { blocks: self.blocks.iter(), kind, bits: 0, base: 0, next_base: 0 }
    }

    /// Where `length` bytes of a kind in a row begin; `length` is from 1 to 64.
    pub(super) fn rows(&self, kind: impl Fn(&Block) -> u64, length: u32) -> Places {
        self.places(|near| {
            let mut here = u128::from(kind(near.block)) | u128::from(kind(near.behind)) << 64;
            let mut covered = 1;
            while covered < length {
                let step = covered.min(length.saturating_sub(covered));
                here &= here >> step;
                covered = covered.saturating_add(step);
            }
            u64::try_from(here & u128::from(u64::MAX)).unwrap_or(0)
        })
    }

    /// The bits of each block with those of the block before it and of the one behind it.
    pub(super) fn places<K: Fn(&Near<'_>) -> u64>(&self, kind: K) -> Places {
        let none = Block::default();
        let mut masks = Vec::with_capacity(self.blocks.len());
        let mut before = &none;
        let mut blocks = self.blocks.iter().peekable();
        while let Some(block) = blocks.next() {
            let behind = blocks.peek().copied().unwrap_or(&none);
            masks.push(kind(&Near { before, block, behind }));
            before = block;
        }
        Places { masks }
    }
}

/// A block between its neighbours.
pub(super) struct Near<'s> {
    before: &'s Block,
    pub(super) block: &'s Block,
    behind: &'s Block,
}

impl Near<'_> {
    /// Which bytes stand `by` bytes behind one of a kind; `by` is from 1 to 63.
    pub(super) fn after(&self, kind: impl Fn(&Block) -> u64, by: u32) -> u64 {
        kind(self.block) << by | kind(self.before) >> 64_u32.saturating_sub(by)
    }

    /// Which bytes stand `by` bytes before one of a kind; `by` is from 1 to 63.
    pub(super) fn ahead(&self, kind: impl Fn(&Block) -> u64, by: u32) -> u64 {
        kind(self.block) >> by | kind(self.behind) << 64_u32.saturating_sub(by)
    }
}

/// Places in a text that somebody wants to look at.
#[derive(Debug)]
pub(super) struct Places {
    masks: Vec<u64>,
}

impl Places {
    /// The first place from `at` on.
    pub(super) fn next(&self, at: usize) -> Option<usize> {
        let first = at / WIDTH;
        let here = self.masks.get(first)? & u64::MAX << (at % WIDTH);
        if here != 0 {
            return Some(place(first, here));
        }
        let behind = first.saturating_add(1);
        let found = self.masks.get(behind..)?.iter().position(|mask| *mask != 0)?.saturating_add(behind);
        self.masks.get(found).map(|mask| place(found, *mask))
    }
}

fn place(block: usize, mask: u64) -> usize {
    block.saturating_mul(WIDTH).saturating_add(mask.trailing_zeros() as usize)
}

/// Rows of bytes of a kind.
pub(super) struct Runs<'s, K> {
    blocks: std::slice::Iter<'s, Block>,
    kind: K,
    /// What is left of the block at `base`.
    bits: u64,
    base: usize,
    next_base: usize,
}

impl<K: Fn(&Block) -> u64> Runs<'_, K> {
    fn advance(&mut self) -> Option<()> {
        self.bits = (self.kind)(self.blocks.next()?);
        self.base = self.next_base;
        self.next_base = self.base.saturating_add(WIDTH);
        Some(())
    }
}

impl<K: Fn(&Block) -> u64> Iterator for Runs<'_, K> {
    type Item = (usize, usize);

    fn next(&mut self) -> Option<(usize, usize)> {
        while self.bits == 0 {
            self.advance()?;
        }
        let first = self.bits.trailing_zeros();
        let start = self.base.saturating_add(first as usize);
        // Fill what stands below the run, and the run ends at the first gap.
        let filled = self.bits | self.bits.wrapping_sub(1);
        let mut end = filled.trailing_ones();
        self.bits = filled & filled.wrapping_add(1);
        while end == 64 {
            if self.advance().is_none() {
                return Some((start, self.next_base));
            }
            end = self.bits.trailing_ones();
            self.bits &= self.bits.wrapping_add(1);
        }
        Some((start, self.base.saturating_add(end as usize)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain_runs(text: &str, is: impl Fn(u8) -> bool) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (at, _) in text.bytes().enumerate().filter(|(_, b)| is(*b)) {
            match runs.last_mut() {
                Some(run) if run.1 == at => run.1 = at + 1,
                _ => runs.push((at, at + 1)),
            }
        }
        runs
    }

    #[test]
    fn every_byte_is_of_its_kind() {
        for byte in 0..=0x7f_u8 {
            let block = Block::of(&[byte; WIDTH]);
            let whole = |is: bool| if is { u64::MAX } else { 0 };
            assert_eq!(block.upper, whole(byte.is_ascii_uppercase()), "{byte}");
            assert_eq!(block.lower, whole(byte.is_ascii_lowercase()), "{byte}");
            assert_eq!(block.digit, whole(byte.is_ascii_digit()), "{byte}");
            assert_eq!(block.sign, whole(byte.is_ascii_punctuation()), "{byte}");
            assert_eq!(block.graphic(), whole(byte.is_ascii_graphic()), "{byte}");
            assert_eq!(block.blank, whole(matches!(byte, b' ' | b'\t'..=b'\r')), "{byte}");
            assert_eq!(block.foreign, 0);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn rows_are_those_that_a_plain_loop_finds(text in "([a-z]{0,90}[ -~é]{0,40}){0,6}") {
            let survey = Survey::new(&text);
            prop_assert_eq!(
                survey.runs(|b| b.upper | b.lower).collect::<Vec<_>>(),
                plain_runs(&text, |b| b.is_ascii_alphabetic())
            );
            prop_assert_eq!(survey.runs(|b| b.foreign).collect::<Vec<_>>(), plain_runs(&text, |b| b >= 0x80));
        }

        #[test]
        fn long_rows_are_found_where_they_begin(text in "([a-z]{0,70}[A ]){0,6}", length in 1_usize..40) {
            let rows = Survey::new(&text).rows(|b| b.lower, u32::try_from(length).unwrap());
            let is_row = |at: usize| {
                let row = text.as_bytes().get(at..at + length);
                row.is_some_and(|row| row.iter().all(u8::is_ascii_lowercase))
            };
            for at in 0..text.len() {
                prop_assert_eq!(rows.next(at) == Some(at), is_row(at));
            }
        }

        #[test]
        fn neighbours_are_seen_over_the_edges_of_blocks(text in "[aA ]{0,200}", by in 1_usize..4) {
            let survey = Survey::new(&text);
            let bytes = text.as_bytes();
            let after = survey.places(|near| near.after(|b| b.upper, u32::try_from(by).unwrap()));
            let ahead = survey.places(|near| near.ahead(|b| b.upper, u32::try_from(by).unwrap()));
            let is_upper = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&b'A');
            for at in 0..bytes.len() {
                prop_assert_eq!(after.next(at) == Some(at), is_upper(at.checked_sub(by)));
                prop_assert_eq!(ahead.next(at) == Some(at), is_upper(at.checked_add(by)));
            }
        }
    }
}
