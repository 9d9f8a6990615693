//! The same round with tools that wait, and a person who is asked far away: `guard_tool_call_async` and an
//! `AsyncConfirmer`, here on tokio. The crate names no runtime; the futures are awaited on the host's.
//!
//! ```text
//! cargo run --example async_agent
//! ```
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use std::error::Error;
use std::time::Duration;

use bartizan::base::{Limits, SecurityContext, SessionId, Source, Verdict};
use bartizan::guard::{Admitted, Answering, Approved, AsyncConfirmer, ConfirmationPrompt, Guard, Inbound};
use bartizan::policy::{Policy, Preset};
use bartizan::text::json::Json;
use bartizan::values::ToolCall;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{sleep, timeout};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Sends the question to somebody's phone, and waits for the answer without holding a thread.
#[derive(Debug)]
struct Phone(mpsc::Sender<(String, oneshot::Sender<bool>)>);

impl AsyncConfirmer for Phone {
    fn confirm<'a>(&'a self, prompt: &'a ConfirmationPrompt) -> Answering<'a> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            if self.0.send((prompt.to_string(), answer)).await.is_err() {
                return prompt.unavailable();
            }
            match timeout(Duration::from_mins(1), answered).await {
                Ok(Ok(true)) => prompt.approve(),
                Ok(Ok(false)) => prompt.deny(),
                // Switched off, or lying in a drawer.
                Ok(Err(_)) | Err(_) => prompt.unavailable(),
            }
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let (phone, mut rings) = mpsc::channel::<(String, oneshot::Sender<bool>)>(8);
    let guard = Guard::builder(Policy::preset(Preset::Balanced)).async_confirmer(Phone(phone)).build()?;
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

    // A stranger names a place; the person with the phone says no.
    let person = tokio::spawn(async move {
        let (question, answer) = rings.recv().await?;
        println!("the phone rings:\n{question}");
        answer.send(false).ok()
    });
    let mail = Source::email("inbox/5");
    let _admitted = guard.process_inbound(&cx, Inbound::new("Meet me at Gull Rock!", &mail)).into_result()?;
    let verdict = weather(guard, cx, look_up("Gull Rock")?).await;
    println!("{:?}", verdict.report().disposition());
    assert!(person.await?.is_some() && verdict.is_block());
    Ok(())
}

/// What the model asks for.
fn look_up(place: &str) -> Outcome<ToolCall> {
    let call = format!(r#"{{"tool": "get_weather", "args": {{"place": "{place}"}}}}"#);
    Ok(ToolCall::from_json(&call, &Limits::default())?)
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
