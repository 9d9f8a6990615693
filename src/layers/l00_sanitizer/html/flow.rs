//! Where lines stand: an estimate of the normal flow, from above and from the left.
//!
//! Two places are carried along: the least that it can be, and the likeliest. Something is cut off only when it
//! is even at its least.

use super::cover::Rect;
use super::property::{Property, White};
use super::style::Style;

/// The narrowest that a letter is on average, in font sizes; and the likeliest, and the widest.
const THIN: f32 = 0.3;
const USUAL: f32 = 0.5;
const WIDE: f32 = 0.65;

/// A distance, at its least and at its likeliest.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Pen {
    pub(super) low: f32,
    pub(super) best: f32,
}

impl Pen {
    pub(super) const fn at(both: f32) -> Self {
        Self { low: both, best: both }
    }

    pub(super) fn plus(self, both: f32) -> Self {
        Self { low: self.low + both, best: self.best + both }
    }

    fn max(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), best: self.best.max(other.best) }
    }
}

/// A piece of text to be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// Letters, those of East Asia twice.
    pub(super) letters: f32,
    pub(super) font: f32,
    pub(super) spacing: f32,
    pub(super) line: f32,
    pub(super) straight: bool,
}

impl Run {
    pub(super) fn wide(&self) -> f32 {
        self.letters * (self.font * WIDE + self.spacing).max(0.1)
    }

    fn pen(&self) -> Pen {
        Pen {
            low: self.letters * (self.font * THIN + self.spacing).max(0.0),
            best: self.letters * (self.font * USUAL + self.spacing).max(0.0),
        }
    }

    /// The least width of one letter.
    pub(super) fn thin(&self) -> f32 {
        (self.font * THIN + self.spacing).max(0.1)
    }
}

/// Where a piece of text was set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Set {
    pub(super) top: Pen,
    pub(super) left: Pen,
    pub(super) best: Rect,
    /// Its last line, at its likeliest.
    pub(super) bottom: f32,
}

/// A box in which lines and boxes follow each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flow {
    pub(super) left: f32,
    pub(super) width: f32,
    /// Where the next line begins.
    pub(super) pen: Pen,
    /// How far the present line has come.
    pub(super) along: Pen,
    line: f32,
    /// The margin that the next one may fall together with.
    gap: f32,
    /// Boxes stand side by side.
    pub(super) row: bool,
    end: Pen,
    /// No line has ended yet.
    pub(super) fresh: bool,
    /// The number of lines so far was told by text.
    pub(super) begun: bool,
}

impl Flow {
    pub(super) fn new(left: f32, width: f32, top: Pen, row: bool) -> Self {
        Self {
            left,
            width,
            pen: top,
            along: Pen::default(),
            line: 0.0,
            gap: 0.0,
            row,
            end: top,
            fresh: true,
            begun: false,
        }
    }

    /// Sets a piece of text.
    pub(super) fn text(&mut self, run: &Run) -> Set {
        let width = self.width.max(run.font);
        let (from, top) = (self.along, self.pen);
        let size = run.pen();
        self.line = self.line.max(run.line);
        self.begun = true;
        let lead = (run.line - run.font).max(0.0) / 2.0;
        let lines = |along: f32| if run.straight { 0.0 } else { (along / width).floor() };
        let down = Pen { low: lines(from.low + size.low), best: lines(from.best + size.best) };
        self.along = Pen {
            low: from.low + size.low - down.low * width,
            best: from.best + size.best - down.best * width,
        };
        self.pen = Pen { low: top.low + down.low * run.line, best: top.best + down.best * run.line };
        let (left, right) = if down.best > 0.0 {
            (self.left, self.left + width)
        } else {
            (self.left + from.best, self.left + from.best + size.best)
        };
        let bottom = self.pen.best + run.line;
        Set {
            top: top.plus(lead),
            left: Pen { low: self.left + from.low, best: self.left + from.best },
            best: Rect { left, top: top.best + lead, right, bottom: bottom - lead },
            bottom,
        }
    }

    /// Ends the line, so that the next text stands under it.
    pub(super) fn end_line(&mut self) {
        if self.begun {
            self.pen = self.pen.plus(self.line);
            self.fresh = false;
        }
        (self.along, self.line, self.begun) = (Pen::default(), 0.0, false);
        if self.pen.low > self.end.low || self.pen.best > self.end.best {
            self.gap = 0.0;
        }
    }

    /// A line break; an empty line is as high as a full one.
    pub(super) fn newline(&mut self, line: f32) {
        self.line = self.line.max(line);
        self.begun = true;
        self.gap = 0.0;
        self.end_line();
    }

    /// Where a box begins that comes next, with this margin above it.
    pub(super) fn begin(&mut self, margin: f32) -> Pen {
        if self.row {
            return self.pen.plus(margin);
        }
        self.end_line();
        let gap = if margin >= 0.0 && self.gap >= 0.0 { (margin - self.gap).max(0.0) } else { margin };
        self.pen.plus(gap)
    }

    /// A box has ended here, with this margin under it; `wide` is how far it reaches in a row.
    pub(super) fn end(&mut self, bottom: Pen, margin: f32, wide: Pen) {
        if self.row {
            self.end = self.end.max(bottom.plus(margin));
            self.along = Pen { low: self.along.low + wide.low, best: self.along.best + wide.best };
            return;
        }
        self.fresh = false;
        self.pen = bottom.plus(margin);
        self.gap = margin.max(0.0);
        self.end = self.pen;
    }

    /// Boxes that stood side by side are followed by others under them.
    pub(super) fn end_row(&mut self) {
        self.pen = self.end.max(self.pen);
        self.along = Pen::default();
    }

    /// The bottom of what was set.
    pub(super) fn bottom(&mut self) -> Pen {
        if self.begun {
            self.end_line();
        }
        if self.row { self.end.max(self.pen) } else { self.pen }
    }
}

/// The measures of a text that is to be set.
pub(super) fn run_of(style: &Style, text: &str) -> Run {
    let collapse = style.white() == White::Collapse;
    let (mut letters, mut space) = (0.0_f32, true);
    if text.is_ascii() {
        // The usual case, without decoding and without sums of fractions.
        let mut count = 0_u32;
        for byte in text.bytes() {
            let blank = byte.is_ascii_whitespace();
            count = count.saturating_add(u32::from(!(collapse && blank && space)));
            space = blank;
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let count = count as f32;
        letters = count;
    } else {
        for c in text.chars() {
            let blank = c.is_ascii_whitespace();
            if !(collapse && blank && space) {
                letters += if u32::from(c) >= 0x2e80 { 2.0 } else { 1.0 };
            }
            space = blank;
        }
    }
    Run {
        letters,
        font: style.font,
        spacing: style.px(Property::LetterSpacing, 0.0).unwrap_or(0.0),
        line: style.line(),
        straight: style.flag(Property::NoWrap),
    }
}

/// A text in two, after so many letters, at the next end of a word.
pub(super) fn split_letters(text: &str, letters: usize) -> (&str, &str) {
    let mut seen = 0_usize;
    let mut space = true;
    for (at, c) in text.char_indices() {
        let blank = c.is_ascii_whitespace();
        if seen >= letters && blank {
            return text.split_at(at);
        }
        if !(blank && space) {
            seen = seen.saturating_add(1);
        }
        space = blank;
    }
    (text, "")
}
