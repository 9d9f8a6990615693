//! `check_outbound` against sessions that have read much and little: the cost is the text's own length.

use std::hint::black_box;
use std::time::Duration;

use bartizan::base::{SecurityContext, SessionId, Source};
use bartizan::guard::{Guard, Inbound, Outbound, Quoting, Sink};
use criterion::{BenchmarkId, Criterion};

use crate::peers::Times;
use crate::worst::kilobytes;
use crate::{Row, guard, material, median};

/// The argument of the child that measures what a session keeps.
pub(crate) const KEPT: &str = "--kept";

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
    let mut rows = vec![
        guardllm.beside(row, "check_outbound, 4096 characters against 50 texts of 2 KB", few),
        Row::new("the same against 5,000", "<= 1.5 x").measured(format!("{ratio:.2} x"), ratio <= 1.5),
        streamed(),
    ];
    for (what, kind) in [("prose", "prose"), ("this project's own files", "files")] {
        rows.extend(kept(what, kind));
    }
    rows
}

/// What it costs to check a reply token by token besides checking it whole.
fn streamed() -> Row {
    let (guard, cx) = guard();
    let sink = Sink::new("reply", "user");
    let text = material::prose(4 << 10, 3);
    let whole = median(101, || {
        black_box(guard.check_outbound(&cx, Outbound::new(&text, &sink))).is_block();
    });
    let mut held = 0;
    let flowing = median(101, || {
        let mut stream = guard.outbound_stream(&cx, &sink, Quoting::Nothing);
        for chunk in text.as_bytes().chunks(5) {
            black_box(stream.push(std::str::from_utf8(chunk).unwrap()).unwrap());
            held = held.max(stream.held_back());
        }
        black_box(stream.finish().0).is_block();
    });
    let more = (flowing.as_secs_f64() / whole.as_secs_f64() - 1.0) * 100.0;
    let what = format!("a reply of 4 KB in tokens, beside one whole check; {held} bytes held back at most");
    Row::new(what, "<= 20 %").measured(format!("{more:.0} %"), more <= 20.0 && held <= 512)
}

/// Texts of 2 KB, 10 MB together where there is as much.
fn read(kind: &str) -> Vec<String> {
    if kind == "prose" {
        return (0..5_000).map(|n| material::prose(2 << 10, n + 10)).collect();
    }
    let mut folders: Vec<std::path::PathBuf> = ["docs", "src", "tests/cases"]
        .iter()
        .map(|folder| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .collect();
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let mut rest = text.as_str();
                while !rest.is_empty() {
                    let (part, more) = rest.split_at(rest.floor_char_boundary(2 << 10));
                    texts.push(part.to_owned());
                    rest = more;
                }
            }
        }
    }
    texts
}

/// How much memory a session keeps for each byte that it read, measured in a process of its own.
fn kept(what: &str, kind: &str) -> Option<Row> {
    let program = std::env::current_exe().ok()?;
    let output = std::process::Command::new(program).args([KEPT, kind]).output().ok()?;
    let told = String::from_utf8(output.stdout).ok()?;
    let (each, bytes) = told.trim().split_once(' ')?;
    let (each, bytes): (f64, usize) = (each.parse().ok()?, bytes.parse().ok()?);
    let what =
        format!("memory that a session keeps for a byte of {what}, {} KB in texts of 2 KB", bytes >> 10);
    Some(Row::new(what, "<= 1.5").measured(format!("{each:.2}"), each <= 1.5))
}

/// The child.
pub(crate) fn child(kind: &str) {
    let (guard, cx) = guard();
    let texts = read(kind);
    let bytes: usize = texts.iter().map(String::len).sum();
    let take = |cx: &SecurityContext| {
        for (n, text) in texts.iter().enumerate() {
            let source = Source::web(format!("https://bench.example/{n}"));
            black_box(guard.process_inbound(cx, Inbound::new(text, &source)).is_block());
        }
    };
    // Another session has read the same: patterns are compiled, and the allocator has what a single check needs.
    // What grows after this is the session's.
    let warm = SecurityContext::new(SessionId::new("warm").unwrap());
    take(&warm);
    let before = kilobytes("VmRSS:");
    take(&cx);
    let after = kilobytes("VmRSS:");
    if let (Some(before), Some(after)) = (before, after) {
        println!("{} {bytes}", after.saturating_sub(before) as f64 * 1024.0 / bytes as f64);
    }
}
