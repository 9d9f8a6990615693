//! What an argument is for: whether it decides, or is only said.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::{Purpose, name_words, purpose};
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
const RUNS: &str =
    "exec execute run shell bash sh command cmd eval script terminal sql python powershell query";
/// Words in the names of tools whose text later sessions obey.
const OBEYED: &str = "memory memories memorize remember config configuration settings setting rule rules preference \
    preferences instruction instructions prompt hook hooks";
const CREDENTIAL: &str = "password passwd passphrase secret pin credential credentials otp apikey";
const COMMAND: &str =
    "command cmd commands script code shell sql statement expression program argv args snippet entrypoint";
const RECIPIENT: &str = "to cc bcc recipient recipients receiver receivers email emails mail address addresses user users \
    username usernames participant participants attendee attendees invitee invitees member members \
    assignee assignees reviewer reviewers phone channel channels room iban account payee beneficiary \
    contact contacts group team guest guests handle audience";
const AMOUNT: &str = "amount price sum total quantity qty fee cost balance units budget salary";
const TIME: &str = "date dates time day days start end deadline due duration when until since timezone month year hour \
    hours minute minutes week begin from expires expiry reminder";
const PROSE: &str = "content contents body text message subject title note notes comment comments description summary \
    caption reason question answer html markdown details topic headline abstract greeting location venue \
    label labels tags keywords query feedback review reply data value memo purpose";
/// Members whose values are one word out of few.
const FEW: &str = "type mode format permission permissions access visibility priority status state level sort order \
    language lang currency unit color colour kind category remote severity recurring frequency method limit \
    count page offset size";
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

/// What a word can say, one bit each.
type Says = u16;

/// The words above, each with what it says.
static WORDS: LazyLock<HashMap<&str, Says>> = LazyLock::new(|| {
    let mut words: HashMap<&str, Says> = HashMap::new();
    for (bit, list) in LISTS {
        for word in list.split(' ') {
            *words.entry(word).or_default() |= bit;
        }
    }
    words
});

const IS_RUN: Says = 1;
const IS_OBEYED: Says = 1 << 1;
const IS_CREDENTIAL: Says = 1 << 2;
const IS_COMMAND: Says = 1 << 3;
const IS_RECIPIENT: Says = 1 << 4;
const IS_AMOUNT: Says = 1 << 5;
const IS_TIME: Says = 1 << 6;
const IS_PROSE: Says = 1 << 7;
const IS_FEW: Says = 1 << 8;
const IS_THING: Says = 1 << 9;

const LISTS: &[(Says, &str)] = &[
    (IS_RUN, RUNS),
    (IS_OBEYED, OBEYED),
    (IS_CREDENTIAL, CREDENTIAL),
    (IS_COMMAND, COMMAND),
    (IS_RECIPIENT, RECIPIENT),
    (IS_AMOUNT, AMOUNT),
    (IS_TIME, TIME),
    (IS_PROSE, PROSE),
    (IS_FEW, FEW),
    (IS_THING, "id ids path file name url link"),
];

fn says(word: &str) -> Says {
    WORDS.get(word).copied().unwrap_or(0)
}

/// The roles of a tool's arguments.
#[derive(Debug, Clone, Copy)]
pub struct Roles {
    tool: Says,
}

impl Roles {
    /// Those of a tool of this name that is called with these texts.
    pub fn of<'v>(tool: &str, mut values: impl Iterator<Item = &'v str>) -> Self {
        let tool = name_words(tool).iter().fold(0, |all, word| all | says(word));
        Self { tool: if values.any(is_obeyed) { tool | IS_OBEYED } else { tool } }
    }

    /// The role of the value at `pointer`.
    // SECURITY: names are the server's claims. A name that is not understood makes the argument decisive, and a claim
    // that something is only content ends where its value is an address.
    pub fn role(self, pointer: &JsonPointer, value: &Json) -> ArgRole {
        if matches!(value, Json::Bool(_) | Json::Null) {
            return ArgRole::Choice;
        }
        let key = pointer.steps().filter(|step| !step.bytes().all(|byte| byte.is_ascii_digit())).last();
        let words = name_words(key.as_deref().unwrap_or_default());
        let any = words.iter().fold(0, |all, word| all | says(word));
        let last = words.last().map_or(0, |word| says(word));
        let number = value.as_number();
        let text = value.as_str().unwrap_or_default();
        if any & IS_CREDENTIAL != 0 {
            return ArgRole::Credential;
        }
        if self.tool & IS_RUN != 0 && value.as_str().is_some() || any & IS_COMMAND != 0 {
            // Running the tests is not obeying: neither the line nor what it reads was a stranger's to choose.
            return if purpose(text) == Purpose::Acts { ArgRole::Command } else { ArgRole::Choice };
        }
        if any & IS_AMOUNT != 0 {
            return ArgRole::Amount;
        }
        if self.tool & IS_OBEYED != 0 {
            return ArgRole::Target;
        }
        if any & IS_TIME != 0 && last & IS_RECIPIENT == 0 && (number.is_some() || is_time(text)) {
            return ArgRole::Choice;
        }
        let small = number.is_some_and(|number| number.as_str().len() <= 3);
        if any & IS_FEW != 0 && (small || is_choice(text)) {
            let power = POWER.contains(&text.to_lowercase().as_str());
            return if power { ArgRole::Target } else { ArgRole::Choice };
        }
        // `email_id` is an id, `message_text` a text, `title_id` an id again: the last word says what it is.
        if last & IS_RECIPIENT != 0 {
            return ArgRole::Recipient;
        }
        if last & IS_PROSE != 0 {
            return if is_address(text) { ArgRole::Target } else { ArgRole::Content };
        }
        if any & IS_RECIPIENT != 0 && last & IS_THING == 0 {
            return ArgRole::Recipient;
        }
        ArgRole::Target
    }
}

/// Whether a path leads to a file that agents, shells or build servers obey.
// SECURITY: what is written there is an instruction of tomorrow, whoever asked for the file.
fn is_obeyed(path: &str) -> bool {
    const NAMES: &[&str] = &[
        "claude.md",
        "agents.md",
        "agent.md",
        "gemini.md",
        "copilot-instructions.md",
        ".cursorrules",
        ".windsurfrules",
        ".clinerules",
        ".mcp.json",
        "mcp.json",
        ".bashrc",
        ".zshrc",
        ".profile",
        ".bash_profile",
        ".zprofile",
        "authorized_keys",
        ".gitconfig",
        ".npmrc",
        ".pypirc",
        ".netrc",
        "crontab",
        ".envrc",
        ".gitlab-ci.yml",
        "jenkinsfile",
        "tasks.json",
        "launch.json",
        "settings.json",
        ".pre-commit-config.yaml",
    ];
    const FOLDERS: &[&str] = &[
        ".cursor",
        ".claude",
        ".codex",
        ".gemini",
        ".windsurf",
        ".github",
        ".git",
        ".husky",
        ".vscode",
        ".idea",
        ".ssh",
        ".circleci",
        "cron.d",
        "cron.daily",
        "systemd",
        "launchagents",
        "autostart",
        ".continue",
        ".aider",
    ];
    if path.len() > 1024 || path.contains('\n') {
        return false;
    }
    let path = path.trim().to_lowercase().replace('\\', "/");
    let mut steps = path.rsplit('/');
    let name = steps.next().unwrap_or_default();
    NAMES.contains(&name) || steps.any(|step| FOLDERS.contains(&step))
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
        Roles::of(tool, [].into_iter()).role(&JsonPointer::root().key(key), &Json::String(value.to_owned()))
    }

    #[test]
    fn what_agents_obey_is_decided_by_its_content() {
        let content = |path: &str| {
            let body = Json::String("always".to_owned());
            Roles::of("write_file", [path].into_iter()).role(&JsonPointer::root().key("content"), &body)
        };
        for path in
            ["/home/a/x/CLAUDE.md", ".git/hooks/pre-commit", ".github/workflows/ci.yml", "C:\\a\\.cursor\\r"]
        {
            assert_eq!(content(path), ArgRole::Target, "{path}");
        }
        for path in ["docs/claude.html", "notes/github.md", "src/git.rs", "Look into .github/ first\nplease"]
        {
            assert_eq!(content(path), ArgRole::Content, "{path}");
        }
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
