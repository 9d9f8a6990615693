//! One turn of an agent, guarded from end to end, on the material in `examples/data/`.
//!
//! There is no model in it: the "agent" obeys whatever it reads, which is the worst that a model can do. The
//! program prints, step by step, what the guard did and why.
//!
//! ```text
//! cargo run --release --example guarded_agent
//! ```
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use std::error::Error;

use bartizan::audit::MemoryLog;
use bartizan::base::{Finding, SecurityContext, Sensitivity, SessionId, Source, ToolName, Verdict};
use bartizan::guard::{
    Admitted, Guard, Inbound, Media, Outbound, Quoting, Sink, ToolDefinition, ToolVerdict,
};
use bartizan::policy::{Policy, Preset};
use bartizan::text::json::Json;
use bartizan::values::ToolCall;

const TOOLS: &str = include_str!("data/tools.json");
const TRAIL_PAGE: &str = include_str!("data/trail-guide.html");
const BAKERY_PAGE: &str = include_str!("data/bakery-hours.html");
const COLLEAGUE_MAIL: &str = include_str!("data/colleague-mail.txt");
const INVOICE_MAIL: &str = include_str!("data/invoice-mail.txt");
const PRIVATE_NOTES: &str = include_str!("data/private-notes.txt");

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let log = std::sync::Arc::new(MemoryLog::new(64));
    let guard =
        Guard::builder(Policy::preset(Preset::Balanced)).observer(std::sync::Arc::clone(&log)).build()?;
    let cx = SecurityContext::new(SessionId::new("saturday-walk")?);

    title("1. The tools that the agent may call");
    describe_tools(&guard, &cx)?;

    title("2. What the user wants");
    let wish = "Look up the trail conditions for Larkspur Ridge, then write to tomas@ridgeline.example \
                that 8:15 at the car park is fine.";
    println!("   user: {wish}");
    let _hash = guard.user_message(&cx, wish).into_result()?;

    title("3. What the agent reads");
    read(&guard, &cx, "an honest page", BAKERY_PAGE, Media::Html, &Source::web("https://mill-lane.example"));
    read(&guard, &cx, "an honest mail", COLLEAGUE_MAIL, Media::Text, &Source::email("inbox/7"));
    read(
        &guard,
        &cx,
        "a page with hidden text",
        TRAIL_PAGE,
        Media::Html,
        &Source::web("https://larkspur.example"),
    );
    read(&guard, &cx, "a mail that gives orders", INVOICE_MAIL, Media::Text, &Source::email("inbox/8"));
    let notes = Source::internal_sensitive("notes/offer");
    read(&guard, &cx, "the company's own notes", PRIVATE_NOTES, Media::Text, &notes);

    title("4. What the agent does");
    call(
        &guard,
        &cx,
        "what the user asked for",
        "send_email",
        r#"{"to":"tomas@ridgeline.example","body":"8:15 at the car park is fine."}"#,
    )?;
    call(
        &guard,
        &cx,
        "what the page's hidden text asked for",
        "send_email",
        r#"{"to":"archive@larkspur-backup.example","body":"Hi, the weather looks good for Saturday."}"#,
    )?;
    call(
        &guard,
        &cx,
        "what the mail asked for",
        "pay_invoice",
        r#"{"iban":"GB33BUKB20201555555555","amount":"318.40 EUR"}"#,
    )?;
    call(
        &guard,
        &cx,
        "a look at the weather: reading runs free",
        "get_weather",
        r#"{"place":"Larkspur Ridge"}"#,
    )?;

    title("5. What the agent says");
    say(
        &guard,
        &cx,
        "a summary in its own words",
        "The upper loop is open. Wear gaiters: there is snow near the hut. I told Tomas that you will be there.",
    );
    say(&guard, &cx, "the confidential offer, word for word", PRIVATE_NOTES.trim());
    let spelled: String = PRIVATE_NOTES.trim().chars().rev().collect();
    say(&guard, &cx, "the same, backwards", &spelled);
    // Put together at run time, so that no scanner takes this file for a leak.
    let token = format!("ghp_{}{}", "16C7e42F292c6912E7710c838347Ae", "178B4a");
    say(&guard, &cx, "an access token in a link", &format!("Done: https://ci.example/hook?t={token}&ok=1"));

    title("6. What the log says");
    let events = log.events()?;
    for event in &events {
        println!(
            "   {:>2}  {:<16} {:<8} {}",
            event.seq(),
            event.stage(),
            event.disposition(),
            event.digest()
        );
    }
    println!(
        "\n   {} events, each with the digest of the one before it; none of them holds a word of the texts.",
        events.len()
    );
    Ok(())
}

fn describe_tools(guard: &Guard, cx: &SecurityContext) -> Outcome {
    let Json::Array(tools) = Json::parse(TOOLS, &bartizan::base::Limits::default())? else {
        return Err("tools.json must be a list".into());
    };
    let tools = tools.into_iter().map(ToolDefinition::new).collect::<Result<Vec<_>, _>>()?;
    for tool in guard.tool_definitions(cx, None, &tools).into_result()? {
        let can: Vec<&str> = tool.capabilities().iter().map(bartizan::policy::Capability::as_str).collect();
        println!("   {:<16} {:<6} {}", tool.name(), tool.disposition(), can.join(", "));
        show(tool.findings());
    }
    Ok(())
}

fn read(guard: &Guard, cx: &SecurityContext, what: &str, text: &str, media: Media, source: &Source) {
    println!("\n   {what} ({}, {} bytes)", source.kind(), text.len());
    let verdict: Verdict<Admitted> = guard.process_inbound(cx, Inbound::new(text, source).media(media));
    show(verdict.report().findings());
    match verdict {
        Verdict::Pass(admitted, report) => {
            let judged = admitted.injection();
            println!(
                "   -> {}; attack? {} ({:.2}); from now on {}",
                report.disposition(),
                judged.likeness(),
                judged.score().as_f32(),
                admitted.label().integrity()
            );
            if source.label().sensitivity() > Sensitivity::Public {
                println!("      and {}: it must not leave", source.label().sensitivity());
            }
            for line in admitted.as_str().lines().filter(|line| !line.trim().is_empty()).take(4) {
                println!("      | {}", line.chars().take(96).collect::<String>());
            }
        }
        Verdict::Block(blocked) => println!("   -> block: {blocked}"),
    }
}

fn call(guard: &Guard, cx: &SecurityContext, why: &str, tool: &str, args: &str) -> Outcome {
    let args = Json::parse(args, &bartizan::base::Limits::default())?;
    println!("\n   {why}: {tool}({args})");
    let verdict = guard.check_tool_call(cx, ToolCall::new(ToolName::new(tool)?, args)?);
    for leaf in verdict.judgement().labels() {
        println!("      {:<8} {} ({})", leaf.pointer().as_str(), leaf.label().integrity(), leaf.origin());
    }
    match verdict {
        ToolVerdict::Allow(..) => println!("   -> allow"),
        ToolVerdict::Confirm(pending, _) => {
            println!("   -> confirm. A person would see:");
            for line in pending.prompt().to_string().lines() {
                println!("      ? {line}");
            }
        }
        ToolVerdict::Deny(blocked, _) => println!("   -> block: {blocked}"),
    }
    Ok(())
}

fn say(guard: &Guard, cx: &SecurityContext, what: &str, text: &str) {
    println!("\n   {what}");
    let sink = Sink::new("reply", "user");
    let verdict = guard.check_outbound(cx, Outbound::new(text, &sink).quoting(Quoting::Nothing));
    show(verdict.report().findings());
    match verdict {
        Verdict::Pass(released, report) => println!("   -> {}: {}", report.disposition(), released.as_str()),
        Verdict::Block(blocked) => println!("   -> block: {blocked}"),
    }
}

fn show(findings: &[Finding]) {
    for finding in findings {
        println!("      {:<3} {:<8} {} [{}]", finding.layer, finding.severity, finding.message, finding.rule);
    }
}

fn title(text: &str) {
    println!("\n{text}\n{}", "-".repeat(text.len()));
}
