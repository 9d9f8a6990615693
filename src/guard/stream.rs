//! A reply that comes token by token, checked as it flows.
//!
//! A person reads along, so what must not leave must not be shown for a moment either. Each push gives what may be shown
//! by now; the rest is held back until it is known what it belongs to.
//!
//! What is held back: the word that is not at its end; the words before it while they read like parts of a token, are
//! single letters, or belong to a recovery phrase; a private key up to its last line; as much as the longest registered
//! value; and up to [`OutboundStream::STEP`] bytes, so that not every token costs a look. On ordinary prose that is less
//! than [`OutboundStream::PROSE`] bytes besides the longest registered value.
//!
//! What is bounded (a token, a registered value, a name and its value, an encoded word) is never shown, however the text
//! is cut. A copy of protected or untrusted text stops the stream when enough of it is there to be one: what is shorter
//! than the policy's threshold has left by then. Shares of a text, acrostics, a text that is reversed as a whole, and what
//! is spread over more than is held back can only be judged at the end: [`OutboundStream::finish`] gives the verdict of
//! the whole text.

use super::{Fault, Guard, Outbound, Quoting, Released, Sink};
use crate::base::{Blocked, Disposition, Report, SecurityContext, Sensitivity, Verdict};
use crate::state::overlap::Overlaps;
use crate::text::NormalizedText;

/// A text on its way out, of which a part has come.
#[derive(Debug)]
#[must_use = "what is not finished was not judged"]
pub struct OutboundStream {
    guard: Guard,
    cx: SecurityContext,
    sink: Sink,
    quoting: Quoting,
    text: String,
    /// Up to where the text was judged and handed out.
    settled: usize,
    /// What was handed out.
    shown: String,
    stopped: Option<Blocked>,
}

impl OutboundStream {
    /// At least so many new bytes are looked at together.
    pub const STEP: usize = 432;
    /// More is not held back on ordinary prose, besides the longest registered value, in bytes.
    pub const PROSE: usize = 512;
    /// Text before the new part that is looked at with it: names stand before their values.
    const CONTEXT: usize = 256;
    /// Longest stretch of parts of tokens that is held back; a longer one is judged as it stands.
    const STRETCH: usize = 4096;

    pub(super) fn new(guard: &Guard, cx: SecurityContext, sink: Sink, quoting: Quoting) -> Self {
        Self {
            // One stream is one judgement, under one policy.
            guard: guard.pin(),
            cx,
            sink,
            quoting,
            text: String::new(),
            settled: 0,
            shown: String::new(),
            stopped: None,
        }
    }

    /// What was handed out so far.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// How many bytes are held back.
    pub fn held_back(&self) -> usize {
        self.text.len().saturating_sub(self.settled)
    }

    /// Takes the next chunk in, and gives what may be shown by now: nothing as often as not.
    ///
    /// # Errors
    /// When the text holds what must not leave. Nothing more of it comes out; [`OutboundStream::finish`] still gives the
    /// verdict.
    pub fn push(&mut self, chunk: &str) -> Result<String, Blocked> {
        self.text.push_str(chunk);
        if let Some(stopped) = &self.stopped {
            return Err(stopped.clone());
        }
        if self.held_back() < Self::STEP {
            return Ok(String::new());
        }
        match self.settle() {
            Ok(part) => Ok(part),
            Err(blocked) => {
                self.stopped = Some(blocked.clone());
                Err(blocked)
            }
        }
    }

    fn settle(&mut self) -> Result<String, Blocked> {
        let pipeline = self.guard.pipeline();
        let Ok(registered) = self.guard.registered() else { return Ok(String::new()) };
        let Some(mut end) = self.settles_at(registered.longest()) else { return Ok(String::new()) };
        let from = self.text.floor_char_boundary(self.settled.saturating_sub(Self::CONTEXT));
        let window = NormalizedText::new(self.text.get(from..).unwrap_or_default(), pipeline.limits());
        // What cannot be looked up is held back until it can be; the end of the text says why.
        let Ok(overlaps) = self.overlaps(&window) else { return Ok(String::new()) };
        let out = Outbound::new(window.original(), &self.sink).quoting(self.quoting);
        let is_prose = is_prose(window.original());
        let (disposition, findings, redactions) =
            pipeline.passing(&window, &out, &overlaps, &registered, is_prose);
        if disposition > Disposition::Modify {
            let report = Report::new(Disposition::Block, findings, pipeline.policy());
            return Err(Blocked::new("the text was stopped: it holds what must not leave", report));
        }
        // What stands across the end is not cut.
        while let Some(start) = redactions.across(end.saturating_sub(from)) {
            end = from.saturating_add(start);
        }
        let start = self.settled;
        if end <= start {
            return Ok(String::new());
        }
        let part = self.text.get(start..end).unwrap_or_default();
        let part =
            redactions.within(start.saturating_sub(from), end.saturating_sub(from)).apply(part).into_owned();
        self.settled = end;
        self.shown.push_str(&part);
        Ok(part)
    }

    /// What the part has in common with what came into the session. Nothing, where nothing came in that must not leave.
    fn overlaps(&self, part: &NormalizedText<'_>) -> Result<Overlaps, Fault> {
        let now = self.guard.inner.clock.now()?;
        let facts = self.guard.inner.store.facts(self.cx.session_id(), now)?;
        if !facts.untrusted_seen()
            && facts.sensitivity() == Sensitivity::Public
            && facts.unindexed().is_none()
        {
            return Ok(Overlaps::default());
        }
        Ok(self.guard.overlaps(self.cx.session_id(), part, now)?.missing(facts.unindexed()))
    }

    /// Up to where everything is known that the text may be a part of.
    fn settles_at(&self, longest: usize) -> Option<usize> {
        let held = self.text.get(self.settled..)?;
        // A value that is registered may stand with blanks between its words.
        let reach = if longest == 0 { 0 } else { longest.saturating_add(longest / 2).saturating_add(16) };
        let held = held.get(..held.floor_char_boundary(held.len().saturating_sub(reach)))?;
        let mut end = held.rfind(char::is_whitespace)?;
        let armour = ["-----BEGIN", "PuTTY-User-Key-File"];
        if let Some(start) = armour.iter().filter_map(|head| held.find(head)).min()
            && held.len().saturating_sub(start) < Self::STRETCH.saturating_mul(2)
            && !held.get(start..).is_some_and(|key| key.contains("-----END") && key.ends_with('\n'))
        {
            end = end.min(start);
        }
        let stretch = end;
        loop {
            let before = held.get(..end)?.trim_end();
            let start = before.rfind(char::is_whitespace).map_or(0, |at| at.saturating_add(1));
            let word = before.get(start..)?;
            if word.is_empty() || reads_as_word(word) {
                break;
            }
            if stretch.saturating_sub(start) > Self::STRETCH {
                end = stretch;
                break;
            }
            end = start;
        }
        // A name and what assigns stay with the value that comes.
        let settled = self.settled.saturating_add(end);
        (end > 0).then_some(settled)
    }

    /// Ends the text: the verdict on all of it, as [`Guard::check_outbound`] gives it, and what is still to be shown where it
    /// passes.
    pub fn finish(self) -> (Verdict<Released<'static>>, String) {
        let out = Outbound::new(&self.text, &self.sink).quoting(self.quoting);
        match self.guard.check_outbound(&self.cx, out) {
            Verdict::Pass(released, report) => {
                // SECURITY: a stream that was stopped stays stopped, whatever the whole looks like.
                if let Some(stopped) = self.stopped {
                    return (Verdict::Block(stopped), String::new());
                }
                let rest = released.as_str().strip_prefix(self.shown.as_str()).unwrap_or_default().to_owned();
                (Verdict::Pass(released.into_owned(), report), rest)
            }
            Verdict::Block(blocked) => (Verdict::Block(blocked), String::new()),
        }
    }
}

/// Longest word of which no token of the catalogue is made: those are longer.
const WORD: usize = 14;

/// Whether a text has nothing but the words of sentences: small letters, perhaps with a capital in front, none of them as
/// long as a token, and the signs of sentences between them.
fn is_prose(text: &str) -> bool {
    let words = text.as_bytes().split(|byte| {
        matches!(
            byte,
            b' ' | b'\n' | b'.' | b',' | b';' | b':' | b'!' | b'?' | b'(' | b')' | b'\'' | b'"' | b'-'
        )
    });
    words.into_iter().all(|word| {
        word.len() <= WORD
            && word.iter().skip(1).all(u8::is_ascii_lowercase)
            && word.iter().take(1).all(u8::is_ascii_alphabetic)
    })
}

/// Whether a word is one of a sentence: letters, perhaps with a capital in front, and signs around.
fn reads_as_word(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
    let mut letters = bare.chars();
    let first = letters.next();
    let plain = letters.all(|c| c.is_lowercase() || matches!(c, '\'' | '\u{2019}'));
    let alone = bare.chars().count() <= 2
        && !matches!(
            bare,
            "a" | "I"
                | "an"
                | "is"
                | "it"
                | "in"
                | "of"
                | "to"
                | "on"
                | "at"
                | "by"
                | "as"
                | "we"
                | "or"
                | "if"
                | "be"
                | "he"
                | "do"
                | "so"
                | "my"
                | "no"
                | "us"
                | "up"
                | "go"
                | "me"
                | "am"
        );
    first.is_some_and(char::is_alphabetic) && plain && !alone && !word.contains(['=', '%', '&', '\\', '_'])
}

impl Guard {
    /// A text that will come in parts, for this sink. `quoting` as in [`Outbound::quoting`].
    pub fn outbound_stream(&self, cx: &SecurityContext, sink: &Sink, quoting: Quoting) -> OutboundStream {
        OutboundStream::new(self, cx.clone(), sink.clone(), quoting)
    }
}

#[cfg(feature = "stream")]
mod adapter {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use futures_core::Stream;

    use super::OutboundStream;
    use crate::base::Blocked;

    /// A stream of chunks of which only comes through what may be shown.
    #[derive(Debug)]
    #[must_use = "streams do nothing unless they are polled"]
    pub struct CheckedStream<S> {
        chunks: Pin<Box<S>>,
        checking: Option<OutboundStream>,
    }

    impl OutboundStream {
        /// Checks what `chunks` brings. The last item is the rest, or why there is none.
        pub fn over<S: Stream<Item = String>>(self, chunks: S) -> CheckedStream<S> {
            CheckedStream { chunks: Box::pin(chunks), checking: Some(self) }
        }
    }

    impl<S: Stream<Item = String>> Stream for CheckedStream<S> {
        type Item = Result<String, Blocked>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            loop {
                if self.checking.is_none() {
                    return Poll::Ready(None);
                }
                let Poll::Ready(chunk) = self.chunks.as_mut().poll_next(cx) else { return Poll::Pending };
                let Some(chunk) = chunk else {
                    let Some(checking) = self.checking.take() else { return Poll::Ready(None) };
                    let (verdict, rest) = checking.finish();
                    return Poll::Ready(Some(verdict.into_result().map(|_| rest)));
                };
                let Some(checking) = self.checking.as_mut() else { return Poll::Ready(None) };
                match checking.push(&chunk) {
                    Ok(part) if part.is_empty() => {}
                    Ok(part) => return Poll::Ready(Some(Ok(part))),
                    Err(blocked) => {
                        self.checking = None;
                        return Poll::Ready(Some(Err(blocked)));
                    }
                }
            }
        }
    }
}

#[cfg(feature = "stream")]
pub use adapter::CheckedStream;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{SecretValue, SessionId};
    use crate::guard::RegisteredKind;
    use crate::policy::{Policy, Preset};

    fn guard() -> Guard {
        Guard::builder(Policy::preset(Preset::Balanced)).build().unwrap()
    }

    fn stream(guard: &Guard) -> OutboundStream {
        let cx = SecurityContext::new(SessionId::new("s").unwrap());
        guard.outbound_stream(&cx, &Sink::unknown(), Quoting::Nothing)
    }

    /// What was shown before the end, and whether the whole passed.
    fn run(guard: &Guard, text: &str, sizes: impl Iterator<Item = usize>) -> (String, bool, String) {
        let mut stream = stream(guard);
        let (mut rest, mut sizes) = (text, sizes);
        while !rest.is_empty() {
            let at = rest.ceil_char_boundary(sizes.next().unwrap_or(7).clamp(1, rest.len()));
            let (chunk, after) = rest.split_at(at);
            let _stopped = stream.push(chunk).is_err();
            rest = after;
        }
        let shown = stream.shown().to_owned();
        let (verdict, rest) = stream.finish();
        (shown, verdict.into_result().is_ok(), rest)
    }

    fn prose(sentences: usize) -> String {
        "The walk begins at the mill at ten, and it ends at the station by four if the weather holds. "
            .repeat(sentences)
    }

    #[test]
    fn a_copy_stops_the_stream_when_enough_of_it_is_there() {
        use crate::base::Source;
        use crate::guard::Inbound;

        let cx = SecurityContext::new(SessionId::new("s").unwrap());
        let parcels =
            (1..40).map(|n| format!("Parcel {n} of the estate goes to cousin {} of them. ", n * 7 % 41));
        let passage = parcels.collect::<Vec<_>>().concat();
        let own = Source::internal_sensitive("will");
        for source in [own, Source::web("https://page.example")] {
            let guard = guard();
            let inbound = Inbound::new(&passage, &source);
            let record = guard.process_inbound(&cx, inbound).into_result().unwrap().record();
            let (shown, passes, _) = run(&guard, &passage, std::iter::repeat(5));
            assert!(!passes && shown.len() < 700, "{} of {} bytes were shown", shown.len(), passage.len());
            let other = prose(20);
            let (shown, passes, rest) = run(&guard, &other, std::iter::repeat(5));
            assert!(passes && shown + &rest == other);
            // What may be quoted is quoted to its end, unless it is protected.
            let mut quoted = guard.outbound_stream(&cx, &Sink::unknown(), Quoting::Record(record));
            let stopped = quoted.push(&passage).is_err();
            assert_eq!(stopped, source.label().sensitivity() > crate::base::Sensitivity::Public);
        }
    }

    #[test]
    fn an_ordinary_text_comes_through_whole_and_little_is_held_back() {
        let guard = guard();
        let text = prose(30);
        let mut stream = stream(&guard);
        let (mut shown, mut most) = (String::new(), 0);
        for chunk in text.as_bytes().chunks(5) {
            shown.push_str(&stream.push(std::str::from_utf8(chunk).unwrap()).unwrap());
            most = most.max(stream.held_back());
        }
        let (verdict, rest) = stream.finish();
        assert!(verdict.into_result().is_ok());
        assert_eq!(format!("{shown}{rest}"), text);
        assert!(most <= OutboundStream::PROSE, "{most}");
    }

    #[test]
    fn what_is_prose_holds_no_token() {
        assert!(is_prose(&prose(3)) && is_prose("\"Well, it's (nearly) a half-day,\" she said: yes!\n"));
        for token in [
            format!("glpat-{}", "q7Tz0aPwK3mV8sXc1LdR"),
            format!("tycng-{}", "d7Gm0nCjX3zI8fKp1YqE"),
            format!("AK{}", "IAQ7TZ5APWKUMVXSXC"),
            "https://evil.example/walk".to_owned(),
            "password=mill".to_owned(),
            "internationalisationresponsibilities".to_owned(),
            "bl\u{fc}te".to_owned(),
        ] {
            assert!(!is_prose(&format!("The walk begins at {token} at ten.")), "{token}");
        }
    }

    #[test]
    fn an_address_of_plain_words_is_kept_back_among_words() {
        let policy =
            "bartizan: 1\nname: links\nsinks: [{ kind: reply, hosts: ['*.good.example'], links: block }]\n";
        let guard = Guard::builder(crate::policy::Policy::from_yaml(policy).unwrap()).build().unwrap();
        let cx = SecurityContext::new(SessionId::new("s").unwrap());
        for (host, passes) in [("www.evil.example", false), ("www.good.example", true)] {
            let text = format!("{}See {host}, as they say. {}", prose(6), prose(6));
            assert!(is_prose(&text));
            let mut stream = guard.outbound_stream(&cx, &Sink::new("reply", "user"), Quoting::Nothing);
            let mut shown = String::new();
            for chunk in text.as_bytes().chunks(5) {
                shown.extend(stream.push(std::str::from_utf8(chunk).unwrap()));
            }
            assert_eq!(shown.contains(host), passes, "{shown}");
            assert_eq!(stream.finish().0.is_block(), !passes);
        }
    }

    #[test]
    fn registered_words_are_kept_back_among_words_in_either_direction() {
        let guard = guard();
        let cx = SecurityContext::new(SessionId::new("host").unwrap());
        let value = SecretValue::new("amber kestrel falls".to_owned());
        assert!(!guard.register(&cx, &[value], RegisteredKind::Secret).is_block());
        for hidden in [
            "amber kestrel falls",
            "Amber-kestrel, falls",
            "sllaf lertsek rebma",
            "a m b e r k e s t r e l f a l l s",
        ] {
            let text = format!("{}It is {hidden}, as they say. {}", prose(6), prose(6));
            let (shown, passes, _) = run(&guard, &text, std::iter::repeat(5));
            assert!(!passes && !shown.contains(hidden.get(..5).unwrap()), "{hidden}: {shown}");
        }
        let (_, passes, _) = run(&guard, &prose(12), std::iter::repeat(5));
        assert!(passes);
    }

    #[test]
    fn no_byte_of_a_secret_is_shown_however_the_text_is_cut() {
        let guard = guard();
        let cx = SecurityContext::new(SessionId::new("host").unwrap());
        let value = SecretValue::new("Blue Heron 42 Kestrel");
        assert!(guard.register(&cx, &[value], RegisteredKind::Secret).into_result().is_ok());
        let token = format!("glpat-{}{}", "q7Tz0aPwK3", "mV8sXc1LdR");
        let spaced: String = token.chars().flat_map(|c| [c, ' ']).collect();
        let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        for secret in [
            token,
            spaced,
            hex,
            "the password is Tr0ub4dor&3xyz now".to_owned(),
            "Blue Heron 42 Kestrel".to_owned(),
        ] {
            let text = format!("{}Here it is: {secret} and nothing else. {}", prose(3), prose(3));
            let start = text.find(&secret).unwrap();
            for size in (1..40).chain([64, 100, 150, 191, 192, 193, 255, 256, 300, 400]) {
                let (shown, passed, _) = run(&guard, &text, std::iter::repeat(size));
                assert!(!passed, "{secret} {size}");
                let bare = secret.strip_prefix("the password is ").map_or(start, |_| start + 16);
                assert!(
                    shown.len() <= bare,
                    "{secret} cut by {size}: {:?}",
                    &shown[start.min(shown.len())..]
                );
            }
        }
    }

    #[test]
    fn what_is_redacted_is_redacted_on_the_way() {
        let policy = "bartizan: 1\noutbound: { secrets: redact }\n";
        let guard = Guard::builder(Policy::from_yaml(policy).unwrap()).build().unwrap();
        let token = format!("glpat-{}{}", "q7Tz0aPwK3", "mV8sXc1LdR");
        let text = format!("{}Here: {token} it is. {}", prose(3), prose(4));
        let (shown, passed, rest) = run(&guard, &text, std::iter::repeat(11));
        let all = format!("{shown}{rest}");
        assert!(passed && !all.contains("q7Tz0"));
        let (before, after) = text.split_once(&token).unwrap();
        assert!(
            all.starts_with(&format!("{before}[redacted:gitlab-token#")) && all.ends_with(after),
            "{all}"
        );
    }
}
