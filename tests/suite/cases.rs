//! Cases: each file under `tests/cases/` says what goes through a guard and what has to come of it. Every case has
//! a guard of its own, with a clock that stands still and entropy that repeats itself, and meets it where hosts do.

mod file;
pub(crate) mod text;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bartizan::base::{
    Disposition, HeldId, Integrity, Limits, Mode, Moment, PrincipalId, RecordId, Report, SecretKey,
    SecretValue, SecurityContext, Sensitivity, ServerId, SessionId, Source, SourceKind, ToolName, Verdict,
};
use bartizan::detect::Likeness;
use bartizan::guard::{
    Admitted, Answer, ConfirmationPrompt, Confirmer, ErrorKind, Extract, Guard, GuardBuilder, Inbound, Media,
    Outbound, PendingCall, Quoting, RegisteredKind, Released, ScopeMap, Sink, ToolDefinition, ToolOutput,
    ToolReport, ToolVerdict,
};
use bartizan::layers::l01_isolation::unwrap;
use bartizan::policy::{Channel, Policy, Preset};
use bartizan::testing::{FixedEntropy, ManualClock};
use bartizan::text::json::Json;
use bartizan::values::{Authorization, Proposal, ToolCall};
use serde_json::{Value, json};

use crate::{assert_none, files_under, read, root, shown};
use file::{Case, CaseFile, Expect, Step, Twin, Word};
use text::{Text, make};

/// Every case file, read.
fn files() -> Vec<(String, CaseFile)> {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for path in files_under(&root().join("tests/cases"), "yaml") {
        match CaseFile::read(&read(&path)) {
            Ok(file) => files.push((shown(&path), file)),
            Err(error) => problems.push(format!("{}: {error}", shown(&path))),
        }
    }
    assert_none("case files that cannot be read", &problems);
    files
}

#[test]
fn every_case_holds() {
    let (mut problems, mut count, mut todo) = (Vec::new(), 0, Vec::new());
    for (path, file) in files() {
        for case in &file.cases {
            count += 1;
            let failed = std::iter::once(None)
                .chain(case.head.twins().iter().copied().map(Some))
                .filter_map(|twin| run(case, twin).err().map(|error| told(&path, case, twin, &error)));
            match &case.head.todo {
                None => problems.extend(failed),
                Some(why) => {
                    let now = if failed.count() == 0 { " (holds by now)" } else { "" };
                    todo.push(format!("{path}: {}: {why}{now}", case.head.name));
                }
            }
        }
    }
    // Past the test harness, which keeps the output of what passes.
    let mut told = std::io::stderr().lock();
    writeln!(told, "{count} cases, {} of them do not hold yet", todo.len()).unwrap();
    for line in &todo {
        writeln!(told, "  {line}").unwrap();
    }
    drop(told);
    assert!(problems.is_empty(), "{} cases failed:\n\n{}", problems.len(), problems.join("\n"));
}

/// What fails of cases that stand in no file of their own.
pub(crate) fn failures(path: &str, yaml: &str) -> Vec<String> {
    match CaseFile::read(yaml) {
        Err(error) => vec![format!("{path}: {error}")],
        Ok(file) => {
            let failed = |case| Some(told(path, case, None, &run(case, None).err()?));
            file.cases.iter().filter_map(failed).collect()
        }
    }
}

#[test]
fn every_file_of_attacks_has_a_benign_twin() {
    let alone: Vec<String> = files()
        .into_iter()
        .filter(|(_, file)| !file.cases.iter().any(|case| case.head.benign))
        .map(|(path, _)| path)
        .collect();
    assert_none("files without a case that is `benign: true`", &alone);
}

#[test]
fn a_case_that_does_not_hold_is_told_with_its_step() {
    let file = CaseFile::read(
        "about: a page that is not refused\n\
         cases:\n\
         - name: a plain sentence\n\
        \x20 inbound: { text: 'The bakery opens at eight.' }\n\
        \x20 expect: { disposition: block, rules: [l0/truncated], lacks: [bakery] }\n",
    )
    .unwrap();
    let error = run(&file.cases[0], None).unwrap_err();
    let told = told("a.yaml", &file.cases[0], None, &error);
    for part in [
        "a.yaml",
        "a plain sentence",
        "step: 1",
        "inbound",
        "disposition: block",
        "disposition: allow",
        "l0/truncated",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn case_files_are_read_strictly() {
    for (yaml, problem) in [
        ("about: x\ncases: []\nmore: 1\n", "unknown field `more`"),
        ("about: x\ncases:\n- name: n\n  inbond: {}\n", "unknown field `inbond`"),
        ("about: x\ncases:\n- name: n\n  user: hi\n", "nothing is expected"),
        ("about: x\ncases:\n- name: n\n  user: hi\n  reset: true\n  expect: {}\n", "one thing"),
        ("about: x\ncases:\n- name: n\n  user: { rot14: hi }\n  expect: {}\n", "no way to make a text"),
        ("about: x\nabout: y\ncases: []\n", "duplicate"),
    ] {
        let error = CaseFile::read(yaml).unwrap_err();
        assert!(error.contains(problem), "{problem}: {error}");
    }
}

/// Which step failed, and how.
#[derive(Debug)]
struct Failure {
    step: usize,
    verb: String,
    expected: Vec<String>,
    got: Vec<String>,
}

fn told(path: &str, case: &Case, twin: Option<Twin>, failure: &Failure) -> String {
    let mut out = format!("- file: {path}\n  case: {:?}\n", case.head.name);
    if let Some(twin) = twin {
        writeln!(out, "  twin: {twin:?}").unwrap();
    }
    writeln!(out, "  step: {}  # {}", failure.step, failure.verb).unwrap();
    for (what, lines) in [("expected", &failure.expected), ("got", &failure.got)] {
        writeln!(out, "  {what}:").unwrap();
        for line in lines {
            writeln!(out, "    {line}").unwrap();
        }
    }
    out
}

/// Says what the case says.
#[derive(Debug)]
struct Person(Word);

impl Confirmer for Person {
    fn confirm(&self, prompt: &ConfirmationPrompt) -> Answer {
        said(self.0, prompt)
    }
}

fn said(word: Word, prompt: &ConfirmationPrompt) -> Answer {
    match word {
        Word::Approve => prompt.approve(),
        Word::Deny => prompt.deny(),
        Word::Unavailable => prompt.unavailable(),
    }
}

/// What is kept between the steps of a case.
struct Run {
    guard: Guard,
    clock: ManualClock,
    records: HashMap<String, RecordId>,
    prompts: HashMap<String, ConfirmationPrompt>,
    /// Digests of messages, bindings and parked calls, by the names of their steps.
    tokens: HashMap<String, String>,
    pending: Vec<PendingCall>,
    held: Option<HeldId>,
}

/// What came of a step.
#[derive(Debug, Default)]
struct Got {
    disposition: Disposition,
    rules: Vec<String>,
    text: Option<String>,
    prompt: Option<String>,
    verdict: Option<Likeness>,
    labels: BTreeMap<String, [&'static str; 3]>,
    rule: Option<String>,
    reason: String,
    tools: BTreeMap<String, &'static str>,
    /// What is done with an extraction, its origin, the code of an error.
    extract: Option<&'static str>,
    origin: Option<String>,
    code: Option<String>,
    report: String,
}

/// A guard whose time, chance and keys are the same in every run.
pub(crate) fn guard(policy: Policy) -> GuardBuilder {
    Guard::builder(policy)
        .key(SecretKey::from_bytes([7; 32]))
        .clock(ManualClock::at(Moment::new(1_760_000_000_000, 1_000_000_000)))
        .entropy(FixedEntropy::new(1))
}

fn run(case: &Case, twin: Option<Twin>) -> Result<(), Failure> {
    let clock = ManualClock::at(Moment::new(1_760_000_000_000, 1_000_000_000));
    let policy = match (policy(&case.head), &case.head.refused) {
        (Ok(policy), None) => policy,
        (Err(why), Some(expected)) if why.contains(expected) => return Ok(()),
        (policy, expected) => {
            let got = policy.map_or_else(|why| why, |_| "it loads".to_owned());
            let expected = vec![expected.clone().unwrap_or_else(|| "a policy".to_owned())];
            return Err(Failure { step: 0, verb: "policy".to_owned(), expected, got: vec![got] });
        }
    };
    let mut builder = guard(policy).clock(clock.clone()).confirmer(Person(case.head.confirmer));
    if let Some(scopes) = &case.head.scopes {
        builder = builder.scopes(ScopeMap::from_json(&scopes.to_string(), &Limits::default()).unwrap());
    }
    let guard = builder.build().unwrap();
    let mut run = Run {
        guard,
        clock,
        records: HashMap::new(),
        prompts: HashMap::new(),
        tokens: HashMap::new(),
        pending: Vec::new(),
        held: None,
    };
    for (index, step) in case.steps.iter().enumerate() {
        for time in 1..=step.times {
            run.clock.advance(Duration::from_secs(step.wait_s));
            let (verb, got) = run.step(step, time, twin);
            let problems = problems(step.expect.as_ref(), &got, case.head.benign, twin.is_some());
            if !problems.is_empty() {
                return Err(Failure { step: index + 1, verb, expected: problems, got: got.shown() });
            }
        }
    }
    Ok(())
}

fn policy(head: &file::Head) -> Result<Policy, String> {
    let text = head.policy.as_deref().unwrap_or("balanced");
    let find = |name: &str| head.files.as_ref()?.get(name).cloned();
    let upper = match Preset::named(text) {
        Some(preset) => Policy::preset(preset),
        None => Policy::import(text, &find).map_err(|error| error.to_string())?.policy,
    };
    head.below.iter().flatten().try_fold(upper, |above, text| {
        above.narrow(text, &find).map(|loaded| loaded.policy).map_err(|error| error.to_string())
    })
}

/// The text as the twin has it. Only what is judged changes its clothes.
fn dressed(text: &Text, step: &Step, twin: Option<Twin>) -> String {
    const BEFORE: &str = "Good morning, and thank you for the notes of last week. The second half of the walk was \
        longer than the map said, and the bridge behind the mill is closed until spring.\n\n";
    const BEHIND: &str = "\n\nWe met at the station at ten, four grown-ups and two children, and had soup in the \
        village afterwards. The next walk is planned for the second Sunday of the month.\n";
    let plain = &text.0;
    match twin.filter(|_| step.expect.is_some()) {
        None => plain.clone(),
        Some(Twin::Padded) => format!("{BEFORE}{plain}{BEHIND}"),
        Some(Twin::InJson) => json!({ "date": "2025-03-14", "note": plain, "read": true }).to_string(),
    }
}

impl Run {
    fn step(&mut self, step: &Step, time: u32, twin: Option<Twin>) -> (String, Got) {
        let cx = context(step);
        let done = self.words(&cx, step, time, twin).or_else(|| self.calls(&cx, step));
        done.or_else(|| self.others(&cx, step)).expect("a step does one thing")
    }

    /// What is said, what comes in, what goes out.
    fn words(
        &mut self,
        cx: &SecurityContext,
        step: &Step,
        time: u32,
        twin: Option<Twin>,
    ) -> Option<(String, Got)> {
        if let Some(text) = &step.user {
            let verdict = self.guard.user_message(cx, &dressed(text, step, twin));
            let got = Got::of(verdict.report());
            if let (Some(name), Verdict::Pass(hash, _)) = (&step.name, verdict) {
                self.tokens.insert(name.clone(), hash.to_string());
            }
            return Some(("user".into(), got));
        }
        if let Some(input) = &step.inbound {
            let source = source(input);
            let text = dressed(&input.text, step, twin).replace("{n}", &time.to_string());
            let verdict =
                self.guard.process_inbound(cx, Inbound::new(&text, &source).media(media(&input.media)));
            return Some((format!("inbound: {text:?}"), self.admitted(step, verdict)));
        }
        if let Some(result) = &step.result {
            let text = dressed(&result.text, step, twin);
            let source = Source::tool(&*result.tool);
            let verdict =
                self.guard.process_inbound(cx, Inbound::new(&text, &source).media(media(&result.media)));
            return Some((format!("result: {text:?}"), self.admitted(step, verdict)));
        }
        if let Some(parts) = &step.compound {
            let texts: Vec<String> = parts.iter().map(|part| dressed(&part.text, step, twin)).collect();
            let sources: Vec<Source> = parts.iter().map(source).collect();
            let inbound: Vec<Inbound<'_>> = std::iter::zip(&texts, &sources)
                .zip(parts)
                .map(|((text, source), part)| Inbound::new(text, source).media(media(&part.media)))
                .collect();
            let mut all = Got::default();
            for verdict in self.guard.process_inbound_compound(cx, &inbound) {
                let got = self.admitted(step, verdict);
                all.disposition = all.disposition.max(got.disposition);
                all.rules.extend(got.rules);
                all.text.get_or_insert_default().push_str(&got.text.unwrap_or_default());
                all.prompt.get_or_insert_default().push_str(&got.prompt.unwrap_or_default());
                all.report.push_str(&got.report);
            }
            return Some(("compound".into(), all));
        }
        if let Some(out) = &step.outbound {
            let text = dressed(&out.text, step, twin);
            let sink = out.sink.as_ref().map_or_else(Sink::unknown, |kind| Sink::new(kind.as_str(), ""));
            let quoting = match &out.quoting {
                None | Some(Value::Bool(false)) => Quoting::Nothing,
                Some(Value::Bool(true)) => Quoting::Everything,
                Some(Value::String(name)) => Quoting::Record(self.records[name]),
                Some(other) => panic!("`quoting` is true or a step's name, not {other}"),
            };
            let verdict = self.guard.check_outbound(cx, Outbound::new(&text, &sink).quoting(quoting));
            return Some((format!("outbound: {text:?}"), released(&verdict)));
        }
        None
    }

    /// Calls, and the proofs that go with them.
    fn calls(&mut self, cx: &SecurityContext, step: &Step) -> Option<(String, Got)> {
        if let Some(definitions) = &step.definitions {
            let server = definitions.server.as_deref().map(|server| ServerId::new(server).unwrap());
            let tools: Vec<ToolDefinition> = definitions
                .tools
                .iter()
                .map(|tool| {
                    ToolDefinition::new(json_of(tool)).unwrap_or_else(|error| panic!("{tool}: {error}"))
                })
                .collect();
            let verdict = self.guard.tool_definitions(cx, server.as_ref(), &tools);
            return Some(("definitions".into(), defined(&verdict)));
        }
        if let Some(call) = step.call.as_ref().filter(|call| ToolName::new(&call.tool).is_err()) {
            // What has no tool's name is no call: hosts and `pipe` refuse it before a guard is asked.
            let got = Got { disposition: Disposition::Block, ..Got::default() };
            return Some((format!("call: {:?}", call.tool), got));
        }
        if let Some(call) = &step.call {
            let proposal = self.proposal(call);
            let shown = proposal.call().canonical();
            return Some((
                format!("call: {shown}"),
                self.judged(step, |guard| guard.check_tool_call(cx, proposal)),
            ));
        }
        if let Some(call) = &step.validate {
            let call = tool_call(&call.tool, call.server.as_deref(), &call.args);
            let verdict = self.guard.validate_tool_args(cx, &call);
            let mut got = Got::of(verdict.report());
            if let Verdict::Block(blocked) = &verdict {
                got.reason = blocked.to_string();
            }
            return Some((format!("validate: {}", call.canonical()), got));
        }
        if let Some(bind) = &step.bind {
            let call = tool_call(&bind.tool, bind.server.as_deref(), &bind.args);
            let verdict = self.guard.bind_request(cx, &call, bind.ttl_s.map(Duration::from_secs));
            let got = Got::of(verdict.report());
            if let (Some(name), Verdict::Pass(token, _)) = (&step.name, verdict) {
                self.tokens.insert(name.clone(), token);
            }
            return Some((format!("bind: {}", call.canonical()), got));
        }
        if let Some(name) = &step.park {
            let pending = self.pending.pop().expect("no question is open");
            self.tokens.insert(name.clone(), self.guard.park(cx, &pending));
            return Some(("park".into(), Got::default()));
        }
        if let Some(name) = &step.unpark {
            let parked = self.tokens.get(name).unwrap_or(name).clone();
            return Some(("unpark".into(), self.judged(step, |guard| guard.unpark(cx, &parked))));
        }
        if let Some(answer) = &step.answer {
            let pending = self.pending.pop().expect("no question is open");
            let prompt = match &answer.to {
                Some(name) => {
                    self.prompts.get(name).unwrap_or_else(|| panic!("no prompt of `{name}`")).clone()
                }
                None => pending.prompt().clone(),
            };
            let channel = answer.channel.as_deref();
            let channel =
                channel.map(|name| Channel::named(name).unwrap_or_else(|| panic!("`{name}` is no channel")));
            let answer = said(answer.say, &prompt).by(channel.unwrap_or_default());
            return Some((
                "answer".into(),
                self.judged(step, |guard| guard.confirm_action(cx, pending, &answer)),
            ));
        }
        if let Some(run) = &step.run {
            let call = tool_call(&run.tool, run.server.as_deref(), &run.args);
            let shown = call.canonical();
            let dispatched = Arc::new(Mutex::new(0));
            let output = match (&run.gives, &run.fails) {
                (Some(text), None) => Ok(ToolOutput::new(text.0.clone(), media(&run.media))),
                (None, Some(error)) => Err(error.0.clone()),
                _ => panic!("a tool either `gives` something or `fails`"),
            };
            let verdict = self.guard.guard_tool_call(cx, call.clone(), |approved| {
                *dispatched.lock().unwrap() += 1;
                assert_eq!(approved.call(), &call, "another call than the one that was asked for");
                output
            });
            assert!(*dispatched.lock().unwrap() <= 1);
            return Some((format!("run: {shown}"), self.admitted(step, verdict)));
        }
        None
    }

    /// What is registered, planted, remembered, released, forgotten.
    fn others(&mut self, cx: &SecurityContext, step: &Step) -> Option<(String, Got)> {
        if let Some(wanted) = &step.extraction {
            return Some(("extraction".into(), self.extraction(cx, wanted)));
        }
        if let Some(canary) = &step.canary {
            let place = canary.place.parse().unwrap();
            return Some(("canary".into(), Got::of(self.guard.issue_canary(cx, &place).report())));
        }
        if let Some(error) = &step.error {
            let kind = error.kind.as_deref().map(|kind| ErrorKind::named(kind).unwrap());
            let safe = self.guard.sanitize_error(cx, &error.message.0, kind.as_ref());
            let text = safe.text().to_owned();
            let got = Got { text: Some(text), code: Some(safe.code().to_owned()), ..Got::default() };
            return Some(("error".into(), Got { report: format!("{safe:?}"), ..got }));
        }
        if let Some(register) = &step.register {
            let kind = match register.kind.as_str() {
                "secret" => RegisteredKind::Secret,
                "sensitive" => RegisteredKind::Sensitive,
                other => panic!("values are registered as `secret` or `sensitive`, not `{other}`"),
            };
            let values: Vec<SecretValue> =
                register.values.iter().map(|value| SecretValue::new(value.0.clone())).collect();
            self.guard.register(cx, &values, kind).into_result().unwrap();
            return Some(("register".into(), Got::default()));
        }
        if step.release.is_some() {
            let held = self.held.expect("nothing is held");
            let verdict = self.guard.release(cx, held);
            return Some(("release".into(), self.admitted(step, verdict)));
        }
        if step.discard.is_some() {
            let held = self.held.expect("nothing is held");
            return Some(("discard".into(), Got::of(self.guard.discard(cx, held).report())));
        }
        step.reset.map(|_| ("reset".into(), Got::of(self.guard.reset(cx).report())))
    }

    fn proposal(&self, call: &file::Call) -> Proposal {
        let mut proposal = Proposal::new(tool_call(&call.tool, call.server.as_deref(), &call.args));
        if let Some(shown) = &call.authorization {
            let message = self.tokens.get(&shown.message).unwrap_or(&shown.message);
            let authorization = Authorization::from_json(json_of(&json!({
                "action": shown.action,
                "scope": shown.scope,
                "message_hash": message,
                "source": shown.source,
            })));
            proposal = proposal.authorized_by(authorization.unwrap());
        }
        match &call.binding {
            Some(name) => proposal.bound_by(self.tokens.get(name).unwrap_or(name).as_str()),
            None => proposal,
        }
    }

    fn extraction(&mut self, cx: &SecurityContext, wanted: &file::Extraction) -> Got {
        let source = wanted.source.as_deref().map(|kind| Source::new(SourceKind::named(kind), &*wanted.id));
        let source = source.map(|source| match &wanted.trust {
            Some(trust) => source.integrity(named(trust, &INTEGRITIES)),
            None => source,
        });
        let request = match (&wanted.record, &source) {
            (Some(name), None) => Extract::record(self.records[name]),
            (None, Some(source)) if wanted.trust.is_some() => Extract::of(source),
            (None, Some(source)) => Extract::of_kind(source),
            _ => panic!("an extraction is of a `record` or of a `source`"),
        };
        let request = wanted.text.as_ref().map_or(request, |text| request.with_text(&text.0));
        let extraction = self.guard.check_extraction(cx, &request);
        self.held = extraction.held().or(self.held);
        Got {
            extract: Some(extraction.action().as_str()),
            origin: extraction.origin().map(str::to_owned),
            ..Got::of(extraction.report())
        }
    }

    fn admitted(&mut self, step: &Step, verdict: Verdict<Admitted>) -> Got {
        let mut got = Got::of(verdict.report());
        self.held = verdict.report().held().or(self.held);
        match verdict {
            Verdict::Pass(admitted, _) => {
                if let Some(name) = &step.name {
                    self.records.insert(name.clone(), admitted.record());
                }
                got.text = Some(admitted.plain().to_owned());
                got.prompt = Some(admitted.as_str().to_owned());
                got.verdict = Some(admitted.injection().likeness());
            }
            Verdict::Block(blocked) => got.reason = blocked.to_string(),
        }
        got
    }

    fn judged(&mut self, step: &Step, decide: impl FnOnce(&Guard) -> ToolVerdict) -> Got {
        let verdict = decide(&self.guard);
        let mut got = Got::of(verdict.report());
        let judgement = verdict.judgement();
        got.rule = judgement.rule().map(ToString::to_string);
        judgement.reason().clone_into(&mut got.reason);
        for leaf in judgement.labels().iter().filter(|leaf| !leaf.is_key()) {
            let label = leaf.label();
            let words = [label.integrity().as_str(), label.sensitivity().as_str(), leaf.origin().as_str()];
            got.labels.insert(leaf.pointer().as_str().to_owned(), words);
        }
        if let ToolVerdict::Allow(approved, _) = &verdict {
            got.text = Some(approved.call().canonical());
        }
        if let ToolVerdict::Confirm(pending, _) = verdict {
            got.prompt = Some(pending.prompt().to_string());
            if let Some(name) = &step.name {
                self.prompts.insert(name.clone(), pending.prompt().clone());
            }
            self.pending.push(pending);
        }
        got
    }
}

fn context(step: &Step) -> SecurityContext {
    let given = &step.context;
    let mut cx = SecurityContext::new(SessionId::new(step.session.as_deref().unwrap_or("main")).unwrap());
    cx = match given.mode.as_deref() {
        None | Some("client") => cx,
        Some("server") => cx.mode(Mode::Server),
        Some(other) => panic!("`{other}` is no mode"),
    };
    if let Some(principal) = &given.principal {
        cx = cx.principal(PrincipalId::new(principal).unwrap());
    }
    if let Some(trust) = &given.trust {
        cx = cx.trust(named(trust, &INTEGRITIES));
    }
    if let Some(environment) = &given.environment {
        cx = cx.environment(environment.as_str());
    }
    for scope in given.scopes.iter().flatten() {
        cx = cx.scope(scope.as_str());
    }
    given.roles.iter().fold(cx, |cx, role| cx.role(role.as_str()))
}

fn source(input: &file::In) -> Source {
    let mut source = Source::new(SourceKind::named(&input.source), &*input.id);
    if let Some(trust) = &input.trust {
        source = source.integrity(named(trust, &INTEGRITIES));
    }
    if let Some(sensitivity) = &input.sensitivity {
        source = source.sensitivity(named(sensitivity, &SENSITIVITIES));
    }
    source
}

fn released(verdict: &Verdict<Released<'_>>) -> Got {
    let mut got = Got::of(verdict.report());
    match verdict {
        Verdict::Pass(released, _) => got.text = Some(released.as_str().to_owned()),
        Verdict::Block(blocked) => got.reason = blocked.to_string(),
    }
    got
}

fn defined(verdict: &Verdict<Vec<ToolReport>>) -> Got {
    let mut got = Got::of(verdict.report());
    if let Verdict::Pass(tools, _) = verdict {
        got.tools = tools.iter().map(|tool| (tool.name().to_string(), tool.disposition().as_str())).collect();
    }
    got
}

impl Got {
    fn of(report: &Report) -> Self {
        Self {
            disposition: report.disposition(),
            rules: report.findings().iter().map(|finding| finding.rule.to_string()).collect(),
            report: format!("{report:?}"),
            ..Self::default()
        }
    }

    /// What came, as a case would write it.
    fn shown(&self) -> Vec<String> {
        let mut lines =
            vec![format!("disposition: {}", self.disposition), format!("rules: {}", json!(self.rules))];
        let mut line = |key: &str, value: Option<String>| {
            lines.extend(value.map(|value| format!("{key}: {}", Value::from(value))));
        };
        line("text", self.text.clone());
        line("prompt", self.prompt.clone());
        line("verdict", self.verdict.map(|verdict| verdict.to_string()));
        line("rule", self.rule.clone());
        line("extract", self.extract.map(str::to_owned));
        line("origin", self.origin.clone());
        line("code", self.code.clone());
        line("reason", Some(self.reason.clone()).filter(|reason| !reason.is_empty()));
        if !self.labels.is_empty() {
            lines.push("labels:".to_owned());
            for (pointer, [integrity, sensitivity, origin]) in &self.labels {
                lines.push(format!(
                    "  {}: {{ integrity: {integrity}, sensitivity: {sensitivity}, origin: {origin} }}",
                    Value::from(pointer.as_str())
                ));
            }
        }
        if !self.tools.is_empty() {
            lines.push(format!("tools: {}", json!(self.tools)));
        }
        lines
    }
}

/// What of the expectation does not hold, as the case wrote it. A twin may be judged more strictly, never less.
fn problems(expect: Option<&Expect>, got: &Got, benign: bool, twin: bool) -> Vec<String> {
    let mut problems = Vec::new();
    let nothing = Expect::default();
    let expect = expect.unwrap_or(&nothing);
    match &expect.disposition {
        Some(expected) => {
            let wanted = named(expected, &DISPOSITIONS);
            if got.disposition != wanted && !(twin && got.disposition > wanted) {
                problems.push(format!("disposition: {expected}"));
            }
        }
        None if benign && got.disposition != Disposition::Allow => {
            problems.push("disposition: allow".to_owned());
        }
        // What only prepares the ground must not fail unseen.
        None if got.disposition == Disposition::Block => problems.push("disposition: not block".to_owned()),
        None => {}
    }
    let found = |rule: &String| {
        got.rules.iter().any(|found| match rule.strip_suffix('*') {
            Some(start) => found.starts_with(start),
            None => found == rule,
        })
    };
    problems.extend(expect.rules.iter().filter(|rule| !found(rule)).map(|rule| format!("rules: [{rule}]")));
    if benign && expect.rules.is_empty() && !twin {
        problems.extend(
            got.rules.iter().filter(|rule| rule.starts_with("l3/secret")).map(|_| "no secret".to_owned()),
        );
    }
    problems
        .extend(expect.no_rules.iter().filter(|rule| found(rule)).map(|rule| format!("no_rules: [{rule}]")));

    let (text, prompt) = (got.text.as_deref().unwrap_or_default(), got.prompt.as_deref().unwrap_or_default());
    let quoted = |text: &Text| Value::from(text.0.as_str());
    if !twin {
        if let Some(whole) = expect.text.as_ref().filter(|whole| got.text.as_ref() != Some(&whole.0)) {
            problems.push(format!("text: {}", quoted(whole)));
        }
        let missing = |key: &str, parts: &[Text], text: &str| -> Vec<String> {
            let missing = parts.iter().filter(|part| !text.contains(&part.0));
            missing.map(|part| format!("{key}: [{}]", quoted(part))).collect()
        };
        problems.extend(missing("has", &expect.has, text));
        problems.extend(missing("prompt_has", &expect.prompt_has, prompt));
    }
    let spoken = [&got.report, &got.reason].map(String::as_str).join("\n");
    for (key, parts, text) in [
        ("lacks", &expect.lacks, text),
        ("prompt_lacks", &expect.prompt_lacks, prompt),
        ("report_lacks", &expect.report_lacks, &*spoken),
    ] {
        let there = parts.iter().filter(|part| text.contains(&part.0));
        problems.extend(there.map(|part| format!("{key}: [{}]", quoted(part))));
    }
    if let Some(isolated) = expect.isolated {
        let inside = got.prompt.as_deref().and_then(unwrap);
        if inside.is_some() != isolated {
            problems.push(format!("isolated: {isolated}"));
        }
    }
    if let Some(verdict) = &expect.verdict {
        let holds = got.verdict.is_some_and(|got| got.as_str() == verdict || (twin && got > Likeness::Clean));
        if !holds {
            problems.push(format!("verdict: {verdict}"));
        }
    }
    if let Some(rule) = expect.rule.as_ref().filter(|rule| got.rule.as_ref() != Some(rule)) {
        problems.push(format!("rule: {rule}"));
    }
    for (key, wanted, got) in [
        ("extract", &expect.extract, got.extract),
        ("origin", &expect.origin, got.origin.as_deref()),
        ("code", &expect.code, got.code.as_deref()),
    ] {
        if let Some(wanted) = wanted.as_ref().filter(|wanted| got != Some(wanted.as_str())) {
            problems.push(format!("{key}: {wanted}"));
        }
    }
    for (pointer, label) in expect.labels.iter().flatten() {
        let found = got.labels.get(pointer).copied().unwrap_or_default();
        for (wanted, found) in [&label.integrity, &label.sensitivity, &label.origin].into_iter().zip(found) {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != found) {
                problems.push(format!("labels: {{ {}: {wanted} }}", Value::from(pointer.as_str())));
            }
        }
    }
    for (tool, wanted) in expect.tools.iter().flatten() {
        if got.tools.get(tool) != Some(&wanted.as_str()) {
            problems.push(format!("tools: {{ {tool}: {wanted} }}"));
        }
    }
    problems
}

const DISPOSITIONS: [Disposition; 4] =
    [Disposition::Allow, Disposition::Modify, Disposition::Confirm, Disposition::Block];
const INTEGRITIES: [Integrity; 4] =
    [Integrity::Hostile, Integrity::Untrusted, Integrity::Internal, Integrity::Trusted];
const SENSITIVITIES: [Sensitivity; 3] = [Sensitivity::Public, Sensitivity::Internal, Sensitivity::Sensitive];

/// The one of `words` that is printed like this.
fn named<T: Copy + ToString>(name: &str, words: &[T]) -> T {
    let found = words.iter().copied().find(|word| word.to_string() == name);
    found.unwrap_or_else(|| {
        panic!("`{name}` is none of {:?}", words.iter().map(T::to_string).collect::<Vec<_>>())
    })
}

fn media(name: &str) -> Media {
    Media::named(name).unwrap_or_else(|| panic!("`{name}` is no medium"))
}

fn tool_call(tool: &str, server: Option<&str>, args: &Value) -> ToolCall {
    let call = ToolCall::new(ToolName::new(tool).unwrap(), json_of(args)).unwrap();
    match server {
        Some(server) => call.on(ServerId::new(server).unwrap()),
        None => call,
    }
}

/// JSON with its made texts made: `{ $: { join: [a, b] } }` stands for `"ab"`.
fn json_of(value: &Value) -> Json {
    fn made(value: &Value) -> Value {
        match value {
            Value::Object(members) => match members.iter().next() {
                Some((key, recipe)) if key == "$" && members.len() == 1 => {
                    make(recipe).unwrap_or_else(|error| panic!("{error}")).into()
                }
                _ => Value::Object(members.iter().map(|(key, value)| (key.clone(), made(value))).collect()),
            },
            Value::Array(items) => items.iter().map(made).collect(),
            other => other.clone(),
        }
    }
    Json::parse(&made(value).to_string(), &Limits::default()).unwrap()
}
