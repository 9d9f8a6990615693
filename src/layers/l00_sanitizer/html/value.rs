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

    fn plus(self, other: Self, sign: f32) -> Self {
        Self {
            px: self.px + sign * other.px,
            em: self.em + sign * other.em,
            part: self.part + sign * other.part,
        }
    }

    fn times(self, factor: f32) -> Self {
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

/// A number or a length, while a `calc()` is worked out.
#[derive(Debug, Clone, Copy)]
enum Calc {
    Number(f32),
    Length(Length),
}

impl Calc {
    fn length(self) -> Result<Length, Fail> {
        match self {
            Self::Length(length) => Ok(length),
            // Only zero may go without a unit, and not inside `calc()`; accepting it loses nothing.
            Self::Number(number) if number.abs() < f32::EPSILON => Ok(Length::ZERO),
            Self::Number(_) => fail(),
        }
    }

    fn number(self) -> Result<f32, Fail> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Length(_) => fail(),
        }
    }

    /// A size to compare by, for `min()` and its like: right whenever the units agree.
    fn rough(self) -> f32 {
        match self {
            Self::Number(number) => number,
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
            Length::of_unit(value, &unit).map(Calc::Length).ok_or_else(ParseError::unexpected_token)
        }
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
                    _ => return fail(),
                };
            }
            Ok(Token::Delim('/')) => {
                let divisor = calc_value(input)?.number()?;
                value = match value {
                    Calc::Number(n) => Calc::Number(n / divisor),
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
        Calc::Length(_) => fail(),
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

    /// This colour painted over the opaque `under`.
    pub(super) fn over(self, under: [f32; 3]) -> [f32; 3] {
        let [r, g, b] = self.rgb;
        let [ur, ug, ub] = under;
        let mix = |top: f32, bottom: f32| top * self.alpha + bottom * (1.0 - self.alpha);
        [mix(r, ur), mix(g, ug), mix(b, ub)]
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
    /// Something that cannot be told without painting.
    Unknown,
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
        "canvas" | "field" | "window" | "highlighttext" | "background" => Rgba::WHITE,
        "canvastext" | "fieldtext" | "buttontext" | "windowtext" | "marktext" | "text" => Rgba::BLACK,
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
    match input.next()?.clone() {
        Token::Number { value, .. } => Ok(value),
        Token::Dimension { value, unit, .. } => Ok(match &*unit.to_ascii_lowercase() {
            "deg" => value,
            "grad" => value * 0.9,
            "rad" => value.to_degrees(),
            "turn" => value * 360.0,
            _ => return fail(),
        }),
        _ => fail(),
    }
}

fn color_function(name: &str, input: &mut Parser<'_>) -> Result<Paint, Fail> {
    if name == "color-mix" {
        return color_mix(input);
    }
    if name == "light-dark" {
        let light = paint(input)?;
        input.expect_comma()?;
        paint(input)?;
        return Ok(light);
    }
    let space = if name == "color" { input.expect_ident()?.to_ascii_lowercase() } else { String::new() };
    if input.try_parse(|input| input.expect_ident_matching("from")).is_ok() {
        // A relative colour: valid, but of no colour that is known here.
        while input.next().is_ok() {}
        return Ok(Paint::Unknown);
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
    Ok(Paint::Color(Rgba { rgb: Rgba { rgb: first.rgb, alpha: share }.over(second.rgb), alpha }))
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
