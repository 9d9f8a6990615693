//! Values and policies of others: command lines, SQL, foreign languages.

#[cfg(feature = "yaml")]
use crate::policy::{Policy, Suite};
use crate::values::{PathText, Script, SqlDialect, SqlText, WebAddress};

/// A command line is understood or doubted, the same each time; what is put behind it hides nothing that stands before.
///
/// # Panics
/// When one of these does not hold.
pub fn shell_line(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let script = Script::read(text);
    assert_eq!(script, Script::read(text), "read twice, understood alike");
    let path = PathText::read(text);
    assert_eq!(PathText::read(path.canonical()).canonical(), path.canonical(), "canonical is canonical");
    if let Some(address) = WebAddress::read(text) {
        assert!(!address.host().is_empty(), "an address has a host");
    }
}

/// SQL is understood or doubted, in every dialect; what means something in one means it without a dialect.
///
/// # Panics
/// When one of these does not hold.
pub fn sql_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let any = SqlText::read(text, SqlDialect::Any);
    assert!(any.doubt_text().is_some() || !any.kinds().is_empty(), "read, and of no kind");
    for dialect in SqlDialect::ALL {
        let one = SqlText::read(text, *dialect);
        assert!(any.kinds().is_superset(one.kinds()), "{dialect:?} knows more");
        assert!(any.tables().is_superset(one.tables()), "{dialect:?} knows more");
    }
}

/// A policy of others is refused with its problems, or is a policy of ours that prints and reads again as it is.
///
/// # Panics
/// When one of these does not hold.
#[cfg(feature = "yaml")]
pub fn foreign_policy(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Policy::import(text, &|name| (name.len() < 8).then(|| text.to_owned())) {
        Ok(loaded) => {
            let printed = loaded.policy.to_yaml();
            let again = Policy::from_yaml(&printed).map(|policy| policy.digest());
            assert_eq!(again.ok(), Some(loaded.policy.digest()), "printed and read again: {printed}");
            assert!(loaded.policy.lint().len() <= loaded.policy.rule_ids().count().saturating_mul(3));
        }
        Err(error) => assert!(!error.problems().is_empty()),
    }
    if let Ok(suite) = Suite::from_yaml(text) {
        assert!(!suite.trials.is_empty(), "a suite without a test");
    }
}
