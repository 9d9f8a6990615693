use super::*;
use crate::base::{Label, Source};
use crate::state::{Flag, Role, contract};

fn at(secs: u64) -> Moment {
    Moment::new(secs * 1000, secs * 1_000_000_000)
}

fn id(name: &str) -> SessionId {
    SessionId::new(name).unwrap()
}

fn small(change: impl FnOnce(&mut MemoryLimits)) -> MemoryStore {
    let mut limits = MemoryLimits { idle: Duration::from_secs(100), ..MemoryLimits::default() };
    change(&mut limits);
    MemoryStore::new(limits)
}

fn text(record: u64, len: usize) -> Segment {
    let source = Source::web("");
    let label = source.label();
    let record = RecordId::from_u64(record);
    Segment::new(record, source, label, Role::Inbound, "x".repeat(len), &Keys::default())
}

fn append(store: &MemoryStore, name: &str, record: u64, len: usize, now: Moment) {
    store.append(&id(name), text(record, len), &Keys::new([record], [], []), now).unwrap();
}

fn finds(store: &MemoryStore, name: &str, record: u64, now: Moment) -> bool {
    let mut hits = Hits::new();
    store.lookup(&id(name), &[Key::fingerprint(record)], now, &mut hits).unwrap();
    !hits.is_empty()
}

const UNTRUSTED: Label = Label::new(crate::base::Integrity::Untrusted, crate::base::Sensitivity::Public);

#[test]
fn it_keeps_the_contract() {
    contract::run(|| Box::new(MemoryStore::default()));
}

#[test]
fn a_full_session_is_saturated_and_what_is_indexed_stays() {
    let store = small(|limits| limits.session_bytes = 1_000);
    append(&store, "s", 1, 500, at(1));
    assert!(!store.facts(&id("s"), at(1)).unwrap().saturated());
    append(&store, "s", 2, 500, at(1));
    let facts = store.facts(&id("s"), at(1)).unwrap();
    assert_eq!(facts.unindexed(), Some(UNTRUSTED));
    assert_eq!(facts.counter(Counter::Records), 2);
    assert!(finds(&store, "s", 1, at(1)) && !finds(&store, "s", 2, at(1)));
    append(&store, "s", 3, 10, at(1));
    assert!(finds(&store, "s", 3, at(1)), "what fits is still taken in");
    append(&store, "other", 1, 500, at(1));
    assert!(!store.facts(&id("other"), at(1)).unwrap().saturated());
}

#[test]
fn a_key_for_every_character_does_not_buy_more_memory() {
    let store = small(|limits| limits.session_bytes = 1_000);
    let keys = Keys::new(0..1_000, [], []);
    store.append(&id("s"), text(1, 500), &keys, at(1)).unwrap();
    assert!(store.facts(&id("s"), at(1)).unwrap().saturated());
}

#[test]
fn all_sessions_together_are_bounded_and_idle_ones_give_their_memory_back() {
    let store = small(|limits| limits.total_bytes = 1_000);
    append(&store, "one", 1, 600, at(1));
    append(&store, "two", 1, 600, at(2));
    assert!(store.facts(&id("two"), at(2)).unwrap().saturated());
    append(&store, "three", 1, 600, at(200));
    assert!(!store.facts(&id("three"), at(200)).unwrap().saturated());
    for name in ["one", "two", "three"] {
        store.reset(&id(name), Reset::Fresh, at(200)).unwrap();
    }
    assert_eq!(store.bytes.used.load(Ordering::Relaxed), 0);
}

#[test]
fn a_live_session_is_not_given_up_for_a_new_one() {
    let store = small(|limits| limits.sessions = 3);
    for name in ["one", "two", "three"] {
        append(&store, name, 1, 10, at(1));
    }
    let refused = store.merge(&id("four"), &SessionFacts::new(), at(50));
    assert_eq!(refused, Err(StoreError::Full { what: "sessions" }));
    assert_eq!(*store.facts(&id("four"), at(50)).unwrap(), SessionFacts::new());
    // Being asked for keeps a session in use.
    assert!(finds(&store, "one", 1, at(90)));
    store.merge(&id("four"), &SessionFacts::new(), at(150)).unwrap();
    assert!(finds(&store, "one", 1, at(150)));
}

#[test]
fn an_idle_session_comes_back_with_its_floor_and_without_its_texts() {
    let store = small(|limits| limits.sessions = 1);
    append(&store, "s", 1, 10, at(1));
    let held = Held::new(RecordId::from_u64(1), Source::web(""), UNTRUSTED, "text", "kept");
    let held = store.hold(&id("s"), held, at(1)).unwrap();
    // Swept to make room for another, which then makes room again.
    store.merge(&id("other"), &SessionFacts::new(), at(200)).unwrap();
    for now in [200, 400] {
        let facts = store.facts(&id("s"), at(now)).unwrap();
        assert_eq!(facts.unindexed(), Some(UNTRUSTED));
        assert!(facts.has(Flag::Returned));
    }
    assert_eq!(store.take_held(&id("s"), held, at(400)), Ok(None));
    append(&store, "s", 2, 10, at(400));
    assert_eq!(store.facts(&id("s"), at(400)).unwrap().unindexed(), Some(UNTRUSTED));
    assert!(finds(&store, "s", 2, at(400)) && !finds(&store, "s", 1, at(400)));
    // Expired without having been swept.
    assert!(!finds(&store, "s", 2, at(600)));
    assert_eq!(store.facts(&id("s"), at(600)).unwrap().unindexed(), Some(UNTRUSTED));
    // A trusted one leaves nothing behind.
    assert_eq!(*store.facts(&id("other"), at(600)).unwrap(), SessionFacts::new());
}

#[test]
fn a_floor_that_others_share_can_still_be_reset_by_the_host() {
    let store = small(|limits| {
        limits.sessions = 1;
        limits.remembered = 0;
    });
    append(&store, "s", 1, 10, at(1));
    store.merge(&id("other"), &SessionFacts::new(), at(200)).unwrap();
    assert!(store.facts(&id("s"), at(200)).unwrap().untrusted_seen());
    store.reset(&id("s"), Reset::Fresh, at(400)).unwrap();
    assert_eq!(*store.facts(&id("s"), at(400)).unwrap(), SessionFacts::new());
}

#[test]
fn nonces_in_their_window_are_kept_and_new_ones_refused() {
    let store = small(|limits| limits.nonces = 2);
    let claim = |n, now| store.claim_once(&Nonce::from_bytes([n; 16]), Duration::from_secs(10), now);
    assert_eq!((claim(1, at(1)), claim(2, at(5))), (Ok(Claim::First), Ok(Claim::First)));
    assert_eq!(claim(3, at(6)), Err(StoreError::Full { what: "nonces" }));
    assert_eq!(claim(1, at(6)), Ok(Claim::Again));
    assert_eq!(claim(3, at(12)), Ok(Claim::First));
    assert_eq!(claim(2, at(12)), Ok(Claim::Again));
}

#[test]
fn a_quota_that_is_not_whole_is_not_forgotten_for_another() {
    let store = small(|limits| limits.quotas = 1);
    let quota = Quota::new(1, Duration::from_secs(10)).unwrap();
    let acquire = |name, now| store.acquire(&QuotaKey::new(name, &[]), quota, 1, now);
    assert!(acquire("one", at(1)).unwrap().is_granted());
    assert_eq!(acquire("two", at(2)), Err(StoreError::Full { what: "quotas" }));
    assert!(!acquire("one", at(2)).unwrap().is_granted());
    assert!(acquire("two", at(11)).unwrap().is_granted());
}

#[test]
fn a_window_takes_room_for_all_that_it_remembers() {
    let store = small(|limits| limits.quotas = 4);
    let window = Quota::sliding(64, Duration::from_secs(10)).unwrap();
    let acquire = |name, cost, now| store.acquire(&QuotaKey::new(name, &[]), window, cost, now);
    assert!(acquire("one", 32, at(1)).unwrap().is_granted());
    assert_eq!(acquire("one", 32, at(1)), Err(StoreError::Full { what: "quotas" }));
    assert!(acquire("one", 16, at(1)).unwrap().is_granted());
    assert_eq!(acquire("two", 1, at(2)), Err(StoreError::Full { what: "quotas" }));
    assert!(acquire("two", 1, at(11)).unwrap().is_granted());
    assert!(acquire("two", 32, at(11)).unwrap().is_granted());
}

#[test]
fn held_texts_and_messages_are_bounded() {
    let store = small(|limits| {
        limits.held = 1;
        limits.messages = 2;
    });
    let held = || Held::new(RecordId::from_u64(1), Source::web(""), UNTRUSTED, "text", "kept");
    let first = store.hold(&id("s"), held(), at(1)).unwrap();
    assert_eq!(store.hold(&id("s"), held(), at(1)), Err(StoreError::Full { what: "held texts" }));
    assert!(store.take_held(&id("s"), first, at(1)).unwrap().is_some());
    assert!(store.hold(&id("s"), held(), at(1)).is_ok());
    for n in 0..3 {
        let hash = crate::base::Digest::from_bytes([n; 32]);
        let event = TurnEvent::UserMessage {
            hash,
            record: RecordId::from_u64(u64::from(n)),
            event: crate::base::Digest::ZERO,
        };
        store.next_turn(&id("s"), event, at(1)).unwrap();
    }
    let message = |n| store.message(&id("s"), MessageRef::Record(RecordId::from_u64(n)), at(1)).unwrap();
    assert!(message(0).is_none() && message(1).is_some() && message(2).is_some());
}

#[test]
fn a_poisoned_lock_stays_an_error() {
    let store = MemoryStore::default();
    let poison = || {
        let _guard = store.sessions.lock(store.hasher.hash_one(id("s"))).unwrap();
        panic!("while it holds the lock");
    };
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(poison)).is_err());
    assert_eq!(store.facts(&id("s"), at(1)), Err(StoreError::Poisoned));
    assert_eq!(store.merge(&id("s"), &SessionFacts::new(), at(1)), Err(StoreError::Poisoned));
}

#[test]
fn a_store_does_not_print_what_it_holds() {
    let store = MemoryStore::default();
    append(&store, "a session's name", 1, 10, at(1));
    assert!(!format!("{store:?}").contains("name"));
}
