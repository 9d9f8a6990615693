//! What letters are painted with and on: colours, opacity, filters and blending, composed as a browser composes
//! them (Compositing 1, Filter Effects 1), for one pixel of text and one beside it.

use std::sync::Arc;

use super::hide::{ALIKE, COLOR, FAINT, FILTER, Hiding, OPACITY};
use super::property::{Blend, Property, Tint, Value};
use super::style::Style;
use super::value::{Paint, Rgba, distance};

/// A part of the page that is painted apart and put on the rest as a whole.
#[derive(Debug)]
struct Group {
    outer: Option<Arc<Group>>,
    /// What was behind it when it began; `None` when that is not known.
    behind: Option<Rgba>,
    opacity: f32,
    tints: Option<Arc<[Tint]>>,
    blend: Blend,
    /// What this one and those around it leave of opacity, filters counted or not, and how much they blur.
    left: f32,
    faded: f32,
    blur: f32,
    depth: u16,
}

/// Deepest nesting of groups that are composed one by one; beyond, only opacity is known.
const MAX_GROUPS: u16 = 24;

/// What paints through the letters where the background is cut to them.
#[derive(Debug, Clone, Copy)]
enum Through {
    Color(Rgba),
    Unknown,
}

/// What is behind a place on the page, and what will be done with what is painted there.
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    group: Option<Arc<Group>>,
    /// What was painted in this group so far; `None` when it is not known.
    ground: Option<Rgba>,
    through: Option<Through>,
    /// What the page as a whole is put on.
    base: Rgba,
}

impl Canvas {
    pub(super) fn page() -> Self {
        Self { group: None, ground: Some(Rgba::CLEAR), through: None, base: Rgba::WHITE }
    }

    /// The page's own ground, in a scheme.
    pub(super) fn set_page(&mut self, dark: bool) {
        self.base = Paint::CANVAS.resolve(dark, None).unwrap_or(Rgba::WHITE);
    }

    /// This is behind the next text.
    pub(super) fn set_ground(&mut self, color: Option<Rgba>) {
        self.ground = match color {
            Some(color) if color.alpha > 0.95 => Some(color),
            Some(color) => self.ground.map(|under| color.on(under)),
            None => None,
        };
    }

    /// What is behind, as far as it is known.
    pub(super) const fn ground(&self) -> Option<Rgba> {
        self.ground
    }

    /// This is behind again.
    pub(super) const fn restore(&mut self, ground: Option<Rgba>) {
        self.ground = ground;
    }

    /// Whether it is another group than that one.
    pub(super) fn is_group(&self, other: &Self) -> bool {
        match (&self.group, &other.group) {
            (Some(one), Some(two)) => !Arc::ptr_eq(one, two),
            (None, None) => false,
            _ => true,
        }
    }

    /// Nothing is known any more about what is behind.
    pub(super) fn forget(&mut self) {
        self.ground = None;
    }

    /// Begins the group that an element of this style makes, if it makes one.
    pub(super) fn group(&mut self, style: &Style) {
        let opacity = style.number(Property::Opacity).unwrap_or(1.0);
        let blend = style.blend();
        if opacity >= 1.0 && style.filter.is_none() && blend == Blend::Normal {
            return;
        }
        let outer = self.group.take();
        let (mut left, mut faded, mut blur, mut depth) = outer
            .as_ref()
            .map_or((1.0, 1.0, 0.0, 0_u16), |outer| (outer.left, outer.faded, outer.blur, outer.depth));
        faded *= opacity;
        left *= opacity;
        for tint in style.filter.iter().flat_map(|tints| tints.iter()) {
            match tint {
                Tint::Opacity(own) => left *= own,
                Tint::Blur(radius) => blur += radius,
                _ => {}
            }
        }
        depth = depth.saturating_add(1);
        // SECURITY: each text asks all groups around it; a page can nest hundreds of them.
        let outer = outer.filter(|_| depth <= MAX_GROUPS);
        let behind = self.ground.filter(|_| depth <= MAX_GROUPS);
        let tints = style.filter.clone();
        self.group = Some(Arc::new(Group { outer, behind, opacity, tints, blend, left, faded, blur, depth }));
        self.ground = Some(Rgba::CLEAR);
    }

    /// Paints a box's background; `thin` when the box has no height of its own. `half` is the way from an edge to its
    /// middle.
    pub(super) fn background(&mut self, style: &Style, thin: bool, half: f32) {
        let color = style.paint(Property::BackgroundColor).unwrap_or(Paint::Color(Rgba::CLEAR));
        let color = style.resolve(color);
        let image = style.get(Property::BackgroundImage);
        if style.flag(Property::BackgroundClip) {
            let painted = match (image, color) {
                (Value::Flag(true) | Value::Number(_), _) | (_, None) => Through::Unknown,
                (Value::Paint(Paint::Color(flat)), _) => Through::Color(flat),
                (_, Some(color)) => Through::Color(color),
            };
            self.through = Some(painted);
            return;
        }
        if thin {
            return;
        }
        self.ground = match color {
            Some(color) if color.alpha > 0.95 => Some(color),
            Some(color) if color.alpha < 0.004 => self.ground,
            Some(color) => self.ground.map(|under| color.on(under)),
            None => None,
        };
        match image {
            Value::Flag(true) | Value::Number(_) => self.ground = None,
            Value::Paint(Paint::Color(flat)) => self.ground = self.ground.map(|under| flat.on(under)),
            _ => {}
        }
        if let Some((paint, reach)) = style.shadows.as_ref().and_then(|shadows| shadows.inner) {
            let inner = style.resolve(paint).filter(|_| reach >= half);
            self.ground = inner.and_then(|inner| self.ground.map(|under| inner.on(under)));
        }
    }

    /// The share of what is painted here that reaches the page.
    pub(super) fn opacity(&self) -> f32 {
        self.group.as_ref().map_or(1.0, |group| group.left)
    }

    /// Whether text of this style leaves no trace.
    pub(super) fn hides(&self, style: &Style, drawing: bool) -> Hiding {
        if self.group.is_some() && self.opacity() < FAINT {
            return Some(if self.fades() { &OPACITY } else { &FILTER });
        }
        if self.blurred() >= style.font * 0.45 {
            return Some(&FILTER);
        }
        let fill = if drawing { drawn(style) } else { vec![style.color(Property::TextFill)] };
        let mut inks = fill;
        for extra in [Property::TextStroke, Property::TextShadow] {
            if let Some(paint) = style.paint(extra) {
                inks.push(style.resolve(paint));
            }
        }
        match self.through {
            Some(Through::Unknown) => inks.push(None),
            Some(Through::Color(color)) => inks.push(Some(color)),
            None => {}
        }
        let mut why: Hiding = None;
        for ink in inks {
            // An ink that is not known may be any colour.
            let ink = ink?;
            why = Some(self.loses(ink)?);
        }
        why
    }

    /// The reason for which this ink cannot be told from what is beside it.
    fn loses(&self, ink: Rgba) -> Hiding {
        if ink.alpha < FAINT {
            return Some(&COLOR);
        }
        let Some(ground) = self.ground else { return self.flattened() };
        let (mut text, mut beside) = (ink.on(ground), ground);
        let page = ground.on(self.base);
        let alike_from_the_start = self.group.is_none() || distance(ink.rgb, page.rgb) <= ALIKE;
        let mut at = self.group.as_deref();
        while let Some(group) = at {
            for tint in group.tints.iter().flat_map(|tints| tints.iter()) {
                match (tinted(*tint, text), tinted(*tint, beside)) {
                    (Some(a), Some(b)) => (text, beside) = (a, b),
                    _ => return None,
                }
            }
            text.alpha *= group.opacity;
            beside.alpha *= group.opacity;
            let Some(under) = group.behind else {
                let same = (text.alpha - beside.alpha).abs() < FAINT
                    && (distance(text.rgb, beside.rgb) <= ALIKE || text.alpha < FAINT);
                return same.then_some(&FILTER);
            };
            match (blended(group.blend, text, under), blended(group.blend, beside, under)) {
                (Some(a), Some(b)) => (text, beside) = (a, b),
                _ => return None,
            }
            at = group.outer.as_deref();
        }
        let same = distance(text.on(self.base).rgb, beside.on(self.base).rgb) <= ALIKE;
        same.then_some(if alike_from_the_start || self.tintless() { &COLOR } else { &FILTER })
    }

    fn tintless(&self) -> bool {
        let mut at = self.group.as_deref();
        while let Some(group) = at {
            if group.tints.is_some() {
                return false;
            }
            at = group.outer.as_deref();
        }
        true
    }

    /// Whether it is `opacity` that takes the paint away, and not a filter.
    fn fades(&self) -> bool {
        self.group.as_ref().is_some_and(|group| group.faded < FAINT)
    }

    /// A filter that leaves one colour only, whatever was painted.
    fn flattened(&self) -> Hiding {
        let group = self.group.as_deref()?;
        let flat = |tint: &Tint| matches!(tint, Tint::Contrast(left) if *left < 0.05);
        group.tints.as_ref().is_some_and(|tints| tints.iter().any(flat)).then_some(&FILTER)
    }

    fn blurred(&self) -> f32 {
        self.group.as_ref().map_or(0.0, |group| group.blur)
    }
}

/// The inks of text in a drawing: what it is filled with, and what its outline is drawn with.
fn drawn(style: &Style) -> Vec<Option<Rgba>> {
    let fill = style.paint(Property::SvgFill).unwrap_or(Paint::Color(Rgba::BLACK));
    let part = style.number(Property::FillOpacity).unwrap_or(1.0);
    let mut inks = vec![style.resolve(fill).map(|fill| Rgba { alpha: fill.alpha * part, ..fill })];
    if let Some(stroke) = style.paint(Property::SvgStroke) {
        inks.push(style.resolve(stroke));
    }
    inks
}

/// What a function of a filter makes of a colour; `None` when that is not known.
fn tinted(tint: Tint, color: Rgba) -> Option<Rgba> {
    let map =
        |f: &dyn Fn(f32) -> f32| Rgba { rgb: color.rgb.map(|channel| f(channel).clamp(0.0, 255.0)), ..color };
    Some(match tint {
        Tint::Opacity(left) => Rgba { alpha: color.alpha * left, ..color },
        Tint::Brightness(times) => map(&|channel| channel * times),
        Tint::Contrast(times) => map(&|channel| (channel - 127.5) * times + 127.5),
        Tint::Invert(part) => map(&|channel| channel * (1.0 - part) + (255.0 - channel) * part),
        Tint::Grayscale(part) => {
            let [r, g, b] = color.rgb;
            let gray = 0.2126 * r + 0.7152 * g + 0.0722 * b;
            map(&|channel| channel * (1.0 - part) + gray * part)
        }
        Tint::Blur(_) => color,
        Tint::Unknown => return None,
    })
}

/// A colour put on another by a way of blending; `None` when it is not one of ours.
#[expect(clippy::many_single_char_names, reason = "the channels of colours")]
fn blended(blend: Blend, top: Rgba, under: Rgba) -> Option<Rgba> {
    let mix: fn(f32, f32) -> f32 = match blend {
        Blend::Normal => return Some(top.on(under)),
        Blend::Multiply => |a, b| a * b / 255.0,
        Blend::Screen => |a, b| 255.0 - (255.0 - a) * (255.0 - b) / 255.0,
        Blend::Darken => f32::min,
        Blend::Lighten => f32::max,
        Blend::Difference => |a, b| (a - b).abs(),
        Blend::Exclusion => |a, b| a + b - 2.0 * a * b / 255.0,
        Blend::HardLight => hard_light,
        Blend::Overlay => |a, b| hard_light(b, a),
        Blend::Dodge => |a, b| {
            if b <= 0.0 {
                0.0
            } else if a >= 255.0 {
                255.0
            } else {
                (b * 255.0 / (255.0 - a)).min(255.0)
            }
        },
        Blend::Burn => |a, b| {
            if b >= 255.0 {
                255.0
            } else if a <= 0.0 {
                0.0
            } else {
                255.0 - ((255.0 - b) * 255.0 / a).min(255.0)
            }
        },
        Blend::Other => return None,
    };
    let ([tr, tg, tb], [ur, ug, ub]) = (top.rgb, under.rgb);
    let mixed = [mix(tr, ur), mix(tg, ug), mix(tb, ub)];
    // Where nothing is behind, the colour stays as it is.
    let part = |own: f32, mixed: f32| own * (1.0 - under.alpha) + mixed * under.alpha;
    let ([a, b, c], [x, y, z]) = (top.rgb, mixed);
    Some(Rgba { rgb: [part(a, x), part(b, y), part(c, z)], ..top }.on(under))
}

fn hard_light(a: f32, b: f32) -> f32 {
    if a <= 127.5 { 2.0 * a * b / 255.0 } else { 255.0 - 2.0 * (255.0 - a) * (255.0 - b) / 255.0 }
}
