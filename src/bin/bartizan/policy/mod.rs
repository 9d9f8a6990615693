//! `bartizan policy`: is it right, does it do what it should, what would change?

mod learn;
mod show;
mod templates;

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bartizan::base::RuleId;
use bartizan::policy::{
    Decision, Direction, Loaded, Matching, Policy, PolicyError, Problem, Suite, SuiteResult, TrialCall,
};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use self::show::{Paint, junit};

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 8 << 20;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Say everything that is wrong with policies
    #[command(after_help = "Examples:\n  \
        bartizan policy check policy.yaml\n  \
        bartizan policy check --format json policies/*.yaml\n  \
        bartizan policy check --tiers organisation.yaml project.yaml host.yaml\n\n\
        Exit codes: 0 all are right (warnings do not count), 1 one is refused, 2 usage or a file cannot be read.")]
    Check {
        /// Policies: ours, Kvlar's or G8KEPR's
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Each file stands below the one before it, and may only narrow it: what it says to widen is a warning
        #[arg(long)]
        tiers: bool,
        /// How it is told
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Run suites of tests: ours or Kvlar's
    #[command(after_help = "Examples:\n  \
        bartizan policy test policy.test.yaml\n  \
        bartizan policy test --policy new.yaml --format junit *.test.yaml > report.xml\n\n\
        Exit codes: 0 all tests pass, 1 a test fails or there is none, 2 usage or a file cannot be read.")]
    Test {
        /// Suites
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The policy, instead of the one that each suite names; several stand below each other, the uppermost first
        #[arg(long, value_name = "FILE")]
        policy: Vec<PathBuf>,
        /// How it is told
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
        /// Fail too where no test reaches a rule
        #[arg(long)]
        all_rules: bool,
    },
    /// Say what a policy decides of one call, and why each rule matches or does not
    #[command(after_help = "Examples:\n  \
        bartizan policy explain policy.yaml --tool send_mail --args '{\"to\":\"ann@example.org\"}'\n  \
        echo '{\"tool\":\"shell\",\"args\":{\"command\":\"ls\"}}' | bartizan policy explain policy.yaml --call -\n\n\
        Exit codes: 0 allowed, 1 denied or a person is asked, 2 usage or a file cannot be read.")]
    Explain(ExplainArgs),
    /// Find rules that never decide, that say what others say, that allow everything
    #[command(
        after_help = "Exit codes: 0 nothing found, 1 something found, 2 usage, or the policy is refused."
    )]
    Lint {
        /// The policy; several stand below each other, the uppermost first
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// How it is told
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Say what a change lets through and what it stops, each with a call that shows it
    #[command(after_help = "Examples:\n  \
        bartizan policy diff old.yaml new.yaml\n\n\
        Exit codes: 0 no call is found that is decided otherwise, 1 some are, and none of them is let through more,\n\
        3 some are let through that were not, 2 usage, or a policy is refused.")]
    Diff {
        /// The older policy
        old: PathBuf,
        /// The newer policy
        new: PathBuf,
        /// How it is told
        #[arg(long, value_enum, default_value_t = Format::Human)]
        format: Format,
    },
    /// Write, from a trace of `bartizan pipe --trace`, the least policy under which it goes on, for review
    #[command(after_help = "Examples:\n  \
        bartizan pipe --trace day.trace\n  \
        bartizan policy learn day.trace > learned.yaml\n\n\
        Exit codes: 0 written, 2 usage, or the file is no trace.")]
    Learn {
        /// The trace
        trace: PathBuf,
    },
    /// Print the JSON Schema of the language, for editors
    Schema,
    /// Print a policy in one spelling, with everything that its preset leaves to be understood. Comments are not kept
    #[command(
        after_help = "Exit codes: 0 printed (with --check: it is spelled so already), 1 with --check: it is not, 2 usage, or the policy is refused."
    )]
    Fmt {
        /// The policy
        file: PathBuf,
        /// Print nothing, and say by the exit code whether it is spelled so
        #[arg(long)]
        check: bool,
    },
    /// Write a policy to start from, and its tests
    #[command(after_help = "Examples:\n  \
        bartizan policy init --list\n  \
        bartizan policy init coding-agent --dir policies\n\n\
        Exit codes: 0 written, 2 usage, or a file is there already.")]
    Init {
        /// Which: see --list
        name: Option<String>,
        /// Where to
        #[arg(long, value_name = "DIR", default_value = ".")]
        dir: PathBuf,
        /// Say which there are
        #[arg(long)]
        list: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The policy; several stand below each other, the uppermost first
    #[arg(required = true)]
    policies: Vec<PathBuf>,
    /// The tool that is called
    #[arg(long, required_unless_present = "call")]
    tool: Option<String>,
    /// Its arguments, a JSON object
    #[arg(long, default_value = "{}")]
    args: String,
    /// The server whose tool it is
    #[arg(long)]
    server: Option<String>,
    /// The call as a file, as in a test's `call`; `-` reads it from the standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tool", "args", "server"])]
    call: Option<PathBuf>,
    /// How it is told
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How findings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people; in colours on a terminal
    Human,
    /// One JSON document
    Json,
    /// `JUnit`'s XML, for CI
    Junit,
}

pub(crate) fn run(command: &PolicyCommand) -> Result<ExitCode, String> {
    let paint = Paint::of_stdout();
    match command {
        PolicyCommand::Check { files, tiers, format } => check(files, *tiers, *format, paint),
        PolicyCommand::Test { files, policy, format, all_rules } => {
            test(files, policy, *format, *all_rules, paint)
        }
        PolicyCommand::Explain(args) => explain(args, paint),
        PolicyCommand::Lint { files, format } => lint(files, *format, paint),
        PolicyCommand::Diff { old, new, format } => diff(old, new, *format, paint),
        PolicyCommand::Learn { trace } => {
            out!("{}", learn::learn(&text(trace)?)?);
            Ok(ExitCode::SUCCESS)
        }
        PolicyCommand::Schema => {
            out!("{}", Policy::schema());
            Ok(ExitCode::SUCCESS)
        }
        PolicyCommand::Fmt { file, check } => fmt(file, *check),
        PolicyCommand::Init { name, dir, list } => init(name.as_deref(), dir, *list),
    }
}

fn text(path: &Path) -> Result<String, String> {
    let tell = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().take(MAX_FILE).read_to_string(&mut text)
    } else {
        let file = std::fs::File::open(path).map_err(|error| tell(&error))?;
        file.take(MAX_FILE).read_to_string(&mut text)
    };
    read.map_err(|error| tell(&error))?;
    Ok(text)
}

/// Why a policy could not be had.
enum Refused {
    Unreadable(String),
    Wrong(PolicyError),
}

/// The policy in `path`, below `above` where there is one.
fn open(path: &Path, above: Option<&Policy>) -> Result<Loaded, Refused> {
    let written = text(path).map_err(Refused::Unreadable)?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    // What a base extends in turn is found beside the policy, and nowhere else.
    let find = |name: &str| {
        let name = Path::new(name);
        if name.is_absolute() {
            return None;
        }
        text(&folder.join(name)).ok()
    };
    match above {
        None => Policy::import(&written, &find),
        Some(above) => above.narrow(&written, &find),
    }
    .map_err(Refused::Wrong)
}

/// The policy in `paths`, each below the one before it; the warnings go to the standard error.
pub(crate) fn load_tiers(paths: &[PathBuf]) -> Result<Option<Policy>, String> {
    paths.iter().try_fold(None, |above: Option<Policy>, path| load_below(path, above.as_ref()).map(Some))
}

/// The policy in `path`; the warnings go to the standard error.
fn load(path: &Path) -> Result<Policy, String> {
    load_below(path, None)
}

fn load_below(path: &Path, above: Option<&Policy>) -> Result<Policy, String> {
    match open(path, above) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                eprintln!(
                    "{}: warning: {}:{}: {}",
                    path.display(),
                    warning.line,
                    warning.column,
                    warning.message
                );
            }
            Ok(loaded.policy)
        }
        Err(Refused::Unreadable(message)) => Err(message),
        Err(Refused::Wrong(error)) => Err(format!("{}:\n{error}", path.display())),
    }
}

fn problem(problem: &Problem) -> Value {
    json!({ "line": problem.line, "column": problem.column, "message": problem.message, "excerpt": problem.excerpt() })
}

fn code(found: bool) -> ExitCode {
    if found { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

fn check(files: &[PathBuf], tiers: bool, format: Format, paint: Paint) -> Result<ExitCode, String> {
    let mut told = Vec::new();
    let mut wrong = false;
    let mut above: Option<Policy> = None;
    for file in files {
        let shown = file.display().to_string();
        match open(file, above.as_ref()) {
            Ok(Loaded { policy, language, warnings, .. }) => {
                if tiers {
                    above = Some(policy.clone());
                }
                let warned: Vec<Value> = warnings.iter().map(problem).collect();
                told.push(json!({ "file": shown, "ok": true, "language": language, "digest": policy.digest().to_string(),
                    "rules": policy.rule_ids().count(), "warnings": warned, "problems": [] }));
                if format == Format::Human {
                    for warning in &warnings {
                        outln!("{shown}: {}: {warning}", paint.yellow("warning"));
                    }
                    outln!(
                        "{shown}: {} ({language}, {} rules, {})",
                        paint.green("ok"),
                        policy.rule_ids().count(),
                        policy.digest()
                    );
                }
            }
            Err(Refused::Unreadable(message)) => return Err(message),
            Err(Refused::Wrong(error)) => {
                wrong = true;
                let problems: Vec<Value> = error.problems().iter().map(problem).collect();
                told.push(json!({ "file": shown, "ok": false, "problems": problems, "more": error.more() }));
                if format == Format::Human {
                    outln!("{shown}: {}: {error}", paint.red("refused"));
                }
                // What stands below a policy that is none cannot be judged.
                if tiers {
                    break;
                }
            }
        }
    }
    if format != Format::Human {
        outln!("{:#}", json!({ "policies": told }));
    }
    Ok(code(wrong))
}

fn test(
    files: &[PathBuf],
    policies: &[PathBuf],
    format: Format,
    all_rules: bool,
    paint: Paint,
) -> Result<ExitCode, String> {
    let mut told: Vec<(String, SuiteResult)> = Vec::new();
    let mut wrong = false;
    let given = load_tiers(policies)?;
    for file in files {
        let written = text(file)?;
        let suite = match Suite::from_yaml(&written) {
            Ok(suite) => suite,
            Err(error) => {
                outln!("{}: {}: {error}", file.display(), paint.red("refused"));
                return Ok(ExitCode::from(1));
            }
        };
        let beside = |name: &String| file.parent().map(|folder| folder.join(name)).unwrap_or_default();
        let policy = match (&given, &suite.policy) {
            (Some(policy), _) => policy.clone(),
            (None, Some(name)) => load(&beside(name))?,
            (None, None) => {
                return Err(format!("{}: it names no `policy`, and there is no --policy", file.display()));
            }
        };
        let result = suite.run(&policy);
        wrong |= result.failed() > 0 || (all_rules && !result.untried.is_empty());
        told.push((file.display().to_string(), result));
    }
    match format {
        Format::Human => told.iter().for_each(|(file, result)| human(file, result, paint)),
        Format::Json => {
            let suites: Vec<Value> = told.iter().map(|(file, result)| suite_json(file, result)).collect();
            outln!("{:#}", json!({ "suites": suites, "passed": !wrong }));
        }
        Format::Junit => out!("{}", junit(&told)),
    }
    Ok(code(wrong))
}

fn human(file: &str, result: &SuiteResult, paint: Paint) {
    for test in result.results.iter().filter(|test| !test.failures.is_empty()) {
        outln!("{file}:{}: {} {}", test.line, paint.red("failed"), test.name);
        for failure in &test.failures {
            outln!("  {failure}");
        }
        outln!("  it said: {}", test.reason);
    }
    let (all, failed) = (result.results.len(), result.failed());
    let word = if failed == 0 { paint.green("passed") } else { paint.red("failed") };
    outln!("{file}: {word}: {} of {all} tests", if failed == 0 { all } else { failed });
    for rule in &result.untried {
        outln!("  {}: no test reaches the rule {rule}", paint.yellow("note"));
    }
}

fn suite_json(file: &str, result: &SuiteResult) -> Value {
    let tests: Vec<Value> = result
        .results
        .iter()
        .map(|test| {
            json!({ "name": test.name, "line": test.line, "passed": test.failures.is_empty(), "effect": test.effect.as_str(),
                "rule": test.rule.as_ref().map(RuleId::as_str), "reason": test.reason, "failures": test.failures })
        })
        .collect();
    let untried: Vec<&str> = result.untried.iter().map(RuleId::as_str).collect();
    json!({ "file": file, "tests": tests, "total": tests.len(), "failed": result.failed(), "untried_rules": untried })
}

fn explain(args: &ExplainArgs, paint: Paint) -> Result<ExitCode, String> {
    let policy = load_tiers(&args.policies)?.ok_or("name a policy")?;
    let call = match (&args.call, &args.tool) {
        (Some(path), _) => TrialCall::from_yaml(&text(path)?).map_err(|error| error.to_string())?,
        (None, Some(tool)) => {
            let call = TrialCall::new(tool, &args.args);
            args.server.iter().fold(call, TrialCall::server)
        }
        (None, None) => return Err("name a --tool, or give a --call".to_owned()),
    };
    let (decision, traces) = call.with(&policy, |request| (policy.decide(request), policy.trace(request)))?;
    let allowed = decision.effect() == bartizan::policy::Effect::Allow;
    if args.format == Format::Human {
        let word = if allowed {
            paint.green(decision.effect().as_str())
        } else {
            paint.red(decision.effect().as_str())
        };
        outln!(
            "{call}\n{word}\n  for the operator: {}\n  for the model: {}",
            decision.operator_text(),
            decision.model_text()
        );
        for trace in &traces {
            let matching = trace.matching.as_str();
            let matching =
                if trace.matching == Matching::Not { matching.to_owned() } else { paint.yellow(matching) };
            let because =
                if trace.because.is_empty() { String::new() } else { format!(": {}", trace.because) };
            let tier = trace.tier.as_ref().map(|tier| format!("{tier}: ")).unwrap_or_default();
            outln!("  {tier}{} ({}) {matching}{because}", trace.rule, trace.effect);
            if !trace.needed.is_empty() {
                outln!("      it says: {}", trace.needed);
            }
        }
    } else {
        outln!("{:#}", explained(&call, &decision, &traces));
    }
    Ok(code(!allowed))
}

fn explained(call: &TrialCall, decision: &Decision, traces: &[bartizan::policy::RuleTrace]) -> Value {
    let rules: Vec<Value> = traces
        .iter()
        .map(|trace| {
            json!({ "tier": trace.tier, "rule": trace.rule.as_str(), "effect": trace.effect.as_str(), "matching": trace.matching.as_str(),
                "because": trace.because, "needed": trace.needed })
        })
        .collect();
    let matched: Vec<&str> = decision.matched().iter().map(bartizan::base::JsonPointer::as_str).collect();
    let evidence: Vec<Value> = decision
        .evidence()
        .map(|(pointer, span)| json!({ "pointer": pointer.as_str(), "span": span.map(|(start, end)| [start, end]) }))
        .collect();
    let nearest =
        decision.nearest().map(|(rule, arguments)| json!({ "rule": rule.as_str(), "arguments": arguments }));
    json!({ "call": call.to_string(), "effect": decision.effect().as_str(), "reason": decision.reason().as_str(),
        "rule": decision.rule().map(RuleId::as_str), "tier": decision.tier(), "matched": matched, "evidence": evidence, "nearest": nearest, "operator": decision.operator_text(),
        "model": decision.model_text(), "rules": rules })
}

fn lint(files: &[PathBuf], format: Format, paint: Paint) -> Result<ExitCode, String> {
    let policy = load_tiers(files)?.ok_or("name a policy")?;
    let lints = policy.lint();
    let file = files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(" + ");
    if format == Format::Human {
        for lint in &lints {
            outln!("{file}: {}: {} {}", paint.yellow(lint.kind), lint.rule, lint.message);
        }
        if lints.is_empty() {
            outln!("{file}: {}", paint.green("nothing found"));
        }
    } else {
        let found: Vec<Value> = lints
            .iter()
            .map(|lint| json!({ "rule": lint.rule, "kind": lint.kind, "message": lint.message }))
            .collect();
        outln!("{:#}", json!({ "file": file, "lints": found }));
    }
    Ok(code(!lints.is_empty()))
}

fn diff(old: &Path, new: &Path, format: Format, paint: Paint) -> Result<ExitCode, String> {
    let changes = load(old)?.diff(&load(new)?);
    let widens = changes.iter().any(bartizan::policy::Change::widens);
    if format == Format::Human {
        for change in &changes {
            let word = change.direction.as_str();
            let word = match change.direction {
                Direction::Widens => paint.red(word),
                Direction::Changes => paint.yellow(word),
                Direction::Narrows => paint.green(word),
            };
            outln!("{word}: {change}");
        }
        if changes.is_empty() {
            outln!("nothing was found that is decided or done otherwise");
        }
    } else {
        let told: Vec<Value> = changes
            .iter()
            .map(|change| {
                json!({ "aspect": change.aspect.as_str(), "direction": change.direction.as_str(), "widens": change.widens(),
                    "call": change.call.as_ref().map(ToString::to_string),
                    "tool": change.call.as_ref().map(TrialCall::tool), "args": change.call.as_ref().map(TrialCall::args),
                    "before": change.before, "after": change.after })
            })
            .collect();
        outln!("{:#}", json!({ "widens": widens, "changes": told }));
    }
    Ok(match (widens, changes.is_empty()) {
        (true, _) => ExitCode::from(3),
        (false, empty) => code(!empty),
    })
}

fn fmt(file: &Path, check: bool) -> Result<ExitCode, String> {
    let printed = load(file)?.to_yaml();
    if check {
        return Ok(code(printed != text(file)?));
    }
    out!("{printed}");
    Ok(ExitCode::SUCCESS)
}

fn init(name: Option<&str>, dir: &Path, list: bool) -> Result<ExitCode, String> {
    if list {
        for (name, ..) in templates::ALL {
            outln!("{name}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let name = name.ok_or("name one of them; --list says which there are")?;
    let known = templates::ALL.iter().find(|(known, ..)| *known == name);
    let (_, policy, suite) =
        known.ok_or_else(|| format!("there is no `{name}`; --list says which there are"))?;
    for (file, text) in [(format!("{name}.yaml"), policy), (format!("{name}.test.yaml"), suite)] {
        let path = dir.join(file);
        let tell = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&path).map_err(tell)?;
        file.write_all(text.as_bytes()).map_err(tell)?;
        outln!("{}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}
