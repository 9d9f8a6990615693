//! What paints, and what takes paint away: backgrounds, shadows, strokes, masks, filters.

use std::sync::Arc;

use cssparser::Token;

use super::super::picture::is_opaque_picture;
use super::super::value::{Fail, Length, Paint, Rgba, distance, fail, length, number, paint};
use super::{Input, Property, Said, Shadows, Tint, Value, ident, keyword, rest};

/// What an image paints.
#[derive(Debug, Clone, Copy)]
pub(super) enum Picture {
    Nothing,
    /// One colour all over, or nearly.
    Flat(Rgba),
    /// Many colours, and nothing behind it is seen.
    Opaque,
    Unknown,
}

impl Picture {
    /// A picture that is in its address and lets nothing through hides what is behind it.
    fn of_address(address: &str) -> Self {
        if is_opaque_picture(address) { Self::Opaque } else { Self::Unknown }
    }

    pub(super) const fn value(self) -> Value {
        match self {
            Self::Nothing => Value::Flag(false),
            Self::Flat(color) => Value::Paint(Paint::Color(color)),
            Self::Opaque => Value::Number(1.0),
            Self::Unknown => Value::Flag(true),
        }
    }
}

pub(super) fn background(input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    let (mut color, mut picture, mut text) = (None, Picture::Nothing, false);
    let (mut sized, mut nothing) = (false, false);
    // An image that is placed or sized may cover a part only.
    let mut partly = false;
    loop {
        if input.is_exhausted() {
            break;
        }
        if let Ok(paint) = input.try_parse(paint) {
            color = Some(paint);
        } else if let Ok(own) = input.try_parse(image) {
            picture = match (picture, own) {
                (Picture::Nothing, own) => own,
                (picture, Picture::Nothing) => picture,
                _ => Picture::Unknown,
            };
        } else {
            match input.next()? {
                Token::Ident(word) => {
                    text |= word.eq_ignore_ascii_case("text");
                    partly |= word.eq_ignore_ascii_case("no-repeat");
                }
                Token::Delim('/') => sized = true,
                Token::Number { value, .. } | Token::Dimension { value, .. } => {
                    nothing |= sized && value.abs() < 0.5;
                    sized = false;
                }
                Token::Percentage { .. } | Token::Comma | Token::Function(_) => {}
                _ => return fail(),
            }
        }
    }
    if nothing {
        picture = Picture::Nothing;
    }
    if partly && !matches!(picture, Picture::Nothing) {
        picture = Picture::Unknown;
    }
    let color = color.unwrap_or(Paint::Color(Rgba::CLEAR));
    out.push(Said::Value(Property::BackgroundColor, Value::Paint(color)));
    out.push(Said::Value(Property::BackgroundImage, picture.value()));
    out.push(Said::Value(Property::BackgroundClip, Value::Flag(text)));
    out.push(Said::Value(Property::BackgroundOnce, Value::Flag(false)));
    Ok(())
}

/// One image of a list: `none`, an address or a gradient.
pub(super) fn image(input: Input<'_, '_>) -> Result<Picture, Fail> {
    match input.next()?.clone() {
        Token::Ident(word) if word.eq_ignore_ascii_case("none") => Ok(Picture::Nothing),
        Token::UnquotedUrl(address) => Ok(Picture::of_address(&address)),
        Token::Function(name) if name.eq_ignore_ascii_case("url") => {
            input.parse_nested_block(|input| -> Result<Picture, Fail> {
                let picture = Picture::of_address(&input.expect_string_cloned()?);
                rest(input);
                Ok(picture)
            })
        }
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            let known = ["image", "image-set", "-webkit-image-set", "cross-fade", "paint", "element"];
            if !known.contains(&&*name) && !name.ends_with("gradient") {
                return fail();
            }
            input.parse_nested_block(|input| -> Result<Picture, Fail> { Ok(stops(input)) })
        }
        _ => fail(),
    }
}

/// What a gradient paints, by its colours. Something that is no colour does not matter.
fn stops(input: Input<'_, '_>) -> Picture {
    let (mut first, mut alike, mut opaque, mut clear, mut count) = (None, true, true, true, 0_usize);
    while !input.is_exhausted() {
        if let Ok(paint) = input.try_parse(paint) {
            count = count.saturating_add(1);
            let Paint::Color(color) = paint else { return Picture::Unknown };
            clear &= color.alpha < 0.1;
            opaque &= color.alpha > 0.95;
            let first = *first.get_or_insert(color);
            alike &= distance(first.rgb, color.rgb) <= 12.0 && (first.alpha - color.alpha).abs() < 0.05;
        } else if input.next().is_err() {
            break;
        }
    }
    match first {
        _ if count == 0 => Picture::Unknown,
        _ if clear => Picture::Nothing,
        Some(first) if alike => Picture::Flat(first),
        _ if opaque => Picture::Opaque,
        _ => Picture::Unknown,
    }
}

/// Whether a mask lets nothing through, and the element that it is made of.
pub(super) fn mask(input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    let reference = input.try_parse(reference).ok();
    if reference.is_some() {
        rest(input);
    }
    let mut none = false;
    let mut layers = Vec::new();
    if reference.is_none() {
        if keyword(input, "none") {
            none = true;
            rest(input);
        } else {
            layers = input.parse_comma_separated(mask_layer)?;
        }
    }
    let empty = layers.iter().filter(|empty| **empty).count();
    let value = match (none, empty) {
        (true, _) => Value::Flag(false),
        (false, 0) => Value::Number(1.0),
        (false, all) if all == layers.len() => Value::Flag(true),
        // One of them lets nothing through, which decides where they are cut with each other.
        _ => Value::Number(2.0),
    };
    out.push(Said::Value(Property::Mask, value));
    out.push(Said::MaskRef(reference.map(Arc::from)));
    Ok(())
}

/// Whether a layer of a mask lets nothing through: its image is clear, or has no size, or stands elsewhere.
fn mask_layer(input: Input<'_, '_>) -> Result<bool, Fail> {
    let picture = image(input)?;
    let clear =
        matches!(picture, Picture::Nothing) || matches!(picture, Picture::Flat(color) if color.alpha < 0.1);
    let (mut sized, mut tiny, mut far, mut once) = (false, false, false, false);
    while let Ok(token) = input.next() {
        match token {
            Token::Delim('/') => sized = true,
            Token::Dimension { value, .. } | Token::Number { value, .. } if sized => {
                tiny |= value.abs() < 4.0;
                sized = false;
            }
            Token::Dimension { value, .. } => far |= value.abs() >= 2000.0,
            Token::Ident(word) => once |= word.eq_ignore_ascii_case("no-repeat"),
            _ => {}
        }
    }
    Ok(clear || tiny && once || far && once)
}

/// A thickness; a share is one of the font's size.
pub(super) fn thickness(input: Input<'_, '_>) -> Result<Value, Fail> {
    let own = length(input)?;
    Ok(Value::Length(Length { em: own.em + own.part, part: 0.0, ..own }))
}

/// `text-decoration`: whether a line goes through the text, how thick it is, and what it is painted with.
pub(super) fn decoration(input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    let (mut on, mut thick, mut color) = (false, Value::Auto, Paint::Current);
    while !input.is_exhausted() {
        if let Ok(own) = input.try_parse(thickness) {
            thick = own;
        } else if let Ok(own) = input.try_parse(paint) {
            color = own;
        } else {
            on |= ident(input)? == "line-through";
        }
    }
    out.push(Said::Value(Property::StrikeOn, Value::Flag(on)));
    out.push(Said::Value(Property::Strike, thick));
    out.push(Said::Value(Property::StrikeColor, Value::Paint(color)));
    Ok(())
}

/// The width and the colour of an outline.
pub(super) fn edge(input: Input<'_, '_>) -> Result<(Value, Value), Fail> {
    let (mut width, mut color) = (Value::Auto, Paint::Current);
    while !input.is_exhausted() {
        if let Ok(own) = input.try_parse(length) {
            width = Value::Length(own);
        } else if let Ok(own) = input.try_parse(paint) {
            color = own;
        } else if matches!(&*ident(input)?, "none" | "hidden" | "thin" | "medium") {
            width = Value::Auto;
        }
    }
    Ok((width, Value::Paint(color)))
}

/// `url(#id)`: the id.
pub(super) fn reference(input: Input<'_, '_>) -> Result<Box<str>, Fail> {
    let address = input.expect_url()?;
    address.strip_prefix('#').map_or_else(fail, |id| Ok(id.into()))
}

pub(super) fn svg_paint(input: Input<'_, '_>) -> Value {
    if keyword(input, "none") {
        return Value::Paint(Paint::Color(Rgba::CLEAR));
    }
    if let Ok(paint) = input.try_parse(paint) {
        return Value::Paint(paint);
    }
    // `url(#gradient)`, `context-fill`.
    rest(input);
    Value::Paint(Paint::Unknown)
}

/// What a text stroke paints with; a length of nothing paints nothing.
pub(super) fn stroke(input: Input<'_, '_>) -> Result<Value, Fail> {
    let (mut wide, mut color) = (false, Paint::Current);
    while !input.is_exhausted() {
        if let Ok(width) = input.try_parse(length) {
            wide = width.resolve(16.0, 0.0) > 0.2;
        } else if let Ok(paint) = input.try_parse(paint) {
            color = paint;
        } else {
            wide = matches!(&*ident(input)?, "thin" | "medium" | "thick");
        }
    }
    Ok(if wide { Value::Paint(color) } else { Value::Flag(false) })
}

/// One of a list of shadows: whether it is drawn inside, what it paints with, and its lengths.
type Shadow = (bool, Paint, Vec<f32>);

fn shadows(input: Input<'_, '_>) -> Result<Vec<Shadow>, Fail> {
    if keyword(input, "none") {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut own: Shadow = (false, Paint::Current, Vec::new());
    while !input.is_exhausted() {
        if let Ok(paint) = input.try_parse(paint) {
            own.1 = paint;
        } else if keyword(input, "inset") {
            own.0 = true;
        } else if let Ok(length) = input.try_parse(length) {
            own.2.push(length.resolve(16.0, 0.0));
        } else {
            input.expect_comma()?;
            found.push(std::mem::replace(&mut own, (false, Paint::Current, Vec::new())));
        }
    }
    found.push(own);
    found.retain(|(_, paint, lengths)| lengths.len() > 1 && !paint.is_clear());
    Ok(found)
}

/// What the shadows of text paint with, where that may make it readable.
pub(super) fn text_shadow(input: Input<'_, '_>) -> Result<Value, Fail> {
    let mut best = None;
    for (_, color, lengths) in shadows(input)? {
        // SECURITY: a shadow that is blurred beyond the letters' own width cannot be read.
        let near = lengths.iter().take(2).all(|offset| offset.abs() <= 400.0);
        if near && lengths.get(2).is_none_or(|blur| *blur <= 12.0) {
            best = Some(if best.is_some() { Paint::Unknown } else { color });
        }
    }
    Ok(best.map_or(Value::Flag(false), Value::Paint))
}

/// The shadows of a box, as far as they lie behind text or over it.
pub(super) fn box_shadow(input: Input<'_, '_>) -> Result<Option<Arc<Shadows>>, Fail> {
    let mut own = Shadows { inner: None, outer: None };
    for (inset, color, lengths) in shadows(input)? {
        let at = |place: usize| lengths.get(place).copied().unwrap_or(0.0);
        let sharp = at(2) <= 12.0 && at(0).abs() <= 4000.0 && at(1).abs() <= 4000.0;
        if inset && sharp {
            let whole = at(2) < 1.0 && at(0).abs() + at(1).abs() < 1.0;
            let reach = if whole { at(3) } else { 0.0 };
            own.inner = Some(if own.inner.is_some() { (Paint::Unknown, 0.0) } else { (color, reach) });
        } else if !inset && at(2) < 4.0 && own.outer.is_none() {
            own.outer = Some(([at(0), at(1), at(3)], color));
        }
    }
    Ok((own.inner.is_some() || own.outer.is_some()).then(|| Arc::new(own)))
}

/// The functions of a filter; `None` for `none`.
pub(super) fn filter(input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<Option<Arc<[Tint]>>, Fail> {
    let mut reference = None;
    if keyword(input, "none") {
        out.push(Said::FilterRef(None));
        return Ok(None);
    }
    let mut tints = Vec::new();
    while !input.is_exhausted() {
        match input.next()?.clone() {
            Token::Function(name) => {
                let name = name.to_ascii_lowercase();
                let tint = input.parse_nested_block(|input| -> Result<Tint, Fail> {
                    let amount = |input: Input<'_, '_>| -> Result<f32, Fail> {
                        if input.is_exhausted() { Ok(1.0) } else { Ok(number(input)?.max(0.0)) }
                    };
                    let tint = match &*name {
                        "opacity" => Tint::Opacity(amount(input)?.min(1.0)),
                        "brightness" => Tint::Brightness(amount(input)?),
                        "contrast" => Tint::Contrast(amount(input)?),
                        "invert" => Tint::Invert(amount(input)?.min(1.0)),
                        "grayscale" => Tint::Grayscale(amount(input)?.min(1.0)),
                        "blur" if input.is_exhausted() => Tint::Blur(0.0),
                        "blur" => Tint::Blur(length(input)?.resolve(16.0, 0.0)),
                        "url" => {
                            let address = input.expect_string()?;
                            reference = address.strip_prefix('#').map(Arc::from);
                            Tint::Unknown
                        }
                        "hue-rotate" | "saturate" | "sepia" => Tint::Unknown,
                        // It paints behind the letters and takes nothing away.
                        "drop-shadow" => Tint::Opacity(1.0),
                        _ => return fail(),
                    };
                    rest(input);
                    Ok(tint)
                })?;
                tints.push(tint);
            }
            Token::UnquotedUrl(address) => {
                tints.push(Tint::Unknown);
                reference = address.strip_prefix('#').map(Arc::from);
            }
            _ => return fail(),
        }
    }
    out.push(Said::FilterRef(reference));
    if tints.is_empty() { fail() } else { Ok(Some(tints.into())) }
}
