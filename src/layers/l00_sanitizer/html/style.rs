//! The cascade: from what the sheets say to what holds for one element (CSS Cascade 5).

use std::collections::BTreeMap;
use std::sync::Arc;

use cssparser::{Parser, Token};
use html5ever::{LocalName, local_name, ns};
use selectors::context::{
    MatchingContext, MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode, SelectorCaches,
};
use selectors::matching::matches_selector;

use super::dom::{Dom, Element, NodeId};
use super::property::{
    Blend, Declaration, Display, Piece, Position, Property, Said, Transform, Value, White, Wide,
};
use super::select::{Pseudo, Steps, Subject};
use super::sheet::{Rule, Sheet, inline, media_attribute, substituted};
use super::value::{Length, Paint, Rgba};

/// Steps of selector matching: for each node, and for a small page besides.
const STEPS_PER_NODE: usize = 16;
const STEPS_BASE: usize = 2_000_000;
/// How far `var()` may grow a value, and how deep it may nest.
const MAX_SUBSTITUTED: usize = 64 << 10;
const MAX_SUBSTITUTIONS: usize = 256;
/// Browsers lift sizes that are relative to this, in pixels.
const RELATIVE_FLOOR: f32 = 6.0;
/// A relative size below this share of the parent's is not lifted.
const STEEPEST: f32 = 0.2;

/// The browser's own sheet, as far as it decides what can be seen.
const BROWSER: &str = include_str!("browser.css");

pub(super) fn browser_sheet() -> Sheet {
    let mut sheet = Sheet::new(false);
    sheet.add(BROWSER);
    sheet
}

type Table = [Value; Property::TABLE];
type Customs = BTreeMap<Arc<str>, Arc<str>>;

/// What the table's values of a parent pass on.
const INHERITED: &[Property] = &[
    Property::Visibility,
    Property::Color,
    Property::TextFill,
    Property::TextStroke,
    Property::TextShadow,
    Property::TextIndent,
    Property::WhiteSpace,
    Property::Direction,
    Property::SvgFill,
    Property::SvgStroke,
];

/// What holds for one element.
#[derive(Debug, Clone)]
pub(super) struct Style {
    table: Table,
    /// `translate`, `scale` and `transform`.
    transforms: [Option<Transform>; 3],
    pub(super) content: Option<Arc<[Piece]>>,
    pub(super) marker: Option<Arc<str>>,
    customs: Option<Arc<Customs>>,
    /// The font's size in pixels.
    pub(super) font: f32,
}

impl Style {
    /// What a page starts with; white space is kept where its source is shown as it is written.
    pub(super) fn page(verbatim: bool) -> Self {
        let mut style = Self::initial();
        if verbatim {
            style.set(Property::WhiteSpace, Value::White(White::Keep));
        }
        style
    }

    fn initial() -> Self {
        let mut table = [Value::Auto; Property::TABLE];
        let mut set = |property: Property, value| {
            if let Some(slot) = table.get_mut(property as usize) {
                *slot = value;
            }
        };
        set(Property::Display, Value::Display(Display::Inline));
        set(Property::Visibility, Value::Flag(true));
        set(Property::Opacity, Value::Number(1.0));
        set(Property::Color, Value::Paint(Paint::Color(Rgba::BLACK)));
        set(Property::BackgroundColor, Value::Paint(Paint::Color(Rgba::CLEAR)));
        set(Property::Filter, Value::Number(1.0));
        set(Property::Position, Value::Position(Position::Static));
        set(Property::Blend, Value::Blend(Blend::Normal));
        set(Property::WhiteSpace, Value::White(White::Collapse));
        Self { table, transforms: [None; 3], content: None, marker: None, customs: None, font: 16.0 }
    }

    fn get(&self, property: Property) -> Value {
        self.table.get(property as usize).copied().unwrap_or(Value::Auto)
    }

    fn set(&mut self, property: Property, value: Value) {
        if let Some(slot) = self.table.get_mut(property as usize) {
            *slot = value;
        }
    }

    pub(super) fn display(&self) -> Display {
        match self.get(Property::Display) {
            Value::Display(display) => display,
            _ => Display::Inline,
        }
    }

    pub(super) fn position(&self) -> Position {
        match self.get(Property::Position) {
            Value::Position(position) => position,
            _ => Position::Static,
        }
    }

    pub(super) fn white(&self) -> White {
        match self.get(Property::WhiteSpace) {
            Value::White(white) => white,
            _ => White::Collapse,
        }
    }

    pub(super) fn flag(&self, property: Property) -> bool {
        matches!(self.get(property), Value::Flag(true))
    }

    pub(super) fn number(&self, property: Property) -> Option<f32> {
        match self.get(property) {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(super) fn paint(&self, property: Property) -> Option<Paint> {
        match self.get(property) {
            Value::Paint(paint) => Some(paint),
            _ => None,
        }
    }

    pub(super) fn blend(&self) -> Blend {
        match self.get(Property::Blend) {
            Value::Blend(blend) => blend,
            _ => Blend::Normal,
        }
    }

    /// `translate`, `scale` and `transform`, in the order in which they act.
    pub(super) fn transforms(&self) -> impl Iterator<Item = Transform> + '_ {
        self.transforms.iter().flatten().copied()
    }

    fn set_transform(&mut self, property: Property, transform: Option<Transform>) {
        let at = (property as usize).checked_sub(Property::Translate as usize);
        if let Some(slot) = at.and_then(|at| self.transforms.get_mut(at)) {
            *slot = transform;
        }
    }

    fn transform(&self, property: Property) -> Option<Transform> {
        let at = (property as usize).checked_sub(Property::Translate as usize)?;
        self.transforms.get(at).copied().flatten()
    }

    pub(super) fn length(&self, property: Property) -> Option<Length> {
        match self.get(property) {
            Value::Length(length) => Some(length),
            _ => None,
        }
    }

    /// A length in pixels, for a containing block of this size.
    pub(super) fn px(&self, property: Property, base: f32) -> Option<f32> {
        self.length(property).map(|length| length.resolve(self.font, base))
    }

    /// Whether text of this element is shown, leaving aside where and how.
    pub(super) fn is_visible(&self) -> bool {
        !matches!(self.get(Property::Visibility), Value::Flag(false))
    }

    /// What an element starts with under this one.
    fn child(&self) -> Self {
        let mut child = Self::initial();
        for property in INHERITED {
            child.set(*property, self.get(*property));
        }
        child.marker.clone_from(&self.marker);
        child.customs.clone_from(&self.customs);
        child.font = self.font;
        child
    }

    fn wide(&mut self, property: Property, wide: Wide, parent: &Self, browser: &Self) {
        let from = match wide {
            Wide::Inherit => parent,
            Wide::Unset if property.is_inherited() => parent,
            Wide::Initial | Wide::Unset => &Self::initial(),
            Wide::Revert => browser,
        };
        match property {
            Property::All => {
                // `direction` is the only one of ours that `all` leaves alone.
                let (direction, customs) = (self.get(Property::Direction), self.customs.take());
                let unset = match wide {
                    Wide::Initial => Self::initial(),
                    Wide::Inherit => parent.clone(),
                    Wide::Unset => parent.child(),
                    Wide::Revert => browser.clone(),
                };
                *self = Self { customs, ..unset };
                self.set(Property::Direction, direction);
            }
            Property::Content => self.content.clone_from(&from.content),
            Property::ListStyle => self.marker.clone_from(&from.marker),
            Property::FontSize => self.font = from.font,
            Property::Translate | Property::Scale | Property::Transform => {
                self.set_transform(property, from.transform(property));
            }
            _ => self.set(property, from.get(property)),
        }
    }

    fn say(&mut self, said: &Said, parent: &Self, browser: &Self, vars: &Vars<'_>) {
        match said {
            Said::Value(Property::FontSize, Value::Length(size)) => {
                let px = size.resolve(parent.font, parent.font);
                // A size that is only absolute is taken as it is; a relative one has a floor.
                // SECURITY: not all browsers lift it, and nobody writes `1%` to be read.
                let relative = size.em.abs() + size.part.abs() > 0.0 && px >= parent.font * STEEPEST;
                self.font = if relative { px.max(RELATIVE_FLOOR.min(parent.font)) } else { px.max(0.0) };
            }
            Said::Value(property, value) => self.set(*property, *value),
            Said::Wide(property, wide) => self.wide(*property, *wide, parent, browser),
            Said::Transform(property, transform) => self.set_transform(*property, Some(*transform)),
            Said::Content(content) => self.content.clone_from(content),
            Said::ListStyle(marker) => self.marker.clone_from(marker),
            Said::Custom(..) => {}
            Said::Pending(name, raw) => {
                let value = substitute(raw, self.customs.as_deref(), vars);
                let said = value.and_then(|value| substituted(name, &value));
                // What is invalid at computed-value time counts as `unset`.
                for said in said.or_else(|| substituted(name, "unset")).unwrap_or_default() {
                    self.say_plain(&said, parent, browser);
                }
            }
        }
    }

    fn say_plain(&mut self, said: &Said, parent: &Self, browser: &Self) {
        if !matches!(said, Said::Pending(..)) {
            self.say(said, parent, browser, &Vars { registered: &[], steps: &Steps::new(0) });
        }
    }

    fn define(&mut self, name: &Arc<str>, value: &Arc<str>) {
        let customs = self.customs.get_or_insert_with(Arc::default);
        if customs.get(name) != Some(value) {
            Arc::make_mut(customs).insert(Arc::clone(name), Arc::clone(value));
        }
    }
}

/// What substitution needs besides the element's own values.
struct Vars<'a> {
    registered: &'a [(Arc<str>, Arc<str>)],
    steps: &'a Steps,
}

/// Replaces `var()` in `raw`. `None` when a name is unknown and has no fallback, or when it grows too much.
fn substitute(raw: &str, customs: Option<&Customs>, vars: &Vars<'_>) -> Option<String> {
    let mut value = raw.to_owned();
    // INVARIANT: each round replaces the first `var()`, so the number of rounds bounds cycles as well.
    for _ in 0..MAX_SUBSTITUTIONS {
        let Some((start, end, name, fallback)) = first_var(&value) else { return Some(value) };
        let known = customs.and_then(|customs| customs.get(&*name)).map(|value| &**value);
        let known = known
            .or_else(|| vars.registered.iter().find(|(have, _)| **have == *name).map(|(_, value)| &**value));
        let replacement = match known.filter(|value| !value.eq_ignore_ascii_case("initial")) {
            Some(known) => known,
            None => fallback.as_deref()?,
        };
        let mut next = String::with_capacity(value.len());
        next.push_str(value.get(..start)?);
        next.push(' ');
        next.push_str(replacement);
        next.push(' ');
        next.push_str(value.get(end..)?);
        // SECURITY: a few short values can double each other on every element; each byte is paid for.
        if next.len() > MAX_SUBSTITUTED || !vars.steps.take_many(next.len() >> 3) {
            return None;
        }
        value = next;
    }
    None
}

/// The first `var(--name, fallback)`: where it is, its name, its fallback.
fn first_var(value: &str) -> Option<(usize, usize, String, Option<String>)> {
    let mut input = Parser::new(value);
    find_var(&mut input, 0)
}

fn find_var(input: &mut Parser<'_>, depth: u8) -> Option<(usize, usize, String, Option<String>)> {
    const MAX_DEPTH: u8 = 16;
    loop {
        input.skip_whitespace();
        let start = input.position().byte_index();
        let token = input.next().ok()?.clone();
        let is_var = matches!(&token, Token::Function(name) if name.eq_ignore_ascii_case("var") || name.eq_ignore_ascii_case("env"));
        let opens = matches!(
            token,
            Token::Function(_)
                | Token::ParenthesisBlock
                | Token::SquareBracketBlock
                | Token::CurlyBracketBlock
        );
        if is_var {
            let found = input.parse_nested_block(|input| -> Result<_, cssparser::ParseError<()>> {
                let name = input.expect_ident()?.to_string();
                let fallback = if input.try_parse(Parser::expect_comma).is_ok() {
                    let from = input.position();
                    while input.next().is_ok() {}
                    Some(input.slice_from(from).trim().to_owned())
                } else {
                    None
                };
                input.expect_exhausted()?;
                Ok((name, fallback))
            });
            let (name, fallback) = found.ok()?;
            return Some((start, input.position().byte_index(), name, fallback));
        }
        if opens && depth < MAX_DEPTH {
            let found = input.parse_nested_block(|input| -> Result<_, cssparser::ParseError<()>> {
                Ok(find_var(input, depth.saturating_add(1)))
            });
            if let Ok(Some(found)) = found {
                return Some(found);
            }
        }
    }
}

/// The sheets of a page, ready to be asked about its elements.
pub(super) struct Cascade<'a> {
    dom: &'a Dom,
    browser: &'a Sheet,
    pub(super) author: Sheet,
    caches: SelectorCaches,
    pub(super) steps: Steps,
}

impl<'a> Cascade<'a> {
    pub(super) fn new(dom: &'a Dom, browser: &'a Sheet) -> Self {
        let steps = dom.len().saturating_mul(STEPS_PER_NODE).saturating_add(STEPS_BASE);
        Self {
            dom,
            browser,
            author: author_sheet(dom),
            caches: SelectorCaches::default(),
            steps: Steps::new(steps),
        }
    }

    /// What holds for the element `id` under `parent`.
    pub(super) fn style(&mut self, id: NodeId, element: &Element, parent: &Style) -> Style {
        let own = element.attr(&local_name!("style")).map(inline).unwrap_or_default();
        self.resolve(id, element, None, &own, parent)
    }

    /// What holds for a pseudo-element of `id`; `None` when no rule speaks of it.
    pub(super) fn pseudo(&mut self, id: NodeId, pseudo: Pseudo, style: &Style) -> Option<Style> {
        if self.author.is_empty() {
            return None;
        }
        let element = self.dom.element(id)?;
        let style = self.resolve(id, element, Some(pseudo), &[], style);
        style.content.is_some().then_some(style)
    }

    fn resolve(
        &mut self,
        id: NodeId,
        element: &Element,
        pseudo: Option<Pseudo>,
        own: &[Declaration],
        parent: &Style,
    ) -> Style {
        let dom = self.dom;
        let mut style = parent.child();
        let browser_rules =
            if pseudo.is_none() { self.matching(self.browser, id, element, None) } else { Vec::new() };
        for declaration in browser_rules.iter().flat_map(|rule| &*rule.declarations) {
            // The browser's own sheet reverts nothing, so what it would revert to does not matter.
            style.say_plain(&declaration.said, parent, parent);
        }
        if pseudo.is_none() {
            hints(element, &mut style, parent);
        }
        let author = matching(&self.author, dom, &self.steps, &mut self.caches, id, element, pseudo);
        if author.is_empty() && own.is_empty() {
            return style;
        }
        let browser = style.clone();
        let mut important = own.iter().any(|declaration| declaration.important);
        for declaration in author.iter().flat_map(|rule| &*rule.declarations).chain(own) {
            important |= declaration.important;
            if let Said::Custom(name, value) = &declaration.said {
                style.define(name, value);
            }
        }
        let vars = Vars { registered: &self.author.registered, steps: &self.steps };
        for declaration in author.iter().flat_map(|rule| &*rule.declarations).chain(own) {
            if !declaration.important {
                style.say(&declaration.said, parent, &browser, &vars);
            }
        }
        if important {
            let mut author = author;
            author.sort_by_key(|rule| rule.rank(true));
            for declaration in author.iter().flat_map(|rule| &*rule.declarations).chain(own) {
                if declaration.important {
                    style.say(&declaration.said, parent, &browser, &vars);
                }
            }
        }
        style
    }

    fn matching<'s>(
        &mut self,
        sheet: &'s Sheet,
        id: NodeId,
        element: &Element,
        pseudo: Option<Pseudo>,
    ) -> Vec<&'s Rule> {
        matching(sheet, self.dom, &self.steps, &mut self.caches, id, element, pseudo)
    }
}

/// The rules of a sheet that mean this element, weakest first.
fn matching<'s>(
    sheet: &'s Sheet,
    dom: &Dom,
    steps: &Steps,
    caches: &mut SelectorCaches,
    id: NodeId,
    element: &Element,
    pseudo: Option<Pseudo>,
) -> Vec<&'s Rule> {
    let mut rules = Vec::new();
    let Some(subject) = Subject::new(dom, steps, id) else { return rules };
    let mode = if pseudo.is_some() { MatchingMode::ForStatelessPseudoElement } else { MatchingMode::Normal };
    let quirks = if dom.quirks { QuirksMode::Quirks } else { QuirksMode::NoQuirks };
    let mut context =
        MatchingContext::new(mode, None, caches, quirks, NeedsSelectorFlags::No, MatchingForInvalidation::No);
    let name: &LocalName = &element.name.local;
    sheet.candidates(name, element.attr(&local_name!("id")), element.attr(&local_name!("class")), |rule| {
        if rule.pseudo == pseudo
            && steps.take()
            && matches_selector(&rule.selector, 0, None, subject, &mut context)
        {
            rules.push(rule);
        }
    });
    rules.sort_by_key(|rule| rule.rank(false));
    rules
}

/// All the page's own sheets in document order.
fn author_sheet(dom: &Dom) -> Sheet {
    let mut sheet = Sheet::new(dom.quirks);
    for id in dom.descendants(Dom::DOCUMENT) {
        let Some(element) = dom.element(id) else { continue };
        let style =
            element.name.local == local_name!("style") && (element.is_html() || element.name.ns == ns!(svg));
        let applies = || element.attr(&local_name!("media")).is_none_or(media_attribute);
        if style {
            let css = element
                .attr(&local_name!("type"))
                .is_none_or(|kind| kind.is_empty() || kind.trim().eq_ignore_ascii_case("text/css"));
            if css && applies() {
                sheet.add(&dom.text_of(id));
            }
        } else if element.is_html() && element.name.local == local_name!("link") {
            let rel = element.attr(&local_name!("rel")).unwrap_or_default().to_ascii_lowercase();
            let words: Vec<_> = rel.split_ascii_whitespace().collect();
            if !words.contains(&"stylesheet") || words.contains(&"alternate") || !applies() {
                continue;
            }
            match element.attr(&local_name!("href")).and_then(data_sheet) {
                Some(css) => sheet.add(&css),
                None => sheet.external = true,
            }
        }
    }
    sheet
}

/// The sheet in a `data:text/css` address.
fn data_sheet(address: &str) -> Option<String> {
    let (head, body) = address.trim().split_once(',')?;
    let head = head.to_ascii_lowercase();
    let kind = head.strip_prefix("data:")?;
    if !kind.starts_with("text/css") {
        return None;
    }
    if kind.ends_with(";base64") {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(body.trim()).ok()?;
        return Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    Some(percent_encoding::percent_decode_str(body).decode_utf8_lossy().into_owned())
}

/// Attributes that stand for styles: `bgcolor`, `color`, `size`, and those of SVG.
fn hints(element: &Element, style: &mut Style, parent: &Style) {
    const SVG: &[&str] = &[
        "display",
        "visibility",
        "opacity",
        "fill",
        "fill-opacity",
        "stroke",
        "font-size",
        "transform",
        "filter",
        "mask",
        "clip-path",
    ];
    for attr in &element.attrs {
        let name: &str = &attr.name.local;
        if element.is_html() {
            let color = |property: &str| {
                let value = attr.value.trim();
                let said = substituted(property, value);
                // The old attributes also take hexadecimal digits without the sign.
                said.or_else(|| substituted(property, &format!("#{value}")))
            };
            let said = match (name, &*element.name.local) {
                (
                    "bgcolor",
                    "body" | "table" | "tr" | "td" | "th" | "thead" | "tbody" | "tfoot" | "marquee",
                ) => color("background-color"),
                ("background", "body" | "table" | "td" | "th") if !attr.value.trim().is_empty() => {
                    Some(vec![Said::Value(Property::BackgroundImage, Value::Flag(true))])
                }
                ("text", "body") | ("color", "font" | "basefont") => color("color"),
                ("size", "font") => {
                    let sizes = ["10px", "13px", "16px", "18px", "24px", "32px", "48px"];
                    let size = attr.value.trim();
                    let step = |n: &str| n.parse::<usize>().ok();
                    let at = match (size.strip_prefix('+'), size.strip_prefix('-')) {
                        (Some(up), _) => step(up).map(|n| n.saturating_add(3)),
                        (_, Some(down)) => step(down).map(|n| 3_usize.saturating_sub(n)),
                        _ => step(size),
                    };
                    at.and_then(|at| sizes.get(at.clamp(1, 7).saturating_sub(1)))
                        .and_then(|size| substituted("font-size", size))
                }
                ("dir", _) => substituted("direction", &attr.value),
                _ => None,
            };
            said.iter().flatten().for_each(|said| style.say_plain(said, parent, parent));
        } else if element.name.ns == ns!(svg) && SVG.contains(&name) {
            // Numbers without a unit are pixels here.
            let unit =
                if attr.value.trim().parse::<f32>().is_ok() && name == "font-size" { "px" } else { "" };
            let said = substituted(name, &format!("{}{unit}", attr.value.trim()));
            said.iter().flatten().for_each(|said| style.say_plain(said, parent, parent));
        }
    }
}
