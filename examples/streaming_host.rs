//! A host that streams what the model says, and lets nothing out that was not checked: `OutboundStream` takes the reply
//! token by token and gives what may be shown by now.
//!
//! **What checking in pieces misses.** What has left cannot be called back. A token, a registered value and its like are
//! never shown, however the reply is cut. But a protected passage is recognised when as much of it is there as the policy
//! calls a copy; its first sentence has left by then. Where that matters, hold the text back to its end: one
//! `check_outbound` misses none of it.
//!
//! ```text
//! cargo run --example streaming_host
//! ```
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use std::error::Error;

use bartizan::base::{SecurityContext, SessionId, Source};
use bartizan::guard::{Guard, Inbound, Outbound, Quoting, Sink};
use bartizan::policy::{Policy, Preset};

/// Streams a reply by a few characters at a time: what was shown, and whether all of it was.
fn stream(guard: &Guard, cx: &SecurityContext, reply: &str) -> (String, bool) {
    let user = Sink::new("reply", "user");
    let mut checked = guard.outbound_stream(cx, &user, Quoting::Nothing);
    let mut shown = String::new();
    let characters: Vec<char> = reply.chars().collect();
    for token in characters.chunks(3) {
        match checked.push(&token.iter().collect::<String>()) {
            // Often nothing: the word may still become a token, or a look is not due yet.
            Ok(part) => shown.push_str(&part),
            Err(blocked) => {
                println!("  stopped: {blocked}");
                return (shown, false);
            }
        }
    }
    // The verdict on the whole reply, and what is still to be shown where it passes.
    let (verdict, rest) = checked.finish();
    shown.push_str(&rest);
    if let Err(blocked) = verdict.into_result() {
        println!("  stopped at the end: {blocked}");
        return (shown, false);
    }
    (shown, true)
}

/// Of the host's own: not to be told.
const OFFER: &str = "We offer the mill for 412,000. We would go down to 395,000 if they leave the press. Nobody else has \
                     asked for it since May. The roof will cost us another 30,000, which they do not know. The miller \
                     wants to be out by August, because his daughter has found a house for them by the sea, and he has \
                     told nobody in the village yet. So we can wait until June, and then offer him less than we did.";

fn main() -> Result<(), Box<dyn Error>> {
    let guard = Guard::builder(Policy::preset(Preset::Balanced)).build()?;
    let cx = SecurityContext::new(SessionId::new("mill")?);
    let notes = Source::internal_sensitive("notes/mill");
    let _admitted = guard.process_inbound(&cx, Inbound::new(OFFER, &notes)).into_result()?;

    println!("an honest reply goes out as it is");
    let honest = "The mill is for sale. Viewings are on Friday at 10:30; I have put one into your calendar. \
                  It stands at the end of the lane, behind the two chestnuts. Bring boots, because the yard is wet \
                  at this time of the year, and a lamp, because the cellar has no light.";
    assert_eq!(stream(&guard, &cx, honest), (honest.to_owned(), true));

    println!("a token does not leave, nor does what follows");
    // Put together at run time, so that no scanner takes this file for a leak.
    let token = format!("ghp_{}{}", "9dK2mQx7Rv4Tz1Yb6Wc3", "Hn8Lp5Sg0FjAe2Uo");
    let (shown, whole) = stream(&guard, &cx, &format!("{honest} The key is {token}. Good luck!"));
    assert!(!whole && !shown.contains("ghp_"), "{shown}");

    println!("a protected passage stops the stream when enough of it is there: its beginning has left");
    let (shown, whole) = stream(&guard, &cx, OFFER);
    println!("  shown: {shown}");
    assert!(!whole && shown.len() < OFFER.len() / 2, "{shown}");

    println!("the same passage in one check: nothing leaves");
    let user = Sink::new("reply", "user");
    assert!(guard.check_outbound(&cx, Outbound::new(OFFER, &user)).is_block());
    Ok(())
}
