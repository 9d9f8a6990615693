//! An error of the inside, told outside.

use std::sync::LazyLock;
use std::time::Duration;

use super::{Choices, quoted};
use crate::base::SecretKey;
use crate::layers::l07_error_sanitizer::{ErrorKind, ErrorSanitizer, ErrorSanitizerConfig, SafeError};

static ERRORS: LazyLock<ErrorSanitizer> =
    LazyLock::new(|| ErrorSanitizer::compile(ErrorSanitizerConfig::new(SecretKey::from_bytes([7; 32]))));

/// What is told of an error is told of every error with that code: nothing of the message is in it, however the message
/// is made; nor is a field that is more than a name.
///
/// # Panics
/// When one of these does not hold.
pub fn sanitize_error(data: &[u8]) {
    let mut choices = Choices(data);
    let field = choices.text();
    let kind = match choices.below(5) {
        0 => Some(ErrorKind::InvalidParams { field: None }.field(&*field)),
        1 => Some(
            ErrorKind::RateLimited { retry_after: None }.after(Duration::from_secs(choices.byte().into())),
        ),
        2 => Some(ErrorKind::NotFound),
        _ => None,
    };
    let message = choices.rest();
    let told = ERRORS.sanitize(&message, kind.as_ref());
    let case = || format!("- error: {{ message: {} }}", quoted(&message));

    let alone = ErrorKind::named(told.code()).map(|code| match told.retry_after() {
        Some(wait) => code.after(wait),
        None => code,
    });
    assert!(alone.is_some(), "{} is a code\n{}", told.code(), case());
    let mut alone = alone.unwrap_or(ErrorKind::Internal);
    if let Some(name) = told.field() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        assert!(
            name == field && name.len() <= 64 && name.chars().all(is_name),
            "{name:?} is a name\n{}",
            case()
        );
        assert!(kind.is_some(), "a field out of a message\n{}", case());
        alone = alone.field(name);
    }
    if kind.is_none() {
        assert_eq!(told.retry_after(), None, "a wait out of a message\n{}", case());
    }
    let plain = |error: &SafeError| {
        let findings: Vec<_> =
            error.findings().iter().map(|found| found.message.replace(error.reference(), "")).collect();
        (
            error.text().replace(error.reference(), ""),
            error.to_string().replace(error.reference(), ""),
            findings,
        )
    };
    let (text, shown, findings) = plain(&told);
    let (other_text, other_shown, other_findings) = plain(&ERRORS.sanitize("", Some(&alone)));
    assert_eq!((text, shown), (other_text, other_shown), "the message shows\n{}", case());
    let known = |finding: &String| {
        other_findings.contains(finding) || finding.is_ascii() && !message.contains(&**finding)
    };
    assert!(findings.iter().all(known), "{findings:?}\n{}", case());
    let is_digit = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    assert!(told.reference().chars().all(is_digit), "{:?}\n{}", told.reference(), case());
}
