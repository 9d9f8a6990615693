//! What paints, and what takes paint away: backgrounds, shadows, strokes, masks, filters.

use cssparser::Token;

use super::super::value::{Fail, Paint, Rgba, fail, length, number, paint};
use super::{Input, Property, Said, Value, ident, keyword, rest};

pub(super) fn background(input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    let (mut color, mut has_image, mut text) = (None, false, false);
    loop {
        if input.is_exhausted() {
            break;
        }
        if let Ok(paint) = input.try_parse(paint) {
            color = Some(paint);
        } else if let Ok(seen) = input.try_parse(image) {
            has_image |= seen;
        } else {
            match input.next()? {
                Token::Ident(word) => text |= word.eq_ignore_ascii_case("text"),
                Token::Number { .. }
                | Token::Percentage { .. }
                | Token::Dimension { .. }
                | Token::Comma
                | Token::Delim('/')
                | Token::Function(_) => {}
                _ => return fail(),
            }
        }
    }
    let color = color.unwrap_or(Paint::Color(Rgba::CLEAR));
    out.push(Said::Value(Property::BackgroundColor, Value::Paint(color)));
    out.push(Said::Value(Property::BackgroundImage, Value::Flag(has_image)));
    out.push(Said::Value(Property::BackgroundClip, Value::Flag(text)));
    Ok(())
}

/// An image that may paint something.
pub(super) fn image(input: Input<'_, '_>) -> Result<bool, Fail> {
    match input.next()?.clone() {
        Token::UnquotedUrl(_) => Ok(true),
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            let known = ["url", "image", "image-set", "-webkit-image-set", "cross-fade", "paint", "element"];
            if !known.contains(&&*name) && !name.ends_with("gradient") {
                return fail();
            }
            let clear = input.parse_nested_block(|input| -> Result<bool, Fail> { Ok(all_clear(input)) })?;
            Ok(!clear)
        }
        _ => fail(),
    }
}

/// Whether every colour of a gradient is clear. Something that is no colour does not matter.
fn all_clear(input: Input<'_, '_>) -> bool {
    let mut colors = (0_usize, 0_usize);
    while !input.is_exhausted() {
        if let Ok(paint) = input.try_parse(paint) {
            colors.0 = colors.0.saturating_add(1);
            if matches!(paint, Paint::Color(color) if color.alpha < 0.1) {
                colors.1 = colors.1.saturating_add(1);
            }
        } else if input.next().is_err() {
            break;
        }
    }
    colors.0 > 0 && colors.0 == colors.1
}

/// Whether a mask lets nothing through.
pub(super) fn mask(input: Input<'_, '_>) -> Result<bool, Fail> {
    if keyword(input, "none") {
        return Ok(false);
    }
    let painted = image(input)?;
    rest(input);
    Ok(!painted)
}

pub(super) fn svg_paint(name: &str, input: Input<'_, '_>) -> Result<Value, Fail> {
    if name == "fill-opacity" {
        let opacity = number(input)?;
        return if opacity < 0.1 { Ok(Value::Paint(Paint::Color(Rgba::CLEAR))) } else { fail() };
    }
    if keyword(input, "none") {
        return Ok(Value::Paint(Paint::Color(Rgba::CLEAR)));
    }
    if let Ok(paint) = input.try_parse(paint) {
        return Ok(Value::Paint(paint));
    }
    // `url(#gradient)`, `context-fill`.
    rest(input);
    Ok(Value::Paint(Paint::Unknown))
}

/// Whether a text stroke paints: it has a width, and its colour, where given, is not clear.
pub(super) fn stroke(input: Input<'_, '_>) -> Result<Value, Fail> {
    let (mut wide, mut clear) = (false, false);
    while !input.is_exhausted() {
        if let Ok(width) = input.try_parse(length) {
            wide = width.resolve(16.0, 0.0) > 0.2;
        } else if let Ok(paint) = input.try_parse(paint) {
            clear = matches!(paint, Paint::Color(color) if color.alpha < 0.1);
        } else {
            wide = matches!(&*ident(input)?, "thin" | "medium" | "thick");
        }
    }
    Ok(Value::Flag(wide && !clear))
}

/// Whether a shadow may paint what makes text readable. Of `box-shadow` only the inner one does: it is a
/// background.
pub(super) fn shadow(property: Property, input: Input<'_, '_>) -> Result<Value, Fail> {
    if keyword(input, "none") {
        return Ok(Value::Flag(false));
    }
    let (mut inset, mut visible, mut words) = (false, true, 0_usize);
    while !input.is_exhausted() {
        words = words.saturating_add(1);
        if let Ok(paint) = input.try_parse(paint) {
            visible = !matches!(paint, Paint::Color(color) if color.alpha < 0.1);
        } else if keyword(input, "inset") {
            inset = true;
        } else if input.try_parse(length).is_err() {
            input.expect_comma()?;
        }
    }
    Ok(Value::Flag(words > 1 && visible && (inset || property == Property::TextShadow)))
}

/// What a filter leaves of the contrast, from 0 to 1.
pub(super) fn filter(input: Input<'_, '_>) -> Result<f32, Fail> {
    if keyword(input, "none") {
        return Ok(1.0);
    }
    let mut left = 1.0_f32;
    while !input.is_exhausted() {
        match input.next()?.clone() {
            Token::Function(name) => {
                let name = name.to_ascii_lowercase();
                let amount = input.parse_nested_block(|input| -> Result<f32, Fail> {
                    let amount = input.try_parse(number).unwrap_or(1.0);
                    let blur = input.try_parse(length).map_or(0.0, |blur| blur.resolve(16.0, 0.0));
                    rest(input);
                    Ok(if name == "blur" { blur } else { amount })
                })?;
                match &*name {
                    "opacity" | "contrast" => left *= amount.clamp(0.0, 1.0),
                    "brightness" if amount < 0.02 => left = 0.0,
                    "blur" if amount >= 12.0 => left = 0.0,
                    "blur" | "brightness" | "drop-shadow" | "grayscale" | "hue-rotate" | "invert"
                    | "saturate" | "sepia" | "url" => {}
                    _ => return fail(),
                }
            }
            Token::UnquotedUrl(_) => {}
            _ => return fail(),
        }
    }
    Ok(left)
}
