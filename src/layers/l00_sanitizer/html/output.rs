//! The text that grows: white space as `innerText` has it, and what is kept aside.

use super::cover::{Covers, Layers, Rect};
use super::dom::Cap;
use super::hide::{COLOR, OVERLAY, SUSPECTED};
use super::property::White;
use crate::base::Rule;

/// A place in the source, in bytes.
pub(super) type Place = Option<(usize, usize)>;

/// A run of text that nobody sees, and why.
#[derive(Debug)]
pub(super) struct Unseen {
    pub(super) rule: &'static Rule,
    pub(super) text: String,
    pub(super) place: Place,
}

/// A link that is seen.
#[derive(Debug)]
pub(super) struct Anchor {
    pub(super) target: String,
    pub(super) place: Place,
    /// Its text's place in the output.
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What became of a page.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the page")]
pub(super) struct Page {
    pub(super) text: String,
    pub(super) unseen: Vec<Unseen>,
    pub(super) links: Vec<Anchor>,
    /// Where pictures come from.
    pub(super) pictures: Vec<(String, Place)>,
    pub(super) cap: Option<Cap>,
    /// Something decides about what is seen that is not here: scripts, remote sheets, fonts that cannot be read.
    pub(super) scripts: bool,
    pub(super) external: bool,
    pub(super) fonts: bool,
    /// Where the first of each stands.
    pub(super) script_at: Place,
    pub(super) external_at: Place,
    pub(super) font_at: Place,
    /// Something is shown on one width of the screen only.
    pub(super) responsive: bool,
}

/// A piece of the output, and where it is painted.
#[derive(Debug)]
pub(super) struct Run {
    from: usize,
    to: usize,
    spot: Spot,
    place: Place,
}

/// Where a text is painted, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) rect: Rect,
    pub(super) layer: u32,
    pub(super) order: u32,
    /// It was taken out of its place in the flow.
    pub(super) moved: bool,
}

/// The text that grows, with the white space that is due before the next word.
pub(super) struct Output<'p> {
    pub(super) page: &'p mut Page,
    pub(super) max: usize,
    space: bool,
    breaks: u8,
    /// What the next word begins with.
    sign: Option<String>,
    /// Whether nothing was shown since the last unseen run, so that the next one continues it.
    same: bool,
    pub(super) runs: Vec<Run>,
}

impl<'p> Output<'p> {
    pub(super) fn new(page: &'p mut Page, max: usize) -> Self {
        Self { page, max, space: false, breaks: 0, sign: None, same: false, runs: Vec::new() }
    }

    pub(super) fn seen(&mut self, text: &str, white: White) {
        if self.page.text.len().saturating_add(text.len()) > self.max {
            self.page.cap = Some(Cap::Output);
            return;
        }
        match white {
            White::Keep => {
                if text.is_empty() {
                    return;
                }
                self.due();
                self.page.text.push_str(text);
                self.same = false;
            }
            White::Collapse => self.collapse(text),
            White::Lines => {
                let mut lines = text.split('\n');
                self.collapse(lines.next().unwrap_or_default());
                for line in lines {
                    self.newline();
                    self.collapse(line);
                }
            }
        }
    }

    /// Remembers where the text since `from` is painted.
    pub(super) fn painted(&mut self, from: usize, spot: Spot, place: Place) {
        let to = self.page.text.len();
        if to > from {
            self.runs.push(Run { from, to, spot, place });
        }
    }

    fn collapse(&mut self, text: &str) {
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c');
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.trim_start_matches(is_space);
            if word.len() < rest.len() {
                self.space = true;
            }
            let end = word.find(is_space).unwrap_or(word.len());
            let (word, tail) = word.split_at(end);
            if !word.is_empty() {
                self.due();
                self.page.text.push_str(word);
                self.same = false;
            }
            rest = tail;
        }
    }

    /// Writes the white space that is due.
    pub(super) fn due(&mut self) {
        let text = &mut self.page.text;
        if !text.is_empty() {
            if self.breaks > 0 {
                let have = text.bytes().rev().take_while(|byte| *byte == b'\n').count();
                for _ in have..usize::from(self.breaks) {
                    text.push('\n');
                }
            } else if self.space && !text.ends_with(['\n', '\t', ' ']) {
                text.push(' ');
            }
        }
        (self.space, self.breaks) = (false, 0);
        if let Some(sign) = self.sign.take() {
            text.push_str(&sign);
        }
    }

    pub(super) fn break_line(&mut self, lines: u8) {
        self.breaks = self.breaks.max(lines);
        if lines > 0 {
            self.space = false;
        }
    }

    pub(super) fn newline(&mut self) {
        self.due();
        self.page.text.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.space = true;
    }

    /// What a heading of this level begins with.
    pub(super) fn head(&mut self, level: usize) {
        let signs = "######".get(..level).unwrap_or_default();
        self.prefix(&format!("{signs} "));
    }

    /// A sign at the beginning of what comes next, should anything come.
    pub(super) fn prefix(&mut self, sign: &str) {
        self.sign = Some(sign.to_owned());
    }

    /// The beginning of a table's cell: a tab, unless it is the first of its row.
    pub(super) fn cell(&mut self) {
        if self.breaks == 0 && !self.page.text.is_empty() && !self.page.text.ends_with('\n') {
            self.space = false;
            self.page.text.push('\t');
        }
    }

    pub(super) fn unseen(&mut self, rule: &'static Rule, text: &str, place: Place) {
        if text.trim().is_empty() {
            return;
        }
        match self.page.unseen.last_mut() {
            Some(last) if self.same && last.rule == rule => {
                last.text.push('\n');
                last.text.push_str(text.trim());
                last.place = match (last.place, place) {
                    (Some((from, to)), Some((start, end))) => Some((from.min(start), to.max(end))),
                    (had, _) => had,
                };
            }
            _ => self.page.unseen.push(Unseen { rule, text: text.trim().to_owned(), place }),
        }
        self.same = true;
    }

    /// Shows or hides a run of text.
    pub(super) fn emit(&mut self, hiding: Option<&'static Rule>, text: &str, white: White, place: Place) {
        match hiding {
            None => self.seen(text, white),
            Some(rule) if *rule == COLOR && self.page.external => {
                // A remote sheet may paint what is behind: shown, but the detectors hear of it.
                self.seen(text, white);
                self.unseen(&SUSPECTED, text, place);
            }
            Some(rule) => self.unseen(rule, text, place),
        }
    }

    /// Takes out what is under opaque boxes, of the runs since `first`.
    pub(super) fn uncover(&mut self, first: usize, covers: &Covers, layers: &Layers, keep: bool) {
        let runs = self.runs.split_off(first.min(self.runs.len()));
        if covers.is_empty() {
            return;
        }
        let mut gone: Vec<(usize, usize)> = Vec::new();
        for run in &runs {
            if !covers.hide(layers, &run.spot) {
                continue;
            }
            let Some(text) = self.page.text.get(run.from..run.to).map(str::to_owned) else { continue };
            self.same = false;
            if keep {
                self.unseen(&SUSPECTED, &text, run.place);
            } else {
                self.unseen(&OVERLAY, &text, run.place);
                gone.push((run.from, run.to));
            }
        }
        self.remove(&gone);
    }

    /// Takes these ranges, which stand in their order, out of the text.
    fn remove(&mut self, gone: &[(usize, usize)]) {
        if gone.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.page.text);
        let mut left = String::with_capacity(text.len());
        let mut at = 0;
        for (from, to) in gone {
            left.push_str(text.get(at..*from).unwrap_or_default());
            at = (*to).max(at);
        }
        left.push_str(text.get(at..).unwrap_or_default());
        let moved = |place: usize| {
            let before: usize = gone
                .iter()
                .take_while(|(from, _)| *from < place)
                .map(|(from, to)| place.min(*to).saturating_sub(*from))
                .fold(0, usize::saturating_add);
            place.saturating_sub(before)
        };
        for link in &mut self.page.links {
            (link.from, link.to) = (moved(link.from), moved(link.to));
        }
        self.page.links.retain(|link| link.to > link.from);
        self.page.text = left;
    }
}
