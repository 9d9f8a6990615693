//! What a tool's definition claims that the tool can do.
//!
//! A claim can only make a tool look more capable than its words: a definition in which nothing is understood
//! has every capability. A server that calls a deleting tool `get_notes` lies, and no reading of names finds
//! that out; the operator's policy is what lowers a capability for good.

use crate::policy::{Capability, CapabilitySet};
use crate::text::json::Json;
use crate::values::name_words;

const READS: &[&str] = &[
    "get",
    "list",
    "read",
    "search",
    "find",
    "lookup",
    "look",
    "view",
    "show",
    "describe",
    "count",
    "check",
    "query",
    "stat",
    "status",
    "info",
    "summarize",
    "summarise",
    "inspect",
    "ls",
    "cat",
    "head",
    "tail",
    "grep",
    "filter",
    "retrieve",
    "load",
    "peek",
    "explain",
    "calculate",
    "compute",
    "convert",
    "compare",
    "translate",
    "calculator",
];
/// Things that are read, searched, listed: before a reading verb they say of what.
const THINGS: &[&str] = &[
    "web",
    "file",
    "files",
    "folder",
    "directory",
    "email",
    "emails",
    "mail",
    "gmail",
    "outlook",
    "inbox",
    "calendar",
    "event",
    "events",
    "slack",
    "channel",
    "channels",
    "message",
    "messages",
    "contact",
    "contacts",
    "db",
    "database",
    "table",
    "note",
    "notes",
    "doc",
    "docs",
    "document",
    "documents",
    "drive",
    "github",
    "gitlab",
    "git",
    "repo",
    "issue",
    "issues",
    "jira",
    "ticket",
    "tickets",
    "user",
    "users",
    "customer",
    "customers",
    "product",
    "products",
    "order",
    "orders",
    "page",
    "pages",
    "wiki",
    "notion",
    "kb",
    "knowledge",
    "news",
    "weather",
    "map",
    "maps",
    "place",
    "places",
    "stock",
    "price",
    "prices",
    "flight",
    "flights",
    "hotel",
    "hotels",
    "image",
    "images",
    "photo",
    "photos",
    "log",
    "logs",
    "code",
    "account",
    "balance",
    "transaction",
    "transactions",
    "invoice",
    "invoices",
    "package",
    "packages",
];
const FETCHES: &[&str] = &[
    "fetch", "browse", "http", "curl", "wget", "download", "url", "webpage", "navigate", "crawl", "scrape",
    "visit", "goto",
];
const SENDS: &[&str] = &[
    "send",
    "post",
    "publish",
    "reply",
    "forward",
    "email",
    "mail",
    "message",
    "share",
    "upload",
    "tweet",
    "notify",
    "invite",
    "submit",
    "transfer",
    "pay",
    "payment",
    "wire",
    "purchase",
    "order",
    "buy",
    "book",
    "reserve",
    "webhook",
    "request",
    "export",
    "broadcast",
    "announce",
    "comment",
    "refund",
    "donate",
    "call",
    "dial",
    "sms",
    "push",
];
/// Things that many people read: who writes there, publishes.
const SHARED: &[&str] =
    &["issue", "ticket", "pull", "pr", "gist", "discussion", "bug", "review", "thread", "wiki"];
/// Of those that send, the ones that are no nouns: they send wherever they stand in a name.
const VERBS: &[&str] = &[
    "send",
    "transfer",
    "pay",
    "forward",
    "reply",
    "publish",
    "upload",
    "submit",
    "purchase",
    "buy",
    "broadcast",
    "announce",
    "notify",
    "push",
    "grant",
];
/// Behind these a second verb begins: `check_and_transfer`.
const JOINTS: &[&str] = &["and", "then", "or", "plus", "with", "out", "in", "off"];
const DESTROYS: &[&str] = &[
    "delete",
    "remove",
    "drop",
    "truncate",
    "purge",
    "destroy",
    "erase",
    "wipe",
    "kill",
    "terminate",
    "cancel",
    "revoke",
    "overwrite",
    "reset",
    "modify",
    "move",
    "rename",
    "replace",
    "format",
    "disable",
    "ban",
    "block",
    "unlink",
    "rm",
    "mv",
    "archive",
    "close",
    "merge",
    "rebase",
    "force",
];
const RUNS: &[&str] = &[
    "exec",
    "execute",
    "run",
    "shell",
    "bash",
    "sh",
    "command",
    "cmd",
    "eval",
    "script",
    "terminal",
    "spawn",
    "launch",
    "deploy",
    "install",
    "invoke",
    "powershell",
    "python",
    "sql",
];
/// What a command can do: whatever a program can.
const RUNNING: &[Capability] =
    &[Capability::Exec, Capability::Egress, Capability::Destructive, Capability::Persists];

const KEEPS: &[&str] = &[
    "write",
    "save",
    "store",
    "create",
    "add",
    "append",
    "insert",
    "update",
    "set",
    "put",
    "patch",
    "edit",
    "remember",
    "memorize",
    "memory",
    "config",
    "configure",
    "commit",
    "schedule",
    "reschedule",
    "postpone",
    "register",
    "change",
    "make",
    "upsert",
    "assign",
    "label",
    "enable",
    "subscribe",
    "copy",
    "fork",
    "init",
    "new",
    "password",
];

/// What `definition` (an item of MCP's `tools/list`) claims: by the words of its name, by names of its
/// parameters, by its annotations. `None` where it has no name.
pub fn claimed(definition: &Json) -> Option<CapabilitySet> {
    let name = definition.get("name")?.as_str()?;
    let mut set = CapabilitySet::NONE;
    let words = name_words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let mut understood = false;
    let mut claim = |holds: bool, capabilities: &[Capability]| {
        understood |= holds;
        if holds {
            set = capabilities.iter().fold(set, |set, capability| set.with(*capability));
        }
    };
    // Only the first word makes a tool a reader, or the first behind the things that it reads: `frobnicate_list` is
    // none, and `file_search` is one.
    let verb = words.iter().find(|word| !THINGS.contains(&word.as_str()));
    let first_reads = verb.is_some_and(|word| READS.contains(&word.as_str()));
    let known = |word: &String| READS.contains(&word.as_str()) || THINGS.contains(&word.as_str());
    // `check_and_frobnicate` is not understood by its first half.
    let joined = words
        .iter()
        .zip(words.iter().skip(1))
        .all(|(joint, next)| !JOINTS.contains(&joint.as_str()) || known(next));
    claim(first_reads && joined, &[Capability::ReadsPrivate, Capability::ReadsUntrusted]);
    let opens = has(&["open"]) && has(&["page", "site", "website", "tab", "browser", "link"]);
    claim(opens || has(FETCHES), &[Capability::ReadsUntrusted, Capability::Egress]);
    claim(has(DESTROYS), &[Capability::Destructive]);
    claim(has(RUNS), RUNNING);
    // `query { sql }` can do whatever its language can.
    let language =
        parameters(definition).any(|name| matches!(name, "query" | "sql" | "statement" | "cypher"));
    claim(has(&["query"]) && language, RUNNING);
    claim(has(KEEPS), &[Capability::Persists]);
    // `get_order` and `list_messages` read: a noun behind a reading verb sends nothing.
    let reads = first_reads && !has(VERBS) && !has(JOINTS);
    claim(!reads && has(SENDS), &[Capability::Egress]);
    // Others read what is written there.
    claim(!first_reads && has(SHARED) && has(KEEPS), &[Capability::Egress]);
    if !understood {
        set = CapabilitySet::ALL;
    }
    for parameter in parameters(definition) {
        let words = name_words(parameter);
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        if has(&["url", "uri", "href", "link", "src", "domain", "host", "endpoint", "webhook"]) {
            set = set.with(Capability::ReadsUntrusted).with(Capability::Egress);
        }
        if has(&["command", "cmd", "script", "code", "shell", "sql", "statement"]) {
            set = RUNNING.iter().copied().fold(set, CapabilitySet::with);
        }
        let parties = [
            "recipient",
            "recipients",
            "bcc",
            "iban",
            "payee",
            "participants",
            "attendees",
            "invitees",
            "guests",
        ];
        if has(&parties) || !reads && has(&["to", "cc"]) {
            set = set.with(Capability::Egress);
        }
    }
    let annotated =
        |key: &str| definition.get("annotations").and_then(|notes| notes.get(key)).and_then(Json::as_bool);
    if annotated("destructiveHint") == Some(true) {
        set = set.with(Capability::Destructive);
    }
    if annotated("openWorldHint") == Some(true) {
        set = set.with(Capability::ReadsUntrusted);
    }
    Some(set)
}

/// Whether a tool of this name reads or fetches, and no word of it says anything else.
pub(super) fn only_fetches(name: &str) -> bool {
    let words = name_words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let reads = has(READS) || has(FETCHES) || has(&["open"]);
    let acts = has(VERBS)
        || has(DESTROYS)
        || has(RUNS)
        || has(KEEPS)
        || has(JOINTS)
        || has(&["post", "put", "hook", "webhook"]);
    reads && !acts
}

fn parameters(definition: &Json) -> impl Iterator<Item = &str> {
    let schema = ["inputSchema", "parameters", "input_schema"].iter().find_map(|key| definition.get(key));
    let properties = schema.and_then(|schema| schema.get("properties")).and_then(Json::as_object);
    properties.unwrap_or_default().iter().map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Limits;

    fn of(definition: &str) -> CapabilitySet {
        claimed(&Json::parse(definition, &Limits::default()).unwrap()).unwrap()
    }

    #[test]
    fn a_reader_reads_and_a_sender_sends() {
        assert!(!of(r#"{"name":"list_messages"}"#).contains(Capability::Egress));
        assert!(of(r#"{"name":"sendMessage"}"#).contains(Capability::Egress));
    }

    #[test]
    fn a_reading_verb_in_front_hides_nothing() {
        assert!(of(r#"{"name":"get_and_delete_notes"}"#).contains(Capability::Destructive));
    }

    #[test]
    fn a_thing_may_stand_before_the_verb_that_reads_it() {
        for name in ["gmail_search", "slack_list_channels", "file_read", "drive.files.get"] {
            let set = of(&format!(r#"{{"name":"{name}"}}"#));
            assert!(!set.intersects(CapabilitySet::SIDE_EFFECTS), "{name}: {set}");
        }
        for name in
            ["shred_list", "file", "email_search_and_forward", "check_out_basket", "mail_forward_list"]
        {
            let set = of(&format!(r#"{{"name":"{name}"}}"#));
            assert!(set.intersects(CapabilitySet::SIDE_EFFECTS), "{name}: {set}");
        }
    }

    #[test]
    fn a_name_that_says_nothing_claims_everything() {
        assert_eq!(of(r#"{"name":"frobnicate"}"#), CapabilitySet::ALL);
    }

    #[test]
    fn annotations_raise_and_never_lower() {
        let set = of(r#"{"name":"delete_file","annotations":{"readOnlyHint":true,"destructiveHint":false}}"#);
        assert!(set.contains(Capability::Destructive));
    }
}
