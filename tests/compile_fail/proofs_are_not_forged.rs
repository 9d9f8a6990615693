//! What proves that a check was passed is made by that check and by nobody else.

use bartizan::guard::{Approved, Released};
use bartizan::layers::l00_sanitizer::Sanitized;
use bartizan::layers::l03_outbound_dlp::Passed;
use bartizan::layers::l04_provenance::Traced;
use bartizan::layers::l09_tool_firewall::Permitted;
use bartizan::values::ToolCall;

fn sanitized(text: &str) -> Sanitized<'_> {
    text.into()
}

fn released(text: &str) -> Released<'_> {
    text.into()
}

fn permitted(call: ToolCall) -> Permitted {
    call.into()
}

fn approved(permitted: Permitted) -> Approved {
    permitted.into()
}

fn passed() -> Passed {
    Passed(())
}

fn traced() -> Traced {
    Traced::default()
}

fn main() {}
