//! One yes runs one call.

use bartizan::base::SecurityContext;
use bartizan::guard::{Answer, Approved, Guard, PendingCall, Receipt, ToolOutput};
use bartizan::values::ToolCall;

fn dispatch(_: ToolCall) {}

fn twice(approved: Approved) {
    dispatch(approved.into_parts().0);
    dispatch(approved.into_parts().0);
}

fn another_call(mut approved: Approved, call: ToolCall) {
    approved.call = call;
}

fn answered_twice(guard: &Guard, cx: &SecurityContext, pending: PendingCall, answer: &Answer) {
    let _first = guard.confirm_action(cx, pending, answer);
    let _second = guard.confirm_action(cx, pending, answer);
}

fn one_result(guard: &Guard, cx: &SecurityContext, receipt: Receipt, output: &ToolOutput) {
    let _first = guard.admit_result(cx, receipt, output);
    let _second = guard.admit_result(cx, receipt, output);
}

fn main() {}
