//! Many threads at one guard: what is counted is counted exactly, and what is remembered is remembered of all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use bartizan::audit::{MemoryLog, Stage};
use bartizan::base::{CanaryPlace, Disposition, Limits, SecurityContext, SessionId};
use bartizan::guard::{Guard, Outbound, Sink, ToolVerdict};
use bartizan::policy::Policy;
use bartizan::testing::ManualClock;
use bartizan::values::ToolCall;

const THREADS: usize = 16;

fn guard(limits: &str) -> Guard {
    let policy = format!("bartizan: 1\nlimits: {limits}\nrules: [{{ id: all, effect: allow }}]\n");
    let policy = Policy::from_yaml(&policy).unwrap();
    Guard::builder(policy).clock(ManualClock::default()).build().unwrap()
}

fn cx(session: &str) -> SecurityContext {
    SecurityContext::new(SessionId::new(session).unwrap())
}

/// How many of the calls that the threads make are let through; the threads take turns in `sessions`.
fn allowed(guard: &Guard, sessions: &[&str], each: usize) -> usize {
    let count = AtomicUsize::new(0);
    thread::scope(|scope| {
        for (thread, session) in (0..THREADS).zip(sessions.iter().cycle()) {
            let (guard, cx, count) = (guard.clone(), cx(session), &count);
            scope.spawn(move || {
                for n in 0..each {
                    let text = format!(r#"{{"tool":"note","args":{{"n":{n},"thread":{thread}}}}}"#);
                    let call = ToolCall::from_json(&text, &Limits::default()).unwrap();
                    let verdict = guard.check_tool_call(&cx, call);
                    let rule =
                        verdict.report().findings().iter().find(|found| found.rule.as_str() == "l6/limit");
                    assert_eq!(rule.is_some(), matches!(verdict, ToolVerdict::Deny(..)), "{verdict:?}");
                    count
                        .fetch_add(usize::from(matches!(verdict, ToolVerdict::Allow(..))), Ordering::Relaxed);
                }
            });
        }
    });
    count.into_inner()
}

#[test]
fn threads_share_a_limit_exactly() {
    for window in ["gcra", "sliding"] {
        let limit =
            |per| format!("[{{ id: l, of: calls, per: {per}, burst: 50, period_s: 60, window: {window} }}]");
        assert_eq!(allowed(&guard(&limit("session")), &["one"], 10), 50, "{window}");
        assert_eq!(allowed(&guard(&limit("session")), &["one", "two"], 10), 100, "{window}");
        assert_eq!(allowed(&guard(&limit("principal")), &["one", "two"], 10), 50, "{window}");
        assert_eq!(allowed(&guard(&limit("tool")), &["one", "two"], 3), 48, "{window}");
    }
}

#[test]
fn canaries_that_threads_plant_are_all_watched() {
    let (guard, sink) = (guard("[]"), Sink::unknown());
    let tokens: Vec<String> = thread::scope(|scope| {
        let planted: Vec<_> = (0..THREADS)
            .map(|thread| {
                let guard = guard.clone();
                scope.spawn(move || {
                    let place = CanaryPlace::new(&format!("place-{thread}")).unwrap();
                    guard.issue_canary(&cx("s"), &place).into_result().unwrap().as_str().to_owned()
                })
            })
            .collect();
        planted.into_iter().map(|planted| planted.join().unwrap()).collect()
    });
    for token in &tokens {
        assert!(guard.check_outbound(&cx("s"), Outbound::new(token, &sink)).is_block());
    }
    assert!(!guard.check_outbound(&cx("t"), Outbound::new(&tokens[0], &sink)).is_block());
}

#[test]
fn a_call_and_its_event_belong_to_one_policy_while_policies_are_replaced() {
    let policy = |name: &str, effect: &str| {
        let text = format!(
            "bartizan: 1\nname: {name}\nlimits: []\ntools: [{{ match: '*', capabilities: [] }}]\nrules: [{{ id: {name}, effect: {effect} }}]\n"
        );
        Policy::from_yaml(&text).unwrap()
    };
    let (open, closed) = (policy("open", "allow"), policy("closed", "deny"));
    let expected = BTreeMap::from([(open.digest(), true), (closed.digest(), false)]);
    let log = Arc::new(MemoryLog::new(100_000));
    let guard = Guard::builder(open.clone())
        .clock(ManualClock::default())
        .observer(Arc::clone(&log))
        .build()
        .unwrap();
    let done = AtomicBool::new(false);
    let told: Vec<(bool, bartizan::base::PolicyDigest)> = thread::scope(|scope| {
        let calls: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (guard, cx) = (guard.clone(), cx(&format!("s{thread}")));
                scope.spawn(move || {
                    let call = ToolCall::from_json(r#"{"tool":"note"}"#, &Limits::default()).unwrap();
                    let told = (0..50).map(|_| {
                        let verdict = guard.check_tool_call(&cx, call.clone());
                        (matches!(verdict, ToolVerdict::Allow(..)), verdict.report().policy())
                    });
                    told.collect::<Vec<_>>()
                })
            })
            .collect();
        let (replaces, done) = (guard.clone(), &done);
        scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                replaces.replace_policy(closed.clone()).unwrap();
                replaces.roll_back_policy(open.digest()).unwrap();
            }
        });
        let told = calls.into_iter().flat_map(|calls| calls.join().unwrap()).collect();
        done.store(true, Ordering::Relaxed);
        told
    });
    assert_eq!(told.len(), THREADS * 50);
    assert!(told.iter().all(|(allowed, policy)| expected.get(policy) == Some(allowed)), "{told:?}");
    let events = log.events().unwrap();
    let calls: Vec<_> = events.iter().filter(|event| event.stage() == Stage::ToolCall).collect();
    assert_eq!(calls.len(), told.len());
    for event in calls {
        let allowed = event.disposition() != Disposition::Block;
        assert_eq!(expected.get(&event.policy()), Some(&allowed), "{event:?}");
    }
    let count = |of: bool| told.iter().filter(|(allowed, _)| *allowed == of).count();
    assert!(count(true) > 0, "some were decided under the first");
}
