//! What is painted over text and under it: opaque boxes, outlines, cells of a grid, shapes of a drawing.

use super::cover::{Cover, Layers, Rect};
use super::dom::Element;
use super::hide::{NARROW, SMALL};
use super::property::{Inside, Property};
use super::render::Walk;
use super::scene::{Painted, Scene};
use super::style::Style;
use super::value::{Paint, Rgba};

/// Most shapes of a drawing that a text is set against.
const MAX_SHAPES: usize = 256;
/// Most places of one grid that are looked at.
const MAX_CELLS: usize = 64;

/// A shape in a drawing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Painting {
    pub(super) outer: Rect,
    /// What it surely covers.
    pub(super) inner: Option<Rect>,
    /// None where that is not known.
    pub(super) color: Option<Rgba>,
}

/// What stands in a named place of a grid.
#[derive(Debug, Clone, Copy)]
pub(super) struct GridCell {
    pub(super) place: (f32, f32),
    pub(super) z: f32,
    /// The texts in it, by their order.
    pub(super) texts: (u32, u32),
}

impl Walk<'_, '_, '_> {
    /// An opaque box: text under it is not seen.
    pub(super) fn cover(
        &mut self,
        scene: &Scene,
        painted: &Painted,
        bottom: f32,
        declared: bool,
        first: u32,
    ) {
        if scene.layer == Layers::ROOT && !self.stage.deep {
            return;
        }
        // Its size must be sure.
        if !(declared || painted.container.is_some() || !self.stage.unsure) {
            return;
        }
        let (left, right) = (painted.left, painted.right);
        let rect = if painted.whole {
            Rect { left: f32::MIN, top: f32::MIN, right: f32::MAX, bottom: f32::MAX }
        } else if scene.is_fixed() {
            return;
        } else if let Some((_, less)) = painted.container {
            Rect { left, top: painted.top, right, bottom: -less }
        } else {
            Rect { left, top: painted.top, right, bottom }
        };
        let Some(rect) = scene.seen_at(rect) else { return };
        self.covers.push(Cover {
            rect,
            layer: scene.layer,
            own: self.makes_layer(scene),
            moved: painted.moved || scene.is_transformed(),
            container: painted.container.map(|(id, _)| id).filter(|_| !painted.whole),
            only: None,
            first,
            last: self.order.saturating_add(1),
        });
    }

    /// An outline is painted over what is beside its box, and over the box where it is drawn inwards.
    pub(super) fn outline(&mut self, style: &Style, scene: &Scene, bottom: f32) {
        let Some(width) = style.px(Property::OutlineWidth, 0.0).filter(|width| *width >= NARROW) else {
            return;
        };
        let color = style.paint(Property::OutlineColor).and_then(|paint| style.resolve(paint));
        let Some(painted) = scene.painted.filter(|_| color.is_some_and(|color| color.alpha > 0.95)) else {
            return;
        };
        if !style.is_visible() || scene.gone().is_some() || scene.canvas.opacity() <= 0.95 {
            return;
        }
        let offset = style.px(Property::OutlineOffset, 0.0).unwrap_or(0.0);
        let (left, top, right) = (painted.left - offset, painted.top - offset, painted.right + offset);
        let bottom = bottom + offset;
        let all = Rect { left: left - width, top: top - width, right: right + width, bottom: bottom + width };
        let layer = scene.next_layer(&mut self.stage);
        let hole = Rect { left, top, right, bottom };
        let hole = (right - left >= NARROW && bottom - top >= SMALL).then_some(hole);
        self.ring(scene, &all, hole.as_ref(), layer);
    }

    /// Whether a box makes the layer that it is painted in.
    fn makes_layer(&self, scene: &Scene) -> bool {
        self.stack.last().is_none_or(|around| around.scene.layer != scene.layer)
    }

    /// Covers what lies around a hole.
    fn ring(&mut self, scene: &Scene, all: &Rect, hole: Option<&Rect>, layer: u32) {
        let whole = [*all; 1];
        let parts = hole.map(|hole| {
            [
                Rect { bottom: all.bottom.min(hole.top), ..*all },
                Rect { top: all.top.max(hole.bottom), ..*all },
                Rect { right: all.right.min(hole.left), ..*all },
                Rect { left: all.left.max(hole.right), ..*all },
            ]
        });
        for rect in parts.as_ref().map_or(&whole[..], |parts| &parts[..]) {
            let big = rect.right - rect.left >= NARROW && rect.bottom - rect.top >= SMALL;
            if let Some(rect) = scene.seen_at(*rect).filter(|_| big) {
                self.covers.push(Cover {
                    rect,
                    layer,
                    own: false,
                    moved: true,
                    container: None,
                    only: None,
                    first: 0,
                    last: 0,
                });
            }
        }
    }

    /// The borders of a box and its sharp shadow: they are opaque where the box need not be.
    pub(super) fn edges(&mut self, style: &Style, scene: &Scene, bottom: f32) {
        let Some(painted) = scene.painted.filter(|_| scene.layer != Layers::ROOT || self.stage.deep) else {
            return;
        };
        let wide = |property| style.px(property, 0.0).unwrap_or(0.0);
        let [top, right, low, left] =
            [Property::BorderTop, Property::BorderRight, Property::BorderBottom, Property::BorderLeft]
                .map(wide);
        let thick = [top, right, low, left].iter().any(|side| *side >= SMALL);
        let outer = style.shadows.as_ref().and_then(|shadows| shadows.outer);
        let declared = painted.bottom.is_some() || !self.stage.unsure;
        if !thick && outer.is_none() || !declared || scene.is_fixed() || !scene.is_plain(style) {
            return;
        }
        let all = Rect { left: painted.left, top: painted.top, right: painted.right, bottom };
        let solid = |paint: Option<Paint>| {
            let color = style.resolve(paint.unwrap_or(Paint::Current));
            color.is_some_and(|color| color.alpha > 0.95)
        };
        if thick && (painted.moved || scene.is_transformed()) {
            // Where two sides meet, each has a half of the corner.
            let side = |property, width: f32| width < SMALL || solid(style.paint(property));
            let whole = side(Property::BorderTopColor, top)
                && side(Property::BorderRightColor, right)
                && side(Property::BorderBottomColor, low)
                && side(Property::BorderLeftColor, left);
            if whole {
                let hole = Rect {
                    left: all.left + left,
                    top: all.top + top,
                    right: all.right - right,
                    bottom: all.bottom - low,
                };
                let hole =
                    (hole.right - hole.left >= SMALL && hole.bottom - hole.top >= SMALL).then_some(hole);
                self.ring(scene, &all, hole.as_ref(), scene.layer);
            }
        }
        if let Some(([x, y, reach], paint)) = outer
            && solid(Some(paint))
        {
            let shadow = Rect {
                left: all.left + x - reach,
                top: all.top + y - reach,
                right: all.right + x + reach,
                bottom: all.bottom + y + reach,
            };
            self.ring(scene, &shadow, Some(&all), scene.layer);
        }
    }

    /// What stands in the same place of a grid is painted over what stood there before.
    pub(super) fn grid_cell(&mut self, style: &Style, scene: &Scene, first: u32, opaque: bool) {
        let (Some(row), Some(column)) = (style.number(Property::GridRow), style.number(Property::GridColumn))
        else {
            return;
        };
        let sized = style.length(Property::Width).is_some_and(|width| width.part < 0.99)
            || style.length(Property::Height).is_some_and(|height| height.part < 0.99)
            || style.length(Property::MaxWidth).is_some();
        let texts = (first, self.order);
        let layer = scene.next_layer(&mut self.stage);
        let Some(grid) = self.stack.last_mut().filter(|frame| frame.style.inside() == Inside::Grid) else {
            return;
        };
        let z = style.number(Property::ZIndex).unwrap_or(0.0);
        let under = |cell: &&GridCell| {
            (cell.place.0 - row).abs() < 0.1 && (cell.place.1 - column).abs() < 0.1 && cell.z <= z
        };
        if opaque && !sized && !Scene::is_out_of_flow(style) {
            for cell in grid.cells.iter().filter(under) {
                self.covers.push(Cover {
                    rect: Rect { left: f32::MIN, top: f32::MIN, right: f32::MAX, bottom: f32::MAX },
                    layer,
                    own: false,
                    moved: true,
                    container: None,
                    only: Some(cell.texts),
                    first: 0,
                    last: 0,
                });
            }
        }
        if grid.cells.len() < MAX_CELLS {
            grid.cells.push(GridCell { place: (row, column), z, texts });
        }
    }

    /// The scene of text that stands on shapes of its drawing; none where it stands on none.
    pub(super) fn on_shapes(&self, scene: &Scene, text: &Rect) -> Option<Scene> {
        // SECURITY: each text asks the shapes before it, and no more than so many.
        let under = self.shapes.iter().rev().take(MAX_SHAPES).find(|shape| shape.outer.meets(text))?;
        let color = under.color.filter(|_| under.inner.is_some_and(|inner| inner.holds(text)));
        let mut scene = scene.clone();
        if self.shapes.len() > MAX_SHAPES || color.is_none_or(|color| color.alpha <= 0.95) {
            scene.canvas.forget();
        } else {
            scene.canvas.set_ground(color);
        }
        Some(scene)
    }

    /// Notes a shape of a drawing: it is behind the text that follows, and over the text before.
    pub(super) fn paint(&mut self, element: &Element, style: &Style, scene: &Scene) {
        let Some((outer, inner)) = scene.drawing.as_ref().and_then(|drawing| drawing.shape(element)) else {
            return;
        };
        if scene.gone().is_some() || !style.is_visible() {
            return;
        }
        let fill = style.paint(Property::SvgFill).unwrap_or(Paint::Color(Rgba::BLACK));
        let part = style.number(Property::FillOpacity).unwrap_or(1.0) * scene.canvas.opacity();
        let color = style.resolve(fill).map(|color| Rgba { alpha: color.alpha * part, ..color });
        if color.is_some_and(|color| color.alpha < 0.004) {
            return;
        }
        let whole = style.shape.is_none() && style.mask.is_none() && style.filter.is_none();
        let color = color.filter(|_| whole && *element.name.local != *"image");
        self.shapes.push(Painting { outer, inner: inner.filter(|_| whole), color });
        if let (Some(rect), Some(color), true) = (inner, color, self.drawn > 0)
            && color.alpha > 0.95
        {
            let layer = scene.next_layer(&mut self.stage);
            let only = Some((self.drawn_from, self.order));
            self.covers.push(Cover {
                rect,
                layer,
                own: true,
                moved: true,
                container: None,
                only,
                first: 0,
                last: 0,
            });
        }
    }
}
