//! What every store must do, as tests that any store can be put through.
//!
//! Caps and expiry differ between stores and are theirs to test; everything here holds for all of them.

#![expect(clippy::panic, reason = "a broken contract fails the test that asked")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::segment::mix;
use super::{
    Acquired, Claim, Counter, Flag, Held, Hits, Key, Keys, MessageRef, Place, QuotaKey, Reset, Role, Segment,
    SessionFacts, StateStore, StoreError, Turn, TurnEvent,
};
use crate::base::{
    CanaryPlace, Digest, HeldId, Integrity, Label, Moment, Nonce, Quota, RecordId, Sensitivity, SessionId,
    Source,
};

const THREADS: usize = 16;

/// Puts empty stores, each fresh from `make`, through the contract.
///
/// # Panics
/// When a store breaks it.
pub fn run(make: impl Fn() -> Box<dyn StateStore>) {
    let tests: &[fn(&dyn StateStore)] = &[
        facts_merge_and_sessions_are_apart,
        segments_are_found_by_their_keys,
        keys_of_different_families_do_not_meet,
        labels_cover_every_segment_that_has_a_key,
        a_record_has_one_segment,
        lookups_agree_with_a_search_through_everything,
        turns_are_numbered_and_messages_are_found,
        a_held_text_comes_out_once,
        a_quota_is_charged_once_and_fills_up_again,
        a_window_never_admits_more_than_its_number,
        a_nonce_is_claimed_once_until_its_time_is_over,
        a_reset_does_not_wash_unless_the_host_says_so,
        threads_get_the_facts_of_the_sequential_merge,
        threads_share_a_quota_exactly,
        threads_share_a_window_exactly,
        threads_claim_and_take_once,
        threads_see_whole_segments,
    ];
    for test in tests {
        test(make().as_ref());
    }
}

fn ok<T>(answer: Result<T, StoreError>) -> T {
    match answer {
        Ok(value) => value,
        Err(error) => panic!("the store failed: {error}"),
    }
}

fn at(ms: u64) -> Moment {
    Moment::new(1_700_000_000_000_u64.saturating_add(ms), ms.saturating_mul(1_000_000).saturating_add(1))
}

fn session(name: &str) -> SessionId {
    match SessionId::new(name) {
        Ok(id) => id,
        Err(error) => panic!("{error}"),
    }
}

fn quota(burst: u32, period: Duration) -> Quota {
    match Quota::new(burst, period) {
        Some(quota) => quota,
        None => panic!("a quota of nothing"),
    }
}

fn window(burst: u32, period: Duration) -> Quota {
    match Quota::sliding(burst, period) {
        Some(quota) => quota,
        None => panic!("a window that cannot be kept"),
    }
}

fn place(name: &str) -> CanaryPlace {
    match CanaryPlace::new(name) {
        Ok(place) => place,
        Err(error) => panic!("{error}"),
    }
}

const PUBLIC: Label = Label::new(Integrity::Untrusted, Sensitivity::Public);
const PRIVATE: Label = Label::new(Integrity::Trusted, Sensitivity::Sensitive);
const HOSTILE: Label = Label::new(Integrity::Hostile, Sensitivity::Public);

fn append(store: &dyn StateStore, id: &SessionId, record: u64, label: Label, role: Role, keys: &Keys) {
    ok(store.append(id, segment(record, label, role, keys), keys, at(1)));
}

fn segment(record: u64, label: Label, role: Role, keys: &Keys) -> Segment {
    Segment::new(RecordId::from_u64(record), Source::web("https://example.org/"), label, role, "a text", keys)
}

fn look(store: &dyn StateStore, id: &SessionId, keys: &[Key]) -> Hits {
    let mut hits = Hits::new();
    ok(store.lookup(id, keys, at(2), &mut hits));
    hits
}

fn facts_merge_and_sessions_are_apart(store: &dyn StateStore) {
    let (one, two) = (session("one"), session("two"));
    assert_eq!(*ok(store.facts(&one, at(0))), SessionFacts::new());
    let a = SessionFacts::new().saw(PUBLIC).flag(Flag::SentOut);
    let a = a.planted(place("prompt"), 1, 0b0011).wrote_to(7);
    let b = SessionFacts::new().missed(PRIVATE).planted(place("prompt"), 1, 0b0110).wrote_to(8);
    ok(store.merge(&one, &a, at(1)));
    ok(store.merge(&one, &b, at(2)));
    ok(store.merge(&one, &SessionFacts::new(), at(3)));
    assert_eq!(*ok(store.facts(&one, at(4))), a.merge(&b), "facts must merge");
    assert_eq!(*ok(store.facts(&two, at(4))), SessionFacts::new(), "sessions must be apart");
}

fn segments_are_found_by_their_keys(store: &dyn StateStore) {
    let (id, other) = (session("one"), session("two"));
    let keys = Keys::new([11, 12], [21, 21], [(1, 31)]);
    append(store, &id, 7, PUBLIC, Role::Inbound, &keys);
    let asked = [Key::gram(99), Key::fingerprint(12), Key::gram(21), Key::token(1, 31), Key::fingerprint(13)];
    let hits = look(store, &id, &asked);
    let record = RecordId::from_u64(7);
    let found: Vec<_> = hits.iter().map(|hit| (hit.query(), hit.places().to_vec())).collect();
    let expected = [
        (1, vec![Place::new(record, 0)]),
        (2, vec![Place::new(record, 0)]),
        (3, vec![Place::new(record, 0)]),
    ];
    assert_eq!(found, expected, "keys that are there must be reported, in order");
    assert!(hits.iter().all(|hit| hit.label() == PUBLIC && hit.user().is_none() && !hit.has_more()));
    assert!(look(store, &other, &asked).is_empty(), "another session must see nothing");

    let kept = ok(store.segment(&id, record, at(2)));
    assert_eq!(kept.as_deref(), Some(&segment(7, PUBLIC, Role::Inbound, &keys)));
    assert_eq!(kept.map(|segment| segment.gram_count()), Some(1), "repeated n-grams count once");
    assert_eq!(ok(store.segment(&other, record, at(2))), None);
    let facts = ok(store.facts(&id, at(2)));
    assert_eq!((facts.floor(), facts.counter(Counter::Records)), (PUBLIC, 1));

    let mut hits = look(store, &id, &asked);
    ok(store.lookup(&id, &[], at(2), &mut hits));
    assert!(hits.is_empty(), "a lookup must clear what an earlier one found");
}

fn keys_of_different_families_do_not_meet(store: &dyn StateStore) {
    let id = session("one");
    append(store, &id, 1, PUBLIC, Role::Inbound, &Keys::new([5], [], []));
    append(store, &id, 2, PUBLIC, Role::Inbound, &Keys::new([], [6], []));
    append(store, &id, 3, PUBLIC, Role::Inbound, &Keys::new([], [], [(1, 7)]));
    let strangers = [
        Key::gram(5),
        Key::token(1, 5),
        Key::fingerprint(6),
        Key::token(1, 6),
        Key::fingerprint(7),
        Key::gram(7),
        Key::token(2, 7),
    ];
    assert!(look(store, &id, &strangers).is_empty());
}

fn labels_cover_every_segment_that_has_a_key(store: &dyn StateStore) {
    let id = session("one");
    let key = Key::token(1, 1);
    let keys = Keys::new([], [], [(1, 1)]);
    append(store, &id, 1, PRIVATE, Role::UserMessage, &keys);
    let hits = look(store, &id, &[key]);
    let hit = hits.get(0);
    assert_eq!(hit.map(|hit| (hit.label(), hit.user())), Some((PRIVATE, Some(RecordId::from_u64(1)))));

    // What an untrusted text names gains nothing from a trusted one; what the user named stays named.
    append(store, &id, 2, PUBLIC, Role::Inbound, &keys);
    append(store, &id, 3, PRIVATE, Role::UserMessage, &keys);
    for record in 10..30 {
        append(store, &id, record, PUBLIC, Role::ToolResult, &keys);
    }
    append(store, &id, 30, HOSTILE, Role::Inbound, &keys);
    let hits = look(store, &id, &[key]);
    let hit = hits.get(0);
    let joined = PRIVATE.join(HOSTILE);
    assert_eq!(hit.map(|hit| (hit.label(), hit.user())), Some((joined, Some(RecordId::from_u64(3)))));
    assert!(hit.is_some_and(|hit| hit.has_more() && hit.places().len() == Hits::PLACES));
}

fn a_record_has_one_segment(store: &dyn StateStore) {
    let id = session("one");
    let keys = Keys::new([1], [], []);
    append(store, &id, 1, PUBLIC, Role::Inbound, &keys);
    let again = store.append(&id, segment(1, PRIVATE, Role::UserMessage, &keys), &keys, at(2));
    assert_eq!(again, Err(StoreError::Duplicate(RecordId::from_u64(1))));
    let hits = look(store, &id, &[Key::fingerprint(1)]);
    assert_eq!(hits.get(0).map(|hit| (hit.label(), hit.user())), Some((PUBLIC, None)));
    append(store, &session("two"), 1, PUBLIC, Role::Inbound, &keys);
}

fn lookups_agree_with_a_search_through_everything(store: &dyn StateStore) {
    let id = session("one");
    let mut dice = Dice(1);
    let mut history: Vec<(u64, Label, Role, BTreeSet<u64>)> = Vec::new();
    for record in 0..60 {
        let label = dice.label();
        let role = if dice.below(5) == 0 { Role::UserMessage } else { Role::Inbound };
        let own: BTreeSet<u64> = (0..dice.below(40)).map(|_| dice.below(300)).collect();
        append(store, &id, record, label, role, &Keys::new([], own.iter().copied(), []));
        history.push((record, label, role, own));

        let asked: Vec<u64> = (0..50).map(|_| dice.below(320)).collect();
        let keys: Vec<Key> = asked.iter().map(|key| Key::gram(*key)).collect();
        let hits = look(store, &id, &keys);
        for (n, key) in asked.iter().enumerate() {
            let having: Vec<_> = history.iter().filter(|(.., keys)| keys.contains(key)).collect();
            let Some(hit) = hits.get(n) else {
                assert!(having.is_empty(), "a key must be found");
                continue;
            };
            let label = having.iter().fold(Label::NEUTRAL, |joined, (_, label, ..)| joined.join(*label));
            let user = having.iter().rev().find(|(_, _, role, _)| *role == Role::UserMessage);
            assert_eq!(hit.label(), label);
            assert_eq!(hit.user(), user.map(|(record, ..)| RecordId::from_u64(*record)));
            assert_eq!(hit.places().len(), having.len().min(Hits::PLACES));
            assert_eq!(hit.has_more(), having.len() > Hits::PLACES);
            let known = |place: &Place| having.iter().any(|(record, ..)| place.record.to_u64() == *record);
            assert!(hit.places().iter().all(known));
        }
    }
}

fn turns_are_numbered_and_messages_are_found(store: &dyn StateStore) {
    let (id, other) = (session("one"), session("two"));
    let hash = |n| Digest::from_bytes([n; 32]);
    let say = |n: u8| TurnEvent::UserMessage {
        hash: hash(n),
        record: RecordId::from_u64(u64::from(n)),
        event: Digest::ZERO,
    };
    let mut last: Option<Turn> = None;
    let events = [say(1), TurnEvent::Call(hash(9)), TurnEvent::Outbound(hash(9)), say(2), say(1)];
    for (n, event) in (5..).zip(events) {
        let turn = ok(store.next_turn(&id, event, at(n)));
        assert_eq!(turn, Turn::after(last.as_ref(), event, at(n)));
        last = Some(turn);
    }
    assert_eq!(ok(store.facts(&id, at(20))).counter(Counter::Turns), 5);
    let number = |id: &SessionId, message| ok(store.message(id, message, at(20))).map(|turn| turn.number);
    assert_eq!(number(&id, MessageRef::Hash(hash(2))), Some(4));
    assert_eq!(number(&id, MessageRef::Record(RecordId::from_u64(2))), Some(4));
    assert_eq!(number(&id, MessageRef::Hash(hash(1))), Some(5), "the newest of equal messages counts");
    assert_eq!(number(&id, MessageRef::Hash(hash(9))), None, "a call is not a message");
    assert_eq!(number(&other, MessageRef::Hash(hash(1))), None);
}

fn held(text: &str) -> Held {
    Held::new(RecordId::from_u64(1), Source::web(""), PUBLIC, "text", text)
}

fn a_held_text_comes_out_once(store: &dyn StateStore) {
    let (id, other) = (session("one"), session("two"));
    let first = ok(store.hold(&id, held("first"), at(1)));
    let second = ok(store.hold(&other, held("second"), at(1)));
    assert_ne!(first, second, "ids must differ between sessions too");
    assert_eq!(ok(store.take_held(&other, first, at(2))), None, "another session must not take it");
    assert_eq!(ok(store.take_held(&id, first, at(2))), Some(held("first")));
    assert_eq!(ok(store.take_held(&id, first, at(3))), None, "it must come out once");
    assert_eq!(ok(store.take_held(&session("three"), HeldId::from_u64(0), at(3))), None);
    assert_eq!(ok(store.facts(&id, at(3))).floor(), Label::NEUTRAL, "what is held back taints nobody");
}

fn a_quota_is_charged_once_and_fills_up_again(store: &dyn StateStore) {
    let (key, other) = (QuotaKey::new("calls", &["one"]), QuotaKey::new("calls", &["two"]));
    let three = quota(3, Duration::from_millis(300));
    let granted = |left| Acquired::Granted { left };
    for _ in 0..5 {
        assert_eq!(ok(store.peek(&key, three, 1, at(0))), granted(2), "a peek must not charge");
    }
    assert_eq!(ok(store.acquire(&key, three, 2, at(0))), granted(1));
    assert!(!ok(store.acquire(&key, three, 2, at(0))).is_granted());
    assert_eq!(ok(store.acquire(&key, three, 1, at(0))), granted(0), "a refusal must not charge");
    let wait = Some(Duration::from_millis(100));
    assert_eq!(ok(store.acquire(&key, three, 1, at(0))), Acquired::Refused { retry_after: wait });
    assert_eq!(ok(store.peek(&key, three, 1, at(0))), Acquired::Refused { retry_after: wait });
    assert_eq!(ok(store.acquire(&key, three, 4, at(0))), Acquired::Refused { retry_after: None });
    assert_eq!(ok(store.acquire(&other, three, 3, at(0))), granted(0), "keys must be apart");
    assert_eq!(ok(store.acquire(&key, three, 1, at(100))), granted(0));
    assert!(!ok(store.acquire(&key, three, 1, at(199))).is_granted());
    assert_eq!(ok(store.acquire(&key, three, 3, at(500))), granted(0));
}

fn a_window_never_admits_more_than_its_number(store: &dyn StateStore) {
    let (key, other) = (QuotaKey::new("calls", &["one"]), QuotaKey::new("calls", &["two"]));
    let three = window(3, Duration::from_millis(300));
    let granted = |left| Acquired::Granted { left };
    let refused =
        |wait: u64| Acquired::Refused { retry_after: (wait > 0).then_some(Duration::from_millis(wait)) };
    for _ in 0..5 {
        assert_eq!(ok(store.peek(&key, three, 1, at(0))), granted(2), "a peek must not charge");
    }
    assert_eq!(ok(store.acquire(&key, three, 1, at(0))), granted(2));
    assert_eq!(ok(store.acquire(&key, three, 2, at(200))), granted(0));
    assert_eq!(ok(store.acquire(&key, three, 1, at(299))), refused(1), "nothing leaks before its time");
    assert_eq!(ok(store.acquire(&key, three, 4, at(299))), refused(0));
    assert_eq!(ok(store.acquire(&other, three, 3, at(299))), granted(0), "keys must be apart");
    assert_eq!(ok(store.acquire(&key, three, 1, at(300))), granted(0));
    assert_eq!(ok(store.acquire(&key, three, 2, at(300))), refused(200));
    assert_eq!(ok(store.peek(&key, three, 2, at(500))), granted(0));
    let rate = quota(3, Duration::from_millis(300));
    assert_eq!(ok(store.acquire(&key, rate, 3, at(300))), granted(0), "a rate is counted apart");
    assert!(!ok(store.peek(&key, three, 1, at(300))).is_granted());
}

fn a_nonce_is_claimed_once_until_its_time_is_over(store: &dyn StateStore) {
    let (one, two) = (Nonce::from_bytes([1; 16]), Nonce::from_bytes([2; 16]));
    let ttl = Duration::from_secs(10);
    assert_eq!(ok(store.claim_once(&one, ttl, at(0))), Claim::First);
    assert_eq!(ok(store.claim_once(&one, ttl, at(0))), Claim::Again);
    assert_eq!(ok(store.claim_once(&two, Duration::MAX, at(0))), Claim::First);
    // A second claim does not lengthen the first.
    assert_eq!(ok(store.claim_once(&one, ttl, at(10_000))), Claim::Again);
    assert_eq!(ok(store.claim_once(&one, ttl, at(11_000))), Claim::First);
    assert_eq!(ok(store.claim_once(&two, ttl, at(1_000_000_000))), Claim::Again);
}

fn a_reset_does_not_wash_unless_the_host_says_so(store: &dyn StateStore) {
    let id = session("one");
    let keys = Keys::new([1], [], []);
    let say =
        TurnEvent::UserMessage { hash: Digest::ZERO, record: RecordId::from_u64(1), event: Digest::ZERO };
    let fill = |record| {
        append(store, &id, record, PUBLIC, Role::Inbound, &keys);
        ok(store.next_turn(&id, say, at(1)));
        ok(store.hold(&id, held("kept"), at(1)))
    };
    let empty = |held| {
        assert!(look(store, &id, &[Key::fingerprint(1)]).is_empty());
        assert_eq!(ok(store.message(&id, MessageRef::Hash(Digest::ZERO), at(3))), None);
        assert_eq!(ok(store.take_held(&id, held, at(3))), None);
    };
    let key = QuotaKey::new("calls", &[]);
    let once = quota(1, Duration::from_mins(1));
    let nonce = Nonce::from_bytes([1; 16]);
    assert!(ok(store.acquire(&key, once, 1, at(1))).is_granted());
    assert_eq!(ok(store.claim_once(&nonce, Duration::from_mins(1), at(1))), Claim::First);

    let kept = fill(1);
    ok(store.merge(&id, &SessionFacts::new().planted(place("prompt"), 2, 5).wrote_to(7), at(2)));
    ok(store.reset(&id, Reset::KeepFloor, at(2)));
    empty(kept);
    let facts = ok(store.facts(&id, at(3)));
    let canaries: Vec<_> = facts.canaries().map(|canary| (canary.generation, canary.leaked)).collect();
    assert_eq!(canaries, [(2, 5)], "a reset must not stop watching a canary");
    assert_eq!((facts.floor(), facts.unindexed()), (PUBLIC, Some(PUBLIC)));
    assert!(facts.has(Flag::Returned));
    assert!(!ok(store.peek(&key, once, 1, at(3))).is_granted(), "a reset must not refill a quota");
    assert_eq!(ok(store.claim_once(&nonce, Duration::from_mins(1), at(3))), Claim::Again);

    // The same record may come again after a reset.
    let kept = fill(1);
    ok(store.reset(&id, Reset::Fresh, at(2)));
    empty(kept);
    assert_eq!(*ok(store.facts(&id, at(3))), SessionFacts::new());
    ok(store.reset(&session("nobody"), Reset::KeepFloor, at(3)));
    ok(store.reset(&session("nobody"), Reset::Fresh, at(3)));
}

fn threads_get_the_facts_of_the_sequential_merge(store: &dyn StateStore) {
    const ROUNDS: u64 = 60;
    let sessions = [session("shared"), session("also shared")];
    let deltas = |thread: usize| {
        let mut dice = Dice(thread as u64);
        let act = move |n: u64| {
            let target = usize::try_from(dice.below(2)).unwrap_or(0);
            // Strict deltas are rare, so that a lost one shows.
            let label = if dice.below(ROUNDS) == 0 { dice.label() } else { Label::NEUTRAL };
            let append = dice.below(2) == 0;
            let delta = match dice.below(3 * ROUNDS) {
                0 => SessionFacts::new().missed(label),
                1 => SessionFacts::new().flag(Flag::CanarySeen).planted(place("prompt"), 1, 1 << (n % 26)),
                _ => SessionFacts::new().saw(label),
            };
            (target, label, append, delta, n.saturating_mul(THREADS as u64).saturating_add(thread as u64))
        };
        (0..ROUNDS).map(act)
    };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let sessions = &sessions;
            scope.spawn(move || {
                for (target, label, add, delta, record) in deltas(thread) {
                    let Some(id) = sessions.get(target) else { continue };
                    if add {
                        append(store, id, record, label, Role::Inbound, &Keys::new([], [record], []));
                    } else {
                        ok(store.merge(id, &delta, at(1)));
                    }
                    ok(store.next_turn(id, TurnEvent::Call(Digest::ZERO), at(1)));
                }
            });
        }
    });
    for (n, id) in sessions.iter().enumerate() {
        let (mut expected, mut records, mut turns) = (SessionFacts::new(), 0, 0);
        for (_, label, add, delta, _) in (0..THREADS).flat_map(deltas).filter(|(target, ..)| *target == n) {
            turns = u64::saturating_add(turns, 1);
            records = u64::saturating_add(records, u64::from(add));
            expected = expected.merge(&if add { SessionFacts::new().saw(label) } else { delta });
        }
        expected = expected.reached(Counter::Records, records).reached(Counter::Turns, turns);
        assert_eq!(*ok(store.facts(id, at(2))), expected);
    }
}

fn threads_share_a_quota_exactly(store: &dyn StateStore) {
    let key = QuotaKey::new("calls", &["shared"]);
    let hundred = quota(100, Duration::from_hours(1));
    let admitted = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..40 {
                    let answer = ok(store.acquire(&key, hundred, 1, at(1)));
                    admitted.fetch_add(usize::from(answer.is_granted()), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(admitted.into_inner(), 100);
}

fn threads_share_a_window_exactly(store: &dyn StateStore) {
    let key = QuotaKey::new("calls", &["shared"]);
    let hundred = window(100, Duration::from_hours(1));
    let admitted = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..THREADS as u64 {
            let (key, admitted) = (&key, &admitted);
            scope.spawn(move || {
                // Threads read the clock before they are first in line.
                for n in 0..40_u64 {
                    let answer = ok(store.acquire(key, hundred, 1, at(n ^ thread)));
                    admitted.fetch_add(usize::from(answer.is_granted()), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(admitted.into_inner(), 100);
}

fn threads_claim_and_take_once(store: &dyn StateStore) {
    const ROUNDS: u8 = 50;
    let id = session("shared");
    let texts: Vec<HeldId> = (0..ROUNDS).map(|_| ok(store.hold(&id, held("kept"), at(1)))).collect();
    let (claimed, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for (n, text) in (0..).zip(&texts) {
                    let nonce = Nonce::from_bytes([n; 16]);
                    let claim = ok(store.claim_once(&nonce, Duration::from_mins(1), at(1)));
                    claimed.fetch_add(usize::from(claim == Claim::First), Ordering::Relaxed);
                    let text = ok(store.take_held(&id, *text, at(1)));
                    taken.fetch_add(usize::from(text.is_some()), Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!((claimed.into_inner(), taken.into_inner()), (usize::from(ROUNDS), usize::from(ROUNDS)));
}

fn threads_see_whole_segments(store: &dyn StateStore) {
    let id = session("shared");
    let grams = |record: u64| (0..100).map(move |n| record.saturating_mul(1000).saturating_add(n));
    thread::scope(|scope| {
        for thread in 0..THREADS as u64 {
            let id = &id;
            scope.spawn(move || {
                let own: Vec<Key> = grams(thread).map(Key::gram).collect();
                assert!(look(store, id, &own).is_empty());
                append(store, id, thread, PUBLIC, Role::Inbound, &Keys::new([], grams(thread), [(1, 1)]));
                // Whoever appended finds all of it, whatever the others do.
                assert_eq!(look(store, id, &own).len(), own.len());
            });
        }
    });
    let hits = look(store, &id, &[Key::token(1, 1)]);
    assert!(hits.get(0).is_some_and(|hit| hit.has_more() && hit.label() == PUBLIC));
    assert_eq!(ok(store.facts(&id, at(2))).counter(Counter::Records), THREADS as u64);
}

/// Numbers that look random and are the same in every run.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0).checked_rem(bound).unwrap_or(0)
    }

    fn label(&mut self) -> Label {
        let integrity = match self.below(4) {
            0 => Integrity::Hostile,
            1 => Integrity::Untrusted,
            2 => Integrity::Internal,
            _ => Integrity::Trusted,
        };
        let sensitivity = match self.below(3) {
            0 => Sensitivity::Public,
            1 => Sensitivity::Internal,
            _ => Sensitivity::Sensitive,
        };
        Label::new(integrity, sensitivity)
    }
}
