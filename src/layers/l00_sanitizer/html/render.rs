//! From the document to text: what is seen goes out as `innerText` lays it out, what is not is kept aside.

mod boxes;

use std::collections::HashSet;
use std::rc::Rc;

use html5ever::{LocalName, local_name, ns};

use super::cascade::Cascade;
use super::counter::Counters;
use super::cover::Covers;
use super::dom::{Cap, Data, Dom, Element, NodeId};
use super::flow::{Flow, Pen, run_of, split_letters};
use super::font::{Faces, Fonts, Shown};
use super::hide::{COMMENT, DETAILS, DISPLAY, FALLBACK, FONT, NOSCRIPT, SUSPECTED, SVG};
use super::output::{Anchor, Output, Page, Place, Spot};
use super::paint::{GridCell, Painting};
use super::picture::is_opaque_picture;
use super::property::{Display, Inside, Piece, Property, Value, White};
use super::query::{Container, Screen};
use super::scene::{Scene, Stage};
use super::select::Pseudo;
use super::shape::Outline;
use super::sheet::Sheet;
use super::style::Style;
use crate::base::{Limits, Rule};

/// Most links that are listed, and the longest target of one.
pub(super) const MAX_LINKS: usize = 4096;
pub(super) const MAX_TARGET: usize = 4096;

/// Renders a document and its inline frames; `verbatim` keeps white space as it is written.
pub(super) fn page(html: &str, browser: &Sheet, verbatim: bool, limits: &Limits) -> Page {
    let mut page = Page::default();
    let max = html.len().saturating_mul(2).saturating_add(1 << 16);
    let mut out = Output::new(&mut page, max);
    let frame = Inner { depth: 0, place: None, budget: html.len().saturating_mul(2) };
    document(html, browser, limits, &Style::page(verbatim), &frame, verbatim, &mut out);
    page
}

/// Where a document stands in another.
pub(super) struct Inner {
    pub(super) depth: u8,
    /// The place of the element that holds it; none for the page itself.
    pub(super) place: Place,
    pub(super) budget: usize,
}

pub(super) fn document(
    html: &str,
    browser: &Sheet,
    limits: &Limits,
    style: &Style,
    inner: &Inner,
    verbatim: bool,
    out: &mut Output<'_>,
) {
    let dom = Dom::parse(html, inner.depth > 0, limits);
    out.page.cap = out.page.cap.or(dom.cap);
    let cascade = Cascade::new(&dom, browser);
    let external = cascade.sheets().any(|sheet| sheet.external);
    out.page.external |= external;
    let by = cascade.sheets().find_map(|sheet| sheet.external_by);
    let by = by.and_then(|by| if inner.depth > 0 { inner.place } else { dom.place(by) });
    out.page.external_at = out.page.external_at.or(by);
    out.page.responsive |= cascade.sheets().any(|sheet| sheet.responsive);
    let fonts = Fonts::of(cascade.sheets());
    let runs = out.runs.len();
    let mut walk = Walk {
        dom: &dom,
        cascade,
        stack: Vec::new(),
        out,
        browser,
        limits,
        inner,
        verbatim,
        stage: Stage::new(external),
        covers: Covers::default(),
        boxes: Vec::new(),
        counters: Counters::default(),
        counts: false,
        fonts: fonts.faces(),
        opened: HashSet::new(),
        shut: HashSet::new(),
        filled: HashSet::new(),
        order: 0,
        shapes: Vec::new(),
        drawn: 0,
        drawn_from: 0,
        used: 0,
        budget: inner.budget,
    };
    walk.run(style.clone());
    let spent = walk.cascade.steps.spent() || walk.cascade.overflow;
    let Walk { covers, stage, out, .. } = walk;
    // A page that runs scripts may take its curtain away.
    let keep = out.page.scripts || external;
    out.uncover(runs, &covers, &stage.layers, keep);
    if spent {
        out.page.cap = out.page.cap.or(Some(Cap::Styles));
    }
}

/// An element that is being walked through.
pub(super) struct Frame {
    pub(super) id: NodeId,
    children: std::vec::IntoIter<NodeId>,
    /// Shared: each of its texts needs them while the walk goes on.
    pub(super) style: Rc<Style>,
    pub(super) scene: Rc<Scene>,
    /// Line ends after it.
    after: u8,
    /// The number of the next item of a list.
    pub(super) number: i32,
    /// The box in which its text is set: its own one, or that of a frame around it.
    pub(super) flow: usize,
    pub(super) own: Option<Flow>,
    /// How many boxes that queries may ask about are around its children.
    boxes: usize,
    /// The order of its first text.
    first: u32,
    opaque: bool,
    /// It is the root, and what it is painted with is the page's.
    opaque_page: bool,
    link: Option<usize>,
    /// A closed `details` element folds its children away, but for this one.
    fold: Option<Fold>,
    /// What a `use` element shows once more.
    brings: Option<NodeId>,
    /// The style of the box whose first line this may begin, and that of its first line.
    pub(super) first_line: Option<Rc<(Style, Style)>>,
    /// The cells of a grid that were filled so far.
    pub(super) cells: Vec<GridCell>,
    /// The number of boxes that a grid of declared columns was filled with.
    filled: usize,
}

/// What a closed `details` element folds away: all its children but one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fold {
    pub(super) but: Option<NodeId>,
}

impl Frame {
    /// Whether it keeps this child folded away.
    fn folds(&self, child: NodeId) -> bool {
        self.fold.is_some_and(|fold| fold.but != Some(child))
    }

    /// Its own box, where it makes one.
    pub(super) const fn flow_mut(&mut self) -> Option<&mut Flow> {
        self.own.as_mut()
    }
}

pub(super) struct Walk<'a, 'o, 'p> {
    pub(super) dom: &'a Dom,
    pub(super) cascade: Cascade<'a>,
    pub(super) stack: Vec<Frame>,
    pub(super) out: &'o mut Output<'p>,
    pub(super) browser: &'a Sheet,
    pub(super) limits: &'a Limits,
    pub(super) inner: &'a Inner,
    pub(super) verbatim: bool,
    pub(super) stage: Stage,
    pub(super) covers: Covers,
    pub(super) boxes: Vec<Container>,
    pub(super) counters: Counters,
    /// Some sheet counts something.
    pub(super) counts: bool,
    fonts: Faces<'a>,
    /// Names of groups of `details` of which one is open.
    pub(super) opened: HashSet<Box<str>>,
    /// The slots of shadow trees that were filled: the first one of a name takes all, the others none.
    pub(super) filled: HashSet<(usize, Box<str>)>,
    /// `details` elements that another of their group keeps shut.
    pub(super) shut: HashSet<usize>,
    pub(super) order: u32,
    /// What was painted so far in the drawing that we are in.
    pub(super) shapes: Vec<Painting>,
    /// Texts in it, and elements that `use` brought in once more.
    pub(super) drawn: usize,
    pub(super) drawn_from: u32,
    pub(super) used: usize,
    /// Bytes that frames inside may still have.
    pub(super) budget: usize,
}

impl Walk<'_, '_, '_> {
    fn run(&mut self, style: Style) {
        let scene = Rc::new(Scene::page());
        self.stack.push(Frame {
            id: Dom::DOCUMENT,
            children: self.dom.children(Dom::DOCUMENT).collect::<Vec<_>>().into_iter(),
            style: Rc::new(style),
            own: Some(Flow::new(0.0, scene.width, scene.top, false)),
            scene,
            after: 0,
            number: 0,
            flow: 0,
            boxes: 0,
            first: 0,
            opaque: false,
            opaque_page: false,
            link: None,
            fold: None,
            brings: None,
            first_line: None,
            cells: Vec::new(),
            filled: 0,
        });
        while let Some(frame) = self.stack.last_mut() {
            // SECURITY: what is over its budget is refused, so that the rest need not be looked at.
            if self.out.page.cap == Some(Cap::Output) || self.cascade.steps.spent() {
                return;
            }
            match frame.children.next() {
                Some(child) => self.node(child),
                None => self.leave(),
            }
        }
    }

    fn leave(&mut self) {
        let Some(frame) = self.stack.last() else { return };
        let (id, style, scene) = (frame.id, Rc::clone(&frame.style), Rc::clone(&frame.scene));
        if self.cascade.sheets().any(|sheet| sheet.speaks_of(Pseudo::After)) {
            self.generated(id, Pseudo::After, &style, &scene);
        }
        if style.quotes.is_some()
            && self.dom.element(id).is_some_and(|element| element.name.local == local_name!("q"))
        {
            self.quote(id, &style, &scene, false);
        }
        let Some(mut frame) = self.stack.pop() else { return };
        self.boxes.truncate(frame.boxes);
        if self.counts {
            self.counters.leave(self.stack.len().saturating_add(1));
        }
        if let Some(flow) = &mut frame.own {
            self.close(&frame.style, &frame.scene, flow, frame.first, frame.opaque);
        }
        if let Some(link) = frame.link {
            let end = self.out.page.text.len();
            if let Some(link) = self.out.page.links.get_mut(link) {
                link.to = end;
            }
        }
        self.out.break_line(frame.after);
    }

    /// A box ends: what comes after it stands under it or beside it.
    fn close(&mut self, style: &Style, scene: &Scene, flow: &mut Flow, first: u32, opaque: bool) {
        let wide = flow.along;
        let mut bottom = flow.bottom().plus(scene.foot);
        if let Some(painted) = &scene.painted {
            let declared = painted.bottom;
            if let Some(edge) = declared {
                let lift = edge - painted.top;
                bottom = Pen { low: scene.box_top(painted).low + lift, best: edge };
            }
            // Of tables and their parts a height is the least that they have.
            let least = |property| style.px(property, 0.0).unwrap_or(0.0);
            let grows = style.inside() == Inside::Table;
            let least = least(Property::MinHeight).max(if grows { least(Property::Height) } else { 0.0 });
            let top = scene.box_top(painted);
            bottom = Pen { low: bottom.low.max(top.low + least), best: bottom.best.max(top.best + least) };
            if opaque {
                self.cover(scene, painted, bottom.best, declared.is_some(), first);
            }
        }
        self.outline(style, scene, bottom.best);
        self.edges(style, scene, bottom.best);
        self.grid_cell(style, scene, first, opaque);
        self.covers.close(scene.containing_id(), bottom.best);
        if Scene::is_out_of_flow(style) {
            return;
        }
        let wide = scene.outer_width.map_or(wide, Pen::at).plus(scene.margin.1);
        let Some(parent) = self.stack.last().map(|frame| frame.flow) else { return };
        if let Some(Frame { own: Some(outer), style: around, .. }) = self.stack.get_mut(parent) {
            let inline = style.display() == Display::InlineBlock;
            if inline || style.floats() {
                outer.begun |= inline;
                // Where lines must not break, what comes next stands beside it at least.
                let straight = inline && scene.outer_width.is_some() && around.flag(Property::NoWrap);
                let low = if straight { wide.best } else { 0.0 };
                outer.along = Pen { low: outer.along.low + low, best: outer.along.best + wide.best };
                // A tall one moves down what comes after its line.
                if inline && bottom.best > outer.pen.best + style.line() * 1.5 {
                    outer.pen = Pen { low: bottom.low.max(outer.pen.low), best: bottom.best };
                    (outer.along, outer.begun) = (Pen::default(), false);
                }
            } else {
                outer.end(bottom.plus(-scene.shifted), scene.margin.0, wide);
            }
        }
    }

    fn node(&mut self, id: NodeId) {
        match self.dom.data(id) {
            Data::Text(text) => {
                let Some(frame) = self.stack.last() else { return };
                let folded = frame.folds(id).then_some(&DETAILS);
                // In formulas only the innermost elements hold text.
                let folded =
                    folded.or_else(|| self.dom.element(frame.id).is_some_and(is_formula).then_some(&DISPLAY));
                // White space between boxes needs no look.
                if text.trim().is_empty() && frame.style.white() == White::Collapse {
                    if frame.scene.gone().is_none() && folded.is_none() {
                        self.out.seen(text, White::Collapse);
                    }
                    return;
                }
                let (style, scene) = (Rc::clone(&frame.style), Rc::clone(&frame.scene));
                self.words(&style, &scene, text, style.white(), self.place(id), folded);
            }
            Data::Comment(text) => {
                let place = self.place(id);
                self.out.unseen(&COMMENT, text, place);
            }
            Data::Element(element) => self.element(id, element),
            Data::Root | Data::Other => {}
        }
    }

    /// A node's place in the source.
    pub(super) fn place(&self, id: NodeId) -> Place {
        if self.inner.depth > 0 { self.inner.place } else { self.dom.place(id) }
    }

    /// The place of an element and of all text below `root`, which may be its own or that of a tree beside it.
    pub(super) fn place_of(&self, id: NodeId, root: NodeId) -> Place {
        let own = self.place(id)?;
        if self.inner.depth > 0 {
            return Some(own);
        }
        let below = self.dom.descendants(root).filter_map(|node| self.dom.place(node));
        Some(below.fold(own, |(from, to), (start, end)| (from.min(start), to.max(end))))
    }

    /// Sets text of this style, and shows what of it can be seen.
    pub(super) fn words(
        &mut self,
        style: &Style,
        scene: &Scene,
        text: &str,
        white: White,
        place: Place,
        folded: Option<&'static Rule>,
    ) {
        let drawn = scene
            .drawing
            .as_ref()
            .filter(|_| scene.gone().is_none())
            .and_then(|drawing| drawing.text(style.font, text));
        let on_shape = drawn.and_then(|rect| self.on_shapes(scene, &rect));
        let scene = on_shape.as_ref().unwrap_or(scene);
        let hiding = scene.hides(style, text).or(folded);
        if scene.gone().is_some() || folded.is_some() {
            self.out.emit(hiding, text, white, place);
            return;
        }
        let run = run_of(style, text);
        let Some(at) = self.stack.last().map(|frame| frame.flow) else { return };
        let in_first = self.hidden_in_first_line(at, style, scene, text);
        let Some(Frame { own: Some(flow), .. }) = self.stack.get_mut(at) else { return };
        let first = !flow.begun;
        let set = flow.text(&run);
        self.order = self.order.saturating_add(1);
        let hiding = hiding.or_else(|| scene.misplaced(&self.stage, style, &run, &set, first));
        if hiding.is_some() {
            self.out.emit(hiding, text, white, place);
            return;
        }
        let text = match in_first {
            Some((rule, letters)) => {
                let (head, tail) = split_letters(text, letters);
                self.out.unseen(rule, head, place);
                if tail.is_empty() {
                    return;
                }
                tail
            }
            None => text,
        };
        if self.fonts.any() {
            match self.fonts.shows(style, text) {
                Shown::Yes => {}
                Shown::Likely => {
                    self.out.page.fonts = true;
                    self.out.page.font_at = self.out.page.font_at.or(place);
                }
                Shown::No => {
                    self.out.unseen(&FONT, text, place);
                    return;
                }
                Shown::As(shown) => {
                    self.out.unseen(&FONT, text, place);
                    self.out.seen(&shown, white);
                    return;
                }
            }
        }
        if Scene::is_scattered(style) {
            self.out.unseen(&SUSPECTED, text, place);
        }
        let from = self.out.page.text.len();
        match scene.fits(&run, &set) {
            None => self.out.seen(text, white),
            Some((letters, rule)) => {
                let (head, tail) = split_letters(text, letters);
                self.out.seen(head, white);
                self.out.unseen(rule, tail, place);
            }
        }
        let spot = match drawn {
            Some(rect) => {
                let layer = scene.next_layer(&mut self.stage);
                self.drawn = self.drawn.saturating_add(1);
                Spot { rect, layer, order: self.order, moved: true }
            }
            None => Spot { rect: set.best, layer: scene.layer, order: self.order, moved: scene.is_moved() },
        };
        self.out.painted(from, spot, place);
    }

    fn element(&mut self, id: NodeId, element: &Element) {
        let Some(parent) = self.stack.last() else { return };
        let name = &element.name.local;
        let html = element.is_html();
        let around_is_drawing = parent.scene.drawing.is_some();
        let brought = parent.brings == Some(id);
        let mut style = self.cascade.style(id, element, &parent.style, &self.boxes);
        if self.stack.len() == 1 {
            style.root = style.font;
        }
        if brought && *element.name.local == *"symbol" {
            style.set(Property::Display, Value::Display(Display::Inline));
        }
        let boxed = Scene::is_boxed(&style) && !matches!(style.display(), Display::None | Display::Contents);
        let track = if boxed { self.track(&style) } else { None };
        let at = self.corner(&style, boxed);
        self.count(&style);
        let Some(parent) = self.stack.last() else { return };
        let outline = Outline { dom: self.dom };
        let (around, at) = match track {
            Some((x, width)) => (Rc::new(parent.scene.narrowed(x, width)), (x, at.1)),
            None => (Rc::clone(&parent.scene), at),
        };
        let mut scene = around.enter(&mut self.stage, &outline, self.dom, id, element, &style, at);
        if parent.folds(id) {
            scene.hide(&DETAILS);
        }
        if html && *name == local_name!("details") {
            self.open_details(id, element);
        }
        if html && *name == local_name!("script") && is_program(element) {
            self.out.page.scripts = true;
            self.out.page.script_at = self.out.page.script_at.or_else(|| self.place(id));
        }
        // Sheets and scripts hold no words for anybody; when they are shown all the same, they are text.
        if scene.gone().is_some() && [local_name!("script"), local_name!("style")].contains(name) {
            return;
        }
        // The page's name stands in the window's bar. It is no text of the page, and it is not hidden either.
        let in_head = || {
            self.stack.last().is_some_and(|frame| {
                self.dom.element(frame.id).is_some_and(|head| head.name.local == local_name!("head"))
            })
        };
        if html && *name == local_name!("title") && scene.gone().is_some() && in_head() {
            return;
        }
        if html && self.special(id, element, &style, &scene) {
            // A field or a frame has a ground of its own, and a picture is one.
            let pictured = *name == local_name!("img")
                && element.attr(&local_name!("src")).is_some_and(is_opaque_picture);
            if (scene.is_opaque(&style) || pictured && scene.is_plain(&style))
                && let Some(painted) = scene.painted
                && (painted.bottom.is_some() || painted.container.is_some())
            {
                let first = self.order.saturating_add(1);
                self.cover(&scene, &painted, painted.bottom.unwrap_or(painted.top), true, first);
            }
            return;
        }
        // A picture that stands for the element stands for what is in it.
        if style.content.as_deref().is_some_and(|pieces| matches!(pieces, [Piece::Other])) {
            scene.hide(&FALLBACK);
        }
        if element.is_svg() {
            if scene.drawing.is_some() && !around_is_drawing {
                self.shapes.clear();
                (self.drawn, self.drawn_from) = (0, self.order.saturating_add(1));
            }
            self.paint(element, &style, &scene);
        }
        if element.is_svg() && self.is_taken_away(id, element) {
            scene.hide(&SVG);
        }
        if html && *name == local_name!("noscript") {
            scene = Scene::page();
            scene.hide(&NOSCRIPT);
        }
        let (before, after) = self.lines(element, &style, &scene);
        self.out.break_line(before);
        self.push(id, element, style, scene, after, boxed);
        let Some(frame) = self.stack.last() else { return };
        let (style, scene) = (Rc::clone(&frame.style), Rc::clone(&frame.scene));
        if html && scene.gone().is_none() && !self.verbatim {
            self.opening(element, &style, &scene);
        }
        if html && style.is_item() {
            self.marker(id, element, &style, &scene);
        }
        if html && *name == local_name!("q") {
            self.quote(id, &style, &scene, true);
        }
        if self.cascade.sheets().any(|sheet| sheet.speaks_of(Pseudo::Before)) {
            self.generated(id, Pseudo::Before, &style, &scene);
        }
    }

    fn push(&mut self, id: NodeId, element: &Element, style: Style, scene: Scene, after: u8, boxed: bool) {
        let brings = self.brought(id, element, &scene);
        let children = match brings {
            Some(brought) => vec![brought],
            None => self.flat_children(id, element),
        };
        let around = self.boxes.len();
        let sized = style.flag(Property::Container);
        if sized || style.container.is_some() {
            let size = Screen { width: scene.width, height: 0.0 };
            self.boxes.push(Container { name: style.container.clone(), size: sized.then_some(size) });
        }
        let flow = self.stack.last().map_or(0, |frame| frame.flow);
        let row = style.display() == Display::Row
            || style.inside() == Inside::Flex && !style.flag(Property::FlexColumn)
            || style.inside() == Inside::Grid && style.columns.is_some();
        let own = boxed.then(|| Flow::new(scene.x, scene.width, scene.top, row));
        let first_line = boxed.then(|| self.first_line(id, &style)).flatten();
        let start = element.attr(&local_name!("start")).and_then(|start| start.trim().parse().ok());
        let link = self.link(id, element, &scene);
        let fold = self.fold(id, element, &style);
        // The first of the two that has a background paints the page with it.
        let page = element.is_html()
            && (*element.name.local == *"html"
                || *element.name.local == *"body" && !self.stack.last().is_some_and(|html| html.opaque_page));
        let paints = scene.is_opaque(&style);
        let opaque = boxed && !page && scene.painted.is_some() && paints;
        self.stack.push(Frame {
            opaque_page: page && paints,
            id,
            children: children.into_iter(),
            flow: if own.is_some() { self.stack.len() } else { flow },
            own,
            opaque,
            style: Rc::new(style),
            scene: Rc::new(scene),
            after,
            number: start.unwrap_or(1),
            boxes: around,
            first: self.order.saturating_add(1),
            link,
            fold,
            brings,
            first_line,
            cells: Vec::new(),
            filled: 0,
        });
    }

    /// Lists the link that an element is.
    fn link(&mut self, id: NodeId, element: &Element, scene: &Scene) -> Option<usize> {
        let named = [local_name!("a"), local_name!("area")].contains(&element.name.local);
        if !named || scene.gone().is_some() || self.out.page.links.len() >= MAX_LINKS {
            return None;
        }
        let href = element.attrs.iter().find(|attr| attr.name.local == local_name!("href"))?;
        let target = href.value.trim();
        let target = target.get(..target.floor_char_boundary(MAX_TARGET)).unwrap_or_default();
        let from = self.out.page.text.len();
        let place = self.place(id);
        self.out.page.links.push(Anchor { target: target.to_owned(), place, from, to: from });
        Some(self.out.page.links.len().saturating_sub(1))
    }

    /// Line ends before and after an element.
    fn lines(&mut self, element: &Element, style: &Style, scene: &Scene) -> (u8, u8) {
        if scene.gone().is_some() {
            return (0, 0);
        }
        match style.display() {
            Display::Block => {
                let paragraph = element.is_html() && element.name.local == local_name!("p");
                if paragraph { (2, 2) } else { (1, 1) }
            }
            Display::Row => (1, 1),
            Display::Cell => {
                self.out.cell();
                (0, 0)
            }
            _ if element.name.ns == ns!(svg) && element.name.local == local_name!("text") => (1, 1),
            Display::InlineBlock => {
                self.out.blank();
                (0, 0)
            }
            _ => (0, 0),
        }
    }

    /// What a heading begins with.
    fn opening(&mut self, element: &Element, style: &Style, scene: &Scene) {
        let level = match &*element.name.local {
            "h1" => 1,
            "h2" => 2,
            "h3" => 3,
            "h4" => 4,
            "h5" => 5,
            "h6" => 6,
            _ => return,
        };
        if style.display() == Display::Block && scene.hides(style, "heading").is_none() {
            self.out.head(level);
        }
    }
}

/// Whether an element of a formula holds other elements only.
fn is_formula(element: &Element) -> bool {
    element.name.ns == ns!(mathml)
        && !matches!(
            &*element.name.local,
            "mi" | "mn" | "mo" | "ms" | "mtext" | "annotation" | "annotation-xml"
        )
}

/// Whether a `script` element is a program, and not data.
fn is_program(element: &Element) -> bool {
    let kind = element.attr(&LocalName::from("type")).unwrap_or_default().trim().to_ascii_lowercase();
    kind.is_empty() || kind == "module" || kind.contains("javascript") || kind.contains("ecmascript")
}
