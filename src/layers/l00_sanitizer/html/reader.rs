//! Reading style sheets: what is a rule, what is a declaration, and what is skipped (CSS Syntax 3).

mod descriptors;
mod heads;

use std::sync::Arc;

use cssparser::{
    AtRuleParser, CowRcStr, DeclarationParser, Parser, ParserState, QualifiedRuleParser, RuleBodyItemParser,
    RuleBodyParser, StyleSheetParser, Token, parse_important,
};
use descriptors::Descriptors;
use heads::{import_head, scope_head};
use selectors::parser::{Selector, SelectorList};

use super::counter::CounterStyle;
use super::dom::NodeId;
use super::property::{Declaration, Said, declaration};
use super::query::{Query, Screen, media, supports};
use super::select::{Css, Namespaces, Nesting, lower, selectors};
use super::sheet::{Body, Face, Frames, MAX_RULES, Rule, Scope, Sheet, UNLAYERED};
use super::value::{Fail, fail};
use super::vars::Registered;

/// Deepest nesting of blocks in a sheet.
const MAX_NESTING: u8 = 32;

/// The declarations of a `style` attribute.
pub(super) fn inline(css: &str, quirks: bool) -> Vec<Declaration> {
    let mut input = Parser::new(css);
    input.set_nested_block_limit(MAX_NESTING);
    let mut sheet = Sheet::new(quirks);
    let mut reader = Reader::new(&mut sheet, None);
    let mut body = Inline(&mut reader);
    for item in RuleBodyParser::new(&mut input, &mut body) {
        drop(item);
    }
    reader.own
}

/// Adds the rules of `css` to a sheet; `owner` is the element that the sheet stands in.
pub(super) fn read(sheet: &mut Sheet, css: &str, owner: Option<NodeId>) {
    read_into(Reader::new(sheet, owner), css);
}

fn read_into(mut reader: Reader<'_>, css: &str) {
    let mut input = Parser::new(css);
    input.set_nested_block_limit(MAX_NESTING);
    for rule in StyleSheetParser::new(&mut input, &mut reader) {
        // A rule in error is skipped, as CSS says.
        drop(rule);
    }
}

/// Reads rules into a sheet. In the body of a style rule it reads declarations and nested rules.
struct Reader<'s> {
    sheet: &'s mut Sheet,
    /// What `&` stands for.
    parent: Option<SelectorList<Css>>,
    layer: u16,
    /// The name of the layer that we are in, with a dot behind it.
    prefix: String,
    scope: Option<Arc<Scope>>,
    query: Option<Arc<Query>>,
    owner: Option<NodeId>,
    spaces: Namespaces,
    /// How many imported sheets we are in.
    imports: u8,
    /// A rule was read, behind which no other sheet may be asked for.
    started: bool,
    /// The declarations of the rule being read.
    own: Vec<Declaration>,
}

impl<'s> Reader<'s> {
    fn new(sheet: &'s mut Sheet, owner: Option<NodeId>) -> Self {
        Self {
            sheet,
            parent: None,
            layer: UNLAYERED,
            prefix: String::new(),
            scope: None,
            query: None,
            owner,
            spaces: Namespaces::default(),
            imports: 0,
            started: false,
            own: Vec::new(),
        }
    }

    /// Hands the declarations that were read so far to the rule's selectors.
    fn flush(&mut self) {
        if self.own.is_empty() {
            return;
        }
        let declarations: Arc<[Declaration]> = std::mem::take(&mut self.own).into();
        let body = Body {
            declarations: &declarations,
            layer: self.layer,
            scope: self.scope.as_ref(),
            query: self.query.as_ref(),
        };
        if let Some(parent) = &self.parent {
            for selector in parent.slice() {
                self.sheet.push(selector, &body);
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

    fn layered(&mut self, name: Option<String>, read: impl FnOnce(&mut Self)) {
        let name = name.unwrap_or_else(|| format!("?{}", self.sheet.layer_count()));
        let full = format!("{}{name}", self.prefix);
        let layer = self.sheet.layer(&full);
        let outer = (self.layer, std::mem::replace(&mut self.prefix, format!("{full}.")));
        self.flush();
        self.layer = layer;
        read(self);
        (self.layer, self.prefix) = outer;
    }

    fn import(&mut self, import: Import) {
        let Some(css) = data_sheet(&import.address) else {
            self.sheet.external = true;
            self.sheet.external_by = self.sheet.external_by.or(self.owner);
            return;
        };
        if self.imports >= MAX_IMPORTS {
            self.sheet.overflow = true;
            return;
        }
        let read = |this: &mut Self| {
            let mut inner = Reader::new(this.sheet, this.owner);
            inner.layer = this.layer;
            inner.prefix.clone_from(&this.prefix);
            inner.imports = this.imports.saturating_add(1);
            read_into(inner, &css);
        };
        match import.layer {
            Some(name) => self.layered(name, read),
            None => read(self),
        }
    }
}

/// Deepest nesting of imported sheets.
const MAX_IMPORTS: u8 = 3;

/// The layer of an imported sheet: without a name it is one of its own.
type ImportLayer = Option<String>;

/// An `@import` whose conditions hold.
struct Import {
    address: String,
    /// The layer, where there is one.
    layer: Option<ImportLayer>,
}

/// A head of an at-rule whose body is read.
enum At {
    /// The body counts as if it stood outside.
    Open,
    /// It counts for nothing.
    Closed,
    /// It counts on this screen or not, and the other way round on a narrow one.
    Responsive(bool),
    Layer(Vec<String>),
    Import(Import),
    Property(Arc<str>),
    Frames(Box<str>),
    Scope(Arc<Scope>),
    Container(Box<str>),
    Font,
    CounterStyle(Box<str>),
    /// A prefix, or none for all names without one, and the namespace.
    Namespace(Option<Box<str>>, Box<str>),
}

/// The rest of a head as it is written.
fn head<'i>(input: &mut Parser<'i>) -> &'i str {
    raw(input)
}

impl<'i> AtRuleParser<'i> for Reader<'_> {
    type Prelude = At;
    type AtRule = ();
    type Error = ();

    fn parse_prelude(&mut self, name: CowRcStr<'i>, input: &mut Parser<'i>) -> Result<At, Fail> {
        let open = |is: bool| if is { At::Open } else { At::Closed };
        let at = match &*lower(&name) {
            "media" => {
                let text = head(input);
                let on = |screen| {
                    let mut input = Parser::new(text);
                    input.set_nested_block_limit(MAX_NESTING);
                    media(&mut input, screen)
                };
                let (wide, narrow) = (on(Screen::WIDE), on(Screen::NARROW));
                if wide == narrow { open(wide) } else { At::Responsive(wide) }
            }
            "supports" => open(supports(input)?),
            "container" => At::Container(head(input).into()),
            "scope" => scope_head(input, self)?,
            "layer" => At::Layer(layer_names(input)?),
            "property" => At::Property(Arc::from(&**input.expect_ident()?)),
            "keyframes" | "-webkit-keyframes" => At::Frames((&**input.expect_ident_or_string()?).into()),
            "font-face" => At::Font,
            "counter-style" => At::CounterStyle((&**input.expect_ident()?).into()),
            "import" => import_head(input)?,
            "namespace" => {
                let prefix = input.try_parse(Parser::expect_ident_cloned).ok();
                At::Namespace(
                    prefix.map(|prefix| (&*prefix).into()),
                    (&*input.expect_url_or_string()?).into(),
                )
            }
            _ => At::Closed,
        };
        while input.next().is_ok() {}
        Ok(at)
    }

    fn rule_without_block(&mut self, prelude: At, _: &ParserState) -> Result<(), ()> {
        match prelude {
            At::Layer(names) => {
                for name in names {
                    let full = format!("{}{name}", self.prefix);
                    self.sheet.layer(&full);
                }
            }
            At::Namespace(prefix, namespace) if !self.started && self.parent.is_none() => {
                self.spaces.set(prefix, &namespace);
            }
            At::Import(import) if !self.started && self.parent.is_none() => self.import(import),
            _ => {}
        }
        Ok(())
    }

    fn parse_block(&mut self, prelude: At, _: &ParserState, input: &mut Parser<'i>) -> Result<(), Fail> {
        self.started = true;
        match prelude {
            At::Open => self.body(input),
            At::Closed | At::Import(_) | At::Namespace(..) => {}
            At::Responsive(true) => {
                let before = self.sheet.len();
                self.body(input);
                self.flush();
                let hides = |rule: &Rule| rule.declarations.iter().any(Declaration::is_hiding);
                self.sheet.responsive |= self.sheet.rules_from(before).iter().any(hides);
            }
            At::Responsive(false) => {
                // Nothing of it is kept; it is enough to know that it may hide something.
                let text = raw(input);
                self.sheet.responsive |= text.contains("none") && text.contains("display");
            }
            At::Layer(names) => self.layered(names.into_iter().next(), |this| this.body(input)),
            At::Scope(scope) => {
                self.flush();
                let outer = (self.scope.replace(scope), self.parent.take());
                self.body(input);
                (self.scope, self.parent) = outer;
            }
            At::Container(text) => {
                self.flush();
                let query = Arc::new(Query { outer: self.query.clone(), text });
                let outer = self.query.replace(query);
                self.body(input);
                self.query = outer;
            }
            At::Property(name) => {
                let mut body = Descriptors::default();
                for item in RuleBodyParser::new(input, &mut body) {
                    drop(item);
                }
                let inherits = body.get("inherits").map(|inherits| !inherits.eq_ignore_ascii_case("false"));
                let syntax =
                    body.get("syntax").map(|syntax| syntax.trim().trim_matches(['"', '\'']).to_owned());
                // Without both of them it registers nothing (CSS Properties and Values 1, 3).
                if let (Some(inherits), Some(syntax)) = (inherits, syntax) {
                    let initial = body.get("initial-value").map(Arc::from);
                    self.sheet.registered.push(Registered { name, initial, inherits, syntax: syntax.into() });
                }
            }
            At::Frames(name) => {
                let mut frames = FrameReader { quirks: self.sheet.quirks, frames: Vec::new() };
                for rule in StyleSheetParser::new(input, &mut frames) {
                    drop(rule);
                }
                self.sheet.keep_frames(&name, frames.frames);
            }
            At::CounterStyle(name) => {
                let mut body = Descriptors::default();
                for item in RuleBodyParser::new(input, &mut body) {
                    drop(item);
                }
                let style = CounterStyle::of(&|name| body.get(name).map(str::to_owned));
                self.sheet.keep_counter_style(&name, style);
            }
            At::Font => {
                let mut body = Descriptors::default();
                for item in RuleBodyParser::new(input, &mut body) {
                    drop(item);
                }
                let size = body
                    .get("size-adjust")
                    .and_then(|size| size.strip_suffix('%')?.trim().parse::<f32>().ok());
                self.sheet.face(Face {
                    family: body
                        .get("font-family")
                        .unwrap_or_default()
                        .trim_matches(['"', '\''])
                        .to_lowercase()
                        .into(),
                    sources: addresses(body.get("src").unwrap_or_default()),
                    size: size.map_or(1.0, |size| size / 100.0),
                });
            }
        }
        Ok(())
    }
}

/// The addresses in a font's `src`.
fn addresses(src: &str) -> Vec<Box<str>> {
    let mut input = Parser::new(src);
    input.set_nested_block_limit(MAX_NESTING);
    let mut found: Vec<Box<str>> = Vec::new();
    while let Ok(token) = input.next().cloned() {
        match token {
            Token::UnquotedUrl(address) => found.push((*address).into()),
            Token::Function(name) => {
                let local = name.eq_ignore_ascii_case("local");
                let url = name.eq_ignore_ascii_case("url");
                let inner = input.parse_nested_block(|input| -> Result<Box<str>, Fail> {
                    let text = input.expect_ident_or_string()?;
                    Ok((&**text).into())
                });
                if let Ok(address) = inner {
                    if local {
                        found.push(format!("local:{address}").into());
                    } else if url {
                        found.push(address);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// The sheet in a `data:text/css` address.
pub(super) fn data_sheet(address: &str) -> Option<String> {
    let (kind, bytes) = data_address(address)?;
    kind.starts_with("text/css").then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// The kind and the bytes of a `data:` address (RFC 2397).
pub(super) fn data_address(address: &str) -> Option<(String, Vec<u8>)> {
    let (head, body) = address.trim().split_once(',')?;
    let head = head.to_ascii_lowercase();
    let kind = head.strip_prefix("data:")?;
    let body = body.split('#').next().unwrap_or_default();
    if let Some(kind) = kind.strip_suffix(";base64") {
        use base64::Engine as _;
        let body: String = percent_encoding::percent_decode_str(body)
            .decode_utf8_lossy()
            .chars()
            .filter(|c| !c.is_ascii_whitespace() && *c != '=')
            .collect();
        let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(body).ok()?;
        return Some((kind.trim().to_owned(), bytes));
    }
    Some((kind.trim().to_owned(), percent_encoding::percent_decode_str(body).collect()))
}

/// The frames of an animation.
struct FrameReader {
    quirks: bool,
    frames: Frames,
}

impl AtRuleParser<'_> for FrameReader {
    type Prelude = ();
    type AtRule = ();
    type Error = ();
}

impl<'i> QualifiedRuleParser<'i> for FrameReader {
    type Prelude = Vec<f32>;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<Vec<f32>, Fail> {
        input.parse_comma_separated(|input| match input.next()?.clone() {
            Token::Ident(word) if word.eq_ignore_ascii_case("from") => Ok(0.0),
            Token::Ident(word) if word.eq_ignore_ascii_case("to") => Ok(1.0),
            Token::Percentage { unit_value, .. } if (0.0..=1.0).contains(&unit_value) => Ok(unit_value),
            _ => fail(),
        })
    }

    fn parse_block(&mut self, places: Vec<f32>, _: &ParserState, input: &mut Parser<'i>) -> Result<(), Fail> {
        let mut sheet = Sheet::new(self.quirks);
        let mut reader = Reader::new(&mut sheet, None);
        let mut body = Inline(&mut reader);
        for item in RuleBodyParser::new(input, &mut body) {
            drop(item);
        }
        let own: Arc<[Declaration]> = reader.own.into();
        self.frames.extend(places.into_iter().map(|place| (place, Arc::clone(&own))));
        Ok(())
    }
}

impl<'i> QualifiedRuleParser<'i> for Reader<'_> {
    type Prelude = SelectorList<Css>;
    type QualifiedRule = ();
    type Error = ();

    fn parse_prelude(&mut self, input: &mut Parser<'i>) -> Result<SelectorList<Css>, Fail> {
        let nesting = match (&self.parent, &self.scope) {
            (Some(_), _) => Nesting::Nested,
            (None, Some(_)) => Nesting::Scope,
            (None, None) => Nesting::Top,
        };
        let list = selectors(input, nesting, &self.spaces)?;
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
        self.started = true;
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
        one_declaration(&name, input, self.sheet.quirks, &mut self.own)
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
        one_declaration(&name, input, self.0.sheet.quirks, &mut self.0.own)
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
    quirks: bool,
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
    let direct = name == *"content" && parsed.is_ok() && names_only(written);
    if has_substitution(written) && !direct {
        input.reset(&start);
        let (value, important) = split_important(raw(input));
        out.push(Declaration { said: Said::Pending(name.into(), value.into()), important });
        return Ok(());
    }
    if parsed.is_err() && quirks {
        input.reset(&start);
        let (value, important) = split_important(raw(input));
        let said = quirky(&name, value).and_then(|value| substituted(&name, &value)).unwrap_or_default();
        out.extend(said.into_iter().map(|said| Declaration { said, important }));
        return Ok(());
    }
    out.extend(said.into_iter().map(|said| Declaration { said, important }));
    parsed
}

/// A value as pages without a doctype may write it: lengths without a unit, colours without a sign (CSS Quirks).
fn quirky(name: &str, value: &str) -> Option<String> {
    const LENGTHS: &[&str] = &[
        "bottom",
        "font-size",
        "height",
        "left",
        "letter-spacing",
        "margin",
        "margin-bottom",
        "margin-left",
        "margin-right",
        "margin-top",
        "max-height",
        "max-width",
        "min-height",
        "min-width",
        "padding",
        "padding-bottom",
        "padding-left",
        "padding-right",
        "padding-top",
        "right",
        "text-indent",
        "top",
        "width",
        "word-spacing",
        "border-width",
    ];
    if matches!(name, "color" | "background-color") {
        let digits = value.len() == 3 || value.len() == 6;
        return (digits && value.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| format!("#{value}"));
    }
    if !LENGTHS.contains(&name) {
        return None;
    }
    let words: Option<Vec<String>> = value
        .split_ascii_whitespace()
        .map(|word| match word.parse::<f32>() {
            Ok(_) => Some(format!("{word}px")),
            Err(_) => Some(word.to_owned()),
        })
        .collect();
    words.map(|words| words.join(" "))
}

/// Whether a value holds something that is only known on the element.
fn has_substitution(value: &str) -> bool {
    value.match_indices('(').any(|(at, _)| substitutes(value, at))
}

/// Whether the bracket at this place belongs to a function that is known on the element only.
fn substitutes(value: &str, at: usize) -> bool {
    let before = value.get(..at).unwrap_or_default();
    let name = before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default();
    ["var", "env", "attr", "if"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether `attr()` with a name and no more is all that is known on the element only.
///
/// SECURITY: such a value is read once. With a text before each element of a page it would be read that often.
fn names_only(value: &str) -> bool {
    value.match_indices('(').filter(|(at, _)| substitutes(value, *at)).all(|(at, _)| {
        let (before, behind) = value.split_at(at);
        let inside = behind.get(1..).and_then(|inside| inside.split(')').next()).unwrap_or_default().trim();
        before.to_ascii_lowercase().ends_with("attr")
            && !inside.is_empty()
            && inside.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
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
