//! What holds for one element: the values of our properties, and what is passed on to its children.

use std::sync::Arc;

use super::property::{
    Animation, Blend, Counts, Display, Inside, Marker, Overflow, Piece, Position, Property, Said, Shadows,
    Shape, Step, Tint, Value, White, Wide, animation_part,
};
use super::reader::substituted;
use super::table::Table;
use super::value::{Length, Paint, ROOT_FONT, Rgba};
use super::vars::{Customs, Vars, substitute};

/// Browsers lift sizes that are relative to this, in pixels.
const RELATIVE_FLOOR: f32 = 6.0;
/// A relative size below this share of the parent's is not lifted.
const STEEPEST: f32 = 0.2;

/// What holds for one element.
#[derive(Debug, Clone)]
pub(super) struct Style {
    table: Table,
    /// `translate`, `rotate`, `scale` and `transform`, in the order in which they act.
    transforms: [Option<Arc<[Step]>>; 4],
    pub(super) shape: Option<Arc<Shape>>,
    pub(super) shadows: Option<Arc<Shadows>>,
    pub(super) columns: Option<Arc<[Option<Length>]>>,
    pub(super) mask: Option<Arc<str>>,
    pub(super) filter: Option<Arc<[Tint]>>,
    /// The element that describes the filter.
    pub(super) filter_ref: Option<Arc<str>>,
    pub(super) animations: Option<Arc<[Animation]>>,
    pub(super) families: Option<Arc<[Box<str>]>>,
    pub(super) container: Option<Arc<str>>,
    pub(super) content: Option<Arc<[Piece]>>,
    pub(super) marker: Option<Marker>,
    /// `counter-reset`, `counter-set` and `counter-increment`.
    pub(super) counts: [Counts; 3],
    pub(super) quotes: Option<Arc<[Box<str>]>>,
    pub(super) customs: Option<Arc<Customs>>,
    /// The font's size in pixels.
    pub(super) font: f32,
    /// The font size of the root, in pixels.
    pub(super) root: f32,
    /// How many elements around it, and itself, said which colour its text has.
    pub(super) coloured: u32,
    /// How much all lengths are enlarged, by this element and those around it.
    pub(super) zoom: f32,
}

impl Style {
    /// What a page starts with; white space is kept where its source is shown as it is written.
    pub(super) fn page(verbatim: bool) -> Self {
        let mut style = Self::initial();
        if verbatim {
            style.set(Property::WhiteSpace, Value::White(White::Keep));
        }
        style
    }

    fn initial() -> Self {
        Self::of(Table::default())
    }

    fn of(table: Table) -> Self {
        Self {
            table,
            transforms: [const { None }; 4],
            shape: None,
            shadows: None,
            columns: None,
            mask: None,
            filter: None,
            filter_ref: None,
            animations: None,
            families: None,
            container: None,
            content: None,
            marker: None,
            counts: [const { None }; 3],
            quotes: None,
            customs: None,
            font: ROOT_FONT,
            root: ROOT_FONT,
            coloured: 0,
            zoom: 1.0,
        }
    }

    #[inline]
    pub(super) fn get(&self, property: Property) -> Value {
        self.table.get(property)
    }

    pub(super) fn set(&mut self, property: Property, value: Value) {
        self.table.set(property, value);
    }

    #[inline]
    pub(super) fn display(&self) -> Display {
        match self.get(Property::Display) {
            Value::Display(display) => display,
            _ => Display::Inline,
        }
    }

    #[inline]
    pub(super) fn position(&self) -> Position {
        match self.get(Property::Position) {
            Value::Position(position) => position,
            _ => Position::Static,
        }
    }

    pub(super) fn white(&self) -> White {
        match self.get(Property::WhiteSpace) {
            Value::White(white) => white,
            _ => White::Collapse,
        }
    }

    #[inline]
    pub(super) fn flag(&self, property: Property) -> bool {
        matches!(self.get(property), Value::Flag(true))
    }

    #[inline]
    pub(super) fn number(&self, property: Property) -> Option<f32> {
        match self.get(property) {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn paint(&self, property: Property) -> Option<Paint> {
        match self.get(property) {
            Value::Paint(paint) => Some(paint),
            _ => None,
        }
    }

    pub(super) fn blend(&self) -> Blend {
        match self.get(Property::Blend) {
            Value::Blend(blend) => blend,
            _ => Blend::Normal,
        }
    }

    pub(super) fn inside(&self) -> Inside {
        match self.get(Property::Inside) {
            Value::Inside(inside) => inside,
            _ => Inside::Flow,
        }
    }

    pub(super) fn overflow(&self, property: Property) -> Overflow {
        match self.get(property) {
            Value::Overflow(overflow) => overflow,
            _ => Overflow::Visible,
        }
    }

    /// What happens along both axes: where one of them scrolls or cuts, the other is not left open.
    pub(super) fn overflows(&self) -> (Overflow, Overflow) {
        let own = (self.overflow(Property::OverflowX), self.overflow(Property::OverflowY));
        let plain = |own: Overflow| if own == Overflow::Clip { Overflow::Hidden } else { own };
        let used = |own: Overflow, other: Overflow| {
            let closed = matches!(other, Overflow::Hidden | Overflow::Scroll);
            if own == Overflow::Visible && closed { Overflow::Scroll } else { plain(own) }
        };
        let own = (used(own.0, own.1), used(own.1, own.0));
        // Clipped that far away, a line is still seen.
        let clips =
            [Property::OverflowX, Property::OverflowY].map(|axis| self.overflow(axis) == Overflow::Clip);
        let spared =
            clips == [true; 2] && self.px(Property::ClipMargin, 0.0).is_some_and(|by| by >= self.font * 0.75);
        if spared { (Overflow::Visible, Overflow::Visible) } else { own }
    }

    pub(super) fn dark(&self) -> bool {
        self.flag(Property::ColorScheme)
    }

    /// A colour of this element, where it is known.
    pub(super) fn color(&self, property: Property) -> Option<Rgba> {
        self.resolve(self.paint(property).unwrap_or(Paint::Current))
    }

    /// The colour of the box itself, where it is known.
    #[inline]
    pub(super) fn color_of_ground(&self) -> Option<Rgba> {
        self.paint(Property::BackgroundColor).and_then(|paint| self.resolve(paint))
    }

    /// A colour in this element's scheme, with its text colour.
    pub(super) fn resolve(&self, paint: Paint) -> Option<Rgba> {
        let current = match self.paint(Property::Color) {
            Some(Paint::Current) | None => None,
            Some(paint) => paint.resolve(self.dark(), None),
        };
        paint.resolve(self.dark(), current)
    }

    /// `translate`, `rotate`, `scale` and `transform`, in the order in which they act.
    pub(super) fn transforms(&self) -> impl Iterator<Item = &[Step]> + '_ {
        self.transforms.iter().flatten().map(|steps| &**steps)
    }

    pub(super) fn is_transformed(&self) -> bool {
        self.transforms.iter().any(Option::is_some)
    }

    fn transform_slot(&mut self, property: Property) -> Option<&mut Option<Arc<[Step]>>> {
        let at = (property as usize).checked_sub(Property::Translate as usize)?;
        self.transforms.get_mut(at)
    }

    fn transform(&self, property: Property) -> Option<Arc<[Step]>> {
        let at = (property as usize).checked_sub(Property::Translate as usize)?;
        self.transforms.get(at).cloned().flatten()
    }

    fn counts_slot(&mut self, property: Property) -> Option<&mut Counts> {
        let at = (property as usize).checked_sub(Property::CounterReset as usize)?;
        self.counts.get_mut(at)
    }

    #[inline]
    pub(super) fn floats(&self) -> bool {
        self.flag(Property::Float) || self.floats_right()
    }

    pub(super) fn floats_right(&self) -> bool {
        self.number(Property::Float).is_some()
    }

    /// Whether it has a marker, as the item of a list.
    pub(super) fn is_item(&self) -> bool {
        self.get(Property::Item) == Value::Flag(true)
    }

    /// The height of a line in pixels.
    pub(super) fn line(&self) -> f32 {
        match self.get(Property::LineHeight) {
            Value::Number(times) => times * self.font,
            Value::Length(length) => length.resolve(self.font, 0.0),
            _ => self.font * 1.15,
        }
    }

    #[inline]
    pub(super) fn length(&self, property: Property) -> Option<Length> {
        match self.get(property) {
            Value::Length(length) => Some(length),
            _ => None,
        }
    }

    /// A length in pixels, for a containing block of this size.
    #[inline]
    pub(super) fn px(&self, property: Property, base: f32) -> Option<f32> {
        let length = self.length(property)?;
        // The font's size is enlarged already, and so is the containing block's.
        Some(Length { px: length.px * self.zoom, ..length }.resolve(self.font, base))
    }

    /// Whether text of this element is shown, leaving aside where and how.
    pub(super) fn is_visible(&self) -> bool {
        !matches!(self.get(Property::Visibility), Value::Flag(false))
    }

    /// What an element starts with under this one.
    pub(super) fn child(&self) -> Self {
        let mut child = Self::of(self.table.child());
        if let Some(color @ Paint::Scheme(..)) = self.paint(Property::Color) {
            // A colour of the system is passed on as what it is here.
            if let Some(color) = color.resolve(self.dark(), None) {
                child.set(Property::Color, Value::Paint(Paint::Color(color)));
            }
        }
        child.marker.clone_from(&self.marker);
        child.quotes.clone_from(&self.quotes);
        child.customs.clone_from(&self.customs);
        child.families.clone_from(&self.families);
        (child.font, child.root, child.zoom) = (self.font, self.root, self.zoom);
        child.coloured = self.coloured;
        child
    }

    fn wide(&mut self, property: Property, wide: Wide, parent: &Self, browser: &Self) {
        let from = match wide {
            Wide::Inherit => parent,
            Wide::Unset if property.is_inherited() => parent,
            Wide::Initial | Wide::Unset => &Self::initial(),
            Wide::Revert | Wide::RevertLayer => browser,
        };
        match property {
            Property::All => {
                // `direction` is the only one of ours that `all` leaves alone.
                let (direction, customs) = (self.get(Property::Direction), self.customs.take());
                let unset = match wide {
                    Wide::Initial => Self::initial(),
                    Wide::Inherit => parent.clone(),
                    Wide::Unset => parent.child(),
                    Wide::Revert | Wide::RevertLayer => browser.clone(),
                };
                *self = Self { customs, ..unset };
                self.set(Property::Direction, direction);
            }
            Property::Content => self.content.clone_from(&from.content),
            Property::CounterReset | Property::CounterSet | Property::CounterIncrement => {
                if let Some(slot) = self.counts_slot(property) {
                    *slot = None;
                }
            }
            Property::Quotes => self.quotes.clone_from(&from.quotes),
            Property::ListStyle => self.marker.clone_from(&from.marker),
            Property::FontSize => self.font = from.font,
            Property::Translate | Property::Rotate | Property::Scale | Property::Transform => {
                if let Some(slot) = self.transform_slot(property) {
                    *slot = from.transform(property);
                }
            }
            Property::ClipPath => self.shape.clone_from(&from.shape),
            Property::Shadows => self.shadows.clone_from(&from.shadows),
            Property::GridColumns => self.columns.clone_from(&from.columns),
            Property::MaskRef => self.mask.clone_from(&from.mask),
            Property::Filter => {
                self.filter.clone_from(&from.filter);
                self.filter_ref.clone_from(&from.filter_ref);
            }
            Property::Animation => self.animations.clone_from(&from.animations),
            Property::Family => self.families.clone_from(&from.families),
            Property::ContainerName => self.container.clone_from(&from.container),
            _ => self.set(property, from.get(property)),
        }
    }

    /// Takes what a declaration says.
    pub(super) fn say(&mut self, said: &Said, parent: &Self, browser: &Self, vars: &Vars<'_>) {
        match said {
            Said::Pending(name, raw) => {
                let value = substitute(raw, self.customs.as_deref(), vars);
                let said = value.and_then(|value| substituted(name, &value));
                // What is invalid at computed-value time counts as `unset`.
                for said in said.or_else(|| substituted(name, "unset")).unwrap_or_default() {
                    self.say_plain(&said, parent, browser);
                }
            }
            said => self.say_plain(said, parent, browser),
        }
    }

    /// Takes what a declaration without substitutions says.
    pub(super) fn say_plain(&mut self, said: &Said, parent: &Self, browser: &Self) {
        match said {
            Said::Value(property, Value::Length(length)) if length.rem.abs() > 0.0 => {
                let length = length.on_root(self.root);
                self.say_plain(&Said::Value(*property, Value::Length(length)), parent, browser);
            }
            Said::Value(Property::FontSize, Value::Length(size)) => {
                let own_zoom = if parent.zoom > 0.0 { self.zoom / parent.zoom } else { 1.0 };
                let px = (size.em + size.part) * parent.font * own_zoom + size.px * self.zoom;
                // A size that is only absolute is taken as it is; a relative one has a floor.
                // SECURITY: not all browsers lift it, and nobody writes `1%` to be read.
                let relative = size.em.abs() + size.part.abs() > 0.0 && px >= parent.font * STEEPEST;
                self.font = if relative { px.max(RELATIVE_FLOOR.min(parent.font)) } else { px.max(0.0) };
            }
            Said::Value(Property::Zoom, Value::Number(zoom)) => {
                self.set(Property::Zoom, Value::Number(*zoom));
                let wanted = parent.zoom * zoom;
                if self.zoom > 0.0 {
                    self.font *= wanted / self.zoom;
                }
                self.zoom = wanted;
            }
            Said::Value(Property::LineHeight, Value::Length(height)) => {
                let px = Length { px: height.px * self.zoom, ..*height }.resolve(self.font, 0.0);
                self.set(Property::LineHeight, Value::Length(Length::px(px)));
            }
            Said::Value(property, value) => {
                if *property == Property::Color {
                    self.coloured = parent.coloured.saturating_add(1);
                }
                self.set(*property, *value);
            }
            Said::Wide(property, wide) => self.wide(*property, *wide, parent, browser),
            Said::Transform(property, transform) => {
                if let Some(slot) = self.transform_slot(*property) {
                    slot.clone_from(transform);
                }
            }
            Said::Shape(shape) => self.shape.clone_from(shape),
            Said::Shadows(shadows) => self.shadows.clone_from(shadows),
            Said::Columns(columns) => self.columns.clone_from(columns),
            Said::MaskRef(id) => self.mask.clone_from(id),
            Said::Filter(filter) => self.filter.clone_from(filter),
            Said::FilterRef(id) => self.filter_ref.clone_from(id),
            Said::Animations(animations) => self.animations.clone_from(animations),
            Said::AnimationPart(name, value) => {
                self.animations = animation_part(self.animations.as_ref(), name, value);
            }
            Said::Family(families) => self.families.clone_from(families),
            Said::ContainerName(name) => self.container.clone_from(name),
            Said::Content(content) => self.content.clone_from(content),
            Said::Counts(property, counts) => {
                if let Some(slot) = self.counts_slot(*property) {
                    slot.clone_from(counts);
                }
            }
            Said::Quotes(quotes) => self.quotes.clone_from(quotes),
            Said::ListStyle(marker) => self.marker.clone_from(marker),
            Said::Custom(..) | Said::Pending(..) => {}
        }
    }

    /// Forgets a custom property.
    pub(super) fn forget(&mut self, name: &str) {
        if let Some(customs) = &mut self.customs
            && customs.contains_key(name)
        {
            Arc::make_mut(customs).remove(name);
        }
    }

    pub(super) fn define(&mut self, name: &Arc<str>, value: &Arc<str>) {
        let customs = self.customs.get_or_insert_with(Arc::default);
        if customs.get(name) != Some(value) {
            Arc::make_mut(customs).insert(Arc::clone(name), Arc::clone(value));
        }
    }
}
