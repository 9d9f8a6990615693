//! Whether text can be seen where it stands.

use super::super::cover::Rect;
use super::super::flow::{Run, Set};
use super::super::hide::{
    BEYOND, CLAMP, FAR, FONT_SIZE, Hiding, INDENT, NARROW, OFF_SCREEN, OVERLAP, OVERLAY, SMALL, SVG, TINY,
    TRANSFORM, VISIBILITY,
};
use super::super::matrix;
use super::super::property::{Property, Value};
use super::super::style::Style;
use super::super::value::SCREEN;
use super::{Scene, Stage};
use crate::base::Rule;

impl Scene {
    /// Whether the box's own paint hides what is behind it.
    pub(in super::super) fn is_opaque(&self, style: &Style) -> bool {
        let color = style.color_of_ground().is_some_and(|ground| ground.alpha > 0.95);
        let image = match style.get(Property::BackgroundImage) {
            _ if style.flag(Property::BackgroundOnce) => false,
            Value::Number(_) => true,
            Value::Paint(paint) => style.resolve(paint).is_some_and(|paint| paint.alpha > 0.95),
            _ => false,
        };
        (color || image || style.flag(Property::Backdrop))
            && !style.flag(Property::BackgroundClip)
            && self.is_plain(style)
    }

    /// Whether the box is painted as it is, whole.
    pub(in super::super) fn is_plain(&self, style: &Style) -> bool {
        self.canvas.opacity() > 0.95
            && style.is_visible()
            && self.gone.is_none()
            && self.cut.is_none()
            && Self::blinds(style)
            && style.shape.is_none()
            && style.mask.is_none()
    }

    /// Whether what it paints takes the place of what is under it, as it is blended.
    fn blinds(style: &Style) -> bool {
        use super::super::property::Blend;
        let ground = style.color_of_ground().map_or([127.0; 3], |ground| ground.rgb);
        let (dark, light) = (ground.iter().all(|part| *part < 24.0), ground.iter().all(|part| *part > 231.0));
        match style.blend() {
            Blend::Normal => true,
            Blend::Multiply | Blend::Darken => dark,
            Blend::Screen | Blend::Lighten => light,
            _ => false,
        }
    }

    /// Where a box is seen that would be painted here; none where it is turned or bent.
    pub(in super::super) fn seen_at(&self, rect: Rect) -> Option<Rect> {
        let Some(matrix) = &self.matrix else { return Some(rect) };
        let (near, far) =
            (matrix::point(matrix, rect.left, rect.top)?, matrix::point(matrix, rect.right, rect.bottom)?);
        let other = matrix::point(matrix, rect.right, rect.top)?;
        let straight = (other.0 - far.0).abs() < 0.5 && (other.1 - near.1).abs() < 0.5;
        straight.then_some(Rect {
            left: near.0.min(far.0),
            top: near.1.min(far.1),
            right: near.0.max(far.0),
            bottom: near.1.max(far.1),
        })
    }

    /// Whether a transform moves what is painted here.
    pub(in super::super) fn is_transformed(&self) -> bool {
        self.matrix.is_some()
    }

    /// Why text of this style cannot be seen here, wherever it stands in the box; `None` when it can.
    pub(in super::super) fn hides(&self, style: &Style, text: &str) -> Hiding {
        if self.gone.is_some() {
            return self.gone;
        }
        if !style.is_visible() {
            return Some(&VISIBILITY);
        }
        if self.cut.is_some() {
            return self.cut;
        }
        if let Some(drawing) = &self.drawing {
            if !drawing.shows(style.font, text) {
                return Some(&SVG);
            }
        } else if style.font < TINY || style.flag(Property::SizeAdjust) {
            return Some(&FONT_SIZE);
        }
        if self.struck {
            return Some(&OVERLAY);
        }
        if style.flag(Property::TextSecurity) {
            return Some(&OVERLAP);
        }
        Self::crowded(style, text).or_else(|| self.canvas.hides(style, self.drawing.is_some()))
    }

    /// Letters that stand on top of each other, and off the page from the second one on.
    fn crowded(style: &Style, text: &str) -> Hiding {
        text.trim().chars().nth(1)?;
        let letters = style.px(Property::LetterSpacing, 0.0).unwrap_or(0.0);
        (letters <= -4.0 * style.font && letters <= -60.0).then_some(&OVERLAP)
    }

    /// Whether letters or words are so far apart, or so near, that a reader may not see all of them.
    pub(in super::super) fn is_scattered(style: &Style) -> bool {
        let letters = style.px(Property::LetterSpacing, 0.0).unwrap_or(0.0);
        let words = style.px(Property::WordSpacing, 0.0).unwrap_or(0.0);
        letters <= -0.75 * style.font && style.font > 0.0 || letters >= SCREEN.0 || words <= -FAR / 2.0
    }

    /// Why text that is set there cannot be seen.
    pub(in super::super) fn misplaced(
        &self,
        stage: &Stage,
        style: &Style,
        run: &Run,
        set: &Set,
        first: bool,
    ) -> Hiding {
        if self.outside {
            return Some(&OFF_SCREEN);
        }
        if self.drawing.is_some() {
            return None;
        }
        let indent = if first { style.px(Property::TextIndent, self.width).unwrap_or(0.0) } else { 0.0 };
        let rtl = style.flag(Property::Direction);
        let align = style.number(Property::TextAlign).unwrap_or(f32::from(u8::from(rtl)));
        // A box that is as wide as its text leaves no room beside it.
        let shrunk = self.away && self.outer_width.is_none();
        let room = if shrunk { 0.0 } else { (self.width - run.wide().min(self.width)).max(0.0) * align };
        let left = set.left.best + room;
        let wide = run.wide().min(self.width.max(1.0));
        let high = set.bottom - set.top.best;
        if let Some(matrix) = &self.matrix {
            let (x, y) = (left + indent.clamp(-wide, wide), set.best.top);
            if matrix::thinnest(matrix, x + wide.min(40.0) / 2.0, y + style.font / 2.0) * style.font < TINY {
                return Some(&TRANSFORM);
            }
            let corners = [(x, y), (x + wide, y), (x, y + high), (x + wide, y + high)];
            let mut seen = Rect { left: f32::MAX, top: f32::MAX, right: f32::MIN, bottom: f32::MIN };
            for (x, y) in corners {
                let Some((x, y)) = matrix::point(matrix, x, y) else { return Some(&TRANSFORM) };
                seen.left = seen.left.min(x);
                seen.right = seen.right.max(x);
                seen.top = seen.top.min(y);
                seen.bottom = seen.bottom.max(y);
            }
            if let Some(cutter) = &self.cutter {
                let slack = set.top.best - set.top.low;
                if seen.left >= cutter.right - 3.0
                    || seen.right <= cutter.left + 3.0
                    || seen.top - slack >= cutter.bottom - 3.0
                    || seen.bottom + 2.0 <= cutter.top
                {
                    return Some(cutter.rule);
                }
            }
            let drop = self.drop + seen.bottom - (y + high);
            if self.is_off(stage, &seen, set, drop) {
                return Some(&OFF_SCREEN);
            }
        } else {
            let seen = Rect { left, top: set.top.best, right: left + wide, bottom: set.bottom };
            if self.is_off(stage, &seen, set, self.drop) {
                return Some(&OFF_SCREEN);
            }
        }
        // A line that is pushed away as a whole goes on below, unless it must not break.
        let pushed = self.cuts_here && run.straight && indent >= 100.0 && indent >= self.width * 0.95;
        let pulled = indent <= -100.0
            && if rtl { -indent >= self.width * 0.95 } else { self.x + indent + run.wide() <= 0.0 };
        if pushed || pulled {
            return Some(&INDENT);
        }
        self.cut_off(style, run, set, room)
    }

    /// Whether a piece of text is off the page.
    fn is_off(&self, stage: &Stage, seen: &Rect, set: &Set, drop: f32) -> bool {
        if self.fixed && (seen.left >= SCREEN.0 || seen.right <= 0.0 && seen.left <= -20.0) {
            return true;
        }
        if seen.left >= BEYOND || self.rtl && seen.left >= SCREEN.0 + 100.0 {
            return true;
        }
        if seen.left <= -100.0 && seen.right <= 0.0 {
            return true;
        }
        if self.exact || self.fixed {
            let under = self.fixed && self.exact && seen.top >= SCREEN.1;
            return under || seen.bottom <= 0.0 && seen.top <= -8.0;
        }
        // Without the shift it would stand here or further down.
        let natural = set.bottom - self.drop;
        if stage.unsure {
            drop <= -FAR - (seen.bottom - seen.top)
        } else {
            drop < -20.0 && natural * 1.25 + 10.0 + drop <= 0.0
        }
    }

    /// Whether a box around it cuts off all of a piece of text.
    fn cut_off(&self, style: &Style, run: &Run, set: &Set, room: f32) -> Hiding {
        let cutter = self.cutter?;
        if self.vertical {
            return None;
        }
        let left = set.left.low + room * f32::from(u8::from(room < self.width * 0.5));
        let right = set.left.best + room + run.wide().min(self.width.max(1.0));
        let gone = set.top.low >= cutter.bottom - 3.0
            || left >= cutter.right - 3.0
            || right <= cutter.left + 3.0 && set.left.best < cutter.left
            || (set.bottom + style.font * 0.3 <= cutter.top + 2.0 && set.top.low < cutter.top)
            || cutter.right - cutter.left < NARROW
            || cutter.bottom - cutter.top < SMALL;
        gone.then_some(cutter.rule)
    }

    /// How many letters of a piece of text fit before an edge that cuts off the rest; `None` when all do.
    pub(in super::super) fn fits(&self, run: &Run, set: &Set) -> Option<(usize, &'static Rule)> {
        let cutter = self.cutter?;
        if self.vertical || self.drawing.is_some() {
            return None;
        }
        let width = self.width.max(run.font);
        let room = if run.straight {
            cutter.right - set.left.low
        } else {
            let lines = ((cutter.bottom - set.top.low) / run.line.max(1.0)).ceil();
            lines * width - (set.left.low - self.x).max(0.0)
        };
        if !(0.0..1e7).contains(&room) {
            return None;
        }
        let letters = (room / run.thin()).floor();
        if letters >= run.letters {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between nothing and the number of letters"
        )]
        Some((letters as usize, if run.straight { &CLAMP } else { cutter.rule }))
    }
}
