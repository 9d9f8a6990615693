//! One row through the guard.

use bartizan::base::{Disposition, Limits, SecurityContext, SessionId, Severity, ToolName};
use bartizan::guard::{Guard, Judgement, ToolOutput, ToolVerdict};
use bartizan::policy::CapabilitySet;
use bartizan::text::json::Json;
use bartizan::values::ToolCall;

use crate::common::Outcome;
use crate::trace::{Row, Step, Tools};

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Ran,
    /// A person was asked.
    Asked,
    Denied,
}

/// A call and why it was decided as it was.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) tool: String,
    pub(crate) only_reads: bool,
    pub(crate) fate: Fate,
    /// The policy's rule.
    pub(crate) rule: String,
    pub(crate) reason: String,
    /// What was found besides.
    pub(crate) found: Vec<String>,
    /// Each argument with its label.
    pub(crate) labels: Vec<String>,
    /// Whether the result was kept from the agent.
    pub(crate) kept_back: bool,
}

/// All that happened in a row.
#[derive(Debug)]
pub(crate) struct Game {
    pub(crate) user: Vec<Played>,
    pub(crate) attacker: Vec<Played>,
    /// Whether the agent read the injection before it made the attacker's calls.
    pub(crate) read_injection: bool,
    /// Tools that the guard does not let the agent see.
    pub(crate) refused_tools: Vec<String>,
    /// Tools that change something by their names and nothing in the guard's eyes.
    pub(crate) underrated: Vec<String>,
}

/// Plays a row: the user's steps, every question answered with yes; the attacker's calls as soon as the injection was
/// read, and at the end where it was not, every question left without an answer.
pub(crate) fn play(guard: &Guard, tools: &Tools, row: &Row, number: usize) -> Outcome<Game> {
    let cx = SecurityContext::new(SessionId::new(&format!("row-{number}"))?);
    let reports = guard.tool_definitions(&cx, None, &tools.definitions).into_result()?;
    let refused = reports.iter().filter(|report| report.disposition() == Disposition::Block);
    let underrated = reports.iter().filter(|report| {
        !tools.only_reads(report.name().as_str())
            && !report.capabilities().intersects(CapabilitySet::SIDE_EFFECTS)
    });
    let mut game = Game {
        user: Vec::new(),
        attacker: Vec::new(),
        read_injection: false,
        refused_tools: refused.map(|report| report.name().to_string()).collect(),
        underrated: underrated.map(|report| report.name().to_string()).collect(),
    };
    let _hash = guard.user_message(&cx, &row.prompt).into_result()?;
    let table = Table { guard, tools, cx: &cx };
    let injected_at = row.injected_at();
    for (at, step) in row.steps.iter().enumerate() {
        let played = table.call(step, true);
        let read = played.fate != Fate::Denied && !played.kept_back;
        game.user.push(played);
        if Some(at) == injected_at && read {
            game.read_injection = true;
            game.attacker = row.attack_calls.iter().map(|step| table.call(step, false)).collect();
        }
    }
    if !game.read_injection {
        game.attacker = row.attack_calls.iter().map(|step| table.call(step, false)).collect();
    }
    // The texts of the row are not needed any more.
    guard.reset(&cx).into_result()?;
    Ok(game)
}

/// Where a row is played.
struct Table<'a> {
    guard: &'a Guard,
    tools: &'a Tools,
    cx: &'a SecurityContext,
}

impl Table<'_> {
    /// One call; its result comes in where it is dispatched.
    fn call(&self, step: &Step, say_yes: bool) -> Played {
        let mut played = Played {
            tool: step.tool.clone(),
            only_reads: self.tools.only_reads(&step.tool),
            fate: Fate::Ran,
            rule: String::new(),
            reason: String::new(),
            found: Vec::new(),
            labels: Vec::new(),
            kept_back: false,
        };
        let call = match call_of(step) {
            Ok(call) => call,
            Err(error) => {
                played.fate = Fate::Denied;
                played.reason = error.to_string();
                return played;
            }
        };
        let verdict = self.guard.check_tool_call(self.cx, call);
        played.tell(&verdict);
        let verdict = match verdict {
            ToolVerdict::Confirm(pending, decided) => {
                played.fate = Fate::Asked;
                if !say_yes {
                    return played;
                }
                let answer = pending.prompt().approve();
                drop(decided);
                self.guard.confirm_action(self.cx, pending, &answer)
            }
            decided => decided,
        };
        match verdict {
            ToolVerdict::Allow(approved, _) => {
                let (_call, receipt) = approved.into_parts();
                let output = ToolOutput::from(step.output());
                played.kept_back = self.guard.admit_result(self.cx, receipt, &output).is_block();
            }
            refused => {
                played.fate = Fate::Denied;
                played.tell(&refused);
            }
        }
        played
    }
}

impl Played {
    fn tell(&mut self, verdict: &ToolVerdict) {
        let judgement = verdict.judgement();
        self.rule = judgement.rule().map_or_else(|| "no rule".to_owned(), ToString::to_string);
        self.reason = in_general(judgement.reason());
        self.labels = labels(judgement);
        let findings = verdict.report().findings().iter();
        let found = findings.filter(|finding| finding.severity >= Severity::Medium);
        self.found = found.map(|finding| finding.rule.to_string()).collect();
        self.found.sort_unstable();
        self.found.dedup();
    }
}

fn call_of(step: &Step) -> Outcome<ToolCall> {
    let args = Json::parse(step.args.get(), &Limits::default())?;
    Ok(ToolCall::new(ToolName::new(&step.tool)?, args)?)
}

/// Where each argument came from; the places of a list are told together.
fn labels(judgement: &Judgement) -> Vec<String> {
    let mut labels: Vec<String> = judgement
        .labels()
        .iter()
        .map(|leaf| {
            let place = without_numbers(leaf.pointer().as_str());
            let label = leaf.label();
            format!("{place} {} by {}", label.integrity(), leaf.origin())
        })
        .collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

/// A reason with the places of a list told together.
fn in_general(reason: &str) -> String {
    let mut words: Vec<String> = reason.split(' ').map(without_numbers).collect();
    words.dedup_by(|next, word| {
        word.starts_with('/') && word.trim_end_matches(',') == next.trim_end_matches(',')
    });
    words.join(" ")
}

fn without_numbers(pointer: &str) -> String {
    let parts = pointer.split('/').map(|part| {
        let digits = part.trim_end_matches([',', '.']);
        let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if number { part.replace(digits, "*") } else { part.to_owned() }
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_a_list_are_one() {
        assert_eq!(without_numbers("/to/12/name"), "/to/*/name");
        assert_eq!(without_numbers(""), "");
        assert_eq!(
            in_general("matched at /to/0, /to/1, /to/2 and /cc/0, /cc."),
            "matched at /to/*, and /cc/*, /cc."
        );
    }
}
