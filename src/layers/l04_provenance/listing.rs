//! Listings as programs print them: JSON in a wrapper or a fence, JSON lines, tables, CSV, records of lines.
//!
//! All are read into the one shape that [`rows`](super::rows) takes apart. What is not wholly understood is no
//! listing: then everything in it is what somebody wrote.

use std::borrow::Cow;

use crate::base::Limits;
use crate::text::json::Json;
use crate::values::name_words;

/// Most records of a listing.
const MOST: usize = 4096;
/// Most columns of a table.
const WIDEST: usize = 64;
/// Longest line of a list of names, in bytes.
const SHORT: usize = 80;

/// A listing.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) records: Json,
    /// What stands beside it.
    pub(super) beside: String,
    /// Whether only the program that printed it can begin a record.
    // SECURITY: a line break in a cell of a Markdown table begins another row, which then is a stranger's.
    pub(super) bounded: bool,
}

/// What a protocol wrapped a result in, taken off: MCP's list of contents, one member that holds all, a fence.
pub(super) fn unwrapped<'t>(text: &'t str, limits: &Limits) -> Cow<'t, str> {
    /// Wrappers in wrappers that are taken off.
    const DEEPEST: usize = 3;
    let mut text = Cow::Borrowed(text);
    for _ in 0..DEEPEST {
        let bare = text.trim();
        let inner = match fenced(bare) {
            Some(inner) => Some(inner.to_owned()),
            None if bare.starts_with(['{', '[', '"']) => contents(bare, limits),
            None => None,
        };
        match inner {
            Some(inner) => text = Cow::Owned(inner),
            None => break,
        }
    }
    text
}

/// What stands between the fences, where nothing stands outside.
fn fenced(text: &str) -> Option<&str> {
    let (_, inner) = text.strip_prefix("```")?.split_once('\n')?;
    inner.strip_suffix("```").filter(|inner| !inner.contains("```"))
}

/// The text of MCP's `content`, of the only member that holds a text, of a text in quotes.
fn contents(text: &str, limits: &Limits) -> Option<String> {
    const WRAPS: &[&str] = &["content", "result", "output", "text", "data", "response", "results"];
    let part = |item: &Json| {
        let is_text = item.get("type").and_then(Json::as_str) == Some("text");
        is_text.then(|| item.get("text").and_then(Json::as_str).map(str::to_owned)).flatten()
    };
    match Json::parse(text, limits).ok()? {
        Json::String(inner) => Some(inner),
        Json::Array(items) if !items.is_empty() => {
            items.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| parts.join("\n"))
        }
        Json::Object(members) => {
            // MCP repeats its structured result as text.
            let mut members = members.into_iter().filter(|(key, _)| !matches!(&**key, "isError" | "_meta"));
            let (key, value) = members.next()?;
            if members.any(|(key, _)| key != "structuredContent") || !WRAPS.contains(&&*key) {
                return None;
            }
            match value {
                Json::String(inner) => Some(inner),
                Json::Array(items) if !items.is_empty() => {
                    items.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| parts.join("\n"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// JSON, JSON lines, either of them behind one line that counts or names what follows.
pub(super) fn printed(text: &str, limits: &Limits) -> Option<Json> {
    let whole = |text: &str| {
        let json = text.starts_with(['{', '[']).then(|| Json::parse(text, limits).ok()).flatten();
        json.or_else(|| lines_of_json(text, limits))
    };
    let headed = || {
        let (heading, rest) = text.split_once('\n')?;
        heading.trim_end().ends_with(':').then(|| whole(rest.trim_start())).flatten()
    };
    whole(text).or_else(headed).filter(|json| matches!(json, Json::Array(_) | Json::Object(_)))
}

fn lines_of_json(text: &str, limits: &Limits) -> Option<Json> {
    if !text.starts_with('{') {
        return None;
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty()).take(MOST.saturating_add(1));
    let items: Vec<Json> = lines
        .map(|line| line.starts_with('{').then(|| Json::parse(line.trim(), limits).ok()).flatten())
        .collect::<Option<_>>()?;
    ((2..=MOST).contains(&items.len())).then_some(Json::Array(items))
}

/// A table, records of lines, a list of names.
pub(super) fn written(text: &str, lists: bool) -> Option<Listing> {
    markdown(text)
        .or_else(|| delimited(text, '\t', false))
        .or_else(|| delimited(text, ',', true))
        .or_else(|| blocks(text))
        .or_else(|| lists.then(|| names(text)).flatten())
}

/// The members' names of a table's columns; `None` where its head is no head.
fn columns<'c>(cells: impl Iterator<Item = &'c str>) -> Option<Vec<String>> {
    const KNOWN: &str = "id ids uid uuid key name names title email mail date time start end amount price status state \
        type kind user owner phone city country address account iban number no code url path file size subject from to \
        sender recipient company description quantity qty total currency role team channel label";
    let words_of: Vec<Vec<String>> = cells
        .map(|cell| {
            let cell = cell.trim();
            let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '#' | '.');
            let plain = cell.len() <= 40 && cell.starts_with(char::is_alphabetic) && cell.chars().all(fits);
            plain.then(|| name_words(cell)).filter(|words| (1..=4).contains(&words.len()))
        })
        .collect::<Option<_>>()?;
    let known = |words: &Vec<String>| {
        words.last().is_some_and(|word| KNOWN.split_whitespace().any(|known| known == word))
    };
    let mut names: Vec<String> = words_of.iter().map(|words| words.join("_")).collect();
    let count = names.len();
    let usual = (2..=WIDEST).contains(&count) && words_of.iter().any(known);
    names.sort_unstable();
    names.dedup();
    (usual && names.len() == count).then(|| words_of.iter().map(|words| words.join("_")).collect())
}

fn record(names: &[String], cells: impl Iterator<Item = String>) -> Json {
    Json::Object(names.iter().cloned().zip(cells.map(Json::String)).collect())
}

/// Tables as Markdown has them (GFM, 4.10).
fn markdown(text: &str) -> Option<Listing> {
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim().trim_start_matches('|');
        let line = line.strip_suffix('|').unwrap_or(line);
        line.replace("\\|", "\u{1}").split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
    };
    let rules = |line: &str| {
        line.contains("--") && line.trim().chars().all(|c| matches!(c, '|' | '-' | ':' | ' ' | '+'))
    };
    let mut lines = text.lines().peekable();
    let (mut records, mut beside) = (Vec::new(), String::new());
    while let Some(line) = lines.next() {
        let opens = line.contains('|') && lines.peek().is_some_and(|next| rules(next));
        let head = if opens { cells(line) } else { Vec::new() };
        let Some(names) = columns(head.iter().map(String::as_str)) else {
            beside.push_str(line);
            beside.push('\n');
            continue;
        };
        lines.next();
        while let Some(line) = lines.next_if(|line| line.contains('|')) {
            let row = cells(line);
            if row.len() == names.len() && records.len() < MOST {
                records.push(record(&names, row.into_iter()));
            } else {
                beside.push_str(line);
                beside.push('\n');
            }
        }
    }
    (!records.is_empty()).then_some(Listing { records: Json::Array(records), beside, bounded: false })
}

/// A table whose first line names its columns (RFC 4180).
fn delimited(text: &str, between: char, quotes: bool) -> Option<Listing> {
    let text = text.trim_end();
    let head = text.lines().next()?;
    // Prose has a blank behind its commas; what programs write has none.
    if !head.contains(between) || head.contains(", ") || !text.contains('\n') {
        return None;
    }
    let names = columns(head.split(between).map(|cell| cell.trim().trim_matches('"')))?;
    let mut records = Vec::new();
    let mut row: Vec<String> = vec![String::new()];
    let mut inside = false;
    let mut chars = text.get(head.len()..)?.trim_start_matches(['\r', '\n']).chars().chain(['\n']).peekable();
    while let Some(c) = chars.next() {
        let cell = row.last_mut()?;
        match c {
            '"' if quotes && inside && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quotes && (inside || cell.is_empty()) => inside = !inside,
            '\r' if !inside && chars.peek() == Some(&'\n') => {}
            '\n' if !inside => {
                if row.len() != names.len() || records.len() >= MOST {
                    return None;
                }
                records.push(record(&names, row.drain(..)));
                row.push(String::new());
            }
            c if c == between && !inside => {
                if row.len() >= names.len() {
                    return None;
                }
                row.push(String::new());
            }
            c => cell.push(c),
        }
    }
    let bounded = quotes;
    (!inside).then_some(Listing { records: Json::Array(records), beside: String::new(), bounded })
}

/// Records of lines (`ID: …`, `Subject: …`) with an empty line between them, each with the members of the first.
fn blocks(text: &str) -> Option<Listing> {
    let mut records: Vec<Json> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let (heading, rest) = text.split_once('\n')?;
    let text = if heading.trim_end().ends_with(':') { rest } else { text };
    for block in text.split("\n\n").map(str::trim).filter(|block| !block.is_empty() && *block != "---") {
        let block = block.trim_start_matches("---").trim_start();
        let mut members = Vec::new();
        for line in block.lines() {
            let (name, value) = line.split_once(": ").or_else(|| Some((line.strip_suffix(':')?, "")))?;
            let name = name.trim_start_matches(['-', '*', ' ']).trim_end_matches('*');
            members.push((name.to_owned(), value.trim().to_owned()));
        }
        if names.is_empty() {
            names = columns(members.iter().map(|(name, _)| name.as_str()))?;
        }
        // Each begins with the same member; others may be missing, none may be new.
        let mut known = names.iter();
        let mut keys = members.iter().map(|(name, _)| name_words(name).join("_"));
        let begins = keys.next().is_some_and(|first| known.next() == Some(&first));
        if !begins || !keys.all(|key| known.any(|known| *known == key)) || records.len() >= MOST {
            return None;
        }
        let members =
            members.into_iter().map(|(name, value)| (name_words(&name).join("_"), Json::String(value)));
        records.push(Json::Object(members.collect()));
    }
    (records.len() > 1).then(|| Listing {
        records: Json::Array(records),
        beside: String::new(),
        bounded: false,
    })
}

/// A list of names, one a line: no sentence, no address, at most a heading before them.
fn names(text: &str) -> Option<Listing> {
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let first = lines.first_mut()?;
    // `Hotels: Sea View` begins a list, and so does a heading alone.
    if let Some((heading, name)) = first.split_once(": ") {
        *first = if heading.len() <= SHORT { name } else { first };
    } else if first.ends_with(':') {
        lines.remove(0);
    }
    let name = |line: &&str| {
        let bare = line.trim_start_matches(['-', '*', '\u{2022}', ' ']);
        let numbered = bare.split_once(['.', ')']).filter(|(number, rest)| {
            number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit()) && rest.starts_with(' ')
        });
        let bare = numbered.map_or(bare, |(_, rest)| rest.trim_start());
        let bare = ["[FILE] ", "[DIR] "].iter().find_map(|kind| bare.strip_prefix(kind)).unwrap_or(bare);
        let plain = bare.len() <= SHORT
            && bare.split_whitespace().count() <= 6
            && !bare.ends_with(['.', '!', '?', ':', ';', ','])
            && !bare.contains(['@', '{', '}', '<', '>', '"', ','])
            && !bare.contains("://")
            && !bare.contains(": ");
        (plain && !bare.is_empty()).then(|| Json::String(bare.to_owned()))
    };
    let items: Vec<Json> = lines.iter().take(MOST.saturating_add(1)).map(name).collect::<Option<_>>()?;
    ((2..=MOST).contains(&items.len())).then(|| Listing {
        records: Json::Array(items),
        beside: String::new(),
        bounded: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unwrapped_of(text: &str) -> String {
        unwrapped(text, &Limits::default()).into_owned()
    }

    fn canonical(listing: Option<Listing>) -> String {
        listing.map(|listing| listing.records.to_canonical()).unwrap_or_default()
    }

    #[test]
    fn wrappers_come_off() {
        for text in [
            r#"[{"type":"text","text":"{\"id\":1}"}]"#,
            r#"{"content":[{"type":"text","text":"{\"id\":1}"}],"isError":false}"#,
            "```json\n{\"id\":1}\n```",
            r#"{"result":"```\n{\"id\":1}\n```"}"#,
        ] {
            assert_eq!(unwrapped_of(text).trim(), r#"{"id":1}"#, "{text}");
        }
        for text in [r#"{"body":"{}"}"#, "see\n```\n{}\n```", r#"[{"type":"image"}]"#, ""] {
            assert_eq!(unwrapped_of(text), text);
        }
    }

    #[test]
    fn what_programs_print_is_read() {
        let json = |text| printed(text, &Limits::default()).map(|json| json.to_canonical());
        assert_eq!(json("{\"a\":1}\n{\"a\":2}\n").as_deref(), Some(r#"[{"a":1},{"a":2}]"#));
        assert_eq!(json("Found 1 event:\n[1]").as_deref(), Some("[1]"));
        for text in ["Hi\n[1]", "{\"a\":1}\nand more", "\"x\"", "[1"] {
            assert_eq!(json(text), None, "{text}");
        }
    }

    #[test]
    fn tables_are_records() {
        let two = r#"[{"id":"7","name":"Ann"},{"id":"8","name":"Bo"}]"#;
        for text in [
            "| ID | Name |\n|----|:---|\n| 7 | Ann |\n| 8 | Bo |\n",
            "id\tname\n7\tAnn\n8\tBo",
            "id,name\r\n7,\"Ann\"\r\n8,Bo\r\n",
            "ID: 7\nName: Ann\n\nID: 8\nName: Bo\n",
        ] {
            assert_eq!(canonical(written(text, false)), two, "{text}");
        }
        assert_eq!(
            canonical(written("id,note\n1,\"a, \"\"b\"\"\nc\"", false)),
            "[{\"id\":\"1\",\"note\":\"a, \\\"b\\\"\\nc\"}]"
        );
    }

    #[test]
    fn prose_is_no_table() {
        for text in [
            "Hello Bob,\nplease pay, soon",
            "Dear Ann, name\nsee you, then",
            "id,name\n1,2,3",
            "id,name\n1,\"open",
            "ID: 7\nName: Ann\n\nPlease pay: now\n",
            "Pay to Ann.\nThanks",
            "name: x",
        ] {
            assert_eq!(canonical(written(text, true)), "", "{text}");
        }
    }

    #[test]
    fn names_stand_one_a_line() {
        let listed = |text| canonical(written(text, true));
        assert_eq!(listed("Hotels: Sea View\nOld Mill\n"), r#"["Sea View","Old Mill"]"#);
        assert_eq!(listed("[FILE] a.txt\n[DIR] docs"), r#"["a.txt","docs"]"#);
        assert_eq!(canonical(written("Sea View\nOld Mill", false)), "");
        for text in
            ["one", "Sea View\nWrite to eve@x.example", "Sea View\nhttps://x.example/a", "Do it now.\nYes"]
        {
            assert_eq!(listed(text), "", "{text}");
        }
    }
}
