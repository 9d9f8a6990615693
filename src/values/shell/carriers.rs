//! Programs that run what a subcommand or an option of theirs says: `docker exec c …`, `tar --to-command=…`,
//! `git -c core.pager=…`.

use super::wrappers::{Wrapper, wrapper};

/// A subcommand behind which another program stands, with its arguments.
pub(super) struct Subcommand {
    /// The program and the words that lead to it.
    pub(super) path: &'static [&'static str],
    pub(super) wrapper: Wrapper,
}

const fn sub(path: &'static [&'static str], valued: &'static [&'static str], operands: usize) -> Subcommand {
    Subcommand { path, wrapper: wrapper("", valued, &["-i", "-t", "-d", "-q", "-T", "-P"], operands) }
}

const EXEC: &[&str] =
    &["-e", "--env", "-u", "--user", "-w", "--workdir", "--env-file", "--detach-keys", "--index"];
const RUN: &[&str] = &[
    "-e",
    "--env",
    "-u",
    "--user",
    "-w",
    "--workdir",
    "--env-file",
    "-v",
    "--volume",
    "-p",
    "--publish",
    "--name",
    "--network",
    "--entrypoint",
    "--mount",
    "-m",
    "--memory",
    "--cpus",
    "-h",
    "--hostname",
    "-l",
    "--label",
    "--platform",
    "--device",
    "--cap-add",
    "--security-opt",
    "--pull",
];
const POD: &[&str] = &["-c", "--container", "-n", "--namespace", "--context", "-f", "--filename"];
const PROJECT: &[&str] = &["-p", "--package", "-C", "--directory", "--with", "-n", "--name", "--prefix"];

const SUBCOMMANDS: &[Subcommand] = &[
    sub(&["docker", "exec"], EXEC, 1),
    sub(&["docker", "container", "exec"], EXEC, 1),
    sub(&["docker", "run"], RUN, 1),
    sub(&["docker", "create"], RUN, 1),
    sub(&["docker", "container", "run"], RUN, 1),
    sub(&["docker", "compose", "exec"], EXEC, 1),
    sub(&["docker", "compose", "run"], RUN, 1),
    sub(&["docker-compose", "exec"], EXEC, 1),
    sub(&["docker-compose", "run"], RUN, 1),
    sub(&["podman", "exec"], EXEC, 1),
    sub(&["podman", "run"], RUN, 1),
    sub(&["podman", "unshare"], &[], 0),
    sub(&["nerdctl", "exec"], EXEC, 1),
    sub(&["nerdctl", "run"], RUN, 1),
    sub(&["crictl", "exec"], &[], 1),
    sub(&["kubectl", "exec"], POD, 1),
    sub(&["kubectl", "run"], POD, 1),
    sub(&["kubectl", "debug"], POD, 1),
    sub(&["oc", "exec"], POD, 1),
    sub(&["oc", "rsh"], POD, 1),
    sub(&["lxc", "exec"], &["--env", "--user", "--cwd"], 1),
    sub(&["incus", "exec"], &["--env", "--user", "--cwd"], 1),
    sub(&["lxc-attach"], &["-n", "--name"], 0),
    sub(&["machinectl", "shell"], &["-E", "--setenv", "--uid"], 1),
    sub(&["heroku", "run"], &["-a", "--app"], 0),
    sub(&["ip", "netns", "exec"], &[], 1),
    sub(&["npm", "exec"], PROJECT, 0),
    sub(&["npm", "x"], PROJECT, 0),
    sub(&["yarn", "exec"], &[], 0),
    sub(&["yarn", "dlx"], PROJECT, 0),
    sub(&["pnpm", "exec"], PROJECT, 0),
    sub(&["pnpm", "dlx"], PROJECT, 0),
    sub(&["bun", "x"], PROJECT, 0),
    sub(&["npx"], PROJECT, 0),
    sub(&["bunx"], PROJECT, 0),
    sub(&["uvx"], PROJECT, 0),
    sub(&["uv", "run"], PROJECT, 0),
    sub(&["poetry", "run"], PROJECT, 0),
    sub(&["pipenv", "run"], &[], 0),
    sub(&["pdm", "run"], PROJECT, 0),
    sub(&["hatch", "run"], &[], 0),
    sub(&["rye", "run"], PROJECT, 0),
    sub(&["conda", "run"], PROJECT, 0),
    sub(&["mamba", "run"], PROJECT, 0),
    sub(&["micromamba", "run"], PROJECT, 0),
    sub(&["bundle", "exec"], &[], 0),
    sub(&["rbenv", "exec"], &[], 0),
    sub(&["pyenv", "exec"], &[], 0),
    sub(&["nvm", "exec"], &[], 1),
    sub(&["asdf", "exec"], &[], 0),
    sub(&["mise", "exec"], &[], 0),
    sub(&["mise", "x"], &[], 0),
    sub(&["direnv", "exec"], &[], 1),
    sub(&["opam", "exec"], &[], 0),
    sub(&["stack", "exec"], &[], 0),
    sub(&["cabal", "exec"], &[], 0),
    sub(&["rustup", "run"], &[], 1),
    sub(&["aws-vault", "exec"], &[], 1),
    sub(&["op", "run"], &["--env-file"], 0),
    sub(&["doppler", "run"], &[], 0),
    sub(&["flatpak-spawn"], &[], 0),
    sub(&["git", "bisect", "run"], &[], 0),
    sub(&["perf", "stat"], &["-e", "-o", "-r"], 0),
    sub(&["perf", "record"], &["-e", "-o", "-F"], 0),
];

pub(super) fn subcommands(program: &str) -> impl Iterator<Item = &'static Subcommand> {
    SUBCOMMANDS.iter().filter(move |sub| sub.path.first().is_some_and(|first| *first == program))
}

/// Options whose value is a command line.
const LINES: &[(&[&str], &[&str])] = &[
    (
        &["tar", "bsdtar", "gtar"],
        &[
            "--to-command",
            "-I",
            "--use-compress-program",
            "--rsh-command",
            "--info-script",
            "--new-volume-script",
        ],
    ),
    (&["rsync"], &["-e", "--rsh", "--rsync-path"]),
    (&["scp", "sftp"], &["-S"]),
    (&["man"], &["-P", "--pager"]),
    (&["zip"], &["-TT", "--unzip-command"]),
    (&["nix-shell"], &["--run", "--command"]),
    (&["npx", "npm", "pnpm"], &["-c", "--call", "--shell-mode"]),
    (&["mapfile", "readarray"], &["-C"]),
    (&["nc", "ncat", "netcat"], &["-e", "--exec", "-c", "--sh-exec"]),
    (&["gcloud", "vagrant", "fly", "flyctl"], &["-c", "-C", "--command"]),
    (&["rg"], &["--pre"]),
    (&["sort"], &["--compress-program"]),
    (&["split"], &["--filter"]),
    (&["fzf"], &["--preview"]),
    (&["nodemon", "watchexec"], &["-x", "--exec"]),
    (&["start-stop-daemon"], &["-x", "--exec", "-a", "--startas"]),
    (
        &["git"],
        &[
            "--exec",
            "--extcmd",
            "--upload-pack",
            "--receive-pack",
            "--open-files-in-pager",
            "--tree-filter",
            "--index-filter",
            "--msg-filter",
            "--commit-filter",
            "--env-filter",
            "--tag-name-filter",
        ],
    ),
];

/// The options of `program` whose value is a command line.
pub(super) fn lines_of(program: &str) -> impl Iterator<Item = &'static str> {
    let known = LINES.iter().find(|(programs, _)| programs.contains(&program));
    known.into_iter().flat_map(|(_, options)| options.iter().copied())
}

/// Whether the value of git's setting is a command line.
pub(super) fn is_line_of_git(key: &str) -> bool {
    const WHOLE: &[&str] = &[
        "core.pager",
        "core.editor",
        "core.sshcommand",
        "core.fsmonitor",
        "core.askpass",
        "core.gitproxy",
        "diff.external",
        "sequence.editor",
        "interactive.difffilter",
        "gpg.program",
        "uploadpack.packobjectshook",
        "credential.helper",
    ];
    const ENDS: &[&str] =
        &[".textconv", ".clean", ".smudge", ".process", ".command", ".cmd", ".driver", ".program", ".helper"];
    let key = key.to_ascii_lowercase();
    WHOLE.contains(&key.as_str())
        || key.starts_with("alias.")
        || key.starts_with("pager.")
        || ENDS.iter().any(|end| key.ends_with(end))
}

/// Whether the value of ssh's option is a command line.
pub(super) fn is_line_of_ssh(key: &str) -> bool {
    ["proxycommand", "localcommand", "knownhostscommand"].iter().any(|known| key.eq_ignore_ascii_case(known))
}

/// Whether programs take the value of this variable for a command line.
pub(super) fn is_line_in(variable: &str) -> bool {
    const NAMES: &[&str] = &[
        "GIT_SSH_COMMAND",
        "GIT_SSH",
        "GIT_PAGER",
        "GIT_EDITOR",
        "GIT_SEQUENCE_EDITOR",
        "GIT_EXTERNAL_DIFF",
        "GIT_PROXY_COMMAND",
        "GIT_ASKPASS",
        "SSH_ASKPASS",
        "PAGER",
        "MANPAGER",
        "EDITOR",
        "VISUAL",
        "BROWSER",
        "RSYNC_RSH",
        "FZF_DEFAULT_COMMAND",
        "LESSOPEN",
        "LESSCLOSE",
    ];
    NAMES.contains(&variable)
}

/// How `ssh` is called: its host is an operand, what follows runs there.
pub(super) const SSH: Wrapper = wrapper(
    "ssh",
    &[
        "-B", "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-p", "-Q",
        "-R", "-S", "-W", "-w",
    ],
    &[
        "-4", "-6", "-A", "-a", "-C", "-f", "-G", "-g", "-K", "-k", "-M", "-N", "-n", "-q", "-s", "-T", "-t",
        "-V", "-v", "-X", "-x", "-Y", "-y",
    ],
    1,
);
