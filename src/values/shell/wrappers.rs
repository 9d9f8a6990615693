//! Programs that run another one which their arguments name, and how their options are read.

/// A program that runs another one, which its arguments name.
pub(super) struct Wrapper {
    name: &'static str,
    /// Options that take a value of their own.
    valued: &'static [&'static str],
    /// Options that take none.
    flags: &'static [&'static str],
    /// Arguments that come before the program.
    operands: usize,
}

pub(super) const fn wrapper(
    name: &'static str,
    valued: &'static [&'static str],
    flags: &'static [&'static str],
    operands: usize,
) -> Wrapper {
    Wrapper { name, valued, flags, operands }
}

const WRAPPERS: &[Wrapper] = &[
    wrapper(
        "env",
        &["-u", "--unset", "-C", "--chdir", "-P"],
        &["-", "-i", "--ignore-environment", "-0", "--null", "-v", "--debug"],
        0,
    ),
    wrapper(
        "sudo",
        &[
            "-u",
            "-g",
            "-p",
            "-h",
            "-C",
            "-r",
            "-t",
            "-D",
            "-U",
            "-T",
            "-R",
            "--user",
            "--group",
            "--prompt",
            "--host",
            "--chdir",
            "--role",
            "--type",
            "--chroot",
            "--close-from",
            "--other-user",
            "--command-timeout",
        ],
        &[
            "-n",
            "-E",
            "-H",
            "-i",
            "-s",
            "-b",
            "-A",
            "-k",
            "-K",
            "-S",
            "-l",
            "-v",
            "-P",
            "-B",
            "-N",
            "-e",
            "-V",
            "--non-interactive",
            "--preserve-env",
            "--set-home",
            "--login",
            "--shell",
            "--background",
            "--askpass",
            "--stdin",
            "--reset-timestamp",
            "--preserve-groups",
            "--bell",
            "--no-update",
            "--validate",
            "--list",
        ],
        0,
    ),
    wrapper("doas", &["-u", "-C", "-a"], &["-n", "-s", "-L"], 0),
    wrapper("pkexec", &["--user"], &["--disable-internal-agent", "--keep-cwd"], 0),
    wrapper("nohup", &[], &[], 0),
    wrapper("setsid", &[], &["-c", "--ctty", "-f", "--fork", "-w", "--wait"], 0),
    wrapper("nice", &["-n", "--adjustment"], &[], 0),
    wrapper("ionice", &["-c", "-n", "-p", "--class", "--classdata"], &["-t", "--ignore"], 0),
    wrapper("chrt", &[], &["-b", "-d", "-f", "-i", "-o", "-r", "-a", "-R", "-v"], 1),
    wrapper("taskset", &[], &["-a", "-c", "--all-tasks", "--cpu-list"], 1),
    wrapper(
        "time",
        &["-o", "-f", "--output", "--format"],
        &["-p", "-v", "-a", "-l", "-q", "--portability", "--verbose", "--append"],
        0,
    ),
    wrapper(
        "timeout",
        &["-k", "-s", "--kill-after", "--signal"],
        &["-v", "-p", "-f", "--foreground", "--preserve-status", "--verbose"],
        1,
    ),
    wrapper("stdbuf", &["-i", "-o", "-e", "--input", "--output", "--error"], &[], 0),
    wrapper("unbuffer", &[], &["-p"], 0),
    wrapper("command", &[], &["-p", "-v", "-V"], 0),
    wrapper("builtin", &[], &[], 0),
    wrapper("exec", &["-a"], &["-c", "-l"], 0),
    wrapper("coproc", &[], &[], 0),
    wrapper("noglob", &[], &[], 0),
    wrapper("nocorrect", &[], &[], 0),
    wrapper("caffeinate", &["-t", "-w"], &["-d", "-i", "-m", "-s", "-u"], 0),
    wrapper("chroot", &["--userspec", "--groups"], &["--skip-chdir"], 1),
    wrapper(
        "strace",
        &["-e", "-o", "-p", "-s", "-u", "-a", "-b", "-E", "-I", "-O", "-P", "-S", "-U", "-X"],
        &[
            "-c", "-C", "-d", "-D", "-f", "-F", "-h", "-i", "-k", "-n", "-q", "-r", "-t", "-T", "-v", "-V",
            "-w", "-x", "-y", "-z", "-Z",
        ],
        0,
    ),
    wrapper(
        "ltrace",
        &["-e", "-o", "-p", "-s", "-u", "-a", "-A", "-D", "-F", "-l", "-n", "-x", "-X"],
        &["-c", "-C", "-f", "-h", "-i", "-L", "-r", "-S", "-t", "-T", "-V"],
        0,
    ),
    wrapper("gdb", &["-ex", "-x", "-p"], &["--args", "-args", "-q", "-batch", "--batch", "-nx"], 0),
    wrapper(
        "unshare",
        &["-S", "-G", "-R", "-w"],
        &[
            "-m",
            "-u",
            "-i",
            "-n",
            "-p",
            "-U",
            "-C",
            "-T",
            "-f",
            "-r",
            "-c",
            "--fork",
            "--map-root-user",
            "--mount-proc",
            "--net",
            "--pid",
            "--user",
            "--mount",
        ],
        0,
    ),
    wrapper(
        "nsenter",
        &["-t", "-S", "-G", "--target"],
        &[
            "-a", "-m", "-u", "-i", "-n", "-p", "-U", "-C", "-T", "-r", "-w", "-e", "-F", "-Z", "--all",
            "--mount", "--net", "--pid",
        ],
        0,
    ),
    wrapper(
        "systemd-run",
        &[
            "-p",
            "-u",
            "-E",
            "-H",
            "-M",
            "-d",
            "--unit",
            "--property",
            "--setenv",
            "--slice",
            "--uid",
            "--gid",
        ],
        &[
            "-t",
            "-P",
            "-q",
            "-r",
            "-G",
            "-S",
            "--user",
            "--system",
            "--scope",
            "--wait",
            "--pty",
            "--pipe",
            "--quiet",
            "--collect",
        ],
        0,
    ),
    wrapper("busybox", &[], &[], 0),
    wrapper("toybox", &[], &[], 0),
    wrapper(
        "xargs",
        &[
            "-a",
            "-d",
            "-E",
            "-I",
            "-L",
            "-n",
            "-P",
            "-s",
            "-R",
            "-S",
            "-J",
            "--arg-file",
            "--delimiter",
            "--max-args",
            "--max-procs",
            "--max-chars",
        ],
        &[
            "-0",
            "-r",
            "-t",
            "-p",
            "-x",
            "-o",
            "-i",
            "-l",
            "-e",
            "--null",
            "--no-run-if-empty",
            "--verbose",
            "--interactive",
            "--exit",
            "--open-tty",
            "--replace",
            "--max-lines",
            "--eof",
        ],
        0,
    ),
    wrapper(
        "parallel",
        &["-j", "-N", "-I", "-a", "--jobs"],
        &["-k", "-q", "-0", "-X", "-m", "--keep-order", "--dry-run"],
        0,
    ),
    wrapper(
        "watch",
        &["-n", "--interval"],
        &["-b", "-c", "-d", "-e", "-g", "-p", "-t", "-x", "--no-title", "--differences"],
        0,
    ),
    wrapper(
        "flock",
        &["-w", "-E", "--timeout", "--wait"],
        &["-s", "-x", "-e", "-u", "-n", "-o", "-F", "-v", "--nonblock", "--shared", "--exclusive"],
        1,
    ),
    wrapper("entr", &[], &["-a", "-c", "-d", "-n", "-p", "-r", "-s", "-z"], 0),
    wrapper("proxychains", &["-f"], &["-q"], 0),
    wrapper("torsocks", &["-u", "-p", "-a", "-P"], &["-i", "-d", "-q"], 0),
    wrapper("firejail", &[], &[], 0),
    wrapper("bwrap", &[], &[], 0),
    wrapper(
        "runuser",
        &["-u", "-g", "-G", "-s", "-w", "--user", "--group", "--shell"],
        &["-l", "-m", "-p", "-f", "-P"],
        0,
    ),
    wrapper("gosu", &[], &[], 1),
    wrapper("su-exec", &[], &[], 1),
    wrapper("setuidgid", &[], &[], 1),
    wrapper("s6-setuidgid", &[], &[], 1),
    wrapper("envuidgid", &[], &[], 1),
    wrapper("envdir", &[], &[], 1),
    wrapper(
        "chpst",
        &["-u", "-U", "-b", "-/", "-e", "-n", "-l", "-L", "-m", "-d", "-o", "-p", "-f", "-c", "-C"],
        &["-P", "-0", "-1", "-2"],
        0,
    ),
    wrapper("fakeroot", &["-l", "-s", "-i", "-b", "--lib", "--faked"], &["-u", "-h", "-v"], 0),
    wrapper("proot", &["-r", "-b", "-w", "-q", "-R", "-S", "-k", "-i"], &["-0", "-v"], 0),
    wrapper("cpulimit", &["-l", "-p", "-e", "-P", "-c", "--limit"], &["-z", "-i", "-v", "-b", "-f", "-q"], 0),
    wrapper("prlimit", &["-p", "-o", "--pid"], &[], 0),
    wrapper(
        "setpriv",
        &[
            "--reuid",
            "--regid",
            "--groups",
            "--inh-caps",
            "--ambient-caps",
            "--bounding-set",
            "--securebits",
            "--pdeathsig",
        ],
        &["--clear-groups", "--keep-groups", "--init-groups", "--no-new-privs", "--reset-env"],
        0,
    ),
    wrapper(
        "xvfb-run",
        &["-n", "-s", "-e", "-f", "-w", "-p", "--server-args", "--server-num"],
        &["-a", "-l", "--auto-servernum"],
        0,
    ),
    wrapper("dbus-launch", &["--config-file"], &[], 0),
    wrapper("dbus-run-session", &["--config-file"], &[], 0),
    wrapper("wsl", &["-d", "-u", "--distribution", "--user", "--cd"], &["-e", "--exec"], 0),
    wrapper("setarch", &[], &["-R", "-v", "-3"], 1),
    wrapper("linux32", &[], &[], 0),
    wrapper("linux64", &[], &[], 0),
    wrapper("numactl", &["-m", "-N", "-C", "-i", "--membind", "--cpunodebind"], &[], 0),
    wrapper("eatmydata", &[], &[], 0),
    wrapper("faketime", &[], &["-f"], 1),
    wrapper("valgrind", &[], &["-q", "-v"], 0),
    wrapper("proxychains4", &["-f"], &["-q"], 0),
    wrapper("torify", &[], &[], 0),
    wrapper("tsocks", &[], &[], 0),
    wrapper("sshpass", &["-p", "-f", "-d"], &["-e", "-v"], 0),
    wrapper("tini", &["-p"], &["-s", "-v", "-w", "-g"], 0),
    wrapper("dumb-init", &["-r"], &["-c", "-v"], 0),
    wrapper("chronic", &[], &["-v", "-e"], 0),
    wrapper("ld.so", &["--library-path", "--preload", "--audit", "--argv0"], &[], 0),
];

/// How an option of a wrapper stands to the word behind it.
#[derive(PartialEq, Eq)]
pub(super) enum Takes {
    /// The word is its value.
    Value,
    Nothing,
    /// Nobody here knows the option.
    Unknown,
}

impl Wrapper {
    /// How many arguments come before the program.
    pub(super) const fn operands(&self) -> usize {
        self.operands
    }

    /// What the option takes.
    pub(super) fn option(&self, word: &str) -> Takes {
        if self.valued.contains(&word) {
            return Takes::Value;
        }
        if self.flags.contains(&word) || (word.starts_with("--") && word.contains('=')) {
            return Takes::Nothing;
        }
        if word.starts_with("--") {
            return Takes::Unknown;
        }
        // Letters in one word: each is a flag, until one takes what is left of the word, or the next one.
        let letters = word.strip_prefix('-').unwrap_or(word);
        for (at, letter) in letters.char_indices() {
            let option: String = ['-', letter].iter().collect();
            if self.valued.contains(&option.as_str()) {
                let last = at.saturating_add(letter.len_utf8()) == letters.len();
                return if last { Takes::Value } else { Takes::Nothing };
            }
            // `nice -10`, `xargs -i{}`
            let optional =
                letter.is_ascii_digit() || matches!((self.name, letter), ("xargs", 'i' | 'l' | 'e'));
            if optional {
                return Takes::Nothing;
            }
            if !self.flags.contains(&option.as_str()) {
                return Takes::Unknown;
            }
        }
        Takes::Nothing
    }
}

pub(super) fn named(name: &str) -> Option<&'static Wrapper> {
    // The loader of programs has a name on each kind of machine.
    let name = if name.starts_with("ld-linux") || name.starts_with("ld-musl") { "ld.so" } else { name };
    WRAPPERS.iter().find(|wrapper| wrapper.name == name)
}
