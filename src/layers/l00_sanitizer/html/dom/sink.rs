//! Where html5ever's tree builder puts what it builds, counting what that costs.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use html5ever::interface::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, QualName, local_name, ns};

use super::{Cap, Data, Dom, Element, Node, NodeId};

/// Most shadow trees of a page.
const MAX_SHADOWS: usize = 64;

/// The tree builder's reference to a node. The name travels along: it is asked for on every step.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    id: NodeId,
    name: QualName,
}

impl Handle {
    fn nameless(id: NodeId) -> Self {
        Self { id, name: QualName::new(None, ns!(), local_name!("")) }
    }
}

/// What the sink and the token guard share.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) max_depth: u32,
    pub(super) max_nodes: usize,
    pub(super) max_work: usize,
    pub(super) work: Cell<usize>,
    pub(super) cap: Cell<Option<Cap>>,
}

impl Budget {
    pub(super) fn hit(&self, cap: Cap) {
        if self.cap.get().is_none() {
            self.cap.set(Some(cap));
        }
    }

    fn work(&self) {
        let work = self.work.get().saturating_add(1);
        self.work.set(work);
        if work > self.max_work {
            self.hit(Cap::Work);
        }
    }
}

#[derive(Debug)]
pub(super) struct Sink {
    pub(super) nodes: RefCell<Vec<Node>>,
    pub(super) hosts: RefCell<Vec<(NodeId, NodeId)>>,
    /// The place of the source that the tokenizer is at.
    pub(super) now: Cell<(u32, u32)>,
    pub(super) quirks: Cell<bool>,
    pub(super) budget: Budget,
}

impl Sink {
    pub(super) fn push(&self, data: Data) -> NodeId {
        let mut nodes = self.nodes.borrow_mut();
        if nodes.len() >= self.budget.max_nodes {
            self.budget.hit(Cap::Nodes);
        }
        let id = NodeId(u32::try_from(nodes.len()).unwrap_or(u32::MAX));
        let none = NodeId::NONE;
        nodes.push(Node {
            parent: none,
            previous: none,
            next: none,
            first: none,
            last: none,
            depth: 0,
            place: self.now.get(),
            data,
        });
        id
    }

    fn with<T>(&self, id: NodeId, f: impl FnOnce(&mut Node) -> T) -> Option<T> {
        self.nodes.borrow_mut().get_mut(id.index()).map(f)
    }

    fn detach(&self, id: NodeId) {
        let none = NodeId::NONE;
        let links = self.with(id, |node| {
            let links = (node.parent, node.previous, node.next);
            (node.parent, node.previous, node.next) = (none, none, none);
            links
        });
        let Some((parent, previous, next)) = links else { return };
        self.with(previous, |node| node.next = next);
        self.with(next, |node| node.previous = previous);
        self.with(parent, |node| {
            if node.first == id {
                node.first = next;
            }
            if node.last == id {
                node.last = previous;
            }
        });
    }

    /// Puts `id` under `parent`, before `before` (at the end when that is none).
    fn insert(&self, parent: NodeId, before: NodeId, id: NodeId) {
        self.detach(id);
        let previous = match before.some() {
            Some(before) => self.with(before, |node| std::mem::replace(&mut node.previous, id)),
            None => self.with(parent, |node| std::mem::replace(&mut node.last, id)),
        };
        let previous = previous.unwrap_or(NodeId::NONE);
        let depth = self.with(parent, |parent| parent.depth).unwrap_or(0).saturating_add(1);
        if depth > self.budget.max_depth {
            self.budget.hit(Cap::Depth);
        }
        self.with(id, |node| {
            (node.parent, node.previous, node.next) = (parent, previous, before);
            node.depth = depth;
        });
        if previous == NodeId::NONE {
            self.with(parent, |node| node.first = id);
        } else {
            self.with(previous, |node| node.next = id);
        }
    }

    fn merge_text(&self, into: NodeId, text: &StrTendril) -> bool {
        let (from, to) = self.now.get();
        self.with(into, |node| match &mut node.data {
            Data::Text(old) => {
                old.push_tendril(text);
                node.place = (node.place.0.min(from), node.place.1.max(to));
                true
            }
            _ => false,
        }) == Some(true)
    }

    fn place(&self, parent: NodeId, before: NodeId, child: NodeOrText<Handle>) {
        match child {
            NodeOrText::AppendNode(node) => self.insert(parent, before, node.id),
            NodeOrText::AppendText(text) => {
                let neighbour = match before.some() {
                    Some(before) => self.with(before, |node| node.previous),
                    None => self.with(parent, |node| node.last),
                };
                if !neighbour.is_some_and(|neighbour| self.merge_text(neighbour, &text)) {
                    let id = self.push(Data::Text(text));
                    self.insert(parent, before, id);
                }
            }
        }
    }

    fn with_element<T>(&self, id: NodeId, f: impl FnOnce(&mut Element) -> T) -> Option<T> {
        self.with(id, |node| match &mut node.data {
            Data::Element(element) => Some(f(element)),
            _ => None,
        })
        .flatten()
    }
}

impl TreeSink for Sink {
    type Handle = Handle;
    type Output = Self;
    type ElemName<'a> = &'a QualName;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        Handle::nameless(Dom::DOCUMENT)
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a QualName {
        self.budget.work();
        &target.name
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> Handle {
        let contents = if flags.template { self.push(Data::Root) } else { NodeId::NONE };
        let element = Element {
            name: name.clone(),
            attrs,
            contents,
            shadow: NodeId::NONE,
            annotation_html: flags.mathml_annotation_xml_integration_point,
        };
        Handle { id: self.push(Data::Element(Box::new(element))), name }
    }

    fn create_comment(&self, text: StrTendril) -> Handle {
        Handle::nameless(self.push(Data::Comment(text)))
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        Handle::nameless(self.push(Data::Other))
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        self.place(parent.id, NodeId::NONE, child);
    }

    fn append_based_on_parent_node(&self, element: &Handle, prev: &Handle, child: NodeOrText<Handle>) {
        if self.with(element.id, |node| node.parent != NodeId::NONE) == Some(true) {
            self.append_before_sibling(element, child);
        } else {
            self.append(prev, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Handle) -> Handle {
        let contents = self.with_element(target.id, |element| element.contents).unwrap_or(target.id);
        // The contents hang from no parent: they go on from the template's depth.
        let depth = self.with(target.id, |node| node.depth).unwrap_or(0);
        self.with(contents, |node| node.depth = depth);
        Handle::nameless(contents)
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        self.budget.work();
        x.id == y.id
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.quirks.set(mode == QuirksMode::Quirks);
    }

    fn append_before_sibling(&self, sibling: &Handle, new_node: NodeOrText<Handle>) {
        if let Some(parent) = self.with(sibling.id, |node| node.parent) {
            // The node may be the sibling's own neighbour: take it out before the place is looked up.
            if let NodeOrText::AppendNode(node) = &new_node {
                self.detach(node.id);
            }
            self.place(parent, sibling.id, new_node);
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, attrs: Vec<Attribute>) {
        self.with_element(target.id, |element| {
            for attr in attrs {
                if element.attrs.iter().all(|have| have.name != attr.name) {
                    element.attrs.push(attr);
                }
            }
        });
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        while let Some(child) = self.with(node.id, |node| node.first).and_then(NodeId::some) {
            self.budget.work();
            self.insert(new_parent.id, NodeId::NONE, child);
        }
    }

    fn is_mathml_annotation_xml_integration_point(&self, handle: &Handle) -> bool {
        self.with_element(handle.id, |element| element.annotation_html).unwrap_or(false)
    }

    fn attach_declarative_shadow(&self, location: &Handle, template: &Handle, _: &[Attribute]) -> bool {
        let Some(root) = self.with_element(template.id, |element| element.contents) else { return false };
        if self.hosts.borrow().len() >= MAX_SHADOWS {
            self.budget.hit(Cap::Frames);
            return false;
        }
        let attached = self.with_element(location.id, |host| {
            let free = host.shadow == NodeId::NONE && can_host(&host.name);
            if free {
                host.shadow = root;
            }
            free
        });
        if attached == Some(true) {
            self.hosts.borrow_mut().push((root, location.id));
        }
        attached == Some(true)
    }
}

/// The elements that may have a shadow tree: custom elements and the standard's own list.
fn can_host(name: &QualName) -> bool {
    const NATIVE: &[&str] = &[
        "article",
        "aside",
        "blockquote",
        "body",
        "div",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "main",
        "nav",
        "p",
        "section",
        "span",
    ];
    name.ns == ns!(html) && (name.local.contains('-') || NATIVE.contains(&&*name.local))
}
