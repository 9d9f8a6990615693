//! Colours of CSS: their syntax (CSS Color 4 and 5), and what they come to in sRGB.

use cssparser::color::{parse_hash_color, parse_named_color};
use cssparser::{ParseError, Parser, Token};

use super::value::{Fail, angle, channel, fail};

/// Deepest nesting of one colour in another.
const MAX_NESTING: u8 = 8;

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
        "canvas" | "field" | "window" | "background" | "infobackground" | "menu" | "scrollbar" => {
            return Ok(Paint::CANVAS);
        }
        "canvastext" | "fieldtext" | "buttontext" | "windowtext" | "infotext" | "menutext" | "text" => {
            return Ok(Paint::CANVAS_TEXT);
        }
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

/// An angle in degrees.
fn hue(input: &mut Parser<'_>) -> Result<f32, Fail> {
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Ok(0.0);
    }
    angle(input)
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
    if input.try_parse(|input| input.expect_ident_matching("from")).is_ok() {
        return relative(name, input);
    }
    let space = if name == "color" { input.expect_ident()?.to_ascii_lowercase() } else { String::new() };
    // Commas between all of them, or between none.
    let mut commas = None;
    let mut separator = |input: &mut Parser<'_>| -> Result<bool, Fail> {
        let comma = input.try_parse(Parser::expect_comma).is_ok();
        if *commas.get_or_insert(comma) == comma { Ok(comma) } else { fail() }
    };
    let (a, b, c);
    match name {
        "hsl" | "hsla" | "hwb" => {
            a = hue(input)?;
            separator(input)?;
            b = channel(input, 100.0)?;
            separator(input)?;
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
            separator(input)?;
            b = channel(input, whole)?;
            separator(input)?;
            c = channel(input, whole)?;
        }
        _ => return fail(),
    }
    let slash = input.try_parse(|input| input.expect_delim('/')).is_ok()
        || !input.is_exhausted() && separator(input)?;
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

/// A colour made of another one (CSS Color 5, 4): its channels are words in what follows.
fn relative(name: &str, input: &mut Parser<'_>) -> Result<Paint, Fail> {
    let origin = paint(input)?;
    let from = input.position();
    while input.next().is_ok() {}
    let raw = input.slice_from(from).trim().to_ascii_lowercase();
    // SECURITY: one colour inside another is counted by the parser's nesting; one behind another would not be.
    if raw.starts_with("from") {
        return fail();
    }
    let Paint::Color(origin) = origin else {
        let alpha = raw.rsplit_once('/').map(|(_, alpha)| Parser::new(alpha.trim()).expect_number());
        let clear = matches!(alpha, Some(Ok(alpha)) if alpha < 0.1);
        return Ok(if clear { Paint::Color(Rgba::CLEAR) } else { Paint::Unknown });
    };
    let space = if name == "color" { raw.split_ascii_whitespace().next().unwrap_or_default() } else { name };
    let Some(channels) = channels(space, origin) else { return Ok(Paint::Unknown) };
    let mut text = String::with_capacity(raw.len().saturating_mul(2));
    let (mut rest, mut after_number) = (&*raw, false);
    while let Some(first) = rest.chars().next() {
        let end = if first.is_ascii_alphabetic() && !after_number {
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, tail) = rest.split_at(end);
        match channels.iter().find(|(name, _)| *name == word) {
            Some((_, value)) => text.push_str(&value.to_string()),
            None => text.push_str(word),
        }
        after_number = first.is_ascii_digit() || after_number && first.is_ascii_alphabetic();
        rest = tail;
    }
    if !raw.contains('/') {
        text.extend([" / ", &origin.alpha.to_string()]);
    }
    let mut input = Parser::new(&text);
    input.set_nested_block_limit(MAX_NESTING);
    color_function(name, &mut input)
}

/// A colour's channels in a space, by their names there.
#[expect(clippy::many_single_char_names, reason = "the names of the colour spaces' axes")]
fn channels(space: &str, color: Rgba) -> Option<[(&'static str, f32); 4]> {
    let alpha = ("alpha", color.alpha);
    let [r, g, b] = color.rgb.map(|channel| channel / 255.0);
    let [red, green, blue] = [r, g, b].map(linear);
    let polar = |a: f32, b: f32| (a.hypot(b), b.atan2(a).to_degrees().rem_euclid(360.0));
    Some(match space {
        "rgb" | "rgba" => [("r", r * 255.0), ("g", g * 255.0), ("b", b * 255.0), alpha],
        "srgb" | "display-p3" | "a98-rgb" | "prophoto-rgb" | "rec2020" => {
            [("r", r), ("g", g), ("b", b), alpha]
        }
        "srgb-linear" => [("r", red), ("g", green), ("b", blue), alpha],
        "hsl" | "hsla" | "hwb" => {
            let (most, least) = (r.max(g).max(b), r.min(g).min(b));
            let (light, range) = (f32::midpoint(most, least), most - least);
            let hue = if range <= 0.0 {
                0.0
            } else if most <= r {
                60.0 * ((g - b) / range).rem_euclid(6.0)
            } else if most <= g {
                60.0 * ((b - r) / range + 2.0)
            } else {
                60.0 * ((r - g) / range + 4.0)
            };
            let edge = light.min(1.0 - light);
            let saturation = if edge <= 0.0 { 0.0 } else { (most - light) / edge };
            if space == "hwb" {
                [("h", hue), ("w", least * 100.0), ("b", (1.0 - most) * 100.0), alpha]
            } else {
                [("h", hue), ("s", saturation * 100.0), ("l", light * 100.0), alpha]
            }
        }
        "lab" | "lch" => {
            let x = 0.412_39 * red + 0.357_58 * green + 0.180_48 * blue;
            let y = 0.212_64 * red + 0.715_17 * green + 0.072_19 * blue;
            let z = 0.019_33 * red + 0.119_19 * green + 0.950_53 * blue;
            let f = |t: f32| if t > 0.008_856 { t.cbrt() } else { (903.3 * t + 16.0) / 116.0 };
            let (fx, fy, fz) = (f(x / 0.950_47), f(y), f(z / 1.088_83));
            let (light, a, b) = (116.0 * fy - 16.0, 500.0 * (fx - fy), 200.0 * (fy - fz));
            let (chroma, hue) = polar(a, b);
            if space == "lab" {
                [("l", light), ("a", a), ("b", b), alpha]
            } else {
                [("l", light), ("c", chroma), ("h", hue), alpha]
            }
        }
        "oklab" | "oklch" => {
            let l = (0.412_221_46 * red + 0.536_332_55 * green + 0.051_445_995 * blue).cbrt();
            let m = (0.211_903_5 * red + 0.680_699_5 * green + 0.107_396_96 * blue).cbrt();
            let s = (0.088_302_46 * red + 0.281_718_85 * green + 0.629_978_7 * blue).cbrt();
            let light = 0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s;
            let a = 1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s;
            let b = 0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s;
            let (chroma, hue) = polar(a, b);
            if space == "oklab" {
                [("l", light), ("a", a), ("b", b), alpha]
            } else {
                [("l", light), ("c", chroma), ("h", hue), alpha]
            }
        }
        _ => return None,
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

/// From 0..1 to linear light, the other way round.
fn linear(channel: f32) -> f32 {
    if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
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
