//! What a command line would run, before anybody runs it.
//!
//! A line is read as a POSIX shell and bash would read it: every simple command in pipes, lists, groups, functions
//! and substitutions, behind wrappers (`env`, `sudo`, `xargs`, `sh -c`, `find -exec`, `eval`, …) and in decoded
//! layers (`echo … | base64 -d | sh`). What cannot be known from the text alone (a program named by a variable,
//! code that is fetched and piped into a shell) is a [doubt](Script::doubt), and counts as the worst.
//!
//! Time and memory are linear in the text: one pass with explicit stacks, and budgets over layers and expansions.
//!
//! Not promised: that a program does what its name says, what a script file holds, and the languages of other
//! shells (`cmd.exe`, PowerShell, fish) or of `python -c` and its like.

mod carriers;
mod decode;
mod hidden;
mod read;
mod run;
mod wrappers;

use std::collections::BTreeSet;

/// Longest text that is read, in bytes.
const MAX_TEXT: usize = 64 << 10;
/// Deepest nesting of groups, substitutions and quotes.
const MAX_OPEN: usize = 64;
/// Deepest nesting of code in code: `sh -c "sh -c '…'"`.
const MAX_LAYERS: usize = 8;
/// Most texts that are read as code within one line.
const MAX_CODES: usize = 64;
/// Most commands of one line.
const MAX_COMMANDS: usize = 4_096;
/// Bytes that expansions may add.
const MAX_PRODUCED: usize = 64 << 10;

/// Something that a line does besides naming programs. The words are the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Use {
    /// More than one command: `a; b`, `a && b`, a newline.
    List,
    /// `a | b`.
    Pipe,
    /// `&`.
    Background,
    /// `<`, `>`, `>>` and their kin, of files.
    Redirect,
    /// `<<` and `<<<`.
    Document,
    /// `$(…)`, backticks, `<(…)`.
    Substitution,
    /// `$name`, `${…}`.
    Variable,
    /// `name=value`.
    Assignment,
    /// `*`, `?`, `[…]` or braces.
    Pattern,
    /// `if`, `for`, `while`, `case`.
    Control,
    /// A function is defined.
    Function,
    /// `( … )`.
    Group,
    /// A command that runs another: `env`, `xargs`, `sudo`.
    Wrapper,
    /// `sudo`, `doas`, `su`, `pkexec`.
    Privilege,
    /// Code in an argument: `sh -c`, `eval`, `python -c`.
    Code,
    /// Code that a pipe or a document feeds to a shell.
    PipedCode,
    /// Code that was encoded.
    Decoded,
    /// A file that is run as a script.
    ScriptFile,
    /// `/dev/tcp` and `/dev/udp`.
    Socket,
}

impl Use {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::List,
        Self::Pipe,
        Self::Background,
        Self::Redirect,
        Self::Document,
        Self::Substitution,
        Self::Variable,
        Self::Assignment,
        Self::Pattern,
        Self::Control,
        Self::Function,
        Self::Group,
        Self::Wrapper,
        Self::Privilege,
        Self::Code,
        Self::PipedCode,
        Self::Decoded,
        Self::ScriptFile,
        Self::Socket,
    ];

    /// The word that policies use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Pipe => "pipe",
            Self::Background => "background",
            Self::Redirect => "redirect",
            Self::Document => "document",
            Self::Substitution => "substitution",
            Self::Variable => "variable",
            Self::Assignment => "assignment",
            Self::Pattern => "pattern",
            Self::Control => "control",
            Self::Function => "function",
            Self::Group => "group",
            Self::Wrapper => "wrapper",
            Self::Privilege => "privilege",
            Self::Code => "code",
            Self::PipedCode => "piped-code",
            Self::Decoded => "decoded",
            Self::ScriptFile => "script-file",
            Self::Socket => "socket",
        }
    }
}

/// One program that a line would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    program: String,
    args: Vec<String>,
}

impl Run {
    /// Its name without directories: `rm` of `/bin/rm`.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Its arguments, without quotes. What an expansion leaves open stands there as it was written.
    pub fn args(&self) -> &[String] {
        &self.args
    }

    /// Program and arguments with one blank between.
    pub fn line(&self) -> String {
        let mut line = self.program.clone();
        for arg in &self.args {
            line.push(' ');
            line.push_str(arg);
        }
        line
    }
}

/// What a line would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    runs: Vec<Run>,
    writes: Vec<String>,
    paths: Vec<String>,
    hosts: Vec<String>,
    uses: BTreeSet<Use>,
    doubt: Option<&'static str>,
}

impl Script {
    /// Reads `text` as a shell would.
    pub fn read(text: &str) -> Self {
        let mut script = Self::default();
        if text.len() > MAX_TEXT {
            script.doubt("the line is too long to be read");
            return script;
        }
        run::script(text, &mut script);
        script
    }

    /// Every program that it would run, in the order in which the text names them, those in substitutions and
    /// decoded layers included.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The files that it would write, change or remove: targets of redirections, and what known programs write.
    pub fn writes(&self) -> &[String] {
        &self.writes
    }

    /// Every argument or target that names a file by a path, written ones included.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The hosts that its arguments name.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// What it does besides.
    pub const fn uses(&self) -> &BTreeSet<Use> {
        &self.uses
    }

    /// Why the reading may not be all of it; `None` where nothing is left open.
    pub const fn doubt_text(&self) -> Option<&'static str> {
        self.doubt
    }

    fn doubt(&mut self, why: &'static str) {
        self.doubt.get_or_insert(why);
    }
}

#[cfg(test)]
mod tests;
