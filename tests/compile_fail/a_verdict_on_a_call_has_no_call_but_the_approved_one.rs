//! A call that was asked about or refused is not dispatched: neither verdict holds one that dispatch would take.

use bartizan::guard::{Approved, Guard, ToolVerdict};
use bartizan::base::{SecurityContext, Verdict};
use bartizan::values::ToolCall;

fn dispatch(_: Approved) {}

fn asked(verdict: ToolVerdict) {
    match verdict {
        ToolVerdict::Allow(approved, _) => dispatch(approved),
        ToolVerdict::Confirm(pending, _) => dispatch(pending),
        ToolVerdict::Deny(blocked, _) => dispatch(blocked),
    }
}

fn unasked(guard: &Guard, cx: &SecurityContext, call: ToolCall) {
    drop(guard.guard_tool_call(cx, call, |call: ToolCall| Ok::<_, String>(call.canonical())));
}

fn result(verdict: Verdict<bartizan::guard::Admitted>) -> String {
    verdict.plain().to_owned()
}

fn main() {}
