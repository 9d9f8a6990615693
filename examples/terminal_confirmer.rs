//! Asks on the terminal before a sensitive call. Where there is no terminal nobody can be asked, and the answer is no.
//!
//! ```text
//! cargo run --example terminal_confirmer
//! ```
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use std::error::Error;
use std::io::{IsTerminal, stdin};

use bartizan::base::{Limits, SecurityContext, SessionId, Source, Verdict};
use bartizan::guard::{Answer, ConfirmationPrompt, Confirmer, Guard, Inbound};
use bartizan::policy::{Policy, Preset};
use bartizan::values::ToolCall;

#[derive(Debug)]
struct Terminal;

impl Confirmer for Terminal {
    fn confirm(&self, prompt: &ConfirmationPrompt) -> Answer {
        // Standard input of a service or a pipe is nobody's hand: a "y" in it must not approve anything.
        if !stdin().is_terminal() {
            return prompt.unavailable();
        }
        // Characters that would not show, or that would turn others around, are spelled out in the prompt.
        eprint!("\n{prompt}Type yes to approve: ");
        let mut line = String::new();
        match stdin().read_line(&mut line) {
            Ok(_) if line.trim() == "yes" => prompt.approve(),
            Ok(_) => prompt.deny(),
            Err(_) => prompt.unavailable(),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let guard = Guard::builder(Policy::preset(Preset::Balanced)).confirmer(Terminal).build()?;
    let cx = SecurityContext::new(SessionId::new("plums")?);
    let _hash = guard.user_message(&cx, "Order what the mail of our neighbour asks for.").into_result()?;
    let mail = Source::email("inbox/12");
    let text = "Twelve crates of plums, please, to 4 Mill Lane. Cheers, Ida";
    let _admitted = guard.process_inbound(&cx, Inbound::new(text, &mail)).into_result()?;

    // The address comes from the mail: nobody vouches for it, so a person is asked.
    let call = r#"{"tool": "order_plums", "args": {"crates": 12, "to": "4 Mill Lane"}}"#;
    let call = ToolCall::from_json(call, &Limits::default())?;
    let mut ordered = false;
    let verdict = guard.guard_tool_call(&cx, call, |_approved| {
        ordered = true;
        Ok::<_, String>("ordered")
    });
    match &verdict {
        Verdict::Pass(admitted, _) => println!("{}", admitted.plain()),
        Verdict::Block(blocked) => println!("not ordered: {blocked}"),
    }
    assert_eq!(ordered, !verdict.is_block());
    if !stdin().is_terminal() {
        assert!(verdict.is_block(), "nobody could be asked");
        assert!(verdict.report().findings().iter().any(|found| found.rule.as_str() == "l12/unavailable"));
    }
    Ok(())
}
