//! `bartizan tools`: what a list of tools can do, as the guard sees it, for review.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use bartizan::base::{Disposition, JsonPointer, Limits, SecurityContext, SessionId};
use bartizan::guard::{Guard, ToolDefinition, ToolReport};
use bartizan::policy::{Capability, Policy, Preset};
use bartizan::text::json::Json;
use bartizan::values::{ArgRole, Roles};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum ToolsCommand {
    /// Say what each tool can do, and what each of its arguments decides
    #[command(
        after_help = "The file is what a server answers to `tools/list`: a list of tools, or an object with `tools`.\n\
        Names and annotations are the server's claims; what is not understood is the worst case.\n\n\
        Examples:\n  \
        bartizan tools explain tools.json\n  \
        bartizan tools explain tools.json --policy > tools.yaml   # to be reviewed, and lowered where it is right\n\n\
        Exit codes: 0 all of them may be shown to a model, 1 one is refused, 2 usage or the file cannot be read."
    )]
    Explain {
        /// The tools
        file: PathBuf,
        /// Write them out as the `tools` of a policy instead
        #[arg(long)]
        policy: bool,
    },
}

pub(crate) fn run(command: &ToolsCommand) -> Result<ExitCode, String> {
    let ToolsCommand::Explain { file, policy } = command;
    let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| told(&error))?;
    let json = Json::parse(&text, &Limits::default()).map_err(|error| told(&error))?;
    let items = listed(&json).ok_or_else(|| told(&"expected a list of tools, or an object with `tools`"))?;
    let definitions: Vec<ToolDefinition> = items
        .iter()
        .enumerate()
        .map(|(at, item)| ToolDefinition::new(item.clone()).map_err(|error| told(&format!("/{at}: {error}"))))
        .collect::<Result<_, _>>()?;
    let guard =
        Guard::builder(Policy::preset(Preset::Balanced)).build().map_err(|error| error.to_string())?;
    let cx = SecurityContext::new(SessionId::new("tools").map_err(|error| error.to_string())?);
    let reports =
        guard.tool_definitions(&cx, None, &definitions).into_result().map_err(|error| told(&error))?;
    let mut out = String::new();
    if *policy {
        write_policy(&mut out, &reports);
    } else {
        for (report, item) in reports.iter().zip(items) {
            write_tool(&mut out, report, item);
        }
    }
    // Whoever reads only the beginning is no error of ours.
    let _closed = io::stdout().write_all(out.as_bytes());
    let refused = reports.iter().any(|report| report.disposition() == Disposition::Block);
    Ok(ExitCode::from(u8::from(refused)))
}

/// The tools of what a server answered, however much of the answer is there.
fn listed(json: &Json) -> Option<&[Json]> {
    let within = |key: &str| json.get(key).and_then(listed_in);
    listed_in(json)
        .or_else(|| within("tools"))
        .or_else(|| json.get("result")?.get("tools").and_then(listed_in))
}

fn listed_in(json: &Json) -> Option<&[Json]> {
    json.as_array()
}

fn write_tool(out: &mut String, report: &ToolReport, item: &Json) {
    let refused = if report.disposition() == Disposition::Block { "  REFUSED" } else { "" };
    line(out, format_args!("{}  [{}]{refused}", report.name(), report.capabilities()));
    for finding in report.findings() {
        line(out, format_args!("    ! {}: {}", finding.rule, finding.message));
    }
    let schema = ["inputSchema", "parameters", "input_schema"].iter().find_map(|key| item.get(key));
    let properties = schema.and_then(|schema| schema.get("properties")).and_then(Json::as_object);
    let roles = Roles::of(report.name().as_str(), std::iter::empty());
    for (name, _) in properties.unwrap_or_default() {
        // What the name makes of values that say nothing themselves: a word, a number, a sentence.
        let of = |value: &str| roles.role(&JsonPointer::root().key(name), &Json::String(value.to_owned()));
        let role = if of("1") == ArgRole::Choice { ArgRole::Choice } else { of("some words") };
        line(out, format_args!("    {name:<24} {role:<10} {}", meaning(role)));
    }
}

const fn meaning(role: ArgRole) -> &'static str {
    match role {
        ArgRole::Recipient => "decides to whom",
        ArgRole::Target => "decides on what",
        ArgRole::Command => "decides what is run",
        ArgRole::Amount => "decides how much",
        ArgRole::Credential => "decides what is trusted later",
        ArgRole::Link => "decides where its reader is sent",
        ArgRole::Content => "is only said, unless it is an address or carries a link",
        ArgRole::Choice => "decides nothing by itself",
        _ => "",
    }
}

fn write_policy(out: &mut String, reports: &[ToolReport]) {
    outln!(
        "# What the names, schemas and annotations of these tools claim. Review it: only a policy may lower it."
    );
    line(out, format_args!("bartizan: 1\npreset: balanced\ntools:"));
    for report in reports {
        let capabilities: Vec<&str> = report.capabilities().iter().map(Capability::as_str).collect();
        line(
            out,
            format_args!(
                "  - {{ match: \"{}\", capabilities: [{}] }}",
                report.name(),
                capabilities.join(", ")
            ),
        );
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.push_str(&text.to_string());
    out.push('\n');
}
