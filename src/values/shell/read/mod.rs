//! Text to simple commands, in one pass with a stack of what is open.

mod expand;
mod parts;

use std::collections::HashMap;

use self::parts::{Document, Frame, Kind, Pending, Value, braces};
pub(super) use self::parts::{Layer, Raw, Redirect, Word};
use super::{MAX_COMMANDS, MAX_OPEN, MAX_PRODUCED, Use};

/// Words before which, and behind which, a command begins.
const SKIPPED: &[&str] = &["if", "then", "elif", "else", "fi", "while", "until", "do", "done", "!", "{", "}"];

/// Resolves what a pipe of commands prints, where the text tells it.
pub(super) type Printed<'p> = &'p dyn Fn(&Layer, &[usize]) -> Option<String>;

struct Reader<'t, 'p> {
    text: &'t str,
    at: usize,
    frames: Vec<Frame>,
    ids: usize,
    layer: Layer,
    values: HashMap<String, Value>,
    waiting: Vec<Document>,
    produced: usize,
    printed: Printed<'p>,
}

/// Reads one text.
pub(super) fn read(text: &str, printed: Printed<'_>) -> Layer {
    let mut reader = Reader {
        text,
        at: 0,
        frames: vec![Frame::new(Kind::Top, 0, 0)],
        ids: 0,
        layer: Layer::default(),
        values: HashMap::new(),
        waiting: Vec::new(),
        produced: 0,
        printed,
    };
    reader.all();
    reader.layer
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

impl Reader<'_, '_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn ahead(&self, text: &str) -> bool {
        self.text.get(self.at..).is_some_and(|rest| rest.starts_with(text))
    }

    fn skip(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes);
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    fn doubt(&mut self, why: &'static str) {
        self.layer.doubt.get_or_insert(why);
    }

    fn uses(&mut self, what: Use) {
        if !self.layer.uses.contains(&what) {
            self.layer.uses.push(what);
        }
    }

    fn frame(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    fn word(&mut self) -> Option<&mut Word> {
        Some(self.frames.last_mut()?.word.get_or_insert_default())
    }

    fn push(&mut self, c: char) {
        if let Some(word) = self.word() {
            word.text.push(c);
        }
    }

    fn push_quoted(&mut self, text: &str) {
        if let Some(word) = self.word() {
            word.quoted = true;
            word.text.push_str(text);
        }
    }

    fn open(&mut self, kind: Kind) {
        if self.frames.len() >= MAX_OPEN {
            self.doubt("it nests too deeply");
            self.at = self.text.len();
            return;
        }
        self.ids = self.ids.saturating_add(1);
        self.frames.push(Frame::new(kind, self.ids, self.layer.commands.len()));
    }

    fn all(&mut self) {
        while let Some(c) = self.peek() {
            if self.layer.commands.len() > MAX_COMMANDS {
                self.doubt("it has too many commands");
                break;
            }
            let Some(frame) = self.frames.last() else { break };
            match frame.kind {
                Kind::Arithmetic(depth) => self.arithmetic(c, depth),
                _ if frame.quoted => self.in_quotes(c),
                Kind::Parameter => self.parameter(c),
                _ => self.plain(c),
            }
        }
        if self.frames.len() > 1 || self.frames.last().is_some_and(|frame| frame.quoted) {
            self.doubt("a quote or bracket is not closed");
        }
        if self.frames.iter().any(|frame| frame.cases > 0 || frame.pattern || frame.test) {
            self.doubt("a `case` or `[[` is not closed");
        }
        // What was open still runs, for some shells.
        while !self.frames.is_empty() {
            self.separator(false);
            self.frames.pop();
        }
        if !self.waiting.is_empty() {
            self.doubt("a here-document does not end");
        }
    }

    fn plain(&mut self, c: char) {
        match c {
            '\'' => {
                self.skip(1);
                let rest = self.text.get(self.at..).unwrap_or_default();
                if let Some(end) = rest.find('\'') {
                    let inside = rest.get(..end).unwrap_or_default().to_owned();
                    self.push_quoted(&inside);
                    self.skip(end.saturating_add(1));
                } else {
                    self.doubt("a quote or bracket is not closed");
                    let rest = rest.to_owned();
                    self.push_quoted(&rest);
                    self.at = self.text.len();
                }
            }
            '"' => {
                self.skip(1);
                self.push_quoted("");
                if let Some(frame) = self.frame() {
                    frame.quoted = true;
                }
            }
            '\\' => {
                self.skip(1);
                match self.take() {
                    Some('\n') | None => {}
                    Some('`') if self.frames.iter().any(|frame| frame.kind == Kind::Backtick) => {
                        self.doubt("backticks nest");
                    }
                    Some(c) => {
                        let mut buffer = [0; 4];
                        let text = c.encode_utf8(&mut buffer).to_owned();
                        self.push_quoted(&text);
                    }
                }
            }
            '$' => self.dollar(false),
            '`' => self.backtick(),
            ' ' | '\t' => {
                self.skip(1);
                self.end_word();
            }
            '\n' => {
                self.skip(1);
                self.separator(false);
                self.documents();
            }
            '#' if self.frames.last().is_some_and(|frame| frame.word.is_none()) => {
                let rest = self.text.get(self.at..).unwrap_or_default();
                self.skip(rest.find('\n').unwrap_or(rest.len()));
            }
            ';' | '&' | '|' | '(' | ')' | '<' | '>' => self.operator(c),
            '*' | '?' | '[' => {
                self.skip(1);
                if self.ahead("(") && c != '[' {
                    self.doubt("an extended pattern is left open");
                }
                if let Some(word) = self.word() {
                    word.glob = true;
                    word.text.push(c);
                }
            }
            '=' => {
                self.skip(1);
                if let Some(word) = self.word() {
                    let name = word.text.strip_suffix('+').unwrap_or(&word.text);
                    if word.eq.is_none() && !word.quoted && !word.open && is_name(name) {
                        word.eq = Some(word.text.len());
                    }
                    word.text.push('=');
                }
            }
            ',' | '.' => {
                self.skip(1);
                let twice = c == ',' || self.ahead(".");
                if let Some(word) = self.word() {
                    word.brace |= twice && word.text.contains('{');
                    word.text.push(c);
                }
            }
            c => {
                self.skip(c.len_utf8());
                if c.is_control() {
                    self.doubt("it has a control character");
                }
                self.push(c);
            }
        }
    }

    fn in_quotes(&mut self, c: char) {
        match c {
            '"' => {
                self.skip(1);
                if let Some(frame) = self.frame() {
                    frame.quoted = false;
                }
            }
            '\\' => {
                self.skip(1);
                match self.take() {
                    Some('\n') | None => {}
                    Some(c @ ('$' | '`' | '"' | '\\')) => self.push(c),
                    Some(c) => {
                        self.push('\\');
                        self.push(c);
                    }
                }
            }
            '$' => self.dollar(true),
            '`' => self.backtick(),
            c => {
                self.skip(c.len_utf8());
                self.push(c);
            }
        }
    }

    fn parameter(&mut self, c: char) {
        match c {
            '}' => {
                self.skip(1);
                self.frames.pop();
                if let Some(word) = self.word() {
                    word.open = true;
                    word.text.push_str("${}");
                }
            }
            ' ' | '\t' | '\n' | '(' | ')' | '<' | '>' | ';' | '&' | '|' | '#' => {
                self.skip(1);
                self.push(c);
            }
            c => self.plain(c),
        }
    }

    fn arithmetic(&mut self, c: char, depth: usize) {
        let set = |reader: &mut Self, depth| {
            if let Some(frame) = reader.frame() {
                frame.kind = Kind::Arithmetic(depth);
            }
        };
        match c {
            '(' => {
                self.skip(1);
                set(self, depth.saturating_add(1));
            }
            ')' if depth > 0 => {
                self.skip(1);
                set(self, depth.saturating_sub(1));
            }
            ')' => {
                if self.ahead("))") {
                    self.skip(2);
                } else {
                    // SECURITY: `$((cmd) | sh)` is a group in a substitution.
                    self.doubt("arithmetic that may be commands");
                    self.skip(1);
                }
                self.frames.pop();
                if let Some(word) = self.word() {
                    word.open = true;
                    word.text.push_str("$(())");
                }
            }
            '$' if self.ahead("$(") && !self.ahead("$((") => {
                self.skip(2);
                self.uses(Use::Substitution);
                self.open(Kind::Substitution);
            }
            '`' => self.backtick(),
            c => self.skip(c.len_utf8()),
        }
    }

    fn backtick(&mut self) {
        self.skip(1);
        if self.frames.last().is_some_and(|frame| frame.kind == Kind::Backtick && !frame.quoted) {
            self.close();
        } else {
            self.uses(Use::Substitution);
            self.open(Kind::Backtick);
        }
    }

    fn operator(&mut self, c: char) {
        let (test, pattern) = self.frames.last().map_or((false, false), |frame| (frame.test, frame.pattern));
        if test && c != '\n' {
            self.skip(1);
            return self.end_word();
        }
        match c {
            ')' if pattern => {
                self.skip(1);
                if let Some(frame) = self.frame() {
                    frame.pattern = false;
                    frame.word = None;
                    frame.words.clear();
                }
            }
            '(' | '|' if pattern => {
                self.skip(1);
                self.end_word();
            }
            ')' => {
                self.skip(1);
                if let Some(Kind::Group | Kind::Substitution | Kind::Process) =
                    self.frames.last().map(|frame| frame.kind)
                {
                    self.close();
                } else {
                    self.doubt("a bracket closes nothing");
                    self.separator(false);
                }
            }
            '(' => self.bracket(),
            ';' => {
                self.skip(1);
                self.separator(false);
                if self.ahead(";") || self.ahead("&") {
                    self.skip(1);
                    if self.ahead("&") {
                        self.skip(1);
                    }
                    if let Some(frame) = self.frame() {
                        frame.pattern = frame.cases > 0;
                    }
                } else {
                    self.uses(Use::List);
                }
            }
            '&' if self.ahead("&&") => {
                self.skip(2);
                self.uses(Use::List);
                self.separator(false);
            }
            '&' if self.ahead("&>") => {
                self.skip(1);
                self.redirect();
            }
            '&' => {
                self.skip(1);
                self.uses(Use::Background);
                self.separator(false);
            }
            '|' if self.ahead("||") => {
                self.skip(2);
                self.uses(Use::List);
                self.separator(false);
            }
            '|' => {
                self.skip(if self.ahead("|&") { 2 } else { 1 });
                self.uses(Use::Pipe);
                self.separator(true);
            }
            _ => self.redirect(),
        }
    }

    fn bracket(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let empty = rest.get(1..).unwrap_or_default().trim_start_matches([' ', '\t']).starts_with(')');
        let Some(frame) = self.frames.last_mut() else { return };
        let named =
            frame.word.is_some() && frame.words.is_empty() || frame.word.is_none() && frame.words.len() == 1;
        if empty && named {
            let word = frame.word.take().or_else(|| frame.words.pop()).unwrap_or_default();
            self.skip(rest.find(')').unwrap_or(0).saturating_add(1));
            self.define(word);
            return;
        }
        let begins = frame.word.is_none() && frame.words.is_empty();
        if begins && rest.starts_with("((") {
            self.skip(2);
            self.open(Kind::Arithmetic(0));
            return;
        }
        if !begins {
            // An array, or a pattern. What is in it is read as commands, which is the worst of the readings.
            self.doubt("brackets in a word are left open");
        }
        self.skip(1);
        self.uses(Use::Group);
        self.open(Kind::Group);
    }

    fn define(&mut self, word: Word) {
        self.uses(Use::Function);
        if word.open {
            self.doubt("a function is named by an expansion");
        }
        self.layer.functions.insert(word.text);
    }

    fn redirect(&mut self) {
        self.uses(Use::Redirect);
        // `2>`: the number belongs to the redirection.
        if let Some(frame) = self.frames.last_mut()
            && frame.word.as_ref().is_some_and(|word| {
                !word.quoted && !word.text.is_empty() && word.text.bytes().all(|b| b.is_ascii_digit())
            })
        {
            frame.word = None;
        }
        self.end_word();
        let kinds: &[(&str, Pending)] = &[
            ("<<<", Pending::Text),
            ("<<-", Pending::Document { strip: true }),
            ("<<", Pending::Document { strip: false }),
            ("<>", Pending::Write),
            ("<&", Pending::Duplicate),
            (">>", Pending::Write),
            (">|", Pending::Write),
            (">&", Pending::Duplicate),
            ("<", Pending::Read),
            (">", Pending::Write),
        ];
        if self.ahead("<(") || self.ahead(">(") {
            self.skip(2);
            self.uses(Use::Substitution);
            return self.open(Kind::Process);
        }
        let Some((sign, kind)) = kinds.iter().find(|(sign, _)| self.ahead(sign)) else {
            return self.skip(1);
        };
        self.skip(sign.len());
        if matches!(kind, Pending::Text | Pending::Document { .. }) {
            self.uses(Use::Document);
        }
        if let Some(frame) = self.frame() {
            frame.pending = Some(*kind);
        }
    }

    /// Ends a group or substitution and goes on with what it stands in.
    fn close(&mut self) {
        self.separator(false);
        let Some(frame) = self.frames.pop() else { return };
        if frame.cases > 0 {
            self.doubt("a `case` is not closed");
        }
        if frame.kind == Kind::Group {
            return;
        }
        let (first, id) = (frame.first, frame.id);
        let own: Vec<usize> = (first..self.layer.commands.len()).collect();
        let alone = own.iter().all(|at| self.layer.commands.get(*at).is_some_and(|raw| raw.frame == id));
        let text =
            if alone && frame.kind != Kind::Process { (self.printed)(&self.layer, &own) } else { None };
        let quoted = self.frames.last().is_some_and(|frame| frame.quoted);
        match text {
            Some(text) => {
                self.produced = self.produced.saturating_add(text.len());
                if self.produced > MAX_PRODUCED {
                    self.doubt("its substitutions expand to too much");
                } else {
                    self.produce(text.trim_end_matches('\n'), quoted);
                }
            }
            None => {
                if let Some(word) = self.word() {
                    word.open = true;
                    word.text.push_str("$()");
                }
            }
        }
    }

    fn separator(&mut self, pipe: bool) {
        self.end_word();
        self.end_command(pipe);
    }

    fn end_word(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        let Some(word) = frame.word.take() else { return };
        if frame.kind == Kind::Parameter {
            // Its words are a value, and no command.
            frame.word = Some(word);
            return;
        }
        if frame.pattern {
            if word.is_plain("esac") {
                frame.pattern = false;
                frame.cases = frame.cases.saturating_sub(1);
            }
            return;
        }
        match frame.pending.take() {
            Some(Pending::Read) => return frame.redirects.push(Redirect::Read(word)),
            Some(Pending::Write) => return frame.redirects.push(Redirect::Write(word)),
            Some(Pending::Duplicate) => {
                let number = word.text.trim_end_matches('-').bytes().all(|b| b.is_ascii_digit());
                if !number || word.open {
                    frame.redirects.push(Redirect::Write(word));
                }
                return;
            }
            Some(Pending::Text) => return frame.redirects.push(Redirect::Text(word)),
            Some(Pending::Document { strip }) => {
                let slot = self.layer.documents.len();
                frame.redirects.push(Redirect::Document(slot));
                self.layer.documents.push(String::new());
                self.waiting.push(Document { delimiter: word.text, literal: word.quoted, strip, slot });
                return;
            }
            None => {}
        }
        if frame.test {
            if word.is_plain("]]") {
                frame.test = false;
            }
            frame.words.push(word);
            return;
        }
        if frame.words.is_empty() && !word.quoted && !word.open {
            if SKIPPED.contains(&word.text.as_str()) {
                if word.text.len() > 1 {
                    self.uses(Use::Control);
                }
                return;
            }
            if word.text == "esac" {
                frame.cases = frame.cases.saturating_sub(1);
                return;
            }
            frame.test = word.text == "[[";
        }
        let head = frame.words.first().filter(|head| !head.quoted).map(|head| head.text.as_str());
        match (head, frame.words.len()) {
            (Some("function"), 1) => {
                frame.words.clear();
                return self.define(word);
            }
            (Some("case"), 2) if word.is_plain("in") => {
                frame.words.clear();
                frame.cases = frame.cases.saturating_add(1);
                frame.pattern = true;
                return self.uses(Use::Control);
            }
            _ => {}
        }
        if word.glob || word.brace {
            self.uses(Use::Pattern);
        }
        let expanded = if word.brace { braces(&word) } else { None };
        if word.brace && expanded.is_none() {
            self.doubt("braces are left open");
        }
        if let Some(frame) = self.frames.last_mut() {
            match expanded {
                Some(words) => frame.words.extend(words),
                None => frame.words.push(word),
            }
        }
    }

    fn end_command(&mut self, pipe: bool) {
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.pattern {
            return;
        }
        frame.pending = None;
        frame.test = false;
        let words = std::mem::take(&mut frame.words);
        let redirects = std::mem::take(&mut frame.redirects);
        let (fed_by, id) = (frame.fed_by.take(), frame.id);
        if words.is_empty() && redirects.is_empty() {
            // A pipe out of a group: what it prints is not known.
            if pipe {
                frame.fed_by = self.layer.commands.len().checked_sub(1);
            }
            return;
        }
        let words = self.assigned(words);
        let head = words.first().filter(|head| !head.quoted).map(|head| head.text.as_str());
        if let Some("for" | "select") = head {
            self.uses(Use::Control);
            let mut rest = words.into_iter().skip(1);
            let name = rest.next().unwrap_or_default().text;
            let values: Vec<Word> = rest.skip(1).collect();
            let certain = values.len() == 1 && values.iter().all(|word| !word.open && !word.glob);
            let text = values.into_iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
            self.values.insert(name, Value { text, certain });
            return;
        }
        let raw = Raw { words, redirects, fed_by, frame: id };
        let at = self.layer.commands.len();
        self.layer.commands.push(raw);
        if let Some(frame) = self.frames.last_mut()
            && pipe
        {
            frame.fed_by = Some(at);
        }
    }
}
