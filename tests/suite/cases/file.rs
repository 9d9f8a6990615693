//! The shape of a case file. `tests/cases/README.md` tells it to people.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::text::Text;

/// A file, read.
#[derive(Debug)]
pub(super) struct CaseFile {
    pub(super) cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(rename = "about")]
    _about: String,
    policy: Option<String>,
    #[serde(default)]
    below: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    twins: Vec<Twin>,
    cases: Vec<BTreeMap<String, Value>>,
}

/// One case: steps through a guard of its own.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) head: Head,
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) name: String,
    /// Ordinary use: every step that says nothing else has to be allowed.
    #[serde(default)]
    pub(super) benign: bool,
    /// Why the case does not hold yet.
    pub(super) todo: Option<String>,
    pub(super) policy: Option<String>,
    /// Policies that stand below it, one below the other.
    pub(super) below: Option<Vec<String>>,
    /// The policy does not load, and this is among the reasons.
    pub(super) refused: Option<String>,
    /// What policies find beside them.
    pub(super) files: Option<BTreeMap<String, String>>,
    twins: Option<Vec<Twin>>,
    /// What the person answers whom `run` asks.
    #[serde(default)]
    pub(super) confirmer: Word,
    /// Which scopes each tool needs, as the host says.
    pub(super) scopes: Option<Value>,
    steps: Option<Vec<Step>>,
}

impl Head {
    pub(super) fn twins(&self) -> &[Twin] {
        self.twins.as_deref().unwrap_or_default()
    }
}

/// The same case in other clothes: what is found in a text is found too where the text stands inside another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Twin {
    /// Benign sentences before and behind.
    Padded,
    /// As a string in JSON.
    InJson,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Word {
    Approve,
    Deny,
    #[default]
    Unavailable,
}

const HEAD: [&str; 11] = [
    "name",
    "benign",
    "todo",
    "policy",
    "below",
    "refused",
    "files",
    "twins",
    "confirmer",
    "scopes",
    "steps",
];

impl CaseFile {
    pub(super) fn read(yaml: &str) -> Result<Self, String> {
        // `no` and `n` are texts.
        let options = serde_saphyr::options! { strict_booleans: true };
        let raw: Raw =
            serde_saphyr::from_str_with_options(yaml, options).map_err(|error| error.to_string())?;
        let cases = raw.cases.into_iter().enumerate().map(|(index, case)| {
            let mut case = Case::read(case).map_err(|error| format!("case {}: {error}", index + 1))?;
            case.head.policy = case.head.policy.or_else(|| raw.policy.clone());
            case.head.below.get_or_insert_with(|| raw.below.clone());
            case.head.files.get_or_insert_with(|| raw.files.clone());
            // Twins of the file are for its attacks; what is benign may well be found once it is encoded.
            if case.head.twins.is_none() && !case.head.benign {
                case.head.twins = Some(raw.twins.clone());
            }
            Ok(case)
        });
        let cases: Vec<Case> = cases.collect::<Result<_, String>>()?;
        let mut names = BTreeSet::new();
        match cases.iter().find(|case| !names.insert(&case.head.name)) {
            Some(twice) => Err(format!("two cases have the name {:?}", twice.head.name)),
            None => Ok(Self { cases }),
        }
    }
}

impl Case {
    /// A case names its steps, or is one: then the step's keys stand beside the case's.
    fn read(case: BTreeMap<String, Value>) -> Result<Self, String> {
        let (head, step): (BTreeMap<_, _>, BTreeMap<_, _>) =
            case.into_iter().partition(|(key, _)| HEAD.contains(&key.as_str()));
        let object = |members: BTreeMap<String, Value>| Value::Object(members.into_iter().collect());
        let name = head.get("name").and_then(Value::as_str).unwrap_or("without a name").to_owned();
        let told = |error: serde_json::Error| format!("{name}: {error}");
        let mut head: Head = serde_json::from_value(object(head)).map_err(told)?;
        let steps = match (head.steps.take(), step.is_empty()) {
            (None, true) if head.refused.is_some() => Vec::new(),
            (Some(steps), true) if !steps.is_empty() => steps,
            (None, false) => vec![serde_json::from_value(object(step)).map_err(told)?],
            _ => return Err(format!("{name}: either `steps` or the keys of one step")),
        };
        if let Some(step) = steps.iter().find(|step| step.verbs() != 1) {
            return Err(format!("{name}: a step does one thing: {step:?}"));
        }
        if steps.iter().all(|step| step.expect.is_none()) && !head.benign && head.refused.is_none() {
            return Err(format!("{name}: nothing is expected"));
        }
        Ok(Self { head, steps })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// On whose behalf; one session where nothing is said.
    pub(super) session: Option<String>,
    #[serde(default)]
    pub(super) context: Context,
    /// How many seconds pass before.
    #[serde(default)]
    pub(super) wait_s: u64,
    /// How often it is done; `{n}` in an inbound text is the number of the time.
    #[serde(default = "once")]
    pub(super) times: u32,
    /// A name for the record or the prompt that comes of it.
    #[serde(rename = "as")]
    pub(super) name: Option<String>,
    pub(super) user: Option<Text>,
    pub(super) inbound: Option<In>,
    pub(super) definitions: Option<Definitions>,
    pub(super) call: Option<Call>,
    pub(super) answer: Option<Answer>,
    pub(super) bind: Option<Bind>,
    /// Puts the newest question away under this name.
    pub(super) park: Option<String>,
    /// Takes up what was put away under this name, or a text that nobody sealed.
    pub(super) unpark: Option<String>,
    pub(super) validate: Option<Call>,
    pub(super) compound: Option<Vec<In>>,
    pub(super) extraction: Option<Extraction>,
    pub(super) canary: Option<Canary>,
    pub(super) error: Option<Failing>,
    pub(super) run: Option<Run>,
    pub(super) result: Option<ToolResult>,
    pub(super) outbound: Option<Out>,
    pub(super) register: Option<Register>,
    pub(super) release: Option<Always>,
    pub(super) discard: Option<Always>,
    pub(super) reset: Option<Always>,
    pub(super) expect: Option<Expect>,
}

impl Step {
    fn verbs(&self) -> usize {
        [
            self.user.is_some(),
            self.inbound.is_some(),
            self.definitions.is_some(),
            self.call.is_some(),
            self.answer.is_some(),
            self.bind.is_some(),
            self.park.is_some(),
            self.unpark.is_some(),
            self.validate.is_some(),
            self.compound.is_some(),
            self.extraction.is_some(),
            self.canary.is_some(),
            self.error.is_some(),
            self.run.is_some(),
            self.result.is_some(),
            self.outbound.is_some(),
            self.register.is_some(),
            self.release.is_some(),
            self.discard.is_some(),
            self.reset.is_some(),
        ]
        .into_iter()
        .filter(|is| *is)
        .count()
    }
}

fn once() -> u32 {
    1
}

/// The value `true`, and no other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Always;

impl<'de> Deserialize<'de> for Always {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if bool::deserialize(deserializer)? { Ok(Self) } else { Err(serde::de::Error::custom("only `true`")) }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct In {
    pub(super) text: Text,
    #[serde(default = "plain")]
    pub(super) media: String,
    #[serde(default = "web")]
    pub(super) source: String,
    /// The host's name for the very source.
    #[serde(default)]
    pub(super) id: String,
    pub(super) trust: Option<String>,
    pub(super) sensitivity: Option<String>,
}

fn plain() -> String {
    "text".to_owned()
}

fn web() -> String {
    "web".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definitions {
    pub(super) server: Option<String>,
    pub(super) tools: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Call {
    pub(super) tool: String,
    pub(super) server: Option<String>,
    #[serde(default = "no_arguments")]
    pub(super) args: Value,
    pub(super) authorization: Option<Authorization>,
    /// The name of the step that bound it, or a text that nobody issued.
    pub(super) binding: Option<String>,
}

/// On whose behalf, in full.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Context {
    pub(super) mode: Option<String>,
    pub(super) principal: Option<String>,
    #[serde(default)]
    pub(super) roles: Vec<String>,
    pub(super) environment: Option<String>,
    pub(super) trust: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
}

/// What the user authorized, as the host says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Authorization {
    pub(super) action: String,
    pub(super) scope: Option<Value>,
    /// The name of the step in which the user said it, or a digest that nobody gave.
    pub(super) message: String,
    #[serde(default)]
    pub(super) source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bind {
    pub(super) tool: String,
    pub(super) server: Option<String>,
    #[serde(default = "no_arguments")]
    pub(super) args: Value,
    pub(super) ttl_s: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extraction {
    /// The name of the step whose record it is.
    pub(super) record: Option<String>,
    pub(super) source: Option<String>,
    #[serde(default)]
    pub(super) id: String,
    pub(super) trust: Option<String>,
    pub(super) text: Option<Text>,
}

/// Plants a token; `{ canary: { place, session, generation } }` in a text stands for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Canary {
    pub(super) place: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failing {
    pub(super) message: Text,
    pub(super) kind: Option<String>,
}

fn no_arguments() -> Value {
    Value::Object(serde_json::Map::new())
}

/// What a person says to the newest question.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) say: Word,
    /// The name of the step whose prompt was shown instead.
    pub(super) to: Option<String>,
    /// By what way; without it the conversation.
    pub(super) channel: Option<String>,
}

/// A call from end to end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    pub(super) tool: String,
    pub(super) server: Option<String>,
    #[serde(default = "no_arguments")]
    pub(super) args: Value,
    /// What the tool returns.
    pub(super) gives: Option<Text>,
    /// The error that it ends with instead.
    pub(super) fails: Option<Text>,
    #[serde(default = "plain")]
    pub(super) media: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToolResult {
    pub(super) tool: String,
    pub(super) text: Text,
    #[serde(default = "plain")]
    pub(super) media: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Out {
    pub(super) text: Text,
    #[serde(default)]
    pub(super) sink: Option<String>,
    /// `true`, or the name of the step whose record may be quoted.
    pub(super) quoting: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Register {
    pub(super) values: Vec<Text>,
    pub(super) kind: String,
}

/// What has to come of a step.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    pub(super) disposition: Option<String>,
    /// Rules that have to be among the findings; `*` at the end stands for the rest.
    #[serde(default)]
    pub(super) rules: Vec<String>,
    /// Rules that must not.
    #[serde(default)]
    pub(super) no_rules: Vec<String>,
    /// The whole text.
    pub(super) text: Option<Text>,
    #[serde(default)]
    pub(super) has: Vec<Text>,
    #[serde(default)]
    pub(super) lacks: Vec<Text>,
    #[serde(default)]
    pub(super) prompt_has: Vec<Text>,
    #[serde(default)]
    pub(super) prompt_lacks: Vec<Text>,
    /// Whether the prompt is one block between tags from which nothing leaves.
    pub(super) isolated: Option<bool>,
    pub(super) verdict: Option<String>,
    pub(super) labels: Option<BTreeMap<String, LabelExpect>>,
    /// The policy's rule that decided.
    pub(super) rule: Option<String>,
    /// What is done with an extraction: `allow`, `quarantine`, `block`; and what is noted as its origin.
    pub(super) extract: Option<String>,
    pub(super) origin: Option<String>,
    /// The code of a sanitised error.
    pub(super) code: Option<String>,
    /// The tools of a list of definitions: `allow` or `block`.
    pub(super) tools: Option<BTreeMap<String, String>>,
    /// What the report, the reason and the refusal must not hold.
    #[serde(default)]
    pub(super) report_lacks: Vec<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelExpect {
    pub(super) integrity: Option<String>,
    pub(super) sensitivity: Option<String>,
    pub(super) origin: Option<String>,
}
