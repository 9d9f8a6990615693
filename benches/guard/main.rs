//! What the guard costs, on one core: `cargo bench`. Each group's name says what it should reach; the table at the
//! end sets measured against wanted. Ratios are the claim; times are this machine's.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a bench reads the clock and prints"
)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a bench that cannot set itself up should stop"
)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "sizes of a bench's own inputs"
)]

mod detect;
mod hostile;
mod html;
mod inbound;
mod labels;
mod material;
mod outbound;
mod peers;
mod policy;
mod secrets;
mod text;
mod tool_call;
mod worst;

use std::time::{Duration, Instant};

use bartizan::base::{SecurityContext, SessionId};
use bartizan::guard::Guard;
use bartizan::policy::{Policy, Preset};
use criterion::Criterion;

/// Says which part's rows are wanted, and no groups.
const ONLY: &str = "--only";

/// A guard under the default policy, and a session of it.
pub(crate) fn guard() -> (Guard, SecurityContext) {
    let guard = Guard::builder(Policy::preset(Preset::Balanced)).build().unwrap();
    (guard, SecurityContext::new(SessionId::new("bench").unwrap()))
}

/// One line of the table: what, measured, wanted, and what a peer takes for the same.
pub(crate) struct Row {
    what: String,
    measured: String,
    wanted: &'static str,
    reached: bool,
    peer: String,
}

impl Row {
    pub(crate) fn new(what: impl Into<String>, wanted: &'static str) -> Self {
        Self { what: what.into(), measured: String::new(), wanted, reached: false, peer: String::new() }
    }

    pub(crate) fn measured(mut self, measured: String, reached: bool) -> Self {
        self.measured = measured;
        self.reached = reached;
        self
    }

    /// Measured as a time that is to stay within another.
    pub(crate) fn timed(self, time: Duration, within: Duration) -> Self {
        self.measured(shown(time), time <= within)
    }

    /// What `peer` takes, and how many times our own that is.
    pub(crate) fn beside(mut self, peer: &str, theirs: Duration, ours: Duration) -> Self {
        let times = theirs.as_secs_f64() / ours.as_secs_f64();
        let digits = usize::from(times < 10.0);
        self.peer = format!("{peer}: {}, {times:.digits$} x", shown(theirs));
        self
    }
}

/// A time in the unit in which people would say it.
pub(crate) fn shown(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        _ if seconds < 1e-6 => format!("{:.0} ns", seconds * 1e9),
        _ if seconds < 1e-4 => format!("{:.1} us", seconds * 1e6),
        _ if seconds < 1e-3 => format!("{:.0} us", seconds * 1e6),
        _ if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{seconds:.1} s"),
    }
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

/// The median time of one of `inner` rounds, over `runs` runs of that many: for work that is shorter than the clock is
/// exact.
pub(crate) fn each(runs: usize, inner: u32, mut work: impl FnMut()) -> Duration {
    median(runs, || (0..inner).for_each(|_| work())) / inner
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.iter().any(|arg| arg == secrets::START) {
        secrets::start();
        return;
    }
    if let Some(at) = args.iter().position(|arg| arg == outbound::KEPT) {
        outbound::child(args.get(at + 1).map_or("", String::as_str));
        return;
    }
    if let Some(at) = args.iter().position(|arg| arg == worst::MEMORY) {
        if let (Some(medium), Some(number)) = (args.get(at + 1), args.get(at + 2)) {
            worst::child(medium, number.parse().unwrap());
        }
        return;
    }
    if let Some(at) = args.iter().position(|arg| arg == hostile::HOSTILE) {
        match args.get(at + 1).and_then(|number| number.parse().ok()) {
            Some(number) => hostile::child(number),
            None => hostile::table(),
        }
        return;
    }
    if !args.iter().any(|arg| arg == ONLY) {
        let mut criterion = Criterion::default()
            .sample_size(20)
            .warm_up_time(Duration::from_millis(500))
            .measurement_time(Duration::from_secs(2))
            .configure_from_args();
        text::bench(&mut criterion);
        html::bench(&mut criterion);
        detect::bench(&mut criterion);
        inbound::bench(&mut criterion);
        outbound::bench(&mut criterion);
        secrets::bench(&mut criterion);
        policy::bench(&mut criterion);
        tool_call::bench(&mut criterion);
        criterion.final_summary();
    }
    if args.iter().any(|arg| arg == "--test") {
        return;
    }
    // `-- --only outbound` for the rows of one part.
    let only = args.iter().position(|arg| arg == ONLY).and_then(|at| args.get(at + 1));
    let wanted = |name: &str| only.is_none_or(|only| only == name);
    let guardllm = peers::Times::of_guardllm();
    println!("\n{:<96} {:>10} {:>12}    a peer, and how many times our own", "work", "measured", "wanted");
    let rows = |name: &str, rows: &dyn Fn() -> Vec<Row>| if wanted(name) { rows() } else { Vec::new() };
    let rows = [
        rows("text", &text::rows),
        rows("html", &html::rows),
        rows("detect", &detect::rows),
        rows("inbound", &|| inbound::rows(&guardllm)),
        rows("outbound", &|| outbound::rows(&guardllm)),
        rows("secrets", &secrets::rows),
        rows("policy", &policy::rows),
        rows("tool_call", &tool_call::rows),
        rows("labels", &labels::rows),
        rows("worst", &worst::rows),
        rows("hostile", &hostile::rows),
    ];
    for row in rows.into_iter().flatten() {
        let verdict = if row.reached { "" } else { "  short of it" };
        println!("{:<96} {:>10} {:>12}{verdict}    {}", row.what, row.measured, row.wanted, row.peer);
    }
}
