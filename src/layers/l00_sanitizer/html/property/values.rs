//! How the values of single properties are written.

use std::sync::Arc;

use cssparser::{Parser, Token};

use super::super::value::{Fail, Length, Paint, fail, length, number, paint};
use super::ink::{edge, filter, image, stroke, svg_paint, text_shadow, thickness};
use super::place::clip;
use super::tracks::grid_line;
use super::{
    Blend, Display, Input, Inside, Marker, Overflow, Piece, Position, Property, Said, Tint, Value, White,
    ident, keyword, rest,
};

/// One to four lengths: top, right, bottom, left.
pub(super) fn sides(input: Input<'_, '_>) -> Result<(Value, Value, Value, Value), Fail> {
    let top = auto_length(input)?;
    let next =
        |input: Input<'_, '_>, or: Value| if input.is_exhausted() { Ok(or) } else { auto_length(input) };
    let right = next(input, top)?;
    let bottom = next(input, top)?;
    let left = next(input, right)?;
    Ok((top, right, bottom, left))
}

pub(super) fn auto_length(input: Input<'_, '_>) -> Result<Value, Fail> {
    if keyword(input, "auto") { Ok(Value::Auto) } else { length(input).map(Value::Length) }
}

#[expect(clippy::too_many_lines, reason = "one row for each property")]
pub(super) fn value(property: Property, name: &str, input: Input<'_, '_>) -> Result<Value, Fail> {
    use Property as P;
    match property {
        P::Visibility => match &*ident(input)? {
            "visible" => Ok(Value::Flag(true)),
            "hidden" | "collapse" => Ok(Value::Flag(false)),
            _ => fail(),
        },
        P::Opacity | P::FillOpacity => Ok(Value::Number(number(input)?.clamp(0.0, 1.0))),
        P::ContentVisibility => match &*ident(input)? {
            "hidden" => Ok(Value::Flag(true)),
            "visible" | "auto" => Ok(Value::Flag(false)),
            _ => fail(),
        },
        P::Color | P::BackgroundColor | P::TextFill => paint(input).map(Value::Paint),
        P::ColorScheme => {
            let (mut light, mut dark) = (false, false);
            while let Ok(word) = ident(input) {
                light |= matches!(&*word, "light" | "normal");
                dark |= word == "dark";
            }
            Ok(Value::Flag(dark && !light))
        }
        P::SvgFill | P::SvgStroke => Ok(svg_paint(input)),
        P::TextStroke => stroke(input),
        P::TextShadow => text_shadow(input),
        P::BackgroundImage => {
            let picture = image(input)?;
            rest(input);
            Ok(picture.value())
        }
        P::BackgroundOnce => {
            let mut once = false;
            while let Ok(word) = ident(input) {
                once |= word == "no-repeat";
            }
            Ok(Value::Flag(once))
        }
        P::BackgroundClip => {
            let text = ident(input)? == "text";
            rest(input);
            Ok(Value::Flag(text))
        }
        P::Blend => Ok(Value::Blend(match &*ident(input)? {
            "normal" => Blend::Normal,
            "multiply" => Blend::Multiply,
            "screen" => Blend::Screen,
            "darken" => Blend::Darken,
            "lighten" => Blend::Lighten,
            "difference" => Blend::Difference,
            "exclusion" => Blend::Exclusion,
            "overlay" => Blend::Overlay,
            "hard-light" => Blend::HardLight,
            "color-dodge" => Blend::Dodge,
            "color-burn" => Blend::Burn,
            "soft-light" | "hue" | "saturation" | "color" | "luminosity" | "plus-lighter" | "plus-darker" => {
                Blend::Other
            }
            _ => return fail(),
        })),
        P::MaskCut => Ok(Value::Flag(ident(input)? == "intersect")),
        P::StrikeOn => {
            let mut on = false;
            while let Ok(word) = ident(input) {
                on |= word == "line-through";
            }
            Ok(Value::Flag(on))
        }
        P::Strike => {
            if keyword(input, "auto") || keyword(input, "from-font") {
                return Ok(Value::Auto);
            }
            thickness(input)
        }
        P::StrikeColor | P::OutlineColor => {
            if keyword(input, "auto") || keyword(input, "invert") {
                return Ok(Value::Paint(Paint::Current));
            }
            paint(input).map(Value::Paint)
        }
        P::OutlineWidth => edge(input).map(|(width, _)| width),
        P::OutlineOffset => length(input).map(Value::Length),
        P::Backdrop => {
            let tints = filter(input, &mut Vec::new())?;
            let blind = tints.iter().flat_map(|tints| tints.iter()).any(|tint| match tint {
                Tint::Blur(radius) => *radius >= 8.0,
                Tint::Contrast(left) | Tint::Brightness(left) => *left < 0.05,
                _ => false,
            });
            Ok(Value::Flag(blind))
        }
        P::Isolation => Ok(Value::Flag(ident(input)? == "isolate")),
        P::FontSize => font_size(input),
        P::Zoom => {
            if keyword(input, "normal") || keyword(input, "reset") {
                return Ok(Value::Number(1.0));
            }
            let zoom = number(input)?;
            // No zoom at all means no zooming, as browsers read it.
            Ok(Value::Number(if zoom <= 0.0 { 1.0 } else { zoom }))
        }
        P::LineHeight => line_height(input),
        P::LetterSpacing | P::WordSpacing => {
            if keyword(input, "normal") {
                Ok(Value::Auto)
            } else {
                length(input).map(Value::Length)
            }
        }
        P::TextIndent => {
            let indent = length(input)?;
            rest(input);
            Ok(Value::Length(indent))
        }
        P::TextAlign => Ok(match &*ident(input)? {
            "left" | "justify" | "-webkit-left" => Value::Number(0.0),
            "center" | "-webkit-center" => Value::Number(0.5),
            "right" | "-webkit-right" | "end" => Value::Number(1.0),
            "start" | "match-parent" | "justify-all" => Value::Auto,
            _ => return fail(),
        }),
        P::TextSecurity => match &*ident(input)? {
            "disc" | "circle" | "square" => Ok(Value::Flag(true)),
            "none" => Ok(Value::Flag(false)),
            _ => fail(),
        },
        P::WhiteSpace => match &*ident(input)? {
            "collapse" => Ok(Value::White(White::Collapse)),
            "preserve" | "preserve-spaces" | "break-spaces" => Ok(Value::White(White::Keep)),
            "preserve-breaks" => Ok(Value::White(White::Lines)),
            _ => fail(),
        },
        P::NoWrap => match &*ident(input)? {
            "nowrap" => Ok(Value::Flag(true)),
            "wrap" | "balance" | "pretty" | "stable" | "auto" => Ok(Value::Flag(false)),
            _ => fail(),
        },
        P::Direction => match &*ident(input)? {
            "ltr" => Ok(Value::Flag(false)),
            "rtl" => Ok(Value::Flag(true)),
            _ => fail(),
        },
        P::Vertical => match &*ident(input)? {
            "horizontal-tb" | "lr" | "lr-tb" | "rl" | "rl-tb" => Ok(Value::Flag(false)),
            "vertical-rl" | "vertical-lr" | "sideways-rl" | "sideways-lr" | "tb" | "tb-rl" => {
                Ok(Value::Flag(true))
            }
            _ => fail(),
        },
        P::Position => Ok(Value::Position(match &*ident(input)? {
            "static" => Position::Static,
            "relative" => Position::Relative,
            "sticky" | "-webkit-sticky" => Position::Sticky,
            "absolute" => Position::Absolute,
            "fixed" => Position::Fixed,
            _ => return fail(),
        })),
        P::Top
        | P::Right
        | P::Bottom
        | P::Left
        | P::MarginTop
        | P::MarginRight
        | P::MarginBottom
        | P::MarginLeft => auto_length(input),
        P::PaddingTop | P::PaddingBottom | P::PaddingLeft | P::PaddingRight | P::OffsetDistance => {
            length(input).map(Value::Length)
        }
        P::BorderTop | P::BorderBottom | P::BorderLeft | P::BorderRight => {
            Ok(border(name.ends_with("-width"), input)?.0)
        }
        P::BorderTopColor | P::BorderRightColor | P::BorderBottomColor | P::BorderLeftColor => {
            paint(input).map(Value::Paint)
        }
        P::ClipMargin => {
            let _box = input.try_parse(ident);
            length(input).map(Value::Length)
        }
        P::BoxSizing => match &*ident(input)? {
            "border-box" => Ok(Value::Flag(true)),
            "content-box" => Ok(Value::Flag(false)),
            _ => fail(),
        },
        P::Width | P::Height | P::MinWidth | P::MinHeight | P::MaxWidth | P::MaxHeight | P::FlexBasis => {
            size(input)
        }
        P::OverflowX | P::OverflowY => Ok(Value::Overflow(match &*ident(input)? {
            "hidden" => Overflow::Hidden,
            "clip" => Overflow::Clip,
            "scroll" | "auto" | "overlay" => Overflow::Scroll,
            "visible" => Overflow::Visible,
            _ => return fail(),
        })),
        P::LineClamp => {
            if keyword(input, "none") {
                return Ok(Value::Auto);
            }
            let lines = number(input)?;
            rest(input);
            Ok(if lines >= 1.0 { Value::Number(lines) } else { Value::Auto })
        }
        P::Contain => {
            // Bit 0: the box keeps no room for what is in it. Bit 1: it cuts that off.
            let (mut size, mut cut) = (false, false);
            while let Ok(word) = ident(input) {
                size |= matches!(&*word, "strict" | "size");
                cut |= matches!(&*word, "strict" | "content" | "paint");
            }
            Ok(Value::Number(f32::from(u8::from(size)) + 2.0 * f32::from(u8::from(cut))))
        }
        P::Container => {
            let mut is = false;
            while let Ok(word) = ident(input) {
                is |= matches!(&*word, "size" | "inline-size");
            }
            Ok(Value::Flag(is))
        }
        P::Clip => clip(input),
        P::Backface => Ok(Value::Flag(ident(input)? == "hidden")),
        P::Preserve3d => Ok(Value::Flag(ident(input)? == "preserve-3d")),
        P::Perspective => {
            if keyword(input, "none") {
                Ok(Value::Auto)
            } else {
                length(input).map(Value::Length)
            }
        }
        P::SvgX | P::SvgY => {
            if let Ok(number) = input.try_parse(number) {
                return Ok(Value::Length(Length::px(number)));
            }
            length(input).map(Value::Length)
        }
        P::ZIndex => {
            if keyword(input, "auto") {
                Ok(Value::Auto)
            } else {
                number(input).map(Value::Number)
            }
        }
        P::Float => Ok(match &*ident(input)? {
            "none" => Value::Flag(false),
            "right" | "inline-end" => Value::Number(1.0),
            _ => Value::Flag(true),
        }),
        P::MaskSize => {
            let zero = length(input).is_ok_and(|size| size.resolve(16.0, 100.0).abs() < 0.5);
            rest(input);
            Ok(Value::Flag(zero))
        }
        P::SizeAdjust => {
            let adjust = input.try_parse(number);
            rest(input);
            Ok(Value::Flag(adjust.is_ok_and(|adjust| adjust < 0.1)))
        }
        P::FlexColumn => {
            let mut column = false;
            while let Ok(word) = ident(input) {
                column |= matches!(&*word, "column" | "column-reverse");
            }
            Ok(Value::Flag(column))
        }
        P::FlexGrow => number(input).map(Value::Number),
        P::GridRows => {
            // Only the fold that accordions use is of interest: a first row of no height, or of no share of it.
            let row = match input.next()? {
                Token::Dimension { value, unit, .. }
                    if value.abs() < 0.001 && unit.eq_ignore_ascii_case("fr") =>
                {
                    Value::Flag(true)
                }
                Token::Dimension { value, .. } | Token::Number { value, .. } if value.abs() < 0.001 => {
                    Value::Number(0.0)
                }
                _ => Value::Flag(false),
            };
            let row = if input.is_exhausted() { row } else { Value::Flag(false) };
            rest(input);
            Ok(row)
        }
        P::GridRow | P::GridColumn => {
            let line = grid_line(input)?;
            rest(input);
            Ok(line)
        }
        _ => fail(),
    }
}

pub(super) fn white_space(input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    let (mut white, mut straight) = (White::Collapse, false);
    let mut words = 0_usize;
    while let Ok(word) = input.try_parse(ident) {
        words = words.saturating_add(1);
        match &*word {
            "normal" | "collapse" | "wrap" => {}
            "nowrap" => straight = true,
            "pre" => (white, straight) = (White::Keep, true),
            "pre-wrap" | "break-spaces" | "preserve" => white = White::Keep,
            "pre-line" | "preserve-breaks" => white = White::Lines,
            _ => return fail(),
        }
    }
    if words == 0 {
        return fail();
    }
    out.push(Said::Value(Property::WhiteSpace, Value::White(white)));
    out.push(Said::Value(Property::NoWrap, Value::Flag(straight)));
    Ok(())
}

fn line_height(input: Input<'_, '_>) -> Result<Value, Fail> {
    if keyword(input, "normal") {
        return Ok(Value::Auto);
    }
    if let Ok(times) = input.try_parse(Parser::expect_number) {
        return if times < 0.0 { fail() } else { Ok(Value::Number(times)) };
    }
    let height = length(input)?;
    // A percentage is of the font's size.
    Ok(Value::Length(Length { em: height.em + height.part, part: 0.0, ..height }))
}

/// The width and the colour of a border; `styled` where only the width is written.
pub(super) fn border(styled: bool, input: Input<'_, '_>) -> Result<(Value, Value), Fail> {
    let (mut width, mut color, mut styled) = (Length::px(3.0), Paint::Current, styled);
    while !input.is_exhausted() {
        if let Ok(own) = input.try_parse(length) {
            width = own;
        } else if let Ok(own) = input.try_parse(paint) {
            color = own;
        } else {
            match &*ident(input)? {
                "none" | "hidden" => width = Length::ZERO,
                "thin" => width = Length::px(1.0),
                "thick" => width = Length::px(5.0),
                "medium" => {}
                "solid" | "dashed" | "dotted" | "double" | "groove" | "ridge" | "inset" | "outset" => {
                    styled = true;
                }
                _ => return fail(),
            }
        }
    }
    Ok((Value::Length(if styled { width } else { Length::ZERO }), Value::Paint(color)))
}

/// Names with spaces between them; `None` for `none`.
pub(super) fn names(input: Input<'_, '_>) -> Result<Option<Arc<str>>, Fail> {
    if keyword(input, "none") {
        return Ok(None);
    }
    let mut names = input.expect_ident_cloned()?.to_string();
    while let Ok(name) = input.try_parse(Parser::expect_ident_cloned) {
        names.push(' ');
        names.push_str(&name);
    }
    Ok(Some(names.into()))
}

pub(super) fn display(input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    let (mut display, mut inside, mut item) = (None, Inside::Flow, false);
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
        item |= word == "list-item";
        if word.ends_with("flex") {
            inside = Inside::Flex;
        } else if word.ends_with("table") {
            inside = Inside::Table;
        } else if word.ends_with("grid") {
            inside = Inside::Grid;
        } else if word.starts_with("-webkit-") {
            inside = Inside::Clamped;
        }
        // Two words: `inline flex` is an inline block, `block flex` a block.
        display = Some(match (display, this) {
            (Some(Display::Inline), Display::Block) => Display::InlineBlock,
            (Some(first), _) => first,
            (None, this) => this,
        });
    }
    let Some(display) = display else { return fail() };
    out.push(Said::Value(Property::Display, Value::Display(display)));
    out.push(Said::Value(Property::Inside, Value::Inside(inside)));
    out.push(Said::Value(Property::Item, Value::Flag(item)));
    Ok(())
}

/// Less than nothing: no size may be. A sum that depends on the font or the page is cut off at nothing instead.
fn is_negative(length: Length) -> bool {
    let parts = [length.px, length.em, length.rem, length.part];
    parts.iter().all(|part| *part <= 0.0) && parts.iter().sum::<f32>() < 0.0
}

pub(super) fn size(input: Input<'_, '_>) -> Result<Value, Fail> {
    if let Ok(length) = input.try_parse(length) {
        return if is_negative(length) { fail() } else { Ok(Value::Length(length)) };
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
        return if is_negative(length) { fail() } else { Ok(Value::Length(length)) };
    }
    let em = Length::em;
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

/// The size, the line's height and the families in the `font` shorthand.
pub(super) fn font(input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    let mut line = Value::Auto;
    loop {
        if let Ok(size) = input.try_parse(font_size) {
            if input.try_parse(|input| input.expect_delim('/')).is_ok() {
                line = line_height(input)?;
            }
            out.push(Said::Value(Property::FontSize, size));
            out.push(Said::Value(Property::LineHeight, line));
            out.push(Said::Family(families(input)?));
            return Ok(());
        }
        match input.next()?.clone() {
            Token::Ident(word) => {
                let system = ["caption", "icon", "menu", "message-box", "small-caption", "status-bar"];
                if system.iter().any(|name| word.eq_ignore_ascii_case(name)) {
                    out.push(Said::Value(Property::FontSize, Value::Length(Length::px(13.0))));
                    return Ok(());
                }
            }
            Token::Number { .. } | Token::Percentage { .. } => {}
            _ => return fail(),
        }
    }
}

/// The names of font families in small letters, the first one first.
pub(super) fn families(input: Input<'_, '_>) -> Result<Option<Arc<[Box<str>]>>, Fail> {
    let families = input.parse_comma_separated(|input| -> Result<Box<str>, Fail> {
        if let Ok(name) = input.try_parse(Parser::expect_string_cloned) {
            return Ok(name.to_lowercase().into());
        }
        let mut name = input.expect_ident()?.to_lowercase();
        while let Ok(word) = input.try_parse(Parser::expect_ident_cloned) {
            name.push(' ');
            name.push_str(&word.to_lowercase());
        }
        Ok(name.into())
    })?;
    Ok(Some(families.into()))
}

/// `content`: `None` when it is `normal` or `none`.
pub(super) fn content(input: Input<'_, '_>) -> Result<Option<Arc<[Piece]>>, Fail> {
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
            Token::Function(name)
                if name.eq_ignore_ascii_case("counter") || name.eq_ignore_ascii_case("counters") =>
            {
                let all = name.eq_ignore_ascii_case("counters");
                input.parse_nested_block(|input| -> Result<Piece, Fail> {
                    let name = input.expect_ident()?.to_string();
                    let mut between = None;
                    if all {
                        input.expect_comma()?;
                        between = Some(Box::from(&**input.expect_string()?));
                    }
                    let style = input
                        .try_parse(|input| -> Result<Box<str>, Fail> {
                            input.expect_comma()?;
                            Ok((&**input.expect_ident()?).into())
                        })
                        .unwrap_or_else(|_| "decimal".into());
                    rest(input);
                    Ok(Piece::Counter(name.into(), style, between))
                })?
            }
            Token::Ident(word) if word.eq_ignore_ascii_case("open-quote") => Piece::Open,
            Token::Ident(word) if word.eq_ignore_ascii_case("close-quote") => Piece::Close,
            Token::Delim('/') => {
                // What follows is alternative text: read aloud, not shown.
                rest(input);
                break;
            }
            Token::Ident(word)
                if word.eq_ignore_ascii_case("no-open-quote")
                    || word.eq_ignore_ascii_case("no-close-quote") =>
            {
                Piece::Text("".into())
            }
            Token::UnquotedUrl(_) | Token::Function(_) => Piece::Other,
            _ => return fail(),
        });
    }
    Ok(Some(pieces.into()))
}

/// Names of counters with a number behind each, or without one: then it is `or`.
pub(super) fn counts(input: Input<'_, '_>, or: i32) -> Result<super::Counts, Fail> {
    /// More counters than any page has.
    const MOST: usize = 32;
    if keyword(input, "none") {
        return Ok(None);
    }
    let mut counts: Vec<(Box<str>, i32)> = Vec::new();
    while let Ok(name) = input.try_parse(Parser::expect_ident_cloned) {
        let number = input.try_parse(Parser::expect_integer).unwrap_or(or);
        if counts.len() < MOST {
            counts.push(((*name).into(), number));
        }
    }
    if counts.is_empty() { fail() } else { Ok(Some(counts.into())) }
}

/// The signs that quotes begin and end with; `None` for the language's own.
pub(super) fn quotes(input: Input<'_, '_>) -> Result<Option<Arc<[Box<str>]>>, Fail> {
    if keyword(input, "auto") || keyword(input, "match-parent") {
        return Ok(None);
    }
    if keyword(input, "none") {
        return Ok(Some(Arc::from([])));
    }
    let mut signs: Vec<Box<str>> = Vec::new();
    while let Ok(sign) = input.try_parse(Parser::expect_string_cloned) {
        signs.push((*sign).into());
    }
    if signs.is_empty() || !signs.len().is_multiple_of(2) { fail() } else { Ok(Some(signs.into())) }
}

/// The string of a list marker, where it is one; an empty one where there is to be none.
pub(super) fn list_style(input: Input<'_, '_>) -> Option<Marker> {
    let mut marker = None;
    while let Ok(token) = input.next() {
        match token {
            Token::QuotedString(text) => marker = Some(Marker::Text(Arc::from(&**text))),
            Token::Ident(word) if word.eq_ignore_ascii_case("none") => {
                marker = Some(Marker::Text(Arc::from("")));
            }
            Token::Ident(word) if !matches!(&*word.to_ascii_lowercase(), "inside" | "outside") => {
                marker = Some(Marker::Style(Arc::from(&**word)));
            }
            _ => {}
        }
    }
    marker
}
