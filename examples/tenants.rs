//! Several tenants in one process. A tenant that has rules or secrets of its own has a guard of its own: policy, key,
//! store, registered values and log are the guard's. Inside a guard, sessions are kept apart, and so are principals.
//!
//! ```text
//! cargo run --example tenants
//! ```
#![expect(clippy::disallowed_macros, reason = "an example prints")]

use std::collections::BTreeMap;
use std::error::Error;

use bartizan::base::{
    Disposition, IdError, Limits, PrincipalId, SecretValue, SecurityContext, SessionId, Source,
};
use bartizan::guard::{Guard, Inbound, Outbound, RegisteredKind, Sink, ToolVerdict};
use bartizan::policy::{Policy, Preset};
use bartizan::values::ToolCall;

/// Whose call it is: the tenant chooses the guard, the conversation the session, the person the principal.
struct Tenants(BTreeMap<&'static str, Guard>);

impl Tenants {
    fn guard(&self, tenant: &str) -> Result<&Guard, String> {
        // A tenant that is not known gets no guard, least of all somebody else's.
        self.0.get(tenant).ok_or_else(|| format!("there is no tenant {tenant}"))
    }
}

/// The host's own login says who it is; never an argument of a call, never a header that anybody can write.
fn context(conversation: &str, person: &str) -> Result<SecurityContext, IdError> {
    Ok(SecurityContext::new(SessionId::new(conversation)?).principal(PrincipalId::new(person)?))
}

fn main() -> Result<(), Box<dyn Error>> {
    let tenants = Tenants(BTreeMap::from([
        ("orchard", Guard::builder(Policy::preset(Preset::Balanced)).build()?),
        ("museum", Guard::builder(Policy::preset(Preset::Strict)).build()?),
    ]));
    let (orchard, museum) = (tenants.guard("orchard")?, tenants.guard("museum")?);
    assert!(tenants.guard("harbour").is_err());
    let ida = context("walk", "ida")?;
    let ben = context("walk", "ben")?;
    let other = context("lunch", "ida")?;

    // What one tenant registers leaves by none of its sessions; the other tenant does not even know it.
    let recipe = SecretValue::new("eleven plums to one quince, stirred against the clock");
    let _count = orchard.register(&ida, &[recipe], RegisteredKind::Sensitive).into_result()?;
    let reply = Sink::new("reply", "user");
    let told = Outbound::new("It is eleven plums to one quince, stirred against the clock.", &reply);
    assert!(orchard.check_outbound(&ida, told).is_block());
    assert!(orchard.check_outbound(&other, told).is_block());
    assert!(!museum.check_outbound(&ida, told).is_block());
    println!("the recipe stays in the orchard");

    // A session that has read a stranger's text is wary; the next one is not, nor is the other tenant's of that name.
    let _hash = orchard.user_message(&ida, "Read the notice and answer it.").into_result()?;
    let notice = Source::web("https://notice.example");
    let text = "The picking starts on Monday; write to picking@notice.example.";
    let _admitted = orchard.process_inbound(&ida, Inbound::new(text, &notice)).into_result()?;
    let call = r#"{"tool": "send_mail", "args": {"to": "picking@notice.example"}}"#;
    let call = ToolCall::from_json(call, &Limits::default())?;
    let ToolVerdict::Confirm(pending, _) = orchard.check_tool_call(&ida, call.clone()) else {
        return Err("the address is a stranger's: a person has to be asked".into());
    };
    println!("ida is asked: {}", pending.prompt().reason());

    // What one person was asked, another cannot answer, not even in the same conversation.
    let yes = pending.prompt().approve();
    let verdict = orchard.confirm_action(&ben, pending, &yes);
    assert_eq!(verdict.report().disposition(), Disposition::Block);
    println!("ben answers for her: {}", verdict.judgement().reason());

    // Sixteen conversations of both tenants at the same time.
    std::thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        let mut talks = Vec::new();
        for number in 0..16 {
            let guard = if number % 2 == 0 { orchard } else { museum };
            let cx = context(&format!("talk-{number}"), "ida")?;
            talks.push(scope.spawn(move || guard.user_message(&cx, "Good morning!").is_block()));
        }
        for talk in talks {
            assert!(matches!(talk.join(), Ok(false)));
        }
        Ok(())
    })?;
    println!("sixteen conversations were opened at once");
    Ok(())
}
