//! `kill -9` in the middle of a thousand audited events, fifty times: what was acknowledged is there, and the chain
//! holds.
//!
//! The parent starts this very binary again as the child, which records events from four threads and prints each one
//! that was acknowledged; the parent reads along, and kills it at a random one.
#![cfg(unix)]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test starts processes, reads files, and panics when it fails"
)]

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use bartizan::audit::{AuditError, AuditObserver, Durability, EventDraft, FileSink, Stage, Why, verify_file};
use bartizan::base::{
    Digest, Disposition, Evidence, Finding, JsonPointer, Layer, Moment, RuleId, SecretKey, SecurityContext,
    SessionId, Severity, ToolName,
};

const LOG: &str = "BARTIZAN_AUDIT_CRASH_LOG";
const DURABLE: &str = "BARTIZAN_AUDIT_CRASH_DURABLE";
const EVENTS: u64 = 1000;
const THREADS: u64 = 4;
const KILLS: u64 = 50;
/// Kills that one log lives through before a fresh one is taken, so that verifying stays short.
const KILLS_PER_LOG: u64 = 10;

fn key() -> SecretKey {
    SecretKey::from_bytes([0x5a; 32])
}

fn draft(number: u64) -> EventDraft {
    let context = SecurityContext::new(SessionId::new(&format!("session-{}", number % 7)).unwrap());
    let finding = Finding::custom(
        Layer::ToolFirewall,
        RuleId::new("l9/no-rule"),
        Severity::High,
        "no rule allows this",
    )
    .in_argument(JsonPointer::root().key("recipients").index(0));
    EventDraft::new(Stage::ToolCall, Digest::from_bytes([3; 32]))
        .context(&context)
        .disposition(Disposition::Block)
        .tool(ToolName::new("send_mail").unwrap())
        .subject(Evidence::of(&number.to_string(), &key()))
        .findings(&[finding])
}

/// The child: not a test of its own, and over at once when nobody started it as one.
#[test]
#[ignore = "started by the test below, in a process that is killed"]
fn child_that_records_until_it_is_killed() {
    let Ok(path) = env::var(LOG) else { return };
    let durability = if env::var(DURABLE).is_ok() { Durability::Disk } else { Durability::System };
    let opened = FileSink::open(path, Some(&key()), durability).unwrap();
    let record = |draft| {
        let sink: &dyn AuditObserver = &opened.sink;
        let event = opened.chain.record(draft, Moment::new(1_700_000_000_000, 0), [sink]).unwrap();
        let acknowledged = format!("\nack {} {}\n", event.seq(), event.digest());
        std::io::stdout().lock().write_all(acknowledged.as_bytes()).unwrap();
    };
    record(EventDraft::begin(Digest::from_bytes([3; 32])));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..EVENTS / THREADS).for_each(|number| record(draft(number))));
        }
    });
}

/// The child that runs out of room: `ulimit -f` makes a write stop in the middle of a line.
#[test]
#[ignore = "started by a test below, in a process that may write little"]
fn child_that_runs_out_of_room() {
    let Ok(path) = env::var(LOG) else { return };
    let opened = FileSink::open(path, Some(&key()), Durability::Disk).unwrap();
    let sink: &dyn AuditObserver = &opened.sink;
    let record = |draft| opened.chain.record(draft, Moment::default(), [sink]);
    record(EventDraft::begin(Digest::ZERO)).unwrap();
    let (mut kept, mut refused) = (1, Vec::new());
    while refused.len() < 3 {
        match record(draft(kept)) {
            Ok(_) => kept += 1,
            Err(error) => refused.push(error),
        }
    }
    assert!(
        refused.iter().all(|error| matches!(error, AuditError::Io { doing: "written", .. })),
        "{refused:?}"
    );
    println!("\nkept {kept}");
}

/// Starts the child on `log`, kills it after `patience` acknowledgements, and returns all that it acknowledged.
fn run_and_kill(log: &Path, durable: bool, patience: usize) -> Vec<(u64, String)> {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["child_that_records_until_it_is_killed", "--exact", "--ignored", "--nocapture"])
        .env(LOG, log)
        .stdout(Stdio::piped());
    if durable {
        command.env(DURABLE, "1");
    }
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (mut acknowledged, mut line) = (Vec::new(), String::new());
    loop {
        line.clear();
        // The last line may be torn too; without its line break it was not said.
        if lines.read_line(&mut line).unwrap() == 0 || !line.ends_with('\n') {
            break;
        }
        if let Some((seq, digest)) = line.trim_end().strip_prefix("ack ").and_then(|ack| ack.split_once(' '))
        {
            acknowledged.push((seq.parse().unwrap(), digest.to_owned()));
            if acknowledged.len() == patience {
                child.kill().unwrap(); // SIGKILL
            }
        }
    }
    child.wait().unwrap();
    acknowledged
}

#[test]
fn no_acknowledged_event_is_lost_when_the_writer_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let (mut cut_short, mut torn) = (0, 0);
    let mut promised: Vec<(u64, String)> = Vec::new();
    for kill in 0..KILLS {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        if kill % KILLS_PER_LOG == 0 {
            promised.clear();
        }
        let log = dir.path().join(format!("{}.jsonl", kill / KILLS_PER_LOG));
        let acknowledged = run_and_kill(&log, kill % 5 == 0, usize::try_from(1 + random % 950).unwrap());
        assert!(!acknowledged.is_empty(), "the child recorded nothing");
        cut_short += usize::from((acknowledged.len() as u64) < EVENTS);
        promised.extend(acknowledged);

        let found = verify_file(&log, Some(&key())).unwrap();
        match found.broken() {
            None => {}
            Some(broken) if broken.why() == Why::Torn => torn += 1,
            Some(_) => panic!("after kill {kill}: {found}"),
        }
        let text = fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (seq, digest) in &promised {
            let line = lines.get(usize::try_from(*seq).unwrap()).copied().unwrap_or_default();
            let expected = format!(",\"digest\":\"{digest}\"}}\n");
            assert!(
                line.ends_with(&expected),
                "event {seq} was acknowledged before kill {kill}, and is lost"
            );
        }
    }
    assert!(cut_short > usize::try_from(KILLS / 2).unwrap(), "only {cut_short} children died in the middle");
    println!("{cut_short} of {KILLS} children died in the middle, {torn} of them in the middle of a line");

    for number in 0..KILLS / KILLS_PER_LOG {
        let log = dir.path().join(format!("{number}.jsonl"));
        let opened = FileSink::open(&log, Some(&key()), Durability::Disk).unwrap();
        let begin = EventDraft::begin(Digest::ZERO);
        opened.chain.record(begin, Moment::default(), [&opened.sink as &dyn AuditObserver]).unwrap();
        let found = verify_file(&log, Some(&key())).unwrap();
        assert!(found.is_intact() && found.confirmed() == found.last().map(|(seq, _)| seq), "{found}");
    }
}

#[test]
fn a_disk_that_is_full_refuses_and_leaves_no_part_of_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("audit.jsonl");
    // Without the signal, a write over the limit is cut short, and the next one fails: as on a full disk.
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 17; exec \"$0\" \"$@\""])
        .arg(env::current_exe().unwrap())
        .args(["child_that_runs_out_of_room", "--exact", "--ignored", "--nocapture"])
        .env(LOG, &log)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}\n{}", String::from_utf8_lossy(&child.stderr));
    let kept: u64 = said.lines().find_map(|line| line.strip_prefix("kept ")).unwrap().parse().unwrap();

    let found = verify_file(&log, Some(&key())).unwrap();
    assert!(found.is_intact() && found.events() == kept, "{kept} kept, {found}");
    assert_eq!(found.confirmed(), Some(kept - 1));
    let opened = FileSink::open(&log, Some(&key()), Durability::Disk).unwrap();
    assert_eq!((opened.torn, opened.lost), (0, 0));
}
