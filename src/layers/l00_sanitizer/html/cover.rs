//! What is painted on top of text: opaque boxes that stand where the text stands (CSS 2, appendix E).
//!
//! Only boxes whose place and size are declared count, so that a guess about layout hides nothing.

use super::hide::{NARROW, SMALL};
use super::output::Spot;

/// Most boxes that are set against the page's text.
const MAX_COVERS: usize = 512;

/// A rectangle in pixels of the page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) left: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Rect {
    /// Whether the two have more than an edge in common.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let slack = 1.0;
        self.left + slack < other.right
            && other.left + slack < self.right
            && self.top + slack < other.bottom
            && other.top + slack < self.bottom
    }

    /// Whether nearly all of `other` is inside.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let slack = 2.0;
        other.left >= self.left - slack
            && other.right <= self.right + slack
            && other.top >= self.top - slack
            && other.bottom <= self.bottom + slack
    }
}

/// Something that is painted in an order of its own: a positioned element, or one that is a stacking context.
#[derive(Debug, Clone, Copy)]
struct Layer {
    parent: u32,
    z: i32,
    depth: u32,
}

/// The order in which the parts of a page are painted.
#[derive(Debug)]
pub(super) struct Layers(Vec<Layer>);

impl Layers {
    pub(super) const ROOT: u32 = 0;

    pub(super) fn new() -> Self {
        Self(vec![Layer { parent: 0, z: 0, depth: 0 }])
    }

    /// A new layer in the stacking context `parent`.
    pub(super) fn push(&mut self, parent: u32, z: f32) -> u32 {
        let depth = self.0.get(parent as usize).map_or(0, |layer| layer.depth).saturating_add(1);
        #[expect(clippy::cast_possible_truncation, reason = "it saturates, as browsers do")]
        let layer = Layer { parent, z: z as i32, depth };
        let Ok(at) = u32::try_from(self.0.len()) else { return parent };
        self.0.push(layer);
        at
    }

    fn get(&self, at: u32) -> Layer {
        self.0.get(at as usize).copied().unwrap_or(Layer { parent: 0, z: 0, depth: 0 })
    }

    /// Whether the box of `cover` is painted after the text of `text`; `own` when the box is the layer's own.
    fn is_above(&self, cover: u32, own: bool, text: u32) -> bool {
        let (mut a, mut b) = (cover, text);
        let (mut below_a, mut below_b) = (None, None);
        while self.get(a).depth > self.get(b).depth {
            below_a = Some(a);
            a = self.get(a).parent;
        }
        while self.get(b).depth > self.get(a).depth {
            below_b = Some(b);
            b = self.get(b).parent;
        }
        while a != b {
            (below_a, below_b) = (Some(a), Some(b));
            (a, b) = (self.get(a).parent, self.get(b).parent);
        }
        match (below_a, below_b) {
            // Backgrounds are painted before the text of their own layer.
            (None, None) => false,
            (Some(over), None) => self.get(over).z >= 0,
            // What lies deeper than a layer's ground is under the boxes in that layer, not under its own.
            (None, Some(under)) => !own && self.get(under).z < 0,
            (Some(over), Some(under)) => (self.get(over).z, over) > (self.get(under).z, under),
        }
    }
}

/// An opaque box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cover {
    pub(super) rect: Rect,
    pub(super) layer: u32,
    /// It is the box that makes the layer.
    pub(super) own: bool,
    /// The box that it reaches to the bottom of, as long as that is not known.
    pub(super) container: Option<u32>,
    /// It was taken out of its place in the flow; where it was not, it lies over what was, or over its own content.
    pub(super) moved: bool,
    /// The only texts that it can be on, by their order, where it is known to be on no other.
    pub(super) only: Option<(u32, u32)>,
    /// The place in its page's order, so that what stands inside it is not set against it.
    pub(super) first: u32,
    pub(super) last: u32,
}

/// All opaque boxes of a page.
#[derive(Debug, Default)]
pub(super) struct Covers(Vec<Cover>);

impl Covers {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, cover: Cover) {
        if self.0.len() < MAX_COVERS {
            self.0.push(cover);
        }
    }

    /// A box ends at `bottom`: so do those that reach to its bottom.
    pub(super) fn close(&mut self, container: u32, bottom: f32) {
        for cover in &mut self.0 {
            if cover.container == Some(container) {
                cover.container = None;
                cover.rect.bottom += bottom;
            }
        }
    }

    /// Whether one of them covers this piece of text.
    pub(super) fn hide(&self, layers: &Layers, text: &Spot) -> bool {
        let order = text.order;
        self.0.iter().any(|cover| {
            let big =
                cover.rect.right - cover.rect.left >= NARROW && cover.rect.bottom - cover.rect.top >= SMALL;
            let inside = (cover.first..cover.last).contains(&order);
            let meant = cover.only.is_none_or(|(from, to)| (from..=to).contains(&order));
            big && !(inside && cover.own)
                && (cover.moved || text.moved || inside)
                && meant
                && cover.container.is_none()
                && cover.rect.holds(&text.rect)
                && layers.is_above(cover.layer, cover.own, text.layer)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_painted_in_the_order_of_the_standard() {
        let mut layers = Layers::new();
        let low = layers.push(Layers::ROOT, -1.0);
        let first = layers.push(Layers::ROOT, 0.0);
        let second = layers.push(Layers::ROOT, 0.0);
        let high = layers.push(Layers::ROOT, 9.0);
        let inner = layers.push(first, 99.0);
        assert!(layers.is_above(first, true, Layers::ROOT));
        assert!(!layers.is_above(low, true, Layers::ROOT));
        assert!(layers.is_above(second, true, inner));
        assert!(layers.is_above(high, true, second) && !layers.is_above(second, true, high));
        assert!(!layers.is_above(first, true, inner) && !layers.is_above(first, true, first));
        assert!(layers.is_above(Layers::ROOT, false, low) && !layers.is_above(Layers::ROOT, true, low));
    }
}
