//! A scanner that is just good enough to find the paths and the literals in Rust source: it drops comments, keeps
//! line numbers, and knows which lines are tests and which inline module a token stands in.

/// A piece of source that is not white space or comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// An identifier or keyword. Numbers come as these too; nobody looks at them.
    Word(String),
    /// `::`.
    Colons,
    /// Any other character.
    Mark(char),
    /// A string or character literal, as it is written.
    Literal(String),
}

/// A token and its line, from 1.
#[derive(Debug, Clone)]
pub(crate) struct Located {
    pub(crate) token: Token,
    pub(crate) line: usize,
}

/// A path that starts at the crate's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CratePath {
    /// Without the leading `crate`; a glob is `*`.
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    /// Inside something marked `#[cfg(test)]`.
    pub(crate) in_test: bool,
}

/// Splits source into tokens.
pub(crate) fn tokens(source: &str) -> Vec<Located> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < chars.len() {
        let (start, c) = (i, chars[i]);
        let token = match c {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && chars[i] != '\n' {
                    i += 1;
                }
                None
            }
            '/' if at(i + 1) == '*' => {
                i = end_of_block_comment(&chars, i);
                None
            }
            '"' => {
                i = end_of_string(&chars, i);
                Some(literal(&chars, start, i))
            }
            '\'' => {
                // A lifetime is a quote and a word with no closing quote behind the first character.
                if at(i + 1) == '\\' {
                    i += 3;
                    while i < chars.len() && chars[i] != '\'' {
                        i += 1;
                    }
                    i += 1;
                    Some(literal(&chars, start, i))
                } else if at(i + 2) == '\'' {
                    i += 3;
                    Some(literal(&chars, start, i))
                } else {
                    i += 1;
                    Some(Token::Mark('\''))
                }
            }
            c if c.is_alphanumeric() || c == '_' => {
                while at(i).is_alphanumeric() || at(i) == '_' {
                    i += 1;
                }
                let word: String = chars[start..i].iter().collect();
                if let Some(end) = end_of_prefixed_literal(&chars, &word, i) {
                    i = end;
                    Some(literal(&chars, start, i))
                } else if word == "r" && at(i) == '#' {
                    i += 1; // A raw identifier: the word follows.
                    None
                } else {
                    Some(Token::Word(word))
                }
            }
            ':' if at(i + 1) == ':' => {
                i += 2;
                Some(Token::Colons)
            }
            c => {
                i += 1;
                (!c.is_whitespace()).then_some(Token::Mark(c))
            }
        };
        if let Some(token) = token {
            out.push(Located { token, line });
        }
        line += chars[start..i.min(chars.len())].iter().filter(|c| **c == '\n').count();
    }
    out
}

fn literal(chars: &[char], start: usize, end: usize) -> Token {
    Token::Literal(chars[start..end.min(chars.len())].iter().collect())
}

fn end_of_block_comment(chars: &[char], start: usize) -> usize {
    let (mut i, mut depth) = (start, 0);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            break;
        }
    }
    i
}

fn end_of_string(chars: &[char], quote: usize) -> usize {
    let mut i = quote + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    i
}

/// The end of `b"…"`, `c"…"`, `r#"…"#`, `b'…'` and their like, when `word`, which ends at `i`, starts one.
fn end_of_prefixed_literal(chars: &[char], word: &str, i: usize) -> Option<usize> {
    match (word, chars.get(i)?) {
        ("b" | "c", '"') => Some(end_of_string(chars, i)),
        ("b", '\'') => {
            let from = if chars.get(i + 1) == Some(&'\\') { i + 3 } else { i + 2 };
            Some(from + chars.get(from..)?.iter().position(|c| *c == '\'')? + 1)
        }
        ("r" | "br" | "cr", '#' | '"') => {
            let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
            if chars.get(i + hashes) != Some(&'"') {
                return None;
            }
            let mut end = i + hashes + 1;
            while end < chars.len() {
                let closing = chars.get(end + 1..end + 1 + hashes);
                if chars[end] == '"' && closing.is_some_and(|marks| marks.iter().all(|c| *c == '#')) {
                    return Some(end + 1 + hashes);
                }
                end += 1;
            }
            Some(end)
        }
        _ => None,
    }
}

/// Every path of the source that names something of this crate: `crate::…` as written, `super::…` and `self::…`
/// resolved from `module`, the path of the file's own module. Groups are spelled out.
pub(crate) fn crate_paths(source: &str, module: &[&str]) -> Vec<CratePath> {
    let tokens = tokens(source);
    let tests = test_lines(&tokens);
    let mut found = Vec::new();
    let mut here: Vec<String> = module.iter().map(ToString::to_string).collect();
    let mut blocks: Vec<bool> = Vec::new(); // For each open brace: whether it opened a module.
    let mut i = 0;
    while i < tokens.len() {
        match &tokens[i].token {
            Token::Mark('{') => {
                let name = match (i.checked_sub(2).map(|m| &tokens[m].token), i.checked_sub(1)) {
                    (Some(Token::Word(keyword)), Some(n)) if keyword == "mod" => match &tokens[n].token {
                        Token::Word(name) => Some(name.clone()),
                        _ => None,
                    },
                    _ => None,
                };
                blocks.push(name.is_some());
                here.extend(name);
            }
            Token::Mark('}') => {
                let left_a_module = blocks.pop() == Some(true);
                here.truncate(here.len() - usize::from(left_a_module));
            }
            Token::Word(word)
                if matches!(word.as_str(), "crate" | "super" | "self") && is_path(&tokens, i) =>
            {
                let line = tokens[i].line;
                let mut start = match word.as_str() {
                    "crate" => Vec::new(),
                    "super" => parent(&here),
                    _ => here.clone(),
                };
                i += 2;
                while matches!(&tokens[i].token, Token::Word(word) if word == "super") && is_path(&tokens, i)
                {
                    start = parent(&start);
                    i += 2;
                }
                let mut ends = Vec::new();
                i = expand(&tokens, i, start, &mut ends);
                let in_test = tests.iter().any(|lines| lines.contains(&line));
                found.extend(ends.into_iter().map(|segments| CratePath { segments, line, in_test }));
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    found
}

/// Whether the word at `i` starts a path, rather than being a visibility or a method's `self`.
fn is_path(tokens: &[Located], i: usize) -> bool {
    let visibility = i.checked_sub(1).is_some_and(|p| tokens[p].token == Token::Word("in".into()))
        && i.checked_sub(2).is_some_and(|p| tokens[p].token == Token::Mark('('));
    !visibility && tokens.get(i + 1).is_some_and(|next| next.token == Token::Colons) && i + 2 < tokens.len()
}

fn parent(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1)].to_vec()
}

/// Follows a path, or a tree of paths, from the token at `i`; returns the place behind it.
fn expand(tokens: &[Located], mut i: usize, start: Vec<String>, ends: &mut Vec<Vec<String>>) -> usize {
    let mut stack = vec![start.clone()];
    let mut path = start;
    let mut named = false; // Whether the branch that we are on has a segment that is not yet recorded.
    let mut expects_segment = true;
    while let Some(located) = tokens.get(i) {
        match &located.token {
            Token::Word(word) if expects_segment => {
                if word != "self" {
                    path.push(word.clone());
                }
                (named, expects_segment) = (true, false);
            }
            Token::Mark('*') if expects_segment => {
                path.push("*".into());
                (named, expects_segment) = (true, false);
            }
            Token::Colons if !expects_segment => expects_segment = true,
            Token::Mark('{') if expects_segment => {
                stack.push(path.clone());
                named = false;
            }
            // `use a::b as c`: the new name is nobody's business. Only inside `use` can it follow a path with a
            // word that starts no type, and elsewhere (`x as crate::T as u8`) the path has ended anyway.
            Token::Word(word) if word == "as" && stack.len() > 1 => i += 1,
            Token::Mark(mark @ (',' | '}')) if stack.len() > 1 => {
                if std::mem::take(&mut named) {
                    ends.push(path.clone());
                }
                if *mark == '}' {
                    stack.pop();
                }
                path = stack.last().cloned().unwrap_or_default();
                expects_segment = *mark == ',';
                if stack.len() == 1 {
                    return i + 1;
                }
            }
            _ => break,
        }
        i += 1;
    }
    if named {
        ends.push(path);
    }
    i
}

/// The line ranges of items under `#[cfg(test)]`.
pub(crate) fn test_lines(tokens: &[Located]) -> Vec<std::ops::RangeInclusive<usize>> {
    let mut ranges = Vec::new();
    let marker = ["#", "[", "cfg", "(", "test", ")", "]"];
    let is = |token: &Token, text: &str| match token {
        Token::Word(word) => word == text,
        Token::Mark(mark) => text.chars().eq([*mark]),
        Token::Colons | Token::Literal(_) => false,
    };
    let mut i = 0;
    while i + marker.len() < tokens.len() {
        if !marker.iter().enumerate().all(|(n, text)| is(&tokens[i + n].token, text)) {
            i += 1;
            continue;
        }
        let first = tokens[i].line;
        i += marker.len();
        let mut depth = 0_i32;
        while i < tokens.len() {
            match tokens[i].token {
                Token::Mark('{') => depth += 1,
                Token::Mark('}') => depth -= 1,
                _ => {}
            }
            let closed = matches!(tokens[i].token, Token::Mark('}' | ';')) && depth <= 0;
            i += 1;
            if closed {
                break;
            }
        }
        ranges.push(first..=tokens.get(i.saturating_sub(1)).map_or(first, |last| last.line));
    }
    ranges
}

/// The literals outside tests, with their lines.
pub(crate) fn literals(source: &str) -> Vec<(usize, String)> {
    let tokens = tokens(source);
    let tests = test_lines(&tokens);
    let outside = tokens.into_iter().filter(|found| !tests.iter().any(|lines| lines.contains(&found.line)));
    outside
        .filter_map(|found| match found.token {
            Token::Literal(text) => Some((found.line, text)),
            _ => None,
        })
        .collect()
}

/// How many lines carry code outside tests: blank lines and comments do not count.
pub(crate) fn code_lines(source: &str) -> usize {
    let tokens = tokens(source);
    let tests = test_lines(&tokens);
    let mut lines: Vec<usize> = tokens.iter().map(|token| token.line).collect();
    lines.dedup();
    lines.retain(|line| !tests.iter().any(|range| range.contains(line)));
    lines.len()
}

mod tests {
    use super::*;

    fn paths(source: &str) -> Vec<String> {
        crate_paths(source, &["layers", "l03_outbound_dlp", "secrets"])
            .into_iter()
            .map(|path| path.segments.join("::"))
            .collect()
    }

    #[test]
    fn paths_in_uses_and_in_code_are_found() {
        assert_eq!(paths("use crate::base::Span;"), ["base::Span"]);
        assert_eq!(
            paths("fn f() -> crate::text::View { crate::text::fold(x) }"),
            ["text::View", "text::fold"]
        );
        assert_eq!(paths("pub use crate :: base\n:: Span as S;"), ["base::Span"]);
        assert_eq!(paths("let x: Vec<crate::base::Layer> = a;"), ["base::Layer"]);
        assert_eq!(paths("macro_rules! m { () => { $crate::state::Turn } }"), ["state::Turn"]);
    }

    #[test]
    fn groups_are_spelled_out() {
        assert_eq!(
            paths("use crate::{base::{self, Span as S, Layer}, text::*, state};"),
            ["base", "base::Span", "base::Layer", "text::*", "state"]
        );
        assert_eq!(
            paths("use crate::{\n a::{b::{c, d}, e},\n f::g,\n};\nuse crate::h;"),
            ["a::b::c", "a::b::d", "a::e", "f::g", "h"]
        );
        assert_eq!(paths("use crate::{self as me};"), [""]);
    }

    #[test]
    fn super_and_self_are_resolved_from_where_they_stand() {
        assert_eq!(paths("use super::overlap::X;"), ["layers::l03_outbound_dlp::overlap::X"]);
        assert_eq!(
            paths("use super::super::l09_tool_firewall::decide;"),
            ["layers::l09_tool_firewall::decide"]
        );
        assert_eq!(paths("use super::super::super::audit::Chain;"), ["audit::Chain"]);
        assert_eq!(paths("use self::deep::X;"), ["layers::l03_outbound_dlp::secrets::deep::X"]);
        assert_eq!(paths("mod tests { use super::*; }"), ["layers::l03_outbound_dlp::secrets::*"]);
        assert_eq!(paths("mod a { mod b { } } use super::c;"), ["layers::l03_outbound_dlp::c"]);
    }

    #[test]
    fn what_is_not_code_is_not_read() {
        assert_eq!(
            paths("// use crate::audit::Chain;\n//! crate::audit\n/* crate::audit /* x */ crate::audit */"),
            [""; 0]
        );
        assert_eq!(
            paths(r##"let s = "crate::audit"; let r = r#"crate::"audit"#; let b = b"crate::audit";"##),
            [""; 0]
        );
        assert_eq!(paths("let c = '\"'; use crate::base::A; let d = '\"';"), ["base::A"]);
        assert_eq!(paths("let c = '\\''; use crate::base::A; let d = b'\\'';"), ["base::A"]);
        assert_eq!(paths("let c = '\\u{22}'; fn f<'a>(x: &'a str) { crate::base::A }"), ["base::A"]);
        assert_eq!(paths("let s = \"\\\" // \"; crate::base::A"), ["base::A"]);
    }

    #[test]
    fn visibilities_are_not_imports() {
        assert_eq!(
            paths("pub(crate) fn f() {} pub(in crate::layers) fn g(self) {} pub(super) fn h() {}"),
            [""; 0]
        );
    }

    #[test]
    fn tests_are_told_apart() {
        let source = "use crate::base::A;\n#[cfg(test)]\nmod tests {\n use crate::testing::B;\n fn f() { {} }\n}\nuse crate::base::C;\n#[cfg(test)]\nuse crate::testing::D;\nuse crate::base::E;\n";
        let found: Vec<_> =
            crate_paths(source, &[]).into_iter().map(|p| (p.segments[1].clone(), p.in_test)).collect();
        let expected = [("A", false), ("B", true), ("C", false), ("D", true), ("E", false)];
        assert_eq!(found, expected.map(|(name, test)| (name.to_string(), test)));
        assert_eq!(code_lines(source), 3);
    }

    #[test]
    fn literals_outside_tests_are_found() {
        let source =
            "f(\"a\", 'b', b\"c\", r#\"d\"#); // \"e\"\n#[cfg(test)]\nfn t() { g(\"f\") }\nh(\"i\");\n";
        let found = literals(source);
        let expected = [(1, "\"a\""), (1, "'b'"), (1, "b\"c\""), (1, "r#\"d\"#"), (4, "\"i\"")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_string())));
    }

    #[test]
    fn lines_are_counted_through_literals_and_comments() {
        let source = "/* a\nb */\nlet s = \"x\n\ny\";\nuse crate::base::A;\n";
        assert_eq!(crate_paths(source, &[])[0].line, 6);
    }
}
