//! From the document to text: what is seen goes out as `innerText` lays it out, what is not is kept aside.

use html5ever::{LocalName, local_name, ns};

use super::dom::{Cap, Data, Dom, Element, NodeId};
use super::hide::{ALT, COLOR, COMMENT, DETAILS, FALLBACK, NOSCRIPT, OPTION, SUSPECTED, Scene, TEMPLATE};
use super::property::{Display, Piece, White};
use super::select::Pseudo;
use super::sheet::Sheet;
use super::style::{Cascade, Style};
use crate::base::{Limits, Rule};

/// Deepest nesting of inline frames.
const MAX_FRAMES: u8 = 3;

/// A run of text that nobody sees, and why.
#[derive(Debug)]
pub(super) struct Unseen {
    pub(super) rule: &'static Rule,
    pub(super) text: String,
}

/// What became of a page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) text: String,
    pub(super) unseen: Vec<Unseen>,
    pub(super) cap: Option<Cap>,
    /// Something decides about what is seen that is not here: scripts, remote sheets, fonts of its own.
    pub(super) scripts: bool,
    pub(super) external: bool,
    pub(super) fonts: bool,
}

/// Renders a document and its inline frames; `verbatim` keeps white space as it is written.
pub(super) fn page(html: &str, browser: &Sheet, verbatim: bool, limits: &Limits) -> Page {
    let mut page = Page::default();
    let mut out = Output {
        page: &mut page,
        max: html.len().saturating_mul(2).saturating_add(1 << 16),
        space: false,
        breaks: 0,
        same: false,
    };
    document(html, browser, limits, &Style::page(verbatim), 0, &mut out);
    page
}

fn document(html: &str, browser: &Sheet, limits: &Limits, style: &Style, frames: u8, out: &mut Output<'_>) {
    let dom = Dom::parse(html, frames > 0, limits);
    out.page.cap = out.page.cap.or(dom.cap);
    let cascade = Cascade::new(&dom, browser);
    out.page.external |= cascade.author.external;
    out.page.fonts |= cascade.author.fonts;
    let mut walk = Walk { dom: &dom, cascade, stack: Vec::new(), out, browser, limits, frames };
    walk.run(style.clone());
    if walk.cascade.steps.spent() || walk.cascade.author.overflow {
        out.page.cap = out.page.cap.or(Some(Cap::Styles));
    }
}

/// An element that is being walked through.
struct Frame {
    id: NodeId,
    children: std::vec::IntoIter<NodeId>,
    style: Style,
    scene: Scene,
    /// Line ends after it.
    after: u8,
    /// The number of the next item of a list.
    number: i32,
}

struct Walk<'a, 'o, 'p> {
    dom: &'a Dom,
    cascade: Cascade<'a>,
    stack: Vec<Frame>,
    out: &'o mut Output<'p>,
    browser: &'a Sheet,
    limits: &'a Limits,
    frames: u8,
}

impl Walk<'_, '_, '_> {
    fn run(&mut self, style: Style) {
        self.stack.push(Frame {
            id: Dom::DOCUMENT,
            children: self.dom.children(Dom::DOCUMENT).collect::<Vec<_>>().into_iter(),
            style,
            scene: Scene::page(),
            after: 0,
            number: 0,
        });
        while let Some(frame) = self.stack.last_mut() {
            if self.out.page.cap == Some(Cap::Output) {
                return;
            }
            match frame.children.next() {
                Some(child) => self.node(child),
                None => self.leave(),
            }
        }
    }

    fn leave(&mut self) {
        let Some(frame) = self.stack.pop() else { return };
        self.generated(frame.id, Pseudo::After, &frame.style, &frame.scene);
        self.out.break_line(frame.after);
    }

    fn node(&mut self, id: NodeId) {
        match self.dom.data(id) {
            Data::Text(text) => {
                let Some(frame) = self.stack.last() else { return };
                let folded = self.is_in_closed_details(id, frame.id).then_some(&DETAILS);
                let hiding = frame.scene.hides(&frame.style, text).or(folded);
                self.emit(hiding, text, frame.style.white());
            }
            Data::Comment(text) => self.out.unseen(&COMMENT, text),
            Data::Element(element) => self.element(id, element),
            Data::Root | Data::Other => {}
        }
    }

    /// Shows or hides a run of text.
    fn emit(&mut self, hiding: Option<&'static Rule>, text: &str, white: White) {
        match hiding {
            None => self.out.seen(text, white),
            Some(rule) if *rule == COLOR && self.out.page.external => {
                // A remote sheet may paint what is behind: shown, but the detectors hear of it.
                self.out.seen(text, white);
                self.out.unseen(&SUSPECTED, text);
            }
            Some(rule) => self.out.unseen(rule, text),
        }
    }

    fn element(&mut self, id: NodeId, element: &Element) {
        let Some(parent) = self.stack.last() else { return };
        let style = self.cascade.style(id, element, &parent.style);
        let mut scene = parent.scene.enter(self.dom, id, element, &style);
        if self.is_in_closed_details(id, parent.id) {
            scene.hide(&DETAILS);
        }
        let name = &element.name.local;
        let html = element.is_html();
        if html && *name == local_name!("script") {
            self.out.page.scripts = true;
        }
        // Sheets and scripts hold no words for anybody; when they are shown all the same, they are text.
        if scene.gone().is_some() && [local_name!("script"), local_name!("style")].contains(name) {
            return;
        }
        if html && self.special(id, element, &style, &scene) {
            return;
        }
        if html && *name == local_name!("noscript") && scene.gone().is_some() {
            scene = Scene::page();
            scene.hide(&NOSCRIPT);
        }
        let (before, after) = self.lines(element, &style);
        self.out.break_line(before);
        if html && *name == local_name!("li") {
            self.marker(element, &style, &scene);
        }
        self.generated(id, Pseudo::Before, &style, &scene);
        let children = self.flat_children(id, element);
        let start = element.attr(&local_name!("start")).and_then(|start| start.trim().parse().ok());
        self.stack.push(Frame {
            id,
            children: children.into_iter(),
            style,
            scene,
            after,
            number: start.unwrap_or(1),
        });
    }

    /// The children as they are shown: a shadow tree stands for its host's, and slots hold the host's own.
    fn flat_children(&self, id: NodeId, element: &Element) -> Vec<NodeId> {
        if let Some(shadow) = self.dom.shadow(id) {
            return self.dom.children(shadow).collect();
        }
        if element.is_html() && element.name.local == local_name!("slot") {
            let host = self.stack.iter().rev().find(|frame| self.dom.shadow(frame.id).is_some());
            if let Some(host) = host {
                let slot = element.attr(&local_name!("name")).unwrap_or_default();
                let named = |child: &NodeId| {
                    let own = self.dom.element(*child).and_then(|element| element.attr(&local_name!("slot")));
                    own.unwrap_or_default() == slot && !matches!(self.dom.data(*child), Data::Comment(_))
                };
                let assigned: Vec<_> = self.dom.children(host.id).filter(named).collect();
                let blank =
                    |id: &NodeId| matches!(self.dom.data(*id), Data::Text(text) if text.trim().is_empty());
                if !assigned.iter().all(blank) {
                    return assigned;
                }
            }
        }
        self.dom.children(id).collect()
    }

    fn is_in_closed_details(&self, id: NodeId, parent: NodeId) -> bool {
        let Some(details) = self.dom.element(parent) else { return false };
        if !details.is_html()
            || details.name.local != local_name!("details")
            || details.attr(&local_name!("open")).is_some()
        {
            return false;
        }
        let is_summary = |id: &NodeId| {
            self.dom
                .element(*id)
                .is_some_and(|element| element.is_html() && element.name.local == local_name!("summary"))
        };
        self.dom.children(parent).find(is_summary) != Some(id)
    }

    /// Elements whose text is not in their text nodes. `true` when the element is done.
    fn special(&mut self, id: NodeId, element: &Element, style: &Style, scene: &Scene) -> bool {
        let attr = |name: LocalName| element.attr(&name);
        match &*element.name.local {
            "br" => {
                if scene.gone().is_none() {
                    self.out.newline();
                }
                true
            }
            "wbr" | "hr" => true,
            "img" => {
                self.out.unseen(&ALT, attr(local_name!("alt")).unwrap_or_default());
                true
            }
            "input" => {
                let kind = attr(local_name!("type")).unwrap_or("text").to_ascii_lowercase();
                let value = attr(local_name!("value")).unwrap_or_default();
                let placeholder = attr(local_name!("placeholder")).unwrap_or_default();
                let shown = match &*kind {
                    "hidden" | "password" | "checkbox" | "radio" | "file" | "range" | "color" | "date"
                    | "time" | "datetime-local" | "month" | "week" => "",
                    "image" => attr(local_name!("alt")).unwrap_or_default(),
                    "submit" | "reset" | "button" => value,
                    _ if value.is_empty() => placeholder,
                    _ => value,
                };
                if !shown.is_empty() {
                    self.out.blank();
                    self.emit(scene.hides(style, shown), shown, White::Collapse);
                    self.out.blank();
                }
                true
            }
            "textarea" if self.dom.text_of(id).trim().is_empty() => {
                let placeholder = attr(local_name!("placeholder")).unwrap_or_default();
                self.emit(scene.hides(style, placeholder), placeholder, White::Collapse);
                true
            }
            "select" => {
                self.select(id, element, style, scene);
                true
            }
            "iframe" => {
                self.frame(element, scene);
                true
            }
            "template" => {
                if let Some(contents) = self.dom.contents(id) {
                    self.out.unseen(&TEMPLATE, &self.dom.text_of(contents));
                }
                // In a shadow host, or re-shown by a rule, it still has no children of its own.
                true
            }
            "canvas" | "video" | "audio" | "noembed" | "noframes" => {
                self.out.unseen(&FALLBACK, &self.dom.text_of(id));
                true
            }
            "object"
                if attr(local_name!("data")).is_some_and(|data| data.trim_start().starts_with("data:")) =>
            {
                self.out.unseen(&FALLBACK, &self.dom.text_of(id));
                true
            }
            _ => false,
        }
    }

    fn select(&mut self, id: NodeId, element: &Element, style: &Style, scene: &Scene) {
        let size = element.attr(&local_name!("size")).and_then(|size| size.trim().parse::<u32>().ok());
        let open = element.attr(&local_name!("multiple")).is_some() || size.is_some_and(|size| size > 1);
        let mut options = Vec::new();
        for node in self.dom.descendants(id) {
            if let Some(option) = self.dom.element(node)
                && option.name.local == local_name!("option")
            {
                let label = option.attr(&local_name!("label")).filter(|label| !label.is_empty());
                let text = label.map_or_else(|| self.dom.text_of(node), str::to_owned);
                options.push((option.attr(&local_name!("selected")).is_some(), text));
                if label.is_some() {
                    self.out.unseen(&OPTION, &self.dom.text_of(node));
                }
            }
        }
        let chosen = options.iter().rposition(|(selected, _)| *selected).unwrap_or(0);
        for (at, (_, text)) in options.iter().enumerate() {
            let hiding = if open || at == chosen { scene.hides(style, text) } else { Some(&OPTION) };
            self.out.blank();
            self.emit(hiding, text, White::Collapse);
        }
        self.out.blank();
    }

    fn frame(&mut self, element: &Element, scene: &Scene) {
        let inner = element.attr(&local_name!("srcdoc")).map(str::to_owned).or_else(|| {
            let address = element.attr(&local_name!("src"))?.trim();
            let body = address
                .get(..15)
                .filter(|head| head.eq_ignore_ascii_case("data:text/html,"))
                .and(address.get(15..))?;
            Some(percent_encoding::percent_decode_str(body).decode_utf8_lossy().into_owned())
        });
        let Some(inner) = inner else { return };
        if let Some(rule) = scene.gone() {
            self.out.unseen(rule, &inner);
            return;
        }
        if self.frames >= MAX_FRAMES {
            self.out.page.cap = self.out.page.cap.or(Some(Cap::Frames));
            return;
        }
        self.out.break_line(1);
        let style = Style::page(false);
        document(&inner, self.browser, self.limits, &style, self.frames.saturating_add(1), self.out);
        self.out.break_line(1);
    }

    /// Line ends before and after an element.
    fn lines(&mut self, element: &Element, style: &Style) -> (u8, u8) {
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

    fn marker(&mut self, element: &Element, style: &Style, scene: &Scene) {
        if scene.gone().is_some() {
            return;
        }
        let hiding = |text: &str| scene.hides(style, text);
        if let Some(marker) = style.marker.clone() {
            self.emit(hiding(&marker), &marker, White::Collapse);
            return;
        }
        let ordered = |frame: &&mut Frame| {
            self.dom
                .element(frame.id)
                .is_some_and(|list| list.is_html() && list.name.local == local_name!("ol"))
        };
        let value = element.attr(&local_name!("value")).and_then(|value| value.trim().parse().ok());
        if let Some(list) = self.stack.last_mut().filter(ordered) {
            let number: i32 = value.unwrap_or(list.number);
            list.number = number.saturating_add(1);
            let marker = format!("{number}. ");
            if hiding(&marker).is_none() {
                self.out.seen(&marker, White::Collapse);
            }
        }
    }

    fn generated(&mut self, id: NodeId, pseudo: Pseudo, style: &Style, scene: &Scene) {
        if scene.gone().is_some() && pseudo == Pseudo::After {
            return;
        }
        let Some(own) = self.cascade.pseudo(id, pseudo, style) else { return };
        let Some(element) = self.dom.element(id) else { return };
        let scene = scene.enter(self.dom, id, element, &own);
        let mut text = String::new();
        for piece in own.content.iter().flat_map(|pieces| pieces.iter()) {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Attr(name) => {
                    let attr = element.attrs.iter().find(|attr| *attr.name.local == **name);
                    text.push_str(attr.map_or("", |attr| &attr.value));
                }
                Piece::Other => {}
            }
        }
        let lines = u8::from(own.display() == Display::Block);
        self.out.break_line(lines);
        self.emit(scene.hides(&own, &text), &text, White::Collapse);
        self.out.break_line(lines);
    }
}

/// The text that grows, with the white space that is due before the next word.
struct Output<'p> {
    page: &'p mut Page,
    max: usize,
    space: bool,
    breaks: u8,
    /// Whether nothing was shown since the last unseen run, so that the next one continues it.
    same: bool,
}

impl Output<'_> {
    fn seen(&mut self, text: &str, white: White) {
        if self.page.text.len().saturating_add(text.len()) > self.max {
            self.page.cap = Some(Cap::Output);
            return;
        }
        match white {
            White::Keep => {
                if text.is_empty() {
                    return;
                }
                self.due();
                self.page.text.push_str(text);
                self.same = false;
            }
            White::Collapse => self.collapse(text),
            White::Lines => {
                let mut lines = text.split('\n');
                self.collapse(lines.next().unwrap_or_default());
                for line in lines {
                    self.newline();
                    self.collapse(line);
                }
            }
        }
    }

    fn collapse(&mut self, text: &str) {
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c');
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.trim_start_matches(is_space);
            if word.len() < rest.len() {
                self.space = true;
            }
            let end = word.find(is_space).unwrap_or(word.len());
            let (word, tail) = word.split_at(end);
            if !word.is_empty() {
                self.due();
                self.page.text.push_str(word);
                self.same = false;
            }
            rest = tail;
        }
    }

    /// Writes the white space that is due.
    fn due(&mut self) {
        let text = &mut self.page.text;
        if !text.is_empty() {
            if self.breaks > 0 {
                let have = text.bytes().rev().take_while(|byte| *byte == b'\n').count();
                for _ in have..usize::from(self.breaks) {
                    text.push('\n');
                }
            } else if self.space && !text.ends_with(['\n', '\t', ' ']) {
                text.push(' ');
            }
        }
        (self.space, self.breaks) = (false, 0);
    }

    fn break_line(&mut self, lines: u8) {
        self.breaks = self.breaks.max(lines);
        if lines > 0 {
            self.space = false;
        }
    }

    fn newline(&mut self) {
        self.due();
        self.page.text.push('\n');
    }

    fn blank(&mut self) {
        self.space = true;
    }

    /// The beginning of a table's cell: a tab, unless it is the first of its row.
    fn cell(&mut self) {
        if self.breaks == 0 && !self.page.text.is_empty() && !self.page.text.ends_with('\n') {
            self.space = false;
            self.page.text.push('\t');
        }
    }

    fn unseen(&mut self, rule: &'static Rule, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        match self.page.unseen.last_mut() {
            Some(last) if self.same && last.rule == rule => {
                last.text.push('\n');
                last.text.push_str(text.trim());
            }
            _ => self.page.unseen.push(Unseen { rule, text: text.trim().to_owned() }),
        }
        self.same = true;
    }
}
