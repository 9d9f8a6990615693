//! Lengths and colours of CSS, as far as they decide whether text can be seen.
//!
//! Syntax from CSS Values 4 and CSS Color 4. Lengths are kept as a linear sum, so that `calc()` needs no tree.

use cssparser::color::{parse_hash_color, parse_named_color};
use cssparser::{ParseError, Parser, Token};

pub(super) type Fail = ParseError<()>;

pub(super) fn fail<T>() -> Result<T, Fail> {
    Err(ParseError::unexpected_token())
}

/// The screen that pages are judged on, in CSS pixels.
pub(super) const SCREEN: (f32, f32) = (1280.0, 800.0);
/// The root's font size, in pixels.
pub(super) const ROOT_FONT: f32 = 16.0;

/// `px` pixels, `em` times the element's font size, and `part` of the containing block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Length {
    pub(super) px: f32,
    pub(super) em: f32,
    pub(super) part: f32,
}

impl Length {
    pub(super) const ZERO: Self = Self::px(0.0);

    pub(super) const fn px(px: f32) -> Self {
        Self { px, em: 0.0, part: 0.0 }
    }

    /// In pixels, for this font size and this size of the containing block.
    pub(super) fn resolve(self, font: f32, base: f32) -> f32 {
        self.px + self.em * font + self.part * base
    }

    pub(super) fn plus(self, other: Self, sign: f32) -> Self {
        Self {
            px: self.px + sign * other.px,
            em: self.em + sign * other.em,
            part: self.part + sign * other.part,
        }
    }

    pub(super) fn times(self, factor: f32) -> Self {
        Self { px: self.px * factor, em: self.em * factor, part: self.part * factor }
    }

    fn of_unit(value: f32, unit: &str) -> Option<Self> {
        let em = |em| Self { px: 0.0, em, part: 0.0 };
        Some(match &*unit.to_ascii_lowercase() {
            "px" => Self::px(value),
            "em" | "ic" => em(value),
            "ex" | "ch" => em(value * 0.5),
            "cap" => em(value * 0.7),
            "lh" => em(value * 1.2),
            "rem" | "ric" => Self::px(value * ROOT_FONT),
            "rex" | "rch" => Self::px(value * ROOT_FONT * 0.5),
            "rlh" => Self::px(value * ROOT_FONT * 1.2),
            "in" => Self::px(value * 96.0),
            "cm" => Self::px(value * 96.0 / 2.54),
            "mm" => Self::px(value * 96.0 / 25.4),
            "q" => Self::px(value * 96.0 / 101.6),
            "pt" => Self::px(value * 96.0 / 72.0),
            "pc" => Self::px(value * 16.0),
            "vw" | "svw" | "lvw" | "dvw" | "vi" | "cqw" | "cqi" | "vmax" | "svmax" | "lvmax" | "dvmax"
            | "cqmax" => Self::px(value * SCREEN.0 / 100.0),
            "vh" | "svh" | "lvh" | "dvh" | "vb" | "cqh" | "cqb" | "vmin" | "svmin" | "lvmin" | "dvmin"
            | "cqmin" => Self::px(value * SCREEN.1 / 100.0),
            _ => return None,
        })
    }
}

/// A number, a length or an angle in degrees, while a `calc()` is worked out.
#[derive(Debug, Clone, Copy)]
enum Calc {
    Number(f32),
    Length(Length),
    Angle(f32),
}

impl Calc {
    fn length(self) -> Result<Length, Fail> {
        match self {
            Self::Length(length) => Ok(length),
            // Only zero may go without a unit, and not inside `calc()`; accepting it loses nothing.
            Self::Number(number) if number.abs() < f32::EPSILON => Ok(Length::ZERO),
            Self::Number(_) | Self::Angle(_) => fail(),
        }
    }

    fn number(self) -> Result<f32, Fail> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Length(_) | Self::Angle(_) => fail(),
        }
    }

    /// The same kind of value with another size.
    fn resized(self, size: f32) -> Self {
        match self {
            Self::Number(_) => Self::Number(size),
            Self::Angle(_) => Self::Angle(size),
            Self::Length(_) => Self::Length(Length::px(size)),
        }
    }

    /// A size to compare by, for `min()` and its like: right whenever the units agree.
    fn rough(self) -> f32 {
        match self {
            Self::Number(number) | Self::Angle(number) => number,
            Self::Length(length) => length.resolve(ROOT_FONT, SCREEN.0),
        }
    }
}

fn calc_value(input: &mut Parser<'_>) -> Result<Calc, Fail> {
    match input.next()?.clone() {
        Token::Number { value, .. } => Ok(Calc::Number(value)),
        Token::Percentage { unit_value, .. } => {
            Ok(Calc::Length(Length { px: 0.0, em: 0.0, part: unit_value }))
        }
        Token::Dimension { value, unit, .. } => {
            let length = Length::of_unit(value, &unit).map(Calc::Length);
            length.or_else(|| degrees(value, &unit).map(Calc::Angle)).ok_or_else(ParseError::unexpected_token)
        }
        Token::Ident(name) => Ok(Calc::Number(match &*name.to_ascii_lowercase() {
            "e" => std::f32::consts::E,
            "pi" => std::f32::consts::PI,
            "infinity" => f32::MAX,
            "-infinity" => f32::MIN,
            "nan" => 0.0,
            _ => return fail(),
        })),
        Token::ParenthesisBlock => input.parse_nested_block(calc_sum),
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            input.parse_nested_block(|input| calc_function(&name, input))
        }
        _ => fail(),
    }
}

fn calc_function(name: &str, input: &mut Parser<'_>) -> Result<Calc, Fail> {
    match name {
        "calc" | "-webkit-calc" | "-moz-calc" => calc_sum(input),
        "min" | "max" => {
            let values = input.parse_comma_separated(calc_sum)?;
            let order = |a: &Calc, b: &Calc| a.rough().total_cmp(&b.rough());
            let chosen = if name == "min" {
                values.into_iter().min_by(order)
            } else {
                values.into_iter().max_by(order)
            };
            chosen.map_or_else(fail, Ok)
        }
        "clamp" => match *input.parse_comma_separated(calc_sum)? {
            [low, value, high] => {
                let capped = if value.rough() > high.rough() { high } else { value };
                Ok(if capped.rough() < low.rough() { low } else { capped })
            }
            _ => fail(),
        },
        "round" => {
            let _how = input.try_parse(|input| -> Result<(), Fail> {
                input.expect_ident()?;
                Ok(input.expect_comma()?)
            });
            let values = input.parse_comma_separated(calc_sum)?;
            let (Some(value), step) = (values.first(), values.get(1).map_or(1.0, |step| step.rough())) else {
                return fail();
            };
            let size = if step.abs() < f32::EPSILON { 0.0 } else { (value.rough() / step).round() * step };
            Ok(value.resized(size))
        }
        "mod" | "rem" | "pow" | "atan2" | "log" => {
            let values = input.parse_comma_separated(calc_sum)?;
            let (Some(first), second) = (values.first(), values.get(1)) else { return fail() };
            let (a, b) = (first.rough(), second.map_or(0.0, |second| second.rough()));
            Ok(match name {
                "mod" => first.resized(if b.abs() < f32::EPSILON { 0.0 } else { a - b * (a / b).floor() }),
                "rem" => first.resized(if b.abs() < f32::EPSILON { 0.0 } else { a % b }),
                "pow" => Calc::Number(a.powf(b)),
                "atan2" => Calc::Angle(a.atan2(b).to_degrees()),
                _ => Calc::Number(if second.is_some() { a.log(b) } else { a.ln() }),
            })
        }
        "hypot" => {
            let values = input.parse_comma_separated(calc_sum)?;
            let sum = values.iter().map(|value| value.rough() * value.rough()).sum::<f32>();
            values.first().map_or_else(fail, |first| Ok(first.resized(sum.sqrt())))
        }
        "abs" | "sign" | "sqrt" | "exp" | "sin" | "cos" | "tan" | "asin" | "acos" | "atan" => {
            let value = calc_sum(input)?;
            let size = value.rough();
            let radians = if matches!(value, Calc::Angle(_)) { size.to_radians() } else { size };
            Ok(match name {
                "abs" if size < 0.0 => match value {
                    Calc::Length(length) => Calc::Length(length.times(-1.0)),
                    value => value.resized(-size),
                },
                "abs" => value,
                "sign" => Calc::Number(if size.abs() < f32::EPSILON { 0.0 } else { size.signum() }),
                "sqrt" => Calc::Number(size.max(0.0).sqrt()),
                "exp" => Calc::Number(size.exp()),
                "sin" => Calc::Number(radians.sin()),
                "cos" => Calc::Number(radians.cos()),
                "tan" => Calc::Number(radians.tan()),
                "asin" => Calc::Angle(size.clamp(-1.0, 1.0).asin().to_degrees()),
                "acos" => Calc::Angle(size.clamp(-1.0, 1.0).acos().to_degrees()),
                _ => Calc::Angle(size.atan().to_degrees()),
            })
        }
        _ => fail(),
    }
}

fn calc_product(input: &mut Parser<'_>) -> Result<Calc, Fail> {
    let mut value = calc_value(input)?;
    loop {
        let start = input.state();
        match input.next() {
            Ok(Token::Delim('*')) => {
                value = match (value, calc_value(input)?) {
                    (Calc::Number(a), Calc::Number(b)) => Calc::Number(a * b),
                    (Calc::Length(length), Calc::Number(n)) | (Calc::Number(n), Calc::Length(length)) => {
                        Calc::Length(length.times(n))
                    }
                    (Calc::Angle(a), Calc::Number(b)) | (Calc::Number(b), Calc::Angle(a)) => {
                        Calc::Angle(a * b)
                    }
                    _ => return fail(),
                };
            }
            Ok(Token::Delim('/')) => {
                let divisor = calc_value(input)?;
                // Like units cancel each other out.
                if let (Calc::Length(_), Calc::Length(_)) = (value, divisor) {
                    value = Calc::Number(value.rough() / divisor.rough());
                    continue;
                }
                let divisor = divisor.number()?;
                value = match value {
                    Calc::Number(n) => Calc::Number(n / divisor),
                    Calc::Angle(n) => Calc::Angle(n / divisor),
                    Calc::Length(length) => Calc::Length(length.times(1.0 / divisor)),
                };
            }
            _ => {
                input.reset(&start);
                return Ok(value);
            }
        }
    }
}

fn calc_sum(input: &mut Parser<'_>) -> Result<Calc, Fail> {
    let mut value = calc_product(input)?;
    loop {
        let start = input.state();
        let sign = match input.next() {
            Ok(Token::Delim('+')) => 1.0,
            Ok(Token::Delim('-')) => -1.0,
            _ => {
                input.reset(&start);
                return Ok(value);
            }
        };
        value = match (value, calc_product(input)?) {
            (Calc::Number(a), Calc::Number(b)) => Calc::Number(a + sign * b),
            (Calc::Angle(a), Calc::Angle(b)) => Calc::Angle(a + sign * b),
            (Calc::Length(a), Calc::Length(b)) => Calc::Length(a.plus(b, sign)),
            _ => return fail(),
        };
    }
}

/// A length, a percentage, zero, or a `calc()` of them.
pub(super) fn length(input: &mut Parser<'_>) -> Result<Length, Fail> {
    calc_value(input)?.length()
}

/// A number, or a percentage as a part of one.
pub(super) fn number(input: &mut Parser<'_>) -> Result<f32, Fail> {
    match calc_value(input)? {
        Calc::Number(number) => Ok(number),
        Calc::Length(Length { px, em, part }) if px.abs() + em.abs() < f32::EPSILON => Ok(part),
        Calc::Length(_) | Calc::Angle(_) => fail(),
    }
}

/// A colour in sRGB, 0 to 255, with its opacity from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rgba {
    pub(super) rgb: [f32; 3],
    pub(super) alpha: f32,
}

impl Rgba {
    pub(super) const WHITE: Self = Self::opaque([255.0; 3]);
    pub(super) const BLACK: Self = Self::opaque([0.0; 3]);
    pub(super) const CLEAR: Self = Self { rgb: [0.0; 3], alpha: 0.0 };

    pub(super) const fn opaque(rgb: [f32; 3]) -> Self {
        Self { rgb, alpha: 1.0 }
    }

    fn of_bytes((red, green, blue): (u8, u8, u8), alpha: f32) -> Self {
        Self { rgb: [f32::from(red), f32::from(green), f32::from(blue)], alpha }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    fn to_bytes(self) -> [u8; 4] {
        let byte = |channel: f32| channel.clamp(0.0, 255.0) as u8;
        let [r, g, b] = self.rgb;
        [byte(r), byte(g), byte(b), byte(self.alpha * 255.0)]
    }

    /// This colour painted on another, which may let something through itself.
    pub(super) fn on(self, under: Self) -> Self {
        let alpha = self.alpha + under.alpha * (1.0 - self.alpha);
        if alpha < 0.001 {
            return Self { alpha: 0.0, ..under };
        }
        let mix =
            |top: f32, bottom: f32| (top * self.alpha + bottom * under.alpha * (1.0 - self.alpha)) / alpha;
        let ([r, g, b], [ur, ug, ub]) = (self.rgb, under.rgb);
        Self { rgb: [mix(r, ur), mix(g, ug), mix(b, ub)], alpha }
    }
}

/// The largest difference of a channel.
pub(super) fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// What something is painted with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Paint {
    Color(Rgba),
    /// The text's colour.
    Current,
    /// One for a light scheme and one for a dark one: red, green, blue, opacity.
    Scheme([u8; 4], [u8; 4]),
    /// Something that cannot be told without painting.
    Unknown,
}

impl Paint {
    /// What a page is painted on.
    pub(super) const CANVAS: Self = Self::Scheme([255; 4], [18, 18, 18, 255]);
    pub(super) const CANVAS_TEXT: Self = Self::Scheme([0, 0, 0, 255], [255; 4]);

    /// The colour for this scheme and this colour of text, where it is known.
    pub(super) fn resolve(self, dark: bool, current: Option<Rgba>) -> Option<Rgba> {
        match self {
            Self::Color(color) => Some(color),
            Self::Current => current,
            Self::Scheme(light, night) => {
                let [r, g, b, alpha] = if dark { night } else { light };
                Some(Rgba::of_bytes((r, g, b), f32::from(alpha) / 255.0))
            }
            Self::Unknown => None,
        }
    }

    /// Whether it lets through what is behind it.
    pub(super) fn is_clear(self) -> bool {
        matches!(self, Self::Color(color) if color.alpha < 0.1)
    }
}

/// Parses a colour.
pub(super) fn paint(input: &mut Parser<'_>) -> Result<Paint, Fail> {
    match input.next()?.clone() {
        Token::Hash(hex) | Token::IDHash(hex) => {
            let (r, g, b, alpha) =
                parse_hash_color(hex.as_bytes()).map_err(|()| ParseError::unexpected_token())?;
            Ok(Paint::Color(Rgba::of_bytes((r, g, b), alpha)))
        }
        Token::Ident(name) => named(&name.to_ascii_lowercase()),
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            input.parse_nested_block(|input| color_function(&name, input))
        }
        _ => fail(),
    }
}

/// A colour by name; system colours as in a browser with a light theme.
fn named(name: &str) -> Result<Paint, Fail> {
    Ok(Paint::Color(match name {
        "currentcolor" => return Ok(Paint::Current),
        "transparent" => Rgba::CLEAR,
        "canvas" | "field" | "window" | "background" => return Ok(Paint::CANVAS),
        "canvastext" | "fieldtext" | "buttontext" | "windowtext" | "text" => return Ok(Paint::CANVAS_TEXT),
        "highlighttext" => Rgba::WHITE,
        "marktext" => Rgba::BLACK,
        "buttonface" | "buttonborder" => Rgba::opaque([239.0; 3]),
        "graytext" => Rgba::opaque([128.0; 3]),
        "linktext" | "visitedtext" | "activetext" => Rgba::opaque([0.0, 0.0, 238.0]),
        "mark" => Rgba::opaque([255.0, 255.0, 0.0]),
        "highlight" | "selecteditem" | "accentcolor" => return Ok(Paint::Unknown),
        _ => Rgba::of_bytes(parse_named_color(name).map_err(|()| ParseError::unexpected_token())?, 1.0),
    }))
}

/// A channel: a number as it is, a percentage of `whole`, `none` as zero.
fn channel(input: &mut Parser<'_>, whole: f32) -> Result<f32, Fail> {
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Ok(0.0);
    }
    match calc_value(input)? {
        Calc::Number(number) => Ok(number),
        Calc::Length(length) => Ok(length.part * whole),
        Calc::Angle(_) => fail(),
    }
}

/// An angle in degrees.
fn hue(input: &mut Parser<'_>) -> Result<f32, Fail> {
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Ok(0.0);
    }
    angle(input)
}

/// An angle in degrees; numbers count as degrees.
pub(super) fn angle(input: &mut Parser<'_>) -> Result<f32, Fail> {
    match calc_value(input)? {
        Calc::Number(value) | Calc::Angle(value) => Ok(value),
        Calc::Length(_) => fail(),
    }
}

fn degrees(value: f32, unit: &str) -> Option<f32> {
    Some(match &*unit.to_ascii_lowercase() {
        "deg" => value,
        "grad" => value * 0.9,
        "rad" => value.to_degrees(),
        "turn" => value * 360.0,
        _ => return None,
    })
}

fn color_function(name: &str, input: &mut Parser<'_>) -> Result<Paint, Fail> {
    if name == "color-mix" {
        return color_mix(input);
    }
    if name == "light-dark" {
        let light = paint(input)?;
        input.expect_comma()?;
        let dark = paint(input)?;
        let (Paint::Color(light), Paint::Color(dark)) = (light, dark) else { return Ok(Paint::Unknown) };
        return Ok(Paint::Scheme(light.to_bytes(), dark.to_bytes()));
    }
    let space = if name == "color" { input.expect_ident()?.to_ascii_lowercase() } else { String::new() };
    if input.try_parse(|input| input.expect_ident_matching("from")).is_ok() {
        return relative(name, input);
    }
    let separator = |input: &mut Parser<'_>| input.try_parse(Parser::expect_comma).is_ok();
    let (a, b, c);
    match name {
        "hsl" | "hsla" | "hwb" => {
            a = hue(input)?;
            separator(input);
            b = channel(input, 100.0)?;
            separator(input);
            c = channel(input, 100.0)?;
        }
        "lch" | "oklch" => {
            a = channel(input, if name == "lch" { 100.0 } else { 1.0 })?;
            b = channel(input, if name == "lch" { 150.0 } else { 0.4 })?;
            c = hue(input)?;
        }
        "lab" | "oklab" => {
            let (light, axis) = if name == "lab" { (100.0, 125.0) } else { (1.0, 0.4) };
            a = channel(input, light)?;
            b = channel(input, axis)?;
            c = channel(input, axis)?;
        }
        "rgb" | "rgba" | "color" => {
            let whole = if name == "color" { 1.0 } else { 255.0 };
            a = channel(input, whole)?;
            separator(input);
            b = channel(input, whole)?;
            separator(input);
            c = channel(input, whole)?;
        }
        _ => return fail(),
    }
    let slash = input.try_parse(|input| input.expect_delim('/')).is_ok() || separator(input);
    let alpha = if slash { channel(input, 1.0)?.clamp(0.0, 1.0) } else { 1.0 };
    let rgb = match name {
        "rgb" | "rgba" => [a, b, c],
        "hsl" | "hsla" => hsl(a, b / 100.0, c / 100.0),
        "hwb" => hwb(a, b / 100.0, c / 100.0),
        "lab" => lab(a, b, c),
        "lch" => lab(a, b * c.to_radians().cos(), b * c.to_radians().sin()),
        "oklab" => oklab(a, b, c),
        "oklch" => oklab(a, b * c.to_radians().cos(), b * c.to_radians().sin()),
        _ => match &*space {
            "srgb-linear" => [gamma(a), gamma(b), gamma(c)],
            "srgb" | "display-p3" | "a98-rgb" | "prophoto-rgb" | "rec2020" => {
                [a * 255.0, b * 255.0, c * 255.0]
            }
            "xyz" | "xyz-d65" => xyz(a, b, c),
            _ => return Ok(Paint::Unknown),
        },
    };
    Ok(Paint::Color(Rgba { rgb: rgb.map(|channel| channel.clamp(0.0, 255.0)), alpha }))
}

/// A colour made of another one; only in the space that colours are kept in here.
fn relative(name: &str, input: &mut Parser<'_>) -> Result<Paint, Fail> {
    let origin = paint(input)?;
    let mut parts = Vec::new();
    while let Ok(token) = input.next().cloned() {
        let Paint::Color(from) = origin else { continue };
        let [r, g, b] = from.rgb;
        match token {
            Token::Ident(word) => parts.push(match &*word.to_ascii_lowercase() {
                "r" => r,
                "g" => g,
                "b" => b,
                "alpha" => from.alpha,
                "none" => 0.0,
                _ => f32::NAN,
            }),
            Token::Number { value, .. } => parts.push(value),
            Token::Percentage { unit_value, .. } => {
                parts.push(unit_value * if parts.len() < 3 { 255.0 } else { 1.0 });
            }
            Token::Delim('/') => {}
            _ => parts.push(f32::NAN),
        }
    }
    let (Paint::Color(from), "rgb" | "rgba") = (origin, name) else { return Ok(Paint::Unknown) };
    Ok(match parts.as_slice() {
        _ if parts.iter().any(|part| part.is_nan()) => Paint::Unknown,
        [r, g, b] => Paint::Color(Rgba { rgb: [*r, *g, *b], alpha: from.alpha }),
        [r, g, b, alpha] => Paint::Color(Rgba { rgb: [*r, *g, *b], alpha: alpha.clamp(0.0, 1.0) }),
        _ => return fail(),
    })
}

/// `color-mix()`, always mixed in sRGB: near enough for telling text from its background.
fn color_mix(input: &mut Parser<'_>) -> Result<Paint, Fail> {
    input.expect_ident_matching("in")?;
    while input.try_parse(Parser::expect_comma).is_err() {
        input.next()?;
    }
    let part = |input: &mut Parser<'_>| -> Result<(Paint, Option<f32>), Fail> {
        let before = input.try_parse(Parser::expect_percentage).ok();
        let color = paint(input)?;
        Ok((color, before.or_else(|| input.try_parse(Parser::expect_percentage).ok())))
    };
    let (first, share) = part(input)?;
    input.expect_comma()?;
    let (second, other) = part(input)?;
    let share = share.or_else(|| other.map(|other| 1.0 - other)).unwrap_or(0.5).clamp(0.0, 1.0);
    let (Paint::Color(first), Paint::Color(second)) = (first, second) else { return Ok(Paint::Unknown) };
    let alpha = first.alpha * share + second.alpha * (1.0 - share);
    if alpha < 0.001 {
        return Ok(Paint::Color(Rgba::CLEAR));
    }
    // Each counts by its opacity as well.
    let (one, two) = (first.alpha * share / alpha, second.alpha * (1.0 - share) / alpha);
    let mut rgb = first.rgb;
    for (channel, other) in rgb.iter_mut().zip(second.rgb) {
        *channel = *channel * one + other * two;
    }
    Ok(Paint::Color(Rgba { rgb, alpha }))
}

fn hsl(hue: f32, saturation: f32, light: f32) -> [f32; 3] {
    let (saturation, light) = (saturation.clamp(0.0, 1.0), light.clamp(0.0, 1.0));
    let channel = |n: f32| {
        let k = (n + hue / 30.0).rem_euclid(12.0);
        let chroma = saturation * light.min(1.0 - light);
        255.0 * (light - chroma * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0))
    };
    [channel(0.0), channel(8.0), channel(4.0)]
}

fn hwb(hue: f32, white: f32, black: f32) -> [f32; 3] {
    if white + black >= 1.0 {
        return [255.0 * white / (white + black); 3];
    }
    hsl(hue, 1.0, 0.5).map(|channel| channel * (1.0 - white - black) + 255.0 * white)
}

/// The transfer curve of sRGB (IEC 61966-2-1), from linear light to 0..255.
fn gamma(linear: f32) -> f32 {
    255.0 * if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

fn xyz(x: f32, y: f32, z: f32) -> [f32; 3] {
    [
        gamma(3.240_97 * x - 1.537_383 * y - 0.498_611 * z),
        gamma(-0.969_244 * x + 1.875_968 * y + 0.041_555 * z),
        gamma(0.055_63 * x - 0.203_977 * y + 1.056_972 * z),
    ]
}

fn lab(light: f32, a: f32, b: f32) -> [f32; 3] {
    let fy = (light + 16.0) / 116.0;
    let inverse = |f: f32| if f > 6.0 / 29.0 { f * f * f } else { (116.0 * f - 16.0) / 903.3 };
    // The white of D65 stands in for D50's: a colour cast too small to hide text behind.
    xyz(0.950_47 * inverse(fy + a / 500.0), inverse(fy), 1.088_83 * inverse(fy - b / 200.0))
}

#[expect(clippy::many_single_char_names, reason = "the names of the colour spaces' axes")]
fn oklab(light: f32, a: f32, b: f32) -> [f32; 3] {
    let cube = |value: f32| value * value * value;
    let l = cube(light + 0.396_337_8 * a + 0.215_803_76 * b);
    let m = cube(light - 0.105_561_35 * a - 0.063_854_17 * b);
    let s = cube(light - 0.089_484_18 * a - 1.291_485_5 * b);
    [
        gamma(4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s),
        gamma(-1.268_438 * l + 2.609_757_4 * m - 0.341_319_4 * s),
        gamma(-0.004_196_086 * l - 0.703_418_6 * m + 1.707_614_7 * s),
    ]
}
