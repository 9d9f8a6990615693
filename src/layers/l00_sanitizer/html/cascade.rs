//! The cascade: from what the sheets say to what holds for one element (CSS Cascade 5 and 6).

use html5ever::{LocalName, local_name, ns};
use selectors::Element as _;
use selectors::context::{
    MatchingContext, MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode, SelectorCaches,
};
use selectors::matching::matches_selector;
use selectors::parser::SelectorList;

use super::dom::{Dom, Element, NodeId};
use super::hints::hints;
use super::property::{Animation, Declaration, Said, Wide};
use super::query::{Container, holds, media_attribute};
use super::reader::{data_sheet, inline, read};
use super::select::{Css, Pseudo, Steps};
use super::sheet::{MAX_RULES, Rank, Rule, Scope, Sheet};
use super::style::Style;
use super::subject::Subject;
use super::vars::Vars;

/// Steps of selector matching: for each node, and for a small page besides.
const STEPS_PER_NODE: usize = 10;
const STEPS_BASE: usize = 1_500_000;
/// What a container query costs.
const STEPS_PER_QUERY: usize = 24;
/// An animation that begins later than this many seconds has not begun.
const PATIENCE: f32 = 3.0;

/// The browser's own sheet, as far as it decides what can be seen.
const BROWSER: &str = include_str!("browser.css");

/// The browser's own sheet, and more rules behind it.
pub(super) fn browser_sheet(more: &str) -> Sheet {
    let mut sheet = Sheet::new(false);
    read(&mut sheet, BROWSER, None);
    read(&mut sheet, more, None);
    sheet
}

/// A rule that means an element: how strong its tree is, and how strong it is there.
type Found<'s> = (u8, Rank, u32, &'s Rule);

/// The sheets of a page, ready to be asked about its elements.
pub(super) struct Cascade<'a> {
    dom: &'a Dom,
    browser: &'a Sheet,
    pub(super) author: Sheet,
    /// The sheets of the shadow trees, in the order of [`Dom::shadows`].
    shadows: Vec<Sheet>,
    caches: SelectorCaches,
    pub(super) steps: Steps,
    pub(super) overflow: bool,
}

/// The stylesheets that mean an element, by its place in the trees.
struct Trees<'s> {
    /// The sheet of its own tree, and the host that it is in.
    own: (&'s Sheet, Option<NodeId>),
    /// The sheet inside it or inside its parent: `:host` and `::slotted()`.
    inner: Option<(&'s Sheet, NodeId)>,
    /// The sheet around its tree: `::part()`.
    outer: Option<&'s Sheet>,
}

impl<'a> Cascade<'a> {
    pub(super) fn new(dom: &'a Dom, browser: &'a Sheet) -> Self {
        let steps = dom.len().saturating_mul(STEPS_PER_NODE).saturating_add(STEPS_BASE);
        let author = sheet_of(dom, Dom::DOCUMENT);
        let shadows: Vec<Sheet> = dom.shadows().iter().map(|(root, _)| sheet_of(dom, *root)).collect();
        let rules = shadows.iter().map(Sheet::len).fold(author.len(), usize::saturating_add);
        let overflow = rules > MAX_RULES || author.overflow || shadows.iter().any(|sheet| sheet.overflow);
        Self {
            dom,
            browser,
            author,
            shadows,
            caches: SelectorCaches::default(),
            steps: Steps::new(steps),
            overflow,
        }
    }

    /// All sheets that come with the page.
    pub(super) fn sheets(&self) -> impl Iterator<Item = &Sheet> {
        std::iter::once(&self.author).chain(&self.shadows)
    }

    /// What holds for the element `id` under `parent`, inside these boxes.
    pub(super) fn style(
        &mut self,
        id: NodeId,
        element: &Element,
        parent: &Style,
        boxes: &[Container],
    ) -> Style {
        let quirks = self.dom.quirks;
        let own = element.attr(&local_name!("style")).map(|css| inline(css, quirks)).unwrap_or_default();
        self.resolve(id, element, None, &own, parent, boxes)
    }

    /// What holds for a pseudo-element of `id`; `None` when no rule speaks of it.
    pub(super) fn pseudo(
        &mut self,
        id: NodeId,
        pseudo: Pseudo,
        style: &Style,
        boxes: &[Container],
    ) -> Option<Style> {
        if !self.sheets().any(|sheet| sheet.speaks_of(pseudo)) {
            return None;
        }
        let element = self.dom.element(id)?;
        Some(self.resolve(id, element, Some(pseudo), &[], style, boxes))
    }

    fn resolve(
        &mut self,
        id: NodeId,
        element: &Element,
        pseudo: Option<Pseudo>,
        own: &[Declaration],
        parent: &Style,
        boxes: &[Container],
    ) -> Style {
        let mut style = parent.child();
        let mut plain = None;
        if pseudo.is_none() {
            let mut rules = Vec::new();
            let mut matcher = Matcher {
                dom: self.dom,
                steps: &self.steps,
                caches: &mut self.caches,
                id,
                element,
                pseudo,
                boxes,
                parent,
            };
            matcher.gather(self.browser, 1, None, &mut rules);
            rules.sort_by_key(|(_, rank, _, _)| *rank);
            for declaration in rules.iter().flat_map(|(.., rule)| &*rule.declarations) {
                // The browser's own sheet reverts nothing, so what it would revert to does not matter.
                style.say_plain(&declaration.said, parent, parent);
            }
            plain = Some(style.clone()).filter(|_| element.attr(&local_name!("hidden")).is_some());
            hints(element, self.dom.quirks, &mut style, parent);
        }
        let mut rules: Vec<Found<'_>> = Vec::new();
        let trees = trees(self.dom, &self.author, &self.shadows, id, element);
        let mut matcher = Matcher {
            dom: self.dom,
            steps: &self.steps,
            caches: &mut self.caches,
            id,
            element,
            pseudo,
            boxes,
            parent,
        };
        if let Some((sheet, host)) = trees.inner {
            matcher.gather(sheet, 0, Some(host), &mut rules);
        }
        matcher.gather(trees.own.0, 1, trees.own.1, &mut rules);
        if let Some(sheet) = trees.outer {
            matcher.gather(sheet, 2, None, &mut rules);
        }
        let registered = &self.author.registered;
        for registered in registered.iter().filter(|registered| !registered.inherits) {
            style.forget(&registered.name);
        }
        if rules.is_empty() && own.is_empty() {
            return style;
        }
        rules.sort_by_key(|(tree, rank, _, _)| (*tree, *rank));
        let vars = Vars { registered, steps: &self.steps, element: Some(element) };
        let mut important = own.iter().any(|declaration| declaration.important);
        for declaration in rules.iter().flat_map(|(.., rule)| &*rule.declarations).chain(own) {
            important |= declaration.important;
            if let Said::Custom(name, value) = &declaration.said {
                // SECURITY: an own set of properties is a copy of the parent's; it is paid for by its size.
                if style.customs.as_ref().is_some_and(|customs| !self.steps.take_many(customs.len())) {
                    break;
                }
                style.define(name, value);
            }
        }
        let bases = Bases::of(plain.as_ref().unwrap_or(&style), &rules, own);
        say_normal(&mut style, &rules, own, bases.as_ref(), parent, &vars);
        if let Some(animations) = style.animations.clone() {
            for animation in animations.iter() {
                let said = settled(animation, &self.author, &self.shadows);
                // What is important in a frame is no declaration (CSS Animations 1, 3).
                for declaration in said.into_iter().filter(|declaration| !declaration.important) {
                    style.say(
                        &declaration.said,
                        parent,
                        back(bases.as_ref(), None, declaration, parent),
                        &vars,
                    );
                }
            }
        }
        if important {
            rules.sort_by_key(|(tree, _, steps, rule)| (2_u8.saturating_sub(*tree), rule.rank(true, *steps)));
            for declaration in rules.iter().flat_map(|(.., rule)| &*rule.declarations).chain(own) {
                if declaration.important {
                    if let Said::Custom(name, value) = &declaration.said {
                        style.define(name, value);
                    }
                    style.say(
                        &declaration.said,
                        parent,
                        back(bases.as_ref(), None, declaration, parent),
                        &vars,
                    );
                }
            }
        }
        style
    }
}

/// What `revert` and `revert-layer` go back to; kept only where somebody may ask.
struct Bases {
    browser: Style,
    /// Somebody asks for the layer below.
    layered: bool,
}

impl Bases {
    fn of(style: &Style, rules: &[Found<'_>], own: &[Declaration]) -> Option<Self> {
        let (mut asked, mut layered) = (style.animations.is_some(), false);
        for declaration in rules.iter().flat_map(|(.., rule)| &*rule.declarations).chain(own) {
            match &declaration.said {
                Said::Wide(_, Wide::RevertLayer) => (asked, layered) = (true, true),
                Said::Wide(_, Wide::Revert)
                | Said::Pending(..)
                | Said::Animations(_)
                | Said::AnimationPart(..) => asked = true,
                _ => {}
            }
        }
        asked.then(|| Self { browser: style.clone(), layered })
    }
}

/// Takes what is said without `!important`: layer by layer, the element's own declarations last.
fn say_normal(
    style: &mut Style,
    rules: &[Found<'_>],
    own: &[Declaration],
    bases: Option<&Bases>,
    parent: &Style,
    vars: &Vars<'_>,
) {
    let layered = bases.filter(|bases| bases.layered);
    let mut base: Option<Style> = None;
    let mut layer = None;
    let own = std::iter::once((None, own));
    let said = rules.iter().map(|(tree, rank, _, rule)| (Some((*tree, rank.0)), &*rule.declarations));
    for (here, declarations) in said.chain(own) {
        if layered.is_some() && (layer != here || here.is_none()) {
            (layer, base) = (here, Some(style.clone()));
        }
        for declaration in declarations.iter().filter(|declaration| !declaration.important) {
            style.say(&declaration.said, parent, back(bases, base.as_ref(), declaration, parent), vars);
        }
    }
}

/// What a declaration would go back to, should it say so.
fn back<'s>(
    bases: Option<&'s Bases>,
    layer: Option<&'s Style>,
    declaration: &Declaration,
    parent: &'s Style,
) -> &'s Style {
    let browser = bases.map_or(parent, |bases| &bases.browser);
    match declaration.said {
        Said::Wide(_, Wide::RevertLayer) => layer.unwrap_or(browser),
        _ => browser,
    }
}

/// The sheets that may mean an element.
fn trees<'s>(dom: &Dom, author: &'s Sheet, shadows: &'s [Sheet], id: NodeId, element: &Element) -> Trees<'s> {
    let mut trees = Trees { own: (author, None), inner: None, outer: None };
    if !dom.has_shadows() {
        return trees;
    }
    let sheet = |root: NodeId| {
        let at = dom.shadows().iter().position(|(have, _)| *have == root)?;
        Some((shadows.get(at)?, dom.shadows().get(at)?.1))
    };
    let root = dom.root(id);
    if let Some((own, host)) = sheet(root) {
        trees.own = (own, Some(host));
        if element.attr(&LocalName::from("part")).is_some() {
            trees.outer = Some(author);
        }
    }
    let inner = dom.shadow(id).or_else(|| dom.shadow(dom.parent(id)?));
    trees.inner = inner.and_then(sheet);
    trees
}

/// What an animation says once the page has settled.
fn settled<'s>(animation: &Animation, author: &'s Sheet, shadows: &'s [Sheet]) -> Vec<&'s Declaration> {
    if animation.name.is_empty() || animation.scrolled {
        return Vec::new();
    }
    let found = shadows.iter().chain([author]).rev().find_map(|sheet| sheet.frames.get(&*animation.name));
    let Some(frames) = found else { return Vec::new() };
    let last = if animation.alternates && animation.rounds % 2.0 < 0.5 {
        animation.reversed
    } else {
        !animation.reversed
    };
    let at = |place: f32| {
        let here = move |frame: &&(f32, std::sync::Arc<[Declaration]>)| (frame.0 - place).abs() < 0.001;
        frames.iter().filter(here).flat_map(|(_, said)| said.iter()).collect()
    };
    let start = if animation.reversed { 1.0 } else { 0.0 };
    if animation.paused || animation.delay > PATIENCE {
        let begun = animation.delay <= 0.0;
        // A pause inside it shows something in between: nearer to its beginning, or to its end.
        let run = if animation.seconds > 0.0 { -animation.delay / animation.seconds } else { 0.0 };
        return match (begun, run >= 0.5) {
            (true, true) => at(1.0 - start),
            (true, false) => at(start),
            (false, _) if animation.backwards => at(start),
            (false, _) => Vec::new(),
        };
    }
    if animation.rounds >= f32::MAX || animation.seconds * animation.rounds > 60.0 {
        // It goes on: only what it says all the time counts.
        let first = frames.first().map(|(_, said)| said);
        let one =
            frames.iter().all(|(_, said)| first.is_some_and(|first| std::sync::Arc::ptr_eq(first, said)));
        let whole = frames.len() > 1 && one && animation.seconds > 0.0;
        return if whole { at(0.0) } else { Vec::new() };
    }
    if animation.rounds < 0.001 {
        // It holds at its beginning.
        return if animation.forwards { at(start) } else { Vec::new() };
    }
    if animation.forwards { at(if last { 1.0 } else { 0.0 }) } else { Vec::new() }
}

/// Looks for the rules that mean one element.
struct Matcher<'m> {
    dom: &'m Dom,
    steps: &'m Steps,
    caches: &'m mut SelectorCaches,
    id: NodeId,
    element: &'m Element,
    pseudo: Option<Pseudo>,
    boxes: &'m [Container],
    parent: &'m Style,
}

impl Matcher<'_> {
    fn gather<'s>(&mut self, sheet: &'s Sheet, tree: u8, host: Option<NodeId>, rules: &mut Vec<Found<'s>>) {
        let Some(subject) = Subject::new(self.dom, self.steps, self.id) else { return };
        let mode = if self.pseudo.is_some() {
            MatchingMode::ForStatelessPseudoElement
        } else {
            MatchingMode::Normal
        };
        let quirks = if self.dom.quirks { QuirksMode::Quirks } else { QuirksMode::NoQuirks };
        let mut context = MatchingContext::new(
            mode,
            None,
            self.caches,
            quirks,
            NeedsSelectorFlags::No,
            MatchingForInvalidation::No,
        );
        let host = host.and_then(|host| Subject::new(self.dom, self.steps, host));
        let element = self.element;
        let (pseudo, boxes, parent, steps) = (self.pseudo, self.boxes, self.parent, self.steps);
        let (name, dom): (&LocalName, _) = (&element.name.local, self.dom);
        let registered = Vars { registered: &[], steps, element: None };
        let custom = |name: &str| registered.custom(parent.customs.as_deref(), name);
        let (id, classes) = (element.attr(&local_name!("id")), element.attr(&local_name!("class")));
        context.with_shadow_host(host, |context| {
            sheet.candidates(name, id, classes, |rule| {
                // `:host` and `::slotted()` speak of what is outside their tree, all others of what is inside.
                if rule.pseudo != pseudo || !steps.take() {
                    return;
                }
                if tree == 2 && !rule.selector.is_part() {
                    return;
                }
                // A question is read anew for each element: it costs as much as many steps.
                if rule.query.is_some() {
                    steps.take_many(STEPS_PER_QUERY);
                }
                if rule.query.as_ref().is_some_and(|query| !holds(query, boxes, &custom)) {
                    return;
                }
                let distance = match &rule.scope {
                    None => matches_selector(&rule.selector, 0, None, subject, context).then_some(u32::MAX),
                    Some(scope) => scoped(scope, rule, subject, dom, context),
                };
                if let Some(distance) = distance {
                    rules.push((tree, rule.rank(false, distance), distance, rule));
                }
            });
        });
    }
}

/// How far the root of a scope is in which a rule means the element.
fn scoped(
    scope: &Scope,
    rule: &Rule,
    subject: Subject<'_>,
    dom: &Dom,
    context: &mut MatchingContext<'_, Css>,
) -> Option<u32> {
    let ancestors = || std::iter::successors(Some(subject), Subject::parent_element);
    for (distance, root) in ancestors().enumerate() {
        let is_root = match (&scope.roots, scope.owner) {
            (Some(roots), _) => any(roots, root, context),
            (None, Some(owner)) => dom.parent(owner) == Some(root.id),
            (None, None) => false,
        };
        if !is_root || scope.outer.as_ref().is_some_and(|outer| !within(outer, root, context)) {
            continue;
        }
        let found = context.nest_for_scope(Some(root.opaque()), |context| {
            let cut = scope.limits.as_ref().is_some_and(|limits| {
                ancestors().take(distance.saturating_add(1)).any(|at| any(limits, at, context))
            });
            !cut && matches_selector(&rule.selector, 0, None, subject, context)
        });
        if found {
            return u32::try_from(distance).ok();
        }
    }
    None
}

/// Whether an element stands in a scope.
fn within(scope: &Scope, subject: Subject<'_>, context: &mut MatchingContext<'_, Css>) -> bool {
    let Some(roots) = &scope.roots else { return true };
    std::iter::successors(Some(subject), Subject::parent_element).any(|at| any(roots, at, context))
}

fn any(list: &SelectorList<Css>, subject: Subject<'_>, context: &mut MatchingContext<'_, Css>) -> bool {
    list.slice().iter().any(|selector| matches_selector(selector, 0, None, subject, context))
}

/// All the sheets of a tree in document order.
fn sheet_of(dom: &Dom, root: NodeId) -> Sheet {
    let mut sheet = Sheet::new(dom.quirks);
    // Of sheets with a title only those of the first one's are on (CSSOM, 6.2).
    let mut title: Option<&str> = None;
    for id in dom.descendants(root) {
        let Some(element) = dom.element(id) else { continue };
        let mut chosen = || {
            let own =
                element.attr(&local_name!("title")).filter(|own| !own.is_empty() && root == Dom::DOCUMENT);
            own.is_none_or(|own| *title.get_or_insert(own) == own)
        };
        let style =
            element.name.local == local_name!("style") && (element.is_html() || element.name.ns == ns!(svg));
        let applies = || element.attr(&local_name!("media")).is_none_or(media_attribute);
        if style {
            let css = element
                .attr(&local_name!("type"))
                .is_none_or(|kind| kind.is_empty() || kind.trim().eq_ignore_ascii_case("text/css"));
            if css && chosen() && applies() {
                read(&mut sheet, &dom.text_of(id), Some(id));
            }
        } else if element.is_html() && element.name.local == local_name!("link") {
            let rel = element.attr(&local_name!("rel")).unwrap_or_default().to_ascii_lowercase();
            let words: Vec<_> = rel.split_ascii_whitespace().collect();
            let off = element.attr(&local_name!("disabled")).is_some();
            if !words.contains(&"stylesheet")
                || words.contains(&"alternate")
                || off
                || !chosen()
                || !applies()
            {
                continue;
            }
            if let Some(css) = element.attr(&local_name!("href")).and_then(data_sheet) {
                read(&mut sheet, &css, Some(id));
            } else {
                sheet.external = true;
                sheet.external_by = sheet.external_by.or(Some(id));
            }
        }
    }
    sheet.finish();
    sheet
}
