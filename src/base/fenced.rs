//! Futures of the host's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that is still to come. Names no runtime.
pub type Awaited<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A future of the host's: `None` when it panics, or when what made it did.
pub(crate) struct Fenced<'a, T>(Option<Awaited<'a, T>>);

impl<'a, T> Fenced<'a, T> {
    // SECURITY: host code may panic, even to let something through; that is never an answer.
    pub(crate) fn new(make: impl FnOnce() -> Awaited<'a, T>) -> Self {
        Self(catch_unwind(AssertUnwindSafe(make)).ok())
    }
}

impl<T> Future for Fenced<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(future) = &mut self.0 else { return Poll::Ready(None) };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        }
    }
}
