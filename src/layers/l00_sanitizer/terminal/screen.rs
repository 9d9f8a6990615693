//! The screen that the output is drawn on.
//!
//! A cell remembers where in the text its letter stands, so that letters cost eight bytes, and what was hidden has a
//! place. Only the last lines can be changed; those above are finished and are text already.

use std::collections::VecDeque;

use unicode_width::UnicodeWidthChar;

use super::DARK;
use crate::base::{Original, Rule, Span};

/// Lines that can still be changed.
const ROWS: usize = 50;
/// Farthest column that a movement reaches; text itself may go on.
const COLUMNS: usize = 1000;
/// Longest letter with its marks, in bytes.
const LONGEST: u16 = 64;
/// Stands among the ranges of a line where the cursor went back.
const BACK: (u32, u32) = (u32::MAX, 0);
/// Blank cells that a text of no length may make.
const BLANKS: usize = 4096;

/// One place on a line.
#[derive(Debug, Clone, Copy)]
struct Cell {
    start: u32,
    /// Length of the letter in the text; 0 where there is none.
    len: u16,
    kind: Kind,
    hides: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Blank,
    /// The rest of a wide letter, or of a tab.
    Tail,
}

impl Cell {
    const BLANK: Self = Self { start: 0, len: 0, kind: Kind::Blank, hides: 0 };
    const TAIL: Self = Self { kind: Kind::Tail, ..Self::BLANK };
}

#[derive(Debug, Default)]
struct Line {
    cells: Vec<Cell>,
    /// What was written here since it was last written over, as ranges of the text.
    fresh: Vec<(u32, u32)>,
}

/// Text that was drawn and is not seen.
#[derive(Debug)]
pub(super) struct Unseen {
    pub(super) rule: &'static Rule,
    pub(super) text: String,
    pub(super) span: Option<Span<Original>>,
}

/// What is on the screen at the end.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) text: String,
    pub(super) unseen: Vec<Unseen>,
    pub(super) overwritten: Kept,
    pub(super) erased: Kept,
    /// Whether the budget of editing ran out.
    pub(super) spent: bool,
}

#[derive(Debug)]
pub(super) struct Screen<'t> {
    text: &'t str,
    lines: VecDeque<Line>,
    row: usize,
    column: usize,
    saved: (usize, usize),
    out: String,
    /// Whether lines were finished: the next one starts behind a line end.
    began: bool,
    rules: Vec<&'static Rule>,
    unseen: Vec<Unseen>,
    /// Whether nothing was seen since the last unseen run.
    same: bool,
    overwritten: Kept,
    erased: Kept,
    blanks: usize,
    work: usize,
    spent: bool,
}

fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl<'t> Screen<'t> {
    /// An empty screen for `text`, with this budget of steps.
    pub(super) fn new(text: &'t str, work: usize) -> Self {
        Self {
            text,
            lines: VecDeque::from([Line::default()]),
            row: 0,
            column: 0,
            saved: (0, 0),
            out: String::with_capacity(text.len()),
            began: false,
            rules: Vec::new(),
            unseen: Vec::new(),
            same: false,
            overwritten: Kept::default(),
            erased: Kept::default(),
            blanks: text.len().saturating_add(BLANKS),
            work,
            spent: false,
        }
    }

    /// Another screen for the same text, with what is left of the budget.
    pub(super) fn fresh(&self) -> Self {
        Self { out: String::new(), blanks: self.blanks, ..Self::new(self.text, self.work) }
    }

    /// The second screen is left: what was on it is seen no more.
    pub(super) fn leave(&mut self, mut second: Self, rule: &'static Rule, span: Option<Span<Original>>) {
        (self.work, self.blanks) = (second.work, second.blanks);
        second.flush_all();
        if !second.out.trim().is_empty() {
            self.unseen.push(Unseen { rule, text: second.out, span });
        }
        self.take_unseen(second.unseen, &second.overwritten, &second.erased);
        self.spent |= second.spent;
    }

    /// The second screen stands behind the first.
    pub(super) fn append(&mut self, mut second: Self) {
        (self.work, self.blanks) = (second.work, second.blanks);
        self.flush_all();
        second.flush_all();
        if !self.out.is_empty() && !self.out.ends_with('\n') && !second.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(&second.out);
        self.take_unseen(second.unseen, &second.overwritten, &second.erased);
        self.spent |= second.spent;
    }

    fn take_unseen(&mut self, unseen: Vec<Unseen>, overwritten: &Kept, erased: &Kept) {
        self.unseen.extend(unseen);
        self.overwritten.add(overwritten);
        self.erased.add(erased);
        self.same = false;
    }

    pub(super) fn finish(mut self) -> Seen {
        self.flush_all();
        Seen {
            text: self.out,
            unseen: self.unseen,
            overwritten: self.overwritten,
            erased: self.erased,
            spent: self.spent,
        }
    }

    /// Draws a letter that stands at `at` of the text, or another one like it.
    pub(super) fn print(&mut self, c: char, at: usize, hides: Option<&'static Rule>) {
        let width = c.width().unwrap_or(0);
        let len = u16::try_from(c.len_utf8()).unwrap_or(0);
        let start = short(at);
        if width == 0 && self.join(start, len) {
            return;
        }
        let hides = self.rule_number(hides);
        let tails = width.saturating_sub(1);
        self.put(Cell { start, len, kind: Kind::Letter, hides }, tails);
        let line = self.line();
        match line.fresh.last_mut() {
            Some((_, end)) if *end == start => *end = start.saturating_add(u32::from(len)),
            _ => line.fresh.push((start, start.saturating_add(u32::from(len)))),
        }
    }

    /// The same letter again, `count` times.
    pub(super) fn repeat(&mut self, c: char, count: usize, hides: Option<&'static Rule>) {
        let Some(at) = self.last_letter() else { return };
        for _ in 0..count.min(COLUMNS) {
            if !self.pay(1) || self.blanks == 0 {
                return;
            }
            self.blanks = self.blanks.saturating_sub(1);
            let hides = self.rule_number(hides);
            let len = u16::try_from(c.len_utf8()).unwrap_or(0);
            self.put(Cell { start: at, len, kind: Kind::Letter, hides }, 0);
        }
    }

    /// Where the letter before the cursor stands.
    fn last_letter(&mut self) -> Option<u32> {
        let column = self.column.checked_sub(1)?;
        self.line().cells.get(column).filter(|cell| cell.kind == Kind::Letter).map(|cell| cell.start)
    }

    /// A mark joins the letter that it stands behind.
    fn join(&mut self, start: u32, len: u16) -> bool {
        let column = self.column;
        let line = self.line();
        let before = line.cells.get_mut(..column).unwrap_or_default();
        let letter = before.iter_mut().rev().take(9).find(|cell| cell.kind != Kind::Tail);
        let Some(cell) = letter.filter(|cell| cell.kind == Kind::Letter) else { return false };
        if cell.start.saturating_add(u32::from(cell.len)) != start {
            return false;
        }
        // What is too long for a letter is no mark on one.
        if cell.len < LONGEST {
            cell.len = cell.len.saturating_add(len);
            if let Some((_, end)) = line.fresh.last_mut().filter(|range| **range != BACK) {
                *end = (*end).max(start.saturating_add(u32::from(len)));
            }
        }
        true
    }

    fn put(&mut self, cell: Cell, tails: usize) {
        let column = self.column;
        let text = self.text;
        self.reach(column);
        let column = self.column;
        let old = self.line().cells.get(column).copied();
        if let Some(old) = old.filter(|old| old.kind == Kind::Letter) {
            let letter = |cell: Cell| {
                let start = cell.start as usize;
                text.get(start..start.saturating_add(usize::from(cell.len))).unwrap_or_default()
            };
            // Typewriters print bold and underlined letters by printing twice.
            let twice = letter(old) == letter(cell) || letter(old) == "_";
            if letter(cell) == "_" && !letter(old).trim().is_empty() {
                self.column = column.saturating_add(1);
                return;
            }
            if !twice && !letter(old).trim().is_empty() {
                self.written_over();
            }
        }
        let tails = tails.min(self.blanks);
        self.blanks = self.blanks.saturating_sub(tails);
        let line = self.line();
        for step in 0..=tails {
            let new = if step == 0 { cell } else { Cell::TAIL };
            match line.cells.get_mut(column.saturating_add(step)) {
                Some(place) => *place = new,
                None => line.cells.push(new),
            }
        }
        // The other half of a wide letter shows nothing.
        let mut behind = column.saturating_add(tails).saturating_add(1);
        while let Some(cell) = line.cells.get_mut(behind).filter(|cell| cell.kind == Kind::Tail) {
            *cell = Cell::BLANK;
            behind = behind.saturating_add(1);
        }
        self.column = column.saturating_add(tails).saturating_add(1);
    }

    /// Makes the line reach up to `column`.
    fn reach(&mut self, column: usize) {
        let have = self.line().cells.len();
        let missing = column.saturating_sub(have);
        let granted = missing.min(self.blanks);
        self.blanks = self.blanks.saturating_sub(granted);
        let line = self.line();
        for _ in 0..granted {
            line.cells.push(Cell::BLANK);
        }
        // SECURITY: who moves the cursor without end gets no more blanks for it than the text is long.
        self.column = self.column.min(have.saturating_add(granted).max(have));
    }

    fn rule_number(&mut self, rule: Option<&'static Rule>) -> u8 {
        let Some(rule) = rule else { return 0 };
        let at = self.rules.iter().position(|known| std::ptr::eq(*known, rule)).unwrap_or_else(|| {
            self.rules.push(rule);
            self.rules.len().saturating_sub(1)
        });
        u8::try_from(at.saturating_add(1)).unwrap_or(0)
    }

    fn line(&mut self) -> &mut Line {
        while self.lines.len() <= self.row {
            self.lines.push_back(Line::default());
        }
        let row = self.row;
        // INVARIANT: the row is there now.
        #[expect(clippy::indexing_slicing, reason = "the loop above made it")]
        &mut self.lines[row]
    }

    fn pay(&mut self, steps: usize) -> bool {
        if let Some(left) = self.work.checked_sub(steps) {
            self.work = left;
            true
        } else {
            self.spent = true;
            false
        }
    }

    fn written_over(&mut self) {
        let line = self.line();
        // What was written since the cursor went back is what is written over it.
        let again = line.fresh.iter().rposition(|range| *range == BACK);
        let newer = line.fresh.split_off(again.map_or(0, |at| at.saturating_add(1)));
        let older = std::mem::replace(&mut line.fresh, newer);
        self.overwritten.keep(self.text, &older);
    }

    /// The cursor leaves the place behind what was written last.
    fn went_back(&mut self) {
        let row = self.row;
        if let Some(line) = self.lines.get_mut(row)
            && line.fresh.last().is_some_and(|last| *last != BACK)
        {
            line.fresh.push(BACK);
        }
    }

    pub(super) fn line_feed(&mut self) {
        self.column = 0;
        self.row = self.row.saturating_add(1);
        if self.row >= ROWS {
            self.row = ROWS.saturating_sub(1);
            self.line();
            self.flush();
        }
        self.line();
    }

    pub(super) fn tab(&mut self, at: usize) {
        let stop = self.column.saturating_add(8) & !7;
        let tails = stop.saturating_sub(self.column).saturating_sub(1);
        if self.column >= self.line().cells.len() {
            self.put(Cell { start: short(at), len: 1, kind: Kind::Letter, hides: 0 }, tails);
        } else {
            self.go_to_column(stop);
        }
    }

    pub(super) fn go_to_column(&mut self, column: usize) {
        self.went_back();
        self.column = column.min(COLUMNS);
    }

    pub(super) fn go_to_row(&mut self, row: usize) {
        self.went_back();
        self.row = row.min(ROWS.saturating_sub(1));
    }

    pub(super) fn up(&mut self, count: usize) {
        self.went_back();
        self.row = self.row.saturating_sub(count);
    }

    pub(super) fn down(&mut self, count: usize) {
        self.go_to_row(self.row.saturating_add(count));
    }

    pub(super) fn left(&mut self, count: usize) {
        self.went_back();
        self.column = self.column.saturating_sub(count);
    }

    pub(super) fn right(&mut self, count: usize) {
        // A line of text may be longer than any movement makes one.
        self.column = self.column.saturating_add(count.min(COLUMNS)).min(COLUMNS.max(self.column));
    }

    pub(super) fn save(&mut self) {
        self.saved = (self.row, self.column);
    }

    pub(super) fn restore(&mut self) {
        (self.row, self.column) = self.saved;
    }

    pub(super) fn erase_line(&mut self, how: u16) {
        let (column, len) = (self.column, self.line().cells.len());
        let range = match how {
            0 => column.min(len)..len,
            1 => 0..column.saturating_add(1).min(len),
            _ => 0..len,
        };
        self.erase(range);
    }

    pub(super) fn erase_characters(&mut self, count: usize) {
        let (column, len) = (self.column, self.line().cells.len());
        self.erase(column.min(len)..column.saturating_add(count).min(len));
    }

    fn erase(&mut self, range: std::ops::Range<usize>) {
        if range.is_empty() || !self.pay(range.len()) {
            return;
        }
        let text = self.text;
        let to_end = range.end == self.line().cells.len();
        let line = self.line();
        let gone = line.cells.get(range.clone()).unwrap_or_default();
        let any = gone.iter().any(|cell| {
            let start = cell.start as usize;
            let letter = text.get(start..start.saturating_add(usize::from(cell.len))).unwrap_or_default();
            cell.kind == Kind::Letter && !letter.trim().is_empty()
        });
        if to_end {
            line.cells.truncate(range.start);
        } else if let Some(gone) = line.cells.get_mut(range) {
            gone.fill(Cell::BLANK);
        }
        if any {
            let fresh = std::mem::take(&mut line.fresh);
            self.erased.keep(self.text, &fresh);
        }
    }

    pub(super) fn erase_display(&mut self, how: u16) {
        let rows = match how {
            0 => {
                self.erase_line(0);
                self.row.saturating_add(1)..self.lines.len()
            }
            1 => {
                self.erase_line(1);
                0..self.row
            }
            _ => 0..self.lines.len(),
        };
        if how == 3 && !self.out.is_empty() {
            // With the lines that scrolled away.
            let text = std::mem::take(&mut self.out);
            self.erased.add(&Kept { text, place: Some(Span::whole(self.text)) });
            self.began = false;
        }
        if !self.pay(rows.len()) {
            return;
        }
        for row in rows {
            if let Some(line) = self.lines.get_mut(row) {
                line.cells.clear();
                let fresh = std::mem::take(&mut line.fresh);
                self.erased.keep(self.text, &fresh);
            }
        }
        if self.lines.iter().all(|line| line.cells.is_empty()) {
            self.lines.truncate(self.row.saturating_add(1));
        }
    }

    pub(super) fn delete_characters(&mut self, count: usize) {
        let (column, len) = (self.column, self.line().cells.len());
        let end = column.saturating_add(count).min(len);
        if column >= end || !self.pay(len.saturating_sub(column)) {
            return;
        }
        let line = self.line();
        line.cells.drain(column..end);
        let fresh = std::mem::take(&mut line.fresh);
        self.erased.keep(self.text, &fresh);
    }

    pub(super) fn insert_blanks(&mut self, count: usize) {
        let (column, len) = (self.column, self.line().cells.len());
        let count = count.min(COLUMNS).min(self.blanks);
        if column >= len || !self.pay(len.saturating_sub(column).saturating_add(count)) {
            return;
        }
        self.blanks = self.blanks.saturating_sub(count);
        let blanks = std::iter::repeat_n(Cell::BLANK, count);
        self.line().cells.splice(column..column, blanks);
    }

    pub(super) fn insert_lines(&mut self, count: usize) {
        for _ in 0..count.min(ROWS) {
            if !self.pay(ROWS) || self.row >= self.lines.len() {
                return;
            }
            self.lines.insert(self.row, Line::default());
            while self.lines.len() > ROWS {
                if let Some(line) = self.lines.pop_back() {
                    self.erased.keep(self.text, &line.fresh);
                }
            }
        }
    }

    pub(super) fn delete_lines(&mut self, count: usize) {
        for _ in 0..count.min(ROWS) {
            if !self.pay(ROWS) {
                return;
            }
            let Some(line) = self.lines.remove(self.row) else { return };
            self.erased.keep(self.text, &line.fresh);
        }
    }

    fn flush_all(&mut self) {
        // Behind the cursor there is nothing but what was written there.
        while self.lines.len() > self.row.saturating_add(1)
            && self.lines.back().is_some_and(|line| line.cells.is_empty())
        {
            self.lines.pop_back();
        }
        while !self.lines.is_empty() {
            self.flush();
        }
    }

    /// Finishes the first line.
    fn flush(&mut self) {
        let Some(line) = self.lines.pop_front() else { return };
        if self.began {
            self.out.push('\n');
        }
        self.began = true;
        let text = self.text;
        let letters = |cell: &Cell| {
            let start = cell.start as usize;
            text.get(start..start.saturating_add(usize::from(cell.len))).unwrap_or_default()
        };
        let rule_of = |cell: &Cell, rules: &[&'static Rule]| {
            usize::from(cell.hides).checked_sub(1).and_then(|at| rules.get(at)).copied()
        };
        // Blanks before anything that is seen; those behind it are nothing.
        let mut due = 0_usize;
        let mut run: Option<(&'static Rule, String, u32, u32)> = None;
        for cell in &line.cells {
            match cell.kind {
                Kind::Tail => continue,
                Kind::Blank => {
                    due = due.saturating_add(1);
                    continue;
                }
                Kind::Letter => {}
            }
            let letter = letters(cell);
            let rule = rule_of(cell, &self.rules);
            let blank = letter.trim().is_empty();
            match (rule, &mut run) {
                (Some(rule), Some((of, text, _, end))) if std::ptr::eq(rule, *of) => {
                    text.push_str(letter);
                    *end = cell.start.saturating_add(u32::from(cell.len));
                }
                (Some(rule), _) if !blank => {
                    if let Some(run) = run.take() {
                        end_run(&mut self.unseen, self.same, run);
                        self.same = true;
                    }
                    let end = cell.start.saturating_add(u32::from(cell.len));
                    run = Some((rule, letter.to_owned(), cell.start, end));
                }
                _ => {}
            }
            if rule.is_some_and(|rule| !std::ptr::eq(rule, &raw const DARK)) {
                due = due.saturating_add(1);
                continue;
            }
            if rule.is_none() && !blank {
                if let Some(run) = run.take() {
                    end_run(&mut self.unseen, self.same, run);
                }
                self.same = false;
            }
            self.out.extend(std::iter::repeat_n(' ', due));
            due = 0;
            self.out.push_str(letter);
        }
        if let Some(run) = run {
            end_run(&mut self.unseen, self.same, run);
            self.same = true;
        }
    }
}

/// Notes a run of unseen letters; it goes on with the one before when nothing was seen between them.
fn end_run(
    unseen: &mut Vec<Unseen>,
    same: bool,
    (rule, text, start, end): (&'static Rule, String, u32, u32),
) {
    let span = Span::new(start as usize, (end as usize).max(start as usize));
    match unseen.last_mut() {
        Some(last) if same && std::ptr::eq(last.rule, rule) => {
            last.text.push('\n');
            last.text.push_str(&text);
            last.span = match (last.span, span) {
                (Some(before), Some(span)) => Some(before.cover(span)),
                (before, _) => before,
            };
        }
        _ => unseen.push(Unseen { rule, text, span }),
    }
}

/// Text that is seen no more, and a place that holds all of it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) text: String,
    pub(super) place: Option<Span<Original>>,
}

impl Kept {
    fn keep(&mut self, source: &str, ranges: &[(u32, u32)]) {
        let before = self.text.len();
        for range in ranges {
            match *range {
                BACK => self.text.push('\n'),
                (start, end) => {
                    let span = Span::new(start as usize, end as usize);
                    self.text.push_str(span.and_then(|span| span.of(source)).unwrap_or_default());
                    self.cover(span);
                }
            }
        }
        if self.text.len() > before && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn add(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.cover(other.place);
    }

    pub(super) fn cover(&mut self, place: Option<Span<Original>>) {
        self.place = match (self.place, place) {
            (Some(one), Some(other)) => Some(one.cover(other)),
            (one, other) => one.or(other),
        };
    }
}
