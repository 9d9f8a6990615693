//! An element as the matcher of selectors sees it: its neighbours, its attributes, and the state that a page is in
//! that was just loaded.

use std::fmt;

use html5ever::{LocalName, Namespace, local_name};
use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint};
use selectors::bloom::BloomFilter;
use selectors::context::MatchingContext;
use selectors::matching::ElementSelectorFlags;
use selectors::{Element as SelectorElement, OpaqueElement};

use super::dom::{Data, Dom, Element, NodeId};
use super::select::{Css, Name, Pseudo, State, Steps, Text};

/// An element of the page, as the matcher sees it.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) dom: &'a Dom,
    pub(super) steps: &'a Steps,
    pub(super) id: NodeId,
    element: &'a Element,
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.element.name.local, self.id.index())
    }
}

impl<'a> Subject<'a> {
    pub(super) fn new(dom: &'a Dom, steps: &'a Steps, id: NodeId) -> Option<Self> {
        Some(Self { dom, steps, id, element: dom.element(id)? })
    }

    fn at(&self, id: NodeId) -> Option<Self> {
        Self::new(self.dom, self.steps, id)
    }

    fn first(&self, nodes: impl Iterator<Item = NodeId>) -> Option<Self> {
        let mut nodes = nodes;
        nodes.find_map(|id| if self.steps.take() { Some(self.at(id)) } else { None }.flatten())
    }

    fn attr(&self, name: &LocalName) -> Option<&'a str> {
        self.element.attr(name)
    }

    fn is(&self, names: &[LocalName]) -> bool {
        self.element.is_html() && names.contains(&self.element.name.local)
    }

    fn is_control(&self) -> bool {
        self.is(&[
            local_name!("button"),
            local_name!("input"),
            local_name!("select"),
            local_name!("textarea"),
            local_name!("fieldset"),
            local_name!("optgroup"),
            local_name!("option"),
        ])
    }

    fn is_disabled(&self) -> bool {
        let off = |at: &Self| at.attr(&local_name!("disabled")).is_some();
        let group = if self.is(&[local_name!("option")]) { "optgroup" } else { "fieldset" };
        self.is_control()
            && (off(self)
                || self
                    .ancestors()
                    .skip(1)
                    .any(|at| at.element.is_html() && *at.element.name.local == *group && off(&at)))
    }

    fn is_editable(&self) -> bool {
        if self.is(&[local_name!("input"), local_name!("textarea")]) {
            return self.attr(&local_name!("readonly")).is_none() && !self.is_disabled();
        }
        let said = self.ancestors().find_map(|at| at.attr(&LocalName::from("contenteditable")));
        said.is_some_and(|said| !said.eq_ignore_ascii_case("false"))
    }

    /// Whether an option is the one that a closed list shows without anybody's choice.
    fn is_shown_first(&self) -> bool {
        let list = self.ancestors().skip(1).find(|at| at.is(&[local_name!("select")]));
        let Some(list) = list.filter(|list| {
            list.attr(&local_name!("multiple")).is_none()
                && list.attr(&local_name!("size")).is_none_or(|size| matches!(size.trim(), "" | "0" | "1"))
        }) else {
            return false;
        };
        let mut first = None;
        for option in self.dom.descendants(list.id).filter_map(|id| self.at(id)) {
            if !self.steps.take()
                || option.is(&[local_name!("option")]) && option.attr(&local_name!("selected")).is_some()
            {
                return false;
            }
            if first.is_none() && option.is(&[local_name!("option")]) && !option.is_disabled() {
                // Only this one can be it, so that the others need not look at the rest of the list.
                if option.id != self.id {
                    return false;
                }
                first = Some(option.id);
            }
        }
        first == Some(self.id)
    }

    /// Whether the number of a field is within its bounds; `None` where there is neither.
    fn is_in_range(&self) -> Option<bool> {
        let number = |name: LocalName| self.attr(&name).and_then(|text| text.trim().parse::<f64>().ok());
        let (least, most) = (number(local_name!("min")), number(local_name!("max")));
        let kind = self.attr(&local_name!("type")).map(str::to_ascii_lowercase);
        let counted = matches!(kind.as_deref(), Some("number" | "range"));
        if !self.is(&[local_name!("input")]) || !counted || least.is_none() && most.is_none() {
            return None;
        }
        let Some(value) = number(local_name!("value")) else { return Some(true) };
        Some(least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most))
    }

    /// Whether the browser checks what is filled in.
    fn is_checked(&self) -> bool {
        self.is(&[local_name!("input"), local_name!("select"), local_name!("textarea"), local_name!("form")])
    }

    /// Whether what is filled in at first is known to be wrong.
    fn is_invalid(&self) -> bool {
        if !self.is(&[local_name!("input"), local_name!("textarea")]) || self.is_disabled() {
            return false;
        }
        let value = self.attr(&local_name!("value")).unwrap_or_default();
        let required = self.attr(&local_name!("required")).is_some();
        let kind = self.attr(&local_name!("type")).unwrap_or_default().to_ascii_lowercase();
        match &*kind {
            "checkbox" | "radio" => required && self.attr(&local_name!("checked")).is_none(),
            "email" if !value.is_empty() => !value.contains('@'),
            "url" if !value.is_empty() => !value.contains(':'),
            "hidden" | "button" | "submit" | "reset" | "image" => false,
            _ => required && value.is_empty() && self.is(&[local_name!("input")]),
        }
    }

    fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), Subject::parent_element)
    }

    fn has_language(&self, range: &str) -> bool {
        let language = self.ancestors().find_map(|at| at.attr(&local_name!("lang")));
        language.is_some_and(|language| {
            let language = language.to_ascii_lowercase();
            let rest = language.strip_prefix(range.trim_end_matches("-*"));
            range == "*" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }

    fn is_rtl(&self) -> bool {
        let dir = self.ancestors().find_map(|at| at.attr(&local_name!("dir")));
        dir.is_some_and(|dir| dir.eq_ignore_ascii_case("rtl"))
    }

    fn has_state(&self, state: &State) -> bool {
        match state {
            State::Link => {
                self.is(&[local_name!("a"), local_name!("area")]) && self.attr(&local_name!("href")).is_some()
            }
            State::Checked => {
                (self.is(&[local_name!("input")]) && self.attr(&local_name!("checked")).is_some())
                    || (self.is(&[local_name!("option")])
                        && (self.attr(&local_name!("selected")).is_some() || self.is_shown_first()))
            }
            State::Disabled => self.is_disabled(),
            State::Enabled => self.is_control() && !self.is_disabled(),
            State::Required => self.is_control() && self.attr(&local_name!("required")).is_some(),
            State::Optional => self.is_control() && self.attr(&local_name!("required")).is_none(),
            State::ReadOnly => !self.is_editable(),
            State::ReadWrite => self.is_editable(),
            State::PlaceholderShown => {
                self.is_editable()
                    && self.attr(&local_name!("placeholder")).is_some()
                    && self.attr(&local_name!("value")).is_none_or(str::is_empty)
            }
            State::Open => {
                self.is(&[local_name!("details"), local_name!("dialog")])
                    && self.attr(&local_name!("open")).is_some()
            }
            // Custom elements are defined by scripts, and none runs.
            State::Defined => !self.element.is_html() || !self.element.name.local.contains('-'),
            State::Lang(range) => self.has_language(range),
            State::Dir(rtl) => self.is_rtl() == *rtl,
            State::Valid => self.is_checked() && !self.is_invalid(),
            State::Invalid => self.is_invalid(),
            State::Default => {
                self.has_state(&State::Checked)
                    || (self.is(&[local_name!("button"), local_name!("input")])
                        && matches!(self.attr(&local_name!("type")), Some("submit" | "image")))
            }
            State::Indeterminate => {
                self.is(&[local_name!("progress")]) && self.attr(&local_name!("value")).is_none()
            }
            State::InRange(inside) => self.is_in_range() == Some(*inside),
            State::Never | State::Pointer => false,
        }
    }
}

impl SelectorElement for Subject<'_> {
    type Impl = Css;

    fn opaque(&self) -> OpaqueElement {
        OpaqueElement::new(self.element)
    }

    fn parent_element(&self) -> Option<Self> {
        if self.steps.take() { self.at(self.dom.parent(self.id)?) } else { None }
    }

    fn parent_node_is_shadow_root(&self) -> bool {
        self.dom.parent(self.id).is_some_and(|parent| self.dom.host(parent).is_some())
    }

    fn containing_shadow_host(&self) -> Option<Self> {
        if !self.dom.has_shadows() {
            return None;
        }
        let mut at = self.id;
        while let Some(parent) = self.dom.parent(at) {
            if !self.steps.take() {
                return None;
            }
            at = parent;
        }
        self.at(self.dom.host(at)?)
    }

    fn assigned_slot(&self) -> Option<Self> {
        let parent = self.dom.parent(self.id)?;
        let shadow = self.dom.shadow(parent)?;
        let wanted = self.attr(&local_name!("slot")).unwrap_or_default();
        let mut nodes = self.dom.descendants(shadow);
        nodes.find_map(|id| {
            let slot = if self.steps.take() { self.at(id) } else { None }?;
            let named = slot.attr(&local_name!("name")).unwrap_or_default() == wanted;
            (slot.is_html_slot_element() && named).then_some(slot)
        })
    }

    fn is_pseudo_element(&self) -> bool {
        false
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        self.first(std::iter::successors(self.dom.previous(self.id), |id| self.dom.previous(*id)))
    }

    fn next_sibling_element(&self) -> Option<Self> {
        self.first(std::iter::successors(self.dom.next(self.id), |id| self.dom.next(*id)))
    }

    fn first_element_child(&self) -> Option<Self> {
        self.first(self.dom.children(self.id))
    }

    fn is_html_element_in_html_document(&self) -> bool {
        self.element.is_html()
    }

    fn has_local_name(&self, name: &LocalName) -> bool {
        self.element.name.local == *name
    }

    fn has_namespace(&self, namespace: &Namespace) -> bool {
        self.element.name.ns == *namespace
    }

    fn is_same_type(&self, other: &Self) -> bool {
        self.element.name.local == other.element.name.local && self.element.name.ns == other.element.name.ns
    }

    fn attr_matches(
        &self,
        namespace: &NamespaceConstraint<&Namespace>,
        name: &Name,
        operation: &AttrSelectorOperation<&Text>,
    ) -> bool {
        self.element.attrs.iter().any(|attr| {
            let in_namespace = match namespace {
                NamespaceConstraint::Any => true,
                NamespaceConstraint::Specific(namespace) => attr.name.ns == **namespace,
            };
            in_namespace && attr.name.local == name.0 && operation.eval_str(&attr.value)
        })
    }

    fn match_non_ts_pseudo_class(&self, state: &State, _: &mut MatchingContext<'_, Css>) -> bool {
        self.has_state(state)
    }

    fn match_pseudo_element(&self, _: &Pseudo, _: &mut MatchingContext<'_, Css>) -> bool {
        false
    }

    fn apply_selector_flags(&self, _: ElementSelectorFlags) {}

    fn is_link(&self) -> bool {
        self.has_state(&State::Link)
    }

    fn is_html_slot_element(&self) -> bool {
        self.is(&[local_name!("slot")])
    }

    fn has_id(&self, id: &Text, case: CaseSensitivity) -> bool {
        self.attr(&local_name!("id")).is_some_and(|have| case.eq(have.as_bytes(), id.0.as_bytes()))
    }

    fn has_class(&self, name: &Text, case: CaseSensitivity) -> bool {
        self.attr(&local_name!("class")).is_some_and(|classes| {
            classes.split_ascii_whitespace().any(|have| case.eq(have.as_bytes(), name.0.as_bytes()))
        })
    }

    fn has_custom_state(&self, _: &Text) -> bool {
        false
    }

    fn imported_part(&self, _: &Text) -> Option<Text> {
        None
    }

    fn is_part(&self, name: &Text) -> bool {
        self.attr(&LocalName::from("part"))
            .is_some_and(|parts| parts.split_ascii_whitespace().any(|part| *part == *name.0))
    }

    fn is_empty(&self) -> bool {
        self.dom.children(self.id).all(|id| match self.dom.data(id) {
            Data::Element(_) => false,
            Data::Text(text) => text.is_empty(),
            _ => true,
        })
    }

    fn is_root(&self) -> bool {
        self.dom.parent(self.id) == Some(Dom::DOCUMENT)
    }

    fn add_element_unique_hashes(&self, _: &mut BloomFilter) -> bool {
        false
    }
}
