//! The document as a flat arena, and the guard that keeps html5ever's worst inputs cheap.
//!
//! SECURITY: html5ever has no depth cap, its adoption agency multiplies nodes, and its check for duplicate
//! attributes is quadratic. All of that is bounded here by counting work, not time, so that the verdict is
//! the same on every machine. Nothing is flattened or skipped: at a cap the parse stops and the page is told
//! to be truncated, since going on without some start tags would lose their `hidden`.

mod parse;
mod sink;

use std::cell::OnceCell;
use std::collections::HashMap;

use html5ever::tendril::StrTendril;
use html5ever::{Attribute, LocalName, QualName, local_name, ns};

use crate::base::Limits;

/// Why a parse stopped early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cap {
    Depth,
    Nodes,
    Attributes,
    Work,
    Output,
    Frames,
    Styles,
}

impl Cap {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Depth => "nesting depth",
            Self::Nodes => "number of nodes",
            Self::Attributes => "number of attributes",
            Self::Work => "parsing work",
            Self::Output => "length of the output",
            Self::Frames => "nesting of frames",
            Self::Styles => "style sheet work",
        }
    }
}

/// A node's place in the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(u32);

impl NodeId {
    const NONE: Self = Self(u32::MAX);

    fn some(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// An element: its name, its attributes, and the trees beside the light tree.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: QualName,
    pub(super) attrs: Vec<Attribute>,
    /// `template`'s contents: a fragment that is not rendered.
    contents: NodeId,
    /// A declarative shadow root.
    shadow: NodeId,
    annotation_html: bool,
}

impl Element {
    pub(super) fn attr(&self, name: &LocalName) -> Option<&str> {
        let attr = self.attrs.iter().find(|attr| attr.name.ns == ns!() && attr.name.local == *name);
        attr.map(|attr| &*attr.value)
    }

    pub(super) fn is_svg(&self) -> bool {
        self.name.ns == ns!(svg)
    }

    pub(super) fn is_html(&self) -> bool {
        self.name.ns == ns!(html)
    }
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Data {
    /// The document itself, or a fragment: a template's contents, a shadow tree.
    Root,
    Element(Box<Element>),
    Text(StrTendril),
    Comment(StrTendril),
    Other,
}

#[derive(Debug)]
struct Node {
    parent: NodeId,
    previous: NodeId,
    next: NodeId,
    first: NodeId,
    last: NodeId,
    /// How many ancestors it had when it was put into the tree.
    depth: u32,
    /// Where the source says it: the text, or the start tag.
    place: (u32, u32),
    data: Data,
}

/// A parsed document. Immutable.
#[derive(Debug)]
pub(super) struct Dom {
    nodes: Vec<Node>,
    /// The roots of shadow trees with their hosts.
    hosts: Vec<(NodeId, NodeId)>,
    /// Elements by id, once they are asked for.
    ids: OnceCell<HashMap<Box<str>, NodeId>>,
    pub(super) quirks: bool,
    pub(super) cap: Option<Cap>,
}

impl Dom {
    pub(super) const DOCUMENT: NodeId = NodeId(0);

    /// Parses `html` as a browser with scripting on does; `srcdoc` when it is a frame's inline document.
    pub(super) fn parse(html: &str, srcdoc: bool, limits: &Limits) -> Self {
        parse::parse(html, srcdoc, limits)
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.index())
    }

    /// Where the source says a node: its text, or its start tag, as a range of bytes between characters.
    pub(super) fn place(&self, id: NodeId) -> Option<(usize, usize)> {
        let (from, to) = self.node(id)?.place;
        Some((from as usize, to as usize))
    }

    pub(super) fn data(&self, id: NodeId) -> &Data {
        self.node(id).map_or(&Data::Other, |node| &node.data)
    }

    pub(super) fn element(&self, id: NodeId) -> Option<&Element> {
        match self.data(id) {
            Data::Element(element) => Some(element),
            _ => None,
        }
    }

    pub(super) fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.parent.some()
    }

    pub(super) fn next(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.next.some()
    }

    pub(super) fn previous(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.previous.some()
    }

    pub(super) fn first_child(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.first.some()
    }

    /// The children, first to last.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.first_child(id), |child| self.next(*child))
    }

    /// The declarative shadow tree of an element.
    pub(super) fn shadow(&self, id: NodeId) -> Option<NodeId> {
        self.element(id)?.shadow.some()
    }

    /// The first element of this id in the document.
    pub(super) fn by_id(&self, id: &str) -> Option<NodeId> {
        let ids = self.ids.get_or_init(|| {
            let mut ids = HashMap::new();
            for node in self.descendants(Self::DOCUMENT) {
                if let Some(id) = self.element(node).and_then(|element| element.attr(&local_name!("id"))) {
                    ids.entry(Box::from(id)).or_insert(node);
                }
            }
            ids
        });
        ids.get(id).copied()
    }

    /// The node at the top of this one's tree.
    pub(super) fn root(&self, id: NodeId) -> NodeId {
        let mut at = id;
        // INVARIANT: the depth is capped, so this ends soon.
        while let Some(parent) = self.parent(at) {
            at = parent;
        }
        at
    }

    pub(super) fn has_shadows(&self) -> bool {
        !self.hosts.is_empty()
    }

    /// The roots of all shadow trees, with their hosts.
    pub(super) fn shadows(&self) -> &[(NodeId, NodeId)] {
        &self.hosts
    }

    /// The element whose shadow tree begins here.
    pub(super) fn host(&self, root: NodeId) -> Option<NodeId> {
        // Few pages have any, and those have few.
        self.hosts.iter().find(|(have, _)| *have == root).map(|(_, host)| *host)
    }

    /// The contents of a `template` that is not a shadow tree.
    pub(super) fn contents(&self, id: NodeId) -> Option<NodeId> {
        self.element(id)?.contents.some()
    }

    /// All nodes below `root` in document order, without the insides of templates and shadow trees.
    pub(super) fn descendants(&self, root: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.first_child(root), move |id| {
            if let Some(child) = self.first_child(*id) {
                return Some(child);
            }
            let mut at = *id;
            loop {
                if at == root {
                    return None;
                }
                if let Some(next) = self.next(at) {
                    return Some(next);
                }
                at = self.parent(at)?;
            }
        })
    }

    /// The text of all text nodes below `root`, as `textContent`.
    pub(super) fn text_of(&self, root: NodeId) -> String {
        let mut text = String::new();
        for id in self.descendants(root) {
            if let Data::Text(part) = self.data(id) {
                text.push_str(part);
            }
        }
        text
    }
}
