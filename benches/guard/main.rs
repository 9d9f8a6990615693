//! What the guard costs, on one core: `cargo bench`. Each group's name says what it should reach; the table at the
//! end sets measured against wanted. Ratios are the claim; times are this machine's.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a bench reads the clock and prints"
)]
#![expect(clippy::unwrap_used, reason = "a bench that cannot set itself up should stop")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "sizes of a bench's own inputs"
)]

mod inbound;
mod material;
mod outbound;
mod text;
mod tool_call;

use std::time::{Duration, Instant};

use bartizan::base::{SecurityContext, SessionId};
use bartizan::guard::Guard;
use bartizan::policy::{Policy, Preset};
use criterion::Criterion;

/// A guard under the default policy, and a session of it.
pub(crate) fn guard() -> (Guard, SecurityContext) {
    let guard = Guard::builder(Policy::preset(Preset::Balanced)).build().unwrap();
    (guard, SecurityContext::new(SessionId::new("bench").unwrap()))
}

/// One line of the table: what, measured, wanted.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) measured: String,
    pub(crate) wanted: &'static str,
    pub(crate) reached: bool,
}

/// The median time of `runs` runs.
pub(crate) fn median(runs: usize, mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(runs / 2).copied().unwrap_or_default()
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    text::bench(&mut criterion);
    inbound::bench(&mut criterion);
    outbound::bench(&mut criterion);
    tool_call::bench(&mut criterion);
    criterion.final_summary();
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    println!("\n{:<62} {:>16} {:>16}", "work", "measured", "wanted");
    let rows = [text::rows(), inbound::rows(), outbound::rows(), tool_call::rows()];
    for row in rows.into_iter().flatten() {
        let verdict = if row.reached { "" } else { "  short of it" };
        println!("{:<62} {:>16} {:>16}{verdict}", row.what, row.measured, row.wanted);
    }
}
