//! Which elements a selector means, over the arena. The matching itself is the `selectors` crate's.
//!
//! SECURITY: some selectors cost as much as the page is long, for each element. Every step to a neighbour is
//! counted; when the budget is spent, neighbours are no longer found and the page counts as not judged.

use std::borrow::Borrow;
use std::cell::Cell;
use std::fmt;

use cssparser::{CowRcStr, ParseError, Parser, ToCss, serialize_identifier, serialize_string};
use html5ever::{LocalName, Namespace, local_name};
use precomputed_hash::PrecomputedHash;
use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint};
use selectors::bloom::BloomFilter;
use selectors::context::MatchingContext;
use selectors::matching::ElementSelectorFlags;
use selectors::parser::SelectorImpl;
use selectors::parser::{self, ParseRelative, SelectorList, SelectorParseErrorKind};
use selectors::{Element as SelectorElement, OpaqueElement};

use super::dom::{Data, Dom, Element, NodeId};

/// A string in a selector, with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(Box<str>, u32);

impl<'a> From<&'a str> for Text {
    fn from(text: &'a str) -> Self {
        // FNV-1a: only for the crate's bloom filters, where a collision costs a comparison.
        let hash = text
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Self(text.into(), hash)
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PrecomputedHash for Text {
    fn precomputed_hash(&self) -> u32 {
        self.1
    }
}

impl ToCss for Text {
    fn to_css<W: fmt::Write>(&self, dest: &mut W) -> fmt::Result {
        serialize_string(&self.0, dest)
    }
}

/// An atom of html5ever in a selector: names of elements and attributes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Name(pub(super) LocalName);

impl<'a> From<&'a str> for Name {
    fn from(name: &'a str) -> Self {
        Self(LocalName::from(name))
    }
}

impl Borrow<LocalName> for Name {
    fn borrow(&self) -> &LocalName {
        &self.0
    }
}

impl PrecomputedHash for Name {
    fn precomputed_hash(&self) -> u32 {
        self.0.precomputed_hash()
    }
}

impl ToCss for Name {
    fn to_css<W: fmt::Write>(&self, dest: &mut W) -> fmt::Result {
        serialize_identifier(&self.0, dest)
    }
}

/// Pseudo-classes that depend on the element's state: of a page that was just loaded and that nobody touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Link,
    Checked,
    Disabled,
    Enabled,
    Required,
    Optional,
    ReadOnly,
    ReadWrite,
    PlaceholderShown,
    Open,
    Defined,
    Lang(Box<str>),
    Dir(bool),
    Invalid,
    Valid,
    Default,
    /// `:hover`, `:focus`, `:target` and others: valid, and not so here.
    Never,
    /// Like `Never`, but set by the user's pointer: `:hover` and `:active`.
    Pointer,
}

impl ToCss for State {
    fn to_css<W: fmt::Write>(&self, dest: &mut W) -> fmt::Result {
        write!(dest, ":{self:?}")
    }
}

impl parser::NonTSPseudoClass for State {
    fn is_active_or_hover(&self) -> bool {
        *self == Self::Pointer
    }

    fn is_user_action_state(&self) -> bool {
        *self == Self::Pointer
    }
}

/// Pseudo-elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pseudo {
    Before,
    After,
    FirstLine,
    FirstLetter,
    Marker,
    Placeholder,
    DetailsContent,
    /// Those that hold no text of their own, and are valid.
    Other,
}

impl ToCss for Pseudo {
    fn to_css<W: fmt::Write>(&self, dest: &mut W) -> fmt::Result {
        write!(dest, "::{self:?}")
    }
}

impl parser::PseudoElement for Pseudo {
    fn is_before_or_after(&self) -> bool {
        matches!(self, Self::Before | Self::After)
    }

    fn accepts_state_pseudo_classes(&self) -> bool {
        true
    }
}

/// The types that selectors are made of.
#[derive(Debug, Clone)]
pub(super) struct Css;

impl SelectorImpl for Css {
    type ExtraMatchingData<'a> = ();
    type AttrValue = Text;
    type Identifier = Text;
    type LocalName = Name;
    type NamespaceUrl = Namespace;
    type NamespacePrefix = Name;
    type BorrowedNamespaceUrl = Namespace;
    type BorrowedLocalName = LocalName;
    type NonTSPseudoClass = State;
    type PseudoElement = Pseudo;
}

/// Where a list of selectors stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nesting {
    Top,
    /// Inside another rule.
    Nested,
    /// Right inside an `@scope`.
    Scope,
}

/// Parses a list of selectors.
pub(super) fn selectors(
    input: &mut Parser<'_>,
    nesting: Nesting,
) -> Result<SelectorList<Css>, ParseError<()>> {
    let relative = match nesting {
        Nesting::Top => ParseRelative::No,
        Nesting::Nested => ParseRelative::ForNesting,
        Nesting::Scope => ParseRelative::ForScope,
    };
    SelectorList::parse(&Grammar, input, relative).map_err(|_| ParseError::unexpected_token())
}

struct Grammar;

impl<'i> parser::Parser<'i> for Grammar {
    type Impl = Css;
    type Error = SelectorParseErrorKind;

    fn parse_nth_child_of(&self) -> bool {
        true
    }

    fn parse_is_and_where(&self) -> bool {
        true
    }

    fn is_is_alias(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case("matches") || name.eq_ignore_ascii_case("-webkit-any")
    }

    fn parse_has(&self) -> bool {
        true
    }

    fn parse_parent_selector(&self) -> bool {
        true
    }

    fn parse_slotted(&self) -> bool {
        true
    }

    fn parse_host(&self) -> bool {
        true
    }

    fn parse_part(&self) -> bool {
        true
    }

    fn parse_non_ts_pseudo_class(&self, name: &str) -> Result<State, ParseError<SelectorParseErrorKind>> {
        Ok(match &*name.to_ascii_lowercase() {
            "link" | "any-link" | "-webkit-any-link" => State::Link,
            "checked" => State::Checked,
            "disabled" => State::Disabled,
            "enabled" => State::Enabled,
            "required" => State::Required,
            "optional" => State::Optional,
            "read-only" => State::ReadOnly,
            "read-write" => State::ReadWrite,
            "placeholder-shown" => State::PlaceholderShown,
            "open" => State::Open,
            "defined" => State::Defined,
            "invalid" => State::Invalid,
            "valid" => State::Valid,
            "default" => State::Default,
            "hover" | "active" => State::Pointer,
            "visited" | "focus" | "focus-visible" | "focus-within" | "target" | "target-within"
            | "indeterminate" | "user-valid" | "user-invalid" | "in-range" | "out-of-range"
            | "fullscreen" | "modal" | "popover-open" | "autofill" | "-webkit-autofill"
            | "picture-in-picture" | "playing" | "paused" | "muted" | "local-link" | "blank" | "current"
            | "past" | "future" => State::Never,
            _ => return Err(ParseError::custom(SelectorParseErrorKind::UnsupportedPseudoClassOrElement)),
        })
    }

    fn parse_non_ts_functional_pseudo_class(
        &self,
        name: &str,
        input: &mut Parser<'i>,
        _after_part: bool,
    ) -> Result<State, ParseError<SelectorParseErrorKind>> {
        match &*name.to_ascii_lowercase() {
            "lang" => Ok(State::Lang(input.expect_ident_or_string()?.to_ascii_lowercase().into())),
            "dir" => Ok(State::Dir(input.expect_ident()?.eq_ignore_ascii_case("rtl"))),
            "state" | "active-view-transition-type" | "nth-col" | "nth-last-col" => {
                while input.next().is_ok() {}
                Ok(State::Never)
            }
            _ => Err(ParseError::custom(SelectorParseErrorKind::UnsupportedPseudoClassOrElement)),
        }
    }

    fn parse_pseudo_element(&self, name: &str) -> Result<Pseudo, ParseError<SelectorParseErrorKind>> {
        let name = name.to_ascii_lowercase();
        Ok(match &*name {
            "before" => Pseudo::Before,
            "after" => Pseudo::After,
            "first-line" => Pseudo::FirstLine,
            "first-letter" => Pseudo::FirstLetter,
            "marker" => Pseudo::Marker,
            "placeholder" | "-webkit-input-placeholder" => Pseudo::Placeholder,
            "details-content" => Pseudo::DetailsContent,
            "selection"
            | "backdrop"
            | "file-selector-button"
            | "cue"
            | "target-text"
            | "spelling-error"
            | "grammar-error"
            | "checkmark"
            | "picker-icon"
            | "column"
            | "scroll-marker"
            | "scroll-marker-group"
            | "view-transition" => Pseudo::Other,
            // A browser takes every `::-webkit-` one as valid.
            _ if name.starts_with("-webkit-") => Pseudo::Other,
            _ => return Err(ParseError::custom(SelectorParseErrorKind::UnsupportedPseudoClassOrElement)),
        })
    }

    fn parse_functional_pseudo_element(
        &self,
        name: &str,
        input: &mut Parser<'i>,
    ) -> Result<Pseudo, ParseError<SelectorParseErrorKind>> {
        let known = ["cue", "highlight", "picker", "scroll-button", "view-transition-group"];
        if !known.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            return Err(ParseError::custom(SelectorParseErrorKind::UnsupportedPseudoClassOrElement));
        }
        while input.next().is_ok() {}
        Ok(Pseudo::Other)
    }
}

/// Steps that matching may take over the whole page, and whether they were enough.
#[derive(Debug)]
pub(super) struct Steps {
    left: Cell<usize>,
}

impl Steps {
    pub(super) fn new(steps: usize) -> Self {
        Self { left: Cell::new(steps) }
    }

    pub(super) fn take(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }

    pub(super) fn take_many(&self, steps: usize) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(steps));
        left > steps
    }

    /// Something cannot be judged: nothing more is, either.
    pub(super) fn give_up(&self) {
        self.left.set(0);
    }

    pub(super) fn spent(&self) -> bool {
        self.left.get() == 0
    }
}

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
        self.is_control() && self.attr(&local_name!("disabled")).is_some()
    }

    fn is_editable(&self) -> bool {
        let free = self.attr(&local_name!("readonly")).is_none() && !self.is_disabled();
        free && self.is(&[local_name!("input"), local_name!("textarea")])
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
                    || (self.is(&[local_name!("option")]) && self.attr(&local_name!("selected")).is_some())
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

/// A name in lower case, as the parser keeps it.
pub(super) fn lower(name: &CowRcStr<'_>) -> String {
    name.to_ascii_lowercase()
}
