//! One pass over a text: clean, folded, views.

use std::hint::black_box;

use bartizan::base::Limits;
use bartizan::text::NormalizedText;
use criterion::{BenchmarkId, Criterion, Throughput};

use crate::{Row, material, median};

fn inputs() -> [(&'static str, String); 3] {
    [
        ("ascii", material::prose(64 << 10, 1)),
        ("cyrillic", material::cyrillic(64 << 10)),
        ("chinese", material::chinese(64 << 10)),
    ]
}

pub(crate) fn bench(c: &mut Criterion) {
    let limits = Limits::default();
    let mut group = c.benchmark_group("normalize 64 KB");
    for (name, text) in inputs() {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &text, |b, text| {
            b.iter(|| black_box(NormalizedText::new(text, &limits)).folded().len());
        });
    }
    group.finish();
}

pub(crate) fn rows() -> Vec<Row> {
    let limits = Limits::default();
    let wanted = [500.0, 80.0, 80.0];
    let what = ["normalize, ASCII prose", "normalize, Cyrillic", "normalize, Chinese"];
    inputs()
        .iter()
        .zip(what)
        .zip(wanted)
        .map(|(((_, text), what), wanted)| {
            let time = median(51, || {
                black_box(NormalizedText::new(text, &limits).folded().len());
            });
            let rate = text.len() as f64 / time.as_secs_f64() / 1e6;
            let goal = if wanted > 100.0 { ">= 500 MB/s" } else { ">= 80 MB/s" };
            Row::new(what, goal).measured(format!("{rate:.0} MB/s"), rate >= wanted)
        })
        .collect()
}
