//! From what a session knows of a leaf's tokens to the leaf's label.

use super::query::{Ask, Asked, CallQuery, How};
use super::{Labelled, LabelledLeaf, Provenance, asked};
use crate::base::{Folded, Integrity, JsonPointer, Label, Origins, Sensitivity, Span};
use crate::policy::Origin;
use crate::state::{Hit, Hits, Left, SessionFacts};
use crate::values::ArgRole;

impl Provenance {
    /// Labels each leaf of a call by what was found for its keys.
    pub fn label(&self, query: CallQuery, hits: &Hits, facts: &SessionFacts) -> Labelled {
        let CallQuery { asks, leaves, fulfils, verbs, keys } = query;
        let said = |at| hits.get(at).is_some_and(|hit| hit.user().is_some());
        let (wished, choosing) = facts.wishes();
        let left = facts.left(fulfils);
        // Who asks for a thing in words of which nobody counts anything asks for any number of it.
        let spent = left == Left::Spent && wished & fulfils & !asked::COUNTED == 0;
        let asked_for = wished & fulfils != 0 && !spent || (verbs..keys.len()).any(said);
        // A word that chooses among records counts for what the user asks for in the same sentence.
        let chosen = choosing & fulfils != 0 || fulfils == 0 && asked_for && choosing != 0;
        let leaves: Vec<LabelledLeaf> = leaves
            .into_iter()
            .filter_map(|leaf| {
                let asked = asks.get(leaf.keys.clone()).unwrap_or_default().iter().copied();
                let asked: Vec<Answer<'_>> = asked.zip(hits.each(leaf.keys.start)).collect();
                if leaf.is_key {
                    judge_key(leaf.pointer, asked, facts)
                } else {
                    let how = How { selected: leaf.how.selected || chosen, ..leaf.how };
                    Some(judge(leaf.pointer, how, &asked, facts))
                }
            })
            .collect();
        let asked_for = asked_for || leaves.iter().any(|leaf| leaf.is_wished);
        let needs_an_object = asked::needs_an_object(fulfils);
        let counted = if fulfils & asked::COUNTED == 0 { 0 } else { fulfils };
        Labelled { leaves, asked_for, spent: spent && !asked_for, counted, needs_an_object }
    }
}

/// Parts of a leaf that whole tokens cover: an account is one token, however its groups of digits are spaced.
struct Covered(Vec<Span<Folded>>);

impl Covered {
    fn of(mut spans: Vec<Span<Folded>>) -> Self {
        spans.sort_unstable();
        let mut merged: Vec<Span<Folded>> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if last.end() >= span.end() => {}
                _ => merged.push(span),
            }
        }
        Self(merged)
    }

    fn holds(&self, span: Span<Folded>) -> bool {
        let next = self.0.partition_point(|covered| covered.start() <= span.start());
        let before = next.checked_sub(1).and_then(|at| self.0.get(at));
        before.is_some_and(|covered| covered.end() >= span.end() && !covered.is_empty())
    }
}

/// What was asked of a leaf, and what was found for it.
type Answer<'h> = (Asked, Option<Hit<'h>>);

fn by_user(hit: Option<Hit<'_>>) -> bool {
    hit.is_some_and(|hit| hit.user().is_some())
}

/// The label of one leaf.
fn judge(pointer: JsonPointer, how: How, asked: &[Answer<'_>], facts: &SessionFacts) -> LabelledLeaf {
    let mut leaf = LabelledLeaf::new(pointer, how.role);
    let mut users = Origins::default();
    let (mut whole, mut of_user, mut known) = (false, Vec::new(), Vec::new());
    // SECURITY: a short number stands in every message; only where it is named as an id is it the user's id.
    let named = asked.iter().find(|(asked, _)| asked.ask == Ask::Named).and_then(|(_, hit)| *hit);
    // SECURITY: and the number of a day, an hour, a room is no sum of the user's.
    let mut sums = asked.iter().filter(|(asked, _)| asked.ask == Ask::Sum).peekable();
    let sum_of_user =
        how.role != ArgRole::Amount || sums.peek().is_none() || sums.any(|(_, hit)| by_user(*hit));
    let number_of_user = (!how.short_id || by_user(named)) && sum_of_user;
    for (asked, hit) in asked {
        leaf.is_known_address |= asked.is_address && hit.is_some();
        let Some(hit) = hit else { continue };
        if asked.ask == Ask::Token {
            known.push(asked.span);
        }
        let Some(user) = hit.user().filter(|_| number_of_user) else { continue };
        // What the user endorsed stays endorsed, whoever else wrote it.
        whole |= asked.ask == Ask::Whole;
        users.insert(user);
        if asked.ask == Ask::Token {
            of_user.push(asked.span);
        }
    }
    // Two parts of a path that the user named are a path that the user named.
    let mut above = false;
    for (asked, hit) in asked {
        whole |= asked.ask == Ask::Below && above && by_user(*hit);
        above = asked.ask == Ask::Above && by_user(*hit);
    }
    let wished = is_wished(asked);
    let (of_user, known) = (Covered::of(of_user), Covered::of(known));
    let reference = Reference::of(asked, how, named);
    let mut all_users = sum_of_user;
    let mut label = Label::NEUTRAL;
    if !sum_of_user {
        label = label.join(Label::new(facts.integrity(), Sensitivity::Public));
    }
    for &(Asked { ask, span, leads, .. }, hit) in asked {
        let said = number_of_user && by_user(hit);
        let alone = matches!(ask, Ask::Altered | Ask::Switch);
        let user = said || !alone && (whole || of_user.holds(span));
        match (ask, hit) {
            (
                Ask::Named | Ask::Spelled | Ask::Sum | Ask::Above | Ask::Below | Ask::NextDeed | Ask::Deed,
                _,
            )
            | (Ask::Reference | Ask::PartOfReference, None) => {}
            (_, hit) if user && (ask != Ask::Copy || by_user(hit)) => {}
            (Ask::Copy | Ask::Whole, None) => {}
            // What is part of a token that is known is judged with it.
            (Ask::Token | Ask::Common, None) if known.holds(span) => {}
            (Ask::Reference | Ask::PartOfReference, Some(hit)) => {
                // It was copied from there; whether that decides is judged below.
                if how.role != ArgRole::Content {
                    leaf.origin = Origin::Source;
                }
                leaf.label = leaf.label.join(Label::new(Integrity::Trusted, hit.label().sensitivity()));
                hit.places().iter().for_each(|place| leaf.origins.insert(place.record));
            }
            (Ask::Copy | Ask::Whole | Ask::Token, Some(hit)) => {
                all_users = false;
                // A date or a number in a sentence that the model wrote does not make the sentence a copy.
                let part = ask == Ask::Token || ask == Ask::Whole && how.brief;
                if !part || leads || how.role != ArgRole::Content {
                    leaf.origin = Origin::Source;
                }
                label = label.join(hit.label());
                hit.places().iter().for_each(|place| leaf.origins.insert(place.record));
                leaf.leads_somewhere(leads);
            }
            (Ask::Common, Some(hit)) => {
                all_users = false;
                // A common word tells how far the leaf may be believed, not that it was copied from there.
                label = label.join(Label::new(hit.label().integrity(), Sensitivity::Public));
                leaf.leads_somewhere(leads);
            }
            (Ask::Token | Ask::Common, None) | (Ask::Altered | Ask::Switch, _) => {
                all_users = false;
                // SECURITY: from no text that is known: the model's own, or copied in a way that nobody sees. It is
                // believed as far as the worst text that the model has read.
                label = label.join(Label::new(facts.integrity(), Sensitivity::Public));
                if let Some(missed) = facts.unindexed() {
                    label = label.join(missed);
                }
                leaf.leads_somewhere(leads);
            }
        }
    }
    if all_users && !users.is_empty() {
        leaf.origin = Origin::User;
        leaf.origins = users;
        return leaf;
    }
    if wished {
        return leaf.wished(label, &users);
    }
    leaf.label = match reference {
        // The service made it, no text names it, and the user's words lead to its record.
        Some(reference) if reference.decides => {
            leaf.label.join(Label::new(reference.integrity.max(Integrity::Internal), label.sensitivity()))
        }
        Some(reference) => leaf.label.join(Label::new(reference.integrity, Sensitivity::Public)).join(label),
        None => leaf.label.join(label),
    };
    leaf.origins.extend(&users);
    leaf
}

/// Whether a command line does things of which the user said a word for each.
fn is_wished(asked: &[Answer<'_>]) -> bool {
    let (mut deeds, mut said, mut open) = (0_usize, 0_usize, false);
    for (asked, hit) in asked {
        match asked.ask {
            Ask::NextDeed => (deeds, open) = (deeds.saturating_add(1), true),
            Ask::Deed => {}
            _ => continue,
        }
        if open && by_user(*hit) {
            (said, open) = (said.saturating_add(1), false);
        }
    }
    deeds > 0 && said == deeds
}

/// A leaf that is a reference of a structured result.
struct Reference {
    /// The integrity of the results that it stands in, as references.
    integrity: Integrity,
    /// Whether it may decide.
    decides: bool,
}

impl Reference {
    fn of(asked: &[Answer<'_>], how: How, named: Option<Hit<'_>>) -> Option<Self> {
        let mut integrity = None;
        // Words of the leaf, and those of them that stand in a text that nobody vouches for.
        let (mut words, mut written, mut whole) = (0_usize, 0_usize, false);
        for (asked, hit) in asked {
            let untrusted = hit
                .is_some_and(|hit| hit.label().integrity() <= Integrity::Untrusted && hit.user().is_none());
            match asked.ask {
                Ask::Reference => {
                    if let Some(hit) = hit {
                        // A result in which somebody wrote an attack is still the service's.
                        let found = hit.label().integrity().max(Integrity::Untrusted);
                        integrity = Some(integrity.map_or(found, |known: Integrity| known.min(found)));
                    }
                }
                Ask::Whole | Ask::Token | Ask::Spelled => whole |= untrusted,
                Ask::Common => {
                    words = words.saturating_add(1);
                    written = written.saturating_add(usize::from(untrusted));
                }
                Ask::Altered => whole = true,
                Ask::Copy
                | Ask::PartOfReference
                | Ask::Named
                | Ask::Sum
                | Ask::Switch
                | Ask::Above
                | Ask::Below
                | Ask::NextDeed
                | Ask::Deed => {}
            }
        }
        // SECURITY: what an untrusted text names gains nothing from being listed by a service.
        let named = if how.short_id {
            named.is_some_and(|hit| hit.label().integrity() <= Integrity::Untrusted && hit.user().is_none())
        } else {
            whole || words > 0 && written == words
        };
        integrity.map(|integrity| Self { integrity, decides: how.selected && !named })
    }
}

/// The label of a member's name that no schema gives. Plain words are a schema's as a rule: of those only what was
/// copied counts.
fn judge_key(pointer: JsonPointer, mut asked: Vec<Answer<'_>>, facts: &SessionFacts) -> Option<LabelledLeaf> {
    // SECURITY: what may not stand as a value may not stand as a name either.
    let words =
        pointer.steps().last().is_some_and(|name| name.chars().all(|c| c.is_alphabetic() || c == ' '));
    asked.retain(|(asked, hit)| !words || asked.ask != Ask::Common && hit.is_some());
    let how = How { role: ArgRole::Target, short_id: false, selected: false, brief: false };
    let leaf = LabelledLeaf { is_key: true, ..judge(pointer, how, &asked, facts) };
    (leaf.label != Label::NEUTRAL || leaf.origin == Origin::Source).then_some(leaf)
}
