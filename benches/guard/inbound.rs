//! The whole of `process_inbound`: cleaned, judged, remembered, isolated, recorded.

use std::hint::black_box;
use std::time::Duration;

use bartizan::base::Source;
use bartizan::guard::{Inbound, Media};
use criterion::{BatchSize, Criterion, Throughput};

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

pub(crate) fn rows() -> Vec<Row> {
    let source = Source::web("https://bench.example");
    let text = material::prose(10 << 10, 1);
    let page = material::page(100 << 10);
    let (guard, cx) = guard();
    let plain = median(101, || {
        black_box(guard.process_inbound(&cx, Inbound::new(&text, &source))).is_block();
    });
    let html = median(21, || {
        black_box(guard.process_inbound(&cx, Inbound::new(&page, &source).media(Media::Html))).is_block();
    });
    let rate = page.len() as f64 / html.as_secs_f64() / 1e6;
    vec![
        Row {
            what: "process_inbound, plain text of 10 KB, detector and ingest included",
            measured: format!("{:.0} us", plain.as_secs_f64() * 1e6),
            wanted: "<= 300 us",
            reached: plain <= Duration::from_micros(300),
        },
        Row {
            what: "process_inbound, HTML of 100 KB with a sheet",
            measured: format!("{rate:.1} MB/s"),
            wanted: ">= 15 MB/s (L0)",
            reached: rate >= 15.0,
        },
    ]
}
