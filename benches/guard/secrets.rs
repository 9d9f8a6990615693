//! The scan for secrets, on text that has none: prose, code, and a log. Beside it the same rules as expressions of the
//! crate `regex` behind an Aho-Corasick prefilter, which is how the good scanners of the field do it.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use bartizan::guard::{Outbound, Sink};
use bartizan::layers::l03_outbound_dlp::{expressions, scan};
use criterion::{Criterion, Throughput};
use regex::{Regex, RegexBuilder};

use crate::{Row, guard, material, median};

/// The argument of the child that measures a start.
pub(crate) const START: &str = "--start";

/// The catalogue as expressions. One automaton over all literals; where one stands, the expressions of its form are tried
/// on the text around it, 64 bytes before and 512 behind.
struct Expressions {
    automaton: AhoCorasick,
    owners: Vec<usize>,
    forms: Vec<Regex>,
}

impl Expressions {
    fn new() -> Self {
        let (mut literals, mut owners, mut forms) = (Vec::new(), Vec::new(), Vec::new());
        for (anchors, expression) in expressions() {
            owners.extend(anchors.iter().map(|_| forms.len()));
            literals.extend(anchors);
            // Some of the catalogue's lengths are beyond what an expression may compile to by default.
            forms.push(RegexBuilder::new(&expression).size_limit(1 << 28).build().unwrap());
        }
        Self { automaton: AhoCorasick::new(literals).unwrap(), owners, forms }
    }

    fn scan(&self, text: &str) -> usize {
        let mut tried = vec![0_usize; self.forms.len()];
        let mut found = 0;
        for hit in self.automaton.find_overlapping_iter(text) {
            let owner = self.owners[hit.pattern().as_usize()];
            // What was looked at for this form is not looked at again.
            if hit.start() < tried[owner] {
                continue;
            }
            let from = text.floor_char_boundary(hit.start().saturating_sub(64));
            let to = text.ceil_char_boundary((hit.end() + 512).min(text.len()));
            tried[owner] = to;
            found += self.forms[owner].find_iter(&text[from..to]).count();
        }
        found
    }
}

/// The child: how long the first check of a process takes, the guard and all tables made.
pub(crate) fn start() {
    let began = Instant::now();
    let (guard, cx) = guard();
    black_box(
        guard
            .check_outbound(&cx, Outbound::new("See you at the mill on Tuesday.", &Sink::unknown()))
            .is_block(),
    );
    println!("{}", began.elapsed().as_micros());
}

/// The median of some starts, each in a process of its own.
fn starts() -> Option<Duration> {
    let program = std::env::current_exe().ok()?;
    let mut times: Vec<u64> = (0..11)
        .filter_map(|_| {
            let output = std::process::Command::new(&program).arg(START).output().ok()?;
            String::from_utf8(output.stdout).ok()?.trim().parse().ok()
        })
        .collect();
    times.sort_unstable();
    times.get(times.len() / 2).map(|micros| Duration::from_micros(*micros))
}

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
    let baseline = Expressions::new();
    let theirs = median(11, || {
        black_box(baseline.scan(black_box(&text)));
    });
    let ratio = theirs.as_secs_f64() / time.as_secs_f64();
    let mut rows = vec![
        Row::new(
            format!("secrets scan of ordinary text ({rate:.0} MB/s) beside the same rules as regex"),
            ">= 5 x",
        )
        .measured(format!("{ratio:.1} x"), ratio >= 5.0)
        .beside("regex behind Aho-Corasick, windows", theirs, time),
    ];
    if let Some(start) = starts() {
        let row = Row::new("start of a process: the guard, all tables, the first outbound check", "<= 5 ms");
        rows.push(row.timed(start, Duration::from_millis(5)));
    }
    rows
}
