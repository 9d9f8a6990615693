//! Lengths, numbers and angles of CSS, as far as they decide whether text can be seen.
//!
//! Syntax from CSS Values 4. Lengths are kept as a linear sum, so that `calc()` needs no tree.

use cssparser::{ParseError, Parser, Token};

pub(super) use super::color::{Paint, Rgba, distance, paint};

pub(super) type Fail = ParseError<()>;

pub(super) fn fail<T>() -> Result<T, Fail> {
    Err(ParseError::unexpected_token())
}

/// The screen that pages are judged on, in CSS pixels.
pub(super) const SCREEN: (f32, f32) = (1280.0, 800.0);
/// The root's font size, in pixels.
pub(super) const ROOT_FONT: f32 = 16.0;
/// What `0%` is kept as.
const NO_SHARE: f32 = 1e-9;

/// `px` pixels, `em` times the element's font size, `rem` times the root's, and `part` of the containing block.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Length {
    pub(super) px: f32,
    pub(super) em: f32,
    pub(super) rem: f32,
    pub(super) part: f32,
}

impl Length {
    pub(super) const ZERO: Self = Self::px(0.0);

    pub(super) const fn px(px: f32) -> Self {
        Self { px, em: 0.0, rem: 0.0, part: 0.0 }
    }

    pub(super) const fn part(part: f32) -> Self {
        Self { px: 0.0, em: 0.0, rem: 0.0, part }
    }

    pub(super) const fn em(em: f32) -> Self {
        Self { px: 0.0, em, rem: 0.0, part: 0.0 }
    }

    /// In pixels, for this font size and this size of the containing block.
    pub(super) fn resolve(self, font: f32, base: f32) -> f32 {
        self.px + self.em * font + self.rem * ROOT_FONT + self.part * base
    }

    /// The same on a page whose root has this font size.
    pub(super) fn on_root(self, root: f32) -> Self {
        Self { px: self.px + self.rem * root, rem: 0.0, ..self }
    }

    pub(super) fn plus(self, other: Self, sign: f32) -> Self {
        Self {
            px: self.px + sign * other.px,
            em: self.em + sign * other.em,
            rem: self.rem + sign * other.rem,
            part: self.part + sign * other.part,
        }
    }

    /// Whether it is a share of something, if only of no size.
    pub(super) fn is_share(self) -> bool {
        self.part.abs() > 0.0
    }

    pub(super) fn times(self, factor: f32) -> Self {
        Self { px: self.px * factor, em: self.em * factor, rem: self.rem * factor, part: self.part * factor }
    }

    pub(super) fn of_unit(value: f32, unit: &str) -> Option<Self> {
        let em = Self::em;
        let rem = |rem| Self { rem, ..Self::ZERO };
        Some(match &*unit.to_ascii_lowercase() {
            "px" => Self::px(value),
            "em" | "ic" => em(value),
            "ex" | "ch" => em(value * 0.5),
            "cap" => em(value * 0.7),
            "lh" => em(value * 1.2),
            "rem" | "ric" => rem(value),
            "rex" | "rch" => rem(value * 0.5),
            "rlh" => rem(value * 1.2),
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
        // No share of something is no length all the same: of a height that is not known it is none.
        Token::Percentage { unit_value, .. } if unit_value.abs() < NO_SHARE => {
            Ok(Calc::Length(Length::part(NO_SHARE)))
        }
        Token::Percentage { unit_value, .. } => Ok(Calc::Length(Length::part(unit_value))),
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
        Calc::Length(Length { px, em, rem, part }) if px.abs() + em.abs() + rem.abs() < f32::EPSILON => {
            Ok(part)
        }
        Calc::Length(_) | Calc::Angle(_) => fail(),
    }
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

/// A channel: a number as it is, a percentage of `whole`, `none` as zero.
pub(super) fn channel(input: &mut Parser<'_>, whole: f32) -> Result<f32, Fail> {
    if input.try_parse(|input| input.expect_ident_matching("none")).is_ok() {
        return Ok(0.0);
    }
    match calc_value(input)? {
        Calc::Number(number) => Ok(number),
        Calc::Length(length) => Ok(length.part * whole),
        Calc::Angle(_) => fail(),
    }
}
