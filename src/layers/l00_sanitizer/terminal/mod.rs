//! Output of a terminal: text that is concealed, painted over, erased or never shown.
//!
//! The bytes of a terminal are a drawing, and a person sees its end: a line that was overwritten is gone, a letter
//! in the colour of its background is not there, a window title is not on the page. A model reads all of it. So the
//! drawing is made, on a screen of our own, and what is on it at the end is the text.
//!
//! Control sequences are read by `vte`, the parser of a terminal; C1 controls count in their 8-bit form as well
//! (ECMA-48). Lines are as long as they are: captured output is not wrapped. The screen has fifty lines; what
//! scrolls off its top cannot be changed any more.
//!
//! Not promised: the size of the reader's own screen, their colours (text in black on an unnamed background is
//! shown, and told to the detectors), and what a font does.

mod screen;
mod style;

use vte::{Params, Parser, Perform};

use self::screen::{Kept, Screen, Seen};
use self::style::Style;
use super::{Draft, Hidden, TRUNCATED, links};
use crate::base::{Finding, Layer, Original, Rule, Severity, Span};

macro_rules! rules {
    ($($name:ident $id:literal $severity:ident $meaning:literal)*) => {
        $(pub(super) static $name: Rule = Rule::new(Layer::Sanitizer, $id, Severity::$severity, $meaning);)*
        /// What output of a terminal can show and hide.
        pub(in crate::layers::l00_sanitizer) const RULES: &[Rule] = &[
            $(Rule::new(Layer::Sanitizer, $id, Severity::$severity, $meaning)),*
        ];
    };
}

rules! {
    CONCEALED "l0/hidden/terminal/concealed" Medium "text that the terminal is told not to show"
    COLOR "l0/hidden/terminal/color" Medium "text in the colour of its background"
    DARK "l0/hidden/terminal/dark" Low "text in black on a background that is not named; it is shown"
    OVERWRITTEN "l0/hidden/terminal/overwritten" Info "text that other text was written over"
    ERASED "l0/hidden/terminal/erased" Info "text that was erased"
    ALTERNATE "l0/hidden/terminal/alternate" Info "text on a second screen that was left"
    STRING "l0/hidden/terminal/string" Info "a control string: a title, a notification, a link's target"
    CLIPBOARD "l0/terminal/clipboard" Medium "a control string that writes into the reader's clipboard"
    QUERY "l0/terminal/query" Low "a control sequence that makes the terminal type an answer"
    KEYS "l0/terminal/keys" Medium "a control string that puts other text behind the keys"
}

/// Steps of editing the screen for each byte of the text.
const WORK: usize = 64;

/// What a person sees of `text` at its end.
pub(super) fn render(text: &str) -> Draft<'_> {
    if is_plain(text) {
        return Draft::verbatim(text);
    }
    let mut terminal = Terminal::new(text);
    terminal.run();
    terminal.finish()
}

/// Whether the text has nothing that a terminal acts upon but line ends and tabs.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Both of a carriage return's neighbours would have to be looked at; a text with one is rare enough.
    if bytes.iter().all(|byte| *byte >= b' ' && *byte < 0x7f || matches!(byte, b'\n' | b'\t')) {
        return true;
    }
    let mut before = 0;
    let mut after_return = false;
    for &byte in bytes {
        if after_return && byte != b'\n' {
            return false;
        }
        after_return = byte == b'\r';
        let control = byte < b' ' && !matches!(byte, b'\n' | b'\t' | b'\r') || byte == 0x7f;
        if control || before == 0xc2 && byte < 0xa0 {
            return false;
        }
        before = byte;
    }
    !after_return
}

/// The parser's hands: what it reads is done to a screen.
struct Terminal<'t> {
    text: &'t str,
    /// Where the character is that is being read.
    at: usize,
    screen: Screen<'t>,
    /// The first screen, while the second is shown.
    first: Option<Box<Screen<'t>>>,
    style: Style,
    /// The target of the link that is open, and its text so far.
    link: Option<(String, String)>,
    /// A control string that is being read.
    string: Vec<u8>,
    strings: Kept,
    /// Where the last control sequence begins, and where the second screen does.
    begun: usize,
    second: usize,
    findings: Vec<Finding>,
    last: Option<char>,
}

impl<'t> Terminal<'t> {
    fn new(text: &'t str) -> Self {
        let work = text.len().saturating_mul(WORK).saturating_add(1 << 16);
        Self {
            text,
            at: 0,
            screen: Screen::new(text, work),
            first: None,
            style: Style::default(),
            link: None,
            string: Vec::new(),
            strings: Kept::default(),
            begun: 0,
            second: 0,
            findings: Vec::new(),
            last: None,
        }
    }

    fn run(&mut self) {
        let mut parser = Parser::new();
        let text = self.text;
        let mut escaped = false;
        let mut skipped_to = 0;
        let mut utf8 = [0; 4];
        for (at, c) in text.char_indices() {
            if at < skipped_to {
                continue;
            }
            self.at = at;
            // C1 controls are what `ESC` and a letter are, wherever they stand.
            let seven = match c {
                '\u{80}'..='\u{9f}' => u8::try_from(u32::from(c)).map_or(0, |c1| c1.wrapping_sub(0x40)),
                _ => 0,
            };
            let opens = matches!(seven, b'X' | b'^' | b'_') || escaped && matches!(c, 'X' | '^' | '_');
            if seven != 0 {
                parser.advance(self, &[0x1b, seven]);
            } else {
                parser.advance(self, c.encode_utf8(&mut utf8).as_bytes());
            }
            escaped = c == '\x1b';
            if escaped || seven != 0 {
                self.begun = at;
            }
            if opens {
                // The parser has no hands for these; it passes over them up to the same end.
                let from = at.saturating_add(c.len_utf8());
                let rest = text.get(from..).unwrap_or_default();
                let ends = |c: char| matches!(c, '\x18' | '\x1a' | '\x1b' | '\u{80}'..='\u{9f}');
                let inside = rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default();
                skipped_to = from.saturating_add(inside.len());
                self.at = skipped_to;
                self.keep_string(inside);
            }
        }
        self.at = text.len();
        // A link that nobody closed goes on over everything: what it begins with is what a reader takes it for.
        if let Some((_, text)) = &mut self.link {
            let word = text.split_whitespace().next().unwrap_or_default().to_owned();
            *text = word;
        }
        // What was begun and not ended would swallow everything behind it, here too.
        parser.advance(self, b"\x1b\\");
        self.close_link();
    }

    fn finish(mut self) -> Draft<'t> {
        let mut hidden: Vec<Hidden> = Vec::new();
        if let Some(first) = self.first.take() {
            // It ended on the second screen: that is what is seen, behind what was there before.
            let second = std::mem::replace(&mut self.screen, *first);
            self.screen.append(second);
        }
        let Seen { text, unseen, overwritten, erased, spent } = self.screen.finish();
        for run in unseen {
            hidden.push(Hidden { technique: run.rule, text: run.text, span: run.span });
        }
        let kept = [(&OVERWRITTEN, overwritten), (&ERASED, erased), (&STRING, self.strings)];
        for (technique, Kept { text, place }) in kept {
            if !text.trim().is_empty() {
                hidden.push(Hidden { technique, text, span: place });
            }
        }
        let mut findings = self.findings;
        if spent {
            findings
                .push(TRUNCATED.finding().saying("the output edits its screen more than its length allows"));
        }
        Draft { rendered: text.into(), hidden, links: Vec::new(), findings, truncated: spent }
    }

    fn find(&mut self, rule: &Rule) {
        if self.findings.iter().any(|finding| finding.rule.as_str() == rule.id) {
            return;
        }
        let here = Span::<Original>::new(self.begun.min(self.at), self.at);
        let finding = rule.finding();
        self.findings.push(match here {
            Some(here) => finding.at(here),
            None => finding,
        });
    }

    fn keep_string(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.strings.text.push_str(text.trim());
            self.strings.text.push('\n');
            self.strings.cover(Span::new(self.begun.min(self.at), self.at));
        }
    }

    fn close_link(&mut self) {
        if let Some((target, text)) = self.link.take()
            && let Some(finding) = links::judge(&text, &target)
            && self.findings.len() < super::MAX_FINDINGS
        {
            self.findings.push(finding);
        }
    }

    fn second_screen(&mut self, on: bool) {
        if on && self.first.is_none() {
            let second = self.screen.fresh();
            self.second = self.begun;
            self.first = Some(Box::new(std::mem::replace(&mut self.screen, second)));
        } else if !on && let Some(first) = self.first.take() {
            let second = std::mem::replace(&mut self.screen, *first);
            let place = Span::new(self.second, self.at.max(self.second));
            self.screen.leave(second, &ALTERNATE, place);
        }
    }
}

impl Perform for Terminal<'_> {
    fn print(&mut self, c: char) {
        self.last = Some(c);
        if let Some((_, text)) = &mut self.link {
            text.push(c);
        }
        self.screen.print(c, self.at, self.style.hides());
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' | 0x0b | 0x0c | 0x84 | 0x85 => self.screen.line_feed(),
            b'\r' => self.screen.go_to_column(0),
            b'\t' => self.screen.tab(self.at),
            0x08 => self.screen.left(1),
            _ => {}
        }
    }

    fn hook(&mut self, _: &Params, intermediates: &[u8], _: bool, action: char) {
        // DECRQSS and XTGETTCAP ask; DECUDK puts text behind keys.
        match (intermediates, action) {
            ([b'$' | b'+'], 'q') => self.find(&QUERY),
            (_, '|') => self.find(&KEYS),
            _ => {}
        }
    }

    fn put(&mut self, byte: u8) {
        self.string.push(byte);
    }

    fn unhook(&mut self) {
        let string = std::mem::take(&mut self.string);
        self.keep_string(&String::from_utf8_lossy(&string));
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        let (kind, rest) = params.split_first().map_or((&b""[..], params), |(kind, rest)| (*kind, rest));
        match kind {
            b"8" => {
                self.close_link();
                let target = rest.get(1..).unwrap_or_default().join(&b';');
                let target = String::from_utf8_lossy(&target).into_owned();
                if !target.is_empty() {
                    self.keep_string(&target);
                    self.link = Some((target, String::new()));
                }
                return;
            }
            b"52" => self.find(&CLIPBOARD),
            b"4" | b"10" | b"11" | b"12" | b"50" if rest.iter().any(|value| *value == b"?") => {
                self.find(&QUERY);
            }
            _ => {}
        }
        let text = rest.join(&b';');
        self.keep_string(&String::from_utf8_lossy(&text));
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        if ignore {
            return;
        }
        let number = |at: usize| params.iter().nth(at).and_then(|param| param.first()).copied().unwrap_or(0);
        let count = usize::from(number(0).max(1));
        let screen = &mut self.screen;
        match (intermediates, action) {
            ([b'?'], 'h' | 'l') => {
                let second = |param: &[u16]| matches!(param.first(), Some(47 | 1047 | 1049));
                if params.iter().any(second) {
                    self.second_screen(action == 'h');
                }
            }
            ([], 'm') => self.style.select(params),
            ([], 'A') => screen.up(count),
            ([], 'B' | 'e') => screen.down(count),
            ([], 'C' | 'a') => screen.right(count),
            ([], 'D') => screen.left(count),
            ([], 'E') => {
                screen.down(count);
                screen.go_to_column(0);
            }
            ([], 'F') => {
                screen.up(count);
                screen.go_to_column(0);
            }
            ([], 'G' | '`') => screen.go_to_column(count.saturating_sub(1)),
            ([], 'd') => screen.go_to_row(count.saturating_sub(1)),
            ([], 'H' | 'f') => {
                screen.go_to_row(count.saturating_sub(1));
                screen.go_to_column(usize::from(number(1).max(1)).saturating_sub(1));
            }
            ([] | [b'?'], 'J') => screen.erase_display(number(0)),
            ([] | [b'?'], 'K') => screen.erase_line(number(0)),
            ([], 'X') => screen.erase_characters(count),
            ([], 'P') => screen.delete_characters(count),
            ([], '@') => screen.insert_blanks(count),
            ([], 'L') => screen.insert_lines(count),
            ([], 'M') => screen.delete_lines(count),
            ([], 'b') => {
                if let Some(last) = self.last {
                    screen.repeat(last, count, self.style.hides());
                }
            }
            ([], 's') => screen.save(),
            ([], 'u') => screen.restore(),
            ([] | [b'?' | b'>' | b'='], 'n' | 'c') | ([b'>'], 'q') => self.find(&QUERY),
            ([], 't') if matches!(number(0), 11..=21) => self.find(&QUERY),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        match (intermediates, byte) {
            ([], b'7') => self.screen.save(),
            ([], b'8') => self.screen.restore(),
            ([], b'D' | b'E') => self.screen.line_feed(),
            ([], b'M') => self.screen.up(1),
            ([], b'Z') => self.find(&QUERY),
            ([], b'c') => {
                self.screen.erase_display(2);
                self.style = Style::default();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
