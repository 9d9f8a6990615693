//! Flexible boxes and grids: what they say of the sizes and places of what is in them.

use std::sync::Arc;

use cssparser::{Parser, Token};

use super::super::value::{Fail, Length, length};
use super::values::size;
use super::{Input, Property, Said, Value, ident, keyword, rest};

pub(super) fn flex(input: Input<'_, '_>, out: &mut Vec<Said>) -> Result<(), Fail> {
    let mut numbers = 0_usize;
    let (mut grow, mut basis) = (1.0, Value::Auto);
    if keyword(input, "none") || keyword(input, "auto") {
        grow = 0.0;
    }
    while !input.is_exhausted() {
        if let Ok(number) = input.try_parse(Parser::expect_number) {
            match numbers {
                0 => (grow, basis) = (number, Value::Length(Length::ZERO)),
                1 => {}
                _ => basis = Value::Length(Length::ZERO),
            }
            numbers = numbers.saturating_add(1);
        } else {
            basis = size(input)?;
        }
    }
    out.push(Said::Value(Property::FlexGrow, Value::Number(grow)));
    out.push(Said::Value(Property::FlexBasis, basis));
    Ok(())
}

/// The widths of a grid's columns, `None` for one that is not declared; nothing where their number is not known.
pub(super) fn columns(input: Input<'_, '_>) -> Option<Arc<[Option<Length>]>> {
    /// More columns than any page has.
    const MOST: usize = 64;
    let mut widths: Vec<Option<Length>> = Vec::new();
    while let Ok(token) = input.try_parse(|input| input.next().cloned()) {
        let (width, times) = match &token {
            Token::SquareBracketBlock => continue,
            Token::Dimension { value, unit, .. } => (Length::of_unit(*value, unit), 1),
            Token::Number { value, .. } if value.abs() < f32::EPSILON => (Some(Length::ZERO), 1),
            Token::Percentage { unit_value, .. } => (Some(Length::part(*unit_value)), 1),
            Token::Function(name) if name.eq_ignore_ascii_case("repeat") => {
                let repeated = input.parse_nested_block(|input| -> Result<(Option<Length>, usize), Fail> {
                    let times = input.expect_integer()?;
                    input.expect_comma()?;
                    let width = input.try_parse(length).ok();
                    if width.is_none() {
                        input.next()?;
                    }
                    input.expect_exhausted()?;
                    Ok((width, usize::try_from(times).unwrap_or(0)))
                });
                let Ok(repeated) = repeated else {
                    rest(input);
                    return None;
                };
                repeated
            }
            Token::Ident(word) if matches!(&*word.to_ascii_lowercase(), "none" | "subgrid" | "masonry") => {
                rest(input);
                return None;
            }
            _ => (None, 1),
        };
        widths.extend(std::iter::repeat_n(width, times.min(MOST)));
        if widths.len() >= MOST {
            rest(input);
            return None;
        }
    }
    widths.iter().any(Option::is_some).then(|| widths.into())
}

/// A line of a grid, as a number; a name as a number that no line has.
pub(super) fn grid_line(input: Input<'_, '_>) -> Result<Value, Fail> {
    if let Ok(line) = input.try_parse(Parser::expect_number) {
        return Ok(Value::Number(line));
    }
    let name = ident(input)?;
    if matches!(&*name, "auto" | "span") {
        rest(input);
        return Ok(Value::Auto);
    }
    let hash = name.bytes().fold(7_u16, |hash, byte| hash.wrapping_mul(31).wrapping_add(u16::from(byte)));
    Ok(Value::Number(1_000_000.0 + f32::from(hash)))
}
