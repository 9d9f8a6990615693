//! Who may read a text, as far as that is known.

use std::collections::BTreeSet;
use std::sync::Arc;

/// Who is known to be allowed to read a text: everyone, or these. Of a text of which nothing is known, nobody.
///
/// Joined by [`Readers::meet`]: a sentence of two sources may be read by whom both may be read by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Readers(Option<Arc<BTreeSet<String>>>);

impl Readers {
    /// How many are remembered at the most. More are not known: that only makes rules stricter.
    pub const MAX: usize = 256;
    /// Longest name of a reader, in bytes.
    const LONGEST: usize = 256;

    /// Everyone may read it: the neutral element of [`Readers::meet`].
    pub const fn everyone() -> Self {
        Self(None)
    }

    /// Nothing is known of it, so nobody is known.
    pub fn unknown() -> Self {
        Self(Some(Arc::default()))
    }

    /// These may read it. What names nobody is left out.
    pub fn only<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Self {
        let names = names.into_iter().filter_map(|name| Self::name(name.as_ref()));
        Self(Some(Arc::new(names.take(Self::MAX).collect())))
    }

    /// One spelling for a reader: an address without the name before it, in lower case. `None` where it names nobody, or
    /// where mail servers would not agree on whom.
    // SECURITY: nothing is folded. A look-alike of a reader's address is another address.
    pub(crate) fn name(text: &str) -> Option<String> {
        let text = text.trim();
        let inner = match text.split_once('<') {
            Some((_, rest)) => rest.strip_suffix('>')?,
            None => text,
        };
        let strange = |c: char| c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"');
        let fits = !inner.is_empty() && inner.len() <= Self::LONGEST && !text.contains([',', ';']);
        (fits && !inner.contains(strange)).then(|| inner.trim().to_ascii_lowercase())
    }

    /// Whether everyone may read it.
    pub const fn is_everyone(&self) -> bool {
        self.0.is_none()
    }

    /// Whether this one is known to be allowed to.
    pub fn contains(&self, reader: &str) -> bool {
        match &self.0 {
            None => true,
            Some(known) => Self::name(reader).is_some_and(|reader| known.contains(&reader)),
        }
    }

    /// The same of a name in [`Readers::name`]'s spelling.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|known| known.contains(name))
    }

    /// Those who may read both. Commutative, associative, idempotent; never more than either.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (None, _) => other.clone(),
            (_, None) => self.clone(),
            (Some(one), Some(two)) => Self(Some(Arc::new(one.intersection(two).cloned().collect()))),
        }
    }

    /// Those who may read either: of several names of one text.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (None, _) | (_, None) => Self::everyone(),
            (Some(one), Some(two)) => Self(Some(Arc::new(one.union(two).take(Self::MAX).cloned().collect()))),
        }
    }

    /// Their names; none where it is everyone.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|known| known.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn readers() -> impl Strategy<Value = Readers> {
        let names =
            prop::collection::vec(prop::sample::select(vec!["ann", "bob", "eve", "joe", "zoe"]), 0..5);
        prop::option::of(names).prop_map(|names| names.map_or(Readers::everyone(), Readers::only))
    }

    proptest! {
        #[test]
        fn meeting_is_a_meet(a in readers(), b in readers(), c in readers()) {
            prop_assert_eq!(a.meet(&b), b.meet(&a));
            prop_assert_eq!(a.meet(&b).meet(&c), a.meet(&b.meet(&c)));
            prop_assert_eq!(a.meet(&a), a.clone());
            prop_assert_eq!(a.meet(&Readers::everyone()), a.clone());
            prop_assert_eq!(a.meet(&Readers::unknown()), Readers::unknown());
            // Absorption: with `or` it is a lattice.
            prop_assert_eq!(a.meet(&a.or(&b)), a.clone());
            prop_assert_eq!(a.or(&a.meet(&b)), a.clone());
            for name in ["ann", "bob", "eve", "joe", "zoe", "nobody"] {
                prop_assert_eq!(a.meet(&b).contains(name), a.contains(name) && b.contains(name));
                prop_assert_eq!(a.or(&b).contains(name), a.contains(name) || b.contains(name));
            }
        }
    }

    #[test]
    fn a_reader_is_an_address_however_it_is_written_and_no_look_alike_of_it() {
        let readers =
            Readers::only(["Bob <Bob@corp.example>", "ann@corp.example", "", "a@x.example, b@x.example"]);
        for name in
            ["bob@corp.example", "BOB@CORP.EXAMPLE", "Robert <bob@corp.example>", " ann@corp.example "]
        {
            assert!(readers.contains(name), "{name}");
        }
        for name in [
            "b\u{43e}b@corp.example",
            "bob@corp.example, eve@evil.example",
            "<eve@evil.example> <bob@corp.example>",
            "bob@corp.example <eve@evil.example>",
            "bob@corp.example\n",
            "a@x.example",
            "",
        ] {
            assert!(!readers.contains(name) || name.trim() == "bob@corp.example", "{name:?}");
        }
        assert_eq!(readers.iter().count(), 2);
        assert_eq!(Readers::only((0..400).map(|n| n.to_string())).iter().count(), Readers::MAX);
    }
}
