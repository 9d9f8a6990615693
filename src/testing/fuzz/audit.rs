//! The log of what was done, in the hands of somebody who would like it to say something else.

use std::sync::LazyLock;

use super::Choices;
use crate::audit::{AuditObserver as _, Chain, EventDraft, Head, JsonLines, Stage, verify};
use crate::base::{
    Digest, Disposition, Evidence, Finding, Moment, RecordId, SecretKey, SecurityContext, SessionId, ToolName,
};
use crate::layers::l12_action_gate;

/// A log, its key, and the head that stands beside it.
struct Log {
    text: Vec<u8>,
    key: SecretKey,
    head: Head,
}

static LOG: LazyLock<Option<Log>> = LazyLock::new(write_log);

/// A dozen events of every sort.
fn write_log() -> Option<Log> {
    let key = SecretKey::from_bytes([9; 32]);
    let (chain, sink) = (Chain::new(Some(key.clone())), JsonLines::new(Vec::new()));
    let cx = SecurityContext::new(SessionId::new("night shift").ok()?);
    let draft = |stage| EventDraft::new(stage, Digest::ZERO).context(&cx);
    let finding = |at: usize| l12_action_gate::RULES.get(at).map(crate::base::Rule::finding);
    let findings: Vec<Finding> = (0..3).filter_map(finding).collect();
    let drafts = [
        EventDraft::begin(Digest::ZERO),
        draft(Stage::UserMessage).subject(Evidence::of("open the gate", &key)),
        draft(Stage::Inbound).record(RecordId::from_u64(7)).disposition(Disposition::Modify),
        draft(Stage::ToolCall).tool(ToolName::new("open_gate").ok()?).disposition(Disposition::Confirm),
        draft(Stage::Approval).findings(&findings).disposition(Disposition::Block),
        draft(Stage::Outbound).parent(Digest::ZERO),
        draft(Stage::Outbound).parent(Digest::ZERO),
        draft(Stage::Reset),
    ];
    let mut head = None;
    for (n, draft) in (0..).zip(drafts) {
        let event = chain.seal(draft, Moment::new(n, n)).ok()?;
        sink.record(&event).ok()?;
        head = Some(Head::new(event.seq(), event.digest()));
    }
    Some(Log { text: sink.into_inner().ok()?, key, head: head? })
}

/// Whatever is done to a log shows, or it is the same log. Without its head it may be cut at the end of a line, and
/// nowhere else; without its key it is not believed.
///
/// # Panics
/// When one of these does not hold.
pub fn audit_chain(data: &[u8]) {
    let log = LOG.as_ref().expect("the log was written");
    let mut choices = Choices(data);
    let mut text = log.text.clone();
    // A line without its end that is copied behind itself is twice as long.
    while !choices.is_over() && text.len() < 1 << 16 {
        change(&mut text, &mut choices);
    }

    let intact = |key, head| verify(&*text, key, head).map(|found| found.is_intact());
    let same = text == log.text;
    let cut = log.text.starts_with(&text) && matches!(text.last(), None | Some(b'\n'));
    let shown = || String::from_utf8_lossy(&text);
    assert_eq!(intact(Some(&log.key), Some(&log.head)), Ok(same), "with its head:\n{}", shown());
    assert_eq!(intact(Some(&log.key), None), Ok(cut), "without its head:\n{}", shown());
    assert_eq!(intact(None, None), Ok(text.is_empty()), "without its key:\n{}", shown());
    let other = SecretKey::from_bytes([8; 32]);
    assert_eq!(intact(Some(&other), None), Ok(text.is_empty()), "under another key:\n{}", shown());
}

/// One thing that can be done to a file.
fn change(text: &mut Vec<u8>, choices: &mut Choices<'_>) {
    let how = choices.below(8);
    let at = choices.far_below(text.len().saturating_add(1));
    let mut lines: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (one, two) = (choices.below(lines.len()), choices.below(lines.len()));
    let is_line = !lines.is_empty();
    match how {
        0 => {
            let bit = 1_u8.wrapping_shl(u32::from(choices.byte() % 8));
            if let Some(byte) = text.get_mut(at) {
                *byte ^= bit;
            }
            return;
        }
        1 => {
            let piece = choices.text();
            text.splice(at..at, piece.bytes());
            return;
        }
        2 => {
            let end = at.saturating_add(choices.below(200)).min(text.len());
            text.drain(at..end);
            return;
        }
        3 => {
            text.truncate(at);
            return;
        }
        4 if is_line => lines.swap(one, two),
        5 if is_line => drop(lines.remove(one)),
        6 if is_line => {
            let copy = lines.get(one).cloned().unwrap_or_default();
            lines.insert(two, copy);
        }
        _ if is_line => {
            // Two lines exchange what stands behind one of their members.
            let cut = |line: &[u8], byte| line.iter().position(|b| *b == byte).unwrap_or(0);
            let mut first = lines.get(one).cloned().unwrap_or_default();
            let second = lines.get(two).cloned().unwrap_or_default();
            let mark = choices.of([b',', b':', b'{', b'[']);
            first.truncate(cut(&first, mark));
            first.extend(second.get(cut(&second, mark)..).unwrap_or_default());
            if let Some(line) = lines.get_mut(one) {
                *line = first;
            }
        }
        _ => {}
    }
    *text = lines.concat();
}
