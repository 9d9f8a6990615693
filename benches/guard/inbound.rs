//! The whole of `process_inbound`: cleaned, judged, remembered, isolated, recorded.

use std::hint::black_box;
use std::time::Duration;

use bartizan::base::Source;
use bartizan::guard::{Inbound, Media};
use criterion::{BatchSize, Criterion, Throughput};

use crate::peers::Times;
use crate::{Row, guard, material, median};

pub(crate) fn bench(c: &mut Criterion) {
    let source = Source::web("https://bench.example");
    let mut group = c.benchmark_group("process_inbound");
    for (name, text, media) in [
        ("text, 10 KB", material::prose(10 << 10, 1), Media::Text),
        ("html, 100 KB", material::page(100 << 10), Media::Html),
    ] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| {
            b.iter_batched(
                guard,
                |(guard, cx)| {
                    black_box(guard.process_inbound(&cx, Inbound::new(&text, &source).media(media)))
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

pub(crate) fn rows(guardllm: &Times) -> Vec<Row> {
    let source = Source::web("https://bench.example");
    let text = material::prose(10 << 10, 1);
    let (guard, cx) = guard();
    let time = median(101, || {
        black_box(guard.process_inbound(&cx, Inbound::new(&text, &source))).is_block();
    });
    let row = Row::new("process_inbound, plain text of 10 KB, detector and ingest included", "<= 300 us");
    let row = row.timed(time, Duration::from_micros(300));
    vec![guardllm.beside(row, "process_inbound, 10 KB", time)]
}
