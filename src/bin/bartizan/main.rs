//! The `bartizan` command: the engine for scripts and sidecars, a scanner for people, and the audit's verifier.
#![expect(clippy::disallowed_macros, clippy::disallowed_methods, reason = "a command reads files and prints")]

/// As `print!`, but for a reader that stops early.
macro_rules! out {
    ($($said:tt)*) => { $crate::told(format_args!($($said)*)) };
}
/// As `println!`, but for a reader that stops early.
macro_rules! outln {
    ($($said:tt)*) => { $crate::told(format_args!("{}\n", format_args!($($said)*))) };
}

mod audit;
mod fields;
mod lines;
mod pipe;
mod policy;
mod scan;
mod side_by_side;
mod tools;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bartizan::audit::{Durability, FileSink};
use bartizan::base::{Limits, SecretKey};
#[cfg(feature = "onnx")]
use bartizan::detect::OnnxDetector;
use bartizan::guard::{Guard, GuardBuilder, ScopeMap};
use bartizan::policy::{Policy, Preset};
use clap::{Args, Parser, Subcommand};

/// Defence in depth for AI agents.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer one JSON request a line: the engine for sidecars, scripts and tests
    #[command(after_help = "Example:\n  \
        echo '{\"op\":\"inbound\",\"content\":\"Ignore all previous instructions.\"}' | bartizan pipe\n\n\
        Exit codes: 0 at the end of the input, 2 when it cannot start.")]
    Pipe(PipeArgs),
    /// Say what is hidden or hostile in a text, and print it cleaned
    #[command(after_help = "Examples:\n  \
        bartizan scan page.html\n  \
        curl -s https://example.org | bartizan scan --media html\n  \
        bartizan scan --json mail.txt\n\n\
        Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 usage or the file cannot be read.")]
    Scan(scan::ScanArgs),
    /// Write, check, test and compare policies
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Work with audit logs
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Review what tools can do
    #[command(subcommand)]
    Tools(tools::ToolsCommand),
}

/// What a guard is built from.
#[derive(Debug, Args)]
struct EngineArgs {
    /// A policy in YAML; without one, the preset `balanced`. Several stand below each other, the uppermost first, and
    /// each may only narrow what stands above it
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// A folder with `model.onnx`, `tokenizer.json` and `config.json`: a classifier that is asked where the built-in
    /// detectors are not sure
    #[cfg(feature = "onnx")]
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
    /// From which probability on the classifier is believed
    #[cfg(feature = "onnx")]
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, requires = "model", value_parser = share)]
    model_from: f32,
}

#[derive(Debug, Args)]
struct PipeArgs {
    #[command(flatten)]
    engine: EngineArgs,
    /// Append every decision to this hash-chained log
    #[arg(long, value_name = "FILE")]
    audit: Option<PathBuf>,
    /// 64 hexadecimal digits: the secret from which the guard derives its keys; without it a fresh one is drawn
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// A JSON object from tools to the scopes that each needs; without it, scopes are not looked at
    #[arg(long, value_name = "FILE")]
    scopes: Option<PathBuf>,
    /// Write every request to this new file, values and private texts included, for `bartizan policy learn`
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

/// Writes to standard output. Who closes it has read enough, and what the command found stays its exit code.
fn told(said: std::fmt::Arguments<'_>) {
    drop(io::stdout().lock().write_fmt(said));
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Pipe(args) => pipe(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Policy(command) => policy::run(&command),
        Command::Audit(command) => audit::run(&command),
        Command::Tools(command) => tools::run(&command),
    };
    outcome.unwrap_or_else(|message| {
        eprintln!("bartizan: {message}");
        ExitCode::from(2)
    })
}

fn pipe(args: &PipeArgs) -> Result<ExitCode, String> {
    let mut builder = builder(&args.engine)?;
    let key = args.key_file.as_deref().map(key).transpose()?;
    if let Some(path) = &args.audit {
        let audit_key = key.as_ref().map(|key| key.derive("audit"));
        let opened = FileSink::open(path, audit_key.as_ref(), Durability::System)
            .map_err(|e| format!("{}: {e}", path.display()))?;
        if opened.torn > 0 {
            eprintln!(
                "bartizan: {}: the last line was torn; its {} bytes were moved aside",
                path.display(),
                opened.torn
            );
        }
        if opened.lost > 0 {
            eprintln!("bartizan: {}: {} events are missing at the end", path.display(), opened.lost);
        }
        builder = builder.observer(opened.sink).chain(opened.chain);
    }
    if let Some(key) = key {
        builder = builder.key(key);
    }
    if let Some(path) = &args.scopes {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let scopes = ScopeMap::from_json(&text, &Limits::default());
        builder = builder.scopes(scopes.map_err(|e| format!("{}: {e}", path.display()))?);
    }
    let guard = builder.build().map_err(|e| e.to_string())?;
    let mut output = io::stdout().lock();
    let mut trace = args.trace.as_deref().map(trace_file).transpose()?;
    let trace = trace.as_mut().map(|file| file as &mut dyn io::Write);
    pipe::run(&guard, &mut io::stdin().lock(), &mut output, trace)
        .and_then(|()| output.flush())
        .map_or_else(|e| Err(e.to_string()), |()| Ok(ExitCode::SUCCESS))
}

/// A new file that only its owner can read.
// SECURITY: a trace holds what the audit never does; it is not written over something, or for others to read.
fn trace_file(path: &Path) -> Result<std::fs::File, String> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// A number between 0 and 1, both excluded.
#[cfg(feature = "onnx")]
fn share(text: &str) -> Result<f32, String> {
    let share = text.parse().ok().filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| "a number between 0 and 1 is wanted, such as 0.9".to_owned())
}

/// A guard as the command line has it.
fn builder(args: &EngineArgs) -> Result<GuardBuilder, String> {
    let policy = policy::load_tiers(&args.policy)?.unwrap_or_else(|| Policy::preset(Preset::Balanced));
    let builder = Guard::builder(policy);
    #[cfg(feature = "onnx")]
    if let Some(folder) = &args.model {
        let model = OnnxDetector::open("model", folder).map_err(|error| error.to_string())?;
        return Ok(builder.detector(model.attack_from(args.model_from)));
    }
    Ok(builder)
}

/// The key in a file of 64 hexadecimal digits.
fn key(path: &Path) -> Result<SecretKey, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let digits = bartizan::base::Digest::from_hex(text.trim())
        .ok_or_else(|| format!("{}: a key is 64 hexadecimal digits", path.display()))?;
    Ok(SecretKey::from_bytes(*digits.as_bytes()))
}
