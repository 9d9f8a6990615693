//! What moves and cuts: clips, shapes, transforms.

use cssparser::{Parser, Token};

use super::super::value::{Fail, Length, angle, fail, length, number};
use super::{Input, Property, Transform, Value, auto_length, ident, keyword, rest};

/// `clip: rect(…)`: whether nothing readable is left.
pub(super) fn clip(input: Input<'_, '_>) -> Result<Value, Fail> {
    if keyword(input, "auto") {
        return Ok(Value::Flag(false));
    }
    input.expect_function_matching("rect")?;
    let sides = input.parse_nested_block(|input| -> Result<[Value; 4], Fail> {
        let mut side = || {
            let side = auto_length(input)?;
            let _comma = input.try_parse(Parser::expect_comma);
            Ok::<_, Fail>(side)
        };
        Ok([side()?, side()?, side()?, side()?])
    })?;
    let [Value::Length(top), Value::Length(right), Value::Length(bottom), Value::Length(left)] = sides else {
        return Ok(Value::Flag(false));
    };
    let size = |from: Length, to: Length| to.resolve(16.0, 0.0) - from.resolve(16.0, 0.0);
    Ok(Value::Flag(size(top, bottom) < 4.0 || size(left, right) < 6.0))
}

/// Whether a clip path leaves nothing readable.
pub(super) fn clip_path(input: Input<'_, '_>) -> Result<bool, Fail> {
    match input.next()?.clone() {
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            let empty = input.parse_nested_block(|input| {
                let empty = shape(&name, input);
                rest(input);
                empty
            })?;
            rest(input);
            Ok(empty)
        }
        // `none`, boxes, and references to SVG paths.
        Token::Ident(_) | Token::UnquotedUrl(_) => {
            rest(input);
            Ok(false)
        }
        _ => fail(),
    }
}

fn shape(name: &str, input: Input<'_, '_>) -> Result<bool, Fail> {
    // Percentages are of a box whose size is unknown: an ordinary line's.
    let (wide, high) = (600.0, 24.0);
    match name {
        "inset" => {
            let top = length(input)?;
            let right = input.try_parse(length).unwrap_or(top);
            let bottom = input.try_parse(length).unwrap_or(top);
            let left = input.try_parse(length).unwrap_or(right);
            let gone = |a: Length, b: Length, size: f32| {
                a.part + b.part >= 0.98
                    || (a.px + b.px >= 4000.0)
                    || size - a.resolve(16.0, size) - b.resolve(16.0, size) < -2000.0
            };
            Ok(gone(top, bottom, high) || gone(left, right, wide))
        }
        "circle" | "ellipse" => {
            let mut radii = Vec::new();
            while let Ok(radius) = input.try_parse(length) {
                radii.push(radius.resolve(16.0, wide));
            }
            Ok(radii.iter().any(|radius| *radius < 2.0))
        }
        "xywh" => {
            length(input)?;
            length(input)?;
            Ok(length(input)?.resolve(16.0, wide) < 6.0 || length(input)?.resolve(16.0, high) < 4.0)
        }
        "rect" => {
            let mut sides = Vec::new();
            for _ in 0..4 {
                sides.push(if keyword(input, "auto") { None } else { Some(length(input)?) });
            }
            let [top, right, bottom, left] = *sides else { return fail() };
            let at = |side: Option<Length>, auto: f32, size: f32| {
                side.map_or(auto, |side| side.resolve(16.0, size))
            };
            Ok(at(right, wide, wide) - at(left, 0.0, wide) < 6.0
                || at(bottom, high, high) - at(top, 0.0, high) < 4.0)
        }
        "polygon" => {
            let mut area = 0.0;
            let (mut first, mut last) = (None, None::<(f32, f32)>);
            let _rule = input.try_parse(|input| -> Result<(), Fail> {
                ident(input)?;
                Ok(input.expect_comma()?)
            });
            while !input.is_exhausted() {
                let point = (length(input)?.resolve(16.0, wide), length(input)?.resolve(16.0, high));
                if let Some(last) = last {
                    area += last.0 * point.1 - point.0 * last.1;
                }
                first = first.or(Some(point));
                last = Some(point);
                let _comma = input.try_parse(Parser::expect_comma);
            }
            if let (Some(first), Some(last)) = (first, last) {
                area += last.0 * first.1 - first.0 * last.1;
            }
            Ok(area.abs() < 48.0)
        }
        "path" | "shape" | "url" => Ok(false),
        _ => fail(),
    }
}

pub(super) fn transform_value(property: Property, input: Input<'_, '_>) -> Result<Transform, Fail> {
    let none = Transform::NONE;
    if keyword(input, "none") {
        return Ok(none);
    }
    match property {
        Property::Translate => {
            let x = length(input)?;
            let y = input.try_parse(length).unwrap_or(Length::ZERO);
            rest(input);
            Ok(Transform { x, y, ..none })
        }
        Property::Scale => {
            let x = number(input)?;
            let y = input.try_parse(number).unwrap_or(x);
            rest(input);
            Ok(Transform { scale: (x, y), ..none })
        }
        _ => transform(input),
    }
}

fn transform(input: Input<'_, '_>) -> Result<Transform, Fail> {
    let mut total = Transform::NONE;
    while !input.is_exhausted() {
        let name = input.expect_function()?.to_ascii_lowercase();
        let step = input.parse_nested_block(|input| {
            let step = transform_step(&name, input)?;
            rest(input);
            Ok(step)
        })?;
        total.scale.0 *= step.scale.0;
        total.scale.1 *= step.scale.1;
        let add = |a: Length, b: Length| Length { px: a.px + b.px, em: a.em + b.em, part: a.part + b.part };
        total.x = add(total.x, step.x);
        total.y = add(total.y, step.y);
        total.back |= step.back;
    }
    Ok(total)
}

fn transform_step(name: &str, input: Input<'_, '_>) -> Result<Transform, Fail> {
    let mut step = Transform::NONE;
    let second = |input: Input<'_, '_>| -> bool { input.try_parse(Parser::expect_comma).is_ok() };
    match name {
        "translate" | "translate3d" => {
            step.x = length(input)?;
            if second(input) {
                step.y = length(input)?;
            }
        }
        "translatex" => step.x = length(input)?,
        "translatey" => step.y = length(input)?,
        "scale" | "scale3d" => {
            let x = number(input)?;
            step.scale = (x, if second(input) { number(input)? } else { x });
        }
        "scalex" => step.scale.0 = number(input)?,
        "scaley" => step.scale.1 = number(input)?,
        "rotatex" | "rotatey" => {
            let turned = angle(input)?.to_radians().cos();
            step.back = turned < 0.0;
            if name == "rotatex" { step.scale.1 = turned } else { step.scale.0 = turned }
        }
        "matrix" => {
            let mut numbers = Vec::new();
            while let Ok(value) = number(input) {
                numbers.push(value);
                if !second(input) {
                    break;
                }
            }
            let [xx, yx, xy, yy, right, down] = *numbers else { return fail() };
            step.scale = (xx.hypot(yx), xy.hypot(yy));
            (step.x, step.y) = (Length::px(right), Length::px(down));
        }
        "rotate" | "rotatez" | "rotate3d" | "skew" | "skewx" | "skewy" | "translatez" | "scalez"
        | "perspective" | "matrix3d" => {}
        _ => return fail(),
    }
    Ok(step)
}
