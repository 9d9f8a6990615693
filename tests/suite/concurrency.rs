//! Many threads at one guard: what is counted is counted exactly, and what is remembered is remembered of all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bartizan::base::{CanaryPlace, Limits, SecurityContext, SessionId};
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
