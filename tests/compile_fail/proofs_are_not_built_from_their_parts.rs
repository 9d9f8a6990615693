//! Who has the parts of a proof does not have the proof: it is made by the check that it stands for.

use bartizan::guard::{Approved, Released};
use bartizan::layers::l04_provenance::Traced;
use bartizan::values::ToolCall;

fn released(text: &str) -> Released<'_> {
    Released { text: text.into(), overlap: None }
}

fn approved(call: ToolCall) -> Approved {
    Approved { call }
}

fn traced() -> Traced {
    Traced { findings: Vec::new() }
}

fn main() {}
