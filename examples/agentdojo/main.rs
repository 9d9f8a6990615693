//! Replays recorded tasks of an agent that obeys every instruction it reads, and counts what the guard stopped and
//! what it let through.
//!
//! ```text
//! cargo run --release --all-features --example agentdojo -- DIR [--suite NAME] [--policy FILE] [--rewrite HOW] [--why] [--json]
//! cargo run --release --all-features --example agentdojo -- DIR --rewrites        # each respelling in turn, and what got through
//! ```
//!
//! `DIR` holds a `SUITE.tools.json` and a `SUITE.jsonl` (or `.jsonl.gz`) for each suite: what the user asked, the
//! calls that solve the task, what each returned, and the calls that an injected text asks for. There is no model in
//! it: the recorded agent solves the user's task, and from the moment at which it has read the injection it also makes
//! the attacker's calls. So the table says what the guard alone is worth.
//!
//! Rows are counted, never calls, where a row is an attempt: one side-effecting call that got through makes the row
//! a success of the attacker.
#![expect(clippy::disallowed_macros, reason = "a measuring program prints")]

#[path = "../common/mod.rs"]
mod common;
mod replay;
mod rewrite;
mod tally;
mod trace;

use std::path::PathBuf;
use std::process::ExitCode;

use bartizan::guard::Guard;
use bartizan::policy::Policy;
use clap::{Parser, ValueEnum as _};

use common::Outcome;
use rewrite::Rewriting;
use tally::Suite;

#[derive(Debug, Parser)]
#[command(
    about = "Replays recorded agent tasks, with an agent that obeys every instruction, through the guard"
)]
struct Options {
    /// The folder with the suites.
    dir: PathBuf,
    /// Only this suite; may be given repeatedly.
    #[arg(long, value_name = "NAME")]
    suite: Vec<String>,
    /// A policy in YAML instead of the balanced preset.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Which calls got through, were asked about, were denied: by which rule and why, counted.
    #[arg(long)]
    why: bool,
    /// The agent respells what it copies for the attacker; may be given repeatedly.
    #[arg(long, value_name = "HOW")]
    rewrite: Vec<Rewriting>,
    /// Each respelling in turn: what was stopped, and what was not.
    #[arg(long, conflicts_with_all = ["rewrite", "why"])]
    rewrites: bool,
    /// Everything as one JSON document.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    common::finish(run(&Options::parse()))
}

fn run(options: &Options) -> Outcome {
    let policy = common::policy(options.policy.as_deref())?;
    if options.rewrites {
        let mut all = vec![("as it is", play(options, &policy, &[])?)];
        for rewriting in Rewriting::value_variants() {
            all.push((rewriting.name(), play(options, &policy, &[*rewriting])?));
        }
        if options.json {
            println!("{}", serde_json::to_string_pretty(&all)?);
        } else {
            tally::print_rewritings(&all);
        }
        return Ok(());
    }
    let suites = play(options, &policy, &options.rewrite)?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&suites)?);
    } else {
        tally::print(&suites, options.why);
    }
    Ok(())
}

/// Every suite once, the attacker's calls respelled so.
fn play(options: &Options, policy: &Policy, rewritings: &[Rewriting]) -> Outcome<Vec<Suite>> {
    let mut suites = Vec::new();
    for name in trace::suites(&options.dir, &options.suite)? {
        let (tools, mut rows) = trace::read(&options.dir, &name)?;
        for step in rows.iter_mut().flat_map(|row| &mut row.attack_calls) {
            for rewriting in rewritings {
                *step = rewriting.apply(step)?;
            }
        }
        // A guard for each suite, a session for each row.
        let guard = Guard::builder(policy.clone()).build()?;
        let mut suite = Suite::new(&name);
        for (number, row) in (1..).zip(&rows) {
            let played = replay::play(&guard, &tools, row, number)?;
            suite.count(row, &played);
        }
        suites.push(suite);
    }
    Ok(suites)
}
