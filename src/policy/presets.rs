//! The rules and limits of the presets. `presets/*.yaml` has the same as people would write it; a test holds them equal.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::{Integrity, Mode, Sensitivity};
use crate::values::ArgRole;

use super::doc::{ArgDoc, At, Bound, LimitDoc, RuleDoc, SessionDoc, Window};
use super::{Capability, CapabilitySet, Effect, Metered, Origin, Per, Preset, ReportOrBlock};

/// The rules of `preset`.
pub(super) fn rules(preset: Preset) -> Vec<RuleDoc> {
    match preset {
        Preset::Permissive => vec![RuleDoc::new("allow-everything", Effect::Allow)],
        Preset::Balanced => balanced(),
        Preset::Strict => strict(),
    }
}

/// The limits of `preset`. All three count the same; they differ in how much, and in what is done.
pub(super) fn limits(preset: Preset) -> Vec<LimitDoc> {
    let (share, exceeding) = match preset {
        Preset::Permissive => (1, ReportOrBlock::Report),
        Preset::Balanced => (1, ReportOrBlock::Block),
        Preset::Strict => (2, ReportOrBlock::Block),
    };
    let limit = |id: &str, of: Metered, burst: u32, period_s: u64| LimitDoc {
        on_exceed: exceeding,
        ..LimitDoc::new(
            At::from(id.to_owned()),
            At::from(of),
            At::from(burst.checked_div(share).unwrap_or(burst)),
            Duration::from_secs(period_s),
        )
    };
    let of_a_tool = |limit: LimitDoc| LimitDoc {
        per: At::from(vec![Per::Session, Per::Tool]),
        capabilities: Some(CapabilitySet::SIDE_EFFECTS),
        ..limit
    };
    vec![
        of_a_tool(limit("side-effects", Metered::Calls, 60, 60)),
        limit("calls", Metered::Calls, 1_200, 60),
        limit("outbound", Metered::Outbound, 1_000, 60),
        LimitDoc {
            window: Window::Sliding,
            on_exceed: ReportOrBlock::Report,
            ..of_a_tool(limit("burst", Metered::Calls, 2, 10))
        },
    ]
}

fn balanced() -> Vec<RuleDoc> {
    use Effect::{Deny, RequireApproval};
    vec![
        RuleDoc::new("allow-the-rest", Effect::Allow),
        RuleDoc {
            capabilities: Some(set(&[Capability::Egress, Capability::Destructive, Capability::Exec])),
            args: any_value(ArgDoc {
                origin: vec![Origin::Source],
                role: deciding().into_iter().chain([ArgRole::Link]).collect(),
                ..integrity(Integrity::Hostile)
            }),
            ..because(
                "hostile-argument",
                Deny,
                "an argument that decides was copied from a text that was judged an attack",
            )
        },
        RuleDoc {
            capabilities: Some(set(&[Capability::Egress, Capability::Destructive, Capability::Exec])),
            args: any_value(ArgDoc {
                origin: vec![Origin::Source],
                role: vec![ArgRole::Content],
                ..integrity(Integrity::Hostile)
            }),
            ..because("hostile-content", RequireApproval, "it would hand on a text that was judged an attack")
        },
        RuleDoc {
            capabilities: Some(CapabilitySet::SIDE_EFFECTS),
            args: any_value(ArgDoc { role: deciding(), ..integrity(Integrity::Untrusted) }),
            ..because(
                "untrusted-argument",
                RequireApproval,
                "an argument that decides comes from a text that nobody vouches for",
            )
        },
        RuleDoc {
            capabilities: Some(set(&[Capability::Egress])),
            args: any_value(ArgDoc { role: vec![ArgRole::Link], ..integrity(Integrity::Untrusted) }),
            ..because(
                "untrusted-link",
                RequireApproval,
                "it would send its reader to an address or a link that nobody vouches for",
            )
        },
        RuleDoc {
            capabilities: Some(CapabilitySet::SIDE_EFFECTS),
            modes: vec![Mode::Client],
            described: Some(true),
            authorized: Some(false),
            session: session(Integrity::Untrusted),
            ..because(
                "nobody-asked-for-this",
                RequireApproval,
                "no word of the user asks for this, and the session has read what nobody vouches for",
            )
        },
        RuleDoc {
            capabilities: Some(set(&[Capability::Egress])),
            args: any_value(sensitive()),
            ..because(
                "sensitive-argument",
                RequireApproval,
                "an argument comes from sensitive material, and would leave",
            )
        },
        RuleDoc {
            capabilities: Some(CapabilitySet::SIDE_EFFECTS),
            session: nobody_spoke(),
            ..because("nobody-asked", RequireApproval, "no message of a user stands behind this")
        },
        RuleDoc { described: Some(true), ..destructive_unauthorized(RequireApproval) },
        RuleDoc {
            tools: DANGEROUS_NAMES.iter().map(|name| At::from((*name).to_owned())).collect(),
            modes: vec![Mode::Client],
            described: Some(false),
            authorized: Some(false),
            ..because(
                "destructive-by-name",
                RequireApproval,
                "by its name this tool destroys, sends or runs something, and no word of the user asks for it",
            )
        },
        after_a_stopped_leak(RequireApproval),
        hostile_principal(),
    ]
}

/// Names of tools that destroy, send or run something, for tools of which nobody said what they can do. Words that
/// other words hold (`kill` in `skill`) stand at the edge of a word.
const DANGEROUS_NAMES: &[&str] = &[
    "*delete*",
    "*remove*",
    "*erase*",
    "*purge*",
    "*wipe*",
    "*destroy*",
    "*truncate*",
    "*terminate*",
    "*revoke*",
    "*unlink*",
    "*overwrite*",
    "*modify*",
    "*cancel*",
    "*drop_*",
    "*_drop",
    "drop",
    "kill*",
    "*_kill*",
    "rm",
    "rm_*",
    "*_rm",
    "*send*",
    "*transfer*",
    "*payment*",
    "*payout*",
    "pay",
    "pay_*",
    "*_pay",
    "*_pay_*",
    "wire_*",
    "*_wire_*",
    "*withdraw*",
    "*purchase*",
    "buy*",
    "*_buy*",
    "*refund*",
    "*donate*",
    "*publish*",
    "*broadcast*",
    "*forward*",
    "*reply*",
    "*tweet*",
    "post_*",
    "*_post",
    "*_post_*",
    "*upload*",
    "*submit*",
    "*shell*",
    "*bash*",
    "*execute*",
    "exec",
    "exec_*",
    "*_exec",
    "*_exec_*",
    "*run_command*",
    "*run_script*",
];

fn destructive_unauthorized(effect: Effect) -> RuleDoc {
    RuleDoc {
        modes: vec![Mode::Client],
        capabilities: Some(set(&[Capability::Destructive])),
        authorized: Some(false),
        ..because(
            "destructive-unauthorized",
            effect,
            "this cannot be taken back, and no word of the user asks for it",
        )
    }
}

fn after_a_stopped_leak(effect: Effect) -> RuleDoc {
    RuleDoc {
        capabilities: Some(set(&[Capability::Egress, Capability::Exec, Capability::Destructive])),
        session: SessionDoc { escalated: Some(true), ..session(Integrity::Untrusted) },
        ..because(
            "after-a-stopped-leak",
            effect,
            "a leak was stopped in this session, which has read what nobody vouches for",
        )
    }
}

fn hostile_principal() -> RuleDoc {
    RuleDoc {
        capabilities: Some(CapabilitySet::SIDE_EFFECTS),
        trust: Some(At::from(Bound::AtMost(Integrity::Hostile))),
        ..because("hostile-principal", Effect::Deny, "who this is done for is not trusted at all")
    }
}

fn strict() -> Vec<RuleDoc> {
    use Effect::{Allow, Deny, RequireApproval};
    vec![
        RuleDoc { described: Some(true), ..RuleDoc::new("allow-described-tools", Allow) },
        RuleDoc {
            described: Some(false),
            ..because("undescribed-tool", Deny, "nobody described what this tool can do")
        },
        RuleDoc {
            capabilities: Some(CapabilitySet::SIDE_EFFECTS),
            args: any_value(integrity(Integrity::Untrusted)),
            ..because("untrusted-argument", Deny, "an argument comes from a text that nobody vouches for")
        },
        RuleDoc {
            capabilities: Some(set(&[Capability::Egress])),
            args: any_value(sensitive()),
            ..because(
                "sensitive-argument",
                Deny,
                "an argument comes from sensitive material, and would leave",
            )
        },
        RuleDoc {
            capabilities: Some(CapabilitySet::SIDE_EFFECTS),
            session: session(Integrity::Hostile),
            ..because("after-an-attack", Deny, "a text of this session was judged an attack")
        },
        RuleDoc {
            capabilities: Some(CapabilitySet::SIDE_EFFECTS),
            session: session(Integrity::Untrusted),
            ..because(
                "after-untrusted-text",
                RequireApproval,
                "this session has read what nobody vouches for",
            )
        },
        RuleDoc {
            capabilities: Some(set(&[Capability::Destructive, Capability::Exec])),
            ..because("dangerous-tool", RequireApproval, "this tool can do what cannot be taken back")
        },
        RuleDoc {
            capabilities: Some(CapabilitySet::SIDE_EFFECTS),
            session: nobody_spoke(),
            ..because("nobody-asked", Deny, "no message of a user stands behind this")
        },
        destructive_unauthorized(Deny),
        after_a_stopped_leak(Deny),
        hostile_principal(),
    ]
}

fn because(id: &str, effect: Effect, reason: &str) -> RuleDoc {
    RuleDoc { reason: Some(reason.to_owned()), ..RuleDoc::new(id, effect) }
}

fn set(capabilities: &[Capability]) -> CapabilitySet {
    capabilities.iter().copied().collect()
}

/// The roles of arguments that decide.
fn deciding() -> Vec<ArgRole> {
    ArgRole::ALL.iter().copied().filter(|role| role.is_decisive() && *role != ArgRole::Link).collect()
}

fn any_value(arg: ArgDoc) -> BTreeMap<String, At<ArgDoc>> {
    BTreeMap::from([("/**".to_owned(), At::from(arg))])
}

fn integrity(integrity: Integrity) -> ArgDoc {
    ArgDoc { integrity: Some(At::from(Bound::AtMost(integrity))), ..ArgDoc::default() }
}

fn sensitive() -> ArgDoc {
    ArgDoc { sensitivity: Some(At::from(Bound::AtLeast(Sensitivity::Sensitive))), ..ArgDoc::default() }
}

fn session(integrity: Integrity) -> SessionDoc {
    SessionDoc { integrity: Some(At::from(Bound::AtMost(integrity))), ..SessionDoc::default() }
}

fn nobody_spoke() -> SessionDoc {
    SessionDoc { user_spoke: Some(false), ..SessionDoc::default() }
}
