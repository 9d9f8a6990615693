//! A host that streams what the model says, and lets nothing out that was not checked. Text is held back until a
//! sentence is whole; then the sentence is checked together with what left just before it, and goes out.
//!
//! **What checking in pieces misses.** What has left cannot be called back. A secret without spaces is never cut, so it
//! is stopped whole. But a protected passage of several sentences is recognised only when enough of it is there: its
//! first sentence or two have left by then. Shares of a text (n-grams) are measured in each piece and not in the whole.
//! Where that matters, hold the text back to its end: `Streamed::all_at_once` is one check, and misses none of it.
//!
//! ```text
//! cargo run --example streaming_host
//! ```
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use std::error::Error;

use bartizan::base::{Blocked, SecurityContext, SessionId, Source};
use bartizan::guard::{Guard, Inbound, Outbound, Sink};
use bartizan::policy::{Policy, Preset};

/// One answer on its way to the user.
struct Streamed<'g> {
    guard: &'g Guard,
    cx: SecurityContext,
    sink: Sink,
    /// What has left.
    sent: String,
    /// What has not been checked yet.
    held: String,
}

impl<'g> Streamed<'g> {
    /// How much of what has left is looked at again with the next sentence, in characters: longer than the runs that
    /// the policy counts as a copy.
    const LOOK_BACK: usize = 400;

    fn new(guard: &'g Guard, cx: SecurityContext) -> Self {
        Self { guard, cx, sink: Sink::new("reply", "user"), sent: String::new(), held: String::new() }
    }

    /// Takes in the model's next characters, and sends what is whole and harmless.
    fn push(&mut self, token: &str) -> Result<(), Blocked> {
        self.held.push_str(token);
        while let Some(end) = sentence(&self.held) {
            let rest = self.held.split_off(end);
            let sentence = std::mem::replace(&mut self.held, rest);
            self.send(&sentence)?;
        }
        Ok(())
    }

    /// The end of the answer.
    fn finish(mut self) -> Result<String, Blocked> {
        let last = std::mem::take(&mut self.held);
        self.send(&last)?;
        Ok(self.sent)
    }

    fn send(&mut self, sentence: &str) -> Result<(), Blocked> {
        let from = self.sent.char_indices().rev().take(Self::LOOK_BACK).last().map_or(0, |(at, _)| at);
        let tail = self.sent.get(from..).unwrap_or_default();
        let window = format!("{tail}{sentence}");
        let released =
            self.guard.check_outbound(&self.cx, Outbound::new(&window, &self.sink)).into_result()?;
        // Under a policy that redacts, the sentence leaves as it was redacted. Where the change would reach into what
        // has left, the sentence is dropped: more cannot be done any more.
        if let Some(redacted) = released.as_str().strip_prefix(tail) {
            self.sent.push_str(redacted);
        }
        Ok(())
    }

    /// The whole answer in one check.
    fn all_at_once(&self, text: &str) -> Result<(), Blocked> {
        self.guard.check_outbound(&self.cx, Outbound::new(text, &self.sink)).into_result().map(|_| ())
    }
}

/// Where the first sentence ends, when one is whole: behind the white space after its stop. What has no white space in
/// it is never cut.
fn sentence(text: &str) -> Option<usize> {
    let mut stopped = false;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() && stopped {
            return Some(at.saturating_add(c.len_utf8()));
        }
        stopped = matches!(c, '.' | '!' | '?' | ':' | '\n') || stopped && matches!(c, ')' | '"' | '\'');
    }
    None
}

/// Streams a text by a few characters at a time: what left, and whether all of it did.
fn stream(guard: &Guard, cx: &SecurityContext, text: &str) -> (String, bool) {
    let mut streamed = Streamed::new(guard, cx.clone());
    let chars: Vec<char> = text.chars().collect();
    for token in chars.chunks(3) {
        if let Err(blocked) = streamed.push(&token.iter().collect::<String>()) {
            println!("  stopped: {blocked}");
            return (streamed.sent, false);
        }
    }
    let sent = streamed.sent.clone();
    match streamed.finish() {
        Ok(sent) => (sent, true),
        Err(blocked) => {
            println!("  stopped: {blocked}");
            (sent, false)
        }
    }
}

/// Of the host's own: not to be told.
const OFFER: &str = "We offer the mill for 412,000. We would go down to 395,000 if they leave the press. Nobody else has \
                     asked for it since May. The roof will cost us another 30,000, which they do not know.";

fn main() -> Result<(), Box<dyn Error>> {
    let guard = Guard::builder(Policy::preset(Preset::Balanced)).build()?;
    let cx = SecurityContext::new(SessionId::new("mill")?);
    let notes = Source::internal_sensitive("notes/mill");
    let _admitted = guard.process_inbound(&cx, Inbound::new(OFFER, &notes)).into_result()?;

    println!("an honest answer goes out sentence by sentence");
    let honest = "The mill is for sale. Viewings are on Friday at 10:30; I have put one into your calendar.";
    assert_eq!(stream(&guard, &cx, honest), (honest.to_owned(), true));

    println!("a token in a sentence does not leave, nor does what follows");
    // Put together at run time, so that no scanner takes this file for a leak.
    let token = format!("ghp_{}{}", "9dK2mQx7Rv4Tz1Yb6Wc3", "Hn8Lp5Sg0FjAe2Uo");
    let (sent, whole) = stream(&guard, &cx, &format!("All is set up. The key is {token}. Good luck!"));
    assert_eq!((sent.as_str(), whole), ("All is set up. ", false));

    println!("a protected passage is recognised when enough of it is there: its beginning has left");
    let (sent, whole) = stream(&guard, &cx, OFFER);
    println!("  left: {sent}");
    assert!(!whole && !sent.is_empty() && sent.len() < OFFER.len() / 2);

    println!("the same passage in one check: nothing leaves");
    assert!(Streamed::new(&guard, cx.clone()).all_at_once(OFFER).is_err());
    Ok(())
}
