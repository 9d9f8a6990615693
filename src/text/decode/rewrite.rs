//! Views in which a few places of a text are written differently.
//!
//! Escapes stand in the middle of sentences, so the sentence has to be read with them decoded. Copying all of
//! a long text for one `&amp;` would spend the budgets on nothing: the view is an excerpt, with some text
//! around every place that changed.

use crate::text::offsets::{MapBuilder, OffsetMap};

/// Bytes of text on either side of a changed place. Longer than any phrase that matchers look for.
const CONTEXT: usize = 256;

/// A place in a text, and what to write there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edit {
    start: u32,
    end: u32,
    with: [Option<char>; 2],
}

impl Edit {
    /// `with` instead of `start..end`.
    pub(super) fn new(start: usize, end: usize, with: Option<char>) -> Self {
        Self::pair(start, end, [with, None])
    }

    /// Up to two characters instead of `start..end`.
    pub(super) fn pair(start: usize, end: usize, with: [Option<char>; 2]) -> Self {
        let short = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: short(start), end: short(end), with }
    }

    /// Whether a control character would be written, as no encoder of text means it.
    pub(super) fn writes_control(&self) -> bool {
        self.with.iter().flatten().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
    }

    pub(super) fn start(&self) -> usize {
        self.start as usize
    }

    pub(super) fn end(&self) -> usize {
        self.end as usize
    }
}

/// The changed places of `source` with text around them, and where everything came from. `edits` are in order
/// and do not overlap.
pub(super) fn excerpt(source: &str, edits: &[Edit]) -> (String, OffsetMap) {
    let mut out = String::new();
    // Where the first excerpt starts, and up to where the source has been copied.
    let mut done = window_start(source, edits.first().map_or(0, Edit::start));
    let mut map = MapBuilder::starting_at(done);
    for edit in edits {
        let from = window_start(source, edit.start());
        let until = window_end(source, done);
        if until < from {
            copy(source, done, until, &mut out, &mut map);
            // The line break stands for what was left out, so that a view of it has a place too.
            out.push('\n');
            map.unit(1, from.saturating_sub(until));
            done = from;
        }
        copy(source, done, edit.start(), &mut out, &mut map);
        let before = out.len();
        out.extend(edit.with.iter().flatten());
        map.unit(out.len().saturating_sub(before), edit.end().saturating_sub(edit.start()));
        done = edit.end();
    }
    let end = window_end(source, done);
    copy(source, done, end, &mut out, &mut map);
    (out, map.finish())
}

fn window_start(source: &str, at: usize) -> usize {
    source.floor_char_boundary(at.saturating_sub(CONTEXT))
}

fn window_end(source: &str, at: usize) -> usize {
    source.ceil_char_boundary(at.saturating_add(CONTEXT).min(source.len()))
}

fn copy(source: &str, start: usize, end: usize, out: &mut String, map: &mut MapBuilder) {
    let part = source.get(start..end).unwrap_or("");
    out.push_str(part);
    map.same(part.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_with_two_changes_gives_two_short_excerpts() {
        let far = "x".repeat(10_000);
        let source = format!("{far}%41{far}%42{far}");
        let (a, b) = (source.find("%41").unwrap(), source.find("%42").unwrap());
        let edits = [Edit::new(a, a + 3, Some('A')), Edit::new(b, b + 3, Some('B'))];
        let (text, map) = excerpt(&source, &edits);
        assert_eq!(text.len(), 4 * CONTEXT + 3);
        let at = text.find('B').unwrap();
        assert_eq!(map.locate(at, at + 1), (b, b + 3));
        assert_eq!(map.locate(at + 1, at + 2), (b + 3, b + 4));
        let at = text.find('A').unwrap();
        assert_eq!(map.locate(at - 1, at + 1), (a - 1, a + 3));
    }

    #[test]
    fn close_changes_share_one_excerpt() {
        let edits = [Edit::new(1, 4, Some('b')), Edit::new(5, 8, None)];
        let (text, map) = excerpt("a%62c%00d", &edits);
        assert_eq!(text, "abcd");
        assert_eq!(map.locate(2, 4), (4, 9));
    }
}
