//! What proves that a check was passed is made by that check and by nobody else.

use bartizan::layers::l00_sanitizer::Sanitized;
use bartizan::layers::l03_outbound_dlp::Passed;
use bartizan::layers::l09_tool_firewall::Permitted;
use bartizan::values::ToolCall;

fn sanitized(text: &str) -> Sanitized<'_> {
    Sanitized::verbatim(text)
}

fn permitted(call: ToolCall) -> Permitted {
    call.into()
}

fn passed() -> Passed {
    Passed(())
}

fn main() {}
