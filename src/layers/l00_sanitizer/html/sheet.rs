//! Style sheets: parsed once, indexed by what the rightmost part of each selector asks for.
//!
//! Rules with none of our properties are dropped while parsing; on ordinary pages that is most of them.

use std::collections::HashMap;
use std::sync::Arc;

use html5ever::LocalName;
use selectors::parser::{Component, Selector, SelectorList};

use super::counter::CounterStyle;
use super::dom::NodeId;
use super::property::Declaration;
use super::query::Query;
use super::select::{Css, Pseudo};
use super::vars::Registered;

/// Most rules, selectors counted one by one, of all sheets of a page together.
pub(super) const MAX_RULES: usize = 16_384;
/// Most parts of one selector: what nesting multiplies.
const MAX_PARTS: usize = 64;
/// Most sets of frames for animations, and most fonts, of a page.
const MAX_EXTRAS: usize = 256;

/// The layer of rules that are in none: above all layers.
pub(super) const UNLAYERED: u16 = u16::MAX;

/// Where the rules of an `@scope` count.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) outer: Option<Arc<Scope>>,
    /// What begins it; `None` for the element that holds the sheet.
    pub(super) roots: Option<SelectorList<Css>>,
    /// What ends it.
    pub(super) limits: Option<SelectorList<Css>>,
    pub(super) owner: Option<NodeId>,
}

/// A selector with the declarations that it brings.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) selector: Selector<Css>,
    pub(super) pseudo: Option<Pseudo>,
    pub(super) declarations: Arc<[Declaration]>,
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) query: Option<Arc<Query>>,
    layer: u16,
    order: u32,
}

/// The strength of a rule among those of its origin and tree; later ones win.
pub(super) type Rank = (u16, u32, u32, u32);

impl Rule {
    /// Its rank, for a root of its scope that is so many steps away.
    pub(super) fn rank(&self, important: bool, steps: u32) -> Rank {
        let layer = if important { u16::MAX.saturating_sub(self.layer) } else { self.layer };
        (layer, self.selector.specificity(), u32::MAX.saturating_sub(steps), self.order)
    }
}

/// The rule that is being added, without its selector.
pub(super) struct Body<'a> {
    pub(super) declarations: &'a Arc<[Declaration]>,
    pub(super) layer: u16,
    pub(super) scope: Option<&'a Arc<Scope>>,
    pub(super) query: Option<&'a Arc<Query>>,
}

/// The frames of an animation: where each one holds, from 0 to 1, and what it says.
pub(super) type Frames = Vec<(f32, Arc<[Declaration]>)>;

/// A font that comes with a page.
#[derive(Debug)]
pub(super) struct Face {
    /// The family's name in small letters.
    pub(super) family: Box<str>,
    /// The addresses of its sources, in the order in which they are tried.
    pub(super) sources: Vec<Box<str>>,
    /// The share of the letters' size that is left.
    pub(super) size: f32,
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
    /// Registered custom properties, their initial values, and whether they are inherited.
    pub(super) registered: Vec<Registered>,
    pub(super) frames: HashMap<Box<str>, Frames>,
    pub(super) faces: Vec<Face>,
    pub(super) counter_styles: HashMap<Box<str>, CounterStyle>,
    /// Class names and ids are compared without case, as pages without a doctype want.
    pub(super) quirks: bool,
    /// There are pseudo-elements of these kinds to ask for.
    pub(super) pseudos: u32,
    /// Rules did not fit.
    pub(super) overflow: bool,
    /// Something is shown on one width of the screen only.
    pub(super) responsive: bool,
    /// A sheet is asked for that is not here.
    pub(super) external: bool,
    /// The element that asks for the first of them.
    pub(super) external_by: Option<NodeId>,
}

impl Sheet {
    pub(super) fn new(quirks: bool) -> Self {
        Self { quirks, ..Self::default() }
    }

    fn key(&self, text: &str) -> Box<str> {
        if self.quirks { text.to_ascii_lowercase().into() } else { text.into() }
    }

    /// Adds a font, while there is room.
    pub(super) fn face(&mut self, face: Face) {
        if self.faces.len() < MAX_EXTRAS {
            self.faces.push(face);
        } else {
            self.overflow = true;
        }
    }

    /// Adds a counter style; the last one of a name counts.
    pub(super) fn keep_counter_style(&mut self, name: &str, style: CounterStyle) {
        if self.counter_styles.len() < MAX_EXTRAS || self.counter_styles.contains_key(name) {
            self.counter_styles.insert(name.into(), style);
        } else {
            self.overflow = true;
        }
    }

    /// Adds the frames of an animation; the last ones of a name count.
    pub(super) fn keep_frames(&mut self, name: &str, frames: Frames) {
        if self.frames.len() < MAX_EXTRAS || self.frames.contains_key(name) {
            self.frames.insert(name.into(), frames);
        } else {
            self.overflow = true;
        }
    }

    /// How many rules there are so far.
    pub(super) fn rules_from(&self, from: usize) -> &[Rule] {
        self.rules.get(from..).unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether some rule speaks of this kind of pseudo-element.
    pub(super) fn speaks_of(&self, pseudo: Pseudo) -> bool {
        self.pseudos & (1 << (pseudo as u32)) != 0
    }

    pub(super) fn push(&mut self, selector: &Selector<Css>, body: &Body<'_>) {
        if self.rules.len() >= MAX_RULES || selector.len() > MAX_PARTS {
            self.overflow = true;
            return;
        }
        let Ok(index) = u32::try_from(self.rules.len()) else { return };
        let pseudo = selector.pseudo_element().copied();
        if pseudo == Some(Pseudo::Other) {
            return;
        }
        if let Some(pseudo) = pseudo {
            self.pseudos |= 1 << (pseudo as u32);
        }
        let mut bucket = Bucket::Other;
        let mut parts = selector.iter();
        if pseudo.is_some() {
            while parts.next().is_some() {}
            parts.next_sequence();
        }
        for part in parts {
            match part {
                // They mean elements of another tree: those are asked for by nothing but themselves.
                Component::Slotted(_) | Component::Host(_) | Component::Part(_) => {
                    bucket = Bucket::Other;
                    break;
                }
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
            declarations: Arc::clone(body.declarations),
            scope: body.scope.map(Arc::clone),
            query: body.query.map(Arc::clone),
            layer: body.layer,
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

    pub(super) fn layer_count(&self) -> usize {
        self.layers.len()
    }

    /// Puts the layers in order once all are known: those inside another come before what stands in it directly.
    pub(super) fn finish(&mut self) {
        if self.layers.is_empty() {
            return;
        }
        let first = |name: &str| self.layers.iter().position(|layer| **layer == *name).unwrap_or(usize::MAX);
        let mut keys: Vec<(Vec<usize>, usize)> = Vec::new();
        for (at, layer) in self.layers.iter().enumerate() {
            let mut key: Vec<usize> =
                layer.match_indices('.').filter_map(|(dot, _)| layer.get(..dot)).map(first).collect();
            key.push(at);
            // Behind all that begins alike.
            key.push(usize::MAX);
            keys.push((key, at));
        }
        keys.sort();
        let mut ranks = vec![0_u16; self.layers.len()];
        for (rank, (_, at)) in keys.iter().enumerate() {
            if let Some(slot) = ranks.get_mut(*at) {
                *slot = u16::try_from(rank).unwrap_or(UNLAYERED.saturating_sub(1));
            }
        }
        for rule in self.rules.iter_mut().filter(|rule| rule.layer != UNLAYERED) {
            rule.layer = ranks.get(usize::from(rule.layer)).copied().unwrap_or(rule.layer);
        }
    }

    /// The layer of this full name, registered when it is new.
    pub(super) fn layer(&mut self, name: &str) -> u16 {
        let known = self.layers.iter().position(|layer| **layer == *name);
        let at = known.unwrap_or_else(|| {
            if self.layers.len() >= MAX_EXTRAS {
                self.overflow = true;
                return self.layers.len().saturating_sub(1);
            }
            self.layers.push(name.into());
            self.layers.len().saturating_sub(1)
        });
        u16::try_from(at).unwrap_or(UNLAYERED.saturating_sub(1))
    }
}
