//! L4 alone: what it costs to remember texts and to label a call, whatever was read before.

use std::hint::black_box;
use std::time::Duration;

use bartizan::base::{Limits, Moment, RecordId, SecretKey, SessionId, Source, ToolName};
use bartizan::layers::l04_provenance::Provenance;
use bartizan::policy::{Policy, Preset};
use bartizan::state::{Hits, MemoryLimits, MemoryStore, Role, StateStore as _};
use bartizan::text::NormalizedText;
use bartizan::text::json::Json;
use bartizan::text::shingle::TokenKey;
use bartizan::values::ToolCall;

use crate::{Row, each, material, median};

const SIZE: usize = 2 << 10;
const NOW: Moment = Moment::new(0, 0);

struct Session {
    layer: Provenance,
    store: MemoryStore,
    id: SessionId,
    limits: Limits,
    records: u64,
}

impl Session {
    fn new() -> Self {
        let tokens = TokenKey::derive(&SecretKey::from_bytes([7; 32]));
        Self {
            layer: Provenance::compile(&Policy::preset(Preset::Balanced), tokens),
            store: MemoryStore::new(MemoryLimits::default()),
            id: SessionId::new("bench").unwrap(),
            limits: Limits::default(),
            records: 0,
        }
    }

    fn takes_in(&mut self, text: &str) {
        self.records += 1;
        let source = Source::web("bench");
        let record = RecordId::from_u64(self.records);
        let text = NormalizedText::new(text, &self.limits);
        let label = source.label();
        let (segment, keys) = self.layer.record(record, source, label, Role::Inbound, &text, &self.limits);
        self.store.append(&self.id, segment, &keys, NOW).unwrap();
    }

    fn labels(&self, call: &ToolCall) -> usize {
        let query = self.layer.query(call, &self.limits);
        let mut hits = Hits::new();
        self.store.lookup(&self.id, query.keys(), NOW, &mut hits).unwrap();
        let facts = self.store.facts(&self.id, NOW).unwrap();
        self.layer.label(query, &hits, &facts).leaves().len()
    }
}

/// Resident memory of this process, in bytes; 0 where the system does not tell.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<usize>().ok()).unwrap_or(0) << 10
}

pub(crate) fn rows() -> Vec<Row> {
    let args = Json::Object(vec![
        ("to".to_owned(), Json::String("bob@corp.example".to_owned())),
        ("body".to_owned(), Json::String(material::prose(950, 4))),
    ]);
    let call = ToolCall::new(ToolName::new("send_email").unwrap(), args).unwrap();
    let mut rows = Vec::new();
    let mut first = Duration::ZERO;
    for sources in [10, 100, 1_000] {
        let mut session = Session::new();
        for n in 0..sources {
            session.takes_in(&material::prose(SIZE, n + 10));
        }
        let time = each(101, 20, || {
            black_box(session.labels(&call));
        });
        if sources == 10 {
            first = time;
        }
        let what = format!("L4: labelling a call of 1 KB against {sources} sources of 2 KB");
        rows.push(Row::new(what, "<= 50 us").timed(time, Duration::from_micros(50)));
        if sources == 1_000 {
            let times = time.as_secs_f64() / first.as_secs_f64();
            let row = Row::new("L4: the same, 1,000 sources to 10", "<= 1.5 x");
            rows.push(row.measured(format!("{times:.2} x"), times <= 1.5));
        }
    }
    let texts: Vec<String> = (0..200).map(|n| material::prose(SIZE, n + 10)).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let time = median(15, || {
        let mut session = Session::new();
        for text in &texts {
            session.takes_in(text);
        }
        black_box(session.records);
    });
    let speed = bytes as f64 / time.as_secs_f64() / 1e6;
    rows.push(
        Row::new("L4: ingest of texts of 2 KB", ">= 50 MB/s")
            .measured(format!("{speed:.0} MB/s"), speed >= 50.0),
    );
    let before = resident();
    let mut session = Session::new();
    let mut taken = 0;
    for n in 0..1_500 {
        let text = material::prose(SIZE, n + 10);
        taken += text.len();
        session.takes_in(&text);
    }
    let share = resident().saturating_sub(before) as f64 / taken as f64;
    black_box(session.records);
    rows.push(
        Row::new("L4: memory of a byte taken in", "stated").measured(format!("{share:.1} bytes"), true),
    );
    rows
}
