//! Expansions, assignments and here-documents.

use super::super::decode::ansi;
use super::super::{MAX_PRODUCED, Use};
use super::parts::{Kind, Value, Word};
use super::{Reader, is_name};

impl Reader<'_, '_> {
    pub(super) fn dollar(&mut self, quoted: bool) {
        self.skip(1);
        match self.peek() {
            Some('(') => {
                if self.ahead("((") {
                    self.skip(2);
                    self.open(Kind::Arithmetic(0));
                } else {
                    self.skip(1);
                    self.uses(Use::Substitution);
                    self.open(Kind::Substitution);
                }
            }
            Some('{') => {
                self.skip(1);
                self.uses(Use::Variable);
                let rest = self.text.get(self.at..).unwrap_or_default();
                let name = rest.find('}').and_then(|end| rest.get(..end)).filter(|name| is_name(name));
                if let Some(name) = name.map(str::to_owned) {
                    self.skip(name.len().saturating_add(1));
                    self.expand(&name, quoted);
                } else {
                    self.open(Kind::Parameter);
                }
            }
            Some('\'') if !quoted => {
                self.skip(1);
                let (text, len, closed) = ansi(self.text.get(self.at..).unwrap_or_default(), Some('\''));
                // SECURITY: what is not closed takes in whatever comes behind it.
                if !closed {
                    self.doubt("a quote or bracket is not closed");
                }
                self.push_quoted(&text);
                self.skip(len);
            }
            Some('"') if !quoted => {}
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                self.uses(Use::Variable);
                let rest = self.text.get(self.at..).unwrap_or_default();
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                let name = rest.get(..end).unwrap_or_default().to_owned();
                self.skip(end);
                self.expand(&name, quoted);
            }
            Some(c) if c.is_ascii_digit() || matches!(c, '@' | '*' | '#' | '?' | '$' | '!' | '-') => {
                self.skip(1);
                self.uses(Use::Variable);
                if let Some(word) = self.word() {
                    word.open = true;
                    word.text.extend(['$', c]);
                }
            }
            _ => self.push('$'),
        }
    }

    pub(super) fn expand(&mut self, name: &str, quoted: bool) {
        let value = self.values.get(name).cloned();
        let len = value.as_ref().map_or(0, |value| value.text.len());
        self.produced = self.produced.saturating_add(len);
        if self.produced > MAX_PRODUCED {
            self.doubt("its variables expand to too much");
        }
        match value {
            Some(value) if self.produced <= MAX_PRODUCED => {
                self.produce(&value.text, quoted);
                if !value.certain
                    && let Some(word) = self.word()
                {
                    word.open = true;
                }
            }
            // SECURITY: `cat${IFS}/etc/passwd`.
            None if name == "IFS" && !quoted => self.end_word(),
            None if name == "HOME" => self.push('~'),
            None if name == "PWD" => self.push('.'),
            _ => {
                if let Some(word) = self.word() {
                    word.open = true;
                    word.text.push('$');
                    word.text.push_str(name);
                }
            }
        }
    }

    /// Puts the text of an expansion into the word; outside quotes its blanks end words.
    pub(super) fn produce(&mut self, text: &str, quoted: bool) {
        if quoted {
            self.push_quoted(text);
            return;
        }
        for c in text.chars() {
            if c.is_whitespace() {
                self.end_word();
            } else {
                if matches!(c, '*' | '?' | '[')
                    && let Some(word) = self.word()
                {
                    word.glob = true;
                }
                self.push(c);
            }
        }
    }

    /// Takes the assignments at the head of a command out, and remembers them.
    pub(super) fn assigned(&mut self, words: Vec<Word>) -> Vec<Word> {
        let count = words.iter().take_while(|word| word.eq.is_some()).count();
        if count == 0 {
            return words;
        }
        self.uses(Use::Assignment);
        let mut words = words.into_iter();
        for word in words.by_ref().take(count) {
            let (name, value) = word.text.split_once('=').unwrap_or_default();
            let adds = name.ends_with('+');
            let name = name.trim_end_matches('+');
            let before = self.values.get(name);
            let text = match before {
                Some(before) if adds => [&before.text, value].concat(),
                _ => value.to_owned(),
            };
            // A second value may or may not be the one that counts.
            let certain =
                !word.open && (before.is_none() || (adds && before.is_some_and(|before| before.certain)));
            self.produced = self.produced.saturating_add(text.len());
            if self.produced > MAX_PRODUCED {
                self.doubt("its variables expand to too much");
                continue;
            }
            if matches!(
                name,
                "PATH" | "IFS" | "ENV" | "BASH_ENV" | "LD_PRELOAD" | "LD_LIBRARY_PATH" | "PROMPT_COMMAND"
            ) {
                self.doubt("it changes how names of programs are read");
            }
            if super::super::carriers::is_line_in(name) {
                if word.open {
                    self.doubt("a program is named by an expansion");
                }
                self.layer.lines.push(text.trim_start_matches('|').to_owned());
            }
            self.values.insert(name.to_owned(), Value { text, certain });
        }
        words.collect()
    }

    /// The bodies of the here-documents that were announced on the line before.
    pub(super) fn documents(&mut self) {
        for document in std::mem::take(&mut self.waiting) {
            let mut body = String::new();
            let mut ended = false;
            while self.at < self.text.len() {
                let rest = self.text.get(self.at..).unwrap_or_default();
                let end = rest.find('\n').unwrap_or(rest.len());
                let line = rest.get(..end).unwrap_or_default();
                let line = if document.strip { line.trim_start_matches('\t') } else { line };
                let last = line == document.delimiter;
                if !last {
                    body.push_str(line);
                    body.push('\n');
                }
                self.skip(end.saturating_add(1));
                if last {
                    ended = true;
                    break;
                }
            }
            if !ended {
                self.doubt("a here-document does not end");
            }
            if !document.literal && body.contains(['$', '`']) {
                self.layer.expanded.push(body.clone());
            }
            if let Some(slot) = self.layer.documents.get_mut(document.slot) {
                *slot = body;
            }
        }
    }
}
