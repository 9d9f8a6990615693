//! Style sheets: parsed once, indexed by what the rightmost part of each selector asks for.
//!
//! Rules with none of our properties are dropped while parsing; on ordinary pages that is most of them.

use std::collections::HashMap;
use std::sync::Arc;

use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, Parser, ParserState, QualifiedRuleParser, RuleBodyItemParser,
    RuleBodyParser, StyleSheetParser, Token, parse_important,
};
use html5ever::LocalName;
use selectors::parser::{Component, Selector, SelectorList};

use super::property::{Declaration, Said, declaration};
use super::select::{Css, Pseudo, lower, selectors};
use super::value::{Fail, SCREEN, fail, length};

/// Deepest nesting of blocks in a sheet.
const MAX_NESTING: u8 = 32;
/// Most rules, selectors counted one by one, of all sheets of a page together.
const MAX_RULES: usize = 16_384;
/// Most parts of one selector: what nesting multiplies.
const MAX_PARTS: usize = 64;

/// The layer of rules that are in none: above all layers.
const UNLAYERED: u16 = u16::MAX;

/// A selector with the declarations that it brings.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) selector: Selector<Css>,
    pub(super) pseudo: Option<Pseudo>,
    pub(super) declarations: Arc<[Declaration]>,
    layer: u16,
    order: u32,
}

impl Rule {
    /// By what rules of one origin are sorted; later ones win.
    pub(super) fn rank(&self, important: bool) -> (u16, u32, u32) {
        let layer = if important { u16::MAX.saturating_sub(self.layer) } else { self.layer };
        (layer, self.selector.specificity(), self.order)
    }
}

/// What the rightmost part of a selector asks for.
enum Bucket {
    Id(Box<str>),
    Class(Box<str>),
    Tag(LocalName, LocalName),
    Other,
}

/// All sheets of one origin.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the sheets")]
pub(super) struct Sheet {
    rules: Vec<Rule>,
    ids: HashMap<Box<str>, Vec<u32>>,
    classes: HashMap<Box<str>, Vec<u32>>,
    tags: HashMap<LocalName, Vec<u32>>,
    others: Vec<u32>,
    layers: Vec<Box<str>>,
    /// Registered custom properties and their initial values.
    pub(super) registered: Vec<(Arc<str>, Arc<str>)>,
    /// Class names and ids are compared without case, as pages without a doctype want.
    quirks: bool,
    /// Rules did not fit.
    pub(super) overflow: bool,
    /// A font comes with the page, so letters may look like others or like nothing.
    pub(super) fonts: bool,
    /// A sheet is asked for that is not here.
    pub(super) external: bool,
}

impl Sheet {
    pub(super) fn new(quirks: bool) -> Self {
        Self { quirks, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Adds the rules of `css`.
    pub(super) fn add(&mut self, css: &str) {
        let mut input = Parser::new(css);
        input.set_nested_block_limit(MAX_NESTING);
        let mut reader =
            Reader { sheet: self, parent: None, layer: UNLAYERED, prefix: String::new(), own: Vec::new() };
        for rule in StyleSheetParser::new(&mut input, &mut reader) {
            // A rule in error is skipped, as CSS says.
            drop(rule);
        }
    }

    fn key(&self, text: &str) -> Box<str> {
        if self.quirks { text.to_ascii_lowercase().into() } else { text.into() }
    }

    fn push(&mut self, selector: &Selector<Css>, declarations: &Arc<[Declaration]>, layer: u16) {
        if self.rules.len() >= MAX_RULES || selector.len() > MAX_PARTS {
            self.overflow = true;
            return;
        }
        let Ok(index) = u32::try_from(self.rules.len()) else { return };
        let pseudo = selector.pseudo_element().copied();
        if pseudo == Some(Pseudo::Other) {
            return;
        }
        let mut bucket = Bucket::Other;
        let mut parts = selector.iter();
        if pseudo.is_some() {
            while parts.next().is_some() {}
            parts.next_sequence();
        }
        for part in parts {
            match part {
                Component::ID(id) => bucket = Bucket::Id(self.key(id.as_ref())),
                Component::Class(class) if !matches!(bucket, Bucket::Id(_)) => {
                    bucket = Bucket::Class(self.key(class.as_ref()));
                }
                Component::LocalName(name) if matches!(bucket, Bucket::Other) => {
                    bucket = Bucket::Tag(name.lower_name.0.clone(), name.name.0.clone());
                }
                _ => {}
            }
        }
        match bucket {
            Bucket::Id(id) => self.ids.entry(id).or_default().push(index),
            Bucket::Class(class) => self.classes.entry(class).or_default().push(index),
            Bucket::Tag(lower, name) => {
                if lower != name {
                    self.tags.entry(name).or_default().push(index);
                }
                self.tags.entry(lower).or_default().push(index);
            }
            Bucket::Other => self.others.push(index),
        }
        self.rules.push(Rule {
            selector: selector.clone(),
            pseudo,
            declarations: Arc::clone(declarations),
            layer,
            order: index,
        });
    }

    /// The rules that may mean an element of this name, id and classes.
    pub(super) fn candidates<'a>(
        &'a self,
        name: &LocalName,
        id: Option<&str>,
        classes: Option<&str>,
        mut each: impl FnMut(&'a Rule),
    ) {
        let mut all = |indices: &'a [u32]| {
            for rule in indices.iter().filter_map(|index| self.rules.get(*index as usize)) {
                each(rule);
            }
        };
        all(&self.others);
        if let Some(rules) = self.tags.get(name) {
            all(rules);
        }
        let found = |map: &'a HashMap<Box<str>, Vec<u32>>, key: &str| {
            if self.quirks { map.get(&*key.to_ascii_lowercase()) } else { map.get(key) }
        };
        if !self.ids.is_empty()
            && let Some(rules) = id.and_then(|id| found(&self.ids, id))
        {
            all(rules);
        }
        if !self.classes.is_empty() {
            for class in classes.unwrap_or_default().split_ascii_whitespace() {
                if let Some(rules) = found(&self.classes, class) {
                    all(rules);
                }
            }
        }
    }

    /// The layer of this full name, registered when it is new.
    fn layer(&mut self, name: &str) -> u16 {
        let at = self.layers.iter().position(|layer| **layer == *name).unwrap_or_else(|| {
            self.layers.push(name.into());
            self.layers.len().saturating_sub(1)
        });
        u16::try_from(at).unwrap_or(UNLAYERED.saturating_sub(1))
    }
}

/// The declarations of a `style` attribute.
pub(super) fn inline(css: &str) -> Vec<Declaration> {
    let mut input = Parser::new(css);
    input.set_nested_block_limit(MAX_NESTING);
    let mut sheet = Sheet::default();
    let mut reader =
        Reader { sheet: &mut sheet, parent: None, layer: UNLAYERED, prefix: String::new(), own: Vec::new() };
    let mut body = Inline(&mut reader);
    for item in RuleBodyParser::new(&mut input, &mut body) {
        drop(item);
    }
    reader.own
}

/// Reads rules into a sheet. In the body of a style rule it reads declarations and nested rules.
struct Reader<'s> {
    sheet: &'s mut Sheet,
    /// What `&` stands for.
    parent: Option<SelectorList<Css>>,
    layer: u16,
    /// The name of the layer that we are in, with a dot behind it.
    prefix: String,
    /// The declarations of the rule being read.
    own: Vec<Declaration>,
}

impl Reader<'_> {
    /// Hands the declarations that were read so far to the rule's selectors.
    fn flush(&mut self) {
        if self.own.is_empty() {
            return;
        }
        let declarations: Arc<[Declaration]> = std::mem::take(&mut self.own).into();
        if let Some(parent) = self.parent.clone() {
            for selector in parent.slice() {
                self.sheet.push(selector, &declarations, self.layer);
            }
        }
    }

    fn body(&mut self, input: &mut Parser<'_>) {
        if self.parent.is_some() {
            let own = std::mem::take(&mut self.own);
            for item in RuleBodyParser::new(input, self) {
                drop(item);
            }
            self.flush();
            self.own = own;
        } else {
            for rule in StyleSheetParser::new(input, self) {
                drop(rule);
            }
        }
    }
}

/// A head of an at-rule whose body is read.
enum At {
    /// The body counts as if it stood outside.
    Open,
    /// It counts for nothing.
    Closed,
    Layer(Vec<String>),
    Property(Arc<str>),
    Font,
}

impl<'i> AtRuleParser<'i> for Reader<'_> {
    type Prelude = At;
    type AtRule = ();
    type Error = ();

    fn parse_prelude(&mut self, name: CowRcStr<'i>, input: &mut Parser<'i>) -> Result<At, Fail> {
        let at = match &*lower(&name) {
            "media" => {
                if media(input) {
                    At::Open
                } else {
                    At::Closed
                }
            }
            "supports" => {
                if supports(input)? {
                    At::Open
                } else {
                    At::Closed
                }
            }
            "container" => {
                if container(input) {
                    At::Open
                } else {
                    At::Closed
                }
            }
            "layer" => At::Layer(layer_names(input)?),
            "property" => At::Property(Arc::from(&**input.expect_ident()?)),
            "font-face" => At::Font,
            "import" => {
                self.sheet.external = true;
                At::Closed
            }
            _ => At::Closed,
        };
        while input.next().is_ok() {}
        Ok(at)
    }

    fn rule_without_block(&mut self, prelude: At, _: &ParserState) -> Result<(), ()> {
        if let At::Layer(names) = prelude {
            for name in names {
                let full = format!("{}{name}", self.prefix);
                self.sheet.layer(&full);
            }
        }
        Ok(())
    }

    fn parse_block(&mut self, prelude: At, _: &ParserState, input: &mut Parser<'i>) -> Result<(), Fail> {
        match prelude {
            At::Open => self.body(input),
            At::Closed => {}
            At::Layer(names) => {
                let name =
                    names.into_iter().next().unwrap_or_else(|| format!("?{}", self.sheet.layers.len()));
                let full = format!("{}{name}", self.prefix);
                let layer = self.sheet.layer(&full);
                let outer = (self.layer, std::mem::replace(&mut self.prefix, format!("{full}.")));
                self.flush();
                self.layer = layer;
                self.body(input);
                (self.layer, self.prefix) = outer;
            }
            At::Property(name) => {
                let mut initial = None;
                let mut body = Descriptors(&mut initial);
                for item in RuleBodyParser::new(input, &mut body) {
                    drop(item);
                }
                if let Some(initial) = initial {
                    self.sheet.registered.push((name, initial));
                }
            }
            At::Font => self.sheet.fonts = true,
        }
        Ok(())
    }
}

impl<'i> QualifiedRuleParser<'i> for Reader<'_> {
    type Prelude = SelectorList<Css>;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<SelectorList<Css>, Fail> {
        let list = selectors(input, self.parent.is_some())?;
        let Some(parent) = &self.parent else { return Ok(list) };
        // SECURITY: nesting multiplies selectors; what grows too long is dropped and told.
        let parts =
            |list: &SelectorList<Css>| list.slice().iter().map(Selector::len).fold(0, usize::saturating_add);
        if parts(parent).saturating_mul(parts(&list)) > MAX_RULES {
            self.sheet.overflow = true;
            return fail();
        }
        Ok(list.replace_parent_selector(parent))
    }

    fn parse_block(
        &mut self,
        list: SelectorList<Css>,
        _: &ParserState,
        input: &mut Parser<'i>,
    ) -> Result<(), Fail> {
        self.flush();
        let outer = self.parent.replace(list);
        self.body(input);
        self.parent = outer;
        Ok(())
    }
}

impl<'i> DeclarationParser<'i> for Reader<'_> {
    type Declaration = ();
    type Error = ();

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _: &ParserState,
    ) -> Result<(), Fail> {
        one_declaration(&name, input, &mut self.own)
    }
}

impl RuleBodyItemParser<'_, (), ()> for Reader<'_> {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        true
    }
}

/// Like the body of a style rule, without nested rules.
struct Inline<'r, 's>(&'r mut Reader<'s>);

impl AtRuleParser<'_> for Inline<'_, '_> {
    type Prelude = ();
    type AtRule = ();
    type Error = ();
}

impl QualifiedRuleParser<'_> for Inline<'_, '_> {
    type Prelude = ();
    type QualifiedRule = ();
    type Error = ();
}

impl<'i> DeclarationParser<'i> for Inline<'_, '_> {
    type Declaration = ();
    type Error = ();

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _: &ParserState,
    ) -> Result<(), Fail> {
        one_declaration(&name, input, &mut self.0.own)
    }
}

impl RuleBodyItemParser<'_, (), ()> for Inline<'_, '_> {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        false
    }
}

/// The inside of `@property`: its initial value.
struct Descriptors<'a>(&'a mut Option<Arc<str>>);

impl AtRuleParser<'_> for Descriptors<'_> {
    type Prelude = ();
    type AtRule = ();
    type Error = ();
}

impl QualifiedRuleParser<'_> for Descriptors<'_> {
    type Prelude = ();
    type QualifiedRule = ();
    type Error = ();
}

impl<'i> DeclarationParser<'i> for Descriptors<'_> {
    type Declaration = ();
    type Error = ();

    fn parse_value(
        &mut self,
        name: CowRcStr<'i>,
        input: &mut Parser<'i>,
        _: &ParserState,
    ) -> Result<(), Fail> {
        let raw = raw(input);
        if name.eq_ignore_ascii_case("initial-value") {
            *self.0 = Some(raw.into());
        }
        Ok(())
    }
}

impl RuleBodyItemParser<'_, (), ()> for Descriptors<'_> {
    fn parse_declarations(&self) -> bool {
        true
    }

    fn parse_qualified(&self) -> bool {
        false
    }
}

/// The rest of a value as it is written.
fn raw<'i>(input: &mut Parser<'i>) -> &'i str {
    input.skip_whitespace();
    let start = input.position();
    while input.next().is_ok() {}
    input.slice_from(start).trim()
}

/// A value with an `!important` at its end taken off.
fn split_important(value: &str) -> (&str, bool) {
    let trimmed = value.trim_end();
    let without = trimmed
        .len()
        .checked_sub("important".len())
        .and_then(|at| trimmed.split_at_checked(at))
        .filter(|(_, word)| word.eq_ignore_ascii_case("important"))
        .and_then(|(head, _)| head.trim_end().strip_suffix('!'));
    without.map_or((value, false), |head| (head.trim_end(), true))
}

fn one_declaration(
    name: &CowRcStr<'_>,
    input: &mut Parser<'_>,
    out: &mut Vec<Declaration>,
) -> Result<(), Fail> {
    if name.starts_with("--") {
        let (value, important) = split_important(raw(input));
        out.push(Declaration { said: Said::Custom(Arc::from(&**name), value.into()), important });
        return Ok(());
    }
    let name = lower(name);
    let start = input.state();
    let mut said = Vec::new();
    let parsed =
        input.parse_until_before(cssparser::Delimiter::Bang, |input| declaration(&name, input, &mut said));
    let important = input.try_parse(parse_important).is_ok();
    let parsed = parsed.and_then(|()| Ok(input.expect_exhausted()?));
    let written = input.slice_from(start.position());
    // A value with `var()` is known on the element only, even where it could be read without.
    if has_substitution(written) {
        input.reset(&start);
        let (value, important) = split_important(raw(input));
        out.push(Declaration { said: Said::Pending(name.into(), value.into()), important });
        return Ok(());
    }
    out.extend(said.into_iter().map(|said| Declaration { said, important }));
    parsed
}

/// Whether a value holds something that is only known on the element.
fn has_substitution(value: &str) -> bool {
    value.match_indices('(').any(|(at, _)| {
        let name = at.checked_sub(3).and_then(|from| value.get(from..at)).unwrap_or_default();
        name.eq_ignore_ascii_case("var") || name.eq_ignore_ascii_case("env")
    })
}

/// Parses a value after substitution.
pub(super) fn substituted(name: &str, value: &str) -> Option<Vec<Said>> {
    let mut input = Parser::new(value);
    input.set_nested_block_limit(MAX_NESTING);
    let mut said = Vec::new();
    declaration(name, &mut input, &mut said).ok().map(|()| said)
}

fn layer_names(input: &mut Parser<'_>) -> Result<Vec<String>, Fail> {
    if input.is_exhausted() {
        return Ok(Vec::new());
    }
    input.parse_comma_separated(|input| {
        let mut name = input.expect_ident()?.to_string();
        while input.try_parse(|input| input.expect_delim('.')).is_ok() {
            name.push('.');
            name.push_str(input.expect_ident()?);
        }
        Ok(name)
    })
}

/// Whether a media query list is true on our screen.
pub(super) fn media(input: &mut Parser<'_>) -> bool {
    if input.is_exhausted() {
        return true;
    }
    // A query that is not understood is false, the others still count.
    let queries = input.parse_comma_separated(|input| -> Result<bool, Fail> {
        let truth = media_query(input);
        while input.next().is_ok() {}
        Ok(truth.unwrap_or(false))
    });
    queries.is_ok_and(|queries| queries.contains(&true))
}

/// Whether the `media` attribute's value is true on our screen.
pub(super) fn media_attribute(value: &str) -> bool {
    let mut input = Parser::new(value);
    input.set_nested_block_limit(MAX_NESTING);
    media(&mut input)
}

fn media_query(input: &mut Parser<'_>) -> Result<bool, Fail> {
    let negated = input.try_parse(|input| input.expect_ident_matching("not")).is_ok();
    let _only = input.try_parse(|input| input.expect_ident_matching("only"));
    let mut truth = if let Ok(kind) = input.try_parse(Parser::expect_ident_cloned) {
        let known = matches!(&*lower(&kind), "screen" | "all");
        if input.try_parse(|input| input.expect_ident_matching("and")).is_ok() {
            condition(input, &media_feature)? && known
        } else {
            known
        }
    } else {
        condition(input, &media_feature)?
    };
    truth ^= negated;
    input.expect_exhausted()?;
    Ok(truth)
}

type Test<'a> = &'a dyn Fn(&mut Parser<'_>) -> Result<bool, Fail>;

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
            test(input)
        }),
        Token::Function(name) => {
            let name = lower(&name);
            input.parse_nested_block(|input| Ok(function_test(&name, input)))
        }
        _ => fail(),
    }
}

/// `selector(…)` in `@supports`; other functions are not known.
fn function_test(name: &str, input: &mut Parser<'_>) -> bool {
    let truth = name == "selector" && selectors(input, false).is_ok();
    while input.next().is_ok() {}
    truth
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

/// The screen's size along a feature's axis.
fn extent(feature: &str) -> Option<f32> {
    match feature {
        "width" | "device-width" | "inline-size" => Some(SCREEN.0),
        "height" | "device-height" | "block-size" => Some(SCREEN.1),
        _ => None,
    }
}

fn pixels(input: &mut Parser<'_>) -> Result<f32, Fail> {
    Ok(length(input)?.resolve(16.0, 0.0))
}

/// A feature of a wide screen with a light theme, a mouse, and scripts.
fn media_feature(input: &mut Parser<'_>) -> Result<bool, Fail> {
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
    if let Some(size) = name.strip_prefix("min-").and_then(extent) {
        return Ok(size >= pixels(input)?);
    }
    if let Some(size) = name.strip_prefix("max-").and_then(extent) {
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
/// another always.
fn supports(input: &mut Parser<'_>) -> Result<bool, Fail> {
    condition(input, &|input| {
        let name = lower(&input.expect_ident_cloned()?);
        input.expect_colon()?;
        let mut said = Vec::new();
        let valid = name.starts_with("--") || declaration(&name, input, &mut said).is_ok();
        while input.next().is_ok() {}
        Ok(valid)
    })
}

/// Whether a `@container` query is true of a container as wide as the screen; questions about styles are not.
fn container(input: &mut Parser<'_>) -> bool {
    let _name = input.try_parse(|input| -> Result<(), Fail> {
        let name = lower(&input.expect_ident_cloned()?);
        if matches!(&*name, "not" | "and" | "or") { fail() } else { Ok(()) }
    });
    condition(input, &media_feature).unwrap_or(false)
}
