//! Tokens in the hands of somebody who would like them to open something else.

use std::sync::LazyLock;
use std::time::Duration;

use super::Choices;
use crate::base::{Limits, PrincipalId, SecretKey, SecurityContext, ServerId, SessionId, Source, ToolName};
use crate::guard::{Guard, Inbound, ToolDefinition, ToolVerdict};
use crate::policy::Policy;
use crate::testing::{FixedEntropy, ManualClock};
use crate::text::json::Json;
use crate::values::{Proposal, ToolCall};

/// Every call is bound, and the loud ones ask.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let yaml = "bartizan: 1\ncalls: { bindings: all }\nlimits: []\nrules:\n- { id: all, effect: allow }\n\
        - { id: loud, effect: require-approval, args: { /level: { equals: loud } } }\n";
    Policy::from_yaml(yaml).expect("a policy")
});

/// Where a token is used, and on what.
#[derive(Debug, Clone, PartialEq)]
struct Scene {
    cx: SecurityContext,
    call: ToolCall,
    token: String,
}

/// What happened in the session since.
#[derive(Debug, Clone, Copy, Default)]
struct Since {
    waited: Duration,
    /// Something that closes every binding: the user spoke, the tool was described.
    moved: bool,
    /// A text came in, which may change what the arguments are labelled with.
    read: bool,
}

/// A binding opens the call that it was made for, in the state in which it was made, until it expires, once. A parked
/// question is that question, for those who asked it, until it expires, and is answered once.
///
/// # Panics
/// When one of these does not hold.
pub fn binding(data: &[u8]) {
    let mut choices = Choices(data);
    let clock = ManualClock::default();
    let build = |seed| {
        let builder = Guard::builder(POLICY.clone()).key(SecretKey::from_bytes([3; 32]));
        builder.clock(clock.clone()).entropy(FixedEntropy::new(seed)).build().expect("a guard")
    };
    let guard = build(1);
    let cx = SecurityContext::new(SessionId::new("s").expect("a name"));
    assert!(!guard.user_message(&cx, "Set the level to quiet, or to loud.").is_block());
    let loud = choices.flag();
    let call = call("set_level", if loud { "loud" } else { "quiet" });
    let ttl = Duration::from_secs(u64::from(choices.byte()).saturating_add(1));
    let token = match guard.bind_request(&cx, &call, Some(ttl)).into_result() {
        Ok(token) => token,
        Err(blocked) => panic!("{blocked}"),
    };
    let began = Scene { cx, call, token };
    let (mut scene, mut since) = (began.clone(), Since::default());
    while !choices.is_over() {
        scene.change(&guard, &build, &clock, &mut since, &mut choices);
    }
    let opens = scene == began && !since.moved && since.waited < ttl;

    let propose =
        || guard.check_tool_call(&scene.cx, Proposal::new(scene.call.clone()).bound_by(&*scene.token));
    let verdict = propose();
    let case = || format!("{scene:?} {since:?}, bound for {ttl:?}: {:?}", verdict.report());
    match &verdict {
        ToolVerdict::Deny(..) => assert!(!opens || since.read, "refused: {}", case()),
        ToolVerdict::Allow(approved, _) => {
            assert!(opens && !loud, "opened: {}", case());
            assert_eq!(approved.call(), &scene.call);
            assert!(matches!(propose(), ToolVerdict::Deny(..)), "opened twice: {}", case());
        }
        ToolVerdict::Confirm(pending, _) => {
            assert!(opens && loud, "asked: {}", case());
            let parked = guard.park(&scene.cx, pending);
            let left = ttl.saturating_sub(since.waited).min(Duration::from_mins(2));
            answer_parked(&guard, &clock, &Scene { token: parked, ..scene.clone() }, left);
        }
    }
}

/// Takes a parked question up: as it is, and in every way that is not as it is.
fn answer_parked(guard: &Guard, clock: &ManualClock, scene: &Scene, left: Duration) {
    let open = |scene: &Scene| guard.unpark(&scene.cx, &scene.token);
    let mut forged = scene.clone();
    forged.token = edited(&scene.token, scene.token.len().div_euclid(2), b'A');
    let other = Scene { cx: SecurityContext::new(SessionId::new("t").expect("a name")), ..scene.clone() };
    for wrong in [&forged, &other] {
        assert!(wrong == scene || matches!(open(wrong), ToolVerdict::Deny(..)), "{wrong:?}");
    }
    let (ToolVerdict::Confirm(first, _), ToolVerdict::Confirm(second, _)) = (open(scene), open(scene)) else {
        panic!("a parked question is lost: {scene:?}");
    };
    let yes = first.prompt().approve();
    assert!(matches!(guard.confirm_action(&scene.cx, first, &yes), ToolVerdict::Allow(..)), "{scene:?}");
    assert!(
        matches!(guard.confirm_action(&scene.cx, second, &yes), ToolVerdict::Deny(..)),
        "answered twice: {scene:?}"
    );
    clock.advance(left);
    assert!(matches!(open(scene), ToolVerdict::Deny(..)), "open for ever: {scene:?}");
}

impl Scene {
    /// Changes one thing, or lets something happen.
    fn change(
        &mut self,
        guard: &Guard,
        other_run: &dyn Fn(u64) -> Guard,
        clock: &ManualClock,
        since: &mut Since,
        choices: &mut Choices<'_>,
    ) {
        let is_here = self.cx.session_id().as_str() == "s";
        match choices.below(13) {
            0 => {
                let at = choices.far_below(self.token.len());
                self.token = edited(&self.token, at, choices.byte());
            }
            1 => self.token.truncate(choices.far_below(self.token.len())),
            2 => self.token.extend(choices.text().chars().filter(char::is_ascii)),
            3 => self.call = call("set_level", choices.of(["quiet", "loud", "quiet ", "Quiet"])),
            4 => self.call = call(choices.of(["set_level", "get_level"]), "quiet"),
            5 => self.call = self.call.clone().on(ServerId::new("radio").expect("a name")),
            6 => self.cx = SecurityContext::new(SessionId::new(choices.of(["s", "t"])).expect("a name")),
            7 => self.cx = self.cx.clone().principal(PrincipalId::new("kim").expect("a name")),
            8 => {
                let wait = Duration::from_millis(u64::from(choices.byte()).saturating_mul(500));
                clock.advance(wait);
                since.waited = since.waited.saturating_add(wait);
            }
            9 => {
                assert!(!guard.user_message(&self.cx, "Never mind.").is_block());
                since.moved |= is_here;
            }
            10 => {
                let page = Source::web("page");
                drop(guard.process_inbound(&self.cx, Inbound::new("The level is quiet.", &page)));
                since.read |= is_here;
            }
            11 => {
                let text = r#"{"name":"set_level","description":"Sets it."}"#;
                let tool = Json::parse(text, &Limits::default()).map(ToolDefinition::new);
                let tool = tool.expect("JSON").expect("a definition");
                drop(guard.tool_definitions(&self.cx, None, &[tool]));
                since.moved |= is_here;
            }
            // A token of another run, made for the same in the same state.
            _ => {
                let other = other_run(2);
                assert!(!other.user_message(&self.cx, "Set the level to quiet, or to loud.").is_block());
                self.token = other.bind_request(&self.cx, &self.call, None).into_result().expect("a token");
            }
        }
    }
}

fn edited(token: &str, at: usize, byte: u8) -> String {
    let put = |(index, c): (usize, char)| if index == at { char::from(byte % 128) } else { c };
    token.chars().enumerate().map(put).collect()
}

fn call(tool: &str, level: &str) -> ToolCall {
    let args = Json::Object(vec![("level".to_owned(), Json::String(level.to_owned()))]);
    ToolCall::new(ToolName::new(tool).expect("a name"), args).expect("a call")
}
