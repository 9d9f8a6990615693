//! Blocks of the documents that are run: `pipe` blocks go through the real command, `yaml policy` blocks are loaded.
//! What the blocks look like is said in `docs/layers/README.md`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use bartizan::policy::Policy;
use serde_json::Value;

use crate::docs_in_sync::pages;
use crate::{assert_none, read, shown};

/// A fenced block: what stands behind the fence, the line of the fence, and the lines inside.
pub(crate) struct Block<'p> {
    pub(crate) info: &'p str,
    pub(crate) line: usize,
    pub(crate) body: Vec<&'p str>,
}

pub(crate) fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut found: Vec<Block<'_>> = Vec::new();
    let mut open: Option<&str> = None;
    for (line, text) in (1..).zip(page.lines()) {
        let marks = &text[..text.len() - text.trim_start_matches('`').len()];
        match open {
            // A fence is closed by at least as many marks as opened it.
            Some(fence) if text.starts_with(fence) && text.trim_start_matches('`').is_empty() => open = None,
            Some(_) => found.last_mut().expect("a block is open").body.push(text),
            None if marks.len() >= 3 => {
                open = Some(marks);
                found.push(Block { info: text[marks.len()..].trim(), line, body: Vec::new() });
            }
            None => {}
        }
    }
    found
}

/// A request, and what has to be in its answer, with the request's line on the page.
struct Exchange {
    line: usize,
    request: String,
    answer: Option<String>,
}

fn exchanges(block: &Block<'_>) -> Result<Vec<Exchange>, String> {
    let mut found: Vec<Exchange> = Vec::new();
    for (line, text) in (block.line + 1..).zip(&block.body) {
        let at = |what: &str| format!("{line}: {what}");
        if text.trim().is_empty() {
            continue;
        }
        if let Some(request) = text.strip_prefix("> ") {
            found.push(Exchange { line, request: request.to_owned(), answer: None });
        } else {
            let last = found.last_mut().ok_or_else(|| at("a block begins with a request"))?;
            match (text.strip_prefix("< "), &mut last.answer) {
                (Some(answer), slot @ None) => *slot = Some(answer.to_owned()),
                (Some(_), Some(_)) => return Err(at("a second answer to one request")),
                (None, Some(answer)) if text.starts_with(' ') => answer.push_str(text),
                (None, None) if text.starts_with(' ') => last.request.push_str(text),
                (None, _) => return Err(at("begins with none of `> `, `< ` and a blank")),
            }
        }
    }
    if found.iter().all(|exchange| exchange.answer.is_none()) {
        return Err(format!("{}: a block without an answer shows nothing", block.line));
    }
    Ok(found)
}

type Names = BTreeMap<String, String>;

/// The name that `$name` as a whole stands for.
fn name(text: &str) -> Option<&str> {
    text.strip_prefix('$').filter(|name| !name.is_empty() && name.chars().all(char::is_alphanumeric))
}

/// The request with the remembered texts in the places of their names.
fn filled(mut request: Value, names: &Names) -> Result<Value, String> {
    let mut open = vec![&mut request];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => {
                if let Some(name) = name(text) {
                    *text = names.get(name).ok_or_else(|| format!("nothing is called ${name} yet"))?.clone();
                }
            }
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values_mut()),
            _ => {}
        }
    }
    Ok(request)
}

/// Whether `text` is `pattern`, in which `…` stands for anything.
fn like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Where `found` is not what the page shows.
fn differs(shown: &Value, found: &Value, at: &str, names: &mut Names) -> Option<String> {
    let other = || Some(format!("{at} is {found}, the page has {shown}"));
    match (shown, found) {
        (Value::String(pattern), _) if pattern == "…" => None,
        (Value::String(pattern), Value::String(text)) => match name(pattern) {
            Some(name) if names.get(name).is_none_or(|known| known == text) => {
                names.insert(name.to_owned(), text.clone());
                None
            }
            None if like(pattern, text) => None,
            _ => other(),
        },
        (Value::Array(wanted), Value::Array(items)) => {
            let rest = wanted.last().is_some_and(|last| last == "…");
            let wanted = &wanted[..wanted.len() - usize::from(rest)];
            if items.len() < wanted.len() || (items.len() > wanted.len() && !rest) {
                return other();
            }
            let mut pairs = wanted.iter().zip(items).enumerate();
            pairs.find_map(|(i, (wanted, item))| differs(wanted, item, &format!("{at}/{i}"), names))
        }
        (Value::Object(wanted), Value::Object(members)) => wanted.iter().find_map(|(key, wanted)| {
            let at = format!("{at}/{key}");
            match members.get(key) {
                Some(member) => differs(wanted, member, &at, names),
                None => Some(format!("{at} is missing from the answer {found}")),
            }
        }),
        _ if shown == found => None,
        _ => other(),
    }
}

/// Runs the block in a pipe of its own.
fn run(block: &Block<'_>, policy: Option<&str>) -> Result<(), String> {
    let exchanges = exchanges(block)?;
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bartizan"));
    command.arg("pipe").stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some(policy) = policy {
        let path = dir.path().join("policy.yaml");
        std::fs::write(&path, policy).unwrap();
        command.arg("--policy").arg(path);
    }
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut names = Names::new();
    let talk = || {
        for exchange in exchanges {
            let told = |what: String| format!("{}: {what}", exchange.line);
            let json =
                |text: &str| serde_json::from_str::<Value>(text).map_err(|e| told(format!("{e}: {text}")));
            // What is no JSON is sent as it is: the page shows what comes of it.
            let request = match serde_json::from_str(&exchange.request) {
                Ok(request) => filled(request, &names).map_err(told)?.to_string(),
                Err(_) => exchange.request,
            };
            writeln!(stdin, "{request}").map_err(|error| told(error.to_string()))?;
            let line = lines.next().ok_or_else(|| told("the pipe ended".to_owned()))?.unwrap();
            let found = json(&line)?;
            if let Some(answer) = &exchange.answer
                && let Some(what) = differs(&json(answer)?, &found, "", &mut names)
            {
                return Err(told(what));
            }
        }
        Ok(())
    };
    let outcome = talk();
    drop(stdin);
    child.wait().unwrap();
    outcome
}

#[test]
fn what_the_pages_show_is_what_the_pipe_answers() {
    let mut problems = Vec::new();
    for page in pages() {
        let text = read(&page);
        let mut policy = None;
        for block in blocks(&text) {
            match block.info {
                "yaml policy" => policy = Some(block.body.join("\n")),
                "pipe" => {
                    let outcome = run(&block, policy.as_deref());
                    problems.extend(outcome.err().map(|what| format!("{}:{what}", shown(&page))));
                }
                _ => {}
            }
        }
    }
    assert_none("pipe blocks that do not hold", &problems);
}

#[test]
fn every_policy_on_a_page_loads() {
    let mut problems = Vec::new();
    for page in pages() {
        for block in blocks(&read(&page)) {
            let text = block.body.join("\n");
            if block.info.starts_with("yaml")
                && text.starts_with("bartizan:")
                && let Err(error) = Policy::from_yaml(&text)
            {
                problems.push(format!("{}:{}: {error}", shown(&page), block.line));
            }
        }
    }
    assert_none("policies that do not load", &problems);
}

mod the_checks_can_fail {
    use super::*;

    #[test]
    fn answers_are_compared_member_by_member() {
        let found = serde_json::json!({"id": 1, "text": "on the door", "list": [{"a": 1}, 2]});
        let mut names = Names::new();
        let mut check = |shown: &str| differs(&serde_json::from_str(shown).unwrap(), &found, "", &mut names);
        for holds in [
            r#"{"id":1}"#,
            r#"{"text":"on…door","list":["…",2]}"#,
            r#"{"list":[{},"…"]}"#,
            r#"{"text":"$here"}"#,
            r#"{"text":"$here"}"#,
        ] {
            assert_eq!(check(holds), None, "{holds}");
        }
        for wrong in [
            r#"{"id":2}"#,
            r#"{"id":"1"}"#,
            r#"{"text":"on…wall"}"#,
            r#"{"text":"on the"}"#,
            r#"{"list":[{}]}"#,
            r#"{"list":[{},2,3]}"#,
            r#"{"list":[{},2,3,"…"]}"#,
            r#"{"other":"…"}"#,
        ] {
            assert!(check(wrong).is_some(), "{wrong}");
        }
        assert_eq!(names.get("here").map(String::as_str), Some("on the door"));
        names.insert("here".to_owned(), "elsewhere".to_owned());
        let shown = serde_json::json!({"text": "$here"});
        assert!(differs(&shown, &found, "", &mut names).is_some());
    }

    #[test]
    fn blocks_inside_longer_fences_are_not_run() {
        let page = "````markdown\n```pipe\n> {}\n```\n````\n```pipe\n> {\"a\":\n  1}\n< {}\n```\n";
        let found = blocks(page);
        assert_eq!(found.iter().map(|block| block.info).collect::<Vec<_>>(), ["markdown", "pipe"]);
        assert_eq!(exchanges(&found[1]).unwrap()[0].request, "{\"a\":  1}");
        assert!(exchanges(&found[0]).is_err());
        assert!(exchanges(&Block { body: vec!["> {}"], ..blocks(page).remove(1) }).is_err());
    }

    #[test]
    fn a_name_that_nothing_gave_is_told() {
        let request = serde_json::json!({"approval": "$token"});
        assert!(filled(request.clone(), &Names::new()).is_err());
        let names = Names::from([("token".to_owned(), "t1".to_owned())]);
        assert_eq!(filled(request, &names).unwrap(), serde_json::json!({"approval": "t1"}));
    }
}
