//! `check_tool_call` whole: labels, a policy of a hundred rules, secrets in the arguments, the audit.

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Duration;

use bartizan::base::{SecurityContext, SessionId, Source, ToolName};
use bartizan::guard::{Guard, Inbound};
use bartizan::policy::Policy;
use bartizan::text::json::Json;
use bartizan::values::ToolCall;
use criterion::Criterion;

use crate::{Row, material, median};

fn ready() -> (Guard, SecurityContext, ToolCall) {
    let mut policy = String::from("bartizan: 1\nname: bench\npreset: balanced\nrules:\n");
    for n in 0..100 {
        writeln!(
            policy,
            "  - {{ id: rule-{n}, effect: deny, tools: [\"tool_{n}_*\"], args: {{ /to: {{ glob: \"*@{n}.example\" }} }} }}"
        )
        .unwrap();
    }
    let guard = Guard::builder(Policy::from_yaml(&policy).unwrap()).build().unwrap();
    let cx = SecurityContext::new(SessionId::new("bench").unwrap());
    let _hash = guard.user_message(&cx, "Write to bob@corp.example about the plums").into_result().unwrap();
    for n in 0..50 {
        let source = Source::web(format!("https://bench.example/{n}"));
        let text = material::prose(2 << 10, n + 10);
        let _admitted = guard.process_inbound(&cx, Inbound::new(&text, &source)).into_result().unwrap();
    }
    let args = Json::Object(vec![
        ("to".to_owned(), Json::String("bob@corp.example".to_owned())),
        ("body".to_owned(), Json::String(material::prose(950, 4))),
    ]);
    (guard, cx, ToolCall::new(ToolName::new("send_email").unwrap(), args).unwrap())
}

pub(crate) fn bench(c: &mut Criterion) {
    let (guard, cx, call) = ready();
    c.bench_function("check_tool_call, 1 KB of arguments, 100 rules, labels on", |b| {
        b.iter(|| black_box(guard.check_tool_call(&cx, call.clone())));
    });
}

pub(crate) fn rows() -> Vec<Row> {
    let (guard, cx, call) = ready();
    let time = median(201, || {
        black_box(guard.check_tool_call(&cx, call.clone()).judgement().labels().len());
    });
    let row = Row::new("check_tool_call, 1 KB of arguments, 100 rules, labels on", "<= 50 us");
    vec![row.timed(time, Duration::from_micros(50))]
}
