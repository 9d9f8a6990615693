//! Simple commands to the programs that run: wrappers are looked through, code in arguments is read as code.

use super::carriers;
use super::decode::{fed, given, printed};
use super::read::{Layer, Raw, Redirect, Word, read};
use super::wrappers::{self, Takes, Wrapper};
use super::{MAX_CODES, MAX_COMMANDS, MAX_LAYERS, Run, Script, Use};

const SHELLS: &[&str] = &["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash", "fish", "csh", "tcsh"];
/// Programs that run code of another language, and the options behind which it stands.
const INTERPRETERS: &[(&str, &[&str])] = &[
    ("python", &["-c"]),
    ("perl", &["-e", "-E"]),
    ("ruby", &["-e"]),
    ("node", &["-e", "-p", "--eval", "--print"]),
    ("nodejs", &["-e", "-p", "--eval"]),
    ("deno", &["eval"]),
    ("php", &["-r"]),
    ("lua", &["-e"]),
    ("bun", &["-e", "--eval", "-p"]),
    ("tclsh", &["-c"]),
    ("expect", &["-c"]),
    ("rscript", &["-e"]),
    ("julia", &["-e", "-E", "--eval"]),
    ("elixir", &["-e", "--eval"]),
    ("groovy", &["-e"]),
    ("scala", &["-e"]),
    ("ghc", &["-e"]),
    ("guile", &["-c"]),
    ("emacs", &["--eval", "--execute", "-eval"]),
    ("osascript", &["-e"]),
    ("pwsh", &["-c", "-Command", "-EncodedCommand"]),
    ("powershell", &["-c", "-Command", "-EncodedCommand"]),
];
/// Programs whose last argument is what they write.
const WRITES_LAST: &[&str] = &["cp", "mv", "install", "ln", "rsync", "scp"];
/// Programs whose every argument is what they write or remove.
const WRITES_ALL: &[&str] = &[
    "rm", "rmdir", "unlink", "shred", "truncate", "touch", "mkdir", "mkfifo", "tee", "chmod", "chown",
    "chgrp", "chattr", "mknod", "wipefs", "mkswap", "srm", "trash", "mv",
];
/// Programs that speak to a host that their arguments name without a scheme.
const NETWORK: &[&str] = &[
    "curl", "wget", "ssh", "scp", "sftp", "ftp", "nc", "ncat", "netcat", "telnet", "socat", "rsync", "ping",
    "dig", "nslookup", "host", "http", "https", "aria2c", "lynx",
];
/// Wrappers within wrappers that are looked through.
const MAX_WRAPPERS: usize = 16;

/// Reads `text` and everything that is code in it.
pub(super) fn script(text: &str, script: &mut Script) {
    let mut codes = vec![(text.to_owned(), 0_usize)];
    let mut count = 0_usize;
    while let Some((text, depth)) = codes.pop() {
        count = count.saturating_add(1);
        if depth > MAX_LAYERS || count > MAX_CODES {
            script.doubt("it holds code in code, too deep or too often");
            break;
        }
        let layer = read(&text, &printed);
        script.uses.extend(layer.uses.iter().copied());
        if let Some(why) = layer.doubt {
            script.doubt(why);
        }
        let mut teller = Teller { script, layer: &layer, codes: Vec::new(), others: Vec::new() };
        for (at, raw) in layer.commands.iter().enumerate() {
            teller.command(at, raw);
        }
        let next = depth.saturating_add(1);
        let mut found = teller.codes;
        found.extend(layer.lines.iter().cloned());
        for body in &layer.expanded {
            found.push([": \"", &body.replace('"', "\\\""), "\""].concat());
        }
        found.reverse();
        codes.extend(found.into_iter().map(|code| (code, next)));
    }
    if script.runs.len() > MAX_COMMANDS {
        script.doubt("it has too many commands");
    }
}

pub(super) struct Teller<'s> {
    pub(super) script: &'s mut Script,
    pub(super) layer: &'s Layer,
    pub(super) codes: Vec<String>,
    /// Other readings of what the command that is looked at runs.
    others: Vec<Vec<Word>>,
}

/// A program's name without directories and `.exe`.
fn base(text: &str) -> String {
    let name = text.rsplit(['/', '\\']).next().unwrap_or(text);
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".EXE")).unwrap_or(name);
    name.to_owned()
}

pub(super) fn is_option(word: &Word) -> bool {
    word.text.starts_with('-') && word.text.len() > 1
}

impl Teller<'_> {
    pub(super) fn uses(&mut self, what: Use) {
        self.script.uses.insert(what);
    }

    fn command(&mut self, at: usize, raw: &Raw) {
        for redirect in &raw.redirects {
            match redirect {
                Redirect::Write(word) => self.file(word, true),
                Redirect::Read(word) => self.file(word, false),
                Redirect::Document(_) | Redirect::Text(_) => {}
            }
        }
        self.words(at, raw, raw.words.clone());
        let mut looked = 0_usize;
        while let Some(words) = self.others.pop() {
            looked = looked.saturating_add(1);
            if looked > MAX_WRAPPERS {
                self.script.doubt("too many wrappers");
                self.others.clear();
                return;
            }
            self.words(at, raw, words);
        }
    }

    /// The wrapper, which these words call, may run those.
    fn other(&mut self, lead: &[&str], words: &[Word]) {
        if words.is_empty() {
            return;
        }
        if self.others.len() >= MAX_WRAPPERS {
            self.script.doubt("too many wrappers");
            return;
        }
        let lead = lead.iter().map(|word| Word { text: (*word).to_owned(), ..Word::default() });
        self.others.push(lead.chain(words.iter().cloned()).collect());
    }

    fn file(&mut self, word: &Word, writes: bool) {
        let path = word.text.as_str();
        if path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/") {
            self.uses(Use::Socket);
            if let Some(host) = path.split('/').nth(3) {
                self.script.hosts.push(host.to_owned());
            }
            return;
        }
        if word.open || word.glob {
            self.script.doubt("a file is named by an expansion");
        }
        if writes && !matches!(path, "/dev/null" | "/dev/stdout" | "/dev/stderr") {
            self.script.writes.push(path.to_owned());
        }
        self.script.paths.push(path.to_owned());
    }

    /// A command, looked through its wrappers.
    fn words(&mut self, at: usize, raw: &Raw, mut words: Vec<Word>) {
        for _ in 0..MAX_WRAPPERS {
            let Some(head) = words.first() else { return };
            if head.open || head.glob {
                self.script.doubt("a program is named by an expansion");
            }
            let name = base(&head.text);
            if head.text.is_empty() {
                self.script.doubt("a program has no name");
            }
            if self.layer.functions.contains(&head.text) && at > 0 {
                return;
            }
            let args: Vec<Word> = words.iter().skip(1).cloned().collect();
            self.tell(&name, &args);
            let lower = name.to_ascii_lowercase();
            match self.inner(raw, &lower, &args) {
                Some(inner) if !inner.is_empty() => words = inner,
                _ => return,
            }
        }
        self.script.doubt("too many wrappers");
    }

    /// One program, and what its arguments say by themselves.
    fn tell(&mut self, name: &str, args: &[Word]) {
        let lower = name.to_ascii_lowercase();
        let told: Vec<String> = args.iter().map(|word| word.text.clone()).collect();
        let network = NETWORK.contains(&lower.as_str());
        let mut targets: Vec<&Word> = args.iter().filter(|word| !is_option(word)).collect();
        for word in args {
            let value =
                word.text.split_once('=').filter(|_| word.text.starts_with('-')).map(|(_, value)| value);
            let text = value.unwrap_or(&word.text);
            if let Some((_, rest)) = text.split_once("://") {
                let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
                let authority = rest.get(..end).unwrap_or_default();
                self.host(authority);
            } else if text.contains('/') || text.starts_with(['.', '~']) {
                self.script.paths.push(text.to_owned());
            }
            if word.text.starts_with("--checkpoint-action=exec=") {
                self.codes.extend(word.text.splitn(3, '=').nth(2).map(str::to_owned));
                self.uses(Use::Code);
            }
        }
        if network {
            for word in targets.iter().filter(|word| !word.text.contains("://") && !word.text.is_empty()) {
                let end = word.text.find('/').unwrap_or(word.text.len());
                let host = word.text.get(..end).unwrap_or_default();
                if host.contains(['.', ':', '@']) || host == "localhost" {
                    self.host(host);
                }
            }
        }
        let mut written: Vec<&Word> = Vec::new();
        if WRITES_ALL.contains(&lower.as_str()) {
            // The first argument of these is a mode or an owner.
            let skipped = usize::from(matches!(lower.as_str(), "chmod" | "chown" | "chgrp" | "chattr"));
            written.extend(targets.iter().skip(skipped));
        } else if WRITES_LAST.contains(&lower.as_str()) {
            let option = |flag: &str| {
                args.iter().position(|word| word.text == flag).and_then(|at| args.get(at.saturating_add(1)))
            };
            written.extend(option("-t").or_else(|| targets.pop()));
        } else if lower == "sed"
            && args.iter().any(|word| word.text.starts_with("-i") || word.text.starts_with("--in-place"))
        {
            written.extend(targets.iter().skip(1));
        }
        for word in args {
            if lower == "dd"
                && let Some(of) = word.text.strip_prefix("of=")
            {
                self.file(&Word { text: of.to_owned(), ..word.clone() }, true);
            }
        }
        let outputs: &[&str] = match lower.as_str() {
            "curl" | "sort" | "gcc" | "cc" | "clang" => &["-o", "--output"],
            "wget" => &["-O", "--output-document", "-o", "-P"],
            "tar" | "unzip" => &["-C", "-d"],
            _ => &[],
        };
        for pair in args.windows(2) {
            if let [flag, value] = pair
                && outputs.contains(&flag.text.as_str())
            {
                written.push(value);
            }
        }
        for word in written {
            self.file(word, true);
        }
        if matches!(lower.as_str(), "awk" | "gawk" | "mawk" | "nawk")
            && args.iter().any(|word| {
                ["system(", "getline", "print |", "printf |", "| \"", "|\""]
                    .iter()
                    .any(|sign| word.text.contains(sign))
            })
        {
            self.uses(Use::Code);
            self.script.doubt("awk runs a command");
        }
        self.script.runs.push(Run { program: name.to_owned(), args: told });
    }

    fn host(&mut self, authority: &str) {
        let host = authority.rsplit('@').next().unwrap_or_default();
        let host = if host.starts_with('[') {
            host.split(']').next().unwrap_or(host).trim_start_matches('[')
        } else {
            host.split(':').next().unwrap_or(host)
        };
        self.script.hosts.push(host.to_owned());
    }

    pub(super) fn code(&mut self, words: &[Word]) {
        self.uses(Use::Code);
        if words.iter().any(|word| word.open) {
            self.script.doubt("code is put together by an expansion");
        }
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        self.codes.push(texts.join(" "));
    }

    /// What a program runs in turn; `None` when it runs nothing that is a simple command.
    fn inner(&mut self, raw: &Raw, name: &str, args: &[Word]) -> Option<Vec<Word>> {
        if SHELLS.contains(&name) {
            self.shell(raw, args);
            return None;
        }
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        if let Some((_, flags)) = INTERPRETERS.iter().find(|(known, _)| *known == stem) {
            if args.iter().any(|word| flags.iter().any(|flag| word.text.starts_with(flag))) {
                self.uses(Use::Code);
            } else if args.iter().any(|word| !is_option(word)) {
                self.uses(Use::ScriptFile);
            } else if raw.fed_by.is_some() || given(self.layer, raw).is_some() {
                self.uses(Use::PipedCode);
            }
            return None;
        }
        match name {
            "eval" | "trap" => {
                let end = if name == "trap" { 1 } else { args.len() };
                self.code(args.get(..end.min(args.len())).unwrap_or_default());
                None
            }
            "alias" => {
                for word in args {
                    if let Some((_, value)) = word.text.split_once('=') {
                        self.code(&[Word { text: value.to_owned(), ..word.clone() }]);
                    }
                }
                None
            }
            "source" | "." => {
                self.uses(Use::ScriptFile);
                None
            }
            "su" | "script" | "runuser" | "sg" | "capsh" => {
                if name != "script" {
                    self.uses(Use::Privilege);
                }
                if name == "runuser" && args.iter().any(|word| matches!(word.text.as_str(), "-u" | "--user"))
                {
                    return self.wrapped(name, args);
                }
                let flag = args
                    .iter()
                    .position(|word| matches!(word.text.as_str(), "-c" | "--command" | "-lc" | "-qc"))?;
                let code = args.get(flag.saturating_add(1))?.clone();
                self.code(&[code]);
                None
            }
            "ssh" => {
                self.lines(name, args);
                let rest = self.through(&["ssh"], &carriers::SSH, args)?;
                if !rest.is_empty() {
                    self.code(&rest);
                }
                None
            }
            "find" | "fd" => {
                let flags: &[&str] =
                    &["-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "--exec-batch"];
                if args.iter().any(|word| matches!(word.text.as_str(), "-delete" | "-fprint" | "-fls")) {
                    let roots = args.iter().take_while(|word| !is_option(word)).cloned().collect::<Vec<_>>();
                    for root in &roots {
                        self.file(root, true);
                    }
                    self.script.runs.push(Run { program: "rm".to_owned(), args: vec!["{}".to_owned()] });
                }
                let mut rest = args;
                let mut last = None;
                while let Some(flag) = rest.iter().position(|word| flags.contains(&word.text.as_str())) {
                    self.uses(Use::Wrapper);
                    let after = rest.get(flag.saturating_add(1)..).unwrap_or_default();
                    let end = after
                        .iter()
                        .position(|word| matches!(word.text.as_str(), ";" | "+"))
                        .unwrap_or(after.len());
                    // What it finds takes the place of `{}`.
                    if let Some(before) = last.replace(after.get(..end).unwrap_or_default().to_vec()) {
                        self.code(&before);
                    }
                    rest = after.get(end..).unwrap_or_default();
                }
                last
            }
            _ => self.carried(raw, name, args),
        }
    }

    pub(super) fn wrapped(&mut self, name: &str, args: &[Word]) -> Option<Vec<Word>> {
        let wrapper = wrappers::named(name)?;
        self.uses(Use::Wrapper);
        if matches!(
            name,
            "sudo"
                | "doas"
                | "pkexec"
                | "gosu"
                | "su-exec"
                | "setpriv"
                | "chpst"
                | "setuidgid"
                | "s6-setuidgid"
        ) {
            self.uses(Use::Privilege);
        }
        self.through(&[name], wrapper, args)
    }

    /// What stands behind the options and operands of a wrapper, which the words of `lead` call.
    pub(super) fn through(&mut self, lead: &[&str], wrapper: &Wrapper, args: &[Word]) -> Option<Vec<Word>> {
        let name = *lead.first()?;
        let mut rest = args;
        let mut operands = wrapper.operands();
        while let Some((word, after)) = rest.split_first() {
            if word.open && !is_option(word) && operands == 0 {
                break;
            }
            if name == "env" && matches!(word.text.as_str(), "-S" | "-vS" | "-iS" | "-ivS" | "--split-string")
            {
                self.code(after);
                return None;
            }
            if let Some(line) =
                word.text.strip_prefix("--split-string=").or_else(|| word.text.strip_prefix("-S"))
                && name == "env"
            {
                let line = Word { text: line.to_owned(), ..word.clone() };
                self.code(&std::iter::once(line).chain(after.iter().cloned()).collect::<Vec<_>>());
                return None;
            }
            if matches!(name, "flock" | "nsenter") && word.text == "-c" {
                self.code(after.get(..1).unwrap_or_default());
                return None;
            }
            if word.text == "--" {
                // Operands may still come, as in `docker exec -- c rm`.
                rest = if operands > 0 && lead.len() > 1 {
                    after.get(operands..).unwrap_or_default()
                } else {
                    after
                };
                break;
            }
            // `env -` is `env -i`.
            if name == "env" && word.text == "-" {
                rest = after;
                continue;
            }
            if is_option(word) {
                let takes = wrapper.option(&word.text);
                rest = after.get(usize::from(takes == Takes::Value)..).unwrap_or_default();
                // SECURITY: an option that nobody here knows may take the next word; then the word is read as the program, and
                // the real one as its argument. So both are looked at.
                if takes == Takes::Unknown && after.first().is_some_and(|word| !is_option(word)) {
                    self.other(lead, after.get(1..).unwrap_or_default());
                }
                continue;
            }
            if matches!(name, "env" | "sudo") && word.text.contains('=') {
                self.uses(Use::Assignment);
                rest = after;
                continue;
            }
            if operands > 0 {
                operands = operands.saturating_sub(1);
                rest = after;
                continue;
            }
            break;
        }
        if matches!(name, "watch" | "parallel") {
            self.code(rest);
            return None;
        }
        if matches!(name, "sudo" | "doas") && rest.is_empty() {
            return None;
        }
        if name == "xargs" {
            // What it reads becomes arguments.
            let mut words = rest.to_vec();
            if words.is_empty() {
                return None;
            }
            words.push(Word { text: "{}".to_owned(), ..Word::default() });
            return Some(words);
        }
        Some(rest.to_vec())
    }

    /// A shell: its code is an argument, a file, or what it reads.
    fn shell(&mut self, raw: &Raw, args: &[Word]) {
        let mut rest = args.iter();
        while let Some(word) = rest.next() {
            let text = word.text.as_str();
            if text.starts_with('-') && !text.starts_with("--") && text.contains('c') {
                let code = rest.next().cloned();
                // SECURITY: `bash -c -x 'code'` and the like: what follows may be the code.
                match code {
                    Some(code) if is_option(&code) => {
                        let all: Vec<Word> = rest.cloned().collect();
                        self.script.doubt("options behind `-c`");
                        self.code(&all);
                    }
                    Some(code) => self.code(&[code]),
                    None => self.script.doubt("`-c` without code"),
                }
                return;
            }
            if matches!(text, "-o" | "-O" | "--rcfile" | "--init-file") {
                rest.next();
                continue;
            }
            if is_option(word) && text != "-s" {
                continue;
            }
            if text == "-s" || text == "-" || text == "/dev/stdin" {
                break;
            }
            self.uses(Use::ScriptFile);
            if word.open {
                self.script.doubt("a script is named by an expansion");
            }
            self.script.paths.push(text.to_owned());
            return;
        }
        let fed_by = raw.fed_by;
        if fed_by.is_none() && raw.redirects.is_empty() {
            return;
        }
        self.uses(Use::PipedCode);
        let code = given(self.layer, raw).or_else(|| fed(self.layer, fed_by?));
        match code {
            Some(code) => {
                let encoded = fed_by.is_some_and(|by| {
                    let words =
                        self.layer.commands.get(by).map(|raw| raw.words.as_slice()).unwrap_or_default();
                    !words.first().is_some_and(|word| matches!(word.text.as_str(), "echo" | "printf" | "cat"))
                });
                if encoded {
                    self.uses(Use::Decoded);
                }
                self.uses(Use::Code);
                self.codes.push(code);
            }
            None => self.script.doubt("a shell runs what is not in the line"),
        }
    }
}
