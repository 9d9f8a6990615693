use super::*;
use crate::base::{Limits, ToolName};
use crate::policy::{Policy, Preset};
use crate::text::json::Json;

fn call(args: &str) -> ToolCall {
    let args = Json::parse(args, &Limits::default()).unwrap();
    ToolCall::new(ToolName::new("tool").unwrap(), args).unwrap()
}

fn layer(change: impl FnOnce(&mut ValidationSettings)) -> Validation {
    let mut settings = *Policy::preset(Preset::Balanced).settings().validation();
    change(&mut settings);
    Validation::compile(settings)
}

fn refused(args: &str) -> Vec<(String, String)> {
    match layer(|_| {}).validate(&call(args), None) {
        Ok(_) => Vec::new(),
        Err(invalid) => invalid
            .findings()
            .iter()
            .map(|found| (found.rule.to_string(), found.pointer().unwrap().to_string()))
            .collect(),
    }
}

#[test]
fn a_path_that_climbs_is_refused_wherever_it_stands() {
    for (args, pointer) in [
        (r#"{"path":"../../etc/passwd"}"#, "/path"),
        (r#"{"files":["a","b/../../c"]}"#, "/files/1"),
        (r#"{"x":{"y":[{"z":"..\\..\\x"}]}}"#, "/x/y/0/z"),
        (r#"{"files":{"../x":"text"}}"#, "/files/..~1x"),
    ] {
        assert_eq!(refused(args), [("l10/traversal".to_owned(), pointer.to_owned())], "{args}");
    }
}

#[test]
fn ordinary_arguments_pass() {
    for args in [
        "{}",
        r#"{"path":"src/../lib/x.rs","n":1,"ok":true,"nothing":null}"#,
        r#"{"message":"Well... see you\tat 5.\r\nAnn\f"}"#,
        r#"{"body":"../../x","name":"Zoë","files":{"a/b":"../c d e f g h"}}"#,
    ] {
        assert_eq!(refused(args), [], "{args}");
    }
}

#[test]
fn control_characters_are_refused_in_values_and_names() {
    for c in ["\u{0}", "\u{7}", "\u{8}", "\u{b}", "\u{1b}", "\u{1f}", "\u{7f}", "\u{80}", "\u{9f}"] {
        let in_value = Json::Object(vec![("a".to_owned(), Json::Array(vec![Json::String(format!("x{c}"))]))]);
        let in_name = Json::Object(vec![(format!("a{c}"), Json::Null)]);
        for args in [in_value, in_name] {
            let call = ToolCall::new(ToolName::new("tool").unwrap(), args).unwrap();
            let invalid = layer(|_| {}).validate(&call, None).unwrap_err();
            assert_eq!(invalid.findings()[0].rule.as_str(), "l10/control-character");
            assert!(
                !invalid.message().contains(c) && invalid.message().contains("U+00"),
                "{}",
                invalid.message()
            );
        }
    }
}

#[test]
fn sizes_are_exact() {
    let small = layer(|settings| {
        settings.max_string = 4;
        settings.max_depth = 2;
        settings.max_values = 4;
    });
    for (args, rule) in [
        (r#"{"a":"1234"}"#, None),
        (r#"{"a":"12345"}"#, Some("l10/too-long")),
        (r#"{"a":"123é"}"#, Some("l10/too-long")),
        (r#"{"abcde":1}"#, Some("l10/too-long")),
        (r#"{"a":[1]}"#, None),
        (r#"{"a":[[]]}"#, Some("l10/too-deep")),
        (r#"{"a":1,"b":2,"c":3}"#, None),
        (r#"{"a":1,"b":2,"c":3,"d":4}"#, Some("l10/too-many")),
    ] {
        let rules =
            small.validate(&call(args), None).err().map(|invalid| invalid.findings()[0].rule.to_string());
        assert_eq!(rules.as_deref(), rule, "{args}");
    }
}

#[test]
fn what_is_only_reported_does_not_stop_the_call() {
    let reports = layer(|settings| settings.traversal = ReportOrBlock::Report);
    let passed = reports.validate(&call(r#"{"path":"../x"}"#), None).unwrap();
    assert_eq!(passed.findings()[0].rule.as_str(), "l10/traversal");
    // Nor does it hide what does.
    let many = format!(r#"{{"paths":[{}],"z":"\u0000"}}"#, vec![r#""../x""#; 100].join(","));
    let invalid = reports.validate(&call(&many), None).unwrap_err();
    assert_eq!(invalid.findings()[0].rule.as_str(), "l10/control-character");
    assert_eq!(invalid.findings().len(), 1 + MAX_FINDINGS);
}

#[test]
fn messages_name_the_place_and_never_the_value() {
    let invalid = layer(|_| {}).validate(&call(r#"{"a\nb":{"path":"../../geheim"}}"#), None).unwrap_err();
    assert_eq!(
        invalid.message(),
        "the arguments are not accepted: `/a\\u{a}b/path` is a path that climbs out of where it begins; give one in which no `..` leads above its beginning"
    );
}

#[test]
fn a_deep_call_built_by_hand_is_refused_without_recursion() {
    let mut value = Json::Null;
    for _ in 0..2000 {
        value = Json::Array(vec![value]);
    }
    let call =
        ToolCall::new(ToolName::new("tool").unwrap(), Json::Object(vec![("a".to_owned(), value)])).unwrap();
    assert_eq!(layer(|_| {}).validate(&call, None).unwrap_err().findings()[0].rule.as_str(), "l10/too-deep");
}
