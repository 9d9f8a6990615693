//! What answers have in common, shown.

use bartizan::base::{Finding, Location, Report, RuleId, Verdict};
use bartizan::detect::Assessment;
use bartizan::guard::Admitted;
use serde_json::{Map, Value, json};

use super::Answer;
use crate::fields::Refusal;

pub(super) fn passed<T>(verdict: Verdict<T>) -> Option<T> {
    verdict.into_result().ok()
}

pub(super) fn admitted(verdict: Verdict<Admitted>) -> Answer {
    let mut answer = reported(verdict.report());
    if let Verdict::Block(blocked) = &verdict {
        answer.insert("reason".into(), blocked.to_string().into());
        if let Some(held) = blocked.report().held() {
            answer.insert("held".into(), held.to_string().into());
        }
    }
    let admitted = passed(verdict);
    let text = |part: fn(&Admitted) -> &str| admitted.as_ref().map_or(Value::Null, |a| part(a).into());
    answer.insert("text".into(), text(Admitted::plain));
    answer.insert("prompt".into(), text(Admitted::as_str));
    if let Some(admitted) = &admitted {
        answer.insert("injection".into(), injection(admitted.injection()));
        answer.insert("tainted".into(), admitted.tainted().into());
        answer.insert("record".into(), admitted.record().to_string().into());
    }
    answer
}

pub(super) fn reported(report: &Report) -> Answer {
    let mut answer = Map::new();
    answer.insert("disposition".into(), report.disposition().as_str().into());
    answer.insert("findings".into(), report.findings().iter().map(finding).collect::<Vec<_>>().into());
    answer
}

/// What the detectors say, as JSON.
pub(crate) fn injection(assessment: &Assessment) -> Value {
    let rules = assessment.rules();
    let rules: Vec<&str> = rules.iter().map(RuleId::as_str).collect();
    json!({ "score": (f64::from(assessment.score().as_f32()) * 1000.0).round() / 1000.0, "verdict": assessment.likeness().as_str(), "rules": rules })
}

/// A finding, as JSON.
pub(crate) fn finding(finding: &Finding) -> Value {
    let span = finding.span().map_or(Value::Null, |span| json!([span.start(), span.end()]));
    let mut shown = json!({
        "layer": finding.layer.code(),
        "rule": finding.rule.as_str(),
        "severity": finding.severity.as_str(),
        "message": finding.message,
        "span": span,
    });
    if let (Some(Location::Argument(pointer, _)), Some(object)) = (&finding.location, shown.as_object_mut()) {
        object.insert("pointer".into(), pointer.as_str().into());
    }
    shown
}

pub(super) fn error(id: Option<String>, op: Option<String>, refusal: &Refusal) -> String {
    let mut answer = Map::new();
    answer.insert("error".into(), json!({ "code": refusal.code, "message": refusal.message }));
    line(id, op, answer)
}

/// The answer as a line. The id is put in as it was written: a number keeps its digits.
pub(super) fn line(id: Option<String>, op: Option<String>, mut answer: Answer) -> String {
    if let Some(op) = op {
        answer.insert("op".into(), op.into());
    }
    let answer = Value::Object(answer).to_string();
    let mut line = match (id, answer.strip_prefix('{')) {
        (Some(id), Some(rest)) => format!("{{\"id\":{id},{rest}"),
        _ => answer,
    };
    // Some readers take these for the end of a line; inside a string of JSON they can be written as escapes.
    for (end, escape) in [("\u{85}", "\\u0085"), ("\u{2028}", "\\u2028"), ("\u{2029}", "\\u2029")] {
        if line.contains(end) {
            line = line.replace(end, escape);
        }
    }
    line
}
