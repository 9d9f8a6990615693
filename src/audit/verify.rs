//! Reading a log back: is it whole, and where is it not?
//!
//! One pass, one line in memory at a time (two where lines stand in the wrong order).

use std::fmt;
use std::io::{self, BufRead, Read as _};

use serde::Deserialize;

use super::{AuditError, AuditEvent, encode};
use crate::base::{Digest, SecretKey};

/// Why a log is not whole. In the words of one who did it: what was done to the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Why {
    /// The line is not JSON.
    #[error("the line is not JSON")]
    NotJson,
    /// A member stands twice in the line.
    #[error("a member stands twice in the line")]
    DuplicateKey,
    /// The line is JSON, but no event.
    #[error("the line is not an audit event")]
    NotAnEvent,
    /// The line says what an event says, in other bytes.
    #[error("the line was written anew in other bytes")]
    NotCanonical,
    /// The line is longer than any event.
    #[error("the line is longer than any event")]
    TooLong,
    /// The last line has no end: its writer was stopped, or the file was cut.
    #[error("the last line is torn")]
    Torn,
    /// The first line is not the beginning of a chain.
    #[error("the log does not begin with the beginning of a chain")]
    NoStart,
    /// The log is of another version.
    #[error("the log has format {0}, known is 1")]
    Format(u64),
    /// The log is under a key, and none was given.
    #[error("the log is under a key, and no key was given")]
    KeyMissing,
    /// A key was given, and the log is under none.
    #[error("a key was given, and the log is under none")]
    KeyUnused,
    /// The log is under another key.
    #[error("the log is under another key")]
    WrongKey,
    /// The event's digest is not that of its content.
    #[error("the event was changed after it was sealed")]
    Edited,
    /// Events before this one are missing.
    #[error("lines were removed before this one: seq {expected} was to come")]
    Removed {
        /// The number that was to come.
        expected: u64,
    },
    /// This line and the next stand in the wrong order.
    #[error("the line and the next one were swapped: seq {expected} was to come")]
    Swapped {
        /// The number that was to come.
        expected: u64,
    },
    /// An event with this number was there before.
    #[error("a line was inserted here or before: seq {expected} was to come")]
    Inserted {
        /// The number that was to come.
        expected: u64,
    },
    /// The event is sealed, but not onto the one before it.
    #[error("the event does not follow from the line before it, which was replaced")]
    Unlinked,
    /// The log ends before the event that its head names.
    #[error("lines were removed at the end: the head names seq {0}")]
    Truncated(u64),
    /// The event that the head names is another one.
    #[error("the event is not the one that the head names")]
    HeadDisagrees,
    /// The head cannot be read, or nothing vouches for it.
    #[error("the log's head is damaged or forged")]
    BadHead,
}

/// The first broken link of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    line: u64,
    seq: Option<u64>,
    why: Why,
}

impl Break {
    /// The line, from 1. One more than the file has where lines are missing at the end.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The sequence number that the line gives, where it can be read.
    pub const fn seq(&self) -> Option<u64> {
        self.seq
    }

    /// What is wrong.
    pub const fn why(&self) -> Why {
        self.why
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(seq) = self.seq {
            write!(f, " (seq {seq})")?;
        }
        write!(f, ": {}", self.why)
    }
}

/// What [`verify`] found. `Display` says it to a person, in one or more lines.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    events: u64,
    keyed: bool,
    last: Option<(u64, Digest)>,
    head: Option<u64>,
    recoveries: u64,
    torn: u64,
    lost: u64,
    broken: Option<Break>,
}

impl Verification {
    /// Whether every link holds.
    pub const fn is_intact(&self) -> bool {
        self.broken.is_none()
    }

    /// The first broken link.
    pub const fn broken(&self) -> Option<&Break> {
        self.broken.as_ref()
    }

    /// How many events hold, counted up to the first broken link.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// Whether the log is under the given key. Without a key, damage is found, but not forgery.
    pub const fn keyed(&self) -> bool {
        self.keyed
    }

    /// Number and digest of the last event that holds.
    pub const fn last(&self) -> Option<(u64, Digest)> {
        self.last
    }

    /// The sequence number up to which a head vouches that nothing is missing at the end.
    pub const fn confirmed(&self) -> Option<u64> {
        self.head
    }

    /// How often the log was opened with its end torn or cut. The chain goes on behind, and says so.
    pub const fn recoveries(&self) -> u64 {
        self.recoveries
    }

    pub(super) fn break_at_end(&mut self, why: Why) {
        if self.broken.is_none() {
            self.broken =
                Some(Break { line: self.events.saturating_add(1), seq: self.last.map(|(seq, _)| seq), why });
        }
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.broken, self.events) {
            (Some(broken), 0) => return write!(f, "BROKEN at {broken}"),
            (Some(broken), 1) => return write!(f, "BROKEN at {broken}\nthe event before it holds"),
            (Some(broken), events) => {
                return write!(f, "BROKEN at {broken}\nthe {events} events before it hold");
            }
            (None, 0) => return f.write_str("intact: no events"),
            (None, 1) => f.write_str("intact: 1 event")?,
            (None, events) => write!(f, "intact: {events} events")?,
        }
        f.write_str(if self.keyed {
            ", under the key"
        } else {
            ", without a key: damage would show, forgery not"
        })?;
        match self.head {
            Some(seq) => write!(f, "\nthe head confirms that seq {seq} is not missing")?,
            None => f.write_str("\nno head: lines removed at the end would not show")?,
        }
        if self.recoveries > 0 {
            write!(
                f,
                "\nrecovered {} times after a torn or cut end: {} bytes moved aside, {} events lost",
                self.recoveries, self.torn, self.lost
            )?;
        }
        Ok(())
    }
}

/// Where a log ended when it was last written: what [`FileSink`](super::FileSink) keeps in `FILE.head`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    seq: u64,
    digest: Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadLine<'l> {
    seq: u64,
    digest: &'l str,
    mac: &'l str,
}

impl Head {
    /// A head from elsewhere: the number and digest of an event that is known to have been written.
    pub const fn new(seq: u64, digest: Digest) -> Self {
        Self { seq, digest }
    }

    pub(super) const fn of(event: &AuditEvent) -> Self {
        Self { seq: event.seq, digest: event.digest }
    }

    /// Reads the text of a head file. `None` when it is damaged, or another key vouches for it.
    pub fn parse(text: &str, key: Option<&SecretKey>) -> Option<Self> {
        let line: HeadLine<'_> = serde_json::from_str(text).ok()?;
        let head = Self { seq: line.seq, digest: Digest::from_hex(line.digest)? };
        // SECURITY: byte for byte, as for events; the padding is part of it.
        (Digest::from_hex(line.mac).is_some() && head.to_text(key) == text).then_some(head)
    }

    /// The text of a head file: always 256 bytes, so that one write replaces it.
    pub(super) fn to_text(self, key: Option<&SecretKey>) -> String {
        let mac = encode::head_tag(self.seq, self.digest, key);
        let line = format!("{{\"seq\":{},\"digest\":\"{}\",\"mac\":\"{mac}\"}}", self.seq, self.digest);
        format!("{line:<255}\n")
    }

    pub(super) const fn seq(self) -> u64 {
        self.seq
    }

    pub(super) fn disagrees(self, event: &AuditEvent) -> bool {
        self.seq == event.seq && self.digest != event.digest
    }
}

pub(super) enum Read {
    Line,
    Torn,
    TooLong,
    End,
}

/// Reads one line into `line`, without its line break.
pub(super) fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Read> {
    line.clear();
    let limit = u64::try_from(encode::MAX_LINE).unwrap_or(u64::MAX);
    reader.by_ref().take(limit).read_until(b'\n', line)?;
    Ok(match line.last() {
        None => Read::End,
        Some(b'\n') => {
            line.pop();
            Read::Line
        }
        Some(_) if line.len() >= encode::MAX_LINE => Read::TooLong,
        Some(_) => Read::Torn,
    })
}

/// Whether `event` can be the first of a log under `key`.
pub(super) fn check_start(event: &AuditEvent, key: Option<&SecretKey>) -> Result<(), Why> {
    let opening =
        event.opening().filter(|_| event.seq == 0 && event.prev == Digest::ZERO).ok_or(Why::NoStart)?;
    match (opening.key(), key) {
        _ if opening.format() != encode::FORMAT => Err(Why::Format(opening.format())),
        (Some(_), None) => Err(Why::KeyMissing),
        (None, Some(_)) => Err(Why::KeyUnused),
        (Some(id), Some(key)) if id != encode::key_id(key) => Err(Why::WrongKey),
        _ => Ok(()),
    }
}

/// Reads a log and says whether it is whole, or names its first broken link.
///
/// `key` is the audit's own, as [`Chain::new`](super::Chain::new) had it. With `head`, lines missing at the end
/// are found too.
///
/// # Errors
/// When reading fails. What is wrong with the log is no error but the answer.
pub fn verify(
    mut reader: impl BufRead,
    key: Option<&SecretKey>,
    head: Option<&Head>,
) -> Result<Verification, AuditError> {
    let mut found = Verification { keyed: key.is_some(), ..Verification::default() };
    let mut line = Vec::new();
    loop {
        let read = read_line(&mut reader, &mut line).map_err(|error| AuditError::io("read", &error))?;
        let (seq, why) = match read {
            Read::End => break,
            Read::Torn => (None, Why::Torn),
            Read::TooLong => (None, Why::TooLong),
            Read::Line => match encode::from_json(&line) {
                Err(why) => (None, why),
                Ok(event) => match link(&found, &event, key, head) {
                    Ok(()) => {
                        count(&mut found, &event, head);
                        continue;
                    }
                    Err(Why::Removed { expected }) => {
                        let next = read_line(&mut reader, &mut line)
                            .map_err(|error| AuditError::io("read", &error))?;
                        let swapped = matches!(next, Read::Line)
                            && encode::from_json(&line).is_ok_and(|next| next.seq == expected);
                        let why = if swapped { Why::Swapped { expected } } else { Why::Removed { expected } };
                        (Some(event.seq), why)
                    }
                    Err(why) => (Some(event.seq), why),
                },
            },
        };
        found.broken = Some(Break { line: found.events.saturating_add(1), seq, why });
        return Ok(found);
    }
    if let Some(head) = head.filter(|head| found.last.is_none_or(|(seq, _)| seq < head.seq)) {
        found.break_at_end(Why::Truncated(head.seq));
    }
    Ok(found)
}

/// Whether `event` is the next link.
fn link(
    found: &Verification,
    event: &AuditEvent,
    key: Option<&SecretKey>,
    head: Option<&Head>,
) -> Result<(), Why> {
    let (expected, prev) = match found.last {
        Some((seq, digest)) => (seq.saturating_add(1), digest),
        None => (0, Digest::ZERO),
    };
    if expected == 0 {
        check_start(event, key)?;
    }
    // The digest comes first: a line that still has its own was moved, one that has not was edited.
    if encode::digest(event, key) != event.digest {
        return Err(Why::Edited);
    }
    match event.seq.cmp(&expected) {
        std::cmp::Ordering::Greater => Err(Why::Removed { expected }),
        std::cmp::Ordering::Less => Err(Why::Inserted { expected }),
        std::cmp::Ordering::Equal if event.prev != prev => Err(Why::Unlinked),
        std::cmp::Ordering::Equal if head.is_some_and(|head| head.disagrees(event)) => {
            Err(Why::HeadDisagrees)
        }
        std::cmp::Ordering::Equal => Ok(()),
    }
}

fn count(found: &mut Verification, event: &AuditEvent, head: Option<&Head>) {
    found.events = found.events.saturating_add(1);
    found.last = Some((event.seq, event.digest));
    if let Some(opening) = event.opening().filter(|opening| opening.torn() > 0 || opening.lost() > 0) {
        found.recoveries = found.recoveries.saturating_add(1);
        found.torn = found.torn.saturating_add(opening.torn());
        found.lost = found.lost.saturating_add(opening.lost());
    }
    if head.is_some_and(|head| head.seq == event.seq) {
        found.head = Some(event.seq);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{key, log};
    use super::*;

    fn check(log: &[u8], key: Option<&SecretKey>) -> Verification {
        verify(log, key, None).unwrap()
    }

    fn why(log: &[u8]) -> (u64, Why) {
        let found = check(log, Some(&key()));
        let broken = found.broken().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(log)));
        (broken.line(), broken.why())
    }

    fn lines(log: &[u8]) -> Vec<Vec<u8>> {
        log.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    }

    fn head(log: &[u8], seq: usize) -> Head {
        let line = &lines(log)[seq];
        Head::of(&encode::from_json(&line[..line.len() - 1]).unwrap())
    }

    #[test]
    fn a_whole_log_is_intact_and_says_so() {
        let log = log(5, Some(key()));
        let found = verify(log.as_slice(), Some(&key()), Some(&head(&log, 4))).unwrap();
        assert_eq!(
            found.to_string(),
            "intact: 5 events, under the key\nthe head confirms that seq 4 is not missing"
        );
        assert!(found.is_intact() && found.keyed() && found.confirmed() == Some(4));
    }

    #[test]
    fn a_log_without_a_key_is_intact_and_says_what_that_is_worth() {
        assert_eq!(
            check(&log(1, None), None).to_string(),
            "intact: 1 event, without a key: damage would show, forgery not\n\
             no head: lines removed at the end would not show"
        );
        assert_eq!(check(b"", None).to_string(), "intact: no events");
    }

    #[test]
    fn each_way_to_tamper_has_its_name_and_its_line() {
        let whole = lines(&log(6, Some(key())));
        let cut = |edit: fn(&mut Vec<Vec<u8>>)| {
            let mut lines = whole.clone();
            edit(&mut lines);
            why(&lines.concat())
        };
        assert_eq!(cut(|l| drop(l.remove(2))), (3, Why::Removed { expected: 2 }));
        assert_eq!(cut(|l| drop(l.remove(0))), (1, Why::NoStart));
        assert_eq!(cut(|l| l.swap(2, 3)), (3, Why::Swapped { expected: 2 }));
        assert_eq!(cut(|l| l.swap(2, 4)), (3, Why::Removed { expected: 2 }));
        assert_eq!(cut(|l| l.insert(3, l[2].clone())), (4, Why::Inserted { expected: 3 }));
        assert_eq!(cut(|l| l.insert(0, l[0].clone())), (2, Why::Inserted { expected: 1 }));
        assert_eq!(cut(|l| l.insert(3, b"\n".to_vec())), (4, Why::NotJson));
        assert_eq!(cut(|l| l.insert(3, b"{}\n".to_vec())), (4, Why::NotAnEvent));
        assert_eq!(cut(|l| l[5].truncate(100)), (6, Why::Torn));
        assert_eq!(cut(|l| assert!(l[5].pop().is_some())), (6, Why::Torn));
        assert_eq!(cut(|l| l.push(vec![b'x'; 300_000])), (7, Why::TooLong));
        assert_eq!(cut(|l| l[3] = replaced(&l[3], "\"block\"", "\"allow\"")), (4, Why::Edited));
        assert_eq!(cut(|l| l[3] = replaced(&l[3], "\"block\"", "\"maybe\"")), (4, Why::NotAnEvent));
        assert_eq!(cut(|l| l[0] = replaced(&l[0], "\"format\":1", "\"format\":2")), (1, Why::Format(2)));
    }

    fn replaced(line: &[u8], from: &str, to: &str) -> Vec<u8> {
        let text = std::str::from_utf8(line).unwrap();
        assert!(text.contains(from));
        text.replacen(from, to, 1).into_bytes()
    }

    #[test]
    fn the_wrong_key_is_told_from_an_edit() {
        let other = SecretKey::from_bytes([8; 32]);
        let whys = [
            check(&log(3, Some(key())), Some(&other)),
            check(&log(3, Some(key())), None),
            check(&log(3, None), Some(&other)),
        ]
        .map(|found| found.broken().map(Break::why));
        assert_eq!(whys, [Why::WrongKey, Why::KeyMissing, Why::KeyUnused].map(Some));
    }

    #[test]
    fn an_event_sealed_anew_without_the_key_does_not_link() {
        // Without a key anybody can seal: the edit itself looks fine, and shows in the line behind it.
        let mut lines = lines(&log(5, None));
        let line = replaced(&lines[2], "\"block\"", "\"allow\"");
        let mut event = encode::from_json(&line[..line.len() - 1]).unwrap();
        event.digest = encode::digest(&event, None);
        lines[2] = format!("{}\n", event.to_json()).into_bytes();
        let found = check(&lines.concat(), None);
        assert_eq!(
            found.to_string().lines().next(),
            Some(
                "BROKEN at line 4 (seq 3): the event does not follow from the line before it, which was replaced"
            )
        );
    }

    #[test]
    fn with_a_head_lines_missing_at_the_end_are_found() {
        let log = log(6, Some(key()));
        let (head, lines) = (head(&log, 5), lines(&log));
        for kept in 0..6 {
            let cut = lines[..kept].concat();
            assert!(check(&cut, Some(&key())).is_intact(), "without a head it cannot be seen");
            let found = verify(cut.as_slice(), Some(&key()), Some(&head)).unwrap();
            let broken = found.broken().unwrap();
            assert_eq!((broken.line(), broken.why()), (kept as u64 + 1, Why::Truncated(5)));
        }
        let other = verify(log.as_slice(), Some(&key()), Some(&Head::new(3, Digest::ZERO))).unwrap();
        assert_eq!(other.broken().map(Break::why), Some(Why::HeadDisagrees));
    }

    #[test]
    fn a_head_reads_back_and_is_worth_nothing_under_another_key_or_edited() {
        let head = head(&log(3, None), 2);
        let text = head.to_text(Some(&key()));
        assert_eq!(text.len(), 256);
        assert_eq!(Head::parse(&text, Some(&key())), Some(head));
        assert_eq!(Head::parse(&text, None), None);
        assert_eq!(Head::parse(&text, Some(&SecretKey::from_bytes([8; 32]))), None);
        for at in 0..256 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let edited = String::from_utf8(bytes).unwrap();
            assert_eq!(Head::parse(&edited, Some(&key())), None, "{edited}");
        }
    }

    #[test]
    fn every_edit_of_every_byte_is_found_in_its_line() {
        for key in [None, Some(key())] {
            let whole = log(3, key.clone());
            let mut edited = whole.clone();
            let mut line = 1;
            for at in 0..whole.len() {
                let byte = whole[at];
                for other in [byte ^ 1, byte ^ 0x20, byte ^ 0x80, b' ', b'"', b'\n', b'0', 0] {
                    if other == byte {
                        continue;
                    }
                    edited[at] = other;
                    let found = check(&edited, key.as_ref());
                    let broken =
                        found.broken().unwrap_or_else(|| panic!("byte {at} as {other:#04x} not found"));
                    // An edit that merges two lines, or parts one, shows in the first of them.
                    assert_eq!(broken.line(), line, "byte {at} as {other:#04x}: {found}");
                }
                edited[at] = byte;
                line += u64::from(byte == b'\n');
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Cutting out, doubling, inserting and overwriting runs of bytes anywhere: found, or the log as it was, or
        /// whole lines cut at the end, which only a head shows.
        #[test]
        fn any_mutation_is_found_or_is_none(
            (at, len, kind) in (0..4000_usize, 0..1500_usize, 0..4),
            noise in proptest::collection::vec(any::<u8>(), 1..20),
        ) {
            let whole = log(5, Some(key()));
            let at = at.min(whole.len());
            let end = at.saturating_add(len).min(whole.len());
            let mut other = whole.clone();
            match kind {
                0 => drop(other.drain(at..end)),
                1 => drop(other.splice(at..at, whole[at..end].to_vec())),
                2 => drop(other.splice(at..at, noise)),
                _ => drop(other.splice(at..end, noise)),
            }
            let found = verify(other.as_slice(), Some(&key()), Some(&head(&whole, 4))).unwrap();
            prop_assert_eq!(found.is_intact(), other == whole);
        }

        #[test]
        fn nonsense_is_answered(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
            let found = verify(noise.as_slice(), None, None).unwrap();
            prop_assert_eq!(found.is_intact(), noise.is_empty());
        }
    }
}
