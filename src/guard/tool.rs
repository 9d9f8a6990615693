//! One call from decision to result: decided, confirmed where that is needed, dispatched once, and its result
//! taken in as untrusted text of that tool.

use std::fmt::Display;

use super::{Guard, ToolVerdict};
use crate::base::{Blocked, Mode, SecurityContext, Verdict};
use crate::layers::l00_sanitizer::Media;
use crate::layers::l12_action_gate::{self, Approved, Receipt};
use crate::pipeline::Admitted;
use crate::values::Proposal;

/// What a tool returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolOutput {
    text: String,
    media: Media,
}

impl ToolOutput {
    /// Text in this medium.
    pub fn new(text: impl Into<String>, media: Media) -> Self {
        Self { text: text.into(), media }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its medium.
    pub const fn media(&self) -> Media {
        self.media
    }
}

impl From<String> for ToolOutput {
    fn from(text: String) -> Self {
        Self::new(text, Media::Text)
    }
}

impl From<&str> for ToolOutput {
    fn from(text: &str) -> Self {
        Self::new(text, Media::Text)
    }
}

impl From<serde_json::Value> for ToolOutput {
    fn from(value: serde_json::Value) -> Self {
        Self::new(value.to_string(), Media::Json)
    }
}

impl Guard {
    /// Guards one tool call from end to end: decides it, asks the confirmer where the policy wants that, calls
    /// `dispatch` at most once with the approved call, and takes what it returns in as untrusted text. An error
    /// of the tool comes in the same way: who controls the tool writes its errors too. (In server mode the client
    /// gets what [`Guard::sanitize_error`] makes of it.)
    pub fn guard_tool_call<T: Into<ToolOutput>, E: Display>(
        &self,
        cx: &SecurityContext,
        call: impl Into<Proposal>,
        dispatch: impl FnOnce(Approved) -> Result<T, E>,
    ) -> Verdict<Admitted> {
        let this = &self.pin();
        let verdict = match this.check_tool_call(cx, call) {
            ToolVerdict::Confirm(pending, ..) => {
                let answer = l12_action_gate::ask(&*this.inner.confirmer, pending.prompt());
                this.confirm_action(cx, pending, &answer)
            }
            decided => decided,
        };
        let (approved, receipt) = match settled(verdict) {
            Ok(settled) => settled,
            Err(blocked) => return Verdict::Block(blocked),
        };
        let output = this.taken(cx, dispatch(approved));
        this.admit_result(cx, receipt, &output)
    }

    /// The same with a dispatch that waits. Names no runtime: the future that `dispatch` returns is awaited where
    /// this one is.
    ///
    /// ```
    /// use bartizan::base::{SecurityContext, SessionId};
    /// use bartizan::guard::Guard;
    /// use bartizan::policy::{Policy, Preset};
    /// use bartizan::values::ToolCall;
    ///
    /// # fn wait<F: Future>(future: F) -> F::Output {
    /// #     let mut future = std::pin::pin!(future);
    /// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     loop {
    /// #         if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut cx) {
    /// #             return output;
    /// #         }
    /// #     }
    /// # }
    /// let guard = Guard::builder(Policy::preset(Preset::Balanced)).build()?;
    /// let cx = SecurityContext::new(SessionId::new("walk")?);
    /// let _hash = guard.user_message(&cx, "How is the weather in Ridgeline?").into_result()?;
    /// let call = ToolCall::from_json(r#"{"tool":"get_weather","args":{"place":"Ridgeline"}}"#, &Default::default())?;
    /// // Awaited on whatever runtime the host has.
    /// let result = wait(guard.guard_tool_call_async(&cx, call, async |approved| {
    ///     let place = approved.call().args().get("place").and_then(|place| place.as_str()).unwrap_or_default();
    ///     Ok::<_, String>(format!("sunny in {place}"))
    /// }));
    /// assert_eq!(result.into_result()?.plain(), "sunny in Ridgeline");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn guard_tool_call_async<T: Into<ToolOutput>, E: Display>(
        &self,
        cx: &SecurityContext,
        call: impl Into<Proposal>,
        dispatch: impl AsyncFnOnce(Approved) -> Result<T, E>,
    ) -> Verdict<Admitted> {
        let this = &self.pin();
        let verdict = match this.check_tool_call(cx, call) {
            ToolVerdict::Confirm(pending, ..) => {
                let answer = match &this.inner.async_confirmer {
                    Some(confirmer) => l12_action_gate::ask_async(&**confirmer, pending.prompt()).await,
                    None => l12_action_gate::ask(&*this.inner.confirmer, pending.prompt()),
                };
                this.confirm_action(cx, pending, &answer)
            }
            decided => decided,
        };
        let (approved, receipt) = match settled(verdict) {
            Ok(settled) => settled,
            Err(blocked) => return Verdict::Block(blocked),
        };
        let output = this.taken(cx, dispatch(approved).await);
        this.admit_result_async(cx, receipt, &output).await
    }

    /// What the tool gave back. In client mode its error goes to the model, which has to know what went wrong, as
    /// untrusted text; in server mode it would go to a client, who gets the sanitised one.
    fn taken<T: Into<ToolOutput>, E: Display>(
        &self,
        cx: &SecurityContext,
        result: Result<T, E>,
    ) -> ToolOutput {
        match result {
            Ok(output) => output.into(),
            Err(error) => self.tool_error(cx, &error.to_string()),
        }
    }

    /// The output that stands for a tool's error; see [`Guard::guard_tool_call`].
    pub fn tool_error(&self, cx: &SecurityContext, error: &str) -> ToolOutput {
        let this = &self.pin();
        match cx.side() {
            Mode::Client => error.into(),
            Mode::Server => this.sanitize_error(cx, error, None).to_string().into(),
        }
    }
}

/// A decided call, and the receipt for its result.
fn settled(verdict: ToolVerdict) -> Result<(Approved, Receipt), Blocked> {
    match verdict {
        ToolVerdict::Allow(approved, _) => {
            let receipt = approved.receipt();
            Ok((approved, receipt))
        }
        ToolVerdict::Deny(blocked, _) => Err(blocked),
        // INVARIANT: an answered question is allowed or denied, never asked again.
        ToolVerdict::Confirm(_, decided) => Err(decided.into_blocked()),
    }
}
