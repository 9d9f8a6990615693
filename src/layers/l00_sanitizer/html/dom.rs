//! The document as a flat arena, and the guard that keeps html5ever's worst inputs cheap.
//!
//! SECURITY: html5ever has no depth cap, its adoption agency multiplies nodes, and its check for duplicate
//! attributes is quadratic. All of that is bounded here by counting work, not time, so that the verdict is
//! the same on every machine. Nothing is flattened or skipped: at a cap the parse stops and the page is told
//! to be truncated, since going on without some start tags would lose their `hidden`.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;

use html5ever::buffer_queue::BufferQueue;
use html5ever::interface::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use html5ever::{Attribute, LocalName, QualName, TokenizerResult, local_name, ns};

use crate::base::Limits;

/// The input goes to the tokenizer in pieces of this many bytes, so that a cap bites in time.
const PIECE: usize = 4096;
/// So many signs in a row are one piece.
const LONG_RUN: usize = 8;
/// Most attributes of one tag.
const MAX_ATTRIBUTES: usize = 256;
/// Most words without the tokenizer giving a token: a tag with that many attributes costs milliseconds.
const MAX_WORDS_WITHOUT_TOKEN: usize = 12_288;
/// Most shadow trees of a page.
const MAX_SHADOWS: usize = 64;
/// Look-ups in the tree builder, per byte of input, and what a short input may cost besides.
const WORK_PER_BYTE: usize = 24;
const WORK_BASE: usize = 1 << 20;

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
        parse(html, srcdoc, limits)
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

/// The tree builder's reference to a node. The name travels along: it is asked for on every step.
#[derive(Debug, Clone)]
struct Handle {
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
struct Budget {
    max_depth: u32,
    max_nodes: usize,
    max_work: usize,
    work: Cell<usize>,
    cap: Cell<Option<Cap>>,
}

impl Budget {
    fn hit(&self, cap: Cap) {
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
struct Sink {
    nodes: RefCell<Vec<Node>>,
    hosts: RefCell<Vec<(NodeId, NodeId)>>,
    /// The place of the source that the tokenizer is at.
    now: Cell<(u32, u32)>,
    quirks: Cell<bool>,
    budget: Budget,
}

impl Sink {
    fn push(&self, data: Data) -> NodeId {
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

/// Stands between tokenizer and tree builder, and lets nothing through once a cap was hit.
struct Guard {
    builder: TreeBuilder<Handle, Sink>,
    tokens: Cell<usize>,
}

impl Guard {
    fn budget(&self) -> &Budget {
        &self.builder.sink.budget
    }
}

impl TokenSink for Guard {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if matches!(token, Token::ParseError(_)) {
            return TokenSinkResult::Continue;
        }
        self.tokens.set(self.tokens.get().wrapping_add(1));
        if let Token::TagToken(Tag { kind: TagKind::StartTag, attrs, .. }) = &token
            && attrs.len() > MAX_ATTRIBUTES
        {
            self.budget().hit(Cap::Attributes);
        }
        if self.budget().cap.get().is_some() {
            return TokenSinkResult::Continue;
        }
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

fn parse(html: &str, srcdoc: bool, limits: &Limits) -> Dom {
    let sink = Sink {
        nodes: RefCell::new(Vec::with_capacity((html.len() >> 5).min(limits.html_nodes))),
        hosts: RefCell::default(),
        now: Cell::new((0, 0)),
        quirks: Cell::new(false),
        budget: Budget {
            max_depth: u32::try_from(limits.html_depth).unwrap_or(u32::MAX),
            // A few nodes come for nothing (html, head, body), then at most one for every two bytes.
            max_nodes: limits.html_nodes.min((html.len() >> 1).saturating_add(64)),
            max_work: html.len().saturating_mul(WORK_PER_BYTE).saturating_add(WORK_BASE),
            work: Cell::new(0),
            cap: Cell::new(None),
        },
    };
    sink.push(Data::Root);
    let options = TreeBuilderOpts { scripting_enabled: true, iframe_srcdoc: srcdoc, ..Default::default() };
    let builder = TreeBuilder::new(sink, options);
    let tokenizer = Tokenizer::new(Guard { builder, tokens: Cell::new(0) }, TokenizerOpts::default());
    let input = BufferQueue::default();
    let whole = StrTendril::from_slice(html);
    let mut words: usize = 0;
    let mut tokens = 0;
    // Where the piece that no token told of yet began.
    let (mut start, mut at) = (0_usize, 0_usize);
    while at < html.len() && tokenizer.sink.budget().cap.get().is_none() {
        let end = piece_end(html, at);
        let (Ok(offset), Ok(length), Ok(from), Ok(to)) = (
            u32::try_from(at),
            u32::try_from(end.saturating_sub(at)),
            u32::try_from(start),
            u32::try_from(end),
        ) else {
            tokenizer.sink.budget().hit(Cap::Work);
            break;
        };
        tokenizer.sink.builder.sink.now.set((from, to));
        input.push_back(whole.subtendril(offset, length));
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        let now = tokenizer.sink.tokens.get();
        if now == tokens {
            // No token: a comment, an attribute's value, or a tag that collects attributes. Only the last is
            // dangerous, and none of the others has that many words.
            let gaps = html
                .get(at..end)
                .unwrap_or_default()
                .bytes()
                .filter(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'/' | b'"' | b'\''));
            words = words.saturating_add(gaps.count());
            if words > MAX_WORDS_WITHOUT_TOKEN {
                tokenizer.sink.budget().hit(Cap::Attributes);
            }
        } else {
            (words, tokens) = (0, now);
            start = end;
        }
        at = end;
    }
    if tokenizer.sink.budget().cap.get().is_none() {
        tokenizer.end();
    }
    let sink = tokenizer.sink.builder.sink;
    Dom {
        nodes: sink.nodes.into_inner(),
        hosts: sink.hosts.into_inner(),
        ids: OnceCell::new(),
        quirks: sink.quirks.get(),
        cap: sink.budget.cap.get(),
    }
}

/// Where the next piece ends: behind a `>`, before a `<`, so that what a token was made of is known.
fn piece_end(html: &str, at: usize) -> usize {
    let most = html.floor_char_boundary(at.saturating_add(PIECE));
    let piece = html.as_bytes().get(at..most).unwrap_or_default();
    let skip = usize::from(piece.first() == Some(&b'<'));
    let found = memchr::memchr2(b'<', b'>', piece.get(skip..).unwrap_or_default());
    let Some(found) = found.map(|found| found.saturating_add(skip)) else { return most };
    let sign = piece.get(found).copied().unwrap_or_default();
    // Signs in a row are text but for one of them.
    let run = piece.get(found..).unwrap_or_default().iter().take_while(|byte| **byte == sign).count();
    let ends = usize::from(sign == b'>');
    let whole = if run < LONG_RUN { ends } else { run.saturating_sub(1).saturating_add(ends) };
    at.saturating_add(found).saturating_add(whole)
}
