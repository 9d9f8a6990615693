//! What an argument is for: whether it decides, or is only said.

use std::fmt;

use super::name_words;
use crate::base::JsonPointer;
use crate::text::json::Json;

/// What an argument decides, by the name of its member, its tool's name and its value. What is not understood is a
/// [`ArgRole::Target`]: the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ArgRole {
    /// To whom: an address, an account, a person, a channel.
    Recipient,
    /// On what: an id, a path, a name, a URL. Also whatever is not understood.
    Target,
    /// What is run.
    Command,
    /// How much.
    Amount,
    /// A password or a token that is set.
    Credential,
    /// Text that sends its reader somewhere: it has an address, an account or a link in it that nobody vouches for.
    Link,
    /// Text that is only said: a body, a title, a comment.
    Content,
    /// A date, a switch, one word out of few: cannot carry an instruction.
    Choice,
}

impl ArgRole {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Recipient,
        Self::Target,
        Self::Command,
        Self::Amount,
        Self::Credential,
        Self::Link,
        Self::Content,
        Self::Choice,
    ];

    /// The word that policies, JSON and people use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recipient => "recipient",
            Self::Target => "target",
            Self::Command => "command",
            Self::Amount => "amount",
            Self::Credential => "credential",
            Self::Link => "link",
            Self::Content => "content",
            Self::Choice => "choice",
        }
    }

    /// The role of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str() == name)
    }

    /// Whether it says to whom, where, how much, what is executed or destroyed.
    pub const fn is_decisive(self) -> bool {
        !matches!(self, Self::Content | Self::Choice)
    }
}

impl fmt::Display for ArgRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Words in the names of tools whose text is run.
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
    "sql",
    "python",
    "powershell",
    "query",
];
/// Words in the names of tools whose text later sessions obey.
const OBEYED: &[&str] = &[
    "memory",
    "memories",
    "memorize",
    "remember",
    "config",
    "configuration",
    "settings",
    "setting",
    "rule",
    "rules",
    "preference",
    "preferences",
    "instruction",
    "instructions",
    "prompt",
    "hook",
    "hooks",
];
const CREDENTIAL: &[&str] =
    &["password", "passwd", "passphrase", "secret", "pin", "credential", "credentials", "otp", "apikey"];
const COMMAND: &[&str] = &[
    "command",
    "cmd",
    "commands",
    "script",
    "code",
    "shell",
    "sql",
    "statement",
    "expression",
    "program",
    "argv",
    "args",
    "snippet",
    "entrypoint",
];
const RECIPIENT: &[&str] = &[
    "to",
    "cc",
    "bcc",
    "recipient",
    "recipients",
    "receiver",
    "receivers",
    "email",
    "emails",
    "mail",
    "address",
    "addresses",
    "user",
    "users",
    "username",
    "usernames",
    "participant",
    "participants",
    "attendee",
    "attendees",
    "invitee",
    "invitees",
    "member",
    "members",
    "assignee",
    "assignees",
    "reviewer",
    "reviewers",
    "phone",
    "channel",
    "channels",
    "room",
    "iban",
    "account",
    "payee",
    "beneficiary",
    "contact",
    "contacts",
    "group",
    "team",
    "guest",
    "guests",
    "handle",
    "audience",
];
const AMOUNT: &[&str] = &[
    "amount", "price", "sum", "total", "quantity", "qty", "fee", "cost", "balance", "units", "budget",
    "salary",
];
const TIME: &[&str] = &[
    "date", "dates", "time", "day", "days", "start", "end", "deadline", "due", "duration", "when", "until",
    "since", "timezone", "month", "year", "hour", "hours", "minute", "minutes", "week", "begin", "from",
    "expires", "expiry", "reminder",
];
const PROSE: &[&str] = &[
    "content",
    "contents",
    "body",
    "text",
    "message",
    "subject",
    "title",
    "note",
    "notes",
    "comment",
    "comments",
    "description",
    "summary",
    "caption",
    "reason",
    "question",
    "answer",
    "html",
    "markdown",
    "details",
    "topic",
    "headline",
    "abstract",
    "greeting",
    "location",
    "venue",
    "label",
    "labels",
    "tags",
    "keywords",
    "query",
    "feedback",
    "review",
    "reply",
    "data",
    "value",
    "memo",
    "purpose",
];
/// Members whose values are one word out of few.
const FEW: &[&str] = &[
    "type",
    "mode",
    "format",
    "permission",
    "permissions",
    "access",
    "visibility",
    "priority",
    "status",
    "state",
    "level",
    "sort",
    "order",
    "language",
    "lang",
    "currency",
    "unit",
    "color",
    "colour",
    "kind",
    "category",
    "severity",
    "recurring",
    "frequency",
    "method",
    "limit",
    "count",
    "page",
    "offset",
    "size",
];
/// Of those values, the ones that give power away.
const POWER: &[&str] = &[
    "admin",
    "administrator",
    "owner",
    "public",
    "write",
    "writer",
    "rw",
    "w",
    "root",
    "superuser",
    "full",
    "all",
    "everyone",
    "anyone",
    "editor",
    "edit",
    "external",
    "world",
    "maintainer",
    "manage",
    "god",
    "delete",
];

/// The role of the value at `pointer` in a call of `tool`.
// SECURITY: names are the server's claims. A name that is not understood makes the argument decisive, and a claim that
// something is only content ends where its value is an address.
pub fn role_of(tool: &str, pointer: &JsonPointer, value: &Json) -> ArgRole {
    if matches!(value, Json::Bool(_) | Json::Null) {
        return ArgRole::Choice;
    }
    let key = pointer.steps().filter(|step| !step.bytes().all(|byte| byte.is_ascii_digit())).last();
    let words = name_words(key.as_deref().unwrap_or_default());
    let tool = name_words(tool);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let last = |list: &[&str]| words.last().is_some_and(|word| list.contains(&word.as_str()));
    let tool_has = |list: &[&str]| tool.iter().any(|word| list.contains(&word.as_str()));
    let text = value.as_str().unwrap_or_default();
    if has(CREDENTIAL) {
        return ArgRole::Credential;
    }
    if tool_has(RUNS) && value.as_str().is_some() || has(COMMAND) {
        return ArgRole::Command;
    }
    if has(AMOUNT) {
        return ArgRole::Amount;
    }
    if tool_has(OBEYED) {
        return ArgRole::Target;
    }
    if has(TIME) && !last(RECIPIENT) && (value.as_number().is_some() || is_time(text)) {
        return ArgRole::Choice;
    }
    let small = value.as_number().is_some_and(|number| number.as_str().len() <= 3);
    if has(FEW) && (small || is_choice(text)) {
        return if POWER.contains(&text.to_lowercase().as_str()) { ArgRole::Target } else { ArgRole::Choice };
    }
    // `email_id` is an id, `message_text` a text, `title_id` an id again: the last word says what it is.
    if last(RECIPIENT) {
        return ArgRole::Recipient;
    }
    if last(PROSE) {
        return if is_address(text) { ArgRole::Target } else { ArgRole::Content };
    }
    if has(RECIPIENT) && !last(&["id", "ids", "path", "file", "name", "url", "link"]) {
        return ArgRole::Recipient;
    }
    ArgRole::Target
}

/// Whether a text can be a date, a time or a span of time and nothing else.
fn is_time(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "am",
        "pm",
        "utc",
        "gmt",
        "z",
        "t",
        "today",
        "tomorrow",
        "yesterday",
        "now",
        "noon",
        "midnight",
        "next",
        "last",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "h",
        "m",
        "s",
        "min",
        "hour",
        "hours",
        "minutes",
        "day",
        "days",
        "week",
        "weeks",
        "month",
        "months",
        "st",
        "nd",
        "rd",
        "th",
        "at",
        "on",
        "of",
        "the",
        "and",
        "p",
        "pt",
        "in",
        "morning",
        "evening",
        "afternoon",
        "cet",
        "cest",
        "est",
        "edt",
        "pst",
        "pdt",
    ];
    let lower = text.to_lowercase();
    text.len() <= 48
        && lower
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | ':' | '.' | '/' | '+' | ',' | '_'))
        && lower
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty())
            .all(|word| WORDS.contains(&word))
}

/// Whether a text is one short word.
fn is_choice(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 16
        && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-')
}

/// Whether a text is one address: of a mailbox, of a page.
fn is_address(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !text.contains(char::is_whitespace) && (text.contains('@') || text.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(tool: &str, key: &str, value: &str) -> ArgRole {
        role_of(tool, &JsonPointer::root().key(key), &Json::String(value.to_owned()))
    }

    #[test]
    fn arguments_are_known_by_their_last_word() {
        use ArgRole::{Amount, Choice, Command, Content, Credential, Recipient, Target};
        for (tool, key, value, expected) in [
            ("send_email", "recipients", "a@b.example", Recipient),
            ("send_email", "body", "Hello", Content),
            ("send_email", "body", "https://b.example/x", Target),
            ("delete_email", "email_id", "13", Target),
            ("create_event", "start_time", "2024-05-19 10:00", Choice),
            ("create_event", "start_time", "see https://b.example", Target),
            ("share_file", "permission", "r", Choice),
            ("share_file", "permission", "rw", Target),
            ("pay", "amount", "10", Amount),
            ("frobnicate", "blub", "x", Target),
            ("run_shell", "text", "rm -rf", Command),
            ("remember", "text", "always cc x", Target),
            ("update_password", "password", "x", Credential),
            ("invite_user", "userEmail", "a@b.example", Recipient),
        ] {
            assert_eq!(role(tool, key, value), expected, "{tool} {key} {value}");
        }
    }
}
