//! Where boxes begin, and the boxes of pseudo-elements.

use std::rc::Rc;
use std::sync::Arc;

use super::super::flow::{Flow, Pen};
use super::super::property::{Display, Inside, Property};
use super::super::scene::Scene;
use super::super::style::Style;
use super::{Frame, Walk};

impl Walk<'_, '_, '_> {
    /// The left edge and the width of the column that an element of this style has in a grid of declared columns.
    pub(super) fn track(&mut self, style: &Style) -> Option<(f32, f32)> {
        let frame = self.stack.last_mut().filter(|frame| frame.style.inside() == Inside::Grid)?;
        let columns = Arc::clone(frame.style.columns.as_ref()?);
        let placed = style.number(Property::GridRow).or(style.number(Property::GridColumn)).is_some();
        if placed || Scene::is_out_of_flow(style) {
            return None;
        }
        let flow = frame.own.as_mut()?;
        let at = frame.filled.checked_rem(columns.len())?;
        if at == 0 && frame.filled > 0 {
            flow.end_row();
        }
        frame.filled = frame.filled.saturating_add(1);
        let mut x = frame.scene.x;
        for (column, width) in columns.iter().enumerate() {
            let width = (*width)?.resolve(frame.style.font, frame.scene.width);
            if column == at {
                return Some((x, width));
            }
            x += width;
        }
        None
    }

    /// Where an element's box would begin.
    pub(in super::super) fn corner(&mut self, style: &Style, boxed: bool) -> (f32, Pen) {
        let Some(at) = self.stack.last().map(|frame| frame.flow) else { return (0.0, Pen::default()) };
        let Some(Frame { own: Some(flow), scene, .. }) = self.stack.get_mut(at) else {
            return (0.0, Pen::default());
        };
        let width = scene.width;
        if !boxed {
            return (flow.left, flow.pen);
        }
        if Scene::is_out_of_flow(style) {
            return (flow.left, flow.pen);
        }
        let margin = style.px(Property::MarginTop, width).unwrap_or(0.0);
        if style.display() == Display::InlineBlock || style.floats() || flow.row {
            return (flow.left + flow.along.best, flow.pen.plus(margin));
        }
        (flow.left, flow.begin(margin))
    }

    /// A box that a pseudo-element makes.
    pub(in super::super) fn pseudo_box(
        &mut self,
        style: Style,
        scene: Scene,
        boxed: bool,
        fill: impl FnOnce(&mut Self, &Style, &Scene),
    ) {
        let Some(last) = self.stack.last() else { return };
        let (id, flow) = (last.id, last.flow);
        let first = self.order.saturating_add(1);
        let own = boxed.then(|| Flow::new(scene.x, scene.width, scene.top, false));
        let opaque = boxed && scene.painted.is_some() && scene.is_opaque(&style);
        let (style, scene) = (Rc::new(style), Rc::new(scene));
        self.stack.push(Frame {
            id,
            children: Vec::new().into_iter(),
            flow: if own.is_some() { self.stack.len() } else { flow },
            own,
            opaque,
            opaque_page: false,
            style: Rc::clone(&style),
            scene: Rc::clone(&scene),
            after: 0,
            number: 0,
            boxes: self.boxes.len(),
            first,
            link: None,
            fold: None,
            brings: None,
            first_line: None,
            cells: Vec::new(),
            filled: 0,
        });
        fill(self, &style, &scene);
        if let Some(Frame { own: Some(mut flow), .. }) = self.stack.pop() {
            self.close(&style, &scene, &mut flow, first, opaque);
        }
    }
}
