//! The properties of CSS that decide whether text can be seen, and how their values are written.
//!
//! A value that is not understood makes its declaration invalid, as in a browser, so that an earlier valid one
//! stands; where a browser knows a value and this table does not, it says `Unknown` and nothing is hidden for
//! it.

mod ink;
mod known;
mod motion;
mod names;
mod place;
mod tracks;
mod values;

use std::sync::Arc;

use cssparser::Parser;

use ink::{background, box_shadow, decoration, edge, filter, mask};
use known::KNOWN;
pub(super) use motion::part as animation_part;
use names::longhands;
use place::{clip_path, origin, transform_value};
use tracks::{columns, flex, grid_line};
use values::{
    border, content, counts, display, families, font, list_style, names as idents, quotes, sides, value,
    white_space,
};

use super::value::{Fail, Length, Paint, fail, paint};

/// A longhand property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    Display,
    /// How an element lays out its children: see [`Inside`].
    Inside,
    /// It has a marker.
    Item,
    Visibility,
    Opacity,
    ContentVisibility,
    Color,
    ColorScheme,
    TextFill,
    TextStroke,
    TextShadow,
    BackgroundColor,
    BackgroundImage,
    BackgroundClip,
    /// The image is not repeated, so that it may leave a part of the box bare.
    BackgroundOnce,
    /// A line through the text: its thickness.
    Strike,
    StrikeOn,
    StrikeColor,
    OutlineWidth,
    OutlineColor,
    OutlineOffset,
    /// What is behind cannot be read through it.
    Backdrop,
    Blend,
    Isolation,
    /// True for a mask that lets nothing through, a number for another one.
    Mask,
    /// The mask is of no size.
    MaskSize,
    /// What the layers of the mask have in common counts.
    MaskCut,
    FontSize,
    /// The letters are shrunk to nothing.
    SizeAdjust,
    Zoom,
    LineHeight,
    LetterSpacing,
    WordSpacing,
    TextIndent,
    TextAlign,
    TextSecurity,
    WhiteSpace,
    NoWrap,
    Direction,
    Vertical,
    Position,
    Top,
    Right,
    Bottom,
    Left,
    MarginTop,
    MarginRight,
    MarginBottom,
    MarginLeft,
    PaddingTop,
    PaddingBottom,
    PaddingLeft,
    PaddingRight,
    BorderTop,
    BorderBottom,
    BorderLeft,
    BorderRight,
    BorderTopColor,
    BorderRightColor,
    BorderBottomColor,
    BorderLeftColor,
    BoxSizing,
    Width,
    Height,
    MinWidth,
    MinHeight,
    MaxWidth,
    MaxHeight,
    OverflowX,
    OverflowY,
    /// How far beyond its edge a box that clips shows what is in it.
    ClipMargin,
    LineClamp,
    Contain,
    Container,
    Clip,
    Backface,
    Preserve3d,
    Perspective,
    OriginX,
    OriginY,
    OffsetDistance,
    SvgFill,
    SvgStroke,
    FillOpacity,
    SvgX,
    SvgY,
    ZIndex,
    Float,
    FlexColumn,
    FlexBasis,
    FlexGrow,
    GridRows,
    GridRow,
    GridColumn,
    // The rest is not kept in the table of values.
    Translate,
    Rotate,
    Scale,
    Transform,
    ClipPath,
    Shadows,
    GridColumns,
    MaskRef,
    Filter,
    Animation,
    Family,
    ContainerName,
    Content,
    CounterReset,
    CounterSet,
    CounterIncrement,
    Quotes,
    ListStyle,
    All,
}

impl Property {
    /// How many have a place in the table of values.
    pub(super) const TABLE: usize = Self::Translate as usize;

    pub(super) const fn is_inherited(self) -> bool {
        matches!(
            self,
            Self::Visibility
                | Self::Color
                | Self::ColorScheme
                | Self::TextFill
                | Self::TextStroke
                | Self::TextShadow
                | Self::FontSize
                | Self::LineHeight
                | Self::LetterSpacing
                | Self::WordSpacing
                | Self::TextIndent
                | Self::TextAlign
                | Self::TextSecurity
                | Self::WhiteSpace
                | Self::NoWrap
                | Self::Direction
                | Self::Vertical
                | Self::SvgFill
                | Self::SvgStroke
                | Self::FillOpacity
                | Self::Family
                | Self::ListStyle
                | Self::Quotes
        )
    }
}

/// The table's inherited properties.
pub(super) const INHERITED: &[Property] = &[
    Property::Visibility,
    Property::Color,
    Property::ColorScheme,
    Property::TextFill,
    Property::TextStroke,
    Property::TextShadow,
    Property::LineHeight,
    Property::LetterSpacing,
    Property::WordSpacing,
    Property::TextIndent,
    Property::TextAlign,
    Property::TextSecurity,
    Property::WhiteSpace,
    Property::NoWrap,
    Property::Direction,
    Property::Vertical,
    Property::SvgFill,
    Property::SvgStroke,
    Property::FillOpacity,
];

/// How an element makes boxes, as far as it matters to text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Display {
    None,
    Contents,
    Inline,
    InlineBlock,
    Block,
    Cell,
    Row,
}

/// How an element lays out what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    Flow,
    Flex,
    Grid,
    Table,
    /// The old flexible box, of interest for `-webkit-line-clamp`.
    Clamped,
}

/// What happens to what does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overflow {
    Visible,
    /// Cut off, and nobody can reach it.
    Hidden,
    /// The same along one axis, without a word about the other.
    Clip,
    /// Cut off, and within reach.
    Scroll,
}

/// How white space and line ends are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum White {
    Collapse,
    /// Spaces collapse, line ends stay.
    Lines,
    Keep,
}

/// Where a box stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    Static,
    Relative,
    Sticky,
    Absolute,
    Fixed,
}

/// How an element is blended with what is under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blend {
    Normal,
    Multiply,
    Screen,
    Darken,
    Lighten,
    Difference,
    Exclusion,
    Overlay,
    HardLight,
    Dodge,
    Burn,
    Other,
}

/// One function of a transform. Percentages are of the box itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    Move(Length, Length, f32),
    /// A matrix by columns, without lengths that depend on the box.
    Matrix([f32; 16]),
}

/// One function of a filter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Tint {
    Opacity(f32),
    Brightness(f32),
    Contrast(f32),
    Invert(f32),
    Grayscale(f32),
    Blur(f32),
    /// Something that cannot be told without painting.
    Unknown,
}

/// What an element is cut to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Inset([Length; 4]),
    /// The edges of a rectangle, from the top left corner; none for the box's own.
    Edges([Option<Length>; 4]),
    /// A radius along each axis (none: as far as the sides) and a centre.
    Oval([Option<Length>; 2], [Length; 2]),
    Polygon(Arc<[(Length, Length)]>),
    /// A path, by the rectangle that it fits in: left, top, right, bottom.
    Path([f32; 4]),
    /// An element of the page.
    Reference(Box<str>),
}

/// The shadows of a box that may lie behind text or over it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shadows {
    /// The inner one: what it paints with, and how far it reaches in along all sides.
    pub(super) inner: Option<(Paint, f32)>,
    /// A sharp outer one: its offsets, how far it reaches out, and what it paints with.
    pub(super) outer: Option<([f32; 3], Paint)>,
}

/// An animation, as far as it matters once the page has settled.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent words of one property")]
pub(super) struct Animation {
    pub(super) name: Box<str>,
    pub(super) seconds: f32,
    pub(super) delay: f32,
    pub(super) rounds: f32,
    pub(super) forwards: bool,
    pub(super) backwards: bool,
    pub(super) paused: bool,
    /// It runs from its end to its beginning.
    pub(super) reversed: bool,
    pub(super) alternates: bool,
    /// It is driven by scrolling.
    pub(super) scrolled: bool,
}

/// A specified value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// `auto`, `none`, `normal`: nothing was said.
    Auto,
    Length(Length),
    Number(f32),
    Flag(bool),
    Paint(Paint),
    Display(Display),
    White(White),
    Position(Position),
    Blend(Blend),
    Inside(Inside),
    Overflow(Overflow),
}

/// A keyword that every property takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wide {
    Initial,
    Inherit,
    /// `inherit` for inherited properties, `initial` for the others.
    Unset,
    /// What the browser's own sheet says.
    Revert,
    /// As if the layer, or the element's own declarations, had said nothing.
    RevertLayer,
}

/// A piece of `content` or of a list marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(Box<str>),
    Attr(Box<str>),
    /// The value of a counter, in a style; with a separator those of all counters of the name.
    Counter(Box<str>, Box<str>, Option<Box<str>>),
    Open,
    Close,
    /// An image or another thing that holds no words of its own.
    Other,
}

/// Names of counters, each with a number.
pub(super) type Counts = Option<Arc<[(Box<str>, i32)]>>;

/// What a list's items begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Marker {
    Text(Arc<str>),
    /// A counter style, perhaps one of the page's.
    Style(Arc<str>),
}

/// What a declaration says.
#[derive(Debug, Clone)]
pub(super) enum Said {
    Value(Property, Value),
    Wide(Property, Wide),
    /// One of `translate`, `rotate`, `scale` and `transform`.
    Transform(Property, Option<Arc<[Step]>>),
    Shape(Option<Arc<Shape>>),
    Shadows(Option<Arc<Shadows>>),
    /// The widths of a grid's columns, as far as they are declared.
    Columns(Option<Arc<[Option<Length>]>>),
    MaskRef(Option<Arc<str>>),
    Filter(Option<Arc<[Tint]>>),
    /// The element that describes the filter.
    FilterRef(Option<Arc<str>>),
    /// The whole list of animations.
    Animations(Option<Arc<[Animation]>>),
    /// One longhand of it: its name and its value.
    AnimationPart(Arc<str>, Arc<str>),
    Family(Option<Arc<[Box<str>]>>),
    ContainerName(Option<Arc<str>>),
    Content(Option<Arc<[Piece]>>),
    ListStyle(Option<Marker>),
    /// One of `counter-reset`, `counter-set` and `counter-increment`.
    Counts(Property, Counts),
    Quotes(Option<Arc<[Box<str>]>>),
    Custom(Arc<str>, Arc<str>),
    /// A property whose value holds `var()`: its name and the raw value.
    Pending(Arc<str>, Arc<str>),
}

/// A declaration.
#[derive(Debug, Clone)]
pub(super) struct Declaration {
    pub(super) said: Said,
    pub(super) important: bool,
}

impl Declaration {
    /// Whether it takes an element off the page.
    pub(super) const fn is_hiding(&self) -> bool {
        matches!(self.said, Said::Value(Property::Display, Value::Display(Display::None)))
    }
}

type Input<'a, 'i> = &'a mut Parser<'i>;

fn ident(input: Input<'_, '_>) -> Result<String, Fail> {
    Ok(input.expect_ident()?.to_ascii_lowercase())
}

fn rest(input: Input<'_, '_>) {
    // Nested blocks are skipped by `next`.
    while input.next().is_ok() {}
}

fn keyword(input: Input<'_, '_>, word: &str) -> bool {
    input.try_parse(|input| input.expect_ident_matching(word)).is_ok()
}

fn wide(input: Input<'_, '_>) -> Option<Wide> {
    input
        .try_parse(|input| -> Result<Wide, Fail> {
            let wide = match &*ident(input)? {
                "initial" => Wide::Initial,
                "inherit" => Wide::Inherit,
                "unset" => Wide::Unset,
                "revert" => Wide::Revert,
                "revert-layer" => Wide::RevertLayer,
                _ => return fail(),
            };
            input.expect_exhausted()?;
            Ok(wide)
        })
        .ok()
}

/// Whether a property with this name is one that a browser may know: all but those that no browser ever had.
pub(super) fn is_known(name: &str) -> bool {
    !longhands(name).is_empty() || KNOWN.binary_search(&name).is_ok()
}

/// Parses one declaration's value up to its end (and `!important`, which is the caller's), and hands on what it
/// says. Properties that are none of ours are no error and say nothing.
pub(super) fn declaration(name: &str, input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    let known = longhands(name);
    if known.is_empty() {
        rest(input);
        return Ok(());
    }
    if let Some(wide) = wide(input) {
        out.extend(known.iter().map(|property| Said::Wide(*property, wide)));
        return Ok(());
    }
    let before = out.len();
    let done = values(name, known, input, out).and_then(|()| Ok(input.expect_exhausted()?));
    if done.is_err() {
        out.truncate(before);
    }
    done
}

#[expect(clippy::too_many_lines, reason = "one case for each shorthand")]
fn values(name: &str, known: &[Property], input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    use Property as P;
    match name {
        "background" => background(input, out),
        "display" => display(input, out),
        "content" => {
            out.push(Said::Content(content(input)?));
            Ok(())
        }
        "counter-reset" | "counter-set" | "counter-increment" => {
            let [property] = *known else { return fail() };
            out.push(Said::Counts(property, counts(input, i32::from(name == "counter-increment"))?));
            Ok(())
        }
        "quotes" => {
            out.push(Said::Quotes(quotes(input)?));
            Ok(())
        }
        "list-style" | "list-style-type" => {
            out.push(Said::ListStyle(list_style(input)));
            Ok(())
        }
        "font" => font(input, out),
        "font-family" => {
            out.push(Said::Family(families(input)?));
            Ok(())
        }
        "mask" | "mask-image" | "-webkit-mask" | "-webkit-mask-image" => mask(input, out),
        "filter" | "-webkit-filter" => {
            let tints = filter(input, out)?;
            out.push(Said::Filter(tints));
            Ok(())
        }
        "clip-path" | "-webkit-clip-path" => {
            out.push(Said::Shape(clip_path(input)?));
            Ok(())
        }
        "white-space" => white_space(input, out),
        "container" => {
            out.push(Said::ContainerName(idents(input)?));
            let kind = if input.try_parse(|input| input.expect_delim('/')).is_ok() {
                value(P::Container, name, input)?
            } else {
                Value::Flag(false)
            };
            out.push(Said::Value(P::Container, kind));
            Ok(())
        }
        "container-name" => {
            out.push(Said::ContainerName(idents(input)?));
            Ok(())
        }
        "animation" | "-webkit-animation" => {
            out.push(Said::Animations(motion::shorthand(input)?));
            Ok(())
        }
        _ if matches!(known, [P::Animation]) => {
            let from = input.position();
            rest(input);
            out.push(Said::AnimationPart(name.into(), input.slice_from(from).trim().into()));
            Ok(())
        }
        "flex" => flex(input, out),
        "grid-area" => {
            let row = grid_line(input)?;
            let column = if input.try_parse(|input| input.expect_delim('/')).is_ok() {
                grid_line(input)?
            } else {
                row
            };
            rest(input);
            out.push(Said::Value(P::GridRow, row));
            out.push(Said::Value(P::GridColumn, column));
            Ok(())
        }
        _ if matches!(known, [P::Translate | P::Rotate | P::Scale | P::Transform]) => {
            let [property] = *known else { return fail() };
            out.push(Said::Transform(property, transform_value(property, input)?));
            Ok(())
        }
        "transform-origin" | "-webkit-transform-origin" => {
            let (x, y) = origin(input)?;
            out.push(Said::Value(P::OriginX, Value::Length(x)));
            out.push(Said::Value(P::OriginY, Value::Length(y)));
            Ok(())
        }
        "text-decoration" | "-webkit-text-decoration" => decoration(input, out),
        "outline" => {
            let (width, color) = edge(input)?;
            out.push(Said::Value(P::OutlineWidth, width));
            out.push(Said::Value(P::OutlineColor, color));
            Ok(())
        }
        "box-shadow" => {
            out.push(Said::Shadows(box_shadow(input)?));
            Ok(())
        }
        "grid-template-columns" => {
            out.push(Said::Columns(columns(input)));
            Ok(())
        }
        "border" | "border-top" | "border-right" | "border-bottom" | "border-left" => {
            let (width, color) = border(false, input)?;
            out.extend(known.iter().map(|property| {
                let painted =
                    [P::BorderTopColor, P::BorderRightColor, P::BorderBottomColor, P::BorderLeftColor];
                Said::Value(*property, if painted.contains(property) { color } else { width })
            }));
            Ok(())
        }
        "border-color" => {
            let mut colors = Vec::new();
            while !input.is_exhausted() && colors.len() < 4 {
                colors.push(paint(input)?);
            }
            let at = |place: usize| colors.get(place).copied();
            let top = at(0).map_or_else(fail, Ok)?;
            let right = at(1).unwrap_or(top);
            let all = [top, right, at(2).unwrap_or(top), at(3).unwrap_or(right)];
            out.extend(
                known.iter().zip(all).map(|(property, paint)| Said::Value(*property, Value::Paint(paint))),
            );
            Ok(())
        }
        "inset" | "margin" | "padding" | "border-width" => {
            let sides = sides(input)?;
            for property in known {
                let side = match property {
                    P::Top | P::MarginTop | P::PaddingTop | P::BorderTop => sides.0,
                    P::Right | P::MarginRight | P::PaddingRight | P::BorderRight => sides.1,
                    P::Bottom | P::MarginBottom | P::PaddingBottom | P::BorderBottom => sides.2,
                    _ => sides.3,
                };
                out.push(Said::Value(*property, side));
            }
            Ok(())
        }
        "overflow" | "inset-inline" | "inset-block" | "padding-block" | "padding-inline" | "margin-block"
        | "margin-inline" => {
            let Some(first) = known.first() else { return fail() };
            let value = value(*first, name, input)?;
            let second = if input.is_exhausted() { value } else { self::values::value(*first, name, input)? };
            let values = [value, second];
            out.extend(known.iter().zip(values).map(|(property, value)| Said::Value(*property, value)));
            Ok(())
        }
        _ => {
            let [property] = *known else { return fail() };
            out.push(Said::Value(property, value(property, name, input)?));
            Ok(())
        }
    }
}
