//! Which nodes are shown inside an element: those of its shadow tree, of its host, or of what a `use` repeats.

use html5ever::local_name;

use super::dom::{Cap, Data, Element, NodeId};
use super::render::Walk;
use super::scene::Scene;

/// Most elements of drawings that are shown more than once.
const MAX_USED: usize = 8192;

impl Walk<'_, '_, '_> {
    /// The children as they are shown: a shadow tree stands for its host's, and slots hold the host's own.
    pub(super) fn flat_children(&mut self, id: NodeId, element: &Element) -> Vec<NodeId> {
        if let Some(shadow) = self.dom.shadow(id) {
            return self.dom.children(shadow).collect();
        }
        if element.is_html() && element.name.local == local_name!("slot") {
            let host = self.dom.host(self.dom.root(id));
            let slot = element.attr(&local_name!("name")).unwrap_or_default();
            if let Some(host) = host
                && self.filled.insert((host.index(), slot.into()))
            {
                let named = |child: &NodeId| {
                    let own = self.dom.element(*child).and_then(|element| element.attr(&local_name!("slot")));
                    own.unwrap_or_default() == slot && !matches!(self.dom.data(*child), Data::Comment(_))
                };
                let assigned: Vec<_> = self.dom.children(host).filter(named).collect();
                let blank =
                    |id: &NodeId| matches!(self.dom.data(*id), Data::Text(text) if text.trim().is_empty());
                if !assigned.iter().all(blank) {
                    return assigned;
                }
            }
        }
        self.dom.children(id).collect()
    }

    /// The element that a `use` shows once more.
    pub(super) fn brought(&mut self, id: NodeId, element: &Element, scene: &Scene) -> Option<NodeId> {
        if !element.is_svg() || *element.name.local != *"use" || scene.gone().is_some() {
            return None;
        }
        let href = element.attrs.iter().find(|attr| *attr.name.local == *"href")?;
        let target = self.dom.by_id(href.value.trim().strip_prefix('#')?)?;
        // SECURITY: what holds itself would go on for ever, and what is used twice in what is used twice, nearly.
        let inside = self.stack.iter().any(|frame| frame.id == target) || target == id;
        if inside || !self.dom.element(target).is_some_and(Element::is_svg) {
            return None;
        }
        let size = self.dom.descendants(target).take(MAX_USED).count().saturating_add(1);
        self.used = self.used.saturating_add(size);
        if self.used > MAX_USED {
            self.out.page.cap = self.out.page.cap.or(Some(Cap::Output));
            return None;
        }
        Some(target)
    }

    /// Whether a drawing's element is taken away by an animation that stays, or is no choice of its `switch`.
    pub(super) fn is_taken_away(&self, id: NodeId, element: &Element) -> bool {
        if !matches!(&*element.name.local, "text" | "tspan" | "g" | "a" | "svg") {
            return false;
        }
        let Some(parent) = self.dom.parent(id) else { return false };
        let is_switch =
            self.dom.element(parent).is_some_and(|parent| parent.is_svg() && *parent.name.local == *"switch");
        if is_switch && self.dom.children(parent).find(|child| self.dom.element(*child).is_some()) != Some(id)
        {
            return true;
        }
        self.dom.children(id).filter_map(|child| self.dom.element(child)).any(|child| {
            let attr = |name: &str| {
                child.attrs.iter().find(|attr| *attr.name.local == *name).map_or("", |attr| attr.value.trim())
            };
            let stays = match &*child.name.local {
                "set" => attr("dur").is_empty() || attr("fill") == "freeze",
                "animate" => attr("fill") == "freeze",
                _ => return false,
            };
            let gone = match attr("attributeName") {
                "visibility" => attr("to") == "hidden",
                "display" => attr("to") == "none",
                "opacity" | "fill-opacity" => attr("to").parse::<f32>().is_ok_and(|to| to < 0.1),
                _ => false,
            };
            stays && gone
        })
    }
}
