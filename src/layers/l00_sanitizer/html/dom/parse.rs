//! The parse, in pieces, with the guard that stops it when it costs too much.

use std::cell::{Cell, OnceCell, RefCell};

use html5ever::TokenizerResult;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};

use super::sink::{Budget, Handle, Sink};
use super::{Cap, Data, Dom};
use crate::base::Limits;

/// The input goes to the tokenizer in pieces of this many bytes, so that a cap bites in time.
const PIECE: usize = 4096;
/// So many signs in a row are one piece.
const LONG_RUN: usize = 8;
/// Most attributes of one tag.
const MAX_ATTRIBUTES: usize = 256;
/// Most words without the tokenizer giving a token: a tag with that many attributes costs milliseconds.
const MAX_WORDS_WITHOUT_TOKEN: usize = 12_288;
/// Look-ups in the tree builder, per byte of input, and what a short input may cost besides.
const WORK_PER_BYTE: usize = 24;
const WORK_BASE: usize = 1 << 20;

/// Stands between tokenizer and tree builder, and lets nothing through once a cap was hit.
struct Guard {
    builder: TreeBuilder<Handle, Sink>,
    tokens: Cell<usize>,
}

impl Guard {
    fn budget(&self) -> &Budget {
        &self.builder.sink.budget
    }
}

impl TokenSink for Guard {
    type Handle = Handle;

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<Handle> {
        if matches!(token, Token::ParseError(_)) {
            return TokenSinkResult::Continue;
        }
        self.tokens.set(self.tokens.get().wrapping_add(1));
        if let Token::TagToken(Tag { kind: TagKind::StartTag, attrs, .. }) = &token
            && attrs.len() > MAX_ATTRIBUTES
        {
            self.budget().hit(Cap::Attributes);
        }
        if self.budget().cap.get().is_some() {
            return TokenSinkResult::Continue;
        }
        self.builder.process_token(token, line)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

pub(super) fn parse(html: &str, srcdoc: bool, limits: &Limits) -> Dom {
    let sink = Sink {
        nodes: RefCell::new(Vec::with_capacity((html.len() >> 5).min(limits.html_nodes))),
        hosts: RefCell::default(),
        now: Cell::new((0, 0)),
        quirks: Cell::new(false),
        budget: Budget {
            max_depth: u32::try_from(limits.html_depth).unwrap_or(u32::MAX),
            // A few nodes come for nothing (html, head, body), then at most one for every two bytes.
            max_nodes: limits.html_nodes.min((html.len() >> 1).saturating_add(64)),
            max_work: html.len().saturating_mul(WORK_PER_BYTE).saturating_add(WORK_BASE),
            work: Cell::new(0),
            cap: Cell::new(None),
        },
    };
    sink.push(Data::Root);
    let options = TreeBuilderOpts { scripting_enabled: true, iframe_srcdoc: srcdoc, ..Default::default() };
    let builder = TreeBuilder::new(sink, options);
    let tokenizer = Tokenizer::new(Guard { builder, tokens: Cell::new(0) }, TokenizerOpts::default());
    let input = BufferQueue::default();
    let whole = StrTendril::from_slice(html);
    let mut words: usize = 0;
    let mut tokens = 0;
    // Where the piece that no token told of yet began.
    let (mut start, mut at) = (0_usize, 0_usize);
    while at < html.len() && tokenizer.sink.budget().cap.get().is_none() {
        let end = piece_end(html, at);
        let (Ok(offset), Ok(length), Ok(from), Ok(to)) = (
            u32::try_from(at),
            u32::try_from(end.saturating_sub(at)),
            u32::try_from(start),
            u32::try_from(end),
        ) else {
            tokenizer.sink.budget().hit(Cap::Work);
            break;
        };
        tokenizer.sink.builder.sink.now.set((from, to));
        input.push_back(whole.subtendril(offset, length));
        while !matches!(tokenizer.feed(&input), TokenizerResult::Done) {}
        let now = tokenizer.sink.tokens.get();
        if now == tokens {
            // No token: a comment, an attribute's value, or a tag that collects attributes. Only the last is
            // dangerous, and none of the others has that many words.
            let gaps = html
                .get(at..end)
                .unwrap_or_default()
                .bytes()
                .filter(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'/' | b'"' | b'\''));
            words = words.saturating_add(gaps.count());
            if words > MAX_WORDS_WITHOUT_TOKEN {
                tokenizer.sink.budget().hit(Cap::Attributes);
            }
        } else {
            (words, tokens) = (0, now);
            start = end;
        }
        at = end;
    }
    if tokenizer.sink.budget().cap.get().is_none() {
        tokenizer.end();
    }
    let sink = tokenizer.sink.builder.sink;
    Dom {
        nodes: sink.nodes.into_inner(),
        hosts: sink.hosts.into_inner(),
        ids: OnceCell::new(),
        quirks: sink.quirks.get(),
        cap: sink.budget.cap.get(),
    }
}

/// Where the next piece ends: behind a `>`, before a `<`, so that what a token was made of is known.
fn piece_end(html: &str, at: usize) -> usize {
    let most = html.floor_char_boundary(at.saturating_add(PIECE));
    let piece = html.as_bytes().get(at..most).unwrap_or_default();
    let skip = usize::from(piece.first() == Some(&b'<'));
    let found = memchr::memchr2(b'<', b'>', piece.get(skip..).unwrap_or_default());
    let Some(found) = found.map(|found| found.saturating_add(skip)) else { return most };
    let sign = piece.get(found).copied().unwrap_or_default();
    // Signs in a row are text but for one of them.
    let run = piece.get(found..).unwrap_or_default().iter().take_while(|byte| **byte == sign).count();
    let ends = usize::from(sign == b'>');
    let whole = if run < LONG_RUN { ends } else { run.saturating_sub(1).saturating_add(ends) };
    at.saturating_add(found).saturating_add(whole)
}
