//! `check_outbound` against sessions that have read much and little: the cost is the text's own length.

use std::hint::black_box;
use std::time::Duration;

use bartizan::base::{SecurityContext, Source};
use bartizan::guard::{Guard, Inbound, Outbound, Sink};
use criterion::{BenchmarkId, Criterion};

use crate::peers::Times;
use crate::{Row, guard, material, median};

/// A guard whose session has read `texts` texts of 2 KB.
fn well_read(texts: u64) -> (Guard, SecurityContext) {
    let (guard, cx) = guard();
    for n in 0..texts {
        let source = Source::web(format!("https://bench.example/{n}"));
        let text = material::prose(2 << 10, n + 10);
        let _admitted = guard.process_inbound(&cx, Inbound::new(&text, &source)).into_result().unwrap();
    }
    (guard, cx)
}

pub(crate) fn bench(c: &mut Criterion) {
    let sink = Sink::new("reply", "user");
    let text = material::prose(4 << 10, 3);
    let mut group = c.benchmark_group("check_outbound 4 KB against texts of 2 KB");
    for texts in [50, 5_000] {
        let (guard, cx) = well_read(texts);
        group.bench_with_input(BenchmarkId::from_parameter(texts), &texts, |b, _| {
            b.iter(|| black_box(guard.check_outbound(&cx, Outbound::new(&text, &sink))).is_block());
        });
    }
    group.finish();
}

pub(crate) fn rows(guardllm: &Times) -> Vec<Row> {
    let sink = Sink::new("reply", "user");
    let text = material::prose(4 << 10, 3);
    let time = |texts| {
        let (guard, cx) = well_read(texts);
        median(101, || {
            black_box(guard.check_outbound(&cx, Outbound::new(&text, &sink))).is_block();
        })
    };
    let (few, many) = (time(50), time(5_000));
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    let row = Row::new("check_outbound, 4 KB against 50 ingested texts of 2 KB", "<= 500 us");
    let row = row.timed(few, Duration::from_micros(500));
    vec![
        guardllm.beside(row, "check_outbound, 4096 characters against 50 texts of 2 KB", few),
        Row::new("the same against 5,000", "<= 1.5 x").measured(format!("{ratio:.2} x"), ratio <= 1.5),
    ]
}
