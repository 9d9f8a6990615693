//! The scan for secrets, on text that has none: prose, code, and a log.

use std::fmt::Write as _;
use std::hint::black_box;

use bartizan::layers::l03_outbound_dlp::scan;
use criterion::{Criterion, Throughput};

use crate::{Row, material, median};

/// Prose, code and log lines in turn.
fn ordinary(len: usize) -> String {
    let mut text = String::with_capacity(len);
    let mut n = 0_u64;
    while text.len() < len {
        n += 1;
        writeln!(text, "{}.", material::prose(400, n)).unwrap();
        writeln!(
            text,
            "fn basket_{n}(plums: &[Plum], token: usize) -> Option<Key> {{ plums.get(token + {n})?.key() }}"
        )
        .unwrap();
        writeln!(
            text,
            "2026-03-0{} 08:{:02}:11 INFO orchard::auth user=ida id={n:08x} status=200 secret=none",
            n % 9,
            n % 60
        )
        .unwrap();
    }
    text
}

pub(crate) fn bench(c: &mut Criterion) {
    let text = ordinary(64 << 10);
    let mut group = c.benchmark_group("secrets");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("64 KB of prose, code and log", |b| {
        b.iter(|| {
            let mut hits = Vec::new();
            scan(black_box(&text), &mut hits);
            hits.len()
        });
    });
    group.finish();
}

pub(crate) fn rows() -> Vec<Row> {
    let text = ordinary(64 << 10);
    let time = median(51, || {
        let mut hits = Vec::new();
        scan(black_box(&text), &mut hits);
        assert!(hits.is_empty(), "the text holds no secret");
    });
    let rate = text.len() as f64 / time.as_secs_f64() / 1e6;
    let what = "secrets scan of ordinary text; regexes behind a prefilter do 24 MB/s";
    vec![Row::new(what, ">= 120 MB/s").measured(format!("{rate:.0} MB/s"), rate >= 120.0)]
}
