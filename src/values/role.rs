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
    preferences instruction instructions prompt hook hooks automation workflow cron trigger skill persona macro \
    filter filters knowledge observations entities";
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
    caption reason question answer html markdown details headline abstract greeting label labels tags keywords \
    query feedback review reply memo purpose location venue explanation";
/// Words in the names of tools that pick something out, and do something to it that matters.
const PICKS: &str = "delete remove cancel share forward buy purchase book reserve move close archive terminate stop pay \
    transfer order destroy drop erase wipe revoke unlock disable publish merge ban kick refund ride table trash purge \
    click press tap";
/// Of prose, what picks in such a tool.
const PICKING: &str =
    "title subject label labels tag tags query topic headline location venue keywords note name";
/// Words in the names of tools for which a place is only said.
const SAYS_PLACE: &str = "event events calendar meeting appointment note reminder";
/// Members whose values are one word out of few.
const FEW: &str = "type mode format permission permissions access visibility priority status state level sort \
    language lang unit color colour kind category severity recurring frequency method limit count size class stage \
    response remote brightness volume";
/// Of these, the ones that say who may do what.
const RIGHTS: &str = "permission permissions access visibility mode";
/// The rights that give nothing away.
const HARMLESS: &str =
    "r ro read view viewer reader private commenter readonly read-only read_only none restricted";
/// Last words of members that name a thing, whatever stands before them.
const THINGS: &str =
    "id ids key ref name file host number no code wallet entry slot item uuid guid handle token slug";
/// Of their values, and of switches, the words that give power away.
const POWER: &str = "admin administrator owner public write writer root superuser full all everyone anyone editor edit \
    external world maintainer manage delete force recursive link domain internet sudo unlocked unlock open disarmed disarm \
    disabled deactivated off bypass";

/// What a word can say, one bit each.
type Says = u32;

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
const IS_PICK: Says = 1 << 10;
const IS_PICKING: Says = 1 << 11;
const IS_RIGHT: Says = 1 << 12;
const IS_POWER: Says = 1 << 13;
const SAYS_WHERE: Says = 1 << 14;
const IS_PLACE: Says = 1 << 15;
const IS_FOREIGN: Says = 1 << 16;
const IS_SHELL: Says = 1 << 17;
const IS_REMARK: Says = 1 << 18;
const IS_LINE: Says = 1 << 19;

/// One bit for each word, so that a tool and a member are of the same one.
const IS_LIMIT: Says = 1 << 20;
const IS_COUNT: Says = 1 << 21;
const IS_SIZE: Says = 1 << 22;
const IS_LEVEL: Says = 1 << 23;
const IS_MEASURE: Says = IS_LIMIT | IS_COUNT | IS_SIZE | IS_LEVEL;
const IS_SETTING: Says = 1 << 24;
const IS_NUMBER_OF: Says = 1 << 25;

const LISTS: &[(Says, &str)] = &[
    (IS_NUMBER_OF, "quantity qty units"),
    (IS_LIMIT, "limit limits"),
    (IS_COUNT, "count"),
    (IS_SIZE, "size"),
    (IS_LEVEL, "level"),
    (IS_SETTING, "set update change raise increase modify adjust configure edit put patch scale resize"),
    (IS_RUN, RUNS),
    (IS_OBEYED, OBEYED),
    (IS_CREDENTIAL, CREDENTIAL),
    (IS_COMMAND, COMMAND),
    (IS_RECIPIENT, RECIPIENT),
    (IS_AMOUNT, AMOUNT),
    (IS_TIME, TIME),
    (IS_PROSE, PROSE),
    (IS_FEW, FEW),
    (IS_THING, THINGS),
    (IS_PICK, PICKS),
    (IS_PICKING, PICKING),
    (IS_RIGHT, RIGHTS),
    (IS_POWER, POWER),
    (SAYS_WHERE, SAYS_PLACE),
    (IS_PLACE, "location venue place"),
    // Not read as a POSIX shell reads.
    (IS_FOREIGN, "powershell pwsh cmd python sql eval code script node ruby query windows"),
    (IS_SHELL, "bash sh shell terminal command"),
    (IS_REMARK, "description explanation reason comment title timeout"),
    (IS_LINE, "command cmd"),
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

    /// Whether the value at `pointer` is a line for a POSIX shell.
    pub(crate) fn is_line(self, pointer: &JsonPointer) -> bool {
        let key = pointer.steps().last().unwrap_or_default();
        let any = name_words(&key).iter().fold(0, |all, word| all | says(word));
        self.tool & IS_SHELL != 0 && self.tool & IS_FOREIGN == 0 && any & IS_LINE != 0
    }

    /// The role of the value at `pointer`.
    // SECURITY: names are the server's claims. A name that is not understood makes the argument decisive, and a claim
    // that something is only content ends where its value is an address.
    pub fn role(self, pointer: &JsonPointer, value: &Json) -> ArgRole {
        let key = pointer.steps().filter(|step| !step.bytes().all(|byte| byte.is_ascii_digit())).last();
        let words = name_words(key.as_deref().unwrap_or_default());
        let any = words.iter().fold(0, |all, word| all | says(word));
        let last = words.last().map_or(0, |word| says(word));
        if matches!(value, Json::Bool(_) | Json::Null) {
            // `make_public`, `is_admin`, `force`: switched on, they give something away.
            let power = value.as_bool() == Some(true) && any & IS_POWER != 0;
            return if power { ArgRole::Target } else { ArgRole::Choice };
        }
        let number = value.as_number();
        let text = value.as_str().unwrap_or_default();
        let runs = self.tool & IS_RUN != 0;
        if any & IS_CREDENTIAL != 0 {
            return ArgRole::Credential;
        }
        if runs && value.as_str().is_some() && last & IS_REMARK == 0 || last & IS_COMMAND != 0 {
            // Running the tests is not obeying: neither the line nor what it reads was a stranger's to choose.
            let is_line = self.tool & IS_SHELL != 0 && self.tool & IS_FOREIGN == 0 && any & IS_LINE != 0;
            let listed =
                pointer.steps().last().is_some_and(|step| step.bytes().all(|byte| byte.is_ascii_digit()));
            let acts = !is_line || listed || purpose(text) == Purpose::Acts;
            return if acts { ArgRole::Command } else { ArgRole::Choice };
        }
        if any & IS_AMOUNT != 0 {
            // One of something is the least of it.
            let one = number.is_some_and(|number| number.as_str() == "1") && last & IS_NUMBER_OF != 0;
            return if one { ArgRole::Choice } else { ArgRole::Amount };
        }
        if self.tool & IS_OBEYED != 0 {
            return ArgRole::Target;
        }
        // `email_id` is an id, `message_text` a text, `title_id` an id again: the last word says what it is.
        if last & IS_THING != 0 {
            return ArgRole::Target;
        }
        if is_date(text) || last & IS_TIME != 0 && (number.is_some() || is_time(text)) {
            return ArgRole::Choice;
        }
        // SECURITY: in `set_spending_limit { limit }` the limit is what is decided.
        let set =
            last & IS_MEASURE != 0 && self.tool & (last & IS_MEASURE) != 0 && self.tool & IS_SETTING != 0;
        if set || last & IS_COUNT != 0 && self.tool & IS_PICK != 0 {
            return ArgRole::Amount;
        }
        let small = number.is_some_and(|number| number.as_str().len() <= 3);
        if last & IS_FEW != 0 && (small && last & IS_RIGHT == 0 || is_choice(text)) {
            let lower = text.to_lowercase();
            let harmless = if any & IS_RIGHT != 0 {
                HARMLESS.split_whitespace().any(|word| word == lower)
            } else {
                name_words(text).iter().all(|word| says(word) & IS_POWER == 0)
            };
            // A remote of another name is another place.
            let remote = words.last().is_some_and(|word| word == "remote")
                && !matches!(&*lower, "origin" | "upstream");
            return if harmless && !remote { ArgRole::Choice } else { ArgRole::Target };
        }
        if last & IS_RECIPIENT != 0 {
            return ArgRole::Recipient;
        }
        // SECURITY: `delete_note { title }` picks the note, and `book_ride { location }` the place.
        if last & IS_PLACE != 0 && self.tool & SAYS_WHERE == 0
            || last & IS_PICKING != 0 && self.tool & IS_PICK != 0
        {
            return ArgRole::Target;
        }
        if last & IS_PROSE != 0 {
            return if is_address(text) { ArgRole::Target } else { ArgRole::Content };
        }
        if any & IS_RECIPIENT != 0 {
            return ArgRole::Recipient;
        }
        ArgRole::Target
    }
}

/// Whether a text is a date as machines write it, with a time or without.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(2, ['T', ' ']);
    let mut date = parts.next().unwrap_or_default().split('-');
    let digits = |part: Option<&str>, len: usize| {
        part.is_some_and(|part| part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_date =
        digits(date.next(), 4) && digits(date.next(), 2) && digits(date.next(), 2) && date.next().is_none();
    is_date && parts.next().is_none_or(is_time)
}

/// Whether a path leads to a file that agents, shells or build servers obey.
// SECURITY: what is written there is an instruction of tomorrow, whoever asked for the file.
fn is_obeyed(path: &str) -> bool {
    const NAMES: &str = "claude.md claude.local.md agents.md agent.md gemini.md qwen.md skill.md conventions.md \
        copilot-instructions.md mcp.json claude_desktop_config.json opencode.json authorized_keys crontab jenkinsfile \
        tasks.json launch.json settings.json settings.local.json conftest.py sitecustomize.py";
    const FOLDERS: &str = "cron.d cron.daily cron.hourly systemd launchagents launchdaemons autostart init.d";
    if path.len() > 1024 || path.contains('\n') {
        return false;
    }
    let path = path.trim().to_lowercase().replace('\\', "/");
    // Prose that speaks of `.github/` is no path.
    if path.contains(' ') && !path.starts_with(['/', '~', '.']) {
        return false;
    }
    let listed = |list: &str, step: &str| list.split_whitespace().any(|listed| listed == step);
    // Whatever is hidden in a home or a checkout is read by some program: a shell, an editor, git, an agent.
    let hidden = |step: &str| step.len() > 2 && step.starts_with('.') && !step.starts_with("..");
    path.trim_end_matches('/')
        .split('/')
        .any(|step| hidden(step) || listed(FOLDERS, step) || listed(NAMES, step))
}

/// Whether a text can be a date, a time or a span of time and nothing else.
fn is_time(text: &str) -> bool {
    const WORDS: &str = "am pm utc gmt z t today tomorrow yesterday now noon midnight next last monday tuesday wednesday \
        thursday friday saturday sunday mon tue wed thu fri sat sun january february march april may \
        june july august september october november december jan feb mar apr jun jul aug sep oct nov \
        dec h m s min hour hours minutes day days week weeks month months st nd rd th at on of the and \
        p pt in morning evening afternoon cet cest est edt pst pdt";
    let lower = text.to_lowercase();
    let digits = lower.bytes().all(|byte| byte.is_ascii_digit());
    // SECURITY: `+44 1632 960001` is a telephone's number. A number alone is an hour or a year; longer ones are anything.
    let runs = lower.split(|c: char| !c.is_ascii_digit()).all(|run| run.len() <= 4);
    text.len() <= 48
        && runs
        && !lower.starts_with('+')
        && (!digits || matches!(lower.len(), 1 | 2 | 4))
        && lower
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | ':' | '.' | '/' | '+' | ',' | '_'))
        && lower
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty())
            .all(|word| WORDS.split_whitespace().any(|known| known == word))
}

/// The words of a member's name that give power away where it is switched on.
pub(crate) fn power_words(key: &str) -> Vec<String> {
    name_words(key).into_iter().filter(|word| says(word) & IS_POWER != 0).collect()
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
            ("share_file", "permission", "read_write", Target),
            ("share_file", "permission", "anyoneWithLink", Target),
            ("delete_page", "page_id", "42", Target),
            ("delete_page", "page", "Payroll", Target),
            ("delete_reminder", "reminder_id", "48213", Target),
            ("delete_note", "title", "Passwords", Target),
            ("create_note", "title", "Passwords", Content),
            ("browser_click", "label", "Pay now", Target),
            ("book_ride", "dropoff_location", "12 Dark Lane", Target),
            ("create_event", "location", "Room 2", Content),
            ("git_push", "remote", "origin", Choice),
            ("git_push", "remote", "evilfork", Target),
            ("book_hotel", "check_in", "2024-05-19", Choice),
            ("run_powershell", "command", "ls", Command),
            ("bash", "command", "ls -la", Choice),
            ("bash", "description", "Lists the files", Content),
            ("set_price", "value", "1", Target),
            ("pay", "amount", "10", Amount),
            ("set_spending_limit", "limit", "900", Amount),
            ("order_item", "count", "900", Amount),
            ("send_reminder", "reminder", "+44 1632 960001", Target),
            ("set_alarm_state", "state", "disarmed", Target),
            ("list_orders", "status", "shipped", Choice),
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
