//! `bartizan policy`, every command on every policy that `init` writes, with its exit codes and its forms for programs.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn bartizan(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bartizan"))
        .arg("policy")
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap()
}

/// Runs the command; its exit code has to be this one.
fn run(dir: &Path, arguments: &[&str], code: i32) -> String {
    let output = bartizan(dir, arguments);
    let told = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{told}{error}");
    told
}

fn json(dir: &Path, arguments: &[&str], code: i32) -> Value {
    serde_json::from_str(&run(dir, arguments, code)).unwrap()
}

#[test]
fn every_command_works_on_every_policy_to_start_from() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let listed = run(dir, &["init", "--list"], 0);
    let names: Vec<&str> = listed.lines().collect();
    assert_eq!(
        names,
        [
            "strict",
            "balanced",
            "coding-agent",
            "support-agent",
            "postgres",
            "filesystem",
            "github",
            "slack",
            "shell"
        ]
    );
    for name in names {
        let (policy, suite) = (format!("{name}.yaml"), format!("{name}.test.yaml"));
        let (policy, suite) = (policy.as_str(), suite.as_str());
        run(dir, &["init", name], 0);
        run(dir, &["init", name], 2);
        assert!(run(dir, &["check", policy], 0).contains("ok"), "{name}");
        let checked = json(dir, &["check", "--format", "json", policy], 0);
        assert_eq!(checked["policies"][0]["ok"], true, "{checked}");
        assert!(run(dir, &["test", suite], 0).contains("passed"));
        let tested = json(dir, &["test", "--format", "json", suite], 0);
        assert_eq!(tested["passed"], true, "{tested}");
        let junit = run(dir, &["test", "--format", "junit", suite], 0);
        assert!(junit.starts_with("<?xml") && junit.contains("failures=\"0\""), "{junit}");
        let explained = bartizan(dir, &["explain", policy, "--tool", "no_such_tool", "--format", "json"]);
        let explained: Value = serde_json::from_slice(&explained.stdout).unwrap();
        assert!(explained["rules"].as_array().is_some_and(|rules| !rules.is_empty()), "{explained}");
        json(dir, &["lint", "--format", "json", policy], 0);
        run(dir, &["diff", policy, policy], 0);
        let printed = run(dir, &["fmt", policy], 0);
        std::fs::write(dir.join("printed.yaml"), &printed).unwrap();
        run(dir, &["fmt", "--check", "printed.yaml"], 0);
        run(dir, &["diff", policy, "printed.yaml"], 0);
        run(dir, &["test", "--policy", "printed.yaml", suite], 0);
    }
    let schema: Value = serde_json::from_str(&run(dir, &["schema"], 0)).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["outbound"]["additionalProperties"], false);
    let changed = json(dir, &["diff", "--format", "json", "strict.yaml", "balanced.yaml"], 3);
    assert_eq!(changed["widens"], true);
    assert_eq!(json(dir, &["diff", "--format", "json", "strict.yaml", "strict.yaml"], 0)["widens"], false);
}

#[test]
fn who_stops_reading_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_bartizan"))
        .args(["policy", "schema"])
        .current_dir(folder.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}

#[test]
fn what_is_wrong_has_a_place_and_an_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
    write(
        "wrong.yaml",
        "bartizan: 1\nrules:\n  - { id: a, effect: denny }\n  - { id: b, effect: deny, when: 'arg.x' }\n",
    );
    let told = json(dir, &["check", "--format", "json", "wrong.yaml"], 1);
    let problems = told["policies"][0]["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 2, "{told}");
    assert_eq!((&problems[0]["line"], &problems[0]["column"]), (&3.into(), &22.into()));
    assert!(problems[0]["message"].as_str().unwrap().contains("did you mean `deny`"));
    assert_eq!((&problems[1]["line"], &problems[1]["column"]), (&4.into(), &35.into()), "{told}");
    run(dir, &["check", "no-such-file.yaml"], 2);
    run(dir, &["check"], 2);
    write("narrow.yaml", "bartizan: 1\nrules:\n  - { id: a, effect: allow, tools: read }\n");
    write("wide.yaml", "bartizan: 1\nrules:\n  - { id: a, effect: allow, tools: [read, write] }\n");
    assert!(
        run(dir, &["diff", "narrow.yaml", "wide.yaml"], 3)
            .contains("widens: deny (no rule) -> allow (a): write {}")
    );
    assert!(
        run(dir, &["diff", "wide.yaml", "narrow.yaml"], 1)
            .contains("narrows: allow (a) -> deny (no rule): write {}")
    );
    run(dir, &["explain", "narrow.yaml", "--tool", "read"], 0);
    assert!(run(dir, &["explain", "narrow.yaml", "--tool", "write"], 1).contains("no rule matched"));
    write(
        "suite.yaml",
        "policy: narrow.yaml\ntests:\n  - { name: reads, call: { tool: read }, expect: deny }\n",
    );
    assert!(run(dir, &["test", "suite.yaml"], 1).contains("expected deny, got allow"));
    assert!(run(dir, &["test", "--format", "junit", "suite.yaml"], 1).contains("<failure"));
    write("empty.yaml", "policy: narrow.yaml\ntests: []\n");
    run(dir, &["test", "empty.yaml"], 1);
    write(
        "twice.yaml",
        "bartizan: 1\nrules:\n  - { id: a, effect: allow, tools: x }\n  - { id: b, effect: allow, tools: x }\n",
    );
    assert!(run(dir, &["lint", "twice.yaml"], 1).contains("duplicate"));
    run(dir, &["fmt", "--check", "twice.yaml"], 1);
}

#[test]
fn files_below_each_other_only_narrow() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
    write(
        "organisation.yaml",
        "bartizan: 1\nname: organisation\nrules: [{ id: read, effect: allow, tools: 'read_*' }]\n",
    );
    write(
        "project.yaml",
        "bartizan: 1\nname: project\nrules:\n  - { id: secrets, effect: deny, tools: read_secret }\n",
    );
    write("wide.yaml", "bartizan: 1\nrules:\n  - { id: all, effect: allow, tools: run }\n");
    let told = run(dir, &["check", "--tiers", "organisation.yaml", "project.yaml", "wide.yaml"], 0);
    assert!(
        told.contains("wide.yaml: warning: 3:11: this widens nothing: above, `run {}` is denied"),
        "{told}"
    );
    assert!(!run(dir, &["check", "organisation.yaml", "wide.yaml"], 0).contains("warning"));
    let tiers = ["explain", "organisation.yaml", "project.yaml", "--tool"];
    let explain =
        |tool: &str, code: i32| json(dir, &[&tiers[..], &[tool, "--format", "json"]].concat(), code);
    assert_eq!(explain("read_file", 0)["tier"], "organisation");
    let denied = explain("read_secret", 1);
    assert_eq!((&denied["tier"], &denied["rule"]), (&"project".into(), &"secrets".into()), "{denied}");
    assert_eq!(explain("run", 1)["tier"], "organisation");
    write(
        "suite.yaml",
        "tests:\n  - { name: a, call: { tool: read_secret }, expect: deny, rule: secrets }\n",
    );
    run(dir, &["test", "--policy", "organisation.yaml", "--policy", "project.yaml", "suite.yaml"], 0);
    run(dir, &["test", "--policy", "organisation.yaml", "suite.yaml"], 1);
    run(dir, &["lint", "organisation.yaml", "project.yaml"], 1);
}

/// `BARTIZAN_BLESS=1 cargo test --all-features --test suite schema` writes the file anew.
#[test]
fn the_published_schema_is_the_one_that_the_command_prints() {
    let path = crate::root().join("docs/policy.schema.json");
    let printed = run(Path::new("."), &["schema"], 0);
    if std::env::var_os("BARTIZAN_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&path, &printed).unwrap();
        return;
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == printed,
        "docs/policy.schema.json is not what the command prints; run this test with BARTIZAN_BLESS=1"
    );
}

#[test]
fn the_schema_fits_every_policy_to_start_from_and_no_typo() {
    use bartizan::base::{Limits, SecurityContext, SessionId, ToolName, Verdict};
    use bartizan::guard::Guard;
    use bartizan::pipeline::ToolDefinition;
    use bartizan::policy::{Policy, Preset};
    use bartizan::text::json::Json;
    use bartizan::values::ToolCall;

    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let guard = Guard::builder(Policy::preset(Preset::Permissive)).build().unwrap();
    let cx = SecurityContext::new(SessionId::new("s").unwrap());
    let schema: Value = serde_json::from_str(&run(dir, &["schema"], 0)).unwrap();
    let definition =
        serde_json::json!({ "name": "policy", "description": "A policy.", "inputSchema": schema });
    let json = |value: &Value| Json::parse(&value.to_string(), &Limits::default()).unwrap();
    let tool = ToolDefinition::new(json(&definition)).unwrap();
    let told = guard.tool_definitions(&cx, None, &[tool]);
    assert!(matches!(told, Verdict::Pass(..)), "{told:?}");
    let fits = |text: &str| {
        let options = serde_saphyr::options! { strict_booleans: true };
        let value: Value = serde_saphyr::from_str_with_options(text, options).unwrap();
        let call = ToolCall::new(ToolName::new("policy").unwrap(), json(&value)).unwrap();
        match guard.validate_tool_args(&cx, &call) {
            Verdict::Pass(..) => None,
            Verdict::Block(blocked) => Some(blocked.to_string()),
        }
    };
    for name in run(dir, &["init", "--list"], 0).lines() {
        run(dir, &["init", name], 0);
        let text = std::fs::read_to_string(dir.join(format!("{name}.yaml"))).unwrap();
        assert_eq!(fits(&text), None, "{name}");
        let printed = run(dir, &["fmt", &format!("{name}.yaml")], 0);
        assert_eq!(fits(&printed), None, "{name}, printed");
    }
    for typo in [
        "rule: []",
        "rules: [{ id: a, effect: denny }]",
        "rules: [{ id: a, effect: deny, args: { /x: { globs: a } } }]",
    ] {
        assert!(fits(&format!("bartizan: 1\n{typo}\n")).is_some(), "{typo}");
    }
}
