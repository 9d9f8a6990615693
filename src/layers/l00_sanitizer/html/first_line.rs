//! First lines with a style of their own (CSS Pseudo-Elements 4, 2.2).

use std::rc::Rc;

use super::dom::NodeId;
use super::flow::run_of;
use super::property::Property;
use super::render::Walk;
use super::scene::Scene;
use super::select::Pseudo;
use super::style::Style;
use crate::base::Rule;

/// What a first line may have of its own, as far as it decides whether text is seen.
const FIRST_LINE: &[Property] = &[
    Property::Color,
    Property::TextFill,
    Property::TextStroke,
    Property::TextShadow,
    Property::LetterSpacing,
    Property::WordSpacing,
    Property::BackgroundColor,
];

impl Walk<'_, '_, '_> {
    /// The style that a box's first line has, where it has one of its own, or begins with its parent's first line.
    pub(super) fn first_line(&mut self, id: NodeId, style: &Style) -> Option<Rc<(Style, Style)>> {
        if !self.cascade.sheets().any(|sheet| sheet.speaks_of(Pseudo::FirstLine)) {
            return None;
        }
        let own = self.cascade.pseudo(id, Pseudo::FirstLine, style, &self.boxes)?;
        let said = |property: &&Property| own.get(**property) != style.get(**property);
        if (own.font - style.font).abs() > 0.1 || FIRST_LINE.iter().find(said).is_some() {
            return Some(Rc::new((style.clone(), own)));
        }
        let parent = self.stack.last()?;
        let flow = self.stack.get(parent.flow)?;
        let begins = flow.own.as_ref().is_some_and(|flow| flow.fresh && !flow.begun);
        flow.first_line.clone().filter(|_| begins && !Scene::is_out_of_flow(style))
    }

    /// Why text is not seen in a first line of a style of its own, and how many letters surely stand in it.
    pub(super) fn hidden_in_first_line(
        &self,
        at: usize,
        style: &Style,
        scene: &Scene,
        text: &str,
    ) -> Option<(&'static Rule, usize)> {
        let frame = self.stack.get(at)?;
        let flow = frame.own.as_ref().filter(|flow| flow.fresh)?;
        let (block, line) = &**frame.first_line.as_ref()?;
        let mut own = style.clone();
        for property in FIRST_LINE.iter().filter(|property| style.get(**property) == block.get(**property)) {
            if *property != Property::Color || style.coloured == block.coloured {
                own.set(*property, line.get(*property));
            }
        }
        if (style.font - block.font).abs() < 0.01 {
            own.font = line.font;
        }
        let mut scene = scene.clone();
        if line.get(Property::BackgroundColor) != block.get(Property::BackgroundColor) {
            scene.canvas.background(line, false, f32::MAX);
        }
        let rule = scene.hides(&own, text)?;
        let run = run_of(&own, text);
        let wide = (run.wide() / run.letters.max(1.0)).max(0.1);
        let room = (flow.width - flow.along.best).max(0.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few letters")]
        let letters = (room / wide) as usize;
        Some((rule, letters))
    }
}
