//! Whether a piece of text can be seen where it stands: an estimate of painting without layout.
//!
//! What cannot be estimated does not hide: a person's text is never lost for a guess. Thresholds are those of
//! reading: an opacity under a tenth, letters under four pixels, a colour within 24 of 255 of what is behind.

use html5ever::{local_name, ns};

use super::dom::{Dom, Element, NodeId};
use super::property::{Blend, Display, Position, Property};
use super::style::Style;
use super::value::{Paint, Rgba, SCREEN, distance};
use crate::base::{Layer, Rule, Severity};

macro_rules! rules {
    ($($name:ident $id:literal $severity:ident $meaning:literal)*) => {
        $(pub(super) static $name: Rule =
            Rule::new(Layer::Sanitizer, concat!("l0/hidden/", $id), Severity::$severity, $meaning);)*
        /// Everything that hides text, by how it does.
        pub(in crate::layers::l00_sanitizer) const TECHNIQUES: &[Rule] = &[
            $(Rule::new(Layer::Sanitizer, concat!("l0/hidden/", $id), Severity::$severity, $meaning),)*
        ];
    };
}

rules! {
    DISPLAY "display" Low "text in an element that is not displayed"
    VISIBILITY "visibility" Low "text made invisible by `visibility`"
    OPACITY "opacity" Low "text made transparent by `opacity`"
    COLOR "color" Medium "text in the colour of its background"
    FONT_SIZE "font-size" Medium "text too small to read"
    OFF_SCREEN "off-screen" Low "text placed outside the page"
    INDENT "indent" Low "text moved out of its box by `text-indent`"
    OVERFLOW "overflow" Low "text in a box without size that cuts off what does not fit"
    CLIP "clip" Low "text that is clipped away"
    TRANSFORM "transform" Medium "text scaled to nothing or turned away"
    FILTER "filter" Medium "text taken away by a filter"
    MASK "mask" Medium "text behind a mask that lets nothing through"
    COMMENT "comment" Info "text in a comment"
    TITLE "title" Info "the page's title, which is not on the page"
    TEMPLATE "template" Info "text in a template"
    DETAILS "details" Info "text in a closed `details`"
    FALLBACK "fallback" Info "text that is shown only where an object cannot be"
    OPTION "option" Info "options of a closed list that are not chosen"
    ALT "alt" Info "the alternative text of an image"
    SVG "svg" Low "text in a drawing where it is not painted"
    NOSCRIPT "noscript" Info "text for browsers without scripts"
    SUSPECTED "suspected" Low "text that may be in the colour of its background; a remote style sheet decides"
}

type Hiding = Option<&'static Rule>;

/// Under this opacity nothing can be read.
const FAINT: f32 = 0.1;
/// Letters smaller than this many pixels cannot be read.
const SMALL: f32 = 4.0;
/// Colours closer than this cannot be told apart.
const ALIKE: f32 = 24.0;
/// A shift up inside the flow of text that takes it off any page's beginning.
const FAR: f32 = 2000.0;
/// Nobody scrolls this far to the right, in pixels.
const BEYOND: f32 = 4000.0;
/// How many nodes beside a positioned element are searched for a picture that may be behind it.
const NEIGHBOURS: usize = 64;

/// What the ancestors do to text.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the place")]
pub(super) struct Scene {
    /// Nothing below is seen, whatever it says.
    gone: Hiding,
    /// What stands in the flow is cut off.
    cut: Hiding,
    /// What is positioned against an ancestor inside the cutting box is cut off.
    cut_absolute: Hiding,
    opacity: f32,
    /// What is behind, when that is known.
    ground: Option<[f32; 3]>,
    blend: Blend,
    /// The background shows through the letters.
    through: bool,
    /// Where the box begins, in pixels from the page's left; and where the one that positions refer to does.
    x: f32,
    origin: (f32, Option<f32>),
    /// How far the flow is shifted down; and the distance from the page's top, when it is known.
    shift: f32,
    y: Option<f32>,
    scale: (f32, f32),
    /// The content box's width.
    width: f32,
    cuts_here: bool,
    folded: bool,
    /// Inside a drawing: its width, and whether inside its text.
    drawing: Option<(f32, bool)>,
    /// Off the right or lower edge of the screen, fixed there.
    outside: bool,
}

impl Scene {
    pub(super) fn page() -> Self {
        Self {
            gone: None,
            cut: None,
            cut_absolute: None,
            opacity: 1.0,
            ground: Some(Rgba::WHITE.rgb),
            blend: Blend::Normal,
            through: false,
            x: 0.0,
            origin: (0.0, Some(0.0)),
            shift: 0.0,
            y: None,
            scale: (1.0, 1.0),
            width: SCREEN.0,
            cuts_here: false,
            folded: false,
            drawing: None,
            outside: false,
        }
    }

    /// Nothing below this is seen, for this reason, unless there is one already.
    pub(super) fn hide(&mut self, rule: &'static Rule) {
        self.gone = self.gone.or(Some(rule));
    }

    pub(super) fn gone(&self) -> Hiding {
        self.gone
    }

    /// The scene inside `element`.
    pub(super) fn enter(&self, dom: &Dom, id: NodeId, element: &Element, style: &Style) -> Self {
        let mut scene = Self { cuts_here: false, folded: false, ..self.clone() };
        if self.gone.is_some() {
            return scene;
        }
        let display = style.display();
        if display == Display::None {
            let title = element.is_html() && element.name.local == local_name!("title");
            scene.hide(if title { &TITLE } else { &DISPLAY });
            return scene;
        }
        if display == Display::Contents {
            scene.folded = self.folded;
            return scene;
        }
        if style.flag(Property::ContentVisibility) {
            scene.hide(&VISIBILITY);
        }
        scene.fade(style);
        let boxed = display != Display::Inline
            || style.position() == Position::Absolute
            || style.position() == Position::Fixed
            || style.flag(Property::Float);
        scene.place(style, boxed);
        if boxed {
            scene.transform(style);
            scene.clip(self, style);
        }
        scene.draw(element, style);
        scene.paint(dom, id, style);
        scene
    }

    fn fade(&mut self, style: &Style) {
        self.opacity *= style.number(Property::Opacity).unwrap_or(1.0);
        if self.opacity < FAINT {
            self.hide(&OPACITY);
        }
        self.opacity *= style.number(Property::Filter).unwrap_or(1.0);
        if self.opacity < FAINT {
            self.hide(&FILTER);
        }
        if style.flag(Property::Mask) {
            self.hide(&MASK);
        }
    }

    fn place(&mut self, style: &Style, boxed: bool) {
        let outer = self.width;
        let px = |property, base| style.px(property, base);
        if boxed {
            let width = px(Property::Width, outer).unwrap_or(outer);
            let width = px(Property::MaxWidth, outer).map_or(width, |max| width.min(max));
            self.width = px(Property::MinWidth, outer).map_or(width, |min| width.max(min)).max(0.0);
        }
        let left = px(Property::Left, outer);
        let right = px(Property::Right, outer);
        let top = px(Property::Top, SCREEN.1);
        let bottom = px(Property::Bottom, SCREEN.1);
        let margin =
            (px(Property::MarginLeft, outer).unwrap_or(0.0), px(Property::MarginTop, outer).unwrap_or(0.0));
        match style.position() {
            Position::Static => {}
            Position::Relative => {
                self.x += left.or_else(|| right.map(|right| -right)).unwrap_or(0.0);
                self.shift += top.or_else(|| bottom.map(|bottom| -bottom)).unwrap_or(0.0);
                self.origin = (self.x, None);
            }
            position @ (Position::Absolute | Position::Fixed) => {
                let fixed = position == Position::Fixed;
                self.cut = if fixed { None } else { self.cut_absolute };
                let origin = if fixed { (0.0, Some(0.0)) } else { self.origin };
                if let Some(left) = left {
                    self.x = origin.0 + left;
                } else if let Some(right) = right {
                    // The right edge is known; a box that reaches no further than the page's left is outside.
                    let edge = origin.0 + outer - right;
                    self.x = if edge <= 0.0 { edge - self.width } else { self.x.max(0.0) };
                }
                self.y = top.and_then(|top| origin.1.map(|y| y + top)).map(|y| y + margin.1);
                if let Some(top) =
                    top.or_else(|| bottom.filter(|bottom| *bottom >= FAR).map(|bottom| -bottom))
                {
                    self.shift = top;
                }
                if fixed {
                    self.outside |= left.is_some_and(|left| left >= SCREEN.0)
                        || right.is_some_and(|right| left.is_none() && right <= -SCREEN.0 / 2.0)
                        || top.is_some_and(|top| top >= SCREEN.1)
                        || bottom.is_some_and(|bottom| top.is_none() && bottom <= -100.0);
                }
                self.origin = (self.x, self.y);
            }
        }
        if boxed {
            self.x += margin.0;
            if margin.1 <= -FAR {
                self.shift += margin.1;
            }
        }
    }

    fn transform(&mut self, style: &Style) {
        for step in style.transforms() {
            let line = style.font * 1.3;
            self.x += step.x.resolve(style.font, self.width);
            let down = step.y.resolve(style.font, line);
            self.shift += down;
            self.y = self.y.map(|y| y + down);
            self.scale = (self.scale.0 * step.scale.0.abs(), self.scale.1 * step.scale.1.abs());
            if step.back && style.flag(Property::Backface) {
                self.hide(&TRANSFORM);
            }
        }
    }

    fn clip(&mut self, outer: &Self, style: &Style) {
        let position = style.position();
        if style.flag(Property::ClipPath)
            || (style.flag(Property::Clip) && matches!(position, Position::Absolute | Position::Fixed))
        {
            self.hide(&CLIP);
        }
        let cuts = style.flag(Property::OverflowX) || style.flag(Property::OverflowY);
        let strict = style.flag(Property::Contain);
        if cuts || strict {
            self.cuts_here = true;
            let pad =
                |a, b| style.px(a, outer.width).unwrap_or(0.0) + style.px(b, outer.width).unwrap_or(0.0);
            // A share of an unknown height is unknown, but no share of it is nothing.
            let high = |property| {
                style
                    .length(property)
                    .filter(|length| length.part.abs() < 0.001)
                    .map(|length| length.resolve(style.font, 0.0))
            };
            let height = least(high(Property::Height), high(Property::MaxHeight), high(Property::MinHeight));
            let wide = |property| style.px(property, outer.width);
            let width = least(wide(Property::Width), wide(Property::MaxWidth), wide(Property::MinWidth));
            let no_height = height
                .or(strict.then_some(0.0))
                .is_some_and(|height| height + pad(Property::PaddingTop, Property::PaddingBottom) < SMALL);
            let no_width =
                width.is_some_and(|width| width + pad(Property::PaddingLeft, Property::PaddingRight) < 6.0);
            let folded = outer.folded && height.is_none_or(|height| height < SMALL);
            if no_height || no_width || folded {
                self.cut = self.cut.or(Some(&OVERFLOW));
            }
        } else if matches!(position, Position::Absolute | Position::Fixed) {
            // A box of one pixel, out of the flow: its text is not for reading, whether or not it is cut off.
            let dot = |property| style.px(property, outer.width).is_some_and(|size| size < 2.0);
            if dot(Property::Width) && dot(Property::Height) {
                self.cut = self.cut.or(Some(&OVERFLOW));
            }
        }
        // Positioned boxes below refer to this one, so what cuts here cuts them as well.
        if position != Position::Static || style.transforms().next().is_some() {
            self.cut_absolute = self.cut;
        }
        self.folded = style.flag(Property::GridRows);
    }

    fn draw(&mut self, element: &Element, style: &Style) {
        if element.name.ns != ns!(svg) {
            return;
        }
        let number = |name: &str| {
            let attr = element.attrs.iter().find(|attr| &*attr.name.local == name);
            attr.and_then(|attr| attr.value.trim().trim_end_matches("px").parse::<f32>().ok())
        };
        match &*element.name.local {
            "svg" => {
                let width = style.px(Property::Width, self.width).or_else(|| number("width"));
                let height = style.px(Property::Height, SCREEN.1).or_else(|| number("height"));
                if width.is_some_and(|width| width < 2.0) || height.is_some_and(|height| height < 2.0) {
                    self.hide(&SVG);
                }
                self.drawing = Some((width.unwrap_or(f32::MAX), false));
            }
            "foreignObject" => self.drawing = None,
            "text" | "tspan" | "textPath" => {
                if let Some((width, _)) = self.drawing {
                    if number("x").is_some_and(|x| x > width || x < -width) {
                        self.hide(&SVG);
                    }
                    self.drawing = Some((width, true));
                }
            }
            _ => {}
        }
    }

    fn paint(&mut self, dom: &Dom, id: NodeId, style: &Style) {
        let color = text_color(style, false);
        let ground = match style.paint(Property::BackgroundColor) {
            Some(Paint::Color(paint)) => Some(paint),
            Some(Paint::Current) => color,
            Some(Paint::Unknown) => None,
            None => Some(Rgba::CLEAR),
        };
        let positioned = style.position() != Position::Static;
        let opaque = ground.is_some_and(|ground| ground.alpha > 0.95);
        if positioned && !opaque && picture_behind(dom, id) {
            self.ground = None;
        }
        self.ground = match ground {
            Some(paint) if opaque => Some(paint.rgb),
            Some(paint) => self.ground.map(|under| paint.over(under)),
            None => None,
        };
        if style.flag(Property::BackgroundImage) || style.flag(Property::InnerShadow) {
            self.ground = None;
        }
        if style.blend() != Blend::Normal {
            self.blend = style.blend();
        }
        if opaque {
            self.blend = Blend::Normal;
        }
        self.through |= style.flag(Property::BackgroundClip);
    }

    /// Why `text` in an element of this style cannot be seen; `None` when it can.
    pub(super) fn hides(&self, style: &Style, text: &str) -> Hiding {
        if self.gone.is_some() {
            return self.gone;
        }
        if !style.is_visible() {
            return Some(&VISIBILITY);
        }
        if self.cut.is_some() {
            return self.cut;
        }
        if self.drawing.is_some_and(|(_, in_text)| !in_text) {
            return Some(&SVG);
        }
        let shown = style.font * self.scale.0.min(self.scale.1);
        if shown < SMALL {
            return Some(if style.font < SMALL { &FONT_SIZE } else { &TRANSFORM });
        }
        self.misplaced(style, text).or_else(|| self.unpainted(style))
    }

    fn misplaced(&self, style: &Style, text: &str) -> Hiding {
        let letters = u16::try_from(text.trim().chars().take(10_000).count()).map_or(10_000.0, f32::from);
        // Six tenths of the size is wider than the average letter: the estimate errs towards "seen".
        let run = letters * style.font * 0.6;
        let wide = run.min(self.width.max(1.0));
        if self.outside || self.x >= BEYOND || (self.x <= -100.0 && self.x + wide <= 0.0) {
            return Some(&OFF_SCREEN);
        }
        let lines = (run / self.width.max(style.font)).ceil();
        let high = lines * style.font * 1.3;
        if self.shift <= -FAR - high || self.y.is_some_and(|y| y <= -50.0 && y + high <= 0.0) {
            return Some(&OFF_SCREEN);
        }
        let indent = style.px(Property::TextIndent, self.width).unwrap_or(0.0);
        let out = if style.flag(Property::Direction) { -indent } else { indent };
        let pushed = self.cuts_here && out >= self.width * 0.95;
        ((out <= -100.0 && self.x + out + run <= 0.0) || pushed).then_some(&INDENT)
    }

    fn unpainted(&self, style: &Style) -> Hiding {
        if self.through || style.flag(Property::TextStroke) || style.flag(Property::TextShadow) {
            return None;
        }
        let color = text_color(style, self.drawing.is_some())?;
        let alpha = color.alpha * self.opacity;
        if alpha < FAINT {
            return Some(&COLOR);
        }
        let ground = self.ground?;
        let rgb = match self.blend {
            Blend::Normal => color.rgb,
            Blend::Multiply => mix(color.rgb, ground, |a, b| a * b / 255.0),
            Blend::Screen => mix(color.rgb, ground, |a, b| 255.0 - (255.0 - a) * (255.0 - b) / 255.0),
            Blend::Other => return None,
        };
        (distance(Rgba { rgb, alpha }.over(ground), ground) <= ALIKE).then_some(&COLOR)
    }
}

fn mix(a: [f32; 3], b: [f32; 3], f: impl Fn(f32, f32) -> f32) -> [f32; 3] {
    let ([ar, ag, ab], [br, bg, bb]) = (a, b);
    [f(ar, br), f(ag, bg), f(ab, bb)]
}

/// The used size of a size, its cap and its floor; `None` when nothing was said.
fn least(size: Option<f32>, max: Option<f32>, min: Option<f32>) -> Option<f32> {
    let capped = match (size, max) {
        (Some(size), Some(max)) => Some(size.min(max)),
        // A cap alone tells the size only when it leaves nothing.
        (None, Some(max)) => Some(max),
        (size, None) => size,
    };
    capped.map(|size| min.map_or(size, |min| size.max(min)))
}

/// What letters are painted with, when it is known.
fn text_color(style: &Style, drawing: bool) -> Option<Rgba> {
    let resolve = |paint: Option<Paint>| match paint {
        Some(Paint::Color(color)) => Some(color),
        Some(Paint::Unknown) => None,
        Some(Paint::Current) | None => match style.paint(Property::Color) {
            Some(Paint::Color(color)) => Some(color),
            _ => None,
        },
    };
    if drawing {
        let fill = match style.paint(Property::SvgFill) {
            None => Some(Rgba::BLACK),
            paint => resolve(paint),
        };
        // A stroke paints the letters where the fill does not.
        let stroke = style.paint(Property::SvgStroke).map(|paint| resolve(Some(paint)));
        return match (fill, stroke) {
            (Some(fill), Some(stroke)) if fill.alpha < FAINT => stroke,
            (fill, _) => fill,
        };
    }
    resolve(style.paint(Property::TextFill))
}

/// Whether a picture stands near a positioned element, so that what is behind it cannot be told.
fn picture_behind(dom: &Dom, id: NodeId) -> bool {
    let Some(parent) = dom.parent(id) else { return false };
    let picture = |id: NodeId| {
        dom.element(id).is_some_and(|element| {
            element.is_html()
                && [
                    local_name!("img"),
                    local_name!("video"),
                    local_name!("canvas"),
                    local_name!("picture"),
                    local_name!("iframe"),
                ]
                .contains(&element.name.local)
        })
    };
    dom.descendants(parent).take(NEIGHBOURS).any(picture)
}
