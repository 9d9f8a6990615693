//! Text that is not in text nodes: fields, lists to choose from, frames, markers, generated content.

use html5ever::{LocalName, local_name};

use super::counter::written;
use super::cover::Rect;
use super::dom::{Cap, Element, NodeId};
use super::hide::{ALT, FAINT, FALLBACK, OPACITY, OPTION, OVERFLOW, TEMPLATE};
use super::output::{Place, Spot};
use super::picture::is_picture;
use super::property::{Display, Marker, Piece, Property, Value, White};
use super::reader::data_address;
use super::render::{Fold, Frame, Inner, MAX_LINKS, MAX_TARGET, Walk, document};
use super::scene::Scene;
use super::select::Pseudo;
use super::shape::Outline;
use super::style::Style;

/// Deepest nesting of inline frames.
const MAX_FRAMES: u8 = 3;
/// How high a frame is that does not say it.
const FRAME_HEIGHT: f32 = 150.0;

impl Walk<'_, '_, '_> {
    /// Elements whose text is not in their text nodes. `true` when the element is done.
    pub(super) fn special(&mut self, id: NodeId, element: &Element, style: &Style, scene: &Scene) -> bool {
        let attr = |name: LocalName| element.attr(&name);
        match &*element.name.local {
            "br" => {
                if scene.gone().is_none() {
                    self.out.newline();
                    self.end_line(style);
                }
                true
            }
            "wbr" | "hr" => true,
            "img" => {
                self.picture(id, element, style, scene);
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
                    "number" if value.trim().parse::<f64>().is_err() => placeholder,
                    _ if value.is_empty() => placeholder,
                    _ => value,
                };
                if !shown.is_empty() {
                    let empty = value.is_empty() && shown == placeholder;
                    self.field(id, element, style, scene, shown, empty);
                }
                true
            }
            "textarea" if self.dom.text_of(id).trim().is_empty() => {
                let placeholder = attr(local_name!("placeholder")).unwrap_or_default();
                if !placeholder.is_empty() {
                    self.field(id, element, style, scene, placeholder, true);
                }
                true
            }
            "select" => {
                self.select(id, element, style, scene);
                true
            }
            "iframe" => {
                self.frame(id, element, style, scene);
                true
            }
            "object" | "embed" if Self::inline_document(element).is_some() => {
                self.frame(id, element, style, scene);
                true
            }
            "template" => {
                if let Some(contents) = self.dom.contents(id) {
                    self.out.unseen(&TEMPLATE, &self.dom.text_of(contents), self.place_of(id, contents));
                }
                // In a shadow host, or re-shown by a rule, it still has no children of its own.
                true
            }
            "canvas" | "video" | "audio" | "noembed" | "noframes" | "meter" | "progress" => {
                self.unknown_height(element, style);
                let place = self.place_of(id, id);
                self.out.unseen(&FALLBACK, &self.dom.text_of(id), place);
                true
            }
            "object"
                if attr(local_name!("data")).is_some_and(|data| data.trim_start().starts_with("data:")) =>
            {
                let place = self.place_of(id, id);
                self.out.unseen(&FALLBACK, &self.dom.text_of(id), place);
                true
            }
            _ => false,
        }
    }

    fn select(&mut self, id: NodeId, element: &Element, style: &Style, scene: &Scene) {
        let size = element.attr(&local_name!("size")).and_then(|size| size.trim().parse::<u32>().ok());
        let multiple = element.attr(&local_name!("multiple")).is_some();
        let open = multiple || size.is_some_and(|size| size > 1);
        // An open list without a size shows four rows, and more when it is scrolled.
        let mut options = Vec::new();
        let place = self.place(id);
        let mut frames = vec![(id, style.clone(), scene.clone())];
        for node in self.dom.descendants(id) {
            let Some(option) = self.dom.element(node) else { continue };
            if !matches!(&*option.name.local, "option" | "optgroup") {
                continue;
            }
            while frames.len() > 1 && self.dom.parent(node) != frames.last().map(|(id, ..)| *id) {
                frames.pop();
            }
            let Some((_, outer, around)) = frames.last() else { break };
            let own = self.cascade.style(node, option, outer, &self.boxes);
            let at = (around.x, around.top);
            let outline = Outline { dom: self.dom };
            let inner = around.enter(&mut self.stage, &outline, self.dom, node, option, &own, at);
            let label = option.attr(&local_name!("label")).filter(|label| !label.is_empty());
            if &*option.name.local == "optgroup" {
                if let (Some(label), true) = (label, open) {
                    self.listed(&own, &inner, label, place);
                }
                frames.push((node, own, inner));
                continue;
            }
            let text = label.map_or_else(|| self.dom.text_of(node), str::to_owned);
            let place = self.place_of(node, node);
            if open {
                self.listed(&own, &inner, &text, place);
            } else {
                let off = option.attr(&local_name!("disabled")).is_some();
                options.push((option.attr(&local_name!("selected")).is_some(), off, place, text));
            }
            if label.is_some() {
                self.out.unseen(&OPTION, &self.dom.text_of(node), place);
            }
        }
        let chosen = options.iter().rposition(|(selected, ..)| *selected);
        let chosen = chosen.or_else(|| options.iter().position(|(_, off, ..)| !off)).unwrap_or(0);
        for (at, (_, _, place, text)) in options.iter().enumerate() {
            let hiding = if at == chosen { scene.hides(style, text) } else { Some(&OPTION) };
            self.out.blank();
            self.out.emit(hiding, text, White::Collapse, *place);
        }
        self.out.blank();
    }

    /// A line of an open list.
    fn listed(&mut self, style: &Style, scene: &Scene, text: &str, place: Place) {
        self.out.blank();
        self.out.emit(scene.hides(style, text), text, White::Collapse, place);
    }

    /// The document that an element brings in an attribute.
    fn inline_document(element: &Element) -> Option<String> {
        if element.name.local == local_name!("iframe")
            && let Some(inner) = element.attr(&local_name!("srcdoc"))
        {
            return Some(inner.to_owned());
        }
        let address = element.attr(&local_name!("src")).or_else(|| element.attr(&local_name!("data")))?;
        let (kind, bytes) = data_address(address)?;
        let text = kind.split(';').next().unwrap_or_default().trim().to_owned();
        match &*text {
            "text/html" | "application/xhtml+xml" | "image/svg+xml" => {}
            "text/plain" | "" => {
                let plain = String::from_utf8_lossy(&bytes).replace('&', "&amp;").replace('<', "&lt;");
                return Some(format!("<pre>{plain}"));
            }
            _ => return None,
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn frame(&mut self, id: NodeId, element: &Element, style: &Style, scene: &Scene) {
        self.unknown_height(element, style);
        let Some(inner) = Self::inline_document(element) else { return };
        let place = self.place(id);
        let small = |property| style.px(property, scene.width).is_some_and(|size| size < 4.0);
        let hiding = if small(Property::Width) || small(Property::Height) { Some(&OVERFLOW) } else { None };
        let faint = (scene.canvas.opacity() < FAINT).then_some(&OPACITY);
        if let Some(rule) = scene.gone().or(scene.cut()).or(hiding).or(faint) {
            self.out.unseen(rule, &inner, place);
            return;
        }
        if self.inner.depth >= MAX_FRAMES || inner.len() > self.budget {
            self.out.page.cap = self.out.page.cap.or(Some(Cap::Frames));
            return;
        }
        self.budget = self.budget.saturating_sub(inner.len());
        self.out.break_line(1);
        let shown = scene.misplaced_box(style);
        let before = self.out.page.text.len();
        self.order = self.order.saturating_add(1);
        let within = Inner { depth: self.inner.depth.saturating_add(1), place, budget: self.budget };
        document(&inner, self.browser, self.limits, &Style::page(false), &within, false, self.out);
        if let Some(rule) = shown {
            let text = self.out.page.text.split_off(before.min(self.out.page.text.len()));
            self.out.unseen(rule, &text, place);
        } else if let Some(painted) = scene.painted {
            // What lies over all of the frame lies over what is in it.
            let bottom = painted.bottom.unwrap_or(painted.top + FRAME_HEIGHT);
            let rect = Rect { left: painted.left, top: painted.top, right: painted.right, bottom };
            let spot = Spot { rect, layer: scene.layer, order: self.order, moved: scene.is_moved() };
            self.out.painted(before, spot, place);
        }
        self.out.break_line(1);
    }

    /// The value or the placeholder of a field.
    fn field(&mut self, id: NodeId, _: &Element, style: &Style, scene: &Scene, text: &str, empty: bool) {
        let place = self.place(id);
        let pseudo =
            if empty { self.cascade.pseudo(id, Pseudo::Placeholder, style, &self.boxes) } else { None };
        self.out.blank();
        match pseudo {
            Some(own) => {
                let mut inner = scene.clone();
                inner.canvas.group(&own);
                self.words(&own, &inner, text, White::Collapse, place, None);
            }
            None => self.words(style, scene, text, White::Collapse, place, None),
        }
        self.out.blank();
    }

    /// A picture: its words are for those who cannot see it. Without an address there is nothing else to see.
    fn picture(&mut self, id: NodeId, element: &Element, style: &Style, scene: &Scene) {
        self.unknown_height(element, style);
        let alt = element.attr(&local_name!("alt")).unwrap_or_default();
        let place = self.place(id);
        let source = element.attr(&local_name!("src")).is_some_and(is_picture)
            || element.attr(&local_name!("srcset")).is_some();
        let sized = ["width", "height"]
            .iter()
            .any(|name| element.attrs.iter().any(|attr| &*attr.name.local == *name));
        if let Some(address) = element.attr(&local_name!("src")).filter(|_| source && scene.gone().is_none())
            && self.out.page.pictures.len() < MAX_LINKS
        {
            let address = address.get(..address.floor_char_boundary(MAX_TARGET)).unwrap_or_default();
            self.out.page.pictures.push((address.to_owned(), place));
        }
        if source || sized || alt.is_empty() {
            self.out.unseen(&ALT, alt, place);
            return;
        }
        self.words(style, scene, alt, White::Collapse, place, None);
    }

    /// A thing of its own height: nobody knows where what follows stands.
    fn unknown_height(&mut self, element: &Element, style: &Style) {
        let declared = style.length(Property::Height).is_some()
            || element.attrs.iter().any(|attr| &*attr.name.local == "height");
        if !declared {
            self.stage.unsure = true;
        }
    }

    fn end_line(&mut self, style: &Style) {
        let Some(at) = self.stack.last().map(|frame| frame.flow) else { return };
        if let Some(flow) = self.stack.get_mut(at).and_then(Frame::flow_mut) {
            flow.newline(style.line());
        }
    }

    pub(super) fn marker(&mut self, id: NodeId, element: &Element, style: &Style, scene: &Scene) {
        if scene.gone().is_some() {
            return;
        }
        let place = self.place(id);
        let pseudo = self.cascade.pseudo(id, Pseudo::Marker, style, &self.boxes);
        let own = pseudo.as_ref().unwrap_or(style);
        if let Some(content) = &own.content {
            let text = self.content(content, element, own);
            let hiding = scene.hides(own, &text);
            self.out.emit(hiding, &text, White::Collapse, place);
            self.out.blank();
            return;
        }
        if let Some(Marker::Text(marker)) = &style.marker {
            if !marker.is_empty() {
                let hiding = scene.hides(own, marker);
                self.out.emit(hiding, marker, White::Collapse, place);
            }
            return;
        }
        let parent = self.stack.len().checked_sub(2);
        let Some(list) = parent.and_then(|at| self.stack.get_mut(at)) else { return };
        if let Some(Marker::Style(name)) = &style.marker
            && self.cascade.sheets().any(|sheet| sheet.counter_styles.contains_key(&**name))
        {
            let number = list.number;
            list.number = number.saturating_add(1);
            let signs = self.cascade.sheets().find_map(|sheet| sheet.counter_styles.get(&**name));
            let text = signs.map(|signs| signs.marker(number)).unwrap_or_default();
            let hiding = scene.hides(own, &text);
            self.out.emit(hiding, &text, White::Collapse, place);
            self.out.blank();
            return;
        }
        let kind = self.dom.element(list.id).filter(|list| list.is_html()).map(|list| &*list.name.local);
        let text = match kind {
            Some("ol") => {
                let value = element.attr(&local_name!("value")).and_then(|value| value.trim().parse().ok());
                let number: i32 = value.unwrap_or(list.number);
                list.number = number.saturating_add(1);
                format!("{number}. ")
            }
            Some("ul" | "menu") if !self.verbatim => "- ".to_owned(),
            _ => return,
        };
        if scene.hides(own, &text).is_none() {
            self.out.prefix(&text);
        }
    }

    /// What an element of this style does to counters.
    pub(super) fn count(&mut self, style: &Style) {
        if style.counts.iter().any(Option::is_some) && style.display() != Display::None {
            self.counts = true;
            self.counters.count(style, self.stack.len());
        }
    }

    /// The sign before or after a quotation, where the page chose it.
    pub(super) fn quote(&mut self, id: NodeId, style: &Style, scene: &Scene, opens: bool) {
        let sign = style.quotes.as_ref().and_then(|signs| signs.get(usize::from(!opens)).cloned());
        let spoken = if opens { Pseudo::Before } else { Pseudo::After };
        if let Some(sign) = sign.filter(|_| !self.cascade.sheets().any(|sheet| sheet.speaks_of(spoken))) {
            let place = self.place(id);
            self.words(style, scene, &sign, White::Collapse, place, None);
        }
    }

    fn content(&self, pieces: &[Piece], element: &Element, style: &Style) -> String {
        let mut text = String::new();
        let sign = |at: usize, or: &'static str| {
            style.quotes.as_ref().map_or(or, |signs| signs.get(at).map_or("", |sign| &**sign)).to_owned()
        };
        for piece in pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Attr(name) => {
                    let attr = element.attrs.iter().find(|attr| *attr.name.local == **name);
                    text.push_str(attr.map_or("", |attr| &attr.value));
                }
                Piece::Open => text.push_str(&sign(0, "\u{201c}")),
                Piece::Close => text.push_str(&sign(1, "\u{201d}")),
                Piece::Counter(name, style, between) => {
                    let values = self.counters.values(name);
                    let shown = if between.is_some() {
                        &*values
                    } else {
                        values.last_chunk::<1>().map_or(&[][..], |one| one)
                    };
                    for (at, value) in shown.iter().enumerate() {
                        if at > 0 {
                            text.push_str(between.as_deref().unwrap_or_default());
                        }
                        let own = self.cascade.sheets().find_map(|sheet| sheet.counter_styles.get(&**style));
                        let known = own.map(|own| own.write(*value)).or_else(|| written(*value, style));
                        text.push_str(&known.unwrap_or_else(|| value.to_string()));
                    }
                }
                Piece::Other => {}
            }
        }
        text
    }

    pub(super) fn generated(&mut self, id: NodeId, pseudo: Pseudo, style: &Style, scene: &Scene) {
        if scene.gone().is_some() {
            return;
        }
        let Some(own) = self.cascade.pseudo(id, pseudo, style, &self.boxes) else { return };
        let Some(pieces) = own.content.clone() else { return };
        let Some(element) = self.dom.element(id) else { return };
        let boxed = Scene::is_boxed(&own) && !matches!(own.display(), Display::None | Display::Contents);
        let at = self.corner(&own, boxed);
        let outline = Outline { dom: self.dom };
        let inner = scene.enter(&mut self.stage, &outline, self.dom, id, element, &own, at);
        self.count(&own);
        let text = self.content(&pieces, element, &own);
        let lines = u8::from(own.display() == Display::Block && !Scene::is_out_of_flow(&own));
        let place = self.place(id);
        self.pseudo_box(own, inner, boxed, |this, own, inner| {
            this.out.break_line(lines);
            if !text.is_empty() {
                this.words(own, inner, &text, White::Collapse, place, None);
            }
            this.out.break_line(lines);
        });
    }

    /// Whether the children of a `details` element are folded away, but for the one that is given.
    pub(super) fn fold(&mut self, id: NodeId, element: &Element, style: &Style) -> Option<Fold> {
        if !element.is_html() || element.name.local != local_name!("details") {
            return None;
        }
        if element.attr(&local_name!("open")).is_some() && !self.shut.contains(&id.index()) {
            return None;
        }
        let content = self.cascade.pseudo(id, Pseudo::DetailsContent, style, &self.boxes);
        let shown = content.is_some_and(|own| {
            own.get(Property::ContentVisibility) == Value::Flag(false) && own.display() != Display::None
        });
        let is_summary = |id: &NodeId| {
            self.dom
                .element(*id)
                .is_some_and(|element| element.is_html() && element.name.local == local_name!("summary"))
        };
        (!shown).then(|| Fold { but: self.dom.children(id).find(is_summary) })
    }

    /// Of the `details` elements of one name, the first open one stays open.
    pub(super) fn open_details(&mut self, id: NodeId, element: &Element) {
        let Some(name) = element.attr(&local_name!("name")).filter(|name| !name.is_empty()) else { return };
        if element.attr(&local_name!("open")).is_some() && !self.opened.insert(name.into()) {
            self.shut.insert(id.index());
        }
    }
}
