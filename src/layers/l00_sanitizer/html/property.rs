//! The properties of CSS that decide whether text can be seen, and how their values are written.
//!
//! A value that is not understood makes its declaration invalid, as in a browser, so that an earlier valid one
//! stands; where a browser knows a value and this table does not, it says `Unknown` and nothing is hidden for
//! it.

mod ink;
mod place;

use std::sync::Arc;

use cssparser::{Parser, Token};

use ink::{background, filter, image, mask, shadow, stroke, svg_paint};
use place::{clip, clip_path, transform_value};

use super::value::{Fail, Length, Paint, fail, length, number, paint};

/// A longhand property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    Display,
    Visibility,
    Opacity,
    ContentVisibility,
    Color,
    TextFill,
    TextStroke,
    TextShadow,
    BackgroundColor,
    BackgroundImage,
    BackgroundClip,
    InnerShadow,
    Filter,
    Blend,
    Mask,
    FontSize,
    TextIndent,
    WhiteSpace,
    Direction,
    Position,
    Top,
    Right,
    Bottom,
    Left,
    MarginTop,
    MarginLeft,
    PaddingTop,
    PaddingBottom,
    PaddingLeft,
    PaddingRight,
    Width,
    Height,
    MinWidth,
    MinHeight,
    MaxWidth,
    MaxHeight,
    OverflowX,
    OverflowY,
    Contain,
    Clip,
    ClipPath,
    Backface,
    SvgFill,
    SvgStroke,
    ZIndex,
    Float,
    GridRows,
    // The rest is not kept in the table of values.
    Translate,
    Scale,
    Transform,
    Content,
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
                | Self::TextFill
                | Self::TextStroke
                | Self::TextShadow
                | Self::FontSize
                | Self::TextIndent
                | Self::WhiteSpace
                | Self::Direction
                | Self::SvgFill
                | Self::SvgStroke
                | Self::ListStyle
        )
    }
}

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
    /// `relative` and `sticky`.
    Relative,
    Absolute,
    Fixed,
}

/// How an element is blended with what is under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blend {
    Normal,
    Multiply,
    Screen,
    Other,
}

/// A 2-D transform in steps that matter: scale along both axes, and shift in lengths (percentages are of the
/// box itself).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Transform {
    pub(super) scale: (f32, f32),
    pub(super) x: Length,
    pub(super) y: Length,
    /// Turned away from the viewer.
    pub(super) back: bool,
}

impl Transform {
    pub(super) const NONE: Self = Self { scale: (1.0, 1.0), x: Length::ZERO, y: Length::ZERO, back: false };
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
}

/// A piece of `content` or of a list marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(Box<str>),
    Attr(Box<str>),
    /// A counter, an image, quotes: something that holds no words of its own.
    Other,
}

/// What a declaration says.
#[derive(Debug, Clone)]
pub(super) enum Said {
    Value(Property, Value),
    Wide(Property, Wide),
    /// One of `translate`, `scale` and `transform`.
    Transform(Property, Transform),
    Content(Option<Arc<[Piece]>>),
    ListStyle(Option<Arc<str>>),
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
                "revert" | "revert-layer" => Wide::Revert,
                _ => return fail(),
            };
            input.expect_exhausted()?;
            Ok(wide)
        })
        .ok()
}

/// The longhands of a property's name that are kept; empty when the property is none of ours.
fn longhands(name: &str) -> &'static [Property] {
    use Property as P;
    match name {
        "display" => &[P::Display],
        "visibility" => &[P::Visibility],
        "opacity" => &[P::Opacity],
        "content-visibility" => &[P::ContentVisibility],
        "color" => &[P::Color],
        "-webkit-text-fill-color" => &[P::TextFill],
        "-webkit-text-stroke" | "-webkit-text-stroke-width" => &[P::TextStroke],
        "text-shadow" => &[P::TextShadow],
        "background" => &[P::BackgroundColor, P::BackgroundImage, P::BackgroundClip],
        "background-color" => &[P::BackgroundColor],
        "background-image" => &[P::BackgroundImage],
        "background-clip" | "-webkit-background-clip" => &[P::BackgroundClip],
        "box-shadow" => &[P::InnerShadow],
        "filter" | "-webkit-filter" => &[P::Filter],
        "mix-blend-mode" => &[P::Blend],
        "mask" | "mask-image" | "-webkit-mask" | "-webkit-mask-image" => &[P::Mask],
        "font" | "font-size" => &[P::FontSize],
        "text-indent" => &[P::TextIndent],
        "white-space" | "white-space-collapse" => &[P::WhiteSpace],
        "direction" => &[P::Direction],
        "position" => &[P::Position],
        "top" | "inset-block-start" => &[P::Top],
        "right" | "inset-inline-end" => &[P::Right],
        "bottom" | "inset-block-end" => &[P::Bottom],
        "left" | "inset-inline-start" => &[P::Left],
        "inset" => &[P::Top, P::Right, P::Bottom, P::Left],
        "inset-inline" => &[P::Left, P::Right],
        "inset-block" => &[P::Top, P::Bottom],
        "margin" => &[P::MarginTop, P::MarginLeft],
        "margin-top" | "margin-block-start" | "margin-block" => &[P::MarginTop],
        "margin-left" | "margin-inline-start" | "margin-inline" => &[P::MarginLeft],
        "padding" => &[P::PaddingTop, P::PaddingRight, P::PaddingBottom, P::PaddingLeft],
        "padding-top" | "padding-block-start" => &[P::PaddingTop],
        "padding-bottom" | "padding-block-end" => &[P::PaddingBottom],
        "padding-left" | "padding-inline-start" => &[P::PaddingLeft],
        "padding-right" | "padding-inline-end" => &[P::PaddingRight],
        "padding-block" => &[P::PaddingTop, P::PaddingBottom],
        "padding-inline" => &[P::PaddingLeft, P::PaddingRight],
        "width" | "inline-size" => &[P::Width],
        "height" | "block-size" => &[P::Height],
        "min-width" | "min-inline-size" => &[P::MinWidth],
        "min-height" | "min-block-size" => &[P::MinHeight],
        "max-width" | "max-inline-size" => &[P::MaxWidth],
        "max-height" | "max-block-size" => &[P::MaxHeight],
        "overflow" => &[P::OverflowX, P::OverflowY],
        "overflow-x" | "overflow-inline" => &[P::OverflowX],
        "overflow-y" | "overflow-block" => &[P::OverflowY],
        "contain" => &[P::Contain],
        "clip" => &[P::Clip],
        "clip-path" | "-webkit-clip-path" => &[P::ClipPath],
        "transform" | "-webkit-transform" | "-ms-transform" => &[P::Transform],
        "translate" => &[P::Translate],
        "scale" => &[P::Scale],
        "backface-visibility" | "-webkit-backface-visibility" => &[P::Backface],
        "fill" | "fill-opacity" => &[P::SvgFill],
        "stroke" => &[P::SvgStroke],
        "z-index" => &[P::ZIndex],
        "float" => &[P::Float],
        "grid-template-rows" | "grid-template" => &[P::GridRows],
        "content" => &[P::Content],
        "list-style" | "list-style-type" => &[P::ListStyle],
        "all" => &[P::All],
        _ => &[],
    }
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

fn values(name: &str, known: &[Property], input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    match name {
        "background" => background(input, out),
        "content" => {
            out.push(Said::Content(content(input)?));
            Ok(())
        }
        "list-style" | "list-style-type" => {
            out.push(Said::ListStyle(list_style(input)));
            Ok(())
        }
        _ if matches!(known, [Property::Translate | Property::Scale | Property::Transform]) => {
            let [property] = *known else { return fail() };
            out.push(Said::Transform(property, transform_value(property, input)?));
            Ok(())
        }
        "inset" | "margin" | "padding" => {
            let sides = sides(input)?;
            for property in known {
                let side = match property {
                    Property::Top | Property::MarginTop | Property::PaddingTop => sides.0,
                    Property::Right | Property::PaddingRight => sides.1,
                    Property::Bottom | Property::PaddingBottom => sides.2,
                    _ => sides.3,
                };
                out.push(Said::Value(*property, side));
            }
            Ok(())
        }
        "overflow" | "inset-inline" | "inset-block" | "padding-block" | "padding-inline" => {
            let Some(first) = known.first() else { return fail() };
            let value = value(*first, name, input)?;
            let second = if input.is_exhausted() { value } else { self::value(*first, name, input)? };
            let values = [value, second];
            out.extend(known.iter().zip(values).map(|(property, value)| Said::Value(*property, value)));
            Ok(())
        }
        "margin-block" | "margin-inline" => {
            for property in known {
                out.push(Said::Value(*property, value(*property, name, input)?));
            }
            rest(input);
            Ok(())
        }
        _ => {
            let [property] = *known else { return fail() };
            out.push(Said::Value(property, value(property, name, input)?));
            Ok(())
        }
    }
}

/// One to four lengths: top, right, bottom, left.
fn sides(input: Input<'_, '_>) -> Result<(Value, Value, Value, Value), Fail> {
    let top = auto_length(input)?;
    let next =
        |input: Input<'_, '_>, or: Value| if input.is_exhausted() { Ok(or) } else { auto_length(input) };
    let right = next(input, top)?;
    let bottom = next(input, top)?;
    let left = next(input, right)?;
    Ok((top, right, bottom, left))
}

fn auto_length(input: Input<'_, '_>) -> Result<Value, Fail> {
    if keyword(input, "auto") { Ok(Value::Auto) } else { length(input).map(Value::Length) }
}

#[expect(clippy::too_many_lines, reason = "one row for each property")]
fn value(property: Property, name: &str, input: Input<'_, '_>) -> Result<Value, Fail> {
    use Property as P;
    match property {
        P::Display => display(input),
        P::Visibility => match &*ident(input)? {
            "visible" => Ok(Value::Flag(true)),
            "hidden" | "collapse" => Ok(Value::Flag(false)),
            _ => fail(),
        },
        P::Opacity => Ok(Value::Number(number(input)?.clamp(0.0, 1.0))),
        P::ContentVisibility => match &*ident(input)? {
            "hidden" => Ok(Value::Flag(true)),
            "visible" | "auto" => Ok(Value::Flag(false)),
            _ => fail(),
        },
        P::Color | P::BackgroundColor | P::TextFill => paint(input).map(Value::Paint),
        P::SvgFill | P::SvgStroke => svg_paint(name, input),
        P::TextStroke => stroke(input),
        P::TextShadow | P::InnerShadow => shadow(property, input),
        P::BackgroundImage => {
            if keyword(input, "none") {
                return Ok(Value::Flag(false));
            }
            image(input).map(Value::Flag)
        }
        P::BackgroundClip => {
            let text = ident(input)? == "text";
            rest(input);
            Ok(Value::Flag(text))
        }
        P::Filter => filter(input).map(Value::Number),
        P::Blend => Ok(Value::Blend(match &*ident(input)? {
            "normal" => Blend::Normal,
            "multiply" | "darken" | "color-burn" => Blend::Multiply,
            "screen" | "lighten" | "color-dodge" | "plus-lighter" => Blend::Screen,
            _ => Blend::Other,
        })),
        P::Mask => mask(input).map(Value::Flag),
        P::FontSize if name == "font" => font(input),
        P::FontSize => font_size(input),
        P::TextIndent => {
            let indent = length(input)?;
            rest(input);
            Ok(Value::Length(indent))
        }
        P::WhiteSpace => {
            let white = match &*ident(input)? {
                "normal" | "nowrap" | "collapse" => White::Collapse,
                "pre" | "pre-wrap" | "break-spaces" | "preserve" => White::Keep,
                "pre-line" | "preserve-breaks" => White::Lines,
                _ => return fail(),
            };
            rest(input);
            Ok(Value::White(white))
        }
        P::Direction => match &*ident(input)? {
            "ltr" => Ok(Value::Flag(false)),
            "rtl" => Ok(Value::Flag(true)),
            _ => fail(),
        },
        P::Position => Ok(Value::Position(match &*ident(input)? {
            "static" => Position::Static,
            "relative" | "sticky" | "-webkit-sticky" => Position::Relative,
            "absolute" => Position::Absolute,
            "fixed" => Position::Fixed,
            _ => return fail(),
        })),
        P::Top | P::Right | P::Bottom | P::Left | P::MarginTop | P::MarginLeft => auto_length(input),
        P::PaddingTop | P::PaddingBottom | P::PaddingLeft | P::PaddingRight => {
            length(input).map(Value::Length)
        }
        P::Width | P::Height | P::MinWidth | P::MinHeight | P::MaxWidth | P::MaxHeight => size(input),
        P::OverflowX | P::OverflowY => match &*ident(input)? {
            "hidden" | "clip" | "scroll" | "auto" | "overlay" => Ok(Value::Flag(true)),
            "visible" => Ok(Value::Flag(false)),
            _ => fail(),
        },
        P::Contain => {
            let mut strict = false;
            while let Ok(word) = ident(input) {
                strict |= matches!(&*word, "strict" | "size");
            }
            Ok(Value::Flag(strict))
        }
        P::Clip => clip(input),
        P::ClipPath => clip_path(input).map(Value::Flag),
        P::Backface => Ok(Value::Flag(ident(input)? == "hidden")),
        P::ZIndex => {
            if keyword(input, "auto") {
                Ok(Value::Auto)
            } else {
                number(input).map(Value::Number)
            }
        }
        P::Float => Ok(Value::Flag(ident(input)? != "none")),
        P::GridRows => {
            // Only the fold that accordions use is of interest: a first row of no height.
            let zero = matches!(input.next()?, Token::Dimension { value, .. } if value.abs() < 0.001)
                && input.is_exhausted();
            rest(input);
            Ok(Value::Flag(zero))
        }
        P::Translate | P::Scale | P::Transform | P::Content | P::ListStyle | P::All => fail(),
    }
}

fn display(input: Input<'_, '_>) -> Result<Value, Fail> {
    let mut display = None;
    while let Ok(word) = input.try_parse(ident) {
        let this = match &*word {
            "none" | "table-column" | "table-column-group" => Display::None,
            "contents" => Display::Contents,
            "inline" | "ruby" | "ruby-base" | "ruby-text" | "math" => Display::Inline,
            "inline-block"
            | "inline-flex"
            | "inline-grid"
            | "inline-table"
            | "-webkit-inline-box"
            | "-webkit-inline-flex" => Display::InlineBlock,
            "block" | "flow-root" | "flex" | "grid" | "table" | "list-item" | "table-row-group"
            | "table-header-group" | "table-footer-group" | "table-caption" | "run-in" | "-webkit-box"
            | "-webkit-flex" | "-ms-flexbox" | "-ms-grid" | "grid-lanes" => Display::Block,
            "table-row" => Display::Row,
            "table-cell" => Display::Cell,
            "flow" => continue,
            _ => return fail(),
        };
        // Two words: `inline flex` is an inline block, `block flex` a block.
        display = Some(match (display, this) {
            (Some(Display::Inline), Display::Block) => Display::InlineBlock,
            (Some(first), _) => first,
            (None, this) => this,
        });
    }
    display.map_or_else(fail, |display| Ok(Value::Display(display)))
}

fn size(input: Input<'_, '_>) -> Result<Value, Fail> {
    if let Ok(length) = input.try_parse(length) {
        return Ok(Value::Length(length));
    }
    match input.next()? {
        Token::Ident(_) => Ok(Value::Auto),
        Token::Function(_) => {
            rest(input);
            Ok(Value::Auto)
        }
        _ => fail(),
    }
}

fn font_size(input: Input<'_, '_>) -> Result<Value, Fail> {
    if let Ok(length) = input.try_parse(length) {
        return Ok(Value::Length(length));
    }
    let em = |em| Length { px: 0.0, em, part: 0.0 };
    Ok(Value::Length(match &*ident(input)? {
        "xx-small" => Length::px(9.0),
        "x-small" => Length::px(10.0),
        "small" => Length::px(13.0),
        "medium" => Length::px(16.0),
        "large" => Length::px(18.0),
        "x-large" => Length::px(24.0),
        "xx-large" => Length::px(32.0),
        "xxx-large" => Length::px(48.0),
        "smaller" => em(5.0 / 6.0),
        "larger" => em(1.2),
        "math" => em(1.0),
        _ => return fail(),
    }))
}

/// The size in the `font` shorthand: the first size, before the families.
fn font(input: Input<'_, '_>) -> Result<Value, Fail> {
    loop {
        if let Ok(size) = input.try_parse(font_size) {
            if input.is_exhausted() {
                return fail();
            }
            rest(input);
            return Ok(size);
        }
        match input.next()?.clone() {
            Token::Ident(word) => {
                let system = ["caption", "icon", "menu", "message-box", "small-caption", "status-bar"];
                if system.iter().any(|name| word.eq_ignore_ascii_case(name)) {
                    return Ok(Value::Length(Length::px(13.0)));
                }
            }
            Token::Number { .. } | Token::Percentage { .. } => {}
            _ => return fail(),
        }
    }
}

/// `content`: `None` when it is `normal` or `none`.
fn content(input: Input<'_, '_>) -> Result<Option<Arc<[Piece]>>, Fail> {
    if keyword(input, "none") || keyword(input, "normal") {
        return Ok(None);
    }
    let mut pieces = Vec::new();
    while !input.is_exhausted() {
        pieces.push(match input.next()?.clone() {
            Token::QuotedString(text) => Piece::Text((*text).into()),
            Token::Function(name) if name.eq_ignore_ascii_case("attr") => {
                input.parse_nested_block(|input| -> Result<Piece, Fail> {
                    let name = input.expect_ident()?.to_ascii_lowercase();
                    rest(input);
                    Ok(Piece::Attr(name.into()))
                })?
            }
            Token::Delim('/') => {
                // What follows is alternative text: read aloud, not shown.
                rest(input);
                break;
            }
            Token::Ident(_) | Token::UnquotedUrl(_) | Token::Function(_) => Piece::Other,
            _ => return fail(),
        });
    }
    Ok(Some(pieces.into()))
}

/// The string of a list marker, where it is one.
fn list_style(input: Input<'_, '_>) -> Option<Arc<str>> {
    let mut marker = None;
    while let Ok(token) = input.next() {
        if let Token::QuotedString(text) = token {
            marker = Some(Arc::from(&**text));
        }
    }
    marker
}
