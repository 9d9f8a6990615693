//! The values of one element's properties: only those that were said or inherited are kept.

use std::sync::LazyLock;

use super::color::{Paint, Rgba};
use super::property::{Blend, Display, INHERITED, Position, Property, Value, White};

const _: () = assert!(Property::TABLE <= u128::BITS as usize, "each property has a bit");

/// The properties that children take over.
static PASSED_ON: LazyLock<u128> =
    LazyLock::new(|| INHERITED.iter().fold(0, |bits, property| bits | bit(*property)));

/// Values by property, those of the standard where nothing else was said.
///
/// A page has as many of these as elements, and each says a few of a hundred properties.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    has: u128,
    /// In the order of the bits.
    values: Vec<Value>,
}

#[inline]
const fn bit(property: Property) -> u128 {
    1_u128.wrapping_shl(property as u32)
}

impl Table {
    /// Inlined: it is asked a hundred times for each element, and mostly for what nobody said.
    #[inline]
    pub(super) fn get(&self, property: Property) -> Value {
        if self.has & bit(property) == 0 { initial(property) } else { self.said(property) }
    }

    #[inline(never)]
    fn said(&self, property: Property) -> Value {
        self.values.get(self.place(bit(property))).copied().unwrap_or(Value::Auto)
    }

    pub(super) fn set(&mut self, property: Property, value: Value) {
        let own = bit(property);
        let at = self.place(own);
        if self.has & own == 0 {
            self.has |= own;
            self.values.insert(at.min(self.values.len()), value);
        } else if let Some(slot) = self.values.get_mut(at) {
            *slot = value;
        }
    }

    /// What the children of an element with these values start with.
    pub(super) fn child(&self) -> Self {
        let mut child = Self { has: self.has & *PASSED_ON, values: Vec::with_capacity(16) };
        let mut left = self.has;
        for value in &self.values {
            let lowest = left & left.wrapping_neg();
            left ^= lowest;
            if child.has & lowest != 0 {
                child.values.push(*value);
            }
        }
        child
    }

    fn place(&self, own: u128) -> usize {
        (self.has & own.wrapping_sub(1)).count_ones() as usize
    }
}

#[inline]
const fn initial(property: Property) -> Value {
    match property {
        Property::Display => Value::Display(Display::Inline),
        Property::Visibility => Value::Flag(true),
        Property::Opacity => Value::Number(1.0),
        Property::Color => Value::Paint(Paint::CANVAS_TEXT),
        Property::BackgroundColor => Value::Paint(Paint::Color(Rgba::CLEAR)),
        Property::Position => Value::Position(Position::Static),
        Property::Blend => Value::Blend(Blend::Normal),
        Property::WhiteSpace => Value::White(White::Collapse),
        _ => Value::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_said_is_as_the_standard_has_it() {
        let mut table = Table::default();
        assert_eq!(table.get(Property::Display), Value::Display(Display::Inline));
        table.set(Property::ZIndex, Value::Number(2.0));
        table.set(Property::Display, Value::Display(Display::Block));
        table.set(Property::GridColumn, Value::Number(1.0));
        table.set(Property::Display, Value::Display(Display::None));
        assert_eq!(table.get(Property::Display), Value::Display(Display::None));
        assert_eq!(table.get(Property::ZIndex), Value::Number(2.0));
        assert_eq!(table.get(Property::GridColumn), Value::Number(1.0));
        assert_eq!(table.get(Property::Top), Value::Auto);
    }

    #[test]
    fn children_take_over_what_is_inherited_and_nothing_else() {
        let mut table = Table::default();
        table.set(Property::TextIndent, Value::Number(3.0));
        table.set(Property::Opacity, Value::Number(0.0));
        table.set(Property::Visibility, Value::Flag(false));
        let child = table.child();
        assert_eq!(child.get(Property::Visibility), Value::Flag(false));
        assert_eq!(child.get(Property::TextIndent), Value::Number(3.0));
        assert_eq!(child.get(Property::Opacity), Value::Number(1.0));
    }
}
