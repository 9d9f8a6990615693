//! A log in a file that survives the death of its writer.
//!
//! Promises: an event is acknowledged only when its whole line is with the operating system ([`Durability::System`]:
//! survives `kill -9`) or on the disk ([`Durability::Disk`]: survives the loss of power). One writer at a time. A
//! last line that was torn is moved aside to `FILE.torn` and told, never dropped in silence. A failed write leaves
//! no part of a line behind, or closes the sink.
//!
//! Does not promise: anything about a file that somebody else truncates, moves over or writes to meanwhile (the
//! lock is advisory on Unix), or about network file systems that acknowledge a sync they have not done. Events
//! that could not be written are kept and tried again with the next one, so the log may hold events that were
//! refused to their caller; it never lacks one that was acknowledged.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::encode::{self, MAX_LINE};
use super::order::{Append, Failure, Ordered};
use super::verify::{Head, Read, Verification, Why, check_start, read_line, verify};
use super::{AuditError, AuditEvent, AuditObserver, Chain};
use crate::base::{Digest, SecretKey};

/// What an acknowledged event survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Durability {
    /// The loss of power: the line is synced to the disk. Events of several threads share a sync. The default.
    #[default]
    Disk,
    /// The death of the process, not of the machine: the line is with the operating system.
    System,
}

/// A log that was opened, and what was found at its end.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// Writes the log.
    pub sink: FileSink,
    /// Goes on where the log ended. The guard's chain has to be this one; its first event tells what was found.
    pub chain: Chain,
    /// Bytes of a torn last line that were moved to `FILE.torn`; 0 where the end was whole.
    pub torn: u64,
    /// Events that the log's head knew of and the log has not; 0 where nothing is missing, or there is no head.
    pub lost: u64,
}

/// Appends events to a file, one line of JSON each. Made by [`FileSink::open`].
#[derive(Debug)]
pub struct FileSink(Ordered<Log>);

#[derive(Debug)]
struct Log {
    file: File,
    /// Bytes of whole lines.
    len: u64,
    head: Option<File>,
    key: Option<SecretKey>,
    durability: Durability,
}

impl AuditObserver for FileSink {
    fn record(&self, event: &AuditEvent) -> Result<(), AuditError> {
        self.0.record(event)
    }
}

impl Append for Log {
    fn append(&mut self, lines: &[u8], last: &AuditEvent) -> Result<(), Failure> {
        if let Err(error) = self.file.write_all(lines) {
            let error = AuditError::io("written", &error);
            return Err(match self.file.set_len(self.len) {
                Ok(()) => Failure::Undone(error),
                Err(_) => Failure::Broken(error),
            });
        }
        if self.durability == Durability::Disk {
            // INVARIANT: a sync that failed is not tried again. The kernel may have dropped the pages, and the next
            // sync would say that all is well.
            self.file.sync_data().map_err(|error| Failure::Broken(AuditError::io("synced", &error)))?;
        }
        self.len = self.len.saturating_add(lines.len() as u64);
        // After the log, so that the head is never ahead of it. Best effort: a head that stays behind vouches for
        // less, and is no less true.
        if let Some(head) = &mut self.head {
            let text = Head::of(last).to_text(self.key.as_ref());
            head.seek(SeekFrom::Start(0)).and_then(|_| head.write_all(text.as_bytes())).ok();
        }
        Ok(())
    }
}

impl FileSink {
    /// Opens the log at `path`, or makes it; readable for its owner alone where the system knows owners. `key` is the
    /// audit's own, as for [`Chain::new`]. Reads the log's first and last line only: [`verify_file`] reads all.
    ///
    /// # Errors
    /// When the file cannot be opened, another writer has it, or it is not a log of this format under this key. Such
    /// a file is left as it is.
    pub fn open(
        path: impl AsRef<Path>,
        key: Option<&SecretKey>,
        durability: Durability,
    ) -> Result<Opened, AuditError> {
        let path = path.as_ref();
        let file = options().append(true).open(path).map_err(failed("opened"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(AuditError::Locked),
            Err(TryLockError::Error(error)) => return Err(AuditError::io("locked", &error)),
        }
        let meta = file.metadata().map_err(failed("opened"))?;
        if !meta.is_file() {
            return Err(AuditError::io("opened", &io::Error::from(io::ErrorKind::InvalidInput)));
        }
        let end = whole_lines(&file, meta.len()).map_err(failed("read"))?;
        let torn = meta.len().saturating_sub(end);
        let last = last_event(&file, end, key)?;
        if torn > 0 {
            move_aside(&file, path, end, last.is_some())?;
        }
        if meta.len() == 0 {
            sync_directory(path).map_err(failed("synced"))?;
        }

        let mut head =
            options().write(true).truncate(false).open(beside(path, ".head")).map_err(failed("opened"))?;
        let (next, prev) = match &last {
            Some(event) => (event.seq().saturating_add(1), event.digest()),
            None => (0, Digest::ZERO),
        };
        let missing = match read_head(&mut head, key).ok().flatten() {
            Some(known) if last.as_ref().is_some_and(|event| known.disagrees(event)) => 1,
            Some(known) => known.seq().saturating_add(1).saturating_sub(next),
            None => 0,
        };
        let log = Log { file, len: end, head: Some(head), key: key.cloned(), durability };
        Ok(Opened {
            sink: Self(Ordered::new(log, Some((next, prev)))),
            chain: Chain::resume(key.cloned(), next, prev, torn, missing),
            torn,
            lost: missing,
        })
    }
}

/// Verifies the log at `path`, with its head where there is one.
///
/// # Errors
/// When a file cannot be read.
#[expect(clippy::disallowed_methods, reason = "the file sink is an edge")]
pub fn verify_file(path: impl AsRef<Path>, key: Option<&SecretKey>) -> Result<Verification, AuditError> {
    let path = path.as_ref();
    // The head first: a writer that goes on meanwhile writes it last.
    let head = match File::open(beside(path, ".head")) {
        Ok(mut head) => read_head(&mut head, key),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => return Err(AuditError::io("opened", &error)),
    };
    let log = File::open(path).map_err(failed("opened"))?;
    let mut found = verify(BufReader::new(log), key, head.ok().flatten().as_ref())?;
    if let Err(why) = head {
        found.break_at_end(why);
    }
    Ok(found)
}

fn failed(doing: &'static str) -> impl Fn(io::Error) -> AuditError {
    move |error| AuditError::io(doing, &error)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// A new file is safe only when its name is.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the file sink is an edge")]
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The head in `file`; none in an empty one.
fn read_head(file: &mut File, key: Option<&SecretKey>) -> Result<Option<Head>, Why> {
    let mut text = String::new();
    // A head has 256 bytes; one more is enough to see that it is none.
    match file.take(257).read_to_string(&mut text) {
        Ok(0) => Ok(None),
        Ok(_) => Head::parse(&text, key).map(Some).ok_or(Why::BadHead),
        Err(_) => Err(Why::BadHead),
    }
}

/// How many bytes of `file`, which has `len`, are whole lines.
fn whole_lines(file: &File, len: u64) -> io::Result<u64> {
    line_start(file, len, u64::MAX).map(|start| start.unwrap_or(0))
}

/// Where the line begins that ends before `end`: behind the line break before it, or at 0. `None` when it is longer
/// than `budget` bytes.
fn line_start(mut file: &File, end: u64, budget: u64) -> io::Result<Option<u64>> {
    const CHUNK: u64 = 64 * 1024;
    let mut chunk = Vec::new();
    let mut to = end;
    while to > 0 {
        if end.saturating_sub(to) > budget {
            return Ok(None);
        }
        let from = to.saturating_sub(CHUNK);
        chunk.clear();
        file.seek(SeekFrom::Start(from))?;
        file.take(to.saturating_sub(from)).read_to_end(&mut chunk)?;
        if let Some(at) = chunk.iter().rposition(|byte| *byte == b'\n') {
            return Ok(Some(from.saturating_add(at as u64).saturating_add(1)));
        }
        to = from;
    }
    Ok(Some(0))
}

fn event_at(mut file: &File, at: u64) -> Result<AuditEvent, AuditError> {
    let mut line = Vec::new();
    file.seek(SeekFrom::Start(at)).map_err(failed("read"))?;
    match read_line(&mut BufReader::new(file), &mut line).map_err(failed("read"))? {
        Read::Line => encode::from_json(&line).map_err(AuditError::NotContinuable),
        _ => Err(AuditError::NotContinuable(Why::TooLong)),
    }
}

/// The last whole event of the log of `end` bytes, when first and last line belong to a log under `key`.
fn last_event(file: &File, end: u64, key: Option<&SecretKey>) -> Result<Option<AuditEvent>, AuditError> {
    if end == 0 {
        return Ok(None);
    }
    let first = event_at(file, 0)?;
    check_start(&first, key).map_err(AuditError::NotContinuable)?;
    let start = line_start(file, end.saturating_sub(1), MAX_LINE as u64).map_err(failed("read"))?;
    let last = event_at(file, start.ok_or(AuditError::NotContinuable(Why::TooLong))?)?;
    if encode::digest(&last, key) == last.digest() {
        Ok(Some(last))
    } else {
        Err(AuditError::NotContinuable(Why::Edited))
    }
}

/// Moves what is behind `end` to the end of `FILE.torn`.
fn move_aside(mut file: &File, path: &Path, end: u64, is_log: bool) -> Result<(), AuditError> {
    const BEGINNING: &[u8] = b"{\"seq\":0,\"at\":";
    file.seek(SeekFrom::Start(end)).map_err(failed("read"))?;
    if !is_log {
        // SECURITY: a path given by mistake must not cost a file that is no log.
        let mut beginning = Vec::new();
        file.take(BEGINNING.len() as u64).read_to_end(&mut beginning).map_err(failed("read"))?;
        if !BEGINNING.starts_with(&beginning) {
            return Err(AuditError::NotContinuable(Why::NotAnEvent));
        }
        file.seek(SeekFrom::Start(end)).map_err(failed("read"))?;
    }
    let mut aside = options().append(true).open(beside(path, ".torn")).map_err(failed("moved aside"))?;
    io::copy(&mut file, &mut aside).map_err(failed("moved aside"))?;
    aside.write_all(b"\n").and_then(|()| aside.sync_all()).map_err(failed("moved aside"))?;
    // Only when the copy is safe; a crash in between copies it twice, and loses nothing.
    file.set_len(end).and_then(|()| file.sync_all()).map_err(failed("cut"))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test looks at the files")]
mod tests {
    use std::fs;

    use super::super::tests::{context, key, noisy_findings};
    use super::super::{EventDraft, Stage};
    use super::*;
    use crate::base::Moment;

    fn begin(opened: &Opened) -> AuditEvent {
        let draft = EventDraft::begin(Digest::ZERO);
        opened.chain.record(draft, Moment::new(1, 0), [&opened.sink as &dyn AuditObserver]).unwrap()
    }

    fn add(opened: &Opened, count: usize) {
        for _ in 0..count {
            let draft = EventDraft::new(Stage::ToolCall, Digest::ZERO)
                .context(&context())
                .findings(&noisy_findings());
            opened.chain.record(draft, Moment::new(2, 0), [&opened.sink as &dyn AuditObserver]).unwrap();
        }
    }

    fn open(path: &Path) -> Opened {
        FileSink::open(path, Some(&key()), Durability::System).unwrap()
    }

    fn check(path: &Path) -> Verification {
        verify_file(path, Some(&key())).unwrap()
    }

    fn write_log(path: &Path, count: usize) {
        let opened = open(path);
        begin(&opened);
        add(&opened, count);
    }

    #[test]
    fn a_log_goes_on_where_it_ended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        for durability in [Durability::Disk, Durability::System] {
            let opened = FileSink::open(&path, Some(&key()), durability).unwrap();
            assert_eq!((opened.torn, opened.lost), (0, 0));
            begin(&opened);
            add(&opened, 3);
        }
        let found = check(&path);
        assert!(found.is_intact() && found.events() == 8 && found.confirmed() == Some(7), "{found}");
        let text = fs::read_to_string(&path).unwrap();
        let stages: Vec<bool> = text.lines().map(|line| line.contains("\"stage\":\"resumed\"")).collect();
        assert_eq!(stages, [false, false, false, false, true, false, false, false]);
    }

    #[test]
    fn two_writers_do_not_share_a_log() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        let first = open(&path);
        assert_eq!(FileSink::open(&path, Some(&key()), Durability::Disk).unwrap_err(), AuditError::Locked);
        drop(first);
        open(&path);
    }

    #[test]
    fn a_log_torn_at_any_byte_is_told_kept_aside_and_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let whole = dir.path().join("whole.jsonl");
        write_log(&whole, 2);
        let bytes = fs::read(&whole).unwrap();
        let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        let first = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        // Each costs a few syncs, so not every byte; the ends are among them.
        for cut in (1..first).step_by(31).chain((last + 1..bytes.len()).rev().step_by(31)) {
            let path = dir.path().join(format!("{cut}.jsonl"));
            fs::write(&path, &bytes[..cut]).unwrap();
            let found = check(&path);
            assert_eq!(found.broken().map(super::super::Break::why), Some(Why::Torn), "cut at {cut}");

            let start = if cut < first { 0 } else { last };
            let opened = open(&path);
            assert_eq!(opened.torn, (cut - start) as u64);
            assert_eq!(begin(&opened).stage(), Stage::Recovered);
            drop(opened);
            let found = check(&path);
            assert!(found.is_intact() && found.recoveries() == 1, "cut at {cut}: {found}");
            let aside = fs::read(beside(&path, ".torn")).unwrap();
            assert_eq!(aside, [&bytes[start..cut], b"\n"].concat());
        }
    }

    #[test]
    fn lines_cut_at_the_end_are_told_by_the_head_and_by_the_next_event() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        write_log(&path, 5);
        let text = fs::read_to_string(&path).unwrap();
        let kept: String = text.split_inclusive('\n').take(3).collect();
        fs::write(&path, kept).unwrap();
        assert_eq!(check(&path).broken().map(super::super::Break::why), Some(Why::Truncated(5)));

        let opened = open(&path);
        assert_eq!(opened.lost, 3);
        assert_eq!(begin(&opened).opening().map(|opening| opening.lost()), Some(3));
        let found = check(&path);
        assert!(found.is_intact() && found.recoveries() == 1, "{found}");
        assert!(found.to_string().ends_with("0 bytes moved aside, 3 events lost"), "{found}");
    }

    #[test]
    fn a_forged_head_is_told_and_a_missing_one_too() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        write_log(&path, 2);
        fs::write(beside(&path, ".head"), Head::new(1, Digest::ZERO).to_text(None)).unwrap();
        assert_eq!(check(&path).broken().map(super::super::Break::why), Some(Why::BadHead));
        fs::remove_file(beside(&path, ".head")).unwrap();
        let found = check(&path);
        assert!(found.is_intact() && found.confirmed().is_none());
        assert!(found.to_string().contains("no head"), "{found}");
    }

    #[test]
    fn what_is_no_log_of_ours_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        write_log(&path, 2);
        let log = fs::read_to_string(&path).unwrap();
        let other = SecretKey::from_bytes([8; 32]);
        let ours = Some(key());
        let cases = [
            (log.clone(), Some(other), Why::WrongKey),
            (log.clone(), None, Why::KeyMissing),
            (log.replace("tool_call", "outbound"), ours.clone(), Why::Edited),
            ("a letter to Ada".to_owned(), ours.clone(), Why::NotAnEvent),
            ("a letter to Ada\nof two lines\n".to_owned(), ours.clone(), Why::NotJson),
            (format!("{log}{}\n", "x".repeat(300_000)), ours, Why::TooLong),
        ];
        for (text, key, why) in cases {
            let path = dir.path().join("other.txt");
            fs::write(&path, &text).unwrap();
            let refused = FileSink::open(&path, key.as_ref(), Durability::Disk).unwrap_err();
            assert_eq!(refused, AuditError::NotContinuable(why));
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_log() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.jsonl");
        write_log(&path, 1);
        for file in [path.clone(), beside(&path, ".head")] {
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o077, 0);
        }
    }

    #[test]
    fn the_sink_does_not_print_its_key() {
        let dir = tempfile::tempdir().unwrap();
        let opened = open(&dir.path().join("audit.jsonl"));
        let shown = format!("{opened:?}");
        assert!(shown.contains("SecretKey") && !shown.contains("7, 7"), "{shown}");
    }
}
