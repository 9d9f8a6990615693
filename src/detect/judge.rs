//! A judge that is awaited: a model behind an address, a queue of reviewers.
//!
//! **Promise.** It is asked where the built-in detectors are not sure, and never holds a thread or a lock. A panic, an
//! error, and an answer that comes after the deadline are failures, and what nobody judged is refused.
//!
//! **Not promised.** That what it is sent stays with it. Its address is the host's choice.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::{DetectorError, DetectorId, Place, Score};
use crate::base::{Awaited, Fenced};

/// A text that the built-in detectors are not sure of.
pub struct Question {
    texts: Vec<(String, Place)>,
}

impl Question {
    pub(crate) const fn new(texts: Vec<(String, Place)>) -> Self {
        Self { texts }
    }

    /// The cleaned text as a person sees it, then each part that a person does not see.
    pub fn texts(&self) -> impl Iterator<Item = (&str, Place)> {
        self.texts.iter().map(|(text, place)| (text.as_str(), *place))
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("texts", &self.texts.len()).finish()
    }
}

/// How much a question's texts look like an attack.
pub type Opinion = Result<Score, DetectorError>;

/// Judges texts without holding a thread. Called outside every lock; see [`crate::guard::Guard::process_inbound_async`].
pub trait AsyncJudge: fmt::Debug + Send + Sync {
    /// Its name; its rule is `l0/injection/<name>`.
    fn id(&self) -> DetectorId;

    /// Reads the question; the future ends with the score.
    fn judge<'a>(&'a self, question: &'a Question) -> Awaited<'a, Opinion>;

    /// Ends when an answer comes too late: the timer of the host's runtime. The crate names no runtime and has no
    /// timer. A judge without one is waited for, and what it says later than
    /// [`patience`](crate::guard::GuardBuilder::patience) after it was asked is not believed.
    fn deadline(&self) -> Awaited<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Asks, and takes what goes wrong in the host's code for "could not judge".
pub(crate) async fn ask_async(judge: &dyn AsyncJudge, question: &Question) -> Opinion {
    let mut judging = pin!(Fenced::new(|| judge.judge(question)));
    let mut deadline = pin!(Fenced::new(|| judge.deadline()));
    poll_fn(|cx| match judging.as_mut().poll(cx) {
        Poll::Ready(opinion) => {
            Poll::Ready(opinion.unwrap_or_else(|| Err(DetectorError::new("the judge panicked"))))
        }
        Poll::Pending => deadline.as_mut().poll(cx).map(|_| Err(DetectorError::new("it took too long"))),
    })
    .await
}
