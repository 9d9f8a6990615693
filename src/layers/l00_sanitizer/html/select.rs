//! Which elements a selector means, over the arena. The matching itself is the `selectors` crate's.
//!
//! SECURITY: some selectors cost as much as the page is long, for each element. Every step to a neighbour is
//! counted; when the budget is spent, neighbours are no longer found and the page counts as not judged.

use std::borrow::Borrow;
use std::cell::Cell;
use std::fmt;

use cssparser::{CowRcStr, ParseError, Parser, ToCss, serialize_identifier, serialize_string};
use html5ever::{LocalName, Namespace};
use precomputed_hash::PrecomputedHash;
use selectors::parser::SelectorImpl;
use selectors::parser::{self, ParseRelative, SelectorList, SelectorParseErrorKind};

/// A string in a selector, with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(pub(super) Box<str>, u32);

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
    Indeterminate,
    InRange(bool),
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
    spaces: &Namespaces,
) -> Result<SelectorList<Css>, ParseError<()>> {
    let relative = match nesting {
        Nesting::Top => ParseRelative::No,
        Nesting::Nested => ParseRelative::ForNesting,
        Nesting::Scope => ParseRelative::ForScope,
    };
    SelectorList::parse(&Grammar(spaces), input, relative).map_err(|_| ParseError::unexpected_token())
}

/// The namespaces that a sheet declares.
#[derive(Debug, Clone, Default)]
pub(super) struct Namespaces {
    default: Option<Namespace>,
    prefixes: Vec<(Box<str>, Namespace)>,
}

impl Namespaces {
    /// Declares one for a prefix, or for all names without one. A later one takes the place of an earlier one.
    pub(super) fn set(&mut self, prefix: Option<Box<str>>, namespace: &str) {
        /// More than any sheet has.
        const MOST: usize = 32;
        let namespace = Namespace::from(namespace);
        match prefix {
            None => self.default = Some(namespace),
            Some(prefix) if self.prefixes.len() < MOST => self.prefixes.push((prefix, namespace)),
            Some(_) => {}
        }
    }
}

struct Grammar<'n>(&'n Namespaces);

impl<'i> parser::Parser<'i> for Grammar<'_> {
    type Impl = Css;
    type Error = SelectorParseErrorKind;

    fn default_namespace(&self) -> Option<Namespace> {
        self.0.default.clone()
    }

    fn namespace_for_prefix(&self, prefix: &Name) -> Option<Namespace> {
        let found = self.0.prefixes.iter().rev().find(|(have, _)| **have == *prefix.0);
        found.map(|(_, namespace)| namespace.clone())
    }

    fn parse_nth_child_of(&self) -> bool {
        true
    }

    fn parse_is_and_where(&self) -> bool {
        true
    }

    fn is_is_alias(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case("-webkit-any")
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
            "indeterminate" => State::Indeterminate,
            "in-range" => State::InRange(true),
            "out-of-range" => State::InRange(false),
            "hover" | "active" => State::Pointer,
            "visited" | "focus" | "focus-visible" | "focus-within" | "target" | "target-within"
            | "user-valid" | "user-invalid" | "fullscreen" | "modal" | "popover-open" | "autofill"
            | "-webkit-autofill" | "picture-in-picture" | "playing" | "paused" | "muted" | "local-link"
            | "blank" | "current" | "past" | "future" => State::Never,
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

/// A name in lower case, as the parser keeps it.
pub(super) fn lower(name: &CowRcStr<'_>) -> String {
    name.to_ascii_lowercase()
}
