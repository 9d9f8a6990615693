//! Types of secrets that the policy adds, found like those of the catalogue: a literal, an alphabet, a length, an edge.

use std::ops::Range;
use std::sync::Arc;

use aho_corasick::AhoCorasick;

use super::alphabet::Alphabet;
use super::latin::Latin;
use super::{Certainty, checks, matchers};
use crate::base::{Clean, Span};
use crate::policy::{SecretChecksum, SecretTypeSettings};

/// Bytes before a token, or behind it, in which a word of its context may stand.
const REACH: usize = 96;

/// The policy's types, compiled.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct OwnTypes {
    types: Vec<OwnType>,
    prefixes: Option<(AhoCorasick, Vec<usize>)>,
    words: Option<(AhoCorasick, Vec<usize>)>,
}

#[derive(Debug, Clone)]
struct OwnType {
    settings: SecretTypeSettings,
    alphabet: Alphabet,
    context: Option<AhoCorasick>,
}

/// A token of such a type.
#[derive(Debug, Clone)]
pub(in super::super) struct OwnHit {
    pub(in super::super) name: Arc<str>,
    pub(in super::super) span: Span<Clean>,
    pub(in super::super) certainty: Certainty,
}

impl OwnTypes {
    /// Whether the policy has none.
    pub(in super::super) const fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    pub(in super::super) fn compile(types: &[SecretTypeSettings]) -> Self {
        let any_case = |words: &[Arc<str>]| {
            let words: Vec<&str> = words.iter().map(|word| &**word).collect();
            AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
        };
        let types: Vec<OwnType> = types
            .iter()
            .map(|settings| OwnType {
                alphabet: Alphabet::of_bits(settings.alphabet),
                context: (!settings.context.is_empty()).then(|| any_case(&settings.context)).flatten(),
                settings: settings.clone(),
            })
            .collect();
        let (mut literals, mut owners) = (Vec::new(), Vec::new());
        let (mut words, mut word_owners) = (Vec::new(), Vec::new());
        for (at, kind) in types.iter().enumerate() {
            for prefix in kind.settings.prefixes.iter() {
                literals.push(Arc::clone(prefix));
                owners.push(at);
            }
            if kind.settings.prefixes.is_empty() {
                words.extend(kind.settings.context.iter().cloned());
                word_owners.resize(words.len(), at);
            }
        }
        let literals: Vec<&str> = literals.iter().map(|literal| &**literal).collect();
        let prefixes = AhoCorasick::new(literals).ok().filter(|_| !owners.is_empty());
        let anywhere = any_case(&words).filter(|_| !words.is_empty());
        Self {
            prefixes: prefixes.map(|automaton| (automaton, owners)),
            words: anywhere.map(|automaton| (automaton, word_owners)),
            types,
        }
    }

    /// The tokens in `text`.
    pub(in super::super) fn scan(&self, text: &str) -> Vec<OwnHit> {
        if self.types.is_empty() {
            return Vec::new();
        }
        if text.is_ascii() {
            return self.scan_latin(text);
        }
        let latin = Latin::of(text);
        let mut hits = self.scan_latin(&latin.text);
        for hit in &mut hits {
            hit.span = latin.locate(hit.span);
        }
        hits
    }

    fn scan_latin(&self, text: &str) -> Vec<OwnHit> {
        let bytes = text.as_bytes();
        let mut hits = Vec::new();
        // Where the run of each type's alphabet ends that was looked at last.
        // SECURITY: a prefix that stands many times in one run would otherwise cost the square of its length.
        let mut ends = vec![0_usize; self.types.len()];
        if let Some((automaton, owners)) = &self.prefixes {
            for found in automaton.find_overlapping_iter(text) {
                let Some((at, kind)) = self.owner(owners, found.pattern().as_usize()) else { continue };
                let Some(end) = ends.get_mut(at) else { continue };
                if *end < found.end() {
                    let run = kind.alphabet.prefix(bytes.get(found.end()..).unwrap_or_default(), usize::MAX);
                    *end = found.end().saturating_add(run);
                }
                if matchers::starts_fresh(bytes.get(..found.start()).unwrap_or_default()) {
                    hits.extend(kind.token(text, found.start()..*end, found.end()));
                }
            }
        }
        if let Some((automaton, owners)) = &self.words {
            for found in automaton.find_overlapping_iter(text) {
                let Some((at, kind)) = self.owner(owners, found.pattern().as_usize()) else { continue };
                let Some(seen) = ends.get_mut(at) else { continue };
                let mut from = found.end().max(*seen);
                let reach = found.end().saturating_add(REACH);
                while from < reach.min(bytes.len()) {
                    let run = kind.alphabet.prefix(bytes.get(from..).unwrap_or_default(), usize::MAX);
                    let end = from.saturating_add(run);
                    if run > 0 && matchers::starts_fresh(bytes.get(..from).unwrap_or_default()) {
                        hits.extend(kind.token(text, from..end, from));
                    }
                    from = end.saturating_add(1);
                }
                *seen = from.max(*seen);
            }
        }
        hits
    }

    fn owner(&self, owners: &[usize], pattern: usize) -> Option<(usize, &OwnType)> {
        let at = *owners.get(pattern)?;
        Some((at, self.types.get(at)?))
    }
}

impl OwnType {
    /// The token at `range`, whose prefix ends at `body`.
    fn token(&self, text: &str, range: Range<usize>, body: usize) -> Option<OwnHit> {
        let (min, max) = self.settings.length;
        let length = range.end.checked_sub(body)?;
        if length < min || length > max {
            return None;
        }
        let token = text.get(range.clone())?;
        let behind = text.get(body..range.end)?;
        let certainty = match self.settings.checksum {
            SecretChecksum::None if checks::is_placeholder(behind) => return None,
            SecretChecksum::None => Certainty::Shaped,
            SecretChecksum::Crc32Base62 => checks::crc_base62_of(behind)?,
            SecretChecksum::Luhn => checks::luhn(behind)?,
            SecretChecksum::Base58Check => checks::base58check_only(token)?,
        };
        if let Some(context) = &self.context {
            let from = text.floor_char_boundary(range.start.saturating_sub(REACH));
            let to = text.ceil_char_boundary(range.end.saturating_add(REACH).min(text.len()));
            let near = [text.get(from..range.start)?, text.get(range.end..to)?];
            near.iter().any(|near| context.is_match(*near)).then_some(())?;
        }
        Some(OwnHit {
            name: Arc::clone(&self.settings.name),
            span: Span::new(range.start, range.end)?,
            certainty,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(length: (usize, usize), prefixes: &[&str], context: &[&str]) -> OwnTypes {
        let texts = |texts: &[&str]| texts.iter().map(|text| Arc::from(*text)).collect();
        OwnTypes::compile(&[SecretTypeSettings::new(
            "acme",
            texts(prefixes),
            Alphabet::of("0-9a-f").bits(),
            length,
        )
        .context(texts(context))])
    }

    fn found(types: &OwnTypes, text: &str) -> Vec<String> {
        types.scan(text).iter().map(|hit| hit.span.of(text).unwrap().to_owned()).collect()
    }

    #[test]
    fn a_token_behind_its_prefix_is_found_in_any_carrier() {
        let acme = types((12, 16), &["acme_"], &[]);
        let token = format!("acme_{}", "03ab9c4d71ef");
        for text in [token.clone(), format!("![x](https://e.example/{token})"), format!("k={token}&x=1")] {
            assert_eq!(found(&acme, &text), [token.as_str()], "{text}");
        }
        for text in [
            format!("x{token}"),
            format!("{token}0123456"),
            "acme_03ab".to_owned(),
            "acme_xxxxxxxxxxxx".into(),
        ] {
            assert!(found(&acme, &text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_token_without_prefix_needs_its_context() {
        let acme = types((12, 12), &[], &["warehouse"]);
        assert_eq!(found(&acme, "The Warehouse code is 03ab9c4d71ef."), ["03ab9c4d71ef"]);
        assert!(found(&acme, "The commit is 03ab9c4d71ef.").is_empty());
    }

    #[test]
    fn a_prefix_over_and_over_costs_the_length() {
        let acme = types((12, 16), &["aaa"], &[]);
        assert!(found(&acme, &"a".repeat(1 << 20)).is_empty());
    }
}
