//! What moves and cuts: clips, shapes, transforms.

use std::sync::Arc;

use cssparser::{Parser, Token};

use super::super::matrix;
use super::super::value::{Fail, Length, angle, fail, length, number};
use super::ink::reference;
use super::values::auto_length;
use super::{Input, Property, Shape, Step, Value, ident, keyword, rest};

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

/// What a clip path cuts to; `None` for `none` and for the box itself.
pub(super) fn clip_path(input: Input<'_, '_>) -> Result<Option<Arc<Shape>>, Fail> {
    if let Ok(id) = input.try_parse(reference) {
        rest(input);
        return Ok(Some(Arc::new(Shape::Reference(id))));
    }
    match input.next()?.clone() {
        Token::Function(name) => {
            let name = name.to_ascii_lowercase();
            let shape = input.parse_nested_block(|input| {
                let shape = shape(&name, input)?;
                rest(input);
                Ok::<_, Fail>(shape)
            })?;
            rest(input);
            Ok(shape.map(Arc::new))
        }
        // `none`, boxes, and shapes in another document.
        Token::Ident(_) | Token::UnquotedUrl(_) => {
            rest(input);
            Ok(None)
        }
        _ => fail(),
    }
}

/// A place in a box: lengths or words for it along both axes.
fn position(input: Input<'_, '_>) -> Result<[Length; 2], Fail> {
    let (half, whole) = (Length::part(0.5), Length::part(1.0));
    let (mut x, mut y) = (None, None);
    while !input.is_exhausted() {
        if let Ok(length) = input.try_parse(length) {
            if x.is_none() {
                x = Some(length);
            } else {
                y = Some(length);
            }
            continue;
        }
        match &*ident(input)? {
            "left" => x = Some(Length::ZERO),
            "right" => x = Some(whole),
            "top" => y = Some(Length::ZERO),
            "bottom" => y = Some(whole),
            "center" if x.is_none() => x = Some(half),
            "center" => y = Some(half),
            _ => return fail(),
        }
    }
    Ok([x.unwrap_or(half), y.unwrap_or(half)])
}

pub(super) fn origin(input: Input<'_, '_>) -> Result<(Length, Length), Fail> {
    let [x, y] = position(input)?;
    Ok((x, y))
}

fn shape(name: &str, input: Input<'_, '_>) -> Result<Option<Shape>, Fail> {
    let sides = |input: Input<'_, '_>| -> Result<[Option<Length>; 4], Fail> {
        let mut sides = [None; 4];
        for side in &mut sides {
            *side = if keyword(input, "auto") { None } else { Some(length(input)?) };
        }
        Ok(sides)
    };
    Ok(Some(match name {
        "inset" => {
            let top = length(input)?;
            let right = input.try_parse(length).unwrap_or(top);
            let bottom = input.try_parse(length).unwrap_or(top);
            let left = input.try_parse(length).unwrap_or(right);
            Shape::Inset([top, right, bottom, left])
        }
        "circle" | "ellipse" => {
            let mut radii = [None; 2];
            let mut given = 0_usize;
            while let Ok(radius) = input.try_parse(length) {
                if let Some(slot) = radii.get_mut(given) {
                    *slot = Some(radius);
                }
                given = given.saturating_add(1);
            }
            if let ([Some(radius), None], "circle") = (radii, name) {
                radii = [Some(radius); 2];
            }
            while !keyword(input, "at") && !input.is_exhausted() {
                if ident(input)?.starts_with("farthest") {
                    radii = [Some(Length::px(1e6)); 2];
                }
            }
            Shape::Oval(radii, position(input)?)
        }
        "xywh" => {
            let (left, top) = (length(input)?, length(input)?);
            let (width, height) = (length(input)?, length(input)?);
            Shape::Edges([Some(top), Some(left.plus(width, 1.0)), Some(top.plus(height, 1.0)), Some(left)])
        }
        "rect" => Shape::Edges(sides(input)?),
        "polygon" => {
            let _rule = input.try_parse(|input| -> Result<(), Fail> {
                ident(input)?;
                Ok(input.expect_comma()?)
            });
            let mut points = Vec::new();
            while !input.is_exhausted() {
                points.push((length(input)?, length(input)?));
                let _comma = input.try_parse(Parser::expect_comma);
            }
            Shape::Polygon(points.into())
        }
        "path" => {
            let _rule = input.try_parse(|input| -> Result<(), Fail> {
                ident(input)?;
                Ok(input.expect_comma()?)
            });
            let text = input.expect_string_cloned()?;
            if text.trim().is_empty() {
                return fail();
            }
            path(&text).map_or_else(fail, Ok)?
        }
        "shape" => {
            let mut some = false;
            while let Ok(token) = input.next() {
                some |= match token {
                    Token::Number { value, .. }
                    | Token::Percentage { unit_value: value, .. }
                    | Token::Dimension { value, .. } => value.abs() > 0.001,
                    Token::Function(_) => true,
                    _ => false,
                };
            }
            if some {
                return Ok(None);
            }
            Shape::Path([0.0; 4])
        }
        _ => return fail(),
    }))
}

/// The rectangle that a path's end points and handles fit in. Relative commands are followed.
fn path(text: &str) -> Option<Shape> {
    let (mut left, mut top, mut right, mut bottom) = (f32::MAX, f32::MAX, f32::MIN, f32::MIN);
    let (mut at, mut command) = ((0.0_f32, 0.0_f32), ' ');
    let mut numbers: Vec<f32> = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let wanted = match command.to_ascii_lowercase() {
            'h' | 'v' => 1,
            'q' | 's' => 4,
            'c' => 6,
            'a' => 7,
            _ => 2,
        };
        if numbers.len() >= wanted {
            let lower = command.is_ascii_lowercase();
            let base = if lower { at } else { (0.0, 0.0) };
            let last = numbers.last().copied().unwrap_or(0.0);
            let before = numbers.get(numbers.len().saturating_sub(2)).copied().unwrap_or(0.0);
            at = match command.to_ascii_lowercase() {
                'h' => (base.0 + last, at.1),
                'v' => (at.0, base.1 + last),
                _ => (base.0 + before, base.1 + last),
            };
            (left, right) = (left.min(at.0), right.max(at.0));
            (top, bottom) = (top.min(at.1), bottom.max(at.1));
            numbers.clear();
        }
        rest = rest.trim_start_matches([' ', ',', '\n', '\t', '\r']);
        let Some(next) = rest.chars().next() else { break };
        if next.is_ascii_alphabetic() {
            if !"mzlhvcsqtaMZLHVCSQTA".contains(next) {
                return None;
            }
            command = next;
            numbers.clear();
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let end = rest
            .char_indices()
            .find(|(place, c)| !(c.is_ascii_digit() || *c == '.' || (*place == 0 && matches!(c, '-' | '+'))))
            .map_or(rest.len(), |(place, _)| place);
        let (number, tail) = rest.split_at(end);
        numbers.push(number.parse().ok()?);
        rest = tail;
    }
    Some(Shape::Path(if left > right { [0.0; 4] } else { [left, top, right, bottom] }))
}

/// The steps of one of the four transforming properties; `None` for `none`.
pub(super) fn transform_value(property: Property, input: Input<'_, '_>) -> Result<Option<Arc<[Step]>>, Fail> {
    if keyword(input, "none") {
        return Ok(None);
    }
    let mut steps = Vec::new();
    match property {
        Property::Translate => {
            let x = length(input)?;
            let y = input.try_parse(length).unwrap_or(Length::ZERO);
            let z = input.try_parse(length).map_or(0.0, |z| z.resolve(16.0, 0.0));
            steps.push(Step::Move(x, y, z));
        }
        Property::Scale => {
            let x = number(input)?;
            let y = input.try_parse(number).unwrap_or(x);
            let z = input.try_parse(number).unwrap_or(1.0);
            steps.push(Step::Matrix(matrix::scale(x, y, z)));
        }
        Property::Rotate => {
            let before = input.try_parse(angle);
            let axis = match input.try_parse(ident).as_deref() {
                Ok("x") => [1.0, 0.0, 0.0],
                Ok("y") => [0.0, 1.0, 0.0],
                Ok("z") => [0.0, 0.0, 1.0],
                Ok(_) => return fail(),
                Err(_) => match input.try_parse(number) {
                    Ok(x) => [x, number(input)?, number(input)?],
                    Err(_) => [0.0, 0.0, 1.0],
                },
            };
            let turned = match before {
                Ok(turned) => turned,
                Err(_) => angle(input)?,
            };
            steps.push(Step::Matrix(matrix::rotate(axis, turned)));
        }
        _ => {
            while !input.is_exhausted() {
                let name = input.expect_function()?.to_ascii_lowercase();
                steps.push(input.parse_nested_block(|input| function(&name, input))?);
            }
        }
    }
    if steps.is_empty() { fail() } else { Ok(Some(steps.into())) }
}

fn function(name: &str, input: Input<'_, '_>) -> Result<Step, Fail> {
    let next = |input: Input<'_, '_>| input.try_parse(Parser::expect_comma).is_ok();
    let first_number = |input: Input<'_, '_>| number(input);
    Ok(Step::Matrix(match name {
        "translate" | "translate3d" => {
            let x = length(input)?;
            let y = if next(input) { length(input)? } else { Length::ZERO };
            let z = if next(input) { length(input)?.resolve(16.0, 0.0) } else { 0.0 };
            return Ok(Step::Move(x, y, z));
        }
        "translatex" => return Ok(Step::Move(length(input)?, Length::ZERO, 0.0)),
        "translatey" => return Ok(Step::Move(Length::ZERO, length(input)?, 0.0)),
        "translatez" => {
            return Ok(Step::Move(Length::ZERO, Length::ZERO, length(input)?.resolve(16.0, 0.0)));
        }
        "scale" => {
            let x = number(input)?;
            matrix::scale(x, if next(input) { number(input)? } else { x }, 1.0)
        }
        "scalex" => matrix::scale(first_number(input)?, 1.0, 1.0),
        "scaley" => matrix::scale(1.0, first_number(input)?, 1.0),
        "scalez" => matrix::scale(1.0, 1.0, first_number(input)?),
        "scale3d" => {
            let [x, y, z] = list(input)?;
            matrix::scale(x, y, z)
        }
        "rotate" | "rotatez" => matrix::rotate([0.0, 0.0, 1.0], angle(input)?),
        "rotatex" => matrix::rotate([1.0, 0.0, 0.0], angle(input)?),
        "rotatey" => matrix::rotate([0.0, 1.0, 0.0], angle(input)?),
        "rotate3d" => {
            let axis = list(input)?;
            input.expect_comma()?;
            matrix::rotate(axis, angle(input)?)
        }
        "skew" => {
            let x = angle(input)?;
            matrix::skew(x, if next(input) { angle(input)? } else { 0.0 })
        }
        "skewx" => matrix::skew(angle(input)?, 0.0),
        "skewy" => matrix::skew(0.0, angle(input)?),
        "perspective" => {
            if keyword(input, "none") {
                matrix::scale(1.0, 1.0, 1.0)
            } else {
                matrix::perspective(length(input)?.resolve(16.0, 0.0))
            }
        }
        "matrix" => {
            let [xx, xy, yx, yy, right, down] = list(input)?;
            [xx, xy, 0.0, 0.0, yx, yy, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, right, down, 0.0, 1.0]
        }
        "matrix3d" => list(input)?,
        _ => return fail(),
    }))
}

/// Exactly so many numbers with commas between them.
fn list<const N: usize>(input: Input<'_, '_>) -> Result<[f32; N], Fail> {
    let mut list = [0.0; N];
    for (at, slot) in list.iter_mut().enumerate() {
        if at > 0 {
            input.expect_comma()?;
        }
        *slot = number(input)?;
    }
    Ok(list)
}
