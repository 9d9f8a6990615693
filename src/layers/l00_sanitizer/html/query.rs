//! Questions that sheets ask: about the screen, about what is supported, about boxes on the page.
//!
//! They are answered for one fixed screen: wide, light, with a mouse and with scripts.

use std::sync::Arc;

use cssparser::{Delimiter, Parser, Token};

use super::property::{declaration, is_known};
use super::select::{Namespaces, Nesting, lower, selectors};
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

/// A truth, or none where the question is one that no browser understands (CSS Conditional 3: *unknown*).
type Truth = Option<bool>;

fn media_query(input: &mut Parser<'_>, screen: Screen) -> Result<bool, Fail> {
    let feature = |name: Option<&str>, input: &mut Parser<'_>| Ok(feature_or_unknown(name, input, screen));
    let negated = input.try_parse(|input| input.expect_ident_matching("not")).is_ok();
    let _only = input.try_parse(|input| input.expect_ident_matching("only"));
    let truth = if let Ok(kind) = input.try_parse(Parser::expect_ident_cloned) {
        let known = matches!(&*lower(&kind), "screen" | "all");
        if input.try_parse(|input| input.expect_ident_matching("and")).is_ok() {
            both(condition(input, &feature)?, Some(known))
        } else {
            Some(known)
        }
    } else {
        condition(input, &feature)?
    };
    input.expect_exhausted()?;
    Ok(truth.is_some_and(|truth| truth != negated))
}

/// A feature of the screen, or a function that there is none of.
fn feature_or_unknown(name: Option<&str>, input: &mut Parser<'_>, screen: Screen) -> Truth {
    let truth = if name.is_some() { None } else { media_feature(input, screen).ok() };
    while input.next().is_ok() {}
    truth
}

/// Tests what stands in brackets, or in those of a function of this name.
type Test<'a> = &'a dyn Fn(Option<&str>, &mut Parser<'_>) -> Result<Truth, Fail>;

fn both(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// `not`, `and`, `or` and brackets over `test`. Nesting is limited by the parser.
fn condition(input: &mut Parser<'_>, test: Test<'_>) -> Result<Truth, Fail> {
    if input.try_parse(|input| input.expect_ident_matching("not")).is_ok() {
        return Ok(in_brackets(input, test)?.map(|truth| !truth));
    }
    let mut truth = in_brackets(input, test)?;
    // One or the other, not a mixture.
    let word = ["and", "or"].into_iter().find(|word| {
        let start = input.state();
        let is = input.try_parse(|input| input.expect_ident_matching(word)).is_ok();
        input.reset(&start);
        is
    });
    let Some(word) = word else { return Ok(truth) };
    while input.try_parse(|input| input.expect_ident_matching(word)).is_ok() {
        let next = in_brackets(input, test)?;
        let not = |truth: Truth| truth.map(|truth| !truth);
        truth = if word == "and" { both(truth, next) } else { not(both(not(truth), not(next))) };
    }
    Ok(truth)
}

fn in_brackets(input: &mut Parser<'_>, test: Test<'_>) -> Result<Truth, Fail> {
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

    /// What a feature that is a number measures: lengths in pixels, resolutions in dots per pixel.
    fn measure(self, feature: &str) -> Option<f32> {
        Some(match feature {
            "width" | "device-width" | "inline-size" => self.width,
            "height" | "device-height" | "block-size" => self.height,
            "aspect-ratio" | "device-aspect-ratio" => self.width / self.height.max(1.0),
            "resolution"
            | "device-pixel-ratio"
            | "horizontal-viewport-segments"
            | "vertical-viewport-segments" => 1.0,
            "color" => 8.0,
            "color-index" | "monochrome" | "grid" => 0.0,
            _ => return None,
        })
    }
}

/// A value to compare such a feature with: a length, a ratio, a resolution or a number.
fn measured(input: &mut Parser<'_>) -> Result<f32, Fail> {
    let dots = input.try_parse(|input| -> Result<f32, Fail> {
        match input.next()?.clone() {
            Token::Dimension { value, unit, .. } => match &*unit.to_ascii_lowercase() {
                "dppx" | "x" => Ok(value),
                "dpi" => Ok(value / 96.0),
                "dpcm" => Ok(value * 2.54 / 96.0),
                _ => fail(),
            },
            _ => fail(),
        }
    });
    if let Ok(dots) = dots {
        return Ok(dots);
    }
    if let Ok(number) = input.try_parse(super::value::number) {
        if input.try_parse(|input| input.expect_delim('/')).is_ok() {
            let under = super::value::number(input)?;
            return Ok(if under.abs() < f32::EPSILON { f32::MAX } else { number / under });
        }
        return Ok(number);
    }
    Ok(length(input)?.resolve(16.0, 0.0))
}

/// A feature of a wide screen with a light theme, a mouse, and scripts.
fn media_feature(input: &mut Parser<'_>, screen: Screen) -> Result<bool, Fail> {
    if let Ok(low) = input.try_parse(measured) {
        // `300px <= width <= 4000px`
        let first = order(input)?;
        let Some(size) = screen.measure(&lower(&input.expect_ident_cloned()?)) else { return fail() };
        let mut truth = first.holds(low, size);
        if !input.is_exhausted() {
            let second = order(input)?;
            truth &= second.holds(size, measured(input)?);
        }
        return Ok(truth);
    }
    let name = lower(&input.expect_ident_cloned()?);
    // `-webkit-min-device-pixel-ratio`
    let name = name.strip_prefix("-webkit-").unwrap_or(&name);
    if input.is_exhausted() {
        if let Some(size) = screen.measure(name) {
            return Ok(size > 0.0);
        }
        return keyword_feature(name, None);
    }
    if let Some(size) = screen.measure(name)
        && let Ok(order) = input.try_parse(order)
    {
        return Ok(order.holds(size, measured(input)?));
    }
    input.expect_colon()?;
    let bounded = |prefix: &str| name.strip_prefix(prefix).and_then(|name| screen.measure(name));
    if let Some(size) = bounded("min-") {
        return Ok(size >= measured(input)?);
    }
    if let Some(size) = bounded("max-") {
        return Ok(size <= measured(input)?);
    }
    if let Some(size) = screen.measure(name) {
        return Ok(Order::Equal.holds(size, measured(input)?));
    }
    let value = lower(&input.expect_ident_cloned()?);
    if name == "orientation" {
        return Ok(value == if screen.width >= screen.height { "landscape" } else { "portrait" });
    }
    keyword_feature(name, Some(&value))
}

/// A feature whose values are words: whether it has this one, or any but the word for nothing.
fn keyword_feature(name: &str, value: Option<&str>) -> Result<bool, Fail> {
    let ours = match name {
        "prefers-color-scheme" => "light",
        "orientation" => "landscape",
        "hover" | "any-hover" => "hover",
        "pointer" | "any-pointer" => "fine",
        "scripting" => "enabled",
        "update" => "fast",
        "color-gamut" | "video-color-gamut" => "srgb",
        "display-mode" => "browser",
        "dynamic-range" | "video-dynamic-range" => "standard",
        "overflow-block" | "overflow-inline" => "scroll",
        "scan" => "progressive",
        "forced-colors" | "inverted-colors" => "none",
        "device-posture" => "continuous",
        "prefers-reduced-motion"
        | "prefers-reduced-transparency"
        | "prefers-reduced-data"
        | "prefers-contrast" => "no-preference",
        _ => return fail(),
    };
    Ok(value.map_or(!matches!(ours, "none" | "no-preference"), |value| value == ours))
}

/// Whether a `@supports` condition is true: a declaration of a property that is ours counts when it parses, of
/// another when a browser knows the property.
pub(super) fn supports(input: &mut Parser<'_>) -> Result<bool, Fail> {
    let truth = condition(input, &|function, input| {
        if let Some(function) = function {
            let known = match function {
                "selector" => selectors(input, Nesting::Top, &Namespaces::default()).is_ok(),
                "font-format" | "font-tech" | "at-rule" => named_support(function, input),
                _ => false,
            };
            while input.next().is_ok() {}
            return Ok(Some(known));
        }
        Ok(Some(supports_declaration(input).unwrap_or(false)))
    })?;
    input.expect_exhausted()?;
    Ok(truth == Some(true))
}

/// Whether the word in the brackets of such a function is one that browsers know.
fn named_support(function: &str, input: &mut Parser<'_>) -> bool {
    const FORMATS: &[&str] = &["woff", "woff2", "truetype", "opentype", "collection"];
    const TECHS: &[&str] = &[
        "features-opentype",
        "features-aat",
        "variations",
        "palettes",
        "incremental",
        "color-colrv0",
        "color-colrv1",
        "color-cbdt",
        "color-sbix",
    ];
    const RULES: &[&str] = &[
        "charset",
        "container",
        "counter-style",
        "font-face",
        "font-feature-values",
        "font-palette-values",
        "function",
        "import",
        "keyframes",
        "layer",
        "media",
        "namespace",
        "page",
        "position-try",
        "property",
        "scope",
        "starting-style",
        "supports",
        "view-transition",
    ];
    let word = match input.next() {
        Ok(Token::Ident(word) | Token::AtKeyword(word)) => word.to_ascii_lowercase(),
        _ => return false,
    };
    let known = match function {
        "font-format" => FORMATS,
        "font-tech" => TECHS,
        _ => RULES,
    };
    known.contains(&&*word) && input.is_exhausted()
}

fn supports_declaration(input: &mut Parser<'_>) -> Result<bool, Fail> {
    let name = lower(&input.expect_ident_cloned()?);
    input.expect_colon()?;
    let mut said = Vec::new();
    let valid = name.starts_with("--")
        || is_known(&name) && {
            let parsed =
                input.parse_until_before(Delimiter::Bang, |input| declaration(&name, input, &mut said));
            let _important = input.try_parse(cssparser::parse_important);
            parsed.is_ok() && input.is_exhausted()
        };
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
        Some("style") => style_query(input, custom).map(Some),
        // A box that is not there answers nothing, not even a negated question.
        _ => match found {
            Some(size) => Ok(feature_or_unknown(function, input, size)),
            None => fail(),
        },
    });
    truth.is_ok_and(|truth| truth == Some(true))
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
    let truth = condition(input, &|function, input| match function {
        Some("style") => style_query(input, custom).map(Some),
        // A feature needs no brackets of its own here; a kind of medium is not understood.
        Some("media") => {
            let feature = |name: Option<&str>, input: &mut Parser<'_>| {
                Ok(feature_or_unknown(name, input, Screen::WIDE))
            };
            let whole = input.try_parse(|input| condition(input, &feature));
            whole.or_else(|_| Ok(feature_or_unknown(None, input, Screen::WIDE)))
        }
        Some("supports") => Ok(Some(supports_bare(input))),
        _ => fail(),
    })?;
    Ok(truth == Some(true))
}
