//! A value that must not leave, written in ways that are read, and put into any text.

use std::sync::LazyLock;

use super::spelling::Spelled;
use super::{Choices, quoted};
use crate::base::{Disposition, Limits, SecretKey, SecretValue};
use crate::layers::l03_outbound_dlp::{OutboundDlp, OutboundDlpConfig, Registered, RegisteredKind};
use crate::policy::{Policy, Preset, SecretAction};
use crate::state::overlap::Overlaps;
use crate::text::NormalizedText;

/// What is guarded.
const VALUES: [&str; 4] =
    ["kettle-4471-harvest", "Zx81-Quark-90210", "778120-lamplighter", "K\u{F6}hler Gr\u{F6}\u{DF}e 4471"];

static KEY: LazyLock<SecretKey> = LazyLock::new(|| SecretKey::from_bytes([7; 32]));
static REGISTERED: LazyLock<Registered> = LazyLock::new(|| {
    let mut registered = Registered::new(&KEY);
    for value in VALUES {
        assert!(registered.register(&SecretValue::new(value), RegisteredKind::Secret).is_ok());
    }
    registered
});
static BLOCKS: LazyLock<OutboundDlp> = LazyLock::new(|| dlp(SecretAction::Block));
static REDACTS: LazyLock<OutboundDlp> = LazyLock::new(|| dlp(SecretAction::Redact));

fn dlp(secrets: SecretAction) -> OutboundDlp {
    let policy = Policy::preset(Preset::Balanced);
    let settings = policy.settings();
    let mut config = OutboundDlpConfig::new(settings);
    config.secrets = Some(secrets);
    OutboundDlp::compile(config)
}

/// A registered value does not leave: not plainly, not in one spelling, not in two inside each other, whatever stands
/// around it. Where it is taken out instead, it is out.
///
/// # Panics
/// When one of these does not hold.
pub fn outbound(data: &[u8]) {
    let mut choices = Choices(data);
    let value = choices.of(VALUES);
    let Some(spelled) = Spelled::choose(&mut choices) else { return };
    let sentence = match choices.below(3) {
        0 => value.to_owned(),
        1 => format!("the code is {value}, as ever"),
        _ => format!("\u{1}\u{2}\u{3}\u{4}{value}\u{7F}\u{1}"),
    };
    let written = spelled.write(&sentence);
    let before = choices.text();
    let text = format!("{before}\n\nThe note says:\n{written}\n\nThat is all.\n{}", choices.rest());

    let limits = Limits::default();
    let judge = |dlp: &OutboundDlp, text: &str| {
        let normalized = NormalizedText::new(text, &limits);
        dlp.check(&normalized, "reply", &Overlaps::default(), &REGISTERED, &KEY)
    };
    let case = || format!("{value} as {spelled:?}\n- outbound: {{ text: {} }}", quoted(&text));
    assert_eq!(judge(&BLOCKS, &text).disposition(), Disposition::Block, "released: {}", case());
    if let (_, Some((_, redactions))) = judge(&REDACTS, &text).into_parts() {
        let rest = redactions.apply(&text);
        let left = judge(&BLOCKS, &rest);
        let left: Vec<_> = left.findings().iter().map(|finding| finding.rule.as_str()).collect();
        assert!(!left.contains(&"l3/secret/registered"), "released as {rest:?}: {}", case());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_spellings_is_read() {
        let mut released = Vec::new();
        for inner in 0..20 {
            for outer in 0..20 {
                for form in 0..4 {
                    let data = [inner, inner, form % 2, outer, form / 2, outer % 3];
                    if std::panic::catch_unwind(|| outbound(&data)).is_err() {
                        released.push(data);
                    }
                }
            }
        }
        assert!(released.is_empty(), "released: {released:?}");
    }
}
