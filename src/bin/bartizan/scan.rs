//! `bartizan scan`: what is hidden or hostile in a text that comes in, or what must not leave in one that goes out, for a
//! person.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use bartizan::base::{
    Entropy as _, Finding, Limits, OsEntropy, SecretKey, SecretValue, SecurityContext, SessionId, Severity,
    Source, Verdict,
};
use bartizan::guard::{Inbound, Media, Outbound, RegisteredKind, Sink, decode};
use bartizan::layers::l00_sanitizer::{Sanitized, Sanitizer, SanitizerConfig};
use clap::{Args, ValueEnum};
use serde_json::json;
use unicode_segmentation::UnicodeSegmentation as _;

use crate::{EngineArgs, side_by_side};

/// So many characters of a hidden text are shown on a terminal.
const MAX_SAMPLE: usize = 160;

const EXAMPLES: &str = "Examples:
  bartizan scan page.html
  bartizan scan --side-by-side out.html mail.eml
  bartizan scan --outbound reply.txt
  git diff | bartizan scan --outbound --sink commit --fail-on medium
  bartizan scan --outbound --register secrets.txt --redacted clean.txt reply.txt";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ScanArgs {
    /// The text; standard input when it is missing or `-`
    file: Option<PathBuf>,
    /// Look at the text as one that is to leave: credentials, personal data, encodings of them
    #[arg(long, conflicts_with_all = ["media", "render"])]
    outbound: bool,
    /// What kind of sink it is to go to, as the policy names it
    #[arg(long, value_name = "KIND", default_value = "unknown", requires = "outbound")]
    sink: String,
    /// A file with values that must not leave, one on each line
    #[arg(long, value_name = "FILE", requires = "outbound")]
    register: Option<PathBuf>,
    /// Write what may leave to this file: the text itself, or with parts replaced; nothing when it is blocked
    #[arg(long, value_name = "FILE", requires = "outbound")]
    redacted: Option<PathBuf>,
    /// How the text is written; by default, by the file's name and the text's beginning
    #[arg(long, value_enum)]
    media: Option<MediaArg>,
    /// One JSON object instead of lines for people
    #[arg(long)]
    json: bool,
    /// Also write one HTML file that shows the text as it is seen, what was hidden, and where that stands
    #[arg(long, value_enum)]
    render: Option<Render>,
    /// The file for `--render`; by default the text's own name with `.seen.html` behind it
    #[arg(long, value_name = "OUT.html", requires = "render")]
    out: Option<PathBuf>,
    /// What the transport said of the bytes: `text/html; charset=windows-1251`
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// The exit code is 1 from findings of this severity on
    #[arg(long, value_enum, default_value = "high")]
    fail_on: SeverityArg,
    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MediaArg {
    Text,
    Html,
    Markdown,
    MarkdownSource,
    Json,
    Terminal,
    Mail,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Render {
    SideBySide,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SeverityArg {
    Low,
    Medium,
    High,
    Critical,
}

pub(crate) fn run(args: &ScanArgs) -> Result<ExitCode, String> {
    let name = args.file.as_ref().filter(|path| path.as_os_str() != "-");
    let bytes = read(name)?;
    let media = args.media.map_or_else(|| guess(name, &bytes), Media::from);
    let decoded = decode(&bytes, media, args.content_type.as_deref());
    let text = decoded.text();
    if args.outbound {
        return leaving(args, name, text);
    }
    let guard = crate::builder(&args.engine)?.build().map_err(|e| e.to_string())?;
    let session = SessionId::new("scan").map_err(|e| e.to_string())?;
    let shown = name.map_or_else(|| "<stdin>".to_owned(), |path| path.display().to_string());
    let source = Source::document(shown.clone());
    let inbound = Inbound::decoded(&decoded, &source).media(media);
    let verdict = guard.process_inbound(&SecurityContext::new(session), inbound);
    let sanitized = sanitized(text, media)?;
    if let Some(Render::SideBySide) = args.render {
        let path = args.out.clone().unwrap_or_else(|| {
            let name = name.map_or_else(|| "stdin".into(), |path| path.clone().into_os_string());
            let mut path: std::ffi::OsString = name;
            path.push(".seen.html");
            path.into()
        });
        let page = side_by_side::page(&shown, text, &sanitized);
        std::fs::write(&path, page).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let findings = verdict.report().findings();
    let fails = verdict.is_block() || findings.iter().any(|finding| finding.severity >= args.fail_on.into());
    let mut out = io::stdout().lock();
    let written = if args.json {
        as_json(&mut out, &verdict)
    } else {
        for_people(&mut out, &shown, text, &verdict, &sanitized)
    };
    written.map_err(|e| e.to_string())?;
    Ok(if fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// The same for a text that is to leave.
fn leaving(args: &ScanArgs, name: Option<&PathBuf>, text: &str) -> Result<ExitCode, String> {
    let guard = crate::builder(&args.engine)?.build().map_err(|e| e.to_string())?;
    let cx = SecurityContext::new(SessionId::new("scan").map_err(|e| e.to_string())?);
    if let Some(path) = &args.register {
        let values = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let lines = values.lines().map(str::trim).filter(|line| !line.is_empty());
        let values: Vec<SecretValue> = lines.map(SecretValue::new).collect();
        let registered = guard.register(&cx, &values, RegisteredKind::Secret).into_result();
        registered.map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let sink = Sink::new(args.sink.as_str(), "");
    let verdict = guard.check_outbound(&cx, Outbound::new(text, &sink));
    let report = verdict.report();
    let (disposition, findings) = (report.disposition(), report.findings());
    let fails = verdict.is_block() || findings.iter().any(|finding| finding.severity >= args.fail_on.into());
    let leaves = match &verdict {
        Verdict::Pass(released, _) => Some(released.as_str()),
        Verdict::Block(_) => None,
    };
    if let (Some(path), Some(leaves)) = (&args.redacted, leaves) {
        std::fs::write(path, leaves).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let mut out = io::stdout().lock();
    let written = if args.json {
        let told: Vec<_> = findings.iter().map(crate::pipe::finding).collect();
        let answer = json!({ "disposition": disposition.as_str(), "findings": told, "text": leaves });
        writeln!(out, "{answer}")
    } else {
        let shown = name.map_or_else(|| "<stdin>".to_owned(), |path| path.display().to_string());
        tell(&mut out, &shown, text, findings)
            .and_then(|()| writeln!(out, "{}; disposition: {disposition}", count(findings)))
    };
    written.map_err(|e| e.to_string())?;
    Ok(if fails { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// One line for each finding, with its place.
fn tell(out: &mut impl io::Write, name: &str, text: &str, findings: &[Finding]) -> io::Result<()> {
    for finding in findings {
        let place = match finding.span() {
            Some(span) => {
                let (line, column) = position(text, span.start());
                format!("{name}:{line}:{column}")
            }
            None => name.to_owned(),
        };
        writeln!(out, "{place}: {}: {} [{}]", finding.severity, finding.message, finding.rule)?;
    }
    Ok(())
}

/// What the first layer makes of the text: for a person, who may see what was hidden.
fn sanitized(text: &str, media: Media) -> Result<Sanitized<'_>, String> {
    let mut key = [0; 32];
    OsEntropy::default().fill(&mut key).map_err(|e| e.to_string())?;
    let layer = Sanitizer::compile(&SanitizerConfig::new(SecretKey::from_bytes(key)));
    Ok(layer.sanitize(text, media, &Limits::default()))
}

/// The bytes, at most as many as are ever looked at.
fn read(path: Option<&PathBuf>) -> Result<Vec<u8>, String> {
    const MAX: u64 = bartizan::base::Limits::MAX_INPUT as u64;
    let mut bytes = Vec::new();
    let named = |e: io::Error| match path {
        Some(path) => format!("{}: {e}", path.display()),
        None => format!("standard input: {e}"),
    };
    match path {
        Some(path) => File::open(path).map_err(named)?.take(MAX.saturating_add(1)).read_to_end(&mut bytes),
        None => io::stdin().lock().take(MAX.saturating_add(1)).read_to_end(&mut bytes),
    }
    .map_err(named)?;
    if bytes.len() as u64 > MAX {
        return Err(format!("the text is longer than {MAX} bytes"));
    }
    Ok(bytes)
}

fn guess(path: Option<&PathBuf>, bytes: &[u8]) -> Media {
    let ending = path.and_then(|path| path.extension()).map(std::ffi::OsStr::to_ascii_lowercase);
    match ending.as_ref().and_then(|ending| ending.to_str()) {
        Some("html" | "htm" | "xhtml") => return Media::Html,
        Some("md" | "markdown") => return Media::Markdown,
        Some("json") => return Media::Json,
        Some("eml") => return Media::Mail,
        _ => {}
    }
    let marks: &[u8] = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n";
    let start: Vec<u8> = bytes
        .iter()
        .skip_while(|byte| marks.contains(byte))
        .filter(|byte| **byte != 0)
        .take(15)
        .map(u8::to_ascii_lowercase)
        .collect();
    if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") {
        Media::Html
    } else {
        Media::Text
    }
}

fn for_people(
    out: &mut impl io::Write,
    name: &str,
    text: &str,
    verdict: &Verdict<bartizan::guard::Admitted>,
    sanitized: &Sanitized<'_>,
) -> io::Result<()> {
    let findings = verdict.report().findings();
    tell(out, name, text, findings)?;
    if !sanitized.hidden().is_empty() {
        writeln!(out, "\nhidden from readers:")?;
        for hidden in sanitized.hidden() {
            let way = hidden.rule().trim_start_matches("l0/hidden/");
            // SECURITY: a terminal must not act on what a page hides.
            let sample: String =
                hidden.text().chars().take(MAX_SAMPLE).flat_map(char::escape_debug).collect();
            let more = if hidden.text().chars().nth(MAX_SAMPLE).is_some() { "…" } else { "" };
            writeln!(out, "  {way:<12} {sample}{more}")?;
        }
        writeln!(out)?;
    }
    match verdict {
        Verdict::Pass(admitted, report) => {
            let judged = admitted.injection();
            writeln!(
                out,
                "{}; injection: {} ({:.2}); disposition: {}",
                count(findings),
                judged.likeness(),
                judged.score().as_f32(),
                report.disposition()
            )?;
            writeln!(out, "\n{}", admitted.plain())
        }
        Verdict::Block(blocked) => writeln!(out, "{}; disposition: block: {blocked}", count(findings)),
    }
}

fn as_json(out: &mut impl io::Write, verdict: &Verdict<bartizan::guard::Admitted>) -> io::Result<()> {
    let findings: Vec<_> = verdict.report().findings().iter().map(crate::pipe::finding).collect();
    let (text, judged) = match verdict {
        Verdict::Pass(admitted, _) => (Some(admitted.plain()), Some(admitted.injection())),
        Verdict::Block(_) => (None, None),
    };
    let answer = json!({
        "disposition": verdict.report().disposition().as_str(),
        "findings": findings,
        "injection": judged.map(crate::pipe::injection),
        "text": text,
    });
    writeln!(out, "{answer}")
}

fn count(findings: &[Finding]) -> String {
    match findings.len() {
        0 => "nothing found".to_owned(),
        1 => "1 finding".to_owned(),
        n => format!("{n} findings"),
    }
}

/// Line and column of a byte, both from 1; columns count what a person takes for a character.
pub(crate) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().graphemes(true).count().saturating_add(1);
    (line, column)
}

impl From<MediaArg> for Media {
    fn from(media: MediaArg) -> Self {
        match media {
            MediaArg::Text => Self::Text,
            MediaArg::Html => Self::Html,
            MediaArg::Markdown => Self::Markdown,
            MediaArg::MarkdownSource => Self::MarkdownSource,
            MediaArg::Json => Self::Json,
            MediaArg::Terminal => Self::Terminal,
            MediaArg::Mail => Self::Mail,
        }
    }
}

impl From<SeverityArg> for Severity {
    fn from(severity: SeverityArg) -> Self {
        match severity {
            SeverityArg::Low => Self::Low,
            SeverityArg::Medium => Self::Medium,
            SeverityArg::High => Self::High,
            SeverityArg::Critical => Self::Critical,
        }
    }
}
