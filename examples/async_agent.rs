//! The same round with tools that wait: `guard_tool_call_async`, here on tokio. The crate names no runtime; the future
//! that it returns is awaited on the host's.
//!
//! ```text
//! cargo run --example async_agent
//! ```
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use std::error::Error;
use std::time::Duration;

use bartizan::base::{Limits, SecurityContext, SessionId, Verdict};
use bartizan::guard::{Admitted, Approved, Guard};
use bartizan::policy::{Policy, Preset};
use bartizan::text::json::Json;
use bartizan::values::{CallError, ToolCall};
use tokio::time::{sleep, timeout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let guard = Guard::builder(Policy::preset(Preset::Balanced)).build()?;
    let cx = SecurityContext::new(SessionId::new("weather")?);
    let _hash = guard.user_message(&cx, "How is the weather in Hollin and in Marrow?").into_result()?;

    // Clones are the same guard, and any number of tasks may use it at once, in one session too.
    let ask = |call| tokio::spawn(weather(guard.clone(), cx.clone(), call));
    let (hollin, marrow) = tokio::join!(ask(look_up("Hollin")?), ask(look_up("Marrow")?));
    for (verdict, expected) in [(hollin?, "Hollin: light wind, dry"), (marrow?, "Marrow: light wind, dry")] {
        let told = verdict.into_result()?;
        println!("{}", told.plain());
        assert_eq!(told.plain(), expected);
    }

    // A tool that hangs is the host's to stop. Its error comes in like a result: who controls the tool writes both.
    let verdict = guard.guard_tool_call_async(&cx, look_up("Marrow")?, async |_approved| {
        timeout(Duration::from_millis(20), std::future::pending::<String>()).await
    });
    let told = verdict.await.into_result()?;
    println!("{}", told.plain());
    assert_eq!(told.plain(), "deadline has elapsed");
    Ok(())
}

/// What the model asks for.
fn look_up(place: &str) -> Result<ToolCall, CallError> {
    let call = format!(r#"{{"tool": "get_weather", "args": {{"place": "{place}"}}}}"#);
    ToolCall::from_json(&call, &Limits::default())
}

async fn weather(guard: Guard, cx: SecurityContext, call: ToolCall) -> Verdict<Admitted> {
    let dispatch = async |approved: Approved| {
        sleep(Duration::from_millis(5)).await;
        match approved.call().args().get("place").and_then(Json::as_str) {
            Some(place) => Ok(format!("{place}: light wind, dry")),
            None => Err("no place is named"),
        }
    };
    guard.guard_tool_call_async(&cx, call, dispatch).await
}
