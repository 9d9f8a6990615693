//! Who has the call does not have the approval: it is made by the gate.

use bartizan::guard::Approved;
use bartizan::values::ToolCall;

fn approved(call: ToolCall) -> Approved {
    Approved { call }
}

fn main() {}
