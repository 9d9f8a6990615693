//! Command lines that stand where nobody looks for them: in options and settings, in what a session is sent, in what runs
//! later.

use super::Use;
use super::carriers;
use super::decode::{fed, given};
use super::read::{Raw, Word};
use super::run::{Teller, is_option};

/// What stands behind these words, before which only options stand, and their values.
fn behind<'w>(path: &[&str], mut args: &'w [Word]) -> Option<&'w [Word]> {
    for step in path {
        let at = args.iter().position(|word| word.text == *step)?;
        let before = args.get(..at)?;
        let is_value = |at: usize| at.checked_sub(1).and_then(|at| before.get(at)).is_some_and(is_option);
        if !before.iter().enumerate().all(|(at, word)| is_option(word) || is_value(at)) {
            return None;
        }
        args = args.get(at.saturating_add(1)..)?;
    }
    Some(args)
}

impl Teller<'_> {
    /// What a program runs in turn that is no plain wrapper.
    pub(super) fn carried(&mut self, raw: &Raw, name: &str, args: &[Word]) -> Option<Vec<Word>> {
        match name {
            "tmux" | "screen" => {
                const RUNS: &[&str] = &[
                    "new-session",
                    "new",
                    "new-window",
                    "neww",
                    "split-window",
                    "splitw",
                    "respawn-pane",
                    "run-shell",
                    "run",
                    "if-shell",
                    "send-keys",
                    "send",
                    "pipe-pane",
                    "popup",
                    "display-popup",
                    "-dm",
                    "-dmS",
                    "-X",
                ];
                let from = args.iter().position(|word| RUNS.contains(&word.text.as_str()))?;
                let rest = args.get(from.saturating_add(1)..).unwrap_or_default();
                let said: Vec<Word> = rest.iter().filter(|word| !is_option(word)).cloned().collect();
                // The name of a session or window may stand before what runs in it.
                for said in [said.as_slice(), said.get(1..).unwrap_or_default()]
                    .iter()
                    .filter(|said| !said.is_empty())
                {
                    self.code(said);
                }
                None
            }
            "at" | "batch" | "crontab" => {
                match given(self.layer, raw).or_else(|| fed(self.layer, raw.fed_by?)) {
                    Some(code) if name != "crontab" => {
                        self.uses(Use::PipedCode);
                        self.codes.push(code);
                    }
                    None if raw.fed_by.is_none() && raw.redirects.is_empty() => self.uses(Use::ScriptFile),
                    _ => {
                        self.uses(Use::PipedCode);
                        self.script.doubt("something runs later what is not in the line");
                    }
                }
                None
            }
            "make" | "gmake"
                if args
                    .windows(2)
                    .any(|pair| matches!(pair, [f, from] if f.text == "-f" && from.text == "-")) =>
            {
                self.uses(Use::PipedCode);
                self.script.doubt("make runs what is not in the line");
                None
            }
            "vim" | "vi" | "nvim" | "view" | "ex" | "gvim" | "vimdiff" | "less" | "gdb" | "lldb" | "psql"
            | "mysql" | "mariadb" | "sqlite3" => {
                self.escapes(name, args);
                if matches!(name, "gdb") { self.wrapped(name, args) } else { None }
            }
            "sed" => {
                // `e` runs what it finds, or what stands behind it.
                let runs = |text: &str| {
                    let flags = text.rsplit(['/', '|', '#', ',']).next().unwrap_or_default();
                    text.starts_with('s') && flags.len() < 5 && flags.contains('e')
                        || text
                            .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '$' | ',' | ' '))
                            .starts_with("e ")
                };
                if args
                    .iter()
                    .filter(|word| !is_option(word))
                    .take(1)
                    .any(|word| word.text.split([';', '\n']).any(|part| runs(part.trim())))
                {
                    self.uses(Use::Code);
                    self.script.doubt("sed runs a command");
                }
                None
            }
            "git" if args.iter().any(|word| word.text == "foreach") => {
                let at = args.iter().position(|word| word.text == "foreach")?;
                let rest: Vec<Word> =
                    args.iter().skip(at.saturating_add(1)).filter(|word| !is_option(word)).cloned().collect();
                self.code(&rest);
                None
            }
            _ => {
                self.lines(name, args);
                for sub in carriers::subcommands(name) {
                    if let Some(rest) = behind(sub.path.get(1..).unwrap_or_default(), args) {
                        self.uses(Use::Wrapper);
                        return self.through(sub.path, &sub.wrapper, rest);
                    }
                }
                self.wrapped(name, args)
            }
        }
    }

    /// A command line that stands in an option: it is run, and is none of the line's own code.
    fn line(&mut self, word: &Word, text: &str) {
        self.uses(Use::Wrapper);
        if word.open {
            self.script.doubt("code is put together by an expansion");
        }
        let text = text.trim_start_matches(['!', '|']);
        if !matches!(text, "" | "none" | "true" | "false") {
            self.codes.push(text.to_owned());
        }
    }

    /// The options of a program that hold command lines.
    pub(super) fn lines(&mut self, name: &str, args: &[Word]) {
        let mut options: Vec<&str> = carriers::lines_of(name).collect();
        let says = |word: &str| args.iter().any(|arg| arg.text == word);
        if name == "git" && (says("rebase") || says("difftool")) {
            options.push("-x");
        }
        let mut configured = false;
        for (at, word) in args.iter().enumerate() {
            let next = args.get(at.saturating_add(1));
            for option in &options {
                if word.text == *option {
                    if let Some(value) = next {
                        self.line(value, &value.text);
                    }
                } else if let Some(value) = word.text.strip_prefix(option)
                    && (value.starts_with('=') && option.starts_with("--")
                        || option.len() == 2 && value.contains(' '))
                {
                    self.line(word, value.trim_start_matches('='));
                }
            }
            let pair = |word: &Word| {
                word.text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
            };
            match name {
                "git" if word.text == "-c" => {
                    if let Some((key, value)) = next.and_then(pair)
                        && let Some(next) = next
                    {
                        self.setting(next, &key, &value);
                    }
                }
                "export" | "declare" | "typeset" | "local" | "readonly" => {
                    if let Some((key, value)) = pair(word)
                        && carriers::is_line_in(&key)
                    {
                        self.line(word, &value);
                    }
                }
                "git" if word.text == "config" && !configured => {
                    configured = true;
                    let said: Vec<&Word> =
                        args.iter().skip(at.saturating_add(1)).filter(|word| !is_option(word)).collect();
                    let said = if said.first().is_some_and(|word| word.text == "set") {
                        said.get(1..).unwrap_or_default()
                    } else {
                        said.as_slice()
                    };
                    if let [key, value, ..] = said {
                        self.setting(value, &key.text, &value.text);
                    }
                }
                "ssh" | "scp" | "sftp" | "autossh" | "sshfs" => {
                    let said = match word.text.strip_prefix("-o") {
                        Some("") => next.map(|next| (next, next.text.as_str())),
                        Some(glued) => Some((word, glued)),
                        None => None,
                    };
                    if let Some((word, text)) = said
                        && let Some((key, value)) = text.split_once(['=', ' '])
                        && carriers::is_line_of_ssh(key.trim())
                    {
                        self.line(word, value.trim());
                    }
                }
                "socat" => {
                    let (kind, rest) = word.text.split_once(':').unwrap_or_default();
                    if matches!(kind.to_ascii_uppercase().as_str(), "EXEC" | "SYSTEM" | "SHELL") {
                        self.line(word, rest.split(',').next().unwrap_or(rest));
                    }
                }
                _ => {}
            }
        }
    }

    /// A setting of git's.
    fn setting(&mut self, word: &Word, key: &str, value: &str) {
        let is_alias = key.to_ascii_lowercase().starts_with("alias.");
        if key.eq_ignore_ascii_case("core.hookspath") {
            self.uses(Use::ScriptFile);
        }
        if carriers::is_line_of_git(key) && (!is_alias || value.starts_with('!')) {
            self.line(word, value);
        }
    }

    /// What an editor, a pager, a debugger or a database's client hands on to a shell.
    fn escapes(&mut self, name: &str, args: &[Word]) {
        let behind = |text: &str, signs: &[&str]| {
            let ends = signs.iter().find_map(|sign| text.find(sign).map(|at| at.saturating_add(sign.len())));
            ends.and_then(|at| text.get(at..)).map(str::to_owned)
        };
        for (at, word) in args.iter().enumerate() {
            let flag = at.checked_sub(1).and_then(|at| args.get(at)).map(|word| word.text.as_str());
            let text = word.text.as_str();
            let command = text.starts_with('+')
                || matches!(
                    flag,
                    Some("-c" | "--cmd" | "-ex" | "-iex" | "-eval-command" | "-o" | "--one-line")
                );
            let code = match name {
                "psql" | "mysql" | "mariadb" => {
                    behind(text, &["\\!"]).or_else(|| text.strip_prefix("system ").map(str::to_owned))
                }
                "sqlite3" => behind(text, &[".shell ", ".system "]),
                _ if command => behind(text, &["!", "shell "]),
                _ => None,
            };
            if let Some(code) = code.filter(|code| !code.trim().is_empty()) {
                self.uses(Use::Code);
                self.codes.push(code.trim().to_owned());
            } else if command && (text.contains("system(") || text.contains("python")) {
                self.uses(Use::Code);
                self.script.doubt("an editor or a debugger runs code");
            }
        }
    }
}
