//! Questions that sheets ask: about the screen, about what is supported, about boxes on the page.
//!
//! They are answered for one fixed screen: wide, light, with a mouse and with scripts.

use std::sync::Arc;

use cssparser::{Parser, Token};

use super::property::{declaration, is_known};
use super::select::{Nesting, lower, selectors};
use super::value::{Fail, SCREEN, fail, length};

/// Deepest nesting of brackets in a question.
const MAX_NESTING: u8 = 32;

/// Whether a media query list is true on our screen.
pub(super) fn media(input: &mut Parser<'_>, screen: Screen) -> bool {
    if input.is_exhausted() {
        return true;
    }
    // A query that is not understood is false, the others still count.
    let queries = input.parse_comma_separated(|input| -> Result<bool, Fail> {
        let truth = media_query(input, screen);
        while input.next().is_ok() {}
        Ok(truth.unwrap_or(false))
    });
    queries.is_ok_and(|queries| queries.contains(&true))
}

/// Whether the `media` attribute's value is true on our screen.
pub(super) fn media_attribute(value: &str) -> bool {
    let mut input = Parser::new(value);
    input.set_nested_block_limit(MAX_NESTING);
    media(&mut input, Screen::WIDE)
}

fn media_query(input: &mut Parser<'_>, screen: Screen) -> Result<bool, Fail> {
    let feature = |name: Option<&str>, input: &mut Parser<'_>| {
        no_function(name, input, &|input| media_feature(input, screen))
    };
    let negated = input.try_parse(|input| input.expect_ident_matching("not")).is_ok();
    let _only = input.try_parse(|input| input.expect_ident_matching("only"));
    let mut truth = if let Ok(kind) = input.try_parse(Parser::expect_ident_cloned) {
        let known = matches!(&*lower(&kind), "screen" | "all");
        if input.try_parse(|input| input.expect_ident_matching("and")).is_ok() {
            condition(input, &feature)? && known
        } else {
            known
        }
    } else {
        condition(input, &feature)?
    };
    truth ^= negated;
    input.expect_exhausted()?;
    Ok(truth)
}

/// Tests what stands in brackets, or in those of a function of this name.
type Test<'a> = &'a dyn Fn(Option<&str>, &mut Parser<'_>) -> Result<bool, Fail>;

/// A test without functions of its own: they are valid, and not so.
fn no_function(
    name: Option<&str>,
    input: &mut Parser<'_>,
    test: &dyn Fn(&mut Parser<'_>) -> Result<bool, Fail>,
) -> Result<bool, Fail> {
    if name.is_some() {
        while input.next().is_ok() {}
        return Ok(false);
    }
    test(input)
}

/// `not`, `and`, `or` and brackets over `test`. Nesting is limited by the parser.
fn condition(input: &mut Parser<'_>, test: Test<'_>) -> Result<bool, Fail> {
    if input.try_parse(|input| input.expect_ident_matching("not")).is_ok() {
        return Ok(!in_brackets(input, test)?);
    }
    let mut truth = in_brackets(input, test)?;
    loop {
        if input.try_parse(|input| input.expect_ident_matching("and")).is_ok() {
            truth &= in_brackets(input, test)?;
        } else if input.try_parse(|input| input.expect_ident_matching("or")).is_ok() {
            truth |= in_brackets(input, test)?;
        } else {
            return Ok(truth);
        }
    }
}

fn in_brackets(input: &mut Parser<'_>, test: Test<'_>) -> Result<bool, Fail> {
    match input.next()?.clone() {
        Token::ParenthesisBlock => input.parse_nested_block(|input| {
            if let Ok(truth) = input.try_parse(|input| {
                let truth = condition(input, test)?;
                input.expect_exhausted()?;
                Ok::<_, Fail>(truth)
            }) {
                return Ok(truth);
            }
            test(None, input)
        }),
        Token::Function(name) => {
            let name = lower(&name);
            input.parse_nested_block(|input| test(Some(&name), input))
        }
        _ => fail(),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Less,
    LessEqual,
    Equal,
    GreaterEqual,
    Greater,
}

impl Order {
    fn holds(self, left: f32, right: f32) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessEqual => left <= right,
            Self::Equal => (left - right).abs() < 0.01,
            Self::GreaterEqual => left >= right,
            Self::Greater => left > right,
        }
    }
}

fn order(input: &mut Parser<'_>) -> Result<Order, Fail> {
    let first = match input.next()? {
        Token::Delim(sign @ ('<' | '>' | '=')) => *sign,
        _ => return fail(),
    };
    let or_equal = first != '=' && input.try_parse(|input| input.expect_delim('=')).is_ok();
    Ok(match (first, or_equal) {
        ('<', false) => Order::Less,
        ('<', true) => Order::LessEqual,
        ('>', false) => Order::Greater,
        ('>', true) => Order::GreaterEqual,
        _ => Order::Equal,
    })
}

/// What a query is asked about: the screen, or a box on the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    pub(super) width: f32,
    pub(super) height: f32,
}

impl Screen {
    /// The one that pages are judged on.
    pub(super) const WIDE: Self = Self { width: SCREEN.0, height: SCREEN.1 };
    /// A telephone.
    pub(super) const NARROW: Self = Self { width: 400.0, height: 800.0 };

    /// The size along a feature's axis.
    fn extent(self, feature: &str) -> Option<f32> {
        match feature {
            "width" | "device-width" | "inline-size" => Some(self.width),
            "height" | "device-height" | "block-size" => Some(self.height),
            _ => None,
        }
    }
}

fn pixels(input: &mut Parser<'_>) -> Result<f32, Fail> {
    Ok(length(input)?.resolve(16.0, 0.0))
}

/// A feature of a wide screen with a light theme, a mouse, and scripts.
fn media_feature(input: &mut Parser<'_>, screen: Screen) -> Result<bool, Fail> {
    let extent = |name: &str| screen.extent(name);
    if let Ok(low) = input.try_parse(pixels) {
        // `300px <= width <= 4000px`
        let first = order(input)?;
        let Some(size) = extent(&lower(&input.expect_ident_cloned()?)) else { return fail() };
        let mut truth = first.holds(low, size);
        if !input.is_exhausted() {
            let second = order(input)?;
            truth &= second.holds(size, pixels(input)?);
        }
        return Ok(truth);
    }
    let name = lower(&input.expect_ident_cloned()?);
    if input.is_exhausted() {
        let absent = ["monochrome", "grid", "scan", "device-posture", "inverted-colors", "forced-colors"];
        return Ok(extent(&name).is_some() || !absent.contains(&&*name) && !name.starts_with("prefers-"));
    }
    if let Some(size) = extent(&name)
        && let Ok(order) = input.try_parse(order)
    {
        return Ok(order.holds(size, pixels(input)?));
    }
    input.expect_colon()?;
    if let Some(size) = name.strip_prefix("min-").and_then(&extent) {
        return Ok(size >= pixels(input)?);
    }
    if let Some(size) = name.strip_prefix("max-").and_then(&extent) {
        return Ok(size <= pixels(input)?);
    }
    if let Some(size) = extent(&name) {
        return Ok(Order::Equal.holds(size, pixels(input)?));
    }
    let Ok(value) = input.try_parse(Parser::expect_ident_cloned) else {
        // Ratios, resolutions, colour depths: those of an ordinary screen.
        let truth = name.starts_with("min-");
        while input.next().is_ok() {}
        return Ok(truth);
    };
    let value = lower(&value);
    Ok(match &*name {
        "prefers-color-scheme" => value == "light",
        "orientation" => value == "landscape",
        "hover" | "any-hover" => value == "hover",
        "pointer" | "any-pointer" => value == "fine",
        "scripting" => value == "enabled",
        "update" => value == "fast",
        "color-gamut" => value == "srgb",
        "display-mode" => value == "browser",
        "dynamic-range" => value == "standard",
        "overflow-block" | "overflow-inline" => value == "scroll",
        "forced-colors" | "inverted-colors" => value == "none",
        _ => value == "no-preference",
    })
}

/// Whether a `@supports` condition is true: a declaration of a property that is ours counts when it parses, of
/// another when a browser knows the property.
pub(super) fn supports(input: &mut Parser<'_>) -> Result<bool, Fail> {
    condition(input, &|function, input| {
        if let Some(function) = function {
            let known = match function {
                "selector" => selectors(input, Nesting::Top).is_ok(),
                "font-tech" | "font-format" => true,
                _ => false,
            };
            while input.next().is_ok() {}
            return Ok(known);
        }
        supports_declaration(input)
    })
}

fn supports_declaration(input: &mut Parser<'_>) -> Result<bool, Fail> {
    let name = lower(&input.expect_ident_cloned()?);
    input.expect_colon()?;
    let mut said = Vec::new();
    let valid = name.starts_with("--") || is_known(&name) && declaration(&name, input, &mut said).is_ok();
    while input.next().is_ok() {}
    Ok(valid)
}

/// The condition of `@import … supports(…)`: a condition, or a declaration without brackets.
pub(super) fn supports_bare(input: &mut Parser<'_>) -> bool {
    let bare = input.try_parse(supports_declaration);
    bare.or_else(|_| supports(input)).unwrap_or(false)
}

/// A box that container queries may ask about.
#[derive(Debug, Clone)]
pub(super) struct Container {
    /// Its names, with spaces between them.
    pub(super) name: Option<Arc<str>>,
    /// Whether its size may be asked for, and that size.
    pub(super) size: Option<Screen>,
}

/// A `@container` rule's question, and those that it stands in.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) outer: Option<Arc<Query>>,
    pub(super) text: Box<str>,
}

/// Whether a question and those around it are true of the innermost boxes that they mean.
pub(super) fn holds(query: &Query, boxes: &[Container], custom: &dyn Fn(&str) -> Option<String>) -> bool {
    let mut query = Some(query);
    while let Some(this) = query {
        if !container(&this.text, boxes, custom) {
            return false;
        }
        query = this.outer.as_deref();
    }
    true
}

fn container(text: &str, boxes: &[Container], custom: &dyn Fn(&str) -> Option<String>) -> bool {
    let mut input = Parser::new(text);
    let name = input
        .try_parse(|input| -> Result<String, Fail> {
            let name = input.expect_ident_cloned()?.to_string();
            if matches!(&*name.to_ascii_lowercase(), "not" | "and" | "or") { fail() } else { Ok(name) }
        })
        .ok();
    if name.is_some() && input.is_exhausted() {
        return boxes.iter().any(|container| is_named(container, name.as_deref()));
    }
    let found = boxes.iter().rev().find_map(|container| {
        container.size.filter(|_| name.is_none() || is_named(container, name.as_deref()))
    });
    let truth = condition(&mut input, &|function, input| match function {
        Some("style") => style_query(input, custom),
        Some(_) => no_function(function, input, &|_| Ok(false)),
        None => match found {
            Some(size) => media_feature(input, size),
            // A box that is not there answers nothing, not even a negated question.
            None => fail(),
        },
    });
    truth.unwrap_or(false)
}

fn is_named(container: &Container, name: Option<&str>) -> bool {
    let names = container.name.as_deref().unwrap_or_default();
    name.is_some_and(|name| names.split_ascii_whitespace().any(|have| have == name))
}

/// `style(--name: value)` and `style(--name)`.
pub(super) fn style_query(
    input: &mut Parser<'_>,
    custom: &dyn Fn(&str) -> Option<String>,
) -> Result<bool, Fail> {
    let name = input.expect_ident_cloned()?;
    let have = custom(&name);
    if input.is_exhausted() {
        return Ok(have.is_some());
    }
    input.expect_colon()?;
    input.skip_whitespace();
    let from = input.position();
    while input.next().is_ok() {}
    let wanted = input.slice_from(from).trim();
    Ok(have.is_some_and(|have| have.trim() == wanted))
}

/// The condition of a branch of `if()`.
pub(super) fn branch(input: &mut Parser<'_>, custom: &dyn Fn(&str) -> Option<String>) -> Result<bool, Fail> {
    condition(input, &|function, input| match function {
        Some("style") => style_query(input, custom),
        Some("media") => Ok(media_query(input, Screen::WIDE).unwrap_or(false) || bare_feature(input)),
        Some("supports") => Ok(supports_bare(input)),
        _ => fail(),
    })
}

/// A feature without brackets of its own.
fn bare_feature(input: &mut Parser<'_>) -> bool {
    let truth = media_feature(input, Screen::WIDE).unwrap_or(false);
    while input.next().is_ok() {}
    truth
}
